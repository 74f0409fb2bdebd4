"""Which cells of a table of counts stay hidden, so that no small group of people can be read from it.

Hiding the small cells isn't enough: with the totals beside them they come back by subtraction. Others are
hidden with them, until each small cell might as well, for all that is published, reach the threshold.

A table with its margins is a circulation: rows and columns are nodes, each cell is an arc between its row and
its column, and what flows into a node flows out of it. The cells on a circle of arcs can change together
while all others stay; so a small cell is safe once hidden circles through it let it rise far enough.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

Counts = Sequence[Sequence[int]]
# A row and a column of a table with its margins, which come last.
Cell = tuple[int, int]
Node = tuple[str, int]

# So many people make a cell that may be read: of ordinary items, and of sensitive ones.
THRESHOLD = 5
SENSITIVE_THRESHOLD = 10
SENSITIVE_STEP = 5

# Totals say more than the cells between them: they are hidden last.
PRICE_OF_A_MARGIN = 1_000


def with_margins(counts: Counts) -> list[list[int]]:
    """The table with the totals of its rows and of its columns, and the total of all in the corner."""
    rows = [[*row, sum(row)] for row in counts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def hidden_cells(counts: Counts, *, small: Container[int] = range(THRESHOLD)) -> frozenset[Cell]:
    """The cells of ``with_margins(counts)`` to hide: the small ones, and as few others as protect these.

    ``small`` holds counts under the threshold; without 0 where an empty cell tells nothing.
    """
    table = _Circulation(with_margins(counts))
    to_protect = sorted(cell for cell, count in table.counts.items() if count in small)
    hidden = set(to_protect)
    for cell in to_protect:
        hidden |= table.cover(cell, hidden)
    return frozenset(hidden)


def rounded(count: int) -> int | None:
    """People in sensitive items: rounded to 5, always in the same way; None stays hidden."""
    if count < SENSITIVE_THRESHOLD:
        return None
    return SENSITIVE_STEP * ((count + SENSITIVE_STEP // 2) // SENSITIVE_STEP)


@dataclass(frozen=True)
class _Step:
    """Through a cell, along its arc or against it: it rises or falls by what flows."""

    cell: Cell
    to: Node
    rises: bool


class _Circulation:
    def __init__(self, rows: list[list[int]]) -> None:
        self.height, self.width = len(rows), len(rows[0])
        self.counts = {(row, column): n for row, line in enumerate(rows) for column, n in enumerate(line)}
        self.steps: dict[Node, list[_Step]] = {}
        for cell in self.counts:
            tail, head = self._ends(cell)
            self.steps.setdefault(tail, []).append(_Step(cell, head, rises=True))
            self.steps.setdefault(head, []).append(_Step(cell, tail, rises=False))

    def _in_margins(self, cell: Cell) -> int:
        return (cell[0] == self.height - 1) + (cell[1] == self.width - 1)

    def _ends(self, cell: Cell) -> tuple[Node, Node]:
        """From the row to the column; the other way in one margin, for a total weighs against its parts."""
        row, column = ("row", cell[0]), ("column", cell[1])
        return (column, row) if self._in_margins(cell) == 1 else (row, column)

    def cover(self, cell: Cell, hidden: set[Cell]) -> set[Cell]:
        """The cells on the cheapest circles that let a small cell rise to the threshold."""
        tail, head = self._ends(cell)
        left = dict(self.counts)
        wanted, used = THRESHOLD - self.counts[cell], {cell}
        while wanted > 0:
            path = self._cheapest_path(head, tail, left, free=hidden | used, without=cell)
            flow = min([wanted, *(left[step.cell] for step in path if not step.rises)])
            for step in path:
                left[step.cell] += flow if step.rises else -flow
            used.update(step.cell for step in path)
            wanted -= flow
        return used

    def _cheapest_path(
        self, start: Node, end: Node, left: dict[Cell, int], *, free: set[Cell], without: Cell
    ) -> list[_Step]:
        """Dijkstra's way through cells that can still change; those that are hidden anyway cost nothing.

        There always is one: cells rise without end, and rising ones lead from each node to each other.
        """
        queue: list[tuple[int, int, Node, list[_Step]]] = [(0, 0, start, [])]
        seen: set[Node] = set()
        pushed = 0
        while queue:
            cost, _pushed, node, path = heappop(queue)
            if node == end:
                return path
            if node in seen:
                continue
            seen.add(node)
            for step in self.steps[node]:
                if step.cell != without and (step.rises or left[step.cell] > 0):
                    pushed += 1
                    price = 0 if step.cell in free else self._price(step.cell)
                    heappush(queue, (cost + price, pushed, step.to, [*path, step]))
        raise AssertionError("Each node of a circulation can be reached.")

    def _price(self, cell: Cell) -> int:
        price = 1 + self.counts[cell]
        return price * PRICE_OF_A_MARGIN if self._in_margins(cell) else price
