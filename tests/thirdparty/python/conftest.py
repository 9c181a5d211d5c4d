"""The gateway under test: the one that the environment names, else one that is started here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from openai import OpenAI


@pytest.fixture(scope="session")
def client() -> Iterator[OpenAI]:
    url = os.environ.get("SLASHV1_UNDER_TEST")
    if url:
        yield OpenAI(base_url=url, api_key="sk-thirdparty", max_retries=0)
        return
    from slashv1.harness.embedded import embedded_gateway

    with embedded_gateway() as own:
        yield OpenAI(base_url=own, api_key="sk-thirdparty", max_retries=0)
