"""What was sold of an event, in numbers: counted by the stream by day and by what the reports tell.

Each order that has its tickets is worth its lines, to the minor unit; a change of one is worth a difference.
`insight/summary.py` adds the differences exactly once, and the audit counts again from the orders. What an
order is worth follows from the order alone, so that any of its changes takes back what the last one added.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from admit import keys
from admit.catalog.catalog import Catalog
from admit.ids import shard_of
from admit.insight.counts import Counted, Counts
from admit.model import Shape
from admit.money import Balance
from admit.orders.ledger import Account, Refund
from admit.orders.order import Order, OrderStatus
from admit.orders.refund import ticket_prices
from admit.people.company import Company
from admit.store import Item, Table

SOLD = (OrderStatus.SETTLED, OrderStatus.FULFILLED)
_SPREAD = 32
"""Over so many items what is sold on a day is spread, where there is no end of what can be told apart: an
order of many lines changes few counts of each."""
NONE = "none"
"""Of what has no discount, no company, no tax rate."""


class SalesBy(StrEnum):
    """What sales are told apart by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TIER = "tier"
    PRICE = "price"
    DISCOUNT = "discount"
    ORGANIZATION = "organization"
    TAX = "tax"
    METHOD = "method"


class SalesRow(Shape):
    key: str
    """An id, a method, a rate; a day as 2027-03-01, a week as 2027-W09, a month as 2027-03; or "none"."""
    label: str
    """Its title as it is now; empty where the key says all."""
    orders: int
    """An order with lines of several kinds counts once for each."""
    tickets: int
    """Those that were cancelled left out."""
    gross: Balance
    """What was ordered, after discounts and with tax."""
    net: Balance
    """The gross without its tax."""
    tax: Balance
    discount: Balance
    """What discounts have taken off before."""
    refunded: Balance
    """What of the gross was paid back."""
    credited: Balance
    """What of the gross is not asked for any more, as for tickets that were cancelled before they were
    paid."""


class SalesReport(Shape):
    currency: str
    by: SalesBy
    rows: list[SalesRow]
    total: SalesRow


class _Of(StrEnum):
    """Which counts lie together."""

    ALL = "all"
    LINES = "lines"
    DISCOUNT = "discount"
    ORGANIZATION = "organization"


class _Kind(StrEnum):
    """What a count is of; its letter begins the name of the count."""

    TOTAL = "a"
    METHOD = "m"
    TAX = "x"
    TIER = "t"
    PRICE = "p"
    DISCOUNT = "d"
    ORGANIZATION = "c"


_WHERE: Mapping[SalesBy, tuple[_Of, _Kind]] = {
    SalesBy.DAY: (_Of.ALL, _Kind.TOTAL),
    SalesBy.WEEK: (_Of.ALL, _Kind.TOTAL),
    SalesBy.MONTH: (_Of.ALL, _Kind.TOTAL),
    SalesBy.METHOD: (_Of.ALL, _Kind.METHOD),
    SalesBy.TAX: (_Of.ALL, _Kind.TAX),
    SalesBy.TIER: (_Of.LINES, _Kind.TIER),
    SalesBy.PRICE: (_Of.LINES, _Kind.PRICE),
    SalesBy.DISCOUNT: (_Of.DISCOUNT, _Kind.DISCOUNT),
    SalesBy.ORGANIZATION: (_Of.ORGANIZATION, _Kind.ORGANIZATION),
}
_REST_HAS_NONE = (SalesBy.DISCOUNT, SalesBy.ORGANIZATION)
_AMOUNTS = ("gross", "tax", "discount", "refunded", "credited")


class _Parts(NamedTuple):
    """What of an amount falls on each line of an order."""

    refunded: list[int]
    credited: list[int]


def sales_worth(order: Order | None) -> Counts:
    """Return what an order, as it stands, adds to the sales of its event."""
    counts: Counts = Counter()
    if order is None or order.status not in SOLD:
        return counts
    whole = Counter({"orders": 1})
    seen: set[str] = set()
    for line, amounts in zip(order.lines, _lines(order), strict=True):
        whole.update(amounts)
        spread = shard_of(line.price_id, _SPREAD)
        rate = NONE if line.tax_rate is None else f"{line.tax_rate.normalize():f}"
        for of, nn, name in (
            (_Of.ALL, 0, _name(_Kind.TAX, rate)),
            (_Of.LINES, spread, _name(_Kind.TIER, line.tier_id)),
            (_Of.LINES, spread, _name(_Kind.PRICE, line.price_id)),
        ):
            counts.update(_counted(order, of, nn, name, {**amounts, "orders": int(name not in seen)}))
            seen.add(name)
    counts.update(_counted(order, _Of.ALL, 0, _name(_Kind.TOTAL, ""), whole))
    counts.update(_counted(order, _Of.ALL, 0, _name(_Kind.METHOD, order.payment_method), whole))
    discount_id = order.applied_discount.id if order.applied_discount else None
    for of, kind, identifier in (
        (_Of.DISCOUNT, _Kind.DISCOUNT, discount_id),
        (_Of.ORGANIZATION, _Kind.ORGANIZATION, order.company_id),
    ):
        if identifier is not None:
            spread = shard_of(identifier, _SPREAD)
            counts.update(_counted(order, of, spread, _name(kind, identifier), whole))
    return counts


