"""What a recording really kept: when it was sent, whether values are real, whether headers are all there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from slashv1.fixtures.exchange import Facet, Headers

_PLACEHOLDER = re.compile(r"redacted|sanitized|scrubbed|-XXX\b|^<[A-Z_]+>$|\*{3,}", re.IGNORECASE)
"""What recorders write in place of a value."""

_DROPPED_ANYWAY = frozenset({"openai-organization", "openai-project", "set-cookie", "authorization"})
"""Headers whose values every recorder hides; the rest tells whether values are real."""

_ALWAYS_SENT = frozenset({"date", "content-type"})
"""Without these a header list is a selection: every HTTP answer with a body has them."""


def sent_seconds(said: str, headers: Headers) -> float | None:
    """When it was sent, Unix seconds: as recorded, else by the answer's own clock; None where neither is."""
    dated = next((value for name, value in headers if name.lower() == "date"), "")
    for read, text in (
        (datetime.fromisoformat, said),
        (parsedate_to_datetime, said),
        (parsedate_to_datetime, dated),
    ):
        try:
            return read(text).timestamp()
        except (ValueError, OverflowError, TypeError, IndexError, OSError):
            continue
    return None


def facets(
    headers: Headers,
    *,
    request: bool,
    body: bool = True,
    values: bool = True,
    all_headers: bool = True,
) -> frozenset[Facet]:
    """The facets of a recording: what its recorder says it kept, less what its headers belie."""
    known = {name.lower(): value for name, value in headers}
    said = {
        Facet.REQUEST: request,
        Facet.BYTES: body,
        Facet.VALUES: values and not _replaced(known),
        Facet.HEADERS: all_headers and not _selected(known),
    }
    return frozenset(facet for facet, kept in said.items() if kept)


def _replaced(headers: Mapping[str, str]) -> bool:
    return any(_PLACEHOLDER.search(v) for k, v in headers.items() if k not in _DROPPED_ANYWAY)


def _selected(headers: Mapping[str, str]) -> bool:
    """Whether a recorder kept a selection only, though it does not say so."""
    # OpenAI's edge puts its version beside the request id or, with a known key, the organisation:
    # where the version stands alone, the recorder took the two that identify the caller away.
    names = headers.keys()
    edge = {"openai-organization", "openai-processing-ms"}
    trimmed = "openai-version" in names and "x-request-id" not in names and not edge <= names
    return trimmed or not names >= _ALWAYS_SENT
