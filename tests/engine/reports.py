"""What must hold of the reports of an event, whatever became of its orders."""

from collections import Counter
from collections.abc import Iterable, Sequence

from admit.catalog.catalog import Catalog
from admit.insight.cash import OpenCash, cash_report
from admit.insight.sales import SOLD, SalesBy, SalesRow, sales_report
from admit.insight.summary import read_summary
from admit.orders.ledger import RECEIVING
from admit.orders.order import Order
from admit.store import Table

PARTS = (SalesBy.TIER, SalesBy.PRICE, SalesBy.TAX)
"""By these an order with several lines may count more than once."""


def amounts_of(row: SalesRow) -> Counter[str]:
    """Return what a row says in numbers, its orders left out."""
    amounts = {name: getattr(row, name).amount for name in ("gross", "net", "tax", "discount", "refunded")}
    return Counter(amounts | {"tickets": row.tickets, "credited": row.credited.amount})


def check_reports(
    table: Table, catalog: Catalog, orders: Sequence[Order], told_by: Iterable[SalesBy] = SalesBy
) -> None:
    """Say that the reports are what the orders, the summary and the ledger make them."""
    event = catalog.event
    sold = [order for order in orders if order.status in SOLD]
    should = Counter(
        gross=sum(one.total for one in sold),
        net=sum(one.total - one.tax for one in sold),
        tax=sum(one.tax for one in sold),
        discount=sum(one.discount for one in sold),
        refunded=sum(one.paid_back for one in sold),
        credited=sum(one.credited for one in sold),
        tickets=sum(one.tickets for one in sold),
    )
    summary = read_summary(table, event.id, event.currency)
    in_summary = [row for row in summary.by if row.status in SOLD]
    for by in told_by:
        report = sales_report(table, catalog, by, since=None, until=None)
        rows = report.rows
        assert amounts_of(report.total) == should, f"total by {by}"
        assert report.total.gross.amount == sum(row.amount.amount for row in in_summary)
        assert report.total.tickets == sum(row.tickets for row in in_summary)
        assert report.total.orders == len(sold) == sum(row.orders for row in in_summary)
        assert sum((amounts_of(row) for row in rows), Counter()) == +should, f"rows by {by}"
        if by not in PARTS:
            assert sum(row.orders for row in rows) == len(sold), f"orders by {by}"
    _check_cash(table, catalog, orders)


def _check_cash(table: Table, catalog: Catalog, orders: Sequence[Order]) -> None:
    event = catalog.event
    report = cash_report(table, event.id, event.currency)
    summary = read_summary(table, event.id, event.currency)
    for row in report.rows:
        assert row.account is not None
        assert row.in_ledger.amount == sum(order.balance(row.account) for order in orders)
        named = [one.amount.amount for one in report.open if one.account is row.account]
        assert row.difference.amount == sum(named), f"{row.account} differs by what its orders do"
    assert len(report.rows) == len(RECEIVING)
    assert report.total.captured.amount == summary.received.amount
    assert report.total.in_ledger.amount == summary.received.amount - summary.refunded.amount
    unallocated = [one.amount.amount for one in report.open if one.what is OpenCash.UNALLOCATED]
    assert sum(unallocated) == summary.unallocated.amount
