"""The catalogue: courses for everybody, their dates for people who signed in."""

from collections import defaultdict
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from core.http import Request
from core.time import today
from courses.enums import CourseKind
from courses.forms.catalogue import CatalogueFilter, SignedInCatalogueFilter
from courses.models import Course, CourseVersion, Programme, Session
from courses.querysets import CourseQuerySet, ProgrammeQuerySet, SessionQuerySet
from courses.rules import audiences_of, mandatory_for, who_sees_enrolment
from people.models import User
from people.rules import affiliated_by

DATES_PER_COURSE = 3


@dataclass(frozen=True)
class Listed:
    """A course on the list, as this viewer sees it."""

    course: Course
    dates: list[Session]
    edition: Programme | None
    is_mandatory: bool

    @property
    def version(self) -> CourseVersion | None:
        return self.course.current_version


def catalogue(request: Request) -> HttpResponse:
    """The list of courses; for people who signed in, each with its next dates."""
    viewer = _viewer(request)
    form = SignedInCatalogueFilter(request.GET) if viewer else CatalogueFilter(request.GET)
    form.is_valid()
    dates = _next_dates(viewer, form) if viewer else {}
    courses = _courses(form)
    if form.asks_for_dates:
        courses = courses.filter(pk__in=dates)
    editions = _next_editions() if viewer else {}
    items = [
        Listed(
            course,
            dates.get(course.pk, []),
            editions.get(course.pk),
            _is_mandatory(course.current_version, viewer),
        )
        for course in courses
    ]
    context = {
        "form": form,
        "items": items,
        "dated": [item for item in items if item.dates or item.edition],
        "undated": [item for item in items if not (item.dates or item.edition)],
    }
    part = "#results" if request.htmx else ""
    response = render(request, f"courses/catalogue.html{part}", context)
    # The list alone and the whole page have one address.
    patch_vary_headers(response, ["HX-Request"])
    return response


def course(request: HttpRequest, slug: str) -> HttpResponse:
    """One course: what it is, for whom, and its coming dates."""
    shown = get_object_or_404(Course.objects.with_text().with_prerequisites(), slug=slug)
    viewer = _viewer(request)
    sessions = (
        Session.objects.offered_to(viewer, at=timezone.now()).filter(version__course=shown).with_meetings()
        if viewer
        else []
    )
    is_mandatory = _is_mandatory(shown.current_version, viewer)
    workshops = shown.workshops.with_text()
    context = {
        "course": shown,
        "version": shown.current_version,
        "sessions": sessions,
        "editions": _editions(shown) if viewer else [],
        "workshops": workshops,
        "is_mandatory": is_mandatory,
        "who_sees": who_sees_enrolment(
            shown.current_version,
            is_mandatory=is_mandatory,
            workshops=[workshop.current_version for workshop in workshops],
        ),
    }
    return render(request, "courses/course.html", context)


def _viewer(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _is_mandatory(version: CourseVersion, viewer: User | None) -> bool:
    audiences = audiences_of(affiliated_by(viewer.memberships_today)) if viewer else set()
    return mandatory_for(version, audiences, on=today())


def _next_dates(viewer: User, form: CatalogueFilter) -> dict[int, list[Session]]:
    """The next few sessions of each course, by the course's id."""
    dates: dict[int, list[Session]] = defaultdict(list)
    for session in _sessions(viewer, form).next_of_each_course(DATES_PER_COURSE).with_meetings():
        dates[session.version.course_id].append(session)
    return dates


def _editions(course: Course) -> ProgrammeQuerySet | list[Programme]:
    """The editions of a programme that are not over."""
    if course.kind != CourseKind.PROGRAMME:
        return []
    return Programme.objects.offered(on=today()).filter(version__course=course)


def _next_editions() -> dict[int, Programme]:
    """The next edition of each programme, by the course's id."""
    coming = Programme.objects.offered(on=today()).with_text().order_by("-starts_on")
    return {edition.version.course_id: edition for edition in coming}


def _courses(form: CatalogueFilter) -> CourseQuerySet:
    """Workshops are found by a search; otherwise they stand under their programme."""
    wanted = form.cleaned_data
    courses: CourseQuerySet = Course.objects.with_text()
    if wanted.get("topic"):
        courses = courses.about(wanted["topic"])
    if wanted.get("audience"):
        courses = courses.for_audience(wanted["audience"])
    if wanted.get("q"):
        return courses.search(wanted["q"])
    return courses if form.asks_for_dates else courses.filter(programme=None)


def _sessions(viewer: User, form: CatalogueFilter) -> SessionQuerySet:
    sessions: SessionQuerySet = Session.objects.offered_to(viewer, at=timezone.now())
    return sessions.matching(form.cleaned_data)
