"""Tickets in people's hands: to look at, hand on, pass on, take by a link, and what their holders say of
themselves."""

from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from admit import clock, ids, keys
from admit.aws.http import (
    AccessKey,
    Api,
    Cursor,
    KeyQuery,
    Limit,
    Listing,
    OptionalIdempotencyKey,
    TicketNumber,
    csv_file,
    new_id,
)
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.errors import Forbidden, InTransfer, NotFound, Unavailable
from admit.ids import order_code
from admit.job import JobView, JobWithRows, job_view, job_with_rows
from admit.mail.mails import LinksRequest, LinksSent, LostLinks
from admit.messages import preferred
from admit.orders.order import load_order
from admit.people.edit_person import AboutMe
from admit.people.person import HolderDetails, same_address
from admit.tickets.assignment_sheet import (
    Assigned,
    AssignmentsRequest,
    exported,
    job_of_owner,
    start_assignments,
)
from admit.tickets.claim import (
    Claimed,
    ClaimLinkRequest,
    ClaimLinkView,
    ClaimPage,
    claim,
    claim_link_of,
    claim_link_view,
    claim_links_of,
    claim_page,
    close_claim_link,
    create_claim_link,
    load_claim_link,
)
from admit.tickets.download import mark_downloaded
from admit.tickets.grant import claim_grant
from admit.tickets.hand_over import Hand, HandResult, assign, each, order_key_hand, owner_hand, take_back
from admit.tickets.mine import (
    HeldTicket,
    MyOrder,
    MyTicket,
    MyTicketHistory,
    Scope,
    history_for,
    history_of,
    my_order,
    my_ticket,
    orders_by,
    tickets_with,
)
from admit.tickets.pass_on import (
    AcceptTransferRequest,
    BulkAcceptRequest,
    BulkTransferRequest,
    TransferRequest,
    TransferView,
    accept,
    end,
    may_cancel,
    offer,
    transfer_view,
)
from admit.tickets.tell import tell
from admit.tickets.ticket import Images, Ticket, load_ticket, tickets_of
from admit.tickets.transfer import Transfer, TransferStatus, load_transfer
from admit.tickets.view import TicketPage, TicketView, ticket_page, ticket_view

app = Api()
Look = Annotated[bool, Query(description="Whether others than who has the ticket look at it.")]
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


# --- by the key of an order ---------------------------------------------------------------------------------


@app.put("/public/orders/<order_id>/tickets/<number>/holder")
def assign_ticket(
    order_id: str, number: TicketNumber, details: HolderDetails, key: AccessKey = ""
) -> TicketView:
    app.links.require_order_key(order_id, key)
    return _assigned(ids.ticket_id(order_id, number), details, _order_hand(order_id))


@app.delete("/public/orders/<order_id>/tickets/<number>/holder")
def take_ticket_back(order_id: str, number: TicketNumber, key: AccessKey = "") -> TicketView:
    app.links.require_order_key(order_id, key)
    return _taken_back(ids.ticket_id(order_id, number), _order_hand(order_id))


@app.post("/public/orders/<order_id>/claim-links", status_code=201)
def make_claim_link(
    order_id: str,
    request: ClaimLinkRequest,
    key: AccessKey = "",
    idempotency_key: OptionalIdempotencyKey = "",
) -> ClaimLinkView:
    """Make a link by which people take the order's nameless tickets themselves."""
    app.links.require_order_key(order_id, key)
    event = _event(load_order(workshop().table, order_id).event_id)
    link = create_claim_link(
        workshop().table,
        event,
        request,
        hand=_order_hand(order_id),
        owner=order_id,
        link_id=new_id(idempotency_key, "claim", order_id),
        now=clock.now(),
    )
    return claim_link_view(workshop().table, event, link, app.links, clock.now())


@app.get("/public/orders/<order_id>/claim-links")
def list_claim_links(order_id: str, key: AccessKey = "") -> Listing[ClaimLinkView]:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    event = _event(load_order(table, order_id).event_id)
    links = claim_links_of(table, order_id)
    now = clock.now()
    return Listing(items=[claim_link_view(table, event, one, app.links, now) for one in links], cursor=None)


@app.delete("/public/orders/<order_id>/claim-links/<link_id>", status_code=204)
def end_claim_link(order_id: str, link_id: str, key: AccessKey = "") -> Response[None]:
    app.links.require_order_key(order_id, key)
    close_claim_link(workshop().table, claim_link_of(workshop().table, order_id, link_id))
    return Response(204)


