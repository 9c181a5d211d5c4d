"""Measure the budgets of the design, as ratios in one run where they can be.

`nox -s bench` prints a table: what, measured, budget. Exit 1 where a budget is missed. Every figure is the
median of several runs on the machine it runs on, where a row does not say otherwise; nothing is read from an
earlier run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONCURRENCY = 8
KEY = "sk-bench"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Row:
    """One budget and what was measured."""

    what: str
    measured: str
    budget: str
    kept: bool | None
    """None: not measured here, for the reason that stands in `measured`."""


def seconds(action: Callable[[], object], runs: int = 5) -> float:
    """The median wall time of an action, after one run that does not count."""
    action()
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def call(*command: str, cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    """A command that must work."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)


@contextmanager
def gateway() -> Iterator[str]:
    """The reference gateway in a process of its own; yields its base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "slashv1", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        yield next(word.rstrip(".,") for word in line.split() if word.startswith("http"))
    finally:
        process.terminate()
        process.wait(10)


def help_row() -> Row:
    taken = seconds(lambda: call(sys.executable, "-m", "slashv1", "--help"), 9)
    return Row("slashv1 --help", f"{taken:.3f} s", "0.150 s", taken <= 0.150)


def load_row() -> Row:
    """Loading spec and matrix in a fresh process, the interpreter's own start left out."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from slashv1.matrix import load_matrix, load_profile\n"
        "from slashv1.spec import operations, schema\n"
        "load_matrix(); load_profile('openai')\n"
        "[schema(r) for o in operations().values() for r in (o.request, o.response, o.event) if r]\n"
        "print(time.perf_counter() - t)"
    )
    taken = statistics.median(float(call(sys.executable, "-c", code).stdout) for _ in range(5))
    return Row("loading spec and matrix", f"{taken:.3f} s", "0.300 s", taken <= 0.300)


def operation_row() -> Row:
    """What one operation needs in a fresh process: import, load, compile request, answer and events.

    In CPU time of its one thread, the least of several processes: whatever else runs can only add to it.
    """
    code = (
        "import sys, time; t = time.process_time()\n"
        "from slashv1.spec.contract import compiled, operation\n"
        "found = operation(sys.argv[1])\n"
        "[compiled(r) for r in (found.request, found.response, found.event) if r]\n"
        "print(time.process_time() - t)"
    )
    names = ("chat.completions.create", "responses.create", "embeddings.create")
    taken = {name: least_of(code, name) for name in names}
    slowest = max(taken, key=lambda name: taken[name])
    return Row(
        "loading and compiling what one operation needs",
        f"{taken[slowest] * 1000:.0f} ms ({slowest}, the slowest of {len(names)})",
        "50 ms",
        taken[slowest] <= 0.050,
    )


def least_of(code: str, *arguments: str) -> float:
    """The least of what a script prints in fresh processes, its byte code cached as in an installation."""
    with tempfile.TemporaryDirectory() as folder:
        env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        env["PYTHONPYCACHEPREFIX"] = folder
        command = (sys.executable, "-c", code, *arguments)
        said = [subprocess.run(command, env=env, capture_output=True, check=True).stdout for _ in range(12)]
    return min(map(float, said[1:]))


def judge_row() -> Row:
    """Judging recorded exchanges against the SDK's models; benchmarks/judging.py says what is timed."""
    what = "judging recorded exchanges, in times the speed of the openai SDK's models"
    said = os.environ.get("SLASHV1_EVIDENCE")
    folder = Path(said) if said else HERE.parents[1] / "shared" / "evidence"
    evidence = folder / "openai.jsonl.gz"
    if not evidence.is_file():
        return Row(what, f"no {evidence.name} in {folder} (set SLASHV1_EVIDENCE)", "0.8 x", None)
    try:
        import openai
    except ImportError:
        return Row(what, "the openai SDK is not installed (extra `sdk`)", "0.8 x", None)
    done = json.loads(call(sys.executable, str(HERE / "judging.py"), str(evidence)).stdout)
    speed = done["sdk"] / done["judged"]
    return Row(
        what,
        f"{speed:.2f} x: {done['judged']:.2f} s of CPU for {done['results']:,} results on "
        f"{done['exchanges']:,} exchanges, openai {openai.__version__} {done['sdk']:.2f} s for their "
        f"{done['texts']:,} JSON texts, json.loads alone {done['decoded']:.2f} s; "
        f"reading and our schemas alone would be {done['sdk'] / done['contract']:.1f} x",
        "0.8 x",
        speed >= 0.8,
    )


