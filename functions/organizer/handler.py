"""The organizer's side: accounts, orders and the decisions on them, the waiting list, persons, companies."""

from random import SystemRandom
from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids, keys
from admit.aws.http import (
    Cursor,
    IdempotencyKey,
    Limit,
    Listing,
    OptionalIdempotencyKey,
    TicketNumber,
    csv_file,
    new_id,
)
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.edit_organization import organization_of
from admit.catalog.price import PaymentMethod
from admit.errors import NotFound
from admit.insight.attendees import AttendeeView, attendee_views
from admit.insight.order_export import (
    OrderExportRequest,
    OrderExportView,
    exported,
    file_of,
    load_export,
    start_export,
)
from admit.insight.order_list import wants_names
from admit.insight.order_page import AttentionFilter, OrderFilter, OrderRow, order_row, orders_page
from admit.insight.organization import (
    MOST_A_PAGE,
    OrganizationRow,
    OrganizationView,
    organization_view,
    organizations_page,
)
from admit.insight.search import find_persons
from admit.insight.summary import Summary, summary_of
from admit.job import JobStatus, JobView, job_view
from admit.mail.send_again import SendAgainRequest, send_again
from admit.orders.approve import (
    BulkDecision,
    DecisionRequest,
    Decisions,
    approve,
    decide_all,
    decline,
)
from admit.orders.listing import orders_of_organization
from admit.orders.order import Order, OrderStatus, PaymentStatus, Source, load_order
from admit.orders.place import OrganizerPlaceRequest, place_by_organizer
from admit.orders.waiting import (
    OfferRound,
    OrganizerWaitingView,
    WaitingEntry,
    WaitingStatus,
    end_entry,
    load_entry,
    offer_round,
    organizer_waiting_view,
)
from admit.people.account import (
    HANDLES_MONEY,
    MANAGES,
    OrganizerSettings,
    OrganizerView,
    OwnAccount,
    found_organizer,
    organizer_view,
    organizers_of,
)
from admit.people.company import (
    Company,
    CompanyPatch,
    CompanySettings,
    CompanyView,
    bill_to,
    company_of,
    company_view,
    organizations_of,
    relays_of,
)
from admit.people.edit_company import create_company, edit_company
from admit.people.edit_person import (
    MergeRequest,
    PersonPatch,
    PersonSettings,
    PersonView,
    add_person,
    edit_person,
    merge,
    person_of_event,
    person_view,
    persons_of_event,
)
from admit.people.edit_relay import RelaySettings, RelayView, relay_view, remove_relay, set_relay
from admit.people.person import HolderDetails
from admit.people.person_sheet import PersonsRequest, start_persons
from admit.tickets.hand_over import assign, organizer_hand, take_back
from admit.tickets.privacy import Erasure, PersonExport, erase_person, export_person
from admit.tickets.ticket import Ticket, load_ticket, order_and_tickets
from admit.tickets.view import OrderView, PlacedOrder, TicketView, placed_order, ticket_view

app = OrganizerApi()
_BY_TIME = "By when they were placed: a day where the event takes place, or an RFC 3339 time."
_BY_WORDS = "Beginnings of words of buyer, address, company, code, reference and invoice number."
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.

# Each route spells these out: one model in their place would be described without its types.
OfStatus = Annotated[OrderStatus | None, Query()]
OfPayment = Annotated[PaymentStatus | None, Query()]
OfMethod = Annotated[PaymentMethod | None, Query()]
OfSource = Annotated[Source | None, Query()]
OfTier = Annotated[str | None, Query(max_length=40)]
OfCompany = Annotated[str | None, Query(max_length=40, description="Of this company alone.")]
OfReason = Annotated[AttentionFilter | None, Query(description="A reason to look at them, or any.")]
Since = Annotated[str | None, Query(alias="from", max_length=40, description=_BY_TIME)]
Until = Annotated[str | None, Query(alias="to", max_length=40, description=_BY_TIME)]
Words = Annotated[str, Query(max_length=200, description=_BY_WORDS)]


