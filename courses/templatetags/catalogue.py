"""What is known of a course, put into words."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from core.remembered import remembered
from core.templatetags.components import date_block, language_tag, seats, state
from core.templatetags.traject import duration, short_day, times
from core.time import today
from courses.enums import Audience, CourseKind, Obligation
from courses.models import Course, CourseVersion, Session

register = template.Library()


@register.simple_tag
def session_row(
    session: Session,
    title: object = "",
    url: str = "",
    place: object = "",
    kind: str = "",
    text: str = "",
    act_url: str = "",
    act: str = "",
    this_year: int = 0,
) -> SafeString:
    """A session in `<ul class="rows">`: day, hours, place, language; a state, or its seats; an act.

    Its title is that of its city, if it has no other. Of another year than this one the leaf tells it.
    """
    first, end, scarcest = session.first_meeting, session.first_day_ends_at, session.scarcest_meeting
    if session.starts_at is None or end is None or first is None:
        return SafeString("")
    if text:
        side = state(kind, text)
    elif scarcest:
        side = seats(scarcest.seats_left, scarcest.capacity, small=True)
    else:
        side = seats(None, None, small=True)
    if act_url:
        side += format_html(
            '<a class="raised" href="{}">{}<span class="visually-hidden">, {}</span></a>',
            act_url,
            act,
            short_day(timezone.localtime(session.starts_at)),
        )
    return _row(
        url or session.get_absolute_url(),
        str(title or first.venue.city),
        session.starts_at,
        end,
        session.more_days,
        str(place or first.venue.name),
        session.language,
        side,
        this_year or today().year,
    )


@register.simple_tag
def session_rows(sessions: Iterable[Session]) -> SafeString:
    """The sessions of a course, in `<ul class="rows">`."""
    this_year = today().year
    return SafeString("".join(session_row(session, this_year=this_year) for session in sessions))


@register.simple_tag
def all_dates(course: Course, shown: Sequence[Session]) -> SafeString:
    """The way to all sessions of a course, below the next few; nothing if those are all."""
    count = shown[0].dates_of_course
    return _all_dates(course.slug, count) if count > len(shown) else SafeString("")


@remembered
def _all_dates(slug: str, count: int) -> SafeString:
    words = ngettext("%(count)s date", "All %(count)s dates", count) % {"count": count}
    return format_html('<p><a href="{}#dates">{}</a></p>', reverse("courses:course", args=[slug]), words)


@remembered
def _row(
    url: str,
    title: str,
    start: dt.datetime,
    end: dt.datetime,
    more_days: int,
    place: str,
    language: str,
    side: SafeString,
    this_year: int,
) -> SafeString:
    return format_html(
        '<li class="row">{}<div class="row-body"><p class="row-title"><a class="cover" href="{}">{}'
        '<span class="visually-hidden">, {}</span></a></p><p class="row-meta"><span>{}</span>'
        '<span>{}</span>{}</p><div class="row-side">{}</div></div></li>',
        date_block(start),
        url,
        title,
        short_day(timezone.localtime(start)),
        _hours(start, end, more_days),
        place,
        language_tag(language),
        side,
    )


@register.filter
def hours(session: Session) -> str:
    """The hours of its first day, and on how many days it goes on: a follow-up may come weeks later."""
    end = session.first_day_ends_at
    if session.starts_at is None or end is None:
        return ""
    return _hours(session.starts_at, end, session.more_days)


def _hours(start: dt.datetime, end: dt.datetime, more_days: int) -> str:
    said = times(start, end)
    if not more_days:
        return said
    days = ngettext("+ %(days)s day", "+ %(days)s days", more_days) % {"days": more_days}
    return f"{said} {days}"


@register.simple_tag
def course_facts(course: Course) -> list[tuple[str, str]]:
    """Terms and values for the facts of a course; an empty value is to be confirmed."""
    version = course.current_version
    if version is None:
        return []
    facts = [(_("For whom"), _listed(Audience(code).label for code in version.audiences))]
    if course.kind != CourseKind.INFORMATION:
        facts += [
            (_("Length"), duration(version.minutes)),
            (_("Group"), group_size(version)),
            (
                _("Languages"),
                _listed(get_language_info(code)["name_translated"] for code in version.languages),
            ),
            (_("Certificate"), version.get_certificate_policy_display()),
        ]
        if version.valid_months:
            facts.append((_("Valid for"), _months(version.valid_months)))
    if course.cycle_months:
        facts.append((_("How often"), _("every %(period)s") % {"period": _months(course.cycle_months)}))
    facts.append((_("Given by"), str(course.provider.name) if course.provider else ""))
    return facts


@register.filter
def group_size(version: CourseVersion) -> str:
    """From how many to how many people a group holds."""
    low, high = version.capacity_min, version.capacity_max
    if low and high:
        return _("%(low)d–%(high)d people") % {"low": low, "high": high}
    if high:
        return _("up to %(high)d people") % {"high": high}
    return ""


@register.filter
def obligation_text(version: CourseVersion) -> str:
    """Voluntary or not, and for whom it is mandatory."""
    words = str(version.get_obligation_display())
    audiences = [Audience(row.audience).label for row in version.mandatory_for.all()]
    if not audiences:
        return words
    mandatory = _("mandatory for %(audiences)s") % {"audiences": _listed(audiences)}
    return mandatory if version.obligation == Obligation.DESIGNATED else f"{words} · {mandatory}"


def _months(months: int) -> str:
    if months % 12 == 0:
        years = months // 12
        return ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def _listed(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words)
