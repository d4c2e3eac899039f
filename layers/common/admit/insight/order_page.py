"""Pages of the list of an event's orders, newest first, by what they have in common, by time and by words.

One filter is one query of its partition. Of several the sparser one is walked, as the newest rows of each
partition show it, and its rows are held against the others; of words those that begin with the longest one.
Either looks at a thousand rows at most for a page, which may then be shorter than asked for with more behind.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod
from admit.clock import Instant, stamp
from admit.errors import Invalid
from admit.insight.order_list import ANY, ANY_OR_UNASSIGNED, Facet, ListedOrder, wants_names
from admit.model import Shape
from admit.money import Money
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus, Source
from admit.store import Item, Key, Table
from admit.words import Asked, asked_in

_ROWS = 200
_WORDS = 100
_MOST_LOOKED_AT = 1_000
# Around every time that is written, and every word.
_FIRST, _BEHIND, _LAST = "0", ":", "\U0010ffff"
_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-z]{1,40}")

type AttentionFilter = Literal["any"] | Attention


class OrderFilter(Shape):
    """Which orders; without any of these all of them."""

    model_config = ConfigDict(populate_by_name=True)

    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    method: PaymentMethod | None = None
    source: Source | None = None
    tier: Annotated[str, Field(max_length=40)] | None = None
    organization: Annotated[str, Field(max_length=40)] | None = None
    attention: AttentionFilter | None = None
    since: str | None = Field(default=None, alias="from", max_length=40)
    """By when they were placed: a day where the event takes place, or a time."""
    until: str | None = Field(default=None, alias="to", max_length=40)
    """That day with it; a time without it."""
    q: Annotated[str, Field(max_length=200)] = ""
    """Beginnings of words of buyer, address, company, code, reference and invoice number."""


class BuyerBrief(Shape):
    email: str
    name: str


class TierQuantity(Shape):
    tier_id: str
    title: str
    quantity: int


class Progress(Shape):
    """How far the tickets of an order are; those that were cancelled are left out."""

    issued: int
    nameless: int
    used: int


class OrderRow(Shape):
    """An order in its organizer's list, as far as the stream has been projected."""

    id: str
    code: str
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod
    source: Source
    company_id: str | None
    company: str | None
    """As it is billed."""
    buyer: BuyerBrief
    tickets: int
    tiers: list[TierQuantity]
    total: Money
    paid: Money
    refunded: Money
    placed_at: Instant
    due_at: Instant | None
    invoice_number: str | None
    reference: str | None
    attention: list[Attention]
    progress: Progress


class OrderPage(NamedTuple):
    rows: list[ListedOrder]
    cursor: str | None
    """Where the last row that was looked at stands: the next page lies below it."""


class _Wanted(NamedTuple):
    """What a row must have: its partitions, its time, its words."""

    event_id: str
    facets: list[str]
    after: str
    until: str
    words: Asked | None

    def fits(self, row: ListedOrder) -> bool:
        in_time = self.after < row.place < self.until
        said = self.words is None or self.words.fits(row.words)
        return in_time and said and set(self.facets).issubset(row.facets)


def orders_page(
    table: Table, catalog: Catalog, asked: OrderFilter, *, now: datetime, limit: int, cursor: str | None
) -> OrderPage:
    """Return one page of the orders of an event. Raises Invalid."""
    words = asked_in(asked.q)
    facets = _facets(catalog, asked, now)
    if facets is None or (asked.q and words is None):
        return OrderPage([], None)
    after, until = _times(catalog.event, asked)
    wanted = _Wanted(catalog.event.id, facets, after, until, words)
    return _page(table, wanted, limit, cursor)


def find_orders(table: Table, event: Event, text: str, *, limit: int) -> list[Order]:
    """Return the first orders with tickets that have a word beginning so for each word of the text."""
    words = asked_in(text)
    if words is None:
        return []
    made = Facet.STATUS.of(OrderStatus.FULFILLED)
    page = _page(table, _Wanted(event.id, [made], _FIRST, _BEHIND, words), limit, None)
    orders = [Order.of(item) for item in table.get_many([keys.order(row.id) for row in page.rows])]
    return [
        order
        for order in orders
        if order.status is OrderStatus.FULFILLED and words.fits(ListedOrder.of_order(order).words)
    ]


def order_row(row: ListedOrder, event: Event, now: datetime) -> OrderRow:
    def money(amount: int) -> Money:
        return Money(amount=max(0, amount), currency=row.currency)

    told = row.model_dump(include=set(OrderRow.model_fields) - {"tiers", "total", "paid", "refunded"})
    return OrderRow(
        **told
        | {
            "buyer": BuyerBrief(email=row.email, name=row.name),
            "tiers": [TierQuantity(**dict(tier)) for tier in row.tiers],
            "total": money(row.total),
            "paid": money(row.paid),
            "refunded": money(row.refunded),
            "attention": reasons(row, event, now),
            "progress": Progress(issued=row.issued, nameless=row.nameless, used=row.used),
        }
    )


def reasons(row: ListedOrder, event: Event, now: datetime) -> list[Attention]:
    """Return why its organizer should look at an order now."""
    asks = row.unassigned and wants_names(event, now)
    return [*row.attention, *([Attention.UNASSIGNED] if asks else [])]


# --- what is asked for ------------------------------------------------------------------------------------


