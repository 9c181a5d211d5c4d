"""What a run is asked for, kept beside its exchanges, and how one of its cases is sent again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slashv1.harness.plan import Plan
    from slashv1.harness.run_record import Traffic
    from slashv1.harness.saved import Asked
    from slashv1.record import Suite

_OF_A_REPLAY = ("api_key_env", "model", "embedding_model", "ca_bundle", "matrix")
"""Options with a value that a case needs to be sent again as it was; no secret is among them."""
_HIDDEN = "…"


def asked_of(options: Mapping[str, Any], waivers: Path | None) -> Asked:
    """The options that judging again depends on; `waivers`: the file that was read."""
    from slashv1.harness.saved import Asked

    return Asked(
        profile=str(options["profile"]),
        phase=options["phase"],
        tier=options["tier"],
        select=tuple(options["select"]),
        matrix=_text(options["matrix"]),
        fixtures=_text(options["fixtures"]),
        waivers=_text(waivers),
        as_of=options["as_of"] and options["as_of"].date().isoformat(),
        strict=options["strict"],
        sdk=options["sdk"],
        cors=options["cors"],
        fuzz=options["fuzz"],
        fuzz_seed=options["fuzz_seed"],
    )


def save(path: Path, suite: Suite, asked: Asked, plans: Sequence[Plan], traffic: Sequence[Traffic]) -> None:
    """Write the exchanges of each round, whole or not at all.

    Raises:
        UsageError: the path cannot be written, or the disk is full.
    """
    from slashv1.harness.saved import saved_bytes
    from slashv1.reports import write_report

    write_report(path, saved_bytes(suite, asked, list(zip(plans, traffic, strict=False))))


def again_options(options: Mapping[str, Any]) -> list[str]:
    """The options of `slashv1 replay` that reach the target of this run, quoted for a shell."""
    said = []
    if options["config"]:
        said.append(_option("config", options["config"]))
    if options["target"]:
        said.append(_option("target", options["target"]))
    elif options["base_url"]:
        said.append(_option("base_url", options["base_url"]))
    if options["profile"] != "openai":
        said.append(_option("profile", options["profile"]))
    return said if options["target"] else [*said, *_of_a_replay(options)]


def _of_a_replay(options: Mapping[str, Any]) -> Iterator[str]:
    """What is sent to a target that has no name in a configuration; in place of what is secret a mark."""
    from slashv1.harness.connection import is_secret, parse_headers, parse_query, without_login

    for name in _OF_A_REPLAY:
        if options[name]:
            yield _option(name, options[name])
    if options["proxy"]:
        yield _option("proxy", without_login(options["proxy"]))
    for name, value in parse_headers(options["headers"]):
        yield _option("header", f"{name}: {_HIDDEN if is_secret(name, value) else value}")
    for name, value in parse_query(options["queries"]):
        yield _option("query", f"{name}={_HIDDEN if is_secret(name, value) else value}")
    if options["insecure"]:
        yield "--insecure"


def _option(name: str, value: Any) -> str:
    return f"--{name.replace('_', '-')} {shlex.quote(str(value))}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
