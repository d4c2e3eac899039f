"""The summary of an event, the dashboards of its companies and its ledger: counts, amounts and movements,
projected from the stream exactly once.

Each stream record of an order or a ticket is worth a difference, and an order's holds the movements of money
that it made. The differences of a batch, its movements and a mark for each of its records are one
transaction, so that a batch which comes again, whole or cut otherwise, adds nothing, and the summary always
equals the ledger. A record that changes no count is passed over without a mark.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.distribution.dashboard import counted, portal_difference
from admit.insight.ledger import ledger_rows
from admit.model import Shape
from admit.money import Money
from admit.orders.ledger import RECEIVING, Account
from admit.orders.order import Attention, Order, OrderStatus
from admit.store import MOST_WRITES, Key, Put, Table, TransactionRefused, Update, Write
from admit.tickets.ticket import Ticket, TicketStatus

# A stream keeps its records for a day; a mark must outlive the last possible repetition.
_MARK_LIFE = timedelta(days=7)


class Change(NamedTuple):
    """A stream record of an order or a ticket: how it was before and is after it."""

    record_id: str
    before: Order | Ticket | None
    after: Order | Ticket

    @property
    def ledger_rows(self) -> list[Put]:
        """The movements of money that it made."""
        if isinstance(self.after, Ticket) or isinstance(self.before, Ticket):
            return []
        return ledger_rows(self.before, self.after)

    @property
    def difference(self) -> Counter[str]:
        """What it adds to the summary of its event."""
        difference = worth(self.after)
        difference.subtract(worth(self.before))
        return difference

    @property
    def portal(self) -> dict[str, Counter[str]]:
        """What it adds to the counts of companies at its event."""
        if isinstance(self.after, Ticket) and not isinstance(self.before, Order):
            return portal_difference(self.before, self.after)
        return {}

    @property
    def counts(self) -> bool:
        """Whether it adds anything to anything."""
        return any(self.difference.values()) or bool(self.portal) or bool(self.ledger_rows)


class SummaryRow(Shape):
    status: OrderStatus
    method: PaymentMethod
    orders: int
    tickets: int
    amount: Money


class AttentionRow(Shape):
    reason: Attention
    orders: int


class Summary(Shape):
    currency: str
    orders: int
    tickets: int
    amount: Money
    paid: Money
    """What was paid for the orders and not paid back."""
    received: Money
    """What has come in all, also what was not for an order."""
    refunded: Money
    """What went back: refunds, and disputes that were lost or are open."""
    unallocated: Money
    """What came, is not for an order and has not gone back."""
    issued: int
    """Tickets that were made and not cancelled."""
    nameless: int
    """How many of them nobody holds."""
    used: int
    """How many of them somebody has gone in with."""
    by: list[SummaryRow]
    attention: list[AttentionRow]


def apply(table: Table, changes: Sequence[Change], now: datetime) -> None:
    """Add what the records change to what is counted; records that were applied before are passed over."""
    by_event: dict[str, list[Change]] = {}
    for change in (one for one in changes if one.counts):
        by_event.setdefault(change.after.event_id, []).append(change)
    for event_id, of_event in by_event.items():
        for batch in _batches(of_event):
            _apply(table, event_id, batch, now)


def read_summary(table: Table, event_id: str, currency: str) -> Summary:
    """Return the summary as far as the stream has been projected; one read."""
    counts = table.get(keys.summary(event_id)) or {}
    rows, attention = [], []
    for status in OrderStatus:
        for method in PaymentMethod:
            if orders := counts.get(f"{status}__{method}__orders", 0):
                rows.append(
                    SummaryRow(
                        status=status,
                        method=method,
                        orders=orders,
                        tickets=counts.get(f"{status}__{method}__tickets", 0),
                        amount=Money(amount=counts.get(f"{status}__{method}__amount", 0), currency=currency),
                    )
                )
    for reason in Attention:
        if orders := counts.get(f"attention__{reason}", 0):
            attention.append(AttentionRow(reason=reason, orders=orders))
    return Summary(
        currency=currency,
        orders=sum(row.orders for row in rows),
        tickets=sum(row.tickets for row in rows),
        amount=Money(amount=sum(row.amount.amount for row in rows), currency=currency),
        **{
            name: Money(amount=counts.get(name, 0), currency=currency)
            for name in ("paid", "received", "refunded", "unallocated")
        },
        issued=counts.get("issued", 0),
        nameless=counts.get("nameless", 0),
        used=counts.get("used", 0),
        by=rows,
        attention=attention,
    )


def worth(one: Order | Ticket | None) -> Counter[str]:
    """Return what one order or ticket, as it stands, adds to its event's summary."""
    match one:
        case Order():
            return _worth_of_order(one)
        case Ticket() if one.status is not TicketStatus.CANCELLED:
            return Counter(issued=1, nameless=int(one.holder is None), used=int(one.entries > 0))
    return Counter()


