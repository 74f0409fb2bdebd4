"""From a change of a completion to a task, and the sweep for what got lost."""

from unittest.mock import Mock, call

import pytest
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from certificates.models import Certificate
from certificates.tasks import issue_missing_certificates, settle_certificate
from config.celery import app
from courses.enums import CertificatePolicy
from enrolment.services.completions import supersede_completion
from enrolment.signals import completion_changed
from tests.certificates.helpers import certify, complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def enqueue(monkeypatch: pytest.MonkeyPatch) -> Mock:
    enqueue = Mock()
    monkeypatch.setattr(settle_certificate, "apply_async", enqueue)
    return enqueue


def test_a_completion_that_changes_makes_one_task_and_no_certificate_yet(
    enqueue: Mock, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        completion = complete()
    enqueue.assert_called_once_with((completion.pk,), retry=False)
    with django_capture_on_commit_callbacks(execute=True):
        supersede_completion(completion=completion, actor=None)
    assert enqueue.call_count == 2
    assert not Certificate.objects.exists()


def test_a_broker_that_is_away_stops_nothing(
    enqueue: Mock, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    enqueue.side_effect = OperationalError
    with django_capture_on_commit_callbacks(execute=True):
        [(_receiver, outcome)] = completion_changed.send_robust(sender=None, completion_id=1)
    assert outcome is None
    enqueue.assert_called_once()


def test_the_task_issues_and_revokes() -> None:
    completion = complete()
    settle_certificate(completion.pk)
    assert Certificate.objects.get().status == "issued"
    supersede_completion(completion=completion, actor=None)
    settle_certificate(completion.pk)
    assert Certificate.objects.get().status == "revoked"


def test_the_sweep_hands_out_what_is_due_half_made_or_disproved_and_nothing_else(enqueue: Mock) -> None:
    certify()
    complete(policy=CertificatePolicy.ON_REQUEST)
    due, half_made, disproved = complete(), certify().completion, certify().completion
    half_made.certificates.update(status="pending")
    supersede_completion(completion=disproved, actor=None)
    issue_missing_certificates()
    wanted = [call((completion.pk,), {}) for completion in (due, half_made, disproved)]
    assert sorted(enqueue.mock_calls) == sorted(wanted)


def test_beat_sweeps_and_the_certificates_have_a_queue_of_their_own() -> None:
    tasks = [entry["task"] for entry in app.conf.beat_schedule.values()]
    assert tasks.count(issue_missing_certificates.name) == 1
    for task in (issue_missing_certificates, settle_certificate):
        assert app.amqp.router.route({}, task.name)["queue"].name == "certificates"
