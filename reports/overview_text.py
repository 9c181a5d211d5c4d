"""Many runs as plain text for a terminal, as Markdown and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.cells import cell_len, chop_cells

from slashv1.record import Run
from slashv1.reports.compare_text import as_markdown, wrapped
from slashv1.reports.markdown import bounded
from slashv1.reports.overview import Line, Overview
from slashv1.reports.overview_html import TargetRow, summary_of, target_rows
from slashv1.reports.trend import make_trend
from slashv1.reports.visible import clip, visible
from slashv1.reports.words import CLIENT_OUTCOMES, SIGNS

SCHEMA_VERSION = 1
_HEADS = ("failed", "warned", "open", "passed")
_MOST_ONLY = 20
_MOST_CASES = 4


def overview_json(overview: Overview) -> dict[str, Any]:
    """As JSON values, by `overview.schema.json`."""
    columns = overview.columns
    return {
        "schema_version": SCHEMA_VERSION,
        "exit_code": overview.exit_code,
        "remarks": list(overview.remarks),
        "targets": [_target(row, overview) for row in target_rows(overview)],
        "columns": [one.label for one in columns],
        "operations": _lines(overview.operations),
        "topics": _lines(overview.topics),
        "clients": [
            {"client": line.client, "cells": [one.state if one else None for one in line.cells]}
            for line in overview.clients
        ],
        "differences": [
            {
                "operation": item.operation,
                "case": item.case,
                "check": item.check,
                "level": item.level,
                "outcomes": list(item.outcomes),
            }
            for item in overview.items
            if item.differs
        ],
    }


def _target(row: TargetRow, overview: Overview) -> dict[str, Any]:
    run, shown = row.run, row.shown
    only = overview.only(row.column) if row.column is not None else {}
    return {
        "label": shown.label,
        "verdict": row.word,
        "exit_code": shown.exit_code,
        "error": shown.newest.error,
        "target": asdict(run.target) if run else None,
        "profile": run.profile if run else None,
        "suite": asdict(run.suite) if run else None,
        "plan_hash": run.plan_hash if run else None,
        "seconds": run.seconds if run else None,
        "request_count": run.request_count if run else None,
        "summary": run.summary if run else None,
        "only": [
            item for items in only.values() for item in (f"{i.operation}::{i.case}::{i.check}" for i in items)
        ],
        "history": [_run(one) for one in shown.history],
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "started_at": run.started_at,
        "suite": asdict(run.suite),
        "exit_code": run.exit_code,
        "summary": run.summary,
    }


def _lines(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "name": line.name,
            "cells": [
                {"outcome": cell.outcome, "count": cell.count, "total": cell.total} if cell else None
                for cell in line.cells
            ],
        }
        for line in lines
    ]


def overview_table(overview: Overview, width: int = 80) -> str:
    """The targets, what differs beside them, and what only one fails; at most `width` wide."""
    rows = [
        (clip(row.shown.label, 200), row.word.lower() + (" *" if row.against else ""), *_figures(row))
        for row in target_rows(overview)
    ]
    heads = ("target", "verdict", *_HEADS, "requests", "time")
    others = [max(len(line[at]) for line in (heads, *rows)) for at in range(1, len(heads))]
    room = max(8, width - sum(others) - 2 * len(others))
    first = min(room, max(cell_len(line[0]) for line in (heads, *rows)))
    lines = []
    for line in (heads, *rows):
        name = line[0] if cell_len(line[0]) <= first else f"{chop_cells(line[0], first - 1)[0]}…"
        cells = [name + " " * (first - cell_len(name)), line[1].ljust(others[0])]
        cells += [cell.rjust(size) for cell, size in zip(line[2:], others[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, *_told(overview, width), "", summary_of(overview)]) + "\n"


def _figures(row: TargetRow) -> tuple[str, ...]:
    if row.run is None:
        return ("–",) * (len(_HEADS) + 2)
    return (*map(str, row.counts), str(row.run.request_count), f"{row.run.seconds:.1f} s")


def _told(overview: Overview, width: int) -> Iterator[str]:
    said = [f"! {remark}" for remark in overview.remarks]
    for row in target_rows(overview):
        if row.against:
            said.append(f"* {row.shown.label}: {row.against}")
        if row.run is None:
            said.append(f"{row.shown.label}: {row.shown.newest.error or 'there is no run'}")
    for column, one in enumerate(overview.columns if len(overview.columns) > 1 else ()):
        only = overview.only(column)
        names = [f"{check} ({_cases(len(items))})" for (check, _), items in list(only.items())[:_MOST_ONLY]]
        more = f" and {len(only) - _MOST_ONLY} more checks" if len(only) > _MOST_ONLY else ""
        if names:
            said.append(f"only {one.label} fails: {', '.join(names)}{more}")
    if said:
        yield ""
        yield from wrapped([visible(clip(line, 3_000)) for line in said], width)


def _cases(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"


def overview_markdown(overview: Overview) -> str:
    """The targets, then operations and clients by targets, what only one fails, and changes over time."""
    lines = [f"## slashv1: {as_markdown(summary_of(overview))}", ""]
    lines += [f"> {as_markdown(clip(remark, 1_200))}" for remark in overview.remarks]
    lines += [""] if overview.remarks else []
    lines += ["| | target | verdict | failed | warned | not judged | passed | date | suite | cost |"]
    lines += ["|---|---|---|---:|---:|---:|---:|---|---|---|"]
    lines += [_markdown_row(row) for row in target_rows(overview)]
    lines += _markdown_grid("operation", overview, _operation_cells(overview))
    clients = {
        line.client: [
            SIGNS[CLIENT_OUTCOMES[one.state]] + f" {one.state}" if one else "" for one in line.cells
        ]
        for line in overview.clients
    }
    lines += _markdown_grid("client", overview, clients)
    lines += _markdown_only(overview)
    lines += _markdown_trends(overview)
    return bounded("\n".join(lines))


def _markdown_row(row: TargetRow) -> str:
    run = row.run
    number = "" if row.column is None else str(row.column + 1)
    word = f"{SIGNS[row.outcome]} {row.word}" + (f", {row.against}" if row.against else "")
    cells = [number, clip(row.shown.label, 200), word]
    if run is None:
        cells += ["", "", "", "", "", "", clip(row.shown.newest.error or "", 400)]
    else:
        cost = f"{run.request_count} requests, {run.seconds:.1f} s"
        suite = f"{run.suite.version} {(run.suite.rules or run.suite.hash)[:12]}"
        cells += [*map(str, row.counts), run.started_at, suite, cost]
    return f"| {' | '.join(map(as_markdown, cells))} |"


def _operation_cells(overview: Overview) -> dict[str, list[str]]:
    return {
        line.name: [f"{SIGNS[cell.outcome]} {cell.count}" if cell else "" for cell in line.cells]
        for line in overview.operations
    }


def _markdown_grid(what: str, overview: Overview, lines: Mapping[str, Sequence[str]]) -> list[str]:
    """Columns by number: names of twenty targets would be wider than any page."""
    if not lines:
        return []
    columns = range(1, 1 + len(overview.columns))
    head = ["", f"| {what} | {' | '.join(map(str, columns))} |", f"|---|{'---|' * len(columns)}"]
    return head + [f"| {as_markdown(name)} | {' | '.join(cells)} |" for name, cells in lines.items()]


def _markdown_only(overview: Overview) -> Iterator[str]:
    for column, one in enumerate(overview.columns if len(overview.columns) > 1 else ()):
        only = overview.only(column)
        if not only:
            continue
        yield from ("", f"Only {as_markdown(one.label)} fails:", "")
        for (check, level), items in list(only.items())[:_MOST_ONLY]:
            cases = ", ".join(f"{item.operation}/{item.case}" for item in items[:_MOST_CASES])
            more = f" and {len(items) - _MOST_CASES} more" if len(items) > _MOST_CASES else ""
            yield f"- {level} {as_markdown(check)} in {as_markdown(cases)}{more}"
        if len(only) > _MOST_ONLY:
            yield f"- and {len(only) - _MOST_ONLY} more checks"


def _markdown_trends(overview: Overview) -> Iterator[str]:
    for one in overview.columns:
        if len(one.history) < 2:
            continue
        yield from ("", f"{as_markdown(one.label)} over time:", "")
        yield from (
            "| run | verdict | failed | warned | passed | against the one before |",
            "|---|---|---:|---:|---:|---|",
        )
        for step in make_trend(one.label, one.history).steps:
            summary = step.run.summary
            changes = [f"{change.count} {change.title}" for change in step.changes]
            cells = (
                step.run.started_at,
                f"{step.verdict.sign} {step.verdict.word}",
                str(summary["failed"] + summary["unwaived"]),
                str(summary["warned"]),
                str(summary["passed"]),
                "; ".join([*step.remarks, *changes]),
            )
            yield f"| {' | '.join(map(as_markdown, cells))} |"
