"""`slashv1.toml`, `[tool.slashv1]` of `pyproject.toml`, or YAML: found, read, mistakes by file and line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from slashv1.errors import UsageError

FILE = "slashv1.toml"
PROJECT = "pyproject.toml"
YAML = (".yaml", ".yml")
"""A file of the same keys that a fleet is read from."""
EMBEDDED = "embedded"
"""The target that no file names: our own gateway."""
OF_A_TARGET = frozenset(
    {"base-url", "api-key-env", "header", "query", "model", "embedding-model", "insecure"}
)
"""What belongs to one URL, and is never sent to another: left out where the URL comes from elsewhere."""
EXPANDED = frozenset({"base-url", "header", "query", "proxy"})
"""Where `${NAME}` stands for an environment variable."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = re.compile(
    r"authorization|cookie|token|secret|password|(^|[-_])(key|sig|signature)$", re.IGNORECASE
)
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a file says; empty where there is none."""

    path: Path | None = None
    text: str = ""
    table: str = ""
    """`tool.slashv1` in a project's file, else nothing."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """For every target."""
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    target: str | None = None
    """The one that is meant where none is named."""

    @property
    def folder(self) -> Path:
        """What its paths are relative to."""
        return self.path.parent if self.path else Path.cwd()

    def wrong(self, message: str, table: str = "", key: str = "") -> UsageError:
        """A mistake at a key, as one line with the file and the line number."""
        path = self.path or Path()
        place = ".".join(part for part in (self.table, table) if part)
        find_line = yaml_line_of if path.suffix in YAML else line_of
        return UsageError(f"{shown(path)}:{find_line(self.text, place, key)}: {message}")

    def chosen(self, name: str) -> Mapping[str, Any]:
        """The values of a target.

        Raises:
            UsageError: no such target; names the nearest.
        """
        if name in self.targets:
            return self.targets[name]
        if self.path is None:
            raise UsageError(
                f"--target {name}: there is no {FILE} here; `slashv1 init` writes one, or give --base-url"
            )
        raise UsageError(f"no target {name!r} in {shown(self.path)}{_near(name, [*self.targets, EMBEDDED])}")


def find(start: Path) -> Path | None:
    """The nearest file of configuration, from a folder upwards to the root of its repository.

    Raises:
        UsageError: a folder holds two, or a project's file is no TOML.
    """
    for folder in (start, *start.parents):
        own, project = folder / FILE, folder / PROJECT
        told = project.is_file() and _table(project) is not None
        if own.is_file() and told:
            raise UsageError(f"{shown(own)} and [tool.slashv1] of {shown(project)}: keep one")
        if own.is_file():
            return own
        if told:
            return project
        if (folder / ".git").exists():
            return None
    return None


def load(path: Path, known: Collection[str], refused: Mapping[str, str]) -> Configuration:
    """What a file says, its keys held against the options' names.

    `refused`: options that no file may say, and why.

    Raises:
        UsageError: unreadable, no TOML, an unknown key, or a secret in it.
    """
    said: Any = _parse_yaml(path) if path.suffix in YAML else _parse(path)
    table = ""
    if path.name == PROJECT:
        said, table = _table(path) or {}, "tool.slashv1"
    values = {key: value for key, value in said.items() if key not in ("target", "targets")}
    made = Configuration(
        path, path.read_text("utf-8"), table, values, said.get("targets", {}), said.get("target")
    )
    if not isinstance(made.targets, dict) or not all(isinstance(one, dict) for one in made.targets.values()):
        form = "NAME: and its options below" if path.suffix in YAML else "[targets.NAME]"
        raise made.wrong(f"targets is a table of tables: {form}", "", "targets")
    if made.target is not None and made.target not in (*made.targets, EMBEDDED):
        hint = _near(str(made.target), [*made.targets, EMBEDDED])
        raise made.wrong(f"target is {made.target!r}, which no [targets.…] is called{hint}", "", "target")
    if made.targets.get(EMBEDDED) or (EMBEDDED in made.targets and path.suffix not in YAML):
        raise made.wrong(f"{EMBEDDED!r} is the name of the built-in gateway", f"targets.{EMBEDDED}")
    for where, keys in (("", values), *((f"targets.{name}", one) for name, one in made.targets.items())):
        extra = () if where else ("target", "targets")
        _check_keys(made, where, keys, (*known, *extra), refused)
    return made


