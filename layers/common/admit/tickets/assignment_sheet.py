"""Assigning by spreadsheet: the tickets of an order or a company go out as CSV, are filled in, and come back.

A row whose new_* cells are empty is passed over. A row at fault is named, and holds up none of the others. A
dry run says of each row what it would do.
"""

import csv
from collections.abc import Callable, Iterable
from datetime import datetime
from io import StringIO
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from admit.catalog.catalog import Catalog
from admit.clock import Clock
from admit.errors import NotFound
from admit.ids import derived_id
from admit.job import Job, Outcome, RowFault, RowStatus, create_job, job_body, load_job, work_off
from admit.model import Shape, request_hash
from admit.people.person import HolderDetails
from admit.people.person_sheet import said_in
from admit.sheet import Column, Row, Sheet, read_sheet
from admit.store import Table
from admit.tickets.hand_over import (
    Hand,
    assign,
    order_key_hand,
    relay_hand,
    require_in_time,
    require_movable,
    told_person,
)
from admit.tickets.ticket import Ticket, load_ticket

WORK = "assign_tickets"
_COLUMNS = [
    Column("ticket_id", ("ticket_id",), required=True),
    Column("email", ("new_email",), required=True),
    Column("name", ("new_name",)),
    Column("first_name", ("new_first_name",)),
    Column("last_name", ("new_last_name",)),
    Column("company", ("new_company",)),
    Column("title", ("new_title",)),
    Column("phone", ("new_phone",)),
    Column("language", ("new_language",)),
]
_EXPORTED = (
    *("ticket_id", "event", "tier", "seat", "current_email", "current_name", "current_company"),
    *("new_email", "new_first_name", "new_last_name", "new_company", "new_title"),
)
# What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AssignmentsRequest(Shape):
    """A filled in export. The body has 256 KB at most: split a larger file."""

    csv: Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
    dry_run: bool = False


class Assigned(NamedTuple):
    """Whose tickets they are: of an order, or of a company, whose relay acts."""

    owner: str
    organizer_id: str
    event_id: str
    """Empty for a company, whose tickets may be of several events."""


def start_assignments(
    table: Table, request: AssignmentsRequest, of: Assigned, key: str, *, created_by: str, now: datetime
) -> Job:
    """Check a file as a whole and store the job that assigns it, or find it stored by an earlier try.

    Raises Invalid, IdempotencyConflict.
    """
    sheet = read_sheet(request.csv, _COLUMNS)
    job = Job(
        id=derived_id("job", WORK, of.owner, key),
        work=WORK,
        organizer_id=of.organizer_id,
        event_id=of.event_id,
        owner=of.owner,
        dry_run=request.dry_run,
        created_by=created_by,
        created_at=now,
        unknown_columns=[name for name in sheet.unknown if name not in _EXPORTED],
        total=len(sheet.rows),
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def job_of_owner(table: Table, owner: str, job_id: str) -> Job:
    """Read a job about the tickets of an order or a company. Raises NotFound."""
    job = load_job(table, job_id)
    if job.owner != owner:
        raise NotFound("There is no such job.")
    return job


def assign_rows(
    table: Table, job: Job, catalog_of: Callable[[str], Catalog], *, clock: Clock, seconds: float
) -> bool:
    """Do a part of the job; say whether there is more to do."""
    request = AssignmentsRequest.model_validate_json(job_body(table, job))
    sheet = read_sheet(request.csv, _COLUMNS)
    owner = job.owner or ""
    hand = order_key_hand(table, owner) if job.event_id else relay_hand(job.created_by, owner)

    def apply(row: Row) -> Outcome:
        return _assigned(table, catalog_of, sheet, row, job, hand=hand, now=clock())

    return work_off(table, job, sheet.rows, apply, clock=clock, seconds=seconds)


def exported(tickets: Iterable[Ticket], catalog_of: Callable[[str], Catalog]) -> str:
    """Return tickets as CSV, with empty columns for whom they shall go to."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_EXPORTED)
    for ticket in tickets:
        holder = ticket.holder
        current = [holder.email, holder.name, holder.company or ""] if holder else ["", "", ""]
        title = catalog_of(ticket.event_id).event.title
        cells = [ticket.id, title, ticket.tier_title, "", *current, "", "", "", "", ""]
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return file.getvalue()


def _assigned(
    table: Table,
    catalog_of: Callable[[str], Catalog],
    sheet: Sheet,
    row: Row,
    job: Job,
    *,
    hand: Hand,
    now: datetime,
) -> Outcome:
    ticket_id = row.cells.get("ticket_id", "")
    said = any(value for name, value in row.cells.items() if name != "ticket_id")
    if row.fault is None and not said:
        return Outcome(result=RowStatus.SKIPPED, reference=ticket_id or None)
    details, faults = said_in(HolderDetails, row, sheet)
    if row.fault is None and not ticket_id:
        faults = [_fault(row, sheet, "is missing"), *faults]
    if details is None or faults:
        return _failed(ticket_id, faults)
    try:
        ticket = load_ticket(table, ticket_id)
        if not hand.may(ticket):
            raise NotFound
    except NotFound:
        return _failed(ticket_id, [_fault(row, sheet, "is not a ticket of yours")])
    catalog = catalog_of(ticket.event_id)
    if job.dry_run:
        return _would(table, catalog, ticket, details, hand, now=now)
    # What a holder is asked beside his name he answers by himself later.
    after = assign(table, catalog, ticket, details, hand=hand, now=now, when=None)
    result = RowStatus.UNCHANGED if after == ticket else RowStatus.CHANGED
    return Outcome(result=result, reference=ticket.id)


def _would(
    table: Table, catalog: Catalog, ticket: Ticket, details: HolderDetails, hand: Hand, *, now: datetime
) -> Outcome:
    """Say what assigning would do. Raises what `assign` would."""
    person = told_person(table, catalog, ticket, details, hand.voice, now=now, when=None)
    if ticket.person_id == person.told.id and person.told == person.read:
        return Outcome(result=RowStatus.UNCHANGED, reference=ticket.id)
    require_movable(ticket, now)
    require_in_time(catalog.event, now)
    return Outcome(result=RowStatus.WOULD_CHANGE, reference=ticket.id)


def _failed(ticket_id: str, faults: list[RowFault]) -> Outcome:
    return Outcome(result=RowStatus.FAILED, reference=ticket_id or None, code="invalid_input", errors=faults)


def _fault(row: Row, sheet: Sheet, message: str) -> RowFault:
    return RowFault(row=row.number, field=sheet.headers["ticket_id"], message=message)
