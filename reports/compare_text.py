"""A comparison as text for a terminal and as Markdown for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import TextWrapper

from slashv1.reports.compare import REGRESSIONS, Comparison, Difference, Kind, Side, Slower
from slashv1.reports.visible import clip, visible

_MANY = {Kind.FIXED: 10, Kind.GAINED: 0, Kind.NEWLY_WAIVED: 20}
"""How many checks of a kind are named; of the others `_MOST`."""
_MOST = 60
_MARKUP = re.compile(r"[\\`*_\[\]<>|~@#&]")
_MOST_CASES = 40
_MOST_TIMES = 15
SAYS = {
    Kind.NEW_FAILURE: "new failures",
    Kind.MISSING: "missing, judged before and not there now",
    Kind.PASS_TO_SKIP: "passed before, refused or skipped now",
    Kind.NEW_WARNING: "new warnings",
    Kind.NEW_RULE_FAILS: "failing, but not known to the suite of the former run",
    Kind.UNDECIDED: "no longer judged",
    Kind.NEWLY_WAIVED: "newly waived",
    Kind.FIXED: "fixed",
    Kind.GAINED: "newly judged, without a failure",
}
"""What a number of differences of a kind is headed by."""


@dataclass(frozen=True, slots=True)
class Group:
    """One check that went the same way on some cases."""

    head: str
    """`MUST chat.object: passed → failed`."""
    cases: str
    """By operation."""
    says: str


def render_text(comparison: Comparison, width: int = 80) -> str:
    """Plain text, at most `width` wide but for words that cannot be cut."""
    lines = [_told("before", comparison.old), _told("now   ", comparison.new)]
    lines += [f"! {line}" for line in remarks(comparison)]
    for kind in Kind:
        found = comparison.of(kind)
        if found:
            lines += ["", f"{SAYS[kind]}: {len(found)}{_mark(comparison, kind)}"]
            lines += _groups_as_text(found, _MANY.get(kind, _MOST), width)
    if comparison.times:
        lines += ["", "times"]
        lines += [f"  {_time(one)}" for one in comparison.times[:_MOST_TIMES]]
        lines += _more(len(comparison.times) - _MOST_TIMES, "  ")
    lines += ["", verdict(comparison)]
    return "\n".join(wrapped(lines, width)) + "\n"


def render_markdown(comparison: Comparison) -> str:
    """Markdown for a pull request: the verdict, both runs, then each kind; no regressions folded."""
    lines = [f"### slashv1: {as_markdown(verdict(comparison))}", ""]
    lines += ["| | before | now |", "|---|---|---|"]
    lines += [f"| {name} | {as_markdown(a)} | {as_markdown(b)} |" for name, a, b in _facts(comparison)]
    lines += ["", *(f"> {as_markdown(line)}" for line in remarks(comparison))]
    for kind in Kind:
        found = comparison.of(kind)
        if found:
            lines += ["", *_kind_as_markdown(comparison, kind, found)]
    if comparison.times:
        lines += [
            "",
            "<details><summary>Times</summary>",
            "",
            "| case | before | now | |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {as_markdown(f'{one.operation}/{one.case}')}, {one.what} "
            f"| {one.before:.2f} s | {one.after:.2f} s | {_factor(one)} |"
            for one in comparison.times[:_MOST_TIMES]
        ]
        lines += ["", "</details>"]
    return "\n".join(lines).rstrip() + "\n"


def verdict(comparison: Comparison) -> str:
    """The last line: one word, the counts, what stayed."""
    if comparison.exit_code == 2:
        word = "nothing in common" if not comparison.common else "not learnt"
    else:
        word = "regressed" if comparison.regressions else "no regression"
    counts = [_counted(kind, len(found)) for kind in Kind if (found := comparison.of(kind))]
    return f"{word}: {', '.join([*counts, f'{comparison.unchanged} unchanged'])}"


def _counted(kind: Kind, count: int) -> str:
    many = count > 1 and kind in (Kind.NEW_FAILURE, Kind.NEW_WARNING)
    return f"{count} {kind}{'s' if many else ''}"


def remarks(comparison: Comparison) -> list[str]:
    """What else differs than the target's behaviour, and so may be the reason."""
    old, new = comparison.old, comparison.new
    said: list[str] = []
    if comparison.other_target:
        pairs = [
            ("URL", old.base_url, new.base_url),
            ("model", old.model, new.model),
            ("embedding model", old.embedding_model, new.embedding_model),
        ]
        said.append("another target: " + ", ".join(f"{n} {a} → {b}" for n, a, b in pairs if a != b))
    elif old.server != new.server:
        said.append(f"its server header was {old.server}, is {new.server}")
    if comparison.other_rules:
        said.append(
            f"another suite, {_suite(old)} → {_suite(new)}: what differs may come of its rules; "
            "judge the former release once more with this one, or take a new baseline"
        )
    if old.profile != new.profile:
        said.append(f"another profile: {old.profile} → {new.profile}")
    elif comparison.other_plan:
        said.append("the same rules, another plan: other tier, phase, selection, matrix or levels")
    return [clip(visible(line), 400) for line in said]


