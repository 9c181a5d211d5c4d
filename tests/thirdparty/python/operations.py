"""Every served operation, used through the official Python client as its documentation shows it."""

from __future__ import annotations

import base64
import io
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

from openai import BadRequestError, NotFoundError, OpenAI

MODEL = "gpt-4o-mini"
MESSAGES: Any = [{"role": "user", "content": "Reply with exactly: pong"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
BATCH_SECONDS = 30.0
DO: dict[str, Callable[[OpenAI], None]] = {}
"""By upstream's name of the operation."""


def does(*operations: str) -> Callable[[Callable[[OpenAI], None]], Callable[[OpenAI], None]]:
    """Name the operations that a function uses."""

    def keep(function: Callable[[OpenAI], None]) -> Callable[[OpenAI], None]:
        DO.update(dict.fromkeys(operations, function))
        return function

    return keep


def raises(error: type[Exception], call: Callable[[], object]) -> Any:
    """The error that a call raises."""
    try:
        call()
    except error as raised:
        return raised
    raise AssertionError(f"no {error.__name__}")


@does("models.list", "models.retrieve")
def models(client: OpenAI) -> None:
    listed = [model.id for model in client.models.list()]
    assert MODEL in listed
    assert client.models.retrieve(MODEL).id == MODEL
    assert raises(NotFoundError, lambda: client.models.retrieve("none")).code == "model_not_found"


@does("chat.completions.create")
def chat(client: OpenAI) -> None:
    plain = client.chat.completions.create(model=MODEL, messages=MESSAGES)
    assert plain.choices[0].message.content == "pong"
    assert plain.usage
    assert plain.usage.total_tokens == plain.usage.prompt_tokens + plain.usage.completion_tokens
    with client.chat.completions.stream(
        model=MODEL, messages=MESSAGES, stream_options={"include_usage": True}
    ) as stream:
        final = stream.get_final_completion()
    assert (final.choices[0].message.content, final.usage) == ("pong", plain.usage)
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}
    called = client.chat.completions.create(
        model=MODEL, messages=MESSAGES, tools=[tool], tool_choice="required"
    )
    calls: Any = called.choices[0].message.tool_calls
    assert "city" in json.loads(calls[0].function.arguments)
    refused = raises(
        BadRequestError, lambda: client.chat.completions.create(model=MODEL, messages=MESSAGES, n=0)
    )
    assert (refused.param, refused.code) == ("n", "integer_below_min_value")


@does(
    "chat.completions.list",
    "chat.completions.retrieve",
    "chat.completions.update",
    "chat.completions.delete",
    "chat.completions.messages.list",
)
def stored_chat(client: OpenAI) -> None:
    kept = client.chat.completions.create(
        model=MODEL, messages=MESSAGES, store=True, metadata={"suite": "python"}
    )
    assert client.chat.completions.retrieve(kept.id).id == kept.id
    assert kept.id in [one.id for one in client.chat.completions.list(metadata={"suite": "python"})]
    assert client.chat.completions.update(kept.id, metadata={"suite": "new"}).metadata == {"suite": "new"}
    said = [message.content for message in client.chat.completions.messages.list(kept.id)]
    assert MESSAGES[0]["content"] in said
    assert client.chat.completions.delete(kept.id).deleted
    raises(NotFoundError, lambda: client.chat.completions.retrieve(kept.id))


@does("responses.create", "responses.retrieve", "responses.delete", "responses.input_items.list")
def responses(client: OpenAI) -> None:
    first = client.responses.create(model=MODEL, input="Reply with exactly: pong")
    assert (first.output_text, first.status) == ("pong", "completed")
    with client.responses.stream(model=MODEL, input="Reply with exactly: pong") as stream:
        final = stream.get_final_response()
    assert final.output_text == "pong"
    then = client.responses.create(model=MODEL, input="And?", previous_response_id=first.id)
    assert first.usage
    assert then.usage
    assert then.usage.input_tokens > first.usage.input_tokens
    assert client.responses.retrieve(first.id).output_text == "pong"
    again = client.responses.retrieve(first.id, stream=True)
    assert [event.type for event in again][-1] == "response.completed"
    items: Any = list(client.responses.input_items.list(first.id))
    assert items[0].content[0].text == "Reply with exactly: pong"
    client.responses.delete(first.id)
    raises(NotFoundError, lambda: client.responses.retrieve(first.id))


@does("responses.cancel")
def cancelled(client: OpenAI) -> None:
    begun = client.responses.create(model=MODEL, input="Count from 1 to 500", background=True)
    assert begun.status in ("queued", "in_progress")
    assert client.responses.cancel(begun.id).status == "cancelled"


@does("responses.input_tokens.count")
def counted(client: OpenAI) -> None:
    billed = client.responses.create(model=MODEL, input="How many?").usage
    assert billed
    assert (
        client.responses.input_tokens.count(model=MODEL, input="How many?").input_tokens
        == billed.input_tokens
    )


@does("responses.compact")
def compacted(client: OpenAI) -> None:
    small = client.responses.compact(model=MODEL, input="A long talk about little.")
    assert small.object == "response.compaction"
    assert small.output


@does("embeddings.create")
def embeddings(client: OpenAI) -> None:
    made = client.embeddings.create(model="text-embedding-3-small", input=["a", "b"], dimensions=8)
    assert [len(one.embedding) for one in made.data] == [8, 8]
    plain = client.embeddings.create(model="text-embedding-3-small", input="a", encoding_format="float")
    assert abs(sum(x * x for x in plain.data[0].embedding) - 1) < 1e-3


@does("completions.create")
def legacy(client: OpenAI) -> None:
    whole = client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Say hi", max_tokens=20)
    assert whole.object == "text_completion"
    stream = client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt="Say hi", max_tokens=20, stream=True
    )
    assert "".join(chunk.choices[0].text for chunk in stream) == whole.choices[0].text


