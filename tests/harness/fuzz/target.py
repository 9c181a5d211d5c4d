"""A target that answers as it should, but for what a test wants; it counts what it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from slashv1.harness.connection import Connection
from slashv1.harness.fuzz.plan import plan_fuzz
from slashv1.harness.plan import make_plan
from slashv1.harness.run import execute
from slashv1.matrix import Profile, load_profile
from slashv1.record import Result, Run
from tests.harness.chat_answers import completion
from tests.harness.raw_server import Got, Server, raw_server, reply, with_models

Reply = Callable[[dict[str, Any]], "bytes | None"]
"""What a test wants of a JSON body; None: the right answer."""
PROFILE = load_profile("openai")
REFUSED = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}
CRASH = "chat.completions.create::fuzz-valid-crash"
ACCEPTED = "chat.completions.create::fuzz-broken-accepted"
REFUSAL = "chat.completions.create::fuzz-valid-refusal"
ANSWER = "chat.completions.create::fuzz-valid-answer"


@contextmanager
def target(wanted: Reply) -> Iterator[Server]:
    """Serve on loopback: chat completions, plain ones whatever is asked."""

    def answer(got: Got, *_: Any) -> bytes:
        try:
            asked = json.loads(got.body or b"{}")
        except ValueError:
            return reply(REFUSED, 400)
        found = wanted(asked if isinstance(asked, dict) else {})
        return found or reply(completion())

    with raw_server(with_models(answer)) as server:
        yield server


def fuzz(server: Server, *select: str, requests: int = 80, seed: int = 1, profile: Profile = PROFILE) -> Run:
    """A run of nothing but drawn requests."""
    plan = make_plan([], profile, select=select, fuzz=plan_fuzz(requests, seed, phase=1, profile=profile))
    return execute(plan, Connection(server.base_url, concurrency=4), profile)


def results(run: Run) -> dict[str, Result]:
    """By case name; of one operation."""
    return {result.case: result for result in run.results}


def bodies(server: Server) -> list[bytes]:
    """What was asked of it, in order, the preflight left out."""
    return [got.body for got in server.got if got.method == "POST"]
