"""What well-known clients need of an endpoint: data, with its sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slashv1.matrix.yamlfile import read

FILE = Path(__file__).parent / "clients.yaml"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a client asks for."""

    what: str
    items: tuple[str, ...]
    """Globs over `operation::case::check`."""
    source: str
    optional: bool = False
    """It works without, with less."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client, and all that it needs."""

    name: str
    source: str
    needs: tuple[Need, ...]
    tolerates: tuple[str, ...] = ()
    """Checks or globs whose deviation it does not notice."""


@cache
def clients(path: Path = FILE) -> tuple[Client, ...]:
    """The clients of a file.

    Raises:
        UsageError: the file is not as its schema wants it; file, line and a hint.
    """
    document = read(path, "clients")
    return tuple(
        Client(
            one["client"],
            one["source"],
            tuple(
                Need(need["what"], tuple(need["items"]), need["source"], need.get("optional", False))
                for need in one["needs"]
            ),
            tuple(one.get("tolerates", {}).get("checks", ())),
        )
        for one in document.value["clients"]
    )
