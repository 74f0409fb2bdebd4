"""What people choose and tell when they enrol, themselves or somebody else."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from courses.forms import SignedInCatalogueFilter
from courses.models import Course, Session


class NeedsForm(forms.Form):
    """What somebody needs to take part; empty: nothing."""

    needs = forms.CharField(
        label=_("What you need"),
        help_text=_(
            "For example a ramp or an interpreter. Only the organiser reads it: not your HR, not the "
            "trainers. It is deleted the day after the session."
        ),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class SessionFilter(SignedInCatalogueFilter):
    """Which of some sessions to choose from."""

    field_order = ["q", "course"]
    # Those of the catalogue that say nothing about a session, or too little.
    topic = audience = place = None  # type: ignore[assignment]
    course = forms.ModelChoiceField(
        label=_("Training"),
        required=False,
        queryset=Course.objects.none(),
        empty_label=_("All trainings"),
        to_field_name="slug",
    )

    def __init__(self, data: Any, *, sessions: QuerySet[Session]) -> None:
        super().__init__(data)
        given = Course.objects.filter(versions__sessions__in=sessions).distinct()
        self.fields["course"].queryset = given.select_related("current_version")  # type: ignore[attr-defined]
        self.fields["course"].label_from_instance = _title  # type: ignore[attr-defined]


def _title(course: Course) -> str:
    return str(course.current_version.title if course.current_version else course)
