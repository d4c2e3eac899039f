"""The audit: every counter that decides is counted again from what was claimed, and the difference is named.

Orders go on while it counts. A stock is judged only if none of its shards has moved meanwhile (each write
counts the shard's version up), and a difference only if a second count finds the same one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.event import Event
from admit.model import Shape
from admit.orders.order import Order
from admit.orders.waiting import WaitingStatus, active_entries
from admit.stock.claim import Claim
from admit.stock.stock import Stock, look, units_of
from admit.store import Table

_PAGE = 100
# An index shows what was written a moment ago.
_INDEX_LAG_SECONDS = 2.0


class Drift(Shape):
    """A counter that is not what the claims on it make it: units left of a stock, or taken by a guest."""

    counter: str
    expected: int
    found: int


class Audit(Shape):
    event_id: str
    counters: int
    """How many were counted."""
    moving: list[str]
    """Stocks that did not stand still; they are counted next time."""
    drifts: list[Drift]


class _Count(Shape):
    counters: int
    moving: list[str]
    drifts: dict[str, Drift]


def audit(table: Table, event_id: str, sleep: Callable[[float], None]) -> Audit:
    """Recount the stocks and the per-guest counts of an event. Raises NotFound."""
    first = _count(table, event_id, sleep)
    if not first.drifts:
        return Audit(event_id=event_id, counters=first.counters, moving=first.moving, drifts=[])
    second = _count(table, event_id, sleep)
    confirmed = [
        drift
        for counter, drift in second.drifts.items()
        if (earlier := first.drifts.get(counter)) is not None
        and earlier.found - earlier.expected == drift.found - drift.expected
    ]
    return Audit(event_id=event_id, counters=second.counters, moving=second.moving, drifts=confirmed)


def audited_events(table: Table, since: datetime) -> Iterator[str]:
    """Give the published events that end after a moment, the latest first."""
    cursor: str | None = None
    while True:
        found = table.find("gsi3", keys.PUBLISHED_EVENTS, limit=_PAGE, cursor=cursor, newest_first=True)
        for event in (Event.of(item) for item in table.get_many([entry.key for entry in found.entries])):
            if event.ends_at < since:
                return
            yield event.id
        cursor = found.cursor
        if cursor is None:
            return


def stocks_with_limits(catalog: Catalog) -> dict[Stock, int]:
    """Return every stock of an event with the units that it has in all."""
    limits = {catalog.event.stock: units_of(catalog.event.capacity)}
    for tier in catalog.tiers.values():
        limits[tier.stock] = units_of(tier.ticket_limit)
    for discount in catalog.discounts.values():
        limits[discount.uses] = units_of(discount.use_limit)
        limits[discount.tickets] = units_of(discount.ticket_limit)
    for allotment in catalog.allotments.values():
        limits[allotment.stock] = allotment.units
    return limits | catalog.limits()


def _count(table: Table, event_id: str, sleep: Callable[[float], None]) -> _Count:
    catalog = load_catalog(table, event_id)
    limits = stocks_with_limits(catalog)
    shards = [key for stock in limits for key in stock.all_keys()]
    before = look(table, shards)
    sleep(_INDEX_LAG_SECONDS)
    claimed, taken = _claims(table, catalog)
    after = look(table, shards)
    unchanged = load_catalog(table, event_id).event.revision == catalog.event.revision

    moving, drifts = [], {}
    left = iter(zip(before, after, strict=True))
    for stock, limit in limits.items():
        pairs = [next(left) for _ in range(stock.shards)]
        found = sum(stock.left([item for _, item in pairs]))
        if not unchanged or any(earlier != later for earlier, later in pairs):
            moving.append(stock.id)
        elif found != (expected := limit - claimed[stock.id]):
            drifts[stock.id] = Drift(counter=stock.id, expected=expected, found=found)
    guests = {keys.guest_limit(scope, guest): expected for (scope, guest), expected in taken.items()}
    for (key, expected), item in zip(guests.items(), look(table, list(guests)), strict=True):
        found = int(item["taken"]) if item else 0
        if found != expected:
            drifts[key.pk] = Drift(counter=key.pk, expected=expected, found=found)
    return _Count(counters=len(limits) + len(taken), moving=moving, drifts=drifts)


def _claims(table: Table, catalog: Catalog) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Count what orders, offers and allotments claim of each stock, and what each guest has taken."""
    claimed: Counter[str] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    for order in _orders(table, catalog.event):
        for allowance in order.allowances:
            taken[allowance.scope, allowance.guest] += allowance.units if order.live else 0
        if order.live:
            claimed.update(_units(order.claims))
    for entry in active_entries(table, catalog.event.id):
        if entry.status is WaitingStatus.OFFERED:
            claimed.update(_units(entry.claims))
    for allotment in catalog.allotments.values():
        claimed.update(_units(allotment.claims))
    return claimed, taken


def _units(claims: list[Claim]) -> Mapping[str, int]:
    units: Counter[str] = Counter()
    for claim in claims:
        units[claim.stock_id] += claim.units
    return units


def _orders(table: Table, event: Event) -> Iterator[Order]:
    for nn in range(event.shards):
        cursor: str | None = None
        while True:
            page = table.page("gsi1", keys.orders_of(event.id, nn), limit=_PAGE, cursor=cursor)
            yield from (Order.of(item) for item in page.items)
            cursor = page.cursor
            if cursor is None:
                break
