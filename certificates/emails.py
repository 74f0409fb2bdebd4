"""What the holder of a certificate is told."""

from django.conf import settings
from django.urls import reverse

from certificates.models import Certificate
from notifications.services import queue_message


def topic_of(certificate: Certificate) -> str:
    return f"certificate:{certificate.public_id}"


def certificate_ready(certificate: Certificate) -> None:
    """Tell the holder, once, that the certificate is there; reads ``holder.profile``."""
    queue_message(
        recipient=certificate.holder,
        template="certificate_ready",
        context={
            "first_name": certificate.holder.profile.first_name,
            "title": certificate.snapshot["title"],
            "certificates_url": settings.BASE_URL + reverse("certificates:mine"),
        },
        dedupe_key=f"certificate_ready:{certificate.public_id}",
        topic=topic_of(certificate),
    )
