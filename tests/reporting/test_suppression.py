"""No hidden cell comes back, by subtraction or by reasoning about ranges; most others stay readable."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.suppression import THRESHOLD, Cell, hidden_cells, rounded, with_margins

Table = list[list[int]]


def tables(*, most: int, rows: int, columns: int) -> st.SearchStrategy[Table]:
    """Tables of some size, with many small counts."""
    count = st.one_of(st.integers(0, 6), st.integers(0, most))
    return st.tuples(st.integers(1, rows), st.integers(1, columns)).flatmap(
        lambda size: st.lists(
            st.lists(count, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
        )
    )


def equations(height: int, width: int) -> list[dict[Cell, int]]:
    """Each row and each column of a table with margins: its cells less its total make nothing."""
    across = [{(r, c): -1 if c == width - 1 else 1 for c in range(width)} for r in range(height)]
    down = [{(r, c): -1 if r == height - 1 else 1 for r in range(height)} for c in range(width)]
    return across + down


def solved_by_subtraction(full: Table, hidden: frozenset[Cell]) -> set[Cell]:
    """The hidden cells that the published ones determine: Gauss and Jordan on what is unknown."""
    unknown = sorted(hidden)
    rows = [[Fraction(line.get(cell, 0)) for cell in unknown] for line in equations(len(full), len(full[0]))]
    done = 0
    for column in range(len(unknown)):
        pivot = next((r for r in range(done, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for r, row in enumerate(rows):
            if r != done and row[column]:
                rows[r] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    alone = [row for row in rows[:done] if sum(map(bool, row)) == 1]
    return {unknown[next(i for i, value in enumerate(row) if value)] for row in alone}


def ranges(full: Table, hidden: frozenset[Cell], *, most: int) -> dict[Cell, tuple[int, int]]:
    """The least and the most of each hidden cell over every table that agrees with what is published."""
    height, width = len(full) - 1, len(full[0]) - 1
    inner = [cell for cell in sorted(hidden) if cell[0] < height and cell[1] < width]
    seen: dict[Cell, list[int]] = {cell: [] for cell in hidden}
    for values in itertools.product(range(most + 1), repeat=len(inner)):
        guess = [row[:width] for row in full[:height]]
        for (row, column), value in zip(inner, values, strict=True):
            guess[row][column] = value
        candidate = with_margins(guess)
        if all(
            candidate[r][c] == full[r][c]
            for r in range(height + 1)
            for c in range(width + 1)
            if (r, c) not in hidden
        ):
            for row, column in hidden:
                seen[row, column].append(candidate[row][column])
    return {cell: (min(values), max(values)) for cell, values in seen.items()}


@settings(deadline=None)
@given(tables(most=60, rows=7, columns=6))
def test_nothing_hidden_comes_back_by_subtraction(counts: Table) -> None:
    hidden = hidden_cells(counts)
    assert solved_by_subtraction(with_margins(counts), hidden) == set()


@settings(deadline=None)
@given(tables(most=60, rows=7, columns=6))
def test_every_small_cell_is_hidden_totals_too(counts: Table) -> None:
    full = with_margins(counts)
    hidden = hidden_cells(counts)
    assert all(
        (r, c) in hidden for r, row in enumerate(full) for c, count in enumerate(row) if count < THRESHOLD
    )


@settings(deadline=None, max_examples=40)
@given(tables(most=7, rows=2, columns=2))
def test_a_small_cell_might_as_well_be_no_small_one(counts: Table) -> None:
    full = with_margins(counts)
    for (row, column), (least, most) in ranges(full, hidden_cells(counts), most=12).items():
        assert least < most
        if full[row][column] < THRESHOLD:
            assert most >= THRESHOLD


@settings(deadline=None)
@given(tables(most=60, rows=7, columns=6))
def test_a_table_without_small_cells_is_published_whole(counts: Table) -> None:
    assert hidden_cells([[count + THRESHOLD for count in row] for row in counts]) == frozenset()


@settings(deadline=None)
@given(tables(most=60, rows=5, columns=5))
def test_the_same_table_always_hides_the_same_cells(counts: Table) -> None:
    assert hidden_cells(counts) == hidden_cells([list(row) for row in counts])


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        # A small cell takes the cheapest rectangle with it; every total stays.
        ([[3, 40, 9], [20, 12, 30], [8, 7, 50]], {(0, 0), (0, 1), (2, 0), (2, 1)}),
        # Nothing is small.
        ([[20, 30], [25, 35]], set()),
        # One row: the cell beside it hides it in the row, the totals of their columns say the same.
        ([[3, 40]], {(0, 0), (0, 1), (1, 0), (1, 1)}),
        # Next to nobody: the total goes too.
        ([[1, 1]], {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)}),
    ],
)
def test_as_few_cells_as_need_be_are_hidden(counts: Table, hidden: set[Cell]) -> None:
    assert hidden_cells(counts) == hidden


def test_an_empty_cell_is_no_secret_where_it_stands_for_nothing_hidden() -> None:
    assert hidden_cells([[0, 0], [0, 7]], small=range(1, THRESHOLD)) == frozenset()


def test_sensitive_counts_are_rounded_in_one_way() -> None:
    assert [rounded(count) for count in (0, 9, 10, 12, 13, 17, 18)] == [None, None, 10, 10, 15, 15, 20]
