"""What a plain chat message carries besides text: tool calls and log probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge import logprobs
from slashv1.harness.judge.chat import INSTEAD, PLAIN, choices, messages
from slashv1.harness.judge.check import Deviation, Uncooperative, check
from slashv1.harness.judge.look import dig, integer, mapping, objects, pointer, short
from slashv1.harness.judge.when import tagged
from slashv1.harness.reading import Reading
from slashv1.record import Level
from slashv1.spec import parse

TOOL_TAGS = frozenset({"tools", "tool-required", "tool-named", "tools-parallel"})
CUT_SHORT = ("length", "content_filter")
"""Finish reasons beside which arguments may break off."""


_with_tools = PLAIN.where(lambda case: bool(case.tags & TOOL_TAGS))


def _calls(reading: Reading) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Pointer, call and choice of every tool call; raises `Inconclusive` where the model called none."""
    found = [
        (pointer("choices", place, "message", "tool_calls", n), call, choice)
        for place, choice, message in messages(reading)
        for n, call in objects(message.get("tool_calls"))
    ]
    if not found:
        raise Uncooperative("the model called no tool")
    return found


def bad_arguments(text: str) -> str | None:
    """Why a call's arguments are no JSON object; None where they are one."""
    document = parse(text)
    if not document.ok:
        return "empty" if not text.strip() else document.problems[0].message
    return None if isinstance(document.value, dict) else "no object"


def tool_names(asked: Any) -> frozenset[str]:
    """The names of the tools that a request offers."""
    offered = (mapping(tool.get(str(tool.get("type")))) for _, tool in objects(mapping(asked).get("tools")))
    return frozenset(name for tool in offered if isinstance(name := tool.get("name"), str))


@check(
    "chat.tools.id",
    title="Every tool call has an id of its own",
    clause="CH-16",
    when=_with_tools,
)
def _id(reading: Reading) -> Iterator[Deviation]:
    """The result is sent back under this id: empty or repeated, the next request is refused or mixed up."""
    seen: set[tuple[int, str]] = set()
    for where, call, choice in _calls(reading):
        given = call.get("id")
        if given == "" or (isinstance(given, str) and (id(choice), given) in seen):
            what = "empty" if given == "" else "that of another call"
            yield Deviation(f"the id of a tool call is {what}", "a new id", short(given, 60), f"{where}/id")
        elif isinstance(given, str):
            seen.add((id(choice), given))


@check(
    "chat.tools.type",
    title="Every tool call says its type",
    clause="CH-17",
    when=_with_tools,
)
def _type(reading: Reading) -> Iterator[Deviation]:
    """SDK helpers dispatch on it: a call without the type function is skipped, and the agent waits."""
    for where, call, _ in _calls(reading):
        given = call.get("type")
        if given not in ("function", "custom"):
            shown = short(given, 60) if "type" in call else "absent"
            yield Deviation(f"the type of a tool call is {shown}", "function", shown, f"{where}/type")


@check(
    "chat.tools.arguments",
    title="The arguments of a call are a string that holds a JSON object",
    clause="CH-18",
    when=_with_tools,
)
def _arguments(reading: Reading) -> Iterator[Deviation]:
    """Every client calls `json.loads(call.function.arguments)`: an object, or empty text, raises there."""
    for where, call, choice in _calls(reading):
        if not isinstance(call.get("function"), dict):
            continue
        given = call["function"].get("arguments")
        place = f"{where}/function/arguments"
        if not isinstance(given, str):
            message = f"arguments are {short(given, 40)}, not a string of JSON"
            yield Deviation(message, "a string", short(given, 40), place)
        elif choice.get("finish_reason") not in CUT_SHORT and (why := bad_arguments(given)):
            message = f"arguments are no JSON object ({why}): {short(given, 60)}"
            yield Deviation(message, "a JSON object as text", short(given, 60), place)


@check(
    "chat.tools.name",
    level=Level.SHOULD,
    title="A call names a tool that was offered",
    clause="CH-19",
    when=_with_tools,
    needs=[Facet.REQUEST],
)
def _name(reading: Reading) -> Iterator[Deviation]:
    """Clients look the function up by name; a prefixed or decorated name raises KeyError."""
    offered = tool_names(reading.asked)
    for where, call, _ in _calls(reading):
        kind = "custom" if call.get("type") == "custom" else "function"
        given = dig(call, kind, "name")
        if isinstance(given, str) and offered and given not in offered:
            message = f"the call names {short(given, 60)}, which was not offered"
            wanted = short(sorted(offered), 60)
            yield Deviation(message, wanted, short(given, 60), f"{where}/{kind}/name")


@check(
    "chat.tools.no-index",
    level=Level.SHOULD,
    title="A call in a plain answer has no index",
    clause="CH-20",
    when=_with_tools,
)
def _no_index(reading: Reading) -> Iterator[Deviation]:
    """The message is sent back as it came in the next turn, and strict servers refuse the unknown field."""
    for where, call, _ in _calls(reading):
        if "index" in call:
            message = "a tool call of a plain answer has an index, which belongs to streams"
            yield Deviation(message, "absent", short(call["index"], 40), f"{where}/index")


