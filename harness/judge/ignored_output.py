"""Formats and tool choices that a server enforces or refuses, and must not silently ignore."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.harness.judge.answer import Turn, answer
from slashv1.harness.judge.check import Deviation, Uncooperative, check
from slashv1.harness.judge.ignored import CHAT, NEEDS, RESPONSES, asking, function_tools
from slashv1.harness.judge.look import dig, kind, mapping, objects, short
from slashv1.harness.judge.snapshot import asked_of, snapshot
from slashv1.harness.judge.when import When, on
from slashv1.harness.reading import Reading
from slashv1.spec import parse, stream_machine

BOTH = on(CHAT, RESPONSES)
ITEMS: Mapping[str, Mapping[str, Any]] = stream_machine("responses")["items"]


def _whole_turns(reading: Reading) -> list[Turn]:
    """The turns that came to their end.

    Raises:
        Inconclusive: there are turns, and all were cut or refused.
    """
    turns = answer(reading).turns
    if turns and all(turn.cut for turn in turns):
        raise Uncooperative("the answer was cut or refused before it was whole")
    return [turn for turn in turns if not turn.cut]


def why_invalid(schema: Any, value: Any) -> tuple[str, str] | None:
    """JSON Pointer and sentence of what a value first breaks; None where it is valid."""
    if _is_valid(schema, value):
        return None
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, UnknownType, best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        judge = Draft202012Validator(schema, registry=Registry())  # one that fetches nothing
        error = best_match(judge.iter_errors(value))
    except (SchemaError, UnknownType, Unresolvable, RecursionError, ValueError, TypeError, re.error):
        return None
    if error is None:
        return None
    where = "".join(f"/{step}" for step in error.absolute_path)
    return where, f"{error.validator} is broken: {error.message[:120]}"


def _is_valid(schema: Any, value: Any) -> bool:
    """Quickly; False too where the schema is none, or refers elsewhere: the slow judge says what is wrong."""
    import jsonschema_rs

    try:
        return bool(jsonschema_rs.Draft202012Validator(schema, retriever=_fetch_nothing).is_valid(value))
    except (ValueError, TypeError, RecursionError):
        return False


def _fetch_nothing(address: str) -> Any:
    raise ValueError(f"{address} is not fetched")


def _format_faults(reading: Reading, wanted: str, schema: Any) -> Iterator[Deviation]:
    for turn in _whole_turns(reading):
        if not turn.spoken or (turn.calls and not turn.text):
            continue
        read = parse(turn.text)
        if not read.ok or (wanted == "json_object" and not isinstance(read.value, dict)):
            expected = "a JSON object" if wanted == "json_object" else "JSON by the schema"
            message = f"choice {turn.at} is not {expected} although {wanted} was asked for"
            yield turn.deviation(message, expected, short(turn.text))
        elif schema is not None and (broken := why_invalid(schema, read.value)):
            message = f"the answer breaks the schema asked for at {broken[0] or 'its root'}: {broken[1]}"
            yield turn.deviation(message, "JSON by the schema", short(turn.text))


FORMATS = ("json_object", "json_schema")


def _formats(operation: str, *path: str) -> When:
    """Beside tools the format is not enforced: genuine answers run several documents together there."""
    given = on(operation).where(lambda case: kind(dig(case.asked, *path)) in FORMATS)
    return given.where(lambda case: "tools" not in case.asked)


@check(
    "ignored.response_format",
    title="The answer keeps the response_format",
    clause="CH-38",
    when=_formats(CHAT, "response_format"),
    needs=NEEDS,
)
def _response_format(reading: Reading) -> Iterator[Deviation]:
    """`client.chat.completions.parse` raises ValidationError on it; code without a check stores nonsense."""
    wanted = mapping(asked_of(reading).get("response_format"))
    inner = mapping(wanted.get("json_schema"))
    schema = inner.get("schema") if inner.get("strict") is True else None
    yield from _format_faults(reading, kind(wanted), schema)


@check(
    "ignored.text.format",
    title="The answer keeps text.format",
    clause="RE-25",
    when=_formats(RESPONSES, "text", "format"),
    needs=NEEDS,
)
def _text_format(reading: Reading) -> Iterator[Deviation]:
    """`client.responses.parse` raises ValidationError on it; code without a check stores nonsense."""
    wanted = mapping(dig(asked_of(reading), "text", "format"))
    schema = wanted.get("schema") if wanted.get("strict") is True else None
    yield from _format_faults(reading, kind(wanted), schema)


def _choosing(word: str) -> When:
    return BOTH.where(lambda case: case.asked.get("tool_choice") == word)


_named = BOTH.where(lambda case: bool(_name_of(case.asked.get("tool_choice"))))


def _name_of(choice: Any) -> str:
    """The tool that a tool_choice names, in chat's or Responses' spelling; empty where it names none."""
    if kind(choice) not in ("function", "custom"):
        return ""
    name = dig(choice, kind(choice), "name") or dig(choice, "name")
    return name if isinstance(name, str) else ""


HOSTED = {
    tool: frozenset(name for name, entry in ITEMS.items() if tool in entry.get("tools", ()))
    for tool in {tool for entry in ITEMS.values() for tool in entry.get("tools", ())}
}
"""Type of a hosted tool: the items that it brings."""
_hosted = on(RESPONSES).where(lambda case: kind(case.asked.get("tool_choice")) in HOSTED)


@check(
    "ignored.tool_choice.required",
    title="tool_choice required brings a call",
    clause="CH-39",
    when=_choosing("required"),
    needs=NEEDS,
)
def _required(reading: Reading) -> Iterator[Deviation]:
    """Extraction and routing code reads `tool_calls[0]`; prose in its place raises IndexError there."""
    for turn in _whole_turns(reading):
        if not turn.calls:
            message = f"choice {turn.at} calls no tool although tool_choice is required"
            yield turn.deviation(message, "at least one call", short(turn.text))


@check(
    "ignored.tool_choice.named",
    title="A named tool_choice brings that call",
    clause="CH-40",
    when=_named,
    needs=NEEDS,
)
def _named_call(reading: Reading) -> Iterator[Deviation]:
    """Structured extraction forces one function and parses its arguments unseen."""
    wanted = _name_of(asked_of(reading).get("tool_choice"))
    for turn in _whole_turns(reading):
        names = [call.name for call in turn.calls.values()]
        if wanted and (not names or any(name != wanted for name in names)):
            message = f"choice {turn.at} does not call {wanted} alone although tool_choice names it"
            first = next(iter(turn.calls.values()), None)
            where = first.pointer if first else None
            yield turn.deviation(message, wanted, short(names or turn.text), where)


_allowed = BOTH.where(lambda case: kind(case.asked.get("tool_choice")) == "allowed_tools")


@check(
    "ignored.tool_choice.allowed",
    title="allowed_tools keeps the calls to those it allows",
    clause="CH-49",
    when=_allowed,
    needs=NEEDS,
)
def _allowed_tools(reading: Reading) -> Iterator[Deviation]:
    """Agents keep all tools in the request for the cache's sake, and guard by this what may run now."""
    choice = mapping(asked_of(reading).get("tool_choice"))
    told = mapping(choice.get("allowed_tools")) or choice
    tools = [tool for _, tool in objects(told.get("tools"))]
    if any(kind(tool) != "function" for tool in tools):
        return
    names = {dig(tool, "function", "name") or tool.get("name") for tool in tools}
    for turn in answer(reading).turns:
        for call in turn.calls.values():
            if call.name not in names:
                message = f"{call.name} is called although allowed_tools does not name it"
                yield Deviation(message, short(sorted(map(str, names))), call.name, call.pointer, call.frame)
        if told.get("mode") == "required" and not turn.calls and not turn.cut:
            message = f"choice {turn.at} calls no tool although allowed_tools requires one"
            yield turn.deviation(message, "at least one call", short(turn.text))


