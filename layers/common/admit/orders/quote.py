"""Prices are the server's: a quote says what the lines cost now and how they may be paid."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.catalog.tier import PaymentMethod, Price, Quantity, SaleState, Tier
from admit.errors import Fault, Invalid, LimitReached, NotFound, NotOnSale
from admit.model import Shape
from admit.money import MOST_CHARGED, Money, smallest_charge
from admit.orders.order import Email, OrderLine
from admit.store import Key, Table

MOST_TICKETS = 1_000


class LineRequest(Shape):
    tier_id: str
    price_id: str | None = None
    quantity: Quantity


class QuoteRequest(Shape):
    lines: Annotated[list[LineRequest], Field(min_length=1, max_length=50)]
    email: Email | None = None
    """Who asks: limits per guest then count what he has."""


class LineView(Shape):
    """A priced line as clients see it."""

    tier_id: str
    tier_title: str
    price_id: str
    label: str
    quantity: int
    unit: Money
    discount: Money
    tax: Money
    total: Money


class QuoteLine(LineView):
    limit: int
    """The most of this line that the buyer may still order."""


class Quote(Shape):
    lines: list[QuoteLine]
    subtotal: Money
    discount: Money
    tax: Money
    total: Money
    payment_methods: list[PaymentMethod]


class Priced(Shape):
    """Lines with their prices, before anybody has claimed anything."""

    tiers: list[Tier]
    prices: list[Price]
    lines: list[OrderLine]
    total: int
    payment_methods: list[PaymentMethod]


def price_lines(
    catalog: Catalog,
    requested: Sequence[LineRequest],
    now: datetime,
    *,
    by_organizer: bool = False,
    complimentary: bool = False,
) -> Priced:
    """Price the lines as of now. An organizer is not bound to sale windows and may give tickets for nothing.

    Raises NotFound (no such event for this caller), Invalid, LimitReached, NotOnSale: each names every line
    at fault.
    """
    event = catalog.event
    if event.status is EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    if event.status is not EventStatus.PUBLISHED or (now >= event.ends_at and not by_organizer):
        raise NotOnSale("This event takes no more orders.")
    tiers = _tiers_of(catalog, requested)
    prices = _prices_of(tiers, requested, now, by_organizer=by_organizer)
    _refuse_quantities(tiers, prices, requested)

    lines = [
        OrderLine(
            tier_id=tier.id,
            tier_title=tier.title,
            price_id=price.id,
            label=price.label,
            quantity=line.quantity,
            unit=unit,
            discount=0,
            tax=0,
            total=unit * line.quantity,
        )
        for line, tier, price in zip(requested, tiers, prices, strict=True)
        for unit in [0 if complimentary else price.amount.amount]
    ]
    total = sum(line.total for line in lines)
    if total > MOST_CHARGED:
        raise Invalid.field("lines", "cost more than one payment can hold; split the order")
    return Priced(
        tiers=tiers,
        prices=prices,
        lines=lines,
        total=total,
        payment_methods=_methods_in_common(prices, total, event.currency),
    )


def line_view(line: OrderLine, currency: str) -> LineView:
    amounts = {
        name: Money(amount=getattr(line, name), currency=currency)
        for name in ("unit", "discount", "tax", "total")
    }
    return LineView(**(line.model_dump() | amounts))


def taken(table: Table, priced: Priced, email: str | None) -> Mapping[str, int]:
    """Return what a guest has of each tier that limits its guests; reads only when there is one."""
    limited = [tier.id for tier in priced.tiers if tier.ticket_limit_per is not None]
    if email is None or not limited:
        return {}
    counts = {tier_id: keys.guest_limit(tier_id, email) for tier_id in limited}
    found = {
        Key(item["pk"], item["sk"]): int(item["taken"]) for item in table.get_many(list(counts.values()))
    }
    return {tier_id: found.get(key, 0) for tier_id, key in counts.items()}


def quote(catalog: Catalog, priced: Priced, taken: Mapping[str, int]) -> Quote:
    """Write priced lines for a buyer who has taken so many of a tier before."""
    currency = catalog.event.currency
    total, nothing = Money(amount=priced.total, currency=currency), Money(amount=0, currency=currency)
    return Quote(
        lines=[
            QuoteLine(**dict(line_view(line, currency)), limit=_limit(tier, price, taken.get(tier.id, 0)))
            for line, tier, price in zip(priced.lines, priced.tiers, priced.prices, strict=True)
        ],
        subtotal=total,
        discount=nothing,
        tax=nothing,
        total=total,
        payment_methods=priced.payment_methods,
    )


def _tiers_of(catalog: Catalog, requested: Sequence[LineRequest]) -> list[Tier]:
    faults = [
        Fault(f"lines[{at}].tier_id", "is not a ticket of this event")
        for at, line in enumerate(requested)
        if line.tier_id not in catalog.tiers or not catalog.tiers[line.tier_id].active
    ]
    if faults:
        raise Invalid(faults=faults)
    return [catalog.tiers[line.tier_id] for line in requested]


def _prices_of(
    tiers: Sequence[Tier], requested: Sequence[LineRequest], now: datetime, *, by_organizer: bool
) -> list[Price]:
    unknown, closed, prices = [], [], []
    for at, (line, tier) in enumerate(zip(requested, tiers, strict=True)):
        if line.price_id is not None and line.price_id not in {price.id for price in tier.prices}:
            unknown.append(Fault(f"lines[{at}].price_id", "is not a price of this ticket"))
            continue
        open_prices = tier.prices if by_organizer else tier.valid_prices(now)
        if not by_organizer and tier.sale_state(now, available=None) is not SaleState.ON_SALE:
            open_prices = []
        chosen = [price for price in open_prices if line.price_id in (None, price.id)]
        if chosen:
            prices.append(chosen[0])
        else:
            closed.append(Fault(f"lines[{at}]", f"{tier.title} is not on sale now"))
    if unknown:
        raise Invalid(faults=unknown)
    if closed:
        raise NotOnSale(faults=closed)
    return prices


def _refuse_quantities(
    tiers: Sequence[Tier], prices: Sequence[Price], requested: Sequence[LineRequest]
) -> None:
    per_tier: Counter[str] = Counter()
    per_price: Counter[str] = Counter()
    too_many, too_few = [], []
    for at, (line, tier, price) in enumerate(zip(requested, tiers, prices, strict=True)):
        per_tier[tier.id] += line.quantity
        per_price[price.id] += line.quantity
        if tier.ticket_limit_per is not None and per_tier[tier.id] > tier.ticket_limit_per:
            too_many.append(
                Fault(f"lines[{at}].quantity", f"one guest may have {tier.ticket_limit_per} in all")
            )
        elif price.max is not None and per_price[price.id] > price.max:
            too_many.append(Fault(f"lines[{at}].quantity", f"may be {price.max} at most at this price"))
        if price.min is not None and line.quantity < price.min:
            too_few.append(Fault(f"lines[{at}].quantity", f"must be {price.min} at least at this price"))
    if per_tier.total() > MOST_TICKETS:
        too_many.append(Fault("lines", f"may hold {MOST_TICKETS} tickets at most; split the order"))
    if too_few:
        raise Invalid(faults=too_few)
    if too_many:
        raise LimitReached(faults=too_many)


def _limit(tier: Tier, price: Price, taken: int) -> int:
    left = tier.ticket_limit_per - taken if tier.ticket_limit_per is not None else None
    return max(0, min(limit for limit in (MOST_TICKETS, left, price.max) if limit is not None))


def _methods_in_common(prices: Sequence[Price], total: int, currency: str) -> list[PaymentMethod]:
    """Return the methods that all lines share; a line that costs nothing goes with any.

    A total too small for a card leaves the other methods.
    """
    if total == 0:
        return [PaymentMethod.FREE]
    too_small = {PaymentMethod.CARD} if total < smallest_charge(currency) else set()
    charged = [set(price.payment_methods) - too_small for price in prices if price.amount.amount > 0]
    return [method for method in PaymentMethod if all(method in methods for methods in charged)]
