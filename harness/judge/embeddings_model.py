"""What one embedding model gives, whatever it is sent: vectors of one length, under its name."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.chat import another_model
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.embeddings import EMBEDDINGS, vectors
from slashv1.harness.judge.look import pointer
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.reading import Reading
from slashv1.record import Level

BESIDE = EMBEDDINGS.where(lambda case: any(name.startswith("embeddings.create/") for name in case.beside))


@check(
    "embeddings.model-length",
    title="A model gives vectors of one length, whatever it is sent",
    clause="EM-16",
    when=BESIDE,
    needs=[Facet.REQUEST],
)
def _model_length(reading: Reading) -> Iterator[Deviation]:
    """Token ids, batches and base64 go into the same column as text: another length fails the insert."""
    mine = asked_of(reading)
    twins = [
        other
        for other in reading.others.values()
        if all(asked_of(other).get(key) == mine.get(key) for key in ("model", "dimensions"))
    ]
    wanted = next((len(values) for other in twins for _, values in vectors(other) if values), None)
    if wanted is None:
        raise Inconclusive("no other answer of this model gave a vector")
    for i, values in vectors(reading):
        if values and len(values) != wanted:
            message = f"data[{i}].embedding has {len(values)} numbers; the model's other answer has {wanted}"
            yield Deviation(message, str(wanted), str(len(values)), pointer("data", i, "embedding"))


@check(
    "embeddings.model-resolved",
    level=Level.MAY,
    title="The model is the one asked for, or a version of it",
    clause="EM-17",
    when=EMBEDDINGS,
    needs=[Facet.REQUEST],
)
def _model_resolved(reading: Reading) -> Iterator[Deviation]:
    """Vectors of another model than the one asked for fit no index made before: look at it once."""
    yield from another_model(reading, reading.object.get("model"), "/model")
