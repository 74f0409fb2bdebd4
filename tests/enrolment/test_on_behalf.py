"""HR and academies enrol their people: who is told what, who can decline, and what HR never learns."""

import datetime as dt
from typing import Any

import pytest

from core.models import AuditEntry
from core.time import BRUSSELS
from courses.enums import Audience, SessionAudience
from courses.models import MandatoryAudience, Session
from enrolment.emails import remind
from enrolment.enums import EnrolmentSource, EnrolmentStatus
from enrolment.errors import Imposed, NobodyToTell, NotPossible, OwnChoice, TakingBackClosed, WithdrawalClosed
from enrolment.models import Enrolment
from enrolment.rules import enrolment_refusal, withdrawal_refusal
from enrolment.services.booking import enrol, withdraw
from enrolment.services.on_behalf import enrol_on_behalf, take_back
from enrolment.services.waiting_list import fill_free_seats
from notifications.delivery import render
from notifications.models import Message
from people.enums import Role
from people.models import Organisation, User
from people.rules import affiliation_of
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

CONFIRMED, QUEUED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED


@pytest.fixture
def zone() -> Organisation:
    zone: Organisation = OrganisationFactory.create(
        code="5913", name_nl="PZ Rivierenland", name_en="Rivierenland"
    )
    return zone


@pytest.fixture
def hr(zone: Organisation) -> User:
    return make_person_with(Role.HR, organisation=zone, profile__last_name="Vandamme")


@pytest.fixture
def anna(zone: Organisation) -> User:
    return make_employee(zone=zone)


def by_hr(session: Session, person: User, hr: User) -> Enrolment:
    organisation = hr.memberships_today[0].organisation
    return enrol_on_behalf(session=session, learner=person, organisation=organisation, actor=hr)


def mandatory_session(**fields: Any) -> Session:
    version = make_version()
    MandatoryAudience.objects.create(version=version, audience=Audience.ALL_STAFF)
    return make_session(version=version, **fields)


def mail_to(person: User) -> Message:
    message: Message = Message.objects.filter(recipient=person).latest("id")
    return message


def test_hr_enrols_and_the_person_is_told_by_which_function_and_how_to_decline(anna: User, hr: User) -> None:
    session = make_session(withdraw_until=dt.date(2026, 3, 25))
    enrolment = by_hr(session, anna, hr)
    assert (enrolment.status, enrolment.source) == (CONFIRMED, EnrolmentSource.ON_BEHALF)
    assert not enrolment.is_mandatory
    message = mail_to(anna)
    assert (message.template, message.language) == ("enrolment_confirmed", "nl")
    mail = render(message)
    body = mail.body
    assert "De personeelsdienst van PZ Rivierenland" in body
    assert f"http://localhost:8000/sessions/{session.public_id}/withdraw/" in body
    assert "25 maart 2026" in body
    assert [part.get_filename() for part in mail.attachments] == ["session.ics", "session-2.ics"]
    assert "Vandamme" not in str(message.context) + body
    assert not Message.objects.filter(recipient=hr).exists()


def test_the_reason_has_no_place_to_be_kept(anna: User, hr: User) -> None:
    by_hr(make_session(), anna, hr)
    (entry,) = AuditEntry.objects.filter(subject_type="enrolment.enrolment")
    assert (entry.action, entry.actor_id, entry.data) == ("enrolment.confirmed", hr.pk, {})
    assert {field.name for field in Enrolment._meta.get_fields()} & {
        "reason",
        "note",
        "comment",
        "motive",
    } == set()


def test_what_is_mandatory_follows_from_the_rule_alone_and_cant_be_declined(anna: User, hr: User) -> None:
    session = mandatory_session()
    enrolment = by_hr(session, anna, hr)
    assert enrolment.is_mandatory
    with pytest.raises(Imposed, match=r"contact HR of Rivierenland"):
        withdraw(enrolment=enrolment, actor=anna)
    body = render(mail_to(anna)).body
    assert "/withdraw/" not in body
    assert "verplicht" in body
    assert enrol(session=mandatory_session(starts_in=40 * DAY), learner=anna, actor=anna).is_mandatory


