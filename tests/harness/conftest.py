"""The command line called from an empty folder, and a gateway for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from slashv1.harness.embedded import embedded_gateway
from tests.harness.saved_runs import Call, caller


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    """Base URL of the reference gateway, without its `/v1`."""
    with embedded_gateway() as base_url:
        yield base_url.removesuffix("/v1")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs `slashv1 …` without what the environment says of a target, a key or colours."""
    monkeypatch.chdir(tmp_path)
    for name in ("SLASHV1_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return caller(capsys)
