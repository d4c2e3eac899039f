"""What tests of the door begin with: devices, tickets that are out, and scans of them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import CheckInList
from admit.catalog.gate import Gate
from admit.catalog.zone import Zone
from admit.door.admit import ScanRequest, admit
from admit.door.answer import Scan
from admit.door.device import Device, DeviceSettings, create_device, pair
from admit.orders.order import Order
from admit.tickets.credential import Credential, Signer
from admit.tickets.ticket import tickets_from
from tests.builders import NOW, SIGNING_SECRET, a_name, an_order


def paired(table: DynamoTable, catalog: Catalog, **settings: Any) -> tuple[Device, str]:
    """Return a device that is paired, with its key."""
    made = create_device(
        table,
        catalog,
        DeviceSettings.model_validate({"name": "Gate North"} | settings),
        device_id=a_name("device"),
        default_list="everyone",
        now=NOW,
    )
    return pair(table, made.code, NOW)


def a_device(table: DynamoTable, catalog: Catalog, **settings: Any) -> Device:
    return paired(table, catalog, **settings)[0]


def with_list(catalog: Catalog, list_id: str = "strict", **fields: Any) -> Catalog:
    rules = CheckInList(id=list_id, event_id=catalog.event.id, title=list_id.title(), **fields)
    return replace(catalog, lists={**catalog.lists, rules.id: rules})


def with_gate(catalog: Catalog, gate_id: str, **fields: Any) -> Catalog:
    gate = Gate(id=gate_id, event_id=catalog.event.id, title=gate_id.title(), **fields)
    return replace(catalog, gates={**catalog.gates, gate_id: gate})


def with_zone(catalog: Catalog, zone_id: str, **fields: Any) -> Catalog:
    zone = Zone(id=zone_id, event_id=catalog.event.id, title=zone_id.title(), **fields)
    return replace(catalog, zones={**catalog.zones, zone_id: zone})


def issued(table: DynamoTable, catalog: Catalog, **request: Any) -> Order:
    """Place an order and write its tickets."""
    order = an_order(table, catalog, **request)
    for ticket in tickets_from(order):
        table.write(ticket.put())
    return order


def code(catalog: Catalog, order: Order, number: int = 1, revision: int = 0) -> str:
    return Signer(SIGNING_SECRET, catalog.event.id).sign(Credential(order.id, number, revision))


def scan(table: DynamoTable, catalog: Catalog, device: Device, at: datetime = NOW, **request: Any) -> Scan:
    fields = {"nonce": a_name("nonce"), **request}
    return admit(table, catalog, device, ScanRequest.model_validate(fields), at)


def told(answer: Scan) -> str:
    return str(answer.reason or answer.result)
