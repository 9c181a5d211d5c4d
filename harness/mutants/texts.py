"""Operators on the text itself: what is no JSON, no UTF-8, or not the document that was promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from slashv1.harness.mutants.edit import RAW, Path, dumped, put, with_body
from slashv1.harness.mutants.model import ERROR, PLAIN, STREAM, Baseline, Doc, Site, docs, operator

BROKEN = (
    "body.json",
    "*.surrogates",
    "framing.json",
    "framing.utf8",
    "error.envelope",
    "error.framework-leak",
)
ANY = (PLAIN, STREAM, ERROR)


def any_text(base: Baseline) -> str | None:
    """The rule for operations that answer in text of another kind as well, where nothing says it is JSON."""
    free = base.operation.answer != "json" and base.exchange.content_type != "application/json"
    return "free-form" if free and base.kind == PLAIN else None


def _text(name: str, make: Callable[[str], str | bytes | None], does: str, *fits: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for doc in docs(base)[:3]:
            said = make(dumped(doc.value))
            if said is not None:
                yield Site(doc.at(()), partial(doc.saying, said), any_text(base), doc.shape(()))

    find.__doc__ = does
    operator(name, *BROKEN, *fits, kinds=ANY, needs=["bytes"])(find)


def _bad_utf8(text: str) -> bytes | None:
    start = text.find('": "')
    return None if start < 0 else text[: start + 4].encode() + b"\xff" + text[start + 4 :].encode()


def _after_value(text: str) -> str | None:
    return text[:-1] + ",}" if text.endswith("}") and len(text) > 2 else None


_text("truncated-json", lambda text: text[: len(text) * 2 // 3], "cuts the JSON text off")
_text("trailing-text", lambda text: text + "}", "adds a brace behind the JSON text")
_text("two-documents", lambda text: text + text, "writes the JSON text twice")
_text("single-quotes", lambda text: text.replace('"', "'"), "writes JSON as Python prints a dict")
_text("trailing-comma", _after_value, "adds a comma before the last brace")
_text("invalid-utf8", _bad_utf8, "puts a byte into a text that is no UTF-8")
_text(
    "html", lambda _: "<html><body>502 Bad Gateway</body></html>", "answers with a page of HTML", "http.html"
)
_text(
    "wrapped-in-array",
    lambda text: f"[{text}]",
    "wraps the document in an array",
    "body.type",
    "framing.json-object",
)
_text("encoded-twice", dumped, "writes the document as a JSON string", "body.type", "framing.json-object")
_text("null-document", lambda _: "null", "answers null", "body.null", "body.type", "framing.json-object")


@operator("empty-body", "body.json", "framing.nonempty", "error.envelope", "http.*", kinds=ANY)
def _empty(base: Baseline) -> Iterable[Site]:
    """answers with no byte"""
    if base.exchange.body:
        yield Site("the body", lambda: _emptied(base), any_text(base))


def _emptied(base: Baseline) -> Any:
    return with_body(base.exchange, b"")


def _leaves(value: Any, kind: type, path: Path = ()) -> Iterator[Path]:
    if type(value) is kind:
        yield path
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:20]) if isinstance(value, list) else ()
    )
    for step, item in inner:
        yield from _leaves(item, kind, (*path, step))


def _literal(name: str, kind: type, raw: str, does: str) -> None:
    def find(base: Baseline) -> Iterable[Site]:
        for doc in docs(base):
            for path in _leaves(doc.value, kind):
                yield _raw(doc, path, raw)

    find.__doc__ = does
    operator(name, *BROKEN, kinds=ANY, needs=["bytes"])(find)


def _raw(doc: Doc, path: Path, raw: str) -> Site:
    return Site(
        doc.at(path),
        lambda: doc.saying(dumped(put(doc.value, path, RAW) if path else RAW, raw)),
        any_text(doc.base),
        doc.shape(path),
    )


_literal("nan", int, "NaN", "puts NaN in the place of a number")
_literal("infinity", int, "Infinity", "puts Infinity in the place of a number")
_literal("python-none", type(None), "None", "writes null as Python does")
_literal("leading-zero", int, "007", "writes a number with zeros in front")
_literal("lone-surrogate", str, '"\\ud83d"', "puts half a surrogate pair in the place of a text")
_literal("raw-newline", str, '"a\tb"', "puts a bare control character into a text")
