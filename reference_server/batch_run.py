"""Running a batch in the background: each step is written down before the next, so that a restart goes on."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.batch_lines import MOST_BYTES, Line, read_lines, too_long
from slashv1.reference_server.batch_store import ENDED, BatchStore
from slashv1.reference_server.family import Services
from slashv1.reference_server.file_store import FileStore, StoredFile
from slashv1.reference_server.wire import Call

Data = dict[str, Any]
VALIDATING_SECONDS = 0.1
SHORT, SHORT_LINE_SECONDS, LINE_SECONDS = 10, 0.01, 0.25
"""Up to `SHORT` lines a batch is quick to poll; a longer one takes its time, so that it can be cancelled."""
LOG = logging.getLogger(__name__)


class BatchRunner:
    """Takes batches from whatever state they are in to their end."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._batches = BatchStore(services.store)
        self._files = FileStore(services.store)

    async def resume(self) -> None:
        """Go on with every batch that has not ended."""
        for body in await self._batches.all():
            if body["status"] not in ENDED:
                self.start(body["id"])

    def start(self, batch_id: str) -> None:
        """Go on with one batch, beside whatever else is done."""
        self._services.spawn(self._whole(batch_id))

    async def _whole(self, batch_id: str) -> None:
        try:
            body = await self._batches.load(batch_id)
            if body is not None:
                await self._run(body)
        except Exception:  # nobody awaits this: the log is where it shows
            LOG.exception("batch %s", batch_id)

    async def _run(self, body: Data) -> None:
        if body["status"] == "validating":
            await asyncio.sleep(VALIDATING_SECONDS)
        lines, errors = await self._read(body)
        model = self._services.find(lines[0].body["model"]) if lines else None
        snapshot = model.snapshot if model else None
        body = await self._batches.change(body["id"], lambda now: _validated(now, lines, errors, snapshot))
        if body["status"] in ENDED:
            return
        await self._lines(body["id"], lines)
        body = await self._batches.change(body["id"], _finalizing)
        await self._end(body, lines)

    async def _read(self, body: Data) -> tuple[list[Line], list[Data]]:
        file = await self._files.load(body["input_file_id"])
        if file is not None and file.size > MOST_BYTES:
            return [], [too_long(file.size)]
        content = await self._files.read(body["input_file_id"])
        return await asyncio.to_thread(read_lines, content, body["endpoint"], self._services.find)

    async def _lines(self, batch_id: str, lines: list[Line]) -> None:
        """Run what has not been run; stops where the batch is cancelled or expires."""
        done = await self._batches.recorded(batch_id)
        pause = LINE_SECONDS if len(lines) > SHORT else SHORT_LINE_SECONDS
        for line in lines:
            if line.number in done:
                continue
            await asyncio.sleep(pause)
            body = await self._batches.load(batch_id)
            if body is None or body["status"] != "in_progress" or time.time() >= body["expires_at"]:
                return
            ok, output = await self._line(line, body.get("account", ""))
            await self._batches.record(batch_id, line.number, ok, output)

    async def _line(self, line: Line, account: str) -> tuple[bool, Data]:
        """Whether the request succeeded, and its line of output."""
        headers = {"content-type": "application/json"}
        asked = json.dumps(line.body).encode()
        call = Call("POST", line.url, headers=headers, body=asked, account=account)
        given = await self._services.answer(call)
        status, body = given.status, given.body
        if given.events is not None:
            message = "Streaming is not supported in batches."
            error = {"message": message, "type": "invalid_request_error", "param": "stream", "code": None}
            status, body = 400, {"error": error}
        response = {"status_code": status, "request_id": ids.request_id(), "body": body}
        return status < 400, _output(line, response, None)

    async def _end(self, body: Data, lines: list[Line]) -> None:
        done = await self._batches.recorded(body["id"])
        expired = body["status"] != "cancelling" and any(line.number not in done for line in lines)
        texts: dict[bool, list[str]] = {True: [], False: []}
        for line in lines:
            if line.number in done:
                ok, text = done[line.number]
                texts[ok].append(text)
            elif expired:
                texts[False].append(json.dumps(_output(line, None, _EXPIRED)))
        files = {ok: _file(body, ok, texts[ok]) for ok in (True, False) if texts[ok]}
        names = {ok: file.id for ok, (file, _) in files.items()}
        late = len(lines) - len(done) if expired else 0
        await self._batches.end(body["id"], list(files.values()), lambda now: _ended(now, names, late))


_EXPIRED = {
    "code": "batch_expired",
    "message": "This request could not be executed before the completion window expired.",
}


def _output(line: Line, response: Data | None, error: Data | None) -> Data:
    name = ids.batch_request_id()
    return {"id": name, "custom_id": line.custom_id, "response": response, "error": error}


def _file(body: Data, ok: bool, texts: list[str]) -> tuple[StoredFile, bytes]:
    content = "".join(f"{text}\n" for text in texts).encode()
    now = int(time.time())
    lifetime = (body.get("output_expires_after") or {}).get("seconds", 30 * 24 * 3600)
    name = f"{body['id']}_{'output' if ok else 'error'}.jsonl"
    return StoredFile(name, "batch_output", len(content), now + lifetime, created_at=now), content


def _validated(body: Data, lines: list[Line], errors: list[Data], model: str | None) -> Data:
    if body["status"] != "validating":
        return body
    now = int(time.time())
    if errors:
        return {**body, "status": "failed", "failed_at": now, "errors": {"object": "list", "data": errors}}
    counts = {**body["request_counts"], "total": len(lines)}
    return {
        **body,
        "status": "in_progress",
        "in_progress_at": now,
        "request_counts": counts,
        "model": model,
    }


def _finalizing(body: Data) -> Data:
    if body["status"] != "in_progress":
        return body
    return {**body, "status": "finalizing", "finalizing_at": int(time.time())}


def _ended(body: Data, files: dict[bool, str], late: int) -> Data:
    """`late`: requests that the window left no time for."""
    run = "expired" if late else "completed"
    status = "cancelled" if body["status"] == "cancelling" else run
    counts = body["request_counts"]
    return {
        **body,
        "status": status,
        f"{status}_at": int(time.time()),
        "output_file_id": files.get(True),
        "error_file_id": files.get(False),
        "request_counts": {**counts, "failed": counts["failed"] + late},
    }
