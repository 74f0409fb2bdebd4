"""A YAML document as plain data that still knows on which line each value stands."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

# Where a value stands: ("courses", 3, "summary", "fr").
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """Something wrong, and where."""

    path: Path
    message: str


class BrokenYamlError(Exception):
    """The text is no YAML document; says what and on which line."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Document:
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a value; for one that is missing, the line of what it is missing from."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines[path]


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            # A reviewer should see the text where it is used, and a node that holds itself has no end.
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem=_("*name is not allowed here: write the value out"), problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)


def parse(text: str) -> Document:
    """Read one YAML document; duplicate keys become findings.

    Raises BrokenYamlError for what is no document at all.
    """
    root = _compose(text)
    if root is None:
        raise BrokenYamlError(_("the file is empty"), line=1)
    document = Document()
    document.data = _value(root, (), document)
    return document


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BrokenYamlError(str(error.problem), line=mark.line + 1 if mark else 1) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BrokenYamlError(_("a character that cannot be shown"), line=line) from None
    except RecursionError:
        raise BrokenYamlError(_("lists and keys are nested too deeply"), line=1) from None


def _value(node: yaml.Node, path: Path, document: Document) -> Any:
    # The key of a value has been seen before the value, and stands above a text of several lines.
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.ScalarNode):
        return _plain(node.value) if node.style is None else node.value
    return [_value(item, (*path, index), document) for index, item in enumerate(node.value)]


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        place = (*path, name)
        if name in values:
            # A place of its own, so that the finding names the line of the second.
            second = (*place, "")
            document.lines[second] = key.start_mark.line + 1
            first = document.lines[place]
            document.findings.append(
                Finding(second, _("this key stands here twice; first on line %(line)d") % {"line": first})
            )
        else:
            document.lines[place] = key.start_mark.line + 1
            values[name] = _value(value, place, document)
    return values


def _plain(text: str) -> str | int | bool | dt.date | None:
    """What an unquoted value means; unlike YAML 1.1, ``no``, ``4:00`` and ``010`` are just text."""
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"0|-?[1-9][0-9]{0,8}", text):
        return int(text)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return text
    return text
