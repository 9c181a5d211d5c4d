"""Defects that real servers had, told of in public, and that no other family holds."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import (
    add,
    drop,
    on_answer,
    on_body,
    on_bytes,
    on_chunks,
    on_events,
    put,
)
from slashv1.reference_server.defects.response_streams import STREAMS, renumbered
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Answer, Call, Event, Handler, dumps

CHAT = ("chat.completions.create",)
CREATE = ("responses.create",)
EMBED = ("embeddings.create",)
LIST = ("models.list",)
_END = ("response.completed", "response.incomplete")


def _refusing(test: Callable[[dict[str, Any]], bool], message: str) -> Change:
    """Requests that pass the test are refused with 400."""

    async def changed(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
        answer = await handler(call)
        if answer.operation not in operations or not answer.ok or not test(call.json):
            return answer
        refused = replace(answer, status=400, body=ApiError(message).envelope(), events=None)
        return refused.with_header("content-type", "application/json")

    return changed


def _turns(asked: dict[str, Any]) -> list[dict[str, Any]]:
    found = asked.get("messages")
    return [turn for turn in found if isinstance(turn, dict)] if isinstance(found, list) else []


def _has_tokens(asked: dict[str, Any]) -> bool:
    given = asked.get("input")
    return isinstance(given, list) and not isinstance(given[0], str)


def _message_too(events: list[Event]) -> None:
    """Every chunk has the message so far beside its delta."""
    text = ""
    for event in events:
        for choice in event.data["choices"] if isinstance(event.data, dict) else ():
            text += choice["delta"].get("content") or ""
            choice["message"] = {"role": "assistant", "content": text}


def _role_null(data: Any) -> None:
    for choice in data["choices"]:
        choice["delta"].setdefault("role", None)


def _first_chunk(*keys: str) -> Change:
    def change(events: list[Event]) -> None:
        for key in keys:
            del events[0].data[key]

    return on_events(change)


def _usage_empty(data: Any) -> None:
    if data.get("usage", "") is None:
        data["usage"] = {}


def _plain_text(call: Call, answer: Answer) -> Answer:
    """Nothing but the text of the deltas."""
    if answer.events is None:
        return answer
    chunks = [event.data for event in answer.events if isinstance(event.data, dict)]
    text = "".join(choice["delta"].get("content") or "" for data in chunks for choice in data["choices"])
    return replace(answer.with_header("content-type", "text/plain; charset=utf-8"), writes=(text.encode(),))


def _untyped(call: Call, answer: Answer) -> Answer:
    return answer if answer.events is None else answer.with_header("content-type", None)


def _ends_in(line: str) -> Change:
    """A stream breaks off in an error that is no event."""
    return on_bytes(lambda writes: (*writes[:2], line.encode()))


def _legacy_logprobs(body: Any) -> None:
    for choice in body["choices"]:
        if choice["logprobs"]:
            tokens = choice["logprobs"]["content"]
            choice["logprobs"] = {
                "tokens": [token["token"] for token in tokens],
                "token_logprobs": [token["logprob"] for token in tokens],
                "text_offset": [0 for _ in tokens],
            }


def _double(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    raw = base64.b64decode(text)
    numbers = struct.unpack(f"<{len(raw) // 4}f", raw)
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()


def _no_zero(body: Any) -> None:
    """As an encoder that leaves out what is zero."""
    for entry in body["data"]:
        if entry["index"] == 0:
            del entry["index"]


def _status(old: int, new: int, body: Callable[[Any], Any] = lambda told: told) -> Change:
    def changed(call: Call, answer: Answer) -> Answer:
        return replace(answer, status=new, body=body(answer.body)) if answer.status == old else answer

    return on_answer(changed)


def _empty_body(call: Call, answer: Answer) -> Answer:
    return replace(answer, writes=(b"",)) if answer.status == 404 and not answer.operation else answer


def _detail_list(body: Any) -> Any:
    return {"detail": [{"loc": ["body"], "msg": body["error"]["message"], "type": "value_error"}]}


def _all_refused(status: int, message: str) -> Change:
    def changed(call: Call, answer: Answer) -> Answer:
        if not answer.ok:
            return answer
        return replace(answer, status=status, body=ApiError(message).envelope(), events=None)

    return on_answer(changed)


async def _within_range(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """temperature and top_p are cut to their range without a word."""
    asked, most = call.json, {"temperature": 2, "top_p": 1}
    kept = {k: min(max(asked[k], 0), most[k]) for k in most if isinstance(asked.get(k), int | float)}
    return await handler(replace(call, body=dumps({**asked, **kept}).encode()) if kept else call)


def _stop_too(call: Call, answer: Answer) -> Answer:
    stop = call.json.get("stop")
    said = stop[0] if isinstance(stop, list) and stop else stop
    if not answer.ok or answer.body is None or not isinstance(said, str):
        return answer
    body = dict(answer.body)
    body["choices"] = [
        {**choice, "message": {**choice["message"], "content": f"{choice['message']['content']}{said}"}}
        for choice in body["choices"]
    ]
    return replace(answer, body=body)


def _in(kinds: tuple[str, ...], change: Callable[[Any], None]) -> Change:
    return on_chunks(lambda data: change(data) if data["type"] in kinds else None)


def _without_deltas(events: list[Event]) -> list[Event]:
    return renumbered([e for e in events if e.data["type"] != "response.output_text.delta"])


def _as_completed(events: list[Event]) -> list[Event]:
    """The last event is response.completed whatever its response says."""
    last = events[-1]
    if last.data["type"] != "response.incomplete":
        return events
    return [*events[:-1], Event({**last.data, "type": "response.completed"}, name="response.completed")]


def _call_id_again(data: Any) -> None:
    """Calls get new call_ids in the last snapshot."""
    put("response.output.*.call_id", lambda name: f"{name}x")(data)


def _id_null(data: Any) -> None:
    if data["item"]["type"] == "function_call":
        data["item"]["id"] = None


DEFECTS = (
    Twist(
        "stream-message-too",
        "Chunks have the message so far beside the delta",
        on_events(_message_too),
        CHAT,
        "body.unknown-field",
    ),
    Twist(
        "stream-role-null",
        "Deltas without a role say role null",
        on_chunks(_role_null),
        CHAT,
        "body.null",
    ),
    Twist(
        "stream-usage-empty",
        "`usage` is {} until the last chunk",
        on_chunks(_usage_empty),
        CHAT,
        "chat.stream.usage-null",
        ("body.missing-field",),
    ),
    Twist(
        "stream-first-bare",
        "The first chunk has no `object` and no `created`",
        _first_chunk("object", "created"),
        CHAT,
        "body.missing-field",
    ),
    Twist(
        "stream-first-nameless",
        "The first chunk has no `model`",
        _first_chunk("model"),
        CHAT,
        "body.missing-field",
    ),
    Twist(
        "stream-object-missing",
        "Chunks have no `object`, `created` and `model`",
        on_chunks(drop("object", "created", "model")),
        CHAT,
        "body.missing-field",
    ),
    Twist(
        "stream-call-index-zero",
        "All calls of a stream have the index 0",
        on_chunks(put("choices.*.delta.tool_calls.*.index", 0)),
        CHAT,
        "chat.stream.tools.id-stable",
        ("pairs.calls",),
    ),
    Twist(
        "stream-plain-text", "A stream is the bare text", on_answer(_plain_text), CHAT, "framing.content-type"
    ),
    Twist(
        "stream-type-missing",
        "A stream has no content-type",
        on_answer(_untyped),
        CHAT,
        "framing.content-type",
    ),
    Twist(
        "stream-data-empty",
        "A ping with empty data stands in the stream",
        on_bytes(lambda writes: (writes[0], b"event: ping\ndata:\n\n", *writes[1:])),
        CHAT,
        "framing.json",
        ("chat.stream.unnamed",),
    ),
    Twist(
        "stream-error-field",
        "An error within a stream is a field of its own, which decoders drop",
        _ends_in('error: {"message": "The backend is away."}\n\n'),
        CHAT,
        "framing.stray-text",
        ("chat.stream.done", "chat.stream.finish", "chat.stream.tools.arguments-json", "chat.stream.usage"),
    ),
    Twist(
        "stream-error-unframed",
        "An error within a stream is bare JSON, which decoders drop",
        _ends_in('{"error": {"message": "The backend is away."}}\n\n'),
        CHAT,
        "framing.stray-text",
        ("chat.stream.done", "chat.stream.finish", "chat.stream.tools.arguments-json", "chat.stream.usage"),
    ),
    Twist(
        "stream-false-refused",
        "`stream: false` is refused",
        _refusing(lambda asked: asked.get("stream") is False, "stream must be true or absent"),
        CHAT,
        "http.status",
    ),
    Twist(
        "chat-error-beside",
        "A completion has an empty `error` beside its choices",
        on_body(add("", "error", {"message": "", "type": "", "param": "", "code": None})),
        CHAT,
        "error.on-success",
    ),
    Twist(
        "chat-error-as-200",
        "A failure of the backend is a 200 without choices",
        on_body(
            lambda _: {"error": {"message": "Away.", "type": "server_error", "param": None, "code": None}}
        ),
        CHAT,
        "error.on-success",
        ("body.missing-field", "usage.present"),
    ),
    Twist(
        "chat-null",
        "A completion is `null`",
        on_answer(
            lambda call, answer: replace(answer, writes=(b"null",)) if answer.body and answer.ok else answer
        ),
        CHAT,
        "body.null",
    ),
    Twist(
        "chat-logprobs-legacy",
        "logprobs have the shape of legacy completions",
        on_body(_legacy_logprobs),
        CHAT,
        "ignored.logprobs",
        ("body.current", "body.missing-field", "body.unknown-field"),
    ),
    Twist(
        "chat-stop-included",
        "The stop sequence ends the text that it should have cut",
        on_answer(_stop_too),
        CHAT,
        "ignored.stop",
    ),
    Twist(
        "json-object-refused",
        "response_format json_object is refused",
        _refusing(
            lambda asked: (asked.get("response_format") or {}).get("type") == "json_object", "no such format"
        ),
        CHAT,
        "http.status",
    ),
    Twist(
        "developer-refused",
        "Developer messages are refused",
        _refusing(lambda asked: any(t.get("role") == "developer" for t in _turns(asked)), "no such role"),
        CHAT,
        "http.status",
    ),
    Twist(
        "null-content-refused",
        "A message with null content is refused, though it calls a tool",
        _refusing(lambda asked: any(t.get("content", "") is None for t in _turns(asked)), "content is due"),
        CHAT,
        "http.status",
    ),
    Twist(
        "text-parts-refused",
        "Content in parts is refused",
        _refusing(
            lambda asked: any(isinstance(t.get("content"), list) for t in _turns(asked)), "text is due"
        ),
        CHAT,
        "http.status",
    ),
    Twist("sampling-cut", "temperature and top_p are cut to their range", _within_range, CHAT, "http.status"),
    Twist(
        "embeddings-double",
        "Base64 vectors are float64",
        on_body(put("data.*.embedding", _double)),
        EMBED,
        "embeddings.base64.equals-float",
        ("embeddings.vector.unit-norm", "embeddings.model-length"),
    ),
    Twist(
        "embeddings-index-zero",
        "The first vector has no index",
        on_body(_no_zero),
        EMBED,
        "body.missing-field",
    ),
    Twist(
        "embeddings-tokens-refused",
        "Inputs of tokens are refused",
        _refusing(_has_tokens, "input must be text"),
        EMBED,
        "http.status",
    ),
    Twist(
        "models-created-missing",
        "Models have no `created`",
        on_body(drop("data.*.created")),
        LIST,
        "models.fields",
    ),
    Twist(
        "models-object-missing",
        "The list of models has no `object`",
        on_body(drop("object")),
        LIST,
        "models.list.object",
    ),
    Twist(
        "models-retrieve-missing",
        "No model can be retrieved",
        _all_refused(404, "Not found"),
        ("models.retrieve",),
        "http.status",
    ),
    Twist(
        "error-not-found-as-200",
        "An unknown model is a 200 with an error in it",
        _status(404, 200),
        CHAT,
        "http.status",
    ),
    Twist(
        "error-validation-list",
        "A bad request is a 422 with a list of details",
        _status(400, 422, _detail_list),
        CHAT,
        "error.framework-leak",
        ("http.status",),
    ),
    Twist(
        "error-route-empty",
        "An unknown route is a 404 without a body",
        on_answer(_empty_body),
        (),
        "error.envelope",
    ),
    Twist(
        "responses-tools-missing",
        "A response lacks `tools` and how they are chosen",
        on_body(drop("tools", "tool_choice", "parallel_tool_calls")),
        CREATE,
        "body.missing-field",
        ("pairs.snapshot-keys", "responses.echo.tool_choice", "responses.echo.tools"),
    ),
    Twist(
        "responses-total-missing",
        "Usage of a response has no total",
        on_body(drop("usage.total_tokens")),
        CREATE,
        "body.missing-field",
    ),
    Twist(
        "store-refused",
        "Responses cannot be stored",
        _refusing(
            lambda asked: asked.get("store", True) is True and "input" in asked, "store is not supported"
        ),
        CREATE,
        "http.status",
    ),
    Twist(
        "cancel-refused",
        "No response can be cancelled",
        _all_refused(400, "Cannot cancel a response."),
        ("responses.cancel",),
        "http.status",
    ),
    Twist(
        "snapshot-nameless",
        "The last snapshot has no id, object and model",
        _in(_END, drop("response.id", "response.object", "response.model")),
        STREAMS,
        "body.missing-field",
        ("pairs.snapshot-keys", "responses.object"),
    ),
    Twist(
        "snapshot-incomplete",
        "An incomplete response ends in response.completed",
        on_events(_as_completed),
        STREAMS,
        "responses.stream.snapshot-status",
    ),
    Twist(
        "snapshot-call-id",
        "Calls have another call_id in the last snapshot",
        _in(_END, _call_id_again),
        STREAMS,
        "responses.stream.completed-equals-items",
    ),
    Twist(
        "item-id-null",
        "A finished call has the id null",
        _in(("response.output_item.done",), _id_null),
        STREAMS,
        "body.null",
    ),
    Twist(
        "delta-unplaced",
        "Deltas of a text say neither item nor part",
        _in(("response.output_text.delta",), drop("output_index", "content_index")),
        STREAMS,
        "body.missing-field",
        ("responses.stream.text-equals-deltas",),
    ),
    Twist(
        "delta-none",
        "A text comes whole, without a delta",
        on_events(_without_deltas),
        STREAMS,
        "responses.stream.text-equals-deltas",
    ),
)
