"""A Response object repeats the parameters it was made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, kind, number, objects, short
from slashv1.harness.judge.snapshot import asked_of, of_response, snapshot
from slashv1.harness.reading import Reading
from slashv1.record import Level

Match = Callable[[Any, Any], bool]
"""Whether what came is what was sent."""


def _whole(sent: Any, came: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, true and 1 are not."""
    if isinstance(sent, bool) or isinstance(came, bool):
        return sent is came
    if number(sent) is not None and number(came) is not None:
        return bool(sent == came or (abs(came) < 1e9 and abs(sent - came) <= 1e-6))
    return bool(sent == came)


def _functions(tools: Any) -> set[str]:
    functions = (tool.get("name") for _, tool in objects(tools) if kind(tool) == "function")
    return {name for name in functions if isinstance(name, str)}


def _tools(sent: Any, came: Any) -> bool:
    """Every function comes back, in any order: upstream adds defaults, and tools that the input brings.

    With `tool_search` among them, functions come and go: nothing is compared then.
    """
    if any(kind(tool) in {"tool_search", "namespace"} for _, tool in objects(sent)):
        return True
    return _functions(sent) <= _functions(came)


def _text_too(sent: Any, came: Any) -> bool:
    """Any text: recorders blank what is called a key, in the request alone."""
    return isinstance(came, str) or not isinstance(sent, str)


def _text(sent: Any, came: Any) -> bool:
    """Kind and name of the format: upstream adds `description: null` and `strict`."""
    return all(dig(sent, "format", key) == dig(came, "format", key) for key in ("type", "name"))


def _choice(sent: Any, came: Any) -> bool:
    """The same word, or kind and name."""
    if isinstance(sent, str) or isinstance(came, str):
        return bool(sent == came)
    return all(dig(sent, key) == dig(came, key) for key in ("type", "name"))


PARAMETERS: dict[str, tuple[Match, str, str]] = {
    "temperature": (
        _whole,
        "RE-28",
        "Evaluation logs read the temperature off the answer, not off the request.",
    ),
    "top_p": (
        _whole,
        "RE-29",
        "Evaluation logs read it off the answer; a default shows that the request's was dropped.",
    ),
    "max_output_tokens": (_whole, "RE-30", "A null tells that the limit never reached the backend."),
    "instructions": (
        _whole,
        "RE-31",
        "Agents compare it to see which prompt a stored response was made with.",
    ),
    "metadata": (
        _whole,
        "RE-32",
        "Dashboards and webhooks find their own ids in the metadata; an empty map loses the trail.",
    ),
    "store": (_whole, "RE-33", "Whether the id can be retrieved later is read off this field."),
    "previous_response_id": (_whole, "RE-34", "Clients walk a conversation back along this chain."),
    "truncation": (_whole, "RE-35", "`auto` and `disabled` decide whether a long context fails or is cut."),
    "parallel_tool_calls": (_whole, "RE-36", "Agents that run one tool at a time check that it was taken."),
    "background": (_whole, "RE-37", "Pollers decide by it whether to wait or to read."),
    "tools": (_tools, "RE-38", "Replayed runs take the tools from the stored response."),
    "tool_choice": (_choice, "RE-39", "A forced tool that comes back as `auto` was not forced."),
    "user": (_whole, "RE-42", "Abuse reports and bills are split by it; a null loses whose request it was."),
    "prompt_cache_key": (
        _text_too,
        "RE-43",
        "A key that comes back as null tells that the cache never saw it.",
    ),
    "text.format": (_text, "RE-40", "A schema that comes back as plain text was dropped."),
}
"""Parameter by its path: how it is compared, the clause, and why it matters."""


def _register(path: str, same: Match, clause: str, why: str) -> None:
    key, *rest = path.split(".")

    def judge(reading: Reading) -> Iterator[Deviation]:
        seen, sent = snapshot(reading), asked_of(reading).get(key)
        if sent is None or not seen.value or (rest and dig(sent, *rest) is None):
            return
        came = seen.value.get(key)
        if not same(sent, came):
            fate = "differs from the request's" if key in seen.value else "is missing though it was asked for"
            yield seen.deviation(f"{path} {fate}", *path.split("."), expected=short(sent), actual=came)

    judge.__doc__ = why
    check(
        f"responses.echo.{path}",
        level=Level.SHOULD,
        title=f"`{path}` of the request comes back in the response",
        clause=clause,
        when=of_response("responses.create", asking=key),
        needs=[Facet.REQUEST],
    )(judge)


for _path, (_match, _clause, _why) in PARAMETERS.items():
    _register(_path, _match, _clause, _why)
