"""The headers that a profile requires or forbids: asked for only where it names some."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from slashv1.harness.judge.check import Deviation, check
from slashv1.harness.judge.headers import ANY, KEPT
from slashv1.harness.judge.look import short
from slashv1.harness.reading import Reading

PROFILE = "profile"


@check(
    "profile.headers-required",
    title="Every answer has the headers that the profile requires",
    clause="HD-38",
    when=ANY,
    needs=KEPT,
    always=True,
    extra=PROFILE,
)
def _required(reading: Reading) -> Iterator[Deviation]:
    """Dashboards, bills and support of those who wrote the profile read them: without them they are blind."""
    wanted = reading.profile.headers_required if reading.profile else ()
    names = [name.lower() for name, _ in reading.exchange.headers]
    if reading.exchange.status is None:
        return
    for glob in wanted:
        if not any(fnmatchcase(name, glob.lower()) for name in names):
            yield Deviation(
                f"there is no header {glob}, which the profile requires", glob, "absent", header=glob
            )


@check(
    "profile.headers-forbidden",
    title="No answer has a header that the profile forbids",
    clause="HD-39",
    when=ANY,
    needs=KEPT,
    always=True,
    extra=PROFILE,
)
def _forbidden(reading: Reading) -> Iterator[Deviation]:
    """They tell strangers what stands behind a gateway (a vendor, a version, a price), or clients begin to
    depend on them."""
    unwanted = reading.profile.headers_forbidden if reading.profile else ()
    for name, value in reading.exchange.headers:
        glob = next((one for one in unwanted if fnmatchcase(name.lower(), one.lower())), None)
        if glob is not None:
            message = f"the profile forbids the header {name.lower()}"
            yield Deviation(message, f"no {glob}", short(value, 60), header=name.lower())
