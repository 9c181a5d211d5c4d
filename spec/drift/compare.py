"""Two descriptions of the same body, walked side by side; what differs, with direction and weight.

Requests and answers weigh differently: what a request may no longer hold, or must hold from now on, breaks
senders; an answer that may lack a key, be null or be of another type breaks readers. Whatever the newer
side no longer has is breaking on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from slashv1.spec.drift.alternatives import ANY, Alternative, Field, Node, Reader
from slashv1.spec.drift.model import Change, Direction, Weight
from slashv1.spec.drift.pairing import pair

_ADDED, _REMOVED, _CHANGED = Direction.ADDED, Direction.REMOVED, Direction.CHANGED
_BREAKING, _ADDITIVE = Weight.BREAKING, Weight.ADDITIVE
_ASKED = frozenset({"request", "form"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What the newer side is precise about."""

    presence: Literal["exact", "either"] = "exact"
    """`either`: in answers it does not tell null from absent."""
    bounds: bool = True
    """It states ranges, lengths and patterns."""
    untyped: bool = True
    """A place without a type is meant so."""


@dataclass(frozen=True, slots=True)
class Where:
    """The place that is looked at."""

    group: str
    part: str
    path: str

    def at(self, step: str) -> Where:
        return replace(self, path=self.path + step)


@dataclass(slots=True)
class Comparison:
    """Compares bodies one after the other; a pair of definitions is compared once."""

    ours: Reader
    theirs: Reader
    rules: Rules = field(default_factory=Rules)
    changes: list[Change] = field(default_factory=list)
    pairs: int = 0
    """Objects compared."""
    seen: set[Any] = field(default_factory=set)

    def body(self, group: str, part: str, name: str, ours: Node, theirs: Node) -> None:
        """Compare one body; `name` is what it is called where it has no name of its own."""
        self._walk(ours, theirs, Where(group, part, name))

    def _tell(self, where: Where, what: str, direction: Direction, weight: Weight, detail: str) -> None:
        # Families share definitions of one name: the same difference is told once.
        key = (where.path, what, direction, detail, where.part in _ASKED)
        if key not in self.seen:
            self.seen.add(key)
            found = Change(where.group, where.part, where.path, what, direction, weight, detail)
            self.changes.append(found)

    def _walk(self, ours: Node, theirs: Node, where: Where) -> None:
        mine, their = self.ours.alternatives(ours), self.theirs.alternatives(theirs)
        if not mine or not their:
            return
        kinds = _kinds(mine), _kinds(their)
        if ANY in kinds[0] or ANY in kinds[1]:
            if self.rules.untyped and (ANY in kinds[0]) != (ANY in kinds[1]):
                weight = _BREAKING if ANY in kinds[0] and where.part in _ASKED else _ADDITIVE
                self._tell(where, "type", _CHANGED, weight, f"{_said(kinds[0])} → {_said(kinds[1])}")
            return
        self._types(*kinds, where)
        for kind in sorted(kinds[0] & kinds[1]):
            a, b = _of(mine, kind), _of(their, kind)
            self._bounds(a, b, where)
            if kind == "object":
                self._objects(a, b, where)
            elif kind == "array":
                self._arrays(a, b, where)
            elif kind != "null":
                self._values(a, b, where)

    def _arrays(self, ours: list[Alternative], theirs: list[Alternative], where: Where) -> None:
        if all(one.items for one in (*ours, *theirs)):
            mine = tuple(part for one in ours for part in one.items)
            self._walk(mine, tuple(part for one in theirs for part in one.items), where.at("[]"))

    def _types(self, ours: set[str], theirs: set[str], where: Where) -> None:
        asked = where.part in _ASKED
        if self._exact(where) and ("null" in ours) != ("null" in theirs):
            new = "null" in theirs
            weight = _ADDITIVE if new == asked else _BREAKING
            self._tell(where, "null", _CHANGED, weight, "may be null now" if new else "null no more")
        mine, their = ours - {"null"}, theirs - {"null"}
        if mine != their:
            lost = mine - their - ({"integer"} if "number" in their else set())
            weight = _ADDITIVE if asked and not lost else _BREAKING
            self._tell(where, "type", _CHANGED, weight, f"{_said(mine)} → {_said(their)}")

    def _values(self, ours: list[Alternative], theirs: list[Alternative], where: Where) -> None:
        mine, their = _enum(ours), _enum(theirs)
        if mine is None or their is None:
            if mine != their:
                self._openness(mine, their, where)
            return
        for value in mine:
            if value not in their:
                self._tell(where, "value", _REMOVED, _BREAKING, f"{value!r}")
        for value in their:
            if value not in mine:
                self._tell(where, "value", _ADDED, _ADDITIVE, f"{value!r}")

    def _openness(self, mine: Sequence[Any] | None, their: Sequence[Any] | None, where: Where) -> None:
        if their is None:
            self._tell(where, "open", _CHANGED, _ADDITIVE, f"any value, no longer {_listed(mine or ())}")
        else:
            weight = _BREAKING if where.part in _ASKED and self.rules.bounds else _ADDITIVE
            self._tell(where, "open", _CHANGED, weight, f"only {_listed(their)}, no longer any")

    def _bounds(self, ours: list[Alternative], theirs: list[Alternative], where: Where) -> None:
        if not self.rules.bounds or not len(ours) == len(theirs) == 1:
            return
        mine, their = ours[0].bounds, theirs[0].bounds
        for bound in sorted(mine.keys() | their.keys()):
            old, new = mine.get(bound), their.get(bound)
            if old != new:
                tighter = where.part in _ASKED and _tighter(bound, old, new)
                detail = f"{bound} {'none' if old is None else old} → {'none' if new is None else new}"
                self._tell(where, "bound", _CHANGED, _BREAKING if tighter else _ADDITIVE, detail)

    def _objects(self, ours: list[Alternative], theirs: list[Alternative], where: Where) -> None:
        pairs = pair(ours, theirs)
        for one, name in pairs.gone:
            self._tell(where, "member", _REMOVED, _BREAKING, _member(one, name))
        for one, name in pairs.new:
            self._tell(where, "member", _ADDED, _ADDITIVE, _member(one, name))
        for mine, their in pairs.same:
            key = (mine.key, their.key, where.part in _ASKED)
            if key not in self.seen:
                self.seen.add(key)
                self.pairs += 1
                self._object(mine, their, replace(where, path=mine.name) if mine.name else where)

    def _object(self, ours: Alternative, theirs: Alternative, where: Where) -> None:
        if ours.extra and theirs.extra:
            self._walk(ours.extra, theirs.extra, where.at("{}"))
        if not ours.fields or not theirs.fields:
            if self.rules.untyped and bool(ours.fields) != bool(theirs.fields):
                weight = _BREAKING if theirs.fields and where.part in _ASKED else _ADDITIVE
                detail = "any keys → named keys" if theirs.fields else "named keys → any keys"
                self._tell(where, "open", _CHANGED, weight, detail)
            return
        for name, mine in ours.fields.items():
            inside = where.at(f".{name}")
            if name in theirs.fields:
                self._field(mine, theirs.fields[name], inside, told=not theirs.partial)
            elif not theirs.partial:
                self._tell(inside, "field", _REMOVED, _BREAKING, _one(self.ours, mine))
        for name, their in theirs.fields.items():
            if name not in ours.fields:
                due = where.part in _ASKED and their.required
                weight = _BREAKING if due else _ADDITIVE
                self._tell(where.at(f".{name}"), "field", _ADDED, weight, _one(self.theirs, their))

    def _field(self, ours: Field, theirs: Field, where: Where, *, told: bool) -> None:
        if not self._exact(where):
            self._laxity(ours, theirs, where, told=told)
        elif ours.required != theirs.required:
            weight = _BREAKING if theirs.required == (where.part in _ASKED) else _ADDITIVE
            said = "required now" if theirs.required else "required no more"
            self._tell(where, "required", _CHANGED, weight, said)
        self._walk(ours.node, theirs.node, where)

    def _laxity(self, ours: Field, theirs: Field, where: Where, *, told: bool) -> None:
        lax = _lax(self.ours, ours), _lax(self.theirs, theirs)
        if told and lax[0] != lax[1]:
            said = "may be absent or null" if lax[1] else "always there, never null"
            self._tell(where, "required", _CHANGED, _ADDITIVE, said)

    def _exact(self, where: Where) -> bool:
        return self.rules.presence == "exact" or where.part in _ASKED


