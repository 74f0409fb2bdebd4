"""A session as a manager types it: what is said of it, and when and where its parts take place.

Forms read; whether it can be so is the services' to say, and their refusals are shown beside the fields.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.enums import Language
from core.errors import DomainError
from core.forms import ClockField, DayField
from core.time import today
from courses.enums import SessionAudience
from courses.errors import CannotPlan
from courses.models import Meeting, Part, Session, Venue
from courses.rules import Deadlines
from courses.services.drafting import Facts, facts_of
from courses.services.scheduling import Plan, plan_of
from people.models import Organisation
from people.querysets import in_force

MOST_SEATS = 1000


class DeadlineForm(forms.Form):
    """Until when people enrol and withdraw, and when it is decided whether it takes place."""

    enrol_from = DayField(label=_("Enrolment opens"), required=False, help_text=_("Empty: at once."))
    enrol_until = DayField(
        label=_("Enrolment closes"),
        required=False,
        help_text=_("The last day. Empty: the day of the first meeting."),
    )
    withdraw_until = DayField(
        label=_("Withdraw until"),
        required=False,
        help_text=_("The last day. Empty: the day of the first meeting."),
    )

    decide_on = DayField(
        label=_("Decided on"),
        required=False,
        help_text=_("At seven in the morning of that day the seats are counted."),
    )

    @property
    def deadlines(self) -> Deadlines:
        return Deadlines(**{name: self.cleaned_data.get(name) for name in DeadlineForm.base_fields})


class FactsForm(DeadlineForm):
    """What is said of a session; open to change whatever its state."""

    organiser = forms.ModelChoiceField(
        label=_("Organiser"),
        required=False,
        queryset=Organisation.objects.all(),
        to_field_name="public_id",
        empty_label=_("None"),
    )
    open_to = forms.ModelMultipleChoiceField(
        label=_("Only for"),
        required=False,
        queryset=Organisation.objects.all(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The organisations whose people may enrol. None: everybody."),
    )
    mandatory_first = forms.BooleanField(
        label=_("In the queue, those for whom it is mandatory go first"), required=False
    )
    min_participants = forms.IntegerField(
        label=_("Minimum of participants"), required=False, min_value=1, max_value=MOST_SEATS
    )
    cancels_if_too_few = forms.BooleanField(
        label=_("Cancel it by itself if there are too few"),
        required=False,
        help_text=_("Everybody is told by mail. If not, its organisers are asked to decide."),
    )
    directions = forms.CharField(
        label=_("How to get there"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In the language of the session."),
    )
    practical = forms.CharField(
        label=_("What to bring, and what else to know"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In the language of the session."),
    )
    contact_email = forms.EmailField(
        label=_("Contact: e-mail"), required=False, help_text=_("Answers to your messages go there.")
    )
    contact_phone = forms.CharField(label=_("Contact: phone"), required=False, max_length=40)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        known = facts_of(session)
        kwargs["initial"] = {name: getattr(known, name) for name in Facts.__dataclass_fields__}
        super().__init__(*args, **kwargs)
        self._offer_organisations(known)
        self._propose_minimum()

    def _offer_organisations(self, known: Facts) -> None:
        """Those of today, and those that were chosen before they ended."""
        chosen = {organisation.pk for organisation in (known.organiser, *known.open_to) if organisation}
        offered = Organisation.objects.filter(in_force(today()) | Q(pk__in=chosen))
        for name in ("organiser", "open_to"):
            self.fields[name].queryset = offered  # type: ignore[attr-defined]

    def _propose_minimum(self) -> None:
        smallest = self.session.version.capacity_min
        self.fields["min_participants"].help_text = (
            _(
                "The smallest group of this course is %(count)d. Empty: that number if a day is chosen, else "
                "it always takes place."
            )
            % {"count": smallest}
            if smallest
            else _("Empty: it always takes place.")
        )

    def clean_min_participants(self) -> int | None:
        """Who chooses a day and no number means the smallest group of the course."""
        typed: int | None = self.cleaned_data["min_participants"]
        return typed or (self.session.version.capacity_min if self.cleaned_data.get("decide_on") else None)

    @property
    def facts(self) -> Facts:
        settled = {"language": self.session.language, "audience": self.session.audience}
        return Facts(**(settled | self.cleaned_data))


class DraftFactsForm(FactsForm):
    """With what is settled once people can enrol."""

    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    audience = forms.ChoiceField(label=_("For whom"), choices=SessionAudience.choices)
    field_order = ("language", "audience", "organiser", "open_to")

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, session=session, **kwargs)
        given_in = session.version.languages or Language.values
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, label) for code, label in Language.choices if code in given_in
        ]


class PlanForm(forms.Form):
    """When and where a part takes place; left without a day and times, it is not planned yet."""

    day = DayField(label=_("Day"), required=False)
    start = ClockField(label=_("Start"), required=False)
    end = ClockField(label=_("End"), required=False)
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Only if it ends on another day."))
    venue = forms.ModelChoiceField(
        label=_("Place"),
        required=False,
        queryset=Venue.objects.all(),
        to_field_name="public_id",
        empty_label=_("Choose a place"),
    )
    room = forms.CharField(
        label=_("Room"),
        required=False,
        max_length=100,
        help_text=_("Without a room the place counts as one room."),
    )
    capacity = forms.IntegerField(
        label=_("Seats"),
        required=False,
        min_value=1,
        max_value=MOST_SEATS,
        help_text=_("Empty: no limit."),
    )

    def __init__(
        self, *args: Any, part: Part, meeting: Meeting | None, is_needed: bool, **kwargs: Any
    ) -> None:
        self.part, self.is_needed = part, is_needed
        if meeting:
            kwargs["initial"] = _initial(plan_of(meeting)) | kwargs.get("initial", {})
        kwargs["prefix"] = f"part-{part.position}"
        super().__init__(*args, **kwargs)

    def clean_room(self) -> str:
        return " ".join(self.cleaned_data["room"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.is_needed or any(data.get(name) for name in (*MISSING, "room")):
            for name, message in MISSING.items():
                if name not in self.errors and not data.get(name):
                    self.add_error(name, message)
        return data

    @property
    def title(self) -> str:
        return str(self.part.title)

    @property
    def plan(self) -> Plan | None:
        data = self.cleaned_data
        if not data["day"]:
            return None
        return Plan(
            part=self.part,
            start=dt.datetime.combine(data["day"], data["start"]),
            end=dt.datetime.combine(data["last_day"] or data["day"], data["end"]),
            venue=data["venue"],
            room=data["room"],
            capacity=data.get("capacity"),
        )


MISSING = {
    "day": _("Type or choose the day."),
    "start": _("Type when it starts, such as 08:30."),
    "end": _("Type when it ends, such as 12:30."),
    "venue": _("Choose the place."),
}


def _initial(plan: Plan) -> dict[str, Any]:
    return {
        "day": plan.start.date(),
        "start": plan.start.time(),
        "end": plan.end.time(),
        "last_day": plan.end.date() if plan.end.date() != plan.start.date() else None,
        "venue": plan.venue.public_id,
        "room": plan.room,
        "capacity": plan.capacity,
    }


D = TypeVar("D", bound=DeadlineForm)


class Editor(Generic[D]):
    """Several forms on one page that are read, refused and shown as one."""

    def __init__(self, details: D, rows: Sequence[PlanForm]) -> None:
        self.details, self.rows = details, rows

    @property
    def forms(self) -> list[forms.Form]:
        return [*self.rows, self.details]

    def is_valid(self) -> bool:
        return self.details.is_bound and not self.has_errors

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.forms)

    @property
    def plans(self) -> list[Plan]:
        return [row.plan for row in self.rows if row.plan]

    def show(self, refusal: DomainError) -> None:
        """Put what a service refused beside the fields that it is about."""
        if not isinstance(refusal, CannotPlan):
            self.details.add_error(None, str(refusal))
            return
        rows: dict[int | None, forms.Form] = {row.part.pk: row for row in self.rows}
        for problem in refusal.problems:
            form = rows.get(problem.part, self.details)
            form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))


def draft_editor(session: Session, data: Mapping[str, Any] | None) -> Editor[FactsForm]:
    """All of a draft, or of a session that is not saved yet."""
    meetings = {meeting.part_id: meeting for meeting in session.meetings.all()} if session.pk else {}
    rows = [
        PlanForm(
            data,
            part=part,
            meeting=meetings.get(part.pk),
            is_needed=False,
            initial={} if part.pk in meetings else {"capacity": session.version.capacity_max},
        )
        for part in session.version.parts.all()
    ]
    return Editor(DraftFactsForm(data, session=session), rows)


def published_editor(session: Session, data: Mapping[str, Any] | None) -> Editor[FactsForm]:
    """What can change about a session without moving it."""
    return Editor(FactsForm(data, session=session), [])


class MoveRow(PlanForm):
    """The new time and place of a meeting."""

    capacity = None  # type: ignore[assignment]


def move_editor(session: Session, data: Mapping[str, Any] | None) -> Editor[DeadlineForm]:
    """The times and places of a session, with the deadlines that follow from them."""
    rows = [
        MoveRow(data, part=meeting.part, meeting=meeting, is_needed=True)
        for meeting in session.meetings.all()
    ]
    known = {name: getattr(session, name) for name in DeadlineForm.base_fields}
    details = DeadlineForm(data, initial=known)
    if not session.min_participants:
        del details.fields["decide_on"]
    return Editor(details, rows)
