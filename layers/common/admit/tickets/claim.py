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

from pydantic import AfterValidator, Field, StringConstraints

from admit import ids, keys
from admit.catalog.answers import asked
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.page import QuestionView, question_views
from admit.catalog.question import AskedAt, AskedOf
from admit.catalog.view import EventBrief, event_brief
from admit.catalog.whitelist import domain_of
from admit.clock import Instant, stamp
from admit.errors import (
    AlreadyClaimed,
    ClaimEnded,
    Conflict,
    IdempotencyConflict,
    Invalid,
    NotFound,
    WrongDomain,
)
from admit.faults import DOMAIN
from admit.model import Entity, Shape, request_hash
from admit.people.person import HolderDetails, Voice
from admit.store import ConditionFailed, Contention, Put, Table, TransactionRefused, Update
from admit.tickets.hand_over import Hand, Move, move_ticket, require_in_time, told_person
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket

_MOST_TICKETS = 1_000
_AT_ONCE = 20
_MOST_SHOWN = 20
_TRIES = 5
type MailDomain = Annotated[
    str,
    StringConstraints(pattern=DOMAIN, max_length=253),
    AfterValidator(str.lower),
]


class ClaimLinkRequest(Shape):
    tickets: Annotated[list[str], Field(min_length=1, max_length=_MOST_TICKETS)]
    """Ids of the tickets to give away; one that gets a holder otherwise is left out when it comes to it."""
    domains: Annotated[list[MailDomain], Field(max_length=20)] | None = None
    """Whose addresses may take one. Empty: everybody's; left out: those of the company, if it has any."""
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
    request_hash: str

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


class ClaimPage(ClaimView):
    """What who has the link needs to take a ticket."""

    event: EventBrief
    questions: list[QuestionView]
    """What is asked of who takes one of them."""


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
    domains: Sequence[str] = (),
) -> ClaimLink:
    """Make a link to tickets that are this hand's to give, by default for addresses of these domains.

    Raises Invalid, which names the tickets that are not.
    """
    tickets = _tickets(table, event, request.tickets)
    known = {ticket.id for ticket in tickets if hand.may(ticket)}
    if strange := [at for at, one in enumerate(request.tickets) if one not in known]:
        raise Invalid.field(f"tickets[{strange[0]}]", "is not a ticket of yours at this event")
    link = ClaimLink(
        id=link_id,
        event_id=event.id,
        owner=owner,
        tickets=list(dict.fromkeys(request.tickets)),
        domains=list(domains if request.domains is None else request.domains),
        until=request.until or event.holder_changes_until or event.ends_at,
        created_by=hand.actor,
        created_at=now,
        request_hash=request_hash(request),
    )
    try:
        table.write(link.put())
    except ConditionFailed as failed:
        earlier = ClaimLink.of(failed.old or {})
        if earlier.request_hash != link.request_hash:
            raise IdempotencyConflict from failed
        return earlier
    return link


def load_claim_link(table: Table, link_id: str) -> ClaimLink:
    """Read a link. Raises NotFound."""
    item = table.get(keys.claim_link(link_id))
    if item is None:
        raise NotFound("There is no such link.")
    return ClaimLink.of(item)


def claim_link_of(table: Table, owner: str, link_id: str) -> ClaimLink:
    """Read a link of an order or a company. Raises NotFound."""
    link = load_claim_link(table, link_id)
    if link.owner != owner:
        raise NotFound("There is no such link.")
    return link


def claim_view(table: Table, event: Event, link: ClaimLink, now: datetime) -> ClaimView:
    return _claim_view(link, _free_tickets(table, event, link, link.tickets), now)


def claim_page(table: Table, catalog: Catalog, link: ClaimLink, now: datetime) -> ClaimPage:
    free = _free_tickets(table, catalog.event, link, link.tickets)
    tier_ids = {one.tier_id for one in free}
    return ClaimPage(
        **dict(_claim_view(link, free, now)),
        event=event_brief(catalog.event),
        questions=question_views(asked(catalog, AskedOf.ATTENDEE, tier_ids), tier_ids),
    )


