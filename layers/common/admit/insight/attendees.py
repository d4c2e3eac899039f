"""The attendee list: persons of an event with the tickets that they have."""

from collections.abc import Sequence

from admit import keys
from admit.ids import split_ticket_id
from admit.model import Shape
from admit.people.edit_person import PersonView, person_views
from admit.people.person import Person
from admit.store import Table
from admit.tickets.ticket import Admission, Ticket, TicketStatus

MOST_TOLD = 20
"""Tickets that are told of each person; `tickets` names all."""


class HeldTicketBrief(Shape):
    id: str
    tier_id: str
    tier_title: str
    seat: str | None
    status: TicketStatus
    admission: Admission
    entries: int


class AttendeeView(PersonView):
    held: list[HeldTicketBrief]
    """His first tickets, as they are now."""


def attendee_views(table: Table, persons: Sequence[Person]) -> list[AttendeeView]:
    """Show persons with their tickets: one read for a hundred persons, and one for a hundred tickets."""
    wanted = [
        keys.ticket(*split_ticket_id(ticket_id))
        for person in persons
        for ticket_id in person.tickets[:MOST_TOLD]
    ]
    tickets = {ticket.id: ticket for ticket in map(Ticket.of, table.get_many(wanted))}
    return [
        AttendeeView(
            **dict(view),
            held=[
                _brief(tickets[ticket_id]) for ticket_id in view.tickets[:MOST_TOLD] if ticket_id in tickets
            ],
        )
        for view in person_views(table, persons)
    ]


def _brief(ticket: Ticket) -> HeldTicketBrief:
    return HeldTicketBrief(
        id=ticket.id,
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        seat=ticket.seat_text,
        status=ticket.status,
        admission=ticket.admission,
        entries=ticket.entries,
    )
