"""The stand-in over HTTP: the API under /v1, the payment page under /c/pay, a test's hand under /control."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.stripe_standin import debits, outside, pay_page
from local.stripe_standin.api import Api
from local.stripe_standin.control import Knobs
from local.stripe_standin.errors import StripeError
from local.stripe_standin.params import decode
from local.stripe_standin.resources import Resource
from local.stripe_standin.state import Checkout, State
from local.stripe_standin.webhooks import DEFAULT_EVENTS, Webhooks


@dataclass(frozen=True)
class Config:
    webhook_url: str
    webhook_secret: str
    api_key: str
    webhook_events: frozenset[str] = DEFAULT_EVENTS


class StandIn:
    """The state and the webhooks, joined by the knobs."""

    def __init__(self, config: Config) -> None:
        self._knobs = Knobs()
        self._webhooks = Webhooks(
            config.webhook_url, config.webhook_secret, config.webhook_events, lambda: self._knobs
        )
        self._state = State(self._now, self._webhooks.publish, lambda: self._knobs)
        self._api = Api(self._state, config.api_key, lambda: self._knobs)

    def routes(self) -> list[Route]:
        return [
            *self._api.routes(),
            Route("/c/pay/{id}", self._pay, methods=["GET", "POST"]),
            Route("/control", self._control, methods=["GET", "POST", "DELETE"]),
            Route("/control/deliveries", self._deliveries),
            Route("/control/resend", self._resend_all, methods=["POST"]),
            Route("/control/resend/{id}", self._resend, methods=["POST"]),
            *outside.routes(self._state),
        ]

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(self._tick())
        yield
        ticking.cancel()
        await self._webhooks.close()

    def _now(self) -> int:
        return int(time.time()) + self._knobs.clock_seconds

    async def _tick(self) -> None:
        while True:
            self._state.expire_due()
            await asyncio.sleep(1)

    async def _pay(self, request: Request) -> Response:
        pressed = decode((await request.body()).decode(errors="replace"))
        try:
            checkout = self._state.checkout(request.path_params["id"])
        except StripeError as exc:
            return HTMLResponse(str(exc), 404)
        session = checkout.session
        if session["status"] != "open":
            return HTMLResponse(pay_page.render(checkout), 410)
        if self._done(checkout, pressed):
            return _redirect(session, "success_url")
        if "leave" in pressed and session["cancel_url"]:
            return _redirect(session, "cancel_url")
        if "decline" in pressed:
            self._state.decline(checkout)
            return HTMLResponse(pay_page.render(checkout, "Your card was declined. Try another one."))
        return HTMLResponse(pay_page.render(checkout))

    def _done(self, checkout: Checkout, pressed: Mapping[str, str]) -> bool:
        """Do the buyer's part with the method that was pressed; False when that is none of the page's."""
        debit = partial(debits.begin, self._state)
        for button, method, pay in (("pay", "card", self._state.pay), ("debit", "sepa_debit", debit)):
            if button in pressed and method in checkout.session["payment_method_types"]:
                pay(checkout)
                return True
        return False

    async def _control(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._knobs = Knobs()
        if request.method == "POST":
            try:
                changed = Knobs.model_validate_json(await request.body())
            except ValidationError as exc:
                return JSONResponse({"errors": exc.errors(include_context=False)}, 422)
            self._knobs = self._knobs.model_copy(update=changed.model_dump(exclude_unset=True))
        if not self._knobs.reorder:
            self._webhooks.release()
        return JSONResponse(self._knobs.model_dump())

    async def _deliveries(self, _: Request) -> Response:
        return JSONResponse([delivery.shown() for delivery in self._webhooks.deliveries])

    async def _resend_all(self, _: Request) -> Response:
        """Send all events that the endpoint listens to once more, shuffled."""
        events = [event for event in self._state.events.values() if self._webhooks.wants(event)]
        random.shuffle(events)
        self._webhooks.send_in_order(events)
        return JSONResponse([event["id"] for event in events], 202)

    async def _resend(self, request: Request) -> Response:
        try:
            event = self._state.find("event", request.path_params["id"])
        except StripeError as exc:
            return JSONResponse(exc.body, exc.status)
        self._webhooks.send(event)
        return JSONResponse(event, 202)


def _redirect(session: Resource, target: str) -> Response:
    return RedirectResponse(session[target].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


def create_app(config: Config) -> Starlette:
    """Build a stand-in with nothing in it."""
    stand_in = StandIn(config)
    return Starlette(routes=stand_in.routes(), lifespan=stand_in.lifespan)
