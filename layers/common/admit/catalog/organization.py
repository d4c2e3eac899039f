"""An event organization: a company's part in one event."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from admit import keys
from admit.address import BillTo, Contact
from admit.catalog.event import InvoicePolicy
from admit.catalog.price import OrganizationRole
from admit.catalog.whitelist import Domain
from admit.model import Entity, Shape
from admit.store import Put, Update

type Notes = Annotated[str, StringConstraints(max_length=2_000)]
type Domains = Annotated[list[Domain], Field(max_length=20)]


class OrganizationSettings(Shape):
    role: OrganizationRole = OrganizationRole.OTHER
    contact: Contact | None = None
    billing: BillTo | None = None
    """Who is billed for this event, in place of the company's own."""
    invoice_policy: InvoicePolicy | None = None
    """When an order of it by invoice gets its tickets; left out, as the event says."""
    invoice_days: Annotated[int, Field(ge=0, le=365, strict=True)] | None = None
    """Within how many days its invoices are to be paid; left out, as the event says."""
    claim_domains: Domains = []
    """Whose addresses may take its tickets by a link; empty: those of the company's domains."""
    notes: Notes = ""


class Organization(Entity):
    event_id: str
    company_id: str
    role: OrganizationRole
    contact: Contact | None = None
    billing: BillTo | None = None
    invoice_policy: InvoicePolicy | None = None
    invoice_days: int | None = None
    claim_domains: list[str] = []
    notes: str = ""
    kind: Literal["organization"] = "organization"

    def put(self) -> Put:
        return Put(keys.organization(self.event_id, self.company_id), self.attributes(), condition=None)


class OrganizationBrief(Shape):
    """The company of an order, and its part in the event."""

    company_id: str
    name: str
    role: OrganizationRole


def takes_part(event_id: str, company_id: str) -> Update:
    """Return the write that makes a company part of an event; the part that it has stays as it is."""
    return Update(
        keys.organization(event_id, company_id),
        "SET #role = if_not_exists(#role, :role), kind = :kind, event_id = :event, company_id = :company",
        condition=None,
        values={
            "role": OrganizationRole.OTHER,
            "kind": "organization",
            "event": event_id,
            "company": company_id,
        },
    )
