"""The exchanges of a run in a file, to judge them again: gzip JSON lines, by `exchanges.schema.json`.

A head with the suite and what was asked for; for each round (one, and one more for each repetition of what
is flaky) a line of its own, then a line for each exchange and for each half that was fuzzed; an end that
counts the lines. Secrets are redacted, as in all that is written.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slashv1.fixtures.redact import Redactor
from slashv1.fixtures.store import exchange_json
from slashv1.harness.fuzz.sample import Sample
from slashv1.harness.fuzz.tally import Tally
from slashv1.harness.pieces import holds_pieces
from slashv1.harness.plan import Plan
from slashv1.harness.run_record import Traffic
from slashv1.matrix import Case
from slashv1.record import Suite

FORMAT = 1
"""Raised with any change of what a line holds: its schema is closed."""
KIND = "exchanges"
WITHHELD = "its answer held a secret in pieces, and was not kept"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for: the options that judging it again depends on."""

    profile: str = "openai"
    """As it was given: a name, or a file."""
    phase: int = 1
    tier: str = "standard"
    select: tuple[str, ...] = ()
    matrix: str | None = None
    fixtures: str | None = None
    waivers: str | None = None
    as_of: str | None = None
    """YYYY-MM-DD."""
    strict: bool = False
    sdk: bool = False
    cors: bool = False
    fuzz: int | None = None
    fuzz_seed: int | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a run, and what tells whether today's cases still ask the same."""

    traffic: Traffic
    digests: Mapping[str, str]
    """By case id, of what each exchange was sent for."""
    withheld: Mapping[str, str]
    """By case id, why its exchange was not kept."""
    provoked: frozenset[str] = frozenset()
    """Causes that the profile of the run said how to provoke."""
    refs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What the target had stored."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A file of exchanges."""

    suite: Suite
    """That judged them then."""
    asked: Asked
    rounds: tuple[Round, ...]


def digest_of(case: Case) -> str:
    """Of a case's request and what comes before it: the same as long as an old exchange answers it."""
    said = [dataclasses.asdict(case.request), case.after, case.together]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


def saved_bytes(suite: Suite, asked: Asked, rounds: Sequence[tuple[Plan, Traffic]]) -> bytes:
    """The file, compressed; the same input gives the same bytes."""
    whole = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=whole, mode="wb", mtime=0) as file:
        written = 0
        for line in _lines(suite, asked, rounds):
            file.write(_dumped(line))
            written += 1
        file.write(_dumped({"end": written}))
    return whole.getvalue()


def _dumped(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _lines(suite: Suite, asked: Asked, rounds: Sequence[tuple[Plan, Traffic]]) -> Iterator[dict[str, Any]]:
    yield {
        "slashv1": KIND,
        "format": FORMAT,
        "suite": dataclasses.asdict(suite),
        "asked": dataclasses.asdict(asked),
    }
    for plan, traffic in rounds:
        captured, redactor = traffic.captured, traffic.redactor
        kept = {name: one for name, one in captured.exchanges.items() if not holds_pieces(one, redactor)}
        withheld = [name for name in captured.exchanges if name not in kept]
        yield {"round": _clean(_round(plan, traffic, withheld), redactor)}
        for exchange in captured.found.exchanges:
            if not holds_pieces(exchange, redactor):
                yield {"preflight": exchange_json(exchange, exact=True)}
        digests = {case.id: digest_of(case) for case in plan.cases}
        for name, exchange in kept.items():
            said = redactor.text(json.dumps(captured.asked.get(name)))
            yield {
                "case": name,
                "digest": digests[name],
                "asked": said,
                "exchange": exchange_json(exchange, exact=True),
            }
        for half, tally in captured.fuzzed.items():
            yield _drawn(half, tally, redactor)


def _round(plan: Plan, traffic: Traffic, withheld: Sequence[str]) -> dict[str, Any]:
    captured, found = traffic.captured, traffic.captured.found
    return {
        "base_url": traffic.base_url,
        "started_at": traffic.started_at,
        "seconds": traffic.seconds,
        "interrupted": traffic.interrupted,
        "request_count": captured.request_count,
        "model": found.model,
        "embedding_model": found.embedding_model,
        "server": found.server,
        "name": traffic.name,
        "notes": list(traffic.notes),
        "preflight_notes": list(found.notes),
        "planned": list(traffic.planned),
        "left_out": captured.left_out,
        "errors": captured.errors,
        "respelt": captured.respelt,
        "withheld": dict.fromkeys(withheld, WITHHELD),
        "provoked": sorted({case.provoke for case in plan.cases if case.provoke}),
        "refs": dict(plan.refs),
    }


def _clean(value: Any, redactor: Redactor) -> Any:
    """JSON values, every text of theirs redacted."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, dict):
        return {key: _clean(item, redactor) for key, item in value.items()}
    return [_clean(item, redactor) for item in value] if isinstance(value, list) else value


def _drawn(half: str, tally: Tally, redactor: Redactor) -> dict[str, Any]:
    """The counts of a half, and of each kind of fault the least request with its answer."""
    examples = [(check, kind, one) for check, kinds in tally.failing.items() for kind, one in kinds.items()]
    kept = [found for found in examples if not holds_pieces(found[2].exchange, redactor)]
    said = {
        "half": half,
        "requests": tally.requests,
        "answered": tally.answered,
        "refused": tally.refused,
        "refusal": tally.refusal,
        "unreachable": tally.unreachable,
        "crashed": tally.crashed or (WITHHELD if len(kept) < len(examples) else None),
    }
    failing = [
        {
            "check": check,
            "kind": kind,
            "sample": _sample(example.sample),
            "exchange": exchange_json(example.exchange, exact=True),
        }
        for check, kind, example in kept
    ]
    cleaned: dict[str, Any] = _clean(said, redactor)
    return {**cleaned, "failing": [{**one, "sample": _clean(one["sample"], redactor)} for one in failing]}


def _sample(sample: Sample) -> dict[str, Any]:
    """A drawn request; its body is the one that was sent."""
    return {
        "method": sample.method,
        "path": sample.path,
        "asked": json.dumps(sample.asked),
        "mistake": sample.mistake,
        "kind": sample.kind,
    }
