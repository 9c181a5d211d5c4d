"""Cassettes: YAML and JSON of several recorders, broken ones included, and documents made to blow up."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from slashv1.fixtures.exchange import Facet
from slashv1.harness import recorded_bytes
from tests.harness.recordings import ASKED, BODY, HEADERS, URL, interaction, read, text_of

RAW = text_of(BODY).encode()


def cassette(*interactions: Any, key: str = "interactions") -> str:
    return yaml.safe_dump({key: list(interactions), "version": 1}, allow_unicode=True)


def written(folder: Path, content: str | bytes, name: str = "cassette.yaml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


RUBY = {
    "request": {
        "method": "post",
        "uri": URL,
        "body": {"encoding": "UTF-8", "string": text_of(ASKED)},
        "headers": {"Content-Type": ["application/json"]},
    },
    "response": {
        "status": {"code": 200, "message": "OK"},
        "headers": {name.title(): [value] for name, value in HEADERS.items() if name != "date"},
        "body": {"encoding": "ASCII-8BIT", "base64_string": base64.b64encode(RAW).decode()},
    },
    "recorded_at": "Sun, 15 Jun 2025 15:06:40 GMT",
}
GO = {
    "id": 0,
    "request": {"body": text_of(ASKED), "headers": {}, "url": URL, "method": "POST"},
    "response": {
        "body": text_of(BODY),
        "headers": {"Content-Type": ["application/json"]},
        "status": "200 OK",
        "code": 200,
    },
}
HTTPX = {
    "request": {"body": text_of(ASKED), "headers": {}, "uri": URL, "method": "POST"},
    "response": {"content": text_of(BODY), "headers": {}, "status_code": 200, "http_version": "HTTP/1.1"},
}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (cassette(interaction()), "a.yaml"),
        (cassette(interaction(), key="http_interactions"), "a.yml"),
        ("---\n" + cassette(RUBY, key="http_interactions"), "ruby.yml"),
        ("---\n" + cassette(GO), "go.yaml"),
        (cassette(HTTPX), "httpx.yaml"),
        (text_of({"version": 1, "interactions": [interaction()]}), "a.json"),
        (json.dumps({"interactions": [interaction()], "version": 1}, indent=2), "indented.json"),
    ],
)
def test_a_cassette_is_told_by_its_content(tmp_path: Path, content: str, name: str) -> None:
    (found,), broken = read(written(tmp_path, content, name))
    assert broken == []
    assert json.loads(found.exchange.body) == BODY
    assert found.asked == ASKED
    assert (found.exchange.request.method, found.exchange.request.path) == ("POST", "/v1/chat/completions")
    assert found.exchange.status == 200


def test_what_each_recorder_keeps_is_said(tmp_path: Path) -> None:
    (plain,), _ = read(written(tmp_path, cassette(interaction())))
    assert plain.exchange.facets == set(Facet) - {Facet.TIMES}
    assert plain.exchange.sent_at == 1750000000.0
    (parsed,), _ = read(
        written(tmp_path, cassette(interaction(response={**interaction()["response"], "parsed_body": BODY})))
    )
    assert Facet.BYTES not in parsed.exchange.facets
    (bare,), _ = read(written(tmp_path, cassette(HTTPX)))
    assert not bare.exchange.facets & {Facet.HEADERS, Facet.VALUES}
    hidden = {name: ["**REDACTED**" if name == "x-request-id" else value] for name, value in HEADERS.items()}
    (scrubbed,), _ = read(written(tmp_path, cassette(interaction(headers=hidden))))
    assert Facet.VALUES not in scrubbed.exchange.facets


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        ({"string": gzip.compress(RAW, mtime=0)}, "gzip"),
        ({"string": zlib.compress(RAW)}, "deflate"),
        ({"base64_string": base64.b64encode(gzip.compress(RAW, mtime=0)).decode()}, "gzip"),
        ({"string": RAW.decode()}, "gzip"),
        ({"string": RAW.decode()}, "br"),
        (RAW.decode(), ""),
        ({"string": RAW}, ""),
    ],
)
def test_the_coding_of_a_body_is_undone_where_it_is_still_on(tmp_path: Path, body: Any, coding: str) -> None:
    headers = {"content-type": ["application/json"], "content-encoding": [coding]}
    (found,), broken = read(written(tmp_path, cassette(interaction(body, headers=headers))))
    assert broken == []
    assert json.loads(found.exchange.body) == BODY


@pytest.mark.parametrize(
    ("body", "coding", "said"),
    [
        (gzip.compress(RAW, mtime=0)[:-20], "gzip", "cut short"),
        (b"\x1f\x8b" + b"x" * 40, "gzip", "broken"),
        (b"\xff\xfe\x00", "br", "br cannot be undone"),
    ],
)
def test_a_coding_that_cannot_be_undone_is_told(tmp_path: Path, body: bytes, coding: str, said: str) -> None:
    bad = interaction({"string": body}, headers={"content-encoding": [coding]})
    found, broken = read(written(tmp_path, cassette(bad, interaction())))
    assert len(found) == 1
    assert (broken[0].line, said in broken[0].cause) == (2, True)


def test_a_body_that_grows_beyond_the_limit_is_not_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_bytes, "MAX_BODY", 10_000)
    bomb = interaction(
        {"string": gzip.compress(b" " * 1_000_000, mtime=0)}, headers={"content-encoding": ["gzip"]}
    )
    found, broken = read(written(tmp_path, cassette(bomb, interaction())))
    assert len(found) == 1
    assert "more than 10,000 bytes" in broken[0].cause


def test_a_form_is_read_as_its_fields(tmp_path: Path) -> None:
    sent = (
        '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n--b--\r\n'
    )
    one = interaction(url="https://api.openai.com/v1/files")
    one["request"] |= {"body": sent, "headers": {"Content-Type": ["multipart/form-data; boundary=b"]}}
    (found,), _ = read(written(tmp_path, cassette(one)))
    assert found.asked == {"purpose": "batch", "file": "a.jsonl"}


def lacking(part: str, key: str) -> dict[str, Any]:
    one = interaction()
    del one[part][key]
    return one


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (3, "not an interaction"),
        ({"request": {}}, "no response"),
        ({"response": {}}, "no request"),
        (lacking("request", "method"), "no request.method"),
        (lacking("request", "uri"), "no request.uri"),
        (lacking("response", "status"), "no response.status"),
        (interaction({"base64_string": "="}), "base64"),
        (interaction({"base64_string": 3}), "base64_string is no text"),
        (interaction([1]), "neither text nor binary"),
    ],
)
def test_a_bad_interaction_is_told_by_its_line_and_the_rest_is_read(
    tmp_path: Path, bad: Any, said: str
) -> None:
    text = cassette(interaction(), bad, interaction())
    found, broken = read(written(tmp_path, text))
    begins = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith("- ")]
    assert [one.line for one in found] == [begins[0], begins[2]]
    assert [one.line for one in broken] == [begins[1]]
    assert said in broken[0].cause


def test_reading_goes_on_at_the_next_interaction_after_a_break_of_syntax(tmp_path: Path) -> None:
    lines = cassette(interaction(), interaction(), interaction()).split("\n")
    begins = [index for index, line in enumerate(lines) if line.startswith("- ")]
    lines[begins[1] + 2] = '    broken: "no end'
    found, broken = read(written(tmp_path, "\n".join(lines)))
    assert (found[0].line, found[-1].line) == (begins[0] + 1, begins[2] + 1)
    assert broken
    assert all("not YAML" in one.cause for one in broken)


def test_control_characters_and_breaks_everywhere_come_to_an_end(tmp_path: Path) -> None:
    text = cassette(*[interaction() for _ in range(4)])
    found, _ = read(written(tmp_path, text.replace("Grüße", "Gr\x0f\x00e", 1)))
    assert len(found) == 4
    found, broken = read(written(tmp_path, text.replace("  response:", "  ]: [", 3)))
    assert [len(found), len(broken)] == [1, 3]
    found, broken = read(written(tmp_path, text.replace("- request:", "- request: }")))
    assert (found, len(broken)) == ([], 4)


def test_a_cassette_cut_short_gives_what_stands_before(tmp_path: Path) -> None:
    text = cassette(interaction(), interaction())
    second = text.index("\n- request", 20)
    found, broken = read(written(tmp_path, text[: second + 60]))
    assert len(found) == 1
    assert len(broken) == 1


def test_bytes_that_are_no_utf8_spoil_only_their_interaction(tmp_path: Path) -> None:
    raw = cassette(interaction(), interaction()).encode()
    found, broken = read(written(tmp_path, raw.replace("ü".encode(), b"\xfc", 1)))
    assert len(found) == 1
    assert "no UTF-8" in broken[0].cause


def test_a_mark_of_utf16_is_obeyed(tmp_path: Path) -> None:
    (found,), broken = read(written(tmp_path, cassette(interaction()).encode("utf-16")))
    assert broken == []
    assert json.loads(found.exchange.body) == BODY


def test_a_bomb_of_aliases_is_told_and_costs_nothing(tmp_path: Path) -> None:
    layers = [f"    k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 30)]
    bomb = "\n".join(
        [
            "interactions:",
            "- request:",
            "    method: POST",
            f"    uri: {URL}",
            "    k0: &k0 [x, x]",
            *layers,
            "    headers: {? *k29 : [a], b: *k29}",
            "  response:",
            "    status: {code: 200}",
            "    parsed_body: *k29",
        ]
    )
    found, broken = read(written(tmp_path, bomb))
    assert found == []
    assert "most of them aliases" in broken[0].cause


def test_an_alias_that_holds_itself_is_told(tmp_path: Path) -> None:
    text = f"interactions:\n- request: {{method: GET, uri: {URL}}}\n"
    text += "  response: {status: 200, parsed_body: &a [*a]}\n"
    found, broken = read(written(tmp_path, text))
    assert (found, len(broken)) == ([], 1)


@pytest.mark.parametrize("deep", ["[" * 50_000, "- " * 50_000, "[" * 5_000 + "]" * 5_000])
def test_a_deep_document_is_told(tmp_path: Path, deep: str) -> None:
    found, broken = read(written(tmp_path, f"interactions:\n- request:\n    a: {deep}\n"))
    assert found == []
    assert broken


def test_no_tag_constructs_anything(tmp_path: Path) -> None:
    text = cassette(interaction()).replace("version: 1", "version: !!python/object/apply:os.getcwd []")
    found, broken = read(written(tmp_path, text))
    assert (len(found), broken) == (1, [])


@pytest.mark.parametrize("content", ["", "# nothing\n", "interactions:\n", "interactions: []\n"])
def test_a_cassette_without_interactions_holds_nothing(tmp_path: Path, content: str) -> None:
    found, broken = read(written(tmp_path, content), "vcr")
    assert found == []
    assert broken == []


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("version: 1\ninteractions: 3\n", 2, "not a cassette: interactions is no list"),
        ("interactions: {a: 1}\n", 1, "not a cassette: interactions is no list"),
        (
            "version: 1\n\ninteraction:\n- request: {}\n- request: {}\n",
            3,
            "not a cassette: 'interaction' where 'interactions' is due",
        ),
        (
            "- request: {}\n- request: {}\n",
            1,
            "not a cassette: no http_interactions or interactions at its top",
        ),
        ("word", 1, "not a cassette: no http_interactions or interactions at its top"),
        ("interactions\n- request:\n    method: GET\n", 2, "not YAML: mapping values are not allowed"),
        ("a: [1, 2\nb: : :\n", 2, "not YAML: did not find expected"),
    ],
)
def test_what_is_no_cassette_is_told_with_what_is_due_and_the_line(
    tmp_path: Path, content: str, line: int, said: str
) -> None:
    found, broken = read(written(tmp_path, content))
    assert found == []
    assert [one.line for one in broken] == [line]
    assert broken[0].cause.startswith(said)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.yml", b"nothing: here\n", "not a cassette"),
        ("x.yaml.gz", gzip.compress(b"nothing: here\n", mtime=0), "not a cassette"),
        ("x.har", b'{"logs": {}}', "not an HTTP archive"),
        ("x.json", b"nothing: here\n", "not JSON"),
    ],
)
def test_a_file_that_begins_like_none_is_taken_for_what_its_name_says(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    found, broken = read(written(tmp_path, content, name))
    assert (found, len(broken)) == ([], 1)
    assert broken[0].cause.startswith(said)
