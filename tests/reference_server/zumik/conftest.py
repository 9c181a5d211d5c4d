"""A gateway of the profile `zumik` for all tests here, and clients with the keys of its state file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from slashv1.harness.embedded import embedded_gateway

Ask = Callable[..., httpx.Response]
PONG = [{"role": "user", "content": "Reply with exactly: pong"}]


@pytest.fixture(scope="session")
def zumik_url() -> Iterator[str]:
    with embedded_gateway(profile="zumik") as url:
        yield url


@pytest.fixture
def ask(zumik_url: str) -> Iterator[Ask]:
    """Post a chat request: `ask(headers, key=…, **body)`."""
    with httpx.Client() as client:

        def send(headers: dict[str, str] | None = None, *, key: str = "plain", path: str = "", **body):
            said = {"model": "code.fast", "messages": PONG, **body}
            bearer = {"authorization": f"Bearer zk_live_slashv1_{key}"}
            url = f"{zumik_url}{path or '/chat/completions'}"
            return client.post(url, json=said, headers={**bearer, **(headers or {})})

        yield send
