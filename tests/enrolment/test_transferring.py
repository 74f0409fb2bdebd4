"""A booking moves to another date: what it keeps, who gets its seat, who is told what, what refuses it."""

import datetime as dt
from typing import Any

import pytest

from core.models import AuditEntry
from courses.enums import Audience, SessionAudience
from courses.models import CourseVersion, MandatoryAudience, Session
from enrolment.enums import MANDATORY_FIRST, EnrolmentSource, EnrolmentStatus, OfferOutcome
from enrolment.errors import (
    ConsentNeeded,
    EnrolledThereAlready,
    ForAspirantsOnly,
    Imposed,
    NothingToMove,
    NotPossible,
    OtherCourse,
    Overlapping,
    TakingBackClosed,
    WithdrawalClosed,
)
from enrolment.models import AccessibilityRequest, Enrolment
from enrolment.services.approving import approve
from enrolment.services.booking import enrol, withdraw
from enrolment.services.offers import expire_offer
from enrolment.services.on_behalf import enrol_on_behalf, transfer_on_behalf
from enrolment.services.transferring import transfer
from notifications.delivery import render
from notifications.models import Message
from people.models import Organisation, User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    CourseVersionFactory,
    OrganisationFactory,
    PartFactory,
    make_confirmed,
    make_employee,
    make_offer,
    make_session,
    make_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audited")]

CONFIRMED, QUEUED, MOVED = EnrolmentStatus.CONFIRMED, EnrolmentStatus.QUEUED, EnrolmentStatus.MOVED


@pytest.fixture
def version() -> CourseVersion:
    return make_version(parts=1)


@pytest.fixture
def march(version: CourseVersion) -> Session:
    return make_session(version=version, capacity=1, starts_in=20 * DAY)


@pytest.fixture
def april(version: CourseVersion) -> Session:
    return make_session(version=version, capacity=1, starts_in=40 * DAY)


def book(session: Session, learner: User | None = None, **more: Any) -> Enrolment:
    learner = learner or make_employee()
    return enrol(session=session, learner=learner, actor=learner, **more)


def move(enrolment: Enrolment, to: Session) -> Enrolment:
    return transfer(enrolment=enrolment, to=to, actor=enrolment.learner)


def states(session: Session) -> dict[int, str]:
    return dict(session.enrolments.values_list("learner", "status"))


def taken(session: Session) -> int:
    return session.meetings.get().taken


def mails_to(learner: User) -> list[str]:
    pending = Message.objects.filter(recipient=learner, status="pending").order_by("pk")
    return list(pending.values_list("template", flat=True))


def test_a_seat_moves_with_its_date_and_the_first_in_the_queue_gets_the_one_it_leaves(
    march: Session, april: Session, clock: Any
) -> None:
    booked = book(march)
    waiting = book(march)
    clock.shift(3 * DAY)

    moved = move(booked, april)

    booked.refresh_from_db()
    assert (booked.status, booked.ended_at) == (MOVED, NOON + 3 * DAY)
    assert (moved.status, moved.moved_from, moved.enrolled_at) == (CONFIRMED, booked, NOON)
    assert moved.confirmed_at == NOON + 3 * DAY
    assert states(march) == {booked.learner_id: MOVED, waiting.learner_id: CONFIRMED}
    assert (taken(march), taken(april)) == (1, 1)


def test_the_same_again_has_one_effect(march: Session, april: Session) -> None:
    booked = book(march)
    assert move(booked, april) == move(booked, april)
    assert taken(april) == 1
    assert mails_to(booked.learner) == ["booking_moved"]


def test_to_where_it_is_already_nothing_moves(march: Session) -> None:
    booked = book(march)
    assert move(booked, march) == booked
    assert (states(march), taken(march)) == ({booked.learner_id: CONFIRMED}, 1)
    assert mails_to(booked.learner) == ["enrolment_confirmed"]


def test_in_the_other_queue_it_stands_by_its_original_date(
    march: Session, april: Session, clock: Any
) -> None:
    booked = book(march)
    clock.shift(DAY)
    has_seat, waits = book(april), book(april)

    moved = move(booked, april)

    assert moved.status == QUEUED
    assert list(april.enrolments.queued().in_queue_order()) == [moved, waits]
    assert (taken(march), taken(april)) == (0, 1)
    withdraw(enrolment=has_seat, actor=has_seat.learner)
    moved.refresh_from_db()
    assert moved.status == CONFIRMED


