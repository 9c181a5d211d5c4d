"""The file of waivers under pytest: what it covers is an expected failure, what has had its day a failure."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Start, Target


def test_pytest_reads_the_same_file(run: Start, deviating: Target, pytester: pytest.Pytester) -> None:
    rest = 'case: "chat.completions.create::plain", reason: known, owner: me, expires: "2999-01-01"'
    names = ("chat.object", "http.status")
    text = "waivers:\n" + "".join(f"  - {{check: {name}, {rest}}}\n" for name in names)
    pytester.path.joinpath("mine.yaml").write_text(text)
    node = "slashv1::chat.completions.create::plain"
    result = run("--base-url", deviating.base_url, node, "--slashv1-waivers", "mine.yaml", "-rx")
    outcomes = result.parseoutcomes()
    assert outcomes["xfailed"] == 1
    result.stdout.fnmatch_lines(["*waived until 2999-01-01 by me: known (mine.yaml:2)*"])
    result.stdout.fnmatch_lines(["*mine.yaml:3: no longer needed*delete line 3*"])
