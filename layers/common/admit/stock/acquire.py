"""Acquiring: one transaction takes units of several stocks together with the fact that they are taken for.

"Short" is said only when two reads of every shard agree and hold too little: then there was a moment at which
the stock was short. Everything else is tried again.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from admit.stock.claim import Claim, choose
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
    wanted = {stock: units for stock, units in wanted.items() if units}
    claims = _guessed(wanted, random.random())
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
            claims = _by_sight(table, wanted, random)
        else:
            return [claim for _, claim in taken]
    raise Contention


def chosen_by_sight(table: Table, stock: Stock, units: int, random: Random) -> list[Claim]:
    """Choose shards of one stock by what they hold now. Raises as `acquire` does."""
    return _by_sight(table, {stock: units}, random)[stock]


def _guessed(wanted: Mapping[Stock, int], position: float) -> dict[Stock, list[Claim]]:
    """Choose a shard of each stock without looking, all at the same position.

    Orders that meet at one stock then meet at all of them, and those that don't meet at none: two stocks are
    as fast as one (`bench/model.py`).
    """
    return {
        stock: [Claim(stock_id=stock.id, shard=stock.at(position), units=units)]
        for stock, units in wanted.items()
    }


def _by_sight(table: Table, wanted: Mapping[Stock, int], random: Random) -> dict[Stock, list[Claim]]:
    """Choose shards by what they hold: at one position if all suffice there, else for each stock alone.

    Raises Short, Contention when the shards never stand still.
    """
    for _ in range(_LOOKS):
        seen = {stock: look(table, stock.all_keys()) for stock in wanted}
        left = {stock: stock.left(items) for stock, items in seen.items()}
        most = max(stock.shards for stock in wanted)
        sufficient = [
            position
            for position in ((shard + 0.5) / most for shard in range(most))
            if all(left[stock][stock.at(position)] >= units for stock, units in wanted.items())
        ]
        if sufficient:
            return _guessed(wanted, random.choice(sufficient))
        alone = {stock: choose(stock.id, left[stock], units, random) for stock, units in wanted.items()}
        chosen = {stock: claims for stock, claims in alone.items() if claims is not None}
        if len(chosen) == len(wanted):
            return chosen
        short = next(stock for stock in wanted if stock not in chosen)
        if look(table, short.all_keys()) == seen[short]:
            raise Short(short.id)
    raise Contention
