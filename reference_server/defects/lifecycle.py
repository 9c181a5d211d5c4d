"""Defects of stored state: the deleted stays, the stored differs, the running cannot be stopped."""

from __future__ import annotations

from dataclasses import replace

from slashv1.reference_server.defects.adapters import on_answer, on_body, on_request, put
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Handler

DELETE = ("responses.delete",)
RETRIEVE = ("responses.retrieve",)


async def _delete_nothing(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """DELETE says it is done and does nothing."""
    if call.method != "DELETE":
        return await handler(call)
    found = await handler(replace(call, method="GET"))
    if not found.ok:
        return found
    body = {"id": call.path.rsplit("/", 1)[1], "object": "response.deleted", "deleted": True}
    return replace(found, operation="responses.delete", body=body)


async def _cancel_nothing(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Cancelling answers with the response as it was."""
    if not call.path.endswith("/cancel"):
        return await handler(call)
    found = await handler(replace(call, method="GET", path=call.path.removesuffix("/cancel"), body=b""))
    return replace(found, operation="responses.cancel")


async def _store_anyway(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """store: false is kept all the same."""
    if call.json.get("store") is not False:
        return await handler(call)
    text = call.body.replace(b'"store": false', b'"store": true').replace(b'"store":false', b'"store":true')
    answer = await handler(replace(call, body=text))
    return replace(answer, body={**answer.body, "store": False}) if answer.ok and answer.body else answer


def _not_stored(call: Call, answer: Answer) -> Answer:
    if not answer.ok:
        return answer
    error = {"message": "Not found", "type": "invalid_request_error", "param": None, "code": None}
    found = replace(answer, status=404, body={"error": error}, events=None)
    return found.with_header("content-type", "application/json")


DEFECTS = (
    Twist(
        "delete-nothing",
        "A deleted response can still be retrieved",
        _delete_nothing,
        ("responses.create", *RETRIEVE, *DELETE),
        "http.status",
        (),
    ),
    Twist(
        "delete-object",
        "A deletion has an `object` of its own",
        on_body(put("object", "deletion")),
        DELETE,
        "lifecycle.deleted.object",
        (),
    ),
    Twist(
        "delete-not-deleted",
        "A deletion says deleted: false",
        on_body(put("deleted", False)),
        DELETE,
        "lifecycle.deleted.flag",
        (),
    ),
    Twist(
        "retrieve-nothing",
        "A stored response cannot be retrieved",
        on_answer(_not_stored),
        RETRIEVE,
        "http.status",
        (),
    ),
    Twist(
        "retrieve-differs",
        "A retrieved response has another text",
        on_body(put("output.*.content.*.text", lambda text: text + "!")),
        RETRIEVE,
        "lifecycle.same-output",
        (),
    ),
    Twist(
        "retrieve-other-id",
        "A retrieved response has another id",
        on_body(put("id", "resp_" + "0" * 50)),
        RETRIEVE,
        "lifecycle.same-id",
        (),
    ),
    Twist(
        "cancel-nothing",
        "Cancelling has no effect",
        _cancel_nothing,
        ("responses.create", *RETRIEVE, "responses.cancel"),
        "lifecycle.cancelled.status",
        ("http.status",),
    ),
    Twist(
        "store-anyway",
        "store: false is kept all the same",
        _store_anyway,
        ("responses.create", *RETRIEVE),
        "http.status",
        (),
    ),
    Twist(
        "background-ignored",
        "background: true is answered at once",
        on_request(lambda asked: asked.pop("background", None)),
        ("responses.create", *RETRIEVE, "responses.cancel"),
        "responses.echo.background",
        ("http.status",),
    ),
    Twist(
        "input-tokens-zero",
        "input_tokens counts nothing",
        on_body(put("input_tokens", 0)),
        ("responses.input_tokens.count",),
        "responses.input_tokens.positive",
        (),
    ),
)