def test_nobody_leaves_the_queue_of_what_is_mandatory_and_made_by_others(anna: User, hr: User) -> None:
    session = mandatory_session(capacity=0)
    enrolment = by_hr(session, anna, hr)
    assert enrolment.status == QUEUED
    with pytest.raises(Imposed):
        withdraw(enrolment=enrolment, actor=anna)
    assert "kun je" not in render(mail_to(anna)).body


def test_who_enrolled_by_themselves_in_what_is_mandatory_can_still_withdraw(anna: User) -> None:
    enrolment = enrol(session=mandatory_session(), learner=anna, actor=anna)
    assert withdraw(enrolment=enrolment, actor=anna).status == EnrolmentStatus.WITHDRAWN


def test_a_full_session_means_the_queue_and_the_mail_tells_the_place(anna: User, hr: User) -> None:
    session = make_session(capacity=1)
    enrol(session=session, learner=make_employee(), actor=hr)
    enrolment = by_hr(session, anna, hr)
    assert enrolment.status == QUEUED
    message = mail_to(anna)
    assert (message.template, message.context["position"]) == ("enrolment_queued", 1)
    assert message.context["enrolled_by"] == "De personeelsdienst van PZ Rivierenland heeft je ingeschreven."
    assert f"/sessions/{session.public_id}/withdraw/" in render(message).body


def test_one_is_told_of_hr_also_when_a_seat_comes_at_once_from_the_queue(anna: User, hr: User) -> None:
    session, busy = make_session(capacity=1), make_employee()
    make_confirmed(make_session(), busy)
    Enrolment.objects.create(session=session, learner=busy, status=QUEUED)
    assert by_hr(session, anna, hr).status == CONFIRMED
    message = mail_to(anna)
    assert message.template == "enrolment_moved_up"
    assert message.context["enrolled_by"] == "De personeelsdienst van PZ Rivierenland heeft je ingeschreven."


def test_days_to_decline_are_given_whatever_the_deadline(anna: User, hr: User, clock: Any) -> None:
    session = make_session(starts_in=20 * DAY, withdraw_until=dt.date(2026, 2, 1))
    enrolment = by_hr(session, anna, hr)
    assert enrolment.withdraw_until == dt.date(2026, 3, 9)
    clock.move_to(NOON + 8 * DAY)
    with pytest.raises(WithdrawalClosed):
        withdraw(enrolment=enrolment, actor=anna)
    clock.move_to(NOON + 7 * DAY)
    assert withdraw(enrolment=enrolment, actor=anna).status == EnrolmentStatus.WITHDRAWN


def test_until_the_start_one_can_decline_what_is_nearer_than_these_days(
    anna: User, hr: User, clock: Any
) -> None:
    session = make_session(starts_in=2 * DAY, withdraw_until=dt.date(2026, 2, 1))
    enrolment = by_hr(session, anna, hr)
    assert enrolment.withdraw_until == dt.date(2026, 3, 4)
    clock.move_to(dt.datetime(2026, 3, 4, 8, 29, tzinfo=BRUSSELS))
    assert withdrawal_refusal(enrolment, session, at=dt.datetime.now(BRUSSELS)) is None
    clock.move_to(dt.datetime(2026, 3, 4, 8, 30, tzinfo=BRUSSELS))
    with pytest.raises(WithdrawalClosed):
        withdraw(enrolment=enrolment, actor=anna)


def test_a_later_deadline_of_the_session_stays(anna: User, hr: User) -> None:
    enrolment = by_hr(make_session(withdraw_until=dt.date(2026, 3, 25)), anna, hr)
    assert enrolment.withdraw_until == dt.date(2026, 3, 25)


def test_who_moves_up_gets_the_days_anew(anna: User, hr: User, clock: Any) -> None:
    session = make_session(capacity=1, withdraw_until=dt.date(2026, 3, 5))
    seated = enrol(session=session, learner=make_employee(), actor=hr)
    by_hr(session, anna, hr)
    clock.move_to(NOON + 3 * DAY)
    withdraw(enrolment=seated, actor=seated.learner)
    moved = Enrolment.objects.get(learner=anna)
    assert (moved.status, moved.withdraw_until) == (CONFIRMED, dt.date(2026, 3, 12))
    assert mail_to(anna).context["withdraw_until_iso"] == "2026-03-12"


