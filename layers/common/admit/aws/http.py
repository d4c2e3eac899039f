"""HTTP at the edge: validated bodies, errors as problem+json from one table, one log line a request.

Errors are RFC 9457 problems with a stable `code` and the fields at fault. No message of a library, no stack
trace and nothing that a client sent enters an answer or a log line.
"""

import json
import time
from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from admit.aws.log import failure, logger
from admit.aws.settings import workshop
from admit.errors import (
    AdmitError,
    BadSignature,
    BodyTooLarge,
    Conflict,
    Fault,
    Forbidden,
    IdempotencyConflict,
    Invalid,
    Malformed,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnsupportedContentType,
)
from admit.faults import fault_of
from admit.ids import derived_id, normal_email, random_id
from admit.messages import preferred
from admit.model import Shape
from admit.tickets.links import Links

MAX_BODY = 256 * 1024
_OWN_HEADERS = ["Idempotency-Key", "If-None-Match", "X-Admit-Key"]
# Of what a route says nothing else about: it is about people and money, and it is what its type says.
_UNLESS_SAID = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Unforeseen(AdmitError):
    """An error of our own."""

    code = "internal_error"
    sentence = "Something went wrong on our side; it is logged. Try again in a moment."


class NotModified(Exception):
    """What the client has is still right; raised, since an answer without a body is none of its shape."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers


class AsFile(Exception):
    """The answer as a CSV file, for who asks for one; raised, since it is none of the route's shape."""

    def __init__(self, content: str, name: str) -> None:
        self.content = content
        self.name = name


# The kind that an error is one of gives its status.
STATUS: Mapping[type[AdmitError], int] = {
    Malformed: 400,
    BadSignature: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    BodyTooLarge: 413,
    UnsupportedContentType: 415,
    Invalid: 422,
    IdempotencyConflict: 422,
    Unforeseen: 500,
    Unavailable: 503,
}

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A UUID of your own; the same key and body give the same answer.",
    ),
]
OptionalIdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", max_length=255)]
AccessKey = Annotated[
    str,
    Header(alias="X-Admit-Key", description="The key of the order, the ticket or the paired device."),
]
KeyQuery = Annotated[str, Query(alias="key")]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2_000)]
TicketNumber = Annotated[int, Path(ge=1, le=65_535)]


class Listing[T](Shape):
    """One page of a list; `cursor` asks for the next one."""

    items: list[T]
    cursor: str | None


class JsonOf:
    """Marks a text that is a shape as JSON already, where writing it is dear; it is described as that."""

    def __init__(self, shape: type[Shape]) -> None:
        self._shape = shape

    def __get_pydantic_core_schema__(self, _: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=handler.generate_schema(self._shape),
            python_schema=core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )


def new_id(idempotency_key: str, *scope: str) -> str:
    """Return the id of what a request creates: the same for the same key, if it has one."""
    return derived_id(*scope, idempotency_key) if idempotency_key else random_id()


