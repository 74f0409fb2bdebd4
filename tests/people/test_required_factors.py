"""A role may ask for a second factor: who has none sets one up, and can do nothing else until then."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from core.time import today
from demo import engines
from people.apps import _check_required_roles
from people.enums import Role
from people.models import User
from tests.demo.test_settings import PUBLIC
from tests.factories import MembershipFactory, UserFactory, make_employee, make_person_with
from tests.people.factors import add_passkey, type_password, types_of, with_app

pytestmark = pytest.mark.django_db
SignInAs = Callable[[User], Client]
SETUP = "/account/security/"


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture(autouse=True)
def _administrators_and_hr_need_one(settings: Settings) -> None:
    settings.MFA_REQUIRED_ROLES = ["administrator", "hr"]


def is_led_to_setup(client: Client, path: str = "/my/training/") -> bool:
    answer = client.get(path)
    return answer.status_code == 302 and answer["Location"] == SETUP


@pytest.mark.parametrize("role", list(Role))
def test_only_the_named_roles_must(sign_in: SignInAs, role: Role) -> None:
    must = role in (Role.ADMINISTRATOR, Role.HR)
    assert is_led_to_setup(sign_in(make_person_with(role))) is must


def test_who_may_open_the_administration_counts_as_administrator(sign_in: SignInAs) -> None:
    client = sign_in(UserFactory.create(is_staff=True, is_superuser=True))
    for path in ("/", "/operate/admin/", "/operate/admin/people/user/", "/operate/admin/jsi18n/"):
        assert is_led_to_setup(client, path), path


def test_until_then_only_setting_up_leaving_and_reading_is_open(sign_in: SignInAs) -> None:
    client = sign_in(make_person_with(Role.HR))
    page = client.get(SETUP)
    assert "One thing before you go on" in page.content.decode()
    for path in ("/privacy/", "/accessibility/", "/account/logout/", "/account/reauthenticate/"):
        assert client.get(path).status_code == 200, path
    for path in ("/", "/catalogue/", "/hr/figures/", "/hr/people/", "/my/profile/", "/my/sign-ins/"):
        assert is_led_to_setup(client, path), path
    assert client.post("/language/", {"language": "fr"}).status_code == 302
    assert client.post("/account/logout/").status_code == 302
    assert client.get("/catalogue/").status_code == 200


def test_no_write_goes_through(sign_in: SignInAs) -> None:
    hr = make_person_with(Role.HR)
    colleague = make_employee(zone=hr.memberships_today[0].organisation)
    address = reverse("people:person", args=[colleague.public_id])
    form = {
        "role": Role.TRAINER,
        "organisation": hr.memberships_today[0].organisation_id,
        "valid_from": today().isoformat(),
        "valid_until": (today() + dt.timedelta(days=30)).isoformat(),
    }
    client = sign_in(hr)
    assert client.post(address, form)["Location"] == SETUP
    assert not User.objects.get(pk=colleague.pk).has_role(Role.TRAINER)
    with_app(hr)
    assert client.post(address, form)["Location"] == address
    assert User.objects.get(pk=colleague.pk).has_role(Role.TRAINER)


def test_scripts_get_an_answer_that_they_understand(sign_in: SignInAs) -> None:
    client = sign_in(make_person_with(Role.HR))
    swapped = client.get("/hr/figures/", headers={"hx-request": "true"})
    assert (swapped.status_code, swapped["HX-Redirect"]) == (200, SETUP)
    data = client.get("/hr/figures/", headers={"accept": "application/json"})
    assert data.status_code == 403
    assert data.json() == {
        "code": "second_factor_required",
        "message": "Your role asks for a second step when you sign in. Set it up first.",
        "url": SETUP,
    }


def test_whoever_has_one_goes_on(client: Client) -> None:
    hr = make_person_with(Role.HR)
    type_password(client, hr)
    assert is_led_to_setup(client)
    add_passkey(client)
    assert client.get("/my/training/").status_code == 200


def test_recovery_codes_alone_are_none(sign_in: SignInAs) -> None:
    hr, _secret = with_app(make_person_with(Role.HR))
    Authenticator.objects.filter(type="totp").delete()
    assert is_led_to_setup(sign_in(hr))


def test_a_role_given_meanwhile_counts_at_the_next_click_and_no_longer_than_it_lasts(
    sign_in: SignInAs,
) -> None:
    person = make_employee()
    client = sign_in(person)
    assert client.get("/my/training/").status_code == 200
    role = MembershipFactory.create(user=person, role=Role.HR, valid_from=today())
    assert is_led_to_setup(client)
    role.valid_until = today() - dt.timedelta(days=1)
    role.valid_from = role.valid_until
    role.save()
    assert client.get("/my/training/").status_code == 200


def test_the_last_one_stays_while_the_role_asks_for_it(client: Client) -> None:
    hr = make_person_with(Role.HR)
    type_password(client, hr)
    passkey = add_passkey(client)
    remove = reverse("mfa_remove_webauthn", args=[passkey.address])
    page = client.post(remove, follow=True)
    assert "Add another one before you remove this." in page.content.decode()
    assert types_of(hr) == ["recovery_codes", "webauthn"]

    add_passkey(client, name="Key")
    client.post(remove)
    assert [key.wrap().name for key in Authenticator.objects.filter(type="webauthn")] == ["Key"]


def test_the_last_app_stays_too(client: Client) -> None:
    hr = make_person_with(Role.HR)
    type_password(client, hr)
    with_app(hr)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert "Add another one before you remove this." in page.content.decode()
    assert types_of(hr) == ["recovery_codes", "totp"]


def test_a_page_costs_no_more_for_who_has_no_such_role(sign_in: SignInAs, settings: Settings) -> None:
    client = sign_in(make_employee())
    costs = []
    for roles in ([], ["administrator"]):
        settings.MFA_REQUIRED_ROLES = roles
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/my/training/").status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


def _required_roles(**environment: str) -> subprocess.CompletedProcess[str]:
    said = (
        "import django; django.setup(); from django.conf import settings; print(settings.MFA_REQUIRED_ROLES)"
    )
    return subprocess.run(
        [sys.executable, "-c", said],
        cwd=engines.CLONE,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **PUBLIC,
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_administrators_need_one_unless_it_is_said_otherwise() -> None:
    assert _required_roles().stdout.strip() == "['administrator']"
    assert _required_roles(MFA_REQUIRED_ROLES="").stdout.strip() == "[]"
    assert _required_roles(MFA_REQUIRED_ROLES="hr,chief").stdout.strip() == "['hr', 'chief']"


def test_a_role_that_is_none_stops_the_start(settings: Settings) -> None:
    settings.MFA_REQUIRED_ROLES = ["administrators"]
    with pytest.raises(ImproperlyConfigured, match="administrators, which is no role"):
        _check_required_roles()
