"""Idempotency keys: what is sent again with one is answered again, once run, and to its own account alone."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat import head
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.headers import REAL
from slashv1.harness.judge.look import short
from slashv1.harness.judge.signals_request import ANSWERED, SIGNALS, once, replays
from slashv1.harness.reading import Reading
from slashv1.matrix import Case

TOLD = "agent-idempotent-replay"
STRANGER = "stranger"


def _again(case: Case) -> bool:
    return once(case) is not None and bool(case.after) and case.provoke != STRANGER


def _fresh(case: Case) -> bool:
    return not (_again(case) or _foreign(case) or case.together)


def _foreign(case: Case) -> bool:
    return once(case) is not None and case.provoke == STRANGER


def _first(reading: Reading) -> Reading:
    """The answer that is to be given again.

    Raises:
        Inconclusive: there is none.
    """
    for other in reading.others.values():
        if once(other.case) == once(reading.case) and other.expected_status:
            return other
    raise Inconclusive("there is no first answer to compare with")


@check(
    "signals.replay-body",
    title="A request that is sent again with its idempotency key has the same body",
    clause="AG-17",
    when=ANSWERED.where(_again),
    needs=[Facet.BYTES, Facet.VALUES],
    within=SIGNALS,
)
def _replay_body(reading: Reading) -> Iterator[Deviation]:
    """Where a retry after a cut connection is run again, the agent's step is taken twice and billed twice."""
    first, mine = _first(reading).exchange.body, reading.exchange.body
    if first != mine:
        pairs = enumerate(zip(first, mine, strict=False))
        place = next((n for n, (one, other) in pairs if one != other), min(len(first), len(mine)))
        message = f"the body differs from that of the first answer, from byte {place} on"
        yield Deviation(message, _near(first, place), _near(mine, place))


def _near(body: bytes, place: int) -> str:
    return short(body[max(0, place - 20) : place + 40].decode("utf-8", "replace"))


@check(
    "signals.replay-told",
    title="An answer that is given again says so",
    clause="AG-28",
    when=ANSWERED.where(_again),
    needs=REAL,
    within=SIGNALS,
)
def _replay_told(reading: Reading) -> Iterator[Deviation]:
    """Cost accounts count each answer; only this header tells that one was not run."""
    given = reading.exchange.header(TOLD)
    if given != "true" and reading.exchange.body == _first(reading).exchange.body:
        shown = "absent" if given is None else short(given)
        yield Deviation("Agent-Idempotent-Replay of a replay is not true", "true", shown, header=TOLD)


@check(
    "signals.replay-first",
    title="An answer that nobody had before is no replay",
    clause="AG-29",
    when=ANSWERED.where(_fresh),
    needs=REAL,
    within=SIGNALS,
)
def _replay_first(reading: Reading) -> Iterator[Deviation]:
    """An answer that passes for a replay is not charged to anybody, or was another request's."""
    if reading.exchange.header(TOLD) == "true":
        message = "Agent-Idempotent-Replay is true of a request that was not sent before"
        yield Deviation(message, "false or absent", "true", header=TOLD)


@check(
    "signals.replay-scope",
    title="An idempotency key belongs to the account that sent it",
    clause="AG-30",
    when=ANSWERED.where(_foreign),
    needs=REAL,
    within=SIGNALS,
)
def _replay_scope(reading: Reading) -> Iterator[Deviation]:
    """Keys are often counters: one customer reads what another was answered."""
    mine, theirs = head(reading)[0].get("id"), head(_first(reading))[0].get("id")
    if mine is not None and mine == theirs:
        message = "another account was given the answer that belongs to the idempotency key of the first"
        yield Deviation(message, "an answer of its own", short(mine, 60), "/id")


@check(
    "signals.once",
    title="Requests at the same time with one idempotency key run once",
    clause="AG-31",
    when=ANSWERED.where(lambda case: bool(case.together) and once(case) is not None),
    needs=[Facet.BYTES, Facet.VALUES],
    within=SIGNALS,
)
def _once(reading: Reading) -> Iterator[Deviation]:
    """A client that times out sends again while the first still runs: that is when a key is needed most."""
    for name, other in reading.others.items():
        if replays(reading.case, other.case) and other.expected_status:
            if other.exchange.body != reading.exchange.body:
                ids = [head(one)[0].get("id") for one in (other, reading)]
                message = f"{name}, sent at the same time with the same idempotency key, has another answer"
                yield Deviation(message, short(ids[0], 60), short(ids[1], 60), "/id", head(reading)[1])
            return
    raise Inconclusive("the other request was not answered")