def memory_row() -> Row:
    """Peak resident memory of a whole check of one streamed case, its stream 1 MB and 10 MB long."""
    peaks = {}
    for size in (1_000_000, 10_000_000):
        with long_stream(size) as base_url:
            command = [*check_command(base_url), "--select", "chat.completions.create::stream::*"]
            peaks[size] = peak([*command, "--model", "long"], size)
    small, large = peaks.values()
    return Row(
        "memory of a check of a stream of 10 MB beside one of 1 MB",
        f"{large:.0f} MB beside {small:.0f} MB: {(large - small) / 9:.1f} MB more for each MB",
        "flat: 0.2 MB for each MB, what a frame and its place take",
        large - small <= 1.8,
    )


def peak(command: list[str], size: int) -> float:
    """MB of resident memory a check took at most; a deviation it finds is no fault here, a cut stream is."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "run.json"
        whole = [*command, "--report-json", str(record)]
        process = subprocess.Popen(whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        run = json.loads(record.read_text(encoding="utf-8"))
    answered = [one["outcome"] for one in run["results"] if one["check"] == "http.answered"]
    if answered != ["passed"]:
        raise RuntimeError(f"the stream of {size:,} bytes was not read whole: http.answered {answered}")
    return usage.ru_maxrss / (1000 if sys.platform == "linux" else 1_000_000)


@contextmanager
def long_stream(size: int) -> Iterator[str]:
    """A server that answers every request for a stream with a sound one of that many bytes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        asked = (await receive()).get("body", b"")
        streams = b'"stream":true' in asked.replace(b" ", b"")
        kind = b"text/event-stream; charset=utf-8" if streams else b"application/json"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        for piece in chunks(size) if streams else [PLAIN if asked else MODELS]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    with serving(app) as base_url:
        yield base_url


MODELS = b'{"object":"list","data":[{"id":"long","object":"model","created":1,"owned_by":"bench"}]}'
PLAIN = b'{"id":"chatcmpl-a","object":"chat.completion","created":1,"model":"long","choices":[]}'
"""What the streamed case is compared with: judged too, and of no size."""


