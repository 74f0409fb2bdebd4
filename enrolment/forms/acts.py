"""What a manager types to change, cancel, repeat or write about a session."""

import datetime as dt
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.enums import AdministrativeLanguage
from core.errors import DomainError
from core.forms import DayField
from core.time import today
from courses.enums import CancelReason, DocumentKind
from courses.models import Session
from courses.services.documents import LARGEST
from courses.services.repeating import MOST_REPEATS, series_days
from enrolment.errors import FewerThanNeeded, TooFewSeats
from enrolment.forms.planning import MOST_SEATS
from enrolment.turns import last_day_to_keep
from people.models import Organisation
from people.querysets import in_force

LONGEST_SUBJECT = 70
LONGEST_TEXT = 4000


class CapacityForm(forms.Form):
    """How many seats each meeting has."""

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meetings = list(session.meetings.all())
        for meeting in self.meetings:
            self.fields[str(meeting.public_id)] = forms.IntegerField(
                label=str(meeting.part.title),
                required=False,
                min_value=1,
                max_value=MOST_SEATS,
                initial=meeting.capacity,
                help_text=_("%(taken)d taken. Empty: no limit.") % {"taken": meeting.taken},
            )

    @property
    def capacities(self) -> dict[int, int | None]:
        return {meeting.pk: self.cleaned_data[str(meeting.public_id)] for meeting in self.meetings}

    def show(self, refusal: DomainError) -> None:
        said: dict[int, str] = {}
        if isinstance(refusal, TooFewSeats):
            said = {pk: _seats_are_taken(count) for pk, count in refusal.taken.items()}
        elif isinstance(refusal, FewerThanNeeded):
            said = dict.fromkeys(refusal.meetings, str(refusal))
        for meeting in self.meetings:
            if meeting.pk in said:
                self.add_error(str(meeting.public_id), said[meeting.pk])
        if not said:
            self.add_error(None, str(refusal))


def _seats_are_taken(count: int) -> str:
    return ngettext(
        "%(count)d seat is taken: choose at least as many.",
        "%(count)d seats are taken: choose at least as many.",
        count,
    ) % {"count": count}


class ReserveForm(forms.Form):
    """So many seats for an organisation's people, or for those of a language, until the end of a day."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label="–",
        help_text=_("Its staff, or the aspirants of an academy."),
    )
    language = forms.ChoiceField(
        label=_("Or language"),
        choices=[("", "–"), *AdministrativeLanguage.choices],
        required=False,
        help_text=_("Everybody whose administrative language it is."),
    )
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=MOST_SEATS)
    release_on = DayField(label=_("Kept until"), help_text=_("The last day. Then they are for everybody."))

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        organisation: Any = self.fields["organisation"]
        organisation.queryset = Organisation.objects.filter(in_force(today())).order_by("code")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("organisation")) == bool(cleaned.get("language")):
            self.add_error("organisation", _("Choose an organisation or a language, one of the two."))
        day, latest = cleaned.get("release_on"), last_day_to_keep(self.session)
        if latest is None or latest < today():
            self.add_error(None, _("It is so close that nobody moves up any more: no seats can be kept."))
        elif day and not today() <= day <= latest:
            said = _("Choose a day from today to %(day)s: the queue then still gets what is left.")
            self.add_error("release_on", said % {"day": date_format(latest)})
        return cleaned


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=CancelReason.choices,
        widget=forms.RadioSelect,
        help_text=_("The participants read it."),
    )


class MessageForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT)
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Everybody reads it as you write it, in the language of the session."),
    )
    to_waiting = forms.BooleanField(label=_("Also to those who wait for a seat"), required=False)


class DuplicateForm(forms.Form):
    first_day = DayField(label=_("New first day"), help_text=_("The hours stay as they are."))


class SeriesForm(forms.Form):
    """Every so many weeks, a number of times or until a day; some of the days can be left out."""

    weeks = forms.IntegerField(label=_("Every so many weeks"), min_value=1, max_value=52, initial=1)
    times = forms.IntegerField(
        label=_("How often"),
        required=False,
        min_value=1,
        max_value=MOST_REPEATS,
        help_text=_("This many more. Or say until when."),
    )
    until = DayField(label=_("Until"), required=False, help_text=_("The last day that still counts."))

    def __init__(self, *args: Any, first_day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first_day = first_day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        times, until = data["times"], data["until"]
        if (times is None) == (until is None):
            self.add_error("times", _("Say either how often, or until when."))
            return data
        days = series_days(self.first_day, weeks=data["weeks"], times=times, until=until)
        data["days"] = list(islice(days, MOST_REPEATS + 1))
        if not data["days"]:
            self.add_error("until", _("No date falls before that day. Choose a later one."))
        elif len(data["days"]) > MOST_REPEATS:
            self.add_error("until", _("At most %(most)d dates in one go.") % {"most": MOST_REPEATS})
        return data

    @property
    def days(self) -> list[dt.date]:
        days: list[dt.date] = self.cleaned_data["days"]
        return days

    @property
    def chosen_days(self) -> list[dt.date]:
        left_out = set(self.data.getlist("leave_out")) if self.data else set()  # type: ignore[attr-defined]
        return [day for day in self.days if day.isoformat() not in left_out]


class DocumentForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, Word, Excel, PowerPoint, OpenDocument, JPEG or PNG, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{kind}" for kind in DocumentKind.values)}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        # Before it is read.
        if (file.size or 0) > LARGEST:
            raise ValidationError(_("This file is larger than 10 MB. Make it smaller, or split it."))
        return file
