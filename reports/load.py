"""A run record from a file, checked against its published schema."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from slashv1.errors import UsageError
from slashv1.record import SCHEMA_VERSION, Run, load_run
from slashv1.reports.visible import clip, visible

COMPARISON = "a comparison of runs, no run record"
"""What is said of the JSON that `compare`, `report` and `fleet` write."""


@cache
def run_schema() -> dict[str, Any]:
    """The JSON Schema of the run record."""
    text = files("slashv1").joinpath("run.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def parse_run(text: str | bytes) -> Run:
    """A `Run` from the text of a record.

    Raises:
        ValueError: not JSON, cut off, of another schema version, or not a run record.
    """
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ValueError(f"not JSON: {error}") from error
    objection = first_objection(raw)
    if objection:
        raise ValueError(objection)
    return load_run(raw)


def first_objection(raw: Any) -> str | None:
    """Where JSON values are no run record, and how; None if they are one."""
    if not isinstance(raw, dict) or "schema_version" not in raw:
        return "not a run record: no schema_version; one is written by `slashv1 check --report-json FILE`"
    if "results" not in raw and "differences" in raw:
        return COMPARISON
    if raw["schema_version"] != SCHEMA_VERSION:
        said = clip(json.dumps(raw["schema_version"]), 40)
        return f"schema_version {said}, this release reads {SCHEMA_VERSION}"
    import jsonschema_rs

    error = next(iter(jsonschema_rs.Draft202012Validator(run_schema()).iter_errors(raw)), None)
    if error is None:
        return None
    place = "".join(f"/{part}" for part in error.instance_path) or "the top"
    return f"not a run record: at {place}: {clip(visible(error.message), 200)}"


def read_run(path: Path) -> Run:
    """A `Run` from a file.

    Raises:
        UsageError: no such file, unreadable, or no run record; says what is wrong.
    """
    try:
        return parse_run(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error