def test_declining_frees_the_seat_tells_nobody_else_and_promotes(
    anna: User, hr: User, zone: Organisation
) -> None:
    session = make_session(capacity=1)
    enrolment = by_hr(session, anna, hr)
    next_one = enrol(session=session, learner=make_employee(), actor=hr)
    withdraw(enrolment=enrolment, actor=anna)
    next_one.refresh_from_db()
    assert next_one.status == CONFIRMED
    assert not Message.objects.filter(recipient=hr).exists()
    assert not Enrolment.objects.made_for(anna, by=zone).active().exists()


@pytest.mark.parametrize(
    "rule",
    [
        {"sensitive": True},
        {"consent_required": True, "obligation": "never_mandatory"},
        {"members_only": True},
    ],
)
def test_nobody_is_enrolled_in_what_each_chooses_for_themselves(
    anna: User, hr: User, rule: dict[str, Any]
) -> None:
    session = make_session(version=make_version(**rule))
    with pytest.raises(OwnChoice, match="Everybody chooses this training for themselves"):
        by_hr(session, anna, hr)
    # Nor if the person is there already: the answer is the same.
    Enrolment.objects.create(session=session, learner=anna, status=CONFIRMED)
    with pytest.raises(OwnChoice):
        by_hr(session, anna, hr)
    assert not Message.objects.exists()


def test_nor_in_what_has_become_sensitive_by_now(anna: User, hr: User) -> None:
    session = make_session()
    newer = make_version(course=session.version.course, number=2, sensitive=True)
    assert session.version.course.current_version == newer
    with pytest.raises(OwnChoice):
        by_hr(session, anna, hr)


def test_whatever_stands_in_the_way_is_told_in_the_same_words(anna: User, hr: User) -> None:
    """What else a person does at that time, or chose by themselves, is nobody's business."""
    bebe = make_session(version=make_version(sensitive=True))
    enrol(session=bebe, learner=anna, actor=anna)
    own = make_session(starts_in=31 * DAY)
    enrol(session=own, learner=anna, actor=anna)
    given = make_session(starts_in=32 * DAY, trainer=anna)
    at_the_same_time = make_session()
    told = set()
    for session in (at_the_same_time, own, given):
        with pytest.raises(NotPossible) as refusal:
            by_hr(session, anna, hr)
        told.add((str(refusal.value), refusal.value.__cause__, refusal.value.code))
    assert told == {
        (
            "This person can't take part in that session. Choose another date, or ask them.",
            None,
            "not_possible",
        )
    }
    assert Enrolment.objects.filter(learner=anna, enrolled_by=None).count() == 2
    assert Message.objects.filter(recipient=anna).count() == 2


def test_a_session_that_closed_does_not_tell_who_is_in_it_either(anna: User, hr: User) -> None:
    session = make_session()
    enrol(session=session, learner=anna, actor=anna)
    Session.objects.update(enrol_until=dt.date(2026, 2, 1))
    with pytest.raises(NotPossible):
        by_hr(session, anna, hr)
    with pytest.raises(NotPossible):
        by_hr(session, make_employee(), hr)


def test_a_double_click_of_hr_has_one_effect(anna: User, hr: User) -> None:
    session = make_session()
    assert by_hr(session, anna, hr) == by_hr(session, anna, hr)
    assert Message.objects.count() == 1
    assert session.meetings.values_list("taken", flat=True)[0] == 1


def test_who_was_enrolled_by_hr_and_clicks_too_keeps_that_enrolment(anna: User, hr: User) -> None:
    session = make_session()
    enrolment = by_hr(session, anna, hr)
    assert enrol(session=session, learner=anna, actor=anna) == enrolment


def test_who_cant_be_told_isnt_enrolled(anna: User, hr: User) -> None:
    anna.email = None
    anna.save(update_fields=["email"])
    with pytest.raises(NobodyToTell):
        by_hr(make_session(), anna, hr)


