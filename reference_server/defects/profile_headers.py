"""Defects against a profile that names headers, and what it lets pass; no built-in profile names any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slashv1.reference_server.defects.adapters import on_answer
from slashv1.reference_server.defects.twist import Change, Twist
from slashv1.reference_server.wire import Answer, Call

REQUIRED = "x-content-type-options"
"""What every answer of the correct gateway has, and no other check asks for."""
FORBIDDEN = ("x-vendor-*", "x-powered-by")
_CASES = (
    "chat.completions.create::plain",
    "chat.completions.create::stream",
    "chat.completions.create::unknown-model",
    "models.list::plain",
)


def _lost(where: Callable[[Answer], bool]) -> Change:
    def changed(call: Call, answer: Answer) -> Answer:
        return answer.with_header(REQUIRED, None) if where(answer) else answer

    return on_answer(changed)


def _told(*more: tuple[str, str]) -> Change:
    return on_answer(lambda call, answer: replace(answer, headers=(*answer.headers, *more)))


def _respelt(call: Call, answer: Answer) -> Answer:
    """Names in another case and order, another value, and headers that only begin like a forbidden one."""
    told = tuple((n.title(), "NOSNIFF" if n == REQUIRED else v) for n, v in reversed(answer.headers))
    return replace(answer, headers=(*told, ("X-Vendor", "own"), ("X-Powered-By-Wind", "yes")))


DEFECTS = (
    Twist(
        "profile-header-refused",
        "Refusals lack a header that the profile requires",
        _lost(lambda answer: not answer.ok),
        caught_by="profile.headers-required",
        cases=_CASES,
        required=(REQUIRED,),
    ),
    Twist(
        "profile-header-stream",
        "Streams lack a header that the profile requires",
        _lost(lambda answer: answer.events is not None),
        caught_by="profile.headers-required",
        cases=_CASES,
        required=(REQUIRED,),
    ),
    Twist(
        "profile-header-vendor",
        "Answers say what a request cost the vendor behind, which the profile forbids",
        _told(("X-Vendor-Cost", "0.00042")),
        caught_by="profile.headers-forbidden",
        cases=_CASES,
        forbidden=FORBIDDEN,
    ),
    Twist(
        "profile-header-software",
        "Answers name the software behind, which the profile forbids",
        _told(("x-powered-by", "Express")),
        caught_by="profile.headers-forbidden",
        cases=_CASES,
        forbidden=FORBIDDEN,
    ),
)
VARIANTS = (
    Twist(
        "profile-headers-respelt",
        "A header that the profile requires in another case and value, others that resemble forbidden ones",
        on_answer(_respelt),
        cases=_CASES,
        required=(REQUIRED,),
        forbidden=FORBIDDEN,
    ),
)
