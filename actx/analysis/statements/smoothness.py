"""Whether a function has continuous derivatives up to an order (`actx prove "F is C1"`)."""

from __future__ import annotations

from dataclasses import dataclass

from actx.analysis.joining import roughest
from actx.analysis.kinks import SMOOTHNESS_ORDER, kinks
from actx.analysis.proven_kinks import prove_kinks, smooth_at_ends
from actx.analysis.results import Answer, Kink, Verdict
from actx.analysis.statements.case import Case
from actx.calculus.proven.pieces import Verified, verify
from actx.language.tree import Node


def smooth(statement: str, tree: Node, order: int | None, case: Case) -> Verdict:
    """Whether the derivatives up to an order (None: all) are continuous."""
    top = SMOOTHNESS_ORDER if order is None else order
    looks = [_look(tree, top, part, order is None) for part in case.parts]
    smoothness = roughest([look.smoothness for look in looks])
    broken = [k for look in looks for k in look.kinks if k.proven and look.verified.exact]
    if broken:
        kink = min(broken, key=lambda k: k.order)
        detail = (
            f"the derivative of order {kink.order} jumps by {kink.jump:.7g}; it is {smoothness}"
        )
        return Verdict(statement, Answer.DISPROVEN, detail, kink.x)
    places = sum(look.breakpoints for look in looks)
    if all(look.clean and smooth_at_ends(look.verified, order) for look in looks):
        which = "no derivative" if order is None else f"no derivative up to order {top}"
        jumps = f"{which} jumps at {places} breakpoint{'' if places == 1 else 's'}"
        detail = jumps if places else "it has no breakpoint and no singularity"
        return Verdict(statement, Answer.PROVEN, detail)
    return Verdict(statement, Answer.UNDECIDED, f"the analysis finds {smoothness}, without a proof")


@dataclass(frozen=True)
class _Look:
    """What is known of the kinks on one interval; clean: that there are none, by proof."""

    verified: Verified
    kinks: tuple[Kink, ...]
    smoothness: str
    breakpoints: int
    clean: bool


def _look(tree: Node, top: int, case: Case, entire: bool) -> _Look:
    function = case.pieces(tree)
    verified = verify(tree, function, case.budget)
    found, smoothness = kinks(function, top)
    proven, undecided = prove_kinks(verified, function, found, top, entire)
    clean = verified.exact and not undecided and not found
    return _Look(verified, proven, smoothness, len(function.breakpoints), clean)
