"""Roles, cadres and kinds of organisation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganisationKind(models.TextChoices):
    ZONE = "zone", _("police zone")
    FEDERAL = "federal", _("federal unit")
    SCHOOL = "school", _("police academy")
    PARTNER = "partner", _("partner")


class Role(models.TextChoices):
    """What a person is to an organisation, from one date to another."""

    EMPLOYEE = "employee", _("staff member")
    ASPIRANT = "aspirant", _("aspirant")
    TRAINER = "trainer", _("trainer")
    COORDINATOR = "coordinator", _("academy coordinator")
    HR = "hr", _("HR")
    CHIEF = "chief", _("chief of police")
    APPROVER = "approver", _("approver")
    # May decide as well, and is asked when no approver answered, or when there is none.
    DEPUTY_APPROVER = "deputy_approver", _("deputy approver")
    CATALOGUE_MANAGER = "catalogue_manager", _("catalogue manager")
    PARTNER = "partner", _("partner contact")
    ADMINISTRATOR = "administrator", _("platform administrator")


class Cadre(models.TextChoices):
    OPERATIONAL = "operational", _("operational cadre")
    CALOG = "calog", _("administrative and logistic cadre")


class ImportStatus(models.TextChoices):
    """Checked, then either refused or ready; when confirmed imported, and done."""

    CHECKING = "checking", _("being checked")
    REFUSED = "refused", _("to be corrected")
    READY = "ready", _("waits for your yes")
    IMPORTING = "importing", _("being imported")
    DONE = "done", _("imported")


# While a worker is at it.
BUSY = (ImportStatus.CHECKING, ImportStatus.IMPORTING)


class Grounds(models.TextChoices):
    """How we know who a subject of the identity provider is; a code of the audit trail."""

    STAFF_NUMBER = "staff_number"
    INVITATION = "invitation"
    SIGNED_IN = "signed_in"
