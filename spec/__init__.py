"""The contract: what each operation of /v1 takes and returns, as data, and the few functions that read it.

The public names load on first use: who asks for one schema does not wait for all of the package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slashv1.spec.contract import (
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
    from slashv1.spec.objection import Objection
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

_HOME = {
    "Objection": "objection",
    **dict.fromkeys(("flawless", "lacking"), "current"),
    **dict.fromkeys(("Document", "Problem", "parse"), "jsontext"),
    **dict.fromkeys(("ErrorRow", "HeaderRule", "error_row", "error_table", "header_grammar"), "tables"),
    **dict.fromkeys(("request_header_grammar", "stream_machine"), "tables"),
}


if not TYPE_CHECKING:  # else every name would be one to a type checker

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOME.get(name, 'contract')}"), name)
        globals()[name] = found  # the next time it is an ordinary attribute
        return found
