"""A company takes part in an event, on terms of its own, and leaves it again."""

from admit import keys
from admit.catalog.amend import Amendment, amend
from admit.catalog.catalog import Catalog
from admit.catalog.organization import Organization, OrganizationSettings
from admit.errors import InUse, NotFound
from admit.store import Delete, Table


def set_organization(
    table: Table, catalog: Catalog, company_id: str, settings: OrganizationSettings
) -> Organization:
    """Say what part a company has in an event; it takes the place of what was said before."""
    organization = Organization(event_id=catalog.event.id, company_id=company_id, **dict(settings))
    table.write(organization.put())
    return organization


def organization_of(catalog: Catalog, company_id: str) -> Organization:
    """Raises NotFound."""
    if company_id not in catalog.organizations:
        raise NotFound("This company has no part in this event.")
    return catalog.organizations[company_id]


def remove_organization(table: Table, catalog: Catalog, company_id: str) -> None:
    """Take a company out of an event in which it has neither orders nor tickets set apart.

    An order that is placed at the same moment stands, and is the company's. Raises NotFound, InUse.
    """

    def decide(catalog: Catalog) -> Amendment[None]:
        organization_of(catalog, company_id)
        if any(one.company_id == company_id for one in catalog.allotments.values()):
            raise InUse("This company has tickets set apart at this event; give them up first.")
        event_id = catalog.event.id
        orders = keys.orders_of_organization(event_id, company_id)
        if table.span(orders, after="ORDER#", until="ORDER#~", limit=1):
            raise InUse("This company has orders at this event, which are kept.")
        return Amendment(None, [Delete(keys.organization(event_id, company_id))])

    amend(table, catalog, decide)
