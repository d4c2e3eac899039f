"""A ticket: one admission, made from an order that is settled. Its item also carries the admission itself."""

from datetime import datetime
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from admit import ids, keys
from admit.catalog.badge import PersonRole
from admit.catalog.offer import Offer
from admit.catalog.zone import MAIN_ZONE
from admit.clock import Instant
from admit.errors import NotFound
from admit.model import Entity
from admit.orders.order import Order
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.store import Put, Table
from admit.tickets.scan import ScanRecord, Settled

_LEFT_OUT = ("quiet", "grants", "unpaid", "attention", "note", "person_note", "printed")
"""What is stored only if it says anything."""
MOST_REVISIONS = 1 << 12
"""As many as a credential can tell apart."""


class TicketStatus(StrEnum):
    VALID = "valid"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class Admission(StrEnum):
    OUT = "out"
    IN = "in"


class Images(StrEnum):
    """Whether the pictures show the present revision; a stale ticket is drawn anew from the stream."""

    DRAWN = "drawn"
    STALE = "stale"


class GrantState(StrEnum):
    """How far a perk is: a pending one waits to be claimed."""

    PENDING = "pending"
    GRANTED = "granted"
    CLAIMED = "claimed"
    REVOKED = "revoked"


class Grant(Entity):
    """One perk that came with a ticket. It stays with the ticket, whoever holds it."""

    offer: Offer
    state: GrantState


class OpenTransfer(Entity):
    """An offer of a ticket to somebody, which he has not answered; until then it admits nobody."""

    sequence: int
    to: str
    until: Instant


class Allocation(Entity):
    """The line of a cart that a ticket stands in: meant for a guest, who has not got it."""

    relay: str
    """Whose cart it is, by address."""
    contact_id: str
    """Of the guest."""


class Ticket(Entity):
    order_id: str
    number: int
    event_id: str
    shard: int
    tier_id: str
    tier_title: str
    status: TicketStatus = TicketStatus.VALID
    revision: int = 0
    """Counts the changes of holder; only the newest admits."""
    images: Images = Images.DRAWN
    drawn: str | None = None
    """What tells its pictures from others: what would look the same is not drawn again."""
    holder: Holder | None = None
    """What is shown of the person who attends; the person himself is `person_id`."""
    person_id: str | None = None
    """Of the holder, once he is among the persons of the event."""
    role: PersonRole | None = None
    """As what he attends."""
    buyer_email: str
    owner_email: str | None = None
    """Who controls it since he accepted it; before, that is the company or the buyer of its order."""
    transfer: OpenTransfer | None = None
    offers: int = 0
    """How often it was offered to somebody."""
    passed_on: int = 0
    """How often such an offer was accepted."""
    quiet: bool = False
    """Whether its first holder is not mailed about it."""
    company_id: str | None = None
    seat: SeatPlace | None = None
    reseated: int = 0
    """How often it was given a seat, or another one, after it was made."""
    allocation: Allocation | None = None
    """Where it stands in a cart of its company; in one line at most."""
    distribution: str | None = None
    """Of the distribution that brought it to its holder, who is told of all that came with it at once."""
    downloaded: int | None = None
    """The revision whose code or badge its holder has fetched, or whose former one, under another name."""
    grants: list[Grant] = []
    event_ends_at: Instant
    event_change: int = 0
    """The event's revision that it follows."""
    event_moved: int = 0
    """The event's revision that last gave it another date or place."""
    unpaid: bool = False
    """Whether it was given out before its order was paid, and that is not paid yet."""
    attention: bool = False
    """Whether the door shall look twice, at the ticket or at who comes with it."""
    note: str = ""
    """For the door, about the ticket."""
    person_note: str = ""
    """For the door, about its holder; with it the door looks twice as well."""
    printed: list[str] = []
    """What names each time that its badge was printed at a door."""
    entries: int = 0
    """How often somebody went in with it, into any zone."""
    inside: dict[str, str] = {}
    """The zones that its holder is in, each with the id of the gate that he took, or nothing."""
    entered: dict[str, Instant] = {}
    """When he last went into a zone."""
    scans: dict[str, ScanRecord] = {}
    """The last attempts to use it, by what names them."""
    settled: Settled | None = None
    scanned_at: Instant | None = None
    """When somebody last went through a door with it."""
    scan_count: int = 0
    """Counts the changes that doors make."""

    @property
    def id(self) -> str:
        return ids.ticket_id(self.order_id, self.number)

    @property
    def qr_name(self) -> str:
        """Name of its QR code in the bucket, of this revision alone."""
        return f"tickets/{self.id}/{self.revision}/qr.png"

    @property
    def badge_name(self) -> str:
        return f"tickets/{self.id}/{self.revision}/badge.png"

    @property
    def labels(self) -> int:
        """How often its badge was printed at a door."""
        return len(self.printed)

    @property
    def admission(self) -> Admission:
        """Whether its holder is at the event."""
        return Admission.IN if MAIN_ZONE in self.inside else Admission.OUT

    @property
    def owner(self) -> str:
        """The address of who controls it; of a company's ticket its relays do so too."""
        return self.owner_email or self.buyer_email

    @property
    def seat_text(self) -> str | None:
        """Its seat as people find it, if it has one."""
        return self.seat.text if self.seat else None

    @property
    def is_downloaded(self) -> bool:
        """Whether who has it has fetched its code or badge, or a pass of it."""
        return self.holder is not None and self.downloaded == self.revision

    def found_by(self, holder: Holder | None, owner: str | None = None) -> dict[str, str]:
        """Return the index attributes by which who has it finds it, when this one is its holder.

        A ticket of nobody is found by its owner; a company's is found by the company.
        """
        with_whom = holder.email if holder else None if self.company_id else owner or self.owner
        if with_whom is None:
            return {}
        return {
            "gsi4pk": keys.tickets_with(with_whom),
            "gsi4sk": keys.by_time(self.event_ends_at, self.id),
        }

    def offered(self, now: datetime) -> bool:
        """Whether somebody may still accept it."""
        return self.transfer is not None and now < self.transfer.until

    def attributes(self) -> dict[str, Any]:
        """Return what is stored of it: a door writes it for one unit while it is within 1 KB."""
        kept = super().attributes() | {"scans": {name: scan.stored() for name, scan in self.scans.items()}}
        return {name: value for name, value in kept.items() if value or name not in _LEFT_OUT}

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.tickets_of_event(self.event_id, self.shard),
            "gsi1sk": self.id,
            **self.found_by(self.holder),
        }
        if self.company_id is not None:
            indexes["gsi3pk"] = keys.tickets_owned_by(self.company_id)
            indexes["gsi3sk"] = keys.by_event(self.event_id, self.id)
        elif self.owner_email is not None:
            indexes["gsi3pk"] = keys.tickets_owned_by_person(self.owner_email)
            indexes["gsi3sk"] = keys.by_time(self.event_ends_at, self.id)
        return Put(
            keys.ticket(self.order_id, self.number), {"kind": "ticket", **self.attributes(), **indexes}
        )


