import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from core.errors import UnreadableFile
from core.models import AuditEntry
from core.time import today
from people.enums import OrganisationKind, Role
from people.errors import ListRefused
from people.models import Membership, Organisation, OrganisationSuccession, Profile, User
from people.rules import EVERYWHERE, RoleScope, affiliation_of, role_scope
from people.services.people_lists import check_people, import_people
from people.staff_files.outcomes import Outcome
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, make_person_with

pytestmark = pytest.mark.django_db

HEADER = "staff number;last name;first name;e-mail;organisation;cadre;rank;language;school;class"
AN = "460000001;Janssens;An;an@police.example;5344;operational;inspector;fr;;"
ANTOINE = "460000002;Dubois;Antoine;antoine@police.example;5344;;aspirant;fr;ERIP;B12"


def content(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines]).encode()


def run(
    *lines: str, scope: RoleScope = EVERYWHERE, actor: User | None = None, links: bool = False
) -> Outcome:
    return import_people(content=content(*lines), scope=scope, actor=actor, send_links=links)


def problems(*lines: str, scope: RoleScope = EVERYWHERE) -> list[tuple[int, str, str, str]]:
    """What is wrong, found before and during the import alike; nothing is written."""
    before = list(User.objects.values()), list(Profile.objects.values()), list(Membership.objects.values())
    checked = check_people(content=content(*lines), scope=scope)
    with pytest.raises(ListRefused) as refused:
        run(*lines, scope=scope)
    assert refused.value.outcome.problems == checked.problems
    after = list(User.objects.values()), list(Profile.objects.values()), list(Membership.objects.values())
    assert before == after
    return [(each.row, each.column, each.problem, each.detail) for each in checked.problems]


def numbers(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.new, outcome.changed, outcome.unchanged


def roles(staff_number: str) -> list[tuple[str, str, str, str, str, dt.date, dt.date | None]]:
    current = Membership.objects.current().filter(user__profile__staff_number=staff_number)
    return [
        (m.role, m.organisation.code, m.cadre, m.rank, m.class_name, m.valid_from, m.valid_until)
        for m in current.order_by("valid_from", "id")
    ]


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(code="5344")
    return zone


@pytest.fixture
def school() -> Organisation:
    school: Organisation = OrganisationFactory.create(code="ERIP", kind=OrganisationKind.SCHOOL)
    return school


def scope_of(role: Role, organisation: Organisation) -> RoleScope:
    return role_scope(make_person_with(role, organisation=organisation))


def test_people_come_in_with_what_the_list_says(zone: Organisation, school: Organisation) -> None:
    actor = UserFactory.create()
    outcome = run(AN, ANTOINE, actor=actor)

    assert (*numbers(outcome), outcome.links) == (2, 0, 0, 2)
    antoine = User.objects.select_related("profile").get(email="antoine@police.example")
    assert not antoine.has_usable_password()
    assert (antoine.get_full_name(), antoine.profile.administrative_language) == ("Antoine Dubois", "fr")
    assert roles("460000001") == [
        ("employee", "5344", "operational", "inspector", "", today(), None),
    ]
    assert roles("460000002") == [
        ("employee", "5344", "", "aspirant", "", today(), None),
        ("aspirant", "ERIP", "", "", "B12", today(), None),
    ]
    entry = AuditEntry.objects.get(action="person.imported", subject_id=antoine.pk)
    assert (entry.actor_id, entry.data) == (actor.pk, {"new": True, "fields": []})
    assert antoine.activation_asked_at is None


def test_the_same_list_again_changes_nothing(zone: Organisation, school: Organisation) -> None:
    run(AN, ANTOINE)
    before = list(Membership.objects.values()), AuditEntry.objects.count()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=7)):
        assert numbers(check_people(content=content(AN, ANTOINE), scope=EVERYWHERE)) == (0, 0, 2)
        assert numbers(run(AN, ANTOINE)) == (0, 0, 2)
    assert (list(Membership.objects.values()), AuditEntry.objects.count()) == before


def test_who_is_not_in_the_list_stays_as_they_are(zone: Organisation) -> None:
    absent = MembershipFactory.create(organisation=zone)
    run(AN)
    absent.refresh_from_db()
    assert (absent.superseded_at, absent.valid_until, absent.user.is_active) == (None, None, True)


