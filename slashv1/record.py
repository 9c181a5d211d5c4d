"""The words all rooms share: findings, results and the record of a run. Standard library only."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1


class Level(StrEnum):
    """How much a deviation matters."""

    MUST = "MUST"
    """An official SDK or the documented contract breaks."""
    SHOULD = "SHOULD"
    """Genuine OpenAI always does it, clients live without."""
    MAY = "MAY"
    """Information."""


class Outcome(StrEnum):
    """What came of one check on one case."""

    PASSED = "passed"
    NOTED = "noted"
    WARNED = "warned"
    UNSUPPORTED = "unsupported"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    WAIVED = "waived"
    FAILED = "failed"
    UNWAIVED = "unwaived"
    ERROR = "error"


DEVIATES = {Level.MUST: Outcome.FAILED, Level.SHOULD: Outcome.WARNED, Level.MAY: Outcome.NOTED}
"""The outcome of a check that found a deviation, by its level."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation: where it is, what was expected, what came."""

    check: str
    level: Level
    message: str
    """One sentence an engineer can act on."""
    expected: str | None = None
    actual: str | None = None
    pointer: str | None = None
    """JSON Pointer into the body, or into the frame's data where `frame` is given."""
    frame: int | None = None
    """Number of the SSE frame, from 0."""
    offset: int | None = None
    """Byte offset of that frame in the decoded body."""
    header: str | None = None
    """Name of the response header that deviates."""


@dataclass(frozen=True, slots=True)
class Result:
    """One check on one case."""

    operation: str
    case: str
    check: str
    level: Level
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    cause: str | None = None
    """Why it was skipped, unsupported, inconclusive or an error; which check reported a deviation first;
    which waiver covers it or has had its day; how often a flaky one passed."""

    @property
    def id(self) -> str:
        """`operation::case::check`, the unit of selection."""
        return f"{self.operation}::{self.case}::{self.check}"


@dataclass(frozen=True, slots=True)
class Frame:
    """One SSE frame as the report shows it."""

    number: int
    offset: int
    """Byte offset in the decoded body."""
    at: float | None
    """Seconds after the request was sent; None where times were not kept."""
    event: str | None
    data: str


@dataclass(frozen=True, slots=True)
class Wire:
    """What was sent and what came back for one case, redacted and bounded, as the report shows it."""

    operation: str
    case: str
    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: str | None
    status: int | None
    response_headers: tuple[tuple[str, str], ...]
    body: str | None
    """Text of a plain answer, cut at `body_limit`; None for a stream, whose frames stand below."""
    frames: tuple[Frame, ...] = ()
    frames_left_out: int = 0
    seconds: float | None = None
    """From the request to the last byte."""
    first_byte: float | None = None
    failure: str | None = None
    """What the network or the target did instead of answering."""
    attempts: int = 1
    curl: str = ""
    """A line for a shell, the key left out."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Which rules judged: version of the package, and a hash over contract, matrix and checks."""

    version: str
    hash: str
    sdk: str | None = None
    """Version of the official Python client, where that was asked to read the answers too."""
    rules: str | None = None
    """A hash over contract and checks alone, whatever cases were sent; None in records older than it."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was judged."""

    base_url: str
    model: str | None = None
    embedding_model: str | None = None
    server: str | None = None
    """Its `server` header, where it sent one."""
    name: str | None = None
    """What the user's configuration calls it; `embedded`: the built-in gateway. None in older records too."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A known deviation, or a flaky one, and what came of it in this run."""

    check: str
    """Id or glob."""
    cases: tuple[str, ...]
    """`operation::case`, by name or glob; empty: all."""
    reason: str
    owner: str
    expires: str
    """The last day on which it holds, YYYY-MM-DD."""
    link: str | None
    place: str
    """File and line, `waivers.yaml:12`."""
    state: str
    """`used`, `expired`, `unneeded`, or `idle` where nothing that it covers was judged; of a flaky one
    where nothing both passed and failed."""
    results: int
    """How many results it covered."""
    repeat: int | None = None
    """How often the cases of a flaky one were sent; None for a waiver."""


class Readiness(StrEnum):
    """Whether a client will work with the target, the best first."""

    READY = "READY"
    LIMITS = "READY WITH LIMITS"
    NOT_JUDGED = "NOT JUDGED"
    NOT_READY = "NOT READY"


