"""What happened, and what comes: sessions published, filled, marked and closed through the services.

Each act has its own instant (``demo.clock``). Nobody meets two sessions on one day: what is long past or
still far is planned by weekdays of other weeks than this one and the next.
"""

import datetime as dt
from collections.abc import Iterable

from django.db.models import F

from attendance.enums import MarkState
from attendance.services import close_roster, mark, mark_rest
from core.time import BRUSSELS, brussels_day
from courses.enums import CancelReason, SessionAudience, StaffAnswer, StaffRole
from courses.models import Course, CourseVersion, Meeting, Programme, Session
from courses.rules import Deadlines
from courses.services.documents import add_document
from courses.services.organisation_rules import require_approval
from courses.services.programmes import save_programme
from courses.services.staffing import answer_invitation
from demo.clock import clock
from demo.data.academy import add_classes, assign_track
from demo.data.offer import (
    CHECKLIST,
    Edition,
    a_week_later,
    add_accreditations,
    add_draft,
    add_follow_up,
    ask,
    staff,
)
from demo.data.people import People
from enrolment.enums import CompletionSource, ExceptionReason
from enrolment.models import Completion, Enrolment, Seat
from enrolment.reminders import queue_session_reminders
from enrolment.services.accessibility import ask_organiser
from enrolment.services.booking import enrol, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.completions import record_completion
from enrolment.services.exceptions import ask_exception
from enrolment.services.interest import await_dates
from enrolment.services.leaving import free_bookings
from enrolment.services.moving import move
from enrolment.services.on_behalf import enrol_on_behalf
from enrolment.services.pools import reserve_seats
from enrolment.services.publishing import publish, publish_programme
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import Organisation, User
from people.services.memberships import set_last_day

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
HPM, LAW, CHECKS, THEATRE = "hpm", "unia-law", "registration-of-checks", "theatre-debate"
HPM_TRAINER = "hpm-trainer"
BEBE = "brown-eyes-blue-eyes"
DOSSIN, RIVIERENLAND = "Kazerne Dossin", "Politiehuis Rivierenland"
BRUSSELS_NORTH, NAMUR = "Commissariat Bruxelles-Nord", "Salle communale"

NEEDS = "Ik kom met een rolstoel: is er een lift, en kan ik dichtbij parkeren?"

Marks = dict[User, MarkState]


