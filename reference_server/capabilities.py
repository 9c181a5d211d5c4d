"""What each family of models can do and refuses, from capabilities.json: a table by patterns of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from slashv1.reference_server.tables import table


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """What chat alone holds against a model."""

    efforts: tuple[str, ...] | None = None
    """Of `reasoning_effort`, where chat knows fewer."""
    unknown: str | None = None
    """`parameter`: an unknown parameter is named, as the Responses API does it."""
    unknown_too: tuple[str, ...] = ()
    """Parameters of chat that it does not know."""
    bounds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rules of parameters that are narrower for it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do; see `meaning` in capabilities.json."""

    takes: tuple[str, ...] = ()
    """Kinds of content beside text: `image`, `audio`; `web_search`."""
    lacks: tuple[str, ...] = ()
    """What it cannot do though models of its kind can: `prediction`, `json_schema`, `chat`, `suffix`, …"""
    refuses: tuple[str, ...] = ()
    refuses_reasoning: tuple[str, ...] = ()
    refuses_roles: tuple[str, ...] = ()
    default_only: Mapping[str, float] = field(default_factory=dict)
    incompatible: tuple[str, ...] = ()
    logprobs: str | None = None
    efforts: tuple[str, ...] = ()
    effort: str | None = None
    """How much it reasons unless told; None for models that do not."""
    context: int = 128_000
    """Most tokens of prompt and answer together."""
    input: int | None = None
    """Most tokens of a prompt, where that is less."""
    retention: tuple[str, ...] | None = None
    turns: str | None = None
    phase: str | None = None
    keeps: str = "in_memory"
    hides: tuple[str, ...] = ()
    chat: ChatLimits = field(default_factory=ChatLimits)


@cache
def capabilities(*names: str) -> Capabilities:
    """What the model can do that has these names: its id, then what it resolves to.

    An id that no family fits has the capabilities of a plain chat model.
    """
    table = _table()
    for name in names:
        for family in table["families"]:
            if any(fnmatchcase(name, pattern) for pattern in family["models"]):
                kind = table["kinds"].get(family.get("like"), {})
                chat = {**kind.get("chat", {}), **family.get("chat", {})}
                return _made({**kind, **family, "chat": chat})
    return Capabilities()


@cache
def _table() -> dict[str, Any]:
    return table("capabilities")


def _made(raw: Mapping[str, Any]) -> Capabilities:
    values = {key: _frozen(value) for key, value in raw.items() if key not in ("models", "like", "chat")}
    chat = {key: _frozen(value) for key, value in raw.get("chat", {}).items()}
    return Capabilities(**values, chat=ChatLimits(**chat))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