def test_what_hr_did_it_takes_back_and_the_person_is_told(anna: User, hr: User) -> None:
    session = make_session(capacity=1)
    enrolment = by_hr(session, anna, hr)
    next_one = enrol(session=session, learner=make_employee(), actor=hr)
    assert take_back(enrolment=enrolment, actor=hr).status == EnrolmentStatus.CANCELLED
    next_one.refresh_from_db()
    assert next_one.status == CONFIRMED
    message = mail_to(anna)
    assert message.template == "enrolment_ended"
    assert message.context["calendar"]["method"] == "CANCEL"
    assert "De personeelsdienst van PZ Rivierenland" in render(message).body
    take_back(enrolment=enrolment, actor=hr)
    assert Message.objects.filter(recipient=anna, template="enrolment_ended").count() == 1


def test_a_place_in_the_queue_is_taken_back_without_a_calendar_file(anna: User, hr: User) -> None:
    session = make_session(capacity=0)
    take_back(enrolment=by_hr(session, anna, hr), actor=hr)
    message = mail_to(anna)
    assert message.template == "enrolment_ended"
    assert "calendar" not in message.context
    assert [when["part"] for when in message.context["when"]] == ["Deel", "Deel"]
    assert not fill_free_seats(session=session)


def test_after_the_deadline_hr_takes_nothing_back(anna: User, hr: User, clock: Any) -> None:
    enrolment = by_hr(make_session(withdraw_until=dt.date(2026, 3, 12)), anna, hr)
    clock.move_to(NOON + 11 * DAY)
    with pytest.raises(TakingBackClosed, match="The last day to take it back has passed"):
        take_back(enrolment=enrolment, actor=hr)
    assert Enrolment.objects.confirmed().get() == enrolment


def test_an_academy_says_that_it_is_one(anna: User) -> None:
    school = OrganisationFactory.create(kind="school", name_nl="Campus Vesta")
    MembershipFactory.create(user=anna, organisation=school, role=Role.ASPIRANT)
    coordinator = make_person_with(Role.COORDINATOR, organisation=school)
    by_hr(make_session(audience=SessionAudience.ASPIRANTS), anna, coordinator)
    assert mail_to(anna).context["enrolled_by"] == "De coördinatoren van Campus Vesta hebben je ingeschreven."


def test_a_mail_about_what_others_did_carries_no_more_than_any_other(anna: User, hr: User) -> None:
    """On a lock screen it looks like one's own."""
    by_hr(make_session(), anna, hr)
    own = enrol(session=make_session(starts_in=40 * DAY), learner=make_employee(), actor=hr)
    assert render(mail_to(anna)).subject == render(mail_to(own.learner)).subject


@pytest.mark.parametrize("aspirant", [True, False])
def test_the_list_of_sessions_and_the_rule_say_the_same(aspirant: bool) -> None:
    """One is SQL, the other is asked of one session: for each window and audience they agree."""
    person, zone = make_employee(), OrganisationFactory.create()
    if aspirant:
        MembershipFactory.create(user=person, role=Role.ASPIRANT)
    version, today = make_version(parts=1), NOON.date()
    for audience in SessionAudience:
        for fields in (
            {},
            {"published": False},
            {"starts_in": dt.timedelta(0)},
            {"enrol_from": today},
            {"enrol_from": today + DAY},
            {"enrol_until": today},
            {"enrol_until": today - DAY},
        ):
            make_session(version=version, audience=audience, **fields)
    make_session(version=version).open_to.add(zone)
    make_session(version=version).open_to.add(zone, person.memberships_today[0].organisation)
    affiliated = affiliation_of(person, on=today)
    listed = set(
        Session.objects.enrollable(
            organisations=affiliated.organisations, aspirants=affiliated.is_aspirant, at=NOON
        )
    )
    admitted = {
        session
        for session in Session.objects.prefetch_related("open_to")
        if not enrolment_refusal(
            session,
            affiliated,
            open_to=[organisation.pk for organisation in session.open_to.all()],
            gives_it=False,
            at=NOON,
        )
    }
    assert listed == admitted
    assert len(listed) == 7


def test_a_reminder_names_no_day_to_decline_that_has_passed(anna: User, hr: User, clock: Any) -> None:
    enrolment = by_hr(make_session(withdraw_until=dt.date(2026, 3, 12)), anna, hr)
    clock.move_to(NOON + 27 * DAY)
    remind(enrolment, list(enrolment.session.meetings.all()))
    body = render(mail_to(anna)).body
    assert "/withdraw/" not in body
    assert "12 maart" not in body
