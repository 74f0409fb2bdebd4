"""The pages on which sessions are made, repeated and given documents."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.time import today
from courses.models import Meeting, Session, SessionDocument
from courses.services.documents import LARGEST
from people.enums import Role
from people.models import User
from tests.enrolment.helpers import errors_of, managed, row
from tests.factories import OrganisationFactory, VenueFactory, make_person_with, make_session, make_version
from tests.pages import text

pytestmark = pytest.mark.django_db


# -- Drafts ----------------------------------------------------------------------------------------


def test_a_session_is_made_on_one_page(desk: Client, manager: User) -> None:
    version, venue, zone = (
        make_version(parts=2, capacity_max=16),
        VenueFactory.create(),
        OrganisationFactory.create(),
    )
    address = f"/manage/sessions/new/?course={version.course.slug}"
    opened = text(desk.get(address))
    assert 'name="part-1-capacity" value="16"' in opened

    typed = {"as_draft": "1", "language": "fr", "audience": "aspirants", "open_to": str(zone.public_id)}
    typed |= row(1, venue, capacity="14", room=" Zaal   A ")
    # As people write it where a browser has no calendar.
    typed |= row(2, venue, "15/01/2027", start="13.30", end="16u45")
    typed |= {"enrol_until": "2027-01-10", "directions": "Tram 3", "contact_email": "x@dossin.example"}
    answer = desk.post(address, typed)

    draft = Session.objects.get()
    assert answer["Location"] == managed(draft)
    assert (draft.status, draft.language, draft.audience) == ("draft", "fr", "aspirants")
    assert [(m.local_start, m.local_end, m.room, m.capacity) for m in draft.meetings.all()] == [
        ("2027-01-14T09:00", "2027-01-14T12:00", "Zaal A", 14),
        ("2027-01-15T13:30", "2027-01-15T16:45", "", None),
    ]
    assert list(draft.open_to.all()) == [zone]
    page = text(desk.get(answer["Location"]))
    assert "Missing: Part: a trainer" in page
    assert "Drafted." in page
    assert manager.get_full_name() in page


def test_a_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    version, venue = make_version(parts=2, languages=["nl", "fr"]), VenueFactory.create()
    typed = {"as_draft": "1", "language": "nl", "audience": "mixed", "directions": "Tram 3"}
    typed |= row(1, venue, end="08:00") | {"part-2-day": "2027-01-15", "part-2-start": "half nine"}
    typed |= {"withdraw_until": "2027-02-01", "contact_email": "no address"}

    answer = desk.post(f"/manage/sessions/new/?course={version.course.slug}", typed)

    assert errors_of(answer) == {
        "part-2-start": ["Enter a valid time."],
        "part-2-end": ["Type when it ends, such as 12:30."],
        "part-2-venue": ["Choose the place."],
        "contact_email": ["Enter a valid email address."],
    }
    page = text(answer)
    assert "Tram 3" in page
    assert 'value="half nine"' in page
    assert 'href="#id_part-2-start">Part · Start: Enter a valid time.' in page
    assert page.count("<title>Error: ") == 1

    typed |= row(2, venue, "2027-01-15") | {"contact_email": ""}
    answer = desk.post(f"/manage/sessions/new/?course={version.course.slug}", typed)
    assert errors_of(answer) == {
        "part-1-end": ["The end must be later than the start."],
        "withdraw_until": ["The session has started by then. Choose its first day at the latest."],
    }
    assert not Session.objects.exists()


def test_a_room_that_is_taken_is_told_beside_the_room(desk: Client) -> None:
    venue = VenueFactory.create()
    make_session(venue=venue, starts_in=dt.timedelta(days=30))
    version = make_version(parts=1)
    day = str(today() + dt.timedelta(days=30))
    typed = {"as_draft": "1", "language": "nl", "audience": "mixed"} | row(1, venue, day)

    answer = desk.post(f"/manage/sessions/new/?course={version.course.slug}", typed)
    (message,) = errors_of(answer)["part-1-room"]
    assert message.startswith(f"{venue.name} is taken: Title, ")
    assert Session.objects.count() == 1

    desk.post(f"/manage/sessions/new/?course={version.course.slug}", typed | {"part-1-room": "B"})
    assert Session.objects.drafts().count() == 1


def test_only_trainings_get_sessions(desk: Client) -> None:
    training = make_version().course
    programme = make_version(course__kind="programme").course
    page = text(desk.get("/manage/sessions/new/"))
    assert f'value="{training.slug}"' in page
    assert f'value="{programme.slug}"' not in page
    answer = desk.get(f"/manage/sessions/new/?course={programme.slug}")
    assert list(errors_of(answer)) == ["course"]


def test_a_draft_is_edited_and_its_meeting_taken_out(desk: Client) -> None:
    draft = make_session(published=False)
    first = draft.meetings.first()
    assert first is not None
    typed = {"as_draft": "1", "language": "fr", "audience": "mixed"} | row(1, first.venue, "2027-03-01")
    assert desk.post(managed(draft, "edit/"), typed)["Location"] == managed(draft)
    draft.refresh_from_db()
    assert draft.language == "fr"
    assert [meeting.local_start for meeting in draft.meetings.all()] == ["2027-03-01T09:00"]


def test_what_was_opened_as_a_draft_is_not_saved_over_a_published_session(desk: Client) -> None:
    session = make_session(published=False)
    typed = {"as_draft": "1", "language": "fr", "audience": "mixed", "practical": "Kaart"}
    Session.objects.update(status="published")

    answer = desk.post(managed(session, "edit/"), typed)

    assert errors_of(answer) == {
        "__all__": ["This session is no draft any more. Move it, change its seats, or cancel it."]
    }
    session.refresh_from_db()
    assert (session.language, session.practical, session.meetings.count()) == ("nl", "", 2)


def test_of_a_published_session_the_page_offers_what_binds_nobody(desk: Client) -> None:
    session = make_session()
    page = text(desk.get(managed(session, "edit/")))
    assert 'id="id_language"' not in page
    assert 'id="id_part-1-day"' not in page
    desk.post(managed(session, "edit/"), {"practical": "Kaart", "language": "fr", "part-1-day": "2027-01-01"})
    session.refresh_from_db()
    assert (session.practical, session.language) == ("Kaart", "nl")


def test_organisations_that_ended_stay_where_they_were_chosen(desk: Client) -> None:
    ended = OrganisationFactory.create(valid_until=dt.date(2023, 1, 1))
    other = OrganisationFactory.create(valid_until=dt.date(2023, 1, 1))
    session = make_session()
    session.open_to.add(ended)
    page = text(desk.get(managed(session, "edit/")))
    assert f'value="{ended.public_id}"' in page
    assert f'value="{other.public_id}"' not in page


def test_a_course_with_a_rule_that_is_not_enforced_yet_is_not_published(desk: Client) -> None:
    session = make_session(
        version=make_version(members_only=True), published=False, trainer=make_person_with(Role.TRAINER)
    )
    page = text(desk.post(managed(session, "publish/"), follow=True))
    assert "carries rules that the platform does not enforce yet" in page
    assert "members" in page
    session.refresh_from_db()
    assert session.is_draft


def test_all_that_is_missing_is_told_at_once(desk: Client) -> None:
    session = make_session(published=False, starts_in=dt.timedelta(days=-1))
    Meeting.objects.filter(session=session, part__position=2).delete()
    page = desk.post(managed(session, "publish/"), follow=True)
    assert page.context["missing"] == [
        "These parts have no meeting yet: Part.",
        "The first meeting must lie in the future.",
        "Not enough people have accepted to give it yet. Missing: Part: a trainer.",
    ]
    assert not Session.objects.published().exists()


def test_a_complete_draft_is_published(desk: Client) -> None:
    session = make_session(published=False, trainer=make_person_with(Role.TRAINER))
    page = text(desk.post(managed(session, "publish/"), follow=True))
    assert "The session is published. People can enrol now." in page
    session.refresh_from_db()
    assert session.is_published


def test_a_draft_is_deleted_after_asking(desk: Client) -> None:
    draft = make_session(published=False)
    assert "Nobody could enrol in it yet" in text(desk.get(managed(draft, "delete/")))
    assert Session.objects.exists()
    assert desk.post(managed(draft, "delete/"))["Location"] == "/manage/sessions/"
    assert not Session.objects.exists()


# -- Again on other days ---------------------------------------------------------------------------


def test_a_duplicate_leads_to_its_draft(desk: Client) -> None:
    session = make_session()
    page = desk.post(managed(session, "duplicate/"), {"first_day": "2027-05-04"}, follow=True)
    draft = Session.objects.drafts().get()
    assert page.redirect_chain == [(managed(draft), 302)]
    assert "Copied from another date." in text(page)
    taken = desk.post(managed(session, "duplicate/"), {"first_day": "2027-05-04"})
    assert len(errors_of(taken)["first_day"]) == 2
    assert Session.objects.drafts().count() == 1


def test_a_series_shows_its_dates_before_it_is_made(desk: Client) -> None:
    session = make_session()
    assert session.first_day is not None
    days = [session.first_day + dt.timedelta(weeks=2 * n) for n in (1, 2, 3)]
    make_session(venue=session.meetings.first().venue, starts_in=days[1] - today())
    typed = {"weeks": "2", "times": "3"}

    seen = desk.post(managed(session, "repeat/"), typed)
    assert [(day, bool(o.problems)) for day, o in seen.context["days"]] == list(
        zip(days, [False, True, False], strict=True)
    )
    refused = desk.post(managed(session, "repeat/"), typed | {"confirmed": "1"})
    assert "On some of these days something stands in the way." in text(refused)
    assert not Session.objects.drafts().exists()

    without = typed | {"confirmed": "1", "leave_out": str(days[1])}
    made = desk.post(managed(session, "repeat/"), without, follow=True)
    assert "2 drafts are made." in text(made)
    assert [draft.first_day for draft in Session.objects.drafts()] == [days[0], days[2]]
    assert [item.session.first_day for item in made.context["items"]] == [days[0], days[2]]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"weeks": "1"}, "times"),
        ({"weeks": "1", "times": "2", "until": "2030-01-01"}, "times"),
        ({"weeks": "0", "times": "2"}, "weeks"),
        ({"weeks": "1", "times": "53"}, "times"),
        ({"weeks": "1", "until": "9999-12-31"}, "until"),
        ({"weeks": "1", "until": "2020-01-01"}, "until"),
    ],
)
def test_a_series_without_an_end_is_refused(desk: Client, typed: dict[str, str], field: str) -> None:
    answer = desk.post(managed(make_session(), "repeat/"), typed)
    assert list(errors_of(answer)) == [field]


def test_without_dates_there_is_nothing_to_repeat(desk: Client) -> None:
    session = make_session(published=False)
    session.meetings.all().delete()
    Session.objects.update(starts_at=None, ends_at=None)
    page = text(desk.get(managed(session, "repeat/"), follow=True))
    assert "Plan the meetings of this session first" in page
    answer = desk.post(managed(session, "duplicate/"), {"first_day": "2027-05-04"})
    assert list(errors_of(answer)) == ["first_day"]


# -- Documents -------------------------------------------------------------------------------------


def test_a_document_is_added_and_deleted(desk: Client) -> None:
    session = make_session()
    file = SimpleUploadedFile("Plan.pdf", b"%PDF-1.7", content_type="text/html")
    page = text(desk.post(managed(session, "documents/"), {"file": file}, follow=True))
    document = session.documents.get()
    assert "Plan.pdf" in page
    assert "Document added." in page
    page = text(desk.post(managed(session, f"documents/{document.public_id}/delete/"), follow=True))
    assert "Plan.pdf" not in page
    assert "Document deleted." in page


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"<html>", "This is no PDF"), (b"%PDF-" + b"0" * LARGEST, "larger than 10 MB"), (b"", "empty")],
)
def test_a_file_that_is_refused_is_told_beside_the_field(desk: Client, content: bytes, why: str) -> None:
    session = make_session()
    answer = desk.post(managed(session, "documents/"), {"file": SimpleUploadedFile("a.pdf", content)})
    (error,) = answer.context["document_form"].errors["file"]
    assert why in error
    assert why in text(answer)
    assert not SessionDocument.objects.exists()
