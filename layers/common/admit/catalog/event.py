"""An event: one happening with one currency. Its shard count is fixed when it is published."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from admit import keys
from admit.clock import Instant
from admit.model import ONE_LINE, Entity, Shape
from admit.money import Currency
from admit.stock.shard import Stock
from admit.store import Put

type Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]$")]
type Title = Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("not a time zone of the IANA database, such as Europe/Oslo") from exc
    return name


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


class Venue(Shape):
    name: Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
    address: Annotated[str, StringConstraints(max_length=500)] = ""


class EventSettings(Shape):
    """The fields of an event that its organizer sets."""

    slug: Slug
    title: Title
    description: Annotated[str, StringConstraints(max_length=10_000)] = ""
    timezone: Annotated[str, AfterValidator(_known_timezone)]
    currency: Currency
    starts_at: Instant
    ends_at: Instant
    venue: Venue | None = None
    capacity: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    show_available: bool = False
    hold_minutes: Annotated[int, Field(ge=1, le=22 * 60)] | None = None
    """Minutes that a card order holds its tickets; a hosted payment page lives a day at most."""
    invoice_policy: InvoicePolicy = InvoicePolicy.ON_PAYMENT
    invoice_days: Annotated[int, Field(ge=0, le=365)] = 14

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
    capacity: int | None = None
    show_available: bool = False
    hold_minutes: int
    invoice_policy: InvoicePolicy
    invoice_days: int
    shards: int = 1
    public_key: str
    """Ed25519 public key of the event's credentials, 32 bytes in hex."""
    request_hash: str
    created_at: Instant
    revision: int = 1

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.events_of(self.organizer_id),
            "gsi1sk": keys.by_time(self.starts_at, self.id),
        }
        return Put(keys.event(self.id), {"kind": "event", **self.attributes(), **indexes})

    @property
    def stock(self) -> Stock | None:
        """What the capacity of the whole event leaves, once it is published."""
        open_for_orders = self.status is not EventStatus.DRAFT
        return Stock(self.id, self.shards) if self.capacity is not None and open_for_orders else None
