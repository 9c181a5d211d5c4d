"""Deviations by check; of each check, those that say the same at many places as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slashv1.place import TOLD_APART, any_index, frame_of, others, sentence, worded
from slashv1.record import Finding, Level, Outcome, Result, Run, Wire
from slashv1.reports.cases import Numbered
from slashv1.reports.difference import Pieces, difference
from slashv1.reports.pointer import marked, span_shown
from slashv1.reports.timeline import LONGEST_DATA
from slashv1.reports.visible import clip
from slashv1.reports.words import DEVIATING, RANK

LONGEST_BODY = 60_000
"""Characters of a body that the page shows."""

_OPEN_CARDS = 6
"""So many of the worst cards show their first deviation unasked."""
_MOST_FINDINGS = 10
"""Of one check on one case."""
_EXCERPT = 600
"""Characters of a body or frame shown around the place of a finding."""

CaseKey = tuple[str, str]
Found = tuple[Numbered, int, Finding | None]
"""A result, the number of one of its findings, and that."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one deviation is."""

    index: int
    result: Result
    anchor: str
    frame: str
    """Frame and byte in words, empty where it lies in none."""
    number: int | None
    """That of the frame."""
    arrived: float | None
    """Seconds after the request at which the frame came."""
    mark: str
    """`FROM-TO` of the value pointed at, in the units of JavaScript in the text that the case shows."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that deviates, and all places where it does."""

    message: str
    finding: Finding | None
    """That of the first place."""
    expected: Pieces
    actual: Pieces
    excerpt: Pieces
    """Body or frame of the first place around the value pointed at, that value marked."""
    places: tuple[Place, ...]
    cases: int
    operations: tuple[str, ...]
    opened: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """Findings that are told as one."""

    places: Sequence[Found]
    said: str = ""
    """What they have in common, where each words it otherwise; empty: all say the same."""


@dataclass(frozen=True, slots=True)
class Card:
    """A check with everything it found, at one outcome."""

    check: str
    level: Level
    outcome: Outcome
    title: str
    why: str
    clause: str
    clients: str
    """Those that are known to break, in words."""
    deviations: tuple[Deviation, ...]
    """Those at most places first."""
    left_out: int
    """Findings beyond the first few of a case: a stream can deviate at each of a thousand frames."""
    cases: int
    operations: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """By which it is linked to."""
        return f"{self.check}:{self.outcome}:{self.level}"


def make_cards(run: Run, results: Sequence[Numbered]) -> tuple[Card, ...]:
    """The worst first, and those in most cases."""
    groups: dict[tuple[Outcome, str, Level], list[Numbered]] = {}
    for member in results:
        if (result := member.result).outcome in DEVIATING:
            groups.setdefault((result.outcome, result.check, result.level), []).append(member)
    ordered = sorted(groups.items(), key=lambda group: (RANK[group[0][0]], -len(group[1])))
    wires = {(wire.operation, wire.case): wire for wire in run.wires}
    return tuple(
        _card(run, members, wires, opened=place < _OPEN_CARDS and RANK[outcome] <= RANK[Outcome.WARNED])
        for place, ((outcome, _, _), members) in enumerate(ordered)
    )


def _card(run: Run, members: Sequence[Numbered], wires: Mapping[CaseKey, Wire], *, opened: bool) -> Card:
    first = members[0].result
    words = run.titles.get(first.check, {})
    alike: dict[tuple[object, ...], list[Found]] = {}
    for member in members:
        for number, finding in enumerate(member.result.findings[:_MOST_FINDINGS] or (None,)):
            alike.setdefault(_said(member.result, finding), []).append((member, number, finding))
    ordered = sorted(_folded(list(alike.values())), key=lambda found: len(found.places), reverse=True)
    return Card(
        check=first.check,
        level=first.level,
        outcome=first.outcome,
        title=words.get("title", ""),
        why=words.get("why", ""),
        clause=words.get("clause", ""),
        clients=words.get("clients", ""),
        deviations=tuple(
            _deviation(found, wires, opened=opened and at == 0) for at, found in enumerate(ordered)
        ),
        left_out=sum(max(0, len(member.result.findings) - _MOST_FINDINGS) for member in members),
        cases=_cases(members),
        operations=_operations(members),
    )


