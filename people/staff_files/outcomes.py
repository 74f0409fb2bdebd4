"""What a list would change, or has changed, and what is wrong with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from core.tables.problems import RowProblem
from people.staff_files.columns import Column
from people.staff_files.plans import Plan

# Whoever wants to see more looks at the file; whoever has more to correct does so in another way.
MOST_SHOWN = 200


@dataclass(frozen=True)
class RowChange:
    """What the row of a person changes: all of it for a new one."""

    row: int
    name: str
    is_new: bool
    columns: Sequence[Column]
    # As read: zeros that a spreadsheet dropped are seen missing. Empty in a list kept by an older version.
    staff_number: str = ""

    @classmethod
    def of(cls, plan: Plan) -> Self:
        name = f"{plan.row.last_name}, {plan.row.first_name}"
        columns = [] if plan.is_new else plan.columns
        return cls(plan.row.number, name, plan.is_new, columns, plan.row.staff_number)

    @property
    def labels(self) -> list[str]:
        return [str(column.label) for column in self.columns]

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "name": self.name,
            "is_new": self.is_new,
            "columns": self.columns,
            "staff_number": self.staff_number,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(**{**stored, "columns": [Column(name) for name in stored["columns"]]})


@dataclass
class Outcome:
    """In numbers, and the first rows of either kind."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    links: int = 0
    # How many people of the list are in each class.
    classes: Counter[str] = field(default_factory=Counter)
    changes: list[RowChange] = field(default_factory=list)
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, plans: list[Plan], problems: list[RowProblem]) -> None:
        self.new += sum(plan.is_new for plan in plans)
        self.changed += sum(plan.is_change and not plan.is_new for plan in plans)
        self.unchanged += sum(not plan.is_change for plan in plans)
        self.links += sum(plan.gets_link for plan in plans)
        self.classes.update(plan.row.class_name for plan in plans if plan.row.class_name)
        shown = [plan for plan in plans if plan.is_change][: MOST_SHOWN - len(self.changes)]
        self.changes += map(RowChange.of, shown)
        self.problem_count += len(problems)
        self.problems += problems[: MOST_SHOWN - len(self.problems)]
