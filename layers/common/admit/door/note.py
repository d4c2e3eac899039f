"""What the organizer has to say to the door about a ticket."""

from typing import Annotated

from pydantic import StringConstraints

from admit import ids, keys
from admit.errors import NotFound
from admit.model import ONE_LINE, Shape
from admit.store import ConditionFailed, Table, Update
from admit.tickets.ticket import Ticket

type DoorNote = Annotated[str, StringConstraints(max_length=200), ONE_LINE]


class TicketNotePatch(Shape):
    attention: bool | None = None
    """Whether the door shall look twice, at the ticket or at who comes with it."""
    note: DoorNote | None = None
    """Shown at each scan; empty takes it off."""


class TicketNote(Shape):
    ticket_id: str
    attention: bool
    note: str


def set_note(table: Table, event_id: str, ticket_id: str, patch: TicketNotePatch) -> TicketNote:
    """Change what the door is told of a ticket. Raises NotFound."""
    try:
        order_id, number = ids.split_ticket_id(ticket_id)
    except ValueError as exc:
        raise NotFound("There is no such ticket.") from exc
    asked = patch.model_dump(exclude_none=True)
    # What says nothing is not stored: a ticket that fits in one unit is written for one.
    said = {name: value for name, value in asked.items() if value}
    gone = [name for name in asked if name not in said]
    # Written anew where nothing is named, so that there is one way to look at it.
    sets = ", ".join([f"#{name} = :{name}" for name in said] or ["event_id = :event_id"])
    removes = f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""
    # False for a ticket of another event, and for what is no ticket.
    of_this_event = "event_id = :event_id"
    try:
        stored = table.write(
            Update(
                keys.ticket(order_id, number),
                f"SET {sets}{removes}",
                of_this_event,
                said | {"event_id": event_id},
            )
        )
    except ConditionFailed as failed:
        raise NotFound("There is no such ticket.") from failed
    ticket = Ticket.of(stored)
    return TicketNote(ticket_id=ticket.id, attention=ticket.attention, note=ticket.note)
