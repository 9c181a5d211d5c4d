"""How to reach a target: its URL, key and limits, and the rules for each. Nothing is opened here."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from slashv1.errors import UsageError

OPENAI_HOST = "api.openai.com"
KEY_VARIABLE = "SLASHV1_API_KEY"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET_WORD = re.compile(
    r"(?!portkey|monkey)[a-z]*(key|token|secret|auth|passwd|password)"
    r"|authorization|code|cookie|credentials?|jwt|pass|passphrase|pwd|sig|signature"
)
"""A word in the name of a header or parameter whose value is secret, `sessiontoken` too: to hide one too many
costs less than to show one. `portkey` and `design` are none."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEX = re.compile(r"[0-9a-fA-F-]{32,}")
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one exchange; seconds and bytes."""

    connect: float = 10.0
    first_byte: float = 60.0
    """From the request to the response head."""
    idle: float = 30.0
    """Between two reads of the body."""
    total: float = 300.0
    max_body: int = 64 * 2**20
    """After decompression."""
    max_frame: int = 8 * 2**20
    max_frames: int = 5_000
    """Of one stream: each is parsed and judged, and costs far more than its bytes. No case needs a tenth."""
    max_kept: int = 128 * 2**20
    """All bodies of a run together: what is kept for judging stays within memory."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A target and how to talk to it. Secrets are left out of its repr."""

    base_url: str
    """Normalised: ends in `/v1`."""
    api_key: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca_bundle: str | None = None
    insecure: bool = False
    proxy: str | None = field(default=None, repr=False)
    limits: Limits = Limits()
    concurrency: int = 8
    max_wait: float = 60.0
    """Seconds a `Retry-After` is obeyed for, per case."""
    max_requests: int | None = None
    """Nothing is repeated beyond it."""
    model: str | None = None
    embedding_model: str | None = None
    name: str | None = None
    """What the user's configuration calls the target."""
    notes: tuple[str, ...] = ()
    """What the user should know about how these were found."""
    private: tuple[str, ...] = field(default=(), repr=False)
    """Keys of the profile's: secrets like the run's own."""

    @property
    def root(self) -> str:
        """The base URL without its `/v1`; a path from `/v1` on is appended to it."""
        return self.base_url.removesuffix("/v1")

    @property
    def host(self) -> str:
        """Host name in lower case."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be seen in any output, not even where the target echoes it.

        Of the user's own headers and parameters those that look like a secret by name or value: an
        innocent value, taken out of every answer, would make findings of its own.
        """
        given = (*self.headers, *self.query)
        values = [value for name, value in given if is_secret(name, value)]
        values += _proxy_secrets(self.proxy)
        bare = [value.split(" ", 1)[1] for value in values if re.match(r"(?i)(bearer|basic) .", value)]
        found = [self.api_key or "", *self.private, *(value for value in (*bare, *values) if len(value) >= 6)]
        return tuple(dict.fromkeys(value for value in found if value))


def is_secret(name: str, value: str) -> bool:
    """Whether a header or query parameter is to be hidden: by a word of its name, or as its value looks."""
    words = {word.lower() for word in (*_WORD.findall(name), *re.findall("[A-Za-z]+", name))}
    return any(map(_SECRET_WORD.fullmatch, words)) or _looks_secret(value)


def without_login(url: str) -> str:
    """A URL whose user name and password are left out, and seen to be."""
    return re.sub(r"//[^/]*@", "//…@", url)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def normalise_base_url(text: str) -> str:
    """The URL without a trailing slash.

    Raises:
        UsageError: no http(s) URL, or one that does not end in `/v1`; a likely one is suggested.
    """
    url = text.strip()
    shown = _shown(url)
    parts = _split(url, shown)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--base-url {shown} is no http or https URL{_guess(url)}")
    if parts.username is not None or parts.password is not None:
        raise UsageError("--base-url holds a user name or password: use --api-key or --header instead")
    if parts.query or parts.fragment:
        raise UsageError(f"--base-url {shown} holds a query or fragment: use --query name=value instead")
    path = parts.path.rstrip("/")
    if not path.endswith("/v1"):
        raise UsageError(f"--base-url {shown} does not end in /v1: did you mean {_suggest(parts)}?")
    return f"{parts.scheme}://{parts.netloc}{path}"


