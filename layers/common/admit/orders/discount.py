"""Which discount an order gets: the one that saves most. Discounts are not added to each other."""

from collections.abc import Sequence
from typing import NamedTuple

from admit.catalog.discount import Discount
from admit.money import rounded


class Cut(NamedTuple):
    """What a discount takes off each line, in minor units, and how many tickets it lowers."""

    discount: Discount | None
    off: list[int]
    tickets: int


def best_discount(
    discounts: Sequence[Discount],
    tier_ids: Sequence[str],
    quantities: Sequence[int],
    units: Sequence[int],
    *,
    step: int,
) -> Cut:
    """Return the cut that saves most, of equal ones the first. `units` are what one ticket of each line
    costs.

    `step` is the smallest amount that can be charged: what is off a line is rounded half up to it.
    """
    best = Cut(None, [0] * len(units), 0)
    for discount in discounts:
        tickets = lowered(discount, tier_ids, quantities)
        if tickets < (discount.min_tickets or 1):
            continue
        off = _off(discount, _eligible(discount, tier_ids), quantities, units, step)
        if sum(off) > sum(best.off):
            best = Cut(discount, off, tickets)
    return best


def lowered(discount: Discount, tier_ids: Sequence[str], quantities: Sequence[int]) -> int:
    """Return how many tickets of these lines a discount is for."""
    eligible = _eligible(discount, tier_ids)
    return sum(quantity for quantity, fits in zip(quantities, eligible, strict=True) if fits)


def _eligible(discount: Discount, tier_ids: Sequence[str]) -> list[bool]:
    return [not discount.tier_ids or tier_id in discount.tier_ids for tier_id in tier_ids]


def _off(
    discount: Discount,
    eligible: Sequence[bool],
    quantities: Sequence[int],
    units: Sequence[int],
    step: int,
) -> list[int]:
    lines = list(zip(eligible, quantities, units, strict=True))
    if discount.percent is not None:
        return [
            rounded(quantity * unit * discount.percent / 100, step) if fits else 0
            for fits, quantity, unit in lines
        ]
    if discount.amount is not None:
        return [min(discount.amount.amount, unit) * quantity if fits else 0 for fits, quantity, unit in lines]
    return _cheapest_free(discount.buy or 1, discount.pay or 1, lines)


def _cheapest_free(buy: int, pay: int, lines: Sequence[tuple[bool, int, int]]) -> list[int]:
    """Sort the tickets by price, dearest first; of every full `buy` of them all but `pay` are free."""
    off = [0] * len(lines)
    before = 0
    whole = sum(quantity for fits, quantity, _ in lines if fits) // buy * buy
    for at in sorted(range(len(lines)), key=lambda at: -lines[at][2]):
        fits, quantity, unit = lines[at]
        if not fits:
            continue
        counted = range(before, min(before + quantity, whole))
        off[at] = unit * sum(1 for ticket in counted if ticket % buy >= pay)
        before += quantity
    return off
