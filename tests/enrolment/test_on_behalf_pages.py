"""The pages on which HR and academies enrol their people, take that back, and replace them."""

import datetime as dt
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from courses.enums import Audience, SessionAudience
from courses.models import MandatoryAudience, Session
from enrolment.models import Enrolment
from enrolment.services.booking import enrol, withdraw
from enrolment.services.on_behalf import enrol_on_behalf
from people.enums import OrganisationKind, Role
from people.models import Organisation, User
from tests.enrolment.conftest import DAY, NOON
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    make_confirmed,
    make_employee,
    make_person_with,
    make_session,
    make_version,
)
from tests.pages import SignIn, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def school() -> Organisation:
    school: Organisation = OrganisationFactory.create(kind=OrganisationKind.SCHOOL, name_en="Campus Vesta")
    return school


@pytest.fixture
def coordinator(school: Organisation) -> User:
    return make_person_with(Role.COORDINATOR, organisation=school)


def path_for(person: User, session: Session | None = None, act: str = "", area: str = "hr") -> str:
    chosen = f"{session.public_id}/" if session else ""
    return f"/{area}/people/{person.public_id}/enrol/{chosen}{act}"


def listed(client: Client, path: str) -> list[Session]:
    return list(client.get(path).context["page"])


def as_seen(client: Client, person: User, session: Session) -> list[str]:
    """The pages that HR has of somebody, without what names the person and the visit."""
    visit = re.compile(rf"{person.public_id}|{person.profile.staff_number}|\b[0-9A-Za-z]{{64}}\b")
    paths = [f"/hr/people/{person.public_id}/", path_for(person), path_for(person, session)]
    return [visit.sub("", text(client.get(path))) for path in paths]


# -- Choosing and confirming -----------------------------------------------------------------------


def test_from_the_record_to_a_seat_in_two_clicks(sign_in: SignIn, hr: User, anna: User) -> None:
    session = make_session(version=make_version(title_en="HPM"))
    client = sign_in(hr)
    assert path_for(anna) in text(client.get(f"/hr/people/{anna.public_id}/"))
    assert path_for(anna, session) in text(client.get(path_for(anna)))
    page = text(client.get(path_for(anna, session)))
    assert "Anna gets a seat." in page
    assert "Anna gets a mail: enrolled by HR of Rivierenland. Your name isn&#x27;t in it." in page
    assert "It is voluntary: Anna can decline it until Wednesday 1 April 2026." in page
    assert not Enrolment.objects.exists()
    page = text(client.post(path_for(anna, session), follow=True))
    assert "Anna Claes is enrolled." in page
    assert "Has a seat" in page
    assert path_for(anna, session, "take-back/") in page
    enrolment = Enrolment.objects.get()
    assert (enrolment.learner, enrolment.enrolled_by) == (anna, hr.memberships_today[0].organisation)


def test_the_confirmation_tells_of_the_queue_and_of_what_is_mandatory(
    sign_in: SignIn, hr: User, anna: User
) -> None:
    version = make_version()
    MandatoryAudience.objects.create(version=version, audience=Audience.ALL_STAFF)
    session = make_session(version=version, capacity=1)
    make_confirmed(session)
    page = text(sign_in(hr).get(path_for(anna, session)))
    assert "All seats are taken: Anna will be number 1 in the queue." in page
    assert "It is mandatory for Anna: only you can take it back" in page
    assert "voluntary" not in page


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("approval_required", [False, True])
@pytest.mark.parametrize(("starts_in", "is_late"), [(30 * DAY, False), (DAY, True)])
def test_the_confirmation_promises_no_seat_when_nobody_moves_up_any_more(
    sign_in: SignIn,
    hr: User,
    anna: User,
    starts_in: dt.timedelta,
    is_late: bool,
    approval_required: bool,
    taken: bool,
    clock: Any,
) -> None:
    clock.move_to(NOON + dt.timedelta(hours=1))
    version = make_version(approval_required=approval_required)
    session = make_session(version=version, capacity=1, starts_in=starts_in)
    if taken:
        make_confirmed(session)
    page = text(sign_in(hr).get(path_for(anna, session)))
    asks = approval_required and not taken
    said = {
        "All seats are taken: Anna will be number 1 in the queue.": taken,
        "A seat is held for Anna until Rivierenland has approved it.": asks and not is_late,
        "Anna waits in the queue for the approval of Rivierenland.": asks and is_late,
        "Anna gets a seat.": not taken and not asks,
        "It is so close that nobody moves up any more.": is_late and (taken or approval_required),
    }
    assert {sentence: sentence in page for sentence in said} == said
    enrolment = enrol_on_behalf(
        session=session, learner=anna, organisation=hr.memberships_today[0].organisation, actor=hr
    )
    without_seat = "queued" if taken or is_late else "offered"
    assert enrolment.status == (without_seat if taken or asks else "confirmed")


