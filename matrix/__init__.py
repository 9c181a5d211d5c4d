"""Which operations are tried how: phases, cases and profiles as YAML, and their loader."""

from slashv1.matrix.model import (
    Case,
    Expect,
    ExpectedError,
    Profile,
    RequestTemplate,
)

__all__ = ["Case", "Expect", "ExpectedError", "Profile", "RequestTemplate"]
