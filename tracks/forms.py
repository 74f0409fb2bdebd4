"""Class lists, assignments, due dates, exemptions, and the plan of a class."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from core.templatetags.traject import short_day
from core.time import today
from courses.models import Course, Session, Track
from enrolment.block import Wanted
from people.forms import StaffListForm
from people.models import Intake, Organisation, User
from tracks.enums import ExemptionReason
from tracks.models import AssignedStep, Cohort
from tracks.progress.standings import discreet_title

# Basic training lasts a year and a half at most; further off a day is a slip of the pen.
FAR = relativedelta(years=3)


# How the fields of people are called in the form of a plan.
PERSON = "person-"


class ClassListForm(StaffListForm):
    """A file of classes, and what it doesn't say itself: of which school they are, and from when to when."""

    school = forms.ModelChoiceField(Organisation.objects.none(), label=_("Academy"))
    starts_on = DayField(
        label=_("First day of these classes"),
        help_text=_("To change classes that are here already, keep their first day."),
    )
    ends_on = DayField(
        label=_("Last day"),
        help_text=_("The last day of the training; leave it empty if it isn't known yet."),
        required=False,
    )
    field_order = ("school", "starts_on", "ends_on", "file")

    def __init__(
        self, *args: Any, schools: Sequence[Organisation], latest: Cohort | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["school"]
        choices.queryset = Organisation.objects.filter(pk__in=[school.pk for school in schools])
        choices.label_from_instance = lambda school: str(school.name)
        if len(schools) == 1:
            choices.widget, choices.initial = forms.HiddenInput(), schools[0].pk
        if latest:
            self.fields["starts_on"].initial, self.fields["ends_on"].initial = (
                latest.starts_on,
                latest.ends_on,
            )

    def clean_starts_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["starts_on"]
        if not today() - FAR <= day <= today() + FAR:
            raise ValidationError(_("Choose a day within three years from now."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("starts_on"), data.get("ends_on")
        if last and (last < today() or (first and last < first)):
            self.add_error("ends_on", _("The last day lies after the first, and not in the past."))
        return data

    @property
    def intake(self) -> Intake:
        data = self.cleaned_data
        return Intake(data["school"], data["starts_on"], data["ends_on"])


class AssignForm(forms.Form):
    """A track for a whole class, or for some people of it."""

    CLASS, PEOPLE = "class", "people"

    track = forms.ModelChoiceField(Track.objects.none(), label=_("Track"), empty_label=None)
    due_on = DayField(
        label=_("Due on"),
        help_text=_(
            "The last day. A step with a rule of its own is due earlier; you can move each date later."
        ),
    )
    whom = forms.ChoiceField(
        label=_("For whom"),
        choices=[(CLASS, _("The whole class, and whoever joins it later")), (PEOPLE, _("Only some people"))],
        initial=CLASS,
        widget=forms.RadioSelect,
    )
    people = forms.MultipleChoiceField(label=_("People"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, cohort: Cohort, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tracks: Any = self.fields["track"]
        tracks.queryset = Track.objects.exclude(steps=None).distinct()
        tracks.label_from_instance = lambda track: str(track.title)
        self.members = {str(person.public_id): person for person in people}
        members: Any = self.fields["people"]
        members.choices = [(key, person.get_full_name()) for key, person in self.members.items()]
        year = cohort.starts_on + relativedelta(years=1) - dt.timedelta(days=1)
        self.fields["due_on"].initial = cohort.ends_on or max(year, today())

    def clean_due_on(self) -> dt.date:
        return _future(self.cleaned_data["due_on"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("whom") == self.PEOPLE and not data.get("people"):
            self.add_error("people", _("Choose at least one person."))
        return data

    @property
    def chosen(self) -> list[User]:
        return [self.members[key] for key in self.cleaned_data["people"]]


class DueDaysForm(forms.Form):
    """The due date of each step of what was assigned."""

    def __init__(self, *args: Any, steps: Sequence[AssignedStep], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for step in steps:
            self.fields[step.course.slug] = DayField(
                label=discreet_title(step.course),
                initial=step.due_on,
            )
        self.courses = {step.course.slug: step.course_id for step in steps}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, day in list(data.items()):
            if name in self.changed_data and not today() <= day <= today() + FAR:
                self.add_error(name, _("Choose a day from today on, within three years."))
        return data

    @property
    def due_days(self) -> dict[int, dt.date]:
        return {self.courses[name]: day for name, day in self.cleaned_data.items()}


class ExemptionForm(forms.Form):
    """Why somebody need not follow a course, and since when."""

    course = forms.ModelChoiceField(Course.objects.none(), to_field_name="slug", widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", ""), *ExemptionReason.choices])
    valid_from = DayField(label=_("Since"))

    def __init__(self, *args: Any, courses: Collection[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["course"]
        choices.queryset = Course.objects.filter(pk__in=[course.pk for course in courses])

    def clean_valid_from(self) -> dt.date:
        day: dt.date = self.cleaned_data["valid_from"]
        if day > today():
            raise ValidationError(
                _("This day lies in the future. An exemption holds once its proof was seen.")
            )
        return day

    def clean_reason(self) -> ExemptionReason:
        return ExemptionReason(self.cleaned_data["reason"])


class SessionsForm(forms.Form):
    """Into which sessions a class is spread; it lives in the address."""

    session = forms.MultipleChoiceField(label=_("Sessions"))

    def __init__(self, *args: Any, sessions: Sequence[Session], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sessions = {str(session.public_id): session for session in sessions}
        choices: Any = self.fields["session"]
        choices.choices = [(key, key) for key in self.sessions]

    @property
    def chosen(self) -> list[Session]:
        return [self.sessions[key] for key in self.cleaned_data["session"]]


class PlanForm(forms.Form):
    """Who goes where, as the hand set it, and which version of each session was shown."""

    def __init__(
        self, *args: Any, people: Sequence[User], sessions: Sequence[Session], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {_person_field(person): person for person in people}
        self.sessions = {str(session.public_id): session for session in sessions}
        choices = [("", _("Leave out")), *((key, session_label(each)) for key, each in self.sessions.items())]
        for name, person in self.people.items():
            self.fields[name] = forms.ChoiceField(
                label=person.get_full_name(), choices=choices, required=False
            )
        for key, session in self.sessions.items():
            self.fields[f"shown-{key}"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=session.sequence
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if any(name.startswith(PERSON) and name not in self.fields for name in self.data):
            raise ValidationError(
                _("Somebody on this plan has left the class, or need not follow this training any more.")
            )
        return data

    def field_of(self, person: User) -> forms.BoundField:
        return self[_person_field(person)]

    @property
    def messages(self) -> list[str]:
        """What is wrong with it, once each."""
        return list(dict.fromkeys(str(error) for errors in self.errors.values() for error in errors))

    @property
    def wanted(self) -> Wanted:
        """By the person's id the session's; None: left out."""
        return {
            person.pk: self.sessions[chosen].pk if (chosen := self.cleaned_data[name]) else None
            for name, person in self.people.items()
            if name in self.data
        }

    @property
    def shown(self) -> Mapping[int, int]:
        return {session.pk: self.cleaned_data[f"shown-{key}"] for key, session in self.sessions.items()}


def session_label(session: Session) -> str:
    """A day, a language and a place tell sessions of one course apart."""
    first = session.first_meeting
    start = short_day(timezone.localtime(session.starts_at)) if session.starts_at else ""
    return " · ".join(filter(None, [start, session.language.upper(), str(first.venue) if first else ""]))


def initial_plan(placed: Mapping[User, Session]) -> dict[str, str]:
    """What the form shows for people who have a place; the others are left out."""
    return {_person_field(person): str(session.public_id) for person, session in placed.items()}


def _person_field(person: User) -> str:
    return f"{PERSON}{person.public_id}"


def _future(day: dt.date) -> dt.date:
    if not today() <= day <= today() + FAR:
        raise ValidationError(_("Choose a day from today on, within three years."))
    return day
