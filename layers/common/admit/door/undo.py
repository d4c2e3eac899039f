"""A scan is taken back at the door: as though nobody had gone through with it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from admit.catalog.catalog import Catalog
from admit.clock import Instant
from admit.door.admit import (
    TRIES,
    Direction,
    Nonce,
    Shown,
    named_by,
    read_named,
    require_shown,
    rules_of,
)
from admit.door.answer import Guest, ScannedTicket, guest_of, scanned_ticket
from admit.door.device import Device, Profile
from admit.door.passages import with_scan
from admit.door.record import Moved, write_against
from admit.errors import NotFound
from admit.model import Shape
from admit.store import Contention, Table
from admit.tickets.scan import Outcome, Reason, ScanRecord, scan_id
from admit.tickets.ticket import Admission, Ticket


class UndoRequest(Shown):
    """Which scan of a ticket is taken back; a retry sends the same nonce."""

    nonce: Nonce
    scan_nonce: Nonce | None = None
    """Of the scan; without it the last one that let somebody through."""


class Undone(Shape):
    """A scan that was taken back, and how the ticket stands now."""

    ticket: ScannedTicket
    person: Guest | None
    direction: Direction
    at: Instant
    """When the scan was that was taken back."""
    device: str
    admission: Admission


def undo(table: Table, catalog: Catalog, device: Device, request: UndoRequest, now: datetime) -> Undone:
    """Take back a scan of a ticket; that of another device only a supervisor's may.

    Raises Invalid, Forbidden, NotFound, Contention.
    """
    require_shown(device, request)
    rules = rules_of(catalog, device, request.list_id)
    named = named_by(catalog, request)
    if isinstance(named, Reason):
        raise NotFound("There is no such ticket at this event.")
    by = scan_id(device.id, request.nonce)
    for _ in range(TRIES):
        ticket = read_named(table, named)
        if ticket is None or ticket.event_id != catalog.event.id or not named.is_newest(ticket):
            raise NotFound("There is no such ticket at this event.")
        done = next((one for one in ticket.scans.values() if one.undone_by == by), None)
        if done is not None:
            return _undone(ticket, device, done)
        name = _meant(ticket, device, request, rules.zone_id)
        taken_back = ticket.scans[name].model_copy(update={"outcome": Outcome.UNDONE, "undone_by": by})
        after = with_scan(ticket, name, taken_back, ZoneInfo(catalog.event.timezone))
        try:
            write_against(table, catalog, ticket, after, now, at_any_rate=True)
        except Moved:
            continue
        return _undone(after, device, taken_back)
    raise Contention


def _meant(ticket: Ticket, device: Device, request: UndoRequest, zone_id: str) -> str:
    """Return what names the scan that is to be taken back. Raises NotFound, Forbidden."""
    counting = {
        name: scan
        for name, scan in ticket.scans.items()
        if scan.outcome is Outcome.ADMITTED and scan.zone_id == zone_id
    }
    name = (
        scan_id(device.id, request.scan_nonce)
        if request.scan_nonce is not None
        else max(counting, key=lambda name: counting[name].at, default="")
    )
    if name not in counting:
        raise NotFound("There is nothing to take back: nobody went through with this ticket last.")
    if counting[name].device_id != device.id:
        device.require(Profile.SUPERVISOR)
    return name


def _undone(ticket: Ticket, device: Device, scan: ScanRecord) -> Undone:
    return Undone(
        ticket=scanned_ticket(ticket),
        person=guest_of(ticket, device),
        direction=Direction.OUT if scan.out else Direction.IN,
        at=scan.at,
        device=scan.device_name,
        admission=ticket.admission,
    )
