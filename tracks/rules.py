"""Small named predicates about academies and what they assign."""

import datetime as dt

from dateutil.relativedelta import relativedelta

from courses.models import Step
from people.enums import Role
from people.models import Organisation, User
from tracks.models import Cohort


def schools_of(user: User) -> list[Organisation]:
    """The academies of which somebody is a coordinator, in the order of their names."""
    schools = {m.organisation for m in user.memberships_today if m.role == Role.COORDINATOR}
    return sorted(schools, key=lambda school: str(school.name))


def due_day(step: Step, cohort: Cohort, *, due_on: dt.date) -> dt.date:
    """By when a class has to complete a step of a track that is due on a day.

    A step that is due after a number of months is so on the day before the class is that old, and never
    later than the track.
    """
    if step.due_months is None:
        return due_on
    own = cohort.starts_on + relativedelta(months=step.due_months) - dt.timedelta(days=1)
    return min(own, due_on)
