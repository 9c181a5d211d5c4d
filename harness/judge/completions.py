"""Legacy completions: a choice for each prompt and number, streamed or not, with what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, integer, objects, pointer, sequence, short
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.usage import usages
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

NAME = "completions.create"
PLAIN, STREAM, BOTH = on(NAME, stream=False), on(NAME, stream=True), on(NAME)
CONSTANT = ("id", "object", "created", "model")


def prompts(asked: dict[str, Any]) -> list[Any]:
    """One entry a prompt: a text or a token array."""
    given = asked.get("prompt")
    if isinstance(given, list) and given and integer(given[0]) is None:
        return given
    return [given]


def due(reading: Reading) -> int:
    """How many choices were asked for."""
    asked = asked_of(reading)
    return len(prompts(asked)) * max(integer(asked.get("n")) or 1, 1)


def texts(reading: Reading) -> dict[int, str]:
    """The whole text of each choice by its index."""
    found: dict[int, str] = {}
    for _, _, choice in choices(reading):
        at, text = integer(choice.get("index")), choice.get("text")
        if at is not None and isinstance(text, str):
            found[at] = found.get(at, "") + text
    return found


def choices(reading: Reading) -> Iterator[tuple[int | None, int, dict[str, Any]]]:
    """Every choice with its frame, None where nothing is streamed, and its place."""
    if not reading.case.stream:
        yield from ((None, i, choice) for i, choice in objects(reading.object.get("choices")))
        return
    for event in reading.events:
        yield from ((event.number, i, choice) for i, choice in objects(event.object.get("choices")))


@check(
    "completions.count",
    title="Each prompt has as many choices as asked for, numbered from 0",
    clause="LC-1",
    when=BOTH,
    needs=[Facet.REQUEST],
)
def _count(reading: Reading) -> Iterator[Deviation]:
    """Batch jobs split the choices by prompt: one too few, and every answer behind it is another prompt's."""
    wanted = due(reading)
    given = sorted(
        {at for _, _, choice in choices(reading) if (at := integer(choice.get("index"))) is not None}
    )
    plain = sequence(reading.object.get("choices"))
    told = given if reading.case.stream or len(given) == len(plain) else [*given, *plain][: len(plain)]
    if (reading.events or plain) and (told != list(range(wanted))):
        message = f"choices {short(given)} where {wanted} were asked for"
        yield Deviation(message, short(list(range(wanted))), short(given), "/choices")


