"""A Response object: identity, status, usage. Judged in plain answers and in a stream's last snapshot."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat import another_model
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import DAY, dig, integer, mapping, objects, short
from slashv1.harness.judge.snapshot import asked_of, of_response, snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

EARLIEST = 1_577_836_800
"""2020-01-01: no Response is older."""


@check("responses.object", title='`object` is "response"', clause="RE-1", when=of_response())
def _object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients (openai-java, openai-go, async-openai) take the object apart by this constant."""
    seen = snapshot(reading)
    if seen.value and seen.value.get("object") != "response":
        actual = seen.value.get("object")
        yield seen.deviation('object is not "response"', "object", expected='"response"', actual=actual)


@check(
    "responses.id-prefix",
    level=Level.SHOULD,
    title="`id` starts with `resp_`",
    clause="RE-2",
    when=of_response(),
    needs=[Facet.VALUES],
)
def _id_prefix(reading: Reading) -> Iterator[Deviation]:
    """Stores and routers tell a response id from a conversation or message id by its prefix."""
    seen = snapshot(reading)
    given = seen.value.get("id")
    if isinstance(given, str) and not (given.startswith("resp_") and len(given) > len("resp_")):
        yield seen.deviation("id has not the prefix resp_", "id", expected="resp_…", actual=given)


@check(
    "responses.created-seconds",
    title="`created_at` is Unix time in seconds",
    clause="RE-3",
    when=of_response(),
    needs=[Facet.VALUES],
)
def _created_seconds(reading: Reading) -> Iterator[Deviation]:
    """Milliseconds read as seconds put the answer fifty thousand years ahead; datetime conversion raises."""
    seen = snapshot(reading)
    for key in ("created_at", "completed_at"):
        value = integer(seen.value.get(key))
        if value is not None and not EARLIEST <= value <= reading.exchange.sent_at + DAY:
            message = f"{key} is {value}; not a Unix time in seconds near now"
            yield seen.deviation(message, key, expected="seconds since 1970", actual=value)


@check(
    "responses.created-now",
    level=Level.SHOULD,
    title="`created_at` is the time of the request",
    clause="VA-3",
    when=on("responses.create"),
    needs=[Facet.VALUES],
)
def _created_now(reading: Reading) -> Iterator[Deviation]:
    """Stored responses expire by it and are listed by it; 0 is a placeholder. A day of skew is fine."""
    seen, sent = snapshot(reading), reading.exchange.sent_at
    given = integer(seen.value.get("created_at"))
    if given is not None and sent > 0 and EARLIEST <= given < sent - DAY:
        message = f"created_at is {given}, more than a day before the request"
        yield seen.deviation(message, "created_at", expected=str(int(sent)), actual=given)


@check(
    "responses.model-resolved",
    level=Level.MAY,
    title="The model is the one asked for, or a snapshot of it",
    clause="VA-4",
    when=on("responses.create"),
    needs=[Facet.REQUEST],
)
def _model_resolved(reading: Reading) -> Iterator[Deviation]:
    """Another family than the one asked for may be an alias, or a silent substitution: look at it once."""
    seen = snapshot(reading)
    yield from another_model(reading, seen.value.get("model"), f"{seen.base}/model", seen.frame)


@check(
    "responses.output.annotations-within",
    level=Level.SHOULD,
    title="Annotations point into their text",
    clause="VA-5",
    when=of_response(),
)
def _annotations_within(reading: Reading) -> Iterator[Deviation]:
    """Citation renderers cut the text at these places: beyond its end they raise, or mark the wrong words."""
    seen = snapshot(reading)
    for i, j, part in seen.parts():
        text = part.get("text")
        if not isinstance(text, str):
            continue
        for k, note in objects(part.get("annotations")):
            start, end = integer(note.get("start_index")), integer(note.get("end_index"))
            at = integer(note.get("index"))
            ordered = start is None or end is None or 0 <= start <= end <= len(text)
            if not ordered or (at is not None and not 0 <= at <= len(text)):
                message = f"output[{i}].content[{j}].annotations[{k}] points outside of its text"
                place = ("output", i, "content", j, "annotations", k)
                yield seen.deviation(message, *place, expected=f"within 0 to {len(text)}", actual=note)


@check("responses.model", title="`model` names the model that answered", clause="RE-4", when=of_response())
def _model(reading: Reading) -> Iterator[Deviation]:
    """Cost accounting and tracing key on it; an empty name books the call on no model."""
    seen = snapshot(reading)
    if seen.value.get("model") == "":
        yield seen.deviation("model is an empty string", "model", expected="the model's name", actual="")


@check(
    "responses.status.terminal",
    title="A foreground response ends in a terminal status",
    clause="RE-5",
    when=on("responses.create", stream=False),
)
def _terminal(reading: Reading) -> Iterator[Deviation]:
    """A client that did not ask for `background` reads the output at once; `in_progress` hangs it."""
    seen = snapshot(reading)
    if asked_of(reading).get("background") is True or seen.status is None:
        return
    if seen.status not in {"completed", "incomplete", "failed"}:
        message = f"status is {seen.status} although the answer is whole"
        expected = "completed, incomplete or failed"
        yield seen.deviation(message, "status", expected=expected, actual=seen.status)


