"""How the gateway is brought to refuse: keys whose allowance is used up."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def provocations() -> dict[str, dict[str, Any]]:
    """By cause (`rate`, `quota`), how the gateway is brought to refuse for it, as a profile says it."""
    text = resources.files(__package__).joinpath("provoke.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = json.loads(text)
    return loaded
