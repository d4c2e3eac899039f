"""What an organizer decides about an order's money and tickets, and what a buyer may decide himself."""

from datetime import datetime
from functools import partial
from random import Random
from typing import Annotated, Any

from pydantic import StringConstraints

from admit.catalog.catalog import Catalog
from admit.errors import Fault, Invalid, PriceChanged, WrongState
from admit.model import ONE_LINE, Shape
from admit.money import Money
from admit.orders.cancellation import BuyerCancelRequest, CancelRequest, refund_for_buyer
from admit.orders.change import change
from admit.orders.ledger import Misfit, Refund, RefundStatus
from admit.orders.order import Order, OrderStatus
from admit.orders.refund import RefundRequest, confirm_by_hand, left_to_refund, open_prices, refund
from admit.payments.dispute import lift
from admit.payments.expire import end_order
from admit.payments.gateway import OrderGateway
from admit.payments.late import take_again, take_misfit
from admit.payments.refund import send_soon
from admit.payments.settle import SettleRequest, release_invoice, settle_invoice
from admit.store import Table
from admit.tickets.cancel import cancel_tickets
from admit.tickets.view import OrderView


class ConfirmRequest(Shape):
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""


class RefundResult(Shape):
    """What one request sends back: the first of its refunds, and the order with all of them.

    A request is more than one refund where the money came in several payments; `amount` is their sum.
    """

    id: str
    sequence: int
    amount: Money
    status: RefundStatus
    tickets: list[int]
    order: OrderView


def settle_by_organizer(
    table: Table,
    catalog: Catalog,
    order: Order,
    request: SettleRequest,
    *,
    key: str,
    actor: str,
    now: datetime,
    random: Random,
) -> Order:
    """Settle an order on the organizer's word: an invoice is paid, or money that did not fit is taken for it.

    Raises Invalid for a part without an Idempotency-Key, and what `take_again`, `take_misfit` and
    `settle_invoice` raise.
    """
    if Misfit.LATE in order.misfits:
        return take_again(table, catalog, order, actor=actor, now=now, random=random)
    if Misfit.MISMATCH in order.misfits:
        return take_misfit(table, order, actor=actor, note=request.note, now=now)
    amount = request.amount
    if amount is not None and amount.currency != order.currency:
        raise Invalid.field("amount.currency", f"must be the order's, {order.currency}")
    if amount is not None and amount.amount == 0:
        raise Invalid.field("amount.amount", "must be above zero")
    if amount is not None and not key:
        raise Invalid.field("Idempotency-Key", "is needed to book a part, so that it is never booked twice")
    return settle_invoice(
        table,
        order,
        actor=actor,
        note=request.note,
        now=now,
        amount=amount.amount if amount else None,
        key=key,
    )


def release_by_organizer(table: Table, order: Order, *, actor: str, now: datetime) -> Order:
    """Give the tickets of an unpaid invoice, or give those back that a lost dispute has suspended.

    Raises what `release_invoice` and `lift` raise.
    """
    give = lift if order.suspended else release_invoice
    return give(table, order, actor=actor, now=now)


def cancel_by_organizer(
    table: Table,
    gateway: OrderGateway,
    catalog: Catalog,
    order: Order,
    request: CancelRequest,
    *,
    actor: str,
    now: datetime,
    used_too: bool = False,
) -> Order:
    """Cancel an order or some of its tickets, and send their price back if that is asked for.

    Cancelling again changes nothing. Raises what `end_order` and `cancel_tickets` raise.
    """
    if order.status is OrderStatus.CANCELLED:
        return order
    if order.unpaid and request.tickets is None:
        return end_order(
            table, gateway, order, OrderStatus.CANCELLED, actor=actor, now=now, note=request.note
        )
    order = cancel_tickets(
        table,
        catalog,
        order,
        request.tickets,
        actor=actor,
        note=request.note,
        now=now,
        refund=_price_of(order, request.tickets) if request.refund else 0,
        used_too=used_too,
    )
    return send_soon(table, gateway, order, now)


def cancel_by_buyer(
    table: Table,
    gateway: OrderGateway,
    catalog: Catalog,
    order: Order,
    request: BuyerCancelRequest,
    *,
    now: datetime,
) -> Order:
    """Cancel for the buyer: an unpaid order always, a paid one by the event's rules, less their fee.

    Raises CancellationClosed, PriceChanged, AlreadyPaid when the money was quicker, and what
    `cancel_by_organizer` raises.
    """
    if order.status is OrderStatus.CANCELLED:
        return order
    if order.unpaid and request.tickets is None:
        return end_order(table, gateway, order, OrderStatus.CANCELLED, actor="buyer", now=now)
    refund = refund_for_buyer(catalog.event, order, request.tickets, now)
    if request.expected is not None and request.expected != Money(amount=refund, currency=order.currency):
        raise PriceChanged(
            "What you get back has changed; look at the order again.",
            faults=[Fault("expected.amount", f"is {refund} now")],
        )
    order = cancel_tickets(
        table, catalog, order, request.tickets, actor="buyer", note="", now=now, refund=refund
    )
    return send_soon(table, gateway, order, now)


def refund_by_organizer(
    table: Table,
    gateway: OrderGateway,
    order: Order,
    request: RefundRequest,
    *,
    key: str,
    actor: str,
    now: datetime,
) -> Order:
    """Send money back on the organizer's word. Raises as `orders.refund.refund` does."""
    asked = change(table, order, partial(refund, request=request, key=key, actor=actor, now=now))
    return send_soon(table, gateway, asked, now)


def refund_result(order: Order, before: Order, key: str) -> dict[str, Any]:
    """Return what one request has sent back, without the order: the refunds of its key, or the new ones."""
    known = {one.sequence for one in before.refunds}
    made: list[Refund] = [
        one for one in order.refunds if (one.key == key if key else one.sequence not in known)
    ]
    if not made:
        raise WrongState("The order has moved on meanwhile; look at its refunds.")
    return {
        "id": f"{order.id}-{made[0].sequence}",
        "sequence": made[0].sequence,
        "amount": Money(amount=sum(one.amount for one in made), currency=made[0].currency),
        "status": made[0].status,
        "tickets": made[0].tickets,
    }


def confirm_refund(
    table: Table, order: Order, sequence: int, *, note: str, actor: str, now: datetime
) -> Order:
    """Record a refund that the organizer has sent himself. Raises NotFound."""
    return change(table, order, partial(confirm_by_hand, sequence=sequence, actor=actor, note=note, now=now))


def _price_of(order: Order, numbers: list[int] | None) -> int:
    """Return what goes back for tickets: their price, of a whole order all that is left of what was paid."""
    left = left_to_refund(order)
    if numbers is None:
        return max(0, min(order.paid, left))
    return min(left, sum(open_prices(order, numbers)))
