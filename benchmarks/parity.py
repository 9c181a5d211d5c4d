"""The reference gateway beside genuine OpenAI: every genuine request sent again, every answer compared.

`python benchmarks/parity.py [EVIDENCE] [--write FILE] [--json FILE] [--list PART]`; EVIDENCE is the folder of
`openai.jsonl.gz` (default `SLASHV1_EVIDENCE`, else `../shared/evidence`), or a file of such lines. Exits 1
where fewer than 99 % of the verdicts are equal.

- *verdict*: status, and of a refusal type, code and param; by operation and by the cause of the genuine fate
  (benchmarks/rejections.py).
- *shape*, *frames*, *headers*: of the answers with an equal verdict, see benchmarks/parity_shapes.py and
  benchmarks/parity_compare.py.
- *left out*: what says nothing of a gateway, see benchmarks/parity_left_out.py.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.parity_compare import frames_apart, header_names, headers_apart, verdict  # noqa: E402  found beside this file
from benchmarks.parity_replay import LeftOut, Pair, replayed  # noqa: E402
from benchmarks.parity_shapes import Calendar, apart, shapes  # noqa: E402
from benchmarks.parity_source import Genuine, read_genuine  # noqa: E402
from benchmarks.rejections import why  # noqa: E402

GOAL = 0.99
PARTS = ("shape", "frames", "headers")
Place = tuple[str, str]


@dataclass(slots=True)
class Parity:
    """What came of a whole evidence."""

    exchanges: int = 0
    days: tuple[str, str] = ("", "")
    seen: Counter[Place] = field(default_factory=Counter)
    """By operation and cause."""
    equal: Counter[Place] = field(default_factory=Counter)
    halves: dict[bool, list[int]] = field(default_factory=lambda: {False: [0, 0], True: [0, 0]})
    """By whether the half is the odd one: equal, seen."""
    apart: Counter[str] = field(default_factory=Counter)
    """Verdicts that differ, by what differs."""
    held: dict[str, Counter[str]] = field(default_factory=lambda: {part: Counter() for part in PARTS})
    """By part: how many answers of each operation were compared."""
    alike: dict[str, Counter[str]] = field(default_factory=lambda: {part: Counter() for part in PARTS})
    told: dict[str, Counter[str]] = field(default_factory=lambda: {part: Counter() for part in PARTS})
    """By part: what differs, and in how many answers."""
    left: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Of equal verdicts."""
        return self.equal.total() / max(1, self.seen.total())


def parity(exchanges: list[Genuine], *, whole: bool = True) -> Parity:
    """Replay and compare; `whole`: shapes, frames and headers too."""
    found = Parity(len(exchanges), _days(exchanges))
    pairs = asyncio.run(_pairs(exchanges, found))
    same = [pair for pair in pairs if _judge(pair, found)]
    if whole:
        _compare(same, exchanges, found)
    return found


def _days(exchanges: Iterable[Genuine]) -> tuple[str, str]:
    days = sorted(one.day for one in exchanges if one.day)
    return (days[0], days[-1]) if days else ("", "")


async def _pairs(exchanges: list[Genuine], found: Parity) -> list[Pair]:
    pairs = []
    async for one in replayed(exchanges):
        if isinstance(one, LeftOut):
            found.left[one.rule] += 1
        else:
            pairs.append(one)
    return pairs


def _judge(pair: Pair, found: Parity) -> bool:
    genuine = pair.genuine
    place = (genuine.operation, why(genuine.reply.status, genuine.reply.error or None))
    theirs, ours = verdict(genuine.reply), verdict(pair.ours)
    found.seen[place] += 1
    found.equal[place] += theirs == ours
    half = found.halves[genuine.odd]
    half[0], half[1] = half[0] + (theirs == ours), half[1] + 1
    if theirs != ours:
        found.apart[f"{genuine.operation}, {place[1]}: genuine {_said(theirs)}, gateway {_said(ours)}"] += 1
    return theirs == ours


def _said(judged: tuple[Any, ...]) -> str:
    status, *error = judged
    return f"{status} {error[1]} {error[2]}" if error else str(status)


def _compare(pairs: list[Pair], exchanges: list[Genuine], found: Parity) -> None:
    calendar, kept = _calendar(pairs), _kept(exchanges)
    for pair in pairs:
        genuine, ours = pair.genuine, pair.ours
        name = genuine.operation + (" (stream)" if genuine.reply.frames is not None else "")
        if genuine.reply.status < 400:
            _note(found, "shape", name, apart(genuine, ours, calendar))
        if genuine.reply.frames is not None and ours.frames is not None:
            _note(found, "frames", name, frames_apart(genuine.reply.frames, ours.frames))
        if genuine.all_headers:
            told = headers_apart(genuine, ours, kept[genuine.recording])
            _note(
                found, "headers", name, [t for t in told if not calendar.excuses(genuine, f"header {t[1:]}")]
            )


def _note(found: Parity, part: str, name: str, said: list[str]) -> None:
    found.held[part][name] += 1
    found.alike[part][name] += not said
    found.told[part].update(f"{name}: {one}" for one in said)


def _calendar(pairs: list[Pair]) -> Calendar:
    calendar, taken = Calendar(), [pair for pair in pairs if pair.genuine.reply.status < 400]
    theirs = [shapes(pair.genuine.reply) for pair in taken]
    for pair, paths in zip(taken, theirs, strict=True):
        calendar.learn(pair.genuine, paths, shapes(pair.ours))
    for pair, paths in zip(taken, theirs, strict=True):
        calendar.add(pair.genuine, paths)
    full = [
        (pair.genuine, header_names(pair.genuine.reply.headers)) for pair in taken if pair.genuine.all_headers
    ]
    known = {name for _, names in full for name in names}
    for genuine, names in full:
        calendar.add_headers(genuine, names, known)
    return calendar


def _kept(exchanges: Iterable[Genuine]) -> dict[str, frozenset[str]]:
    """By recording: the headers that the recorder kept anywhere in it."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in exchanges:
        found[one.recording] |= set(one.reply.headers)
    return {name: frozenset(headers) for name, headers in found.items()}


def main() -> int:
    """Print the tables; exit 1 below the goal."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    default = os.environ.get("SLASHV1_EVIDENCE") or ROOT.parent / "shared" / "evidence"
    parser.add_argument("evidence", nargs="?", type=Path, default=Path(default))
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this page")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--list", choices=PARTS, help="print everything that differs in this part")
    said = parser.parse_args()
    path = said.evidence / "openai.jsonl.gz" if said.evidence.is_dir() else said.evidence
    if not path.is_file():
        parser.error(f"no evidence at {path}: name a folder with openai.jsonl.gz, or set SLASHV1_EVIDENCE")
    from benchmarks.parity_page import as_json, markdown, page

    found = parity(list(read_genuine(path)))
    print(markdown(found), end="")
    if said.list:
        print(*(f"{count:6} {what}" for what, count in found.told[said.list].most_common()), sep="\n")
    if said.write is not None:
        said.write.write_text(page(found, path.name), "utf-8")
    if said.json is not None:
        said.json.write_text(json.dumps(as_json(found), indent=1) + "\n", "utf-8")
    return 0 if found.share >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
