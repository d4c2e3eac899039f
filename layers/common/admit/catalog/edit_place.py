"""Gates and zones are added and changed; those with a capacity are counted.

Only what has a capacity is counted as people come and go. One that gets a capacity while people are inside
begins with the number that the dashboard shows, which is as old as the stream: about a second. Doors learn
of it when they read the catalog anew, within five seconds; who passes until then is not counted.
"""

from admit import keys
from admit.catalog.amend import Amendment, amend, made_before
from admit.catalog.catalog import Catalog
from admit.catalog.edit_check_in_list import over_present
from admit.catalog.entrance import EventZonePatch, EventZoneSettings, GatePatch, GateSettings
from admit.catalog.gate import Gate
from admit.catalog.zone import MAIN_ZONE, Zone
from admit.errors import Invalid, NotFound, NotReady
from admit.model import merged, request_hash
from admit.store import Delete, Put, Table, Write

_MOST_GATES = 100
_MOST_ZONES = 20


def create_gate(table: Table, catalog: Catalog, settings: GateSettings, *, gate_id: str) -> Gate:
    """Add a gate; the same request again answers the one that it made. Raises NotReady,
    IdempotencyConflict."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Gate]:
        if earlier := made_before(catalog.gates, gate_id, hashed):
            return Amendment(earlier, [])
        if len(catalog.gates) >= _MOST_GATES:
            raise NotReady(f"An event has {_MOST_GATES} gates at most; remove one first.")
        gate = Gate(**dict(settings), id=gate_id, event_id=catalog.event.id, request_hash=hashed)
        return Amendment(gate, [gate.put()])

    return amend(table, catalog, decide)


def edit_gate(table: Table, catalog: Catalog, gate_id: str, patch: GatePatch) -> Gate:
    """Change what a patch names. Raises NotFound, Invalid."""

    def decide(catalog: Catalog) -> Amendment[Gate]:
        gate = gate_of(catalog, gate_id)
        edited = gate.model_copy(update=dict(merged(GateSettings, gate.model_dump(), patch)))
        return Amendment(edited, [over_present(edited.put()), *_counted(table, gate, edited)])

    return amend(table, catalog, decide)


def gate_of(catalog: Catalog, gate_id: str) -> Gate:
    """Raises NotFound."""
    if gate_id not in catalog.gates:
        raise NotFound("There is no such gate.")
    return catalog.gates[gate_id]


def create_zone(table: Table, catalog: Catalog, settings: EventZoneSettings, *, zone_id: str) -> Zone:
    """Add a zone; the same request again answers the one that it made. Raises NotReady,
    IdempotencyConflict."""
    hashed = request_hash(settings)

    def decide(catalog: Catalog) -> Amendment[Zone]:
        if earlier := made_before(catalog.zones, zone_id, hashed):
            return Amendment(earlier, [])
        if len(catalog.zones.keys() - {MAIN_ZONE}) >= _MOST_ZONES:
            raise NotReady(f"An event has {_MOST_ZONES} zones at most; remove one first.")
        zone = Zone(**dict(settings), id=zone_id, event_id=catalog.event.id, request_hash=hashed)
        return Amendment(zone, [zone.put()])

    return amend(table, catalog, decide)


def edit_zone(table: Table, catalog: Catalog, zone_id: str, patch: EventZonePatch) -> Zone:
    """Change what a patch names; the event as a whole is stored when it is first changed.

    Raises NotFound, Invalid.
    """

    def decide(catalog: Catalog) -> Amendment[Zone]:
        zone = zone_of(catalog, zone_id)
        settings = merged(EventZoneSettings, zone.model_dump(), patch)
        if zone_id == MAIN_ZONE and settings.title != zone.title:
            raise Invalid.field("title", "is the event's own; change it there")
        edited = zone.model_copy(update=dict(settings))
        write = over_present(edited.put()) if zone_id in catalog.zones else edited.put()
        return Amendment(edited, [write, *_counted(table, zone, edited)])

    return amend(table, catalog, decide)


def zone_of(catalog: Catalog, zone_id: str) -> Zone:
    """Raises NotFound."""
    zone = catalog.zone(zone_id)
    if zone is None:
        raise NotFound("There is no such zone.")
    return zone


def zones_in_order(catalog: Catalog) -> list[Zone]:
    """Return the event as a whole, then its zones by title."""
    others = [zone for zone in catalog.zones.values() if zone.id != MAIN_ZONE]
    return [zone_of(catalog, MAIN_ZONE), *sorted(others, key=lambda zone: (zone.title.casefold(), zone.id))]


def uncounted(event_id: str, place_id: str) -> Delete:
    """Return the write that ends the count of who is inside a gate or zone, if there is one."""
    return Delete(keys.inside(event_id, place_id), condition=None)


def _counted(table: Table, before: Gate | Zone, after: Gate | Zone) -> list[Write]:
    """Return what begins or ends the count of who is inside; what an earlier count left is out of date."""
    if (before.capacity is None) == (after.capacity is None):
        return []
    if after.capacity is None:
        return [uncounted(after.event_id, after.id)]
    shown = table.get(keys.door_counts(after.event_id)) or {}
    inside = max(0, int(shown.get(f"inside__{after.id}", 0)))
    key = keys.inside(after.event_id, after.id)
    return [Put(key, {"kind": "inside", "inside": inside}, condition=None)]
