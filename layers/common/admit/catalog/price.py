"""A price of a tier: its amount, who may buy at it, when, how many, and how it is paid."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from admit.clock import Instant
from admit.faults import NO_BLANKS
from admit.model import ONE_LINE, Shape
from admit.money import MOST_CHARGED, Money, chargeable
from admit.stock.stock import Stock

type Quantity = Annotated[int, Field(ge=1, le=1_000, strict=True)]
type Limit = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
type Code = Annotated[str, StringConstraints(min_length=2, max_length=40, pattern=NO_BLANKS), ONE_LINE]


class PaymentMethod(StrEnum):
    CARD = "card"
    INVOICE = "invoice"
    FREE = "free"


class AudienceType(StrEnum):
    """Who may buy at a price."""

    EVERYONE = "everyone"
    WHITELIST = "whitelist"
    CODE = "code"
    COMPANY = "company"
    ROLE = "role"


class OrganizationRole(StrEnum):
    """A company's part in one event."""

    SPONSOR = "sponsor"
    PARTNER = "partner"
    EXHIBITOR = "exhibitor"
    OTHER = "other"


class Audience(Shape):
    """Everyone; addresses on the tier's whitelist; who knows a code; certain companies, or all of a role."""

    type: AudienceType = AudienceType.EVERYONE
    code: Code | None = None
    company_ids: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=100)] = []
    roles: Annotated[list[OrganizationRole], Field(max_length=10)] = []

    def opens_with(self, codes: Sequence[str]) -> bool:
        """Say whether it is for those who know a code, and one of these is it."""
        return self.code is not None and self.code.casefold() in {code.casefold() for code in codes}

    @model_validator(mode="after")
    def _says_whom(self) -> "Audience":
        told = {
            AudienceType.CODE: self.code,
            AudienceType.COMPANY: self.company_ids,
            AudienceType.ROLE: self.roles,
        }
        for kind, value in told.items():
            name = {"code": "code", "company": "company_ids", "role": "roles"}[kind]
            if self.type is kind and not value:
                raise ValueError(f"{name} must say who may buy at this price")
            if self.type is not kind and value:
                raise ValueError(f"{name} goes with type {kind} only")
        return self


class PriceSettings(Shape):
    """The fields of a price that its organizer sets."""

    id: str | None = None
    """Of a price that is kept when a tier is changed; left out for a new one."""
    label: Annotated[str, StringConstraints(max_length=80), ONE_LINE] = ""
    amount: Money
    floor: Money | None = None
    """Pay what you want: the least that the buyer may choose; `amount` is what is suggested."""
    payment_methods: Annotated[list[PaymentMethod], Field(min_length=1)] | None = None
    """Left out: free for a zero price, card for any other."""
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    quantity: Limit | None = None
    """How many are sold at this price in all."""
    min: Quantity | None = None
    max: Quantity | None = None
    audience: Audience = Audience()

    @model_validator(mode="after")
    def _fits_together(self) -> "PriceSettings":
        if not chargeable(self.amount) or not (self.floor is None or chargeable(self.floor)):
            raise ValueError("amount in this currency must end in a zero, or no card can be charged")
        if self.amount.amount > MOST_CHARGED:
            raise ValueError("amount is above what one payment can hold")
        if self.floor and self.floor.currency != self.amount.currency:
            raise ValueError("floor and amount must have one currency")
        if self.floor and self.floor.amount > self.amount.amount:
            raise ValueError("floor can't be above amount")
        free = self.payment_methods is not None and PaymentMethod.FREE in self.payment_methods
        if free and self.amount.amount > 0 and self.floor is None:
            raise ValueError("payment_methods of a price above zero can't contain free")
        if self.min and self.max and self.min > self.max:
            raise ValueError("min can't be above max")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until must be after valid_from")
        return self


class Price(PriceSettings):
    id: str
    payment_methods: list[PaymentMethod]
    stock: Stock | None = None
    """Of the quantity, where there is one."""

    @classmethod
    def of_settings(cls, settings: PriceSettings, new_id: Callable[[], str]) -> "Price":
        """Make a new price, or one that takes the place of the price with the settings' id."""
        price_id = settings.id or new_id()
        free = settings.amount.amount == 0 and settings.floor is None
        return cls(
            **settings.model_dump(exclude={"id", "payment_methods"}),
            id=price_id,
            payment_methods=settings.payment_methods or [PaymentMethod.FREE if free else PaymentMethod.CARD],
            stock=None if settings.quantity is None else Stock.opened(price_id, settings.quantity),
        )

    def valid(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )
