"""What the page lists: deviations by check, what was not judged by its cause, and every case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slashv1.place import place, sentence
from slashv1.record import Finding, Level, Outcome, Result, Run, Wire
from slashv1.reports.difference import Pieces, difference
from slashv1.reports.pointer import marked
from slashv1.reports.timeline import Timeline, make_timeline
from slashv1.reports.visible import clip
from slashv1.reports.words import DEVIATING, RANK, UNJUDGED

_OPEN_CARDS = 6
"""So many of the worst cards show their first finding unasked."""

_MOST_FINDINGS = 10
"""Of one check on one case."""
_EXCERPT = 600
"""Characters of a body shown around the place of a finding."""

CaseKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A result and its place in the record, by which the script knows it."""

    index: int
    result: Result


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One deviation of a check at one place of one case."""

    index: int
    result: Result
    anchor: str
    message: str
    place: str
    """Where it is, as people write it."""
    finding: Finding | None
    expected: Pieces
    actual: Pieces
    in_body: Pieces
    """The body around the value pointed at, that value marked; empty where it cannot be shown."""
    wire: Wire | None
    timeline: Timeline | None
    arrived: float | None
    """Seconds after the request at which the offending frame came."""
    opened: bool


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
    occurrences: tuple[Occurrence, ...]
    left_out: int
    """Findings beyond the first few of a case: a stream can deviate at each of a thousand frames."""
    cases: int


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Results that share the cause for which nothing was learnt."""

    outcome: Outcome
    cause: str
    members: tuple[Numbered, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: what went over the wire, and every check on it."""

    operation: str
    case: str
    wire: Wire | None
    timeline: Timeline | None
    members: tuple[Numbered, ...]
    counts: tuple[tuple[Outcome, int], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The lists of the report, in the order it shows them."""

    cards: tuple[Card, ...]
    unjudged: tuple[Unjudged, ...]
    cases: Mapping[str, tuple[CaseView, ...]]
    """By operation."""
    outcomes: tuple[tuple[Outcome, int], ...]
    """Those that occurred, the worst first."""
    titles: Mapping[str, str]


def make_page(run: Run) -> Page:
    """Everything the template walks over."""
    numbered = [Numbered(index, result) for index, result in enumerate(run.results)]
    wires = {(wire.operation, wire.case): wire for wire in run.wires}
    summary = run.summary
    return Page(
        cards=_cards(run, numbered, wires),
        unjudged=_unjudged(numbered),
        cases=_cases(numbered, wires),
        outcomes=tuple((outcome, summary[outcome]) for outcome in RANK if summary[outcome]),
        titles={check: words.get("title", "") for check, words in run.titles.items()},
    )


def _cards(run: Run, numbered: Sequence[Numbered], wires: Mapping[CaseKey, Wire]) -> tuple[Card, ...]:
    groups: dict[tuple[int, str, Level], list[Numbered]] = {}
    for member in numbered:
        result = member.result
        if result.outcome in DEVIATING:
            groups.setdefault((RANK[result.outcome], result.check, result.level), []).append(member)
    ordered = sorted(groups.items(), key=lambda group: group[0][0])
    return tuple(
        _card(run, members, wires, opened=place < _OPEN_CARDS and rank <= RANK[Outcome.WARNED])
        for place, ((rank, _, _), members) in enumerate(ordered)
    )


def _card(run: Run, members: Sequence[Numbered], wires: Mapping[CaseKey, Wire], *, opened: bool) -> Card:
    first = members[0].result
    words = run.titles.get(first.check, {})
    found = [
        (member, number, finding)
        for member in members
        for number, finding in enumerate(member.result.findings[:_MOST_FINDINGS] or (None,))
    ]
    return Card(
        check=first.check,
        level=first.level,
        outcome=first.outcome,
        title=words.get("title", ""),
        why=words.get("why", ""),
        clause=words.get("clause", ""),
        clients=words.get("clients", ""),
        occurrences=tuple(
            _occurrence(member, number, finding, wires, opened=opened and place == 0)
            for place, (member, number, finding) in enumerate(found)
        ),
        left_out=sum(max(0, len(member.result.findings) - _MOST_FINDINGS) for member in members),
        cases=len({(member.result.operation, member.result.case) for member in members}),
    )


def _occurrence(
    member: Numbered,
    number: int,
    finding: Finding | None,
    wires: Mapping[CaseKey, Wire],
    *,
    opened: bool,
) -> Occurrence:
    result = member.result
    wire = wires.get((result.operation, result.case))
    at = finding.frame if finding else None
    expected, actual = _sides(finding)
    return Occurrence(
        index=member.index,
        result=result,
        anchor=f"{result.id}~{number}" if number else result.id,
        message=clip(_message(result, finding)),
        place=clip(place(finding), 400) if finding else "",
        finding=finding,
        expected=expected,
        actual=actual,
        in_body=_in_body(finding, wire),
        wire=wire,
        timeline=make_timeline(wire, {at}, pointer=finding.pointer if finding else None)
        if wire and at is not None
        else None,
        arrived=next((frame.at for frame in wire.frames if frame.number == at), None) if wire else None,
        opened=opened,
    )


def _message(result: Result, finding: Finding | None) -> str:
    """Of what a waiver covers or covered, what the waiver says comes first."""
    if finding is None:
        return result.cause or result.outcome
    if result.cause and result.outcome in (Outcome.WAIVED, Outcome.UNWAIVED):
        return f"{result.cause}: {sentence(finding)}"
    return sentence(finding)


def _in_body(finding: Finding | None, wire: Wire | None) -> Pieces:
    if finding is None or finding.frame is not None or not finding.pointer or not wire or not wire.body:
        return ()
    pieces = marked(wire.body, finding.pointer, _EXCERPT)
    return pieces if any(differs for _, differs in pieces) else ()


def _sides(finding: Finding | None) -> tuple[Pieces, Pieces]:
    if finding is None:
        return (), ()
    expected, actual = clip(finding.expected or ""), clip(finding.actual or "")
    if expected and actual:
        return difference(expected, actual)
    return ((expected, False),) if expected else (), ((actual, True),) if actual else ()


def _unjudged(numbered: Sequence[Numbered]) -> tuple[Unjudged, ...]:
    groups: dict[tuple[Outcome, str], list[Numbered]] = {}
    for member in numbered:
        if member.result.outcome in UNJUDGED:
            cause = member.result.cause or "no cause recorded"
            groups.setdefault((member.result.outcome, cause), []).append(member)
    ordered = sorted(groups.items(), key=lambda group: (RANK[group[0][0]], -len(group[1])))
    return tuple(Unjudged(outcome, clip(cause, 500), tuple(found)) for (outcome, cause), found in ordered)


def _cases(numbered: Sequence[Numbered], wires: Mapping[CaseKey, Wire]) -> dict[str, tuple[CaseView, ...]]:
    groups: dict[CaseKey, list[Numbered]] = {}
    for member in numbered:
        groups.setdefault((member.result.operation, member.result.case), []).append(member)
    by_operation: dict[str, list[CaseView]] = {}
    for key, members in groups.items():
        by_operation.setdefault(key[0], []).append(_case(key, members, wires.get(key)))
    return {operation: tuple(views) for operation, views in by_operation.items()}


def _case(key: CaseKey, members: list[Numbered], wire: Wire | None) -> CaseView:
    outcomes = [member.result.outcome for member in members]
    offending = {f.frame for member in members for f in member.result.findings if f.frame is not None}
    return CaseView(
        operation=key[0],
        case=key[1],
        wire=wire,
        timeline=make_timeline(wire, offending, whole=True) if wire and wire.frames else None,
        members=tuple(members),
        counts=tuple((outcome, outcomes.count(outcome)) for outcome in RANK if outcome in outcomes),
    )
