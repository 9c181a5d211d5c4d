"""Fields of a vendor's own that a profile allows by name."""

from __future__ import annotations

from fnmatch import fnmatchcase

from slashv1.harness.reading import Reading


def allowed(reading: Reading, pointer: str | None) -> bool:
    """Whether the profile allows the field that a JSON Pointer leads to, by its key or its path."""
    if reading.profile is None or not reading.profile.extensions or not pointer:
        return False
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    path = ".".join(step for step in steps if not step.isdigit())
    return any(
        fnmatchcase(steps[-1], name) or fnmatchcase(path, name) or path.endswith(f".{name}")
        for name in reading.profile.extensions
    )
