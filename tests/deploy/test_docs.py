"""docs/deploy.md says what is true."""

import re
from datetime import time
from pathlib import Path

from tests.deploy.files import ROOT, settings_variables

PAGE = (ROOT / "docs" / "deploy.md").read_text()


def _as_text(default: str | None) -> str:
    """A default as a person would type it, with the code in /app."""
    if default is None:
        return "needed"
    value = eval(default, {"BASE_DIR": Path("/app"), "time": time})  # noqa: S307 It is the source of our own settings.
    value = ",".join(value) if isinstance(value, list) else value
    value = f"{value:%H:%M}" if isinstance(value, time) else value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if text else "empty"


def test_the_table_lists_every_variable_with_its_default() -> None:
    table = PAGE.partition("## Variables")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE))
    assert rows == {name: _as_text(default) for name, default in settings_variables().items()}


def test_the_readme_names_what_is_needed_and_points_here() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "(docs/deploy.md)" in readme
    needed = [name for name, default in settings_variables().items() if default is None]
    assert [name for name in needed if f"`{name}`" not in readme] == []


def test_every_secret_is_made_and_every_file_named_exists() -> None:
    made = set(re.findall(r"for name in ([\w ]+); do", PAGE)[0].split())
    made |= set(re.findall(r"> secrets/(\w+)$", PAGE, re.MULTILINE))
    compose = (ROOT / "docker-compose.yml").read_text()
    assert made == set(re.findall(r"file: \./secrets/(\w+)", compose))
    for path in re.findall(r"`((?:deploy|config|courses|docs)/[\w./]+)`", PAGE):
        assert (ROOT / path).exists(), path
