"""What comes and goes is told as n of k; what always fails is not flaky."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slashv1.harness.gate.flaky import counted, fold, repeats
from slashv1.harness.gate.waive import waive
from slashv1.harness.plan import make_plan
from slashv1.matrix import load_matrix, load_profile
from tests.harness.gate.runs import causes, entry, outcomes, run, waivers
from tests.reports import sample


@pytest.mark.parametrize(
    ("seen", "at_least", "expires", "outcome", "said"),
    [
        (["passed", "passed", "passed"], 1, "2026-12-31", "passed", "passed 3 of 3 times"),
        (["failed", "passed", "passed"], 1, "2026-12-31", "waived", "passed 2 of 3 times; until 2026-12-31"),
        (["passed", "passed", "failed"], 1, "2026-12-31", "waived", "passed 2 of 3 times; until 2026-12-31"),
        (
            ["failed", "passed", "failed"],
            2,
            "2026-12-31",
            "failed",
            "1 of 3 times, 2 needed",
        ),
        (["failed", "failed", "failed"], 1, "2026-12-31", "failed", "passed 0 of 3 times: that is more than"),
        (["failed", "passed", "passed"], 1, "2026-01-01", "unwaived", "expired on 2026-01-01"),
        (["inconclusive", "passed", "failed"], 1, "2026-12-31", "waived", "passed 1 of 2 times"),
        (["skipped", "skipped", "skipped"], 1, "2026-12-31", "skipped", "because"),
    ],
)
def test_the_rounds_become_one_result(
    seen: list[str], at_least: int, expires: str, outcome: str, said: str
) -> None:
    first, *again = [run(plain=one) for one in seen]
    file = waivers(entry(expires=expires, repeat=3, at_least=at_least))
    made = fold(first, again, file)
    assert outcomes(made) == {"plain": outcome}
    assert said in causes(made)["plain"]
    assert made.request_count == 3 * first.request_count
    assert made.waivers[0].repeat == 3
    state = {"waived": "used", "unwaived": "expired"}.get(outcome, "idle")
    assert (made.waivers[0].state, made.waivers[0].results) == (state, int(state != "idle"))
    assert waive(made, file) == made


def test_what_no_entry_calls_flaky_is_judged_by_the_first_round() -> None:
    file = waivers(entry("headers.request-id", f"{sample.CHAT}::plain", repeat=2))
    made = fold(run(plain="passed", n="passed"), [run(plain="passed", n="failed")], file)
    assert outcomes(made) == {"plain": "passed", "n": "passed"}


def test_the_exchange_shown_is_the_one_that_deviated() -> None:
    good = replace(run(plain="passed"), wires=(sample.wire(sample.CHAT, "plain", body="good"),))
    bad = replace(run(plain="failed"), wires=(sample.wire(sample.CHAT, "plain", body="bad"),))
    made = fold(good, [bad], waivers(entry(repeat=2)))
    assert [one.body for one in made.wires] == ["bad"]


def test_only_the_cases_of_the_flaky_are_sent_again_and_they_count() -> None:
    cases, profile = load_matrix(), load_profile("openai")
    plan = make_plan(cases, profile)
    file = waivers(
        entry("http.status", "models.list::plain", repeat=3),
        entry("http.status", "chat.completions.create::plain", repeat=2),
    )
    rounds = repeats(file, plan, cases, profile, phase=1, tier="standard")
    sent = [{case.id for case in one.plan.cases} for one in rounds]
    assert [("chat.completions.create/plain" in one, "models.list/plain" in one) for one in sent] == [
        (True, True),
        (False, True),
    ]
    assert counted(plan, rounds).requests == plan.requests + sum(one.requests for one in rounds)
