"""An allotment: tickets of a tier set apart for a company, or blocked by the organizer for later.

What it holds is claimed from the tier's stocks and forms a stock of its own, from which orders are placed.
"""

from typing import Annotated, Literal

from pydantic import Field

from admit import keys
from admit.catalog.event import Title
from admit.model import Entity, Shape
from admit.stock.claim import Claim
from admit.stock.stock import Stock
from admit.store import Put

type Units = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


class AllotmentPatch(Shape):
    title: Title | None = None
    units: Units | None = None


class AllotmentSettings(AllotmentPatch):
    title: Title
    units: Units
    tier_id: str
    company_id: str | None = None
    """Left out: a block of the organizer's own."""


class Allotment(Entity):
    id: str
    event_id: str
    tier_id: str
    company_id: str | None = None
    title: str
    units: int
    stock: Stock
    claims: list[Claim] = []
    """What it has taken from the tier's stocks."""
    kind: Literal["allotment"] = "allotment"
    request_hash: str = ""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.allotment(self.event_id, self.id), self.attributes())
