"""The chat completion: what both its forms share, and the plain body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, Uncooperative, check
from slashv1.harness.judge.look import DAY, dig, integer, mapping, objects, pointer, sequence, short
from slashv1.harness.judge.signals_request import replays
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

CHAT = "chat.completions.create"
PLAIN = on(CHAT, stream=False)
BOTH = on(CHAT)
REASONS = ("stop", "length", "tool_calls", "content_filter", "function_call")
SINCE_FUTURE = 100_000_000_000
"""The year 5138 in seconds, 1973 in milliseconds: nothing lies between by accident."""
_REFUSALS = 1_722_988_800
"""2024-08-07: recordings from before have no `refusal`."""


def head(reading: Reading) -> tuple[dict[str, Any], int | None]:
    """The object that has id, model and created, and its frame: the body, or a stream's first chunk."""
    if not reading.case.stream:
        return reading.object, None
    return next(
        ((event.object, event.number) for event in reading.events if "choices" in event.object), ({}, None)
    )


@check(
    "chat.object",
    title="The object is chat.completion",
    clause="CH-1",
    when=PLAIN,
)
def _object(reading: Reading) -> Iterator[Deviation]:
    """Clients tell answers of several operations apart by it; instrumentation drops what it does not know."""
    given = reading.object.get("object", "chat.completion")
    if isinstance(given, str) and given != "chat.completion":
        message = f"object is {short(given, 60)}; expected chat.completion"
        yield Deviation(message, "chat.completion", short(given, 60), pointer="/object")


@check(
    "chat.id-prefix",
    level=Level.SHOULD,
    title="The id starts chatcmpl-",
    clause="CH-2",
    when=BOTH,
    needs=[Facet.VALUES],
)
def _id_prefix(reading: Reading) -> Iterator[Deviation]:
    """Tracing and stored-completion look-ups tell what an id names by its prefix."""
    body, frame = head(reading)
    given = body.get("id")
    if isinstance(given, str) and not given.startswith("chatcmpl-") and not _searches(reading):
        message = f"id is {short(given, 60)}; genuine ids start chatcmpl-"
        yield Deviation(message, "chatcmpl-…", short(given, 60), "/id", frame)


def _searches(reading: Reading) -> bool:
    return "search" in str(mapping(reading.asked).get("model"))


@check(
    "chat.id-unique",
    level=Level.SHOULD,
    title="No two completions share an id",
    clause="CH-3",
    when=BOTH.where(lambda case: bool(case.after or case.beside)),
    needs=[Facet.VALUES],
)
def _id_unique(reading: Reading) -> Iterator[Deviation]:
    """Logs, traces and UI lists keep completions by id; the second overwrites the first."""
    body, frame = head(reading)
    given = body.get("id")
    for name, other in reading.neighbours.items():
        same = isinstance(given, str) and head(other)[0].get("id") == given
        if not same or other.case.operation != CHAT or other.exchange is reading.exchange:
            continue
        if not replays(reading.case, other.case):
            yield Deviation(f"id is the same as that of {name}", "a new id", short(given, 60), "/id", frame)
            return


@check(
    "chat.created-seconds",
    title="created is in seconds",
    clause="CH-4",
    when=BOTH,
    needs=[Facet.VALUES],
)
def _created_seconds(reading: Reading) -> Iterator[Deviation]:
    """Milliseconds put every completion 50,000 years ahead; date libraries raise on that."""
    body, frame = head(reading)
    given = integer(body.get("created"))
    if given is not None and given >= SINCE_FUTURE:
        yield Deviation(f"created is {given}: not in seconds", "Unix seconds", str(given), "/created", frame)


@check(
    "chat.created-now",
    level=Level.SHOULD,
    title="created is the time of the request",
    clause="CH-5",
    when=BOTH,
    needs=[Facet.VALUES],
)
def _created_now(reading: Reading) -> Iterator[Deviation]:
    """Lists sorted by it and rules that expire by it go wrong; 0 is a placeholder. A day of skew is fine."""
    body, frame = head(reading)
    given = integer(body.get("created"))
    if given is None or given >= SINCE_FUTURE or reading.exchange.sent_at <= 0:
        return
    if abs(given - reading.exchange.sent_at) > DAY:
        message = f"created is {given}, more than a day from the time of the request"
        yield Deviation(message, str(int(reading.exchange.sent_at)), str(given), "/created", frame)


