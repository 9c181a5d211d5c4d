"""What people are told of checks: examples that were judged, real bugs, and reasons where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from slashv1.errors import UsageError
from slashv1.harness.commands.explain_examples import Unshown, _example, made
from slashv1.harness.embedded import embedded_gateway
from slashv1.harness.judge.engine import checks
from slashv1.harness.notes import (
    EXAMPLES,
    HERE,
    breaking,
    bugs,
    bugs_of,
    clients_of,
    defects_of,
    examples,
    load_examples,
    threads_of,
    without_defect,
    write_examples,
)
from slashv1.harness.notes.excerpt import LIMIT
from slashv1.reference_server import DEFECTS, find_twist
from tests.spec.evidence import evidence

MAKE = "run: slashv1 explain --examples harness/notes/examples.json"


def test_every_check_has_an_example_or_says_why_it_can_have_none() -> None:
    assert set(checks()) == set(examples()) | set(without_defect()), MAKE
    assert set(examples()) & set(without_defect()) == set()


def test_a_check_without_an_example_has_no_defect() -> None:
    caught = {twist.caught_by for twist in DEFECTS.values() if not twist.drawn}
    assert set(without_defect()) == set(checks()) - caught
    assert {why for why in without_defect().values() if len(why) < 20} == set()


def test_every_check_says_why_and_names_a_clause() -> None:
    assert [check.id for check in checks().values() if not (check.why and check.clause)] == []


def test_an_example_shows_two_answers_that_differ_in_a_few_lines() -> None:
    for name, one in examples().items():
        assert one.good != one.bad, name
        for lines in (one.good, one.bad):
            assert sum(len(line) + 1 for line in lines) <= LIMIT + 20, name
        assert one.says, name


def test_an_example_names_all_defects_that_its_check_must_catch() -> None:
    for name, one in examples().items():
        caught = sorted(twist.name for twist in DEFECTS.values() if twist.caught_by == name)
        assert list(one.defects) == caught, MAKE
        assert list(one.clients) == clients_of(bugs_of(one.defects)), MAKE
        assert one.defect in caught


@pytest.mark.slow
def test_examples_are_what_the_gateway_answers_and_the_checks_say() -> None:
    """Each bad answer is judged anew, and set off its check; each good one passed it."""
    assert dict(made(examples())) == load_examples(EXAMPLES), MAKE


def test_an_example_is_found_and_judged_where_none_is_known() -> None:
    name, one = next(iter(made({}, ["models.list.object"])))
    assert (name, one.case) == ("models.list.object", "models.list/plain")
    assert '"object": "list"' in "".join(one.good)
    assert '"object": "list"' not in "".join(one.bad)


def test_no_example_is_made_of_a_defect_that_its_check_does_not_object_to() -> None:
    other = find_twist("defect", "models-list-object")
    with embedded_gateway() as base_url, pytest.raises(Unshown, match=r"models\.id"):
        _example(checks()["models.id"], [other], base_url.removesuffix("/v1"), None)


def test_no_example_is_made_where_another_check_objects_that_may_not() -> None:
    twist = find_twist("defect", "model-object")
    assert twist.also
    strict = type(twist)(twist.name, twist.title, twist.change, twist.operations, twist.caught_by)
    with embedded_gateway() as base_url, pytest.raises(Unshown):
        _example(checks()["models.object"], [strict], base_url.removesuffix("/v1"), None)


def test_examples_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "examples.json"
    write_examples(path, dict(examples()))
    assert load_examples(path) == dict(examples())
    assert path.read_text("utf-8") == EXAMPLES.read_text("utf-8")


def test_examples_of_no_file_are_none(tmp_path: Path) -> None:
    assert load_examples(tmp_path / "none.json") == {}


def test_every_defect_of_a_real_bug_exists() -> None:
    assert {name for bug in bugs() for name in bug.defects} - set(DEFECTS) == set()


def test_a_bug_is_found_or_says_why_not() -> None:
    assert [bug.id for bug in bugs() if bool(bug.defects) is bool(bug.why)] == []
    assert {bug.fate for bug in bugs() if bug.defects} == {"found"}


@pytest.mark.evidence
def test_the_bugs_are_those_of_the_evidence_with_their_threads() -> None:
    known = yaml.safe_load(evidence("defects.yaml").read_text("utf-8"))
    assert sorted(bug.id for bug in bugs()) == sorted(one["id"] for one in known)
    threads = {one["id"]: {one["url"], *(also["url"] for also in one.get("also", ()))} for one in known}
    assert {bug.id: set(bug.urls) for bug in bugs()} == threads


def test_clients_and_threads_of_a_check_are_those_of_the_bugs_it_finds() -> None:
    told = bugs_of(defects_of("chat.stream.tools.index"))
    assert [bug.id for bug in told] == ["stream-tool-index-missing"]
    assert clients_of(told) == ["openai-python", "Vercel AI SDK"]
    assert "https://github.com/openai/openai-python/issues/2806" in threads_of(told)
    assert defects_of("request.names") == ()
    assert clients_of(bugs_of(())) == []


GOOD = "bugs:\n- id: a\n  urls: [https://x.example/1]\n  defects: [one]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            GOOD + "- id: a\n  urls: [https://x.example/1]\n  unseen: why\n",
            5,
            "'a' stands here a second time",
        ),
        (GOOD + "  legal: why\n", 2, "defects and legal beside each other: keep one"),
        (GOOD.replace("  defects: [one]\n", "  later: soon\n"), 4, "later"),
        (GOOD.replace("urls", "url"), 3, "did you mean 'urls'?"),
        (GOOD.replace("https", "http"), 3, "has not the form"),
        (GOOD.replace("bugs:", "bugs: :"), 1, ""),
    ],
)
def test_a_mistake_in_the_bugs_is_one_line_with_its_place(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "bugs.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as error:
        bugs(path)
    assert f"bugs.yaml:{line}: " in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_check_told_twice_to_have_no_defect_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "without.yaml"
    path.write_text("checks:\n- {check: a, why: b}\n- {check: a, why: c}\n", "utf-8")
    with pytest.raises(UsageError, match=r"without.yaml:3: 'a' stands here a second time"):
        without_defect(path)


def test_the_clients_that_break_are_told_with_a_run() -> None:
    assert breaking()["chat.stream.tools.index"] == "openai-python, Vercel AI SDK"
    assert "chat.created-now" not in breaking()


def test_no_clients_are_told_of_a_check_that_finds_things_unlike() -> None:
    assert examples()["http.status"].clients
    assert "http.status" not in breaking()


def test_every_file_of_notes_is_read() -> None:
    data = {path.name for path in HERE.iterdir() if path.suffix in (".yaml", ".json")}
    assert data == {"clients.yaml", "examples.json", "real_bugs.yaml", "without_defect.yaml"}
