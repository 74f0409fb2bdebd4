"""Where somebody is signed in: seen, ended, and over by itself."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.models import AuditEntry
from core.time import today
from people.devices import device_of
from people.models import SignIn, User
from people.services.accounts import change_password
from tests.factories import MembershipFactory, UserFactory, make_employee

pytestmark = pytest.mark.django_db
SignInAs = Callable[[User], Client]

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36"
)


def signed_in(person: User, user_agent: str = FIREFOX) -> Client:
    """A browser of its own, signed in through the form."""
    browser = Client(headers={"user-agent": user_agent, "accept-language": "en"})
    browser.post(
        reverse("account_login"),
        {"login": person.email, "password": "correct horse battery"},
        REMOTE_ADDR="10.0.0.9",
    )
    assert is_signed_in(browser)
    return browser


def is_signed_in(browser: Client) -> bool:
    return browser.get(reverse("portal:profile")).status_code == 200


def key(browser: Client) -> str:
    return str(browser.session.session_key)


def actions() -> list[tuple[str, int, int | None, dict[str, object]]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "subject_id", "actor_id", "data"))


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox · Windows"),
        (IPHONE, "Safari · iPhone"),
        (EDGE, "Edge · Windows"),
        (ANDROID, "Chrome · Android"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_device_has_a_name_that_people_know(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


def test_a_person_sees_their_own_devices_and_nobody_else_s() -> None:
    person = make_employee()
    here = signed_in(person)
    signed_in(person, IPHONE)
    signed_in(make_employee(), ANDROID)
    page = here.get("/my/sign-ins/").content.decode()
    assert page.index("Firefox · Windows") < page.index("This one") < page.index("Safari · iPhone")
    assert "Chrome · Android" not in page
    for kept_secret in (key(here), "10.0.0.9", "Gecko"):
        assert kept_secret not in page


def test_neither_address_nor_browser_is_kept() -> None:
    browser = signed_in(make_employee())
    row = SignIn.objects.get(pk=key(browser))
    stored = f"{list(SignIn.objects.values())} {row.get_decoded()}"
    assert "Firefox · Windows" in stored
    assert "10.0.0.9" not in stored
    assert "Gecko" not in stored


def test_one_is_ended_and_the_others_go_on() -> None:
    person = make_employee()
    here, there, elsewhere = (signed_in(person) for _ in range(3))
    public_id = SignIn.objects.get(pk=key(there)).public_id
    answer = here.post(reverse("people:end_sign_in", args=[public_id]), follow=True)
    assert "That device is signed out." in answer.content.decode()
    assert [is_signed_in(browser) for browser in (here, there, elsewhere)] == [True, False, True]
    assert actions() == [("account.signed_out_elsewhere", person.pk, person.pk, {"count": 1})]


def test_all_others_are_ended_at_once() -> None:
    person, colleague = make_employee(), make_employee()
    here, there, elsewhere, of_colleague = (
        signed_in(person),
        signed_in(person),
        signed_in(person),
        signed_in(colleague),
    )
    here.post(reverse("people:end_other_sign_ins"))
    browsers = (here, there, elsewhere, of_colleague)
    assert [is_signed_in(browser) for browser in browsers] == [True, False, False, True]


def test_nobody_ends_a_sign_in_of_somebody_else() -> None:
    here, of_colleague = signed_in(make_employee()), signed_in(make_employee())
    public_id = SignIn.objects.get(pk=key(of_colleague)).public_id
    address = reverse("people:end_sign_in", args=[public_id])
    assert here.post(address).status_code == 404
    assert here.get(address).status_code == 405
    assert is_signed_in(of_colleague)


def test_an_answer_on_its_way_does_not_bring_an_ended_sign_in_back() -> None:
    person = make_employee()
    browser = signed_in(person)
    session = browser.session
    session["on_its_way"] = True
    SignIn.objects.all().delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not SignIn.objects.filter(user=person).exists()


def test_a_new_password_signs_out_everywhere() -> None:
    person = make_employee()
    browser = signed_in(person)
    change_password(person=person, password="an even longer staple")
    assert not is_signed_in(browser)
    assert not SignIn.objects.filter(user=person).exists()


def test_closing_an_account_ends_its_sign_ins_for_good(sign_in: SignInAs) -> None:
    person = make_employee()
    browser = signed_in(person)
    desk = sign_in(UserFactory.create(is_staff=True, is_superuser=True))
    profile = person.profile
    form = {
        "email": person.email,
        "profile-TOTAL_FORMS": "1",
        "profile-INITIAL_FORMS": "1",
        "profile-0-user": person.pk,
        "profile-0-first_name": profile.first_name,
        "profile-0-last_name": profile.last_name,
        "profile-0-administrative_language": "nl",
    }
    assert desk.post(f"/operate/admin/people/user/{person.pk}/change/", form).status_code == 302
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert not is_signed_in(browser)
    assert "account.signed_out_elsewhere" in [action for action, *_rest in actions()]


def test_an_account_that_is_closed_by_other_means_opens_nothing_either() -> None:
    """It is read along with the sign-in, which is still there."""
    person = make_employee()
    browser = signed_in(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert SignIn.objects.filter(user=person).exists()
    assert not is_signed_in(browser)


def test_a_sign_in_lasts_no_longer_than_a_shift_however_busy() -> None:
    person = make_employee()
    begun = timezone.now()
    browser = signed_in(person)
    public_id = SignIn.objects.get(pk=key(browser)).public_id
    with time_machine.travel(begun + dt.timedelta(hours=11)):
        browser.post(reverse("people:language"), {"language": "fr"})
        assert is_signed_in(browser)
        kept = SignIn.objects.get(pk=key(browser))
    assert (kept.public_id, kept.device) == (public_id, "Firefox · Windows")
    with time_machine.travel(begun + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)):
        assert not is_signed_in(browser)


def test_being_seen_is_noted_now_and_then_and_costs_no_page_a_write(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = signed_in(make_employee())
    begun = SignIn.objects.get(pk=key(browser)).last_seen_at
    address = reverse("portal:privacy")
    browser.get(address)
    assert SignIn.objects.get(pk=key(browser)).last_seen_at == begun
    with time_machine.travel(begun + dt.timedelta(minutes=11), tick=False):
        with django_assert_num_queries(2):
            browser.get(address)
        with django_assert_num_queries(1):
            browser.get(address)
        assert SignIn.objects.get(pk=key(browser)).last_seen_at == timezone.now()


@pytest.mark.parametrize("devices", [1, 30])
def test_the_page_costs_the_same_for_one_device_and_thirty(
    sign_in: SignInAs, devices: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_employee()
    for _ in range(devices):
        Client().force_login(person)
    browser = sign_in(person)
    with django_assert_num_queries(3):
        page = browser.get("/my/sign-ins/")
    assert len(page.context["others"]) == devices


@pytest.mark.parametrize("lasting", [0, 1, 3])
def test_a_request_knows_what_somebody_is_today_and_nothing_that_is_over_taken_back_or_to_come(
    sign_in: SignInAs, lasting: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person, other = UserFactory.create_batch(2)
    day, now = today(), timezone.now()
    holding = MembershipFactory.create_batch(lasting, user=person, valid_from=day, valid_until=day)
    MembershipFactory.create(user=person, valid_until=day - dt.timedelta(days=1))
    MembershipFactory.create(user=person, valid_from=day + dt.timedelta(days=1))
    MembershipFactory.create(user=person, superseded_at=now)
    MembershipFactory.create(user=other)
    browser = sign_in(person)
    with django_assert_num_queries(1):
        known = browser.get(reverse("portal:privacy")).wsgi_request.user
        found = {each.pk: each.organisation for each in known.memberships_today}
    assert known == person
    assert found == {each.pk: each.organisation for each in holding}
