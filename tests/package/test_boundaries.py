"""What a package keeps to itself, nobody else uses. The order of the packages is a contract of import-linter."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import nmmo

ROOT = Path(nmmo.__file__).resolve().parent
TREE = ROOT.parent
FILES = [path for folder in (ROOT, TREE / "agents", TREE / "scripts") for path in sorted(folder.rglob("*.py"))]
PUBLIC = {"_asdict", "_replace", "_fields", "_make", "_engine"}  # of named tuples; and the module that has its own test
FOREIGN = {
    "_exit",
    "_get_formatter",
    "_actions",
    "_group_actions",
    "_mutually_exclusive_groups",
    "_option_string_actions",
    "_width",
    "_format_args",
}
"""``os._exit``, which is public; and of argparse, which has no public way to ask a parser for its options."""


def package_of(path: Path) -> str:
    """Return the package that a file belongs to: nmmo.core, nmmo.envs, ...; or the folder beside nmmo."""
    parts = path.relative_to(TREE).parts
    return ".".join(parts[:2]).removesuffix(".py") if parts[0] == "nmmo" else parts[0]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PUBLIC


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def defined(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a module defines: functions, classes, variables, attributes, fields."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Assign):  # __slots__ = ("_world", ...)
            yield from (
                each.value
                for each in ast.walk(node.value)
                if isinstance(each, ast.Constant)
                if isinstance(each.value, str)
            )


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of everything that is imported from nmmo."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "nmmo":
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "nmmo")


def violations(path: Path, own: set[str]) -> list[str]:
    """Return the uses of other packages' private names in a file."""
    tree, package = tree_of(path), package_of(path)
    found = []
    for module, name in imports(tree):
        inside = ".".join(module.split(".")[:2]) == package
        if not inside and any(map(is_private, [*module.split("."), name])):
            found.append(f"{path.relative_to(TREE)}: from {module} import {name}")
        if "_engine" in (name, *module.split(".")) and package != "nmmo.core":
            found.append(f"{path.relative_to(TREE)}: imports the compiled engine")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not is_private(node.attr) or node.attr in own | FOREIGN:
            continue
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
            found.append(f"{path.relative_to(TREE)}, line {node.lineno}: {ast.unparse(node)}")
    return found


def names_by_package() -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for path in FILES:
        names.setdefault(package_of(path), set()).update(filter(is_private, defined(tree_of(path))))
    for path in [*ROOT.rglob("*.pyx"), *ROOT.rglob("*.pyi")]:
        words = path.read_text(encoding="utf-8").replace("(", " ").replace(".", " ").replace(":", " ").split()
        names[package_of(path)].update(filter(is_private, words))
    return names


NAMES = names_by_package()


@pytest.mark.parametrize("package", sorted(NAMES))
def test_nobody_uses_private_names_of_another_package(package):
    found = [line for path in FILES if package_of(path) == package for line in violations(path, NAMES[package])]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from nmmo.core import _engine",
        "import nmmo.core._engine",
        "from nmmo.core.config import _from_engine",
        "def f(world):\n    return world._snapshots()",
    ],
)
def test_a_violation_is_found(tmp_path, monkeypatch, line):
    monkeypatch.setattr("test_boundaries.TREE", tmp_path)
    (tmp_path / "nmmo" / "envs").mkdir(parents=True)
    path = tmp_path / "nmmo" / "envs" / "mine.py"
    path.write_text(line)
    assert violations(path, {"_own"})
    path.write_text("from nmmo.envs._private import _name\n\ndef f(self, other):\n    return self._a + other._own")
    assert violations(path, {"_own"}) == []


def drawn_layers(page: str) -> list[set[str]]:
    """Return the layers of the drawing in docs/architecture.md: the first word of each box, from above."""
    drawing = page.partition("<!-- layers")[2].partition("<!-- end of layers -->")[0]
    boxes = re.split(r"^ \+-[-+]*\+$", drawing, flags=re.MULTILINE)[1:-1]
    return [set(re.findall(r"\|  (\w+)", box.strip().splitlines()[0])) for box in boxes]


def layers_and_searched() -> tuple[list[set[str]], set[str]]:
    """Return the layers of the package, and the packages without circles, as pyproject.toml gives them."""
    settings = tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (contract["layers"] for contract in settings["contracts"] if contract.get("containers") == ["nmmo"])
    (searched,) = (contract["ancestors"] for contract in settings["contracts"] if "ancestors" in contract)
    return [set(layer.split(" | ")) for layer in layers], set(searched)


def test_the_layers_are_drawn_as_they_are_checked():
    expected, _ = layers_and_searched()
    page = (TREE / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert drawn_layers(page) == expected
    assert drawn_layers(page.replace("|  envs", "|  world")) != expected


def test_every_package_has_a_layer_and_is_searched_for_circles():
    layers, searched = layers_and_searched()
    modules = {path.stem for path in ROOT.glob("*.py")} - {"__init__", "__main__"}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set.union(*layers) == modules | packages
    assert searched == {f"nmmo.{name}" for name in packages}
