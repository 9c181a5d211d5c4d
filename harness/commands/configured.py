"""A command whose options may come from a file and from the environment, the later winning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from slashv1.errors import UsageError
from slashv1.harness.configuration import (
    EMBEDDED,
    EXPANDED,
    FILE,
    OF_A_TARGET,
    Configuration,
    expanded,
    find,
    load,
    shown,
)

PREFIX = "SLASHV1_"
_OWN = ("config", "no-config", "target", "plan", "help", "from", "defect")
_ACTS = ("waivers-update", "waivers-prune", "waiver-owner", "waiver-expires", "waiver-reason", "waiver-link")
_REFUSED = {
    "api-key": "a key is a secret: name the environment variable that holds it, api-key-env",
    **dict.fromkeys((*_OWN, *_ACTS), "is an option of the command line alone"),
}
_UNSEEN = (*EXPANDED, "api-key-env")
"""What may hold a secret by mistake is not shown."""
_PATHS = (
    "ca-bundle",
    "matrix",
    "profile",
    "waivers",
    "baseline",
    "fixtures",
    "report-json",
    "html",
    "junit",
    "markdown",
    "badge",
    "save-exchanges",
)


def targets_offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names for a shell's completion; nothing where the file is broken."""
    try:
        path = _path(ctx)
        names = [*load(path, keys_of(ctx.command), {}).targets, EMBEDDED] if path else [EMBEDDED]
    except UsageError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


CONFIGURATION = (
    click.option(
        "--target", metavar="NAME", shell_complete=targets_offered, help=f"A target that {FILE} names."
    ),
    click.option(
        "--config", metavar="FILE", help=f"Instead of the nearest {FILE} or pyproject.toml; '' for none."
    ),
)


def configuration_options(command: Any) -> Any:
    """Add `--target` and `--config`."""
    for option in reversed(CONFIGURATION):
        command = option(command)
    return command


class ConfiguredCommand(click.Command):
    """Options from the file, then its target, then `SLASHV1_…`, then the command line.

    What belongs to a target (key, headers, model) is taken from the file only with its URL: a URL that is
    typed, or that the environment holds, gets nothing of it.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, then the rest.

        Raises:
            UsageError: a mistake in the file or in a variable; its place and a hint.
        """
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            ctx.params["origin"] = _fill(ctx, self)
        return rest


def _fill(ctx: click.Context, command: click.Command) -> str | None:
    """Fill in what the command line leaves open; where the target comes from, in words."""
    named = {_name(param): param for param in command.params}
    open_ = {name: param for name, param in named.items() if _is_open(ctx, param)}
    configuration = _configuration(ctx, command)
    _from_environment(ctx, {name: param for name, param in open_.items() if name != "config"})
    target = _target(ctx, configuration, open_)
    values: dict[str, tuple[str, Any]] = {key: ("", value) for key, value in configuration.values.items()}
    if ctx.params.get("base_url") is not None or target == EMBEDDED:
        values = {key: value for key, value in values.items() if key not in OF_A_TARGET}
    elif target is not None:
        chosen = configuration.chosen(target)
        if "base-url" not in chosen:
            raise configuration.wrong(f"target {target!r} has no base-url", f"targets.{target}")
        own = {key: value for key, value in values.items() if key not in OF_A_TARGET}
        values = own | {key: (f"targets.{target}", value) for key, value in chosen.items()}
    if ctx.params.get("api_key") is not None:
        values.pop("api-key-env", None)
    asked = "target" not in open_
    for key, (where, value) in values.items():
        param = open_.get(key)
        fixed = _in_environment(key) and not (asked and key == "base-url")
        if param is not None and param.name is not None and not fixed:
            ctx.params[param.name] = _value(ctx, configuration, where, key, value, param)
    ctx.params |= {"target": target, "folder": configuration.folder}
    return _origin(configuration, target) if target or "base-url" in values else None


def _origin(configuration: Configuration, target: str | None) -> str | None:
    if target == EMBEDDED or configuration.path is None:
        return None
    return f"target {target} of {shown(configuration.path)}" if target else f"of {shown(configuration.path)}"


