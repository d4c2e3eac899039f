"""Assigning by spreadsheet: the tickets of an order or a company go out as CSV, are filled in, and come back.

A row whose new_* cells are empty is passed over. A row at fault is named, and holds up none of the others. A
dry run says of each row what it would do, and to whom.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from admit.catalog.catalog import Catalog
from admit.clock import Clock
from admit.errors import DistributionOff, NotFound
from admit.faults import FaultCode
from admit.ids import derived_id
from admit.job import Job, Outcome, RowFault, RowStatus, create_job, fail, job_body, load_job, work_off
from admit.model import Shape, request_hash
from admit.people.company import company_of_relay
from admit.people.person import Holder, HolderDetails, same_address
from admit.people.person_sheet import said_in
from admit.people.switches import Switches, require_distribution, switches_of
from admit.sheet import Column, Row, Sheet, read_sheet, written
from admit.store import Table
from admit.tickets.hand_over import (
    Hand,
    assign,
    order_key_hand,
    relay_hand,
    require_in_time,
    require_movable,
    require_take_back,
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
    table: Table,
    job: Job,
    catalog_of: Callable[[str], Catalog],
    deployment: Switches,
    *,
    clock: Clock,
    seconds: float,
) -> bool:
    """Do a part of the job; say whether there is more to do. It fails when its relay may not any more."""
    request = AssignmentsRequest.model_validate_json(job_body(table, job))
    sheet = read_sheet(request.csv, _COLUMNS)
    try:
        hand = _hand(table, job, deployment)
    except (NotFound, DistributionOff) as refused:
        fail(table, job, refused.detail, clock)
        return False
    first = {row.cells.get("ticket_id"): row.number for row in reversed(sheet.rows) if _said(row)}

    def apply(row: Row) -> Outcome:
        ticket_id = row.cells.get("ticket_id", "")
        if ticket_id and _said(row) and first[ticket_id] < row.number:
            return _failed(ticket_id, [_fault(row, sheet, f"is in row {first[ticket_id]} already")])
        return _assigned(table, catalog_of, sheet, row, job, hand=hand, now=clock())

    return work_off(table, job, sheet.rows, apply, clock=clock, seconds=seconds)


def exported(tickets: Iterable[Ticket], catalog_of: Callable[[str], Catalog]) -> str:
    """Return tickets as CSV, with empty columns for whom they shall go to."""
    return written([_EXPORTED, *(_exported(ticket, catalog_of(ticket.event_id)) for ticket in tickets)])


def _exported(ticket: Ticket, catalog: Catalog) -> list[str]:
    holder = ticket.holder
    current = [holder.email, holder.name, holder.company or ""] if holder else ["", "", ""]
    seat = ticket.seat_text or ""
    return [ticket.id, catalog.event.title, ticket.tier_title, seat, *current, "", "", "", "", ""]


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
    if row.fault is None and not _said(row):
        return Outcome(result=RowStatus.SKIPPED, reference=ticket_id or None)
    details, faults = said_in(HolderDetails, row, sheet)
    if row.fault is None and not ticket_id:
        faults = [_fault(row, sheet, "is missing", FaultCode.MISSING), *faults]
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
    if after == ticket:
        return Outcome(result=RowStatus.UNCHANGED, reference=ticket.id)
    return Outcome(
        result=RowStatus.CHANGED, reference=ticket.id, note=_note(ticket, after.holder or details, "was")
    )


def _would(
    table: Table, catalog: Catalog, ticket: Ticket, details: HolderDetails, hand: Hand, *, now: datetime
) -> Outcome:
    """Say what assigning would do. Raises what `assign` would."""
    person = told_person(table, catalog, ticket, details, hand.voice, now=now, when=None)
    if ticket.person_id == person.told.id and person.told == person.read:
        return Outcome(result=RowStatus.UNCHANGED, reference=ticket.id)
    require_movable(ticket, now)
    require_take_back(ticket, hand, person.told.email)
    if not hand.any_time:
        require_in_time(catalog.event, now)
    return Outcome(
        result=RowStatus.WOULD_CHANGE, reference=ticket.id, note=_note(ticket, person.told.holder, "would be")
    )


def _hand(table: Table, job: Job, deployment: Switches) -> Hand:
    """Return the hand of who has sent the file: by the key of an order, or as a relay of a company.

    Raises NotFound to who is a relay no more, DistributionOff.
    """
    owner = job.owner or ""
    if job.event_id:
        return order_key_hand(table, owner, deployment)
    company, _ = company_of_relay(table, owner, job.created_by)
    switches = switches_of(company, deployment)
    require_distribution(switches)
    return relay_hand(job.created_by, owner, switches)


def _said(row: Row) -> bool:
    """Say whether a row says to whom its ticket goes."""
    return any(value for name, value in row.cells.items() if name != "ticket_id")


def _note(ticket: Ticket, to: Holder, was: str) -> str:
    """Say whom a ticket leaves, and which cart."""
    parts = ["nobody has had it" if was == "was" else "nobody has it yet"]
    if ticket.holder is not None:
        stays = same_address(ticket.holder.email, to.email)
        parts = [f"stays with {to.email}" if stays else f"from {ticket.holder.email} to {to.email}"]
    if ticket.allocation is not None:
        parts.append(f"{was} taken out of the cart of {ticket.allocation.relay}")
    return "; ".join(parts)


def _failed(ticket_id: str, faults: list[RowFault]) -> Outcome:
    return Outcome(result=RowStatus.FAILED, reference=ticket_id or None, code="invalid_input", errors=faults)


def _fault(row: Row, sheet: Sheet, message: str, code: FaultCode = FaultCode.INVALID) -> RowFault:
    return RowFault(row=row.number, field=sheet.headers["ticket_id"], message=message, code=code)
