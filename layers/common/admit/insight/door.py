"""What happens at the doors of an event, in numbers: counted by the stream, and read without a walk.

Each ticket is worth where it stands, each scan what came of it, and each change of one a difference.
`insight/summary.py` adds the differences exactly once; the audit counts again from the tickets.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.zone import MAIN_ZONE
from admit.clock import Instant, stamp
from admit.door.device import Device
from admit.door.record import admitted_tiers
from admit.insight.counts import Counted, Counts, count_name
from admit.insight.scan_log import BEAT, changed_rows
from admit.model import Entity, Shape
from admit.store import ConditionFailed, Item, Table, Update
from admit.tickets.scan import Outcome, Reason, ScanRecord
from admit.tickets.ticket import Ticket, TicketStatus

NOWHERE = "none"
"""In place of a gate, of devices that stand at none."""
_UNSAID = "unsaid"
_GATE = "gate__"
_STANDING = ("issued__", "arrived__", "inside__")
_RECENT = timedelta(minutes=15)
_LAST = "~"
"""Sorts behind all that keys are made of."""


class PlaceCount(Shape):
    """How many are in a zone, or came in by a gate and are inside."""

    id: str
    title: str
    inside: int
    capacity: int | None


class GateCount(PlaceCount):
    entries: int
    """How many came in here in all, also again."""
    exits: int


class TierArrivals(Shape):
    tier_id: str
    tier_title: str
    issued: int
    """Tickets that are not cancelled."""
    arrived: int
    """How many of them somebody has gone in with."""
    not_yet: int


class GateMinute(Shape):
    gate_id: str | None
    """None of devices that stand at no gate."""
    entries: int


class DoorMinute(Shape):
    """Who came in within one minute."""

    at: Instant
    gates: list[GateMinute]
    total: int


class Refusals(Shape):
    reason: Reason | None
    """None where a device without a network did not say."""
    scans: int


class DeviceHealth(Shape):
    """What was last heard of a device; the last fields are by its own word."""

    id: str
    name: str
    seen_at: Instant | None
    scanned_at: Instant | None
    """To some seconds."""
    waiting: int | None
    """Scans that it has not sent yet."""
    battery: int | None
    """In percent."""
    clock_offset_ms: int | None
    roster: str | None
    """How new its roster is."""


class DoorInsight(Shape):
    """The doors of an event, as far as the stream has been projected."""

    zones: list[PlaceCount]
    """The event as a whole first."""
    gates: list[GateCount]
    tiers: list[TierArrivals]
    issued: int
    arrived: int
    not_yet: int
    minutes: list[DoorMinute]
    """By time; those in which nobody came are left out."""
    refusals: list[Refusals]
    conflicts: int
    forced: int
    undone: int
    offline: int
    """Scans that a device decided without a network."""
    devices: list[DeviceHealth]
    """Those that were ever heard of."""


class DoorStats(Shape):
    """What a device shows of its door, as far as the stream has been projected."""

    zones: list[PlaceCount]
    """Of the device's lists."""
    gate: PlaceCount | None
    """Its own."""
    arrived: int
    expected: int
    """Tickets of the tiers that its lists admit."""
    minutes: list[DoorMinute]
    """The last quarter of an hour."""
    conflicts: int
    server_time: Instant


class Heartbeat(Shape):
    """How a device is, by its own word."""

    waiting: int | None = None
    battery: int | None = None
    clock_offset_ms: int | None = None
    roster: str | None = None


class _Known(Entity):
    """What the table keeps of a device's health."""

    device_id: str
    name: str = ""
    seen_at: Instant | None = None
    scanned_at: Instant | None = None
    waiting: int | None = None
    battery: int | None = None
    clock_offset_ms: int | None = None
    roster: str | None = None


def door_worth(ticket: Ticket | None) -> Counter[str]:
    """Return what a ticket, as it stands, adds to the counts of its event's doors."""
    worth: Counter[str] = Counter()
    if ticket is None:
        return worth
    if ticket.status is not TicketStatus.CANCELLED:
        worth[count_name("issued", ticket.tier_id)] = 1
        worth[count_name("arrived", ticket.tier_id)] = int(ticket.entries > 0)
    # A gate has somebody once, in however many zones he is.
    places = {*ticket.inside, *ticket.inside.values()} - {""}
    worth.update(count_name("inside", place_id) for place_id in places)
    return worth


