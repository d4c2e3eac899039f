"""Prices are the server's: which price each line has for this customer now, what is off, and what is tax.

Amounts are rounded half up in a line, in minor units; in currencies of three decimals to ten of them where
money is charged, since a card can't be charged less finely.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from admit.catalog.catalog import Catalog
from admit.catalog.discount import Discount
from admit.catalog.event import EventStatus
from admit.catalog.price import AudienceType, PaymentMethod, Price, Quantity
from admit.catalog.tier import SaleState, Tier
from admit.errors import (
    AddOnAlone,
    AdmitError,
    EmailUnverified,
    Fault,
    Invalid,
    LimitReached,
    Locked,
    NotFound,
    NotOnSale,
    NotWhitelisted,
    SoldOut,
    UnknownCode,
)
from admit.model import Shape
from admit.money import MOST_CHARGED, Money, chargeable, chargeable_step, rounded, smallest_charge
from admit.orders.discount import Cut, best_discount, lowered
from admit.orders.order import OrderLine
from admit.people.person import HolderDetails
from admit.stock.stock import Stock

MOST_TICKETS = 1_000


class LineRequest(Shape):
    tier_id: str
    price_id: str | None = None
    """Left out: the first price of the tier that is open to the customer."""
    quantity: Quantity
    unit: Money | None = None
    """Pay what you want: what each ticket shall cost."""
    seats: Annotated[list[str], Field(max_length=MOST_TICKETS)] = []
    """Ids of the seats, one a ticket; left out where there are numbered seats: the best ones together."""
    accessible: Annotated[int, Field(ge=0, le=MOST_TICKETS, strict=True)] = 0
    """How many of the best ones shall have room for a wheelchair."""
    holders: Annotated[list[HolderDetails | None], Field(max_length=MOST_TICKETS)] = []
    """Who attends, as far as it is known when the order is placed: one entry a ticket, null for nobody."""


type Lines = Annotated[list[LineRequest], Field(min_length=1, max_length=50)]


@dataclass(frozen=True)
class Customer:
    """Who asks, as far as it is known: it decides what he may buy and at which prices."""

    verified_email: str | None = None
    codes: Sequence[str] = ()
    company_id: str | None = None
    """Of the company that he acts for, if he does."""
    by_organizer: bool = False
    """Not bound to sale windows, codes, whitelists and limits per guest."""
    unit: int | None = None
    """What each ticket costs him, in minor units, whatever its price says."""
    offered: bool = False
    """He has waited for these tickets."""
    left: Callable[[], Mapping[str, int]] = field(default=dict)
    """What is left in the stocks that can run out, for choosing prices and discounts, not seats in vain."""


class Priced(Shape):
    """Lines with their prices, before anybody has claimed anything."""

    tiers: list[Tier]
    prices: list[Price]
    lines: list[OrderLine]
    discount: Discount | None
    discounted_tickets: int
    subtotal: int
    total: int
    payment_methods: list[PaymentMethod]
    needs_approval: bool


def price_lines(
    catalog: Catalog, requested: Sequence[LineRequest], now: datetime, customer: Customer | None = None
) -> Priced:
    """Price the lines as of now for a customer.

    Raises NotFound (no such event for this caller), Invalid, UnknownCode, Locked, SoldOut, NotOnSale,
    NotWhitelisted, LimitReached, AddOnAlone: each names every line at fault.
    """
    customer = customer or Customer()
    event = catalog.event
    if event.status is EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    if event.status is not EventStatus.PUBLISHED or (now >= event.ends_at and not customer.by_organizer):
        raise NotOnSale("This event takes no more orders.")
    tiers = _tiers_of(catalog, requested)
    prices = [
        _price_of(catalog, tier, line, now, customer, where=f"lines[{at}]")
        for at, (line, tier) in enumerate(zip(requested, tiers, strict=True))
    ]
    _refuse_unknown_codes(catalog, tiers, now, customer)
    _refuse_quantities(catalog, tiers, prices, requested, customer)

    units = [
        _unit(line, price, f"lines[{at}].unit") if customer.unit is None else customer.unit
        for at, (line, price) in enumerate(zip(requested, prices, strict=True))
    ]
    quantities = [line.quantity for line in requested]
    cut = _cut(
        catalog,
        now,
        customer,
        tier_ids=[tier.id for tier in tiers],
        quantities=quantities,
        units=units,
    )
    lines = [
        _line(catalog, tier, price, line, unit=unit, off=off)
        for tier, price, line, unit, off in zip(tiers, prices, requested, units, cut.off, strict=True)
    ]
    total = sum(line.total for line in lines)
    if total > MOST_CHARGED:
        raise Invalid.field("lines", "cost more than one payment can hold; split the order")
    return Priced(
        tiers=tiers,
        prices=prices,
        lines=lines,
        discount=cut.discount,
        discounted_tickets=cut.tickets,
        subtotal=sum(line.unit * line.quantity for line in lines),
        total=total,
        payment_methods=_methods_in_common(prices, lines, total, event.currency),
        needs_approval=any(tier.needs_approval(event) for tier in tiers) and not customer.by_organizer,
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


def _price_of(
    catalog: Catalog, tier: Tier, line: LineRequest, now: datetime, customer: Customer, *, where: str
) -> Price:
    """Return the price of a line. Raises Invalid, Locked, SoldOut, NotOnSale, NotWhitelisted, UnknownCode."""
    asked = [price for price in tier.prices if line.price_id in (None, price.id)]
    if not asked:
        raise Invalid.field(f"{where}.price_id", "is not a price of this ticket")
    if customer.by_organizer:
        return asked[0]
    if not customer.offered and not tier.opens_with(customer.codes):
        raise Locked(faults=[Fault(where, f"{tier.title} opens with a passcode")])
    state = tier.sale_state(now, available=None)
    if state is SaleState.SOLD_OUT and not customer.offered:
        raise SoldOut(f"{tier.title} is sold out; others wait for it.", faults=[Fault(where, "is sold out")])
    valid = [price for price in asked if price.valid(now)]
    if state in (SaleState.NOT_YET, SaleState.ENDED) or not valid:
        raise NotOnSale(faults=[Fault(where, f"{tier.title} is not on sale now")])
    refusals: list[AdmitError] = []
    open_to_him: list[Price] = []
    # Who did not ask for a price of the whitelist is not taken for invited while there is another.
    for price in sorted(valid, key=lambda price: price.audience.type is AudienceType.WHITELIST):
        if (refusal := _not_for(catalog, price, customer, where)) is not None:
            refusals.append(refusal)
        elif len(valid) == 1 or _suffices(customer, price.stock, line.quantity):
            return price
        else:
            open_to_him.append(price)
    if open_to_him:
        return open_to_him[-1]  # It seems sold out; the claim decides.
    raise refusals[0]


def _not_for(catalog: Catalog, price: Price, customer: Customer, where: str) -> AdmitError | None:
    """Say why a price is not for this customer, if so. The whitelist itself is looked at when he orders."""
    audience = price.audience
    match audience.type:
        case AudienceType.WHITELIST if customer.verified_email is None:
            return EmailUnverified(faults=[Fault(where, "has a price for invited addresses only")])
        case AudienceType.CODE if not audience.opens_with(customer.codes):
            return Locked(faults=[Fault(where, "has a price that opens with a code")])
        case AudienceType.COMPANY | AudienceType.ROLE if not catalog.is_for_company(
            audience, customer.company_id
        ):
            return NotWhitelisted(faults=[Fault(where, "has a price for certain companies only")])
    return None


def _unit(line: LineRequest, price: Price, where: str) -> int:
    """Return what one ticket costs: the price's amount, or what the buyer has chosen where he may."""
    if line.unit is None:
        return price.amount.amount
    if line.unit.currency != price.amount.currency:
        raise Invalid.field(f"{where}.currency", f"must be the event's, {price.amount.currency}")
    if price.floor is None:
        if line.unit != price.amount:
            raise Invalid.field(where, "can't be chosen: this ticket has a fixed price")
    elif line.unit.amount < price.floor.amount:
        raise Invalid.field(where, f"must be {price.floor} at least")
    elif line.unit.amount > MOST_CHARGED or not chargeable(line.unit):
        raise Invalid.field(where, "can't be charged; choose another amount")
    return line.unit.amount


