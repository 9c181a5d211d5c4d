"""State files: YAML, every mistake told with its line and what was expected there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml

from slashv1.errors import UsageError
from slashv1.reference_server.auth import masked
from slashv1.reference_server.catalog import find
from slashv1.reference_server.zumik.hints import fault
from slashv1.reference_server.zumik.state import (
    NANO,
    PROFILES,
    Account,
    Alias,
    Hints,
    Rate,
    Session,
    State,
    account_id,
)

T = TypeVar("T")
_ROOM = ("regions", "provider_ms", "hints", "sessions", "aliases", "keys")
_MOST = 1_000_000


def load_state(path: str | Path | None = None) -> State:
    """The state in a file; None: the one that comes with the package.

    Raises:
        UsageError: it cannot be read, or holds a mistake: file, line and what was expected.
    """
    if path is None:
        default = resources.files(__package__).joinpath("state.yaml")
        return _state(_root("state.yaml", default.read_text("utf-8")))
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; --state names a YAML file") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: is no UTF-8 text (byte {error.start}); --state names a YAML file"
        ) from error
    return _state(_root(str(path), text))


@dataclass(frozen=True)
class _Spot:
    """One node of the file, with its name for a message."""

    file: str
    node: yaml.Node
    where: str

    def wrong(self, expected: str) -> UsageError:
        return UsageError(f"{self._place} {self.where} is {self._shown}; expected {expected}")

    def unknown(self, name: str, known: tuple[str, ...]) -> UsageError:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
        return UsageError(f"{self._place} unknown key {name!r} in {self.where}; {hint}")

    @property
    def _place(self) -> str:
        return f"{self.file}:{self.node.start_mark.line + 1}:"

    @property
    def _shown(self) -> str:
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        return "a list" if isinstance(self.node, yaml.SequenceNode) else repr(self.node.value)[:80]

    @property
    def value(self) -> Any:
        """The value as YAML reads it.

        Raises:
            UsageError: a tag that YAML's safe subset does not have.
        """
        try:
            return yaml.SafeLoader("").construct_document(self.node)
        except (yaml.YAMLError, ValueError) as error:
            raise self.wrong("a plain YAML value") from error

    def entries(self, *known: str) -> Iterator[tuple[str, _Spot]]:
        """The entries of a mapping; with `known`, no others may stand there."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("a mapping")
        seen: set[str] = set()
        for key, value in self.node.value:
            at = _Spot(self.file, key, self.where)
            if not isinstance(key, yaml.ScalarNode):
                raise at.wrong("a name before each colon")
            if key.value in seen:
                raise UsageError(f"{at._place} {_told(key.value)!r} stands in {self.where} twice; keep one")
            if known and key.value not in known:
                raise at.unknown(key.value, known)
            seen.add(key.value)
            inner = _told(key.value) if self.where == "the file" else f"{self.where}.{_told(key.value)}"
            yield key.value, _Spot(self.file, value, inner)

    def items(self) -> Iterator[_Spot]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("a list")
        for number, node in enumerate(self.node.value):
            yield _Spot(self.file, node, f"{self.where}[{number}]")


def _told(name: str) -> str:
    """A key of an account is a secret in messages too."""
    return masked(name) if name.startswith(("zk_live_", "sk-")) else name


