"""YAML files of ours and of users: read, held against a JSON Schema, mistakes named by file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from slashv1.errors import UsageError
from slashv1.spec.data import unpacked

if TYPE_CHECKING:
    from zipfile import Path as Packed

    from jsonschema.exceptions import ValidationError

Steps = tuple[str | int, ...]
"""Keys and indices from the top of a document to a value in it."""
_MAX_DEPTH = 40
_MAX_VALUES = 200_000
_SCHEMAS = unpacked(Path(__file__).parent / "schema")
_FAST: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
_BOOL = "tag:yaml.org,2002:bool"


class _Loader(_FAST):  # type: ignore[misc]  # libyaml's where it was built, ten times as fast
    """YAML as people expect it today: only true and false are booleans, no dates, no key twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way of setting them
        first: [(tag, form) for tag, form in forms if tag not in (_BOOL, "tag:yaml.org,2002:timestamp")]
        for first, forms in _FAST.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if key.value in seen:
                    said = f"{key.value!r} stands here twice"
                    raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
                seen.add(key.value)
        made = super().construct_mapping(node, deep=deep)
        return {key if isinstance(key, str) else json.dumps(key): value for key, value in made.items()}


_Loader.add_implicit_resolver(_BOOL, re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file, read and valid by its schema."""

    path: Path | Packed
    text: str
    value: dict[str, Any]

    def wrong(self, message: str, *steps: str | int) -> UsageError:
        """A mistake at a place, as one line with the file and the line number."""
        return UsageError(f"{self.path}:{line_of(self.text, steps)}: {message}")


def read(path: Path | Packed, schema: str) -> Document:
    """Read a file and hold it against `schema/<schema>.schema.json`.

    Raises:
        UsageError: not readable, not YAML, or not what the schema wants; file, line and a hint.
    """
    document, value = _load(path)
    if not _is_valid(schema, value):
        objection = _objection(schema, value)
        raise document.wrong(_said(objection), *_place(objection))
    return document


def read_mapping(path: Path) -> Document:
    """Read a file that no schema describes.

    Raises:
        UsageError: not readable, not YAML, or no mapping; file and line.
    """
    document, value = _load(path)
    if not isinstance(value, dict):
        raise document.wrong("expected keys with values, `key: value`")
    return document


def _load(path: Path | Packed) -> tuple[Document, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    value = _parse(path, text)
    document = Document(path, text, value if isinstance(value, dict) else {})
    _bounded(document, value)
    return document, value


def nearest(word: str, words: Iterable[str]) -> str:
    """`; did you mean 'x'?` where something is near, else what there is, else nothing."""
    known = {known.lower(): known for known in words}
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {known[near[0]]!r}?"
    return f"; there are: {', '.join(known.values())}" if 0 < len(known) <= 12 else ""


def line_of(text: str, steps: Sequence[str | int]) -> int:
    """Line, from 1, of the key or item that `steps` lead to, or of the last one found on the way.

    The file is parsed a second time for this, so that reading a good one costs no marks.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError):
        return 1
    line = 1
    for step in steps:
        found = _child(node, step)
        if found is None:
            break
        node, line = found
    return line


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if key.tag != _MERGE and key.value == str(step):
            return value, key.start_mark.line + 1
    merged = (value for key, value in node.value if key.tag == _MERGE)
    return next(filter(None, (_child(value, step) for value in merged)), None)


def _parse(path: Path | Packed, text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see above
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = " ".join(filter(None, (error.problem, error.context))) or "not YAML"
        raise UsageError(f"{path}:{line}: {said}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    except (RecursionError, ValueError) as error:
        raise UsageError(f"{path}: not YAML that can be read: {error}") from error


def _bounded(document: Document, value: Any) -> None:
    """Refuse what aliases can blow up: a value within itself, or millions out of a few lines."""
    left = _MAX_VALUES
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        left -= 1
        if depth > _MAX_DEPTH or left < 0:
            raise UsageError(
                f"{document.path}: nested deeper than {_MAX_DEPTH} or too large; look at its aliases"
            )
        if isinstance(item, dict):
            stack.extend((child, depth + 1) for child in item.values())
        elif isinstance(item, list):
            stack.extend((child, depth + 1) for child in item)


_EXCLUSIVE = ("body", "form", "json", "without", "base64", "text")
"""Keys of which some take the place of others, those first that a mistake is shown at."""


@cache
def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((_SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema


def _is_valid(name: str, value: Any) -> bool:
    import jsonschema_rs  # says quickly whether; the other says what and where

    return bool(jsonschema_rs.validator_for(_schema(name)).is_valid(value))


def _objection(name: str, value: Any) -> ValidationError:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    errors: Iterable[ValidationError] = Draft202012Validator(_schema(name)).iter_errors(value)
    found: ValidationError | None = best_match(errors)
    if found is None:
        raise AssertionError(f"two validators differ over a {name} file")
    return found


def _place(error: ValidationError) -> Steps:
    steps: Steps = tuple(error.absolute_path)
    extra = _unknown_keys(error)
    if extra:
        return (*steps, extra[0])
    if error.validator == "not":
        given = error.instance if isinstance(error.instance, dict) else {}
        return (*steps, *[key for key in _EXCLUSIVE if key in given][:1])
    if error.validator == "pattern" and "propertyNames" in error.absolute_schema_path:
        return (*steps, str(error.instance))
    return steps


def _unknown_keys(error: ValidationError) -> list[str]:
    schema: Any = error.schema
    if error.validator != "additionalProperties" or not isinstance(error.instance, dict):
        return []
    return [str(key) for key in error.instance if key not in schema.get("properties", {})]


def _said(error: ValidationError) -> str:
    """One line for one schema error, in the words of the file rather than of the schema."""
    where = ".".join(str(step) for step in error.absolute_path) or "the document"
    schema: Any = error.schema
    rule: Any = error.validator_value
    given: Any = error.instance
    extra = _unknown_keys(error)
    if extra:
        return f"unknown key {extra[0]!r} in {where}{nearest(extra[0], schema['properties'])}"
    got = _short(repr(given))
    match error.validator:
        case "not":
            keys = [f"`{key}`" for key in _EXCLUSIVE if key in given]
            return f"{where}: {' stands beside '.join(keys)}, whose place it takes: keep one"
        case "oneOf":
            keys = [key for one in rule for key in one.get("required", ()) if key in given]
            return f"{where} has {' and '.join(keys)} beside each other: keep one"
        case "enum":
            allowed = [str(value) for value in rule]
            return f"{where} is {got}, which is not allowed{nearest(str(given), allowed)}"
        case "required":
            missing = next(key for key in rule if key not in given)
            return f"{where} lacks the key {missing!r}"
        case "type":
            return f"{where} is {got}; expected {rule if isinstance(rule, str) else ' or '.join(rule)}"
        case "pattern":
            return f"{where} has {got}, which has not the form {rule}"
    return f"{where}: {_short(error.message)}"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"
