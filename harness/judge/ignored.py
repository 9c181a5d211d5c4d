"""Limits and counts that a server enforces or refuses, and must not silently ignore."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.answer import WHOLE, answer
from slashv1.harness.judge.check import Deviation, Inconclusive, Uncooperative, check
from slashv1.harness.judge.embeddings import EMBEDDINGS
from slashv1.harness.judge.look import (
    dig,
    integer,
    kind,
    objects,
    pointer,
    sequence,
    short,
    word_count,
    words_in,
)
from slashv1.harness.judge.snapshot import asked_of, snapshot
from slashv1.harness.judge.usage import usages
from slashv1.harness.judge.vectors import vector
from slashv1.harness.judge.when import When, on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

CHAT, RESPONSES = "chat.completions.create", "responses.create"
NEEDS = [Facet.REQUEST]


def asking(key: str, *operations: str) -> When:
    """Cases of these operations whose request has a value for a key."""
    inner = on(*(operations or (CHAT, RESPONSES)))
    return inner.where(lambda case: case.asked.get(key) not in (None, [], ""))


_several = on(CHAT).where(lambda case: (integer(case.asked.get("n")) or 1) > 1)


@check("ignored.n", title="`n` choices come back", clause="CH-33", when=_several, needs=NEEDS)
def _n(reading: Reading) -> Iterator[Deviation]:
    """Self-consistency and sampling code takes `choices[n-1]`: one choice for n raises IndexError there."""
    wanted, turns = integer(asked_of(reading).get("n")), answer(reading).turns
    if wanted is not None and turns and len(turns) != wanted:
        came = "1 choice came" if len(turns) == 1 else f"{len(turns)} choices came"
        message = f"{came} where n: {wanted} was asked for"
        yield Deviation(message, f"{wanted} choices", str(len(turns)), "/choices", turns[-1].frame)


@check(
    "ignored.stop",
    title="No stop sequence is in the answer",
    clause="CH-34",
    when=asking("stop", CHAT),
    needs=NEEDS,
)
def _stop(reading: Reading) -> Iterator[Deviation]:
    """ReAct agents stop at `Observation:`; past it the model invents the tool's result itself."""
    given = asked_of(reading).get("stop")
    stops = [given] if isinstance(given, str) else sequence(given)
    for turn in answer(reading).turns:
        for stop in stops:
            if isinstance(stop, str) and stop and stop in turn.text:
                message = f"the answer of choice {turn.at} holds the stop sequence {short(stop)}"
                yield turn.deviation(message, f"an end before {short(stop)}", short(turn.text))


def _limit(reading: Reading) -> int | None:
    """Tokens that all choices together may have."""
    asked = asked_of(reading)
    keys = ("max_output_tokens",) if reading.case.operation == RESPONSES else LIMITS
    limit = next((n for key in keys if (n := integer(asked.get(key))) is not None), None)
    return None if limit is None else limit * max(integer(asked.get("n")) or 1, 1)


LIMITS = ("max_completion_tokens", "max_tokens")


def _over(reading: Reading, name: str) -> Iterator[Deviation]:
    """More tokens than allowed, as usage says or as the words show: no token spans two words."""
    limit, said = _limit(reading), answer(reading)
    if limit is None or not said.turns:
        return
    words = sum(words_in(turn.pieces()) for turn in said.turns)
    used = max(said.tokens or 0, words)
    if used > limit:
        where = None if words > limit else _usage_pointer(reading)
        message = f"{used} tokens came where {name} allows {limit}"
        yield said.turns[-1].deviation(message, f"at most {limit}", str(used), where)
    elif "max_tokens" in reading.case.tags and used < limit and all(t.end in WHOLE for t in said.turns):
        raise Uncooperative(f"the model ended by itself before the limit of {limit} tokens")


def _usage_pointer(reading: Reading) -> str:
    if reading.case.operation == RESPONSES:
        return snapshot(reading).base + "/usage/output_tokens"
    return "/usage/completion_tokens"


_limited = on(CHAT).where(lambda case: any(case.asked.get(key) is not None for key in LIMITS))


@check("ignored.max_tokens", title="max_tokens bounds the answer", clause="CH-35", when=_limited, needs=NEEDS)
def _max_tokens(reading: Reading) -> Iterator[Deviation]:
    """It is the guard on cost and latency, by either name; without it one prompt can run for minutes."""
    yield from _over(reading, "max_tokens")


