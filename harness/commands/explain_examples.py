"""`slashv1 explain --examples`: of every check an answer that it passes, and one that it objects to.

Both are real: a case is asked of the reference gateway, and of the gateway with the defect that the check
must catch. What is written was judged: the bad answer sets the check off, and nothing that the defect does
not allow; the good one passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from slashv1.record import DEVIATES, Finding, Outcome, Result

if TYPE_CHECKING:
    from slashv1.harness.judge.check import Check
    from slashv1.harness.notes import Example
    from slashv1.harness.reading import Reading
    from slashv1.matrix import Case, Profile
    from slashv1.reference_server import Twist

_FIRST = 6
"""Cases that are tried before all others that a check applies to."""
_TIERS = ("quick", "standard", "full")
Answered = Mapping[str, tuple["Reading", Sequence[Result]]]
"""By case: how it was answered, and what was said of it."""


class Unshown(Exception):  # noqa: N818 - a mistake in the catalogue, told by the command
    """No case shows that a check objects to its defect."""


def made(known: Mapping[str, Example], names: Sequence[str] = ()) -> Iterator[tuple[str, Example]]:
    """An example of every check that a defect is caught by, or of those named; the known cases first.

    Raises:
        Unshown: the defect of a check is not seen in any case.
    """
    from slashv1.harness.commands.selftest import breaks_client, gateways
    from slashv1.harness.judge.engine import checks
    from slashv1.harness.judge.sdk_client import lacks_sdk
    from slashv1.reference_server import DEFECTS

    unread = lacks_sdk() is not None
    with gateways(twist.profile for twist in DEFECTS.values()) as roots:
        for check in checks().values():
            twists = [one for one in DEFECTS.values() if one.caught_by == check.id and not one.drawn]
            if unread and any(map(breaks_client, twists)):
                twists = []  # only the official client shows it: what is known of it stays
                if check.id in known:
                    yield check.id, known[check.id]
            if twists and (not names or check.id in names):
                root = roots[twists[0].profile]
                yield check.id, _with_catalogue(_example(check, twists, root, known.get(check.id)), twists)


def _with_catalogue(example: Example, twists: Sequence[Twist]) -> Example:
    """The example with all defects of its check, and the clients that break over them."""
    from slashv1.harness.notes import bugs_of, clients_of

    defects = tuple(sorted(twist.name for twist in twists))
    return replace(example, defects=defects, clients=tuple(clients_of(bugs_of(defects))))


def _example(check: Check, twists: Sequence[Twist], root: str, known: Example | None) -> Example:
    if known is not None:
        for twist in twists:
            if twist.name == known.defect and (found := _shown(check, twist, root, [known.case])):
                return found
    for twist in twists:
        cases = _cases(check, twist)
        for some in (cases[:_FIRST], cases[_FIRST:]):
            if some and (found := _shown(check, twist, root, some)):
                return found
    raise Unshown(f"no case shows that {check.id} objects to {', '.join(t.name for t in twists)}")


def _cases(check: Check, twist: Twist) -> list[str]:
    """The cases that can show it, the plainest first."""
    from slashv1.matrix import load_matrix

    fitting = [
        case
        for case in load_matrix()
        if check.applies(case) and (case.phase == 1 or twist.cases) and _touched(twist, case)
    ]
    return [case.id for case in sorted(fitting, key=_effort)]


def _touched(twist: Twist, case: Case) -> bool:
    name = f"{case.operation}::{case.name}"
    if twist.cases:
        return any(fnmatchcase(name, glob) for glob in twist.cases)
    return not twist.operations or case.operation in twist.operations


def _effort(case: Case) -> tuple[bool, int, int, int]:
    return case.cooperative, _TIERS.index(case.tier), len(case.after) + len(case.beside), len(case.tags)


def _shown(check: Check, twist: Twist, root: str, cases: Sequence[str]) -> Example | None:
    """The example of the case in which the least fires beside the check; None where none shows it."""
    from slashv1.harness.commands.selftest import profile_of

    profile = profile_of(twist)
    bad = _answers(f"{root}/defect/{twist.name}/v1", cases, profile)
    seen: list[tuple[int, int, str, Finding]] = []
    for name in cases:
        if name in bad and (finding := _objection(check, bad[name][1])):
            others = _others(check, bad[name][1])
            if all(any(fnmatchcase(other, glob) for glob in twist.also) for other in others):
                seen.append((len(others), len(seen), name, finding))
    for _, _, name, finding in sorted(seen, key=lambda one: one[:2]):
        good = _answers(f"{root}/v1", [name], profile)
        if all(result.outcome is Outcome.PASSED for result in good[name][1] if result.check == check.id):
            return _drawn(twist, name, finding, good[name][0], bad[name][0])
    return None


def _objection(check: Check, results: Sequence[Result]) -> Finding | None:
    own = (result for result in results if result.check == check.id)
    return next((r.findings[0] for r in own if r.findings and r.outcome is DEVIATES[r.level]), None)


def _others(check: Check, results: Sequence[Result]) -> list[str]:
    wrong = (Outcome.FAILED, Outcome.WARNED, Outcome.ERROR)
    return [result.check for result in results if result.outcome in wrong and result.check != check.id]


def _drawn(twist: Twist, name: str, finding: Finding, good: Reading, bad: Reading) -> Example:
    from slashv1.harness.notes import Example
    from slashv1.harness.notes.excerpt import excerpts, request_of, sentence

    lines = excerpts(good, bad, finding)
    return Example(twist.name, name, request_of(bad), *lines, sentence(bad, finding))


def _answers(base_url: str, cases: Sequence[str], profile: Profile) -> Answered:
    from slashv1.harness.commands.selftest import CHAT_MODEL, EMBEDDING_MODEL
    from slashv1.harness.connection import Connection
    from slashv1.harness.judging import by_case, judge_case, read_plan
    from slashv1.harness.plan import make_plan
    from slashv1.harness.run import gather
    from slashv1.matrix import load_matrix

    steps = _with_steps(cases, load_matrix())
    plan = make_plan(steps, profile, phase=max(case.phase for case in steps), tier="full")
    connection = Connection(
        base_url=base_url, api_key="sk-selftest", model=CHAT_MODEL, embedding_model=EMBEDDING_MODEL
    )
    _, captured = gather(plan, connection)
    readings = read_plan(plan, captured, profile=profile)
    return {
        items[0].case.id: (readings[items[0].case.id], judge_case(items, captured, readings, profile))
        for items in by_case(plan)
        if items[0].case.id in readings
    }


def _with_steps(names: Sequence[str], matrix: Sequence[Case]) -> list[Case]:
    """The cases, and those that stand before and beside them."""
    known = {case.id: case for case in matrix}
    needed: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = None
            waiting += [*known[name].after, *known[name].beside]
    return [case for case in matrix if case.id in needed]
