"""Cases and profiles out of YAML, the built-in ones or a user's own folder."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slashv1.errors import UsageError
from slashv1.fixtures.folding import unfold
from slashv1.matrix.model import (
    Case,
    Expect,
    ExpectedError,
    Known,
    Poll,
    Profile,
    Provocation,
    Reference,
    RequestTemplate,
)
from slashv1.matrix.reference import NAMES, references
from slashv1.matrix.reference import Reference as Hole
from slashv1.matrix.yamlfile import Document, nearest, read
from slashv1.spec.data import unpacked

if TYPE_CHECKING:
    from zipfile import Path as Packed

_HERE = Path(__file__).parent
_BUILT_IN = unpacked(_HERE / "profiles")
_CLIENT_FAULT = ("invalid_request_error",)
"""The `type` of every genuine rejection of a client's mistake."""
ANY = "*"
"""As an expected `type`: any string."""


def load_matrix(folder: str | Path | None = None) -> tuple[Case, ...]:
    """Every case of a folder of phase files, or of the built-in one, in the order of files and lines.

    Raises:
        UsageError: no such folder, or a mistake in a file: its name, line and a hint.
    """
    return _built_in() if folder is None else _matrix(Path(folder))


def load_profile(name_or_path: str | Path) -> Profile:
    """A built-in profile by name, or a user's own by the path of its YAML file.

    Raises:
        UsageError: no such profile, or a mistake in its file.
    """
    name = str(name_or_path)
    if name in profiles():
        return _profile(_BUILT_IN / f"{name}.yaml")
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return _profile(Path(name))
    hint = nearest(name, profiles())
    raise UsageError(f"unknown profile {name!r}{hint} (one of your own: the path of its .yaml file)")


def profiles() -> tuple[str, ...]:
    """Names of the built-in profiles."""
    return tuple(sorted(path.stem for path in _BUILT_IN.iterdir()))


@cache
def _built_in() -> tuple[Case, ...]:
    return _matrix(unpacked(_HERE / "phases"))


def _matrix(folder: Path | Packed) -> tuple[Case, ...]:
    found: dict[str, tuple[Case, Document]] = {}
    for path in _phase_files(folder):
        document = read(path, "phase")
        for case in _cases(document):
            if case.id in found:
                other = found[case.id][1].path.name
                raise document.wrong(f"case {case.id} stands in {other} already", *_steps(case))
            found[case.id] = (case, document)
    _linked(found)
    return _grouped(found)


def _phase_files(folder: Path | Packed) -> list[Path | Packed]:
    inner = folder / "phases"
    home = inner if inner.is_dir() else folder
    if not home.is_dir():
        raise UsageError(f"{folder}: no such folder; a matrix is a folder of YAML files with cases")
    found: list[Path | Packed] = [*home.iterdir()]
    files = sorted((path for path in found if path.suffix in (".yaml", ".yml")), key=lambda path: path.name)
    if not files:
        raise UsageError(f"{home}: holds no YAML file; a matrix is a folder of YAML files with cases")
    return files


def _cases(document: Document) -> Iterator[Case]:
    for operation, said in document.value["operations"].items():
        for name, case in said["cases"].items():
            yield _case(document, operation, name, case)


def _case(document: Document, operation: str, name: str, said: Mapping[str, Any]) -> Case:
    try:
        request = _request(document.value["operations"][operation]["request"], said)
    except ValueError as error:
        raise document.wrong(str(error), "operations", operation, "cases", name, "json") from None
    _encodable(document, operation, name, request)
    used = list(references(_texts(request)))
    for reference in used:
        if not reference.ok:
            raise document.wrong(_misspelt(reference), "operations", operation, "cases", name)
    steps = [reference.case for reference in used if reference.case]
    return Case(
        operation=operation,
        name=name,
        request=request,
        expect=_expect(said.get("expect", {})),
        title=said.get("title", ""),
        tags=frozenset(said.get("tags", ())),
        after=tuple(dict.fromkeys([*said.get("after", ()), *steps])),
        beside=tuple(said.get("beside", ())),
        together=said.get("together", ""),
        cooperative=bool(said.get("cooperative", False)),
        tries=said.get("eventually") or _tries(said.get("cooperative", False)),
        eventually="eventually" in said,
        poll=_poll(said.get("poll")),
        provoke=said.get("provoke", ""),
        optional=said.get("optional", False),
        phase=document.value["phase"],
        tier=said.get("tier", "standard"),
        source=said.get("source", ""),
    )