@app.get("/public/orders/<order_id>/assignments.csv")
def export_tickets(order_id: str, key: AccessKey = "") -> Response[str]:
    """Give the order's tickets as a CSV file to fill in."""
    app.links.require_order_key(order_id, key)
    return csv_file(exported(_tickets(order_id), _catalog), f"{order_code(order_id)}.csv")


@app.post("/public/orders/<order_id>/assignments", status_code=202)
def assign_by_sheet(
    order_id: str,
    request: AssignmentsRequest,
    key: AccessKey = "",
    idempotency_key: OptionalIdempotencyKey = "",
) -> JobView:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    order = load_order(table, order_id)
    of = Assigned(order_id, order.organizer_id, order.event_id)
    name = idempotency_key or ids.random_id()
    return job_view(start_assignments(table, request, of, name, created_by="buyer", now=clock.now()))


@app.get("/public/orders/<order_id>/assignments/<job_id>")
def read_assignments(
    order_id: str, job_id: str, key: AccessKey = "", limit: Limit = 100, cursor: Cursor = None
) -> JobWithRows:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    return job_with_rows(table, job_of_owner(table, order_id, job_id), limit=limit, cursor=cursor)


# --- by the key of a ticket, an offer or a claim link -------------------------------------------------------


@app.post("/public/tickets/find", status_code=202)
def find_tickets(
    request: LinksRequest, accept_language: Annotated[str, Header(alias="Accept-Language")] = ""
) -> LinksSent:
    """Mail the links to all that an address has; the answer is the same for every address, and as quick."""
    language = preferred(accept_language) if accept_language else None
    workshop().mail_queue.send([LostLinks(email=request.email, asked_at=clock.now(), language=language)])
    return LinksSent()


@app.get("/public/tickets/<ticket_id>")
def read_ticket(ticket_id: str, header: AccessKey = "", query: KeyQuery = "") -> TicketPage:
    ticket = _ticket(ticket_id, header or query)
    return ticket_page(ticket, _catalog(ticket.event_id), app.links)


@app.put("/public/tickets/<ticket_id>/person")
def tell_about_me(ticket_id: str, about: AboutMe, key: AccessKey = "") -> TicketPage:
    """Take what the holder says of himself; his tickets and badges follow."""
    ticket = _ticket(ticket_id, key)
    catalog = _catalog(ticket.event_id)
    person = tell(workshop().table, catalog, ticket, about, clock.now())
    return ticket_page(ticket.model_copy(update={"holder": person.holder}), catalog, app.links)


@app.post("/public/tickets/<ticket_id>/grants/<number>/claim")
def claim_perk(ticket_id: str, number: TicketNumber, key: AccessKey = "") -> TicketPage:
    """Claim a perk that came with a ticket and waits to be asked for."""
    ticket = claim_grant(workshop().table, _ticket(ticket_id, key), number)
    return ticket_page(ticket, _catalog(ticket.event_id), app.links)


@app.get("/public/tickets/<ticket_id>/qr.png", status_code=302)
def show_qr(ticket_id: str, query: KeyQuery = "", *, look: Look = False) -> Response[None]:
    return _picture(_drawn(ticket_id, query, look=look).qr_name)


@app.get("/public/tickets/<ticket_id>/badge.png", status_code=302)
def show_badge(ticket_id: str, query: KeyQuery = "", *, look: Look = False) -> Response[None]:
    return _picture(_drawn(ticket_id, query, look=look).badge_name)


@app.get("/public/transfers/<code>")
def read_transfer(code: str, key: AccessKey = "") -> TransferView:
    app.links.require_transfer_key(code, key)
    return _transfer_view(load_transfer(workshop().table, code))


@app.post("/public/transfers/<code>/accept")
def accept_by_key(code: str, request: AcceptTransferRequest | None = None, key: AccessKey = "") -> TicketPage:
    """Take an offered ticket without an account: who has the key reads the mail of the address."""
    app.links.require_transfer_key(code, key)
    transfer = load_transfer(workshop().table, code)
    return _accepted(transfer, request, transfer.to_email)


@app.post("/public/transfers/<code>/decline")
def decline_by_key(code: str, key: AccessKey = "") -> TransferView:
    app.links.require_transfer_key(code, key)
    return _ended(load_transfer(workshop().table, code), TransferStatus.DECLINED)


@app.get("/public/claims/<link_id>")
def read_claim_link(link_id: str, key: AccessKey = "") -> ClaimPage:
    app.links.require_claim_key(link_id, key)
    link = load_claim_link(workshop().table, link_id)
    return claim_page(workshop().table, _catalog(link.event_id), link, clock.now())


