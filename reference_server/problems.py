"""The OpenAI error envelope, raised as an exception and rendered as an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slashv1.reference_server.wire import Answer, Headers

INVALID = "invalid_request_error"


class ApiError(Exception):
    """A refusal: status and the four keys of the envelope."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str = INVALID,
        headers: Headers = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind
        self.headers = headers

    def envelope(self) -> dict[str, Any]:
        """`{"error": {message, type, param, code}}`."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}

    def answer(self, operation: str = "") -> Answer:
        """The refusal as an answer, headers still to be added."""
        return Answer(operation, status=self.status, headers=self.headers, body=self.envelope())


def server_error() -> ApiError:
    """The gateway's own fault."""
    return ApiError(
        "The server had an error while processing your request. Sorry about that!",
        status=500,
        kind="server_error",
    )


def missing_parameter(param: str) -> ApiError:
    """A required parameter is absent."""
    return ApiError(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def unknown_chat_model(model: str) -> ApiError:
    """Chat and embeddings know no such model: 404, `param` null."""
    return ApiError(
        f"The model `{model}` does not exist or you do not have access to it.",
        status=404,
        code="model_not_found",
    )


def unknown_response_model(model: str) -> ApiError:
    """Responses knows no such model: 400, `param` names it."""
    return ApiError(f"The requested model '{model}' does not exist.", code="model_not_found", param="model")


def unknown_response(response_id: str) -> ApiError:
    """No stored response of that id."""
    return ApiError(f"Response with id '{response_id}' not found.", status=404)


def unsupported_parameter(param: str, hint: str = "") -> ApiError:
    """The model cannot do what the parameter asks for."""
    return ApiError(
        f"Unsupported parameter: '{param}' is not supported with this model.{hint}",
        param=param,
        code="unsupported_parameter",
    )


def unsupported_value(param: str, value: Any, known: Sequence[str] = ()) -> ApiError:
    """The model does not take this value of a parameter."""
    quoted = [f"'{name}'" for name in known]
    listed = f" Supported values are: {', '.join(quoted[:-1])}, and {quoted[-1]}." if len(quoted) > 1 else ""
    return ApiError(
        f"Unsupported value: '{param}' does not support '{value}' with this model.{listed}",
        param=param,
        code="unsupported_value",
    )
