"""What is forgotten without anybody asking."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from config.celery import app
from people.models import SignIn
from people.tasks import forget_ended_sessions
from tests.factories import make_employee

pytestmark = pytest.mark.django_db


def test_a_sign_in_is_forgotten_once_it_is_over(client: Client) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=2)):
        Client().force_login(make_employee())
    client.force_login(make_employee())
    assert SignIn.objects.count() == 2

    forget_ended_sessions()

    assert [sign_in.session_key for sign_in in SignIn.objects.all()] == [client.session.session_key]
    assert forget_ended_sessions.name in [entry["task"] for entry in app.conf.beat_schedule.values()]
