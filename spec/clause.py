"""The contract as sentences: each with an id, a level, where it comes from, and the checks that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from slashv1.spec.data import folder

EVIDENCE = "6,337 exchanges with api.openai.com, recorded 2023-04-12 to 2026-08-19"
"""The set that every count of a clause's source is taken from."""
FILES = (
    "gateway",
    "wire",
    "bodies",
    "chat",
    "responses",
    "responses-items",
    "pairs",
    "embeddings-models",
    "files-batches-conversations",
    "media",
    "sdk",
    "fuzz",
)
"""Those of `spec/clauses`, in the order in which they are read; each document of a file is a topic."""

Origin = Literal["contract", "upstream", "table", "standard", "sdk", "evidence"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One normative statement."""

    id: str
    """`CS-42`: of the topic, and counted in it; never given twice."""
    text: str
    level: Literal["MUST", "SHOULD", "MAY"]
    source: Mapping[Origin, tuple[str, ...]]
    """`contract`: headings of the gateways' contract; `upstream`: operations and schemas, with the path of
    the field; `table`: rows of errors.json, headers.json and streams.json; `standard`, `sdk` and
    `evidence` (a count) in words."""
    since: str | None = None
    """The day from which on it holds, where it did not always."""
    checks: tuple[str, ...] = ()
    """Ids of the checks that hold it."""
    excluded: str | None = None
    """Why no check holds it."""
    differs: str | None = None
    """Why a check of it has another level."""

    def __str__(self) -> str:
        return f"{self.id}: {self.text}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Where it comes from, a line each."""
        return tuple(f"{kind}: {', '.join(named)}" for kind, named in self.source.items())


@dataclass(frozen=True, slots=True)
class Topic:
    """Clauses that go together, and share the letters of their ids."""

    title: str
    about: str
    clauses: tuple[Clause, ...]


@cache
def topics() -> tuple[Topic, ...]:
    """Every clause by topic. Some 25 ms: asked for when a record is written or a clause is explained."""
    return tuple(topic for name in FILES for topic in _topics(name))


@cache
def clauses() -> Mapping[str, Clause]:
    """Every clause by id, in the order of the topics."""
    return MappingProxyType({one.id: one for topic in topics() for one in topic.clauses})


def told(name: str) -> str:
    """A clause as `id: text`; a name that is no clause's as it is."""
    found = clauses().get(name)
    return name if found is None else str(found)


def _topics(name: str) -> tuple[Topic, ...]:
    import yaml  # here alone: judging needs no clause

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = yaml.load_all((folder("clauses") / f"{name}.yaml").read_text("utf-8"), loader)
    return tuple(Topic(raw["title"], raw["about"], tuple(map(_clause, raw["clauses"]))) for raw in documents)


def _clause(raw: dict[str, Any]) -> Clause:
    source = {
        kind: tuple([named] if isinstance(named, str) else named) for kind, named in raw["source"].items()
    }
    since = str(raw["since"]) if "since" in raw else None
    return Clause(**{**raw, "source": source, "since": since, "checks": tuple(raw.get("checks", ()))})