@check(
    "ignored.tool_choice.hosted",
    title="A tool_choice of a hosted tool brings an item of it",
    clause="RF-10",
    when=_hosted,
    needs=NEEDS,
)
def _hosted_call(reading: Reading) -> Iterator[Deviation]:
    """Answers that were to be searched or computed are guessed: they read the same and cite nothing."""
    wanted = HOSTED.get(kind(asked_of(reading).get("tool_choice")), frozenset())
    seen = snapshot(reading)
    if wanted and _whole_turns(reading) and not any(kind(item) in wanted for _, item in seen.items):
        came = sorted({kind(item) for _, item in seen.items})
        expected = " or ".join(sorted(wanted))
        yield seen.deviation(
            f"no {expected} came although tool_choice forces it", "output", expected=expected, actual=came
        )


@check(
    "ignored.tool_choice.none",
    title="tool_choice none brings no call",
    clause="CH-41",
    when=_choosing("none"),
    needs=NEEDS,
)
def _none(reading: Reading) -> Iterator[Deviation]:
    """It is how agents end: a call that nobody will run leaves the user without the answer."""
    for turn in answer(reading).turns:
        for call in turn.calls.values():
            message = f"{call.name} is called although tool_choice is none"
            yield Deviation(message, "no call", short(call.name), call.pointer, call.frame)


@check(
    "ignored.parallel_tool_calls",
    title="parallel_tool_calls false brings one call at most",
    clause="CH-42",
    when=BOTH.where(lambda case: case.asked.get("parallel_tool_calls") is False),
    needs=NEEDS,
)
def _parallel(reading: Reading) -> Iterator[Deviation]:
    """Code that asks for one call runs the first and answers it alone; the next request is refused."""
    if function_tools(asked_of(reading)) is None:
        return
    for turn in answer(reading).turns:
        if len(turn.calls) > 1:
            last = list(turn.calls.values())[-1]
            message = f"{len(turn.calls)} calls in choice {turn.at} although parallel_tool_calls is false"
            yield Deviation(message, "one call at most", str(len(turn.calls)), last.pointer, last.frame)


@check(
    "ignored.strict",
    title="A strict function's arguments keep its schema",
    clause="CH-43",
    when=asking("tools"),
    needs=NEEDS,
)
def _strict(reading: Reading) -> Iterator[Deviation]:
    """With `strict` clients leave out their own validation and pass the arguments on."""
    tools = function_tools(asked_of(reading)) or {}
    for turn in answer(reading).turns:
        for call in [] if turn.cut else turn.calls.values():
            function = tools.get(call.name, {})
            if function.get("strict") is not True or not (read := parse(call.arguments)).ok:
                continue
            if broken := why_invalid(function.get("parameters"), read.value):
                message = f"the arguments of {call.name} break its strict schema: {broken[1]}"
                yield Deviation(
                    message, "arguments by the schema", short(call.arguments), call.pointer, call.frame
                )
