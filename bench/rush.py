"""A rush for one tier: processes place orders at once on DynamoDB Local, until long after the last ticket.

Each attempt is written down with when it began and ended, on the clock that all processes of a machine
share. As orders are only placed and none is released, what is left only shrinks. So an attempt was told
"sold out" falsely if at least as many units as it wanted are left even after everything that was placed by
attempts that had begun before it ended.
"""

import multiprocessing
import time
from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from itertools import accumulate
from multiprocessing.synchronize import Barrier
from random import Random
from typing import NamedTuple

from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.errors import SoldOut
from admit.orders.place import place
from admit.stock.shard import left_in
from admit.store import Contention
from tests.builders import a_draft_order, a_price, an_event, other_tier
from tests.engine.dynamodb_local import client, create_table, dynamodb_local

PROCESSES = 8
ATTEMPTS = 20_000
TICKETS = 12_000
_MOST_TICKETS = 4
_TABLE = "admit-rush"
_barriers: list[Barrier] = []


class Told(StrEnum):
    PLACED = "placed"
    SOLD_OUT = "sold_out"
    BUSY = "busy"


class Attempt(NamedTuple):
    """One order as its buyer saw it; times are nanoseconds of the machine's monotonic clock."""

    units: int
    begun: int
    ended: int
    told: Told


class Rush(NamedTuple):
    """What became of a rush for a stock of so many units."""

    stock: int
    shards: int
    attempts: int
    placed: int
    tickets: int
    sold_out: int
    busy: int
    left: int
    falsely_sold_out: int
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """Name what must never happen and did."""
        faults = {
            "sold over": self.tickets > self.stock or self.left < 0,
            "placed and left are not the stock": self.tickets + self.left != self.stock,
            "falsely sold out": self.falsely_sold_out > 0,
            "attempts are missing": self.placed + self.sold_out + self.busy != self.attempts,
        }
        return [name for name, happened in faults.items() if happened]


def rush(stock: int = TICKETS, attempts: int = ATTEMPTS) -> Rush:
    """Run a rush on a DynamoDB Local of its own."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with dynamodb_local() as endpoint:
        dynamodb = client(endpoint)
        create_table(dynamodb, _TABLE)
        table = DynamoTable(dynamodb, _TABLE)
        limited = {"title": "Workshop", "prices": [a_price(0)], "ticket_limit": stock}
        catalog = an_event(table, limited)
        tier = catalog.tiers[other_tier(catalog)]
        assert tier.stock is not None
        with ProcessPoolExecutor(PROCESSES, context, _meet_at, (barrier,)) as processes:
            buying = [
                processes.submit(_buy, endpoint, catalog.event.id, number, attempts // PROCESSES)
                for number in range(PROCESSES)
            ]
            history = [attempt for process in buying for attempt in process.result()]
        left = left_in(table, [tier.stock])[tier.id]
        dynamodb.close()
    return summary(history, stock=stock, shards=tier.stock.shards, left=left)


def summary(history: Sequence[Attempt], *, stock: int, shards: int, left: int) -> Rush:
    told = [attempt.told for attempt in history]
    return Rush(
        stock=stock,
        shards=shards,
        attempts=len(history),
        placed=told.count(Told.PLACED),
        tickets=sum(attempt.units for attempt in history if attempt.told is Told.PLACED),
        sold_out=told.count(Told.SOLD_OUT),
        busy=told.count(Told.BUSY),
        left=left,
        falsely_sold_out=len(falsely_sold_out(history, stock)),
        seconds=(max(one.ended for one in history) - min(one.begun for one in history)) / 1e9,
    )


def falsely_sold_out(history: Sequence[Attempt], stock: int) -> list[Attempt]:
    """Return the attempts that were told "sold out" while enough was left for them all the time."""
    placed = sorted((one for one in history if one.told is Told.PLACED), key=lambda one: one.begun)
    begun = [one.begun for one in placed]
    taken = [0, *accumulate(one.units for one in placed)]
    return [
        one
        for one in history
        if one.told is Told.SOLD_OUT and stock - taken[bisect_left(begun, one.ended)] >= one.units
    ]


def _meet_at(barrier: Barrier) -> None:
    _barriers.append(barrier)


def _buy(endpoint: str, event_id: str, number: int, attempts: int) -> list[Attempt]:
    """Place orders one after the other, as one of the processes."""
    table = DynamoTable(client(endpoint), _TABLE)
    catalog = load_catalog(table, event_id)
    tier_id = other_tier(catalog)
    random = Random(number)
    wanted = [random.randint(1, _MOST_TICKETS) for _ in range(attempts)]
    orders = [
        a_draft_order(catalog, f"{number}-{at}", tier_id=tier_id, quantity=units)
        for at, units in enumerate(wanted)
    ]
    _barriers[0].wait()
    history = []
    for order, units in zip(orders, wanted, strict=True):
        begun = time.monotonic_ns()
        told = Told.PLACED
        try:
            place(table, catalog, order, random)
        except SoldOut:
            told = Told.SOLD_OUT
        except Contention:
            told = Told.BUSY
        history.append(Attempt(units, begun, time.monotonic_ns(), told))
    return history