def _lax(reader: Reader, found: Field) -> bool:
    return not found.required or "null" in _kinds(reader.alternatives(found.node))


def _kinds(found: Sequence[Alternative]) -> set[str]:
    kinds = {one.kind for one in found}
    return kinds - {"integer"} if "number" in kinds else kinds


def _of(found: Sequence[Alternative], kind: str) -> list[Alternative]:
    kinds = {"number", "integer"} if kind == "number" else {kind}
    return [one for one in found if one.kind in kinds]


def _enum(found: Sequence[Alternative]) -> list[Any] | None:
    closed = [one.values for one in found if one.values is not None]
    if len(closed) != len(found):
        return None
    values = list(dict.fromkeys(value for values in closed for value in values))
    return None if {True, False} <= {value for value in values if isinstance(value, bool)} else values


def _tighter(bound: str, old: Any, new: Any) -> bool:
    if new is None or old is None or bound == "pattern":
        return new is not None
    return bool(new > old if bound.lower().startswith(("min", "exclusivemin")) else new < old)


def _said(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))


def _listed(values: Sequence[Any]) -> str:
    shown = ", ".join(repr(value) for value in values[:4])
    return shown + (f" and {len(values) - 4} more" if len(values) > 4 else "")


def _member(one: Alternative, name: str) -> str:
    return f"{name} ({one.name})" if one.name and one.name != name else name


def _one(reader: Reader, found: Field) -> str:
    words = ["required"] if found.required else []
    return ", ".join([_said(_kinds(reader.alternatives(found.node))), *words])
