"""Clearances of what a request asks for: most ask for little that an answer could ignore."""

from __future__ import annotations

from slashv1.harness.judge.clearance import clears
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.reading import Reading


@clears("ignored.strict")
def _unstrict(reading: Reading) -> bool:
    tools = asked_of(reading).get("tools", ())
    return not any(tool.get("function", tool).get("strict") for tool in tools)
