"""The contract as OpenAPI: sound by itself, and loaded by the tools that people point at it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from slashv1.spec import operations
from slashv1.spec.export import openapi, schemas, text

OFFLINE = re.compile("ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|Could not find a version|Connection broken")
"""A registry that cannot be reached says nothing about the document."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi(operations().values(), "0")


@pytest.fixture(scope="module")
def file(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "openapi.json"
    path.write_text(text(document), "utf-8")
    return path


def each(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        yield from ((path, one) for one in methods.values())


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_every_operation_is_in_it_or_named_as_left_out(document: dict[str, Any]) -> None:
    names = [one["x-operation"] for _, one in each(document)] + document.get("x-left-out", [])
    assert sorted(names) == sorted(operations())
    assert all("?" in operations()[name].path for name in document.get("x-left-out", []))


def test_operation_ids_are_upstreams_and_unique(document: dict[str, Any]) -> None:
    ids = [one["operationId"] for _, one in each(document)]
    assert len(set(ids)) == len(ids)
    assert {"createChatCompletion", "listModels"} <= set(ids)


def test_what_is_referred_to_is_there_and_nothing_else(document: dict[str, Any]) -> None:
    there = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) == there


def test_the_parameters_of_every_path_are_declared(document: dict[str, Any]) -> None:
    for path, one in each(document):
        declared = [row["name"] for row in one.get("parameters", ()) if row["in"] == "path"]
        assert sorted(declared) == sorted(re.findall(r"\{(\w+)\}", path))
        assert all(row["required"] for row in one.get("parameters", ()) if row["in"] == "path")


def test_bodies_are_told_by_their_media_types(document: dict[str, Any]) -> None:
    chat = document["paths"]["/v1/chat/completions"]["post"]
    assert list(chat["requestBody"]["content"]) == ["application/json"]
    assert list(chat["responses"]["200"]["content"]) == ["application/json", "text/event-stream"]
    assert list(document["paths"]["/v1/files"]["post"]["requestBody"]["content"]) == ["multipart/form-data"]
    assert list(chat["responses"]["default"]["content"]) == ["application/json"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_every_example_in_it_is_valid_by_it() -> None:
    some = [
        one for name, one in operations().items() if re.match("chat|embeddings|models|files|batches", name)
    ]
    document = openapi(some, "0")
    pairs = [
        (media["schema"], media["example"])
        for _, one in each(document)
        for holder in (one.get("requestBody", {}), *one["responses"].values())
        for media in holder.get("content", {}).values()
        if "example" in media
    ]
    assert len(pairs) > 20
    for schema, example in pairs:
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(example)


def test_plain_schemas_refer_to_nothing_outside() -> None:
    found = schemas(operations().values())
    assert len(found) > len(operations())
    for name, schema in found.items():
        assert references(schema) == {f"#/$defs/{inner}" for inner in schema["$defs"]}, name


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(
            [str(one) for one in command],
            cwd=cwd,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:  # a client that is refused retries for minutes
        pytest.skip(f"no answer to {Path(command[0]).name} {command[1]} within 120 s")
    if done.returncode and OFFLINE.search(done.stdout + done.stderr):
        pytest.skip(f"no package index to be reached: {(done.stderr or done.stdout)[-200:]}")
    return done


LOADS = """
import json, sys, schemathesis
from openapi_spec_validator import validate
schema = schemathesis.openapi.from_path(sys.argv[1])
schema.validate()
found = [one.ok() for one in schema.get_all_operations()]
validate(json.load(open(sys.argv[1])))
print(json.dumps([one.definition.raw["operationId"] for one in found]))
"""


@pytest.mark.slow
def test_schemathesis_and_a_validator_of_openapi_load_it(
    document: dict[str, Any], file: Path, pytestconfig: pytest.Config
) -> None:
    # Not in the dev extra: its pytest plugin would start with every pytest that our tests start.
    assert pytestconfig.cache is not None
    home = pytestconfig.cache.mkdir(f"schemathesis-{sys.version_info.major}.{sys.version_info.minor}")
    if not (home / "schemathesis").is_dir():
        wanted = ("schemathesis>=4,<5", "openapi-spec-validator>=0.7,<1")
        done = run(sys.executable, "-m", "pip", "install", "-q", "--target", home, *wanted, cwd=home)
        assert done.returncode == 0, done.stderr
    done = run(sys.executable, "-c", LOADS, file, cwd=file.parent, PYTHONPATH=str(home))
    assert done.returncode == 0, done.stderr[-2000:]
    assert sorted(json.loads(done.stdout)) == sorted(one["operationId"] for _, one in each(document))


@pytest.mark.slow
def test_prism_starts_with_it_and_answers(file: Path, pytestconfig: pytest.Config) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm: Prism is a program of Node")
    assert pytestconfig.cache is not None
    home = pytestconfig.cache.mkdir("prism")
    prism = home / "node_modules" / ".bin" / "prism"
    if not prism.exists():
        options = ("--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000", "--prefix", home)
        done = run(npm, "install", *options, "@stoplight/prism-cli@5", cwd=home)
        if done.returncode:
            pytest.skip(f"npm could not install Prism: {done.stderr.strip()[-200:]}")
    port = free_port()
    log = file.parent / "prism.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            ["node", prism, "mock", "-h", "127.0.0.1", "-p", str(port), file],
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        status, body = answer(server, f"http://127.0.0.1:{port}/v1/models", log)
    finally:
        server.terminate()
        server.wait(30)
    assert status == 200
    assert body["object"] == "list"
    assert set(body["data"][0]) == {"id", "object", "created", "owned_by"}


def free_port() -> int:
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        return int(here.getsockname()[1])


def answer(server: subprocess.Popen[bytes], url: str, log: Path) -> tuple[int, Any]:
    """The first answer of a server that is starting."""
    request = urllib.request.Request(url, headers={"authorization": "Bearer sk-any"})
    for _ in range(240):
        assert server.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.25)
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])
