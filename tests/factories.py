"""Builders of test data: the smallest true thing, named after what the test needs."""

import datetime as dt
from dataclasses import asdict, replace
from typing import Any

import factory
from django.db.models import F
from django.utils import timezone
from factory.django import DjangoModelFactory

from core.time import BRUSSELS, today
from courses.enums import (
    Audience,
    CertificatePolicy,
    CourseKind,
    Obligation,
    ProgrammeStatus,
    Sensitivity,
    SessionStatus,
    StaffAnswer,
    StaffRole,
    Topic,
)
from courses.models import (
    Accreditation,
    Course,
    CourseVersion,
    Meeting,
    MeetingStaff,
    Part,
    Programme,
    Provider,
    Session,
    Venue,
)
from courses.services.scheduling import keep_session_times, place_meeting, plan_of
from enrolment.enums import EnrolmentStatus, OfferKind
from enrolment.models import Enrolment, Offer, Seat
from people.enums import OrganisationKind, Role
from people.models import Membership, Organisation, Profile, User
from people.rules import affiliation_of


def in_four_languages(name: str, text: str) -> dict[str, str]:
    return {f"{name}_{language}": f"{text} ({language})" for language in ("nl", "fr", "de", "en")}


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    kind = OrganisationKind.ZONE
    code = factory.Sequence(lambda n: f"{n:04}")
    name_nl = factory.LazyAttribute(lambda o: f"PZ {o.code}")
    name_fr = factory.LazyAttribute(lambda o: f"ZP {o.code}")
    languages = ["nl"]


class ProfileFactory(DjangoModelFactory[Profile]):
    class Meta:
        model = Profile

    user = factory.SubFactory("tests.factories.UserFactory", profile=None)
    first_name = "Jo"
    last_name = factory.Sequence(lambda n: f"Peeters{n}")
    staff_number = factory.Sequence(lambda n: f"43{n:07}")
    administrative_language = "nl"


