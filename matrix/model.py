"""What the matrix says: phases, operations, scenarios and cases. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ON_REQUEST = frozenset({"cors"})
"""Tags whose cases are tried only where `Profile.extras` names them: what a target need not offer."""
OF_A_PROFILE = frozenset({"signals"})
"""Tags whose cases are tried only under a profile that says `with:` them."""


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """The envelope that an error case must be answered with."""

    type: tuple[str | None, ...] = ()
    """Any of these; empty: any string."""
    code: tuple[str | None, ...] = ()
    """Any of these; empty: not looked at. None is JSON null."""
    param: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Expect:
    """What a case expects of the answer."""

    status: tuple[int, ...] = (200,)
    error: ExpectedError | None = None
    """Given for cases that must be refused."""
    finish_reason: tuple[str, ...] = ()
    """Of chat: any of these, where the server can enforce it."""


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request with `${…}` still in it: `${model}`, `${embedding_model}`, `${create#/id}`."""

    method: str
    path: str
    """From `/v1` on."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Beside the usual ones; None takes a usual one away (`authorization: null`)."""
    json: Any = None
    body: str | None = None
    """Raw text instead of `json`, for bodies that are not JSON."""
    form: Mapping[str, Any] | None = None
    """Instead of `json`: the parts of a multipart form, each a text, a file or a list of these.

    A file is `{filename, text}`, or `base64` in place of `text`, and `content_type` where it says one.
    """


@dataclass(frozen=True, slots=True)
class Poll:
    """A request that is sent again until what it asks for has come."""

    pointer: str
    """JSON Pointer into the answer."""
    until: tuple[str, ...]
    """Any of these values there ends it."""
    requests: int
    """At most; those behind the first wait, each longer than the one before."""

    @property
    def waits(self) -> tuple[float, ...]:
        """Seconds before each request but the first."""
        return tuple(min(_LONGEST_WAIT, _FIRST_WAIT * 2**n) for n in range(self.requests - 1))


_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try on an operation."""

    operation: str
    name: str
    """Unique within the operation, `[a-z0-9-]+`."""
    request: RequestTemplate
    expect: Expect = Expect()
    title: str = ""
    tags: frozenset[str] = frozenset()
    """Features it exercises: `tools`, `n`, `stop`, `logprobs`, `json_schema`, `lifecycle`, …"""
    after: tuple[str, ...] = ()
    """`operation/case` of the steps whose answers it needs, which are sent before it."""
    beside: tuple[str, ...] = ()
    """`operation/case` of exchanges a pair check compares it with; no order between them."""
    together: str = ""
    """Name of a group whose cases are sent at the same time; each stands `beside` all others of it."""
    cooperative: bool = False
    """Needs a model that plays along: what it cannot show ends `inconclusive`."""
    tries: int = 1
    """How often it is sent at most, while a model that need not play along does not."""
    poll: Poll | None = None
    """Given where it is sent until a job has ended."""
    eventually: bool = False
    """What was just stored may need some seconds to be found: while it is not, it is asked for again."""
    provoke: str = ""
    """What the target is provoked to refuse it for (`rate`, `quota`, …); a profile says how. `stranger`: sent
    with the key of another account."""
    optional: bool = False
    """Depends on the model: an honest refusal is `unsupported` whatever the profile requires."""
    phase: int = 1
    tier: str = "standard"
    source: str = ""
    """Where the rule comes from: upstream operation, or the evidence."""

    @property
    def id(self) -> str:
        """`operation/case`."""
        return f"{self.operation}/{self.name}"

    @property
    def stream(self) -> bool:
        """Whether the request asks for a stream."""
        body, form = self.asked, self.request.form or self.request.query
        asked = body.get("stream") in (True, "true") or body.get("stream_format") == "sse"
        return asked or form.get("stream") == "true"

    @property
    def error(self) -> bool:
        """Whether it must be refused."""
        return self.expect.error is not None

    @property
    def asked(self) -> Mapping[str, Any]:
        """The request's JSON object; empty where there is none."""
        return self.request.json if isinstance(self.request.json, dict) else {}


@dataclass(frozen=True, slots=True)
class Provocation:
    """How a target is brought to refuse for a cause of its own. Secrets are left out of its repr."""

    key: str | None = field(default=None, repr=False)
    """In place of the run's own."""
    key_env: str | None = None
    """The environment variable that holds the key."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Beside the usual ones."""
    requests: int = 1
    """How often the request is sent at most, until it is refused so."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a target is known to do otherwise than OpenAI: it explains a failure, and excuses none."""

    says: str
    source: str
    """Where it is told of, or what showed it."""
    checks: tuple[str, ...] = ()
    """Checks or globs that show it; empty: none does."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of the reference gateway; taken where a run starts it itself."""

    provoke: Mapping[str, Provocation] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """Which checks and levels count."""

    name: str
    title: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    """By check id or glob: `MUST`, `SHOULD`, `MAY` or `off`; the last that matches wins."""
    required: frozenset[str] = frozenset()
    """Tags and operations whose honest rejection is a failure; `*` for all."""
    without: frozenset[str] = frozenset()
    """Tags whose cases are not tried at all."""
    includes: frozenset[str] = frozenset()
    """Of `OF_A_PROFILE`, what is tried and judged: `with:`."""
    expect: Mapping[str, Expect] = field(default_factory=dict)
    """By case id, what is expected in place of what the matrix says: where a target's contract differs."""
    provoke: Mapping[str, Provocation] = field(default_factory=dict)
    """By cause: `rate`, `quota`, …"""
    refs: Mapping[str, str] = field(default_factory=dict)
    """Values of `${hints_ref}`, `${session_ref}` and `${alias}`: what the target has stored."""
    reference: Reference = Reference()
    phase: int | None = None
    """Phases 1 to N, where no option says so."""
    tier: str | None = None
    """How many cases, where no option says so."""
    extensions: frozenset[str] = frozenset()
    """Fields of the vendor's own that are allowed: keys or globs, or paths such as `usage.cost`."""
    headers_required: tuple[str, ...] = ()
    """Response headers, names or globs, that every answer has."""
    headers_forbidden: tuple[str, ...] = ()
    """Those that none has."""
    known: tuple[Known, ...] = ()

    def tries(self, case: Case) -> bool:
        """Whether a case is sent under this profile."""
        asked_for = (ON_REQUEST - self.extras) | (OF_A_PROFILE - self.includes)
        return not case.tags & (self.without | asked_for)

    def adapted(self, case: Case) -> Case:
        """A case as this profile expects it to be answered."""
        return replace(case, expect=self.expect[case.id]) if case.id in self.expect else case

    extras: frozenset[str] = frozenset()
    """Checks and cases beyond the suite that were asked for: `sdk`, `cors`; `profile` where it names headers.
    A file says no other: a profile alone decides nothing that depends on what is installed."""
