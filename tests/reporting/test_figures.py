"""Exact figures on small worlds: who counts, where, when, and for whom it is suppressed."""

import datetime as dt

import pytest
from django.utils import timezone

from courses.enums import Audience, Sensitivity
from courses.models import CourseVersion, MandatoryAudience
from enrolment.services.completions import supersede_completion
from people.enums import Cadre, OrganisationKind, Role
from people.models import Organisation, OrganisationSuccession, User
from reporting.figures import BEFORE, CourseFigures, Figures, figures_of
from reporting.scopes import View
from reporting.suppression import hidden_cells
from tests.factories import OrganisationFactory
from tests.reporting.helpers import complete, employ, make_training, school
from tracks.enums import ExemptionReason
from tracks.services.exemptions import grant_exemption

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 22)


def seen_by(role: Role, organisation: Organisation) -> Figures:
    return figures_of(View(organisation, role), on=DAY)


def of(figures: Figures, slug: str = "hpm") -> CourseFigures:
    return next(shown for shown in figures.courses if shown.course.slug == slug)


def standings(shown: CourseFigures) -> dict[str, tuple[int | None, int | None, int | None]]:
    rows = [*shown.standings, shown.total]
    return {row.label: (row.completed, row.to_do, row.people) for row in rows}


def histories(figures: Figures, slug: str = "hpm") -> dict[str, dict[int, int | None]]:
    """By label and year; the total under -1; empty ones left out."""
    shown = of(figures, slug)
    return {
        row.label: {
            year: count for year, count in zip([*figures.years, -1], row.counts, strict=True) if count != 0
        }
        for row in [*shown.histories, shown.totals]
    }


def test_reach_counts_each_of_today_s_people_once_wherever_they_completed(zone: Organisation) -> None:
    hpm = make_training()
    here, elsewhere = employ(zone, 6), OrganisationFactory.create()
    complete(here[:2], hpm)
    complete(here[:1], hpm, dt.date(2025, 3, 2))
    (joined,) = employ(elsewhere, until=dt.date(2025, 12, 31))
    complete([joined], hpm, dt.date(2024, 5, 1))
    joined.memberships.create(
        organisation=zone, role=Role.EMPLOYEE, cadre=Cadre.CALOG, valid_from=dt.date(2026, 1, 1)
    )
    gone = employ(zone, 3, until=dt.date(2026, 6, 30))
    complete(gone, hpm)
    complete(employ(elsewhere, 2), hpm)
    shown = of(seen_by(Role.HR, zone))
    assert standings(shown) == {
        "Operational cadre": (2, 4, 6),
        "Administrative and logistic cadre": (1, 0, 1),
        "All": (3, 4, 7),
    }
    assert shown.total.share == 42


def test_what_was_taken_back_has_expired_or_is_of_the_erased_counts_no_more(zone: Organisation) -> None:
    hpm, expiring = make_training(), make_training("law", valid_months=12)
    people = employ(zone, 4)
    (first, *_) = complete(people[:2], hpm)
    supersede_completion(completion=first, actor=None)
    complete(people[:2], expiring, dt.date(2025, 11, 21))
    complete(people[2:3], expiring, dt.date(2025, 11, 22))
    people[3].erased_at = timezone.now()
    people[3].save(update_fields=["erased_at"])
    complete(people[3:], hpm)
    figures = seen_by(Role.HR, zone)
    assert standings(of(figures))["All"] == (1, 2, 3)
    assert standings(of(figures, "law"))["All"] == (1, 2, 3)


def test_only_those_for_whom_a_training_is_meant_are_asked_for_it(zone: Organisation) -> None:
    make_training("street", audiences=[Audience.OPERATIONAL])
    leaders = make_training("lead", audiences=[Audience.LEADERSHIP])
    employ(zone, 3)
    complete(employ(zone, 2, cadre=Cadre.CALOG), leaders)
    figures = seen_by(Role.HR, zone)
    assert standings(of(figures, "street")) == {"Operational cadre": (0, 3, 3), "All": (0, 3, 3)}
    assert not of(figures, "lead").has_reach
    assert histories(figures, "lead")["All"] == {2026: 2, -1: 2}


