"""The contract against an OpenAPI document, usually a newer one of upstream's.

The document is compiled as the contract was, our overlays laid over it, and the two results are compared:
what an overlay changes on purpose is the same on both sides. What the overlays change in the document
(compiled with and without them) is named and counted apart.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slashv1.errors import UsageError
from slashv1.spec.compile.contract import Inputs, compile_contract, own_inputs
from slashv1.spec.compile.overlay import Misfit
from slashv1.spec.contract import Operation, definitions, operations
from slashv1.spec.drift.compare import Comparison
from slashv1.spec.drift.compiled import Compiled, Definitions
from slashv1.spec.drift.known import Allowed, explained
from slashv1.spec.drift.model import Change, Direction, Drift, Weight
from slashv1.spec.drift.overlays import OVERLAY

PARTS = ("request", "form", "response", "event")
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


@dataclass(frozen=True, slots=True)
class Ours:
    """A contract and what it was compiled with."""

    inputs: Inputs
    operations: Mapping[str, Operation]
    definitions: Definitions


def committed() -> Ours:
    """The contract of this package."""
    return Ours(own_inputs(), operations(), definitions)


def openapi_drift(
    document: Mapping[str, Any], name: str, allowed: tuple[Allowed, ...] = (), ours: Ours | None = None
) -> Drift:
    """What a document has, lacks or says otherwise than the contract (the package's where None is given).

    Raises:
        UsageError: not an OpenAPI document, or one that cannot be compiled.
    """
    ours = ours or committed()
    table = _table(document, name)
    inputs, changes = _inputs(ours, table)
    inputs, misfits = _settled(document, inputs)
    made = compiled(document, inputs)
    bare = compiled(document, _without(inputs))
    comparison = Comparison(Compiled(ours.definitions), Compiled(made.definitions))
    _bodies(comparison, ours.operations, made.operations)
    corrected = Comparison(Compiled(bare.definitions), Compiled(made.definitions))
    _bodies(corrected, bare.operations, made.operations)
    left, known, stale = explained([*changes, *misfits, *comparison.changes], allowed)
    return Drift(
        f"{name} ({_version(document)})",
        left,
        (*known, *((one, OVERLAY) for one in corrected.changes)),
        stale,
        {"operations": len(table), "objects": comparison.pairs},
    )


def compiled(document: Mapping[str, Any], inputs: Inputs) -> Ours:
    """A contract that is compiled just now.

    Raises:
        UsageError: the document cannot be compiled, or an overlay does not fit it.
    """
    files = {name: json.loads(text) for name, text in compile_contract(document, inputs).items()}
    table = {name: Operation(name, **raw) for name, raw in files["operations.json"].items()}
    return Ours(inputs, table, lambda family: files[f"schemas/{family}.json"]["$defs"])


def _version(document: Mapping[str, Any]) -> str:
    info = document.get("info")
    return f"version {info.get('version', 'unknown')}" if isinstance(info, dict) else "no version"


def _table(document: Mapping[str, Any], name: str) -> dict[tuple[str, str], str]:
    """The document's operations: method and path (parameters unnamed) to `operationId`."""
    paths = document.get("paths")
    if not isinstance(paths, dict) or not isinstance(document.get("components"), dict):
        raise UsageError(f"{name}: not an OpenAPI document: no paths or components")
    return {
        (method.upper(), _bare(f"/v1{path}")): str(one["operationId"])
        for path, methods in paths.items()
        if isinstance(methods, dict)
        for method, one in methods.items()
        if method in _METHODS and isinstance(one, dict) and "operationId" in one
    }


def _bare(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _inputs(contract: Ours, table: Mapping[tuple[str, str], str]) -> tuple[Inputs, list[Change]]:
    """Our own inputs, cut to the operations the document has, and the operations that differ."""
    changes: list[Change] = []
    rows: list[Mapping[str, Any]] = []
    by_id = {one.upstream_id: one for one in contract.operations.values()}
    for row in contract.inputs.operations:
        here = by_id.get(row["id"])
        if here is None:
            continue
        now = table.get((here.method, _bare(here.path)))
        if now is None:
            changes.append(_operation(here, Direction.REMOVED, Weight.BREAKING, f"{here.method} {here.path}"))
            continue
        if now != here.upstream_id:
            said = f"operationId {here.upstream_id} → {now}"
            changes.append(_operation(here, Direction.CHANGED, Weight.ADDITIVE, said))
        rows.append({**row, "id": now})
    known = {(one.method, _bare(one.path)) for one in contract.operations.values()}
    for (method, path), said in table.items():
        if (method, path) not in known:
            new = f"{method} {path}"
            changes.append(
                Change(said, "operation", said, "operation", Direction.ADDED, Weight.ADDITIVE, new)
            )
    return replace(contract.inputs, operations=tuple(rows)), changes


def _operation(one: Operation, direction: Direction, weight: Weight, detail: str) -> Change:
    return Change(one.name, "operation", one.name, "operation", direction, weight, detail)


def _settled(document: Mapping[str, Any], inputs: Inputs) -> tuple[Inputs, list[Change]]:
    """Inputs whose overlays fit the document; what did not fit was left out and is told."""
    changes: list[Change] = []
    while True:
        try:
            compile_contract(document, inputs)
        except Misfit as misfit:
            fewer = _fewer(inputs, misfit)
            if fewer == inputs:
                raise
            inputs = fewer
            changes.append(
                Change(
                    "overlays",
                    "overlay",
                    misfit.at,
                    "overlay",
                    Direction.CHANGED,
                    Weight.BREAKING,
                    f"no longer fits: {', '.join(misfit.names) or 'the place'} is gone",
                )
            )
        else:
            return inputs, changes


def _fewer(inputs: Inputs, misfit: Misfit) -> Inputs:
    overlays = {
        family: {
            **said,
            "entries": [kept for one in said.get("entries") or () for kept in _trimmed(one, misfit)],
        }
        for family, said in inputs.overlays.items()
    }
    sdk = {
        part: {place: known for place, known in said.items() if place != misfit.at}
        for part, said in inputs.sdk.items()
    }
    return replace(inputs, overlays=overlays, sdk=sdk)


def _trimmed(entry: Mapping[str, Any], misfit: Misfit) -> list[Mapping[str, Any]]:
    """The entry without what misfits; none where its place is gone."""
    head, _, rest = entry["at"].partition("/")
    there, _, below = misfit.at.partition("/")
    if rest != below or not (head == there or fnmatch.fnmatchcase(there, head)):
        return [entry]
    return [_lacking(entry, misfit.names)] if misfit.names else []


def _lacking(entry: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for word, said in entry.items():
        if word in ("optional", "required", "always", "drop", "nullable") and isinstance(said, list):
            out[word] = [name for name in said if name not in names]
        elif word == "since":
            out[word] = {name: day for name, day in said.items() if name not in names}
        else:
            out[word] = said
    return out


def _without(inputs: Inputs) -> Inputs:
    """The same, nothing corrected; definitions of our own stay, operations name them."""
    overlays = {family: {**said, "entries": []} for family, said in inputs.overlays.items()}
    return replace(inputs, overlays=overlays, sdk={})


def _bodies(comparison: Comparison, ours: Mapping[str, Operation], theirs: Mapping[str, Operation]) -> None:
    for name, mine in ours.items():
        their = theirs.get(name)
        for part in PARTS if their else ():
            a, b = getattr(mine, part), getattr(their, part)
            if a and b:
                left, right = comparison.ours, comparison.theirs
                assert isinstance(left, Compiled)  # noqa: S101 - tells mypy what `root` is asked of
                assert isinstance(right, Compiled)  # noqa: S101
                comparison.body(name, part, a.rpartition("/")[2], left.root(a), right.root(b))
            elif a or b:
                comparison.changes.append(_body(name, part, a, b))


def _body(name: str, part: str, ours: str | None, theirs: str | None) -> Change:
    direction = Direction.REMOVED if ours else Direction.ADDED
    weight = Weight.BREAKING if ours else Weight.ADDITIVE
    return Change(name, part, name, "body", direction, weight, (ours or theirs or "").rpartition("/")[2])
