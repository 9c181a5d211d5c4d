"""The options of `check` about waivers, and what they do to plan and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from slashv1.errors import UsageError
from slashv1.harness.configuration import shown

if TYPE_CHECKING:
    from slashv1.harness.gate.run import Gate
    from slashv1.harness.plan import Plan
    from slashv1.matrix import Case, Profile
    from slashv1.record import Run

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_NAME = "waivers.yaml"
_OPTIONS = (
    click.option(
        "--waivers",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Known deviations. [default: {DEFAULT_NAME}, where a target is given and the file is there]",
    ),
    click.option("--waivers-update", is_flag=True, help="Write an entry there for each failure of today."),
    click.option("--waivers-prune", is_flag=True, help="Take out what expired or is no longer needed."),
    click.option("--waiver-owner", metavar="NAME", help="Owner of entries that --waivers-update writes."),
    click.option("--waiver-expires", metavar="DATE", help="Their last day, YYYY-MM-DD."),
    click.option("--waiver-reason", metavar="TEXT", help="Their reason."),
    click.option("--waiver-link", metavar="URL", help="Their link."),
)
_FILLING = ("waiver_owner", "waiver_expires", "waiver_reason", "waiver_link")


def waiver_options(command: F) -> F:
    """Add the options; `waivers_file`, `gate_for` and `rewritten` read them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def waivers_file(options: Mapping[str, Any], here: Path) -> Path | None:
    """The file to read or write; None where there is none.

    Raises:
        UsageError: options that do not go together, or a file that is named and not there.
    """
    writes = options["waivers_update"] or options["waivers_prune"]
    if options["waivers_update"] and options["waivers_prune"]:
        raise UsageError("--waivers-update and --waivers-prune: one after the other")
    spare = next((name for name in _FILLING if options[name] is not None), None)
    if spare and not options["waivers_update"]:
        raise UsageError(f"--{spare.replace('_', '-')} goes with --waivers-update")
    _check_filling(options)
    given: Path | None = options["waivers"]
    if given is None:
        default = here / DEFAULT_NAME
        found = options["base_url"] is not None and default.is_file()
        return shown(default) if found or writes else None
    given = here / given
    if not given.is_file() and not options["waivers_update"]:
        raise UsageError(f"--waivers {shown(given)}: no such file; --waivers-update writes one")
    return shown(given)


def _check_filling(options: Mapping[str, Any]) -> None:
    """What `--waivers-update` is to write could be read again."""
    day, link = options["waiver_expires"], options["waiver_link"]
    try:
        if day is not None and (len(day) != len("2026-12-31") or not date.fromisoformat(day)):
            raise ValueError
    except ValueError:
        raise UsageError(f"--waiver-expires {day!r}: expected the last day as YYYY-MM-DD") from None
    if link is not None and (not link.startswith(("https://", "http://")) or any(map(str.isspace, link))):
        raise UsageError(f"--waiver-link {link!r}: expected an http or https URL")
    for name in ("waiver_owner", "waiver_reason"):
        if options[name] is not None and not options[name].strip():
            raise UsageError(f"--{name.replace('_', '-')}: is empty")


def gate_for(
    path: Path | None, plan: Plan, cases: Sequence[Case], profile: Profile, options: Mapping[str, Any]
) -> Gate | None:
    """What the file says of this plan; None without a file.

    Raises:
        UsageError: a mistake in the file; its line and a hint.
    """
    if path is None:
        return None
    from slashv1.harness.gate.flaky import repeats
    from slashv1.harness.gate.run import Gate
    from slashv1.harness.gate.waivers import Waivers, read_waivers
    from slashv1.harness.plan import make_plan

    file = read_waivers(path, cases) if path.is_file() else Waivers(str(path))
    within: dict[str, Any] = {"phase": options["phase"], "tier": options["tier"]}
    whole = make_plan(cases, profile, **within) if options["select"] else None
    return Gate(
        file,
        repeats(file, plan, cases, profile, **within),
        None if whole is None else frozenset(item.id for item in whole.items),
    )


def rewritten(runs: Sequence[Run], gate: Gate, path: Path, cases: Sequence[Case], options: Any) -> Run:
    """Write what --waivers-update or --waivers-prune says; the run as the file then has it.

    Raises:
        UsageError: the file cannot be changed or written.
    """
    from dataclasses import replace

    from slashv1.harness.gate.edit import Filling, with_failures, without
    from slashv1.harness.gate.run import gated
    from slashv1.harness.gate.waivers import read_waivers
    from slashv1.reports import write_report

    run = gated(runs, gate)
    text = path.read_text("utf-8") if path.is_file() else ""
    if options["waivers_update"]:
        filling = Filling(*(options[name] for name in _FILLING[:2]), *(options[n] for n in _FILLING[2:]))
        after, count = with_failures(text, run, filling, str(path))
        whole, said = filling.whole, f"wrote {_entries(count)} to {path}"
        if count and not whole:
            said += ": fill in what says TODO, until then the file is refused"
    else:
        gone = [one for one in run.waivers if one.state == "unneeded" or _lapsed(one, run)]
        after, spans = without(text, gone, str(path)) if gone else (text, [])
        count, whole = len(spans), True
        said = f"took {_entries(count)} out of {path}" + (
            f": lines {', '.join(f'{a}-{b}' for a, b in spans)}" if spans else ""
        )
    if count:
        write_report(path, after)
    click.echo(said, err=True)
    if count and whole:
        return gated(runs, replace(gate, waivers=read_waivers(path, cases)))
    return run


def _lapsed(one: Any, run: Run) -> bool:
    return bool(one.expires < run.started_at[:10])


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"
