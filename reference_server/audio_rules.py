"""What audio refuses: its service lists the faults of fields in one message, with neither code nor param."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.catalog import Model
from slashv1.reference_server.forms import Form
from slashv1.reference_server.media import kind, seconds
from slashv1.reference_server.named_model import known_model
from slashv1.reference_server.problems import ApiError, unknown_chat_model
from slashv1.reference_server.speech import MEDIA_TYPES
from slashv1.reference_server.transcripts import Heard

Asked = dict[str, Any]
_VOICES = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)
_LONGEST = 4096
"""Characters of a text to speak."""
_FORMATS = ("json", "text", "vtt", "srt", "verbose_json")
_SOUNDS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")


def check_speech(asked: Asked) -> Model:
    """Judge a request to speak.

    Returns:
        the model it names.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    model = _model(asked.get("model"), "speech")
    for name in ("input", "voice"):
        if name not in asked:
            raise _fault("missing", name, "Field required")
        if not isinstance(asked[name], str) and not (name == "voice" and _custom(asked[name])):
            raise _fault("string_type", name, "Input should be a valid string")
    if len(asked["input"]) > _LONGEST:
        raise _fault("string_too_long", "input", f"String should have at most {_LONGEST} characters")
    if isinstance(asked["voice"], str):
        _one_of(asked["voice"], _VOICES, "voice")
    _one_of(asked.get("response_format") or "mp3", tuple(MEDIA_TYPES), "response_format")
    _one_of(asked.get("stream_format") or "audio", ("sse", "audio"), "stream_format")
    _speed(asked.get("speed"))
    return model


def _custom(voice: Any) -> bool:
    return isinstance(voice, dict) and isinstance(voice.get("id"), str)


def _speed(speed: Any) -> None:
    if speed is None:
        return
    if not isinstance(speed, int | float) or isinstance(speed, bool):
        raise _fault("float_type", "speed", "Input should be a valid number")
    if speed < 0.25:
        raise _fault("greater_than_equal", "speed", "Input should be greater than or equal to 0.25")
    if speed > 4:
        raise _fault("less_than_equal", "speed", "Input should be less than or equal to 4")


def check_sound(form: Form, task: str) -> Heard:
    """Judge a form with a sound to write down.

    Raises:
        ApiError: what OpenAI refuses, as it refuses it.
    """
    model = _model(form.text("model"), "transcription")
    upload = form.file("file")
    if upload is None:
        raise _fault("missing", "file", "Field required")
    written = _format(form, model)
    if kind(upload.data) in (None, "png", "jpeg", "webp"):
        raise ApiError(f"Invalid file format. Supported formats: {list(_SOUNDS)}", param="file")
    wanted = form.texts("timestamp_granularities") or ["segment"]
    return Heard(
        model=model.id,
        duration=seconds(upload.data),
        form=written,
        task=task,
        prompt=form.text("prompt") or "",
        temperature=_temperature(form.text("temperature")),
        logprobs="logprobs" in form.texts("include") and not model.id.startswith("whisper"),
        words="word" in wanted,
        segments="segment" in wanted,
    )


def _format(form: Form, model: Model) -> str:
    written = form.text("response_format") or "json"
    if model.id.endswith("-diarize"):
        _one_of(written, ("json", "text", "diarized_json"), "response_format")
        return written
    _one_of(written, _FORMATS, "response_format")
    if not model.id.startswith("whisper") and written not in ("json", "text"):
        raise ApiError(
            f"response_format '{written}' is not compatible with model '{model.id}'. Use 'json' or 'text' "
            "instead.",
            param="response_format",
            code="unsupported_value",
        )
    return written


def _temperature(text: str | None) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        raise _fault("float_parsing", "temperature", "Input should be a valid number") from None
    if not 0 <= value <= 1:
        raise _fault("less_than_equal", "temperature", "Input should be between 0 and 1")
    return value


def _model(name: Any, kind_of_model: str) -> Model:
    model = known_model(name)
    if model.kind != kind_of_model:
        raise unknown_chat_model(name)
    return model


def _one_of(value: Any, options: tuple[str, ...], name: str) -> None:
    if value not in options:
        listed = f"{', '.join(map(repr, options[:-1]))} or {options[-1]!r}"
        raise _fault("enum", name, f"Input should be {listed}", {"expected": listed})


def _fault(problem: str, name: str, said: str, context: dict[str, str] | None = None) -> ApiError:
    fault: dict[str, Any] = {"type": problem, "loc": ("body", name), "msg": said}
    return ApiError(str([{**fault, "ctx": context} if context else fault]))
