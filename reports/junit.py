"""The run as JUnit XML: a suite per operation, a test case per check on a case."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from xml.etree import ElementTree as ET

from slashv1.place import place, sentence
from slashv1.record import Finding, Outcome, Result, Run, Wire
from slashv1.reports.visible import clip, visible

_SKIPPED = {Outcome.UNSUPPORTED, Outcome.INCONCLUSIVE, Outcome.SKIPPED, Outcome.WAIVED}
_CURL = 100_000
"""Characters of a line for a shell: what is longer no shell takes."""
Wires = Mapping[tuple[str, str], Wire]


def render_junit(run: Run) -> str:
    """JUnit XML of a run; WARNED counts as a failure where the run was strict."""
    root = ET.Element("testsuites", name="slashv1")
    wires = {(wire.operation, wire.case): wire for wire in run.wires}
    order = list(dict.fromkeys(result.operation for result in run.results))
    by_operation = sorted(run.results, key=lambda result: order.index(result.operation))
    for operation, results in groupby(by_operation, key=lambda result: result.operation):
        _suite(root, run, operation, list(results), wires)
    for name in ("tests", "failures", "errors"):  # Jenkins' schema has no `skipped` here
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{run.seconds:.3f}")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, run: Run, operation: str, results: list[Result], wires: Wires) -> None:
    seconds = sum(wire.seconds or 0 for wire in wires.values() if wire.operation == operation)
    suite = ET.SubElement(root, "testsuite", name=visible(operation), tests=str(len(results)))
    suite.set("timestamp", visible(run.started_at))
    suite.set("time", f"{seconds:.3f}")
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(run).items():
        ET.SubElement(properties, "property", name=name, value=visible(clip(value, 500)))
    tags = [_case(suite, run, result, wires.get((result.operation, result.case))) for result in results]
    suite.set("failures", str(tags.count("failure")))
    suite.set("errors", str(tags.count("error")))
    suite.set("skipped", str(tags.count("skipped")))


def _properties(run: Run) -> dict[str, str]:
    said = {
        "target": run.target.base_url,
        "model": run.target.model,
        "embedding_model": run.target.embedding_model,
        "server": run.target.server,
        "suite": f"slashv1 {run.suite.version} ({run.suite.hash})",
        "profile": run.profile,
        "plan": run.plan_hash,
        "strict": str(run.strict).lower(),
        "interrupted": str(run.interrupted).lower(),
    }
    return {name: value for name, value in said.items() if value is not None}


def _case(suite: ET.Element, run: Run, result: Result, wire: Wire | None) -> str | None:
    """Add one test case; returns the tag that says how it ended, None where it passed."""
    case = ET.SubElement(suite, "testcase", classname=visible(f"{result.operation}.{result.case}"))
    case.set("name", visible(result.check))
    case.set("time", "0")
    tag = _tag(result, strict=run.strict)
    said = _detail(result, wire, run.titles.get(result.check, {}).get("clients", ""))
    if tag == "skipped":
        ET.SubElement(case, tag, message=visible(clip(f"{result.outcome}: {_headline(result)}", 500)))
    elif tag:
        element = ET.SubElement(case, tag, message=visible(clip(_headline(result), 500)), type=result.level)
        element.text = visible(said)
    elif result.findings:
        ET.SubElement(case, "system-out").text = visible(f"{result.outcome}\n{said}")
    return tag


def _tag(result: Result, *, strict: bool) -> str | None:
    if result.outcome in _SKIPPED:
        return "skipped"
    if result.outcome is Outcome.ERROR:
        return "error"
    bad = {Outcome.FAILED, Outcome.UNWAIVED} | ({Outcome.WARNED} if strict else set())
    return "failure" if result.outcome in bad else None


def _headline(result: Result) -> str:
    if result.findings and result.outcome not in (Outcome.WAIVED, Outcome.UNWAIVED):
        return sentence(result.findings[0])
    return result.cause or (sentence(result.findings[0]) if result.findings else result.outcome)


def _detail(result: Result, wire: Wire | None, clients: str) -> str:
    parts = [_finding(finding) for finding in result.findings]
    parts += [f"breaks:    {clip(clients, 600)}"] if clients and result.findings else []
    parts += [clip(result.cause)] if result.cause else []
    parts += [f"reproduce: {clip(wire.curl, _CURL)}"] if wire and wire.curl else []
    parts += [f"select:    --select '{result.id}'"]
    return "\n\n".join(parts)


def _finding(finding: Finding) -> str:
    at = {
        "at": place(finding) or None,
        "pointer": finding.pointer,
        "expected": finding.expected,
        "actual": finding.actual,
    }
    lines = [f"  {name + ':':<10}{clip(value)}" for name, value in at.items() if value is not None]
    return "\n".join([f"{finding.level}: {clip(finding.message)}", *lines])
