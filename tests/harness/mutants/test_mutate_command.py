"""`slashv1 spec mutate`: what it counts, writes and ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from slashv1.errors import UsageError
from slashv1.harness.commands.spec_mutate import command
from slashv1.harness.mutants.model import operators
from slashv1.harness.mutants.page import inserted, marks, percent
from slashv1.harness.mutants.pick import AT_LEAST, FEW, completed, pool, sample
from slashv1.harness.mutants.workers import mutate_all
from tests.harness.test_audit import record, written


def run(*args: str) -> Result:
    return CliRunner().invoke(command, [*args, "--workers", "1"], standalone_mode=False)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, object]]:
    folder = tmp_path_factory.mktemp("mutants")
    figures, page = folder / "out.json", folder / "page.md"
    result = run("--sample", "14", "--json", str(figures), "--write", str(page))
    return result, {"json": json.loads(figures.read_text("utf-8")), "page": page.read_text("utf-8")}


def test_the_fixtures_alone_give_at_least_99_percent(quick: tuple[Result, dict[str, object]]) -> None:
    result, files = quick
    assert result.exception is None
    assert result.return_value == 0
    said = files["json"]
    assert isinstance(said, dict)
    assert said["share"] >= 0.99
    assert said["made"] > 800
    assert said["crashes"] == said["objected_unmutated"] == []


def test_the_figures_add_up(quick: tuple[Result, dict[str, object]]) -> None:
    said = quick[1]["json"]
    assert isinstance(said, dict)
    assert said["made"] == sum(one["made"] for one in said["by_operator"].values())
    assert said["made"] == sum(one["made"] for one in said["by_operation"].values())
    fitting = said["fitting_by_name"] + said["fitting_by_place"]
    assert fitting + len(said["survivors"]) == said["made"]
    assert said["excluded"] == sum(said["excluded_by_rule"].values())
    assert f"{said['made']} mutants" in quick[0].output


def test_the_page_has_the_tables(quick: tuple[Result, dict[str, object]]) -> None:
    page = quick[1]["page"]
    assert isinstance(page, str)
    for heading in ("By operator", "By operation", "Left out by rule", "Survivors", "fewer than 10 recorded"):
        assert heading in page
    assert "| `drop-required-key` |" in page
    assert page.count(marks("mutants")[0]) == page.count(marks("mutants")[1]) == 1


def test_another_part_of_the_page_stays() -> None:
    start, end = marks("mutants")
    old = f"# Title\n\n{start}\nold\n{end}\n\n## Requests\n\n12\n"
    assert inserted(old, "mutants", "new\n") == old.replace("old", "new")
    assert inserted("# Title\n", "mutants", "new\n") == f"# Title\n\n{start}\nnew\n{end}\n"
    made = inserted(inserted("", "mutants", "new\n"), "genuine", "all\n")
    assert made.startswith("# How faithful")
    assert made.index("all") < made.index(f"{start}\nnew\n{end}")


def test_what_nobody_recorded_is_broken_by_its_documented_shape(tmp_path: Path) -> None:
    pooled = pool(written(tmp_path, record()))
    sources = {one.operation.name: one.source for one in pooled.baselines}
    assert sources["vector_stores.list"] == "example"
    assert sources["embeddings.create"] == "fixture"
    tally = mutate_all(
        [one for one in pooled.baselines if one.operation.name == "vector_stores.list"], "openai"
    )
    assert tally.objected == []
    assert tally.share >= 0.99


def test_a_share_is_never_rounded_up() -> None:
    assert percent(0.99999) == "99.99 %"
    assert percent(1.0) == "100.00 %"


def test_the_sample_is_the_same_for_a_seed_and_spread_over_operations() -> None:
    members = pool(None).baselines
    one, again, other = sample(members, 130, 0), sample(members, 130, 0), sample(members, 130, 1)
    assert [each.record.id for each in one] == [each.record.id for each in again]
    assert [each.record.id for each in one] != [each.record.id for each in other]
    assert len({each.operation.name for each in one}) == len({each.operation.name for each in members})
    assert sample(members, None, 0) == list(members)


def test_an_operator_without_work_in_the_sample_gets_some_beyond_it() -> None:
    members, wanted = pool(None).baselines, [operators()["call-ids-equal"], operators()["drop-required-key"]]
    models = [one for one in members if one.operation.name == "models.list"][:2]
    found = completed(models, members, wanted, 0)
    assert found[:2] == models
    assert 1 <= len(found[2:]) <= AT_LEAST
    assert {one.operation.name for one in found[2:]} == {"chat.completions.create"}
    assert found == completed(models, members, wanted, 0)
    assert completed(found, members, wanted, 0) == found


def test_any_number_of_workers_finds_the_same() -> None:
    members = sample(pool(None).baselines, 26, 0)
    globs = ("drop-required-key", "done-lost", "error-as-text")
    one, two = (mutate_all(members, "openai", globs=globs, workers=number) for number in (1, 2))
    assert one == two
    assert one.made.total() > 20


def test_a_recording_is_broken_and_named_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, record(), "not json")
    pooled = pool(file)
    assert pooled.counts == {"chat.completions.create": 1}
    assert pooled.dates == ("2025-06-15", "2025-06-15")
    assert sum(one.source == "recorded" for one in pooled.baselines) == 1
    assert FEW > 1
    assert any(one.operation.name == "chat.completions.create" for one in pooled.baselines[1:])


def test_an_exchange_with_an_objection_is_not_mutated(tmp_path: Path) -> None:
    bad = record({"id": "x", "object": "chat.completion"})
    tally = mutate_all(pool(written(tmp_path, bad)).baselines[:1], "openai")
    assert tally.objected == ["one"]
    assert not tally.made


def test_the_list_names_operators_with_what_they_do() -> None:
    result = run("--list", "--operator", "done-*")
    assert "done-lost\tdrops [DONE]\t" in result.output
    assert "drop-required-key" not in result.output


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--sample", "few"), "--sample 'few'"),
        (("--operator", "nothing"), "--operator 'nothing'"),
        (("no-such-file.jsonl",), "cannot read no-such-file.jsonl"),
    ],
)
def test_a_mistake_ends_in_one_line(args: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        command.main([*args], standalone_mode=False)
