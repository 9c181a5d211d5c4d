"""A stream as a line of frames: places, gaps, and the offending ones marked."""

from __future__ import annotations

from slashv1.reports.timeline import Line, make_timeline
from tests.reports.sample import CHAT, chat_frames, response_frames, wire


def numbers(lines: tuple[Line, ...]) -> list[int | str]:
    return [line.frame.number if line.frame else f"+{line.left_out}" for line in lines]


def test_offending_frames_are_marked_in_the_list_and_on_the_line() -> None:
    line = make_timeline(wire(CHAT, "x", frames=chat_frames(24)), {10})
    assert numbers(line.lines) == list(range(25))
    assert [one.frame.number for one in line.lines if one.frame and one.tick and one.tick.offending] == [10]
    assert [tick.offending for tick in line.ticks].index(True) == 10


def test_a_frame_that_is_merely_noted_is_not_marked() -> None:
    line = make_timeline(wire(CHAT, "x", frames=chat_frames(2_000)), {900}, {900, 1_000})
    told = [
        (one.frame.number, one.tick.offending) for one in line.lines if one.told and one.frame and one.tick
    ]
    assert told == [(900, True), (1_000, False)]
    assert line.bad == (900,)


def test_ticks_stand_where_the_frames_arrived() -> None:
    line = make_timeline(wire(CHAT, "x", frames=chat_frames(24), seconds=2.0), {1})
    assert line.timed
    assert line.ticks[0].x == 105.0
    assert line.end == 2.0


def test_without_times_ticks_stand_evenly() -> None:
    line = make_timeline(wire(CHAT, "x", frames=response_frames()), {3})
    assert not line.timed
    assert [tick.x for tick in line.ticks] == [83.3, 250.0, 416.7, 583.3, 750.0, 916.7]


def test_frames_that_the_record_lost_are_counted() -> None:
    line = make_timeline(wire(CHAT, "x", frames=chat_frames(3), frames_left_out=50), {0})
    assert numbers(line.lines) == [0, 1, 2, 3, "+50"]
    assert line.total == 54


def test_frames_lost_in_the_middle_leave_a_gap_there() -> None:
    frames = chat_frames(20)
    line = make_timeline(wire(CHAT, "x", frames=frames[:2] + frames[-2:], frames_left_out=17), {1})
    assert numbers(line.lines) == [0, 1, "+17", 19, 20]


def test_an_offending_frame_that_was_not_kept_is_named() -> None:
    assert make_timeline(wire(CHAT, "x", frames=chat_frames(3), frames_left_out=50), {40}).missing == (40,)


def test_a_very_long_stream_keeps_its_ends_and_what_offends() -> None:
    line = make_timeline(wire(CHAT, "x", frames=chat_frames(2_000)), {900})
    shown = [each.frame.number for each in line.lines if each.frame]
    assert len(shown) < 500
    assert {0, 897, 900, 903, 2_000} <= set(shown)
