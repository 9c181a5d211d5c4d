"""The official client as items of pytest: there where asked for, whatever warnings a project makes errors."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Start, Target

MODELS = "slashv1::models.list::plain"


def test_unasked_there_is_no_item_of_it(run: Start, gateway: Target) -> None:
    collected = run("--base-url", gateway.base_url, "--co", "-q", MODELS)
    collected.stdout.no_fnmatch_line("*::sdk.*")
    asked = run("--base-url", gateway.base_url, f"{MODELS}::sdk.reads")
    assert asked.ret == pytest.ExitCode.USAGE_ERROR


def test_asked_for_its_items_pass_and_send_nothing_more(run_apart: Start, gateway: Target) -> None:
    pytest.importorskip("openai")
    names = [f"{MODELS}::sdk.{name}" for name in ("reads", "fields", "request-id", "models-page")]
    strict = ("-W", "error", "--slashv1-strict")
    result = run_apart("--base-url", gateway.base_url, "--slashv1-sdk", *strict, *names)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*read by the official Python client too, openai *"])
    assert gateway.requests == ["GET /v1/models", "GET /v1/models"]
