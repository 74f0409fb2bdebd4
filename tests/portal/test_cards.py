"""Home by role: what each person finds to do, in which order, and what the cards keep to themselves."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from certificates.models import Certificate
from core.templatetags.traject import short_day
from core.time import today
from courses.enums import StaffAnswer
from courses.models import Meeting, Prerequisite
from enrolment.enums import CompletionSource, ExceptionReason, OfferKind
from enrolment.models import AuditRun
from enrolment.services.accessibility import ask_organiser
from enrolment.services.approving import approve
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.exceptions import ask_exception
from enrolment.services.leaving import free_bookings_of_leavers
from notifications.enums import MessageStatus
from notifications.models import Message
from people.enums import Role
from people.models import User
from people.services.staff_imports import check_list, receive_list
from portal.cards.card import Card
from portal.cards.home import MOST_CARDS, cards_for
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_session,
    make_staff,
    make_version,
)
from tests.pages import SignIn
from tests.tracks.helpers import (
    assign,
    complete,
    make_class,
    make_coordinator,
    make_school,
    make_track,
    make_training,
)
from tracks.progress.matrices import people_of

pytestmark = pytest.mark.django_db


def cards_of(person: User) -> list[Card]:
    return cards_for(User.objects.get(pk=person.pk), at=timezone.now())


def titles_of(person: User) -> list[str]:
    return [str(card.title) for card in cards_of(person)]


def in_days(days: int, **fields: Any) -> Any:
    return make_session(starts_in=dt.timedelta(days=days), **fields)


def test_there_are_seven_cards_at_most_the_rosters_of_today_first() -> None:
    trainer = make_person_with(Role.TRAINER)
    for _ in range(3):
        in_days(0, trainer=trainer)
    for _ in range(3):
        session = in_days(30)
        make_staff(session.meetings.get(part__position=1), person=trainer, answer=StaffAnswer.INVITED)
    for days in range(1, 8):
        make_confirmed(in_days(days), trainer)
    cards = cards_of(trainer)
    assert len(cards) == MOST_CARDS
    eyebrows = ["You teach today"] * 3 + ["Will you give it?"] * 2 + ["Your next session", "Then"]
    assert [card.eyebrow for card in cards] == eyebrows


def test_who_is_asked_reads_until_when_and_an_approval_asks_nothing_of_them() -> None:
    person = make_employee()
    offer = make_offer(in_days(5), person)
    make_offer(in_days(6), person, OfferKind.APPROVAL)
    until = timezone.localtime(offer.expires_at)
    assert [(card.state_text, card.act) for card in cards_of(person)] == [
        (f"Answer by {short_day(until)}, {until:%H:%M}", "Answer"),
        ("Waits for approval", ""),
    ]


def test_each_role_has_its_own_cards() -> None:
    in_days(60, published=False)
    by_role = {role: [card.eyebrow for card in cards_of(make_person_with(role))] for role in Role}
    expected = {Role.CATALOGUE_MANAGER: ["Drafts"], Role.HR: ["Figures"], Role.CHIEF: ["Figures"]}
    expected[Role.COORDINATOR] = ["Academy", "Figures"]
    assert by_role == {role: expected.get(role, []) for role in Role}


def test_who_approves_finds_what_waits_named_nowhere_until_it_is_decided() -> None:
    approver = make_person_with(Role.APPROVER)
    zone = approver.memberships.get().organisation
    hr = make_person_with(Role.HR, organisation=zone)
    session = in_days(30, version=make_version(approval_required=True))
    learners = [make_employee(zone=zone), make_employee(zone=zone), make_employee()]
    enrolments = [enrol(session=session, learner=learner, actor=learner) for learner in learners]

    (card,) = cards_of(approver)

    assert (card.eyebrow, card.title, card.url) == (
        "Approvals",
        "2 enrolments to decide about",
        "/hr/approvals/",
    )
    assert learners[0].profile.last_name not in f"{card.title} {card.text}"
    assert "Approvals" not in [card.eyebrow for card in cards_of(hr)]
    for enrolment in enrolments[:2]:
        approve(enrolment=enrolment, actor=approver)
    assert cards_of(approver) == []


@pytest.mark.parametrize(
    ("role", "link"),
    [
        (Role.EMPLOYEE, "/catalogue/"),
        (Role.ASPIRANT, "/catalogue/"),
        (Role.TRAINER, "/teach/"),
        (Role.CATALOGUE_MANAGER, "/manage/sessions/new/"),
        (Role.PARTNER, "/manage/sessions/"),
        (Role.ADMINISTRATOR, "/hr/people/"),
    ],
)
def test_for_whom_nothing_waits_there_is_a_next_step(
    sign_in: SignIn, settings: Any, role: Role, link: str
) -> None:
    settings.MFA_REQUIRED_ROLES = []
    client = sign_in(make_person_with(role))
    page = client.get("/").content.decode()
    assert "Nothing waits for you" in page
    assert f'class="button button-secondary" href="{link}"' in page
    assert client.get(link).status_code == 200


# -- Taking part -------------------------------------------------------------------------------------


def test_somebody_sees_when_and_where_their_next_sessions_are_and_which_they_wait_for() -> None:
    person = make_employee()
    full = in_days(2, version=make_version(title_en="Wanted"), capacity=1)
    make_confirmed(full)
    enrol(session=full, learner=person, actor=person)
    session = in_days(9, version=make_version(title_en="Booked"))
    make_confirmed(session, person)
    make_confirmed(in_days(3, version=make_version(title_en="Of somebody else")))
    booked, wanted = cards_of(person)
    assert (booked.title, booked.state, booked.url) == ("Booked", "good", session.get_absolute_url())
    assert str(session.first_meeting.venue) in booked.text
    assert (wanted.title, wanted.state) == ("Wanted", "wait")


def test_a_card_never_names_a_sensitive_training() -> None:
    version = make_version(title_en="Brown Eyes", sensitivity="sensitive", generic_title_en="Training day")
    trainer = make_person_with(Role.TRAINER)
    session = in_days(0, version=version, trainer=trainer)
    asked = in_days(9, version=version)
    make_staff(asked.meetings.get(part__position=1), person=trainer, answer=StaffAnswer.INVITED)
    learner = make_confirmed(in_days(5, version=version)).learner
    seen = titles_of(trainer) + titles_of(learner)
    assert session.version.title == "Brown Eyes"
    assert seen == ["Training day"] * 3
    assert "Brown Eyes" not in seen


def test_an_aspirant_sees_the_next_step_that_has_no_date_and_how_far_they_are() -> None:
    law, hpm = make_training("law"), make_training("hpm")
    cohort = make_class(make_school(), 1)
    [aspirant] = people_of([cohort], on=today())[cohort.pk]
    assert cards_of(aspirant) == []
    assign(make_track(law, hpm), cohort)
    complete(aspirant, law)
    [card] = cards_of(aspirant)
    assert (card.eyebrow, card.title, card.url) == ("Next on your path", "HPM (en)", "/catalogue/hpm/#dates")
    assert card.text.endswith("· 1 of 2 steps done or booked")
    full = in_days(9, version=hpm, capacity=1)
    make_confirmed(full)
    enrol(session=full, learner=aspirant, actor=aspirant)
    [queued] = cards_of(aspirant)
    assert queued.url == full.get_absolute_url()


# -- Teaching ----------------------------------------------------------------------------------------


def test_a_trainer_opens_today_s_roster_and_sees_which_earlier_ones_are_open() -> None:
    trainer = make_person_with(Role.TRAINER)
    now = in_days(0, trainer=trainer)
    in_days(-3, trainer=trainer)
    in_days(3, trainer=trainer)
    in_days(-3, trainer=make_person_with(Role.TRAINER))
    roster, to_close = cards_of(trainer)
    assert (roster.url, roster.act) == (f"/teach/sessions/{now.public_id}/roster/", "Open the roster")
    assert (to_close.title, to_close.url, to_close.state) == ("2 rosters to close", "/teach/", "late")


def test_a_trainer_without_a_roster_sees_what_comes_next() -> None:
    trainer = make_person_with(Role.TRAINER)
    session = in_days(3, trainer=trainer)
    make_confirmed(session)
    in_days(90, trainer=trainer)
    [card] = cards_of(trainer)
    assert (card.eyebrow, card.url) == ("You teach next", session.get_absolute_url())
    assert card.text.endswith("· 1 participant")


# -- The offer ---------------------------------------------------------------------------------------


def test_a_manager_sees_what_lacks_somebody_what_is_half_empty_and_what_can_be_published() -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    trainer = make_person_with(Role.TRAINER)
    make_confirmed(in_days(9, capacity=4, trainer=trainer))
    make_confirmed(in_days(10, capacity=2))
    in_days(11, capacity=None, trainer=trainer)
    in_days(40, capacity=4, trainer=trainer)
    in_days(60, published=False, trainer=trainer)
    in_days(61, published=False)
    short, sparse, lacking, ready = cards_of(manager)
    assert short.title == "1 published session lacks somebody to give it"
    assert sparse.title == "1 session is less than half full"
    assert sparse.url == "/manage/sessions/?status=published"
    assert (lacking.title, ready.title) == ("1 draft lacks somebody to give it", "1 draft session")


def test_a_manager_is_asked_to_decide_of_what_has_too_few_and_is_theirs() -> None:
    network = OrganisationFactory.create()
    manager = make_person_with(Role.CATALOGUE_MANAGER, organisation=network)
    other = make_person_with(Role.CATALOGUE_MANAGER)
    undecided = {"min_participants": 2, "decide_on": today() - dt.timedelta(days=1), "organiser": network}
    trainer, enough = make_person_with(Role.TRAINER), make_person_with(Role.TRAINER)
    make_confirmed(in_days(40, trainer=trainer, capacity=4, **undecided))
    full = in_days(41, trainer=enough, capacity=4, **undecided)
    for _ in range(2):
        make_confirmed(full)
    in_days(42, trainer=trainer, min_participants=2, decide_on=today() + dt.timedelta(days=1))
    (card,) = cards_of(manager)
    assert card.title == "1 session has too few participants: decide"
    assert card.url == "/manage/sessions/?status=published"
    assert cards_of(other) == []


def test_what_a_participant_needs_is_on_no_card_only_that_something_is_to_be_arranged() -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    trainer = make_person_with(Role.TRAINER)
    session = in_days(9, version=make_version(title_en="Title"), capacity=None, trainer=trainer)
    ask_organiser(enrolment=make_confirmed(session), text="A ramp")
    [card] = cards_of(manager)
    assert card.url == f"/manage/sessions/{session.public_id}/accessibility/"
    assert "Title" not in repr(card)
    assert "ramp" not in repr(card)
    assert cards_of(make_person_with(Role.PARTNER)) == []


def test_who_asks_for_an_exception_is_on_no_card_only_that_somebody_does() -> None:
    manager = make_person_with(Role.CATALOGUE_MANAGER)
    version, before = make_version(), make_version()
    Prerequisite.objects.create(version=version, course=before.course)
    session = in_days(9, version=version, capacity=None, trainer=make_person_with(Role.TRAINER))
    for _ in range(2):
        ask_exception(
            session=session,
            prerequisite=before.course,
            person=make_employee(),
            reason=ExceptionReason.PLANNED,
        )
    [card] = cards_of(manager)
    assert (card.title, card.url) == ("2 people ask for an exception", "/manage/exceptions/")
    assert cards_of(make_person_with(Role.PARTNER)) == []


def test_a_partner_sees_when_its_courses_take_place_and_how_many_come() -> None:
    partner = make_person_with(Role.PARTNER)
    [office] = partner.memberships_today
    version = make_version()
    version.course.provider.organisation = office.organisation
    version.course.provider.save(update_fields=["organisation"])
    make_confirmed(in_days(9, version=version, capacity=4))
    in_days(12, version=version, published=False)
    in_days(12)
    [card] = cards_of(partner)
    assert card.text.endswith("· 1 of 4 seats taken")


# -- Organisations -----------------------------------------------------------------------------------


def test_hr_sees_lists_to_confirm_and_freed_seats_without_a_name() -> None:
    hr = make_person_with(Role.HR)
    [office] = hr.memberships_today
    content = f"Stamnummer;Naam;Voornaam;Zone\n46;Maes;An;{office.organisation.code}".encode()
    check_list(staff_import=receive_list(content=content, uploader=hr))
    for _ in range(2):
        leaver = make_employee(zone=office.organisation)
        make_confirmed(in_days(9), leaver)
        make_confirmed(in_days(12), leaver)
        leaver.memberships.update(valid_until=today() - dt.timedelta(days=1))
    free_bookings_of_leavers()
    cards = cards_of(hr)
    assert [card.title for card in cards[:2]] == ["1 list to confirm", "2 people left"]
    assert [card.url for card in cards[:2]] == ["/hr/people/import/", "/hr/leavers/"]
    assert leaver.profile.last_name not in repr(cards)
    assert len(cards_of(make_person_with(Role.HR))) == 1


def test_a_coordinator_is_led_to_the_classes_that_are_late_or_to_the_first_list() -> None:
    academy = make_school()
    coordinator = make_coordinator(academy)
    assert cards_of(coordinator)[0].url == "/academy/lists/"
    hpm = make_training("hpm")
    cohort = make_class(academy, 3)
    make_class(make_school(), 1)
    assert cards_of(coordinator)[0].state_text == "Nobody is late"
    assign(make_track(hpm), cohort, due_in=-1)
    first, *_others = people_of([cohort], on=today())[cohort.pk]
    complete(first, hpm)
    late, figures = cards_of(coordinator)
    assert (late.title, late.url) == ("Class 1A", cohort.get_absolute_url())
    assert (late.state, late.state_text) == ("late", "2 late")
    assert figures.eyebrow == "Figures"


# -- The platform ------------------------------------------------------------------------------------


def message(status: MessageStatus, *, due: dt.timedelta) -> None:
    Message.objects.create(
        recipient=make_employee(),
        template="enrolment_confirmed",
        language="nl",
        dedupe_key=f"{status}{due}",
        status=status,
        due_at=timezone.now() + due,
    )


def test_an_administrator_sees_what_does_not_leave_the_outbox(sign_in: SignIn) -> None:
    hour, week = dt.timedelta(hours=1), dt.timedelta(days=8)
    message(MessageStatus.PENDING, due=-hour)
    message(MessageStatus.PENDING, due=hour)
    message(MessageStatus.SENT, due=-hour)
    message(MessageStatus.FAILED, due=-hour)
    message(MessageStatus.FAILED, due=-week)
    person = make_person_with(Role.ADMINISTRATOR)
    assert cards_of(person) == []
    User.objects.filter(pk=person.pk).update(is_staff=True)
    cards = cards_of(person)
    assert [card.title for card in cards] == [
        "1 mail does not leave",
        "1 mail was refused",
        "Organisations and people",
    ]
    assert cards[0].url == "/operate/admin/notifications/message/?status__exact=pending"


def test_an_administrator_sees_certificates_that_stay_without_a_file() -> None:
    person = make_person_with(Role.ADMINISTRATOR)
    User.objects.filter(pk=person.pk).update(is_staff=True)
    for hours in (0, 1):
        completion = record_completion(
            person=make_employee(),
            version=make_version(),
            completed_on=dt.date(2026, 1, 15),
            sessions=[],
            source=CompletionSource.ATTENDANCE,
            actor=None,
        )
        completion.recorded_at -= dt.timedelta(hours=hours)
        completion.save(update_fields=["recorded_at"])
        Certificate.objects.create(
            completion=completion, holder=completion.person, language="nl", snapshot={}
        )
    assert titles_of(person) == ["1 certificate has no file yet", "Organisations and people"]


def test_an_administrator_sees_what_the_last_audit_found() -> None:
    person = make_person_with(Role.ADMINISTRATOR)
    hours, found = dt.timedelta(hours=1), {"count": 2, "ids": ["1", "2"]}

    def audited(faults: dict[str, Any], *, ago: dt.timedelta) -> None:
        AuditRun.objects.create(at=timezone.now() - ago, milliseconds=1, faults=faults)

    audited({"overbooked": found}, ago=60 * hours)
    assert cards_of(person) == []
    User.objects.filter(pk=person.pk).update(is_staff=True)
    broken, late, _administration = cards_of(person)
    assert (broken.title, broken.state) == ("1 rule about seats is broken", "late")
    assert (late.title, late.state) == ("The seats were not audited of late", "late")

    audited({}, ago=30 * hours)
    in_order, _administration = cards_of(person)
    assert (in_order.title, in_order.state) == ("The seats are in order", "good")
    assert in_order.url == "/operate/admin/enrolment/auditrun/"

    audited({"overbooked": found, "stray_seat": found}, ago=6 * hours)
    assert titles_of(person) == ["2 rules about seats are broken", "Organisations and people"]


# -- Queries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 7])
def test_home_takes_the_same_queries_for_1_and_7_sessions(
    sign_in: SignIn, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_employee()
    for days in range(rows):
        make_confirmed(in_days(days + 1), person)
    assert Meeting.objects.count() == 2 * rows
    client = sign_in(person)
    with django_assert_num_queries(3):
        client.get("/")


@pytest.mark.parametrize("sessions", [0, 1])
def test_home_takes_few_queries_for_who_is_everything(
    sign_in: SignIn, settings: Any, sessions: int, django_assert_max_num_queries: Any
) -> None:
    """However few cards stop the reading."""
    settings.MFA_REQUIRED_ROLES = []
    person = make_employee()
    for role in Role:
        if role != Role.EMPLOYEE:
            MembershipFactory.create(user=person, role=role)
    User.objects.filter(pk=person.pk).update(is_staff=True)
    for _ in range(sessions):
        in_days(0, trainer=person)
        make_confirmed(in_days(9, capacity=4), person)
    client = sign_in(person)
    with django_assert_max_num_queries(11):
        client.get("/")
