"""What `include` asks for stands in the output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import dig, sequence
from slashv1.harness.judge.snapshot import asked_of, snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.matrix import Case

INCLUDED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "reasoning.encrypted_content": ("reasoning", ("encrypted_content",)),
    "web_search_call.action.sources": ("web_search_call", ("action", "sources")),
    "file_search_call.results": ("file_search_call", ("results",)),
    "code_interpreter_call.outputs": ("code_interpreter_call", ("outputs",)),
}
"""By value of `include`: the items that then have more, and where in them.

`message.output_text.logprobs` is judged by `ignored.logprobs`; the images are parts of the input, and no item
of upstream's has the results of a web search.
"""


def _asks(case: Case) -> bool:
    return any(value in INCLUDED for value in sequence(case.asked.get("include")) if isinstance(value, str))


@check(
    "ignored.include",
    title="What `include` asks for stands in the output",
    clause="RE-44",
    when=on("responses.create").where(_asks),
    needs=[Facet.REQUEST],
)
def _include(reading: Reading) -> Iterator[Deviation]:
    """Codex and the Agents SDK keep no response at the server, and send the encrypted reasoning back.

    Without it the model begins anew at every turn, and thinks what it thought before, billed again.
    """
    seen, held = snapshot(reading), 0
    if seen.status != "completed":
        state = f"is {seen.status}" if seen.status else "has no status"
        raise Inconclusive(f"the response {state}: its items need not be whole")
    for value in sequence(asked_of(reading).get("include")):
        kind, steps = INCLUDED.get(value, ("", ())) if isinstance(value, str) else ("", ())
        for at, item in seen.of_type(kind):
            if not _searched(item):
                continue
            held += 1
            if dig(item, *steps) is None:
                message = f"{'.'.join(steps)} of the {kind} is none, though include asks for it"
                yield seen.deviation(message, "output", at, *steps, expected=f"what {value} names")
    if not held:
        raise Inconclusive("no item came that has what include asks for")


def _searched(item: Mapping[str, Any]) -> bool:
    """Whether a web search searched: opening a page has no sources."""
    return item.get("type") != "web_search_call" or dig(item, "action", "type") == "search"
