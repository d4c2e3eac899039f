"""Check-in lists, gates and zones: set up, told in plain words, counted, removed when nothing uses them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from admit import clock, keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.check_in_list import Again
from admit.catalog.copy import CopyRequest, copy_event
from admit.catalog.edit_category import remove_category
from admit.catalog.edit_check_in_list import create_list, edit_list
from admit.catalog.edit_place import create_gate, create_zone, edit_gate, edit_zone, zones_in_order
from admit.catalog.edit_tier import remove_tier
from admit.catalog.entrance import (
    CheckInListPatch,
    CheckInListSettings,
    EventZonePatch,
    EventZoneSettings,
    GatePatch,
    GateSettings,
)
from admit.catalog.gate import Gate
from admit.catalog.list_rules import rules_in_words
from admit.catalog.zone import MAIN_ZONE, Zone
from admit.door.remove_entrance import remove_gate, remove_list, remove_zone
from admit.errors import IdempotencyConflict, InUse, Invalid, NotFound, NotReady
from admit.ids import derived_id
from admit.people.account import Member, Role
from admit.seating.edit_plan import set_plan
from admit.seating.plan_settings import PlanSettings
from admit.store import Put
from admit.tickets.ticket import load_ticket
from tests.builders import NOW, a_draft, a_name, an_event, default_tier
from tests.engine.api import FOUNDER, Api
from tests.engine.doors import a_device, code, issued, scan, told
from tests.engine.setting_up import a_category, a_new_tier, fields, now_of

DOORMAN = "doorman@polar.example"
BOOKKEEPER = "bookkeeper@polar.example"


def a_list(table: DynamoTable, catalog: Catalog, list_id: str | None = None, **settings: Any) -> str:
    asked = CheckInListSettings.model_validate({"title": "Backstage"} | settings)
    return create_list(table, now_of(table, catalog), asked, list_id=list_id or a_name("list")).id


def a_gate(table: DynamoTable, catalog: Catalog, gate_id: str | None = None, **settings: Any) -> Gate:
    asked = GateSettings.model_validate({"title": "North"} | settings)
    return create_gate(table, now_of(table, catalog), asked, gate_id=gate_id or a_name("gate").lower())


def a_zone(table: DynamoTable, catalog: Catalog, zone_id: str | None = None, **settings: Any) -> Zone:
    asked = EventZoneSettings.model_validate({"title": "Lounge"} | settings)
    return create_zone(table, now_of(table, catalog), asked, zone_id=zone_id or a_name("zone").lower())


def words(table: DynamoTable, catalog: Catalog, list_id: str) -> list[str]:
    catalog = now_of(table, catalog)
    return rules_in_words(catalog, catalog.lists[list_id])


def plan(*sections: str) -> PlanSettings:
    rows = [{"id": "1", "count": 4, "x": 0, "y": 0}]
    drawn = [{"id": one, "title": one.title(), "category": "all", "rows": rows} for one in sections]
    body = {"categories": [{"id": "all", "title": "All"}], "sections": drawn}
    return PlanSettings.model_validate(body)


# --- check-in lists ---------------------------------------------------------------------------------------


def test_a_list_is_made_once_and_its_changes_hold(table: DynamoTable) -> None:
    draft = a_draft(table)
    a_list(table, draft, "vip", tier_ids=[default_tier(draft)])

    assert a_list(table, draft, "vip", tier_ids=[default_tier(draft)]) == "vip"
    with pytest.raises(IdempotencyConflict):
        a_list(table, draft, "vip", title="Another")
    patch = CheckInListPatch.model_validate({"title": "VIPs", "again": "never", "tier_ids": []})
    edited = edit_list(table, now_of(table, draft), "vip", patch)

    assert (edited.title, edited.again, edited.tier_ids) == ("VIPs", Again.NEVER, [])
    assert now_of(table, draft).lists["vip"] == edited
    with pytest.raises(NotFound):
        edit_list(table, now_of(table, draft), "none", patch)


def test_what_a_list_names_must_be_there_and_every_field_is_told_at_once(table: DynamoTable) -> None:
    draft = a_draft(table)

    with pytest.raises(Invalid) as refused:
        a_list(
            table,
            draft,
            tier_ids=[default_tier(draft), "gone"],
            category_ids=["gone"],
            section_ids=["stalls"],
            zone_id="gone",
            starts_at=clock.stamp(NOW),
            ends_at=clock.stamp(NOW),
        )

    told_of = ["tier_ids[1]", "category_ids[0]", "section_ids[0]", "zone_id", "ends_at"]
    assert fields(refused) == told_of
    with pytest.raises(Invalid):
        edit_list(table, draft, "everyone", CheckInListPatch.model_validate({"zone_id": None}))


def test_an_event_has_fifty_lists_a_hundred_gates_and_twenty_zones_at_most(table: DynamoTable) -> None:
    draft = a_draft(table)
    for kind, most in (("list", 49), ("gate", 100), ("zone", 20)):
        item = {"kind": kind, "event_id": draft.event.id, "title": "One of many"}
        key = {"list": keys.check_in_list, "gate": keys.gate, "zone": keys.zone}[kind]
        for at in range(most):
            table.write(Put(key(draft.event.id, f"{kind}{at}"), item | {"id": f"{kind}{at}"}))

    for one_more in (a_list, a_gate, a_zone):
        with pytest.raises(NotReady, match="at most"):
            one_more(table, draft)


def test_a_tier_a_category_and_a_section_that_a_list_names_stay(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id, category = a_new_tier(table, draft), a_category(table, draft)
    set_plan(table, now_of(table, draft), plan("stalls", "balcony"), now=NOW)
    a_list(table, draft, tier_ids=[tier_id], category_ids=[category.id], section_ids=["stalls"])

    with pytest.raises(InUse, match="check-in list Backstage"):
        remove_tier(table, now_of(table, draft), tier_id)
    with pytest.raises(InUse, match="Backstage"):
        remove_category(table, now_of(table, draft), category.id)
    with pytest.raises(Invalid) as refused:
        set_plan(table, now_of(table, draft), plan("balcony"), now=NOW)
    assert fields(refused) == ["sections"]
    assert set_plan(table, now_of(table, draft), plan("stalls"), now=NOW).version > 1


def test_the_rules_of_a_list_are_told_in_plain_words(table: DynamoTable) -> None:
    draft = a_draft(table, timezone="Europe/Oslo")
    vip, speaker = (a_new_tier(table, draft, title=title) for title in ("VIP", "Speaker"))
    category = a_category(table, draft)
    zone = a_zone(table, draft)
    set_plan(table, now_of(table, draft), plan("stalls", "balcony"), now=NOW)
    full = a_list(
        table,
        draft,
        tier_ids=[vip, speaker],
        category_ids=[category.id],
        section_ids=["stalls", "balcony"],
        roles=["speaker", "press", "staff"],
        starts_at="2026-06-01T07:00:00Z",
        ends_at="2026-06-01T16:00:00Z",
        zone_id=zone.id,
        again="next_day",
        paid_only=True,
    )
    opening = a_list(table, draft, tier_ids=[vip], starts_at="2026-06-01T07:00:00Z", again="never")
    closing = a_list(table, draft, ends_at="2026-12-01T07:00:00Z", again="always")
    days = a_list(table, draft, starts_at="2026-06-01T07:00:00Z", ends_at="2026-06-02T07:00:00Z")

    assert words(table, draft, full) == [
        "Admits VIP and Speaker tickets and all tickets of the category Workshops.",
        "Only with a seat in Stalls or Balcony.",
        "Only who attends as speaker, press or staff.",
        "Into the zone Lounge.",
        "From 1 June 2026, 09:00 to 18:00 (Europe/Oslo).",
        "Admits once a day.",
        "Not before the order is paid.",
    ]
    assert words(table, draft, opening)[:2] == [
        "Admits VIP tickets.",
        "From 1 June 2026, 09:00 (Europe/Oslo).",
    ]
    assert words(table, draft, closing) == [
        "Admits every ticket.",
        "Until 1 December 2026, 08:00 (Europe/Oslo).",
        "Admits as often as somebody comes.",
    ]
    assert words(table, draft, days)[1] == "From 1 June 2026, 09:00 to 2 June 2026, 09:00 (Europe/Oslo)."
    assert words(table, draft, "everyone") == ["Admits every ticket.", "Admits again after an exit."]
    assert words(table, draft, opening)[-1] == "Admits once."


# --- what is in use ---------------------------------------------------------------------------------------


def test_a_list_a_gate_and_a_zone_in_use_are_not_removed(table: DynamoTable) -> None:
    draft = a_draft(table)
    zone, gate = a_zone(table, draft), a_gate(table, draft)
    list_id = a_list(table, draft, zone_id=zone.id)
    a_device(table, now_of(table, draft), name="Scanner 1", list_ids=[list_id], gate_id=gate.id)
    spare_zone, spare_gate, spare_list = a_zone(table, draft), a_gate(table, draft), a_list(table, draft)

    for remove, identifier, user in (
        (remove_list, list_id, "Scanner 1"),
        (remove_gate, gate.id, "Scanner 1"),
        (remove_zone, zone.id, "Backstage"),
        (remove_list, "everyone", "came with the event"),
        (remove_zone, MAIN_ZONE, "as a whole"),
    ):
        with pytest.raises(InUse, match=user):
            remove(table, now_of(table, draft), identifier)
    for remove, identifier in (
        (remove_list, spare_list),
        (remove_gate, spare_gate.id),
        (remove_zone, spare_zone.id),
    ):
        remove(table, now_of(table, draft), identifier)
        with pytest.raises(NotFound):
            remove(table, now_of(table, draft), identifier)

    after = now_of(table, draft)
    assert (set(after.lists), set(after.gates), set(after.zones)) == (
        {"everyone", list_id},
        {gate.id},
        {zone.id},
    )


def test_a_zone_that_is_removed_while_a_list_is_given_it_is_gone_or_in_use(table: DynamoTable) -> None:
    draft = a_draft(table)

    def turn(_: int) -> None:
        zone = a_zone(table, draft)
        seen = now_of(table, draft)

        def act(gives: bool) -> str:
            try:
                if gives:
                    settings = CheckInListSettings(title="Lounge", zone_id=zone.id)
                    create_list(table, seen, settings, list_id=f"of-{zone.id}")
                else:
                    remove_zone(table, seen, zone.id)
            except (Invalid, InUse) as refused:
                return type(refused).__name__
            return "done"

        with ThreadPoolExecutor(2) as threads:
            given, removed = threads.map(act, (True, False))
        after = now_of(table, draft)
        assert (given, removed) in (("done", "InUse"), ("Invalid", "done"))
        assert (f"of-{zone.id}" in after.lists) == (zone.id in after.zones) == (given == "done")

    for at in range(6):
        turn(at)


# --- gates, zones and how many are inside -----------------------------------------------------------------


def test_the_zones_begin_with_the_event_itself_which_can_have_a_capacity(table: DynamoTable) -> None:
    draft = a_draft(table)
    a_zone(table, draft, title="Lounge")
    a_zone(table, draft, title="backstage", capacity=20)

    edit_zone(table, now_of(table, draft), MAIN_ZONE, EventZonePatch(capacity=500))
    edit_zone(table, now_of(table, draft), MAIN_ZONE, EventZonePatch(capacity=600))
    zones = zones_in_order(now_of(table, draft))

    assert [(zone.title, zone.capacity) for zone in zones] == [
        (draft.event.title, 600),
        ("backstage", 20),
        ("Lounge", None),
    ]
    with pytest.raises(Invalid) as refused:
        edit_zone(table, now_of(table, draft), MAIN_ZONE, EventZonePatch(title="Hall"))
    assert fields(refused) == ["title"]


def test_a_capacity_begins_with_who_is_inside_and_ends_with_its_count(table: DynamoTable) -> None:
    catalog = an_event(table)
    gate = a_gate(table, catalog)
    event_id = catalog.event.id
    device = a_device(table, now_of(table, catalog), gate_id=gate.id)
    first, second = (code(catalog, issued(table, catalog)) for _ in range(2))
    assert told(scan(table, now_of(table, catalog), device, credential=first)) == "admitted"
    counts = {"kind": "door_counts", f"inside__{gate.id}": 1, f"inside__{MAIN_ZONE}": 1}
    table.write(Put(keys.door_counts(event_id), counts))

    edit_gate(table, now_of(table, catalog), gate.id, GatePatch(capacity=1))
    refused = scan(table, now_of(table, catalog), device, credential=second)
    edit_gate(table, now_of(table, catalog), gate.id, GatePatch(capacity=2))
    admitted = scan(table, now_of(table, catalog), device, credential=second)

    assert (told(refused), told(admitted)) == ("gate_full", "admitted")
    counted = table.get(keys.inside(event_id, gate.id)) or {}
    assert counted["inside"] == 2
    edit_gate(
        table, now_of(table, catalog), gate.id, GatePatch.model_validate({"title": "South", "capacity": None})
    )
    assert table.get(keys.inside(event_id, gate.id)) is None
    assert now_of(table, catalog).gates[gate.id].title == "South"


def test_a_count_that_an_earlier_capacity_left_is_not_gone_on_with(table: DynamoTable) -> None:
    catalog = an_event(table)
    zone = a_zone(table, catalog)
    key = keys.inside(catalog.event.id, zone.id)
    table.write(Put(key, {"kind": "inside", "inside": 77}))

    edit_zone(table, now_of(table, catalog), zone.id, EventZonePatch(capacity=9))
    after = table.get(key) or {}
    remove_zone(table, now_of(table, catalog), zone.id)

    assert after["inside"] == 0
    assert table.get(key) is None


# --- a copy of the event ----------------------------------------------------------------------------------


def test_a_copy_has_the_gates_zones_and_lists_of_its_original_under_its_own_ids(table: DynamoTable) -> None:
    original = a_draft(table)
    tier_id, category = a_new_tier(table, original), a_category(table, original)
    set_plan(table, now_of(table, original), plan("stalls"), now=NOW)
    zone, gate = a_zone(table, original, capacity=20), a_gate(table, original, capacity=30)
    edit_zone(table, now_of(table, original), MAIN_ZONE, EventZonePatch(capacity=500))
    named: dict[str, Any] = {
        "tier_ids": [tier_id],
        "category_ids": [category.id],
        "section_ids": ["stalls"],
        "zone_id": zone.id,
        "starts_at": clock.stamp(NOW),
        "ends_at": clock.stamp(NOW + timedelta(hours=1)),
    }
    list_id = a_list(table, original, **named)
    a_device(table, now_of(table, original), gate_id=gate.id)
    moved = timedelta(days=365)
    request = CopyRequest(slug=a_name("copy"), starts_at=original.event.starts_at + moved)
    copy_id = a_name("event")
    copy = copy_event(table, now_of(table, original), request, event_id=copy_id, public_key="ab", now=NOW)

    rules = copy.lists[derived_id(copy_id, list_id)]
    assert set(copy.lists) == {"everyone", rules.id}
    assert rules.tier_ids[0] in copy.tiers
    assert rules.category_ids[0] in copy.categories
    assert rules.section_ids == ["stalls"]
    assert copy.zones[rules.zone_id].capacity == 20
    assert (rules.starts_at, rules.ends_at) == (NOW + moved, NOW + moved + timedelta(hours=1))
    assert set(copy.zones) == {MAIN_ZONE, rules.zone_id}
    assert [one.capacity for one in copy.gates.values()] == [30]
    assert not copy.gates.keys() & {gate.id}
    parts = [*copy.lists.values(), *copy.gates.values(), *copy.zones.values()]
    assert {one.model_dump()["event_id"] for one in parts} == {copy_id}
    assert load_catalog(table, copy_id) == copy


# --- over HTTP --------------------------------------------------------------------------------------------


@pytest.fixture
def path(api: Api, table: DynamoTable) -> str:
    """Return the path of an event on sale, of an account with members of two more roles."""
    organizer = api.post("/organizer", {"name": a_name("Door")}, as_=FOUNDER, idempotency_key=a_name("key"))
    organizer_id = organizer.body["id"]
    for email, role in ((DOORMAN, Role.DOOR), (BOOKKEEPER, Role.FINANCE)):
        table.write(Member(organizer_id=organizer_id, email=email, role=role).put())
    settings = {
        "slug": a_name("doors").lower(),
        "title": "Doors",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "starts_at": clock.stamp(NOW + timedelta(days=3)),
        "ends_at": clock.stamp(NOW + timedelta(days=4)),
    }
    event = api.post(f"/organizer/{organizer_id}/events", settings, as_=FOUNDER)
    return f"/organizer/{organizer_id}/events/{event.body['id']}"


def test_lists_gates_and_zones_are_made_read_changed_and_removed_over_http(api: Api, path: str) -> None:
    gate, zone = {"title": "North", "capacity": 9}, {"title": "Lounge"}
    for kind, body, patch in (
        ("gates", gate, {"capacity": 10}),
        ("zones", zone, {"capacity": 10}),
        ("check-in-lists", {"title": "Backstage"}, {"again": "never"}),
    ):
        made = api.post(f"{path}/{kind}", body, as_=FOUNDER, idempotency_key="1")
        again = api.post(f"{path}/{kind}", body, as_=FOUNDER, idempotency_key="1")
        other = api.post(f"{path}/{kind}", body | {"title": "Other"}, as_=FOUNDER, idempotency_key="1")
        assert (made.status, again.body, other.code) == (201, made.body, "idempotency_conflict")
        one = f"{path}/{kind}/{made.body['id']}"
        changed = api.patch(one, patch, as_=FOUNDER)
        assert changed.status == 200
        assert changed.body.items() >= patch.items()
        assert changed.body in api.get(f"{path}/{kind}", as_=FOUNDER).body["items"]
        assert api.delete(one, as_=FOUNDER).status == 204
        assert api.delete(one, as_=FOUNDER).code == "not_found"
        assert changed.body not in api.get(f"{path}/{kind}", as_=FOUNDER).body["items"]
    zones = api.get(f"{path}/zones", as_=FOUNDER).body["items"]
    assert zones == [{"id": "event", "title": "Doors", "capacity": None}]
    [everyone] = api.get(f"{path}/check-in-lists", as_=FOUNDER).body["items"]
    assert everyone["rules"] == ["Admits every ticket.", "Admits again after an exit."]
    assert api.delete(f"{path}/check-in-lists/everyone", as_=FOUNDER).code == "in_use"


@pytest.mark.parametrize("kind", ["check-in-lists", "gates", "zones", "devices"])
def test_a_doorman_reads_what_is_set_up_and_changes_none_of_it(api: Api, path: str, kind: str) -> None:
    assert api.get(f"{path}/{kind}", as_=DOORMAN).status == 200
    assert api.get(f"{path}/{kind}", as_=BOOKKEEPER).code == "forbidden"
    body = {"name": "X"} if kind == "devices" else {"title": "X"}
    assert api.post(f"{path}/{kind}", body, as_=DOORMAN).code == "forbidden"


def test_a_ticket_has_a_note_for_the_door_until_it_is_taken_off(
    api: Api, path: str, table: DynamoTable
) -> None:
    catalog = load_catalog(table, path.rsplit("/", maxsplit=1)[-1])
    ticket_id = issued(table, an_event(table)).id + "-1"
    stored = load_ticket(table, ticket_id)
    stranger = api.patch(f"{path}/tickets/{ticket_id}/note", {"note": "Look"}, as_=DOORMAN)
    assert stranger.code == "not_found"
    table.write(Put(keys.ticket(stored.order_id, 7), dict(_of_event(stored.put().item, catalog), number=7)))
    note = f"{path}/tickets/{stored.order_id}-7/note"

    set_ = api.patch(note, {"attention": True, "note": "Knows the band"}, as_=DOORMAN)
    kept = api.patch(note, {}, as_=FOUNDER)
    cleared = api.patch(note, {"attention": False, "note": ""}, as_=DOORMAN)

    said = {"ticket_id": f"{stored.order_id}-7", "attention": True, "note": "Knows the band"}
    assert (set_.body, kept.body) == (said, said)
    assert cleared.body == said | {"attention": False, "note": ""}
    item = table.get(keys.ticket(stored.order_id, 7)) or {}
    assert not {"attention", "note"} & set(item)
    assert api.patch(note, {"note": "x" * 201}, as_=DOORMAN).code == "invalid_input"
    assert api.patch(note, {"note": "x"}, as_=BOOKKEEPER).code == "forbidden"
    assert api.patch(f"{path}/tickets/none/note", {"note": "x"}, as_=DOORMAN).code == "not_found"


def _of_event(item: Any, catalog: Catalog) -> dict[str, Any]:
    return dict(item) | {"event_id": catalog.event.id}
