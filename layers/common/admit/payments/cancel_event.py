"""Cancelling an event: a job walks all its orders, ends each and sends its money back, in several rounds.

Orders that a round could not end (a payment on its way, Stripe away), and those that were placed while the
event was being cancelled, are met by the next round.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.clock import Clock, Instant
from admit.errors import AdmitError, AlreadyPaid, WrongState
from admit.job import Job, Outcome, RowStatus, Stretch, create_job, job_body, walk
from admit.model import ONE_LINE, Entity, Shape, request_hash
from admit.orders.cancellation import CancelRequest
from admit.orders.order import Order, load_order
from admit.payments.decide import cancel_by_organizer
from admit.payments.gateway import Gateway
from admit.store import Table

WORK = "cancel_event"
PAUSE = 30
"""Seconds between two rounds: longer than any function believes an older catalog."""
_LONGEST_PAUSE = 900
_ROUNDS = 20
_STRETCH = 25
_AT_ONCE = 8


class CancelEventRequest(Shape):
    """Whether what was paid goes back, and what buyers are told."""

    refund: bool = True
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""


class _Place(Entity):
    """Where a walk through the orders of an event is."""

    round: int = 1
    shard: int = 0
    cursor: str | None = None
    live: int = 0
    """Orders that this round has met and could not end."""
    not_before: Instant | None = None


def start_cancellation(
    table: Table, catalog: Catalog, request: CancelEventRequest, *, created_by: str, now: Instant
) -> Job:
    """Store the job that ends the orders of a cancelled event, or find it: there is one.

    Raises WrongState.
    """
    event = catalog.event
    if event.cancellation_job is None:
        raise WrongState("Only a cancelled event has its orders ended.")
    if stored := table.get(keys.job(event.cancellation_job)):
        return Job.of(stored)
    job = Job(
        id=event.cancellation_job,
        work=WORK,
        organizer_id=event.organizer_id,
        event_id=event.id,
        dry_run=False,
        created_by=created_by,
        created_at=now,
        total=0,
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def cancel_orders(
    table: Table, gateway: Gateway, job: Job, *, expected: int, clock: Clock, seconds: float
) -> int | None:
    """Do a part of the job, of about so many orders; return in how many seconds to go on, None at the end."""
    request = CancelEventRequest.model_validate_json(job_body(table, job))
    catalog = load_catalog(table, job.event_id)
    walked = _Walk(table, gateway, catalog, job, request, expected, clock).on(seconds)
    if walked.ended:
        return None
    wait = _read(walked.place).not_before
    return max(0, ceil((wait - clock()).total_seconds())) if wait else 0


class _Walk(NamedTuple):
    table: Table
    gateway: Gateway
    catalog: Catalog
    job: Job
    request: CancelEventRequest
    expected: int
    clock: Clock

    def on(self, seconds: float) -> Job:
        return walk(self.table, self.job, self._stretch, clock=self.clock, seconds=seconds)

    def _stretch(self, at: str | None) -> Stretch | None:
        """End the orders of one page of one shard; the rounds after the first meet only those that live."""
        place, event = _read(at), self.catalog.event
        if place.not_before is not None and self.clock() < place.not_before:
            return None
        partition = keys.orders_of(event.id, place.shard)
        page = self.table.page("gsi1", partition, limit=_STRETCH, cursor=place.cursor)
        orders = [Order.of(item) for item in page.items]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            met = [order for order in orders if place.round == 1 or order.live]
            outcomes = list(threads.map(self._ended, met))
        live = place.live + sum(outcome.result is RowStatus.FAILED for outcome in outcomes)
        after = _next(place, page.cursor, live, event.shards, now=self.clock())
        return Stretch(outcomes, after, self.expected)

    def _ended(self, order: Order) -> Outcome:
        if not order.live:
            return Outcome(result=RowStatus.UNCHANGED, reference=order.id)
        try:
            self._cancel(order)
        except AdmitError as refused:
            return Outcome(result=RowStatus.FAILED, reference=order.id, code=refused.code)
        return Outcome(result=RowStatus.CHANGED, reference=order.id)

    def _cancel(self, order: Order) -> None:
        note = self.request.note or "the event is cancelled"
        try:
            cancel_by_organizer(
                self.table,
                self.gateway,
                self.catalog,
                order,
                CancelRequest(refund=self.request.refund, note=note),
                actor=self.job.created_by,
                now=self.clock(),
                used_too=True,
            )
        except AlreadyPaid:
            self._cancel(load_order(self.table, order.id))


def _next(place: _Place, cursor: str | None, live: int, shards: int, *, now: datetime) -> str | None:
    """Return where to go on: the next page, shard or round; None when a round has left nobody."""
    if cursor is not None:
        return place.model_copy(update={"cursor": cursor, "live": live, "not_before": None}).model_dump_json()
    if place.shard + 1 < shards:
        return _Place(round=place.round, shard=place.shard + 1, live=live).model_dump_json()
    if (place.round > 1 and live == 0) or place.round == _ROUNDS:
        return None
    pause = timedelta(seconds=min(_LONGEST_PAUSE, PAUSE * 2 ** (place.round - 1)))
    return _Place(round=place.round + 1, not_before=now + pause).model_dump_json()


def _read(place: str | None) -> _Place:
    return _Place.model_validate_json(place) if place else _Place()
