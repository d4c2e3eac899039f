"""The offline roster as a device fetches it: what it works by, and which files it does not have yet."""

import re
from collections.abc import Iterator
from datetime import datetime

from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import CheckInList, CheckInListRules
from admit.catalog.zone import MAIN_ZONE
from admit.clock import Instant
from admit.door.device import Device, DeviceView, PlaceView, device_view
from admit.door.edit_device import devices_page
from admit.door.roster_head import ask_for_roster, file_name
from admit.errors import Invalid, NotFound
from admit.model import Shape
from admit.store import Table

_RETRY_AFTER = 2
_DEVICES = 100
_CURSOR = re.compile(r"(\d{1,6})\.(\d{1,9})", re.ASCII)
_NAME = re.compile(r"\d{4,6}-(chunk-\d{3,5}|delta-\d{6,9}-\d{6,9})-[0-9a-f]{12}", re.ASCII)


class RosterEvent(Shape):
    id: str
    title: str
    timezone: str
    public_key: str
    """Ed25519 public key of its codes, 32 bytes in hex."""


class RosterTier(Shape):
    id: str
    title: str
    category: str | None


class RosterFileView(Shape):
    name: str
    size: int
    sha256: str
    """In hex."""
    entries: int
    url: str
    """Path of the API that tells the address of its content."""


class RosterDeltaView(RosterFileView):
    """What has changed after one state of the generation, up to another; a later one outdoes it."""

    after: int
    to: int


class RosterAddress(Shape):
    """Where the content of a file is, for a minute and for whoever has the address."""

    url: str


class RosterView(Shape):
    state: str
    """`ready`, or `building` while there are no files; then ask again after `retry_after` seconds."""
    retry_after: int | None
    server_time: Instant
    cursor: str | None
    """Send it as `since` next time."""
    as_of: Instant | None
    """What changed before that is in these files."""
    event: RosterEvent
    tiers: list[RosterTier]
    """By the index that entries name."""
    lists: list[CheckInListRules]
    """Those of the device."""
    gates: list[PlaceView]
    zones: list[PlaceView]
    device: DeviceView
    partition: dict[str, list[str]] | None
    """By each of the device's lists the gates of which each ticket has one while there is no network: where a
    device admits by that list. Absent: any gate admits."""
    chunks: list[RosterFileView]
    """All files of a generation that the device does not have."""
    deltas: list[RosterDeltaView]


def view_roster(
    table: Table, catalog: Catalog, device: Device, since: str | None, now: datetime
) -> RosterView:
    """Return what a device needs that has the roster up to `since`. Raises Invalid."""
    had, had_to = _read_cursor(since)
    head = ask_for_roster(table, catalog.event.id, now)
    ready = head.usable(now)
    follows = had == head.generation and had_to <= head.told
    event = catalog.event
    return RosterView(
        state="ready" if ready else "building",
        retry_after=None if ready else _RETRY_AFTER,
        server_time=now,
        cursor=f"{head.generation}.{head.told}" if ready else None,
        as_of=head.as_of if ready else None,
        event=RosterEvent(
            id=event.id, title=event.title, timezone=event.timezone, public_key=event.public_key
        ),
        tiers=[_tier(catalog, tier_id) for tier_id in head.tier_ids],
        lists=[_list(catalog.lists[list_id]) for list_id in device.list_ids if list_id in catalog.lists],
        gates=[PlaceView(id=gate.id, title=gate.title) for gate in catalog.gates.values()],
        zones=_zones(catalog),
        device=device_view(device),
        partition=_partition(table, catalog, device) if event.offline_partition else None,
        chunks=[
            RosterFileView(**chunk.model_dump(), url=_path(chunk.name))
            for chunk in head.chunks
            if ready and not follows
        ],
        deltas=[
            RosterDeltaView(**delta.model_dump(), url=_path(delta.name))
            for delta in head.deltas
            if ready and (not follows or delta.to > had_to)
        ],
    )


def roster_file(device: Device, name: str) -> str:
    """Return the name in the bucket of a file of the roster of a device's event. Raises NotFound."""
    if not _NAME.fullmatch(name):
        raise NotFound("There is no such file of the roster.")
    return file_name(device.event_id, name)


def _partition(table: Table, catalog: Catalog, device: Device) -> dict[str, list[str]]:
    """Return the gates, in order, at which a paired device admits by each of this device's lists."""
    standing = [one for one in _devices(table, catalog.event.id) if one.gate_id in catalog.gates]
    return {
        list_id: sorted({one.gate_id for one in standing if one.gate_id and list_id in one.list_ids})
        for list_id in device.list_ids
        if list_id in catalog.lists
    }


def _devices(table: Table, event_id: str) -> Iterator[Device]:
    """Yield the devices of an event that have a key."""
    cursor: str | None = None
    while True:
        page = devices_page(table, event_id, limit=_DEVICES, cursor=cursor)
        yield from (device for device in map(Device.of, page.items) if device.key_hash)
        cursor = page.cursor
        if cursor is None:
            break


def _path(name: str) -> str:
    return f"/checkin/roster/{name}"


def _tier(catalog: Catalog, tier_id: str) -> RosterTier:
    tier = catalog.tiers.get(tier_id)
    if tier is None:
        return RosterTier(id=tier_id, title=tier_id, category=None)
    return RosterTier(id=tier_id, title=tier.title, category=tier.category)


def _list(rules: CheckInList) -> CheckInListRules:
    return CheckInListRules(**rules.model_dump(include=set(CheckInListRules.model_fields)))


def _zones(catalog: Catalog) -> list[PlaceView]:
    ids = dict.fromkeys([MAIN_ZONE, *catalog.zones])
    zones = [zone for zone in map(catalog.zone, ids) if zone]
    return [PlaceView(id=zone.id, title=zone.title) for zone in zones]


def _read_cursor(since: str | None) -> tuple[int, int]:
    if since is None:
        return 0, 0
    read = _CURSOR.fullmatch(since)
    if read is None:
        raise Invalid.field("since", "is not a cursor that a roster has answered")
    return int(read[1]), int(read[2])
