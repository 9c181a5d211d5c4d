"""What a run says in a terminal: progress, operations by outcome, deviations, what was not judged.

Everything a server said goes through `printable` and is printed as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from slashv1.harness.capture import Event, OnEvent
from slashv1.harness.grouping import Deviating, deviating, unjudged
from slashv1.harness.plan import PREFLIGHT_REQUESTS, UNLIMITED_OUTPUT, Plan
from slashv1.harness.printable import printable
from slashv1.record import Outcome, Run

_HEADS = {
    Outcome.PASSED: ("pass", "green"),
    Outcome.FAILED: ("fail", "red"),
    Outcome.WARNED: ("warn", "yellow"),
    Outcome.NOTED: ("note", "cyan"),
    Outcome.UNSUPPORTED: ("unsup", "magenta"),
    Outcome.INCONCLUSIVE: ("incon", "magenta"),
    Outcome.SKIPPED: ("skip", "dim"),
    Outcome.WAIVED: ("waived", "dim"),
    Outcome.UNWAIVED: ("unwaiv", "red"),
    Outcome.ERROR: ("error", "bold red"),
}
_ALWAYS = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED)
_LONG = 600
"""Characters of one expected or actual text; the report holds the whole."""


def show_plan(plan: Plan) -> None:
    """What would be sent, and every item that would be judged; plain lines."""
    click.echo(f"{plan.requests} requests and {PREFLIGHT_REQUESTS} for the preflight")
    bound = f"at most {plan.max_tokens} tokens: {plan.max_input_tokens} in, {plan.max_output_tokens} out"
    click.echo(bound)
    if plan.unlimited:
        click.echo(f"({plan.unlimited} cases name no limit; {UNLIMITED_OUTPUT} counted for each choice)")
    judged = len({item.case.id for item in plan.items})
    click.echo(f"{len(plan.items)} items of {judged} cases, hash {plan.hash[:12]}")
    for item in plan.items:
        click.echo(f"  {printable(item.id)}")


def show_run(run: Run, console: Console | None = None) -> None:
    """The whole run for a reader, in the width at hand."""
    out = console or Console(markup=False, highlight=False, emoji=False)
    out.print(_headline(run))
    for note in run.notes:
        out.print(_indented(Text.assemble(("note: ", "bold"), printable(note))))
    out.print()
    out.print(_table(run))
    groups = deviating(run.results)
    for group in groups:
        out.print(_deviation(group))
    _show_unjudged(run, out)
    out.print(_verdict(run))


@contextmanager
def progress(total: int) -> Iterator[OnEvent | None]:
    """A bar on stderr while a run goes on; None where nobody watches."""
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield None
        return
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("preflight", total=total)

        def on_event(event: Event) -> None:
            what = "judging" if event.kind == "judging" else printable(event.case, 46) or event.kind
            bar.update(task, completed=event.done, description=what)

        yield on_event


def _headline(run: Run) -> Text:
    models = [name for name in (run.target.model, run.target.embedding_model) if name]
    said = f", {', '.join(map(printable, models))}" if models else ""
    return Text.assemble(
        (printable(run.target.base_url), "bold"), f", profile {printable(run.profile)}{said}"
    )


def _table(run: Run) -> Table:
    used = {result.outcome for result in run.results}
    shown = [outcome for outcome in _HEADS if outcome in used or outcome in _ALWAYS]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("operation", overflow="fold")
    for outcome in shown:
        table.add_column(_HEADS[outcome][0], justify="right", no_wrap=True)
    counts: dict[str, dict[Outcome, int]] = {}
    for result in run.results:
        row = counts.setdefault(result.operation, {})
        row[result.outcome] = row.get(result.outcome, 0) + 1
    for operation, row in counts.items():
        cells = [_count(row.get(outcome, 0), _HEADS[outcome][1]) for outcome in shown]
        table.add_row(Text(printable(operation)), *cells)
    return table


def _count(number: int, style: str) -> Text:
    return Text(str(number), style) if number else Text("·", "dim")


def _deviation(group: Deviating) -> Padding:
    """One check: its title, then each distinct deviation with the cases and places it was seen at."""
    style = "red" if group.outcome is not Outcome.WARNED else "yellow"
    text = Text.assemble((f"{group.level} ", f"bold {style}"), (group.check, "bold"))
    text.append(f"  {group.outcome}, {_times(len(group.cases), 'case')}\n")
    for kind in group.kinds:
        text.append(f"  {printable(kind.message, _LONG)}\n")
        if kind.expected is not None:
            text.append("    expected ", "green")
            text.append(f"{printable(kind.expected, _LONG)}\n")
        if kind.actual is not None:
            text.append("    actual   ", "red")
            text.append(f"{printable(kind.actual, _LONG)}\n")
        for place in kind.places:
            text.append(f"    in {printable(place)}\n", "dim")
    text.right_crop(1)
    return Padding(text, (0, 0, 1, 0))


def _show_unjudged(run: Run, out: Console) -> None:
    groups = unjudged(run.results)
    if not groups:
        return
    out.print(Text("Not judged", "bold"))
    for group in groups:
        text = Text.assemble(
            (f"{group.outcome} ", _HEADS[group.outcome][1]), f"{_times(group.count, 'check')}: "
        )
        text.append(printable(group.cause, _LONG))
        text.append(f"\n  in {printable(', '.join(group.cases))}", "dim")
        out.print(_indented(text))
    out.print()


def _verdict(run: Run) -> Text:
    counts = ", ".join(f"{n} {name}" for name, n in run.summary.items() if n)
    word = {0: "conforms", 1: "deviates", 2: "not learnt"}[run.exit_code]
    if run.interrupted:
        word = "interrupted"
    style = {0: "bold green", 1: "bold red", 2: "bold red"}[run.exit_code]
    line = f": {counts or 'no results'}; {run.request_count} requests, {run.seconds:.1f} s"
    strict = " (strict: a SHOULD counts)" if run.strict else ""
    return Text.assemble((word, style), line + strict)


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))
