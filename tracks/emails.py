"""The mails about what is due: to the person, and once a week to their academy, without a name."""

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse
from django.utils import translation

from core.time import BRUSSELS
from courses.emails import absolute
from notifications.services import Draft
from people.models import Organisation, User
from tracks.progress.matrices import Matrix
from tracks.progress.standings import Standing


def step_reminder(person: User, standing: Standing, *, days: int) -> Draft:
    """One for each due date and notice; worthless once the day has passed."""
    due_on = standing.step.due_on
    with translation.override(person.profile.administrative_language):
        context = {
            "first_name": person.profile.first_name,
            "title": standing.title,
            "due_on_iso": due_on.isoformat(),
            "training_url": absolute(reverse("portal:training")),
        }
    return Draft(
        recipient=person,
        template="step_reminder",
        context=context,
        dedupe_key=f"step_reminder:{person.public_id}:{standing.step.course_id}:{due_on}:{days}",
        expires_at=dt.datetime.combine(due_on, dt.time.max, BRUSSELS),
    )


def academy_digest(
    coordinator: User, school: Organisation, matrices: Sequence[Matrix], *, week: str
) -> Draft:
    """What is late in the classes of an academy, in numbers."""
    with translation.override(coordinator.profile.administrative_language):
        context = {
            "first_name": coordinator.profile.first_name,
            "school": str(school.name),
            "late": [
                {"class": matrix.cohort.name, "title": column.title, "people": column.late}
                for matrix in matrices
                for column in matrix.columns
                if column.late
            ],
            "academy_url": absolute(reverse("tracks:academy")),
        }
    return Draft(
        recipient=coordinator,
        template="academy_digest",
        context=context,
        dedupe_key=f"academy_digest:{coordinator.public_id}:{school.public_id}:{week}",
    )
