"""Many runs side by side: targets by operations, topics and clients; what only one of them fails. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slashv1.place import sentence
from slashv1.record import ClientReadiness, Level, Outcome, Result, Run
from slashv1.reports.compare import same_rules
from slashv1.reports.grid import Cell, make_cell, ordered_topics, topic_of
from slashv1.reports.labels import labels
from slashv1.reports.visible import clip
from slashv1.reports.words import DEVIATING, RANK

_FAILS = (Outcome.FAILED, Outcome.UNWAIVED)
_HOLDS = (Outcome.PASSED, Outcome.NOTED)
_MOST_TEXTS = 6
"""Wordings of one deviation that are told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run to be shown, or a target of which there is none, and why."""

    run: Run | None
    name: str | None = None
    """What it is called where there is no run."""
    error: str | None = None
    """Why there is no run, in one line."""
    exit_code: int | None = None
    """Of the command that judged it, where that is not the run's: against a baseline."""
    page: str | None = None
    """File name of its own report, beside this one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A target: its newest run, and those before."""

    label: str
    """Unlike that of any other."""
    newest: Entry
    history: tuple[Run, ...]
    """All its runs, the oldest first."""

    @property
    def run(self) -> Run | None:
        """The newest; None where it could not be judged."""
        return self.newest.run

    @property
    def exit_code(self) -> int:
        """0, 1 or 2, as `slashv1 check` ended, or as its run says."""
        if self.newest.exit_code is not None:
            return self.newest.exit_code
        return 2 if self.run is None else self.run.exit_code


@dataclass(frozen=True, slots=True)
class Line:
    """One operation, or one topic, over all columns; None where a target was not asked."""

    name: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One client over all columns; None where a run does not tell of it."""

    client: str
    cells: tuple[ClientReadiness | None, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One check on one case, over all columns."""

    operation: str
    case: str
    check: str
    level: Level
    """The highest, where profiles differ."""
    outcomes: tuple[Outcome | None, ...]
    says: tuple[tuple[str, tuple[int, ...]], ...]
    """What deviates, and in which columns."""

    @property
    def alone(self) -> int | None:
        """The only column that fails, where another passed."""
        failing = [at for at, outcome in enumerate(self.outcomes) if outcome in _FAILS]
        others = any(outcome in _HOLDS for outcome in self.outcomes)
        return failing[0] if len(failing) == 1 and others else None

    @property
    def differs(self) -> bool:
        """Whether the targets that were asked ended otherwise."""
        return len({outcome for outcome in self.outcomes if outcome is not None}) > 1

    @property
    def split(self) -> bool:
        """Whether one sign cannot stand for all columns."""
        return len(set(self.outcomes)) > 1


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page, a table and a JSON file of many runs are made of."""

    targets: tuple[Shown, ...]
    """In the order in which they were given."""
    operations: tuple[Line, ...]
    topics: tuple[Line, ...]
    clients: tuple[ClientLine, ...]
    items: tuple[Item, ...]
    """By operation, in the order of the runs."""
    remarks: tuple[str, ...]
    """What else differs than the targets' behaviour."""

    @property
    def columns(self) -> tuple[Shown, ...]:
        """The targets that were judged: those that cells and outcomes stand for."""
        return tuple(one for one in self.targets if one.run is not None)

    @property
    def exit_code(self) -> int:
        """2 where a target could not be judged, or not wholly; else 1 where one fails; else 0."""
        return max((one.exit_code for one in self.targets), default=2)

    def only(self, column: int) -> dict[tuple[str, Level], list[Item]]:
        """What fails at this target and at no other, by check."""
        found: dict[tuple[str, Level], list[Item]] = {}
        for item in self.items:
            if item.alone == column:
                found.setdefault((item.check, item.level), []).append(item)
        return found


def make_overview(entries: Sequence[Entry]) -> Overview:
    """Runs of one target (name, URL, models and profile) together, the newest shown."""
    groups: dict[tuple[str | None, ...], list[Entry]] = {}
    for at, entry in enumerate(entries):
        key = _identity(entry.run) if entry.run else (entry.name, str(at))
        groups.setdefault(key, []).append(entry)
    names = labels([_parts(members[0]) for members in groups.values()])
    targets = tuple(_shown(label, members) for label, members in zip(names, groups.values(), strict=True))
    columns = [one for one in targets if one.run is not None]
    runs = [one.run for one in columns if one.run is not None]
    whole = [result for run in runs for result in run.results]
    topics = ordered_topics(whole)
    called = [one.label for one in columns]
    return Overview(
        targets=targets,
        operations=_lines(runs, called, lambda result: result.operation, _merged(runs)),
        topics=_lines(runs, called, lambda result: topic_of(result.check), topics),
        clients=_clients(runs),
        items=_items(runs),
        remarks=tuple(_remarks(columns)),
    )


