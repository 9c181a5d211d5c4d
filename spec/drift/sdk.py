"""The contract against the installed `openai` package: its methods, their arguments and their models.

A method is matched by the request line it sends, read from its source; names are no evidence.
"""

from __future__ import annotations

import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from slashv1.spec.compile.contract import own_inputs
from slashv1.spec.contract import Operation, definitions, operations
from slashv1.spec.drift.alternatives import Alternative, Field, Node
from slashv1.spec.drift.compare import Comparison, Rules
from slashv1.spec.drift.compiled import Compiled
from slashv1.spec.drift.known import Allowed, explained
from slashv1.spec.drift.model import Change, Direction, Drift, SdkMissingError, Weight
from slashv1.spec.drift.overlays import Corrections, split
from slashv1.spec.drift.sdk_models import Arguments, Models, hints

RULES = Rules(presence="either", bounds=False, untyped=False)
_CALL = re.compile(
    r"self\._(get_api_list|get|post|put|patch|delete)\(\s*(?:path_template\(\s*)?f?[\"']([^\"']+)[\"']"
)
_TEMPLATE = re.compile(r"path_template\(([^()]*)\)")
_NAMED = re.compile(r"(\w+)=")
_BESIDE = re.compile(r"(?:query=maybe_transform|strip_not_given)\(\s*\{(.*?)\}", re.DOTALL)
"""What is sent in the query or in headers."""
_WORD = re.compile(r"\w+")
_LISTED_BY = re.compile(r"method=[\"'](\w+)[\"']")
_NOT_BODY = frozenset({"extra_headers", "extra_query", "extra_body", "timeout", "return", "self"})
_STREAMS = frozenset({"Stream", "AsyncStream"})


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a resource, and the request it sends."""

    name: str
    """From the client on: `chat.completions.create`."""
    line: tuple[str, str]
    """HTTP method and path below `/v1`, parameters unnamed."""
    function: Callable[..., Any]


def sdk_drift(allowed: tuple[Allowed, ...] = ()) -> Drift:
    """What the installed SDK has, lacks or says otherwise.

    Raises:
        SdkMissingError: `openai` is not installed; how to install it.
    """
    sdk = imported()
    found = methods(sdk)
    comparison = Comparison(Compiled(definitions), Models(), RULES)
    matched: set[tuple[str, str]] = set()
    for operation in operations().values():
        line = line_of(operation)
        method = chosen(found.get(line, ()), operation.name)
        if method is None:
            said = f"{operation.method} {operation.path}"
            comparison.changes.append(_operation(operation.name, Direction.REMOVED, Weight.BREAKING, said))
            continue
        matched.add(line)
        _bodies(comparison, operation, method)
    for line in sorted(found.keys() - matched, key=lambda one: found[one][0].name):
        new = f"{line[0]} /v1{line[1]}"
        name = found[line][0].name
        comparison.changes.append(_operation(name, Direction.ADDED, Weight.ADDITIVE, new))
    changes, corrected = split(comparison.changes, Corrections(own_inputs()))
    left, known, stale = explained(changes, allowed)
    counted = {"operations": len(matched), "methods": len(found), "objects": comparison.pairs}
    return Drift(f"openai {sdk.__version__}", left, (*known, *corrected), stale, counted)


def imported() -> ModuleType:
    """The installed SDK.

    Raises:
        SdkMissingError: there is none; how to install it.
    """
    try:
        import openai
    except ImportError as error:
        raise SdkMissingError("the openai package is not installed: pip install 'slashv1[sdk]'") from error
    return openai


def _operation(name: str, direction: Direction, weight: Weight, detail: str) -> Change:
    return Change(name, "operation", name, "operation", direction, weight, detail)


def line_of(operation: Operation) -> tuple[str, str]:
    """The request line by which a method of the SDK is matched."""
    return operation.method, bare(operation.path.removeprefix("/v1"))


def bare(path: str) -> str:
    """A path with its parameters unnamed."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def methods(sdk: ModuleType) -> dict[tuple[str, str], list[Method]]:
    """Every method that sends one request, by request line."""
    client = sdk.OpenAI(api_key="none", base_url="http://127.0.0.1:9/v1")
    found: dict[tuple[str, str], list[Method]] = {}
    try:
        for method in _below(client, ""):
            found.setdefault(method.line, []).append(method)
    finally:
        client.close()
    return found


