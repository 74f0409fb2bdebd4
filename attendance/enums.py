"""What a trainer can mark."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MarkState(models.TextChoices):
    PRESENT = "present", _("present")
    LATE = "late", _("late")
    PARTIAL = "partial", _("partly present")
    ABSENT = "absent", _("absent")
    EXCUSED = "excused", _("excused")
    ENDED_EARLY = "ended_early", _("ended early")


# Who was there for none of it; a late arrival or an early exit is not missing it.
MISSED = (MarkState.ABSENT, MarkState.EXCUSED)
NOT_MISSED = tuple(state for state in MarkState if state not in MISSED)


class AmendmentReason(models.TextChoices):
    """Why a closed roster is corrected: a code, because free text would bring private matters in."""

    TYPING_ERROR = "typing_error", _("marked by mistake")
    WRONG_PERSON = "wrong_person", _("mistaken for somebody else")
    PROOF_RECEIVED = "proof_received", _("proof received afterwards")