def test_an_empty_cell_says_nothing(zone: Organisation, school: Organisation) -> None:
    run(AN, ANTOINE)
    assert numbers(run("460000001;Janssens;An;;5344;;;;;", "460000002;Dubois;Antoine;;;;;;ERIP;")) == (
        0,
        0,
        2,
    )


def test_what_changed_is_written_and_told_without_the_values(zone: Organisation) -> None:
    run(AN)
    outcome = run("460000001;Janssens-Maes;An;an.maes@police.example;5344;operational;inspector;nl;;")
    assert numbers(outcome) == (0, 1, 0)
    person = User.objects.select_related("profile").get()
    assert (person.email, person.profile.last_name) == ("an.maes@police.example", "Janssens-Maes")
    entry = AuditEntry.objects.filter(action="person.imported").latest("id")
    assert entry.data["fields"] == ["email", "language", "last_name"]
    assert len(roles("460000001")) == 1


def test_a_move_ends_the_old_role_the_day_before_and_keeps_what_was_known(zone: Organisation) -> None:
    other = OrganisationFactory.create(code="0906")
    with time_machine.travel("2026-03-02 09:00+01:00"):
        run(AN)
    began = Membership.objects.get()
    with time_machine.travel("2026-11-20 09:00+01:00"):
        assert numbers(run(AN.replace("5344", "906"))) == (0, 1, 0)
    assert roles("460000001") == [
        ("employee", "5344", "operational", "inspector", "", dt.date(2026, 3, 2), dt.date(2026, 11, 19)),
        ("employee", other.code, "operational", "inspector", "", dt.date(2026, 11, 20), None),
    ]
    known_before = Membership.objects.as_known_at(dt.datetime(2026, 11, 1, tzinfo=dt.UTC)).get()
    assert (known_before.pk, known_before.valid_until) == (began.pk, None)


def test_a_new_rank_begins_today_and_keeps_the_last_day(zone: Organisation) -> None:
    until = today() + dt.timedelta(days=100)
    person = UserFactory.create(profile__staff_number="460000001", email="an@police.example")
    MembershipFactory.create(
        user=person, organisation=zone, rank="agent", cadre="operational", valid_until=until
    )
    run(AN)
    yesterday = today() - dt.timedelta(days=1)
    assert roles("460000001") == [
        ("employee", "5344", "operational", "agent", "", dt.date(2020, 1, 1), yesterday),
        ("employee", "5344", "operational", "inspector", "", today(), until),
    ]


def test_a_mistake_of_today_leaves_no_last_day(zone: Organisation) -> None:
    run(AN)
    run(AN.replace("inspector", "commissioner"))
    assert roles("460000001") == [("employee", "5344", "operational", "commissioner", "", today(), None)]
    assert Membership.objects.count() == 2


def test_an_ended_organisation_names_its_successor(zone: Organisation) -> None:
    ended = OrganisationFactory.create(code="5906", valid_until=dt.date(2022, 12, 31))
    gone = OrganisationFactory.create(code="5907", valid_until=dt.date(2022, 12, 31))
    OrganisationFactory.create(code="5999", valid_from=today() + dt.timedelta(days=1))
    successor = OrganisationFactory.create(code="5913")
    OrganisationSuccession.objects.create(predecessor=ended, successor=successor, on=dt.date(2023, 1, 1))
    lines = [f"46000000{n};J;A;;{code};;;;;" for n, code in enumerate(["5906", gone.code, "5999", "7777"])]
    assert problems(*lines) == [
        (2, "employer", "expired_organisation", "5913"),
        (3, "employer", "ended_organisation", ""),
        (4, "employer", "ended_organisation", ""),
        (5, "employer", "unknown_organisation", "7777"),
    ]
    assert problems("460000001;J;A;;;;;;5344;") == [(2, "school", "not_a_school", "")]


def test_nobody_is_twice_in_a_list(zone: Organisation) -> None:
    assert problems(AN, "460000001;X;Y;;5344;;;;;", "460000003;X;Y;AN@police.example;5344;;;;;") == [
        (3, "staff_number", "twice_in_file", "2"),
        (4, "email", "twice_in_file", "2"),
    ]