def chunks(size: int) -> Iterator[bytes]:
    """The chunks of one choice, some 3 KB each: 10 MB stay below the limit on a stream's frames.

    Genuine ones are a tenth of that and mostly keys, and what is kept of each frame weighs ten times as much.
    """

    def chunk(delta: dict[str, str | None], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        whole = {"id": f"chatcmpl-{'a' * 29}", "object": "chat.completion.chunk", "created": int(time.time())}
        whole |= {"model": "long", "service_tier": "default", "system_fingerprint": "fp_1234567890"}
        return b"data: " + json.dumps(whole | {"choices": [choice], "obfuscation": "abcd"}).encode() + b"\n\n"

    first, word = (
        chunk({"role": "assistant", "content": "", "refusal": None}),
        chunk({"content": "word " * 540}),
    )
    yield first
    for _ in range((size - len(first)) // len(word)):
        yield word
    yield chunk({}, "stop")
    yield b"data: [DONE]\n\n"


def wires_of(base_url: str) -> list[dict[str, Any]]:
    """The requests one check sends, as its record keeps them."""
    with tempfile.TemporaryDirectory() as folder:
        record = f"{folder}/run.json"
        call(*check_command(base_url), "--report-json", record)
        run: dict[str, Any] = json.loads(Path(record).read_text(encoding="utf-8"))
    wires: list[dict[str, Any]] = run["wires"]
    return wires


def check_command(base_url: str) -> list[str]:
    return [sys.executable, "-m", "slashv1", "check", "--base-url", base_url, "--api-key", KEY]


BARE = """
import asyncio, json, sys, httpx
wires = json.load(open(sys.argv[1]))
async def main():
    gate = asyncio.Semaphore(int(sys.argv[2]))
    async with httpx.AsyncClient(headers={"authorization": "Bearer sk-bench"}, timeout=60) as client:
        async def one(wire):
            async with gate:
                body = wire["request_body"]
                headers = {"content-type": "application/json"} if body is not None else {}
                content = body.encode() if body is not None else None
                async with client.stream(wire["method"], wire["url"], content=content, headers=headers) as r:
                    async for _ in r.aiter_raw():
                        pass
        await asyncio.gather(*(one(w) for w in wires))
asyncio.run(main())
"""


def check_row() -> Row:
    """The whole check against a bare httpx client that sends the same requests and judges nothing."""
    with gateway() as base_url, tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "wires.json"
        stored.write_text(json.dumps(wires_of(base_url)), encoding="utf-8")
        bare = seconds(lambda: call(sys.executable, "-c", BARE, str(stored), str(CONCURRENCY)))
        whole = seconds(lambda: call(*check_command(base_url)))
    allowed = 1.5 * bare + 0.5
    return Row(
        "slashv1 check beside a bare httpx client",
        f"{whole:.2f} s, bare {bare:.2f} s: {whole / bare:.2f} x",
        f"1.5 x + 0.5 s = {allowed:.2f} s",
        whole <= allowed,
    )


def embedded_row() -> Row:
    taken = seconds(lambda: call(sys.executable, "-m", "slashv1", "check"))
    return Row("slashv1 check, embedded gateway", f"{taken:.2f} s", "3.00 s", taken <= 3.0)


def idle_row() -> Row:
    """`pytest --co -q` in an empty folder with the idle plugin, against it switched off and not installed.

    Not installed: the same interpreter, with our distribution hidden from its list of the installed ones. A
    second environment would differ in more than the plugin.
    """
    with tempfile.TemporaryDirectory() as folder:

        def collect(start: list[str], *more: str) -> float:
            command = [sys.executable, *start, "--co", "-q", "-p", "no:cacheprovider", *more]
            began = time.perf_counter()
            subprocess.run(command, cwd=folder, capture_output=True, check=False)
            return time.perf_counter() - began

        rounds = [(collect(PYTEST), collect(PYTEST, "-p", "no:slashv1"), collect(HIDING)) for _ in range(15)]
    off, absent = (statistics.median(column) * 1000 for column in list(zip(*rounds[1:], strict=True))[1:])
    extra_off = statistics.median(a - b for a, b, _ in rounds[1:]) * 1000
    extra_absent = statistics.median(a - c for a, _, c in rounds[1:]) * 1000
    return Row(
        "the idle plugin, against switched off and not installed",
        f"{extra_off:+.1f} ms on {off:.0f} ms, {extra_absent:+.1f} ms on {absent:.0f} ms",
        "+15 ms each",
        max(extra_off, extra_absent) <= 15,
    )


# Both start by `-c`, so that the interpreter does the same work.
PYTEST = ["-c", "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"]
HIDING = [
    "-c",
    "import sys\n"
    "from importlib import metadata\n"
    "found = metadata.MetadataPathFinder.find_distributions\n"
    "def hiding(*args, **more):\n"
    "    return (one for one in found(*args, **more) if 'slashv1-' not in str(one._path))\n"
    "metadata.MetadataPathFinder.find_distributions = hiding\n"
    "import pytest\n"
    "sys.exit(pytest.main(sys.argv[1:]))",
]


def slow_row() -> Row:
    """A target that takes 1 s per request: is the time spent waiting side by side?"""
    from slashv1.harness.connection import Connection
    from slashv1.harness.plan import make_plan
    from slashv1.harness.run import execute
    from slashv1.matrix import load_matrix, load_profile

    profile = load_profile("openai")
    plan = make_plan(load_matrix(), profile)
    longest = max(len(scenario) for scenario in plan.scenarios)
    with slow_gateway(1.0) as base_url:
        connection = Connection(base_url=base_url, api_key=KEY, concurrency=CONCURRENCY)
        began = time.perf_counter()
        run = execute(plan, connection, profile)
        taken = time.perf_counter() - began
    allowed = 1.2 * max(longest, run.request_count / CONCURRENCY) + 1.0
    return Row(
        "a target that takes 1 s per request",
        f"{taken:.1f} s for {run.request_count} requests, {CONCURRENCY} at once",
        f"{allowed:.1f} s",
        taken <= allowed,
    )


@contextmanager
def slow_gateway(delay: float) -> Iterator[str]:
    """The reference gateway behind a pause before every answer."""
    from slashv1.reference_server import create_app

    inner = create_app()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(delay)
        await inner(scope, receive, send)

    with serving(app) as base_url:
        yield base_url


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """An ASGI application in a thread of its own; yields its base URL."""
    import socket
    import threading

    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def selftest_row() -> Row:
    began = time.perf_counter()
    said = call(sys.executable, "-m", "slashv1", "selftest").stdout
    taken = time.perf_counter() - began
    listed = call(sys.executable, "-m", "slashv1", "selftest", "--list").stdout.split("\n")
    count = sum(bool(line.strip()) for line in listed)
    allowed = 90 * count / 150
    return Row(
        f"slashv1 selftest, {count} defects and variants",
        f"{taken:.1f} s ({said.strip().splitlines()[-1][:60]})",
        f"{allowed:.1f} s (90 s for 150)",
        taken <= allowed,
    )


ROWS: dict[str, Callable[[], Row]] = {
    "help": help_row,
    "load": load_row,
    "operation": operation_row,
    "judge": judge_row,
    "memory": memory_row,
    "idle": idle_row,
    "embedded": embedded_row,
    "check": check_row,
    "slow": slow_row,
    "selftest": selftest_row,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], help="only these")
    chosen = parser.parse_args().rows or list(ROWS)
    os.environ.pop("OPENAI_API_KEY", None)
    missed = 0
    for name in chosen:
        row = ROWS[name]()
        missed += row.kept is False
        word = {True: "kept   ", False: "MISSED ", None: "skipped"}[row.kept]
        print(f"{word} {row.what}: {row.measured}; budget {row.budget}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
