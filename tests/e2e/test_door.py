"""What the QR code of a ticket opens, why it is refused, and what else a door can do."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.e2e.clients import (
    Door,
    Json,
    Organizer,
    Outbox,
    PayPage,
    Shop,
    Stack,
    new_address,
    signed_in,
    wait_for,
)


def test_every_code_admits_once(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    orders = [shop.place(event["slug"], "Free ticket", "free", quantity=3) for _ in range(2)]
    for order in orders:
        for ticket in shop.wait(order)["tickets"]:
            credential = shop.credential(ticket)
            admitted = door.scan(credential)
            assert (admitted["result"], admitted["ticket"]["id"]) == ("admitted", ticket["id"])
            again = door.scan(credential)
            assert (again["result"], again["reason"]) == ("refused", "already_in")
            assert again["earlier"]["device"]
        assert {ticket["admission"] for ticket in shop.look(order)["tickets"]} == {"in"}


def test_the_seeded_device_admits_to_the_demo_event(shop: Shop, demo_door: Door, stack: Stack) -> None:
    [ticket] = shop.wait(shop.place(stack.event_slug, "Free ticket", "free"))["tickets"]
    assert demo_door.scan(shop.credential(ticket))["result"] == "admitted"


def test_a_scan_sent_again_answers_the_same(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    credential = shop.credential(ticket)
    first = door.scan(credential, nonce="scan-1")
    assert first["result"] == "admitted"
    assert door.scan(credential, nonce="scan-1") == first


def test_a_ticket_goes_out_and_in_again(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    credential = shop.credential(ticket)
    results = [door.scan(credential, direction=direction)["result"] for direction in ("in", "out", "in")]
    assert results == ["admitted"] * 3


def test_a_new_holder_gets_a_mail_and_a_new_code(
    shop: Shop, organizer: Organizer, event: Json, outbox: Outbox
) -> None:
    door = organizer.pair_device(event)
    order = shop.place(event["slug"], "Free ticket", "free")
    [ticket] = shop.wait(order)["tickets"]
    old, holder = shop.credential(ticket), new_address("holder")
    answer = shop.http.put(
        f"/public/orders/{order['id']}/tickets/{ticket['number']}/holder",
        json={"email": holder, "name": "Grace Hopper"},
        headers={"X-Admit-Key": order["key"]},
    )
    assert answer.status_code == 200, answer.text
    [renewed] = shop.look(order)["tickets"]
    assert renewed["holder"]["name"] == "Grace Hopper"
    refused = door.scan(old)
    assert (refused["result"], refused["reason"]) == ("refused", "superseded")
    admitted = door.scan(shop.credential(renewed))
    assert (admitted["result"], admitted["person"]["name"]) == ("admitted", "Grace Hopper")
    assert f"/tickets/{ticket['id']}#key=" in outbox.wait(holder)["BodyText"]


def test_a_ticket_of_another_event_does_not_open_this_one(
    shop: Shop, organizer: Organizer, event: Json, demo_door: Door
) -> None:
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    refused = demo_door.scan(shop.credential(ticket))
    assert (refused["result"], refused["reason"]) == ("refused", "wrong_event")


def test_a_forged_code_does_not_open(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    credential = shop.credential(ticket)
    forged = credential[:-3] + ("000" if credential[-3:] != "000" else "100")
    refused = door.scan(forged)
    assert (refused["result"], refused["reason"]) == ("refused", "invalid")
    assert door.scan(credential)["result"] == "admitted"


def test_an_unknown_device_may_not_scan(organizer: Organizer) -> None:
    answer = Door(organizer.http, "no-such-key").send("0" * 114)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


# --- refusals ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rules:
    """A door with a list of each kind."""

    event: Json
    lists: dict[str, str]
    """Their ids by what they are made for."""
    door: Door

    def refused(self, credential: str, reason: str, **overrides: Any) -> Json:
        """Show a code twice, the second time as a retry, and see that both are refused alike."""
        nonce = uuid.uuid4().hex
        told, again = [self.door.scan(credential, nonce, **overrides) for _ in range(2)]
        assert (told["result"], told["reason"], bool(told["advice"])) == ("refused", reason, True)
        assert again == told
        return told


@pytest.fixture(scope="module")
def rules(organizer: Organizer) -> Rules:
    """An event that gives out tickets with the invoice."""
    event = organizer.publish_event(invoice_policy="on_issue")
    now = datetime.now(UTC)
    workshop = next(tier for tier in organizer.look(event, "tiers")["items"] if tier["title"] == "Workshop")
    asked: dict[str, Json] = {
        "all": {},
        "workshop": {"tier_ids": [workshop["id"]]},
        "later": {"starts_at": (now + timedelta(hours=1)).isoformat()},
        "before": {"ends_at": (now - timedelta(hours=1)).isoformat()},
        "paid": {"paid_only": True},
        "once": {"again": "never"},
    }
    added = {
        what: organizer.add(event, "check-in-lists", {"title": what, **said}) for what, said in asked.items()
    }
    lists = {what: one["id"] for what, one in added.items()}
    return Rules(event, lists, organizer.pair_device(event, list_ids=list(lists.values())))


def new_codes(shop: Shop, event: Json, quantity: int = 1) -> list[str]:
    order = shop.wait(shop.place(event["slug"], "Free ticket", "free", quantity))
    return [shop.credential(ticket) for ticket in order["tickets"]]


def test_what_is_no_ticket_of_the_event_is_refused(shop: Shop, rules: Rules, event: Json) -> None:
    everybody = rules.lists["all"]
    [code], [foreign] = new_codes(shop, rules.event), new_codes(shop, event)
    forged = code[:-3] + ("000" if code[-3:] != "000" else "100")
    assert rules.refused(forged, "invalid", list_id=everybody)["ticket"] is None
    assert rules.refused("HELLO", "invalid", list_id=everybody)["ticket"] is None
    assert rules.refused(foreign, "wrong_event", list_id=everybody)["ticket"] is None


def test_a_list_refuses_whom_it_does_not_name_and_outside_its_hours(shop: Shop, rules: Rules) -> None:
    [code] = new_codes(shop, rules.event)
    for what, reason in (("workshop", "wrong_list"), ("later", "not_yet"), ("before", "ended")):
        assert not rules.refused(code, reason, list_id=rules.lists[what])["may_force"]
    assert rules.door.scan(code, list_id=rules.lists["all"])["result"] == "admitted"


def test_a_ticket_on_account_is_refused_only_where_it_must_be_paid(shop: Shop, rules: Rules) -> None:
    order = shop.wait(shop.place(rules.event["slug"], "Regular", "invoice"))
    code = shop.credential(order["tickets"][0])
    rules.refused(code, "unpaid", list_id=rules.lists["paid"])
    assert rules.door.scan(code, list_id=rules.lists["all"])["result"] == "admitted"


def test_a_disputed_ticket_is_refused(shop: Shop, rules: Rules, pay_page: PayPage) -> None:
    order = shop.place(rules.event["slug"], "Regular", "card")
    pay_page.pay(order)
    [ticket] = shop.wait(order)["tickets"]
    code = shop.credential(ticket)
    pay_page.tell("disputes", payment_intent=pay_page.payment(rules.event, order))

    def suspended() -> bool | None:
        return shop.look(order)["tickets"][0]["status"] == "suspended" or None

    wait_for("the ticket to be suspended", suspended)
    rules.refused(code, "suspended", list_id=rules.lists["all"])


def test_a_cancelled_ticket_is_refused(shop: Shop, organizer: Organizer, rules: Rules) -> None:
    order = shop.place(rules.event["slug"], "Free ticket", "free")
    code = shop.credential(shop.wait(order)["tickets"][0])
    organizer.cancel(rules.event, order)

    def cancelled() -> bool | None:
        return shop.look(order)["tickets"][0]["status"] == "cancelled" or None

    wait_for("the ticket to be cancelled", cancelled)
    rules.refused(code, "cancelled", list_id=rules.lists["all"])


def test_a_code_of_a_former_holder_and_a_ticket_on_offer_are_refused(
    stack: Stack, shop: Shop, rules: Rules
) -> None:
    everybody, holder = rules.lists["all"], new_address("holder")
    order = shop.place(rules.event["slug"], "Free ticket", "free")
    [ticket] = shop.wait(order)["tickets"]
    old = shop.credential(ticket)
    shop.give(order, 1, email=holder, name="Grace Hopper")
    refused = rules.refused(old, "superseded", list_id=everybody)
    assert (refused["person"], refused["notes"]) == (None, [])

    [renewed] = shop.look(order)["tickets"]
    code = shop.credential(renewed)
    with signed_in(stack, holder) as http:
        offered = http.post(f"/me/tickets/{ticket['id']}/transfer", json={"email": new_address("taker")})
        assert offered.status_code == 201, offered.text
        rules.refused(code, "in_transfer", list_id=everybody)
        assert http.delete(f"/me/tickets/{ticket['id']}/transfer").status_code == 200
    assert rules.door.scan(code, list_id=everybody)["result"] == "admitted"


def test_who_is_in_does_not_come_in_and_who_is_out_does_not_go_out(shop: Shop, rules: Rules) -> None:
    everybody, once = rules.lists["all"], rules.lists["once"]
    [code] = new_codes(shop, rules.event)
    rules.refused(code, "out_first", list_id=everybody, direction="out")
    first = rules.door.scan(code, list_id=once)
    for list_id in (everybody, once):
        earlier = rules.refused(code, "already_in", list_id=list_id)["earlier"]
        assert earlier == {"at": first["at"], "gate": None, "device": "Door"}
    assert rules.door.scan(code, list_id=once, direction="out")["result"] == "admitted"
    assert rules.refused(code, "already_used", list_id=once)["earlier"]["at"] == first["at"]
    assert rules.door.scan(code, list_id=everybody)["result"] == "admitted"


def test_a_full_gate_admits_one_when_one_has_left(shop: Shop, organizer: Organizer, event: Json) -> None:
    side = organizer.add(event, "gates", {"title": "Side", "capacity": 1})
    door = organizer.pair_device(event, gate_id=side["id"])
    full = Rules(event, {}, door)
    first, second = new_codes(shop, event, 2)
    assert door.scan(first)["result"] == "admitted"
    full.refused(second, "gate_full")
    assert door.scan(first, direction="out")["result"] == "admitted"
    assert door.scan(second)["result"] == "admitted"
    full.refused(first, "gate_full")


def test_the_log_has_each_refusal_once(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = Rules(event, {}, organizer.pair_device(event))
    [code] = new_codes(shop, event)
    door.refused("HELLO", "invalid")
    door.refused(code, "out_first", direction="out")
    door.door.scan(code)

    def logged() -> list[Json] | None:
        found = organizer.attempts(event)
        return found if len(found) >= 3 else None

    rows = wait_for("the log", logged)
    told = [(row["outcome"], row["reason"], row["direction"]) for row in rows]
    assert sorted(told, key=str) == [
        ("admitted", None, "in"),
        ("refused", "invalid", "in"),
        ("refused", "out_first", "out"),
    ]
    assert {row["reason"] for row in organizer.attempts(event, outcome="refused")} == {"invalid", "out_first"}


# --- more than a scan -------------------------------------------------------------------------------------


def test_a_scan_is_taken_back_as_though_nobody_had_gone_in(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door, other = organizer.pair_device(event), organizer.pair_device(event, "Other")
    [code] = new_codes(shop, event)
    first = door.scan(code)
    refused = other.ask("POST", "undo", {"credential": code, "nonce": "back"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    undone = [door.do("undo", credential=code, nonce="back") for _ in range(2)]
    assert undone[0] == undone[1]
    assert (undone[0]["at"], undone[0]["direction"], undone[0]["admission"]) == (first["at"], "in", "out")
    nothing = door.ask("POST", "undo", {"credential": code, "nonce": "once more"})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")
    assert other.scan(code)["result"] == "admitted"


def test_only_a_supervisor_lets_somebody_in_against_the_rules(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door = organizer.pair_device(event)
    supervisor = organizer.pair_device(event, "Desk", profile="supervisor")
    [code] = new_codes(shop, event)
    door.scan(code)
    assert (door.scan(code)["may_force"], supervisor.scan(code)["may_force"]) == (False, True)
    forbidden = door.send(code, force=True, force_reason="her badge is known")
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    forced = supervisor.scan(code, force=True, force_reason="her badge is known")
    assert (forced["result"], forced["reason"]) == ("admitted", None)

    def logged() -> list[str] | None:
        return [row["forced"] for row in organizer.attempts(event) if row["forced"]] or None

    assert wait_for("the log", logged) == ["her badge is known"]


def test_a_group_is_seen_by_one_of_its_tickets_and_let_in_together(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door = organizer.pair_device(event, profile="scan")
    order = shop.wait(shop.place(event["slug"], "Free ticket", "free", 4))
    ids = [ticket["id"] for ticket in order["tickets"]]
    unseen = door.ask("GET", f"tickets/{ids[0]}")
    assert (unseen.status_code, unseen.json()["code"]) == (403, "forbidden")
    door.scan(shop.credential(order["tickets"][1]))

    group = door.look(f"tickets/{ids[1]}")
    assert (group["order_code"], group["buyer"], group["left_out"]) == (order["code"], "Ada Lovelace", 0)
    seen = [(one["ticket"]["number"], one["here"], one["reason"]) for one in group["tickets"]]
    assert seen == [(1, True, None), (2, False, "already_in"), (3, True, None), (4, True, None)]

    admitted, again = [door.do("group", ticket_ids=ids, nonce="all of them") for _ in range(2)]
    assert admitted == again
    told = [(one["ticket_id"], one["scan"]["result"], one["scan"]["reason"]) for one in admitted["results"]]
    wanted = [("refused", "already_in") if number == 1 else ("admitted", None) for number in range(4)]
    assert told == [(ticket_id, *one) for ticket_id, one in zip(ids, wanted, strict=True)]


def test_a_ticket_is_found_by_name_and_by_code_where_a_device_may_search(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door, gate = organizer.pair_device(event), organizer.pair_device(event, "Gate", profile="scan")
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    first, second = shop.wait(order)["tickets"]
    holder = new_address("holder")
    shop.give(order, 2, email=holder, name="Zenobia Zimmermann")

    def found(text: str) -> list[Json] | None:
        items: list[Json] = door.look("search", q=text)["items"]
        return items or None

    [zenobia] = wait_for("her name to be found", lambda: found("zimmer"))
    assert zenobia["ticket"]["id"] == second["id"]
    assert (zenobia["person"]["email"], zenobia["here"]) == (holder, True)
    by_code = {one["ticket"]["id"] for one in found(order["code"]) or []}
    assert by_code == {first["id"], second["id"]}
    refused = gate.ask("GET", "search", q="zimmer")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    admitted = door.do("scans", ticket_id=second["id"])
    assert (admitted["result"], admitted["person"]["name"]) == ("admitted", "Zenobia Zimmermann")


def test_a_label_is_printed_of_who_is_inside_and_each_print_is_counted(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door = organizer.pair_device(event)
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    early = door.ask("POST", "labels", {"ticket_id": ticket["id"], "nonce": "1"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    door.scan(shop.credential(ticket))
    prints = [door.do("labels", ticket_id=ticket["id"], nonce=nonce) for nonce in ("1", "1", "2")]
    assert [one["prints"] for one in prints] == [1, 1, 2]
    for printed in prints:
        label = httpx.get(printed["url"], timeout=60)
        assert (label.headers["Content-Type"], label.content[:5]) == ("application/pdf", b"%PDF-")


def test_what_the_organizer_notes_is_told_at_the_door(shop: Shop, organizer: Organizer, event: Json) -> None:
    door = organizer.pair_device(event)
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    code, note = shop.credential(ticket), "Speaks at ten: show her the green room"
    organizer.change(event, f"tickets/{ticket['id']}/note", {"attention": True, "note": note})
    told = door.scan(code)
    assert (told["result"], told["attention"], told["notes"]) == ("admitted", True, [note])
    organizer.change(event, f"tickets/{ticket['id']}/note", {"attention": False, "note": ""})
    told = door.scan(code, direction="out")
    assert (told["result"], told["attention"], told["notes"]) == ("admitted", False, [])


def test_a_device_tells_how_it_is_and_what_it_sees_of_its_door(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    door = organizer.pair_device(event, "North")
    first, _ = new_codes(shop, event, 2)
    door.scan(first)

    def counted() -> Json | None:
        stats = door.look("stats", waiting=3, battery=80, clock_offset_ms=-1500)
        return stats if (stats["arrived"], stats["expected"]) == (1, 2) else None

    stats = wait_for("the counts", counted)
    assert [(zone["id"], zone["inside"]) for zone in stats["zones"]] == [("event", 1)]
    assert sum(minute["total"] for minute in stats["minutes"]) == 1
    [row] = organizer.look(event, "devices")["items"]
    health = row["health"]
    assert (row["name"], health["waiting"], health["battery"]) == ("North", 3, 80)
    assert health["clock_offset_ms"] == -1500
