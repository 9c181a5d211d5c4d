"""The official Python client reads plain answers and refusals: typed objects, and the documented exceptions.

Beyond the suite, and on only where asked for: a verdict of these depends on the client's version.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import islice

from slashv1.fixtures.exchange import Facet
from slashv1.harness.judge.check import Deviation, Inconclusive, check
from slashv1.harness.judge.look import mapping, objects, pointer, short
from slashv1.harness.judge.sdk_client import SDK, openai
from slashv1.harness.judge.sdk_paths import ANSWERS, KINDS, misread
from slashv1.harness.judge.sdk_reading import ARGUMENTS, Seen, seen
from slashv1.harness.judge.snapshot import RESPONSE, snapshot
from slashv1.harness.judge.when import on
from slashv1.harness.reading import Reading
from slashv1.record import Level

sdk_check = functools.partial(check, extra=SDK)
KNOWN = tuple(ARGUMENTS)
_TYPES = {
    "chat.completions.create": "ChatCompletion",
    "responses.input_tokens.count": "InputTokenCountResponse",
    "embeddings.create": "CreateEmbeddingResponse",
    "models.list": "SyncPage",
    "models.retrieve": "Model",
} | dict.fromkeys(RESPONSE, "Response")
"""What each method is documented to return; `responses.delete` returns nothing."""
_RAISES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
_ERROR_FIELDS = ("code", "param", "type")


@sdk_check(
    "sdk.reads",
    title="The official client gives a typed object",
    clause="SD-1",
    when=on(*KNOWN, stream=False),
)
def _reads(reading: Reading) -> Iterator[Deviation]:
    """Where the client raises, or hands back text or a list, every program written for it breaks.

    openai-python raises JSONDecodeError, ValueError or TypeError of its inside, which no caller catches.
    """
    made, wanted = seen(reading), _TYPES.get(reading.case.operation)
    if made.raised is not None:
        where = "/data" if reading.case.operation == "embeddings.create" and reading.document.ok else ""
        yield _crash(made.raised, wanted or "nothing", where)
    elif wanted is not None and not _is(made.value, wanted):
        got = type(made.value).__name__
        message = f"openai-python gives a {got}, not a {wanted}: the first attribute that is read raises"
        yield Deviation(message, wanted, got, "")


def _crash(error: Exception, wanted: str, where: str) -> Deviation:
    """Of a vector it cannot decode, or of a body that it cannot parse."""
    got = f"{type(error).__name__}: {error}"
    return Deviation(f"openai-python raises {short(got, 200)} on a success", wanted, short(got), where)


def _is(value: object, name: str) -> bool:
    return type(value).__name__.partition("[")[0] == name


def _typed(reading: Reading) -> Seen:
    """What was made of a plain answer, where it is a typed object.

    Raises:
        Inconclusive: it is none, which `sdk.reads` tells.
    """
    made = seen(reading)
    if not _is(made.value, _TYPES.get(reading.case.operation, "")):
        raise Inconclusive("the client gives no typed object (sdk.reads)")
    return made


@sdk_check(
    "sdk.fields",
    title="The fields that everyone reads have their types in the official client",
    clause="SD-2",
    when=on(*ANSWERS, stream=False),
)
def _fields(reading: Reading) -> Iterator[Deviation]:
    """The client validates nothing: a missing field is an AttributeError, a wrong type surfaces much later.

    Read as programs read them: `choices[0].message.content`, `usage.total_tokens`, `output[0].type`.
    """
    for one in misread(_typed(reading).value, ANSWERS[reading.case.operation]):
        message = f"openai-python's `.{one.attribute}` is {one.actual}, where its type says {one.expected}"
        yield Deviation(message, one.expected, one.actual, one.pointer)


@sdk_check(
    "sdk.raises",
    title="The official client raises the exception of the status",
    clause="SD-3",
    when=on(*KNOWN, error=True),
)
def _raises(reading: Reading) -> Iterator[Deviation]:
    """Programs catch BadRequestError, AuthenticationError, RateLimitError: others go uncaught."""
    status, error = reading.exchange.status or 0, seen(reading).raised
    if status < 400:
        return  # a case whose request may be taken as well
    wanted = _RAISES.get(status, "InternalServerError" if status >= 500 else "APIStatusError")
    if not isinstance(error, getattr(openai(), wanted)):
        got = "nothing" if error is None else type(error).__name__
        yield Deviation(f"openai-python raises {got} for a {status}, not {wanted}", wanted, got, "")
    elif error.status_code != status:
        got = str(error.status_code)
        yield Deviation(
            f"the exception's status_code is {got}, that of the answer {status}", str(status), got
        )


@sdk_check(
    "sdk.error-fields",
    title="The exception has code, param, type and body",
    clause="SD-4",
    when=on(*KNOWN, error=True),
)
def _error_fields(reading: Reading) -> Iterator[Deviation]:
    """Programs tell a spent budget from a rate, or a wrong model from a wrong field, by `.code` and `.param`.

    The client fills them from the object under `error`; where that is none they are None, all of them.
    """
    error = seen(reading).raised
    if not isinstance(error, openai().APIError):
        raise Inconclusive("the client raises no error of the API (sdk.raises)")
    if not isinstance(error.body, dict):
        got = short(error.body)
        message = f"openai-python's exception has no code, param or type: its body is {got}, not an object"
        yield Deviation(message, "an object", got, _where(reading))
        return
    told = mapping(reading.object.get("error"))
    for name in _ERROR_FIELDS:
        found = getattr(error, name)
        if name in told and (found != told[name] or not isinstance(found, str | None)):
            got = short(found)
            message = f"the exception's `.{name}` is {got}, the error's {name} {short(told[name])}"
            yield Deviation(message, short(told[name]), got, pointer("error", name))


def _where(reading: Reading) -> str | None:
    """Where an object should be: at `error`, or in its place; None where there is no JSON at all."""
    if not reading.document.ok:
        return None
    return "/error" if "error" in reading.object else ""


@sdk_check(
    "sdk.request-id",
    level=Level.SHOULD,
    title="The client shows the request id on answers and exceptions",
    clause="SD-5",
    when=on(*KNOWN, error=None),
    needs=[Facet.HEADERS],
)
def _request_id(reading: Reading) -> Iterator[Deviation]:
    """`response._request_id` and `error.request_id` are what people send to support: None is no trace."""
    made, sent = seen(reading), reading.exchange.header("x-request-id")
    if reading.case.operation == "responses.delete" and made.raised is None:
        return
    if made.raised is not None and not made.opened and not isinstance(made.raised, openai().APIStatusError):
        raise Inconclusive("the client gives neither an object nor an error of the API (sdk.reads)")
    if made.raised is None and made.value is None:
        raise Inconclusive("the client gives no object (sdk.reads)")
    shown = _shown_id(made)
    if not shown or shown != sent:
        message = f"openai-python shows the request id {short(shown)}, the header is {short(sent)}"
        yield Deviation(message, sent or "req_…", short(shown), header="x-request-id")


def _shown_id(made: Seen) -> str | None:
    """Where the client shows it: on an exception, on an object, on a stream's response."""
    if made.raised is not None and not made.opened:
        found = getattr(made.raised, "request_id", None)
    elif made.value is not None and hasattr(made.value, "response"):
        found = made.value.response.headers.get("x-request-id")
    else:
        found = getattr(made.value, "_request_id", None)
    return found if isinstance(found, str) else None


