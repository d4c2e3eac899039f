"""Money moves orders on: Stripe's webhooks, the organizer's word, refunds, cancellations, what is due."""

from datetime import UTC, datetime
from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from admit import clock
from admit.acts.actions import ACTIONS
from admit.acts.bulk import BulkRequest, bulk_of_event, start_bulk
from admit.aws.http import Cursor, IdempotencyKey, Limit, Listing, OptionalIdempotencyKey
from admit.aws.log import failure, logger
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog
from admit.clock import Instant
from admit.errors import NotFound
from admit.insight.ledger import LedgerRowView, ledger_row_view, read_ledger
from admit.job import JobView, JobWithRows, job_of_account, job_view, job_with_rows
from admit.orders.billing import drawn_document
from admit.orders.cancellation import CancelRequest
from admit.orders.note import DismissRequest, NoteRequest, dismiss, leave_note
from admit.orders.order import Attention, Order, load_order
from admit.orders.refund import RefundRequest
from admit.payments.bank import (
    BankLineView,
    LineState,
    MatchRequest,
    StatementRequest,
    bank_line_view,
    ignore_line,
    lines_of,
    load_line,
    match_line,
    start_statement,
)
from admit.payments.decide import (
    ConfirmRequest,
    RefundResult,
    cancel_by_organizer,
    confirm_refund,
    refund_by_organizer,
    refund_result,
    release_by_organizer,
    settle_by_organizer,
)
from admit.payments.settle import SettleRequest
from admit.payments.sweep import sweep
from admit.payments.webhook import Taken, take_webhook
from admit.people.account import HANDLES_MONEY, MANAGES
from admit.tickets.ticket import order_and_tickets
from admit.tickets.view import OrderView

app = OrganizerApi()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


@app.post("/webhooks/stripe")
def stripe_webhook(signature: Annotated[str, Header(alias="Stripe-Signature")] = "") -> Taken:
    shop = workshop()
    hint = shop.gateway.read_webhook(app.raw_body, signature, clock.now())
    order = take_webhook(shop.table, shop.gateway, shop.catalogs.by_id, hint, now=clock.now(), random=random)
    if order is not None and Attention.PAYMENT_MISMATCH in order.attention:
        # The alarm listens to this message.
        logger.error("payment mismatch", extra={"order_id": order.id, "event": hint.id})
    return Taken(taken=order is not None)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/settle")