def _line(
    catalog: Catalog, tier: Tier, price: Price, asked: LineRequest, *, unit: int, off: int
) -> OrderLine:
    charged = unit * asked.quantity - off
    rate = tier.tax_rate or Decimal(0)
    if catalog.event.tax_included:
        tax = rounded(charged * rate / (100 + rate))
        total = charged
    else:
        tax = rounded(charged * rate / 100, chargeable_step(catalog.event.currency))
        total = charged + tax
    return OrderLine(
        tier_id=tier.id,
        tier_title=tier.title,
        price_id=price.id,
        label=price.label,
        quantity=asked.quantity,
        unit=unit,
        discount=off,
        tax=tax,
        tax_rate=tier.tax_rate,
        total=total,
        offers=tier.offers,
        seats=asked.seats,
        accessible=asked.accessible,
    )


def _cut(
    catalog: Catalog,
    now: datetime,
    customer: Customer,
    *,
    tier_ids: Sequence[str],
    quantities: Sequence[int],
    units: Sequence[int],
) -> Cut:
    """Return what is off: by the customer's code, or by an automatic discount that saves more.

    Raises UnknownCode for the code of a discount that lowers none of these lines.
    """
    valid = [] if customer.by_organizer else [one for one in catalog.discounts.values() if one.valid(now)]
    coded = [one for one in valid if any(one.has_code(code) for code in customer.codes)]
    automatic = [
        one
        for one in sorted(valid, key=lambda one: one.id)
        if one.code is None
        and _suffices(customer, one.uses, 1)
        and _suffices(customer, one.tickets, lowered(one, tier_ids, quantities))
    ]
    step = chargeable_step(catalog.event.currency)
    by_code = best_discount(coded, tier_ids, quantities, units, step=step)
    if coded and any(units) and by_code.discount is None:
        raise UnknownCode(
            "This code does not lower these tickets.", faults=[Fault("code", "does not lower these tickets")]
        )
    return best_discount([*coded, *automatic], tier_ids, quantities, units, step=step)