def test_who_is_first_in_the_other_queue_takes_a_seat_that_is_free(
    march: Session, april: Session, version: CourseVersion, clock: Any
) -> None:
    """Whoever waits there has something else then: the seat stayed free."""
    other = make_session(starts_in=40 * DAY)
    busy = make_employee()
    has_seat = book(april)
    book(april, busy)
    make_confirmed(other, busy)
    withdraw(enrolment=has_seat, actor=has_seat.learner)
    assert taken(april) == 0

    moved = move(book(march), april)

    moved.refresh_from_db()
    assert moved.status == CONFIRMED
    assert mails_to(moved.learner) == ["booking_moved"]


def test_a_place_in_a_queue_moves_to_a_free_seat(march: Session, april: Session) -> None:
    book(march)
    waiting = book(march)
    moved = move(waiting, april)
    assert (moved.status, taken(march), taken(april)) == (CONFIRMED, 1, 1)


def test_an_offer_moves_and_the_seat_that_was_held_goes_on(march: Session, april: Session) -> None:
    offer = make_offer(march)
    behind = book(march)

    moved = move(offer.enrolment, april)

    offer.refresh_from_db()
    behind.refresh_from_db()
    assert (offer.outcome, moved.status, behind.status) == (OfferOutcome.CLOSED, CONFIRMED, CONFIRMED)
    assert "calendar_of_before" not in Message.objects.get(template="booking_moved").context


def test_another_version_of_the_course_will_do_but_not_another_course(march: Session) -> None:
    newer: CourseVersion = CourseVersionFactory.create(course=march.version.course, number=2)
    PartFactory.create(version=newer)
    booked = book(march)
    with pytest.raises(OtherCourse):
        move(booked, make_session(starts_in=40 * DAY))
    assert move(booked, make_session(version=newer, starts_in=50 * DAY)).status == CONFIRMED


def test_it_may_move_to_a_date_that_overlaps_the_one_it_leaves(
    march: Session, version: CourseVersion
) -> None:
    same_day = make_session(version=version, starts_in=20 * DAY)
    assert move(book(march), same_day).status == CONFIRMED


def test_what_refuses_an_enrolment_refuses_a_move_and_nothing_changes(
    march: Session, april: Session, version: CourseVersion
) -> None:
    booked = book(march)
    make_confirmed(make_session(starts_in=40 * DAY), booked.learner)
    for_aspirants = make_session(version=version, starts_in=60 * DAY, audience=SessionAudience.ASPIRANTS)
    before = list(AuditEntry.objects.values_list("pk", flat=True))

    with pytest.raises(Overlapping):
        move(booked, april)
    with pytest.raises(ForAspirantsOnly):
        move(booked, for_aspirants)

    booked.refresh_from_db()
    assert booked.status == CONFIRMED
    assert (taken(march), taken(april)) == (1, 0)
    assert mails_to(booked.learner) == ["enrolment_confirmed"]
    assert list(AuditEntry.objects.values_list("pk", flat=True)) == before


def test_who_waits_there_as_well_is_told_to_give_one_up(march: Session, april: Session) -> None:
    book(april)
    booked = book(march)
    book(april, booked.learner)
    with pytest.raises(EnrolledThereAlready):
        move(booked, april)


def test_after_the_last_day_to_withdraw_the_person_cant_move_a_seat(
    version: CourseVersion, april: Session, clock: Any
) -> None:
    early = make_session(version=version, starts_in=20 * DAY, withdraw_until=dt.date(2026, 3, 5))
    booked = book(early)
    clock.shift(3 * DAY)
    clock.shift(dt.timedelta(hours=11, minutes=59))
    assert dt.date(2026, 3, 5) == booked.withdraw_until
    move(booked, april)
    again = book(early)
    clock.shift(dt.timedelta(minutes=1))
    with pytest.raises(WithdrawalClosed):
        move(again, make_session(version=version, starts_in=50 * DAY))


def test_what_has_begun_or_ended_moves_nowhere(march: Session, april: Session, clock: Any) -> None:
    booked, waiting = book(march), book(march)
    withdrawn = withdraw(enrolment=book(april), actor=make_employee())
    with pytest.raises(NothingToMove):
        move(withdrawn, march)
    clock.move_to(march.starts_at)
    for enrolment in (booked, waiting):
        with pytest.raises(NothingToMove):
            move(enrolment, april)


