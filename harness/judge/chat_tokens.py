"""The text that the deltas of a chat stream put together, and its log probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge import logprobs
from slashv1.harness.judge.answer import answer
from slashv1.harness.judge.chat_fold import chat_stream, content
from slashv1.harness.judge.chat_stream import STREAM
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import short
from slashv1.harness.judge.when import tagged
from slashv1.harness.reading import Reading
from slashv1.record import Level

LOGPROBS = tagged("logprobs", STREAM)


@check(
    "chat.stream.surrogates",
    title="No delta holds half a character",
    clause="CS-24",
    when=STREAM,
    needs=[Facet.BYTES],
)
def _surrogates(reading: Reading) -> Iterator[Deviation]:
    """An emoji cut into two escapes, one per chunk, cannot be printed or stored: Python raises."""
    for chunk in chat_stream(reading).chunks:
        if any(problem.kind == "surrogate" for problem in chunk.document.problems):
            message = f"chunk {chunk.number} holds half a character (a lone surrogate)"
            yield Deviation(message, "whole characters", "a lone surrogate", "", chunk.number)
            return


@check(
    "chat.stream.whole-characters",
    level=Level.SHOULD,
    title="No delta holds the mark of a broken character",
    clause="CS-25",
    when=STREAM,
)
def _whole_characters(reading: Reading) -> Iterator[Deviation]:
    """Tokens can end amid a character: servers that decode each alone show U+FFFD for emoji and Chinese.

    A model whose plain answer has the mark as well may have said it.
    """
    for index, parts in chat_stream(reading).choices.items():
        for part in parts:
            given = part.delta.get("content")
            if isinstance(given, str) and "\ufffd" in given:
                _not_said(reading)
                message = f"choice {index} has U+FFFD in its text: a character was cut and decoded in halves"
                yield Deviation(
                    message, "whole characters", short(given, 60), part.at("delta", "content"), part.frame
                )
                break


def _not_said(reading: Reading) -> None:
    for other in reading.others.values():
        if not other.case.stream and any("\ufffd" in turn.text for turn in answer(other).turns):
            raise Inconclusive("the plain answer has U+FFFD as well: the model may have said it")


def _faults(reading: Reading, look: Callable[[Any], Iterator[logprobs.Fault]]) -> Iterator[Deviation]:
    """The first fault of every choice's log probabilities; one broken rule breaks every token."""
    for parts in chat_stream(reading).choices.values():
        for part in parts:
            fault = next(look(part.choice.get("logprobs")), None)
            if fault:
                where = part.at("logprobs") + fault.where
                yield Deviation(fault.said, fault.expected, fault.actual, where, part.frame)
                break


@check(
    "chat.stream.logprobs.values",
    title="Log probabilities are 0 or less",
    clause="CS-26",
    when=LOGPROBS,
)
def _values(reading: Reading) -> Iterator[Deviation]:
    """Evaluators exponentiate them: a probability in their place gives a certainty above 1."""
    yield from _faults(reading, logprobs.wrong_values)


@check(
    "chat.stream.logprobs.bytes",
    level=Level.SHOULD,
    title="The bytes of a token are its UTF-8",
    clause="CS-27",
    when=LOGPROBS,
)
def _bytes(reading: Reading) -> Iterator[Deviation]:
    """Characters that several tokens share are put together from the bytes: wrong ones give garbled text."""
    yield from _faults(reading, logprobs.wrong_bytes)


@check(
    "chat.stream.logprobs.unasked",
    level=Level.SHOULD,
    title="logprobs is null where nobody asked",
    clause="VA-2",
    when=STREAM.where(lambda case: "logprobs" not in case.tags),
    needs=[Facet.REQUEST],
)
def _unasked(reading: Reading) -> Iterator[Deviation]:
    """An empty stub of them in every chunk is taken for real ones, and multiplies the stream's size."""
    if logprobs.asked_top(reading.asked) is not None:
        return
    for index, parts in chat_stream(reading).choices.items():
        part = next((part for part in parts if part.choice.get("logprobs") is not None), None)
        if part:
            given = short(part.choice["logprobs"], 40)
            message = f"logprobs of choice {index} was not asked for"
            yield Deviation(message, "null", given, part.at("logprobs"), part.frame)


@check(
    "chat.stream.logprobs.top-count",
    title="Every token has as many alternatives as top_logprobs asked for",
    clause="CS-28",
    when=LOGPROBS,
)
def _top_count(reading: Reading) -> Iterator[Deviation]:
    """Classifiers read the alternatives of the first token: fewer than asked for skew every score."""
    asked = logprobs.asked_top(reading.asked)
    if asked is not None:
        yield from _faults(reading, lambda given: logprobs.wrong_counts(given, asked))


@check(
    "chat.stream.logprobs.text",
    level=Level.SHOULD,
    title="The tokens spell the content of all deltas",
    clause="CS-29",
    when=LOGPROBS,
)
def _spelt(reading: Reading) -> Iterator[Deviation]:
    """Confidence highlights are laid over the text token by token: a lost token shifts all that follow."""
    for index, parts in chat_stream(reading).choices.items():
        if any(next(logprobs.wrong_bytes(part.choice.get("logprobs")), None) for part in parts):
            continue  # chat.stream.logprobs.bytes
        pieces = [logprobs.joined_bytes(part.choice.get("logprobs")) for part in parts]
        spelt = b"".join(piece for piece in pieces if piece is not None)
        text = content(parts)
        if spelt and None not in pieces and spelt != text.encode("utf-8", "surrogatepass"):
            shown = short(spelt.decode("utf-8", "replace"), 60)
            message = f"the tokens of choice {index} spell {shown}, not the content"
            yield Deviation(message, short(text, 60), shown, parts[-1].at("logprobs"), parts[-1].frame)
