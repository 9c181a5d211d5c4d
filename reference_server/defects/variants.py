"""Unusual and legal: what no check may object to."""

from __future__ import annotations

import copy
import re
import uuid
from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects import coding, pacing, pages
from slashv1.reference_server.defects.adapters import (
    drop,
    on_answer,
    on_body,
    on_bytes,
    on_error,
    on_events,
    put,
)
from slashv1.reference_server.defects.hosted import HOSTED
from slashv1.reference_server.defects.response_streams import renumbered
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event, Handler, dumps

Writes = tuple[bytes, ...]
_COMMENT = b": keepalive\n\n"
_OPTIONAL = re.compile(r"x-ratelimit-|openai-|strict-transport|x-content-type")


def _comments(writes: Writes) -> Writes:
    return (b": welcome\n", *(part for data in writes for part in (_COMMENT, data)))


def _crlf(writes: Writes) -> Writes:
    return tuple(data.replace(b"\n", b"\r\n") for data in writes)


def _cr(writes: Writes) -> Writes:
    return tuple(data.replace(b"\n", b"\r") for data in writes)


def _no_space(writes: Writes) -> Writes:
    return tuple(re.sub(rb"^(data|event): ", rb"\1:", data, flags=re.MULTILINE) for data in writes)


def _bom(writes: Writes) -> Writes:
    return (b"\xef\xbb\xbf" + writes[0], *writes[1:])


def _bytewise(writes: Writes) -> Writes:
    """Single bytes; after 2,000 of them larger pieces, so that a stream ends in time."""
    whole = b"".join(writes)
    return (
        *(whole[i : i + 1] for i in range(min(2000, len(whole)))),
        *(whole[i : i + 7919] for i in range(2000, len(whole), 7919)),
    )


def _whole(writes: Writes) -> Writes:
    return (b"".join(writes),)


def _ids_and_retry(writes: Writes) -> Writes:
    return tuple(b"id: %d\nretry: 3000\n%s" % (number, data) for number, data in enumerate(writes))


def _keepalives(events: list[Event]) -> list[Event]:
    """A keepalive event, numbered like the rest, as Responses streams have them."""
    if not events or events[0].name is None:
        return events
    data = {"type": "keepalive", "sequence_number": 0}
    with_one = [*events[:2], Event(data, name="keepalive"), *events[2:]]
    first = events[0].data["sequence_number"]
    return [
        replace(event, data={**event.data, "sequence_number": first + number})
        for number, event in enumerate(with_one)
    ]


def _bare_headers(call: Call, answer: Answer) -> Answer:
    kept = tuple((n, v) for n, v in answer.headers if not _OPTIONAL.match(n))
    return replace(answer, headers=kept)


def _no_obfuscation(events: list[Event]) -> None:
    for event in events:
        if isinstance(event.data, dict):
            event.data.pop("obfuscation", None)


def _uuid_id(call: Call, answer: Answer) -> Answer:
    if answer.operation != "chat.completions.create" or not answer.ok:
        return answer
    name = f"chatcmpl-{uuid.uuid4()}"
    if answer.body is not None:
        return replace(answer, body={**answer.body, "id": name})
    events = answer.events or ()
    return replace(
        answer,
        events=tuple(
            event if isinstance(event.data, str) else replace(event, data={**event.data, "id": name})
            for event in events
        ),
    )


def _echo_model(call: Call, answer: Answer) -> Answer:
    """`model` is what was asked for, not the snapshot."""
    asked = call.json.get("model")
    if not answer.ok or not isinstance(asked, str) or answer.operation == "models.retrieve":
        return answer
    if answer.body is not None:
        return replace(answer, body={**answer.body, "model": asked}) if "model" in answer.body else answer
    return replace(answer, events=tuple(_renamed(event, asked) for event in answer.events or ()))


def _renamed(event: Event, model: str) -> Event:
    if isinstance(event.data, str):
        return event
    if "response" in event.data:
        return replace(event, data={**event.data, "response": {**event.data["response"], "model": model}})
    return replace(event, data={**event.data, "model": model}) if "model" in event.data else event