def test_a_coordinator_has_the_same_way_for_the_aspirants_of_the_school(
    sign_in: SignIn, coordinator: User, school: Organisation, anna: User
) -> None:
    MembershipFactory.create(user=anna, organisation=school, role=Role.ASPIRANT)
    session = make_session(audience=SessionAudience.ASPIRANTS)
    client = sign_in(coordinator)
    assert path_for(anna, area="academy") in text(client.get(f"/hr/people/{anna.public_id}/roles/"))
    assert listed(client, path_for(anna, area="academy")) == [session]
    assert "the coordinators of Campus Vesta" in text(client.get(path_for(anna, session, area="academy")))
    client.post(path_for(anna, session, area="academy"))
    assert Enrolment.objects.get().enrolled_by == school


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("area", ["hr", "academy"])
def test_hr_acts_for_its_staff_and_a_coordinator_for_the_school_s_aspirants(
    sign_in: SignIn, zone: Organisation, role: Role, area: str
) -> None:
    staff = make_employee(zone=zone)
    aspirant = UserFactory.create()
    MembershipFactory.create(user=aspirant, organisation=zone, role=Role.ASPIRANT)
    session = make_session()
    client = sign_in(make_person_with(role, organisation=zone))
    own = {"hr": Role.HR, "academy": Role.COORDINATOR}[area] == role
    expected = {
        staff: 200 if own and area == "hr" else 404 if own else 403,
        aspirant: 200 if own and area == "academy" else 404 if own else 403,
        make_employee(): 404 if own else 403,
    }
    for person, status in expected.items():
        assert client.get(path_for(person, area=area)).status_code == status
        assert client.get(path_for(person, session, area=area)).status_code == status
        posted = client.post(path_for(person, session, area=area)).status_code
        assert posted == (302 if status == 200 else status)
    assert Enrolment.objects.count() == int(own)


def test_who_left_is_blocked_or_erased_is_not_found(sign_in: SignIn, hr: User, zone: Organisation) -> None:
    gone, blocked, erased = UserFactory.create(), make_employee(zone=zone), make_employee(zone=zone)
    MembershipFactory.create(user=gone, organisation=zone, valid_until=dt.date(2026, 3, 1))
    User.objects.filter(pk=blocked.pk).update(is_active=False)
    User.objects.filter(pk=erased.pk).update(erased_at=NOON)
    session = make_session()
    client = sign_in(hr)
    for person in (gone, blocked, erased, User(public_id=uuid4())):
        for path in (path_for(person), path_for(person, session), path_for(person, session, "take-back/")):
            assert client.get(path).status_code == 404


def test_nobody_acts_on_their_own_behalf_this_way(sign_in: SignIn, hr: User, zone: Organisation) -> None:
    MembershipFactory.create(user=hr, organisation=zone)
    assert sign_in(hr).get(path_for(hr)).status_code == 404
    assert path_for(hr) not in text(sign_in(hr).get(f"/hr/people/{hr.public_id}/"))


def test_all_of_it_needs_signing_in(client: Client, anna: User) -> None:
    for path in (path_for(anna), path_for(anna, make_session()), "/hr/leavers/", "/academy/leavers/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={path}")


def test_the_list_has_what_this_person_may_take_and_nothing_of_their_own_choice(
    sign_in: SignIn, hr: User, anna: User, zone: Organisation
) -> None:
    wanted = make_session()
    for_the_zone = make_session(starts_in=31 * DAY)
    for_the_zone.open_to.add(zone)
    foreign = make_session(starts_in=32 * DAY)
    foreign.open_to.add(OrganisationFactory.create())
    # Being in it doesn't show: else the list would tell.
    make_confirmed(foreign, anna)
    make_session(audience=SessionAudience.ASPIRANTS)
    make_session(enrol_until=dt.date(2026, 3, 1))
    make_session(published=False)
    for rule in (
        {"sensitive": True},
        {"members_only": True},
        {"consent_required": True, "obligation": "never_mandatory"},
    ):
        make_session(version=make_version(**rule))
    assert listed(sign_in(hr), path_for(anna)) == [wanted, for_the_zone]


