"""Auditing recorded traffic: what is judged, what is told, and how it ends."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from slashv1.fixtures.exchange import Facet
from slashv1.harness.audit import audit, operation_of
from slashv1.harness.commands.audit import command
from slashv1.harness.recorded import Broken, Recorded, case_of, read_lines, tags_of
from slashv1.matrix import Profile
from slashv1.spec import operation
from tests.spec.evidence import evidence

BODY: dict[str, Any] = {
    "id": "chatcmpl-" + "a" * 29,
    "object": "chat.completion",
    "created": 1750000000,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Yes.", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    "service_tier": "default",
    "system_fingerprint": None,
}
ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Is it?"}]}


def record(
    body: Any = None, *, path: str = "/v1/chat/completions", status: int = 200, **flags: Any
) -> dict[str, Any]:
    return {
        "id": "one",
        "recorded_at": "2025-06-15T15:06:40+00:00",
        "request": {"method": "POST", "path": path, "query": "", "headers": {}, "json": ASKED},
        "response": {
            "status": status,
            "headers": {"content-type": "application/json"},
            "json": BODY if body is None else body,
            "sse": None,
        },
        **flags,
    }


def written(folder: Path, *lines: Any, name: str = "traffic.jsonl") -> Path:
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    path = folder / name
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text.encode())
    return path


def run(*arguments: Any) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout, done.stderr


@pytest.mark.parametrize("name", ["traffic.jsonl", "traffic.jsonl.gz"])
def test_good_traffic_ends_zero_and_is_counted(tmp_path: Path, name: str) -> None:
    other = record(path="/v1/nothing")
    code, out, err = run(written(tmp_path, record(), other, name=name))
    assert (code, err) == (0, "")
    assert out == "2 exchanges, 1 judged, 1 of operations the contract lacks, 0 broken lines, 0 objections\n"


def test_each_objection_is_one_line_with_its_place(tmp_path: Path) -> None:
    code, out, _ = run(written(tmp_path, record(), record({**BODY, "provider": "x\x1b[2J"})))
    first, count = out.splitlines()
    assert code == 1
    assert first.split("\t") == [
        "2",
        "one",
        "MUST",
        "body.unknown-field",
        "/provider",
        "expected no such key",
        'actual "x\\u001b[2J"',
    ]
    assert count.endswith(", 1 objection")


def test_broken_lines_are_told_by_number_and_the_rest_is_judged(tmp_path: Path) -> None:
    lines = ["{", "[]", '{"request": {}}', "\ud800".encode("utf-8", "surrogatepass").hex(), record(), ""]
    no_status = record()
    del no_status["response"]["status"]
    path = written(tmp_path, *lines, no_status)
    code, out, err = run(path)
    assert code == 0
    assert out.startswith("1 exchange, 1 judged")
    assert "5 broken lines" in out
    assert [line.split(":")[1].strip() for line in err.splitlines()] == [
        "line 1",
        "line 2",
        "line 3",
        "line 4",
        "line 7",
    ]
    assert "no response.status" in err


def test_a_line_of_another_encoding_is_a_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(json.dumps(record()).encode() + b'\n{"id": "\xff"}\n')
    code, out, err = run(path)
    assert (code, "1 broken line" in out) == (0, True)
    assert "line 2: not JSON: invalid UTF-8" in err


def test_a_cut_gzip_file_gives_what_came_before_the_cut(tmp_path: Path) -> None:
    lines = [{**record(), "id": str(number), "noise": "%x" % (7**number)} for number in range(400)]
    whole = written(tmp_path, *lines, name="whole.jsonl.gz").read_bytes()
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    code, out, err = run(path)
    read = int(out.split()[0])
    assert code == 0
    assert 0 < read < 400
    assert f"line {read + 1}: the file ends or is damaged here" in err


@pytest.mark.parametrize("content", [b"", b"\n\n", b"not json\n", gzip.compress(b"", mtime=0)])
def test_a_file_with_nothing_to_read_ends_two(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty"
    path.write_bytes(content)
    code, _, err = run(path)
    assert code == 2
    assert "nothing could be read" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.jsonl"], "cannot read missing.jsonl"),
        (["missing.jsonl", "--check", "body.nope"], "body.nope"),
        (["missing.jsonl", "--profile", "opnai"], "opnai"),
    ],
)
def test_a_users_mistake_is_one_line(arguments: list[str], said: str) -> None:
    with pytest.raises(Exception, match=said) as caught:
        run(*arguments)
    assert type(caught.value).__name__ == "UsageError"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot read"):
        run(tmp_path)


def test_the_report_holds_every_objection(tmp_path: Path) -> None:
    report = tmp_path / "audit.json"
    code, _, _ = run(written(tmp_path, record({**BODY, "model": None}), "{"), "--report-json", report)
    found = json.loads(report.read_text("utf-8"))
    assert code == 1
    assert (found["exchanges"], found["judged"]) == (1, 1)
    assert found["broken"][0]["line"] == 2
    (objection,) = found["objections"]
    assert set(objection) >= {"id", "line", "check", "level", "where", "expected", "actual"}
    assert (objection["check"], objection["where"]) == ("body.null", "/model")


def test_only_the_checks_asked_for_are_applied(tmp_path: Path) -> None:
    path = written(tmp_path, record({**BODY, "model": None, "provider": 1}))
    _, out, _ = run(path, "--check", "body.unknown*")
    assert "body.unknown-field" in out
    assert "body.null" not in out


def one(raw: dict[str, Any], folder: Path) -> Recorded:
    (found,) = read_lines(written(folder, raw))
    assert isinstance(found, Recorded)
    return found


FULL = {
    "content-type": "application/json",
    "date": "Sun, 15 Jun 2025 15:06:40 GMT",
    "x-request-id": "req_" + "0" * 32,
    "openai-version": "2020-10-01",
}


@pytest.mark.parametrize(
    ("flags", "headers", "lost"),
    [
        ({}, FULL, set()),
        ({"parsed": True}, FULL, {Facet.BYTES}),
        ({"keys_sorted_by_recorder": True}, FULL, {Facet.BYTES}),
        ({"values_sanitized": True}, FULL, {Facet.VALUES}),
        ({"headers_filtered": True}, FULL, {Facet.HEADERS}),
        ({"request_truncated": True}, FULL, {Facet.REQUEST}),
        ({"request_truncated": False}, FULL, set()),
        ({}, {"content-type": "application/json"}, {Facet.HEADERS}),
        ({}, {k: v for k, v in FULL.items() if k != "x-request-id"}, {Facet.HEADERS}),
        ({}, {**FULL, "x-request-id": "[redacted by recorder]"}, {Facet.VALUES}),
        ({}, {**FULL, "openai-organization": "[dropped]"}, set()),
        ({"recorded_at": None}, FULL, set()),
        ({"recorded_at": None}, {"content-type": "application/json"}, {Facet.HEADERS, Facet.VALUES}),
    ],
)
def test_what_the_recorder_did_not_keep_is_a_missing_facet(
    tmp_path: Path, flags: dict[str, Any], headers: dict[str, str], lost: set[Facet]
) -> None:
    raw = record(**flags)
    raw["response"]["headers"] = headers
    kept = one(raw, tmp_path).exchange.facets
    assert kept == set(Facet) - {Facet.TIMES} - lost


def test_a_file_of_which_the_length_alone_was_kept_lacks_its_bytes(tmp_path: Path) -> None:
    raw = record(path="/v1/audio/speech")
    raw["response"] = {"status": 200, "headers": FULL, "json": None, "sse": None, "binary_len": 8448}
    assert Facet.BYTES not in one(raw, tmp_path).exchange.facets


def test_a_form_that_asks_for_a_stream_is_a_stream_case(tmp_path: Path) -> None:
    raw = record(path="/v1/audio/transcriptions")
    raw["request"] |= {"json": None, "multipart": [{"name": "stream", "text": "true"}]}
    assert case_of(one(raw, tmp_path), operation("audio.transcriptions.create")).stream


def test_a_recorded_stream_is_a_stream_case_though_its_request_was_lost(tmp_path: Path) -> None:
    raw = record()
    raw["request"]["json"] = None
    raw["response"] |= {"json": None, "sse": 'data: {"a": 1}\n\ndata: [DONE]\n\n'}
    found = one(raw, tmp_path)
    case = case_of(found, operation("chat.completions.create"))
    assert case.stream
    assert Facet.REQUEST not in found.exchange.facets


def test_a_recorded_refusal_is_an_error_case(tmp_path: Path) -> None:
    error = {"message": "m", "type": "invalid_request_error", "param": None, "code": None}
    found = one(record({"error": error}, status=400), tmp_path)
    case = case_of(found, operation("chat.completions.create"))
    assert case.error
    assert case.expect.status == (400,)
    assert audit([found], Profile("openai", required=frozenset({"*"}))).objections == []


@pytest.mark.parametrize(
    ("asked", "tags"),
    [
        (None, set()),
        ({}, set()),
        ({"n": 2, "stop": "x", "max_completion_tokens": 5}, {"n", "stop", "max_tokens"}),
        ({"stream_options": {"include_usage": True}}, {"usage"}),
        ({"tools": [{}], "tool_choice": "required"}, {"tools", "tool-required"}),
        ({"tool_choice": {"type": "function"}}, {"tool-named"}),
        ({"response_format": {"type": "json_schema"}}, {"json_schema"}),
        ({"encoding_format": "base64"}, {"base64"}),
        ({"previous_response_id": "resp_1"}, {"previous_response"}),
        ({"tool_choice": 3, "stream_options": [], "response_format": "x"}, set()),
    ],
)
def test_a_request_says_what_it_exercises(asked: Any, tags: set[str]) -> None:
    assert tags_of(asked) == tags


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions", "chat.completions.create"),
        ("/chat/completions", "chat.completions.create"),
        ("/api/v1/chat/completions", "chat.completions.create"),
        ("/openai/v1/responses", "responses.create"),
        ("/openai/deployments/x/chat/completions", None),
        ("/v1/nothing", None),
    ],
)
def test_other_base_urls_are_seen_through(path: str, name: str | None) -> None:
    found = operation_of("POST", path)
    assert (found.name if found else None) == name


def test_a_crash_of_a_check_ends_two_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_reading: object) -> object:
        raise RuntimeError("boom")

    monkeypatch.setattr("slashv1.harness.judge.body.flawless", lambda *_: crash(None))
    code, _, err = run(written(tmp_path, record()))
    assert code == 2
    assert "boom" in err


def test_records_are_read_one_by_one(tmp_path: Path) -> None:
    lines = read_lines(written(tmp_path, "{", record()))
    assert isinstance(next(lines), Broken)
    assert isinstance(next(lines), Recorded)


@pytest.mark.evidence
def test_the_schemas_object_to_no_genuine_exchange() -> None:
    done = audit(
        read_lines(evidence("openai.jsonl.gz")),
        Profile("openai", required=frozenset({"*"})),
        wanted=lambda check: check.startswith("body."),
    )
    assert (done.objections, done.errors, done.broken) == ([], [], [])
    assert done.judged > 5_000


def test_as_of_decides_which_newer_fields_are_asked_for(tmp_path: Path) -> None:
    from datetime import date

    from slashv1.harness.judge.engine import checks
    from slashv1.harness.reading import Reading
    from slashv1.harness.recorded import Recorded, case_of, read_lines
    from slashv1.spec import operation

    bare = json.loads(json.dumps(BODY))
    del bare["choices"][0]["message"]["refusal"]
    (found,) = read_lines(written(tmp_path, record(bare)))
    assert isinstance(found, Recorded)
    case, current = case_of(found, operation("chat.completions.create")), checks()["body.current"]
    said = {
        day: [one.pointer for one in current.judge(Reading(case, found.exchange, as_of=day))]
        for day in (None, date(2024, 1, 1), date(2026, 1, 1))
    }
    assert said[None] == said[date(2026, 1, 1)] == ["/choices/0/message/refusal"]
    assert said[date(2024, 1, 1)] == []
