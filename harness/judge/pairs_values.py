"""A stream and the plain answer to the same request: the same model, settings, keys and prompt tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.harness.judge.chat import head, related
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import integer, mapping, short
from slashv1.harness.judge.pairs import CHAT, RESPONSES, has_twin, paired, plain_beside
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.judge.usage import Usage, usages
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

_chat = on(CHAT, stream=True).where(has_twin)


def _head(reading: Reading) -> tuple[dict[str, Any], str, int | None]:
    """The object that names the model, the pointer to it, its frame."""
    if reading.case.operation == RESPONSES:
        seen = snapshot(reading)
        return seen.value, seen.base, seen.frame
    body, frame = head(reading)
    return body, "", frame


@check(
    "pairs.model",
    level=Level.SHOULD,
    title="Stream and plain answer name the same model",
    clause="SP-1",
    when=paired,
)
def _model(reading: Reading) -> Iterator[Deviation]:
    """Costs are booked by this name: an alias in one and a snapshot in the other are two rows of the bill.

    A name of another family is left to the checks of the model that was asked for.
    """
    wanted = _head(plain_beside(reading))[0].get("model")
    body, base, frame = _head(reading)
    given = body.get("model")
    named = isinstance(wanted, str) and isinstance(given, str) and bool(wanted and given)
    if named and wanted != given and related(str(given), str(wanted)):
        message = "the stream names another model than the plain answer to the same request"
        yield Deviation(message, short(wanted), short(given), f"{base}/model", frame)


HEAD = ("service_tier", "system_fingerprint")
"""What a chat completion and each of its chunks both have, and no schema requires."""


@check(
    "pairs.chunk-keys",
    level=Level.SHOULD,
    title="Chunks have the keys of the plain completion around their choices",
    clause="SP-2",
    when=_chat,
)
def _chunk_keys(reading: Reading) -> Iterator[Deviation]:
    """Logging wraps both in one type: a tier or fingerprint that only one has is null in the other."""
    wanted, (body, _, frame) = _head(plain_beside(reading))[0], _head(reading)
    for key in HEAD if body and wanted else ():
        if (key in body) is not (key in wanted):
            where = "the plain completion" if key in wanted else "the chunks"
            said = "present" if key in body else "absent"
            due = "present" if key in wanted else "absent"
            yield Deviation(f"{key} stands in {where} alone", due, said, f"/{key}", frame)


def _usage(reading: Reading) -> Usage:
    """The last usage that an answer tells.

    Raises:
        Inconclusive: it tells none.
    """
    found = usages(reading)
    if not found:
        raise Inconclusive("one of the two answers tells no usage")
    return found[-1]


def _is_told(case: Case) -> bool:
    """Whether the stream is to tell its usage."""
    options = mapping(case.asked.get("stream_options"))
    return case.operation == RESPONSES or options.get("include_usage") is True


_told = paired.where(_is_told)


@check(
    "pairs.prompt-tokens",
    level=Level.SHOULD,
    title="The same prompt costs the same, streamed or not",
    clause="SP-3",
    when=_told,
)
def _prompt_tokens(reading: Reading) -> Iterator[Deviation]:
    """Budgets are planned with one of the two: a stream that counts by guess overruns them unseen."""
    plain, mine = _usage(plain_beside(reading)), _usage(reading)
    hosted = any(key.endswith("_call") for key in _kinds(reading))
    for name in ("prompt_tokens", "input_tokens"):
        wanted, given = integer(plain.value.get(name)), integer(mine.value.get(name))
        if wanted is None or given is None or wanted == given or min(wanted, given) <= 0:
            continue
        if hosted:
            raise Inconclusive("what a hosted tool found is part of the prompt")
        message = f"{name} is {given}; the plain answer to the same request has {wanted}"
        yield mine.deviation(message, name, expected=str(wanted), actual=str(given))


def _kinds(reading: Reading) -> set[str]:
    """Types of the items, those of functions left out."""
    kinds = {str(item.get("type")) for _, item in snapshot(reading).items}
    return kinds - {"function_call", "custom_tool_call"} if reading.case.operation == RESPONSES else set()


@check(
    "pairs.usage-keys",
    level=Level.SHOULD,
    title="A stream's usage has the details of the plain answer's",
    clause="SP-4",
    when=_told,
)
def _usage_keys(reading: Reading) -> Iterator[Deviation]:
    """Prices for cached and reasoning tokens come from the details: without them a stream costs more."""
    plain, mine = _usage(plain_beside(reading)), _usage(reading)
    both = plain.value.keys() & mine.value.keys()
    apart = _keys(plain.value) ^ _keys(mine.value)
    for steps in sorted(steps for steps in apart if steps[0].removesuffix("_details") in both):
        here = steps in _keys(mine.value)
        where = "the stream" if here else "the plain answer"
        message = f"usage.{'.'.join(steps)} stands in {where} alone"
        said, due = ("present", "absent") if here else ("absent", "present")
        yield mine.deviation(message, *steps, expected=due, actual=said)
        return


def _keys(usage: dict[str, Any]) -> set[tuple[str, ...]]:
    """The details and their keys: the counts around them are the schema's business."""
    details = {key: value for key, value in usage.items() if key.endswith("_details")}
    inner = {(key, one) for key, value in details.items() for one in mapping(value)}
    return {(key,) for key in details} | inner
