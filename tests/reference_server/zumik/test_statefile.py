"""State files: what they may say, and mistakes in one line with the place and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.reference_server import create_app
from slashv1.reference_server.zumik.state import NANO
from slashv1.reference_server.zumik.statefile import load_state


def test_the_default_state_has_a_plain_key_and_one_for_each_cause() -> None:
    state = load_state()
    assert {name.removeprefix("zk_live_slashv1_") for name in state.keys} == {
        "plain",
        "stranger",
        "no_credits",
        "blocked_region",
        "budget_spent",
        "rate_reached",
    }
    assert state.account("zk_live_slashv1_no_credits").balance == 0
    assert "zk_live" not in repr(state)


def test_a_key_that_is_not_named_has_no_limits() -> None:
    account = load_state().account("zk_live_somebody")
    assert (account.balance, account.budget, account.rate, account.region) == (None, None, None, None)


def test_a_file_says_what_an_account_may_do(tmp_path: Path) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(
        "regions: [here, there]\n"
        "provider_ms: 5\n"
        "hints: {ah_a: {qos: {deadline_ms: 9}}}\n"
        "sessions: {ses_a: {hints: ah_a}, ses_b: {}}\n"
        "keys: {zk_live_a: {balance: 1.5, budget: 2, rate: {requests: 3}, region: there}}\n"
    )
    state = load_state(path)
    account = state.account("zk_live_a")
    assert (account.balance, account.budget) == (3 * NANO // 2, 2 * NANO)
    assert account.rate is not None
    assert (account.rate.requests, account.rate.seconds) == (3, 60)
    assert (state.sessions["ses_a"].hints, state.sessions["ses_b"].hints) == ("ah_a", None)


MISTAKES = [
    ("", 1, "is empty; expected regions"),
    ("a: [", 1, "is not YAML"),
    ("- a", 1, "the file is a list; expected a mapping"),
    ("key: {}", 1, "unknown key 'key' in the file; did you mean 'keys'?"),
    ("regions: []", 1, "regions is a list; expected at least one region"),
    ("regions: [a b]", 1, "regions[0] is 'a b'; expected a name"),
    ("provider_ms: soon", 1, "provider_ms is 'soon'; expected a whole number from 0 to 10000"),
    ("hints:\n  patient: {}", 2, "'patient' in hints; expected a name that starts with ah_"),
    ("hints:\n  ah_a:\n    qos: {deadline_ms: x}", 3, "expected qos.deadline_ms to be a whole number"),
    ("sessions:\n  ses_a: {hints: ah_b}", 2, "sessions.ses_a.hints is 'ah_b'; expected one of the hints"),
    ("aliases:\n  fast: {release: gpt-4o}", 2, "aliases.fast.release is 'gpt-4o'; expected a dated model id"),
    ("keys:\n  abc: {}", 2, "a key of keys; expected one that starts with zk_live_ or sk-"),
    (
        "keys:\n  zk_live_a: {ballance: 1}",
        2,
        "unknown key 'ballance' in keys.zk_***; did you mean 'balance'?",
    ),
    ("keys:\n  zk_live_a:\n    balance: -1", 3, "keys.zk_***.balance is '-1'; expected dollars"),
    ("keys:\n  zk_live_a:\n    balance: .nan", 3, "expected dollars"),
    ("keys:\n  zk_live_a:\n    rate: 5", 3, "keys.zk_***.rate is '5'; expected a mapping"),
    ("keys:\n  zk_live_a:\n    execution_profile: x", 3, "expected one of managed_provider, byok"),
    ("keys:\n  zk_live_a: {}\n  zk_live_a: {}", 3, "'zk_***' stands in keys twice; keep one"),
    ("keys: {zk_live_a: {region: !!python/name:os.system x}}", 1, "expected a plain YAML value"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES)
def test_a_mistake_is_one_line_with_its_place(text: str, line: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        load_state(path)
    assert f"state.yaml:{line}: " in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read: No such file"):
        load_state(tmp_path / "none.yaml")


def test_a_state_file_goes_with_the_profile_alone() -> None:
    with pytest.raises(UsageError, match="--state goes with --profile zumik"):
        create_app(state="state.yaml")
    with pytest.raises(UsageError, match="no profile 'zumick'; it serves openai and zumik"):
        create_app(profile="zumick")