class UserFactory(DjangoModelFactory[User]):
    """A person with a profile; give ``profile__administrative_language="fr"`` and the like."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@police.example")
    password = factory.django.Password("correct horse battery")
    profile = factory.RelatedFactory(ProfileFactory, factory_related_name="user")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.EMPLOYEE
    valid_from = dt.date(2020, 1, 1)


class ProviderFactory(DjangoModelFactory[Provider]):
    class Meta:
        model = Provider

    slug = factory.Sequence(lambda n: f"provider-{n}")
    name_nl = name_fr = name_de = name_en = "Kazerne Dossin"


class VenueFactory(DjangoModelFactory[Venue]):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda n: f"Venue {n}")
    city_nl = "Mechelen"
    city_fr = "Malines"
    city_de = city_en = "Mechelen"


class CourseFactory(DjangoModelFactory[Course]):
    class Meta:
        model = Course

    slug = factory.Sequence(lambda n: f"course-{n}")
    kind = CourseKind.TRAINING
    topic = Topic.HUMAN_RIGHTS
    provider = factory.SubFactory(ProviderFactory)


class CourseVersionFactory(DjangoModelFactory[CourseVersion]):
    """The current version of a course, without parts; see ``make_version`` for one that can be given."""

    class Meta:
        model = CourseVersion
        skip_postgeneration_save = True

    course = factory.SubFactory(CourseFactory)
    number = 1
    valid_from = dt.date(2024, 1, 1)
    audiences = [Audience.ALL_STAFF]
    languages = ["nl", "fr"]
    obligation = Obligation.VOLUNTARY
    certificate_policy = CertificatePolicy.FULL
    title_nl, title_fr, title_de, title_en = "Titel", "Titre", "Titel DE", "Title"
    summary_nl, summary_fr, summary_de, summary_en = "Kort", "Résumé", "Kurz", "Summary"

    @factory.post_generation
    def as_current(version: CourseVersion, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805
        if create:
            version.course.current_version = version
            version.course.save()

    class Params:
        asking_consent = factory.Trait(
            sensitive=True,
            consent_required=True,
            obligation=Obligation.NEVER_MANDATORY,
            early_exit_allowed=True,
            consent_text_nl="Dit gebeurt er.",
            consent_text_fr="Voici ce qui se passe.",
            consent_text_de="Das geschieht.",
            consent_text_en="This is what happens.\n\nYou may stop at any moment.",
            aftercare_nl="Iemand luistert.",
            aftercare_en="Somebody listens.",
        )
        sensitive = factory.Trait(
            sensitivity=Sensitivity.SENSITIVE,
            title_nl="Gevoelig thema",
            title_fr="Thème sensible",
            title_de="Sensibles Thema",
            title_en="Sensitive theme",
            generic_title_nl="Vorming diversiteit",
            generic_title_fr="Formation diversité",
            generic_title_de="Schulung Vielfalt",
            generic_title_en="Diversity training",
        )


class PartFactory(DjangoModelFactory[Part]):
    class Meta:
        model = Part

    version = factory.SubFactory(CourseVersionFactory)
    position = 1
    title_nl, title_fr, title_de, title_en = "Deel", "Partie", "Teil", "Part"
    minutes = 240


class SessionFactory(DjangoModelFactory[Session]):
    """A session without meetings; see ``make_session``."""

    class Meta:
        model = Session
        skip_postgeneration_save = True

    version = factory.SubFactory(CourseVersionFactory)
    language = "nl"


class AccreditationFactory(DjangoModelFactory[Accreditation]):
    class Meta:
        model = Accreditation

    person = factory.SubFactory(UserFactory)
    course = factory.SubFactory(CourseFactory)
    role = StaffRole.TRAINER
    languages = ["nl", "fr"]
    valid_from = dt.date(2020, 1, 1)


def make_version(*, parts: int = 2, **fields: Any) -> CourseVersion:
    """A course version with parts of four hours."""
    version: CourseVersion = CourseVersionFactory.create(**fields)
    for position in range(1, parts + 1):
        PartFactory.create(version=version, position=position)
    return version


def make_session(
    *,
    version: CourseVersion | None = None,
    starts_in: dt.timedelta = dt.timedelta(days=30),
    capacity: int | None = 12,
    published: bool = True,
    trainer: User | None = None,
    **fields: Any,
) -> Session:
    """A published session with a meeting of three hours for each part, one after the other on one day."""
    version = version or make_version()
    day = today() + starts_in
    venue = fields.pop("venue", None) or VenueFactory.create()
    session: Session = SessionFactory.create(version=version, **fields)
    for index, part in enumerate(version.parts.all()):
        start = dt.datetime.combine(day, dt.time(8 + 4 * index, 30), BRUSSELS)
        end = start + dt.timedelta(hours=3)
        meeting = Meeting.objects.create(
            session=session,
            part=part,
            venue=venue,
            starts_at=start,
            ends_at=end,
            local_start=start.strftime("%Y-%m-%dT%H:%M"),
            local_end=end.strftime("%Y-%m-%dT%H:%M"),
            capacity=capacity,
        )
        if trainer:
            make_staff(meeting, trainer)
    if trainer and not trainer.accreditations.filter(course=version.course).exists():
        AccreditationFactory.create(person=trainer, course=version.course)
    meetings = list(session.meetings.all())
    session.starts_at, session.ends_at = meetings[0].starts_at, meetings[-1].ends_at
    if published:
        session.status, session.published_at = SessionStatus.PUBLISHED, timezone.now()
    session.save()
    return session


def make_programme(
    *workshops: tuple[int, int, str], published: bool = True, capacity: int = 12, **fields: Any
) -> Programme:
    """An edition of a programme, two weeks from today on, with sensitive workshops of two hours and a half.

    Each workshop is (day from the first, hour of its start, title).
    """
    version: CourseVersion = CourseVersionFactory.create(
        course__kind=CourseKind.PROGRAMME,
        certificate_policy=CertificatePolicy.ATTENDANCE,
        title_nl="Veertiendaagse",
        title_fr="Quinzaine",
        title_en="Fortnight",
    )
    first = fields.pop("starts_on", today() + dt.timedelta(days=14))
    programme: Programme = Programme.objects.create(
        version=version, starts_on=first, ends_on=first + dt.timedelta(days=13), **fields
    )
    for day, hour, title in workshops:
        make_workshop(programme, day, hour, title, published=published, capacity=capacity)
    if published:
        Programme.objects.filter(pk=programme.pk).update(status=ProgrammeStatus.PUBLISHED)
        programme.refresh_from_db()
    return programme


def make_workshop(
    programme: Programme, day: int, hour: int, title: str, *, published: bool = True, **fields: Any
) -> Session:
    """A session of a workshop of the programme, in its edition."""
    version = make_version(
        parts=1,
        sensitive=True,
        course__programme=programme.version.course,
        certificate_policy=CertificatePolicy.NONE,
        **{f"title_{language}": title for language in ("nl", "fr", "de", "en")},
    )
    version.parts.update(minutes=150)
    on = programme.starts_on + dt.timedelta(days=day)
    session = make_session(version=version, starts_in=on - today(), published=published, **fields)
    start = dt.datetime.combine(on, dt.time(hour), BRUSSELS)
    put_at(session.meetings.get(), start, start + dt.timedelta(minutes=150))
    Session.objects.filter(pk=session.pk).update(programme=programme)
    session.refresh_from_db()
    return session


def put_at(meeting: Meeting, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Bring a meeting to these instants, and its session with it."""
    start, end = (each.astimezone(BRUSSELS).replace(tzinfo=None) for each in (starts_at, ends_at))
    place_meeting(meeting, replace(plan_of(meeting), start=start, end=end))
    keep_session_times(session=meeting.session)