def _worth_of_order(order: Order) -> Counter[str]:
    cell = f"{order.status}__{order.payment_method}"
    counts = Counter(
        {f"{cell}__orders": 1, f"{cell}__tickets": order.tickets, f"{cell}__amount": order.total}
    )
    received = sum(one.amount for one in order.payments() if one.currency == order.currency)
    counts["paid"] = order.paid
    counts["received"] = received
    counts["refunded"] = received - sum(order.balance(account) for account in RECEIVING)
    counts["unallocated"] = -order.balance(Account.UNALLOCATED)
    counts.update(f"attention__{reason}" for reason in order.attention)
    return counts


def _apply(table: Table, event_id: str, changes: Sequence[Change], now: datetime) -> None:
    unapplied = {change.record_id: change for change in changes}
    kept: set[Key] = set()
    while unapplied:
        difference: Counter[str] = Counter()
        portal: dict[str, Counter[str]] = {}
        rows: list[Put] = []
        for change in unapplied.values():
            difference.update(change.difference)
            for company_id, counts in change.portal.items():
                portal.setdefault(company_id, Counter()).update(counts)
            rows += [row for row in change.ledger_rows if row.key not in kept]
        marks = [_mark(record_id, now) for record_id in unapplied]
        writes: list[Write] = [*marks, *rows]
        if added := _changed(difference):
            writes.append(_addition(event_id, added))
        for company_id, counts in portal.items():
            if added := _changed(counts):
                writes.append(counted(company_id, event_id, added))
        try:
            table.transact(writes)
        except TransactionRefused as refused:
            kept |= {writes[at].key for at in refused.failed if at >= len(marks)}
            unapplied = {
                record_id: change
                for at, (record_id, change) in enumerate(unapplied.items())
                if at not in refused.failed
            }
        else:
            return


def _batches(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Cut changes into as many as one transaction takes, with their marks, movements and companies."""
    batch: list[Change] = []
    companies: set[str] = set()
    writes = 0
    for change in changes:
        costs = 1 + len(change.ledger_rows)
        if batch and writes + costs + len(companies | change.portal.keys()) >= MOST_WRITES:
            yield batch
            batch, companies, writes = [], set(), 0
        batch.append(change)
        companies |= change.portal.keys()
        writes += costs
    if batch:
        yield batch


def _changed(difference: Counter[str]) -> dict[str, int]:
    return {name: amount for name, amount in difference.items() if amount}


def _mark(record_id: str, now: datetime) -> Put:
    """False when the record is in the summary already."""
    return Put(keys.applied(record_id), {"kind": "applied", "ttl": int((now + _MARK_LIFE).timestamp())})


def _addition(event_id: str, added: dict[str, int]) -> Update:
    names = list(added)
    return Update(
        keys.summary(event_id),
        "SET kind = :kind ADD " + ", ".join(f"#{name} :n{at}" for at, name in enumerate(names)),
        condition=None,
        values={"kind": "summary", **{f"n{at}": added[name] for at, name in enumerate(names)}},
    )
