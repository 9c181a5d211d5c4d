"""What all the checks object to in an answer of the gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from slashv1.harness.audit import audit
from slashv1.harness.recorded import read_lines
from slashv1.matrix import load_profile


def sent(http: httpx.Client, path: str, asked: dict[str, Any], folder: Path) -> str:
    """The text of the answer, which has to be one that nothing objects to."""
    answer = http.post(path, json=asked)
    whole = {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "json": None if asked.get("stream") else answer.json(),
        "sse": answer.text if asked.get("stream") else None,
    }
    request = {"method": "POST", "path": f"/v1{path}", "query": "", "headers": {}, "json": asked}
    line = {"id": "one", "host": "api.openai.com", "recorded_at": None, "request": request, "response": whole}
    file = folder / "answer.jsonl"
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    done = audit(read_lines(file), load_profile("openai"))
    assert (done.judged, done.broken, done.errors) == (1, [], []), done
    told = [f"{one.check} at {one.where}: {one.actual}" for one in done.objections]
    assert not told, told
    return answer.text
