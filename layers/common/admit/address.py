"""Addresses: where somebody is, who is spoken to, and who is billed."""

from typing import Annotated

from pydantic import StringConstraints

from admit.faults import COUNTRY
from admit.model import ONE_LINE, Email, Name, Phone, Shape

type VatId = Annotated[str, StringConstraints(max_length=40), ONE_LINE]
type Reference = Annotated[str, StringConstraints(max_length=80), ONE_LINE]
"""What who is billed wants to read on the invoice, such as the number of his purchase order."""


class Address(Shape):
    street: Name
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20), ONE_LINE]
    city: Name
    country: Annotated[str, StringConstraints(pattern=COUNTRY)]
    """ISO 3166-1 alpha-2."""


class Contact(Shape):
    """The person to speak to."""

    name: Name
    email: Email
    phone: Phone | None = None


class BillTo(Shape):
    """Who is billed, where, and how he wants it."""

    company: Name
    address: Address | None = None
    vat_id: VatId | None = None
    email: Email | None = None
    reference: Reference | None = None
