"""Settling: an order moves to `settled` once, however often the news of its money comes.

Money is booked under the name that its sender gave it, so news that comes twice, or in another order, finds
it booked. What does not fit the order is booked apart from it and decided on in `late.py`.
"""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from admit.catalog.event import InvoicePolicy
from admit.catalog.price import PaymentMethod
from admit.errors import IdempotencyConflict, WrongState
from admit.model import ONE_LINE, Shape
from admit.money import Money
from admit.orders.change import change
from admit.orders.ledger import Account, Cause, Misfit, Movement
from admit.orders.order import FailedPayment, Order, OrderStatus
from admit.orders.refund import came_for, pay_back
from admit.payments.gateway import PageStatus, PaymentPage
from admit.store import Table

_PROCESSING_HOLD = timedelta(days=1)
"""For so long tickets are held at a time while money is on its way; the sweep asks again then."""
_TRY_AGAIN = timedelta(minutes=30)
"""So long the tickets stay held after a payment of days has failed."""


class SettleRequest(Shape):
    """The organizer's word that an invoice is paid, or that money which did not fit is to be taken all the
    same."""

    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""
    amount: Annotated[Money, Field(description="Without it the whole rest is paid.")] | None = None


class Receipt(Shape):
    """Money that has come: under which name, where, and how much of which currency in minor units."""

    id: str
    account: Account
    amount: int
    currency: str
    reference: str
    actor: str
    what: str
    """For the timeline."""


def settle_card(table: Table, order: Order, page: PaymentPage, now: datetime) -> Order:
    """Book what a payment page has brought, as the provider has it now; one write, none for known news.

    Money that does not fit the order, comes twice, or comes after its end never settles anything. A payment
    that takes days keeps the tickets held. Raises nothing of its own, so that the news counts as taken.
    """
    return change(table, order, lambda order: _by_page(order, page, now))


def settle_invoice(
    table: Table,
    order: Order,
    *,
    actor: str,
    note: str,
    now: datetime,
    amount: int | None = None,
    key: str = "",
) -> Order:
    """Book that an invoice is paid, on the organizer's word; one write. The same word again changes nothing.

    A partial `amount` (minor units) is told apart by the client's `key`. Raises WrongState for an order of
    another method or one that has ended.
    """
    if order.payment_method is not PaymentMethod.INVOICE:
        raise WrongState("Only an order by invoice is settled by hand.")

    def decide(order: Order) -> Order:
        rest = order.missing
        if not order.live:
            raise WrongState("This order has ended; it can't be settled any more.")
        if order.status is OrderStatus.AWAITING_APPROVAL:
            raise WrongState("This order waits for approval; approve it first.")
        name = f"payment:hand:{key}" if amount is not None else f"payment:hand:rest:{len(order.movements)}"
        if amount is None and rest <= 0:
            return order
        if any(one.id == name and one.amount != amount for one in order.movements):
            raise IdempotencyConflict
        receipt = Receipt(
            id=name,
            account=Account.BY_HAND,
            amount=rest if amount is None else amount,
            currency=order.currency,
            reference=note or name,
            actor=actor,
            what="paid by invoice",
        )
        return receive(order, receipt, now)

    return change(table, order, decide)


def release_invoice(table: Table, order: Order, *, actor: str, now: datetime) -> Order:
    """Give the tickets of an unpaid invoice on the organizer's word; one write.

    Raises WrongState, also for an event that gives tickets on payment or at once.
    """
    if order.invoice_policy is not InvoicePolicy.ON_RELEASE:
        raise WrongState("This event does not give tickets on the organizer's word; settle the invoice.")

    def decide(order: Order) -> Order:
        if order.status in (OrderStatus.SETTLED, OrderStatus.FULFILLED):
            return order
        if order.status is not OrderStatus.AWAITING_PAYMENT:
            raise WrongState("This order has ended; it can't be released any more.")
        return order.then(actor, "released unpaid", now, status=OrderStatus.SETTLED)

    return change(table, order, decide)


