"""Rosters and marks in the administration: to read, never to write; a mark changes by the services alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from attendance.models import Mark, Roster


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Roster)
class RosterAdmin(ReadOnlyAdmin):
    list_display = ["meeting", "closed_at", "closed_by"]
    list_select_related = ["meeting", "closed_by"]
    date_hierarchy = "closed_at"


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = ["seat", "state", "valid_from", "recorded_at", "superseded_at", "amendment_reason"]
    list_select_related = ["seat"]
    list_filter = ["state", "amendment_reason"]
    date_hierarchy = "recorded_at"
