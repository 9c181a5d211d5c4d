"""The contract's own JSON files, as they lie beside this module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent  # not importlib.resources: it costs ten milliseconds of every start


def read(name: str) -> Any:
    """A JSON file of the contract.

    Raises:
        FileNotFoundError: no such file.
    """
    return json.loads((_HERE / name).read_text("utf-8"))
