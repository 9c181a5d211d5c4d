"""Multipart forms: what a case says becomes bytes, and bytes become parts again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from slashv1.fixtures import Request
from slashv1.harness.forms import FormPart, asked_of, encoded, parts_of, sent_parts
from slashv1.harness.plan import input_bound
from slashv1.harness.templates import Prepared, prepare
from slashv1.matrix import Case, RequestTemplate, load_matrix
from slashv1.reference_server.forms import Form, Upload, form
from slashv1.reference_server.wire import Call

FORM: dict[str, Any] = {
    "purpose": "batch",
    "expires_after[anchor]": "created_at",
    "file": {"filename": 'in "quotes".jsonl', "text": "a\r\nb\n", "content_type": "application/jsonl"},
    "image[]": [{"filename": "a.png", "base64": "AP8="}, {"filename": "b.png", "text": ""}],
}


def _case(given: dict[str, Any], **more: Any) -> Case:
    return Case("files.create", "plain", RequestTemplate("POST", "/v1/files", form=given, **more))


def _prepared(given: dict[str, Any], **more: Any) -> Prepared:
    return prepare(_case(given, **more), models={"model": "gpt-4o"}, answers={}, api_key="sk-1")


def _header(prepared: Prepared, name: str) -> str:
    return next(value for key, value in prepared.headers if key.lower() == name)


def test_what_is_encoded_is_read_back() -> None:
    parts = parts_of(FORM)
    media, body = encoded(parts)
    request = Request("POST", "/v1/files", headers=(("Content-Type", media),), body=body)
    read = sent_parts(request)
    assert [(p.name, p.data) for p in read] == [(p.name, p.data) for p in parts]
    assert read[2].filename == "in %22quotes%22.jsonl"
    assert read[2].content_type == "application/jsonl"
    assert read[3] == FormPart("image[]", b"\x00\xff", "a.png")


def test_the_gateway_reads_what_the_harness_sends() -> None:
    media, body = encoded(parts_of(FORM))
    read = asyncio.run(form(Call("POST", "/v1/files", headers={"content-type": media}, body=body)))
    assert read.text("purpose") == "batch"
    assert read.object("expires_after") == {"anchor": "created_at"}
    assert read.file("file") == Upload("in %22quotes%22.jsonl", "application/jsonl", b"a\r\nb\n", 5)
    assert [file.data for file in read.files("image")] == [b"\x00\xff", b""]
    assert read.names == ("purpose", "expires_after", "file", "image")
    assert (Form().text("purpose"), Form().file("file")) == (None, None)


def test_holes_in_fields_and_files_are_filled_and_the_fields_are_what_was_asked() -> None:
    prepared = _prepared({"purpose": "${model}", "file": {"filename": "f", "text": "<${model}>"}})
    assert b"<gpt-4o>" in (prepared.body or b"")
    assert prepared.asked == {"purpose": "gpt-4o", "file": "f"}
    assert _header(prepared, "content-type").startswith("multipart/form-data; boundary=slashv1-")
    assert prepared == _prepared({"purpose": "${model}", "file": {"filename": "f", "text": "<${model}>"}})


def test_a_case_can_name_another_boundary() -> None:
    prepared = _prepared({"purpose": "batch"}, headers={"content-type": "multipart/form-data; boundary=x"})
    assert _header(prepared, "content-type") == "multipart/form-data; boundary=x"
    request = Request("POST", "/v1/files", headers=prepared.headers, body=prepared.body)
    assert sent_parts(request) == ()


def test_fields_are_told_as_those_of_a_recording() -> None:
    assert asked_of(parts_of(FORM)) == {
        "purpose": "batch",
        "expires_after": {"anchor": "created_at"},
        "file": 'in "quotes".jsonl',
        "image": ["a.png", "b.png"],
    }


def test_a_file_counts_among_the_tokens_sent() -> None:
    assert input_bound(_case({"purpose": "batch", "file": {"filename": "f", "text": "x" * 100}})) == 105


def test_the_answer_of_what_may_be_a_file_is_taken_whatever_it_is() -> None:
    asked = Case("files.content", "plain", RequestTemplate("GET", "/v1/files/f/content"))
    assert _header(prepare(asked, models={}, answers={}), "accept") == "*/*"
    assert _header(_prepared({}), "accept") == "application/json"


@pytest.mark.parametrize("form_of_case", ["{form: {purpose: vision}}", "{without: [purpose]}", "{json: {}}"])
def test_a_form_is_laid_over_the_operations(tmp_path: Path, form_of_case: str) -> None:
    (tmp_path / "2.yaml").write_text(
        "phase: 2\noperations:\n  files.create:\n"
        "    request: {method: POST, path: /v1/files, form: {purpose: batch, a: b}}\n"
        f"    cases:\n      one: {form_of_case}\n"
    )
    expected = {"{json: {}}": None, "{without: [purpose]}": {"a": "b"}}
    given = load_matrix(tmp_path)[0].request.form
    assert given == expected.get(form_of_case, {"purpose": "vision", "a": "b"})
