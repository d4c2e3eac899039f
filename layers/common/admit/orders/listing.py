"""The orders of an event, as they are now: all of them, in no order, and those of one company, newest first.

These are named by items of their own, which are written with the orders. The organizer's list of an event is
`insight/order_page.py`.
"""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.orders.order import Order
from admit.store import Item, Table

_PAGE = 100


class OrderPage(NamedTuple):
    orders: list[Order]
    cursor: str | None
    """The sort key of the last order: the next page lies below it."""


def every_order(table: Table, event: Event) -> Iterator[Order]:
    """Give all orders of an event, each as it is now."""
    for nn in range(event.shards):
        cursor: str | None = None
        while True:
            page = table.page("gsi1", keys.orders_of(event.id, nn), limit=_PAGE, cursor=cursor)
            yield from map(Order.of, page.items)
            cursor = page.cursor
            if cursor is None:
                break


def orders_of_organization(
    table: Table,
    event_id: str,
    company_id: str,
    *,
    limit: int,
    cursor: str | None = None,
) -> OrderPage:
    """Return one page of a company's orders at an event, newest first.

    What names them is read as a whole: it is small, and a company has some hundreds of orders at most.
    """
    named = _named(table, event_id, company_id)
    older = [item for item in reversed(named) if cursor is None or item["sk"] < cursor]
    found: list[tuple[str, Order]] = []
    for some in batched(older, limit + 1, strict=False):
        orders = {order.id: order for order in _orders(table, some)}
        found += [(item["sk"], order) for item in some if (order := orders.get(item["order_id"])) is not None]
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
