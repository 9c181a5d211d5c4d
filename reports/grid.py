"""Operations by topics: the coloured grid on top of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from slashv1.record import Outcome, Result
from slashv1.reports.words import RANK, SIGNS


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of the checks of one topic on one operation."""

    operation: str
    topic: str
    outcome: Outcome
    """The worst, where anything was judged at all."""
    count: int
    """Results of that outcome."""
    total: int
    label: str
    """In words, for screen readers and tooltips."""


@dataclass(frozen=True, slots=True)
class Row:
    """One operation; None where a topic has no check on it."""

    operation: str
    cells: tuple[Cell | None, ...]
    overall: Cell


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole table."""

    topics: tuple[str, ...]
    rows: tuple[Row, ...]


def topic_of(check: str) -> str:
    """`chat.stream` of `chat.stream.role-first`, else the first part of the id."""
    parts = check.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 and parts[1] == "stream" else parts[0]


def make_grid(results: Sequence[Result]) -> Grid:
    """Operations in the order in which the run lists them, the topics they share on the left."""
    topics = ordered_topics(results)
    by_operation: dict[str, list[Result]] = {}
    for result in results:
        by_operation.setdefault(result.operation, []).append(result)
    return Grid(topics, tuple(_row(name, found, topics) for name, found in by_operation.items()))


def ordered_topics(results: Sequence[Result]) -> tuple[str, ...]:
    """Topics of most operations first, each stream topic behind its plain sibling; else as they came."""
    seen = dict.fromkeys((topic_of(result.check), result.operation) for result in results)
    spread = Counter(topic.split(".")[0] for topic, _ in seen)
    heads = sorted(spread, key=spread.__getitem__, reverse=True)
    topics = sorted({topic for topic, _ in seen})
    return tuple(topic for head in heads for topic in topics if topic.split(".")[0] == head)


def _row(operation: str, results: list[Result], topics: tuple[str, ...]) -> Row:
    by_topic: dict[str, list[Result]] = {}
    for result in results:
        by_topic.setdefault(topic_of(result.check), []).append(result)
    cells = tuple(
        make_cell(operation, topic, by_topic[topic], f"{operation}, {topic}") if topic in by_topic else None
        for topic in topics
    )
    return Row(operation, cells, make_cell(operation, "", results, f"{operation}, all topics"))


def make_cell(operation: str, topic: str, results: Sequence[Result], called: str) -> Cell:
    """What came of some results; `called`: of what, in words."""
    counts = Counter(result.outcome for result in results)
    outcome = _shown(counts)
    said = ", ".join(f"{counts[o]} {o}" for o in SIGNS if counts[o])
    return Cell(operation, topic, outcome, counts[outcome], len(results), f"{called}: {said}")


def _shown(counts: Counter[Outcome]) -> Outcome:
    """The worst outcome; a pass outweighs what was merely not judged, or the grid would look empty."""
    worst = min(counts, key=RANK.__getitem__)
    unjudged = RANK[worst] >= RANK[Outcome.INCONCLUSIVE]
    return Outcome.PASSED if unjudged and counts[Outcome.PASSED] else worst
