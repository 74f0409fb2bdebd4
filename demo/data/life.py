"""What happened, and what comes: sessions published, filled, marked and closed through the services.

Each act has its own instant (``demo.clock``). Nobody meets two sessions on one day: what is long past or
still far is planned by weekdays of other weeks than this one and the next.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import F

from attendance.enums import MarkState
from attendance.services import close_roster, mark, mark_rest
from core.time import BRUSSELS, brussels_day
from courses.enums import SessionAudience
from courses.models import Meeting, Session
from demo.clock import clock
from demo.data.offer import add_draft
from demo.data.people import People
from enrolment.models import Completion, Enrolment, Seat
from enrolment.reminders import queue_session_reminders
from enrolment.services.booking import enrol, withdraw
from enrolment.services.publishing import publish
from notifications.enums import MessageStatus
from notifications.models import Message
from people.models import Organisation, User

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
MEETING_ROOM = "Politiehuis Rivierenland"
DOSSIN = "Kazerne Dossin"


Marks = dict[User, MarkState]


class Life:
    def __init__(self, people: People, organisations: dict[str, Organisation], *, now: dt.datetime) -> None:
        self.people = people
        self.organisations = organisations
        self.now = now
        self.today = brussels_day(now)
        self.manager = people.by_job["catalogue-manager"]
        self.trainer = people.by_job["trainer"]
        self.dossin_nl, self.dossin_fr, self.unia_nl, self.unia_fr = people.trainers

    def live(self) -> None:
        self._the_past()
        self._today()
        self._what_comes()
        self._drafts()
        self._mails_of_the_past_are_sent()
        self._now()

    def _the_past(self) -> None:
        """Closed rosters with completions, and one that is still to be closed."""
        nl, fr = self.people.staff_nl, self.people.staff_fr
        job = self.people.by_job
        hpm_nl = self._offer("hpm", self._day(-7, TUESDAY), "nl", DOSSIN, self.trainer, capacity=12)
        self._fill(hpm_nl, nl[:8])
        self._attend(hpm_nl, {nl[2]: MarkState.LATE, nl[5]: MarkState.PARTIAL, nl[7]: MarkState.ABSENT})
        hpm_fr = self._offer("hpm", self._day(-4, THURSDAY), "fr", DOSSIN, self.dossin_fr, capacity=12)
        self._fill(hpm_fr, [job["staff-fr"], *fr[:7], job["staff-de"]])
        self._attend(hpm_fr, {fr[3]: MarkState.EXCUSED})
        law = self._offer("unia-law", self._day(-2, WEDNESDAY), "nl", MEETING_ROOM, self.unia_nl, capacity=16)
        self._fill(law, [job["staff-nl"], *nl[8:13], job["aspirant"]])
        self._attend(law, {})
        recent = self._offer(
            "hpm", _weekday_before(self.today), "nl", DOSSIN, self.trainer, capacity=12,
            audience=SessionAudience.EXPERIENCED,
        )  # fmt: skip
        self._fill(recent, nl[13:18])
        morning, afternoon = recent.meetings.all()
        self._close(morning)
        # Two have no mark yet, so this part is still to be closed.
        self._mark(afternoon, {nl[13]: MarkState.PRESENT, nl[15]: MarkState.LATE, nl[17]: MarkState.PRESENT})

    def _today(self) -> None:
        aspirants = [self.people.by_job["aspirant"], *self.people.aspirants_nl]
        hpm = self._offer(
            "hpm", self.today, "nl", DOSSIN, self.trainer, capacity=12, audience=SessionAudience.ASPIRANTS
        )
        self._fill(hpm, aspirants)

    def _what_comes(self) -> None:
        nl, fr, de = self.people.staff_nl, self.people.staff_fr, self.people.staff_de
        everybody = [*nl, *fr, *de]
        aspirants = SessionAudience.ASPIRANTS
        checks, law = "registration-of-checks", "unia-law"
        self.briefing = self._offer(
            checks, _weekday_after(self.today), "nl", MEETING_ROOM, self.trainer, notice=False
        )
        self._fill(self.briefing, nl[18:23])
        self._fill(
            self._offer(law, self._day(2, TUESDAY), "nl", MEETING_ROOM, self.unia_nl, capacity=16), nl[:6]
        )
        self.law_fr = self._offer(
            law, self._day(2, THURSDAY), "fr", "Commissariat Bruxelles-Nord", self.unia_fr, capacity=16
        )
        self._fill(self.law_fr, fr[:5])
        self.full = self._offer("hpm", self._day(3, TUESDAY), "nl", DOSSIN, self.dossin_nl, capacity=8)
        self._fill(self.full, nl[18:])
        self._fill(
            self._offer(checks, self._day(3, FRIDAY), "fr", "Salle communale, Namur", self.trainer), fr[3:10]
        )
        self._fill(
            self._offer("hpm", self._day(4, WEDNESDAY), "fr", DOSSIN, self.dossin_fr, capacity=14), fr[7:12]
        )
        self._fill(
            self._offer("hpm", self._day(5, TUESDAY), "nl", DOSSIN, self.trainer, capacity=14), nl[8:11]
        )
        self.theatre = self._offer(
            "theatre-debate",
            self._day(6, THURSDAY),
            "fr",
            "Salle communale, Namur",
            self.dossin_fr,
            capacity=150,
        )
        self._fill(self.theatre, everybody[::2])
        self._fill(
            self._offer(
                "hpm", self._day(7, MONDAY), "fr", DOSSIN, self.dossin_fr, capacity=14, audience=aspirants
            ),
            self.people.aspirants_fr,
        )
        self._offer(
            law, self._day(8, WEDNESDAY), "nl", MEETING_ROOM, self.unia_nl, capacity=20,
            open_to=[self.organisations["5913"]],
        )  # fmt: skip
        self._offer("hpm", self._day(9, TUESDAY), "nl", DOSSIN, self.dossin_nl, capacity=16)
        self._offer("hpm", self._day(10, THURSDAY), "fr", DOSSIN, self.dossin_fr, capacity=16)
        self._offer("hpm", self._day(11, TUESDAY), "nl", DOSSIN, self.trainer, capacity=16)

    def _drafts(self) -> None:
        """One that a catalogue manager can publish, and one whose rules aren't enforced yet."""
        add_draft(
            "hpm",
            day=self._day(12, TUESDAY),
            language="nl",
            venue=DOSSIN,
            trainer=self.dossin_nl,
            capacity=14,
        )
        add_draft(
            "brown-eyes-blue-eyes", day=self._day(12, THURSDAY), language="nl",
            venue="Campus Vesta", trainer=self.dossin_nl, capacity=20,
        )  # fmt: skip

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
        for session, slug in (
            (self.briefing, "staff-nl"),
            (self.full, "staff-nl"),
            (self.law_fr, "staff-fr"),
            (self.theatre, "staff-de"),
        ):
            enrol(session=session, learner=job[slug], actor=job[slug])
        leaving = Enrolment.objects.confirmed().filter(session=self.full).earliest("enrolled_at")
        withdraw(enrolment=leaving, actor=leaving.learner)

    def _day(self, weeks: int, weekday: int) -> dt.date:
        monday = self.today - dt.timedelta(days=self.today.weekday())
        return monday + dt.timedelta(weeks=weeks, days=weekday)

    def _offer(
        self,
        slug: str,
        day: dt.date,
        language: str,
        venue: str,
        trainer: User,
        *,
        capacity: int | None = None,
        audience: SessionAudience = SessionAudience.MIXED,
        open_to: Sequence[Organisation] = (),
        notice: bool = True,
    ) -> Session:
        """A session, published six weeks before it begins, or before today."""
        draft = add_draft(
            slug,
            day=day,
            language=language,
            venue=venue,
            trainer=trainer,
            capacity=capacity,
            audience=audience,
            open_to=open_to,
            notice=notice,
        )
        with clock(self._published(draft)):
            return publish(session=draft, actor=self.manager)

    def _published(self, session: Session) -> dt.datetime:
        begins = session.meetings.earliest("starts_at").local_date
        day = min(begins, self.today) - dt.timedelta(weeks=6)
        return dt.datetime.combine(day, dt.time(9), BRUSSELS)

    def _fill(self, session: Session, learners: Iterable[User]) -> None:
        """Two sign-ups a day, from the day after it was published."""
        published = self._published(session)
        for number, learner in enumerate(learners, start=2):
            with clock(published + dt.timedelta(days=number // 2, hours=5 * (number % 2), minutes=number)):
                enrol(session=session, learner=learner, actor=learner)

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
