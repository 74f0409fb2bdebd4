"""Past completions by file: as many as the platform brings in of its largest course, then again."""

import time
from collections.abc import Iterator

from benchmarks.results import Result, summary
from core.time import today
from courses.models import Course
from enrolment.models import Completion
from enrolment.services.history import import_history, receive_history
from people.models import Profile, User
from people.rules import EVERYWHERE

RUNS = 5
ROWS = 8_000
# Rows in which nobody is found, and which become counts.
UNKNOWN_EVERY = 10


def history_import(port: int) -> Iterator[Result]:
    """Checked and imported, in this process; the web server isn't asked."""
    course = Course.objects.listed().get(slug="hpm")
    actor = User.objects.earliest("pk")
    content = _file(course)
    first, again = [], []
    for _ in range(RUNS):
        Completion.objects.filter(version__course=course).delete()
        first.append(_seconds(content, actor))
        again.append(_seconds(content, actor))
    yield summary("history_import_8000_s", first, "s", f"{ROWS} past completions: checked and imported")
    yield summary("history_import_again_s", again, "s", "the same file again, which changes nothing")


def _seconds(content: bytes, actor: User) -> float:
    started = time.perf_counter()
    file, plan = receive_history(content=content, scope=EVERYWHERE, uploader=actor)
    if file is None:
        raise RuntimeError(f"The file was refused: {plan.problems[:3]}")
    import_history(history_file=file, confirmed=[], scope=EVERYWHERE, actor=actor)
    return time.perf_counter() - started


def _file(course: Course) -> bytes:
    numbers = Profile.objects.exclude(staff_number=None).order_by("pk").values_list("staff_number", flat=True)
    codes = User.objects.order_by("pk").values_list("memberships__organisation__code", flat=True)
    people = list(zip(numbers[: ROWS // 2], codes, strict=False))
    lines = ["Opleiding;Datum;Zone;Stamnummer"]
    for row in range(ROWS):
        number, code = people[row % len(people)]
        day = today().replace(month=1, day=1 + row // len(people), year=today().year - 1)
        known = row % UNKNOWN_EVERY
        lines.append(f"{course.slug};{day:%d/%m/%Y};{code};{number if known else ''}")
    return "\r\n".join(lines).encode("cp1252")
