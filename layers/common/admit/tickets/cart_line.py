"""A line of a distribution cart: the tickets that are meant for one guest, who has not got them yet.

A ticket stands in one line at most: its own `allocation` says in which, and both are written together. So
whatever moves a ticket on a way beside the cart takes it off its line in the same transaction.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from admit import keys
from admit.clock import Instant
from admit.model import Email, Entity
from admit.people.person import Holder
from admit.store import Key, Put, Table
from admit.tickets.ticket import Allocation, Ticket, TicketStatus

NOBODY = "nobody"
"""The line of tickets that were chosen before their guests."""
HOLDER = "holder"
"""Who has acted, when somebody has taken a ticket that was his to take: only its own history names him."""
# Longer than a request is sent again, and than the stream keeps a record.
_LEFT_LIFE = timedelta(days=7)
_MOST_SERVED = 8


class Step(StrEnum):
    """What was done to a line."""

    ADDED = "added"
    """The guest came into the cart."""
    REMOVED = "removed"
    """The guest left the cart, and his tickets are free again."""
    ALLOCATED = "allocated"
    DISTRIBUTED = "distributed"
    MOVED = "moved"
    """A ticket was given or taken back on a way beside the cart."""
    FOLLOWED = "followed"
    """What the line shows was brought up to date; nobody has done anything."""


class Act(Entity):
    """One change of a line: who has made it, on whose behalf, and with which tickets."""

    step: Step
    at: Instant
    actor: str
    """Address of the relay who has acted, or of the organizer's member who has moved a ticket; `holder` where
    somebody has taken one himself, `system` for what follows from something else."""
    acting_for: str | None = None
    """Address of the relay whose cart it is, when a colleague has acted."""
    added: list[str] = []
    """Ids of the tickets that came into the line."""
    removed: list[str] = []
    """Ids of those that left it without being distributed."""
    distributed: dict[str, int] = {}
    """Tickets that went to the guest with this write, by id: the revision that each has since."""
    former: dict[str, Holder] = {}
    """Who had those of them that somebody had before."""
    distribution: str | None = None
    """Of the request that has distributed them."""
    complete: bool = True
    """Whether the guest has all of that distribution, and is to be told."""


class Served(Entity):
    """What a guest got by a distribution that was complete for him."""

    distribution: str
    tickets: list[str]


class Received(Entity):
    """Tickets of a guest that went to who he is at their event, by another address or name than his contact
    has."""

    holder: Holder
    tickets: list[str]


class LineTicket(Entity):
    """A ticket as its line shows it; what is decided is decided on the ticket itself."""

    id: str
    event_id: str
    tier_id: str
    tier_title: str
    seat: str | None = None
    seat_id: str | None = None
    held_by: Holder | None = None
    """Who has it until it is distributed anew, by name and address: a line holds 500 tickets."""
    downloaded: bool = False
    """Whether he has fetched its code."""
    fault: str | None = None
    """Why it can't be distributed as it is, such as `cancelled`."""

    @classmethod
    def of_ticket(cls, ticket: Ticket) -> Self:
        return cls(
            id=ticket.id,
            event_id=ticket.event_id,
            tier_id=ticket.tier_id,
            tier_title=ticket.tier_title,
            seat=ticket.seat.text if ticket.seat else None,
            seat_id=ticket.seat.id if ticket.seat else None,
            held_by=Holder(email=ticket.holder.email, name=ticket.holder.name) if ticket.holder else None,
            downloaded=ticket.is_downloaded,
            fault=_fault(ticket),
        )


class Line(Entity):
    """A guest in a cart with the tickets that are meant for him."""

    company_id: str
    relay: Email
    """Whose cart it is."""
    contact_id: str
    email: str = ""
    """Of the guest, as his contact says; empty in the line of nobody."""
    name: str = ""
    tickets: list[LineTicket] = []
    sent: list[str] = []
    """Ids of the tickets that this guest got by a distribution that is not complete yet."""
    received: list[Received] = []
    """Who got tickets of the present distribution, or of the last, by another address or name than the
    guest's."""
    served: list[Served] = []
    """The last several, the latest at the end. They stay with who comes into the cart again, so that a
    request sent again is answered as before."""
    added_at: Instant
    act: Act
    left: bool = False
    """Whether the guest stands in the cart no more; what is left is a mark of how he left it."""
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.cart_line(self.company_id, self.relay, self.contact_id)

    @property
    def allocation(self) -> Allocation:
        """What each of its tickets says of it."""
        return Allocation(relay=self.relay, contact_id=self.contact_id)

    def receiver(self, ticket_id: str) -> Holder:
        """Return who got a ticket of the line that was distributed: the guest, as its event knows him."""
        others = (one.holder for one in self.received if ticket_id in one.tickets)
        return next(others, None) or Holder(email=self.email, name=self.name)

    def served_by(self, distribution: str) -> Served | None:
        """Return what the guest got by a distribution, None when it was not complete for him, or long ago."""
        return next((one for one in self.served if one.distribution == distribution), None)

    def with_served(self, served: Served) -> Self:
        return self.model_copy(update={"served": [*self.served, served][-_MOST_SERVED:]})

    def with_tickets(self, more: Iterable[LineTicket]) -> Self:
        return self.model_copy(update={"tickets": [*self.tickets, *more]})

    def without(self, ticket_ids: Collection[str]) -> Self:
        rest = [ticket for ticket in self.tickets if ticket.id not in ticket_ids]
        return self.model_copy(update={"tickets": rest})

    def put(self) -> Put:
        """Return the write that adds the line; false when it is there."""
        mark = {"ttl": int((self.act.at + _LEFT_LIFE).timestamp())} if self.left else {}
        return Put(self.key, {"kind": "cart_line", **self.attributes(), **mark})

    def written_over(self, read: "Line | None") -> Self:
        """Return the line as it is stored in place of the one that was read, if one was."""
        served = self.served or (read.served if read else [])
        return self.model_copy(update={"version": read.version + 1 if read else 1, "served": served})

    def over(self, read: "Line | None") -> Put:
        """Return the write that makes the line that was read, if one was, into this one."""
        after = self.written_over(read).put()
        if read is None:
            return after
        # False when the line was changed since it was read.
        unchanged = "version = :version_read"
        return Put(after.key, after.item, condition=unchanged, values={"version_read": read.version})


def taken_off(table: Table, ticket: Ticket, *, actor: str, now: datetime) -> list[Put]:
    """Return the write that takes a ticket off its line, if it stands in one; false when the line changes."""
    if ticket.allocation is None or ticket.company_id is None:
        return []
    allocation = ticket.allocation
    item = table.get(keys.cart_line(ticket.company_id, allocation.relay, allocation.contact_id))
    if item is None:
        return []
    line = Line.of(item)
    act = Act(step=Step.MOVED, at=now, actor=actor, removed=[ticket.id])
    return [line.without([ticket.id]).model_copy(update={"act": act}).over(line)]


def _fault(ticket: Ticket) -> str | None:
    if ticket.status is not TicketStatus.VALID:
        return ticket.status
    return "used" if ticket.entries else None
