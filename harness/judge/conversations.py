"""Conversations: what was said in them stays, in its order, and responses belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.answer import answer
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.lifecycle import earlier, following
from slashv1.harness.judge.look import dig, equal, mapping, objects, short
from slashv1.harness.judge.pages import words
from slashv1.harness.judge.snapshot import snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

CREATE, UPDATE = "conversations.create", "conversations.update"
ADD, LIST = "conversations.items.create", "conversations.items.list"


@check(
    "conversations.kept",
    level=Level.SHOULD,
    title="A conversation has the metadata it was last given",
    clause="CV-1",
    when=on(CREATE, UPDATE, "conversations.retrieve"),
)
def _kept(reading: Reading) -> Iterator[Deviation]:
    """Metadata is how an application finds its users' conversations again."""
    wanted = _metadata(reading)
    if "metadata" in reading.object and not equal(reading.object["metadata"], wanted):
        given = short(reading.object["metadata"])
        yield Deviation("metadata is not what the conversation was given", short(wanted), given, "/metadata")


def _metadata(reading: Reading) -> Any:
    """What was given last: by this request, by an update before it, or at the creation."""
    if reading.case.operation != "conversations.retrieve":
        return mapping(reading.asked).get("metadata") or {}
    updates = [o for name, o in reading.others.items() if name.startswith(UPDATE + "/")]
    last = updates[-1] if updates else earlier(reading, CREATE)
    return mapping(last.asked).get("metadata") or {}


def _whole(case: Case) -> bool:
    return not case.request.query.keys() - {"order"} and case.name != "trimmed"


@check(
    "conversations.items",
    title="The items of a conversation are those that were added, in their order",
    clause="CV-2",
    when=following(CREATE, LIST).where(_whole),
)
def _items(reading: Reading) -> Iterator[Deviation]:
    """The model is shown these items: one that is missing was never said, two that swapped answer nothing."""
    made = earlier(reading, CREATE)
    wanted = words(mapping(made.asked).get("items"))
    for name, other in reading.others.items():
        same = str(made.object.get("id")) in other.exchange.request.path or _belongs(other, made)
        if same and name.startswith(ADD + "/"):
            wanted += words(mapping(other.asked).get("items"))
        elif same and name.startswith("responses.create/"):
            wanted += words(mapping(other.asked).get("input"))
            wanted += [turn.text for turn in answer(other).turns]
    given = [text for _, item in objects(reading.object.get("data")) for text in words([item])]
    ordered = given if reading.case.request.query.get("order") == "asc" else given[::-1]
    if reading.object.get("has_more") is not True and ordered != wanted:
        message = "the items, the oldest first, are not what was added to the conversation"
        yield Deviation(message, short(wanted), short(ordered), "/data")


def _belongs(other: Reading, made: Reading) -> bool:
    named = mapping(other.asked).get("conversation")
    return made.object.get("id") in (named, mapping(named).get("id"))


@check(
    "conversations.trimmed",
    title="An item that was deleted is gone from its conversation",
    clause="CV-3",
    when=following("conversations.items.delete", LIST),
    needs=[Facet.VALUES],
)
def _trimmed(reading: Reading) -> Iterator[Deviation]:
    """What a user took back must not be shown to the model again."""
    ids = [item.get("id") for _, item in objects(reading.object.get("data"))]
    for name, other in reading.others.items():
        gone = other.exchange.request.path.rsplit("/", 1)[-1]
        if name.startswith("conversations.items.delete/") and gone in ids:
            yield Deviation(f"{gone} is still there", "absent", gone, "/data")


BELONGING = on("responses.create").where(lambda case: "conversation" in case.asked)


@check(
    "conversations.named",
    title="A response names the conversation it belongs to",
    clause="CV-4",
    when=BELONGING,
)
def _named(reading: Reading) -> Iterator[Deviation]:
    """Clients keep the id of the answer to go on with: none there, and the next turn starts anew."""
    asked = mapping(reading.asked).get("conversation")
    wanted = mapping(asked).get("id") if isinstance(asked, dict) else asked
    seen = snapshot(reading)
    given = dig(seen.value, "conversation", "id")
    if seen.value and given != wanted:
        message = "conversation is not the one that was asked for"
        yield seen.deviation(
            message, "conversation", expected=short(wanted), actual=seen.value.get("conversation")
        )


@check(
    "conversations.context",
    title="A response knows what was said in its conversation",
    clause="CV-5",
    when=BELONGING.where(lambda case: case.name == "conversation"),
)
def _context(reading: Reading) -> Iterator[Deviation]:
    """The whole point of a conversation: a target that drops it answers every turn as the first.

    What was read is counted as input; whether a model makes use of it is not the protocol's.
    """
    made = next((o for name, o in reading.others.items() if name.startswith(CREATE + "/")), None)
    if made is None:
        raise Inconclusive("no conversation created before it is known")
    said = " ".join([*words(mapping(made.asked).get("items")), *words(mapping(reading.asked).get("input"))])
    tokens = dig(snapshot(reading).value, "usage", "input_tokens")
    least = len(said.split()) - 1  # no tokenizer has fewer tokens than words
    if isinstance(tokens, int) and tokens < least:
        message = f"{tokens} input tokens are fewer than the {least} words of the conversation"
        yield Deviation(message, f"at least {least}", str(tokens), "/usage/input_tokens")
