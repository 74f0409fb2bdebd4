"""Collects the texts to translate into locale/ with Babel: GNU gettext is missing on a bare machine."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import PoFileError, generate_po, read_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ["Translators:"]
# No dates and no line numbers: a diff shows what somebody changed, and nothing else.
HEADER = (
    'msgid ""\n'
    'msgstr ""\n'
    '"Language: {locale}\\n"\n'
    '"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: {plural_forms}\\n"\n'
    "\n"
)


class Command(BaseCommand):
    help = "Brings the catalogues in locale/ up to date with the source; what is translated is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        source = collect(settings.BASE_DIR)
        for locale in translated_locales():
            path = catalogue_path(locale)
            catalogue = updated(source, read_catalogue(path), locale)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_po(catalogue), encoding="utf-8")
            missing = sum(not all(strings(message)) for message in catalogue if message.id)
            self.stdout.write(f"{locale}: {len(catalogue)} texts, {missing} to translate.")


def translated_locales() -> list[str]:
    """Every language of the screen but English, which the source speaks."""
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def catalogue_path(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0], locale, "LC_MESSAGES", "django.po")


def read_catalogue(path: Path) -> Catalog:
    """What is translated; a mark of a conflict is refused, since the text below it would be lost."""
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        try:
            return read_po(file, abort_invalid=True)
        except PoFileError as error:
            raise CommandError(f"{path}: {error}") from None


def collect(folder: Path) -> Catalog:
    """Every translatable text of the Python files and the templates."""
    found = Catalog(charset="utf-8")
    for path in source_files(folder):
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            source = as_python(source, str(path))
        name = str(path.relative_to(folder))
        texts = extract("python", BytesIO(source.encode()), KEYWORDS, COMMENT_TAGS)
        for _line, text, comments, context in texts:
            found.add(text, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def source_files(folder: Path) -> Iterator[Path]:
    for package in sorted(file.parent for file in folder.glob("*/__init__.py")):
        if package.name != "tests":
            yield from (path for path in sorted(package.rglob("*.py")) if path.parent.name != "migrations")
    yield from sorted(path for path in (folder / "templates").rglob("*") if path.is_file())


def as_python(template: str, origin: str) -> str:
    """The calls of gettext that a template stands for; the rest of it, blanked out, has no indentation."""
    return "\n".join(line.lstrip() for line in templatize(template, origin).splitlines())


def updated(source: Catalog, known: Catalog, locale: str) -> Catalog:
    """The source's texts with the known translations: nothing is guessed, nothing obsolete is kept."""
    catalogue = Catalog(locale=locale, charset="utf-8")
    for message in source:
        if not message.id:
            continue
        earlier = known.get(message.id, message.context)
        kept = earlier.string if earlier and earlier.id == message.id and not earlier.fuzzy else ""
        catalogue.add(
            message.id,
            kept,
            locations=message.locations,
            auto_comments=message.auto_comments,
            user_comments=earlier.user_comments if earlier else (),
            context=message.context,
        )
    return catalogue


def strings(message: Any) -> tuple[str, ...]:
    """The translations of a message: one, or one for each plural form."""
    return tuple(message.string) if message.pluralizable else (message.string,)


def as_po(catalogue: Catalog) -> str:
    header = HEADER.format(locale=catalogue.locale, plural_forms=catalogue.plural_forms)
    lines = generate_po(catalogue, omit_header=True, include_lineno=False, sort_by="message", width=100)
    return (header + "".join(lines)).rstrip("\n") + "\n"
