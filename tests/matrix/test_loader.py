"""A mistake in a user's YAML is one line with file, line number and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.matrix import load_matrix

GOOD = """\
phase: 1
shared:
  text: &text pong
operations:
  chat.completions.create:
    request:
      method: POST
      path: /v1/chat/completions
      headers: {x-team: blue}
      json: {model: "${model}", max_tokens: 8}
    cases:
      plain:
        title: Plain
        tier: quick
        tags: [plain]
        json: {user: *text}
      bare:
        without: [max_tokens]
      raw:
        body: '{"model": "${model}"'
        expect: {status: 400, error: {}}
      list:
        json: []
        expect: {status: [400, 422], error: {type: [a, null], code: null, param: messages}}
      other:
        method: PUT
        path: /v1/x
        query: {a: b}
        headers: {authorization: null}
        cooperative: true
        source: somewhere
        beside: [chat.completions.create/plain]
        json: {user: "${chat.completions.create/bare#/id}"}
        expect: {finish_reason: [stop, length]}
"""


def _matrix(folder: Path, text: str, name: str = "a.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_case_says_only_what_is_special(tmp_path: Path) -> None:
    plain, bare, raw, listed, other = load_matrix(_matrix(tmp_path, GOOD))
    assert plain.id == "chat.completions.create/plain"
    assert plain.request.json == {"model": "${model}", "max_tokens": 8, "user": "pong"}
    assert plain.request.headers == {"x-team": "blue"}
    assert (plain.title, plain.tier, plain.tags, plain.expect.status) == ("Plain", "quick", {"plain"}, (200,))
    assert bare.request.json == {"model": "${model}"}
    assert bare.tier == "standard"
    assert (raw.request.json, raw.request.body) == (None, '{"model": "${model}"')
    assert listed.request.json == []
    assert (other.request.method, other.request.path, other.request.query) == ("PUT", "/v1/x", {"a": "b"})
    assert other.request.headers == {"x-team": "blue", "authorization": None}
    assert (other.cooperative, other.source) == (True, "somewhere")
    assert other.expect.finish_reason == ("stop", "length")


def test_an_expected_error_is_a_client_fault_unless_said_otherwise(tmp_path: Path) -> None:
    _, _, raw, listed, _ = load_matrix(_matrix(tmp_path, GOOD))
    assert raw.expect.error is not None
    assert (raw.expect.error.type, raw.expect.error.code) == (("invalid_request_error",), ())
    assert listed.expect.error is not None
    assert listed.expect.status == (400, 422)
    assert listed.expect.error.type == ("a", None)
    assert (listed.expect.error.code, listed.expect.error.param) == ((None,), ("messages",))


def test_a_step_that_is_referred_to_comes_before_without_being_named(tmp_path: Path) -> None:
    other = load_matrix(_matrix(tmp_path, GOOD))[-1]
    assert other.after == ("chat.completions.create/bare",)
    assert other.beside == ("chat.completions.create/plain",)


def test_only_true_and_false_are_booleans_and_nothing_is_a_date(tmp_path: Path) -> None:
    words = GOOD.replace("{user: *text}", "{a: yes, b: off, c: 2026-01-02, d: true, e: n}")
    asked = load_matrix(_matrix(tmp_path, words))[0].asked
    assert {name: asked[name] for name in "abcde"} == {
        "a": "yes",
        "b": "off",
        "c": "2026-01-02",
        "d": True,
        "e": "n",
    }


def test_a_key_that_is_a_number_is_text_as_in_json(tmp_path: Path) -> None:
    bias = GOOD.replace("{user: *text}", "{logit_bias: {50256: -100, null: 0, true: 1}}")
    asked = load_matrix(_matrix(tmp_path, bias))[0].asked
    assert asked["logit_bias"] == {"50256": -100, "null": 0, "true": 1}


def test_files_are_read_in_order_and_a_phases_folder_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "phases"
    inner.mkdir()
    _matrix(inner, GOOD.replace("chat.completions.create", "b.create"), "2.yaml")
    _matrix(inner, GOOD.replace("chat.completions.create", "a.create"), "3.yml")
    assert [case.operation for case in load_matrix(tmp_path)] == ["b.create"] * 5 + ["a.create"] * 5


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert len(load_matrix(_matrix(tmp_path, GOOD))) == 5
    assert load_matrix(_matrix(tmp_path, GOOD.replace("title: Plain", "title: New")))[0].title == "New"


MISTAKES = {
    "unknown key": ("title: Plain", "titel: Plain", 13, "unknown key 'titel'", "did you mean 'title'?"),
    "unknown key at the top": ("shared:", "share:", 2, "unknown key 'share'", "did you mean 'shared'?"),
    "unknown expectation": ("{status: 400, error: {}}", "{state: 400}", 21, "'state'", "'status'"),
    "unknown tag": ("[plain]", "[plane]", 15, "'plane', which is not allowed", "did you mean 'plain'?"),
    "unknown tier": ("quick", "quik", 14, "'quik', which is not allowed", "did you mean 'quick'?"),
    "unknown method": (
        "method: PUT",
        "method: PUSH",
        26,
        "'PUSH', which is not allowed",
        "there are: GET, POST",
    ),
    "wrong type": ("cooperative: true", "cooperative: yes", 30, "is 'yes'; expected boolean", "cooperative"),
    "wrong path": ("path: /v1/x", "path: v1/x", 27, "'v1/x', which has not the form ^/", "other.path"),
    "wrong case name": ("bare:", "Bare_Case:", 17, "'Bare_Case', which has not the form", "cases"),
    "missing key": ("      path: /v1/chat/completions\n", "", 6, "lacks the key 'path'", "request"),
    "body beside json": ("{user: *text}", '{}\n        body: ""', 17, "`body` stands beside `json`", ""),
    "form beside json": (
        "{user: *text}",
        "{}\n        form: {a: b}",
        17,
        "`form` stands beside `json`",
        "keep one",
    ),
    "a file of nothing": (
        "json: {user: *text}",
        "form: {file: {filename: a}}",
        16,
        "{'filename': 'a'} is not valid",
        "",
    ),
    "a file that is no base64": (
        "json: {user: *text}",
        "form: {file: {filename: a, base64: '!'}}",
        12,
        "the file of the form's part 'file' is no base64",
        "",
    ),
    "key twice": ("bare:", "plain:", 17, "'plain' stands here twice", ""),
    "bad reference": (
        "${chat.completions.create/bare#/id}",
        "${modl}",
        25,
        "${modl} is neither ${model}",
        "",
    ),
    "bad pointer": ("/bare#/id}", "/bare}", 25, "neither ${model}", "${operation/case#/pointer}"),
    "unknown step": ("/bare#/id}", "/bar#/id}", 25, "after chat.completions.create/bar,", "create/bare'?"),
    "unknown twin": ("create/plain]", "create/plan]", 32, "beside chat.completions.create/plan,", "plain'?"),
    "malformed step": ("create/plain]", "create]", 32, "which has not the form", "beside"),
    "circle": (
        "without: [max_tokens]",
        "after: [chat.completions.create/other]",
        17,
        "wait for each other",
        "after",
    ),
    "not YAML": ("phase: 1", "phase: [1", 2, "", ""),
    "no phase": ("phase: 1\n", "", 1, "lacks the key 'phase'", ""),
    "phase out of range": ("phase: 1", "phase: 0", 1, "0 is less than the minimum of 1", "phase"),
    "a status that is none": ("status: 400,", "status: 4,", 21, "", "status"),
    "an unknown anchor": ("*text", "*txt", 16, "undefined alias", ""),
    "a tag that runs code": ("*text", "!!python/object/apply:os.getcwd []", 16, "could not determine", ""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_with_file_line_and_hint(name: str, tmp_path: Path) -> None:
    old, new, line, said, hint = MISTAKES[name]
    assert GOOD.count(old) >= 1
    with pytest.raises(UsageError) as caught:
        load_matrix(_matrix(tmp_path, GOOD.replace(old, new, 1)))
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'a.yaml'}:{line}: ")
    assert said in message
    assert hint in message
    assert "\n" not in message
    assert len(message) < len(str(tmp_path)) + 420


def test_a_mistake_behind_a_merge_key_has_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("without: [max_tokens]", "<<: {expect: {status: 4}}")
    with pytest.raises(UsageError, match=r"a\.yaml:18: .*expect\.status"):
        load_matrix(_matrix(tmp_path, text))


def test_a_case_in_two_files_is_named_with_both(tmp_path: Path) -> None:
    _matrix(tmp_path, GOOD, "1.yaml")
    with pytest.raises(UsageError, match=r"2\.yaml:12: case .*/plain stands in 1\.yaml already"):
        load_matrix(_matrix(tmp_path, GOOD, "2.yaml"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"phase: \xff", "not UTF-8 at byte 7"),
        (b"phase: \x00", "not YAML"),
        (b"", "expected object"),
        (b"[]", "expected object"),
        (b"a: &a [*a]", "look at its aliases"),
        (b"a: &a {b: *a}", "look at its aliases"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "not YAML that can be read|aliases|depth"),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 108)),
            "look at its aliases",
        ),
    ],
)
def test_what_is_no_matrix_at_all_is_one_line(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(data)
    with pytest.raises(UsageError, match=said) as caught:
        load_matrix(tmp_path)
    assert "a.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_or_empty_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere: no such folder"):
        load_matrix(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="holds no YAML file"):
        load_matrix(tmp_path)


GROUP = """\
phase: 1
operations:
  models.list:
    request: {method: GET, path: /v1/models}
    cases:
      one: {together: pair}
      two: {together: pair, beside: [models.list/three]}
      three: {}