def settle_order(
    organizer_id: str,
    event_id: str,
    order_id: str,
    request: SettleRequest | None = None,
    idempotency_key: OptionalIdempotencyKey = "",
) -> OrderView:
    shop = workshop()
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    settle_by_organizer(
        shop.table,
        catalog,
        _order(event_id, order_id),
        request or SettleRequest(),
        key=idempotency_key,
        actor=app.actor,
        now=clock.now(),
        random=random,
    )
    return _view(catalog, order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/release")
def release_order(organizer_id: str, event_id: str, order_id: str) -> OrderView:
    """Give the tickets of an unpaid invoice, or give those back that a lost dispute has suspended."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    release_by_organizer(workshop().table, _order(event_id, order_id), actor=app.actor, now=clock.now())
    return _view(catalog, order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/cancel")
def cancel_order(
    organizer_id: str, event_id: str, order_id: str, request: CancelRequest | None = None
) -> OrderView:
    """Cancel an order or some of its tickets; its price goes back only if that is asked for."""
    shop = workshop()
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    cancel_by_organizer(
        shop.table,
        shop.gateway,
        catalog,
        _order(event_id, order_id),
        request or CancelRequest(),
        actor=app.actor,
        now=clock.now(),
    )
    return _view(catalog, order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/refund")
def refund_order(
    organizer_id: str,
    event_id: str,
    order_id: str,
    request: RefundRequest | None = None,
    idempotency_key: OptionalIdempotencyKey = "",
) -> RefundResult:
    """Send money back; the tickets stay as they are."""
    shop = workshop()
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    before = _order(event_id, order_id)
    order = refund_by_organizer(
        shop.table,
        shop.gateway,
        before,
        request or RefundRequest(),
        key=idempotency_key,
        actor=app.actor,
        now=clock.now(),
    )
    made = refund_result(order, before, idempotency_key)
    return RefundResult(**made, order=_view(catalog, order_id))


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/refunds/<sequence>/confirm")
def confirm_sent_refund(
    organizer_id: str, event_id: str, order_id: str, sequence: int, request: ConfirmRequest | None = None
) -> OrderView:
    """Record that a refund which does not go through Stripe has been sent."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    confirm_refund(
        workshop().table,
        _order(event_id, order_id),
        sequence,
        note=request.note if request else "",
        actor=app.actor,
        now=clock.now(),
    )
    return _view(catalog, order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/notes", status_code=201)
def note_order(
    organizer_id: str,
    event_id: str,
    order_id: str,
    request: NoteRequest,
    idempotency_key: OptionalIdempotencyKey = "",
) -> OrderView:
    """Leave a note in an order's timeline; the buyer is not shown it."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    leave_note(
        workshop().table,
        _order(event_id, order_id),
        request,
        key=idempotency_key,
        actor=app.actor,
        now=clock.now(),
    )
    return _view(catalog, order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/attention/<reason>/dismiss")
def set_reason_aside(
    organizer_id: str,
    event_id: str,
    order_id: str,
    reason: Attention,
    request: DismissRequest | None = None,
) -> OrderView:
    """Set a reason to look at an order aside, until something new of its kind happens."""
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    dismiss(
        workshop().table,
        _order(event_id, order_id),
        reason,
        request or DismissRequest(),
        actor=app.actor,
        now=clock.now(),
    )
    return _view(catalog, order_id)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/bulk", status_code=202)
def act_on_orders(
    organizer_id: str, event_id: str, request: BulkRequest, idempotency_key: IdempotencyKey
) -> JobView:
    """Do one action to many orders, one after the other; one that is refused stops no other."""
    event = app.catalog(organizer_id, event_id, ACTIONS[request.action].roles).event
    return job_view(
        start_bulk(workshop().table, event, request, idempotency_key, created_by=app.actor, now=clock.now())
    )


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/bulk/<job_id>")
def read_bulk(
    organizer_id: str, event_id: str, job_id: str, limit: Limit = 50, cursor: Cursor = None
) -> JobWithRows:
    app.catalog(organizer_id, event_id, HANDLES_MONEY)
    table = workshop().table
    return job_with_rows(table, bulk_of_event(table, event_id, job_id), limit=limit, cursor=cursor)


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/documents/<number>", status_code=302)
def show_document(organizer_id: str, event_id: str, order_id: str, number: str) -> Response[None]:
    app.catalog(organizer_id, event_id, HANDLES_MONEY)
    name = drawn_document(workshop().table, _order(event_id, order_id), number)
    return Response(302, headers={"Location": workshop().bucket.address(name), "Cache-Control": "no-store"})


@app.get("/organizer/<organizer_id>/events/<event_id>/ledger")
def list_ledger(
    organizer_id: str,
    event_id: str,
    *,
    after: Annotated[Instant, Query(alias="from")] = datetime(2000, 1, 1, tzinfo=UTC),
    until: Annotated[Instant, Query(alias="to")] = datetime(9000, 1, 1, tzinfo=UTC),
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[LedgerRowView]:
    """List the movements of the event's money, oldest first."""
    event = app.catalog(organizer_id, event_id, HANDLES_MONEY).event
    page = read_ledger(workshop().table, event, after=after, until=until, limit=limit, cursor=cursor)
    return Listing(items=[ledger_row_view(row) for row in page.rows], cursor=page.cursor)


@app.post("/organizer/<organizer_id>/bank-statements", status_code=202)
def import_statement(
    organizer_id: str, request: StatementRequest, idempotency_key: IdempotencyKey
) -> JobView:
    """Book a bank statement: its lines are matched to invoices by what their payers wrote."""
    app.require(organizer_id, HANDLES_MONEY)
    return job_view(
        start_statement(
            workshop().table,
            organizer_id,
            request,
            idempotency_key,
            created_by=app.actor,
            now=clock.now(),
        )
    )


@app.get("/organizer/<organizer_id>/bank-statements/<job_id>")
def read_statement(organizer_id: str, job_id: str, limit: Limit = 50, cursor: Cursor = None) -> JobWithRows:
    app.require(organizer_id, HANDLES_MONEY)
    table = workshop().table
    job = job_of_account(table, organizer_id, job_id)
    return job_with_rows(table, job, limit=limit, cursor=cursor)


@app.get("/organizer/<organizer_id>/bank-lines")
def list_bank_lines(
    organizer_id: str,
    *,
    state: Annotated[LineState, Query()] = LineState.UNMATCHED,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[BankLineView]:
    app.require(organizer_id, HANDLES_MONEY)
    lines, after = lines_of(workshop().table, organizer_id, state, limit=limit, cursor=cursor)
    return Listing(items=lines, cursor=after)


@app.post("/organizer/<organizer_id>/bank-lines/<line_id>/match")
def match_bank_line(organizer_id: str, line_id: str, request: MatchRequest) -> BankLineView:
    app.require(organizer_id, HANDLES_MONEY)
    table = workshop().table
    order = load_order(table, request.order_id)
    if order.organizer_id != organizer_id:
        raise NotFound("There is no such order.")
    line = load_line(table, organizer_id, line_id)
    return bank_line_view(match_line(table, line, order, actor=app.actor, now=clock.now()))


@app.post("/organizer/<organizer_id>/bank-lines/<line_id>/ignore")
def set_bank_line_aside(organizer_id: str, line_id: str) -> BankLineView:
    app.require(organizer_id, HANDLES_MONEY)
    table = workshop().table
    return bank_line_view(ignore_line(table, load_line(table, organizer_id, line_id)))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a request, or do what is due when the schedule asks for it."""
    if event.get("task") != "sweep":
        return app.resolve(event, context)
    return {"done": sweep(workshop().table, workshop().gateway, clock.now, random, _report)}


def _order(event_id: str, order_id: str) -> Order:
    order = load_order(workshop().table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return order


def _view(catalog: Catalog, order_id: str) -> OrderView:
    order, tickets = order_and_tickets(workshop().table, order_id)
    return app.order_view(catalog, order, tickets)


def _report(key: str, error: Exception) -> None:
    logger.warning("not done", extra={"key": key, **failure(error)})
