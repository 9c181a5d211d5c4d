"""Pages made of the code are as the code says; every page is on the site; anchors lead somewhere."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from slashv1.harness.commands.check import command as check
from slashv1.harness.commands.configured import read_file
from slashv1.harness.commands.serve_script import load_script
from slashv1.harness.gate.waivers import read_waivers
from slashv1.harness.profile_lint import lint
from slashv1.matrix import load_matrix, load_profile
from slashv1.reference_server.zumik.statefile import load_state
from tests.project.documents import PAGES, ROOT, Block, blocks, relative, slug

KINDS: Mapping[str, Callable[[Path], object]] = {
    "waivers": lambda path: read_waivers(path, load_matrix()),
    "flaky": lambda path: read_waivers(path, load_matrix()),
    "rules": lambda path: load_script(str(path)),
    "regions": load_state,
    "operations": lambda path: load_matrix(path.parent),
    "provoke": lambda path: _linted(path),
    "extends": lambda path: _linted(path),
    "with": lambda path: _linted(path),
    "targets": lambda path: read_file(path, check),
}
"""What reads an example, by a key that only such a file has."""
EXAMPLES = [
    block
    for page in PAGES
    for block in blocks(page)
    if block.language == "yaml" and not (block.file and (ROOT / block.file).exists())
]
MADE = runpy.run_path(str(ROOT / "docs" / "reference.py"))["pages"]()


@pytest.mark.parametrize("name", MADE)
def test_a_page_of_reference_is_as_the_code_says(name: str) -> None:
    assert MADE[name] == (ROOT / "docs" / name).read_text("utf-8"), "run: python docs/reference.py"


def test_every_page_stands_in_the_navigation_once() -> None:
    navigation = yaml.safe_load((ROOT / "properdocs.yml").read_text("utf-8"))["nav"]
    named = Counter(re.findall(r"[\w-]+\.md", str(navigation)))
    assert named == Counter(path.name for path in (ROOT / "docs").glob("*.md"))


def test_every_anchor_of_a_link_is_a_heading() -> None:
    dead = []
    for page in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text("utf-8")):
            if anchor not in _anchors(
                (page.parent / target).read_text("utf-8") if target else page.read_text("utf-8")
            ):
                dead.append(f"{relative(page)}: {target}#{anchor}")
    assert dead == []


def _anchors(text: str) -> set[str]:
    bare = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", bare, re.MULTILINE)}


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"{relative(block.page)}:{slug(block.heading)}")
def test_an_example_of_a_file_is_read_without_an_objection(block: Block, tmp_path: Path) -> None:
    said = yaml.safe_load("\n".join(block.lines))
    if relative(block.page) == "docs/ci.md":  # a workflow of GitHub, a pipeline of GitLab
        assert said
        return
    path = tmp_path / "example.yaml"
    path.write_text("\n".join(block.lines), encoding="utf-8")
    kind = next(kind for kind in KINDS if kind in said)
    KINDS[kind](path)


def _linted(path: Path) -> None:
    load_profile(path)
    assert lint(path, load_matrix()) == []