"""


def test_cases_that_are_sent_together_stand_beside_each_other(tmp_path: Path) -> None:
    one, two, three = load_matrix(_matrix(tmp_path, GROUP))
    assert (one.together, one.beside) == ("pair", ("models.list/two",))
    assert two.beside == ("models.list/three", "models.list/one")
    assert (three.together, three.beside) == ("", ())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("two: {together: pair,", "two: {together: pairs,", r":6: case models.list/one is|:6: .*only case"),
        (
            "one: {together: pair}",
            "one: {together: pair, after: [models.list/three]}",
            ":6: .*cannot wait for",
        ),
        ("one: {together: pair}", "one: {together: 2}", ":6: "),
    ],
)
def test_a_group_that_cannot_be_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_matrix(_matrix(tmp_path, GROUP.replace(old, new)))


@pytest.mark.parametrize(("said", "tries"), [("false", 1), ("true", 2), ("1", 1), ("4", 4)])
def test_a_case_that_needs_a_model_to_play_along_may_say_how_often(
    said: str, tries: int, tmp_path: Path
) -> None:
    *_, other = load_matrix(_matrix(tmp_path, GOOD.replace("cooperative: true", f"cooperative: {said}")))
    assert (other.tries, other.cooperative) == (tries, said != "false")


def test_what_was_just_stored_may_be_asked_for_again(tmp_path: Path) -> None:
    text = GOOD.replace("cooperative: true", "eventually: 5")
    *_, other = load_matrix(_matrix(tmp_path, text))
    assert (other.tries, other.eventually, other.cooperative) == (5, True, False)
    with pytest.raises(UsageError, match="eventually"):
        load_matrix(_matrix(tmp_path, GOOD.replace("cooperative: true", "eventually: 1")))


def test_nothing_stands_after_what_only_some_profiles_can_provoke(tmp_path: Path) -> None:
    text = GOOD.replace("      bare:\n", "      bare:\n        provoke: rate\n")
    with pytest.raises(UsageError, match=r"other stands after .*/bare, which only some profiles can provoke"):
        load_matrix(_matrix(tmp_path, text))
