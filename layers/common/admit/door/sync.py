"""What devices have decided without a network, brought to the tickets.

Each scan is one conditional write, and known by its nonce: any part of a queue may come again, in any order.
The earliest entry wins, the others are in conflict, and what the devices refused is kept with its reason.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import CheckInList
from admit.clock import Instant, to_millisecond
from admit.door.admit import (
    TRIES,
    Passing,
    closed,
    forced_by,
    keep_stray,
    known_scan,
    named_by,
    not_here,
    not_valid,
    read_named,
    scan_of,
)
from admit.door.answer import EarlierPassage, Result, earlier_passage
from admit.door.device import Device, Profile
from admit.door.passages import with_scan
from admit.door.record import Attempt, Moved, Named, has_capacity, passage, write_against
from admit.model import Shape
from admit.store import ConditionFailed, Contention, Key, Table
from admit.tickets.scan import Outcome, Reason, ScanRecord, scan_id
from admit.tickets.ticket import Ticket

MOST_SCANS = 500
_AT_ONCE = 24
_LATENCY = timedelta(seconds=30)
"""A clock that differs by less is taken for right: so long may a request be under way."""
_LONGEST = timedelta(days=14)
"""No device goes without a network for longer; a clock that says so was not set."""


class OfflineScan(Passing):
    """A scan that a device has decided by itself."""

    at: Instant
    """By the device's clock."""
    outcome: Result
    reason: Annotated[str, StringConstraints(max_length=40)] | None = None
    """Why it refused the guest."""


class SyncRequest(Shape):
    scans: Annotated[list[OfflineScan], Field(max_length=MOST_SCANS)]
    sent_at: Instant | None = None
    """The device's clock as it sends this, by which its times are put right."""


class SyncedScan(Shape):
    nonce: str
    result: Result
    reason: Reason | None = None
    """Why it was refused, or what speaks against an entry that counts."""
    conflict: EarlierPassage | None = None
    """The entry that came before it, if somebody went in with it all the same."""


class Synced(Shape):
    results: list[SyncedScan]
    """In the order of the request."""
    server_time: Instant
    clock_offset_ms: int
    """What was added to the device's times."""


class _Desk(NamedTuple):
    """What a queue is taken down with."""

    table: Table
    catalog: Catalog
    device: Device
    now: datetime


class _Taken(NamedTuple):
    """A scan of a queue: where it stands in the request, and what was shown."""

    place: int
    offline: OfflineScan
    at: datetime
    """Its time by the server's clock."""
    named: Named | Reason


def sync(table: Table, catalog: Catalog, device: Device, request: SyncRequest, now: datetime) -> Synced:
    """Take down scans that a device has decided by itself, those of one ticket by their times.

    Raises Contention, after which all of them may come again.
    """
    offset = now - request.sent_at if request.sent_at else timedelta()
    if abs(offset) < _LATENCY:
        offset = timedelta()
    by_ticket: dict[Key | int, list[_Taken]] = {}
    for place, offline in enumerate(request.scans):
        at = _put_right(offline.at, offset, now)
        scan = _Taken(place, offline, at, _named(catalog, offline))
        which = scan.named.key if isinstance(scan.named, Named) else place
        by_ticket.setdefault(which, []).append(scan)
    desk = _Desk(table, catalog, device, now)

    def take_all(scans: Sequence[_Taken]) -> list[tuple[int, SyncedScan]]:
        return [(scan.place, _take(desk, scan)) for scan in sorted(scans, key=lambda one: one.at)]

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        results = dict(chain.from_iterable(threads.map(take_all, by_ticket.values())))
    return Synced(
        results=[results[place] for place in range(len(request.scans))],
        server_time=now,
        clock_offset_ms=round(offset.total_seconds() * 1000),
    )


def _put_right(at: datetime, offset: timedelta, now: datetime) -> datetime:
    """Return a device's time by the server's clock; one that can't be is the present."""
    try:
        right = to_millisecond(at + offset)
    except OverflowError:
        return now
    return right if now - _LONGEST <= right <= now else now


def _named(catalog: Catalog, offline: OfflineScan) -> Named | Reason:
    """Say which ticket was shown: what has happened is taken down, whatever the device may do now."""
    if (offline.credential is None) == (offline.ticket_id is None):
        return Reason.INVALID
    return named_by(catalog, offline)


