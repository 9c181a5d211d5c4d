"""Names in a profile that lead nowhere: a slip of the pen there asks for less, silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from slashv1.errors import UsageError
from slashv1.harness.judge.engine import checks
from slashv1.matrix import Case, Profile
from slashv1.matrix.yamlfile import Document, nearest, read


def check_names(profile: Profile, cases: Sequence[Case]) -> None:
    """Operations and tags that the profile requires or leaves out are there.

    Raises:
        UsageError: one is not; names the nearest.
    """
    known = _demands(cases)
    for name in sorted(profile.required | profile.without):
        if name not in known:
            raise UsageError(
                f"profile {profile.name}: {name!r} is no operation and no tag of the matrix"
                f"{nearest(name, known)}; `slashv1 profile lint` shows the line"
            )


def lint(path: Path, cases: Sequence[Case]) -> list[str]:
    """Every objection to a profile's file, one line each, with file and line.

    Raises:
        UsageError: the file cannot be read, or is not what the schema wants.
    """
    document = read(path, "profile")
    return [str(one) for one in (*_names(document, cases), *_globs(document), *_known(document))]


def _names(document: Document, cases: Sequence[Case]) -> Iterator[UsageError]:
    known = _demands(cases)
    for key in ("required", "capabilities", "without"):
        for at, name in enumerate(document.value.get(key, ())):
            if name not in known:
                said = f"{key} names {name!r}, no operation and no tag of the matrix{nearest(name, known)}"
                yield document.wrong(said, key, at)


def _globs(document: Document) -> Iterator[UsageError]:
    for glob in document.value.get("levels", {}):
        if not _matches(glob):
            yield document.wrong(
                f"levels: {glob!r} matches no check{nearest(glob, checks())}", "levels", glob
            )


def _known(document: Document) -> Iterator[UsageError]:
    for at, one in enumerate(document.value.get("known", ())):
        for glob in one.get("checks", ()):
            if not _matches(glob):
                said = f"known.{at}: {glob!r} matches no check{nearest(glob, checks())}"
                yield document.wrong(said, "known", at, "checks")


def _matches(glob: str) -> bool:
    return any(fnmatchcase(check, glob) for check in checks())


def _demands(cases: Sequence[Case]) -> set[str]:
    return {"*"} | {case.operation for case in cases} | {tag for case in cases for tag in case.tags}