def make_employee(*, zone: Organisation | None = None, language: str = "nl", **fields: Any) -> User:
    """A staff member of a zone."""
    user: User = UserFactory.create(profile__administrative_language=language, **fields)
    MembershipFactory.create(user=user, organisation=zone or OrganisationFactory.create(), role=Role.EMPLOYEE)
    return user


def make_aspirant(school: Organisation, *, language: str = "nl", **fields: Any) -> User:
    """An aspirant of a school, employed by a zone; ``class_name`` and ``class_starts_on`` name a class."""
    of_class = {name: fields.pop(name) for name in ("class_name", "class_starts_on") if name in fields}
    user = make_employee(language=language, **fields)
    MembershipFactory.create(user=user, organisation=school, role=Role.ASPIRANT, **of_class)
    return user


def make_person_with(role: Role, *, organisation: Organisation | None = None, **fields: Any) -> User:
    """A person who has a role in an organisation."""
    user: User = UserFactory.create(**fields)
    MembershipFactory.create(user=user, organisation=organisation or OrganisationFactory.create(), role=role)
    return user


def make_trainer(
    course: Course, *, role: StaffRole = StaffRole.TRAINER, language: str = "nl", **fields: Any
) -> User:
    """A trainer who may give a course; ``fields`` are those of the accreditation."""
    trainer = make_person_with(Role.TRAINER, profile__administrative_language=language)
    AccreditationFactory.create(person=trainer, course=course, role=role, **fields)
    return trainer


def make_staff(
    meeting: Meeting | None,
    person: User,
    *,
    role: StaffRole = StaffRole.TRAINER,
    answer: StaffAnswer = StaffAnswer.ACCEPTED,
) -> MeetingStaff:
    """Somebody who gives a meeting, accepted unless said otherwise."""
    assert meeting is not None
    staff: MeetingStaff = MeetingStaff.objects.create(
        meeting=meeting, person=person, role=role, answer=answer
    )
    return staff


def make_confirmed(session: Session, learner: User | None = None) -> Enrolment:
    """A confirmed enrolment with a seat in every meeting, and the count of places that goes with it."""
    learner = learner or make_employee()
    enrolment = Enrolment.objects.create(
        session=session,
        learner=learner,
        status=EnrolmentStatus.CONFIRMED,
        confirmed_at=timezone.now(),
        **asdict(affiliation_of(learner, on=today())),
    )
    _hold_seats(enrolment)
    return enrolment


def make_offer(session: Session, learner: User | None = None, kind: OfferKind = OfferKind.SEAT) -> Offer:
    """A seat that is held for somebody until tomorrow."""
    learner, now = learner or make_employee(), timezone.now()
    affiliated = affiliation_of(learner, on=today())
    enrolment = Enrolment.objects.create(
        session=session, learner=learner, status=EnrolmentStatus.OFFERED, **asdict(affiliated)
    )
    if kind == OfferKind.APPROVAL:
        enrolment.approval_needed, enrolment.approver_id = True, affiliated.employer_id
        enrolment.save()
    _hold_seats(enrolment)
    expires_at = now + dt.timedelta(days=1)
    offer: Offer = Offer.objects.create(enrolment=enrolment, kind=kind, made_at=now, expires_at=expires_at)
    return offer


def _hold_seats(enrolment: Enrolment) -> None:
    meetings = enrolment.session.meetings.all()
    Seat.objects.bulk_create(Seat(enrolment=enrolment, meeting=meeting) for meeting in meetings)
    meetings.update(taken=F("taken") + 1)
