"""Tending an order: everything about it that is due and that nobody else does.

Each part is a write of its own on a condition, and finds by itself whether there is something to do: what was
cut off, by a death or by Stripe being away, is done when the sweep comes by again.
"""

from datetime import datetime
from random import Random

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus, Overdue
from admit.errors import AlreadyCheckedIn, AlreadyPaid, WrongState
from admit.orders.change import change
from admit.orders.order import FAILURE_SHOWN, Order, OrderStatus, load_order
from admit.orders.refund import left_to_refund
from admit.orders.release import release
from admit.payments.expire import end_order
from admit.payments.gateway import Gateway
from admit.payments.late import decide_late
from admit.payments.refund import send_refunds
from admit.store import Table
from admit.tickets.align import align
from admit.tickets.cancel import cancel_tickets, finish_withdrawal
from admit.tickets.ticket import TicketStatus, tickets_of


def tend(
    table: Table, gateway: Gateway, catalog: Catalog, order: Order, *, now: datetime, random: Random
) -> Order:
    """Do what is due about an order of this catalog's event and return it as it is then; nothing may be due.

    Raises PaymentUnavailable, Contention: the rest is done next time.
    """
    if order.withdrawal is not None:
        order = finish_withdrawal(table, catalog, order, now)
    order = align(table, order, now)
    if catalog.event.status is EventStatus.CANCELLED and order.status is OrderStatus.SETTLED:
        # Its money came after the event's orders were ended.
        order = cancel_tickets(
            table,
            catalog,
            order,
            None,
            actor="system",
            note="the event is cancelled",
            now=now,
            refund=left_to_refund(order),
            used_too=True,
        )
    order = send_refunds(table, gateway, order, now)
    order = decide_late(table, catalog, order, now, random)
    order = send_refunds(table, gateway, order, now)
    order = _remind_of_nameless(table, order, now)
    order = change(table, order, lambda order: _without_old_failure(order, now))
    if _hold_is_over(order, now):
        return _expire(table, gateway, order, now)
    return _invoice(table, catalog, order, now)


def _remind_of_nameless(table: Table, order: Order, now: datetime) -> Order:
    """Remind the buyer of tickets that nobody holds, if there are any; passed reminders are given as one."""
    if order.status is not OrderStatus.FULFILLED or not any(at <= now for at in order.holder_reminders):
        return order
    nameless = any(
        ticket.holder is None and ticket.status is TicketStatus.VALID
        for ticket in tickets_of(table, order.id)
    )

    def decide(order: Order) -> Order:
        left = [at for at in order.holder_reminders if at > now]
        if left == order.holder_reminders:
            return order
        return order.model_copy(
            update={"holder_reminders": left, "holder_reminded": order.holder_reminded + nameless}
        )

    return change(table, order, decide)


def _without_old_failure(order: Order, now: datetime) -> Order:
    """Return an expired order without its failed payment once nobody looks at that any more."""
    failed = order.failed_payment
    if order.status is not OrderStatus.EXPIRED or failed is None or failed.at + FAILURE_SHOWN > now:
        return order
    return order.model_copy(update={"failed_payment": None})


def _hold_is_over(order: Order, now: datetime) -> bool:
    waits = order.status is OrderStatus.AWAITING_PAYMENT and not order.misfits
    return waits and order.hold_expires_at is not None and order.hold_expires_at <= now


def _expire(table: Table, gateway: Gateway, order: Order, now: datetime) -> Order:
    try:
        return end_order(table, gateway, order, OrderStatus.EXPIRED, actor="system", now=now)
    except (AlreadyPaid, WrongState):  # the buyer, or a payment that is on its way, was quicker
        return load_order(table, order.id)


def _invoice(table: Table, catalog: Catalog, order: Order, now: datetime) -> Order:
    """Remind of an invoice, mark it overdue, and decide on it when its grace is over."""
    order = change(table, order, lambda order: reminded(order, now))
    if not order.awaits_money or order.grace_ends_at is None or order.grace_ends_at > now:
        return order
    if catalog.event.overdue is Overdue.CANCEL:
        if order.unpaid:
            return release(
                table, order, OrderStatus.EXPIRED, actor="system", what="invoice not paid", now=now
            )
        try:
            return cancel_tickets(
                table,
                catalog,
                order,
                None,
                actor="system",
                note="invoice not paid",
                now=now,
                refund=left_to_refund(order),
            )
        except AlreadyCheckedIn:
            pass  # Somebody has gone in with it: that is for the organizer.
    return change(table, order, lambda order: _for_organizer(order, now))


def reminded(order: Order, now: datetime) -> Order:
    """Return the order with its passed reminders given, as one, and marked overdue once it is."""
    if not order.awaits_money:
        return order
    left = [at for at in order.reminders if at > now]
    if left != order.reminders:
        order = order.then("system", "reminded", now, reminders=left, reminded=order.reminded + 1)
    if order.due_at is not None and order.due_at <= now and not order.overdue:
        order = order.then("system", "invoice overdue", now, overdue=True)
    return order


def _for_organizer(order: Order, now: datetime) -> Order:
    if order.grace_ends_at is None or not order.awaits_money:
        return order
    return order.then("system", "the organizer decides on the invoice", now, grace_ends_at=None)
