"""One data set for the whole matrix: two of everything, so that each of them is foreign to somebody."""

import datetime as dt
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from attendance.enums import MarkState
from attendance.make_ups import was_missed
from attendance.models import Mark
from certificates.enums import CertificateStatus
from certificates.models import Certificate
from core.models import AuditEntry
from core.time import today
from courses.enums import CertificatePolicy, SessionStatus, StaffAnswer
from courses.models import CourseVersion, Meeting, Prerequisite, Session
from courses.services.documents import add_document
from courses.services.organisation_rules import require_approval
from enrolment.enums import CompletionSource, EnrolmentStatus, ExceptionReason, PassedOver
from enrolment.links import approval_token, offer_token
from enrolment.models import AuditRun, Completion, Departure, Enrolment, SeatPool
from enrolment.services.accessibility import ask_organiser
from enrolment.services.booking import enrol
from enrolment.services.completions import record_completion
from enrolment.services.exceptions import ask_exception
from enrolment.services.history import receive_history
from enrolment.services.leaving import free_bookings
from enrolment.services.make_ups import book_make_up
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.walk_ins import add_walk_in
from people.enums import OrganisationKind, Role
from people.models import Intake, Organisation, SignIn, User
from people.rules import role_scope
from people.services.staff_imports import check_list, receive_list
from tests.attendance.helpers import mark_and_close
from tests.certificates.helpers import make_snapshot
from tests.factories import (
    AccreditationFactory,
    MembershipFactory,
    OrganisationFactory,
    ProviderFactory,
    VenueFactory,
    make_confirmed,
    make_employee,
    make_offer,
    make_person_with,
    make_programme,
    make_session,
    make_staff,
    make_version,
    make_workshop,
)
from tests.notifications.messages import make_message
from tests.rights.rows import Who
from tests.tracks.helpers import assign, join, make_class, make_track
from tracks.enums import ExemptionReason
from tracks.services.class_lists import receive_class_list
from tracks.services.exemptions import grant_exemption

PDF = b"%PDF-1.7 "
CLASS_LIST = "stamnummer;naam;voornaam;klas\n3;Maes;An;1B"