def resolve_key(
    base_url: str,
    *,
    api_key: str | None = None,
    api_key_env: str | None = None,
    environ: Mapping[str, str],
) -> tuple[str | None, tuple[str, ...]]:
    """The key to send, and what to tell the user about it.

    OPENAI_API_KEY goes only to api.openai.com, loopback or the host of OPENAI_BASE_URL, so that
    nobody's key reaches a third party by accident.

    Raises:
        UsageError: the named variable is not set, or the key cannot stand in a header.
    """
    if api_key is not None:
        return _usable(api_key, "--api-key"), ()
    if api_key_env is not None:
        if not environ.get(api_key_env, "").strip():
            if not _VARIABLE.fullmatch(api_key_env) or _looks_secret(api_key_env):
                raise UsageError(
                    "--api-key-env takes the name of a variable; a key itself has no place there"
                )
            raise UsageError(f"--api-key-env {api_key_env}: that variable is not set, or empty")
        return _usable(environ[api_key_env], api_key_env), ()
    if environ.get(KEY_VARIABLE, "").strip():
        return _usable(environ[KEY_VARIABLE], KEY_VARIABLE), ()
    if not environ.get("OPENAI_API_KEY", "").strip():
        return None, ()
    host = (urlsplit(base_url).hostname or "").lower()
    if host == OPENAI_HOST or is_loopback(host) or host == _openai_base_host(environ):
        return _usable(environ["OPENAI_API_KEY"], "OPENAI_API_KEY"), ()
    return None, (
        f"OPENAI_API_KEY is set but was not used: {host} is neither {OPENAI_HOST}, loopback nor the host "
        f"of OPENAI_BASE_URL; use --api-key, --api-key-env or {KEY_VARIABLE}",
    )


def parse_headers(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`Name: value` pairs.

    Raises:
        UsageError: no colon, a name that is none, or a control character; the value is not shown.
    """
    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or not _TOKEN.fullmatch(name):
            raise UsageError("--header takes 'Name: value', and one of them is not of that form")
        if name.lower() in _FRAMING:
            raise UsageError(f"--header {name}: the client sets this header itself")
        if not value.isprintable() or not value.isascii():
            raise UsageError(f"--header {name}: its value holds a character no header may hold")
        found.append((name, value))
    return tuple(found)


def parse_query(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`name=value` pairs.

    Raises:
        UsageError: no equals sign, or no name.
    """
    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError("--query takes name=value, and one of them is not of that form")
        found.append((name, value))
    return tuple(found)


def check_proxy(proxy: str | None) -> None:
    """Refuse what is no proxy URL.

    Raises:
        UsageError: another scheme, or no host.
    """
    if proxy is None:
        return
    parts = _split(proxy, "--proxy")
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise UsageError("--proxy takes a URL such as http://proxy.example:3128")


def _split(url: str, shown: str) -> SplitResult:
    try:
        if not url.isprintable() or " " in url:
            raise ValueError
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where the port is none
    except ValueError as error:
        # What `urlsplit` says repeats a part of the URL, which may be one of a password.
        port = str(error).startswith("Port")
        said = "a port that is no number up to 65535" if port else "a space, or a character no URL holds"
        raise UsageError(f"{shown} is no URL: {said}") from None
    return parts


def _shown(url: str) -> str:
    """For messages: a user name and password left out, control characters made visible."""
    return ascii(re.sub(r"//[^/@]*@", "//", url))[:200]


def _guess(url: str) -> str:
    if "://" in url or not url:
        return ", such as https://api.example.com/v1"
    host = url.split("/")[0].split(":")[0]
    scheme = "http" if is_loopback(host) else "https"
    try:
        return f": did you mean {_suggest(urlsplit(f'{scheme}://{url}'))}?"
    except ValueError:
        return ""


def _suggest(parts: SplitResult) -> str:
    """The part up to `/v1` where there is one inside, else the URL with `/v1` appended."""
    before, found, _ = f"{parts.path}/".partition("/v1/")
    path = before if found else parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}/v1"


def _usable(key: str, where: str) -> str:
    key = key.strip()
    if not key:
        raise UsageError(f"{where}: the key is empty")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            f"{where}: the key holds a character no key can hold (a space, a line end, a non-ASCII)"
        )
    return key


def _openai_base_host(environ: Mapping[str, str]) -> str | None:
    try:
        return (urlsplit(environ.get("OPENAI_BASE_URL", "")).hostname or "").lower() or None
    except ValueError:
        return None


def _looks_secret(value: str) -> bool:
    """`Bearer …`, or as long and mixed as keys are."""
    if re.match(r"(?i)(bearer|basic) .", value) or _HEX.fullmatch(value):
        return True
    return len(value) >= 20 and all(re.search(kind, value) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _proxy_secrets(proxy: str | None) -> list[str]:
    if not proxy:
        return []
    parts = urlsplit(proxy)
    return [text for text in (parts.password, parts.username) if text]
