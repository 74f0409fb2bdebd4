"""When a certificate may be made, and by which codes it opens."""

import secrets

from certificates.enums import AUTOMATIC
from certificates.models import Certificate
from courses.enums import CertificatePolicy
from enrolment.enums import CompletionSource
from enrolment.models import Completion

# As Crockford's base 32 reads them.
_MISREAD = str.maketrans("OIL", "011")


def is_certifiable(completion: Completion) -> bool:
    """In force, seen by a trainer rather than imported, and of a person who isn't erased."""
    return (
        completion.superseded_at is None
        and completion.source == CompletionSource.ATTENDANCE
        and completion.person.erased_at is None
    )


def is_due(completion: Completion) -> bool:
    """Whether its certificate is made without being asked for."""
    return is_certifiable(completion) and completion.version.certificate_policy in AUTOMATIC


def may_be_requested(completion: Completion) -> bool:
    """Whether its certificate is made when the holder asks for it."""
    return (
        is_certifiable(completion) and completion.version.certificate_policy == CertificatePolicy.ON_REQUEST
    )


def read_code(text: str) -> str:
    """A code as somebody typed it, as it was meant: spaces, dashes and case aside, O for 0, I and L for 1."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return letters.translate(_MISREAD)


def opens_name(certificate: Certificate, text: str) -> bool:
    """Whether the holder's name may be shown for this name code; takes the same time always."""
    is_theirs = secrets.compare_digest(read_code(text).encode(), certificate.name_code.encode())
    return is_theirs and certificate.holder.erased_at is None
