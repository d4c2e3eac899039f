"""A webhook is a hint: what it is about is fetched from the provider, and conditions move the order.

Which type of event it was matters only for what to fetch: events come twice, late and in any order.
"""

from collections.abc import Callable
from datetime import datetime
from random import Random

from admit.catalog.catalog import Catalog
from admit.errors import NotFound, PaymentUnavailable
from admit.model import Shape
from admit.orders.order import Order, load_order
from admit.payments.dispute import take_dispute
from admit.payments.gateway import MONEY_EVENTS, Gateway, Hint
from admit.payments.refund import pull_refunds
from admit.payments.settle import settle_card
from admit.payments.tend import tend
from admit.store import Table


class Taken(Shape):
    """The answer to a webhook that need not be sent again; one that is not about our orders is left alone."""

    taken: bool = True


def take_webhook(
    table: Table,
    gateway: Gateway,
    catalog_of: Callable[[str], Catalog],
    hint: Hint,
    *,
    now: datetime,
    random: Random,
) -> Order | None:
    """Act on a webhook whose signature holds and return the order that it was about, if it was about one.

    Raises PaymentUnavailable, Contention: it comes again.
    """
    if hint.type not in MONEY_EVENTS or gateway.livemode not in (None, hint.livemode):
        return None
    try:
        order = _pull(table, gateway, hint, now)
    except NotFound:
        return None  # The account takes payments for others too.
    if order.due is not None and order.due <= now:
        order = tend(table, gateway, catalog_of(order.event_id), order, now=now, random=random)
    return order


def _pull(table: Table, gateway: Gateway, hint: Hint, now: datetime) -> Order:
    """Bring an order to what the provider has of the object that an event names. Raises NotFound."""
    if hint.type.startswith("checkout.session."):
        page = gateway.fetch_page(hint.object_id)
        return settle_card(table, load_order(table, page.order_id or ""), page, now)
    if hint.type.startswith("charge.dispute."):
        dispute = gateway.fetch_dispute(hint.object_id)
        return take_dispute(table, _with_payment(table, gateway, dispute.payment, now), dispute, now)
    if hint.type == "charge.refunded":
        reference = gateway.payment_of_charge(hint.object_id) or ""
    else:
        reference = gateway.fetch_refund(hint.object_id).payment
    return pull_refunds(table, gateway, _with_payment(table, gateway, reference, now), reference, now)


def _with_payment(table: Table, gateway: Gateway, reference: str, now: datetime) -> Order:
    """Read the order of a payment. Raises PaymentUnavailable while the payment itself is not booked: what
    tells of it comes again after the payment's own news."""
    order = order_of_payment(table, gateway, reference, now)
    if not any(one.reference == reference for one in order.payments()):
        raise PaymentUnavailable("The payment that this tells of is not known yet; send it again.")
    return order


def order_of_payment(table: Table, gateway: Gateway, reference: str, now: datetime) -> Order:
    """Read the order of a payment, with it booked first if its own news has not come. Raises NotFound."""
    order = load_order(table, gateway.fetch_payment(reference).order_id or "")
    if not any(one.reference == reference for one in order.payments()):
        order = settle_card(table, order, gateway.page_of(reference), now)
    return order
