"""From cases, profile and selection to what will be sent and judged. Pure: nothing is sent here."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from slashv1.errors import UsageError
from slashv1.harness.forms import parts_of
from slashv1.harness.fuzz.plan import FuzzPlan, narrowed
from slashv1.harness.judge.engine import Item, checks, items_of, level_of
from slashv1.harness.judge.sdk_client import SDK, lacks_sdk
from slashv1.harness.templates import needs_model
from slashv1.matrix import Case, Profile, Provocation
from slashv1.matrix.reference import STORED
from slashv1.spec import parse

TIERS = ("quick", "standard", "full")
"""From few requests to all; each holds those before it."""
PREFLIGHT_REQUESTS = 1
UNLIMITED_OUTPUT = 4096
"""Output tokens counted for a generating case that names no limit of its own."""
_BEYOND = 100_000_000
"""A limit that no model's context holds bounds nothing."""
_GENERATING = ("chat.completions.create", "completions.create", "responses.compact", "responses.create")
_OUTPUT_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be sent and judged; the same input gives the same plan and hash."""

    items: tuple[Item, ...]
    """Those that are judged, by operation, case and check."""
    cases: tuple[Case, ...]
    """All that are sent, steps before their followers; some only because a judged one needs them."""
    scenarios: tuple[tuple[Case, ...], ...]
    """The cases, cut into chains: in order within one, in parallel between them.

    Cases that are sent `together` are one scenario of their own.
    """
    requests: int
    """HTTP requests for the cases; the preflight comes on top."""
    max_output_tokens: int
    """Upper bound; a generating case without a limit counts as `UNLIMITED_OUTPUT`."""
    max_input_tokens: int
    """Upper bound: a token is never less than a byte of the body."""
    unlimited: int
    """Number of generating cases that name no limit."""
    hash: str
    provocations: Mapping[str, Provocation] = field(default_factory=dict)
    """By case id, of those that must be provoked."""
    unprovoked: Mapping[str, str] = field(default_factory=dict)
    """By case id, why it cannot be provoked: it is not sent, and its items are inconclusive."""
    repeats: int = 0
    """Upper bound of requests beyond `requests`: cases sent again while the model does not play along."""
    repeat_tokens: int = 0
    """Upper bound of the tokens of these."""
    refs: Mapping[str, str] = field(default_factory=dict)
    """What the target has stored, as the profile says: values of `${hints_ref}` and the like."""
    polls: int = 0
    """Upper bound of requests beyond `requests`: jobs that are polled until they end."""
    poll_seconds: float = 0.0
    """Upper bound of the time that this waits."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By case id, why it will not be sent; its items are skipped with that cause."""
    fuzz: FuzzPlan | None = None
    """What is drawn and sent besides; none of its items, requests and tokens is counted above."""

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Those of the cases, then those that are fuzzed."""
        return self.items + (self.fuzz.items if self.fuzz else ())

    @property
    def all_requests(self) -> int:
        """HTTP requests at most, the preflight not counted."""
        return self.requests + (self.fuzz.requests if self.fuzz else 0)

    @property
    def max_tokens(self) -> int:
        """Upper bound of tokens, in and out, what is fuzzed included."""
        return self.all_input_tokens + self.all_output_tokens

    @property
    def all_input_tokens(self) -> int:
        """Upper bound of tokens in, what is fuzzed included."""
        return self.max_input_tokens + (self.fuzz.max_input_tokens if self.fuzz else 0)

    @property
    def all_output_tokens(self) -> int:
        """Upper bound of tokens out, what is fuzzed included."""
        return self.max_output_tokens + (self.fuzz.max_output_tokens if self.fuzz else 0)

    def tries(self, case: Case) -> int:
        """How often a case is sent at most."""
        provocation = self.provocations.get(case.id)
        return provocation.requests if provocation else case.tries

    def without(self, left_out: Mapping[str, str]) -> Plan:
        """The same plan with more cases left out."""
        return replace(self, left_out={**self.left_out, **left_out})


def make_plan(
    cases: Sequence[Case],
    profile: Profile,
    *,
    phase: int = 1,
    select: Sequence[str] = (),
    tier: str = "standard",
    fuzz: FuzzPlan | None = None,
) -> Plan:
    """What to send and judge for phases 1 to `phase`, up to `tier`, narrowed to the globs of `select`.

    `fuzz`: what is drawn besides, narrowed likewise.

    Raises:
        UsageError: a pattern selects nothing, nothing is left, or the matrix names an unknown step.
    """
    cases = [profile.adapted(case) for case in cases]
    known = {case.id: case for case in cases}
    within = [case for case in _by_operation(cases) if case.phase <= phase and _in_tier(case, tier)]
    items = [item for case in within for item in items_of(case, profile)]
    selected = _selected([*items, *(fuzz.items if fuzz else ())], select)
    if not selected:
        raise UsageError(f"nothing to check: no case of phase {phase} and tier {tier} is left")
    names = frozenset(item.id for item in selected)
    fuzz = narrowed(fuzz, names) if fuzz else None
    chosen = [item for item in items if item.id in names]
    needed = _with_steps({item.case.id: item.case for item in chosen}, known)
    due = [case for case in _by_operation(cases) if case.id in needed]
    unprovoked = {case.id: cause for case in due if (cause := _unprovoked(case, profile))}
    order = [case for case in due if case.id not in unprovoked]
    provocations = {case.id: profile.provoke[case.provoke] for case in order if case.provoke}
    times = {case.id: provocations[case.id].requests if case.provoke else 1 for case in order}
    scenarios = _scenarios(order)
    sent = tuple(case for scenario in scenarios for case in scenario)
    return Plan(
        items=tuple(chosen),
        cases=sent,
        scenarios=scenarios,
        requests=sum(times.values()),
        max_output_tokens=sum(output_bound(case) * times[case.id] for case in sent),
        max_input_tokens=sum(input_bound(case) * times[case.id] for case in sent),
        unlimited=sum(_generates(case) and not _limits(case.asked) for case in sent),
        hash=_hash(chosen, sent, fuzz),
        provocations=provocations,
        unprovoked=unprovoked,
        repeats=sum(case.tries - 1 for case in sent),
        refs=profile.refs,
        repeat_tokens=sum((output_bound(case) + input_bound(case)) * (case.tries - 1) for case in sent),
        polls=sum(len(case.poll.waits) for case in sent if case.poll),
        poll_seconds=sum(sum(case.poll.waits) for case in sent if case.poll),
        fuzz=fuzz,
    )


def check_limits(plan: Plan, *, max_requests: int | None = None, max_tokens: int | None = None) -> None:
    """Fail closed, before anything is sent.

    Raises:
        UsageError: the plan, preflight included, goes over a limit.
    """
    requests = plan.all_requests + PREFLIGHT_REQUESTS
    if max_requests is not None and requests > max_requests:
        raise UsageError(
            f"the plan needs {requests} requests, --max-requests allows {max_requests}: "
            "narrow it with --select or --tier, or raise the limit; nothing was sent"
        )
    tokens = plan.max_tokens + plan.repeat_tokens
    if max_tokens is not None and tokens > max_tokens:
        raise UsageError(
            f"the plan may use up to {tokens} tokens, --max-tokens allows {max_tokens}: "
            "narrow it with --select or --tier, or raise the limit; nothing was sent"
        )


def with_foreign_fixtures(profile: Profile) -> Profile:
    """The profile for fixtures a user recorded: `replay.shape` counts as a SHOULD, unless it is off."""
    shape = checks().get("replay.shape")
    if shape is None or level_of(shape, profile) is None:
        return profile
    return replace(profile, levels={**profile.levels, "replay.shape": "SHOULD"})


def with_sdk(profile: Profile) -> Profile:
    """The profile with the checks of the official client on.

    Raises:
        UsageError: it is not installed, or too old.
    """
    lacking = lacks_sdk()
    if lacking:
        raise UsageError(f"--sdk needs the official client, {lacking}")
    return replace(profile, extras=profile.extras | {SDK})


def with_cors(profile: Profile) -> Profile:
    """The profile with the cases on, in which a browser asks for a web page."""
    return replace(profile, extras=profile.extras | {"cors"})


def with_headers(profile: Profile, required: Sequence[str], forbidden: Sequence[str]) -> Profile:
    """The profile with more headers that every answer has, and that none has."""
    return replace(
        profile,
        headers_required=(*profile.headers_required, *required),
        headers_forbidden=(*profile.headers_forbidden, *forbidden),
        extras=profile.extras | {"profile"},
    )


def matches(pattern: str, item_id: str) -> bool:
    """Whether a glob selects `operation::case::check`; parts that the pattern leaves out are all."""
    parts = pattern.split("::")
    return len(parts) <= 3 and all(
        fnmatchcase(have, want) for have, want in zip(item_id.split("::"), parts, strict=False)
    )


def wanting(globs: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name (of a check, of an operator) matches one of the globs; any name where none is given."""
    return lambda name: not globs or any(fnmatchcase(name, glob) for glob in globs)


