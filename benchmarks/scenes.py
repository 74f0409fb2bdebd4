"""People and sessions of the data set that a measurement needs, and sessions that it adds."""

import datetime as dt

from django.utils import timezone

from core.time import brussels_day
from courses.enums import SessionStatus
from courses.models import Session
from courses.services.repeating import duplicate
from people.models import User

# People of the data set who give nothing and have not been asked yet.
FIRST_LEARNER = 1_000


def learners(count: int, *, after: int = 0) -> list[User]:
    """People with nothing on the days of a ``new_session``; ``after``: how many were taken before."""
    found = list(User.objects.filter(pk__gte=FIRST_LEARNER + after).order_by("pk")[:count])
    if len(found) < count:
        raise RuntimeError(f"The data set has {len(found)} people to choose from, not {count}.")
    return found


def coming_session() -> Session:
    session: Session = (
        Session.objects.published().filter(starts_at__gt=timezone.now()).earliest("starts_at", "id")
    )
    return session


def new_session(*, seats: int) -> Session:
    """An empty session like the last one to come, on a day of its own after it."""
    last = Session.objects.published().latest("starts_at", "id")
    first_day = brussels_day(last.starts_at) + dt.timedelta(days=1)
    session = duplicate(session=last, first_day=first_day, actor=User.objects.earliest("id"))
    session.meetings.update(capacity=seats)
    Session.objects.filter(pk=session.pk).update(status=SessionStatus.PUBLISHED, published_at=timezone.now())
    return session
