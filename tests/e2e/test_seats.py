"""Numbered seats: entered or imported, kept, picked and paid, given back, changed, given after the sale."""

import json
import re
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest
from pypdf import PdfReader

from tests.e2e.clients import (
    Json,
    Organizer,
    Outbox,
    PayPage,
    Relay,
    Shop,
    Stack,
    euro,
    links_in,
    new_address,
    price,
    signed_in,
    wait_for,
    without_its_page,
)

TITLE = "An event of the tests"
YOURS = f"Your ticket for {TITLE}"
STALLS: Json = {"title": "Stalls", "prices": [price(5500, "card")]}
GIFT: Json = {"title": "Gift", "prices": [{"amount": euro(0)}]}


def hall(*tier_ids: str, **more: object) -> Json:
    """Return a plan of three rows of ten seats, before which there is the stage."""
    drawn = [{"id": str(row), "count": 10, "x": 0, "y": row} for row in (1, 2, 3)]
    return {
        "categories": [{"id": "stalls", "title": "Stalls", "tier_ids": list(tier_ids)}],
        "sections": [{"id": "stalls", "title": "Stalls", "category": "stalls", "rows": drawn}],
        **more,
    }


def seated(organizer: Organizer, **overrides: object) -> Json:
    """Publish an event with a hall of thirty seats, which are sold or given away."""
    event = organizer.publish_event(STALLS, GIFT, **overrides)
    organizer.seat(event, **hall(*(tier_id(organizer, event, tier["title"]) for tier in (STALLS, GIFT))))
    return event


def tier_id(organizer: Organizer, event: Json, title: str) -> str:
    """Look a tier up where nothing keeps an event as it was a few seconds ago."""
    tiers = organizer.look(event, "tiers")["items"]
    return next(str(tier["id"]) for tier in tiers if tier["title"] == title)


def seats(*numbers: int, row: int = 1) -> list[str]:
    return [f"stalls-{row}-{number}" for number in numbers]


def named(seat_ids: Iterable[str]) -> list[str]:
    """Return what is written on tickets for these seats."""
    return [" · ".join(seat_id.capitalize().split("-")) for seat_id in seat_ids]


def line(shop: Shop, event: Json, quantity: int, **more: object) -> Json:
    return {"tier_id": shop.tier(event["slug"], "Stalls")["id"], "quantity": quantity, **more}


def body(shop: Shop, event: Json, quantity: int, **more: object) -> Json:
    lines = [line(shop, event, quantity, **more)]
    return {
        "lines": lines,
        "buyer": {"email": new_address(), "name": "Ada Lovelace"},
        "payment_method": "card",
        "total": shop.quote(event["slug"], lines)["total"],
    }


def bought(shop: Shop, event: Json, quantity: int, **more: object) -> Json:
    answer = shop.send(event["slug"], body(shop, event, quantity, **more))
    assert answer.status_code == 201, answer.text
    order: Json = answer.json()
    return order


