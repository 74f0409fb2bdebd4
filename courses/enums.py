"""Kinds, audiences, policies and states of what is on offer."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CourseKind(models.TextChoices):
    TRAINING = "training", _("training")
    PROGRAMME = "programme", _("programme")
    INFORMATION = "information", _("initiative")


class Topic(models.TextChoices):
    HUMAN_RIGHTS = "human_rights", _("Holocaust and human rights")
    ANTI_DISCRIMINATION = "anti_discrimination", _("Anti-discrimination law")
    PREJUDICE = "prejudice", _("Prejudice and privilege")
    DIVERSITY_NETWORK = "diversity_network", _("Diversity network")
    PROFILING = "profiling", _("Ethnic profiling")
    RECRUITMENT = "recruitment", _("Recruitment and campaigns")


class Audience(models.TextChoices):
    """For whom a course is; a person who is none of these can still read about it."""

    ALL_STAFF = "all_staff", _("all staff")
    OPERATIONAL = "operational", _("operational cadre")
    CALOG = "calog", _("administrative and logistic cadre")
    ASPIRANT = "aspirant", _("aspirants")
    LEADERSHIP = "leadership", _("leadership")
    TRAINER = "trainer", _("trainers")
    REFERENCE_OFFICER = "reference_officer", _("COL13 reference officers")
    NETWORK_MEMBER = "network_member", _("members of the network")
    PUBLIC = "public", _("the public")


# All staff belong to one of them.
CADRES = frozenset({Audience.OPERATIONAL, Audience.CALOG})


class Obligation(models.TextChoices):
    """Whether somebody may be made to follow a course; ``MandatoryAudience`` says for whom it is so."""

    VOLUNTARY = "voluntary", _("voluntary")
    NEVER_MANDATORY = "never_mandatory", _("always voluntary")
    ZONE_DECIDES = "zone_decides", _("the zone decides")
    DESIGNATED = "designated", _("mandatory for those designated")


class Sensitivity(models.TextChoices):
    """Sensitive items carry a generic title wherever others can read it."""

    NORMAL = "normal", _("normal")
    SENSITIVE = "sensitive", _("sensitive")


class CertificatePolicy(models.TextChoices):
    NONE = "none", _("no certificate")
    ATTENDANCE = "attendance", _("certificate of attendance")
    ON_REQUEST = "on_request", _("certificate on request")
    FULL = "full", _("certificate when every part was attended")


class SessionAudience(models.TextChoices):
    ASPIRANTS = "aspirants", _("aspirants")
    EXPERIENCED = "experienced", _("experienced staff")
    MIXED = "mixed", _("aspirants and experienced staff")


class SessionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")


class ProgrammeStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CLOSED = "closed", _("closed")


PROGRAMME_ALLOWED: dict[str, frozenset[str]] = {
    ProgrammeStatus.DRAFT: frozenset({ProgrammeStatus.PUBLISHED}),
    ProgrammeStatus.PUBLISHED: frozenset({ProgrammeStatus.CLOSED}),
    ProgrammeStatus.CLOSED: frozenset(),
}


class CancelReason(models.TextChoices):
    """Why a session is cancelled; the participants read it."""

    TOO_FEW = "too_few", _("too few participants")
    TRAINER = "trainer", _("the trainer is not available")
    VENUE = "venue", _("the venue is not available")
    SERVICE = "service", _("the service needs its people that day")
    ORGANISATION = "organisation", _("reasons of organisation")


class DocumentKind(models.TextChoices):
    """What may be handed out; the values are the extensions of the files."""

    PDF = "pdf", "PDF"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    PPTX = "pptx", "PowerPoint"
    ODT = "odt", "OpenDocument Text"
    ODS = "ods", "OpenDocument Spreadsheet"
    ODP = "odp", "OpenDocument Presentation"
    JPEG = "jpg", "JPEG"
    PNG = "png", "PNG"


class StaffRole(models.TextChoices):
    TRAINER = "trainer", _("trainer")
    ASSISTANT = "assistant", _("assistant")


class StaffAnswer(models.TextChoices):
    """What somebody who was asked to give a meeting said."""

    INVITED = "invited", _("invited")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")


# Who declined is asked anew, by a new invitation: their calendar would take the old one for outdated.
ALLOWED_ANSWERS: dict[str, frozenset[str]] = {
    StaffAnswer.INVITED: frozenset({StaffAnswer.ACCEPTED, StaffAnswer.DECLINED}),
    StaffAnswer.ACCEPTED: frozenset({StaffAnswer.DECLINED}),
    StaffAnswer.DECLINED: frozenset(),
}
