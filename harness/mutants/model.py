"""What a mutation is: an operator, the sites it finds in an exchange, and the rules that rule one out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Any, TypeVar

from slashv1.fixtures import Exchange
from slashv1.fixtures.exchange import Facet
from slashv1.harness.mutants.edit import Cut, Path, cuts, pointer, with_body, with_cuts
from slashv1.harness.recorded import Recorded, case_of
from slashv1.matrix import Case
from slashv1.spec import Operation, parse

T = TypeVar("T")

PLAIN, STREAM, ERROR = "plain", "stream", "error"

RULES: Mapping[str, str] = MappingProxyType(
    {
        "optional-key": "the contract lets the key be absent on that day",
        "nullable": "the contract lets null stand there",
        "type-allowed": "the contract lets the other type stand there too",
        "free-form": "the contract says nothing of the value: a caller's or a tool's own",
        "open-map": "the object takes any key: metadata, a schema of the caller's",
        "open-set": "no closed set of values: the contract lets any text stand there",
        "fits-too": "the object keeps the contract of the other kind as well",
        "resumed": "the stream resumes another: what came before is not there to compare with",
        "same-bytes": "the change makes nothing different: equal frames, equal values",
        "told-nowhere-else": "nothing else in the stream repeats what the frame said",
        "commutes": "the two events belong to different items, or say nothing of each other's order",
        "still-json": "the changed arguments are still a JSON object",
        "within-bounds": "the changed number still keeps every sum and bound",
        "not-asked": "the request did not ask for what the mutant lacks",
    }
)
"""Why a mutant would be no violation: such a one is counted, not judged."""


@dataclass(frozen=True)
class Baseline:
    """An exchange without objection, and what operators read of it."""

    record: Recorded
    operation: Operation
    source: str
    """`recorded` (the file given), `fixture` (the package's own) or `example` (generated)."""
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def exchange(self) -> Exchange:
        """As it was recorded."""
        return self.record.exchange

    @cached_property
    def case(self) -> Case:
        """The case it answers."""
        return case_of(self.record, self.operation)

    @property
    def kind(self) -> str:
        """`plain`, `stream` or `error`."""
        if self.case.error:
            return ERROR
        return STREAM if self.case.stream else PLAIN

    @property
    def asked(self) -> Mapping[str, Any]:
        """The request's JSON object; empty where there is none or it was not kept."""
        return self.record.asked if isinstance(self.record.asked, dict) else {}

    @cached_property
    def value(self) -> Any:
        """The body as JSON; None where it is not."""
        return parse(self.exchange.body).value

    @property
    def object(self) -> dict[str, Any]:
        """The body where it is an object, else empty."""
        return self.value if isinstance(self.value, dict) else {}

    @cached_property
    def frames(self) -> tuple[Cut, ...]:
        """The frames of a stream."""
        return cuts(self.exchange) if self.kind == STREAM else ()

    def once(self, make: Callable[[Baseline], T]) -> T:
        """What `make` gives of this baseline, made on first use."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made


@dataclass(frozen=True, slots=True)
class Site:
    """One place at which an operator works, or a rule that says why a change there is no violation."""

    place: str
    """JSON Pointer, frame, header: for people."""
    make: Callable[[], Exchange] | None = None
    """The mutated exchange; None where a rule excludes it."""
    rule: str | None = None
    shape: str = ""
    """Sites of one shape differ in an index alone: one of each is enough. Empty: the place itself."""
    key: str = ""
    """The key at the place: a check named after it fits."""


Finder = Callable[[Baseline], Iterable[Site]]


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to break an exchange."""

    name: str
    does: str
    """One line."""
    find: Finder
    fits: tuple[str, ...]
    """Globs of the checks whose objection kills; `{key}` stands for the mutated key."""
    operations: tuple[str, ...]
    """Globs."""
    kinds: frozenset[str]
    needs: frozenset[Facet]
    """What a recording must have kept for the violation to be real."""
    times: int
    """Mutants of one exchange, at sites of different shapes."""

    def sites(self, base: Baseline) -> Iterator[Site]:
        """Where it works on an exchange; nowhere, where it does not apply."""
        applies = (
            base.kind in self.kinds
            and self.needs <= base.exchange.facets
            and any(fnmatchcase(base.operation.name, glob) for glob in self.operations)
        )
        yield from self.find(base) if applies else ()

    def fitting(self, check: str, key: str = "") -> bool:
        """Whether an objection of that check says what this operator did."""
        globs = (glob.replace("{key}", word) for glob in self.fits for word in _words(key) or ("\0",))
        return any(fnmatchcase(check, glob) for glob in globs)


def _words(key: str) -> tuple[str, ...]:
    """The ways in which checks are named after a key: `finish_reason`, `finish-reason`, `finish`."""
    if not key:
        return ()
    longer = [word for word in key.lower().split("_") if len(word) > 3]
    return (key.lower(), key.lower().replace("_", "-"), *longer)


OPERATORS: dict[str, Operator] = {}
"""Filled by the decorator when the modules of operators are imported; read through `operators()`."""

MODULES = (
    "keys",
    "kinds",
    "texts",
    "frames",
    "usage",
    "chat",
    "chat_calls",
    "chat_stream",
    "chat_stream_calls",
    "responses",
    "responses_stream",
    "responses_frames",
    "errors",
    "headers",
    "embeddings",
    "models",
)


def operator(
    name: str,
    *fits: str,
    on: str | tuple[str, ...] = "*",
    kinds: str | tuple[str, ...] = (PLAIN, STREAM),
    needs: Iterable[str] = (),
    times: int = 1,
) -> Callable[[Finder], Finder]:
    """Register an operator; the docstring is the line that says what it does.

    Raises:
        ValueError: the name is taken, no check fits, or the docstring is missing.
    """

    def register(find: Finder) -> Finder:
        does = inspect.getdoc(find)
        if not does or not fits or name in OPERATORS:
            raise ValueError(f"operator {name}: no docstring, no fitting check, or defined twice")
        where = (on,) if isinstance(on, str) else on
        which = frozenset((kinds,) if isinstance(kinds, str) else kinds)
        OPERATORS[name] = Operator(name, does, find, fits, where, which, frozenset(map(Facet, needs)), times)
        return find

    return register


REPLACED = frozenset({"id", "item_id", "created", "created_at", "model"})
"""Keys whose values recorders replace: what is said of them can be judged where values are real."""


def real(path: Path) -> tuple[Facet, ...]:
    """What a recording must have kept for a change at a path to be a violation."""
    return (Facet.VALUES,) if path[-1] in REPLACED else ()


@cache
def operators() -> Mapping[str, Operator]:
    """Every operator by name."""
    for module in MODULES:
        import_module(f"slashv1.harness.mutants.{module}")
    return MappingProxyType(OPERATORS)


@dataclass(frozen=True, slots=True)
class Doc:
    """One JSON text of an exchange: the body, or the data of a frame."""

    base: Baseline
    value: Any
    frame: int | None = None

    def at(self, path: Path) -> str:
        """The place, for people."""
        where = pointer(path) or "/"
        return where if self.frame is None else f"frame {self.frame} {where}"

    def shape(self, path: Path) -> str:
        """The place with indices left out, and the kind of the frame."""
        steps = "/".join("*" if isinstance(step, int) else step for step in path)
        return steps if self.frame is None else f"{self.base.frames[self.frame].kind} {steps}"

    def saying(self, text: str | bytes) -> Exchange:
        """The exchange with this text in the place of the JSON."""
        if self.frame is None:
            return with_body(self.base.exchange, text)
        frames = list(self.base.frames)
        old = frames[self.frame]
        if isinstance(text, str):
            frames[self.frame] = old.saying(text)
        else:
            name = b"" if old.event is None else f"event: {old.event}\n".encode()
            frames[self.frame] = Cut(name + b"data: " + text + b"\n\n", old.event)
        return with_cuts(self.base.exchange, frames)


def docs(base: Baseline) -> tuple[Doc, ...]:
    """The body, or of a stream one frame of each kind, picked by the exchange's own id."""
    return base.once(_docs)


def _docs(base: Baseline) -> tuple[Doc, ...]:
    if base.kind != STREAM:
        return (Doc(base, base.value),) if isinstance(base.value, (dict, list)) else ()
    groups: dict[str, list[int]] = {}
    for number, frame in enumerate(base.frames):
        if frame.object:
            groups.setdefault(_kind(frame), []).append(number)
    salt = sum(base.record.id.encode())
    picked = (numbers[salt % len(numbers)] for numbers in groups.values())
    return tuple(Doc(base, base.frames[number].value, number) for number in picked)


def _kind(frame: Cut) -> str:
    """What tells frames apart: the type, or of a chat chunk what it carries."""
    if frame.kind:
        return frame.kind
    choices = frame.object.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    delta = first.get("delta") if isinstance(first, dict) else None
    ends = "finish" if isinstance(first, dict) and first.get("finish_reason") else ""
    return f"{sorted(delta) if isinstance(delta, dict) else None} {ends} {bool(frame.object.get('usage'))}"