def states(shop: Shop, event: Json, since: str | None = None) -> Json:
    """Read the states of the seats, or what has changed since a version."""
    query = f"?{httpx.QueryParams({'since': since})}" if since else ""
    answer = shop.http.get(f"/public/events/{event['slug']}/seats/state{query}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def row_state(shop: Shop, event: Json, row: int = 1) -> str:
    rows: dict[str, str] = states(shop, event)["rows"]
    return rows.get(f"stalls-{row}", "f" * 10)


def wait_for_row(shop: Shop, event: Json, letters: str, row: int = 1, seconds: float = 60) -> None:
    """Wait until a row is shown so: it is kept for a second."""
    wait_for(f"row {row} to be {letters}", lambda: row_state(shop, event, row) == letters or None, seconds)


def on_map(shop: Shop, event: Json) -> dict[str, Json]:
    """Read the map and return its seats by id."""
    answer = shop.http.get(f"/public/events/{event['slug']}/seats")
    assert answer.status_code == 200, answer.text
    return {
        f"{section['id']}-{row['id']}-{seat['id']}": seat
        for section in answer.json()["sections"]
        for row in section["rows"]
        for seat in row["seats"]
    }


def problem(answer: httpx.Response) -> tuple[int, str, list[str]]:
    told = answer.json()
    return answer.status_code, told["code"], [error["field"] for error in told.get("errors", [])]


def printed(organizer: Organizer, event: Json) -> str:
    """Print the badges of an event and return what stands on them."""
    job = organizer.add(event, "badge-sheets", {})

    def where() -> str | None:
        answer = organizer.send("GET", f"/events/{event['id']}/badge-sheets/{job['id']}")
        return answer.headers["Location"] if answer.status_code == 302 else None

    pages = PdfReader(BytesIO(httpx.get(wait_for("the sheet", where)).content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


@pytest.fixture(scope="module")
def house(organizer: Organizer) -> Json:
    return seated(organizer)


class Expiring(NamedTuple):
    """An event that holds seats for a minute, and orders that are not paid in time."""

    event: Json
    never: Json
    late: Json
    page: str
    """Where the late one can still be paid."""


@pytest.fixture(scope="module")
def expiring(organizer: Organizer, shop: Shop, stripe: PayPage) -> Expiring:
    event = seated(organizer, hold_minutes=1)
    never = bought(shop, event, 2, seats=seats(1, 2))
    lines = [line(shop, event, 2, seats=seats(4, 5))]
    late, page = without_its_page(shop, stripe, event, "Stalls", 2, lines=lines)
    return Expiring(event, never, late, page)


def test_a_plan_that_an_organizer_enters_is_shown_to_everybody_and_read_as_it_was_sent(
    organizer: Organizer, shop: Shop, expiring: Expiring
) -> None:
    event = organizer.publish_event(STALLS)
    assert shop.http.get(f"/public/events/{event['slug']}/seats").status_code == 404
    plan = hall(tier_id(organizer, event, "Stalls"), version=0)
    plan["sections"][0]["rows"][2] = {
        "id": "3",
        "seats": [
            {"id": "1", "x": 0, "y": 3, "kind": "accessible"},
            {"id": "2", "x": 1, "y": 3, "companion_of": "1"},
            {"id": "3", "x": 2, "y": 3, "restricted": "A pillar"},
        ],
    }
    view = organizer.seat(event, **plan)
    assert view["version"] == 1
    [category] = view["categories"]
    assert (category["seats"], category["free"]) == (23, 23)
    assert organizer.look(event, "seating")["plan"] == view["plan"]
    organizer.seat(event, **view["plan"])

    late = organizer.send("PUT", f"/events/{event['id']}/seating", plan)
    assert problem(late)[:2] == (409, "changed_meanwhile")
    wrong = plan | {"version": 1, "categories": []}
    assert problem(organizer.send("PUT", f"/events/{event['id']}/seating", wrong))[:2] == (
        422,
        "invalid_input",
    )

    shown = wait_for("the map", lambda: on_map(shop, event) if _has_map(shop, event) else None)
    assert len(shown) == 23
    assert shown["stalls-3-1"]["kind"] == "accessible"
    assert shown["stalls-3-2"]["companion_of"] == "stalls-3-1"
    assert shown["stalls-3-3"]["restricted"] == "A pillar"


def _has_map(shop: Shop, event: Json) -> bool:
    return shop.http.get(f"/public/events/{event['slug']}/seats").status_code == 200


def test_a_plan_of_pretix_is_tried_and_then_imported(organizer: Organizer, shop: Shop) -> None:
    event = organizer.publish_event(STALLS)
    path = f"/events/{event['id']}/seating"
    plan = pretix_plan()
    file = {
        "format": "pretix",
        "content": json.dumps(plan),
        "tiers": {"Parkett": [tier_id(organizer, event, "Stalls")]},
    }
    tried = organizer.add(event, "seating/import", file | {"dry_run": True})
    assert (tried["dry_run"], tried["sections"], tried["rows"], tried["seats"]) == (True, 1, 2, 6)
    assert tried["added"]["count"] == 6
    assert organizer.look(event, "seating")["version"] == 0

    plan["zones"][0]["rows"][1]["seats"][2]["category"] = "Rang"
    wrong = organizer.send("POST", f"{path}/import", file | {"content": json.dumps(plan)})
    assert problem(wrong) == (422, "invalid_input", ["content.zones[0].rows[1].seats[2].category"])

    done = organizer.add(event, "seating/import", file)
    assert (done["version"], [one["title"] for one in done["categories"]]) == (1, ["Parkett"])
    again = organizer.add(event, "seating/import", file)
    assert (again["version"], again["added"]["count"], again["removed"]["count"]) == (1, 0, 0)
    shown = wait_for("the map", lambda: on_map(shop, event) if _has_map(shop, event) else None)
    assert set(shown) == set(done["added"]["seats"])
    order = bought(shop, event, 1, seats=["main-2-3"])
    assert order["status"] == "awaiting_payment"


def test_a_large_plan_is_uploaded_as_a_file(organizer: Organizer) -> None:
    event = organizer.publish_event(STALLS)
    file = b"section;row;seat;category\nStalls;A;1;Best\nStalls;A;2;Best\n"
    upload = organizer.add(event, "seating/uploads", {"content_type": "text/csv", "bytes": len(file)})
    sent = httpx.post(upload["url"], data=upload["fields"], files={"file": ("plan.csv", file)})
    assert sent.is_success, sent.text
    done = organizer.add(event, "seating/import", {"format": "csv", "upload_id": upload["id"]})
    assert done["added"]["seats"] == ["stalls-a-1", "stalls-a-2"]


def test_a_copy_of_an_event_has_its_plan_with_all_seats_free(organizer: Organizer, house: Json) -> None:
    start = {"slug": f"copy-{uuid4().hex[:12]}", "starts_at": "2031-05-04T18:00:00Z"}
    copy = organizer.add(house, "copy", start)
    view = organizer.look(copy, "seating")
    assert ([one["free"] for one in view["categories"]], view["sections"][0]["seats"]) == ([30], 30)


def pretix_plan() -> Json:
    """Return a plan as pretix's editor saves it: two rows of three seats."""
    return {
        "name": "Small hall",
        "categories": [{"name": "Parkett", "color": "#7f4a91"}],
        "size": {"width": 400, "height": 200},
        "zones": [
            {
                "name": "Main",
                "zone_id": "main",
                "position": {"x": 50, "y": 40},
                "rows": [
                    {
                        "row_number": str(row),
                        "row_number_position": "both",
                        "position": {"x": 0, "y": 30 * row},
                        "seats": [
                            {
                                "seat_number": str(seat),
                                "seat_guid": f"{row}-{seat}",
                                "position": {"x": 25 * seat, "y": 0},
                                "category": "Parkett",
                            }
                            for seat in (1, 2, 3)
                        ],
                    }
                    for row in (1, 2)
                ],
                "areas": [],
            }
        ],
    }


def test_a_row_that_is_blocked_is_shown_so_and_nobody_gets_it(
    organizer: Organizer, shop: Shop, house: Json
) -> None:
    version = states(shop, house)["version"]
    said = {"rows": ["stalls-3"], "note": "The camera stands there"}
    assert organizer.add(house, "seating/block", said)["changed"] == 10
    wait_for_row(shop, house, "b" * 10, row=3)
    assert states(shop, house, version)["rows"]["stalls-3"] == "b" * 10
    assert {on_map(shop, house)[seat].get("state") for seat in seats(1, 5, 10, row=3)} == {"blocked"}
    refused = shop.send(house["slug"], body(shop, house, 1, seats=seats(4, row=3)))
    assert problem(refused) == (409, "seat_taken", ["lines[0].seats[0]"])
    [row] = [row for row in organizer.look(house, "seating/state?section=stalls")["rows"] if row["kept"]]
    assert (row["id"], row["note"], set(row["kept"].values())) == ("3", said["note"], {"nobody"})
    too_many = shop.http.post(f"/public/events/{house['slug']}/seats/best", json=line(shop, house, 21))
    assert problem(too_many)[:2] == (409, "sold_out")


def test_a_buyer_picks_seats_and_pays_by_card_and_everything_that_he_gets_names_them(
    organizer: Organizer, shop: Shop, pay_page: PayPage, outbox: Outbox, house: Json
) -> None:
    picked = seats(4, 5)
    before = states(shop, house)["version"]
    order = bought(shop, house, 2, seats=picked)
    refused = shop.send(house["slug"], body(shop, house, 2, seats=seats(5, 6)))
    assert problem(refused) == (409, "seat_taken", ["lines[0].seats[0]"])
    assert refused.json()["seats"] == seats(5)
    strange = body(shop, house, 1) | {"lines": [line(shop, house, 1, seats=["stalls-9-9"])]}
    assert problem(shop.send(house["slug"], strange)) == (422, "invalid_input", ["lines[0].seats[0]"])
    wait_for_row(shop, house, "ffftt" + "f" * 5)
    # Another process may know the row a little later.
    since = wait_for("what has changed", lambda: states(shop, house, before)["rows"].get("stalls-1"))
    assert since == "ffftt" + "f" * 5
    assert on_map(shop, house)["stalls-1-4"]["state"] == "taken"

    pay_page.pay(order)
    tickets = shop.wait(order)["tickets"]
    assert [ticket["seat"] for ticket in tickets] == named(picked)
    mail = outbox.wait_titled(order["buyer"]["email"], f"Your tickets for {TITLE}")
    assert all(seat in mail["BodyText"] for seat in named(picked))
    assert {shop.behind(link).status_code for link in links_in(mail)} == {200}

    holder = new_address("holder")
    shop.give(order, 1, email=holder, name="Ola Nordmann")
    mail = outbox.wait_titled(holder, YOURS)
    assert named(picked)[0] in mail["BodyText"]
    assert shop.behind(links_in(mail)[0]).json()["seat"] == named(picked)[0]
    wait_for("the badges", lambda: _all_drawn(shop, order))
    assert named(picked)[0] in printed(organizer, house)
    scan = organizer.pair_device(house).scan(shop.credential(shop.look(order)["tickets"][1]))
    assert (scan["result"], scan["seat"]) == ("admitted", named(picked)[1])


def _all_drawn(shop: Shop, order: Json) -> bool | None:
    return all(ticket["images"] == "drawn" for ticket in shop.look(order)["tickets"]) or None


def test_who_names_no_seats_gets_the_best_ones_side_by_side(
    shop: Shop, pay_page: PayPage, organizer: Organizer
) -> None:
    event = seated(organizer)
    best = f"/public/events/{event['slug']}/seats/best"
    suggested = shop.http.post(best, json=line(shop, event, 4)).json()
    assert suggested["together"]
    assert {seat["section"] for seat in suggested["seats"]} == {"Stalls"}
    order = bought(shop, event, 4)
    pay_page.pay(order)
    got = [ticket["seat"] for ticket in shop.wait(order)["tickets"]]
    assert sorted(got) == sorted(seat["text"] for seat in suggested["seats"])
    places = [seat.split(" · ") for seat in got]
    assert {row for _, row, _ in places} == {"1"}
    numbers = sorted(int(number) for *_, number in places)
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    second = bought(shop, event, 4)
    pay_page.pay(second)
    assert not {ticket["seat"] for ticket in shop.wait(second)["tickets"]} & set(got)


def test_seats_of_an_order_that_is_cancelled_come_back(organizer: Organizer, shop: Shop) -> None:
    event = seated(organizer)
    order = bought(shop, event, 2, seats=seats(4, 5))
    wait_for_row(shop, event, "ffftt" + "f" * 5)
    shop.cancel(order)
    wait_for_row(shop, event, "f" * 10)
    assert bought(shop, event, 2, seats=seats(4, 5))["status"] == "awaiting_payment"


def test_an_organizer_gives_a_ticket_another_seat_and_its_holder_sees_it(
    organizer: Organizer, shop: Shop, outbox: Outbox
) -> None:
    event, holder = seated(organizer), new_address("holder")
    lines = [{"tier_id": tier_id(organizer, event, "Gift"), "quantity": 2, "seats": seats(4, 5)}]
    order = shop.place(event["slug"], "Gift", "free", 2, lines=lines)
    shop.wait(order)
    shop.give(order, 1, email=holder, name="Ola Nordmann")
    page = links_in(outbox.wait_titled(holder, YOURS))[0]
    wait_for("the badge", lambda: _all_drawn(shop, order))
    ticket = shop.look(order)["tickets"][0]
    first, code = shop.badge(ticket), shop.credential(ticket)

    moves = [{"ticket_id": ticket["id"], "seat": "stalls-2-1"}]
    [moved] = organizer.add(event, "seating/moves", {"moves": moves})["items"]
    assert (moved["seat_id"], moved["seat"]) == ("stalls-2-1", "Stalls · 2 · 1")
    assert shop.behind(page).json()["seat"] == "Stalls · 2 · 1"
    wait_for("the new badge", lambda: shop.badge(shop.look(order)["tickets"][0]) != first or None)
    assert shop.credential(shop.look(order)["tickets"][0]) == code
    told = outbox.wait_titled(holder, f"Your seat for {TITLE}")
    assert "Stalls · 2 · 1" in told["BodyText"]
    wait_for_row(shop, event, "ffff" + "t" + "f" * 5)
    wait_for_row(shop, event, "t" + "f" * 9, row=2)

    other = shop.look(order)["tickets"][1]
    moves = [{"ticket_id": other["id"], "seat": "stalls-2-1"}]
    taken = organizer.send("POST", f"/events/{event['id']}/seating/moves", {"moves": moves})
    assert problem(taken) == (409, "seat_taken", ["moves[0].seat"])
    moves.append({"ticket_id": ticket["id"], "seat": "stalls-1-5"})
    organizer.add(event, "seating/moves", {"moves": moves})
    assert [one["seat"] for one in shop.look(order)["tickets"]] == ["Stalls · 1 · 5", "Stalls · 2 · 1"]


def test_tickets_that_were_sold_without_seats_are_seated_each_party_together(
    organizer: Organizer, shop: Shop
) -> None:
    event = organizer.publish_event()
    orders = [shop.place(event["slug"], "Free ticket", "free", quantity) for quantity in (4, 3, 2)]
    for order in orders:
        shop.wait(order)
    organizer.seat(event, **hall(tier_id(organizer, event, "Free ticket"), choice="later"))
    [first] = organizer.add(event, "seating/orders", {"orders": [orders[0]["id"]]})["items"]
    assert (first["result"], len(first["tickets"])) == ("seated", 4)
    job = organizer.add(event, "seating/fill")

    def done() -> Json | None:
        seen = organizer.look(event, f"imports/{job['id']}")
        return seen if seen["status"] in ("done", "failed") else None

    told = wait_for("everybody to be seated", done)
    assert (told["status"], told["changed"], told["failed"]) == ("done", 2, 0)
    everything = []
    for order in orders:
        places = [ticket["seat"].split(" · ") for ticket in shop.look(order)["tickets"]]
        numbers = sorted(int(number) for *_, number in places)
        assert len({row for _, row, _ in places}) == 1
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        everything += [tuple(place) for place in places]
    assert len(set(everything)) == 9


def test_a_company_draws_the_seats_that_were_kept_for_it(
    stack: Stack, organizer: Organizer, shop: Shop
) -> None:
    event, email = seated(organizer), new_address("relay")
    company = organizer.company(f"Glacier Foods {uuid4().hex[:6]}", email)
    allotment = organizer.allot(event, company, tier_id(organizer, event, "Stalls"), 6)
    kept = {"seats": seats(*range(1, 7), row=2), "channel": allotment["id"]}
    assert organizer.add(event, "seating/block", kept)["changed"] == 6
    wait_for_row(shop, event, "b" * 6 + "f" * 4, row=2)
    refused = shop.send(event["slug"], body(shop, event, 1, seats=seats(1, row=2)))
    assert problem(refused)[1] == "seat_taken"
    with signed_in(stack, email) as http:
        relay = Relay(http, company["id"])
        drawn = [ticket["seat"] for ticket in shop.wait(relay.draw(allotment, 3))["tickets"]]
        rest = [seat for seat in kept["seats"] if named([seat])[0] not in drawn]
        asked = {"quantity": 2, "seats": rest[:2]}
        picked = shop.wait(relay.add(f"allotments/{allotment['id']}/orders", asked))
        drawn += [ticket["seat"] for ticket in picked["tickets"]]
        assert (len(set(drawn)), drawn[3:]) == (5, named(rest[:2]))
        overlay = relay.look(f"events/{event['id']}/seats")
        assert (sorted(one["seat"] for one in overlay["seats"]), overlay["unseated"]) == (sorted(drawn), 0)


def test_seats_of_an_order_that_expires_come_back_and_late_money_takes_them_again(
    shop: Shop, pay_page: PayPage, expiring: Expiring
) -> None:
    event = expiring.event
    for order in (expiring.never, expiring.late):
        shop.wait(order, "expired", seconds=180)
    wait_for_row(shop, event, "f" * 10)
    assert bought(shop, event, 2, seats=seats(1, 2))["status"] == "awaiting_payment"
    pay_page.press(expiring.page, "pay")
    tickets = shop.wait(expiring.late)["tickets"]
    assert [ticket["seat"] for ticket in tickets] == named(seats(4, 5))