def test_what_a_person_is_in_or_does_at_that_time_changes_nothing_on_the_pages(
    sign_in: SignIn, hr: User, anna: User, zone: Organisation
) -> None:
    """HR sees the same of somebody who is in everything as of somebody who is in nothing."""
    session = make_session()
    make_confirmed(session, anna)
    waiting = make_session(starts_in=31 * DAY)
    Enrolment.objects.create(session=waiting, learner=anna, status="queued")
    other = make_employee(zone=zone, profile__first_name="Anna", profile__last_name="Claes")
    client = sign_in(hr)
    assert as_seen(client, anna, session) == as_seen(client, other, session)


def test_the_filter_narrows_by_words_course_days_and_seats(sign_in: SignIn, hr: User, anna: User) -> None:
    hpm, law = make_version(title_en="Holocaust"), make_version(title_en="Unia law")
    soon = make_session(version=hpm, starts_in=10 * DAY)
    full = make_session(version=hpm, starts_in=20 * DAY, capacity=1)
    make_confirmed(full)
    later = make_session(version=law, starts_in=30 * DAY, language="fr")
    client, path = sign_in(hr), path_for(anna)
    assert listed(client, f"{path}?q=holocaust") == [soon, full]
    assert listed(client, f"{path}?course={law.course.slug}") == [later]
    assert listed(client, f"{path}?from_day=2026-03-20&until_day=2026-03-25") == [full]
    assert listed(client, f"{path}?free=on") == [soon, later]
    assert listed(client, f"{path}?language=fr") == [later]
    assert listed(client, f"{path}?course=nothing&from_day=x") == [soon, full, later]
    assert "Clear the filters" in text(client.get(f"{path}?q=nothing"))
    part = text(client.get(f"{path}?q=unia", headers={"HX-Request": "true"}))
    assert part.lstrip().startswith('<div id="results"')


def test_a_sensitive_session_is_refused_in_a_clear_sentence(sign_in: SignIn, hr: User, anna: User) -> None:
    session = make_session(version=make_version(sensitive=True))
    client = sign_in(hr)
    page = text(client.get(path_for(anna, session)))
    assert "Everybody chooses this training for themselves, so you can&#x27;t enrol anybody." in page
    assert '<form method="post" action="/hr/' not in page
    assert "Everybody chooses this training for themselves" in text(
        client.post(path_for(anna, session), follow=True)
    )
    assert not Enrolment.objects.exists()


def test_a_refusal_says_nothing_of_the_person_s_diary(sign_in: SignIn, hr: User, anna: User) -> None:
    enrol(session=make_session(version=make_version(sensitive=True)), learner=anna, actor=anna)
    page = text(sign_in(hr).post(path_for(anna, make_session()), follow=True))
    assert "This person can&#x27;t take part in that session." in page
    assert [word for word in ("Sensitive theme", "Diversity training") if word in page] == []


