"""The body and every stream event against the contract's schemas, one check per kind of objection.

Broad checks: where one about the very field objects at the same place, it speaks and these point to it.
The objections of a reading are found once and shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.extensions import allowed
from slashv1.harness.judge.http import is_html
from slashv1.harness.judge.look import beginning
from slashv1.harness.judge.when import always_json, on
from slashv1.harness.reading import Event, Reading
from slashv1.place import dotted
from slashv1.record import Level
from slashv1.spec import Document, Objection, flawless, lacking, objections, operation

ANSWERED = on()

ANY = on(error=None)

FORBIDDEN = frozenset(
    {
        "agent_trace_id",
        "execution_profile",
        "hints_honored",
        "input_tokens_cached",
        "qos_outcome",
        "resolved_provider",
        "reuse",
        "trace_id",
    }
)
"""Names of a gateway's own accounts, which belong into headers and beside /v1."""

_NAMES = tuple(
    name.encode()
    for name in sorted(FORBIDDEN)
    if not any(other in name for other in FORBIDDEN - {name})  # a search for the shorter finds the longer
)
_ESCAPED = re.compile(rb"\\u00[4-7]")
"""An escaped letter, behind which a name may hide."""

_USERS_OWN = frozenset({"metadata", "parameters", "schema", "input_schema", "output_schema", "variables"})
"""Keys whose values the caller or a tool named, not the server."""

_DEPTH = 60

MOST_EVENTS = 100
"""Events of one stream whose objections are looked for in full, at some 10 ms each; of the others only the
number is told. No check lists more deviations than that."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One objection, where it was seen first, and how often the same came again in later events."""

    objection: Objection
    frame: int | None = None
    again: int = 0


class Whole(NamedTuple):
    """A body that is one JSON text."""

    document: Document


Text = tuple[int | None, Event | Whole]
"""What has a `document`, behind the number of its frame where it is an event."""


def json_texts(reading: Reading) -> Sequence[Text]:
    """What of an answer is JSON: the body, or the data of every event."""
    return reading.once(_json_texts)


def _json_texts(reading: Reading) -> Sequence[Text]:
    case = reading.case
    if case.stream and not case.error:
        return [(event.number, event) for event in reading.events]
    if always_json(case) or case.error or reading.exchange.content_type == "application/json":
        return [(None, Whole(reading.document))]
    return ()


def faults(reading: Reading) -> tuple[Fault, ...]:
    """What the schemas object to, in the order of the answer."""
    return reading.once(_faults)


def _faults(reading: Reading) -> tuple[Fault, ...]:
    _, suspects = reading.once(_suspects)
    return _gathered(suspects, reading.once(_told))


def _told(reading: Reading) -> list[list[Objection]]:
    """What the schemas object to in each suspect, up to the bound."""
    reference, suspects = reading.once(_suspects)
    return [objections(reference, text.document.value) for _, text in suspects[:MOST_EVENTS]]


def _lacks(reading: Reading) -> tuple[Fault, ...]:
    day = _day(reading)
    reference, suspects = reading.once(_suspects)
    told = zip(suspects, reading.once(_told), strict=False)  # none is told beyond the bound
    return _gathered(
        suspects, [lacking(reference, one.document.value, day, known) for (_, one), known in told]
    )


def _day(reading: Reading) -> date:
    return reading.as_of or datetime.fromtimestamp(reading.exchange.sent_at, UTC).date()


def _gathered(suspects: list[Text], found: list[list[Objection]]) -> tuple[Fault, ...]:
    """What was found in each document; the same in later events only counted."""
    first: dict[tuple[str, str, str], Fault] = {}
    for (frame, text), here in zip(suspects, found, strict=False):
        for objection in here:
            key = (objection.kind, objection.pointer, _variant(text.document.value, frame))
            known = first.get(key)
            again = known.again + 1 if known else 0
            first[key] = Fault(known.objection, known.frame, again) if known else Fault(objection, frame)
    return tuple(first.values())


def suspects(reading: Reading) -> bool:
    """Whether there are documents that the contract may object to."""
    return bool(reading.once(_suspects)[1])


