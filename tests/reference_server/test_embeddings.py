"""Embeddings through the official client and raw."""

from __future__ import annotations

import base64
import math
import struct

import openai
import pytest


def embed(client, text, **options):
    return client.embeddings.create(model="text-embedding-3-small", input=text, **options)


def test_vectors_have_length_one_and_the_model_s_size(client):
    vector = embed(client, "Hello").data[0].embedding
    assert len(vector) == 1536
    assert math.isclose(math.hypot(*vector), 1.0, rel_tol=1e-5)


def test_batch_keeps_the_order(client):
    together = [entry.embedding for entry in embed(client, ["a", "b", "c"]).data]
    assert together == [embed(client, text).data[0].embedding for text in "abc"]


def test_base64_is_little_endian_float32(http):
    body = {"model": "text-embedding-3-small", "input": "Hello", "dimensions": 8}
    floats = http.post("/embeddings", json=body).json()["data"][0]["embedding"]
    text = http.post("/embeddings", json={**body, "encoding_format": "base64"}).json()
    raw = base64.b64decode(text["data"][0]["embedding"])
    assert list(struct.unpack("<8f", raw)) == floats


def test_fewer_dimensions_are_given(client):
    assert len(embed(client, "Hello", dimensions=64).data[0].embedding) == 64


@pytest.mark.parametrize("tokens", [[1, 2, 3], [[1, 2], [3]]])
def test_tokens_are_billed_one_by_one(client, tokens):
    answer = embed(client, tokens)
    assert answer.usage.total_tokens == 3
    assert len(answer.data) == (2 if isinstance(tokens[0], list) else 1)


def test_old_model_takes_no_dimensions(client):
    with pytest.raises(openai.BadRequestError, match="does not support specifying dimensions"):
        client.embeddings.create(model="text-embedding-ada-002", input="a", dimensions=8)


@pytest.mark.parametrize("bad", [[], [""], [-1], {"a": 1}, None, [["a"]], [[]]])
def test_impossible_input_is_refused(http, bad):
    answer = http.post("/embeddings", json={"model": "text-embedding-3-small", "input": bad})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] is None
