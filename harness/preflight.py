"""Can this target be judged at all, and with which models? One request, two where it lists no models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from slashv1.errors import TargetError
from slashv1.fixtures import Exchange
from slashv1.fixtures.exchange import FailureKind
from slashv1.harness.connection import Connection
from slashv1.harness.printable import printable
from slashv1.harness.sender import Sender
from slashv1.harness.templates import Prepared, dump, prepare
from slashv1.matrix import Case, RequestTemplate
from slashv1.spec import parse

PREFERRED = ("gpt-4o-mini", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4.1", "code.fast", "auto.balanced")
"""Small chat models that take temperature, n, stop and logprobs: the first of them that is listed."""
NO_CHAT = re.compile(
    "embed|whisper|tts|dall-e|moderation|image|audio|realtime|transcribe|rerank|search|davinci|babbage"
    "|turbo-instruct|sora|codex|computer-use|deep-research|guard|ocr|speech",
    re.IGNORECASE,
)
"""Parts of ids that name no plain chat model."""
PREFERRED_EMBEDDING = ("text-embedding-3-small", "text-embedding-3-large")
NAMES = ("model", "embedding_model", "slashed_model", "slashed_model_encoded")
"""What a request can leave open, as `${model}`; an id with a slash, as it is and percent-encoded."""
_MOST_MODELS, _LONGEST_ID = 10_000, 200


@dataclass(frozen=True, slots=True)
class Preflight:
    """What is known of a target before its first case."""

    models: tuple[str, ...] = ()
    """As it lists them; empty where it lists none."""
    model: str | None = None
    embedding_model: str | None = None
    notes: tuple[str, ...] = ()
    server: str | None = None
    """Its `server` header."""
    exchanges: tuple[Exchange, ...] = ()
    """What it was learnt from."""

    @property
    def names(self) -> dict[str, str]:
        """Values for `NAMES`, those that are known."""
        slashed = next((name for name in self.models if "/" in name.strip("/")), None)
        values = (self.model, self.embedding_model, slashed, slashed)
        return {name: value for name, value in zip(NAMES, values, strict=True) if value is not None}


async def run_preflight(
    connection: Connection, sender: Sender, needs: frozenset[str] = frozenset(NAMES)
) -> Preflight:
    """`GET /v1/models`, else a plain chat completion, with the given key.

    `needs`: those of `NAMES` that the cases to come hold.

    Raises:
        TargetError: unreachable, the key is refused, or no model is known and one is needed.
    """
    listed = await sender.send(_prepared(connection, "GET", "/v1/models"))
    _refuse(connection, listed)
    models, exchanges = model_ids(listed), [listed]
    if not models:
        if connection.model is None and "model" in needs:
            raise TargetError(
                f"{connection.base_url} lists no models (GET /v1/models: {_said(listed)}): "
                "name one with --model"
            )
        if connection.model is not None and not sender.spent:
            exchanges.append(await sender.send(_chat(connection, connection.model)))
            _refuse(connection, exchanges[-1])
    return replace(_choose(connection, models, listed, needs), exchanges=tuple(exchanges))


async def still_there(connection: Connection, sender: Sender) -> str | None:
    """The preflight, repeated: why the target cannot be reached any more, or None."""
    if sender.spent:
        return None
    try:
        _refuse(connection, await sender.send(_prepared(connection, "GET", "/v1/models")))
    except TargetError as error:
        return str(error)
    return None


def model_ids(exchange: Exchange) -> tuple[str, ...]:
    """The ids of a model list; empty where the answer is none."""
    if exchange.status != 200 or exchange.failure:
        return ()
    body = parse(exchange.body).value
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        return ()
    ids = (entry.get("id") for entry in data[:_MOST_MODELS] if isinstance(entry, dict))
    return tuple(i for i in ids if isinstance(i, str) and 0 < len(i) <= _LONGEST_ID and i.isprintable())


def choose_model(models: Sequence[str]) -> str | None:
    """The first preferred id that is listed, else the first that looks like a chat model."""
    for wanted in PREFERRED:
        if wanted in models:
            return wanted
    chat = (model for model in models if not NO_CHAT.search(model))
    return next(chat, None)


def choose_embedding_model(models: Sequence[str]) -> str | None:
    """A preferred id that is listed, else the first with `embed` in it."""
    for wanted in PREFERRED_EMBEDDING:
        if wanted in models:
            return wanted
    return next((model for model in models if "embed" in model.lower()), None)


def _choose(
    connection: Connection, models: tuple[str, ...], listed: Exchange, needs: frozenset[str]
) -> Preflight:
    model, embedding = connection.model, connection.embedding_model
    notes = []
    if model is None and "model" in needs:
        model = choose_model(models)
        if model is None:
            raise TargetError(
                f"none of the {len(models)} models listed looks like a chat model: name one with --model"
            )
        notes.append(f"model {model}, picked from the {len(models)} the target lists (--model names another)")
    elif model is not None and models and model not in models:
        notes.append(f"model {model} is not among the {len(models)} the target lists")
    if embedding is None and "embedding_model" in needs:
        embedding = choose_embedding_model(models)
        if embedding is not None:
            notes.append(f"embedding model {embedding}, picked likewise (--embedding-model names another)")
    server = listed.header("server")
    return Preflight(models, model, embedding, tuple(notes), server[:100] if server else None)


def _refuse(connection: Connection, exchange: Exchange) -> None:
    """Raise where nothing can be learnt from this target."""
    url, failure = connection.base_url, exchange.failure
    if exchange.status in (401, 403):
        raise TargetError(_key_refused(connection, exchange))
    if failure is None:
        return
    if exchange.status is None:
        raise TargetError(f"{url}: {printable(failure.message)}{_mend(connection, failure.kind)}")


def _key_refused(connection: Connection, exchange: Exchange) -> str:
    said = _message(exchange)
    line = f"{connection.base_url} answered {exchange.status} to GET /v1/models"
    if exchange.request.method == "POST":
        line = f"{connection.base_url} answered {exchange.status} to a plain chat completion"
    if connection.api_key is None:
        return f"{line}{said}: it wants a key, give one with --api-key, --api-key-env or SLASHV1_API_KEY"
    return f"{line}{said}: the key was refused, check --api-key"


def _message(exchange: Exchange) -> str:
    body = parse(exchange.body).value
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return f" ({printable(message[:120])})" if isinstance(message, str) and message else ""


def _said(exchange: Exchange) -> str:
    if exchange.failure is not None:
        return printable(exchange.failure.message)
    where = exchange.header("location")
    if exchange.status is not None and 300 <= exchange.status < 400 and where:
        return f"status {exchange.status}, a redirect to {printable(where, 200)}, which is not followed"
    if exchange.status != 200:
        return f"status {exchange.status}"
    body = parse(exchange.body).value
    empty = isinstance(body, dict) and body.get("data") == []
    return "an empty list" if empty else "status 200, but no list with model ids"


def _mend(connection: Connection, kind: FailureKind) -> str:
    if kind is FailureKind.DNS:
        return ": is the host name spelt right?"
    if kind is FailureKind.TLS:
        return ": give the CA with --ca-bundle, or --insecure to look at it all the same"
    if kind is FailureKind.PROTOCOL:
        other = "http" if connection.base_url.startswith("https") else "https"
        return f": does it speak {other}?"
    if kind is FailureKind.TIMEOUT:
        return ": is it up, and is --timeout long enough?"
    return ": is it up, and is the port right?"


def _prepared(connection: Connection, method: str, path: str, json: Any = None) -> Prepared:
    case = Case("preflight", "preflight", RequestTemplate(method, path, json=json))
    return prepare(
        case,
        models={},
        answers={},
        api_key=connection.api_key,
        headers=connection.headers,
        query=connection.query,
    )


def _chat(connection: Connection, model: str) -> Prepared:
    messages = [{"role": "user", "content": "Say hello."}]
    asked = {"model": model, "messages": messages, "max_tokens": 16}
    prepared = _prepared(connection, "POST", "/v1/chat/completions", asked)
    return Prepared(prepared.method, prepared.path, prepared.query, prepared.headers, dump(asked), asked)
