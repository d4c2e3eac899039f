"""A quota: one capacity that several tiers share, beside their own limits."""

from typing import Annotated, Literal

from pydantic import Field

from admit import keys
from admit.catalog.event import Title
from admit.model import Entity, Shape
from admit.stock.stock import Stock
from admit.store import Put


class QuotaPatch(Shape):
    title: Title | None = None
    limit: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = None


class QuotaSettings(QuotaPatch):
    title: Title
    limit: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


class Quota(Entity):
    id: str
    event_id: str
    title: str
    limit: int
    stock: Stock
    kind: Literal["quota"] = "quota"
    request_hash: str = ""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.quota(self.event_id, self.id), self.attributes())
