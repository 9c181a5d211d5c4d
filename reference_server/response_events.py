"""A finished response as the stream of events that led to it; the same response gives the same stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.reference_server import hosted_events, ids
from slashv1.reference_server.responses import before
from slashv1.reference_server.tokens import split
from slashv1.reference_server.wire import Event

Data = dict[str, Any]


def events(body: Data, *, veiled: bool = True, after: int | None = None) -> tuple[Event, ...]:
    """Every event of a response, numbered from 0; `after` leaves out those up to that number.

    Streams never say who is billed.
    """
    numbered = []
    for number, data in enumerate(_sequence({k: v for k, v in body.items() if k != "billing"})):
        if veiled and data["type"].endswith(".delta"):
            data["obfuscation"] = ids.padding(f"{number}{data['delta']}", len(data["delta"]))
        numbered.append(Event({**data, "sequence_number": number}, name=data["type"]))
    return tuple(numbered if after is None else numbered[after + 1 :])


def _sequence(body: Data) -> Iterator[Data]:
    first = "queued" if body["background"] else "in_progress"
    yield {"type": "response.created", "response": before(body, first)}
    if body["background"]:
        yield {"type": "response.queued", "response": before(body, "queued")}
    yield {"type": "response.in_progress", "response": before(body, "in_progress")}
    if body["status"] == "cancelled":  # no event is documented for it but the one of a failure
        yield {"type": "response.failed", "response": body}
        return
    for index, item in enumerate(body["output"]):
        yield from _item(item, index, body["tools"])
    yield {"type": f"response.{body['status']}", "response": body}


def _item(item: Data, index: int, tools: list[Data]) -> Iterator[Data]:
    place = {"item_id": item["id"], "output_index": index}
    opened = {**hosted_events.opened(item), **({"status": "in_progress"} if "status" in item else {})}
    for key, empty in (("content", []), ("summary", []), ("arguments", ""), ("input", "")):
        if key in opened:
            opened[key] = empty
    yield {"type": "response.output_item.added", "item": opened, "output_index": index}
    yield from _inside(item, place)
    yield from hosted_events.steps(item, place, tools)
    yield {"type": "response.output_item.done", "item": item, "output_index": index}


def _inside(item: Data, place: Data) -> Iterator[Data]:
    if item["type"] == "message":
        for number, part in enumerate(item["content"]):
            yield from _text_part(part, {**place, "content_index": number})
    elif item["type"] == "reasoning":
        for number, part in enumerate(item["summary"]):
            yield from _summary_part(part, {**place, "summary_index": number})
    elif item["type"] == "function_call":
        kind = "response.function_call_arguments"
        for piece in split(item["arguments"]):
            yield {"type": f"{kind}.delta", "delta": piece, **place}
        yield {"type": f"{kind}.done", "arguments": item["arguments"], **place}
    elif item["type"] == "custom_tool_call":
        kind = "response.custom_tool_call_input"
        for piece in split(item["input"]):
            yield {"type": f"{kind}.delta", "delta": piece, **place}
        yield {"type": f"{kind}.done", "input": item["input"], **place}


def _text_part(part: Data, place: Data) -> Iterator[Data]:
    entries = [_bare(entry) for entry in part["logprobs"]]
    empty = {**part, "annotations": [], "text": "", "logprobs": []}
    yield {"type": "response.content_part.added", "part": empty, **place}
    for number, token in enumerate(split(part["text"])):
        own = entries[number : number + 1]
        yield {"type": "response.output_text.delta", "delta": token, "logprobs": own, **place}
    for number, annotation in enumerate(part["annotations"]):
        kind = "response.output_text.annotation.added"
        yield {"type": kind, "annotation": annotation, "annotation_index": number, **place}
    yield {"type": "response.output_text.done", "text": part["text"], "logprobs": entries, **place}
    yield {"type": "response.content_part.done", "part": part, **place}


def _summary_part(part: Data, place: Data) -> Iterator[Data]:
    kind = "response.reasoning_summary"
    yield {"type": f"{kind}_part.added", "part": {**part, "text": ""}, **place}
    for token in split(part["text"]):
        yield {"type": f"{kind}_text.delta", "delta": token, **place}
    yield {"type": f"{kind}_text.done", "text": part["text"], **place}
    yield {"type": f"{kind}_part.done", "part": part, **place}


def _bare(entry: Data) -> Data:
    """A logprobs entry as events carry it: without `bytes`."""
    bare = {key: value for key, value in entry.items() if key != "bytes"}
    if "top_logprobs" in bare:
        bare["top_logprobs"] = [_bare(top) for top in bare["top_logprobs"]]
    return bare
