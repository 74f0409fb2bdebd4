"""Whom to ask to give a session."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from courses.enums import StaffRole
from courses.models import Accreditation, Meeting
from enrolment.candidates import Bench, Candidate
from people.models import User


class AskForm(forms.Form):
    """Whom to ask for some meetings: those who may give all of them are offered, best first."""

    # Not a field of choices: whoever is no longer free is refused with the reason, not as unknown.
    who = forms.CharField(label=gettext_lazy("Whom to ask"), widget=forms.Select)

    def __init__(self, data: Any, *, bench: Bench, meetings: Sequence[Meeting]) -> None:
        prefix = "all" if len(meetings) > 1 else meetings[0].public_id.hex
        super().__init__(data if f"{prefix}-who" in data else None, prefix=prefix)
        self.meetings = meetings
        self.offered = {role: bench.able(meetings, role) for role in StaffRole}
        widget: Any = self.fields["who"].widget
        widget.choices = [
            ("", _("Choose somebody")),
            *(
                (
                    StaffRole(role).label,
                    [(f"{role}:{each.person.public_id}", described(each)) for each in able],
                )
                for role, able in self.offered.items()
                if able
            ),
        ]

    @property
    def has_anybody(self) -> bool:
        return any(self.offered.values())

    def clean_who(self) -> tuple[StaffRole, User]:
        role, _colon, public_id = self.cleaned_data["who"].partition(":")
        person = trainer_named(public_id)
        if role not in StaffRole.values or person is None:
            raise ValidationError(_("Choose somebody from the list."))
        return StaffRole(role), person


def described(candidate: Candidate) -> str:
    """Somebody who may be asked, with how much they gave of late."""
    return f"{candidate.person.get_full_name()} · {given_lately(candidate)}"


def given_lately(candidate: Candidate) -> str:
    return ngettext(
        "%(count)d session in twelve months", "%(count)d sessions in twelve months", candidate.given
    ) % {"count": candidate.given}


def trainer_named(public_id: str) -> User | None:
    """Somebody who was ever accredited for anything; whoever else there is, is not a manager's to name."""
    try:
        wanted = uuid.UUID(public_id)
    except ValueError:
        return None
    accredited = Accreditation.objects.values("person")
    return User.objects.select_related("profile").filter(public_id=wanted, pk__in=accredited).first()
