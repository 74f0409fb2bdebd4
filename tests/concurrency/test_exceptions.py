"""Two decide about one request at once, or the person takes it back at that moment: one of them counts."""

import pytest

from core.models import AuditEntry
from courses.models import Prerequisite
from enrolment.enums import ExceptionReason, ExceptionStatus
from enrolment.errors import DecidedMeanwhile, TakenBack
from enrolment.models import PrerequisiteException
from enrolment.querysets import PrerequisiteExceptionQuerySet
from enrolment.services.exceptions import ask_exception, decide_exception, take_back_exception
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.concurrency.conftest import AtOnce
from tests.factories import make_employee, make_person_with, make_session, make_version

pytestmark = pytest.mark.django_db(transaction=True)

GRANTED, DECLINED = ExceptionStatus.GRANTED, ExceptionStatus.DECLINED


@pytest.fixture
def organiser() -> User:
    return make_person_with(Role.CATALOGUE_MANAGER)


@pytest.fixture
def asked(organiser: User) -> PrerequisiteException:
    session = make_session(version=make_version(parts=1))
    before = Prerequisite.objects.create(version=session.version, course=make_version(parts=1).course)
    return ask_exception(
        session=session,
        prerequisite=before.course,
        person=make_employee(),
        reason=ExceptionReason.EXPERIENCE,
    )


def decide(asked: PrerequisiteException, status: ExceptionStatus, by: User) -> PrerequisiteException:
    return decide_exception(exception=asked, status=status, actor=by)


def decisions() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="exception.").exclude(action="exception.asked")
    return list(entries.order_by("pk").values_list("action", flat=True))


def test_two_decide_at_once_and_the_first_counts(
    asked: PrerequisiteException, organiser: User, at_once: AtOnce
) -> None:
    _granted, refused = at_once(
        lambda: decide(asked, GRANTED, organiser), lambda: decide(asked, DECLINED, organiser)
    )
    assert isinstance(refused, DecidedMeanwhile)
    asked.refresh_from_db()
    assert (asked.status, decisions()) == (GRANTED, ["exception.granted"])
    assert Message.objects.filter(recipient=asked.person).count() == 1


def test_without_the_lock_the_second_undoes_what_the_person_is_told(
    asked: PrerequisiteException, organiser: User, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    unlocked = lambda self, **how: self  # noqa: E731
    monkeypatch.setattr(PrerequisiteExceptionQuerySet, "select_for_update", unlocked)
    at_once(lambda: decide(asked, GRANTED, organiser), lambda: decide(asked, DECLINED, organiser))
    asked.refresh_from_db()
    assert (asked.status, decisions()) == (DECLINED, ["exception.granted", "exception.declined"])


def test_what_is_granted_is_not_taken_back_any_more(
    asked: PrerequisiteException, organiser: User, at_once: AtOnce
) -> None:
    at_once(
        lambda: decide(asked, GRANTED, organiser),
        lambda: take_back_exception(exception=asked, actor=asked.person),
    )
    assert PrerequisiteException.objects.get().status == GRANTED
    assert decisions() == ["exception.granted"]


def test_what_is_taken_back_is_decided_by_nobody(
    asked: PrerequisiteException, organiser: User, at_once: AtOnce
) -> None:
    _gone, refused = at_once(
        lambda: take_back_exception(exception=asked, actor=asked.person),
        lambda: decide(asked, GRANTED, organiser),
    )
    assert isinstance(refused, TakenBack)
    assert not PrerequisiteException.objects.exists()
    assert decisions() == ["exception.taken_back"]
