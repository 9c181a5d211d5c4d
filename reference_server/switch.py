"""Turns a defect or a legal variant on: for every request by option, for one by its path."""

from __future__ import annotations

import re
from dataclasses import replace

from slashv1.reference_server.defects import DEFECTS, VARIANTS, Twist, find_twist
from slashv1.reference_server.headers import dress
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.wire import Answer, Call, Handler

_PREFIX = re.compile(r"/(?P<kind>defect|variant)/(?P<name>[^/]+)(?P<rest>/.*|$)")


class Switch:
    """Passes calls to the right handler, twisted where that is asked for.

    Raises:
        UsageError: no defect or variant of that name.
    """

    def __init__(self, handler: Handler, *, defect: str | None, variant: str | None) -> None:
        twists = [find_twist("defect", defect)] if defect else []
        twists += [find_twist("variant", variant)] if variant else []
        self._plain = handler
        self._handler = handler
        for twist in twists:
            self._handler = twist.around(self._handler)

    async def answer(self, call: Call) -> Answer:
        """The answer, correct or twisted."""
        found = _PREFIX.match(call.path)
        if not found:
            return await self._handler(call)
        twist = _named(found["kind"], found["name"])
        if twist is None:
            problem = ApiError(f"No {found['kind']} of the name '{found['name']}'", status=404)
            return dress(problem.answer(), milliseconds=1)
        return await twist.around(self._plain)(replace(call, path=found["rest"] or "/"))


def _named(kind: str, name: str) -> Twist | None:
    return (DEFECTS if kind == "defect" else VARIANTS).get(name)
