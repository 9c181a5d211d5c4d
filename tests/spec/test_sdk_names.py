"""Names that the SDK's models know beyond upstream's document: found by walking both side by side."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from slashv1.spec.compile import sdk_names
from slashv1.spec.compile.contract import HERE
from tests.spec.evidence import upstream

pydantic = pytest.importorskip("pydantic", reason="comes with the openai SDK")


def document(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


def test_fields_are_found_below_lists_options_and_tagged_unions() -> None:
    class Text(pydantic.BaseModel):  # type: ignore[name-defined,misc]  # imported at run time
        type: Literal["text"]
        text: str
        tone: str | None = None

    class Image(pydantic.BaseModel):  # type: ignore[name-defined,misc]
        type: Literal["image"]

    class Message(pydantic.BaseModel):  # type: ignore[name-defined,misc]
        parts: list[Text | Image] | None = None
        mood: str | None = None

    kind = {"text": {"type": "string", "enum": ["text"]}, "image": {"type": "string", "enum": ["image"]}}
    text = {"type": "object", "properties": {"type": kind["text"], "text": {"type": "string"}}}
    image = {"type": "object", "properties": {"type": kind["image"]}}
    part = {"oneOf": [{"$ref": "#/components/schemas/Text"}, image]}
    message = {"type": "object", "properties": {"parts": {"type": "array", "items": part}}}
    names = sdk_names.Names(document(Message=message, Text=text))
    names.walk(Message, {"$ref": "Message"}, "Message")
    assert names.found == {"Message": {"mood"}, "Text": {"tone"}}


@pytest.mark.evidence
def test_the_committed_names_are_those_of_the_pinned_sdk() -> None:
    openai = pytest.importorskip("openai", reason="the `sdk` extra is not installed")
    committed = json.loads((HERE / "sdk_names.json").read_text("utf-8"))
    if openai.__version__ != committed["sdk"]:
        pytest.skip(f"the names are of openai {committed['sdk']}, {openai.__version__} is installed")
    assert sdk_names.names(upstream()) == committed
