"""The tickets a company owns, as its relays see them."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from admit import keys
from admit.model import Shape
from admit.people.person import Holder
from admit.store import ALL, Table, Within
from admit.tickets.hand_over import MOST_AT_ONCE
from admit.tickets.ticket import Ticket

_PAGE = 100


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


class TakeBackRequest(Shape):
    tickets: Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE)]


def tickets_of_company(table: Table, company_id: str, event_id: str | None) -> Iterator[Ticket]:
    """Return the tickets that a company owns, of one event or of all, by event."""
    cursor: str | None = None
    within = Within(prefix=f"{event_id}#") if event_id else ALL
    while True:
        found = table.find(
            "gsi3", keys.tickets_owned_by(company_id), limit=_PAGE, cursor=cursor, within=within
        )
        yield from (Ticket.of(item) for item in table.get_many([entry.key for entry in found.entries]))
        cursor = found.cursor
        if cursor is None:
            return


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
