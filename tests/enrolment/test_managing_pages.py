"""The pages on which sessions are kept, as people with different rights meet them."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.templatetags.traject import short_day
from core.time import today
from courses.models import Meeting, Session, SessionDocument
from courses.services.documents import LARGEST, add_document
from enrolment.services.booking import enrol
from notifications.models import Message
from people.enums import Role
from people.models import User
from tests.factories import (
    OrganisationFactory,
    ProviderFactory,
    VenueFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = pytest.mark.django_db

# Every page and act on one session, under the method that it takes.
PATHS = {
    "": "get",
    "edit/": "post",
    "delete/": "post",
    "publish/": "post",
    "move/": "post",
    "seats/": "post",
    "cancel/": "post",
    "take-place/": "post",
    "message/": "post",
    "duplicate/": "post",
    "repeat/": "post",
    "documents/": "post",
}


def statuses(client: Client, session: Session) -> set[int]:
    """What a person is answered, whatever they ask about a session."""
    asked = ((getattr(client, method), managed(session, path)) for path, method in PATHS.items())
    return {ask(address).status_code for ask, address in asked}


def errors_of(response: Any) -> dict[str, list[str]]:
    """The errors of all forms of a page, by the name of the field."""
    context = response.context
    forms = context["editor"].forms if "editor" in context else [context["form"]]
    return {form.add_prefix(name): list(found) for form in forms for name, found in form.errors.items()}


def managed(session: Session, path: str = "") -> str:
    return f"/manage/sessions/{session.public_id}/{path}"


def row(position: int, venue: Any, day: str = "2027-01-14", **changes: str) -> dict[str, str]:
    typed = {"day": day, "start": "09:00", "end": "12:00", "venue": str(venue.public_id)} | changes
    return {f"part-{position}-{name}": value for name, value in typed.items()}


def as_typed(session: Session) -> dict[str, str]:
    """What the form of a move shows when it opens."""
    typed: dict[str, str] = {}
    for meeting in session.meetings.all():
        (day, start), (_day, end) = meeting.local_start.split("T"), meeting.local_end.split("T")
        typed |= row(meeting.part.position, meeting.venue, day, start=start, end=end, room=meeting.room)
    return typed


@pytest.fixture
def desk(sign_in: SignIn, manager: User) -> Client:
    return sign_in(manager)


# -- Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "new/"])
def test_the_list_needs_signing_in(client: Client, path: str) -> None:
    assert client.get(f"/manage/sessions/{path}")["Location"].startswith("/account/login/")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_managers_act_on_sessions(sign_in: SignIn, role: Role) -> None:
    session = make_session()
    document = add_document(session=session, name="plan.pdf", content=b"%PDF-", actor=make_employee())
    deleting = managed(session, f"documents/{document.public_id}/delete/")
    client = sign_in(make_person_with(role))
    if role == Role.CATALOGUE_MANAGER:
        assert statuses(client, session) == {200, 302}
        assert client.get("/manage/sessions/new/").status_code == 200
        assert client.post(deleting).status_code == 302
        return
    # A partner follows sessions, but not this one: to them it is not there.
    refused = 404 if role == Role.PARTNER else 403
    assert statuses(client, session) == {refused}
    assert client.post(deleting).status_code == refused
    assert client.get("/manage/sessions/new/").status_code == 403
    assert client.get("/manage/sessions/").status_code == (200 if role == Role.PARTNER else 403)
    assert SessionDocument.objects.exists()


def test_what_does_not_exist_is_not_found(desk: Client) -> None:
    assert statuses(desk, Session(public_id=uuid4())) == {404}
    session, other = make_session(), make_session()
    document = add_document(session=other, name="plan.pdf", content=b"%PDF-", actor=make_employee())
    assert desk.post(managed(session, f"documents/{document.public_id}/delete/")).status_code == 404
    assert SessionDocument.objects.exists()


def test_a_partner_sees_dates_headcount_and_language_of_its_own(sign_in: SignIn) -> None:
    partner = make_person_with(Role.PARTNER)
    unia = ProviderFactory.create(organisation=partner.memberships_today[0].organisation)
    own = make_version(parts=1, course__provider=unia, title_en="Unia law")
    session = make_session(version=own, venue=VenueFactory.create(name="Secret venue"), language="fr")
    learner = make_employee(profile__last_name="Verstraeten")
    make_confirmed(session, learner)
    draft = make_session(version=own, published=False, starts_in=dt.timedelta(days=50))
    make_session(version=make_version(title_en="HPM"))
    client = sign_in(partner)

    page = text(client.get("/manage/sessions/"))

    results = page.split('id="results"')[1]
    assert "1 session<" in results
    assert "Unia law" in results
    assert "1 of 12 seats taken" in results
    assert "08:30–11:30" in results
    for hidden in ("HPM", "Verstraeten", "Secret venue", str(session.public_id), "Draft", "New session"):
        assert hidden not in results
    assert statuses(client, session) == {403}
    assert statuses(client, draft) == {404}
    assert Session.objects.filter(status="published").count() == 2


def test_a_role_ends_with_its_last_day(sign_in: SignIn, manager: User) -> None:
    manager.memberships.update(valid_until=today())
    assert sign_in(manager).get("/manage/sessions/").status_code == 200
    manager.memberships.update(valid_until=today() - dt.timedelta(days=1))
    assert sign_in(manager).get("/manage/sessions/").status_code == 403


# -- The list --------------------------------------------------------------------------------------


def listed(client: Client, query: str = "") -> list[Session]:
    page = client.get(f"/manage/sessions/?{query}")
    return [item.session for item in page.context["items"]]


def test_drafts_and_what_comes_are_listed_and_the_rest_is_asked_for(desk: Client) -> None:
    coming = make_session()
    undated = make_session(published=False)
    undated.meetings.all().delete()
    Session.objects.filter(pk=undated.pk).update(starts_at=None, ends_at=None)
    past = make_session(starts_in=dt.timedelta(days=-3))
    cancelled = make_session()
    Session.objects.filter(pk=cancelled.pk).update(status="cancelled")

    assert listed(desk) == [undated, coming]
    assert listed(desk, "status=draft") == [undated]
    assert listed(desk, "status=published") == [coming]
    assert listed(desk, "status=past") == [past]
    assert listed(desk, "status=cancelled") == [cancelled]
    # A period holds everything, whatever became of it.
    first = today() - dt.timedelta(days=10)
    assert set(listed(desk, f"from_day={first}")) == {past, coming, cancelled}
    assert listed(desk, f"from_day={first}&until_day={today()}") == [past]


def test_the_list_is_narrowed_by_course_language_and_place(desk: Client) -> None:
    venue = VenueFactory.create()
    law = make_session(version=make_version(title_en="Law"), language="fr")
    hpm = make_session(version=make_version(title_en="Holocaust"), venue=venue)
    assert listed(desk, f"course={law.version.course.slug}") == [law]
    assert listed(desk, "language=nl") == [hpm]
    assert listed(desk, f"place={venue.public_id}") == [hpm]
    assert listed(desk, "q=holocaust") == [hpm]
    assert listed(desk, "q=holocaust&language=fr") == []
    assert set(listed(desk, "language=xx&place=nonsense&page=99")) == {law, hpm}


def test_a_draft_says_all_that_it_lacks_and_a_published_one_who_comes(desk: Client) -> None:
    make_session(version=make_version(members_only=True), published=False)
    full = make_session(capacity=1)
    make_confirmed(full)
    enrol(session=full, learner=make_employee(), actor=make_employee())
    page = text(desk.get("/manage/sessions/"))
    assert "it is for members only" in page
    assert "Missing: Part: a trainer" in page
    assert "1 of 1 seats taken · 1 waits" in page


def test_an_empty_list_leads_to_the_first_session(desk: Client) -> None:
    page = text(desk.get("/manage/sessions/"))
    assert "A new session begins as a draft that nobody else sees." in page
    assert "Nothing matches" in text(desk.get("/manage/sessions/?q=nothing"))


@pytest.mark.parametrize("others", [1, 30])
def test_the_list_takes_the_same_queries_however_long_it_is(
    desk: Client, others: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    trainer = make_person_with(Role.TRAINER)
    for _ in range(others):
        make_confirmed(make_session(trainer=trainer))
        make_session(published=False)
    with django_assert_num_queries(9):
        page = desk.get("/manage/sessions/")
    assert len(page.context["items"]) == min(2 * others, 20)


@pytest.mark.parametrize("people", [1, 30])
def test_a_draft_s_page_takes_the_same_queries_however_much_happened(
    desk: Client, manager: User, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    draft = make_session(published=False, trainer=make_person_with(Role.TRAINER), capacity=40)
    for _ in range(people):
        AuditEntry.record(action="session.edited", subject=draft, actor=manager, fields=["practical"])
        make_confirmed(draft)
        draft.open_to.add(OrganisationFactory.create())
    with django_assert_num_queries(10):
        desk.get(managed(draft))


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


# -- What concerns people --------------------------------------------------------------------------


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
    typed = {"min_participants": "8", "decide_on": str(decide_on), "cancels_if_too_few": "on"}
    page = text(desk.post(managed(session, "edit/"), typed, follow=True))
    said = f"at least 8, decision on {short_day(decide_on)}; with fewer it is cancelled by itself"
    assert said in page
    session.refresh_from_db()
    assert (session.min_participants, session.decide_on, session.cancels_if_too_few) == (8, decide_on, True)
    assert "It takes place with at least 8 people" in text(desk.get(session.get_absolute_url()))


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
