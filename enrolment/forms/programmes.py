"""Choosing among the workshops of a programme, and making an edition of one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.templatetags.traject import short_day
from courses.enums import CourseKind
from courses.models import CourseVersion, Programme, Session
from enrolment.services.choosing import Choice


class ChoiceForm(forms.Form):
    """The boxes of a timetable: seats to take, full workshops to wait for, and what one keeps.

    ``held`` says which boxes were ticked when the page was made: only what was seen there and unticked is
    given up, not what was booked in another window since.
    """

    take = forms.MultipleChoiceField(required=False)
    wait = forms.MultipleChoiceField(required=False)
    keep = forms.MultipleChoiceField(required=False)
    held = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, sessions: Sequence[Session], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sessions = {str(session.public_id): session for session in sessions}
        for field in self.fields.values():
            if isinstance(field, forms.MultipleChoiceField):
                field.choices = [(public_id, public_id) for public_id in self.sessions]

    @property
    def choice(self) -> Choice:
        take, wait, keep, held = (
            [self.sessions[public_id] for public_id in self.cleaned_data[name]] for name in self.fields
        )
        return Choice(take=take, wait=wait, give_up=[session for session in held if session not in keep])


class ProgrammeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Versions of programme courses, each by its title."""

    def label_from_instance(self, obj: CourseVersion) -> str:
        return str(obj.title)


class WorkshopsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Sessions of workshops, each with its day."""

    def label_from_instance(self, obj: Session) -> str:
        language = obj.get_language_display()
        return f"{obj.version.title}, {short_day(obj.starts_at)} · {language}"


class ProgrammeForm(forms.ModelForm):  # type: ignore[type-arg]
    """An edition: its days, and the drafts that it groups."""

    version = ProgrammeField(
        label=_("Programme"),
        queryset=CourseVersion.objects.filter(
            course__kind=CourseKind.PROGRAMME, course__current_version=F("pk")
        ),
        empty_label=None,
    )
    sessions = WorkshopsField(
        label=_("Workshops"),
        queryset=Session.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        to_field_name="public_id",
        help_text=_("Drafts that are in no other edition. What is on offer stays in this one."),
    )

    class Meta:
        model = Programme
        fields = ["version", "starts_on", "ends_on", "enrol_from", "enrol_until"]
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("starts_on", "ends_on", "enrol_from", "enrol_until")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance.pk is None
        drafts = Session.objects.drafts().select_related("version").order_by("starts_at", "id")
        if is_new:
            choices = drafts.filter(version__course__programme__isnull=False, programme=None)
        else:
            del self.fields["version"]
            course = self.instance.version.course_id
            choices = drafts.filter(version__course__programme=course).filter(
                Q(programme=None) | Q(programme=self.instance)
            )
            self.initial["sessions"] = [
                draft.public_id for draft in choices if draft.programme_id is not None
            ]
        if choices.exists():
            self.fields["sessions"].queryset = choices  # type: ignore[attr-defined]
        else:
            del self.fields["sessions"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("starts_on"), data.get("ends_on")
        opens, closes = data.get("enrol_from"), data.get("enrol_until")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day must not be earlier than the first."))
        if opens and closes and closes < opens:
            self.add_error("enrol_until", _("Enrolment closes before it opens. Change one of the two."))
        if last and opens and opens > last:
            self.add_error("enrol_from", _("It would open only after the last day."))
        return data
