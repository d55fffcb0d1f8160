"""Formulas as people read them."""

from __future__ import annotations

import actx


def test_long_tables_are_abridged_where_people_read_them() -> None:
    """Nothing is lost by it: what can be copied has all entries."""
    knots = ", ".join(f"{k}: {k * k / 7!r}" for k in range(40))
    act = actx.formula(f"{{{knots}}}(x)")
    morph = str(actx.morph(act, "relu"))
    assert "(40 knots)" in morph
    assert repr(20 * 20 / 7) not in morph
    code = str(actx.export(act, "c", target=act, name="act").code)
    head, _, rest = code.partition("*/")
    assert "(40 knots)" in head
    assert rest.count("},") > 40
    assert f"20: {20 * 20 / 7!r}" in " ".join(act.text.split())
