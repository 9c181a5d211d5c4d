"""Options that commands share: how to reach a target, and which cases of the matrix to send."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing
from slashv1.harness.configuration import EMBEDDED

if TYPE_CHECKING:
    from slashv1.matrix import Profile

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


class Seconds(click.FloatRange):
    """A finite number of seconds: NaN is within every range."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return float(number)


_SECONDS = Seconds(min=0.001, max=86_400)
_COUNT = click.IntRange(min=0)
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}

CONNECTION = (
    click.option("--base-url", metavar="URL", help="The target, up to /v1; else the embedded gateway."),
    click.option("--api-key", metavar="KEY", help="Bearer key. Better: --api-key-env, or SLASHV1_API_KEY."),
    click.option("--api-key-env", metavar="NAME", help="Environment variable that holds the key."),
    click.option("--model", metavar="ID", help="Chat model; else one the target lists."),
    click.option("--embedding-model", metavar="ID", help="Embedding model; else a listed id with 'embed'."),
    click.option("--header", "headers", multiple=True, metavar="'N: V'", help="Send this too. Repeatable."),
    click.option("--query", "queries", multiple=True, metavar="K=V", help="Query parameter. Repeatable."),
    click.option("--ca-bundle", metavar="FILE", help="Certificates to trust, PEM."),
    click.option("--insecure", is_flag=True, help="Do not verify the certificate."),
    click.option("--proxy", metavar="URL", help="Proxy; never used for loopback."),
    click.option("--concurrency", type=click.IntRange(1, 256), default=8, show_default=True),
    click.option("--timeout", type=_SECONDS, default=60, show_default=True, help="To the answer's head, s."),
    click.option("--connect-timeout", type=_SECONDS, default=10, show_default=True, help="To connect, s."),
    click.option("--idle-timeout", type=_SECONDS, default=30, show_default=True, help="Between reads, s."),
    click.option("--total-timeout", type=_SECONDS, default=300, show_default=True, help="A whole answer, s."),
    click.option("--max-body", metavar="SIZE", default="64M", show_default=True, help="Of one answer."),
    click.option("--max-frame", metavar="SIZE", default="8M", show_default=True, help="Of one SSE frame."),
    click.option(
        "--max-frames", type=click.IntRange(min=1), default=5_000, show_default=True, help="Of one stream."
    ),
    click.option(
        "--max-wait",
        type=Seconds(min=0, max=86_400),
        default=60,
        show_default=True,
        help="Obey Retry-After so long, s.",
    ),
)
SELECTION = (
    click.option(
        "--phase", type=click.IntRange(1, 4), help="Phases 1 to N. [default: the profile's, else 1]"
    ),
    click.option(
        "--tier",
        metavar="TIER",
        shell_complete=completing.tier,
        help="quick, standard or full: how many cases. [default: the profile's, else standard]",
    ),
    click.option(
        "--select",
        multiple=True,
        metavar="GLOB",
        shell_complete=completing.selection,
        help="Only these, as operation::case::check. Repeatable.",
    ),
    click.option("--matrix", metavar="DIR", help="A matrix folder of your own."),
    click.option("--max-requests", type=_COUNT, metavar="N", help="Send nothing if more would be needed."),
    click.option("--max-tokens", type=_COUNT, metavar="N", help="Send nothing if more might be used."),
)


AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Ask for the fields that OpenAI sent on that day; else on the day of each exchange.",
)


SDK = click.option(
    "--sdk",
    is_flag=True,
    help="Let the installed official Python client read each answer too (checks sdk.*).",
)


def profile_option(default: str = "openai") -> Callable[[F], F]:
    """`--profile`, of the commands that judge."""
    return click.option(
        "--profile",
        default=default,
        show_default=True,
        metavar="NAME|FILE",
        help="A built-in name or a .yaml file.",
        shell_complete=completing.profile,
    )


WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=lambda: os.cpu_count() or 1,
    show_default="one a core",
    help="Processes that share the work.",
)


def settled(options: Mapping[str, Any], profile: Profile | None = None) -> dict[str, Any]:
    """The options with phase and tier: as given, else as the profile says, else 1 and standard."""
    phase = options["phase"] or (profile and profile.phase) or 1
    tier = options["tier"] or (profile and profile.tier) or "standard"
    return {**options, "phase": phase, "tier": tier}


def connection_options(command: F) -> F:
    """Add the options of `CONNECTION`; `connection_from` reads them."""
    return _add(CONNECTION, command)


def selection_options(command: F) -> F:
    """Add the options of `SELECTION`."""
    return _add(SELECTION, command)


def connection_from(
    options: Mapping[str, Any],
    *,
    embedded: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Any:
    """The `Connection` the options describe; `embedded`: the base URL of our own gateway, if that is meant.

    Raises:
        UsageError: a wrong URL, key, header, size or file.
    """
    from slashv1.harness.connection import (
        Connection,
        check_proxy,
        is_loopback,
        normalise_base_url,
        parse_headers,
        parse_query,
        resolve_key,
    )

    base_url = embedded or normalise_base_url(options["base_url"])
    given = {"api_key": options["api_key"], "api_key_env": options["api_key_env"]}
    # The embedded gateway takes any such key; nobody's own key is sent to it unasked.
    fallback = {"SLASHV1_API_KEY": "sk-slashv1-embedded"} if embedded else environ
    key, notes = resolve_key(base_url, **given, environ=fallback if not any(given.values()) else environ)
    check_proxy(options["proxy"])
    connection = Connection(
        base_url,
        key,
        parse_headers(options["headers"]),
        parse_query(options["queries"]),
        ca_bundle=options["ca_bundle"],
        insecure=options["insecure"],
        proxy=options["proxy"],
        limits=limits_from(options),
        concurrency=options["concurrency"],
        max_wait=options["max_wait"],
        max_requests=options.get("max_requests"),
        model=_name(options, "model"),
        embedding_model=_name(options, "embedding_model"),
        name=EMBEDDED if embedded else options.get("target"),
    )
    more = list(notes)
    if options.get("origin"):
        more.append(str(options["origin"]))
    if embedded:
        more.append("no --base-url: this is the embedded reference gateway")
    if connection.insecure and base_url.startswith("https:"):
        more.append("the certificate was not verified (--insecure)")
    if connection.proxy and is_loopback(connection.host):
        more.append("--proxy was not used: the target is on this machine")
    return _replace(connection, notes=tuple(more))


def limits_from(options: Mapping[str, Any]) -> Any:
    """The `Limits` the options describe."""
    from slashv1.harness.connection import Limits

    return Limits(
        connect=options["connect_timeout"],
        first_byte=options["timeout"],
        idle=options["idle_timeout"],
        total=options["total_timeout"],
        max_body=size(options["max_body"], "--max-body"),
        max_frame=size(options["max_frame"], "--max-frame"),
        max_frames=options["max_frames"],
    )


def size(text: str, option: str) -> int:
    """Bytes: a number, or one with k, M or G.

    Raises:
        UsageError: neither.
    """
    digits, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 13) or unit not in _UNITS:
        raise UsageError(f"{option} {text!r}: a number of bytes, or one with k, M or G, such as 64M")
    return max(1, int(digits) * _UNITS[unit])


def _name(options: Mapping[str, Any], option: str) -> str | None:
    value = options[option]
    if value is None:
        return None
    if not value.strip() or not value.isprintable():
        raise UsageError(f"--{option.replace('_', '-')}: not a model id")
    return str(value)


def _replace(connection: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(connection, **changes)


def _add(options: tuple[Callable[[F], F], ...], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command