@app.post("/public/claims/<link_id>", status_code=201)
def take_by_link(link_id: str, details: HolderDetails, key: AccessKey = "") -> Claimed:
    """Take a ticket by a link; it is mailed to the address, and shown to nobody else."""
    app.links.require_claim_key(link_id, key)
    table = workshop().table
    link = load_claim_link(table, link_id)
    ticket = claim(table, _catalog(link.event_id), link, details, now=clock.now(), random=random)
    return Claimed(tier_title=ticket.tier_title)


# --- signed in ----------------------------------------------------------------------------------------------


@app.get("/me/tickets")
def list_my_tickets(
    *, scope: Annotated[Scope | None, Query()] = None, limit: Limit = 50, cursor: Cursor = None
) -> Listing[MyTicket]:
    now = clock.now()
    found = tickets_with(workshop().table, app.signed_in, scope, now=now, limit=limit, cursor=cursor)
    links = app.links
    items = [
        my_ticket(ticket, _event(ticket.event_id), links, now, to_holder=_holds(ticket))
        for ticket in found.tickets
    ]
    return Listing(items=items, cursor=found.cursor)


@app.get("/me/tickets/<ticket_id>")
def read_my_ticket(ticket_id: str) -> TicketPage:
    ticket = load_ticket(workshop().table, ticket_id)
    _require_mine(ticket)
    return ticket_page(ticket, _catalog(ticket.event_id), app.links, to_holder=_holds(ticket))


@app.put("/me/tickets/<ticket_id>/holder")
def assign_my_ticket(ticket_id: str, details: HolderDetails) -> TicketView:
    _require_mine(load_ticket(workshop().table, ticket_id))
    return _assigned(ticket_id, details, _my_hand())


@app.delete("/me/tickets/<ticket_id>/holder")
def take_my_ticket_back(ticket_id: str) -> TicketView:
    _require_mine(load_ticket(workshop().table, ticket_id))
    return _taken_back(ticket_id, _my_hand())


@app.get("/me/tickets/<ticket_id>/history")
def read_history(ticket_id: str) -> MyTicketHistory:
    """Show how a ticket changed hands: to who controls it all, to others from their own first day on."""
    ticket = load_ticket(workshop().table, ticket_id)
    history = history_of(workshop().table, ticket)
    items = history_for(ticket, history, app.signed_in, controls=_my_hand().may(ticket))
    return MyTicketHistory(ticket_id=ticket.id, items=items)


@app.post("/me/tickets/<ticket_id>/transfer", status_code=201)
def offer_ticket(ticket_id: str, request: TransferRequest) -> TransferView:
    return _transfer_view(_offered(ticket_id, request, _my_hand()))


@app.delete("/me/tickets/<ticket_id>/transfer")
def cancel_transfer(ticket_id: str) -> TransferView:
    ticket = load_ticket(workshop().table, ticket_id)
    _require_mine(ticket)
    if ticket.transfer is None:
        raise NotFound("This ticket is not offered to anybody.")
    transfer = load_transfer(workshop().table, f"{ticket.id}-{ticket.transfer.sequence}")
    if not may_cancel(ticket, transfer, _my_hand()):
        raise Forbidden
    return _ended(transfer, TransferStatus.CANCELLED)


@app.get("/me/orders")
def list_my_orders(limit: Limit = 50, cursor: Cursor = None) -> Listing[MyOrder]:
    """List the orders that the caller has placed, of all events."""
    orders, after = orders_by(workshop().table, app.signed_in, limit=limit, cursor=cursor)
    links = app.links
    items = [my_order(order, _event(order.event_id), links) for order in orders]
    return Listing(items=items, cursor=after)


@app.get("/me/transfers")
def list_offers_to_me(limit: Limit = 50, cursor: Cursor = None) -> Listing[TransferView]:
    """List the open offers of tickets to the caller's address."""
    page = workshop().table.page("gsi1", keys.transfers_to(app.signed_in), limit=limit, cursor=cursor)
    offers = [Transfer.of(item) for item in page.items]
    now = clock.now()
    return Listing(items=[_transfer_view(one) for one in offers if one.open(now)], cursor=page.cursor)


@app.post("/me/transfers")
def offer_tickets(request: BulkTransferRequest) -> Listing[HandResult]:
    """Offer many tickets to one address, with a result for each."""
    asked, hand = TransferRequest(email=request.email, note=request.note), _my_hand()

    def do(ticket_id: str) -> HandResult:
        transfer = _offered(ticket_id, asked, hand)
        return HandResult(ticket_id=ticket_id, result="offered", code=transfer.code)

    return Listing(items=each(request.tickets, do), cursor=None)


