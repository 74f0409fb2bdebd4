"""Which column holds what, by the names that people give it in four languages."""

import unicodedata
from enum import StrEnum
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.errors import UnreadableFile


class Column(StrEnum):
    STAFF_NUMBER = "staff_number"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    EMAIL = "email"
    EMPLOYER = "employer"
    CADRE = "cadre"
    RANK = "rank"
    LANGUAGE = "language"
    SCHOOL = "school"
    CLASS = "class"


LABELS: dict[str, Promise] = {
    Column.STAFF_NUMBER: gettext_lazy("staff number"),
    Column.LAST_NAME: gettext_lazy("last name"),
    Column.FIRST_NAME: gettext_lazy("first name"),
    Column.EMAIL: gettext_lazy("e-mail address"),
    Column.EMPLOYER: gettext_lazy("organisation code"),
    Column.CADRE: gettext_lazy("cadre"),
    Column.RANK: gettext_lazy("rank"),
    Column.LANGUAGE: gettext_lazy("administrative language"),
    Column.SCHOOL: gettext_lazy("school code"),
    Column.CLASS: gettext_lazy("class"),
}
REQUIRED = (Column.STAFF_NUMBER, Column.LAST_NAME, Column.FIRST_NAME)

# Folded: no accents, case, spaces or signs.
_NAMES = {
    Column.STAFF_NUMBER: "staffnumber staffno stamnummer stamnr personeelsnummer matricule numerodematricule "
    "nomatricule nmatricule stammnummer stammnr personalnummer matrikelnummer",
    Column.LAST_NAME: "lastname surname familyname name naam achternaam familienaam nom nomdefamille "
    "nachname familienname",
    Column.FIRST_NAME: "firstname givenname forename voornaam prenom vorname",
    Column.EMAIL: "email mail emailaddress mailaddress emailadres mailadres adresseemail adressemail "
    "adresseelectronique courriel emailadresse mailadresse",
    Column.EMPLOYER: "organisation organisationcode organization organizationcode employer employercode zone "
    "zonecode organisatie organisatiecode codeorganisatie werkgever werkgevercode codewerkgever politiezone "
    "codepolitiezone codeorganisation codedelorganisation employeur codeemployeur codedelemployeur codezone "
    "zonedepolice arbeitgeber arbeitgebercode organisationscode polizeizone",
    Column.CADRE: "cadre kader",
    Column.RANK: "rank graad grade rang dienstgrad",
    Column.LANGUAGE: "language administrativelanguage taal taalrol bestuurstaal administratievetaal langue "
    "langueadministrative rolelinguistique sprache verwaltungssprache amtssprache",
    Column.SCHOOL: "school schoolcode codeschool academy academycode politieschool academie academiecode "
    "ecole codeecole codedelecole ecoledepolice academiedepolice schule schulcode polizeischule",
    Column.CLASS: "class classname klas klasgroep classe klasse",
}
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names.split()}


# The same few words come back in every row.
@lru_cache(maxsize=4_096)
def folded(text: str) -> str:
    """Letters and digits only, without accents and case."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalnum() and letter.isascii())


def columns_of(header: list[str]) -> tuple[dict[Column, int], list[str]]:
    """Where each column is, and the headers that aren't used; raises UnreadableFile."""
    places: dict[Column, int] = {}
    ignored = []
    for place, name in enumerate(header):
        column = _COLUMNS.get(folded(name))
        if column is None:
            ignored += [name] if name else []
        elif column in places:
            raise UnreadableFile(
                _("Two columns are both “%(column)s”. Take one of them out.") % {"column": LABELS[column]}
            )
        else:
            places[column] = place
    _refuse_missing(places)
    return places, ignored


def _refuse_missing(places: dict[Column, int]) -> None:
    missing = [str(LABELS[column]) for column in REQUIRED if column not in places]
    if Column.EMPLOYER not in places and Column.SCHOOL not in places:
        missing.append(str(LABELS[Column.EMPLOYER]))
    if missing:
        raise UnreadableFile(
            _("The first row must name the columns. Not found: %(columns)s.")
            % {"columns": ", ".join(missing)}
        )
