"""The compiler: upstream's document, the table of operations, SDK names and overlays to files of schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from slashv1.errors import UsageError
from slashv1.spec.compile import counts, likened, overlay, parameters
from slashv1.spec.compile.normal import Normaliser, Schema
from slashv1.spec.compile.unions import Unions
from slashv1.spec.data import files as files_of

HERE = Path(__file__).parent
SPEC = HERE.parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
JSON = "application/json"
FORM = "multipart/form-data"
SDK_PARTS = ("names", "values", "members", "definitions")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a compilation reads beside upstream's document."""

    operations: tuple[Mapping[str, Any], ...]
    overlays: Mapping[str, Mapping[str, Any]]
    """By family: `define` (definitions upstream lacks), `copy` (a new name for one of upstream's that is to
    differ from it), `entries`, and `also`: families whose overlays hold here too. `like` is resolved."""
    sdk: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the pinned SDK's models know beyond upstream's document, by place: `names` of fields, `values` of
    enums, `members` of unions; the schemas of the members are the `definitions`."""


def own_inputs() -> Inputs:
    """The committed table, overlays and names."""
    operations = yaml.safe_load((HERE / "operations.yaml").read_text("utf-8"))
    written = {
        path.name.removesuffix(".yaml"): yaml.safe_load(path.read_text("utf-8")) or {}
        for path in files_of("overlays")
    }
    overlays = {family: likened.resolved(family, written) for family in written}
    sdk = json.loads((HERE / "sdk_names.json").read_text("utf-8"))
    return Inputs(tuple(operations), overlays, {key: sdk.get(key, {}) for key in SDK_PARTS})


def compile_contract(document: Mapping[str, Any], inputs: Inputs | None = None) -> dict[str, str]:
    """The files of the contract by path under `spec/`, as text that is the same for the same input.

    Raises:
        UsageError: not upstream's document, or a table or overlay that does not fit it.
    """
    inputs = inputs or own_inputs()
    table, components = tabled(document, inputs.operations)
    roots: dict[str, set[str]] = {"errors": {"ErrorResponse"}}
    for entry in table.values():
        for part in ("request", "form", "response", "event"):
            if entry.get(part):
                file, name = entry[part].split("#/$defs/")
                roots.setdefault(file, set()).add(name)
    normal = Normaliser(components)
    files = {"operations.json": _text(table)}
    files["parameters.json"] = parameters.text(
        parameters.parameters(document, {name: row["upstream_id"] for name, row in table.items()})
    )
    for file, names in sorted(roots.items()):
        files[f"schemas/{file}.json"] = _text(_family(file, sorted(names), normal, inputs))
    return files


def tabled(
    document: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The operations by name, and upstream's components with those of bodies that stand in line.

    Raises:
        UsageError: not upstream's document, or a row that is none of its operations.
    """
    found = _routes(document)
    components = dict(document["components"]["schemas"])
    table: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in found:
            raise UsageError(f"operations.yaml: no operation {row['id']!r} in the document")
        table[row["name"]] = _entry(row, *found[row["id"]], components)
    return table, components


def write_contract(document: Mapping[str, Any], folder: Path = SPEC) -> list[Path]:
    """Compile and write; the paths written."""
    written = []
    for name, text in compile_contract(document).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        written.append(path)
    return written


def _routes(document: Mapping[str, Any]) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    paths = document.get("paths")
    if not isinstance(paths, dict) or not isinstance(document.get("components"), dict):
        raise UsageError("not an OpenAPI document: no paths or components")
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "operationId" in operation
    }


def _entry(
    row: Mapping[str, Any], method: str, path: str, raw: Mapping[str, Any], components: dict[str, Any]
) -> dict[str, Any]:
    family, said = row["family"], row["id"][0].upper() + row["id"][1:]
    asked = raw.get("requestBody", {})
    request = _component(asked, JSON, f"{said}Body", components)
    form = _component(asked, FORM, f"{said}Form", components)
    good = [one for status, one in raw.get("responses", {}).items() if status.startswith("2")]
    answer: Mapping[str, Any] = good[0] if good else {}
    response = row.get("response") or _component(answer, JSON, f"{said}Answer", components)
    response = None if response == "none" else response
    event = row.get("event") or _component(answer, "text/event-stream", f"{said}Event", components)
    entry = {
        "method": method,
        "path": f"/v1{path}",
        "upstream_id": row["id"],
        "request": f"{family}-request#/$defs/{request}" if request else None,
        "response": f"{family}#/$defs/{response}" if response else None,
        "event": f"{family}#/$defs/{event}" if event else None,
    }
    if form:
        entry["form"] = f"{family}-request#/$defs/{form}"
    if row.get("text") or not response:
        entry["answer"] = "any"
    return entry


