"""Insight at the doors: what is counted and logged equals what the tickets say, however the stream comes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.gate import Gate
from admit.door.admit import Direction, ScanRequest, admit
from admit.door.device import Device, Profile
from admit.door.sync import SyncRequest, sync
from admit.door.undo import UndoRequest, undo
from admit.errors import Invalid, NotFound
from admit.insight.audit import audit
from admit.insight.door import door_insight, door_worth, standing_counts
from admit.insight.scan_log import ScanRow, admissions
from admit.orders.order import Order
from admit.people.account import Member, Role
from admit.people.person import Holder
from admit.store import ConditionFailed, Item, Update, Within
from admit.tickets.credential import Credential, Signer
from admit.tickets.scan import Outcome, ScanRecord
from admit.tickets.ticket import Ticket, TicketStatus, order_and_tickets, tickets_from
from tests.builders import NOW, SIGNING_SECRET, a_name, a_price, an_event, an_order, give, other_tier
from tests.engine.api import Api, serving
from tests.engine.streamed import Record, Streamed, let_through

SECOND = timedelta(seconds=1)
STAFF = "staff@northern-lights.example"


class Doors(NamedTuple):
    """An event with two gates, and the function that reads its stream."""

    table: Streamed
    catalog: Catalog
    devices: list[Device]
    api: Api

    @property
    def path(self) -> str:
        return f"/organizer/{self.catalog.event.organizer_id}/events/{self.catalog.event.id}"

    def project(self, records: Sequence[Record]) -> None:
        answer = self.api.invoke("project", {"Records": let_through(records)})
        assert answer == {"batchItemFailures": []}

    def told(self) -> None:
        """Let the stream tell all that it has."""
        self.project(self.table.records)
        self.table.records.clear()

    def told_somehow(self, random: Random) -> None:
        """Let the stream tell all that it has in batches that come again, cut otherwise, and also late."""
        records, at = list(self.table.records), 0
        self.table.records.clear()
        while at < len(records):
            size = random.randint(1, 25)
            for _ in range(random.randint(1, 3)):
                begin = max(0, at - random.randint(0, 12))
                self.project(records[begin : at + size])
            at += size
        late = random.randrange(len(records))
        self.project(records[late // 2 : late])

    def issued(self, quantity: int, tier_id: str | None = None) -> Order:
        """Place an order and write its tickets."""
        order = an_order(self.table, self.catalog, tier_id=tier_id, quantity=quantity)
        for ticket in tickets_from(order):
            self.table.write(ticket.put())
        return order

    def code(self, order: Order, number: int = 1, revision: int = 0) -> str:
        return Signer(SIGNING_SECRET, self.catalog.event.id).sign(Credential(order.id, number, revision))

    def scan(self, device: Device, second: int, **request: Any) -> None:
        fields = {"nonce": a_name("nonce"), **request}
        at = NOW + second * SECOND
        admit(self.table, self.catalog, device, ScanRequest.model_validate(fields), at)

    def sync(self, device: Device, second: int, *scans: dict[str, Any]) -> None:
        """Bring in scans that were made at `at` seconds by the device's clock, which is right."""
        now = NOW + second * SECOND
        made = [
            {
                "direction": "in",
                "nonce": a_name("nonce"),
                "outcome": "admitted",
                **one,
                "at": NOW + one["at"] * SECOND,
            }
            for one in scans
        ]
        sync(
            self.table,
            self.catalog,
            device,
            SyncRequest.model_validate({"scans": made, "sent_at": now}),
            now,
        )

    def counts(self) -> Item:
        return self.table.get(keys.door_counts(self.catalog.event.id)) or {}

    def logged(self) -> dict[str, Item]:
        """Return the rows of the log, by what names their scans."""
        event = self.catalog.event
        rows = [
            item
            for nn in range(event.shards)
            for item in self.table.page("gsi1", keys.scans_of(event.id, nn), limit=1_000).items
        ]
        return {item["id"]: item for item in rows}


