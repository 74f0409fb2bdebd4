"""The public check: what a number tells, what only a name code tells, and what guessing meets."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from certificates.enums import RevocationReason
from certificates.models import Certificate, new_code
from certificates.services import request_certificate, revoke_certificate
from core import throttle
from courses.enums import CertificatePolicy
from people.models import Profile
from tests.certificates.helpers import certify, complete
from tests.factories import make_employee, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english_screen(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def certificate() -> Certificate:
    return certify(
        make_employee(
            profile__first_name="Wolfgang", profile__last_name="Vanderelst", profile__staff_number="4455"
        ),
        version=make_version(title_nl="Wet en recht", valid_months=12),
        on=dt.date(2026, 1, 14),
    )


def path_of(certificate: Certificate) -> str:
    return f"/verify/{certificate.code}"


def words(content: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


@time_machine.travel("2026-06-01 12:00+02:00")
def test_a_number_tells_title_date_hours_and_state_and_no_name(
    client: Client, certificate: Certificate
) -> None:
    response = client.get(path_of(certificate))
    assert response.status_code == 200
    text = words(response.content)
    for said in ("Wet en recht", "14 January 2026", "8 h", "valid", "14 January 2027"):
        assert said in text
    for private in ("Wolfgang", "Vanderelst", "4455", certificate.name_code, str(certificate.holder.email)):
        assert private not in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


def test_a_sensitive_title_stays_hidden(client: Client) -> None:
    certificate = certify(version=make_version(sensitive=True))
    page = client.get(path_of(certificate)).content.decode()
    assert "Vorming diversiteit" in page
    for title in ("Gevoelig", "Sensitive theme", "sensible", certificate.completion.version.course.slug):
        assert title not in page


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2027-01-14 23:30+01:00", "genuine and valid today"),
        ("2027-01-15 00:30+01:00", "its validity has ended"),
    ],
)
def test_a_validity_ends_after_its_last_day_in_belgium(
    client: Client, certificate: Certificate, day: str, said: str
) -> None:
    with time_machine.travel(day):
        assert said in words(client.get(path_of(certificate)).content)


def test_one_taken_back_and_one_replaced_say_so(client: Client) -> None:
    person, version = make_employee(), make_version()
    old = certify(person, version=version, on=dt.date(2025, 1, 14))
    certify(person, version=version, on=dt.date(2026, 1, 14))
    assert "has a newer one" in words(client.get(path_of(old)).content)
    revoke_certificate(certificate=old, reason=RevocationReason.DATA_CORRECTED, actor=None)
    assert "taken back" in words(client.get(path_of(old)).content)


def test_the_name_code_opens_the_name_for_that_one_answer(client: Client, certificate: Certificate) -> None:
    typed = f"{certificate.name_code[:5]}-{certificate.name_code[5:]}".lower()
    assert "Wolfgang Vanderelst" in client.post(path_of(certificate), {"name_code": typed}).content.decode()
    assert "Vanderelst" not in client.get(path_of(certificate)).content.decode()


@pytest.mark.parametrize("typed", ["", "WRONGWRONG", "é", "of another"])
def test_another_name_code_opens_nothing(client: Client, certificate: Certificate, typed: str) -> None:
    code = certify().name_code if typed == "of another" else typed
    response = client.post(path_of(certificate), {"name_code": code})
    assert response.status_code == 200
    assert "field-error" in response.content.decode()
    assert "Vanderelst" not in response.content.decode()


def test_after_an_erasure_the_number_verifies_and_the_name_is_gone(
    client: Client, certificate: Certificate
) -> None:
    Profile.objects.filter(user=certificate.holder).delete()
    certificate.holder.erased_at = timezone.now()
    certificate.holder.save(update_fields=["erased_at"])
    assert client.get(path_of(certificate)).status_code == 200
    response = client.post(path_of(certificate), {"name_code": certificate.name_code})
    assert response.status_code == 200
    assert "Vanderelst" not in response.content.decode()


@pytest.mark.parametrize("code", ["0" * 26, "x", "é", "%00", "'; DROP TABLE", "0" * 3000])
def test_a_wrong_number_is_a_plain_page_with_404(client: Client, certificate: Certificate, code: str) -> None:
    for response in (client.get(f"/verify/{code}"), client.post(f"/verify/{code}", {"name_code": "A"})):
        assert response.status_code == 404
        assert "There is no certificate with this code." in response.content.decode()


def test_a_number_that_was_never_issued_is_unknown(client: Client) -> None:
    completion = complete(policy=CertificatePolicy.ON_REQUEST)
    pending = request_certificate(completion=completion, actor=completion.person)
    assert client.get(path_of(pending)).status_code == 404


def test_the_form_forgives_how_a_number_is_typed(client: Client) -> None:
    Certificate.objects.filter(pk=certify().pk).update(code="01ABCDEFGHJKMNPQRSTVWXYZ01")
    response = client.get("/verify/", {"code": " o1ab-cdef ghjk.mnpq rstv wxyz oL"})
    assert response.headers["Location"] == "/verify/01ABCDEFGHJKMNPQRSTVWXYZ01"
    assert client.get(response.headers["Location"]).status_code == 200
    assert client.get("/verify/oiabcdefghjkmnpqrstvwxyzoi").status_code == 200


@pytest.mark.parametrize("typed", ["", " - ", "0" * 61])
def test_the_form_says_what_is_wrong(client: Client, typed: str) -> None:
    response = client.get("/verify/", {"code": typed})
    assert response.status_code == 200
    assert "field-error" in response.content.decode()


def test_the_empty_form_blames_nobody(client: Client) -> None:
    response = client.get("/verify/")
    assert response.status_code == 200
    assert "field-error" not in response.content.decode()


def test_trying_numbers_meets_429_and_then_even_the_right_one_waits(
    client: Client, certificate: Certificate
) -> None:
    for _ in range(throttle.FAILURES_ALLOWED):
        assert client.get(f"/verify/{new_code()}").status_code == 404
    for response in (
        client.get(f"/verify/{new_code()}"),
        client.get(path_of(certificate)),
        client.post(path_of(certificate), {"name_code": certificate.name_code}),
    ):
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "900"
    assert client.get(path_of(certificate), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_trying_name_codes_meets_429(client: Client, certificate: Certificate) -> None:
    for _ in range(throttle.FAILURES_ALLOWED):
        assert client.post(path_of(certificate), {"name_code": "WRONGWRONG"}).status_code == 200
    assert client.post(path_of(certificate), {"name_code": certificate.name_code}).status_code == 429


def test_a_forged_header_or_a_neighbouring_address_is_the_same_client(client: Client) -> None:
    for number in range(throttle.FAILURES_ALLOWED):
        client.get(
            "/verify/x", REMOTE_ADDR=f"2001:db8::{number + 1:x}", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}"
        )
    assert client.get("/verify/x", REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert client.get("/verify/x", REMOTE_ADDR="2001:db8:0:1::1").status_code == 404


def test_behind_the_trusted_proxy_each_client_is_counted_apart(client: Client, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(throttle.FAILURES_ALLOWED):
        client.get("/verify/x", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 192.0.2.7")
    assert client.get("/verify/x", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 429
    assert client.get("/verify/x", HTTP_X_FORWARDED_FOR="192.0.2.8").status_code == 404


def test_right_numbers_are_never_counted(client: Client, certificate: Certificate) -> None:
    for _ in range(throttle.FAILURES_ALLOWED + 5):
        assert client.get(path_of(certificate)).status_code == 200


def test_a_check_reads_the_certificate_and_its_holder_at_once(
    client: Client, certificate: Certificate, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        client.get(path_of(certificate))


def test_the_pages_have_an_address_of_their_own() -> None:
    assert reverse("certificates:verify_form") == "/verify/"
    assert reverse("certificates:verify", args=["ABC"]) == "/verify/ABC"
