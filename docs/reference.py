"""Reference made of the code, and tables of figures: `python docs/reference.py` writes them anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from slashv1.harness.cli import group
from slashv1.harness.commands.check import command as check
from slashv1.harness.commands.configured import PREFIX, keys_of
from slashv1.harness.configuration import OF_A_TARGET
from slashv1.harness.plugin import OPTIONS
from slashv1.matrix import Case, load_matrix, load_profile

FOLDER = Path(__file__).parent
FIGURED = {"../README.md": "docs/", "levels.md": ""}
"""Pages with the table of figures, and how they link to a page of `docs/`."""
FIGURES = (
    (
        "defects of the gateway that the check named for it finds",
        r"^> (\d+ of \d+) defects found, (\d+) with a stray alarm; (\d+ of \d+) legal variants pass",
        "{}, {} with a stray alarm; {} legal variants pass",
        "`slashv1 selftest`",
        "selftest.md",
    ),
    (
        "objections to genuine traffic of api.openai.com",
        r"^\| requests \| ([\d,]+) \| (\d+) \|\n\| bodies \| ([\d,]+) \| (\d+) \|\n"
        r"\| streams \| ([\d,]+) \| (\d+) \|\n\| errors \| ([\d,]+) \| (\d+) \|\n"
        r"\| headers \| ([\d,]+) \| (\d+) \|$",
        "{1} in {0} requests, {3} in {2} bodies, {5} in {4} streams, {7} in {6} errors, {9} in {8} heads",
        "`nox -s fidelity`",
        "fidelity.md",
    ),
    (
        "exchanges broken in one certain way each, found for what they are",
        r"^\| mutants judged \| ([\d,]+) \|$(?:.|\n)*?^\| \*\*both: .*\*\* \| \*\*(.+)\*\* \|$",
        "{1} of {0}",
        "`slashv1 spec mutate`",
        "fidelity.md",
    ),
    (
        "genuine requests that the reference gateway answers with the same status, type, code and param",
        r"^\| \*\*all\*\* \| \| ([\d,]+) \| ([\d,]+) \|",
        "{1} of {0}",
        "`nox -s parity`",
        "parity.md",
    ),
)
"""Figures: what, where it stands in a page, how it is said, the command that measures it."""
WRITTEN = "Written by `python docs/reference.py` from {source}, never by hand.\n"


def pages() -> dict[str, str]:
    """Every page by its file name, as the code now says it."""
    return {
        "cli.md": _cli(),
        "settings.md": _settings(),
        "matrix.md": _matrix(),
        "run-record.md": _records(),
        **{name: _with_figures(name, prefix) for name, prefix in FIGURED.items()},
    }


def _cli() -> str:
    head = (
        "# The command line\n\n"
        "Every command with its arguments and options, as `--help` has them. "
        "Exit codes: 0 conforms or done, 1 deviates, 2 nothing was learnt or bad usage. "
        "A mistake is one line on stderr.\n\n" + WRITTEN.format(source="the commands")
    )
    return head + "".join(
        _command(context) for context in _commands(group, click.Context(group, info_name="slashv1"))
    )


def _commands(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    """The commands of a group, each followed by those below it."""
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is None or found.hidden:
            continue
        below = click.Context(found, parent=context, info_name=name)
        yield below
        if isinstance(found, click.Group):
            yield from _commands(found, below)


def _command(context: click.Context) -> str:
    usage = " ".join(context.command.collect_usage_pieces(context))
    parts = [f"\n## {context.command_path}\n", f"`{context.command_path} {usage}`\n"]
    parts.append(f"{_words(context.command.help)}\n")
    options = [one for one in context.command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        rows = "\n".join(f"| {_code(name)} | {_cell(said)} |" for name, said in map(_told, options))
        parts.append(f"| option | |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _told(option: click.Option) -> tuple[str, str]:
    """Its names with the metavar, and its help with default and range, as `--help` has them."""
    name, said = option.get_help_record(click.Context(check)) or ("", "")
    return name.replace("INTEGER RANGE", "N"), said


def _settings() -> str:
    own, keys = sorted(OF_A_TARGET), keys_of(check)
    head = (
        "# The settings\n\n"
        "What may stand in `slashv1.toml` or `[tool.slashv1]`, the variable that says the same, and whether "
        "pytest has it as `--slashv1-…`, or as `--base-url`; [config.md](config.md) says which wins. "
        f"Those of one URL are taken only with it: {', '.join(f'`{name}`' for name in own)}.\n\n"
        + WRITTEN.format(source="the options of `slashv1 check`")
        + "\n| key | value | variable | pytest | |\n|---|---|---|---|---|\n"
    )
    options = [one for one in check.params if isinstance(one, click.Option) and _name(one) in keys]
    return head + "\n".join(map(_setting, options)) + "\n"


def _setting(option: click.Option) -> str:
    name, (_, said) = _name(option), _told(option)
    metavar = option.make_metavar(click.Context(check)).replace("INTEGER RANGE", "N")
    value = "true or false" if option.is_flag else "list of texts" if option.multiple else _code(metavar)
    pytest = "yes" if name in OPTIONS or name == "base-url" else "no"
    variable = PREFIX + name.upper().replace("-", "_")
    return f"| `{name}` | {value} | `{variable}` | {pytest} | {_cell(said)} |"


def _matrix() -> str:
    cases = load_matrix()
    head = (
        "# The cases\n\n"
        "Everything that is tried, by phase and operation. A run of a tier sends those of the tiers before "
        "it too. Which checks judge a case: `slashv1 matrix --json`; how to add one: "
        "[write-a-case.md](write-a-case.md).\n\n" + WRITTEN.format(source="`matrix/phases/`")
    )
    parts = [head]
    for phase in sorted({case.phase for case in cases}):
        parts.append(f"\n## Phase {phase}\n")
        for name in dict.fromkeys(case.operation for case in cases if case.phase == phase):
            own = [case for case in cases if case.operation == name and case.phase == phase]
            parts.append(
                f"\n### {name}, phase {phase}\n\n"
                f"`{own[0].request.method} {own[0].request.path}`\n\n"
                "| case | tier | expects | what it tries |\n|---|---|---|---|\n"
            )
            parts.extend(map(_case, own))
    return "".join(parts)


def _case(case: Case) -> str:
    expects = " or ".join(map(str, case.expect.status)) + (", stream" if case.stream else "")
    asked = "" if load_profile("openai").tries(case) else " (where asked for)"
    return f"| `{case.name}` | {case.tier}{asked} | {expects} | {_cell(case.title)} |\n"


def _records() -> str:
    head = (
        "# The run record and the comparisons\n\n"
        "`--report-json` writes a run record, from which every report is made; `slashv1 compare` with "
        "`--json FILE` a comparison of two, `slashv1 report` of several records an overview. Each has a JSON "
        "Schema, in the package as `slashv1/run.schema.json`, `comparison.schema.json` and "
        "`overview.schema.json`. A field may be added; `schema_version` is raised where one goes "
        "away or changes its meaning. Fields marked * are always there.\n\n"
        + WRITTEN.format(source="the schemas")
    )
    return head + "".join(
        _schema(json.loads(files("slashv1").joinpath(f"{name}.schema.json").read_text("utf-8")), title)
        for name, title in (("run", "Run record"), ("comparison", "Comparison"), ("overview", "Overview"))
    )


def _schema(schema: Mapping[str, Any], title: str) -> str:
    parts = [f"\n## {title}\n\n{schema.get('description', '')}\n\n{_fields(schema, schema)}"]
    for name, one in schema.get("$defs", {}).items():
        if "properties" in one:
            said = f"{one['description']}\n\n" if "description" in one else ""
            parts.append(f"\n### {title}: {name}\n\n{said}{_fields(one, schema)}")
    return "".join(parts)


def _fields(one: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    required, defined = one.get("required", ()), whole.get("$defs", {})
    rows = [
        f"| `{name}`{'*' if name in required else ''} | {_kind(field)} | {_meaning(field, defined)} |"
        for name, field in one["properties"].items()
    ]
    return "| field | is | |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _meaning(field: Mapping[str, Any], defined: Mapping[str, Any]) -> str:
    """Its own description, else that of what it refers to."""
    inner = field.get("items", field)
    shared = defined.get(str(inner.get("$ref", "")).rsplit("/", 1)[-1], {}) if isinstance(inner, dict) else {}
    return _cell(str(field.get("description") or shared.get("description", "")))


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return _code(json.dumps(schema["const"]))
    if "enum" in schema:
        return _cell(", ".join(_code(json.dumps(one)) for one in schema["enum"]))
    named = schema.get("type", "any")
    kinds = [named] if isinstance(named, str) else list(named)
    if "array" in kinds and isinstance(schema.get("items"), dict):
        kinds[kinds.index("array")] = f"array of {_kind(schema['items'])}"
    return " or ".join(kinds)


def _with_figures(name: str, prefix: str) -> str:
    """A page with the figures that the others now have."""
    head, line, rest = (FOLDER / name).read_text("utf-8").partition("| page |\n|---|---|---|---|\n")
    behind = re.sub(r"\A(?:\|.*\n)*", "", rest)
    return head + line + "".join(_figure(prefix, *one) for one in FIGURES) + behind


def _figure(prefix: str, what: str, pattern: str, said: str, command: str, page: str) -> str:
    found = re.search(pattern, (FOLDER / page).read_text("utf-8"), re.MULTILINE)
    if not found:
        raise click.ClickException(f"docs/{page} no longer says: {what}")
    return f"| {what} | {said.format(*found.groups())} | {command} | [{prefix}{page}]({prefix}{page}) |\n"


def _name(option: click.Parameter) -> str:
    return max(option.opts, key=len).removeprefix("--")


def _words(text: str | None) -> str:
    return " ".join((text or "").split())


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _cell(text: str) -> str:
    return _words(text).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        click.echo(f"wrote {name.removeprefix('../')}")
