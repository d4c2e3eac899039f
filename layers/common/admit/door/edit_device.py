"""Devices are listed with how they are, changed, paired anew and revoked."""

import secrets
from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog
from admit.clock import stamp
from admit.door.device import (
    PAIRING_TIME,
    Device,
    DeviceHealth,
    DevicePatch,
    DeviceRow,
    DeviceSettings,
    UnpairedDevice,
    by_name,
    device_view,
    require_known,
    unpaired_device,
)
from admit.errors import NotFound
from admit.ids import digest
from admit.model import merged
from admit.store import ConditionFailed, Item, Page, Table, Update

# False when the device was revoked since it was read.
_NOT_REVOKED = "attribute_exists(pk) AND attribute_not_exists(revoked_at)"


def devices_page(table: Table, event_id: str, *, limit: int, cursor: str | None) -> Page:
    """Read one page of the devices of an event by name, those left out that were revoked at this moment."""
    page = table.page("gsi1", keys.devices_of(event_id), limit=limit, cursor=cursor)
    return Page([item for item in page.items if "revoked_at" not in item], page.cursor)


def device_rows(table: Table, devices: list[Device]) -> list[DeviceRow]:
    """Show devices with how they are: one read for a hundred."""
    items = table.get_many([keys.door_device(device.event_id, device.id) for device in devices])
    heard_of = {(item["pk"], item["sk"]): DeviceHealth.model_validate(_health(item)) for item in items}
    return [
        DeviceRow(
            **dict(device_view(device)),
            health=heard_of.get(keys.door_device(device.event_id, device.id), DeviceHealth()),
        )
        for device in devices
    ]


def edit_device(
    table: Table, catalog: Catalog, device_id: str, patch: DevicePatch, *, default_list: str
) -> Device:
    """Change what a patch names; the device goes by it within a second. Raises NotFound, Invalid."""
    device = device_of(table, catalog, device_id)
    settings = merged(DeviceSettings, device.model_dump(), patch)
    require_known(catalog, settings)
    changed = {name: getattr(settings, name) for name in patch.model_fields_set}
    if "list_ids" in changed:
        changed["list_ids"] = settings.lists(default_list)
    if "name" in changed:
        changed["gsi1sk"] = by_name(settings.name, device_id)
    if not changed:
        return device
    gone = [name for name, value in changed.items() if value is None]
    sets = {name: value for name, value in changed.items() if value is not None}
    expression = " ".join(
        [
            *(["SET " + ", ".join(f"#{name} = :{name}" for name in sets)] if sets else []),
            *(["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []),
        ]
    )
    return _written(table, Update(keys.device(device_id), expression, _NOT_REVOKED, sets))


def pair_anew(
    table: Table, catalog: Catalog, device_id: str, *, site_url: str, now: datetime
) -> UnpairedDevice:
    """Give a device a new pairing code; its key stops at once. Raises NotFound."""
    device_of(table, catalog, device_id)
    secret = secrets.token_urlsafe(18)
    device = _written(
        table,
        Update(
            keys.device(device_id),
            "SET pairing_hash = :pairing_hash, pairing_until = :until REMOVE key_hash, paired_at",
            _NOT_REVOKED,
            {"pairing_hash": digest(secret), "until": stamp(now + PAIRING_TIME)},
        ),
    )
    return unpaired_device(device, secret, site_url)


def revoke_device(table: Table, catalog: Catalog, device_id: str, now: datetime) -> None:
    """Take a device's key and code away for good; it is kept, so that its scans name somebody.

    Raises NotFound.
    """
    device_of(table, catalog, device_id)
    _written(
        table,
        Update(
            keys.device(device_id),
            "SET revoked_at = :now REMOVE key_hash, pairing_hash, gsi1pk, gsi1sk",
            _NOT_REVOKED,
            {"now": stamp(now)},
        ),
    )


def device_of(table: Table, catalog: Catalog, device_id: str) -> Device:
    """Read a device of an event. Raises NotFound, also for one that was revoked."""
    item = table.get(keys.device(device_id))
    device = Device.of(item) if item else None
    if device is None or device.event_id != catalog.event.id or device.revoked_at is not None:
        raise NotFound("There is no such device.")
    return device


def _written(table: Table, write: Update) -> Device:
    try:
        return Device.of(table.write(write))
    except ConditionFailed as failed:
        raise NotFound("There is no such device.") from failed


def _health(item: Item) -> dict[str, object]:
    return {name: item[name] for name in DeviceHealth.model_fields if name in item}
