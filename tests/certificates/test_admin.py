"""The administration looks at certificates, and neither writes them nor opens them."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.certificates.helpers import certify
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_what_opens_a_certificate_is_not_shown_and_not_found_piece_by_piece(client: Client) -> None:
    certificate = certify()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    listed = reverse("admin:certificates_certificate_changelist")
    change = reverse("admin:certificates_certificate_change", args=[certificate.pk])

    page = client.get(change)
    assert page.status_code == 200
    for secret in (certificate.code, certificate.name_code, certificate.snapshot["name"]):
        assert secret not in page.content.decode()
    assert client.post(change, {"status": "revoked"}).status_code == 403
    assert str(certificate.public_id) in client.get(listed, {"q": certificate.code}).content.decode()
    assert str(certificate.public_id) not in client.get(listed, {"q": certificate.code[:4]}).content.decode()
