"""The kill table as a page: every defect with the check that found it, every check with its defects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from slashv1.harness.selftest import Verdict, score
from slashv1.record import Suite

_PAGE = """\
# The kill table

What the harness finds when the reference gateway misbehaves in one named way at a time, and that it lets
every legal variant pass. Written by `slashv1 selftest --write docs/selftest.md` on {day}, slashv1 {version},
suite `{suite}`:

> {score}

{killers} of {checks} checks are the one that must catch a defect. A defect counts as found where that check
objects; whatever else objects must be listed with the defect, or the alarm is stray. `slashv1 selftest NAME`
repeats one, `slashv1 serve --defect NAME` serves it.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A defect or a legal variant, and what came of it."""

    title: str
    family: str
    verdict: Verdict


def page(
    rows: Sequence[Row], levels: Mapping[str, str], without: Mapping[str, str], suite: Suite, day: date
) -> str:
    """docs/selftest.md; `levels` of every check by id, `without`: why a check has no defect."""
    verdicts = [row.verdict for row in rows]
    defects = [row for row in rows if row.verdict.caught_by]
    variants = [row for row in rows if not row.verdict.caught_by]
    named: dict[str, list[str]] = {check: [] for check in levels}
    for row in defects:
        named.setdefault(str(row.verdict.caught_by), []).append(row.verdict.name)
    head = _PAGE.format(
        day=day.isoformat(),
        version=suite.version,
        suite=suite.hash[:12],
        score=score(verdicts),
        killers=sum(bool(names) for names in named.values()),
        checks=len(levels),
    )
    held = [(f"`{check}`", levels.get(check, ""), str(len(d)), _code(d)) for check, d in named.items() if d]
    missing = [(f"`{check}`", without.get(check, "not told yet")) for check, d in named.items() if not d]
    parts = [
        _table(
            "Defects",
            ("defect", "what is wrong", "must be caught by", "found", "beside it"),
            _defects(defects),
        ),
        _table("Legal variants", ("variant", "what is unusual", "objections"), _variants(variants)),
        _table("Checks by their defects", ("check", "level", "defects", "which"), held),
        _table("Checks without a defect", ("check", "why"), missing),
    ]
    return "\n".join([head, *parts])


def _defects(rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        said = row.verdict
        found = "**no**" if not said.caught else "yes" if said.tier == "standard" else f"in tier {said.tier}"
        beside = [check for check in said.fired if check != said.caught_by]
        stray = f" **stray: {_code(said.wrong)}**" if said.wrong else ""
        yield (f"`{said.name}`", row.title, f"`{said.caught_by}`", found, f"{_code(beside)}{stray}")


def _variants(rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (f"`{row.verdict.name}`", row.title, _code(row.verdict.wrong) or "none")


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"## {title}", "", _row(heads), "|" + "---|" * len(heads), *map(_row, rows)]
    return "\n".join([*lines, ""])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
