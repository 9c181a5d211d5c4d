"""Where the shapes of two answers differ, and what may differ: what the model chose, and what is of a day.

Genuine answers are of four years, the gateway's of today: a key is held against it only for days on which
genuine OpenAI was of one mind about it, as the genuine answers themselves say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Any

from benchmarks.parity_source import Genuine, Reply
from slashv1.harness.shape import kind_of
from slashv1.reference_server.catalog import find

Shape = Mapping[str, frozenset[str]]
"""The kinds of values at each path; an element of an array is named by its `type`, `role` or `object`."""

FREE = ("metadata", "parameters", "schema", "logit_bias", "logprobs", "attributes", "input_schema", "error")
"""Objects whose keys are the client's, or whose entries are the model's; `error` is in the verdict."""
CHOSEN = (
    "*choices[[]]*.tool_calls*",
    "*choices[[]]*.function_call*",
    "*choices[[]]*.content",
    "*choices[[]]*.refusal",
    "*choices[[]].finish_reason",
    "*choices[[]]*.annotations[[]*",
    "*output[[]*",
    "*incomplete_details*",
    "*completed_at",
    "*summary[[]*",
    "*annotations[[]*",
    "*system_fingerprint",
)
"""Paths whose presence or kind is what the model said, or which machine it ran on."""
_CHOSEN = re.compile("|".join(f"(?:{translate(rule)})" for rule in CHOSEN))
REDACTED = "redacted"
"""The kind of a value that the recorder put another in place of."""
FEW = 3
"""So many exchanges must agree before a day is believed to be the one on which a key began or ended."""


def shape_of(value: Any) -> Shape:
    """Every path of a JSON value with the kinds found there."""
    found: dict[str, set[str]] = {}
    for path, kind in _walk(value, ""):
        found.setdefault(path, set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def _walk(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield path, "object"
        if path.rpartition(".")[2] not in FREE:
            for key, inner in value.items():
                yield from _walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield path, "array"
        if path.rpartition(".")[2] not in FREE:
            for inner in value:
                yield from _walk(inner, f"{path}[{_name(inner)}]")
    else:
        yield path, _kind(value)


def _name(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    named = (value.get(key) for key in ("type", "role", "object"))
    return next((name for name in named if isinstance(name, str)), "")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return REDACTED if value.startswith(("[REDACTED", "[redacted")) else "string"
    return "number"


def shapes(reply: Reply) -> Shape:
    """Of a body; of a stream, what each kind of frame holds."""
    if reply.frames is None:
        return shape_of(reply.body)
    found: dict[str, frozenset[str]] = {}
    for event, value in reply.frames:
        name = _frame_name(event, value)
        for path, kinds in shape_of(value).items():
            found[f"{name}:{path}"] = found.get(f"{name}:{path}", frozenset()) | kinds
    return found


def _frame_name(event: str | None, value: Any) -> str:
    """Chunks are all of one shape but for the last ones, which have no choices; items are told apart."""
    if not isinstance(value, dict):
        return kind_of(event, value)
    if value.get("choices"):
        return "chunk"
    inner = value.get("item") or value.get("part")
    return f"{kind_of(event, value)}<{_name(inner)}>" if inner else kind_of(event, value)


def _holders(path: str) -> Iterator[str]:
    """What must be on both sides before a path is asked for: the frame, and the elements it runs through."""
    frame, cut, rest = path.partition(":")
    start = len(frame) + len(cut) if cut else 0
    if cut and rest:
        yield f"{frame}:"
    at = path.find("]", start)
    while at >= 0:
        if at < len(path) - 1:
            yield path[: at + 1]
        at = path.find("]", at + 1)


def _parent(path: str) -> str:
    """The object or array that a path stands in."""
    frame = path.find(":") + 1
    return path[: max(path.rfind("."), path.rfind("["), frame)]


@dataclass(slots=True)
class Calendar:
    """When genuine answers began and ceased to carry a path or a kind of value there, by sort of answer."""

    known: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seen: dict[tuple[str, str], list[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(list))
    turns: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def learn(self, genuine: Genuine, *answers: Shape) -> None:
        """Note which paths and kinds there are, whoever sent them."""
        for paths in answers:
            self.known[_sort(genuine)] |= _names(paths)

    def add(self, genuine: Genuine, paths: Shape) -> None:
        """Note of every known path whether this answer carries it, where it carries what it stands in."""
        names = _names(paths)
        for name in self.known[_sort(genuine)]:
            if name in names or (name.partition("~")[0] if "~" in name else _parent(name)) in paths:
                self.seen[_thing(genuine, name)].append((genuine.day, name in names))

    def add_headers(self, genuine: Genuine, names: frozenset[str], known: Iterable[str]) -> None:
        """Note of every known header whether this answer carries it."""
        for name in known:
            self.seen[_sort(genuine), f"header {name}"].append((genuine.day, name in names))

    def excuses(self, genuine: Genuine, name: str) -> bool:
        """Whether on that day a path was sent, or not, though today it is the other way round."""
        key = _thing(genuine, name)
        if key not in self.turns:
            self.turns[key] = _turn(self.seen.get(key, []))
        turn = self.turns[key]
        return turn is not None and genuine.day <= turn


def _names(paths: Shape) -> set[str]:
    return {*paths, *(f"{path}~{kind}" for path, kinds in paths.items() for kind in kinds)}


def _sort(genuine: Genuine) -> str:
    """Answers that carry the same keys: of one object, by models of one kind."""
    asked = genuine.asked if isinstance(genuine.asked, dict) else {}
    body = genuine.reply.body if isinstance(genuine.reply.body, dict) else {}
    model = find(str(asked.get("model") or body.get("model")))
    kind = f"{model.kind} {' '.join(model.can.hides)}" if model else ""
    return f"{_ONE_OBJECT.sub('responses', genuine.operation)} {kind}"


def _thing(genuine: Genuine, name: str) -> tuple[str, str]:
    """What a path is of, and where in it: a response is one in whatever frame, its tools of every model."""
    inner = _FRAME.sub("", name)
    return ("responses" if _SHARED.match(inner) else _sort(genuine), inner)


_FRAME = re.compile(r"^response\.\w+:response\.")
_SHARED = re.compile(r"tools\[|usage\.input_tokens_details")
_ONE_OBJECT = re.compile(r"^responses\.(?:create|retrieve|cancel)$")
"""Operations that answer with the same object."""


def _turn(notes: list[tuple[str, bool]]) -> str | None:
    """The last day on which genuine answers did otherwise than ever since; None: no day parts them."""
    there = sorted(day for day, present in notes if present)
    gone = sorted(day for day, present in notes if not present)
    for before, since in ((gone, there), (there, gone)):
        if before and sum(day > before[-1] for day in since) >= FEW:
            return before[-1]
    return None


def apart(genuine: Genuine, ours: Reply, calendar: Calendar) -> list[str]:
    """Paths that only genuine has (`-`), only the gateway (`+`), or with other kinds (`~`).

    Left out is what may differ, and what stands inside of something that only one side has.
    """
    theirs, mine = shapes(genuine.reply), shapes(ours)
    return [
        said
        for path in {**theirs, **mine}
        if theirs.get(path) != mine.get(path) and not _CHOSEN.match(path)
        for said in [_difference(genuine, path, theirs, mine, calendar)]
        if said is not None
    ]


def _difference(genuine: Genuine, path: str, theirs: Shape, mine: Shape, calendar: Calendar) -> str | None:
    above = (*_holders(path), _parent(path))
    if not all(holder in theirs and holder in mine for holder in above if holder and holder != path):
        return None
    if path in theirs and path in mine:
        return _of_other_kind(genuine, path, theirs[path], mine[path], calendar)
    if path.endswith(":") or calendar.excuses(genuine, path):
        return None
    return f"{'-' if path in theirs else '+'}{path}"


def _of_other_kind(
    genuine: Genuine, path: str, theirs: frozenset[str], mine: frozenset[str], calendar: Calendar
) -> str | None:
    if theirs & mine or REDACTED in theirs | mine:
        return None
    if any(calendar.excuses(genuine, f"{path}~{kind}") for kind in theirs | mine):
        return None
    return f"~{path} {'/'.join(sorted(theirs))} / {'/'.join(sorted(mine))}"
