"""The fields of a form as a JSON body would have them: numbers and booleans by the rules of the operation."""

from __future__ import annotations

from typing import Any

from slashv1.reference_server.forms import Form
from slashv1.reference_server.validation import from_text, rules


def typed(form: Form, operation: str, *, leaving: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every field but those in `leaving`, which are files; what is no number stays a text, to be refused."""
    properties = rules()[operation]["properties"]
    return {
        name: from_text(properties.get(name, {}).get("type"), text)
        for name in form.names
        if name not in leaving and (text := form.text(name)) is not None
    }
