"""What is wrong with a row of a list, where it is, and what the list's owner does about it."""

from dataclasses import dataclass
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# How a formula reads: whatever it gives, a list holds texts.
FORMULA_STARTS = ("=", "+", "@")


class CellProblem(TextChoices):
    """What can be wrong with a cell of any list."""

    MISSING = "missing", _("Fill in this cell.")
    TOO_LONG = "too_long", _("Shorten it to at most %(detail)s characters.")
    FORMULA = (
        "formula",
        _("This is a formula. Replace it by the text itself (copy, then paste the values only)."),
    )
    UNREADABLE_SIGN = "unreadable_sign", _("It holds a sign that can't be read. Type the text again.")
    TWICE_IN_FILE = "twice_in_file", _("It is in row %(detail)s already. Keep one of the two rows.")


@dataclass(frozen=True)
class RowProblem:
    """Where it is: the row as a spreadsheet numbers it, and the column; ``detail`` holds no personal data.

    The label of ``problem`` says what to do, that of ``column`` what people call it.
    """

    row: int
    column: TextChoices
    problem: TextChoices
    detail: str = ""

    @property
    def text(self) -> str:
        return str(self.problem.label) % {"detail": self.detail}

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "problem": self.problem, "detail": self.detail}

    @classmethod
    def from_json(
        cls, stored: dict[str, Any], *, columns: type[TextChoices], problems: type[TextChoices]
    ) -> Self:
        """One that was kept, of a list with these columns, whose own problems stand beside CellProblem."""
        kind = CellProblem if stored["problem"] in CellProblem.values else problems
        return cls(stored["row"], columns(stored["column"]), kind(stored["problem"]), stored["detail"])


def cell_problem(text: str, longest: int | None) -> tuple[CellProblem, str] | None:
    """What is wrong with the text of any cell, and the detail that the sentence needs."""
    if text.startswith(FORMULA_STARTS):
        return CellProblem.FORMULA, ""
    if not text.isprintable() or "\ufffd" in text:
        return CellProblem.UNREADABLE_SIGN, ""
    if longest is not None and len(text) > longest:
        return CellProblem.TOO_LONG, str(longest)
    return None
