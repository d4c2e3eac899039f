"""Refusals in the shape of Stripe's error object."""

from typing import Any


class StripeError(Exception):
    """A refusal with its HTTP status and Stripe's `error` object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        error: dict[str, Any] = {"message": message, "type": kind}
        if code is not None:
            slug = code.replace("_", "-")
            error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{slug}"}
        if param is not None:
            error["param"] = param
        self.body = {"error": error}


class InvalidParameters(StripeError):
    """Parameters that were refused before anything was done: no idempotency key is used up by it."""


def no_such(kind: str, identifier: str, param: str = "id", *, status: int = 404) -> StripeError:
    message = f"No such {kind}: '{identifier}'"
    return StripeError(message, status=status, code="resource_missing", param=param)
