"""Replacing the activations of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeAlias

from torch import nn

from actx.calculus.formula import Formula
from actx.core.errors import UsageError
from actx.torch.activation import Activation, activation
from actx.torch.morph import Morph

Old: TypeAlias = type[nn.Module] | str | tuple[type[nn.Module] | str, ...]
New: TypeAlias = str | Formula | nn.Module | Callable[[nn.Module], nn.Module]

UNSEEN = (
    "Only modules are seen: an activation that is called as a function inside forward, such as "
    "torch.nn.functional.mish(x), stays as it is."
)


@dataclass(frozen=True)
class Replaced:
    """One place in a model: its name, what was there and what is there now, as they show.

    shared_with: the name of an earlier place with the same module, None where there is none.
    """

    name: str
    old: str
    new: str
    shared_with: str | None


@dataclass(frozen=True)
class Replacement:
    """What `replace_activations` did; prints itself."""

    replaced: tuple[Replaced, ...]

    def __str__(self) -> str:
        count = len(self.replaced)
        lines = [f"Replaced {count} activation{'s' if count > 1 else ''}:"]
        width = max(len(each.name) for each in self.replaced)
        for each in self.replaced:
            shared = f" (the same module as {each.shared_with})" if each.shared_with else ""
            lines.append(f"  {each.name.ljust(width)}  {each.old} -> {each.new}{shared}")
        return "\n".join([*lines, UNSEEN])


def replace_activations(model: nn.Module, old: Old, new: New) -> Replacement:
    """Replace modules of a model by other activations, in place; returns what was replaced.

    old: a module type (its subclasses too), or text, which is a pattern of names in the model
    ("encoder.*.act", as in a shell), the name of a type in any spelling ("hard-swish" is
    nn.Hardswish), or the name of a formula that is in place already; or a tuple of these.
    new: formula text or a registry name, a module (each place gets a copy), or a function from the
    module that is in place to the new one. A module that is used in several places becomes one new
    module in all of them.

    Calls of functions inside forward are not modules and stay. Raises UsageError where nothing
    matches, naming the activations that the model has; FormulaError and UsageError for `new`.
    """
    wanted = old if isinstance(old, tuple) else (old,)
    _check(wanted)
    places = [
        (name, module)
        for name, module in _outermost(model)
        if any(_matches(one, name, module) for one in wanted)
    ]
    if not places:
        raise UsageError(_nothing_matches(model, wanted))
    make = _maker(new)
    made: dict[nn.Module, tuple[str, nn.Module]] = {}
    for name, module in places:
        if module not in made:
            made[module] = name, _settled(make(module), module, model)
    rows = []
    for name, module in places:
        first, replacement = made[module]
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, replacement)
        rows.append(
            Replaced(name, shown(module), shown(replacement), first if first != name else None)
        )
    return Replacement(tuple(rows))


def _check(wanted: tuple[object, ...]) -> None:
    for one in wanted:
        if not isinstance(one, str) and not (isinstance(one, type) and issubclass(one, nn.Module)):
            raise UsageError(
                f"What is replaced is named by a type of module or by text, not by {one!r}. "
                f"{UNSEEN}"
            )


def _outermost(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every place of a module in the model, but for the model itself and the insides of blends."""
    hidden: list[str] = []
    for name, module in model.named_modules(remove_duplicate=False):
        if name and not any(name.startswith(f"{outer}.") for outer in hidden):
            yield name, module
            if isinstance(module, Morph):
                hidden.append(name)


def _matches(wanted: type[nn.Module] | str, name: str, module: nn.Module) -> bool:
    if not isinstance(wanted, str):
        return isinstance(module, wanted)
    names = [type(module).__name__, *([module.name] if isinstance(module, Activation) else [])]
    return fnmatchcase(name, wanted) or _spelt(wanted) in map(_spelt, names)


def _spelt(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _maker(new: New) -> Callable[[nn.Module], nn.Module]:
    if isinstance(new, str | Formula):
        ready = activation(new)  # an error in the text comes before anything is changed
        return lambda _: deepcopy(ready)
    if isinstance(new, nn.Module):
        return lambda _: deepcopy(new)
    if callable(new):
        return new
    raise UsageError(
        f"The new activation is formula text, a module, or a function that makes one, not {new!r}."
    )


def _settled(made: object, module: nn.Module, model: nn.Module) -> nn.Module:
    """The new module, in the mode of the old one and on the device of the model."""
    if not isinstance(made, nn.Module):
        raise UsageError(f"The function for the new activation gave {made!r}, which is no module.")
    tensor = next(iter([*module.parameters(), *model.parameters()]), None)
    made.train(module.training)
    return made if tensor is None else made.to(tensor.device)


def shown(module: nn.Module) -> str:
    """A module in a few words: `Mish`, `hard-mish`, `Mish to hard-mish`."""
    if isinstance(module, Morph):
        return f"{shown(module.from_)} to {shown(module.to_)}"
    return module.name if isinstance(module, Activation) else type(module).__name__


def _nothing_matches(model: nn.Module, wanted: tuple[type[nn.Module] | str, ...]) -> str:
    asked = " or ".join(one if isinstance(one, str) else one.__name__ for one in wanted)
    has = [f"{name} ({shown(module)})" for name, module in _outermost(model)
           if is_activation(module)]  # fmt: skip
    if any(_matches(one, "", model) for one in wanted):
        return (
            f"The model itself is {shown(model)}, with nothing around it: use the new activation "
            "in its place."
        )
    if not has:
        return f"The model has no {asked}, and no other activation module. {UNSEEN}"
    more = f" and {len(has) - 20} more" if len(has) > 20 else ""
    return (
        f"The model has no {asked}. Its activation modules are {', '.join(has[:20])}{more}. "
        f"{UNSEEN}"
    )


def is_activation(module: nn.Module) -> bool:
    """Whether a module is one of torch's activations, or one of those here."""
    ours = isinstance(module, Activation | Morph)
    of_torch = type(module).__module__ == nn.modules.activation.__name__
    return ours or (of_torch and not isinstance(module, nn.MultiheadAttention))