@check(
    "responses.status.completed-clean",
    title="A completed response has neither error nor incomplete_details",
    clause="RE-6",
    when=of_response(),
)
def _completed_clean(reading: Reading) -> Iterator[Deviation]:
    """SDK helpers raise on a non-null `error`; agents retry an answer that was whole."""
    seen = snapshot(reading)
    if seen.status != "completed":
        return
    for key in ("error", "incomplete_details"):
        if seen.value.get(key) is not None:
            message = f"{key} is not null in a completed response"
            yield seen.deviation(message, key, expected="null", actual=seen.value[key])


@check(
    "responses.status.incomplete-reason",
    title="An incomplete response says why",
    clause="RE-7",
    when=of_response(),
)
def _incomplete_reason(reading: Reading) -> Iterator[Deviation]:
    """`incomplete_details.reason` decides between asking on and giving up; the AI SDK maps it."""
    seen = snapshot(reading)
    reason = dig(seen.value, "incomplete_details", "reason")
    known = {"max_output_tokens", "content_filter"}
    if seen.status == "incomplete" and not (isinstance(reason, str) and reason in known):
        message = "status is incomplete without a known incomplete_details.reason"
        expected = "max_output_tokens or content_filter"
        yield seen.deviation(message, "incomplete_details", expected=expected, actual=reason)


@check(
    "responses.status.failed-error",
    level=Level.SHOULD,
    title="A failed response carries its error",
    clause="RE-8",
    when=of_response(),
)
def _failed_error(reading: Reading) -> Iterator[Deviation]:
    """Without `error.code` and `error.message` nobody can tell a rate limit from a broken prompt."""
    seen = snapshot(reading)
    error = mapping(seen.value.get("error"))
    if seen.status == "failed" and not (error.get("code") and error.get("message")):
        message = "status is failed without error.code and error.message"
        actual = seen.value.get("error")
        yield seen.deviation(message, "error", expected="{code, message}", actual=actual)


@check(
    "responses.no-output-text",
    level=Level.SHOULD,
    title="`output_text` is the SDKs' own convenience, not on the wire",
    clause="RE-9",
    when=of_response(),
)
def _no_output_text(reading: Reading) -> Iterator[Deviation]:
    """SDKs compute it from `output`; a copy on the wire can disagree and shadows theirs in loose clients."""
    seen = snapshot(reading)
    if "output_text" in seen.value:
        message = "output_text stands on the wire; only SDKs add it"
        yield seen.deviation(message, "output_text", expected="absent", actual=seen.value["output_text"])


COUNT = on("responses.input_tokens.count")


@check(
    "responses.input_tokens.object",
    level=Level.SHOULD,
    title='`object` is "response.input_tokens"',
    clause="RE-10",
    when=COUNT,
)
def _count_object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients take the object apart by this constant."""
    actual = reading.object.get("object")
    if reading.object and actual != "response.input_tokens":
        message = 'object is not "response.input_tokens"'
        yield Deviation(message, '"response.input_tokens"', short(actual), "/object")


_beside_create = COUNT.where(
    lambda case: any(name.startswith("responses.create/") for name in case.beside + case.after)
)


@check(
    "responses.input_tokens.as-billed",
    level=Level.SHOULD,
    title="The count is what a create of the same input bills",
    clause="RE-11",
    when=_beside_create,
    needs=[Facet.REQUEST],
)
def _as_billed(reading: Reading) -> Iterator[Deviation]:
    """Context managers cut the conversation by this count: an estimate overflows the window or wastes it."""
    mine, count = asked_of(reading), integer(reading.object.get("input_tokens"))
    keys = ("model", "input", "instructions", "tools")
    twins = [
        other
        for name, other in reading.others.items()
        if name.startswith("responses.create/")
        and all(mine.get(key) == asked_of(other).get(key) for key in keys)
    ]
    billed = integer(dig(snapshot(twins[0]).value, "usage", "input_tokens")) if twins else None
    if count is None or billed is None:
        raise Inconclusive("no create of the same input told its input_tokens")
    if count > 0 and count != billed:
        message = f"input_tokens is {count} where a create of the same input was billed {billed}"
        yield Deviation(message, str(billed), str(count), "/input_tokens")


@check(
    "responses.input_tokens.positive",
    level=Level.SHOULD,
    title="`input_tokens` counts at least one token",
    clause="RE-12",
    when=COUNT,
)
def _count_positive(reading: Reading) -> Iterator[Deviation]:
    """Callers size their context with it; zero or a negative count lets any prompt through."""
    count = integer(reading.object.get("input_tokens"))
    if count is not None and count <= 0:
        message = f"input_tokens is {count} for an input that is not empty"
        yield Deviation(message, "1 or more", str(count), "/input_tokens")
