"""Claims: what an order takes out of stock, written so that exactly that can be given back.

Choosing is a guess and the condition `available >= :n` decides. The first guess is a shard at random, so that
orders spread; after a refusal the shards are read as of one moment and the claim may be split over several.
Only such a read proves "sold out".
"""

from collections.abc import Mapping, Sequence
from random import Random

from admit import keys
from admit.model import Entity
from admit.stock.shard import Stock, available
from admit.store import Item, Key, Update


class Claim(Entity):
    """Units taken from one shard."""

    stock_id: str
    shard: int
    units: int

    @property
    def key(self) -> Key:
        return keys.stock(self.stock_id, self.shard)

    def take(self) -> Update:
        # False when the shard has fewer units left than this claim takes.
        enough_left = "available >= :units"
        return Update(
            self.key,
            "SET available = available - :units",
            condition=enough_left,
            values={"units": self.units},
        )

    def give_back(self) -> Update:
        # False only when the stock was never opened: a claim can't be of such a stock.
        opened = "attribute_exists(pk)"
        return Update(
            self.key, "SET available = available + :units", condition=opened, values={"units": self.units}
        )


def guess(stock: Stock, units: int, random: Random) -> list[Claim]:
    """Choose a shard without looking."""
    return [Claim(stock_id=stock.id, shard=random.randrange(stock.shards), units=units)]


def choose(stock: Stock, units: int, shards: Sequence[Item | None], random: Random) -> list[Claim] | None:
    """Choose shards by what they hold: one that suffices, else as few as can be; None if all are short."""
    left = {nn: available(item) for nn, item in enumerate(shards)}
    if sum(left.values()) < units:
        return None
    if sufficient := [nn for nn, units_left in left.items() if units_left >= units]:
        return [Claim(stock_id=stock.id, shard=random.choice(sufficient), units=units)]
    claims = []
    for nn, units_left in sorted(left.items(), key=lambda entry: -entry[1]):
        taken = min(units, units_left)
        claims.append(Claim(stock_id=stock.id, shard=nn, units=taken))
        units -= taken
        if units == 0:
            break
    return claims


def demand(wanted: Sequence[tuple[Stock, int]]) -> Mapping[Stock, int]:
    """Add up what is wanted of each stock: two lines may draw on one, and a transaction writes it once."""
    total: dict[Stock, int] = {}
    for stock, units in wanted:
        total[stock] = total.get(stock, 0) + units
    return total
