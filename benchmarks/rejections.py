"""Which requests genuine OpenAI took or refused, why, and what the contract says of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from slashv1.harness.audit import operation_of
from slashv1.harness.judge.request import faults
from slashv1.harness.reading import Reading
from slashv1.harness.recorded import Broken, Recorded, case_of

Why = Literal["accepted", "shape", "model", "other"]

MODEL_CODES = frozenset(
    {
        "context_length_exceeded",
        "model_not_available",
        "model_not_found",
        "unsupported_file",
        "unsupported_parameter",
        "unsupported_value",
    }
)
"""Refused by what the chosen model can do."""
OTHER_CODES = frozenset(
    {
        "invalid_function_parameters",
        "invalid_image_file",
        "invalid_image_format",
        "invalid_image_url",
        "invalid_json_schema",
        "invalid_thread",
    }
)
"""Refused for a file, a schema of the caller's own or the state of a thread."""

_MODEL = re.compile(
    r"\bmodels?\b|not supported|Supported sizes|Unrecognized request argument|Content blocks are expected"
    r"|Invalid token in prompt|Unknown parameter: 'response_format'"
)
_OTHER = re.compile(r"downloading|invalid validation_file|Invalid image URL|Invalid file data")


def why(status: int, error: Any) -> Why:
    """Whether a request was taken, or refused for its shape, for the model, or for something else."""
    if status < 300:
        return "accepted"
    if status != 400 or not isinstance(error, dict):
        return "other"
    code, message = error.get("code"), str(error.get("message"))
    if code in MODEL_CODES or _MODEL.search(message):
        return "model"
    if code in OTHER_CODES or _OTHER.search(message):
        return "other"
    return "shape"


@dataclass(slots=True)
class Confusion:
    """Requests by operation and fate, and how many of them the contract objects to."""

    seen: Counter[tuple[str, Why]] = field(default_factory=Counter)
    objected: Counter[tuple[str, Why]] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    """Refused for the shape and not objected to, by operation, code and parameter."""

    def add(self, record: Recorded) -> None:
        """Count one exchange, where its request was kept and the contract has a schema for it."""
        request, status = record.exchange.request, record.exchange.status or 0
        operation = operation_of(request.method, request.path)
        if operation is None or record.asked is None or not (operation.request or operation.form):
            return
        reading = Reading(case_of(record, operation), record.exchange, asked=record.asked)
        error = reading.object.get("error")
        key = (operation.name, why(status, error))
        self.seen[key] += 1
        if faults(reading):
            self.objected[key] += 1
        elif key[1] == "shape" and isinstance(error, dict):
            self.missed[f"{operation.name} {error.get('code')} {error.get('param')}"] += 1


def confusion(records: Iterable[Recorded | Broken]) -> Confusion:
    """The table of a whole recording."""
    table = Confusion()
    for record in records:
        if not isinstance(record, Broken):
            table.add(record)
    return table
