"""Making mutants and judging each by all checks, as `audit` does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from slashv1.fixtures import Exchange
from slashv1.harness.audit import Audit, audit
from slashv1.harness.mutants.model import Baseline, Operator, Site, operators
from slashv1.matrix import Profile


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant and what came of it."""

    operator: str
    operation: str
    exchange: str
    """Id of the exchange it was made of."""
    line: int
    place: str
    key: str
    source: str
    objecting: tuple[str, ...]
    """Checks that raised a MUST or a SHOULD."""


@dataclass(slots=True)
class Tally:
    """What came of many."""

    exchanges: Counter[str] = field(default_factory=Counter)
    """Mutated ones, by operation."""
    objected: list[str] = field(default_factory=list)
    """Exchanges that were objected to as they stood, and so not mutated."""
    made: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By operator, operation and source."""
    killed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    named: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Objected to by a check whose name fits the operator."""
    placed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Not so, but by a narrower one at the very place or inside it, to which the engine leaves it."""
    excluded: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By operator and rule."""
    survivors: list[Mutant] = field(default_factory=list)
    """Not objected to by any check that fits."""
    crashes: list[str] = field(default_factory=list)

    def count(self, what: str, by: int, key: str) -> int:
        """How many are `made`, `killed`, `named` or `placed`; `by`: 0 operator, 1 operation, 2 source."""
        figures: Counter[tuple[str, str, str]] = getattr(self, what)
        return sum(number for where, number in figures.items() if where[by] == key)

    @property
    def share(self) -> float:
        """Of the mutants made, objected to by a check that fits; 0 where none was made."""
        good = self.named.total() + self.placed.total()
        return good / self.made.total() if self.made else 0.0

    def add(self, other: Tally) -> None:
        """Take in another's figures."""
        for name in ("exchanges", "made", "killed", "named", "placed", "excluded"):
            getattr(self, name).update(getattr(other, name))
        self.objected += other.objected
        self.survivors += other.survivors
        self.crashes += other.crashes


def mutate(
    baselines: Iterable[Baseline],
    profile: Profile,
    *,
    seed: int = 0,
    wanted: Callable[[str], bool] = lambda operator: True,
) -> Tally:
    """Every operator on every exchange that has no objection as it stands."""
    tally = Tally()
    chosen = [one for one in operators().values() if wanted(one.name)]
    for base in baselines:
        said = audit([base.record], profile)
        if said.objections or said.errors:
            tally.objected.append(base.record.id)
            continue
        tally.exchanges[base.operation.name] += 1
        for one in chosen:
            for site in picked(one, base, seed, tally.excluded):
                _judged(one, base, site, profile, tally)
    return tally


def picked(one: Operator, base: Baseline, seed: int, excluded: Counter[tuple[str, str]]) -> list[Site]:
    """The sites of an operator that become mutants: drawn at random, of different shapes.

    Sites a rule excludes are counted where they are drawn, and another is drawn instead.
    """
    sites = list(one.sites(base))
    random.Random(f"{seed} {base.record.id} {one.name}").shuffle(sites)  # noqa: S311 - a sample, no secret
    found: dict[str, Site] = {}
    for site in sites:
        if len(found) == one.times:
            break
        if site.rule:
            excluded[one.name, site.rule] += 1
        else:
            found.setdefault(site.shape or site.place, site)
    return list(found.values())


def judged(base: Baseline, exchange: Exchange, profile: Profile) -> Audit:
    """What all checks say of a mutated exchange, as `audit` says it."""
    return audit([replace(base.record, exchange=exchange)], profile)


def _judged(one: Operator, base: Baseline, site: Site, profile: Profile, tally: Tally) -> None:
    if site.make is None:
        return
    said = judged(base, site.make(), profile)
    objecting = tuple(dict.fromkeys(objection.check for objection in said.objections))
    where = (one.name, base.operation.name, base.source)
    tally.made[where] += 1
    tally.killed[where] += bool(objecting)
    tally.crashes += [f"{base.record.id} {one.name} {site.place}: {crash.actual}" for crash in said.errors]
    if any(one.fitting(check, site.key) for check in objecting):
        tally.named[where] += 1
    elif any(inside(objection.where, site.place) for objection in said.objections):
        tally.placed[where] += 1
    else:
        record, operation = base.record, base.operation.name
        tally.survivors.append(
            Mutant(one.name, operation, record.id, record.line, site.place, site.key, base.source, objecting)
        )


def inside(where: str, place: str) -> bool:
    """Whether an objection points to a place below the root of a document, or into it."""
    deep = place.rpartition(" ")[2].lstrip("/") != "" and "/" in place
    return deep and (where == place or where.startswith(place + "/"))