def output_bound(case: Case) -> int:
    """Tokens a case can make the target generate: its own limit times its number of choices."""
    if case.operation == "files.create":
        return sum(_batched(case))
    if not _generates(case):
        return 0
    limits = _limits(case.asked)
    choices, prompts = case.asked.get("n"), case.asked.get("prompt")
    several = choices if type(choices) is int and 0 < choices <= 128 else 1
    if isinstance(prompts, list) and prompts and not isinstance(prompts[0], int):
        several *= len(prompts)
    return (min(limits) if limits else UNLIMITED_OUTPUT) * several


_UNREAD = ("metadata", "prompt_cache_key", "safety_identifier", "user")
"""What tells of a request, and is read by no model."""


def input_bound(case: Case) -> int:
    """Bytes of the body but for what no model reads: a token is never less than one."""
    asked = case.request.json
    if isinstance(asked, Mapping):
        asked = {name: value for name, value in asked.items() if name not in _UNREAD}
    if asked is not None:
        return len(json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace"))
    if case.request.form is not None:
        return sum(len(part.data) for part in parts_of(case.request.form))
    return len((case.request.body or "").encode("utf-8", "replace"))


def _generates(case: Case) -> bool:
    return case.request.method == "POST" and case.operation in _GENERATING


def _batched(case: Case) -> Iterator[int]:
    """The bound of each line of a batch's input file: whoever uploads one means to run it."""
    form = case.request.form or {}
    file = form.get("file")
    if form.get("purpose") != "batch" or not isinstance(file, Mapping):
        return
    for line in str(file.get("text", "")).splitlines():
        value = parse(line.encode()).value
        body = value.get("body") if isinstance(value, dict) else None
        if isinstance(body, dict):
            limits = _limits(body)
            yield min(limits) if limits else UNLIMITED_OUTPUT


def _limits(asked: Mapping[str, Any]) -> list[int]:
    said = (asked.get(name) for name in _OUTPUT_LIMITS)
    return [limit for limit in said if type(limit) is int and 0 < limit < _BEYOND]


def _unprovoked(case: Case, profile: Profile) -> str | None:
    unstored = next((name for name in STORED if name not in profile.refs and needs_model(case, name)), None)
    if unstored is not None:
        return f"profile {profile.name} does not say what is stored: `refs: {{{unstored}: …}}` names it"
    if not case.provoke or case.provoke in profile.provoke:
        return None
    how = f"`provoke: {{{case.provoke}: {{key_env: …}}}}` names a key that is refused so"
    return f"profile {profile.name} does not say how it is provoked: {how}"


def _in_tier(case: Case, tier: str) -> bool:
    if tier not in TIERS:
        raise UsageError(f"unknown tier {tier!r}: one of {', '.join(TIERS)}")
    return case.tier not in TIERS or TIERS.index(case.tier) <= TIERS.index(tier)


def _by_operation(cases: Iterable[Case]) -> list[Case]:
    """Operations in the order of their first case, cases in the order of the matrix."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.operation, []).append(case)
    return [case for group in groups.values() for case in group]


def _selected(items: Sequence[Item], select: Sequence[str]) -> list[Item]:
    if not select:
        return list(items)
    chosen: set[str] = set()
    ids = {item.id for item in items}
    for pattern in select:
        found = {pattern} & ids or {name for name in ids if matches(pattern, name)}
        if not found:
            raise UsageError(_nothing(pattern, items))
        chosen |= found
    return [item for item in items if item.id in chosen]


def _nothing(pattern: str, items: Sequence[Item]) -> str:
    line = f"--select {pattern!r} selects nothing; the form is operation::case::check"
    operations = dict.fromkeys(item.case.operation for item in items)
    names = dict.fromkeys(item.case.name for item in items)
    ids = dict.fromkeys(item.check.id for item in items)
    if "::" not in pattern:
        if any(fnmatchcase(name, pattern) for name in ids):
            return f"{line}: did you mean '*::*::{pattern}'?"
        if any(fnmatchcase(name, pattern) for name in names):
            return f"{line}: did you mean '*::{pattern}'?"
    extra = _unasked(pattern)
    if extra:
        return f"--select {pattern!r}: the checks {extra}.* are there only with --{extra}"
    known = [list(operations), list(names), list(ids)]
    for part, words in zip(pattern.split("::"), known, strict=False):
        if not any(fnmatchcase(word, part) for word in words):
            near = get_close_matches(part, words, n=3, cutoff=0.5)
            hint = f"nearest: {', '.join(near)}" if near else f"there are: {', '.join(words[:9])}"
            return f"{line}; nothing is called {part!r}, {hint}"
    return f"{line}; `slashv1 matrix` lists what there is"


def _unasked(pattern: str) -> str:
    """The name of what a pattern asks for that is beyond the suite, and was not asked for."""
    wanted = pattern.split("::")[2:]
    return next(
        (c.extra for c in checks().values() if c.extra and wanted and fnmatchcase(c.id, wanted[0])), ""
    )


def _with_steps(chosen: Mapping[str, Case], known: Mapping[str, Case]) -> set[str]:
    """Ids of the chosen cases and of all that must be sent for them."""
    needed: set[str] = set()
    queue = list(chosen.values())
    while queue:
        case = queue.pop()
        if case.id in needed:
            continue
        needed.add(case.id)
        for step in (*case.after, *case.beside):
            if step not in known:
                near = get_close_matches(step, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise UsageError(f"matrix: case {case.id} names the step {step}, which is unknown{hint}")
            queue.append(known[step])
    return needed


def _scenarios(cases: Sequence[Case]) -> tuple[tuple[Case, ...], ...]:
    """Cases linked by `after` or by `together`, each chain in an order in which steps come first."""
    chain = {case.id: case.id for case in cases}

    def root(name: str) -> str:
        while chain[name] != name:
            chain[name] = chain[chain[name]]
            name = chain[name]
        return name

    first: dict[str, str] = {}
    for case in cases:
        for step in case.after:
            chain[root(case.id)] = root(step)
        if case.together:
            chain[root(case.id)] = root(first.setdefault(case.together, case.id))
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(root(case.id), []).append(case)
    return tuple(_in_order(group) for group in groups.values())


def _in_order(group: Sequence[Case]) -> tuple[Case, ...]:
    """Steps first, otherwise in the order of the matrix."""
    place = {case.id: number for number, case in enumerate(group)}
    waiting = {case.id: len(set(case.after)) for case in group}
    followers: dict[str, list[str]] = {}
    for case in group:
        for step in set(case.after):
            followers.setdefault(step, []).append(case.id)
    ready = [place[name] for name, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[Case] = []
    while ready:
        case = group[heapq.heappop(ready)]
        order.append(case)
        for name in followers.get(case.id, ()):
            waiting[name] -= 1
            if waiting[name] == 0:
                heapq.heappush(ready, place[name])
    if len(order) < len(group):
        stuck = sorted(name for name, count in waiting.items() if count)
        raise UsageError(f"matrix: the steps of {', '.join(stuck)} wait for each other (`after`)")
    return tuple(order)


def _hash(items: Sequence[Item], cases: Sequence[Case], fuzz: FuzzPlan | None) -> str:
    said: dict[str, object] = {
        "items": [(item.id, item.level.value) for item in items],
        "cases": [
            (case.id, r.method, r.path, dict(r.query), dict(r.headers), r.json, r.body, case.together)
            for case in cases
            for r in [case.request]
        ],
    }
    if fuzz is not None:
        said["fuzz"] = [fuzz.requests, fuzz.seed, *((i.id, i.level.value) for i in fuzz.items)]
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
