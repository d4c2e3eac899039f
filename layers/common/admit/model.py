"""The two bases of every model: what clients send and get, and what the table keeps."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
)

from admit.errors import Invalid
from admit.faults import EMAIL, FaultCode, faults_of, wrong
from admit.ids import digest, normal_email
from admit.store import Item


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise wrong(FaultCode.NOT_ONE_LINE, "must be one line without control characters")
    return text


ONE_LINE = AfterValidator(_one_line)
"""Marks a text that is shown and printed on one line."""


type Name = Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]
type Phone = Annotated[str, StringConstraints(max_length=40), ONE_LINE]
type Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
"""BCP 47, such as "de" or "pt-BR"."""

_MOST_OF_AN_ADDRESS = 254


def _comparable(address: str) -> str:
    """Refuse an address whose normal form is none, such as one with a second @ of full width."""
    normal = normal_email(address)
    if len(normal) > _MOST_OF_AN_ADDRESS or not re.fullmatch(EMAIL, normal):
        raise wrong(FaultCode.NOT_AN_EMAIL, "is not an e-mail address")
    return address


type Email = Annotated[
    str,
    StringConstraints(pattern=EMAIL, max_length=_MOST_OF_AN_ADDRESS),
    AfterValidator(_comparable),
]
"""An e-mail address as its owner writes it; it is compared in its normal form."""


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


type Percent = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=5, decimal_places=2),
    PlainSerializer(_plain, return_type=str),
]
"""A share of a hundred with up to two decimals, written as text: "7.7"."""


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


def merged[S: Shape](model: type[S], present: Mapping[str, Any], patch: Shape) -> S:
    """Return settings with the fields that a patch names changed, checked as a whole. Raises Invalid."""
    kept = {name: value for name, value in present.items() if name in model.model_fields}
    try:
        return model.model_validate(kept | patch.model_dump(exclude_unset=True))
    except ValidationError as exc:
        raise Invalid(faults=faults_of(exc)) from exc
