"""Operations by topics, the worst outcome showing."""

from __future__ import annotations

import pytest

from slashv1.record import Level, Outcome
from slashv1.reports.grid import make_grid, topic_of
from tests.reports.sample import finding, result


@pytest.mark.parametrize(
    ("check", "topic"),
    [
        ("http.status", "http"),
        ("chat.stream.role-first", "chat.stream"),
        ("chat.choices.index", "chat"),
        ("responses.stream.created-first", "responses.stream"),
        ("odd", "odd"),
    ],
)
def test_the_topic_is_the_head_of_the_check_id(check: str, topic: str) -> None:
    assert topic_of(check) == topic


def test_a_cell_shows_its_worst_outcome_and_how_often() -> None:
    bad = finding("http.a")
    grid = make_grid(
        [result("op", "x", "http.a", bad), result("op", "y", "http.a", bad), result("op", "z", "http.b")]
    )
    (cell,) = grid.rows[0].cells
    assert cell is not None
    assert (cell.outcome, cell.count, cell.total) == (Outcome.FAILED, 2, 3)
    assert cell.label == "op, http: 2 failed, 1 passed"


def test_a_should_does_not_hide_a_must() -> None:
    grid = make_grid(
        [
            result("op", "x", "http.a", finding("http.a", Level.SHOULD), level=Level.SHOULD),
            result("op", "x", "http.b", finding("http.b")),
        ]
    )
    assert grid.rows[0].overall.outcome is Outcome.FAILED


def test_what_was_not_judged_does_not_outweigh_what_passed() -> None:
    grid = make_grid([result("op", "x", "a.a", outcome=Outcome.SKIPPED), result("op", "y", "a.a")])
    assert grid.rows[0].overall.outcome is Outcome.PASSED


def test_a_topic_without_a_check_is_an_empty_cell() -> None:
    grid = make_grid([result("one", "x", "http.a"), result("two", "x", "body.a")])
    assert grid.topics == ("http", "body")
    assert grid.rows[0].cells[1] is None


def test_topics_that_operations_share_stand_left() -> None:
    grid = make_grid(
        [result("one", "x", "chat.a"), result("one", "x", "http.a"), result("two", "x", "http.a")]
    )
    assert grid.topics == ("http", "chat")


def test_a_stream_topic_stands_behind_its_sibling() -> None:
    ids = ("chat.stream.a", "http.a", "chat.a")
    assert make_grid([result("op", "x", check) for check in ids]).topics == ("chat", "chat.stream", "http")
