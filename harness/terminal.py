"""What a run says in a terminal: progress, operations by outcome, deviations, what was not judged.

Everything a server said goes through `printable` and is printed as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from slashv1.harness.capture import Event, OnEvent
from slashv1.harness.console import console
from slashv1.harness.grouping import SHOWN, Deviating, deviating, unjudged
from slashv1.harness.paragraph import paragraph
from slashv1.harness.plan import PREFLIGHT_REQUESTS, UNLIMITED_OUTPUT, Plan
from slashv1.harness.printable import printable
from slashv1.harness.terminal_wire import show_wire
from slashv1.record import Finding, Outcome, Readiness, Run

_HEADS = {
    Outcome.PASSED: ("pass", "green"),
    Outcome.FAILED: ("fail", "red"),
    Outcome.WARNED: ("warn", "yellow"),
    Outcome.NOTED: ("note", "cyan"),
    Outcome.UNSUPPORTED: ("unsup", "magenta"),
    Outcome.INCONCLUSIVE: ("incon", "magenta"),
    Outcome.SKIPPED: ("skip", "dim"),
    Outcome.WAIVED: ("waiv", "dim"),
    Outcome.UNWAIVED: ("unwv", "red"),
    Outcome.ERROR: ("err", "bold red"),
}
_ALWAYS = (Outcome.PASSED, Outcome.FAILED, Outcome.WARNED)
_MOST = 20_000
"""Characters of one paragraph."""
_LONG = 600
"""Characters of one expected or actual text; the report holds the whole."""


def show_plan(plan: Plan) -> None:
    """Every item that would be judged, then what would be sent and may be billed; plain lines.

    The sums stand last: thousands of items would scroll them away.
    """
    for item in plan.all_items:
        click.echo(f"  {printable(item.id)}")
    judged = len({item.case.id for item in plan.all_items})
    click.echo(f"{len(plan.all_items)} items of {judged} cases, hash {plan.hash[:12]}")
    click.echo(f"{_times(plan.requests, 'request')} and {PREFLIGHT_REQUESTS} for the preflight")
    if plan.fuzz is not None:
        click.echo(f"and at most {_times(plan.fuzz.requests, 'request')} drawn with seed {plan.fuzz.seed}")
    bound = f"at most {plan.max_tokens} tokens: {plan.all_input_tokens} in, {plan.all_output_tokens} out"
    if plan.unlimited:
        limitless = _times(plan.unlimited, "case")
        bound += f" ({UNLIMITED_OUTPUT} counted for each choice of {limitless} without a limit)"
    click.echo(bound)
    if plan.repeats:
        more = f"{plan.repeats} more request{'s' if plan.repeats > 1 else ''} and {plan.repeat_tokens} tokens"
        click.echo(f"up to {more}, where the model does not play along and is asked again")
    if plan.polls:
        waits = f"{plan.poll_seconds:.0f} s of waiting"
        click.echo(f"up to {plan.polls} more requests and {waits}, where a job is polled until it has ended")
    for name, cause in plan.unprovoked.items():
        click.echo(f"not sent: {printable(name)}, {printable(cause)}")


def show_run(
    run: Run, out: Console | None = None, *, verbose: int = 0, again: Sequence[str] | None = None
) -> None:
    """The whole run for a reader, in the width at hand.

    `verbose`: 1 shows requests and answers of the cases that deviate, 2 of all. `again`: the options of
    `slashv1 replay` that reach the target; None: a case cannot be sent again.
    """
    out = out or console()
    _say(out, _headline(run), style="bold")
    for note in run.notes:
        _say(out, f"note: {printable(note)}", indent=2)
    out.print()
    out.print(_table(run))
    out.print()
    for group in deviating(run.results):
        _deviation(out, group, run.titles.get(group.check, {}), again)
    if verbose:
        _wires(out, run, every=verbose > 1)
    _unjudged(out, run)
    _waivers(out, run)
    _clients(out, run)
    out.print(_verdict(run))


def show_case(run: Run, out: Console, name: str, code: int, *, verbose: int = 0) -> None:
    """One case, `operation/case`, as it was sent and answered, then what is found in it.

    `code`: of the command. The steps before it and what it is compared with take a line each; `verbose` shows
    them whole.
    """
    _say(out, _headline(run), style="bold")
    for note in run.notes:
        _say(out, f"note: {printable(note)}", indent=2)
    out.print()
    found = [finding for result in run.results for finding in result.findings]
    own = [wire for wire in run.wires if f"{wire.operation}/{wire.case}" == name]
    others = [wire for wire in run.wires if wire not in own]
    for wire in others:
        if verbose:
            show_wire(out, wire, title="sent for it")
            continue
        answered = f"HTTP {wire.status}" if wire.status is not None else "no answer"
        _say(out, printable(f"sent for it: {wire.operation}::{wire.case}, {answered}"), style="dim")
    if others and not verbose:
        out.print()
    for wire in own:
        show_wire(out, wire, found)
    for group in deviating(run.results):
        _deviation(out, group, run.titles.get(group.check, {}), None)
    _unjudged(out, run)
    out.print(_verdict(run, code))


def show_verdict(run: Run, out: Console, code: int | None = None) -> None:
    """The last line alone, whatever its length; `code`: the exit code where it is not that of the run."""
    out.print(_verdict(run, code), soft_wrap=True)


@contextmanager
def progress(total: int, color: str = "auto", *, quiet: bool = False) -> Iterator[OnEvent | None]:
    """A bar on stderr while a run goes on; None where nobody watches, or wants to."""
    bar_console = console(color, stderr=True)
    if quiet or not bar_console.is_terminal or bar_console.is_dumb_terminal:
        yield None
        return
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=bar_console, transient=True) as bar:
        task = bar.add_task("preflight", total=total)

        def on_event(event: Event) -> None:
            what = "judging" if event.kind == "judging" else printable(event.case, 46) or event.kind
            bar.update(task, completed=event.done, description=what)

        yield on_event


def _headline(run: Run) -> str:
    models = [name for name in (run.target.model, run.target.embedding_model) if name]
    said = f", {', '.join(map(printable, models))}" if models else ""
    return f"{printable(run.target.base_url)}, profile {printable(run.profile)}{said}"


def _table(run: Run) -> Table:
    used = {result.outcome for result in run.results}
    shown = [outcome for outcome in _HEADS if outcome in used or outcome in _ALWAYS]
    table = Table(box=None, padding=(0, 0, 0, 1), pad_edge=False)
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


def _deviation(out: Console, group: Deviating, words: Mapping[str, str], again: Sequence[str] | None) -> None:
    """One check and why it matters, then each distinct deviation with the cases and places it was seen at."""
    style = _HEADS[group.outcome][1]
    many = _times(len(group.cases), "case")
    _say(out, f"{group.level} {group.check}: {group.outcome} in {many}", style=f"bold {style}")
    for line in (_first(words.get("why", "")), _breaking(words)):
        _say(out, printable(line, _LONG), indent=2, hang=0, style="dim")
    for kind in group.kinds:
        _say(out, printable(kind.message, _LONG), indent=2)
        for label, text, colour in (("expected", kind.expected, "green"), ("actual  ", kind.actual, "red")):
            if text is not None:
                _say(out, f"{label} {printable(text, _LONG)}", indent=4, hang=9, style=colour)
        for place in kind.places:
            _say(out, printable(place), indent=4, hang=3, style="dim")
    for cause in group.causes:
        _say(out, printable(cause, _LONG), indent=2, style="dim")
    if again is not None:
        for line in _again(group, again, out.width):
            out.print(Text(line, "dim"), soft_wrap=True)
    out.print()


def _again(group: Deviating, options: Sequence[str], width: int) -> list[str]:
    """How to send the first of the cases once more; on several lines as a shell takes them."""
    command = f"slashv1 replay {printable(group.cases[0].replace('/', '::', 1))}"
    lines = [f"  again: {command}"]
    for option in map(printable, options):
        if len(lines[-1]) + len(option) + 3 <= width:
            lines[-1] += f" {option}"
        else:
            lines = [*lines[:-1], f"{lines[-1]} \\", f"    {option}"]
    return lines


def _wires(out: Console, run: Run, *, every: bool) -> None:
    """What was sent and answered in the cases that deviate, or in all."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for result in run.results:
        if every or result.outcome in SHOWN:
            found.setdefault((result.operation, result.case), []).extend(result.findings)
    for wire in run.wires:
        if (wire.operation, wire.case) in found:
            show_wire(out, wire, found[wire.operation, wire.case])


