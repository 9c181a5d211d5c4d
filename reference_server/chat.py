"""Chat completions: a request to its completion, and a completion to its chunks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from slashv1.reference_server import chat_audio, ids, logprobs
from slashv1.reference_server.catalog import Model
from slashv1.reference_server.conversation import (
    allowed_by,
    chat_tools,
    choice_of,
    last_tool_result,
    last_user_text,
)
from slashv1.reference_server.mind import Ask, Turn, answer
from slashv1.reference_server.moderations import moderated
from slashv1.reference_server.tokens import count_turns, count_value, split
from slashv1.reference_server.wire import Event, dumps

Asked = dict[str, Any]


def complete(asked: Asked, model: Model) -> tuple[dict[str, Any], list[Turn]]:
    """The completion of a valid request, and the turns it was made from."""
    turns = [answer(_ask(asked, index)) for index in range(asked.get("n") or 1)]
    body = {
        "id": ids.completion_id(),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model.snapshot,
        "choices": [_choice(asked, index, turn) for index, turn in enumerate(turns)],
        "usage": _usage(asked, turns, model),
        "service_tier": _tier(asked),
        "system_fingerprint": ids.fingerprint(model.snapshot),
        **moderated(
            asked, last_user_text(asked["messages"]), [turn.text or "" for turn in turns], listed=True
        ),
    }
    return _shown(body, asked, model), turns


def _shown(data: dict[str, Any], asked: Asked, model: Model) -> dict[str, Any]:
    """A body or chunk without what the model's answers leave out."""
    hides = model.can.hides
    if "service_tier" in hides:
        data.pop("service_tier")
    if "logprobs" in hides and not asked.get("logprobs"):
        for choice in data["choices"]:
            choice.pop("logprobs")
    return data


def prompt_tokens(asked: Asked) -> int:
    """What a chat request bills as input: its messages, and its tools as compact JSON."""
    return count_turns(asked["messages"]) + count_value(asked.get("tools"))


def _ask(asked: Asked, index: int) -> Ask:
    choice, named = choice_of(asked.get("tool_choice"))
    stop = asked.get("stop") or ()
    output = asked.get("response_format") or {}
    structured = output.get("type") in ("json_schema", "json_object")
    schema = (output.get("json_schema") or {}).get("schema")
    return Ask(
        user=last_user_text(asked["messages"]),
        tool_result=last_tool_result(asked["messages"]),
        tools=allowed_by(asked.get("tool_choice"), chat_tools(asked.get("tools"))),
        choice=choice,
        named=named,
        parallel=asked.get("parallel_tool_calls") is not False,
        schema=schema,
        structured=structured,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        limit=asked.get("max_completion_tokens") or asked.get("max_tokens"),
        index=index,
    )


def _choice(asked: Asked, index: int, turn: Turn) -> dict[str, Any]:
    audio = chat_audio.spoken(asked, turn)
    message: dict[str, Any] = {"role": "assistant", "content": None if audio else turn.text}
    if turn.calls:
        message["tool_calls"] = [_tool_call(call) for call in turn.calls]
    message |= {"refusal": None, **({"audio": audio} if audio else {}), "annotations": []}
    return {
        "index": index,
        "message": message,
        "logprobs": _logprobs(asked, turn.tokens) if turn.text is not None else None,
        "finish_reason": turn.finish,
    }


def _tool_call(call: Any) -> dict[str, Any]:
    if call.custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _logprobs(asked: Asked, tokens: list[str]) -> dict[str, Any] | None:
    if not asked.get("logprobs"):
        return None
    return {"content": logprobs.entries(tokens, asked.get("top_logprobs") or 0), "refusal": None}


def _usage(asked: Asked, turns: list[Turn], model: Model) -> dict[str, Any]:
    prompt, completion = prompt_tokens(asked), sum(turn.billed for turn in turns)
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    return chat_audio.priced(usage, asked, turns) if model.kind == "audio" else usage