def test_consent_to_the_same_text_stays_given_and_to_a_new_one_is_asked_again() -> None:
    version = make_version(parts=1, asking_consent=True)
    newer: CourseVersion = CourseVersionFactory.create(course=version.course, number=2, asking_consent=True)
    PartFactory.create(version=newer)
    booked = book(make_session(version=version, starts_in=20 * DAY), consent=1)

    with pytest.raises(ConsentNeeded):
        move(booked, make_session(version=newer, starts_in=40 * DAY))

    moved = move(booked, make_session(version=version, starts_in=40 * DAY))
    assert (moved.consented_to, moved.consented_at) == (version, NOON)


def test_an_approval_that_was_given_stays_given(april: Session, version: CourseVersion, clock: Any) -> None:
    version.approval_required = True
    version.save()
    march = make_session(version=version, starts_in=20 * DAY)
    approved = book(march)
    Enrolment.objects.filter(pk=approved.pk).update(approved_at=NOON)
    clock.shift(DAY)

    assert move(approved, april).approved_at == NOON
    waits = move(book(march), make_session(version=version, starts_in=50 * DAY))
    waits.refresh_from_db()
    assert (waits.status, waits.approved_at) == (EnrolmentStatus.OFFERED, None)


def test_a_seat_is_held_once_for_a_missing_approval_on_whatever_date(
    april: Session, version: CourseVersion, clock: Any
) -> None:
    version.approval_required = True
    version.save()
    late = book(make_session(version=version, starts_in=20 * DAY))
    offer = late.offers.get()
    clock.move_to(offer.expires_at)
    expire_offer(offer=offer)
    moved = move(late, april)
    moved.refresh_from_db()
    assert (moved.status, taken(april)) == (QUEUED, 0)

    approve(enrolment=moved, actor=make_employee())
    moved.refresh_from_db()
    assert (moved.status, taken(april)) == (EnrolmentStatus.CONFIRMED, 1)


def test_a_rule_that_was_made_since_takes_no_seat_back(
    march: Session, april: Session, version: CourseVersion
) -> None:
    booked = book(march)
    version.approval_required = True
    version.save()
    moved = move(booked, april)
    assert (moved.status, moved.approval_needed) == (CONFIRMED, False)


def test_who_changed_organisation_since_is_bound_by_the_rule_of_now(
    march: Session, april: Session, version: CourseVersion
) -> None:
    booked = book(march)
    version.approval_required = True
    version.save()
    booked.learner.memberships.update(organisation=OrganisationFactory.create())
    moved = move(Enrolment.objects.get(pk=booked.pk), april)
    assert (moved.status, moved.approval_needed) == (EnrolmentStatus.OFFERED, True)


def test_the_priority_is_that_of_the_other_session(march: Session, version: CourseVersion) -> None:
    MandatoryAudience.objects.create(version=version, audience=Audience.ALL_STAFF)
    booked = book(march)
    first = make_session(version=version, starts_in=50 * DAY, mandatory_first=True)
    assert move(booked, first).priority == MANDATORY_FIRST


def test_what_somebody_needs_is_asked_of_the_other_organiser(march: Session, april: Session) -> None:
    booked = book(march, needs="A ramp")
    moved = move(booked, april)
    request = AccessibilityRequest.objects.get()
    assert (request.enrolment, request.text, request.arranged_at) == (moved, "A ramp", None)


def test_the_trail_shows_the_chain_by_ids_alone(march: Session, april: Session) -> None:
    booked = book(march)
    moved = move(booked, april)
    entries = AuditEntry.objects.filter(subject_type="enrolment.enrolment").order_by("pk")
    assert [(entry.action, entry.subject_id, entry.data) for entry in entries] == [
        ("enrolment.confirmed", booked.pk, {}),
        ("enrolment.moved", booked.pk, {"to": moved.pk}),
        ("enrolment.confirmed", moved.pk, {}),
    ]


