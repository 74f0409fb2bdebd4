"""docs/locking.md names every place that locks."""

import re

from django.apps import apps
from django.conf import settings

LOCK = re.compile(r"select_for_update\(|pg_advisory_xact_lock")


def test_the_page_about_locks_names_each_module_that_takes_one() -> None:
    own = [settings.BASE_DIR / app.label for app in apps.get_app_configs() if "site-packages" not in app.path]
    modules = [path for folder in own for path in folder.rglob("*.py") if LOCK.search(path.read_text())]
    locking = {str(path.relative_to(settings.BASE_DIR)) for path in modules}
    page = (settings.BASE_DIR / "docs" / "locking.md").read_text()
    table = page.partition("| in | locks |")[2].partition("\n\n")[0]

    first_column = "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("|"))

    assert set(re.findall(r"`([\w/]+\.py)`", first_column)) == locking


def test_the_tests_that_it_names_exist() -> None:
    page = (settings.BASE_DIR / "docs" / "locking.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", page))

    assert named
    assert named <= {path.stem for path in (settings.BASE_DIR / "tests" / "concurrency").glob("test_*.py")}
