"""The organizer's side of the doors: check-in lists, gates, zones and devices, notes on tickets, and what has
happened."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime

from admit import clock, ids
from admit.aws.http import Cursor, Limit, Listing, OptionalIdempotencyKey, new_id
from admit.aws.organizer import OrganizerApi
from admit.aws.settings import workshop
from admit.catalog.create import DEFAULT_LIST_ID
from admit.catalog.edit_check_in_list import create_list, edit_list
from admit.catalog.edit_place import create_gate, create_zone, edit_gate, edit_zone, zones_in_order
from admit.catalog.entrance import (
    CheckInListPatch,
    CheckInListSettings,
    CheckInListView,
    EventZonePatch,
    EventZoneSettings,
    EventZoneView,
    GatePatch,
    GateSettings,
    GateView,
    check_in_list_view,
    gate_view,
    zone_view,
)
from admit.door.device import (
    Device,
    DevicePatch,
    DeviceRow,
    DeviceSettings,
    DeviceView,
    UnpairedDevice,
    create_device,
    device_view,
)
from admit.door.edit_device import device_rows, devices_page, edit_device, pair_anew, revoke_device
from admit.door.note import TicketNote, TicketNotePatch, set_note
from admit.door.remove_entrance import remove_gate, remove_list, remove_zone
from admit.insight.door import DoorInsight, door_insight
from admit.insight.scan_log import AdmissionView, admissions
from admit.people.account import AT_DOOR, MANAGES
from admit.tickets.scan import Outcome

app = OrganizerApi()

_EVENT = "/organizer/<organizer_id>/events/<event_id>"


# --- check-in lists ---------------------------------------------------------------------------------------


@app.post(f"{_EVENT}/check-in-lists", status_code=201)
def add_list(
    organizer_id: str,
    event_id: str,
    settings: CheckInListSettings,
    idempotency_key: OptionalIdempotencyKey = "",
) -> CheckInListView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    list_id = new_id(idempotency_key, "list", event_id)
    return check_in_list_view(catalog, create_list(workshop().table, catalog, settings, list_id=list_id))


@app.get(f"{_EVENT}/check-in-lists")
def list_lists(organizer_id: str, event_id: str) -> Listing[CheckInListView]:
    catalog = app.catalog(organizer_id, event_id, AT_DOOR)
    lists = sorted(catalog.lists.values(), key=lambda rules: (rules.title.casefold(), rules.id))
    return Listing(items=[check_in_list_view(catalog, rules) for rules in lists], cursor=None)


@app.patch(f"{_EVENT}/check-in-lists/<list_id>")
def change_list(organizer_id: str, event_id: str, list_id: str, patch: CheckInListPatch) -> CheckInListView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return check_in_list_view(catalog, edit_list(workshop().table, catalog, list_id, patch))


@app.delete(f"{_EVENT}/check-in-lists/<list_id>", status_code=204)
def delete_list(organizer_id: str, event_id: str, list_id: str) -> Response[None]:
    remove_list(workshop().table, app.catalog(organizer_id, event_id, MANAGES), list_id)
    return Response(204)


# --- gates and zones --------------------------------------------------------------------------------------


@app.post(f"{_EVENT}/gates", status_code=201)
def add_gate(
    organizer_id: str, event_id: str, settings: GateSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> GateView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    gate_id = new_id(idempotency_key, "gate", event_id)
    return gate_view(create_gate(workshop().table, catalog, settings, gate_id=gate_id))


@app.get(f"{_EVENT}/gates")
def list_gates(organizer_id: str, event_id: str) -> Listing[GateView]:
    catalog = app.catalog(organizer_id, event_id, AT_DOOR)
    gates = sorted(catalog.gates.values(), key=lambda gate: (gate.title.casefold(), gate.id))
    return Listing(items=[gate_view(gate) for gate in gates], cursor=None)


@app.patch(f"{_EVENT}/gates/<gate_id>")
def change_gate(organizer_id: str, event_id: str, gate_id: str, patch: GatePatch) -> GateView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return gate_view(edit_gate(workshop().table, catalog, gate_id, patch))


@app.delete(f"{_EVENT}/gates/<gate_id>", status_code=204)
def delete_gate(organizer_id: str, event_id: str, gate_id: str) -> Response[None]:
    remove_gate(workshop().table, app.catalog(organizer_id, event_id, MANAGES), gate_id)
    return Response(204)


@app.post(f"{_EVENT}/zones", status_code=201)
def add_zone(
    organizer_id: str,
    event_id: str,
    settings: EventZoneSettings,
    idempotency_key: OptionalIdempotencyKey = "",
) -> EventZoneView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    zone_id = new_id(idempotency_key, "zone", event_id)
    return zone_view(create_zone(workshop().table, catalog, settings, zone_id=zone_id))


@app.get(f"{_EVENT}/zones")
def list_zones(organizer_id: str, event_id: str) -> Listing[EventZoneView]:
    """List the event as a whole, then its zones by title."""
    zones = zones_in_order(app.catalog(organizer_id, event_id, AT_DOOR))
    return Listing(items=[zone_view(zone) for zone in zones], cursor=None)


@app.patch(f"{_EVENT}/zones/<zone_id>")
def change_zone(organizer_id: str, event_id: str, zone_id: str, patch: EventZonePatch) -> EventZoneView:
    """Change a zone; that of the event as a whole, which is called event, has a capacity alone."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return zone_view(edit_zone(workshop().table, catalog, zone_id, patch))