def test_an_address_belongs_to_one_person(zone: Organisation) -> None:
    UserFactory.create(email="an@police.example", profile__staff_number=None)
    assert problems(AN) == [(2, "email", "email_of_another", "")]


def test_one_wrong_row_and_nothing_is_written(zone: Organisation) -> None:
    good = [f"45{n:07};Peeters;Jo;;5344;;;;;" for n in range(1_500)]
    assert problems(*good, "460000001;J;A;;7777;;;;;") == [
        (1_502, "employer", "unknown_organisation", "7777")
    ]


def test_a_thousand_problems_are_counted_and_the_first_ones_named(zone: Organisation) -> None:
    outcome = check_people(content=content(*[";;;;;;;;;x"] * 1_000), scope=EVERYWHERE)
    assert (outcome.problem_count, len(outcome.problems)) == (5_000, 200)


# -- Whose people ------------------------------------------------------------------------------------


def test_hr_imports_its_own_organisation_only(zone: Organisation, school: Organisation) -> None:
    hr = scope_of(Role.HR, zone)
    OrganisationFactory.create(code="5345")
    assert problems(AN.replace("5344", "5345"), scope=hr) == [(2, "employer", "foreign_organisation", "5344")]
    assert problems("460000001;J;A;;;;;;ERIP;B12", scope=hr) == [
        (2, "school", "foreign_organisation", "5344")
    ]
    assert numbers(run(AN, ANTOINE, scope=hr)) == (2, 0, 0)


def test_a_coordinator_imports_the_school_and_leaves_the_employer_to_hr(
    zone: Organisation, school: Organisation
) -> None:
    coordinator = scope_of(Role.COORDINATOR, school)
    assert problems(AN, scope=coordinator) == [(2, "employer", "foreign_organisation", "ERIP")]
    assert numbers(run(ANTOINE, scope=coordinator)) == (1, 0, 0)
    OrganisationFactory.create(code="5345")
    assert problems(ANTOINE.replace("5344", "5345"), scope=coordinator) == [
        (2, "employer", "employed_elsewhere", "")
    ]
    assert numbers(run(ANTOINE.replace("aspirant", "cadet"), scope=coordinator)) == (0, 0, 1)
    assert numbers(run(ANTOINE.replace("B12", "B13"), scope=coordinator)) == (0, 1, 0)


SOMEBODY_ELSES = [(2, "staff_number", "somebody_elses", "")]


@pytest.mark.parametrize(
    "row",
    [
        "460000001;Janssens;An;an@police.example;5345;;;;;",
        "460000001;Nobody;An;;5345;;;;;",
        "460000001;Janssens;An;mine@police.example;5345;;;;;",
        "460000001;Janssens;An;;5345;CALog;;nl;ERIP;",
    ],
)
def test_hr_takes_nobody_away_from_another_employer_and_learns_nothing(
    zone: Organisation, school: Organisation, row: str
) -> None:
    run(AN)
    hr = scope_of(Role.HR, OrganisationFactory.create(code="5345"))
    assert problems(row, scope=hr) == SOMEBODY_ELSES


def test_who_left_comes_in_elsewhere_by_number_and_name_but_with_the_known_address(
    zone: Organisation,
) -> None:
    with time_machine.travel("2026-03-02 09:00+01:00"):
        run(AN)
    Membership.objects.update(valid_until=today() - dt.timedelta(days=1))
    hr = scope_of(Role.HR, OrganisationFactory.create(code="5345"))
    row = "460000001;{};An;{};5345;;;;;"
    assert problems(row.format("Nobody", ""), scope=hr) == SOMEBODY_ELSES
    assert problems(row.format("Janssens", "mine@police.example"), scope=hr) == SOMEBODY_ELSES
    assert numbers(run(row.format("JANSSENS", "an@police.example"), scope=hr)) == (0, 1, 0)
    assert User.objects.get(profile__staff_number="460000001").get_full_name() == "An Janssens"
    assert [role[:2] for role in roles("460000001")] == [("employee", "5344"), ("employee", "5345")]


def test_the_people_of_an_ended_organisation_come_in_at_its_successor(zone: Organisation) -> None:
    with time_machine.travel("2026-03-02 09:00+01:00"):
        run(AN)
    Organisation.objects.filter(pk=zone.pk).update(valid_until=today() - dt.timedelta(days=30))
    hr = scope_of(Role.HR, OrganisationFactory.create(code="5345"))
    assert numbers(run(AN.replace("5344", "5345"), scope=hr)) == (0, 1, 0)
    assert [role[1:4] for role in roles("460000001")] == [
        ("5344", "operational", "inspector"),
        ("5345", "operational", "inspector"),
    ]


