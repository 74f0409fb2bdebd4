"""The people whom a visitor of the demo can be, by what they do; all of them are invented."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

# Reserved for examples (RFC 2606): no mail to it can ever reach anybody.
DOMAIN = "demo.example"
# For the sign-in form; the start page shows it.
PASSWORD = "demo demo demo"  # noqa: S105 Known to everybody, on loopback only.


def address(first_name: str, last_name: str) -> str:
    return f"{slugify(first_name)}.{slugify(last_name)}@{DOMAIN}"


@dataclass(frozen=True)
class Job:
    slug: str
    first_name: str
    last_name: str
    label: Promise
    # What there is to try as this person.
    can_do: Promise

    @property
    def email(self) -> str:
        return address(self.first_name, self.last_name)


JOBS = (
    Job(
        "staff-nl",
        "Noor",
        "Lenaerts",
        _("Staff member, in Dutch"),
        _(
            "Has a seat in a briefing, waits for one in HPM, can decline a date that HR chose for her, "
            "and can pick workshops of the Quinzaine."
        ),
    ),
    Job(
        "staff-fr",
        "Yanis",
        "Delvigne",
        _("Staff member, in French"),
        _(
            "Has a seat in the Unia course, is offered one in a briefing that is near, and chooses a date to "
            "make up for an afternoon of HPM."
        ),
    ),
    Job(
        "staff-de",
        "Leonie",
        "Kreusch",
        _("Staff member, in German"),
        _("Completed HPM: mails and certificate are in German, as the law asks for this zone."),
    ),
    Job(
        "aspirant",
        "Tibo",
        "Maertens",
        _("Aspirant"),
        _("Sees what comes next on their path, and is in the HPM session of today."),
    ),
    Job(
        "trainer",
        "Karim",
        "Benslimane",
        _("Trainer"),
        _(
            "Marks today's HPM session and adds who comes to the door, has an earlier roster to close, "
            "and is asked to assist in another course."
        ),
    ),
    Job(
        "coordinator",
        "Griet",
        "Hostens",
        _("Academy coordinator"),
        _(
            "Sees what is late in a class of forty, spreads it over sessions, finds a new date for who "
            "missed a part, and assigns a track to another."
        ),
    ),
    Job(
        "hr",
        "Ilse",
        "Van Damme",
        _("Zone HR"),
        _(
            "Reads and downloads who of Rivierenland completed what, enrols a colleague, moves that booking "
            "or gives the seat to another, says which courses need an approval, looks over who left, and "
            "confirms a list of people."
        ),
    ),
    Job(
        "chief",
        "Ann",
        "Goovaerts",
        _("Chief of police"),
        _(
            "Reads the same figures as HR, with small numbers suppressed, and nobody's record; approves, or "
            "not, that two colleagues go to a theatre debate."
        ),
    ),
    Job(
        "catalogue-manager",
        "Samira",
        "Idrissi",
        _("Catalogue manager"),
        _(
            "Makes, moves and cancels sessions, decides on one with too few participants and on an "
            "exception, reserves seats, finds a replacement for a trainer who can't come, and reads what a "
            "participant needs."
        ),
    ),
    Job(
        "partner",
        "Jonas",
        "Kestemont",
        _("Partner contact (Unia)"),
        _("Follows the dates and the headcount of the Unia course; can't enrol, not being police staff."),
    ),
    Job(
        "administrator",
        "Petra",
        "Willems",
        _("Platform administrator"),
        _("Gives any role to anybody, imports people, and opens the administration."),
    ),
)
