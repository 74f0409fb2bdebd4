"""What changes from one content of a course to another, in words: for a preview, and for the history."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.enums import Language
from courses.catalogue.content import TEXTS, Content
from courses.catalogue.stored import RULES, SET_ON_PAGES
from courses.enums import Audience
from courses.models import Course, CourseVersion, MandatoryAudience, Part, Prerequisite

OF_COURSE = (
    "topic",
    "provider",
    "programme",
    "renews",
    "cycle_months",
    "quoted_reach",
    "quoted_recurring",
    "quoted_source",
    "position",
)


@dataclass(frozen=True)
class Change:
    """One thing that changes; an empty text is one that isn't there."""

    label: str
    before: str
    after: str

    @property
    def words(self) -> list[tuple[str, str]]:
        """Pieces of text, each with whether it is kept, deleted or inserted."""
        before, after = _words(self.before), _words(self.after)
        pieces = []
        for act, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if act == "equal":
                pieces.append(("equal", "".join(before[i:j])))
            else:
                pieces += [("delete", "".join(before[i:j])), ("insert", "".join(after[k:m]))]
        return [(act, text) for act, text in pieces if text]


def changes(before: tuple[Course, Content] | None, after: tuple[Course, Content]) -> list[Change]:
    """In the order of the form; from nothing, all that there is."""
    old = _described(*before) if before else {}
    new = _described(*after)
    return [
        Change(label, old.get(label, ""), new.get(label, ""))
        for label in dict.fromkeys([*new, *old])
        if old.get(label, "") != new.get(label, "")
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)


def _described(course: Course, content: Content) -> dict[str, str]:
    """Everything that is said of a course, by what it is called."""
    said: dict[str, str] = {}
    for name in OF_COURSE:
        said[_label(Course, name)] = _value(course, name)
    for name in TEXTS:
        for language in Language:
            label = f"{_label(CourseVersion, f'{name}_{language}')} ({language.label})"
            said[label] = _text(content.version, f"{name}_{language}")
    for name in (*RULES, *SET_ON_PAGES):
        said[_label(CourseVersion, name)] = _value(content.version, name)
    said |= dict(_rows(gettext_lazy("Part %(number)d"), map(_part, content.parts)))
    said |= dict(_rows(gettext_lazy("What comes first, %(number)d"), map(_before, content.prerequisites)))
    said |= dict(_rows(gettext_lazy("Mandatory for, %(number)d"), map(_mandatory, content.mandatory_for)))
    return said


def _label(model: Any, name: str) -> str:
    return str(capfirst(model._meta.get_field(name).verbose_name))


def _text(row: Any, name: str) -> str:
    return str(getattr(row, name)).replace("\r\n", "\n").strip()


def _value(row: Any, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        labels: Any = Audience if name == "audiences" else Language
        return ", ".join(str(labels(code).label) for code in value)
    if isinstance(value, Course):
        return value.title
    if value in (None, ""):
        return ""
    return str(getattr(row, f"get_{name}_display", lambda: value)())


def _rows(label: Promise, rows: Iterable[str]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(rows, start=1):
        yield str(label) % {"number": number}, text


def _part(part: Part) -> str:
    titles = [_text(part, f"title_{language}") for language in Language]
    length = _("%(minutes)d min") % {"minutes": part.minutes} if part.minutes else _("length to be confirmed")
    return "\n".join([*filter(None, titles), length, *([_("optional")] if part.optional else [])])


def _before(row: Prerequisite) -> str:
    weight = _("required") if row.required else _("recommended")
    return f"{row.course.title} ({weight})"


def _mandatory(row: MandatoryAudience) -> str:
    since = date_format(row.valid_from) if row.valid_from else _("date to be confirmed")
    return ", ".join(
        [str(row.get_audience_display()), since, row.legal_reference or _("text to be confirmed")]
    )