@app.delete(f"{_EVENT}/zones/<zone_id>", status_code=204)
def delete_zone(organizer_id: str, event_id: str, zone_id: str) -> Response[None]:
    remove_zone(workshop().table, app.catalog(organizer_id, event_id, MANAGES), zone_id)
    return Response(204)


# --- devices ----------------------------------------------------------------------------------------------


@app.post(f"{_EVENT}/devices", status_code=201)
def add_device(organizer_id: str, event_id: str, settings: DeviceSettings) -> UnpairedDevice:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return create_device(
        workshop().table,
        catalog,
        settings,
        device_id=ids.random_id(),
        default_list=DEFAULT_LIST_ID,
        now=clock.now(),
        site_url=workshop().settings.site_url,
    )


@app.get(f"{_EVENT}/devices")
def list_devices(
    organizer_id: str, event_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[DeviceRow]:
    app.catalog(organizer_id, event_id, AT_DOOR)
    table = workshop().table
    page = devices_page(table, event_id, limit=limit, cursor=cursor)
    return Listing(items=device_rows(table, [Device.of(item) for item in page.items]), cursor=page.cursor)


@app.patch(f"{_EVENT}/devices/<device_id>")
def change_device(organizer_id: str, event_id: str, device_id: str, patch: DevicePatch) -> DeviceView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return device_view(edit_device(workshop().table, catalog, device_id, patch, default_list=DEFAULT_LIST_ID))


@app.post(f"{_EVENT}/devices/<device_id>/pairing", status_code=201)
def pair_device_anew(organizer_id: str, event_id: str, device_id: str) -> UnpairedDevice:
    """Give a device a new pairing code; the key that it has stops at once."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    shop = workshop()
    return pair_anew(shop.table, catalog, device_id, site_url=shop.settings.site_url, now=clock.now())


@app.delete(f"{_EVENT}/devices/<device_id>", status_code=204)
def delete_device(organizer_id: str, event_id: str, device_id: str) -> Response[None]:
    """Revoke a device: its key stops at once, and for good."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    revoke_device(workshop().table, catalog, device_id, clock.now())
    return Response(204)


# --- tickets ----------------------------------------------------------------------------------------------


@app.patch(f"{_EVENT}/tickets/<ticket_id>/note")
def note_ticket(organizer_id: str, event_id: str, ticket_id: str, patch: TicketNotePatch) -> TicketNote:
    """Say what the door is told when this ticket is scanned."""
    app.catalog(organizer_id, event_id, AT_DOOR)
    return set_note(workshop().table, event_id, ticket_id, patch)


# --- insight ----------------------------------------------------------------------------------------------


@app.get(f"{_EVENT}/door")
def read_door(
    organizer_id: str,
    event_id: str,
    since: Annotated[AwareDatetime | None, Query(description="From when on minutes are told.")] = None,
) -> DoorInsight:
    return door_insight(workshop().table, app.catalog(organizer_id, event_id, AT_DOOR), since)


@app.get(f"{_EVENT}/admissions")
def list_admissions(
    organizer_id: str,
    event_id: str,
    *,
    outcome: Annotated[Outcome | None, Query()] = None,
    gate_id: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[AdmissionView]:
    """List the attempts to use tickets, the newest first; a page may be short although more follow."""
    catalog = app.catalog(organizer_id, event_id, AT_DOOR)
    page = admissions(workshop().table, catalog, outcome=outcome, gate_id=gate_id, limit=limit, cursor=cursor)
    return Listing(items=page.rows, cursor=page.cursor)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)
