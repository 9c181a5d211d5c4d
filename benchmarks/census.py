"""Which keys genuine answers always carry, held against what the contract demands: an oracle of its own.

The mutants take the contract's word for what is required. Here the traffic has it: at each place of the
contract that at least ten exchanges reach, a key that no object lacks and the contract does not demand
is told with the reason; a key that it demands and an object lacks would be an objection. A demand on
fewer exchanges rests on upstream's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from slashv1.spec.census import Census, Count
from slashv1.spec.contract import definitions
from slashv1.spec.evidence import THIN, messages

SPAN = 30
"""Days between the first and the last recording, from which on a habit of one day is ruled out."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one place."""

    family: str
    place: str
    name: str
    objects: int
    exchanges: int
    operations: tuple[str, ...]
    said: str
    """Why it is not demanded; of one that began some day: that day."""


@dataclass(frozen=True, slots=True)
class Held:
    """What came of the comparison."""

    confirmed: int
    """Demanded by the contract, and in every object of at least ten exchanges."""
    thin: int
    """Demanded, at places that fewer exchanges reach."""
    unseen: int
    """Demanded, at places that no exchange reaches: on upstream's word alone."""
    absent: tuple[Key, ...]
    """Required, and yet absent."""
    undemanded: tuple[Key, ...]
    began: tuple[Key, ...]
    """Absent in every exchange before some day and present in every one since."""


def census(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, Census]:
    """The counts of all answers and events, by family."""
    found: dict[str, Census] = {}
    for exchange in exchanges:
        for one in messages(exchange):
            if one.part != "request":
                family = one.reference.partition("#")[0]
                known = found.setdefault(family, Census(family))
                known.add(one.reference, one.value, one.operation, one.exchange, one.day)
    return found


def held(found: Mapping[str, Census]) -> Held:
    """The counts beside the contract."""
    confirmed = thin = unseen = 0
    absent: list[Key] = []
    undemanded: list[Key] = []
    began: list[Key] = []
    for family, known in sorted(found.items()):
        for place, node in _objects(family):
            count = known.places.get(place)
            due = {*node.get("required", ()), *node.get("x-always", ())}
            if count is None or len(count.exchanges) < THIN:
                thin, unseen = thin + len(due) * (count is not None), unseen + len(due) * (count is None)
                continue
            for name in node["properties"]:
                whole = name not in count.lacking
                confirmed += whole and name in due
                if whole and name not in due:
                    undemanded.append(_key(family, place, name, count, _reason(family, place, count)))
                if not whole and name in node.get("required", ()):
                    absent.append(_key(family, place, name, count, ""))
                day = count.began(name, THIN)
                if day is not None:
                    began.append(_key(family, place, name, count, day))
    return Held(confirmed, thin, unseen, tuple(absent), tuple(undemanded), tuple(began))


def _key(family: str, place: str, name: str, count: Count, said: str) -> Key:
    operations = tuple(sorted(count.operations))
    return Key(family, place, name, count.objects, len(count.exchanges), operations, said)


def _reason(family: str, place: str, count: Count) -> str:
    """Why a key that always stands at a place is not demanded there; empty where there is no reason."""
    name = place.partition("/")[0]
    try:
        asked = name in definitions(f"{family}-request")
    except KeyError:
        asked = False
    days = sorted(day for day in count.exchanges.values() if day)
    span = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days if days else 0
    if asked:
        return "callers send this object and get it back: what stands there is theirs"
    if "Delta" in name or "Chunk" in name:
        return "a piece of a stream holds what is new"
    return f"recorded within {span + 1} day{'s' if span else ''}" if span < SPAN else ""


def _objects(family: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every place of a family that names keys."""
    waiting: list[tuple[str, Any]] = list(definitions(family).items())
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, list):
            waiting.extend((f"{place}/{index}", one) for index, one in enumerate(node))
        elif isinstance(node, dict):
            properties = node.get("properties", {})
            if properties and not any(one.get("x-discriminator") for one in properties.values()):
                yield place, node
            waiting.extend((f"{place}/properties/{key}", one) for key, one in properties.items())
            waiting.extend((f"{place}/{key}", node[key]) for key in _BELOW if key in node)


_BELOW = ("items", "additionalProperties", "allOf", "anyOf", "then")


def markdown(found: Held) -> list[str]:
    """The section of docs/fidelity.md."""
    text = f"""\
### Keys that always stand there

Counted over all genuine answers and events, place by place, without a look at what the contract demands:
{found.confirmed:,} keys that it demands stand in every object of at least {THIN} exchanges,
{len(found.absent)} that it requires do not. {found.thin:,} more are demanded where fewer exchanges reach,
{found.unseen:,} where none does: those rest on upstream's word, as the operations do that are tested by their
documented shape.

Always there, and not demanded:
"""
    began = f"""
Began some day: absent in every exchange before it, present in every one since, {THIN} or more of each and on
more than one day:
"""
    return [text, *_table(found.undemanded, "why not"), began, *_table(found.began, "first seen")]


def _table(keys: Iterable[Key], last: str) -> list[str]:
    rows = [f"| family | place | keys | objects | exchanges | {last} |", "|---|---|---|---:|---:|---|"]
    grouped: dict[tuple[str, str, str], list[Key]] = {}
    for key in keys:
        grouped.setdefault((key.family, key.place, key.said), []).append(key)
    for (family, place, said), group in grouped.items():
        names = ", ".join(f"`{one.name}`" for one in group)
        shown = place.replace("/properties/", ".").replace("/items", "[]").replace("/anyOf/0", "")
        counted = f"{group[0].objects:,} | {group[0].exchanges:,}"
        rows.append(f"| {family} | `{shown}` | {names} | {counted} | {said or '**not explained**'} |")
    return rows