def _facets(catalog: Catalog, asked: OrderFilter, now: datetime) -> list[str] | None:
    """Return the partitions that an order must be in; None where no order can be. Raises Invalid."""
    if asked.tier is not None and asked.tier not in catalog.tiers:
        raise Invalid.field("tier", "is not a tier of this event")
    attention: str | None = asked.attention
    wanted = wants_names(catalog.event, now)
    if attention == Attention.UNASSIGNED and not wanted:
        return None
    if attention == ANY and wanted:
        attention = ANY_OR_UNASSIGNED
    said = {
        Facet.STATUS: asked.status,
        Facet.PAYMENT_STATUS: asked.payment_status,
        Facet.METHOD: asked.method,
        Facet.SOURCE: asked.source,
        Facet.TIER: asked.tier,
        Facet.ORGANIZATION: asked.organization,
        Facet.ATTENTION: attention,
    }
    return [facet.of(value) for facet, value in said.items() if value is not None]


def _times(event: Event, asked: OrderFilter) -> tuple[str, str]:
    """Return what the places of orders lie between. Raises Invalid."""
    zone = ZoneInfo(event.timezone)
    after = stamp(_moment(asked.since, "from", zone)) if asked.since else _FIRST
    until = stamp(_moment(asked.until, "to", zone, days=1)) if asked.until else _BEHIND
    return after, until


def _moment(text: str, field: str, zone: ZoneInfo, *, days: int = 0) -> datetime:
    """Read a time, or a day as its beginning or, so many days later, its end."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text) + timedelta(days=days)
            read = datetime.combine(day, time(), zone)
        else:
            read = datetime.fromisoformat(text)
        if read.tzinfo is not None and 2 <= read.year <= 9998:
            return read
    except (ValueError, OverflowError):
        pass
    raise Invalid.field(field, "is neither a day such as 2027-03-01 nor an RFC 3339 time")


# --- how it is found --------------------------------------------------------------------------------------


def _page(table: Table, wanted: _Wanted, limit: int, cursor: str | None) -> OrderPage:
    if wanted.words is not None:
        return _page_by_words(table, wanted, wanted.words, limit, cursor)
    if cursor is not None and not _PLACE.fullmatch(cursor):
        raise Invalid.field("cursor", "is not one that this list has answered")
    until = min(cursor or wanted.until, wanted.until)

    def older(facet: str, below: str, most: int) -> list[ListedOrder]:
        if below <= wanted.after:
            return []
        partition = keys.order_rows(wanted.event_id, facet)
        found = table.span(partition, after=wanted.after, until=below, limit=most, newest_first=True)
        return [ListedOrder.of(item) for item in found]

    if len(wanted.facets) < 2:
        [facet] = wanted.facets or [Facet.ALL.value]
        rows = older(facet, until, limit + 1)
        return OrderPage(rows[:limit], rows[limit - 1].place if len(rows) > limit else None)
    begun = {facet: older(facet, until, _ROWS) for facet in wanted.facets}
    sparse = min(begun, key=lambda facet: begun[facet][-1].place if len(begun[facet]) == _ROWS else "")
    return _walked(
        begun[sparse],
        lambda row: older(sparse, row.place, _ROWS),
        lambda row: row if wanted.fits(row) else None,
        lambda row: row.place,
        full=_ROWS,
        limit=limit,
    )


def _page_by_words(table: Table, wanted: _Wanted, words: Asked, limit: int, cursor: str | None) -> OrderPage:
    """Return a page in the order of the words that are found, the last first."""
    # Of words as long as each other the last one, such as the number of an invoice behind its year.
    begin = max(enumerate(words.words), key=lambda word: (len(word[1]), word[0]))[1]
    if cursor is not None and not cursor.startswith(begin):
        raise Invalid.field("cursor", "is not one that this list has answered")
    partition = keys.order_words(wanted.event_id, begin)

    def older(below: str) -> list[tuple[str, ListedOrder | None]]:
        found = table.span(partition, after=begin, until=below, limit=_WORDS, newest_first=True)
        places = {item["sk"]: _place_of(item) for item in found}
        named = [Key(keys.order_rows(wanted.event_id, Facet.ALL), place) for place in places.values()]
        rows = {row.place: row for row in map(ListedOrder.of, table.get_many(named))}
        return [(sort_key, rows.get(place)) for sort_key, place in places.items()]

    def fits(match: tuple[str, ListedOrder | None]) -> ListedOrder | None:
        sort_key, row = match
        if row is None or not wanted.fits(row):
            return None
        # An order that several of its words lead to is told once, by the first that is met.
        first = max((word for word in row.words if word.startswith(begin)), default=None)
        return row if first is not None and sort_key == row.word_key(first).sk else None

    return _walked(
        older(cursor or begin + _LAST),
        lambda match: older(match[0]),
        fits,
        lambda match: match[0],
        full=_WORDS,
        limit=limit,
    )


def _walked[M](
    begun: Sequence[M],
    older: Callable[[M], Sequence[M]],
    fits: Callable[[M], ListedOrder | None],
    place: Callable[[M], str],
    *,
    full: int,
    limit: int,
) -> OrderPage:
    """Return what fits of what is met, from what is begun with on, as far as a page may look.

    `older` reads on behind what was met last, `full` of it while there is so much.
    """
    rows: list[ListedOrder] = []
    met = 0
    while True:
        for at, one in enumerate(begun):
            if (row := fits(one)) is not None:
                rows.append(row)
                if len(rows) == limit and (at + 1 < len(begun) or len(begun) == full):
                    return OrderPage(rows, place(one))
        met += len(begun)
        if len(begun) < full:
            return OrderPage(rows, None)
        if met >= _MOST_LOOKED_AT:
            return OrderPage(rows, place(begun[-1]))
        begun = older(begun[-1])


def _place_of(item: Item) -> str:
    """Return the place of the order that a word leads to."""
    _, at, order_id = item["sk"].rsplit("#", 2)
    return f"{at}#{order_id}"
