"""Bugs of real servers with what they keep, told of in public: files, batches, conversations, compaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import on_answer, on_body, on_status, put
from slashv1.reference_server.defects.stores import CONTENT, on_lines
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Handler

Data = dict[str, Any]
RETRIEVE = ("batches.retrieve",)
READS = ("responses.create", "chat.completions.create")
_MOST = 100
"""Entries of a page of batches."""


def _refused(answer: Answer, status: int, body: Any) -> Answer:
    plain = replace(answer, status=status, body=body, events=None, content=None)
    return plain.with_header("content-type", "application/json")


def _error(message: str, kind: str = "invalid_request_error", **more: Any) -> Data:
    return {"error": {"message": message, "type": kind, "param": None, "code": None, **more}}


def _runs(batch: Data) -> None:
    """As a server that does not look at custom ids leaves it: the second answer in the place of the first."""
    if batch["status"] == "failed":
        done = {
            "status": "completed",
            "errors": None,
            "failed_at": None,
            "in_progress_at": batch["failed_at"],
            "finalizing_at": batch["failed_at"],
            "completed_at": batch["failed_at"],
            "output_file_id": batch["input_file_id"],
            "request_counts": {"total": 2, "completed": 2, "failed": 0},
        }
        batch.update(done)


def _promised(batch: Data) -> None:
    batch["output_file_id"] = batch["output_file_id"] or batch["input_file_id"]


def _empty(batch: Data) -> None:
    for key in ("output_file_id", "error_file_id"):
        batch[key] = batch[key] or ""


def _atop(line: Data) -> None:
    error = line["response"]["body"].get("error")
    if error:
        line["response"] = None
        line["error"] = {"code": "400", "message": error["message"]}


def _guessed(call: Call, answer: Answer) -> Answer:
    """A form without a purpose is taken for one of the default's."""
    if answer.ok or "'purpose' is a required" not in answer.body["error"]["message"]:
        return answer
    file = {"id": "file-" + "0" * 22, "object": "file", "bytes": 10, "created_at": 1_700_000_000}
    return replace(answer, status=200, body={**file, "filename": "lines.jsonl", "purpose": "user_data"})


def _phantom(call: Call, answer: Answer) -> Answer:
    known = answer.ok or answer.status == 401
    told = _error("The api_key client option must be set", "None", param="None", code="500")
    return answer if known else _refused(answer, 500, told)


