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
from admit.distribution.allotments import PortalAllotment, portal_allotments
from admit.distribution.portal import PortalTicket, TakeBackRequest, portal_ticket, tickets_of_company
from admit.errors import NotFound
from admit.ids import random_id
from admit.job import JobView, JobWithRows, job_view, job_with_rows
from admit.orders.allotted import DrawRequest, draw, find_event
from admit.people.company import (
    ActsFor,
    Company,
    claim_domains,
    companies_of,
    load_company,
    relays_of,
    require_active,
    require_relay,
)
from admit.people.edit_relay import RelaySettings, RelayView, relay_view, remove_relay, set_relay
from admit.people.person import HolderDetails
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
from admit.tickets.hand_over import Hand, HandResult, assign, each, relay_hand, take_back
from admit.tickets.ticket import Ticket, load_ticket
from admit.tickets.view import PlacedOrder, placed_order

app = Api()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.

_COMPANY = "/distribution/companies/<company_id>"


@app.get("/distribution/companies")
def list_companies(limit: Limit = 50, cursor: Cursor = None) -> Listing[ActsFor]:
    """List the companies that the caller acts for."""
    companies, after = companies_of(workshop().table, app.signed_in, limit=limit, cursor=cursor)
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
    company = _company(company_id)
    shop = workshop()
    order = draw(
        shop.table,
        find_event(shop.table, company_id, allotment_id),
        allotment_id,
        request,
        idempotency_key,
        company=require_active(company),
        relay=require_relay(shop.table, company_id, app.signed_in),
        now=clock.now(),
        random=random,
    )
    return placed_order(order, shop.catalogs.by_id(order.event_id), app.links, now=clock.now())


@app.get(f"{_COMPANY}/tickets")
def list_tickets(company_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[PortalTicket]:
    table = workshop().table
    require_relay(table, company_id, app.signed_in)
    page = table.page("gsi3", keys.tickets_owned_by(company_id), limit=limit, cursor=cursor)
    return Listing(items=[portal_ticket(Ticket.of(item)) for item in page.items], cursor=page.cursor)


@app.put(f"{_COMPANY}/tickets/<ticket_id>/holder")
def assign_ticket(company_id: str, ticket_id: str, details: HolderDetails) -> PortalTicket:
    """Give a ticket of the company to a person."""
    ticket, hand = _ticket(company_id, ticket_id)
    given = assign(workshop().table, _catalog(ticket.event_id), ticket, details, hand=hand, now=clock.now())
    return portal_ticket(given)


@app.delete(f"{_COMPANY}/tickets/<ticket_id>/holder")
def take_ticket_back(company_id: str, ticket_id: str) -> PortalTicket:
    ticket, hand = _ticket(company_id, ticket_id)
    taken = take_back(workshop().table, _catalog(ticket.event_id), ticket, hand=hand, now=clock.now())
    return portal_ticket(taken)


@app.post(f"{_COMPANY}/tickets/take-back")
def take_tickets_back(company_id: str, request: TakeBackRequest) -> Listing[HandResult]:
    """Take many tickets back, with a result for each; their former holders are told."""
    _company(company_id)

    def do(ticket_id: str) -> HandResult:
        take_ticket_back(company_id, ticket_id)
        return HandResult(ticket_id=ticket_id, result="taken_back")

    return Listing(items=each(request.tickets, do), cursor=None)


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
def export_tickets(company_id: str, event: Annotated[str | None, Query()] = None) -> Response[str]:
    """Give the company's tickets, of one event or of all, as a CSV file to fill in."""
    company = _company(company_id)
    tickets = tickets_of_company(workshop().table, company_id, event)
    return csv_file(exported(tickets, _catalog), f"{company.id}.csv")


@app.post(f"{_COMPANY}/import", status_code=202)
def assign_by_sheet(
    company_id: str, request: AssignmentsRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JobView:
    """Assign the company's tickets by a filled in export; a dry run says what it would do."""
    company = _company(company_id)
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
    require_relay(workshop().table, company_id, app.signed_in)
    return load_company(workshop().table, company_id)


def _catalog(event_id: str) -> Catalog:
    return workshop().catalogs.by_id(event_id)


def _event(event_id: str) -> Event:
    return _catalog(event_id).event


def _ticket(company_id: str, ticket_id: str) -> tuple[Ticket, Hand]:
    """Return a ticket of the company, and the hand of the relay who asks. Raises NotFound."""
    _company(company_id)
    ticket = load_ticket(workshop().table, ticket_id)
    if ticket.company_id != company_id:
        raise NotFound("There is no such ticket.")
    return ticket, relay_hand(app.signed_in, company_id)
