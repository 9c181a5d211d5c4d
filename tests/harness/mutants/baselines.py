"""Small exchanges to break: the package's fixtures, and what these lack."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

from slashv1.fixtures import Exchange, Read
from slashv1.harness.mutants.edit import with_body
from slashv1.harness.mutants.model import Baseline
from slashv1.harness.mutants.pick import fixtures
from slashv1.matrix import Profile, load_profile


@cache
def openai() -> Profile:
    return load_profile("openai")


@cache
def by_id() -> dict[str, Baseline]:
    return {one.record.id: one for one in fixtures()}


def fixture(name: str) -> Baseline:
    return by_id()[name]


@cache
def everything() -> tuple[Baseline, ...]:
    return (*by_id().values(), reasoned())


def saying(name: str, value: Any) -> Baseline:
    """A fixture with another body."""
    base = fixture(name)
    exchange = with_body(base.exchange, json.dumps(value))
    return Baseline(replace(base.record, exchange=exchange), base.operation, "fixture")


def reasoned() -> Baseline:
    """A response with a reasoning item before its message."""
    body = fixture("responses.create/plain").object
    thought = {"id": "rs_" + "0" * 48, "type": "reasoning", "summary": []}
    return saying("responses.create/plain", {**body, "output": [thought, *body["output"]]})


def streaming(exchange: Exchange, data: bytes) -> Exchange:
    return replace(exchange, reads=(Read(data, 0.0),))
