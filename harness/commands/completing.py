"""What a shell is offered where a name is taken; what has the names is loaded when it asks.

In bash a colon ends a word: there the parts of `operation::case` are completed up to the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
"""As click asks a parameter: for the names that begin with what is typed so far."""
Names = Mapping[str, str]
"""Each with what zsh and fish say beside it; nothing where the name says all."""


def offering(load: Callable[[str], Names | Iterable[str]], *, files: bool = False) -> Complete:
    """Offer names; `load` gets what is typed so far. With `files` a path may stand there as well."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        told = load(incomplete)
        helps = told if isinstance(told, Mapping) else dict.fromkeys(told)
        return [
            CompletionItem(name, help=said) for name, said in helps.items() if name.startswith(incomplete)
        ]

    return or_file(complete) if files else complete


def or_file(complete: Complete) -> Complete:
    """Offer the files as well, which the shell itself knows."""

    def both(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [*complete(ctx, param, incomplete), CompletionItem(incomplete, type="file")]

    return both


def _operations(_: str) -> Names:
    from slashv1.spec import operations

    return {name: f"{known.method} {known.path}" for name, known in operations().items()}


def _checks(_: str) -> list[str]:
    """From the notes, which have every check and are read sooner than the checks themselves."""
    from slashv1.harness.notes import examples, without_defect

    return sorted({*examples(), *without_defect()})


def _checks_and_clauses(incomplete: str) -> Iterable[str]:
    from slashv1.spec.clause import clauses

    return clauses() if incomplete[:1].isupper() else _checks(incomplete)


def _cases(_: str) -> list[str]:
    from slashv1.matrix import load_matrix

    return [f"{case.operation}::{case.name}" for case in load_matrix()]


def _selectable(incomplete: str) -> Iterable[str]:
    """Operations that have cases, then their cases."""
    names = _cases(incomplete)
    return names if "::" in incomplete else dict.fromkeys(name.partition("::")[0] for name in names)


def _tiers(_: str) -> tuple[str, ...]:
    from slashv1.harness.plan import TIERS

    return TIERS


def _profiles(_: str) -> Iterable[str]:
    from slashv1.matrix import profiles

    return profiles()


def _shown_profiles(_: str) -> Iterable[str]:
    from slashv1.reference_server.app import PROFILES

    return PROFILES


def _defects(_: str) -> Names:
    from slashv1.reference_server import DEFECTS

    return {name: twist.title for name, twist in DEFECTS.items()}


def _variants(_: str) -> Names:
    from slashv1.reference_server import VARIANTS

    return {name: twist.title for name, twist in VARIANTS.items()}


def _twists(incomplete: str) -> Names:
    return {**_defects(incomplete), **_variants(incomplete)}


operation = offering(_operations)
check = offering(_checks)
check_or_clause = offering(_checks_and_clauses)
case = offering(_cases)
selection = offering(_selectable)
tier = offering(_tiers)
built_in_profile = offering(_profiles)
profile = offering(_profiles, files=True)
shown_profile = offering(_shown_profiles)
defect = offering(_defects)
variant = offering(_variants)
twist = offering(_twists)