def _suite(side: Side) -> str:
    return f"{side.suite.version} ({(side.suite.rules or side.suite.hash)[:12]})"


def _told(word: str, side: Side) -> str:
    model = f", {side.model}" if side.model else ""
    by = f"profile {side.profile}, slashv1 {side.suite.version}, {side.started_at}"
    return visible(f"{word}  {side.base_url}{model}, {by}")


def _facts(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    old, new = comparison.old, comparison.new
    yield "target", old.base_url, new.base_url
    yield "model", old.model or "–", new.model or "–"
    yield "profile", old.profile, new.profile
    yield "suite", _suite(old), _suite(new)
    yield "when", old.started_at, new.started_at
    yield "results", str(old.results), str(new.results)


def _mark(comparison: Comparison, kind: Kind) -> str:
    strict = kind is Kind.NEW_WARNING and comparison.new.strict
    return " (a regression)" if kind in REGRESSIONS or strict else ""


def groups(found: Sequence[Difference]) -> list[Group]:
    """By check, level and outcomes: the same change in many cases is said once."""
    same: dict[tuple[str, ...], list[Difference]] = {}
    for one in found:
        moved = f"{one.before or 'not there'} → {one.after or 'not there'}"
        same.setdefault((one.level, one.check, moved), []).append(one)
    made: list[Group] = []
    for (level, check, moved), members in same.items():
        cases: dict[str, list[str]] = {}
        for one in members:
            cases.setdefault(one.operation, []).append(one.case)
        said = dict.fromkeys(one.says for one in members if one.says)
        others = f" (and {len(said) - 1} other texts)" if len(said) > 1 else ""
        made.append(
            Group(
                f"{level} {check}: {moved}",
                "; ".join(f"{operation}: {_names(names)}" for operation, names in cases.items()),
                clip(visible(next(iter(said), "")), 400) + others,
            )
        )
    return made


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_CASES} more" if len(names) > _MOST_CASES else ""
    return visible(", ".join(names[:_MOST_CASES])) + more


def _groups_as_text(found: Sequence[Difference], most: int, width: int) -> list[str]:
    made = groups(found)
    lines: list[str] = []
    for group in made[:most]:
        lines += [f"  {visible(group.head)}", f"    in {group.cases}"]
        lines += [f"    {group.says}"] if group.says else []
    return lines + _more(len(made) - most if most else 0, "  ")


def _more(count: int, indent: str) -> list[str]:
    return [f"{indent}and {count} more"] if count > 0 else []


def _kind_as_markdown(comparison: Comparison, kind: Kind, found: Sequence[Difference]) -> list[str]:
    title = f"{SAYS[kind]}: {len(found)}{_mark(comparison, kind)}"
    made = groups(found)
    most = _MANY.get(kind, _MOST)
    if not most:
        return [f"{title}."]
    rows = [
        f"| {as_markdown(group.head)} | {as_markdown(group.cases)} | {as_markdown(group.says)} |"
        for group in made[:most]
    ]
    table = ["| check | cases | |", "|---|---|---|", *rows, *(_more(len(made) - most, ""))]
    if kind in (*REGRESSIONS, Kind.NEW_WARNING):
        return [f"**{title}**", "", *table]
    return [f"<details><summary>{title}</summary>", "", *table, "", "</details>"]


def _time(one: Slower) -> str:
    case = visible(f"{one.operation}/{one.case}")
    return f"{case}, {one.what}: {one.before:.2f} s → {one.after:.2f} s ({_factor(one)})"


def _factor(one: Slower) -> str:
    a, b = max(one.before, 0.001), max(one.after, 0.001)
    return f"{b / a:.1f} times as long" if b > a else f"{a / b:.1f} times as fast"


def as_markdown(text: str) -> str:
    """A stranger's text as text within a Markdown table: no markup, no link, no mention, one line."""
    shown = _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", visible(" ".join(text.split())))
    return shown.replace("://", ":&#47;&#47;")


def wrapped(lines: Sequence[str], width: int) -> Iterator[str]:
    """The lines cut between words, what follows indented below its first line."""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        wrapper = TextWrapper(max(20, width), subsequent_indent=" " * (indent + 2))
        wrapper.break_on_hyphens = wrapper.break_long_words = False
        yield from wrapper.wrap(line) or [""]
