"""Claim links: whoever has one gives his address and is mailed one of its nameless tickets.

A batch goes to people whom its owner does not know by name. One address takes one ticket, of the domains that
the owner has set, and the ticket goes to the mailbox: who types another's address gives it to him.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from itertools import batched
from random import Random
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import ids, keys
from admit.catalog.event import Event
from admit.catalog.whitelist import domain_of
from admit.clock import Instant, stamp
from admit.errors import AlreadyClaimed, ClaimEnded, Conflict, Invalid, NotFound, WrongDomain
from admit.model import Entity, Shape
from admit.people.person import HolderDetails, new_person
from admit.store import ConditionFailed, Put, Table, TransactionRefused, Update
from admit.tickets.hand_over import Hand, Move, known_person, move_ticket, require_in_time
from admit.tickets.ticket import Ticket, TicketStatus

_MOST_TICKETS = 1_000
_AT_ONCE = 20
type Domain = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9.-]+\.[a-z0-9-]+$", max_length=253, to_lower=True)
]


class ClaimLinkRequest(Shape):
    tickets: Annotated[list[str], Field(min_length=1, max_length=_MOST_TICKETS)]
    """Ids of the tickets to give away; one that gets a holder otherwise is left out when it comes to it."""
    domains: Annotated[list[Domain], Field(max_length=20)] = []
    """Whose addresses may take one; empty: everybody's."""
    until: Instant | None = None


class ClaimLink(Entity):
    id: str
    event_id: str
    owner: str
    """The order or the company whose tickets it gives."""
    tickets: list[str]
    domains: list[str] = []
    until: Instant
    created_by: str
    created_at: Instant
    closed: bool = False

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.claim_links_of(self.owner),
            "gsi1sk": keys.by_time(self.created_at, self.id),
        }
        return Put(keys.claim_link(self.id), {"kind": "claim_link", **self.attributes(), **indexes})


class ClaimView(Shape):
    """What who has the link sees."""

    id: str
    event_id: str
    tier_title: str
    left: int
    domains: list[str]
    until: Instant
    open: bool


class ClaimLinkView(ClaimView):
    """What who has made it sees beside that."""

    url: str
    tickets: list[str]
    created_by: str
    created_at: Instant


class Claimed(Shape):
    """The answer to a claim: the ticket is in the mail."""

    sent: bool = True
    tier_title: str


def create_claim_link(
    table: Table,
    event: Event,
    request: ClaimLinkRequest,
    *,
    hand: Hand,
    owner: str,
    link_id: str,
    now: datetime,
) -> ClaimLink:
    """Make a link to tickets that are this hand's to give. Raises Invalid, which names those that are not."""
    tickets = _tickets(table, event, request.tickets)
    known = {ticket.id for ticket in tickets if hand.may(ticket)}
    if strange := [at for at, one in enumerate(request.tickets) if one not in known]:
        raise Invalid.field(f"tickets[{strange[0]}]", "is not a ticket of yours at this event")
    link = ClaimLink(
        id=link_id,
        event_id=event.id,
        owner=owner,
        tickets=list(dict.fromkeys(request.tickets)),
        domains=request.domains,
        until=request.until or event.holder_changes_until or event.ends_at,
        created_by=hand.actor,
        created_at=now,
    )
    try:
        table.write(link.put())
    except ConditionFailed as failed:
        return ClaimLink.of(failed.old or {})
    return link


def load_claim_link(table: Table, link_id: str) -> ClaimLink:
    """Read a link. Raises NotFound."""
    item = table.get(keys.claim_link(link_id))
    if item is None:
        raise NotFound("There is no such link.")
    return ClaimLink.of(item)


def claim_view(table: Table, event: Event, link: ClaimLink, now: datetime) -> ClaimView:
    free = [one for one in _tickets(table, event, link.tickets) if _free(one)]
    is_open = not link.closed and now < link.until and bool(free)
    return ClaimView(
        id=link.id,
        event_id=link.event_id,
        tier_title=free[0].tier_title if free else "",
        left=len(free),
        domains=link.domains,
        until=link.until,
        open=is_open,
    )


def close_claim_link(table: Table, link: ClaimLink) -> None:
    """Give no more tickets by a link; those that were taken stay where they are."""
    there = "attribute_exists(pk)"
    table.write(Update(keys.claim_link(link.id), "SET closed = :yes", condition=there, values={"yes": True}))


def claim(
    table: Table, event: Event, link: ClaimLink, details: HolderDetails, *, now: datetime, random: Random
) -> Ticket:
    """Take one of the free tickets of a link; the same address again is told that it has one.

    Raises ClaimEnded, WrongDomain, AlreadyClaimed, TooLate.
    """
    if link.domains and domain_of(details.email) not in link.domains:
        raise WrongDomain(f"This link is for addresses of {', '.join(link.domains)}.")
    if link.closed or now >= link.until:
        raise ClaimEnded
    require_in_time(event, now)
    key = keys.claimed_by(link.id, details.email)
    if table.get(key) is not None:
        raise AlreadyClaimed
    # False when this address has taken one by this link.
    mark = Put(key, {"kind": "claimed", "link_id": link.id, "at": stamp(now)})
    order = random.sample(link.tickets, len(link.tickets))
    for some in batched(order, _AT_ONCE, strict=False):
        for free in filter(_free, _tickets(table, event, some)):
            moved = _taken(table, event, free, mark, details=details, now=now)
            if moved is not None:
                return moved
    raise ClaimEnded


def _taken(
    table: Table, event: Event, free: Ticket, mark: Put, *, details: HolderDetails, now: datetime
) -> Ticket | None:
    """Give a free ticket to who claims one; None when somebody else was quicker."""
    known = known_person(table, event, details)
    told = known.told(details, now) if known else new_person(event.id, event.shards, details, now)
    move = Move(told, known, "claimed", also=[mark])
    try:
        return move_ticket(table, free, move, actor=details.email, now=now)
    except TransactionRefused as refused:
        raise AlreadyClaimed from refused
    except Conflict:
        return None


def _free(ticket: Ticket) -> bool:
    untouched = ticket.transfer is None and ticket.entries == 0
    return ticket.holder is None and ticket.status is TicketStatus.VALID and untouched


def _tickets(table: Table, event: Event, ticket_ids: Sequence[str]) -> list[Ticket]:
    """Read tickets of this event; what is none is left out."""
    wanted = []
    for ticket_id in ticket_ids:
        with suppress(ValueError):
            wanted.append(keys.ticket(*ids.split_ticket_id(ticket_id)))
    tickets = [Ticket.of(item) for item in table.get_many(wanted)]
    return [ticket for ticket in tickets if ticket.event_id == event.id]
