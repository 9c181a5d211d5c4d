"""Embeddings: one vector per input, in order, whole, in the encoding asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import dig, integer, objects, pointer, short
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.vectors import distance, far_apart, norm, raw_bytes, vector
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level

EMBEDDINGS = on("embeddings.create")
Vectors = list[tuple[int, tuple[float, ...]]]


base64_asked = EMBEDDINGS.where(lambda case: case.asked.get("encoding_format") == "base64")
"""Cases that ask for base64."""


def _beside(case: Case) -> bool:
    return any(other.startswith("embeddings.create/") for other in case.beside)


recoded = base64_asked.where(_beside)
"""Base64 cases that stand beside another embeddings case."""


def _has_texts(case: Case) -> bool:
    given = case.asked.get("input")
    return isinstance(given, list) and any(isinstance(one, str) for one in given)


batched = EMBEDDINGS.where(_beside).where(_has_texts)
"""Cases of several texts that stand beside another embeddings case."""


def vectors(reading: Reading) -> Vectors:
    """The vectors that can be read, with their places."""
    return reading.once(_vectors)


def _vectors(reading: Reading) -> Vectors:
    read = ((i, vector(entry.get("embedding"))) for i, entry in objects(reading.object.get("data")))
    return [(i, values) for i, values in read if values is not None]


def inputs(asked: object) -> int | None:
    """How many vectors an `input` asks for; None where it cannot be told."""
    if isinstance(asked, str):
        return 1
    if not isinstance(asked, list) or not asked:
        return None
    return 1 if integer(asked[0]) is not None else len(asked)


def _place(i: int) -> str:
    return pointer("data", i, "embedding")


@check(
    "embeddings.object", title="The list and its entries name their `object`", clause="EM-1", when=EMBEDDINGS
)
def _object(reading: Reading) -> Iterator[Deviation]:
    """Typed clients (openai-java, openai-go) take lists and entries apart by these constants."""
    if reading.object and reading.object.get("object") != "list":
        yield Deviation('object is not "list"', '"list"', short(reading.object.get("object")), "/object")
    for i, entry in objects(reading.object.get("data")):
        if entry.get("object") != "embedding":
            place = pointer("data", i, "object")
            message = f'data[{i}].object is not "embedding"'
            yield Deviation(message, '"embedding"', short(entry.get("object")), place)


@check(
    "embeddings.count",
    title="One vector per input",
    clause="EM-2",
    when=EMBEDDINGS,
    needs=[Facet.REQUEST],
)
def _count(reading: Reading) -> Iterator[Deviation]:
    """Vector stores zip texts with vectors: one too few shifts or drops documents silently."""
    data, wanted = reading.object.get("data"), inputs(asked_of(reading).get("input"))
    if isinstance(data, list) and wanted is not None and len(data) != wanted:
        message = f"data holds {len(data)} vectors for {wanted} inputs"
        yield Deviation(message, str(wanted), str(len(data)), "/data")


@check("embeddings.index", title="`index` runs 0, 1, 2, … in order", clause="EM-3", when=EMBEDDINGS)
def _index(reading: Reading) -> Iterator[Deviation]:
    """LangChain and LlamaIndex take data[i] for input i, others sort by index: both must agree."""
    for i, entry in objects(reading.object.get("data")):
        if integer(entry.get("index")) is not None and entry["index"] != i:
            message = f"data[{i}].index is {short(entry['index'])}; expected {i}"
            yield Deviation(message, str(i), short(entry["index"]), pointer("data", i, "index"))


@check("embeddings.vector.non-empty", title="No vector is empty", clause="EM-4", when=EMBEDDINGS)
def _non_empty(reading: Reading) -> Iterator[Deviation]:
    """An empty vector is stored without a word and never found again."""
    for i, entry in objects(reading.object.get("data")):
        if entry.get("embedding") in ([], ""):
            yield Deviation(f"data[{i}].embedding is empty", "numbers", short(entry["embedding"]), _place(i))


@check("embeddings.vector.same-length", title="All vectors have one length", clause="EM-5", when=EMBEDDINGS)
def _same_length(reading: Reading) -> Iterator[Deviation]:
    """Vector stores fix the length with the first insert and refuse the others."""
    read = [(i, values) for i, values in vectors(reading) if values]
    for i, values in read[1:]:
        wanted = len(read[0][1])
        if len(values) != wanted:
            message = f"data[{i}].embedding has {len(values)} numbers where the first has {wanted}"
            yield Deviation(message, str(wanted), str(len(values)), _place(i))


@check("embeddings.vector.finite", title="Every number is finite", clause="EM-6", when=EMBEDDINGS)
def _finite(reading: Reading) -> Iterator[Deviation]:
    """One NaN makes every distance NaN: the document matches nothing, or everything."""
    for i, values in vectors(reading):
        if not all(map(math.isfinite, values)):
            at = next(j for j, value in enumerate(values) if not math.isfinite(value))
            message = f"number {at} of data[{i}].embedding is not finite"
            yield Deviation(message, "a finite number", str(values[at]), _place(i))


@check(
    "embeddings.vector.unit-norm",
    level=Level.SHOULD,
    title="Vectors have length one",
    clause="EM-7",
    when=EMBEDDINGS,
)
def _unit_norm(reading: Reading) -> Iterator[Deviation]:
    """Dot product then equals cosine similarity, which stores and thresholds rely on."""
    for i, values in vectors(reading):
        length = norm(values)
        if values and math.isfinite(length) and abs(length - 1) > 1e-2:
            message = f"data[{i}].embedding has the norm {length:.4g}, not 1"
            yield Deviation(message, "1", f"{length:.4g}", _place(i))


@check(
    "embeddings.base64.decodes",
    title="Base64 decodes to whole float32 numbers",
    clause="EM-8",
    when=base64_asked,
)
def _base64(reading: Reading) -> Iterator[Deviation]:
    """The Python and Node SDKs ask for base64 unasked and decode it with numpy: four bytes a number."""
    for i, entry in objects(reading.object.get("data")):
        text = entry.get("embedding")
        raw = raw_bytes(text) if isinstance(text, str) else b""
        if raw is None:
            yield Deviation(f"data[{i}].embedding is not base64", "base64", short(text, 40), _place(i))
        elif len(raw) % 4:
            message = f"data[{i}].embedding decodes to {len(raw)} bytes, not a multiple of 4"
            yield Deviation(message, "4 bytes a number", f"{len(raw)} bytes", _place(i))


@check(
    "embeddings.base64.equals-float",
    title="Both encodings carry the same vectors",
    clause="EM-9",
    when=recoded,
)
def _equals_float(reading: Reading) -> Iterator[Deviation]:
    """Big-endian or float64 bytes decode to garbage without an error, in the encoding that SDKs ask for."""
    mine = asked_of(reading)
    twins = [other for other in reading.others.values() if _twin(mine, asked_of(other))]
    if not twins:
        raise Inconclusive("no answer to the same input in the other encoding")
    wanted = dict(vectors(twins[0]))
    for i, values in vectors(reading):
        other = wanted.get(i)
        if other is None:
            continue
        if len(values) != len(other):
            message = f"data[{i}].embedding has {len(values)} numbers, {len(other)} in the other encoding"
            yield Deviation(message, str(len(other)), str(len(values)), _place(i))
            continue
        at = far_apart(values, other)
        if at is not None:
            message = f"number {at} of data[{i}].embedding differs from the other encoding's"
            yield Deviation(message, f"{other[at]:.6g}", f"{values[at]:.6g}", _place(i))


def _twin(one: dict[str, object], other: dict[str, object]) -> bool:
    same = all(one.get(key) == other.get(key) for key in ("model", "input", "dimensions"))
    return same and one.get("encoding_format", "float") != other.get("encoding_format", "float")


@check(
    "embeddings.batch-order",
    title="In a batch, each input gets the vector it gets alone",
    clause="EM-10",
    when=batched,
)
def _batch_order(reading: Reading) -> Iterator[Deviation]:
    """Vectors at another input's place look right and answer every search with a wrong document."""
    mine, read = asked_of(reading), dict(vectors(reading))
    alone = [
        (k, read.get(k), other) for other in reading.others.values() for k in _places(mine, asked_of(other))
    ]
    if not alone:
        raise Inconclusive("none of the inputs was also sent alone")
    for k, values, other in alone:
        wanted = dict(vectors(other)).get(0)
        if values and wanted and len(values) == len(wanted) and distance(values, wanted) > 0.1:
            message = f"data[{k}].embedding is far from the vector of the same input sent alone"
            yield Deviation(message, "a distance below 0.1", f"{distance(values, wanted):.3g}", _place(k))


