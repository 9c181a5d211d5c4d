"""How each choice of a chat stream ends: its finish reason."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat import REASONS, by_itself, finish_mismatch, named_choice
from slashv1.harness.judge.chat_fold import ChatStream, Part, call_deltas, chat_stream
from slashv1.harness.judge.chat_stream import STREAM, written
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, integer, more, objects, pointer, short
from slashv1.harness.reading import Reading
from slashv1.record import Level

_WORDS = ", ".join(REASONS[:4])


@check(
    "chat.stream.finish-present",
    level=Level.SHOULD,
    title="finish_reason stands in every choice, null until the last",
    clause="CS-30",
    when=written,
)
def _finish_present(reading: Reading) -> Iterator[Deviation]:
    """Typed clients that do not default it fail to decode the chunk."""
    missing = [
        (chunk.number, place)
        for chunk in chat_stream(reading).chunks
        for place, choice in objects(chunk.object.get("choices"))
        if "finish_reason" not in choice
    ]
    if missing:
        frame, place = missing[0]
        message = f"choices[{place}].finish_reason is absent here{more(len(missing) - 1, 'choice')}"
        yield Deviation(message, "null", "absent", pointer("choices", place, "finish_reason"), frame)


@check(
    "chat.stream.finish-value",
    title="A finish reason is one of the known words, and null before",
    clause="CS-31",
    when=STREAM,
)
def _finish_value(reading: Reading) -> Iterator[Deviation]:
    """openai-node and LangChain take "" for the end and stop reading; unknown words end in no branch."""
    for parts in chat_stream(reading).choices.values():
        for part in parts:
            if part.finish is None or part.finish in REASONS:
                continue
            given = short(part.finish, 60)
            due = "null until the last chunk" if part.finish == "" else f"null or {_WORDS}"
            message = f"choices[{part.place}].finish_reason is {given}; expected {due}"
            yield Deviation(message, due, given, part.at("finish_reason"), part.frame)
            break


@check(
    "chat.stream.finish",
    title="Every choice ends with a finish reason",
    clause="CS-32",
    when=written,
)
def _finish(reading: Reading) -> Iterator[Deviation]:
    """Agents wait for it to act, and cannot tell a whole answer from one cut off in the middle."""
    stream = chat_stream(reading)
    for index, parts in stream.choices.items() if stream.whole else ():
        last = parts[-1]
        if last.finish != "" and not any(part.ended for part in parts):
            message = f"choice {index} never gets a finish_reason"
            yield Deviation(message, _WORDS, "null", last.at("finish_reason"), last.frame)


@check(
    "chat.stream.finish-once",
    title="A choice finishes once",
    clause="CS-33",
    when=STREAM,
)
def _finish_once(reading: Reading) -> Iterator[Deviation]:
    """Accumulators run the tools, or close the message, a second time."""
    for index, parts in chat_stream(reading).choices.items():
        ends = [part for part in parts if part.ended]
        for part in ends[1:]:
            message = f"choice {index} finishes again"
            yield Deviation(message, "null", short(part.finish, 60), part.at("finish_reason"), part.frame)


@check(
    "chat.stream.after-finish",
    title="Nothing comes for a choice that has finished",
    clause="CS-34",
    when=STREAM,
)
def _after_finish(reading: Reading) -> Iterator[Deviation]:
    """Clients stop reading a choice at its finish_reason: what comes later is lost.

    A choice in the chunk with the usage is left to chat.stream.usage-choices.
    """
    stream = chat_stream(reading)
    billing = {chunk.number for chunk in stream.usages}
    for index, parts in stream.choices.items():
        end = next((place for place, part in enumerate(parts) if part.ended), len(parts))
        late = next((part for part in parts[end + 1 :] if not part.ended and part.frame not in billing), None)
        if late:
            shown = short(late.delta, 60)
            message = f"choice {index} goes on after its finish_reason: {shown}"
            yield Deviation(message, "nothing", shown, late.at("delta"), late.frame)


@check(
    "chat.stream.finish-expected",
    title="The finish reason is the one that this request leads to",
    clause="CS-35",
    when=STREAM.where(lambda case: bool(case.expect.finish_reason)),
)
def _finish_expected(reading: Reading) -> Iterator[Deviation]:
    """`stop` on a text cut by max_tokens is taken for whole; `length` on a whole text is asked to go on."""
    stream, wanted = chat_stream(reading), reading.case.expect.finish_reason
    for index in stream.choices:
        part = stream.last_finish(index)
        if part and part.finish in REASONS and part.finish not in wanted:
            parts = stream.choices[index]
            used, billed = _used(stream, parts)
            calls = any(call_deltas(parts))
            by_itself(reading, part.finish, calls=calls, used=used, billed=billed)
            message = f"choice {index} ends in {part.finish}; this request ends in {' or '.join(wanted)}"
            where = part.at("finish_reason")
            yield Deviation(message, " or ".join(wanted), str(part.finish), where, part.frame)


def _used(stream: ChatStream, parts: tuple[Part, ...]) -> tuple[int | None, bool]:
    """Tokens of the answer, and whether they are billed: else one for each delta that brought text."""
    billed = [integer(dig(chunk.object, "usage", "completion_tokens")) for chunk in stream.usages]
    if billed:
        return billed[-1], True
    return sum(bool(part.delta.get("content")) for part in parts), False


@check(
    "chat.stream.finish-tools",
    title="finish_reason is tool_calls where tools are called, and only there",
    clause="CS-36",
    when=STREAM,
    needs=[Facet.REQUEST],
)
def _finish_tools(reading: Reading) -> Iterator[Deviation]:
    """Agent loops run tools only on `tool_calls`: with `stop` they show an empty answer and end."""
    stream, named = chat_stream(reading), named_choice(reading)
    for index, parts in stream.choices.items():
        part, called = stream.last_finish(index), any(call_deltas(parts))
        wrong = finish_mismatch(part.finish, calls=called, named=named) if part else None
        if part and wrong:
            message = f"the finish_reason of choice {index} {wrong[1]}"
            where = part.at("finish_reason")
            yield Deviation(message, wrong[0], str(part.finish), where, part.frame)
