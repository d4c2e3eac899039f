"""The list of an event's orders: rows that say all that the list shows, projected from the stream.

Each order has a row in the partition of all orders, and the same row in one for each thing that it has in
common with others: its status, its tiers, a reason to look at it. So one query reads a page by any of them.
All rows of an order and the words that find it are written in one transaction, over what the first of them
said, and by what order and tickets are now: a record that comes again, late or cut off does no harm.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import batched
from typing import Self

from admit import keys
from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.model import Entity
from admit.orders.listing import every_order
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus, Source
from admit.store import MOST_WRITES, Contention, Delete, Key, Put, Table, TransactionRefused
from admit.tickets.ticket import Ticket, TicketStatus, tickets_of
from admit.words import words_in, words_of_address

NAMES_WANTED = timedelta(days=7)
"""So long before an event a ticket that nobody has is a reason to look at its order."""
ANY = "any"
ANY_OR_UNASSIGNED = "any_or_unassigned"
_AT_ONCE = 4
_AT_A_TIME = 100
_MOST_ROUNDS = 6
_WITHOUT_TICKETS = (OrderStatus.AWAITING_APPROVAL, OrderStatus.AWAITING_PAYMENT)


class Facet(StrEnum):
    """What orders may have in common."""

    ALL = "ALL"
    STATUS = "STATUS"
    PAYMENT_STATUS = "PAYMENT"
    METHOD = "METHOD"
    SOURCE = "SOURCE"
    TIER = "TIER"
    ORGANIZATION = "ORGANIZATION"
    ATTENTION = "ATTENTION"

    def of(self, value: str) -> str:
        return f"{self.value}#{value}"


class ListedTier(Entity):
    tier_id: str
    title: str
    quantity: int


class ListedOrder(Entity):
    """An order as its list has it."""

    id: str
    event_id: str
    code: str
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod
    source: Source
    company_id: str | None = None
    email: str
    name: str
    company: str | None = None
    reference: str | None = None
    """The buyer's own, on the invoice."""
    invoice_number: str | None = None
    currency: str
    total: int
    paid: int
    refunded: int
    tickets: int
    tiers: list[ListedTier]
    placed_at: Instant
    due_at: Instant | None = None
    attention: list[Attention] = []
    """What follows from the order; `unassigned` beside it follows from its tickets, and from the time."""
    issued: int = 0
    nameless: int = 0
    used: int = 0
    unassigned: bool = False
    """Whether it has tickets that nobody holds and nobody has used."""
    version: int = 0
    """Counts how often it was written."""

    @property
    def key(self) -> Key:
        """Of the row that leads: the others are written with it."""
        return self.key_in(Facet.ALL)

    @property
    def place(self) -> str:
        """Where it stands in each partition that it is in."""
        return self.key.sk

    @property
    def facets(self) -> list[str]:
        """The partitions that it is in."""
        found = [
            Facet.ALL.value,
            Facet.STATUS.of(self.status),
            Facet.PAYMENT_STATUS.of(self.payment_status),
            Facet.METHOD.of(self.payment_method),
            Facet.SOURCE.of(self.source),
            *(Facet.TIER.of(tier.tier_id) for tier in self.tiers),
            *(Facet.ATTENTION.of(reason) for reason in self.attention),
        ]
        if self.company_id is not None:
            found.append(Facet.ORGANIZATION.of(self.company_id))
        if self.attention:
            found.append(Facet.ATTENTION.of(ANY))
        if self.unassigned:
            found.append(Facet.ATTENTION.of(Attention.UNASSIGNED))
        if self.attention or self.unassigned:
            found.append(Facet.ATTENTION.of(ANY_OR_UNASSIGNED))
        return found

    @property
    def words(self) -> frozenset[str]:
        """The words that it is found by."""
        told = (self.name, self.company, self.code, self.reference, self.invoice_number)
        return frozenset({*words_in(" ".join(filter(None, told))), *words_of_address(self.email)})

    def key_in(self, facet: str) -> Key:
        return keys.order_row(self.event_id, facet, self.placed_at, self.id)

    def word_key(self, word: str) -> Key:
        return keys.order_word(self.event_id, word, self.placed_at, self.id)

    def says_the_same(self, other: "ListedOrder | None") -> bool:
        return other is not None and self == other.model_copy(update={"version": self.version})

    @classmethod
    def of_order(cls, order: Order, tickets: Sequence[Ticket] = ()) -> Self:
        """Return what the list says of an order with these tickets."""
        issued = [ticket for ticket in tickets if ticket.status is not TicketStatus.CANCELLED]
        return cls(
            id=order.id,
            event_id=order.event_id,
            code=order.code,
            status=order.status,
            payment_status=order.payment_status,
            payment_method=order.payment_method,
            source=order.source,
            company_id=order.company_id,
            email=order.buyer.email,
            name=order.buyer.name,
            company=order.billing.company if order.billing else None,
            reference=order.billing.reference if order.billing else None,
            invoice_number=order.invoice_number,
            currency=order.currency,
            total=order.total,
            paid=order.paid,
            refunded=order.paid_back,
            tickets=order.tickets,
            tiers=_tiers(order),
            placed_at=order.placed_at,
            due_at=order.due_at,
            attention=order.attention,
            issued=len(issued),
            nameless=sum(ticket.holder is None for ticket in issued),
            used=sum(ticket.entries > 0 for ticket in issued),
            unassigned=any(map(is_unassigned, tickets)),
        )


def is_unassigned(ticket: Ticket) -> bool:
    """Say whether a ticket that may still be used has nobody to use it."""
    return ticket.status is not TicketStatus.CANCELLED and ticket.holder is None and ticket.entries == 0


