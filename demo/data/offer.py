"""Venues, the lengths that the catalogue leaves open, and sessions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import F

from courses.enums import SessionAudience, StaffAnswer, StaffRole
from courses.models import Course, CourseVersion, Session, Venue
from courses.services.accreditations import grant_accreditation
from courses.services.drafting import Facts, create_draft, edit_draft, facts_of
from courses.services.scheduling import Plan, plan_of
from courses.services.staffing import answer_invitation
from enrolment.services.staffing import invite
from people.models import Organisation, User

# Name: address, postcode, city in NL, FR, DE, EN.
VENUES = {
    "Kazerne Dossin": (
        "Goswin de Stassartstraat 153",
        "2800",
        ("Mechelen", "Malines", "Mecheln", "Mechelen"),
    ),
    "Campus Vesta": ("", "2520", ("Ranst",) * 4),
    "Politiehuis Rivierenland": ("", "2800", ("Mechelen", "Malines", "Mecheln", "Mechelen")),
    "Commissariat Bruxelles-Nord": ("", "1030", ("Schaarbeek", "Schaerbeek", "Schaerbeek", "Schaerbeek")),
    "Salle communale": ("", "5000", ("Namen", "Namur", "Namur", "Namur")),
}
# When the parts of a course run on its day, one after the other.
HOURS = {
    "hpm": (("08:30", "12:30"), ("13:00", "17:00")),
    "hpm-trainer": (("09:00", "16:00"),) * 5,
    "unia-law": (("09:00", "12:00"),),
    "registration-of-checks": (("14:00", "15:30"),),
    "theatre-debate": (("13:30", "15:00"), ("15:15", "16:15")),
    "brown-eyes-blue-eyes": (("09:00", "12:00"), ("13:00", "15:00")),
    "quinzaine-islam": (("09:00", "11:30"),),
    "quinzaine-poverty": (("09:00", "11:30"),),
    "quinzaine-gender": (("13:00", "15:30"),),
    "quinzaine-antisemitism": (("09:00", "12:00"),),
    "quinzaine-lgb": (("10:00", "12:30"),),
    "quinzaine-reintegration": (("13:30", "15:30"),),
}
# Whose parts run on one day after the other.
OF_SEVERAL_DAYS = frozenset({"hpm-trainer"})
# The catalogue leaves the length of these open, and what has no length can't be published. Filled in as
# somebody would on the pages: from then on load_catalogue reports them as edited by hand.
GIVEN_A_LENGTH = tuple(slug for slug in HOURS if slug != "hpm")
PRACTICAL = {
    "nl": "Breng je dienstkaart mee. Burgerkledij is welkom. Er is koffie bij het onthaal.",
    "fr": "Munissez-vous de votre carte de service. La tenue civile est bienvenue. Café dès l’accueil.",
}
# Who, what, as what, in which languages, and how many days it still lasts; 0: until further notice.
ACCREDITATIONS = (
    ("karim", "hpm", StaffRole.TRAINER, "nl fr", 0),
    ("karim", "registration-of-checks", StaffRole.TRAINER, "nl", 75),
    ("karim", "brown-eyes-blue-eyes", StaffRole.ASSISTANT, "nl", 0),
    ("dossin_nl", "hpm", StaffRole.TRAINER, "nl", 0),
    ("dossin_nl", "hpm-trainer", StaffRole.TRAINER, "nl", 0),
    ("dossin_nl", "brown-eyes-blue-eyes", StaffRole.TRAINER, "nl", 0),
    ("dossin_fr", "hpm", StaffRole.TRAINER, "fr", 0),
    ("dossin_fr", "theatre-debate", StaffRole.TRAINER, "fr", 400),
    ("unia_nl", "unia-law", StaffRole.TRAINER, "nl", 0),
    ("unia_nl", "brown-eyes-blue-eyes", StaffRole.ASSISTANT, "nl", 0),
    ("unia_fr", "unia-law", StaffRole.TRAINER, "fr", 0),
    ("unia_fr", "registration-of-checks", StaffRole.TRAINER, "fr", 0),
    ("dossin_fr", "quinzaine-islam", StaffRole.TRAINER, "fr", 0),
    ("dossin_nl", "quinzaine-poverty", StaffRole.TRAINER, "nl", 0),
    ("unia_nl", "quinzaine-gender", StaffRole.TRAINER, "nl", 0),
    ("dossin_fr", "quinzaine-antisemitism", StaffRole.TRAINER, "fr", 0),
    ("unia_nl", "quinzaine-lgb", StaffRole.TRAINER, "nl", 0),
    ("unia_fr", "quinzaine-reintegration", StaffRole.TRAINER, "fr", 0),
)
DIRECTIONS = {
    ("Kazerne Dossin", "nl"): "Van station Mechelen is het twintig minuten stappen.\nBus 1 stopt om de hoek.",
    ("Kazerne Dossin", "fr"): "À vingt minutes à pied de la gare de Malines.\nLe bus 1 s’arrête au coin.",
}
# The smallest file that a reader of PDFs opens.
CHECKLIST = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
CONTACT = "vorming-formation@demo.example"


@dataclass(frozen=True)
class Edition:
    """What a session is made of, and who enrols in it, one after the other."""

    course: str
    day: dt.date
    language: str
    venue: str
    trainer: User
    learners: Sequence[User] = ()
    capacity: int | None = None
    room: str = ""
    audience: SessionAudience = SessionAudience.MIXED
    open_to: Sequence[Organisation] = ()
    has_deadlines: bool = True
    # How many it needs, as counted on a day.
    minimum: int | None = None
    decide_on: dt.date | None = None


def add_venues() -> None:
    for name, (address, postcode, cities) in VENUES.items():
        names = dict(zip(("city_nl", "city_fr", "city_de", "city_en"), cities, strict=True))
        Venue.objects.get_or_create(name=name, defaults={"address": address, "postcode": postcode, **names})


def fill_in_lengths() -> None:
    for slug in GIVEN_A_LENGTH:
        parts = _version(slug).parts.all()
        # The optional part of a course may have no hours yet.
        for part, (start, end) in zip(parts, HOURS[slug], strict=False):
            if part.minutes is None:
                part.minutes = _since_midnight(end) - _since_midnight(start)
                part.save(update_fields=["minutes"])


def add_draft(edition: Edition, *, actor: User) -> Session:
    """A session with a meeting for each part of which the hours are known."""
    day, version = edition.day, _version(edition.course)
    place = Venue.objects.get(name=edition.venue)
    facts = Facts(
        language=edition.language,
        audience=edition.audience,
        open_to=edition.open_to,
        enrol_until=day - dt.timedelta(days=3) if edition.has_deadlines else None,
        withdraw_until=day - dt.timedelta(days=7) if edition.has_deadlines else None,
        min_participants=edition.minimum,
        decide_on=edition.decide_on,
        directions=DIRECTIONS.get((edition.venue, edition.language), ""),
        practical=PRACTICAL[edition.language],
        contact_email=CONTACT,
    )
    a_day = dt.timedelta(days=edition.course in OF_SEVERAL_DAYS)
    plans = [
        Plan(
            part=part,
            start=_on_the_clock(day + number * a_day, start),
            end=_on_the_clock(day + number * a_day, end),
            venue=place,
            room=edition.room,
            capacity=edition.capacity,
        )
        # The optional part of a draft may have no hours yet.
        for number, (part, (start, end)) in enumerate(
            zip(version.parts.all(), HOURS[edition.course], strict=False)
        )
    ]
    return create_draft(version=version, facts=facts, plans=plans, actor=actor)


def a_week_later(session: Session) -> list[Plan]:
    """The meetings at the same hours, to move them there."""
    week = dt.timedelta(weeks=1)
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    return [replace(plan, start=plan.start + week, end=plan.end + week) for plan in plans]


def add_follow_up(session: Session, day: dt.date, *, actor: User) -> None:
    """A meeting of the optional part, weeks after the others."""
    plans = [plan_of(meeting) for meeting in session.meetings.all()]
    follow_up = replace(
        plans[0],
        part=session.version.parts.get(optional=True),
        start=_on_the_clock(day, "14:00"),
        end=_on_the_clock(day, "16:00"),
    )
    edit_draft(session=session, facts=facts_of(session), plans=[*plans, follow_up], actor=actor)


def add_accreditations(trainers: Mapping[str, User], *, actor: User, day: dt.date) -> None:
    """Who may give what; one of them ends soon."""
    for name, course, role, languages, days in ACCREDITATIONS:
        grant_accreditation(
            person=trainers[name],
            course=Course.objects.get(slug=course),
            role=role,
            languages=languages.split(),
            valid_from=day - dt.timedelta(days=1500),
            valid_until=day + dt.timedelta(days=days) if days else None,
            actor=actor,
        )


def staff(session: Session, person: User, *, actor: User, role: StaffRole = StaffRole.TRAINER) -> None:
    """Somebody is asked for all parts, and accepts."""
    ask(session, person, actor=actor, role=role)
    answer_invitation(session=session, person=person, answer=StaffAnswer.ACCEPTED)


def ask(session: Session, person: User, *, actor: User, role: StaffRole = StaffRole.TRAINER) -> None:
    meetings = list(session.meetings.all())
    invite(session=session, meetings=meetings, person=person, role=role, actor=actor)


def _version(slug: str) -> CourseVersion:
    return CourseVersion.objects.get(course__slug=slug, course__current_version=F("pk"))


def _on_the_clock(day: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


def _since_midnight(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
