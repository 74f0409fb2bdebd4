"""Planning a class: seats for many people in a few sessions, all of them or nobody."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry
from courses.models import Session
from enrolment import emails
from enrolment.block import Block, read_block, read_places
from enrolment.enums import EnrolmentSource, EnrolmentStatus, Obstacle
from enrolment.errors import BlockRefused
from enrolment.models import Enrolment
from enrolment.rules import withdrawal_closes_on
from enrolment.services.locking import lock_learners, lock_sessions
from enrolment.services.seats import hold_all_seats
from people.models import Organisation, User


@dataclass(frozen=True)
class Change:
    """What is otherwise than the plan took it to be: for a person, or for all who go to a session."""

    obstacle: Obstacle
    session: Session | None
    learner: User | None = None


def book_block(
    *,
    placements: Mapping[int, int],
    shown: Mapping[int, int],
    organisation: Organisation,
    actor: User,
) -> list[Enrolment]:
    """Give each person, by id, a seat in a session, by id, of a course that they must complete.

    All sessions are of one course. ``shown``: the ``sequence`` of each when the plan was shown;
    ``organisation``: the academy whose plan it is, and whom people ask who can't come. Raises BlockRefused,
    and places nobody, when anything stands in the way of one of them. The statements don't grow with the
    number of people.
    """
    with transaction.atomic():
        lock_sessions(set(placements.values()))
        lock_learners(placements.keys())
        chosen = Session.objects.filter(pk__in=placements.values())
        places = read_places(chosen, organisation)
        learners = list(User.objects.filter(pk__in=placements).select_related("profile").order_by("pk"))
        block = read_block(places, learners, at=timezone.now())
        if changes := _changes(block, placements, shown):
            raise BlockRefused(changes)
        sessions = {place.session.pk: place.session for place in places}
        enrolments = Enrolment.objects.bulk_create(
            _enrolment(block, learner, sessions[placements[learner.pk]], organisation) for learner in learners
        )
        wanted = [(enrolment, list(enrolment.session.meetings.all())) for enrolment in enrolments]
        held = hold_all_seats(wanted, at=block.at)
        AuditEntry.record_all(
            action="enrolment.confirmed",
            subjects=((enrolment, {"source": enrolment.source}) for enrolment in enrolments),
            actor=actor,
        )
        emails.tell_all_confirmed(zip(enrolments, held, strict=True))
    return enrolments


def _changes(block: Block, placements: Mapping[int, int], shown: Mapping[int, int]) -> list[Change]:
    places = {place.session.pk: place for place in block.places}
    changes = [
        Change(Obstacle.MOVED, place.session)
        for place in block.places
        if shown.get(place.session.pk) != place.session.sequence
    ]
    groups: Counter[int] = Counter()
    for learner in block.learners:
        place = places.get(placements[learner.pk])
        obstacle = block.obstacle(learner, place) if place else Obstacle.NOT_PUBLISHED
        if obstacle:
            changes.append(Change(obstacle, place.session if place else None, learner))
        else:
            groups[placements[learner.pk]] += 1
    for pk, size in groups.items():
        left = places[pk].seats_left
        if left is not None and size > left:
            changes.append(Change(Obstacle.FULL, places[pk].session))
    return changes


def _enrolment(block: Block, learner: User, session: Session, organisation: Organisation) -> Enrolment:
    return Enrolment(
        session=session,
        learner=learner,
        status=EnrolmentStatus.CONFIRMED,
        source=EnrolmentSource.BLOCK,
        enrolled_by=organisation,
        is_mandatory=True,
        enrolled_at=block.at,
        confirmed_at=block.at,
        # The rules of today bind this enrolment, whatever becomes of the session's and the course's.
        withdraw_until=withdrawal_closes_on(session),
        **asdict(block.affiliations[learner.pk]),
    )