def _places(batch: dict[str, object], single: dict[str, object]) -> list[int]:
    """Where the one input of `single` stands in the batch, if all else is the same."""
    given, alone = batch.get("input"), single.get("input")
    same = all(batch.get(key) == single.get(key) for key in ("model", "dimensions"))
    if not same or not isinstance(given, list) or not isinstance(alone, str):
        return []
    return [k for k, text in enumerate(given) if text == alone]


@check("embeddings.model", title="`model` names the model that answered", clause="EM-11", when=EMBEDDINGS)
def _model(reading: Reading) -> Iterator[Deviation]:
    """Indexes keep it beside the vectors: vectors of two models must never be mixed."""
    model = reading.object.get("model")
    if reading.object and not model and (model is None or isinstance(model, str)):
        yield Deviation("model is missing or empty", "the model's name", short(model), "/model")


def _token_ids(given: Any) -> int | None:
    """How many token ids an input holds; None where it is text."""
    lists = given if isinstance(given, list) and given and isinstance(given[0], list) else [given]
    flat = [item for one in lists for item in (one if isinstance(one, list) else [None])]
    return len(flat) if flat and all(integer(item) is not None for item in flat) else None


@check(
    "embeddings.token-count",
    level=Level.SHOULD,
    title="Token ids are billed one by one",
    clause="EM-15",
    when=EMBEDDINGS.where(lambda case: _token_ids(case.asked.get("input")) is not None),
    needs=[Facet.REQUEST],
)
def _token_count(reading: Reading) -> Iterator[Deviation]:
    """LangChain sends ids that it split itself: read as text, `[791, 4062]` is embedded as digits."""
    sent = _token_ids(asked_of(reading).get("input"))
    billed = integer(dig(reading.object, "usage", "prompt_tokens"))
    if sent is not None and billed is not None and billed != sent:
        message = f"prompt_tokens is {billed} where {sent} token ids were sent: they were not taken as tokens"
        yield Deviation(message, str(sent), str(billed), "/usage/prompt_tokens")
