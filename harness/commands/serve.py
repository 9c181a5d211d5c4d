"""`slashv1 serve`: the reference gateway on a port of this machine."""

from __future__ import annotations

import errno
import socket

import click

from slashv1.errors import UsageError
from slashv1.harness.commands import completing


@click.command(name="serve")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--profile",
    default="openai",
    show_default=True,
    help="Whose behaviour to show: openai, zumik.",
    shell_complete=completing.shown_profile,
)
@click.option(
    "--state", metavar="FILE", help="What --profile zumik starts with: hints, sessions, keys (YAML)."
)
@click.option(
    "--api-key", "api_keys", multiple=True, metavar="K", help="Only these keys are good (repeatable)."
)
@click.option("--db", default=":memory:", metavar="FILE", help="Keep state in a SQLite file.")
@click.option(
    "--defect", metavar="NAME", help="Misbehave in one named way.", shell_complete=completing.defect
)
@click.option(
    "--variant", metavar="NAME", help="Answer in an unusual, legal way.", shell_complete=completing.variant
)
@click.option("--script", metavar="FILE", help="Answer some requests as a YAML file says: docs/script.md.")
@click.option("--request-log", metavar="FILE", help="Append method, path and status of each request as JSON.")
def command(
    port: int,
    host: str,
    profile: str,
    state: str | None,
    api_keys: tuple[str, ...],
    db: str,
    defect: str | None,
    variant: str | None,
    script: str | None,
    request_log: str | None,
) -> None:
    """Start the reference gateway; ends with Ctrl-C.

    Any bearer key that starts with sk- or zk_live_ is good unless it has `invalid` in it. Defects and legal
    variants can also be asked for by path: /defect/NAME/v1, /variant/NAME/v1.
    """
    from slashv1.harness.commands.serve_script import load_script
    from slashv1.harness.embedded import make_server

    told = load_script(script) if script else None
    listener = _listen(host, port)
    try:
        server = make_server(
            {
                "profile": profile,
                "state": state,
                "api_keys": api_keys,
                "db": db,
                "defect": defect,
                "variant": variant,
                "request_log": request_log,
                "script": told,
            }
        )
        click.echo(f"slashv1 reference gateway at {_url(listener)} (Ctrl-C ends it)")
        server.run([listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    from slashv1.harness.embedded import listen

    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} of {host} is in use; name another with --port") from error
        raise UsageError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/v1"
