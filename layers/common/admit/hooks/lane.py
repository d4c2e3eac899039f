"""Working at a lane: its deliveries are sent one after the other, up to the first that is not taken.

Who works at a lane has claimed it until a moment, by the attribute that says when it is due; what he dies at
is due again then, so that a delivery may be sent twice, under one id, and never not at all.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from admit import keys
from admit.clock import Clock, stamp
from admit.errors import NotFound
from admit.hooks.delivery import (
    DeliveryAttempt,
    DeliveryState,
    FailedFor,
    HookDelivery,
    Lane,
    LaneMessage,
)
from admit.hooks.endpoint import Endpoint, load_endpoint
from admit.hooks.facts import TEST
from admit.hooks.payload import payload
from admit.hooks.retry import wait_after
from admit.hooks.sent import Sender, Sent
from admit.hooks.sign import signed
from admit.hooks.state import disable_if_due, load_state, note_failure, note_success
from admit.store import ConditionFailed, Table, TransactionRefused, Update, Within

_CLAIMED_FOR = timedelta(minutes=2)
"""Longer than one try may take."""
_MOST_ATTEMPTS_KEPT = 30
_MOST_A_SWEEP = 1_000
_PAGE = 100
_DUE = "SET next_at = :next_at, gsi3pk = :gsi3pk, gsi3sk = :gsi3sk"


def work(
    table: Table, sender: Sender, message: LaneMessage, *, clock: Clock, random: Random, seconds: float
) -> timedelta | None:
    """Send what waits in a lane until its time is up, at least one.

    Returns after what time to go on with it, None when there is nothing to wait for, or when another one is
    at it. Raises Contention.
    """
    lane = _claim(table, message, clock())
    until = clock() + timedelta(seconds=seconds)
    while lane is not None:
        if lane.passed == lane.places:
            lane = _leave(table, lane)
            continue
        delivery = _next(table, lane)
        if delivery is None:
            lane = _pass(table, lane, clock())
            continue
        after = _try(table, sender, delivery, clock, random)
        if after.next_at is not None:
            return after.next_at - clock() if _wait(table, lane, after.next_at, after) else None
        lane = _pass(table, lane, clock(), after)
        if lane is not None and lane.passed < lane.places and clock() >= until:
            return timedelta(0) if _wait(table, lane, clock()) else None
    return None


def due_lanes(table: Table, now: datetime) -> Iterator[LaneMessage]:
    """Give the lanes that are due, as many as one sweep asks for."""
    for nn in range(keys.HOOK_SHARDS):
        cursor: str | None = None
        given = 0
        while given < _MOST_A_SWEEP:
            found = table.find(
                "gsi3", keys.hook_due(nn), limit=_PAGE, cursor=cursor, within=Within(below=stamp(now))
            )
            for item in table.get_many([entry.key for entry in found.entries]):
                yield Lane.of(item).message
            given, cursor = given + len(found.entries), found.cursor
            if cursor is None:
                break


def _try(table: Table, sender: Sender, delivery: HookDelivery, clock: Clock, random: Random) -> HookDelivery:
    """Send a delivery, and return what it has become."""
    state = load_state(table, delivery.endpoint_id)
    endpoint = _endpoint(table, delivery)
    is_open = endpoint is not None and endpoint.active and state.disabled_at is None
    is_ours = endpoint is not None and not endpoint.has_ended(table, clock())
    if endpoint is None or not is_ours or not (is_open or delivery.type == TEST):
        return _failed(delivery, FailedFor.NOT_ACTIVE)
    says = payload(table, delivery)
    if says is None:
        return _failed(delivery, FailedFor.NOTHING_LEFT)
    body, now = says.model_dump_json().encode(), clock()
    headers = signed(endpoint.signing(now), delivery.id, body, now)
    host = {"Content-Type": "application/json", "User-Agent": "Admit-Webhooks/1"}
    sent = sender.send(endpoint.url, host | headers, body)
    taken = sent.status is not None and 200 <= sent.status < 300
    if delivery.type != TEST:
        if taken:
            note_success(table, endpoint.id, state, sent, now)
        elif not disable_if_due(table, endpoint.id, state, sent, now):
            note_failure(table, endpoint.id, state, sent, now)
    return _tried(delivery, sent, taken=taken, now=now, random=random)


def _endpoint(table: Table, delivery: HookDelivery) -> Endpoint | None:
    try:
        return load_endpoint(table, delivery.organizer_id, delivery.endpoint_id)
    except NotFound:
        return None


def _tried(delivery: HookDelivery, sent: Sent, *, taken: bool, now: datetime, random: Random) -> HookDelivery:
    attempt = DeliveryAttempt(at=now, status=sent.status, error=sent.error, ms=sent.milliseconds)
    tries = delivery.tries + 1
    # A test tells at once whether it has come, and is made again by hand.
    wait = None if taken or delivery.type == TEST else wait_after(tries, random)
    state = DeliveryState.DELIVERED if taken else DeliveryState.PENDING if wait else DeliveryState.FAILED
    return delivery.model_copy(
        update={
            "attempts": [*delivery.attempts, attempt][-_MOST_ATTEMPTS_KEPT:],
            "tries": tries,
            "state": state,
            "next_at": now + wait if wait else None,
        }
    )


def _failed(delivery: HookDelivery, reason: FailedFor) -> HookDelivery:
    ended = {"state": DeliveryState.FAILED, "failed_for": reason, "next_at": None}
    return delivery.model_copy(update=ended)


# --- how far a lane is ------------------------------------------------------------------------------------


def _claim(table: Table, message: LaneMessage, now: datetime) -> Lane | None:
    """Claim a lane that is due; None when it is not, or another one is at it."""
    lane, until = Lane(**dict(message)), now + _CLAIMED_FOR
    # False when nothing waits in it, when its time has not come, and while another's claim holds.
    is_due = "next_at <= :now"
    values = lane.due(until) | {"now": stamp(now), "yes": True}
    try:
        return Lane.of(table.write(Update(lane.key, f"{_DUE}, claimed = :yes", is_due, values)))
    except ConditionFailed:
        return None


def _pass(table: Table, lane: Lane, now: datetime, ended: HookDelivery | None = None) -> Lane | None:
    """Go on to the next place, with what has become of the delivery at this one; None without a claim."""
    after = lane.model_copy(update={"passed": lane.passed + 1, "next_at": now + _CLAIMED_FOR})
    values = lane.due(now + _CLAIMED_FOR) | {"passed": after.passed}
    return after if _write(table, lane, f"{_DUE}, passed = :passed", values, ended) else None


def _wait(table: Table, lane: Lane, until: datetime, tried: HookDelivery | None = None) -> bool:
    """Leave a lane until a moment, with what has become of the delivery that waits; False without a claim."""
    return _write(table, lane, f"{_DUE} REMOVE claimed", lane.due(until), tried)


def _write(
    table: Table, lane: Lane, told: str, values: Mapping[str, Any], delivery: HookDelivery | None
) -> bool:
    # False when the claim has run out and another one has come.
    is_mine = "next_at = :mine AND claimed = :yes"
    claim = {"mine": stamp(lane.next_at) if lane.next_at else "", "yes": True}
    head = Update(lane.key, told, is_mine, {**values, **claim})
    try:
        table.transact([head, *([delivery.waiting()] if delivery else [])])
    except TransactionRefused:
        return False
    return True


def _leave(table: Table, lane: Lane) -> Lane | None:
    """Leave a lane in which nothing waits; return it as it is when something has come meanwhile."""
    # False when a delivery has come into it, or the claim has run out and another one has come.
    is_done = "places = :places AND next_at = :mine AND claimed = :yes"
    values = {"places": lane.places, "mine": stamp(lane.next_at) if lane.next_at else "", "yes": True}
    told = "REMOVE next_at, claimed, gsi3pk, gsi3sk"
    try:
        table.write(Update(lane.key, told, is_done, values))
    except ConditionFailed as failed:
        now = Lane.of(failed.old) if failed.old else None
        return now if now and now.claimed and now.next_at == lane.next_at else None
    return None


def _next(table: Table, lane: Lane) -> HookDelivery | None:
    """Return the delivery at the next place, None when it waits there no more."""
    place = table.get(keys.hook_place(lane.endpoint_id, lane.lane, lane.passed + 1))
    item = table.get(keys.hook_delivery(place["delivery_id"])) if place else None
    delivery = HookDelivery.of(item) if item else None
    if delivery is None or delivery.state is not DeliveryState.PENDING or delivery.lane != lane.lane:
        return None
    return delivery
