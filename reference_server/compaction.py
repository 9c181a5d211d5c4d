"""Compacting a conversation: the user's messages stay, all else becomes one item only the server reads."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.responses import input_tokens
from slashv1.reference_server.tokens import count_turns

Asked = dict[str, Any]
Items = list[dict[str, Any]]
_MARK = "gAAAAAB"
"""What every encrypted content begins with."""


def compact(asked: Asked, items: Items, history: Items) -> dict[str, Any]:
    """The compaction of a valid request: `items` are all of the conversation, `history` the stored."""
    kept = [_message(item) for item in items if item["type"] == "message" and item.get("role") == "user"]
    rest = [item for item in items if item["type"] != "message" or item.get("role") != "user"]
    sealed = {"id": ids.item_id("cmp"), "type": "compaction", "encrypted_content": _sealed(rest)}
    read, written = input_tokens(asked, history), count_turns(rest)
    return {
        "id": ids.item_id("resp"),
        "object": "response.compaction",
        "created_at": int(time.time()),
        "output": [*kept, sealed],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }


def _message(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item[key] for key in ("id", "type", "status", "content", "role")}


def _sealed(items: Items) -> str:
    bare = [{key: value for key, value in item.items() if key != "id"} for item in items]
    return _MARK + base64.urlsafe_b64encode(json.dumps(bare).encode()).decode()