def with_seat(title: str, seat: SeatPlace | None) -> str:
    """Return what a ticket is called by its tier's title, and by its seat if it has one."""
    return f"{title}, {seat.text}" if seat else title


def tickets_from(order: Order) -> list[Ticket]:
    """Return the tickets of an order by number, which counts from 1 through its lines, but the cancelled."""
    lines = [line for line in order.lines for _ in range(line.quantity)]
    seats = {claim.ticket: claim.place for claim in order.seats}
    return [
        Ticket(
            order_id=order.id,
            number=number,
            event_id=order.event_id,
            shard=order.shard,
            tier_id=line.tier_id,
            tier_title=line.tier_title,
            status=TicketStatus.SUSPENDED if order.suspended else TicketStatus.VALID,
            holder=holder.holder if holder else None,
            buyer_email=order.buyer.email,
            quiet=order.quiet,
            company_id=order.company_id,
            seat=seats.get(number),
            grants=[
                Grant(offer=offer, state=GrantState.GRANTED if offer.auto else GrantState.PENDING)
                for offer in line.offers
            ],
            event_ends_at=order.event_ends_at,
            unpaid=order.awaits_money,
        )
        for number, (line, holder) in enumerate(zip_longest(lines, order.holders[: len(lines)]), start=1)
        if number not in order.cancelled
    ]


def order_and_tickets(table: Table, order_id: str) -> tuple[Order, list[Ticket]]:
    """Read an order and the tickets that came of it, by number, with one query. Raises NotFound."""
    items = table.query(keys.order(order_id).pk)
    orders = [Order.of(item) for item in items if item["kind"] == "order"]
    if not orders:
        raise NotFound("There is no such order.")
    return orders[0], [Ticket.of(item) for item in items if item["kind"] == "ticket"]


def tickets_of(table: Table, order_id: str) -> list[Ticket]:
    """Read the tickets of an order, by number."""
    key = keys.ticket(order_id, 0)
    return [Ticket.of(item) for item in table.query(key.pk, "TICKET#")]


def load_ticket(table: Table, ticket_id: str) -> Ticket:
    """Read a ticket as it is now. Raises NotFound."""
    try:
        order_id, number = ids.split_ticket_id(ticket_id)
    except ValueError as exc:
        raise NotFound("There is no such ticket.") from exc
    item = table.get(keys.ticket(order_id, number))
    if item is None:
        raise NotFound("There is no such ticket.")
    return Ticket.of(item)
