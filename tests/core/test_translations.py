import ast
import gettext
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.utils.translation import override

from core.management.commands import update_messages
from core.management.commands.update_messages import (
    as_po,
    catalogue_path,
    collect,
    read_catalogue,
    strings,
    updated,
)
from notifications.accounts import AccountAdapter

LOCALES = ["nl", "fr", "de"]
TRANSLATING = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")

SOURCE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

_("Enrol")
_("in two "
  "lines")
ngettext("%(n)d seat", "%(n)d seats", 3)
# Translators: as on a button.
pgettext("verb", "Close")
"""
TEMPLATE = """
  {% translate "Withdraw" %} {{ name|default:_("Nobody") }}
    {% blocktranslate trimmed count n=seats %}
      {{ n }} seat
      left
    {% plural %}
      {{ n }} seats
      left
    {% endblocktranslate %}
{% translate "Close" context "button" as label %}
{% include "x.html" with title=_("100% sure") %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "courses/__init__.py": "",
        "courses/views.py": SOURCE,
        "courses/migrations/0001_initial.py": '_("Migrated")',
        "tests/__init__.py": '_("Tested")',
        "templates/courses/page.html": TEMPLATE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def ids(catalogue: Catalog) -> set[Any]:
    return {(message.context, message.id) for message in catalogue if message.id}


def test_texts_of_python_and_templates_are_collected(project: Path) -> None:
    found = collect(project)

    assert ids(found) == {
        (None, "Enrol"),
        (None, "in two lines"),
        (None, ("%(n)d seat", "%(n)d seats")),
        ("verb", "Close"),
        (None, "Withdraw"),
        (None, "Nobody"),
        (None, ("%(n)s seat left", "%(n)s seats left")),
        ("button", "Close"),
        (None, "100% sure"),
    }
    assert found.get("Close", "verb").auto_comments == ["Translators: as on a button."]


def test_update_keeps_translations_drops_the_rest_and_guesses_nothing(project: Path) -> None:
    known = Catalog(locale="nl")
    known.add("Enrol", "Inschrijven")
    known.add("Withdraws", "Schrijft zich uit")
    known.add("Nobody", "Niemand", flags=["fuzzy"])
    known.add("Close", "Sluiten", context="verb")

    catalogue = updated(collect(project), known, "nl")

    assert {message.id: message.string for message in catalogue if message.id and any(strings(message))} == {
        "Enrol": "Inschrijven",
        "Close": "Sluiten",
    }
    assert ids(catalogue) == ids(collect(project))
    written = as_po(catalogue)
    assert as_po(updated(collect(project), read_po(BytesIO(written.encode())), "nl")) == written


def test_command_writes_the_catalogue_of_each_language(
    project: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = project
    settings.LOCALE_PATHS = [project / "locale"]
    out = StringIO()

    call_command("update_messages", stdout=out)

    assert out.getvalue().splitlines() == [f"{locale}: 9 texts, 9 to translate." for locale in LOCALES]
    assert {len(read_catalogue(catalogue_path(locale))) for locale in LOCALES} == {9}


def test_a_mark_of_a_conflict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text('msgid "Enrol"\nmsgstr "Inschrijven"\n<<<<<<< HEAD\n')
    with pytest.raises(CommandError, match=r"django\.po"):
        read_catalogue(path)


def test_languages_of_the_screen_have_a_catalogue() -> None:
    assert update_messages.translated_locales() == LOCALES


@pytest.fixture(scope="module")
def source() -> Catalog:
    return collect(settings.BASE_DIR)


@pytest.fixture(params=LOCALES)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return read_catalogue(catalogue_path(request.param))


def test_catalogue_holds_what_the_source_says(catalogue: Catalog, source: Catalog) -> None:
    assert ids(catalogue) == ids(source), "run `make messages` and translate what is new"
    assert not catalogue.obsolete


def test_everything_is_translated(catalogue: Catalog) -> None:
    assert [message.id for message in catalogue if message.id and not all(strings(message))] == []
    assert [message.id for message in catalogue if message.fuzzy] == []


def test_plural_forms(catalogue: Catalog) -> None:
    assert (
        catalogue.plural_expr == {"nl": "(n != 1)", "fr": "(n > 1)", "de": "(n != 1)"}[str(catalogue.locale)]
    )
    assert {len(strings(message)) for message in catalogue if message.pluralizable} == {2}


def test_placeholders_and_edges_are_those_of_the_source(catalogue: Catalog) -> None:
    wrong = [
        (original, translated)
        for message in catalogue
        if message.id
        for original, translated in pairs(message)
        if shape(original) != shape(translated)
    ]
    assert wrong == []


def test_french_punctuation_never_begins_a_line() -> None:
    """A no-break space keeps it with its word."""
    said = [
        text for message in read_catalogue(catalogue_path("fr")) if message.id for text in strings(message)
    ]
    assert [text for text in said if re.search(" [:;?!»]|« ", text)] == []


def pairs(message: Any) -> list[tuple[str, str]]:
    if message.pluralizable:
        return list(zip(message.id, message.string, strict=True))
    return [(message.id, message.string)]


def shape(text: str) -> tuple[list[str], str, str]:
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    return sorted(PLACEHOLDER.findall(text)), before, after


def test_no_text_hides_inside_another_where_it_is_not_collected() -> None:
    """What is called inside an f-string is no call to whoever collects the texts."""
    hidden = [
        f"{source.relative_to(settings.BASE_DIR)}:{call.lineno}"
        for source in update_messages.source_files(Path(settings.BASE_DIR))
        if source.suffix == ".py"
        for text in ast.walk(ast.parse(source.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TRANSLATING
    ]
    assert hidden == []


def test_compiled_catalogue_says_the_same(catalogue: Catalog) -> None:
    with catalogue_path(str(catalogue.locale)).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    differing = [m.id for m in catalogue if m.id and compiled_strings(compiled, m) != strings(m)]

    assert differing == [], "run `make setup`, which compiles the catalogues"


def compiled_strings(compiled: gettext.GNUTranslations, message: Any) -> tuple[str, ...]:
    context = message.context
    if not message.pluralizable:
        return (compiled.pgettext(context, message.id) if context else compiled.gettext(message.id),)
    one, many = message.id
    if context:
        return tuple(compiled.npgettext(context, one, many, n) for n in (1, 2))
    return tuple(compiled.ngettext(one, many, n) for n in (1, 2))


@pytest.mark.parametrize(
    ("language", "farewell", "hint", "refusal"),
    [
        (
            "nl",
            "Je bent afgemeld.",
            "Je wachtwoord mag niet alleen uit cijfers bestaan.",
            "Geef je huidige wachtwoord in.",
        ),
        (
            "fr",
            "Vous êtes déconnecté.",
            "Votre mot de passe ne peut pas être composé uniquement de chiffres.",
            "Saisissez votre mot de passe actuel.",
        ),
        (
            "de",
            "Sie sind ausgeloggt.",
            "Ihr Passwort darf nicht nur aus Ziffern bestehen.",
            "Geben Sie Ihr aktuelles Passwort ein.",
        ),
    ],
)
def test_django_and_allauth_address_people_as_we_do(
    language: str, farewell: str, hint: str, refusal: str
) -> None:
    with override(language):
        assert render_to_string("account/messages/logged_out.txt").strip() == farewell
        assert hint in password_validators_help_texts()
        assert str(AccountAdapter.error_messages["enter_current_password"]) == refusal
