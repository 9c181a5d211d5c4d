"""Which object of one side is which of the other: by discriminator, else by the fields they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from slashv1.spec.drift.alternatives import TAGS, Alternative


@dataclass(slots=True)
class Pairs:
    """The members of two unions, matched."""

    same: list[tuple[Alternative, Alternative]] = field(default_factory=list)
    gone: list[tuple[Alternative, str]] = field(default_factory=list)
    """Members that only the contract has, and what names them."""
    new: list[tuple[Alternative, str]] = field(default_factory=list)


def pair(ours: Sequence[Alternative], theirs: Sequence[Alternative], tags: Sequence[str] = TAGS) -> Pairs:
    """Match two lists of objects."""
    if len(ours) == len(theirs) == 1:
        return Pairs([(ours[0], theirs[0])])
    for index, tag in enumerate(tags):
        mine, their = _grouped(ours, tag), _grouped(theirs, tag)
        if len(mine.keys() | their.keys()) > 1 and mine.keys() & their.keys():
            return _by_tag(tag, mine, their, ours, theirs, tags[index + 1 :])
    return _by_overlap(list(ours), list(theirs))


def _grouped(members: Sequence[Alternative], tag: str) -> dict[str, list[Alternative]]:
    groups: dict[str, list[Alternative]] = {}
    for member in members:
        for value in member.tags.get(tag, ()):
            groups.setdefault(value, []).append(member)
    return groups


def _by_tag(
    tag: str,
    mine: dict[str, list[Alternative]],
    their: dict[str, list[Alternative]],
    ours: Sequence[Alternative],
    theirs: Sequence[Alternative],
    rest: Sequence[str],
) -> Pairs:
    found = Pairs()
    for value in [*mine, *(value for value in their if value not in mine)]:
        if value in mine and value in their:
            _join(found, pair(mine[value], their[value], rest))
        elif value in mine:
            found.gone.extend((one, f"{tag} {value}") for one in mine[value])
        else:
            found.new.extend((one, f"{tag} {value}") for one in their[value])
    bare = [one for one in ours if not one.tags.get(tag)], [one for one in theirs if not one.tags.get(tag)]
    _join(found, _by_overlap(*bare))
    return found


def _by_overlap(ours: list[Alternative], theirs: list[Alternative]) -> Pairs:
    scored = sorted(
        ((_alike(a, b), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs)),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    found, left, right = Pairs(), set(range(len(ours))), set(range(len(theirs)))
    for score, i, j in scored:
        if score > 0 and i in left and j in right:
            found.same.append((ours[i], theirs[j]))
            left.discard(i)
            right.discard(j)
    found.gone = [(ours[i], _named(ours[i])) for i in sorted(left)]
    found.new = [(theirs[j], _named(theirs[j])) for j in sorted(right)]
    return found


def _alike(a: Alternative, b: Alternative) -> float:
    if a.name and a.name == b.name:
        return 2.0
    if not a.fields and not b.fields:
        return 1.0
    return len(a.fields.keys() & b.fields.keys()) / len(a.fields.keys() | b.fields.keys())


def _named(one: Alternative) -> str:
    return one.name or ("{" + ", ".join(sorted(one.fields)[:4]) + "}")


def _join(found: Pairs, more: Pairs) -> None:
    known = {(a.key, b.key) for a, b in found.same}
    found.same.extend(one for one in more.same if (one[0].key, one[1].key) not in known)
    found.gone.extend(more.gone)
    found.new.extend(more.new)
