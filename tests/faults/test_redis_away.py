"""Redis is away, refusing or silent: nobody notices but the log, and what was not kicked waits for beat."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from time import monotonic

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from certificates.models import Certificate, new_code
from certificates.tasks import issue_missing_certificates, settle_certificate, settle_soon
from config.celery import app
from core.health import READY
from enrolment.models import Enrolment
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import User
from tests.certificates.helpers import certify, complete
from tests.factories import UserFactory, make_employee, make_session

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough password"
# What a person takes for slow, not for broken.
PATIENCE = 4.0


@pytest.fixture(params=["refusing", "silent"])
def redis_goes(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Takes Redis away from the call on: a port that nobody listens on, or one that never answers."""
    with ExitStack() as stack:

        def _go() -> None:
            server = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
            address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
            if request.param == "refusing":
                server.close()
            caches = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": address}}
            stack.enter_context(override_settings(CACHES=caches))
            monkeypatch.setattr(app.conf, "broker_url", address)
            stack.callback(_forget_connections)
            _forget_connections()

        yield _go


@pytest.fixture
def _redis_away(redis_goes: Callable[[], None]) -> None:
    redis_goes()


def _forget_connections() -> None:
    app._pool = None
    app.amqp._producer_pool = None


@pytest.mark.usefixtures("_redis_away")
def test_a_sign_up_is_kept_and_its_mail_waits_for_beat(
    sign_in: Callable[[User], Client], caplog: pytest.LogCaptureFixture
) -> None:
    session, learner = make_session(), make_employee()
    client = sign_in(learner)
    started = monotonic()
    answer = client.post(reverse("enrolment:enrol", args=[session.public_id]), follow=True)
    assert answer.status_code == 200
    assert monotonic() - started < PATIENCE
    assert Enrolment.objects.get().is_confirmed
    assert Message.objects.get().status == MessageStatus.PENDING
    assert "Delivery waits for beat" in caplog.text


@pytest.mark.usefixtures("_redis_away")
def test_a_certificate_waits_for_the_sweep(caplog: pytest.LogCaptureFixture) -> None:
    settle_soon(complete().pk)
    assert "A certificate waits for the sweep" in caplog.text


def test_a_roster_of_150_waits_for_redis_once(
    redis_goes: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    completion = complete()
    redis_goes()
    started = monotonic()
    with transaction.atomic():
        for _ in range(150):
            settle_soon(completion.pk)
    assert monotonic() - started < PATIENCE
    assert caplog.text.count("Redis is away") == 1
    assert caplog.text.count("A certificate waits for the sweep") == 150


def test_the_sweep_makes_what_waited(redis_goes: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle_certificate, "delay", settle_certificate)
    completion = complete()
    redis_goes()
    settle_soon(completion.pk)
    assert not Certificate.objects.exists()
    issue_missing_certificates()
    assert Certificate.objects.get().completion == completion


def test_a_certificate_is_still_verified(client: Client, redis_goes: Callable[[], None]) -> None:
    certificate = certify()
    redis_goes()
    assert client.get(f"/verify/{certificate.code}").status_code == 200
    assert client.get(f"/verify/{new_code()}").status_code == 404


@pytest.mark.usefixtures("_redis_away")
def test_who_knows_the_password_signs_in(client: Client) -> None:
    user = UserFactory.create(email="noor@zone.example")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    started = monotonic()
    answer = client.post("/account/login/", {"login": "noor@zone.example", "password": PASSWORD})
    assert monotonic() - started < PATIENCE
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.usefixtures("_redis_away")
def test_who_guesses_passwords_is_stopped_all_the_same(client: Client) -> None:
    UserFactory.create(email="noor@zone.example")
    wrong = {"login": "noor@zone.example", "password": "not the password"}
    assert [client.post("/account/login/", wrong).status_code for _ in range(6)] == [200] * 5 + [429]


@pytest.mark.usefixtures("_redis_away")
def test_the_pages_are_ready(client: Client) -> None:
    answer = client.get(READY)
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "redis": "away"}
