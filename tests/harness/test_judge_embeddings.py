"""Embeddings: each deviation is found by its own check, legal answers by none."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

import pytest

from slashv1.harness.judge.check import Inconclusive
from slashv1.harness.reading import Reading
from tests.harness.readings import a_case, a_reading, deviations
from tests.harness.response_values import objecting

TOPICS = ("embeddings.", "ignored.")
ONE, TWO = [0.6, 0.8, 0.0, 0.0], [0.0, 0.6, 0.8, 0.0]
BASE = "embeddings.create/base"


def coded(values: list[float], form: str = "<f") -> str:
    return base64.b64encode(b"".join(struct.pack(form, value) for value in values)).decode()


def entry(vector: Any, index: int = 0, **over: Any) -> dict[str, Any]:
    return {"object": "embedding", "index": index, "embedding": vector, **over}


def embeddings(*entries: dict[str, Any], **over: Any) -> dict[str, Any]:
    usage = {"prompt_tokens": 4, "total_tokens": 4}
    return {
        "object": "list",
        "data": list(entries),
        "model": "text-embedding-3-small",
        "usage": usage,
        **over,
    }


def read(body: Any, beside: dict[str, Reading] | None = None, **asked: Any) -> Reading:
    sent = {"input": "fox", **asked}
    case = a_case("embeddings.create", beside=tuple(beside or ()), **sent)
    return a_reading(case, body, others=beside)


BATCH = {"input": ["fox", "dog"]}
LEGAL: dict[str, Reading] = {
    "one": read(embeddings(entry(ONE))),
    "two": read(embeddings(entry(ONE, 0), entry(TWO, 1)), **BATCH),
    "tokens": read(embeddings(entry(ONE)), input=[5, 6, 7, 8]),
    "lists of tokens": read(embeddings(entry(ONE, 0), entry(TWO, 1)), input=[[5], [6, 7, 8]]),
    "base64": read(embeddings(entry(coded(ONE))), encoding_format="base64"),
    "dimensions": read(embeddings(entry(ONE)), dimensions=4),
    "whole numbers": read(embeddings(entry([1, 0, 0, 0]))),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_answer_raises_nothing(name: str) -> None:
    assert objecting(LEGAL[name], *TOPICS) == set()


WRONG: list[tuple[set[str], Reading]] = [
    ({"embeddings.object"}, read(embeddings(entry(ONE), object="embeddings"))),
    ({"embeddings.object"}, read(embeddings(entry(ONE, object="vector")))),
    ({"embeddings.count"}, read(embeddings(entry(ONE)), **BATCH)),
    ({"embeddings.count"}, read(embeddings(entry(ONE, 0), entry(ONE, 1)), input=[5, 6, 7, 8])),
    ({"embeddings.token-count"}, read(embeddings(entry(ONE)), input=[5, 6])),
    ({"embeddings.token-count"}, read(embeddings(entry(ONE, 0), entry(TWO, 1)), input=[[5, 6, 7], [8, 9]])),
    ({"embeddings.index"}, read(embeddings(entry(ONE, 1), entry(TWO, 0)), **BATCH)),
    ({"embeddings.index"}, read(embeddings(entry(ONE, 0), entry(TWO, 0)), **BATCH)),
    ({"embeddings.vector.non-empty"}, read(embeddings(entry([])))),
    ({"embeddings.vector.same-length"}, read(embeddings(entry(ONE, 0), entry([1.0], 1)), **BATCH)),
    ({"embeddings.vector.finite"}, read(embeddings(entry([math.nan, 1.0])))),
    ({"embeddings.vector.finite"}, read(embeddings(entry(coded([math.inf, 1.0]))), encoding_format="base64")),
    ({"embeddings.vector.unit-norm"}, read(embeddings(entry([3.0, 4.0])))),
    ({"embeddings.base64.decodes"}, read(embeddings(entry("not base64!")), encoding_format="base64")),
    ({"embeddings.base64.decodes"}, read(embeddings(entry("AAAAAAA=")), encoding_format="base64")),
    ({"embeddings.model"}, read(embeddings(entry(ONE), model=""))),
    ({"ignored.dimensions"}, read(embeddings(entry(ONE)), dimensions=2)),
    ({"ignored.encoding_format"}, read(embeddings(entry(ONE)), encoding_format="base64")),
    ({"ignored.encoding_format"}, read(embeddings(entry(coded(ONE))), encoding_format="float")),
    ({"ignored.encoding_format"}, read(embeddings(entry(coded(ONE))))),
]


@pytest.mark.parametrize(("found", "reading"), WRONG)
def test_each_deviation_is_found_by_its_own_check(found: set[str], reading: Reading) -> None:
    assert objecting(reading, *TOPICS) == found
    for check in found:
        assert all(deviation.pointer for deviation in deviations(check, reading))


EQUAL = "embeddings.base64.equals-float"


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        (coded(ONE), []),
        (coded([0.6001, 0.8, 0.0, 0.0]), []),
        (coded(ONE, ">f"), ["/data/0/embedding"]),
        (coded(ONE, "<d"), ["/data/0/embedding"]),
        (coded(TWO), ["/data/0/embedding"]),
    ],
)
def test_base64_carries_the_floats_of_the_case_beside_it(text: str, pointers: list[str]) -> None:
    beside = {BASE: read(embeddings(entry(ONE)))}
    reading = read(embeddings(entry(text)), beside, encoding_format="base64")
    assert [deviation.pointer for deviation in deviations(EQUAL, reading)] == pointers


def test_base64_without_the_same_input_in_floats_tells_nothing() -> None:
    beside = {BASE: read(embeddings(entry(ONE)), input="dog")}
    with pytest.raises(Inconclusive):
        deviations(EQUAL, read(embeddings(entry(coded(TWO))), beside, encoding_format="base64"))


def test_a_batch_gives_each_input_the_vector_it_has_alone() -> None:
    beside = {BASE: read(embeddings(entry(ONE)))}
    right = read(embeddings(entry(ONE, 0), entry(TWO, 1)), beside, **BATCH)
    swapped = read(embeddings(entry(TWO, 0), entry(ONE, 1)), beside, **BATCH)
    assert deviations("embeddings.batch-order", right) == []
    assert [d.pointer for d in deviations("embeddings.batch-order", swapped)] == ["/data/0/embedding"]


def test_a_batch_without_an_input_sent_alone_tells_nothing() -> None:
    beside = {BASE: read(embeddings(entry(ONE)), input="cat")}
    with pytest.raises(Inconclusive):
        deviations("embeddings.batch-order", read(embeddings(entry(ONE, 0), entry(TWO, 1)), beside, **BATCH))
