"""The typed fields that users of the official client read, and reading them attribute by attribute.

A path is attributes with `.` between them. `[]` goes through a list, `[message]` through its members of
that `type`; `?` after a name lets the attribute be None or absent, and ends there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from slashv1.harness.judge.look import pointer, short

_STEP = re.compile(r"(?P<name>\w+)(?P<optional>\?)?(?:\[(?P<type>\w*)(?P<list>\])?)?")
Paths = Mapping[str, str]
"""Kind by path: `text`, `whole` or `number`."""

_CHAT_USAGE = dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), "whole")
_USAGE = dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), "whole")


def _below(path: str, paths: Paths) -> dict[str, str]:
    return {f"{path}.{inner}": kind for inner, kind in paths.items()}


MODEL = {"id": "text", "object": "text", "created": "whole", "owned_by": "text"}
COMPLETION = {
    "id": "text",
    "object": "text",
    "created": "whole",
    "model": "text",
    "choices[].index": "whole",
    "choices[].finish_reason": "text",
    "choices[].message.role": "text",
    "choices[].message.content?": "text",
    "choices[].message.tool_calls?[].id": "text",
    "choices[].message.tool_calls?[].type": "text",
    "choices[].message.tool_calls?[function].function.name": "text",
    "choices[].message.tool_calls?[function].function.arguments": "text",
    **_below("usage", _CHAT_USAGE),
}
RESPONSE = {
    "id": "text",
    "object": "text",
    "created_at": "number",
    "model": "text",
    "status": "text",
    "output[].type": "text",
    "output[message].id": "text",
    "output[message].role": "text",
    "output[message].content[].type": "text",
    "output[message].content[output_text].text": "text",
    "output[message].content[refusal].refusal": "text",
    "output[function_call].call_id": "text",
    "output[function_call].name": "text",
    "output[function_call].arguments": "text",
    **_below("usage?", _USAGE),
}
EMBEDDINGS = {
    "model": "text",
    "data[].index": "whole",
    "usage.prompt_tokens": "whole",
    "usage.total_tokens": "whole",
}
CHUNK = {
    "id": "text",
    "object": "text",
    "created": "whole",
    "model": "text",
    "choices?[].index": "whole",
    "choices?[].finish_reason?": "text",
    "choices?[].delta.role?": "text",
    "choices?[].delta.content?": "text",
    "choices?[].delta.tool_calls?[].index": "whole",
    "choices?[].delta.tool_calls?[].id?": "text",
    "choices?[].delta.tool_calls?[].function?.name?": "text",
    "choices?[].delta.tool_calls?[].function?.arguments?": "text",
    **_below("usage?", _CHAT_USAGE),
}
ANSWERS: Mapping[str, Paths] = MappingProxyType(
    {
        "chat.completions.create": COMPLETION,
        "responses.create": RESPONSE,
        "responses.retrieve": RESPONSE,
        "responses.cancel": RESPONSE,
        "responses.input_tokens.count": {"input_tokens": "whole"},
        "embeddings.create": EMBEDDINGS,
        "models.list": _below("data[]", MODEL),
        "models.retrieve": MODEL,
    }
)
"""By operation, of what a plain answer becomes."""
_PLACE = {"item_id": "text", "output_index": "whole"}
_PART = {**_PLACE, "content_index": "whole"}
EVENTS: Mapping[str, Paths] = MappingProxyType(
    {
        "response.created": {"response.id": "text"},
        "response.output_item.added": {"output_index": "whole", "item.type": "text"},
        "response.output_item.done": {"output_index": "whole", "item.type": "text"},
        "response.output_text.delta": {**_PART, "delta": "text"},
        "response.output_text.done": {**_PART, "text": "text"},
        "response.refusal.delta": {**_PART, "delta": "text"},
        "response.function_call_arguments.delta": {**_PLACE, "delta": "text"},
        "response.function_call_arguments.done": {**_PLACE, "arguments": "text"},
        **dict.fromkeys(
            ("response.completed", "response.incomplete", "response.failed"), _below("response", RESPONSE)
        ),
    }
)
"""By type, of an event of a Responses stream."""


@dataclass(frozen=True, slots=True)
class Misread:
    """A field that the client does not give as its type says."""

    pointer: str
    attribute: str
    """As a user writes it."""
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    optional: bool
    through: bool
    """Go on in each member of the list that stands here."""
    type: str


@cache
def _steps(path: str) -> tuple[_Step, ...]:
    found = [_STEP.fullmatch(part) for part in path.split(".")]
    return tuple(_Step(m["name"], bool(m["optional"]), bool(m["list"]), m["type"] or "") for m in found if m)


def misread(value: Any, paths: Paths) -> Iterator[Misread]:
    """Every field of an object that raises when it is read, or is of another type; each place once."""
    told: set[str] = set()
    for path, kind in paths.items():
        for one in _walk(value, _steps(path), kind, (), ""):
            if one.pointer not in told:
                told.add(one.pointer)
                yield one


def _walk(
    value: Any, steps: tuple[_Step, ...], kind: str, way: tuple[str | int, ...], said: str
) -> Iterator[Misread]:
    step, rest = steps[0], steps[1:]
    way, said = (*way, step.name), f"{said}.{step.name}" if said else step.name
    try:
        found = getattr(value, step.name)
    except AttributeError:
        if not step.optional:
            yield Misread(pointer(*way), said, _named(step, rest, kind), "AttributeError")
        return
    if found is None and step.optional:
        return
    if step.through:
        yield from _through(found, step, rest, kind, way, said)
    elif rest and found is None:
        yield Misread(pointer(*way), said, "an object", "None")
    elif rest:
        yield from _walk(found, rest, kind, way, said)
    elif not KINDS[kind](found):
        yield Misread(pointer(*way), said, _NAMES[kind], short(found))


def _through(
    found: Any, step: _Step, rest: tuple[_Step, ...], kind: str, way: tuple[str | int, ...], said: str
) -> Iterator[Misread]:
    if not isinstance(found, list):
        yield Misread(pointer(*way), said, "a list", short(found))
        return
    for at, member in enumerate(found):
        if not step.type or getattr(member, "type", None) == step.type:
            yield from _walk(member, rest, kind, (*way, at), f"{said}[{at}]")


def _named(step: _Step, rest: tuple[_Step, ...], kind: str) -> str:
    return "a list" if step.through else "an object" if rest else _NAMES[kind]


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
_NAMES = {"text": "str", "whole": "int", "number": "float"}
