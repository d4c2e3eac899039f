"""Reports over HTTP: what was sold and paid is told exactly, as JSON and as CSV; and an event's checklist."""

import csv
from collections import Counter
from io import StringIO

from tests.e2e.clients import Door, Json, Organizer, PayPage, Shop, euro, price, wait_for

BY = ("day", "week", "month", "tier", "price", "discount", "organization", "tax", "method")
CHEAP: Json = {"title": "=Stand", "prices": [price(1001, "card")], "tax_rate": "25"}


def report(organizer: Organizer, event: Json, what: str) -> Json:
    return organizer.look(event, f"reports/{what}")


def sold(organizer: Organizer, event: Json, tickets: int) -> Json:
    """Wait until so many tickets are told as sold, and return the total."""

    def look() -> Json | None:
        total: Json = report(organizer, event, "sales")["total"]
        return total if total["tickets"] == tickets else None

    return wait_for(f"{tickets} tickets in the report", look)


def test_sales_are_the_same_however_they_are_told_apart(
    shop: Shop, organizer: Organizer, pay_page: PayPage
) -> None:
    event = organizer.publish_event(CHEAP)
    for title, quantity in (("Regular", 2), ("=Stand", 3)):
        placed = shop.place(event["slug"], title, "card", quantity)
        pay_page.pay(placed)
        shop.wait(placed)
    shop.place(event["slug"], "Free ticket", "free", 1)
    shop.place(event["slug"], "Workshop", "card", 1)

    total = sold(organizer, event, 6)

    assert (total["gross"], total["orders"]) == (euro(2 * 4900 + 3 * 1001), 3)
    for by in BY:
        told = report(organizer, event, f"sales?by={by}")
        sums: Counter[str] = Counter()
        for row in told["rows"]:
            sums.update({name: row[name]["amount"] for name in ("gross", "net", "tax", "discount")})
            sums["tickets"] += row["tickets"]
        assert sums["gross"] == total["gross"]["amount"], by
        assert sums["tax"] == total["tax"]["amount"] == sums["gross"] - sums["net"], by
        assert sums["tickets"] == 6, by
    summary = organizer.summary(event)
    cash = report(organizer, event, "cash")
    assert cash["total"]["captured"]["amount"] == summary["received"]["amount"] == total["gross"]["amount"]
    assert cash["total"]["difference"]["amount"] == 0
    assert cash["open"] == []


def test_a_part_that_goes_back_is_told_and_a_cancelled_order_is_sold_no_more(
    shop: Shop, organizer: Organizer, pay_page: PayPage
) -> None:
    event = organizer.publish_event()
    placed = shop.place(event["slug"], "Regular", "card", 2)
    pay_page.pay(placed)
    order = shop.wait(placed)
    sold(organizer, event, 2)

    organizer.cancel(event, order, tickets=[1], refund=True)
    total = sold(organizer, event, 1)
    assert total["gross"] == euro(9800)

    def gone() -> bool | None:
        told = report(organizer, event, "sales")["total"]["refunded"]
        return told == euro(4900) or None

    wait_for("the refund in the report", gone)
    organizer.cancel(event, order, refund=True)
    assert sold(organizer, event, 0)["gross"] == euro(0)


def test_a_report_is_a_file_for_a_spreadsheet(shop: Shop, organizer: Organizer, pay_page: PayPage) -> None:
    event = organizer.publish_event(CHEAP)
    placed = shop.place(event["slug"], "=Stand", "card", 1)
    pay_page.pay(placed)
    shop.wait(placed)
    sold(organizer, event, 1)
    path = f"{organizer.path}/events/{event['id']}/reports/sales?by=tier"

    asked = organizer.http.get(path, headers={"Accept": "text/csv"})
    named = organizer.http.get(f"{path}&format=csv")

    assert asked.headers["content-type"].startswith("text/csv")
    assert asked.text == named.text
    [row, total] = csv.DictReader(StringIO(asked.text.removeprefix("\ufeff")))
    assert (row["label"], row["gross"], row["currency"]) == ("'=Stand", "10.01", "EUR")
    assert total["key"] == "total"


def test_who_comes_in_is_told_by_gate_list_and_tier(shop: Shop, organizer: Organizer) -> None:
    event = organizer.publish_event()
    gate = organizer.add(event, "gates", {"title": "North"})
    door: Door = organizer.pair_device(event, gate_id=gate["id"])
    placed = shop.place(event["slug"], "Free ticket", "free", 1)
    order = shop.wait(placed)
    assert door.send(shop.credential(order["tickets"][0])).is_success

    def come() -> Json | None:
        told = report(organizer, event, "arrivals?by=gate&interval=5")
        return told if told["total"]["in"] == 1 else None

    [row] = wait_for("the arrival in the report", come)["rows"]
    assert (row["key"], row["label"], row["in"], row["out"]) == (gate["id"], "North", 1, 0)
    [by_tier] = report(organizer, event, "arrivals?by=tier")["rows"]
    assert by_tier["label"] == "Free ticket"


def test_the_checklist_says_when_an_event_can_be_published(organizer: Organizer) -> None:
    event = organizer.publish_event()
    told = organizer.look(event, "checklist")
    assert told["can_publish"] is True
    assert {item["state"] for item in told["items"]} <= {"done", "advised"}

    organizer.add(event, "cancel")
    assert organizer.look(event, "checklist")["can_publish"] is False
    again = organizer.send("POST", f"/events/{event['id']}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
