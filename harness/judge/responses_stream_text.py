"""What a Responses stream repeats whole is what it streamed: texts, parts, items, the last snapshot.

Each layer is compared with the one below it, so that one wrong text is reported once: `….done` with
the deltas, the part with `….done`, the item with its parts, the snapshot with the items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, equal, kind, mapping, pointer, sequence, short
from slashv1.harness.judge.responses_fold import FAMILIES, Item, Part, Text, fold
from slashv1.harness.judge.responses_stream import WHOLE
from slashv1.harness.judge.snapshot import TERMINAL
from slashv1.harness.reading import Reading
from slashv1.record import Level

INDEX = {"content_index": "content", "summary_index": "summary"}
"""Name of a part's index: where the parts stand in the item."""

RULES = {
    "text": (
        Level.MUST,
        "RS-30",
        "Clients show the deltas and store the final text: what was read and what is kept differ.",
    ),
    "refusal": (Level.MUST, "RS-31", "Safety logs keep the final refusal, users saw the deltas."),
    "arguments": (
        Level.MUST,
        "RS-32",
        "Clients that stream call the tool with one value, clients that wait with another.",
    ),
    "reasoning": (
        Level.MUST,
        "RS-33",
        "The summary sent back in the next turn is not the one that was shown.",
    ),
    "code": (Level.MUST, "RS-34", "The code that was shown is not the code that ran."),
    "custom-input": (
        Level.SHOULD,
        "RF-1",
        "A custom tool runs its free text as it is (a patch, a query): the streamed one is another program.",
    ),
    "mcp-arguments": (
        Level.MUST,
        "RF-2",
        "Audit logs of what an MCP server was asked differ from what the user saw approved.",
    ),
}
"""Rule of a family in `streams.json`: level, clause, and why it matters."""


def _register(rule: str, level: Level, clause: str, why: str) -> None:
    def judge(reading: Reading) -> Iterator[Deviation]:
        for item in fold(reading).items.values():
            for text in item.texts.values():
                if text.family.rule == rule and text.done and text.whole != text.streamed:
                    place = f"/{text.family.key}"
                    message = f"{text.family.stem}.done differs from the deltas joined"
                    expected, actual = _apart(text.streamed, text.whole)
                    yield Deviation(message, expected, actual, place, text.done.number)

    judge.__doc__ = why
    check(
        f"responses.stream.{rule}-equals-deltas",
        level=level,
        title=f"The final {rule.replace('-', ' ')} equals its deltas joined",
        clause=clause,
        when=WHOLE,
    )(judge)


for _rule, (_level, _clause, _why) in RULES.items():
    _register(_rule, _level, _clause, _why)


def _apart(wanted: str, given: str) -> tuple[str, str]:
    """Both texts from shortly before the place where they part."""
    same = next((i for i, (a, b) in enumerate(zip(wanted, given, strict=False)) if a != b), None)
    start = max((min(len(wanted), len(given)) if same is None else same) - 20, 0)
    lead = "…" if start else ""
    return lead + short(wanted[start:]), lead + short(given[start:])


@check(
    "responses.stream.part-equals-text", title="A finished part holds its text", clause="RS-35", when=WHOLE
)
def _part_equals_text(reading: Reading) -> Iterator[Deviation]:
    """Clients that listen to parts alone (AI SDK, LangChain) get another text than those that stream."""
    for item in fold(reading).items.values():
        for part in item.parts.values():
            given = mapping(part.done.value.get("part")) if part.done else {}
            for text in _texts_at(item, part.index, part.at):
                said = given.get(text.family.key)
                if part.done and isinstance(said, str) and said not in (text.whole, text.streamed):
                    expected, actual = _apart(text.whole, said)
                    place = f"/part/{text.family.key}"
                    message = "the finished part has another text than the one streamed"
                    yield Deviation(message, expected, actual, place, part.done.number)


def _texts_at(item: Item, index: str, at: int) -> list[Text]:
    return [text for text in item.texts.values() if text.family.index == index and text.at == at]


@check(
    "responses.stream.item-equals-parts", title="A finished item holds its parts", clause="RS-36", when=WHOLE
)
def _item_equals_parts(reading: Reading) -> Iterator[Deviation]:
    """Codex and the Agents SDK keep the finished item alone as the turn's history."""
    for item in fold(reading).items.values():
        if item.done:
            yield from _parts_apart(item, item.done.number)
            yield from _texts_apart(item, item.done.number)


