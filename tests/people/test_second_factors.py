"""The second step: an app, passkeys, recovery codes; added, used, renamed and removed."""

import datetime as dt
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from core.models import AuditEntry
from notifications.delivery import deliver_batch
from notifications.models import Message
from people.models import SignIn, User
from tests.factories import UserFactory
from tests.mail import Mailbox, text_of
from tests.people.factors import (
    Passkey,
    add_passkey,
    code_of,
    is_signed_in,
    options_on,
    recovery_codes,
    sign_in_with,
    type_code,
    type_password,
    types_of,
    with_app,
)

pytestmark = pytest.mark.django_db
SignInAs = Callable[[User], Client]


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="jo@police.example", profile__administrative_language="nl")
    return person


@pytest.fixture
def here(client: Client, person: User) -> Client:
    """Somebody's browser, in which they have just signed in."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    type_password(client, person)
    return client


def entries() -> list[tuple[str, int | None, dict[str, Any]]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor_id", "data"))


def told() -> list[str]:
    return [message.context["change"] for message in Message.objects.order_by("id")]


# -- An authenticator app --------------------------------------------------------------------------


def test_an_app_is_set_up_with_the_key_on_the_page(
    here: Client, person: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    address = reverse("mfa_activate_totp")
    page = here.get(address)
    secret = page.context["form"].secret
    content = page.content.decode()
    assert re.sub(r"</?span>|\s", "", content).count(secret) == 1
    assert "<svg" in content
    assert "data:image" not in content
    assert "style=" not in content

    with django_capture_on_commit_callbacks(execute=True):
        answer = here.post(address, {"code": code_of(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert types_of(person) == ["recovery_codes", "totp"]
    assert told() == ["app_added"]
    assert entries() == [
        ("factor.added", person.pk, {"type": "totp"}),
        ("factor.added", person.pk, {"type": "recovery_codes"}),
    ]
    codes = here.get(answer["Location"]).content.decode()
    assert all(f"<span>{code[:4]}</span><span>{code[4:]}</span>" in codes for code in recovery_codes(person))


def test_a_wrong_code_sets_up_nothing(here: Client, person: User) -> None:
    secret = here.get(reverse("mfa_activate_totp")).context["form"].secret
    wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06}"
    page = here.post(reverse("mfa_activate_totp"), {"code": wrong})
    assert "Incorrect code." in page.content.decode()
    # The same key again: the app has it already.
    assert page.context["form"].secret == secret
    assert types_of(person) == []


def test_secrets_lie_encrypted_and_open_with_the_earlier_key_too(settings: Settings) -> None:
    person, secret = with_app()
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert not any(code in stored for code in recovery_codes(person))

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    app = Authenticator.objects.get(type="totp").wrap()
    assert app.validate_code(code_of(secret))
    settings.SECRET_KEY_FALLBACKS = []
    assert not app.validate_code(code_of(secret, at=time.time() - 30))
    assert not any(app.validate_code(code_of(guess)) for guess in ("", "A" * 32))


def test_password_alone_does_not_sign_in(client: Client) -> None:
    person, secret = with_app()
    answer = type_password(client, person)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert client.get("/my/profile/").status_code == 302
    assert client.get(answer["Location"]).status_code == 200
    type_code(client, code_of(secret))
    assert is_signed_in(client)


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(client: Client, seconds: int, accepted: bool) -> None:
    person, secret = with_app()
    type_password(client, person)
    type_code(client, code_of(secret, at=time.time() + seconds))
    assert is_signed_in(client) is accepted


@pytest.mark.parametrize("later", [0, 45, 89])
@pytest.mark.parametrize("retyped", ["{}", "{} ", "-{}"])
def test_a_code_works_once_however_it_is_typed(later: int, retyped: str) -> None:
    person, secret = with_app()
    with time_machine.travel(dt.datetime(2027, 1, 14, 8, tzinfo=dt.UTC), tick=False) as clock:
        code = code_of(secret, at=time.time() + 30)
        first, second = Client(), Client()
        for each in (first, second):
            type_password(each, person)
        type_code(first, code)
        assert is_signed_in(first)
        clock.shift(later)
        type_code(second, retyped.format(code))
        assert not is_signed_in(second)


def test_a_recovery_code_works_once(client: Client) -> None:
    person, _secret = with_app()
    code = recovery_codes(person)[3]
    type_password(client, person)
    type_code(client, code)
    assert is_signed_in(client)
    assert len(recovery_codes(person)) == 9
    again = Client()
    type_password(again, person)
    type_code(again, code)
    assert not is_signed_in(again)


def test_a_failed_second_step_leaves_a_trace_without_the_code(client: Client) -> None:
    person, _secret = with_app()
    type_password(client, person)
    type_code(client, "000000")
    assert entries() == [("account.second_step_failed", None, {"type": "totp"})]
    assert AuditEntry.objects.get().subject_id == person.pk


def test_an_app_is_removed_with_the_codes_that_stand_in_for_it(client: Client) -> None:
    person, secret = with_app()
    type_password(client, person)
    type_code(client, code_of(secret))
    address = reverse("mfa_deactivate_totp")
    assert client.get(address).status_code == 200
    assert client.post(address)["Location"] == reverse("mfa_index")
    assert types_of(person) == []
    assert told() == ["app_removed"]
    assert [entry[0] for entry in entries()] == ["factor.removed", "factor.removed"]


def test_new_codes_end_the_earlier_ones(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person, secret = with_app()
    before = recovery_codes(person)
    type_password(client, person)
    type_code(client, code_of(secret))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_generate_recovery_codes"))
    assert set(before).isdisjoint(recovery_codes(person))
    assert told() == ["codes_renewed"]
    assert [entry[0] for entry in entries()] == ["factor.renewed"]


def test_codes_can_be_kept_as_a_file(client: Client) -> None:
    person, secret = with_app()
    type_password(client, person)
    type_code(client, code_of(secret))
    file = client.get(reverse("mfa_download_recovery_codes"))
    assert file["Content-Type"].startswith("text/plain")
    assert "no-store" in file["Cache-Control"]
    assert file.content.decode().split() == ["Traject", *recovery_codes(person)]


# -- Passkeys --------------------------------------------------------------------------------------


def test_a_passkey_signs_in_without_a_password(here: Client, person: User) -> None:
    passkey = add_passkey(here)
    assert types_of(person) == ["recovery_codes", "webauthn"]
    assert told() == ["passkey_added"]
    elsewhere = Client()
    assert sign_in_with(passkey, elsewhere)["Location"] == "/"
    assert is_signed_in(elsewhere)
    assert SignIn.objects.filter(user=person).count() == 2


def test_a_passkey_holds_the_public_id_and_no_key_of_a_row(here: Client, person: User) -> None:
    passkey = add_passkey(here)
    assert passkey.holder == person.public_id.bytes


def test_a_passkey_is_a_second_step_too(here: Client, person: User) -> None:
    passkey = add_passkey(here)
    elsewhere = Client()
    type_password(elsewhere, person)
    page = elsewhere.get(reverse("mfa_authenticate"))
    credential = passkey.sign(options_on(page, "request_options"))  # type: ignore[arg-type]
    elsewhere.post(reverse("mfa_authenticate"), {"credential": credential})
    assert is_signed_in(elsewhere)


def test_nobody_signs_in_as_somebody_else_with_their_own_passkey(here: Client) -> None:
    passkey = add_passkey(here)
    victim = UserFactory.create()
    victim_browser = Client()
    type_password(victim_browser, victim)
    add_passkey(victim_browser)
    attacker = Client()
    for holder in (victim.public_id.bytes, uuid.uuid4().bytes, b"", b"1", str(victim.pk).encode()):
        sign_in_with(passkey, attacker, as_holder=holder)
        assert not is_signed_in(attacker)


def test_an_unknown_passkey_and_a_replayed_answer_do_not_sign_in(here: Client, person: User) -> None:
    passkey, forged = add_passkey(here), Passkey()
    forged.id, forged.holder = passkey.id, passkey.holder
    assert sign_in_with(forged, Client())["Location"] == reverse("account_login")

    address = reverse("mfa_login_webauthn")
    first = Client()
    options = first.get(address, headers={"accept": "application/json"}).json()["request_options"]
    answer = passkey.sign(options)
    first.post(address, {"credential": answer})
    assert is_signed_in(first)
    replayed = Client()
    replayed.get(address, headers={"accept": "application/json"})
    for garbage in (answer, "{}", "[]", "not json", '{"response": {"userHandle": 1}}'):
        replayed.post(address, {"credential": garbage})
        assert not is_signed_in(replayed)


def test_a_closed_account_does_not_sign_in_by_passkey(here: Client, person: User) -> None:
    passkey = add_passkey(here)
    User.objects.filter(pk=person.pk).update(is_active=False)
    elsewhere = Client()
    assert sign_in_with(passkey, elsewhere)["Location"] == reverse("account_inactive")
    assert not is_signed_in(elsewhere)


def test_a_passkey_is_renamed_and_removed_by_its_own_id(here: Client, person: User) -> None:
    passkey = add_passkey(here)
    assert "Phone" in here.get(reverse("mfa_index")).content.decode()
    here.post(reverse("mfa_edit_webauthn", args=[passkey.address]), {"name": "Old phone"})
    page = here.get(reverse("mfa_index")).content.decode()
    assert "Old phone" in page
    remove = reverse("mfa_remove_webauthn", args=[passkey.address])
    assert "Old phone" in here.get(remove).content.decode()
    here.post(remove)
    assert types_of(person) == []
    assert told() == ["passkey_added", "passkey_removed"]


def test_nobody_touches_a_passkey_of_somebody_else(here: Client) -> None:
    passkey = add_passkey(here)
    stranger = Client()
    type_password(stranger, UserFactory.create())
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        address = reverse(name, args=[passkey.address])
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get(type="webauthn").wrap().name == "Phone"


def test_a_name_left_out_is_made(here: Client, person: User) -> None:
    add_passkey(here, name="")
    add_passkey(here, name="")
    names = [key.wrap().name for key in Authenticator.objects.filter(type="webauthn").order_by("pk")]
    assert names == ["Passkey", "Passkey 2"]


# -- What goes along -------------------------------------------------------------------------------


def test_the_first_factor_signs_out_where_the_password_alone_had_signed_in(
    here: Client, person: User
) -> None:
    elsewhere = Client()
    type_password(elsewhere, person)
    add_passkey(here)
    assert not is_signed_in(elsewhere)
    assert is_signed_in(here)


@pytest.mark.parametrize(
    "name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_deactivate_totp", "mfa_view_recovery_codes"]
)
def test_who_did_not_sign_in_just_now_shows_again_who_they_are(client: Client, name: str) -> None:
    person, secret = with_app()
    if name == "mfa_activate_totp":
        Authenticator.objects.filter(user=person).delete()
    with time_machine.travel(dt.datetime(2027, 1, 14, 8, tzinfo=dt.UTC), tick=False) as clock:
        type_password(client, person)
        type_code(client, code_of(secret))
        assert client.get(reverse(name)).status_code == 200
        clock.shift(dt.timedelta(minutes=6))
        again = client.get(reverse(name))
        assert again["Location"] == f"{reverse('account_reauthenticate')}?next={reverse(name)}".replace(
            "/", "%2F"
        ).replace("%2Faccount%2Freauthenticate%2F", "/account/reauthenticate/")
        client.post(again["Location"], {"password": "correct horse battery"})
        assert client.get(reverse(name)).status_code == 200


def test_who_signed_in_by_one_click_of_the_demo_shows_it_too(sign_in: SignInAs, person: User) -> None:
    answer = sign_in(person).get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_again_can_be_the_code_or_the_passkey(here: Client, person: User) -> None:
    passkey = add_passkey(here)
    with time_machine.travel(dt.datetime.now(tz=dt.UTC) + dt.timedelta(minutes=10)):
        page = here.get(reverse("account_reauthenticate"))
        assert reverse("mfa_reauthenticate") in page.content.decode()
        address = reverse("mfa_reauthenticate_webauthn")
        shown = here.get(address)
        options = options_on(shown, "request_options")  # type: ignore[arg-type]
        here.post(address, {"credential": passkey.sign(options), "next": "/my/profile/"})
        assert here.get(reverse("mfa_view_recovery_codes")).status_code == 200


def test_each_change_is_told_in_the_language_of_the_person(
    here: Client, person: User, mailbox: Mailbox
) -> None:
    add_passkey(here)
    deliver_batch()
    [mail] = mailbox.mails
    assert mail["To"] == "jo@police.example"
    assert "toegangssleutel" in text_of(mail)
    assert "127.0.0.1" not in text_of(mail)


def test_the_page_says_what_there_is(here: Client, person: User) -> None:
    empty = here.get(reverse("mfa_index")).content.decode()
    assert "Set up the app" in empty
    assert "Recovery codes" not in empty
    add_passkey(here)
    page = here.get(reverse("mfa_index")).content.decode()
    assert "10 codes left" in page
    assert "Passkey, also without password" in page


@pytest.mark.parametrize("passkeys", [1, 30])
def test_the_page_costs_the_same_for_one_passkey_and_thirty(
    here: Client, person: User, passkeys: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_passkey(here)
    known = Authenticator.objects.get(type="webauthn")
    Authenticator.objects.bulk_create(
        Authenticator(user=person, type="webauthn", data=known.data) for _ in range(passkeys - 1)
    )
    here.get(reverse("mfa_index"))
    with django_assert_num_queries(2):
        here.get(reverse("mfa_index"))


def test_a_person_without_device_and_codes_begins_anew_with_the_administrator_s_help(
    sign_in: SignInAs, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person, secret = with_app()
    untouched, _secret = with_app()
    elsewhere = Client()
    type_password(elsewhere, person)
    type_code(elsewhere, code_of(secret))
    administrator = UserFactory.create(is_staff=True, is_superuser=True)
    asked = {"action": "remove_factors", "_selected_action": [str(person.pk)]}
    desk = sign_in(administrator)
    for _twice in range(2):
        desk.post("/operate/admin/people/user/", asked)
    assert types_of(person) == []
    assert types_of(untouched) == ["recovery_codes", "totp"]
    assert not is_signed_in(elsewhere)
    assert told() == ["all_removed"]
    assert ("factor.all_removed", administrator.pk, {"types": ["recovery_codes", "totp"]}) in entries()
