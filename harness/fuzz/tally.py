"""What came of one half: counts, and of each kind of fault the least request that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from slashv1.fixtures import Exchange
from slashv1.harness.fuzz.plan import Half
from slashv1.harness.fuzz.sample import Sample
from slashv1.harness.judge.engine import Item
from slashv1.harness.judge.fuzz import faults
from slashv1.harness.reading import Reading
from slashv1.matrix import Case, Profile, RequestTemplate

MOST_KINDS = 20
"""Kinds of faults that are kept of one check."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request and its answer."""

    sample: Sample
    exchange: Exchange

    def reading(self, case: Case, profile: Profile) -> Reading:
        """As the checks of a case look at it."""
        sample = self.sample
        request = RequestTemplate(sample.method, sample.path, json=sample.asked)
        own = replace(case, request=request, title=sample.mistake, source=sample.kind)
        return Reading(own, self.exchange, sample.asked, profile=profile)


Failing = dict[str, Example]
"""By kind of fault, the least request."""


@dataclass
class Tally:
    """Of one half; filled while it is sent, so that an interruption loses nothing."""

    requests: int = 0
    """That went out, repeats included."""
    answered: int = 0
    """With 2xx."""
    refused: int = 0
    """With 4xx, 3xx or 501."""
    refusal: str = ""
    """What the last refusal said."""
    unreachable: str | None = None
    """Why the target could not be reached any more: a search ends with it."""
    crashed: str | None = None
    """What broke in the search itself, which is no verdict on the target."""
    failing: dict[str, Failing] = field(default_factory=dict)
    """By check id."""

    @property
    def failed(self) -> bool:
        """Whether anything was objected to."""
        return bool(self.failing)

    def count(self, exchange: Exchange, said: str) -> None:
        """Take in how one request ended."""
        self.requests += exchange.attempts
        status = exchange.status or 0
        if 200 <= status < 300:
            self.answered += 1
        elif status in range(300, 500) or status == 501:
            self.refused += 1
            self.refusal = f"{status}: {said}" if said else str(status)

    def keep(self, check: str, kind: str, example: Example) -> None:
        """Keep it where it is the least of its kind."""
        kinds = self.failing.setdefault(check, {})
        known = kinds.get(kind)
        if known is None and len(kinds) >= MOST_KINDS:
            return
        if known is None or example.sample.size < known.sample.size:
            kinds[kind] = example


def kinds_of_faults(half: Half, example: Example, profile: Profile) -> Mapping[str, list[str]]:
    """By check id, the kinds of what it objects to; empty where the answer is right."""
    found = {item.check.id: _kinds(item, example, profile) for item in half.items}
    return {name: kinds for name, kinds in found.items() if kinds}


def _kinds(item: Item, example: Example, profile: Profile) -> list[str]:
    seen = faults(item.check.id, example.reading(item.case, profile))
    return list(dict.fromkeys(fault.kind for fault in seen))