def _one_delta(events: list[Event]) -> list[Event]:
    """Text in one piece: every content delta of a chat stream joined into the first."""
    texts = [e for e in events if isinstance(e.data, dict) and _content(e)]
    if len(texts) < 2 or len(texts[0].data["choices"]) != 1 or _logprobs(texts[0]) or _choices(texts) > 1:
        return events
    texts[0].data["choices"][0]["delta"]["content"] = "".join(_content(e) for e in texts)
    return [event for event in events if event is texts[0] or event not in texts[1:]]


def _content(event: Event) -> Any:
    choices = event.data.get("choices") or [{}]
    return choices[0].get("delta", {}).get("content")


def _logprobs(event: Event) -> Any:
    return event.data["choices"][0].get("logprobs")


def _choices(events: list[Event]) -> int:
    return len({event.data["choices"][0]["index"] for event in events})


def _older(call: Call, answer: Answer) -> Answer:
    """Completions and chunks as they were before 2025."""
    older = drop("choices.*.message.annotations", "service_tier")
    if not answer.ok:
        return answer
    made = copy.deepcopy(answer)
    for value in (made.body, *(event.data for event in made.events or ())):
        older(value)
    return made


def _in_turn(events: list[Event]) -> list[Event]:
    """The choices of a chat stream one after the other, in place of taking turns."""
    chunks = [e for e in events if isinstance(e.data, dict) and e.data.get("choices")]
    rest = [e for e in events if e not in chunks]
    return [*sorted(chunks, key=lambda e: e.data["choices"][0]["index"]), *rest]


def _side_by_side(events: list[Event]) -> list[Event]:
    """Two choices in one chunk, where chunks of both follow each other."""
    made: list[Event] = []
    for event in events:
        last = made[-1].data if made else None
        choices = event.data.get("choices") if isinstance(event.data, dict) else None
        alone = last["choices"] if isinstance(last, dict) and len(last.get("choices") or ()) == 1 else []
        if choices and alone and choices[0]["index"] != alone[0]["index"]:
            alone += choices
            continue
        made.append(event)
    return made


def _short_steps(events: list[Event]) -> list[Event]:
    """Hosted tools tell their beginning and their end alone, an image its beginning."""
    left_out = (".searching", ".interpreting", ".generating", "image_generation_call.completed")
    kept = [event for event in events if not (event.name or "").endswith(left_out)]
    return renumbered(kept) if len(kept) < len(events) else events


def _cited_early(events: list[Event]) -> list[Event]:
    """An annotation comes before the last deltas of its text."""
    for at, event in enumerate(events):
        if event.name == "response.output_text.annotation.added" and at > 2:
            events = [*events[: at - 2], event, *events[at - 2 : at], *events[at + 1 :]]
            return renumbered(events)
    return events


