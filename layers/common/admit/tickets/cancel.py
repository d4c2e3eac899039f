"""Cancelling tickets: they admit nobody any more, and their stock goes back once, with them or after them.

Cancelling moves no money by itself. What shall go back with it is written in the same step, so that neither
can be without the other.
"""

from collections.abc import Collection
from datetime import datetime

from admit.catalog.catalog import Catalog
from admit.catalog.price import PaymentMethod
from admit.errors import AlreadyCheckedIn, Fault, NotFound, WrongState
from admit.orders.change import Changed, change
from admit.orders.order import Order, OrderStatus, Withdrawal
from admit.orders.part import without
from admit.orders.refund import left_to_refund, open_prices, pay_back
from admit.orders.release import given_back
from admit.store import MOST_WRITES, Table, TransactionRefused, Write
from admit.tickets.align import align, followed
from admit.tickets.ticket import Ticket, tickets_of


class _TooMany(Exception):
    """The tickets and their stock don't fit into one transaction."""


def cancel_tickets(
    table: Table,
    catalog: Catalog,
    order: Order,
    numbers: Collection[int] | None,
    *,
    actor: str,
    note: str,
    now: datetime,
    refund: int = 0,
    used_too: bool = False,
) -> Order:
    """Cancel some tickets of an order, or for None all of it, and send `refund` minor units back with them.

    Cancelling again changes nothing. An order that waits for its payment is ended elsewhere, with its page.
    Raises NotFound, WrongState, AlreadyCheckedIn (unless `used_too`).
    """
    wanted = sorted(order.numbers if numbers is None else set(numbers) - set(order.cancelled))
    if order.status is OrderStatus.CANCELLED or not wanted:
        return order
    _refuse(order, wanted)
    withdrawal = Withdrawal(numbers=wanted, used_too=used_too, refund=refund, actor=actor, note=note, at=now)

    def at_once(order: Order) -> Changed:
        _refuse(order, wanted)
        # Read anew with the order: they may have been made since it was read first.
        tickets = [ticket for ticket in tickets_of(table, order.id) if ticket.number in wanted]
        if not used_too:
            _refuse_used([ticket for ticket in tickets if ticket.entries])
        after, given = _ended(catalog, order, withdrawal, now)
        if order.status is OrderStatus.SETTLED:
            # Some of its tickets may be there already; no more are made of an order that has ended.
            return Changed(after.model_copy(update={"unaligned_since": now}), given)
        if len(given) + len(tickets) >= MOST_WRITES:
            raise _TooMany
        follow = [followed(after, ticket, unused=not used_too) for ticket in tickets]
        return Changed(after, [*given, *follow])

    try:
        return align(table, change(table, order, at_once), now)
    except _TooMany:
        pass
    except TransactionRefused as refused:
        items = [item for item in refused.failed.values() if item and item["kind"] == "ticket"]
        _refuse_used([ticket for ticket in map(Ticket.of, items) if ticket.entries and not used_too])
        raise WrongState("The tickets have changed meanwhile; look at them again.") from refused

    def begin(order: Order) -> Order:
        _refuse(order, wanted)
        return order.model_copy(update={"withdrawal": withdrawal, "unaligned_since": now})

    return finish_withdrawal(table, catalog, change(table, order, begin), now)


def finish_withdrawal(table: Table, catalog: Catalog, order: Order, now: datetime) -> Order:
    """Take a withdrawal that was begun to its end: the tickets first, then the stock and the money."""
    order = align(table, order, now)

    def finish(order: Order) -> Order | Changed:
        if order.withdrawal is None or order.unaligned_since is not None:
            return order
        return Changed(*_ended(catalog, order, order.withdrawal, now))

    return change(table, order, finish)


def _ended(
    catalog: Catalog, order: Order, withdrawal: Withdrawal, now: datetime
) -> tuple[Order, list[Write]]:
    """Return the order without the withdrawn tickets, what goes back of its stock, and its refund begun."""
    numbers, note = withdrawal.numbers, withdrawal.note
    after = order.model_copy(update={"withdrawal": None})
    given: list[Write] = []
    # Some of the money may have gone back another way since the withdrawal began.
    most = left_to_refund(after)
    if len(numbers) == len(order.numbers):
        what = f"cancelled: {note}" if note else "cancelled"
        after = after.then(withdrawal.actor, what, now, status=OrderStatus.CANCELLED, processing=False)
        given = [*given_back(order, now)]
    elif numbers:
        rest, part_given = without(catalog, after, numbers, now)
        worth = sum(open_prices(order, numbers))
        credit = min(worth, order.missing)
        what = f"cancelled tickets {', '.join(map(str, numbers))}"
        after = rest.then(
            withdrawal.actor, f"{what}: {note}" if note else what, now, credited=order.credited + credit
        ).settled_if_paid()
        given = [*part_given]
        # What was not paid yet is credited instead.
        most = min(most, worth - credit)
    refund = min(withdrawal.refund, most)
    if refund and numbers:
        some = numbers if order.numbers != numbers else []
        after = pay_back(
            after, refund, actor=withdrawal.actor, note=note or "cancelled", now=now, tickets=some
        )
    return after, given


def _refuse(order: Order, numbers: Collection[int]) -> None:
    if absent := sorted(set(numbers) - set(order.numbers)):
        raise NotFound(f"This order has no ticket {absent[0]}.")
    if not order.live:
        raise WrongState("This order has ended; there is nothing to cancel.")
    if order.withdrawal is not None:
        raise WrongState("Tickets of this order are being cancelled; try again in a minute.")
    whole = len(numbers) == len(order.numbers)
    if order.status is OrderStatus.SETTLED and not whole:
        raise WrongState("The tickets of this order are being made; try again in a few seconds.")
    # A payment page asks for all of an order, also one that is opened later.
    by_card = order.payment_method is PaymentMethod.CARD
    if order.unpaid and (whole or order.status is OrderStatus.AWAITING_APPROVAL or by_card):
        raise WrongState("An order that is not paid is cancelled as a whole.")


def _refuse_used(tickets: list[Ticket]) -> None:
    if tickets:
        numbers = ", ".join(str(ticket.number) for ticket in tickets)
        raise AlreadyCheckedIn(
            "Tickets that have been used can't be cancelled.", faults=[Fault("tickets", f"used: {numbers}")]
        )
