"""The compiler, unit by unit on small documents, and on upstream's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from slashv1.errors import UsageError
from slashv1.spec import compile as compiler
from slashv1.spec.compile import likened, overlay
from slashv1.spec.compile.contract import SPEC, Inputs
from slashv1.spec.compile.normal import Normaliser, union
from slashv1.spec.compile.unions import Unions
from tests.spec.evidence import upstream


def normal(raw: Any, **components: Any) -> dict[str, Any]:
    return Normaliser(components).schema(raw)


def compiled(schema: dict[str, Any], **definitions: Any) -> dict[str, Any]:
    return Unions(definitions).compiled(schema)


def accepts(schema: dict[str, Any], value: Any, **definitions: Any) -> bool:
    text = json.dumps({**schema, "$defs": definitions})
    for name in definitions:
        text = text.replace(f'"$ref": "{name}"', f'"$ref": "#/$defs/{name}"')
    return jsonschema_rs.Draft202012Validator(json.loads(text)).is_valid(value)


def test_nullable_becomes_a_union_with_null() -> None:
    assert normal({"type": "string", "nullable": True}) == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    beside = normal({"$ref": "#/components/schemas/T", "nullable": True})
    assert beside == {"anyOf": [{"$ref": "T"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("raw", "out"),
    [
        (
            {"type": "number", "minimum": 0, "exclusiveMinimum": True},
            {"type": "number", "exclusiveMinimum": 0},
        ),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": False}, {"type": "number", "minimum": 0}),
        ({"type": "number", "exclusiveMaximum": 2}, {"type": "number", "exclusiveMaximum": 2}),
        ({"type": "array", "min_items": 1}, {"type": "array", "minItems": 1}),
        ({"const": "x"}, {"enum": ["x"]}),
        ({"type": "string", "description": "prose", "default": "a", "deprecated": True}, {"type": "string"}),
    ],
)
def test_the_openapi_dialect_and_prose_are_left_behind(raw: Any, out: Any) -> None:
    assert normal(raw) == out


def test_all_of_becomes_one_object_and_the_later_part_wins() -> None:
    base = {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}
    more = {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]}
    assert normal({"allOf": [{"$ref": "#/components/schemas/Base"}, more]}, Base=base) == {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }


def test_a_recursive_reference_means_the_component_it_stands_in() -> None:
    raw = {"type": "object", "properties": {"inner": {"$recursiveRef": "#"}}}
    assert Normaliser({"Tree": raw}).named("Tree")["properties"]["inner"] == {"$ref": "Tree"}


def test_unions_inside_unions_are_joined() -> None:
    inner = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert union([inner, {"type": "null"}, {"type": "array"}]) == {
        "anyOf": [{"type": "string"}, {"type": "null"}, {"type": "array"}]
    }


def test_a_nullable_scalar_is_one_schema_and_its_enum_takes_null() -> None:
    raw = {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}
    assert compiled(raw) == {"type": ["string", "null"], "enum": ["a", None]}


def test_a_choice_between_types_keeps_its_enum_where_null_stands_beside_it() -> None:
    choice = {"anyOf": [{"type": "string", "enum": ["auto"]}, variant("type", "function")]}
    out = compiled({"anyOf": [{"$ref": "Choice"}, {"type": "null"}]}, Choice=choice)
    known = {"Choice": compiled(choice)}
    assert out["type"] == ["object", "string", "null"]
    assert [accepts(out, v, **known) for v in (None, "auto", "maybe", {"type": "function"}, {}, 1)] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]


def test_null_beside_what_is_nullable_already_is_said_once() -> None:
    nullable = {"anyOf": [{"type": "object", "properties": {"x": {"type": "string"}}}, {"type": "null"}]}
    out = compiled({"anyOf": [{"$ref": "Nullable"}, {"type": "null"}]}, Nullable=nullable)
    assert out == {
        "type": ["object", "null"],
        "allOf": [{"if": {"type": "object"}, "then": {"$ref": "Nullable"}}],
    }


def test_an_open_string_swallows_the_closed_one_beside_it() -> None:
    assert compiled({"anyOf": [{"type": "string"}, {"type": "string", "enum": ["a"]}]}) == {"type": "string"}


def test_branches_of_different_types_are_told_apart_by_type() -> None:
    out = compiled({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]})
    assert out == {
        "type": ["array", "string"],
        "allOf": [{"if": {"type": "array"}, "then": {"type": "array", "items": {"type": "integer"}}}],
    }


def variant(tag: str, value: str, *more: str) -> dict[str, Any]:
    properties = {tag: {"type": "string", "enum": [value]}, **{name: {"type": "string"} for name in more}}
    return {"type": "object", "properties": properties, "required": [tag, *more]}


@pytest.mark.parametrize("tag", ["type", "role", "object"])
def test_objects_are_told_apart_by_a_marked_discriminator(tag: str) -> None:
    a, b = variant(tag, "a", "x"), variant(tag, "b", "y")
    out = compiled({"anyOf": [{"$ref": "A"}, {"$ref": "B"}]}, A=a, B=b)
    assert out["properties"] == {tag: {"enum": ["a", "b"], "x-discriminator": True}}
    assert out["required"] == [tag]
    assert accepts(out, {tag: "a", "x": ""}, A=a, B=b)
    assert not accepts(out, {tag: "a", "y": ""}, A=a, B=b)
    assert not accepts(out, {tag: "c"}, A=a, B=b)


def test_a_discriminator_that_one_branch_may_leave_out_is_not_required() -> None:
    a = variant("type", "a")
    b = {**variant("type", "b", "y"), "required": ["y"]}
    out = compiled({"anyOf": [{"$ref": "A"}, {"$ref": "B"}]}, A=a, B=b)
    assert "required" not in out
    assert accepts(out, {"y": ""}, A=a, B=b)
    assert not accepts(out, {}, A=a, B=b)


def test_variants_of_one_type_are_told_apart_by_the_next_tag() -> None:
    def message(role: str, key: str) -> dict[str, Any]:
        both = variant("type", "message", key)
        both["properties"]["role"] = {"type": "string", "enum": [role]}
        return {**both, "required": [*both["required"], "role"]}

    known = {"U": message("user", "x"), "S": message("system", "y"), "C": variant("type", "call")}
    out = compiled({"anyOf": [{"$ref": name} for name in known]}, **known)
    assert accepts(out, {"type": "message", "role": "user", "x": ""}, **known)
    assert not accepts(out, {"type": "message", "role": "user", "y": ""}, **known)
    assert '"anyOf"' not in json.dumps(out)


def test_what_nothing_tells_apart_stays_any_of() -> None:
    a = {"type": "object", "properties": {"x": {"type": "string"}}}
    b = {"type": "object", "properties": {"y": {"type": "string"}}}
    assert compiled({"anyOf": [a, b]}) == {"anyOf": [a, b]}


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things": {
            "post": {
                "operationId": "createThing",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                },
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
                    "schema": {"type": "object", "properties": {}},
                },
                "required": ["name"],
            },
            "ErrorResponse": {"type": "object", "properties": {"error": {"type": "object"}}},
            "Unreached": {"type": "object"},
        }
    },
}
ROW = {"id": "createThing", "name": "things.create", "family": "things"}


def files(overlays: dict[str, Any] | None = None, sdk: dict[str, Any] | None = None) -> dict[str, Any]:
    inputs = Inputs((ROW,), overlays or {}, sdk or {})
    return {name: json.loads(text) for name, text in compiler.compile_contract(DOCUMENT, inputs).items()}


def test_requests_and_responses_are_different_schemas() -> None:
    entry = {"at": "Thing", "side": "response", "required": ["metadata"], "evidence": "3 of 3"}
    out = files({"things": {"entries": [entry]}})
    assert out["operations.json"]["things.create"] == {
        "method": "POST",
        "path": "/v1/things",
        "upstream_id": "createThing",
        "request": "things-request#/$defs/Thing",
        "response": "things#/$defs/Thing",
        "event": None,
    }
    assert out["schemas/things.json"]["$id"] == "urn:slashv1:spec:things"
    assert out["schemas/things.json"]["$defs"]["Thing"]["required"] == ["metadata", "name"]
    assert out["schemas/things-request.json"]["$defs"]["Thing"]["required"] == ["name"]


def test_objects_with_known_names_are_closed_and_maps_stay_open() -> None:
    thing = files()["schemas/things.json"]["$defs"]["Thing"]
    assert thing["additionalProperties"] is False
    assert thing["properties"]["metadata"]["additionalProperties"] == {"type": "string"}
    assert "additionalProperties" not in thing["properties"]["schema"]


def test_only_what_is_reached_is_kept() -> None:
    assert list(files()["schemas/things.json"]["$defs"]) == ["Thing"]


def test_names_of_the_sdk_are_known_and_optional() -> None:
    thing = files(sdk={"names": {"Thing": ["nickname"]}})["schemas/things.json"]["$defs"]["Thing"]
    assert thing["properties"]["nickname"] == {}
    assert thing["required"] == ["name"]


def test_values_and_members_that_the_sdk_knows_are_taken() -> None:
    word = {"type": "string", "enum": ["old"]}
    kinds = [{"type": "object", "properties": {"type": {"type": "string", "enum": [one]}}} for one in "ab"]
    thing = {"type": "object", "properties": {"word": {"$ref": "Word"}, "kind": {"$ref": "Kind"}}}
    overlays = {"things": {"define": {"Word": word, "Kind": {"anyOf": kinds}, "Thing": thing}}}
    third = {"type": "object", "properties": {"type": {"type": "string", "enum": ["c"]}}}
    sdk = {
        "definitions": {"Third": third},
        "values": {"Word": ["new", "old"]},
        "members": {"Kind": ["Third"]},
    }
    known = files(overlays, sdk)["schemas/things.json"]["$defs"]
    assert known["Word"]["enum"] == ["old", "new"]
    assert known["Kind"]["properties"]["type"]["enum"] == ["a", "b", "c"]
    assert known["Third"]["additionalProperties"] is False


@pytest.mark.parametrize("part", ["names", "values", "members"])
def test_what_the_sdk_knows_of_a_place_that_is_gone_is_one_clear_line(part: str) -> None:
    with pytest.raises(overlay.Misfit, match=f"{part} of 'Thing/properties/metadata'"):
        files(sdk={part: {"Thing/properties/metadata": ["x"]}})


@pytest.mark.parametrize(
    ("change", "look"),
    [
        ({"optional": ["name"]}, lambda t: "required" not in t),
        ({"nullable": ["name"]}, lambda t: t["properties"]["name"] == {"type": ["string", "null"]}),
        ({"nullable": "*"}, lambda t: t["properties"]["metadata"]["type"] == ["object", "null"]),
        ({"add": {"age": {"type": "integer"}}}, lambda t: t["properties"]["age"] == {"type": "integer"}),
        ({"drop": ["name"]}, lambda t: "name" not in t["properties"] and "required" not in t),
        ({"open": True}, lambda t: t["additionalProperties"] is True),
        (
            {"since": {"name": "2025-01-02"}},
            lambda t: t["properties"]["name"]["x-since"] == "2025-01-02" and "required" not in t,
        ),
        ({"always": ["metadata"]}, lambda t: t["x-always"] == ["metadata"] and t["required"] == ["name"]),
        ({"set": {"type": "string"}}, lambda t: t == {"type": "string"}),
    ],
)
def test_an_overlay_changes_what_it_says(change: dict[str, Any], look: Any) -> None:
    entry = {"at": "Thing", "evidence": "seen", **change}
    assert look(files({"things": {"entries": [entry]}})["schemas/things.json"]["$defs"]["Thing"])


def test_every_option_at_any_depth_may_be_spelt_as_null() -> None:
    inner = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    }
    thing = {"type": "object", "properties": {"inner": inner, "object": {"type": "string"}}}
    overlay.apply([{"at": "Thing", "nullable": "**", "evidence": "seen"}], {"Thing": thing}, "response")
    assert thing["properties"]["object"] == {"type": "string"}
    assert thing["properties"]["inner"]["anyOf"][1] == {"type": "null"}
    assert inner["properties"] == {
        "a": {"type": "string"},
        "b": union([{"type": "string"}, {"type": "null"}]),
    }


def test_a_copy_differs_from_what_it_was_made_of() -> None:
    entries = [
        {"at": "Thing/properties/schema", "set": {"$ref": "Kept"}, "evidence": "seen"},
        {"at": "Kept", "optional": ["name"], "evidence": "seen"},
    ]
    known = files({"things": {"copy": {"Kept": "Thing"}, "entries": entries}})["schemas/things.json"]["$defs"]
    assert "required" not in known["Kept"]
    assert known["Thing"]["required"] == ["name"]


def test_overlays_of_another_family_hold_where_it_is_named() -> None:
    other = {"entries": [{"at": "Thing", "optional": ["name"], "evidence": "seen"}]}
    known = files({"others": other, "things": {"also": ["others"]}})["schemas/things.json"]["$defs"]
    assert "required" not in known["Thing"]


def test_overlays_hold_under_the_names_of_a_family_that_is_like_another() -> None:
    entry = {"at": "Thing", "add": {"more": {"$ref": "More"}}, "evidence": "seen"}
    other = {"define": {"More": {"type": "object"}}, "copy": {"Kept": "Thing"}, "entries": [entry]}
    own = {"like": {"family": "others", "prefix": "Beta"}, "entries": [{"at": "BetaMore", "evidence": "own"}]}
    assert likened.resolved("things", {"others": other, "things": own}) == {
        **own,
        "define": {"BetaMore": {"type": "object"}},
        "copy": {"BetaKept": "BetaThing"},
        "entries": [
            {"at": "BetaThing", "add": {"more": {"$ref": "BetaMore"}}, "evidence": "seen"},
            {"at": "BetaMore", "evidence": "own"},
        ],
    }


def test_a_family_like_no_family_is_one_clear_line() -> None:
    own = {"like": {"family": "gone", "prefix": "Beta"}}
    with pytest.raises(UsageError, match=r"things\.yaml: like 'gone'"):
        likened.resolved("things", {"things": own})


def test_null_beside_all_of_makes_the_whole_nullable() -> None:
    raw = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"nullable": True}]}
    base = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert normal(raw, Base=base) == {"anyOf": [base, {"type": "null"}]}


@pytest.mark.parametrize(
    ("media", "row", "expected"),
    [
        ("multipart/form-data", {}, {"request": None, "form": "things-request#/$defs/CreateThingForm"}),
        ("application/json", {}, {"request": "things-request#/$defs/CreateThingBody"}),
        ("application/json", {"response": "none"}, {"response": None, "answer": "any"}),
        ("application/json", {"text": True}, {"response": "things#/$defs/Thing", "answer": "any"}),
    ],
)
def test_bodies_in_line_forms_and_texts_have_their_place(media: str, row: Any, expected: Any) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    document["paths"]["/things"]["post"]["requestBody"] = {"content": {media: {"schema": schema}}}
    made = compiler.compile_contract(document, Inputs(({**ROW, **row},), {}))
    entry = json.loads(made["operations.json"])["things.create"]
    assert entry | expected == entry


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"at": "Thing", "optional": ["name"]}, "no evidence"),
        ({"at": "Thing", "optionl": ["name"], "evidence": "x"}, "optionl"),
        ({"at": "Thing/properties/gone", "evidence": "x"}, "gone"),
        ({"at": "Thing", "nullable": ["gone"], "evidence": "x"}, "no property gone"),
        ({"at": "Thing", "since": {"gone": "2025-01-01"}, "evidence": "x"}, "no property gone"),
    ],
)
def test_an_overlay_that_does_not_fit_is_one_clear_line(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        overlay.apply([entry], {"Thing": {"type": "object", "properties": {}}}, "response")


def test_a_document_of_another_kind_is_one_clear_line() -> None:
    with pytest.raises(UsageError, match="not an OpenAPI document"):
        compiler.compile_contract({"swagger": "2.0"}, Inputs((ROW,), {}))
    with pytest.raises(UsageError, match="createThing"):
        compiler.compile_contract({"paths": {}, "components": {"schemas": {}}}, Inputs((ROW,), {}))


def test_every_overlay_entry_names_its_evidence() -> None:
    entries = [
        entry
        for path in sorted((SPEC / "overlays").glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text("utf-8"))["entries"]
    ]
    assert entries
    assert all(entry["evidence"] for entry in entries)


@pytest.mark.evidence
def test_the_rest_of_upstream_is_only_more_input() -> None:
    document = upstream()
    rows = tuple(
        {"id": one["operationId"], "name": one["operationId"], "family": re.split(r"[/?]", path)[1]}
        for path, methods in document["paths"].items()
        for one in methods.values()
        if isinstance(one, dict) and "operationId" in one
    )
    made = compiler.compile_contract(document, Inputs(rows, {}))
    assert len(json.loads(made["operations.json"])) == len(rows) > 250
    for name, text in made.items():
        if name.startswith("schemas/"):
            schema = json.loads(text)
            jsonschema_rs.meta.validate(schema)
            every = {"anyOf": [{"$ref": f"#/$defs/{one}"} for one in schema["$defs"]], **schema}
            assert jsonschema_rs.Draft202012Validator(every), name


@pytest.mark.evidence
def test_the_committed_contract_is_what_the_compiler_makes_of_upstreams_document() -> None:
    made = compiler.compile_contract(upstream())
    committed = {str(Path(name)): (SPEC / name).read_text("utf-8") for name in made}
    assert made == committed
    assert {p.name for p in (SPEC / "schemas").glob("*.json")} == {
        Path(name).name for name in made if name.startswith("schemas/")
    }


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("input_tokens", 0),
        ("created_at", 0),
        ("output_index", 0),
        ("num_model_requests", 0),
        ("max_output_tokens", None),
        ("seed", None),
    ],
)
@pytest.mark.parametrize("nullable", [True, False])
def test_a_count_a_place_and_a_time_in_an_answer_are_never_negative(
    name: str, least: int | None, nullable: bool
) -> None:
    number: dict[str, Any] = {"type": "integer"}
    kind = {"anyOf": [number, {"type": "null"}]} if nullable else number
    entry = {"at": "Thing", "add": {name: kind, "share": {"type": "number"}}, "evidence": "seen"}
    made = files({"things": {"entries": [entry]}})
    assert made["schemas/things.json"]["$defs"]["Thing"]["properties"][name].get("minimum") == least
    assert "minimum" not in made["schemas/things-request.json"]["$defs"]["Thing"]["properties"][name]


def test_a_stated_least_value_stays() -> None:
    entry = {"at": "Thing", "add": {"index": {"type": "integer", "minimum": 1}}, "evidence": "seen"}
    thing = files({"things": {"entries": [entry]}})["schemas/things.json"]["$defs"]["Thing"]
    assert thing["properties"]["index"]["minimum"] == 1
