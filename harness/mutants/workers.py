"""The same work by several processes: exchanges dealt out, figures added up in the same order every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slashv1.harness.mutants.model import Baseline
from slashv1.harness.mutants.run import Tally, mutate
from slashv1.harness.plan import wanting
from slashv1.harness.workers import dealt
from slashv1.matrix import load_profile

_HAND = 12
"""Exchanges dealt at a time: few enough that no process waits long for the other at the end."""


def mutate_all(
    baselines: Sequence[Baseline],
    profile: str,
    *,
    seed: int = 0,
    globs: Sequence[str] = (),
    workers: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, all_: None,
) -> Tally:
    """Every operator that matches on every exchange; the same figures with any number of workers."""
    hands = [baselines[start : start + _HAND] for start in range(0, len(baselines), _HAND)]
    tally, done = Tally(), 0
    jobs = [(hand, profile, seed, tuple(globs)) for hand in hands]
    for job, found in zip(jobs, dealt(_one, jobs, workers), strict=True):
        tally.add(found)
        done += len(job[0])
        on_progress(done, len(baselines))
    return tally


def _one(job: tuple[Sequence[Baseline], str, int, tuple[str, ...]]) -> Tally:
    baselines, profile, seed, globs = job
    return mutate(baselines, load_profile(profile), seed=seed, wanted=wanting(globs))
