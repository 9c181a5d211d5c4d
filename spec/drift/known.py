"""Differences that are explained: `known.yaml`, each entry with its reason.

An entry says where (`at`: the place, `*` for any text), and may narrow by `operation`, `part`, `what`,
`direction` and `detail` (`*` again). One that explains nothing any more is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from slashv1.errors import UsageError
from slashv1.spec.drift.model import Change

FILE = Path(__file__).with_name("known.yaml")
_WORDS = frozenset({"at", "operation", "part", "what", "direction", "detail", "why"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """One explanation."""

    at: str
    why: str
    part: str = "*"
    what: str = "*"
    direction: str = "*"
    detail: str = "*"
    operation: str = "*"

    def covers(self, change: Change) -> bool:
        """Whether it explains the change."""
        said = (self.at, self.operation, self.part, self.what, self.direction, self.detail)
        found = (
            change.place,
            change.group,
            change.part,
            change.what,
            change.direction.value,
            change.detail,
        )
        return all(_matches(glob, text) for glob, text in zip(said, found, strict=True))


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in glob.split("*")), re.DOTALL)


def _matches(glob: str, text: str) -> bool:
    return glob == "*" or _pattern(glob).fullmatch(text) is not None


def allowed(side: str, file: Path = FILE) -> tuple[Allowed, ...]:
    """The explanations for one side, `sdk` or `openapi`.

    Raises:
        UsageError: an entry without a reason or with an unknown word.
    """
    import yaml

    whole = yaml.safe_load(file.read_text("utf-8")) or {}
    return tuple(_entry(raw, file) for raw in whole.get(side) or ())


def _entry(raw: Any, file: Path) -> Allowed:
    if not isinstance(raw, dict) or not raw.get("at") or not raw.get("why") or raw.keys() - _WORDS:
        raise UsageError(f"{file}: {raw!r}: `at`, `why`, and at most {', '.join(sorted(_WORDS))}")
    return Allowed(**{word: str(said) for word, said in raw.items()})


def explained(
    changes: Sequence[Change], entries: Sequence[Allowed]
) -> tuple[tuple[Change, ...], tuple[tuple[Change, str], ...], tuple[str, ...]]:
    """What is left, what is explained and why, and the entries that explain nothing."""
    left, known, used = [], [], set()
    for change in changes:
        entry = next((one for one in entries if one.covers(change)), None)
        if entry is None:
            left.append(change)
        else:
            known.append((change, entry.why))
            used.add(entry)
    return tuple(left), tuple(known), tuple(one.at for one in entries if one not in used)
