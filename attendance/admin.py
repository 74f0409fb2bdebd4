"""Rosters and marks in the administration: to read; a mark changes by the services alone."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from attendance.models import Mark, Roster
from core.admin import ReadOnlyAdmin
from courses.enums import Sensitivity


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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mark]:
        """Without sensitive courses: whoever looks at one of their rosters is kept, and nobody is here."""
        sensitive = Q(seat__meeting__session__version__sensitivity=Sensitivity.SENSITIVE)
        return super().get_queryset(request).exclude(sensitive)
