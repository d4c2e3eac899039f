"""Reports of an event: what was sold, who came when, and what came and went against the ledger."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from admit.aws.http import AsFile
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.errors import Invalid
from admit.insight.arrivals import (
    ArrivalsBy,
    ArrivalsReport,
    Interval,
    arrivals_records,
    arrivals_report,
)
from admit.insight.cash import CashReport, cash_records, cash_report
from admit.insight.sales import SalesBy, SalesReport, sales_records, sales_report
from admit.people.account import ANY_ROLE, HANDLES_MONEY
from admit.sheet import written

app = OrganizerApi()

_REPORTS = "/organizer/<organizer_id>/events/<event_id>/reports"
_CSV = "text/csv"


class ReportFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


FormatQuery = Annotated[
    ReportFormat | None, Query(alias="format", description="Without it as the Accept header says.")
]
Accept = Annotated[str, Header(alias="Accept")]


@app.get(f"{_REPORTS}/sales")
def read_sales(
    organizer_id: str,
    event_id: str,
    *,
    by: Annotated[SalesBy, Query()] = SalesBy.DAY,
    since: Annotated[date | None, Query(alias="from", description="The first day that counts.")] = None,
    until: Annotated[date | None, Query(alias="to", description="The last day that counts.")] = None,
    form: FormatQuery = None,
    accept: Accept = "",
) -> SalesReport:
    """Tell what was sold, by the days on which it was ordered; orders that were cancelled are left out."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    if since and until and until < since:
        raise Invalid.field("to", "must not be before from")
    report = sales_report(workshop().table, catalog, by, since=since, until=until)
    if _as_csv(form, accept):
        raise AsFile(written(sales_records(report)), f"sales-by-{by}-{catalog.event.slug}.csv")
    return report


@app.get(f"{_REPORTS}/arrivals")
def read_arrivals(
    organizer_id: str,
    event_id: str,
    *,
    by: Annotated[ArrivalsBy, Query()] = ArrivalsBy.GATE,
    interval: Annotated[Interval, Query(description="Minutes: 5, 15 or 60.")] = Interval.QUARTER,
    form: FormatQuery = None,
    accept: Accept = "",
) -> ArrivalsReport:
    """Tell who came and went over time."""
    catalog = app.catalog(organizer_id, event_id, ANY_ROLE)
    report = arrivals_report(workshop().table, catalog, by, interval)
    if _as_csv(form, accept):
        records = arrivals_records(report, catalog.event.timezone)
        raise AsFile(written(records), f"arrivals-by-{by}-{catalog.event.slug}.csv")
    return report


@app.get(f"{_REPORTS}/cash")
def read_cash(
    organizer_id: str, event_id: str, *, form: FormatQuery = None, accept: Accept = ""
) -> CashReport:
    """Tell what payments say has come and gone, against the ledger."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    report = cash_report(workshop().table, event_id, catalog.event.currency)
    if _as_csv(form, accept):
        raise AsFile(written(cash_records(report)), f"cash-{catalog.event.slug}.csv")
    return report


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _as_csv(form: ReportFormat | None, accept: str) -> bool:
    return form is ReportFormat.CSV if form else _CSV in accept
