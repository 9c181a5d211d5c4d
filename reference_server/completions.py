"""Legacy completions: a valid request to its completion, and a completion to its chunks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from slashv1.reference_server import ids
from slashv1.reference_server.catalog import Model
from slashv1.reference_server.mind import Ask, Turn, answer
from slashv1.reference_server.tokens import count, split
from slashv1.reference_server.wire import Event

Asked = dict[str, Any]
_LIMIT = 16
"""Tokens of an answer unless `max_tokens` says otherwise."""


def prompts(raw: Any) -> list[Any]:
    """One entry a prompt: a string, or a token array."""
    if raw is None or isinstance(raw, str):
        return [raw or ""]
    return [raw] if raw and isinstance(raw[0], int) else list(raw)


def complete(asked: Asked, model: Model) -> tuple[dict[str, Any], list[Turn]]:
    """The completion of a valid request, `n` choices a prompt, and the turns it was made from."""
    given = prompts(asked.get("prompt"))
    each = asked.get("n") or 1
    turns = [answer(_ask(asked, prompt, number)) for prompt in given for number in range(each)]
    spent = sum(turn.billed for turn in turns)
    read = sum(_length(prompt) for prompt in given)
    body = {
        "id": ids.legacy_completion_id(),
        "object": "text_completion",
        "created": int(time.time()),
        "model": model.snapshot,
        "choices": [
            _choice(asked, index, turn, _echo(asked, given[index // each]))
            for index, turn in enumerate(turns)
        ],
        "usage": {"prompt_tokens": read, "completion_tokens": spent, "total_tokens": read + spent},
    }
    return body, turns


def chunks(asked: Asked, model: Model) -> tuple[Event, ...]:
    """The same as a stream: one chunk a token, one with every `finish_reason`, usage where asked for."""
    body, _ = complete(asked, model)
    with_usage = (asked.get("stream_options") or {}).get("include_usage") is True
    head = {key: body[key] for key in ("id", "object", "created")}
    tail = {"model": body["model"], **({"usage": None} if with_usage else {})}
    events = [Event({**head, "choices": choices, **tail}) for choices in _deltas(asked, body["choices"])]
    if with_usage:
        events.append(Event({**head, "model": body["model"], "usage": body["usage"], "choices": []}))
    return (*events, Event("[DONE]"))


def _deltas(asked: Asked, choices: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The choices of each chunk: all answers taking turns, then the end of all of them at once."""
    for row in zip_longest(*(_pieces(asked, choice) for choice in choices)):
        yield from ([piece] for piece in row if piece is not None)
    ends = ((choice["index"], choice["finish_reason"]) for choice in choices)
    yield [{"text": "", "index": at, "logprobs": None, "finish_reason": finish} for at, finish in ends]


def _pieces(asked: Asked, choice: dict[str, Any]) -> list[dict[str, Any]]:
    """Token by token; the last one of an answer cut short tells so, as OpenAI's do."""
    offset, pieces = 0, []
    for token in split(choice["text"]):
        probs = _logprobs(asked, [token], offset)
        pieces.append({"text": token, "index": choice["index"], "logprobs": probs, "finish_reason": None})
        offset += len(token)
    if pieces and choice["finish_reason"] == "length":
        pieces[-1]["finish_reason"] = "length"
    return pieces


def _ask(asked: Asked, prompt: Any, number: int) -> Ask:
    stop = asked.get("stop") or ()
    limit = asked.get("max_tokens")
    return Ask(
        user=prompt if isinstance(prompt, str) else "",
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        limit=_LIMIT if limit is None else limit,
        index=number,
    )


def _length(prompt: Any) -> int:
    return count(prompt) if isinstance(prompt, str) else len(prompt)


def _echo(asked: Asked, prompt: Any) -> str:
    """What stands before the answer: the prompt, where that is asked for; token ids as one mark each."""
    if not asked.get("echo"):
        return ""
    return prompt if isinstance(prompt, str) else "".join(f"<{token}>" for token in prompt)


def _choice(asked: Asked, index: int, turn: Turn, before: str) -> dict[str, Any]:
    text = before + (turn.text or "")
    return {
        "text": text,
        "index": index,
        "logprobs": _logprobs(asked, split(text), 0),
        "finish_reason": turn.finish,
    }


def _logprobs(asked: Asked, tokens: list[str], offset: int) -> dict[str, Any] | None:
    """Four lists of one length; the token itself is the likeliest, as many as `logprobs` beside it."""
    top = asked.get("logprobs")
    if top is None:
        return None
    offsets = [offset + sum(map(len, tokens[:number])) for number in range(len(tokens))]
    return {
        "tokens": tokens,
        "token_logprobs": [_logprob(token) for token in tokens],
        "top_logprobs": [
            {f"{token}{rank or ''}": _logprob(token) - 2.5 * rank for rank in range(top)} for token in tokens
        ],
        "text_offset": offsets,
    }


def _logprob(token: str) -> float:
    return -round(0.0125 * len(token), 6)
