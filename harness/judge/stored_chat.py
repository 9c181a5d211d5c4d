"""Stored chat completions and compacted conversations: what was created is what is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.lifecycle import earlier, following
from slashv1.harness.judge.look import dig, equal, kind, mapping, objects, sequence, short
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

CREATE, RETRIEVE = "chat.completions.create", "chat.completions.retrieve"
UPDATE, LIST = "chat.completions.update", "chat.completions.list"
MESSAGES, COMPACT = "chat.completions.messages.list", "responses.compact"
FOUND = following(CREATE, RETRIEVE, UPDATE)


@check(
    "stored-chat.same-answer",
    title="A stored completion is the one that was created",
    clause="SC-1",
    when=FOUND,
)
def _same_answer(reading: Reading) -> Iterator[Deviation]:
    """Evaluations and distillation are made from what is stored: another answer trains another model."""
    created = earlier(reading, CREATE).object
    for key in ("id", "model", "created"):
        wanted, given = created.get(key), reading.object.get(key)
        if reading.object and key in created and given != wanted:
            yield Deviation(
                f"{key} is not that of the completion created", short(wanted), short(given), f"/{key}"
            )
    wanted, given = _said(created), _said(reading.object)
    if reading.object and not equal(wanted, given):
        yield Deviation("the choices are not those created", short(wanted), short(given), "/choices")


def _said(body: Mapping[str, Any]) -> list[Any]:
    chosen = (choice for _, choice in objects(body.get("choices")))
    return [(mapping(c.get("message")).get("content"), c.get("finish_reason")) for c in chosen]


@check(
    "stored-chat.metadata",
    title="A stored completion has the metadata it was given last",
    clause="SC-2",
    when=FOUND,
    needs=[Facet.REQUEST],
)
def _metadata(reading: Reading) -> Iterator[Deviation]:
    """Stored completions are found again by their metadata, and by nothing else."""
    updates = [o for name, o in reading.others.items() if name.startswith(f"{UPDATE}/") and not o.case.error]
    last = (
        reading if reading.case.operation == UPDATE else updates[-1] if updates else earlier(reading, CREATE)
    )
    wanted, given = mapping(asked_of(last).get("metadata")), reading.object.get("metadata")
    if reading.object and not equal(given or {}, wanted):
        yield Deviation("metadata are not those given last", short(wanted), short(given), "/metadata")


@check(
    "stored-chat.messages",
    title="The messages of a stored completion are those that were sent",
    clause="SC-3",
    when=following(CREATE, MESSAGES).where(lambda case: not case.request.query),
    needs=[Facet.REQUEST],
)
def _messages(reading: Reading) -> Iterator[Deviation]:
    """The question belongs to the answer: without a turn, or in another order, it is another question."""
    sent = sequence(asked_of(earlier(reading, CREATE)).get("messages"))
    wanted = [(message.get("role"), message.get("content")) for _, message in objects(sent)]
    given = [
        (m.get("role"), m.get("content") or m.get("content_parts"))
        for _, m in objects(reading.object.get("data"))
    ]
    if reading.object.get("has_more") is not True and not equal(given, wanted):
        yield Deviation("the messages are not those sent", short(wanted), short(given), "/data")


@check(
    "stored-chat.filter",
    level=Level.SHOULD,
    title="A list asked for by metadata holds only what has them",
    clause="SC-4",
    when=on(LIST).where(lambda case: any(key.startswith("metadata[") for key in case.request.query)),
)
def _filter(reading: Reading) -> Iterator[Deviation]:
    """Clean-up jobs delete what this list holds: a filter that is ignored deletes everything."""
    asked = reading.case.request.query.items()
    wanted = {key[len("metadata[") : -1]: value for key, value in asked if key.startswith("metadata[")}
    for i, entry in objects(reading.object.get("data")):
        held = mapping(entry.get("metadata"))
        if any(held.get(key) != value for key, value in wanted.items()):
            yield Deviation(
                f"data[{i}] has other metadata", short(wanted), short(held), f"/data/{i}/metadata"
            )


@check(
    "stored-chat.listed",
    level=Level.SHOULD,
    title="What was stored is listed, the newest first",
    clause="SC-5",
    when=following(CREATE, LIST).where(
        lambda case: not {"limit", "after", "order"} & case.request.query.keys()
    ),
    needs=[Facet.VALUES],
)
def _listed(reading: Reading) -> Iterator[Deviation]:
    """What is not listed cannot be found again: its id was shown once, in the answer."""
    made = [o.object.get("id") for name, o in reading.others.items() if name.startswith(f"{CREATE}/")]
    given = [entry.get("id") for _, entry in objects(reading.object.get("data"))]
    wanted = [one for one in made[::-1] if isinstance(one, str)]
    lacking = [one for one in wanted if one not in given]
    if lacking and reading.object.get("has_more") is True:
        raise Inconclusive("the list does not fit on one page")
    if lacking:
        yield Deviation("a stored completion is not listed", short(wanted), short(given), "/data")
    times = [entry.get("created") for _, entry in objects(reading.object.get("data"))]
    numbers = [time for time in times if isinstance(time, int)]
    if numbers != sorted(numbers, reverse=True):
        yield Deviation(
            "the list is not the newest first", short(sorted(numbers)[::-1]), short(numbers), "/data"
        )


@check(
    "compaction.user-kept",
    title="A compacted conversation keeps what the user said",
    clause="SC-6",
    when=on(COMPACT).where(lambda case: bool(case.asked.get("input"))),
    needs=[Facet.REQUEST],
)
def _user_kept(reading: Reading) -> Iterator[Deviation]:
    """Agents go on from the compacted items alone: an instruction that is lost is not obeyed."""
    wanted = _words(asked_of(reading).get("input"))
    given = _words(reading.object.get("output"))
    if reading.object and given != wanted:
        yield Deviation("the user's messages are not those sent", short(wanted), short(given), "/output")


def _words(items: Any) -> list[str]:
    """What the user says in items, message by message."""
    if isinstance(items, str):
        return [items]
    said = []
    for _, item in objects(items):
        if item.get("role") == "user":
            content = item.get("content")
            parts = (part.get("text") for _, part in objects(content))
            said.append(
                content if isinstance(content, str) else "".join(t for t in parts if isinstance(t, str))
            )
    return said


@check(
    "compaction.item",
    title="A compacted conversation ends in one item that holds the rest",
    clause="SC-7",
    when=on(COMPACT),
)
def _item(reading: Reading) -> Iterator[Deviation]:
    """The rest of the conversation is in this item alone, and the server alone can read it."""
    output = sequence(reading.object.get("output"))
    kinds = [kind(item) for item in output]
    if not reading.object:
        return
    if kinds.count("compaction") != 1 or kinds[-1] != "compaction":
        yield Deviation("output does not end in one compaction", "[…, compaction]", short(kinds), "/output")
        return
    sealed = dig(output, -1, "encrypted_content")
    if not isinstance(sealed, str) or not sealed:
        place = f"/output/{len(output) - 1}/encrypted_content"
        yield Deviation("the compaction holds nothing", "a text", short(sealed), place)
