"""Seating plans over HTTP: set, shown, imported, changed on sale; and seats that are kept for somebody."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from admit import ids, keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.copy import CopyRequest, copy_event
from admit.catalog.edit_quota import remove_quota
from admit.catalog.edit_tier import remove_tier
from admit.catalog.seating import Seating
from admit.errors import AdmitError, ChangedMeanwhile, InUse
from admit.people.account import Member, Role
from admit.seating.block import BlockRequest, SeatsRequest, block, unblock
from admit.seating.edit_plan import set_plan
from admit.seating.plan import load_plan
from admit.seating.plan_settings import PlanSettings
from admit.seating.seat import SeatClaim, SeatPlace, give_back, hold, row_state
from admit.store import Delete, Item, Put, TransactionRefused, Update, Write
from tests.builders import NOW, a_name, an_event, default_tier
from tests.engine.api import Answer, Api
from tests.engine.partners import Partners, an_organizer, partners
from tests.engine.setting_up import a_new_tier, a_quota
from tests.engine.till import Died, Mortal
from tests.engine.unguarded import Meanwhile, Unguarded

type Json = dict[str, Any]

CSV = "section,row,seat,category\nStalls,1,1,Front\nStalls,1,2,Front\nStalls,2,1,Back\n"


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Partners:
    return partners(api, table)


def a_plan(*tier_ids: str, rows: int = 3, seats: int = 6, **fields: Any) -> Json:
    """Return a plan of a block whose rows have numbered seats, all of one category."""
    of_block = [{"id": str(row), "count": seats, "x": 0, "y": row} for row in range(1, rows + 1)]
    section = {"id": "hall", "title": "Hall", "category": "all", "rows": of_block}
    category = {"id": "all", "title": "All", "tier_ids": list(tier_ids)}
    return {"categories": [category], "sections": [section]} | fields


@dataclass(frozen=True)
class House:
    """An event with a plan, and what is said of its seats."""

    table: DynamoTable
    event_id: str

    @property
    def catalog(self) -> Catalog:
        return load_catalog(self.table, self.event_id)

    @property
    def seating(self) -> Seating:
        seating = self.catalog.seating
        assert seating is not None
        return seating

    def plan(self, plan: Json, table: DynamoTable | None = None) -> Seating:
        return set_plan(table or self.table, self.catalog, PlanSettings.model_validate(plan), now=NOW)

    def seats(self) -> set[str]:
        """Ids of the seats of the plan that holds."""
        sections = load_plan(self.table, self.event_id, self.seating.version).values()
        return {f"{one.id}-{row.id}-{seat.id}" for one in sections for row, seat in one.seats()}

    def said(self, section: str = "hall") -> dict[str, str]:
        items = self.table.query(keys.seat_rows(self.event_id, section))
        return {
            f"{section}-{item['sk'].removeprefix('ROW#')}-{seat}": said
            for item in items
            for seat, said in row_state(item).said.items()
        }

    def take(self, *seats: str, channel: str | None = None, table: DynamoTable | None = None) -> str:
        """Let an order hold seats; return its id. Raises TransactionRefused."""
        order_id = ids.order_id(self.event_id, a_name("key"))
        (table or self.table).transact(hold(self.event_id, order_id, claims(*seats, channel=channel), NOW))
        return order_id

    def block(self, table: DynamoTable | None = None, **request: Any) -> Json:
        asked = BlockRequest.model_validate(request)
        return block(table or self.table, self.catalog, asked, now=NOW).model_dump(mode="json")

    def unblock(self, **request: Any) -> Json:
        asked = SeatsRequest.model_validate(request)
        return unblock(self.table, self.catalog, asked, now=NOW).model_dump(mode="json")


def claims(*seats: str, channel: str | None = None) -> list[SeatClaim]:
    return [
        SeatClaim(place=SeatPlace(id=seat, section="", row="", label=""), ticket=number, channel=channel)
        for number, seat in enumerate(seats, 1)
    ]


@pytest.fixture
def house(table: DynamoTable) -> House:
    catalog = an_event(table)
    house = House(table, catalog.event.id)
    house.plan(a_plan(default_tier(catalog)))
    return house


def tier(house: House) -> str:
    return default_tier(house.catalog)


def refused(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.text
    return [error["field"] for error in answer.body["errors"]]


# --- set and shown ----------------------------------------------------------------------------------------


def test_a_plan_is_set_and_shown_as_it_may_be_sent_again(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    empty = stage.done("GET", path)
    assert (empty["version"], empty["plan"]["sections"], empty["sections"]) == (0, [], [])

    plan = a_plan(stage.tier, choice="best_available", focus={"x": 2.5, "y": -1})
    shown = stage.done("PUT", path, plan)
    assert (shown["version"], shown["plan"]["focus"]) == (1, {"x": 2.5, "y": -1})
    assert shown["sections"] == [
        {"id": "hall", "title": "Hall", "rows": 3, "seats": 18, "categories": ["all"]}
    ]
    assert shown["categories"] == [{"id": "all", "seats": 18, "taken": 0, "kept": 0, "free": 18}]
    assert shown["warnings"] == ["The tier Pass has 18 seats and a limit of 100 tickets."]
    assert stage.done("GET", path) == shown

    assert stage.done("PUT", path, shown["plan"]) == shown
    assert len(stage.table.query(keys.plan(stage.event_id, 2))) == 0
    one = stage.done("GET", path, query={"section": "hall"})
    assert (one["plan"], one["section"]) == (None, shown["plan"]["sections"][0])
    assert stage.send("GET", path, query={"section": "attic"}).status == 404


def test_a_change_by_who_has_read_another_version_is_refused(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    stage.done("PUT", path, a_plan(stage.tier, version=0))
    answer = stage.send("PUT", path, a_plan(stage.tier, rows=4, version=0))
    assert (answer.status, answer.code) == (409, "changed_meanwhile")
    assert stage.done("PUT", path, a_plan(stage.tier, rows=4, version=1))["version"] == 2


def test_a_fault_names_its_field_and_nothing_is_stored(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    assert refused(stage.send("PUT", path, a_plan("none"))) == ["categories[0].tier_ids[0]"]
    broken = a_plan(stage.tier) | {"stage": 1}
    broken["sections"][0]["rows"][1]["count"] = 300
    assert set(refused(stage.send("PUT", path, broken))) == {"sections[0].rows[1].count", "stage"}
    assert stage.done("GET", path)["version"] == 0


def test_a_plan_moves_the_event_on(house: House) -> None:
    before = house.catalog.event.revision
    house.plan(a_plan(tier(house), rows=2))
    assert house.catalog.event.revision == before + 1
    house.plan(a_plan(tier(house), rows=2))
    assert house.catalog.event.revision == before + 1


def test_rows_in_another_order_are_another_plan(house: House) -> None:
    plan = a_plan(tier(house))
    plan["sections"][0]["rows"].reverse()
    assert house.plan(plan).version == 2
    assert list(load_plan(house.table, house.event_id, 2)["hall"].rows) == ["3", "2", "1"]


def test_what_a_plan_names_is_not_removed(table: DynamoTable, house: House) -> None:
    quota = a_quota(table, house.catalog, "Floor", 100)
    seated = a_new_tier(table, house.catalog)
    zone = {"id": "floor", "title": "Floor", "quota_id": quota.id}
    house.plan(a_plan(seated, zones=[zone]))
    with pytest.raises(InUse):
        remove_tier(table, house.catalog, seated)
    with pytest.raises(InUse):
        remove_quota(table, house.catalog, quota.id)


def test_who_may_do_what(stage: Partners) -> None:
    account = stage.organizer.removeprefix("/organizer/")
    for role in ("manager", "finance", "door"):
        member = Member(organizer_id=account, email=f"{role}@northern-lights.example", role=Role(role))
        stage.table.write(member.put())
    path = f"{stage.event}/seating"
    stage.done("PUT", path, a_plan(stage.tier))
    may = {"manager": (200, 200), "finance": (200, 403), "door": (403, 403)}
    for role, (reads, writes) in may.items():
        as_ = f"{role}@northern-lights.example"
        assert stage.send("GET", path, as_=as_).status == reads
        assert stage.send("GET", f"{path}/state", as_=as_, query={"section": "hall"}).status == reads
        assert stage.send("PUT", path, a_plan(stage.tier), as_).status == writes
        assert stage.send("POST", f"{path}/block", {}, as_).status == writes
        assert stage.send("POST", f"{path}/unblock", {}, as_).status == writes
        sent = {"format": "csv", "content": CSV, "dry_run": True}
        assert stage.send("POST", f"{path}/import", sent, as_).status == writes
        upload = {"content_type": "text/csv", "bytes": 10}
        expected = 201 if writes == 200 else writes
        assert stage.send("POST", f"{path}/uploads", upload, as_).status == expected
    strange = f"{an_organizer(stage.api, 'Southern Cross')}/events/{stage.event_id}/seating"
    assert stage.send("GET", strange).status == 404


def test_sixty_thousand_seats_are_set_and_shown_within_the_limits_of_bodies(stage: Partners) -> None:
    rows = [{"id": str(at), "count": 50, "x": 0, "y": at} for at in range(40)]
    blocks = [{"id": f"b{at}", "title": f"B{at}", "category": "all", "rows": rows} for at in range(30)]
    shown = stage.send("PUT", f"{stage.event}/seating", a_plan(stage.tier, sections=blocks))
    assert shown.status == 200, shown.text[:500]
    assert shown.body["categories"][0]["free"] == 60_000
    assert len(shown.text) < 400_000


# --- imports ----------------------------------------------------------------------------------------------


def test_a_file_is_tried_first_and_then_imported(stage: Partners) -> None:
    path = f"{stage.event}/seating/import"
    body = {"format": "csv", "content": CSV, "tiers": {"Front": [stage.tier]}}
    tried = stage.done("POST", path, body | {"dry_run": True})
    assert (tried["version"], tried["seats"], tried["rows"], tried["sections"]) == (0, 3, 2, 1)
    assert tried["added"] == {"count": 3, "seats": ["stalls-1-1", "stalls-1-2", "stalls-2-1"]}
    assert [(one["title"], one["seats"], one["tier_ids"]) for one in tried["categories"]] == [
        ("Front", 2, [stage.tier]),
        ("Back", 1, []),
    ]
    assert stage.done("GET", f"{stage.event}/seating")["version"] == 0

    assert stage.done("POST", path, body)["version"] == 1
    House(stage.table, stage.event_id).take("stalls-2-1")
    smaller = "section,row,seat,category,x,y\nStalls,1,1,Back,0,0\nStalls,1,2,Front,9,0\n"
    again = stage.done("POST", path, {"format": "csv", "content": smaller, "dry_run": True})
    assert {name: again[name]["count"] for name in ("added", "removed", "moved", "changed")} == {
        "added": 0,
        "removed": 1,
        "moved": 1,
        "changed": 1,
    }
    assert [seat["seat_id"] for seat in again["in_the_way"]] == ["stalls-2-1"]
    front = next(one for one in again["categories"] if one["title"] == "Front")
    assert front["tier_ids"] == [stage.tier]
    answer = stage.send("POST", path, {"format": "csv", "content": smaller})
    assert (answer.status, answer.code) == (409, "in_use")


def test_a_file_too_large_for_a_body_is_uploaded(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    upload = stage.done("POST", f"{path}/uploads", {"content_type": "application/json", "bytes": 5_000})
    body = {"format": "admit", "upload_id": upload["id"]}
    assert refused(stage.send("POST", f"{path}/import", body)) == ["upload_id"]
    plan = json.dumps(a_plan(stage.tier)).encode()
    stage.api.bucket.objects[upload["fields"]["key"]] = plan
    assert stage.done("POST", f"{path}/import", body)["seats"] == 18
    stage.api.bucket.objects[upload["fields"]["key"]] = b"\xff\xfe\x00"
    assert refused(stage.send("POST", f"{path}/import", body)) == ["upload_id"]
    too_large = {"content_type": "text/csv", "bytes": 20 * 1024 * 1024 + 1}
    assert refused(stage.send("POST", f"{path}/uploads", too_large)) == ["bytes"]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"format": "csv"}, "content"),
        ({"format": "csv", "content": CSV, "upload_id": "0" * 16}, "content"),
        ({"format": "csv", "content": CSV, "tiers": {"Middle": []}}, "tiers"),
        ({"format": "csv", "content": CSV, "tiers": {"Front": ["none"]}}, "tiers.Front[0]"),
        ({"format": "csv", "content": f"{CSV}Stalls,2,,Back\n"}, "content.rows[5].seat"),
        ({"format": "csv", "content": f"{CSV}Stalls,2,{'x' * 40},Back\n"}, "content.rows[5].label"),
        ({"format": "pretix", "content": "{}"}, "content.categories"),
        ({"format": "admit", "content": "[]"}, "content"),
        ({"format": "admit", "content": '{"stage": 1}'}, "content.stage"),
    ],
)
def test_a_fault_in_a_file_names_its_place(stage: Partners, request_: Json, field: str) -> None:
    assert field in refused(stage.send("POST", f"{stage.event}/seating/import", request_))


def test_an_import_keeps_zones_and_how_seats_are_chosen(table: DynamoTable, stage: Partners) -> None:
    quota = a_quota(table, load_catalog(table, stage.event_id), "Floor", 100)
    zones = [{"id": "floor", "title": "Floor", "quota_id": quota.id}]
    stage.done("PUT", f"{stage.event}/seating", a_plan(stage.tier, choice="later", zones=zones))
    stage.done("POST", f"{stage.event}/seating/import", {"format": "csv", "content": CSV})
    plan = stage.done("GET", f"{stage.event}/seating")["plan"]
    assert (plan["choice"], plan["zones"]) == ("later", zones)


# --- kept seats -------------------------------------------------------------------------------------------


def test_seats_are_kept_and_freed_by_seat_row_and_section(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    stage.done("PUT", path, a_plan(stage.tier))
    house = House(stage.table, stage.event_id)
    order_id = house.take("hall-2-3")

    wanted = {"seats": ["hall-1-1"], "rows": ["hall-2"], "note": "The camera stands here"}
    first = stage.done("POST", f"{path}/block", wanted)
    taken = {"seat_id": "hall-2-3", "reason": "taken", "ticket_id": f"{order_id}-1", "channel": None}
    assert first == {"changed": 6, "refused": [taken], "more": 0}
    assert stage.done("POST", f"{path}/block", wanted) == {"changed": 0, "refused": [taken], "more": 0}
    other = stage.done("POST", f"{path}/block", {"sections": ["hall"], "channel": "organizer"})
    assert (other["changed"], len(other["refused"])) == (11, 7)
    assert {one["channel"] for one in other["refused"]} == {"nobody", None}

    [row, second, _] = stage.done("GET", f"{path}/state", query={"section": "hall"})["rows"]
    assert row["kept"] == {"1": "nobody"} | {str(at): "organizer" for at in range(2, 7)}
    assert second["taken"] == {"3": f"{order_id}-1"}
    assert (second["free"], second["note"]) == (0, "The camera stands here")
    [count] = stage.done("GET", path)["categories"]
    assert (count["seats"], count["taken"], count["kept"], count["free"]) == (18, 1, 17, 0)

    freed = stage.done("POST", f"{path}/unblock", {"sections": ["hall"]})
    assert (freed["changed"], freed["refused"]) == (17, [taken])
    assert stage.done("POST", f"{path}/unblock", {"sections": ["hall"]})["changed"] == 0
    assert list(house.said()) == ["hall-2-3"]


def test_seats_are_kept_for_an_allotment_whose_tier_has_them(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    plan = a_plan(stage.tier)
    plan["categories"].append({"id": "other", "title": "Other"})
    plan["sections"][0]["rows"][2]["category"] = "other"
    stage.done("PUT", path, plan)
    allotment = stage.allotment(None)
    answer = stage.done("POST", f"{path}/block", {"sections": ["hall"], "channel": allotment})
    assert answer["changed"] == 12
    assert {one["reason"] for one in answer["refused"]} == {"other_tier"}
    assert refused(stage.send("POST", f"{path}/block", {"channel": "camera"})) == ["channel"]


def test_what_is_to_be_kept_must_be_in_the_plan(stage: Partners) -> None:
    path = f"{stage.event}/seating"
    assert stage.send("POST", f"{path}/block", {"rows": ["hall-1"]}).status == 404
    stage.done("PUT", path, a_plan(stage.tier))
    wanted = {"seats": ["hall-1-7", "hall"], "rows": ["hall-4"], "sections": ["attic"]}
    for verb in ("block", "unblock"):
        fields = refused(stage.send("POST", f"{path}/{verb}", wanted))
        assert fields == ["sections[0]", "rows[0]", "seats[0]", "seats[1]"]


def test_a_row_of_two_hundred_seats_is_kept_by_one_write(house: House) -> None:
    house.plan(a_plan(tier(house), rows=1, seats=200))
    assert house.block(sections=["hall"])["changed"] == 200
    row = house.table.get(keys.seat_row(house.event_id, "hall", "1"))
    assert row is not None
    assert row["version"] == 1


def taking(house: House, *seats: str) -> Callable[[], str]:
    return lambda: house.take(*seats)


def test_a_seat_taken_while_it_is_to_be_kept_stays_taken(house: House) -> None:
    overtaken = Meanwhile(house.table, taking(house, "hall-1-3"), "SEATS#")
    answer = house.block(overtaken, rows=["hall-1"])
    assert (answer["changed"], [one["seat_id"] for one in answer["refused"]]) == (5, ["hall-1-3"])


def test_control_without_its_condition_a_kept_row_forgets_who_has_a_seat(house: House) -> None:
    overtaken = Meanwhile(house.table, taking(house, "hall-1-3"), "SEATS#", loose="SEATS#")
    assert house.block(overtaken, rows=["hall-1"])["changed"] == 6
    assert house.said()["hall-1-3"] == "!nobody"


# --- changed on sale --------------------------------------------------------------------------------------


def without(house: House, row: int, **fields: Any) -> Json:
    """Return the plan of the house without one of its rows."""
    plan = a_plan(tier(house), **fields)
    del plan["sections"][0]["rows"][row - 1]
    return plan


def test_a_plan_without_a_seat_that_a_ticket_has_is_refused_by_name(house: House) -> None:
    order_id = house.take("hall-2-3", "hall-2-4")
    with pytest.raises(InUse, match="hall-2-3, hall-2-4") as refusal:
        house.plan(without(house, 2))
    assert refusal.value.extra["seats"][0] == {"seat_id": "hall-2-3", "ticket_id": f"{order_id}-1"}
    assert house.seating.version == 1
    assert set(house.said().values()) == {f"{order_id}-1", f"{order_id}-2"}

    plan = a_plan(tier(house))
    plan["sections"][0]["rows"][1] |= {"first": 3, "count": 2, "x": 40}
    assert house.plan(plan).version == 2
    assert {seat for seat in house.seats() if seat.startswith("hall-2-")} == {"hall-2-3", "hall-2-4"}


def test_a_removed_seat_is_nobodys_until_it_comes_back(house: House) -> None:
    house.block(seats=["hall-2-1"])
    house.plan(without(house, 2))
    with pytest.raises(TransactionRefused):
        house.take("hall-2-5")
    with pytest.raises(TransactionRefused):
        house.take("hall-2-1", channel="nobody")
    assert set(house.said().values()) == {"!removed:nobody", "!removed"}

    assert house.plan(a_plan(tier(house))).version == 3
    assert house.said() == {"hall-2-1": "!nobody"}
    house.take("hall-2-5")


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except AdmitError as refusal:
        return refusal.code
    except TransactionRefused:
        return "taken"
    return "done"


def sold_in_plan(house: House) -> bool:
    """Say whether every seat that a ticket has is in the plan."""
    sold = {seat for seat, said in house.said().items() if not said.startswith("!")}
    return sold <= house.seats()


def marked(house: House) -> list[str]:
    """Return the seats of the plan that are marked as removed."""
    seats = house.seats()
    return [seat for seat, said in house.said().items() if said.startswith("!removed") and seat in seats]


class Between(Unguarded):
    """A table on which somebody else acts just before the write of this number, counted from 0."""

    def __init__(self, table: DynamoTable, at: int, act: Callable[[], object], *loose: str) -> None:
        super().__init__(table, *loose)
        self._at = at
        self._act = act

    def write(self, write: Put | Update | Delete) -> Item:
        self._count()
        return super().write(write)

    def transact(self, writes: Sequence[Write]) -> None:
        self._count()
        super().transact(writes)

    def _count(self) -> None:
        self._at -= 1
        if self._at == -1:
            self._act()


WRITES = range(6)
"""More than a change of the plan makes."""


@pytest.mark.parametrize("at", WRITES)
def test_an_order_and_the_removal_of_its_seat_are_never_both_made(house: House, at: int) -> None:
    told: list[str] = []
    between = Between(house.table, at, lambda: told.append(outcome(taking(house, "hall-2-3"))))
    removal = outcome(lambda: house.plan(without(house, 2), between))
    assert (told, removal) in [(["done"], "in_use"), (["taken"], "done"), ([], "done")]
    assert sold_in_plan(house)
    assert marked(house) == []


def test_an_order_that_is_quicker_keeps_its_seat_and_the_plan_keeps_its_row(house: House) -> None:
    overtaken = Meanwhile(house.table, taking(house, "hall-2-3"), "SEATS#")
    house.block(seats=["hall-2-6"])
    assert outcome(lambda: house.plan(without(house, 2), overtaken)) == "in_use"
    assert house.seating.version == 1
    assert sorted(house.said()) == ["hall-2-3", "hall-2-6"]
    assert house.said()["hall-2-6"] == "!nobody"


def test_control_without_conditions_on_rows_a_sold_seat_leaves_the_plan(house: House) -> None:
    overtaken = Meanwhile(house.table, taking(house, "hall-2-3"), "SEATS#", loose="SEATS#")
    assert outcome(lambda: house.plan(without(house, 2), overtaken)) == "done"
    assert house.said()["hall-2-3"] == "!removed"


def rival(house: House) -> None:
    """Change the plan, keeping all rows, and sell a seat by it."""
    house.plan(a_plan(tier(house), rows=4))
    house.take("hall-2-3")


@pytest.mark.parametrize("at", WRITES)
def test_of_two_changes_the_one_that_began_later_is_seen_by_the_other(house: House, at: int) -> None:
    between = Between(house.table, at, lambda: outcome(lambda: rival(house)))
    outcome(lambda: house.plan(without(house, 2), between))
    assert sold_in_plan(house)
    assert marked(house) == []


def test_control_without_the_revision_of_the_seating_a_sold_seat_leaves_the_plan(house: House) -> None:
    def loses(at: int) -> bool:
        between = Between(house.table, at, lambda: outcome(lambda: rival(house)), "EVENT#")
        outcome(lambda: house.plan(without(house, 2), between))
        return not sold_in_plan(house)

    lost = 0
    for at in WRITES:
        lost += loses(at)
        for seat, said in house.said().items():
            if not said.startswith("!"):
                order_id, _ = said.rsplit("-", 1)
                house.table.transact(give_back(house.event_id, order_id, claims(seat), NOW))
        house.plan(a_plan(tier(house)))
    assert lost > 0


def test_of_two_first_plans_one_holds_and_the_other_is_told(table: DynamoTable) -> None:
    house = House(table, an_event(table).event.id)
    plan = a_plan(tier(house), version=0)
    between = Between(table, 1, lambda: house.plan(a_plan(tier(house), rows=5)))
    with pytest.raises(ChangedMeanwhile):
        house.plan(plan, between)
    assert (house.seating.revision, len(house.seats())) == (1, 30)


def test_a_tier_that_goes_while_a_plan_is_set_is_not_in_the_plan(table: DynamoTable, house: House) -> None:
    seated = a_new_tier(table, house.catalog)
    plan = without(house, 2)
    plan["categories"][0]["tier_ids"] = [seated]
    gone = Between(table, 3, lambda: remove_tier(table, house.catalog, seated))
    assert outcome(lambda: house.plan(plan, gone)) == "invalid_input"
    assert (house.seating.version, house.said()) == (1, {})


@pytest.mark.parametrize("writes", WRITES)
def test_after_a_death_the_next_change_puts_the_seats_right(house: House, writes: int) -> None:
    house.block(seats=["hall-1-1"])
    with suppress(Died):
        house.plan(without(house, 2), Mortal(house.table, writes))
    held = house.seats()
    assert sold_in_plan(house)

    house.plan(a_plan(tier(house)))
    assert marked(house) == []
    assert house.said() == {"hall-1-1": "!nobody"}
    assert held <= house.seats()
    house.take("hall-2-3")
    assert outcome(lambda: house.plan(without(house, 2))) == "in_use"
    house.plan(without(house, 3))
    assert len(house.seats()) == 12


def keep_two(house: House) -> dict[str, str]:
    """Keep two seats of the second row; return what is then said."""
    house.block(seats=["hall-2-1"], channel="nobody")
    house.block(seats=["hall-2-2"], channel="organizer")
    return house.said()


@pytest.mark.parametrize("at", WRITES)
def test_kept_seats_stay_kept_when_the_change_that_removes_them_is_overtaken(house: House, at: int) -> None:
    kept = keep_two(house)
    plan = without(house, 2) | {"version": house.seating.version}
    between = Between(house.table, at, lambda: outcome(lambda: house.plan(a_plan(tier(house), rows=4))))
    outcome(lambda: house.plan(plan, between))
    house.plan(a_plan(tier(house)))
    assert {seat: said for seat, said in house.said().items() if seat in house.seats()} == kept


@pytest.mark.parametrize("writes", WRITES)
def test_kept_seats_are_kept_again_after_a_death(house: House, writes: int) -> None:
    kept = keep_two(house)
    with suppress(Died):
        house.plan(without(house, 2), Mortal(house.table, writes))
    house.plan(a_plan(tier(house)))
    assert house.said() == kept


def test_seats_of_the_plan_that_a_dead_change_has_marked_are_freed_by_unblocking(house: House) -> None:
    keep_two(house)
    with suppress(Died):
        house.plan(without(house, 2), Mortal(house.table, 2))
    assert len(marked(house)) == 6
    assert [one["channel"] for one in house.block(seats=["hall-2-1"])["refused"]] == ["removed"]
    assert house.unblock(seats=["hall-2-1"]) == {"changed": 1, "refused": [], "more": 0}
    assert house.said() == {"hall-2-2": "!organizer"}
    house.take("hall-2-3")


def unblock_and_take(house: House) -> None:
    house.unblock(sections=["hall"])
    house.take("hall-2-3")


@pytest.mark.parametrize("at", WRITES)
def test_a_seat_that_is_unblocked_while_it_is_removed_is_not_lost(house: House, at: int) -> None:
    between = Between(house.table, at, lambda: outcome(lambda: unblock_and_take(house)))
    outcome(lambda: house.plan(without(house, 2), between))
    assert sold_in_plan(house)
    assert marked(house) == []


def test_many_orders_and_changes_at_once_lose_no_seat(house: House) -> None:
    random = Random(1)

    def order(number: int) -> str:
        row, seat = random.randint(1, 3), random.randint(1, 6)
        return outcome(taking(house, f"hall-{row}-{seat}"))

    def change(number: int) -> str:
        plan = without(house, number % 3 + 1) if number % 2 else a_plan(tier(house))
        return outcome(lambda: house.plan(plan))

    with ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(order if number % 3 else change, number) for number in range(30)]
        told = Counter(job.result() for job in jobs)
    assert told["done"] > 0
    assert sold_in_plan(house)
    house.plan(a_plan(tier(house)))
    assert marked(house) == []


# --- copied -----------------------------------------------------------------------------------------------


def test_a_copy_of_an_event_has_its_plan_with_its_own_tiers_and_nothing_taken(
    table: DynamoTable, house: House
) -> None:
    quota = a_quota(table, house.catalog, "Floor", 100)
    house.plan(a_plan(tier(house), zones=[{"id": "floor", "title": "Floor", "quota_id": quota.id}]))
    house.take("hall-1-1")
    request = CopyRequest.model_validate({"slug": a_name("copy"), "starts_at": "2028-06-03T07:00:00Z"})
    made = copy_event(table, house.catalog, request, event_id=a_name("event"), public_key="key", now=NOW)
    copy = House(table, made.event.id)
    assert copy.seats() == house.seats()
    assert copy.said() == {}
    assert copy.seating.version == house.seating.version == 2
    assert [one.tier_ids for one in copy.seating.categories] == [[tier(copy)]]
    assert [zone.quota_id for zone in copy.seating.zones] == list(copy.catalog.quotas)
    assert copy.plan(without(copy, 1)).version == 3
