"""The file itself, by the real renderer: what it says, in which language, on one page, for everybody."""

import logging
import re
from typing import Any

import pytest
from weasyprint import HTML

from certificates.pdf import OwnFilesOnly, render
from tests.certificates.helpers import make_snapshot, read_pdf, text_of

LONG_TITLE = ("Renforcement des compétences interculturelles et prévention du profilage ethnique " * 3)[:200]
LONG_NAME = ("Marie-Antoinette Vandenbroucke-D'Hondt van der Aachener-Straßenbrücke " * 3)[:201]


@pytest.mark.parametrize(
    ("language", "day", "length"),
    [("nl", "14 januari 2027", "8 u"), ("fr", "14 janvier 2027", "8 h"), ("de", "14. Januar 2027", "8 Std.")],
)
def test_it_says_what_the_snapshot_says_in_the_language_of_the_holder(
    language: str, day: str, length: str
) -> None:
    content = render(make_snapshot(language=language))
    root: Any = read_pdf(content).trailer["/Root"]
    assert root["/Lang"] == language
    text = text_of(content)
    for said in (
        day,
        "Jo Peeters",
        "Holocaust, Politie en Mensenrechten",
        length,
        "Kazerne Dossin",
        "Mechelen",
    ):
        assert said in text
    assert "Theorie · Praktijk" in text
    assert "7KQ2 M8XT A0ZH 4RVN 9PWB 3CDE 56" in text


def test_it_is_tagged_titled_and_declared_accessible() -> None:
    reader = read_pdf(render(make_snapshot()))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/StructTreeRoot"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data().replace(b"'", b'"')
    assert reader.metadata is not None
    assert str(reader.metadata.title).endswith("Holocaust, Politie en Mensenrechten")


def test_the_qr_code_and_the_link_lead_to_the_check(settings: Any) -> None:
    settings.BASE_URL = "https://traject.police.example"
    page = read_pdf(render(make_snapshot())).pages[0]
    address = "https://traject.police.example/verify/7KQ2M8XTA0ZH4RVN9PWB3CDE56"
    annotations: Any = page["/Annots"]
    assert [link.get_object()["/A"]["/URI"] for link in annotations] == [address]
    root: Any = read_pdf(render(make_snapshot())).trailer["/Root"]
    assert address in str(_figures(root["/StructTreeRoot"]))


def _figures(element: Any) -> list[str]:
    """The alternative texts of the pictures below an element of the structure."""
    element = element.get_object()
    if not isinstance(element, dict):
        return []
    below = element.get("/K", [])
    found = [str(element.get("/Alt"))] if element.get("/S") == "/Figure" else []
    return found + [alt for kid in (below if isinstance(below, list) else [below]) for alt in _figures(kid)]


def test_several_days_are_a_period_and_a_last_day_of_validity_shows() -> None:
    text = text_of(render(make_snapshot(first_day="2027-01-11", valid_until="2029-01-14")))
    assert "11 januari 2027 – 14 januari 2027" in text
    assert "14 januari 2029" in text


def test_what_is_not_training_shows_no_hours() -> None:
    assert not re.search(r"\d h\b", text_of(render(make_snapshot(minutes=None))))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": LONG_TITLE},
        {"name": LONG_NAME},
        {
            "title": LONG_TITLE,
            "name": LONG_NAME,
            "provider": "Centre interfédéral pour l'égalité des chances et contre le racisme",
            "valid_until": "2029-01-14",
        },
    ],
)
def test_long_texts_stay_whole_and_on_one_page(changes: dict[str, str]) -> None:
    content = render(make_snapshot(language="fr", **changes))
    assert len(read_pdf(content).pages) == 1
    said = text_of(content).replace(" ", "").replace("-", "")
    for text in changes.values():
        if not text.startswith("20"):
            assert text.replace(" ", "").replace("-", "") in said


def test_a_list_of_parts_for_which_there_is_no_room_gives_way() -> None:
    parts = [f"Een deel met een heel lange titel, nummer {number}" for number in range(60)]
    content = render(make_snapshot(parts=parts))
    assert len(read_pdf(content).pages) == 1
    assert "nummer" not in text_of(content)


def test_markup_in_a_name_is_only_text() -> None:
    name = '<b>O\'Neil & "X"</b>'
    assert name in text_of(render(make_snapshot(name=name)))


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert render(make_snapshot()) == render(make_snapshot())


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://localhost:1/x", "data:image/png;base64,AA=="]
)
def test_nothing_but_our_own_files_is_fetched(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="own files"):
        OwnFilesOnly().fetch(address)
    with caplog.at_level(logging.ERROR, "weasyprint"):
        HTML(string=f'<img src="{address}" alt="x">', url_fetcher=OwnFilesOnly()).write_pdf()
    assert "Failed to load image" in caplog.text


def test_nothing_is_missing_from_the_page(caplog: pytest.LogCaptureFixture) -> None:
    """Fonts and drawing load, and every rule of the stylesheet is understood."""
    with caplog.at_level(logging.WARNING, "weasyprint"):
        reader = read_pdf(render(make_snapshot()))
    assert caplog.text == ""
    resources: Any = reader.pages[0]["/Resources"]
    names = {font.get_object()["/BaseFont"].split("+")[1] for font in resources["/Font"].values()}
    assert names == {"Plex-Serif", "Plex-Serif-Medium"}
