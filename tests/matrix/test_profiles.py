"""Profiles: built in by name, a user's own by path, both validated."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.harness.judge.engine import checks, items_of, required
from slashv1.matrix import load_matrix, load_profile, profiles


def test_the_built_in_profiles_are_listed() -> None:
    assert {"openai", "pragmatic"} <= set(profiles())


@pytest.mark.parametrize("name", profiles())
def test_every_built_in_profile_loads_under_its_name(name: str) -> None:
    assert load_profile(name).name == name
    assert load_profile(name).title


def test_openai_requires_everything_and_changes_no_level() -> None:
    openai = load_profile("openai")
    assert openai.required == {"*"}
    assert openai.levels == {}


@pytest.mark.parametrize("name", profiles())
def test_every_pattern_of_a_profile_matches_a_check(name: str) -> None:
    idle = [pattern for pattern in load_profile(name).levels if not _matches(pattern)]
    assert idle == []


def _matches(pattern: str) -> bool:
    return any(fnmatchcase(check, pattern) for check in checks())


@pytest.mark.parametrize("name", profiles())
def test_what_a_profile_requires_is_an_operation_or_a_tag_of_the_matrix(name: str) -> None:
    cases = load_matrix()
    known = {"*"} | {case.operation for case in cases} | {tag for case in cases for tag in case.tags}
    assert load_profile(name).required | load_profile(name).without <= known


def test_pragmatic_requires_the_plain_chat_and_not_log_probabilities() -> None:
    pragmatic = load_profile("pragmatic")
    by_id = {case.id: case for case in load_matrix()}
    assert required(by_id["chat.completions.create/stream-usage"], pragmatic)
    assert not required(by_id["chat.completions.create/logprobs"], pragmatic)
    assert not required(by_id["responses.create/background"], pragmatic)


def test_pragmatic_does_not_try_what_no_sdk_sends() -> None:
    pragmatic = load_profile("pragmatic")
    by_id = {case.id: case for case in load_matrix()}
    assert items_of(by_id["chat.completions.create/temperature-above"], pragmatic) == []
    assert items_of(by_id["chat.completions.create/empty-messages"], pragmatic)


def test_a_profile_of_ones_own_is_given_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\nlevels: {usage.*: off, http.status: MUST}\nrequired: [plain]\n")
    mine = load_profile(path)
    assert (mine.name, mine.title) == ("mine", "Mine")
    assert mine.levels == {"usage.*": "off", "http.status": "MUST"}
    assert mine.required == {"plain"}


def test_a_profile_can_start_from_a_built_in_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: pragmatic\nlevels: {http.status: MAY}\nwithout: [auth]\n")
    mine, base = load_profile(str(path)), load_profile("pragmatic")
    assert mine.levels == {**base.levels, "http.status": "MAY"}
    assert list(mine.levels)[-1] == "http.status"
    assert mine.required == base.required
    assert mine.without == base.without | {"auth"}


def test_a_profile_says_how_refusals_are_provoked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("provoke:\n  rate: {key: sk-spent, requests: 5}\n  quota: {headers: {x-budget: none}}\n")
    mine = load_profile(path).provoke
    assert (mine["rate"].key, mine["rate"].requests, mine["rate"].headers) == ("sk-spent", 5, {})
    assert (mine["quota"].key, mine["quota"].requests) == (None, 1)
    assert mine["quota"].headers == {"x-budget": "none"}
    assert "sk-spent" not in repr(mine)


MISTAKES = [
    ("provoke: {rates: {key: a}}", r"mine\.yaml:1: unknown key 'rates' in provoke; did you mean 'rate'\?"),
    ("provoke:\n  rate: {requests: 0}", r"mine\.yaml:2: provoke\.rate\.requests"),
    ("provoke:\n  rate: {key: a, key_env: B}", r"mine\.yaml:2: provoke\.rate"),
    (
        "levels: {a.b: must}",
        r"mine\.yaml:1: levels\.a\.b is 'must', which is not allowed; did you mean 'MUST'",
    ),
    ("title: x\nlevel: {}", r"mine\.yaml:2: unknown key 'level' in the document; did you mean 'levels'\?"),
    ("extends: opnai", r"mine\.yaml:1: extends 'opnai', .*; did you mean 'openai'\?"),
    ("required: all", r"mine\.yaml:1: required is 'all'; expected array"),
    ("a: 1\na: 2", r"mine\.yaml:2: 'a' stands here twice"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_in_a_profile_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        load_profile(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown profile 'opena1'; did you mean 'openai'"):
        load_profile("opena1")
    with pytest.raises(UsageError, match=r"unknown profile 'x'; there are: anthropic, .*, openai, pragmatic"):
        load_profile("x")


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: cannot be read: No such file"):
        load_profile(tmp_path / "none.yaml")
