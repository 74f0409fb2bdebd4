"""Short words for what the tests of this floor do over and over."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from attendance import services
from attendance.enums import MarkState
from attendance.models import Mark
from courses.models import Meeting, Session
from enrolment.models import Completion, Enrolment, Seat
from people.models import User
from tests.factories import UserFactory, make_confirmed


def seat_of(enrolment: Enrolment, meeting: Meeting) -> Seat:
    seat: Seat = Seat.objects.get(enrolment=enrolment, meeting=meeting)
    return seat


def mark_and_close(meeting: Meeting, states: dict[Enrolment, MarkState], trainer: User) -> None:
    for enrolment, state in states.items():
        services.mark(seat=seat_of(enrolment, meeting), state=state, actor=trainer)
    services.close_roster(meeting=meeting, actor=trainer)


def states_now(meeting: Meeting) -> dict[int, str]:
    """The current mark of each enrolment."""
    marks = Mark.objects.current().filter(seat__meeting=meeting)
    return dict(marks.values_list("seat__enrolment", "state"))


def completed() -> set[User]:
    return {completion.person for completion in Completion.objects.current()}


def named(session: Session, last_name: str, first_name: str = "Jo") -> Enrolment:
    person = UserFactory.create(profile__last_name=last_name, profile__first_name=first_name)
    return make_confirmed(session, person)


def roster_of(meeting: Meeting) -> str:
    return f"{reverse('attendance:roster', args=[meeting.session.public_id])}?part={meeting.public_id}"


def post_to(name: str, meeting: Meeting) -> str:
    return reverse(f"attendance:{name}", args=[meeting.session.public_id, meeting.public_id])


def tap(phone: Client, meeting: Meeting, enrolment: Enrolment, state: str, **extra: Any) -> Any:
    data = {"seat": str(enrolment.public_id), "state": state}
    return phone.post(post_to("mark", meeting), data, **extra)


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
