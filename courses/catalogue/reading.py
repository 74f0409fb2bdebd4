"""Reads the catalogue file; whatever is wrong with it is told with its line, all of it at once."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.enums import Language
from core.errors import DomainError
from courses.catalogue import checks, document
from courses.catalogue.document import BrokenYamlError, Document, Finding
from courses.catalogue.schema import CatalogueFile, CourseEntry, Entry, TrackEntry

Shape = TypeVar("Shape", bound=Entry)

# In our words, by pydantic's error type; what stands in braces comes with the error.
MESSAGES = {
    "string_type": gettext_lazy("a text is needed; put it between quotes"),
    "string_too_long": gettext_lazy("this text is longer than {max_length} characters"),
    "int_type": gettext_lazy("a whole number is needed"),
    "greater_than_equal": gettext_lazy("the number must be {ge} or more"),
    "less_than_equal": gettext_lazy("the number must be {le} or less"),
    "bool_type": gettext_lazy("true or false is needed"),
    "date_type": gettext_lazy("a date is needed, like 2027-01-31"),
    "list_type": gettext_lazy("a list is needed"),
    "too_short": gettext_lazy("at least one is needed"),
    "model_type": gettext_lazy("keys with values are needed"),
    "enum": gettext_lazy("this code is unknown; the codes are {expected}"),
}


class CatalogueFileError(DomainError):
    """The catalogue file can't be loaded; the message has a line for everything that is wrong."""

    code = "catalogue_file"

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__("\n".join(lines))


def read_catalogue(path: Path) -> CatalogueFile:
    """The entries of a catalogue file, all of them right; raises CatalogueFileError."""
    try:
        read = document.parse(_text(path))
    except BrokenYamlError as error:
        problem = {"file": path.name, "line": error.line, "problem": error}
        raise CatalogueFileError([_("%(file)s line %(line)d: %(problem)s") % problem]) from None
    findings = [*read.findings, *_shape_findings(read.data)]
    if _has_sections(read.data):
        findings += checks.check_slugs(read.data)
        courses = _sound(CourseEntry, read.data["courses"])
        findings += checks.check_courses(read.data, courses)
        findings += checks.check_tracks(read.data, _sound(TrackEntry, read.data.get("tracks", [])), courses)
    if findings:
        raise CatalogueFileError(_lines(path, read, findings))
    return CatalogueFile.model_validate(read.data)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogueFileError(
            [_("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error.strerror}]
        ) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenYamlError(_("this is not UTF-8; save the file with that encoding"), line=line) from None


def _lines(path: Path, read: Document, findings: Iterable[Finding]) -> list[str]:
    """One line for each finding, from the top of the file to its end."""
    placed = sorted(
        (read.line_of(finding.path), _field(finding.path), finding.message) for finding in findings
    )
    return [
        _("%(file)s line %(line)d, %(field)s: %(problem)s")
        % {"file": path.name, "line": line, "field": field, "problem": problem}
        for line, field, problem in placed
    ]


def _field(path: document.Path) -> str:
    """``courses[3].summary.fr``, as programmers count: the first is 0."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.strip(".") or _("the file")


def _has_sections(data: Any) -> bool:
    return isinstance(data, dict) and all(
        isinstance(data.get(name, field.get_default()), list)
        for name, field in CatalogueFile.model_fields.items()
    )


def _sound(shape: type[Shape], entries: list[Any]) -> dict[int, Shape]:
    """The entries whose own shape is right, so that their rules can be checked beside the broken ones."""
    sound = {}
    for index, entry in enumerate(entries):
        try:
            sound[index] = shape.model_validate(entry)
        except ValidationError:
            continue
    return sound


def _shape_findings(data: Any) -> Iterator[Finding]:
    try:
        CatalogueFile.model_validate(data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            yield Finding(details["loc"], _message(details))


def _message(details: ErrorDetails) -> str:
    path, kind = details["loc"], details["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind in {"missing", "string_too_short"} or details["input"] is None:
        is_text = path and path[-1] in Language.values
        return _("this text is missing") if is_text else _("this is missing")
    if kind in MESSAGES:
        return str(MESSAGES[kind]).format(**details.get("ctx", {}))
    return details["msg"]


def _unknown_key(path: document.Path) -> str:
    nearest = get_close_matches(str(path[-1]), _known_keys(path), n=1)
    if nearest:
        return _("this key is unknown; is it “%(key)s”?") % {"key": nearest[0]}
    return _("this key is unknown; the keys are %(keys)s") % {"keys": ", ".join(_known_keys(path))}


def _known_keys(path: document.Path) -> list[str]:
    """The keys that may stand where the last step of the path does."""
    entry: type[BaseModel] = CatalogueFile
    for step in path[:-1]:
        if isinstance(step, str):
            entry = _entry_of(entry.model_fields[step].annotation) or entry
    return list(entry.model_fields)


def _entry_of(annotation: Any) -> type[BaseModel] | None:
    """The kind of entry inside ``list[…]`` or ``… | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((entry for part in get_args(annotation) if (entry := _entry_of(part))), None)
