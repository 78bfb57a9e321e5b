"""Arrows point down only: no module imports one that stands above it, and nothing light imports anything heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import alliancelab

PACKAGE = Path(alliancelab.__file__).parent

# From the bottom to the top. A module may import those in rows before its own, and within its own folder; modules
# in one row do not know each other. The package itself (`from alliancelab import __version__`) is below all.
LAYERS = (
    ("errors",),
    ("dialogue", "measures"),
    ("ratings",),
    ("play", "script", "items", "simulated"),
    ("questions", "skeleton_texts"),
    ("catalogue",),
    ("marking", "answers"),
    ("series", "keys", "scales"),
    ("sheet",),
    ("coverage", "guessing", "skeletons", "plots", "calibration", "practice", "hours"),
    ("render", "release", "lint", "checking", "panel"),
    ("handin",),
    ("progress",),
    ("tables",),
    ("widgets",),
    ("notebook",),
    ("course",),
    ("workspace",),
    ("hours_desk",),
    ("desk",),
    ("cli",),
)

# Within the wing of hours the same holds: what counts is not asked who signed it, and neither knows who asks.
HOURS = (("entries",), ("tables", "titles"), ("record", "policy"), ("account", "certificate"))

HEAVY = {"pandas", "numpy", "scipy", "matplotlib", "ipywidgets", "nbgrader"}
# What a lesson's player needs, and whatever reads, marks and keeps answers.
LIGHT = (
    "",
    "errors",
    "dialogue",
    "measures",
    "ratings",
    "play",
    "script",
    "items",
    "simulated",
    "questions",
    "skeleton_texts",
    "catalogue",
    "marking",
    "keys",
    "answers",
    "series",
    "scales",
    "sheet",
    "coverage",
    "guessing",
    "skeletons",
    "calibration",
    "hours.account",
    "panel",
    "practice",
    "render",
    "lint",
    "progress",
    "hours.policy.forecast",
)


def _module(path: Path, package: Path) -> str:
    """The name by which `LAYERS` knows the file: a module or a folder right in the package."""
    first = path.relative_to(package).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def _imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Each module of the package that a file imports, lazily imported ones and those for types included."""
    own = {_module(other, package) for other in package.rglob("*.py")}
    root = package.parts[len(package.parts) - 1 - package.parts[::-1].index("alliancelab") :]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = [*root, *path.relative_to(package).parent.parts]
            start = above[: len(above) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        for name in names:
            inside = tuple(name.split("."))
            if inside[: len(root)] == root:
                target = inside[len(root)] if len(inside) > len(root) else ""
                yield node.lineno, target if target in own else ""


def upward(package: Path, layers: tuple[tuple[str, ...], ...] = LAYERS) -> list[str]:
    """Each import that does not point down, and each module that has no place."""
    level = {name: height for height, row in enumerate(layers, start=1) for name in row} | {"": 0}
    wrong = []
    for path in sorted(package.rglob("*.py")):
        module = _module(path, package)
        if module not in level:
            wrong.append(f"{module} has no place in LAYERS; give it one")
            continue
        for line, target in _imports(path, package):
            if target != module and level.get(target, 0) >= level[module]:
                wrong.append(f"{path.relative_to(package)}:{line}: {module} imports {target}, which is not below it")
    return wrong


def test_every_arrow_points_down() -> None:
    """No module of the package imports one that stands beside or above it, not even inside a function."""
    assert upward(PACKAGE) == []


def test_every_arrow_within_the_hours_points_down() -> None:
    """The record and the policies know neither each other nor the accounts and certificates that stand on both."""
    assert upward(PACKAGE / "hours", HOURS) == []


def test_no_module_is_told_twice() -> None:
    """Each module has one place."""
    names = [name for row in LAYERS for name in row]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("file", "source", "told"),
    [
        ("errors.py", "from alliancelab.sheet import read", "errors.py:1: errors imports sheet, which is not below it"),
        ("errors.py", "import alliancelab.sheet", "errors.py:1: errors imports sheet, which is not below it"),
        ("errors.py", "from alliancelab import sheet", "errors.py:1: errors imports sheet, which is not below it"),
        ("errors.py", "from . import sheet", "errors.py:1: errors imports sheet, which is not below it"),
        ("errors.py", "from .sheet import read", "errors.py:1: errors imports sheet, which is not below it"),
        (
            "errors.py",
            "def f():\n    from alliancelab import sheet",
            "errors.py:2: errors imports sheet, which is not below it",
        ),
        (
            "errors.py",
            "if TYPE_CHECKING:\n    from alliancelab.widgets.card import Card",
            "errors.py:2: errors imports widgets, which is not below it",
        ),
        ("widgets/card.py", "from ..cli import main", "widgets/card.py:1: widgets imports cli, which is not below it"),
        ("play.py", "from alliancelab import items", "play.py:1: play imports items, which is not below it"),
        ("__init__.py", "from alliancelab import errors", "__init__.py:1:  imports errors, which is not below it"),
        ("helpers.py", "", "helpers has no place in LAYERS; give it one"),
    ],
)
def test_an_arrow_that_points_up_is_found(tmp_path: Path, file: str, source: str, told: str) -> None:
    """The check above fails on each way of writing a bad import, and on a module that nobody has placed."""
    package = tmp_path / "alliancelab"
    for name in ("__init__", "errors", "items", "play", "sheet", "widgets/__init__", "widgets/card", "cli"):
        (package / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (package / f"{name}.py").write_text("", encoding="utf-8")
    (package / "widgets/card.py").write_text(
        "from alliancelab.widgets import x\nfrom alliancelab import sheet, __version__"
    )
    (package / "cli.py").write_text("import alliancelab.widgets.card\nfrom .play import replay", encoding="utf-8")
    assert upward(package) == []
    (package / file).write_text(source, encoding="utf-8")
    assert upward(package) == [told]


@pytest.mark.parametrize("module", LIGHT)
def test_nothing_light_imports_anything_heavy(module: str) -> None:
    """In a fresh process, importing the package or a part of its core loads neither pictures, widgets nor nbgrader."""
    name = f"alliancelab.{module}" if module else "alliancelab"
    code = f"import sys, {name}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "alliancelab" in loaded
    assert not loaded & HEAVY