def _folded(groups: Sequence[list[Found]]) -> Iterator[Alike]:
    """What differs in ids, times and other values alone, told as one where it would be many."""
    same: dict[tuple[object, ...], list[list[Found]]] = {}
    for found in groups:
        member, _, finding = found[0]
        where = (any_index(finding.pointer or ""), finding.header) if finding else ()
        same.setdefault((_common(member.result, finding), *where), []).append(found)
    for (said, *_), several in same.items():
        if len(several) <= TOLD_APART:
            yield from (Alike(found) for found in several)
        else:
            yield Alike([one for found in several for one in found], str(said))


def _common(result: Result, finding: Finding | None) -> str:
    if finding is None or result.outcome in (Outcome.WAIVED, Outcome.UNWAIVED):
        return _message(result, finding)
    return worded(finding.message)


def _cases(members: Sequence[Numbered]) -> int:
    return len({(member.result.operation, member.result.case) for member in members})


def _operations(members: Sequence[Numbered]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(member.result.operation for member in members))


def _said(result: Result, finding: Finding | None) -> tuple[object, ...]:
    """What two deviations have in common that are told as one."""
    if finding is None:
        return (_message(result, None),)
    return _message(result, finding), finding.expected, finding.actual, finding.pointer, finding.header


def _deviation(alike: Alike, wires: Mapping[CaseKey, Wire], *, opened: bool) -> Deviation:
    found = alike.places
    member, _, finding = found[0]
    expected, actual = _sides(finding)
    members = [each for each, _, _ in found]
    if alike.said:
        expected = (*expected, *_others(one.expected for _, _, one in found if one))
        actual = (*actual, *_others(one.actual for _, _, one in found if one))
    return Deviation(
        message=clip(alike.said or _message(member.result, finding)),
        finding=finding,
        expected=expected,
        actual=actual,
        excerpt=_excerpt(finding, _wire(member.result, wires)),
        places=tuple(_place(one, wires, first=at == 0) for at, one in enumerate(found)),
        cases=_cases(members),
        operations=_operations(members),
        opened=opened,
    )


def _others(texts: Iterable[str | None]) -> Pieces:
    said = others(texts)
    return ((said, False),) if said else ()


def _place(found: Found, wires: Mapping[CaseKey, Wire], *, first: bool) -> Place:
    member, number, finding = found
    result = member.result
    wire = _wire(result, wires)
    at = finding.frame if finding else None
    frames = wire.frames if wire and at is not None else ()
    return Place(
        index=member.index,
        result=result,
        anchor=f"{result.id}~{number}" if number else result.id,
        frame=frame_of(finding) if finding else "",
        number=at,
        arrived=next((frame.at for frame in frames if frame.number == at), None),
        mark="" if first else _mark(finding, wire),
    )


def _wire(result: Result, wires: Mapping[CaseKey, Wire]) -> Wire | None:
    return wires.get((result.operation, result.case))


def _message(result: Result, finding: Finding | None) -> str:
    """All but the frame. Of what a waiver covers or covered, what the waiver says comes first."""
    if finding is None:
        return result.cause or result.outcome
    said = sentence(finding).removeprefix(f"{frame_of(finding)}: ")
    if result.cause and result.outcome in (Outcome.WAIVED, Outcome.UNWAIVED):
        return f"{result.cause}: {said}"
    return said


def _text(finding: Finding | None, wire: Wire | None) -> str:
    """The JSON text that the pointer of a finding points into; empty where there is none."""
    if finding is None or wire is None:
        return ""
    if finding.frame is None:
        return (wire.body or "") if finding.pointer else ""
    return next((frame.data for frame in wire.frames if frame.number == finding.frame), "")


def _excerpt(finding: Finding | None, wire: Wire | None) -> Pieces:
    pieces = marked(_text(finding, wire), finding.pointer if finding else None, _EXCERPT)
    in_frame = finding is not None and finding.frame is not None
    return pieces if in_frame or any(differs for _, differs in pieces) else ()


def _mark(finding: Finding | None, wire: Wire | None) -> str:
    if finding is None or not finding.pointer:
        return ""
    limit = LONGEST_BODY if finding.frame is None else LONGEST_DATA
    span = span_shown(_text(finding, wire), finding.pointer, limit)
    return f"{span[0]}-{span[1]}" if span else ""


def _sides(finding: Finding | None) -> tuple[Pieces, Pieces]:
    if finding is None:
        return (), ()
    expected, actual = clip(finding.expected or ""), clip(finding.actual or "")
    if expected and actual:
        return difference(expected, actual)
    return ((expected, False),) if expected else (), ((actual, True),) if actual else ()