def _tier(asked: Asked) -> str:
    tier = asked.get("service_tier")
    return tier if tier in ("flex", "priority") else "default"


def chunks(asked: Asked, body: dict[str, Any], turns: list[Turn]) -> tuple[Event, ...]:
    """The same completion as a stream: chunks, the usage chunk where asked for, `[DONE]`."""
    options = asked.get("stream_options") or {}
    with_usage = options.get("include_usage") is True
    veiled = options.get("include_obfuscation") is not False
    events = [
        _chunk(body, [choice], with_usage, veiled, number)
        for number, choice in enumerate(_deltas(asked, body, turns))
    ]
    if "moderation" in body:
        judged = _chunk(body, [], with_usage, veiled, len(events))
        events.append({**judged, "moderation": body["moderation"]})
    if with_usage:
        last = _chunk(body, [], with_usage, veiled, len(events))
        last["usage"] = body["usage"]
        events.append(last)
    return (*(Event(data) for data in events), Event("[DONE]"))


def _chunk(
    body: dict[str, Any], choices: list[dict[str, Any]], with_usage: bool, veiled: bool, number: int
) -> dict[str, Any]:
    chunk: dict[str, Any] = {
        "id": body["id"],
        "object": "chat.completion.chunk",
        "created": body["created"],
        "model": body["model"],
        **({"service_tier": body["service_tier"]} if "service_tier" in body else {}),
        "system_fingerprint": body["system_fingerprint"],
        "choices": choices,
    }
    if "logprobs" not in body["choices"][0]:
        chunk["choices"] = [{k: v for k, v in choice.items() if k != "logprobs"} for choice in choices]
    if with_usage:
        chunk["usage"] = None
    if veiled:
        text = dumps([choice["delta"] for choice in choices])
        chunk["obfuscation"] = ids.padding(f"{number}{text}", len(text))
    return chunk


def _deltas(asked: Asked, body: dict[str, Any], turns: list[Turn]) -> Iterator[dict[str, Any]]:
    """Choices of one chunk each, of all `n` answers, the answers taking turns."""
    sounds = [choice["message"].get("audio") for choice in body["choices"]]
    streams = [_one_answer(asked, index, turn, sounds[index]) for index, turn in enumerate(turns)]
    while streams:
        for stream in list(streams):
            choice = next(stream, None)
            if choice is None:
                streams.remove(stream)
            else:
                yield choice


def _one_answer(asked: Asked, index: int, turn: Turn, sound: Any) -> Iterator[dict[str, Any]]:
    def choice(delta: Any, probs: Any = None, finish: str | None = None) -> dict[str, Any]:
        return {"index": index, "delta": delta, "logprobs": probs, "finish_reason": finish}

    if sound is not None:
        yield from map(choice, chat_audio.deltas(sound, turn))
    elif turn.text is not None:
        yield choice({"role": "assistant", "content": "", "refusal": None}, _logprobs(asked, []))
        for token in turn.tokens:
            yield choice({"content": token}, _logprobs(asked, [token]))
    if turn.text is None or turn.calls:
        yield from (choice(delta) for delta in _call_deltas(turn))
    yield choice({}, finish=turn.finish)


def _call_deltas(turn: Turn) -> Iterator[dict[str, Any]]:
    """A single call opens in the role delta; several, and those behind a text, follow it."""
    role: dict[str, Any] = {"role": "assistant", "content": None}
    alone = len(turn.calls) == 1 and turn.text is None
    if not alone and turn.text is None:
        yield {**role, "refusal": None}
    for number, call in enumerate(turn.calls):
        opening = _tool_call(call)
        field, key = ("custom", "input") if call.custom else ("function", "arguments")
        opening[field] = {"name": call.name, key: ""}
        delta: dict[str, Any] = {"tool_calls": [{"index": number, **opening}]}
        yield {**role, **delta, "refusal": None} if alone else delta
        for piece in split(call.arguments):
            yield {"tool_calls": [{"index": number, field: {key: piece}}]}