def _suspects(reading: Reading) -> tuple[str, list[Text]]:
    """The schema of the answer, and the documents that it may object to."""
    try:
        found = operation(reading.case.operation)
    except KeyError:
        return "", []
    reference = found.event if reading.case.stream else found.response
    if reference is None:
        return "", []
    is_flawless = flawless(reference, _day(reading))
    return reference, [
        (frame, text)
        for frame, text in json_texts(reading)
        if not is_flawless(document := text.document)
        and document.ok
        and not (frame is not None and _not_judged(document.value))
    ]


def _not_judged(event: Any) -> bool:
    """An event that is no object has a check of its own, as has an error in the midst of a stream."""
    if not isinstance(event, dict):
        return True
    return isinstance(event.get("error"), dict) and "type" not in event and "object" not in event


def _variant(value: Any, frame: int | None) -> str:
    return str(value.get("type", "")) if frame is not None and isinstance(value, dict) else ""


def _of(reading: Reading, *kinds: str) -> Iterator[Deviation]:
    yield from _deviations(reading, (one for one in faults(reading) if one.objection.kind in kinds))


def _deviations(reading: Reading, found: Iterable[Fault]) -> Iterator[Deviation]:
    """Each fault as a deviation; the first says where not all events were looked into."""
    left = len(reading.once(_suspects)[1]) - MOST_EVENTS
    for place, fault in enumerate(found):
        one = _deviation(fault)
        if place == 0 and left > 0:
            more = f"{one.message}; {left:,} more events that break the contract are not looked into"
            one = replace(one, message=more)
        yield one


def _deviation(fault: Fault) -> Deviation:
    found = fault.objection
    message = _sentence(found)
    if fault.frame is not None:
        more = f" and {fault.again} more" if fault.again else ""
        message = f"{message} (event {fault.frame}{more})"
    return Deviation(message, found.expected, found.actual, found.pointer, fault.frame)


def _sentence(found: Objection) -> str:
    name = dotted(found.pointer)
    if found.kind == "missing":
        return f"{name} is missing"
    if found.kind == "unknown":
        return f"{name} is a field that OpenAI does not have"
    if found.kind == "integer-literal":
        return f"{name} is written {found.actual}; an integer has no point and no exponent"
    return f"{name} is {found.actual}; expected {found.expected}"


@check("body.json", title="The body is JSON text", clause="BO-1", when=ANY, broad=True)
def _json(reading: Reading) -> Iterator[Deviation]:
    """Every SDK parses the body and raises where it is not JSON, for a NaN or half a surrogate pair too."""
    if reading.exchange.failure is not None or is_html(reading):
        return
    streamed = reading.exchange.content_type == "text/event-stream"
    if streamed and not reading.case.stream:
        return
    for frame, text in json_texts(reading):
        for problem in text.document.problems:
            # A frame without any JSON is the framing's business, an error without error.envelope's.
            elsewhere = problem.fatal and (frame is not None or reading.case.error)
            if problem.kind != "duplicate-key" and not elsewhere:
                start = beginning(reading.exchange.body)
                where = "the body" if frame is None else f"event {frame}"
                message = f"{where} is not JSON: {problem.message}"
                yield Deviation(message, "JSON text", start if frame is None else None, "", frame)


@check(
    "body.duplicate-keys",
    title="No object has a key twice",
    clause="BO-2",
    when=ANY,
    needs=[Facet.BYTES],
    broad=True,
    always=True,
)
def _duplicate_keys(reading: Reading) -> Iterator[Deviation]:
    """Of two values one is lost unseen, and parsers differ in which: Python keeps the last."""
    for frame, text in json_texts(reading):
        for problem in text.document.problems:
            if problem.kind == "duplicate-key":
                yield Deviation(problem.message, "each key once", "a key twice", "", frame)


@check("body.missing-field", title="No required field is missing", clause="BO-3", when=ANSWERED, broad=True)
def _missing(reading: Reading) -> Iterator[Deviation]:
    """Typed SDKs raise, or hand out None where they promise a value; every genuine answer has the field."""
    yield from _of(reading, "missing")


@check(
    "body.current",
    level=Level.SHOULD,
    title="Fields that OpenAI always sends by now are there",
    clause="BO-4",
    when=ANSWERED,
    broad=True,
)
def _current(reading: Reading) -> Iterator[Deviation]:
    """SDKs call them optional, yet code written against OpenAI reads them: they never were absent there."""
    yield from _deviations(reading, _lacks(reading))


