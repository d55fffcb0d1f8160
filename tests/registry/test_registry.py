"""The registry: the built-in formulas, and files of the user's own."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from places import ROOT

from actx.calculus.values import evaluate
from actx.core.errors import ExitStatus, FormulaError, RegistryError
from actx.language import library
from actx.language.syntax import parse
from actx.language.tree import parameters
from actx.registry import Registry, load_registry, user_file
from actx.registry.lookup import _normalise

# Values at -1.5 and 2.5 with default parameters, computed with mpmath at 40 digits from formulas
# that were written apart from the registry file.
VALUES = {
    "mish": (-0.29809974216680676, 2.4713923045578811),
    "relu": (0.0, 2.5),
    "swish": (-0.27363828570953451, 2.3103545499468911),
    "hard-swish": (-0.375, 2.2916666666666667),
    "hard-mish": (-0.45, 2.5),
    "hard-mish-4": (-0.5625, 2.5),
    "hard-mish-3": (-0.75, 2.5),
    "hard-mish-4-relu": (-0.5625, 2.5),
    "approx-mish": (-0.27363828570953451, 2.4832678726892879),
    "linear-swish": (-0.39889272059348776, 2.5),
    "aptx": (-0.071138809766350171, 2.4832678726892879),
    "aptx-neuron": (-0.071138809766350171, 2.4832678726892879),
    "lerp-mish-relu": (-0.14904987108340338, 2.4856961522789406),
    "h-mish": (-0.375, 2.5),
    "gelu": (-0.1002108019032871, 2.4844758366855597),
    "gelu-tanh": (-0.10042842301976708, 2.4849157339100014),
    "quick-gelu": (-0.10833780155292343, 2.4650138349514299),
    "elu": (-0.77686983985157017, 2.5),
    "celu": (-0.77686983985157017, 2.5),
    "selu": (-1.3658143533672527, 2.6267524683887012),
    "softplus": (0.20141327798275241, 2.5788897342925496),
    "leaky-relu": (-0.015, 2.5),
    "squareplus": (0.5, 2.8507810593582122),
    "serf": (-0.33635150852553256, 2.4993369603457794),
    "logish": (-0.25135178612784451, 1.636200151336654),
    "tanhexp": (-0.32924917377017076, 2.4999999998689641),
    "smish": (-0.24902534445682432, 1.436695472395693),
    "relu6": (0.0, 2.5),
    "hard-sigmoid": (0.25, 0.91666666666666667),
    "hard-tanh": (-1.0, 1.0),
    "tanh": (-0.90514825364486644, 0.98661429815143029),
    "sigmoid": (0.18242552380635634, 0.92414181997875645),
    "saturated-gelu": (-0.1002108019032871, 2.5),
    "saturated-swish": (-0.27363828570953451, 2.5),
    "saturated-mish": (-0.29809974216680676, 2.5),
    "mish-one-exp": (-0.29809974216680676, 2.4713923045578811),
}
BUILT_IN = load_registry(user=False)
WORDS_OF_THE_LANGUAGE = {"relu", "softplus", "tanh", "sigmoid", "relu6", "softsign"}


@pytest.fixture(autouse=True)
def _no_user_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no registry file of whoever runs them."""
    for name in ("XDG_CONFIG_HOME", "APPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def value(registry: Registry, text: str, x: float) -> float:
    """The formula at x; a text that is a name stands for its entry with default parameters."""
    called = f"{_normalise(text)}(x)" if registry.find(text) else text
    return float(evaluate(parse(called, registry), x))


def refused(*files: Path) -> str:
    """What is said of files that cannot be used; a file is refused within seconds."""
    start = time.perf_counter()
    with pytest.raises(RegistryError) as caught:
        load_registry(*files)
    assert time.perf_counter() - start < 5
    assert caught.value.status == ExitStatus.USAGE
    message = str(caught.value)
    assert len(message) < 1500
    assert str(files[-1]) in message
    return message


class TestBuiltIn:
    def test_holds_every_formula_of_the_design(self) -> None:
        assert {e.name for e in BUILT_IN.entries} >= set(VALUES)

    @pytest.mark.parametrize("name", VALUES)
    def test_each_formula_has_the_value_of_its_source(self, name: str) -> None:
        assert value(BUILT_IN, name, -1.5) == pytest.approx(VALUES[name][0], rel=1e-14, abs=1e-15)
        assert value(BUILT_IN, name, 2.5) == pytest.approx(VALUES[name][1], rel=1e-14)

    @pytest.mark.parametrize("name", VALUES)
    def test_each_entry_declares_the_parameters_of_its_formula(self, name: str) -> None:
        entry, definition = BUILT_IN.find(name), BUILT_IN.lookup(name)
        assert entry is not None
        assert definition is not None
        assert definition.name == entry.name == name
        assert set(parameters(definition.tree)) == set(entry.parameters)
        assert list(definition.defaults) == list(entry.parameters)
        for key, parameter in entry.parameters.items():
            assert definition.defaults[key] == parameter.default
            assert -100 <= parameter.lower < parameter.upper <= 100

    @pytest.mark.parametrize("name", VALUES)
    def test_each_entry_says_where_it_comes_from_and_what_it_belongs_to(self, name: str) -> None:
        entry = BUILT_IN.find(name)
        assert entry is not None
        assert len(entry.source) > 10
        assert entry.family in {"mish", "swish", "gelu", "hard", "relu", "elu", "sigmoid"}
        assert entry.file == "the built-in formulas.toml"

    def test_a_name_means_one_thing(self) -> None:
        names = [_normalise(n) for n in BUILT_IN.names()]
        used_as_parameters = {p for e in BUILT_IN.entries for p in e.parameters}
        assert len(names) == len(set(names))
        assert not used_as_parameters & set(names)

    def test_only_those_operations_that_are_activations_are_names_too(self) -> None:
        shared = set()
        for name in map(_normalise, BUILT_IN.names()):
            try:
                if parameters(parse(name)) != (name,):
                    shared.add(name)
            except FormulaError:
                shared.add(name)
        assert shared == WORDS_OF_THE_LANGUAGE

    @pytest.mark.parametrize(
        ("spelling", "name"),
        [
            ("hard-mish", "hard-mish"),
            ("Hard_Mish", "hard-mish"),
            (" HARD-MISH ", "hard-mish"),
            ("silu", "swish"),
            ("SiLU", "swish"),
            ("timm_hard_mish", "h-mish"),
            ("hswish", "hard-swish"),
        ],
    )
    def test_names_and_aliases_in_any_spelling(self, spelling: str, name: str) -> None:
        entry, definition = BUILT_IN.find(spelling), BUILT_IN.lookup(spelling)
        assert entry is not None
        assert definition is not None
        assert entry.name == definition.name == name

    def test_names_are_looked_up_as_the_formula_language_spells_them(self) -> None:
        for name in (" Hard-Mish_4 ", "silu", "A-B"):
            assert _normalise(name) == library.normalise(name)

    def test_an_unknown_name_is_none(self) -> None:
        assert BUILT_IN.find("mishmash") is None
        assert BUILT_IN.lookup("mishmash") is None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("swish(x, 2)", lambda x: x / (1 + math.exp(-2 * x))),
            ("aptx(x, 1, 0.5, 0.5)", lambda x: x / (1 + math.exp(-x))),  # the thread's first
            ("aptx(x, 1, 1, 0.5)", lambda x: x / (1 + math.exp(-2 * x))),  # and second equivalence
            ("aptx(x, 2, 3, 4)", lambda x: (2 + math.tanh(3 * x)) * 4 * x),
            ("aptx_neuron(x, 2, 3, 4, 5)", lambda x: (2 + math.tanh(3 * x)) * 4 * x + 5),
            ("linear_swish(x, 2)", lambda x: 2 * x / (1 + math.exp(-2 * x)) if x <= 0 else x),
            ("elu(x, 2)", lambda x: x if x > 0 else 2 * (math.exp(x) - 1)),
            ("celu(x, 2)", lambda x: x if x > 0 else 2 * (math.exp(x / 2) - 1)),
            ("softplus(x, 3)", lambda x: math.log(1 + math.exp(3 * x)) / 3),
            ("leaky_relu(x, 0.2)", lambda x: max(x, 0.2 * x)),
            ("squareplus(x, 9)", lambda x: (x + math.sqrt(x * x + 9)) / 2),
            ("lerp_mish_relu(x, 1)", lambda x: max(x, 0.0)),
        ],
    )
    def test_parameters_follow_x_in_order(
        self, text: str, expected: Callable[[float], float]
    ) -> None:
        for x in (-0.75, 1.25):
            assert value(BUILT_IN, text, x) == pytest.approx(expected(x), rel=1e-14, abs=1e-16)

    def test_is_read_once_and_kept(self) -> None:
        assert load_registry(user=False) is BUILT_IN
        assert BUILT_IN.lookup("silu") is BUILT_IN.lookup("Swish")

    def test_reads_no_formula_before_it_is_looked_up(self) -> None:
        code = (
            "import sys\n"
            "from actx.registry import load_registry\n"
            "registry = load_registry(user=False)\n"
            "assert registry.find('silu').name == 'swish'\n"
            "print([m for m in ('numpy', 'actx.language.syntax') if m in sys.modules])\n"
            "registry.lookup('mish')\n"
            "print('actx.language.syntax' in sys.modules)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.split("\n")[:2] == ["[]", "True"]


GOOD = """
[my-mish]
formula = '''x
  * sigmoid(b*x)'''
aliases = ["mm", "Mish_2b"]
source = "a notebook"
family = "mish"
parameters = { b = { default = 1.5, lower = 0.1, upper = inf } }

[two-step]
formula = "my_mish(x, c) + k*swish(x)"
parameters = { k = 2, c = 0.5 }
"""


class TestUserFile:
    def test_joins_in_after_the_built_in_formulas(self, write: Callable[..., Path]) -> None:
        path = write(GOOD)
        registry = load_registry(path)
        assert registry.entries[: len(BUILT_IN.entries)] == BUILT_IN.entries
        mine, second = registry.entries[len(BUILT_IN.entries) :]
        assert (mine.name, mine.aliases) == ("my-mish", ("mm", "Mish_2b"))
        assert mine.formula == "x * sigmoid(b*x)"
        assert (mine.source, mine.family, mine.file) == ("a notebook", "mish", str(path))
        bounds = mine.parameters["b"]
        assert (bounds.default, bounds.lower, bounds.upper) == (1.5, 0.1, math.inf)
        assert list(second.parameters) == ["k", "c"]
        free = second.parameters["k"]
        assert (free.default, free.lower, free.upper) == (2, -math.inf, math.inf)
        assert (second.source, second.family) == ("the file mine.toml", "user")

    def test_formulas_can_be_called(self, write: Callable[..., Path]) -> None:
        registry = load_registry(str(write(GOOD)))
        sigmoid = 1 / (1 + math.exp(-0.5))
        # with its defaults k = 2 and c = 0.5 at x = 1
        expected = sigmoid + 2 / (1 + math.exp(-1))
        assert value(registry, "two_step(x)", 1) == pytest.approx(expected, rel=1e-15)
        assert value(registry, "two-step", 1) == pytest.approx(expected, rel=1e-15)
        assert value(registry, "TWO_STEP(x, 0, 0)", 1) == 0.5
        assert value(registry, "mm(1, 0.5)", 0) == pytest.approx(sigmoid, rel=1e-15)

    def test_leaves_the_built_in_registry_alone(self, write: Callable[..., Path]) -> None:
        registry = load_registry(write(GOOD))
        assert registry.find("MISH-2B") is not None
        assert "mm" in set(registry.names())
        assert BUILT_IN.find("my-mish") is None
        assert "mm" not in set(BUILT_IN.names())

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_may_begin_with_a_byte_order_mark(
        self, write: Callable[..., Path], newline: str
    ) -> None:
        path = write(
            "\ufeff" + '[my-mish]\nformula = "x·β"\nparameters.beta = 1\n'.replace("\n", newline)
        )
        assert value(load_registry(path), "my-mish", 2) == 2

    def test_an_empty_file_adds_nothing(self, write: Callable[..., Path]) -> None:
        assert load_registry(write("# nothing yet\n")).entries == BUILT_IN.entries

    def test_entries_may_call_later_ones_and_other_files(self, write: Callable[..., Path]) -> None:
        first = write(
            '[one-a]\nformula = "two_a(x) + three_a(x)"\n[two-a]\nformula = "x"', "1.toml"
        )
        second = write('[three-a]\nformula = "5x"', "2.toml")
        assert value(load_registry(first, second), "one-a", 1) == 6

    def test_many_entries_that_call_one_another_in_a_row(self, write: Callable[..., Path]) -> None:
        links = [f'[link{k}]\nformula = "link{k + 1}(x)"\n' for k in range(900)]
        registry = load_registry(write("".join(links) + '[link900]\nformula = "3x"\n'))
        assert value(registry, "link0", 1) == 3

    def test_the_same_file_is_read_once(self, write: Callable[..., Path]) -> None:
        path = write(GOOD)
        again = path.parent / "." / ".." / path.parent.name / path.name
        assert len(load_registry(path, again, path).entries) == len(BUILT_IN.entries) + 2

    def test_the_example_of_the_repository(self) -> None:
        path = ROOT / "examples" / "my-formulas.toml"
        registry = load_registry(path)
        assert len(registry.entries) >= len(BUILT_IN.entries) + 3
        assert value(registry, "two-sided-swish", 0.5) == value(BUILT_IN, "approx-mish", 0.5)
        for x in (-3.5, -1.0, 1.0, 3.0):
            for text, same in (
                ("clipped_gate(x, 3, 6)", "hard-swish"),
                ("clipped-gate", "hard-mish"),
            ):
                assert value(registry, text, x) == pytest.approx(
                    value(BUILT_IN, same, x), rel=1e-15
                )
            blend = value(registry, "mish_to_hard_mish(x, 1)", x)
            assert blend == pytest.approx(value(BUILT_IN, "hard-mish", x), rel=1e-15)
        assert value(registry, "cubic-mish", -2) == -0.5


def entry(**keys: str) -> str:
    """An entry `mine` with the given lines, a right formula unless one is given."""
    keys.setdefault("formula", '"x"')
    return "[mine]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())


# What is wrong: the file's text, and what the message says.
WRONG: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "not TOML": ('[mine]\nformula = "x"\n\n???\n', ("TOML", "line 4")),
    "unclosed string": ('[mine]\nformula = "x\n', ("TOML", "line 2")),
    "table twice": ('[mine]\nformula="x"\n[mine]\nformula="x"', ("mine", "twice", "line 3")),
    "key twice": ('[mine]\nformula="x"\nformula="x"', ("TOML", "overwrite")),
    "value outside": ('formula = "x"\n', ("'formula' stands outside", "[my-mish]")),
    "array of tables": ('[[mine]]\nformula = "x"\n', ("'mine' stands outside", "[my-mish]")),
    "unknown key": (entry(alias='"m"'), ("entry 'mine'", "'alias'", "mean 'aliases'", "source")),
    "far-off key": (entry(zzz="1"), ("entry 'mine'", "unknown key 'zzz'. The keys are formula")),
    "no formula": ('[mine]\nsource = "me"\n', ("entry 'mine'", "no formula")),
    "misspelled formula": ('[mine]\nFormula = "x"\n', ("'Formula'", "mean 'formula'")),
    "formula a number": (entry(formula="3"), ("entry 'mine'", "formula is a number", "text")),
    "formula a date": (entry(formula="1979-05-27"), ("entry 'mine'", "formula is a date", "text")),
    "formula empty": (entry(formula='" "'), ("entry 'mine'", "formula is empty")),
    "source a list": (entry(source="[]"), ("entry 'mine'", "source is a list")),
    "source of two lines": (entry(source='"a\\nb"'), ("entry 'mine'", "source", "one line")),
    "family with escape": (entry(family='"\\u001b[31m"'), ("entry 'mine'", "family", "printable")),
    "family too long": (entry(family=f'"{"f" * 501}"'), ("entry 'mine'", "family", "500")),
    "aliases text": (entry(aliases='"m2"'), ("entry 'mine'", "aliases are text", "list")),
    "alias a number": (entry(aliases="[2]"), ("entry 'mine'", "alias is a number", "text")),
    "alias of one letter": (entry(aliases='["m"]'), ("entry 'mine'", "alias 'm'", "2 to 60")),
    "many aliases": (
        entry(aliases=str([f"m{k}" for k in range(11)])),
        ("entry 'mine'", "more than 10 aliases"),
    ),
    "name with a space": ('["my mish"]\nformula="x"', ("'my mish'", "begins with a letter")),
    "name with a digit first": ('[2mish]\nformula="x"', ("'2mish'", "begins with a letter")),
    "name not ASCII": ('["μish"]\nformula="x"', ("'μish'", "begins with a letter")),
    "name of one letter": ('[m]\nformula="x"', ("'m'", "2 to 60")),
    "name empty": ('[""]\nformula="x"', ("''", "2 to 60")),
    "name too long": (f'[{"m" * 61}]\nformula="x"', ("mmm", "2 to 60")),
    "name with a null": ('["a\\u0000b"]\nformula="x"', ("'a\\x00b'", "begins with a letter")),
    "built-in name": ('[Hard_Mish]\nformula="x"', ("entry 'Hard_Mish'", "'hard-mish'", "built-in")),
    "built-in alias": ('[SiLU]\nformula="x"', ("entry 'SiLU'", "taken by 'swish'", "built-in")),
    "alias is built-in": (entry(aliases='["mish"]'), ("'mine'", "alias 'mish'", "built-in")),
    "built-in operation": ('[softplus]\nformula="x"', ("'softplus'", "built-in")),
    "same but for case": ('[ab]\nformula="x"\n[AB]\nformula="x"', ("'AB'", "taken by 'ab'")),
    "same but for dash": ('[a-b]\nformula="x"\n[a_b]\nformula="x"', ("'a_b'", "taken by 'a-b'")),
    "alias taken": (entry(aliases='["m2"]') + '[m2]\nformula="x"', ("'m2'", "taken by 'mine'")),
    "alias its own name": (entry(aliases='["MINE"]'), ("entry 'mine'", "alias 'MINE'", "already")),
    "alias twice": (entry(aliases='["m2", "M2"]'), ("entry 'mine'", "alias 'M2'", "already")),
    "name a parameter": ('[slope]\nformula="x"', ("'slope'", "parameter", "'leaky-relu'")),
    "parameters a list": (entry(parameters="[1]"), ("entry 'mine'", "parameters are a list")),
    "default true": (
        entry(formula='"a*x"', parameters="{ a = true }"),
        ("entry 'mine', parameter 'a'", "default is true or false", "number"),
    ),
    "default text": (
        entry(formula='"a*x"', parameters='{ a = "1" }'),
        ("parameter 'a'", "default is text", "number"),
    ),
    "bound true": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, lower = false } }"),
        ("parameter 'a'", "lower is true or false", "number"),
    ),
    "default nan": (entry(formula='"a*x"', parameters="{ a = nan }"), ("'a'", "float64")),
    "default inf": (entry(formula='"a*x"', parameters="{ a = inf }"), ("'a'", "finite")),
    "default huge": (
        entry(formula='"a*x"', parameters=f"{{ a = 1{'0' * 400} }}"),
        ("parameter 'a'", "default", "float64"),
    ),
    "bound nan": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, upper = nan } }"),
        ("parameter 'a'", "upper", "float64"),
    ),
    "default below": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, lower = 2 } }"),
        ("parameter 'a'", "default 1", "2 to inf"),
    ),
    "default above": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, upper = 0.5 } }"),
        ("parameter 'a'", "default 1", "-inf to 0.5"),
    ),
    "bounds crossed": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, lower = 2, upper = 0 } }"),
        ("parameter 'a'", "lower bound 2", "0"),
    ),
    "bounds equal": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, lower = 1, upper = 1 } }"),
        ("parameter 'a'", "lower bound 1", "not below 1"),
    ),
    "no default": (
        entry(formula='"a*x"', parameters="{ a = { lower = 2 } }"),
        ("parameter 'a'", "no default"),
    ),
    "unknown bound": (
        entry(formula='"a*x"', parameters="{ a = { default = 1, uper = 2 } }"),
        ("parameter 'a'", "'uper'", "mean 'upper'"),
    ),
    "parameter Greek": (entry(formula='"β*x"', parameters='{ "β" = 1 }'), ("'β'", "beta for β")),
    "parameter unused": (entry(parameters="{ a = 1 }"), ("'mine'", "'a' does not occur")),
    "parameter undeclared": (
        entry(formula='"a*x + β"', parameters="{ a = 1 }"),
        ("entry 'mine'", "'beta'", "default", "{ beta = 1 }"),
    ),
    "parameter x": (entry(parameters="{ x = 1 }"), ("entry 'mine'", "'x' has a meaning")),
    "parameter if": (entry(parameters="{ if = 1 }"), ("entry 'mine'", "'if' has a meaning")),
    "parameter mish": (entry(parameters="{ mish = 1 }"), ("parameter 'mish'", "built-in")),
    "parameter an entry": (
        entry(formula='"k2*x"', parameters="{ k2 = 1 }") + '[k2]\nformula = "x"\n',
        ("entry 'mine'", "parameter 'k2'", "formula 'k2'"),
    ),
    "calls itself": (entry(formula='"1 + mine(x)"'), ("entry 'mine'", "mine → mine")),
    "calls itself by alias": (entry(formula='"2e3m2(x)"', aliases='["m2"]'), ("mine → mine",)),
    "cycle of three": (
        '[aa]\nformula="bb"\n[bb]\nformula="cc(x)"\n[cc]\nformula="x*aa(x)"',
        ("entry 'cc'", "aa → bb → cc → aa"),
    ),
    "too large together": (
        '[a0]\nformula = "' + "+".join(["x*x"] * 100) + '"\n'
        + "".join(f'[b{k}]\nformula = "' + "+".join(["a0(x)"] * 30) + '"\n' for k in range(30)),
        ("entry 'b", "200,000 operations"),
    ),
    "doubling": (
        '[d0]\nformula = "x*x"\n'
        + "".join(f'[d{k}]\nformula = "d{k - 1}(x) + d{k - 1}(x)"\n' for k in range(1, 40)),
        ("entry 'd", "too large"),
    ),
    "too many entries": (
        "".join(f'[e{k:04}]\nformula = "x"\n' for k in range(1001)),
        ("more than 1000 entries",),
    ),
    "nested values": (entry(source="[" * 20_000), ("nested too deeply",)),
    "key of many parts": (".".join("a" * 100_000) + " = 1", ("20 parts and more",)),
    "table of many parts": ("[" + ".".join("a" * 100_000) + "]", ("20 parts and more",)),
    "quoted key of many parts": (".".join(['"a b"'] * 40_000) + " = 1", ("20 parts and more",)),
    "key of many parts in an array": (
        'a1 = ["""\n\' """, {' + ".".join("a" * 100_000) + ' = 1}, "\'"]',
        ("20 parts and more",),
    ),
    "key of many long parts": (".".join(["a" * 101] * 2400) + " = 1", ("entry 'aaa",)),
    "many escaped quotes": ('a1 = "' + '\\"' * 120_000 + '"', ("'a1' stands outside",)),
    "number of many digits": (entry(source="9" * 10_000), ("TOML", "digits")),
}  # fmt: skip