def _first(why: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(why.partition("\n\n")[0].split())


def _breaking(words: Mapping[str, str]) -> str:
    clients = words.get("clients", "")
    return f"Known to break: {clients}." if clients else ""


def _unjudged(out: Console, run: Run) -> None:
    groups = unjudged(run.results)
    if not groups:
        return
    _say(out, "Not judged", style="bold")
    for group in groups:
        checks = _times(group.count, "check")
        said = f"{group.outcome}, {checks}: {printable(group.cause, _LONG)}"
        _say(out, said, indent=2, style=_HEADS[group.outcome][1])
        _say(out, f"in {printable(group.cases)}", indent=4, hang=3, style="dim")
    out.print()


def _waivers(out: Console, run: Run) -> None:
    """What was waived, by entry; those that have had their day stand among the deviations."""
    used = [waiver for waiver in run.waivers if waiver.state == "used"]
    if not used:
        return
    _say(out, "Waived", style="bold")
    for waiver in used:
        times = f", sent {waiver.repeat} times" if waiver.repeat else ""
        said = f"{waiver.check}, {_times(waiver.results, 'result')}{times}, until {waiver.expires}"
        said += f": {printable(waiver.reason, _LONG)} ({printable(waiver.owner)}, {printable(waiver.place)})"
        _say(out, said, indent=2)
    out.print()


def _clients(out: Console, run: Run) -> None:
    """Which clients will work; nothing where only a part was run that tells of none."""
    judged = [one for one in run.clients if one.state is not Readiness.NOT_JUDGED]
    if not judged:
        return
    _say(out, "Clients", style="bold")
    for one in judged:
        style = {Readiness.READY: "green", Readiness.LIMITS: "yellow", Readiness.NOT_READY: "red"}[one.state]
        _say(out, f"{one.client}: {one.state}", indent=2, style=style)
        for reason in one.reasons:
            _say(out, printable(reason, _LONG), indent=4, style="dim")
    out.print()


def _verdict(run: Run, code: int | None = None) -> Text:
    code = run.exit_code if code is None else code
    counts = ", ".join(f"{n} {name}" for name, n in run.summary.items() if n)
    word = {0: "conforms", 1: "deviates", 2: "not learnt"}[code]
    if run.interrupted:
        word = "interrupted"
    style = {0: "bold green", 1: "bold red", 2: "bold red"}[code]
    line = f": {counts or 'no results'}; {run.request_count} requests, {run.seconds:.1f} s"
    strict = " (strict: a SHOULD counts)" if run.strict else ""
    return Text.assemble((word, style), line + strict)


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _say(out: Console, text: str, *, indent: int = 0, hang: int = 2, style: str = "") -> None:
    """One paragraph, its further lines indented by `hang` more."""
    cut = text if len(text) <= _MOST else f"{text[:_MOST]}…"  # a word of megabytes takes minutes to wrap
    for line in paragraph(cut, out.width, indent=indent, hang=hang):
        out.print(Text(line, style), soft_wrap=True)
