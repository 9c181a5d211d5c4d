"""Defects of what a server keeps: files, batches and conversations."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import drop, on_answer, on_body, on_header, on_request, put
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Answer, Call, Handler

Data = dict[str, Any]
CONTENT = ("files.content",)


def _on_content(change: Callable[[bytes], bytes]) -> Change:
    """Change the bytes of a file that is read."""

    def changed(_: Call, answer: Answer) -> Answer:
        return answer if answer.content is None else replace(answer, content=change(answer.content))

    return on_answer(changed)


def on_lines(change: Callable[[Data], None]) -> Change:
    """Change each line of a batch's output."""

    def changed(content: bytes) -> bytes:
        lines = [json.loads(line) for line in content.splitlines()]
        for line in lines:
            change(line)
        return "".join(f"{json.dumps(line)}\n" for line in lines).encode()

    return _on_content(changed)


def _as_text(line: Data) -> None:
    if "response" in line:
        line["response"]["body"] = json.dumps(line["response"]["body"])


async def _item_stays(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Deleting an item answers the conversation, and does nothing."""
    if call.method != "DELETE" or "/items/" not in call.path:
        return await handler(call)
    found = await handler(replace(call, method="GET", path=call.path.partition("/items/")[0]))
    return replace(found, operation="conversations.items.delete")


async def _no_files(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Files and batches are no URLs of this server."""
    known = not call.path.startswith(("/v1/files", "/v1/batches"))
    return await handler(call if known else replace(call, path="/v1/nothing"))


def _completed(status: str) -> str:
    return "completed" if status == "failed" else status


def _forget(asked: Data) -> None:
    asked.pop("conversation", None)


DEFECTS = (
    Twist(
        "file-size",
        "A file is told to be one byte longer than it is",
        on_body(put("bytes", lambda size: size + 1)),
        ("files.create",),
        "files.told",
        cases=("files.create::plain",),
    ),
    Twist(
        "file-renamed",
        "A file that is retrieved has the name it has on the server's disk",
        on_body(put("filename", "upload.tmp")),
        ("files.retrieve",),
        "files.kept",
        cases=("files.retrieve::plain",),
    ),
    Twist(
        "file-ascii",
        "A file is kept as ASCII, whatever is more than that lost",
        _on_content(lambda content: content.decode("utf-8", "replace").encode("ascii", "replace")),
        CONTENT,
        "files.bytes",
        cases=("files.content::plain",),
    ),
    Twist(
        "file-line-ends",
        "The line ends of a file are made those of the server",
        _on_content(lambda content: content.replace(b"\r\n", b"\n")),
        CONTENT,
        "files.bytes",
        cases=("files.content::other-name",),
    ),
    Twist(
        "list-behind",
        "The newest entry is not listed yet",
        on_body(put("data", lambda data: data[1:])),
        ("files.list",),
        "lists.created",
        ("pages.*",),
        cases=("files.list::plain",),
    ),
    Twist(
        "batch-goes-back",
        "A batch that is being cancelled is in progress again",
        on_body(put("status", "in_progress")),
        ("batches.retrieve",),
        "batches.order",
        ("batches.stamps",),
        cases=("batches.retrieve::cancelled",),
    ),
    Twist(
        "batch-done-early",
        "A batch was finalizing years before it was created",
        on_body(put("finalizing_at", 1_600_000_000)),
        ("batches.retrieve",),
        "batches.stamps",
        cases=("batches.retrieve::ended",),
    ),
    Twist(
        "batch-counts",
        "The requests of a batch that were refused are counted as completed too",
        on_body(put("request_counts.completed", lambda count: count + 1)),
        ("batches.retrieve",),
        "batches.counts",
        cases=("batches.retrieve::ended",),
    ),
    Twist(
        "batch-lenient",
        "A batch over a file with a broken line completes",
        on_body(put("status", _completed)),
        ("batches.retrieve",),
        "batches.ends",
        ("batches.stamps", "batches.counts"),
        cases=("batches.retrieve::failed",),
    ),
    Twist(
        "batch-ids-numbered",
        "The lines of output are numbered, in place of their custom_id",
        on_lines(put("custom_id", "request-0")),
        CONTENT,
        "batches.lines",
        cases=("files.content::batch-output",),
    ),
    Twist(
        "batch-body-text",
        "The body of each answer is written as text into the line of output",
        on_lines(_as_text),
        CONTENT,
        "batches.answers",
        cases=("files.content::batch-output",),
    ),
    Twist(
        "conversation-metadata-lost",
        "A conversation that is retrieved has no metadata",
        on_body(put("metadata", {})),
        ("conversations.retrieve",),
        "conversations.kept",
        cases=("conversations.retrieve::plain",),
    ),
    Twist(
        "conversation-items-turned",
        "The items of a conversation come the oldest first, whatever was asked for",
        on_body(put("data", lambda data: data[::-1])),
        ("conversations.items.list",),
        "conversations.items",
        ("pages.*",),
        cases=("conversations.items.list::plain",),
    ),
    Twist(
        "conversation-item-stays",
        "An item that was deleted is still there",
        _item_stays,
        (),
        "conversations.trimmed",
        cases=("conversations.items.list::trimmed",),
    ),
    Twist(
        "conversation-unnamed",
        "A response does not say which conversation it belongs to",
        on_body(drop("conversation")),
        ("responses.create",),
        "conversations.named",
        cases=("responses.create::conversation",),
    ),
    Twist(
        "conversation-forgotten",
        "`conversation` is ignored: each response starts anew",
        on_request(_forget),
        ("responses.create",),
        "conversations.context",
        ("conversations.named",),
        cases=("responses.create::conversation",),
    ),
)
VARIANTS = (
    Twist(
        "batch-output-turned",
        "The lines of a batch's output stand in another order than those of its input",
        _on_content(lambda content: b"\n".join(content.splitlines()[::-1])),
        CONTENT,
        cases=("files.content::batch-*",),
    ),
    Twist(
        "file-typed",
        "A file is read as what it is, in place of mere bytes",
        on_header("content-type", lambda _: "application/jsonl"),
        CONTENT,
        cases=("files.content::plain", "files.content::other-name"),
    ),
    Twist(
        "files-not-offered",
        "Files and batches are no URLs of the server, and it says so",
        _no_files,
        cases=("files.*::*", "batches.*::*"),
    ),
)
