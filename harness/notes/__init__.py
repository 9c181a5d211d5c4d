"""What people are told of a check beside its rule: wire examples, clients that break, public threads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from slashv1.matrix.yamlfile import Document, read

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples.json"
_MOST_FACES = 5
"""Defects of a check whose deviations are alike enough to speak of the same clients."""


@dataclass(frozen=True, slots=True)
class Example:
    """One request, answered well and badly: by the reference gateway, and by it with a defect."""

    defect: str
    """Name of the defect that makes the bad answer."""
    case: str
    """`operation/case` that was asked."""
    request: str
    good: tuple[str, ...]
    """Lines of the answer around the place, as the gateway answers."""
    bad: tuple[str, ...]
    """The same lines, as the defect leaves them."""
    says: str
    """What the check says of the bad one."""
    defects: tuple[str, ...] = ()
    """Every defect that the check must catch."""
    clients: tuple[str, ...] = ()
    """Those that the real bugs among these defects are known to break."""


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug of a real server that was told of in public, and what becomes of it here."""

    id: str
    urls: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    """Clients that are known to break over it."""
    defects: tuple[str, ...] = ()
    """Defects of the reference gateway that are this bug, or one of its kind."""
    fate: Literal["found", "legal", "unseen"] = "found"
    why: str = ""
    """Of a bug without a defect: why it has none."""


@cache
def examples() -> Mapping[str, Example]:
    """The examples by check id; made by `slashv1 explain --examples`."""
    return MappingProxyType(load_examples(EXAMPLES))


def load_examples(path: Path) -> dict[str, Example]:
    """The examples of a file, none where it is not there yet."""
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {check: _example(one) for check, one in raw.items()}


def _example(raw: Mapping[str, Any]) -> Example:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()
    }
    return Example(**values)


def write_examples(path: Path, made: Mapping[str, Example]) -> None:
    """Write a file of examples, a line of an excerpt on a line.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps({check: asdict(one) for check, one in made.items()}, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", "utf-8")


@cache
def bugs(path: Path = HERE / "real_bugs.yaml") -> tuple[Bug, ...]:
    """The bugs of real servers.

    Raises:
        UsageError: the file is not as its schema wants it, or tells of a bug twice; file, line and a hint.
    """
    document = read(path, "bugs")
    _once(document, "bugs", "id")
    return tuple(_bug(one) for one in document.value["bugs"])


def _bug(raw: Mapping[str, Any]) -> Bug:
    fate: Any = next((word for word in ("legal", "unseen") if word in raw), "found")
    return Bug(
        raw["id"],
        tuple(raw.get("urls", ())),
        tuple(raw.get("clients", ())),
        tuple(raw.get("defects", ())),
        fate,
        raw.get(fate, ""),
    )


@cache
def without_defect(path: Path = HERE / "without_defect.yaml") -> Mapping[str, str]:
    """Why a check has no defect, by check id.

    Raises:
        UsageError: as `bugs`.
    """
    document = read(path, "without-defect")
    _once(document, "checks", "check")
    return {one["check"]: one["why"] for one in document.value["checks"]}


def _once(document: Document, table: str, key: str) -> None:
    seen: set[str] = set()
    for at, one in enumerate(document.value[table]):
        if one[key] in seen:
            raise document.wrong(f"{one[key]!r} stands here a second time; keep one", table, at, key)
        seen.add(one[key])


def defects_of(check: str) -> tuple[str, ...]:
    """The defects that a check must catch."""
    example = examples().get(check)
    return example.defects if example else ()


def bugs_of(defects: Iterable[str]) -> list[Bug]:
    """The real bugs that these defects are."""
    named = set(defects)
    return [bug for bug in bugs() if named & set(bug.defects)]


def clients_of(told: Iterable[Bug]) -> list[str]:
    """The clients that break, each once."""
    return sorted({client for bug in told for client in bug.clients}, key=str.lower)


@cache
def breaking() -> Mapping[str, str]:
    """By check id the clients that are known to break over what it finds, in words.

    A check of many faces, such as the one on the status, is left out: its clients broke over one of them.
    """
    return {
        check: ", ".join(one.clients)
        for check, one in examples().items()
        if one.clients and len(one.defects) <= _MOST_FACES
    }


def threads_of(told: Iterable[Bug]) -> list[str]:
    """The public threads, each once."""
    return list(dict.fromkeys(url for bug in told for url in bug.urls))
