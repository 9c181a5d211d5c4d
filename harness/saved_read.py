"""A file of saved exchanges, read: whole and of a form this release knows, or refused in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from slashv1.errors import UsageError
from slashv1.fixtures import Exchange
from slashv1.fixtures.store import exchange_from
from slashv1.harness.capture import Captured
from slashv1.harness.fuzz.sample import Sample
from slashv1.harness.fuzz.tally import Example, Tally
from slashv1.harness.preflight import Preflight
from slashv1.harness.printable import printable
from slashv1.harness.recorded_bytes import lines
from slashv1.harness.run_record import Traffic
from slashv1.harness.saved import FORMAT, KIND, Asked, Round, Saved
from slashv1.record import Suite

_LINES = {"round": "round", "preflight": "preflight", "case": "answered", "half": "drawn", "end": "end"}
"""By a key that only it has, the kind of a line."""
_WRITTEN = "`slashv1 check --save-exchanges FILE` writes one, `slashv1 audit` judges other traffic"


def read_saved(path: Path) -> Saved:
    """The exchanges of a file.

    Raises:
        UsageError: no such file, none of ours, of a newer format, damaged, or cut off; the line is named.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name the file that --save-exchanges wrote")
    stream = _documents(path)
    head = _head(path, next(stream, (0, None))[1])
    rounds: list[_Reading] = []
    for number, line in stream:
        kind = next((name for key, name in _LINES.items() if key in line), None)
        if kind is None:
            raise _damaged(path, number, "a line of no known kind")
        _check(path, number, kind, line)
        if kind == "end":
            if line["end"] != number - 1:
                raise _damaged(path, number, f"it counts {line['end']} lines, {number - 1} stand before it")
            if next(stream, None) is not None:
                raise _damaged(path, number + 1, "something stands behind the end")
            return _saved(path, head, rounds)
        try:
            _take(line, rounds)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _damaged(path, number, str(error)) from error
    raise UsageError(f"{path}: is cut off: its end is missing, the rest of the run cannot be judged")


def _documents(path: Path) -> Iterator[tuple[int, Any]]:
    """Number and JSON object of each line."""
    for number, line in lines(path):
        if isinstance(line, str):
            raise _foreign(path) if number == 1 and "more than" in line else _damaged(path, number, line)
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _foreign(path) if number == 1 else _damaged(path, number, f"not JSON: {error}") from error
        if not isinstance(value, dict):
            raise _foreign(path) if number == 1 else _damaged(path, number, "not a JSON object")
        yield number, value


def _head(path: Path, head: Any) -> dict[str, Any]:
    """The first line, of a format that this release reads."""
    if not isinstance(head, dict) or head.get("slashv1") != KIND:
        raise _foreign(path)
    said = head.get("format")
    if said != FORMAT:
        newer = isinstance(said, int) and said > FORMAT
        mend = "a newer slashv1 wrote it, use that" if newer else "no release wrote such a one"
        raise UsageError(f"{path}: format {printable(repr(said), 40)}, this release reads {FORMAT}: {mend}")
    _check(path, 1, "head", head)
    return head


def _check(path: Path, number: int, kind: str, line: Mapping[str, Any]) -> None:
    try:
        error = next(iter(_validator(kind).iter_errors(line)), None)
    except ValueError as broken:  # a number that no JSON can hold
        raise _damaged(path, number, str(broken)) from broken
    if error is not None:
        place = "".join(f"/{part}" for part in error.instance_path) or "the top"
        raise _damaged(path, number, f"at {place}: {error.message}")


@cache
def _validator(kind: str) -> Any:
    import jsonschema_rs

    schema = json.loads(files("slashv1").joinpath("exchanges.schema.json").read_text("utf-8"))
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})


def _foreign(path: Path) -> UsageError:
    return UsageError(f"{path}: holds no saved exchanges: {_WRITTEN}")


def _damaged(path: Path, number: int, cause: str) -> UsageError:
    return UsageError(f"{path}: line {number}: is damaged: {printable(cause, 200)}")


class _Reading:
    """One round as its lines come."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.captured = Captured(
            left_out=dict(raw["left_out"]),
            errors=dict(raw["errors"]),
            respelt=dict(raw["respelt"]),
            request_count=raw["request_count"],
        )
        self.preflight: list[Exchange] = []
        self.digests: dict[str, str] = {}

    def round(self, as_of: date | None) -> Round:
        """All that was read."""
        raw = self.raw
        self.captured.as_of = as_of
        self.captured.found = Preflight(
            model=raw["model"],
            embedding_model=raw["embedding_model"],
            notes=tuple(raw["preflight_notes"]),
            server=raw["server"],
            exchanges=tuple(self.preflight),
        )
        traffic = Traffic(
            raw["base_url"],
            raw["started_at"],
            self.captured,
            tuple(raw["notes"]),
            tuple(raw["planned"]),
            raw["seconds"],
            raw["interrupted"],
            raw["name"],
        )
        provoked, refs = frozenset(raw["provoked"]), dict(raw["refs"])
        return Round(traffic, self.digests, dict(raw["withheld"]), provoked, refs)


def _take(line: Mapping[str, Any], rounds: list[_Reading]) -> None:
    if "round" in line:
        rounds.append(_Reading(line["round"]))
        return
    if not rounds:
        raise ValueError("no round was begun before it")
    at = rounds[-1]
    if "preflight" in line:
        at.preflight.append(exchange_from(line["preflight"]))
    elif "half" in line:
        at.captured.fuzzed[line["half"]] = _tally(line)
    else:
        name = line["case"]
        at.captured.exchanges[name] = exchange_from(line["exchange"])
        at.captured.asked[name] = json.loads(line["asked"])
        at.digests[name] = line["digest"]


def _tally(line: Mapping[str, Any]) -> Tally:
    counts = ("requests", "answered", "refused", "refusal", "unreachable", "crashed")
    tally = Tally(**{name: line[name] for name in counts})
    for one in line["failing"]:
        exchange, raw = exchange_from(one["exchange"]), one["sample"]
        sample = Sample(
            raw["method"],
            raw["path"],
            exchange.request.body,
            json.loads(raw["asked"]),
            raw["mistake"],
            raw["kind"],
        )
        tally.failing.setdefault(one["check"], {})[one["kind"]] = Example(sample, exchange)
    return tally


def _saved(path: Path, head: Mapping[str, Any], rounds: list[_Reading]) -> Saved:
    raw = head["asked"]
    asked = Asked(**{**raw, "select": tuple(raw["select"])})
    if not rounds:
        raise UsageError(f"{path}: holds no run")
    try:
        as_of = date.fromisoformat(asked.as_of) if asked.as_of else None
    except ValueError:
        raise _damaged(path, 1, f"as_of {asked.as_of} is no day") from None
    return Saved(Suite(**head["suite"]), asked, tuple(one.round(as_of) for one in rounds))
