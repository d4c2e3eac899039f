"""The tickets a company owns, as its relays see them."""

from enum import StrEnum

from admit.model import Shape
from admit.people.person import Holder
from admit.tickets.ticket import Ticket


class PortalState(StrEnum):
    NOT_DISTRIBUTED = "not_distributed"
    DISTRIBUTED = "distributed"
    USED = "used"


class PortalTicket(Shape):
    id: str
    event_id: str
    tier_id: str
    tier_title: str
    seat: str | None
    state: PortalState
    holder: Holder | None


def portal_ticket(ticket: Ticket) -> PortalTicket:
    return PortalTicket(
        id=ticket.id,
        event_id=ticket.event_id,
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        seat=None,
        state=_state(ticket),
        holder=ticket.holder,
    )


def _state(ticket: Ticket) -> PortalState:
    if ticket.entries:
        return PortalState.USED
    return PortalState.DISTRIBUTED if ticket.holder else PortalState.NOT_DISTRIBUTED