@pytest.fixture
def doors(table: DynamoTable) -> Iterator[Doors]:
    streamed = Streamed(table)
    with serving(streamed) as api:
        made = an_event(streamed, {"title": "Backstage", "prices": [a_price(0)]})
        for gate_id, title, capacity in (("north", "North", None), ("south", "South", 500)):
            gate = Gate(id=gate_id, event_id=made.event.id, title=title, capacity=capacity)
            streamed.write(gate.put())
        member = Member(organizer_id=made.event.organizer_id, email=STAFF, role=Role.MANAGER)
        with suppress(ConditionFailed):
            streamed.write(member.put())
        streamed.records.clear()
        devices = [a_device(made, at) for at in ("north", "south", None)]
        yield Doors(streamed, load_catalog(streamed, made.event.id), devices, api)


def a_device(catalog: Catalog, gate_id: str | None) -> Device:
    return Device(
        id=a_name("device").replace("-", ""),
        event_id=catalog.event.id,
        organizer_id=catalog.event.organizer_id,
        name=f"At {gate_id}",
        list_ids=["everyone"],
        gate_id=gate_id,
        profile=Profile.SUPERVISOR,
        pairing_until=NOW,
    )


def busy(doors: Doors, random: Random) -> list[Order]:
    """Let everything happen at the doors that can, also twice and too late; return the orders."""
    orders = [doors.issued(3), doors.issued(2, other_tier(doors.catalog))]
    for second in range(1, 46):
        order, device = random.choice(orders), random.choice(doors.devices)
        number = random.randint(1, order.tickets)
        code = doors.code(order, number)
        match random.randint(0, 9):
            case 0 | 1 | 2 | 3:
                direction = random.choice([Direction.IN, Direction.IN, Direction.OUT])
                doors.scan(device, second * 7, credential=code, direction=direction)
            case 4:
                doors.scan(device, second * 7, credential=code, force=True)
            case 5 | 6:
                scans = [
                    {
                        "at": random.randint(1, second * 7),
                        "credential": code,
                        "direction": random.choice(["in", "out"]),
                        "outcome": random.choice(["admitted", "admitted", "refused"]),
                    }
                    for _ in range(2)
                ]
                doors.sync(device, second * 7, *scans)
            case 7:
                shown = UndoRequest(credential=code, nonce=a_name("nonce"))
                try:
                    undo(doors.table, doors.catalog, device, shown, NOW + second * 7 * SECOND)
                except NotFound:
                    continue
            case 8:
                doors.scan(device, second * 7, credential="NO TICKET")
            case 9 if second % 3 == 0:
                status = random.choice([TicketStatus.CANCELLED, TicketStatus.VALID])
                key = keys.ticket(order.id, number)
                doors.table.write(Update(key, "SET #status = :s", "attribute_exists(pk)", {"s": status}))
    return orders


def tickets(doors: Doors, orders: Sequence[Order]) -> list[Ticket]:
    return [ticket for order in orders for ticket in order_and_tickets(doors.table, order.id)[1]]


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_log_equal_the_tickets_however_the_stream_is_cut_and_comes_again(
    doors: Doors, seed: int
) -> None:
    random = Random(seed)
    orders = busy(doors, random)

    doors.told_somehow(random)

    now = tickets(doors, orders)
    worth: Counter[str] = Counter()
    for ticket in now:
        worth.update(door_worth(ticket))
    assert Counter(standing_counts(doors.counts())) == +worth
    rows = doors.logged()
    kept = {name: scan for ticket in now for name, scan in ticket.scans.items()}
    assert {name: ScanRecord.of(rows[name]) for name in kept} == kept
    assert_counted(doors, [ScanRow.of(row) for row in rows.values()])
    insight = door_insight(doors.table, doors.catalog, None)
    assert sum(minute.total for minute in insight.minutes) == sum(ticket.entries for ticket in now)


def assert_counted(doors: Doors, rows: Sequence[ScanRow]) -> None:
    """Count the log again, and compare it with what was counted as it was written."""
    insight = door_insight(doors.table, doors.catalog, None)
    outcomes = Counter(row.outcome for row in rows)
    assert (insight.conflicts, insight.undone) == (outcomes[Outcome.CONFLICT], outcomes[Outcome.UNDONE])
    assert insight.offline == sum(row.offline for row in rows)
    forced = [row for row in rows if row.forced is not None and row.outcome is Outcome.ADMITTED]
    assert insight.forced == len(forced)
    reasons = Counter(row.reason for row in rows if row.outcome is Outcome.REFUSED)
    assert {one.reason: one.scans for one in insight.refusals} == reasons
    went = Counter((row.gate_id, row.out) for row in rows if row.outcome is Outcome.ADMITTED)
    for gate in insight.gates:
        assert (gate.entries, gate.exits) == (went[gate.id, False], went[gate.id, True])


