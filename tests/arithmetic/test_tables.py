"""Tables (piecewise polynomials): floats, boxes and balls against exact fractions row by row."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from actx.arithmetic.tables import Table, shifted

SMALL = st.fractions(-20, 20, max_denominator=12)


def exact(table: Table, x: Fraction) -> Fraction:
    """The value by going through the knots from the left."""
    row = sum(knot <= x for knot in table.knots)
    origin = table.knots[max(0, row - 1)]
    return sum((c * (x - origin) ** n for n, c in enumerate(table.rows[row])), Fraction(0))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    knots = sorted(draw(st.sets(SMALL, min_size=2, max_size=9)))
    if draw(st.booleans()):
        return Table.broken_line([(x, draw(SMALL)) for x in knots])
    rows = st.lists(SMALL, min_size=1, max_size=4)
    return Table(knots, [draw(rows) for _ in range(len(knots) + 1)])


@given(tables(), st.lists(SMALL, min_size=1, max_size=8))
def test_values_are_those_of_the_rows(table: Table, places: list[Fraction]) -> None:
    places += table.knots
    wanted = [exact(table, x) for x in places]
    assert [table.value(x) for x in places] == wanted
    for x in places:
        at = float(x)
        scale = 1 + sum(abs(float(c)) * 41.0**n for n, c in enumerate(max(table.rows, key=len)))
        assert table(at) == pytest.approx(float(exact(table, Fraction(at))), abs=1e-13 * scale)


@given(tables())
def test_knots_that_are_floats_are_exact(table: Table) -> None:
    for knot, row in zip(table.knots, table.rows[1:], strict=True):
        if Fraction(float(knot)) == knot:
            assert table(float(knot)) == float(row[0])


def test_balls_that_are_very_small_or_large() -> None:
    """2^-(10^30), which no fraction could hold, is above a knot at 0; exp(x) is as small soon."""
    table = Table([Fraction(0)], [[Fraction(1)], [Fraction(2)]])
    line = Table([Fraction(0)], [[Fraction(0)], [Fraction(0), Fraction(1)]])
    tiny = arb((1, -(10**30)))
    assert table.ball(tiny) == 2
    assert table.ball(-tiny).contains(1)
    assert line.ball(tiny) == tiny
    assert table.ball(1 / tiny) == 2
    assert table.ball(-1 / tiny) == 1
    assert line.ball((1 / tiny).union(-1 / tiny)).contains(1 / tiny)
    assert table.ball(arb(-(arb(2) ** 2000)).exp()).contains(2)


def test_ends_and_what_is_no_number() -> None:
    line = Table.broken_line([(Fraction(-1), Fraction(2)), (Fraction(1), Fraction(3))])
    found = line(np.array([-np.inf, -5.0, 0.0, 9.0, np.inf, np.nan]))
    np.testing.assert_array_equal(found, [2, 2, 2.5, 3, 3, np.nan])
    steps = line.derivative()
    np.testing.assert_array_equal(
        steps(np.array([-np.inf, 0.0, np.inf, np.nan])), [0, 0.5, 0, np.nan]
    )
    cubes = Table([Fraction(0)], [(Fraction(0), Fraction(1)), [Fraction(c) for c in (0, 0, -1)]])
    np.testing.assert_array_equal(cubes(np.array([-np.inf, np.inf])), [-np.inf, -np.inf])
    assert line(np.float32([0.3])).dtype == np.float32


@settings(max_examples=60)
@given(tables(), st.lists(st.tuples(SMALL, SMALL, st.fractions(0, 1)), min_size=1, max_size=6))
def test_boxes_and_balls_hold_the_values(
    table: Table, asked: list[tuple[Fraction, Fraction, Fraction]]
) -> None:
    floats = [(float(min(a, b)), float(max(a, b)), float(t)) for a, b, t in asked]
    lo = np.array([a for a, _, _ in floats])
    hi = np.array([b for _, b, _ in floats])
    with np.errstate(all="ignore"):
        least, most = table.enclosure((lo, hi))
    for i, (a, b, share) in enumerate(floats):
        x = min(
            max(Fraction(a) + Fraction(share) * (Fraction(b) - Fraction(a)), Fraction(a)),
            Fraction(b),
        )
        inside = [x, Fraction(a), Fraction(b), *(k for k in table.knots if a <= k <= b)]
        values = [exact(table, each) for each in inside]
        assert least[i] <= min(values)
        assert max(values) <= most[i]
        with ctx.workprec(96):
            ball = table.ball(arb(a).union(arb(b)))
            assert all(ball.overlaps(arb(fmpq(v.numerator, v.denominator))) for v in values)


def test_a_box_over_many_knots_is_tight() -> None:
    heights = [Fraction(n * 7919 % 101) for n in range(300)]
    line = Table.broken_line([(Fraction(n), y) for n, y in enumerate(heights)])
    for first, last in [(0, 299), (3, 4), (10, 200), (17, 23), (299, 300)]:
        with np.errstate(all="ignore"):
            lo, hi = line.enclosure((np.float64(first), np.float64(last)))
        here = [float(y) for y in heights[first : last + 1]]
        assert (float(lo), float(hi)) == pytest.approx((min(here), max(here)), abs=1e-12)


@given(tables())
def test_equal_tables_are_equal(table: Table) -> None:
    again = Table(table.knots, [(*row, Fraction(0)) for row in table.rows])
    assert again == table
    assert hash(again) == hash(table)
    assert pickle.loads(pickle.dumps(table)) == table


@given(tables())
def test_the_points_of_a_broken_line(table: Table) -> None:
    if table.points is None:
        return
    again = Table.broken_line(table.points)
    assert again == table
    assert [table.value(x) for x, _ in table.points] == [y for _, y in table.points]
    middles = [((a + b) / 2, (u + v) / 2) for (a, u), (b, v) in pairwise(table.points)]
    assert [table.value(x) for x, _ in middles] == [y for _, y in middles]


@given(st.lists(SMALL, min_size=1, max_size=5), SMALL, SMALL)
def test_a_polynomial_about_another_place(
    row: Sequence[Fraction], by: Fraction, t: Fraction
) -> None:
    def value(coefficients: Sequence[Fraction], at: Fraction) -> Fraction:
        return sum((c * at**n for n, c in enumerate(coefficients)), Fraction(0))

    assert value(shifted(tuple(row), by), t) == value(row, t + by)