def _suffices(customer: Customer, stock: Stock | None, units: int) -> bool:
    """Say whether a stock seems to hold so many units; one that nothing is known of does."""
    return stock is None or customer.left().get(stock.id, units) >= units


def _refuse_unknown_codes(catalog: Catalog, tiers: Sequence[Tier], now: datetime, customer: Customer) -> None:
    """Refuse a code that opens nothing and lowers nothing, so that nobody pays more than he thinks."""

    def opens(code: str) -> bool:
        return (
            any(one.valid(now) and one.has_code(code) for one in catalog.discounts.values())
            or any(tier.passcode_hash is not None and tier.opens_with([code]) for tier in tiers)
            or any(price.audience.opens_with([code]) for tier in tiers for price in tier.prices)
        )

    if unknown := [code for code in customer.codes if not opens(code)]:
        raise UnknownCode(faults=[Fault("code", "is not valid for these tickets now") for _ in unknown[:1]])


def _refuse_quantities(
    catalog: Catalog,
    tiers: Sequence[Tier],
    prices: Sequence[Price],
    requested: Sequence[LineRequest],
    customer: Customer,
) -> None:
    per_tier: Counter[str] = Counter()
    per_price: Counter[str] = Counter()
    too_many, too_few = [], []
    for at, (line, tier, price) in enumerate(zip(requested, tiers, prices, strict=True)):
        where = f"lines[{at}].quantity"
        per_tier[tier.id] += line.quantity
        per_price[price.id] += line.quantity
        if customer.by_organizer:
            continue
        if tier.ticket_limit_per is not None and per_tier[tier.id] > tier.ticket_limit_per:
            too_many.append(Fault(where, f"one guest may have {tier.ticket_limit_per} in all"))
        elif price.max is not None and per_price[price.id] > price.max:
            too_many.append(Fault(where, f"may be {price.max} at most at this price"))
        if price.min is not None and line.quantity < price.min:
            too_few.append(Fault(where, f"must be {price.min} at least at this price"))
    if per_tier.total() > MOST_TICKETS:
        too_many.append(Fault("lines", f"may hold {MOST_TICKETS} tickets at most; split the order"))
    most = catalog.event.ticket_limit_per
    if not customer.by_organizer and most is not None and guests_of(tiers, requested) > most:
        too_many.append(Fault("lines", f"one guest may have {most} tickets of this event in all"))
    if too_few:
        raise Invalid(faults=too_few)
    if too_many:
        raise LimitReached(faults=too_many)
    if not customer.by_organizer:
        _refuse_add_ons_alone(tiers, per_tier)


def _refuse_add_ons_alone(tiers: Sequence[Tier], per_tier: Mapping[str, int]) -> None:
    per_parent: Counter[str] = Counter()
    for tier_id, parent in {tier.id: tier.add_on_of for tier in tiers}.items():
        if parent is not None and per_tier[tier_id] > per_tier.get(parent, 0):
            per_parent[tier_id] = per_tier[tier_id]
    faults = [
        Fault(f"lines[{at}].quantity", "is more than the tickets that it adds to")
        for at, tier in enumerate(tiers)
        if tier.id in per_parent
    ]
    if faults:
        raise AddOnAlone(faults=faults)


def guests_of(tiers: Sequence[Tier], lines: Sequence[LineRequest | OrderLine]) -> int:
    """Return how many guests the lines bring: an add-on is none."""
    return sum(line.quantity for tier, line in zip(tiers, lines, strict=True) if tier.add_on_of is None)


def _methods_in_common(
    prices: Sequence[Price], lines: Sequence[OrderLine], total: int, currency: str
) -> list[PaymentMethod]:
    """Return the methods that all lines share; a line that costs nothing goes with any.

    A total too small for a card leaves the other methods.
    """
    if total == 0:
        return [PaymentMethod.FREE]
    never = {PaymentMethod.FREE} | ({PaymentMethod.CARD} if total < smallest_charge(currency) else set())
    charged = [
        set(price.payment_methods) - never for price, line in zip(prices, lines, strict=True) if line.total
    ]
    return [method for method in PaymentMethod if all(method in methods for methods in charged)]
