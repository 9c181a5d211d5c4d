"""A job that takes its time is asked for again, within a bound that the plan tells."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from slashv1.fixtures import Exchange, Read, Request
from slashv1.harness import capture
from slashv1.harness.capture import Captured, maker, send_plan
from slashv1.harness.plan import Plan, make_plan
from slashv1.harness.templates import Prepared
from slashv1.harness.terminal import show_plan
from slashv1.matrix import Case, Poll, Profile, RequestTemplate

OPENAI = Profile("openai", required=frozenset({"*"}))
POLL = Poll("/status", ("completed", "failed"), requests=4)
CASE = Case("batches.retrieve", "ended", RequestTemplate("GET", "/v1/batches/b"), phase=2, poll=POLL)


class Target:
    """Answers what it is told to, the last answer for ever."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.spent = False
        self.concurrency = 1

    async def send(self, prepared: Prepared, **_: Any) -> Exchange:
        status, body = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        request = Request(prepared.method, prepared.path)
        headers = (("content-type", "application/json"),)
        return Exchange(request, status, headers, (Read(body.encode(), 0.0),), sent_at=0.0)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long this thread waits, without waiting; a gateway in a thread of its own sleeps as ever."""
    told: list[float] = []
    mine, really = threading.get_ident(), asyncio.sleep

    async def sleep(seconds: float) -> None:
        if threading.get_ident() != mine:
            await really(seconds)
        else:
            told.append(seconds)

    monkeypatch.setattr(capture.asyncio, "sleep", sleep)
    return told


def _plan() -> Plan:
    return make_plan([CASE], OPENAI, phase=2)


def _captured(target: Target) -> Exchange:
    into = Captured()
    sending = send_plan(_plan(), target, into, models={}, make=maker({}, api_key=None))  # type: ignore[arg-type]
    asyncio.run(sending)
    return into.exchanges[CASE.id]


def test_it_is_asked_for_until_it_has_ended(waits: list[float]) -> None:
    exchange = _captured(Target((200, '{"status": "in_progress"}'), (200, '{"status": "completed"}')))
    assert (exchange.body, exchange.attempts, waits) == (b'{"status": "completed"}', 2, [0.1])


def test_it_is_not_asked_for_beyond_the_bound(waits: list[float]) -> None:
    target = Target((200, '{"status": "in_progress"}'))
    exchange = _captured(target)
    assert (exchange.attempts, target.asked, waits) == (4, 4, [0.1, 0.2, 0.4])


@pytest.mark.parametrize(
    "answer", [(404, "{}"), (200, "{}"), (200, "nothing"), (200, '{"status": "failed"}')]
)
def test_what_goes_on_no_more_is_asked_for_once(waits: list[float], answer: tuple[int, str]) -> None:
    assert _captured(Target(answer)).attempts == 1
    assert waits == []


def test_the_plan_tells_how_often_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    assert (_plan().polls, round(_plan().poll_seconds, 1)) == (3, 0.7)
    show_plan(_plan())
    said = capsys.readouterr().out
    assert "up to 3 more requests and 1 s of waiting, where a job is polled until it has ended" in said


def test_no_wait_is_longer_than_ten_seconds() -> None:
    assert max(Poll("/status", ("x",), requests=20).waits) == 10.0
