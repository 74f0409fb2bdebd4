"""The administration may look at certificates; only services write them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from certificates.models import Certificate


@admin.register(Certificate)
class CertificateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("public_id", "status", "language", "issued_at", "valid_until", "revoked_at")
    list_filter = ("status", "language", "revocation_reason")
    search_fields = ("public_id", "code")
    # The codes and the snapshot open the name: they are the holder's.
    fields = (
        "public_id",
        "status",
        "language",
        "issued_at",
        "valid_until",
        "revoked_at",
        "revocation_reason",
        "sha256",
    )
    readonly_fields = fields
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
