"""Put a gateway in front of the reference gateway and write docs/behind-a-gateway.md from what it changes.

The reference gateway is judged by `slashv1 check`, then the gateway in front of it: what deviates only
there is its doing. Then the upstream is told by a script to answer in ways that are seldom seen, and what a
client gets is put beside what the upstream sent. `--cache DIR` keeps the install; `nox -s behind`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from targets import install, plain, running

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "behind-a-gateway.md"
DEVIATES = {"failed", "warned", "noted"}
MESSAGE = "Probe {number}: go."
Result = Mapping[str, Any]


@contextlib.contextmanager
def upstream(folder: Path, probes: list[dict[str, Any]]) -> Iterator[str]:
    """`slashv1 serve` under the script of the probes, on a free port; its base URL."""
    rules = [
        {
            "when": {"operation": "chat.completions.create", "text": MESSAGE.format(number=number)},
            "answer": probe["answer"],
        }
        for number, probe in enumerate(probes, 1)
    ]
    script = folder / "script.yaml"
    script.write_text(yaml.safe_dump({"rules": rules}, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "slashv1", "serve", "--port", "0", "--script", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            yield next(word for word in line.split() if word.startswith("http"))
        finally:
            process.terminate()


def judged(base_url: str, api_key: str, options: str, record: Path) -> Mapping[str, Any]:
    """The record of one `slashv1 check`."""
    command = [sys.executable, "-m", "slashv1", "check", "--base-url", base_url, "--api-key", api_key]
    command += [*options.split(), "--report-json", str(record)]
    ended = subprocess.run(command, check=False, timeout=600, capture_output=True, text=True)
    if not record.exists() or "Traceback" in ended.stderr:
        raise SystemExit(f"{base_url}: exit {ended.returncode}\n{ended.stderr}")
    said: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return {**said, "exit": ended.returncode}


def deviating(record: Mapping[str, Any]) -> dict[tuple[str, str, str], Result]:
    """Results that deviate, by operation, case and check."""
    return {(r["operation"], r["case"], r["check"]): r for r in record["results"] if r["outcome"] in DEVIATES}


def changes(direct: Mapping[str, Any], through: Mapping[str, Any]) -> list[str]:
    """Rows of what deviates only behind the gateway, by check."""
    before = deviating(direct)
    by_check: dict[tuple[str, str], list[Result]] = {}
    for key, result in deviating(through).items():
        if key not in before:
            by_check.setdefault((result["outcome"], result["check"]), []).append(result)
    order = {"failed": 0, "warned": 1, "noted": 2}
    rows = []
    for (outcome, check), results in sorted(
        by_check.items(), key=lambda item: (order[item[0][0]], item[0][1])
    ):
        found = next((r["findings"][0]["message"] for r in results if r["findings"]), "")
        rows.append(f"| `{check}` | {outcome} | {len(results)} | {plain(found)} |")
    return rows


def probed(base_url: str, api_key: str, number: int, probe: Mapping[str, Any]) -> str:
    """What a client gets, in a few words."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": MESSAGE.format(number=number)}]}
    body |= {"stream": True} if probe.get("stream") else {}
    headers = {"authorization": f"Bearer {api_key}", "accept-encoding": "identity"}
    got = bytearray()
    how = "whole"
    with httpx.stream(
        "POST", f"{base_url}/chat/completions", json=body, headers=headers, timeout=60
    ) as answer:
        try:
            for data in answer.iter_raw():
                got += data
        except httpx.RemoteProtocolError:
            how = "broken off"
    text = got.decode("utf-8", "replace")
    retry = f", retry-after {answer.headers['retry-after']}" if "retry-after" in answer.headers else ""
    if probe.get("stream") and answer.status_code == 200:
        return f"200, {_stream(text)}, {how}"
    return f"{answer.status_code}{retry}, {_plain(text)}"


