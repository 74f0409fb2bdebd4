"""A holder's own pages: what they list, who gets a file, and how one is asked for."""

import datetime as dt
import re
from unittest.mock import Mock

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from certificates.enums import RevocationReason
from certificates.models import Certificate
from certificates.services import request_certificate, revoke_certificate
from certificates.tasks import settle_certificate
from courses.enums import CertificatePolicy
from people.enums import Role
from tests.certificates.helpers import certify, complete, file_of
from tests.factories import make_employee, make_person_with, make_version
from tests.pages import SignIn

pytestmark = pytest.mark.django_db

MINE = "/my/certificates/"


@pytest.fixture
def enqueue(monkeypatch: pytest.MonkeyPatch) -> Mock:
    enqueue = Mock()
    monkeypatch.setattr(settle_certificate, "apply_async", enqueue)
    return enqueue


def page_of(client: Client) -> str:
    """The page as a reader has it: one space between words, no markup."""
    response = client.get(MINE)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_list_shows_title_hours_state_and_codes(sign_in: SignIn) -> None:
    person = make_employee()
    certificate = certify(person)
    client = sign_in(person)
    text = page_of(client)
    for said in ("Title", "8 h", "Valid"):
        assert said in text
    for code in (certificate.code, certificate.name_code):
        assert " ".join(re.findall(".{1,4}", code)) in text
    assert reverse("certificates:download", args=[certificate.public_id]) in client.get(MINE).content.decode()


def test_the_holder_reads_the_full_title_of_a_sensitive_course(sign_in: SignIn) -> None:
    person = make_employee()
    certify(person, version=make_version(sensitive=True))
    assert "Sensitive theme" in page_of(sign_in(person))


def test_an_empty_list_says_what_to_do_next(sign_in: SignIn) -> None:
    client = sign_in(make_employee())
    certify()
    assert "No certificates yet" in page_of(client)
    assert reverse("courses:catalogue") in client.get(MINE).content.decode()


@pytest.mark.parametrize("opened", [True, False])
def test_what_is_not_made_yet_is_being_made(sign_in: SignIn, opened: bool) -> None:
    person = make_employee()
    completion = complete(person, policy=CertificatePolicy.ON_REQUEST if opened else CertificatePolicy.FULL)
    if opened:
        request_certificate(completion=completion, actor=person)
    text = page_of(sign_in(person))
    assert "being made" in text.lower()
    assert "Ask for the certificate" not in text


@pytest.mark.parametrize("state", ["expired", "revoked", "replaced"])
def test_a_certificate_that_is_no_longer_valid_says_so(sign_in: SignIn, state: str) -> None:
    person = make_employee()
    version = make_version(valid_months=12 if state == "expired" else None)
    certificate = certify(person, version=version, on=dt.date(2024, 5, 5))
    if state == "revoked":
        revoke_certificate(certificate=certificate, reason=RevocationReason.DATA_CORRECTED, actor=None)
    if state == "replaced":
        certify(person, version=version, on=dt.date(2026, 5, 5))
    assert state.capitalize() in page_of(sign_in(person))


def test_the_list_reads_as_often_for_one_as_for_thirty(
    sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_employee()
    client = sign_in(person)
    for count in (1, 29):
        for _ in range(count):
            completion = complete(person)
            Certificate.objects.create(
                completion=completion,
                holder=person,
                language="nl",
                status="issued",
                snapshot={"minutes": 480},
            )
            complete(person)
            complete(person, policy=CertificatePolicy.ON_REQUEST)
        with django_assert_num_queries(4):
            client.get(MINE)


@time_machine.travel("2027-01-14 18:00+01:00")
def test_the_holder_downloads_the_file(sign_in: SignIn) -> None:
    person = make_employee()
    certificate = certify(person, version=make_version(title_nl="Wet & recht: één dag"))
    response = sign_in(person).get(reverse("certificates:download", args=[certificate.public_id]))
    assert b"".join(response.streaming_content) == file_of(certificate)
    assert response.headers["Content-Type"] == "application/pdf"
    assert (
        response.headers["Content-Disposition"] == 'attachment; filename="wet-recht-een-dag-2027-01-14.pdf"'
    )
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("role", Role.values)
def test_nobody_else_has_a_file_list_or_request_whatever_their_role(sign_in: SignIn, role: str) -> None:
    certificate = certify()
    asked_for = complete(certificate.holder, policy=CertificatePolicy.ON_REQUEST)
    client = sign_in(make_person_with(Role(role)))
    assert client.get(reverse("certificates:download", args=[certificate.public_id])).status_code == 404
    assert client.post(reverse("certificates:request", args=[asked_for.public_id])).status_code == 404
    assert "No certificates yet" in page_of(client)
    assert Certificate.objects.count() == 1


def test_who_has_not_signed_in_is_asked_to(client: Client) -> None:
    certificate = certify()
    for path in (MINE, reverse("certificates:download", args=[certificate.public_id])):
        response = client.get(path)
        assert response.status_code == 302
        assert response.headers["Location"] == f"{reverse('account_login')}?next={path}"


@pytest.mark.parametrize("state", ["pending", "revoked", "file gone"])
def test_there_is_no_file_to_get(sign_in: SignIn, state: str) -> None:
    certificate = certify()
    Certificate.objects.update(**{"file": ""} if state == "file gone" else {"status": state})
    response = sign_in(certificate.holder).get(reverse("certificates:download", args=[certificate.public_id]))
    assert response.status_code == 404


def test_asking_opens_a_certificate_and_hands_it_to_a_worker(
    sign_in: SignIn, enqueue: Mock, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    completion = complete(policy=CertificatePolicy.ON_REQUEST)
    client = sign_in(completion.person)
    assert "Ask for the certificate" in page_of(client)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("certificates:request", args=[completion.public_id]))
    assert response.headers["Location"] == MINE
    assert Certificate.objects.get().status == "pending"
    enqueue.assert_called_once_with((completion.pk,), retry=False)
    assert "You get a mail when it is ready." in page_of(client)


def test_asking_for_what_is_not_offered_says_what_to_do(sign_in: SignIn, enqueue: Mock) -> None:
    completion = complete(policy=CertificatePolicy.NONE)
    client = sign_in(completion.person)
    client.post(reverse("certificates:request", args=[completion.public_id]))
    assert "ask whoever gave the training" in page_of(client)
    assert not Certificate.objects.exists()


def test_asking_is_a_post(sign_in: SignIn) -> None:
    completion = complete(policy=CertificatePolicy.ON_REQUEST)
    response = sign_in(completion.person).get(reverse("certificates:request", args=[completion.public_id]))
    assert response.status_code == 405
    assert not Certificate.objects.exists()


def test_a_broker_that_is_away_breaks_no_page(
    sign_in: SignIn, enqueue: Mock, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    enqueue.side_effect = OperationalError
    completion = complete(policy=CertificatePolicy.ON_REQUEST)
    with django_capture_on_commit_callbacks(execute=True):
        response = sign_in(completion.person).post(
            reverse("certificates:request", args=[completion.public_id])
        )
    assert response.status_code == 302
    assert Certificate.objects.get().status == "pending"
