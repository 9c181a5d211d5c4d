"""The figures of parity as tables for docs/parity.md and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.parity_left_out import RULES
from benchmarks.parity_shapes import CHOSEN

if TYPE_CHECKING:
    from benchmarks.parity import Parity

MOST = 12
"""So many differences of a part are listed."""
HEAD = """# Parity with genuine OpenAI

What `slashv1 serve` answers to requests that genuine OpenAI was sent. Written by `nox -s parity -- --write
docs/parity.md`, never by hand.
"""
HOLD_OUT = """## Do the rules hold for other requests?

The rules of shape were written with all of this evidence in view, so its halves (by the first byte of the
SHA-256 of an exchange's id) show no hold-out for them, only that neither half was favoured. What was held out
for real: 1,194 genuine answers that are not in the evidence, the rest of the probes that
`aliok/FauxpenAI-spec` published (chat and embeddings, gpt-4, gpt-4o, gpt-4o-audio-preview). Before any of
them had been looked at, 1,183 came out the same, 99.07 %; the eleven others were five causes (pictures and
sound for a model that takes none, `seed` of an audio model, two orders in which faults are found), mended as
rules since: 1,194 of 1,194. What reasoning models refuse stands on published observations of their answers,
for the evidence holds next to none.
"""


def markdown(found: Parity) -> str:
    """All tables."""
    return "\n".join(_lines(found)) + "\n"


def page(found: Parity, name: str) -> str:
    """The whole page; `name`: of the evidence's file."""
    first, last = found.days
    measured = (
        f"Measured on `{name}`: {found.exchanges:,} exchanges, those with a date of {first} to {last}. "
        "Compared are the operations that the gateway serves.\n"
    )
    return "\n".join((HEAD, measured, markdown(found), HOLD_OUT))


def _lines(found: Parity) -> Iterator[str]:
    yield "## Status, type, code and param"
    yield ""
    yield "| operation | genuine fate | requests | equal | |"
    yield "|---|---|---:|---:|---:|"
    for (operation, cause), count in sorted(found.seen.items()):
        equal = found.equal[operation, cause]
        yield f"| {operation} | {cause} | {count:,} | {equal:,} | {percent(equal, count)} |"
    total, equal = found.seen.total(), found.equal.total()
    yield f"| **all** | | {total:,} | {equal:,} | **{percent(equal, total)}** |"
    refused = {place: count for place, count in found.seen.items() if place[1] != "accepted"}
    count, same = sum(refused.values()), sum(found.equal[place] for place in refused)
    yield f"| **all** | refused | {count:,} | {same:,} | **{percent(same, count)}** |"
    yield ""
    for odd in (False, True):
        equal, total = found.halves[odd]
        yield f"- {'odd' if odd else 'even'} half: {equal:,} of {total:,}, {percent(equal, total)}"
    yield from _listed("What differs", found.apart)
    yield from _parts(found)
    yield from _left(found)


def _parts(found: Parity) -> Iterator[str]:
    yield from ("", "## Shape, frames and headers", "")
    yield "Of the answers with an equal verdict. A key is held against the gateway only on days on which"
    yield (
        "genuine OpenAI was of one mind about it. What the model chose is left out: " + _quoted(CHOSEN) + "."
    )
    yield from ("", "| operation | shape | frames | header families |", "|---|---:|---:|---:|")
    names = sorted({name for part in found.held.values() for name in part})
    for name in names:
        cells = [_cell(found.alike[part][name], found.held[part][name]) for part in found.held]
        yield f"| {name} | {' | '.join(cells)} |"
    totals = [_cell(found.alike[part].total(), found.held[part].total()) for part in found.held]
    yield f"| **all** | {' | '.join(totals)} |"
    for part, told in found.told.items():
        yield from _listed(
            f"{part.capitalize()}: what differs (`-` only genuine, `+` only the gateway)", told
        )


def _quoted(patterns: tuple[str, ...]) -> str:
    return ", ".join(f"`{pattern.replace('[[]', '[')}`" for pattern in patterns)


def _cell(alike: int, held: int) -> str:
    return f"{alike:,} of {held:,}, {percent(alike, held)}" if held else ""


def _listed(title: str, told: Any) -> Iterator[str]:
    yield from ("", f"{title}:", "")
    if not told:
        yield "- nothing"
    for what, count in told.most_common(MOST):
        yield f"- {count:,} × {what[:200]}"
    if len(told) > MOST:
        rest = sum(count for _, count in told.most_common()[MOST:])
        yield f"- {rest:,} of {len(told) - MOST:,} other kinds"


def _left(found: Parity) -> Iterator[str]:
    yield from ("", "## Left out by rule", "", "| rule | exchanges | why |", "|---|---:|---|")
    for rule, why in RULES.items():
        yield f"| {rule} | {found.left[rule]:,} | {why} |"


def percent(equal: int, total: int) -> str:
    """A share, cut and never rounded up."""
    return f"{equal * 10_000 // total / 100:.2f} %" if total else ""


def as_json(found: Parity) -> dict[str, Any]:
    """The figures as JSON values."""
    return {
        "exchanges": found.exchanges,
        "days": list(found.days),
        "verdicts": [
            {"operation": operation, "cause": cause, "seen": count, "equal": found.equal[operation, cause]}
            for (operation, cause), count in sorted(found.seen.items())
        ],
        "apart": dict(found.apart.most_common()),
        "parts": {
            part: {
                "held": dict(found.held[part]),
                "alike": dict(found.alike[part]),
                "told": dict(found.told[part].most_common()),
            }
            for part in found.held
        },
        "left out": dict(found.left),
    }
