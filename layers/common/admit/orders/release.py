"""Ending an unpaid order: its claims go back to the shards they came from, once."""

from datetime import datetime

from admit.errors import WrongState
from admit.orders.order import Order, OrderStatus
from admit.store import Table, TransactionRefused, Write


def release(table: Table, order: Order, to: OrderStatus, *, actor: str, what: str, now: datetime) -> None:
    """Move an unpaid order to an end and give back what it claimed, in one transaction.

    Raises WrongState when something else has moved it on; then nothing is given back.
    """
    if not order.unpaid:
        raise WrongState("Only an unpaid order can be ended this way.")
    writes: list[Write] = [
        order.step(to, actor=actor, what=what, at=now),
        *(claim.give_back() for claim in order.claims),
        *(allowance.give_back() for allowance in order.allowances),
    ]
    try:
        table.transact(writes)
    except TransactionRefused as refused:
        raise WrongState("The order has moved on meanwhile; look at it again.") from refused
