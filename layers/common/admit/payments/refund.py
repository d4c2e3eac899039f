"""Refunds by card: asked of Stripe under a name of their own, and pulled from Stripe whatever tells of them.

Stripe is where a refund truly is. The answer to a request, a webhook of any type and the reconciliation all
end in the same pull, which brings an order's refunds to what Stripe says of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from admit.errors import AdmitError, PaymentRefused, PaymentUnavailable
from admit.orders.change import change
from admit.orders.ledger import Account, Movement, Refund, RefundStatus
from admit.orders.order import Order
from admit.orders.refund import came_for, next_sequence
from admit.payments.gateway import CardRefund, Gateway, OrderGateway, PaymentBroken
from admit.payments.gateway import RefundStatus as CardStatus
from admit.store import Table

_KEY_LIVES = timedelta(hours=23)
"""Stripe may forget a request's key after a day; from then on it is looked whether it was done."""

_AS_OURS = {
    CardStatus.PENDING: RefundStatus.PENDING,
    CardStatus.REQUIRES_ACTION: RefundStatus.PENDING,
    CardStatus.SUCCEEDED: RefundStatus.SUCCEEDED,
    CardStatus.FAILED: RefundStatus.FAILED,
    CardStatus.CANCELED: RefundStatus.FAILED,
}

# A refund goes forward only, so news that was read before and written after changes nothing. What succeeded
# can still fail: the buyer's bank sends it back.
_FORWARD = [RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.FAILED]


def send_refunds(table: Table, gateway: OrderGateway, order: Order, now: datetime) -> Order:
    """Ask Stripe for the refunds that were decided, each under its own key; asked again, nothing is doubled.

    Raises PaymentUnavailable when Stripe can't be asked now; the sweep comes back to it.
    """
    for refund in order.refunds:
        if refund.status is not RefundStatus.REQUESTED:
            continue
        payment = _payment(order, refund)
        if refund.broken or now - refund.requested_at > _KEY_LIVES:
            made_before = gateway.refunds_of(payment.reference)
            order = change(table, order, partial(_renewed, refund=refund, made=made_before, now=now))
            continue
        try:
            made = gateway.refund(
                payment.reference, refund.amount, order_id=order.id, sequence=refund.sequence
            )
        except PaymentRefused as refused:
            order = change(table, order, partial(_failed, sequence=refund.sequence, refused=refused, now=now))
        except PaymentBroken:
            order = change(table, order, partial(_broken, sequence=refund.sequence))
            raise
        else:
            order = change(table, order, partial(_with_refunds, made=[made], now=now))
    return order


def send_soon(table: Table, gateway: OrderGateway, order: Order, now: datetime) -> Order:
    """Ask Stripe for the refunds that were decided; while it can't be asked, they wait for the sweep."""
    try:
        return send_refunds(table, gateway, order, now)
    except PaymentUnavailable:
        return order


def pull_refunds(table: Table, gateway: Gateway, order: Order, reference: str, now: datetime) -> Order:
    """Bring an order's refunds of one payment to what Stripe says, those made at Stripe itself among them."""
    made = gateway.refunds_of(reference)
    return change(table, order, lambda order: _with_refunds(order, made, now))


def _renewed(order: Order, refund: Refund, made: Sequence[CardRefund], now: datetime) -> Order:
    """Return the order with a request put right that Stripe answered with an error: it was carried out all
    the same, or another takes its place."""
    order = _with_refunds(order, made, now)
    present = next(one for one in order.refunds if one.sequence == refund.sequence)
    if present.status is not RefundStatus.REQUESTED:
        return order
    failed = present.model_copy(
        update={"status": RefundStatus.FAILED, "failure": "Stripe gave no answer to it", "broken": False}
    )
    again = present.model_copy(
        update={"sequence": next_sequence(order), "broken": False, "requested_at": now}
    )
    return order.with_refund(failed).with_refund(again)


def _with_refunds(order: Order, made: Sequence[CardRefund], now: datetime) -> Order:
    """Return the order with each refund as Stripe has it, oldest first, and its money booked."""
    for one in sorted(made, key=lambda one: (one.created_at, one.id)):
        order = _with_refund(order, one, now)
    return order


def _with_refund(order: Order, made: CardRefund, now: datetime) -> Order:
    refund = _known(order, made) or _adopted(order, made, now)
    if refund is None:
        return order
    # What was refused here and is there all the same, as after an answer that got lost, is as Stripe has it.
    known = refund.status if refund.reference else RefundStatus.REQUESTED
    status = max(_AS_OURS[made.status], known, key=_FORWARD.index)
    present = refund.model_copy(
        update={"status": status, "reference": made.id, "failure": made.reason, "broken": False}
    )
    if present == refund and order.has_moved(present.booked):
        return order
    if status is not refund.status:
        order = order.then("stripe", f"refund {refund.sequence} {status}", now)
    order = order.with_refund(present)
    if not order.has_moved(present.booked):
        order = order.with_movement(present.movement(now))
    reversal = present.reversal(now, came_for(order, _payment(order, present)))
    if status is RefundStatus.FAILED and not order.has_moved(reversal.id):
        order = order.with_movement(reversal)
    return order


def _known(order: Order, made: CardRefund) -> Refund | None:
    for refund in order.refunds:
        if refund.reference == made.id:
            return refund
        ours = (made.order_id, made.sequence) == (order.id, refund.sequence)
        if ours and refund.reference is None and refund.account is Account.STRIPE:
            return refund
    return None


def _adopted(order: Order, made: CardRefund, now: datetime) -> Refund | None:
    """Write up a refund that was made at Stripe itself; None if its payment is not booked here."""
    payment = next((one for one in order.payments() if one.reference == made.payment), None)
    if payment is None:
        return None
    return Refund(
        sequence=next_sequence(order),
        amount=made.amount,
        currency=made.currency,
        status=RefundStatus.PENDING,
        payment=payment.id,
        account=Account.STRIPE,
        source=came_for(order, payment),
        reference=made.id,
        note="made at Stripe",
        actor="stripe",
        requested_at=now,
    )


def _failed(order: Order, sequence: int, refused: AdmitError, now: datetime) -> Order:
    refund = next(one for one in order.refunds if one.sequence == sequence)
    if refund.status is not RefundStatus.REQUESTED:
        return order
    told = order.then("stripe", f"refund {sequence} refused", now)
    return told.with_refund(
        refund.model_copy(update={"status": RefundStatus.FAILED, "failure": refused.detail})
    )


def _broken(order: Order, sequence: int) -> Order:
    refund = next(one for one in order.refunds if one.sequence == sequence)
    if refund.status is not RefundStatus.REQUESTED:
        return order
    return order.with_refund(refund.model_copy(update={"broken": True}))


def _payment(order: Order, refund: Refund) -> Movement:
    return next(one for one in order.payments() if one.id == refund.payment)
