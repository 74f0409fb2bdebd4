"""Linking an account at the identity provider oneself: by the link of a mail, or signed in."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.activation import queue_account_activations
from notifications.delivery import deliver_batch
from people.models import User
from people.services.accounts import ask_activation
from tests.factories import UserFactory
from tests.mail import Mailbox, text_of
from tests.people.factors import is_signed_in, type_password
from tests.people.identity_provider import (
    SUBJECT,
    Provider,
    arrive,
    assert_nobody_came_in,
    come_back,
    entries,
    link,
    links,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="jo@police.example", profile__staff_number="440000001")
    return person


@pytest.fixture
def newcomer() -> User:
    newcomer: User = UserFactory.create(email="an@police.example", profile__administrative_language="fr")
    newcomer.set_unusable_password()
    newcomer.save()
    return newcomer


@pytest.fixture
def invitation(newcomer: User, mailbox: Mailbox) -> str:
    """The link that HR has mailed."""
    ask_activation(people=[newcomer.pk], actor=None)
    queue_account_activations()
    deliver_batch()
    found = re.search(r"http://localhost:8000(/account/password/reset/key/\S+/)", text_of(mailbox.mails[-1]))
    assert found is not None
    return found[1]


def open_invitation(client: Client, invitation: str) -> dict[str, str]:
    """What the page behind the link sends along to the provider."""
    page = client.get(invitation, follow=True).content.decode()
    found = re.search(r'name="invitation" value="(\w+)"', page)
    return {"invitation": found[1]} if found else {}


def test_an_invitation_links_in_the_browser_that_opened_it(
    client: Client, provider: Provider, newcomer: User, invitation: str
) -> None:
    come_back(client, provider, **open_invitation(client, invitation))
    assert is_signed_in(client)
    assert links() == [(newcomer.pk, provider.address, SUBJECT, {})]
    assert entries()[-1] == ("identity.linked", newcomer.pk, {"grounds": "invitation"})
    # Now there is a way in: no more mails with a link to the first password.
    assert ask_activation(people=[newcomer.pk], actor=None) == 0


def test_who_comes_only_from_the_provider_is_asked_for_no_password_that_there_isn_t(
    client: Client, provider: Provider, newcomer: User, invitation: str
) -> None:
    come_back(client, provider, **open_invitation(client, invitation))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=10)):
        assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_an_invitation_works_once(
    client: Client, provider: Provider, newcomer: User, invitation: str
) -> None:
    come_back(client, provider, **open_invitation(client, invitation))
    thief = Client(headers={"accept-language": "en"})
    assert open_invitation(thief, invitation) == {}
    provider.knows("of-the-thief")
    answer = come_back(thief, provider, invitation=newcomer.public_id.hex)
    assert answer.status_code == 403
    assert links() == [(newcomer.pk, provider.address, SUBJECT, {})]


def test_an_invitation_opened_elsewhere_is_worth_nothing(
    client: Client, provider: Provider, newcomer: User, invitation: str
) -> None:
    form = open_invitation(Client(), invitation)
    assert_nobody_came_in(client, come_back(client, provider, **form))


def test_an_invitation_of_one_links_nobody_else(
    client: Client, provider: Provider, newcomer: User, person: User, invitation: str
) -> None:
    open_invitation(client, invitation)
    answer = come_back(client, provider, invitation=person.public_id.hex)
    assert_nobody_came_in(client, answer, people=2)


def test_a_subject_of_one_is_not_invited_as_another(
    client: Client, provider: Provider, newcomer: User, person: User, invitation: str
) -> None:
    link(person, provider)
    come_back(client, provider, **open_invitation(client, invitation))
    assert links() == [(person.pk, provider.address, SUBJECT, {})]
    assert client.session["_auth_user_id"] == str(person.pk)


def link_own(client: Client, provider: Provider) -> Any:
    return arrive(client, provider.sends_back(client.post(reverse("people:provider_link"))))  # type: ignore[arg-type]


def test_who_signed_in_just_now_links_their_own_account(
    client: Client, provider: Provider, person: User
) -> None:
    type_password(client, person)
    assert "Sign in with Politielogin from now on" in client.get(reverse("mfa_index")).content.decode()
    answer = link_own(client, provider)
    assert answer["Location"] == reverse("mfa_index")
    page = client.get(reverse("mfa_index")).content.decode()
    assert "You can now sign in with Politielogin." in page
    assert links() == [(person.pk, provider.address, SUBJECT, {})]
    assert entries()[-1] == ("identity.linked", person.pk, {"grounds": "signed_in"})


def test_others_show_again_who_they_are(client: Client, provider: Provider, person: User) -> None:
    client.force_login(person)
    answer = client.post(reverse("people:provider_link"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert Client().post(reverse("people:provider_link")).status_code == 302


def test_nobody_links_the_subject_of_somebody_else(client: Client, provider: Provider, person: User) -> None:
    colleague = UserFactory.create()
    link(colleague, provider)
    type_password(client, person)
    assert link_own(client, provider).status_code == 403
    assert links() == [(colleague.pk, provider.address, SUBJECT, {})]


def test_nobody_is_linked_who_signed_out_on_the_way(client: Client, provider: Provider, person: User) -> None:
    type_password(client, person)
    address = provider.sends_back(client.post(reverse("people:provider_link")))  # type: ignore[arg-type]
    client.post(reverse("account_logout"))
    assert arrive(client, address).status_code == 401
    assert links() == []
