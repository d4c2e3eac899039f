"""Facts that people are told by mail, as they travel on the mail queue, and that each is told once.

`facts.py` finds them, `write.py` writes them.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from admit import keys
from admit.clock import Instant
from admit.ids import email_hash
from admit.model import Email, Language, Shape
from admit.store import Key

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
    ASSIGNMENT_REMINDER = "assignment_reminder"
    TICKETS_DISTRIBUTED = "tickets_distributed"
    TICKET_ASSIGNED = "ticket_assigned"
    TICKET_TAKEN_BACK = "ticket_taken_back"
    TICKET_CANCELLED = "ticket_cancelled"
    DETAILS_REQUIRED = "details_required"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_SENT = "transfer_sent"
    TRANSFER_ACCEPTED = "transfer_accepted"
    TRANSFER_DECLINED = "transfer_declined"
    TRANSFER_CANCELLED = "transfer_cancelled"
    TRANSFER_EXPIRED = "transfer_expired"
    EVENT_CHANGED = "event_changed"
    ORDER_SEATED = "order_seated"
    TICKET_SEATED = "ticket_seated"
    VERIFY_EMAIL = "verify_email"
    WHITELISTED = "whitelisted"
    WAITING_OFFER = "waiting_offer"
    LOST_LINKS = "lost_links"
    MEMBER_ADDED = "member_added"


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
    again: int = 0
    """Which time it is that the organizer has it mailed again."""

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"0-{self.again}"))


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
    again: int = 0
    """Which time it is that the organizer has it mailed again, to whoever holds it then: of no revision."""

    @property
    def mark(self) -> Mark:
        told = f"{self.number}-again-{self.again}" if self.again else f"{self.number}-{self.revision}"
        return Mark(keys.mail(self.order_id, self.kind, told))


class FormerHolder(Shape):
    """Somebody who has lost a ticket by a change of holder, which made it this revision."""

    kind: Literal[MailKind.TICKET_TAKEN_BACK] = MailKind.TICKET_TAKEN_BACK
    order_id: str
    number: int
    revision: int
    email: str
    name: str
    person_id: str | None = None

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-{self.revision}"))


class AboutAssignment(Shape):
    """Tickets of an order that nobody holds, by the count of the reminder."""

    kind: Literal[MailKind.ASSIGNMENT_REMINDER] = MailKind.ASSIGNMENT_REMINDER
    order_id: str
    number: Annotated[int, Field(ge=1)]

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-0"))


class AboutSeats(Shape):
    """Seats that tickets of an order were given after it was placed, by the count of such changes."""

    kind: Literal[MailKind.ORDER_SEATED] = MailKind.ORDER_SEATED
    order_id: str
    change: Annotated[int, Field(ge=1)]

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.change}-0"))


class AboutSeat(Shape):
    """A seat that a ticket was given after it was made, by the count of such changes."""

    kind: Literal[MailKind.TICKET_SEATED] = MailKind.TICKET_SEATED
    order_id: str
    number: int
    change: Annotated[int, Field(ge=1)]

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-{self.change}"))


class AboutDistribution(Shape):
    """Tickets of a company that a guest got by one distribution, told together and once."""

    kind: Literal[MailKind.TICKETS_DISTRIBUTED] = MailKind.TICKETS_DISTRIBUTED
    company_id: str
    relay: str
    """Who gives them, by address, even if a colleague has done it for him."""
    contact_id: str
    email: str
    name: str
    tickets: Annotated[list[str], Field(min_length=1)]
    distribution: str
    """When he left the cart with them, and by which write of his line: no two gifts have the same."""

    @property
    def mark(self) -> Mark:
        told = f"{self.distribution}-{self.contact_id}"
        return Mark(keys.own_mail(self.kind, self.email, told), _MARK_LIFE)


class AboutDetails(Shape):
    """A ticket whose holder may not have said all that is asked; `reminder` is how many are to come."""

    kind: Literal[MailKind.DETAILS_REQUIRED] = MailKind.DETAILS_REQUIRED
    order_id: str
    number: int
    reminder: int

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-{self.reminder}"))


class AboutTransfer(Shape):
    """A step of an offer of a ticket, told to one of its two sides; `sequence` counts the ticket's offers."""

    kind: Literal[
        MailKind.TRANSFER_OFFERED,
        MailKind.TRANSFER_SENT,
        MailKind.TRANSFER_ACCEPTED,
        MailKind.TRANSFER_DECLINED,
        MailKind.TRANSFER_CANCELLED,
        MailKind.TRANSFER_EXPIRED,
    ]
    order_id: str
    number: int
    sequence: int

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-{self.sequence}"))


class AboutEventChange(Shape):
    """Another date or place of an event, told to the holder of a ticket; `change` is the event's revision."""

    kind: Literal[MailKind.EVENT_CHANGED] = MailKind.EVENT_CHANGED
    event_id: str
    order_id: str
    number: int
    change: int

    @property
    def mark(self) -> Mark:
        return Mark(keys.mail(self.order_id, self.kind, f"{self.number}-{self.change}"))


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
    language: Language | None = None

    @property
    def mark(self) -> Mark:
        key = keys.event_mail(self.event_id, self.kind, email_hash(self.email), _minute(self.asked_at))
        return Mark(key, _MARK_LIFE)


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


class LinksRequest(Shape):
    """An address to which the links to all that it has shall be mailed."""

    email: Email


class LinksSent(Shape):
    """The answer to it, whatever the address."""

    sent: bool = True


class LostLinks(Shape):
    """An address that wants the links to all that it has, told once a minute at most."""

    kind: Literal[MailKind.LOST_LINKS] = MailKind.LOST_LINKS
    email: Email
    asked_at: Instant
    language: Language | None = None

    @property
    def mark(self) -> Mark:
        return Mark(keys.own_mail(self.kind, self.email, _minute(self.asked_at)), _MARK_LIFE)


class MemberAdded(Shape):
    """Somebody who was made a member of an account, told each time that he is."""

    kind: Literal[MailKind.MEMBER_ADDED] = MailKind.MEMBER_ADDED
    organizer_id: str
    email: Email
    added_at: Instant

    @property
    def mark(self) -> Mark:
        told = keys.by_time(self.added_at, self.organizer_id)
        return Mark(keys.own_mail(self.kind, self.email, told), _MARK_LIFE)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


type MailRequest = Annotated[
    AboutOrder
    | AboutCancellation
    | AboutMoney
    | AboutDocument
    | AboutAssignment
    | AboutSeats
    | AboutSeat
    | AboutDistribution
    | AboutTicket
    | FormerHolder
    | AboutDetails
    | AboutTransfer
    | AboutEventChange
    | VerifyEmail
    | Whitelisted
    | WaitingOffer
    | LostLinks
    | MemberAdded,
    Field(discriminator="kind"),
]
"""A fact that somebody is to be told, as it travels on the mail queue."""

_MAIL_REQUEST: TypeAdapter[MailRequest] = TypeAdapter(MailRequest)


def read_request(body: str) -> MailRequest:
    """Read a request from its JSON. Raises pydantic.ValidationError."""
    return _MAIL_REQUEST.validate_json(body)


class Mail(NamedTuple):
    to: str
    subject: str
    text: str
    html: str
    order_id: str | None = None
    """The order that it is about: news of the mail names it."""
