"""The files of the contract, as they lie beside this module; an installed wheel packs some folders."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipimport import zipimporter

from jiter import from_json

if TYPE_CHECKING:
    from zipfile import Path as Packed

_HERE = Path(__file__).parent  # not importlib.resources: it costs ten milliseconds of every start


def read(name: str) -> Any:
    """A JSON file of the contract.

    Raises:
        FileNotFoundError: no such file.
    """
    inside, _, rest = name.partition("/")
    path = _HERE / name
    if not rest or path.parent.is_dir():
        return from_json(path.read_bytes())
    try:
        return from_json(_archive(inside).get_data(rest))
    except OSError:
        raise FileNotFoundError(name) from None


@cache
def _archive(name: str) -> zipimporter:
    """The archive of a folder: `zipfile` would cost eight milliseconds where one schema is asked for."""
    return zipimporter(str(_HERE / f"{name}.zip"))


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
