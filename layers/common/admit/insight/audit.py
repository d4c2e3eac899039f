"""The audit: every counter that decides is counted again from what was claimed, and the difference is named.

Orders go on while it counts. A stock is judged only if none of its shards has moved meanwhile (each write
counts the shard's version up), and a difference only if a second count finds the same one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.event import Event
from admit.catalog.gate import Gate
from admit.catalog.zone import Zone
from admit.distribution.dashboard import portal_worth
from admit.door.record import counted_places
from admit.ids import ticket_id
from admit.insight.counts import Counts
from admit.insight.door import door_worth, standing_counts
from admit.insight.ledger import LedgerRow
from admit.insight.order_list import is_unassigned
from admit.insight.recount import reported, reports_worth
from admit.insight.summary import worth
from admit.model import Shape
from admit.orders.ledger import Movement
from admit.orders.listing import every_order
from admit.orders.order import Attention, Order, OrderStatus
from admit.orders.waiting import WaitingStatus, active_entries
from admit.seating.seat import RowState, kept_for, read_seat_id, row_state
from admit.stock.claim import Claim
from admit.stock.stock import look
from admit.store import Item, Key, Table
from admit.tickets.ticket import Ticket, TicketStatus

_PAGE = 100
# An index shows what was written a moment ago.
_INDEX_LAG_SECONDS = 2.0
# Counts that move while the orders and tickets are walked through that they are of.
_WALKED = ("summary ", "report ", "ledger ", "portal ", "door ", "inside ")


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
        if (earlier := first.drifts.get(counter)) is not None and _confirms(earlier, drift)
    ]
    return Audit(event_id=event_id, counters=second.counters, moving=second.moving, drifts=confirmed)


def _confirms(earlier: Drift, drift: Drift) -> bool:
    """Say whether a second count finds the same. What moves may only be late, or be counted in between."""
    if drift.counter.startswith(_WALKED):
        return earlier == drift
    return earlier.found - earlier.expected == drift.found - drift.expected


def audited_events(table: Table, since: datetime) -> Iterator[Event]:
    """Give the published events that end after a moment, the latest first."""
    cursor: str | None = None
    while True:
        found = table.find("gsi3", keys.PUBLISHED_EVENTS, limit=_PAGE, cursor=cursor, newest_first=True)
        for event in (Event.of(item) for item in table.get_many([entry.key for entry in found.entries])):
            if event.ends_at < since:
                return
            yield event
        cursor = found.cursor
        if cursor is None:
            return


def _count(table: Table, event_id: str, sleep: Callable[[float], None]) -> _Count:
    catalog = load_catalog(table, event_id)
    limits = catalog.all_limits()
    shards = [key for stock in limits for key in stock.all_keys()]
    before, rows_before = look(table, shards), _rows(table, catalog)
    sleep(_INDEX_LAG_SECONDS)
    orders = list(every_order(table, catalog.event))
    claimed, taken = _claims(table, catalog, orders)
    after, rows = look(table, shards), _rows(table, catalog)
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
    moved = {key for key, row in rows.items() if row != rows_before.get(key)}
    moving += [f"{key.pk} {key.sk}" for key in moved]
    drifts |= _seat_drifts(rows, orders, apart_from=moved)
    drifts |= _walked_drifts(table, catalog, orders)
    guests = {keys.guest_limit(scope, guest): expected for (scope, guest), expected in taken.items()}
    for (key, expected), item in zip(guests.items(), look(table, list(guests)), strict=True):
        found = int(item["taken"]) if item else 0
        if found != expected:
            drifts[key.pk] = Drift(counter=key.pk, expected=expected, found=found)
    return _Count(counters=len(limits) + len(taken) + len(rows), moving=moving, drifts=drifts)


def _claims(
    table: Table, catalog: Catalog, orders: Sequence[Order]
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Count what orders, offers and allotments claim of each stock, and what each guest has taken."""
    claimed: Counter[str] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    for order in orders:
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


def _rows(table: Table, catalog: Catalog) -> dict[Key, RowState]:
    """Read the rows of the seating plan of which anything is said."""
    sections = catalog.seating.sections if catalog.seating else []
    return {
        keys.of_item(item): row_state(item)
        for section in sections
        for item in table.query(keys.seat_rows(catalog.event.id, section.id))
    }


