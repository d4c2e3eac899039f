"""What the QR code of a ticket opens."""

from tests.e2e.clients import Door, Json, Organizer, Outbox, Shop, Stack, new_address


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