def standing_counts(counts: Item) -> Item:
    """Return those of an event's counts that tell where its tickets stand."""
    return {name: count for name, count in counts.items() if name.startswith(_STANDING)}


def scan_worth(event_id: str, scan: ScanRecord, tier_id: str | None) -> Counts:
    """Return what a scan, by what came of it, adds to the counts of doors and of its minute; of a stray one
    there is no tier."""
    gate = scan.gate_id or NOWHERE
    worth: Counter[str] = Counter(offline=int(scan.offline))
    minute: Counter[str] = Counter()
    match scan.outcome:
        case Outcome.ADMITTED:
            worth[count_name("exits" if scan.out else "entries", gate)] = 1
            worth["forced"] = int(scan.forced is not None)
            way = "out_" if scan.out else ""
            minute[count_name(f"{way}gate", gate)] = 1
            minute[count_name(f"{way}list", scan.list_id)] = 1
            minute[count_name(f"{way}tier", tier_id or NOWHERE)] = 1
        case Outcome.REFUSED:
            worth[count_name("refused", scan.reason or _UNSAID)] = 1
        case Outcome.CONFLICT:
            worth["conflicts"] = 1
        case Outcome.UNDONE:
            worth["undone"] = 1
    counts = _counted_at(event_id).worth(worth)
    counts.update(Counted(keys.door_minute(event_id, scan.at), "door_minute", event_id).worth(minute))
    return counts


def door_difference(before: Ticket | None, after: Ticket) -> Counts:
    """Return what a change of a ticket adds to the counts of doors and of minutes.

    A scan that the ticket keeps no more stays counted.
    """
    counted = _counted_at(after.event_id)
    difference = counted.worth(door_worth(after))
    difference.subtract(counted.worth(door_worth(before)))
    known = before.scans if before else {}
    for row in changed_rows(before, after):
        difference.update(scan_worth(after.event_id, row, after.tier_id))
        if row.id in known:
            difference.subtract(scan_worth(after.event_id, known[row.id], after.tier_id))
    return difference


def minute_of(item: Item) -> datetime:
    """Return the minute that an item counts."""
    return datetime.fromisoformat(f"{item['sk'].removeprefix(keys.DOOR_MINUTE)}:00+00:00")


def door_insight(table: Table, catalog: Catalog, since: datetime | None) -> DoorInsight:
    """Show the doors of an event with one query; of the minutes those from a moment on, if one is given."""
    counts: Item = {}
    minutes, devices = [], []
    for item in table.query(keys.door(catalog.event.id)):
        match item["kind"]:
            case "door_counts":
                counts = item
            case "door_minute":
                minutes.append(item)
            case "door_device":
                devices.append(_Known.of(item))
    tiers = [
        _arrivals(counts, tier.id, tier.title)
        for tier in catalog.tiers.values()
        if counts.get(count_name("issued", tier.id))
    ]
    refusals = [
        Refusals(reason=reason, scans=scans)
        for reason in (*Reason, None)
        if (scans := counts.get(count_name("refused", reason or _UNSAID), 0))
    ]
    return DoorInsight(
        zones=[_zone_count(catalog, counts, zone_id) for zone_id in _zone_ids(catalog)],
        gates=[_gate_count(catalog, counts, gate_id) for gate_id in catalog.gates],
        tiers=tiers,
        issued=sum(tier.issued for tier in tiers),
        arrived=sum(tier.arrived for tier in tiers),
        not_yet=sum(tier.not_yet for tier in tiers),
        minutes=_minutes(catalog, minutes, since),
        refusals=refusals,
        **{name: counts.get(name, 0) for name in ("conflicts", "forced", "undone", "offline")},
        devices=[_health(device) for device in sorted(devices, key=lambda one: (one.name, one.device_id))],
    )


