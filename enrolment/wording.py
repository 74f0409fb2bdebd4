"""What is said of an enrolment that others made, the same on pages and in mails."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.templatetags.traject import day
from courses.models import Session
from enrolment.models import Enrolment
from people.enums import Role
from people.models import Organisation


def office_text(organisation: Organisation, *, is_school: bool) -> str:
    """Who acts for an organisation: a function, never a name."""
    office = _("the coordinators of %(organisation)s") if is_school else _("HR of %(organisation)s")
    return office % {"organisation": organisation.name}


def minimum_text(session: Session, *, on: dt.date) -> str:
    """What people read as long as it isn't sure that a session takes place; else empty."""
    if not session.is_published or not session.is_undecided or session.decide_on is None:
        return ""
    minimum = session.min_participants or 0
    if session.decide_on < on:
        said = ngettext(
            "It needs at least %(count)d person: the organiser decides in these days whether it takes place.",
            "It needs at least %(count)d people: the organiser decides in these days whether it takes place.",
            minimum,
        )
    else:
        said = ngettext(
            "It takes place with at least %(count)d person; that is decided on %(day)s.",
            "It takes place with at least %(count)d people; that is decided on %(day)s.",
            minimum,
        )
    return said % {"count": minimum, "day": day(session.decide_on)}


def enrolled_by_text(enrolment: Enrolment) -> str:
    said = (
        _("The coordinators of %(organisation)s enrolled you.")
        if _is_by_school(enrolment)
        else _("HR of %(organisation)s enrolled you.")
    )
    return said % {"organisation": _enroller(enrolment).name}


def make_up_booked_text(organisation: Organisation) -> str:
    """Only academies choose dates for others."""
    said = _("The coordinators of %(organisation)s chose this date for you.")
    return said % {"organisation": organisation.name}


def make_up_cancelled_text(session: Session) -> str:
    return _(
        "The session in which you were to make up for a part does not take place. Reason: %(reason)s."
    ) % {"reason": session.get_cancel_reason_display()}


def make_up_moved_text() -> str:
    return _(
        "The session in which you were to make up for a part has moved to a time at which you have "
        "something else, so that seat is free again."
    )


def make_up_freed_text() -> str:
    return _("You left, so the seat in which you were to make up for a part was freed for somebody else.")


def imposed_text(enrolment: Enrolment) -> str:
    """Whom to ask who can't come to what is mandatory."""
    return _("This training is mandatory for you. If you can't come, contact %(office)s.") % {
        "office": office_text(_enroller(enrolment), is_school=_is_by_school(enrolment))
    }


def taken_back_text(enrolment: Enrolment) -> str:
    said = (
        _("The coordinators of %(organisation)s took your enrolment back.")
        if _is_by_school(enrolment)
        else _("HR of %(organisation)s took your enrolment back.")
    )
    return said % {"organisation": _enroller(enrolment).name}


def walk_in_undone_text() -> str:
    return _("You were put on the list of this session by mistake, and are off it again.")


def freed_text(enrolment: Enrolment) -> str:
    departure = enrolment.departure
    if departure is None:
        raise ValueError("The person is still there.")
    words = {
        "organisation": departure.organisation.name,
        "office": office_text(departure.organisation, is_school=departure.role == Role.ASPIRANT),
    }
    return (
        _(
            "You left %(organisation)s, so this booking was freed for somebody else. If that is a mistake, "
            "contact %(office)s."
        )
        % words
    )


def _enroller(enrolment: Enrolment) -> Organisation:
    if enrolment.enrolled_by is None:
        raise ValueError("The person enrolled by themselves.")
    return enrolment.enrolled_by


def _is_by_school(enrolment: Enrolment) -> bool:
    return enrolment.enrolled_by_id == enrolment.school_id


