"""Dependencies point downwards: the rule of the house, read from the imports themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "slashv1": ROOT / "slashv1",
    "slashv1.spec": ROOT / "spec",
    "slashv1.fixtures": ROOT / "fixtures",
    "slashv1.matrix": ROOT / "matrix",
    "slashv1.harness": ROOT / "harness",
    "slashv1.reference_server": ROOT / "reference_server",
    "slashv1.reports": ROOT / "reports",
}
RELATIVE = "a relative import"
SHARED = {"slashv1.record", "slashv1.errors", "slashv1.place", "slashv1"}
MAY_IMPORT = {
    "slashv1.spec": {"slashv1.spec"},
    "slashv1.fixtures": {"slashv1.fixtures", "slashv1.spec"},
    "slashv1.matrix": {"slashv1.matrix", "slashv1.spec", "slashv1.fixtures"},
    "slashv1.harness": {"slashv1.harness", "slashv1.matrix", "slashv1.spec", "slashv1.fixtures"},
    "slashv1.reference_server": {"slashv1.reference_server", "slashv1.spec"},
    "slashv1.reports": {"slashv1.reports"},
}
TOP_OF_HARNESS = ("commands/", "plugin.py", "pytest_", "cli.py", "embedded.py", "selftest.py")
"""The command line and the plugin tie the rooms up."""


def modules(room: str) -> list[Path]:
    return sorted(FOLDERS[room].rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Every `slashv1…` module a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.ImportFrom) and node.level:
            names.add(RELATIVE)
    return {name for name in names if name.startswith("slashv1") or name == RELATIVE}


def room_of(module: str) -> str:
    """The room a module lies in; `slashv1.record` lies in `slashv1`."""
    room = ".".join(module.split(".")[:2])
    return room if room in FOLDERS else "slashv1"


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_from_rooms_below_it(room: str) -> None:
    seen = modules(room)
    assert seen, f"no modules found in {FOLDERS[room]}"
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in seen
        for name in sorted(imported(path))
        if room_of(name) not in MAY_IMPORT[room] | {"slashv1"}
        and not (
            room == "slashv1.harness" and str(path.relative_to(FOLDERS[room])).startswith(TOP_OF_HARNESS)
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["record.py", "errors.py"])
def test_the_shared_words_know_nobody(name: str) -> None:
    assert imported(FOLDERS["slashv1"] / name) == set()


def test_imports_are_absolute() -> None:
    relative = [path for room in FOLDERS for path in modules(room) if RELATIVE in imported(path)]
    assert relative == []


def test_spec_knows_only_the_shared_words() -> None:
    outside = {
        name
        for path in modules("slashv1.spec")
        for name in imported(path)
        if room_of(name) != "slashv1.spec" and name not in SHARED
    }
    assert outside == set()


def test_judging_does_no_io() -> None:
    """Judge is pure: no network, no files, no clock in the checks."""
    forbidden = {"httpx", "socket", "asyncio", "pathlib", "os", "subprocess", "time"}
    found = {
        f"{path.name}: {name}"
        for path in (FOLDERS["slashv1.harness"] / "judge").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _plain_imports(node)
        if name.split(".")[0] in forbidden
    }
    assert found == set()


def _plain_imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []
