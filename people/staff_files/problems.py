"""What can be wrong with a list of people, and what its owner does about it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Problem(StrEnum):
    MISSING = "missing"
    TOO_LONG = "too_long"
    FORMULA = "formula"
    UNREADABLE_SIGN = "unreadable_sign"
    BAD_EMAIL = "bad_email"
    UNKNOWN_CADRE = "unknown_cadre"
    UNKNOWN_LANGUAGE = "unknown_language"
    CLASS_WITHOUT_SCHOOL = "class_without_school"
    NO_ORGANISATION = "no_organisation"
    TWICE_IN_FILE = "twice_in_file"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    EXPIRED_ORGANISATION = "expired_organisation"
    ENDED_ORGANISATION = "ended_organisation"
    NOT_A_SCHOOL = "not_a_school"
    FOREIGN_ORGANISATION = "foreign_organisation"
    EMAIL_OF_ANOTHER = "email_of_another"
    EMAIL_IN_USE = "email_in_use"
    OTHER_PERSON = "other_person"
    EMPLOYED_ELSEWHERE = "employed_elsewhere"
    AT_ANOTHER_SCHOOL = "at_another_school"


TEXTS: dict[Problem, Promise] = {
    Problem.MISSING: _("Fill in this cell."),
    Problem.TOO_LONG: _("Shorten it to at most %(detail)s characters."),
    Problem.FORMULA: _(
        "This is a formula. Replace it by the text itself (copy, then paste the values only)."
    ),
    Problem.UNREADABLE_SIGN: _("It holds a sign that can't be read. Type the text again."),
    Problem.BAD_EMAIL: _("This isn't an e-mail address. Correct it, or leave the cell empty."),
    Problem.UNKNOWN_CADRE: _("Write “operational” or “CALog”, or leave the cell empty."),
    Problem.UNKNOWN_LANGUAGE: _("Write “nl”, “fr” or “de”, or leave the cell empty."),
    Problem.CLASS_WITHOUT_SCHOOL: _("Add the code of the school of this class."),
    Problem.NO_ORGANISATION: _("Add the code of the employer's organisation or of the school."),
    Problem.TWICE_IN_FILE: _("It is in row %(detail)s already. Keep one of the two rows."),
    Problem.UNKNOWN_ORGANISATION: _("There is no organisation with the code %(detail)s. Correct the code."),
    Problem.EXPIRED_ORGANISATION: _(
        "This organisation has ended. Write the code of its successor: %(detail)s."
    ),
    Problem.ENDED_ORGANISATION: _(
        "This organisation doesn't exist today. Ask the administrator for its code."
    ),
    Problem.NOT_A_SCHOOL: _("This isn't the code of a school. Correct the code."),
    Problem.FOREIGN_ORGANISATION: _("You can import only people of %(detail)s. Take this row out."),
    Problem.EMAIL_OF_ANOTHER: _(
        "This address belongs to somebody else. Correct it, or leave the cell empty."
    ),
    Problem.EMAIL_IN_USE: _(
        "This person signs in with another address. Leave the cell empty: the administrator changes it."
    ),
    Problem.OTHER_PERSON: _(
        "This staff number belongs to somebody of another organisation, who is known otherwise. Check the "
        "staff number; leave empty what you don't know."
    ),
    Problem.EMPLOYED_ELSEWHERE: _(
        "This person has another employer. Leave the cell empty: the new employer's HR records the move."
    ),
    Problem.AT_ANOTHER_SCHOOL: _(
        "This person is at another school. Leave the cell empty: the new school records the move."
    ),
}


@dataclass(frozen=True)
class RowProblem:
    """Where it is: the row as a spreadsheet numbers it, and the column; ``detail`` holds no personal data."""

    row: int
    column: str
    problem: Problem
    detail: str = ""

    @property
    def text(self) -> str:
        return str(TEXTS[self.problem]) % {"detail": self.detail}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(**{**stored, "problem": Problem(stored["problem"])})
