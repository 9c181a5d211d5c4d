"""Profiles of known targets: what they declare, allow and know, each with its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from slashv1.harness.judge.engine import required
from slashv1.harness.profile_lint import lint
from slashv1.matrix import load_matrix, load_profile, profiles

TARGETS = ("anthropic", "azure", "litellm", "llama-cpp", "ollama", "sglang", "vllm")
FOLDER = Path(__file__).parents[2] / "matrix" / "profiles"


def test_they_are_built_in() -> None:
    assert set(TARGETS) <= set(profiles())


@pytest.mark.parametrize("name", profiles())
def test_no_name_in_a_built_in_profile_leads_nowhere(name: str) -> None:
    assert lint(FOLDER / f"{name}.yaml", load_matrix()) == []


@pytest.mark.parametrize("name", TARGETS)
def test_every_fact_names_its_source(name: str) -> None:
    profile = load_profile(name)
    assert profile.known
    for one in profile.known:
        assert one.source.startswith(("https://", "recorded ", "a recorded ")), one
    told = (FOLDER / f"{name}.yaml").read_text("utf-8")
    for line in told.partition("extensions:")[2].partition("known:")[0].splitlines():
        assert not line.strip() or "  # " in line, line


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_declared_must_be_there_and_nothing_else(name: str) -> None:
    profile = load_profile(name)
    by_id = {case.id: case for case in load_matrix()}
    assert required(by_id["chat.completions.create/plain"], profile)
    assert not required(by_id["chat.completions.create/logprobs"], load_profile("vllm"))
    assert not required(by_id["responses.create/background"], profile)
