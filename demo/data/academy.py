"""An academy with two classes, brought in by list: a track partly done, partly late, partly to plan."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice

from django.db.models import F

from core.time import BRUSSELS, brussels_day
from courses.models import Course, CourseVersion, Track
from demo.clock import clock
from demo.jobs import address
from enrolment.enums import CompletionSource
from enrolment.services.completions import record_completion
from people.models import Intake, Organisation, User
from tracks.enums import ExemptionReason
from tracks.models import Cohort
from tracks.progress.matrices import people_of
from tracks.services.assignments import assign_to_class, set_due_days
from tracks.services.class_lists import import_class_list, receive_class_list
from tracks.services.exemptions import grant_exemption

FIRST = """
Aya Bas Cato Daan Eva Finn Gitte Hamza Ine Jasper Kaat Lars Mona Niels Oona Pim Rania Seppe Tess Umut Vic
Warre Xena Yoran Zoë
"""
LAST = """
Adriaens Blommaert Coppens Daems Eeckhout Faes Gevaert Hendrickx Ibens Janssen Kestens Lambrechts Michiels
Naert Ooghe Palmans Quirynen Rombouts Segers Torfs Uyttendaele Vermeiren Wauters Xhonneux Ysebaert
"""
LARGE, SMALL = 40, 18
ZONES = ("5913", "DEMO-1", "DEMO-2", "5913", "DEMO-FED")
HEADER = "stamnummer;naam;voornaam;e-mail;zone;kader;taal;klas"


def add_classes(
    school: Organisation, known: Sequence[User], *, coordinator: User, now: dt.datetime
) -> dict[str, Cohort]:
    """A class of forty since four months, with those who are known already, and one of the last weeks."""
    rows = _rows_of_newcomers()
    large = [_row_of(person, "INP-A") for person in known]
    large += [f"{row};INP-A" for row in islice(rows, LARGE - len(known))]
    small = [f"{row};INP-B" for row in islice(rows, SMALL)]
    for days, listed in ((118, large), (12, small)):
        start = brussels_day(now) - dt.timedelta(days=days)
        intake = Intake(school, start, start + dt.timedelta(days=364))
        with clock(dt.datetime.combine(start, dt.time(8), BRUSSELS)):
            content = "\n".join([HEADER, *listed]).encode()
            received = receive_class_list(content=content, intake=intake, uploader=coordinator)
            import_class_list(class_list=received, send_links=False)
    return {cohort.name: cohort for cohort in Cohort.objects.filter(school=school)}


def _row_of(person: User, class_name: str) -> str:
    profile = person.profile
    return f"{profile.staff_number};{profile.last_name};{profile.first_name};;;;;{class_name}"


def _rows_of_newcomers() -> Iterator[str]:
    firsts, lasts = FIRST.split(), LAST.split()
    names = [(first, lasts[place - shift]) for shift in (0, 9) for place, first in enumerate(firsts)]
    for number, (first, last), zone in zip(count(5000), names, cycle(ZONES), strict=False):
        yield f"DEMO{number};{last};{first};{address(first, last)};{zone};operationeel;nl"


def assign_track(cohort: Cohort, *, coordinator: User, now: dt.datetime) -> None:
    """The first step was due a while ago: most have done it, one is exempt, some are late."""
    today = brussels_day(now)
    law = Course.objects.get(slug="unia-law")
    version = CourseVersion.objects.get(course=law, course__current_version=F("pk"))
    with clock(now - dt.timedelta(days=100)):
        assignment = assign_to_class(
            track=Track.objects.get(slug="aspirant-inspector"),
            cohort=cohort,
            due_on=cohort.ends_on or today,
            actor=coordinator,
        )
        due = {law.pk: today - dt.timedelta(days=9)}
        set_due_days(assignment=assignment, due_days=due, actor=coordinator)
    *most, exempt = people_of([cohort], on=today)[cohort.pk][:31]
    for person in most:
        if not person.completions.filter(version=version).exists():
            record_completion(
                person=person,
                version=version,
                completed_on=today - dt.timedelta(days=40),
                sessions=[],
                source=CompletionSource.IMPORT,
                actor=coordinator,
            )
    grant_exemption(
        person=exempt,
        course=law,
        school=cohort.school,
        reason=ExemptionReason.COMPLETED_ELSEWHERE,
        valid_from=today - dt.timedelta(days=60),
        actor=coordinator,
    )
