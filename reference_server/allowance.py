"""Keys whose allowance is used up: of requests a minute, or of money."""

from __future__ import annotations

from slashv1.reference_server.auth import bearer
from slashv1.reference_server.headers import rate_limits
from slashv1.reference_server.problems import ApiError
from slashv1.reference_server.tables import provocations

_RETRY_SECONDS = 1


def check_allowance(authorization: str | None) -> None:
    """Refuse the keys of `provocations`.

    Raises:
        ApiError: 429, with `retry-after` where waiting helps.
    """
    key = bearer(authorization)
    if key == provocations()["rate"]["key"]:
        raise ApiError(
            "Rate limit reached for requests per min (RPM): Limit 10000, Used 10000, Requested 1. "
            f"Please try again in {_RETRY_SECONDS}s.",
            status=429,
            code="rate_limit_exceeded",
            kind="requests",
            headers=(("retry-after", str(_RETRY_SECONDS)), *_used_up()),
        )
    if key == provocations()["quota"]["key"]:
        raise ApiError(
            "You exceeded your current quota, please check your plan and billing details.",
            status=429,
            code="insufficient_quota",
            kind="insufficient_quota",
        )


def _used_up() -> tuple[tuple[str, str], ...]:
    spent = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": f"{_RETRY_SECONDS}s"}
    return tuple((name, spent.get(name, value)) for name, value in rate_limits(0))
