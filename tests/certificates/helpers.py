"""Short words for what the tests of this floor do over and over."""

import datetime as dt
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from certificates.models import Certificate
from certificates.pdf import Snapshot
from certificates.services import issue_certificate
from core.time import today
from courses.enums import CertificatePolicy
from courses.models import CourseVersion
from enrolment.enums import CompletionSource
from enrolment.models import Completion
from enrolment.services.completions import record_completion
from people.models import User
from tests.factories import make_employee, make_session, make_version


def complete(
    person: User | None = None,
    *,
    version: CourseVersion | None = None,
    policy: CertificatePolicy = CertificatePolicy.FULL,
    on: dt.date | None = None,
    source: CompletionSource = CompletionSource.ATTENDANCE,
    **session: Any,
) -> Completion:
    """A completion by somebody, of a session on the day."""
    version = version or make_version(certificate_policy=policy)
    day = on or today()
    given = make_session(version=version, starts_in=day - today(), **session)
    return record_completion(
        person=person or make_employee(),
        version=version,
        completed_on=day,
        sessions=[given],
        source=source,
        actor=None,
    )


def certify(person: User | None = None, **completion: Any) -> Certificate:
    """The issued certificate of a new completion."""
    certificate = issue_certificate(completion=complete(person, **completion))
    assert certificate is not None
    certificate.refresh_from_db()
    return certificate


def read_pdf(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def file_of(certificate: Certificate) -> bytes:
    with certificate.file.open("rb") as file:
        content: bytes = file.read()
    return content


def text_of(content: bytes) -> str:
    """The words of a PDF, with the breaks of lines taken out."""
    return " ".join(" ".join(page.extract_text() for page in read_pdf(content).pages).split())


def make_snapshot(**changes: Any) -> Snapshot:
    plain: Snapshot = {
        "code": "7KQ2M8XTA0ZH4RVN9PWB3CDE56",
        "language": "nl",
        "name": "Jo Peeters",
        "title": "Holocaust, Politie en Mensenrechten",
        "first_day": "2027-01-14",
        "completed_on": "2027-01-14",
        "minutes": 480,
        "provider": "Kazerne Dossin",
        "city": "Mechelen",
        "parts": ["Theorie", "Praktijk"],
        "valid_until": None,
        "issued_on": "2027-01-15",
    }
    return {**plain, **changes}  # type: ignore[typeddict-item]