@check(
    "body.unknown-field",
    title="No field stands there that OpenAI lacks",
    clause="BO-5",
    when=ANSWERED,
    broad=True,
)
def _unknown(reading: Reading) -> Iterator[Deviation]:
    """Clients that decode strictly (Rust, Go, generated code) refuse it, and code begins to depend on it."""
    for one in _of(reading, "unknown"):
        if not allowed(reading, one.pointer):
            yield one


@check("body.type", title="Every field has its type", clause="BO-6", when=ANSWERED, broad=True)
def _type(reading: Reading) -> Iterator[Deviation]:
    """Statically typed SDKs (Go, Java, .NET, Rust) fail to decode the whole answer over one wrong type."""
    yield from _of(reading, "type")


@check(
    "body.null", title="Null stands only where OpenAI sends null", clause="BO-7", when=ANSWERED, broad=True
)
def _null(reading: Reading) -> Iterator[Deviation]:
    """Code written against OpenAI does not test for null where OpenAI never sends it: it breaks."""
    yield from _of(reading, "null")


@check("body.enum", title="Closed sets keep their values", clause="BO-8", when=ANSWERED, broad=True)
def _enum(reading: Reading) -> Iterator[Deviation]:
    """Typed clients decode into an enumeration, and agents branch on the value: another one is no branch."""
    yield from _of(reading, "enum", "const")


@check(
    "body.unknown-variant",
    title="Items and events are of a known kind",
    clause="BO-9",
    when=ANSWERED,
    broad=True,
)
def _unknown_variant(reading: Reading) -> Iterator[Deviation]:
    """SDKs pick the class by `type` or `role`: an unknown one decodes into the wrong class, or raises."""
    yield from _of(reading, "unknown-variant")


@check(
    "body.range",
    level=Level.SHOULD,
    title="Numbers, lengths and counts keep their bounds",
    clause="BO-10",
    when=ANSWERED,
    broad=True,
)
def _range(reading: Reading) -> Iterator[Deviation]:
    """Clients rely on the documented bounds; what lies outside was never asked for."""
    yield from _of(reading, "range", "length", "pattern", "count", "other")


@check(
    "body.integer-literal",
    title="Integers are written as integers",
    clause="BO-11",
    when=ANSWERED,
    needs=[Facet.BYTES],
    broad=True,
)
def _integer_literal(reading: Reading) -> Iterator[Deviation]:
    """`1.0` passes in Python and JavaScript and breaks Go, Java and Rust, which decode into an integer."""
    yield from _of(reading, "integer-literal")


@check(
    "body.forbidden-name",
    title="No account of the gateway's own stands in the body",
    clause="P-2",
    when=ANY,
    always=True,
)
def _forbidden_name(reading: Reading) -> Iterator[Deviation]:
    """With `trace_id` or `qos_outcome` a body is no longer OpenAI's: strict clients refuse it."""
    if not any(map(forbidden_named, reading.exchange.pieces())):
        return
    seen: set[str] = set()
    for frame, text in json_texts(reading):
        for pointer, name in _named(text.document.value):
            if pointer not in seen:
                seen.add(pointer)
                message = f"{dotted(pointer)} is no /v1 field; {name} belongs into a header"
                yield Deviation(message, "no such key", name, pointer, frame)


def forbidden_named(body: bytes) -> bool:
    """Whether a forbidden name may stand in a body."""
    return any(name in body for name in _NAMES) or (b"\\u00" in body and bool(_ESCAPED.search(body)))


def _named(value: Any) -> Iterable[tuple[str, str]]:
    waiting: list[tuple[Any, str, int]] = [(value, "", 0)]
    while waiting:
        here, pointer, depth = waiting.pop()
        if isinstance(here, dict):
            inside = [(key, item) for key, item in here.items() if key not in _USERS_OWN]
        elif isinstance(here, list):
            inside = [(str(index), item) for index, item in enumerate(here)]
        else:
            continue
        for key, item in inside:
            if isinstance(here, dict) and key in FORBIDDEN:
                yield f"{pointer}/{key}", key
            if depth < _DEPTH and isinstance(item, (dict, list)):
                step = key.replace("~", "~0").replace("/", "~1")
                waiting.append((item, f"{pointer}/{step}", depth + 1))
