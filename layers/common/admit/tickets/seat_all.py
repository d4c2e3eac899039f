"""Seating everybody: a job that gives each order of an event the best seats for its tickets that have none.

Orders are met page by page as they are listed; large parties come first within a page. An order that is met
again is left as it is.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.seating import Seating
from admit.clock import Clock
from admit.errors import AdmitError, Unavailable, WrongState
from admit.ids import derived_id
from admit.job import Job, Outcome, RowFault, RowStatus, Stretch, create_job, walk
from admit.model import Entity, Shape, request_hash
from admit.orders.order import Order, OrderStatus
from admit.orders.seats import unseated
from admit.seating.maps import SeatMaps
from admit.store import Table
from admit.tickets.seat import seat_order

WORK = "seat_tickets"
_STRETCH = 20


class SeatAllRequest(Shape):
    """Nothing is to be said: all tickets of the event that should have a seat and have none get one."""


class _Place(Entity):
    """Where the walk through the orders is."""

    shard: int = 0
    cursor: str | None = None


def start_seating(table: Table, catalog: Catalog, key: str, *, created_by: str, now: datetime) -> Job:
    """Store the job that seats an event, or find it stored by an earlier try. Raises WrongState."""
    if catalog.seating is None:
        raise WrongState("This event has no seating plan; enter one first.")
    job = Job(
        id=derived_id("job", WORK, catalog.event.id, key),
        work=WORK,
        organizer_id=catalog.event.organizer_id,
        event_id=catalog.event.id,
        dry_run=False,
        created_by=created_by,
        created_at=now,
        total=0,
        request_hash=request_hash(SeatAllRequest()),
    )
    return create_job(table, job, SeatAllRequest().model_dump_json())


def seat_on(table: Table, job: Job, *, clock: Clock, random: Random, seconds: float) -> bool:
    """Do a part of the job; say whether there is more to do."""
    catalog = load_catalog(table, job.event_id)
    maps = SeatMaps(table, clock)

    def stretch(at: str | None) -> Stretch:
        place = _Place.model_validate_json(at) if at else _Place()
        partition = keys.orders_of(job.event_id, place.shard)
        page = table.page("gsi1", partition, limit=_STRETCH, cursor=place.cursor)
        waiting = _waiting(catalog.seating, [Order.of(item) for item in page.items])
        outcomes = [
            _outcome(table, maps, catalog, order, job, now=clock(), random=random) for order in waiting
        ]
        if page.cursor is not None:
            after: _Place | None = place.model_copy(update={"cursor": page.cursor})
        else:
            after = _Place(shard=place.shard + 1) if place.shard + 1 < catalog.event.shards else None
        return Stretch(outcomes, after.model_dump_json() if after else None)

    return not walk(table, job, stretch, clock=clock, seconds=seconds).ended


def _waiting(seating: Seating | None, orders: Sequence[Order]) -> list[Order]:
    """Return the orders whose tickets wait for seats, the largest first."""
    if seating is None:
        return []
    missing = {
        order.id: len(unseated(seating, order))
        for order in orders
        if order.live and order.status is not OrderStatus.AWAITING_APPROVAL
    }
    waiting = [order for order in orders if missing.get(order.id)]
    return sorted(waiting, key=lambda order: -missing[order.id])


def _outcome(
    table: Table,
    maps: SeatMaps,
    catalog: Catalog,
    order: Order,
    job: Job,
    *,
    now: datetime,
    random: Random,
) -> Outcome:
    try:
        seat_order(table, maps, catalog, order, actor=job.created_by, now=now, random=random)
    except Unavailable:
        raise
    except AdmitError as refused:
        fault = RowFault(row=0, field="", message=refused.detail)
        return Outcome(result=RowStatus.FAILED, reference=order.id, code=refused.code, errors=[fault])
    return Outcome(result=RowStatus.CHANGED, reference=order.id)
