"""Defects of completions, moderations, images, audio, stored chat completions and compaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slashv1.reference_server.defects.adapters import (
    drop,
    on_answer,
    on_body,
    on_chunks,
    on_events,
    on_header,
    on_request,
    put,
)
from slashv1.reference_server.defects.twist import Twist
from slashv1.reference_server.wire import Answer, Call, Event, Handler

TEXT, JUDGED = ("completions.create",), ("moderations.create",)
DRAWN, EDITED = ("images.generate",), ("images.generate", "images.edit")
SPOKEN = ("audio.speech.create",)
HEARD = ("audio.transcriptions.create",)
KEPT, MESSAGES = ("chat.completions.retrieve",), ("chat.completions.messages.list",)
LISTED, COMPACTED = ("chat.completions.list",), ("responses.compact",)


def _first_choice(body: Any) -> None:
    body["choices"] = body["choices"][:1]


def _shifted(body: Any) -> None:
    for choice in body["choices"]:
        if choice["logprobs"]:
            choice["logprobs"]["token_logprobs"] = choice["logprobs"]["token_logprobs"][1:]


def _numbered(events: list[Event]) -> list[Event]:
    return [
        event
        if isinstance(event.data, str)
        else replace(event, data={**event.data, "id": f"{event.data['id'][:-2]}{number:02}"})
        for number, event in enumerate(events)
    ]


def _without(kind: str, *, only_first: bool = False) -> Any:
    """Takes the events of a kind away, or the first of them."""

    def change(events: list[Event]) -> list[Event]:
        kinds = [isinstance(event.data, dict) and event.data.get("type") == kind for event in events]
        first = kinds.index(True) if True in kinds else None
        return [e for at, e in enumerate(events) if not (kinds[at] and (not only_first or at == first))]

    return change


def _no_usage(events: list[Event]) -> list[Event]:
    return [e for e in events if isinstance(e.data, str) or e.data.get("choices") != []]


def _flags_nothing(body: Any) -> None:
    for result in body["results"]:
        result["flagged"] = False


def _percent(body: Any) -> None:
    for result in body["results"]:
        result["category_scores"] = {key: 100 * score for key, score in result["category_scores"].items()}


def _no_illicit(body: Any) -> None:
    for result in body["results"]:
        result["category_scores"].pop("illicit", None)


def _prefixed(body: Any) -> None:
    for image in body["data"]:
        if "b64_json" in image:
            image["b64_json"] = f"data:image/png;base64,{image['b64_json']}"


def _from_one(data: Any) -> None:
    if "partial_image_index" in data:
        data["partial_image_index"] += 1


def _piece_prefixed(data: Any) -> None:
    if "audio" in data:
        data["audio"] = f"data:audio/pcm;base64,{data['audio']}"


def _json_always(call: Call, answer: Answer) -> Answer:
    if answer.content is None:
        return answer
    said = {"text": answer.content.decode(), "usage": {"type": "duration", "seconds": 1}}
    plain = replace(answer, content=None, body=said)
    return plain.with_header("content-type", "application/json")


def _backwards(body: Any) -> None:
    for segment in body.get("segments", ()):
        segment["start"], segment["end"] = segment["end"], segment["start"]


def _other_text(body: Any) -> None:
    body["choices"][0]["message"]["content"] = "pang"


async def _unfiltered(call: Call, handler: Handler, operations: tuple[str, ...]) -> Answer:
    """Lists everything, whatever metadata are asked for."""
    query = {key: value for key, value in call.query.items() if not key.startswith("metadata[")}
    return await handler(replace(call, query=query) if call.method == "GET" else call)


def _reversed(body: Any) -> None:
    body["data"] = body["data"][::-1]
    if body["data"]:
        body["first_id"], body["last_id"] = body["last_id"], body["first_id"]


def _newest_lost(body: Any) -> None:
    if len(body["data"]) > 1:
        body["data"] = body["data"][1:]
        body["first_id"] = body["data"][0]["id"]


def _rest_alone(body: Any) -> None:
    body["output"] = body["output"][-1:]


def _twist(
    name: str,
    title: str,
    change: Any,
    operations: tuple[str, ...],
    caught_by: str,
    also: tuple[str, ...] = (),
    *cases: str,
) -> Twist:
    tried = cases or tuple(f"{operation}::*" for operation in operations)
    return Twist(name, title, change, operations, caught_by, also, cases=tried)


DEFECTS = (
    _twist(
        "completions-one-choice",
        "A legacy completion has one choice, whatever was asked for",
        on_body(_first_choice),
        TEXT,
        "completions.count",
    ),
    _twist(
        "completions-echo-ignored",
        "A legacy completion does not echo its prompt",
        on_request(lambda asked: asked.pop("echo", None)),
        TEXT,
        "completions.echo",
    ),
    _twist(
        "completions-max-tokens-ignored",
        "A legacy completion is as long as the model likes",
        on_request(lambda asked: asked.pop("max_tokens", None) if asked.get("max_tokens", 0) > 0 else None),
        TEXT,
        "completions.max-tokens",
    ),
    _twist(
        "completions-logprobs-shifted",
        "The log probabilities of a legacy completion lack the first token",
        on_body(_shifted),
        TEXT,
        "completions.logprobs",
    ),
    _twist(
        "completions-ids-change",
        "Each chunk of a legacy completion has an id of its own",
        on_events(_numbered),
        TEXT,
        "completions.stream.constant",
    ),
    _twist(
        "completions-never-finish",
        "No chunk of a legacy completion has a finish_reason",
        on_chunks(put("choices.*.finish_reason", None)),
        TEXT,
        "completions.stream.finish",
    ),
    _twist(
        "completions-usage-withheld",
        "A stream of a legacy completion tells no usage, though it was asked for",
        on_events(_no_usage),
        TEXT,
        "completions.stream.usage",
    ),
    _twist(
        "moderations-one-result",
        "A batch of texts is moderated as one",
        on_body(put("results", lambda results: results[:1])),
        JUDGED,
        "moderations.count",
    ),
    _twist(
        "moderations-score-lacking",
        "A category has no score",
        on_body(_no_illicit),
        JUDGED,
        "moderations.keys",
    ),
    _twist(
        "moderations-flag-nothing",
        "A category is found, and the text is not flagged",
        on_body(_flags_nothing),
        JUDGED,
        "moderations.flagged",
    ),
    _twist(
        "moderations-percent",
        "Scores of moderations are told in percent",
        on_body(_percent),
        JUDGED,
        "moderations.scores",
    ),
    _twist(
        "images-one-more",
        "There is an image more than was asked for",
        on_body(put("data", lambda data: [*data, data[0]])),
        DRAWN,
        "images.count",
    ),
    _twist(
        "images-none-inside",
        "An image has neither base64 nor URL",
        on_body(drop("data.*.b64_json", "data.*.url")),
        DRAWN,
        "images.data",
    ),
    _twist(
        "images-data-url",
        "The base64 of an image is a data URL",
        on_body(_prefixed),
        DRAWN,
        "images.format",
    ),
    _twist(
        "images-partial-from-one",
        "Partial images are numbered from 1",
        on_chunks(_from_one),
        EDITED,
        "images.stream.partial",
    ),
    _twist(
        "images-never-whole",
        "A stream of an image ends with the last partial one",
        on_events(_without("image_generation.completed")),
        DRAWN,
        "images.stream.whole",
        ("stream.last-event",),
    ),
    _twist(
        "speech-always-mp3",
        "Speech is MP3, whatever was asked for",
        on_request(lambda asked: asked.pop("response_format", None)),
        SPOKEN,
        "audio.speech.format",
        ("audio.speech.media-type", "http.status", "error.*", "http.*"),
    ),
    _twist(
        "speech-nameless",
        "Speech calls itself bytes",
        on_header("content-type", lambda given: "application/octet-stream" if "audio/" in given else given),
        SPOKEN,
        "audio.speech.media-type",
    ),
    _twist(
        "speech-pieces-data-url",
        "The pieces of a streamed speech are data URLs",
        on_chunks(_piece_prefixed),
        SPOKEN,
        "audio.speech.stream",
    ),
    _twist(
        "transcript-always-json",
        "A transcript is JSON, whatever was asked for",
        on_answer(_json_always),
        HEARD,
        "audio.transcript.format",
    ),
    _twist(
        "transcript-backwards",
        "Segments of a transcript end before they begin",
        on_body(_backwards),
        HEARD,
        "audio.transcript.times",
    ),
    _twist(
        "transcript-words-withheld",
        "A transcript has no words, though they were asked for",
        on_body(drop("words")),
        HEARD,
        "audio.transcript.words",
    ),
    _twist(
        "transcript-piece-lost",
        "A piece of a streamed transcript is lost",
        on_events(_without("transcript.text.delta", only_first=True)),
        HEARD,
        "audio.transcript.stream",
    ),
    _twist(
        "stored-chat-other-answer",
        "A stored completion says something else than the one created",
        on_body(_other_text),
        KEPT,
        "stored-chat.same-answer",
    ),
    _twist(
        "stored-chat-metadata-lost",
        "A stored completion has no metadata",
        on_body(put("metadata", lambda _: {})),
        KEPT,
        "stored-chat.metadata",
    ),
    _twist(
        "stored-chat-messages-reversed",
        "The messages of a stored completion stand in the wrong order",
        on_body(_reversed),
        MESSAGES,
        "stored-chat.messages",
        ("pages.*",),
    ),
    _twist(
        "stored-chat-filter-ignored",
        "A list of stored completions does not look at the metadata asked for",
        _unfiltered,
        LISTED,
        "stored-chat.filter",
        ("pages.*", "stored-chat.listed"),
    ),
    _twist(
        "stored-chat-newest-unlisted",
        "The newest stored completion is not listed",
        on_body(_newest_lost),
        LISTED,
        "stored-chat.listed",
        ("pages.*",),
    ),
    _twist(
        "compaction-forgets",
        "A compacted conversation keeps nothing of what the user said",
        on_body(_rest_alone),
        COMPACTED,
        "compaction.user-kept",
    ),
    _twist(
        "compaction-empty",
        "The item of a compacted conversation holds nothing",
        on_body(put("output.*.encrypted_content", "")),
        COMPACTED,
        "compaction.item",
    ),
)


def _sorted_categories(body: Any) -> None:
    for result in body["results"]:
        for key in ("categories", "category_scores", "category_applied_input_types"):
            if key in result:
                result[key] = dict(sorted(result[key].items()))


def _finished_at_once(events: list[Event]) -> list[Event]:
    """The last text of each choice tells its finish_reason, and no chunk without text follows."""
    ends: dict[int, Any] = {}
    kept: list[Event] = []
    for event in events:
        choices = [] if isinstance(event.data, str) else event.data["choices"]
        if choices and all(not choice["text"] for choice in choices):
            ends.update({choice["index"]: choice["finish_reason"] for choice in choices})
        else:
            kept.append(event)
    for event in reversed(kept):
        for choice in () if isinstance(event.data, str) else event.data["choices"]:
            choice["finish_reason"] = ends.pop(choice["index"], choice["finish_reason"])
    return kept


def _tagged(call: Call, answer: Answer) -> Answer:
    """A tag of no frames before the sound: ID3v2.4, size 0."""
    if answer.media != "audio/mpeg" or answer.content is None:
        return answer
    return replace(answer, content=b"ID3\x04\0\0\0\0\0\0" + answer.content)


def _crlf(call: Call, answer: Answer) -> Answer:
    if answer.content is None:
        return answer
    return replace(answer, content=answer.content.replace(b"\n", b"\r\n"))


def _legal(name: str, title: str, change: Any, operations: tuple[str, ...], *cases: str) -> Twist:
    tried = cases or tuple(f"{operation}::*" for operation in operations)
    return Twist(name, title, change, operations, cases=tried)


VARIANTS = (
    _legal(
        "completions-finish-with-text",
        "The last text of a legacy completion tells its finish_reason",
        on_events(_finished_at_once),
        TEXT,
    ),
    _legal(
        "moderations-sorted",
        "Categories of moderations stand in the order of the alphabet",
        on_body(_sorted_categories),
        JUDGED,
    ),
    _legal(
        "images-unsaid",
        "Images tell nothing of their settings, and no usage",
        on_body(drop("background", "output_format", "quality", "size", "usage")),
        EDITED,
    ),
    _legal("speech-tagged", "MP3 begins with a tag", on_answer(_tagged), SPOKEN),
    _legal("transcript-crlf", "Lines of subtitles end in CRLF", on_answer(_crlf), HEARD),
    _legal(
        "stored-chat-bare",
        "Stored completions and messages leave out what is null",
        on_body(drop("data.*.content_parts", "data.*.name", "request_id", "tools", "input_user")),
        (*KEPT, *MESSAGES),
    ),
)
