"""The sweep: each minute everything whose time has come is found by the due index and done."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from random import Random

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.clock import Clock, stamp
from admit.errors import TransferEnded
from admit.orders.order import Order
from admit.orders.waiting import WaitingEntry, WaitingStatus, end_entry, offer_round
from admit.payments.gateway import Gateway
from admit.payments.tend import tend
from admit.seating.lapse import end_allotment
from admit.store import Item, Table, Within
from admit.tickets.pass_on import end
from admit.tickets.transfer import Transfer, TransferStatus

_PAGE = 50
_AT_ONCE = 16
_MOST_A_SWEEP = 1_000
_BEGINS_FOR = timedelta(seconds=10)


def sweep(
    table: Table, gateway: Gateway, clock: Clock, random: Random, report: Callable[[str, Exception], None]
) -> int:
    """Do what is due, as much as can be begun in ten seconds; return how much was done.

    Orders are tended, offers of waiting lists and of tickets whose time is up are ended, the rest of an
    allotment whose time is up goes back, and each waiting list is looked at for what can be offered. What
    can't be done now is reported by its key, holds up nothing else, and is found again. It costs what is due:
    nothing that waits for later is read.
    """
    started = clock()
    catalog_of = cache(lambda event_id: load_catalog(table, event_id))

    def do(item: Item) -> bool:
        if clock() - started > _BEGINS_FOR:
            return False
        try:
            _do(table, gateway, catalog_of, item, now=started, random=random)
        except Exception as error:  # whatever one order has, the others must be ended
            report(item["pk"], error)
            return False
        return True

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return sum(threads.map(do, islice(_due(table, started), _MOST_A_SWEEP)))


def _do(
    table: Table,
    gateway: Gateway,
    catalog_of: Callable[[str], Catalog],
    item: Item,
    *,
    now: datetime,
    random: Random,
) -> None:
    match item["kind"]:
        case "order":
            order = Order.of(item)
            tend(table, gateway, catalog_of(order.event_id), order, now=now, random=random)
        case "waiting":
            entry = WaitingEntry.of(item)
            # The index may be behind: a place that has begun anew is not due.
            if entry.status is WaitingStatus.OFFERED and entry.offer_until and entry.offer_until <= now:
                end_entry(table, entry, WaitingStatus.EXPIRED, now)
        case "transfer":
            with suppress(TransferEnded):
                end(table, Transfer.of(item), TransferStatus.EXPIRED, now)
        case "allotment":
            catalog = load_catalog(table, item["event_id"])
            end_allotment(table, catalog, item["id"], now=now, random=random)
        case "waiting_list":
            offer_round(table, load_catalog(table, item["event_id"]), now, random)


def _due(table: Table, now: datetime) -> Iterator[Item]:
    for nn in range(keys.DUE_SHARDS):
        cursor: str | None = None
        while True:
            due = table.find(
                "gsi3", keys.due(nn), limit=_PAGE, cursor=cursor, within=Within(below=stamp(now))
            )
            yield from table.get_many([entry.key for entry in due.entries])
            cursor = due.cursor
            if cursor is None:
                break
