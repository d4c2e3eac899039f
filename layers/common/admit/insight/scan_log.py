"""The log of the doors: a row for each attempt to use a ticket, derived from the ticket; newest first.

A row is written over only by a later state of its scan, so that records which come again change nothing. It
names nobody; who holds the ticket is read from the ticket.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from admit import keys
from admit.catalog.catalog import Catalog
from admit.clock import Instant, stamp
from admit.door.admit import Direction
from admit.door.answer import EarlierPassage, ScannedTicket, earlier_passage, scanned_ticket
from admit.model import Shape
from admit.store import ConditionFailed, Key, Put, Table, Update, Within
from admit.tickets.scan import Outcome, Reason, ScanRecord
from admit.tickets.ticket import Ticket

BEAT = timedelta(seconds=20)
"""A device that is heard of more often is noted once in that time."""
_AT_ONCE = 16
_MOST_ROUNDS = 8
"""So many times a page is read from the log for one page of what is asked for."""


class ScanRow(ScanRecord):
    """A scan as the log has it; one of what is no ticket of the event has no order."""

    id: str
    event_id: str
    order_id: str | None = None
    number: int | None = None
    tier_id: str | None = None
    version: int = 0
    """Which change by doors of the ticket it tells."""

    @property
    def key(self) -> Key:
        if self.order_id is None or self.number is None:
            return keys.stray_scan(self.event_id, self.id)
        return keys.scan(self.order_id, self.number, self.id)

    @property
    def ticket_key(self) -> Key | None:
        if self.order_id is None or self.number is None:
            return None
        return keys.ticket(self.order_id, self.number)

    def put(self, shard: int) -> Put:
        by_time = keys.by_time(self.at, self.id)
        indexes = {"gsi1pk": keys.scans_of(self.event_id, shard), "gsi1sk": by_time}
        if self.outcome is not Outcome.ADMITTED:
            indexes |= {"gsi2pk": keys.scans_with(self.event_id, self.outcome, shard), "gsi2sk": by_time}
        # False when the log has this state of the scan, or a later one.
        newer = "attribute_not_exists(pk) OR #version < :version"
        return Put(
            self.key, {"kind": "scan", **self.attributes(), **indexes}, newer, {"version": self.version}
        )


class PlaceName(Shape):
    id: str
    title: str | None
    """None once it is removed."""


class AdmissionView(Shape):
    """An attempt to use a ticket, as the organizer sees it."""

    id: str
    at: Instant
    device_at: Instant | None
    """What the device's own clock said, where that is another time."""
    direction: Direction
    outcome: Outcome
    reason: Reason | None
    forced: str | None
    """Why a supervisor let somebody in whom the rules refuse."""
    offline: bool
    marked: Reason | None
    """What spoke against an entry without a network, which counts all the same."""
    list: PlaceName
    gate: PlaceName | None
    zone_id: str
    device: PlaceName
    ticket: ScannedTicket | None
    """None if what was shown is no ticket of the event."""
    tier_id: str | None
    person: str | None
    """Who holds the ticket now."""
    winner: EarlierPassage | None
    """The entry that came before it, of one in conflict."""


class AdmissionPage(NamedTuple):
    rows: list[AdmissionView]
    cursor: str | None
    """The sort key of the last row that was looked at: the next page lies below it."""


def write_scans(
    table: Table, tickets: Iterable[tuple[Ticket | None, Ticket]], strays: Iterable[ScanRow]
) -> None:
    """Bring the log up to changed tickets, before and after, and note when devices have last scanned.

    What the log has, or has newer, stays. The writes go out together. Raises Contention.
    """
    rows: dict[Key, Put] = {}
    latest: dict[tuple[str, str], ScanRow] = {}
    for before, after in tickets:
        for row in changed_rows(before, after):
            put = row.put(after.shard)
            if row.key not in rows or rows[row.key].values["version"] < row.version:
                rows[row.key] = put
            _note(latest, row)
    for row in strays:
        _note(latest, row)
    writes: list[Put | Update] = [*rows.values(), *map(_scanned_by, latest.values())]

    def write(one: Put | Update) -> None:
        with suppress(ConditionFailed):
            table.write(one)

    if writes:
        with ThreadPoolExecutor(min(_AT_ONCE, len(writes))) as threads:
            list(threads.map(write, writes))


