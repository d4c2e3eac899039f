"""An event: one happening with one currency. The number of its index shards is fixed when it is published."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from admit import keys
from admit.catalog.badge import BadgeSettings
from admit.clock import Instant
from admit.faults import BIC, IBAN, SLUG, FaultCode, wrong
from admit.ids import derived_id, normal_email, without_tag
from admit.model import ONE_LINE, Entity, Language, Percent, Shape
from admit.money import MOST_CHARGED, Currency
from admit.stock.stock import Stock
from admit.store import Put

MOST_HOLD_MINUTES = 22 * 60
_MONTH = 31 * 24 * 60

type Slug = Annotated[str, StringConstraints(pattern=SLUG)]
type Title = Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]
type LongText = Annotated[str, StringConstraints(max_length=10_000)]
type ImageIds = Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=20)]
"""Ids of pictures that were uploaded for the event, the first one as thumbnail."""
type Capacity = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise wrong(
            FaultCode.UNKNOWN_TIME_ZONE, "not a time zone of the IANA database, such as Europe/Oslo"
        ) from exc
    return name


type TimeZone = Annotated[str, AfterValidator(_known_timezone)]


class EventStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class InvoicePolicy(StrEnum):
    """When an order by invoice gets its tickets."""

    ON_PAYMENT = "on_payment"
    ON_ISSUE = "on_issue"
    ON_RELEASE = "on_release"


class Overdue(StrEnum):
    """What becomes of an order whose invoice is not paid when the grace is over."""

    ASK = "ask"
    CANCEL = "cancel"


class LatePayment(StrEnum):
    """What becomes of money for an order that has expired.

    `same_seats` and `same_tier` give its tickets if all of them are still there, with their seats or with
    others of the tier; if not, and with `ask`, the organizer decides; with `refund` it goes back at once.
    """

    SAME_SEATS = "same_seats"
    SAME_TIER = "same_tier"
    ASK = "ask"
    REFUND = "refund"


class PlusTags(StrEnum):
    """Whether kari+work@polar.example counts as kari@polar.example where guests are counted."""

    APART = "apart"
    SAME = "same"


class Venue(Shape):
    name: Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
    address: Annotated[str, StringConstraints(max_length=500)] = ""


class Seller(Shape):
    """Who sells, as invoices name him, and the account to which they are paid."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
    address: Annotated[str, StringConstraints(max_length=500)] = ""
    vat_id: Annotated[str, StringConstraints(max_length=40), ONE_LINE] | None = None
    iban: Annotated[str, StringConstraints(pattern=IBAN)] | None = None
    """Without spaces."""
    bic: Annotated[str, StringConstraints(pattern=BIC)] | None = None


class CancellationRule(Shape):
    """What a buyer who cancels a paid order by himself is charged, up to a time before the event.

    Of the rules still ahead the one with the most days holds: with rules for 30 and for 7 days, the first
    holds until 30 days before the start, the second until 7 days before, and then nobody cancels by himself.
    """

    days_before: Annotated[int, Field(ge=0, le=365, strict=True)]
    fee_percent: Percent = Decimal(0)
    fee: Annotated[int, Field(ge=0, le=MOST_CHARGED, strict=True)] = 0
    """In minor units for each ticket, on top of the percentage; never more than the ticket cost."""


type ReminderDays = Annotated[list[Annotated[int, Field(ge=-60, le=180, strict=True)]], Field(max_length=10)]
"""Days from the due date of an invoice: -3 is three days before it."""
type AssignmentDays = Annotated[list[Annotated[int, Field(ge=0, le=180, strict=True)]], Field(max_length=5)]
"""Days before the event on which buyers are reminded of tickets that have no holder."""
type CancellationRules = Annotated[list[CancellationRule], Field(max_length=10)]