class TestMail:
    def calendar(self, learner: User, template: str = "booking_moved") -> list[tuple[str, str, str]]:
        """Of each file: its method, the UID and the SEQUENCE of its event."""
        mail = render(Message.objects.get(recipient=learner, template=template))
        files = []
        for part in mail.attachments:
            text = part.get_payload(decode=True).decode().replace("\r\n ", "")
            lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
            files.append((lines["METHOD"], lines["UID"], lines["SEQUENCE"]))
        return files

    def test_one_mail_takes_the_old_date_out_of_the_calendar_and_puts_the_new_one_in(
        self, march: Session, april: Session
    ) -> None:
        booked = book(march)
        ((_method, uid, sequence),) = self.calendar(booked.learner, "enrolment_confirmed")
        moved = move(booked, april)
        assert mails_to(booked.learner) == ["booking_moved"]
        new = f"{moved.public_id}.{april.meetings.get().public_id}"
        assert self.calendar(booked.learner) == [
            ("CANCEL", uid, str(int(sequence) + 1)),
            ("REQUEST", new, str(april.sequence)),
        ]

    def test_whoever_waits_afterwards_reads_their_number_and_loses_the_old_date(
        self, march: Session, april: Session
    ) -> None:
        book(april)
        moved = move(book(march), april)
        mail = render(Message.objects.get(recipient=moved.learner, template="booking_moved"))
        assert [method for method, *_rest in self.calendar(moved.learner)] == ["CANCEL"]
        assert "nummer 1" in mail.body

    def test_what_it_says_of_the_old_date_is_sent_whatever_follows(
        self, march: Session, april: Session
    ) -> None:
        moved = move(book(march), april)
        withdraw(enrolment=moved, actor=moved.learner)
        assert mails_to(moved.learner) == ["booking_moved", "enrolment_withdrawn"]

    def test_a_sensitive_course_goes_by_its_generic_title(self) -> None:
        version = make_version(parts=1, sensitive=True)
        march, april = (make_session(version=version, starts_in=days * DAY) for days in (20, 40))
        moved = move(book(march), april)
        mail = render(Message.objects.get(recipient=moved.learner, template="booking_moved"))
        assert "Vorming diversiteit" in mail.subject
        whole = str(mail.message())
        assert "Gevoelig" not in whole


class TestOnBehalf:
    @pytest.fixture
    def made(self, march: Session, zone: Organisation, hr: User) -> Enrolment:
        return enrol_on_behalf(session=march, learner=make_employee(zone=zone), organisation=zone, actor=hr)

    def test_hr_moves_what_it_booked_and_it_stays_hrs(
        self, made: Enrolment, april: Session, zone: Organisation, hr: User
    ) -> None:
        moved = transfer_on_behalf(enrolment=made, to=april, actor=hr)
        assert (moved.status, moved.enrolled_by, moved.source) == (CONFIRMED, zone, EnrolmentSource.ON_BEHALF)
        assert mails_to(made.learner) == ["booking_moved"]

    def test_a_date_that_the_person_chose_is_theirs(self, made: Enrolment, april: Session) -> None:
        moved = move(made, april)
        assert (moved.enrolled_by, moved.source) == (None, EnrolmentSource.SELF)

    def test_what_is_mandatory_and_by_hr_only_hr_moves(
        self, version: CourseVersion, march: Session, april: Session, zone: Organisation, hr: User
    ) -> None:
        MandatoryAudience.objects.create(version=version, audience=Audience.ALL_STAFF)
        made = enrol_on_behalf(session=march, learner=make_employee(zone=zone), organisation=zone, actor=hr)
        with pytest.raises(Imposed):
            move(made, april)
        assert transfer_on_behalf(enrolment=made, to=april, actor=hr).is_imposed

    def test_hr_reads_the_same_words_whatever_the_person_does_then(
        self, made: Enrolment, april: Session, hr: User
    ) -> None:
        make_confirmed(make_session(starts_in=40 * DAY), made.learner)
        with pytest.raises(NotPossible):
            transfer_on_behalf(enrolment=made, to=april, actor=hr)

    def test_hr_keeps_to_the_persons_last_day(
        self, version: CourseVersion, april: Session, zone: Organisation, hr: User, clock: Any
    ) -> None:
        early = make_session(version=version, starts_in=20 * DAY, withdraw_until=dt.date(2026, 3, 10))
        made = enrol_on_behalf(session=early, learner=make_employee(zone=zone), organisation=zone, actor=hr)
        clock.shift(12 * DAY)
        with pytest.raises(TakingBackClosed):
            transfer_on_behalf(enrolment=made, to=april, actor=hr)

    def test_what_an_academy_planned_stays_mandatory(
        self, made: Enrolment, version: CourseVersion, hr: User
    ) -> None:
        """A class must follow it, whatever the catalogue says of others."""
        Enrolment.objects.filter(pk=made.pk).update(source=EnrolmentSource.BLOCK, is_mandatory=True)
        first = make_session(version=version, starts_in=40 * DAY, mandatory_first=True)
        moved = transfer_on_behalf(enrolment=made, to=first, actor=hr)
        assert (moved.is_imposed, moved.source) == (True, EnrolmentSource.BLOCK)
        assert moved.priority == MANDATORY_FIRST
