"""Sessions by hand, while they are drafts."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedFieldAdmin

from core.admin import AuditedAdmin
from courses.enums import CourseKind, SessionStatus
from courses.models import (
    CourseVersion,
    Meeting,
    Session,
)
from courses.services.scheduling import EndsBeforeStart, keep_session_times, schedule_meeting
from people.models import User


class CatalogueAdmin(TranslatedFieldAdmin, AuditedAdmin):
    """With a field for each language."""


def _editor(request: HttpRequest) -> User:
    # The administration lets nobody in who has not signed in.
    return cast(User, request.user)


class DraftOnly:
    """Read-only once the session is published: from then on its own page moves, changes and cancels it."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if found and request.method == "POST":
            # Publishing takes the same lock: what is checked as a draft is saved as one.
            _session_of(found).refresh_from_db(from_queryset=Session.objects.select_for_update(no_key=True))
        return found


class DraftOnlyInline(DraftOnly):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_draft(obj) and super().has_add_permission(request, obj)  # type: ignore[misc]


def _session_of(obj: Session | Meeting) -> Session:
    return obj if isinstance(obj, Session) else obj.session


def _is_draft(obj: Session | Meeting | None) -> bool:
    return obj is None or _session_of(obj).status == SessionStatus.DRAFT


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        version = data.get("version") or getattr(self.instance, "version", None)
        if version and version.languages and data.get("language") not in version.languages:
            self.add_error("language", _("This course is not given in that language."))
        first, last = data.get("enrol_from"), data.get("enrol_until")
        if first and last and last < first:
            self.add_error("enrol_until", _("The end must not be earlier than the start."))
        return data


class MeetingForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", EndsBeforeStart.message)
        capacity = data.get("capacity")
        if capacity is not None and capacity < self.instance.taken:
            self.add_error("capacity", _("More seats are taken than that."))
        return data


class MeetingInline(DraftOnlyInline, admin.StackedInline):  # type: ignore[type-arg]
    model = Meeting
    form = MeetingForm
    fields = ["part", "venue", "room", "starts_at", "ends_at", "capacity", "taken"]
    readonly_fields = ["taken"]
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        fields: dict[str, Any] = formset.form.base_fields
        if obj and "part" in fields:
            fields["part"].queryset = obj.version.parts.all()
        return formset


@admin.register(Session)
class SessionAdmin(DraftOnly, CatalogueAdmin):
    may_delete = True
    form = SessionForm
    list_display = ["version", "language", "audience", "starts_at", "status"]
    list_filter = ["status", "language", "audience"]
    list_select_related = ["version__course"]
    search_fields = ["version__course__slug"]
    filter_horizontal = ["open_to"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).select_related("version__course")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        # Which parts can be planned is known once the session has its version.
        return [MeetingInline] if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = ["status", "published_at", "starts_at", "ends_at"]
        return [*own, "version"] if obj else own

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "version":
            kwargs["queryset"] = CourseVersion.objects.filter(
                course__kind=CourseKind.TRAINING, course__current_version=F("pk")
            ).select_related("course")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for meeting in [*formset.new_objects, *(meeting for meeting, _fields in formset.changed_objects)]:
            schedule_meeting(
                meeting=meeting,
                starts_at=meeting.starts_at,
                ends_at=meeting.ends_at,
                actor=_editor(request),
            )
        if formset.deleted_objects:
            keep_session_times(session=form.instance)
