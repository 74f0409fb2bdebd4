"""No mail mixes languages: nothing that the English one says stands in the others too."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.utils.html import strip_tags

from notifications.delivery import render
from notifications.models import Message
from tests.factories import UserFactory
from tests.notifications.messages import CONTEXT, calendar_event, make_message

pytestmark = pytest.mark.django_db

TEMPLATES = sorted(
    path.name for path in (settings.BASE_DIR / "templates" / "emails").iterdir() if path.is_dir()
)
# What the context and the sender put into a mail reads the same in every language.
GIVEN = CONTEXT | {
    "at_iso": "2027-01-14T07:30:00+00:00",
    "date_iso": "2027-01-14",
    "reset_url": "http://localhost:8000/reset/",
    "change": "app_added",
    "due_on_iso": "2027-06-30",
    "until_iso": "2027-01-14T18:00:00+01:00",
    "seated": 3,
    "minimum": 8,
    "school": "Campus Vesta",
    "late": [{"class": "1A", "title": "HPM", "people": 3}],
    "seats": 3,
    "waiting": 2,
    "requests": [CONTEXT | {"name": "Holocaust, Police & Human Rights"}],
}
SAME_EVERYWHERE = {
    *(value for value in [*GIVEN.values(), *GIVEN["when"][0].values()] if isinstance(value, str)),
    "Holocaust, Police &amp; Human Rights",
    "localhost",
    "Traject",
}
SENTENCE_END = re.compile(r"[.:?!,·]\s|\n")


def sentences(message: Message, language: str) -> set[str]:
    """What subject, text and HTML say in a language, in pieces that have words of their own."""
    message.language = language
    mail = render(message)
    html = str(mail.alternatives[0].content)
    said = "\n".join([str(mail.subject), str(mail.body), strip_tags(html[html.index("<body") :])])
    said = re.sub(r"http\S+", "", said)
    for given in sorted(SAME_EVERYWHERE, key=len, reverse=True):
        said = said.replace(given, "")
    return {piece.strip() for piece in SENTENCE_END.split(said) if re.search(r"[^\W\d_]{2}", piece)}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_a_mail_has_no_english_left(template: str, language: str) -> None:
    calendar: dict[str, Any] = {"method": "REQUEST", "events": [calendar_event()]}
    message = make_message(
        UserFactory.create(), template=template, context=GIVEN | {"calendar": calendar, "hours": 4}
    )

    english = sentences(message, "en")

    assert len(english) > 3
    assert english & sentences(message, language) == set()
