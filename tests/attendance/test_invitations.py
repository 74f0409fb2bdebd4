"""What a trainer is asked to give: on /teach/, on its own page, and who sees the roster."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from courses.enums import StaffAnswer, StaffRole
from courses.models import MeetingStaff, Session
from people.enums import Role
from people.models import User
from tests.factories import (
    make_confirmed,
    make_person_with,
    make_session,
    make_staff,
    make_trainer,
    make_version,
)
from tests.pages import text

pytestmark = pytest.mark.django_db

INVITED, ACCEPTED, DECLINED = StaffAnswer.INVITED, StaffAnswer.ACCEPTED, StaffAnswer.DECLINED


@pytest.fixture
def session() -> Session:
    return make_session(version=make_version(title_en="Human rights"), published=False)


@pytest.fixture
def trainer(session: Session) -> User:
    trainer = make_trainer(session.version.course)
    for meeting in session.meetings.all():
        make_staff(meeting, trainer, answer=INVITED)
    return trainer


@pytest.fixture
def phone(sign_in: Callable[[User], Client], trainer: User) -> Client:
    return sign_in(trainer)


def page_of(session: Session) -> str:
    return f"/teach/sessions/{session.public_id}/invitation/"


def answers() -> list[str]:
    return list(MeetingStaff.objects.order_by("meeting__starts_at").values_list("answer", flat=True))


def test_an_invitation_stands_first_and_is_answered_with_one_tap(phone: Client, session: Session) -> None:
    page = text(phone.get("/teach/"))
    assert "Will you give it?" in page
    assert f'action="{page_of(session)}"' in page

    told = text(phone.post(page_of(session), {"answer": "accepted"}, follow=True))

    assert "Thank you. A file for your calendar is on its way" in told
    assert "Will you give it?" not in told
    assert answers() == [ACCEPTED, ACCEPTED]


def test_home_has_a_card_for_it(phone: Client, session: Session) -> None:
    assert page_of(session) in text(phone.get("/"))
    phone.post(page_of(session), {"answer": "declined"})
    assert page_of(session) not in text(phone.get("/"))


def test_one_part_is_accepted_alone(phone: Client, session: Session) -> None:
    morning = session.meetings.first()
    assert morning is not None
    data = {"answer": "accepted", "choosing": "on", "part": str(morning.public_id)}

    phone.post(page_of(session), data)

    assert answers() == [ACCEPTED, INVITED]


@pytest.mark.parametrize(
    "data",
    [
        {"answer": "accepted", "choosing": "on"},
        {"answer": "accepted", "choosing": "on", "part": "019a0000-0000-7000-8000-000000000000"},
        {"answer": "invited"},
        {"answer": "perhaps"},
    ],
)
def test_nonsense_changes_nothing(phone: Client, session: Session, data: dict[str, str]) -> None:
    answer = phone.post(page_of(session), data)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert answers() == [INVITED, INVITED]


def test_who_accepted_can_still_say_no(phone: Client, session: Session) -> None:
    phone.post(page_of(session), {"answer": "accepted"})
    assert "I can’t come after all" in text(phone.get(page_of(session)))
    phone.post(page_of(session), {"answer": "declined"})
    assert answers() == [DECLINED, DECLINED]
    assert "There is nothing to answer." in text(phone.get(page_of(session)))


def test_a_refusal_is_told(phone: Client, session: Session, trainer: User) -> None:
    trainer.accreditations.update(superseded_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    page = text(phone.post(page_of(session), {"answer": "accepted"}))
    assert "doesn&#x27;t reach until that day" in page or "doesn’t reach until that day" in page
    assert answers() == [INVITED, INVITED]


@pytest.mark.parametrize("role", [Role.TRAINER, Role.CATALOGUE_MANAGER, Role.HR, Role.ADMINISTRATOR])
def test_the_invitation_of_another_is_not_found(
    sign_in: Callable[[User], Client], session: Session, trainer: User, role: Role
) -> None:
    stranger = sign_in(make_person_with(role))
    assert stranger.get(page_of(session)).status_code == 404
    assert stranger.post(page_of(session), {"answer": "declined"}).status_code == 404
    assert answers() == [INVITED, INVITED]


def test_the_link_in_the_mail_leads_back_after_signing_in(client: Client, session: Session) -> None:
    answer = client.get(page_of(session))
    assert answer["Location"] == f"/account/login/?next={page_of(session)}"


@pytest.mark.parametrize(("answer", "status"), [(INVITED, 404), (DECLINED, 404), (ACCEPTED, 200)])
def test_only_who_accepted_opens_the_roster(
    sign_in: Callable[[User], Client], answer: StaffAnswer, status: int
) -> None:
    session = make_session(starts_in=dt.timedelta(0))
    make_confirmed(session)
    trainer = make_trainer(session.version.course)
    make_staff(session.meetings.first(), trainer, answer=answer, role=StaffRole.TRAINER)
    page = sign_in(trainer).get(f"/teach/sessions/{session.public_id}/roster/")
    assert page.status_code == status
    listed = f"/teach/sessions/{session.public_id}/roster/" in text(sign_in(trainer).get("/teach/"))
    assert listed is (answer == ACCEPTED)


@pytest.mark.parametrize(("answer", "status"), [(INVITED, 200), (DECLINED, 404), (ACCEPTED, 200)])
def test_who_declined_no_longer_sees_the_draft(
    sign_in: Callable[[User], Client], session: Session, answer: StaffAnswer, status: int
) -> None:
    trainer = make_trainer(session.version.course)
    make_staff(session.meetings.first(), trainer, answer=answer)
    assert sign_in(trainer).get(session.get_absolute_url()).status_code == status


def test_what_has_begun_waits_for_no_answer(
    sign_in: Callable[[User], Client], trainer: User, session: Session
) -> None:
    late = make_session(version=session.version, starts_in=dt.timedelta(days=-1))
    row = make_staff(late.meetings.first(), make_trainer(session.version.course), answer=INVITED)
    page = text(sign_in(row.person).get("/teach/"))
    assert page_of(late) not in page
