"""What the gateway knows from its start: hints, sessions, aliases, accounts behind keys. Values only."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

PROFILES = ("managed_provider", "byok", "subscription", "byoc_dynamo", "byoc_epp")
"""Values of `Agent-Execution-Profile`."""
NANO = 1_000_000_000
"""Money is counted in whole billionths of a dollar: a token costs a fraction of a millionth."""
Hints = Mapping[str, Any]
"""Sections by name (`qos`, `reuse`, `routing`, `safety`), each an object."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Account:
    """What stands behind a key; None: no limit."""

    id: str
    """A digest of the key, which is kept nowhere itself."""
    balance: int | None = None
    """Prepaid, in billionths of a dollar."""
    budget: int | None = None
    """Most that may be spent, in billionths of a dollar."""
    rate: Rate | None = None
    region: str | None = None
    """None: the first of the allowed ones."""
    execution_profile: str = PROFILES[0]


@dataclass(frozen=True, slots=True)
class Alias:
    """What a model alias resolves to."""

    provider: str
    release: str
    """A dated model id, which never means another model."""


@dataclass(frozen=True, slots=True)
class Session:
    """A stored session."""

    hints: str | None = None
    """Reference of the hints of its requests, where they bring none."""


@dataclass(frozen=True, slots=True)
class State:
    """A state file, read."""

    regions: tuple[str, ...]
    provider_ms: int = 0
    """How long a provider takes, in milliseconds."""
    hints: Mapping[str, Hints] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    keys: Mapping[str, Account] = field(default_factory=dict, repr=False)

    @property
    def releases(self) -> Mapping[str, str]:
        """The release of each alias."""
        return {name: alias.release for name, alias in self.aliases.items()}

    def account(self, key: str) -> Account:
        """The account of a good key; one that the file does not name has no limits."""
        found = [account for known, account in self.keys.items() if _same(key, known)]
        return found[0] if found else Account(account_id(key))

    def account_of(self, digest: str) -> Account:
        """The account that is known by this digest of its key; no limits where the file does not name it."""
        return next((account for account in self.keys.values() if account.id == digest), Account(digest))


def account_id(key: str) -> str:
    """What an account is known by in the database."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
