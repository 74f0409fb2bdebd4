"""From frozen plain data to a tagged PDF on one page: no database, and nothing fetched but our own files.

Fonts, stylesheet and fetcher are made once for each process. That halves the time of a certificate: without
it each one reads the fonts and builds a TLS context anew.
"""

import datetime as dt
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypedDict

import fontpkg_ibm_plex_serif
import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, override
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

_FONTS = Path(fontpkg_ibm_plex_serif.__file__).parent / "files"
# Static fonts only: a variable one is cut to its weight again for each file, which takes four times as long.
FILES = {
    "regular": _FONTS / "IBMPlexSerif-Regular.ttf",
    "medium": _FONTS / "IBMPlexSerif-Medium.ttf",
    "path": settings.BASE_DIR / "templates" / "certificates" / "pdf" / "path.svg",
}
# WeasyPrint's defaults, but tagged and declared as PDF/UA-1 (ISO 14289-1).
OPTIONS = {"pdf_variant": "pdf/ua-1"}
# Pango's font map is not for two threads at once, and threads would gain nothing here.
_drawing = Lock()


class Snapshot(TypedDict):
    """What a certificate says. Days are ISO 8601 text; texts are in the holder's administrative language.

    It holds neither staff number nor date of birth, and for a sensitive course nothing that tells which one.
    """

    code: str
    language: str
    name: str
    title: str
    first_day: str
    completed_on: str
    # None when it doesn't count as training.
    minutes: int | None
    provider: str
    city: str
    parts: list[str]
    valid_until: str | None
    issued_on: str


class OwnFilesOnly(URLFetcher):
    """Refuses every address but our own fonts and drawing, whatever a text carries into the page."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._allowed = {path.as_uri() for path in FILES.values()}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url not in self._allowed:
            raise ValueError("A certificate fetches nothing but its own files.")
        return super().fetch(url, headers)


class _Kit(NamedTuple):
    fetcher: OwnFilesOnly
    fonts: FontConfiguration
    style: CSS


def render(snapshot: Snapshot) -> bytes:
    """A PDF/UA-1 file in the language of the snapshot; the same snapshot gives the same bytes.

    It stays one page: a list of parts for which there is no room gives way.
    """
    with override(snapshot["language"]), _drawing:
        document = _lay_out(snapshot)
        if len(document.pages) > 1:
            document = _lay_out({**snapshot, "parts": []})
        pdf: bytes = document.write_pdf(pdf_identifier=snapshot["code"].encode(), **OPTIONS)
    return pdf


def _lay_out(snapshot: Snapshot) -> Document:
    kit = _kit()
    page = render_to_string("certificates/pdf/certificate.html", _context(snapshot))
    return HTML(string=page, url_fetcher=kit.fetcher).render(
        font_config=kit.fonts, stylesheets=[kit.style], **OPTIONS
    )


@cache
def _kit() -> _Kit:
    fetcher, fonts = OwnFilesOnly(), FontConfiguration()
    rules = render_to_string(
        "certificates/pdf/certificate.css", {name: path.as_uri() for name, path in FILES.items()}
    )
    return _Kit(fetcher, fonts, CSS(string=rules, url_fetcher=fetcher, font_config=fonts))


def _context(snapshot: Snapshot) -> dict[str, object]:
    return {
        **snapshot,
        "first_day": _day(snapshot["first_day"]),
        "completed_on": _day(snapshot["completed_on"]),
        "valid_until": _day(snapshot["valid_until"]),
        "issued_on": _day(snapshot["issued_on"]),
        "title_size": _size(snapshot["title"], 44, 96),
        "name_size": _size(snapshot["name"], 32, 80),
        "product": settings.PRODUCT_NAME,
        "verify_url": (url := f"{settings.BASE_URL}/verify/{snapshot['code']}"),
        "verify_address": f"{settings.BASE_URL}/verify/".partition("://")[2],
        "qr": _qr(url),
    }


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _size(text: str, large: int, medium: int) -> str:
    """The step of type on which a text of this length takes a few lines."""
    if len(text) <= large:
        return "large"
    return "medium" if len(text) <= medium else "small"


def _qr(url: str) -> SafeString:
    code = segno.make(url, error="m", micro=False)
    title = gettext("QR code: check this certificate at %(url)s") % {"url": url}
    return mark_safe(code.svg_inline(title=title, omitsize=True, border=0, dark="#131c40"))
