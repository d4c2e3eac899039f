"""The orders of an event, newest first: the index is sharded and its shards are merged."""

from itertools import product
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod
from admit.orders.order import Order, OrderStatus
from admit.store import Table, Within


class OrderPage(NamedTuple):
    orders: list[Order]
    cursor: str | None
    """The sort key of the last order: the next page lies below it."""


def orders_of_event(
    table: Table,
    event: Event,
    *,
    status: OrderStatus | None,
    method: PaymentMethod | None,
    limit: int,
    cursor: str | None,
) -> OrderPage:
    """Return one page of orders, of one status or method where that is asked for.

    Costs one index query a shard (and a status and method), and one read of the page itself.
    """
    shards = range(event.shards)
    if status is None and method is None:
        index, partitions = "gsi1", [keys.orders_of(event.id, nn) for nn in shards]
    else:
        statuses = [status] if status else list(OrderStatus)
        methods = [method] if method else list(PaymentMethod)
        index = "gsi2"
        partitions = [keys.orders_in_state(event.id, *cell) for cell in product(shards, statuses, methods)]
    # An order that changes its state between two queries is found by both.
    older = Within(below=cursor)
    by_key = {
        entry.key: entry
        for partition in partitions
        for entry in table.find(index, partition, limit=limit + 1, newest_first=True, within=older).entries
    }
    found = sorted(by_key.values(), key=lambda entry: entry.sort_key, reverse=True)
    page, rest = found[:limit], found[limit:]
    orders = [Order.of(item) for item in table.get_many([entry.key for entry in page])]
    return OrderPage(orders, page[-1].sort_key if rest else None)
