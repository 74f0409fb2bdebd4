"""The columns of a list of people, and their names in four languages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tables.headers import by_name, find_columns, refuse_missing


class Column(models.TextChoices):
    STAFF_NUMBER = "staff_number", _("staff number")
    LAST_NAME = "last_name", _("last name")
    FIRST_NAME = "first_name", _("first name")
    EMAIL = "email", _("e-mail address")
    EMPLOYER = "employer", _("organisation code")
    CADRE = "cadre", _("cadre")
    RANK = "rank", _("rank")
    LANGUAGE = "language", _("administrative language")
    SCHOOL = "school", _("school code")
    CLASS = "class", _("class")


REQUIRED = (Column.STAFF_NUMBER, Column.LAST_NAME, Column.FIRST_NAME)

# Folded: no accents, case, spaces or signs.
NAMES = by_name(
    {
        Column.STAFF_NUMBER: "staffnumber staffno stamnummer stamnr personeelsnummer matricule "
        "numerodematricule nomatricule nmatricule stammnummer stammnr personalnummer matrikelnummer",
        Column.LAST_NAME: "lastname surname familyname name naam achternaam familienaam nom nomdefamille "
        "nachname familienname",
        Column.FIRST_NAME: "firstname givenname forename voornaam prenom vorname",
        Column.EMAIL: "email mail emailaddress mailaddress emailadres mailadres adresseemail adressemail "
        "adresseelectronique courriel emailadresse mailadresse",
        Column.EMPLOYER: "organisation organisationcode organization organizationcode employer employercode "
        "zone zonecode organisatie organisatiecode codeorganisatie werkgever werkgevercode codewerkgever "
        "politiezone codepolitiezone codeorganisation codedelorganisation employeur codeemployeur "
        "codedelemployeur codezone zonedepolice arbeitgeber arbeitgebercode organisationscode polizeizone",
        Column.CADRE: "cadre kader",
        Column.RANK: "rank graad grade rang dienstgrad",
        Column.LANGUAGE: "language administrativelanguage taal taalrol bestuurstaal administratievetaal "
        "langue langueadministrative rolelinguistique sprache verwaltungssprache amtssprache",
        Column.SCHOOL: "school schoolcode codeschool academy academycode politieschool academie "
        "academiecode ecole codeecole codedelecole ecoledepolice academiedepolice schule schulcode "
        "polizeischule",
        Column.CLASS: "class classname klas klasgroep classe klasse",
    }
)


def columns_of(header: list[str], *, of_classes: bool) -> tuple[dict[Column, int], list[str]]:
    """Where each column is, and the headers that aren't used; raises UnreadableFile.

    ``of_classes``: the school is known, and each person is in a class of it.
    """
    places, ignored = find_columns(header, NAMES)
    missing = [column for column in REQUIRED if column not in places]
    if of_classes:
        missing += [Column.CLASS] if Column.CLASS not in places else []
    elif Column.EMPLOYER not in places and Column.SCHOOL not in places:
        missing.append(Column.EMPLOYER)
    refuse_missing(missing)
    return places, ignored
