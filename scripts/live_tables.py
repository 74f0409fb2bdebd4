"""Refuses migrations that would lock a table in use, or break the release that still runs.

squawk reads the SQL that they would run. Nobody waits for a new table: an app's first
migration passes, and so does what a migration makes itself.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

SQUAWK = Path(sys.executable).with_name("squawk")
OLDEST_POSTGRES = "15.0"
ALONE = "in a migration of its own with atomic = False"
# Rule of squawk → how the migration is written instead.
INSTEAD = {
    "require-concurrent-index-creation": f"AddIndexConcurrently {ALONE} (a foreign key: db_index=False)",
    "require-concurrent-index-deletion": f"RemoveIndexConcurrently {ALONE}",
    "ban-concurrent-index-creation-in-transaction": "atomic = False",
    "constraint-missing-not-valid": "AddConstraintNotValid, then ValidateConstraint in one of its own",
    "disallowed-unique-constraint": "a unique index, made concurrently",
    "changing-column-type": "a new column, filled in batches",
    "adding-not-nullable-field": "a CHECK … IS NOT NULL, validated in a migration of its own",
    "adding-field-with-default": "a constant default; other values are filled in batches",
    "adding-required-field": "null=True or db_default=…: the release that still runs writes rows without it",
    "ban-drop-default": "db_default=…: the release that still runs writes rows without it",
    "ban-drop-column": "first a release that doesn't use it",
    "ban-drop-table": "first a release that doesn't use it",
    "renaming-column": "db_column=… keeps the name",
    "renaming-table": "db_table = … keeps the name",
}
# Written before the first release, when no table was live: it ran on none that holds data.
BEFORE_FIRST_RELEASE = frozenset(
    {
        "courses.0002_staffing",
        "courses.0005_consent_and_aftercare",
        "courses.0006_programmes",
        "courses.0007_offers",
        "courses.0008_seat_pools",
        "courses.0009_go_no_go",
        "courses.0011_organisation_rules",
        "enrolment.0003_on_behalf_leavers_access",
        "enrolment.0005_consent",
        "enrolment.0007_offers",
        "enrolment.0008_seat_pools",
        "enrolment.0009_moved_bookings",
        "people.0002_staff_import",
        "people.0003_staff_import_changes",
    }
)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    with TemporaryDirectory() as folder:
        for name, sql in later_migrations():
            Path(folder, name).write_text(sql)
        complaints = [*find(Path(folder))]
    print(*complaints, sep="\n")
    return 1 if complaints else 0


def later_migrations() -> Iterator[tuple[str, str]]:
    """Our own but the first of each app, with the SQL that they run."""
    own = {app.label for app in apps.get_app_configs() if "site-packages" not in app.path}
    for (app, name), migration in MigrationLoader(connection).disk_migrations.items():
        if app in own and not migration.initial and f"{app}.{name}" not in BEFORE_FIRST_RELEASE:
            yield f"{app}.{name}", call_command("sqlmigrate", app, name, no_color=True, stdout=StringIO())


def find(folder: Path) -> Iterator[str]:
    """What squawk says about the files of SQL in a folder, and what to do instead."""
    files = sorted(folder.iterdir())
    if not files:
        return
    command = [str(SQUAWK), "--reporter=json", f"--pg-version={OLDEST_POSTGRES}", *map(str, files)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    for found in json.loads(result.stdout):
        if instead := INSTEAD.get(found["rule_name"]):
            yield f"{Path(found['file']).name}: {found['message']} Instead: {instead}."


if __name__ == "__main__":
    sys.exit(main())
