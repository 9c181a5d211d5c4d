"""A run as Markdown: short, for a pull request or the summary of a CI step."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.place import sentence
from slashv1.record import Outcome, Readiness, Result, Run
from slashv1.reports.compare_text import as_markdown
from slashv1.reports.visible import clip
from slashv1.reports.words import RANK, SIGNS, verdict

LIMIT = 1_000_000
"""Bytes at most: the summary of a GitHub step holds 1 MiB, 1,048,576."""
_CUT = "\n\n…\n"
_MOST_CHECKS = 60
_MOST_CASES = 8
_SHOWN = (Outcome.FAILED, Outcome.UNWAIVED, Outcome.ERROR, Outcome.WARNED)


def render_markdown_run(run: Run) -> str:
    """Verdict, facts, operations by outcomes, deviations by check, clients and waivers."""
    told = verdict(run)
    head = [f"## {told.sign} slashv1: {told.word}", "", as_markdown(told.sentence), ""]
    text = "\n".join(
        [*head, *_facts(run), "", *_operations(run), *_deviations(run), *_clients(run), *_waivers(run)]
    )
    return bounded(text)


def bounded(text: str) -> str:
    """The text, or as many whole lines of it as the summary of a step holds."""
    text = text.rstrip() + "\n"
    if len(raw := text.encode()) <= LIMIT:
        return text
    kept = raw[: LIMIT - len(_CUT.encode())].rpartition(b"\n")[0]
    return kept.decode().rstrip() + _CUT


def _facts(run: Run) -> Iterator[str]:
    target = run.target
    models = ", ".join(name for name in (target.model, target.embedding_model) if name)
    yield "| target | model | profile | suite | requests | time |"
    yield "|---|---|---|---|---|---|"
    cells = (
        target.base_url,
        models or "–",
        run.profile + (", strict" if run.strict else ""),
        f"{run.suite.version} {(run.suite.rules or run.suite.hash)[:12]}",
        str(run.request_count),
        f"{run.seconds:.1f} s",
    )
    yield f"| {' | '.join(as_markdown(clip(cell, 300)) for cell in cells)} |"


def _operations(run: Run) -> Iterator[str]:
    used = [outcome for outcome in RANK if run.summary[outcome]]
    if not used:
        return
    yield f"| operation | {' | '.join(f'{SIGNS[outcome]} {outcome}' for outcome in used)} |"
    yield f"|---|{'---:|' * len(used)}"
    for operation in dict.fromkeys(result.operation for result in run.results):
        outcomes = [result.outcome for result in run.results if result.operation == operation]
        cells = [str(outcomes.count(outcome) or "") for outcome in used]
        yield f"| {as_markdown(operation)} | {' | '.join(cells)} |"


def _deviations(run: Run) -> Iterator[str]:
    groups: dict[tuple[Outcome, str], list[Result]] = {}
    for result in run.results:
        if result.outcome in _SHOWN:
            groups.setdefault((result.outcome, result.check), []).append(result)
    ordered = sorted(groups.items(), key=lambda group: RANK[group[0][0]])
    if not ordered:
        return
    yield from ("", "| | check | cases | |", "|---|---|---|---|")
    for (outcome, check), members in ordered[:_MOST_CHECKS]:
        cases = [f"{one.operation}/{one.case}" for one in members[:_MOST_CASES]]
        more = f" and {len(members) - _MOST_CASES} more" if len(members) > _MOST_CASES else ""
        names = f"{as_markdown(', '.join(cases))}{more}"
        head = f"{SIGNS[outcome]} {outcome}, {members[0].level}"
        yield f"| {head} | {as_markdown(check)} | {names} | {as_markdown(clip(_says(members[0]), 400))} |"
    if len(ordered) > _MOST_CHECKS:
        yield from ("", f"and {len(ordered) - _MOST_CHECKS} more checks; the HTML page has them all.")


def _says(result: Result) -> str:
    by_cause = result.outcome in (Outcome.UNWAIVED, Outcome.ERROR)
    if result.findings and not (by_cause and result.cause):
        return sentence(result.findings[0])
    return result.cause or ""


def _clients(run: Run) -> Iterator[str]:
    judged = [one for one in run.clients if one.state is not Readiness.NOT_JUDGED]
    if not judged:
        return
    yield from ("", "| client | | |", "|---|---|---|")
    for one in judged:
        reasons = as_markdown(clip("; ".join(one.reasons), 600))
        yield f"| {as_markdown(one.client)} | {one.state} | {reasons} |"


def _waivers(run: Run) -> Iterator[str]:
    used = [one for one in run.waivers if one.state == "used"]
    if not used:
        return
    yield from ("", "| waived | until | owner | reason | results |", "|---|---|---|---|---:|")
    for one in used:
        cells = (one.check, one.expires, one.owner, clip(one.reason, 300), str(one.results))
        yield f"| {' | '.join(map(as_markdown, cells))} |"