def _component(
    holder: Mapping[str, Any], media: str, otherwise: str, components: dict[str, Any]
) -> str | None:
    """The name of a body's component; a schema that stands in line becomes one of the name `otherwise`."""
    schema = holder.get("content", {}).get(media, {}).get("schema")
    if not schema:
        return None
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return reference.rsplit("/", 1)[-1]
    components[otherwise] = schema
    return otherwise


def _family(file: str, roots: Iterable[str], normal: Normaliser, inputs: Inputs) -> dict[str, Any]:
    side = "request" if file.endswith("-request") else "response"
    overlays = _overlays(file.removesuffix("-request"), inputs.overlays)
    theirs = inputs.sdk.get("definitions", {})
    own: dict[str, Schema] = {name: theirs[name] for name in theirs if name not in normal.components}
    own |= {new: normal.named(old) for said in overlays for new, old in said.get("copy", {}).items()}
    own |= {name: one for said in overlays for name, one in said.get("define", {}).items()}
    definitions: dict[str, Schema] = {}
    copies = [name for said in overlays for name in said.get("copy", ())]
    _reach([*roots, *copies], own, normal, definitions)
    _know(inputs.sdk, definitions)
    for said in overlays:
        overlay.apply(said.get("entries", ()), definitions, side)
    for name in list(definitions):  # an overlay may name definitions nobody reached so far
        _reach(_references(definitions[name]), own, normal, definitions)
    for name in list(definitions):
        known = counts.bounded(definitions[name]) if side == "response" else definitions[name]
        definitions[name] = _closed(known)
    unions = Unions(definitions)
    compiled = {name: unions.compiled(definitions[name]) for name in definitions}
    return {
        "$schema": DIALECT,
        "$id": f"urn:slashv1:spec:{file}",
        "$defs": _reachable(roots, {name: _pointed(compiled[name]) for name in sorted(compiled)}),
    }


def _overlays(family: str, known: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of the families it shares components with, then its own."""
    own = known.get(family, {})
    return [*(known[name] for name in own.get("also", ())), own]


def _reach(
    roots: Iterable[str], own: Mapping[str, Schema], normal: Normaliser, definitions: dict[str, Schema]
) -> None:
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in definitions:
            continue
        if name not in own and name not in normal.components:
            raise UsageError(f"no schema {name!r} in the document or in `define`")
        # Plain JSON values all through: a copy keeps overlays from reaching into their own source.
        definitions[name] = json.loads(json.dumps(own[name] if name in own else normal.named(name)))
        waiting.extend(_references(definitions[name]))


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
        return own + [name for value in schema.values() for name in _references(value)]
    if isinstance(schema, list):
        return [name for value in schema for name in _references(value)]
    return []


def _know(sdk: Mapping[str, Mapping[str, Any]], definitions: dict[str, Schema]) -> None:
    for place, names in _here(sdk, "names", "properties", definitions):
        for name in names:
            place["properties"].setdefault(name, {})
    for place, values in _here(sdk, "values", "enum", definitions):
        place["enum"] = overlay.joined(place["enum"], values)
    for place, members in _here(sdk, "members", "anyOf", definitions):
        place["anyOf"] = overlay.joined(place["anyOf"], [{"$ref": name} for name in members])


def _here(
    sdk: Mapping[str, Mapping[str, Any]], part: str, keyword: str, definitions: Mapping[str, Schema]
) -> Iterator[tuple[Schema, Any]]:
    for at, known in sdk.get(part, {}).items():
        if at.split("/", 1)[0] in definitions:
            found = overlay.place(at, definitions)
            if keyword not in found:
                raise overlay.Misfit(f"sdk_names.json, {part} of {at!r}: no {keyword} there", at)
            yield found, known


def _closed(schema: Any) -> Any:
    """Every object whose names are known takes no other."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _closed(value) if key not in ("enum", "required") else value for key, value in schema.items()}
    # `properties: {}` is upstream's way to say "any object".
    if out.get("properties") and out.get("type") == "object":
        out.setdefault("additionalProperties", False)
    # Upstream misspells a few names: a closed object could never hold what it does not know.
    if "required" in out and (out.get("additionalProperties") is False or out.get("type") == "array"):
        known = [name for name in out["required"] if name in out.get("properties", ())]
        out = {key: value for key, value in out.items() if key != "required" or known}
        out |= {"required": known} if known else {}
    return out


def _pointed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_pointed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _pointed(value) for key, value in schema.items()}
    if isinstance(out.get("$ref"), str) and not out["$ref"].startswith("#"):
        out["$ref"] = f"#/$defs/{out['$ref']}"
    return out


def _reachable(roots: Iterable[str], definitions: Mapping[str, Any]) -> dict[str, Any]:
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(ref.removeprefix("#/$defs/") for ref in _references(definitions[name]))
    return {name: definitions[name] for name in definitions if name in seen}


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