def _identity(run: Run) -> tuple[str | None, ...]:
    """What makes two runs those of one target; the built-in gateway has another port every time."""
    target = run.target
    url = None if target.name == "embedded" else target.base_url
    return target.name, url, target.model, target.embedding_model, run.profile


def _parts(entry: Entry) -> tuple[str | None, ...]:
    """What a target can be called by, the best first."""
    if entry.run is None:
        return entry.name and clip(entry.name, 120), None, None, None, None
    target = entry.run.target
    said = (target.name, target.base_url, target.model, target.embedding_model, entry.run.profile)
    return tuple(part and clip(part, 120) for part in said)


def _shown(label: str, members: Sequence[Entry]) -> Shown:
    ordered = sorted(members, key=lambda entry: entry.run.started_at if entry.run else "")
    return Shown(label, ordered[-1], tuple(entry.run for entry in ordered if entry.run is not None))


def _merged(runs: Sequence[Run]) -> tuple[str, ...]:
    """The operations of all runs, in the order of the first that has them."""
    return tuple(dict.fromkeys(result.operation for run in runs for result in run.results))


def _lines(
    runs: Sequence[Run], called: Sequence[str], key: Callable[[Result], str], names: Sequence[str]
) -> tuple[Line, ...]:
    by_column: list[dict[str, list[Result]]] = []
    for run in runs:
        groups: dict[str, list[Result]] = {}
        for result in run.results:
            groups.setdefault(key(result), []).append(result)
        by_column.append(groups)
    return tuple(
        Line(
            name,
            tuple(
                make_cell(name, "", groups[name], f"{label}, {name}") if name in groups else None
                for label, groups in zip(called, by_column, strict=True)
            ),
        )
        for name in names
    )


def _clients(runs: Sequence[Run]) -> tuple[ClientLine, ...]:
    told = [{one.client: one for one in run.clients} for run in runs]
    names = dict.fromkeys(name for clients in told for name in clients)
    return tuple(ClientLine(name, tuple(clients.get(name) for clients in told)) for name in names)


def _items(runs: Sequence[Run]) -> tuple[Item, ...]:
    found = [{result.id: result for result in run.results} for run in runs]
    first: dict[str, Result] = {}
    for results in found:
        for name, result in results.items():
            first.setdefault(name, result)
    order = {name: place for place, name in enumerate(_merged(runs))}
    ordered = sorted(first, key=lambda name: order[first[name].operation])
    return tuple(_item([results.get(name) for results in found]) for name in ordered)


def _item(results: Sequence[Result | None]) -> Item:
    held = [result for result in results if result is not None]
    texts: dict[str, list[int]] = {}
    for column, result in enumerate(results):
        if result is not None and result.outcome in DEVIATING:
            texts.setdefault(_says(result), []).append(column)
    return Item(
        held[0].operation,
        held[0].case,
        held[0].check,
        min((result.level for result in held), key=list(Level).index),
        tuple(result.outcome if result else None for result in results),
        tuple((text, tuple(columns)) for text, columns in list(texts.items())[:_MOST_TEXTS] if text),
    )


def _says(result: Result) -> str:
    by_cause = result.outcome in (Outcome.WAIVED, Outcome.UNWAIVED, Outcome.ERROR)
    if result.findings and not (by_cause and result.cause):
        return clip(sentence(result.findings[0]), 300)
    return clip(result.cause or "", 300)


def _remarks(columns: Sequence[Shown]) -> list[str]:
    said = []
    suites: list[tuple[Run, list[str]]] = []
    for one in columns:
        run = one.history[-1]
        group = next((names for other, names in suites if same_rules(other.suite, run.suite)), None)
        if group is None:
            suites.append((run, [one.label]))
        else:
            group.append(one.label)
    if len(suites) > 1:
        told = "; ".join(
            f"{run.suite.version} ({(run.suite.rules or run.suite.hash)[:12]}): {_listed(names)}"
            for run, names in suites
        )
        said.append(f"judged by {len(suites)} suites, so what differs may come of the rules: {told}")
    said += _apart("profiles", {one.label: one.history[-1].profile for one in columns})
    if len(suites) == 1 and len({one.history[-1].plan_hash for one in columns}) > 1:
        said.append("not all were asked the same: tier, phase, selection, matrix or levels differ")
    partial = [one.label for one in columns if one.history[-1].interrupted]
    if partial:
        said.append(f"interrupted, and so only in part: {_listed(partial)}")
    return said


def _apart(what: str, of: Mapping[str, str]) -> list[str]:
    groups: dict[str, list[str]] = {}
    for label, value in of.items():
        groups.setdefault(value, []).append(label)
    if len(groups) < 2:
        return []
    return [f"different {what}: " + "; ".join(f"{name}: {_listed(found)}" for name, found in groups.items())]


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def worst(outcomes: Sequence[Outcome | None]) -> Outcome:
    """The worst of them, at least one of which is given."""
    return min((outcome for outcome in outcomes if outcome is not None), key=RANK.__getitem__)