@check(
    "chat.model",
    level=Level.SHOULD,
    title="The answer names its model",
    clause="CH-6",
    when=BOTH,
)
def _model(reading: Reading) -> Iterator[Deviation]:
    """Price tables and token counters look the model up by this name."""
    body, frame = head(reading)
    if body.get("model") == "":
        yield Deviation("model is empty", "the model that answered", '""', "/model", frame)


@check(
    "chat.model-resolved",
    level=Level.MAY,
    title="The model is the one asked for, or a snapshot of it",
    clause="CH-7",
    when=BOTH,
    needs=[Facet.REQUEST],
)
def _model_resolved(reading: Reading) -> Iterator[Deviation]:
    """Another family than the one asked for may be an alias, or a silent substitution: look at it once."""
    body, frame = head(reading)
    yield from another_model(reading, body.get("model"), "/model", frame)


def another_model(reading: Reading, given: Any, where: str, frame: int | None = None) -> Iterator[Deviation]:
    """A deviation where the model that answered is no relative of the one asked for."""
    asked = mapping(reading.asked).get("model")
    if isinstance(given, str) and isinstance(asked, str) and given and not related(given, asked):
        message = f"{short(given, 60)} answered a request for {short(asked, 60)}"
        yield Deviation(message, short(asked, 60), short(given, 60), where, frame)


def related(given: str, asked: str) -> bool:
    """Whether one model's name extends the other's, a provider's prefix aside."""
    one, other = given.rsplit("/", 1)[-1].lower(), asked.rsplit("/", 1)[-1].lower()
    return one.startswith(other) or other.startswith(one)


@check(
    "chat.choices",
    title="There is a choice",
    clause="CH-8",
    when=PLAIN,
)
def _choices(reading: Reading) -> Iterator[Deviation]:
    """`choices[0]` is the first thing that every program reads."""
    if reading.object.get("choices") == []:
        yield Deviation("choices is empty; choices[0] is what clients read", "a choice", "[]", "/choices")


