"""The public page and its orders: read an event, quote, place, pay, cancel, hand tickets to their holders."""

from hashlib import sha256
from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from admit import clock
from admit.aws.http import (
    AccessKey,
    Api,
    IdempotencyKey,
    JsonOf,
    KeyQuery,
    NotModified,
    OptionalIdempotencyKey,
)
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog
from admit.catalog.edit_whitelist import tiers_listing
from admit.catalog.images import ImageId, image_name
from admit.catalog.page import (
    EventPage,
    ImageUrl,
    Unlocked,
    UnlockRequest,
    Visitor,
    event_page,
    shown,
    unlock,
)
from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.errors import EmailUnverified, Fault
from admit.ids import normal_email, random_id
from admit.mail.mails import ProofRequest, ProofSent, VerifyEmail
from admit.orders.accept import AcceptRequest, JoinedWaiting, WaitingView, accept, waiting_view
from admit.orders.answer import AnswersRequest, answer_later
from admit.orders.best_seats import BestSeats, BestSeatsRequest, best_seats
from admit.orders.billing import drawn_document
from admit.orders.cancellation import BuyerCancelRequest
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.place import PlaceRequest, place_by_buyer
from admit.orders.price import Customer, price_lines
from admit.orders.quote import Asking, Quote, QuoteRequest, quote, taken
from admit.orders.seats import picked_seats
from admit.orders.waiting import (
    WaitingEntry,
    WaitingStatus,
    WaitRequest,
    end_entry,
    join,
    load_entry,
)
from admit.payments.checkout import confirm_payment, open_checkout, reopen_checkout
from admit.payments.decide import cancel_by_buyer
from admit.people.company import require_relay
from admit.seating.display import SeatMap, SeatStates, seat_map, seat_states
from admit.tickets.ticket import order_and_tickets
from admit.tickets.view import (
    OrderView,
    PlacedOrder,
    order_view,
    placed_order,
)

app = Api()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


@app.get("/public/events/<slug>")
def read_event(
    slug: str, if_none_match: Annotated[str, Header(alias="If-None-Match")] = ""
) -> Response[EventPage]:
    catalog = workshop().catalogs.by_slug(slug)
    page = event_page(catalog, workshop().catalogs.left(catalog), clock.now(), _image_url(catalog))
    return Response(200, "application/json", page, headers=_cached(page.model_dump_json(), if_none_match))


@app.get("/public/events/<slug>/seats")
def read_seats(
    slug: str,
    section: Annotated[str | None, Query(max_length=20)] = None,
    if_none_match: Annotated[str, Header(alias="If-None-Match")] = "",
) -> Response[Annotated[str, JsonOf(SeatMap)]]:
    """Show the seating plan, or one section of it, each seat with its state."""
    shop = workshop()
    catalog = shop.catalogs.by_slug(slug)
    seats = seat_map(catalog, shop.seat_maps, shop.catalogs.left(catalog), section)
    return Response(200, "application/json", seats, headers=_cached(seats, if_none_match))


@app.get("/public/events/<slug>/seats/state")
def read_seat_states(
    slug: str,
    since: Annotated[Instant | None, Query(description="A version that an earlier answer gave.")] = None,
    if_none_match: Annotated[str, Header(alias="If-None-Match")] = "",
) -> Response[SeatStates]:
    """Tell which seats are free, or of the rows that have changed since a version."""
    shop = workshop()
    states = seat_states(shop.catalogs.by_slug(slug), shop.seat_maps, since)
    return Response(200, "application/json", states, headers=_cached(states.model_dump_json(), if_none_match))


@app.post("/public/events/<slug>/seats/best")
def find_best_seats(slug: str, request: BestSeatsRequest) -> BestSeats:
    """Name the seats that an order would get now; nothing is held."""
    shop = workshop()
    catalog = shop.catalogs.by_slug(slug)
    customer = _customer(catalog, request, request.email or "")
    return best_seats(shop.seat_maps, catalog, request, customer, now=clock.now(), random=random)


@app.post("/public/events/<slug>/unlock")
def unlock_tiers(slug: str, request: UnlockRequest) -> Unlocked:
    shop = workshop()
    catalog = shop.catalogs.by_slug(slug)
    email = _verified_email(catalog, request.email or "", request.email_proof)
    if request.email_proof is not None and email is None:
        raise EmailUnverified(faults=[Fault("email_proof", "is not valid any more; ask for a new link")])
    visitor = Visitor(
        codes=request.codes,
        whitelisted=tiers_listing(shop.table, catalog, email) if email else frozenset(),
        company_id=_acting_for(request.company_id),
    )
    left = shop.catalogs.left(catalog)
    image_url = _image_url(catalog)
    return unlock(catalog, request.tier_ids, visitor, left, clock.now(), image_url=image_url)


