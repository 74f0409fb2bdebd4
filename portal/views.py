"""Pages that span all floors: home, my training, my profile."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from attendance.make_ups import coming_or_to_make_up, make_ups_in, missed_in
from attendance.querysets import with_aftercare
from core.time import today
from courses.models import Course
from enrolment.models import Completion, Enrolment, Interest
from people.http import SignedInRequest, open_without_factor
from people.models import User
from portal.cards.home import cards_for
from portal.cards.next_steps import next_step
from reporting.querysets import certificates_of, readings_of
from tracks.progress.paths import path_of

COURSES_ON_HOME = 6


def home(request: HttpRequest) -> HttpResponse:
    """What to do now; for who hasn't signed in, what there is."""
    if not isinstance(request.user, User):
        courses = Course.objects.with_text().filter(programme=None)[:COURSES_ON_HOME]
        return render(request, "portal/welcome.html", {"courses": courses})
    context = {
        "person": request.user.profile,
        "cards": cards_for(request.user, at=timezone.now()),
        "next_step": next_step(request.user),
        "today": today(),
    }
    return render(request, "portal/home.html", context)


@login_required
def training(request: SignedInRequest) -> HttpResponse:
    """One's own path: what comes, what waits, what is done."""
    now = timezone.now()
    active = coming_or_to_make_up(Enrolment.objects.visible_to(request.user).active(), at=now)
    enrolments = list(active.with_session().with_position().order_by("session__starts_at"))
    coming = [enrolment for enrolment in enrolments if enrolment.session.ends_at >= now]
    make_ups, missed = make_ups_in(enrolments, at=now), missed_in(enrolments)
    completions = list(Completion.objects.visible_to(request.user).current().with_text())
    certificates = certificates_of(completions)
    context = {
        "path": path_of(
            request.user,
            completions=completions,
            enrolments=enrolments,
            make_ups=make_ups,
            missed=missed,
            at=now,
        ),
        "booked": [enrolment for enrolment in coming if enrolment.is_confirmed],
        "offered": [enrolment for enrolment in coming if enrolment.is_offered],
        "queued": [enrolment for enrolment in coming if enrolment.is_queued],
        "missed": missed,
        "make_ups": make_ups,
        "aftercare": with_aftercare(Enrolment.objects.visible_to(request.user), at=now).order_by("-over_at"),
        "records": [(completion, certificates.get(completion.pk)) for completion in completions],
        "minutes": sum(completion.minutes for completion in completions),
    }
    return render(request, "portal/training.html", context)


@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """Who one is to the platform, and in which language it speaks."""
    interests = Interest.objects.standing().filter(person=request.user)
    context = {
        "profile": request.user.profile,
        "memberships": request.user.memberships_today,
        "interests": interests.select_related("course__current_version"),
        "readings": readings_of(request.user),
    }
    return render(request, "portal/profile.html", context)


@open_without_factor
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html")


@open_without_factor
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html")
