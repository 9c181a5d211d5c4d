"""Drift against an OpenAPI document: each kind of change is told once, with its direction and weight."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from slashv1.errors import UsageError
from slashv1.spec.compile.contract import Inputs
from slashv1.spec.drift import Drift
from slashv1.spec.drift.known import Allowed
from slashv1.spec.drift.openapi import Ours, compiled, openapi_drift
from slashv1.spec.drift.overlays import OVERLAY
from tests.spec.evidence import upstream


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def body(name: str, media: str = "application/json") -> dict[str, Any]:
    return {"content": {media: {"schema": ref(name)}}}


def event(kind: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": [kind]}, "text": {"type": "string"}},
    }


DOCUMENT: dict[str, Any] = {
    "info": {"version": "1"},
    "paths": {
        "/things": {
            "post": {
                "operationId": "createThing",
                "requestBody": body("CreateThing"),
                "responses": {
                    "200": {
                        "content": {
                            **body("Thing")["content"],
                            **body("ThingEvent", "text/event-stream")["content"],
                        }
                    }
                },
            }
        },
        "/things/{thing_id}": {
            "get": {"operationId": "getThing", "responses": {"200": body("Thing")}},
        },
    },
    "components": {
        "schemas": {
            "CreateThing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 64},
                    "size": {"type": "integer", "minimum": 1},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": ref("Part")},
                },
            },
            "Part": {"type": "object", "properties": {"weight": {"type": "number"}}},
            "Thing": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["new", "old"]},
                    "label": {"type": "string"},
                    "part": ref("Part"),
                },
            },
            "ThingEvent": {
                "oneOf": [ref("Started"), ref("Ended")],
                "discriminator": {"propertyName": "type"},
            },
            "Started": event("thing.started"),
            "Ended": event("thing.ended"),
            "Failed": event("thing.failed"),
            "ErrorResponse": {"type": "object", "properties": {"error": {"type": "object"}}},
        }
    },
}
ROWS = (
    {"id": "createThing", "name": "things.create", "family": "things"},
    {"id": "getThing", "name": "things.retrieve", "family": "things"},
)
OVERLAYS: dict[str, Any] = {
    "things": {
        "entries": [
            {"at": "Thing", "side": "response", "nullable": ["label"], "evidence": "3 of 3"},
            {"at": "Thing", "add": {"billing": {"type": "string"}}, "evidence": "2 of 3"},
        ]
    }
}


def ours() -> Ours:
    return compiled(copy.deepcopy(DOCUMENT), Inputs(ROWS, OVERLAYS, {}))


def drift(change: Callable[[Any], Any], allowed: tuple[Allowed, ...] = ()) -> Drift:
    newer = copy.deepcopy(DOCUMENT)
    change(newer)
    return openapi_drift(newer, "newer.json", allowed, ours())


def told(found: Drift) -> list[tuple[str, ...]]:
    return [
        (one.part, one.place, one.what, one.direction.value, one.weight.value, one.detail)
        for one in found.changes
    ]


def schemas(document: Any) -> Any:
    return document["components"]["schemas"]


def properties(name: str) -> Callable[[Any], Any]:
    return lambda document: schemas(document)[name]["properties"]


REQUEST, ANSWER = properties("CreateThing"), properties("Thing")


def test_the_document_it_was_compiled_from_has_not_drifted_and_its_overlays_are_known() -> None:
    found = drift(lambda document: None)
    assert found.changes == ()
    assert {(one.place, one.what, why) for one, why in found.known} == {
        ("Thing.label", "null", OVERLAY),
        ("Thing.billing", "field", OVERLAY),
    }
    assert found.compared["operations"] == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda d: REQUEST(d).update(color={"type": "string"}),
            ("request", "CreateThing.color", "field", "added", "additive", "string"),
        ),
        (
            lambda d: (
                REQUEST(d).update(color={"type": "string"}),
                schemas(d)["CreateThing"]["required"].append("color"),
            ),
            ("request", "CreateThing.color", "field", "added", "breaking", "string, required"),
        ),
        (
            lambda d: REQUEST(d).pop("size"),
            ("request", "CreateThing.size", "field", "removed", "breaking", "integer"),
        ),
        (
            lambda d: REQUEST(d)["kind"]["enum"].append("c"),
            ("request", "CreateThing.kind", "value", "added", "additive", "'c'"),
        ),
        (
            lambda d: REQUEST(d)["kind"]["enum"].remove("a"),
            ("request", "CreateThing.kind", "value", "removed", "breaking", "'a'"),
        ),
        (
            lambda d: schemas(d)["CreateThing"]["required"].append("size"),
            ("request", "CreateThing.size", "required", "changed", "breaking", "required now"),
        ),
        (
            lambda d: schemas(d)["CreateThing"].pop("required"),
            ("request", "CreateThing.name", "required", "changed", "additive", "required no more"),
        ),
        (
            lambda d: REQUEST(d).update(note={"type": "string"}),
            ("request", "CreateThing.note", "null", "changed", "breaking", "null no more"),
        ),
        (
            lambda d: REQUEST(d).update(size={"type": "string"}),
            ("request", "CreateThing.size", "type", "changed", "breaking", "integer → string"),
        ),
        (
            lambda d: REQUEST(d).update(size={"type": "number", "minimum": 1}),
            ("request", "CreateThing.size", "type", "changed", "additive", "integer → number"),
        ),
        (
            lambda d: REQUEST(d)["name"].update(maxLength=32),
            ("request", "CreateThing.name", "bound", "changed", "breaking", "maxLength 64 → 32"),
        ),
        (
            lambda d: REQUEST(d)["size"].pop("minimum"),
            ("request", "CreateThing.size", "bound", "changed", "additive", "minimum 1 → none"),
        ),
        (
            lambda d: REQUEST(d)["kind"].pop("enum"),
            ("request", "CreateThing.kind", "open", "changed", "additive", "any value, no longer 'a', 'b'"),
        ),
        (
            lambda d: REQUEST(d)["name"].update(enum=["x"]),
            ("request", "CreateThing.name", "open", "changed", "breaking", "only 'x', no longer any"),
        ),
        (
            lambda d: ANSWER(d).update(color={"type": "string"}),
            ("response", "Thing.color", "field", "added", "additive", "string"),
        ),
        (
            lambda d: ANSWER(d).pop("part"),
            ("response", "Thing.part", "field", "removed", "breaking", "object"),
        ),
        (
            lambda d: ANSWER(d)["state"]["enum"].append("odd"),
            ("response", "Thing.state", "value", "added", "additive", "'odd'"),
        ),
        (
            lambda d: schemas(d)["Thing"]["required"].remove("state"),
            ("response", "Thing.state", "required", "changed", "breaking", "required no more"),
        ),
        (
            lambda d: schemas(d)["Thing"]["required"].append("part"),
            ("response", "Thing.part", "required", "changed", "additive", "required now"),
        ),
        (
            lambda d: ANSWER(d).update(id={"type": "integer"}),
            ("response", "Thing.id", "type", "changed", "breaking", "string → integer"),
        ),
        (
            lambda d: ANSWER(d)["id"].update(nullable=True),
            ("response", "Thing.id", "null", "changed", "breaking", "may be null now"),
        ),
        (
            lambda d: schemas(d)["ThingEvent"]["oneOf"].append(ref("Failed")),
            ("event", "ThingEvent", "member", "added", "additive", "type thing.failed (Failed)"),
        ),
        (
            lambda d: d["paths"].update({"/other": {"get": {"operationId": "getOther", "responses": {}}}}),
            ("operation", "getOther", "operation", "added", "additive", "GET /v1/other"),
        ),
        (
            lambda d: d["paths"].pop("/things/{thing_id}"),
            ("operation", "things.retrieve", "operation", "removed", "breaking", "GET /v1/things/{thing_id}"),
        ),
        (
            lambda d: d["paths"]["/things"]["post"].pop("requestBody"),
            ("request", "things.create", "body", "removed", "breaking", "CreateThing"),
        ),
    ],
)
def test_a_change_is_told_once_with_its_weight(change: Callable[[Any], Any], said: tuple[str, ...]) -> None:
    assert told(drift(change)) == [said]


def test_an_event_that_is_gone_breaks() -> None:
    found = drift(lambda d: schemas(d)["ThingEvent"].update(oneOf=[ref("Started")]))
    assert [(one.part, one.weight.value) for one in found.changes] == [("event", "breaking")] * len(
        found.changes
    )
    assert "thing.ended" in found.changes[0].detail


def test_a_definition_that_two_operations_share_is_told_under_the_first() -> None:
    found = drift(lambda d: properties("Part")(d).update(unit={"type": "string"}))
    assert [(one.group, one.part) for one in found.changes] == [
        ("things.create", "request"),
        ("things.create", "response"),
    ]


def test_other_names_of_components_parameters_and_operations_are_no_breaking_drift() -> None:
    text = json.dumps(DOCUMENT).replace('/Thing"', '/ThingObject"').replace('"Thing"', '"ThingObject"')
    text = text.replace("{thing_id}", "{id}").replace("getThing", "retrieveThing")
    newer = json.loads(text)
    found = openapi_drift(newer, "renamed", (), compiled(DOCUMENT, Inputs(ROWS, {}, {})))
    assert [(one.what, one.weight.value, one.detail) for one in found.changes] == [
        ("operation", "additive", "operationId getThing → retrieveThing")
    ]


def test_an_overlay_that_no_longer_fits_is_told_and_the_rest_compared() -> None:
    found = drift(lambda d: (ANSWER(d).pop("label"), ANSWER(d).update(color={"type": "string"})))
    by_what = {one.what: one for one in found.changes if one.direction.value != "added"}
    assert by_what["overlay"].weight.value == "breaking"
    assert "label" in by_what["overlay"].detail
    assert by_what["field"].place == "Thing.label"
    assert ("Thing.color", "added") in {(one.place, one.direction.value) for one in found.changes}


def test_what_upstream_adopted_from_an_overlay_is_no_drift() -> None:
    assert drift(lambda d: ANSWER(d).update(billing={"type": "string"})).changes == ()


def test_an_explained_difference_is_known_and_an_explanation_without_one_is_told() -> None:
    entries = (
        Allowed("CreateThing.si*", "it was never obeyed", what="field"),
        Allowed("CreateThing.gone", "nothing"),
        Allowed("CreateThing.size", "other part", part="event"),
    )
    found = drift(lambda d: REQUEST(d).pop("size"), entries)
    assert found.changes == ()
    assert [why for _, why in found.known if why != OVERLAY] == ["it was never obeyed"]
    assert found.stale == ("CreateThing.gone", "CreateThing.size")


@pytest.mark.parametrize("document", [{}, {"paths": {}}, {"swagger": "2.0", "paths": [], "components": {}}])
def test_what_is_no_openapi_document_is_one_line(document: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="not an OpenAPI document"):
        openapi_drift(document, "x", (), ours())


def test_a_dangling_reference_is_one_line() -> None:
    with pytest.raises(UsageError, match="no schema 'Gone'"):
        drift(lambda d: ANSWER(d).update(x=ref("Gone")))


@pytest.mark.evidence
def test_the_contract_has_not_drifted_from_upstreams_own_document() -> None:
    found = openapi_drift(upstream(), "upstream")
    assert found.changes == ()
    assert found.stale == ()
    assert found.compared["operations"] > 250


@pytest.mark.evidence
def test_a_change_of_upstreams_own_document_is_found() -> None:
    newer = upstream()
    known = schemas(newer)
    known["CreateChatCompletionRequest"]["allOf"][1]["properties"]["brand_new"] = {"type": "string"}
    known["Model"]["properties"].pop("owned_by")
    known["Model"]["required"].remove("owned_by")
    del newer["paths"]["/embeddings"]
    found = openapi_drift(newer, "newer")
    assert {(one.place, one.direction.value, one.weight.value) for one in found.changes} >= {
        ("CreateChatCompletionRequest.brand_new", "added", "additive"),
        ("Model.owned_by", "removed", "breaking"),
        ("embeddings.create", "removed", "breaking"),
    }
