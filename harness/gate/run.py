"""A run as a gate makes it: flaky cases repeated, waivers applied."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from slashv1.harness.capture import OnEvent
from slashv1.harness.connection import Connection
from slashv1.harness.gate.flaky import Repeat, counted, fold
from slashv1.harness.gate.readiness import with_readiness
from slashv1.harness.gate.waive import waive
from slashv1.harness.gate.waivers import Waivers
from slashv1.harness.plan import Plan
from slashv1.harness.run import execute
from slashv1.harness.run_record import Traffic
from slashv1.matrix import Profile
from slashv1.record import Run


@dataclass(frozen=True, slots=True)
class Gate:
    """What is known of a target before it is judged."""

    waivers: Waivers
    rounds: tuple[Repeat, ...] = ()
    """Of what is flaky, beyond the first."""
    planned: Set[str] | None = None
    """Ids of all items of the tier and phase, where only some are run."""

    def counted(self, plan: Plan) -> Plan:
        """The plan with what is sent again in its sums."""
        return counted(plan, self.rounds)

    @property
    def requests(self) -> int:
        """HTTP requests beyond those of the plan."""
        return sum(one.requests for one in self.rounds)


def run_rounds(
    plan: Plan,
    connection: Connection,
    profile: Profile,
    gate: Gate | None,
    *,
    fixtures: Path | None = None,
    strict: bool = False,
    as_of: date | None = None,
    on_event: OnEvent | None = None,
    keep: list[Traffic] | None = None,
) -> Sequence[Run]:
    """The run, then one for each round of what is flaky; an interrupted one is the last.

    `keep`: gets the traffic of each.

    Raises:
        TargetError, UsageError: as `execute`.
    """
    runs: list[Run] = []
    for one in (plan, *(again.plan for again in (gate.rounds if gate else ()))):
        runs.append(
            execute(
                one,
                connection,
                profile,
                fixtures=fixtures,
                strict=strict,
                as_of=as_of,
                on_event=on_event,
                keep=keep,
            )
        )
        if runs[-1].interrupted:
            break
    return runs


def gated(runs: Sequence[Run], gate: Gate | None, *, only: Set[str] | None = None) -> Run:
    """One run of all rounds, waivers applied; `only`: ids of the items that are told of."""
    first, *again = runs
    if only is not None:
        first = replace(first, results=tuple(result for result in first.results if result.id in only))
    if gate is not None:
        folded = fold(first, again, gate.waivers) if gate.waivers.flaky else first
        first = waive(folded, gate.waivers, planned=gate.planned)
    return with_readiness(first)
