"""Short words for what the tests of this floor do over and over."""

from attendance import services
from attendance.enums import MarkState
from attendance.models import Mark
from courses.models import Meeting
from enrolment.models import Completion, Enrolment, Seat
from people.models import User


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
