"""The outbox as the administrator sees it: what happened to a mail, never what it said."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from notifications.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    # With the enrolment that these two name, the trail would tell who is in which session.
    exclude = ["context", "dedupe_key", "topic"]
    list_display = ["created_at", "template", "language", "recipient", "status", "attempts", "last_error"]
    list_select_related = ["recipient"]
    list_filter = ["status", "template"]
    search_fields = ["=public_id", "=recipient__public_id"]
    ordering = ["-id"]
