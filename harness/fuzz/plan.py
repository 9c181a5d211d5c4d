"""Which operations are fuzzed, with how many requests each, and what is judged of them. Nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from slashv1.harness.fuzz.bounds import bounds
from slashv1.harness.judge.engine import Item, checks, level_of
from slashv1.matrix import Case, Expect, ExpectedError, Profile, RequestTemplate
from slashv1.matrix.phase import phase_of
from slashv1.spec import operation

Kind = Literal["valid", "broken"]
TAG = "fuzz"
_ANSWERED = (*range(200, 300), *range(400, 500))
_ASPECTS: dict[Kind, dict[str, str]] = {
    "valid": {
        "fuzz-valid-crash": "fuzz.server-error",
        "fuzz-valid-answer": "fuzz.valid-answer",
        "fuzz-valid-refusal": "fuzz.honest-rejection",
    },
    "broken": {
        "fuzz-broken-crash": "fuzz.server-error",
        "fuzz-broken-accepted": "fuzz.broken-refused",
        "fuzz-broken-refusal": "fuzz.broken-envelope",
    },
}
"""By half, the cases and the one check of each: every finding has a request of its own to show."""


@dataclass(frozen=True, slots=True)
class Half:
    """The valid or the broken requests of one operation, and what is judged of them."""

    operation: str
    kind: Kind
    items: tuple[Item, ...]

    @property
    def id(self) -> str:
        """`operation/valid`."""
        return f"{self.operation}/{self.kind}"

    @property
    def model(self) -> str | None:
        """Which model its requests name: `model`, `embedding_model` or none."""
        return bounds()[self.operation].model


@dataclass(frozen=True, slots=True)
class FuzzPlan:
    """At most `requests` requests, drawn with `seed`."""

    requests: int
    seed: int
    halves: tuple[Half, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All that is judged, by operation."""
        return tuple(item for half in self.halves for item in half.items)

    @property
    def needs(self) -> frozenset[str]:
        """The models that the requests name."""
        return frozenset(half.model for half in self.halves if half.model is not None)

    @property
    def max_output_tokens(self) -> int:
        """Upper bound: any request may go to the operation that costs most."""
        return self.requests * max(
            (bounds()[half.operation].output_tokens for half in self.halves), default=0
        )

    @property
    def max_input_tokens(self) -> int:
        """Upper bound: a token is never less than a byte of the body."""
        return self.requests * max((bounds()[half.operation].limit for half in self.halves), default=0)


def plan_fuzz(requests: int, seed: int, *, phase: int, profile: Profile) -> FuzzPlan:
    """All operations of phases 1 to `phase` that are fuzzed."""
    named = [name for name in bounds() if phase_of(name) <= phase]
    halves = [_half(name, kind, profile) for name in named for kind in _kinds(name)]
    return FuzzPlan(requests, seed, tuple(half for half in halves if half.items))


def narrowed(plan: FuzzPlan, chosen: frozenset[str]) -> FuzzPlan | None:
    """The plan with the items of these ids alone; None where there are none."""
    halves = []
    for half in plan.halves:
        items = tuple(item for item in half.items if item.id in chosen)
        if items:
            halves.append(Half(half.operation, half.kind, items))
    return FuzzPlan(plan.requests, plan.seed, tuple(halves)) if halves else None


def shares(requests: int, halves: int) -> list[int]:
    """Three quarters, in parts as equal as can be: the rest goes where something was found."""
    first = requests - requests // 4
    return spread(first, halves)


def spread(requests: int, parts: int) -> list[int]:
    """`requests` in `parts` that differ by one at most."""
    each, over = divmod(requests, max(1, parts))
    return [each + (place < over) for place in range(parts)]


def case_for(name: str, case: str, kind: Kind) -> Case:
    """The case of one item: its request is what a search found."""
    known = operation(name)
    expect = Expect(_ANSWERED) if kind == "valid" else Expect(tuple(range(400, 500)), ExpectedError())
    return Case(
        name,
        case,
        RequestTemplate(known.method, known.path),
        expect,
        tags=frozenset({TAG}),
        phase=phase_of(name),
        tier="full",
    )


def _kinds(name: str) -> Sequence[Kind]:
    """An id that names nothing is all that is tried of what has no body."""
    return ("broken",) if bounds()[name].id is not None else ("valid", "broken")


def _half(name: str, kind: Kind, profile: Profile) -> Half:
    found = []
    for case, check_id in _ASPECTS[kind].items():
        check = checks()[check_id]
        level = level_of(check, profile)
        if level is not None:
            found.append(Item(case_for(name, case, kind), check, level))
    return Half(name, kind, tuple(found))
