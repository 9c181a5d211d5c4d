"""What is wrong with a contract by itself: its schemas, its table of operations, its overlays.

`lint` reads no evidence and no upstream document; that is the business of `compile`, `drift` and `audit`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slashv1.errors import UsageError
from slashv1.spec import data
from slashv1.spec.example import Maker
from slashv1.spec.lint_nodes import escaped, flaws

if TYPE_CHECKING:
    from zipfile import Path as Packed

HERE = Path(__file__).parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PARTS = ("request", "form", "response", "event")
ROOTS = {"errors": {"ErrorResponse"}}
"""Definitions in use that no operation names: what every operation may answer."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong."""

    file: str
    """Path under the contract's folder."""
    pointer: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}{self.pointer and '#' + self.pointer}: {self.what}"


def lint_folder(folder: Path = HERE) -> list[Flaw]:
    """`lint` of the files of a folder; a file that cannot be read is a flaw itself.

    Raises:
        UsageError: no folder with an operations.json.
    """
    if not (folder / "operations.json").is_file():
        raise UsageError(f"{folder}: no contract: it holds no operations.json")
    files: dict[str, Any] = {}
    broken = []
    paths: dict[str, Path | Packed] = {path.name: path for path in folder.glob("*.json")}
    for inner in ("overlays", "schemas"):
        paths |= {f"{inner}/{path.name}": path for path in _inside(folder, inner)}
    for name, path in sorted(paths.items()):
        try:
            files[name] = _read(path)
        except (ValueError, OSError) as error:
            broken.append(Flaw(name, "", f"cannot be read: {' '.join(str(error).split())}"))
    return broken + lint(files)


def _inside(folder: Path, name: str) -> list[Path | Packed]:
    """The contract's own may be packed; another's are files."""
    found = data.files(name) if folder == HERE else (folder / name).glob("*")
    return [path for path in found if path.name.endswith((".json", ".yaml"))]


def _read(path: Path | Packed) -> Any:
    text = path.read_text("utf-8")
    if path.name.endswith(".json"):
        return json.loads(text)
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def lint(files: Mapping[str, Any]) -> list[Flaw]:
    """Everything wrong with a contract, given its files as values by their path."""
    table = files.get("operations.json", {})
    families = {
        Path(name).stem: raw
        for name, raw in files.items()
        if name.startswith("schemas/") and isinstance(raw, Mapping)
    }
    found: list[Flaw] = [*_operations(table, families)]
    for family, raw in families.items():
        found += _family(family, raw, _roots(family, table))
    found += _ids(families)
    for name, raw in files.items():
        if name.startswith("overlays/"):
            found += _overlay(name, raw)
    found += _globs(files, table)
    return found


def _roots(family: str, table: Mapping[str, Any]) -> set[str]:
    said = {str(one.get(part)) for one in table.values() for part in PARTS if one.get(part)}
    own = {name for home, _, name in (one.partition("#/$defs/") for one in said) if home == family}
    return own | ROOTS.get(family, set())


def _operations(table: Mapping[str, Any], families: Mapping[str, Any]) -> Iterator[Flaw]:
    seen: dict[tuple[Any, ...], str] = {}
    for name, one in table.items():
        at = f"/{escaped(name)}"
        for key in (("method", "path"), ("upstream_id",)):
            same = (key, *(one.get(part) for part in key))
            if same in seen:
                yield Flaw("operations.json", at, f"the same {' and '.join(key)} as {seen[same]}")
            seen.setdefault(same, name)
        if not any(one.get(part) for part in ("response", "event")) and one.get("answer", "json") == "json":
            yield Flaw("operations.json", at, "no response")
        for part in PARTS:
            home, _, target = str(one.get(part) or "").partition("#/$defs/")
            if home and target not in families.get(home, {}).get("$defs", {}):
                yield Flaw("operations.json", f"{at}/{part}", f"{one[part]} does not resolve")


def _ids(families: Mapping[str, Any]) -> Iterator[Flaw]:
    seen: dict[str, str] = {}
    for family, raw in families.items():
        file, said = f"schemas/{family}.json", str(raw.get("$id"))
        if said != f"urn:slashv1:spec:{family}":
            yield Flaw(file, "/$id", f"{said} is not urn:slashv1:spec:{family}")
        if said in seen:
            yield Flaw(file, "/$id", f"{said} is the id of {seen[said]} as well")
        seen.setdefault(said, file)
        if raw.get("$schema") != DIALECT:
            yield Flaw(file, "/$schema", f"{raw.get('$schema')} is not {DIALECT}")


