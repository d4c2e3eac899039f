"""The cash of an event: what payments say has come and gone, by account, against what the ledger holds.

Counted by the stream beside the summary: what came and what certainly went follows from an order's payments,
refunds and disputes, what the ledger holds from the rows that its changes add. Where they differ, and where
money of an order is open, the order is named.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from admit import keys
from admit.insight.counts import Counted, Counts
from admit.model import Shape
from admit.money import Balance
from admit.orders.ledger import (
    RECEIVING,
    Account,
    Cause,
    DisputeOutcome,
    Movement,
    RefundStatus,
)
from admit.orders.order import Order
from admit.store import Item, Table

MOST_OPEN = 500
_DIFFERENCE = "difference__"
_SAID = ("captured", "refunded", "booked")


class OpenCash(StrEnum):
    """What is open of an order's money."""

    UNALLOCATED = "unallocated"
    """It came, and is for no order."""
    REFUND_OPEN = "refund_open"
    """It is on its way back."""
    DISPUTED = "disputed"
    """Stripe has taken it back until a dispute is decided."""
    DIFFERENCE = "difference"
    """What the payments of the order say is not what its books hold."""


class CashRow(Shape):
    account: Account | None
    """None of the total."""
    captured: Balance
    """What came, also what was not for an order; what a bank statement confirms moves to the bank."""
    refunded: Balance
    """What has certainly gone: refunds that got through, and disputes that are open or lost."""
    in_ledger: Balance
    """What the ledger says the account holds."""
    difference: Balance
    """What came less what has gone, less what the ledger says."""


class OpenRow(Shape):
    order_id: str
    what: OpenCash
    account: Account | None
    """Of a difference."""
    amount: Balance


class CashReport(Shape):
    currency: str
    rows: list[CashRow]
    open: list[OpenRow]
    """Of each order with open money; the first of them if there are very many."""
    total: CashRow


def cash_worth(order: Order | None) -> Counts:
    """Return what the payments of an order say of each account, and what it leaves open."""
    counts: Counts = Counter()
    if order is None:
        return counts
    said: Counter[str] = Counter()
    open_of_it: Counter[str] = Counter()
    for account in RECEIVING:
        captured, refunded = _captured(order, account), _refunded(order, account)
        said[f"captured__{account}"] = captured
        said[f"refunded__{account}"] = refunded
        open_of_it[f"{_DIFFERENCE}{account}"] = captured - refunded - order.balance(account)
    open_of_it[OpenCash.UNALLOCATED] = -order.balance(Account.UNALLOCATED)
    open_of_it[OpenCash.REFUND_OPEN] = sum(
        one.amount for one in order.refunds if one.open and one.currency == order.currency
    )
    open_of_it[OpenCash.DISPUTED] = sum(
        one.amount
        for one in order.disputes
        if one.outcome is DisputeOutcome.OPEN and one.currency == order.currency
    )
    counts.update(_of_event(order.event_id).worth(said))
    own = Counted(keys.cash_of_order(order.event_id, order.id), "cash_of_order", order.event_id)
    counts.update(own.worth(open_of_it))
    return counts


def booked_worth(event_id: str, currency: str, movements: Iterable[Movement]) -> Counts:
    """Return what movements add to what the ledger says that each account holds."""
    booked: Counter[str] = Counter()
    for one in movements:
        if one.currency == currency:
            booked[f"booked__{one.debit}"] += one.amount
            booked[f"booked__{one.credit}"] -= one.amount
    return _of_event(event_id).worth(booked)


def cash_report(table: Table, event_id: str, currency: str) -> CashReport:
    """Return the cash of an event as far as the stream has been projected; one query."""
    counts: Item = {}
    open_rows: list[OpenRow] = []
    for item in table.query(keys.cash(event_id)):
        if item["kind"] == "cash_counts":
            counts = item
        elif len(open_rows) < MOST_OPEN:
            open_rows += _open_rows(item, currency)
    rows = [
        _row(account, [counts.get(f"{what}__{account}", 0) for what in _SAID], currency)
        for account in RECEIVING
    ]
    sums = [sum(counts.get(f"{what}__{account}", 0) for account in RECEIVING) for what in _SAID]
    return CashReport(currency=currency, rows=rows, open=open_rows, total=_row(None, sums, currency))


def cash_records(report: CashReport) -> Iterator[Sequence[str]]:
    """Give a report as records of a CSV file, with their header: the accounts, their total, what is open."""
    yield ["account", "order_id", "what", "captured", "refunded", "in_ledger", "difference", "currency"]
    for row in (*report.rows, report.total):
        amounts = (row.captured, row.refunded, row.in_ledger, row.difference)
        yield [row.account or "total", "", "", *(one.plain for one in amounts), report.currency]
    for one in report.open:
        yield [one.account or "", one.order_id, one.what, "", "", "", one.amount.plain, report.currency]


def _of_event(event_id: str) -> Counted:
    return Counted(keys.cash_counts(event_id), "cash_counts", event_id)


def _captured(order: Order, account: Account) -> int:
    """Return what came to an account: payments, and what was said before and a statement has shown there."""
    return sum(
        (one.amount if one.debit is account else 0) - (one.amount if one.credit is account else 0)
        for one in order.movements
        if one.cause in (Cause.PAYMENT, Cause.CONFIRMATION) and one.currency == order.currency
    )


def _refunded(order: Order, account: Account) -> int:
    """Return what has certainly left an account."""
    refunds = sum(
        one.amount
        for one in order.refunds
        if one.status is RefundStatus.SUCCEEDED and one.account is account and one.currency == order.currency
    )
    if account is not Account.STRIPE:
        return refunds
    return refunds + sum(
        one.amount
        for one in order.disputes
        if one.outcome is not DisputeOutcome.WON and one.currency == order.currency
    )


def _open_rows(item: Item, currency: str) -> Iterator[OpenRow]:
    order_id = item["sk"].removeprefix("ORDER#")
    for what in OpenCash:
        if amount := item.get(what, 0):
            yield OpenRow(
                order_id=order_id, what=what, account=None, amount=Balance(amount=amount, currency=currency)
            )
    for account in RECEIVING:
        if amount := item.get(f"{_DIFFERENCE}{account}", 0):
            yield OpenRow(
                order_id=order_id,
                what=OpenCash.DIFFERENCE,
                account=account,
                amount=Balance(amount=amount, currency=currency),
            )


def _row(account: Account | None, said: Sequence[int], currency: str) -> CashRow:
    captured, refunded, booked = said

    def of(amount: int) -> Balance:
        return Balance(amount=amount, currency=currency)

    return CashRow(
        account=account,
        captured=of(captured),
        refunded=of(refunded),
        in_ledger=of(booked),
        difference=of(captured - refunded - booked),
    )