def _encodable(document: Document, operation: str, name: str, request: RequestTemplate) -> None:
    """Every `base64` of a form is base64."""
    for part, given in (request.form or {}).items():
        for value in given if isinstance(given, list) else [given]:
            try:
                base64.b64decode(value.get("base64", "") if isinstance(value, dict) else "", validate=True)
            except ValueError as error:
                said = f"the file of the form's part {part!r} is no base64: {error}"
                raise document.wrong(said, "operations", operation, "cases", name) from None


def _texts(request: RequestTemplate) -> list[Any]:
    return [request.path, request.query, request.headers, request.json, request.body, request.form]


def _poll(said: Mapping[str, Any] | None) -> Poll | None:
    return None if said is None else Poll(said["pointer"], tuple(said["until"]), said["requests"])


def _tries(cooperative: bool | int) -> int:
    """A number says it; true: one more try than otherwise."""
    return cooperative if type(cooperative) is int else 1 + cooperative


def _request(base: Mapping[str, Any], said: Mapping[str, Any]) -> RequestTemplate:
    return RequestTemplate(
        method=said.get("method", base["method"]),
        path=said.get("path", base["path"]),
        query={**base.get("query", {}), **said.get("query", {})},
        headers={**base.get("headers", {}), **said.get("headers", {})},
        json=None if "body" in said or "form" in said else _json(base.get("json"), said),
        body=said.get("body"),
        form=None if "body" in said or "json" in said else _form(base.get("form"), said),
    )


def _json(base: Mapping[str, Any] | None, said: Mapping[str, Any]) -> Any:
    own = said.get("json", {})
    if not isinstance(own, dict):
        return unfold(own)
    if base is None and "json" not in said:
        return None
    left_out = said.get("without", ())
    both = {**(base or {}), **own}
    return unfold({key: value for key, value in both.items() if key not in left_out or key in own})


