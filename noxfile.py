"""The project's tasks: `nox -s NAME`; `nox -l` lists them."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "venv"

ROOT = Path(__file__).parent
ROOMS = ["slashv1", "spec", "fixtures", "matrix", "harness", "reference_server", "reports"]


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, rules and format."""
    session.install("ruff>=0.8")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict, over a plain install: it does not follow an editable one of mapped packages."""
    session.install(".[dev]")
    wanted = sum(1 for room in ROOMS for _ in (ROOT / room).rglob("*.py"))
    with tempfile.TemporaryDirectory() as outside, session.chdir(outside):
        said = session.run(
            "mypy", "--config-file", str(ROOT / "pyproject.toml"), "-p", "slashv1", silent=True
        )
    session.log(str(said).strip())
    seen = re.search(r"no issues found in (\d+) source files", str(said))
    if not seen or int(seen[1]) != wanted:
        session.error(f"mypy was to see {wanted} files, it said: {said}")


@nox.session
def tests(session: nox.Session) -> None:
    """The whole test suite."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it into a fresh environment, run the main job from an empty directory."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "tests/project/test_wheel.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into site/; a link or an anchor that leads nowhere, or a remote resource, ends it."""
    extras = nox.project.load_toml(ROOT / "pyproject.toml")["project"]["optional-dependencies"]
    session.install(*extras["docs"])
    session.run("properdocs", "build", "--strict", "-f", "properdocs.yml")
    remote = re.compile(
        r"""<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=["'](?:https?:)?//|@import|url\(["']?(?:https?:)?//"""
    )
    found = [
        f"{path.relative_to(ROOT)}: {fetched[0]}"
        for path in (ROOT / "site").rglob("*")
        if path.suffix in {".html", ".css"}
        for fetched in [remote.search(path.read_text(encoding="utf-8"))]
        if fetched
    ]
    if found:
        session.error(f"fetched from elsewhere: {', '.join(found)}")


@nox.session
def browser(session: nox.Session) -> None:
    """The HTML report in Debian's chromium."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-m", "browser", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the budgets, as ratios in one run."""
    session.install(".[dev]")
    session.run("python", "benchmarks/bench.py", *session.posargs)


@nox.session
def targets(session: nox.Session) -> None:
    """Run against servers written elsewhere and print what deviates; see docs/targets.md."""
    session.install("-e", ".[dev]")
    session.run("python", "benchmarks/targets.py", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Break the package's own exchanges in every certain way and see whether the checks object."""
    session.install("-e", ".")
    session.run("slashv1", "spec", "mutate", *session.posargs)


@nox.session
def fidelity(session: nox.Session) -> None:
    """Write docs/fidelity.md from the evidence: what passes, what is refused, which violations are found."""
    session.install("-e", ".")
    evidence = Path(os.environ.get("SLASHV1_EVIDENCE", ROOT.parent / "shared" / "evidence"))
    file, document = str(evidence / "openai.jsonl.gz"), str(ROOT / "docs" / "fidelity.md")
    session.run("python", "benchmarks/fidelity.py", str(evidence), "--write", document)
    session.run("slashv1", "spec", "mutate", file, "--sample", "800", "--write", document)


@nox.session
def thirdparty(session: nox.Session) -> None:
    """Run SDKs and suites written elsewhere against the gateway; writes docs/thirdparty.md."""
    session.install("-e", ".")
    session.run("python", "benchmarks/thirdparty.py", *session.posargs)


@nox.session
def behind(session: nox.Session) -> None:
    """Judge a gateway in front of the reference gateway; writes docs/behind-a-gateway.md."""
    session.install("-e", ".")
    session.run("python", "benchmarks/behind.py", *session.posargs)


@nox.session
def parity(session: nox.Session) -> None:
    """Send every genuine request to the reference gateway and compare; see docs/parity.md."""
    session.install("-e", ".")
    evidence = os.environ.get("SLASHV1_EVIDENCE", str(ROOT.parent / "shared" / "evidence"))
    session.run("python", "benchmarks/parity.py", evidence, *session.posargs)
