"""The seats of an event: its plan, entered or imported, and seats that are kept for somebody."""

from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids
from admit.aws.http import Listing, OptionalIdempotencyKey
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.catalog import load_catalog
from admit.job import JobView, job_view
from admit.people.account import HANDLES_MONEY, MANAGES
from admit.seating.block import Blocked, BlockRequest, SeatsRequest, block, unblock
from admit.seating.edit_plan import set_plan
from admit.seating.plan_imports import (
    PlanImport,
    PlanImported,
    PlanUpload,
    PlanUploadRequest,
    begin_plan_upload,
    import_plan,
)
from admit.seating.plan_settings import PlanSettings
from admit.seating.plan_view import SeatingView, SectionState, seating_view, section_state
from admit.tickets.seat import (
    SeatedOrder,
    SeatedTicket,
    SeatMovesRequest,
    SeatOrdersRequest,
    move_seats,
    seat_orders,
)
from admit.tickets.seat_all import start_seating

app = OrganizerApi()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.

_SEATING = "/organizer/<organizer_id>/events/<event_id>/seating"


@app.get(_SEATING)
def read_seating(
    organizer_id: str,
    event_id: str,
    section: Annotated[str | None, Query(max_length=40, description="Id of the one section to show.")] = None,
) -> SeatingView:
    """Show the plan, as it may be sent again, with how many of its seats are left."""
    return seating_view(workshop().table, app.catalog(organizer_id, event_id, HANDLES_MONEY), section)


@app.put(_SEATING)
def put_seating(organizer_id: str, event_id: str, settings: PlanSettings) -> SeatingView:
    """Set the plan as a whole; on sale too, as long as it keeps every seat that a ticket has."""
    catalog, table = app.catalog(organizer_id, event_id, MANAGES), workshop().table
    set_plan(table, catalog, settings, now=clock.now())
    return seating_view(table, load_catalog(table, event_id))


@app.get(f"{_SEATING}/state")
def read_state(
    organizer_id: str,
    event_id: str,
    section: Annotated[str, Query(max_length=40, description="Id of the section.")],
) -> SectionState:
    """Show who has the seats of a section, and for whom the others are kept."""
    return section_state(workshop().table, app.catalog(organizer_id, event_id, HANDLES_MONEY), section)


@app.post(f"{_SEATING}/uploads", status_code=201)
def open_plan_upload(organizer_id: str, event_id: str, request: PlanUploadRequest) -> PlanUpload:
    """Open the way for a file that is larger than a body may be."""
    app.catalog(organizer_id, event_id, MANAGES)
    bucket, upload_id = workshop().bucket, ids.random_id()
    return begin_plan_upload(bucket, event_id, request, upload_id=upload_id, now=clock.now())


@app.post(f"{_SEATING}/import")
def import_seating(organizer_id: str, event_id: str, request: PlanImport) -> PlanImported:
    """Set the plan from a file; with `dry_run` tell what that would change."""
    catalog, shop = app.catalog(organizer_id, event_id, MANAGES), workshop()
    return import_plan(shop.table, shop.bucket, catalog, request, now=clock.now())


@app.post(f"{_SEATING}/block")
def block_seats(organizer_id: str, event_id: str, request: BlockRequest) -> Blocked:
    """Keep seats for a channel."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return block(workshop().table, catalog, request, now=clock.now())


@app.post(f"{_SEATING}/unblock")
def unblock_seats(organizer_id: str, event_id: str, request: SeatsRequest) -> Blocked:
    """Free seats that are kept."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return unblock(workshop().table, catalog, request, now=clock.now())


@app.post(f"{_SEATING}/moves")
def change_seats(organizer_id: str, event_id: str, request: SeatMovesRequest) -> Listing[SeatedTicket]:
    """Move tickets to other seats, all or none; tickets that get each other's seats are exchanged."""
    catalog, shop = app.catalog(organizer_id, event_id, MANAGES), workshop()
    given = move_seats(shop.table, shop.seat_maps, catalog, request, actor=app.actor, now=clock.now())
    return Listing(items=given, cursor=None)


@app.post(f"{_SEATING}/orders")
def seat_some_orders(organizer_id: str, event_id: str, request: SeatOrdersRequest) -> Listing[SeatedOrder]:
    """Give the tickets of orders that have no seats the best ones, each order together."""
    catalog, shop = app.catalog(organizer_id, event_id, MANAGES), workshop()
    results = seat_orders(
        shop.table,
        shop.seat_maps,
        catalog,
        request,
        actor=app.actor,
        now=clock.now(),
        random=random,
    )
    return Listing(items=results, cursor=None)


@app.post(f"{_SEATING}/fill", status_code=202)
def seat_everybody(organizer_id: str, event_id: str, idempotency_key: OptionalIdempotencyKey = "") -> JobView:
    """Seat all tickets of the event that have no seat yet, order by order."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    key = idempotency_key or ids.random_id()
    return job_view(start_seating(workshop().table, catalog, key, created_by=app.actor, now=clock.now()))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