class Life:
    """Everything that people did and do, from the first session to this morning's click."""

    def __init__(self, people: People, organisations: dict[str, Organisation], *, now: dt.datetime) -> None:
        self.people = people
        self.organisations = organisations
        self.now = now
        self.today = brussels_day(now)
        self.manager = people.by_job["catalogue-manager"]
        self.trainer = people.by_job["trainer"]
        self.dossin_nl, self.dossin_fr, self.unia_nl, self.unia_fr = people.trainers
        trainers = dict(zip(("dossin_nl", "dossin_fr", "unia_nl", "unia_fr"), people.trainers, strict=True))
        add_accreditations(trainers | {"karim": self.trainer}, actor=self.manager, day=self.today)

    def live(self) -> None:
        self._classes()
        self._years_ago()
        self._the_past()
        self._today()
        self._what_comes()
        self._some_wait_for_a_date()
        self._quinzaine()
        self._with_consent()
        self._track()
        self._for_who_followed_hpm()
        self._drafts()
        self._plans_change()
        self._somebody_cannot_come()
        self._approvals()
        self._seats_are_kept()
        self._mails_of_the_past_are_sent()
        self._now()

    def _classes(self) -> None:
        known = [self.people.by_job["aspirant"], *self.people.aspirants_nl]
        self.school, self.coordinator = self.organisations["DEMO-VESTA"], self.people.by_job["coordinator"]
        self.classes = add_classes(self.school, known, coordinator=self.coordinator, now=self.now)

    def _track(self) -> None:
        """What is assigned to the large class, and the sessions into which it can be planned."""
        assign_track(self.classes["INP-A"], coordinator=self.coordinator, now=self.now)
        for weeks, weekday, trainer in (
            (4, MONDAY, self.dossin_nl),
            (6, TUESDAY, self.trainer),
            (6, WEDNESDAY, self.dossin_nl),
        ):
            self._offer_to_school(HPM, self._day(weeks, weekday), DOSSIN, trainer)
        self._offer_to_school(LAW, self._day(3, THURSDAY), "Campus Vesta", self.unia_nl)

    def _offer_to_school(self, course: str, day: dt.date, venue: str, trainer: User) -> None:
        aspirants, own = SessionAudience.ASPIRANTS, [self.school]
        self._offer(Edition(course, day, "nl", venue, trainer, capacity=16, audience=aspirants, open_to=own))

    def _years_ago(self) -> None:
        """What a zone had on file before it used the platform, some of it from before the zones merged."""
        colleagues = self.people.staff_rivierenland
        for course, years, some in (
            (HPM, 5, colleagues[:6]),
            (HPM, 3, colleagues[6:11]),
            (HPM, 2, colleagues[11:18]),
            (HPM, 1, colleagues[:1]),
            (LAW, 2, colleagues[::2]),
            (LAW, 1, colleagues[1:12:2]),
            (BEBE, 1, colleagues[3:16]),
        ):
            version = CourseVersion.objects.get(course__slug=course, course__current_version=F("pk"))
            day = self._day(-52 * years, THURSDAY)
            for person in some:
                record_completion(
                    person=person,
                    version=version,
                    completed_on=day,
                    sessions=[],
                    source=CompletionSource.IMPORT,
                    actor=self.people.by_job["hr"],
                )

    def _the_past(self) -> None:
        """Closed rosters with completions, and one that is still to be closed."""
        nl, fr, job = self.people.staff_nl, self.people.staff_fr, self.people.by_job
        in_french = [job["staff-fr"], *fr[:7], job["staff-de"]]
        about_law = [job["staff-nl"], *nl[8:13], job["aspirant"]]
        hpm_nl = self._offer(Edition(HPM, self._day(-7, TUESDAY), "nl", DOSSIN, self.trainer, nl[:8], 12))
        hpm_fr = self._offer(
            Edition(HPM, self._day(-4, THURSDAY), "fr", DOSSIN, self.dossin_fr, in_french, 12)
        )
        law = self._offer(
            Edition(LAW, self._day(-2, WEDNESDAY), "nl", RIVIERENLAND, self.unia_nl, about_law, 16)
        )
        self._attend(hpm_nl, {nl[2]: MarkState.LATE, nl[5]: MarkState.PARTIAL, nl[7]: MarkState.ABSENT})
        with_missed_part = {fr[3]: MarkState.EXCUSED, job["staff-fr"]: MarkState.EXCUSED}
        self._attend(hpm_fr, with_missed_part)
        self._attend(law, {})
        # One of them missed the afternoon, and can make up for it.
        *_today, second, third, half_done = self.people.aspirants_nl
        hpm_class = self._offer(
            Edition(
                HPM,
                self._day(-3, TUESDAY),
                "nl",
                DOSSIN,
                self.dossin_nl,
                [second, third, half_done],
                12,
                audience=SessionAudience.ASPIRANTS,
            )
        )
        self._attend(hpm_class, {half_done: MarkState.EXCUSED})
        recent = self._offer(
            Edition(HPM, _weekday_before(self.today), "nl", DOSSIN, self.trainer, nl[13:18], 12)
        )
        morning, afternoon = recent.meetings.all()
        self._close(morning)
        # Two have no mark yet, so this part is still to be closed.
        self._mark(afternoon, {nl[13]: MarkState.PRESENT, nl[15]: MarkState.LATE, nl[17]: MarkState.PRESENT})

    def _today(self) -> None:
        people = [self.people.by_job["aspirant"], *self.people.aspirants_nl[:-3]]
        aspirants = SessionAudience.ASPIRANTS
        self._offer(Edition(HPM, self.today, "nl", DOSSIN, self.trainer, people, 12, audience=aspirants))

    def _what_comes(self) -> None:
        nl, fr, job = self.people.staff_nl, self.people.staff_fr, self.people.by_job
        everybody = [*nl, *fr, *self.people.staff_de]
        zone, leaders = [self.organisations["5913"]], [job["hr"], job["chief"]]
        tomorrow = _weekday_after(self.today)
        aspirants = SessionAudience.ASPIRANTS
        self.briefing = self._offer(
            Edition(CHECKS, tomorrow, "nl", RIVIERENLAND, self.trainer, nl[18:23], has_deadlines=False)
        )
        # So near that a seat that comes free is offered for a day to the one who waits.
        near, team = _weekday_after(self.today + dt.timedelta(days=4)), [*fr[10:12], job["staff-fr"]]
        self.near = self._offer(
            Edition(CHECKS, near, "fr", BRUSSELS_NORTH, self.unia_fr, team, 2, has_deadlines=False)
        )
        # Two people are missing, and it was to be decided yesterday.
        law, yesterday = self._day(2, TUESDAY), self.today - dt.timedelta(days=1)
        self.too_few = self._offer(
            Edition(LAW, law, "nl", RIVIERENLAND, self.unia_nl, nl[:6], 16, minimum=8, decide_on=yesterday)
        )
        self.law_fr = self._offer(
            Edition(LAW, self._day(2, THURSDAY), "fr", BRUSSELS_NORTH, self.unia_fr, fr[:5], 16)
        )
        self.full = self._offer(Edition(HPM, self._day(3, TUESDAY), "nl", DOSSIN, self.dossin_nl, nl[18:], 8))
        self._offer(Edition(CHECKS, self._day(3, FRIDAY), "fr", NAMUR, self.unia_fr, fr[3:10]))
        self._offer(Edition(HPM, self._day(4, WEDNESDAY), "fr", DOSSIN, self.dossin_fr, fr[7:12], 14))
        *_others, self.leaver = self.people.staff_rivierenland
        self.hpm_with_a_question = self._offer(
            Edition(HPM, self._day(4, TUESDAY), "nl", DOSSIN, self.trainer, [*nl[8:11], self.leaver], 14)
        )
        self.cancelled = self._offer(
            Edition(LAW, self._day(6, TUESDAY), "nl", RIVIERENLAND, self.unia_nl, nl[:3], 16)
        )
        self.theatre = self._offer(
            Edition(THEATRE, self._day(6, THURSDAY), "fr", NAMUR, self.dossin_fr, everybody[::2], 150)
        )
        class_fr = self.people.aspirants_fr
        self._offer(
            Edition(HPM, self._day(7, MONDAY), "fr", DOSSIN, self.dossin_fr, class_fr, 14, audience=aspirants)
        )
        self._offer(
            Edition(LAW, self._day(8, WEDNESDAY), "nl", RIVIERENLAND, self.unia_nl, leaders, 20, open_to=zone)
        )
        self.without_trainer = self._offer(
            Edition(HPM, self._day(9, TUESDAY), "nl", DOSSIN, self.dossin_nl, capacity=16)
        )
        self._offer(Edition(HPM, self._day(10, THURSDAY), "fr", DOSSIN, self.dossin_fr, capacity=16))
        later = self._day(11, TUESDAY)
        decide_on = later - dt.timedelta(days=14)
        self.hpm_later = self._offer(
            Edition(HPM, later, "nl", DOSSIN, self.trainer, capacity=16, minimum=8, decide_on=decide_on)
        )

    def _some_wait_for_a_date(self) -> None:
        nl, fr = self.people.staff_nl, self.people.staff_fr
        visitor = self.people.by_job["staff-nl"]
        with clock(self.now - dt.timedelta(days=5)):
            for slug, people in (("auschwitz", [visitor, *nl[:8], *fr[:6]]), ("hpm-managers", nl[5:12])):
                course = Course.objects.select_related("current_version").get(slug=slug)
                for person in people:
                    await_dates(person=person, course=course)

    def _quinzaine(self) -> None:
        """An edition of which everybody can choose workshops: two at once, two that overlap, one full."""
        nl, fr = self.people.staff_nl, self.people.staff_fr
        first, second = self._day(7, WEDNESDAY), self._day(7, FRIDAY)
        gender = [*nl[:5], *fr[:8]]
        programme = CourseVersion.objects.get(course__slug="quinzaine", course__current_version=F("pk"))
        editions = (
            Edition("quinzaine-islam", first, "fr", BRUSSELS_NORTH, self.dossin_fr, fr[:9], 20, "A"),
            Edition("quinzaine-poverty", first, "nl", BRUSSELS_NORTH, self.dossin_nl, nl[:7], 16, "B"),
            Edition("quinzaine-gender", first, "nl", BRUSSELS_NORTH, self.unia_nl, gender, 12, "A"),
            Edition("quinzaine-antisemitism", second, "fr", BRUSSELS_NORTH, self.dossin_fr, fr[3:9], 20, "A"),
            Edition("quinzaine-lgb", second, "nl", BRUSSELS_NORTH, self.unia_nl, nl[4:12], 16, "B"),
            Edition("quinzaine-reintegration", second, "fr", BRUSSELS_NORTH, self.unia_fr, fr[5:], 16, "A"),
        )
        published = dt.datetime.combine(self.today - dt.timedelta(weeks=2), dt.time(9), BRUSSELS)
        with clock(published):
            workshops = [add_draft(edition, actor=self.manager) for edition in editions]
            for workshop, edition in zip(workshops, editions, strict=True):
                staff(workshop, edition.trainer, actor=self.manager)
            quinzaine = Programme(version=programme, starts_on=self._day(7, MONDAY), ends_on=second)
            save_programme(programme=quinzaine, sessions=workshops, actor=self.manager)
            publish_programme(programme=quinzaine, actor=self.manager)
        for workshop, edition in zip(workshops, editions, strict=True):
            self._enrol_all(workshop, edition.learners, since=published)

    def _with_consent(self) -> None:
        """Whoever enrols reads and consents first; a follow-up comes four weeks later, for who wants it."""
        day, nl = self._day(9, THURSDAY), self.people.staff_nl
        edition = Edition(BEBE, day, "nl", "Campus Vesta", self.dossin_nl, nl[10:19], 16)
        published = dt.datetime.combine(self.today - dt.timedelta(weeks=3), dt.time(9), BRUSSELS)
        with clock(published):
            draft = add_draft(edition, actor=self.manager)
            add_follow_up(draft, day + dt.timedelta(weeks=4), actor=self.manager)
            staff(draft, self.dossin_nl, actor=self.manager)
            for assistant in (self.unia_nl, self.trainer):
                staff(draft, assistant, actor=self.manager, role=StaffRole.ASSISTANT)
            publish(session=draft, actor=self.manager)
        self._enrol_all(draft, edition.learners, since=published)

    def _for_who_followed_hpm(self) -> None:
        """Somebody who didn't asks the organisers to do without."""
        monday = self._day(14, MONDAY)
        session = self._offer(Edition(HPM_TRAINER, monday, "nl", DOSSIN, self.dossin_nl, capacity=12))
        with clock(self.now - dt.timedelta(days=1)):
            ask_exception(
                session=session,
                prerequisite=Course.objects.get(slug=HPM),
                person=self.people.staff_nl[21],
                reason=ExceptionReason.ELSEWHERE,
            )

    def _drafts(self) -> None:
        """One that a catalogue manager can publish, and one that waits for the answer of an assistant."""
        nl = self.dossin_nl
        editions = (
            Edition(HPM, self._day(12, TUESDAY), "nl", DOSSIN, nl, capacity=14),
            Edition(BEBE, self._day(12, THURSDAY), "nl", "Campus Vesta", nl, capacity=20),
        )
        hpm, bebe = (add_draft(edition, actor=self.manager) for edition in editions)
        with clock(self.now - dt.timedelta(days=2)):
            staff(hpm, nl, actor=self.manager)
            staff(bebe, nl, actor=self.manager)
            staff(bebe, self.unia_nl, actor=self.manager, role=StaffRole.ASSISTANT)
            ask(bebe, self.trainer, actor=self.manager, role=StaffRole.ASSISTANT)

    def _plans_change(self) -> None:
        """One session has moved, one doesn't take place, and the briefing of tomorrow has a document."""
        with clock(self.now - dt.timedelta(days=3)):
            session = self.hpm_with_a_question
            plans = a_week_later(session)
            deadlines = Deadlines(enrol_until=self._day(4, SATURDAY))
            move(session=session, plans=plans, deadlines=deadlines, actor=self.manager)
            cancel_session(session=self.cancelled, reason=CancelReason.TRAINER, actor=self.manager)
        add_document(
            session=self.briefing, name="Checklist registratie.pdf", content=CHECKLIST, actor=self.manager
        )

    def _somebody_cannot_come(self) -> None:
        """The manager has a replacement to find."""
        with clock(self.now - dt.timedelta(days=1)):
            answer_invitation(
                session=self.without_trainer, person=self.dossin_nl, answer=StaffAnswer.DECLINED
            )

    def _approvals(self) -> None:
        """Rivierenland decides who goes to Namur for an afternoon, and somebody waits for its yes."""
        zone, hr = self.organisations["5913"], self.people.by_job["hr"]
        two_weeks_ago = self.now - dt.timedelta(weeks=2)
        with clock(two_weeks_ago):
            require_approval(
                organisation=zone,
                course=self.theatre.version.course,
                valid_from=brussels_day(two_weeks_ago),
                actor=hr,
            )
        with clock(self.now - dt.timedelta(days=3)):
            jonas = self.people.staff_rivierenland[7]
            enrol(session=self.theatre, learner=jonas, actor=jonas)

    def _seats_are_kept(self) -> None:
        """For one zone, until three weeks before; what it doesn't take by then is for everybody."""
        with clock(self.now - dt.timedelta(weeks=2)):
            reserve_seats(
                session=self.hpm_later,
                seats=4,
                release_on=self._day(8, TUESDAY),
                organisation=self.organisations["5913"],
                language="",
                actor=self.manager,
            )

    def _mails_of_the_past_are_sent(self) -> None:
        """Or a first start would send hundreds. Today's participants have had their reminder too."""
        midnight = dt.datetime.combine(self.today + dt.timedelta(days=1), dt.time.min, BRUSSELS)
        at = midnight - dt.timedelta(days=3)
        with clock(at):
            queue_session_reminders(at=at)
        Message.objects.filter(due_at__lt=self.now).update(
            status=MessageStatus.SENT, created_at=F("due_at"), sent_at=F("due_at")
        )

    def _now(self) -> None:
        """What people do while the visitor looks: these mails go out."""
        job = self.people.by_job
        for session, person in (
            (self.briefing, job["staff-nl"]),
            (self.full, job["staff-nl"]),
            (self.law_fr, job["staff-fr"]),
            (self.theatre, job["staff-de"]),
            # Whom the zone approves first.
            (self.theatre, self.people.staff_rivierenland[12]),
        ):
            enrol(session=session, learner=person, actor=person)
        for session in (self.full, self.near):
            leaving = Enrolment.objects.confirmed().filter(session=session).earliest("enrolled_at")
            withdraw(enrolment=leaving, actor=leaving.learner)
        self._on_behalf()
        self._somebody_needs_something()

    def _on_behalf(self) -> None:
        """HR finds a later date for who waits, and a colleague left while they had a seat."""
        hr, zone = self.people.by_job["hr"], self.organisations["5913"]
        noor = self.people.by_job["staff-nl"]
        enrol_on_behalf(session=self.hpm_later, learner=noor, organisation=zone, actor=hr)
        employment = self.leaver.memberships.current(on=self.today).get()
        set_last_day(membership=employment, last_day=self.today - dt.timedelta(days=1), actor=hr)
        free_bookings(person=self.leaver)

    def _somebody_needs_something(self) -> None:
        asking = (
            Enrolment.objects.confirmed().filter(session=self.hpm_with_a_question).earliest("enrolled_at")
        )
        ask_organiser(enrolment=asking, text=NEEDS)

    def _day(self, weeks: int, weekday: int) -> dt.date:
        monday = self.today - dt.timedelta(days=self.today.weekday())
        return monday + dt.timedelta(weeks=weeks, days=weekday)

    def _offer(self, edition: Edition) -> Session:
        """Published six weeks before it begins, or before today; from the next day on two enrol a day."""
        day = min(edition.day, self.today) - dt.timedelta(weeks=6)
        published = dt.datetime.combine(day, dt.time(9), BRUSSELS)
        with clock(published):
            draft = add_draft(edition, actor=self.manager)
            staff(draft, edition.trainer, actor=self.manager)
            session = publish(session=draft, actor=self.manager)
        self._enrol_all(session, edition.learners, since=published)
        return session

    def _enrol_all(self, session: Session, learners: Iterable[User], *, since: dt.datetime) -> None:
        """From the next day on two a day."""
        for number, learner in enumerate(learners, start=2):
            with clock(since + dt.timedelta(days=number // 2, hours=5 * (number % 2), minutes=number)):
                enrol(session=session, learner=learner, actor=learner, consent=session.version.number)

    def _attend(self, session: Session, exceptions: Marks) -> None:
        """Everybody was there; the exceptions, who were marked otherwise, in the last part."""
        *earlier, last = session.meetings.all()
        for meeting in earlier:
            self._close(meeting)
        self._mark(last, exceptions)
        self._close(last)

    def _mark(self, meeting: Meeting, states: Marks) -> None:
        with clock(meeting.ends_at):
            for seat in Seat.objects.held().filter(meeting=meeting, enrolment__learner__in=states):
                mark(seat=seat, state=states[seat.enrolment.learner], actor=_trainer_of(meeting))

    def _close(self, meeting: Meeting) -> None:
        at = meeting.ends_at + dt.timedelta(minutes=10)
        trainer = _trainer_of(meeting)
        with clock(at):
            mark_rest(meeting=meeting, state=MarkState.PRESENT, actor=trainer)
            close_roster(meeting=meeting, actor=trainer)
        Completion.objects.filter(sessions=meeting.session).update(recorded_at=at)


def _trainer_of(meeting: Meeting) -> User:
    return meeting.staff.get().person


def _weekday_after(day: dt.date) -> dt.date:
    return day + dt.timedelta(days={FRIDAY: 3, SATURDAY: 2}.get(day.weekday(), 1))


def _weekday_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days={MONDAY: 3, SUNDAY: 2}.get(day.weekday(), 1))
