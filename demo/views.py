"""The demo's start page, signing in with one click, and the mails that went out."""

from django.conf import settings
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from core.time import today
from demo.access import loopback_only
from demo.jobs import JOBS, PASSWORD
from demo.outbox import Mail, Outbox
from people.http import open_without_factor
from people.middleware import SESSION_KEY
from people.models import Membership, User
from portal import views as portal

MAILS_ON_A_PAGE = 50


@loopback_only
def home(request: HttpRequest) -> HttpResponseBase:
    """The platform's own home for who has signed in; else the choice of whom to be."""
    return portal.home(request) if request.user.is_authenticated else start(request)


@loopback_only
def public_home(request: HttpRequest) -> HttpResponse:
    """What the home page is outside the demo."""
    return portal.home(request)


@open_without_factor
@loopback_only
def start(request: HttpRequest) -> HttpResponse:
    """The people of the demo, by job; before they are made, the platform's own home."""
    people = {person.email: person for person in _people()}
    players = [(job, people[job.email]) for job in JOBS if job.email in people]
    if not players:
        return portal.home(request)
    return render(request, "demo/start.html", {"players": players, "password": PASSWORD})


@open_without_factor
@loopback_only
@require_POST
def sign_in(request: HttpRequest, job: str) -> HttpResponse:
    """Be one of the people of the demo; nobody else can be reached by a job."""
    emails = [each.email for each in JOBS if each.slug == job]
    person = get_object_or_404(User.objects.select_related("profile"), email__in=emails, is_active=True)
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    # Unless they chose another, which signing in has set.
    request.session.setdefault(SESSION_KEY, person.profile.administrative_language)
    return redirect("portal:home")


@open_without_factor
@loopback_only
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that went out, the newest first."""
    found = Outbox(settings.DEMO_MAILBOX)
    page = Paginator(found.keys, MAILS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "demo/outbox.html", {"page": page, "mails": [found.read(key) for key in page]})


@open_without_factor
@loopback_only
def mail(request: HttpRequest, key: str) -> HttpResponse:
    """One mail, as its plain text says it."""
    return render(request, "demo/mail.html", {"mail": _mail(key)})


@open_without_factor
@loopback_only
def file(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """A file that came with a mail, to keep; the first is number 1."""
    files = _mail(key).files
    if not 0 < number <= len(files):
        raise Http404
    found = files[number - 1]
    disposition = content_disposition_header(as_attachment=True, filename=found.name)
    headers = {"Content-Disposition": disposition}
    return HttpResponse(found.content, content_type=found.content_type, headers=headers)


def _people() -> QuerySet[User]:
    """The people of the demo, with what they are today."""
    memberships = Membership.objects.current(on=today()).select_related("organisation")
    return (
        User.objects.filter(email__in=[job.email for job in JOBS])
        .select_related("profile")
        .prefetch_related(Prefetch("memberships", memberships, to_attr="roles_today"))
    )


def _mail(key: str) -> Mail:
    try:
        return Outbox(settings.DEMO_MAILBOX).read(key)
    except KeyError:
        raise Http404 from None
