"""From what a recorder kept of one exchange, in whatever format, to the exchange that is judged."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import urlsplit

from slashv1.fixtures import Exchange, Read, Request
from slashv1.fixtures.exchange import Headers
from slashv1.harness.forms import fields_of
from slashv1.harness.recorded import Broken, Recorded
from slashv1.harness.recorded_bytes import MAX_BODY, undone
from slashv1.harness.recorded_facets import facets, sent_seconds
from slashv1.spec import parse


@dataclass(frozen=True, slots=True)
class Kept:
    """One exchange as its recorder kept it."""

    method: str
    url: str
    """Whole, or from the path on."""
    sent_headers: Headers
    sent: bytes
    status: int
    headers: Headers
    body: bytes
    """As recorded, its content coding perhaps still on."""
    when: str = ""
    """ISO 8601 or as in a Date header; empty where unknown."""
    reserialised: bool = False
    """The body was parsed and written anew."""
    sent_whole: bool = True
    """Whether the body of the request was kept."""


def outside(url: str) -> bool:
    """Whether a URL leads to another place than /v1, wherever that is mounted."""
    return "/v1/" not in url.partition("?")[0]


def counted(line: int, name: str, method: str, url: str, status: int) -> Recorded:
    """An exchange that is counted and not judged: nothing of it has to be readable."""
    request = Request(method.upper(), url.partition("?")[0])
    exchange = Exchange(request, status, (), (), sent_at=0.0, facets=frozenset())
    return Recorded(line, name, exchange, None, streamed=False, elsewhere=True)


def built(line: int, name: str, kept: Kept) -> Recorded | Broken:
    """The exchange of a URL that leads to /v1, or why it cannot be judged."""
    body = undone(_header(kept.headers, "content-encoding"), kept.body)
    if isinstance(body, str):
        return Broken(line, body)
    if len(body) > MAX_BODY:
        return Broken(line, f"a body of more than {MAX_BODY:,} bytes")
    try:
        address = urlsplit(kept.url)
    except ValueError as error:
        return Broken(line, f"the URL cannot be read: {error}")
    _, _, rest = address.path.rpartition("/v1/")
    sent = undone(_header(kept.sent_headers, "content-encoding"), kept.sent)
    asked = _asked(_header(kept.sent_headers, "content-type"), b"" if isinstance(sent, str) else sent)
    sent_at = sent_seconds(kept.when, kept.headers)
    whole = kept.sent_whole and (asked is not None or kept.method.upper() != "POST")
    method = kept.method.upper()
    path = f"/v1/{rest}"
    exchange = Exchange(
        Request(method, path, address.query, kept.sent_headers, kept.sent or None),
        kept.status,
        kept.headers,
        (Read(body, 0.0),),
        sent_at=sent_at or 0.0,
        facets=facets(kept.headers, request=whole, body=not kept.reserialised, values=sent_at is not None),
    )
    streamed = exchange.content_type == "text/event-stream"
    return Recorded(line, name, exchange, asked, streamed)


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _asked(content_type: str, sent: bytes) -> Any:
    """The JSON that was sent, or the fields of a form; None where it is neither."""
    if content_type.strip().lower().startswith("multipart/"):
        return _form(content_type, sent)
    document = parse(sent) if sent.strip() else None
    return document.value if document is not None and document.ok else None


def _form(content_type: str, sent: bytes) -> dict[str, Any] | None:
    head = f"content-type: {content_type}\r\n\r\n".encode("utf-8", "replace")
    try:
        message = BytesParser(policy=HTTP).parsebytes(head + sent)
        return fields_of([_part(part) for part in message.iter_parts()])
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return None


def _part(part: Any) -> dict[str, Any]:
    name = part.get_param("name", header="content-disposition")
    filename = part.get_filename()
    text = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    return {"name": name, **({"filename": filename} if filename else {"text": text})}
