"""A tier: one type of ticket inside a category, with one or more prices."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from admit import keys
from admit.catalog.event import Title
from admit.clock import Instant
from admit.model import ONE_LINE, Entity, Shape
from admit.money import MOST_CHARGED, Money, chargeable
from admit.stock.shard import Stock, opening, shards_for
from admit.store import Put

type Quantity = Annotated[int, Field(ge=1, le=1_000, strict=True)]
type ExternalIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]], Field(max_length=20)
]


class PaymentMethod(StrEnum):
    CARD = "card"
    INVOICE = "invoice"
    FREE = "free"


class SaleState(StrEnum):
    ON_SALE = "on_sale"
    NOT_YET = "not_yet"
    ENDED = "ended"
    SOLD_OUT = "sold_out"
    LOCKED = "locked"


class PriceSettings(Shape):
    label: Annotated[str, StringConstraints(max_length=80), ONE_LINE] = ""
    amount: Money
    payment_methods: Annotated[list[PaymentMethod], Field(min_length=1)] | None = None
    """Left out: free for a zero price, card for any other."""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    min: Quantity | None = None
    max: Quantity | None = None

    @model_validator(mode="after")
    def _methods_fit_the_amount(self) -> "PriceSettings":
        if not chargeable(self.amount):
            raise ValueError("amount in this currency must end in a zero, or no card can be charged")
        if self.amount.amount > MOST_CHARGED:
            raise ValueError("amount is above what one payment can hold")
        free = self.payment_methods is not None and PaymentMethod.FREE in self.payment_methods
        if free and self.amount.amount > 0:
            raise ValueError("payment_methods of a price above zero can't contain free")
        if self.min and self.max and self.min > self.max:
            raise ValueError("min can't be above max")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until must be after valid_from")
        return self


class Price(PriceSettings):
    id: str
    payment_methods: list[PaymentMethod]

    def valid(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


class TierSettings(Shape):
    """The fields of a tier that its organizer sets."""

    title: Title
    category: str
    active: bool = True
    private: bool = False
    description: Annotated[str, StringConstraints(max_length=10_000)] = ""
    description_line: Annotated[str, StringConstraints(max_length=140), ONE_LINE] = ""
    position: Annotated[int, Field(ge=0, le=10_000)] | None = None
    prices: Annotated[list[PriceSettings], Field(max_length=20)] | None = None
    """Left out on creation: one zero price."""
    ticket_limit: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = None
    ticket_limit_per: Quantity | None = None
    address_required: bool = False
    external_ids: ExternalIds = []
    sale_starts_at: Instant | None = None
    sale_ends_at: Instant | None = None


class Tier(Entity):
    id: str
    event_id: str
    category: str
    title: str
    default: bool = False
    active: bool = True
    private: bool = False
    description: str = ""
    description_line: str = ""
    position: int = 0
    prices: list[Price]
    ticket_limit: int | None = None
    ticket_limit_per: int | None = None
    address_required: bool = False
    external_ids: list[str] = []
    sale_starts_at: Instant | None = None
    sale_ends_at: Instant | None = None
    stock_shards: int = 0
    """How many shards hold its stock; none while it is unlimited or its event is not published."""
    request_hash: str = ""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.tier(self.event_id, self.id), {"kind": "tier", **self.attributes()})

    @property
    def stock(self) -> Stock | None:
        return Stock(self.id, self.stock_shards) if self.stock_shards else None

    def on_sale(self, most_shards: int) -> "Tier":
        """Return the tier as it is once its event is published: a limit is spread over shards."""
        if self.ticket_limit is None:
            return self
        return self.model_copy(update={"stock_shards": min(most_shards, shards_for(self.ticket_limit))})

    def opening(self) -> list[Put]:
        """Return the writes that create its stock, none for a tier without a limit."""
        return [] if self.stock is None else opening(self.stock, self.ticket_limit or 0)

    def valid_prices(self, now: datetime) -> list[Price]:
        return [price for price in self.prices if price.valid(now)]

    def sale_state(self, now: datetime, available: int | None) -> SaleState:
        """Say whether the tier sells now; `available` is what is known of its stock, None if unlimited."""
        if self.sale_starts_at and now < self.sale_starts_at:
            return SaleState.NOT_YET
        if self.sale_ends_at and now >= self.sale_ends_at:
            return SaleState.ENDED
        if not self.valid_prices(now):
            later = any(price.valid_from and now < price.valid_from for price in self.prices)
            return SaleState.NOT_YET if later else SaleState.ENDED
        if available is not None and available <= 0:
            return SaleState.SOLD_OUT
        return SaleState.ON_SALE


class Category(Entity):
    id: str
    event_id: str
    title: str
    position: int = 0

    def put(self) -> Put:
        return Put(keys.category(self.event_id, self.id), {"kind": "category", **self.attributes()})
