"""The Agent-* headers of a request, read and held against what is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slashv1.reference_server.zumik.hints import decode, honoured, refused
from slashv1.reference_server.zumik.state import State

TRACE_MODES = ("metadata", "tokenized", "encrypted_full_fidelity")
_REFERENCE = {
    "Agent-Hints-Ref": re.compile(r"ah_[A-Za-z0-9_-]{1,120}"),
    "Agent-Session-Ref": re.compile(r"ses_[A-Za-z0-9_-]{1,120}"),
}
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Signals:
    """What a request says besides its body; by default what one says that has no such header."""

    hints: Mapping[str, Any] = field(default_factory=dict)
    """Those stored and those sent, the latter section by section in place of the former."""
    session: str | None = None
    trace_mode: str = TRACE_MODES[0]
    idempotency_key: str | None = None

    @property
    def honoured(self) -> tuple[str, ...]:
        """The sections of the hints that are acted upon."""
        return honoured(self.hints)

    @property
    def deadline_ms(self) -> int | None:
        """How long the answer may take."""
        found: int | None = self.hints.get("qos", {}).get("deadline_ms")
        return found

    @property
    def region(self) -> str | None:
        """The region that the hints ask for."""
        found: str | None = self.hints.get("routing", {}).get("region")
        return found

    @property
    def reuses(self) -> bool:
        """Whether a prefix that was read before may be reused."""
        return self.hints.get("reuse", {}).get("prefix") is not False


def read_signals(headers: Mapping[str, str], state: State) -> Signals:
    """The signals of a request; `headers` by their name in lower case.

    Raises:
        ApiError: 400 for a value of another form or out of its enumeration, 404 for a reference to nothing.
    """
    session = _reference(headers, "Agent-Session-Ref", state.sessions)
    stored = _reference(headers, "Agent-Hints-Ref", state.hints)
    if stored is None and session is not None:
        stored = state.sessions[session].hints
    inline = headers.get("agent-hints")
    mode = headers.get("agent-trace-mode", TRACE_MODES[0])
    if mode not in TRACE_MODES:
        raise refused("Agent-Trace-Mode", f"expected one of {', '.join(TRACE_MODES)}")
    return Signals(
        {**(state.hints[stored] if stored else {}), **(decode(inline) if inline is not None else {})},
        session,
        mode,
        _idempotency_key(headers.get("agent-idempotency-key")),
    )


def _reference(headers: Mapping[str, str], name: str, known: Mapping[str, Any]) -> str | None:
    given = headers.get(name.lower())
    if given is None or given in known:
        return given
    form = _REFERENCE[name]
    if not form.fullmatch(given):
        raise refused(name, f"expected a reference such as {form.pattern.partition('[')[0]}01jy7n3q8v")
    problem = refused(name, f"there is nothing stored as '{given}'", code="reference_not_found")
    problem.status = 404
    raise problem


def _idempotency_key(given: str | None) -> str | None:
    if given is not None and not _IDEMPOTENCY_KEY.fullmatch(given):
        raise refused("Agent-Idempotency-Key", "expected 1 to 255 visible characters")
    return given