@pytest.mark.parametrize("seed", range(2))
def test_the_same_records_cut_otherwise_leave_the_same_rows(doors: Doors, seed: int) -> None:
    random = Random(100 + seed)
    busy(doors, random)
    records = list(doors.table.records)
    doors.told()
    once = doors.logged()

    doors.table.records[:] = records
    doors.told_somehow(random)

    assert doors.logged() == once


def test_the_audit_finds_the_door_counts_right_and_a_wrong_one(doors: Doors) -> None:
    order = doors.issued(2)
    doors.scan(doors.devices[0], 1, credential=doors.code(order))
    doors.told()
    event_id = doors.catalog.event.id
    right = drifts(doors)

    spoiled = Update(keys.door_counts(event_id), "ADD inside__north :one", None, {"one": 1})
    doors.table.write(spoiled)

    assert (right, drifts(doors)) == ([], [("door inside__north", 1, 2)])


def test_the_audit_counts_who_is_inside_a_gate_that_has_room_for_so_many(doors: Doors) -> None:
    order = doors.issued(3)
    for number in (1, 2, 3):
        doors.scan(doors.devices[1], number, credential=doors.code(order, number))
    doors.scan(doors.devices[1], 4, credential=doors.code(order, 3), direction="out")
    doors.told()
    right = drifts(doors)

    spoiled = Update(keys.inside(doors.catalog.event.id, "south"), "ADD #inside :more", None, {"more": 5})
    doors.table.write(spoiled)

    assert (right, drifts(doors)) == ([], [("inside south", 2, 7)])


def drifts(doors: Doors) -> list[tuple[str, int, int]]:
    """Return what the audit finds of the doors."""
    found = audit(doors.table, doors.catalog.event.id, lambda _: None).drifts
    of_doors = ("door ", "inside ")
    return [(one.counter, one.expected, one.found) for one in found if one.counter.startswith(of_doors)]


def test_an_entry_that_turns_into_a_conflict_leaves_its_minute_and_its_gate(doors: Doors) -> None:
    order = doors.issued(1)
    north, south, _ = doors.devices
    doors.scan(north, 200, credential=doors.code(order))
    doors.told()
    before = door_insight(doors.table, doors.catalog, None)

    doors.sync(south, 300, {"credential": doors.code(order), "at": 70})
    doors.told()

    after = door_insight(doors.table, doors.catalog, None)
    assert [(minute.at - NOW, minute.total) for minute in before.minutes] == [(timedelta(minutes=3), 1)]
    assert [(minute.at - NOW, minute.total) for minute in after.minutes] == [(timedelta(minutes=1), 1)]
    assert [gate.entries for gate in after.gates] == [0, 1]
    assert [gate.inside for gate in after.gates] == [0, 1]
    assert (after.conflicts, after.offline, after.arrived, after.not_yet) == (1, 1, 1, 0)


def test_the_log_tells_a_conflict_with_who_won_until_that_is_undone(doors: Doors) -> None:
    order = doors.issued(1)
    give(doors.table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))
    code = doors.code(order, revision=1)
    north, south, _ = doors.devices
    doors.scan(north, 200, credential=code)
    doors.sync(south, 300, {"credential": code, "at": 70})
    doors.told()
    [conflict] = listed(doors, outcome="conflict")

    undo(doors.table, doors.catalog, south, UndoRequest(credential=code, nonce="back"), NOW + 400 * SECOND)
    doors.told()

    assert conflict["winner"] == {"at": "2027-03-01T12:01:10.000Z", "gate": "South", "device": "At south"}
    assert (conflict["person"], conflict["gate"]["title"], conflict["reason"]) == (
        "Ola Nordmann",
        "North",
        "already_in",
    )
    assert listed(doors, outcome="conflict") == []
    assert [one["gate"]["id"] for one in listed(doors, outcome="undone")] == ["south"]
    assert [one["gate"]["id"] for one in listed(doors, outcome="admitted")] == ["north"]


