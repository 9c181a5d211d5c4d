"""Overlays: where genuine traffic differs from upstream's document, each entry with its evidence.

An entry names a place (`at`: a component, then keywords of the plain form, `Response/properties/tools`)
and what to change there: `optional`, `required`, `nullable`, `add`, `drop`, `branches`, `enum`, `open`,
`merge`, `set` (`nullable`: names, `*` for every optional one, `**` for those at any depth); `since`: sent
from that day on, before it may be absent; `always`: optional by upstream's word, yet every genuine answer
carries it (from its `since` on). `held`: found only in the half of the evidence that was held out.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slashv1.errors import UsageError
from slashv1.spec.compile.normal import Schema, union

ACTIONS = frozenset(
    {
        "optional",
        "required",
        "nullable",
        "add",
        "drop",
        "branches",
        "enum",
        "open",
        "merge",
        "set",
        "since",
        "always",
    }
)
DEEP = "**"
"""As `nullable`: every optional property, at any depth."""

_OTHER = frozenset({"at", "has", "side", "why", "evidence", "held"})


class Misfit(UsageError):  # noqa: N818 - what it is, said to a user
    """An entry that names what the document does not have (any more)."""

    def __init__(self, message: str, at: str, names: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.at = at
        self.names = tuple(names)
        """Properties that are not there; empty where the place itself is not."""


def apply(overlays: Iterable[Mapping[str, Any]], definitions: dict[str, Schema], side: str) -> None:
    """Change `definitions` (of one side, `request` or `response`) in place.

    The component in `at` may be a glob, narrowed by `has` to those that have a property.

    Raises:
        UsageError: an entry without evidence, with an unknown word, or that names no place.
    """
    for entry in overlays:
        _checked(entry)
        pattern, _, rest = entry["at"].partition("/")
        if entry.get("side", side) != side:
            continue
        for name in fnmatch.filter(definitions, pattern):
            target = place(f"{name}/{rest}" if rest else name, definitions)
            if "has" not in entry or entry["has"] in target.get("properties", {}):
                _change(target, entry, side)


def _checked(entry: Mapping[str, Any]) -> None:
    unknown = set(entry) - ACTIONS - _OTHER
    if unknown or not isinstance(entry.get("at"), str):
        raise UsageError(f"overlay {entry.get('at')!r}: unknown words {', '.join(sorted(unknown))}")
    if not entry.get("evidence"):
        raise UsageError(f"overlay {entry['at']!r}: no evidence; say how many messages were seen and when")


def place(at: str, definitions: Mapping[str, Schema]) -> Schema:
    """The schema at a place of the plain form.

    Raises:
        UsageError: there is none.
    """
    here: Any = definitions
    for step in at.split("/"):
        try:
            here = here[int(step)] if isinstance(here, list) else here[step]
        except (KeyError, IndexError, ValueError, TypeError):
            said = f"place {at!r}: no {step!r} there; upstream's document has moved"
            raise Misfit(said, at) from None
    if not isinstance(here, dict):
        raise Misfit(f"place {at!r}: not a schema", at)
    return here


def _change(schema: Schema, entry: Mapping[str, Any], side: str) -> None:
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    _known(entry, {*properties, *entry.get("add", {}), *required})
    required |= set(entry.get("required", ()))
    required -= set(entry.get("optional", ()))
    for name, added in entry.get("add", {}).items():
        schema.setdefault("properties", {})[name] = added
    for name in entry.get("drop", ()):
        properties.pop(name, None)
        required.discard(name)
    if entry.get("nullable") == DEEP:
        _spelt_out(schema)
    for name in _nullable(schema, entry.get("nullable", ())):
        properties[name] = union([properties[name], {"type": "null"}])
    for name, date in entry.get("since", {}).items():
        schema["properties"][name] = {**schema["properties"][name], "x-since": str(date)}
        required.discard(name)
    if entry.get("branches"):
        schema["anyOf"] = joined(schema["anyOf"], entry["branches"])
    if entry.get("always") and side == "response":
        schema["x-always"] = sorted({*schema.get("x-always", ()), *entry["always"]})
    if entry.get("enum"):
        schema["enum"] = joined(schema["enum"], entry["enum"])
    if entry.get("open"):
        schema["additionalProperties"] = True
    schema.update(entry.get("merge", {}))
    if "set" in entry:
        schema.clear()
        schema.update(entry["set"])
    elif required:
        schema["required"] = sorted(required)
    else:
        schema.pop("required", None)


def _known(entry: Mapping[str, Any], names: set[str]) -> None:
    said = [
        name for word in ("optional", "required", "since", "always", "drop") for name in entry.get(word, ())
    ]
    said += [] if entry.get("nullable") in ("*", DEEP) else entry.get("nullable", [])
    strange = sorted(set(said) - names)
    if strange:
        raise Misfit(f"overlay {entry['at']!r}: no property {', '.join(strange)} there", entry["at"], strange)


def _spelt_out(schema: Any) -> None:
    """Every optional property takes null, at any depth of this definition."""
    if isinstance(schema, list):
        for item in schema:
            _spelt_out(item)
    if not isinstance(schema, dict):
        return
    for value in schema.values():
        _spelt_out(value)
    properties = schema.get("properties")
    if schema.get("type") == "object" and isinstance(properties, dict):
        for name in properties.keys() - {*schema.get("required", ()), "type", "object"}:
            if properties[name]:
                properties[name] = union([properties[name], {"type": "null"}])


def _nullable(schema: Schema, named: str | Sequence[str]) -> Sequence[str]:
    if named == DEEP:
        return ()
    if named == "*":
        return [name for name in schema["properties"] if name not in schema.get("required", ())]
    return named


def joined(values: Sequence[Any], more: Sequence[Any]) -> list[Any]:
    """Both, each value once."""
    return [*values, *(value for value in more if value not in values)]
