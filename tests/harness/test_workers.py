"""Work dealt out to processes: the same results in the same order, few hands ahead, and a clear end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from slashv1.errors import UsageError
from slashv1.harness.audit_workers import Task, audit_all
from slashv1.harness.commands.audit import command
from slashv1.harness.recorded import read_lines
from slashv1.harness.workers import dealt
from tests.harness.test_audit import BODY, record, written

WRONG = {**BODY, "id": 7}


def named(number: int) -> tuple[int, int]:
    return number, os.getpid()


def killed(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_results_come_in_order_from_several_processes() -> None:
    found = list(dealt(named, range(40), 2))
    assert [number for number, _ in found] == list(range(40))
    assert os.getpid() not in {process for _, process in found}


def test_few_hands_are_worked_on_here() -> None:
    assert list(dealt(named, range(3), 2, least=4)) == [(number, os.getpid()) for number in range(3)]
    assert list(dealt(named, range(3), 1)) == [(number, os.getpid()) for number in range(3)]


def test_no_more_is_read_ahead_than_the_processes_need() -> None:
    read: list[int] = []

    def hands() -> Iterator[int]:
        for number in range(1_000):
            read.append(number)
            yield number

    found = dealt(named, hands(), 2)
    next(found)
    assert len(read) < 10
    found.close()


def test_a_killed_process_is_one_line() -> None:
    with pytest.raises(UsageError, match=r"one of the processes was killed.*--workers 1"):
        list(dealt(killed, range(4), 2))


def test_an_audit_is_the_same_with_any_number_of_workers(tmp_path: Path) -> None:
    lines = [record(WRONG if number % 97 == 5 else None) for number in range(1_200)]
    path = written(tmp_path, *lines[:700], "{not json", *lines[700:])
    one, two = (audit_all(read_lines(path), Task("openai"), workers=number) for number in (1, 2))
    assert one == two
    assert [len(one.objections), len(one.broken), one.judged] == [13, 1, 1_200]
    assert [found.line for found in one.objections] == [n + 1 + (n >= 700) for n in range(5, 1_200, 97)]


def test_the_command_takes_checks_and_workers(tmp_path: Path) -> None:
    path = written(tmp_path, *[record(WRONG)] * 1_100)
    report = tmp_path / "audit.json"
    args = [str(path), "--workers", "2", "--check", "body.*", "--report-json", str(report)]
    result = CliRunner().invoke(command, args, standalone_mode=False)
    assert result.return_value == 1
    told = json.loads(report.read_text())["objections"]
    assert [(one["check"], one["where"]) for one in told] == [("body.type", "/id")] * 1_100