def _target(
    ctx: click.Context, configuration: Configuration, open_: Mapping[str, click.Parameter]
) -> str | None:
    """The target that is meant; None where a URL is given otherwise, or nothing is."""
    typed = "target" not in open_
    if typed and "base-url" not in open_:
        raise UsageError("--target and --base-url: give one of them")
    asked: str | None = ctx.params.get("target")
    if typed:
        ctx.params["base_url"] = None  # what the environment holds counts less
        return asked
    if ctx.params.get("base_url") is not None:
        return None
    if asked or configuration.target:
        return asked or configuration.target
    if configuration.targets and "base-url" not in configuration.values:
        names = ", ".join(configuration.targets)
        raise configuration.wrong(
            f"names the targets {names}: choose one with --target NAME ({EMBEDDED}: the built-in gateway), "
            "or say `target = NAME` on top",
            "",
            "targets",
        )
    return None


def _configuration(ctx: click.Context, command: click.Command) -> Configuration:
    path = _path(ctx)
    return Configuration() if path is None else read_file(path, command)


def _path(ctx: click.Context) -> Path | None:
    """The file that is named, else the nearest one."""
    said = ctx.params.get("config")
    said = os.environ.get(f"{PREFIX}CONFIG") if said is None else said
    if said == "":
        return None
    return find(Path.cwd()) if said is None else Path.cwd() / said


def read_file(path: Path, command: click.Command) -> Configuration:
    """What a file says to a command.

    Raises:
        UsageError: unreadable, an unknown key, a secret in it; file, line and a hint.
    """
    return load(path, keys_of(command), _REFUSED)


def keys_of(command: click.Command) -> list[str]:
    """The options that a file may say, by name: those of `check`, whichever command reads it, and its own."""
    from slashv1.harness.commands.check import command as check

    options = [param for param in (*check.params, *command.params) if isinstance(param, click.Option)]
    return list(dict.fromkeys(name for param in options if (name := _name(param)) not in _REFUSED))


def _name(param: click.Parameter) -> str:
    return max(param.opts, key=len).lstrip("-")


def _is_open(ctx: click.Context, param: click.Parameter) -> bool:
    source = ctx.get_parameter_source(param.name or "")
    return source in (ParameterSource.DEFAULT, None) and _name(param) != "help"


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace("-", "_")


def _in_environment(key: str) -> bool:
    return bool(os.environ.get(_variable(key)))


def _from_environment(ctx: click.Context, open_: Mapping[str, click.Parameter]) -> None:
    """`SLASHV1_BASE_URL` and so on; of a repeatable option each line is one. The key has its own rules."""
    for key, param in open_.items():
        said = os.environ.get(_variable(key))
        if not said or (key in _REFUSED and key != "target") or param.name is None:
            continue
        value: Any = said.splitlines() if param.multiple else said
        ctx.params[param.name] = _cast(ctx, param, value, _variable(key))


def _value(
    ctx: click.Context, configuration: Configuration, where: str, key: str, value: Any, param: click.Parameter
) -> Any:
    """A value of the file as the option wants it."""
    several = isinstance(param, click.Option) and param.multiple
    flag = isinstance(param, click.Option) and param.is_flag
    items = value if isinstance(value, list) else [value]
    wanted = bool if flag else (str, int, float, date)
    if (isinstance(value, list) and not several) or any(
        not isinstance(one, wanted) or (isinstance(one, bool) is not flag) for one in items
    ):
        form = "true or false" if flag else "a text or a number" + (", or a list of them" if several else "")
        given = "of another form" if key in _UNSEEN else _short(value)
        raise configuration.wrong(f"{key} is {given}; expected {form}", where, key)
    try:
        made = [_text(configuration, key, one) for one in items]
    except ValueError as error:
        raise configuration.wrong(f"{key} {error}", where, key) from None
    try:
        return _cast(ctx, param, made if several else made[0], key)
    except UsageError as error:
        raise configuration.wrong(str(error), where, key) from None


def _text(configuration: Configuration, key: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()[:10]
    if key in EXPANDED and isinstance(value, str):
        return expanded(value)
    if key in _PATHS and isinstance(value, str) and (key != "profile" or _is_path(value)):
        return str(shown(configuration.folder / value))
    return value


def _is_path(profile: str) -> bool:
    return "/" in profile or profile.endswith((".yaml", ".yml"))


def _cast(ctx: click.Context, param: click.Parameter, value: Any, name: str) -> Any:
    try:
        return param.process_value(ctx, value)
    except click.UsageError as error:
        raise UsageError(f"{name}: {error.message.rstrip('.')}") from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
