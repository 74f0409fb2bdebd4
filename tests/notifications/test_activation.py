import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.activation import queue_account_activations
from notifications.delivery import deliver_batch
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import User
from people.services.accounts import ask_activation
from tests.factories import UserFactory
from tests.mail import Mailbox, text_of

pytestmark = pytest.mark.django_db
PASSWORD = "an even longer staple"


@pytest.fixture
def person() -> User:
    person: User = UserFactory.create(email="an@police.example", profile__administrative_language="en")
    person.set_unusable_password()
    person.save()
    return person


def ask(*people: User) -> int:
    return ask_activation(people=[person.pk for person in people], actor=None)


def link_in(mailbox: Mailbox) -> str:
    found = re.search(r"http://localhost:8000(/account/password/reset/key/\S+/)", text_of(mailbox.mails[-1]))
    assert found is not None
    return found[1]


def choose_password(link: str) -> bool:
    """Whether the link still led to the choice of a password."""
    client = Client()
    form = client.get(link, follow=True)
    if not form.redirect_chain:
        return False
    client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    return True


def may_sign_in(person: User) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return "_auth_user_id" in client.session


def test_a_new_person_chooses_a_password_by_a_link_that_works_once(person: User, mailbox: Mailbox) -> None:
    assert ask(person) == 1
    for _twice in range(2):
        queue_account_activations()
    deliver_batch()
    assert len(mailbox.mails) == 1
    assert mailbox.mails[0]["To"] == "an@police.example"
    link = link_in(mailbox)
    assert link.split("/")[-2] not in str(list(Message.objects.values()))
    assert choose_password(link)
    assert may_sign_in(person)
    assert not choose_password(link)


@pytest.mark.parametrize(("days", "works"), [(9, True), (11, False)])
def test_the_link_lives_for_ten_days(person: User, mailbox: Mailbox, days: int, works: bool) -> None:
    ask(person)
    queue_account_activations()
    deliver_batch()
    assert "within 10 days" in " ".join(text_of(mailbox.mails[0]).split())
    with time_machine.travel(timezone.localtime() + dt.timedelta(days=days)):
        assert choose_password(link_in(mailbox)) == works


def test_asking_again_sends_another_one(person: User, mailbox: Mailbox) -> None:
    for _twice in range(2):
        ask(person)
        queue_account_activations()
    deliver_batch()
    assert len(mailbox.mails) == 2


def test_nobody_with_an_account_gets_one(person: User, mailbox: Mailbox) -> None:
    others = [
        UserFactory.create(),
        UserFactory.create(is_active=False, password="!"),
        UserFactory.create(email=None, password="!"),
    ]
    assert ask(*others) == 0
    ask(person)
    queue_account_activations()
    # Between the queue and the post, the person found the way alone.
    person.set_password(PASSWORD)
    person.save()
    deliver_batch()
    assert mailbox.mails == []
    assert Message.objects.get().status == MessageStatus.CANCELLED
    queue_account_activations()
    assert Message.objects.count() == 1
