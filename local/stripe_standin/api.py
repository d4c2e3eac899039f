"""Stripe's API under /v1: who may call, what each call does, and what an idempotency key brings back."""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.stripe_standin import refunds
from local.stripe_standin.control import Knobs
from local.stripe_standin.errors import InvalidParameters, StripeError
from local.stripe_standin.params import (
    ChargePage,
    CreateRefund,
    CreateSession,
    EventPage,
    Page,
    Params,
    RefundPage,
    SessionPage,
    decode,
)
from local.stripe_standin.resources import API_VERSION, Resource, new_id
from local.stripe_standin.state import Cause, State


@dataclass(frozen=True)
class Call:
    """One request: its parameters, the id in its path, and what an event shall say about its origin."""

    path: str
    given: dict[str, Any]
    identifier: str
    base_url: str
    cause: Cause


@dataclass(frozen=True)
class Answer:
    """What a request was answered; one that is `final` stays so under its idempotency key."""

    request_id: str
    status: int
    body: Resource
    final: bool = True


type Verb = Callable[[State, Call], Resource]


def _create_session(state: State, call: Call) -> Resource:
    params = CreateSession.read(call.given)
    session = state.create_session(params, f"{call.base_url}c/pay/")
    return state.expanded(session, params.expand)


def _get_session(state: State, call: Call) -> Resource:
    params = Params.read(call.given)
    return state.expanded(state.checkout(call.identifier).session, params.expand)


def _expire_session(state: State, call: Call) -> Resource:
    params = Params.read(call.given)
    return state.expanded(state.expire_session(call.identifier, call.cause), params.expand)


def _list_sessions(state: State, call: Call) -> Resource:
    page = SessionPage.read(call.given)
    sessions = [checkout.session for checkout in state.checkouts.values()]
    return state.expanded(state.page(call.path, sessions, page), page.expand)


def _create_refund(state: State, call: Call) -> Resource:
    params = CreateRefund.read(call.given)
    return state.expanded(refunds.create(state, params, call.cause), params.expand)


def _list_events(state: State, call: Call) -> Resource:
    page = EventPage.read(call.given)
    if page.type and page.types:
        raise InvalidParameters("You may only specify one of these parameters: type, types.", param="types")
    return state.expanded(state.page(call.path, list(state.events.values()), page), page.expand)


def _list(kind: str, params: type[Page]) -> Verb:
    def list_page(state: State, call: Call) -> Resource:
        page = params.read(call.given)
        return state.expanded(state.page(call.path, list(state.all(kind).values()), page), page.expand)

    return list_page


def _get(kind: str) -> Verb:
    def get(state: State, call: Call) -> Resource:
        params = Params.read(call.given)
        return state.expanded(state.find(kind, call.identifier), params.expand)

    return get


VERBS: Mapping[tuple[str, str], Verb] = {
    ("POST", "/v1/checkout/sessions"): _create_session,
    ("GET", "/v1/checkout/sessions"): _list_sessions,
    ("GET", "/v1/checkout/sessions/{id}"): _get_session,
    ("POST", "/v1/checkout/sessions/{id}/expire"): _expire_session,
    ("GET", "/v1/payment_intents"): _list("payment_intent", Page),
    ("GET", "/v1/payment_intents/{id}"): _get("payment_intent"),
    ("GET", "/v1/charges"): _list("charge", ChargePage),
    ("GET", "/v1/charges/{id}"): _get("charge"),
    ("POST", "/v1/refunds"): _create_refund,
    ("GET", "/v1/refunds"): _list("refund", RefundPage),
    ("GET", "/v1/refunds/{id}"): _get("refund"),
    ("GET", "/v1/disputes"): _list("dispute", RefundPage),
    ("GET", "/v1/disputes/{id}"): _get("dispute"),
    ("GET", "/v1/events"): _list_events,
    ("GET", "/v1/events/{id}"): _get("event"),
}


class Api:
    """The calls of `VERBS` as HTTP endpoints."""

    def __init__(self, state: State, api_key: str, knobs: Callable[[], Knobs]) -> None:
        self._state = state
        self._api_key = api_key
        self._knobs = knobs
        self._first: dict[str, tuple[Call, Answer]] = {}

    def routes(self) -> list[Route]:
        known = [
            Route(path, self._endpoint(verb), methods=[method]) for (method, path), verb in VERBS.items()
        ]
        return [*known, Route("/v1/{path:path}", _unknown, methods=["GET", "POST", "DELETE"])]

    def _endpoint(self, verb: Verb) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            posted = request.method == "POST"
            encoded = (await request.body()).decode(errors="replace") if posted else request.url.query
            key = request.headers.get("Idempotency-Key") if posted else None
            cause = Cause(new_id("req_", 14), key)
            late = False
            try:
                self._authenticate(request)
                asked = f"{request.method} {request.url.path}"
                if self._knobs().strikes("fail_requests", asked):
                    raise _out_of_order()
                late = self._knobs().strikes("hang_requests", asked)
                identifier = request.path_params.get("id", "")
                call = Call(request.url.path, decode(encoded), identifier, str(request.base_url), cause)
                answer = self._replay(call) or self._perform(verb, call, asked)
            except StripeError as exc:
                answer = Answer(cause.request_id, exc.status, exc.body, final=False)
            if late:
                await asyncio.sleep(self._knobs().hang_seconds)
            return _response(answer, cause)

        return endpoint

    def _replay(self, call: Call) -> Answer | None:
        """Give the first answer to this idempotency key, if there was one to the same request."""
        key = call.cause.idempotency_key
        if key is None:
            return None
        if len(key) > 255:
            raise StripeError("Idempotency keys can have at most 255 characters.", kind="idempotency_error")
        if key not in self._first:
            return None
        first, answer = self._first[key]
        if (first.path, first.given) != (call.path, call.given):
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return answer

    def _perform(self, verb: Verb, call: Call, asked: str) -> Answer:
        """Do what is asked and keep the answer, a refusal too unless it was about the parameters."""
        try:
            answer = Answer(call.cause.request_id, 200, verb(self._state, call))
        except InvalidParameters:
            raise
        except StripeError as exc:
            answer = Answer(call.cause.request_id, exc.status, exc.body)
        if self._knobs().strikes("break_requests", asked):
            answer = Answer(call.cause.request_id, 500, _out_of_order().body)
        if call.cause.idempotency_key is not None:
            self._first[call.cause.idempotency_key] = (call, answer)
        return answer

    def _authenticate(self, request: Request) -> None:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with contextlib.suppress(ValueError):
                credentials = base64.b64decode(credentials).decode().partition(":")[0]
        if not credentials:
            raise StripeError("You did not provide an API key.", status=401)
        if credentials != self._api_key:
            raise StripeError(f"Invalid API Key provided: {credentials[:8]}****", status=401)


def _out_of_order() -> StripeError:
    return StripeError("An unknown error occurred.", status=500, kind="api_error")


async def _unknown(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    refusal = StripeError(message, status=404)
    return JSONResponse(refusal.body, refusal.status)


def _response(answer: Answer, cause: Cause) -> Response:
    headers = {"Request-Id": cause.request_id, "Stripe-Version": API_VERSION}
    if cause.idempotency_key is not None:
        headers["Idempotency-Key"] = cause.idempotency_key
        if answer.final and answer.status >= 500:
            headers["Stripe-Should-Retry"] = "false"
    if answer.request_id != cause.request_id:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.request_id}
    return JSONResponse(answer.body, answer.status, headers)
