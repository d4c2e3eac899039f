"""What a door knows of a ticket while it has no network."""

from datetime import UTC, datetime
from typing import Any, Self

from admit.catalog.badge import PersonRole
from admit.model import Entity
from admit.tickets.ticket import Ticket, TicketStatus

_SHORT = {
    "tier": "k",
    "name": "n",
    "company": "c",
    "title": "t",
    "role": "r",
    "seat": "s",
    "section": "e",
    "status": "x",
    "offered_until": "o",
    "unpaid": "u",
    "attention": "a",
    "notes": "m",
    "inside": "i",
    "entered": "w",
    "scanned_at": "l",
}
_LONG = {short: name for name, short in _SHORT.items()}


class RosterEntry(Entity):
    """One ticket. Times are milliseconds since 1970; what says nothing is left out of its JSON."""

    tier: int
    """Index among the tiers that the answer with the roster names."""
    name: str | None = None
    company: str | None = None
    title: str | None = None
    role: PersonRole | None = None
    seat: str | None = None
    """As people find it."""
    section: str | None = None
    """Id of the seat's section."""
    status: TicketStatus = TicketStatus.VALID
    offered_until: int | None = None
    """Until when somebody may accept it, to whom it is being passed on."""
    unpaid: bool = False
    attention: bool = False
    notes: list[str] = []
    inside: dict[str, str] = {}
    """The zones that its holder is in, each with the id of the gate that he took, or nothing."""
    entered: dict[str, int] = {}
    scanned_at: int | None = None
    """When somebody last went through a door with it, if that was later than he last went in."""

    def short(self) -> dict[str, Any]:
        """Return what its JSON says, by short names."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        return {_SHORT[name]: value for name, value in said.items()}

    @classmethod
    def of_short(cls, said: dict[str, Any]) -> Self:
        """Read what `short` has returned."""
        return cls.model_validate({_LONG[name]: value for name, value in said.items()})


def entry_of(ticket: Ticket, tier: int) -> RosterEntry:
    """Return the entry of a ticket whose tier has this index."""
    holder = ticket.holder
    entered = {zone: _milliseconds(at) for zone, at in ticket.entered.items()}
    scanned_at = _milliseconds(ticket.scanned_at) if ticket.scanned_at else None
    return RosterEntry(
        tier=tier,
        name=holder.name if holder else None,
        company=holder.company if holder else None,
        title=holder.title if holder else None,
        role=ticket.role,
        seat=ticket.seat_text,
        section=ticket.seat.id.partition("-")[0] if ticket.seat else None,
        status=ticket.status,
        offered_until=_milliseconds(ticket.transfer.until) if ticket.transfer else None,
        unpaid=ticket.unpaid,
        attention=ticket.attention or bool(ticket.person_note),
        notes=[note for note in (ticket.note, ticket.person_note) if note],
        inside=ticket.inside,
        entered=entered,
        scanned_at=scanned_at if scanned_at != max(entered.values(), default=None) else None,
    )


def tells_anew(before: Ticket | None, after: Ticket) -> bool:
    """Say whether the roster has to tell of a change of a ticket."""
    if before is None or (before.revision, before.tier_id) != (after.revision, after.tier_id):
        return True
    return entry_of(before, 0) != entry_of(after, 0)


def _milliseconds(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1000)
