"""Defects of Response objects and what is stored of them: values, items, calls, what they repeat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.defects.adapters import on_answer, on_body, put
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Answer, Call, Handler

CREATE = ("responses.create",)
RETRIEVE = ("responses.retrieve",)
RESPONSES = ("responses.create", "responses.retrieve", "responses.cancel")
COUNT = ("responses.input_tokens.count",)


async def _short_ids(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Ids start rsp_, in answers and in what asks for them again."""
    path, body = call.path.replace("rsp_", "resp_"), call.body.replace(b"rsp_", b"resp_")
    answer = await handler(replace(call, path=path, body=body))
    if answer.operation not in operations:
        return answer
    return replace(answer, writes=tuple(part.replace(b"resp_", b"rsp_") for part in answer.encoded()))


def _where(key: str, value: Any, new: dict[str, Any]) -> Change:
    """Other values in responses that have this one."""
    return on_body(lambda body: body | new if body.get(key) == value else None)


def _in_calls(key: str, value: Any) -> Change:
    def change(body: Any) -> None:
        for item in body.get("output") or ():
            if item["type"] == "function_call":
                item[key] = value(item[key]) if callable(value) else value

    return on_body(change)


def _thought(body: Any) -> None:
    """A reasoning item with a bare text for a summary."""
    if body.get("output"):
        body["output"].insert(0, {"id": ids.item_id("rs"), "type": "reasoning", "summary": "I thought."})


def _wrong_arguments(body: Any) -> None:
    for item in body.get("output") or ():
        if item["type"] == "function_call":
            item["arguments"] = '{"town": 5}'


def _repeats_id(call: Call, answer: Answer) -> Answer:
    """A response has the id of the one that it continues."""
    earlier = call.json.get("previous_response_id")
    if not earlier or not answer.ok or answer.body is None:
        return answer
    return replace(answer, body={**answer.body, "id": earlier})


def _echo(path: str, value: Any) -> Twist:
    """A parameter that does not come back as it was sent, and is kept so."""
    name = path.replace("_", "-").replace(".", "-")
    return Twist(
        f"echo-{name}",
        f"`{path}` does not come back",
        on_body(put(path, value)),
        RESPONSES,
        f"responses.echo.{path}",
    )


_ALTERNATIVES = "output.*.content.*.logprobs.*.top_logprobs"

DEFECTS = (
    Twist(
        "responses-object-wrong",
        "A response calls itself chat.response",
        on_body(put("object", "chat.response")),
        RETRIEVE,
        "responses.object",
    ),
    Twist("responses-id-prefix", "Ids of responses start rsp_", _short_ids, RESPONSES, "responses.id-prefix"),
    Twist(
        "responses-model-empty",
        "`model` of a response is empty",
        on_body(put("model", "")),
        RESPONSES,
        "responses.model",
    ),
    Twist(
        "responses-in-progress",
        "A whole answer is still in progress",
        _where("status", "completed", {"status": "in_progress"}),
        CREATE,
        "responses.status.terminal",
    ),
    Twist(
        "responses-incomplete-unsaid",
        "An incomplete response does not say why",
        _where("status", "incomplete", {"incomplete_details": None}),
        RESPONSES,
        "responses.status.incomplete-reason",
    ),
    Twist(
        "responses-failed-unsaid",
        "A response fails without an error",
        _where("status", "completed", {"status": "failed", "output": []}),
        CREATE,
        "responses.status.failed-error",
        ("pairs.ending",),
    ),
    Twist(
        "input-tokens-object",
        "A count of tokens calls itself a count",
        on_body(put("object", "count")),
        COUNT,
        "responses.input_tokens.object",
    ),
    Twist(
        "input-tokens-estimate",
        "A count of tokens is an estimate",
        on_body(put("input_tokens", lambda count: count + 3)),
        COUNT,
        "responses.input_tokens.as-billed",
    ),
    Twist(
        "output-id-prefix",
        "Ids of output items start item_",
        on_body(put("output.*.id", lambda name: "item_" + name.split("_", 1)[1])),
        RESPONSES,
        "responses.output.id-prefix",
    ),
    Twist(
        "output-role",
        "An output message is the model's",
        on_body(put("output.*.role", "model")),
        RESPONSES,
        "responses.output.message-role",
    ),
    Twist(
        "output-part-type",
        "A text part is of the type `text`",
        on_body(put("output.*.content.*.type", "text")),
        RESPONSES,
        "responses.output.part-type",
        ("pairs.item-types",),
    ),
    Twist(
        "output-item-status",
        "Items of a completed response are in progress",
        on_body(put("output.*.status", "in_progress")),
        RETRIEVE,
        "responses.output.item-status",
    ),
    Twist(
        "output-empty",
        "A completed response has no output",
        _where("status", "completed", {"output": []}),
        RESPONSES,
        "responses.output.not-empty",
        ("ignored.tool_choice.named", "ignored.tool_choice.required", "pairs.calls", "pairs.item-types"),
    ),
    Twist(
        "call-id-empty",
        "A function call has an empty call_id",
        _in_calls("call_id", ""),
        CREATE,
        "responses.call.call-id",
    ),
    Twist(
        "call-name-prefixed",
        "A function call names its function with a prefix",
        _in_calls("name", lambda name: f"functions.{name}"),
        CREATE,
        "responses.call.name",
        ("ignored.tool_choice.named", "pairs.calls"),
    ),
    Twist(
        "call-arguments-empty",
        "A function call has no arguments",
        _in_calls("arguments", ""),
        CREATE,
        "responses.call.arguments-json",
    ),
    Twist(
        "call-arguments-schema",
        "The arguments of a strict function break its schema",
        on_body(_wrong_arguments),
        CREATE,
        "ignored.strict",
    ),
    Twist(
        "reasoning-summary-text",
        "The summary of a reasoning item is a bare text",
        on_body(_thought),
        RESPONSES,
        "responses.reasoning.summary",
    ),
    Twist(
        "ignored-top-logprobs",
        "Tokens have one alternative fewer than `top_logprobs` asked for",
        on_body(put(_ALTERNATIVES, lambda given: given[:-1])),
        CREATE,
        "ignored.top_logprobs",
    ),
    _echo("temperature", 1.5),
    _echo("top_p", 0.5),
    _echo("max_output_tokens", None),
    _echo("metadata", {}),
    _echo("store", lambda kept: not kept),
    _echo("previous_response_id", None),
    _echo("truncation", "auto"),
    _echo("tools", lambda _: []),
    _echo("tool_choice", lambda _: "auto"),
    _echo("text.format", lambda _: {"type": "text"}),
    Twist(
        "retrieve-metadata-lost",
        "A retrieved response has lost its metadata",
        on_body(put("metadata", {})),
        RETRIEVE,
        "lifecycle.same-fields",
    ),
    Twist(
        "retrieve-in-progress",
        "A retrieved response is in progress again",
        _where("status", "completed", {"status": "in_progress"}),
        RETRIEVE,
        "lifecycle.same-status",
    ),
    Twist(
        "cancel-forgotten",
        "A cancelled response is in progress when retrieved",
        _where("status", "cancelled", {"status": "in_progress"}),
        RETRIEVE,
        "lifecycle.cancelled.stays",
    ),
    Twist(
        "delete-other-id",
        "A deletion names another response",
        on_body(put("id", "resp_" + "0" * 50)),
        ("responses.delete",),
        "lifecycle.deleted.id",
    ),
    Twist(
        "responses-id-repeated",
        "A response has the id of the one that it continues",
        on_answer(_repeats_id),
        CREATE,
        "lifecycle.ids-unique",
    ),
)
