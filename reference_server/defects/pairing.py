"""Defects that two answers give away: a stream that is not the plain answer, a page that does not follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_answer, on_body, on_chunks, on_events, put
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event, Handler

CHAT = ("chat.completions.create",)
CREATE = ("responses.create",)
RETRIEVE = ("responses.retrieve",)
PAGES = ("responses.input_items.list::*",)
ITEMS = ("responses.input_items.list",)
_APART = ("chat.completions.create::choices-json-schema-stream",)
_RESUMED = ("responses.retrieve::stream*",)
_LONG_AGO = 1_600_000_000


def _guessed(data: Any) -> None:
    if data.get("usage"):
        for key in ("prompt_tokens", "total_tokens"):
            data["usage"][key] += 3


def _bare_usage(data: Any) -> None:
    if data.get("usage"):
        drop("prompt_tokens_details", "completion_tokens_details")(data["usage"])


def _tier_at_end(events: list[Event]) -> None:
    for event in events[-2:]:
        if isinstance(event.data, dict):
            event.data["service_tier"] = "flex"


def _stub(data: Any) -> None:
    put("choices.*.logprobs", lambda given: given or {"content": [], "refusal": None})(data)


def _mixed(events: list[Event]) -> None:
    """Every third delta of text goes to the other choice."""
    texts = [e for e in events if isinstance(e.data, dict) and _says(e.data)]
    for event in texts[::3]:
        choice = event.data["choices"][0]
        choice["index"] = 1 - choice["index"]


def _says(data: Any) -> bool:
    return any(choice["delta"].get("content") for choice in data["choices"])


def _short_of_tokens(call: Call, answer: Answer) -> Answer:
    """Token ids get vectors without their last number."""
    given = call.json.get("input")
    if not answer.ok or answer.body is None or not isinstance(given, list) or isinstance(given[0], str):
        return answer
    cut = [{**entry, "embedding": entry["embedding"][:-1]} for entry in answer.body["data"]]
    return replace(answer, body={**answer.body, "data": cut})


async def _resumed_late(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A stream that is resumed leaves out one event more, and hides it in the numbers."""
    answer = await handler(call)
    if "starting_after" not in call.query or not answer.events:
        return answer
    first = answer.events[0].data["sequence_number"]
    moved = (
        replace(event, data={**event.data, "sequence_number": first + number})
        for number, event in enumerate(answer.events[1:])
    )
    return replace(answer, events=tuple(moved))


def _on_query(*names: str) -> Any:
    """The list operation, deaf to these parameters."""

    async def changed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        return await handler(replace(call, query={k: v for k, v in call.query.items() if k not in names}))

    return changed


def _foreign_result(body: Any) -> None:
    """After each call its result, under an id that was made anew."""
    result = {"type": "function_call_output", "status": "completed", "output": "18 degrees"}
    called = [item for item in body["output"] if item["type"] == "function_call"]
    for item in called:
        body["output"].append({"id": f"fco_{item['id'][3:]}", "call_id": f"call_{item['id'][3:]}", **result})


