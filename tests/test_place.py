"""Places and sentences of findings, as every output writes them."""

from __future__ import annotations

from typing import Any

import pytest

from slashv1.place import dotted, place, sentence
from slashv1.record import Finding, Level


def finding(message: str = "it deviates", **known: Any) -> Finding:
    return Finding("chat.x", Level.MUST, message, **known)


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("", "the body"),
        ("/usage", "usage"),
        ("/choices/0/delta/tool_calls/12/id", "choices[0].delta.tool_calls[12].id"),
        ("/choices/*/id", "choices[*].id"),
        ("/data/0/a~1b", "data[0].a/b"),
    ],
)
def test_a_pointer_is_written_as_a_path(pointer: str, path: str) -> None:
    assert dotted(pointer) == path


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ({}, ""),
        ({"pointer": ""}, ""),
        ({"pointer": "/choices/0/index"}, "choices[0].index"),
        ({"frame": 7}, "frame 7"),
        ({"frame": 7, "offset": 1204}, "frame 7 (byte 1,204)"),
        (
            {"frame": 7, "offset": 1204, "pointer": "/choices/0/finish_reason"},
            "frame 7 (byte 1,204): choices[0].finish_reason",
        ),
        ({"header": "x-request-id"}, "header x-request-id"),
    ],
)
def test_a_place_names_frame_byte_and_path(known: dict[str, Any], written: str) -> None:
    assert place(finding(**known)) == written


def test_a_sentence_says_where_and_what_was_expected() -> None:
    said = finding(
        'choices[0].finish_reason is ""; expected null until the last chunk',
        expected="null",
        actual='""',
        pointer="/choices/0/finish_reason",
        frame=7,
        offset=1204,
    )
    assert sentence(said) == (
        'frame 7 (byte 1,204): choices[0].finish_reason is ""; expected null until the last chunk'
    )


@pytest.mark.parametrize(
    ("message", "known", "said"),
    [
        ("it deviates", {"pointer": "/usage/total_tokens"}, "usage.total_tokens: it deviates"),
        ("usage is absent", {"pointer": "/usage"}, "usage is absent"),
        ("total is 3", {"pointer": "/data/0", "expected": "4"}, "data[0]: total is 3; expected 4"),
        ("it is 3; that is odd", {"expected": "4"}, "it is 3; that is odd"),
        ("it is not 4", {"expected": "4"}, "it is not 4"),
        ("it is wrong", {"expected": "x" * 61}, "it is wrong"),
        ("id is missing (event 3)", {"frame": 3, "pointer": "/id"}, "frame 3: id is missing"),
        ("id is missing (event 3 and 2 more)", {"frame": 3}, "frame 3: id is missing (event 3 and 2 more)"),
        ("absent: Retry-After", {"header": "retry-after"}, "absent: Retry-After"),
        ("it repeats the key", {"header": "x-key"}, "header x-key: it repeats the key"),
    ],
)
def test_a_sentence_adds_only_what_the_message_does_not_say(
    message: str, known: dict[str, Any], said: str
) -> None:
    assert sentence(finding(message, **known)) == said