def test_aspirants_are_a_group_of_their_own_by_the_year_in_which_they_began(zone: Organisation) -> None:
    hpm = make_training()
    MandatoryAudience.objects.create(version=hpm, audience=Audience.ASPIRANT)
    academy = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    young, older = employ(zone, 3), employ(zone, 2)
    school(young, academy, since=dt.date(2026, 1, 5))
    school(older, academy, since=dt.date(2025, 9, 1))
    complete(young[:2], hpm)
    complete(older, hpm)
    figures = seen_by(Role.HR, zone)
    shown = of(figures)
    assert standings(shown) == {
        "Aspirants of 2026": (2, 1, 3),
        "Aspirants of 2025": (2, 0, 2),
        "All": (4, 1, 5),
    }
    assert [row.is_mandatory for row in shown.standings] == [True, True]
    assert histories(figures)["Aspirants of 2025"] == {2026: 2, -1: 2}
    assert standings(of(seen_by(Role.COORDINATOR, academy)))["All"] == (4, 1, 5)


def test_history_counts_people_where_they_were_and_a_successor_sees_its_predecessors() -> None:
    hpm = make_training()
    old = OrganisationFactory.create(code="5906", valid_until=dt.date(2022, 12, 31))
    older = OrganisationFactory.create(code="5900", valid_until=dt.date(2019, 12, 31))
    new = OrganisationFactory.create(code="5913", valid_from=dt.date(2023, 1, 1))
    for before, after, day in ((older, old, dt.date(2020, 1, 1)), (old, new, dt.date(2023, 1, 1))):
        OrganisationSuccession.objects.create(predecessor=before, successor=after, on=day)
    staff = employ(old, 6, until=dt.date(2022, 12, 31))
    complete(staff, hpm, dt.date(2022, 6, 1))
    complete(
        employ(older, 5, since=dt.date(2010, 1, 1), until=dt.date(2019, 12, 31)), hpm, dt.date(2015, 6, 1)
    )
    for person in staff[:5]:
        person.memberships.create(organisation=new, role=Role.EMPLOYEE, valid_from=dt.date(2023, 1, 1))
    complete(staff[:1], hpm, dt.date(2024, 6, 1))
    complete(staff[:1], hpm, dt.date(2024, 9, 1))
    figures = seen_by(Role.CHIEF, new)
    # The lone one of 2024 needs somebody to hide behind: five of the years before 2021.
    hidden = dict.fromkeys([BEFORE, 2021, 2023, 2024, 2025, 2026])
    assert histories(figures)["All"] == {2022: 6, -1: 12} | hidden
    # One of the six of 2022 has left, and the five of before could tell.
    assert histories(seen_by(Role.HR, new))["All"] == {BEFORE: None, 2022: None, 2024: 1, -1: 12}
    assert standings(of(figures))["All"] == (None, None, 5)


def test_a_chief_reads_no_small_cell_and_none_that_gives_it_away(zone: Organisation) -> None:
    hpm = make_training()
    complete(employ(zone, 20)[:8], hpm)
    complete(employ(zone, 20, cadre=Cadre.CALOG)[:3], hpm)
    shown = of(seen_by(Role.CHIEF, zone))
    assert standings(shown) == {
        "Operational cadre": (None, None, 20),
        "Administrative and logistic cadre": (None, None, 20),
        "All": (11, 29, 40),
    }
    assert standings(of(seen_by(Role.HR, zone)))["Operational cadre"] == (8, 12, 20)


def test_hr_reads_the_figures_of_its_own_people_and_no_small_ones_of_who_left(zone: Organisation) -> None:
    hpm = make_training()
    complete(employ(zone, 4), hpm)
    complete(employ(zone, 2, until=dt.date(2026, 6, 30)), hpm)
    complete(employ(zone, 6, until=dt.date(2026, 6, 30)), hpm, dt.date(2025, 3, 2))
    figures = seen_by(Role.HR, zone)
    operational = histories(figures)["Operational cadre"]
    assert operational[2026] is None
    assert operational[-1] == 12
    # With the total published, what else is hidden must leave it open how many left.
    assert list(operational.values()).count(None) == 2


def test_a_coordinator_reads_in_full_what_is_mandatory_for_aspirants_only(zone: Organisation) -> None:
    hpm, law = make_training(), make_training("law")
    MandatoryAudience.objects.create(version=hpm, audience=Audience.ASPIRANT)
    academy = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    aspirants = employ(zone, 10)
    school(aspirants, academy, since=dt.date(2026, 1, 5))
    complete(aspirants[:2], hpm)
    complete(aspirants[:2], law)
    figures = seen_by(Role.COORDINATOR, academy)
    assert standings(of(figures))["All"] == (2, 8, 10)
    assert standings(of(figures, "law"))["All"] == (None, None, 10)


