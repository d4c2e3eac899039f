"""Deliveries for an organizer to read, and to have sent again."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import product
from typing import Annotated, NamedTuple

from pydantic import Field

from admit import keys
from admit.clock import Instant, stamp
from admit.errors import Conflict
from admit.hooks.delivery import (
    DeliveryAttempt,
    DeliveryState,
    FailedFor,
    HookDelivery,
    LaneMessage,
    load_delivery,
    put_back,
)
from admit.hooks.endpoint import Endpoint
from admit.hooks.facts import DeliveryType
from admit.hooks.payload import HookPayload, payload
from admit.hooks.state import load_state
from admit.model import Shape
from admit.store import Entry, Table, Within

_MOST_REPLAYED = 500
_AT_ONCE = 8
_UNTAKEN = (DeliveryState.FAILED, DeliveryState.PENDING)


class DeliveryView(Shape):
    id: str
    """What the header `webhook-id` says, at each try."""
    type: DeliveryType
    event_id: str | None
    subject: str | None
    """The id of the order that it is about."""
    number: int | None
    """Of the ticket, if it is about one."""
    sequence: int
    created_at: Instant
    state: DeliveryState
    failed_for: FailedFor | None
    """Why it was given up, when that is not for the answers to it."""
    attempts: list[DeliveryAttempt]
    """The last ones, oldest first."""
    next_at: Instant | None
    """When it is tried again; null before the first try, and while it waits for those before it."""


class DeliveryWithPayload(DeliveryView):
    payload: Annotated[HookPayload | None, Field(description="What it would say if it was sent now.")]


class ReplayRequest(Shape):
    since: Instant


class Replayed(Shape):
    replayed: int
    more: bool
    """Whether there are more: ask again in a minute."""


class DeliveryPage(NamedTuple):
    deliveries: list[HookDelivery]
    cursor: str | None
    """The sort key of the last one: the next page lies below it."""


def deliveries_of(
    table: Table,
    endpoint: Endpoint,
    *,
    state: DeliveryState | None,
    limit: int,
    cursor: str | None,
    now: datetime,
) -> DeliveryPage:
    """Return one page of deliveries, newest first, of one state where that is asked for."""
    states = [state] if state else list(DeliveryState)
    older = Within(below=cursor)
    # A delivery that changes its state between two queries is found by both.
    by_key = {
        entry.key: entry
        for entry in _found(table, endpoint, states, limit=limit + 1, newest_first=True, within=older)
    }
    found = sorted(by_key.values(), key=lambda entry: entry.sort_key, reverse=True)
    page, rest = found[:limit], found[limit:]
    # The time of some is over before the table removes them.
    kept = [one for one in _read(table, page) if one.ttl > now.timestamp()]
    return DeliveryPage(kept, page[-1].sort_key if rest else None)


def delivery_view(delivery: HookDelivery) -> DeliveryView:
    shared = DeliveryView.model_fields.keys() & HookDelivery.model_fields.keys()
    return DeliveryView(**delivery.model_dump(include=shared), subject=delivery.order_id)


def delivery_with_payload(table: Table, delivery: HookDelivery) -> DeliveryWithPayload:
    return DeliveryWithPayload(**dict(delivery_view(delivery)), payload=payload(table, delivery))


def replay(table: Table, endpoint: Endpoint, delivery_id: str, now: datetime) -> LaneMessage:
    """Have a delivery sent again, under its id. Raises NotFound, Conflict, Contention."""
    _require_active(table, endpoint, now)
    return put_back(table, load_delivery(table, endpoint.id, delivery_id, now), now)


def replay_since(
    table: Table, endpoint: Endpoint, since: datetime, now: datetime
) -> tuple[Replayed, list[LaneMessage]]:
    """Have sent again what was not taken since a moment, and tried at once what waits to be tried again.

    Returns how many, with their lanes. Raises Conflict, Contention.
    """
    _require_active(table, endpoint, now)
    found = _found(
        table, endpoint, _UNTAKEN, limit=_MOST_REPLAYED, newest_first=False, within=Within(above=stamp(since))
    )
    oldest = sorted(found, key=lambda entry: entry.sort_key)
    untaken = [one for one in _read(table, oldest) if _is_untaken(one, now)]
    some, rest = untaken[:_MOST_REPLAYED], untaken[_MOST_REPLAYED:]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        lanes = list(threads.map(lambda one: put_back(table, one, now), some))
    return Replayed(replayed=len(some), more=bool(rest)), list({lane.lane: lane for lane in lanes}.values())


def _found(
    table: Table,
    endpoint: Endpoint,
    states: Sequence[DeliveryState],
    *,
    limit: int,
    newest_first: bool,
    within: Within,
) -> list[Entry]:
    return [
        entry
        for state, nn in product(states, range(keys.HOOK_SHARDS))
        for entry in table.find(
            "gsi2",
            keys.hook_deliveries(endpoint.id, state, nn),
            limit=limit,
            newest_first=newest_first,
            within=within,
        ).entries
    ]


def _read(table: Table, entries: Sequence[Entry]) -> list[HookDelivery]:
    items = table.get_many([entry.key for entry in entries]) if entries else []
    return [HookDelivery.of(item) for item in items]


def _is_untaken(delivery: HookDelivery, now: datetime) -> bool:
    """Say whether it failed, or has been tried and waits; one that is new is on its way."""
    waits = delivery.state is DeliveryState.PENDING and delivery.next_at is not None
    return delivery.ttl > now.timestamp() and (delivery.state is DeliveryState.FAILED or waits)


def _require_active(table: Table, endpoint: Endpoint, now: datetime) -> None:
    disabled = load_state(table, endpoint.id).disabled_at is not None or endpoint.has_ended(table, now)
    if disabled or not endpoint.active:
        raise Conflict("This webhook is not active; make it active, then have its deliveries sent again.")
