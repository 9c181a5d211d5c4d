"""The families of operations, one module each: `ROUTES`, and `operations(services)` for who handles them.

A new family is a module here and a place in `FAMILIES`; its tables are steps in `migrations.py`.
"""

from __future__ import annotations

from slashv1.reference_server.families import (
    audio,
    batches,
    chat,
    compaction,
    completions,
    conversations,
    embeddings,
    files,
    images,
    models,
    moderations,
    responses,
    stored_chat,
)
from slashv1.reference_server.family import Handle, Route, Services

FAMILIES = (
    chat,
    stored_chat,
    embeddings,
    compaction,
    responses,
    models,
    files,
    conversations,
    batches,
    completions,
    moderations,
    images,
    audio,
)
ROUTES: tuple[Route, ...] = tuple(route for family in FAMILIES for route in family.ROUTES)
"""Every route the gateway serves."""


def operations(services: Services) -> dict[str, Handle]:
    """Who handles each operation, by its name."""
    return {name: handle for family in FAMILIES for name, handle in family.operations(services).items()}


async def resume(services: Services) -> None:
    """Go on with what a server before this one, on the same database, left undone."""
    await files.resume(services)
    await batches.resume(services)
