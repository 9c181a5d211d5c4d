"""Counts, places and times in answers are never negative: one rule by name for every family."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("counts.yaml")
_LIMIT = "max_"


def bounded(schema: Any) -> Any:
    """A copy in which each integer of such a name is at least 0, at any depth, where no bound is stated."""
    if isinstance(schema, list):
        return [bounded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: bounded(value) for key, value in schema.items()}
    if isinstance(out.get("properties"), Mapping):
        out["properties"] = {
            name: _least(one) if counts(name) else one for name, one in out["properties"].items()
        }
    return out


@cache
def counts(name: str) -> bool:
    """Whether a name says that its number is a count, a place or a time."""
    return not name.startswith(_LIMIT) and _names().fullmatch(name) is not None


@cache
def _names() -> re.Pattern[str]:
    rules = yaml.safe_load(FILE.read_text("utf-8"))
    return re.compile("|".join(fnmatch.translate(name) for rule in rules for name in rule["names"]))


def _least(schema: Any) -> Any:
    if "anyOf" in schema:
        return {**schema, "anyOf": [_least(one) for one in schema["anyOf"]]}
    stated = {"enum", "minimum", "exclusiveMinimum"} & schema.keys()
    return {**schema, "minimum": 0} if schema.get("type") == "integer" and not stated else schema
