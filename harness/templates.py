"""Requests ready to send: `${…}` filled from model names and earlier answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from slashv1 import __version__
from slashv1.harness.forms import asked_of, encoded, parts_of
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.spec import operations

_HOLE = re.compile(r"\$\{([^}]*)\}")
_OF_ARRAYS = ("*", "-1", "length")
"""What a pointer may say of an array beside a place: all of it, its last item, how many it has."""
_NOTHING = object()
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
"""Model ids may hold slashes, which the SDKs send as they are."""


class Unfilled(Exception):  # noqa: N818 - the reason for a skip, not an error
    """A `${…}` has no value; the text says which step should have given it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it goes out; `headers` in the order they are sent, secrets in them."""

    method: str
    path: str
    """Percent-encoded, from `/v1` on."""
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    asked: Any = None
    """The JSON value of the body, or the fields of a form; None where there is none."""


def prepare(
    case: Case,
    *,
    models: Mapping[str, str],
    answers: Mapping[str, Reading],
    api_key: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    query: tuple[tuple[str, str], ...] = (),
) -> Prepared:
    """Fill a case's request.

    `models`: values of `${model}` and `${embedding_model}`; `answers`: by case id, the steps before.

    Raises:
        Unfilled: a model is not known, or a step's answer lacks the value.
    """

    def value_of(hole: str) -> Any:
        if hole in models:
            return models[hole]
        return _from_answer(hole, answers)

    template = case.request
    asked = _fill(template.json, value_of)
    body = dump(asked) if template.json is not None else _raw(template.body, value_of)
    media = "application/json"
    if template.form is not None:
        parts = parts_of(_fill(template.form, value_of))
        asked, (media, body) = asked_of(parts), encoded(parts)
    path = _HOLE.sub(lambda m: _in_path(m[1], _text(value_of(m[1]))), template.path)
    own = {name: None if v is None else _text(_fill(v, value_of)) for name, v in template.headers.items()}
    filled = [(name, _text(_fill(value, value_of))) for name, value in template.query.items()]
    sent = _headers(_usual(case, api_key, media if body is not None else None), headers, own)
    return Prepared(template.method, path, (*filled, *query), sent, body or None, asked)


def _in_path(hole: str, text: str) -> str:
    """A value within a path; a name that ends in `_encoded` asks for its slashes to be encoded too."""
    safe = _PATH_SAFE.replace("/", "") if hole.endswith("_encoded") else _PATH_SAFE
    return quote(text, safe=safe, errors="replace")


def respelt(prepared: Prepared, names: Mapping[str, str]) -> Prepared:
    """The same request, top-level keys of its JSON body renamed."""
    posted = dict(prepared.headers).get("Content-Type", "").startswith("application/json")
    if not posted or not isinstance(prepared.asked, dict) or not names.keys() & prepared.asked.keys():
        return prepared
    asked = {names.get(key, key): value for key, value in prepared.asked.items()}
    return replace(prepared, asked=asked, body=dump(asked))


def needs_model(case: Case, name: str) -> bool:
    """Whether a case's request holds `${name}`."""
    request = case.request
    whole = f"{request.path}{request.body or ''}{dict(request.query)}{dict(request.headers)}{request.form}"
    return f"${{{name}}}" in whole or f"${{{name}}}" in json.dumps(request.json, default=str)


def dump(value: Any) -> bytes:
    """JSON as the official SDKs send it: compact, UTF-8; escaped where a text is no Unicode.

    Raises:
        Unfilled: an earlier answer gave a value that cannot be written as JSON.
    """
    try:
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            return json.dumps(value, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise Unfilled(f"a value of an earlier answer cannot be sent as JSON: {error}") from None


def _raw(text: str | None, value_of: Any) -> bytes | None:
    return None if text is None else _text(_fill(text, value_of)).encode("utf-8", "replace")


def _usual(case: Case, api_key: str | None, media: str | None) -> list[tuple[str, str]]:
    """`media`: of the body; None where there is none."""
    usual = [
        ("Accept", _accepted(case)),
        ("Accept-Encoding", "identity"),
        ("User-Agent", f"slashv1/{__version__}"),
    ]
    if media:
        usual.append(("Content-Type", media))
    if api_key:
        usual.append(("Authorization", f"Bearer {api_key}"))
    return usual


def _accepted(case: Case) -> str:
    """As the official SDKs ask for it: what may be a file is taken whatever it is."""
    if case.stream:
        return "text/event-stream"
    known = operations().get(case.operation)
    return "application/json" if known is None or known.answer == "json" else "*/*"


def _headers(
    usual: list[tuple[str, str]], given: tuple[tuple[str, str], ...], own: Mapping[str, str | None]
) -> tuple[tuple[str, str], ...]:
    """The user's headers replace usual ones, the case's replace both; None takes one away."""
    replaced = {name.lower() for name, _ in given}
    both = [pair for pair in usual if pair[0].lower() not in replaced] + list(given)
    taken = {name.lower() for name in own}
    kept = [pair for pair in both if pair[0].lower() not in taken]
    return (*kept, *((name, value) for name, value in own.items() if value is not None))


def _fill(value: Any, value_of: Any) -> Any:
    """A text that is one hole becomes the value itself, whatever its type; others become text."""
    if isinstance(value, str):
        whole = _HOLE.fullmatch(value)
        if whole:
            return value_of(whole[1])
        return _HOLE.sub(lambda m: _text(value_of(m[1])), value)
    if isinstance(value, dict):
        return {key: _fill(item, value_of) for key, item in value.items()}
    if isinstance(value, list):
        return [filled for item in value for filled in _items(item, value_of)]
    return value


def _items(item: Any, value_of: Any) -> list[Any]:
    """One item of an array; where it is the whole of another array (`…/*`), all of its items."""
    whole = _HOLE.fullmatch(item) if isinstance(item, str) else None
    filled = _fill(item, value_of)
    return filled if whole and whole[1].endswith("/*") and isinstance(filled, list) else [filled]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _from_answer(hole: str, answers: Mapping[str, Reading]) -> Any:
    step, at, header = hole.partition("@")
    if at and step in answers:
        return _header(step, header, answers[step])
    step, hash_sign, pointer = hole.partition("#")
    if not hash_sign or step not in answers:
        raise Unfilled(f"${{{hole}}} has no value")
    value = _answer(answers[step])
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and value and (name in _OF_ARRAYS or name.isdigit()):
            value = _within(value, name)
        else:
            value = _NOTHING
        if value is _NOTHING:
            raise Unfilled(f"the answer of step {step} has no {pointer}")
    if value is None or value == "":
        raise Unfilled(f"the answer of step {step} has nothing at {pointer}")
    return value


def _header(step: str, name: str, reading: Reading) -> str:
    found = reading.exchange.header(name)
    if not found:
        raise Unfilled(f"the answer of step {step} has no header {name}")
    return found


def _within(values: list[Any], name: str) -> Any:
    if name == "*":
        return values
    if name == "length":
        return len(values)
    place = int(name)
    return values[place] if place < len(values) else _NOTHING


def _answer(reading: Reading) -> Any:
    """The JSON body; of a stream, the last object that stands in an event's `response`, or the last event."""
    if reading.exchange.content_type != "text/event-stream":
        return reading.body
    wholes = [event.object["response"] for event in reading.events if "response" in event.object]
    last = [event.value for event in reading.events[-1:]]
    return (wholes or last or [None])[-1]
