"""Redis is away: nobody notices but the log, and what was not kicked waits for beat."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from certificates.models import new_code
from certificates.tasks import settle_soon
from config.celery import app
from enrolment.models import Enrolment
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import User
from tests.certificates.helpers import certify, complete
from tests.factories import make_employee, make_session

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def _redis_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    caches = {"default": settings.CACHES["default"] | {"LOCATION": NOBODY_LISTENS}}
    monkeypatch.setattr(app.conf, "broker_url", NOBODY_LISTENS)
    app._pool = None
    app.amqp._producer_pool = None
    with override_settings(CACHES=caches):
        yield
    app._pool = None
    app.amqp._producer_pool = None


@pytest.mark.usefixtures("_redis_away")
def test_a_sign_up_is_kept_and_its_mail_waits_for_beat(
    sign_in: Callable[[User], Client], caplog: pytest.LogCaptureFixture
) -> None:
    session, learner = make_session(), make_employee()
    answer = sign_in(learner).post(reverse("enrolment:enrol", args=[session.public_id]), follow=True)
    assert answer.status_code == 200
    assert Enrolment.objects.get().is_confirmed
    assert Message.objects.get().status == MessageStatus.PENDING
    assert "Delivery waits for beat" in caplog.text


@pytest.mark.usefixtures("_redis_away")
def test_a_certificate_waits_for_the_sweep(caplog: pytest.LogCaptureFixture) -> None:
    settle_soon(complete().pk)
    assert "A certificate waits for the sweep" in caplog.text


def test_a_certificate_is_still_verified(client: Client, request: pytest.FixtureRequest) -> None:
    certificate = certify()
    request.getfixturevalue("_redis_away")
    assert client.get(f"/verify/{certificate.code}").status_code == 200
    assert client.get(f"/verify/{new_code()}").status_code == 404
