"""Claims: what an order takes out of stock, written so that exactly that can be given back.

Choosing is a guess and the condition `available >= :units` decides.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from random import Random

from admit import keys
from admit.model import Entity
from admit.store import Key, Update


class Claim(Entity):
    """Units taken from one shard."""

    stock_id: str
    shard: int
    units: int

    @property
    def key(self) -> Key:
        return keys.stock(self.stock_id, self.shard)

    def give_back(self) -> Update:
        # False only when nothing was ever taken from this shard.
        touched = "attribute_exists(pk)"
        return Update(
            self.key,
            "SET available = available + :units ADD version :one",
            condition=touched,
            values={"units": self.units, "one": 1},
        )


def choose(stock_id: str, left: Sequence[int], units: int, random: Random) -> list[Claim] | None:
    """Choose shards by what they hold: one that suffices, else as few as can be; None if all are short."""
    if sum(left) < units:
        return None
    if sufficient := [shard for shard, units_left in enumerate(left) if units_left >= units]:
        return [Claim(stock_id=stock_id, shard=random.choice(sufficient), units=units)]
    claims = []
    for shard, units_left in sorted(enumerate(left), key=lambda entry: -entry[1]):
        taken = min(units, units_left)
        claims.append(Claim(stock_id=stock_id, shard=shard, units=taken))
        units -= taken
        if units == 0:
            break
    return claims


def demand[S: Hashable](wanted: Iterable[tuple[S, int]]) -> Mapping[S, int]:
    """Add up what is wanted of each stock: two lines may draw on one, and a transaction writes it once."""
    total: dict[S, int] = {}
    for stock, units in wanted:
        total[stock] = total.get(stock, 0) + units
    return total


def merged_claims(claims: Iterable[Claim]) -> list[Claim]:
    """Add up claims on the same shard: a transaction writes an item once."""
    units = demand(((claim.stock_id, claim.shard), claim.units) for claim in claims)
    return [Claim(stock_id=stock_id, shard=shard, units=n) for (stock_id, shard), n in units.items()]
