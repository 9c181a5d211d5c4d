"""What a large file costs the reference gateway: sent to `slashv1 serve` over loopback, and fetched again.

Usage: python benchmarks/uploads.py [MEGABYTES ...]

For each size (300 by default), with the database of the process alone and with `--db FILE`: seconds up and
down, and the most resident memory of the server before and after each (`VmHWM` of /proc, Linux). Prints JSON.
"""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

MIB = 1024 * 1024
BOUNDARY = "slashv1-upload"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


def block(number: int) -> bytes:
    """A MiB that is like no other."""
    return hashlib.sha256(str(number).encode()).digest() * (MIB // 32)


def sent(megabytes: int) -> Iterator[bytes]:
    """The form, made while it is sent."""
    yield HEAD
    yield from map(block, range(megabytes))
    yield TAIL


def peak(process: subprocess.Popen[bytes]) -> float:
    """The most memory that the server ever held, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def measure(megabytes: int, client: httpx.Client, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """One file up and down, compared to the byte."""
    before, started = peak(process), time.perf_counter()
    size = len(HEAD) + megabytes * MIB + len(TAIL)
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}", "content-length": str(size)}
    made = client.post("/files", content=sent(megabytes), headers=headers)
    made.raise_for_status()
    uploaded, after_upload = time.perf_counter() - started, peak(process)
    started, digest = time.perf_counter(), hashlib.sha256()
    with client.stream("GET", f"/files/{made.json()['id']}/content") as answer:
        for data in answer.iter_raw():
            digest.update(data)
    wanted = hashlib.sha256()
    downloaded = time.perf_counter() - started
    for number in range(megabytes):
        wanted.update(block(number))
    return {
        "megabytes": megabytes,
        "upload_s": round(uploaded, 1),
        "download_s": round(downloaded, 1),
        "same": digest.digest() == wanted.digest(),
        "peak_mib": {"before": before, "uploaded": after_upload, "downloaded": peak(process)},
    }


def served(megabytes: int, *options: str) -> dict[str, Any]:
    """The same with a server of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "slashv1", "serve", "--port", str(port), *options]
    headers = {"authorization": "Bearer sk-bench"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            transport = httpx.HTTPTransport(retries=8)
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}/v1", headers=headers, timeout=600, transport=transport
            ) as client:
                client.get("/models").raise_for_status()
                return measure(megabytes, client, process)
        finally:
            process.terminate()


def main() -> None:
    """Measure and print."""
    sizes = [int(text) for text in sys.argv[1:]] or [300]
    with TemporaryDirectory() as folder:
        for number, megabytes in enumerate(sizes):
            for name, options in (("own", ()), ("--db", ("--db", f"{folder}/{number}.db"))):
                print(json.dumps({"database": name, **served(megabytes, *options)}))


if __name__ == "__main__":
    main()
