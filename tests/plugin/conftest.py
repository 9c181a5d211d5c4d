"""A live gateway that keeps a log, one that deviates, and pytest runs against them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio._backends._asyncio
import httpcore._backends.anyio
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slashv1.harness import pytest_session
from slashv1.harness.judge.engine import checks
from slashv1.harness.pytest_settings import Settings
from slashv1.record import Finding, Outcome, Result, Run, Suite, Wire
from slashv1.record import Target as RecordTarget
from slashv1.reference_server import create_app

BEFORE = (anyio._backends._asyncio, httpcore._backends.anyio)
"""What a run in this process would import late and take away again at its end, and with it exceptions that
later tests expect."""
KEY = "sk-plugin-tests-0123456789"
QUIET = ("-p", "no:hypothesispytest", "-p", "no:anyio", "-p", "no:randomly")
"""Other people's plugins that a development environment may hold, and that take long to start."""
Start = Callable[..., pytest.RunResult]


@dataclass
class Target:
    """A server of ours, and what it was asked."""

    base_url: str
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def requests(self) -> list[str]:
        """`METHOD path` of each request, in the order they came."""
        return [f"{entry['method']} {entry['path']}" for entry in self.log]


class Deviating:
    """The gateway with one MUST broken (`object` of a chat completion) and one SHOULD (`x-request-id`)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def altered(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(n, v) for n, v in message["headers"] if n.lower() != b"x-request-id"]
                message = {**message, "headers": kept}
            elif "body" in message:
                body = message["body"].replace(b'"chat.completion"', b'"\\u001b]0;chat"  ')
                message = {**message, "body": body}
            await send(message)

        await self.app(scope, receive, altered if scope["type"] == "http" else send)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an application on loopback while the block runs; yields its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def _gateway() -> Iterator[Target]:
    log: list[dict[str, Any]] = []
    with served(create_app(log=log)) as base_url:
        yield Target(base_url, log)


@pytest.fixture
def gateway(_gateway: Target) -> Target:
    """The reference gateway, its log empty."""
    _gateway.log.clear()
    return _gateway


@pytest.fixture(scope="session")
def _deviating() -> Iterator[Target]:
    log: list[dict[str, Any]] = []
    with served(Deviating(create_app(log=log))) as base_url:
        yield Target(base_url, log)


@pytest.fixture
def deviating(_deviating: Target) -> Target:
    """A gateway that deviates, its log empty."""
    _deviating.log.clear()
    return _deviating


@pytest.fixture
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key, no other setting from outside, and a wide terminal."""
    monkeypatch.setenv("SLASHV1_API_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTEST_ADDOPTS", "PYTEST_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(pytester: pytest.Pytester, _clean: None) -> Start:
    """Run pytest in this process, in a directory of its own."""
    # pytester forgets modules that a run imports; checks must not be registered twice.
    import slashv1.harness.run
    import slashv1.reports.html  # noqa: F401

    checks()

    def start(*arguments: Any) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*QUIET, *arguments)

    return start


@pytest.fixture
def run_apart(pytester: pytest.Pytester, _clean: None) -> Start:
    """Run pytest in a process and directory of its own."""

    def start(*arguments: Any) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*QUIET, *arguments, timeout=120)

    return start


@pytest.fixture
def judged(pytester: pytest.Pytester, run: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Run pytest over as many checks of the model list as verdicts are given, with these verdicts."""

    def start(verdicts: list[dict[str, Any]], *arguments: str, ini: str = "") -> pytest.RunResult:
        if ini:
            pytester.makeini(f"[pytest]\n{ini}\n")
        ids = sorted(f"models.list::plain::{check}" for check in CHECKS[: len(verdicts)])
        said = dict(zip(ids, verdicts, strict=True))
        monkeypatch.setattr(pytest_session, "run_selected", lambda settings, _: record(settings, said))
        names = [f"slashv1::{name}" for name in ids]
        return run("--base-url", "http://127.0.0.1:9/v1", *arguments, *names)

    return start


CHECKS = ("http.answered", "http.status")


def record(settings: Settings, said: dict[str, dict[str, Any]]) -> Run:
    """A run record with the given verdicts."""
    results = []
    for name, verdict in said.items():
        operation, case, check = name.split("::")
        level = checks()[check].level
        findings = tuple(Finding(check, level, **finding) for finding in verdict.get("findings", ()))
        outcome = Outcome(verdict["outcome"])
        results.append(Result(operation, case, check, level, outcome, findings, verdict.get("cause")))
    curl = "curl -s https://x.test/v1/models"
    return Run(
        suite=Suite("0", "0"),
        target=RecordTarget(settings.connection.base_url),
        profile="openai",
        plan_hash="0",
        started_at="2026-01-01T00:00:00Z",
        seconds=0.0,
        request_count=2,
        results=tuple(results),
        wires=(Wire("models.list", "plain", "GET", "", (), None, 200, (), "", curl=curl),),
        strict=settings.strict,
    )
