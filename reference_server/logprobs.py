"""`logprobs` entries: deterministic, falling with the token's length, best alternative first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def entries(tokens: Iterable[str], top: int) -> list[dict[str, Any]]:
    """One entry a token with `top` alternatives; the token itself is the likeliest."""
    return [_entry(token, top) for token in tokens]


def _entry(token: str, top: int) -> dict[str, Any]:
    alternatives = [_alternative(token, 0), *(_alternative(f"{token}{i}", i) for i in range(1, top))]
    return {**_alternative(token, 0), "top_logprobs": alternatives[:top]}


def _alternative(token: str, rank: int) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": -round(0.0125 * len(token) + 2.5 * rank, 6),
        "bytes": list(token.encode()),
    }
