"""A quote: what the lines cost now, how they may be paid, and how many more of each one may order."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.price import PaymentMethod, Price
from admit.catalog.tier import Tier
from admit.model import Email, Shape
from admit.money import Money
from admit.orders.order import AppliedDiscount, OrderLine
from admit.orders.price import MOST_TICKETS, Lines, Priced
from admit.store import Key, Table

# What is left is told up to here: enough to plan a party, too little to count a sale.
_MOST_TOLD = 10

type GivenCode = Annotated[str, Field(min_length=1, max_length=80)]


class Asking(Shape):
    """What a customer may show to get more or pay less."""

    code: GivenCode | None = None
    passcodes: Annotated[list[GivenCode], Field(max_length=10)] = []
    email_proof: Annotated[str, Field(max_length=200)] | None = None
    """From the link that was mailed to his address; a signed-in customer needs none."""
    company_id: str | None = None
    """Of the company that the signed-in customer acts for."""

    @property
    def codes(self) -> list[str]:
        return [*([self.code] if self.code else []), *self.passcodes]


class QuoteRequest(Asking):
    lines: Lines
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
    applied_discount: AppliedDiscount | None
    approval_required: bool


def line_view(line: OrderLine, currency: str) -> LineView:
    amounts = {
        name: Money(amount=getattr(line, name), currency=currency)
        for name in ("unit", "discount", "tax", "total")
    }
    return LineView(**(line.model_dump(include=set(LineView.model_fields)) | amounts))


def taken(table: Table, catalog: Catalog, priced: Priced, email: str | None) -> Mapping[str, int]:
    """Return what a guest has, by what limits him; reads only when something does."""
    event = catalog.event
    scopes = {tier.id for tier in priced.tiers if tier.ticket_limit_per is not None}
    if event.ticket_limit_per is not None:
        scopes.add(event.id)
    if email is None or not scopes:
        return {}
    counts = {scope: keys.guest_limit(scope, event.guest(email)) for scope in sorted(scopes)}
    found = {
        Key(item["pk"], item["sk"]): int(item["taken"]) for item in table.get_many(list(counts.values()))
    }
    return {scope: found.get(key, 0) for scope, key in counts.items()}


def quote(catalog: Catalog, priced: Priced, taken: Mapping[str, int], left: Mapping[str, int]) -> Quote:
    """Write priced lines for a buyer who has taken so much before, of stocks that hold so much."""
    currency = catalog.event.currency

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=currency)

    return Quote(
        lines=[
            QuoteLine(**dict(line_view(line, currency)), limit=_limit(catalog, tier, price, taken, left))
            for line, tier, price in zip(priced.lines, priced.tiers, priced.prices, strict=True)
        ],
        subtotal=money(priced.subtotal),
        discount=money(sum(line.discount for line in priced.lines)),
        tax=money(sum(line.tax for line in priced.lines)),
        total=money(priced.total),
        payment_methods=priced.payment_methods,
        applied_discount=AppliedDiscount.of_discount(priced.discount),
        approval_required=priced.needs_approval,
    )


def _limit(
    catalog: Catalog, tier: Tier, price: Price, taken: Mapping[str, int], left: Mapping[str, int]
) -> int:
    event = catalog.event
    limits = [MOST_TICKETS]
    if price.max is not None:
        limits.append(price.max)
    if tier.ticket_limit_per is not None:
        limits.append(tier.ticket_limit_per - taken.get(tier.id, 0))
    if event.ticket_limit_per is not None and tier.add_on_of is None:
        limits.append(event.ticket_limit_per - taken.get(event.id, 0))
    stocks = [*catalog.stocks_of(tier), *([price.stock] if price.stock else [])]
    limits += [
        left[stock.id]
        for stock in stocks
        if stock.id in left and (event.show_available or left[stock.id] <= _MOST_TOLD)
    ]
    return max(0, min(limits))
