"""A tier: one type of ticket inside a category, with one or more prices."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from admit import keys
from admit.catalog.event import Event, ImageIds, LongText, Title
from admit.catalog.offer import Offer
from admit.catalog.price import Code, Limit, Price, PriceSettings, Quantity
from admit.catalog.whitelist import Listed
from admit.clock import Instant
from admit.ids import digest
from admit.model import ONE_LINE, Entity, Percent, Shape
from admit.stock.stock import Stock
from admit.store import Put


class SaleState(StrEnum):
    ON_SALE = "on_sale"
    NOT_YET = "not_yet"
    ENDED = "ended"
    SOLD_OUT = "sold_out"
    LOCKED = "locked"


type Line = Annotated[str, StringConstraints(max_length=140), ONE_LINE]
type Prices = Annotated[list[PriceSettings], Field(max_length=20)]
type Offers = Annotated[list[Offer], Field(max_length=20)]
type ExternalIds = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]], Field(max_length=20)
]
type Ids = Annotated[list[str], Field(max_length=5)]


class TierPatch(Shape):
    """The fields of a tier that its organizer may change; one that is left out stays as it is."""

    title: Title | None = None
    category: str | None = None
    active: bool | None = None
    """Whether guests can buy or receive it."""
    private: bool | None = None
    """Not listed: sold by its own link, with a code, or by the organizer."""
    default: bool | None = None
    """Read only: the one free tier that came with the event."""
    description: LongText | None = None
    description_line: Line | None = None
    photos: ImageIds | None = None
    position: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None
    prices: Prices | None = None
    ticket_limit: Limit | None = None
    """How many are sold in all; without it, as many as the event holds."""
    ticket_limit_per: Quantity | None = None
    """How many one guest may have, over all his orders."""
    limited: bool | None = None
    """Sold to addresses on the whitelist only."""
    limited_whitelist_users: Annotated[list[Listed], Field(max_length=5_000)] | None = None
    whitelist_auto_approve: bool | None = None
    """Whether being on the whitelist of a limited tier counts as approval."""
    approval_required: bool | None = None
    address_required: bool | None = None
    offers: Offers | None = None
    external_ids: ExternalIds | None = None
    sale_starts_at: Instant | None = None
    sale_ends_at: Instant | None = None
    passcode: Code | None = None
    """Write only: without it the tier is locked."""
    tax_rate: Percent | None = None
    add_on_of: str | None = None
    """Sold with another tier only, as many as of that at most; an add-on is no further guest of the event."""
    quotas: Ids | None = None
    """Quotas of the event that it shares with other tiers."""


class TierSettings(TierPatch):
    """The fields of a tier that its organizer sets."""

    title: Title
    active: bool = True
    private: bool = False
    description: LongText = ""
    description_line: Line = ""
    photos: ImageIds = []
    limited: bool = False
    limited_whitelist_users: Annotated[list[Listed], Field(max_length=5_000)] = []
    whitelist_auto_approve: bool = False
    approval_required: bool = False
    address_required: bool = False
    offers: Offers = []
    external_ids: ExternalIds = []
    quotas: Ids = []

    @model_validator(mode="after")
    def _fits_together(self) -> "TierSettings":
        if (
            self.ticket_limit is not None
            and self.ticket_limit_per is not None
            and self.ticket_limit_per > self.ticket_limit
        ):
            raise ValueError("ticket_limit_per can't be above ticket_limit")
        if self.sale_starts_at and self.sale_ends_at and self.sale_starts_at >= self.sale_ends_at:
            raise ValueError("sale_ends_at must be after sale_starts_at")
        return self


class Tier(Entity):
    id: str
    event_id: str
    category: str | None = None
    title: str
    default: bool = False
    active: bool = True
    private: bool = False
    description: str = ""
    description_line: str = ""
    photos: list[str] = []
    position: int = 0
    prices: list[Price]
    ticket_limit: int | None = None
    ticket_limit_per: int | None = None
    limited: bool = False
    whitelist_auto_approve: bool = False
    approval_required: bool = False
    address_required: bool = False
    offers: list[Offer] = []
    external_ids: list[str] = []
    sale_starts_at: Instant | None = None
    sale_ends_at: Instant | None = None
    passcode_hash: str | None = None
    tax_rate: Percent | None = None
    add_on_of: str | None = None
    quotas: list[str] = []
    stock: Stock
    whitelist_size: int = 0
    whitelist_domains: list[str] = []
    """The domains on the whitelist, so that a buyer is looked up by the right entry."""
    waited_for: bool = False
    """Somebody waits for it: what comes free is offered to them, and not sold to who happens to come by."""
    request_hash: str = ""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.tier(self.event_id, self.id), {"kind": "tier", **self.attributes()})

    def opens_with(self, passcodes: Sequence[str]) -> bool:
        """Say whether the tier has no passcode, or one of these is it."""
        if self.passcode_hash is None:
            return True
        salt, _, _ = self.passcode_hash.partition("$")
        return any(hmac.compare_digest(passcode_hash(code, salt), self.passcode_hash) for code in passcodes)

    @property
    def can_be_waited_for(self) -> bool:
        """Whether it is sold by itself, and to everybody."""
        return not self.limited and self.add_on_of is None

    def needs_approval(self, event: Event) -> bool:
        listed = self.limited and self.whitelist_auto_approve
        return event.approval_required or (self.approval_required and not listed)

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
        if self.waited_for or (available is not None and available <= 0):
            return SaleState.SOLD_OUT
        return SaleState.ON_SALE


def passcode_hash(passcode: str, salt: str) -> str:
    return f"{salt}${digest('passcode', salt, passcode.casefold())}"


class CategoryPatch(Shape):
    title: Title | None = None
    description: LongText | None = None
    position: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None


class CategorySettings(CategoryPatch):
    title: Title
    description: LongText = ""


class Category(Entity):
    id: str
    event_id: str
    title: str
    description: str = ""
    position: int = 0
    kind: Literal["category"] = "category"

    revision: int = 1
    request_hash: str = ""

    def put(self) -> Put:
        return Put(keys.category(self.event_id, self.id), self.attributes())
