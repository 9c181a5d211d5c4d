"""slashv1: is this endpoint really OpenAI's /v1?

The public names load on first use, so that an installed but unused pytest plugin costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slashv1.fixtures import Exchange
    from slashv1.record import Finding, Level, Outcome, Result, Run

__version__ = "0.1.0"
__all__ = ["Exchange", "Finding", "Level", "Outcome", "Result", "Run", "__version__"]

_HOME = {
    "Exchange": "slashv1.fixtures",
    "Finding": "slashv1.record",
    "Level": "slashv1.record",
    "Outcome": "slashv1.record",
    "Result": "slashv1.record",
    "Run": "slashv1.record",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'slashv1' has no attribute {name!r}")
