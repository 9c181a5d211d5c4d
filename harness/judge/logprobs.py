"""Log probabilities, in a choice or in a chunk: one shape for both. No checks of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slashv1.harness.judge.look import integer, mapping, number, objects, pointer, sequence, short


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one token's entry, and where within the log probabilities."""

    where: str
    said: str
    expected: str
    actual: str


def tokens(logprobs: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Pointer and entry of every token, of the content and of the refusal."""
    for key in ("content", "refusal"):
        for place, token in objects(mapping(logprobs).get(key)):
            yield pointer(key, place), token


def wrong_values(logprobs: Any) -> Iterator[Fault]:
    """Log probabilities above 0: probabilities or percentages by mistake."""
    for where, token in tokens(logprobs):
        given = number(token.get("logprob"))
        if given is not None and not given <= 0:
            shown = short(given, 40)
            yield Fault(f"{where}/logprob", f"logprob is {shown}", "0 or less", shown)


def wrong_bytes(logprobs: Any) -> Iterator[Fault]:
    """Bytes that are not the token's UTF-8; tokens that hold part of a character are left out."""
    for where, token in tokens(logprobs):
        text, given = token.get("token"), token.get("bytes")
        if not isinstance(text, str) or not isinstance(given, list) or "\\x" in text or "\ufffd" in text:
            continue
        due = list(text.encode("utf-8", "surrogatepass"))
        if given != due:
            said = f"bytes of token {short(text, 30)} are not its UTF-8"
            yield Fault(f"{where}/bytes", said, short(due, 60), short(given, 60))


def wrong_counts(logprobs: Any, asked: int) -> Iterator[Fault]:
    """Another number of alternatives than `top_logprobs` asked for."""
    for where, token in tokens(logprobs):
        given = token.get("top_logprobs")
        if isinstance(given, list) and len(given) != asked:
            said = f"{len(given)} top_logprobs where {asked} were asked for"
            yield Fault(f"{where}/top_logprobs", said, str(asked), str(len(given)))


def joined_bytes(logprobs: Any) -> bytes | None:
    """The text that the tokens of the content spell; None where a token has no bytes."""
    whole = bytearray()
    for _, token in objects(mapping(logprobs).get("content")):
        given = token.get("bytes")
        if not isinstance(given, list) or not all(_is_byte(item) for item in given):
            return None
        whole += bytes(given)
    return bytes(whole)


def _is_byte(value: Any) -> bool:
    count = integer(value)
    return count is not None and 0 <= count <= 255


def asked_top(asked: Any) -> int | None:
    """`top_logprobs` of a request that asks for log probabilities; 0 where it names none."""
    request = mapping(asked)
    return (integer(request.get("top_logprobs")) or 0) if request.get("logprobs") is True else None


def has_tokens(logprobs: Any) -> bool:
    """Whether there is at least one token's entry."""
    return any(sequence(mapping(logprobs).get(key)) for key in ("content", "refusal"))
