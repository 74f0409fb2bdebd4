import datetime as dt
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from notifications.accounts import AccountAdapter
from notifications.delivery import deliver_batch
from notifications.models import Message
from people.models import User
from tests.factories import UserFactory
from tests.mail import Mailbox, text_of

pytestmark = pytest.mark.django_db

OLD = "correct horse battery"
NEW = "an even longer staple"


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="jo@police.example", profile__administrative_language="fr")
    return person


def sign_in(client: Client, *, email: str, password: str) -> bool:
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def ask_for_link(client: Client, email: str) -> tuple[int, str, str]:
    """The answer and the page that a person sees, but for its CSRF tokens."""
    response = client.post(reverse("account_reset_password"), {"email": email})
    page = client.get(response["Location"]) if response.status_code == 302 else response
    content = re.sub(r"[A-Za-z0-9]{64}", "", page.content.decode())
    return (response.status_code, response.get("Location", ""), content)


def link_in(mailbox: Mailbox) -> str:
    found = re.search(r"http://localhost:8000(/account/password/reset/key/\S+/)", text_of(mailbox.mails[-1]))
    assert found is not None
    return found[1]


def choose_password(client: Client, link: str, password: str) -> None:
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": password, "password2": password})


@pytest.mark.parametrize("typed", ["jo@police.example", "Jo@Police.Example", "JO@POLICE.EXAMPLE "])
def test_an_address_signs_in_in_any_case(client: Client, person: User, typed: str) -> None:
    assert sign_in(client, email=typed, password=OLD)


def test_a_closed_account_does_not_sign_in(client: Client, person: User) -> None:
    User.objects.update(is_active=False)
    response = client.post(reverse("account_login"), {"login": person.email, "password": OLD})
    assert response["Location"] == reverse("account_inactive")
    assert client.get(response["Location"]).status_code == 200
    assert "_auth_user_id" not in client.session


def test_too_many_wrong_passwords_lock_the_account_and_nobody_else(client: Client, person: User) -> None:
    other = UserFactory.create()
    for _attempt in range(5):
        assert not sign_in(client, email="jo@police.example", password="wrong")
    refused = client.post(reverse("account_login"), {"login": "Jo@police.example", "password": OLD})
    assert refused.status_code == 429
    assert "_auth_user_id" not in client.session
    assert sign_in(client, email=other.email, password=OLD)


def test_there_is_no_sign_up(client: Client) -> None:
    assert client.get("/account/signup/").status_code == 404
    assert AccountAdapter().is_open_for_signup(client.get(reverse("account_login")).wsgi_request) is False


def test_who_is_known_and_who_is_not_get_the_same_answer(client: Client, person: User) -> None:
    closed = UserFactory.create(email="closed@police.example", is_active=False)
    known = ask_for_link(Client(), "jo@police.example")
    unknown = ask_for_link(Client(), "nobody@police.example")
    inactive = ask_for_link(Client(), closed.email)
    assert known == unknown == inactive
    assert known[:2] == (302, reverse("account_reset_password_done"))
    assert [message.recipient for message in Message.objects.all()] == [person]


@pytest.mark.parametrize("email", ["jo@police.example", "nobody@police.example"])
def test_the_sixth_link_within_an_hour_is_refused_for_everybody(person: User, email: str) -> None:
    statuses = [ask_for_link(Client(), email)[0] for _attempt in range(6)]
    assert statuses == [302] * 5 + [429]


def test_the_link_comes_by_mail_works_once_and_is_stored_nowhere(
    client: Client, person: User, mailbox: Mailbox
) -> None:
    ask_for_link(client, "JO@police.example")
    deliver_batch()
    link = link_in(mailbox)
    holder, token = link.rstrip("/").rpartition("/")[2].split("-", 1)
    assert holder == person.public_id.hex

    stored = "\n".join(
        str(list(model._default_manager.values())) for model in apps.get_models() if model._meta.managed
    )
    assert str(person.public_id) in stored
    assert token not in stored

    choose_password(client, link, NEW)
    assert not sign_in(Client(), email="jo@police.example", password=OLD)
    assert sign_in(Client(), email="jo@police.example", password=NEW)

    assert "set-password" not in str(Client().get(link, follow=True).redirect_chain)


