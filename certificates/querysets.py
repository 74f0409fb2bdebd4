"""Reads of certificates."""

from typing import Any, Self

from django.db import models

from certificates.enums import CertificateStatus
from people.models import User


class CertificateQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A certificate is its holder's own."""
        return self.filter(holder=user)

    def issued(self) -> Self:
        return self.filter(status=CertificateStatus.ISSUED)