class EventPatch(Shape):
    """The fields of an event that its organizer may change; one that is left out stays as it is."""

    slug: Slug | None = None
    title: Title | None = None
    description: LongText | None = None
    timezone: TimeZone | None = None
    currency: Currency | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    venue: Venue | None = None
    images: ImageIds | None = None
    capacity: Capacity | None = None
    """How many guests may come in all, over all tiers but add-ons."""
    ticket_limit_per: Annotated[int, Field(ge=1, le=1_000, strict=True)] | None = None
    """How many tickets one guest may have, over all tiers but add-ons."""
    plus_tags: PlusTags | None = None
    show_available: bool | None = None
    hold_minutes: Annotated[int, Field(ge=1, le=MOST_HOLD_MINUTES, strict=True)] | None = None
    """How long a card order holds its tickets."""
    invoice_policy: InvoicePolicy | None = None
    invoice_days: Annotated[int, Field(ge=0, le=365, strict=True)] | None = None
    reminder_days: ReminderDays | None = None
    invoice_grace_days: Annotated[int, Field(ge=0, le=365, strict=True)] | None = None
    """How long after its due date an invoice may still be paid before it is decided on."""
    overdue: Overdue | None = None
    late_payment: LatePayment | None = None
    late_payment_hours: Annotated[int, Field(ge=1, le=720, strict=True)] | None = None
    """How long the organizer may decide on late money before it goes back."""
    cancellation_rules: CancellationRules | None = None
    """By which buyers may cancel paid orders themselves; without any they may not."""
    approval_required: bool | None = None
    """Whether every order of the event waits for approval."""
    approval_holds_stock: bool | None = None
    approval_pay_minutes: Annotated[int, Field(ge=10, le=_MONTH, strict=True)] | None = None
    """How long the buyer of an approved order may take to pay by card."""
    waiting_list: bool | None = None
    offer_minutes: Annotated[int, Field(ge=5, le=_MONTH, strict=True)] | None = None
    """How long an offer to somebody on the waiting list holds its tickets."""
    holder_changes_until: Instant | None = None
    """Until when tickets may change hands; without it until the event ends. The organizer may at any time."""
    transfers: bool | None = None
    """Whether who has a ticket may pass it on to somebody who accepts it."""
    transfer_limit: Annotated[int, Field(ge=1, le=100, strict=True)] | None = None
    """How often a ticket may be passed on."""
    transfer_hours: Annotated[int, Field(ge=1, le=_MONTH // 60, strict=True)] | None = None
    """How long who is offered a ticket may take to accept it."""
    assignment_reminder_days: AssignmentDays | None = None
    language: Language | None = None
    """Of mails to people who have said nothing else."""
    retention_days: Annotated[int, Field(ge=0, le=3_650, strict=True)] | None = None
    """How long after the event its persons are kept; without it until they are erased by hand."""
    badge: BadgeSettings | None = None
    seller: Seller | None = None
    tax_included: bool | None = None
    """Whether prices contain the tax of their tiers, or it is added."""
    offline_partition: bool | None = None
    """Whether, while its doors have no network, each ticket is let in at one gate only."""


class EventSettings(EventPatch):
    """The fields of an event that its organizer sets."""

    slug: Slug
    title: Title
    description: LongText = ""
    timezone: TimeZone
    currency: Currency
    starts_at: Instant
    ends_at: Instant
    images: ImageIds = []
    plus_tags: PlusTags = PlusTags.APART
    show_available: bool = False
    invoice_policy: InvoicePolicy = InvoicePolicy.ON_PAYMENT
    invoice_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 14
    reminder_days: ReminderDays = [-3, 0, 7]
    invoice_grace_days: Annotated[int, Field(ge=0, le=365, strict=True)] = 14
    overdue: Overdue = Overdue.ASK
    late_payment: LatePayment = LatePayment.SAME_TIER
    late_payment_hours: Annotated[int, Field(ge=1, le=720, strict=True)] = 72
    cancellation_rules: CancellationRules = []
    approval_required: bool = False
    approval_holds_stock: bool = False
    approval_pay_minutes: Annotated[int, Field(ge=10, le=_MONTH, strict=True)] = 48 * 60
    waiting_list: bool = True
    offer_minutes: Annotated[int, Field(ge=5, le=_MONTH, strict=True)] = 24 * 60
    transfers: bool = True
    transfer_hours: Annotated[int, Field(ge=1, le=_MONTH // 60, strict=True)] = 72
    assignment_reminder_days: AssignmentDays = [10, 3]
    language: Language = "en"
    badge: BadgeSettings = BadgeSettings()
    tax_included: bool = True
    offline_partition: bool = False

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "EventSettings":
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class Event(Entity):
    id: str
    organizer_id: str
    slug: str
    title: str
    description: str = ""
    status: EventStatus
    timezone: str
    currency: str
    starts_at: Instant
    ends_at: Instant
    venue: Venue | None = None
    images: list[str] = []
    capacity: int | None = None
    ticket_limit_per: int | None = None
    plus_tags: PlusTags = PlusTags.APART
    show_available: bool = False
    hold_minutes: int
    invoice_policy: InvoicePolicy
    invoice_days: int
    reminder_days: list[int] = [-3, 0, 7]
    invoice_grace_days: int = 14
    overdue: Overdue = Overdue.ASK
    late_payment: LatePayment = LatePayment.SAME_TIER
    late_payment_hours: int = 72
    cancellation_rules: list[CancellationRule] = []
    approval_required: bool = False
    approval_holds_stock: bool = False
    approval_pay_minutes: int = 48 * 60
    waiting_list: bool = True
    offer_minutes: int = 24 * 60
    holder_changes_until: Instant | None = None
    transfers: bool = True
    transfer_limit: int | None = None
    transfer_hours: int = 72
    assignment_reminder_days: list[int] = [10, 3]
    language: str = "en"
    retention_days: int | None = None
    badge: BadgeSettings = BadgeSettings()
    seller: Seller | None = None
    tax_included: bool = True
    offline_partition: bool = False
    stock: Stock
    """What the capacity leaves."""
    shards: int = 1
    """Of the indexes that every order writes to."""
    public_key: str
    """Ed25519 public key of the event's credentials, 32 bytes in hex."""
    request_hash: str
    created_at: Instant
    revision: int = 1
    """Counts the changes of the event and of everything in its catalog."""

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.events_of(self.organizer_id),
            "gsi1sk": keys.by_time(self.starts_at, self.id),
        }
        if self.status is not EventStatus.DRAFT:
            indexes |= {"gsi3pk": keys.PUBLISHED_EVENTS, "gsi3sk": keys.by_time(self.ends_at, self.id)}
        return Put(keys.event(self.id), {"kind": "event", **self.attributes(), **indexes})

    @property
    def cancellation_job(self) -> str | None:
        """Id of the job that ends its orders, once it is cancelled."""
        return derived_id("job", self.id, "cancel_event") if self.status is EventStatus.CANCELLED else None

    def day(self, at: datetime) -> date:
        """Return the day that a moment has where the event takes place."""
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def guest(self, email: str) -> str:
        """Return the address under which a guest of this event is counted."""
        address = normal_email(email)
        return without_tag(address) if self.plus_tags is PlusTags.SAME else address
