"""The administration may look at certificates; only services write them."""

from django.contrib import admin

from certificates.models import Certificate
from core.admin import ReadOnlyAdmin


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "status", "language", "issued_at", "valid_until", "revoked_at"]
    list_filter = ["status", "language", "revocation_reason"]
    # Whole only: a search by a few letters would tell the codes of others, piece by piece.
    search_fields = ["=public_id", "=code"]
    # The codes and the snapshot open the name: they are the holder's.
    exclude = ["completion", "holder", "code", "name_code", "snapshot", "file", "replaces"]
    ordering = ["-pk"]
