"""Tool calls that the deltas of a chat stream put together."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat_fold import CallDelta, call_deltas, calls, chat_stream
from slashv1.harness.judge.chat_parts import CUT_SHORT, TOOL_TAGS, bad_arguments, tool_names
from slashv1.harness.judge.chat_stream import STREAM
from slashv1.harness.judge.check import Deviation, Uncooperative, check
from slashv1.harness.judge.look import integer, short
from slashv1.harness.reading import Reading
from slashv1.record import Level

_with_tools = STREAM.where(lambda case: bool(case.tags & TOOL_TAGS))


def _pieces(reading: Reading) -> list[CallDelta]:
    """Every piece of a tool call; raises `Inconclusive` where the model called none."""
    found = reading.once(_all_pieces)
    if not found:
        raise Uncooperative("the model called no tool")
    return found


def _all_pieces(reading: Reading) -> list[CallDelta]:
    return [piece for parts in chat_stream(reading).choices.values() for piece in call_deltas(parts)]


def _calls(reading: Reading) -> list[tuple[CallDelta, ...]]:
    """The pieces of every tool call, by choice and index."""
    _pieces(reading)
    return reading.once(_all_calls)


def _all_calls(reading: Reading) -> list[tuple[CallDelta, ...]]:
    return [pieces for parts in chat_stream(reading).choices.values() for pieces in calls(parts).values()]


def _text(piece: CallDelta, key: str) -> str | None:
    """A string that a piece gives, on itself or on its inner object; None where null, absent or no string."""
    given = piece.value.get(key) if key in ("id", "type") else piece.called.get(key)
    return given if isinstance(given, str) else None


def _at(piece: CallDelta, message: str, *steps: str, expected: str, actual: str) -> Deviation:
    return Deviation(message, expected, actual, piece.at(*steps), piece.part.frame)


@check(
    "chat.stream.tools.index",
    title="Every piece of a tool call has an index",
    clause="CS-12",
    when=_with_tools,
)
def _index(reading: Reading) -> Iterator[Deviation]:
    """openai-node, LangChain and the AI SDK join pieces by index: without it they raise or merge calls."""
    for piece in _pieces(reading):
        if integer(piece.value.get("index")) is None:
            shown = short(piece.value.get("index"), 40) if "index" in piece.value else "absent"
            message = f"the index of a piece of a tool call is {shown}"
            yield _at(piece, message, "index", expected="a whole number", actual=shown)
            return


@check(
    "chat.stream.tools.index-order",
    level=Level.SHOULD,
    title="Tool calls are numbered from 0 as they begin",
    clause="CS-13",
    when=_with_tools,
)
def _index_order(reading: Reading) -> Iterator[Deviation]:
    """Accumulators that put calls in a list by index raise at a gap."""
    _pieces(reading)
    for parts in chat_stream(reading).choices.values():
        for due, (index, pieces) in enumerate(calls(parts).items()):
            if index != due:
                message = f"a tool call begins with index {index}; expected {due}"
                yield _at(pieces[0], message, "index", expected=str(due), actual=str(index))
                break


def _first_lacks(reading: Reading, key: str, steps: tuple[str, ...], expected: str) -> Iterator[Deviation]:
    for pieces in _calls(reading):
        first = pieces[0]
        if not _text(first, key):
            where = (first.kind, key) if key == "name" else steps
            message = f"the first piece of tool call {first.value['index']} has no {key}"
            shown = '""' if _text(first, key) == "" else "absent"
            yield _at(first, message, *where, expected=expected, actual=shown)


@check(
    "chat.stream.tools.id-first",
    title="The first piece of a tool call has its id",
    clause="CS-14",
    when=_with_tools,
)
def _id_first(reading: Reading) -> Iterator[Deviation]:
    """The AI SDK raises where the first piece has none; the tool's result cannot be sent back without it."""
    yield from _first_lacks(reading, "id", ("id",), "an id")


@check(
    "chat.stream.tools.name-first",
    title="The first piece of a tool call has the name",
    clause="CS-15",
    when=_with_tools,
)
def _name_first(reading: Reading) -> Iterator[Deviation]:
    """Clients announce and look up the tool at the first piece: without a name the AI SDK raises."""
    yield from _first_lacks(reading, "name", (), "the name of the tool")


@check(
    "chat.stream.tools.type-first",
    title="The first piece of a tool call has its type",
    clause="CS-16",
    when=_with_tools,
)
def _type_first(reading: Reading) -> Iterator[Deviation]:
    """openai-node's accumulator refuses a finished call without the type function."""
    for pieces in _calls(reading):
        given = pieces[0].value.get("type")
        if given not in ("function", "custom"):
            shown = short(given, 40) if "type" in pieces[0].value else "absent"
            message = f"the first piece of tool call {pieces[0].value['index']} has type {shown}"
            yield _at(pieces[0], message, "type", expected="function", actual=shown)


def _again(reading: Reading, key: str) -> Iterator[tuple[CallDelta, str, str]]:
    """The first later piece of every call that gives `key` once more: piece, first value, this value."""
    for pieces in _calls(reading):
        first = _text(pieces[0], key) or ""
        late = next((piece for piece in pieces[1:] if _text(piece, key)), None)
        if late and first:
            yield late, first, _text(late, key) or ""


