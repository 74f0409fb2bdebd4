"""The demo's data: made once, relative to the day on which it is made."""

from django.db import transaction
from django.utils import timezone

from demo.data.life import Life
from demo.data.lists import add_lists
from demo.data.offer import add_venues, fill_in_lengths
from demo.data.organisations import add_organisations
from demo.data.people import PeopleBuilder
from demo.jobs import JOBS
from people.models import User


@transaction.atomic
def build() -> bool:
    """Make everything, or nothing where the demo's people exist already; tells which."""
    if User.objects.filter(email__in=[job.email for job in JOBS]).exists():
        return False
    now = timezone.now()
    organisations = add_organisations()
    people = PeopleBuilder(organisations, day=timezone.localdate(now)).build()
    add_venues()
    fill_in_lengths()
    Life(people, organisations, now=now).live()
    add_lists(people)
    return True