def door_stats(table: Table, catalog: Catalog, device: Device, beat: Heartbeat, now: datetime) -> DoorStats:
    """Show a device its door, and note how the device is; two reads, and a write if that is due."""
    event_id = catalog.event.id
    counted, own = keys.door_counts(event_id), keys.door_device(event_id, device.id)
    items = {item["sk"]: item for item in table.get_many([counted, own])}
    _note_health(table, device, items.get(own.sk, {}), beat, now)
    counts = items.get(counted.sk, {})
    begin = keys.door_minute(event_id, now - _RECENT)
    most = int(_RECENT.total_seconds()) // 60 + 1
    end = keys.door_minute(event_id, now).sk + _LAST
    recent = table.span(begin.pk, after=begin.sk, until=end, limit=most)
    rules = [catalog.lists[list_id] for list_id in device.list_ids if list_id in catalog.lists]
    admitted = {tier_id for one in rules for tier_id in admitted_tiers(one, catalog) or catalog.tiers}
    arrivals = [
        _arrivals(counts, tier.id, tier.title) for tier in catalog.tiers.values() if tier.id in admitted
    ]
    zone_ids = list(dict.fromkeys(one.zone_id for one in rules))
    gate = catalog.gates.get(device.gate_id or "")
    return DoorStats(
        zones=[_zone_count(catalog, counts, zone_id) for zone_id in zone_ids],
        gate=_place_count(counts, gate.id, gate.title, gate.capacity) if gate else None,
        arrived=sum(tier.arrived for tier in arrivals),
        expected=sum(tier.issued for tier in arrivals),
        minutes=_minutes(catalog, recent, None),
        conflicts=counts.get("conflicts", 0),
        server_time=now,
    )


def _counted_at(event_id: str) -> Counted:
    return Counted(keys.door_counts(event_id), "door_counts", event_id)


def _zone_ids(catalog: Catalog) -> list[str]:
    return [MAIN_ZONE, *(zone_id for zone_id in catalog.zones if zone_id != MAIN_ZONE)]


def _zone_count(catalog: Catalog, counts: Item, zone_id: str) -> PlaceCount:
    zone = catalog.zone(zone_id)
    return _place_count(counts, zone_id, zone.title if zone else zone_id, zone.capacity if zone else None)


def _gate_count(catalog: Catalog, counts: Item, gate_id: str) -> GateCount:
    gate = catalog.gates[gate_id]
    return GateCount(
        **dict(_place_count(counts, gate_id, gate.title, gate.capacity)),
        entries=counts.get(count_name("entries", gate_id), 0),
        exits=counts.get(count_name("exits", gate_id), 0),
    )


def _place_count(counts: Item, place_id: str, title: str, capacity: int | None) -> PlaceCount:
    inside = counts.get(count_name("inside", place_id), 0)
    return PlaceCount(id=place_id, title=title, inside=inside, capacity=capacity)


def _arrivals(counts: Item, tier_id: str, title: str) -> TierArrivals:
    issued = counts.get(count_name("issued", tier_id), 0)
    arrived = counts.get(count_name("arrived", tier_id), 0)
    return TierArrivals(
        tier_id=tier_id, tier_title=title, issued=issued, arrived=arrived, not_yet=issued - arrived
    )


def _minutes(catalog: Catalog, items: Sequence[Item], since: datetime | None) -> list[DoorMinute]:
    gate_ids: Mapping[str, str] = {count_name("gate", gate_id): gate_id for gate_id in catalog.gates}
    nowhere = count_name("gate", NOWHERE)
    minutes = []
    for item in items:
        at = minute_of(item)
        gates = [
            GateMinute(
                gate_id=None if name == nowhere else gate_ids.get(name, name.removeprefix(_GATE)),
                entries=entries,
            )
            for name, entries in sorted(item.items())
            if name.startswith(_GATE) and entries
        ]
        if gates and (since is None or at >= since):
            minutes.append(DoorMinute(at=at, gates=gates, total=sum(one.entries for one in gates)))
    return minutes


def _health(device: _Known) -> DeviceHealth:
    return DeviceHealth(id=device.device_id, **device.model_dump(exclude={"device_id"}))


def _note_health(table: Table, device: Device, known: Item, beat: Heartbeat, now: datetime) -> None:
    """Note how a device is; what others have noted of it stays."""
    before = stamp(now - BEAT)
    if known.get("seen_at", "") > before:
        return
    told = {"seen_at": stamp(now), **beat.model_dump(exclude_none=True)}
    # False when it was noted a moment ago.
    due = "attribute_not_exists(seen_at) OR seen_at <= :before"
    sets = ", ".join(f"#{name} = :{name}" for name in told)
    values = {"kind": "door_device", "event": device.event_id, "device": device.id, "name": device.name}
    try:
        table.write(
            Update(
                keys.door_device(device.event_id, device.id),
                f"SET kind = :kind, event_id = :event, device_id = :device, #name = :name, {sets}",
                due,
                {**values, **told, "before": before},
            )
        )
    except ConditionFailed:
        return
