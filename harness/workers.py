"""The same work by several processes: dealt out in hands, what comes of them given back in their order."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import TypeVar

from slashv1.errors import UsageError

Hand = TypeVar("Hand")
Found = TypeVar("Found")

_AHEAD = 2
"""Hands a process has before it: it never waits, and a file of any length is never read far ahead."""


def dealt(
    work: Callable[[Hand], Found], hands: Iterable[Hand], workers: int, *, least: int = 2
) -> Iterator[Found]:
    """What `work` makes of each hand, the same and in the same order with any number of workers.

    Processes are started only for `least` hands or more; `work`, hands and what is found are pickled.

    Raises:
        UsageError: a process was killed.
    """
    coming = iter(hands)
    first = list(islice(coming, least))
    if workers < 2 or len(first) < least:
        yield from map(work, chain(first, coming))
        return
    executor = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_at_once)
    try:
        waiting: deque[Future[Found]] = deque()
        for hand in chain(first, coming):
            waiting.append(executor.submit(work, hand))
            if len(waiting) > _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        message = "one of the processes was killed, perhaps for want of memory; try --workers 1"
        raise UsageError(message) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _end_at_once() -> None:
    """At Ctrl-C the parent tells of it; a traceback of each process would only bury that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
