"""The two bases of every model: what clients send and get, and what the table keeps."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from admit.ids import digest
from admit.store import Item


class Shape(BaseModel):
    """A body that clients send or get: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Entity(BaseModel):
    """Something the table keeps. Unknown attributes (keys of indexes) are passed over when it is read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def of(cls, item: Item) -> Self:
        """Read the entity from its stored item."""
        return cls.model_validate(item)

    def attributes(self) -> dict[str, Any]:
        """Return what is stored of it beside its keys; absent values are not stored."""
        return self.model_dump(mode="json", exclude_none=True)


def request_hash(body: Shape) -> str:
    """Return what tells a request sent again from another one under the same key."""
    return digest(body.model_dump_json())
