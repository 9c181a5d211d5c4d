"""Which exchanges are mutated: read once, spread over operations, kinds and features, the same for a seed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from slashv1.fixtures import Exchange, Read, Request
from slashv1.fixtures.exchange import Facet
from slashv1.fixtures.packaged import packaged
from slashv1.fixtures.store import read_fixture
from slashv1.harness.audit import operation_of
from slashv1.harness.mutants.model import Baseline, Operator
from slashv1.harness.recorded import Broken, Recorded, read_lines
from slashv1.spec import operations
from slashv1.spec.example import example

T = TypeVar("T")

AT_LEAST = 3
"""Exchanges that an operator gets which works on none of a sample."""

FEW = 10
"""Exchanges of one operation; with fewer a percentage says nothing, and the documented shape stands in."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What can be mutated."""

    baselines: tuple[Baseline, ...]
    counts: dict[str, int]
    """Recorded exchanges by operation, of the file given."""
    dates: tuple[str, str] | None
    """First and last day of the file's exchanges; None without a file."""
    read: int
    """Exchanges in the file."""


def pool(file: Path | None) -> Pool:
    """The exchanges of a file whose operation the contract knows, and our own of what the file has few of.

    Raises:
        UsageError: the file cannot be opened.
    """
    recorded = list(_recorded(file)) if file else []
    known = [one for one in map(_baseline, recorded) if one]
    counts: dict[str, int] = {}
    for one in known:
        counts[one.operation.name] = counts.get(one.operation.name, 0) + 1
    own = [one for one in fixtures() if counts.get(one.operation.name, 0) < FEW]
    if file:
        shown = {one.operation.name for one in own} | {name for name, n in counts.items() if n >= FEW}
        own += [one for one in generated() if one.operation.name not in shown]
    days = sorted(_day(one.exchange) for one in recorded if one.exchange.sent_at)
    dates = (days[0], days[-1]) if days else None
    return Pool((*known, *own), counts, dates, len(recorded))


def _recorded(file: Path) -> Iterator[Recorded]:
    return (one for one in read_lines(file) if not isinstance(one, Broken))


def _day(exchange: Exchange) -> str:
    return datetime.fromtimestamp(exchange.sent_at, UTC).date().isoformat()


def _baseline(record: Recorded, source: str = "recorded") -> Baseline | None:
    operation = operation_of(record.exchange.request.method, record.exchange.request.path)
    return Baseline(record, operation, source) if operation else None


def fixtures() -> Iterator[Baseline]:
    """The package's own exchanges, as if they had been recorded by somebody."""
    for number, (id_, path) in enumerate(packaged(), 1):
        exchange = read_fixture(path)[0]
        exchange = replace(exchange, facets=exchange.facets - {Facet.TIMES})
        streamed = exchange.content_type == "text/event-stream"
        found = _baseline(Recorded(number, id_, exchange, _asked(exchange), streamed), "fixture")
        if found:
            yield found


def generated() -> Iterator[Baseline]:
    """An answer to each operation as its schema documents it, for those of which nothing else is at hand."""
    for number, operation in enumerate(operations().values(), 1):
        if operation.response is None or operation.answer != "json":
            continue
        asked = example(operation.request) if operation.request else None
        answer = example(operation.response)
        if isinstance(answer, dict) and "deleted" in answer:
            answer = {**answer, "deleted": True}
        named = answer.get("id") if isinstance(answer, dict) else None
        path = re.sub(r"\{\w+\}$", named if isinstance(named, str) else "id_1", operation.path)
        request = Request(
            operation.method,
            re.sub(r"\{\w+\}", "id_1", path),
            body=None if asked is None else json.dumps(asked).encode(),
        )
        body = json.dumps(answer).encode()
        json_type = (("content-type", "application/json"),)
        kept = frozenset({Facet.BYTES, Facet.VALUES, Facet.REQUEST})
        exchange = Exchange(request, 200, json_type, (Read(body, 0.0),), sent_at=0.0, facets=kept)
        record = Recorded(number, f"example/{operation.name}", exchange, asked, streamed=False)
        yield Baseline(record, operation, "example")


def _asked(exchange: Exchange) -> object:
    try:
        return json.loads(exchange.request.body or b"null")
    except ValueError:
        return None


def sample(baselines: Sequence[Baseline], count: int | None, seed: int) -> list[Baseline]:
    """So many of them, taking turns over operations and kinds, and within these over features; None: all."""
    if count is None or count >= len(baselines):
        return list(baselines)
    groups: dict[tuple[str, str], dict[str, list[Baseline]]] = {}
    for one in baselines:
        features = groups.setdefault((one.operation.name, one.kind), {})
        features.setdefault(_features(one), []).append(one)
    queues = [
        _in_turn([_shuffled(members, seed) for members in _shuffled(list(g.values()), seed)])
        for g in groups.values()
    ]
    return list(_first(_in_turn(queues), count))


def completed(
    chosen: Sequence[Baseline], baselines: Sequence[Baseline], wanted: Iterable[Operator], seed: int
) -> list[Baseline]:
    """A sample, and for each operator that works on nothing in it some exchanges that it works on."""
    found = list(chosen)
    taken = set(map(id, chosen))
    rest = [one for one in _shuffled(list(baselines), seed) if id(one) not in taken]
    for operator in wanted:
        if any(_works(operator, one) for one in found):
            continue
        more = [one for _, one in zip(range(AT_LEAST), filter(partial(_works, operator), rest), strict=False)]
        found += more
        taken.update(map(id, more))
        rest = [one for one in rest if id(one) not in taken]
    return found


def _works(operator: Operator, base: Baseline) -> bool:
    return any(site.make is not None and not site.rule for site in operator.sites(base))


def _features(base: Baseline) -> str:
    status = base.exchange.status if base.kind == "error" else ""
    kinds = sorted({frame.kind for frame in base.frames}) if base.frames else sorted(base.object)
    calls = b'"tool_calls"' in base.exchange.body
    # Mutants need what recorders often drop: a recording that kept more has a turn of its own.
    return f"{status} {sorted(base.case.tags)} {kinds} {calls} {sorted(base.exchange.facets)}"


def _shuffled(members: list[T], seed: int) -> list[T]:
    order = random.Random(f"{seed}")  # noqa: S311 - a sample, no secret
    return order.sample(members, len(members))


def _in_turn(queues: Iterable[Iterable[Baseline]]) -> list[Baseline]:
    waiting = [iter(queue) for queue in queues]
    found: list[Baseline] = []
    while waiting:
        going = []
        for queue in waiting:
            one = next(queue, None)
            if one is not None:
                found.append(one)
                going.append(queue)
        waiting = going
    return found


def _first(members: Iterable[Baseline], count: int) -> Iterator[Baseline]:
    return (one for _, one in zip(range(count), members, strict=False))