def _parts_apart(item: Item, frame: int) -> Iterator[Deviation]:
    for index, key in INDEX.items():
        parts = [part for (name, _), part in item.parts.items() if name == index]
        came = sequence(item.closing.get(key))
        always = key == "content" and kind(item.closing) == "message"
        if key in item.closing and (parts or always) and len(came) != len(parts):
            message = f"item.{key} has {len(came)} parts where {len(parts)} were streamed"
            yield Deviation(message, str(len(parts)), str(len(came)), f"/item/{key}", frame)
            continue
        for part in parts:
            for field in ("type", "text", "refusal"):
                said, given = _layers(item, part, field), dig(came, part.at, field)
                if said and isinstance(given, str) and given not in said:
                    expected, actual = _apart(said[0], given)
                    place = pointer("item", key, part.at, field)
                    message = f"item.{key}[{part.at}].{field} differs from the finished part's"
                    yield Deviation(message, expected, actual, place, frame)


def _layers(item: Item, part: Part, field: str) -> list[str]:
    """What the layers below an item say of a part's field: the finished part, and the text streamed."""
    finished = mapping(part.done.value.get("part")).get(field) if part.done else None
    texts = _texts_at(item, part.index, part.at)
    said = [finished, *(text.whole for text in texts if text.family.key == field)]
    return [text for text in said if isinstance(text, str)]


def _texts_apart(item: Item, frame: int) -> Iterator[Deviation]:
    for family in FAMILIES:
        given = item.closing.get(family.key)
        if family.index or family.item != kind(item.closing) or not isinstance(given, str):
            continue
        text = item.texts.get((family.stem, None))
        whole = text.whole if text else ""
        streamed = text.streamed if text else ""
        if given not in (whole, streamed) and (text or family.item == "function_call"):
            expected, actual = _apart(whole, given)
            message = f"item.{family.key} differs from what was streamed"
            yield Deviation(message, expected, actual, f"/item/{family.key}", frame)


@check(
    "responses.stream.completed-equals-items",
    title="The last snapshot's output is the items that streamed",
    clause="RS-37",
    when=WHOLE,
)
def _completed_equals_items(reading: Reading) -> Iterator[Deviation]:
    """`stream.get_final_response()` returns this snapshot: what it lacks, the caller never sees."""
    made = fold(reading)
    end = next((step for step in reversed(made.steps) if step.kind in TERMINAL), None)
    done = [item for _, item in sorted(made.items.items()) if item.done]
    output = end.response.get("output") if end else None
    undone = any(item.added and not item.done for item in made.items.values())
    if end is None or undone or not isinstance(output, list):
        return
    if len(output) != len(done):
        message = f"response.output has {len(output)} items where {len(done)} were streamed"
        place = "/response/output"
        yield Deviation(message, f"{len(done)} items", f"{len(output)} items", place, end.number)
        return
    for at, (wanted, given) in enumerate(zip(done, output, strict=True)):
        yield from _items_apart(at, wanted, mapping(given), end.number)


NOT_COMPARED = {"content", "summary", "encrypted_content"}
"""Parts are compared for themselves; sealed reasoning is sealed anew each time."""


def _items_apart(at: int, item: Item, given: dict[str, Any], frame: int) -> Iterator[Deviation]:
    wanted = item.closing
    for key in sorted(wanted.keys() - NOT_COMPARED):
        said = [wanted.get(key), item.opening.get(key)] if key in KEPT else [wanted.get(key)]
        if not any(equal(value, given.get(key)) for value in said):
            place = pointer("response", "output", at, key)
            message = f"response.output[{at}].{key} differs from the item that was done"
            yield Deviation(message, short(wanted[key]), short(given.get(key)), place, frame)
    for index, key in INDEX.items():
        came = _said(given.get(key))
        if not equal(_said(wanted.get(key)), came) and not _as_streamed(item, index, came):
            place = pointer("response", "output", at, key)
            message = f"response.output[{at}].{key} differs from the item that was done"
            yield Deviation(message, short(_said(wanted.get(key))), short(came), place, frame)


KEPT = ("type", "id", "call_id", "name", "role")
"""Keys that an item has from the beginning: where it changed them itself, that is said elsewhere."""


def _as_streamed(item: Item, index: str, came: list[Any]) -> bool:
    """Whether parts hold the texts that streamed: then the item between differs, which is said there."""
    texts = sorted((text.at or 0, text.whole) for text in item.texts.values() if text.family.index == index)
    return bool(texts) and [text for _, text in texts] == [text or no for _, text, no in came]


def _said(parts: Any) -> list[Any]:
    """Type and text of each part."""
    return [(kind(part), dig(part, "text"), dig(part, "refusal")) for part in sequence(parts)]
