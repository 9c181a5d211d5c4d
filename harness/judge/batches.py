"""Batches: how they go on, what they count, and what their output says of their input."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.files import uploaded
from slashv1.harness.judge.lifecycle import earlier, following
from slashv1.harness.judge.look import dig, integer, mapping, objects, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.place import dotted
from slashv1.record import Level
from slashv1.spec import objections, operation, parse

CREATE, RETRIEVE, CANCEL = "batches.create", "batches.retrieve", "batches.cancel"
ENDED = ("completed", "failed", "expired", "cancelled")
_RUNNING = ("in_progress", "finalizing")
_BROKEN = {
    "failed": "a line of its file is no JSON",
    "doubled": "two lines of its file have the same custom_id",
}
"""What is wrong with a file, by the case that polls the batch over it."""
_RANKS = {"validating": 0, "in_progress": 1, "finalizing": 2, "cancelling": 3, **dict.fromkeys(ENDED, 4)}
_STAMPS = (
    "created_at",
    "in_progress_at",
    "finalizing_at",
    "cancelling_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelled_at",
)
"""In the order in which a batch gets them."""
BATCH = on(CREATE, RETRIEVE, CANCEL)
OUTPUT = on("files.content").where(lambda case: case.name.startswith("batch-"))


def _status(reading: Reading) -> str | None:
    value = reading.object.get("status")
    return value if isinstance(value, str) else None


def ended(reading: Reading) -> str:
    """The status of a batch that was polled to its end.

    Raises:
        Inconclusive: it has not ended in the time that the plan allows.
    """
    status, poll = _status(reading), reading.case.poll
    if status in ENDED:
        return status
    waited = f" after {reading.exchange.attempts} requests in {sum(poll.waits):.0f} s" if poll else ""
    raise Inconclusive(f"the batch is still {status}{waited}: a target may take a day for it")


@check(
    "batches.order",
    title="A batch never goes back to a status before",
    clause="BT-1",
    when=following(CREATE, RETRIEVE, CANCEL),
    needs=[Facet.VALUES],
)
def _order(reading: Reading) -> Iterator[Deviation]:
    """Pollers act once on each status: one that comes again starts the download or the alarm again."""
    made = earlier(reading, CREATE).object.get("id")
    now = _RANKS.get(_status(reading) or "", 9)
    for name, other in reading.others.items():
        before = _status(other) if other.object.get("id") == made else None
        if _RANKS.get(before or "", 0) > now or (before in ENDED and before != _status(reading)):
            message = f"status is {_status(reading)}, it was {before} before ({name})"
            yield Deviation(message, f"{before} or later", str(_status(reading)), "/status")
            return


@check(
    "batches.stamps",
    level=Level.SHOULD,
    title="A batch's times follow each other, and tell of its status",
    clause="BT-2",
    when=BATCH,
    needs=[Facet.VALUES],
)
def _stamps(reading: Reading) -> Iterator[Deviation]:
    """Dashboards and alarms compute how long a batch waited and ran from them."""
    body, status = reading.object, _status(reading)
    since = body.get(f"{status}_at")
    if status in _RANKS and f"{status}_at" in body and integer(since) is None:
        message = f"status is {status}, and {status}_at does not say since when"
        yield Deviation(message, "Unix seconds", short(since), f"/{status}_at")
    known = [(name, at) for name in _STAMPS if (at := integer(body.get(name))) is not None]
    for (first, before), (second, later) in pairwise(known):
        if later < before:
            message = f"{second} lies before {first}"
            yield Deviation(message, f"at least {before}", str(later), f"/{second}")


@check(
    "batches.counts",
    title="The counts of a batch add up",
    clause="BT-3",
    when=BATCH,
)
def _counts(reading: Reading) -> Iterator[Deviation]:
    """Progress bars divide by `total`, and callers look for failures only where `failed` says so."""
    counts = mapping(reading.object.get("request_counts"))
    numbers = {key: integer(counts.get(key)) for key in ("total", "completed", "failed")}
    total, done, failed = (numbers[key] for key in ("total", "completed", "failed"))
    if total is None or done is None or failed is None:
        return
    over, whole = done + failed > total, _status(reading) in ("completed", "expired")
    if over or (whole and done + failed < total):
        message = f"{done} completed and {failed} failed are not the {total} of a {_status(reading)} batch"
        yield Deviation(message, f"{total} in all", str(done + failed), "/request_counts")
    sent = _sent(reading)
    if sent is not None and _status(reading) == "completed" and total != len(sent):
        message = f"total is {total}, the input file has {len(sent)} requests"
        yield Deviation(message, str(len(sent)), str(total), "/request_counts/total")


def _sent(reading: Reading) -> list[str] | None:
    """The custom ids of the input file, where the step that uploaded it is known."""
    wanted = reading.object.get("input_file_id")
    for other in reading.others.values():
        if other.case.operation == "files.create" and other.object.get("id") == wanted:
            return _custom_ids(uploaded(other).data)
    return None


def _custom_ids(content: bytes) -> list[str]:
    lines = (mapping(parse(line).value) for line in content.splitlines() if line.strip())
    return [str(line.get("custom_id")) for line in lines]


@check(
    "batches.ends",
    level=Level.SHOULD,
    title="A batch ends as its input file deserves",
    clause="BT-4",
    when=on(RETRIEVE).where(lambda case: case.poll is not None),
)
def _ends(reading: Reading) -> Iterator[Deviation]:
    """A broken file that is run all the same is paid for; errors without a line cannot be mended.

    It is read before any line is run: a batch that is past `validating` was not found to be broken, and
    need not have ended for that to show.
    """
    broken = _BROKEN.get(reading.case.name)
    status = str(_status(reading)) if broken and _status(reading) in _RUNNING else ended(reading)
    errors = [error for _, error in objects(dig(reading.object, "errors", "data"))]
    if broken:
        if status != "failed":
            message = f"the batch is {status}, though {broken}"
            yield Deviation(message, "failed", status, "/status")
        elif not errors:
            yield Deviation("the batch has failed and says no error", "errors", "none", "/errors")
        elif not any(integer(error.get("line")) for error in errors):
            yield Deviation("no error says its line", "a line", "none", "/errors/data/0/line")
    elif status == "failed":
        said = short([error.get("message") for error in errors])
        yield Deviation(
            f"the batch has failed, though its file is right: {said}", "completed", status, "/status"
        )


_RESULTS = (("output_file_id", "completed"), ("error_file_id", "failed"))


@check(
    "batches.files",
    level=Level.SHOULD,
    title="A completed batch names a file for what succeeded and one for what failed",
    clause="BT-7",
    when=BATCH,
)
def _files(reading: Reading) -> Iterator[Deviation]:
    """The files are all that is left of the work: without the error file nobody learns what was refused.

    Where every request failed, the batch is completed all the same, and names errors alone.
    """
    if _status(reading) != "completed":
        return
    for key, counted in _RESULTS:
        count = integer(dig(reading.object, "request_counts", counted))
        named = reading.object.get(key)
        if count and not named:
            message = f"{key} is {short(named)}, though {count} requests {counted}"
            yield Deviation(message, "the id of a file", short(named), f"/{key}")
        elif count == 0 and named:
            message = f"{key} names a file, though no request {counted}"
            yield Deviation(message, "null", short(named), f"/{key}")


@check(
    "batches.no-file",
    level=Level.MAY,
    title="A file that a batch does not have is null",
    clause="BT-8",
    when=BATCH,
)
def _no_file(reading: Reading) -> Iterator[Deviation]:
    """Clients that ask `if error_file_id is not None` go on to read `/files//content`, and fail on a 404.

    Genuine OpenAI was seen to send the empty text too, so that it is told and no failure.
    """
    for key, _ in _RESULTS:
        if reading.object.get(key) == "":
            yield Deviation(f"{key} is an empty text", "null", '""', f"/{key}")


def _lines(reading: Reading) -> list[Any]:
    return [parse(line).value for line in reading.exchange.body.splitlines() if line.strip()]


@check(
    "batches.lines",
    title="Each line of output answers one line of input, by its custom_id",
    clause="BT-5",
    when=OUTPUT,
    needs=[Facet.BYTES],
)
def _output_lines(reading: Reading) -> Iterator[Deviation]:
    """The order is free, so callers join by `custom_id`: a missing one is lost work, a double one a crash."""
    wanted = _expected(reading)
    lines = _lines(reading)
    given = [mapping(line).get("custom_id") for line in lines]
    broken = next((line for line in lines if not isinstance(line, dict)), lines)
    if broken is not lines:
        yield Deviation("a line is no JSON object", "an object", short(broken))
    elif sorted(map(str, given)) != sorted(wanted):
        message = "the custom_ids are not those of the requests that ended so"
        yield Deviation(message, short(sorted(wanted)), short(given))


def _expected(reading: Reading) -> list[str]:
    """The ids that the file is due to have: requests with messages succeed, those without are refused.

    Raises:
        Inconclusive: the input is not known.
    """
    for other in reading.others.values():
        if other.case.operation == "files.create":
            lines = [mapping(parse(line).value) for line in uploaded(other).data.splitlines()]
            good = reading.case.name == "batch-output"
            return [str(one.get("custom_id")) for one in lines if bool(dig(one, "body", "messages")) is good]
    raise Inconclusive("the input file is not known")


@check(
    "batches.answers",
    title="A line of output holds the answer that the endpoint gives",
    clause="BT-6",
    when=OUTPUT,
    needs=[Facet.BYTES],
)
def _answers(reading: Reading) -> Iterator[Deviation]:
    """The bodies are read by the same code that reads a live answer, and by the status beside them."""
    good = reading.case.name == "batch-output"
    schema = operation("chat.completions.create").response if good else "errors#/$defs/ErrorResponse"
    for number, line in enumerate(_lines(reading), 1):
        status, body = dig(line, "response", "status_code"), dig(line, "response", "body")
        if integer(status) is None or (status < 400) is not good:
            message = f"response.status_code of line {number} is {short(status)}"
            yield Deviation(message, "200" if good else "at least 400", short(status))
        elif found := objections(str(schema), body):
            first = found[0]
            place = f"response.body{dotted(first.pointer)}" if first.pointer else "response.body"
            message = f"{place} of line {number} is {first.actual}; expected {first.expected}"
            yield Deviation(message, first.expected, first.actual)
