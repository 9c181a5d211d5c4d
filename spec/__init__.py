"""The contract: what each operation of /v1 takes and returns, as data, and the few functions that read it."""

from slashv1.spec.contract import (
    Objection,
    Operation,
    definition,
    find_operation,
    objections,
    operation,
    operations,
    schema,
)
from slashv1.spec.current import flawless, lacking
from slashv1.spec.jsontext import Document, Problem, parse
from slashv1.spec.tables import (
    ErrorRow,
    HeaderRule,
    error_row,
    error_table,
    header_grammar,
    request_header_grammar,
    stream_machine,
)

__all__ = [
    "Document",
    "ErrorRow",
    "HeaderRule",
    "Objection",
    "Operation",
    "Problem",
    "definition",
    "error_row",
    "error_table",
    "find_operation",
    "flawless",
    "header_grammar",
    "lacking",
    "objections",
    "operation",
    "operations",
    "parse",
    "request_header_grammar",
    "schema",
    "stream_machine",
]
