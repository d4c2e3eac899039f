"""The end of a hold: the payment page is closed first, and the stock goes back only when it is."""

from collections.abc import Callable
from datetime import datetime

from admit import keys
from admit.clock import stamp
from admit.errors import AdmitError, AlreadyPaid, WrongState
from admit.orders.order import Order, OrderStatus
from admit.orders.release import release
from admit.payments.gateway import Gateway, PageStatus
from admit.payments.settle import settle_card
from admit.store import Table

_PAGE = 50


def end_order(
    table: Table, gateway: Gateway, order: Order, to: OrderStatus, *, actor: str, now: datetime
) -> None:
    """End an unpaid order. Raises AlreadyPaid (and settles) when the money was quicker, WrongState."""
    if order.unpaid and order.checkout is not None:
        page = gateway.expire_page(order.checkout.session_id)
        if page.paid:
            settle_card(table, order, page, now)
            raise AlreadyPaid
        if page.status is not PageStatus.EXPIRED:
            raise WrongState("A payment for this order is under way; wait until it is decided.")
    release(table, order, to, actor=actor, what=to, now=now)


def sweep(table: Table, gateway: Gateway, now: datetime, report: Callable[[Order, AdmitError], None]) -> int:
    """End every hold whose time is up, one after the other; return how many were ended.

    What can't be ended now is reported and found again by the next sweep.
    """
    ended = 0
    for nn in range(keys.DUE_SHARDS):
        cursor: str | None = None
        while True:
            due = table.find("gsi3", keys.due(nn), limit=_PAGE, cursor=cursor, below=stamp(now))
            for item in table.get_many([entry.key for entry in due.entries]):
                order = Order.of(item)
                try:
                    end_order(table, gateway, order, OrderStatus.EXPIRED, actor="system", now=now)
                    ended += 1
                except AdmitError as error:
                    report(order, error)
            cursor = due.cursor
            if cursor is None:
                break
    return ended
