"""The figures as a page for people and as JSON values."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from slashv1.harness.mutants.model import RULES, operators
from slashv1.harness.mutants.pick import FEW, Pool
from slashv1.harness.mutants.run import Mutant, Tally

GOAL = 0.99
"""Of all mutants, objected to by a check that fits."""
PARTS = ("genuine", "mutants")
"""Of the page: what must pass, what must not."""


def marks(part: str) -> tuple[str, str]:
    """The comments between which a part of the page stands."""
    return f"<!-- {part} -->", f"<!-- /{part} -->"


FRAME = """# How faithful the contract is

Two figures say how far the contract can be trusted: that it lets everything genuine pass, and that it
lets nothing else pass. This page is written by commands, never by hand: `nox -s fidelity` writes all of
it, `slashv1 spec mutate FILE --write docs/fidelity.md` the part on violations alone.

""" + "\n\n".join("\n".join(marks(part)) for part in PARTS)


def percent(share: float) -> str:
    """A share, cut and never rounded up: 99.9 % is not all."""
    return f"{int(share * 10_000) / 100:.2f} %"


def to_json(tally: Tally, pool: Pool, seed: int) -> dict[str, Any]:
    """Everything, as JSON values."""
    return {
        "exchanges_read": pool.read,
        "dates": pool.dates,
        "seed": seed,
        "exchanges_mutated": tally.exchanges.total(),
        "objected_unmutated": tally.objected,
        "operators": len(operators()),
        "made": tally.made.total(),
        "excluded": tally.excluded.total(),
        "objected": tally.killed.total(),
        "fitting_by_name": tally.named.total(),
        "fitting_by_place": tally.placed.total(),
        "share": tally.share,
        "by_operator": {name: _figures(tally, 0, name) for name in operators()},
        "by_operation": {name: _figures(tally, 1, name) for name in sorted(tally.exchanges)},
        "excluded_by_rule": dict(_by_rule(tally)),
        "survivors": [dataclasses.asdict(one) for one in tally.survivors],
        "crashes": tally.crashes,
    }


def _figures(tally: Tally, by: int, key: str) -> dict[str, int]:
    return {what: tally.count(what, by, key) for what in ("made", "killed", "named", "placed")}


def _by_rule(tally: Tally) -> Counter[str]:
    rules: Counter[str] = Counter()
    for (_, rule), number in tally.excluded.items():
        rules[rule] += number
    return rules


def summary(tally: Tally) -> str:
    """One line."""
    good = tally.named.total() + tally.placed.total()
    return (
        f"{tally.made.total()} mutants of {tally.exchanges.total()} exchanges by "
        f"{len(operators())} operators, "
        f"{tally.excluded.total()} equivalent ones left out, {tally.killed.total()} objected to, "
        f"{good} ({percent(tally.share)}) by a check that fits, {len(tally.survivors)} survive"
    )


def inserted(text: str, part: str, said: str) -> str:
    """A page with one part replaced, or added where it had none; an empty one begins with the frame."""
    start, end = marks(part)
    text = text if text.strip() else FRAME + "\n"
    marked = f"{start}\n{said}{end}"
    if start in text and end in text:
        before, _, rest = text.partition(start)
        return before + marked + rest.partition(end)[2]
    return f"{text.rstrip()}\n\n{marked}\n"


def page(tally: Tally, pool: Pool, seed: int, name: str) -> str:
    """The part on violations, in Markdown."""
    return "\n".join(
        [*_head(tally, pool, seed, name), *_tables(tally), *_survivors(tally), *_thin(tally, pool)]
    )


def _head(tally: Tally, pool: Pool, seed: int, name: str) -> Iterator[str]:
    yield "## Certain violations\n"
    if pool.dates:
        first, last = pool.dates
        yield f"Made of `{name}` ({pool.read:,} exchanges, {first} to {last}) and, where it holds fewer than"
        yield f"{FEW} exchanges of an operation, of the package's own fixtures and of generated examples;"
    else:
        yield "Made of the package's own fixtures;"
    yield f"seed {seed}. Each mutant is an exchange without objection in which one thing was broken; it is"
    yield "judged by all checks, as `slashv1 audit` judges. MUST and SHOULD objections count.\n"
    yield "| | |\n|---|---|"
    yield f"| operators | {len(operators())} |"
    yield f"| exchanges mutated | {tally.exchanges.total():,} |"
    yield f"| mutants judged | {tally.made.total():,} |"
    yield f"| equivalent ones, left out by rule | {tally.excluded.total():,} |"
    yield f"| objected to | {tally.killed.total():,} ({percent(_share(tally.killed, tally))}) |"
    yield f"| by a check whose name fits | {tally.named.total():,} ({percent(_share(tally.named, tally))}) |"
    yield f"| by a narrower check at the very place | {tally.placed.total():,} |"
    yield f"| **both: found for what it is** | **{percent(tally.share)}** |"
    yield f"| survivors | {len(tally.survivors):,} |\n"
    yield "The engine reports a deviation once, by the narrowest check at its place: where that one's name is"
    yield "not among the names that an operator asks for, its objection counts in the row below, if it points"
    yield "at the changed place or into it.\n"


def _share(counted: Counter[tuple[str, str, str]], tally: Tally) -> float:
    return counted.total() / tally.made.total() if tally.made else 0.0


def _tables(tally: Tally) -> Iterator[str]:
    yield "### By operator\n"
    yield "| operator | what it does | mutants | left out | found |\n|---|---|---|---|---|"
    for name, one in operators().items():
        out = sum(number for (operator, _), number in tally.excluded.items() if operator == name)
        yield f"| `{name}` | {one.does} | {_row(tally, 0, name, out)}"
    yield "\n### By operation\n"
    yield "| operation | exchanges | mutants | found |\n|---|---|---|---|"
    for operation, number in sorted(tally.exchanges.items()):
        yield f"| `{operation}` | {number:,} | {_row(tally, 1, operation)}"
    yield "\n### Left out by rule\n"
    yield "| rule | a mutant is none, for | mutants |\n|---|---|---|"
    for rule, number in sorted(_by_rule(tally).items(), key=lambda pair: -pair[1]):
        yield f"| `{rule}` | {RULES[rule]} | {number:,} |"


def _row(tally: Tally, by: int, key: str, out: int | None = None) -> str:
    made = tally.count("made", by, key)
    good = tally.count("named", by, key) + tally.count("placed", by, key)
    excluded = "" if out is None else f"{out:,} | "
    return f"{made:,} | {excluded}{percent(good / made) if made else '–'} |"


def _survivors(tally: Tally) -> Iterator[str]:
    yield "\n### Survivors\n"
    if not tally.survivors:
        yield "None."
        return
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[Mutant]] = {}
    for one in tally.survivors:
        groups.setdefault((one.operator, one.operation, _family(one.place), one.objecting), []).append(one)
    yield "| operator | operation | place | mutants | for example in | cause |\n|---|---|---|---|---|---|"
    for (operator, operation, place, objecting), members in sorted(
        groups.items(), key=lambda pair: (-len(pair[1]), pair[0])
    ):
        first = members[0]
        shown = f"`{first.exchange}` {first.place}"
        cause = _cause(operator, objecting)
        yield f"| `{operator}` | `{operation}` | {place} | {len(members)} | {shown} | {cause} |"


CAUSES = (
    ("item-done-lost", "an incomplete response is let end without the done event of the item it cut"),
    ("event-lost-renumbered", "an incomplete response is let end without the done event of the item it cut"),
    ("error-under-200", "the recording keeps no headers, which would show that no stream came"),
    ("negative-*", "a number of an operation without live cases, whose bounds upstream does not document"),
    ("empty-id", "below the objects that are named by an id"),
)
"""Known causes by operator."""


def _cause(operator: str, objecting: Iterable[str]) -> str:
    named = ", ".join(f"`{check}`" for check in objecting)
    if named:
        return f"objected to by another name: {named}"
    return next((why for glob, why in CAUSES if fnmatchcase(operator, glob)), "no check looks at it")


def _family(place: str) -> str:
    return re.sub(r"\d+", "*", place)


def _thin(tally: Tally, pool: Pool) -> Iterator[str]:
    from slashv1.spec import operations

    yield f"\n### Operations with fewer than {FEW} recorded exchanges\n"
    yield "A percentage says nothing there; they are tested by their documented shape: by the package's own"
    yield "fixtures where it has some, by examples generated from the schemas elsewhere.\n"
    sources: dict[str, set[str]] = {}
    for _, operation, source in tally.made:
        sources.setdefault(operation, set()).add(source)
    by_source: dict[str, list[str]] = {}
    for name in operations():
        if pool.counts.get(name, 0) < FEW:
            found = ", ".join(sorted(sources.get(name, ()))) or "none (no JSON answer, or not in the sample)"
            by_source.setdefault(found, []).append(name)
    for found, names in sorted(by_source.items()):
        yield f"- {found}: {', '.join(f'`{name}`' for name in names)}"
    yield ""
