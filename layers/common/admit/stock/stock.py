"""A stock is a number of units split over shards, so that many orders a second can claim from it.

It needs no opening: a shard that nobody has touched holds its share. Each write counts the shard's version
up, so that two reads that agree prove that nothing happened between them.
"""

from collections.abc import Iterable, Sequence

from admit import keys
from admit.model import Entity
from admit.stock.claim import Claim
from admit.store import Item, Key, Table, Update

ENDLESS = 10**12
"""The units of a stock without a limit: it counts what is taken, and never ends."""
MAX_SHARDS = 96
UNITS_PER_SHARD = 1_000


class Stock(Entity):
    """A tier's, an event's, a quota's, a price's, a discount's or an allotment's stock, as it was opened."""

    id: str
    units: int
    shards: int
    spread: int | None = None
    """Over how many of its first shards the units lie since a limit was lowered; all of them if it was
    not."""

    @classmethod
    def opened(cls, identifier: str, limit: int | None, *, most_shards: int = MAX_SHARDS) -> "Stock":
        return cls(id=identifier, units=units_of(limit), shards=min(most_shards, shards_for(limit)))

    def key(self, shard: int) -> Key:
        return keys.stock(self.id, shard)

    def all_keys(self) -> list[Key]:
        return [self.key(shard) for shard in range(self.shards)]

    def at(self, position: float) -> int:
        """Return the shard at a position from 0 up to 1."""
        return int(position * (self.spread or self.shards))

    def share(self, shard: int) -> int:
        """Return what a shard holds until it is first written."""
        share, rest = divmod(self.units, self.shards)
        return share + (1 if shard < rest else 0)

    def left(self, shards: Sequence[Item | None]) -> list[int]:
        """Return what each shard holds, of its items as they were read."""
        return [
            self.share(shard) if item is None else int(item["available"]) for shard, item in enumerate(shards)
        ]

    def take(self, claim: Claim) -> Update:
        share = self.share(claim.shard)
        # False when the shard has fewer units left than this claim takes.
        enough_left = "available >= :units"
        if share >= claim.units:
            enough_left = f"(attribute_not_exists(available) OR {enough_left})"
        return Update(
            claim.key,
            "SET available = if_not_exists(available, :share) - :units, kind = :kind ADD version :one",
            condition=enough_left,
            values={"share": share, "units": claim.units, "kind": "stock", "one": 1},
        )

    def add(self, shard: int, units: int) -> Update:
        """Return the write that brings new units in."""
        return Update(
            self.key(shard),
            "SET available = if_not_exists(available, :share) + :units, kind = :kind ADD version :one",
            condition=None,
            values={"share": self.share(shard), "units": units, "kind": "stock", "one": 1},
        )


def units_of(limit: int | None) -> int:
    return ENDLESS if limit is None else limit


def shards_for(limit: int | None) -> int:
    """Return how many shards serve a stock with this limit.

    One shard takes about fifty claims a second before they get into each other's way (`bench/model.py`). A
    small stock is gone before that matters, and would be stranded in crumbs if it were split.
    """
    return MAX_SHARDS if limit is None else max(1, min(MAX_SHARDS, -(-limit // UNITS_PER_SHARD)))


def look(table: Table, keys: Sequence[Key]) -> list[Item | None]:
    """Read items one after the other, None for one that is not there."""
    found = {Key(item["pk"], item["sk"]): item for item in table.get_many(keys)}
    return [found.get(key) for key in keys]


def left_in(table: Table, stocks: Iterable[Stock]) -> dict[str, int]:
    """Return what is left in each stock, for display: the shards are read one after the other."""
    stocks = list(stocks)
    items = look(table, [key for stock in stocks for key in stock.all_keys()])
    left = {}
    for stock in stocks:
        shards, items = items[: stock.shards], items[stock.shards :]
        left[stock.id] = sum(stock.left(shards))
    return left
