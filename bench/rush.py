"""Rushes: processes place orders at once on DynamoDB Local, until long after the last ticket.

Each attempt is written down with when it began and ended, on the clock that all processes of a machine
share. As orders are only placed and none is released, what is left only shrinks. So an attempt was told
"sold out" falsely if at least as many units as it wanted are left of its tier and of the event even after
everything that was placed by attempts that had begun before it ended.
"""

import multiprocessing
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from itertools import accumulate
from multiprocessing.synchronize import Barrier
from random import Random
from typing import NamedTuple

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.tier import Tier
from admit.errors import SoldOut
from admit.orders.place import place
from admit.stock.stock import left_in
from admit.store import Contention
from tests.builders import a_buyer, a_draft_order, a_price, an_event
from tests.engine.dynamodb_local import client, create_table, dynamodb_local

PROCESSES = 8
_MOST_TICKETS = 4
_TABLE = "admit-rush"
_barriers: list[Barrier] = []


class Told(StrEnum):
    PLACED = "placed"
    SOLD_OUT = "sold_out"
    BUSY = "busy"


class Sale(NamedTuple):
    """What is sold: the limits of the tiers, and the capacity of the event that they share."""

    tiers: tuple[int, ...]
    capacity: int
    attempts: int

    @property
    def name(self) -> str:
        tiers = " and ".join(f"{limit:,}" for limit in self.tiers)
        return f"{self.attempts:,} attempts at {tiers} of {self.capacity:,}"


SALES = (
    Sale(tiers=(8_000,), capacity=10_000, attempts=20_000),
    Sale(tiers=(2_000, 2_000), capacity=3_000, attempts=4_000),
)
"""A tier that its own limit ends, and tiers that end each other; three of four parties want the first."""


class Attempt(NamedTuple):
    """One order as its buyer saw it; times are nanoseconds of the machine's monotonic clock."""

    tier: int
    units: int
    begun: int
    ended: int
    told: Told


class Rush(NamedTuple):
    """What became of a rush. `tickets` and `left` are told by tier, the last entry is the event."""

    name: str
    shards: list[int]
    attempts: int
    placed: int
    tickets: list[int]
    left: list[int]
    over: bool
    """Whether more was placed than there was, or what is left is not the rest."""
    sold_out: int
    falsely_sold_out: int
    busy: int
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """Name what must never happen and did."""
        faults = {
            "placed and left are not the stock": self.over,
            "falsely sold out": self.falsely_sold_out > 0,
            "attempts are missing": self.placed + self.sold_out + self.busy != self.attempts,
        }
        return [name for name, happened in faults.items() if happened]


def rushes(sales: Sequence[Sale] = SALES) -> list[Rush]:
    """Run rushes, one after the other, on a DynamoDB Local of their own."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with dynamodb_local() as endpoint:
        dynamodb = client(endpoint)
        create_table(dynamodb, _TABLE)
        table = DynamoTable(dynamodb, _TABLE)
        with ProcessPoolExecutor(PROCESSES, context, _meet_at, (barrier,)) as processes:
            done = [_rush(table, endpoint, sale, processes) for sale in sales]
        dynamodb.close()
    return done


def _rush(table: DynamoTable, endpoint: str, sale: Sale, processes: ProcessPoolExecutor) -> Rush:
    limited = [{"title": "Workshop", "prices": [a_price(0)], "ticket_limit": limit} for limit in sale.tiers]
    catalog = an_event(table, *limited, capacity=sale.capacity)
    buying = [
        processes.submit(_buy, endpoint, catalog.event.id, number, sale.attempts // PROCESSES)
        for number in range(PROCESSES)
    ]
    history = [attempt for process in buying for attempt in process.result()]
    stocks = [*(tier.stock for tier in _tiers(catalog)), catalog.event.stock]
    left = left_in(table, stocks)
    return summary(
        sale, history, shards=[stock.shards for stock in stocks], left=[left[stock.id] for stock in stocks]
    )


def summary(sale: Sale, history: Sequence[Attempt], *, shards: list[int], left: list[int]) -> Rush:
    told = [attempt.told for attempt in history]
    placed = [attempt for attempt in history if attempt.told is Told.PLACED]
    tickets = [sum(one.units for one in placed if one.tier == tier) for tier in range(len(sale.tiers))]
    tickets.append(sum(tickets))
    opened = [*sale.tiers, sale.capacity]
    return Rush(
        name=sale.name,
        shards=shards,
        attempts=len(history),
        placed=len(placed),
        tickets=tickets,
        left=left,
        over=min(left) < 0
        or any(sold + rest != units for sold, rest, units in zip(tickets, left, opened, strict=True)),
        sold_out=told.count(Told.SOLD_OUT),
        falsely_sold_out=len(falsely_sold_out(sale, history)),
        busy=told.count(Told.BUSY),
        seconds=(max(one.ended for one in history) - min(one.begun for one in history)) / 1e9,
    )


def falsely_sold_out(sale: Sale, history: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts that were told "sold out" while enough was left for them all the time."""
    placed = sorted((one for one in history if one.told is Told.PLACED), key=lambda one: one.begun)
    begun = [one.begun for one in placed]
    of_event = [0, *accumulate(one.units for one in placed)]
    of_tier = [
        [0, *accumulate(one.units if one.tier == tier else 0 for one in placed)]
        for tier in range(len(sale.tiers))
    ]

    def enough_left(one: Attempt) -> Iterator[bool]:
        earlier = bisect_left(begun, one.ended)
        yield sale.tiers[one.tier] - of_tier[one.tier][earlier] >= one.units
        yield sale.capacity - of_event[earlier] >= one.units

    return [one for one in history if one.told is Told.SOLD_OUT and all(enough_left(one))]


def _meet_at(barrier: Barrier) -> None:
    _barriers.append(barrier)


def _tiers(catalog: Catalog) -> list[Tier]:
    """Return the tiers that are sold, in the order of their limits in the sale."""
    return sorted(
        (tier for tier in catalog.tiers.values() if not tier.default), key=lambda tier: tier.position
    )


def _buy(endpoint: str, event_id: str, number: int, attempts: int) -> list[Attempt]:
    """Place orders one after the other, as one of the processes."""
    table = DynamoTable(client(endpoint), _TABLE)
    catalog = load_catalog(table, event_id)
    tiers = _tiers(catalog)
    random = Random(number)
    wanted = [
        (min(random.choice((0, 0, 0, 1)), len(tiers) - 1), random.randint(1, _MOST_TICKETS))
        for _ in range(attempts)
    ]
    orders = [
        a_draft_order(
            catalog,
            f"{number}-{at}",
            tier_id=tiers[tier].id,
            quantity=units,
            buyer=a_buyer(email=f"{number}-{at}@buyers.example"),
        )
        for at, (tier, units) in enumerate(wanted)
    ]
    _barriers[0].wait()
    history = []
    for order, (tier, units) in zip(orders, wanted, strict=True):
        begun = time.monotonic_ns()
        told = Told.PLACED
        try:
            place(table, catalog, order, random)
        except SoldOut:
            told = Told.SOLD_OUT
        except Contention:
            told = Told.BUSY
        history.append(Attempt(tier, units, begun, time.monotonic_ns(), told))
    return history
