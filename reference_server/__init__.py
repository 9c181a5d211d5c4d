"""The reference gateway: it gets the contract right, or wrong in one named way at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slashv1.reference_server.tables import provocations

if TYPE_CHECKING:
    from slashv1.reference_server.app import create_app
    from slashv1.reference_server.defects import DEFECTS, VARIANTS, Twist, find_twist

__all__ = ["DEFECTS", "VARIANTS", "Twist", "create_app", "find_twist", "provocations"]


def __getattr__(name: str) -> Any:
    # The catalogue can be read without Starlette.
    if name == "create_app":
        from slashv1.reference_server.app import create_app

        return create_app
    if name in __all__:
        from slashv1.reference_server import defects

        return getattr(defects, name)
    raise AttributeError(f"module 'slashv1.reference_server' has no attribute {name!r}")
