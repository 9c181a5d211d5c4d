"""What the SDK's models know beyond upstream's document: found by walking both side by side."""

from __future__ import annotations

import json
from typing import Any, Literal, Optional

import pytest

from slashv1.spec.compile import sdk_names
from slashv1.spec.compile.contract import HERE
from slashv1.spec.compile.sdk_members import schema_of
from tests.spec.evidence import upstream

pydantic = pytest.importorskip("pydantic", reason="comes with the openai SDK")


class Text(pydantic.BaseModel):  # type: ignore[name-defined,misc]  # imported at run time
    type: Literal["text"]
    text: str
    tone: Optional[Literal["warm", "cold"]] = None  # noqa: UP045 - as the SDK writes it


class Image(pydantic.BaseModel):  # type: ignore[name-defined,misc]
    type: Literal["image"]


class Sound(pydantic.BaseModel):  # type: ignore[name-defined,misc]
    type: Literal["sound"]
    seconds: list[float]
    at: dict[str, int] | None = None


class Message(pydantic.BaseModel):  # type: ignore[name-defined,misc]
    parts: list[Text | Image | Sound] | None = None
    mood: str | None = None
    state: Literal["new", "old"]
    size: str


def kind(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"type": {"type": "string", "enum": [name]}, **more}}


def document() -> dict[str, Any]:
    part = {"oneOf": [{"$ref": "#/components/schemas/Text"}, kind("image")]}
    return {
        "Text": kind("text", text={"type": "string"}),
        "State": {"type": "string", "enum": ["old"]},
        "Message": {
            "type": "object",
            "properties": {
                "parts": {"type": "array", "items": part},
                "state": {"$ref": "#/components/schemas/State"},
                "size": {"type": "string", "enum": ["small", "large"]},
            },
        },
    }


def found() -> sdk_names.Known:
    known = sdk_names.Known(sdk_names.Plain(document()))
    known.walk(known.plain.root("Message"), (Message,))
    return known


def test_fields_are_found_below_lists_options_and_tagged_unions() -> None:
    assert found().names == {"Message": {"mood"}, "Text": {"tone"}}


def test_values_are_found_where_they_are_said_and_a_plain_text_opens_nothing() -> None:
    assert found().values == {"State": ["new"]}


def test_a_member_of_a_union_comes_with_its_schema() -> None:
    known = found()
    assert known.members == {"Message/properties/parts/items": {("sound",): "Sound"}}
    assert known.definitions == {"Sound": schema_of(Sound)}
    assert schema_of(Sound) == {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["sound"]},
            "seconds": {"type": "array", "items": {"type": "number"}},
            "at": {
                "anyOf": [{"type": "object", "additionalProperties": {"type": "integer"}}, {"type": "null"}]
            },
        },
        "required": ["seconds", "type"],
    }


@pytest.mark.evidence
def test_what_is_committed_is_of_the_pinned_sdk() -> None:
    openai = pytest.importorskip("openai", reason="the `sdk` extra is not installed")
    committed = json.loads((HERE / "sdk_names.json").read_text("utf-8"))
    if openai.__version__ != committed["sdk"]:
        pytest.skip(f"the names are of openai {committed['sdk']}, {openai.__version__} is installed")
    assert sdk_names.known(upstream()) == committed
