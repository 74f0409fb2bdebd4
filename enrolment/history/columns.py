"""Which column of a list of past completions holds what, by the names that people give it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tables.headers import by_name, find_columns, refuse_missing


class Column(models.TextChoices):
    COURSE = "course", _("training")
    DAY = "day", _("date")
    ORGANISATION = "organisation", _("organisation code")
    STAFF_NUMBER = "staff_number", _("staff number")
    LAST_NAME = "last_name", _("last name")
    FIRST_NAME = "first_name", _("first name")


REQUIRED = (Column.COURSE, Column.DAY, Column.ORGANISATION)

# Folded: no accents, case, spaces or signs.
_NAMES = {
    Column.COURSE: "course coursename training opleiding cursus vorming formation cours "
    "ausbildung schulung kurs",
    Column.DAY: "date day completedon datum dag datedelaformation jour tag",
    Column.ORGANISATION: "organisation organisationcode organization organizationcode zone zonecode "
    "organisatie organisatiecode politiezone codeorganisation codedelorganisation codezone zonedepolice "
    "organisationscode polizeizone",
    Column.STAFF_NUMBER: "staffnumber staffno stamnummer stamnr matricule numerodematricule stammnummer "
    "stammnr",
    Column.LAST_NAME: "lastname surname familyname name naam achternaam familienaam nom nomdefamille "
    "nachname familienname",
    Column.FIRST_NAME: "firstname givenname voornaam prenom vorname",
}
COLUMNS = by_name(_NAMES)


def columns_of(header: list[str]) -> tuple[dict[Column, int], list[str]]:
    """Where each column is, and the headers that aren't used; raises UnreadableFile."""
    places, ignored = find_columns(header, COLUMNS)
    refuse_missing(column for column in REQUIRED if column not in places)
    return places, ignored