async def _any_limit(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A limit of nothing, below nothing or above a hundred is taken for another."""
    if call.path != "/v1/batches" or "limit" not in call.query:
        return await handler(call)
    limit = int(call.query["limit"])
    kept = {**call.query, "limit": str(limit if 0 < limit <= _MOST else 20)}
    return await handler(replace(call, query=kept))


async def _no_cursor(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    query = {key: value for key, value in call.query.items() if key != "after"}
    return await handler(replace(call, query=query) if call.path == "/v1/batches" else call)


async def _returns_file(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A file is deleted, and told as it was."""
    if call.method != "DELETE" or not call.path.startswith("/v1/files/"):
        return await handler(call)
    found = await handler(replace(call, method="GET"))
    deleted = await handler(call)
    return replace(deleted, body=found.body) if deleted.ok else deleted


def _missing_as_bytes(call: Call, answer: Answer) -> Answer:
    if answer.ok:
        return answer
    content = json.dumps({"error": {"message": "File not found."}}).encode()
    return replace(answer, status=200, body=None, content=content).with_header(
        "content-type", "application/octet-stream"
    )


def _too_long(call: Call, answer: Answer) -> Answer:
    """The id of an upload is refused wherever else it is named."""
    if not answer.ok or b'"file_id"' not in call.body:
        return answer
    said = "string too long. Expected a string with maximum length 64"
    told = _error(said, param="input[0].content[0].file_id", code="string_above_max_length")
    return _refused(answer, 400, told)


async def _no_compact(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """The path is taken for the id of a response, which can be read and not written to."""
    answer = await handler(call)
    if call.path != "/v1/responses/compact":
        return answer
    return _refused(answer, 405, {"detail": "Method Not Allowed"})


def _nameless(call: Call, answer: Answer) -> Answer:
    return _refused(answer, 400, {"error": "model name is empty"}) if call.path == "/v1/models/" else answer


def _no_slash(call: Call, answer: Answer) -> Answer:
    told = _error("Invalid URL (GET /v1/models/)")
    return _refused(answer, 404, told) if call.path == "/v1/models/" else answer


DEFECTS = (
    Twist(
        "batch-doubled-runs",
        "A batch in which two lines have the same custom_id is run",
        on_body(_runs),
        RETRIEVE,
        "batches.ends",
        cases=("batches.retrieve::doubled",),
    ),
    Twist(
        "batch-errors-unnamed",
        "A batch names no file for the requests that failed",
        on_body(put("error_file_id", None)),
        RETRIEVE,
        "batches.files",
        cases=("batches.retrieve::refused",),
    ),
    Twist(
        "batch-output-promised",
        "A batch names an output file, though every request failed",
        on_body(_promised),
        RETRIEVE,
        "batches.files",
        cases=("batches.retrieve::refused",),
    ),
    Twist(
        "batch-file-id-empty",
        "The id of a file that a batch does not have is an empty text",
        on_body(_empty),
        ("batches.create", *RETRIEVE),
        "batches.no-file",
        cases=("batches.create::plain", "batches.retrieve::refused"),
    ),
    Twist(
        "batch-error-atop",
        "A line of the error file has the error beside the response, in place of within it",
        on_lines(_atop),
        CONTENT,
        "batches.answers",
        cases=("files.content::batch-errors",),
    ),
    Twist(
        "batch-unknown-as-500",
        "A batch or an input file that there is not is the server's own fault",
        on_answer(_phantom),
        ("batches.create", "batches.cancel", *RETRIEVE),
        "http.status",
        ("error.type-value", "error.param"),
        cases=("batches.retrieve::unknown", "batches.cancel::unknown", "batches.create::unknown-file"),
    ),
    Twist(
        "batch-limit-any",
        "A page of batches has any limit",
        _any_limit,
        ("batches.list",),
        "http.status",
        cases=("batches.list::wrong-limit", "batches.list::no-limit"),
    ),
    Twist(
        "batch-cursor-ignored",
        "`after` is ignored: each page of batches is the first",
        _no_cursor,
        ("batches.list",),
        "pages.entries",
        ("pages.has-more",),
        cases=("batches.list::next-page",),
    ),
    Twist(
        "file-purpose-lost",
        "The purpose of a file is the default, whatever it was uploaded for",
        on_body(put("purpose", "user_data")),
        ("files.create",),
        "files.told",
        cases=("files.create::plain",),
    ),
    Twist(
        "file-purpose-guessed",
        "A file without a purpose is taken, and given the default",
        on_answer(_guessed),
        ("files.create",),
        "http.status",
        cases=("files.create::no-purpose",),
    ),
    Twist(
        "file-delete-file",
        "A file that was deleted is told as if it were there",
        _returns_file,
        ("files.delete",),
        "lifecycle.deleted.flag",
        ("body.unknown-field",),
        cases=("files.delete::plain",),
    ),
    Twist(
        "file-delete-500",
        "No file can be deleted: the backend does not know how",
        on_status(lambda call, answer: 500 if answer.ok else answer.status),
        ("files.delete",),
        "http.status",
        ("error.*",),
        cases=("files.delete::plain",),
    ),
    Twist(
        "file-missing-as-bytes",
        "The content of a file that there is not is the error, as bytes with a 200",
        on_answer(_missing_as_bytes),
        CONTENT,
        "http.status",
        cases=("files.content::unknown",),
    ),
    Twist(
        "file-id-too-long",
        "The id of an upload is refused where a request names the file",
        on_answer(_too_long),
        READS,
        "http.status",
        cases=("responses.create::file-id", "chat.completions.create::file-id"),
    ),
    Twist(
        "conversation-never-more",
        "No page of a conversation says that items follow",
        on_body(put("has_more", False)),
        ("conversations.items.list",),
        "pages.has-more",
        cases=("conversations.items.list::first-page",),
    ),
    Twist(
        "compact-not-allowed",
        "The path of compaction is taken for the id of a response: a framework's 405",
        _no_compact,
        ("responses.compact",),
        "http.status",
        ("error.framework-leak",),
        cases=("responses.compact::*",),
    ),
    Twist(
        "models-slash-nameless",
        "The list with a slash behind it is taken for a model without a name",
        on_answer(_nameless),
        ("models.list",),
        "http.status",
        ("error.envelope",),
        cases=("models.list::slash",),
    ),
)
VARIANTS = (
    Twist(
        "batch-files-empty",
        "The id of a file that a batch does not have is an empty text, as a genuine one was",
        on_body(_empty),
        ("batches.create", "batches.cancel", *RETRIEVE),
        cases=("batches.*::*",),
    ),
    Twist(
        "models-slash-unknown",
        "The list with a slash behind it is a URL that there is not",
        on_answer(_no_slash),
        ("models.list",),
        cases=("models.list::*",),
    ),
)
