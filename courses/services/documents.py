"""Documents for the participants of a session: taken in by what they are, not by what they are called."""

import re
import zipfile
import zlib
from functools import partial
from io import BytesIO
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from core.models import AuditEntry
from courses.enums import DocumentKind
from courses.errors import DocumentRefused
from courses.models import Session, SessionDocument
from people.models import User

LARGEST = 10 * 1024 * 1024
MOST_DOCUMENTS = 20

SIGNATURES = (
    (b"%PDF-", DocumentKind.PDF),
    (b"\xff\xd8\xff", DocumentKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", DocumentKind.PNG),
)
ZIP = b"PK\x03\x04"
# The main part of an Office document (ECMA-376), and the mimetype of an OpenDocument one.
OFFICE = {
    "word/document.xml": DocumentKind.DOCX,
    "xl/workbook.xml": DocumentKind.XLSX,
    "ppt/presentation.xml": DocumentKind.PPTX,
}
OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": DocumentKind.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": DocumentKind.ODS,
    b"application/vnd.oasis.opendocument.presentation": DocumentKind.ODP,
}


@transaction.atomic
def add_document(*, session: Session, name: str, content: bytes, actor: User) -> SessionDocument:
    """Keep a file for the participants; what it is follows from its content.

    Raises DocumentRefused for what is too large, of another kind, or carries macros.
    """
    kind = _kind_of(content)
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if session.documents.count() >= MOST_DOCUMENTS:
        raise DocumentRefused(
            _("There are %(count)d documents already. Delete one first.") % {"count": MOST_DOCUMENTS}
        )
    document = SessionDocument(session=session, name=_clean_name(name, kind), kind=kind, size=len(content))
    document.file.save(f"{document.public_id}.{kind}", ContentFile(content), save=False)
    try:
        document.save()
        AuditEntry.record(action="session.document_added", subject=session, actor=actor, document=document.pk)
    except BaseException:
        # The row is rolled back; the file would stay behind.
        document.file.delete(save=False)
        raise
    return document


@transaction.atomic
def delete_document(*, document: SessionDocument, actor: User) -> None:
    """Take a file away; deleted before, it does nothing."""
    if SessionDocument.objects.filter(pk=document.pk).delete()[0]:
        AuditEntry.record(
            action="session.document_deleted", subject=document.session, actor=actor, document=document.pk
        )
        transaction.on_commit(partial(document.file.delete, save=False))


def forget_documents(*, session: Session) -> None:
    """Delete the files of a session that is going itself."""
    for document in session.documents.all():
        document.delete()
        transaction.on_commit(partial(document.file.delete, save=False))


def _kind_of(content: bytes) -> DocumentKind:
    if len(content) > LARGEST:
        raise DocumentRefused(_("This file is larger than 10 MB. Make it smaller, or split it."))
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith(ZIP) and (found := _kind_of_archive(content)):
        return found
    raise DocumentRefused(
        _("This is no PDF, image, or document of Word, Excel, PowerPoint or OpenDocument. Save it as a PDF.")
    )


def _kind_of_archive(content: bytes) -> DocumentKind | None:
    """What a document in a ZIP is; nothing of it is unpacked but the short name of its kind."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any(name.casefold().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
                raise DocumentRefused(_("This document carries macros. Save it without them, or as a PDF."))
            if "mimetype" in names:
                with archive.open("mimetype") as mimetype:
                    return OPEN_DOCUMENT.get(mimetype.read(100).strip())
            return next((kind for part, kind in OFFICE.items() if part in names), None)
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, zlib.error):
        return None


def _clean_name(name: str, kind: DocumentKind) -> str:
    """The name that people see: no folders, no control characters, and the extension that is true."""
    stem = PurePath(name.replace("\\", "/")).name
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", "".join(letter for letter in stem if letter.isprintable()))
    name = stem.strip()[:100] or _("document")
    return f"{name}.{kind}"
