"""The summary of an event, its reports, the dashboards of its companies and doors, and its ledger: counts,
amounts and movements, projected from the stream exactly once.

Each stream record of an order, a ticket or a stray scan is worth a difference of counts, and an order's holds
the movements of money that it made. The differences of a batch, its movements and a mark for each of its
records are one transaction, so that a batch which comes again, whole or cut otherwise, adds nothing, and the
summary always equals the ledger. A record that changes no count is passed over without a mark.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.distribution.dashboard import portal_difference
from admit.insight.cash import booked_worth, cash_worth
from admit.insight.counts import Counted, Counts, additions
from admit.insight.door import door_difference, scan_worth
from admit.insight.ledger import ledger_rows, new_movements
from admit.insight.order_list import ListedOrder
from admit.insight.sales import sales_worth
from admit.insight.scan_log import ScanRow
from admit.model import Shape
from admit.money import Money
from admit.orders.ledger import RECEIVING, Account
from admit.orders.order import Attention, Order, OrderStatus
from admit.store import MOST_WRITES, Item, Key, Put, Table, TransactionRefused, Write
from admit.tickets.ticket import Ticket, TicketStatus

# A stream keeps its records for a day; a mark must outlive the last possible repetition.
_MARK_LIFE = timedelta(days=7)
_MOST_COUNTS = 80
"""So many names of an item fit into one expression, which is 4 KB at most."""


@dataclass(frozen=True)
class Change:
    """A stream record of an order, its row in the list, a ticket, or a scan of what is no ticket: how it was
    before and is after it."""

    record_id: str
    before: Order | Ticket | ListedOrder | None
    after: Order | Ticket | ListedOrder | ScanRow

    @cached_property
    def ledger_rows(self) -> list[Put]:
        """The movements of money that it made."""
        if isinstance(self.after, Order) and not isinstance(self.before, Ticket | ListedOrder):
            return ledger_rows(self.before, self.after)
        return []

    @cached_property
    def counts(self) -> Counts:
        """What it adds to the summary of its event, to the dashboard of a company, and at the doors."""
        before, after = self.before, self.after
        if isinstance(after, ScanRow):
            return scan_worth(after.event_id, after, after.tier_id)
        summary = Counted(keys.summary(after.event_id), "summary", after.event_id)
        counts = summary.worth(worth(after))
        counts.subtract(summary.worth(worth(before)))
        if isinstance(after, Order) and not isinstance(before, Ticket | ListedOrder):
            counts.update(sales_worth(after))
            counts.subtract(sales_worth(before))
            counts.update(cash_worth(after))
            counts.subtract(cash_worth(before))
            counts.update(booked_worth(after.event_id, after.currency, new_movements(before, after)))
        if isinstance(after, Ticket) and not isinstance(before, Order | ListedOrder):
            counts.update(door_difference(before, after))
            for company_id, difference in portal_difference(before, after).items():
                key = keys.portal_counts(company_id, after.event_id)
                counts.update(Counted(key, "portal_counts", after.event_id).worth(difference))
        return counts

    @cached_property
    def changed(self) -> set[tuple[Counted, str]]:
        """The counts that it changes."""
        return {which for which, count in self.counts.items() if count}


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
    for batch in _batches([change for change in changes if change.changed or change.ledger_rows]):
        _apply(table, batch, now)


def read_summary(table: Table, event_id: str, currency: str) -> Summary:
    """Return the summary as far as the stream has been projected; one read."""
    return summary_of(table.get(keys.summary(event_id)) or {}, currency)


def summary_of(counts: Item, currency: str, *, names_wanted: bool = False) -> Summary:
    """Return the summary that an event's counts make; `names_wanted`: tickets of nobody matter by now."""
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
        asked = names_wanted or reason is not Attention.UNASSIGNED
        if asked and (orders := counts.get(f"attention__{reason}", 0)):
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


def worth(one: Order | Ticket | ListedOrder | None) -> Counter[str]:
    """Return what one order, row of the list or ticket, as it stands, adds to its event's summary."""
    match one:
        case Order():
            return _worth_of_order(one)
        case ListedOrder():
            return Counter({f"attention__{Attention.UNASSIGNED}": int(one.unassigned)})
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


def _apply(table: Table, changes: Sequence[Change], now: datetime) -> None:
    unapplied = list({change.record_id: change for change in changes}.values())
    kept: set[Key] = set()
    while unapplied:
        counts: Counts = Counter()
        for change in unapplied:
            counts.update(change.counts)
        marks = [_mark(change.record_id, now) for change in unapplied]
        rows = [row for change in unapplied for row in change.ledger_rows if row.key not in kept]
        writes: list[Write] = [*marks, *rows, *additions(counts)]
        try:
            table.transact(writes)
        except TransactionRefused as refused:
            kept |= {writes[at].key for at in refused.failed if at >= len(marks)}
            unapplied = [change for at, change in enumerate(unapplied) if at not in refused.failed]
        else:
            return


def _batches(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Cut changes into as many as one transaction takes, with their marks, movements and counts."""
    batch: list[Change] = []
    changed: set[tuple[Counted, str]] = set()
    writes = 0
    for change in changes:
        costs = 1 + len(change.ledger_rows)
        together = changed | change.changed
        by_item = Counter(item for item, _ in together)
        full = writes + costs + len(by_item) > MOST_WRITES
        if batch and (full or max(by_item.values(), default=0) > _MOST_COUNTS):
            yield batch
            batch, together, writes = [], change.changed, 0
        batch.append(change)
        changed = together
        writes += costs
    if batch:
        yield batch


def _mark(record_id: str, now: datetime) -> Put:
    """False when the record is in the summary already."""
    return Put(keys.applied(record_id), {"kind": "applied", "ttl": int((now + _MARK_LIFE).timestamp())})
