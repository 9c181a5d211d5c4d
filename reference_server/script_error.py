"""A mistake in a script, told by its place: whoever read the file knows the line."""

from __future__ import annotations

from slashv1.errors import UsageError

Steps = tuple[str | int, ...]
"""Keys and indices from the top of the script to a value in it."""


class ScriptError(UsageError):
    """What is wrong, and the steps to it."""

    def __init__(self, message: str, *steps: str | int) -> None:
        place = ".".join(str(step) for step in steps)
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.steps: Steps = steps
