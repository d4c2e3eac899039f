"""What the pass of a ticket says, in whichever wallet it is.

A pass belongs to one revision of its ticket, as the credential does: once the ticket has changed hands, the
pass of the former holder is void and says nothing of the new one.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from admit import keys
from admit.catalog.event import Event, EventStatus, Venue
from admit.clock import Instant
from admit.errors import NotFound, WrongState
from admit.ids import digest, order_code, split_ticket_id
from admit.model import Entity
from admit.seating.seat import SeatPlace
from admit.store import Table
from admit.tickets.ticket import Ticket, TicketStatus


class PassContent(Entity):
    serial: str
    event_id: str
    event_title: str
    seller: str
    """Who the pass is from, as wallets show it."""
    venue: Venue | None
    starts_at: Instant
    ends_at: Instant
    timezone: str
    language: str
    tier_title: str
    seat: SeatPlace | None
    code: str
    """What people read to each other."""
    holder_name: str | None
    company: str | None
    void: bool

    @property
    def mark(self) -> str:
        """What tells this content from any other, of this pass or another: 16 characters."""
        return digest("pass", self.model_dump_json())[:16]

    def local(self, at: datetime) -> str:
        """Write a time in the event's zone, with its offset: 2027-06-03T09:00+02:00."""
        return at.astimezone(ZoneInfo(self.timezone)).isoformat(timespec="minutes")


def pass_serial(ticket_id: str, revision: int) -> str:
    """Return the name of the pass of one revision of a ticket, the same in every wallet."""
    return f"{ticket_id}-{revision}"


def read_serial(serial: str) -> tuple[str, int]:
    """Return the ticket's id and the revision that a pass is of. Raises NotFound for another text."""
    ticket_id, _, revision = serial.rpartition("-")
    try:
        split_ticket_id(ticket_id)
    except ValueError as exc:
        raise NotFound("There is no such pass.") from exc
    if not (revision.isascii() and revision.isdigit() and len(revision) <= 4):
        raise NotFound("There is no such pass.")
    return ticket_id, int(revision)


class Pass(NamedTuple):
    """The pass of one revision of a ticket, as it stands."""

    ticket: Ticket
    revision: int
    event: Event
    content: PassContent


def pass_content(ticket: Ticket, revision: int, event: Event) -> PassContent:
    """Return what the pass of a revision of a ticket says now. Raises NotFound for one yet to come."""
    if revision > ticket.revision:
        raise NotFound("There is no such pass.")
    present = revision == ticket.revision
    holder = ticket.holder if present else None
    valid = ticket.status is TicketStatus.VALID and event.status is not EventStatus.CANCELLED
    return PassContent(
        serial=pass_serial(ticket.id, revision),
        event_id=event.id,
        event_title=event.title,
        seller=event.seller.name if event.seller else event.title,
        venue=event.venue,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        timezone=event.timezone,
        language=event.language,
        tier_title=ticket.tier_title,
        seat=ticket.seat if present else None,
        code=f"{order_code(ticket.order_id)}-{ticket.number}",
        holder_name=holder.name if holder else None,
        company=holder.company if holder else None,
        void=not (present and valid),
    )


def new_pass(ticket: Ticket, event: Event) -> Pass:
    """Return the pass that is put into a wallet now. Raises WrongState for a ticket that is not valid."""
    content = pass_content(ticket, ticket.revision, event)
    if content.void:
        raise WrongState("This ticket is not valid now.")
    return Pass(ticket, ticket.revision, event, content)


def pass_of(table: Table, serial: str, event_of: Callable[[str], Event]) -> Pass:
    """Read how the pass of a serial stands. Raises NotFound."""
    passes = passes_of(table, [serial], event_of)
    if not passes:
        raise NotFound("There is no such pass.")
    return passes[0]


def passes_of(table: Table, serials: Sequence[str], event_of: Callable[[str], Event]) -> list[Pass]:
    """Read how the passes of serials stand, but those whose tickets are not there. Raises NotFound."""
    revisions = [read_serial(serial) for serial in serials]
    rows = dict.fromkeys(keys.ticket(*split_ticket_id(ticket_id)) for ticket_id, _ in revisions)
    tickets = {ticket.id: ticket for ticket in map(Ticket.of, table.get_many(list(rows)))}
    passes = []
    for ticket_id, revision in revisions:
        if ticket := tickets.get(ticket_id):
            event = event_of(ticket.event_id)
            passes.append(Pass(ticket, revision, event, pass_content(ticket, revision, event)))
    return passes
