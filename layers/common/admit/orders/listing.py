"""The orders of an event, newest first: the index is sharded and its shards are merged.

Those of one company are named by items of their own, which are written with the orders.
"""

from collections.abc import Sequence
from itertools import batched, product
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod
from admit.orders.order import Order, OrderStatus
from admit.store import Item, Table, Within


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


def orders_of_organization(
    table: Table,
    event_id: str,
    company_id: str,
    *,
    status: OrderStatus | None = None,
    method: PaymentMethod | None = None,
    limit: int,
    cursor: str | None = None,
) -> OrderPage:
    """Return one page of a company's orders at an event, newest first, of one status or method if asked for.

    What names them is read as a whole: it is small, and a company has some hundreds of orders at most.
    """
    named = _named(table, event_id, company_id)
    older = [item for item in reversed(named) if cursor is None or item["sk"] < cursor]
    found: list[tuple[str, Order]] = []
    for some in batched(older, limit + 1, strict=False):
        orders = {order.id: order for order in _orders(table, some)}
        found += [
            (item["sk"], order)
            for item in some
            if (order := orders.get(item["order_id"])) is not None
            and status in (None, order.status)
            and method in (None, order.payment_method)
        ]
        if len(found) > limit:
            return OrderPage([order for _, order in found[:limit]], found[limit - 1][0])
    return OrderPage([order for _, order in found], None)


def all_orders_of_organization(table: Table, event_id: str, company_id: str) -> list[Order]:
    """Return all orders of a company at an event, oldest first, each as it is now."""
    return _orders(table, _named(table, event_id, company_id))


def _named(table: Table, event_id: str, company_id: str) -> list[Item]:
    return table.query(keys.orders_of_organization(event_id, company_id), "ORDER#")


def _orders(table: Table, named: Sequence[Item]) -> list[Order]:
    return [Order.of(item) for item in table.get_many([keys.order(one["order_id"]) for one in named])]
