"""What is filled in about who takes part: what they need and consent to, which session is chosen for them."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from courses.forms.catalogue import SignedInCatalogueFilter
from courses.forms.trainers import CourseField
from courses.models import Session


class NeedsForm(forms.Form):
    """What somebody needs to take part; empty: nothing."""

    needs = forms.CharField(
        label=gettext_lazy("What you need"),
        help_text=gettext_lazy(
            "For example a ramp or an interpreter. Only the organiser reads it: not your HR, not the "
            "trainers. It is deleted the day after the session."
        ),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class EnrolForm(NeedsForm):
    """With the number of the course version to whose text the person consents, where there is one."""

    consent = forms.IntegerField(required=False)


class NoticeForm(forms.Form):
    """With how many days' notice a freed seat is somebody's without being asked; empty: as for everybody."""

    days = forms.IntegerField(required=False, max_value=90)

    def clean_days(self) -> int | None:
        days: int | None = self.cleaned_data["days"]
        if days is not None and days < settings.OFFER_NEAR_DAYS:
            said = gettext(
                "With less than %(near)d days' notice we always ask you first: choose %(near)d or more."
            )
            raise forms.ValidationError(said % {"near": settings.OFFER_NEAR_DAYS})
        return days


class SessionFilter(SignedInCatalogueFilter):
    """Which of some sessions to choose from."""

    field_order = ["q", "course", "language"]
    # Those of the catalogue that say nothing about a session, or too little.
    topic = audience = place = None  # type: ignore[assignment]
    course = CourseField(
        label=gettext_lazy("Training"),
        required=False,
        empty_label=gettext_lazy("All trainings"),
        to_field_name="slug",
    )

    def __init__(self, data: Any, *, sessions: QuerySet[Session]) -> None:
        super().__init__(data)
        course: Any = self.fields["course"]
        course.queryset = course.queryset.filter(versions__sessions__in=sessions).distinct()
