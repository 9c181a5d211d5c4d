"""Models: the list, its entries, and the one retrieved."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import DAY, dig, equal, integer, objects, pointer, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

LIST, ONE, EITHER = on("models.list"), on("models.retrieve"), on("models.list", "models.retrieve")
LISTED = on("models.list", error=None).where(lambda case: 200 in case.expect.status)
"""A list, be it that a refusal would be as good."""
FIELDS = ("id", "object", "created", "owned_by")
Entry = tuple[str, dict[str, object]]


def _entries(reading: Reading) -> list[Entry]:
    """The model objects of a list or a single answer, with the pointer to each."""
    if reading.case.operation == "models.retrieve":
        return [("", reading.object)] if reading.object else []
    return [(pointer("data", i), entry) for i, entry in objects(reading.object.get("data"))]


def _deleted(entry: dict[str, object]) -> bool:
    return "deleted" in entry


@check(
    "models.list.object",
    title='The list\'s `object` is "list"',
    clause="MO-1",
    when=LISTED,
)
def _list_object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients take the page apart by this constant."""
    if reading.exchange.status == 200 and reading.object and reading.object.get("object") != "list":
        yield Deviation('object is not "list"', '"list"', short(reading.object.get("object")), "/object")


@check(
    "models.list.non-empty",
    title="There is at least one model",
    clause="MO-2",
    when=LIST,
)
def _non_empty(reading: Reading) -> Iterator[Deviation]:
    """Model pickers (Open WebUI, LibreChat) start from the list: with none, nobody can begin."""
    if reading.object and not reading.object.get("data"):
        yield Deviation("data holds no model", "at least one", short(reading.object.get("data")), "/data")


@check("models.fields", title="Each model has id, object, created, owned_by", clause="MO-3", when=EITHER)
def _fields(reading: Reading) -> Iterator[Deviation]:
    """All four are required in the SDKs' types; pickers sort by `created` and group by `owned_by`."""
    for base, entry in _entries(reading):
        for key in FIELDS:
            if key not in entry and not _deleted(entry):
                yield Deviation(f"{key} is missing in a model", key, "absent", f"{base}/{key}")


@check("models.object", title='A model\'s `object` is "model"', clause="MO-5", when=EITHER)
def _object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients take the entry apart by this constant."""
    for base, entry in _entries(reading):
        if "object" in entry and entry["object"] != "model":
            message = f"object of a model is {short(entry['object'])}"
            yield Deviation(message, '"model"', short(entry["object"]), f"{base}/object")


@check("models.id", title="A model's id is not empty", clause="MO-6", when=EITHER)
def _id(reading: Reading) -> Iterator[Deviation]:
    """It is what the next request sends as `model`."""
    for base, entry in _entries(reading):
        if entry.get("id") == "":
            yield Deviation("id of a model is empty", "a name", '""', f"{base}/id")


@check(
    "models.created-seconds",
    level=Level.SHOULD,
    title="`created` is Unix time in seconds",
    clause="MO-7",
    when=EITHER,
    needs=[Facet.VALUES],
)
def _created_seconds(reading: Reading) -> Iterator[Deviation]:
    """Milliseconds sort a model ahead of all others for ever; a negative time raises in datetime."""
    for base, entry in _entries(reading):
        created = integer(entry.get("created"))
        if created is not None and not 0 <= created <= reading.exchange.sent_at + DAY:
            message = f"created is {short(created)}; not a Unix time in seconds up to now"
            yield Deviation(message, "seconds since 1970", short(created), f"{base}/created")


@check(
    "models.list.ids-unique",
    level=Level.SHOULD,
    title="No model is listed twice",
    clause="MO-8",
    when=LIST,
)
def _ids_unique(reading: Reading) -> Iterator[Deviation]:
    """React lists key on the id and drop or duplicate rows; routers cannot tell which is meant."""
    seen: set[str] = set()
    for base, entry in _entries(reading):
        given = entry.get("id")
        if isinstance(given, str) and given in seen:
            yield Deviation(f"model {given!r} is listed twice", "once", short(given), f"{base}/id")
        elif isinstance(given, str):
            seen.add(given)


@check("models.retrieve.id", title="The model retrieved is the one asked for", clause="MO-9", when=ONE)
def _retrieved_id(reading: Reading) -> Iterator[Deviation]:
    """Gateways that match on a prefix answer with a neighbour: its limits and price are then used."""
    wanted = unquote(reading.exchange.request.path.removeprefix("/v1/models/"))
    given = reading.object.get("id")
    if isinstance(given, str) and given != wanted:
        yield Deviation(f"id is {given!r} where {wanted!r} was asked for", wanted, given, "/id")


_with_list = ONE.where(lambda case: any(step.startswith("models.list/") for step in case.after + case.beside))


@check(
    "models.retrieve.agrees",
    title="List and retrieve tell the same of a model",
    clause="MO-10",
    when=_with_list,
)
def _agrees(reading: Reading) -> Iterator[Deviation]:
    """A picker shows the list, the SDK asks for the one: `created` or `owned_by` must not change between."""
    lists = [other for name, other in reading.others.items() if name.startswith("models.list/")]
    entries = [entry for other in lists for _, entry in objects(other.object.get("data"))]
    listed = next((entry for entry in entries if entry.get("id") == reading.object.get("id")), None)
    if listed is None:
        raise Inconclusive("the model retrieved is not in the list: aliases need not be")
    for key in FIELDS:
        wanted, given = dig(listed, key), reading.object.get(key)
        if key in listed and key in reading.object and not equal(wanted, given):
            message = f"{key} differs from the list's entry of the same model"
            yield Deviation(message, short(wanted), short(given), f"/{key}")
