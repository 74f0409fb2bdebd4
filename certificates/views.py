"""A holder's certificates, and the public check of a number."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from certificates.forms import CodeForm, NameCodeForm
from certificates.models import Certificate
from certificates.querysets import due_completions, requestable_completions
from certificates.rules import read_code
from certificates.services import request_certificate
from certificates.tasks import settle_soon
from core import throttle
from core.errors import DomainError
from enrolment.models import Completion
from people.http import SignedInRequest

# What wrong codes are counted as.
VERIFYING = "certificates"


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """One's own certificates, those being made, and those one may ask for."""
    user = request.user
    context = {
        "certificates": Certificate.objects.visible_to(user).with_course().newest_first(),
        "coming": due_completions().filter(person=user).with_text(),
        "on_request": requestable_completions().filter(person=user).with_text(),
    }
    return render(request, "certificates/mine.html", context)


@require_safe
@login_required
def download(request: SignedInRequest, public_id: str) -> FileResponse:
    """The holder's own file; its name tells no more than the certificate does."""
    certificate = get_object_or_404(
        Certificate.objects.visible_to(request.user).proven(), public_id=public_id
    )
    if not certificate.has_file:
        raise Http404
    snapshot = certificate.snapshot
    name = f"{slugify(snapshot['title'])[:60] or 'traject'}-{snapshot['completed_on']}.pdf"
    return FileResponse(certificate.file.open("rb"), as_attachment=True, filename=name)


@require_POST
@login_required
def request_one(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Ask for a certificate that is given on request."""
    completions = Completion.objects.visible_to(request.user).select_related(
        "person__profile", "version__course__provider"
    )
    completion = get_object_or_404(completions, public_id=public_id)
    try:
        request_certificate(completion=completion, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        settle_soon(completion.pk)
        messages.success(request, _("Your certificate is being made. You get a mail when it is ready."))
    return redirect("certificates:mine")


@require_safe
def verify_form(request: HttpRequest) -> HttpResponse:
    """Where the number of a certificate is typed."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("certificates:verify", code=form.cleaned_data["code"])
    return render(request, "certificates/verify_form.html", {"form": form})


@never_cache
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a number is true; whose it is only for somebody to whom the holder gave the name code."""
    if throttle.is_stopped(request, scope=VERIFYING):
        return throttle.stop(request)
    certificate = Certificate.objects.verifiable().with_code(read_code(code))
    if certificate is None:
        throttle.count_failure(request, scope=VERIFYING)
        return render(request, "certificates/unknown.html", {"form": CodeForm()}, status=404)
    form = NameCodeForm(request.POST if request.method == "POST" else None, certificate=certificate)
    is_opened = form.is_valid()
    if form.is_bound and not is_opened:
        throttle.count_failure(request, scope=VERIFYING)
    context = {"certificate": certificate, "form": form, "is_opened": is_opened}
    return render(request, "certificates/verify.html", context)
