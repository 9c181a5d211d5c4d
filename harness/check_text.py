"""The checks as people read them: one alone, and the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import TYPE_CHECKING

from slashv1.harness.clause_text import WIDTH, field, sourced
from slashv1.harness.notes import bugs_of, clients_of, defects_of, examples, threads_of, without_defect
from slashv1.spec.clause import Topic, clauses, told, topics

if TYPE_CHECKING:
    from slashv1.harness.judge.check import Check
    from slashv1.harness.notes import Example
    from slashv1.matrix import Case

NONE = "none known"
_PAGE = """\
# The checks

Everything that slashv1 looks at, {count} checks: what each holds a server to, why it matters, an answer that
passes and one that it objects to, which clients are known to break, and public threads of servers that did.
Written by `slashv1 explain --markdown`; `slashv1 explain CHECK` prints one of them.

The examples are real: the good one is the reference gateway's answer, the bad one its answer with the defect
that is named, and both were judged. Ids and times are replaced, and `…` stands for what is left out. *{none}*
says that no public thread names a client, not that none breaks.

**MUST**: an official SDK or the documented contract breaks. **SHOULD**: genuine OpenAI always does it,
clients live without. **MAY**: information.
"""


def explained(check: Check) -> str:
    """A check with everything that is known of it, for a terminal."""
    from slashv1.matrix import load_matrix

    cases = [case for case in load_matrix() if check.applies(case)]
    lines = [
        f"{check.id}  ({check.level.value})",
        fill(check.title, WIDTH),
        "",
        *(fill(part, WIDTH) for part in check.why.split("\n\n")),
        "",
        field("clause", told(check.clause)),
        *(sourced(clauses()[check.clause]) if check.clause in clauses() else ()),
        field("applies to", _where(cases) or "no case of the built-in matrix"),
    ]
    if check.needs:
        lines.append(field("needs", ", ".join(sorted(facet.value for facet in check.needs))))
    if check.always:
        lines.append(field("judged", "whatever the status"))
    if check.within:
        lines.append(field("asked of", f"targets whose profile says `with: [{check.within}]`"))
    if check.broad:
        lines.append(field("broad", "leaves a deviation to a narrower check at the same place"))
    return "\n".join([*lines, *_known(check)])


def _known(check: Check) -> Iterator[str]:
    told_of = bugs_of(defects_of(check.id))
    yield field("breaks", ", ".join(clients_of(told_of)) or NONE)
    for at, url in enumerate(threads_of(told_of) or [NONE]):
        yield field("threads" if at == 0 else "", url)
    example = examples().get(check.id)
    if example is None:
        yield field("example", f"none: {_unshown(check)}")
        return
    yield ""
    yield field("asked", example.request)
    yield from _excerpt("good", example.good)
    yield from _excerpt("bad", example.bad)
    yield field("says", example.says)
    yield field("try it", f"slashv1 serve --defect {example.defect}")


def _unshown(check: Check) -> str:
    return without_defect().get(check.id, "not made yet, `slashv1 explain --examples` makes it")


def _excerpt(name: str, lines: Iterable[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        yield field(name if at == 0 else "", line)


def _where(cases: Iterable[Case]) -> str:
    names: dict[str, list[str]] = {}
    for case in cases:
        names.setdefault(case.operation, []).append(case.name)
    return "; ".join(f"{operation} ({len(of)}): {', '.join(of)}" for operation, of in names.items())


def page(checks: Iterable[Check]) -> str:
    """docs/checks.md."""
    known = list(checks)
    head = _PAGE.format(count=len(known), none=NONE)
    sections = (_section(topic, known) for topic in topics())
    return "\n".join([head, *(section for section in sections if section)])


def _section(topic: Topic, known: Iterable[Check]) -> str:
    names = {clause.id for clause in topic.clauses}
    held = [check for check in known if check.clause in names]
    entries = [line for check in held for line in _entry(check)]
    return "\n".join([f"## {topic.title}", "", *entries]) if held else ""


def _entry(check: Check) -> Iterator[str]:
    told_of = bugs_of(defects_of(check.id))
    threads = ", ".join(f"<{url}>" for url in threads_of(told_of))
    yield from (f"### `{check.id}`", "", f"**{check.level.value}** {check.title}.", "")
    yield from (" ".join(check.why.split()), "")
    yield f"- clause: {told(check.clause)}"
    yield f"- clients that break: {', '.join(clients_of(told_of)) or NONE}"
    yield f"- threads: {threads or NONE}"
    example = examples().get(check.id)
    if example is None:
        yield from (f"- no example: {_unshown(check)}", "")
        return
    yield from ("", *_shown(example), "")


def _shown(example: Example) -> Iterator[str]:
    yield from ("```", example.request, "")
    yield from (f"{'good  ' if at == 0 else '      '}{line}" for at, line in enumerate(example.good))
    yield ""
    yield from (f"{'bad   ' if at == 0 else '      '}{line}" for at, line in enumerate(example.bad))
    yield from ("", f"says  {example.says}", f"try   slashv1 serve --defect {example.defect}", "```")
