"""Where the evidence lies, and reading it; tests skip with the reason where it is not there."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]


def evidence(name: str) -> Path:
    """A file of the evidence folder; skips the test where there is none."""
    said = os.environ.get("SLASHV1_EVIDENCE")
    folder = Path(said) if said else CHECKOUT.parent / "shared" / "evidence"
    if not (folder / name).is_file():
        pytest.skip(f"no {name} in {folder} (set SLASHV1_EVIDENCE)")
    return folder / name


def upstream() -> Any:
    """Upstream's OpenAPI document."""
    return json.loads(gzip.decompress(evidence("upstream-openapi.json.gz").read_bytes()))


def exchanges() -> Iterator[Any]:
    """The genuine exchanges, one after the other."""
    with gzip.open(evidence("openai.jsonl.gz"), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
