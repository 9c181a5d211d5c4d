"""What pytest shows of a verdict: plain text, whatever the target sent made harmless."""

from __future__ import annotations

from dataclasses import dataclass

from slashv1.harness.printable import printable
from slashv1.place import place, sentence
from slashv1.record import Finding, Outcome, Result

BY_CAUSE = (Outcome.WAIVED, Outcome.UNWAIVED)
"""Outcomes that are made of what the waiver says; the deviation stands below."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result with what a reader needs beside it."""

    result: Result
    curl: str = ""
    """Repeats the request in a shell, the key left out."""
    title: str = ""
    clients: str = ""
    """Those that are known to break, in words."""
    strict: bool = False


def headline(verdict: Verdict) -> str:
    """One line: the first deviation, or the cause."""
    result = verdict.result
    if result.cause and (not result.findings or result.outcome in BY_CAUSE):
        return printable(result.cause)
    if not result.findings:
        return printable(result.cause or result.outcome)
    more = len(result.findings) - 1
    return printable(sentence(result.findings[0])) + (f" (and {more} more)" if more else "")


def explain(verdict: Verdict) -> str:
    """Every deviation with its place, expected beside actual, and how to ask again."""
    result = verdict.result
    if result.outcome is Outcome.ERROR:
        lines = [printable(result.cause or "error")]
    else:
        lines = [f"{headline(verdict)} [{result.level} {result.check}]"]
    for number, finding in enumerate(result.findings):
        if number or result.outcome in BY_CAUSE:
            lines += ["", printable(sentence(finding))]
        lines += _details(finding)
    if verdict.title:
        lines.append(_line("rule", verdict.title))
    if verdict.clients:
        lines.append(_line("breaks", verdict.clients))
    if result.cause and result.findings:
        lines.append(_line("cause", result.cause))
    lines.append(_line("more", f"slashv1 explain {result.check}"))
    if verdict.curl:
        lines.append(_line("again", verdict.curl))
    return "\n".join(lines)


def _details(finding: Finding) -> list[str]:
    found = [("where", place(finding)), ("expected", finding.expected), ("actual", finding.actual)]
    return [_line(name, text) for name, text in found if text]


def _line(name: str, text: str) -> str:
    return f"  {name:<9} {printable(text)}"
