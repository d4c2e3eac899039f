"""Ending an unpaid order: its claims go back to the shards they came from, once."""

from datetime import datetime

from admit.errors import WrongState
from admit.orders.change import Changed, change
from admit.orders.ledger import Account
from admit.orders.order import Order, OrderStatus
from admit.orders.refund import came_for, pay_back
from admit.seating.seat import give_back
from admit.store import Table, Update


def release(table: Table, read: Order, to: OrderStatus, *, actor: str, what: str, now: datetime) -> Order:
    """Move an unpaid order to an end and give back what it claimed, in one transaction.

    What was paid of it in part, or did not fit it, goes back. Raises WrongState when the order was paid, or a
    payment page opened, since it was read; then nothing is given back.
    """

    def decide(order: Order) -> Changed:
        same = (order.status, order.checkout, order.movements) == (read.status, read.checkout, read.movements)
        if not order.unpaid:
            raise WrongState("Only an unpaid order can be ended this way.")
        if not same:
            raise WrongState("The order has moved on meanwhile; look at it again.")
        ended = order.then(actor, what, now, status=to, processing=False)
        for source in (Account.ORDER, Account.UNALLOCATED):
            if any(ended.refundable(one) for one in ended.payments() if came_for(ended, one) is source):
                ended = pay_back(ended, None, actor="system", note=what, now=now, source=source)
        return Changed(ended, given_back(order, now))

    return change(table, read, decide)


def given_back(order: Order, now: datetime) -> list[Update]:
    """Return the writes that give back everything that an order has claimed."""
    return [
        *give_back(order.event_id, order.id, order.seats, now),
        *(claim.give_back() for claim in order.claims),
        *(allowance.give_back() for allowance in order.allowances),
    ]
