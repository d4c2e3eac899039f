"""Part of an order is taken off it: what its tickets claimed is split from what the others go on claiming."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from admit.catalog.catalog import Catalog
from admit.orders.order import Order, OrderLine
from admit.seating.seat import give_back
from admit.stock.claim import Claim, demand
from admit.store import Update


class Part(NamedTuple):
    """The order without some tickets, and the writes that give back what those had claimed."""

    rest: Order
    given_back: list[Update]


def without(catalog: Catalog, order: Order, numbers: Collection[int], now: datetime) -> Part:
    """Take tickets off an order that keeps others. Its price stays: what is owed, or goes back, is apart.

    Of a discount goes back what the other tickets can't use; the use of its code stays with them.
    """
    lines = _lines_of(order, numbers)
    staying = len(order.numbers) - len(numbers)
    claims, freed = _reduced(order.claims, _stock_units(catalog, order, lines, staying))
    scopes = _scope_units(catalog, order, lines, staying)
    allowances, returned = [], []
    for allowance in order.allowances:
        units = min(allowance.units, scopes.get(allowance.scope, 0))
        if units:
            returned.append(allowance.model_copy(update={"units": units}))
        if allowance.units > units:
            allowances.append(allowance.model_copy(update={"units": allowance.units - units}))
    rest = order.model_copy(
        update={
            "claims": claims,
            "allowances": allowances,
            "seats": [claim for claim in order.seats if claim.ticket not in numbers],
            "cancelled": sorted({*order.cancelled, *numbers}),
        }
    )
    left = [claim for claim in order.seats if claim.ticket in numbers]
    given_back = [
        *give_back(order.event_id, order.id, left, now),
        *(claim.give_back() for claim in freed),
        *(one.give_back() for one in returned),
    ]
    return Part(rest, given_back)


def _lines_of(order: Order, numbers: Collection[int]) -> list[OrderLine]:
    """Return the line of each of these tickets."""
    lines = [line for line in order.lines for _ in range(line.quantity)]
    return [lines[number - 1] for number in numbers]


def _stock_units(catalog: Catalog, order: Order, lines: list[OrderLine], staying: int) -> Mapping[str, int]:
    """Return how many units of which stock these tickets have claimed, as far as the catalog tells."""
    if order.allotment_id is not None:
        allotment = catalog.allotments.get(order.allotment_id)
        return {allotment.stock.id: len(lines)} if allotment else {}
    units = [
        (stock.id, 1)
        for line in lines
        if (tier := catalog.tiers.get(line.tier_id)) is not None
        for stock in [
            *catalog.stocks_of(tier),
            *(price.stock for price in tier.prices if price.id == line.price_id and price.stock),
        ]
    ]
    discount = catalog.discounts.get(order.applied_discount.id) if order.applied_discount else None
    if discount is not None:
        units.append((discount.tickets.id, _beyond(order.claims, discount.tickets.id, staying)))
    return demand(units)


def _scope_units(catalog: Catalog, order: Order, lines: list[OrderLine], staying: int) -> Mapping[str, int]:
    """Return how many units of which limit a guest has back."""
    scopes = [(line.tier_id, 1) for line in lines]
    guests = (
        line for line in lines if (tier := catalog.tiers.get(line.tier_id)) is None or not tier.add_on_of
    )
    scopes += [(order.event_id, 1) for _ in guests]
    if order.applied_discount is not None:
        scope = f"{order.applied_discount.id}#tickets"
        taken = next((one.units for one in order.allowances if one.scope == scope), 0)
        scopes.append((scope, max(0, taken - staying)))
    return demand(scopes)


def _beyond(claims: list[Claim], stock_id: str, staying: int) -> int:
    return max(0, sum(claim.units for claim in claims if claim.stock_id == stock_id) - staying)


def _reduced(claims: list[Claim], units: Mapping[str, int]) -> tuple[list[Claim], list[Claim]]:
    """Split claims into what stays claimed and what goes back: so many units of each stock."""
    left = dict(units)
    stays: list[Claim] = []
    freed: list[Claim] = []
    for claim in claims:
        back = min(claim.units, left.get(claim.stock_id, 0))
        left[claim.stock_id] = left.get(claim.stock_id, 0) - back
        if back:
            freed.append(claim.model_copy(update={"units": back}))
        if claim.units > back:
            stays.append(claim.model_copy(update={"units": claim.units - back}))
    return stays, freed
