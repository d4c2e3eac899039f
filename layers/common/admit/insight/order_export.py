"""Orders as a file: a thousand as CSV at once, more as CSV or a spreadsheet by a job.

The job lists the orders part by part beside the file, and writes the file from the parts in its last stretch.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.clock import Clock
from admit.errors import AdmitError, NotFound, NotReady, TooMany, Unavailable
from admit.ids import derived_id
from admit.insight.order_list import ListedOrder
from admit.insight.order_page import OrderFilter, orders_page, reasons
from admit.job import (
    Job,
    JobStatus,
    JobView,
    Outcome,
    RowStatus,
    Stretch,
    create_job,
    fail,
    job_body,
    job_of_event,
    walk,
)
from admit.model import request_hash
from admit.money import Money
from admit.sheet import written
from admit.store import Table

WORK = "export_orders"
MOST_AT_ONCE = 1_000
KEPT = timedelta(days=7)
"""So long a file is fetched; the bucket removes it then."""
_PAGE = 200
_MOST_PAGES = 20
_PAGES_A_PART = 10
_MOST_OF_A_SHEET = 1_048_575
"""Rows of a spreadsheet below its header."""
_MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


class ExportFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def content_type(self) -> str:
        return _CONTENT_TYPES[self]


_CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class OrderExportRequest(OrderFilter):
    """Which orders, in which kind of file."""

    format: ExportFormat


class OrderExportView(JobView):
    url: str | None
    """Where the file is fetched, once it is there."""
    file_url: str | None
    """An address of the file that lives a minute: for a browser, which sends its token along a redirect."""


type Cell = str | int | Decimal
"""An amount of money is a Decimal, with the decimals of its currency."""

_PART: TypeAdapter[list[ListedOrder]] = TypeAdapter(list[ListedOrder])
_COLUMNS = (
    *("order", "order_id", "placed_at", "status", "payment_status", "payment_method", "source"),
    *("buyer_name", "buyer_email", "company", "reference", "invoice_number", "due_at", "attention"),
    *("tiers", "tickets", "issued", "nameless", "used", "currency", "total", "paid", "refunded"),
)


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...

    def read(self, name: str) -> bytes | None: ...


def exported(table: Table, catalog: Catalog, asked: OrderFilter, now: datetime) -> str:
    """Return orders as CSV. Raises Invalid, TooMany."""
    rows: list[ListedOrder] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = orders_page(table, catalog, asked, now=now, limit=_PAGE, cursor=cursor)
        rows += page.rows
        cursor = page.cursor
        if cursor is None or len(rows) > MOST_AT_ONCE:
            break
    if cursor is not None or len(rows) > MOST_AT_ONCE:
        raise TooMany(f"These are more than {MOST_AT_ONCE:,} orders; ask for a file of them.")
    return as_csv(rows, catalog.event, now)


def start_export(
    table: Table, event: Event, request: OrderExportRequest, key: str, *, created_by: str, now: datetime
) -> Job:
    """Store the job that writes a file of orders, or find it stored by an earlier try.

    Raises IdempotencyConflict.
    """
    job = Job(
        id=derived_id("job", event.id, f"order export {key}"),
        work=WORK,
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=False,
        created_by=created_by,
        created_at=now,
        total=0,
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json(by_alias=True))


def export_on(
    table: Table, bucket: Bucket, catalog: Catalog, job: Job, *, clock: Clock, seconds: float
) -> bool:
    """Do a part of the job; say whether there is more to do. Its rows are parts of the list, and the file."""
    request = OrderExportRequest.model_validate_json(job_body(table, job))
    try:
        export = _Export(table, bucket, catalog, job, request)
        return not walk(table, job, export.stretch, clock=clock, seconds=seconds).ended
    except Unavailable:
        raise
    except AdmitError as wrong:
        told = "; ".join(f"{fault.field} {fault.message}" for fault in wrong.faults)
        fail(table, job, told or wrong.detail, clock)
    return False


def load_export(table: Table, event_id: str, job_id: str) -> Job:
    """Read a job that writes a file of orders of this event. Raises NotFound."""
    job = job_of_event(table, event_id, job_id)
    if job.work != WORK:
        raise NotFound("There is no such export.")
    return job


def file_of(table: Table, job: Job, now: datetime) -> str:
    """Return the name of the file that such a job has written. Raises NotFound, NotReady."""
    if job.status is JobStatus.FAILED:
        raise NotFound(f"This file was not written: {job.error}")
    if job.finished_at is None:
        raise NotReady("This file is being written; look at its job and come back when that is done.")
    if now >= job.finished_at + KEPT:
        raise NotFound("This file is not kept any more; ask for a new one.")
    return _file(job.id, OrderExportRequest.model_validate_json(job_body(table, job)).format)


def as_csv(rows: Iterable[ListedOrder], event: Event, now: datetime) -> str:
    return written([_COLUMNS, *([str(cell) for cell in _cells(row, event, now)] for row in rows)])


def as_xlsx(rows: Iterable[ListedOrder], event: Event, now: datetime) -> bytes:
    """Return orders as a spreadsheet: text is text whatever it begins with, and amounts are numbers.

    Raises TooMany.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415

    content = BytesIO()
    with Workbook(content, {"constant_memory": True}) as book:
        sheet, bold = book.add_worksheet("Orders"), book.add_format({"bold": True})
        amounts = [book.add_format({"num_format": kind}) for kind in ("0", "0.0", "0.00", "0.000")]
        for column, title in enumerate(_COLUMNS):
            sheet.write_string(0, column, title, bold)
        sheet.freeze_panes(1, 0)
        for at, row in enumerate(rows, start=1):
            if at > _MOST_OF_A_SHEET:
                raise TooMany("These are more orders than a spreadsheet takes; ask for CSV.")
            for column, cell in enumerate(_cells(row, event, now)):
                match cell:
                    case str():
                        sheet.write_string(at, column, cell)
                    case Decimal():
                        sheet.write_number(at, column, float(cell), amounts[_decimals(cell)])
                    case _:
                        sheet.write_number(at, column, cell)
    return content.getvalue()


