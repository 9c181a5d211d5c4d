"""A stream says what the plain answer to the same request says, a refused one too."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.harness.judge.answer import WHOLE, Answer, answer
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.errors import envelope
from slashv1.harness.judge.look import dig, equal, integer, kind, mapping, short
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

CHAT, RESPONSES = "chat.completions.create", "responses.create"
KNOWN = {*WHOLE, "length", "content_filter", "failed"}
"""Ends that are words of the contract; others are the business of the checks on each answer."""
LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")
STREAM = on(CHAT, RESPONSES, stream=True)


def has_twin(case: Case) -> bool:
    """Whether a case stands beside another of its operation, and not to be sent at the same time."""
    return not case.together and any(name.startswith(case.operation + "/") for name in case.beside)


paired = STREAM.where(has_twin)
"""Streams that stand beside the plain answer to the same request."""
_paired_responses = on(RESPONSES, stream=True).where(has_twin)
_paired_tools = paired.where(lambda case: bool(case.asked.get("tools")))


def plain_beside(reading: Reading) -> Reading:
    """The plain answer it stands beside.

    Raises:
        Inconclusive: there is none that could be read.
    """
    operation = reading.case.operation
    for other in reading.others.values():
        if other.case.operation == operation and not other.case.stream and answer(other).turns:
            return other
    raise Inconclusive("there is no plain answer to compare with")


def _whole(reading: Reading) -> Answer:
    """The answer, said to its end.

    Raises:
        Inconclusive: a limit or a filter cut it, and what it would have said is not known.
    """
    said = answer(reading)
    if any(turn.cut for turn in said.turns):
        raise Inconclusive("one of the two answers was cut before it was whole")
    return said


def _ends(said: Answer) -> list[str | None]:
    return sorted({turn.end for turn in said.turns}, key=str)


@check(
    "pairs.ending",
    level=Level.SHOULD,
    title="Stream and plain answer end for the same reason",
    clause="P-12",
    when=paired,
)
def _ending(reading: Reading) -> Iterator[Deviation]:
    """Teams turn streaming on late: agents that worked then stop before the tool call, or never."""
    plain, mine = answer(plain_beside(reading)), answer(reading)
    if not set(_ends(plain) + _ends(mine)) <= KNOWN:
        return
    if mine.turns and _ends(plain) != _ends(mine):
        _long(reading, plain, mine)
        message = "the stream ends for another reason than the plain answer"
        last = mine.turns[-1]
        where = "/response/status" if reading.case.operation == RESPONSES else None
        yield last.deviation(message, short(_ends(plain)), short(_ends(mine)), where)


def _long(reading: Reading, plain: Answer, mine: Answer) -> None:
    """Let a model off that said more the second time.

    Raises:
        Inconclusive: one of the two came to the limit that was asked for, as far as is known.
    """
    if ("length" in _ends(plain)) == ("length" in _ends(mine)):
        return
    asked = mapping(reading.asked)
    limit = next((n for key in LIMITS if (n := integer(asked.get(key))) is not None), None)
    cut = plain if "length" in _ends(plain) else mine
    if limit is not None and (cut.tokens is None or cut.tokens >= limit):
        raise Inconclusive(f"one of the two answers came to the limit of {limit} tokens, the other did not")


@check(
    "pairs.calls",
    level=Level.SHOULD,
    title="Stream and plain answer call the same functions",
    clause="P-13",
    when=_paired_tools,
)
def _calls(reading: Reading) -> Iterator[Deviation]:
    """Servers parse calls out of the text when they stream with other code: calls come as prose there."""
    plain, mine = _whole(plain_beside(reading)), _whole(reading)
    names = [{call.name for turn in said.turns for call in turn.calls.values()} for said in (plain, mine)]
    if reading.case.cooperative and bool(names[0]) != bool(names[1]):
        raise Inconclusive("the model called a tool in one of the two alone")
    if mine.turns and names[0] != names[1]:
        message = "the stream calls other functions than the plain answer"
        yield mine.turns[-1].deviation(message, short(sorted(names[0])), short(sorted(names[1])))


PLAIN_ONLY = {"billing"}
"""What genuine OpenAI adds to plain responses and retrieved ones alone."""


@check(
    "pairs.snapshot-keys",
    level=Level.SHOULD,
    title="The stream's last snapshot has the keys of the plain response",
    clause="P-14",
    when=_paired_responses,
)
def _snapshot_keys(reading: Reading) -> Iterator[Deviation]:
    """One type reads both: what is missing in one of them is null in half of the logs."""
    plain, mine = snapshot(plain_beside(reading)), snapshot(reading)
    if not mine.value:
        return
    for key in sorted((set(plain.value) ^ set(mine.value)) - PLAIN_ONLY):
        where = "in the plain response alone" if key in plain.value else "in the stream alone"
        expected = "present" if key in plain.value else "absent"
        actual = "absent" if key in plain.value else "present"
        yield Deviation(f"{key} is {where}", expected, actual, f"{mine.base}/{key}", mine.frame)


@check(
    "pairs.item-types",
    level=Level.SHOULD,
    title="Stream and plain response have items and parts of the same types",
    clause="P-15",
    when=_paired_responses,
)
def _item_types(reading: Reading) -> Iterator[Deviation]:
    """Renderers choose by type: a message that streams as another item is not shown."""
    if reading.case.cooperative:
        return
    other = plain_beside(reading)
    for one in (other, reading):
        _whole(one)
    plain, mine = snapshot(other), snapshot(reading)
    if not mine.value:
        return
    kinds = [{_item_kind(item) for _, item in seen.items} - {"reasoning"} for seen in (plain, mine)]
    if kinds[0] != kinds[1]:
        expected, actual = short(sorted(kinds[0])), short(sorted(kinds[1]))
        message = "the stream's output has other items than the plain response"
        yield Deviation(message, expected, actual, f"{mine.base}/output", mine.frame)


def _item_kind(item: dict[str, object]) -> str:
    part = kind(dig(item, "content", 0))
    return f"{kind(item)}/{part}" if part else kind(item)


_REFUSED = on(stream=True, error=True).where(
    lambda case: any(name.startswith(case.operation + "/") for name in case.beside)
)


@check(
    "pairs.error-parity",
    level=Level.SHOULD,
    title="A stream is refused as the plain request is",
    clause="P-17",
    when=_REFUSED,
    broad=True,
)
def _error_parity(reading: Reading) -> Iterator[Deviation]:
    """Retry logic is written once: a mistake that has another code when it streams goes down another path.

    What is wrong by itself is left to `error.type-value`, `error.code` and `error.param`.
    """
    plain = _refusal(reading)
    ours, theirs = envelope(reading), envelope(plain)
    if not ours or not theirs:
        raise Inconclusive("one of the two was not refused with an envelope")
    if reading.exchange.status != plain.exchange.status and plain.expected_status:
        expected, actual = str(plain.exchange.status), str(reading.exchange.status)
        message = f"the stream is refused with {actual}, the plain request with {expected}"
        yield Deviation(message, expected, actual)
    for key in ("type", "param", "code"):
        if key in ours and key in theirs and not equal(ours[key], theirs[key]):
            expected, actual = short(theirs[key], 60), short(ours[key], 60)
            message = f"error.{key} is {actual} on the stream, {expected} on the plain request"
            yield Deviation(message, expected, actual, f"/error/{key}")


def _refusal(reading: Reading) -> Reading:
    """The plain refusal it stands beside.

    Raises:
        Inconclusive: there is none.
    """
    for other in reading.others.values():
        if other.case.operation == reading.case.operation and not other.case.stream and other.case.error:
            return other
    raise Inconclusive("there is no plain refusal to compare with")
