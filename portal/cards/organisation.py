"""What HR, chiefs and coordinators look after for their organisation."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from core.time import brussels_day
from enrolment.models import Enrolment
from people.enums import Role
from people.models import StaffImport, User
from people.rules import ACTS_FOR, APPROVING, role_scope
from portal.cards.card import Card, Tally
from reporting.scopes import views_of


def lists(person: User, at: dt.datetime) -> list[Tally]:
    """Lists of people that somebody uploaded and did not confirm."""
    if not role_scope(person):
        return []
    card = Card(
        eyebrow=_("People"),
        title=ngettext_lazy("%(count)d list to confirm", "%(count)d lists to confirm", "count"),
        text=_("Nothing changes before your yes. An unconfirmed list is deleted after a day."),
        url=reverse("people:import"),
        state="wait",
        state_text=_("waits for your yes"),
        act=_("Look it over"),
    )
    return [Tally(StaffImport.objects.visible_to(person).of_staff().ready(), card)]


def approvals(person: User, at: dt.datetime) -> list[Tally]:
    """Enrolments that wait for this person's yes or no."""
    if not person.has_role(Role.HR, *APPROVING):
        return []
    card = Card(
        eyebrow=_("Approvals"),
        title=ngettext_lazy(
            "%(count)d enrolment to decide about", "%(count)d enrolments to decide about", "count"
        ),
        text=_("Somebody of your organisation waits for it, perhaps with a seat that is held."),
        url=reverse("enrolment:approvals"),
        state="wait",
        state_text=_("Waits for approval"),
        act=_("Decide"),
    )
    waiting = Enrolment.objects.awaiting_approval(at=at)
    return [Tally(waiting.decidable_by(person, on=brussels_day(at)), card)]


def leavers(person: User, at: dt.datetime) -> list[Tally]:
    """People whose departure freed seats, for those who acted for them."""
    freed = Enrolment.objects.freed_from(person.memberships_today).filter(departure__reviewed_at=None)
    return [
        Tally(
            freed.filter(departure__role=belonged).order_by().values("departure").distinct(),
            _leavers_card(role),
        )
        for role, belonged in ACTS_FOR.items()
        if person.has_role(role)
    ]


def _leavers_card(role: Role) -> Card:
    return Card(
        eyebrow=_("Freed seats"),
        title=ngettext_lazy("%(count)d person left", "%(count)d people left", "count"),
        text=_("Their seats are free for others. Look over which bookings that freed."),
        url=reverse("enrolment:leavers", kwargs={"role": role}),
        act=_("Review"),
    )


def figures(person: User, at: dt.datetime) -> Iterator[Card]:
    """The figures of the organisations that somebody answers for."""
    for view in views_of(person):
        yield Card(
            eyebrow=_("Figures"),
            title=str(view.organisation.name),
            text=_("Who completed what, by year and group."),
            url=f"{reverse('reporting:figures')}?{urlencode({'organisation': view.organisation.code})}",
            act=_("See the figures"),
        )
