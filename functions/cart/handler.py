"""The distribution portal: companies, the tickets set apart for them and those that their relays hand out."""

from random import SystemRandom
from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, keys
from admit.aws.http import (
    Api,
    Cursor,
    IdempotencyKey,
    Limit,
    Listing,
    OptionalIdempotencyKey,
    csv_file,
    new_id,
)
from admit.aws.settings import workshop
from admit.catalog.allotment import Allotment
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.distribution.allocate import AllocateRequest, allocate
from admit.distribution.allotments import PortalAllotment, portal_allotments
from admit.distribution.cart import (
    CartBrief,
    CartGuest,
    CartView,
    OpenCart,
    add_guest,
    cart_guest,
    cart_view,
    carts_of,
    open_cart,
    remove_guest,
)
from admit.distribution.contact import (
    Book,
    ContactPatch,
    ContactSettings,
    ContactView,
    contact_view,
    contacts_of,
    load_contact,
    open_book,
)
from admit.distribution.contact_sheet import (
    ContactsRequest,
    all_contacts,
    exported_contacts,
    start_contacts,
)
from admit.distribution.dashboard import EventDashboard, dashboard_of
from admit.distribution.distribute import (
    MOST_ANSWERED,
    Distributed,
    DistributeRequest,
    distribute,
    distribution_of,
    start_distribution,
)
from admit.distribution.edit_contact import create_contact, edit_contact
from admit.distribution.log import LogEntry, read_log, received
from admit.distribution.portal import (
    CompanyTicket,
    PortalState,
    TakeBackRequest,
    Wanted,
    page_of_company,
    portal_ticket,
    tickets_of_company,
)
from admit.distribution.remove_contact import MergeContactRequest, erase_contact, merge_contacts
from admit.distribution.seat_overlay import SeatOverlay, seat_overlay
from admit.distribution.suggest import Suggestion, SuggestRequest, suggest
from admit.errors import NotFound
from admit.ids import random_id
from admit.job import JobView, JobWithRows, job_view, job_with_rows
from admit.orders.allotted import DrawRequest, draw, find_event
from admit.people.company import (
    ActsFor,
    Company,
    claim_domains,
    companies_of,
    company_of_relay,
    relays_of,
    require_active,
)
from admit.people.edit_relay import RelaySettings, RelayView, relay_view, remove_relay, set_relay
from admit.people.person import HolderDetails
from admit.people.switches import Switches, require_distribution, switches_of
from admit.tickets.assignment_sheet import (
    Assigned,
    AssignmentsRequest,
    exported,
    job_of_owner,
    start_assignments,
)
from admit.tickets.claim import (
    ClaimLinkRequest,
    ClaimLinkView,
    claim_link_of,
    claim_link_view,
    claim_links_of,
    close_claim_link,
    create_claim_link,
)
from admit.tickets.hand_over import Hand, HandResult, assign, relay_hand, take_back, take_back_each
from admit.tickets.ticket import Ticket, load_ticket
from admit.tickets.view import PlacedOrder, placed_order

app = Api()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.

_COMPANY = "/distribution/companies/<company_id>"
_AT_ONCE_OR_LATER: Any = {200: {"description": "Served"}, 202: {"description": "A job serves them"}}

EventQuery = Annotated[str | None, Query(max_length=40, description="Id of the event.")]
TagQuery = Annotated[str | None, Query(max_length=40)]
StateQuery = Annotated[PortalState | None, Query()]
WhoseCart = Annotated[
    str | None,
    Query(
        alias="relay",
        max_length=254,
        description="Whose cart, by e-mail address; the caller's own if left out.",
    ),
]


@app.get("/distribution/companies")
def list_companies(limit: Limit = 50, cursor: Cursor = None) -> Listing[ActsFor]:
    """List the companies that the caller acts for."""
    shop = workshop()
    companies, after = companies_of(shop.table, app.signed_in, shop.switches, limit=limit, cursor=cursor)
    return Listing(items=companies, cursor=after)


