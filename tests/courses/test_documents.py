"""Documents are taken in by what they are, whatever they are called."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from core.models import AuditEntry
from courses.errors import DocumentRefused
from courses.models import Session, SessionDocument
from courses.services import documents
from courses.services.documents import add_document, delete_document
from courses.services.drafting import delete_draft
from people.models import User
from tests.factories import make_session
from tests.files import stored_files

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 ..."


@pytest.fixture
def session() -> Session:
    return make_session(published=False)


def archive(*names: str, **contents: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in names:
            packed.writestr(name, b"<x/>")
        for name, content in contents.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def stored() -> list[str]:
    return [Path(name).name for name in stored_files()]


@pytest.mark.parametrize(
    ("name", "content", "kind", "shown"),
    [
        ("Plan.PDF", PDF, "pdf", "Plan.pdf"),
        ("foto.jpeg", b"\xff\xd8\xff\xe0...", "jpg", "foto.jpg"),
        ("kaart", b"\x89PNG\r\n\x1a\n...", "png", "kaart.png"),
        ("nota.docx", archive("[Content_Types].xml", "word/document.xml"), "docx", "nota.docx"),
        ("lijst.xlsx", archive("xl/workbook.xml"), "xlsx", "lijst.xlsx"),
        ("dia.pptx", archive("ppt/presentation.xml"), "pptx", "dia.pptx"),
        ("nota.odt", archive(mimetype=b"application/vnd.oasis.opendocument.text"), "odt", "nota.odt"),
        # The name says one thing and the content another: the content is believed.
        ("virus.exe", PDF, "pdf", "virus.pdf"),
        ("../../etc/passwd", PDF, "pdf", "passwd.pdf"),
        ("C:\\Users\\jo\\plan.pdf", PDF, "pdf", "plan.pdf"),
        ("regel\r\nX: y\u202e.pdf", PDF, "pdf", "regelX: y.pdf"),
        (".pdf", PDF, "pdf", "document.pdf"),
    ],
)
def test_a_document_is_what_its_content_says(
    session: Session, manager: User, name: str, content: bytes, kind: str, shown: str
) -> None:
    document = add_document(session=session, name=name, content=content, actor=manager)

    assert (document.kind, document.name, document.size) == (kind, shown, len(content))
    assert stored() == [f"{document.public_id}.{kind}"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == ("session.document_added", {"document": document.pk})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html><script>alert(1)</script>", "This is no PDF"),
        (b"", "This is no PDF"),
        (b"MZ\x90\x00", "This is no PDF"),
        (b"\xd0\xcf\x11\xe0 an old Word file", "This is no PDF"),
        (b"GIF89a", "This is no PDF"),
        (b"PK\x03\x04 no archive", "This is no PDF"),
        (archive("anything.txt"), "This is no PDF"),
        (archive(mimetype=b"application/epub+zip"), "This is no PDF"),
        (archive("word/document.xml", "word/vbaProject.bin"), "carries macros"),
        (
            archive("Basic/Standard/Module1.xml", mimetype=b"application/vnd.oasis.opendocument.text"),
            "macros",
        ),
        (PDF + b"0" * documents.LARGEST, "larger than 10 MB"),
    ],
)
def test_anything_else_is_refused_and_leaves_nothing(
    session: Session, manager: User, content: bytes, why: str
) -> None:
    with pytest.raises(DocumentRefused, match=why):
        add_document(session=session, name="plan.pdf", content=content, actor=manager)
    assert not SessionDocument.objects.exists()
    assert stored() == []


def test_there_is_an_end_to_it(session: Session, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 1)
    add_document(session=session, name="a.pdf", content=PDF, actor=manager)
    with pytest.raises(DocumentRefused, match="There are 1 documents already"):
        add_document(session=session, name="b.pdf", content=PDF, actor=manager)


def test_a_file_does_not_stay_behind_when_its_row_fails(
    session: Session, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**entry: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(AuditEntry, "record", fail)
    with pytest.raises(RuntimeError):
        add_document(session=session, name="a.pdf", content=PDF, actor=manager)
    assert stored() == []


@pytest.mark.django_db(transaction=True)
def test_a_deleted_document_is_gone_from_the_disk_too(session: Session, manager: User) -> None:
    document = add_document(session=session, name="a.pdf", content=PDF, actor=manager)
    for _click in range(2):
        delete_document(document=document, actor=manager)
    assert stored() == []
    assert AuditEntry.objects.filter(action="session.document_deleted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_documents_go_with_their_draft(session: Session, manager: User) -> None:
    add_document(session=session, name="a.pdf", content=PDF, actor=manager)
    delete_draft(session=session, actor=manager)
    assert stored() == []
