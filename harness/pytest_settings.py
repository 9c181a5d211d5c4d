"""The plugin's options, read: how to reach the target, what to collect, where reports go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest

from slashv1.errors import UsageError
from slashv1.harness.commands.check import command
from slashv1.harness.commands.conclusion import check_writable
from slashv1.harness.commands.options import connection_from, settled
from slashv1.harness.commands.saving import asked_of
from slashv1.harness.commands.waiving import waivers_file
from slashv1.harness.connection import Connection
from slashv1.harness.gate.flaky import repeats
from slashv1.harness.gate.run import Gate
from slashv1.harness.gate.waivers import Waivers, read_waivers
from slashv1.harness.judge.engine import Item
from slashv1.harness.plan import Plan, check_limits, make_plan, with_cors, with_foreign_fixtures, with_sdk
from slashv1.harness.plugin import OPTIONS
from slashv1.harness.profile_lint import check_names
from slashv1.harness.saved import Asked
from slashv1.matrix import Case, Profile, load_matrix, load_profile


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the options say."""

    connection: Connection
    cases: tuple[Case, ...]
    profile: Profile
    plan: Plan
    """Of all that the options let through; what pytest selects later is a part of it."""
    phase: int
    tier: str
    max_requests: int | None = None
    max_tokens: int | None = None
    fixtures: Path | None = None
    strict: bool = False
    as_of: date | None = None
    reports: Mapping[str, Path] = field(default_factory=dict)
    """By `report_json`, `html` and `save_exchanges`: where each is written."""
    waivers: Waivers | None = None
    asked: Asked = field(default_factory=Asked)
    """What the exchanges are kept with."""

    def gate(self, plan: Plan, chosen: Set[str]) -> Gate | None:
        """What the waivers say of a part of the plan.

        Raises:
            UsageError: what is flaky goes over a limit.
        """
        if self.waivers is None:
            return None
        rounds = repeats(
            self.waivers, plan, self.cases, self.profile, phase=self.phase, tier=self.tier, only=chosen
        )
        whole = frozenset(
            item.id for item in make_plan(self.cases, self.profile, phase=self.phase, tier=self.tier).items
        )
        gate = Gate(self.waivers, rounds, None if whole <= chosen else whole)
        check_limits(gate.counted(plan), max_requests=self.max_requests, max_tokens=self.max_tokens)
        return gate

    def selected(self, chosen: Set[str]) -> Asked:
        """What the exchanges of a part are kept with: its items by name, unless it is the whole."""
        names = tuple(item.id for item in self.plan.items if item.id in chosen)
        return self.asked if len(names) == len(self.plan.items) else replace(self.asked, select=names)

    def part(self, chosen: Set[str]) -> Plan:
        """The plan for the cases of some items, with the steps and the comparisons those items need.

        Raises:
            UsageError: it goes over a limit.
        """
        wanted = [item for item in self.plan.items if item.id in chosen]
        comparing = {item.case.id for item in wanted if _compares(item)}
        plan = make_plan(
            [case if case.id in comparing else replace(case, beside=()) for case in self.cases],
            self.profile,
            phase=self.phase,
            tier=self.tier,
            select=list(dict.fromkeys(f"{item.case.operation}::{item.case.name}" for item in wanted)),
        )
        check_limits(plan, max_requests=self.max_requests, max_tokens=self.max_tokens)
        return plan


def _compares(item: Item) -> bool:
    """Whether a check applies to its case only because of other exchanges, and so has need of them."""
    return not item.check.applies(replace(item.case, after=(), beside=()))


def read_settings(config: pytest.Config, base_url: str) -> Settings:
    """The settings of a run against `base_url`.

    Raises:
        UsageError: a wrong value, a file that is not there, a name nobody knows.
    """
    said = _options(config, base_url)
    here = config.invocation_params.dir
    cases = load_matrix(_folder(here, said, "matrix"))
    fixtures = _folder(here, said, "fixtures")
    profile = load_profile(said["profile"])
    said = settled(said, profile)
    check_names(profile, cases)
    if fixtures:
        profile = with_foreign_fixtures(profile)
    if said["sdk"]:
        profile = with_sdk(profile)
    if said["cors"]:
        profile = with_cors(profile)
    written = ("report_json", "html", "save_exchanges")
    reports = {name: here / said[name] for name in written if said[name] is not None}
    check_writable(reports)
    file = waivers_file(said, said["folder"])
    return Settings(
        connection=connection_from(said),
        cases=cases,
        profile=profile,
        plan=make_plan(cases, profile, phase=said["phase"], tier=said["tier"], select=said["select"]),
        phase=said["phase"],
        tier=said["tier"],
        max_requests=said["max_requests"],
        max_tokens=said["max_tokens"],
        fixtures=fixtures,
        strict=said["strict"],
        as_of=said["as_of"] and said["as_of"].date(),
        reports=reports,
        waivers=read_waivers(file, cases) if file else None,
        asked=asked_of(said, file),
    )


def as_pytest_says(message: str) -> str:
    """A message of the harness with the options as pytest names them."""
    names = "|".join(sorted(OPTIONS, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])--({names})\b", r"--slashv1-\1", message)


def _options(config: pytest.Config, base_url: str) -> dict[str, Any]:
    """The options as `slashv1 check` reads them: same types, ranges and defaults."""
    arguments = ["--base-url", base_url]
    for name, (metavar, _) in OPTIONS.items():
        said = config.getoption(f"--slashv1-{name}")
        if not metavar:
            arguments += [f"--{name}"] * said
        elif said is not None:
            arguments += [f"--{name}={value}" for value in ([said] if isinstance(said, str) else said)]
    try:
        return command.make_context("slashv1", arguments).params
    except click.UsageError as error:
        raise UsageError(error.format_message().splitlines()[0]) from None


def _folder(here: Path, said: Mapping[str, Any], name: str) -> Path | None:
    if said[name] is None:
        return None
    folder = here / str(said[name])
    if not folder.is_dir():
        raise UsageError(f"--{name} {said[name]}: no such folder")
    return folder
