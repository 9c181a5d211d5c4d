"""Judging a request's JSON by the rules in validation.json, with the errors OpenAI gives.

A rule has a `type` (or `any` of several, or variants `of` a discriminator `by`), bounds, and for objects
`properties`, `required` and `open`. The first breach is raised, in the order of the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

from slashv1.reference_server.problems import ApiError, missing_parameter
from slashv1.reference_server.tables import table

Rule = Mapping[str, Any]


class Limits(Protocol):
    """What is narrower for a model: see `ChatLimits`."""

    @property
    def unknown(self) -> str | None: ...
    @property
    def unknown_too(self) -> tuple[str, ...]: ...
    @property
    def bounds(self) -> Mapping[str, Mapping[str, Any]]: ...


_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "decimal": "a decimal",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
}


_FILES = ("validation", "validation_stores", "validation_phase3")


@cache
def rules() -> dict[str, Any]:
    """The rules by operation, and `defs` they use."""
    merged: dict[str, Any] = {"defs": {}}
    for name in _FILES:
        loaded = table(name)
        merged["defs"].update(loaded.pop("defs", {}))
        merged.update(loaded)
    return merged


def validate(operation: str, asked: dict[str, Any], limits: Limits | None = None) -> None:
    """Hold a request against the rules of its operation; `limits`: what is narrower for its model.

    Raises:
        ApiError: the first breach, with OpenAI's code and param.
    """
    rule = rules()[operation] if limits is None else _narrowed(rules()[operation], limits)
    named = rule["unknown"] == "parameter"
    if not named:
        _known(rule, asked)
    for name in rule["required"]:
        if name not in asked:
            raise missing_parameter(name)
    if named:
        _known(rule, asked)
    for name, inner in rule["properties"].items():
        if name in asked:
            _value(inner, asked[name], name)


def _narrowed(rule: Rule, limits: Limits) -> Rule:
    known = {name: inner for name, inner in rule["properties"].items() if name not in limits.unknown_too}
    bounded = {name: {**known[name], **inner} for name, inner in limits.bounds.items()}
    return {**rule, "unknown": limits.unknown or rule["unknown"], "properties": {**known, **bounded}}


def validate_late(operation: str, asked: dict[str, Any]) -> None:
    """Hold a request against the bounds that OpenAI looks at after the combinations."""
    for name, inner in rules()[operation].get("late", {}).items():
        if name in asked:
            _value(inner, asked[name], name)


def validate_only(operation: str, asked: dict[str, Any], *names: str) -> None:
    """Hold some parameters against their rules, where OpenAI looks at them before all others."""
    for name in names:
        if name in asked:
            _value(rules()[operation]["properties"][name], asked[name], name)


def _known(rule: Rule, asked: dict[str, Any]) -> None:
    unknown = [name for name in asked if name not in rule["properties"]]
    if not unknown:
        return
    moved = rule.get("moved", {}).get(unknown[0])
    if moved is not None:
        raise ApiError(
            f"Unsupported parameter: '{unknown[0]}'. In the Responses API, this parameter has moved to "
            f"'{moved}'. Try again with the new parameter. See the API documentation for more information: "
            "https://platform.openai.com/docs/api-reference/responses/create.",
            code="unsupported_parameter",
        )
    if rule["unknown"] == "parameter":
        raise _unknown(unknown[0])
    plural = "s" if len(unknown) > 1 else ""
    raise ApiError(f"Unrecognized request argument{plural} supplied: {', '.join(unknown)}")


def _unknown(path: str) -> ApiError:
    return ApiError(f"Unknown parameter: '{path}'.", param=path, code="unknown_parameter")


def from_text(kind: str | None, text: str) -> Any:
    """The value of a parameter that comes as text; what is none of its kind stays a text, to be refused."""
    if kind == "integer":
        try:
            return int(text)
        except ValueError:
            return text
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text


def exclude(operation: str, asked: dict[str, Any]) -> None:
    """Refuse parameters that exclude each other."""
    for pair in rules()[operation].get("not_both", ()):
        if asked.get(pair["param"]) is not None and asked.get(pair["other"]) is not None:
            raise ApiError(
                f"Setting '{pair['param']}' and '{pair['other']}' at the same time is not supported.",
                param=pair["param"],
                code=pair["code"],
            )


def combine(operation: str, asked: dict[str, Any], *params: str) -> None:
    """Refuse these parameters where the one they need is not on."""
    pairs = {pair["param"]: pair for pair in rules()[operation]["only_with"]}
    for pair in (pairs[param] for param in params):
        given = asked.get(pair["param"])
        if given is not None and given != pair.get("unless") and not asked.get(pair["needs"]):
            raise ApiError(
                f"The '{pair['param']}' parameter is only allowed when '{pair['needs']}' is enabled.",
                param=pair["param"],
            )


def _value(rule: Rule, value: Any, path: str) -> None:
    if "use" in rule:
        rule = {**rules()["defs"][rule["use"]], **{k: v for k, v in rule.items() if k != "use"}}
    if value is None and rule.get("null"):
        return
    if "any" in rule:
        fitting = [inner for inner in rule["any"] if _fits(inner, value)]
        if not fitting:
            raise _wrong_type(rule, value, path)
        _value(fitting[0], value, path)
        return
    if not _fits(rule, value):
        raise _wrong_type(rule, value, path)
    _CHECKS[rule["type"]](rule, value, path)


def _fits(rule: Rule, value: Any) -> bool:
    kind = rule["type"]
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "decimal":
        return isinstance(value, int | float) and not isinstance(value, bool)
    classes = {"string": str, "boolean": bool, "object": dict, "array": list}
    return isinstance(value, classes[kind])


def kind_of(value: Any) -> str:
    """How an error names what came: `a string`, `an integer`, `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    kinds = {str: "string", int: "integer", float: "decimal", dict: "object", list: "array"}
    return _NAMES[kinds[type(value)]]


def _wrong_type(rule: Rule, value: Any, path: str) -> ApiError:
    wanted = rule.get("says") or _NAMES[rule["type"]]
    return ApiError(
        f"Invalid type for '{path}': expected {wanted}, but got {kind_of(value)} instead.",
        param=path,
        code="invalid_type",
    )


def check_number(rule: Rule, value: float, path: str) -> None:
    """Hold a number against its bounds."""
    kind = rule["type"]
    for bound, low in ((rule.get("min"), True), (rule.get("max"), False)):
        if bound is None or (value >= bound if low else value <= bound):
            continue
        raise ApiError(
            f"Invalid '{path}': {kind} {'below minimum' if low else 'above maximum'} value. "
            f"Expected a value {'>=' if low else '<='} {bound}, but got {value} instead.",
            param=path,
            code=f"{kind}_{'below_min' if low else 'above_max'}_value",
        )


def _boolean(rule: Rule, value: bool, path: str) -> None:
    """Every boolean is fine."""


def _string(rule: Rule, value: str, path: str) -> None:
    if "enum" in rule and value not in rule["enum"]:
        raise invalid_value(value, rule["enum"], path)
    if len(value) < rule.get("min_length", 0):
        raise ApiError(
            f"Invalid '{path}': empty string. Expected a string with minimum length {rule['min_length']}, "
            "but got an empty string instead.",
            param=path,
            code="empty_string",
        )
    if len(value) > rule.get("max_length", len(value)):
        raise ApiError(
            f"Invalid '{path}': string too long. Expected a string with maximum length "
            f"{rule['max_length']}, but got a string with length {len(value)} instead.",
            param=path,
            code="string_above_max_length",
        )
    if "pattern" in rule and not re.search(rule["pattern"], value):
        raise ApiError(
            f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern "
            f"'{rule['pattern']}'.",
            param=path,
            code="invalid_value",
        )


def invalid_value(value: Any, options: list[str], path: str) -> ApiError:
    """A value out of an enumeration."""
    quoted = [f"'{option}'" for option in options]
    listed = f"{', '.join(quoted[:-1])}{',' if len(quoted) > 2 else ''} and {quoted[-1]}"
    return ApiError(
        f"Invalid value: '{value}'. Supported values are: {listed}.", param=path, code="invalid_value"
    )


def _array(rule: Rule, value: list[Any], path: str) -> None:
    if len(value) < rule.get("min_items", 0):
        raise ApiError(
            f"Invalid '{path}': empty array. Expected an array with minimum length {rule['min_items']}, "
            "but got an empty array instead.",
            param=path,
            code="empty_array",
        )
    if len(value) > rule.get("max_items", len(value)):
        raise ApiError(
            f"Invalid '{path}': array too long. Expected an array with maximum length {rule['max_items']}, "
            f"but got an array with length {len(value)} instead.",
            param=path,
            code="array_above_max_length",
        )
    for index, item in enumerate(value):
        if "items" in rule:
            _value(rule["items"], item, f"{path}[{index}]")


def _object(rule: Rule, value: dict[str, Any], path: str) -> None:
    if "by" in rule:
        rule = _variant(rule, value, path)
    _mapping(rule, value, path)
    for name in rule.get("required", ()):
        if name not in value:
            raise missing_parameter(f"{path}.{name}")
    wanted = rule.get("named", {}).get(value.get("type"))
    if wanted is not None and wanted not in value:
        raise missing_parameter(f"{path}.{wanted}")
    properties = rule.get("properties", {})
    if "values" not in rule and not rule.get("open"):
        for name in value:
            if name not in properties:
                raise _unknown(f"{path}.{name}")
    for name, inner in properties.items():
        if name in value:
            _value(inner, value[name], f"{path}.{name}")


def _variant(rule: Rule, value: dict[str, Any], path: str) -> Rule:
    """The rule that the discriminator picks."""
    key = rule["by"]
    place = f"{path}.{key}"
    picked = value.get(key, rule.get("default"))
    if picked is None and key not in value:
        raise missing_parameter(place)
    if not isinstance(picked, str):
        raise _wrong_type({"type": "string"}, picked, place)
    if picked not in rule["of"]:
        raise invalid_value(picked, rule.get("order") or list(rule["of"]), place)
    inner: Rule = rule["of"][picked]
    return rules()["defs"][inner["use"]] if "use" in inner else inner


def _mapping(rule: Rule, value: dict[str, Any], path: str) -> None:
    """Rules for objects whose keys are free: `metadata`."""
    most = rule.get("max_properties")
    if most is not None and len(value) > most:
        raise ApiError(
            f"Invalid '{path}': too many properties. Expected an object with at most {most} properties, "
            f"but got an object with {len(value)} properties instead.",
            param=path,
            code="object_above_max_properties",
        )
    for name, item in value.items():
        if len(name) > rule.get("max_name", len(name)):
            raise ApiError(
                f"Invalid property name in '{path}': '{name}' is too long. Expected a string with maximum "
                f"length {rule['max_name']}, but got a string with length {len(name)} instead.",
                param=f"{path}.{name}",
                code="property_name_above_max_length",
            )
        if "values" in rule:
            _value(rule["values"], item, f"{path}.{name}")


_CHECKS: dict[str, Callable[[Rule, Any, str], None]] = {
    "integer": check_number,
    "decimal": check_number,
    "boolean": _boolean,
    "string": _string,
    "array": _array,
    "object": _object,
}
