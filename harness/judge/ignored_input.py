"""What is to be embedded is embedded to its end."""

from __future__ import annotations

from collections.abc import Iterator

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.look import dig, integer, sequence, word_count
from slashv1.harness.judge.snapshot import asked_of
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case
from slashv1.record import Level


def _texts(asked: object) -> list[str]:
    return [
        text for text in ([asked] if isinstance(asked, str) else sequence(asked)) if isinstance(text, str)
    ]


def _may_be_taken(case: Case) -> bool:
    return 200 in case.expect.status and bool(_texts(case.asked.get("input")))


@check(
    "ignored.input",
    level=Level.SHOULD,
    title="The whole input is embedded, or refused",
    clause="EM-18",
    when=on("embeddings.create", error=None).where(_may_be_taken),
    needs=[Facet.REQUEST],
)
def _input(reading: Reading) -> Iterator[Deviation]:
    """A document that was cut off is found by its first pages alone, and nobody learns of it.

    No token spans two words, so that a text bills about one for each or more; a tenth is left.
    """
    said = sum(word_count(text) for text in _texts(asked_of(reading).get("input")))
    billed = integer(dig(reading.object, "usage", "prompt_tokens")) or 0
    if reading.exchange.status == 200 and 0 < billed < said * 9 // 10:
        message = f"prompt_tokens is {billed}, but {said} words were sent: the rest was not embedded"
        yield Deviation(message, f"at least {said}", str(billed), "/usage/prompt_tokens")
