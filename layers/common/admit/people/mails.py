"""Mails about orders, tickets and events: what they say, and that each fact is told once."""

from datetime import datetime, timedelta
from enum import StrEnum
from html import escape
from typing import Annotated, Any, Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter

from admit import keys
from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod
from admit.clock import Instant, stamp
from admit.ids import email_hash, normal_email
from admit.model import Email, Shape
from admit.orders.explain import explain
from admit.orders.order import Order, OrderStatus
from admit.orders.waiting import WaitingEntry, WaitingStatus
from admit.store import ConditionFailed, Key, Put, Table, Update
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket

# A sender that died may have sent or not; after this time another try is made.
_SENDING = timedelta(minutes=5)
_PROOF_HOLDS = timedelta(days=1)
# Longer than the mail queue and its failure queue keep a request.
_MARK_LIFE = timedelta(days=30)


class Mark(NamedTuple):
    """The item that says that a fact was told. It stays with its order, or for `life`."""

    key: Key
    life: timedelta | None = None


class MailKind(StrEnum):
    ORDER_PLACED = "order_placed"
    ORDER_AWAITING_APPROVAL = "order_awaiting_approval"
    ORDER_APPROVED = "order_approved"
    ORDER_DECLINED = "order_declined"
    TICKETS_READY = "tickets_ready"
    TICKET_ASSIGNED = "ticket_assigned"
    VERIFY_EMAIL = "verify_email"
    WHITELISTED = "whitelisted"
    WAITING_OFFER = "waiting_offer"


class AboutOrder(Shape):
    """Something about an order, told once."""

    kind: Literal[
        MailKind.ORDER_PLACED,
        MailKind.ORDER_AWAITING_APPROVAL,
        MailKind.ORDER_APPROVED,
        MailKind.ORDER_DECLINED,
        MailKind.TICKETS_READY,
    ]
    order_id: str

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, "0-0"))


class AboutTicket(Shape):
    """A ticket that got a holder, told once for each change of holder."""

    kind: Literal[MailKind.TICKET_ASSIGNED] = MailKind.TICKET_ASSIGNED
    order_id: str
    number: int
    revision: int

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-{self.revision}"))


class ProofRequest(Shape):
    """An address that shall be proven."""

    email: Email


class ProofSent(Shape):
    """The answer to it, whatever the address."""

    sent: bool = True


class VerifyEmail(Shape):
    """An address that somebody wants to prove to an event, told once a minute at most."""

    kind: Literal[MailKind.VERIFY_EMAIL] = MailKind.VERIFY_EMAIL
    event_id: str
    email: Email
    asked_at: Instant

    @property
    def mark(self) -> Mark:
        minute = f"{self.asked_at:%Y-%m-%dT%H:%M}"
        return Mark(keys.event_mail(self.event_id, self.kind, email_hash(self.email), minute), _MARK_LIFE)


class Whitelisted(Shape):
    """An address that may order a tier from now on."""

    kind: Literal[MailKind.WHITELISTED] = MailKind.WHITELISTED
    event_id: str
    tier_id: str
    email: Email

    @property
    def mark(self) -> Mark:
        key = keys.event_mail(self.event_id, self.kind, email_hash(self.email), self.tier_id)
        return Mark(key, _MARK_LIFE)


class WaitingOffer(Shape):
    """Tickets offered to an entry of the waiting list; `number` counts the offers to it."""

    kind: Literal[MailKind.WAITING_OFFER] = MailKind.WAITING_OFFER
    event_id: str
    entry_id: str
    number: int

    @property
    def mark(self) -> Mark:
        key = keys.event_mail(self.event_id, self.kind, self.entry_id, str(self.number))
        return Mark(key, _MARK_LIFE)


type MailRequest = Annotated[
    AboutOrder | AboutTicket | VerifyEmail | Whitelisted | WaitingOffer, Field(discriminator="kind")
]
"""A fact that somebody is to be told, as it travels on the mail queue."""

_MAIL_REQUEST: TypeAdapter[MailRequest] = TypeAdapter(MailRequest)


def read_request(body: str) -> MailRequest:
    """Read a request from its JSON. Raises pydantic.ValidationError."""
    return _MAIL_REQUEST.validate_json(body)