def _claim_view(link: ClaimLink, free: Sequence[Ticket], now: datetime) -> ClaimView:
    return ClaimView(
        id=link.id,
        event_id=link.event_id,
        tier_title=free[0].tier_title if free else "",
        left=len(free),
        domains=link.domains,
        until=link.until,
        open=not link.closed and now < link.until and bool(free),
    )


def claim_link_view(
    table: Table, event: Event, link: ClaimLink, links: Links, now: datetime
) -> ClaimLinkView:
    return ClaimLinkView(
        **dict(claim_view(table, event, link, now)),
        url=links.claim_page(link.id),
        tickets=link.tickets,
        created_by=link.created_by,
        created_at=link.created_at,
    )


def claim_links_of(table: Table, owner: str) -> list[ClaimLink]:
    """Return the newest links of an order or a company."""
    page = table.page("gsi1", keys.claim_links_of(owner), limit=_MOST_SHOWN)
    return [ClaimLink.of(item) for item in page.items]


def close_claim_link(table: Table, link: ClaimLink) -> None:
    """Give no more tickets by a link; those that were taken stay where they are."""
    there = "attribute_exists(pk)"
    table.write(Update(keys.claim_link(link.id), "SET closed = :yes", condition=there, values={"yes": True}))


def claim(
    table: Table, catalog: Catalog, link: ClaimLink, details: HolderDetails, *, now: datetime, random: Random
) -> Ticket:
    """Take one of the free tickets of a link; the same address again is told that it has one.

    Raises ClaimEnded, WrongDomain, AlreadyClaimed, TooLate, Invalid.
    """
    if link.domains and domain_of(details.email) not in link.domains:
        raise WrongDomain(f"This link is for addresses of {', '.join(link.domains)}.")
    if link.closed or now >= link.until:
        raise ClaimEnded
    require_in_time(catalog.event, now)
    key = keys.claimed_by(link.id, details.email)
    if table.get(key) is not None:
        raise AlreadyClaimed
    # False when this address has taken one by this link.
    mark = Put(key, {"kind": "claimed", "link_id": link.id, "at": stamp(now)})
    order = random.sample(link.tickets, len(link.tickets))
    for some in batched(order, _AT_ONCE, strict=False):
        for free in _free_tickets(table, catalog.event, link, some):
            moved = _taken(table, catalog, link, free, mark, details=details, now=now)
            if moved is not None:
                return moved
    raise ClaimEnded


def _taken(
    table: Table,
    catalog: Catalog,
    link: ClaimLink,
    free: Ticket,
    mark: Put,
    *,
    details: HolderDetails,
    now: datetime,
) -> Ticket | None:
    """Give a free ticket to who claims one; None when somebody else was quicker."""
    for _ in range(_TRIES):
        person = told_person(table, catalog, free, details, Voice.ANYBODY, now=now, when=AskedAt.ASSIGNMENT)
        move = Move(*person, "claimed", by_himself=True, also=[mark])
        try:
            moved = move_ticket(table, free, move, actor=details.email, now=now)
        except TransactionRefused as refused:
            raise AlreadyClaimed from refused
        except Conflict:
            return None
        if moved is not None:
            return moved
        free = load_ticket(table, free.id)
        if not _free(link, free):
            return None
    raise Contention


def _free(link: ClaimLink, ticket: Ticket) -> bool:
    """Say whether a ticket is nobody's, and still of who has made the link."""
    untouched = ticket.transfer is None and ticket.entries == 0 and ticket.status is TicketStatus.VALID
    his = ticket.owner_email is None and link.owner in (ticket.order_id, ticket.company_id)
    return ticket.holder is None and untouched and his


def _free_tickets(table: Table, event: Event, link: ClaimLink, ticket_ids: Sequence[str]) -> list[Ticket]:
    return [ticket for ticket in _tickets(table, event, ticket_ids) if _free(link, ticket)]


def _tickets(table: Table, event: Event, ticket_ids: Sequence[str]) -> list[Ticket]:
    """Read tickets of this event; what is none is left out."""
    wanted = []
    for ticket_id in ticket_ids:
        with suppress(ValueError):
            wanted.append(keys.ticket(*ids.split_ticket_id(ticket_id)))
    tickets = [Ticket.of(item) for item in table.get_many(wanted)]
    return [ticket for ticket in tickets if ticket.event_id == event.id]
