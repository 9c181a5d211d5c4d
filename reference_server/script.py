"""A script for the gateway: which requests get which answers, delays and faults.

A script is a list of rules, `{"rules": [{"when": {…}, "answer": {…}}]}`; the first that fits a request
answers it, and what none fits is answered as ever. `matrix/schema/script.schema.json` says what may stand
in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slashv1.reference_server.script_error import ScriptError, Steps
from slashv1.reference_server.script_faults import Delay, Fault
from slashv1.reference_server.script_match import When, read_when
from slashv1.reference_server.wire import dumps

Said = Mapping[str, Any]
SPOKEN = ("chat.completions.create", "completions.create", "responses.create")
"""Operations in which the model speaks, so that it can be told what to say."""
_MODEL = ("text", "tool_calls", "finish")
_BODILESS = (204, 205, 304)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the model makes."""

    name: str
    arguments: str
    """Sent as it stands, JSON or not."""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a rule; with nothing but delays and faults the ordinary one, changed."""

    text: str | None = None
    calls: tuple[Call, ...] = ()
    finish: str | None = None
    status: int | None = None
    error: Said | None = None
    body: Any = None
    has_body: bool = False
    frames: tuple[Any, ...] | None = None
    headers: tuple[tuple[str, str | None], ...] = ()
    """None takes a header away."""
    delay: Delay = field(default_factory=Delay)
    fault: Fault = field(default_factory=Fault)
    times: int | None = None
    """How many requests get it; None: as many as come."""

    @property
    def spoken(self) -> bool:
        """Whether the model says it, through the ordinary gateway."""
        return self.text is not None or bool(self.calls) or self.finish is not None

    @property
    def whole(self) -> bool:
        """Whether it stands in place of the gateway, which then looks at neither key nor request."""
        return self.has_body or self.frames is not None or self.status is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests, and what they get one after the other."""

    when: When
    replies: tuple[Reply, ...]
    then: str = "ordinary"
    """What comes behind them: `ordinary` (the rules below), the `last` of them, or all `again`."""

    def reply(self, number: int) -> Reply | None:
        """What the request gets that is the `number`th (from 0) to fit; None: nothing of this rule."""
        counts = [reply.times for reply in self.replies]
        if None not in counts and self.then == "again":
            number %= sum(count or 0 for count in counts)
        for reply in self.replies:
            if reply.times is None or number < reply.times:
                return reply
            number -= reply.times
        return self.replies[-1] if self.then == "last" else None


def read_script(said: Said) -> tuple[Rule, ...]:
    """The rules of a script that has the form of its schema.

    Raises:
        ScriptError: what a schema cannot see: names of operations, keys that exclude each other.
    """
    return tuple(_rule(rule, ("rules", number)) for number, rule in enumerate(said["rules"]))


def _rule(said: Said, steps: Steps) -> Rule:
    if ("answer" in said) == ("answers" in said):
        raise ScriptError("a rule has either `answer`, for every request, or `answers`, one each", *steps)
    when = read_when(said.get("when", {}), (*steps, "when"))
    replies: tuple[Reply, ...]
    if "answer" in said:
        if "then" in said and "times" not in said["answer"]:
            raise ScriptError("`then` comes after `answers`, or an `answer` with `times`", *steps, "then")
        replies = (_reply(said["answer"], None, (*steps, "answer")),)
    else:
        listed = enumerate(said["answers"])
        replies = tuple(_reply(one, 1, (*steps, "answers", number)) for number, one in listed)
    for reply in replies:
        if reply.spoken and not any(when.takes(operation) for operation in SPOKEN):
            wanted = " or ".join(SPOKEN)
            raise ScriptError(
                f"`text`, `tool_calls` and `finish` are for {wanted}; give others a `body`", *steps
            )
    return Rule(when, replies, said.get("then", "ordinary"))


def _reply(said: Said, times: int | None, steps: Steps) -> Reply:
    _refuse_mixed(said, steps)
    status: int | None = said.get("status")
    if "error" in said and (status is None or status < 400):
        raise ScriptError("`error` needs a `status` of 400 or more beside it", *steps, "error")
    if status is not None and status < 400 and not {"error", "body", "frames"} & said.keys():
        raise ScriptError(f"`status: {status}` needs a `body` beside it", *steps, "status")
    if status in _BODILESS:
        raise ScriptError(
            f"`status: {status}` has no body, and every operation answers one", *steps, "status"
        )
    return Reply(
        text=said.get("text"),
        calls=tuple(_call(call) for call in said.get("tool_calls", ())),
        finish=said.get("finish"),
        status=status,
        error=said.get("error"),
        body=said.get("body"),
        has_body="body" in said,
        frames=tuple(said["frames"]) if "frames" in said else None,
        headers=tuple(said.get("headers", {}).items()),
        delay=Delay.read(said.get("delay", 0)),
        fault=Fault.read(said.get("fault", {})),
        times=said.get("times", times),
    )


def _refuse_mixed(said: Said, steps: Steps) -> None:
    """One kind of answer: what the model says, a body, frames, or an error."""
    kinds = [key for key in ("body", "frames", "error") if key in said]
    kinds += [key for key in _MODEL if key in said][:1]
    if len(kinds) > 1:
        raise ScriptError(
            f"{' and '.join(f'`{kind}`' for kind in kinds)} exclude each other", *steps, kinds[1]
        )
    if "status" in said and kinds and kinds[0] in _MODEL:
        raise ScriptError(f"`status` and `{kinds[0]}` exclude each other", *steps, "status")


def _call(said: Said) -> Call:
    arguments = said.get("arguments", {})
    text = arguments if isinstance(arguments, str) else dumps(arguments)
    return Call(said["name"], text, said.get("id"))
