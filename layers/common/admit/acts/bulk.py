"""One action on many orders: a job that does it to each in turn, as if somebody had done so by hand.

A row answers done or the code of the refusal, and stops no other. An order that was met before, by a worker
that died, is met again under the same key, so that nothing is done to it twice.
"""

from datetime import datetime
from random import Random
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from admit.acts.actions import ACTIONS, ActionName, Stage, perform, read_body
from admit.catalog.catalog import load_catalog
from admit.catalog.event import Event
from admit.clock import Clock
from admit.errors import Invalid, NotFound
from admit.ids import derived_id
from admit.job import Job, Outcome, RowStatus, create_job, job_body, job_of_event, work_off
from admit.model import ONE_LINE, Entity, Shape, request_hash
from admit.orders.order import Order, load_order
from admit.payments.gateway import OrderGateway
from admit.store import Table

WORK = "orders_bulk"
MOST_ORDERS = 500


class BulkRequest(Shape):
    """An action, its body as on its own route, and the orders; `note` is the body's, where it has one."""

    action: ActionName
    order_ids: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=60)]],
        Field(min_length=1, max_length=MOST_ORDERS),
    ]
    body: dict[str, Any] = {}
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] | None = None


class _Row(Entity):
    row: int
    order_id: str


def start_bulk(
    table: Table, event: Event, request: BulkRequest, key: str, *, created_by: str, now: datetime
) -> Job:
    """Store the job of a request, or find it stored by an earlier try. Raises Invalid and
    IdempotencyConflict."""
    if request.action is ActionName.CONFIRM_REFUND:
        raise Invalid.field("action", "is about one refund; confirm each by itself")
    _body(request)
    job = Job(
        id=derived_id("job", WORK, event.id, key),
        work=WORK,
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=False,
        created_by=created_by,
        created_at=now,
        total=len(_rows(request)),
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def bulk_of_event(table: Table, event_id: str, job_id: str) -> Job:
    """Read such a job of this event. Raises NotFound, for other work too."""
    job = job_of_event(table, event_id, job_id)
    if job.work != WORK:
        raise NotFound("There is no such job.")
    return job


def act_on(
    table: Table, gateway: OrderGateway, job: Job, *, clock: Clock, random: Random, seconds: float
) -> bool:
    """Do a part of the job; say whether there is more to do."""
    request = BulkRequest.model_validate_json(job_body(table, job))
    catalog = load_catalog(table, job.event_id)
    body = _body(request)

    def act(row: _Row) -> Outcome:
        order = _order(table, job.event_id, row.order_id)
        key = f"{job.id}:{row.order_id}"
        stage = Stage(table, gateway, catalog, actor=job.created_by, key=key, now=clock(), random=random)
        after = perform(request.action, stage, order, body)
        result = RowStatus.UNCHANGED if after == order else RowStatus.CHANGED
        return Outcome(result=result, reference=row.order_id)

    return work_off(table, job, _rows(request), act, clock=clock, seconds=seconds)


def _body(request: BulkRequest) -> Shape:
    """Return the body of the action. Raises Invalid."""
    takes_note = "note" in ACTIONS[request.action].body.model_fields
    note = {"note": request.note} if request.note and takes_note else {}
    return read_body(request.action, request.body | note)


def _rows(request: BulkRequest) -> list[_Row]:
    orders = dict.fromkeys(request.order_ids)
    return [_Row(row=row, order_id=order_id) for row, order_id in enumerate(orders, start=1)]


def _order(table: Table, event_id: str, order_id: str) -> Order:
    order = load_order(table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return order
