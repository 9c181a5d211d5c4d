"""Writing a report: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slashv1.errors import UsageError
from slashv1.reports import write_report


def test_a_report_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(path, "new ✓\n")
    assert path.read_bytes() == "new ✓\n".encode()
    assert os.listdir(tmp_path) == ["report.html"]  # noqa: PTH208 - names only


def test_a_report_can_be_read_by_others_as_the_mask_says(tmp_path: Path) -> None:
    plain, report = tmp_path / "plain", tmp_path / "report"
    plain.write_text("")
    write_report(report, "")
    assert report.stat().st_mode == plain.stat().st_mode


def test_a_failure_leaves_the_old_report_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_report(path, "half \ud800")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*report\.html: No such file"):
        write_report(tmp_path / "none" / "report.html", "")


def test_a_folder_in_the_way_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Is a directory"):
        write_report(tmp_path, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line() -> None:
    with pytest.raises(UsageError, match="cannot write /dev/full: No space left"):
        write_report(Path("/dev/full"), "x" * 100_000)
