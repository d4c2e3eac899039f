"""An offer: a perk that comes with a tier. Each ticket of the tier carries its grant."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from admit.catalog.event import Title
from admit.model import ONE_LINE, Shape


class OfferProvider(StrEnum):
    """What kind of thing is given."""

    PRODUCT = "product"
    VOUCHER = "voucher"
    LINK = "link"
    FILE = "file"
    EXTERNAL = "external"


class Offer(Shape):
    title: Title
    provider: OfferProvider
    reference: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""
    """What its provider knows it by: a code, an address, a product's number."""
    auto: bool = True
    """Granted with the ticket; otherwise its holder claims it."""