def test_the_log_is_listed_newest_first_page_by_page_by_gate_and_outcome(doors: Doors) -> None:
    order = doors.issued(8)
    for number in range(1, 9):
        device = doors.devices[number % 3]
        doors.scan(device, number, credential=doors.code(order, number))
        doors.scan(device, 100 + number, credential=doors.code(order, number))
    doors.scan(doors.devices[0], 500, credential="NO TICKET")
    doors.told()

    assert [seconds(one) for one in listed(doors)] == [500, *range(108, 100, -1), *range(8, 0, -1)]
    assert [seconds(one) for one in listed(doors, outcome="refused")] == [500, *range(108, 100, -1)]
    assert [seconds(one) for one in listed(doors, gate_id="north")] == [500, 106, 103, 6, 3]
    assert [seconds(one) for one in listed(doors, gate_id="south", outcome="admitted")] == [7, 4, 1]
    assert listed(doors)[0]["ticket"] is None


def test_the_refused_of_all_shards_are_listed_together(doors: Doors) -> None:
    event = doors.catalog.event
    spread = replace(doors.catalog, event=event.model_copy(update={"shards": 4}))
    for second in range(1, 21):
        request = ScanRequest(credential=f"NO TICKET {second}", nonce=a_name("nonce"))
        admit(doors.table, spread, doors.devices[0], request, NOW + second * SECOND)
    shards = [keys.scans_with(event.id, Outcome.REFUSED, nn) for nn in range(4)]
    refused = {"outcome": Outcome.REFUSED, "gate_id": None, "cursor": None}

    assert all(doors.table.find("gsi2", shard, limit=1).entries for shard in shards)
    page = admissions(doors.table, spread, **refused, limit=50)
    assert [(row.at - NOW).seconds for row in page.rows] == list(range(20, 0, -1))


def test_an_empty_cursor_asks_for_the_first_page_of_the_log(doors: Doors) -> None:
    doors.scan(doors.devices[0], 1, credential="NO TICKET")
    answer = doors.api.get(f"{doors.path}/admissions", as_=STAFF, query={"cursor": ""})
    assert (answer.status, len(answer.body["items"])) == (200, 1)


@pytest.mark.parametrize("within", [Within(below=""), Within(above=""), Within(prefix="")])
def test_no_list_begins_at_nothing(table: DynamoTable, within: Within) -> None:
    with pytest.raises(Invalid):
        table.find("gsi1", "EVENT", limit=1, within=within)


def test_a_page_of_the_log_costs_reads_in_proportion_to_it(doors: Doors) -> None:
    order = doors.issued(8)
    for number in range(1, 9):
        doors.scan(doors.devices[0], number, credential=doors.code(order, number))
    doors.told()
    doors.table.reads = 0

    page = admissions(doors.table, doors.catalog, outcome=None, gate_id=None, limit=3, cursor=None)

    assert (len(page.rows), doors.table.reads) == (3, 2)


def listed(doors: Doors, **query: str) -> list[Any]:
    """Read the log as the organizer does, three rows a page."""
    path = f"{doors.path}/admissions"
    items: list[Any] = []
    more: dict[str, str] = {}
    while True:
        page = doors.api.get(path, query={**query, **more, "limit": "3"}, as_=STAFF)
        assert page.status == 200, page.body
        items += page.body["items"]
        if page.body["cursor"] is None:
            return items
        more = {"cursor": page.body["cursor"]}


def seconds(row: Any) -> int:
    """Return how long after the beginning a row of the log was made."""
    return round((datetime.fromisoformat(row["at"]) - NOW) / SECOND)


