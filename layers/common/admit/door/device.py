"""Devices at the door: paired once by a code, then known by a key of which only the hash is kept."""

import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant, stamp
from admit.errors import Fault, Forbidden, Invalid, Unauthenticated
from admit.ids import digest
from admit.model import Entity, Name, Shape
from admit.store import ConditionFailed, Put, Table, Update

PAIRING_TIME = timedelta(days=7)


class Profile(StrEnum):
    """What a device may do; each may do what the one before may."""

    SCAN = "scan"
    """Scan codes."""
    SEARCH = "search"
    """Find tickets by name or code as well, and see addresses."""
    SUPERVISOR = "supervisor"
    """Let in whom the rules refuse, and take back what another device did."""


type ListIds = Annotated[list[str], Field(max_length=50)]


class DeviceSettings(Shape):
    name: Name
    list_id: str | None = None
    """Short for one list."""
    list_ids: ListIds = []
    """The check-in lists it admits by; the event's list of every tier if none is named."""
    gate_id: str | None = None
    """Where it stands."""
    profile: Profile = Profile.SEARCH

    def lists(self, default_list: str) -> list[str]:
        """Return the lists that it admits by, each once."""
        return list(dict.fromkeys(self.list_ids)) or [self.list_id or default_list]


class DevicePatch(Shape):
    name: Name | None = None
    list_ids: ListIds | None = None
    """Without any, the event's list of every tier."""
    gate_id: str | None = None
    profile: Profile | None = None


class Device(Entity):
    id: str
    event_id: str
    organizer_id: str
    name: str
    list_ids: list[str]
    gate_id: str | None = None
    profile: Profile = Profile.SEARCH
    pairing_hash: str | None = None
    pairing_until: Instant
    key_hash: str | None = None
    paired_at: Instant | None = None
    revoked_at: Instant | None = None

    def may(self, profile: Profile) -> bool:
        """Whether it may do what this profile may."""
        ranks = list(Profile)
        return ranks.index(self.profile) >= ranks.index(profile)

    def require(self, profile: Profile) -> None:
        """Raise Forbidden unless it may do what this profile may."""
        if not self.may(profile):
            raise Forbidden(f"This needs a device with the profile {profile}; ask who set it up.")


class DeviceView(Shape):
    id: str
    name: str
    list_ids: list[str]
    gate_id: str | None
    profile: Profile
    paired_at: Instant | None


class DeviceHealth(Shape):
    """What was last heard of a device."""

    seen_at: Instant | None = None
    scanned_at: Instant | None = None
    waiting: int | None = None
    """Scans that it has made without a network and not sent yet."""
    battery: int | None = None
    """Percent."""
    clock_offset_ms: int | None = None
    """By how much its clock is ahead."""
    roster: str | None = None
    """Which state of the roster it has."""


class DeviceRow(DeviceView):
    health: DeviceHealth


class UnpairedDevice(DeviceView):
    """A device with its pairing code, which is shown this once."""

    code: str
    pairing_until: Instant
    pair_url: str | None
    """The page that pairs whoever opens it, to be shown as a QR code."""


class PairRequest(Shape):
    code: Annotated[str, StringConstraints(max_length=200)]


class PlaceView(Shape):
    id: str
    title: str


class PairedDevice(Shape):
    """What a device learns when it is paired: its key, shown this once, and what it works with."""

    device_key: str
    device: DeviceView
    event: EventBrief
    gates: list[PlaceView]
    lists: list[PlaceView]


def create_device(
    table: Table,
    catalog: Catalog,
    settings: DeviceSettings,
    *,
    device_id: str,
    default_list: str,
    now: datetime,
    site_url: str = "",
) -> UnpairedDevice:
    """Create a device that is not paired yet. Raises Invalid."""
    require_known(catalog, settings)
    secret = secrets.token_urlsafe(18)
    device = Device(
        id=device_id,
        event_id=catalog.event.id,
        organizer_id=catalog.event.organizer_id,
        name=settings.name,
        list_ids=settings.lists(default_list),
        gate_id=settings.gate_id,
        profile=settings.profile,
        pairing_hash=digest(secret),
        pairing_until=now + PAIRING_TIME,
    )
    indexes = {"gsi1pk": keys.devices_of(device.event_id), "gsi1sk": by_name(device.name, device.id)}
    table.write(Put(keys.device(device_id), {"kind": "device", **device.attributes(), **indexes}))
    return unpaired_device(device, secret, site_url)


def require_known(catalog: Catalog, settings: DeviceSettings) -> None:
    """Refuse lists and a gate that the event does not have, every field at once."""
    unknown = "is not a check-in list of this event"
    faults = [
        Fault(f"list_ids[{at}]", unknown)
        for at, list_id in enumerate(settings.list_ids)
        if list_id not in catalog.lists
    ]
    if settings.list_id is not None and settings.list_id not in catalog.lists:
        faults.append(Fault("list_id", unknown))
    if settings.gate_id is not None and settings.gate_id not in catalog.gates:
        faults.append(Fault("gate_id", "is not a gate of this event"))
    if faults:
        raise Invalid(faults=faults)


def by_name(name: str, device_id: str) -> str:
    """Return the sort key by which devices are listed."""
    return f"{name.casefold()}#{device_id}"


def unpaired_device(device: Device, secret: str, site_url: str) -> UnpairedDevice:
    """Show a device with its pairing code; the code stands in the part of the address that no server sees."""
    code = f"{device.id}.{secret}"
    return UnpairedDevice(
        **dict(device_view(device)),
        code=code,
        pairing_until=device.pairing_until,
        pair_url=f"{site_url}/work/door#pair={code}" if site_url else None,
    )


def device_view(device: Device) -> DeviceView:
    return DeviceView(**device.model_dump(include=set(DeviceView.model_fields)))


def paired_device(device: Device, key: str, catalog: Catalog) -> PairedDevice:
    return PairedDevice(
        device_key=key,
        device=device_view(device),
        event=event_brief(catalog.event),
        gates=[PlaceView(id=x.id, title=x.title) for x in catalog.gates.values() if x.id == device.gate_id],
        lists=[PlaceView(id=x.id, title=x.title) for x in catalog.lists.values() if x.id in device.list_ids],
    )


def pair(table: Table, code: str, now: datetime) -> tuple[Device, str]:
    """Exchange a pairing code, once, for the device's key. Raises Unauthenticated."""
    device_id, _, secret = code.partition(".")
    key = secrets.token_urlsafe(32)
    # False when the code is wrong, was used, or there is no such device.
    right_code = "pairing_hash = :pairing_hash"
    in_time = "pairing_until > :now"
    try:
        stored = table.write(
            Update(
                keys.device(device_id),
                "SET key_hash = :key_hash, paired_at = :now REMOVE pairing_hash",
                condition=f"{right_code} AND {in_time}",
                values={"pairing_hash": digest(secret), "key_hash": digest(key), "now": stamp(now)},
            )
        )
    except ConditionFailed as failed:
        raise Unauthenticated("This pairing code is wrong, used or too old; make a new one.") from failed
    return Device.of(stored), f"{device_id}.{key}"


def find_device(table: Table, key: str) -> Device:
    """Return the device of a key. Raises Unauthenticated."""
    device_id, _, secret = key.partition(".")
    item = table.get(keys.device(device_id))
    device = Device.of(item) if item else None
    if device is None or device.key_hash is None or not hmac.compare_digest(device.key_hash, digest(secret)):
        raise Unauthenticated
    return device
