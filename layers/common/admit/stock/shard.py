"""A stock is a number of units split over shards, so that many orders a second can claim from it."""

from collections.abc import Sequence
from typing import NamedTuple

from admit import keys
from admit.store import Item, Key, Put, Table

MAX_SHARDS = 32
UNITS_PER_SHARD = 2_000
SHARDS_OF_UNLIMITED = 4


class Stock(NamedTuple):
    """A tier's, an event's, a discount's or an allotment's stock: its id and the number of its shards."""

    id: str
    shards: int

    def shard_keys(self) -> list[Key]:
        return [keys.stock(self.id, nn) for nn in range(self.shards)]


def shards_for(units: int | None) -> int:
    """Return how many shards serve a stock of so many units, or an event without a limit.

    One shard takes about 500 claims a second; a small stock is gone before that matters, and would be
    stranded in crumbs if it were split.
    """
    if units is None:
        return SHARDS_OF_UNLIMITED
    return max(1, min(MAX_SHARDS, -(-units // UNITS_PER_SHARD)))


def opening(stock: Stock, units: int) -> list[Put]:
    """Return the writes that create a stock, its units spread evenly."""
    share, rest = divmod(units, stock.shards)
    return [
        Put(key, {"kind": "stock", "available": share + (1 if nn < rest else 0)})
        for nn, key in enumerate(stock.shard_keys())
    ]


def available(item: Item | None) -> int:
    return int(item["available"]) if item else 0


def left_in(table: Table, stocks: Sequence[Stock]) -> dict[str, int]:
    """Return what is left in each stock, for display: the shards are read one after the other."""
    by_key = {key: stock.id for stock in stocks for key in stock.shard_keys()}
    left = dict.fromkeys((stock.id for stock in stocks), 0)
    for item in table.get_many(list(by_key)):
        left[by_key[Key(item["pk"], item["sk"])]] += available(item)
    return left
