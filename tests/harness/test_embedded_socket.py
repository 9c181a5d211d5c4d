"""The gateway's socket: answers of head and body come without Nagle's delay."""

from __future__ import annotations

import socket

import pytest

from slashv1.harness.embedded import listen


def test_accepted_connections_are_known_as_tcp_so_that_asyncio_sends_at_once():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as client:
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
            assert accepted.getpeername() == client.getsockname()


def test_an_address_that_is_taken_is_an_error():
    with listen("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listen(*first.getsockname())
