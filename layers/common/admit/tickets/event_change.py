"""An event got another date, place or title: its tickets follow and are drawn anew, and its orders follow.

The job that does it is written in the same transaction as the change (`catalog/follow_change.py`). It walks
orders and tickets shard by shard; what has followed already is passed over, so a part done twice changes
nothing. Who holds a ticket is told by the stream.
"""

from enum import StrEnum
from functools import partial

from admit import keys
from admit.catalog.event import Event
from admit.catalog.follow_change import ChangedEvent
from admit.clock import Clock
from admit.job import Job, Outcome, RowStatus, Stretch, job_body, walk
from admit.model import Entity
from admit.orders.change import change as change_order
from admit.orders.order import Order
from admit.store import ConditionFailed, Item, Table
from admit.tickets.hand_over import changed
from admit.tickets.ticket import Images, Ticket, load_ticket

_STRETCH = 50
_TRIES = 5


class _Of(StrEnum):
    TICKETS = "tickets"
    ORDERS = "orders"


class _Place(Entity):
    what: _Of = _Of.ORDERS
    shard: int = 0
    cursor: str | None = None


def follow_event(table: Table, job: Job, event: Event, *, clock: Clock, seconds: float) -> bool:
    """Do a part of the job; say whether there is more to do."""
    change = ChangedEvent.model_validate_json(job_body(table, job))

    def go(at: str | None) -> Stretch:
        place = _Place.model_validate_json(at) if at else _Place()
        partition = keys.tickets_of_event if place.what is _Of.TICKETS else keys.orders_of
        page = table.page("gsi1", partition(event.id, place.shard), limit=_STRETCH, cursor=place.cursor)
        outcomes = [_follow(table, item, event, change) for item in page.items]
        after = _next(place, page.cursor, event.shards)
        return Stretch(outcomes, after.model_dump_json() if after else None)

    return not walk(table, job, go, clock=clock, seconds=seconds).ended


def _next(place: _Place, cursor: str | None, shards: int) -> _Place | None:
    if cursor is not None:
        return place.model_copy(update={"cursor": cursor})
    if place.shard + 1 < shards:
        return _Place(what=place.what, shard=place.shard + 1)
    # Orders come first: one that has followed is what its tickets are made from.
    return _Place(what=_Of.TICKETS) if place.what is _Of.ORDERS else None


def _follow(table: Table, item: Item, event: Event, change: ChangedEvent) -> Outcome:
    if item["kind"] == "order":
        return _follow_with_order(table, Order.of(item), event)
    return _follow_with_ticket(table, Ticket.of(item), event, change)


def _follow_with_order(table: Table, order: Order, event: Event) -> Outcome:
    after = change_order(table, order, partial(_until, event=event))
    result = RowStatus.UNCHANGED if after == order else RowStatus.CHANGED
    return Outcome(result=result, reference=order.id)


def _until(order: Order, event: Event) -> Order:
    if order.event_ends_at == event.ends_at:
        return order
    return order.model_copy(update={"event_ends_at": event.ends_at})


def _follow_with_ticket(table: Table, ticket: Ticket, event: Event, change: ChangedEvent) -> Outcome:
    for _ in range(_TRIES):
        # A later change may have come first: then only that the event has moved may be left to say.
        moved = max(ticket.event_moved, change.number if change.moved else 0)
        if ticket.event_change >= change.number and ticket.event_moved == moved:
            return Outcome(result=RowStatus.UNCHANGED, reference=ticket.id)
        after = ticket.model_copy(
            update={
                "event_ends_at": event.ends_at,
                "images": Images.STALE,
                "event_change": max(ticket.event_change, change.number),
                "event_moved": moved,
            }
        )
        # False when it has changed hands since it was read: then it is found otherwise.
        unmoved = "revision = :read"
        try:
            table.write(changed(ticket, after, [unmoved], {"read": ticket.revision}))
        except ConditionFailed:
            ticket = load_ticket(table, ticket.id)
        else:
            return Outcome(result=RowStatus.CHANGED, reference=ticket.id)
    return Outcome(result=RowStatus.FAILED, reference=ticket.id, code="busy")
