"""How many people wait for a date of a course, in which language, as its managers may see it."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from core.enums import AdministrativeLanguage
from courses.models import Course
from enrolment.models import Interest

# Fewer than these are never told apart; there is no total from which one could subtract the others.
THRESHOLD, SENSITIVE_THRESHOLD = 5, 10
# Of a sensitive course, so that nobody sees who came between two looks.
SENSITIVE_STEP = 5


@dataclass(frozen=True)
class Waiting:
    """Those of one language; ``shown``: 0 where they are fewer than ``threshold``."""

    language: str
    count: int
    is_sensitive: bool

    @property
    def threshold(self) -> int:
        return SENSITIVE_THRESHOLD if self.is_sensitive else THRESHOLD

    @property
    def shown(self) -> int:
        if self.count < self.threshold:
            return 0
        return self.count - self.count % SENSITIVE_STEP if self.is_sensitive else self.count


@dataclass(frozen=True)
class Awaited:
    course: Course
    waiting: list[Waiting]


def demand() -> list[Awaited]:
    """The courses for which enough people wait, those with the most first; of the others nothing is said."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    language = "person__profile__administrative_language"
    for course, spoken, count in (
        Interest.objects.standing().values_list("course", language).annotate(count=Count("pk")).order_by()
    ):
        counts[course][spoken] = count
    courses = Course.objects.with_text().filter(pk__in=counts)
    rows = [Awaited(course, _by_language(course, counts[course.pk])) for course in courses]
    visible = [row for row in rows if any(each.shown for each in row.waiting)]
    return sorted(visible, key=lambda row: -max(each.shown for each in row.waiting))


def _by_language(course: Course, counts: dict[str, int]) -> list[Waiting]:
    is_sensitive = course.current_version is not None and course.current_version.is_sensitive
    return [
        Waiting(label, counts.get(code, 0), is_sensitive) for code, label in AdministrativeLanguage.choices
    ]
