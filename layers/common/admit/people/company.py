"""Companies: partners and clients of an organizer, and the relays who act for them."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from admit import keys
from admit.address import BillTo, Contact
from admit.catalog.catalog import Catalog
from admit.catalog.organization import Domains, Notes, Organization, OrganizationBrief
from admit.catalog.price import OrganizationRole
from admit.clock import Instant
from admit.errors import NotFound, WrongState
from admit.model import Email, Entity, Name, Shape
from admit.people.switches import Switches, TakeBack, switches_of
from admit.store import Put, Table


class CompanyPatch(Shape):
    """The fields of a company that its organizer may change; one that is left out stays as it is."""

    name: Name | None = None
    billing: BillTo | None = None
    """Who is billed for what it orders."""
    contact: Contact | None = None
    domains: Domains | None = None
    """The domains of its e-mail addresses."""
    notes: Notes | None = None
    """For the organizer alone."""
    archived: Annotated[bool, Field(strict=True)] | None = None
    """Whether it is put away: it is listed apart, and gets and draws no more tickets."""
    address_book_enabled: Annotated[bool, Field(strict=True)] | None = None
    """Whether its relays keep an address book; null is as the deployment says, as for all that follow."""
    distribution_enabled: Annotated[bool, Field(strict=True)] | None = None
    """Whether its relays distribute tickets by cart. Needs the address book."""
    take_back: TakeBack | None = None
    """Who may take its tickets back from those who have them, beside the organizer."""
    take_back_downloaded: TakeBack | None = None
    """The same of tickets that were opened or downloaded; not above `take_back`."""


class CompanySettings(CompanyPatch):
    name: Name
    domains: Domains = []
    notes: Notes = ""
    archived: Annotated[bool, Field(strict=True)] = False


class Company(Entity):
    id: str
    organizer_id: str
    name: str
    billing: BillTo | None = None
    contact: Contact | None = None
    domains: list[str] = []
    notes: str = ""
    archived: bool = False
    address_book_enabled: bool | None = None
    distribution_enabled: bool | None = None
    take_back: TakeBack | None = None
    take_back_downloaded: TakeBack | None = None
    created_at: Instant
    request_hash: str = ""
    revision: int = 1
    """Counts the changes of the company and of its relays."""

    def put(self) -> Put:
        listed = keys.archived_companies_of if self.archived else keys.companies_of
        indexes = {"gsi1pk": listed(self.organizer_id), "gsi1sk": f"{self.name.casefold()}#{self.id}"}
        return Put(keys.company(self.id), {"kind": "company", **self.attributes(), **indexes})

    def after(self) -> Put:
        """Return the write that takes the place of the company that was read."""
        return self.model_copy(update={"revision": self.revision + 1}).put().over(self.revision)


class CompanyView(CompanySettings):
    id: str
    created_at: Instant
    effective: Switches
    """What holds for it: its own switches, and the deployment's where it has none."""


class Relay(Entity):
    """A natural person who acts for a company; the primary one manages the others."""

    company_id: str
    email: Email
    name: str
    primary: bool = False

    def put(self) -> Put:
        """Return the write that stores him as he is; it goes with one of the company's revision."""
        indexes = {"gsi1pk": keys.relays_of(self.email), "gsi1sk": self.company_id}
        item = {"kind": "relay", **self.attributes(), **indexes}
        return Put(keys.relay(self.company_id, self.email), item, condition=None)


class ActsFor(Shape):
    """A company as one of its relays sees it."""

    id: str
    name: str
    archived: bool
    primary: bool
    """Whether he manages its relays."""
    enabled: Switches
    """What its relays may do."""


def company_view(company: Company, deployment: Switches) -> CompanyView:
    kept = company.model_dump(include=set(CompanyView.model_fields))
    return CompanyView(**kept, effective=switches_of(company, deployment))


def load_company(table: Table, company_id: str) -> Company:
    """Read a company as it is now. Raises NotFound."""
    item = table.get(keys.company(company_id))
    if item is None:
        raise NotFound("There is no such company.")
    return Company.of(item)


def company_of(table: Table, organizer_id: str, company_id: str) -> Company:
    """Return a company of this organizer. Raises NotFound."""
    company = load_company(table, company_id)
    if company.organizer_id != organizer_id:
        raise NotFound("There is no such company.")
    return company


def require_active(company: Company) -> Company:
    """Return a company that may get tickets. Raises WrongState."""
    if company.archived:
        raise WrongState("This company is archived; take it out of the archive first.")
    return company


def bill_to(company: Company, organization: Organization | None) -> BillTo | None:
    """Return who is billed for what a company orders at an event."""
    return (organization and organization.billing) or company.billing


def organizations_of(
    table: Table, catalog: Catalog, company_ids: Iterable[str | None]
) -> Mapping[str, OrganizationBrief]:
    """Return the companies of orders with their parts in the event, by company."""
    wanted = dict.fromkeys(company_id for company_id in company_ids if company_id is not None)
    items = table.get_many([keys.company(company_id) for company_id in wanted])
    return {
        company.id: OrganizationBrief(
            company_id=company.id,
            name=company.name,
            role=organization.role
            if (organization := catalog.organizations.get(company.id))
            else OrganizationRole.OTHER,
        )
        for company in map(Company.of, items)
    }


def claim_domains(catalog: Catalog, company: Company) -> list[str]:
    """Return whose addresses take a company's tickets by a link, unless the link says otherwise."""
    organization = catalog.organizations.get(company.id)
    return (organization.claim_domains if organization else []) or company.domains


def acts_for(table: Table, company_id: str, email: str) -> bool:
    """Say whether a person is a relay of a company."""
    return table.get(keys.relay(company_id, email)) is not None


def require_relay(table: Table, company_id: str, email: str) -> Relay:
    """Return the caller as relay of this company. To a stranger the company does not exist: NotFound."""
    item = table.get(keys.relay(company_id, email))
    if item is None:
        raise NotFound
    return Relay.of(item)


def company_of_relay(table: Table, company_id: str, email: str) -> tuple[Company, Relay]:
    """Return a company with the caller as its relay, by one request.

    Raises NotFound: to a stranger it does not exist.
    """
    wanted = [keys.company(company_id), keys.relay(company_id, email)]
    found = table.get_many(wanted)
    if len(found) < len(wanted):
        raise NotFound
    return Company.of(found[0]), Relay.of(found[1])


def relays_of(table: Table, company_id: str) -> list[Relay]:
    """Return the relays of a company: the primary one, then the others by name."""
    pk, prefix = keys.relays(company_id)
    relays = [Relay.of(item) for item in table.query(pk, prefix)]
    return sorted(relays, key=lambda relay: (not relay.primary, relay.name.casefold(), relay.email))


def companies_of(
    table: Table, email: str, deployment: Switches, *, limit: int, cursor: str | None
) -> tuple[list[ActsFor], str | None]:
    """Return one page of the companies that a person acts for, and where the next one begins."""
    page = table.page("gsi1", keys.relays_of(email), limit=limit, cursor=cursor)
    primary = {relay.company_id: relay.primary for relay in map(Relay.of, page.items)}
    items = table.get_many([keys.company(company_id) for company_id in primary])
    companies = [
        ActsFor(
            id=one.id,
            name=one.name,
            archived=one.archived,
            primary=primary[one.id],
            enabled=switches_of(one, deployment),
        )
        for one in map(Company.of, items)
    ]
    return sorted(companies, key=lambda one: (one.name.casefold(), one.id)), page.cursor