def receive(order: Order, receipt: Receipt, now: datetime, misfit: Misfit | None = None) -> Order:
    """Return the order with money booked, and settled when nothing is missing any more.

    Money for an order that has ended or was paid is booked apart from it; a second payment goes back.
    """
    if order.has_moved(receipt.id):
        return order
    by_card = receipt.account is Account.STRIPE
    if misfit is None and not order.live:
        misfit = Misfit.LATE
    if misfit is None and by_card and order.status is not OrderStatus.AWAITING_PAYMENT:
        misfit = Misfit.SECOND
    what = receipt.what if misfit is None else _MISFIT_TOLD[misfit]
    booked = order.then(receipt.actor, what, now).with_movement(
        Movement(
            id=receipt.id,
            cause=Cause.PAYMENT,
            debit=receipt.account,
            credit=Account.ORDER if misfit is None else Account.UNALLOCATED,
            amount=receipt.amount,
            currency=receipt.currency,
            reference=receipt.reference,
            at=now,
            actor=receipt.actor,
            misfit=misfit,
        )
    )
    match misfit:
        case None:
            return _without_others(booked.settled_if_paid(), now)
        case Misfit.LATE:
            asked = booked.decide_by if booked.decide_by and booked.decide_by > now else now
            return booked.model_copy(update={"decide_by": asked})
        case Misfit.SECOND:
            return _without_others(booked, now)
        case Misfit.MISMATCH:
            return booked


def _without_others(order: Order, now: datetime) -> Order:
    """Return an order that is settled with every payment beside its own on its way back, in any order."""
    if order.status is OrderStatus.AWAITING_PAYMENT:
        return order
    if not any(
        order.refundable(one) for one in order.payments() if came_for(order, one) is Account.UNALLOCATED
    ):
        return order
    return pay_back(order, None, actor="system", note="second payment", now=now, source=Account.UNALLOCATED)


_MISFIT_TOLD = {
    Misfit.MISMATCH: "a payment came that does not fit",
    Misfit.SECOND: "paid a second time",
    Misfit.LATE: "paid after the end",
}


def _by_page(order: Order, page: PaymentPage, now: datetime) -> Order:
    own = order.checkout is not None and order.checkout.session_id == page.session_id
    if page.paid and page.reference is not None and page.amount and page.currency:
        fits = own and (page.amount, page.currency) == (order.total, order.currency)
        waits = order.status is OrderStatus.AWAITING_PAYMENT
        receipt = Receipt(
            id=f"payment:{page.reference}",
            account=Account.STRIPE,
            amount=page.amount,
            currency=page.currency,
            reference=page.reference,
            actor="stripe",
            what="paid by card",
        )
        return receive(order, receipt, now, Misfit.MISMATCH if waits and not fits else None)
    if not own or order.status is not OrderStatus.AWAITING_PAYMENT:
        return order
    return _on_its_way(order, now) if page.processing else _nothing_came(order, page, now)


def _on_its_way(order: Order, now: datetime) -> Order:
    """Return the order with its tickets held while a payment of days is under way."""
    if not order.processing:
        return order.then(
            "stripe", "payment under way", now, processing=True, hold_expires_at=now + _PROCESSING_HOLD
        )
    if order.hold_expires_at is not None and order.hold_expires_at <= now:
        return order.model_copy(update={"hold_expires_at": now + _PROCESSING_HOLD})
    return order


def _nothing_came(order: Order, page: PaymentPage, now: datetime) -> Order:
    """Return the order with what is known of an attempt that has brought no money by now."""
    if page.failed and order.processing:
        again_until = now + _TRY_AGAIN
        return _failed(order, now).model_copy(update={"processing": False, "hold_expires_at": again_until})
    # Who lets his hold end without a try has not failed to pay, nor has he whose page was closed.
    is_held = order.hold_expires_at is not None and order.hold_expires_at > now
    has_ended = page.status is PageStatus.EXPIRED and page.ends_at is not None and page.ends_at <= now
    if page.declined or (has_ended and is_held):
        return _failed(order, now)
    return order


def _failed(order: Order, now: datetime) -> Order:
    """Return the order with a note that its present attempt at paying has failed; one note an attempt."""
    attempt = order.checkout.attempt if order.checkout else 0
    if order.failed_payment is not None and order.failed_payment.attempt == attempt:
        return order
    failed = FailedPayment(attempt=attempt, at=now)
    return order.then("stripe", "payment failed", now, failed_payment=failed)