def test_a_link_is_worth_nothing_after_four_hours_or_at_another_address(
    client: Client, person: User, mailbox: Mailbox
) -> None:
    ask_for_link(client, "jo@police.example")
    deliver_batch()
    link = link_in(mailbox)
    with time_machine.travel(timezone.localtime() + dt.timedelta(hours=4, seconds=1)):
        assert client.get(link).status_code == 200
    User.objects.filter(pk=person.pk).update(email="new@police.example")
    assert client.get(link).status_code == 200
    User.objects.filter(pk=person.pk).update(email="jo@police.example")
    assert client.get(link).status_code == 302


def test_a_link_that_could_not_be_sent_for_an_hour_is_not_sent(
    client: Client, person: User, mailbox: Mailbox
) -> None:
    ask_for_link(client, "jo@police.example")
    with time_machine.travel(timezone.localtime() + dt.timedelta(hours=1)):
        deliver_batch()
    assert mailbox.mails == []


def test_a_chosen_password_is_told_by_mail_and_in_the_audit_trail_only(
    client: Client, person: User, mailbox: Mailbox
) -> None:
    ask_for_link(client, "jo@police.example")
    deliver_batch()
    choose_password(client, link_in(mailbox), NEW)
    deliver_batch()

    told = Message.objects.get(template="account_password_changed")
    assert (told.recipient, told.language) == (person, "fr")
    assert set(told.context) == {"at_iso", "reset_url"}
    assert "127.0.0.1" not in text_of(mailbox.mails[-1])
    assert "http://localhost:8000/account/password/reset/" in text_of(mailbox.mails[-1])
    entry = AuditEntry.objects.get(action="account.password_changed")
    assert (entry.subject_id, entry.actor_id, entry.data) == (person.pk, person.pk, {})


def test_changing_it_asks_for_the_old_one_and_signs_out(client: Client, person: User) -> None:
    client.force_login(person)
    address = reverse("account_change_password")
    refused = client.post(address, {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert refused.status_code == 200
    response = client.post(address, {"oldpassword": OLD, "password1": NEW, "password2": NEW})
    assert response["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session
    assert [message.template for message in Message.objects.all()] == ["account_password_changed"]
    assert sign_in(client, email="jo@police.example", password=NEW)


def test_who_has_no_password_chooses_the_first_one_by_mail(client: Client, person: User) -> None:
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    response = client.get(reverse("account_change_password"), follow=True)
    assert response.redirect_chain[-1][0] == reverse("account_reset_password")
    ask_for_link(client, "jo@police.example")
    assert Message.objects.get().recipient == person


def test_an_address_lies_in_one_place(client: Client, person: User, mailbox: Mailbox) -> None:
    """allauth's own table would keep the old address of whoever changes it, and let it sign in."""
    ask_for_link(client, "jo@police.example")
    deliver_batch()
    choose_password(client, link_in(mailbox), NEW)
    sign_in(client, email="jo@police.example", password=NEW)
    assert not EmailAddress.objects.exists()


def test_no_mail_of_allauth_goes_around_the_outbox() -> None:
    with pytest.raises(NotImplementedError):
        AccountAdapter().send_mail("account/email/unknown_account", "jo@police.example", {})


@pytest.mark.parametrize("uid", ["1", "0" * 32, "nobody"])
def test_a_link_of_nobody_is_a_link_that_no_longer_works(client: Client, person: User, uid: str) -> None:
    address = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": "a-b"})
    page = client.get(address, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "This link no longer works" in page.content.decode()
