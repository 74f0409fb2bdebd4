"""One trainer, wanted twice at one time."""

import pytest

from core.time import today
from courses.enums import StaffAnswer, StaffRole
from courses.errors import AccreditationOverlaps, BookedElsewhere, NotFree, NothingToAnswer
from courses.models import Accreditation, MeetingStaff, Session
from courses.services.accreditations import grant_accreditation
from courses.services.staffing import answer_invitation, release_staff
from enrolment.errors import CannotPublish, GivesItThemselves, TeachingThen
from enrolment.models import Enrolment
from enrolment.services import staffing
from enrolment.services.booking import enrol
from enrolment.services.publishing import publish
from enrolment.services.staffing import invite
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import (
    MembershipFactory,
    make_person_with,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(parts=1))


@pytest.fixture
def other(session: Session) -> Session:
    """Of the same course, at the same time."""
    return make_session(version=session.version)


@pytest.fixture
def trainer(session: Session) -> User:
    trainer = make_trainer(session.version.course)
    MembershipFactory.create(user=trainer, role=Role.EMPLOYEE)
    return trainer


@pytest.fixture
def manager() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def _without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staffing, "lock_learners", lambda ids: None)


def ask(session: Session, person: User, actor: User) -> list[MeetingStaff]:
    meetings = list(session.meetings.all())
    return invite(session=session, meetings=meetings, person=person, role=StaffRole.TRAINER, actor=actor)


def test_two_managers_want_one_trainer_and_one_gets_them(
    at_once: AtOnce, session: Session, other: Session, trainer: User, manager: User
) -> None:
    outcomes = at_once(lambda: ask(session, trainer, manager), lambda: ask(other, trainer, manager))

    assert isinstance(outcomes[1], BookedElsewhere)
    assert [row.meeting.session for row in MeetingStaff.objects.all()] == [session]


@pytest.mark.usefixtures("_without_the_lock")
def test_without_the_lock_the_trainer_is_booked_twice(
    at_once: AtOnce, session: Session, other: Session, trainer: User, manager: User
) -> None:
    """The negative control: the race is real."""
    at_once(lambda: ask(session, trainer, manager), lambda: ask(other, trainer, manager), waits=False)

    assert MeetingStaff.objects.count() == 2


def test_a_double_click_asks_once(at_once: AtOnce, session: Session, trainer: User, manager: User) -> None:
    outcomes = at_once(lambda: ask(session, trainer, manager), lambda: ask(session, trainer, manager))

    assert outcomes[1] == []
    assert MeetingStaff.objects.count() == 1


def test_who_enrols_elsewhere_at_that_moment_is_not_asked(
    at_once: AtOnce, session: Session, other: Session, trainer: User, manager: User
) -> None:
    outcomes = at_once(
        lambda: enrol(session=other, learner=trainer, actor=trainer),
        lambda: ask(session, trainer, manager),
    )

    assert isinstance(outcomes[1], NotFree)
    assert not MeetingStaff.objects.exists()


def test_who_is_asked_at_that_moment_does_not_enrol(
    at_once: AtOnce, session: Session, other: Session, trainer: User, manager: User
) -> None:
    outcomes = at_once(
        lambda: ask(session, trainer, manager),
        lambda: enrol(session=other, learner=trainer, actor=trainer),
    )
    assert isinstance(outcomes[1], TeachingThen)
    outcomes = at_once(
        lambda: ask(session, make_trainer(session.version.course), manager),
        lambda: enrol(session=session, learner=trainer, actor=trainer),
    )
    assert isinstance(outcomes[1], GivesItThemselves)
    assert not Enrolment.objects.exists()


def test_who_declines_at_that_moment_keeps_the_session_a_draft(
    at_once: AtOnce, trainer: User, session: Session, manager: User
) -> None:
    draft = make_session(version=session.version, published=False)
    make_staff(draft.meetings.first(), trainer)

    outcomes = at_once(
        lambda: answer_invitation(session=draft, person=trainer, answer=StaffAnswer.DECLINED),
        lambda: publish(session=draft, actor=manager),
    )

    assert isinstance(outcomes[1], CannotPublish)
    draft.refresh_from_db()
    assert not draft.is_published


def test_who_is_taken_off_at_that_moment_accepts_nothing(
    at_once: AtOnce, trainer: User, session: Session, manager: User
) -> None:
    row = make_staff(session.meetings.first(), trainer, answer=StaffAnswer.INVITED)

    outcomes = at_once(
        lambda: release_staff(session=session, staff=[row], actor=manager),
        lambda: answer_invitation(session=session, person=trainer, answer=StaffAnswer.ACCEPTED),
    )

    assert isinstance(outcomes[1], NothingToAnswer)


def test_two_managers_accredit_one_person_at_once(at_once: AtOnce, session: Session, manager: User) -> None:
    person = make_person_with(Role.TRAINER)

    def grant() -> Accreditation:
        return grant_accreditation(
            person=person,
            course=session.version.course,
            role=StaffRole.TRAINER,
            languages=["nl"],
            valid_from=today(),
            valid_until=None,
            actor=manager,
        )

    outcomes = at_once(grant, grant)

    assert isinstance(outcomes[1], AccreditationOverlaps)
    assert Accreditation.objects.get() == outcomes[0]
