"""Several targets at a time, each judged by `slashv1 check` in a process of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from multiprocessing import get_context
from pathlib import Path

from slashv1.errors import Slashv1Error, TargetError

KEY = "SLASHV1_API_KEY"
"""Would go to every target that names no key of its own."""
_ELSEWHERE = ("junit", "markdown", "badge", "save_exchanges")
"""Files that a configuration asks for: of several targets each would overwrite the one before."""


@dataclass(frozen=True, slots=True)
class Job:
    """One target to be judged, and where its record and its page go."""

    name: str
    config: str
    """The file that says what it is; nothing for the built-in gateway."""
    folder: str

    @property
    def record(self) -> Path:
        """Its run record."""
        return Path(self.folder) / f"{self.name}.json"

    @property
    def page(self) -> Path:
        """Its own report."""
        return Path(self.folder) / f"{self.name}.html"


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a target."""

    job: Job
    exit_code: int
    error: str | None = None
    """Why there is no record, in one line."""


def judge_fleet(
    jobs: Sequence[Job], at_a_time: int, on_end: Callable[[Ended], None] = lambda ended: None
) -> list[Ended]:
    """Judge every target, at most so many at a time; in the order given.

    Nothing that becomes of one target keeps the others from being judged. Ctrl-C leaves partial records of
    those that were being judged, and none of the others.
    """
    found: dict[Job, Ended] = {}
    waiting, running = list(jobs), dict[Future[Ended], Job]()
    context = get_context("spawn")
    with ProcessPoolExecutor(min(at_a_time, len(jobs)), context, initializer=_wait_for_jobs) as executor:
        try:
            while waiting or running:
                while waiting and len(running) < at_a_time:  # one that is handed out cannot be taken back
                    job = waiting.pop(0)
                    running[executor.submit(judge_one, job)] = job
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running[future]
                    found[job] = _ended(job, future)
                    del running[future]
                    on_end(found[job])
        except KeyboardInterrupt:
            wait(running)
            found |= {job: _ended(job, future) for future, job in running.items()}
    return [found.get(job) or _without_record(job, "interrupted before its turn") for job in jobs]


def plan_one(job: Job) -> list[str]:
    """What judging it would send and may cost, in the lines of `slashv1 check --plan` but for the items.

    Raises:
        UsageError: it could not be judged.
    """
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        _check(job, "--plan")
    return [line for line in out.getvalue().splitlines() if not line.startswith("  ")]


def judge_one(job: Job) -> Ended:
    """Judge one target as `slashv1 check` does, silently; a mistake or a crash is a line."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            code = _check(job)
    except KeyboardInterrupt:
        return _without_record(job, "interrupted before anything was learnt")
    except Slashv1Error as error:
        return _without_record(job, " ".join(str(error).split()))
    except Exception as error:
        return _without_record(job, f"slashv1 broke: {type(error).__name__}: {error}")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return Ended(job, code)


def _check(job: Job, *more: str) -> int:
    from slashv1.harness.commands.check import command

    words = ["--config", job.config, "--target", job.name]
    files = ["--report-json", str(job.record), "--html", str(job.page)]
    context = command.make_context("check", [*words, *files, *more])
    context.params.update({name: None for name in _ELSEWHERE if name in context.params})
    # Of this process alone, which judges one target at a time.
    spared = os.environ.pop(KEY, None) if context.params["api_key_env"] is None else None
    try:
        return int(command.invoke(context) or 0)
    except TargetError as error:
        hint = f"; {KEY} goes to no target of a fleet, name a variable for each: api-key-env"
        raise TargetError(f"{error}{hint if spared else ''}") from error
    finally:
        if spared is not None:
            os.environ[KEY] = spared


def _without_record(job: Job, error: str) -> Ended:
    """A record of an earlier day must not pass for today's."""
    job.record.unlink(missing_ok=True)
    job.page.unlink(missing_ok=True)
    return Ended(job, 2, error)


def _wait_for_jobs() -> None:
    """Ctrl-C reaches every process of a terminal: one that judges nothing leaves it to the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _ended(job: Job, future: Future[Ended]) -> Ended:
    try:
        return future.result()
    except Exception as error:
        return _without_record(job, f"the process that judged it ended: {error}")
