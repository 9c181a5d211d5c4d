"""`--sdk`: what it needs, what it adds, and that nothing of it is there unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.cli import main
from slashv1.harness.commands import selftest
from slashv1.harness.judge import sdk_client
from slashv1.harness.plan import make_plan, with_sdk
from slashv1.matrix import load_matrix, load_profile
from slashv1.record import load_run
from tests.harness.test_audit import record

PLAIN = ("--select", "models.list::plain")
SCHEMA = Path(__file__).parents[2] / "slashv1" / "run.schema.json"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[Any, str, str]:
    with pytest.raises(SystemExit) as end:
        main(list(map(str, arguments)))
    said = capsys.readouterr()
    return end.value.code, said.out, said.err


@pytest.fixture
def without_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_client, "sdk_version", lambda: None)


@pytest.mark.usefixtures("without_client")
@pytest.mark.parametrize("command", [("check",), ("audit", __file__)], ids=lambda words: words[0])
def test_without_the_client_one_line_says_how_to_install_it(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *command, "--sdk")
    assert (code, out) == (2, "")
    line = "slashv1: --sdk needs the official client, which is not installed: pip install 'slashv1[sdk]'\n"
    assert err == line


def test_a_client_that_is_too_old_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sdk_client, "sdk_version", lambda: "1.60.0")
    code, _, err = run(capsys, "check", "--sdk")
    assert code == 2
    assert "openai 2.0 or newer; 1.60.0 is installed: pip install -U 'slashv1[sdk]'" in err
    assert err.count("\n") == 1


def test_a_client_that_cannot_be_imported_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> None:
        raise AttributeError("module 'pydantic' has no attribute 'v3'")

    sdk_client.openai.cache_clear()
    monkeypatch.setattr(sdk_client, "import_module", broken)
    code, out, err = run(capsys, "check", "--sdk", *PLAIN)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "cannot be imported (AttributeError: module 'pydantic'" in err


def test_the_record_names_the_version_and_fits_its_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    openai = pytest.importorskip("openai")
    path = tmp_path / "run.json"
    code, out, _ = run(capsys, "check", "--sdk", "--report-json", path, *PLAIN)
    assert code == 0, out
    raw = json.loads(path.read_text("utf-8"))
    jsonschema.validate(raw, json.loads(SCHEMA.read_text("utf-8")))
    assert load_run(raw).suite.sdk == openai.__version__
    assert f"read by the official Python client too, openai {openai.__version__}" in " ".join(out.split())
    judged = {one["check"]: one["outcome"] for one in raw["results"] if one["check"].startswith("sdk.")}
    names = ("sdk.reads", "sdk.fields", "sdk.request-id", "sdk.models-page")
    assert judged == dict.fromkeys(names, "passed")


def test_unasked_the_record_names_none_and_judges_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    assert run(capsys, "check", "--report-json", path, *PLAIN)[0] == 0
    raw = json.loads(path.read_text("utf-8"))
    assert raw["suite"]["sdk"] is None
    assert [one["check"] for one in raw["results"] if one["check"].startswith("sdk.")] == []


def test_it_adds_items_and_not_one_request() -> None:
    pytest.importorskip("openai")
    cases, profile = load_matrix(), load_profile("openai")
    plain, read = make_plan(cases, profile), make_plan(cases, with_sdk(profile))
    assert (plain.requests, plain.cases) == (read.requests, read.cases)
    more = {item.id for item in read.items} - {item.id for item in plain.items}
    assert more
    assert all("::sdk." in item for item in more)
    assert plain.hash != read.hash


def test_an_unasked_check_cannot_be_selected(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "check", "--select", "*::*::sdk.reads")
    assert code == 2
    assert err == "slashv1: --select '*::*::sdk.reads': the checks sdk.* are there only with --sdk\n"
    code, _, err = run(capsys, "audit", __file__, "--check", "sdk.*")
    assert code == 2
    assert err == "slashv1: --check 'sdk.*': the checks sdk.* are there only with --sdk\n"


def test_the_client_is_not_imported_unless_it_is_asked_for() -> None:
    script = (
        "import sys; from slashv1.harness.judge.engine import checks, items_of;"
        "from slashv1.harness.cli import main; from slashv1.matrix import load_matrix, load_profile;"
        "profile = load_profile('openai'); assert [items_of(case, profile) for case in load_matrix()];"
        "assert 'sdk.reads' in checks(); print('openai' in sys.modules, 'httpx2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_explain_tells_of_it_whether_installed_or_not(
    without_client: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "explain", "sdk.stream.iterates")
    assert code == 0
    assert "SD-9" in out


def test_an_audit_reads_with_it_too(tmp_path: Path) -> None:
    pytest.importorskip("openai")
    body = record()["response"]["json"] | {"choices": None}
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(record(body)) + "\n", "utf-8")
    from slashv1.harness.commands.audit import command

    read = CliRunner().invoke(command, [str(path), "--check", "sdk.*", "--sdk"], standalone_mode=False)
    assert "reported by" not in read.output
    assert read.return_value == 0  # body.null tells it, at the same place
    sparse = tmp_path / "profile.yaml"
    sparse.write_text("levels: {'*': 'off', 'sdk.*': MUST}\n", "utf-8")
    options = [str(path), "--profile", str(sparse), "--sdk"]
    told = CliRunner().invoke(command, options, standalone_mode=False)
    assert told.return_value == 1
    assert "sdk.fields\t/choices\texpected a list" in told.output


@pytest.mark.usefixtures("without_client")
def test_the_selftest_says_which_defects_it_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = selftest.chosen(())
    assert [twist.name for twist in chosen if selftest.breaks_client(twist)] == []
    err = capsys.readouterr().err
    assert err.startswith(
        "slashv1: 7 defects are left out and no legal variant is read by the official client, "
    )
    assert err.count("\n") == 1
    (named,) = selftest.chosen(("client-retry-alone",))
    with pytest.raises(UsageError, match="pip install"):
        selftest.run_one(named, "http://127.0.0.1:9")
