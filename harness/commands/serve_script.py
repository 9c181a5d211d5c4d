"""The script of `slashv1 serve --script`: read from YAML, its mistakes told by file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slashv1.matrix.yamlfile import read
from slashv1.reference_server.script import read_script
from slashv1.reference_server.script_error import ScriptError


def load_script(path: str) -> dict[str, Any]:
    """A script, for `create_app`.

    Raises:
        UsageError: not readable, not YAML, or a mistake: file, line, what was expected.
    """
    document = read(Path(path), "script")
    try:
        read_script(document.value)
    except ScriptError as mistake:
        raise document.wrong(mistake.message, *mistake.steps) from mistake
    return document.value
