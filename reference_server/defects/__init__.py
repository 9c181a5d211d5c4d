"""One catalogue of everything the gateway can do wrong, and of what is unusual and yet legal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from slashv1.reference_server.defects import (
    bodies,
    body_rules,
    chat_chunks,
    chat_values,
    clients,
    drawn,
    framing,
    headers,
    hosted,
    ignored,
    in_the_wild,
    included,
    isolation,
    lifecycle,
    listings,
    media,
    media_streams,
    pages,
    pairing,
    refusals,
    response_deltas,
    response_streams,
    response_values,
    signals,
    signals_legal,
    stores,
    stores_wild,
    streams,
    tolerance,
    variants,
    wire_rare,
)
from slashv1.reference_server.defects.twist import Twist, find_in

__all__ = ["DEFECTS", "VARIANTS", "Twist", "find_twist"]

_FAMILIES = {
    "body": bodies.DEFECTS,
    "chat stream": streams.DEFECTS,
    "responses stream": response_streams.DEFECTS,
    "hosted tool": hosted.DEFECTS,
    "pair": pairing.DEFECTS,
    "error": refusals.DEFECTS,
    "header": headers.DEFECTS,
    "header of a profile": headers.OF_A_PROFILE,
    "framing": framing.DEFECTS,
    "ignored": (*ignored.DEFECTS, *included.DEFECTS),
    "lifecycle": lifecycle.DEFECTS,
    "chat chunk": chat_chunks.DEFECTS,
    "chat value": chat_values.DEFECTS,
    "isolation": isolation.DEFECTS,
    "page": pages.DEFECTS,
    "tolerance": tolerance.DEFECTS,
    "client": clients.DEFECTS,
    "drawn request": drawn.DEFECTS,
    "list": listings.DEFECTS,
    "media and stored chat": (*media.DEFECTS, *media_streams.DEFECTS),
    "in the wild": in_the_wild.DEFECTS,
    "rare on the wire": wire_rare.DEFECTS,
    "response": response_values.DEFECTS,
    "responses event": response_deltas.DEFECTS,
    "rule of a body": body_rules.DEFECTS,
    "header signal": signals.DEFECTS,
    "file, batch or conversation": (*stores.DEFECTS, *stores_wild.DEFECTS),
}


def _table(families: Mapping[str, tuple[Twist, ...]]) -> Mapping[str, Twist]:
    named = {t.name: replace(t, family=family) for family, twists in families.items() for t in twists}
    return MappingProxyType(named)


DEFECTS: Mapping[str, Twist] = _table(_FAMILIES)
"""Every defect by name, family by family."""
VARIANTS: Mapping[str, Twist] = _table(
    {
        "variant": (
            *variants.VARIANTS,
            *drawn.VARIANTS,
            *included.VARIANTS,
            *signals_legal.VARIANTS,
            *headers.VARIANTS,
            *stores.VARIANTS,
            *stores_wild.VARIANTS,
            *media.VARIANTS,
        )
    }
)
"""Every legal variant by name."""


def find_twist(kind: str, name: str) -> Twist:
    """A `defect` or a `variant` by name.

    Raises:
        UsageError: none of that name; names the nearest.
    """
    return find_in(kind, DEFECTS if kind == "defect" else VARIANTS, name)
