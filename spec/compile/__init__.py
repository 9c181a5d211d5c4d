"""From upstream's OpenAPI document to the project's JSON Schema 2020-12 files. Only maintainers run it."""

from slashv1.spec.compile.contract import compile_contract, write_contract

__all__ = ["compile_contract", "write_contract"]
