"""Bodies around which signals travel: the same with and without, the model echoed, cached tokens told."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat import BOTH, CHAT, head
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.headers import REAL
from slashv1.harness.judge.look import dig, integer, mapping, short
from slashv1.harness.judge.replay import apart
from slashv1.harness.judge.signals_request import ANSWERED, SIGNALS, replays
from slashv1.harness.judge.usage import usages
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

ENOUGH = 1_024
"""Tokens of a prompt from which on caches begin."""


def _beside_its_like(case: Case) -> bool:
    return (
        SIGNALS in case.tags
        and not case.together
        and any(name.startswith(f"{case.operation}/") for name in case.beside)
    )


def _without_signals(reading: Reading) -> Reading:
    """The answer to the same request without signals and alias.

    Raises:
        Inconclusive: there is none.
    """
    for other in reading.others.values():
        like = other.case.operation == reading.case.operation and other.case.stream is reading.case.stream
        if like and SIGNALS not in other.case.tags and other.expected_status:
            return other
    raise Inconclusive("there is no answer without signals to compare with")


@check(
    "signals.same-shape",
    title="A body has the same shape with signals and without",
    clause="AG-24",
    when=ANSWERED.where(_beside_its_like),
    within=SIGNALS,
    broad=True,
)
def _same_shape(reading: Reading) -> Iterator[Deviation]:
    """Code reads one shape: a field that comes with a header is a second API in the place of the first."""
    yield from apart(_without_signals(reading), reading)


@check(
    "signals.trace-unique",
    title="No two answers share a trace id",
    clause="AG-25",
    when=ANSWERED.where(lambda case: bool(case.after or case.beside)),
    needs=REAL,
    within=SIGNALS,
)
def _trace_unique(reading: Reading) -> Iterator[Deviation]:
    """Two requests under one trace are one row of the bill, and one of them cannot be found."""
    given = reading.exchange.header("Agent-Trace-Id")
    for name, other in reading.others.items():
        apart_from = other.exchange is not reading.exchange and not replays(reading.case, other.case)
        if given and apart_from and other.exchange.header("Agent-Trace-Id") == given:
            message = f"Agent-Trace-Id is the same as that of {name}"
            yield Deviation(message, "a new id", short(given), header="agent-trace-id")
            return


@check(
    "signals.model-echo",
    title="model echoes the request, an alias too",
    clause="CH-47",
    when=BOTH,
    within=SIGNALS,
)
def _model_echo(reading: Reading) -> Iterator[Deviation]:
    """Agents compare the two to see that they got what they asked for; the release stands in a header."""
    body, frame = head(reading)
    asked, given = mapping(reading.asked).get("model"), body.get("model")
    if isinstance(asked, str) and isinstance(given, str) and given != asked:
        message = f"model is {short(given, 80)}; asked for was {short(asked, 80)}"
        yield Deviation(message, short(asked), short(given), "/model", frame)


def _prompt(reading: Reading) -> tuple[int, int]:
    """Tokens of the prompt, and those of them that were cached.

    Raises:
        Inconclusive: the answer tells none.
    """
    found = usages(reading)
    usage = found[-1].value if found else {}
    prompt = integer(usage.get("prompt_tokens"))
    cached = integer(dig(usage, "prompt_tokens_details", "cached_tokens"))
    if prompt is None:
        raise Inconclusive("the answer tells no prompt tokens")
    return prompt, cached or 0


def _prefixed(case: Case) -> bool:
    return case.operation == CHAT and case.name.startswith("prefix-") and SIGNALS in case.tags


_CACHED = "/usage/prompt_tokens_details/cached_tokens"


@check(
    "signals.cached-fresh",
    level=Level.SHOULD,
    title="A prompt that nobody sent before has no cached tokens",
    clause="AG-26",
    when=BOTH.where(lambda case: _prefixed(case) and not case.after),
    needs=[Facet.REQUEST],
    within=SIGNALS,
)
def _cached_fresh(reading: Reading) -> Iterator[Deviation]:
    """Cached tokens are cheaper: a number that is made up is money that somebody pays."""
    _, cached = _prompt(reading)
    if cached:
        yield Deviation("cached_tokens of a prompt with a new beginning", "0", str(cached), _CACHED)


@check(
    "signals.cached-prefix",
    level=Level.SHOULD,
    title="A long prefix that is sent again shows as cached tokens",
    clause="AG-27",
    when=BOTH.where(lambda case: _prefixed(case) and bool(case.after)),
    needs=[Facet.REQUEST],
    within=SIGNALS,
)
def _cached_prefix(reading: Reading) -> Iterator[Deviation]:
    """Agents send the same beginning a hundred times; whether it was cached is half of the bill."""
    prompt, cached = _prompt(reading)
    if not cached and prompt < ENOUGH:
        raise Inconclusive(f"the prompt counts {prompt} tokens; caches begin at {ENOUGH:,}")
    if not cached:
        message = f"{prompt} tokens were sent a second time, and none shows as cached"
        yield Deviation(message, "cached tokens", "0", _CACHED)
