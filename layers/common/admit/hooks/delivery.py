"""Deliveries: one for each fact and endpoint that wants it, in lanes.

A lane holds the deliveries of one order to one endpoint in their order; the next one is sent when the one
before has been taken or given up. A delivery has its id from the record of the stream that it follows from:
the row under it is what tells a repetition. It is written in one transaction with its place in the lane,
which is its sequence, so that sequences have no gaps, and with when the lane is due, so that the sweep finds
what nobody has been told of.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import batched
from typing import Any, NamedTuple

from admit import ids, keys
from admit.clock import Instant, stamp
from admit.errors import NotFound
from admit.hooks.endpoint import Endpoint, load_endpoints
from admit.hooks.facts import TEST, DeliveryType, FactType, facts_of_order, facts_of_ticket
from admit.hooks.sent import SendError
from admit.model import Entity, Shape
from admit.orders.order import Order
from admit.store import ConditionFailed, Contention, Key, Put, Table, TransactionRefused, Update, Write
from admit.tickets.ticket import Ticket

KEPT = timedelta(days=30)
_MOST_AT_ONCE = 45
"""Two writes each, and one of the lane, are within one transaction."""
_ATTEMPTS = 20


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class FailedFor(StrEnum):
    """Why a delivery was given up, when that is not for the answers to it."""

    NOT_ACTIVE = "not_active"
    """The webhook was not active, was disabled, or had ended with its API key, when it was to be sent."""
    NOTHING_LEFT = "nothing_left"
    """What it was about is not there any more."""


class DeliveryAttempt(Shape):
    """One try at sending it: a status if there was an answer, else an error."""

    at: Instant
    status: int | None = None
    error: SendError | None = None
    ms: int


class HookDelivery(Entity):
    id: str
    organizer_id: str
    endpoint_id: str
    type: DeliveryType
    event_id: str | None = None
    order_id: str | None = None
    number: int | None = None
    """Of the ticket that it is about, if it is about one."""
    sequence: int = 0
    """Counts the deliveries about an order to an endpoint, from 1."""
    created_at: Instant
    state: DeliveryState = DeliveryState.PENDING
    failed_for: FailedFor | None = None
    lane: str
    """In which it waits, or has waited last."""
    tries: int = 0
    """Since it was put into its lane."""
    next_at: Instant | None = None
    """When it is tried again, once it was tried."""
    attempts: list[DeliveryAttempt] = []
    """The last ones, oldest first."""
    ttl: int

    @property
    def key(self) -> Key:
        return keys.hook_delivery(self.id)

    def found_by(self) -> dict[str, str]:
        """Return the index attributes by which lists find it."""
        nn = ids.shard_of(self.id, keys.HOOK_SHARDS)
        return {
            "gsi2pk": keys.hook_deliveries(self.endpoint_id, self.state, nn),
            "gsi2sk": keys.by_time(self.created_at, self.id),
        }

    def put(self) -> Put:
        """Return the write that makes it; false when it is there."""
        return Put(self.key, {"kind": "hook_delivery", **self.attributes(), **self.found_by()})

    def waiting(self) -> Put:
        """Return the write of what it has become; false when it does not wait where it did."""
        # False when it has ended, or was put into another lane.
        waits = "#state = :pending AND lane = :lane"
        return self._over(waits, {"pending": DeliveryState.PENDING, "lane": self.lane})

    def anew(self, lane: str) -> Put:
        """Return the write that lets it wait again; false when it waits, or has changed since it was read."""
        # False when it was sent again, or put back, since it was read.
        as_read = "#state = :read AND lane = :lane AND tries = :tries"
        read = {"read": self.state, "lane": self.lane, "tries": self.tries}
        waits = {"state": DeliveryState.PENDING, "failed_for": None, "next_at": None}
        return self.model_copy(update={**waits, "lane": lane, "tries": 0})._over(as_read, read)

    def _over(self, condition: str, values: dict[str, Any]) -> Put:
        put = self.put()
        return Put(put.key, put.item, condition, values)


class LaneMessage(Shape):
    """A lane in which something is to be sent, as it travels on the queue."""

    organizer_id: str
    endpoint_id: str
    lane: str


class Lane(Entity):
    """How far a lane is. It stays: the next sequence follows from it."""

    organizer_id: str
    endpoint_id: str
    lane: str
    places: int = 0
    """How many deliveries have come into it."""
    passed: int = 0
    """How many of them are behind it."""
    next_at: Instant | None = None
    """When the next one is to be sent; until then who has claimed it is at it."""
    claimed: bool = False

    @property
    def key(self) -> Key:
        return keys.hook_lane(self.endpoint_id, self.lane)

    @property
    def message(self) -> LaneMessage:
        return LaneMessage(organizer_id=self.organizer_id, endpoint_id=self.endpoint_id, lane=self.lane)

    def due(self, at: datetime) -> dict[str, str]:
        """Return the attributes by which it is found when it is due."""
        name = f"{self.endpoint_id}#{self.lane}"
        return {
            "next_at": stamp(at),
            "gsi3pk": keys.hook_due(ids.shard_of(name, keys.HOOK_SHARDS)),
            "gsi3sk": keys.by_time(at, name),
        }


class HookChange(NamedTuple):
    """A record of the stream: how an order or a ticket was before and is after it."""

    record_id: str
    before: Order | Ticket | None
    after: Order | Ticket


class _Fact(NamedTuple):
    record_id: str
    type: FactType
    event_id: str
    order_id: str
    number: int | None


# --- from the stream --------------------------------------------------------------------------------------


def note_facts(table: Table, changes: Sequence[HookChange], now: datetime) -> list[LaneMessage]:
    """Write the deliveries that changes give rise to; return the lanes that they are in.

    Those that were written before stay, and their lanes are named again. Costs one read for each organizer,
    one for the events of tickets, and two for each lane with something new. Raises Contention.
    """
    facts = [fact for change in changes for fact in _facts(change)]
    organizer_of = _organizers(table, changes, facts)
    endpoints = {organizer: load_endpoints(table, organizer) for organizer in set(organizer_of.values())}
    lanes: dict[Key, tuple[Lane, dict[str, HookDelivery]]] = {}
    for fact in facts:
        listening = endpoints.get(organizer_of.get(fact.event_id, ""), [])
        for endpoint in (one for one in listening if one.wants(fact.type, fact.event_id)):
            lane = Lane(organizer_id=organizer_of[fact.event_id], endpoint_id=endpoint.id, lane=fact.order_id)
            _, deliveries = lanes.setdefault(lane.key, (lane, {}))
            delivery = _delivery(lane, fact, now)
            deliveries.setdefault(delivery.id, delivery)
    for lane, deliveries in lanes.values():
        for some in batched(deliveries.values(), _MOST_AT_ONCE, strict=False):
            _enter(table, lane, some, now)
    return [lane.message for lane, _ in lanes.values()]


def _facts(change: HookChange) -> Iterable[_Fact]:
    record_id, before, after = change
    if isinstance(after, Order):
        types = facts_of_order(before if isinstance(before, Order) else None, after)
        return [_Fact(record_id, one, after.event_id, after.id, None) for one in types]
    types = facts_of_ticket(before if isinstance(before, Ticket) else None, after)
    return [_Fact(record_id, one, after.event_id, after.order_id, after.number) for one in types]


def _organizers(table: Table, changes: Sequence[HookChange], facts: Sequence[_Fact]) -> dict[str, str]:
    """Return whose the events of facts are; orders say so themselves."""
    known = {one.after.event_id: one.after.organizer_id for one in changes if isinstance(one.after, Order)}
    unknown = {fact.event_id for fact in facts} - known.keys()
    events = table.get_many([keys.event(event_id) for event_id in sorted(unknown)]) if unknown else []
    wanted = {fact.event_id for fact in facts}
    found = known | {event["id"]: event["organizer_id"] for event in events}
    return {event_id: organizer for event_id, organizer in found.items() if event_id in wanted}


def _delivery(lane: Lane, fact: _Fact, now: datetime) -> HookDelivery:
    return HookDelivery(
        id=ids.derived_id("hook", lane.endpoint_id, fact.record_id, fact.type),
        organizer_id=lane.organizer_id,
        endpoint_id=lane.endpoint_id,
        type=fact.type,
        event_id=fact.event_id,
        order_id=fact.order_id,
        number=fact.number,
        created_at=now,
        lane=lane.lane,
        ttl=int((now + KEPT).timestamp()),
    )


def _enter(table: Table, lane: Lane, deliveries: Sequence[HookDelivery], now: datetime) -> None:
    """Write deliveries with their places at the end of a lane, those that are not there."""
    new = list(deliveries)
    for _ in range(_ATTEMPTS):
        if not new:
            return
        read = _read(table, lane)
        rows = [
            one.model_copy(update={"sequence": place}).put()
            for place, one in enumerate(new, start=read.places + 1)
        ]
        try:
            table.transact([*rows, *_places(read, [one.id for one in new], new[0].ttl, now)])
        except TransactionRefused as refused:
            new = [one for at, one in enumerate(new) if at not in refused.failed]
        else:
            return
    raise Contention


def _read(table: Table, lane: Lane) -> Lane:
    item = table.get(lane.key)
    return Lane.of(item) if item else lane


def _places(read: Lane, delivery_ids: Sequence[str], ttl: int, now: datetime) -> list[Write]:
    """Return the writes that put deliveries at the end of a lane, which is then due."""
    places = read.places + len(delivery_ids)
    due = read.due(now)
    values = {"organizer": read.organizer_id, "endpoint": read.endpoint_id, "lane": read.lane, **due}
    head = Update(
        read.key,
        "SET kind = :kind, organizer_id = :organizer, endpoint_id = :endpoint, lane = :lane,"
        " places = :places, passed = if_not_exists(passed, :none), "
        # Who is at the lane, or waits to try again, finds what has come by its places.
        + ", ".join(f"{name} = if_not_exists({name}, :{name})" for name in due),
        # False when something else has come into the lane since it was read.
        condition="places = :read" if read.places else "attribute_not_exists(pk)",
        values=values
        | {"kind": "hook_lane", "places": places, "none": 0}
        | ({"read": read.places} if read.places else {}),
    )
    named = [
        Put(
            keys.hook_place(read.endpoint_id, read.lane, place),
            {"kind": "hook_place", "delivery_id": delivery_id, "ttl": ttl},
        )
        for place, delivery_id in enumerate(delivery_ids, start=read.places + 1)
    ]
    return [head, *named]


# --- on purpose -------------------------------------------------------------------------------------------


def send_test(
    table: Table, organizer_id: str, endpoint: Endpoint, *, delivery_id: str, now: datetime
) -> tuple[HookDelivery, LaneMessage]:
    """Write a delivery that is about nothing, also for one that is not active; return it with its lane."""
    lane = Lane(organizer_id=organizer_id, endpoint_id=endpoint.id, lane="test")
    delivery = HookDelivery(
        id=delivery_id,
        organizer_id=organizer_id,
        endpoint_id=endpoint.id,
        type=TEST,
        created_at=now,
        lane=lane.lane,
        ttl=int((now + KEPT).timestamp()),
    )
    _enter(table, lane, [delivery], now)
    return load_delivery(table, endpoint.id, delivery_id, now), lane.message


def load_delivery(table: Table, endpoint_id: str, delivery_id: str, now: datetime) -> HookDelivery:
    """Read a delivery to this endpoint. Raises NotFound, also when its time is over."""
    item = table.get(keys.hook_delivery(delivery_id))
    delivery = HookDelivery.of(item) if item else None
    if delivery is None or delivery.endpoint_id != endpoint_id or delivery.ttl <= now.timestamp():
        raise NotFound("There is no such delivery; they are kept for 30 days.")
    return delivery


def put_back(table: Table, delivery: HookDelivery, now: datetime) -> LaneMessage:
    """Let a delivery be sent again, in a lane beside that of its order; one that waits is tried at once.

    Raises Contention.
    """
    lane = Lane(
        organizer_id=delivery.organizer_id,
        endpoint_id=delivery.endpoint_id,
        lane=f"{delivery.order_id or TEST}#again",
    )
    for _ in range(_ATTEMPTS):
        if delivery.state is DeliveryState.PENDING:
            return _hasten(table, lane.model_copy(update={"lane": delivery.lane}), now)
        read = _read(table, lane)
        try:
            table.transact([delivery.anew(lane.lane), *_places(read, [delivery.id], delivery.ttl, now)])
        except TransactionRefused:
            delivery = load_delivery(table, delivery.endpoint_id, delivery.id, now)
        else:
            return lane.message
    raise Contention


def _hasten(table: Table, lane: Lane, now: datetime) -> LaneMessage:
    """Make a lane due that waits to try again."""
    read = _read(table, lane)
    if read.next_at is not None and read.next_at > now and not read.claimed:
        due = read.due(now)
        values = {**due, "read": stamp(read.next_at)}
        sets = "SET " + ", ".join(f"{name} = :{name}" for name in due)
        # False when somebody is at it, or has been, since it was read.
        waits = "next_at = :read AND attribute_not_exists(claimed)"
        with suppress(ConditionFailed):
            table.write(Update(read.key, sets, waits, values))
    return lane.message
