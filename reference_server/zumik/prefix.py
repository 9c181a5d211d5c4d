"""Which beginning of a prompt was read before: what shows as cached tokens.

A prompt counts in blocks of eight tokens; its beginning is cached as far as an earlier prompt of the same
account and model had the same blocks. Genuine OpenAI does so from 1,024 tokens on; this gateway from eight,
so that a test need not send a book.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from slashv1.reference_server.tokens import count_value, split
from slashv1.reference_server.wire import dumps

BLOCK = 8
_MOST = 50_000
"""Blocks that are remembered; the oldest are forgotten first."""


class Prefixes:
    """The beginnings of prompts, in memory: a cache need not survive."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def reuse(self, account: str, asked: Mapping[str, Any], prompt_tokens: int) -> int:
        """How many tokens of this prompt were cached, less than all; remembers it."""
        cached, whole = 0, True
        for number, block in enumerate(_blocks(account, asked), 1):
            whole = whole and block in self._known
            cached = number * BLOCK if whole else cached
            self._known[block] = None
            self._known.move_to_end(block)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return min(cached, max(0, prompt_tokens - 1) // BLOCK * BLOCK)


def _blocks(account: str, asked: Mapping[str, Any]) -> Iterator[bytes]:
    """A digest for each whole block, of it and all before it."""
    digest = sha256(f"{account}\0{asked.get('model')}\0".encode("utf-8", "replace"))
    for number, token in enumerate(_tokens(asked), 1):
        digest.update(token.encode("utf-8", "replace") + b"\0")
        if number % BLOCK == 0:
            yield digest.digest()


def _tokens(asked: Mapping[str, Any]) -> Iterator[str]:
    """The prompt as it is billed: tools, instructions, then the turns."""
    for tool in asked.get("tools") or ():
        yield from _of(tool)
    yield from _of(asked.get("instructions"))
    turns = asked.get("messages", asked.get("input", asked.get("prompt")))
    yield from ["<begin>"] * 3
    for turn in turns if isinstance(turns, list) else [{"role": "user", "content": turns}]:
        said = turn if isinstance(turn, Mapping) else {"content": turn}
        yield from [f"<{said.get('role')}>"] * 3
        for key, value in said.items():
            if key not in ("role", "id", "status", "type"):
                yield from _of(value)


def _of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from split(value)
    else:
        text = dumps(value)
        yield from (f"{text}#{number}" for number in range(count_value(value)))
