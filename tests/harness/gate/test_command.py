"""`slashv1 check --waivers` and pytest's option, against the gateway with a defect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slashv1.harness.cli import main
from slashv1.harness.embedded import embedded_gateway

ONE = ("--select", "models.list::plain", "--api-key", "sk-gate-tests")
FILLED = ("--waiver-owner", "me", "--waiver-expires", "2999-12-31", "--waiver-reason", "known")
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def deviating() -> Iterator[str]:
    """Base URL of the gateway with one MUST broken."""
    with embedded_gateway(defect="models-list-object") as base_url:
        yield base_url


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run `slashv1 check …` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["check", *arguments])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def test_from_a_failure_to_a_waiver_and_back(call: Call, deviating: str, tmp_path: Path) -> None:
    target = ("--base-url", deviating, *ONE)
    assert call(*target)[0] == 1
    code, out, err = call(*target, "--waivers-update", *FILLED)
    assert "wrote 1 entry to waivers.yaml" in err
    assert code == 0, out
    code, out, _ = call(*target)  # found beside, unasked
    assert code == 0
    assert "Waived" in out
    assert "until 2999-12-31: known (me, waivers.yaml:4)" in " ".join(out.split())
    good = (*ONE, "--waivers", "waivers.yaml")
    code, out, _ = call(*good)
    assert code == 1
    assert "waivers.yaml:4: no longer needed" in out
    code, out, err = call(*good, "--waivers-prune")
    assert "took 1 entry out of waivers.yaml" in err
    assert code == 0
    assert (tmp_path / "waivers.yaml").read_text().endswith("waivers: []\n")


def test_the_embedded_gateway_takes_no_file_unasked(call: Call, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text("not: [valid\n")
    assert call(*ONE)[0] == 0


def test_what_is_flaky_is_planned_limited_and_sent_again(call: Call, deviating: str, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(
        "flaky:\n  - {check: models.object, case: models.list, repeat: 3, reason: r, "
        "owner: o, expires: 2999-01-01}\n"
    )
    target = ("--base-url", deviating, *ONE)
    assert "and 4 requests more for what waivers.yaml calls flaky" in call(*target, "--plan")[1]
    code, _, err = call(*target, "--max-requests", "5")
    assert code == 2
    assert "the plan needs 6 requests" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--waivers", "none.yaml"], "--waivers none.yaml: no such file"),
        (["--waivers-update", "--waivers-prune"], "one after the other"),
        (["--waiver-owner", "me"], "--waiver-owner goes with --waivers-update"),
        (["--waivers-update", "--waiver-expires", "soon"], "expected the last day as YYYY-MM-DD"),
        (["--waivers-update", "--waiver-expires", "2026-02-30"], "expected the last day as YYYY-MM-DD"),
        (["--waivers-update", "--waiver-link", "tracker/1"], "expected an http or https URL"),
        (["--waivers-update", "--waiver-reason", " "], "--waiver-reason: is empty"),
    ],
)
def test_options_that_mean_nothing_are_one_line(call: Call, options: list[str], said: str) -> None:
    code, out, err = call(*ONE, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