@app.post("/organizer", status_code=201)
def open_account(settings: OrganizerSettings, idempotency_key: OptionalIdempotencyKey = "") -> OrganizerView:
    email = app.signed_in
    shop = workshop()
    organizer = found_organizer(
        shop.table,
        settings,
        email,
        founders=shop.settings.founders,
        organizer_id=new_id(idempotency_key, "organizer", email),
        now=clock.now(),
    )
    return organizer_view(organizer)


@app.get("/organizer")
def list_accounts() -> Listing[OwnAccount]:
    return Listing(items=organizers_of(workshop().table, app.signed_in), cursor=None)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders", status_code=201)
def place_order(
    organizer_id: str, event_id: str, request: OrganizerPlaceRequest, idempotency_key: IdempotencyKey
) -> PlacedOrder:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    billed = None
    if request.company_id is not None:
        company = company_of(table, organizer_id, request.company_id)
        billed = bill_to(company, catalog.organizations.get(company.id))
    order = place_by_organizer(
        table,
        catalog,
        request,
        idempotency_key,
        bill_to=billed,
        now=clock.now(),
        random=random,
        maps=workshop().seat_maps,
    )
    companies = organizations_of(table, catalog, [order.company_id])
    return placed_order(
        order, catalog, app.links, now=clock.now(), organization=companies.get(order.company_id or "")
    )


