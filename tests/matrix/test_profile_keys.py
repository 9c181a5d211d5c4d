"""Keys of a profile beyond levels: phase, tier, capabilities, extensions, what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.harness.judge.engine import required
from slashv1.matrix import Profile, load_matrix, load_profile


def load(tmp_path: Path, text: str) -> Profile:
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    return load_profile(path)


def test_declared_capabilities_take_the_place_of_what_the_base_requires(tmp_path: Path) -> None:
    made = load(tmp_path, "extends: openai\ncapabilities: [chat.completions.create, plain]\n")
    by_id = {case.id: case for case in load_matrix()}
    assert required(by_id["chat.completions.create/plain"], made)
    assert not required(by_id["chat.completions.create/logprobs"], made)
    assert not required(by_id["responses.create/background"], made)


def test_lists_add_to_those_of_the_base(tmp_path: Path) -> None:
    made = load(
        tmp_path,
        "extends: vllm\nphase: 2\ntier: full\nextensions: [x_cost]\nknown: [{says: a, source: b}]\n",
    )
    assert (made.phase, made.tier) == (2, "full")
    assert {"x_cost", "stop_reason"} <= made.extensions
    assert made.known[0].says == "a"
    assert len(made.known) > 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tier: fast\n", "ours.yaml:1: tier is 'fast', which is not allowed"),
        ("phase: 9\n", "ours.yaml:1: phase"),
        ("capability: [plain]\n", "unknown key 'capability' in the document; did you mean 'capabilities'?"),
        ("known: [{says: a}]\n", "lacks the key 'source'"),
        ("extends: ours\n", "which is no built-in profile"),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as wrong:
        load(tmp_path, text)
    assert said in str(wrong.value)