def test_a_school_takes_in_whom_a_zone_employs_by_number_and_name(
    zone: Organisation, school: Organisation
) -> None:
    run(AN)
    coordinator = scope_of(Role.COORDINATOR, school)
    OrganisationFactory.create(code="5345")
    for wrong in (
        "460000001;Nobody;An;;;;;;ERIP;B12",
        "460000001;Janssens;An;mine@police.example;;;;;ERIP;B12",
        "460000001;Janssens;An;;5345;;;;ERIP;B12",
    ):
        assert problems(wrong, scope=coordinator) == SOMEBODY_ELSES
    assert numbers(run("460000001;janssens;AN;;5344;;;nl;ERIP;B12", scope=coordinator)) == (0, 1, 0)
    assert [role[:2] for role in roles("460000001")] == [("employee", "5344"), ("aspirant", "ERIP")]
    person = User.objects.select_related("profile").get(email="an@police.example")
    assert (person.get_full_name(), person.profile.administrative_language) == ("An Janssens", "fr")

    # The zone brought the person in: name, address and language stay its own to change.
    changed = "460000001;Maes;An;mine@police.example;;;;nl;ERIP;B12"
    assert problems(changed, scope=coordinator) == [
        (2, "last_name", "kept_elsewhere", ""),
        (2, "email", "kept_elsewhere", ""),
        (2, "language", "kept_elsewhere", ""),
    ]
    assert numbers(run("460000001;Janssens;An;;;;;;ERIP;B13", scope=coordinator)) == (0, 1, 0)
    assert numbers(run(AN.replace("an@", "annie@"), scope=scope_of(Role.HR, zone))) == (0, 1, 0)


def test_a_school_corrects_whom_it_brought_in(zone: Organisation, school: Organisation) -> None:
    coordinator = scope_of(Role.COORDINATOR, school)
    with time_machine.travel("2026-03-02 09:00+01:00"):
        run(ANTOINE, scope=coordinator)
    corrected = ANTOINE.replace("antoine@", "a.dubois@").replace("B12", "B13")
    assert numbers(run(corrected, scope=coordinator)) == (0, 1, 0)
    assert numbers(run(corrected.replace("a.dubois@", "antoine@"), scope=coordinator)) == (0, 1, 0)


def test_two_employers_are_the_administrators_to_mend(zone: Organisation) -> None:
    run(AN)
    other = OrganisationFactory.create(code="5345")
    MembershipFactory.create(user=User.objects.get(email="an@police.example"), organisation=other)
    hr = scope_of(Role.HR, zone)
    assert numbers(run(AN.replace("inspector", "commissioner"), scope=hr)) == (0, 1, 0)
    assert {role[1] for role in roles("460000001")} == {"5344", "5345"}
    run(AN)
    assert [role[1] for role in roles("460000001") if role[6] is None] == ["5344"]


def test_what_was_true_then_stays_readable(zone: Organisation) -> None:
    other = OrganisationFactory.create(code="0906")
    with time_machine.travel("2026-03-02 09:00+01:00"):
        run(AN)
    with time_machine.travel("2026-11-20 09:00+01:00"):
        run(AN.replace("5344", "0906"))
    person = User.objects.get(email="an@police.example")
    employers = [affiliation_of(person, on=dt.date(2026, 11, day)).employer_id for day in (19, 20)]
    assert employers == [zone.pk, other.pk]


def test_mails_are_in_the_first_language_of_the_organisation_unless_told(zone: Organisation) -> None:
    OrganisationFactory.create(code="5345", languages=["fr", "nl"])
    run(AN, "460000002;B;C;;5345;;;;;", "460000003;D;E;;5345;;;de;;")
    languages = dict(Profile.objects.values_list("staff_number", "administrative_language"))
    assert languages == {"460000001": "fr", "460000002": "fr", "460000003": "de"}