@check(
    "ignored.max_output_tokens",
    title="max_output_tokens bounds the answer, and an answer it cut says so",
    clause="RE-24",
    when=asking("max_output_tokens", RESPONSES),
    needs=NEEDS,
)
def _max_output_tokens(reading: Reading) -> Iterator[Deviation]:
    """Callers continue on `incomplete`; half an answer marked completed is taken for whole.

    A genuine answer may end by itself at its very last token, so the text must break off as well, in a
    case that asks for far more.
    """
    yield from _over(reading, "max_output_tokens")
    seen, limit, used = snapshot(reading), _limit(reading), answer(reading).tokens
    far = "max_tokens" in reading.case.tags and any(_breaks_off(t.text) for t in answer(reading).turns)
    if far and seen.status == "completed" and limit is not None and used == limit:
        message = f"status is completed although all {limit} tokens of max_output_tokens were used"
        yield seen.deviation(message, "status", expected="incomplete", actual=seen.status)


def _breaks_off(text: str) -> bool:
    """Whether a text ends within a sentence or a list."""
    return text[-1:].isspace() or text.rstrip()[-1:].isalnum() or text.rstrip().endswith(",")


def _asks_logprobs(case: Case) -> bool:
    if case.operation == RESPONSES:
        return "message.output_text.logprobs" in sequence(case.asked.get("include"))
    return case.asked.get("logprobs") is True


_logprobs_asked = on(CHAT, RESPONSES).where(_asks_logprobs)


@check(
    "ignored.logprobs", title="logprobs come with the text", clause="CH-36", when=_logprobs_asked, needs=NEEDS
)
def _logprobs(reading: Reading) -> Iterator[Deviation]:
    """Evaluation harnesses and classifiers compute scores from them; null fails only after the whole run."""
    for turn in answer(reading).turns:
        if turn.text and not turn.logprobs:
            where = turn.pointer.rsplit("/", 2)[0] + "/logprobs"
            if reading.case.operation == RESPONSES:
                where = turn.pointer.rsplit("/", 1)[0] + "/logprobs"
            message = f"choice {turn.at} has text and no log probabilities though they were asked for"
            yield turn.deviation(message, "one entry a token", "none", where)


_top_asked = on(RESPONSES).where(lambda case: bool(case.asked.get("top_logprobs"))).where(_asks_logprobs)


@check(
    "ignored.top_logprobs",
    title="Each token has its alternatives",
    clause="CH-37",
    when=_top_asked,
    needs=NEEDS,
)
def _top_logprobs(reading: Reading) -> Iterator[Deviation]:
    """Classifiers read the alternatives of the first token: fewer than asked for skew every score."""
    wanted = integer(asked_of(reading).get("top_logprobs"))
    for turn in answer(reading).turns:
        counts = [len(sequence(entry.get("top_logprobs"))) for entry in turn.logprobs]
        wrong = next((count for count in counts if wanted is not None and count != wanted), None)
        if wrong is not None:
            message = f"a token has {wrong} alternatives where top_logprobs asked for {wanted}"
            where = turn.pointer.rsplit("/", 1)[0] + "/logprobs"
            yield turn.deviation(message, str(wanted), str(wrong), where)


_unveiled = on(CHAT, RESPONSES, stream=True).where(
    lambda case: dig(case.asked, "stream_options", "include_obfuscation") is False
)


@check(
    "ignored.stream_options",
    level=Level.SHOULD,
    title="No obfuscation comes where it was turned off",
    clause="RS-41",
    when=_unveiled,
    needs=NEEDS,
)
def _stream_options(reading: Reading) -> Iterator[Deviation]:
    """It is turned off where bandwidth counts: padding that comes all the same is half of the bytes."""
    for event in reading.events:
        if "obfuscation" in event.object:
            message = "an event has obfuscation although include_obfuscation is false"
            shown = short(event.object["obfuscation"], 40)
            yield Deviation(message, "no such key", shown, "/obfuscation", event.number)
            return


@check(
    "ignored.dimensions",
    title="Vectors have the dimensions asked for",
    clause="EM-12",
    when=asking("dimensions", "embeddings.create"),
    needs=NEEDS,
)
def _dimensions(reading: Reading) -> Iterator[Deviation]:
    """The vector store's column has that length: every insert fails, after the embeddings were paid for."""
    wanted = integer(asked_of(reading).get("dimensions"))
    for i, entry in objects(reading.object.get("data")):
        values = vector(entry.get("embedding"))
        if values is not None and wanted is not None and len(values) != wanted:
            message = f"data[{i}].embedding has {len(values)} numbers where dimensions asked for {wanted}"
            yield Deviation(message, str(wanted), str(len(values)), pointer("data", i, "embedding"))