def _parse_yaml(path: Path) -> dict[str, Any]:
    """The same keys as YAML; a target of which nothing is said, or in a list of names, has no options."""
    from slashv1.matrix.yamlfile import read_mapping

    document = read_mapping(path)
    said = dict(document.value)
    targets = said.get("targets", {})
    if isinstance(targets, list):
        if not all(isinstance(name, str) for name in targets):
            raise document.wrong("a list of targets holds names; with options it is no list", "targets")
        targets = dict.fromkeys(targets)
    if isinstance(targets, dict):
        said["targets"] = {name: {} if value is None else value for name, value in targets.items()}
    return said


def yaml_line_of(text: str, table: str, key: str) -> int:
    """As `line_of`, in YAML: the name of a target may hold dots."""
    from slashv1.matrix.yamlfile import line_of as line_at

    where, _, name = table.partition(".")
    return line_at(text, [step for step in (where, name, key) if step])


def shown(path: Path) -> Path:
    """Relative to where the user stands, if it lies there."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def expanded(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text with `${NAME}` put in from the environment.

    Raises:
        ValueError: one is not set; names it.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in environ:
            raise ValueError(f"names ${{{found[1]}}}, which is not set in the environment")
        return environ[found[1]]

    return _VARIABLE.sub(value, text)


def line_of(text: str, table: str, key: str) -> int:
    """Line, from 1, of a key in a table; of the table where the key is not found; else 1."""
    here, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            here = bare.strip("[] ").replace('"', "").replace("'", "")
            if here == table or (key and here == ".".join(filter(None, (table, key)))):
                found = number
        name = bare.partition("=")[0].strip().strip("\"'")
        if key and here == table and name in (key, key.replace("-", "_")) and "=" in bare:
            return number
    return found


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        said = _AT_LINE.sub("", str(error))
        raise UsageError(f"{shown(path)}:{at[1] if at else 1}: not TOML: {said}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{shown(path)}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise UsageError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise UsageError(f"{shown(path)}: nested too deep") from error


def _table(project: Path) -> dict[str, Any] | None:
    """`[tool.slashv1]`; None where there is none. A file that never names us is not even parsed.

    Raises:
        UsageError: it names us and is no TOML, or that is no table.
    """
    try:
        if b"slashv1" not in project.read_bytes():
            return None
    except OSError as error:
        raise UsageError(f"{shown(project)}: cannot be read: {error.strerror}") from error
    tool = _parse(project).get("tool")
    found = tool.get("slashv1") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{shown(project)}: tool.slashv1 is no table: [tool.slashv1]")
    return found


def _check_keys(
    made: Configuration,
    where: str,
    keys: Mapping[str, Any],
    known: Collection[str],
    refused: Mapping[str, str],
) -> None:
    for key, value in keys.items():
        if key in refused:
            raise made.wrong(f"{key}: {refused[key]}", where, key)
        if key not in known:
            raise made.wrong(f"unknown key {key!r}{_near(key, known)}", where, key)
        if key in ("header", "query"):
            _no_secret(made, where, key, [value] if isinstance(value, str) else value)


def _no_secret(made: Configuration, where: str, key: str, pairs: Any) -> None:
    for pair in pairs if isinstance(pairs, list) else ():
        name, _, value = str(pair).partition(":" if key == "header" else "=")
        if _SECRET.search(name.strip()) and not _VARIABLE.search(value):
            form = f'"{name.strip()}{": " if key == "header" else "="}${{NAME}}"'
            raise made.wrong(f"{key} {name.strip()!r} is a secret: name its variable, {form}", where, key)


def _near(word: str, words: Iterable[str]) -> str:
    words = list(words)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are: {', '.join(sorted(words))}" if len(words) <= 60 else ""