def mails_for_order(before: Order | None, after: Order) -> list[MailRequest]:
    """Return what a change of an order gives to tell."""
    left, now = before.status if before else None, after.status
    if now is left or after.quiet:
        return []
    told: list[MailRequest] = []
    match left, now:
        case None, OrderStatus.AWAITING_APPROVAL:
            told.append(AboutOrder(kind=MailKind.ORDER_AWAITING_APPROVAL, order_id=after.id))
        case None, _ if after.payment_method is PaymentMethod.INVOICE and not after.payment:
            told.append(AboutOrder(kind=MailKind.ORDER_PLACED, order_id=after.id))
        case OrderStatus.AWAITING_APPROVAL, OrderStatus.AWAITING_PAYMENT | OrderStatus.SETTLED:
            told.append(AboutOrder(kind=MailKind.ORDER_APPROVED, order_id=after.id))
        case OrderStatus.AWAITING_APPROVAL, OrderStatus.DECLINED:
            told.append(AboutOrder(kind=MailKind.ORDER_DECLINED, order_id=after.id))
    if now is OrderStatus.FULFILLED:
        told.append(AboutOrder(kind=MailKind.TICKETS_READY, order_id=after.id))
    return told


def mails_for_waiting(after: WaitingEntry) -> list[MailRequest]:
    """Return what a change on the waiting list gives to tell."""
    if after.status is not WaitingStatus.OFFERED:
        return []
    return [WaitingOffer(event_id=after.event_id, entry_id=after.id, number=after.offers)]


def mails_for_ticket(before: Ticket | None, after: Ticket) -> list[MailRequest]:
    """Return what a change of a ticket gives to tell."""
    if after.holder is None or (before is not None and before.holder == after.holder):
        return []
    if before is None and after.quiet:
        return []
    return [AboutTicket(order_id=after.order_id, number=after.number, revision=after.revision)]


class Mail(NamedTuple):
    to: str
    subject: str
    text: str
    html: str


class Postman(Protocol):
    def send(self, mail: Mail) -> None: ...


class StillSending(Exception):
    """Another try at this mail is under way; come back later."""


def send_once(table: Table, postman: Postman, request: MailRequest, mail: Mail, now: datetime) -> bool:
    """Send a mail unless this fact was told; return whether it was sent now.

    The fact is claimed before and marked after. A death in between leaves the claim to run out, so that a
    mail may then come twice, and never not at all. Raises StillSending while another's claim runs.
    """
    # False when the fact was told, or somebody is telling it.
    untold = "attribute_not_exists(pk) OR (attribute_not_exists(sent_at) AND claimed_until < :now)"
    mark = request.mark
    claim: dict[str, Any] = {"kind": "mail", "claimed_until": stamp(now + _SENDING)}
    if mark.life is not None:
        claim["ttl"] = int((now + mark.life).timestamp())
    try:
        table.write(Put(mark.key, claim, condition=untold, values={"now": stamp(now)}))
    except ConditionFailed as failed:
        if failed.old is not None and "sent_at" in failed.old:
            return False
        raise StillSending from failed
    postman.send(mail)
    table.write(
        Update(mark.key, "SET sent_at = :now", condition="attribute_exists(pk)", values={"now": stamp(now)})
    )
    return True


def order_mail(request: AboutOrder, order: Order, event: Event, links: Links) -> Mail | None:
    """Write to the buyer about his order, None when the fact no longer holds."""
    lines = ", ".join(f"{line.quantity} × {line.tier_title}" for line in order.lines)
    asked, occasion, explanation = f"{lines} for {_occasion(event)}", event.title, explain(order)
    action = "Open your order"
    match request.kind:
        case MailKind.ORDER_PLACED:
            subject = f"Your order {order.code} for {occasion}"
            says = [f"You have ordered {asked}.", explanation.why, explanation.next]
        case MailKind.ORDER_AWAITING_APPROVAL:
            if order.status is not OrderStatus.AWAITING_APPROVAL:
                return None
            subject = f"Your request {order.code} for {occasion}"
            says = [f"You have asked for {asked}.", explanation.why, explanation.next]
        case MailKind.ORDER_APPROVED:
            if order.status in (OrderStatus.EXPIRED, OrderStatus.CANCELLED):
                return None
            subject = f"Your order {order.code} for {occasion} is approved"
            says = [f"The organizer has approved your order of {asked}.", explanation.next]
            if order.status is OrderStatus.AWAITING_PAYMENT and order.hold_expires_at:
                says.append(f"Pay by {_time(event, order.hold_expires_at)}.")
                action = "Pay your order"
        case MailKind.ORDER_DECLINED:
            subject = f"Your request {order.code} for {occasion}"
            says = [f"The organizer has declined your request for {asked}.", explanation.next]
        case MailKind.TICKETS_READY:
            subject = f"Your tickets for {occasion}"
            says = [f"Your tickets are ready: {asked}."]
            action = "Open your tickets"
    return _mail(
        order.buyer.email, subject, [f"Hello {order.buyer.name},", *says], action, links.order_page(order.id)
    )


