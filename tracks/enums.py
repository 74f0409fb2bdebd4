"""How far somebody is with a step, and why they need not follow it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StepState(models.TextChoices):
    DONE = "done", pgettext_lazy("state of a step", "done")
    BOOKED = "booked", pgettext_lazy("state of a step", "booked")
    LATE = "late", pgettext_lazy("state of a step", "late")
    EXEMPT = "exempt", pgettext_lazy("state of a step", "exempt")
    OPEN = "open", pgettext_lazy("state of a step", "open")


# One letter each in a narrow column; never alone: a colour and a title go with it.
LETTERS = {
    StepState.DONE: pgettext_lazy("letter of a state: done", "D"),
    StepState.BOOKED: pgettext_lazy("letter of a state: booked", "B"),
    StepState.LATE: pgettext_lazy("letter of a state: late", "L"),
    StepState.EXEMPT: pgettext_lazy("letter of a state: exempt", "E"),
    StepState.OPEN: "–",
}
# Nothing is planned yet.
TO_PLAN = (StepState.LATE, StepState.OPEN)


class ExemptionReason(models.TextChoices):
    """Codes only: a free text would bring what nobody needs to know."""

    COMPLETED_ELSEWHERE = "completed_elsewhere", _("completed elsewhere, proof seen")
    EQUIVALENT = "equivalent", _("equivalent course, proof seen")
