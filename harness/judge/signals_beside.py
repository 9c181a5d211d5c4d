"""What lies around /v1: the refusals that a key is provoked to, and the traces at /v2/usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.errors import REFUSED, envelope
from slashv1.harness.judge.look import short
from slashv1.harness.judge.signals_request import SIGNALS
from slashv1.harness.judge.when import USAGE, on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case

CODES: Mapping[str, str] = MappingProxyType(
    {
        "balance": "credits_required",
        "region": "region_not_allowed",
        "quota": "quota_exceeded",
        "rate": "rate_limit_exceeded",
        "deadline": "deadline_exceeded",
    }
)
"""The code of each cause that a profile provokes."""
_DEEPEST = 12


@check(
    "signals.error-code",
    title="A refusal of the gateway's own has the code of its cause",
    clause="AG-32",
    when=REFUSED.where(lambda case: case.provoke in CODES and SIGNALS in case.tags),
    within=SIGNALS,
)
def _error_code(reading: Reading) -> Iterator[Deviation]:
    """Programs add credits, change the region, stop or wait: the code alone tells which of it helps."""
    error = envelope(reading)
    wanted, given = CODES[reading.case.provoke], error.get("code")
    if error and given != wanted:
        message = f"error.code is {short(given, 60)}; this cause is {wanted}"
        yield Deviation(message, wanted, short(given, 60), pointer="/error/code")


def _trace(reading: Reading) -> str | None:
    """The trace id that was asked for: that of the request before."""
    given = (other.exchange.header("Agent-Trace-Id") for other in reading.others.values())
    return next((value for value in given if value), None)


def _holds(value: Any, wanted: str, depth: int = 0) -> bool:
    """Whether a text stands somewhere in a value, as the whole of a string."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return any(_holds(inner, wanted, depth + 1) for inner in value.values())
    if isinstance(value, list):
        return any(_holds(inner, wanted, depth + 1) for inner in value)
    return value == wanted if isinstance(value, str) else False


def _shows(reading: Reading) -> bool:
    wanted, status = _trace(reading), reading.exchange.status
    return wanted is not None and status is not None and status < 300 and _holds(reading.body, wanted)


@check(
    "signals.usage-found",
    title="/v2/usage has the record of a trace id",
    clause="AG-18",
    when=on(USAGE),
    always=True,
    within=SIGNALS,
)
def _usage_found(reading: Reading) -> Iterator[Deviation]:
    """What a request cost, and whether its hints were kept, stands nowhere else."""
    if not _shows(reading):
        said = "no answer" if reading.exchange.status is None else str(reading.exchange.status)
        message = f"/v2/usage does not show the record of {short(_trace(reading), 60)} (status {said})"
        yield Deviation(message, "a JSON record that holds the trace id", said)


def _of_a_stranger(case: Case) -> bool:
    return case.provoke == "stranger"


@check(
    "signals.usage-scope",
    title="The record of a trace is shown to its own account alone",
    clause="AG-33",
    when=on(USAGE, error=True).where(_of_a_stranger),
    always=True,
    within=SIGNALS,
)
def _usage_scope(reading: Reading) -> Iterator[Deviation]:
    """Trace ids stand in logs and tickets: who reads one must not read what it cost and to whom it went."""
    if _shows(reading):
        shown = short(_trace(reading), 60)
        yield Deviation(f"/v2/usage shows {shown} to another account", "401, 403 or 404", "200")


@check(
    "signals.usage-key",
    title="/v2/usage asks for a key",
    clause="AG-34",
    when=on(USAGE, error=True).where(lambda case: not _of_a_stranger(case)),
    always=True,
    within=SIGNALS,
)
def _usage_key(reading: Reading) -> Iterator[Deviation]:
    """Accounts of costs behind no key are everybody's."""
    status = reading.exchange.status
    if status is not None and status < 400:
        yield Deviation(f"/v2/usage answered {status} to a request without a key", "401", str(status))