def test_without_an_address_there_is_no_button(sign_in: SignIn, hr: User, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(email=None)
    page = text(sign_in(hr).get(path_for(anna, make_session())))
    assert "has no e-mail address here" in page
    assert 'action="/hr/' not in page


# -- Taking back, declining ------------------------------------------------------------------------


def by_hr(session: Session, person: User, hr: User) -> Enrolment:
    organisation = hr.memberships_today[0].organisation
    return enrol_on_behalf(session=session, learner=person, organisation=organisation, actor=hr)


def test_hr_takes_back_what_its_office_did(sign_in: SignIn, hr: User, anna: User, zone: Organisation) -> None:
    session = make_session()
    by_hr(session, anna, make_person_with(Role.HR, organisation=zone))
    client = sign_in(hr)
    assert "Anna Claes gets a mail." in text(client.get(path_for(anna, session, "take-back/")))
    assert Enrolment.objects.active().exists()
    page = text(client.post(path_for(anna, session, "take-back/"), follow=True))
    assert "Taken back." in page
    assert not Enrolment.objects.active().exists()


def test_nobody_takes_back_what_a_person_chose_or_others_did(
    sign_in: SignIn, hr: User, coordinator: User, anna: User, school: Organisation
) -> None:
    MembershipFactory.create(user=anna, organisation=school, role=Role.ASPIRANT)
    own, by_school = make_session(), make_session(starts_in=31 * DAY)
    enrol(session=own, learner=anna, actor=anna)
    by_hr(by_school, anna, coordinator)
    client = sign_in(hr)
    for session in (own, by_school):
        assert client.get(path_for(anna, session, "take-back/")).status_code == 404
        assert client.post(path_for(anna, session, "take-back/")).status_code == 404
    assert Enrolment.objects.confirmed().count() == 2


def test_after_the_deadline_the_page_says_whom_to_ask(sign_in: SignIn, hr: User, anna: User) -> None:
    session = make_session(contact_email="dossin@police.example")
    by_hr(session, anna, hr)
    Enrolment.objects.update(withdraw_until=dt.date(2026, 3, 1))
    client = sign_in(hr)
    said = "The last day to take it back has passed. Contact the organiser: dossin@police.example."
    assert said in text(client.get(path_for(anna, session, "take-back/")))
    assert said in text(client.post(path_for(anna, session, "take-back/"), follow=True))


def test_the_person_sees_who_enrolled_them_and_declines(sign_in: SignIn, hr: User, anna: User) -> None:
    session = make_session()
    by_hr(session, anna, hr)
    client = sign_in(anna)
    page = text(client.get(session.get_absolute_url()))
    assert "HR of Rivierenland enrolled you." in page
    assert "Decline" in page
    assert hr.profile.last_name not in page
    assert "Nobody asks you why, and nobody is told." in text(
        client.get(f"/sessions/{session.public_id}/withdraw/")
    )
    client.post(f"/sessions/{session.public_id}/withdraw/")
    assert not Enrolment.objects.active().exists()


def test_what_is_mandatory_says_whom_to_ask_instead(sign_in: SignIn, hr: User, anna: User) -> None:
    version = make_version()
    MandatoryAudience.objects.create(version=version, audience=Audience.ALL_STAFF)
    session = make_session(version=version)
    by_hr(session, anna, hr)
    client = sign_in(anna)
    said = "If you can&#x27;t come, contact HR of Rivierenland."
    assert said in text(client.get(session.get_absolute_url()))
    assert said in text(client.get(f"/sessions/{session.public_id}/withdraw/"))
    assert said in text(client.post(f"/sessions/{session.public_id}/withdraw/", follow=True))
    assert Enrolment.objects.confirmed().exists()


def test_declining_leaves_no_trace_for_hr(sign_in: SignIn, hr: User, anna: User, zone: Organisation) -> None:
    """Afterwards the pages of who declined are those of somebody who was never enrolled."""
    session = make_session()
    withdraw(enrolment=by_hr(session, anna, hr), actor=anna)
    other = make_employee(zone=zone, profile__first_name="Anna", profile__last_name="Claes")
    client = sign_in(hr)
    assert as_seen(client, anna, session) == as_seen(client, other, session)
    assert client.get(path_for(anna, session, "take-back/")).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_the_same_queries_for_1_and_30(
    sign_in: SignIn, hr: User, anna: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        session = make_session(version=make_version(parts=1), starts_in=(10 + number) * DAY)
        by_hr(session, anna, hr)
        make_session(version=session.version, starts_in=(50 + number) * DAY)
    client = sign_in(hr)
    with django_assert_num_queries(9):
        client.get(path_for(anna))


# -- Replacing by somebody else --------------------------------------------------------------------


def test_hr_finds_a_substitute_by_name_and_gives_them_the_seat(
    sign_in: SignIn, zone: Organisation, hr: User, anna: User
) -> None:
    session = make_session(capacity=1)
    enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    bert = make_employee(zone=zone, profile__first_name="Bert", profile__last_name="Maes")
    stranger = make_employee(profile__last_name="Maes")
    client = sign_in(hr)
    choosing = path_for(anna, session, "replace/")
    assert choosing in text(client.get(path_for(anna)))

    page = client.post(choosing, {"q": "maes"}, follow=True)
    assert [profile.user for profile in page.context["page"]] == [bert]
    assert "Bert has the seat at once" in text(client.get(f"{choosing}{bert.public_id}/"))
    assert client.get(f"{choosing}{stranger.public_id}/").status_code == 404
    page = client.post(f"{choosing}{bert.public_id}/", follow=True)
    assert "Bert Maes has the seat. Both get a mail." in text(page)
    assert session.enrolments.confirmed().get().learner == bert


def test_a_substitute_who_cant_is_refused_and_the_seat_stays(
    sign_in: SignIn, zone: Organisation, hr: User, anna: User
) -> None:
    session, bert = make_session(capacity=1), make_employee(zone=zone)
    enrol_on_behalf(session=session, learner=anna, organisation=zone, actor=hr)
    make_confirmed(make_session(), bert)
    page = text(sign_in(hr).post(path_for(anna, session, f"replace/{bert.public_id}/"), follow=True))
    assert "take part in that session." in page
    assert session.enrolments.confirmed().get().learner == anna