@pytest.mark.parametrize(
    "guarded",
    [
        {"is_superuser": True},
        {"is_staff": True},
        {"last_login": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"password": "x"},
    ],
)
def test_hr_changes_no_address_with_which_somebody_signs_in(
    zone: Organisation, guarded: dict[str, object]
) -> None:
    run(AN)
    User.objects.update(**guarded)
    hr = scope_of(Role.HR, zone)
    changed = AN.replace("an@", "annie@")
    assert problems(changed, scope=hr) == [(2, "email", "email_in_use", "")]
    assert numbers(run(changed)) == (0, 1, 0)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.APPROVER, Role.DEPUTY_APPROVER])
def test_hr_changes_no_address_of_somebody_with_a_greater_role(zone: Organisation, role: Role) -> None:
    """Nor of somebody who approves: their mails name who asks for what."""
    run(AN, "460000003;B;C;;5344;;;;;")
    hr = scope_of(Role.HR, zone)
    MembershipFactory.create(user=User.objects.get(email="an@police.example"), role=role)
    assert problems(AN.replace("an@", "annie@"), scope=hr) == [(2, "email", "email_in_use", "")]
    assert numbers(run("460000003;B;C;b@police.example;5344;;;;;", scope=hr)) == (0, 1, 0)


def test_who_may_import(zone: Organisation, school: Organisation) -> None:
    assert scope_of(Role.ADMINISTRATOR, zone) == EVERYWHERE
    for role in set(Role) - {Role.ADMINISTRATOR, Role.HR, Role.COORDINATOR}:
        assert not scope_of(role, zone)


# -- Links, cost, command ---------------------------------------------------------------------------


def test_links_are_asked_for_once_and_only_for_who_has_no_account(zone: Organisation) -> None:
    with_account = UserFactory.create(profile__staff_number="460000009", email="b@police.example")
    lines = [AN, "460000008;No;Mail;;5344;;;;;", "460000009;Jo;B;b@police.example;5344;;;;;"]
    assert run(*lines).links == 1
    assert User.objects.exclude(activation_asked_at=None).count() == 0
    outcome = run(*lines, links=True)
    assert outcome.links == 1
    asked = User.objects.exclude(activation_asked_at=None).get()
    assert asked.email == "an@police.example"
    assert check_people(content=content(*lines), scope=EVERYWHERE).links == 0
    assert not AuditEntry.objects.filter(
        action="account.activation_asked", subject_id=with_account.pk
    ).exists()


@pytest.mark.parametrize("rows", [1, 30])
def test_a_check_costs_the_same_for_one_row_and_for_thirty(
    zone: Organisation, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    lines = [f"45{n:07};Peeters;Jo;p{n}@police.example;5344;;;;;" for n in range(rows)]
    with django_assert_num_queries(4):
        check_people(content=content(*lines), scope=EVERYWHERE)
    with django_assert_num_queries(14):
        run(*lines)
    with django_assert_num_queries(8):
        run(*lines)
    with django_assert_num_queries(15):
        run(
            *[
                line.replace("Peeters", "Maes").replace("p", "q").replace("5344;;", "5344;CALog;")
                for line in lines
            ]
        )


def test_the_command_imports_and_says_what_it_did(zone: Organisation, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content(AN))
    out = StringIO()
    call_command("import_people", str(file), "--dry-run", stdout=out)
    assert not User.objects.exists()
    call_command("import_people", str(file), stdout=out)
    call_command("import_people", str(file), stdout=out)
    assert out.getvalue().splitlines() == [
        "1 new, 0 changed, 0 unchanged.",
        "1 new, 0 changed, 0 unchanged.",
        "0 new, 0 changed, 1 unchanged.",
    ]
    assert User.objects.get().activation_asked_at is None


def test_the_command_names_what_is_wrong(zone: Organisation, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content(AN.replace("5344", "9999"), ";;;;;;;;;"))
    for option in ([], ["--dry-run"]):
        err = StringIO()
        with pytest.raises(CommandError, match="1 problem: nothing can be imported yet"):
            call_command("import_people", str(file), *option, stderr=err)
        assert err.getvalue() == (
            "Row 2, organisation code: There is no organisation with the code 9999. Correct the code.\n"
        )
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_people", str(tmp_path / "none.csv"))
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="empty"):
        call_command("import_people", str(file))
    with pytest.raises(UnreadableFile):
        check_people(content=b"", scope=EVERYWHERE)