def _root(file: str, text: str) -> _Spot:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(
            f"{file}:{line}: is not YAML: {error.problem}; expected `name: value` lines"
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{file}:1: is not YAML: {str(error).splitlines()[0]}") from error
    if node is None:
        raise UsageError(f"{file}:1: is empty; expected {', '.join(_ROOM)}")
    return _Spot(file, node, "the file")


def _state(root: _Spot) -> State:
    said = dict(root.entries(*_ROOM))
    regions = tuple(_text(item) for item in said["regions"].items()) if "regions" in said else ("us-east-1",)
    if not regions:
        raise said["regions"].wrong("at least one region")
    hints = _table(said, "hints", "ah_", _hints)
    sessions = _table(said, "sessions", "ses_", lambda spot: _session(spot, tuple(hints)))
    return State(
        regions=regions,
        provider_ms=_whole(said["provider_ms"], most=10_000) if "provider_ms" in said else 0,
        hints=hints,
        sessions=sessions,
        aliases=_table(said, "aliases", "", _alias),
        keys=_keys(said["keys"]) if "keys" in said else {},
    )


def _table(said: dict[str, _Spot], name: str, prefix: str, read: Callable[[_Spot], T]) -> dict[str, T]:
    if name not in said:
        return {}
    found: dict[str, T] = {}
    for key, spot in said[name].entries():
        if not key.startswith(prefix) or len(key) == len(prefix):
            raise UsageError(f"{spot._place} {key!r} in {name}; expected a name that starts with {prefix}")
        found[key] = read(spot)
    return found


def _hints(spot: _Spot) -> Hints:
    value = spot.value
    wrong = "a mapping of sections" if not isinstance(value, dict) else fault(value)
    if wrong:
        raise spot.wrong(wrong)
    return dict(value)


def _session(spot: _Spot, known: tuple[str, ...]) -> Session:
    said = dict(spot.entries("hints"))
    if "hints" not in said:
        return Session()
    hints = _text(said["hints"])
    if hints not in known:
        raise said["hints"].wrong(f"one of the hints of this file ({', '.join(known) or 'it has none'})")
    return Session(hints)


def _alias(spot: _Spot) -> Alias:
    said = dict(spot.entries("provider", "release"))
    if "release" not in said:
        raise spot.wrong("{provider: …, release: …}")
    release = _text(said["release"])
    model = find(release)
    if model is None or model.snapshot != release:
        raise said["release"].wrong("a dated model id that the gateway knows, such as gpt-4o-mini-2024-07-18")
    return Alias(_text(said["provider"]) if "provider" in said else "openai", release)


def _keys(spot: _Spot) -> dict[str, Account]:
    return {key: _account(key, inner) for key, inner in spot.entries() if _is_key(key, inner)}


def _is_key(key: str, spot: _Spot) -> bool:
    if key.startswith(("zk_live_", "sk-")) and key.isascii() and key.isprintable() and "invalid" not in key:
        return True
    raise UsageError(f"{spot._place} a key of keys; expected one that starts with zk_live_ or sk-")


def _account(key: str, spot: _Spot) -> Account:
    said = dict(spot.entries("balance", "budget", "rate", "region", "execution_profile"))
    profile = _text(said["execution_profile"]) if "execution_profile" in said else PROFILES[0]
    if profile not in PROFILES:
        raise said["execution_profile"].wrong(f"one of {', '.join(PROFILES)}")
    return Account(
        account_id(key),
        balance=_money(said["balance"]) if "balance" in said else None,
        budget=_money(said["budget"]) if "budget" in said else None,
        rate=_rate(said["rate"]) if "rate" in said else None,
        region=_text(said["region"]) if "region" in said else None,
        execution_profile=profile,
    )


def _rate(spot: _Spot) -> Rate:
    said = dict(spot.entries("requests", "seconds"))
    if "requests" not in said:
        raise spot.wrong("{requests: …, seconds: …}")
    seconds = _whole(said["seconds"], least=1) if "seconds" in said else 60
    return Rate(_whole(said["requests"]), seconds)


def _text(spot: _Spot) -> str:
    value = spot.value
    if (
        not isinstance(value, str)
        or not value
        or not value.isascii()
        or not value.isprintable()
        or " " in value
    ):
        raise spot.wrong("a name of visible ASCII characters")
    return value


def _whole(spot: _Spot, least: int = 0, most: int = _MOST) -> int:
    value = spot.value
    if type(value) is not int or not least <= value <= most:
        raise spot.wrong(f"a whole number from {least} to {most}")
    return value


def _money(spot: _Spot) -> int:
    value = spot.value
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= _MOST:
        raise spot.wrong(f"dollars, a number from 0 to {_MOST}")
    return round(float(value) * NANO)
