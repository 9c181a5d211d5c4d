"""Moderations."""

from __future__ import annotations

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.moderations import check_moderation, moderate
from slashv1.reference_server.wire import Answer, Call

CREATE = "moderations.create"
ROUTES = (Route(CREATE, "POST", "/v1/moderations"),)


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {CREATE: _create}


async def _create(call: Call) -> Answer:
    asked = json_object(call)
    return Answer(CREATE, body=moderate(asked, check_moderation(asked)))
