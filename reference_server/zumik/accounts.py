"""What an account may still do: its region, rate, balance and budget, and what it has spent."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from typing import NamedTuple

from slashv1.reference_server import background
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.response_store import ResponseStore, Stored
from slashv1.reference_server.store import Store
from slashv1.reference_server.wire import Answer
from slashv1.reference_server.zumik.state import Account, State

INPUT_PRICE, CACHED_PRICE, OUTPUT_PRICE = 150, 75, 600
"""Of one token, in billionths of a dollar, whatever the model."""


def region_of(account: Account, asked: str | None, state: State) -> str:
    """The region that a request resolves to.

    Raises:
        ApiError: 403, one that the policy does not allow.
    """
    region = asked or account.region or state.regions[0]
    if region not in state.regions:
        raise ApiError(
            f"The region '{region}' is not allowed by the policy of this project.",
            status=403,
            code="region_not_allowed",
        )
    return region


def price(fresh: int, cached: int, output: int) -> int:
    """What so many tokens cost, in billionths of a dollar."""
    return fresh * INPUT_PRICE + cached * CACHED_PRICE + output * OUTPUT_PRICE


class Accounts:
    """Spending is kept in the store, the last requests of a rate in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._requests: dict[str, deque[float]] = {}

    def check_rate(self, account: Account) -> None:
        """Count a request.

        Raises:
            ApiError: 429 with retry-after, more than the rate allows.
        """
        if account.rate is None:
            return
        now, seconds = time.monotonic(), account.rate.seconds
        past = self._requests.setdefault(account.id, deque())
        while past and past[0] <= now - seconds:
            past.popleft()
        if len(past) >= account.rate.requests:
            wait = max(1, round(past[0] + seconds - now) if past else round(seconds))
            raise ApiError(
                f"Rate limit reached: {account.rate.requests} requests in {seconds:g} s. "
                f"Please try again in {wait}s.",
                status=429,
                code="rate_limit_exceeded",
                kind="requests",
                headers=(("retry-after", str(wait)),),
            )
        past.append(now)

    async def check_means(self, account: Account) -> None:
        """Refuse an account that cannot pay.

        Raises:
            ApiError: 402 for an empty balance, 429 for a budget that is used up.
        """
        if account.balance is None and account.budget is None:
            return
        spent = await self.spent(account)
        if account.balance is not None and spent >= account.balance:
            raise ApiError(
                "The prepaid balance of this account is empty. Add credits to go on.",
                status=402,
                code="credits_required",
                kind="insufficient_quota",
            )
        if account.budget is not None and spent >= account.budget:
            raise ApiError(
                "The budget of this key is used up. Raise it, or wait for the next period.",
                status=429,
                code="quota_exceeded",
                kind="insufficient_quota",
            )

    async def spent(self, account: Account) -> int:
        """Billionths of a dollar so far."""
        query = """
            SELECT coalesce((SELECT nano FROM zumik_spending WHERE account = ?1), 0)
                 + coalesce((SELECT sum(nano) FROM zumik_later WHERE account = ?1 AND due <= ?2), 0)
        """
        row = await self._store.run(lambda c: c.execute(query, (account.id, time.time())).fetchone())
        return int(row[0])


def charge(connection: sqlite3.Connection, account: Account, nano: int) -> None:
    """Add to what an account has spent, within a transaction."""
    if nano:
        connection.execute(
            "INSERT INTO zumik_spending VALUES (?1, ?2) ON CONFLICT DO UPDATE SET nano = nano + ?2",
            (account.id, nano),
        )


class Later(NamedTuple):
    """A charge that is due once a response has ended."""

    response: str
    due: float
    """Unix seconds."""


async def begun(responses: ResponseStore, answer: Answer) -> Stored | None:
    """The response that was begun in the background, as it will end; None where the answer is no such."""
    if answer.operation != "responses.create":
        return None
    body = answer.body if answer.events is None else answer.events[0].data["response"]
    return await responses.load(body["id"]) if body["background"] else None


def at_its_end(stored: Stored) -> Later:
    """When a response in the background is charged."""
    return Later(stored.body["id"], background.ends_at(stored))


def defer(connection: sqlite3.Connection, later: Later, trace: str, account: str, nano: int) -> None:
    """Charge when it is due, within a transaction."""
    row = (later.response, trace, account, nano, later.due)
    connection.execute("INSERT INTO zumik_later VALUES (?, ?, ?, ?, ?)", row)


def forgive(connection: sqlite3.Connection, response: str) -> None:
    """Charge nothing for a response that was cancelled, within a transaction."""
    connection.execute("UPDATE zumik_later SET due = NULL WHERE response = ?", (response,))
