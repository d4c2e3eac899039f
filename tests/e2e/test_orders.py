"""An order by each way of paying becomes tickets, told about by mail."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.e2e.clients import Json, Organizer, Outbox, PayPage, Shop, wait_for


def test_free_card_and_invoice_orders_all_become_tickets(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage, outbox: Outbox
) -> None:
    slug = event["slug"]
    free = [shop.place(slug, "Free ticket", "free") for _ in range(3)]
    by_card = [shop.place(slug, "Regular", "card", quantity=2) for _ in range(2)]
    by_invoice = [shop.place(slug, "Regular", "invoice") for _ in range(3)]
    assert {order["status"] for order in free} <= {"settled", "fulfilled"}
    assert {order["status"] for order in by_card + by_invoice} == {"awaiting_payment"}

    for order in by_card:
        pay_page.pay(order)
    for order in by_invoice:
        assert organizer.settle(event, order).status_code == 200

    with ThreadPoolExecutor() as at_once:
        fulfilled = list(at_once.map(shop.wait, free + by_card + by_invoice))
    assert [len(order["tickets"]) for order in fulfilled] == [1, 1, 1, 2, 2, 1, 1, 1]
    assert {order["payment_status"] for order in fulfilled} == {"paid"}
    for order in fulfilled:
        mail = outbox.wait(order["buyer"]["email"])
        assert f"/orders/{order['id']}#key=" in mail["BodyText"]

    def counted() -> Json | None:
        summary = organizer.summary(event)
        return summary if (summary["orders"], summary["tickets"]) == (8, 10) else None

    summary = wait_for("the summary to count everything", counted)
    assert summary["paid"] == {"amount": 7 * 4900, "currency": "EUR"}


def test_a_declined_card_can_be_tried_again(shop: Shop, event: Json, pay_page: PayPage) -> None:
    order = shop.place(event["slug"], "Workshop", "card")
    page = pay_page.press(order["checkout_url"], "decline")
    assert (page.status_code, "declined" in page.text) == (200, True)
    assert shop.look(order)["status"] == "awaiting_payment"
    pay_page.pay(order)
    assert len(shop.wait(order)["tickets"]) == 1


def test_leaving_the_payment_page_keeps_the_order_and_its_page(
    shop: Shop, event: Json, pay_page: PayPage
) -> None:
    order = shop.place(event["slug"], "Workshop", "card")
    back = pay_page.press(order["checkout_url"], "leave")
    assert (back.status_code, order["id"] in back.headers["Location"]) == (303, True)
    again = shop.http.post(f"/public/orders/{order['id']}/checkout", headers={"X-Admit-Key": order["key"]})
    assert again.json()["checkout_url"] == order["checkout_url"]


def test_a_webhook_that_comes_five_times_settles_once(shop: Shop, event: Json, pay_page: PayPage) -> None:
    pay_page.set(duplicate=4)
    order = shop.place(event["slug"], "Regular", "card")
    pay_page.pay(order)
    fulfilled = shop.wait(order)

    def taken() -> bool | None:
        states = [sent["state"] for sent in pay_page.deliveries()[-5:]]
        return True if states == ["delivered"] * 5 else None

    wait_for("all five deliveries to be taken", taken)
    later = shop.look(order)
    assert later["timeline"] == fulfilled["timeline"]
    assert [ticket["id"] for ticket in later["tickets"]] == [ticket["id"] for ticket in fulfilled["tickets"]]


def test_a_lost_webhook_is_made_good_by_a_later_one(shop: Shop, event: Json, pay_page: PayPage) -> None:
    pay_page.set(drop=True)
    order = shop.place(event["slug"], "Regular", "card")
    pay_page.pay(order)
    assert shop.look(order)["status"] == "awaiting_payment"
    lost = pay_page.deliveries()[-1]
    pay_page.reset()
    assert pay_page.http.post(f"/control/resend/{lost['event_id']}").status_code == 202
    shop.wait(order)


def test_a_cancelled_order_gives_back_its_seats_and_closes_its_page(
    shop: Shop, organizer: Organizer, pay_page: PayPage
) -> None:
    event = organizer.publish_event(capacity=50)
    order = shop.place(event["slug"], "Regular", "card", quantity=50)
    refused = shop.send(event["slug"], shop.order_body(event["slug"], "Free ticket", "free"))
    assert (refused.status_code, refused.json()["code"]) == (409, "sold_out")

    cancelled = shop.http.post(f"/public/orders/{order['id']}/cancel", headers={"X-Admit-Key": order["key"]})
    assert cancelled.status_code == 200, cancelled.text
    assert shop.look(order)["status"] == "cancelled"
    assert pay_page.press(order["checkout_url"], "pay").status_code == 410
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))


def test_a_hold_that_runs_out_is_swept_away(shop: Shop, organizer: Organizer, pay_page: PayPage) -> None:
    event = organizer.publish_event(capacity=50, hold_minutes=1)
    order = shop.place(event["slug"], "Regular", "card", quantity=50)
    assert shop.wait(order, "expired", seconds=180)["tickets"] == []
    assert pay_page.press(order["checkout_url"], "pay").status_code == 410
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))


def test_an_order_outlives_an_outage_of_the_payment_provider(
    shop: Shop, event: Json, pay_page: PayPage
) -> None:
    body = shop.order_body(event["slug"], "Workshop", "card")
    pay_page.set(fail_requests=100)
    refused = shop.send(event["slug"], body, "outage")
    assert (refused.status_code, refused.json()["code"]) == (503, "payment_unavailable")
    pay_page.reset()
    order = shop.send(event["slug"], body, "outage").json()
    pay_page.pay(order)
    shop.wait(order)


def test_the_same_key_gives_the_same_order(shop: Shop, organizer: Organizer, event: Json) -> None:
    body = shop.order_body(event["slug"], "Workshop", "card")
    with ThreadPoolExecutor() as at_once:
        answers = list(at_once.map(lambda _: shop.send(event["slug"], body, "one-key"), range(3)))
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["checkout_url"] for answer in answers}) == 1
    other = shop.send(event["slug"], body | {"buyer": {"email": "b@example.com", "name": "B"}}, "one-key")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
    buyer = body["buyer"]["email"]

    def listed() -> list[str] | None:
        return [one["id"] for one in organizer.orders(event) if one["buyer"]["email"] == buyer] or None

    assert len(wait_for("the order in the list", listed)) == 1


def test_an_order_is_shown_to_its_key_alone(shop: Shop, event: Json) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    other = shop.place(event["slug"], "Free ticket", "free")
    wrong = shop.http.get(f"/public/orders/{order['id']}", headers={"X-Admit-Key": other["key"]})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthenticated")
    assert shop.http.get(f"/public/orders/{order['id']}").status_code == 401


def test_a_ticket_image_is_shown_to_its_key_alone(shop: Shop, event: Json) -> None:
    [ticket] = shop.wait(shop.place(event["slug"], "Free ticket", "free"))["tickets"]
    address, _, key = ticket["qr_url"].partition("?key=")
    assert key
    for query in ("", "?key=", f"?key={key[::-1]}"):
        answer = httpx.get(f"{address}{query}")
        assert answer.status_code == 401, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