class _Export(NamedTuple):
    table: Table
    bucket: Bucket
    catalog: Catalog
    job: Job
    request: OrderExportRequest

    def stretch(self, place: str | None) -> Stretch:
        """List a part of the orders, or write the file; a place is the part, and below what it begins."""
        number, _, cursor = (place or "1#").partition("#")
        part = int(number)
        if place is not None and not cursor:
            return self._file(part - 1)
        rows: list[ListedOrder] = []
        below: str | None = cursor or None
        for _ in range(_PAGES_A_PART):
            page = orders_page(
                self.table, self.catalog, self.request, now=self.job.created_at, limit=_PAGE, cursor=below
            )
            rows += page.rows
            below = page.cursor
            if below is None:
                break
        self.bucket.store(_part(self.job.id, part), _PART.dump_json(rows), "application/json")
        outcome = Outcome(result=RowStatus.CREATED, reference=str(part), note=f"{len(rows)} orders")
        return Stretch([outcome], f"{part + 1}#{below or ''}", part + 1)

    def _file(self, parts: int) -> Stretch:
        event, now, kind = self.catalog.event, self.job.created_at, self.request.format
        rows = self._rows(parts)
        if kind is ExportFormat.CSV:
            content = (_MARK + as_csv(rows, event, now)).encode()
        else:
            content = as_xlsx(rows, event, now)
        self.bucket.store(_file(self.job.id, kind), content, kind.content_type)
        return Stretch([Outcome(result=RowStatus.CREATED, reference=kind)], None)

    def _rows(self, parts: int) -> Iterator[ListedOrder]:
        for number in range(1, parts + 1):
            stored = self.bucket.read(_part(self.job.id, number))
            if stored is None:
                raise NotFound("A part of the list is not kept any more; ask for a new file.")
            yield from _PART.validate_json(stored)


def _cells(row: ListedOrder, event: Event, now: datetime) -> Sequence[Cell]:
    """Return what a file says of an order: times where the event takes place, with their offset from UTC."""
    zone = ZoneInfo(event.timezone)

    def told(at: datetime | None) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds") if at else ""

    def money(amount: int) -> Decimal:
        return Money(amount=max(0, amount), currency=row.currency).decimal

    return (
        *(row.code, row.id, told(row.placed_at)),
        *(row.status.value, row.payment_status.value, row.payment_method.value, row.source.value),
        *(row.name, row.email, row.company or "", row.reference or "", row.invoice_number or ""),
        *(told(row.due_at), ", ".join(reasons(row, event, now))),
        "; ".join(f"{tier.quantity} x {tier.title}" for tier in row.tiers),
        *(row.tickets, row.issued, row.nameless, row.used),
        *(row.currency, money(row.total), money(row.paid), money(row.refunded)),
    )


def _decimals(amount: Decimal) -> int:
    return -int(amount.as_tuple().exponent)


def _part(job_id: str, number: int) -> str:
    return f"exports/{job_id}/part-{number}.json"


def _file(job_id: str, kind: ExportFormat) -> str:
    return f"exports/{job_id}/orders.{kind}"
