"""Settling: an order moves to `settled` once, however often the news of its money comes.

The order's state is the guard, not the id of the news: a webhook, the success page and the sweep may all tell
of one payment.
"""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from admit import keys
from admit.catalog.event import InvoicePolicy
from admit.catalog.price import PaymentMethod
from admit.errors import WrongState
from admit.model import ONE_LINE, Shape
from admit.orders.order import Attention, Order, OrderStatus, Payment, PaymentStatus, moment
from admit.payments.gateway import PaymentPage
from admit.store import ConditionFailed, Table, Update


class SettleRequest(Shape):
    """The organizer's word that an invoice is paid."""

    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""


def settle_card(table: Table, order: Order, page: PaymentPage, now: datetime) -> Order:
    """Settle an order by its paid page, as the provider has it; one write.

    Money that does not fit the order, comes twice, or comes after its end never settles anything: the order
    is put before its organizer. Raises nothing of its own, so that the news counts as taken.
    """
    if page.reference is None or not page.paid:
        return order
    while True:
        if problem := _problem(order, page):
            return _flag(table, order, problem, now)
        if order.payment is not None:
            return order
        payment = Payment(reference=page.reference, amount=order.total, at=now)
        step = order.step(
            OrderStatus.SETTLED,
            actor="stripe",
            what="paid by card",
            at=now,
            also={"payment_status": PaymentStatus.PAID, "payment": payment.attributes()},
        )
        try:
            return Order.of(table.write(step))
        except ConditionFailed as failed:
            order = Order.of(failed.old or {})


def settle_invoice(table: Table, order: Order, *, actor: str, note: str, now: datetime) -> Order:
    """Record that an invoice is paid, on the organizer's word; one write. A second word changes nothing.

    Raises WrongState for an order of another method or one that has ended.
    """
    if order.payment_method is not PaymentMethod.INVOICE:
        raise WrongState("Only an order by invoice is settled by hand.")
    while True:
        if order.payment_status is PaymentStatus.PAID:
            return order
        payment = Payment(reference=note, amount=order.total, at=now).attributes()
        money = {"payment_status": PaymentStatus.PAID, "payment": payment}
        if order.status is OrderStatus.AWAITING_PAYMENT:
            write = order.step(OrderStatus.SETTLED, actor=actor, what="paid by invoice", at=now, also=money)
        elif order.status in (OrderStatus.SETTLED, OrderStatus.FULFILLED):
            # False when the payment was recorded, or the order ended, since it was read.
            still_unpaid = "payment_status = :unpaid AND #status IN (:settled, :fulfilled)"
            write = Update(
                keys.order(order.id),
                "SET payment_status = :paid, payment = :payment, timeline = list_append(timeline, :moment)",
                condition=still_unpaid,
                values={
                    "unpaid": PaymentStatus.UNPAID,
                    "paid": PaymentStatus.PAID,
                    "settled": OrderStatus.SETTLED,
                    "fulfilled": OrderStatus.FULFILLED,
                    "payment": payment,
                    "moment": [moment(actor, "paid by invoice", now)],
                },
            )
        else:
            raise WrongState("This order has ended; it can't be settled any more.")
        try:
            return Order.of(table.write(write))
        except ConditionFailed as failed:
            order = Order.of(failed.old or {})


def release_invoice(table: Table, order: Order, *, actor: str, now: datetime) -> Order:
    """Give the tickets of an unpaid invoice on the organizer's word; one write.

    Raises WrongState, also for an event that gives tickets on payment or at once.
    """
    if order.invoice_policy is not InvoicePolicy.ON_RELEASE:
        raise WrongState("This event does not give tickets on the organizer's word; settle the invoice.")
    if order.status in (OrderStatus.SETTLED, OrderStatus.FULFILLED):
        return order
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        raise WrongState("This order has ended; it can't be released any more.")
    try:
        return Order.of(
            table.write(order.step(OrderStatus.SETTLED, actor=actor, what="released unpaid", at=now))
        )
    except ConditionFailed as failed:
        return release_invoice(table, Order.of(failed.old or {}), actor=actor, now=now)


def _problem(order: Order, page: PaymentPage) -> Attention | None:
    """Say why this money does not settle this order, if so."""
    if order.payment is not None and order.payment.reference != page.reference:
        return Attention.SECOND_PAYMENT
    own_page = order.checkout is not None and order.checkout.session_id == page.session_id
    if not own_page or (page.amount, page.currency) != (order.total, order.currency):
        return Attention.PAYMENT_MISMATCH
    if order.payment is None and order.status is not OrderStatus.AWAITING_PAYMENT:
        return Attention.PAID_AFTER_END
    return None


def _flag(table: Table, order: Order, reason: Attention, now: datetime) -> Order:
    try:
        return Order.of(table.write(order.flag(reason, at=now)))
    except ConditionFailed as failed:
        return Order.of(failed.old or {})
