"""The contract: what each operation of /v1 takes and returns, as data, and the few functions that read it."""

from slashv1.spec.contract import (
    Objection,
    Operation,
    find_operation,
    objections,
    operation,
    operations,
    schema,
)
from slashv1.spec.jsontext import Document, Problem, parse

__all__ = [
    "Document",
    "Objection",
    "Operation",
    "Problem",
    "find_operation",
    "objections",
    "operation",
    "operations",
    "parse",
    "schema",
]