@check(
    "chat.tools.nonempty",
    level=Level.SHOULD,
    title="tool_calls is absent where no tool is called",
    clause="CH-21",
    when=PLAIN,
)
def _nonempty(reading: Reading) -> Iterator[Deviation]:
    """Sent back as it came, an empty array is refused; `if message.tool_calls is not None` loops for ever."""
    for place, _, message in messages(reading):
        if message.get("tool_calls", True) in ([], None):
            given = short(message["tool_calls"])
            where = pointer("choices", place, "message", "tool_calls")
            said = f"choices[{place}].message.tool_calls is {given}; leave it out where no tool is called"
            yield Deviation(said, "absent", given, where)


@check(
    "chat.message.empty",
    level=Level.SHOULD,
    title="An answer that cost tokens has text",
    clause="CH-22",
    when=PLAIN,
)
def _empty(reading: Reading) -> Iterator[Deviation]:
    """The text went into a field of the server's own, or nowhere: users pay for an empty answer."""
    usage = mapping(reading.object.get("usage"))
    thought = integer(dig(usage, "completion_tokens_details", "reasoning_tokens")) or 0
    spent = (integer(usage.get("completion_tokens")) or 0) - thought
    found = list(messages(reading))
    for place, choice, message in found if len(found) == 1 else ():
        silent = message.get("content") == "" and not any(message.get(key) for key in INSTEAD)
        if silent and choice.get("finish_reason") == "stop" and spent > 1:
            where = pointer("choices", place, "message", "content")
            said = f"choices[{place}].message.content is empty although {spent} tokens were generated"
            yield Deviation(said, "text", '""', where)


def _faults(reading: Reading, look: Callable[[Any], Iterator[logprobs.Fault]]) -> Iterator[Deviation]:
    """The first fault of every choice's log probabilities; one broken rule breaks every token."""
    for place, choice in choices(reading):
        fault = next(look(choice.get("logprobs")), None)
        if fault:
            where = pointer("choices", place, "logprobs") + fault.where
            yield Deviation(f"choices[{place}]: {fault.said}", fault.expected, fault.actual, where)


@check(
    "chat.logprobs.values",
    title="Log probabilities are 0 or less",
    clause="CH-23",
    when=tagged("logprobs", PLAIN),
)
def _values(reading: Reading) -> Iterator[Deviation]:
    """Evaluators exponentiate them: a probability in their place gives a certainty above 1."""
    yield from _faults(reading, logprobs.wrong_values)


@check(
    "chat.logprobs.bytes",
    level=Level.SHOULD,
    title="The bytes of a token are its UTF-8",
    clause="CH-24",
    when=tagged("logprobs", PLAIN),
)
def _bytes(reading: Reading) -> Iterator[Deviation]:
    """Characters that several tokens share are put together from the bytes: wrong ones give garbled text."""
    yield from _faults(reading, logprobs.wrong_bytes)


@check(
    "chat.logprobs.top-count",
    title="Every token has as many alternatives as top_logprobs asked for",
    clause="CH-25",
    when=tagged("logprobs", PLAIN),
)
def _top_count(reading: Reading) -> Iterator[Deviation]:
    """Classifiers read the alternatives of the first token: fewer than asked for skew every score."""
    asked = logprobs.asked_top(reading.asked)
    if asked is not None:
        yield from _faults(reading, lambda given: logprobs.wrong_counts(given, asked))


@check(
    "chat.logprobs.text",
    level=Level.SHOULD,
    title="The tokens spell the content",
    clause="CH-26",
    when=tagged("logprobs", PLAIN),
)
def _text(reading: Reading) -> Iterator[Deviation]:
    """Confidence highlights are laid over the text token by token: a lost token shifts all that follow."""
    for place, choice in choices(reading):
        text, given = dig(choice, "message", "content"), choice.get("logprobs")
        spelt = logprobs.joined_bytes(given) if logprobs.has_tokens(given) else None
        if next(logprobs.wrong_bytes(given), None) or not spelt or not isinstance(text, str):
            continue
        if spelt != text.encode("utf-8", "surrogatepass"):
            shown = short(spelt.decode("utf-8", "replace"), 60)
            where = pointer("choices", place, "logprobs", "content")
            said = f"the tokens of choices[{place}] spell {shown}, not the content"
            yield Deviation(said, short(text, 60), shown, where)


@check(
    "chat.logprobs.unasked",
    level=Level.SHOULD,
    title="logprobs is null where nobody asked",
    clause="CH-27",
    when=PLAIN.where(lambda case: "logprobs" not in case.tags),
    needs=[Facet.REQUEST],
)
def _unasked(reading: Reading) -> Iterator[Deviation]:
    """They multiply the size of an answer, and an empty stub of them is taken for real ones."""
    if logprobs.asked_top(reading.asked) is not None:
        return
    for place, choice in choices(reading):
        if choice.get("logprobs") is not None:
            given = short(choice["logprobs"], 40)
            where = pointer("choices", place, "logprobs")
            yield Deviation(f"choices[{place}].logprobs was not asked for", "null", given, where)
