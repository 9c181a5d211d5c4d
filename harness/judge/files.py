"""Files: what was uploaded is what is told of it, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.forms import FormPart, sent_parts
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.lifecycle import earlier, following
from slashv1.harness.judge.look import equal, mapping, objects, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

CREATE = "files.create"


def uploaded(reading: Reading) -> FormPart:
    """The file that a request uploads.

    Raises:
        Inconclusive: the recording does not keep it.
    """
    found = next((p for p in sent_parts(reading.exchange.request) if p.filename is not None), None)
    if found is None:
        raise Inconclusive("the file that was uploaded is not known")
    return found


@check(
    "files.told",
    title="A file has the name, size and purpose it was uploaded with",
    clause="FI-1",
    when=on(CREATE),
    needs=[Facet.REQUEST],
)
def _told(reading: Reading) -> Iterator[Deviation]:
    """Callers compare `bytes` to know that an upload is whole, and find the file again by its name."""
    part, body = uploaded(reading), reading.object
    purpose = mapping(reading.asked).get("purpose")
    sent = {"filename": part.filename, "bytes": len(part.data), "purpose": purpose}
    for key, wanted in sent.items():
        if key in body and not equal(body[key], wanted):
            message = f"{key} is not that of the file that was uploaded"
            yield Deviation(message, short(wanted), short(body[key]), f"/{key}")


@check(
    "files.kept",
    level=Level.SHOULD,
    title="A file stays what it was when it was uploaded",
    clause="FI-2",
    when=following(CREATE, "files.retrieve"),
    needs=[Facet.VALUES],
)
def _kept(reading: Reading) -> Iterator[Deviation]:
    """A name or size that changed is another file to whoever looks it up; so is one that expires early."""
    before = earlier(reading, CREATE).object
    for key in ("id", "filename", "bytes", "purpose", "created_at", "expires_at"):
        if key in before and not equal(reading.object.get(key), before[key]):
            message = f"{key} differs from that of the file when it was uploaded"
            yield Deviation(message, short(before[key]), short(reading.object.get(key)), f"/{key}")


@check(
    "files.bytes",
    title="A file comes back byte for byte",
    clause="FI-3",
    when=following(CREATE, "files.content").where(lambda case: "/batch" not in "".join(case.after)),
    needs=[Facet.BYTES],
)
def _bytes(reading: Reading) -> Iterator[Deviation]:
    """One re-encoded, re-ended line or byte-order mark later, checksums fail and JSON lines break."""
    wanted, given = uploaded(earlier(reading, CREATE)).data, reading.exchange.body
    if given == wanted:
        return
    at = next((i for i, (a, b) in enumerate(zip(wanted, given, strict=False)) if a != b), None)
    place = min(len(wanted), len(given)) if at is None else at
    message = f"the content differs from what was uploaded, first at byte {place}"
    yield Deviation(message, _around(wanted, place), _around(given, place))


def _around(data: bytes, place: int) -> str:
    return f"{data[max(0, place - 20) : place + 20]!r} ({len(data)} bytes)"


def _after_creation(case: Case) -> bool:
    """Whether it lists what a step before it made, on a page that begins with the newest."""
    family = case.operation.removesuffix(".list")
    query = case.request.query
    newest = query.get("order", "desc") == "desc" and not query.keys() & {"after", "limit"}
    return newest and any(name.startswith(f"{family}.create/") for name in case.after)


@check(
    "lists.created",
    level=Level.SHOULD,
    title="What was created stands in the list",
    clause="PG-5",
    when=on("files.list", "batches.list").where(_after_creation),
    needs=[Facet.VALUES],
)
def _listed(reading: Reading) -> Iterator[Deviation]:
    """Clean-up jobs and dashboards know only what is listed: what is missing there is paid for unseen."""
    ids = [entry.get("id") for _, entry in objects(reading.object.get("data"))]
    if reading.object.get("has_more") is True:
        raise Inconclusive("the list goes on: others may have created more since")
    for name, other in reading.others.items():
        made = other.object.get("id")
        mine = name.partition("/")[0].removesuffix(".create") == reading.case.operation.removesuffix(".list")
        if mine and isinstance(made, str) and made not in ids:
            yield Deviation(f"{made} is not listed, {name} created it", made, short(ids), "/data")