def _below(resource: Any, prefix: str) -> Iterator[Method]:
    for name in dir(type(resource)):
        if name.startswith(("_", "with_")):
            continue
        member = inspect.getattr_static(type(resource), name)
        if callable(getattr(member, "func", None)):  # a cached property: a resource below
            below = getattr(resource, name)
            if type(below).__module__.startswith("openai.resources"):
                yield from _below(below, f"{prefix}{name}.")
        elif inspect.isfunction(member) and prefix:
            line = _line(member)
            if line:
                yield Method(f"{prefix}{name}", line, member)


def _line(function: Callable[..., Any]) -> tuple[str, str] | None:
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None
    call = _CALL.search(source)
    if call is None:
        return None
    verb = call[1]
    if verb == "get_api_list":
        listed = _LISTED_BY.search(source, call.end())
        verb = listed[1] if listed else "get"
    return verb.upper(), bare(call[2])


def chosen(found: list[Method] | tuple[()], name: str) -> Method | None:
    """The method of that name; else the first of the plain ones, which only send."""
    same = [one for one in found if one.name == name]
    plain = [one for one in found if one.name.rpartition(".")[2] not in ("parse", "stream")]
    return next(iter([*same, *plain, *found]), None)


def _bodies(comparison: Comparison, operation: Operation, method: Method) -> None:
    ours = comparison.ours
    assert isinstance(ours, Compiled)  # noqa: S101 - tells mypy what `root` is asked of
    for part, reference, theirs in bodies(operation, method):
        name, mine = reference.rpartition("/")[2], ours.root(reference)
        if part == "event":
            theirs = unwrapped(ours.alternatives(mine), comparison.theirs.alternatives(theirs), theirs)
        comparison.body(operation.name, part, name, mine, theirs)


def bodies(operation: Operation, method: Method) -> Iterator[tuple[str, str, Node]]:
    """What a method sends and returns: the part, our reference of its schema, the SDK's types."""
    said = hints(method.function)
    sent_as_form = "multipart/form-data" in inspect.getsource(method.function)
    asked = (operation.form if sent_as_form else None) or operation.request or operation.form
    if asked and method.line[0] in ("POST", "PUT", "PATCH"):
        yield "request", asked, (Arguments(method.name, _arguments(method, said)),)
    whole, events = _answers(said.get("return"))
    if operation.response and whole:
        yield "response", operation.response, whole
    if operation.event and events:
        yield "event", operation.event, events


def _arguments(method: Method, said: Mapping[str, Any]) -> dict[str, Field]:
    signature = inspect.signature(method.function)
    calls = _TEMPLATE.findall(inspect.getsource(method.function))
    elsewhere = {name for call in calls for name in _NAMED.findall(call)}
    for beside in _BESIDE.findall(inspect.getsource(method.function)):
        elsewhere.update(_WORD.findall(beside))
    return {
        name: Field((said[name],), parameter.default is inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name in said and name not in _NOT_BODY and name not in elsewhere
    }


def _answers(said: Any) -> tuple[Node, Node]:
    """The types of a whole answer and of one stream event."""
    whole: list[Any] = []
    events: list[Any] = []
    for part in typing.get_args(said) if _is_union(said) else (said,):
        name = getattr(typing.get_origin(part), "__name__", "")
        if name in _STREAMS:
            events.extend(typing.get_args(part))
        elif part not in (None, type(None), str, bytes):
            whole.append(part)
    return tuple(whole), tuple(events)


def unwrapped(ours: Sequence[Alternative], theirs: Sequence[Alternative], node: Node) -> Node:
    """The data of events: of assistants the SDK models name and data, the contract the data alone."""
    wrapped = all({"event", "data"} <= one.fields.keys() for one in theirs)
    if wrapped and not any("event" in one.fields for one in ours):
        return tuple(part for one in theirs for part in one.fields["data"].node)
    return node


def _is_union(said: Any) -> bool:
    import types

    return typing.get_origin(said) in (typing.Union, types.UnionType)
