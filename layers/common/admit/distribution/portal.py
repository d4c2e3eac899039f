"""The tickets a company owns, as its relays see them: what has become of each, and whose it may yet be."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from admit import ids, keys
from admit.catalog.event import Event
from admit.errors import Invalid
from admit.model import Shape
from admit.people.person import Holder
from admit.store import ALL, Table, Within
from admit.tickets.hand_over import MOST_AT_ONCE, Hand, can_take_back
from admit.tickets.ticket import Ticket, TicketStatus

_PAGE = 100
_MOST_LOOKED_AT = 1_000
"""Tickets that are looked through for one page; what is left is found by its cursor."""
_WALKED = 500


class PortalState(StrEnum):
    """How far a ticket is; of several that hold, the last one counts."""

    NOT_DISTRIBUTED = "not_distributed"
    ALLOCATED = "allocated"
    """Meant for a guest of a cart, who has not got it."""
    DISTRIBUTED = "distributed"
    """Somebody has it."""
    DOWNLOADED = "downloaded"
    """Somebody has it, and has fetched its code."""
    USED = "used"


class AllocatedTo(Shape):
    """The guest whom a ticket is meant for, and in whose cart."""

    contact_id: str
    relay: str


class PortalTicket(Shape):
    id: str
    event_id: str
    tier_id: str
    tier_title: str
    seat: str | None
    """What is written on it, such as "Stalls · 12 · 7"."""
    seat_id: str | None
    state: PortalState
    holder: Holder | None
    cart_guest: AllocatedTo | None


class CompanyTicket(PortalTicket):
    status: TicketStatus
    take_back_possible: bool
    """Whether who looks could take it from who has it now."""


class TakeBackRequest(Shape):
    tickets: Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Wanted(NamedTuple):
    """Which tickets of a company are looked for. Those that are cancelled are never among them."""

    event_id: str | None = None
    state: PortalState | None = None
    tier_id: str | None = None
    text: str = ""
    """A part of a name, an address, a company, a seat or the ticket's number."""

    @property
    def some(self) -> bool:
        """Whether of what is read only a part may be wanted."""
        return self.state is not None or self.tier_id is not None or bool(self.text)

    def fits(self, ticket: Ticket) -> bool:
        return (
            ticket.status is not TicketStatus.CANCELLED
            and self.event_id in (None, ticket.event_id)
            and self.state in (None, portal_state(ticket))
            and self.tier_id in (None, ticket.tier_id)
            and self.text.strip().casefold() in _told(ticket)
        )


class TicketPage(NamedTuple):
    tickets: list[Ticket]
    cursor: str | None


def portal_state(ticket: Ticket) -> PortalState:
    if ticket.entries:
        return PortalState.USED
    if ticket.holder is not None:
        return PortalState.DOWNLOADED if ticket.is_downloaded else PortalState.DISTRIBUTED
    return PortalState.ALLOCATED if ticket.allocation else PortalState.NOT_DISTRIBUTED


def portal_ticket(ticket: Ticket, event: Event, hand: Hand, now: datetime) -> CompanyTicket:
    """Show a ticket to whose hand this is."""
    allocation = ticket.allocation
    return CompanyTicket(
        id=ticket.id,
        event_id=ticket.event_id,
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        seat=ticket.seat_text,
        seat_id=ticket.seat.id if ticket.seat else None,
        state=portal_state(ticket),
        holder=ticket.holder,
        cart_guest=AllocatedTo(contact_id=allocation.contact_id, relay=allocation.relay)
        if allocation
        else None,
        status=ticket.status,
        take_back_possible=can_take_back(ticket, event, hand, now),
    )


def tickets_of_company(table: Table, company_id: str, wanted: Wanted) -> Iterator[Ticket]:
    """Give the tickets of a company that are wanted, by event."""
    after: str | None = None
    while True:
        stretch = _stretch(table, company_id, wanted.event_id, after, _WALKED)
        yield from (ticket for ticket in stretch.tickets if wanted.fits(ticket))
        after = stretch.after
        if after is None:
            return


def page_of_company(
    table: Table, company_id: str, wanted: Wanted, *, limit: int, cursor: str | None
) -> TicketPage:
    """Return one page of the tickets of a company that are wanted, by event.

    It is read on until the page is full, up to a thousand tickets; then less than a page may come, and the
    cursor says where to go on. Raises Invalid.
    """
    found: list[Ticket] = []
    after = _read_cursor(cursor, wanted.event_id) if cursor is not None else None
    looked_at = 0
    while True:
        stretch = _stretch(table, company_id, wanted.event_id, after, _PAGE if wanted.some else limit)
        fitting = [ticket for ticket in stretch.tickets if wanted.fits(ticket)]
        room = limit - len(found)
        found += fitting[:room]
        if len(fitting) > room or (len(fitting) == room and stretch.after is not None):
            last = found[-1]
            return TicketPage(found, _write_cursor(keys.by_event(last.event_id, last.id)))
        looked_at += len(stretch.tickets)
        after = stretch.after
        if after is None:
            return TicketPage(found, None)
        if looked_at >= _MOST_LOOKED_AT:
            return TicketPage(found, _write_cursor(after))


class _Stretch(NamedTuple):
    tickets: list[Ticket]
    after: str | None
    """Where the next one begins, None at the end."""


def _stretch(table: Table, company_id: str, event_id: str | None, after: str | None, most: int) -> _Stretch:
    """Read the next of a company's tickets in the order of their index, of one event or of all."""
    begins = keys.by_event(event_id) if event_id else ""
    within = Within(above=after) if after else Within(prefix=begins) if begins else ALL
    read = table.find("gsi3", keys.tickets_owned_by(company_id), limit=most, within=within)
    entries = [entry for entry in read.entries if entry.sort_key.startswith(begins)]
    tickets = [Ticket.of(item) for item in table.get_many([entry.key for entry in entries])]
    over = read.cursor is None or len(entries) < len(read.entries)
    return _Stretch(tickets, None if over else entries[-1].sort_key)


def _write_cursor(place: str) -> str:
    """Return a place in the index as what an address can hold as it is."""
    return place.replace("#", "~")


def _read_cursor(cursor: str, event_id: str | None) -> str:
    """Return the place in the index that a cursor names. Raises Invalid."""
    event, _, ticket_id = cursor.partition("~")
    try:
        ids.split_ticket_id(ticket_id)
    except ValueError as exc:
        raise Invalid.field("cursor", "is not one that a list has answered") from exc
    if event_id not in (None, event):
        raise Invalid.field("cursor", "is not one that this list has answered")
    return keys.by_event(event, ticket_id)


def _told(ticket: Ticket) -> str:
    """Return what a ticket is found by, in lower case."""
    holder = ticket.holder
    who = [holder.name, holder.email, holder.company or ""] if holder else []
    code = f"{ids.order_code(ticket.order_id)}-{ticket.number}"
    return "\n".join([ticket.id, code, ticket.seat_text or "", *who]).casefold()
