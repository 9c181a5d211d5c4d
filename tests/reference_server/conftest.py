"""A gateway for all tests of a session, and the official client pointed at it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from openai import OpenAI

from slashv1.harness.embedded import embedded_gateway

KEY = "sk-test-key-of-some-length"


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    with embedded_gateway() as url:
        yield url


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=base_url, api_key=KEY, max_retries=0) as openai:
        yield openai


@pytest.fixture(scope="session")
def http(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {KEY}"}) as plain:
        yield plain