class World:
    """``people`` by what they are, and in ``named`` what stands in addresses and forms for each thing."""

    def __init__(self) -> None:
        self.people: dict[Who, User] = {}
        self.named: dict[str, str] = {}
        self._make_organisations()
        self._make_people()
        self._make_courses()
        self._make_sessions()
        self._make_records()
        self._make_make_ups()
        self._make_classes()
        self._make_programmes()
        self._make_exceptions()
        self._make_approvals()
        self._make_files()
        self._make_what_the_administration_lists()
        self._name(**{who.value: person.public_id for who, person in self.people.items()})

    def sign_everybody_in(self, client: Client) -> dict[Who, str]:
        """The key of each person's session."""
        keys = {}
        for who, person in self.people.items():
            client.force_login(person)
            keys[who] = client.session.session_key or ""
            client.cookies.clear()
        return keys

    def _name(self, **things: object) -> None:
        self.named |= {name: str(thing) for name, thing in things.items()}

    def _make_organisations(self) -> None:
        self.zone, self.other_zone = (OrganisationFactory.create(code=code) for code in ("5344", "5913"))
        self.school, self.other_school = (
            OrganisationFactory.create(kind=OrganisationKind.SCHOOL) for _ in range(2)
        )
        self.partner, self.other_partner = (
            OrganisationFactory.create(kind=OrganisationKind.PARTNER) for _ in range(2)
        )
        self._name(
            zone=self.zone.public_id,
            zone_code=self.zone.code,
            zone_pk=self.zone.pk,
            other_zone=self.other_zone.public_id,
            other_zone_code=self.other_zone.code,
            other_zone_pk=self.other_zone.pk,
            school=self.school.public_id,
            school_pk=self.school.pk,
        )

    def _make_people(self) -> None:
        self.people = {
            Who.STAFF: make_employee(zone=self.zone),
            Who.COLLEAGUE: make_employee(zone=self.zone),
            Who.OTHER_STAFF: make_employee(zone=self.other_zone),
            Who.ASPIRANT: make_employee(zone=self.zone),
            Who.TRAINER: make_person_with(Role.TRAINER),
            Who.INVITED_TRAINER: make_person_with(Role.TRAINER),
            Who.OTHER_TRAINER: make_person_with(Role.TRAINER),
            Who.HR: make_person_with(Role.HR, organisation=self.zone),
            Who.OTHER_HR: make_person_with(Role.HR, organisation=self.other_zone),
            Who.COORDINATOR: make_person_with(Role.COORDINATOR, organisation=self.school),
            Who.OTHER_COORDINATOR: make_person_with(Role.COORDINATOR, organisation=self.other_school),
            Who.CHIEF: make_person_with(Role.CHIEF, organisation=self.zone),
            Who.APPROVER: make_person_with(Role.APPROVER, organisation=self.zone),
            Who.PARTNER: make_person_with(Role.PARTNER, organisation=self.partner),
            Who.OTHER_PARTNER: make_person_with(Role.PARTNER, organisation=self.other_partner),
            Who.CATALOGUE_MANAGER: make_person_with(Role.CATALOGUE_MANAGER),
            Who.ADMINISTRATOR: _administrator(),
            Who.UNPROVEN: _administrator(),
        }
        newcomer = make_employee(zone=self.zone, password=None)
        colleague_number = self.people[Who.COLLEAGUE].profile.staff_number
        self._name(newcomer=newcomer.public_id, colleague_number=colleague_number)
        TOTP.activate(self.people[Who.ADMINISTRATOR], generate_totp_secret())
        MembershipFactory.create(user=self.people[Who.ASPIRANT], organisation=self.school, role=Role.ASPIRANT)

    def _make_courses(self) -> None:
        self.version = _version_of(self.partner, slug="own")
        self.other_version = _version_of(self.other_partner, slug="other")
        _version_of(self.partner, slug="unused")
        free = make_person_with(Role.TRAINER)
        accreditation = AccreditationFactory.create(person=free, course=self.version.course)
        self._name(
            free_trainer=free.public_id,
            accreditation=accreditation.public_id,
            venue=VenueFactory.create().public_id,
            provider=self.version.course.provider.slug,
        )

    def _make_sessions(self) -> None:
        self.open = self._session(
            "open",
            days=30,
            organiser=self._own_organisation(Who.CATALOGUE_MANAGER),
            contact_email="training@police.example",
        )

        self._session("draft", days=40, published=False)
        self._session("empty_draft", days=41, published=False)
        undecided: dict[str, Any] = {"min_participants": 2, "decide_on": today() + dt.timedelta(days=20)}
        self._session("undecided", days=45, **undecided)
        self._session("cancelled", days=42, status=SessionStatus.CANCELLED)
        self.restricted = self._session("restricted", days=43)
        self.restricted.open_to.add(self.zone)
        foreign = self._session("foreign", days=44, version=self.other_version)
        foreign.open_to.add(self.other_zone)
        waited_for = self._session("waited_for", days=45)
        for name, session in (("pool", self.open), ("other_pool", waited_for)):
            pool = SeatPool.objects.create(
                session=session, organisation=self.zone, seats=1, release_on=today() + dt.timedelta(days=1)
            )
            session.meetings.update(reserved=1)
            self._name(**{name: pool.public_id})
        self._name(tomorrow=today() + dt.timedelta(days=1))
        self._name(offer=offer_token(make_offer(waited_for)))
        Enrolment.objects.create(
            session=waited_for,
            learner=self.people[Who.COLLEAGUE],
            status=EnrolmentStatus.QUEUED,
            passed_over=PassedOver.OFFER_EXPIRED,
            passed_over_at=timezone.now(),
        )
        self.today = self._session("today", days=0)
        self.closed = self._session("closed", days=-1)
        self.elsewhere = self._session("elsewhere", days=0, version=self.other_version)
        make_staff(self.open.first_meeting, self.people[Who.INVITED_TRAINER], answer=StaffAnswer.INVITED)
        make_staff(self.today.first_meeting, self.people[Who.INVITED_TRAINER], answer=StaffAnswer.INVITED)
        self.own = {
            name: make_confirmed(session, self.people[Who.STAFF])
            for name, session in (("open", self.open), ("today", self.today), ("closed", self.closed))
        }
        seated_elsewhere = make_confirmed(self.elsewhere, self.people[Who.OTHER_STAFF])
        own_row, other_row = (
            session.meetings.get().staff.first().public_id for session in (self.open, self.elsewhere)
        )
        walked_in = add_walk_in(
            session=self.today, learner=make_employee(zone=self.zone), actor=self.people[Who.TRAINER]
        )
        self._name(
            walked_in=walked_in.public_id,
            enrolment=self.own["today"].public_id,
            closed_enrolment=self.own["closed"].public_id,
            other_enrolment=seated_elsewhere.public_id,
            part_hex=self.open.meetings.get().public_id.hex,
            row=own_row,
            other_row=other_row,
            today_iso=today(),
            later=today() + dt.timedelta(days=100),
        )
        for name, session in (("plan", self.open), ("other_plan", foreign)):
            document = add_document(
                session=session, name=f"{name}.pdf", content=PDF, actor=self.people[Who.ADMINISTRATOR]
            )
            self._name(**{name: document.public_id})

    def _make_records(self) -> None:
        """Enrolments by others, requests, who left, marks, completions, certificates."""
        asked = ask_organiser(enrolment=self.own["open"], text="A ramp")
        self._enrol_for("enrolled_by_hr", Who.COLLEAGUE, self.zone, by=Who.HR, days=50)
        self._enrol_for("enrolled_by_school", Who.ASPIRANT, self.school, by=Who.COORDINATOR, days=51)
        self._name(
            request=asked.public_id,
            leaver=self._leaver(self.zone, Role.EMPLOYEE).public_id,
            school_leaver=self._leaver(self.school, Role.ASPIRANT).public_id,
        )
        closing = {self.own["closed"]: MarkState.PRESENT}
        mark_and_close(self.closed.meetings.get(), closing, self.people[Who.TRAINER])
        certificate = _certificate(Completion.objects.get())
        on_request = make_version(parts=1, certificate_policy=CertificatePolicy.ON_REQUEST)
        requestable = record_completion(
            person=self.people[Who.STAFF],
            version=on_request,
            completed_on=today(),
            sessions=[],
            source=CompletionSource.ATTENDANCE,
            actor=None,
        )
        self._name(
            certificate=certificate.public_id,
            code=certificate.code,
            certificate_pk=certificate.pk,
            completion=requestable.public_id,
            roster_pk=self.closed.meetings.get().roster.pk,
            mark_pk=Mark.objects.get().pk,
        )

    def _make_make_ups(self) -> None:
        """Who missed the second of two parts: some have still to choose a date, the colleague has one."""
        self.in_parts = make_version(course__slug="in-parts")
        missed, again = (
            make_session(version=self.in_parts, starts_in=dt.timedelta(days)) for days in (-2, 33)
        )
        first, second = missed.meetings.all()
        people = [self.people[who] for who in (Who.STAFF, Who.COLLEAGUE, Who.ASPIRANT)]
        enrolments = [make_confirmed(missed, person) for person in people]
        mark_and_close(first, dict.fromkeys(enrolments, MarkState.PRESENT), self.people[Who.TRAINER])
        mark_and_close(second, dict.fromkeys(enrolments, MarkState.ABSENT), self.people[Who.TRAINER])
        meeting = again.meetings.get(part__position=2)
        book_make_up(
            enrolment=enrolments[1], meeting=meeting, was_missed=was_missed, actor=self.people[Who.COLLEAGUE]
        )
        self._name(missed_in=missed.public_id, made_up_in=again.public_id, make_up=meeting.public_id)

    def _make_classes(self) -> None:
        """A class of each school, both with a track; in the own one the aspirant and somebody to plan."""
        coordinator = self.people[Who.COORDINATOR]
        cohort, other = make_class(self.school), make_class(self.other_school)
        self.people[Who.ASPIRANT].memberships.filter(role=Role.ASPIRANT).update(
            class_name=cohort.name, class_starts_on=cohort.starts_on
        )
        track = make_track(self.version, self.other_version, self.in_parts)
        exemption = grant_exemption(
            person=self.people[Who.ASPIRANT],
            school=self.school,
            course=self.other_version.course,
            reason=ExemptionReason.EQUIVALENT,
            valid_from=today(),
            actor=coordinator,
        )
        self._name(
            cohort=cohort.public_id,
            other_cohort=other.public_id,
            to_plan=join(cohort).public_id,
            of_other_class=join(other).public_id,
            assignment=assign(track, cohort, actor=coordinator).public_id,
            other_assignment=assign(track, other).public_id,
            exemption=exemption.public_id,
            new_track=make_track(self.version, slug="new").pk,
        )
        intake = Intake(self.school, cohort.starts_on, None)
        received = receive_class_list(content=CLASS_LIST.encode(), intake=intake, uploader=coordinator)
        self._name(class_list=received.public_id)

    def _make_programmes(self) -> None:
        """Editions on offer, being made and over; and what asks for consent."""
        offered, other = (make_programme((0, 9, title)) for title in ("Islam", "Poverty"))
        draft = make_programme(published=False, starts_on=today() + dt.timedelta(days=60))
        trainer = self.people[Who.TRAINER]
        make_workshop(draft, 0, 9, "Reintegration", published=False, trainer=trainer)
        over = make_programme(starts_on=today() - dt.timedelta(days=30))
        consenting = make_version(parts=1, asking_consent=True)
        self._name(
            programme=offered.public_id,
            workshop=offered.sessions.get().public_id,
            other_workshop=other.sessions.get().public_id,
            draft_programme=draft.public_id,
            past_programme=over.public_id,
            programme_version=draft.version.pk,
        )
        self._session("by_consent", days=70, version=consenting)

    def _make_exceptions(self) -> None:
        """Two courses that ask for the own one, each with somebody who asks to do without."""
        network = self._own_organisation(Who.CATALOGUE_MANAGER)
        other_network = OrganisationFactory.create()
        make_person_with(Role.CATALOGUE_MANAGER, organisation=other_network)
        for name, organiser in (("demanding", network), ("other_demanding", other_network)):
            version = make_version(parts=1)
            Prerequisite.objects.create(version=version, course=self.version.course)
            session = self._session(name, days=71, version=version, organiser=organiser)
            asked = ask_exception(
                session=session,
                prerequisite=self.version.course,
                person=make_employee(zone=self.zone),
                reason=ExceptionReason.ELSEWHERE,
            )
            self._name(**{f"{name}_exception": asked.public_id})

    def _make_approvals(self) -> None:
        """What both zones want to approve, and in each somebody who waits for it."""
        session = self._session("to_approve", days=72, version=make_version(parts=1, approval_required=True))
        for name, zone, by in (
            ("rule", self.zone, Who.HR),
            ("other_rule", self.other_zone, Who.OTHER_HR),
        ):
            made = require_approval(
                organisation=zone, course=make_version().course, valid_from=today(), actor=self.people[by]
            )
            waiting = make_employee(zone=zone)
            pending = enrol(session=session, learner=waiting, actor=waiting)
            self._name(**{name: made.public_id, name.replace("rule", "pending"): pending.public_id})
            if zone == self.zone:
                self._name(
                    approval=approval_token(pending, self.people[Who.APPROVER]),
                    no_approval=approval_token(pending, self.people[Who.COLLEAGUE]),
                )

    def _make_files(self) -> None:
        """Lists that the own HR uploaded, and has not confirmed."""
        hr, code = self.people[Who.HR], self.zone.code
        number = self.people[Who.COLLEAGUE].profile.staff_number
        people = receive_list(
            content=f"stamnummer;naam;voornaam;zone\n1;Maes;An;{code}".encode(), uploader=hr
        )
        check_list(staff_import=people)
        past = f"opleiding;datum;zone;stamnummer;naam;voornaam\nown;1/6/2024;{code};{number};;"
        history, _plan = receive_history(content=past.encode(), scope=role_scope(hr), uploader=hr)
        assert history is not None
        self._name(list=people.public_id, history=history.public_id)

    def _make_what_the_administration_lists(self) -> None:
        staff = self.people[Who.STAFF]
        message = make_message(staff)
        elsewhere = SignIn.objects.create(
            session_key="elsewhere", user=staff, expire_date=timezone.now() + dt.timedelta(days=1)
        )
        self._name(
            sign_in=elsewhere.public_id,
            message_pk=message.pk,
            user_pk=staff.pk,
            email=staff.email,
            membership_pk=staff.memberships.get().pk,
            entry_pk=AuditEntry.objects.latest("pk").pk,
            audit_pk=AuditRun.objects.create(milliseconds=1).pk,
        )

    def _session(
        self, name: str, *, days: int, version: CourseVersion | None = None, **fields: Any
    ) -> Session:
        version = version or self.version
        giver = Who.TRAINER if version == self.version else Who.OTHER_TRAINER
        session = make_session(
            version=version, starts_in=dt.timedelta(days=days), trainer=self.people[giver], **fields
        )
        if "status" in fields:
            Session.objects.filter(pk=session.pk).update(status=fields["status"])
        meeting: Meeting = session.meetings.get()
        self._name(**{name: session.public_id, f"part_of_{name}": meeting.public_id})
        return session

    def _enrol_for(self, name: str, who: Who, organisation: Organisation, *, by: Who, days: int) -> None:
        session = self._session(name, days=days)
        enrol_on_behalf(
            session=session, learner=self.people[who], organisation=organisation, actor=self.people[by]
        )

    def _leaver(self, organisation: Organisation, role: Role) -> Departure:
        person = make_person_with(role, organisation=organisation)
        make_confirmed(self.open, person)
        person.memberships.update(valid_until=today() - dt.timedelta(days=1))
        free_bookings(person=person)
        departure: Departure = Departure.objects.get(person=person)
        return departure

    def _own_organisation(self, who: Who) -> Organisation:
        organisation: Organisation = self.people[who].memberships.get().organisation
        return organisation


def _administrator() -> User:
    return make_person_with(Role.ADMINISTRATOR, is_staff=True, is_superuser=True)


def _version_of(partner: Organisation, *, slug: str) -> CourseVersion:
    provider = ProviderFactory.create(organisation=partner, slug=f"provider-of-{slug}")
    return make_version(parts=1, course__slug=slug, course__provider=provider)


def _certificate(completion: Completion) -> Certificate:
    """As one is issued, but for its file, which takes long to make."""
    certificate: Certificate = Certificate.objects.create(
        completion=completion,
        holder=completion.person,
        status=CertificateStatus.ISSUED,
        issued_at=timezone.now(),
        language="nl",
        snapshot=make_snapshot(),
    )
    certificate.file.save("certificate.pdf", ContentFile(PDF))
    return certificate