@dataclass(frozen=True, slots=True)
class ClientReadiness:
    """What the run says of one client."""

    client: str
    state: Readiness
    reasons: tuple[str, ...]
    """What is missing, broken or was not judged."""
    source: str
    """Where the client is to be found."""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything about one run against one target; the only source of every report."""

    suite: Suite
    target: Target
    profile: str
    plan_hash: str
    started_at: str
    """RFC 3339, UTC."""
    seconds: float
    request_count: int
    """HTTP requests really sent, preflight included."""
    results: tuple[Result, ...]
    wires: tuple[Wire, ...] = ()
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By check id: `title`, `why`, `clause`, and the `clients` known to break: all that a report says."""
    notes: tuple[str, ...] = ()
    """Lines the run had to say: which model was picked, which key was not used."""
    strict: bool = False
    interrupted: bool = False
    waivers: tuple[Waiver, ...] = ()
    """What the file of waivers holds; empty too where there was none, and in records older than this."""
    clients: tuple[ClientReadiness, ...] = ()
    """By well-known client; empty in records older than this."""
    schema_version: int = SCHEMA_VERSION

    @property
    def summary(self) -> dict[str, int]:
        """Number of results by outcome, every outcome named."""
        counts = Counter(result.outcome for result in self.results)
        return {outcome.value: counts[outcome] for outcome in Outcome}

    @property
    def exit_code(self) -> int:
        """0 conforming, 1 deviating, 2 nothing (or not all) was learnt; 2 wins over 1."""
        outcomes = {result.outcome for result in self.results}
        learnt = any(r.outcome is Outcome.PASSED and r.level is Level.MUST for r in self.results)
        if self.interrupted or Outcome.ERROR in outcomes or not learnt:
            return 2
        bad = {Outcome.FAILED, Outcome.UNWAIVED} | ({Outcome.WARNED} if self.strict else set())
        return 1 if outcomes & bad else 0

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values, by `run.schema.json`."""
        return {**dataclasses.asdict(self), "summary": self.summary, "exit_code": self.exit_code}


def _findings(raw: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(**{**f, "level": Level(f["level"])}) for f in raw)


def _result(raw: Mapping[str, Any]) -> Result:
    return Result(
        **{
            **raw,
            "level": Level(raw["level"]),
            "outcome": Outcome(raw["outcome"]),
            "findings": _findings(raw["findings"]),
        }
    )


def _wire(raw: Mapping[str, Any]) -> Wire:
    return Wire(
        **{
            **raw,
            "request_headers": tuple((n, v) for n, v in raw["request_headers"]),
            "response_headers": tuple((n, v) for n, v in raw["response_headers"]),
            "frames": tuple(Frame(**f) for f in raw["frames"]),
        }
    )


def _client(raw: Mapping[str, Any]) -> ClientReadiness:
    return ClientReadiness(**{**raw, "state": Readiness(raw["state"]), "reasons": tuple(raw["reasons"])})


def load_run(raw: Any) -> Run:
    """A `Run` from its JSON values.

    Raises:
        ValueError: another schema version, or keys missing.
    """
    if not isinstance(raw, Mapping):
        raise ValueError(f"not a run record: {type(raw).__name__} instead of an object")  # noqa: TRY004 - of a file
    if raw.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"schema_version {raw.get('schema_version')!r}, this is {SCHEMA_VERSION}")
    fields = {f.name: raw[f.name] for f in dataclasses.fields(Run) if f.name in raw}
    try:
        return Run(
            **{
                **fields,
                "suite": Suite(**raw["suite"]),
                "target": Target(**raw["target"]),
                "results": tuple(_result(r) for r in raw["results"]),
                "wires": tuple(_wire(w) for w in raw["wires"]),
                "notes": tuple(raw.get("notes", ())),
                "clients": tuple(_client(c) for c in raw.get("clients", ())),
                "waivers": tuple(Waiver(**{**w, "cases": tuple(w["cases"])}) for w in raw.get("waivers", ())),
            }
        )
    except KeyError as error:
        raise ValueError(f"not a run record: {error} is missing") from error
    except TypeError as error:
        raise ValueError(f"not a run record: {error}") from error
