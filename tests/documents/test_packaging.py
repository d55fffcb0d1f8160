"""What a message says about a missing extra can be done, from a checkout and where pip put actx."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from places import ROOT

from actx.core.errors import DISTRIBUTION

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def message(folder: Path) -> str:
    """What `actx.torch` of the package in a folder says where there is no PyTorch."""
    code = "import sys; sys.modules['torch'] = None; import actx.torch"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, cwd="/", check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder that holds the package, as pip fills one."""
    folder = tmp_path / "site-packages"
    shutil.copytree(ROOT / "actx", folder / "actx", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_distribution_has_the_name_that_messages_give() -> None:
    assert PROJECT["name"] == DISTRIBUTION


def test_an_installed_package_is_extended_from_the_index(packages: Path) -> None:
    assert message(packages).endswith(f'not installed: pip install "{PROJECT["name"]}[torch]".')


def test_a_checkout_is_extended_from_its_folder(packages: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", packages)
    assert message(packages).endswith(f'not installed: pip install -e ".[torch]" in {packages}.')


def test_another_project_around_the_package_is_no_checkout(packages: Path) -> None:
    """As where `pip install --target .` was run in the folder of a project that uses actx."""
    (packages / "pyproject.toml").write_text('[project]\nname = "their-network"\n')
    assert f'pip install "{PROJECT["name"]}[torch]"' in message(packages)


def test_every_message_names_an_extra_that_there_is() -> None:
    """And no other text of the package tells what to install."""
    named, told = set(), []
    for path in (ROOT / "actx").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        told += [path.name] * ("pip install" in text)
        for found in ast.walk(ast.parse(text)):
            if isinstance(found, ast.Call) and ast.unparse(found.func) == "optional_module":
                named.add(ast.literal_eval(found.args[2]))
    assert told == ["errors.py"]
    assert named >= {"torch", "numba", "onnx", "finetune", "model"}
    assert named <= set(PROJECT["optional-dependencies"])