def _take(desk: _Desk, taken: _Taken) -> SyncedScan:
    table, catalog, device, _ = desk
    offline, named = taken.offline, taken.named
    identifier = scan_id(device.id, offline.nonce)
    scan, rules = _recorded(desk, taken)
    if isinstance(named, Reason):
        return _strayed(desk, offline.nonce, scan, named)
    ticket: Ticket | None = None
    simple = scan.went_through and scan.forced is None and not closed(rules, scan)
    if simple and not has_capacity(catalog):
        attempt = Attempt(identifier, scan, rules, named)
        try:
            table.write(passage(catalog, attempt, desk.now))
        except ConditionFailed as failed:
            ticket = Ticket.of(failed.old) if failed.old else None
        else:
            return SyncedScan(nonce=offline.nonce, result=Result.ADMITTED)
    else:
        ticket = read_named(table, named)
    for _ in range(TRIES):
        if ticket is None or ticket.event_id != catalog.event.id:
            return _strayed(
                desk, offline.nonce, scan, Reason.INVALID if ticket is None else Reason.WRONG_EVENT
            )
        known = known_scan(table, ticket, identifier)
        if known and not _went_otherwise(known, scan):
            return _told(catalog, ticket, offline.nonce, identifier, known)
        decided = scan
        if scan.went_through and (reason := not_valid(ticket, named, scan)):
            decided = scan.model_copy(update={"outcome": Outcome.CONFLICT, "reason": reason})
        elif scan.went_through:
            decided = scan.model_copy(update={"marked": not_here(ticket, rules, catalog, scan)})
        after = with_scan(ticket, identifier, decided, ZoneInfo(catalog.event.timezone))
        try:
            write_against(table, catalog, ticket, after, desk.now, at_any_rate=True)
        except Moved:
            ticket = read_named(table, named)
        else:
            return _told(catalog, after, offline.nonce, identifier, after.scans[identifier])
    raise Contention


def _went_otherwise(known: ScanRecord, scan: ScanRecord) -> bool:
    """Say whether a device never had the answer that was kept, and did something else at its door."""
    refused = Outcome.REFUSED
    if known.outcome is Outcome.UNDONE:
        return False
    return not known.offline and (known.outcome is refused) is not (scan.outcome is refused)


def _recorded(desk: _Desk, taken: _Taken) -> tuple[ScanRecord, CheckInList]:
    """Return a scan as its device has decided it, by its list, or by a plain one where that is gone.

    What it may not do it has not done: without the right to it nobody was let in against the rules.
    """
    catalog, device, offline = desk.catalog, desk.device, taken.offline
    list_id = offline.list_id if offline.list_id in device.list_ids else device.list_ids[0]
    rules = catalog.lists.get(list_id)
    if rules is None:
        rules = CheckInList(id=list_id, event_id=catalog.event.id, title=list_id)
    scan = scan_of(device, rules, offline.direction, taken.at)
    refused = offline.outcome is Result.REFUSED
    known = offline.reason if offline.reason in Reason else None
    return scan.model_copy(
        update={
            "offline": True,
            "device_at": None if offline.at == taken.at else offline.at,
            "forced": forced_by(offline) if device.may(Profile.SUPERVISOR) and not refused else None,
            "outcome": Outcome.REFUSED if refused else Outcome.ADMITTED,
            "reason": Reason(known) if known and refused else None,
        }
    ), rules


def _strayed(desk: _Desk, nonce: str, scan: ScanRecord, reason: Reason) -> SyncedScan:
    keep_stray(desk.table, desk.catalog, scan_id(desk.device.id, nonce), scan, reason)
    return SyncedScan(nonce=nonce, result=Result.REFUSED, reason=reason)


def _told(catalog: Catalog, ticket: Ticket, nonce: str, name: str, scan: ScanRecord) -> SyncedScan:
    if scan.outcome in (Outcome.ADMITTED, Outcome.UNDONE):
        return SyncedScan(nonce=nonce, result=Result.ADMITTED, reason=scan.marked)
    conflict = None
    if scan.outcome is Outcome.CONFLICT:
        conflict = earlier_passage(catalog, ticket, scan, apart_from=name)
    return SyncedScan(nonce=nonce, result=Result.REFUSED, reason=scan.reason, conflict=conflict)
