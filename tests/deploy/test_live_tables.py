"""`make check` refuses a migration that would lock a table in use or break the release that still runs."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader

from scripts import live_tables

IN_ORDER = models.CheckConstraint(name="in_order", condition=models.Q(valid_from__lt="9999-01-01"))
ONE_EACH = models.UniqueConstraint(name="one_each", fields=["role", "valid_from"])
BY_ROLE = models.Index(name="by_role", fields=["role"])


def _add(field: "models.Field[Any, Any]") -> operations.AddField:
    return operations.AddField("membership", "novelty", field)


def _complaints(folder: Path, *steps: operations.base.Operation) -> list[str]:
    state = MigrationLoader(connection).project_state()
    is_atomic = not isinstance(steps[0], AddIndexConcurrently)
    with connection.schema_editor(collect_sql=True, atomic=is_atomic) as editor:
        for step in steps:
            after = state.clone()
            step.state_forwards("people", after)
            step.database_forwards("people", editor, state, after)
            state = after
    # As sqlmigrate writes it.
    around = ["BEGIN;", "COMMIT;"] if is_atomic else ["", ""]
    sql = "\n".join([around[0], *editor.collected_sql, around[1]])
    (folder / "people.0099_new").write_text(sql)
    return [*live_tables.find(folder)]


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        (operations.AddIndex("membership", BY_ROLE), "AddIndexConcurrently"),
        (_add(models.ForeignKey("people.User", models.CASCADE, null=True)), "AddIndexConcurrently"),
        (operations.AddConstraint("membership", IN_ORDER), "AddConstraintNotValid"),
        (operations.AddConstraint("membership", ONE_EACH), "a unique index"),
        (operations.AlterField("membership", "role", models.TextField()), "a new column"),
        (operations.AlterField("membership", "valid_until", models.DateField()), "IS NOT NULL"),
        (_add(models.CharField(default="")), "db_default"),
        (_add(models.UUIDField(db_default=models.Func(function="gen_random_uuid"))), "a constant default"),
        (operations.RemoveField("membership", "valid_until"), "first a release"),
        (operations.RenameField("membership", "role", "task"), "db_column"),
        (operations.DeleteModel("membership"), "first a release"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_locks_or_breaks_is_refused(
    tmp_path: Path, step: operations.base.Operation, instead: str
) -> None:
    complaints = _complaints(tmp_path, step)
    assert complaints
    assert all(text.startswith("people.0099_new: ") for text in complaints)
    assert any(instead in text.partition(" Instead: ")[2] for text in complaints)


@pytest.mark.parametrize(
    "steps",
    [
        [_add(models.CharField(null=True))],
        [_add(models.CharField(db_default=""))],
        [AddIndexConcurrently("membership", BY_ROLE)],
        [AddConstraintNotValid("membership", IN_ORDER)],
        [
            operations.CreateModel(
                "novelty",
                [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("user", models.ForeignKey("people.User", models.CASCADE)),
                    ("role", models.CharField(unique=True)),
                ],
            ),
            operations.AddIndex("novelty", BY_ROLE),
        ],
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_nobody_waits_for_passes(tmp_path: Path, steps: list[operations.base.Operation]) -> None:
    assert _complaints(tmp_path, *steps) == []


@pytest.mark.django_db(transaction=True)
def test_a_constraint_is_validated_in_a_migration_of_its_own(tmp_path: Path) -> None:
    steps = AddConstraintNotValid("membership", IN_ORDER), ValidateConstraint("membership", "in_order")
    [complaint] = _complaints(tmp_path, *steps)
    assert complaint.endswith("then ValidateConstraint in one of its own.")


@pytest.mark.django_db
def test_what_is_excused_is_there() -> None:
    there = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    assert there >= live_tables.BEFORE_FIRST_RELEASE
