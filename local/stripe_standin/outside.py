"""What banks do, and people in Stripe's dashboard, at the word of a test: addresses under /control.

POST /control/debits/{session}/succeed | fail
POST /control/refunds                        {payment_intent, amount}: a refund made in the dashboard
POST /control/refunds/{refund}/succeed | fail
POST /control/disputes                       {payment_intent, amount, reason, inquiry}
POST /control/disputes/{dispute}/respond | escalate | win | lose
"""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.stripe_standin import debits, disputes, refunds
from local.stripe_standin.errors import StripeError
from local.stripe_standin.params import CreateRefund
from local.stripe_standin.resources import Resource
from local.stripe_standin.state import Checkout, State


class Word(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DashboardRefund(Word):
    payment_intent: str
    amount: int | None = None


class FailedRefund(Word):
    reason: str = "expired_or_canceled_card"


class OpenedDispute(Word):
    payment_intent: str
    amount: int | None = Field(default=None, ge=1)
    reason: str = "fraudulent"
    inquiry: bool = False


type Step = Callable[[State, Request, bytes], Resource]


def routes(state: State) -> list[Route]:
    steps: dict[str, Step] = {
        "/control/debits/{id}/succeed": _debit(debits.succeed),
        "/control/debits/{id}/fail": _debit(debits.fail),
        "/control/refunds": _refund_in_the_dashboard,
        "/control/refunds/{id}/succeed": _decide(refunds.succeed),
        "/control/refunds/{id}/fail": _fail_refund,
        "/control/disputes": _open_dispute,
        "/control/disputes/{id}/respond": _decide(disputes.respond),
        "/control/disputes/{id}/escalate": _decide(disputes.escalate),
        "/control/disputes/{id}/win": _decide(disputes.win),
        "/control/disputes/{id}/lose": _decide(disputes.lose),
    }
    return [Route(path, _endpoint(state, step), methods=["POST"]) for path, step in steps.items()]


def _endpoint(state: State, step: Step) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(step(state, request, await request.body() or b"{}"))
        except StripeError as exc:
            return JSONResponse(exc.body, exc.status)
        except ValidationError as exc:
            return JSONResponse({"errors": exc.errors(include_context=False)}, 422)

    return endpoint


def _debit(verb: Callable[[State, Checkout], None]) -> Step:
    def step(state: State, request: Request, _: bytes) -> Resource:
        checkout = state.checkout(request.path_params["id"])
        verb(state, checkout)
        return checkout.session

    return step


def _decide(verb: Callable[[State, str], Resource]) -> Step:
    return lambda state, request, _: verb(state, request.path_params["id"])


def _refund_in_the_dashboard(state: State, _: Request, body: bytes) -> Resource:
    word = DashboardRefund.model_validate_json(body)
    params = CreateRefund(payment_intent=word.payment_intent, amount=word.amount)
    return refunds.create(state, params, None)


def _fail_refund(state: State, request: Request, body: bytes) -> Resource:
    return refunds.fail(state, request.path_params["id"], FailedRefund.model_validate_json(body).reason)


def _open_dispute(state: State, _: Request, body: bytes) -> Resource:
    word = OpenedDispute.model_validate_json(body)
    return disputes.begin(state, word.payment_intent, word.amount, word.reason, inquiry=word.inquiry)