@check(
    "chat.stream.tools.id-stable",
    title="One index belongs to one tool call",
    clause="CS-17",
    when=_with_tools,
)
def _id_stable(reading: Reading) -> Iterator[Deviation]:
    """Parallel calls under one index are merged: one id, both argument texts joined, no JSON."""
    for piece, first, given in _again(reading, "id"):
        if given != first:
            message = f"a second id under index {piece.value['index']}: parallel calls are mixed up"
            yield _at(piece, message, "id", expected=short(first, 60), actual=short(given, 60))


@check(
    "chat.stream.tools.id-once",
    level=Level.SHOULD,
    title="The id of a tool call is given once",
    clause="CS-18",
    when=_with_tools,
)
def _id_once(reading: Reading) -> Iterator[Deviation]:
    """Accumulators that join strings make a doubled id of it; others open a second call."""
    for piece, first, given in _again(reading, "id"):
        if given == first:
            message = f"tool call {piece.value['index']} is given its id again"
            yield _at(piece, message, "id", expected="absent", actual=short(given, 60))


@check(
    "chat.stream.tools.name-once",
    title="The name of a tool call is given once",
    clause="CS-19",
    when=_with_tools,
)
def _name_once(reading: Reading) -> Iterator[Deviation]:
    """openai-python and LangChain join the pieces: `get_weatherget_weather` is no tool."""
    ids = {piece.at() for piece, first, given in _again(reading, "id") if given != first}
    for piece, first, given in _again(reading, "name"):
        if piece.at() not in ids:
            message = f"tool call {piece.value['index']} is given a name again, after {short(first, 40)}"
            yield _at(piece, message, piece.kind, "name", expected="absent", actual=short(given, 60))


@check(
    "chat.stream.tools.ids-unique",
    title="No two tool calls of a choice share an id",
    clause="CS-20",
    when=_with_tools,
)
def _ids_unique(reading: Reading) -> Iterator[Deviation]:
    """The results are sent back under these ids: two under one are refused or mixed up."""
    _pieces(reading)
    for parts in chat_stream(reading).choices.values():
        seen: set[str] = set()
        for pieces in calls(parts).values():
            given = _text(pieces[0], "id")
            if given and given in seen:
                message = f"tool call {pieces[0].value['index']} has the id of another"
                yield _at(pieces[0], message, "id", expected="a new id", actual=short(given, 60))
            seen |= {given} if given else set()


@check(
    "chat.stream.tools.name-offered",
    level=Level.SHOULD,
    title="A call names a tool that was offered",
    clause="CS-21",
    when=_with_tools,
    needs=[Facet.REQUEST],
)
def _name_offered(reading: Reading) -> Iterator[Deviation]:
    """Clients look the function up by name; a prefixed, decorated or half a name raises KeyError."""
    offered = tool_names(reading.asked)
    for pieces in _calls(reading):
        given = _text(pieces[0], "name")
        if given and offered and given not in offered:
            message = f"the call names {short(given, 60)}, which was not offered"
            wanted = short(sorted(offered), 60)
            yield _at(pieces[0], message, pieces[0].kind, "name", expected=wanted, actual=short(given, 60))


@check(
    "chat.stream.tools.arguments-text",
    title="Every piece of arguments is a string",
    clause="CS-22",
    when=_with_tools,
)
def _arguments_text(reading: Reading) -> Iterator[Deviation]:
    """Accumulators add the pieces up: an object among them raises TypeError or shows [object Object]."""
    for piece in _pieces(reading):
        given = piece.called.get("arguments")
        if given is not None and not isinstance(given, str):
            shown = short(given, 60)
            message = f"a piece of arguments is {shown}, not a string"
            yield _at(piece, message, piece.kind, "arguments", expected="a string", actual=shown)
            return


@check(
    "chat.stream.tools.arguments-json",
    title="The pieces of a call's arguments join to a JSON object",
    clause="CS-23",
    when=_with_tools,
)
def _arguments_json(reading: Reading) -> Iterator[Deviation]:
    """Every client parses the joined text: a piece lost, doubled or mixed up raises there."""
    _pieces(reading)
    stream = chat_stream(reading)
    mixed = {piece.at() for piece, first, given in _again(reading, "id") if given != first}
    for index, parts in stream.choices.items() if stream.whole else ():
        end = stream.last_finish(index)
        if end and end.finish in CUT_SHORT:
            continue
        for pieces in calls(parts).values():
            if any(piece.kind == "custom" or piece.at() in mixed or _unreadable(piece) for piece in pieces):
                continue
            joined = "".join(_text(piece, "arguments") or "" for piece in pieces)
            why = bad_arguments(joined)
            if why:
                shown = short(joined, 80)
                message = f"the arguments of tool call {pieces[0].value['index']} are no JSON object ({why})"
                where = ("function", "arguments")
                yield _at(pieces[-1], message, *where, expected="a JSON object as text", actual=shown)


def _unreadable(piece: CallDelta) -> bool:
    return not isinstance(piece.called.get("arguments", ""), str | None)
