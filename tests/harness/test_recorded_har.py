"""HTTP archives: entries are read as exchanges, and what is broken is told by the entry's number."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from slashv1.fixtures.exchange import Facet
from tests.harness.recordings import ASKED, BODY, har, har_entry, read, text_of


def written(folder: Path, document: Any, name: str = "traffic.har") -> Path:
    path = folder / name
    text = document if isinstance(document, str) else text_of(document)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["traffic.har", "traffic.json", "traffic.har.gz", "noname"])
def test_an_archive_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    (found,), broken = read(written(tmp_path, har(har_entry()), name))
    assert broken == []
    assert json.loads(found.exchange.body) == BODY
    assert (found.line, found.asked, found.elsewhere) == (1, ASKED, False)
    assert (found.exchange.request.method, found.exchange.request.path) == ("POST", "/v1/chat/completions")
    assert found.exchange.sent_at == 1750000000.0


def test_pseudo_headers_are_left_out_and_every_facet_but_times_is_kept(tmp_path: Path) -> None:
    (found,), _ = read(written(tmp_path, har(har_entry())))
    assert found.exchange.request.headers == (("content-type", "application/json"),)
    assert found.exchange.facets == set(Facet) - {Facet.TIMES}


def test_a_body_in_base64_is_undone(tmp_path: Path) -> None:
    coded = base64.b64encode(text_of(BODY).encode()).decode()
    (found,), _ = read(written(tmp_path, har(har_entry(text=coded, encoding="base64"))))
    assert json.loads(found.exchange.body) == BODY


def test_a_request_whose_body_was_not_kept_lacks_the_facet(tmp_path: Path) -> None:
    entry = har_entry()
    del entry["request"]["postData"]
    (found,), _ = read(written(tmp_path, har(entry)))
    assert Facet.REQUEST not in found.exchange.facets


def test_an_event_stream_is_a_stream(tmp_path: Path) -> None:
    entry = har_entry(text='data: {"a": 1}\n\ndata: [DONE]\n\n')
    entry["response"]["headers"] = [{"name": "Content-Type", "value": "text/event-stream; charset=utf-8"}]
    (found,), _ = read(written(tmp_path, har(entry)))
    assert found.streamed


def test_other_paths_are_elsewhere(tmp_path: Path) -> None:
    entries = [
        har_entry(url=url) for url in ("https://a.example/files", "https://b.example/openai/v1/files?x=1")
    ]
    found, _ = read(written(tmp_path, har(*entries)))
    assert [one.elsewhere for one in found] == [True, False]
    assert (found[1].exchange.request.path, found[1].exchange.request.query) == ("/v1/files", "x=1")


def test_what_is_broken_outside_v1_is_only_counted(tmp_path: Path) -> None:
    blocked = har_entry(url="https://a.example/script.js", text=None)
    blocked["response"]["status"] = 0
    (found,), broken = read(written(tmp_path, har(blocked)))
    assert (found.elsewhere, broken) == (True, [])


def without(part: str, key: str) -> dict[str, Any]:
    entry = har_entry()
    del entry[part][key]
    return entry


def with_status(status: Any) -> dict[str, Any]:
    entry = har_entry()
    entry["response"]["status"] = status
    return entry


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (7, "not an object"),
        ({}, "no request"),
        (without("request", "url"), "no request.url"),
        (without("response", "status"), "no response.status"),
        (with_status("200"), "no response.status"),
        (with_status(0), "no answer came"),
        (har_entry(text=None), "was not kept"),
        (har_entry(text="=", encoding="base64"), "base64"),
        (har_entry(url="http://[/v1/models"), "URL"),
    ],
)
def test_a_broken_entry_is_told_by_its_number_and_the_rest_is_read(
    tmp_path: Path, entry: Any, said: str
) -> None:
    found, broken = read(written(tmp_path, har(har_entry(), entry, har_entry())))
    assert [one.line for one in found] == [1, 3]
    assert [one.line for one in broken] == [2]
    assert said in broken[0].cause


def test_an_archive_that_breaks_off_gives_the_entries_before(tmp_path: Path) -> None:
    text = text_of(har(har_entry(), har_entry(), har_entry()))
    found, broken = read(written(tmp_path, text[: len(text) * 3 // 4]))
    assert [one.line for one in found] == [1, 2]
    assert [one.line for one in broken] == [3]


def test_a_cut_gzip_archive_gives_the_entries_before_and_tells_the_cut(tmp_path: Path) -> None:
    entries = [{**har_entry(), "comment": f"{7**number:x}"} for number in range(300)]
    path = written(tmp_path, har(*entries), "whole.har.gz")
    cut = tmp_path / "cut.har.gz"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found, broken = read(cut)
    assert 0 < len(found) < 300
    assert "damaged here" in broken[-1].cause


def test_bytes_that_are_no_utf8_spoil_only_their_entry(tmp_path: Path) -> None:
    raw = text_of(har(har_entry(), har_entry())).encode()
    path = tmp_path / "latin.har"
    path.write_bytes(raw.replace("Grüße".encode(), "Grüße".encode("latin-1"), 1))
    found, broken = read(path)
    assert [one.line for one in found] == [2]
    assert (broken[0].line, "UTF-8" in broken[0].cause) == (1, True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "marked.har"
    path.write_bytes(text_of(har(har_entry())).encode(encoding))
    (found,), broken = read(path)
    assert broken == []
    assert json.loads(found.exchange.body) == BODY


@pytest.mark.parametrize("document", [{"log": 3}, {"log": {"entries": {}}}, '{"log": [', '{"log": "x"'])
def test_what_is_no_archive_is_one_fault(tmp_path: Path, document: Any) -> None:
    found, broken = read(written(tmp_path, document), "har")
    assert (len(found), len(broken)) == (0, 1)
