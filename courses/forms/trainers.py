"""Who may give what: the filter of the list, and an accreditation."""

import datetime as dt
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.enums import Language
from core.forms import Filter, SearchField
from core.time import today
from courses.enums import CourseKind, StaffRole
from courses.models import Accreditation, Course
from courses.querysets.staffing import AccreditationQuerySet
from people.enums import Role
from people.models import Membership, User

# So long before its end an accreditation is worth a word.
ENDS_SOON = relativedelta(months=3)


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TrainerFilter(Filter):
    """Which accreditations to list."""

    q = SearchField(label=gettext_lazy("Search by name"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("All languages")), *Language.choices],
    )
    which = forms.ChoiceField(
        label=gettext_lazy("Which"),
        required=False,
        choices=[
            ("", gettext_lazy("In force")),
            ("soon", gettext_lazy("Ends within three months")),
            ("ended", gettext_lazy("Ended")),
        ],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["course"] = CourseField(
            label=_("Training"), required=False, empty_label=_("All trainings"), to_field_name="slug"
        )
        self.order_fields(("q", "course", "language", "which"))
        self.is_valid()

    def apply(self, accreditations: AccreditationQuerySet, *, on: dt.date) -> AccreditationQuerySet:
        wanted = self.cleaned_data
        found = accreditations.named(wanted.get("q", ""))
        if wanted.get("course"):
            found = found.filter(course=wanted["course"])
        if wanted.get("language"):
            found = found.filter(languages__contains=[wanted["language"]])
        if wanted.get("which") == "ended":
            return found.ended(on=on)
        if wanted.get("which") == "soon":
            return found.ending(on=on, until=on + ENDS_SOON)
        return found.not_ended(on=on)


class CourseField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The trainings, by their title; ``by_consent``: those that each consents to alone as well."""

    def __init__(self, *, by_consent: bool = True, **kwargs: Any) -> None:
        trainings = Course.objects.listed().filter(kind=CourseKind.TRAINING).select_related("current_version")
        if not by_consent:
            trainings = trainings.filter(current_version__consent_required=False)
        super().__init__(trainings, **kwargs)

    def label_from_instance(self, obj: Course) -> str:
        return obj.title


class TrainerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Those who have the role of trainer today, by family name."""

    def __init__(self, **kwargs: Any) -> None:
        trainers = Membership.objects.current(on=today()).filter(role=Role.TRAINER)
        people = User.objects.filter(is_active=True, pk__in=trainers.values("user"))
        by_name = people.select_related("profile").order_by("profile__last_name", "profile__first_name")
        super().__init__(by_name, to_field_name="public_id", **kwargs)

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.profile.last_name} {obj.profile.first_name}"


def languages_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), choices=Language.choices, widget=forms.CheckboxSelectMultiple
    )


class GrantForm(forms.Form):
    """A new accreditation."""

    role = forms.ChoiceField(label=gettext_lazy("As"), choices=StaffRole.choices, widget=forms.RadioSelect)
    languages = languages_field()
    valid_from = forms.DateField(label=gettext_lazy("From"), widget=day_input())
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("The last day; empty: until further notice."),
    )
    field_order = ("person", "course", "role", "languages", "valid_from", "valid_until")

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.fields["person"] = TrainerField(
            label=_("Who"),
            empty_label=_("Choose somebody"),
            help_text=_(
                "Everybody who has the role of trainer today. Is somebody missing? Whoever manages the roles "
                "of their organisation gives it first."
            ),
        )
        self.fields["course"] = CourseField(
            label=_("Training"), to_field_name="slug", empty_label=_("Choose a training")
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The end lies before the start."))
        course, languages = data.get("course"), data.get("languages")
        if course and languages:
            _refuse_other_languages(self, course, languages)
        return data


class ChangeForm(forms.Form):
    """In which languages, and until when."""

    languages = languages_field()
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=day_input(),
        help_text=gettext_lazy("The last day; empty: until further notice."),
    )

    def __init__(self, data: Any, *, accreditation: Accreditation) -> None:
        initial = {"languages": accreditation.languages, "valid_until": accreditation.valid_until}
        super().__init__(data, initial=initial)
        self.accreditation = accreditation

    def clean_languages(self) -> list[str]:
        languages: list[str] = self.cleaned_data["languages"]
        _refuse_other_languages(self, self.accreditation.course, languages)
        return languages


def _refuse_other_languages(form: forms.Form, course: Course, languages: list[str]) -> None:
    given_in = course.current_version.languages if course.current_version else []
    if given_in and not set(languages) <= set(given_in):
        names = ", ".join(Language(code).label for code in given_in)
        form.add_error(
            "languages", ValidationError(_("This course is given in: %(languages)s.") % {"languages": names})
        )
