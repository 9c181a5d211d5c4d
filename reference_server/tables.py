"""The gateway's tables: JSON files in `data/`, which an installed wheel packs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from slashv1.spec.data import unpacked

_DATA = Path(__file__).parent / "data"


def table(name: str) -> dict[str, Any]:
    """What a file holds, by its name without `.json`."""
    loaded: dict[str, Any] = json.loads((unpacked(_DATA) / f"{name}.json").read_text("utf-8"))
    return loaded


@cache
def provocations() -> dict[str, dict[str, Any]]:
    """By cause (`rate`, `quota`), how the gateway is brought to refuse for it, as a profile says it."""
    return table("provoke")
