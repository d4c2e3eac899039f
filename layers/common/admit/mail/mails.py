"""Mails about orders, their money, tickets and events: which facts are told, and that each is told once.

A fact follows from an item before and after one change, so that it is found again however often the stream
brings the change. `mail_text.py` writes it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import Field, TypeAdapter

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.clock import Instant, stamp
from admit.ids import email_hash
from admit.model import Email, Shape
from admit.orders.ledger import Account, Misfit, Refund, RefundStatus
from admit.orders.order import Order, OrderStatus
from admit.orders.waiting import WaitingEntry, WaitingStatus
from admit.store import ConditionFailed, Item, Key, Put, Table, Update
from admit.tickets.ticket import Ticket, TicketStatus

# A sender that died may have sent or not; after this time another try is made.
_SENDING = timedelta(minutes=5)
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
    ORDER_EXPIRED = "order_expired"
    ORDER_TAKEN_UP = "order_taken_up"
    ORDER_CANCELLED = "order_cancelled"
    TICKETS_CANCELLED = "tickets_cancelled"
    TICKETS_READY = "tickets_ready"
    DOCUMENT_ISSUED = "document_issued"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_REMINDER = "payment_reminder"
    PAYMENT_LATE = "payment_late"
    REFUND_SENT = "refund_sent"
    TICKET_CANCELLED = "ticket_cancelled"
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
        MailKind.ORDER_EXPIRED,
        MailKind.ORDER_TAKEN_UP,
        MailKind.TICKETS_READY,
    ]
    order_id: str

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, "0-0"))


class AboutCancellation(Shape):
    """Tickets that were cancelled together: all that an order had left, or some; each is cancelled once."""

    kind: Literal[MailKind.ORDER_CANCELLED, MailKind.TICKETS_CANCELLED]
    order_id: str
    tickets: Annotated[list[int], Field(min_length=1)]
    note: str = ""
    """Why, in the words of who has cancelled them."""

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.tickets[0]}-0"))


class AboutMoney(Shape):
    """A payment, a reminder or late money of an order by its count, or a refund by its number."""

    kind: Literal[
        MailKind.PAYMENT_RECEIVED, MailKind.PAYMENT_REMINDER, MailKind.PAYMENT_LATE, MailKind.REFUND_SENT
    ]
    order_id: str
    number: Annotated[int, Field(ge=1)]

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-0"))


class AboutDocument(Shape):
    """An invoice or credit note that can be read, by its number."""

    kind: Literal[MailKind.DOCUMENT_ISSUED] = MailKind.DOCUMENT_ISSUED
    order_id: str
    number: str

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, self.number))


class AboutTicket(Shape):
    """A ticket that got a holder, told once for each change of holder, or that its holder has lost."""

    kind: Literal[MailKind.TICKET_ASSIGNED, MailKind.TICKET_CANCELLED] = MailKind.TICKET_ASSIGNED
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
    AboutOrder
    | AboutCancellation
    | AboutMoney
    | AboutDocument
    | AboutTicket
    | VerifyEmail
    | Whitelisted
    | WaitingOffer,
    Field(discriminator="kind"),
]
"""A fact that somebody is to be told, as it travels on the mail queue."""

_MAIL_REQUEST: TypeAdapter[MailRequest] = TypeAdapter(MailRequest)


def read_request(body: str) -> MailRequest:
    """Read a request from its JSON. Raises pydantic.ValidationError."""
    return _MAIL_REQUEST.validate_json(body)


def mails_for_order(before: Order | None, after: Order) -> list[MailRequest]:
    """Return what a change of an order gives to tell its buyer."""
    if after.quiet:
        return []
    told = list(_of_status(before, after))
    if before is not None:
        told += [*_of_cancellation(before, after), *_of_money(before, after)]
    return told


def _of_status(before: Order | None, after: Order) -> Iterator[MailRequest]:
    left, now = before.status if before else None, after.status
    by_invoice = after.payment_method is PaymentMethod.INVOICE
    if now is left:
        return
    match left, now:
        case None, OrderStatus.AWAITING_APPROVAL:
            yield AboutOrder(kind=MailKind.ORDER_AWAITING_APPROVAL, order_id=after.id)
        case None, _ if by_invoice and not after.payments():
            yield AboutOrder(kind=MailKind.ORDER_PLACED, order_id=after.id)
        case OrderStatus.AWAITING_APPROVAL, OrderStatus.AWAITING_PAYMENT | OrderStatus.SETTLED:
            yield AboutOrder(kind=MailKind.ORDER_APPROVED, order_id=after.id)
        case OrderStatus.AWAITING_APPROVAL, OrderStatus.DECLINED:
            yield AboutOrder(kind=MailKind.ORDER_DECLINED, order_id=after.id)
        case OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED if by_invoice:
            # Who lets the hold of a card payment end has seen its clock.
            yield AboutOrder(kind=MailKind.ORDER_EXPIRED, order_id=after.id)
        case OrderStatus.EXPIRED, OrderStatus.SETTLED:
            yield AboutOrder(kind=MailKind.ORDER_TAKEN_UP, order_id=after.id)
    if now is OrderStatus.FULFILLED:
        yield AboutOrder(kind=MailKind.TICKETS_READY, order_id=after.id)


def _of_cancellation(before: Order, after: Order) -> Iterator[MailRequest]:
    actor, note = _last_said(after)
    if before.live and after.status is OrderStatus.CANCELLED:
        # Who gives up by himself what he has neither paid nor been billed for needs no word of it.
        given_up = actor == "buyer" and before.unpaid and not before.movements and not before.documents
        if not given_up:
            yield AboutCancellation(
                kind=MailKind.ORDER_CANCELLED, order_id=after.id, tickets=before.numbers, note=note
            )
    elif gone := [number for number in after.cancelled if number not in before.cancelled]:
        yield AboutCancellation(kind=MailKind.TICKETS_CANCELLED, order_id=after.id, tickets=gone, note=note)


def _of_money(before: Order, after: Order) -> Iterator[MailRequest]:
    payments, known = after.payments(), len(before.payments())
    # The mail with the tickets tells of the payment that they had waited for.
    settles = before.status is OrderStatus.AWAITING_PAYMENT and after.status is OrderStatus.SETTLED
    for number, payment in enumerate(payments[known:], start=known + 1):
        if payment.misfit is None and payment.debit is not Account.STRIPE and not settles:
            yield AboutMoney(kind=MailKind.PAYMENT_RECEIVED, order_id=after.id, number=number)
    if after.reminded > before.reminded:
        yield AboutMoney(kind=MailKind.PAYMENT_REMINDER, order_id=after.id, number=after.reminded)
    if _organizer_decides(after) and not _organizer_decides(before):
        yield AboutMoney(kind=MailKind.PAYMENT_LATE, order_id=after.id, number=len(payments))
    told = {one.sequence for one in before.refunds if _is_sent(one)}
    for refund in after.refunds:
        if _is_sent(refund) and refund.sequence not in told:
            yield AboutMoney(kind=MailKind.REFUND_SENT, order_id=after.id, number=refund.sequence)


def _last_said(order: Order) -> tuple[str, str]:
    """Return who has made the last step of an order, and what he has said of it."""
    if not order.timeline:
        return "", ""
    last = order.timeline[-1]
    return last.actor, last.what.partition(": ")[2]


def _organizer_decides(order: Order) -> bool:
    """Say whether late money waits for the organizer: at first it is decided on when it comes."""
    came = [one.at for one in order.payments() if one.misfit is Misfit.LATE]
    return order.decide_by is not None and bool(came) and order.decide_by > max(came)


def _is_sent(refund: Refund) -> bool:
    """Say whether money has left: by card when Stripe has taken the request, else when it is confirmed."""
    if refund.status is RefundStatus.PENDING:
        return refund.account is Account.STRIPE
    return refund.status is RefundStatus.SUCCEEDED


def mails_for_document(before: Item, after: Item) -> list[MailRequest]:
    """Return what a change of a stored invoice or credit note gives to tell: that its PDF is there."""
    if not after["drawn"] or before.get("drawn"):
        return []
    return [AboutDocument(order_id=after["order_id"], number=after["number"])]


def mails_for_waiting(after: WaitingEntry) -> list[MailRequest]:
    """Return what a change on the waiting list gives to tell."""
    if after.status is not WaitingStatus.OFFERED:
        return []
    return [WaitingOffer(event_id=after.event_id, entry_id=after.id, number=after.offers)]


def mails_for_ticket(before: Ticket | None, after: Ticket) -> list[MailRequest]:
    """Return what a change of a ticket gives to tell its holder."""
    unknown = after.quiet and after.revision == 0
    if after.holder is None or unknown:
        return []
    if before is None or before.holder != after.holder:
        kind: Literal[MailKind.TICKET_ASSIGNED, MailKind.TICKET_CANCELLED] = MailKind.TICKET_ASSIGNED
    elif before.status is not after.status and after.status is TicketStatus.CANCELLED:
        kind = MailKind.TICKET_CANCELLED
    else:
        return []
    return [AboutTicket(kind=kind, order_id=after.order_id, number=after.number, revision=after.revision)]


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
