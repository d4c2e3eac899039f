"""Devices at the door: paired once by a code, then known by a key of which only the hash is kept."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant, stamp
from admit.errors import Fault, Invalid, Unauthenticated
from admit.ids import digest
from admit.model import Entity, Name, Shape
from admit.store import ConditionFailed, Put, Table, Update

PAIRING_TIME = timedelta(days=7)


class DeviceSettings(Shape):
    name: Name
    list_id: str | None = None
    """The check-in list it admits by; the event's list of every tier if left out."""


class Device(Entity):
    id: str
    event_id: str
    organizer_id: str
    name: str
    list_id: str
    pairing_hash: str | None = None
    pairing_until: Instant
    key_hash: str | None = None
    paired_at: Instant | None = None


class DeviceView(Shape):
    id: str
    name: str
    list_id: str
    paired_at: Instant | None


class UnpairedDevice(DeviceView):
    """A new device with its pairing code, which is shown this once."""

    code: str
    pairing_until: Instant


class PairRequest(Shape):
    code: Annotated[str, StringConstraints(max_length=200)]


class ListView(Shape):
    id: str
    title: str


class PairedDevice(Shape):
    """What a device learns when it is paired: its key, shown this once, and what it works with."""

    device_key: str
    device: DeviceView
    event: EventBrief
    gates: list[str]
    lists: list[ListView]


def create_device(
    table: Table,
    catalog: Catalog,
    settings: DeviceSettings,
    *,
    device_id: str,
    default_list: str,
    now: datetime,
) -> UnpairedDevice:
    """Create a device that is not paired yet. Raises Invalid."""
    list_id = settings.list_id or default_list
    if list_id not in catalog.lists:
        raise Invalid(faults=[Fault("list_id", "is not a check-in list of this event")])
    secret = secrets.token_urlsafe(18)
    device = Device(
        id=device_id,
        event_id=catalog.event.id,
        organizer_id=catalog.event.organizer_id,
        name=settings.name,
        list_id=list_id,
        pairing_hash=digest(secret),
        pairing_until=now + PAIRING_TIME,
    )
    indexes = {"gsi1pk": keys.devices_of(device.event_id), "gsi1sk": f"{device.name.casefold()}#{device.id}"}
    table.write(Put(keys.device(device_id), {"kind": "device", **device.attributes(), **indexes}))
    return UnpairedDevice(
        **dict(device_view(device)), code=f"{device_id}.{secret}", pairing_until=device.pairing_until
    )


def device_view(device: Device) -> DeviceView:
    return DeviceView(id=device.id, name=device.name, list_id=device.list_id, paired_at=device.paired_at)


def paired_device(device: Device, key: str, catalog: Catalog) -> PairedDevice:
    return PairedDevice(
        device_key=key,
        device=device_view(device),
        event=event_brief(catalog.event),
        gates=[],
        lists=[ListView(id=x.id, title=x.title) for x in catalog.lists.values() if x.id == device.list_id],
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
