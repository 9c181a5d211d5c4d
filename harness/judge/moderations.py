"""Moderations: a result for each input, its categories and scores of one mind."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import mapping, number, objects, pointer, sequence, short
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

MODERATIONS = on("moderations.create")
_LIKE = ("category_scores", "category_applied_input_types")


@check(
    "moderations.count",
    title="Each text has a result, parts one together",
    clause="MD-1",
    when=MODERATIONS,
    needs=[Facet.REQUEST],
)
def _count(reading: Reading) -> Iterator[Deviation]:
    """Queues zip texts with results: one too few, and a harmless text is blocked for its neighbour."""
    asked, given = asked_of(reading).get("input"), reading.object.get("results")
    texts = isinstance(asked, list) and bool(asked) and all(isinstance(one, str) for one in asked)
    wanted = len(sequence(asked)) if texts else 1
    if isinstance(given, list) and len(given) != wanted:
        message = f"{len(given)} results for {wanted} inputs"
        yield Deviation(message, str(wanted), str(len(given)), "/results")


@check(
    "moderations.keys",
    title="Scores and input types name the very categories",
    clause="MD-2",
    when=MODERATIONS,
)
def _keys(reading: Reading) -> Iterator[Deviation]:
    """Rules look a category's score up by its name: one that is absent raises, or counts as harmless."""
    for i, result in objects(reading.object.get("results")):
        wanted = mapping(result.get("categories")).keys()
        for key in _LIKE:
            held = result.get(key)
            if wanted and isinstance(held, dict) and held.keys() != wanted:
                apart = sorted(wanted ^ held.keys())
                message = f"results[{i}].{key} and categories differ in {short(apart)}"
                yield Deviation(
                    message, short(sorted(wanted)), short(sorted(held)), pointer("results", i, key)
                )


@check(
    "moderations.flagged",
    title="A text is flagged where a category is, and only there",
    clause="MD-3",
    when=MODERATIONS,
)
def _flagged(reading: Reading) -> Iterator[Deviation]:
    """Most callers look at this flag alone: the categories are what it sums up."""
    for i, result in objects(reading.object.get("results")):
        found = mapping(result.get("categories"))
        wanted = any(value is True for value in found.values())
        if found and isinstance(result.get("flagged"), bool) and result["flagged"] is not wanted:
            message = f"results[{i}].flagged is {short(result['flagged'])}, its categories say otherwise"
            place = pointer("results", i, "flagged")
            yield Deviation(message, short(wanted), short(result["flagged"]), place)


@check(
    "moderations.scores",
    level=Level.SHOULD,
    title="Scores lie between 0 and 1",
    clause="MD-4",
    when=MODERATIONS,
)
def _scores(reading: Reading) -> Iterator[Deviation]:
    """Thresholds of one's own (0.5, 0.9) mean nothing on another scale."""
    for i, result in objects(reading.object.get("results")):
        for key, score in mapping(result.get("category_scores")).items():
            value = number(score)
            if value is not None and not 0 <= value <= 1:
                place = pointer("results", i, "category_scores", key)
                yield Deviation(f"the score of {short(key)} is {score}", "0 to 1", short(score), place)
