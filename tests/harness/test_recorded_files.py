"""Files and folders of recordings: encodings, damage, formats by content or by force, ends of an audit."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.fixtures.packaged import RECORDED
from slashv1.harness import recorded_bytes
from slashv1.harness.commands.audit import command
from slashv1.harness.recorded_files import format_of, read_recordings
from tests.harness.recordings import ASKED, BODY, HEADERS, har, har_entry, interaction, read, text_of

LINE = {
    "id": "one",
    "request": {"method": "POST", "path": "/v1/chat/completions", "headers": {}, "json": ASKED},
    "response": {"status": 200, "headers": HEADERS, "json": BODY},
}


def audited(*arguments: Any) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout, done.stderr


def test_a_folder_of_all_formats_is_judged_in_the_order_of_names(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "a.har").write_text(text_of(har(har_entry(), har_entry(url="https://x.example/y"))), "utf-8")
    (below / "b.yaml").write_text(yaml.safe_dump({"interactions": [interaction()]}), "utf-8")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress((text_of(LINE) + "\n{\n").encode(), mtime=0))
    (tmp_path / "notes.txt").write_text("no recording", "utf-8")
    (tmp_path / "package.json").write_text('{\n "name": "x"\n}\n', "utf-8")
    found, broken = read(tmp_path)
    assert [one.id for one in found] == ["a.har:1", "a.har:2", "below/b.yaml:2", "c.jsonl.gz:one"]
    assert [one.cause.split(":")[0] for one in broken] == ["c.jsonl.gz", "package.json"]
    code, out, err = audited(tmp_path)
    assert code == 0
    assert out.startswith("4 exchanges, 3 judged, 0 of operations the contract lacks")
    assert out.endswith("1 outside /v1 passed over\n")
    assert "c.jsonl.gz: not JSON" in err


def test_the_packages_own_fixtures_can_be_audited() -> None:
    some = RECORDED / "embeddings.create"
    code, out, err = audited(some, "--check", "body.*")
    assert (code, err) == (0, "")
    assert "0 objections" in out
    assert int(out.split()[0]) == len(list(some.glob("*.json"))) > 3


def test_a_fixture_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"format": 1, "request": {}}', "utf-8")
    found, broken = read(path)
    assert (found, "not a fixture" in broken[0].cause) == ([], True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_lines_of_any_marked_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding in ("utf-16", "utf-32", "utf-8-sig") else "\ufeff"
    path = tmp_path / "marked.jsonl"
    path.write_bytes((mark + (text_of(LINE) + "\n") * 3 + "{\n").encode(encoding))
    found, broken = read(path)
    assert [one.line for one in found] == [1, 2, 3]
    assert json.loads(found[0].exchange.body) == BODY
    assert [one.line for one in broken] == [4]


def test_an_encoding_that_breaks_below_its_mark_is_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes((text_of(LINE) + "\n").encode("utf-16") + b"\x00\xdc\x00\xdc")
    found, broken = read(path)
    assert "as the file begins" in broken[0].cause
    assert len(found) <= 1


def test_latin1_lines_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b"\n".join(text_of(LINE).encode(code) for code in ("utf-8", "latin-1", "utf-8")))
    found, broken = read(path)
    assert [one.line for one in found] == [1, 3]
    assert [(one.line, "invalid UTF-8" in one.cause) for one in broken] == [(2, True)]


def test_a_line_beyond_the_limit_is_told_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_bytes, "MAX_LINE", 5_000)
    path = tmp_path / "long.jsonl"
    path.write_text("x" * 4_000_000 + "\n" + text_of(LINE) + "\n", "utf-8")
    found, broken = read(path)
    assert [one.line for one in found] == [2]
    assert "more than 5,000 bytes" in broken[0].cause


def test_a_file_beyond_the_limit_is_read_up_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_bytes, "MAX_FILE", 6_000)
    path = tmp_path / "large.har"
    path.write_text(text_of(har(*[har_entry()] * 20)), "utf-8")
    found, broken = read(path)
    assert 0 < len(found) < 20
    assert "was not read" in broken[-1].cause


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\x1f\x8b", gzip.compress(b"", mtime=0), b"\xff\xfe", b"\x00" * 100]
)
@pytest.mark.parametrize("name", [None, "jsonl", "har", "vcr", "fixture"])
def test_a_file_with_nothing_in_it_ends_two(tmp_path: Path, content: bytes, name: str | None) -> None:
    path = tmp_path / "nothing"
    path.write_bytes(content)
    code, _, err = audited(path, *(["--format", name] if name else []))
    assert code == 2
    assert "nothing could be read" in err


def test_the_format_can_be_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text_of({"comment": {"a": [1]}, "interactions": [interaction()]}), "utf-8")
    assert format_of(path) == "jsonl"
    found, _ = read(path, "vcr")
    assert len(found) == 1


def test_an_unknown_format_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format 'hra': one of jsonl, har, vcr, fixture"):
        list(read_recordings(tmp_path, "hra"))


@pytest.mark.parametrize("make", [False, True])
def test_what_is_not_there_is_one_line(tmp_path: Path, make: bool) -> None:
    path = tmp_path / "gone"
    if make:
        path.mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        list(read_recordings(path))


@pytest.mark.parametrize(
    "change",
    [
        {"response": {"status": 200, "headers": 5, "json": BODY}},
        {"response": {"status": 200, "headers": [["a"], 3, ["b", 4]], "json": BODY}},
        {"request": {"method": "GET", "path": "/v1/models", "headers": None, "query": 4}},
        {"recorded_at": ["x"]},
        {"id": 7},
    ],
)
def test_wrong_types_in_a_line_neither_crash_nor_hide_it(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text_of({**LINE, **change}) + "\n", "utf-8")
    found, broken = read(path)
    assert (len(found), broken) == (1, [])


@pytest.mark.parametrize("status", [True, "200", None, 2.5])
def test_a_status_that_is_no_number_is_told(tmp_path: Path, status: Any) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text_of({**LINE, "response": {"status": status}}) + "\n", "utf-8")
    found, broken = read(path)
    assert (found, broken[0].cause) == ([], "no response.status")


def test_saved_exchanges_of_a_run_are_sent_to_the_command_that_judges_them(tmp_path: Path) -> None:
    file = tmp_path / "e.gz"
    file.write_bytes(gzip.compress(b'{"slashv1":"exchanges","format":1}\n', mtime=0))
    with pytest.raises(UsageError, match=r"`slashv1 rejudge .*e\.gz` judges them"):
        list(read_recordings(file))


@pytest.mark.parametrize(
    ("response", "cause"),
    [
        ({"status": 200, "headers": HEADERS}, "no response.json, sse or body_text"),
        ({"status": 200, "json": None, "sse": None}, "no response.json, sse or body_text"),
        ({"status": 200, "body_text": {"id": "x"}}, "response.body_text is no text"),
        ({"status": 200, "sse": [1]}, "response.sse is no text"),
    ],
)
def test_a_line_without_the_body_is_told_and_not_judged(
    tmp_path: Path, response: dict[str, Any], cause: str
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text_of({**LINE, "response": response}) + "\n" + text_of(LINE) + "\n", "utf-8")
    found, broken = read(path)
    assert ([one.line for one in found], [(one.line, one.cause) for one in broken]) == ([2], [(1, cause)])


@pytest.mark.parametrize("response", [{"status": 204}, {"status": 200, "body_text": ""}])
def test_an_empty_body_is_a_body(tmp_path: Path, response: dict[str, Any]) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text_of({**LINE, "response": response}) + "\n", "utf-8")
    assert [one.exchange.body for one in read(path)[0]] == [b""]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/gpt-4o",
        "/models/gpt-4o",
        "/openai/v1/models/gpt-4o",
        "https://api.openai.com/v1/models/gpt-4o",
        "/v1/models/gpt-4o?trace=1",
    ],
)
def test_a_line_may_say_the_path_as_a_whole_url(tmp_path: Path, path: str) -> None:
    model = {"id": "gpt-4o", "object": "model", "created": 1715367049, "owned_by": "system"}
    file = tmp_path / "x.jsonl"
    answer = {"status": 200, "headers": {"content-type": "application/json"}, "json": model}
    file.write_text(text_of({"request": {"method": "GET", "path": path}, "response": answer}) + "\n", "utf-8")
    code, out, _ = audited(file, "--check", "models.*")
    assert (code, out.split(",")[1]) == (0, " 1 judged")
    assert read(file)[0][0].exchange.request.path == "/v1/models/gpt-4o"


def test_utf16_without_a_mark_is_read(tmp_path: Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        path = tmp_path / encoding
        path.write_bytes((text_of(LINE) + "\n").encode(encoding))
        found, broken = read(path)
        assert ([one.id for one in found], broken) == (["one"], [])


@pytest.mark.parametrize("text", ["[" + text_of(LINE) + "]", json.dumps(LINE, indent=2), "[\n{}\n]"])
def test_json_that_is_no_lines_is_one_line_with_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"x\.json: a list, or JSON over several lines.*jq -c"):
        list(read_recordings(path))


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe, lines = tmp_path / "pipe", 2000
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=((text_of(LINE) + "\n") * lines, "utf-8"))
    writer.start()
    found, broken = read(pipe)
    writer.join()
    assert (len(found), broken) == (lines, [])


def test_standard_input_is_read() -> None:
    done = CliRunner().invoke(command, ["-", "--check", "body.*"], input=text_of(LINE) + "\n{\n")
    assert "1 exchange, 1 judged" in done.stdout
    assert "line 2: not JSON" in done.stderr
