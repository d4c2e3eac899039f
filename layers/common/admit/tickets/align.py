"""Tickets follow their order: what it says of them is written on them, in as many transactions as it takes.

The order is changed first and notes that its tickets may not say so yet. Each transaction checks that the
order is still the one it follows, so an older word never overwrites a newer one, and the sweep takes up what
was cut off.
"""

from datetime import datetime
from functools import partial
from itertools import batched

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.orders.change import change
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.refund import ticket_prices
from admit.store import MOST_WRITES, Check, Contention, Table, TransactionRefused, Update
from admit.tickets.ticket import Ticket, TicketStatus, tickets_of

_TRIES = 8


def align(table: Table, order: Order, now: datetime) -> Order:
    """Bring the tickets of an order to what it says of them, and note that they are."""
    while order.unaligned_since is not None and order.status is not OrderStatus.SETTLED:
        behind = [
            one for one in tickets_of(table, order.id) if one.status is not status_of(order, one.number)
        ]
        check = _unchanged(order)
        for chunk in batched(behind, MOST_WRITES - 1, strict=False):
            asked = order.withdrawal
            spares = asked.numbers if asked is not None and not asked.used_too else ()
            follow = [followed(order, ticket, unused=ticket.number in spares) for ticket in chunk]
            try:
                table.transact([check, *follow])
            except TransactionRefused as refused:
                met = [
                    Ticket.of(item) for item in refused.failed.values() if item and item["kind"] == "ticket"
                ]
                used = [
                    one.number
                    for one in met
                    if one.number in spares and one.entries and one.status is not TicketStatus.CANCELLED
                ]
                order = change(table, order, partial(_spared, used=used))
                break
        else:
            order = change(table, order, partial(_aligned, revision=order.revision))
            continue
        order = load_order(table, order.id)
    return order


def concerns_payment(before: Order | None, after: Order) -> bool:
    """Say whether a change of an order is one after which its tickets may be paid, or not any more."""
    if after.status is not OrderStatus.FULFILLED or after.payment_method is not PaymentMethod.INVOICE:
        return False
    return before is None or (before.status, before.awaits_money) != (after.status, after.awaits_money)


def follow_payment(table: Table, order: Order) -> None:
    """Write on the tickets of an order, as it is now, whether it is still to be paid. Raises Contention."""
    for _ in range(_TRIES):
        order = load_order(table, order.id)
        if order.status is not OrderStatus.FULFILLED:
            return
        behind = [
            one
            for one in tickets_of(table, order.id)
            if one.unpaid is not order.awaits_money and one.status is not TicketStatus.CANCELLED
        ]
        try:
            for chunk in batched(behind, MOST_WRITES - 1, strict=False):
                table.transact([_unchanged(order), *(_paid_or_not(order, ticket) for ticket in chunk)])
        except TransactionRefused:
            continue
        return
    raise Contention


def _paid_or_not(order: Order, ticket: Ticket) -> Update:
    # False when it was never made: an order's word makes no ticket.
    there = "attribute_exists(pk)"
    key = keys.ticket(ticket.order_id, ticket.number)
    if order.awaits_money:
        return Update(key, "SET unpaid = :unpaid", there, {"unpaid": True})
    return Update(key, "REMOVE unpaid", there, {})


def _unchanged(order: Order) -> Check:
    # False when the order has changed: then it says something else of its tickets, maybe.
    same = "revision = :revision"
    return Check(keys.order(order.id), same, {"revision": order.revision})


def _aligned(order: Order, revision: int) -> Order:
    """Return the order with a note that its tickets say what it says, if it is still that one."""
    return order.model_copy(update={"unaligned_since": None}) if order.revision == revision else order


def _spared(order: Order, used: list[int]) -> Order:
    """Return the order with tickets that were used meanwhile left out of its withdrawal."""
    if order.withdrawal is None or not used:
        return order
    prices, asked = ticket_prices(order), order.withdrawal
    numbers = [number for number in asked.numbers if number not in used]
    worth, rest = (sum(prices[number - 1] for number in some) for some in (asked.numbers, numbers))
    refund = asked.refund * rest // worth if worth else 0
    return order.model_copy(
        update={"withdrawal": asked.model_copy(update={"numbers": numbers, "refund": refund})}
    )


def status_of(order: Order, number: int) -> TicketStatus:
    """Return what an order says of one of its tickets."""
    withdrawn = order.withdrawal.numbers if order.withdrawal else ()
    if not order.live or number in order.cancelled or number in withdrawn:
        return TicketStatus.CANCELLED
    return TicketStatus.SUSPENDED if order.suspended else TicketStatus.VALID


def followed(order: Order, ticket: Ticket, *, unused: bool = False) -> Update:
    """Return the write that brings a ticket to what its order says, if `unused` only before its first use."""
    # False when the ticket was changed since it was read.
    unchanged = "#status = :from"
    # False when somebody has gone in with it.
    not_used = "entries = :none"
    return Update(
        keys.ticket(ticket.order_id, ticket.number),
        "SET #status = :to",
        condition=f"{unchanged} AND {not_used}" if unused else unchanged,
        values={"from": ticket.status, "to": status_of(order, ticket.number)}
        | ({"none": 0} if unused else {}),
    )
