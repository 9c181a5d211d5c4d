"""A file of saved exchanges: exact, without a secret; a broken or foreign one is refused in one line."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from slashv1.fixtures import Exchange, Failure, Read, Request
from slashv1.fixtures.exchange import Facet, FailureKind
from slashv1.fixtures.redact import Redactor
from slashv1.harness.capture import Captured
from slashv1.harness.pieces import holds_pieces
from slashv1.harness.plan import make_plan
from slashv1.harness.preflight import Preflight
from slashv1.harness.run_record import Traffic
from slashv1.harness.saved import WITHHELD, Asked, saved_bytes
from slashv1.harness.saved_read import read_saved
from slashv1.matrix import Profile, load_matrix
from slashv1.record import Suite
from tests.harness.chat_answers import completion
from tests.harness.raw_server import raw_server, reply, with_models
from tests.harness.readings import a_case
from tests.harness.saved_runs import KEY, Call, lines_of, write_lines

SUITE = Suite("0.1.0", "h" * 64, None, "r" * 64)
SCHEMA = json.loads(files("slashv1").joinpath("exchanges.schema.json").read_text("utf-8"))
CASE = a_case(name="plain", model="m")


def an_exchange(body: bytes = b"{}", content_type: str = "application/json", **more: Any) -> Exchange:
    reads = tuple(Read(body[at : at + 7], 0.1 + at / 3) for at in range(0, len(body), 7))
    request = Request("POST", "/v1/chat/completions", "a=b", (("X", ""), ("Y", "a: b")), b'{"n": 1.0}')
    given = {"status": 200, "headers": (("Content-Type", content_type), ("x", "\xe9")), **more}
    return Exchange(request, reads=reads, sent_at=1_700_000_000.123456789, first_byte=1 / 3, **given)


def saved(exchange: Exchange, *secrets: str, asked: Any = None) -> bytes:
    found = Preflight(("m",), "m", None, ("a note",), "srv", (an_exchange(),))
    captured = Captured({CASE.id: exchange}, {CASE.id: asked}, request_count=2, found=found)
    traffic = Traffic(
        "http://x.test/v1",
        "2026-01-01T00:00:00Z",
        captured,
        ("another",),
        (CASE.id,),
        1.5,
        redactor=Redactor(secrets),
    )
    plan = make_plan((CASE,), Profile("t"))
    return saved_bytes(SUITE, Asked(select=("a", "b"), as_of="2026-01-01"), [(plan, traffic)])


@pytest.fixture
def mistake(call: Call) -> Callable[..., str]:
    """Run `slashv1 …`, which must end in one line on stderr and exit code 2; that line."""

    def run(*arguments: Any) -> str:
        code, out, err = call(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("slashv1: ")
        assert err.isprintable() or err[:-1].isprintable()
        return err

    return run


ODD = {
    "json": an_exchange(b'{"a": 1.0, "a": 1e400, "\\ud800": "\xc3\xa9\xe2\x80\xae\x1b[31m"}'),
    "stream": an_exchange(b"data: {}\r\n\r\ndata: [DONE]\n\n", "text/event-stream"),
    "no text": an_exchange(bytes(range(256)), "audio/mpeg"),
    "long": an_exchange(b"x" * (2**20 + 3), "text/plain", attempts=3),
    "empty": an_exchange(b""),
    "no answer": an_exchange(
        b"half", failure=Failure(FailureKind.TIMEOUT, "late"), status=None, seconds=2.25
    ),
    "facets": an_exchange(facets=frozenset({Facet.BYTES})),
}


@pytest.mark.parametrize("name", ODD)
def test_an_exchange_comes_back_as_it_was_to_the_last_byte_and_digit(tmp_path: Path, name: str) -> None:
    asked = {"stop": ["\ud800", 1.0, None, float("inf")]}
    file = tmp_path / "e"
    file.write_bytes(saved(ODD[name], asked=asked))
    found = read_saved(file)
    one = found.rounds[0]
    assert one.traffic.captured.exchanges == {CASE.id: ODD[name]}
    assert one.traffic.captured.asked == {CASE.id: asked}
    before = one.traffic.captured.found
    assert (before.model, before.exchanges) == ("m", (an_exchange(),))
    assert (found.suite, found.asked.select) == (SUITE, ("a", "b"))
    assert (one.traffic.notes, before.notes) == (("another",), ("a note",))


def test_every_line_is_of_the_published_schema_and_the_same_input_gives_the_same_bytes(
    tmp_path: Path,
) -> None:
    file = tmp_path / "e"
    file.write_bytes(saved(ODD["no answer"]))
    assert saved(ODD["no answer"]) == file.read_bytes()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for line in lines_of(file):
        validator.validate(line)
    assert not validator.is_valid({"end": -1})


PIECES = [KEY[at : at + 3] for at in range(0, len(KEY), 3)]


def chunks(*pieces: str, index: Callable[[int], int] = lambda _: 0) -> bytes:
    frames = [
        {"choices": [{"index": index(at), "delta": {"content": piece}}]} for at, piece in enumerate(pieces)
    ]
    return "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames).encode()


@pytest.mark.parametrize(
    ("body", "content_type", "held"),
    [
        (chunks(*PIECES), "text/event-stream", True),
        (chunks(*PIECES[:-2]), "text/event-stream", False),
        (json.dumps({"content": [{"token": piece} for piece in PIECES]}).encode(), "application/json", True),
        (b"".join(f"data: {piece}\n\n".encode() for piece in PIECES), "text/event-stream", True),
        (json.dumps({"a": PIECES[0], "b": PIECES[1:]}).encode(), "application/json", False),
        (b"[" * 20_000, "application/json", False),
    ],
)
def test_a_secret_in_pieces_is_found_where_the_pieces_join(
    body: bytes, content_type: str, held: bool
) -> None:
    assert holds_pieces(an_exchange(body, content_type), Redactor([KEY])) is held


def test_pieces_of_two_choices_that_alternate_are_told_apart() -> None:
    mixed = [text for piece in PIECES for text in (piece, "other")]
    body = chunks(*mixed, index=lambda at: at % 2)
    assert holds_pieces(an_exchange(body, "text/event-stream"), Redactor([KEY]))


def test_an_answer_with_a_secret_in_pieces_is_not_kept_and_named(tmp_path: Path) -> None:
    file = tmp_path / "e"
    file.write_bytes(saved(an_exchange(chunks(*PIECES), "text/event-stream"), KEY))
    one = read_saved(file).rounds[0]
    assert one.traffic.captured.exchanges == {}
    assert one.withheld == {CASE.id: WITHHELD}


def test_no_form_of_the_key_is_in_the_file(call: Call, tmp_path: Path) -> None:
    """Echoed in clear, base64 and URL-encoded, in header and body, plain and in a stream."""
    forms = [KEY, base64.b64encode(KEY.encode()).decode(), quote(KEY, safe="")]
    headers = [f"X-Echo: {form}" for form in forms] + [f"Set-Cookie: {KEY}"]
    message = {"role": "assistant", "content": " ".join(forms)}
    whole = completion(choices=[{"index": 0, "message": message, "finish_reason": "stop"}])

    def answer(got: Any, *_: Any) -> bytes:
        if b'"stream":true' in got.body:
            return reply(chunks(*forms, *PIECES), 200, "text/event-stream", *headers)
        return reply(whole, 200, "application/json", *headers)

    file = tmp_path / "e.gz"
    with raw_server(with_models(answer)) as server:
        select = [part for name in ("plain", "stream") for part in ("--select", f"chat.*::{name}")]
        call(
            *("check", "--base-url", server.base_url, "--api-key", KEY, "--model", "m", *select),
            *("--header", "X-Token: blue-team-token", "--query", "sig=s3cr3t-signature"),
            *("--save-exchanges", file),
        )
        assert [got for got in server.got if got.headers["authorization"] == f"Bearer {KEY}"]
    whole_text = gzip.decompress(file.read_bytes()).decode()
    secrets = [*forms, "blue-team-token", "s3cr3t-signature", base64.b64encode(b"blue-team-token").decode()]
    for form in (*secrets, *(json.dumps(one)[1:-1] for one in secrets), *(quote(one) for one in secrets)):
        assert form not in whole_text
    assert whole_text.count("[redacted]") > len(forms)
    assert WITHHELD in whole_text
    _, out, _ = call("rejudge", file)
    assert WITHHELD in " ".join(out.split())
    assert KEY not in out


def test_a_key_that_the_profile_provokes_with_is_not_in_the_file(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPENT_KEY", KEY)
    (tmp_path / "mine.yaml").write_text("extends: openai\nprovoke: {rate: {key_env: SPENT_KEY}}\n")
    provoked = next(case for case in load_matrix() if case.provoke == "rate")
    file = tmp_path / "e.gz"
    with raw_server(with_models(lambda got, *_: reply({"echo": got.headers.get("authorization")}))) as server:
        target = (
            "--base-url",
            server.base_url,
            "--api-key",
            "sk-plain-key",
            "--profile",
            "mine.yaml",
            "--tier",
            "full",
        )
        call("check", *target, "--select", provoked.id.replace("/", "::"), "--save-exchanges", file)
        assert any(got.headers["authorization"] == f"Bearer {KEY}" for got in server.got)
    text = gzip.decompress(file.read_bytes()).decode()
    assert provoked.id in text
    assert KEY not in text


def broken(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_bytes(saved(an_exchange()))
        lines = lines_of(file)
        change(lines)
        write_lines(file, lines)

    return write


def cut(file: Path) -> None:
    file.write_bytes(saved(an_exchange())[:-200])


def flipped(file: Path) -> None:
    data = bytearray(saved(an_exchange()))
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def without_end(file: Path) -> None:
    lines = gzip.decompress(saved(an_exchange())).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(lines[:-1]), mtime=0))


def told_twice(file: Path) -> None:
    file.write_bytes(saved(an_exchange()) * 2)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (cut, "line "),
        (flipped, "is damaged: "),
        (without_end, "is cut off: its end is missing"),
        (told_twice, "something stands behind the end"),
        (lambda file: file.write_bytes(b""), "holds no saved exchanges: `slashv1 check --save-exchanges"),
        (lambda file: file.write_bytes(b"\x1b[31m\x00PNG"), "holds no saved exchanges"),
        (lambda file: file.write_text('{"request": {}}\n'), "`slashv1 audit` judges other traffic"),
        (lambda file: file.write_text("[1]\n"), "holds no saved exchanges"),
        (broken(lambda lines: lines[0].update(format=2)), "format 2, this release reads 1: a newer slashv1"),
        (broken(lambda lines: lines[0].update(format="\x1b")), "no release wrote such a one"),
        (broken(lambda lines: lines[0]["asked"].update(tier="huge")), "line 1: is damaged: at /asked/tier"),
        (broken(lambda lines: lines[0]["asked"].update(as_of="2026-13-41")), "is no day"),
        (
            broken(lambda lines: lines[0].pop("suite")),
            'line 1: is damaged: at the top: "suite" is a required',
        ),
        (broken(lambda lines: lines.pop(1)), "line 2: is damaged: no round was begun before it"),
        (broken(lambda lines: lines.insert(2, {"odd": 1})), "line 3: is damaged: a line of no known kind"),
        (broken(lambda lines: lines[3].update(asked="{")), "line 4: is damaged: "),
        (broken(lambda lines: lines[3]["exchange"].update(reads=[[9, 0.1]])), "its body has 2"),
        (broken(lambda lines: lines[3]["exchange"].update(extra=1)), "at /exchange: Additional properties"),
        (
            broken(lambda lines: lines[3]["exchange"]["request"].update(method="GET; date")),
            "at /exchange/request/method: ",
        ),
        (
            broken(lambda lines: lines[3]["exchange"]["response"].update(base64="\x1b[31m!")),
            "line 4: is damaged: base64",
        ),
    ],
)
def test_a_broken_or_foreign_file_is_refused_in_one_line(
    mistake: Callable[..., str], tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    file = tmp_path / "e.gz"
    write(file)
    line = mistake("rejudge", file)
    assert f"{file}: " in line
    assert said in line
    assert len(line) < 400 + len(str(file))


def test_a_count_that_is_wrong_is_found(mistake: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "e.gz"
    lines = gzip.decompress(saved(an_exchange())).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join([*lines[:-2], lines[-1]]), mtime=0))
    assert "it counts 4 lines, 3 stand before it" in mistake("rejudge", file)


def test_no_file_and_a_folder_are_said_so(mistake: Callable[..., str], tmp_path: Path) -> None:
    assert "cannot read nowhere.gz: No such file" in mistake("rejudge", "nowhere.gz")
    assert "is a folder" in mistake("rejudge", tmp_path)


def test_what_the_run_needed_and_is_not_here_is_said(mistake: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "e.gz"
    broken(lambda lines: lines[0]["asked"].update(profile="gone.yaml"))(file)
    assert "of the run's profile: " in mistake("rejudge", file)
    broken(lambda lines: lines[0]["asked"].update(matrix="gone"))(file)
    assert "the run's matrix gone is not here: name it with --matrix" in mistake("rejudge", file)
    assert "--fixtures nowhere: no such folder" in mistake(
        "rejudge", file, "--matrix", ".", "--fixtures", "nowhere"
    )


@pytest.mark.parametrize("name", ["folder", "no/such", "same"])
def test_a_place_that_cannot_be_written_is_found_before_anything_is_sent(
    mistake: Callable[..., str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    beside = ("--html", "same") if name == "same" else ()
    with raw_server(with_models(lambda *_: reply({}))) as server:
        line = mistake("check", "--base-url", server.base_url, "--save-exchanges", name, *beside)
        assert server.got == []
    assert f"--save-exchanges {name}: " in line


def test_a_full_disk_leaves_no_half_file_and_the_verdict_is_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("slashv1.reports.write.os.fdopen", full)
    code, out, err = call("check", "--select", "models.list::plain", "--save-exchanges", "e.gz", "-q")
    assert (code, err) == (2, "slashv1: cannot write e.gz: No space left on device\n")
    assert out.startswith("conforms: ")
    assert list(tmp_path.iterdir()) == []