@app.get("/organizer/<organizer_id>/events/<event_id>/orders")
def list_orders(
    organizer_id: str,
    event_id: str,
    *,
    status: OfStatus = None,
    payment_status: OfPayment = None,
    method: OfMethod = None,
    source: OfSource = None,
    tier: OfTier = None,
    organization: OfCompany = None,
    attention: OfReason = None,
    since: Since = None,
    until: Until = None,
    q: Words = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[OrderRow]:
    """List orders, newest first, as far as they are projected; a page of several filters may be short."""
    asked = OrderFilter(
        status=status,
        payment_status=payment_status,
        method=method,
        source=source,
        tier=tier,
        organization=organization,
        attention=attention,
        since=since,
        until=until,
        q=q,
    )
    catalog, now = app.known_catalog(organizer_id, event_id, HANDLES_MONEY), clock.now()
    page = orders_page(workshop().table, catalog, asked, now=now, limit=limit, cursor=cursor)
    return Listing(items=[order_row(row, catalog.event, now) for row in page.rows], cursor=page.cursor)


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/export")
def export_orders(
    organizer_id: str,
    event_id: str,
    *,
    status: OfStatus = None,
    payment_status: OfPayment = None,
    method: OfMethod = None,
    source: OfSource = None,
    tier: OfTier = None,
    organization: OfCompany = None,
    attention: OfReason = None,
    since: Since = None,
    until: Until = None,
    q: Words = "",
) -> Response[str]:
    """Give up to a thousand orders as CSV."""
    asked = OrderFilter(
        status=status,
        payment_status=payment_status,
        method=method,
        source=source,
        tier=tier,
        organization=organization,
        attention=attention,
        since=since,
        until=until,
        q=q,
    )
    catalog = app.known_catalog(organizer_id, event_id, HANDLES_MONEY)
    content = exported(workshop().table, catalog, asked, clock.now())
    return csv_file(content, f"orders-{catalog.event.slug}.csv")


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/exports", status_code=202)
def begin_export(
    organizer_id: str,
    event_id: str,
    request: OrderExportRequest,
    idempotency_key: OptionalIdempotencyKey = "",
) -> JobView:
    """Have a file written of all orders that fit."""
    catalog = app.known_catalog(organizer_id, event_id, HANDLES_MONEY)
    key = idempotency_key or ids.random_id()
    job = start_export(workshop().table, catalog.event, request, key, created_by=app.actor, now=clock.now())
    return job_view(job)


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/exports/<job_id>")
def read_export(organizer_id: str, event_id: str, job_id: str) -> OrderExportView:
    app.known_catalog(organizer_id, event_id, HANDLES_MONEY)
    shop = workshop()
    job = load_export(shop.table, event_id, job_id)
    if job.status is not JobStatus.DONE:
        return OrderExportView(**dict(job_view(job)), url=None, file_url=None)
    path = f"/organizer/{organizer_id}/events/{event_id}/orders/exports/{job_id}/file"
    file_url = shop.bucket.address(file_of(shop.table, job, clock.now()))
    return OrderExportView(**dict(job_view(job)), url=f"{app.links.api_url}{path}", file_url=file_url)


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/exports/<job_id>/file", status_code=302)
def fetch_export(organizer_id: str, event_id: str, job_id: str) -> Response[None]:
    """Lead to the file, by an address that lives a minute."""
    app.known_catalog(organizer_id, event_id, HANDLES_MONEY)
    shop = workshop()
    job = load_export(shop.table, event_id, job_id)
    address = shop.bucket.address(file_of(shop.table, job, clock.now()))
    return Response(302, headers={"Location": address})


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>")
def read_order(organizer_id: str, event_id: str, order_id: str) -> OrderView:
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    order, tickets = order_and_tickets(workshop().table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return app.order_view(catalog, order, tickets)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/approve")
def approve_order(
    organizer_id: str, event_id: str, order_id: str, request: DecisionRequest | None = None
) -> OrderView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    order = approve(
        workshop().table,
        catalog,
        _order(event_id, order_id),
        request or DecisionRequest(),
        actor=app.actor,
        now=clock.now(),
        random=random,
        maps=workshop().seat_maps,
    )
    return app.order_view(catalog, order)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/decline")
def decline_order(
    organizer_id: str, event_id: str, order_id: str, request: DecisionRequest | None = None
) -> OrderView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    note = request.note if request else ""
    order = decline(workshop().table, _order(event_id, order_id), actor=app.actor, note=note, now=clock.now())
    return app.order_view(catalog, order)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/resend")
def mail_again(
    organizer_id: str,
    event_id: str,
    order_id: str,
    request: SendAgainRequest | None = None,
    idempotency_key: OptionalIdempotencyKey = "",
) -> OrderView:
    """Mail the links of an order, and its tickets, once more: also to where mail came back from."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    order = send_again(
        workshop().table,
        _order(event_id, order_id),
        request or SendAgainRequest(),
        idempotency_key,
        actor=app.actor,
        now=clock.now(),
    )
    return app.order_view(catalog, order)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/decisions")
def decide_orders(organizer_id: str, event_id: str, bulk: BulkDecision) -> Decisions:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    shop = workshop()
    return decide_all(
        shop.table,
        catalog,
        bulk,
        actor=app.actor,
        now=clock.now(),
        random=random,
        maps=shop.seat_maps,
    )


@app.get("/organizer/<organizer_id>/events/<event_id>/waiting-list")
def list_waiting(
    organizer_id: str, event_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[OrganizerWaitingView]:
    app.catalog(organizer_id, event_id, HANDLES_MONEY)
    page = workshop().table.page("gsi1", keys.waiting_of(event_id), limit=limit, cursor=cursor)
    entries = [organizer_waiting_view(WaitingEntry.of(item)) for item in page.items]
    return Listing(items=entries, cursor=page.cursor)


@app.post("/organizer/<organizer_id>/events/<event_id>/waiting-list/offer")
def offer_now(organizer_id: str, event_id: str) -> OfferRound:
    """Offer what is free without waiting for the minute's round."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return OfferRound(offers=offer_round(workshop().table, catalog, clock.now(), random))


@app.delete("/organizer/<organizer_id>/events/<event_id>/waiting-list/<entry_id>", status_code=204)
def take_off_waiting_list(organizer_id: str, event_id: str, entry_id: str) -> Response[None]:
    """End somebody's waiting, and an offer that he has."""
    app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    entry = load_entry(table, event_id, entry_id)
    if not entry.has_ended:
        end_entry(table, entry, WaitingStatus.REFUSED, clock.now())
    return Response(204)


@app.get("/organizer/<organizer_id>/events/<event_id>/summary")
def read_event_summary(organizer_id: str, event_id: str) -> Summary:
    counts = keys.summary(event_id)
    event, found = app.look(organizer_id, event_id, HANDLES_MONEY, counts)
    names_wanted = wants_names(event, clock.now())
    return summary_of(found.get(counts, {}), event.currency, names_wanted=names_wanted)


@app.get("/organizer/<organizer_id>/events/<event_id>/persons")
def list_persons(
    organizer_id: str,
    event_id: str,
    *,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[AttendeeView]:
    """List persons by name, or those found by the beginnings of words."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    if q.strip():
        found = find_persons(table, catalog.event, q, limit=limit, cursor=cursor)
        return Listing(items=attendee_views(table, found.persons), cursor=found.cursor)
    persons, after = persons_of_event(table, catalog.event, limit=limit, cursor=cursor)
    return Listing(items=attendee_views(table, persons), cursor=after)


@app.post("/organizer/<organizer_id>/events/<event_id>/persons", status_code=201)
def name_person(organizer_id: str, event_id: str, settings: PersonSettings) -> PersonView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    return person_view(table, add_person(table, catalog, settings, clock.now()))


@app.get("/organizer/<organizer_id>/events/<event_id>/persons/<person_id>")
def read_person(organizer_id: str, event_id: str, person_id: str) -> AttendeeView:
    app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    [view] = attendee_views(table, [person_of_event(table, event_id, person_id)])
    return view


@app.post("/organizer/<organizer_id>/events/<event_id>/persons/import", status_code=202)
def import_persons(
    organizer_id: str, event_id: str, request: PersonsRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JobView:
    """Add persons from a CSV file; the job is read among the event's jobs."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    key = idempotency_key or ids.random_id()
    job = start_persons(workshop().table, catalog, request, key, created_by=app.actor, now=clock.now())
    return job_view(job)


@app.patch("/organizer/<organizer_id>/events/<event_id>/persons/<person_id>")
def correct_person(organizer_id: str, event_id: str, person_id: str, patch: PersonPatch) -> PersonView:
    """Change what is known of a person; his tickets and badges follow."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    person = person_of_event(table, event_id, person_id)
    return person_view(table, edit_person(table, catalog, person, patch, clock.now()))


@app.post("/organizer/<organizer_id>/events/<event_id>/persons/<person_id>/merge")
def merge_persons(organizer_id: str, event_id: str, person_id: str, request: MergeRequest) -> PersonView:
    """Make one person of two: this one stays."""
    app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    stays = person_of_event(table, event_id, person_id)
    return person_view(table, merge(table, stays, person_of_event(table, event_id, request.other_id)))


@app.get("/organizer/<organizer_id>/events/<event_id>/persons/<person_id>/export")
def export_of_person(organizer_id: str, event_id: str, person_id: str) -> PersonExport:
    """Give all that is kept of a person, for himself to read."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    person = person_of_event(workshop().table, event_id, person_id)
    return export_person(workshop().table, catalog.event, person)


@app.post("/organizer/<organizer_id>/events/<event_id>/persons/<person_id>/erase")
def erase(organizer_id: str, event_id: str, person_id: str) -> Erasure:
    """Erase a person for good; invoices keep what the law wants."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    person = person_of_event(workshop().table, event_id, person_id)
    return erase_person(workshop().table, catalog.event, person, clock.now())


@app.put("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/tickets/<number>/holder")
def assign_ticket(
    organizer_id: str, event_id: str, order_id: str, number: TicketNumber, details: HolderDetails
) -> TicketView:
    """Give a ticket to a person, also after the event's deadline."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    hand = organizer_hand(app.actor, event_id)
    ticket = _ticket(event_id, order_id, number)
    table, now = workshop().table, clock.now()
    given = assign(table, catalog, ticket, details, hand=hand, now=now, when=None)
    return ticket_view(given, app.links, to_holder=False)


@app.delete("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/tickets/<number>/holder")
def take_ticket_back(organizer_id: str, event_id: str, order_id: str, number: TicketNumber) -> TicketView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    hand = organizer_hand(app.actor, event_id)
    ticket = _ticket(event_id, order_id, number)
    taken = take_back(workshop().table, catalog, ticket, hand=hand, now=clock.now())
    return ticket_view(taken, app.links, to_holder=False)


# --- companies --------------------------------------------------------------------------------------------


@app.post("/organizer/<organizer_id>/companies", status_code=201)
def add_company(
    organizer_id: str, settings: CompanySettings, idempotency_key: OptionalIdempotencyKey = ""
) -> CompanyView:
    app.require(organizer_id, MANAGES)
    company_id = new_id(idempotency_key, "company", organizer_id)
    shop = workshop()
    company = create_company(
        shop.table, organizer_id, settings, shop.switches, company_id=company_id, now=clock.now()
    )
    return company_view(company, shop.switches)


@app.get("/organizer/<organizer_id>/companies")
def list_companies(
    organizer_id: str,
    *,
    archived: Annotated[bool, Query(description="Those that are put away, in place of the others.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[CompanyView]:
    app.require(organizer_id, HANDLES_MONEY)
    partition = keys.archived_companies_of if archived else keys.companies_of
    shop = workshop()
    page = shop.table.page("gsi1", partition(organizer_id), limit=limit, cursor=cursor)
    views = [company_view(Company.of(item), shop.switches) for item in page.items]
    return Listing(items=views, cursor=page.cursor)


@app.get("/organizer/<organizer_id>/companies/<company_id>")
def read_company(organizer_id: str, company_id: str) -> CompanyView:
    app.require(organizer_id, HANDLES_MONEY)
    shop = workshop()
    return company_view(company_of(shop.table, organizer_id, company_id), shop.switches)


@app.patch("/organizer/<organizer_id>/companies/<company_id>")
def change_company(organizer_id: str, company_id: str, patch: CompanyPatch) -> CompanyView:
    app.require(organizer_id, MANAGES)
    shop = workshop()
    company = company_of(shop.table, organizer_id, company_id)
    return company_view(edit_company(shop.table, company, patch, shop.switches), shop.switches)


@app.get("/organizer/<organizer_id>/companies/<company_id>/relays")
def list_relays(organizer_id: str, company_id: str) -> Listing[RelayView]:
    app.require(organizer_id, MANAGES)
    table = workshop().table
    company = company_of(table, organizer_id, company_id)
    return Listing(items=[relay_view(relay) for relay in relays_of(table, company.id)], cursor=None)


@app.put("/organizer/<organizer_id>/companies/<company_id>/relays/<email>")
def name_relay(organizer_id: str, company_id: str, email: str, settings: RelaySettings) -> RelayView:
    app.require(organizer_id, MANAGES)
    table = workshop().table
    company = company_of(table, organizer_id, company_id)
    return relay_view(set_relay(table, company, unquote(email), settings))


@app.delete("/organizer/<organizer_id>/companies/<company_id>/relays/<email>", status_code=204)
def take_relay_off(organizer_id: str, company_id: str, email: str) -> Response[None]:
    app.require(organizer_id, MANAGES)
    table = workshop().table
    remove_relay(table, company_of(table, organizer_id, company_id), unquote(email))
    return Response(204)


# --- companies at an event --------------------------------------------------------------------------------


@app.get("/organizer/<organizer_id>/events/<event_id>/organizations")
def list_organizations(
    organizer_id: str,
    event_id: str,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = MOST_A_PAGE,
    cursor: Cursor = None,
) -> Listing[OrganizationRow]:
    """List the companies of an event by name, each with the sums of its orders; a page may end early."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    shop = workshop()
    page = organizations_page(
        shop.table, catalog, deployment=shop.switches, now=clock.now(), limit=limit, cursor=cursor
    )
    return Listing(items=page.rows, cursor=page.cursor)


@app.get("/organizer/<organizer_id>/events/<event_id>/organizations/<company_id>")
def read_organization(organizer_id: str, event_id: str, company_id: str) -> OrganizationView:
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    shop = workshop()
    return organization_view(
        shop.table,
        catalog,
        organization_of(catalog, company_id),
        company_of(shop.table, organizer_id, company_id),
        deployment=shop.switches,
        now=clock.now(),
    )


@app.get("/organizer/<organizer_id>/events/<event_id>/organizations/<company_id>/orders")
def list_orders_of_organization(
    organizer_id: str, event_id: str, company_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[OrderView]:
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    table = workshop().table
    company = company_of(table, organizer_id, company_id)
    found = orders_of_organization(table, event_id, company.id, limit=limit, cursor=cursor)
    return Listing(items=app.order_views(catalog, found.orders), cursor=found.cursor)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _order(event_id: str, order_id: str) -> Order:
    order = load_order(workshop().table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return order


def _ticket(event_id: str, order_id: str, number: int) -> Ticket:
    ticket = load_ticket(workshop().table, ids.ticket_id(order_id, number))
    if ticket.event_id != event_id:
        raise NotFound("There is no such ticket.")
    return ticket
