"""My Tickets: what one verified address has at any event, and how each ticket came there."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant, stamp
from admit.errors import NotFound
from admit.ids import ticket_id
from admit.model import Entity, Shape
from admit.money import Money
from admit.orders.order import Order, OrderStatus, PaymentStatus
from admit.people.company import acts_for
from admit.people.person import Holder, same_address
from admit.seating.seat import SeatPlace
from admit.store import ALL, Table, Within
from admit.tickets.hand_over import History
from admit.tickets.links import Links
from admit.tickets.ticket import Images, OpenTransfer, Ticket, TicketStatus
from admit.tickets.transfer import transfer_code


class Scope(StrEnum):
    UPCOMING = "upcoming"
    PAST = "past"
    IN_TRANSFER = "in_transfer"
    OWNED = "owned"
    """Accepted from somebody else, and controlled since, whoever holds them."""


class HeldTicket(Entity):
    """A ticket as the index of who has it keeps it."""

    order_id: str
    number: int
    event_id: str
    tier_id: str
    tier_title: str
    status: TicketStatus
    revision: int
    holder: Holder | None = None
    owner_email: str | None = None
    company_id: str | None = None
    seat: SeatPlace | None = None
    transfer: OpenTransfer | None = None
    images: Images

    @property
    def id(self) -> str:
        return ticket_id(self.order_id, self.number)


class OfferBrief(Shape):
    code: str
    to: str
    until: Instant


class MyTicket(Shape):
    id: str
    number: int
    event: EventBrief
    tier_id: str
    tier_title: str
    status: TicketStatus
    revision: int
    holder: Holder | None
    seat: str | None
    scope: Scope
    transfer: OfferBrief | None
    images: Images
    url: str
    qr_url: str
    badge_url: str


class MyOrder(Shape):
    """An order of the buyer who looks, with the address of its page."""

    id: str
    code: str
    event: EventBrief
    status: OrderStatus
    payment_status: PaymentStatus
    tickets: int
    total: Money
    placed_at: Instant
    url: str


class HistoryView(Shape):
    at: Instant
    what: str
    actor: str
    holder: Holder | None


class MyTicketHistory(Shape):
    ticket_id: str
    items: list[HistoryView]


class MyTickets(NamedTuple):
    tickets: list[HeldTicket]
    cursor: str | None


def tickets_with(
    table: Table, email: str, scope: Scope | None, *, now: datetime, limit: int, cursor: str | None
) -> MyTickets:
    """Return one page of what is with an address: by one query, those of the soonest event first.

    Past ones come last first; without a scope all do. Those in transfer are picked from their page.
    """
    if scope is Scope.OWNED:
        owned = table.page("gsi3", keys.tickets_owned_by_person(email), limit=limit, cursor=cursor)
        return MyTickets([HeldTicket.of(item) for item in owned.items], owned.cursor)
    within = {Scope.UPCOMING: Within(above=stamp(now)), Scope.PAST: Within(below=stamp(now))}
    page = table.listed(
        "gsi4",
        keys.tickets_with(email),
        limit=limit,
        cursor=cursor,
        newest_first=scope in (None, Scope.PAST),
        within=within.get(scope, ALL) if scope else ALL,
        having="transfer" if scope is Scope.IN_TRANSFER else None,
    )
    tickets = [HeldTicket.of(item) for item in page.items if "tier_id" in item]
    return MyTickets([one for one in tickets if one.status is not TicketStatus.CANCELLED], page.cursor)


def my_ticket(ticket: HeldTicket, event: Event, links: Links, now: datetime, *, to_holder: bool) -> MyTicket:
    """Show a ticket to who has it, or to its owner, who looks at its pictures without downloading them."""
    scope = Scope.UPCOMING if now < event.ends_at else Scope.PAST
    transfer = ticket.transfer if ticket.transfer and now < ticket.transfer.until else None
    return MyTicket(
        id=ticket.id,
        number=ticket.number,
        event=event_brief(event),
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        status=ticket.status,
        revision=ticket.revision,
        holder=ticket.holder,
        seat=ticket.seat.text if ticket.seat else None,
        scope=Scope.IN_TRANSFER if transfer else scope,
        transfer=OfferBrief(
            code=transfer_code(ticket.id, transfer.sequence), to=transfer.to, until=transfer.until
        )
        if transfer
        else None,
        images=ticket.images,
        url=links.ticket_page(ticket),
        qr_url=links.picture(ticket, "qr.png", to_holder=to_holder),
        badge_url=links.picture(ticket, "badge.png", to_holder=to_holder),
    )


def orders_by(table: Table, email: str, *, limit: int, cursor: str | None) -> tuple[list[Order], str | None]:
    """Return one page of the orders that an address has placed, those of the latest event first."""
    found = table.find("gsi4", keys.orders_by(email), limit=limit, cursor=cursor, newest_first=True)
    orders = [Order.of(item) for item in table.get_many([entry.key for entry in found.entries])]
    # A company's orders are its relays': who is none any more does not get their keys.
    mine = [one for one in orders if one.company_id is None or acts_for(table, one.company_id, email)]
    return mine, found.cursor


def my_order(order: Order, event: Event, links: Links) -> MyOrder:
    return MyOrder(
        id=order.id,
        code=order.code,
        event=event_brief(event),
        status=order.status,
        payment_status=order.payment_status,
        tickets=order.tickets,
        total=Money(amount=order.total, currency=order.currency),
        placed_at=order.placed_at,
        url=links.order_page(order.id),
    )


def history_of(table: Table, ticket: Ticket) -> list[History]:
    """Return how a ticket changed hands, oldest first."""
    prefix = keys.history_of(ticket.number)
    return [History.of(item) for item in table.query(keys.order(ticket.order_id).pk, prefix)]


def history_for(ticket: Ticket, history: list[History], email: str, *, controls: bool) -> list[HistoryView]:
    """Return the part of a history that somebody may see.

    Who controls the ticket sees all since it is his, anybody else what was his, and that it left him. Raises
    NotFound to who never had it.
    """
    his = [_his(one, email) for one in history]
    holds = ticket.holder is not None and same_address(ticket.holder.email, email)
    if not controls and not holds and not any(his):
        raise NotFound("There is no such ticket.")
    since = len(history)
    if controls:
        since = max((at for at, one in enumerate(history) if one.owner is not None), default=0)
    return [
        _seen(one) if has or at >= since else _left(one)
        for at, (one, has, had) in enumerate(zip(history, his, [False, *his], strict=False))
        if has or had or at >= since
    ]


def _his(one: History, email: str) -> bool:
    holds = one.holder is not None and same_address(one.holder.email, email)
    return holds or (one.owner is not None and same_address(one.owner, email))


def _seen(one: History) -> HistoryView:
    return HistoryView(at=one.at, what=one.what, actor=one.actor, holder=one.holder)


def _left(one: History) -> HistoryView:
    """Return that a ticket left somebody, without who has it now."""
    taken_by_him = one.holder is not None and same_address(one.holder.email, one.actor)
    return HistoryView(at=one.at, what=one.what, actor="" if taken_by_him else one.actor, holder=None)
