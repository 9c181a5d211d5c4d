"""Which genuine exchanges say nothing of a gateway: rules, each with its reason, never a list of requests."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.parity_source import Genuine

RULES = {
    "not kept": "the recorder cut the request, shortened it or kept no body: it cannot be sent again",
    "fetched": "refused for what a URL led to, or that it led nowhere: the gateway fetches nothing",
    "retired": "refused for a model retired by then, or taken for one retired since: it depends on the day",
    "account": "refused for what an organization or a key may do: it depends on who asks",
    "both ways": "the same request was refused and taken: it depends on time, state or luck",
    "not there yet": "a 404 for what was made a moment before: genuine OpenAI needs a while to store it",
    "elsewhere": "names something stored that no answer of the recording made: a prompt, a file, a store",
}
_FETCHED = re.compile(r"while downloading|unsupported image|Failed to download|file type you uploaded")
_RETIRED = re.compile(r"has been deprecated|has been retired")
_OLD_MODELS = re.compile(r"(?:ada|babbage|curie|davinci|text-(?:ada|babbage|curie|davinci)-\d+|code-.*)")
"""Shut down by 2024-01-04, as https://platform.openai.com/docs/deprecations says."""
_FOREIGN = re.compile(r"insufficient permissions|not have access to|must be verified")
_LONG = 100_000
"""Characters that a request which fills a context has at the very least."""


def left_out(genuine: Genuine, both: frozenset[str], taken: frozenset[tuple[str, str]]) -> str | None:
    """The rule by which an exchange is left out.

    `both`: requests that were answered both ways; `taken`: operations with the models that served them once.
    """
    status, error = genuine.reply.status, genuine.reply.error
    message, asked = str(error.get("message")), json.dumps(genuine.asked)
    if not genuine.whole or (error.get("code") == "context_length_exceeded" and _shortened(genuine, asked)):
        return "not kept"
    if status >= 400 and _FETCHED.search(message) and "http" in asked:
        return "fetched"
    gone = "does not exist" in message and (genuine.operation, _model_of(genuine)) in taken
    if gone or _RETIRED.search(message) or (status < 400 and _OLD_MODELS.fullmatch(_model_of(genuine))):
        return "retired"
    if status in (401, 403) and _FOREIGN.search(message):
        return "account"
    return "both ways" if genuine.asked is not None and same(genuine) in both else None


def _shortened(genuine: Genuine, asked: str) -> bool:
    """Whether a request that filled a context is too short for that, and asks for no long answer."""
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    return len(asked) < _LONG and not any((genuine.asked or {}).get(name) for name in limits)


def _model_of(genuine: Genuine) -> str:
    named = genuine.asked.get("model") if isinstance(genuine.asked, dict) else None
    return str(named or genuine.path.rpartition("/")[2])


def models_taken(exchanges: Iterable[Genuine]) -> frozenset[tuple[str, str]]:
    """The models that genuine OpenAI once took, by operation."""
    return frozenset((one.operation, _model_of(one)) for one in exchanges if one.reply.status < 400)


def same(genuine: Genuine) -> str:
    """What two identical requests have in common."""
    return f"{genuine.method} {genuine.path} {json.dumps(genuine.asked, sort_keys=True)}"


def answered_both_ways(exchanges: Iterable[Genuine]) -> frozenset[str]:
    """The requests that were at times refused and at times taken, bad keys apart."""
    fates: dict[str, set[bool]] = defaultdict(set)
    for one in exchanges:
        if one.asked is not None and one.reply.status != 401:
            fates[same(one)].add(one.reply.status < 400)
    return frozenset(name for name, seen in fates.items() if len(seen) > 1)


_NAMING = (
    "container",
    "conversation",
    "file_id",
    "input_file_id",
    "previous_response_id",
    "prompt",
    "vector_store_ids",
)
"""Keys whose values are ids of stored things, or objects with one; `prompt` only as an object."""


def named(value: Any) -> Iterator[str]:
    """Every id of something stored that a request speaks of."""
    if isinstance(value, list):
        for inner in value:
            yield from named(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _ids(key, inner) if key in _NAMING else named(inner)


def _ids(key: str, held: Any) -> Iterator[str]:
    if isinstance(held, dict):
        held = held.get("id")
    elif key == "prompt":
        return
    for one in held if isinstance(held, list) else [held]:
        if isinstance(one, str):
            yield one
