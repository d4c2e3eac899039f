"""Mails about orders and tickets: what they say, and that each fact is told once."""

from datetime import datetime, timedelta
from enum import StrEnum
from html import escape
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from admit import keys
from admit.catalog.event import Event
from admit.catalog.tier import PaymentMethod
from admit.clock import stamp
from admit.model import Shape
from admit.orders.explain import explain
from admit.orders.order import Order, OrderStatus, Source
from admit.store import ConditionFailed, Key, Put, Table, Update
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket

# A sender that died may have sent or not; after this time another try is made.
_SENDING = timedelta(minutes=5)


class MailKind(StrEnum):
    ORDER_PLACED = "order_placed"
    TICKETS_READY = "tickets_ready"
    TICKET_ASSIGNED = "ticket_assigned"


class MailRequest(Shape):
    """A fact that somebody is to be told, as it travels on the mail queue.

    `number` and `revision` name the ticket and the change of holder where the fact is about one ticket.
    """

    kind: MailKind
    order_id: str
    number: int | None = None
    revision: int | None = None

    @property
    def key(self) -> Key:
        return keys.mail(self.order_id, self.kind, f"{self.number or 0}-{self.revision or 0}")


def mails_for_order(before: Order | None, after: Order) -> list[MailRequest]:
    """Return what a change of an order gives to tell."""
    if after.quiet:
        return []
    told = []
    imported = after.source is Source.IMPORT
    if before is None and after.payment_method is PaymentMethod.INVOICE and not imported:
        told.append(MailKind.ORDER_PLACED)
    fulfilled = after.status is OrderStatus.FULFILLED
    if fulfilled and (before is None or before.status is not OrderStatus.FULFILLED):
        told.append(MailKind.TICKETS_READY)
    return [MailRequest(kind=kind, order_id=after.id) for kind in told]


def mails_for_ticket(before: Ticket | None, after: Ticket) -> list[MailRequest]:
    """Return what a change of a ticket gives to tell."""
    if after.holder is None or (before is not None and before.holder == after.holder):
        return []
    if before is None and after.quiet:
        return []
    return [
        MailRequest(
            kind=MailKind.TICKET_ASSIGNED,
            order_id=after.order_id,
            number=after.number,
            revision=after.revision,
        )
    ]


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
    claim = {"kind": "mail", "claimed_until": stamp(now + _SENDING)}
    try:
        table.write(Put(request.key, claim, condition=untold, values={"now": stamp(now)}))
    except ConditionFailed as failed:
        if failed.old is not None and "sent_at" in failed.old:
            return False
        raise StillSending from failed
    postman.send(mail)
    table.write(
        Update(
            request.key, "SET sent_at = :now", condition="attribute_exists(pk)", values={"now": stamp(now)}
        )
    )
    return True


def write_mail(
    request: MailRequest, order: Order, ticket: Ticket | None, event: Event, links: Links
) -> Mail | None:
    """Write the mail of a fact, None when the fact no longer holds: a ticket has changed hands again."""
    when = f"{event.starts_at.astimezone(ZoneInfo(event.timezone)):%-d %B %Y, %H:%M}"
    occasion = f"{event.title}, {when}" + (f", {event.venue.name}" if event.venue else "")
    if request.kind is MailKind.TICKET_ASSIGNED:
        if ticket is None or ticket.holder is None or ticket.revision != request.revision:
            return None
        return _mail(
            ticket.holder.email,
            f"Your ticket for {event.title}",
            [
                f"Hello {ticket.holder.name},",
                f"{order.buyer.name} has given you a ticket ({ticket.tier_title}) for {occasion}.",
            ],
            "Open your ticket",
            links.ticket_page(ticket),
        )
    lines = ", ".join(f"{line.quantity} × {line.tier_title}" for line in order.lines)
    if request.kind is MailKind.ORDER_PLACED:
        explanation = explain(order)
        return _mail(
            order.buyer.email,
            f"Your order {order.code} for {event.title}",
            [
                f"Hello {order.buyer.name},",
                f"You have ordered {lines} for {occasion}.",
                explanation.why,
                explanation.next,
            ],
            "Open your order",
            links.order_page(order.id),
        )
    return _mail(
        order.buyer.email,
        f"Your tickets for {event.title}",
        [f"Hello {order.buyer.name},", f"Your tickets are ready: {lines} for {occasion}."],
        "Open your tickets",
        links.order_page(order.id),
    )


def _mail(to: str, subject: str, paragraphs: list[str], action: str, link: str) -> Mail:
    text = "\n\n".join([*paragraphs, f"{action}: {link}"]) + "\n"
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html = (
        f'<!doctype html><html><body>{body}<p><a href="{escape(link)}">{escape(action)}</a></p></body></html>'
    )
    return Mail(to, subject, text, html)
