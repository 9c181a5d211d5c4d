"""What targets are called: by no more than tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

from slashv1.reports.visible import visible


def labels(parts: Sequence[Sequence[str | None]]) -> list[str]:
    """One label for each, no two the same: the first part, and of the others those that differ.

    `parts`: what can be said of each, the best first, in rows of the same length; None: nothing.
    """
    made = [visible(next(filter(None, one), "target")) for one in parts]
    for place in range(1, max(map(len, parts), default=0)):
        for twins in _twins(made):
            if len({parts[at][place] for at in twins}) > 1:
                for at in twins:
                    said = parts[at][place]
                    made[at] += f", {visible(said)}" if said and said != made[at] else ""
    for twins in _twins(made):
        for number, at in enumerate(twins[1:], 2):
            while (numbered := f"{made[at]} ({number})") in made:
                number += 1
            made[at] = numbered
    return made


def _twins(made: Sequence[str]) -> list[list[int]]:
    """The places of those that are called the same."""
    groups: dict[str, list[int]] = {}
    for at, label in enumerate(made):
        groups.setdefault(label, []).append(at)
    return [found for found in groups.values() if len(found) > 1]
