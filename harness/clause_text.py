"""The contract's clauses as people read them: one alone, the list, and the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

from slashv1.spec.clause import EVIDENCE, Clause, Topic, topics

WIDTH = 96

_PAGE = """\
# The contract, clause by clause

What a server promises that calls itself compatible with OpenAI's `/v1`, as sentences: each with its level,
where it comes from, and the checks that hold it, or why none does. Written by
`slashv1 explain --clauses --markdown` from `spec/clauses/*.yaml`; `slashv1 explain CS-1` prints one clause,
`slashv1 explain CHECK` a check with its clause.

**MUST**: an official SDK or the documented contract breaks. **SHOULD**: genuine OpenAI always does it,
clients live without. **MAY**: information.

Sources: *upstream* names operations and schemas of OpenAI's OpenAPI document; *evidence* counts in
{evidence};
*table* names rows of `spec/errors.json`, `spec/headers.json` and `spec/streams.json`; *contract* is what
gateways of this kind promise, by its headings; *standard* and *sdk* speak for themselves.

To add a clause, write it at the end of its topic, with the next number; to take one away, set `excluded`. A
check names its clause, and the clause its checks: tests hold both to it.

{count} clauses: {traced} held by checks, {excluded} excluded.
"""


def field(name: str, text: str) -> str:
    """`name: text`, in lines beside the name; no name: one line more of the field before."""
    label = f"{name}:" if name else ""
    return fill(
        text, WIDTH, break_on_hyphens=False, initial_indent=f"{label:<12}", subsequent_indent=" " * 12
    )


def explained(clause: Clause) -> str:
    """A clause with its sources and checks, for a terminal."""
    lines = [f"{clause.id}  ({clause.level})", fill(clause.text, WIDTH, break_on_hyphens=False), ""]
    lines += sourced(clause)
    if clause.checks:
        lines.append(field("checks", ", ".join(clause.checks)))
    if clause.differs:
        lines.append(field("levels", clause.differs))
    if clause.excluded:
        lines.append(field("excluded", clause.excluded))
    return "\n".join(lines)


def sourced(clause: Clause) -> list[str]:
    """The lines of its sources, and since when it holds."""
    lines = [field("source" if at == 0 else "", source) for at, source in enumerate(clause.sources)]
    return [*lines, field("since", clause.since)] if clause.since else lines


def listed() -> str:
    """Every clause on a line, with its checks below."""
    return "\n".join(line for topic in topics() for line in _lines(topic))


def _lines(topic: Topic) -> Iterator[str]:
    yield f"{topic.title}"
    for clause in topic.clauses:
        yield f"  {clause.id:<6} {clause.level:<6}  {clause.text}"
        yield f"  {'':<6} {'':<6}  {_held(clause)}"
    yield ""


def _held(clause: Clause) -> str:
    return f"excluded: {clause.excluded}" if clause.excluded else ", ".join(clause.checks)


def page() -> str:
    """docs/clauses.md."""
    every = [clause for topic in topics() for clause in topic.clauses]
    excluded = sum(clause.excluded is not None for clause in every)
    head = _PAGE.format(evidence=EVIDENCE, count=len(every), traced=len(every) - excluded, excluded=excluded)
    return "\n".join([head, *(_section(topic) for topic in topics())])


def _section(topic: Topic) -> str:
    rows = (_row(clause) for clause in topic.clauses)
    head = ["| clause | level | | source | checks |", "|---|---|---|---|---|"]
    return "\n".join([f"## {topic.title}", "", topic.about, "", *head, *rows, ""])


def _row(clause: Clause) -> str:
    text = clause.text + (f" (since {clause.since})" if clause.since else "")
    checks = f"*excluded*: {clause.excluded}" if clause.excluded else _marked(clause)
    cells = (clause.id, clause.level, text, "; ".join(clause.sources), checks)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _marked(clause: Clause) -> str:
    checks = ", ".join(f"`{check}`" for check in clause.checks)
    return f"{checks} (levels differ: {clause.differs})" if clause.differs else checks
