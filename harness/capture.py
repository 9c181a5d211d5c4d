"""Sending a plan: scenarios in parallel, steps in order, every answer kept. No judging here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from slashv1.fixtures import Exchange
from slashv1.harness.fuzz.tally import Tally
from slashv1.harness.judge.look import dig, mapping
from slashv1.harness.plan import Plan
from slashv1.harness.preflight import NAMES, Preflight
from slashv1.harness.provoking import own_headers
from slashv1.harness.reading import Reading
from slashv1.harness.sender import Sender
from slashv1.harness.templates import Prepared, Unfilled, needs_model, prepare, respelt
from slashv1.matrix import Case, Poll, Provocation
from slashv1.spec import parse

CAP = "max_tokens"
"""What bounds the cost of a chat case; models that reason take it by its newer name alone."""
RESPELT = {CAP: "max_completion_tokens"}
_PAUSE = 1.0
"""Seconds before what was just stored is asked for again, the second time twice as many, and so on."""


@dataclass(frozen=True, slots=True)
class Event:
    """Progress: what just happened, for who shows it."""

    kind: Literal["preflight", "sending", "answered", "left-out", "judging"]
    done: int = 0
    total: int = 0
    case: str = ""


OnEvent = Callable[[Event], None]


@dataclass
class Captured:
    """What came of a plan. Filled while it is sent, so that an interruption loses nothing."""

    exchanges: dict[str, Exchange] = field(default_factory=dict)
    """By case id."""
    asked: dict[str, Any] = field(default_factory=dict)
    """By case id: the JSON body as sent, `${…}` filled in."""
    left_out: dict[str, str] = field(default_factory=dict)
    """By case id: why it was not sent. Its items are skipped."""
    errors: dict[str, str] = field(default_factory=dict)
    """By case id: what the harness or the network broke. Its items are errors."""
    respelt: dict[str, str] = field(default_factory=dict)
    """Request keys that the target wants by another name, found when it refused the first."""
    request_count: int = 0
    """Preflight and repeats included."""
    fuzzed: dict[str, Tally] = field(default_factory=dict)
    """By half, `operation/valid`: what came of the drawn requests."""
    as_of: date | None = None
    """The day whose newer fields the answers are asked for; None: the day of each."""
    found: Preflight = field(default_factory=Preflight)
    """What was known before the first case."""


async def send_plan(
    plan: Plan,
    sender: Sender,
    into: Captured,
    *,
    models: Mapping[str, str],
    make: Callable[[Case, Mapping[str, Reading]], Prepared],
    again: Callable[[Reading], bool] = lambda reading: False,
    on_event: OnEvent | None = None,
) -> None:
    """Send what the plan names and keep the answers in `into`.

    As many scenarios run at a time as requests may: the longest start first and a step never queues
    behind other scenarios, so that the whole takes little longer than the longest of them. Cases that
    are sent together come last, when nothing else is under way: the bound holds for them too. A case that
    the plan allows several tries is sent again while `again` says so of its answer.
    """
    capture = _Capture(plan, sender, into, models, make, again, on_event)
    alone = [cases for cases in plan.scenarios if not cases[0].together]
    waiting = deque(sorted(alone, key=len, reverse=True))

    async def worker() -> None:
        while waiting:
            await capture.scenario(waiting.popleft())

    async with asyncio.TaskGroup() as group:
        for _ in range(min(sender.concurrency, len(waiting))):
            group.create_task(worker())
    for cases in plan.scenarios:
        if cases[0].together:
            await capture.at_once(cases)


def maker(
    models: Mapping[str, str],
    *,
    api_key: str | None,
    headers: tuple[tuple[str, str], ...] = (),
    query: tuple[tuple[str, str], ...] = (),
    provocations: Mapping[str, Provocation] = MappingProxyType({}),
) -> Callable[[Case, Mapping[str, Reading]], Prepared]:
    """`prepare` with what is the same for every case of a run."""

    def make(case: Case, answers: Mapping[str, Reading]) -> Prepared:
        key, given, how = api_key, headers, provocations.get(case.id)
        if how is not None:
            key, given = how.key or api_key, own_headers(how, headers)
        return prepare(case, models=models, answers=answers, api_key=key, headers=given, query=query)

    return make


@dataclass(frozen=True)
class _Capture:
    plan: Plan
    sender: Sender
    into: Captured
    models: Mapping[str, str]
    make: Callable[[Case, Mapping[str, Reading]], Prepared]
    again: Callable[[Reading], bool]
    on_event: OnEvent | None

    async def scenario(self, cases: tuple[Case, ...]) -> None:
        """One chain; a step that failed leaves out what comes after it, and only that."""
        steps: dict[str, Reading] = {}
        for case in cases:
            await self._step(case, steps)

    async def at_once(self, cases: tuple[Case, ...]) -> None:
        """All of them at the same time, as far as the bound on requests allows."""
        places = asyncio.Semaphore(self.sender.concurrency)

        async def one(case: Case) -> None:
            async with places:
                await self._step(case, {})

        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(one(case))

    async def _step(self, case: Case, steps: dict[str, Reading]) -> None:
        cause = self._obstacle(case, steps)
        if cause is None:
            cause = await self._case(case, steps)
        if cause is not None:
            self.into.left_out[case.id] = cause
            self._tell("left-out", case)

    async def _case(self, case: Case, steps: dict[str, Reading]) -> str | None:
        """Send one case; the cause where it cannot be sent."""
        try:
            prepared = self.make(case, steps)
        except Unfilled as cause:
            return str(cause)
        self._tell("sending", case)
        try:
            prepared, exchange = await self._tried(case, prepared)
        except Exception as error:  # one case must not cost the others their verdict
            broke = f"the harness could not send it: {type(error).__name__}: {error}"
            self.into.errors[case.id] = broke[:300]
            return None
        self.into.exchanges[case.id] = exchange
        self.into.asked[case.id] = prepared.asked
        steps[case.id] = Reading(case, exchange, prepared.asked)
        self._tell("answered", case)
        return None

    async def _tried(self, case: Case, prepared: Prepared) -> tuple[Prepared, Exchange]:
        """The last of its tries: what was not provoked by then, or not shown by the model, will not be."""
        prepared, exchange = await self._send(case, prepared)
        if case.poll is not None:
            return prepared, await self._polled(case, case.poll, prepared, exchange)
        for number in range(1, self.plan.tries(case)):
            if self.sender.spent:
                break
            if _not_yet(case, exchange):
                await asyncio.sleep(_PAUSE * number)
            elif not self.again(Reading(case, exchange, prepared.asked)):
                break
            prepared, later = await self._send(case, prepared)
            exchange = replace(later, attempts=exchange.attempts + later.attempts)
        return prepared, exchange

    async def _polled(self, case: Case, poll: Poll, prepared: Prepared, exchange: Exchange) -> Exchange:
        """The answer that says the end has come, or the last one there is time for."""
        for wait in poll.waits:
            if self.sender.spent or not _goes_on(case, poll, exchange):
                break
            await asyncio.sleep(wait)
            prepared, later = await self._send(case, prepared)
            exchange = replace(later, attempts=exchange.attempts + later.attempts)
        return exchange

    async def _send(self, case: Case, prepared: Prepared) -> tuple[Prepared, Exchange]:
        """The exchange, and the request it answers: the second one where the first was misspelt."""
        if not _about_cap(case):
            prepared = respelt(prepared, self.into.respelt)
        exchange = await self.sender.send(prepared, expected=case.expect.status)
        if _about_cap(case) or not _cap_refused(prepared, exchange) or self.sender.spent:
            return prepared, exchange
        self.into.respelt.update(RESPELT)
        prepared = respelt(prepared, RESPELT)
        again = await self.sender.send(prepared, expected=case.expect.status)
        return prepared, replace(again, attempts=exchange.attempts + again.attempts)

    def _obstacle(self, case: Case, steps: Mapping[str, Reading]) -> str | None:
        if case.id in self.plan.left_out:
            return self.plan.left_out[case.id]
        for name in NAMES:
            if name not in self.models and needs_model(case, name):
                if name.startswith("slashed_"):
                    return "the target lists no model with a slash in its id"
                option = f"--{name.replace('_', '-')}"
                return f"no {name.replace('_', ' ')} is known: name one with {option}"
        return next((cause for step in case.after if (cause := self._failed(step, steps))), None)

    def _failed(self, step: str, steps: Mapping[str, Reading]) -> str | None:
        if step in self.into.left_out:
            return f"step {step} was left out: {self.into.left_out[step]}"[:300]
        if step not in steps:
            return f"step {step} could not be sent"
        exchange = steps[step].exchange
        if exchange.failure is not None:
            return f"step {step} failed: {exchange.failure.message}"
        if not steps[step].expected_status:
            return f"step {step} failed: it was answered with status {exchange.status}"
        return None

    def _tell(self, kind: Literal["sending", "answered", "left-out"], case: Case) -> None:
        if self.on_event is not None:
            done = len(self.into.exchanges) + len(self.into.left_out) + len(self.into.errors)
            self.on_event(Event(kind, done, len(self.plan.cases), case.id))


def _goes_on(case: Case, poll: Poll, exchange: Exchange) -> bool:
    """Whether a job has not ended; a refusal or a broken answer ends the polling too."""
    if exchange.failure is not None or exchange.status not in case.expect.status:
        return False
    value = dig(parse(exchange.body).value, *poll.pointer.split("/")[1:])
    return isinstance(value, str) and value not in poll.until


def _not_yet(case: Case, exchange: Exchange) -> bool:
    """Whether what was just stored is not found yet."""
    return case.eventually and exchange.status == 404 and 404 not in case.expect.status


def _about_cap(case: Case) -> bool:
    """Whether max_tokens is what the case is about, and no mere bound."""
    error = case.expect.error
    return CAP in case.tags or (error is not None and CAP in error.param)


def _cap_refused(prepared: Prepared, exchange: Exchange) -> bool:
    """As genuine OpenAI refuses it for models that reason."""
    if exchange.status != 400 or CAP not in (prepared.asked if isinstance(prepared.asked, dict) else ()):
        return False
    error = mapping(mapping(parse(exchange.body).value).get("error"))
    return error.get("param") == CAP and error.get("code") == "unsupported_parameter"
