"""What the page lists: deviations by check, what was not judged by its cause, and every case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slashv1.record import Outcome, Run
from slashv1.reports.cases import CaseView, Unjudged, make_cases, numbered, unjudged
from slashv1.reports.deviations import Card, make_cards
from slashv1.reports.words import FAULTS, RANK


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
    """By check, of those that have a result."""

    @property
    def broken(self) -> tuple[Card, ...]:
        """What stands on top: all but what is merely noted, or known."""
        return tuple(card for card in self.cards if card.outcome in FAULTS)


def make_page(run: Run) -> Page:
    """Everything the template walks over."""
    cases = make_cases(run)
    results = numbered(cases)
    checks = dict.fromkeys(member.result.check for member in results)
    summary = run.summary
    return Page(
        cards=make_cards(run, results),
        unjudged=unjudged(cases),
        cases=cases,
        outcomes=tuple((outcome, summary[outcome]) for outcome in RANK if summary[outcome]),
        titles={check: run.titles[check].get("title", "") for check in checks if check in run.titles},
    )
