"""Requests drawn from the contract: those that keep it, and those with one certain mistake."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, zip_longest
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote

from hypothesis import assume
from hypothesis import strategies as st

from slashv1.harness.fuzz.bounds import Bounds, bounds
from slashv1.harness.fuzz.draw import CHARACTERS, LONGEST, RARE, Choices, Plainest, Writer
from slashv1.harness.fuzz.mistakes import Mistake, bodies, mistakes
from slashv1.harness.fuzz.sample import Sample
from slashv1.harness.templates import dump
from slashv1.spec import operation
from slashv1.spec.contract import compiled, definition

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[T]], T]
texts = st.lists(st.sampled_from(CHARACTERS + RARE), max_size=LONGEST).map("".join)
"""Any short text."""


class Drawn:
    """Choices that Hypothesis makes: a search varies them, shrinking leads back to the plainest."""

    def __init__(self, draw: Draw[Any]) -> None:
        self._draw = draw

    def pick(self, options: Sequence[Any]) -> Any:
        """One of them. Short lists alone: into longer ones Hypothesis mixes numbers of the user's code."""
        return self._draw(st.sampled_from(list(options))) if len(options) > 1 else options[0]

    def flag(self) -> bool:
        """Yes or no."""
        return bool(self._draw(st.booleans()))

    def some(self, options: Sequence[Any], most: int) -> list[Any]:
        """Up to `most` different ones."""
        if not options or not most:
            return []
        return list(self._draw(st.lists(st.sampled_from(list(options)), max_size=most, unique=True)))

    def text(self) -> str:
        """A short text."""
        return str(self._draw(texts))


@st.composite
def valid(draw: Draw[Any], name: str, models: Mapping[str, str]) -> Sample:
    """A request that keeps the contract, within its bounds."""
    asked = _asked(Drawn(draw), bounds()[name], models)
    assume(_keeps(name, asked))
    return _sample(name, asked, dump(asked))


@st.composite
def broken(draw: Draw[Any], name: str, models: Mapping[str, str]) -> Sample:
    """A small valid request with one certain mistake; where there is no body, an id that names nothing."""
    bound = bounds()[name]
    if bound.id is not None:
        return _nowhere(name, bound.id + draw(texts))
    asked = _asked(Drawn(draw), bound, models, most=1)
    assume(_keeps(name, asked))
    chosen = _chosen(Drawn(draw), [*mistakes(bound, asked), *bodies(bound, asked)])
    assume(_breaks(name, chosen))
    return _sample(name, chosen.asked, chosen.body, chosen.told, chosen.kind)


def plain_mistakes(name: str, models: Mapping[str, str], number: int) -> list[Sample]:
    """The plainest request with each mistake that can be made of it, the kinds taking turns.

    `number`: what order the mistakes of a kind come in.
    """
    bound = bounds()[name]
    if bound.id is not None:
        return []
    asked = _asked(Plainest(), bound, models, most=0)
    kinds: dict[str, list[Sample]] = {}
    for one in (*mistakes(bound, asked), *bodies(bound, asked)):
        if _breaks(name, one):
            made = _sample(name, one.asked, one.body, one.told, one.kind)
            kinds.setdefault(one.kind, []).append(made)
    for kind, samples in kinds.items():
        Random(f"{number} {kind}").shuffle(samples)  # noqa: S311 - an order, no secret
    return [one for one in chain.from_iterable(zip_longest(*kinds.values())) if one is not None]


def _asked(choices: Choices, bound: Bounds, models: Mapping[str, str], most: int = 4) -> dict[str, Any]:
    reference = str(operation(bound.operation).request)
    writer = Writer(reference.partition("#")[0], bound, choices)
    made = writer.top(writer.flat(definition(reference)), most)
    return {"model": models[str(bound.model)], **made}


def _keeps(name: str, asked: Any) -> bool:
    """Whether a request keeps the contract and its bounds."""
    return compiled(str(operation(name).request))(asked) and len(dump(asked)) <= bounds()[name].limit


def _breaks(name: str, one: Mistake) -> bool:
    """Whether a mistake is one by the schema's own word."""
    kept = one.asked is not None and compiled(str(operation(name).request))(one.asked)
    return not kept and len(one.body) <= bounds()[name].limit


def _chosen(choices: Choices, options: list[Mistake]) -> Mistake:
    """First the kind, so that each is tried as often, then the key, then what is wrong with it."""
    kind = choices.pick(list(dict.fromkeys(one.kind for one in options)))
    options = [one for one in options if one.kind == kind]
    at = choices.pick(list(dict.fromkeys(one.at for one in options)))
    chosen: Mistake = choices.pick([one for one in options if one.at == at])
    return chosen


def _sample(name: str, asked: Any, body: bytes, mistake: str = "", kind: str = "") -> Sample:
    known = operation(name)
    return Sample(known.method, known.path, body, asked, mistake, kind)


def _nowhere(name: str, made: str) -> Sample:
    known = operation(name)
    head, _, tail = known.path.partition("{")
    path = head + quote(made, safe="") + tail.partition("}")[2]
    told = f"no such id: {json.dumps(made, ensure_ascii=True)}"
    return Sample(known.method, path, mistake=told, kind="an id that names nothing")
