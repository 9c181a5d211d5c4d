"""Refusals that a profile says how to provoke: which cases can be sent, with which key and headers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from slashv1.errors import UsageError
from slashv1.harness.connection import Connection
from slashv1.harness.plan import Plan
from slashv1.matrix import Provocation

_SHORTEST = 6
"""A shorter value of a header is no secret: taken out of every answer it would make findings of its own."""


def armed(
    plan: Plan, connection: Connection, environ: Mapping[str, str] = os.environ
) -> tuple[Plan, Connection]:
    """The plan with the keys that its provocations name, and a connection that keeps them secret.

    Raises:
        UsageError: the environment lacks a key.
    """
    held = {name: _held(how, environ) for name, how in plan.provocations.items()}
    secrets = tuple(dict.fromkeys(secret for how in held.values() for secret in _secrets(how)))
    return replace(plan, provocations=held), replace(connection, private=secrets)


def own_headers(provocation: Provocation, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """A run's headers with those of a provocation in place of its own."""
    taken = {name.lower() for name in provocation.headers}
    if provocation.key is not None:
        taken.add("authorization")
    kept = [(name, value) for name, value in headers if name.lower() not in taken]
    return (*kept, *provocation.headers.items())


def _held(how: Provocation, environ: Mapping[str, str]) -> Provocation:
    if how.key_env is None or how.key is not None:
        return how
    key = environ.get(how.key_env, "").strip()
    if not key:
        raise UsageError(
            f"the profile's provoke: names the environment variable {how.key_env}, which is not set; "
            "set it, or take the entry out of the profile"
        )
    return replace(how, key=key)


def _secrets(how: Provocation) -> list[str]:
    values = [value for value in how.headers.values() if len(value) >= _SHORTEST]
    return [how.key, *values] if how.key else values
