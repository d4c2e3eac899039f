"""Devices: set up, paired once, heard of, changed, paired anew and revoked, over HTTP."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from admit import clock, keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.errors import Unauthenticated
from admit.store import Put
from tests.builders import NOW, a_name, later
from tests.engine.api import FOUNDER, Answer, Api
from tests.engine.doors import code, issued

type Json = dict[str, Any]


class Doors(NamedTuple):
    """An event on sale with two gates and a list of its own, and a client."""

    api: Api
    table: DynamoTable
    path: str
    gates: list[str]
    list_id: str

    @property
    def event_id(self) -> str:
        return self.path.split("/")[-1]

    def device(self, **settings: Any) -> Json:
        made = self.api.post(f"{self.path}/devices", {"name": "Scanner"} | settings, as_=FOUNDER)
        assert made.status == 201, made.text
        body: Json = made.body
        return body

    def pair(self, code: str) -> Answer:
        return self.api.post("/checkin/pair", {"code": code})

    def key(self, device: Json) -> str:
        return str(self.pair(device["code"]).body["device_key"])

    def scan(self, key: str, **request: Any) -> Answer:
        return self.api.post("/checkin/scans", {"credential": "none", "nonce": "1"} | request, key=key)

    def listed(self) -> list[Json]:
        items: list[Json] = self.api.get(f"{self.path}/devices", as_=FOUNDER).body["items"]
        return items


@pytest.fixture
def doors(api: Api, table: DynamoTable) -> Doors:
    organizer = api.post("/organizer", {"name": a_name("Door")}, as_=FOUNDER, idempotency_key=a_name("key"))
    settings = {
        "slug": a_name("devices").lower(),
        "title": "Devices",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "starts_at": clock.stamp(NOW + timedelta(days=3)),
        "ends_at": clock.stamp(NOW + timedelta(days=4)),
    }
    events = f"/organizer/{organizer.body['id']}/events"
    path = f"{events}/{api.post(events, settings, as_=FOUNDER).body['id']}"
    assert api.post(f"{path}/publish", {}, as_=FOUNDER).status == 200

    def made(kind: str, title: str) -> str:
        return str(api.post(f"{path}/{kind}", {"title": title}, as_=FOUNDER).body["id"])

    gates = [made("gates", title) for title in ("North", "South")]
    return Doors(api, table, path, gates, made("check-in-lists", "Backstage"))


def test_a_device_is_set_up_with_a_page_that_pairs_it(doors: Doors) -> None:
    made = doors.device(gate_id=doors.gates[0], list_ids=[doors.list_id, doors.list_id], profile="scan")
    plain = doors.device()

    assert made["pair_url"] == f"https://site.example/work/door#pair={made['code']}"
    assert (made["list_ids"], made["gate_id"], made["profile"]) == ([doors.list_id], doors.gates[0], "scan")
    assert (plain["list_ids"], plain["gate_id"], plain["profile"]) == (["everyone"], None, "search")
    paired = doors.pair(made["code"]).body
    assert [gate["title"] for gate in paired["gates"]] == ["North"]
    assert [one["title"] for one in paired["lists"]] == ["Backstage"]


def test_what_a_device_goes_by_must_be_there_and_every_field_is_told_at_once(doors: Doors) -> None:
    body = {"name": "Scanner", "list_ids": ["everyone", "gone"], "gate_id": "gone"}
    made = doors.device()

    refused = doors.api.post(f"{doors.path}/devices", body, as_=FOUNDER)
    changed = doors.api.patch(f"{doors.path}/devices/{made['id']}", body, as_=FOUNDER)

    for answer in (refused, changed):
        assert [one["field"] for one in answer.body["errors"]] == ["list_ids[1]", "gate_id"]
    assert (
        doors.api.post(f"{doors.path}/devices", {"name": "X", "list_id": "gone"}, as_=FOUNDER).status == 422
    )


def test_a_code_pairs_once_in_time_and_only_as_it_is(doors: Doors) -> None:
    device, late = doors.device(), doors.device()

    assert doors.pair(f"{device['id']}.wrong").code == "unauthenticated"
    assert doors.pair("none").code == "unauthenticated"
    assert doors.pair(device["code"]).status == 201
    assert doors.pair(device["code"]).code == "unauthenticated"
    doors.api.now = later(60 * 24 * 7 + 1)
    assert doors.pair(late["code"]).code == "unauthenticated"


def test_a_device_is_listed_with_what_was_last_heard_of_it(doors: Doors) -> None:
    device, silent = doors.device(name="B"), doors.device(name="a")
    health = {
        "seen_at": clock.stamp(NOW),
        "scanned_at": clock.stamp(NOW),
        "waiting": 3,
        "battery": 81,
        "clock_offset_ms": -250,
        "roster": "1.4",
    }
    key = keys.door_device(doors.event_id, device["id"])
    doors.table.write(Put(key, {"kind": "door_device", **health}))

    first, second = doors.listed()

    assert (first["id"], set(first["health"].values())) == (silent["id"], {None})
    assert second["id"] == device["id"]
    assert {name: second["health"][name] for name in ("waiting", "battery", "clock_offset_ms", "roster")} == {
        name: health[name] for name in ("waiting", "battery", "clock_offset_ms", "roster")
    }
    assert second["health"]["seen_at"] is not None
    assert not {"code", "key_hash", "pairing_hash"} & set(first)


def test_a_device_is_moved_and_goes_by_its_new_lists(doors: Doors) -> None:
    device = doors.device(gate_id=doors.gates[0])
    key = doors.key(device)
    one = f"{doors.path}/devices/{device['id']}"

    patch = {"name": "Zebra", "list_ids": [doors.list_id, "everyone"], "gate_id": doors.gates[1]}
    moved = doors.api.patch(one, patch | {"profile": "supervisor"}, as_=FOUNDER)
    scanned = doors.scan(key)
    taken_off = doors.api.patch(one, {"gate_id": None, "list_ids": []}, as_=FOUNDER)
    same = doors.api.patch(one, {}, as_=FOUNDER)
    doors.device(name="Middle")

    assert moved.body.items() >= (patch | {"profile": "supervisor"}).items()
    assert [error["field"] for error in scanned.body["errors"]] == ["list_id"]
    assert (taken_off.body["gate_id"], taken_off.body["list_ids"]) == (None, ["everyone"])
    assert same.body == taken_off.body
    assert [listed["name"] for listed in doors.listed()] == ["Middle", "Zebra"]
    assert doors.scan(key).status == 200
    assert doors.api.patch(one, {"name": None}, as_=FOUNDER).code == "invalid_input"


def test_a_device_that_is_paired_anew_has_no_use_of_its_old_key_and_code(doors: Doors) -> None:
    device = doors.device()
    old = doors.key(device)

    anew = doors.api.post(f"{doors.path}/devices/{device['id']}/pairing", as_=FOUNDER)
    again = doors.api.post(f"{doors.path}/devices/{device['id']}/pairing", as_=FOUNDER)

    assert anew.status == 201
    assert (anew.body["id"], anew.body["paired_at"]) == (device["id"], None)
    assert doors.scan(old).code == "unauthenticated"
    assert doors.pair(anew.body["code"]).code == "unauthenticated"
    new = doors.key(again.body)
    assert doors.scan(new).status == 200


def test_a_revoked_device_is_out_for_good(doors: Doors) -> None:
    device, unpaired = doors.device(), doors.device(name="Never paired")
    key = doors.key(device)
    one = f"{doors.path}/devices/{device['id']}"

    revoked = doors.api.delete(one, as_=FOUNDER)
    doors.api.delete(f"{doors.path}/devices/{unpaired['id']}", as_=FOUNDER)

    assert revoked.status == 204
    assert doors.scan(key).code == "unauthenticated"
    assert doors.listed() == []
    assert doors.pair(device["code"]).code == "unauthenticated"
    assert doors.pair(unpaired["code"]).code == "unauthenticated"
    for answer in (
        doors.api.delete(one, as_=FOUNDER),
        doors.api.patch(one, {"name": "Again"}, as_=FOUNDER),
        doors.api.post(f"{one}/pairing", as_=FOUNDER),
    ):
        assert answer.code == "not_found"
    stored = doors.table.get(keys.device(device["id"])) or {}
    assert stored["name"] == "Scanner"
    assert not {"key_hash", "pairing_hash", "gsi1pk"} & set(stored)


def test_a_process_that_knows_a_device_takes_its_key_for_a_second_after_that(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [NOW]
    monkeypatch.setattr("admit.aws.settings.now", lambda: moment[0])
    device = doors.device()
    key = doors.key(device)
    doors.api.shop.forget()
    known = doors.api.shop.devices
    assert known.get(key).id == device["id"]

    doors.api.delete(f"{doors.path}/devices/{device['id']}", as_=FOUNDER)

    moment[0] = NOW + timedelta(milliseconds=999)
    assert known.get(key).id == device["id"]
    moment[0] = NOW + timedelta(seconds=1)
    with pytest.raises(Unauthenticated):
        known.get(key)


def test_a_device_of_another_event_is_nobodys_to_change(doors: Doors, table: DynamoTable) -> None:
    device = doors.device()
    other = doors.path.rsplit("/", 1)[0]
    settings = load_catalog(table, doors.event_id).event
    copy = doors.api.post(
        f"{doors.path}/copy",
        {"slug": a_name("copy").lower(), "starts_at": clock.stamp(settings.starts_at)},
        as_=FOUNDER,
    )
    path = f"{other}/{copy.body['id']}/devices/{device['id']}"

    assert doors.api.patch(path, {"name": "Mine"}, as_=FOUNDER).code == "not_found"
    assert doors.api.post(f"{path}/pairing", as_=FOUNDER).code == "not_found"
    assert doors.api.delete(path, as_=FOUNDER).code == "not_found"
    assert doors.api.get(f"{other}/{copy.body['id']}/devices", as_=FOUNDER).body["items"] == []


def test_a_scan_names_its_device_after_that_was_revoked(doors: Doors, table: DynamoTable) -> None:
    catalog = load_catalog(table, doors.event_id)
    credential = code(catalog, issued(table, catalog))
    first, second = doors.device(name="First", gate_id=doors.gates[0]), doors.device(name="Second")
    admitted = doors.scan(doors.key(first), credential=credential)
    doors.api.delete(f"{doors.path}/devices/{first['id']}", as_=FOUNDER)
    doors.api.now = later(1)

    refused = doors.scan(doors.key(second), credential=credential, nonce="2")

    assert admitted.body["result"] == "admitted"
    assert (refused.body["reason"], refused.body["earlier"]["device"]) == ("already_in", "First")
    assert refused.body["earlier"]["gate"] == "North"