@app.post("/public/events/<slug>/verify-email", status_code=202)
def ask_for_proof(slug: str, request: ProofRequest) -> ProofSent:
    """Mail a link that proves an address to this event; the answer is the same for every address."""
    event = shown(workshop().catalogs.by_slug(slug))
    asked = {"email": request.email, "asked_at": clock.now(), "language": app.language}
    workshop().mail_queue.send([VerifyEmail(event_id=event.id, **asked)])
    return ProofSent()


@app.post("/public/events/<slug>/quote")
def quote_lines(slug: str, request: QuoteRequest) -> Quote:
    shop = workshop()
    catalog = shop.catalogs.by_slug(slug)
    customer = _customer(catalog, request, request.email or "")
    priced = price_lines(catalog, request.lines, clock.now(), customer)
    picked_seats(shop.seat_maps, catalog, priced.lines, by_buyer=True)
    had = taken(shop.table, catalog, priced, request.email)
    return quote(catalog, priced, had, shop.catalogs.left(catalog))


@app.post("/public/events/<slug>/orders", status_code=201)
def place_order(slug: str, request: PlaceRequest, idempotency_key: IdempotencyKey) -> PlacedOrder:
    shop = workshop()
    catalog = shop.catalogs.by_slug(slug)
    customer = _customer(catalog, request, request.buyer.email)
    order = place_by_buyer(
        shop.table,
        catalog,
        request,
        idempotency_key,
        customer,
        now=clock.now(),
        random=random,
        maps=shop.seat_maps,
    )
    return _placed(order, catalog)


@app.post("/public/events/<slug>/waiting-list", status_code=201)
def wait_for_tickets(
    slug: str, request: WaitRequest, idempotency_key: OptionalIdempotencyKey = ""
) -> JoinedWaiting:
    shop = workshop()
    catalog = shop.catalogs.by_slug(slug)
    shown(catalog)
    key = idempotency_key or random_id()
    entry = join(shop.table, catalog, request, key, left=shop.catalogs.left(catalog), now=clock.now())
    view = waiting_view(catalog, entry, clock.now())
    return JoinedWaiting(**dict(view), key=app.links.waiting_key(entry.id, entry.offers))


@app.get("/public/events/<slug>/waiting-list/<entry_id>")
def read_waiting(slug: str, entry_id: str, key: AccessKey = "") -> WaitingView:
    catalog, entry = _waiting(slug, entry_id, key)
    return waiting_view(catalog, entry, clock.now())


@app.post("/public/events/<slug>/waiting-list/<entry_id>/accept", status_code=201)
def accept_offer(slug: str, entry_id: str, request: AcceptRequest, key: AccessKey = "") -> PlacedOrder:
    catalog, entry = _waiting(slug, entry_id, key)
    customer = _customer(catalog, request, entry.email)
    shop = workshop()
    order = accept(
        shop.table,
        catalog,
        entry,
        request,
        customer,
        now=clock.now(),
        random=random,
        maps=shop.seat_maps,
    )
    return _placed(order, catalog)


@app.post("/public/events/<slug>/waiting-list/<entry_id>/refuse")
def refuse_offer(slug: str, entry_id: str, key: AccessKey = "") -> WaitingView:
    """Refuse an offer, or leave the waiting list before there is one."""
    catalog, entry = _waiting(slug, entry_id, key)
    if entry.status is not WaitingStatus.REFUSED:
        end_entry(workshop().table, entry, WaitingStatus.REFUSED, clock.now())
    left = load_entry(workshop().table, entry.event_id, entry.id)
    return waiting_view(catalog, left, clock.now())


@app.get("/public/images/<event_id>/<image_id>", status_code=302)
def show_image(event_id: str, image_id: Annotated[ImageId, Path()]) -> Response[None]:
    return _picture(image_name(event_id, image_id))


@app.get("/public/orders/<order_id>")
def read_order(order_id: str, key: AccessKey = "") -> OrderView:
    app.links.require_order_key(order_id, key)
    return _order(order_id)


@app.post("/public/orders/<order_id>/checkout")
def pay_order(order_id: str, key: AccessKey = "") -> PlacedOrder:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    order = load_order(table, order_id)
    catalog = workshop().catalogs.by_id(order.event_id)
    order = reopen_checkout(table, workshop().gateway, order, catalog.event.title, clock.now())
    return placed_order(order, catalog, app.links, now=clock.now(), language=app.language)


@app.post("/public/orders/<order_id>/confirm")
def confirm_order(order_id: str, key: AccessKey = "") -> OrderView:
    """Look whether the payment page was paid: the buyer may be back before the webhook is there."""
    app.links.require_order_key(order_id, key)
    table = workshop().table
    confirm_payment(table, workshop().gateway, load_order(table, order_id), clock.now())
    return _order(order_id)


