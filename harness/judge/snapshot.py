"""A Response object wherever it stands: as the body, or in the terminal event of a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slashv1.harness.judge.check import Deviation
from slashv1.harness.judge.look import kind, mapping, objects, pointer, short
from slashv1.harness.judge.when import When, on
from slashv1.harness.reading import Reading

TERMINAL = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}
"""Event type that ends a stream: the status its snapshot has."""
RESPONSE = ("responses.create", "responses.retrieve", "responses.cancel")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A Response object and where it was found."""

    value: dict[str, Any]
    base: str = ""
    """JSON Pointer to it."""
    frame: int | None = None

    def deviation(self, message: str, *steps: str | int, expected: str, actual: Any = None) -> Deviation:
        """A deviation at a place within the object; `actual` is rendered as short JSON."""
        return Deviation(message, expected, short(actual), self.base + pointer(*steps), self.frame)

    @property
    def status(self) -> str | None:
        """The `status`, where it is a string."""
        status = self.value.get("status")
        return status if isinstance(status, str) else None

    @property
    def items(self) -> list[tuple[int, dict[str, Any]]]:
        """The output items that are objects, with their places."""
        return list(objects(self.value.get("output")))

    def of_type(self, kind: str) -> list[tuple[int, dict[str, Any]]]:
        """The output items of one type."""
        return [(i, item) for i, item in self.items if item.get("type") == kind]

    def parts(self) -> list[tuple[int, int, dict[str, Any]]]:
        """Content parts of all messages: place of the item, place of the part, the part."""
        return [
            (i, j, part) for i, item in self.of_type("message") for j, part in objects(item.get("content"))
        ]


def snapshot(reading: Reading) -> Snapshot:
    """The Response object to judge; empty where the answer holds none."""
    return reading.once(_find)


def _find(reading: Reading) -> Snapshot:
    if not reading.case.stream or not reading.frames:
        return Snapshot(reading.object)
    for event in reversed(reading.events):
        response = event.object.get("response")
        if kind(event.object) in TERMINAL and isinstance(response, dict):
            return Snapshot(response, "/response", event.number)
    return Snapshot({})


def of_response(*operations: str, asking: str | None = None) -> When:
    """Cases answered with a Response object, streaming or not; `asking`: whose body holds that key."""
    inner = on(*(operations or RESPONSE))
    return inner if asking is None else inner.where(lambda case: case.asked.get(asking) is not None)


def asked_of(reading: Reading) -> dict[str, Any]:
    """The request's JSON object, empty where there was none."""
    return mapping(reading.asked)
