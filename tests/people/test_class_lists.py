"""Lists of classes: a list of people whose school and days are given beside it."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from core.errors import UnreadableFile
from core.time import BRUSSELS
from people.enums import ImportStatus, OrganisationKind, Role
from people.models import Intake, Membership, Organisation, StaffImport, User
from people.services.staff_imports import check_list, confirm_list, receive_list, run_import
from tests.factories import MembershipFactory, OrganisationFactory, make_person_with

pytestmark = pytest.mark.django_db

HEADER = "Stamnummer;Naam;Voornaam;E-mail;Klas"
AN = "460000001;Janssens;An;an@police.example;1A"
BO = "460000002;Maes;Bo;bo@police.example;1B"
NOON = dt.datetime(2026, 9, 7, 12, tzinfo=BRUSSELS)
START, END = dt.date(2026, 9, 1), dt.date(2027, 8, 31)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def school() -> Organisation:
    school: Organisation = OrganisationFactory.create(code="VESTA", kind=OrganisationKind.SCHOOL)
    return school


@pytest.fixture
def coordinator(school: Organisation) -> User:
    return make_person_with(Role.COORDINATOR, organisation=school)


def bring_in(uploader: User, intake: Intake, *lines: str, header: str = HEADER) -> StaffImport:
    content = "\n".join([header, *lines]).encode()
    received = receive_list(content=content, uploader=uploader, intake=intake)
    check_list(staff_import=received)
    if confirm_list(staff_import=received, send_links=False):
        run_import(staff_import=received)
    return StaffImport.objects.get(pk=received.pk)


def aspirants() -> dict[str, tuple[str, dt.date | None, dt.date | None]]:
    current = Membership.objects.current(on=NOON.date()).filter(role=Role.ASPIRANT)
    return {
        each.user.profile.first_name: (each.class_name, each.class_starts_on, each.valid_until)
        for each in current
    }


def test_each_person_enters_the_class_for_the_days_that_it_lasts(
    coordinator: User, school: Organisation
) -> None:
    done = bring_in(coordinator, Intake(school, START, END), AN, BO)
    assert (done.status, done.new, done.classes) == (ImportStatus.DONE, 2, {"1A": 1, "1B": 1})
    assert aspirants() == {"An": ("1A", START, END), "Bo": ("1B", START, END)}
    again = bring_in(coordinator, Intake(school, START, END), AN, BO)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)


def test_a_new_list_moves_people_to_another_class_and_changes_the_last_day(
    coordinator: User, school: Organisation
) -> None:
    bring_in(coordinator, Intake(school, START, END), AN, BO)
    later = END + dt.timedelta(days=30)
    changed = bring_in(coordinator, Intake(school, START, later), AN.replace("1A", "1B"))
    assert changed.changed == 1
    assert aspirants() == {"An": ("1B", START, later), "Bo": ("1B", START, END)}


def test_who_repeats_the_year_is_in_next_year_s_class_of_the_same_name(
    coordinator: User, school: Organisation, clock: Any
) -> None:
    bring_in(coordinator, Intake(school, START, END), AN, BO)
    clock.move_to(NOON + dt.timedelta(days=330))
    next_year = dt.date(2027, 9, 1)
    assert bring_in(coordinator, Intake(school, next_year), AN).changed == 1
    today = (NOON + dt.timedelta(days=330)).date()
    current = Membership.objects.current(on=today).filter(role=Role.ASPIRANT)
    starts = {each.user.profile.first_name: each.class_starts_on for each in current}
    assert starts == {"An": next_year, "Bo": START}


@pytest.mark.parametrize(
    ("header", "lines", "problems"),
    [
        (HEADER, [AN.replace("1A", "")], [(2, "class", "missing")]),
        (HEADER, [AN, AN], [(3, "staff_number", "twice_in_file"), (3, "email", "twice_in_file")]),
        (f"{HEADER};School", [f"{AN};OTHER"], [(2, "school", "foreign_organisation")]),
        # Who is employed by one's own school is not therefore one's own to place in another's class.
        (f"{HEADER};School;Zone", [f"{AN};OTHER;VESTA"], [(2, "school", "foreign_organisation")]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    coordinator: User, school: Organisation, header: str, lines: list[str], problems: list[tuple[Any, ...]]
) -> None:
    OrganisationFactory.create(code="OTHER", kind=OrganisationKind.SCHOOL)
    refused = bring_in(coordinator, Intake(school, START, END), *lines, header=header)
    assert refused.status == ImportStatus.REFUSED
    found = [(problem["row"], problem["column"], problem["problem"]) for problem in refused.problems]
    assert found == problems
    assert aspirants() == {}


def test_a_list_without_classes_is_refused_at_once(coordinator: User, school: Organisation) -> None:
    with pytest.raises(UnreadableFile, match="class"):
        receive_list(
            content=b"Stamnummer;Naam;Voornaam;E-mail\n460000001;Maes;An;",
            uploader=coordinator,
            intake=Intake(school, START),
        )


def test_only_the_school_s_own_coordinator_fills_its_classes(school: Organisation) -> None:
    for stranger in (make_person_with(Role.COORDINATOR), make_person_with(Role.HR, organisation=school)):
        refused = bring_in(stranger, Intake(school, START, END), AN)
        assert [problem["problem"] for problem in refused.problems] == ["foreign_organisation"]


def test_who_is_at_another_school_is_that_school_s_to_let_go(coordinator: User, school: Organisation) -> None:
    known = make_person_with(Role.EMPLOYEE, profile__staff_number="460000001", profile__first_name="An")
    known.profile.last_name = "Janssens"
    known.profile.save()
    User.objects.filter(pk=known.pk).update(email="an@police.example")
    elsewhere = MembershipFactory.create(
        user=known, role=Role.ASPIRANT, organisation__kind=OrganisationKind.SCHOOL
    )
    refused = bring_in(coordinator, Intake(school, START, END), AN)
    assert [problem["problem"] for problem in refused.problems] == ["somebody_elses"]
    at_school = Membership.objects.current(on=NOON.date()).filter(user=known, role=Role.ASPIRANT)
    assert at_school.get() == elsewhere


def test_who_is_employed_elsewhere_joins_a_class_and_keeps_the_employer(
    coordinator: User, school: Organisation
) -> None:
    known = make_person_with(Role.EMPLOYEE, profile__staff_number="460000001", profile__first_name="An")
    known.profile.last_name = "Janssens"
    known.profile.save()
    User.objects.filter(pk=known.pk).update(email="an@police.example")
    assert bring_in(coordinator, Intake(school, START, END), AN).changed == 1
    today = Membership.objects.current(on=NOON.date()).filter(user=known)
    assert set(today.values_list("role", flat=True)) == {Role.EMPLOYEE, Role.ASPIRANT}
    assert today.get(role=Role.ASPIRANT).organisation == school
