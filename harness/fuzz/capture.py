"""Sending what a search draws, over the sender of the run, never more requests than were planned.

A search is plain code that asks and waits; it runs in a thread, its requests on the event loop. Each half
gets a share; a second round goes on where something was found, or everywhere. Going on means searching anew
with the same seed: what was asked before is known and costs nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from slashv1.fixtures import Exchange
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.fuzz.plan import FuzzPlan, Half, shares, spread
from slashv1.harness.fuzz.sample import Sample
from slashv1.harness.fuzz.search import Spent, nowhere, search
from slashv1.harness.fuzz.tally import Example, Tally, kinds_of_faults
from slashv1.harness.judge.look import dig, short
from slashv1.harness.reading import Reading
from slashv1.harness.sender import Sender
from slashv1.harness.templates import Prepared, respelt
from slashv1.matrix import Case, Profile, RequestTemplate
from slashv1.spec import parse

_UNREACHABLE = (FailureKind.CONNECT, FailureKind.DNS, FailureKind.TLS)
Make = Callable[[Case, Mapping[str, Reading]], Prepared]
OnRequest = Callable[[str], None]


async def send_fuzz(
    plan: FuzzPlan,
    sender: Sender,
    into: dict[str, Tally],
    *,
    models: Mapping[str, str],
    profile: Profile,
    make: Make,
    renamed: Mapping[str, str],
    on_request: OnRequest | None = None,
) -> None:
    """Search each half whose model is known; `into` gets a tally for each, by its id.

    `renamed`: request keys that the target wants by another name.
    """
    wire = _Wire(sender, asyncio.get_running_loop())

    def asking(half: Half) -> _Asking:
        tally = into.setdefault(half.id, Tally())
        return _Asking(half, wire, profile, make, renamed, tally, on_request)

    asks = [asking(half) for half in plan.halves if _known(half, models)]
    with nowhere(), ThreadPoolExecutor(max(1, min(sender.concurrency, len(asks)))) as pool:
        try:
            await _round(pool, asks, shares(plan.requests, len(asks)), plan.seed, models)
            failed = [ask for ask in asks if ask.tally.failed]
            left = plan.requests - sum(ask.tally.requests for ask in asks)
            again = failed or asks
            await _round(pool, again, spread(left, len(again)), plan.seed, models)
        finally:
            wire.close()


async def _round(
    pool: ThreadPoolExecutor,
    asks: Sequence[_Asking],
    budgets: Sequence[int],
    seed: int,
    models: Mapping[str, str],
) -> None:
    def run(ask: _Asking, budget: int) -> None:
        ask.most = ask.tally.requests + budget
        ask.plain = ask.plain or (budget + 1) // 2
        try:
            search(ask.half, models, seed, ask, plain=ask.plain)
        except Exception as error:  # one search must not cost the others their verdict
            ask.tally.crashed = f"the search broke: {type(error).__name__}: {error}"[:300]

    todo = [(ask, budget) for ask, budget in zip(asks, budgets, strict=True) if budget]
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(pool, run, ask, budget) for ask, budget in todo))


def _known(half: Half, models: Mapping[str, str]) -> bool:
    """Whether the model that its requests name is known."""
    return half.model is None or half.model in models


@dataclass
class _Wire:
    """The way from the threads of the searches to the event loop, which can be closed for all of them."""

    sender: Sender
    loop: asyncio.AbstractEventLoop
    _open: bool = True
    _under_way: set[Future[Exchange]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, prepared: Prepared, most: int) -> Exchange:
        """The exchange; waits for it.

        Raises:
            Spent: the way is closed, or was meanwhile.
        """
        with self._lock:
            if not self._open or self.sender.spent:
                raise Spent
            sending = asyncio.run_coroutine_threadsafe(self.sender.send(prepared, most=most), self.loop)
            self._under_way.add(sending)
        try:
            return sending.result()
        except (CancelledError, asyncio.CancelledError):
            raise Spent from None
        finally:
            with self._lock:
                self._under_way.discard(sending)

    def close(self) -> None:
        """No request goes out any more, and nobody waits for an answer: the loop must not block."""
        with self._lock:
            self._open = False
            under_way = tuple(self._under_way)
        for sending in under_way:
            sending.cancel()


@dataclass
class _Asking:
    """Asks the target for one half; called by a search, in its thread."""

    half: Half
    wire: _Wire
    profile: Profile
    make: Make
    renamed: Mapping[str, str]
    tally: Tally
    on_request: OnRequest | None
    most: int = 0
    """Requests that may have gone out when this round ends."""
    plain: int = 0
    """Mistakes that are tried before any is drawn: half of the first round's."""
    _seen: dict[Sample, list[str]] = field(default_factory=dict)

    def __call__(self, sample: Sample) -> list[str]:
        """The kinds of the faults of the answer, `check kind`."""
        key = replace(sample, asked=None)
        if key not in self._seen:
            self._seen[key] = self._judged(sample)
        return self._seen[key]

    def _judged(self, sample: Sample) -> list[str]:
        left = self.most - self.tally.requests
        if left <= 0 or self.tally.unreachable:
            raise Spent
        sample, exchange = self._sent(sample, left)
        self.tally.count(exchange, _said(exchange))
        if exchange.failure is not None and exchange.failure.kind in _UNREACHABLE:
            self.tally.unreachable = exchange.failure.message
            raise Spent
        example = Example(sample, exchange)
        found = []
        for check, kinds in kinds_of_faults(self.half, example, self.profile).items():
            for kind in kinds:
                self.tally.keep(check, kind, example)
                found.append(f"{check} {kind}")
        return found

    def _sent(self, sample: Sample, left: int) -> tuple[Sample, Exchange]:
        prepared = respelt(self._prepared(sample), self.renamed)
        exchange = self.wire.send(prepared, left)
        if self.on_request is not None:
            self.wire.loop.call_soon_threadsafe(self.on_request, self.half.id)
        return replace(sample, asked=prepared.asked, body=prepared.body), exchange

    def _prepared(self, sample: Sample) -> Prepared:
        """The usual headers from a plain case; the body as drawn, `${` in its texts and all."""
        json = {"stream": sample.stream} if sample.body is not None else None
        case = Case(self.half.operation, "drawn", RequestTemplate(sample.method, sample.path, json=json))
        usual = self.make(replace(case, request=replace(case.request, path="/v1")), {})
        return replace(usual, path=sample.path, body=sample.body, asked=sample.asked)


def _said(exchange: Exchange) -> str:
    message = dig(parse(exchange.body).value, "error", "message")
    return short(message) if isinstance(message, str) else ""
