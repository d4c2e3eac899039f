"""A discount: a code, or an automatic rule, that lowers the prices of some tiers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from admit import keys
from admit.catalog.event import Title
from admit.catalog.price import Code, Limit, Quantity
from admit.clock import Instant
from admit.model import Entity, Percent, Shape
from admit.money import Money, chargeable
from admit.stock.stock import MAX_SHARDS, Stock
from admit.store import Put

_SHARDS_OF_A_CODE = 8


class DiscountPatch(Shape):
    """The fields of a discount that its organizer may change; one that is left out stays as it is."""

    title: Title | None = None
    code: Code | None = None
    """Without a code it is automatic: it applies to every order that it fits."""
    active: bool | None = None
    percent: Percent | None = None
    amount: Money | None = None
    """Off each ticket, down to nothing."""
    buy: Annotated[int, Field(ge=2, le=100, strict=True)] | None = None
    pay: Annotated[int, Field(ge=1, le=99, strict=True)] | None = None
    """Of every `buy` tickets only the `pay` dearest are paid: 3 for 2 is buy 3, pay 2."""
    tier_ids: Annotated[list[str], Field(max_length=100)] | None = None
    """Empty: every tier."""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    min_tickets: Quantity | None = None
    """How many tickets of its tiers an order must have."""
    use_limit: Limit | None = None
    """How many orders may use it."""
    use_limit_per: Quantity | None = None
    ticket_limit: Limit | None = None
    """To how many tickets it may be applied in all."""
    ticket_limit_per: Quantity | None = None


class DiscountSettings(DiscountPatch):
    """The fields of a discount that its organizer sets: one of percent, amount, and buy with pay."""

    title: Title
    active: bool = True
    tier_ids: Annotated[list[str], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _fits_together(self) -> "DiscountSettings":
        kinds = [self.percent is not None, self.amount is not None, self.buy is not None]
        if kinds.count(True) != 1:
            raise ValueError("give one of percent, amount, or buy with pay")
        if self.amount is not None and not chargeable(self.amount):
            raise ValueError("amount in this currency must end in a zero, or no card can be charged")
        if (self.buy is None) != (self.pay is None) or (self.buy and self.pay and self.pay >= self.buy):
            raise ValueError("buy and pay go together, and pay must be below buy")
        if self.code is None and (self.use_limit_per or self.ticket_limit_per):
            raise ValueError("use_limit_per and ticket_limit_per need a code")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until must be after valid_from")
        return self


def most_shards(settings: DiscountSettings) -> int:
    """Return over how many shards its stocks may lie: those of a code are small, as there may be many."""
    return MAX_SHARDS if settings.code is None else _SHARDS_OF_A_CODE


class Discount(DiscountSettings, Entity):
    model_config = ConfigDict(extra="ignore")

    id: str
    event_id: str
    uses: Stock
    tickets: Stock
    kind: Literal["discount"] = "discount"
    request_hash: str = ""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.discount(self.event_id, self.id), self.attributes())

    def has_code(self, code: str) -> bool:
        return self.code is not None and self.code.casefold() == code.casefold()

    def valid(self, now: datetime) -> bool:
        return (
            self.active
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )
