"""An allotment: tickets of a tier set apart for a company, or blocked by the organizer for later.

What it holds is claimed from the tier's stocks and forms a stock of its own, from which orders are placed.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from admit import keys
from admit.catalog.event import Title
from admit.clock import Instant
from admit.model import Entity, Shape
from admit.money import MOST_CHARGED, Money, chargeable
from admit.stock.claim import Claim
from admit.stock.stock import Stock
from admit.store import Put

type Units = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


class AllotmentPrice(StrEnum):
    """What a ticket costs: nothing, or what its tier costs."""

    FREE = "free"
    LIST = "list"


class AllotmentPayment(StrEnum):
    """How it is paid."""

    NONE = "none"
    INVOICE = "invoice"


def _payment(data: dict[str, Any]) -> AllotmentPayment:
    free = data.get("price") is AllotmentPrice.FREE
    return AllotmentPayment.NONE if free else AllotmentPayment.INVOICE


class AllotmentTerms(Shape):
    """On which terms its tickets are handed out."""

    price: AllotmentPrice | Money = AllotmentPrice.FREE
    """Free, as listed, or an amount for each ticket."""
    payment: AllotmentPayment = Field(default_factory=_payment)
    """Left out: none for what is free, else by invoice."""
    until: Instant | None = None
    """Until when its company may draw from it; without it until the event ends. Then the rest goes back."""

    @property
    def unit(self) -> int | None:
        """What each ticket costs, in minor units; None for what its tier costs."""
        if isinstance(self.price, Money):
            return self.price.amount
        return 0 if self.price is AllotmentPrice.FREE else None

    @model_validator(mode="after")
    def _fits_together(self) -> "AllotmentTerms":
        if isinstance(self.price, Money):
            if self.price.amount == 0:
                raise ValueError('price must be "free" when nothing is to be paid')
            if not chargeable(self.price) or self.price.amount > MOST_CHARGED:
                raise ValueError("price can't be charged; choose another amount")
        if self.payment is not _payment({"price": self.price}):
            raise ValueError("payment must be none for what is free, and invoice for what is not")
        return self


class AllotmentPatch(Shape):
    title: Title | None = None
    units: Units | None = None
    terms: AllotmentTerms | None = None


class AllotmentSettings(AllotmentPatch):
    title: Title
    units: Units
    tier_id: str
    company_id: str | None = None
    """Left out: a block of the organizer's own."""
    terms: AllotmentTerms | None = None
    """Left out: the organizer says them with each order, and its company draws nothing by itself."""


class Allotment(Entity):
    id: str
    event_id: str
    tier_id: str
    company_id: str | None = None
    title: str
    units: int
    terms: AllotmentTerms | None = None
    ended_at: Instant | None = None
    """When the rest went back, because the time for drawing was over."""
    stock: Stock
    claims: list[Claim] = []
    """What it has taken from the tier's stocks."""
    kind: Literal["allotment"] = "allotment"
    request_hash: str = ""
    revision: int = 1

    @property
    def due(self) -> datetime | None:
        """When its rest goes back, if it is to."""
        return self.terms.until if self.terms and self.ended_at is None else None

    def put(self) -> Put:
        indexes: dict[str, str] = {}
        if self.company_id is not None:
            indexes |= {"gsi1pk": keys.allotments_of(self.company_id), "gsi1sk": self.id}
        if self.due is not None:
            indexes |= {"gsi3pk": keys.due_of(self.id), "gsi3sk": keys.by_time(self.due, self.id)}
        return Put(keys.allotment(self.event_id, self.id), {**self.attributes(), **indexes})
