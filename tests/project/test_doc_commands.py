"""Every command that the documents show is run; where it cannot be, the command line's parser takes it."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from slashv1.harness.cli import group
from slashv1.harness.cli import main as slashv1
from slashv1.harness.embedded import embedded_gateway
from tests.project.doc_shell import Shell, differs
from tests.project.documents import PAGES, ROOT, Block, Step, blocks, relative, slug, steps

ONLY_READ = (
    (r"\bpip install\b", "needs a package index; the extras that it names are looked up"),
    (r"python3 -m venv", "builds an environment; tests/project/test_wheel.py does so with the wheel"),
    (r"^(\S*/)?nox\b", "installs environments of its own, for minutes; its sessions are looked up"),
    (r"^(npx|datamodel-codegen) ", "is another product"),
    (r"^gateway ", "is the reader's own"),
    (r"^(\S*/)?python (-m \S+|\S+\.py)", "is this very run, or needs recorded traffic; a file is looked up"),
    (r"^slashv1 selftest( --write .*)?$", "runs every defect, for minutes"),
    (r"^slashv1 spec (compile|drift) --openapi", "needs OpenAI's own document, which is not ours to ship"),
    (r"^slashv1 explain --examples", "judges every defect anew, for a minute"),
)
"""Commands that are not run, each with its reason; those of slashv1 are parsed."""
OTHER_PRODUCTS = ("docs/targets.md", "docs/thirdparty.md", "docs/behind-a-gateway.md:litellm-proxy")
"""Written by `nox -s targets`, `thirdparty` and `behind`, which ran these commands against other products."""
WHOLE = ("docs/tutorial.md",)
"""Pages that are one session, from the top to the end."""
SLOW = (*WHOLE, "docs/spec.md:check-it")
"""Sections that take more than ten seconds."""
AT = {
    "docs/waivers.md": "/defect/request-id-missing/v1",
}
"""What the target of a page is to do wrong, so that the page's words about it are true."""
SIGNALS = ("docs/zumik.md",)
"""Pages whose target has header signals."""
MADE = ("baseline.json", "run.exchanges.gz", "run.json", "traffic.jsonl", "waivers.yaml")
"""Files that a reader has at that point, and every section finds."""


def _sections() -> dict[str, list[Block]]:
    """Shell blocks by the page and heading they stand under."""
    found: dict[str, list[Block]] = {}
    for page in PAGES:
        for block in blocks(page):
            if block.shell:
                name = (
                    relative(page) if relative(page) in WHOLE else f"{relative(page)}:{slug(block.heading)}"
                )
                found.setdefault(name, []).append(block)
    return {name: own for name, own in found.items() if not name.startswith(OTHER_PRODUCTS)}


SECTIONS = _sections()


@pytest.fixture(scope="module")
def gateways() -> Iterator[dict[str, str]]:
    """Base URLs of the reference gateway, by profile."""
    with embedded_gateway() as plain, embedded_gateway(profile="zumik") as signals:
        yield {"openai": plain, "zumik": signals}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of `MADE`."""
    folder = tmp_path_factory.mktemp("made")
    kept = ["--save-exchanges", str(folder / "run.exchanges.gz")]
    with pytest.raises(SystemExit) as end:
        slashv1(["check", "--tier", "quick", "--report-json", str(folder / "run.json"), *kept])
    assert end.value.code == 0
    (folder / "baseline.json").write_bytes((folder / "run.json").read_bytes())
    (folder / "traffic.jsonl").write_text(_line_of_traffic(), encoding="utf-8")
    (folder / "waivers.yaml").write_text("waivers: []\n", encoding="utf-8")
    return folder


def _line_of_traffic() -> str:
    """The exchange that docs/audit.md shows, as one line."""
    shown = next(block for block in blocks(ROOT / "docs" / "audit.md") if block.language == "json")
    return json.dumps(json.loads("\n".join(shown.lines))) + "\n"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in SECTIONS]
)
def test_what_a_section_says_works(name: str, gateways: dict[str, str], made: Path, tmp_path: Path) -> None:
    own = SECTIONS[name]
    page = relative(own[0].page)
    told = any(step.printed for block in own for step in steps(block))
    target = gateways["zumik" if page in SIGNALS else "openai"].removesuffix("/v1") + AT.get(page, "/v1")
    shell = Shell(tmp_path, target, narrowed=not told)
    _furnish(shell, own[0].page, made)
    try:
        for block in own:
            for step in steps(block):
                if reason := _only_read(step):
                    _read(step, f"{page}:{step.line}: {reason}")
                else:
                    _run(shell, step, page)
    finally:
        shell.close()


def _furnish(shell: Shell, page: Path, made: Path) -> None:
    """What a reader of the page has: its files, those of `MADE`, and the folders of a checkout."""
    for name in ("docs", "harness/notes"):
        (shell.folder / name).mkdir(parents=True)
    if relative(page) in WHOLE:
        return
    for name in MADE:
        (shell.folder / name).write_bytes((made / name).read_bytes())
    for block in blocks(page):
        if block.file and not (ROOT / block.file).exists():
            shell.write(block.file, block.lines)


def _run(shell: Shell, step: Step, page: str) -> None:
    code, said = shell.run(step)
    place = f"{page}:{step.line}: {step.command}\n"
    assert code == step.exit, f"{place}ends with {code}, not {step.exit}:\n{said[-3000:]}"
    missing = differs(step.printed, said)
    assert missing is None, f"{place}does not print {missing!r}, but:\n{said[-6000:]}"


def _only_read(step: Step) -> str | None:
    bare = step.command.partition(" #")[0].rstrip()
    return next((reason for pattern, reason in ONLY_READ if re.search(pattern, bare)), None)


def _read(step: Step, place: str) -> None:
    """What can be known of a command without running it."""
    words = shlex.split(step.command.partition(" #")[0].partition(" >")[0])
    if words[0] == "slashv1":
        parse(words[1:])
    for extra in re.findall(r"\[([a-z,]+)\]", step.command):
        assert set(extra.split(",")) <= _extras(), f"{place}: no such extra"
    if Path(words[0]).name == "nox":
        sessions = words[words.index("-s") + 1 :]
        assert [one for one in sessions if f"def {one}(" not in _text("noxfile.py")] == [], place
    for file in re.findall(r"\bpython (\S+\.py)", step.command):
        assert (ROOT / file).exists(), place


def _extras() -> set[str]:
    return set(tomllib.loads(_text("pyproject.toml"))["project"]["optional-dependencies"])


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def parse(words: list[str]) -> None:
    """Take a command line apart as slashv1 does, without running it.

    Raises:
        UsageError: a command or option that there is not.
    """
    command: click.Command = group
    context = click.Context(group, info_name="slashv1")
    while isinstance(command, click.Group):
        if not words or words[0].startswith("-"):
            break
        below = command.get_command(context, words[0])
        assert below is not None, words
        command, words = below, words[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    command.make_parser(context).parse_args(list(words))


def _mentioned() -> dict[str, list[tuple[int, str]]]:
    """Commands in sentences and in the files of other tools, by page, with their lines."""
    found: dict[str, list[tuple[int, str]]] = {}
    for page in PAGES:
        text = page.read_text("utf-8")
        inline = [(text.count("\n", 0, one.start()) + 1, one[1]) for one in _INLINE.finditer(text)]
        others = [
            (block.line + n, one[1])
            for block in blocks(page)
            if block.language in ("yaml", "groovy") or relative(page).startswith(OTHER_PRODUCTS)
            for n, line in enumerate(block.lines)
            for one in re.finditer(r"(?:^|[\s'/])(slashv1 (?:check|report|compare|fleet)\b[^'#\\]*)", line)
        ]
        found[relative(page)] = [*inline, *others]
    return found


_INLINE = re.compile(r"(?<!`)`(slashv1 [^`]+)`(?!`)")
MENTIONED = _mentioned()


@pytest.mark.parametrize("page", [page for page, own in MENTIONED.items() if own])
def test_what_a_sentence_calls_a_command_is_one(page: str) -> None:
    wrong = []
    for line, said in MENTIONED[page]:
        if any(mark in said for mark in ("|", "…", "[OPTIONS]")):
            continue
        try:
            parse(shlex.split(said.partition(" >")[0])[1:])
        except click.UsageError as error:
            wrong.append(f"{page}:{line}: {said}: {error.format_message()}")
    assert wrong == []


def test_every_reason_not_to_run_a_command_has_one() -> None:
    commands = [step.command for own in SECTIONS.values() for block in own for step in steps(block)]
    idle = [pattern for pattern, _ in ONLY_READ if not any(re.search(pattern, one) for one in commands)]
    assert idle == []


def test_a_part_of_a_file_that_a_page_shows_stands_in_it() -> None:
    wrong = [
        f"{relative(page)}:{block.line}: not in {block.file}"
        for page in PAGES
        for block in blocks(page)
        if block.file and (ROOT / block.file).is_file()
        if "\n".join(block.lines[1:]) not in _text(block.file)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("printed", "came", "missing"),
    [
        (["a 1", "b"], "a  22\nb\nc", None),
        (["a", "c"], "a\nb\nc", "c"),
        (["a", "…", "c"], "a\nb\nc", None),
        (["b … d"], "a\nb c d", None),
        (["a", "b"], "a", "b"),
        ([], "a", None),
    ],
)
def test_what_is_printed_is_compared_loosely(printed: list[str], came: str, missing: str | None) -> None:
    assert differs(printed, came) == missing