def test_the_dashboard_tells_who_is_inside_and_who_is_yet_to_come(doors: Doors) -> None:
    order, backstage = doors.issued(3), doors.issued(2, other_tier(doors.catalog))
    north, south, nowhere = doors.devices
    doors.scan(north, 1, credential=doors.code(order, 1))
    doors.scan(south, 2, credential=doors.code(order, 2))
    doors.scan(nowhere, 61, credential=doors.code(backstage, 1))
    doors.scan(south, 90, credential=doors.code(order, 2), direction=Direction.OUT)
    doors.scan(south, 95, credential=doors.code(order, 1))
    doors.told()

    told = doors.api.get(f"{doors.path}/door", as_=STAFF).body
    later = doors.api.get(f"{doors.path}/door", query={"since": "2027-03-01T12:01:00Z"}, as_=STAFF).body

    assert [(zone["id"], zone["inside"], zone["capacity"]) for zone in told["zones"]] == [("event", 2, None)]
    gates = [(gate["title"], gate["inside"], gate["capacity"], gate["exits"]) for gate in told["gates"]]
    assert gates == [("North", 1, None, 0), ("South", 0, 500, 1)]
    assert sorted((tier["issued"], tier["arrived"], tier["not_yet"]) for tier in told["tiers"]) == [
        (2, 1, 1),
        (3, 2, 1),
    ]
    assert (told["issued"], told["arrived"], told["not_yet"]) == (5, 3, 2)
    assert told["refusals"] == [{"reason": "already_in", "scans": 1}]
    assert told["minutes"] == [
        {
            "at": "2027-03-01T12:00:00.000Z",
            "gates": [{"gate_id": "north", "entries": 1}, {"gate_id": "south", "entries": 1}],
            "total": 2,
        },
        {"at": "2027-03-01T12:01:00.000Z", "gates": [{"gate_id": None, "entries": 1}], "total": 1},
    ]
    assert later["minutes"] == told["minutes"][1:]
    assert {one["name"] for one in told["devices"]} == {"At north", "At south", "At None"}


def test_a_device_sees_its_door_and_says_how_it_is(doors: Doors) -> None:
    order = doors.issued(3)
    key, device_id = paired(doors)
    doors.scan(doors.devices[0], 1, credential=doors.code(order))
    doors.told()
    doors.api.now = NOW + 60 * SECOND
    health = {"waiting": "4", "battery": "87", "clock_offset_ms": "-250", "roster": "1.2"}

    stats = doors.api.get("/checkin/stats", query=health, key=key)

    assert stats.status == 200, stats.body
    assert (stats.body["arrived"], stats.body["expected"], stats.body["conflicts"]) == (1, 3, 0)
    assert [(zone["id"], zone["inside"]) for zone in stats.body["zones"]] == [("event", 1)]
    assert (stats.body["gate"]["title"], stats.body["gate"]["inside"]) == ("North", 1)
    assert [minute["total"] for minute in stats.body["minutes"]] == [1]
    [told] = [one for one in doors.api.get(f"{doors.path}/door", as_=STAFF).body["devices"] if one["waiting"]]
    assert told == {
        "id": device_id,
        "name": "Door",
        "seen_at": "2027-03-01T12:01:00.000Z",
        "scanned_at": None,
        "waiting": 4,
        "battery": 87,
        "clock_offset_ms": -250,
        "roster": "1.2",
    }


def test_a_device_is_noted_once_in_twenty_seconds_and_its_scans_stay(doors: Doors) -> None:
    order = doors.issued(1)
    key, device_id = paired(doors)
    code = doors.code(order)
    assert doors.api.post("/checkin/scans", {"credential": code, "nonce": "1"}, key=key).status == 200
    doors.told()
    batteries = []
    for second in (0, 19, 20):
        doors.api.now = NOW + second * SECOND
        doors.api.get("/checkin/stats", query={"battery": str(50 - second)}, key=key)
        row = doors.table.get(keys.door_device(doors.catalog.event.id, device_id)) or {}
        batteries.append((row["battery"], row["scanned_at"]))

    assert batteries == [(50, "2027-03-01T12:00:00.000Z")] * 2 + [(30, "2027-03-01T12:00:00.000Z")]


def test_what_happened_a_quarter_of_an_hour_ago_is_not_among_the_last_minutes(doors: Doors) -> None:
    order = doors.issued(2)
    key, _ = paired(doors)
    doors.scan(doors.devices[0], 1, credential=doors.code(order, 1))
    doors.scan(doors.devices[0], 600, credential=doors.code(order, 2))
    doors.told()
    doors.api.now = NOW + 900 * SECOND

    stats = doors.api.get("/checkin/stats", key=key).body

    assert [minute["at"] for minute in stats["minutes"]] == ["2027-03-01T12:10:00.000Z"]


def paired(doors: Doors) -> tuple[str, str]:
    """Pair a device at the north gate by HTTP; return its key and its id."""
    made = doors.api.post(f"{doors.path}/devices", {"name": "Door", "gate_id": "north"}, as_=STAFF)
    device = doors.api.post("/checkin/pair", {"code": made.body["code"]})
    return device.body["device_key"], device.body["device"]["id"]