@app.get(f"{_COMPANY}/relays")
def list_relays(company_id: str) -> Listing[RelayView]:
    company = _company(company_id)
    relays = relays_of(workshop().table, company.id)
    return Listing(items=[relay_view(relay) for relay in relays], cursor=None)


@app.put(f"{_COMPANY}/relays/<email>")
def name_relay(company_id: str, email: str, settings: RelaySettings) -> RelayView:
    """Let somebody act for the company, as its primary relay says."""
    company = _company(company_id)
    return relay_view(set_relay(workshop().table, company, unquote(email), settings, acting=app.signed_in))


@app.delete(f"{_COMPANY}/relays/<email>", status_code=204)
def take_relay_off(company_id: str, email: str) -> Response[None]:
    company = _company(company_id)
    remove_relay(workshop().table, company, unquote(email), acting=app.signed_in)
    return Response(204)


@app.get(f"{_COMPANY}/contacts")
def list_contacts(
    company_id: str,
    *,
    q: Annotated[
        str | None,
        Query(max_length=200, description="Beginnings of words of his name, address, company or tags."),
    ] = None,
    tag: TagQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[ContactView]:
    """List the address book by last name, or whom the words are about; then a page may end early."""
    _book(company_id)
    found = contacts_of(workshop().table, company_id, text=q, tag=tag, limit=limit, cursor=cursor)
    return Listing(items=[contact_view(contact) for contact in found.contacts], cursor=found.cursor)


@app.post(f"{_COMPANY}/contacts", status_code=201)
def add_contact(
    company_id: str, settings: ContactSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> ContactView:
    """Add a contact; one address has one contact."""
    _book(company_id)
    contact_id = new_id(idempotency_key, "contact", company_id)
    added = create_contact(workshop().table, company_id, settings, contact_id=contact_id, now=clock.now())
    return contact_view(added)


@app.post(f"{_COMPANY}/contacts/import", status_code=202)
def import_contacts(
    company_id: str, request: ContactsRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JobView:
    """Add and change contacts by a CSV file; a dry run says what it would do."""
    book, key = _book(company_id), idempotency_key or random_id()
    return job_view(start_contacts(workshop().table, book, request, key, now=clock.now()))


@app.get(f"{_COMPANY}/contacts/export")
def export_contacts(company_id: str, tag: TagQuery = None) -> Response[str]:
    """Give the address book, or those with a tag, as a CSV file that can be imported again."""
    _book(company_id)
    contacts = all_contacts(workshop().table, company_id, tag)
    return csv_file(exported_contacts(contacts), f"contacts-{company_id}.csv")


@app.get(f"{_COMPANY}/contacts/<contact_id>")
def read_contact(company_id: str, contact_id: str) -> ContactView:
    _book(company_id)
    return contact_view(load_contact(workshop().table, company_id, contact_id))


@app.patch(f"{_COMPANY}/contacts/<contact_id>")
def change_contact(company_id: str, contact_id: str, patch: ContactPatch) -> ContactView:
    """Change a contact; the carts that he stands in show him as he then is."""
    _book(company_id)
    return contact_view(edit_contact(workshop().table, company_id, contact_id, patch, now=clock.now()))


@app.delete(f"{_COMPANY}/contacts/<contact_id>", status_code=204)
def remove_contact(company_id: str, contact_id: str) -> Response[None]:
    """Erase a contact; tickets that were meant for him are free again, and those that he has stay his."""
    erase_contact(workshop().table, _book(company_id), contact_id, now=clock.now())
    return Response(204)


@app.post(f"{_COMPANY}/contacts/<contact_id>/merge")
def merge_contact(company_id: str, contact_id: str, request: MergeContactRequest) -> ContactView:
    """Make one contact of two; asking again goes on with a merge that was cut short."""
    book, table = _book(company_id), workshop().table
    return contact_view(merge_contacts(table, book, contact_id, request.other_id, now=clock.now()))


@app.get(f"{_COMPANY}/contacts/<contact_id>/history")
def read_contact_history(
    company_id: str, contact_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[LogEntry]:
    """List what a contact got from the company, at the addresses that he has and had, newest first."""
    _book(company_id)
    contact = load_contact(workshop().table, company_id, contact_id)
    page = received(workshop().table, company_id, contact.addresses, limit=limit, cursor=cursor)
    return Listing(items=page.entries, cursor=page.cursor)


@app.get(f"{_COMPANY}/allotments")
def list_allotments(company_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[PortalAllotment]:
    company = _company(company_id)
    shop = workshop()
    page = shop.table.page("gsi1", keys.allotments_of(company.id), limit=limit, cursor=cursor)
    allotments = [Allotment.of(item) for item in page.items]
    views = portal_allotments(shop.table, allotments, shop.catalogs.by_id, clock.now())
    return Listing(items=views, cursor=page.cursor)


@app.post(f"{_COMPANY}/allotments/<allotment_id>/orders", status_code=201)
def draw_tickets(
    company_id: str, allotment_id: str, request: DrawRequest, idempotency_key: IdempotencyKey
) -> PlacedOrder:
    """Take tickets from what is set apart for the company, as an order of the relay who asks."""
    shop = workshop()
    company, relay = company_of_relay(shop.table, company_id, app.signed_in)
    order = draw(
        shop.table,
        find_event(shop.table, company_id, allotment_id),
        allotment_id,
        request,
        idempotency_key,
        company=require_active(company),
        relay=relay,
        now=clock.now(),
        random=random,
        maps=shop.seat_maps,
    )
    return placed_order(order, shop.catalogs.by_id(order.event_id), app.links, now=clock.now())


@app.get(f"{_COMPANY}/cart")
def read_cart(company_id: str, relay: WhoseCart = None) -> CartView:
    """Show the caller's cart, or that of another relay of the company."""
    return cart_view(workshop().table, _cart(company_id, relay))


@app.get(f"{_COMPANY}/carts")
def list_carts(company_id: str) -> Listing[CartBrief]:
    opened = _cart(company_id, None)
    return Listing(items=carts_of(workshop().table, opened.company), cursor=None)


@app.put(f"{_COMPANY}/cart/guests/<contact_id>")
def bring_guest(company_id: str, contact_id: str, relay: WhoseCart = None) -> CartGuest:
    """Put a contact into a cart as a guest, without tickets yet."""
    opened = _cart(company_id, relay)
    return cart_guest(add_guest(workshop().table, opened, contact_id, now=clock.now()))


@app.delete(f"{_COMPANY}/cart/guests/<contact_id>", status_code=204)
def send_guest_off(company_id: str, contact_id: str, relay: WhoseCart = None) -> Response[None]:
    """Take a guest out of a cart; the tickets that were meant for him are free again."""
    remove_guest(workshop().table, _cart(company_id, relay), contact_id, now=clock.now())
    return Response(204)


@app.put(f"{_COMPANY}/cart/guests/<contact_id>/tickets")
def allocate_tickets(
    company_id: str, contact_id: str, request: AllocateRequest, relay: WhoseCart = None
) -> CartGuest:
    """Put tickets into a guest's line and take others out of it, all of them or none."""
    opened = _cart(company_id, relay)
    return cart_guest(allocate(workshop().table, opened, contact_id, request, now=clock.now()))


@app.post(f"{_COMPANY}/cart/suggest")
def suggest_tickets(company_id: str, request: SuggestRequest, relay: WhoseCart = None) -> Suggestion:
    """Suggest which free tickets guests could get; nothing is changed."""
    shop, opened = workshop(), _cart(company_id, relay)
    seating = _catalog(request.event_id).seating
    return suggest(shop.table, opened, request, seating=seating, maps=shop.seat_maps, now=clock.now())


@app.post(f"{_COMPANY}/cart/distribute", responses=_AT_ONCE_OR_LATER)
def distribute_tickets(
    company_id: str,
    request: DistributeRequest,
    idempotency_key: OptionalIdempotencyKey = "",
    relay: WhoseCart = None,
) -> Response[Distributed]:
    """Give guests of a cart the tickets that are meant for them; of more than 100 guests a job does it."""
    opened = _cart(company_id, relay)
    shop, key, now = workshop(), idempotency_key or random_id(), clock.now()
    if len(request.guests) > MOST_ANSWERED:
        job = start_distribution(shop.table, opened, request, key, now=now)
        return Response(202, "application/json", Distributed(results=[], job=job_view(job)))
    distribution_id = new_id(key, "distribution", company_id, opened.actor, opened.relay)
    distribution = distribution_of(opened, distribution_id, now)
    results = distribute(shop.table, shop.catalogs.by_id, distribution, request.guests)
    return Response(200, "application/json", Distributed(results=results))


@app.get(f"{_COMPANY}/log")
def read_portal_log(company_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[LogEntry]:
    """List what was done with the company's tickets and by whom, the newest first."""
    _company(company_id)
    page = read_log(workshop().table, company_id, limit=limit, cursor=cursor)
    return Listing(items=page.entries, cursor=page.cursor)


@app.get(f"{_COMPANY}/tickets")
def list_tickets(
    company_id: str,
    *,
    event: EventQuery = None,
    state: StateQuery = None,
    tier: Annotated[str | None, Query(max_length=40)] = None,
    q: Annotated[str, Query(max_length=100, description="A part of a name, address, seat or number.")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[CompanyTicket]:
    """List the tickets of the company that are not cancelled, by event; a page may end early."""
    hand = _hand(_company(company_id))
    wanted = Wanted(event, state, tier, q)
    page = page_of_company(workshop().table, company_id, wanted, limit=limit, cursor=cursor)
    return Listing(items=[_shown(ticket, hand) for ticket in page.tickets], cursor=page.cursor)


@app.get(f"{_COMPANY}/dashboard")
def read_dashboard(company_id: str, event: EventQuery = None) -> Listing[EventDashboard]:
    """Count the tickets of the company by state, at one event or at each that it has tickets to."""
    switches = _switches(_company(company_id))
    found = dashboard_of(
        workshop().table, company_id, event, catalog_of=_catalog, switches=switches, now=clock.now()
    )
    return Listing(items=found, cursor=None)


@app.get(f"{_COMPANY}/events/<event_id>/seats")
def read_seats(company_id: str, event_id: str, state: StateQuery = None) -> SeatOverlay:
    """Show which seats the company has on the map of an event, given to somebody or not."""
    company, catalog = _company(company_id), _catalog(event_id)
    if catalog.event.organizer_id != company.organizer_id:
        raise NotFound("There is no such event.")
    return seat_overlay(workshop().table, company_id, catalog, state, hand=_hand(company), now=clock.now())


@app.put(f"{_COMPANY}/tickets/<ticket_id>/holder")
def assign_ticket(company_id: str, ticket_id: str, details: HolderDetails) -> CompanyTicket:
    """Give a ticket of the company to a person."""
    ticket, hand = _ticket(company_id, ticket_id)
    given = assign(workshop().table, _catalog(ticket.event_id), ticket, details, hand=hand, now=clock.now())
    return _shown(given, hand)


@app.delete(f"{_COMPANY}/tickets/<ticket_id>/holder")
def take_ticket_back(company_id: str, ticket_id: str) -> CompanyTicket:
    ticket, hand = _ticket(company_id, ticket_id)
    taken = take_back(workshop().table, _catalog(ticket.event_id), ticket, hand=hand, now=clock.now())
    return _shown(taken, hand)


@app.post(f"{_COMPANY}/tickets/take-back")
def take_tickets_back(company_id: str, request: TakeBackRequest) -> Listing[HandResult]:
    """Take many tickets back, with a result for each; their former holders are told."""
    hand = _hand(_distributing(company_id))
    taken = take_back_each(workshop().table, _catalog, request.tickets, hand=hand, now=clock.now())
    return Listing(items=taken, cursor=None)


@app.post(f"{_COMPANY}/claim-links", status_code=201)
def make_claim_link(
    company_id: str, request: ClaimLinkRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> ClaimLinkView:
    """Make a link by which people take nameless tickets of the company themselves; all are of one event."""
    ticket, hand = _ticket(company_id, request.tickets[0])
    catalog = _catalog(ticket.event_id)
    event = catalog.event
    link = create_claim_link(
        workshop().table,
        event,
        request,
        hand=hand,
        owner=company_id,
        link_id=new_id(idempotency_key, "claim", company_id),
        now=clock.now(),
        domains=claim_domains(catalog, _company(company_id)),
    )
    return claim_link_view(workshop().table, event, link, app.links, clock.now())


@app.get(f"{_COMPANY}/claim-links")
def list_claim_links(company_id: str) -> Listing[ClaimLinkView]:
    _company(company_id)
    table, now = workshop().table, clock.now()
    items = [
        claim_link_view(table, _event(link.event_id), link, app.links, now)
        for link in claim_links_of(table, company_id)
    ]
    return Listing(items=items, cursor=None)


@app.delete(f"{_COMPANY}/claim-links/<link_id>", status_code=204)
def end_claim_link(company_id: str, link_id: str) -> Response[None]:
    _company(company_id)
    close_claim_link(workshop().table, claim_link_of(workshop().table, company_id, link_id))
    return Response(204)


@app.get(f"{_COMPANY}/export")
def export_tickets(company_id: str, event: EventQuery = None, state: StateQuery = None) -> Response[str]:
    """Give the company's tickets, of one event or of all, as a CSV file to fill in."""
    company = _distributing(company_id)
    tickets = tickets_of_company(workshop().table, company_id, Wanted(event, state))
    return csv_file(exported(tickets, _catalog), f"{company.id}.csv")


@app.post(f"{_COMPANY}/import", status_code=202)
def assign_by_sheet(
    company_id: str, request: AssignmentsRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JobView:
    """Assign the company's tickets by a filled in export; a dry run says what it would do."""
    company = _distributing(company_id)
    of = Assigned(company_id, company.organizer_id, "")
    key = idempotency_key or random_id()
    now = clock.now()
    return job_view(start_assignments(workshop().table, request, of, key, created_by=app.signed_in, now=now))


@app.get(f"{_COMPANY}/jobs/<job_id>")
def read_job(company_id: str, job_id: str, limit: Limit = 100, cursor: Cursor = None) -> JobWithRows:
    _company(company_id)
    table = workshop().table
    return job_with_rows(table, job_of_owner(table, company_id, job_id), limit=limit, cursor=cursor)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _company(company_id: str) -> Company:
    """Return a company that the caller acts for. Raises NotFound."""
    return company_of_relay(workshop().table, company_id, app.signed_in)[0]


def _book(company_id: str) -> Book:
    """Open the address book of a company that the caller acts for. Raises NotFound, AddressBookOff."""
    shop = workshop()
    return open_book(shop.table, company_id, shop.switches, relay=app.signed_in)


def _cart(company_id: str, relay: str | None) -> OpenCart:
    """Open the caller's cart, or a colleague's. Raises NotFound, DistributionOff."""
    shop = workshop()
    return open_cart(shop.table, company_id, shop.switches, actor=app.signed_in, relay=relay, now=clock.now())


def _catalog(event_id: str) -> Catalog:
    return workshop().catalogs.by_id(event_id)


def _event(event_id: str) -> Event:
    return _catalog(event_id).event


def _ticket(company_id: str, ticket_id: str) -> tuple[Ticket, Hand]:
    """Return a ticket of the company to hand out, and the hand of the relay who asks.

    Raises NotFound, DistributionOff.
    """
    company = _distributing(company_id)
    ticket = load_ticket(workshop().table, ticket_id)
    if ticket.company_id != company_id:
        raise NotFound("There is no such ticket.")
    return ticket, _hand(company)


def _distributing(company_id: str) -> Company:
    """Return a company that the caller acts for and that has the portal. Raises NotFound, DistributionOff."""
    company = _company(company_id)
    require_distribution(_switches(company))
    return company


def _switches(company: Company) -> Switches:
    return switches_of(company, workshop().switches)


def _hand(company: Company) -> Hand:
    return relay_hand(app.signed_in, company.id, _switches(company))


def _shown(ticket: Ticket, hand: Hand) -> CompanyTicket:
    return portal_ticket(ticket, _event(ticket.event_id), hand, clock.now())