def sales_report(
    table: Table, catalog: Catalog, by: SalesBy, *, since: date | None, until: date | None
) -> SalesReport:
    """Return the sales of an event between two days, as far as the stream has been projected.

    Costs a query, another one unless all is told apart by what each day has once, and of companies a read
    for a hundred.
    """
    of, kind = _WHERE[by]
    event_id = catalog.event.id
    items = _within(table.query(keys.sales(event_id), f"{_Of.ALL}#"), since, until)
    total = sum((one.counts for one in _told(items, _Kind.TOTAL)), Counter[str]())
    if of is not _Of.ALL:
        items = _within(table.query(keys.sales(event_id), f"{of}#"), since, until)
    rows: dict[str, Counter[str]] = {}
    for one in _told(items, kind):
        row = rows.setdefault(_key(by, one), Counter())
        row.update(one.counts)
    if by in _REST_HAS_NONE:
        rest = Counter(total)
        for row in rows.values():
            rest.subtract(row)
        rows[NONE] = rest
    rows = {key: row for key, row in rows.items() if any(row.values())}
    labels = _labels(table, catalog, by, list(rows))
    currency = catalog.event.currency
    return SalesReport(
        currency=currency,
        by=by,
        rows=[
            _row(labels.keyed(key), labels.titles.get(key, ""), rows[key], currency)
            for key in sorted(rows, key=lambda key: labels.place(key, rows[key]["gross"]))
        ],
        total=_row("total", "", total, currency),
    )


