"""The catalogue and its sessions by hand: texts at any time, sessions while they are drafts."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedFieldAdmin

from core.admin import AuditedAdmin
from core.enums import Language
from courses.catalogue.stored import RULES
from courses.enums import Audience, CourseKind, Obligation, Sensitivity, SessionStatus
from courses.models import (
    Course,
    CourseVersion,
    MandatoryAudience,
    Meeting,
    Part,
    Prerequisite,
    Provider,
    Session,
    Venue,
)
from courses.services.scheduling import EndsBeforeStart, keep_session_times, schedule_meeting
from courses.services.versions import add_version
from people.models import User


class CatalogueAdmin(TranslatedFieldAdmin, AuditedAdmin):
    """With a field for each language."""


def _editor(request: HttpRequest) -> User:
    # The administration lets nobody in who has not signed in.
    return cast(User, request.user)


@admin.register(Provider)
class ProviderAdmin(CatalogueAdmin):
    may_delete = True
    list_display = ["slug", "name", "website"]
    search_fields = ["slug", *Provider.name.fields]


@admin.register(Venue)
class VenueAdmin(CatalogueAdmin):
    may_delete = True
    list_display = ["name", "postcode", "city"]
    search_fields = ["name", "address", *Venue.city.fields]


# -- Courses ---------------------------------------------------------------------------------------


class CourseForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("programme") and data.get("kind") != CourseKind.TRAINING:
            self.add_error("programme", _("Only a training can be a workshop of a programme."))
        if self.instance in _renewed_by_way_of(data.get("renews")):
            self.add_error("renews", _("A course cannot renew itself, nor by way of others."))
        return data


def _renewed_by_way_of(course: Course | None) -> Iterator[Course]:
    while course:
        yield course
        course = course.renews


class VersionsOfCourse(admin.TabularInline):  # type: ignore[type-arg]
    model = CourseVersion
    fields = readonly_fields = ("number", "valid_from", "title")
    show_change_link = True
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Course)
class CourseAdmin(CatalogueAdmin):
    may_delete = True
    form = CourseForm
    list_display = ["slug", "title", "kind", "topic", "provider"]
    list_filter = ["kind", "topic"]
    list_select_related = ["current_version", "provider"]
    search_fields = ["slug", *(f"current_version__{field}" for field in CourseVersion.title.fields)]
    inlines = [VersionsOfCourse]

    @admin.display(description=_("title"))
    def title(self, course: Course) -> str:
        return course.current_version.title if course.current_version else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Course | None = None) -> list[str]:
        # It stands in addresses that people keep.
        return ["slug"] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "programme":
            kwargs["queryset"] = Course.objects.filter(kind=CourseKind.PROGRAMME)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


# The sensitivity stays open: a title that turns out to harm people is hidden at once, everywhere.
# The consent text doesn't: people consented to the words of this version.
FROZEN_IN_USE = (*(rule for rule in RULES if rule != "sensitivity"), *CourseVersion.consent_text.fields)


class CourseVersionForm(forms.ModelForm):  # type: ignore[type-arg]
    audiences = forms.MultipleChoiceField(
        label=_("audiences"), choices=Audience.choices, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=_("languages"),
        choices=Language.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("In which sessions can be given; none means: to be confirmed."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        low, high = data.get("capacity_min"), data.get("capacity_max")
        if low and high and low > high:
            self.add_error("capacity_min", _("The smallest group is larger than the largest."))
        if data.get("sensitivity") == Sensitivity.SENSITIVE:
            for field in CourseVersion.generic_title.fields:
                if not data.get(field):
                    self.add_error(field, _("A sensitive course needs a generic title."))
        if data.get("consent_required"):
            self._check_consent(data)
        return data

    def _check_consent(self, data: dict[str, Any]) -> None:
        if data.get("obligation") != Obligation.NEVER_MANDATORY:
            self.add_error("obligation", _("A course that asks for consent is always voluntary."))
        for field in CourseVersion.consent_text.fields:
            if not data.get(field):
                self.add_error(
                    field, _("A course that asks for consent needs the text that people consent to.")
                )


class PartFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        is_training = self.instance.course_id and self.instance.course.kind == CourseKind.TRAINING
        if _remaining(self) and not is_training:
            raise ValidationError(_("Only a training has parts."))


class MandatoryFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        if _remaining(self) and self.instance.obligation == Obligation.NEVER_MANDATORY:
            raise ValidationError(
                _("A course that is always voluntary has no audience for whom it is mandatory.")
            )


def _remaining(formset: Any) -> list[Any]:
    """The rows that will be there after saving."""
    return [
        form
        for form in formset.forms
        if form not in formset.deleted_forms and (form.instance.pk or form.has_changed())
    ]


class RuleInline:
    """Rules bind those who enrolled under them: once people could, they change by a new version only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_in_use(obj) and super().has_add_permission(request, obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_in_use(obj) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_in_use(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]


def _is_in_use(version: CourseVersion | None) -> bool:
    return version is not None and version.sessions.exclude(status=SessionStatus.DRAFT).exists()


class PartInline(RuleInline, admin.StackedInline):  # type: ignore[type-arg]
    model = Part
    formset = PartFormSet
    extra = 0


class PrerequisiteFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        for form in _remaining(self):
            before = form.cleaned_data.get("course")
            version = before.current_version if before else None
            is_voluntary = version and version.obligation == Obligation.NEVER_MANDATORY
            if is_voluntary and form.cleaned_data.get("required"):
                form.add_error(
                    "required", _("That course is always voluntary, so it can only be recommended.")
                )


class PrerequisiteInline(RuleInline, admin.TabularInline):  # type: ignore[type-arg]
    model = Prerequisite
    formset = PrerequisiteFormSet
    extra = 0


class MandatoryInline(RuleInline, admin.TabularInline):  # type: ignore[type-arg]
    model = MandatoryAudience
    formset = MandatoryFormSet
    extra = 0


@admin.register(CourseVersion)
class CourseVersionAdmin(CatalogueAdmin):
    """Texts are edited in place, rules until people can enrol; an added version becomes the current one."""

    form = CourseVersionForm
    list_display = ["course", "number", "valid_from", "title"]
    list_filter = ["course"]
    list_select_related = ["course"]
    search_fields = ["course__slug", *CourseVersion.title.fields]
    inlines = [PartInline, PrerequisiteInline, MandatoryInline]

    def get_readonly_fields(self, request: HttpRequest, obj: CourseVersion | None = None) -> list[str]:
        if obj is None:
            return ["number"]
        return ["number", "course", *(FROZEN_IN_USE if _is_in_use(obj) else ())]

    def save_model(self, request: HttpRequest, obj: CourseVersion, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            add_version(version=obj, actor=_editor(request))


# -- Sessions --------------------------------------------------------------------------------------


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