def test_sensitive_trainings_stand_in_one_fixed_table_rounded_and_nowhere_else(zone: Organisation) -> None:
    bebe = make_training("bebe", sensitive=True)
    other = make_training("islam", sensitive=True)
    members = make_training("charter", members_only=True)
    people = employ(zone, 14)
    complete(people[:12], bebe, dt.date(2026, 2, 1))
    # The same people in another sensitive item are no more people.
    complete(people[:12], other, dt.date(2026, 2, 2))
    complete(people[:9], bebe, dt.date(2025, 2, 1))
    complete(people, members)
    for role in (Role.HR, Role.CHIEF):
        figures = seen_by(role, zone)
        assert [row.counts for row in figures.sensitive] == [[None, None, None, None, None, 10]]
        assert figures.courses == []


def test_a_version_from_before_a_course_was_sensitive_is_sensitive_too(
    zone: Organisation,
) -> None:
    version = make_training("bebe", sensitive=True)
    earlier = make_training("bebe2")
    earlier.course, earlier.number = version.course, 0
    earlier.save()
    assert earlier.sensitivity == Sensitivity.NORMAL
    complete(employ(zone, 10), earlier)
    figures = seen_by(Role.HR, zone)
    assert [row.counts[-1] for row in figures.sensitive] == [10]


def test_suppression_is_the_one_of_the_pure_module(zone: Organisation) -> None:
    hpm = make_training()
    complete(employ(zone, 30)[:14], hpm)
    complete(employ(zone, 9, cadre=Cadre.CALOG)[:4], hpm)
    shown = of(seen_by(Role.CHIEF, zone))
    hidden = hidden_cells([[14, 16], [4, 5]])
    rows = [*shown.standings, shown.total]
    for number, row in enumerate(rows):
        cells = (row.completed, row.to_do, row.people)
        assert [cell is None for cell in cells] == [(number, column) in hidden for column in range(3)]


def exempt(people: list[User], version: CourseVersion, academy: Organisation) -> None:
    for person in people:
        grant_exemption(
            person=person,
            course=version.course,
            school=academy,
            reason=ExemptionReason.EQUIVALENT,
            valid_from=DAY,
            actor=person,
        )


def test_who_is_exempt_is_counted_apart_and_taken_off_before_the_reach(zone: Organisation) -> None:
    hpm, voluntary = make_training(), make_training("law")
    MandatoryAudience.objects.create(version=hpm, audience=Audience.ASPIRANT)
    academy = OrganisationFactory.create(kind=OrganisationKind.SCHOOL)
    aspirants, staff = employ(zone, 12), employ(zone, 8)
    school(aspirants, academy, since=dt.date(2026, 9, 1))
    complete(aspirants[:3], hpm)
    exempt([*aspirants[2:5], staff[0]], hpm, academy)
    exempt(aspirants[:1], voluntary, academy)
    shown = of(seen_by(Role.HR, zone))
    rows = {row.label: (row.completed, row.exempt, row.to_do, row.people) for row in shown.standings}
    # One of the exempt has completed it all the same; for staff it is voluntary, so nobody is exempt.
    assert rows == {"Aspirants of 2026": (3, 2, 7, 12), "Operational cadre": (0, 0, 8, 8)}
    aspirant_row = next(row for row in shown.standings if row.label == "Aspirants of 2026")
    assert (aspirant_row.share, shown.total.share) == (30, 16)
    assert not of(seen_by(Role.HR, zone), "law").has_exempt


def test_a_chief_sees_no_small_number_of_exempt_people(zone: Organisation) -> None:
    hpm = make_training()
    MandatoryAudience.objects.create(version=hpm, audience=Audience.ALL_STAFF)
    people = employ(zone, 40)
    complete(people[:20], hpm)
    exempt(people[20:24], hpm, zone)
    few = of(seen_by(Role.CHIEF, zone))
    assert (few.total.completed, few.total.exempt, few.total.to_do, few.total.share) == (20, 0, 20, 50)
    assert not few.has_exempt
    exempt(people[24:28], hpm, zone)
    many = of(seen_by(Role.CHIEF, zone))
    assert (many.total.completed, many.total.exempt, many.total.to_do, many.total.share) == (20, 8, 12, 62)
