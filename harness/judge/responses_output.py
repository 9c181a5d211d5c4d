"""The output items of a Response object: messages, function calls, reasoning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat_parts import TOOL_TAGS
from slashv1.harness.judge.check import Deviation, Uncooperative, check
from slashv1.harness.judge.look import kind, objects, sequence
from slashv1.harness.judge.snapshot import asked_of, of_response, snapshot
from slashv1.harness.reading import Reading
from slashv1.record import Level
from slashv1.spec import parse, stream_machine

PREFIXES = {
    name: entry["prefix"] for name, entry in stream_machine("responses")["items"].items() if "prefix" in entry
}


@check(
    "responses.output.id-prefix",
    level=Level.SHOULD,
    title="Item ids carry the prefix of their type",
    clause="RE-13",
    when=of_response(),
    needs=[Facet.VALUES],
)
def _id_prefix(reading: Reading) -> Iterator[Deviation]:
    """Sent back as input, api.openai.com refuses an item whose id has not its type's prefix."""
    seen = snapshot(reading)
    for i, item in seen.items:
        given, prefix = item.get("id"), PREFIXES.get(kind(item))
        if prefix and isinstance(given, str) and not given.startswith(prefix):
            message = f"output[{i}].id of a {kind(item)} has not the prefix {prefix}"
            yield seen.deviation(message, "output", i, "id", expected=f"{prefix}…", actual=given)


def _repeated(values: list[tuple[int, Any]]) -> list[tuple[int, str]]:
    seen: set[str] = set()
    twice = []
    for i, value in values:
        if isinstance(value, str) and value in seen:
            twice.append((i, value))
        elif isinstance(value, str):
            seen.add(value)
    return twice


@check(
    "responses.output.ids-unique",
    title="No two output items share an id",
    clause="RE-14",
    when=of_response(),
    needs=[Facet.VALUES],
)
def _ids_unique(reading: Reading) -> Iterator[Deviation]:
    """Clients keep items in a map by id; the second one overwrites the first."""
    seen = snapshot(reading)
    for i, value in _repeated([(i, item.get("id")) for i, item in seen.items]):
        message = f"output[{i}].id stands on an earlier item too"
        yield seen.deviation(message, "output", i, "id", expected="an id of its own", actual=value)


@check(
    "responses.output.message-role",
    title="Output messages are the assistant's",
    clause="RE-15",
    when=of_response(),
)
def _message_role(reading: Reading) -> Iterator[Deviation]:
    """The SDKs' type has this constant; histories built from other roles put words in the user's mouth."""
    seen = snapshot(reading)
    for i, item in seen.of_type("message"):
        role = item.get("role")
        if isinstance(role, str) and role != "assistant":
            message = f"output[{i}].role is {role!r}"
            yield seen.deviation(message, "output", i, "role", expected='"assistant"', actual=role)


@check(
    "responses.output.part-type",
    title="Message parts are output_text or refusal",
    clause="RE-16",
    when=of_response(),
)
def _part_type(reading: Reading) -> Iterator[Deviation]:
    """`output_text` of the SDKs joins parts of that type alone: text under another name is lost silently."""
    seen = snapshot(reading)
    for i, j, part in seen.parts():
        if kind(part) not in {"", "output_text", "refusal"}:
            message = f"output[{i}].content[{j}].type is {kind(part)!r}"
            expected = "output_text or refusal"
            yield seen.deviation(
                message, "output", i, "content", j, "type", expected=expected, actual=kind(part)
            )


@check(
    "responses.output.annotations",
    title="Every output_text part has an annotations array",
    clause="RE-17",
    when=of_response(),
)
def _annotations(reading: Reading) -> Iterator[Deviation]:
    """LangChain and citation renderers iterate it unasked; null or absent raises there."""
    seen = snapshot(reading)
    for i, j, part in seen.parts():
        if part.get("type") == "output_text" and not isinstance(part.get("annotations"), list):
            place = ("output", i, "content", j, "annotations")
            message = f"output[{i}].content[{j}].annotations is not an array"
            yield seen.deviation(message, *place, expected="an array", actual=part.get("annotations"))


@check(
    "responses.output.item-status",
    level=Level.SHOULD,
    title="The items of a completed response are completed",
    clause="RE-18",
    when=of_response(),
)
def _item_status(reading: Reading) -> Iterator[Deviation]:
    """Agent loops wait for an item that is still `in_progress`, for ever."""
    seen = snapshot(reading)
    if seen.status != "completed":
        return
    for i, item in seen.items:
        status = item.get("status")
        if kind(item) in {"message", "function_call"} and isinstance(status, str) and status != "completed":
            message = f"output[{i}].status is {status!r} in a completed response"
            yield seen.deviation(message, "output", i, "status", expected='"completed"', actual=status)


@check(
    "responses.output.not-empty",
    level=Level.SHOULD,
    title="A completed response has output",
    clause="RE-19",
    when=of_response("responses.create", "responses.retrieve"),
)
def _not_empty(reading: Reading) -> Iterator[Deviation]:
    """`output[0]` is what most code reads first; genuine answers that were completed always have one."""
    seen = snapshot(reading)
    if seen.status == "completed" and seen.value.get("output") == []:
        message = "output is empty in a completed response"
        yield seen.deviation(message, "output", expected="at least one item", actual=[])


