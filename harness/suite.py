"""Which rules judged: the version, and a hash over contract, checks and cases."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from zipfile import Path as Packed

from slashv1 import __version__
from slashv1.harness.judge.sdk_client import SDK, openai, sdk_version
from slashv1.matrix import Case, Profile
from slashv1.record import Suite

_ROOMS = (("slashv1.spec", (".json", ".yaml")), ("slashv1.harness.judge", (".py",)))


def suite_of(cases: Sequence[Case], profile: Profile | None = None) -> Suite:
    """The suite that judges these cases; a changed rule, schema or case changes its hash.

    Raises:
        UsageError: the profile asks for the official client, and it cannot be imported.
    """
    digest = hashlib.sha256(_rules().encode())
    for case in sorted(cases, key=lambda case: case.id):
        said = dataclasses.asdict(case) | {"tags": sorted(case.tags)}
        digest.update(json.dumps(said, sort_keys=True, default=str).encode())
    return Suite(__version__, digest.hexdigest(), _client(profile), _rules())


def _client(profile: Profile | None) -> str | None:
    """The version of the official client, where it judges beside the suite."""
    if profile is None or SDK not in profile.extras:
        return None
    openai()
    return sdk_version()


@cache
def _rules() -> str:
    digest = hashlib.sha256()
    for room, endings in _ROOMS:
        for name, file in sorted(_files(resources.files(room), endings)):
            digest.update(name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable, endings: tuple[str, ...]) -> Iterable[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from ((f"{entry.name}/{name}", file) for name, file in _files(entry, endings))
        elif entry.name.endswith(".zip"):
            stem, inside = entry.name.removesuffix(".zip"), _files(Packed(str(entry)), endings)
            yield from ((f"{stem}/{name}", file) for name, file in inside)
        elif entry.name.endswith(endings):
            yield entry.name, entry
