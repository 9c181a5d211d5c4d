"""The errors a user sees: one line each, what, where and how to mend.

Slashv1Error
├── UsageError    a wrong option, file or name            exit 2
└── TargetError   the target cannot be reached or used    exit 2
"""

from __future__ import annotations


class Slashv1Error(Exception):
    """One clear line; the command line prints it and ends with exit code 2."""


class UsageError(Slashv1Error):
    """A mistake of the caller: unknown name, bad file, unwritable path."""


class TargetError(Slashv1Error):
    """The target cannot be judged at all: unreachable, TLS, key refused at preflight."""
