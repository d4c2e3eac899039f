"""A limit is raised and lowered while orders come in: units are added, or claimed away as an order claims
them.

So a limit can never fall below what is sold or held, whoever is quicker.
"""

from collections.abc import Sequence

from admit.stock.claim import Claim
from admit.stock.stock import UNITS_PER_SHARD, Stock, units_of
from admit.store import Item, Update


class BelowSold(Exception):
    """A limit would fall below what is taken. `taken` are the units that are sold or held now."""

    def __init__(self, taken: int) -> None:
        self.taken = taken
        super().__init__(f"{taken} units are taken")


def resize(stock: Stock, shards: Sequence[Item | None], limit: int | None, to: int | None) -> list[Update]:
    """Return the writes that move a stock from one limit to another, by its shards as they were read.

    Raises BelowSold. A write whose condition is false means that the shards have changed: read them again.
    """
    left = stock.left(shards)
    change = units_of(to) - units_of(limit)
    if change > 0:
        return _added(stock, left, change)
    if change + sum(left) < 0:
        raise BelowSold(units_of(limit) - sum(left))
    return drained(stock, left, -change)


def drained(stock: Stock, left: Sequence[int], units: int) -> list[Update]:
    """Return the writes that claim so many units away, from the last shards first: what stays is not
    scattered."""
    writes = []
    for shard in reversed(range(stock.shards)):
        taken = min(units, left[shard])
        if taken > 0:
            writes.append(stock.take(Claim(stock_id=stock.id, shard=shard, units=taken)))
            units -= taken
    return writes


def _added(stock: Stock, left: Sequence[int], units: int) -> list[Update]:
    """Spread new units over the emptiest shards, over few where they are few: each write may meet an
    order."""
    emptiest = sorted(range(stock.shards), key=lambda shard: left[shard])
    chosen = emptiest[: max(1, min(stock.shards, units // UNITS_PER_SHARD))]
    share, rest = divmod(units, len(chosen))
    return [stock.add(shard, share + (1 if at < rest else 0)) for at, shard in enumerate(chosen)]