@check(
    "ignored.encoding_format",
    title="Embeddings come in the encoding asked for",
    clause="EM-13",
    when=EMBEDDINGS,
    needs=NEEDS,
)
def _encoding_format(reading: Reading) -> Iterator[Deviation]:
    """openai-go and raw clients decode the encoding they asked for and fail on the other."""
    wanted = str if asked_of(reading).get("encoding_format") == "base64" else list
    names: dict[Any, str] = {str: "a base64 string", list: "an array of numbers"}
    for i, entry in objects(reading.object.get("data")):
        given = entry.get("embedding")
        if isinstance(given, str | list) and not isinstance(given, wanted):
            message = f"data[{i}].embedding is {names[type(given)]}"
            where = pointer("data", i, "embedding")
            yield Deviation(message, names[wanted], names[type(given)], where)


@check(
    "ignored.previous_response_id",
    level=Level.SHOULD,
    title="The earlier turn is part of the input",
    clause="RE-26",
    when=asking("previous_response_id", RESPONSES),
)
def _previous(reading: Reading) -> Iterator[Deviation]:
    """The model answers without the conversation; no error tells that the id was dropped."""
    seen = snapshot(reading)
    given = asked_of(reading).get("previous_response_id")
    earlier = [other for other in reading.others.values() if snapshot(other).value.get("id") == given]
    before = integer(dig(snapshot(earlier[0]).value, "usage", "input_tokens")) if earlier else None
    now = integer(dig(seen.value, "usage", "input_tokens"))
    if before is None or now is None or asked_of(earlier[0]).get("instructions"):
        raise Inconclusive("the tokens of the earlier turn are not known, or held instructions")
    if now <= before:
        message = f"input_tokens is {now}, not more than the {before} of the turn it continues"
        place = ("usage", "input_tokens")
        yield seen.deviation(message, *place, expected=f"more than {before}", actual=now)


_told = on(CHAT, RESPONSES).where(lambda case: bool(case.asked.get("messages") or case.asked.get("input")))


@check(
    "ignored.messages",
    level=Level.SHOULD,
    title="Everything that was said reaches the model",
    clause="P-16",
    when=_told,
    needs=NEEDS,
)
def _messages(reading: Reading) -> Iterator[Deviation]:
    """Adapters drop the turns they cannot map: developer instructions, or a tool's result, without a word.

    No token spans two words, so that a prompt bills about one for each or more. A tenth is left: one genuine
    prompt of 101 words is billed 100 tokens, and why is not known.
    """
    asked = asked_of(reading)
    streamed = reading.case.operation == CHAT and reading.case.stream
    if streamed and dig(asked, "stream_options", "include_usage") is not True:
        return  # what is told unasked is the business of chat.stream.usage-unasked
    if not asked.keys().isdisjoint(_SHORTENED):
        return
    said = sum([word_count(text) for text in _texts(asked)])
    name = "input_tokens" if reading.case.operation == RESPONSES else "prompt_tokens"
    for usage in usages(reading):
        billed = integer(usage.value.get(name)) or 0
        if 0 < billed < said * 9 // 10:
            message = f"{name} is {billed}, but {said} words were sent: some never reached the model"
            yield usage.deviation(message, name, expected=f"at least {said}", actual=str(billed))


_SHORTENED = {"truncation", "context_management"}
"""Requests that allow to leave something out."""


def _texts(asked: dict[str, Any]) -> Iterator[str]:
    """What is told to the model in words: messages, instructions, results of tools."""
    told = [asked.get("instructions"), asked.get("input")]
    for turn in (*sequence(asked.get("messages")), *sequence(asked.get("input"))):
        if isinstance(turn, dict):
            told.append(turn.get("content", turn.get("output")))
    for content in told:
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            for part in content:
                if isinstance(part, dict) and isinstance(part.get("text"), str):
                    yield part["text"]


def function_tools(asked: dict[str, Any]) -> dict[str, dict[str, Any]] | None:
    """The functions offered, by name, as chat or Responses spell them; None where other tools are offered."""
    found: dict[str, dict[str, Any]] = {}
    for _, tool in objects(asked.get("tools")):
        function = tool.get("function", tool)
        if kind(tool) != "function" or not isinstance(function, dict):
            return None
        if isinstance(function.get("name"), str):
            found[function["name"]] = function
    return found
