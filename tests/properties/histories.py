"""Histories: whatever people do to a few seats, in whatever order, nothing becomes untrue.

Each rule is one act of one person. After it the machine looks at everything that has to hold; it does the
same act again, which must change nothing; an act that is refused must leave all as it was.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import time_machine
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)

from core.errors import DomainError
from core.time import today
from courses.enums import CancelReason
from courses.models import Meeting, Session
from courses.rules import Deadlines
from courses.services.scheduling import plan_of
from enrolment import tasks
from enrolment.enums import SEATED, ExceptionReason, ExceptionStatus
from enrolment.models import Enrolment, Offer, PrerequisiteException, SeatPool
from enrolment.services.approving import approve, disapprove
from enrolment.services.block_booking import book_block
from enrolment.services.booking import apply_for, enrol, enrol_all, withdraw
from enrolment.services.cancelling import cancel_session
from enrolment.services.capacity import change_capacity
from enrolment.services.deciding import let_take_place
from enrolment.services.exceptions import ask_exception, decide_exception, take_back_exception
from enrolment.services.moving import move
from enrolment.services.offers import accept_offer, decline_offer, set_notice, step_back_in
from enrolment.services.on_behalf import enrol_on_behalf, take_back
from enrolment.services.pools import release_pool, reserve_seats
from enrolment.services.substituting import substitute
from enrolment.services.transferring import transfer
from enrolment.services.walk_ins import add_walk_in, undo_walk_in
from enrolment.turns import moves_up
from notifications.models import Message
from people.models import Membership, User
from tests.properties.state import TRUE_OF, everything, faults, is_idle, last_told, queues
from tests.properties.world import BEGINNING, PEOPLE, SESSIONS, ZONES, World

PERSON, SESSION = st.sampled_from(PEOPLE), st.sampled_from(SESSIONS)
WAITS = st.sampled_from(["minute", "hour", "evening", "day", "week"])
HOURS = {"minute": 1 / 60, "hour": 1, "evening": 9, "day": 24, "week": 7 * 24}
SECOND = dt.timedelta(seconds=1)
combine = dt.datetime.combine


class Histories(RuleBasedStateMachine):
    """Begins in a world that stands already, and leaves it as it was."""

    made = Bundle("enrolments")

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.clock = time_machine.travel(BEGINNING, tick=False)
        self.time = self.clock.start()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.kept: dict[int, tuple[Any, ...]] = {}
        self.queues: dict[int, frozenset[int]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.clock.stop()

    # -- People ------------------------------------------------------------------------------------

    @rule(target=made, person=PERSON, session=SESSION)
    def enrol(self, person: str, session: str) -> Any:
        learner = self._person(person)
        return self._made(
            session, lambda: enrol(session=self._session(session), learner=learner, actor=learner)
        )

    @rule(target=made, people=st.lists(PERSON, min_size=2, max_size=4), session=SESSION)
    def enrol_together(self, people: list[str], session: str) -> Any:
        """They press the button at one moment; who presses twice is one of them."""
        chosen, learners = self._session(session), [self._person(person) for person in people]
        asked = [apply_for(chosen, learner, actor=learner) for learner in learners]

        def enrol_them() -> list[Any]:
            # Where it takes several transactions, one comes after the other.
            with time_machine.travel(timezone.now(), tick=True):
                return list(enrol_all(chosen.pk, asked))

        outcomes = self._act(session, enrol_them)
        return multiple(*{each.pk for each in outcomes if isinstance(each, Enrolment)})

    @rule(target=made, person=PERSON, session=SESSION)
    def enrol_on_behalf(self, person: str, session: str) -> Any:
        learner = self._person(person)
        zone = learner.memberships.get(role="employee").organisation
        return self._made(
            session,
            lambda: enrol_on_behalf(
                session=self._session(session), learner=learner, organisation=zone, actor=self.world.hr
            ),
        )

    @rule(enrolment=made)
    def withdraw(self, enrolment: int) -> None:
        self._to(enrolment, lambda each: withdraw(enrolment=each, actor=each.learner))

    @rule(enrolment=made)
    def accept(self, enrolment: int) -> None:
        self._answer(enrolment, accept_offer)

    @rule(enrolment=made)
    def decline(self, enrolment: int) -> None:
        self._answer(enrolment, decline_offer)

    @rule(target=made, enrolment=made, to=st.sampled_from(["far", "later"]))
    def transfer(self, enrolment: int, to: str) -> Any:
        def to_another_date(each: Enrolment) -> Enrolment:
            return transfer(enrolment=each, to=self._session(to), actor=each.learner)

        moved = self._to(enrolment, to_another_date)
        return moved.pk if moved else multiple()

    @rule(enrolment=made)
    def step_back_in(self, enrolment: int) -> None:
        self._to(enrolment, lambda each: step_back_in(enrolment=each, actor=each.learner))

    @rule(enrolment=made, days=st.sampled_from([None, 3, 14, 60]))
    def set_notice(self, enrolment: int, days: int | None) -> None:
        self._to(enrolment, lambda each: set_notice(enrolment=each, days=days, actor=each.learner))

    @rule()
    def ask_for_an_exception(self) -> None:
        """Dee lacks what comes first, and nobody else does."""
        near, dee = self._session("near"), self._person("Dee")
        self._try(
            lambda: ask_exception(
                session=near,
                prerequisite=self.world.basics,
                person=dee,
                reason=ExceptionReason.EXPERIENCE,
            )
        )

    @rule()
    def take_the_question_back(self) -> None:
        for asked in PrerequisiteException.objects.all():
            self._try(partial(take_back_exception, exception=asked, actor=asked.person))

    @precondition(lambda self: len(self.kept) > 3)
    @rule(person=PERSON)
    def leave_the_police(self, person: str) -> None:
        Membership.objects.filter(user=self.world.people[person]).update(
            valid_until=today() - dt.timedelta(days=1)
        )
        self._sweep()
        tasks.free_bookings_of_leavers()
        self._do_again(tasks.free_bookings_of_leavers)
        assert not Enrolment.objects.left_behind(at=timezone.now()).exists()

    # -- Those who decide for them -----------------------------------------------------------------

    @rule(enrolment=made)
    def take_back(self, enrolment: int) -> None:
        """Nobody but the person ends what they chose themselves: their HR is not shown it."""
        if Enrolment.objects.get(pk=enrolment).enrolled_by:
            self._to(enrolment, lambda each: take_back(enrolment=each, actor=self.world.hr))

    @rule(enrolment=made)
    def approve(self, enrolment: int) -> None:
        self._to(enrolment, lambda each: approve(enrolment=each, actor=self.world.hr))

    @rule(enrolment=made)
    def disapprove(self, enrolment: int) -> None:
        self._to(enrolment, lambda each: disapprove(enrolment=each, actor=self.world.hr))

    @rule(granted=st.booleans())
    def decide_about_the_exception(self, granted: bool) -> None:
        status = ExceptionStatus.GRANTED if granted else ExceptionStatus.DECLINED
        for asked in PrerequisiteException.objects.all():
            self._try(partial(decide_exception, exception=asked, status=status, actor=self.world.manager))

    @rule(target=made, enrolment=made, person=PERSON)
    def substitute(self, enrolment: int, person: str) -> Any:
        """By somebody of the same office: others are not shown."""
        office, by = Enrolment.objects.get(pk=enrolment).enrolled_by, self._person(person)
        if office is None or not by.memberships.filter(organisation=office).exists():
            return multiple()

        def by_another(each: Enrolment) -> Enrolment:
            return substitute(enrolment=each, by=by, organisation=office, actor=self.world.hr)

        successor = self._to(enrolment, by_another)
        return successor.pk if successor else multiple()

    # -- Those who stand at the door ---------------------------------------------------------------

    @rule(target=made, person=PERSON, session=SESSION)
    def walk_in(self, person: str, session: str) -> Any:
        if moves_up(self._session(session), at=timezone.now()):
            return multiple()
        enrolment = self._act(
            session,
            lambda: add_walk_in(
                session=self._session(session), learner=self._person(person), actor=self.world.manager
            ),
        )
        return enrolment.pk if enrolment else multiple()

    @rule(enrolment=made)
    def take_off_the_list(self, enrolment: int) -> None:
        self._to(enrolment, lambda each: undo_walk_in(enrolment=each, actor=self.world.manager))

    # -- Those who manage the session --------------------------------------------------------------

    @rule(session=SESSION, seats=st.sampled_from([0, 1, 2, 3, None]))
    def change_capacity(self, session: str, seats: int | None) -> None:
        of_session = self._session(session)
        capacities = {meeting.pk: seats for meeting in of_session.meetings.all()}
        self._act(
            session,
            lambda: change_capacity(session=of_session, capacities=capacities, actor=self.world.manager),
        )

    @rule(session=SESSION, days=st.sampled_from([2, 9, 30]))
    def move(self, session: str, days: int) -> None:
        """To a day counted from the beginning; on some of them is another session."""
        of_session = self._session(session)
        day = (BEGINNING + dt.timedelta(days=days)).date()
        plans = [
            replace(plan, start=combine(day, plan.start.time()), end=combine(day, plan.end.time()))
            for plan in map(plan_of, of_session.meetings.all())
        ]
        decide_on = day - dt.timedelta(days=1) if of_session.min_participants else None
        deadlines = Deadlines(decide_on=decide_on)
        self._act(
            session,
            lambda: move(session=of_session, plans=plans, deadlines=deadlines, actor=self.world.manager),
        )

    @rule()
    def let_take_place(self) -> None:
        undecided = self._session("strict")
        self._act("strict", lambda: let_take_place(session=undecided, actor=self.world.manager))

    @precondition(lambda self: len(self.kept) > 4)
    @rule(session=SESSION)
    def cancel(self, session: str) -> None:
        self._act(
            session,
            lambda: cancel_session(
                session=self._session(session), reason=CancelReason.TRAINER, actor=self.world.manager
            ),
        )

    @rule(
        session=SESSION,
        seats=st.integers(1, 2),
        days=st.integers(0, 20),
        whose=st.sampled_from([*ZONES, "fr"]),
    )
    def reserve(self, session: str, seats: int, days: int, whose: str) -> None:
        self._act(
            session,
            lambda: reserve_seats(
                session=self._session(session),
                seats=seats,
                release_on=today() + dt.timedelta(days=days),
                organisation=self.world.zones.get(whose),
                language="" if whose in ZONES else whose,
                actor=self.world.manager,
            ),
        )

    @rule(session=SESSION)
    def release(self, session: str) -> None:
        for pool in SeatPool.objects.filter(session=self.world.sessions[session]):
            self._act(session, partial(release_pool, pool=pool, actor=self.world.manager))

    @rule()
    def plan_the_class(self) -> None:
        of_session = self._session("near")
        aspirants = [self.world.people[name] for name in ("Eve", "Fin")]
        school = aspirants[0].memberships.get(role="aspirant").organisation
        placements = {person.pk: of_session.pk for person in aspirants}
        shown = {of_session.pk: of_session.sequence}
        self._try(
            lambda: book_block(
                placements=placements, shown=shown, organisation=school, actor=self.world.manager
            )
        )

    # -- Time --------------------------------------------------------------------------------------

    @rule(wait=WAITS)
    def time_passes_and_the_sweeps_are_late(self, wait: str) -> None:
        self.time.shift(dt.timedelta(hours=HOURS[wait]))

    @rule(wait=WAITS)
    def time_passes(self, wait: str) -> None:
        self.time.shift(dt.timedelta(hours=HOURS[wait]))
        self._sweep()
        self._do_again(self._sweep)
        for session in Session.objects.all():
            assert not is_idle(session, at=timezone.now()), "a seat is free beside somebody who waits"

    def _sweep(self) -> None:
        tasks.decide_due_sessions()
        tasks.release_reserved_seats()
        tasks.expire_offers()
        tasks.fill_free_seats_from_queues()

    # -- What holds after every step ---------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        assert faults() == {}
        self._nobody_has_a_seat_that_there_is_not()
        self._what_was_so_when_they_enrolled_stays()
        self._nobody_is_overtaken_in_a_queue()
        self._what_they_were_last_told_is_true()
        self._nobody_goes_without_what_comes_first()

    def _nobody_has_a_seat_that_there_is_not(self) -> None:
        seated = Count("session__enrolments", filter=Q(session__enrolments__status__in=SEATED))
        required = Meeting.objects.filter(part__optional=False, capacity__isnull=False)
        for meeting in required.annotate(seated=seated):
            assert meeting.seated + meeting.reserved <= meeting.capacity

    def _what_was_so_when_they_enrolled_stays(self) -> None:
        for each in Enrolment.objects.all():
            now = (each.enrolled_at, each.approval_needed, each.is_mandatory, each.priority, each.learner_id)
            assert self.kept.setdefault(each.pk, now) == now
            assert each.moved_from_id is None or self.kept[each.moved_from_id][0] == each.enrolled_at
            assert each.approved_at or not (each.is_confirmed and each.approval_needed)

    def _nobody_is_overtaken_in_a_queue(self) -> None:
        """Before those who wait comes only somebody who joins them, by a rule or with an older date."""
        before, self.queues = self.queues, queues()
        for pk in self.queues.keys() & before.keys():
            assert not (self.queues[pk] - before[pk]) & before.keys()

    def _what_they_were_last_told_is_true(self) -> None:
        told = last_told()
        for each in Enrolment.objects.active():
            last = told.get(str(each.public_id))
            # Who said no themselves needs no mail about it.
            assert last in TRUE_OF[each.status] or (last is None and each.is_queued), (each.pk, last)

    def _nobody_goes_without_what_comes_first(self) -> None:
        dee = Enrolment.objects.active().filter(
            learner=self.world.people["Dee"], session=self.world.sessions["near"]
        )
        granted = PrerequisiteException.objects.filter(status=ExceptionStatus.GRANTED)
        assert granted.exists() or not dee.exists()

    # -- Acts --------------------------------------------------------------------------------------

    def _person(self, name: str) -> User:
        """As they are now: what somebody belongs to is read once for each row."""
        person: User = User.objects.select_related("profile").get(pk=self.world.people[name].pk)
        return person

    def _session(self, name: str) -> Session:
        return Session.objects.get(pk=self.world.sessions[name].pk)

    def _made(self, session: str, act: Callable[[], Enrolment]) -> int | MultipleResults[int]:
        enrolment = self._act(session, act)
        if enrolment is None:
            return multiple()
        # Whoever was there before may have been overtaken since by somebody who must come.
        if enrolment.is_queued and enrolment.enrolled_at == timezone.now():
            (mail,) = Message.objects.filter(topic=f"enrolment:{enrolment.public_id}").order_by("-pk")[:1]
            if mail.template == "enrolment_queued":
                assert mail.context["position"] == len(queues()[enrolment.pk]) + 1
        return int(enrolment.pk)

    def _to(self, pk: int, act: Callable[[Enrolment], Any]) -> Any:
        def to_it() -> Any:
            return act(Enrolment.objects.select_related("learner", "session").get(pk=pk))

        return self._act_in(Enrolment.objects.get(pk=pk).session_id, to_it)

    def _answer(self, pk: int, act: Callable[..., object]) -> None:
        """The last offer, ended or not: its link still lies in a mailbox."""
        offer = Offer.objects.select_related("enrolment").filter(enrolment=pk).order_by("pk").last()
        if offer:
            self._act_in(offer.enrolment.session_id, lambda: act(offer=offer, actor=None))

    def _act(self, session: str, act: Callable[[], Any]) -> Any:
        return self._act_in(self.world.sessions[session].pk, act)

    def _act_in(self, session: int, act: Callable[[], Any]) -> Any:
        """An act leaves no seat of its session free beside somebody who waits, unless one was before."""
        self.time.shift(SECOND)
        was_idle = self._is_idle(session)
        outcome = self._try(act)
        assert was_idle or not self._is_idle(session), "a seat stays free beside somebody who waits"
        return outcome

    def _is_idle(self, session: int) -> bool:
        return is_idle(Session.objects.get(pk=session), at=timezone.now())

    def _try(self, act: Callable[[], Any]) -> Any:
        """Do it, and again; None if it is refused."""
        before = everything()
        try:
            outcome = act()
        except DomainError:
            assert everything() == before, "a refusal left something behind"
            return None
        self._do_again(act)
        return outcome

    def _do_again(self, act: Callable[[], Any]) -> None:
        after = everything()
        with suppress(DomainError):
            act()
        assert everything() == after, "what is done already was done again"