def _seat_drifts(
    rows: Mapping[Key, RowState], orders: Sequence[Order], *, apart_from: Collection[Key]
) -> dict[str, Drift]:
    """Compare who has which seat with what the orders say, but for rows that are written meanwhile."""
    expected: dict[tuple[Key, str], str] = {}
    for order in orders:
        for claim in order.seats if order.live else ():
            section, row, seat = read_seat_id(claim.place.id)
            key = keys.seat_row(order.event_id, section, row)
            expected[key, seat] = ticket_id(order.id, claim.ticket)
    found = {
        (key, seat): said
        for key, row in rows.items()
        for seat, said in row.said.items()
        if kept_for(said) is None
    }
    drifts = {}
    for key, seat in expected.keys() | found.keys():
        should, has = expected.get((key, seat)), found.get((key, seat))
        if key not in apart_from and should != has:
            name = f"seat {key.pk} {key.sk} {seat}"
            drifts[name] = Drift(counter=name, expected=int(should is not None), found=int(should is None))
    return drifts


def _walked_drifts(table: Table, catalog: Catalog, orders: Sequence[Order]) -> dict[str, Drift]:
    """Compare with the orders, their books and their tickets the summary, the reports, the ledger, the
    dashboards of companies, who is at the event, and how many gates and zones have taken in."""
    event = catalog.event
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for order in orders:
        expected.update(_told(worth(order), "summary"))
        expected.update(_balances(order.movements))
        expected.update(_reported(reports_worth(order)))
    companies: set[str] = set()
    seats = {
        ticket_id(order.id, claim.ticket): claim.place.id
        for order in orders
        if order.status is OrderStatus.FULFILLED
        for claim in order.seats
    }
    unassigned: set[str] = set()
    for ticket in _tickets(table, event):
        if is_unassigned(ticket):
            unassigned.add(ticket.order_id)
        if ticket.status is not TicketStatus.CANCELLED:
            expected.update(_seat_of(ticket.id, seats.get(ticket.id)))
            found.update(_seat_of(ticket.id, ticket.seat.id if ticket.seat else None))
        expected.update(_told(worth(ticket), "summary"))
        expected.update(_told(door_worth(ticket), "door"))
        expected.update(f"inside {place_id}" for place_id in counted_places(catalog, ticket))
        if ticket.company_id is not None:
            companies.add(ticket.company_id)
            expected.update(_told(portal_worth(ticket), f"portal {ticket.company_id}"))
    expected[f"summary attention__{Attention.UNASSIGNED}"] = len(unassigned)
    found.update(_told(table.get(keys.summary(event.id)) or {}, "summary"))
    found.update(_reported(reported(table, event.id)))
    found.update(_told(standing_counts(table.get(keys.door_counts(event.id)) or {}), "door"))
    found.update(_inside(table, catalog))
    for company_id in companies:
        counts = table.get(keys.portal_counts(company_id, event.id)) or {}
        found.update(_told(counts, f"portal {company_id}"))
    for nn in range(event.shards):
        found.update(_balances(map(LedgerRow.of, table.query(keys.ledger(event.id, nn)))))
    return {
        name: Drift(counter=name, expected=expected[name], found=found[name])
        for name in expected.keys() | found.keys()
        if expected[name] != found[name]
    }


def _inside(table: Table, catalog: Catalog) -> dict[str, int]:
    """Return how many are inside the gates and zones that have a capacity, as their counts say."""
    known: list[Gate | Zone] = [*catalog.gates.values(), *catalog.zones.values()]
    places = [place for place in known if place.capacity is not None]
    counts = look(table, [keys.inside(catalog.event.id, place.id) for place in places])
    return {
        f"inside {place.id}": int(item["inside"]) if item else 0
        for place, item in zip(places, counts, strict=True)
    }


def _seat_of(ticket_id: str, seat: str | None) -> dict[str, int]:
    """Return a count of a ticket that has a seat."""
    return {f"seat of {ticket_id}: {seat}": 1} if seat else {}


def _told(counts: Mapping[str, object], prefix: str) -> dict[str, int]:
    return {f"{prefix} {name}": count for name, count in counts.items() if isinstance(count, int)}


def _reported(counts: Counts) -> Counter[str]:
    """Name counts of reports by where they stand."""
    return Counter(
        {f"report {item.key.pk} {item.key.sk} {name}": count for (item, name), count in counts.items()}
    )


def _balances(movements: Iterable[Movement]) -> Counter[str]:
    """Return what each account holds, in each currency."""
    balances: Counter[str] = Counter()
    for one in movements:
        balances[f"ledger {one.debit} {one.currency}"] += one.amount
        balances[f"ledger {one.credit} {one.currency}"] -= one.amount
    return balances


def _units(claims: list[Claim]) -> Mapping[str, int]:
    units: Counter[str] = Counter()
    for claim in claims:
        units[claim.stock_id] += claim.units
    return units


def _tickets(table: Table, event: Event) -> Iterator[Ticket]:
    for nn in range(event.shards):
        yield from map(Ticket.of, _all(table, keys.tickets_of_event(event.id, nn)))


def _all(table: Table, pk: str) -> Iterator[Item]:
    cursor: str | None = None
    while True:
        page = table.page("gsi1", pk, limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.cursor
        if cursor is None:
            break
