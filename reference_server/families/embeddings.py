"""Embeddings."""

from __future__ import annotations

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.embedding_rules import check_embedding
from slashv1.reference_server.embeddings import embed
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.wire import Answer, Call

CREATE = "embeddings.create"
ROUTES = (Route(CREATE, "POST", "/v1/embeddings"),)


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {CREATE: _create}


async def _create(call: Call) -> Answer:
    asked = json_object(call)
    return Answer(CREATE, body=embed(asked, check_embedding(asked)))