def choices(reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    """The choices of a plain answer that are objects, with their places."""
    return objects(reading.object.get("choices"))


def messages(reading: Reading) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Place, choice and message of every choice that has a message."""
    return (
        (place, choice, choice["message"])
        for place, choice in choices(reading)
        if isinstance(choice.get("message"), dict)
    )


@check(
    "chat.choices.index",
    title="Choices are numbered from 0 in order",
    clause="CH-9",
    when=PLAIN,
)
def _index(reading: Reading) -> Iterator[Deviation]:
    """With n above 1 clients file choices by index: a repeated one overwrites its sibling."""
    for place, choice in choices(reading):
        given = integer(choice.get("index"))
        if given is not None and given != place:
            message = f"choices[{place}].index is {given}; expected {place}"
            yield Deviation(message, str(place), str(given), pointer("choices", place, "index"))


@check(
    "chat.message.role",
    title="The message's role is assistant",
    clause="CH-10",
    when=PLAIN,
)
def _role(reading: Reading) -> Iterator[Deviation]:
    """Programs append the message to the conversation as it is; the next request is then refused."""
    for place, _, message in messages(reading):
        given = message.get("role", "assistant")
        if isinstance(given, str) and given != "assistant":
            said = f"choices[{place}].message.role is {short(given, 60)}; expected assistant"
            where = pointer("choices", place, "message", "role")
            yield Deviation(said, "assistant", short(given, 60), where)


INSTEAD = ("tool_calls", "function_call", "refusal", "audio")
"""What a message may hold in place of text."""


@check(
    "chat.message.content",
    title="Content is text, and null only beside a call, a refusal or audio",
    clause="CH-11",
    when=PLAIN,
)
def _content(reading: Reading) -> Iterator[Deviation]:
    """`message.content.strip()` is in every quickstart: null without a reason, or an array, raises there."""
    for place, _, message in messages(reading):
        if "content" not in message or isinstance(message["content"], str):
            continue
        given = message["content"]
        if given is not None or not any(message.get(key) for key in INSTEAD):
            why = "null without a call, refusal or audio" if given is None else short(given, 40)
            said = f"choices[{place}].message.content is {why}; text is due"
            yield Deviation(
                said, "a string", short(given, 40), pointer("choices", place, "message", "content")
            )


@check(
    "chat.message.refusal-key",
    level=Level.SHOULD,
    title="The message has a refusal, null as a rule",
    clause="CH-12",
    when=PLAIN,
)
def _refusal(reading: Reading) -> Iterator[Deviation]:
    """Structured-output helpers read it before the content; clients that do not default it fail."""
    for place, _, message in messages(reading) if reading.exchange.sent_at >= _REFUSALS else ():
        if "refusal" not in message:
            where = pointer("choices", place, "message", "refusal")
            yield Deviation(f"choices[{place}].message.refusal is absent", "null", "absent", where)


@check(
    "chat.finish-reason",
    title="Every choice says why it ended",
    clause="CH-13",
    when=PLAIN,
)
def _finish_reason(reading: Reading) -> Iterator[Deviation]:
    """Agents decide by it whether to go on; null, empty or unknown words end in the wrong branch."""
    for place, choice in choices(reading):
        if choice.get("finish_reason") in REASONS:
            continue
        given = short(choice["finish_reason"], 60) if "finish_reason" in choice else "absent"
        message = f"choices[{place}].finish_reason is {given}; expected {', '.join(REASONS[:4])}"
        yield Deviation(message, " or ".join(REASONS[:4]), given, pointer("choices", place, "finish_reason"))


@check(
    "chat.finish-reason-expected",
    title="The finish reason is the one that this request leads to",
    clause="CH-14",
    when=PLAIN.where(lambda case: bool(case.expect.finish_reason)),
)
def _finish_expected(reading: Reading) -> Iterator[Deviation]:
    """`stop` on a text cut by max_tokens is taken for whole; `length` on a whole text is asked to go on."""
    wanted = reading.case.expect.finish_reason
    used = integer(dig(reading.object, "usage", "completion_tokens"))
    for place, choice in choices(reading):
        given = choice.get("finish_reason")
        if given in REASONS and given not in wanted:
            calls = called(mapping(choice.get("message")))
            by_itself(reading, given, calls=calls, used=used)
            message = f"choices[{place}].finish_reason is {given}; this request ends in {' or '.join(wanted)}"
            where = pointer("choices", place, "finish_reason")
            yield Deviation(message, " or ".join(wanted), str(given), where)


def by_itself(reading: Reading, reason: Any, *, calls: bool, used: int | None, billed: bool = True) -> None:
    """Let a model off that did not come to what was to end it: the protocol cannot be seen then.

    `used`: tokens of the answer, as `billed` or at least so many.

    Raises:
        Inconclusive: it called no tool, stopped below the limit, came to the limit before its stop, or
            the limit was not kept at all.
    """
    wanted = reading.case.expect.finish_reason
    if "tool_calls" in wanted and not calls:
        raise Uncooperative("the model called no tool")
    asked = mapping(reading.asked)
    limit = integer(asked.get("max_completion_tokens")) or integer(asked.get("max_tokens"))
    spent = limit is not None and (used is None or used >= limit or not billed)
    if "length" not in wanted and reason == "length" and spent:
        raise Uncooperative(f"the model came to the limit of {limit} tokens first")
    if "length" in wanted and reason == "stop" and limit is not None and used is not None:
        if used < limit:
            raise Uncooperative(f"the model ended by itself before the limit of {limit} tokens")
        if used > limit:
            raise Inconclusive(f"the limit of {limit} tokens was not kept, see ignored.max_tokens")


def called(message: dict[str, Any]) -> bool:
    """Whether a message calls a tool."""
    return bool(sequence(message.get("tool_calls")))


def named_choice(reading: Reading) -> bool:
    """Whether the request names the tool to call, which genuine OpenAI ends in `stop`."""
    asked = mapping(reading.asked)
    choice = asked.get("tool_choice")
    named = isinstance(choice, dict) and choice.get("type") != "allowed_tools"
    return named or isinstance(asked.get("function_call"), dict)


def finish_mismatch(reason: Any, *, calls: bool, named: bool) -> tuple[str, str] | None:
    """Expectation and sentence where finish reason and tool calls contradict each other."""
    if calls and reason == "stop" and not named:
        return "tool_calls", 'is "stop" although tools are called'
    if not calls and reason == "tool_calls":
        return "stop", 'is "tool_calls" although no tool is called'
    return None


@check(
    "chat.finish-reason-tools",
    title="finish_reason is tool_calls where tools are called, and only there",
    clause="CH-15",
    when=PLAIN,
    needs=[Facet.REQUEST],
)
def _finish_tools(reading: Reading) -> Iterator[Deviation]:
    """Agent loops run tools only on `tool_calls`: with `stop` they show an empty answer and end."""
    for place, choice, message in messages(reading):
        wrong = finish_mismatch(
            choice.get("finish_reason"), calls=called(message), named=named_choice(reading)
        )
        if wrong:
            where = pointer("choices", place, "finish_reason")
            said = f"choices[{place}].finish_reason {wrong[1]}"
            yield Deviation(said, wrong[0], str(choice["finish_reason"]), where)
