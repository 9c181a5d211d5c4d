"""The words of drift: a change, its direction and its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from slashv1.errors import UsageError


class SdkMissingError(UsageError):
    """The `openai` package is not installed."""


class Weight(StrEnum):
    """What a change does to those who rely on the contract."""

    BREAKING = "breaking"
    """The newer side took something away, demands more in requests, or changed a type."""
    ADDITIVE = "additive"
    """It knows more, or is laxer where that harms nobody."""


class Direction(StrEnum):
    """Seen from the contract: what the newer side did."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference at one place."""

    group: str
    """The operation under which the place was first reached."""
    part: str
    """`operation`, `request`, `response` or `event`."""
    place: str
    """Nearest definition of the contract and the way from there: `Response.tools[].filters`."""
    what: str
    """`operation`, `body`, `field`, `value`, `member` (of a union), `type`, `required`, `null`, `bound`,
    `open` (any value or any key), `overlay`."""
    direction: Direction
    weight: Weight
    detail: str
    """What it was and what it is, in short."""

    def to_json(self) -> dict[str, Any]:
        """The change as JSON values."""
        return {
            "group": self.group,
            "part": self.part,
            "place": self.place,
            "what": self.what,
            "direction": self.direction.value,
            "weight": self.weight.value,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """Our contract against one newer side."""

    against: str
    """`openapi FILE (version)` or `openai VERSION`."""
    changes: tuple[Change, ...]
    known: tuple[tuple[Change, str], ...] = ()
    """Differences that are no drift: an overlay's or explained, each with its reason."""
    stale: tuple[str, ...] = ()
    """Explanations that explain nothing any more."""
    compared: Mapping[str, int] = field(default_factory=dict)
    """How much was looked at: operations, pairs of objects."""

    @property
    def breaking(self) -> tuple[Change, ...]:
        """What ends the command with 1."""
        return tuple(one for one in self.changes if one.weight is Weight.BREAKING)

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {
            "against": self.against,
            "breaking": len(self.breaking),
            "additive": len(self.changes) - len(self.breaking),
            "changes": [one.to_json() for one in self.changes],
            "known": [{**one.to_json(), "why": why} for one, why in self.known],
            "stale": list(self.stale),
            "compared": dict(self.compared),
        }
