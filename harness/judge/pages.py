"""Lists that come in pages: their ends, their length, and how one page follows another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import objects, sequence, short
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

LIST = on(stream=False).where(lambda case: case.operation.endswith(".list"))
ITEMS = on("responses.input_items.list")


def _ids(reading: Reading) -> list[Any]:
    return [entry.get("id") for _, entry in objects(reading.object.get("data"))]


@check(
    "pages.ends",
    level=Level.SHOULD,
    title="first_id and last_id are those of the page's ends",
    clause="PG-1",
    when=LIST,
    needs=[Facet.VALUES],
)
def _ends(reading: Reading) -> Iterator[Deviation]:
    """The SDKs ask for the next page with the last id: another one skips entries or repeats them.

    A genuine list of files named a first entry that it did not show: only input items are all shown.
    """
    found, shown = _ids(reading), ITEMS(reading.case)
    for key, wanted in (("first_id", found[0]), ("last_id", found[-1])) if found else ():
        given = reading.object.get(key)
        judged = key in reading.object and isinstance(wanted, str) and (shown or given in found)
        if judged and given != wanted:
            message = f"{key} is not the id of the {key.removesuffix('_id')} entry"
            yield Deviation(message, wanted, short(given), f"/{key}")


@check(
    "pages.limit",
    level=Level.SHOULD,
    title="A page has no more entries than its limit",
    clause="PG-2",
    when=LIST.where(lambda case: case.request.query.get("limit", "").isdigit()),
)
def _limit(reading: Reading) -> Iterator[Deviation]:
    """Callers that ask for one entry take it for the newest, and pay for reading a thousand."""
    limit, data = int(reading.case.request.query["limit"]), sequence(reading.object.get("data"))
    if len(data) > limit > 0:
        yield Deviation(f"{len(data)} entries where limit is {limit}", str(limit), str(len(data)), "/data")


_ASCENDING = ("chat.completions.messages.list",)
"""Lists that begin with the oldest unless told otherwise."""


def _whole(reading: Reading) -> tuple[list[Any], bool]:
    """The page beside this one that no query cuts or turns: its ids in their order, and whether they are all.

    Raises:
        Inconclusive: there is none.
    """
    for other in reading.others.values():
        same = other.case.operation == reading.case.operation and other is not reading
        if same and _filters(other.case) == _filters(reading.case) and not _paged(other.case) and _ids(other):
            return _ids(other), other.object.get("has_more") is not True
    raise Inconclusive("no page with the whole list stands beside it")


PAGING = frozenset({"limit", "order", "after", "before"})


def _paged(case: Case) -> bool:
    return bool(case.request.query.keys() & PAGING)


def _filters(case: Case) -> dict[str, str]:
    """What a query asks for beside the page."""
    return {key: value for key, value in case.request.query.items() if key not in PAGING}


_compared = LIST.where(_paged).where(
    lambda case: any(name.startswith(f"{case.operation}/") for name in case.beside + case.after)
)


def _due(reading: Reading) -> tuple[list[Any], bool]:
    """The ids that the page is to have, and whether more follow.

    Raises:
        Inconclusive: it reaches beyond what is known of the list.
    """
    (known, whole), query = _whole(reading), dict(parse_qsl(reading.exchange.request.query))
    own = "asc" if reading.case.operation in _ASCENDING else "desc"
    turned = query.get("order", own) != own
    listed = known[::-1] if turned else known
    after = query.get("after")
    start = listed.index(after) + 1 if after in listed else 0
    limit = int(query["limit"]) if query.get("limit", "").isdigit() else len(listed)
    if not whole and (turned or start + limit >= len(listed)):
        raise Inconclusive("the whole list does not fit on one page")
    return listed[start : start + limit], len(listed) > start + limit


@check(
    "pages.entries",
    level=Level.SHOULD,
    title="A page has the entries that its order, limit and cursor lead to",
    clause="PG-3",
    when=_compared,
    needs=[Facet.VALUES],
)
def _entries(reading: Reading) -> Iterator[Deviation]:
    """Loops over pages that overlap never end, or show an entry twice and another never."""
    wanted, given = _due(reading)[0], _ids(reading)
    if given != wanted:
        yield Deviation("the page has other entries than are due", short(wanted), short(given), "/data")


@check(
    "pages.has-more",
    level=Level.SHOULD,
    title="has_more says whether entries follow",
    clause="PG-4",
    when=_compared,
    needs=[Facet.VALUES],
)
def _has_more(reading: Reading) -> Iterator[Deviation]:
    """Pagination goes on by it: false too early loses the rest, true at the end asks for ever."""
    wanted, given = _due(reading)[1], reading.object.get("has_more")
    if given is not wanted:
        message = f"has_more is {short(given)} though entries {'follow' if wanted else 'do not follow'}"
        yield Deviation(message, short(wanted), short(given), "/has_more")


@check(
    "lifecycle.input-kept",
    level=Level.SHOULD,
    title="The input items of a response are what was sent",
    clause="ST-15",
    when=ITEMS.where(lambda case: not case.request.query),
)
def _input_kept(reading: Reading) -> Iterator[Deviation]:
    """Interfaces rebuild the conversation from these items: a turn that is missing was never said."""
    created = [other for name, other in reading.others.items() if name.startswith("responses.create/")]
    if not created:
        raise Inconclusive("no response created before it is known")
    wanted = words(created[-1].asked.get("input") if isinstance(created[-1].asked, dict) else None)
    given = [text for _, item in objects(reading.object.get("data")) for text in words([item])]
    if sorted(given) != sorted(wanted):
        yield Deviation("the items hold other texts than were sent", short(wanted), short(given), "/data")


def words(items: Any) -> list[str]:
    """What is said in input items, part by part."""
    if isinstance(items, str):
        return [items]
    said: list[str] = []
    for _, item in objects(items):
        content = item.get("content")
        said += [content] if isinstance(content, str) else []
        said += [part["text"] for _, part in objects(content) if isinstance(part.get("text"), str)]
    return said
