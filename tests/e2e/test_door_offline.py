"""Doors without a network: what devices take along, and what becomes of what they decide by themselves."""

import hashlib
import json
import time
import uuid
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.e2e.clients import Door, Json, Organizer, Shop, new_address, wait_for

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def bytes_of(code: str) -> bytes:
    """Read base45 (RFC 9285) of whole pairs of bytes."""
    digits = [BASE45.index(character) for character in code]
    threes = zip(digits[::3], digits[1::3], digits[2::3], strict=True)
    return b"".join((low + 45 * middle + 2025 * high).to_bytes(2) for low, middle, high in threes)


def records_in(content: bytes) -> dict[bytes, bytes]:
    """Read a file of the roster by its description alone."""
    assert content[:8] == b"ADMROST\x01"
    records, at = {}, 8
    while at < len(content):
        end = at + 18 + int.from_bytes(content[at + 16 : at + 18])
        records[content[at : at + 16]] = content[at + 18 : end]
        at = end
    return records


def entry_in(records: dict[bytes, bytes], code: str) -> Json | None:
    """Open what the roster tells of a code: nothing of one that it does not know, empty of an old one."""
    credential = bytes_of(code)
    box = records.get(hashlib.sha256(b"admit roster key\0" + credential).digest()[:16])
    if not box:
        return None if box is None else {}
    key = hashlib.sha256(b"admit roster box\0" + credential).digest()
    entry: Json = json.loads(AESGCM(key).decrypt(box[:12], box[12:], None))
    return entry


