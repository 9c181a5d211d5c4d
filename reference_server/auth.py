"""Which bearer keys are good."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from slashv1.reference_server.problems import ApiError

_PREFIXES = ("sk-", "zk_live_")
_MISSING = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
    "auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from "
    "https://platform.openai.com/account/api-keys."
)


def bearer(authorization: str | None) -> str:
    """The key of an `authorization` header, whatever its scheme; empty where there is none."""
    return (authorization or "").partition(" ")[2].strip()


def check_key(authorization: str | None, allowed: Sequence[str] = ()) -> None:
    """Refuse a missing or wrong key.

    Any key that starts with `sk-` or `zk_live_` is good unless it has `invalid` in it; where `allowed` names
    keys, only those are.

    Raises:
        ApiError: 401, code `invalid_api_key`.
    """
    scheme, key = (authorization or "").partition(" ")[0], bearer(authorization)
    if scheme.lower() != "bearer" or not key:
        raise ApiError(_MISSING, status=401, code="invalid_api_key")
    if not _good(key, allowed):
        raise ApiError(
            f"Incorrect API key provided: {masked(key)}. You can find your API key at "
            "https://platform.openai.com/account/api-keys.",
            status=401,
            code="invalid_api_key",
        )


def _good(key: str, allowed: Sequence[str]) -> bool:
    if allowed:
        # all are compared, in constant time each: which one fits shows in no timing
        return sum(hmac.compare_digest(key.encode(), good.encode()) for good in allowed) > 0
    return key.startswith(_PREFIXES) and "invalid" not in key


def masked(key: str) -> str:
    """Enough of a key to recognise it by, never the whole."""
    if len(key) < 16:
        return f"{key[:3]}***"
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"