def _functions(reading: Reading) -> list[tuple[int, dict[str, Any]]]:
    """The function calls with their places.

    Raises:
        Uncooperative: there is none, in a case that is there for the calls.
    """
    found = snapshot(reading).of_type("function_call")
    if not found and reading.case.cooperative and reading.case.tags & TOOL_TAGS:
        raise Uncooperative("the model called no tool")
    return found


@check(
    "responses.call.call-id",
    title="Every function call has a call_id of its own",
    clause="RE-20",
    when=of_response(),
)
def _call_id(reading: Reading) -> Iterator[Deviation]:
    """The tool's output is sent back under it: without one, or shared by two calls, results get lost."""
    seen = snapshot(reading)
    calls = [(i, item.get("call_id")) for i, item in _functions(reading)]
    for i, value in calls:
        if not value and (value is None or isinstance(value, str)):
            message = f"output[{i}].call_id is missing or empty"
            yield seen.deviation(message, "output", i, "call_id", expected="call_…", actual=value)
    for i, value in _repeated([(i, value) for i, value in calls if value]):
        message = f"output[{i}].call_id stands on an earlier call too"
        yield seen.deviation(message, "output", i, "call_id", expected="an id of its own", actual=value)


def _asked_names(reading: Reading) -> set[str] | None:
    """Names of the functions asked with; None where earlier turns or other kinds of tools may bring more."""
    asked = asked_of(reading)
    tools = sequence(asked.get("tools"))
    turns = any(item.get("type", "message") != "message" for _, item in objects(asked.get("input")))
    context = any(asked.get(key) is not None for key in ("previous_response_id", "conversation", "prompt"))
    others = any(kind(tool) != "function" for tool in tools)
    if not tools or turns or context or others:
        return None
    return {tool["name"] for _, tool in objects(tools) if isinstance(tool.get("name"), str)}


@check(
    "responses.call.name",
    title="A function call names a function of the request",
    clause="RE-21",
    when=of_response("responses.create", asking="tools"),
    needs=[Facet.REQUEST],
)
def _call_name(reading: Reading) -> Iterator[Deviation]:
    """Dispatch tables raise KeyError on a name nobody offered; a server knows the names it may emit."""
    seen, names = snapshot(reading), _asked_names(reading)
    if names is None:
        return
    for i, item in _functions(reading):
        name = item.get("name")
        if isinstance(name, str) and name not in names:
            message = f"output[{i}].name is {name!r}, a function nobody offered"
            expected = " or ".join(sorted(names))
            yield seen.deviation(message, "output", i, "name", expected=expected, actual=name)


@check(
    "responses.call.arguments-json",
    title="Arguments of a finished call are the text of a JSON object",
    clause="RE-22",
    when=of_response(),
)
def _arguments_json(reading: Reading) -> Iterator[Deviation]:
    """Every client calls json.loads on it; an empty string for no arguments raises in all of them."""
    seen = snapshot(reading)
    if seen.status == "incomplete":
        return
    for i, item in _functions(reading):
        text = item.get("arguments")
        if item.get("status") == "incomplete" or not isinstance(text, str):
            continue
        if not isinstance(parse(text).value, dict):
            message = f"output[{i}].arguments is not the text of a JSON object"
            place = ("output", i, "arguments")
            yield seen.deviation(message, *place, expected="JSON object as a string", actual=text)


@check(
    "responses.call.outputs",
    level=Level.SHOULD,
    title="The output of a tool belongs to a call",
    clause="VA-6",
    when=of_response(),
    needs=[Facet.VALUES],
)
def _outputs(reading: Reading) -> Iterator[Deviation]:
    """Sent back as input, a result whose call nobody made is refused, and the conversation is stuck."""
    seen = snapshot(reading)
    if any(asked_of(reading).get(key) is not None for key in ("previous_response_id", "conversation")):
        return
    made = [item.get("call_id") for _, item in seen.items if not kind(item).endswith("_output")]
    made += [item.get("call_id") for _, item in objects(asked_of(reading).get("input"))]
    for i, item in seen.items:
        given = item.get("call_id")
        if kind(item).endswith("_output") and isinstance(given, str) and given not in made:
            message = f"output[{i}].call_id of a {kind(item)} is that of no call"
            yield seen.deviation(message, "output", i, "call_id", expected="the id of a call", actual=given)


@check(
    "responses.reasoning.summary",
    title="A reasoning item has a summary array of summary_text parts",
    clause="RE-23",
    when=of_response(),
)
def _reasoning_summary(reading: Reading) -> Iterator[Deviation]:
    """Codex and the Agents SDK iterate `summary`, empty or not; a string or null breaks the turn."""
    seen = snapshot(reading)
    for i, item in seen.of_type("reasoning"):
        summary = item.get("summary")
        if not isinstance(summary, list):
            message = f"output[{i}].summary is not an array"
            yield seen.deviation(message, "output", i, "summary", expected="an array", actual=summary)
        for j, part in objects(summary):
            if part.get("type") != "summary_text" or not isinstance(part.get("text"), str):
                message = f"output[{i}].summary[{j}] is not a summary_text part"
                expected = '{"type": "summary_text", "text"}'
                yield seen.deviation(message, "output", i, "summary", j, expected=expected, actual=part)