def changed_rows(before: Ticket | None, after: Ticket) -> Iterator[ScanRow]:
    """Give the scans that are new on a ticket, or came to something else."""
    known = before.scans if before else {}
    for name, scan in after.scans.items():
        if known.get(name) != scan:
            yield ScanRow(
                **dict(scan),
                id=name,
                event_id=after.event_id,
                order_id=after.order_id,
                number=after.number,
                tier_id=after.tier_id,
                version=after.scan_count,
            )


def admissions(
    table: Table,
    catalog: Catalog,
    *,
    outcome: Outcome | None,
    gate_id: str | None,
    limit: int,
    cursor: str | None,
) -> AdmissionPage:
    """Return one page of the log of an event, of one outcome or gate where that is asked for.

    Costs an index query a shard, a read of the rows and one of their tickets. Where few rows fit, some pages
    are read for it, and it may be shorter than asked for although more follow.
    """
    event = catalog.event
    shards = range(event.shards)
    if outcome is None or outcome is Outcome.ADMITTED:
        index, partitions = "gsi1", [keys.scans_of(event.id, nn) for nn in shards]
    else:
        index, partitions = "gsi2", [keys.scans_with(event.id, outcome, nn) for nn in shards]
    found: list[ScanRow] = []
    below = cursor or None
    for _ in range(_MOST_ROUNDS):
        rows, below = _older(table, index, partitions, below, limit)
        found += [row for row in rows if outcome in (None, row.outcome) and gate_id in (None, row.gate_id)]
        if len(found) >= limit or below is None:
            break
    if len(found) > limit:
        found = found[:limit]
        below = keys.by_time(found[-1].at, found[-1].id)
    return AdmissionPage(_views(table, catalog, found), below)


def _older(
    table: Table, index: str, partitions: Sequence[str], below: str | None, limit: int
) -> tuple[list[ScanRow], str | None]:
    """Return the next rows, newest first, and below what sort key more follow."""
    entries = [
        entry
        for partition in partitions
        for entry in table.find(
            index, partition, limit=limit + 1, newest_first=True, within=Within(below=below)
        ).entries
    ]
    entries.sort(key=lambda entry: entry.sort_key, reverse=True)
    page, rest = entries[:limit], entries[limit:]
    items = table.get_many([entry.key for entry in page]) if page else []
    return [ScanRow.of(item) for item in items], page[-1].sort_key if rest else None


def _views(table: Table, catalog: Catalog, rows: Sequence[ScanRow]) -> list[AdmissionView]:
    ticket_keys = list({row.ticket_key: None for row in rows if row.ticket_key})
    tickets = [Ticket.of(item) for item in table.get_many(ticket_keys)] if ticket_keys else []
    by_key = {keys.ticket(ticket.order_id, ticket.number): ticket for ticket in tickets}
    return [_view(catalog, row, by_key.get(row.ticket_key) if row.ticket_key else None) for row in rows]


def _view(catalog: Catalog, row: ScanRow, ticket: Ticket | None) -> AdmissionView:
    rules, gate = catalog.lists.get(row.list_id), catalog.gates.get(row.gate_id or "")
    in_conflict = ticket is not None and row.outcome is Outcome.CONFLICT
    return AdmissionView(
        **row.model_dump(
            include={"id", "at", "device_at", "outcome", "reason", "forced", "offline", "marked"}
            | {"zone_id", "tier_id"}
        ),
        direction=Direction.OUT if row.out else Direction.IN,
        list=PlaceName(id=row.list_id, title=rules.title if rules else None),
        gate=PlaceName(id=row.gate_id, title=gate.title if gate else None) if row.gate_id else None,
        device=PlaceName(id=row.device_id, title=row.device_name),
        ticket=scanned_ticket(ticket) if ticket else None,
        person=ticket.holder.name if ticket and ticket.holder else None,
        winner=earlier_passage(catalog, ticket, row, apart_from=row.id) if ticket and in_conflict else None,
    )


def _note(latest: dict[tuple[str, str], ScanRow], row: ScanRow) -> None:
    which = (row.event_id, row.device_id)
    if which not in latest or latest[which].at < row.at:
        latest[which] = row


def _scanned_by(row: ScanRow) -> Update:
    # False when a later scan of the device is noted, or one a moment before.
    later = "attribute_not_exists(scanned_at) OR scanned_at < :before"
    return Update(
        keys.door_device(row.event_id, row.device_id),
        "SET kind = :kind, event_id = :event, device_id = :device, #name = :name, scanned_at = :at",
        later,
        {
            "kind": "door_device",
            "event": row.event_id,
            "device": row.device_id,
            "name": row.device_name,
            "at": stamp(row.at),
            "before": stamp(row.at - BEAT),
        },
    )