def _family(family: str, raw: Mapping[str, Any], roots: set[str]) -> Iterator[Flaw]:
    file, known = f"schemas/{family}.json", raw.get("$defs", {})
    wrong: set[str] = set()
    for name, node in known.items():
        for pointer, what in flaws(node, f"/$defs/{escaped(name)}", known):
            wrong.add(name)
            yield Flaw(file, pointer, what)
    graph = {name: _references(node) & set(known) for name, node in known.items()}
    used = _reached(roots & set(known), graph)
    for name in known:
        if name not in used:
            yield Flaw(file, f"/$defs/{escaped(name)}", "unused: no operation leads to it")
    sound = {name: known[name] for name in known if not _reached({name}, graph) & wrong}
    yield from (Flaw(file, f"/$defs/{escaped(name)}", what) for name, what in _examples(sound, graph))


def _references(node: Any) -> set[str]:
    if isinstance(node, Mapping):
        own = {node["$ref"].removeprefix("#/$defs/")} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _reached(roots: Iterable[str], graph: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph[name])
    return seen


def _examples(known: Mapping[str, Any], graph: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Definitions whose own example they refuse, or that can have none.

    Each is told once: not the definitions around one that is told already.
    """
    import jsonschema_rs

    bundle = {"$defs": known, "properties": {name: {"$ref": f"#/$defs/{name}"} for name in known}}
    is_valid = jsonschema_rs.Draft202012Validator(bundle).is_valid
    maker = Maker(known)
    failed: dict[str, str] = {}
    for name in known:
        try:
            refused = [one for one in maker.rounds(name, everywhere=True) if not is_valid({name: one})]
        except ValueError as error:
            failed[name] = f"no example: {error}"
            continue
        if refused:
            failed[name] = f"its example is refused: {_why(bundle, name, refused[0])}"
    for name, what in failed.items():
        inner = {one for one in _reached({name}, graph) & set(failed) if name not in _reached({one}, graph)}
        if not inner:
            yield name, what


def _why(bundle: Mapping[str, Any], name: str, value: Any) -> str:
    from slashv1.spec.explain import explain

    first = next(iter(explain({"$defs": bundle["$defs"], "$ref": f"#/$defs/{name}"}, value)), None)
    return (
        f"{first.pointer or '/'}: {first.expected} expected, {first.actual} made" if first else "unexplained"
    )


def _overlay(file: str, raw: Any) -> Iterator[Flaw]:
    from slashv1.spec.compile.overlay import ACTIONS

    if not isinstance(raw, Mapping):
        yield Flaw(file, "", "no overlay: `define` and `entries` are expected")
        return
    for index, entry in enumerate(raw.get("entries") or ()):
        at = f"/entries/{index}"
        if not isinstance(entry, Mapping) or not isinstance(entry.get("at"), str):
            yield Flaw(file, at, "does not say where it applies (`at`)")
            continue
        if not str(entry.get("evidence") or "").strip():
            yield Flaw(file, f"{at}/evidence", f"{entry['at']}: no evidence; say how many messages and when")
        if not ACTIONS & set(entry):
            yield Flaw(file, at, f"{entry['at']}: changes nothing")


def _globs(files: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[Flaw]:
    """Rows of the tables whose operations do not exist, or whose pattern is none."""
    for file, key in (("errors.json", "rows"), ("headers.json", "response"), ("headers.json", "request")):
        for index, row in enumerate(files.get(file, {}).get(key, ())):
            said = row.get("operations", "*")
            for glob in [said] if isinstance(said, str) else said:
                if not any(fnmatchcase(name, glob) for name in table):
                    yield Flaw(file, f"/{key}/{index}/operations", f"{glob} matches no operation")
            try:
                re.compile(str(row.get("pattern", "")))
            except re.error as error:
                yield Flaw(file, f"/{key}/{index}/pattern", f"no regular expression: {error}")
    for name in files.get("parameters.json", {}):
        if name not in table:
            yield Flaw("parameters.json", f"/{escaped(name)}", "no such operation")
