"""The pages of acts that concern the people of a session: each says whom, before anything happens."""

import datetime as dt

import pytest
from django.test import Client

from core.templatetags.traject import short_day
from core.time import today
from enrolment.services.booking import enrol
from notifications.models import Message
from people.enums import Role
from tests.enrolment.helpers import as_typed, errors_of, managed
from tests.factories import make_confirmed, make_employee, make_person_with, make_session, make_version
from tests.pages import text

pytestmark = pytest.mark.django_db


def test_names_of_participants_are_on_no_page_of_the_managers(desk: Client) -> None:
    session = make_session(capacity=1)
    seated, waiting = (make_employee(profile__last_name=name) for name in ("Zittend", "Wachtend"))
    make_confirmed(session, seated)
    enrol(session=session, learner=waiting, actor=waiting)
    for path in ("", "edit/", "move/", "seats/", "cancel/", "message/", "duplicate/", "repeat/"):
        page = text(desk.get(managed(session, path)))
        for private in ("Zittend", "Wachtend", seated.email, waiting.email):
            assert str(private) not in page, path
    assert "1 of 1 seats taken · 1 waits" in text(desk.get(managed(session)))


def test_a_move_says_whom_it_concerns_before_anything_happens(desk: Client) -> None:
    session = make_session(trainer=make_person_with(Role.TRAINER))
    other = make_session(version=make_version(parts=1), starts_in=dt.timedelta(days=37))
    busy = make_employee()
    for learner in (busy, make_employee()):
        enrol(session=session, learner=learner, actor=learner)
    enrol(session=other, learner=busy, actor=busy)
    day = str(today() + dt.timedelta(days=37))
    typed = as_typed(session) | {"part-1-day": day, "part-2-day": day}

    page = text(desk.post(managed(session, "move/"), typed))

    assert "2 people will be told by mail. 1 keeps their seat." in page
    assert "1 person has another session at that time: they lose their seat and go back to the queue" in page
    assert "1 trainer will be told." in page
    assert not Message.objects.filter(template__startswith="session_moved").exists()
    assert [m.local_start[:10] for m in session.meetings.all()] == [str(today() + dt.timedelta(days=30))] * 2

    back = text(desk.post(managed(session, "move/"), typed | {"change": "1"}))
    assert f'name="part-1-day" value="{day}"' in back

    page = text(desk.post(managed(session, "move/"), typed | {"confirmed": "1"}, follow=True))
    assert "The session has moved. 2 people are told by mail." in page
    assert [m.local_start[:10] for m in session.meetings.all()] == [day] * 2
    assert Message.objects.filter(template__startswith="session_moved").count() == 2
    assert "2 people were told" in page


def test_the_confirmation_carries_all_that_was_typed(desk: Client) -> None:
    session = make_session()
    typed = as_typed(session) | {"part-1-room": "Zaal <A>", "enrol_until": str(today())}
    page = text(desk.post(managed(session, "move/"), typed))
    assert '<input type="hidden" name="part-1-room" value="Zaal &lt;A&gt;"' in page
    assert f'<input type="hidden" name="enrol_until" value="{today()}"' in page


def test_deadlines_after_the_new_start_stand_at_their_fields(desk: Client) -> None:
    session = make_session()
    day = today() + dt.timedelta(days=10)
    typed = as_typed(session) | {"part-1-day": str(day), "part-2-day": str(day)}
    typed |= {"enrol_until": str(day + dt.timedelta(days=1)), "withdraw_until": str(day)}
    answer = desk.post(managed(session, "move/"), typed)
    assert list(errors_of(answer)) == ["enrol_until"]


def test_a_move_shows_the_day_of_the_decision_where_there_is_one(desk: Client) -> None:
    decide_on = today() + dt.timedelta(days=20)
    session = make_session(min_participants=8, decide_on=decide_on)
    assert f'name="decide_on" value="{decide_on}"' in text(desk.get(managed(session, "move/")))
    assert 'name="decide_on"' not in text(desk.get(managed(make_session(), "move/")))

    day = str(today() + dt.timedelta(days=37))
    typed = as_typed(session) | {"part-1-day": day, "part-2-day": day, "confirmed": "1"}
    answer = desk.post(managed(session, "move/"), typed | {"decide_on": day})
    assert list(errors_of(answer)) == ["decide_on"]
    desk.post(managed(session, "move/"), typed | {"decide_on": str(decide_on)})
    session.refresh_from_db()
    assert (str(session.first_day), session.decide_on) == (day, decide_on)


def test_a_condition_is_typed_on_the_page_and_its_mistakes_stand_at_their_fields(desk: Client) -> None:
    session = make_session(capacity=12, version=make_version(capacity_min=8))
    page = text(desk.get(managed(session, "edit/")))
    assert "The smallest group of this course is 8." in page

    answer = desk.post(managed(session, "edit/"), {"min_participants": "13", "cancels_if_too_few": "on"})
    assert errors_of(answer) == {
        "decide_on": ["Say on which day it is decided, or leave out the minimum."],
        "min_participants": ["There are 12 seats. Choose that or less."],
    }
    assert 'name="min_participants" value="13"' in text(answer)

    decide_on = today() + dt.timedelta(days=20)
    typed = {"min_participants": "9", "decide_on": str(decide_on), "cancels_if_too_few": "on"}
    page = text(desk.post(managed(session, "edit/"), typed, follow=True))
    said = f"at least 9, decision on {short_day(decide_on)}; with fewer it is cancelled by itself"
    assert said in page
    session.refresh_from_db()
    assert (session.min_participants, session.decide_on, session.cancels_if_too_few) == (9, decide_on, True)
    assert "It takes place with at least 9 people" in text(desk.get(session.get_absolute_url()))


def test_a_day_without_a_number_means_the_smallest_group_of_the_course(desk: Client) -> None:
    session = make_session(capacity=12, version=make_version(capacity_min=8))
    said = "Empty: that number if a day is chosen, else it always takes place."
    assert said in text(desk.get(managed(session, "edit/")))
    for typed, expected in (({}, None), ({"decide_on": str(today() + dt.timedelta(days=20))}, 8)):
        desk.post(managed(session, "edit/"), typed)
        session.refresh_from_db()
        assert session.min_participants == expected

    other = make_session(capacity=12)
    answer = desk.post(managed(other, "edit/"), {"decide_on": str(today() + dt.timedelta(days=20))})
    problem = "Say how many people it needs at least, or leave out the rest."
    assert errors_of(answer) == {"min_participants": [problem]}


def test_who_is_to_decide_sees_it_and_lets_it_take_place(desk: Client) -> None:
    session = make_session(min_participants=2, decide_on=today() - dt.timedelta(days=1))
    make_confirmed(session)
    assert "Too few participants" in text(desk.get("/manage/sessions/"))
    page = text(desk.get(managed(session)))
    assert "1 person has a seat; the minimum is 2." in page

    page = text(desk.post(managed(session, "take-place/"), follow=True))

    assert "It is decided: the session takes place." in page
    assert "Decided: 1 person has a seat, the minimum is 2." in page
    assert "Too few participants" not in page
    assert desk.get(managed(session, "take-place/")).status_code == 405


def test_more_seats_go_to_the_queue_and_fewer_than_taken_are_refused(desk: Client) -> None:
    session = make_session(capacity=2)
    for _ in range(3):
        learner = make_employee()
        enrol(session=session, learner=learner, actor=learner)
    fields = [str(meeting.public_id) for meeting in session.meetings.all()]
    assert "1 person waits." in text(desk.get(managed(session, "seats/")))

    answer = desk.post(managed(session, "seats/"), dict.fromkeys(fields, "1"))
    assert errors_of(answer) == {field: ["2 seats are taken: choose at least as many."] for field in fields}
    assert set(session.meetings.values_list("capacity", flat=True)) == {2}

    page = text(desk.post(managed(session, "seats/"), dict.fromkeys(fields, "3"), follow=True))
    assert "1 person from the queue has a seat now." in page
    assert "Seats: 2 → 3; 2 → 3." in page


def test_cancelling_says_who_will_be_told_and_asks_for_a_reason(desk: Client) -> None:
    session = make_session(capacity=1)
    for _ in range(3):
        learner = make_employee()
        enrol(session=session, learner=learner, actor=learner)
    page = text(desk.get(managed(session, "cancel/")))
    assert "3 people will be told by mail." in page
    assert "1 person loses their seat." in page
    assert list(errors_of(desk.post(managed(session, "cancel/"), {"reason": "because"}))) == ["reason"]
    assert not Message.objects.filter(template="session_cancelled").exists()

    page = text(desk.post(managed(session, "cancel/"), {"reason": "venue"}, follow=True))
    assert "Cancelled on" in page
    assert "the venue is not available" in page
    assert "Cancelled: the venue is not available. 3 people were told." in page
    assert Message.objects.filter(template="session_cancelled").count() == 3
    for path in ("edit/", "move/", "seats/", "message/"):
        assert f'href="{managed(session, path)}"' not in page
    assert "This session can't be cancelled" in text(desk.get(managed(session, "cancel/")))


def test_a_message_is_seen_before_it_goes(desk: Client) -> None:
    session = make_session(contact_email="hpm@dossin.example", version=make_version(sensitive=True))
    make_confirmed(session)
    typed = {"subject": "Parkeren", "text": "De parking\nis dicht. <b>", "to_waiting": ""}
    assert "Diversity training" in text(desk.get(managed(session, "message/")))

    page = text(desk.post(managed(session, "message/"), typed))
    assert "1 person gets it, each in a mail of their own." in page
    assert "De parking<br>is dicht. &lt;b&gt;" in page
    assert not Message.objects.filter(template="session_message").exists()

    confirmed = typed | {"confirmed": "1"}
    page = text(desk.post(managed(session, "message/"), confirmed, follow=True))
    assert "Your message goes to 1 person." in page
    assert "Message to 1 person." in page
    again = desk.post(managed(session, "message/"), confirmed)
    assert errors_of(again) == {"__all__": ["Nobody is left who hasn't had this message already."]}
    assert Message.objects.filter(template="session_message").count() == 1


def test_without_a_contact_the_page_says_what_to_do_first(desk: Client) -> None:
    session = make_session()
    make_confirmed(session)
    assert "give the session a contact first" in text(desk.get(managed(session, "message/")))
    answer = desk.post(managed(session, "message/"), {"subject": "a", "text": "b"})
    assert list(errors_of(answer)) == ["__all__"]