@app.post("/public/orders/<order_id>/cancel")
def cancel_order(order_id: str, request: BuyerCancelRequest | None = None, key: AccessKey = "") -> OrderView:
    """Cancel while it is unpaid, and after that as the event's rules let buyers do."""
    app.links.require_order_key(order_id, key)
    shop = workshop()
    order = load_order(shop.table, order_id)
    catalog = shop.catalogs.by_id(order.event_id)
    asked = request or BuyerCancelRequest()
    cancel_by_buyer(shop.table, shop.gateway, catalog, order, asked, now=clock.now())
    return _order(order_id)


@app.put("/public/orders/<order_id>/answers")
def answer_questions(order_id: str, request: AnswersRequest, key: AccessKey = "") -> OrderView:
    """Answer what the order is asked later, until the event ends."""
    app.links.require_order_key(order_id, key)
    shop = workshop()
    order = load_order(shop.table, order_id)
    answer_later(shop.table, shop.catalogs.by_id(order.event_id), order, request, now=clock.now())
    return _order(order_id)


@app.get("/public/orders/<order_id>/invoice", status_code=302)
def show_invoice(order_id: str, key: AccessKey = "") -> Response[None]:
    app.links.require_order_key(order_id, key)
    order = load_order(workshop().table, order_id)
    return _document(order, order.invoice_number or "")


@app.get("/public/orders/<order_id>/documents/<number>", status_code=302)
def show_document(order_id: str, number: str, query: KeyQuery = "") -> Response[None]:
    """Show an invoice or credit note to who has its address."""
    app.links.require_document_key(order_id, number, query)
    return _document(load_order(workshop().table, order_id), number)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _cached(text: str, known: str) -> dict[str, str]:
    """Return the headers of an answer that may be kept for a second. Raises NotModified if it is known."""
    headers = {
        "ETag": f'"{sha256(text.encode()).hexdigest()[:32]}"',
        "Cache-Control": "public, max-age=1",
    }
    if known == headers["ETag"]:
        raise NotModified(headers)
    return headers


def _customer(catalog: Catalog, asking: Asking, email: str) -> Customer:
    """Return who asks. Raises EmailUnverified, NotFound for a company that he does not act for."""
    shop = workshop()
    return Customer(
        verified_email=_verified_email(catalog, email, asking.email_proof),
        codes=asking.codes,
        company_id=_acting_for(asking.company_id),
        left=lambda: shop.catalogs.left(catalog),
    )


def _verified_email(catalog: Catalog, email: str, proof: str | None) -> str | None:
    """Return the address that the caller has shown to be his, None for a proof that does not hold any more.

    Where it matters, the order is refused; one that was placed in time is found by its key all the same.
    """
    if proof is None:
        return app.verified_email
    proven = workshop().links().proven(catalog.event.id, email, proof, clock.now())
    return normal_email(email) if proven else None


def _acting_for(company_id: str | None) -> str | None:
    """Return the company if the caller is its relay. Raises EmailUnverified, NotFound to a stranger."""
    if company_id is not None:
        if app.verified_email is None:
            raise EmailUnverified(faults=[Fault("company_id", "needs you to sign in as its relay")])
        require_relay(workshop().table, company_id, app.verified_email)
    return company_id


def _placed(order: Order, catalog: Catalog) -> PlacedOrder:
    """Answer an order that was placed, with its payment page if it is to be paid by card."""
    if order.payment_method is PaymentMethod.CARD and order.status is OrderStatus.AWAITING_PAYMENT:
        order = open_checkout(workshop().table, workshop().gateway, order, catalog.event.title, clock.now())
    return placed_order(order, catalog, app.links, now=clock.now(), language=app.language)


def _waiting(slug: str, entry_id: str, key: str) -> tuple[Catalog, WaitingEntry]:
    catalog = workshop().catalogs.by_slug(slug)
    entry = load_entry(workshop().table, catalog.event.id, entry_id)
    app.links.require_waiting_key(entry.id, entry.offers, key)
    return catalog, entry


def _image_url(catalog: Catalog) -> ImageUrl:
    event_id = catalog.event.id
    return lambda image_id: f"{app.links.api_url}/public/images/{event_id}/{image_id}"


def _order(order_id: str) -> OrderView:
    order, tickets = order_and_tickets(workshop().table, order_id)
    catalog = workshop().catalogs.by_id(order.event_id)
    return order_view(order, tickets, catalog, app.links, now=clock.now(), language=app.language)


def _document(order: Order, number: str) -> Response[None]:
    return _picture(drawn_document(workshop().table, order, number))


def _picture(name: str) -> Response[None]:
    return Response(302, headers={"Location": workshop().bucket.address(name)})