async def _dumb(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """A model that never calls a tool unless it must, and says "Hello." whatever it is told."""
    asked = call.json
    if not asked or not call.path.startswith(("/v1/chat/completions", "/v1/responses")):
        return await handler(call)
    correct = await handler(call)
    if not correct.ok:
        return correct
    return await handler(replace(call, body=dumps(_dulled(asked)).encode()))


def _dulled(asked: dict[str, Any]) -> dict[str, Any]:
    told = {"role": "user", "content": 'Say "Hello."'}
    json_too = {"role": "user", "content": 'Say "Hello." in json'}
    if isinstance(asked.get("messages"), list):
        wants_json = (asked.get("response_format") or {}).get("type") == "json_object"
        asked["messages"] = [*asked["messages"], json_too if wants_json else told]
    elif isinstance(asked.get("input"), list):
        asked["input"] = [*asked["input"], told]
    return asked


_GENERATING = ("chat.completions.create::*", "responses.create::*", "responses.input_tokens.count::*")
"""What is stored is not asked for: the model is made dull by a turn of ours, which would stand there too."""
_REFUSED = (
    "*::empty-messages*",
    "*::unknown-model*",
    "*::wrong-key*",
    "*::malformed-json",
    "*::unknown-route",
)


def _worded(call: Call, answer: Answer) -> Answer:
    if answer.ok or call.json.get("stream") is not True:
        return answer
    return _saying(answer, f"Not streamed: {answer.body['error']['message']}")


def _quoting(call: Call, answer: Answer) -> Answer:
    if answer.ok:
        return answer
    sent = call.body.decode(errors="replace")
    return _saying(answer, f"{answer.body['error']['message']} ({call.path}: {sent})")


def _saying(answer: Answer, message: str) -> Answer:
    return replace(answer, body={"error": {**answer.body["error"], "message": message}})


def _origin_named(call: Call, answer: Answer) -> Answer:
    if "origin" not in call.headers:
        return answer
    named = answer.with_header("access-control-allow-origin", call.headers["origin"])
    return named.with_header("access-control-allow-methods", "*").with_header("vary", "Origin")


VARIANTS = (
    Twist("comments", "SSE comments before and between events", on_bytes(_comments)),
    Twist("crlf", "Lines of a stream end in CRLF", on_bytes(_crlf)),
    Twist("cr", "Lines of a stream end in CR", on_bytes(_cr)),
    Twist("no-space", "No space follows `data:`", on_bytes(_no_space)),
    Twist("bom", "A stream starts with a byte-order mark", on_bytes(_bom)),
    Twist("bytewise", "A stream comes byte by byte", on_bytes(_bytewise)),
    Twist("whole", "A stream comes in one write", on_bytes(_whole)),
    Twist("ids-and-retry", "Events carry `id` and `retry` fields", on_bytes(_ids_and_retry)),
    Twist("keepalive-events", "Responses streams have a keepalive event", on_events(_keepalives)),
    Twist("no-obfuscation", "No event has `obfuscation`", on_events(_no_obfuscation)),
    Twist("bare-headers", "Only content-type and x-request-id are sent", on_answer(_bare_headers)),
    Twist(
        "uuid-request-ids",
        "x-request-id is a UUID",
        on_answer(lambda call, answer: answer.with_header("x-request-id", str(uuid.uuid4()))),
    ),
    Twist("uuid-ids", "Completions have a UUID for an id", on_answer(_uuid_id)),
    Twist(
        "echo-model",
        "`model` is the one asked for",
        on_answer(_echo_model),
        ("chat.completions.create", "embeddings.create"),
    ),
    Twist(
        "older-shape",
        "No `annotations` and `service_tier`, as before 2025",
        on_answer(_older),
        ("chat.completions.create",),
    ),
    Twist(
        "null-fingerprint",
        "system_fingerprint is null",
        on_body(put("system_fingerprint", None)),
        ("chat.completions.create",),
    ),
    Twist("one-delta", "The whole text comes in one delta", on_events(_one_delta)),
    Twist("gzip", "Bodies are compressed for whoever asks", on_answer(coding.honoured), cases=("*::gzip*",)),
    Twist(
        "cors-origin-named",
        "The page's own origin is allowed in place of a star, all methods by a star",
        on_answer(_origin_named),
        cases=pages.PAGES,
    ),
    Twist("slow-model", "A model takes its time", on_answer(pacing.slow_model), cases=pacing.LONG),
    Twist("slow-start", "Nothing comes for long, then all", on_answer(pacing.slow_start), cases=pacing.LONG),
    Twist(
        "slow-keepalive",
        "Comments come while a model thinks, then its answer at once",
        on_answer(pacing.slow_keepalive),
        cases=("*::stream", "*::long-stream"),
    ),
    Twist(
        "choices-in-turn",
        "Choices of a stream come one after the other",
        on_events(_in_turn),
        cases=("chat.completions.create::choices*",),
    ),
    Twist(
        "choices-side-by-side",
        "One chunk has two choices",
        on_events(_side_by_side),
        cases=("chat.completions.create::choices*",),
    ),
    Twist("short-steps", "Hosted tools skip the steps between", on_events(_short_steps), cases=HOSTED),
    Twist("cited-early", "An annotation comes amid its text", on_events(_cited_early), cases=HOSTED),
    Twist("dumb-model", "A model that does not play along", _dumb, cases=_GENERATING),
    Twist("error-words", "A refused stream words its error differently", on_answer(_worded), cases=_REFUSED),
    Twist(
        "quota-exceeded",
        "A budget that is used up has the gateway's code and OpenAI's type",
        on_error(put("error.code", lambda code: "quota_exceeded" if code == "insufficient_quota" else code)),
        cases=("*::quota", "*::rate-limit"),
    ),
    Twist("error-quotes", "An error quotes the path and the body sent", on_answer(_quoting), cases=_REFUSED),
)
