"""The catalogue: courses for everybody, their dates for people who signed in."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from core.http import Request
from core.prepared import prepared
from core.time import today
from courses.enums import Audience, CourseKind
from courses.forms.catalogue import CatalogueFilter, SignedInCatalogueFilter
from courses.library import Library, furnish
from courses.models import Course, CourseVersion, Programme, Session
from courses.querysets.catalogue import ProgrammeQuerySet
from courses.querysets.sessions import SessionQuerySet
from courses.rules import (
    approver_of,
    audiences_of,
    can_be_awaited,
    can_manage_catalogue,
    mandatory_for,
    who_sees_enrolment,
)
from people.models import User
from people.rules import affiliated_by

DATES_PER_COURSE = 3


@dataclass(frozen=True)
class Listed:
    """A course on the list, as this viewer sees it."""

    course: Course
    version: CourseVersion
    dates: list[Session]
    edition: Programme | None
    is_mandatory: bool

    @property
    def is_dated(self) -> bool:
        return bool(self.dates or self.edition)


def catalogue(request: Request) -> HttpResponse:
    """The list of courses; for people who signed in, each with its next dates."""
    viewer = _viewer(request)
    blank_form = SignedInCatalogueFilter if viewer else CatalogueFilter
    form = _answered(blank_form(request.GET)) if request.GET else None
    sessions = _next_sessions(viewer, form) if viewer else []
    editions = _next_editions() if viewer else {}
    kept = furnish(sessions)
    dates = _by_course(sessions)
    courses = _courses(form, kept)
    if form and form.asks_for_dates:
        courses = [each for each in courses if each.pk in dates]
    audiences, on = _audiences(viewer), today()
    items = [
        Listed(
            course=each,
            version=(version := kept.version_of(each)),
            dates=dates.get(each.pk, []),
            edition=editions.get(each.pk),
            is_mandatory=mandatory_for(version, audiences, on=on),
        )
        for each in courses
    ]
    context = {
        "form": form,
        # Made only if the page as it is for everybody who asks nothing isn't at hand.
        "blank_form": blank_form,
        "fingerprint": kept.fingerprint,
        "items": items,
        "dated": [item for item in items if item.is_dated],
        "undated": [item for item in items if not item.is_dated],
    }
    part = "#results" if request.htmx else ""
    response = render(request, f"courses/catalogue.html{part}", context)
    # The list alone and the whole page have one address.
    patch_vary_headers(response, ["HX-Request"])
    return response


def course(request: HttpRequest, slug: str) -> HttpResponse:
    """One course: what it is, for whom, and its coming dates."""
    viewer = _viewer(request)
    sessions = _offered(viewer, slug) if viewer else []
    kept = furnish(sessions)
    shown = next((each for each in kept.courses.values() if each.slug == slug), None)
    if shown is None:
        raise Http404
    version = kept.version_of(shown)
    workshops = [each for each in kept.courses.values() if each.programme_id == shown.pk]
    versions = [version, *(kept.version_of(each) for each in workshops)]
    is_mandatory = mandatory_for(version, _audiences(viewer), on=today())
    context = {
        "course": shown,
        "version": version,
        "fingerprint": kept.fingerprint,
        "sessions": sessions,
        "editions": _editions(shown) if viewer else [],
        "workshops": workshops,
        "awaits": _awaits(viewer, version) if viewer else None,
        "is_mandatory": is_mandatory,
        "who_sees": who_sees_enrolment(
            version,
            is_mandatory=is_mandatory,
            workshops=versions[1:],
            approver=approver_of(viewer, *versions, on=today()) if viewer else None,
        ),
    }
    return render(request, "courses/course.html", context)


def _viewer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _awaits(viewer: User, version: CourseVersion) -> bool | None:
    """Whether the viewer waits for a date of a course; None where there is nothing to wait for."""
    affiliated = affiliated_by(viewer.memberships_today)
    if not (affiliated.is_staff and can_be_awaited(version)):
        return None
    if viewer.interests.standing().filter(course=version.course_id).exists():
        return True
    announced = Session.objects.announced_to(
        organisations=affiliated.organisations, aspirants=affiliated.is_aspirant, at=timezone.now()
    )
    return None if announced.filter(version__course=version.course_id).exists() else False


def _audiences(viewer: User | None) -> set[Audience]:
    return audiences_of(affiliated_by(viewer.memberships_today)) if viewer else set()


def _offered(viewer: User, slug: str) -> list[Session]:
    return list(Session.objects.offered_to(viewer, at=timezone.now()).filter(version__course__slug=slug))


def _answered(form: CatalogueFilter) -> CatalogueFilter:
    """An answer that can't be is left out; the page says so beside its field."""
    form.is_valid()
    return form


def _next_sessions(viewer: User, form: CatalogueFilter | None) -> list[Session]:
    """The next few sessions of each course."""
    now = timezone.now()
    if form is None or not form.asks_for_dates:
        sees_all = can_manage_catalogue(viewer)
        return _next_offered(sees_all, viewer=viewer, organisations=viewer.organisations_today, at=now)
    wanted = Session.objects.offered_to(viewer, at=now).matching(form.cleaned_data)
    return list(wanted.next_of_each_course(DATES_PER_COURSE))


@prepared
def _next_offered(
    sees_all: bool, /, *, viewer: User, organisations: list[int], at: dt.datetime
) -> SessionQuerySet:
    coming = Session.objects.published().upcoming(at=at)
    offered = coming if sees_all else coming.visible_to_member(viewer, of=organisations)
    return offered.next_of_each_course(DATES_PER_COURSE)


def _by_course(sessions: Iterable[Session]) -> dict[int, list[Session]]:
    dates: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        dates[session.version.course_id].append(session)
    return dates


def _editions(course: Course) -> ProgrammeQuerySet | list[Programme]:
    """The editions of a programme that are not over."""
    if course.kind != CourseKind.PROGRAMME:
        return []
    return Programme.objects.offered(on=today()).filter(version__course=course)


def _next_editions() -> dict[int, Programme]:
    """The next edition of each programme, by the course's id."""
    return {edition.version.course_id: edition for edition in _coming_editions(on=today())}


@prepared
def _coming_editions(*, on: dt.date) -> ProgrammeQuerySet:
    return Programme.objects.offered(on=on).select_related("version").order_by("-starts_on")


def _courses(form: CatalogueFilter | None, kept: Library) -> list[Course]:
    """Workshops are found by a search; otherwise they stand under their programme."""
    wanted = form.cleaned_data if form else {}
    courses = list(kept.courses.values())
    if any(wanted.get(name) for name in ("q", "topic", "audience")):
        found = Course.objects.listed().matching(wanted).values_list("pk", flat=True)
        courses = [kept.courses[pk] for pk in found if pk in kept.courses]
    if form and (wanted.get("q") or form.asks_for_dates):
        return courses
    return [course for course in courses if course.programme_id is None]
