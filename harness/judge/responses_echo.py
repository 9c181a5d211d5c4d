"""A Response object repeats the parameters it was made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, mapping, number, objects
from slashv1.harness.judge.snapshot import asked_of, of_response, snapshot
from slashv1.harness.reading import Reading
from slashv1.record import Level

View = Callable[[Any], Any]
"""What of a parameter's value is compared, on both sides."""


def _whole(value: Any) -> Any:
    return value


def _tools(value: Any) -> Any:
    """Names of the functions, in any order: upstream adds defaults to a tool and sorts them.

    With `tool_search` among them, functions come and go: nothing is compared then.
    """
    tools = [tool for _, tool in objects(value)]
    if any(tool.get("type") in {"tool_search", "namespace"} for tool in tools):
        return None
    functions = (tool.get("name") for tool in tools if tool.get("type") == "function")
    return sorted(name for name in functions if isinstance(name, str))


def _text_format(value: Any) -> Any:
    """Kind and name: upstream adds `description: null` and `strict`."""
    return dig(value, "format", "type"), dig(value, "format", "name")


def _choice(value: Any) -> Any:
    """A word, or kind and name."""
    return value if isinstance(value, str) else (mapping(value).get("type"), mapping(value).get("name"))


PARAMETERS: dict[str, tuple[View, str]] = {
    "temperature": (_whole, "Evaluation logs read the temperature off the answer, not off the request."),
    "top_p": (
        _whole,
        "Evaluation logs read it off the answer; a default shows that the request's was dropped.",
    ),
    "max_output_tokens": (_whole, "A null tells that the limit never reached the backend."),
    "instructions": (_whole, "Agents compare it to see which prompt a stored response was made with."),
    "metadata": (
        _whole,
        "Dashboards and webhooks find their own ids in the metadata; an empty map loses the trail.",
    ),
    "store": (_whole, "Whether the id can be retrieved later is read off this field."),
    "previous_response_id": (_whole, "Clients walk a conversation back along this chain."),
    "truncation": (_whole, "`auto` and `disabled` decide whether a long context fails or is cut."),
    "parallel_tool_calls": (_whole, "Agents that run one tool at a time check that it was taken."),
    "background": (_whole, "Pollers decide by it whether to wait or to read."),
    "tools": (_tools, "Replayed runs take the tools from the stored response."),
    "tool_choice": (_choice, "A forced tool that comes back as `auto` was not forced."),
    "text.format": (_text_format, "A schema that comes back as plain text was dropped."),
}
"""Parameter by its path: what is compared, and why it matters."""


def _same(sent: Any, came: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, true and 1 are not."""
    if isinstance(sent, bool) or isinstance(came, bool):
        return sent is came
    if number(sent) is not None and number(came) is not None:
        return bool(abs(sent - came) <= 1e-6)
    return bool(sent == came)


def _register(path: str, view: View, why: str) -> None:
    key, *rest = path.split(".")

    def judge(reading: Reading) -> Iterator[Deviation]:
        seen, sent = snapshot(reading), asked_of(reading).get(key)
        if sent is None or not seen.value or (rest and dig(sent, *rest) is None):
            return
        came = seen.value.get(key)
        if not _same(view(sent), view(came)):
            fate = "differs from the request's" if key in seen.value else "is missing though it was asked for"
            expected = str(view(sent))[:120]
            yield seen.deviation(f"{path} {fate}", *path.split("."), expected=expected, actual=came)

    judge.__doc__ = why
    check(
        f"responses.echo.{path}",
        level=Level.SHOULD,
        title=f"`{path}` of the request comes back in the response",
        clause="upstream: Response repeats ResponseProperties; same in all genuine answers",
        when=of_response("responses.create", asking=key),
        needs=[Facet.REQUEST],
    )(judge)


for _path, (_view, _why) in PARAMETERS.items():
    _register(_path, _view, _why)