@app.post("/me/transfers/accept")
def accept_tickets(request: BulkAcceptRequest) -> Listing[HandResult]:
    """Accept many offers, with a result for each."""
    said = AcceptTransferRequest(name=request.name, company=request.company, title=request.title)
    email = app.signed_in

    def do(code: str) -> HandResult:
        transfer = load_transfer(workshop().table, code)
        _accepted(transfer, said, email)
        return HandResult(ticket_id=transfer.ticket_id, result="accepted", code=code)

    return Listing(items=each(request.codes, do), cursor=None)


@app.post("/me/transfers/<code>/accept")
def accept_transfer(code: str, request: AcceptTransferRequest | None = None) -> TicketPage:
    return _accepted(load_transfer(workshop().table, code), request, app.signed_in)


@app.post("/me/transfers/<code>/decline")
def decline_transfer(code: str) -> TransferView:
    transfer = load_transfer(workshop().table, code)
    if not same_address(transfer.to_email, app.signed_in):
        raise NotFound("There is no such offer of a ticket.")
    return _ended(transfer, TransferStatus.DECLINED)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _catalog(event_id: str) -> Catalog:
    return workshop().catalogs.by_id(event_id)


def _event(event_id: str) -> Event:
    return _catalog(event_id).event


def _transfer_view(transfer: Transfer) -> TransferView:
    return transfer_view(transfer, _event(transfer.event_id))


def _tickets(order_id: str) -> list[Ticket]:
    """Return the order's tickets that nobody else controls by now."""
    return [one for one in tickets_of(workshop().table, order_id) if one.owner_email is None]


def _my_hand() -> Hand:
    return owner_hand(workshop().table, app.signed_in, workshop().switches)


def _order_hand(order_id: str) -> Hand:
    return order_key_hand(workshop().table, order_id, workshop().switches)


def _ticket(ticket_id: str, key: str) -> Ticket:
    ticket = load_ticket(workshop().table, ticket_id)
    app.links.require_ticket_key(ticket, key)
    return ticket


def _require_mine(ticket: Ticket) -> None:
    """Raise NotFound to who neither holds nor controls a ticket."""
    if not _holds(ticket) and not _my_hand().may(ticket):
        raise NotFound("There is no such ticket.")


def _holds(ticket: Ticket | HeldTicket) -> bool:
    return ticket.holder is not None and same_address(ticket.holder.email, app.signed_in)


def _assigned(ticket_id: str, details: HolderDetails, hand: Hand) -> TicketView:
    ticket = load_ticket(workshop().table, ticket_id)
    catalog = _catalog(ticket.event_id)
    given = assign(workshop().table, catalog, ticket, details, hand=hand, now=clock.now())
    return ticket_view(given, app.links, to_holder=False)


def _taken_back(ticket_id: str, hand: Hand) -> TicketView:
    ticket = load_ticket(workshop().table, ticket_id)
    catalog = _catalog(ticket.event_id)
    taken = take_back(workshop().table, catalog, ticket, hand=hand, now=clock.now())
    return ticket_view(taken, app.links, to_holder=False)


def _offered(ticket_id: str, request: TransferRequest, hand: Hand) -> Transfer:
    ticket = load_ticket(workshop().table, ticket_id)
    catalog = _catalog(ticket.event_id)
    return offer(workshop().table, catalog, ticket, request, hand=hand, now=clock.now())


def _accepted(transfer: Transfer, request: AcceptTransferRequest | None, email: str) -> TicketPage:
    catalog = _catalog(transfer.event_id)
    details = (request or AcceptTransferRequest()).details(email)
    ticket = accept(workshop().table, catalog, transfer, details, now=clock.now())
    return ticket_page(ticket, catalog, app.links)


def _ended(transfer: Transfer, status: TransferStatus) -> TransferView:
    return _transfer_view(end(workshop().table, transfer, status, clock.now()))


def _drawn(ticket_id: str, key: str, *, look: bool) -> Ticket:
    """Return a ticket whose pictures are there; who has it has downloaded it then, unless others look."""
    ticket = _ticket(ticket_id, key)
    if ticket.offered(clock.now()):
        raise InTransfer
    if ticket.images is not Images.DRAWN:
        raise Unavailable("The pictures of this ticket are being drawn; try again in a second.")
    if not look:
        mark_downloaded(workshop().table, ticket)
    return ticket


def _picture(name: str) -> Response[None]:
    return Response(302, headers={"Location": workshop().bucket.address(name)})
