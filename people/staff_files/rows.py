"""Rows of text into typed rows, or into what is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.enums import AdministrativeLanguage
from core.errors import UnreadableFile
from core.tables.files import read_table
from core.tables.headers import folded
from core.tables.problems import CellProblem, RowProblem, cell_problem
from people.enums import Cadre
from people.models import Intake
from people.staff_files.columns import REQUIRED, Column, columns_of
from people.staff_files.problems import Problem

LONGEST = {
    Column.STAFF_NUMBER: 20,
    Column.LAST_NAME: 100,
    Column.FIRST_NAME: 100,
    Column.EMAIL: 254,
    Column.EMPLOYER: 20,
    Column.RANK: 60,
    Column.SCHOOL: 20,
    Column.CLASS: 60,
}
# An official code has four digits; a spreadsheet that took it for a number dropped its zeros.
CODE_DIGITS = 4

CADRES = {
    **dict.fromkeys(
        ("operational", "operationeel", "operationnel", "operativ", "ops", "einsatzkader"), Cadre.OPERATIONAL
    ),
    **dict.fromkeys(
        (
            "calog",
            "administrativeandlogistic",
            "administratiefenlogistiek",
            "administratifetlogistique",
            "verwaltungsundlogistikkader",
        ),
        Cadre.CALOG,
    ),
}
LANGUAGES = {
    **dict.fromkeys(
        ("nl", "n", "nederlands", "neerlandais", "niederlandisch", "dutch"), AdministrativeLanguage.NL
    ),
    **dict.fromkeys(("fr", "f", "frans", "francais", "franzosisch", "french"), AdministrativeLanguage.FR),
    **dict.fromkeys(("de", "d", "duits", "allemand", "deutsch", "german"), AdministrativeLanguage.DE),
}
# "Operationeel kader" and "cadre opérationnel" say the same as the word alone.
CADRE_NOISE = ("kader", "cadre")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """What a file says of one person; an empty text says nothing."""

    number: int
    staff_number: str
    last_name: str
    first_name: str
    email: str
    employer: str
    cadre: str
    rank: str
    language: str
    school: str
    class_name: str


class StaffList:
    """A list of people in a file, maybe of a school's classes; raises UnreadableFile when it isn't one."""

    def __init__(self, content: bytes, *, intake: Intake | None = None) -> None:
        self.intake = intake
        self._table = read_table(content)
        _number, header = next(self._table)
        self.columns, self.ignored = columns_of(header, of_classes=intake is not None)
        first = next(self._table, None)
        if first is None:
            raise UnreadableFile(_("This file names the columns, but nobody below them. Add the people."))
        self._table = chain([first], self._table)

    def __iter__(self) -> Iterator[StaffRow | list[RowProblem]]:
        """Each row, or all that is wrong with it; once."""
        for number, cells in self._table:
            texts = {
                column: cells[place] if place < len(cells) else "" for column, place in self.columns.items()
            }
            if self.intake:
                texts[Column.SCHOOL] = texts.get(Column.SCHOOL) or self.intake.school.code
            yield _typed(number, texts, required=(*REQUIRED, Column.CLASS) if self.intake else REQUIRED)


def _typed(
    number: int, texts: dict[Column, str], *, required: Iterable[Column]
) -> StaffRow | list[RowProblem]:
    clean = {column: " ".join(text.split()) for column, text in texts.items()}
    problems = [
        RowProblem(number, column, *problem)
        for column, text in clean.items()
        if (problem := _problem(column, text, clean))
    ]
    empty = [column for column in required if not clean.get(column)]
    problems += [RowProblem(number, column, CellProblem.MISSING) for column in empty]
    if not clean.get(Column.EMPLOYER) and not clean.get(Column.SCHOOL):
        problems.append(RowProblem(number, Column.EMPLOYER, Problem.NO_ORGANISATION))
    if problems:
        return problems
    return StaffRow(
        number=number,
        staff_number=clean[Column.STAFF_NUMBER],
        last_name=clean[Column.LAST_NAME],
        first_name=clean[Column.FIRST_NAME],
        email=clean.get(Column.EMAIL, "").lower(),
        employer=read_code(clean.get(Column.EMPLOYER, "")),
        cadre=read_cadre(clean.get(Column.CADRE, "")) or "",
        rank=clean.get(Column.RANK, ""),
        language=LANGUAGES.get(folded(clean.get(Column.LANGUAGE, "")), ""),
        school=read_code(clean.get(Column.SCHOOL, "")),
        class_name=clean.get(Column.CLASS, ""),
    )


def _problem(column: Column, text: str, texts: dict[Column, str]) -> tuple[CellProblem | Problem, str] | None:
    """What is wrong with one cell, and the detail that its text needs."""
    if not text:
        return None
    if problem := cell_problem(text, LONGEST.get(column)):
        return problem
    if wrong := _WRONG_VALUE.get(column):
        found, is_wrong = wrong
        return (found, "") if is_wrong(text, texts) else None
    return None


def _is_no_email(text: str, texts: dict[Column, str]) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return True
    return False


_WRONG_VALUE = {
    Column.EMAIL: (Problem.BAD_EMAIL, _is_no_email),
    Column.CADRE: (Problem.UNKNOWN_CADRE, lambda text, texts: read_cadre(text) is None),
    Column.LANGUAGE: (Problem.UNKNOWN_LANGUAGE, lambda text, texts: folded(text) not in LANGUAGES),
    Column.CLASS: (Problem.CLASS_WITHOUT_SCHOOL, lambda text, texts: not texts.get(Column.SCHOOL)),
}


def read_cadre(text: str) -> Cadre | None:
    """A cadre in any of the languages; None for what is none."""
    word = folded(text)
    if word in CADRES:
        return CADRES[word]
    for noise in CADRE_NOISE:
        word = word.removeprefix(noise).removesuffix(noise)
    return CADRES.get(word)


def read_code(code: str) -> str:
    """The code of an organisation, with the zeros that a spreadsheet dropped."""
    return code.zfill(CODE_DIGITS) if code.isascii() and code.isdigit() else code
