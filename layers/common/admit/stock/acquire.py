"""Acquiring: one transaction takes units of several stocks together with the fact that they are taken for.

"Short" is said only when two reads of every shard agree and hold too little: then there was a moment at which
the stock was short. Everything else is tried again.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from admit.stock.claim import Claim, choose, guess
from admit.stock.stock import Stock, look
from admit.store import MOST_WRITES, Contention, Table, TransactionRefused, Write

_ATTEMPTS = 12
_LOOKS = 12


class Short(Exception):
    """A stock has been proven to hold too little."""

    def __init__(self, stock_id: str) -> None:
        self.stock_id = stock_id
        super().__init__(f"stock {stock_id} is short")


class TooManyWrites(Exception):
    """The fact and its claims don't fit into one transaction."""


def acquire(
    table: Table,
    wanted: Mapping[Stock, int],
    compose: Callable[[list[Claim]], Sequence[Write]],
    random: Random,
) -> list[Claim]:
    """Take units of each stock and write what `compose` makes of the claims, all or nothing.

    Raises TransactionRefused when a composed write is refused, its index being that among the composed ones;
    Short, TooManyWrites, and Contention when others were quicker for too long.
    """
    claims = {stock: guess(stock.id, stock.shards, units, random) for stock, units in wanted.items() if units}
    for _ in range(_ATTEMPTS):
        taken = [(stock, claim) for stock, chosen in claims.items() for claim in chosen]
        composed = compose([claim for _, claim in taken])
        writes = [*composed, *(stock.take(claim) for stock, claim in taken)]
        if len(writes) > MOST_WRITES:
            raise TooManyWrites
        try:
            table.transact(writes)
        except TransactionRefused as refused:
            if any(at < len(composed) for at in refused.failed):
                raise
            for stock in {taken[at - len(composed)][0] for at in refused.failed}:
                claims[stock] = chosen_by_sight(table, stock, wanted[stock], random)
        else:
            return [claim for _, claim in taken]
    raise Contention


def chosen_by_sight(table: Table, stock: Stock, units: int, random: Random) -> list[Claim]:
    """Choose shards by what they hold now. Raises Short, Contention when the shards never stand still."""
    before = look(table, stock.all_keys())
    for _ in range(_LOOKS):
        if (chosen := choose(stock.id, stock.left(before), units, random)) is not None:
            return chosen
        after = look(table, stock.all_keys())
        if after == before:
            raise Short(stock.id)
        before = after
    raise Contention