def csv_file(content: str, name: str) -> Response[str]:
    """Answer a CSV file for download, with the mark by which spreadsheets know UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, "text/csv; charset=utf-8", f"\ufeff{content}", headers=headers)


class Api(APIGatewayRestResolver):
    """The routes of one function."""

    def __init__(self) -> None:
        self._cross_origin = _cors()
        super().__init__(
            enable_validation=True, response_validation_error_http_code=500, cors=self._cross_origin
        )
        self.exception_handler(AdmitError)(self._refuse)
        self.exception_handler(NotModified)(lambda same: Response(304, headers=dict(same.headers)))
        self.exception_handler(AsFile)(lambda file: csv_file(file.content, file.name))
        self.exception_handler(RequestValidationError)(self._refuse_request)
        self.exception_handler(NotFoundError)(lambda _: self._refuse(NotFound()))
        self.exception_handler(Exception)(self._fail)

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer one request and write its log line."""
        started = time.perf_counter()
        refused = _refused_unread(event)
        answer = self._bare(event, refused) if refused else super().resolve(event, context)
        answer["body"] = answer.get("body") or ""
        for name, value in _UNLESS_SAID.items():
            answer["multiValueHeaders"].setdefault(name, [value])
        logger.info(
            "request",
            extra={
                "request_id": _request_id(event),
                "method": event["httpMethod"],
                "route": event["resource"],
                "status": answer["statusCode"],
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return answer

    @property
    def signed_in(self) -> str:
        """The verified e-mail address of the caller's ID token. Raises Unauthenticated."""
        claims = (self._context.get("authorizer") or {}).get("claims") or {}
        if claims.get("token_use") != "id" or claims.get("email_verified") != "true":
            raise Unauthenticated("Sign in with a verified e-mail address.")
        return normal_email(claims["email"])

    @property
    def verified_email(self) -> str | None:
        """The verified e-mail address of the ID token that a public call may carry, None without a token.

        Raises Unauthenticated for a token that does not hold, and Unavailable.
        """
        authorization = _headers(self.current_event.raw_event).get("authorization")
        return workshop().id_tokens.verified_email(authorization)

    @property
    def language(self) -> str:
        """The one of our languages that the caller reads best, by his Accept-Language header."""
        return preferred(_headers(self.current_event.raw_event).get("accept-language", ""))

    @property
    def raw_body(self) -> bytes:
        """The body as it came over the wire, for what is signed."""
        event = self.current_event.raw_event
        body: str = event.get("body") or ""
        return b64decode(body) if event.get("isBase64Encoded") else body.encode()

    @property
    def links(self) -> Links:
        """Addresses as this request sees the API."""
        stage = self._context["path"].removesuffix(self.current_event.path)
        own = workshop().settings.api_url or f"https://{self._context.get('domainName')}{stage}"
        return workshop().links(own)

    @property
    def _context(self) -> dict[str, Any]:
        context: dict[str, Any] = self.current_event.raw_event["requestContext"]
        return context

    def _refuse(self, error: AdmitError) -> Response[str]:
        status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
        headers = {"Retry-After": "1"} if status == 503 else {}
        problem = _problem(error, status, _request_id(self.current_event.raw_event))
        return Response(status, "application/problem+json", json.dumps(problem), headers=headers)

    def _refuse_request(self, error: RequestValidationError) -> Response[str]:
        # The first part names where it was sent: body, query, path or header.
        located = [(fault["loc"][1:] or fault["loc"], fault) for fault in error.errors()]
        return self._refuse(Invalid(faults=[fault_of(location, fault) for location, fault in located]))

    def _fail(self, error: Exception) -> Response[str]:
        """Answer what nobody foresaw, and log where it happened without what it was about."""
        logger.error(
            "unforeseen",
            extra={"request_id": _request_id(self.current_event.raw_event), **failure(error)},
        )
        return self._refuse(Unforeseen())

    def _bare(self, event: Any, error: AdmitError) -> dict[str, Any]:
        """Refuse a request whose body is not read."""
        status = STATUS[type(error)]
        allowed = self._cross_origin.allowed_origin(_headers(event).get("origin", ""))
        cross_origin = self._cross_origin.to_dict(allowed) if allowed else {}
        return {
            "statusCode": status,
            "multiValueHeaders": {
                "Content-Type": ["application/problem+json"],
                **{name: [value] for name, value in cross_origin.items()},
            },
            "body": json.dumps(_problem(error, status, _request_id(event))),
        }


def _refused_unread(event: Mapping[str, Any]) -> AdmitError | None:
    body = event.get("body") or ""
    if len(body) > MAX_BODY:
        return BodyTooLarge()
    content_type = _headers(event).get("content-type", "application/json")
    if body and not content_type.lower().startswith("application/json"):
        return UnsupportedContentType()
    if body:
        try:
            json.loads(b64decode(body).decode() if event.get("isBase64Encoded") else body)
        except (ValueError, RecursionError):
            return Malformed()
    return None


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def _problem(error: AdmitError, status: int, request_id: str | None) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": f"urn:admit:problem:{error.code}",
        "title": error.sentence,
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
    }
    if error.faults:
        problem["errors"] = [_told(fault) for fault in error.faults]
    return problem | error.extra


def _told(fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in fault._asdict().items() if value is not None}


def _request_id(event: Mapping[str, Any]) -> str | None:
    request_id: str | None = event["requestContext"].get("requestId")
    return request_id


def _cors() -> CORSConfig:
    first, *others = (origin.strip() for origin in workshop().settings.allowed_origins.split(","))
    return CORSConfig(
        allow_origin=first,
        extra_origins=others,
        allow_headers=_OWN_HEADERS,
        expose_headers=["ETag", "Retry-After"],
        max_age=600,
    )
