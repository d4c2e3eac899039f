"""Check-in lists, gates and zones are removed, once nothing goes by them any more.

The devices are those that an index tells, a moment behind: one that was given a list at this very moment
finds it gone, and scans nothing until it is given another.
"""

from collections.abc import Callable

from admit import keys
from admit.catalog.amend import Amendment, amend
from admit.catalog.catalog import Catalog
from admit.catalog.create import DEFAULT_LIST_ID
from admit.catalog.edit_check_in_list import list_of
from admit.catalog.edit_place import gate_of, uncounted, zone_of
from admit.catalog.zone import MAIN_ZONE
from admit.door.device import Device
from admit.door.edit_device import devices_page
from admit.errors import InUse
from admit.store import Delete, Table

_PAGE = 100


def remove_list(table: Table, catalog: Catalog, list_id: str) -> None:
    """Remove a check-in list that no device admits by. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        rules = list_of(catalog, list_id)
        if list_id == DEFAULT_LIST_ID:
            raise InUse("New devices admit by this list, which came with the event; it stays.")
        _refuse_used("list", _devices(table, catalog, lambda device: list_id in device.list_ids))
        return Amendment(None, [Delete(keys.check_in_list(rules.event_id, list_id))])

    amend(table, catalog, decide)


def remove_gate(table: Table, catalog: Catalog, gate_id: str) -> None:
    """Remove a gate that no device stands at. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        gate = gate_of(catalog, gate_id)
        _refuse_used("gate", _devices(table, catalog, lambda device: device.gate_id == gate_id))
        gone = Delete(keys.gate(gate.event_id, gate_id))
        return Amendment(None, [gone, uncounted(gate.event_id, gate_id)])

    amend(table, catalog, decide)


def remove_zone(table: Table, catalog: Catalog, zone_id: str) -> None:
    """Remove a zone that no check-in list admits to. Raises NotFound, InUse."""

    def decide(catalog: Catalog) -> Amendment[None]:
        zone = zone_of(catalog, zone_id)
        if zone_id == MAIN_ZONE:
            raise InUse("This zone is the event as a whole; it stays.")
        lists = [f"check-in list {one.title}" for one in catalog.lists.values() if one.zone_id == zone_id]
        _refuse_used("zone", lists)
        gone = Delete(keys.zone(zone.event_id, zone_id))
        return Amendment(None, [gone, uncounted(zone.event_id, zone_id)])

    amend(table, catalog, decide)


def _refuse_used(what: str, users: list[str]) -> None:
    if users:
        raise InUse(f"Something else goes by this {what}: {', '.join(users)}.")


def _devices(table: Table, catalog: Catalog, uses: Callable[[Device], bool]) -> list[str]:
    """Return the devices of an event that use something."""
    names, cursor = list[str](), None
    while True:
        page = devices_page(table, catalog.event.id, limit=_PAGE, cursor=cursor)
        names += [f"device {one.name}" for one in map(Device.of, page.items) if uses(one)]
        cursor = page.cursor
        if cursor is None:
            return names
