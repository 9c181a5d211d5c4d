"""Judging recorded exchanges against validating the same bodies with the models of the openai SDK.

Both sides get the genuine answers of phase 1 with a 2xx status, for which the SDK has a model. Timed, in CPU
seconds of one thread, the best of several rounds, after a round that compiles schemas and models:

- *slashv1*: from the bytes of an exchange to all results, as `slashv1 audit` does it: SSE decoding, JSON
  decoding, schemas, and every check that applies, the request, headers and framing included.
- *sdk*: `json.loads`, then pydantic's `validate_python` of the model, of every body and every event's data;
  the data were cut out of the stream beforehand. One `TypeAdapter` a model, made beforehand.

- *contract*: reading the same texts and asking the compiled schemas yes or no, all in Rust: the floor of
  *slashv1* as long as it judges by them, no check asked.

Not timed on any side: reading the file, unpacking it, making `Exchange`s. Prints JSON.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from slashv1.harness.audit import NEED_OTHERS, operation_of
from slashv1.harness.judge.engine import checks, judge_all
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Broken, Recorded, case_of, read_lines
from slashv1.harness.sse import decode
from slashv1.matrix import load_profile
from slashv1.spec import Document, Operation, flawless, parse

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Body:
    """One JSON text and the SDK's model for it."""

    text: bytes | str
    validate: Callable[[Any], Any]
    """Of the SDK's model."""
    keeps: Callable[[Document], bool]
    """Of the contract's schema."""


def models() -> dict[str, tuple[Any, Any]]:
    """By operation what the SDK makes of a body, and of an event."""
    from openai.pagination import SyncPage
    from openai.types import CreateEmbeddingResponse, Model
    from openai.types.chat import ChatCompletion, ChatCompletionChunk
    from openai.types.responses import InputTokenCountResponse, Response, ResponseStreamEvent

    return {
        "chat.completions.create": (ChatCompletion, ChatCompletionChunk),
        "responses.create": (Response, ResponseStreamEvent),
        "responses.retrieve": (Response, ResponseStreamEvent),
        "responses.cancel": (Response, None),
        "responses.input_tokens.count": (InputTokenCountResponse, None),
        "embeddings.create": (CreateEmbeddingResponse, None),
        "models.list": (SyncPage[Model], None),
        "models.retrieve": (Model, None),
    }


def recorded(path: Path) -> Iterator[tuple[Recorded, Operation]]:
    """The exchanges that both sides look at."""
    known = models()
    for one in read_lines(path):
        if isinstance(one, Broken) or not 200 <= (one.exchange.status or 0) < 300:
            continue
        operation = operation_of(one.exchange.request.method, one.exchange.request.path)
        if operation is not None and operation.name in known:
            yield one, operation


def bodies(found: list[tuple[Recorded, Operation]]) -> list[Body]:
    known = {name: tuple(map(adapter, pair)) for name, pair in models().items()}
    made = []
    for one, operation in found:
        body, event = known[operation.name]
        day = datetime.fromtimestamp(one.exchange.sent_at, UTC).date()
        if not one.streamed:
            made.append(Body(one.exchange.body, body, flawless(operation.response or "", day)))
            continue
        keeps = flawless(operation.event or "", day)
        texts = (frame.data for frame in decode(one.exchange))
        made += [Body(text, event, keeps) for text in texts if text is not None and text.strip() != "[DONE]"]
    return made


def adapter(model: Any, made: dict[Any, Any] = {}) -> Any:  # noqa: B006 - one adapter a model
    if model is not None and model not in made:
        made[model] = TypeAdapter(model).validate_python
    return made.get(model)


def validate(texts: list[Body]) -> None:
    for one in texts:
        try:  # noqa: SIM105 - `suppress` would cost the SDK's side a microsecond a body
            one.validate(json.loads(one.text))
        except (ValidationError, ValueError):
            pass


def decode_all(texts: list[Body]) -> None:
    for one in texts:
        json.loads(one.text)


def contract(texts: list[Body]) -> None:
    for one in texts:
        one.keeps(parse(one.text))


def judge(found: list[tuple[Recorded, Operation]], profile: Any, but: frozenset[str]) -> int:
    count = 0
    for one, operation in found:
        # A fresh exchange: what an earlier round has read of it must not be at hand.
        reading = Reading(case_of(one, operation), dataclasses.replace(one.exchange), asked=one.asked)
        count += len(judge_all(reading, profile, but))
    return count


def best(action: Callable[[], object]) -> float:
    """CPU seconds of the fastest round, after one that does not count."""
    action()
    taken = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        action()
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> None:
    found = list(recorded(Path(sys.argv[1])))
    texts = bodies(found)
    profile = load_profile("openai")
    but = frozenset(one for one in checks() if one.startswith(NEED_OTHERS))
    gc.freeze()  # what was read before belongs to neither side
    sdk = best(lambda: validate(texts))
    judged = best(lambda: judge(found, profile, but))
    floor = best(lambda: contract(texts))
    decoded = best(lambda: decode_all(texts))
    results = judge(found, profile, but)
    print(
        json.dumps(
            {
                "exchanges": len(found),
                "texts": len(texts),
                "results": results,
                "sdk": sdk,
                "judged": judged,
                "contract": floor,
                "decoded": decoded,
            }
        )
    )


if __name__ == "__main__":
    main()
