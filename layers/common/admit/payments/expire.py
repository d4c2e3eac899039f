"""The end of a hold: the payment page is closed first, and the stock goes back only when it is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice

from admit import keys
from admit.clock import Clock, stamp
from admit.errors import AlreadyPaid, WrongState
from admit.orders.order import Order, OrderStatus
from admit.orders.release import release
from admit.payments.gateway import Gateway, PageStatus
from admit.payments.settle import settle_card
from admit.store import Item, Table

_PAGE = 50
_AT_ONCE = 16
_MOST_A_SWEEP = 1_000
_BEGINS_FOR = timedelta(seconds=10)


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


def sweep(table: Table, gateway: Gateway, clock: Clock, report: Callable[[str, Exception], None]) -> int:
    """End the holds whose time is up, as many as can be begun in ten seconds; return how many were ended.

    An order that can't be ended now is reported by its key, holds up no other, and is found again.
    """
    started = clock()

    def end(item: Item) -> bool:
        if clock() - started > _BEGINS_FOR:
            return False
        try:
            end_order(table, gateway, Order.of(item), OrderStatus.EXPIRED, actor="system", now=started)
        except Exception as error:  # whatever one order has, the others must be ended
            report(item["pk"], error)
            return False
        return True

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return sum(threads.map(end, islice(_due(table, started), _MOST_A_SWEEP)))


def _due(table: Table, now: datetime) -> Iterator[Item]:
    for nn in range(keys.DUE_SHARDS):
        cursor: str | None = None
        while True:
            due = table.find("gsi3", keys.due(nn), limit=_PAGE, cursor=cursor, below=stamp(now))
            yield from table.get_many([entry.key for entry in due.entries])
            cursor = due.cursor
            if cursor is None:
                break
