"""The administration: everything by hand leaves a trace, and the trace is read-only."""

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from core.models import AuditEntry


class DiscreetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list that is narrowed by its own filters alone.

    Django takes any field from the address. Whoever guesses could then read what the page leaves out: the
    text of a mail, the name code of a certificate, the hash of a password.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup.partition("__")[0] in {*self.list_filter, self.date_hierarchy}


class ReadOnlyAdmin(DiscreetAdmin):
    """Rows that only the platform itself writes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class AuditedAdmin(DiscreetAdmin):
    """Records who changed which fields by hand, never their values."""

    # Most rows are spoken of by others for ever.
    may_delete = False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may_delete and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data or not change:
            _record(request, obj, "changed" if change else "added", fields=form.changed_data)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for obj in formset.new_objects:
            _record(request, obj, "added", fields=[])
        for obj, fields in formset.changed_objects:
            _record(request, obj, "changed", fields=fields)
        for obj in formset.deleted_objects:
            # The row and its id are gone: what it belonged to has lost it.
            _record(request, form.instance, f"{obj._meta.model_name}_deleted")

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        _record(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for obj in queryset:
            _record(request, obj, "deleted")
        super().delete_queryset(request, queryset)


def _record(request: HttpRequest, obj: models.Model, what: str, **data: Any) -> None:
    actor = cast(models.Model, request.user)
    AuditEntry.record(action=f"{obj._meta.model_name}.{what}_by_hand", subject=obj, actor=actor, **data)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "action", "subject_type", "subject_id", "actor_id"]
    search_fields = ["action", "=subject_id", "=actor_id"]
    ordering = ["-id"]