def _form(base: Mapping[str, Any] | None, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if base is None and "form" not in said:
        return None
    own, left_out = said.get("form", {}), said.get("without", ())
    return {key: value for key, value in {**(base or {}), **own}.items() if key not in left_out or key in own}


def _expect(said: Mapping[str, Any]) -> Expect:
    error = said.get("error")
    return Expect(
        status=_tuple(said.get("status", 200)),
        error=None if error is None else _error(error),
        finish_reason=_tuple(said.get("finish_reason", [])),
    )


def _error(said: Mapping[str, Any]) -> ExpectedError:
    return ExpectedError(
        type=() if said.get("type") == ANY else _tuple(said.get("type", _CLIENT_FAULT)),
        code=_tuple(said.get("code", [])),
        param=_tuple(said.get("param", [])),
    )


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _misspelt(reference: Hole) -> str:
    known = " or ".join(f"${{{name}}}" for name in NAMES)
    steps = "${operation/case#/pointer} or ${operation/case@header} of an earlier step"
    return f"${{{reference.text}}} is neither {known} nor {steps}"


def _steps(case: Case) -> tuple[str, ...]:
    return ("operations", case.operation, "cases", case.name)


def _linked(found: Mapping[str, tuple[Case, Document]]) -> None:
    """Every step exists, and no case waits for itself."""
    for case, document in found.values():
        for word, steps in (("after", case.after), ("beside", case.beside)):
            for step in steps:
                if step not in found:
                    said = f"{case.id} stands {word} {step}, which is no case{nearest(step, found)}"
                    raise document.wrong(said, *_steps(case), word)
        for step in case.after:
            if found[step][0].provoke:
                said = f"{case.id} stands after {step}, which only some profiles can provoke"
                raise document.wrong(said, *_steps(case))
    for circle in _circles({name: case.after for name, (case, _) in found.items()}):
        case, document = found[circle[0]]
        raise document.wrong(f"these steps wait for each other: {' after '.join(circle)}", *_steps(case))


def _grouped(found: Mapping[str, tuple[Case, Document]]) -> tuple[Case, ...]:
    """All cases, those that are sent together standing beside each other."""
    groups: dict[str, list[str]] = {}
    for name, (case, document) in found.items():
        if case.together:
            groups.setdefault(case.together, []).append(name)
        if case.together and case.after:
            said = f"{name} is sent together with others and cannot wait for {case.after[0]}"
            raise document.wrong(said, *_steps(case), "together")
    for name, members in groups.items():
        if len(members) == 1:
            case, document = found[members[0]]
            said = f"{case.id} is the only case of the group {name!r}{nearest(name, groups.keys() - {name})}"
            raise document.wrong(said, *_steps(case), "together")
    return tuple(_beside_group(case, groups.get(case.together, ())) for case, _ in found.values())


def _beside_group(case: Case, members: Iterable[str]) -> Case:
    others = [name for name in members if name != case.id]
    return replace(case, beside=tuple(dict.fromkeys([*case.beside, *others]))) if others else case


def _circles(after: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Each case that comes after itself, with the way round."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
        elif name not in done:
            for step in after[name]:
                yield from walk(step, [*way, name])
            done.add(name)

    for name in after:
        yield from walk(name, [])


def _profile(path: Path | Packed) -> Profile:
    document = read(path, "profile")
    said = document.value
    own = Profile(
        name=path.stem,
        title=said.get("title", ""),
        levels=said.get("levels", {}),
        required=frozenset([*said.get("required", ()), *said.get("capabilities", ())]),
        without=frozenset(said.get("without", ())),
        includes=frozenset(said.get("with", ())),
        expect={case: _expect(expected) for case, expected in said.get("expect", {}).items()},
        provoke=_provoke(said),
        refs=said.get("refs", {}),
        phase=said.get("phase"),
        tier=said.get("tier"),
        extensions=frozenset(said.get("extensions", ())),
        headers_required=tuple(said.get("headers", {}).get("required", ())),
        headers_forbidden=tuple(said.get("headers", {}).get("forbidden", ())),
        extras=frozenset({"profile"} if "headers" in said else ()),
        known=tuple(
            Known(one["says"], one["source"], tuple(one.get("checks", ()))) for one in said.get("known", ())
        ),
        reference=_reference(said.get("reference", {})),
    )
    if "extends" not in said:
        return own
    if said["extends"] not in profiles() or (said["extends"] == path.stem and _built_in_file(path)):
        known = nearest(said["extends"], profiles())
        raise document.wrong(f"extends {said['extends']!r}, which is no built-in profile{known}", "extends")
    base = load_profile(said["extends"])
    return replace(
        own,
        levels={**base.levels, **own.levels},
        required=own.required or base.required,
        without=own.without | base.without,
        includes=own.includes | base.includes,
        expect={**base.expect, **own.expect},
        provoke={**base.provoke, **own.provoke},
        refs={**base.refs, **own.refs},
        phase=own.phase or base.phase,
        tier=own.tier or base.tier,
        extensions=own.extensions | base.extensions,
        headers_required=tuple(dict.fromkeys(base.headers_required + own.headers_required)),
        headers_forbidden=tuple(dict.fromkeys(base.headers_forbidden + own.headers_forbidden)),
        extras=own.extras | base.extras,
        known=own.known + base.known,
        reference=Reference(
            {**base.reference.provoke, **own.reference.provoke}, {**base.reference.refs, **own.reference.refs}
        ),
    )


def _built_in_file(path: Path | Packed) -> bool:
    return not isinstance(path, Path) or path.parent == _BUILT_IN


def _provoke(said: Mapping[str, Any]) -> dict[str, Provocation]:
    return {cause: Provocation(**how) for cause, how in said.get("provoke", {}).items()}


def _reference(said: Mapping[str, Any]) -> Reference:
    return Reference(_provoke(said), said.get("refs", {}))
