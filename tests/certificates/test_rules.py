"""When a certificate is due, by rule and by query alike, and how codes are read."""

import datetime as dt

import pytest
from django.utils import timezone

from certificates.models import CODE_ALPHABET, Certificate, new_code, new_name_code
from certificates.querysets import due_completions, requestable_completions
from certificates.rules import is_due, may_be_requested, opens_name, read_code
from courses.enums import CertificatePolicy
from enrolment.enums import CompletionSource
from enrolment.services.completions import supersede_completion
from tests.certificates.helpers import certify, complete

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("policy", "due", "on_request"),
    [
        (CertificatePolicy.NONE, False, False),
        (CertificatePolicy.ATTENDANCE, True, False),
        (CertificatePolicy.FULL, True, False),
        (CertificatePolicy.ON_REQUEST, False, True),
    ],
)
def test_the_policy_of_the_version_decides(policy: CertificatePolicy, due: bool, on_request: bool) -> None:
    completion = complete(policy=policy)
    assert (is_due(completion), may_be_requested(completion)) == (due, on_request)
    assert (due_completions().exists(), requestable_completions().exists()) == (due, on_request)


@pytest.mark.parametrize("policy", [CertificatePolicy.FULL, CertificatePolicy.ON_REQUEST])
@pytest.mark.parametrize("obstacle", ["superseded", "imported", "equivalent", "erased"])
def test_none_for_what_was_taken_back_not_attended_or_erased(
    policy: CertificatePolicy, obstacle: str
) -> None:
    sources = {"imported": CompletionSource.IMPORT, "equivalent": CompletionSource.EQUIVALENCE}
    completion = complete(policy=policy, source=sources.get(obstacle, CompletionSource.ATTENDANCE))
    if obstacle == "superseded":
        supersede_completion(completion=completion, actor=None)
    if obstacle == "erased":
        completion.person.erased_at = timezone.now()
        completion.person.save(update_fields=["erased_at"])
    completion.refresh_from_db()
    assert not is_due(completion)
    assert not may_be_requested(completion)
    assert not due_completions().exists()
    assert not requestable_completions().exists()


def test_a_validity_ends_after_its_last_day() -> None:
    certificate = Certificate(status="issued", valid_until=dt.date(2027, 1, 14))
    assert certificate.standing_on(dt.date(2027, 1, 14)) == "valid"
    assert certificate.standing_on(dt.date(2027, 1, 15)) == "expired"
    certificate.status = "revoked"
    assert certificate.standing_on(dt.date(2027, 1, 15)) == "revoked"


@pytest.mark.parametrize("typed", ["abcd-0110", " AB CD 01 10 ", "abcd·oiLo", "ABCD–OIl0"])
def test_a_code_is_read_as_it_was_meant(typed: str) -> None:
    assert read_code(typed) == "ABCD0110"


def test_codes_are_random_enough_and_unmistakable() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    assert {len(code) for code in codes} == {26}
    assert set("".join(codes)) <= set(CODE_ALPHABET)
    assert len(new_name_code()) == 10
    assert not set("ILOU") & set(CODE_ALPHABET)


def test_a_name_code_opens_the_name_of_its_certificate_alone() -> None:
    mine, other = certify(), certify()
    assert opens_name(mine, mine.name_code.lower())
    assert not opens_name(mine, other.name_code)
    assert not opens_name(mine, "")
    assert not opens_name(mine, "é")
    mine.holder.erased_at = timezone.now()
    assert not opens_name(mine, mine.name_code)