async def _flat_models(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A router takes one step of the path for a model's id."""
    name = call.path.removeprefix("/v1/models/")
    slashed = name != call.path and "/" in name
    return await handler(replace(call, path="/v1/nothing") if slashed else call)


async def _undecoded_models(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A percent-encoded slash is part of the id as it stands."""
    return await handler(replace(call, path=call.path.replace("%2F", "%252F")))


def _ends_swapped(body: Any) -> None:
    body["first_id"], body["last_id"] = body["last_id"], body["first_id"]


def _one_lost(body: Any) -> None:
    """The last item of a page that has more than one."""
    body["data"] = body["data"][:-1] or body["data"]
    body["last_id"] = body["data"][-1]["id"]


DEFECTS = (
    Twist(
        "stream-model-alias",
        "Chunks name the model asked for, plain completions its snapshot",
        on_chunks(put("model", lambda name: name.rsplit("-2024", 1)[0])),
        CHAT,
        "pairs.model",
        (),
    ),
    Twist(
        "stream-no-fingerprint",
        "Chunks have no system_fingerprint, plain completions have one",
        on_chunks(drop("system_fingerprint")),
        CHAT,
        "pairs.chunk-keys",
        (),
    ),
    Twist(
        "stream-prompt-guessed",
        "A stream counts other prompt tokens than the plain answer",
        on_chunks(_guessed),
        CHAT,
        "pairs.prompt-tokens",
        (),
    ),
    Twist(
        "stream-usage-bare",
        "The usage of a stream has no details",
        on_chunks(_bare_usage),
        CHAT,
        "pairs.usage-keys",
        (),
    ),
    Twist(
        "stream-tier-changes",
        "The last chunks have another service_tier",
        on_events(_tier_at_end),
        CHAT,
        "chat.stream.tier-constant",
        (),
    ),
    Twist(
        "stream-logprobs-stub",
        "Every chunk has empty log probabilities that nobody asked for",
        on_chunks(_stub),
        CHAT,
        "chat.stream.logprobs.unasked",
        (),
    ),
    Twist(
        "stream-choices-mixed",
        "Deltas of one choice go to the other",
        on_events(_mixed),
        CHAT,
        "ignored.response_format",
        (),
        cases=_APART,
    ),
    Twist(
        "responses-created-long-ago",
        "`created_at` is years before the request",
        on_body(put("created_at", _LONG_AGO)),
        CREATE,
        "responses.created-now",
        (),
    ),
    Twist(
        "responses-annotation-beyond",
        "An annotation points beyond its text",
        on_body(put("output.*.content.*.annotations.*.end_index", lambda at: at + 1000)),
        CREATE,
        "responses.output.annotations-within",
        (),
        cases=("responses.create::web-search",),
    ),
    Twist(
        "responses-foreign-result",
        "The result of a tool has a call_id that no call has",
        on_body(_foreign_result),
        CREATE,
        "responses.call.outputs",
        ("pairs.item-types",),
    ),
    Twist(
        "responses-model-substituted",
        "A response names a model of another family",
        on_body(put("model", "tiny-chat-1b")),
        CREATE,
        "responses.model-resolved",
        (),
        cases=("responses.create::items",),
    ),
    Twist(
        "embeddings-model-substituted",
        "Embeddings name a model of another family",
        on_body(put("model", "tiny-embed-1b")),
        ("embeddings.create",),
        "embeddings.model-resolved",
        (),
        cases=("embeddings.create::dimensions",),
    ),
    Twist(
        "embeddings-tokens-shorter",
        "Token ids get shorter vectors than text",
        on_answer(_short_of_tokens),
        ("embeddings.create",),
        "embeddings.model-length",
        (),
    ),
    Twist(
        "retrieve-settings-lost",
        "A stored response has lost its metadata",
        on_body(put("metadata", {})),
        RETRIEVE,
        "lifecycle.same-fields",
        (),
    ),
    Twist(
        "resume-skips-one",
        "A stream that is resumed leaves out one event and renumbers the rest",
        _resumed_late,
        RETRIEVE,
        "lifecycle.same-events",
        (),
        cases=_RESUMED,
    ),
    Twist(
        "models-slash-unrouted",
        "A model with a slash in its id is not found",
        _flat_models,
        ("models.retrieve",),
        "http.status",
        (),
        cases=("models.retrieve::slash*",),
    ),
    Twist(
        "models-slash-undecoded",
        "A percent-encoded slash in a model's id is not decoded",
        _undecoded_models,
        ("models.retrieve",),
        "http.status",
        (),
        cases=("models.retrieve::slash*",),
    ),
    Twist(
        "page-ends-swapped",
        "first_id and last_id of a page are swapped",
        on_body(_ends_swapped),
        ITEMS,
        "pages.ends",
        (),
        cases=PAGES,
    ),
    Twist(
        "page-limit-ignored",
        "A list ignores its limit",
        _on_query("limit"),
        ITEMS,
        "pages.limit",
        ("pages.entries", "pages.has-more"),
        cases=PAGES,
    ),
    Twist(
        "page-after-ignored",
        "Every page is the first",
        _on_query("after"),
        ITEMS,
        "pages.entries",
        ("pages.has-more",),
        cases=PAGES,
    ),
    Twist(
        "page-order-ignored",
        "A list comes in one order alone",
        _on_query("order"),
        ITEMS,
        "pages.entries",
        (),
        cases=PAGES,
    ),
    Twist(
        "page-never-more",
        "A list always says that nothing follows",
        on_body(put("has_more", False)),
        ITEMS,
        "pages.has-more",
        (),
        cases=PAGES,
    ),
    Twist(
        "input-item-lost",
        "The oldest input item is not kept",
        on_body(_one_lost),
        ITEMS,
        "lifecycle.input-kept",
        ("pages.entries", "pages.has-more"),
        cases=PAGES,
    ),
)