def consequences_of_enrolling(
    *,
    name: str,
    office: str,
    position: int | None,
    approver: Organisation | None,
    too_late: str,
    is_mandatory: bool,
    last_day: dt.date | None,
) -> list[str]:
    """What happens to somebody whom others enrol; ``position``: in the queue, None where there is a seat.

    ``too_late``: from ``enrolment.turns``, once seats neither move up nor are held; empty before.
    """
    if position:
        first = _("All seats are taken: %(name)s will be number %(position)d in the queue.")
    elif approver and too_late:
        first = _("%(name)s waits in the queue for the approval of %(approver)s.")
    elif approver:
        first = _("A seat is held for %(name)s until %(approver)s has approved it.")
    else:
        first = _("%(name)s gets a seat.")
    waits = position is not None or approver is not None
    sentences = [
        first,
        *([too_late] if too_late and waits else []),
        _("%(name)s gets a mail: enrolled by %(office)s. Your name isn't in it."),
        _("It is mandatory for %(name)s: only you can take it back, until %(day)s.")
        if is_mandatory
        else _("It is voluntary: %(name)s can decline it until %(day)s. Nobody asks why, nobody tells you."),
        _("No reason is asked or kept. It is no ground for evaluation or discipline."),
    ]
    words = {
        "name": name,
        "office": office,
        "day": day(last_day),
        "position": position,
        "approver": approver.name if approver else "",
    }
    return [sentence % words for sentence in sentences]


def consequences_of_moving(enrolment: Enrolment, *, position: int | None, seat_after: str) -> list[str]:
    """What moving one's own booking means; ``position``: in the queue there, None where there is a seat.

    ``seat_after``: what becomes of the seat that it leaves, from ``enrolment.turns``.
    """
    sentences = [
        _("You will be number %(position)d in the queue there: you keep your date of enrolment, %(since)s.")
        if position
        else _("You have a seat there at once."),
        _("You leave the queue of %(day)s.")
        if enrolment.is_queued
        else _("You give up your seat on %(day)s.") + " " + seat_after,
        _("You get one mail, and files for your calendar if a date in it changes."),
    ]
    words = {
        "position": position,
        "since": day(enrolment.enrolled_at),
        "day": day(enrolment.session.starts_at),
    }
    return [sentence % words for sentence in sentences]


def consequences_of_moving_for(
    enrolment: Enrolment, *, name: str, position: int | None, seat_after: str
) -> list[str]:
    """The same, for whoever moves what they booked for somebody."""
    sentences = [
        _("%(name)s will be number %(position)d in the queue there, by the date of enrolment: %(since)s.")
        if position
        else _("%(name)s has a seat there at once."),
        _("%(name)s leaves the queue of %(day)s.")
        if enrolment.is_queued
        else _("%(name)s gives up the seat on %(day)s.") + " " + seat_after,
        _("%(name)s gets one mail. Your name isn't in it."),
    ]
    words = {
        "name": name,
        "position": position,
        "since": day(enrolment.enrolled_at),
        "day": day(enrolment.session.starts_at),
    }
    return [sentence % words for sentence in sentences]


def consequences_of_deciding(name: str, *, grants: bool) -> list[str]:
    """What follows when somebody is granted an exception to what comes first, or isn't."""
    sentences = [
        _("%(name)s can enrol in every session of the course, as if they had followed what comes first.")
        if grants
        else _("%(name)s has to follow first what comes first. They can ask again."),
        _("%(name)s gets a mail. Your name isn't in it."),
    ]
    return [sentence % {"name": name} for sentence in sentences]


def consequences_of_replacing(*, name: str, other: str, office: str) -> list[str]:
    """What happens to both when somebody takes the seat of a person whom an office enrolled."""
    sentences = [
        _("%(other)s has the seat at once; it doesn't go to the queue."),
        _("%(name)s gets a mail: %(office)s took the enrolment back."),
        _("%(other)s gets a mail: enrolled by %(office)s. Neither reads who replaces whom, nor your name."),
        _("No reason is asked or kept. It is no ground for evaluation or discipline."),
    ]
    words = {"name": name, "other": other, "office": office}
    return [sentence % words for sentence in sentences]
