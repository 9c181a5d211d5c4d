"""Genuine exchanges as they are replayed: the request as it can be sent again, the answer as values."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slashv1.harness.audit import operation_of
from slashv1.harness.sse import Decoder
from slashv1.spec import parse

Frames = tuple[tuple[str | None, Any], ...]
"""Event name and JSON value (or text, for `[DONE]`) of each frame."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whoever gave it."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any = None
    """The JSON value; None for a stream and for bytes."""
    frames: Frames | None = None

    @property
    def error(self) -> Mapping[str, Any]:
        """What stands under `error`; empty where nothing does."""
        found = self.body.get("error") if isinstance(self.body, dict) else None
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Genuine:
    """One exchange with genuine OpenAI."""

    id: str
    recording: str
    """The file it was recorded in: what happened before in there is its state."""
    recorder: str
    """The project; what its recorder leaves out, it leaves out everywhere."""
    day: str
    """`YYYY-MM-DD`; empty where the recorder kept no date."""
    operation: str
    """Upstream's name; empty for what the contract does not know."""
    method: str
    path: str
    """From `/v1` on."""
    query: str
    asked: Any
    """The JSON body; None where there is none."""
    parts: tuple[Mapping[str, Any], ...] | None
    """The parts of a form."""
    whole: bool
    """Whether the request was kept as it was sent."""
    all_headers: bool
    reply: Reply

    @property
    def odd(self) -> bool:
        """In which half it lies: by the first byte of the SHA-256 of its id."""
        return bool(hashlib.sha256(self.id.encode()).digest()[0] % 2)


def read_genuine(path: Path) -> Iterator[Genuine]:
    """Every exchange of a JSON-lines file, gzip or plain, in its order."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield _genuine(json.loads(line))


def _genuine(raw: Mapping[str, Any]) -> Genuine:
    request, source = raw["request"], raw["source"]
    operation = operation_of(request["method"], request["path"])
    parts = request.get("multipart")
    asked = request.get("json")
    posted = asked is not None or parts is not None
    lost = request.get("body_text") or (operation is not None and operation.form)
    known = posted or request["method"] in ("GET", "DELETE") or not lost
    return Genuine(
        id=raw["id"],
        recording=f"{source['repo']} {source.get('path')}",
        recorder=source["repo"],
        day=(raw.get("recorded_at") or "")[:10],
        operation=operation.name if operation else "",
        method=request["method"],
        path=_own_path(request["path"]),
        query=request.get("query") or "",
        asked=asked,
        parts=tuple(parts) if isinstance(parts, list) else None,
        whole=known and "request_truncated" not in raw,
        all_headers=not raw.get("headers_filtered"),
        reply=_reply(raw["response"]),
    )


def _own_path(path: str) -> str:
    _, cut, rest = path.rpartition("/v1/")
    return f"/v1/{rest}" if cut else f"/v1{path}"


def _reply(raw: Mapping[str, Any]) -> Reply:
    headers = {name.lower(): str(value) for name, value in raw["headers"].items()}
    sse = raw.get("sse")
    if isinstance(sse, str):
        return Reply(raw["status"], headers, frames=frames_of(sse.encode("utf-8", "surrogatepass")))
    return Reply(raw["status"], headers, raw.get("json"))


def frames_of(body: bytes) -> Frames:
    """A stream's frames; comments and blocks without data left out."""
    decoder = Decoder()
    found: list[tuple[str | None, Any]] = []
    for frame in (*decoder.feed(body), *decoder.close()):
        if frame.data is not None:
            document = parse(frame.data.encode("utf-8", "surrogatepass"))
            found.append((frame.event, document.value if document.ok else frame.data))
    return tuple(found)
