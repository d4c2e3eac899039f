"""The end of a hold: the payment page is closed first, and the stock goes back only when it is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from admit import keys
from admit.catalog.catalog import load_catalog
from admit.clock import Clock, stamp
from admit.errors import AlreadyPaid, WrongState
from admit.orders.order import Order, OrderStatus
from admit.orders.release import release
from admit.orders.waiting import WaitingEntry, WaitingStatus, end_entry, offer_round
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


def sweep(
    table: Table, gateway: Gateway, clock: Clock, random: Random, report: Callable[[str, Exception], None]
) -> int:
    """Do what is due, as much as can be begun in ten seconds; return how much was done.

    Holds and offers whose time is up are ended, and each waiting list is looked at for what can be offered.
    What can't be done now is reported by its key, holds up nothing else, and is found again.
    """
    started = clock()

    def do(item: Item) -> bool:
        if clock() - started > _BEGINS_FOR:
            return False
        try:
            _do(table, gateway, item, started, random)
        except Exception as error:  # whatever one order has, the others must be ended
            report(item["pk"], error)
            return False
        return True

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return sum(threads.map(do, islice(_due(table, started), _MOST_A_SWEEP)))


def _do(table: Table, gateway: Gateway, item: Item, now: datetime, random: Random) -> None:
    match item["kind"]:
        case "order":
            end_order(table, gateway, Order.of(item), OrderStatus.EXPIRED, actor="system", now=now)
        case "waiting":
            entry = WaitingEntry.of(item)
            # The index may be behind: a place that has begun anew is not due.
            if entry.status is WaitingStatus.OFFERED and entry.offer_until and entry.offer_until <= now:
                end_entry(table, entry, WaitingStatus.EXPIRED, now)
        case "waiting_list":
            offer_round(table, load_catalog(table, item["event_id"]), now, random)


def _due(table: Table, now: datetime) -> Iterator[Item]:
    for nn in range(keys.DUE_SHARDS):
        cursor: str | None = None
        while True:
            due = table.find("gsi3", keys.due(nn), limit=_PAGE, cursor=cursor, below=stamp(now))
            yield from table.get_many([entry.key for entry in due.entries])
            cursor = due.cursor
            if cursor is None:
                break