@sdk_check(
    "sdk.output-text",
    title="`response.output_text` is the text of the response",
    clause="SD-6",
    when=on(*RESPONSE, stream=False),
)
def _output_text(reading: Reading) -> Iterator[Deviation]:
    """Most programs read nothing else of a response; the client joins the parts of type `output_text`."""
    response = _typed(reading).value
    parts = [part for _, _, part in snapshot(reading).parts() if part.get("type") == "output_text"]
    wanted = "".join(str(part.get("text")) for part in parts)
    try:
        got = response.output_text
    except Exception as error:  # whatever a user of the client would get
        message = f"openai-python's `.output_text` raises {type(error).__name__}: {short(str(error))}"
        yield Deviation(message, short(wanted), type(error).__name__, "/output")
        return
    if got != wanted:
        message = (
            f"openai-python's `.output_text` is {short(got)}; the parts of the messages say {short(wanted)}"
        )
        yield Deviation(message, short(wanted), short(got), "/output")


@sdk_check(
    "sdk.embedding-floats",
    title="Every vector is a list of floats, in base64 too",
    clause="SD-7",
    when=on("embeddings.create"),
)
def _embedding_floats(reading: Reading) -> Iterator[Deviation]:
    """The client asks for base64 unless told otherwise, and decodes it itself to little-endian float32."""
    for at, entry in enumerate(_typed(reading).value.data):
        vector = getattr(entry, "embedding", None)
        if not isinstance(vector, list) or not all(map(KINDS["number"], vector)):
            message = f"openai-python's `.data[{at}].embedding` is {short(vector, 60)}, no list of floats"
            yield Deviation(message, "a list of floats", short(vector, 60), pointer("data", at, "embedding"))


@sdk_check(
    "sdk.models-page",
    title="Iterating over the models gives each once, and ends",
    clause="SD-8",
    when=on("models.list"),
)
def _models_page(reading: Reading) -> Iterator[Deviation]:
    """`for model in client.models.list()` goes over pages: of a list it cannot read it gives none, unseen."""
    page = _typed(reading).value
    wanted = [str(model.get("id")) for _, model in objects(reading.object.get("data"))]
    try:
        got = [str(getattr(model, "id", None)) for model in islice(page, len(wanted) + 1)]
    except Exception as error:  # a second page is asked for, or what stands there cannot be gone over
        message = f"going over openai-python's page raises {type(error).__name__}: {short(str(error))}"
        yield Deviation(message, f"{len(wanted)} models", type(error).__name__, "/data")
        return
    if got != wanted:
        message = f"going over openai-python's page gives {len(got)} models; the list has {len(wanted)}"
        yield Deviation(message, str(len(wanted)), str(len(got)), "/data")
