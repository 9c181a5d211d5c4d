"""Which requests a rule of a script fits: by operation, request line, headers and body."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from slashv1.reference_server.families import ROUTES
from slashv1.reference_server.script_error import ScriptError, Steps
from slashv1.reference_server.wire import Call

OPERATIONS = tuple(route.operation for route in ROUTES)
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class When:
    """Every condition that is given must hold; none: every request fits."""

    operation: str | None = None
    """Glob over upstream's names."""
    method: str | None = None
    path: str | None = None
    """Glob, from `/v1` on; `*` takes slashes too."""
    model: str | None = None
    """Glob."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Globs, by name in lower case."""
    text: str | None = None
    """Stands in some text of the body."""
    json: Mapping[str, Any] = field(default_factory=dict)
    """Values by JSON Pointer; a negative index counts from the end."""
    absent: tuple[str, ...] = ()
    """JSON Pointers that lead nowhere."""

    def takes(self, operation: str) -> bool:
        """Whether requests of an operation can fit at all."""
        return self.operation is None or fnmatchcase(operation, self.operation)

    def fits(self, call: Call, operation: str) -> bool:
        """Whether a request fits; `operation` is what its request line means."""
        line = (
            self.takes(operation)
            and self.method in (None, call.method)
            and (self.path is None or fnmatchcase(call.path, self.path))
            and all(_like(call.headers.get(name), form) for name, form in self.headers.items())
        )
        return line and self._fits_body(call)

    def _fits_body(self, call: Call) -> bool:
        if self.model is None and self.text is None and not self.json and not self.absent:
            return True
        asked = call.json
        return (
            (self.model is None or _like(asked.get("model"), self.model))
            and (self.text is None or any(self.text in said for said in _said(call, asked)))
            and all(_same(find(asked, pointer), value) for pointer, value in self.json.items())
            and all(find(asked, pointer) is _NOTHING for pointer in self.absent)
        )


def read_when(said: Mapping[str, Any], steps: Steps) -> When:
    """The conditions of a rule.

    Raises:
        ScriptError: an operation that is not served.
    """
    wanted = said.get("operation")
    if wanted is not None and not any(fnmatchcase(name, wanted) for name in OPERATIONS):
        near = difflib.get_close_matches(wanted, OPERATIONS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(OPERATIONS)}"
        raise ScriptError(f"no operation {wanted!r} is served{hint}", *steps, "operation")
    return When(
        operation=wanted,
        method=said.get("method"),
        path=said.get("path"),
        model=said.get("model"),
        headers={name.lower(): form for name, form in said.get("headers", {}).items()},
        text=said.get("text"),
        json=said.get("json", {}),
        absent=tuple(said.get("absent", ())),
    )


def find(value: Any, pointer: str) -> Any:
    """What a JSON Pointer leads to, or `_NOTHING`; a negative index counts from the end."""
    for step in (raw.replace("~1", "/").replace("~0", "~") for raw in pointer.split("/")[1:]):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and _index(step, len(value)) is not None:
            value = value[int(step)]
        else:
            return _NOTHING
    return value


def _index(step: str, size: int) -> int | None:
    digits = step.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        return None
    return int(step) if -size <= int(step) < size else None


def _same(found: Any, wanted: Any) -> bool:
    """Equal as JSON is: true is not 1."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return found.keys() == wanted.keys() and all(_same(found[key], wanted[key]) for key in wanted)
    return bool(found == wanted)


def _like(value: Any, form: str) -> bool:
    return isinstance(value, str) and fnmatchcase(value, form)


def _said(call: Call, asked: Mapping[str, Any]) -> Iterable[str]:
    return _strings(asked) if asked else [call.body.decode("utf-8", "replace")]


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, without recursion: a body may be nested deep."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
