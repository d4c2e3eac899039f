"""The ledger of an event: every movement of money of its orders as a row that never changes."""

from datetime import datetime, timedelta
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.clock import Instant, stamp
from admit.model import Shape
from admit.money import Money
from admit.orders.ledger import Account, Cause, Movement
from admit.orders.order import Order
from admit.store import Put, Table


class LedgerRow(Movement):
    """A movement with the order that it belongs to."""

    event_id: str
    order_id: str


class LedgerRowView(Shape):
    at: Instant
    order_id: str
    cause: Cause
    debit: Account
    credit: Account
    amount: Money
    reference: str
    actor: str


class LedgerPage(NamedTuple):
    rows: list[LedgerRow]
    cursor: str | None
    """The sort key of the last row: the next page lies behind it."""


def ledger_rows(before: Order | None, after: Order | None) -> list[Put]:
    """Return the rows of the movements that a change of an order has made; false where they are kept."""
    if after is None:
        return []
    return [
        Put(
            keys.ledger_row(after.event_id, after.shard, movement.at, after.id, movement.id),
            {
                "kind": "ledger",
                **LedgerRow(**dict(movement), event_id=after.event_id, order_id=after.id).attributes(),
            },
        )
        for movement in new_movements(before, after)
    ]


def new_movements(before: Order | None, after: Order) -> list[Movement]:
    """Return the movements that a change of an order has made."""
    return after.movements[len(before.movements) if before else 0 :]


def read_ledger(
    table: Table, event: Event, *, after: datetime, until: datetime, limit: int, cursor: str | None
) -> LedgerPage:
    """Return one page of an event's movements in a span of time, oldest first; one query a shard."""
    start, end = cursor or stamp(after), stamp(until + timedelta(milliseconds=1))
    if start >= end:
        return LedgerPage([], None)
    items = [
        item
        for nn in range(event.shards)
        for item in table.span(keys.ledger(event.id, nn), after=start, until=end, limit=limit + 1)
    ]
    items.sort(key=lambda item: str(item["sk"]))
    page, rest = items[:limit], items[limit:]
    return LedgerPage([LedgerRow.of(item) for item in page], str(page[-1]["sk"]) if rest else None)


def ledger_row_view(row: LedgerRow) -> LedgerRowView:
    return LedgerRowView(
        **row.model_dump(include={"at", "order_id", "cause", "debit", "credit", "reference", "actor"}),
        amount=Money(amount=row.amount, currency=row.currency),
    )
