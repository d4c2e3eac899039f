"""A limit is raised and lowered while orders come in: units are added, or claimed away as an order claims
them.

So a limit can never fall below what is sold or held, whoever is quicker.
"""

from collections.abc import Sequence

from admit.stock.claim import Claim
from admit.stock.stock import UNITS_PER_SHARD, Stock, shards_for, units_of
from admit.store import Item, Update


class BelowSold(Exception):
    """A limit would fall below what is taken. `taken` are the units that are sold or held now."""

    def __init__(self, taken: int) -> None:
        self.taken = taken
        super().__init__(f"{taken} units are taken")


def resize(
    stock: Stock, shards: Sequence[Item | None], limit: int | None, to: int | None
) -> tuple[Stock, list[Update]]:
    """Return a stock as it is under another limit and the writes that bring it there, by its shards as read.

    Raises BelowSold. A write whose condition is false means that the shards have changed: read them again.
    """
    left = stock.left(shards)
    change = units_of(to) - units_of(limit)
    resized = stock.model_copy(update={"spread": min(stock.shards, shards_for(to))})
    if change > 0:
        return resized, _added(resized, left, change)
    if change + sum(left) < 0:
        raise BelowSold(units_of(limit) - sum(left))
    return resized, drained(resized, left, -change)


def drained(stock: Stock, left: Sequence[int], units: int) -> list[Update]:
    """Return the writes that claim so many units away.

    Where less goes than stays, it goes from the last shards: few writes, each of which may meet an order.
    Otherwise what stays is spread evenly over the stock's first shards.
    """
    stays = sum(left) - units
    even = -(-stays // (stock.spread or stock.shards)) if units > stays else stays
    kept: list[int] = []
    for shard_left in left:
        kept.append(min(shard_left, even, stays - sum(kept)))
    for shard, shard_left in enumerate(left):
        kept[shard] += min(shard_left - kept[shard], stays - sum(kept))
    return [
        stock.take(Claim(stock_id=stock.id, shard=shard, units=shard_left - kept[shard]))
        for shard, shard_left in enumerate(left)
        if shard_left > kept[shard]
    ]


def _added(stock: Stock, left: Sequence[int], units: int) -> list[Update]:
    """Spread new units over the emptiest shards, over few where they are few: each write may meet an
    order."""
    shards = stock.spread or stock.shards
    emptiest = sorted(range(shards), key=lambda shard: left[shard])
    chosen = emptiest[: max(1, min(shards, units // UNITS_PER_SHARD))]
    share, rest = divmod(units, len(chosen))
    return [stock.add(shard, share + (1 if at < rest else 0)) for at, shard in enumerate(chosen)]