WORDS = (
    "x e pi if else and or not inf nan lerp where relu5 relu_2 exp log ln min max clip abs sign "
    "sqrt erf cosh"
)


class TestRefusals:
    @pytest.mark.parametrize("case", WRONG)
    def test_a_wrong_file_is_refused(self, case: str, write: Callable[..., Path]) -> None:
        text, said = WRONG[case]
        message = refused(write(text))
        for part in said:
            assert part in message

    @pytest.mark.parametrize("name", WORDS.split())
    def test_words_of_the_language_are_no_names(
        self, name: str, write: Callable[..., Path]
    ) -> None:
        assert f"'{name.upper()}'" in refused(write(f'[{name.upper()}]\nformula = "x"'))
        assert f"'{name}'" in refused(write(entry(aliases=f'["{name}"]')))
        assert f"'{name}'" in refused(write(entry(parameters=f"{{ {name} = 1 }}")))

    def test_a_formula_that_cannot_be_read_is_shown_with_the_place(
        self, write: Callable[..., Path]
    ) -> None:
        message = refused(write('[ok]\nformula = "x"\n' + entry(formula='"x*sigmod(x)"')))
        first, formula, caret = message.split("\n")
        assert "entry 'mine'" in first
        assert "Did you mean sigmoid?" in first
        assert formula == "    x*sigmod(x)"
        assert caret == "      ^"

    def test_a_misspelled_formula_without_brackets_is_guessed(
        self, write: Callable[..., Path]
    ) -> None:
        message = refused(write(entry(formula='"x*hard_mihs"')))
        assert "'hard_mihs'" in message
        assert "Did you mean hard_mish?" in message

    def test_the_entry_at_fault_is_named_not_the_one_that_calls_it(
        self, write: Callable[..., Path]
    ) -> None:
        message = refused(write('[caller]\nformula = "callee(x)"\n[callee]\nformula = "x +"'))
        assert "entry 'callee'" in message
        assert "caller" not in message

    def test_a_clash_between_files_names_both(self, write: Callable[..., Path]) -> None:
        first, second = write(entry(), "1.toml"), write(entry(), "2.toml")
        message = refused(first, second)
        assert str(first) in message
        assert "'mine' is taken" in message

    def test_a_file_that_cannot_be_opened(self, tmp_path: Path) -> None:
        assert "No such file" in refused(tmp_path / "missing.toml")
        assert "cannot be read: Is a directory" in refused(tmp_path)
        assert "null" in refused(tmp_path / "a\0b")

    def test_a_file_that_is_not_utf8(self, write: Callable[..., Path]) -> None:
        message = refused(write(entry(source='"é"').encode("latin-1")))
        assert "not UTF-8" in message
        assert "line 2" in message

    def test_a_file_that_is_too_large(self, write: Callable[..., Path]) -> None:
        assert "250,000 bytes" in refused(write("#" * 250_001))
        assert load_registry(write("#" * 250_000)).entries == BUILT_IN.entries

    def test_a_refused_registry_can_be_asked_again(self) -> None:
        (broken,) = (e for e in BUILT_IN.entries if e.name == "mish")
        registry = Registry([type(broken)(**{**vars(broken), "formula": "x*tanh("})])
        for _ in range(2):
            with pytest.raises(RegistryError, match="entry 'mish'"):
                registry.lookup("mish")


class TestUserDirectory:
    def put(self, text: str) -> Path:
        path = user_file()
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        return path

    def test_is_where_typer_puts_settings(self) -> None:
        import typer

        assert user_file() == Path(typer.get_app_dir("actx")) / "formulas.toml"

    @pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="not where settings are")
    def test_follows_xdg_config_home(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        assert user_file() == tmp_path / "xdg" / "actx" / "formulas.toml"
        monkeypatch.delenv("XDG_CONFIG_HOME")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert user_file() == tmp_path / ".config" / "actx" / "formulas.toml"

    def test_a_file_there_joins_in(self, write: Callable[..., Path]) -> None:
        assert load_registry() is BUILT_IN
        own = self.put(entry())
        assert load_registry().find("mine") is not None
        assert load_registry(user=False) is BUILT_IN
        both = load_registry(write('[other]\nformula = "2mine(x)"'))
        assert [e.name for e in both.entries[-2:]] == ["mine", "other"]
        assert load_registry(own).entries == load_registry().entries

    def test_a_broken_file_there_is_an_error(self) -> None:
        path = self.put("[mine]\n")
        with pytest.raises(RegistryError, match="entry 'mine': it has no formula") as caught:
            load_registry()
        assert str(path) in str(caught.value)
