"""The input file of a batch, judged line by line as OpenAI does before it runs any."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.spec.jsontext import parse

Data = dict[str, Any]
Find = Callable[[str], Model | None]
"""A model by its name."""
_KEYS = (("custom_id", str), ("method", str), ("url", str), ("body", dict))
_WORDS = {str: "a string", dict: "an object"}
MOST_LINES = 50_000
MOST_BYTES = 200 * 1024 * 1024
"""Of an input file, by upstream's reference of `batches.create`."""
_MOST_ERRORS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One request."""

    number: int
    """From 1."""
    custom_id: str
    url: str
    body: Data


Lines = Mapping[str, Line]
"""By custom_id."""


def read_lines(content: bytes, endpoint: str, known: Find) -> tuple[list[Line], list[Data]]:
    """The requests of a file, and what is wrong with it: no line is run where there is anything."""
    texts = [(number, text) for number, text in enumerate(content.split(b"\n"), 1) if text.strip()]
    if not texts:
        return [], [_error("empty_file", "The input file is empty. Please ensure that it has requests.")]
    if len(texts) > MOST_LINES:
        said = f"The input file has {len(texts)} requests, the maximum is {MOST_LINES}."
        return [], [_error("too_many_requests", said)]
    lines: dict[str, Line] = {}
    errors: list[Data] = []
    for number, text in texts:
        value = _value(text)
        faults = list(_faults(value, number, endpoint, lines, known))
        errors += faults
        if not faults:
            name = value["custom_id"]
            lines[name] = Line(number, name, value["url"], value["body"])
        if len(errors) >= _MOST_ERRORS:
            break
    return [*lines.values()], errors


def too_long(size: int) -> Data:
    """What is wrong with a file that is not read at all."""
    said = f"The input file has {size} bytes, the maximum is {MOST_BYTES}."
    return _error("file_too_large", said)


def _value(text: bytes) -> Any:
    document = parse(text)
    return document.value if document.ok else None


def _faults(value: Any, number: int, endpoint: str, before: Lines, known: Find) -> Iterator[Data]:
    if not isinstance(value, dict):
        yield _error("invalid_json_line", "This line is not parseable as valid JSON.", number)
        return
    shapeless = list(_shape(value, number))
    yield from shapeless
    if shapeless:
        return
    if value["method"] != "POST":
        yield _error("invalid_method", "The method must be 'POST'.", number, "method")
    if value["url"] != endpoint:
        said = "The URL provided for this request does not match the batch endpoint."
        yield _error("invalid_url", said, number, "url")
    if value["custom_id"] in before:
        said = f"The custom_id '{value['custom_id']}' for this request is a duplicate of another request."
        yield _error("duplicate_custom_id", said, number, "custom_id")
    yield from _model(value["body"].get("model"), number, before, known)


def _shape(value: Data, number: int) -> Iterator[Data]:
    for key, kind in _KEYS:
        if key not in value:
            said = f"Missing required parameter: '{key}'."
            yield _error("missing_required_parameter", said, number, key)
        elif not isinstance(value[key], kind):
            said = f"Invalid type for '{key}': expected {_WORDS[kind]}."
            yield _error("invalid_type", said, number, key)


def _model(model: Any, number: int, before: Lines, known: Find) -> Iterator[Data]:
    if not isinstance(model, str):
        said = "Missing required parameter: 'body.model'."
        yield _error("missing_required_parameter", said, number, "body.model")
    elif known(model) is None:
        said = f"The provided model '{model}' is not supported by the Batch API."
        yield _error("model_not_found", said, number, "body.model")
    elif before and next(iter(before.values())).body["model"] != model:
        said = (
            f"The provided model '{model}' for this request does not match the rest of the batch. "
            "Each batch must contain requests for a single model."
        )
        yield _error("mismatched_model", said, number, "body.model")


def _error(code: str, message: str, line: int | None = None, param: str | None = None) -> Data:
    return {"code": code, "message": message, "param": param, "line": line}
