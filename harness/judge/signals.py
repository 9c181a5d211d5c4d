"""The Agent-* headers of an answer: those that are due, and the grammar of each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from slashv1.harness.judge.check import Deviation, Judge, check
from slashv1.harness.judge.headers import ANY, KEPT, REAL
from slashv1.harness.judge.look import short
from slashv1.harness.judge.signals_request import ANSWERED, SIGNALS, hinted, sections, timed
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level
from slashv1.spec import header_grammar

DUE = ("Agent-Trace-Id", "Agent-Execution-Profile", "Agent-Resolved-Provider")
"""What every answer of a model has: the migration checklist reads them."""
QOS = ("Agent-QoS-Admission", "Agent-QoS-Target-Met", "Agent-QoS-Fallback-Used")
GRAMMARS = {
    "Agent-Trace-Id": (
        "AG-7",
        "Support finds a request by it, and /v2/usage its cost: another form finds nothing.",
    ),
    "Agent-Execution-Profile": (
        "AG-8",
        "Billing tells by it whose contract with the provider was used: an unknown word is booked nowhere.",
    ),
    "Agent-Resolved-Provider": (
        "AG-9",
        "Routers and cost reports group by it; `OpenAI` and `openai` are two rows.",
    ),
    "Agent-Region": (
        "AG-10",
        "Compliance logs record where data went: an empty or blank region proves nothing.",
    ),
    "Agent-QoS-Admission": ("AG-11", "Schedulers branch on the word to slow down before they are refused."),
    "Agent-QoS-Target-Met": (
        "AG-12",
        "Service levels are counted from it: `True` or `1` is neither met nor missed.",
    ),
    "Agent-QoS-Fallback-Used": (
        "AG-13",
        "Quality reviews leave fallback answers out, where they can tell them.",
    ),
    "Agent-Idempotent-Replay": (
        "AG-14",
        "A client counts a replay as no new charge: `yes` is counted as one.",
    ),
    "Agent-Hints-Honored": (
        "AG-15",
        "Agents drop hints that are not honoured: a list they cannot split tells none.",
    ),
}
"""By header: the clause of its grammar, and why it matters."""


def _grammar(name: str) -> Judge:
    pattern = re.compile(header_grammar()[name.lower()].pattern)

    def judge(reading: Reading) -> Iterator[Deviation]:
        values = reading.exchange.header_values(name)
        given = ", ".join(values)
        if len(values) > 1:
            yield Deviation(f"{name} was sent {len(values)} times", "once", short(given), header=name.lower())
        elif values and not pattern.fullmatch(given.strip()):
            message = f"{name} is {short(given, 60)}, which is none of its values"
            yield Deviation(message, pattern.pattern, short(given, 60), header=name.lower())

    judge.__doc__ = GRAMMARS[name][1]
    return judge


for _name, (_clause, _) in GRAMMARS.items():
    check(
        f"signals.{_name.removeprefix('Agent-').lower()}",
        title=f"{_name}, where sent, has its grammar",
        clause=_clause,
        when=ANY,
        needs=REAL,
        always=True,
        within=SIGNALS,
    )(_grammar(_name))


def _absent(reading: Reading, *names: str) -> Iterator[Deviation]:
    missing = [name for name in names if reading.exchange.header(name) is None]
    if missing:
        yield Deviation(f"absent: {', '.join(missing)}", "present", "absent", header=missing[0].lower())


@check(
    "signals.present",
    title="An answer names its trace, execution profile and provider",
    clause="AG-19",
    when=ANSWERED,
    needs=KEPT,
    within=SIGNALS,
)
def _present(reading: Reading) -> Iterator[Deviation]:
    """The migration checklist reads all three off one response; a stream without them is traced nowhere."""
    yield from _absent(reading, *DUE)


@check(
    "signals.region-told",
    level=Level.SHOULD,
    title="An answer names the region that the request resolved to",
    clause="AG-20",
    when=ANSWERED,
    needs=KEPT,
    within=SIGNALS,
)
def _region_told(reading: Reading) -> Iterator[Deviation]:
    """Where data must stay in a region, the answer is the only proof that it did."""
    yield from _absent(reading, "Agent-Region")


def _known_caller(case: Case) -> bool:
    return not case.tags & {"auth", "route", "method"}


@check(
    "signals.error-trace",
    level=Level.SHOULD,
    title="A refused request can be traced too",
    clause="AG-21",
    when=on(*ANSWERED.operations, error=True).where(_known_caller),
    needs=KEPT,
    within=SIGNALS,
)
def _error_trace(reading: Reading) -> Iterator[Deviation]:
    """It is the failures that support is asked about."""
    yield from _absent(reading, "Agent-Trace-Id")


@check(
    "signals.qos-told",
    level=Level.SHOULD,
    title="An answer to hints with a deadline says whether it was kept",
    clause="AG-22",
    when=ANSWERED.where(timed),
    needs=KEPT,
    within=SIGNALS,
)
def _qos_told(reading: Reading) -> Iterator[Deviation]:
    """Who sets a deadline plans by it; without the outcome a missed one looks like a kept one."""
    yield from _absent(reading, *QOS)


@check(
    "signals.hints-told",
    level=Level.SHOULD,
    title="An answer to hints says which of their sections were honoured",
    clause="AG-23",
    when=ANSWERED.where(hinted),
    needs=KEPT,
    within=SIGNALS,
)
def _hints_told(reading: Reading) -> Iterator[Deviation]:
    """A hint that is passed over in silence is believed to work; one that nobody sent cannot be honoured."""
    given, own = reading.exchange.header("Agent-Hints-Honored"), sections(reading.case)
    yield from _absent(reading, "Agent-Hints-Honored")
    named = {part.strip() for part in (given or "").split(",")} - {""}
    if own and named - own.keys():
        message = f"Agent-Hints-Honored names {', '.join(sorted(named - own.keys()))}, which was not sent"
        yield Deviation(message, ",".join(own), short(given, 60), header="agent-hints-honored")
