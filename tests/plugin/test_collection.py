"""What is collected, under which names, and how a part of it is selected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Start, Target

NOWHERE = "http://127.0.0.1:9/v1"
MODELS = ("--slashv1-select", "models.*")


def ids(result: pytest.RunResult) -> list[str]:
    """The node ids that `--collect-only -q` or `-v` printed."""
    return [line.split()[0] for line in result.outlines if "slashv1::" in line]


def test_collect_only_prints_node_ids_and_sends_nothing(run_apart: Start, gateway: Target) -> None:
    result = run_apart("--base-url", gateway.base_url, "--collect-only", "-q")
    assert "slashv1::chat.completions.create::plain::http.status" in ids(result)
    assert len(ids(result)) == len(set(ids(result))) > 500
    assert result.ret == 0
    assert gateway.requests == []


def test_a_printed_node_id_selects_that_item_from_another_directory(
    run: Start, gateway: Target, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]\n")
    below = pytester.mkdir("below")
    monkeypatch.chdir(below)
    printed = ids(run("--base-url", gateway.base_url, *MODELS, "-v", "-k", "models.list.object"))
    assert printed == ["../slashv1::models.list::plain::models.list.object"]
    monkeypatch.chdir(pytester.mkdir("elsewhere"))
    again = run("--base-url", gateway.base_url, "-v", printed[0])
    again.assert_outcomes(passed=1)
    plain = run("--base-url", gateway.base_url, printed[0].removeprefix("../"))
    plain.assert_outcomes(passed=1)


def test_the_start_of_a_node_id_selects_what_lies_below(run: Start) -> None:
    start = ("--base-url", NOWHERE, "--co", "-q")
    operation = ids(run(*start, "slashv1::models.retrieve"))
    case = ids(run(*start, "slashv1::models.retrieve::plain"))
    assert {name.split("::")[1] for name in operation} == {"models.retrieve"}
    assert 0 < len(case) < len(operation)
    assert ids(run(*start, "slashv1::models.retrieve::plain", "slashv1::models.retrieve")) == operation


def test_the_root_name_selects_all_unless_a_folder_bears_it(run: Start, pytester: pytest.Pytester) -> None:
    everything = ids(run("--base-url", NOWHERE, *MODELS, "--co", "-q"))
    assert ids(run("--base-url", NOWHERE, *MODELS, "--co", "-q", "slashv1")) == everything
    pytester.mkdir("slashv1").joinpath("test_own.py").write_text("def test_own(): pass\n")
    run("--base-url", NOWHERE, "slashv1").assert_outcomes(passed=1)
    assert ids(run("--base-url", NOWHERE, "--co", "-q", everything[0])) == everything[:1]


def test_an_unknown_node_id_is_a_usage_error_that_names_the_nearest(run: Start) -> None:
    result = run("--base-url", NOWHERE, "slashv1::models.list::plane")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0] == (
        "ERROR: no check is called slashv1::models.list::plane: did you mean slashv1::models.list::plain?"
    )


def test_with_a_path_pytest_collects_the_path_alone(run: Start, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    run("--base-url", NOWHERE, "test_own.py").assert_outcomes(passed=1)
    run("--base-url", NOWHERE, ".").assert_outcomes(passed=1)


def test_paths_and_node_ids_go_together(run: Start, gateway: Target, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    name = "slashv1::models.list::plain::models.list.object"
    run("--base-url", gateway.base_url, "test_own.py", name).assert_outcomes(passed=2)


def test_without_a_path_the_projects_own_tests_stay_out(run: Start, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntestpaths = tests\naddopts = --strict-markers --strict-config\n")
    pytester.mkdir("tests").joinpath("test_own.py").write_text("def test_own(): pass\n")
    result = run("--base-url", NOWHERE, *MODELS, "--co", "-q")
    assert ids(result)
    result.stdout.no_fnmatch_line("*test_own*")
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize("where", ["addopts", "environment"])
def test_a_base_url_that_was_not_typed_collects_nothing(
    run: Start, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    if where == "addopts":
        pytester.makeini(f"[pytest]\naddopts = --base-url={NOWHERE}\n")
    else:
        monkeypatch.setenv("PYTEST_ADDOPTS", f"--base-url={NOWHERE}")
    run().assert_outcomes(passed=1)


def test_a_conftest_may_define_the_option_itself(run: Start, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        'def pytest_addoption(parser):\n    parser.addoption("--base-url", default="http://x")\n'
    )
    pytester.makepyfile(
        test_own='def test_own(request): assert request.config.getoption("--base-url").startswith("http://")'
    )
    run().assert_outcomes(passed=1)
    run("--base-url", "http://localhost:3000").assert_outcomes(passed=1)
    assert ids(run("--base-url", NOWHERE, *MODELS, "--co", "-q"))
    forced = run("--base-url", "http://127.0.0.1:9", "--slashv1", *MODELS, "--co")
    forced.stdout.fnmatch_lines(["slashv1: http://127.0.0.1:9/v1, *"])


def test_keywords_markers_and_deselection_narrow_the_matrix(run: Start) -> None:
    start = ("--base-url", NOWHERE, "--co", "-q", "--strict-markers", "--slashv1-tier", "quick")
    everything = ids(run(*start))
    checks = {name.split("::")[-1] for name in ids(run(*start, "-k", "http.status"))}
    assert checks == {"http.status"}
    only = ids(run(*start, "-m", "op_models_list and must"))
    assert {name.split("::")[1] for name in only} == {"models.list"}
    assert 0 < len(ids(run(*start, "-m", "stream"))) < len(everything)
    left = ids(run(*start, "--deselect", everything[0], "--deselect", f"../{everything[1]}"))
    assert left == everything[2:]


def test_the_markers_are_described(run: Start) -> None:
    result = run("--base-url", NOWHERE, "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.must: *", "@pytest.mark.op_models_list: *"])


def test_options_narrow_what_is_collected(run: Start) -> None:
    start = ("--base-url", NOWHERE, "--co", "-q", "--slashv1-select", "*::*::http.answered")
    everything = ids(run(*start))
    assert {name.split("::")[-1] for name in everything} == {"http.answered"}
    assert 0 < len(ids(run(*start, "--slashv1-tier", "quick"))) < len(everything)
    assert len(ids(run(*start, "--slashv1-select", "models.list::plain"))) > len(everything)


def test_all_checks_of_a_run_lie_in_one_tree(run: Start) -> None:
    result = run("--base-url", NOWHERE, *MODELS, "--co")
    result.stdout.fnmatch_lines(
        ["<Matrix slashv1>", "  <Operation models.list>", "    <Case plain>", "      <Check http.answered>"]
    )


def test_help_shows_the_options_beside_a_wrong_url(run: Start, tmp_path: Path) -> None:
    result = run("--base-url", "nonsense", "--help")
    result.stdout.fnmatch_lines(["*--slashv1-report-json=FILE*", "*--base-url=URL*"])
    assert result.ret == 0
