"""Where a finding lies and what it says, as people write it: the one wording of every output."""

from __future__ import annotations

import re
from collections.abc import Iterable

from slashv1.record import Finding

_LONGEST_EXPECTED = 60
_NAME = re.compile(r"[^.\[\]]+")
_INDEX = re.compile(r"\[\d+\]")
_STEP = re.compile(r"/\d+(?=/|$)")
_EVENT = re.compile(r" \(event \d+(?: and \d+ more)?\)")
_VALUE = re.compile(r'"(?=[^"]*\d|[^"]{40})(?:[^"\\]|\\.)*"|\d{5,}|\d+(?= more)')
"""An id, a long text, a time, a number of others: values that no two answers share. A word is none."""
TOLD_APART = 3
"""Wordings of one deviation that are shown each; of more only what they have in common."""


def dotted(pointer: str) -> str:
    """A JSON Pointer as people write it: `choices[0].message`; `the body` for the whole."""
    text = ""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        text += f"[{name}]" if name.isdigit() or name == "*" else (f".{name}" if text else name)
    return text or "the body"


def frame_of(finding: Finding) -> str:
    """`frame 7 (byte 1,204)`; empty where it lies in no frame."""
    if finding.frame is None:
        return ""
    return f"frame {finding.frame}" + (f" (byte {finding.offset:,})" if finding.offset is not None else "")


def place(finding: Finding) -> str:
    """`frame 7 (byte 1,204): choices[0].finish_reason`, `header retry-after`; empty where it has no place."""
    path = dotted(finding.pointer) if finding.pointer else ""
    header = f"header {finding.header}" if finding.header else ""
    return ": ".join(part for part in (header, frame_of(finding), path) if part)


def without_event(message: str) -> str:
    """A message that does not name the events: the finding's frame does."""
    return _EVENT.sub("", message)


def worded(message: str) -> str:
    """A message without the indices, events and values in it: what it says of many places alike."""
    return _VALUE.sub("…", _INDEX.sub("[*]", without_event(message)))


def any_index(pointer: str) -> str:
    """A JSON Pointer for the places that differ from it in indices alone."""
    return _STEP.sub("/*", pointer)


def others(texts: Iterable[str | None]) -> str:
    """How many values there are beside the one that is shown, in words; empty where there is no other."""
    count = len(set(texts)) - 1
    return f" (and {count} other value{'' if count == 1 else 's'})" if count > 0 else ""


def sentence(finding: Finding) -> str:
    """What deviates, where, and what was expected: the message, with what it does not say itself.

    `frame 7 (byte 1,204): choices[0].finish_reason is ""; expected null until the last chunk`.
    """
    message = finding.message.removesuffix(f" (event {finding.frame})")
    parts = [frame_of(finding), _unsaid(finding, message), message]
    return ": ".join(part for part in parts if part) + _expected(finding, message)


def _unsaid(finding: Finding, message: str) -> str:
    """The header or the path, where the message names neither it nor its last key."""
    if finding.header:
        return "" if finding.header.lower() in message.lower() else f"header {finding.header}"
    path = dotted(finding.pointer) if finding.pointer else ""
    names = _NAME.findall(path)
    last = next((name for name in reversed(names) if not name.isdigit()), "")
    return "" if not path or path in message or last in message else path


def _expected(finding: Finding, message: str) -> str:
    given = finding.expected
    told = given is None or len(given) > _LONGEST_EXPECTED or given in message
    return "" if told or "expected" in message or ";" in message else f"; expected {given}"