@does("moderations.create")
def moderations(client: OpenAI) -> None:
    given = client.moderations.create(model="omni-moderation-latest", input=["a kind word", "another"])
    assert [result.flagged for result in given.results] == [False, False]


@does("files.create", "files.list", "files.retrieve", "files.content", "files.delete")
def files(client: OpenAI) -> None:
    kept = client.files.create(file=("notes.txt", b"one\ntwo\n"), purpose="user_data")
    assert (kept.filename, kept.bytes, kept.purpose) == ("notes.txt", 8, "user_data")
    assert client.files.retrieve(kept.id).id == kept.id
    assert kept.id in [file.id for file in client.files.list(purpose="user_data")]
    made = client.files.create(file=("fine.jsonl", _lines("x")), purpose="batch")
    assert client.files.content(made.id).content == _lines("x")
    assert client.files.delete(kept.id).deleted
    raises(NotFoundError, lambda: client.files.retrieve(kept.id))


def _lines(*names: str) -> bytes:
    body = {"model": MODEL, "messages": MESSAGES}
    asked = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    return b"\n".join(json.dumps({"custom_id": name, **asked}).encode() for name in names)


@does("batches.create", "batches.retrieve", "batches.list", "batches.cancel")
def batches(client: OpenAI) -> None:
    given = client.files.create(file=("in.jsonl", _lines("a", "b")), purpose="batch")
    batch = client.batches.create(
        input_file_id=given.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert batch.id in [one.id for one in client.batches.list()]
    end = time.monotonic() + BATCH_SECONDS
    while batch.status not in ("completed", "failed") and time.monotonic() < end:
        time.sleep(0.1)
        batch = client.batches.retrieve(batch.id)
    assert batch.status == "completed", batch
    assert batch.output_file_id
    lines = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert {line["custom_id"] for line in lines} == {"a", "b"}
    assert lines[0]["response"]["body"]["choices"][0]["message"]["content"] == "pong"
    other = client.batches.create(
        input_file_id=given.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert client.batches.cancel(other.id).status in ("cancelling", "cancelled")


@does(
    "conversations.create",
    "conversations.retrieve",
    "conversations.update",
    "conversations.delete",
    "conversations.items.create",
    "conversations.items.list",
    "conversations.items.retrieve",
    "conversations.items.delete",
)
def conversations(client: OpenAI) -> None:
    made = client.conversations.create(metadata={"suite": "python"})
    assert client.conversations.retrieve(made.id).metadata == {"suite": "python"}
    assert client.conversations.update(made.id, metadata={"suite": "new"}).metadata == {"suite": "new"}
    message: Any = {"type": "message", "role": "user", "content": "My name is Ada."}
    added: Any = client.conversations.items.create(made.id, items=[message])
    item = added.data[0].id
    kept: Any = client.conversations.items.retrieve(item, conversation_id=made.id)
    assert kept.content[0].text == "My name is Ada."
    client.responses.create(model=MODEL, input="Hi", conversation=made.id)
    listed = [one.id for one in client.conversations.items.list(made.id, order="asc")]
    assert listed[0] == item
    assert len(listed) == 3
    client.conversations.items.delete(item, conversation_id=made.id)
    assert client.conversations.delete(made.id).deleted
    raises(NotFoundError, lambda: client.conversations.retrieve(made.id))


@does("images.generate", "images.edit", "images.create_variation")
def images(client: OpenAI) -> None:
    made = client.images.generate(model="gpt-image-1", prompt="A dot")
    assert made.data
    assert base64.b64decode(made.data[0].b64_json or "").startswith(b"\x89PNG")
    edited = client.images.edit(model="gpt-image-1", image=("dot.png", _png(), "image/png"), prompt="Larger")
    assert edited.data
    varied = client.images.create_variation(
        image=("dot.png", _png(), "image/png"), response_format="b64_json"
    )
    assert varied.data


def _png(size: int = 256) -> bytes:
    """A black square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = size.to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    rows = zlib.compress((b"\0" + b"\0\0\0\xff" * size) * size)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@does("audio.speech.create", "audio.transcriptions.create", "audio.translations.create")
def audio(client: OpenAI) -> None:
    spoken = client.audio.speech.create(model="tts-1", voice="alloy", input="Hi", response_format="wav")
    sound = spoken.read()
    assert sound[:4] == b"RIFF"

    def file() -> tuple[str, io.BytesIO]:
        return "hi.wav", io.BytesIO(sound)

    assert client.audio.transcriptions.create(model="whisper-1", file=file()).text
    assert client.audio.translations.create(model="whisper-1", file=file()).text
