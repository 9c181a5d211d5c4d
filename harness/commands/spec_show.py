"""`slashv1 spec show`: what an operation takes and returns: a tree to read, a schema, an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing

PARTS = ("request", "response", "events")
_WIDTH = 80
LEGEND = "* required   + always sent by OpenAI   … more below, see --depth"


@click.command("show", help="What an operation takes and returns: as a tree, a JSON Schema or an example.")
@click.argument("operation", shell_complete=completing.operation)
@click.option("--request", "parts", flag_value="request", multiple=True, help="Only the request.")
@click.option("--response", "parts", flag_value="response", multiple=True, help="Only the response.")
@click.option("--events", "parts", flag_value="events", multiple=True, help="Only the events of a stream.")
@click.option("--tree", "form", flag_value="tree", default="tree", help="A tree to read (default).")
@click.option("--json", "form", flag_value="json", help="The JSON Schema, with all it refers to.")
@click.option("--example", "form", flag_value="example", help="A valid example; of events one of each type.")
@click.option("--depth", type=click.IntRange(1, 20), default=3, show_default=True, help="Levels of the tree.")
def command(operation: str, parts: tuple[str, ...], form: str, depth: int) -> None:
    """Print the parts that an operation has.

    JSON of one part is that part; of several it is an object with each by its name.

    Raises:
        UsageError: no such operation, with the nearest names; or it has no such part.
    """
    found = _operation(operation)
    references = _references(found, parts)
    if form == "tree":
        for line in _tree(found, references, parts, depth):
            click.echo(line)
        return
    made = {part: _value(form, part, one) for part, one in references.items()}
    if not made:
        raise UsageError(f"{operation} has no {' and no '.join(parts or PARTS)} of JSON")
    click.echo(_text(next(iter(made.values())) if len(parts) == 1 else made))


def _operation(name: str) -> Any:
    """By its name, upstream's operationId, or method and path."""
    from slashv1.spec import operations

    known = operations()
    method, _, path = name.strip().partition(" ")
    for one in known.values():
        if name == one.upstream_id or (method.upper(), path.strip()) == (one.method, one.path):
            return one
    if name not in known:
        begun = [one for one in known if name and one.startswith(name)]
        near = begun[:3] or get_close_matches(name, known, n=3, cutoff=0.4)
        hint = (
            f"nearest: {', '.join(near)}" if near else "`slashv1 spec show` takes names like responses.create"
        )
        raise UsageError(f"no operation {name!r}; {hint}")
    return known[name]


def _references(found: Any, parts: tuple[str, ...]) -> dict[str, str]:
    """The reference of each part that is asked for and there."""
    said = {"request": found.request or found.form, "response": found.response, "events": found.event}
    return {part: said[part] for part in PARTS if (part in parts or not parts) and said[part]}


def _tree(found: Any, references: Mapping[str, str], parts: tuple[str, ...], depth: int) -> Iterator[str]:
    from slashv1.spec.evidence import carried
    from slashv1.spec.tree import tree

    yield from _fitting(f"{found.name}   ", f"{found.method} {found.path}")
    yield from _fitting(f"upstream: {found.upstream_id}; ", _evidence(found.name))
    yield LEGEND
    if not parts or "request" in parts:
        yield from _query(found.name)
    for part in PARTS:
        if parts and part not in parts:
            continue
        if part not in references:
            yield f"\n{part}: {_without(found, part)}"
            continue
        form = " (multipart/form-data)" if part == "request" and found.form else ""
        figures = carried(found.name, part)
        first, *rest = tree(references[part], depth, counts=figures.places)
        seen = f", {_count(figures.messages, 'genuine message')}" if figures.messages else ""
        yield ""
        yield from _fitting(f"{part}{form}: {first}", seen)
        yield from rest


def _query(name: str) -> Iterator[str]:
    """The parameters of the query, where there are any."""
    from slashv1.spec.data import read
    from slashv1.spec.tree import told

    known = [one for one in read("parameters.json").get(name, ()) if one["in"] == "query"]
    if known:
        yield "\nquery:"
    for one in known:
        yield from told(one["name"] + ("*" if one.get("required") else ""), one["schema"])


def _without(found: Any, part: str) -> str:
    return "text or bytes, no JSON" if part == "response" and found.answer == "any" else "none"


def _evidence(name: str) -> str:
    from slashv1.spec.evidence import seen

    figures = seen(name)
    if not figures.exchanges:
        return "no genuine exchange seen, as documented"
    days = f", {figures.first} to {figures.last}" if figures.first else ""
    return f"{_count(figures.exchanges, 'genuine exchange')}{days}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _fitting(first: str, rest: str) -> list[str]:
    """One line, or two where one would be too long."""
    if len(first + rest) <= _WIDTH:
        return [first + rest]
    return [first.rstrip(), f"    {rest.removeprefix(', ')}"]


def _value(form: str, part: str, reference: str) -> Any:
    if form == "json":
        from slashv1.spec import schema

        return schema(reference)
    from slashv1.spec.example import example, examples

    return examples(reference) if part == "events" else example(reference)


def _text(value: Any) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False)