@check(
    "completions.echo",
    title="With `echo` the text begins with the prompt",
    clause="LC-2",
    when=BOTH.where(lambda case: case.asked.get("echo") is True),
    needs=[Facet.REQUEST],
)
def _echo(reading: Reading) -> Iterator[Deviation]:
    """Evaluation harnesses cut the prompt off by its length: without it they cut the answer."""
    asked = asked_of(reading)
    given, each = prompts(asked), max(integer(asked.get("n")) or 1, 1)
    for at, text in texts(reading).items():
        prompt = given[at // each] if 0 <= at // each < len(given) else None
        if isinstance(prompt, str) and not text.startswith(prompt):
            place = None if reading.case.stream else pointer("choices", at, "text")
            message = f"choice {at} does not begin with its prompt"
            yield Deviation(message, short(prompt), short(text), place)


@check(
    "completions.max-tokens",
    title="No more tokens are written than `max_tokens` allows",
    clause="LC-3",
    when=BOTH,
    needs=[Facet.REQUEST],
)
def _max_tokens(reading: Reading) -> Iterator[Deviation]:
    """Budgets are planned by it, and what is written beyond is billed."""
    limit = integer(asked_of(reading).get("max_tokens"))
    for told in usages(reading):
        written = integer(told.value.get("completion_tokens"))
        if limit is not None and written is not None and written > limit * _billed(reading):
            message = f"{written} tokens written where {limit} a choice are allowed"
            yield Deviation(message, f"at most {limit}", str(written), "/usage/completion_tokens", told.frame)


def _billed(reading: Reading) -> int:
    """`best_of` is billed whole, though only `n` of it are shown."""
    asked = asked_of(reading)
    return len(prompts(asked)) * max(integer(asked.get("best_of")) or 1, integer(asked.get("n")) or 1, 1)


@check(
    "completions.logprobs",
    title="Log probabilities are four lists of one length, whose tokens are the text",
    clause="LC-4",
    when=BOTH.where(lambda case: integer(case.asked.get("logprobs")) is not None),
)
def _logprobs(reading: Reading) -> Iterator[Deviation]:
    """Evaluation harnesses sum them token by token: lists of unlike length shift every score."""
    for frame, i, choice in choices(reading):
        probs = choice.get("logprobs")
        if not choice.get("text"):
            continue
        if not isinstance(probs, dict):
            place = pointer("choices", i, "logprobs")
            yield Deviation("logprobs were asked for", "an object", short(probs), place, frame)
            continue
        yield from _lists(probs, choice["text"], i, frame)


def _lists(probs: dict[str, Any], text: Any, i: int, frame: int | None) -> Iterator[Deviation]:
    tokens = sequence(probs.get("tokens"))
    for key in ("token_logprobs", "top_logprobs", "text_offset"):
        held = probs.get(key)
        if isinstance(held, list) and len(held) != len(tokens):
            message = f"{key} has {len(held)} entries for {len(tokens)} tokens"
            place = pointer("choices", i, "logprobs", key)
            yield Deviation(message, str(len(tokens)), str(len(held)), place, frame)
    words = all(isinstance(token, str) and not token.startswith("bytes:") for token in tokens)
    if words and isinstance(text, str) and "".join(tokens) != text:
        place = pointer("choices", i, "logprobs", "tokens")
        yield Deviation("the tokens joined are not the text", short(text), short(tokens), place, frame)


@check(
    "completions.stream.constant",
    title="All chunks of a stream name one id, object, time and model",
    clause="LC-5",
    when=STREAM,
    needs=[Facet.VALUES],
)
def _constant(reading: Reading) -> Iterator[Deviation]:
    """Clients take the answer's id from any chunk, to log it and to ask support about it."""
    first = reading.events[0].object if reading.events else {}
    for event in reading.events[1:]:
        for key in CONSTANT:
            if key in first and key in event.object and event.object[key] != first[key]:
                message = f"{key} is not that of the first chunk"
                yield Deviation(message, short(first[key]), short(event.object[key]), f"/{key}", event.number)


@check(
    "completions.stream.finish",
    title="Each choice of a stream ends with a finish_reason, no text behind it",
    clause="LC-6",
    when=STREAM,
)
def _finish(reading: Reading) -> Iterator[Deviation]:
    """Readers stop at the finish_reason, and take a stream without one for cut off.

    A choice that is cut by its length tells so with its last token, and once more in the end.
    """
    ended: set[int] = set()
    seen: set[int] = set()
    for frame, i, choice in choices(reading):
        at = integer(choice.get("index"))
        if at is None:
            continue
        if at in ended and choice.get("text"):
            place = pointer("choices", i, "text")
            yield Deviation(
                f"text of choice {at} behind its finish_reason", '""', short(choice["text"]), place, frame
            )
        seen.add(at)
        if choice.get("finish_reason") is not None:
            ended.add(at)
    for at in sorted(seen - ended):
        yield Deviation(f"choice {at} never got a finish_reason", "stop or length", "null", None)


@check(
    "completions.stream.usage",
    level=Level.SHOULD,
    title="A stream tells its usage last and with no choices, only where asked for",
    clause="LC-7",
    when=STREAM,
    needs=[Facet.REQUEST],
)
def _usage(reading: Reading) -> Iterator[Deviation]:
    """Cost accounts read the last chunk; code that takes choices[0] of any stumbles over one without."""
    asked = dig(asked_of(reading), "stream_options", "include_usage") is True
    told = [event for event in reading.events if isinstance(event.object.get("usage"), dict)]
    if asked and reading.events and (not told or told[-1] is not reading.events[-1]):
        yield Deviation("the last chunk tells no usage", "usage", "none", "/usage", reading.events[-1].number)
    for event in told:
        if not asked:
            yield Deviation("usage was not asked for", "no usage", "usage", "/usage", event.number)
        elif event.object.get("choices") != []:
            given = short(event.object.get("choices"))
            yield Deviation("the chunk with the usage has choices", "[]", given, "/choices", event.number)
