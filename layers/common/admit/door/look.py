"""How a ticket stands at a door before anybody goes through with it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from admit.catalog.catalog import Catalog
from admit.door.admit import Direction, against, rules_of, scan_of
from admit.door.answer import Guest, ScannedTicket, guest_of, scanned_ticket
from admit.door.device import Device, Profile
from admit.door.record import Attempt, Named
from admit.errors import Forbidden
from admit.model import Shape
from admit.tickets.scan import Reason
from admit.tickets.ticket import Admission, Ticket, TicketStatus

_JUST = timedelta(minutes=15)


class SeenTicket(Shape):
    """A ticket as staff see it, and whether it would be let in here and now."""

    ticket: ScannedTicket
    person: Guest | None
    seat: str | None
    status: TicketStatus
    admission: Admission
    entries: int
    attention: bool
    here: bool
    """Whether one of the device's lists, or the one that was named, would let it in."""
    reason: Reason | None
    """Why not."""


def seen(
    catalog: Catalog, device: Device, ticket: Ticket, now: datetime, list_id: str | None = None
) -> SeenTicket:
    """Return how a ticket stands at a device, by one of its lists or by any. Raises Invalid."""
    list_ids = device.list_ids if list_id is None else [list_id]
    if list_id is None and (there := [one for one in list_ids if one in catalog.lists]):
        list_ids = there
    reasons = [_against(catalog, device, ticket, now, one) for one in list_ids]
    here = None in reasons
    return SeenTicket(
        ticket=scanned_ticket(ticket),
        person=guest_of(ticket, device),
        seat=ticket.seat_text,
        status=ticket.status,
        admission=ticket.admission,
        entries=ticket.entries,
        attention=ticket.attention or bool(ticket.person_note),
        here=here,
        reason=None if here else reasons[0],
    )


def _against(catalog: Catalog, device: Device, ticket: Ticket, now: datetime, list_id: str) -> Reason | None:
    rules = rules_of(catalog, device, list_id)
    scan = scan_of(device, rules, Direction.IN, now)
    return against(catalog, ticket, Attempt("", scan, rules, Named(ticket.order_id, ticket.number, None)))


def require_known(device: Device, tickets: Collection[Ticket], now: datetime) -> None:
    """Raise Forbidden unless a device may search, or one of these tickets was just shown to it.

    Who shows a code that another one has taken the place of has not shown the ticket, and what a device says
    that it was shown without a network proves nothing.
    """
    shown = any(
        scan.device_id == device.id
        and not scan.offline
        and now - scan.at < _JUST
        and scan.reason is not Reason.SUPERSEDED
        for ticket in tickets
        for scan in ticket.scans.values()
    )
    if not shown and not device.may(Profile.SEARCH):
        raise Forbidden("This device only scans codes; scan one of these tickets first.")