def _stream(text: str) -> str:
    lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    said, broken, errors = "", 0, []
    for line in lines:
        if line == "[DONE]":
            continue
        try:
            chunk = json.loads(line)
        except ValueError:
            broken += 1
            continue
        if "error" in chunk:
            errors.append(_error(chunk["error"]))
        for choice in chunk.get("choices") or ():
            said += choice["delta"].get("content") or ""
    parts = [f"text {said!r}", *errors, f"{broken} broken frames" if broken else ""]
    parts += ["comment" if "\n: " in f"\n{text}" else "", "`[DONE]`" if "[DONE]" in lines else "no `[DONE]`"]
    return ", ".join(filter(None, parts))


def _plain(text: str) -> str:
    try:
        body = json.loads(text)
    except ValueError:
        return f"no JSON: {plain(text[:60])}"
    if "error" in body:
        return _error(body["error"])
    message = body["choices"][0]["message"]
    calls = [call["function"]["arguments"] for call in message.get("tool_calls") or ()]
    return f"content {message['content']!r}" + (f", arguments {calls}" if calls else "")


def _error(error: Any) -> str:
    if not isinstance(error, dict):
        return f"error {plain(str(error))}"
    kept = {key: error.get(key, "absent") for key in ("type", "code", "param")}
    return "error " + ", ".join(f"{key} {value}" for key, value in kept.items())


def outcomes(record: Mapping[str, Any]) -> str:
    """Exit and counts of a run."""
    summary = ", ".join(f"{count} {outcome}" for outcome, count in record["summary"].items() if count)
    return f"exit {record['exit']}; {record['request_count']} requests; {summary}"


def page(gateway: Mapping[str, Any], options: str, direct: Any, through: Any, rows: list[str]) -> str:
    """The second half of the document, which this command writes."""
    return "\n".join(
        [
            "<!-- from here on written by benchmarks/behind.py -->",
            "",
            f"## {gateway['name']} {gateway['version']}",
            "",
            "```",
            f"slashv1 check --base-url {gateway['base_url']} --api-key {gateway['api_key']} {options}",
            "```",
            "",
            "| judged | outcome |",
            "|---|---|",
            f"| the reference gateway itself | {outcomes(direct)} |",
            f"| {gateway['name']} in front of it | {outcomes(through)} |",
            "",
            "What deviates only behind it:",
            "",
            "| check | outcome | cases | for example |",
            "|---|---|---|---|",
            *changes(direct, through),
            "",
            "What the upstream was told to send, and what a client got:",
            "",
            "| the upstream sends | a client of the upstream gets | a client of the gateway gets |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    given = parser.parse_args()
    said = yaml.safe_load((HERE / "behind.yaml").read_text(encoding="utf-8"))
    gateway, probes = said["gateway"], said["probes"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.cache or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with upstream(folder, probes) as url:
            files = {name: text.replace("{upstream}", url) for name, text in gateway["files"].items()}
            install({**gateway, "files": files}, folder)
            with running(gateway, folder):
                there = (gateway["base_url"], gateway["api_key"])
                rows = [
                    f"| {probe['name']} | {probed(url, 'sk-x', n, probe)} | {probed(*there, n, probe)} |"
                    for n, probe in enumerate(probes, 1)
                ]
                direct = judged(url, "sk-x", said["check"], folder / "direct.json")
                through = judged(*there, said["check"], folder / "through.json")
    text = page(gateway, said["check"], direct, through, rows)
    head = given.out.read_text(encoding="utf-8").split("<!-- from here on")[0] if given.out.exists() else ""
    given.out.write_text(head + text, encoding="utf-8")
    print(f"direct: {outcomes(direct)}\nbehind: {outcomes(through)}")
    print(f"{len(changes(direct, through))} checks deviate only behind it; written to {given.out}")
    return 0 if direct["exit"] == 0 and changes(direct, through) else 1


if __name__ == "__main__":
    sys.exit(main())
