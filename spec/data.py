"""The files of the contract, as they lie beside this module; an installed wheel packs some folders."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zipfile import Path as Packed

_HERE = Path(__file__).parent  # not importlib.resources: it costs ten milliseconds of every start


def read(name: str) -> Any:
    """A JSON file of the contract.

    Raises:
        FileNotFoundError: no such file.
    """
    inside, _, rest = name.partition("/")
    found = folder(inside) / rest if rest else _HERE / name
    return json.loads(found.read_text("utf-8"))


def folder(name: str) -> Path | Packed:
    """`schemas`, `overlays` or `clauses`: a folder in the checkout, an archive in a wheel (`setup.py`)."""
    return unpacked(_HERE / name)


@cache
def unpacked(path: Path) -> Path | Packed:
    """A folder of the package: on disk in a checkout, an archive in a wheel (`PACKED` in setup.py)."""
    if path.is_dir():
        return path
    from zipfile import Path as Packed

    return Packed(path.with_suffix(".zip"))


def files(name: str) -> list[Path | Packed]:
    """The files of such a folder, by name."""
    found: list[Path | Packed] = [*folder(name).iterdir()]
    return sorted(found, key=lambda file: file.name)
