"""Clauses and checks hold each other: none without the other, and each says truly where it comes from."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from slashv1.harness import clause_text
from slashv1.harness.audit import operation_of
from slashv1.harness.judge.engine import checks, items_of, judge
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Recorded, case_of, read_lines
from slashv1.matrix import load_profile
from slashv1.record import Outcome
from slashv1.spec import error_table, header_grammar, operations, request_header_grammar, stream_machine
from slashv1.spec.clause import EVIDENCE, FILES, Clause, clauses, told, topics
from tests.spec.evidence import CHECKOUT, evidence, exchanges, upstream

ORIGINS = {"contract", "upstream", "table", "standard", "sdk", "evidence"}
HEADINGS = {
    "The promise",
    "Operations and phases",
    "Chat completions",
    "Errors",
    "The Agent-* header signals",
    "The migration checklist",
}


def every() -> list[Clause]:
    return [one for topic in topics() for one in topic.clauses]


def test_no_id_is_given_twice_and_each_is_its_topics_own() -> None:
    ids = Counter(one.id for one in every())
    assert [name for name, times in ids.items() if times > 1] == []
    assert len(clauses()) == len(every())
    codes = [{one.id.rpartition("-")[0] for one in topic.clauses} for topic in topics()]
    assert all(len(code) == 1 for code in codes)
    assert len(set().union(*codes)) == len(topics())


def test_the_clauses_of_a_topic_stand_in_the_order_of_their_numbers() -> None:
    for topic in topics():
        numbers = [int(one.id.rpartition("-")[2]) for one in topic.clauses]
        assert numbers == sorted(numbers)


def test_every_file_of_clauses_is_read() -> None:
    assert {path.stem for path in (CHECKOUT / "spec" / "clauses").iterdir()} == set(FILES)


def test_every_clause_is_a_sentence_that_no_other_one_is() -> None:
    for one in every():
        assert re.match(r"[A-Z`]", one.text), one.id
        assert one.text.endswith((".", "…")), one.id
        assert "\n" not in one.text
    twice = [text for text, times in Counter(one.text for one in every()).items() if times > 1]
    assert twice == []


def test_every_clause_has_checks_or_says_why_none() -> None:
    assert [one.id for one in every() if bool(one.checks) is bool(one.excluded)] == []


def test_the_checks_of_a_clause_exist() -> None:
    assert {
        one.id: set(one.checks) - set(checks()) for one in every() if set(one.checks) - set(checks())
    } == {}


def test_every_check_names_a_clause_that_names_it() -> None:
    wrong = [
        check.id
        for check in checks().values()
        if check.clause not in clauses() or check.id not in clauses()[check.clause].checks
    ]
    assert wrong == []


def test_a_clause_and_its_checks_have_one_level_or_it_says_why_not() -> None:
    for one in every():
        others = {name for name in one.checks if checks()[name].level.value != one.level}
        assert bool(others) is bool(one.differs), (one.id, others)


def test_every_source_is_of_a_known_kind_and_says_something() -> None:
    for one in every():
        assert one.source, one.id
        assert one.source.keys() <= ORIGINS, one.id
        assert all(named and all(named) for named in one.source.values()), one.id
        assert set(one.source.get("contract", ())) <= HEADINGS, one.id
        assert all(re.search(r"\d", said) for said in one.source.get("evidence", ())), one.id
        assert one.since is None or re.fullmatch(r"\d{4}-\d{2}-\d{2}", one.since), one.id


def named_upstream() -> list[str]:
    return [name for one in every() for name in one.source.get("upstream", ())]


def test_the_operations_and_schemas_that_a_source_names_are_the_contracts_too() -> None:
    known = {one.upstream_id for one in operations().values()}
    for path in (CHECKOUT / "spec" / "schemas").glob("*.json"):
        known |= json.loads(path.read_text("utf-8"))["$defs"].keys()
    heads = {name.partition(".")[0] for name in named_upstream()}
    unknown = heads - known
    # A schema that upstream only builds others from is none of ours; upstream's document is asked below.
    assert len(unknown) < len(heads) / 10, unknown


@pytest.mark.evidence
def test_every_upstream_name_of_a_source_stands_in_upstreams_document() -> None:
    document = upstream()
    schemas = document["components"]["schemas"]
    methods = [method for path in document["paths"].values() for method in path.values()]
    known = {method["operationId"] for method in methods if isinstance(method, dict)}
    wrong = [name for name in named_upstream() if name not in known and not resolves(name, schemas)]
    assert wrong == []


def resolves(name: str, schemas: Mapping[str, Any]) -> bool:
    """Whether `Schema.field[].field` leads somewhere."""
    head, *steps = name.split(".")
    here: Any = schemas.get(head)
    for step in steps:
        here = fields(here, schemas).get(step.removesuffix("[]")) if here else None
        while here and step.endswith("[]") and "$ref" in here:
            here = schemas[here["$ref"].rpartition("/")[2]]
        here = here["items"] if here and step.endswith("[]") else here
    return here is not None


def fields(node: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return fields(schemas[node["$ref"].rpartition("/")[2]], schemas)
    found = dict(node.get("properties") or {})
    for part in (one for key in ("allOf", "anyOf", "oneOf") for one in node.get(key) or ()):
        found.update(fields(part, schemas))
    return found


def rows() -> set[str]:
    """Every row of the tables beside the schemas, as a source names it."""
    errors = {f"errors {row.cause} {row.operations}" for row in error_table()}
    headers = {rule.name for rule in [*header_grammar().values(), *request_header_grammar().values()]}
    machines = {f"streams {name}.{key}" for name in ("chat", "responses") for key in stream_machine(name)}
    return errors | {f"headers {name}" for name in headers} | machines


def test_every_row_of_the_tables_is_a_clauses_and_no_source_names_another() -> None:
    named = {name for one in every() for name in one.source.get("table", ())}
    assert named - rows() == set()
    assert rows() - named == set()


@pytest.mark.evidence
def test_the_evidence_is_the_set_that_is_named() -> None:
    days = [one["recorded_at"][:10] for one in exchanges() if one.get("recorded_at")]
    assert f"recorded {min(days)} to {max(days)}" in EVIDENCE
    assert EVIDENCE.startswith(f"{sum(1 for _ in exchanges()):,} exchanges")


def test_a_clause_is_told_by_id_and_another_name_as_it_is() -> None:
    assert told("CH-1") == f"CH-1: {clauses()['CH-1'].text}"
    assert told("the fixture of the case") == "the fixture of the case"


def test_the_page_is_the_one_that_the_command_prints() -> None:
    page = (CHECKOUT / "docs" / "clauses.md").read_text("utf-8")
    assert page == clause_text.page(), "run: slashv1 explain --clauses --markdown > docs/clauses.md"


def test_the_page_has_every_clause_on_a_row_of_five_cells() -> None:
    lines = [line for line in clause_text.page().splitlines() if re.match(r"\| [A-Z]+-\d", line)]
    assert [line.split(" | ")[0][2:] for line in lines] == list(clauses())
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {6}


def test_judging_reads_no_clause() -> None:
    """Texts are for people: they are read when a record is written or a clause is explained."""
    judging = Path(CHECKOUT / "harness" / "judge").glob("*.py")
    assert [path.name for path in judging if "spec.clause" in path.read_text("utf-8")] == []


@pytest.mark.evidence
def test_what_a_source_says_was_judged_without_objection_was() -> None:
    """Or more was: a check that learns to see more need not touch its clause."""
    passed: Counter[str] = Counter()
    profile = load_profile("openai")
    for record in read_lines(evidence("openai.jsonl.gz")):
        assert isinstance(record, Recorded)
        request = record.exchange.request
        operation = operation_of(request.method, request.path)
        if operation is not None:
            case = case_of(record, operation)
            results = judge(
                items_of(case, profile), Reading(case, record.exchange, asked=record.asked), profile
            )
            passed.update(result.check for result in results if result.outcome is Outcome.PASSED)
    said = [(one.id, judged(one), passed[one.checks[0]]) for one in every() if judged(one)]
    assert len(said) > 100
    assert [each for each in said if each[2] < each[1] * 0.98] == []


def judged(clause: Clause) -> int:
    found = re.match(r"([\d,]+) exchanges? judged", " ".join(clause.source.get("evidence", ())))
    return int(found[1].replace(",", "")) if found else 0