def decided(code: str, minutes_ago: int, outcome: str = "admitted", **said: str) -> Json:
    """Return a scan that a device has decided by itself."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {
        "credential": code,
        "direction": "in",
        "nonce": uuid.uuid4().hex,
        "at": at.isoformat(timespec="milliseconds"),
        "outcome": outcome,
        **said,
    }


def admitted(scan: Json) -> Json:
    return {"nonce": scan["nonce"], "result": "admitted", "reason": None, "conflict": None}


def test_a_roster_opens_only_with_the_codes_that_it_is_about(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door = organizer.pair_device(event)
    email = new_address("holder")
    order = shop.place(event["slug"], "Free ticket", "free", 3)
    old = shop.credential(shop.wait(order)["tickets"][0])
    shop.give(order, 1, email=email, name="Zenobia Zimmermann", company="Polar Systems")
    tickets = shop.look(order)["tickets"]
    codes = [shop.credential(ticket) for ticket in tickets]

    roster = door.roster()
    assert [one["title"] for one in roster["lists"]] == ["Everyone"]
    [chunk] = roster["chunks"]
    content = door.roster_file(chunk)
    records = records_in(content)
    assert (len(records), chunk["entries"]) == (4, 4)
    zenobia, *others = [entry_in(records, code) for code in codes]
    assert zenobia is not None
    assert (zenobia["n"], zenobia["c"]) == ("Zenobia Zimmermann", "Polar Systems")
    assert [one is not None and "n" not in one for one in others] == [True, True]
    assert roster["tiers"][zenobia["k"]]["title"] == "Free ticket"
    assert entry_in(records, old) == {}

    secrets = ["Zenobia", "Polar", email, order["code"], order["id"], order["key"], "Lovelace", old, *codes]
    raw = [bytes_of(code)[:24] for code in [old, *codes]]
    for secret in [*(secret.encode() for secret in secrets), *raw]:
        assert secret not in content

    unpaired = Door(shop.http, "no-such-key").ask("GET", chunk["url"].removeprefix("/checkin/"))
    assert (unpaired.status_code, unpaired.json()["code"]) == (401, "unauthenticated")


def test_a_change_is_in_the_roster_within_a_minute(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    tickets = shop.wait(order)["tickets"]
    old, other = [shop.credential(ticket) for ticket in tickets]
    before = door.roster()

    begun = time.monotonic()
    shop.give(order, 1, email=new_address("holder"), name="Grace Hopper")
    door.scan(other)
    seen: dict[bytes, bytes] = {}

    def told() -> bool | None:
        after = door.roster(since=before["cursor"])
        assert after["chunks"] == []
        for delta in after["deltas"]:
            seen.update(records_in(door.roster_file(delta)))
        return (entry_in(seen, old) == {} and bool(entry_in(seen, other))) or None

    wait_for("the change", told, seconds=60)
    assert time.monotonic() - begun < 60
    inside = entry_in(seen, other)
    assert inside is not None
    assert list(inside["i"]) == ["event"]
    renewed = entry_in(seen, shop.credential(shop.look(order)["tickets"][0]))
    assert renewed is not None
    assert renewed["n"] == "Grace Hopper"


def test_of_two_doors_apart_the_earliest_entry_wins_in_whatever_order_they_come_back(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    gates = {title: organizer.add(event, "gates", {"title": title})["id"] for title in ("North", "South")}
    north, south = [
        organizer.pair_device(event, f"{title} phone", gate_id=gate_id) for title, gate_id in gates.items()
    ]
    tickets = shop.wait(shop.place(event["slug"], "Free ticket", "free", 3))["tickets"]
    one, two, three = [shop.credential(ticket) for ticket in tickets]
    early_one, late_one = decided(one, 30), decided(one, 20)
    early_two, late_two = decided(two, 15), decided(two, 10)
    turned_away = decided(three, 5, "refused", reason="not_yet")

    # North has let the first one in before South, and the second one after it; South comes back later.
    assert north.sync(early_one, late_two, turned_away) == [
        admitted(early_one),
        admitted(late_two),
        {"nonce": turned_away["nonce"], "result": "refused", "reason": "not_yet", "conflict": None},
    ]
    in_conflict, won = south.sync(late_one, early_two)
    assert won == admitted(early_two)
    assert (in_conflict["result"], in_conflict["reason"]) == ("refused", "already_in")
    by_north = {"at": stamp(early_one), "gate": "North", "device": "North phone"}
    assert in_conflict["conflict"] == by_north
    by_south = {"at": stamp(early_two), "gate": "South", "device": "South phone"}
    *_, lost = north.sync(early_one, late_two)
    assert (lost["reason"], lost["conflict"]) == ("already_in", by_south)

    def both() -> list[Json] | None:
        found = organizer.attempts(event, outcome="conflict")
        return found if len(found) == 2 else None

    listed = [
        (row["ticket"]["id"], row["gate"]["title"], row["device"]["title"], row["at"], row["winner"])
        for row in wait_for("the conflicts", both)
    ]
    assert listed == [
        (tickets[1]["id"], "North", "North phone", stamp(late_two), by_south),
        (tickets[0]["id"], "South", "South phone", stamp(late_one), by_north),
    ]
    assert all(row["offline"] for row in organizer.attempts(event))

    # All of it comes once more, and the last ticket is scanned online.
    assert north.sync(early_one, late_two)[1] == lost
    assert south.sync(late_one, early_two) == [in_conflict, won]
    assert south.scan(three)["result"] == "admitted"

    def counted() -> Json | None:
        seen = organizer.look(event, "door")
        return seen if seen["arrived"] == 3 else None

    door = wait_for("the counts", counted)
    assert (door["issued"], door["not_yet"], door["conflicts"], door["offline"]) == (3, 0, 2, 5)
    assert {gate["title"]: (gate["entries"], gate["inside"]) for gate in door["gates"]} == {
        "North": (1, 1),
        "South": (2, 2),
    }
    assert door["refusals"] == [{"reason": "not_yet", "scans": 1}]
    assert sum(minute["total"] for minute in door["minutes"]) == 3
    assert [device["name"] for device in door["devices"]] == ["North phone", "South phone"]
    assert len(organizer.attempts(event)) == 6


def test_a_revoked_device_is_refused(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    code = shop.credential(ticket)
    assert organizer.send("DELETE", f"/events/{event['id']}/devices/{door.id}").status_code == 204
    # A process that knows the device asks for it again after a second.
    time.sleep(1.5)
    asked = [
        door.send(code),
        door.ask("GET", "roster"),
        door.ask("POST", "sync", {"scans": [decided(code, 5)]}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in asked] == [(401, "unauthenticated")] * 3


def stamp(scan: Json) -> str:
    """Return the time of a scan as the API writes it."""
    return datetime.fromisoformat(scan["at"]).isoformat(timespec="milliseconds").replace("+00:00", "Z")
