"""The models that the gateway knows: OpenAI's public ids, and aliases that resolve to one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from slashv1.reference_server.capabilities import Capabilities, capabilities
from slashv1.reference_server.tables import table


@dataclass(frozen=True, slots=True)
class Model:
    """One model id."""

    id: str
    created: int
    owned_by: str
    kind: str
    """`chat`, `reasoning`, `embedding`, `completion`, `audio`, `image`, `speech`, `moderation`, …"""
    snapshot: str
    """The dated id that an answer names; the id itself where it has none."""
    dimensions: int | None = None
    shortens: bool = False
    """Whether an embedding model takes `dimensions`."""

    @property
    def can(self) -> Capabilities:
        """What its family can do."""
        return capabilities(self.id, self.snapshot)

    @property
    def reasons(self) -> bool:
        """Whether it is a reasoning model."""
        return self.kind == "reasoning"

    def public(self) -> dict[str, Any]:
        """The model object: exactly id, object, created, owned_by."""
        return {"id": self.id, "object": "model", "created": self.created, "owned_by": self.owned_by}


@cache
def models() -> dict[str, Model]:
    """All models by id, in the order of the list."""
    known: dict[str, Model] = {}
    for raw in table("models")["models"]:
        known[raw["id"]] = _model(raw)
    return known


def _model(raw: dict[str, Any]) -> Model:
    values: dict[str, Any] = {"owned_by": "system", "snapshot": raw["id"], **raw}
    return Model(**values)


def find(model_id: str) -> Model | None:
    """One model by id or alias."""
    return models().get(model_id)
