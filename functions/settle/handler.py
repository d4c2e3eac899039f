"""Money moves orders on: Stripe's webhooks, the organizer's word for invoices, the end of unpaid holds."""

from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header

from admit import clock
from admit.aws.http import Api
from admit.aws.log import failure, logger
from admit.aws.settings import workshop
from admit.errors import NotFound
from admit.orders.order import Order, load_order
from admit.payments.expire import sweep
from admit.payments.settle import SettleRequest, release_invoice, settle_invoice
from admit.payments.webhook import Taken, take_webhook
from admit.people.account import HANDLES_MONEY, Member, require_member
from admit.tickets.ticket import order_and_tickets
from admit.tickets.view import OrderView, order_view

app = Api()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


@app.post("/webhooks/stripe")
def stripe_webhook(signature: Annotated[str, Header(alias="Stripe-Signature")] = "") -> Taken:
    gateway = workshop().gateway
    hint = gateway.read_webhook(app.raw_body, signature, clock.now())
    return take_webhook(workshop().table, gateway, hint, clock.now())


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/settle")
def settle_order(
    organizer_id: str, event_id: str, order_id: str, request: SettleRequest | None = None
) -> OrderView:
    member, order = _order_of(organizer_id, event_id, order_id)
    note = request.note if request else ""
    settle_invoice(workshop().table, order, actor=member.email, note=note, now=clock.now())
    return _view(order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/release")
def release_order(organizer_id: str, event_id: str, order_id: str) -> OrderView:
    member, order = _order_of(organizer_id, event_id, order_id)
    release_invoice(workshop().table, order, actor=member.email, now=clock.now())
    return _view(order_id)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a request, or do what is due when the schedule asks for it."""
    if event.get("task") != "sweep":
        return app.resolve(event, context)
    return {"done": sweep(workshop().table, workshop().gateway, clock.now, random, _report)}


def _order_of(organizer_id: str, event_id: str, order_id: str) -> tuple[Member, Order]:
    member = require_member(workshop().table, organizer_id, app.signed_in, HANDLES_MONEY)
    order = load_order(workshop().table, order_id)
    if (order.organizer_id, order.event_id) != (organizer_id, event_id):
        raise NotFound("There is no such order.")
    return member, order


def _view(order_id: str) -> OrderView:
    order, tickets = order_and_tickets(workshop().table, order_id)
    return order_view(
        order, tickets, workshop().catalogs.by_id(order.event_id).event, app.links, for_organizer=True
    )


def _report(key: str, error: Exception) -> None:
    logger.warning("not done", extra={"key": key, **failure(error)})
