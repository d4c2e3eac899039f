"""The two bases of every model: what clients send and get, and what the table keeps."""

import unicodedata
from typing import Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

from admit.ids import digest
from admit.store import Item


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError("must be one line without control characters")
    return text


ONE_LINE = AfterValidator(_one_line)
"""Marks a text that is shown and printed on one line."""


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
