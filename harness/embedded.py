"""The reference gateway inside this process: uvicorn in a thread of its own, on a real socket of loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from slashv1.errors import TargetError
from slashv1.matrix import Profile, Provocation

_START_SECONDS = 20.0
_STOP_SECONDS = 5.0


@contextmanager
def embedded_gateway(**options: Any) -> Iterator[str]:
    """Serve the reference gateway while the block runs.

    Args:
        options: of `reference_server.create_app`.

    Yields:
        its base URL, `http://127.0.0.1:PORT/v1`.

    Raises:
        UsageError: an option is wrong.
        TargetError: it did not start.
    """
    listener = listen("127.0.0.1", 0)
    try:
        server = make_server(options)
        thread = threading.Thread(target=server.run, args=([listener],), name="slashv1-gateway", daemon=True)
        thread.start()
        _await_start(server, thread)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        server.should_exit = True
        thread.join(_STOP_SECONDS)
    finally:
        listener.close()


def provoking(profile: Profile) -> Profile:
    """The profile with what provokes the embedded gateway and what that stores; its own words come first."""
    from slashv1.reference_server import provocations

    known = {cause: Provocation(**how) for cause, how in provocations().items()}
    return replace(
        profile,
        provoke={**known, **profile.reference.provoke, **profile.provoke},
        refs={**profile.reference.refs, **profile.refs},
    )


def gateway_profile(profile: Profile) -> str:
    """The profile that the embedded gateway is to show where this one judges."""
    return "zumik" if "signals" in profile.includes else "openai"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that names its protocol: only for such does asyncio turn Nagle's delay off.

    Without that an answer of head and body takes 40 ms more.

    Raises:
        OSError: the address is taken, or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def make_server(options: dict[str, Any]) -> Any:
    """A uvicorn server of the gateway that logs nothing and does not wait for open streams."""
    import uvicorn

    from slashv1.reference_server import create_app

    config = uvicorn.Config(
        create_app(**options),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",  # a defect that cuts the connection is meant, not a crash to report
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
    return uvicorn.Server(config)


def _await_start(server: Any, thread: threading.Thread) -> None:
    waited = 0.0
    while not server.started:
        if not thread.is_alive() or waited > _START_SECONDS:
            raise TargetError("the embedded reference gateway did not start")
        thread.join(0.005)
        waited += 0.005