def wants_names(event: Event, now: datetime) -> bool:
    """Say whether tickets that nobody has are a reason to look at their order by now."""
    return event.starts_at - NAMES_WANTED <= now < event.ends_at


def follow_orders(
    table: Table,
    orders: Iterable[tuple[Order | None, Order]],
    tickets: Iterable[tuple[Ticket | None, Ticket]],
) -> None:
    """Bring the list up to orders and tickets that have changed. Raises Contention."""
    touched: dict[str, Key | None] = {}
    for ticket, changed in tickets:
        if _progress(ticket) != _progress(changed):
            touched[changed.order_id] = None
    for order, placed in orders:
        told = ListedOrder.of_order(placed)
        if order is None or ListedOrder.of_order(order) != told or placed.id in touched:
            touched[placed.id] = told.key
    relist(table, touched)


def relist(table: Table, rows: dict[str, Key | None]) -> int:
    """Bring the rows of orders to what they and their tickets are now; return how many that has changed.

    `rows` has the key of the leading row of each order, where it is known. Raises Contention.
    """
    if unknown := [order_id for order_id, key in rows.items() if key is None]:
        rows |= {order.id: ListedOrder.of_order(order).key for order in _load(table, unknown)}
    outcomes: dict[str, bool | None] = dict.fromkeys(rows)
    for _ in range(_MOST_ROUNDS):
        waiting = [order_id for order_id, done in outcomes.items() if done is None]
        outcomes = outcomes | _round(table, waiting, rows)
        if None not in outcomes.values():
            return sum(map(bool, outcomes.values()))
    raise Contention


def relist_event(table: Table, event: Event) -> int:
    """Bring the rows of all orders of an event to what they are now; return how many that has changed.

    Words of buyers that an earlier version kept are removed.
    """
    for nn in range(event.shards):
        for item in table.query(keys.former_order_words(event.id, nn)):
            table.write(Delete(keys.of_item(item), condition=None))
    written = 0
    for some in batched(every_order(table, event), _AT_A_TIME, strict=False):
        written += relist(table, {order.id: ListedOrder.of_order(order).key for order in some})
    return written


def _round(table: Table, order_ids: Sequence[str], rows: Mapping[str, Key | None]) -> dict[str, bool | None]:
    """Write the rows of orders once; say of each what `_write` does, and False of what is no order."""
    # What is listed is read before what is so: whoever writes over this has seen what is seen here.
    items = table.get_many([key for order_id in order_ids if (key := rows[order_id])])
    listed = {row.id: row for row in map(ListedOrder.of, items)}
    orders = _load(table, order_ids)
    if not orders:
        return dict.fromkeys(order_ids, False)
    with ThreadPoolExecutor(min(_AT_ONCE, len(orders))) as threads:
        done = list(threads.map(lambda order: _write(table, listed.get(order.id), order), orders))
    return dict.fromkeys(order_ids, False) | {
        order.id: outcome for order, outcome in zip(orders, done, strict=True)
    }


def _load(table: Table, order_ids: Sequence[str]) -> list[Order]:
    return [Order.of(item) for item in table.get_many([keys.order(one) for one in order_ids])]


def _write(table: Table, listed: ListedOrder | None, order: Order) -> bool | None:
    """Write the rows of an order; say whether there was anything to write, None if others came before."""
    tickets = [] if order.status in _WITHOUT_TICKETS else tickets_of(table, order.id)
    row = ListedOrder.of_order(order, tickets)
    if row.says_the_same(listed):
        return False
    first, *others = _writes(listed, row)
    # More than a transaction takes are words of an order of fifty tiers, which can wait for none of it.
    for write in others[MOST_WRITES - 1 :]:
        table.write(write)
    try:
        table.transact([first, *others[: MOST_WRITES - 1]])
    except TransactionRefused:
        return None
    return True


def _writes(listed: ListedOrder | None, row: ListedOrder) -> list[Put | Delete]:
    """Return what makes of the rows and words that are listed those of this row; the first one decides."""
    read = listed.version if listed else 0
    item = row.model_copy(update={"version": read + 1}).attributes()
    # False when others have written the row since it was read.
    unchanged = "version = :read" if listed else "attribute_not_exists(pk)"
    facets, words = set(listed.facets if listed else ()), listed.words if listed else frozenset()
    return [
        Put(row.key, {"kind": "listed_order", **item}, unchanged, {"read": read} if listed else {}),
        *(
            Put(row.key_in(facet), {"kind": "order_row", **item}, condition=None)
            for facet in row.facets
            if facet != Facet.ALL
        ),
        *(Delete(row.key_in(facet), condition=None) for facet in sorted(facets.difference(row.facets))),
        *(Delete(row.word_key(word), condition=None) for word in sorted(words - row.words)),
        *(Put(row.word_key(word), {"kind": "word"}, condition=None) for word in sorted(row.words - words)),
    ]


def _tiers(order: Order) -> list[ListedTier]:
    """Return the tiers of its lines with the tickets that it has of each."""
    lines = [line for line in order.lines for _ in range(line.quantity)]
    kept = Counter(lines[number - 1].tier_id for number in order.numbers)
    titles = {line.tier_id: line.tier_title for line in order.lines}
    return [
        ListedTier(tier_id=tier_id, title=title, quantity=kept[tier_id]) for tier_id, title in titles.items()
    ]


def _progress(ticket: Ticket | None) -> tuple[bool, ...]:
    """Return what the row of an order tells of a ticket."""
    if ticket is None:
        return ()
    cancelled = ticket.status is TicketStatus.CANCELLED
    return cancelled, ticket.holder is None, ticket.entries > 0
