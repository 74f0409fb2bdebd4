"""What an academy's coordinator plans and chases."""

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from core.time import brussels_day
from people.models import StaffImport, User
from portal.cards.card import Card, Tally
from tracks.models import Cohort
from tracks.progress.counts import with_late_people
from tracks.rules import schools_of

MOST_CLASSES = 2


def classes(person: User, at: dt.datetime) -> Iterator[Card]:
    """The classes in which most people are late; else all of them, or the first list to bring in."""
    if not schools_of(person):
        return
    running = Cohort.objects.visible_to(person).running(on=brussels_day(at))
    cohorts = sorted(with_late_people(running, at=at), key=lambda cohort: -cohort.late)
    behind = [cohort for cohort in cohorts if cohort.late]
    if behind:
        yield from map(_behind, behind[:MOST_CLASSES])
    elif cohorts:
        yield _nobody_late(len(cohorts))
    else:
        yield _no_class()


def class_lists(person: User, at: dt.datetime) -> list[Tally]:
    """Class lists that somebody uploaded and did not confirm."""
    if not schools_of(person):
        return []
    card = Card(
        eyebrow=_("Academy"),
        title=ngettext_lazy("%(count)d class list to confirm", "%(count)d class lists to confirm", "count"),
        text=_("Nothing changes before your yes. An unconfirmed list is deleted after a day."),
        url=reverse("tracks:upload"),
        state="wait",
        state_text=_("waits for your yes"),
        act=_("Look it over"),
    )
    return [Tally(StaffImport.objects.visible_to(person).of_classes().ready(), card)]


def _behind(cohort: Cohort) -> Card:
    count = cohort.late  # type: ignore[attr-defined]
    return Card(
        eyebrow=_("Academy"),
        title=_("Class %(name)s") % {"name": cohort.name},
        text=ngettext(
            "%(count)d person has missed a date of the track.",
            "%(count)d people have missed a date of the track.",
            count,
        )
        % {"count": count},
        url=cohort.get_absolute_url(),
        state="late",
        state_text=ngettext("%(count)d late", "%(count)d late", count) % {"count": count},
        act=_("See who, and plan"),
    )


def _nobody_late(count: int) -> Card:
    return Card(
        eyebrow=_("Academy"),
        title=ngettext("%(count)d class", "%(count)d classes", count) % {"count": count},
        text=_("See what must be planned."),
        url=reverse("tracks:academy"),
        state="good",
        state_text=_("Nobody is late"),
        act=_("See the classes"),
    )


def _no_class() -> Card:
    return Card(
        eyebrow=_("Academy"),
        title=_("Your class lists"),
        text=_("Bring them in by file."),
        url=reverse("tracks:upload"),
        act=_("Choose a file"),
    )
