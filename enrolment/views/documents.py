"""Documents of a session: private, so every download asks who reads."""

import mimetypes
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from courses.models import Session, SessionDocument
from courses.services.documents import add_document, delete_document
from enrolment.forms.acts import DocumentForm
from enrolment.models import Enrolment, Seat
from enrolment.rules import can_manage_sessions, takes_part
from enrolment.views.access import managed_session
from enrolment.views.managing import show_session
from people.http import SignedInRequest


@require_safe
@login_required
def download(request: SignedInRequest, public_id: uuid.UUID, document_id: uuid.UUID) -> FileResponse:
    """For who has a seat, gives the session or manages it; nobody else knows that it is there."""
    documents = SessionDocument.objects.select_related("session")
    document = get_object_or_404(documents, public_id=document_id, session__public_id=public_id)
    session = document.session
    own = Enrolment.objects.visible_to(request.user).confirmed().filter(session=session).first()
    makes_up = Seat.objects.made_up_in(session).filter(enrolment__learner=request.user).exists()
    gives_it = Session.objects.taught_by(request.user).filter(pk=session.pk).exists()
    may_read = takes_part(request.user, own, makes_up=makes_up, gives_it=gives_it)
    if not (may_read or can_manage_sessions(request.user)):
        raise Http404
    content_type = mimetypes.types_map.get(f".{document.kind}", "application/octet-stream")
    response = FileResponse(
        document.file.open("rb"), as_attachment=True, filename=document.name, content_type=content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@login_required
def add(request: SignedInRequest, public_id: uuid.UUID) -> HttpResponse:
    """Add a file; what is wrong with it stands beside the field, on the page of the session."""
    session = managed_session(request, public_id)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            add_document(session=session, name=file.name, content=file.read(), actor=request.user)
        except DomainError as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The document is added. Participants find it on their page."))
            return redirect("enrolment:manage_session", session.public_id)
    return show_session(request, public_id, document_form=form)


@require_POST
@login_required
def delete(request: SignedInRequest, public_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    session = managed_session(request, public_id)
    document = get_object_or_404(session.documents, public_id=document_id)
    delete_document(document=document, actor=request.user)
    messages.success(request, _("The document is deleted."))
    return redirect("enrolment:manage_session", session.public_id)