def ticket_mail(
    request: AboutTicket, order: Order, ticket: Ticket, event: Event, links: Links
) -> Mail | None:
    """Write to the holder of a ticket, None when it has changed hands again."""
    if ticket.holder is None or ticket.revision != request.revision:
        return None
    return _mail(
        ticket.holder.email,
        f"Your ticket for {event.title}",
        [
            f"Hello {ticket.holder.name},",
            f"{order.buyer.name} has given you a ticket ({ticket.tier_title}) for {_occasion(event)}.",
        ],
        "Open your ticket",
        links.ticket_page(ticket),
    )


def verify_mail(request: VerifyEmail, event: Event, links: Links) -> Mail:
    """Write the link that proves an address to an event; it holds for a day from when it was asked for.

    It goes to the address as it is compared, so that nobody proves another's by a spelling of it.
    """
    until = request.asked_at + _PROOF_HOLDS
    return _mail(
        normal_email(request.email),
        f"Confirm your e-mail address for {event.title}",
        [
            f"Somebody, probably you, gave this e-mail address to order tickets for {_occasion(event)}.",
            f"Open the link to go on. It works until {_time(event, until)}.",
            "If it was not you, there is nothing to do.",
        ],
        "Confirm and go on",
        links.proven_event_page(event.slug, event.id, request.email, until),
    )


def whitelisted_mail(request: Whitelisted, tier_title: str, event: Event, links: Links) -> Mail:
    """Write that an address may order a tier. The link proves the address for as long as the event lasts."""
    return _mail(
        normal_email(request.email),
        f"You may now order {tier_title} for {event.title}",
        [
            f"The organizer has put you on the list: you may now order {tier_title} for {_occasion(event)}.",
            "The link is yours alone: it shows that this e-mail address is yours.",
        ],
        "Order your tickets",
        links.proven_event_page(event.slug, event.id, request.email, event.ends_at),
    )


def waiting_mail(
    request: WaitingOffer,
    *,
    email: str,
    name: str,
    quantity: int,
    until: datetime,
    event: Event,
    links: Links,
) -> Mail:
    """Write the offer of `quantity` tickets, to be taken before `until`, to somebody on the waiting list."""
    tickets = "A ticket is" if quantity == 1 else f"{quantity} tickets are"
    return _mail(
        email,
        f"Tickets for {event.title}",
        [
            f"Hello {name},",
            f"you are on the waiting list for {_occasion(event)}. {tickets} free now, and held for you.",
            f"Accept by {_time(event, until)}; then the offer goes to the next in line.",
        ],
        "Accept or refuse",
        links.waiting_page(event.slug, request.entry_id, request.number),
    )


def _occasion(event: Event) -> str:
    place = f", {event.venue.name}" if event.venue else ""
    return f"{event.title}, {_time(event, event.starts_at)}{place}"


def _time(event: Event, at: datetime) -> str:
    """Write a time as the clocks at the event show it."""
    return f"{at.astimezone(ZoneInfo(event.timezone)):%-d %B %Y, %H:%M}"


def _mail(to: str, subject: str, paragraphs: list[str], action: str, link: str) -> Mail:
    text = "\n\n".join([*paragraphs, f"{action}: {link}"]) + "\n"
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html = (
        f'<!doctype html><html><body>{body}<p><a href="{escape(link)}">{escape(action)}</a></p></body></html>'
    )
    return Mail(to, subject, text, html)