def sales_records(report: SalesReport) -> Iterator[Sequence[str]]:
    """Give a report as records of a CSV file, with their header; the total comes last."""
    yield [*SalesRow.model_fields, "currency"]
    for row in (*report.rows, report.total):
        yield [
            row.key,
            row.label,
            str(row.orders),
            str(row.tickets),
            *(one.plain for one in (row.gross, row.net, row.tax, row.discount, row.refunded, row.credited)),
            report.currency,
        ]


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount into whole parts in proportion to weights, together exactly the amount.

    The units that are left go to the largest remainders first; without any weight all is the first part's.
    """
    whole, size = sum(weights), abs(amount)
    if whole == 0:
        return [amount, *[0] * (len(weights) - 1)]
    parts = [size * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda at: -(size * weights[at] % whole))
    for at in by_rest[: size - sum(parts)]:
        parts[at] += 1
    return [part if amount > 0 else -part for part in parts]


def _lines(order: Order) -> list[Counter[str]]:
    """Return what each line of an order is worth."""
    parts = _parts(order)
    cancelled = _per_line(order, dict.fromkeys(order.cancelled, 1))
    return [
        Counter(
            tickets=line.quantity - cancelled[at],
            gross=line.total,
            tax=line.tax,
            discount=line.discount,
            refunded=parts.refunded[at],
            credited=parts.credited[at],
        )
        for at, line in enumerate(order.lines)
    ]


def _parts(order: Order) -> _Parts:
    """Split what went back, and what is credited, over the lines: by the tickets that it is for, as far as
    that is said, else by what the lines cost."""
    nothing = [0] * len(order.lines)
    totals = [line.total for line in order.lines]
    if not order.paid_back and not order.credited:
        return _Parts(nothing, nothing)
    prices = dict(enumerate(ticket_prices(order), start=1))
    refunded = nothing
    for refund in order.refunds:
        if refund.tickets and _went_back(order, refund):
            weights = _per_line(order, {number: prices[number] for number in refund.tickets})
            refunded = _added(refunded, split(refund.amount, weights))
    refunded = _added(refunded, split(order.paid_back - sum(refunded), totals))
    weights = _per_line(order, {number: prices[number] for number in order.cancelled})
    return _Parts(refunded, split(order.credited, weights if any(weights) else totals))


def _went_back(order: Order, refund: Refund) -> bool:
    """Say whether a refund is in what was paid back of the money for the order."""
    return (
        refund.source is Account.ORDER
        and refund.currency == order.currency
        and order.has_moved(refund.booked)
        and not order.has_moved(f"{refund.booked}:failed")
    )


def _per_line(order: Order, of_tickets: Mapping[int, int]) -> list[int]:
    """Sum up by line what is said by the numbers of tickets."""
    sums, end = [], 0
    for line in order.lines:
        begin, end = end, end + line.quantity
        sums.append(sum(worth for number, worth in of_tickets.items() if begin < number <= end))
    return sums


def _added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def _name(kind: _Kind, identifier: str) -> str:
    """Return how the names of the counts of something begin."""
    return f"{kind}__{_plain(identifier)}__"


def _counted(order: Order, of: _Of, nn: int, name: str, amounts: Mapping[str, int]) -> Counts:
    key = keys.sales_counts(order.event_id, of, order.booked_on, nn)
    counted = Counted(key, "sales_counts", order.event_id)
    return counted.worth({f"{name}{what}": amount for what, amount in amounts.items()})


def _plain(identifier: str) -> str:
    """Return an id or a rate in letters, digits and _ alone."""
    return identifier.replace("-", "_").replace(".", "_")


# --- reading ----------------------------------------------------------------------------------------------


class _Told(NamedTuple):
    """What one item says of one thing."""

    day: date
    identifier: str
    counts: Counter[str]


class _Labels(NamedTuple):
    """How the rows of a report are called, and in which order they come."""

    keys: Mapping[str, str]
    """By how a count names it."""
    titles: Mapping[str, str]
    places: Mapping[str, int]
    by_key: bool

    def keyed(self, key: str) -> str:
        return self.keys.get(key, key)

    def place(self, key: str, gross: int) -> tuple[int, int, str]:
        """Return where a row comes: as in the catalog, by its key, or the one that brought most first."""
        return (self.places.get(key, len(self.places)), 0 if self.by_key else -gross, self.keyed(key))


def _within(items: Sequence[Item], since: date | None, until: date | None) -> list[Item]:
    return [
        item
        for item in items
        if (since is None or _day(item) >= since) and (until is None or _day(item) <= until)
    ]


def _day(item: Item) -> date:
    return date.fromisoformat(item["sk"].split("#")[1])


def _told(items: Sequence[Item], kind: _Kind) -> Iterator[_Told]:
    prefix = f"{kind}__"
    for item in items:
        found: dict[str, Counter[str]] = {}
        for name, count in item.items():
            if name.startswith(prefix):
                identifier, _, what = name.removeprefix(prefix).rpartition("__")
                found.setdefault(identifier, Counter())[what] = int(count)
        for identifier, counts in found.items():
            yield _Told(_day(item), identifier, counts)


def _key(by: SalesBy, told: _Told) -> str:
    match by:
        case SalesBy.DAY:
            return told.day.isoformat()
        case SalesBy.WEEK:
            year, week, _ = told.day.isocalendar()
            return f"{year}-W{week:02d}"
        case SalesBy.MONTH:
            return told.day.isoformat()[:7]
    return told.identifier


def _labels(table: Table, catalog: Catalog, by: SalesBy, found: Sequence[str]) -> _Labels:
    """Look up how what is told apart is called now; what was removed since keeps its id."""
    match by:
        case SalesBy.TIER:
            titles = {tier.id: tier.title for _, tiers in catalog.in_order() for tier in tiers}
            titles |= {tier.id: tier.title for tier in catalog.tiers.values() if tier.id not in titles}
        case SalesBy.PRICE:
            in_order = [tier for _, tiers in catalog.in_order() for tier in tiers]
            rest = [tier for tier in catalog.tiers.values() if tier not in in_order]
            titles = {
                price.id: f"{tier.title}, {price.label}" if price.label else tier.title
                for tier in (*in_order, *rest)
                for price in tier.prices
            }
        case SalesBy.DISCOUNT:
            titles = {discount.id: discount.title for discount in catalog.discounts.values()}
        case SalesBy.ORGANIZATION:
            known = [company_id for company_id in catalog.organizations if _plain(company_id) in found]
            items = table.get_many([keys.company(company_id) for company_id in known])
            titles = {company.id: company.name for company in map(Company.of, items)}
        case SalesBy.TAX:
            rates = (key.replace("_", ".") for key in found if key != NONE)
            titles = {rate: f"{rate} %" for rate in rates}
        case _:
            titles = {}
    in_catalog = by in (SalesBy.TIER, SalesBy.PRICE)
    return _Labels(
        keys={_plain(key): key for key in titles},
        titles={_plain(key): title for key, title in titles.items()},
        places={_plain(key): at for at, key in enumerate(titles)} if in_catalog else {},
        by_key=by in (SalesBy.DAY, SalesBy.WEEK, SalesBy.MONTH),
    )


def _row(key: str, label: str, counts: Counter[str], currency: str) -> SalesRow:
    amounts = {name: Balance(amount=counts[name], currency=currency) for name in _AMOUNTS}
    return SalesRow(
        key=key,
        label=label,
        orders=counts["orders"],
        tickets=counts["tickets"],
        net=Balance(amount=counts["gross"] - counts["tax"], currency=currency),
        **amounts,
    )
