"""Legacy completions."""

from __future__ import annotations

from slashv1.reference_server.bodies import json_object
from slashv1.reference_server.completion_rules import check_completion
from slashv1.reference_server.completions import chunks, complete
from slashv1.reference_server.family import Handle, Route, Services
from slashv1.reference_server.wire import Answer, Call

CREATE = "completions.create"
ROUTES = (Route(CREATE, "POST", "/v1/completions"),)


def operations(_: Services) -> dict[str, Handle]:
    """Who handles each operation."""
    return {CREATE: _create}


async def _create(call: Call) -> Answer:
    asked = json_object(call)
    model = check_completion(asked)
    if asked.get("stream"):
        return Answer(CREATE, events=chunks(asked, model))
    return Answer(CREATE, body=complete(asked, model)[0])
