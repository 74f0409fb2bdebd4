"""What a tap on the roster does, and the buttons under it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from attendance.enums import MarkState
from attendance.models import Mark
from courses.models import Meeting, Session
from enrolment.models import Completion, Seat
from people.models import User
from tests.attendance.conftest import at
from tests.attendance.helpers import mark_and_close, named, post_to, roster_of, states_now, tap, text_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def test_a_tap_brings_back_the_row_and_the_count(session: Session, theory: Meeting, desk: Client) -> None:
    first, second = named(session, "First"), named(session, "Second")

    answer = tap(desk, theory, first, "late", headers=HTMX)

    assert states_now(theory) == {first.pk: "late"}
    html = answer.content.decode()
    assert "<html" not in html
    assert html.lstrip().startswith(f'<li class="roster-row" id="seat-{first.public_id}"')
    assert str(second.public_id) not in html
    assert re.findall(r'id="([^"]+)" hx-swap-oob', html) == ["roster-head", "roster-foot"]
    assert 'id="undo" role="status" hx-swap-oob="innerHTML"' in html
    assert "First Jo: late" in text_of(answer)
    assert "1 person has no mark yet" in text_of(answer)


def test_without_javascript_a_tap_leads_back_to_the_row(
    session: Session, theory: Meeting, desk: Client
) -> None:
    enrolment = named(session, "First")

    answer = tap(desk, theory, enrolment, "present")

    address = urlsplit(answer.url)
    assert (answer.status_code, address.path) == (302, roster_of(theory).partition("?")[0])
    assert parse_qs(address.query) == {
        "part": [str(theory.public_id)],
        "marked": [str(enrolment.public_id)],
    }
    assert address.fragment == f"seat-{enrolment.public_id}"
    page = desk.get(answer.url)
    assert "First Jo: present" in text_of(page)
    assert page.content.decode().startswith("<!doctype html>")


@pytest.mark.parametrize("before", ["", "late"])
def test_undo_goes_back_to_what_was_before(
    session: Session, theory: Meeting, desk: Client, before: str
) -> None:
    enrolment = named(session, "First")
    if before:
        tap(desk, theory, enrolment, before)
    answer = tap(desk, theory, enrolment, "absent")

    undo = desk.get(answer.url).context["undo"]
    assert dict(undo["fields"]) == {"seat": enrolment.public_id, "state": before}
    tap(desk, theory, enrolment, before)

    assert states_now(theory) == ({enrolment.pk: before} if before else {})


def test_after_the_mark_is_gone_there_is_nothing_to_undo(
    session: Session, theory: Meeting, desk: Client
) -> None:
    enrolment = named(session, "First")
    tap(desk, theory, enrolment, "present")

    answer = tap(desk, theory, enrolment, "", headers=HTMX)

    assert answer.context["undo"] is None
    assert 'hx-swap-oob="innerHTML"></div>' in answer.content.decode()


def test_a_list_that_was_closed_meanwhile_says_so(
    session: Session, theory: Meeting, desk: Client, trainer: User
) -> None:
    enrolment = named(session, "First")
    mark_and_close(theory, {enrolment: MarkState.PRESENT}, trainer)

    tapped = tap(desk, theory, enrolment, "absent", headers=HTMX)
    page = desk.get(tapped["HX-Redirect"])

    assert tapped["HX-Redirect"] == roster_of(theory)
    assert "This roster is closed. A trainer can still correct a mark" in text_of(page)
    assert page.context["closed"] is True
    assert states_now(theory) == {enrolment.pk: "present"}
    again = tap(desk, theory, enrolment, "absent")
    assert (again.status_code, again.url) == (302, roster_of(theory))


def test_who_withdrew_meanwhile_is_not_marked_and_the_page_says_so(
    session: Session, theory: Meeting, desk: Client
) -> None:
    enrolment = named(session, "First")
    Seat.objects.filter(enrolment=enrolment).update(released_at=at(9))

    page = tap(desk, theory, enrolment, "present", follow=True)

    assert "This person has no seat in this part any more" in text_of(page)
    assert not Mark.objects.exists()


def test_from_an_empty_list_to_a_completion_by_the_buttons_of_the_page(
    session: Session, theory: Meeting, practice: Meeting, desk: Client
) -> None:
    there, late = named(session, "There"), named(session, "Late")

    refused = desk.post(post_to("close", theory), follow=True)
    assert "2 people have no mark yet" in text_of(refused)
    tap(desk, theory, late, "late")
    desk.post(post_to("mark_rest", theory), {"state": "present"})
    closed = desk.post(post_to("close", theory), follow=True)
    assert "The roster is closed." in text_of(closed)
    assert "Close roster" not in text_of(closed)
    assert [tab["count"] for tab in closed.context["tabs"]] == ["closed", None]
    desk.post(post_to("mark_rest", practice), {"state": "present"})
    desk.post(post_to("close", practice))

    assert states_now(theory) == {there.pk: "present", late.pk: "late"}
    assert {completion.person for completion in Completion.objects.all()} == {there.learner, late.learner}


def test_a_closed_list_is_read_and_corrected_with_a_reason(
    session: Session, theory: Meeting, desk: Client, trainer: User
) -> None:
    enrolment = named(session, "First")
    mark_and_close(theory, {enrolment: MarkState.PRESENT}, trainer)
    data = {"seat": str(enrolment.public_id), "state": "absent"}

    page = desk.get(roster_of(theory)).content.decode()
    assert "hx-post" not in page
    assert post_to("mark", theory) not in page
    assert post_to("amend", theory) in page
    without_reason = desk.post(post_to("amend", theory), data, follow=True)
    assert "Choose the right mark, and why it is corrected." in text_of(without_reason)
    assert states_now(theory) == {enrolment.pk: "present"}

    corrected = desk.post(post_to("amend", theory), data | {"reason": "wrong_person"}, follow=True)

    assert "The mark is corrected." in text_of(corrected)
    mark = Mark.objects.current().get()
    assert (mark.state, mark.amendment_reason) == ("absent", "wrong_person")


def test_an_open_list_refuses_a_correction_with_words(
    session: Session, theory: Meeting, desk: Client
) -> None:
    enrolment = named(session, "First")
    data = {"seat": str(enrolment.public_id), "state": "absent", "reason": "typing_error"}

    page = desk.post(post_to("amend", theory), data, follow=True)

    assert "This roster is still open" in text_of(page)
    assert not Mark.objects.exists()
