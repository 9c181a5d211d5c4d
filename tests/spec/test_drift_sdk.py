"""Drift against the SDK: how its models are read, and that the installed package breaks nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar, Union

import pytest
import typing_extensions
from pydantic import BaseModel

from slashv1.spec.compile.contract import HERE
from slashv1.spec.drift import SdkMissingError
from slashv1.spec.drift.compare import Comparison
from slashv1.spec.drift.compiled import At, Compiled
from slashv1.spec.drift.known import allowed
from slashv1.spec.drift.sdk import RULES, sdk_drift
from slashv1.spec.drift.sdk_models import Models

_T = TypeVar("_T")


class Alias:
    alias = "in"


class Text(BaseModel):
    type: Literal["text"]
    text: str


class Picture(BaseModel):
    type: Literal["picture"]
    url: Optional[str] = None  # noqa: UP045 - as the SDK writes it


class Answer(BaseModel):
    id: str
    state: Literal["new", "old"]
    parts: list[Annotated[Union[Text, Picture], "discriminated"]]  # noqa: UP007 - as the SDK writes it
    usage: dict[str, int] | None = None
    anything: object = None


class BasePage(BaseModel, Generic[_T]):
    pass


class Page(BasePage[_T]):
    data: list[_T]


class Sent(typing_extensions.TypedDict, total=False):
    name: typing_extensions.Required[str]
    size: int
    inside: Annotated[Iterable[str], Alias]


def closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def text(*values: str) -> dict[str, Any]:
    return {"type": "string", **({"enum": list(values)} if values else {})}


TEXT = closed({"type": text("text"), "text": text()}, "type", "text")
PICTURE = closed({"type": text("picture"), "url": {"type": ["string", "null"]}}, "type", "url")
PART = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": ["text", "picture"], "x-discriminator": True}},
    "allOf": [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"$ref": f"#/$defs/{name}"},
        }
        for name in ("text", "picture")
    ],
}
ANSWER = closed(
    {
        "id": text(),
        "state": text("new", "old"),
        "parts": {"type": "array", "items": PART},
        "usage": {"type": "object", "additionalProperties": {"type": "integer"}},
        "anything": {"type": "integer"},
    },
    "id",
    "state",
    "parts",
)
SENT = closed({"name": text(), "size": {"type": "integer"}, "in": {"type": "array", "items": text()}}, "name")


def told(
    schema: dict[str, Any], model: Any, part: str = "response", **definitions: Any
) -> list[tuple[str, ...]]:
    known = {"text": TEXT, "picture": PICTURE, **definitions, "Root": schema}
    comparison = Comparison(Compiled(lambda _: known), Models(), RULES)
    comparison.body("op", part, "Root", (At("f", "Root", schema),), (model,))
    return [
        (one.place, one.what, one.direction.value, one.weight.value, one.detail) for one in comparison.changes
    ]


def test_a_model_that_says_the_same_has_not_drifted() -> None:
    assert told(ANSWER, Answer) == []
    assert told(SENT, Sent, "request") == []


def changed(schema: dict[str, Any], name: str, value: Any, *required: str) -> dict[str, Any]:
    properties = {**schema["properties"], name: value}
    return closed(
        {key: one for key, one in properties.items() if one is not None}, *(required or schema["required"])
    )


@pytest.mark.parametrize(
    ("schema", "model", "part", "said"),
    [
        (
            changed(ANSWER, "extra", text()),
            Answer,
            "response",
            ("Root.extra", "field", "removed", "breaking", "string"),
        ),
        (
            changed(ANSWER, "usage", None),
            Answer,
            "response",
            ("Root.usage", "field", "added", "additive", "null or object"),
        ),
        (
            changed(ANSWER, "state", text("new")),
            Answer,
            "response",
            ("Root.state", "value", "added", "additive", "'old'"),
        ),
        (
            changed(ANSWER, "state", text("new", "old", "odd")),
            Answer,
            "response",
            ("Root.state", "value", "removed", "breaking", "'odd'"),
        ),
        (
            changed(ANSWER, "id", {"type": "integer"}),
            Answer,
            "response",
            ("Root.id", "type", "changed", "breaking", "integer → string"),
        ),
        (
            changed(ANSWER, "parts", {"type": "array", "items": {"$ref": "#/$defs/text"}}),
            Answer,
            "response",
            ("Root.parts[]", "member", "added", "additive", "type picture (Picture)"),
        ),
        (
            changed(ANSWER, "id", text(), "state", "parts"),
            Answer,
            "response",
            ("Root.id", "required", "changed", "additive", "always there, never null"),
        ),
        (
            changed(SENT, "size", None),
            Sent,
            "request",
            ("Root.size", "field", "added", "additive", "integer"),
        ),
        (
            changed(SENT, "name", None, "size"),
            Sent,
            "request",
            ("Root.name", "field", "added", "breaking", "string, required"),
        ),
        (
            changed(SENT, "size", {"type": ["integer", "null"]}),
            Sent,
            "request",
            ("Root.size", "null", "changed", "breaking", "null no more"),
        ),
    ],
)
def test_a_difference_is_told_with_its_weight(
    schema: dict[str, Any], model: Any, part: str, said: tuple[str, ...]
) -> None:
    assert said in told(schema, model, part)


def test_what_a_page_leaves_out_says_nothing() -> None:
    listed = closed(
        {"object": text("list"), "data": {"type": "array", "items": {"$ref": "#/$defs/text"}}}, "object"
    )
    assert told(listed, Page[Text]) == []
    other = changed(listed, "data", {"type": "array", "items": {"$ref": "#/$defs/picture"}})
    assert told(other, Page[Text])


def test_without_the_sdk_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(SdkMissingError, match=r"pip install 'slashv1\[sdk\]'"):
        sdk_drift()


def test_the_installed_sdk_breaks_nothing() -> None:
    found = sdk_drift(allowed("sdk"))
    assert [one.to_json() for one in found.breaking] == []
    came = [one.place for one in found.changes if one.part == "operation"]
    assert came == sorted(came)
    assert (
        found.compared["operations"] > 0.9 * found.compared["methods"] or found.compared["operations"] > 250
    )
    written_against = json.loads((HERE / "sdk_names.json").read_text("utf-8"))["sdk"]
    if found.against == f"openai {written_against}":
        assert found.stale == ()


def test_every_explanation_gives_its_reason() -> None:
    entries = [*allowed("sdk"), *allowed("openapi")]
    assert entries
    assert all(len(one.why) > 20 for one in entries)
