"""What an organizer sets up changes who may buy, what it costs, and when there are tickets."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.e2e.clients import (
    CATALOG_AGE_SECONDS,
    Json,
    Organizer,
    Outbox,
    PayPage,
    Shop,
    Stack,
    euro,
    new_address,
    price,
    sign_in,
    wait_for,
)

PICTURE = b"\x89PNG\r\n\x1a\n and what follows"


def body_of(shop: Shop, tier: Json, email: str, **fields: object) -> Json:
    """Write an order of one ticket of a tier, which need not be on the page."""
    [first] = tier["prices"]
    return {
        "lines": [{"tier_id": tier["id"], "quantity": 1}],
        "buyer": {"email": email, "name": "Ada Lovelace"},
        "payment_method": first["payment_methods"][0],
        "total": first["amount"],
    } | fields


def line(shop: Shop, event: Json, title: str) -> Json:
    return {"tier_id": shop.tier(event["slug"], title)["id"], "quantity": 1}


def fragment_in(mail: str) -> dict[str, str]:
    """Return what the link in a mail carries behind its #."""
    [link] = re.findall(r"https?://\S+#\S+", mail)
    return {name: values[0] for name, values in parse_qs(urlsplit(link).fragment).items()}


def test_an_order_that_needs_approval_is_paid_once_it_is_approved(
    shop: Shop, organizer: Organizer, pay_page: PayPage, outbox: Outbox
) -> None:
    student = {"title": "Student", "approval_required": True, "prices": [price(900, "card")]}
    event = organizer.publish_event(student)
    assert shop.quote(event["slug"], [line(shop, event, "Student")])["approval_required"] is True
    order = shop.place(event["slug"], "Student", "card")
    assert (order["status"], order["checkout_url"]) == ("awaiting_approval", None)
    assert order["explanation"]["who"] == "organizer"

    approved = organizer.add(event, f"orders/{order['id']}/approve")
    assert approved["status"] == "awaiting_payment"
    mail = outbox.wait_about(order["buyer"]["email"], "is approved")
    assert fragment_in(mail)["key"] == order["key"]
    pay_page.pay(shop.open_payment(order))
    assert len(shop.wait(order)["tickets"]) == 1


def test_a_declined_order_says_so_and_gives_back_what_it_held(
    shop: Shop, organizer: Organizer, outbox: Outbox
) -> None:
    student = {"title": "Student", "approval_required": True, "ticket_limit": 1, "prices": [price(0, "free")]}
    event = organizer.publish_event(student, approval_holds_stock=True)
    order = shop.place(event["slug"], "Student", "free")
    assert shop.send(event["slug"], shop.order_body(event["slug"], "Student", "free")).status_code == 409
    organizer.add(event, f"orders/{order['id']}/decline", {"note": "students only"})
    assert shop.look(order)["status"] == "declined"
    outbox.wait_about(order["buyer"]["email"], "Your request")
    again = shop.send(event["slug"], shop.order_body(event["slug"], "Student", "free"))
    assert again.status_code == 201


def test_who_waits_is_offered_what_comes_free_before_anybody_else(
    shop: Shop, organizer: Organizer, pay_page: PayPage, outbox: Outbox
) -> None:
    event = organizer.publish_event({"title": "Boat", "ticket_limit": 1, "prices": [price(1500, "card")]})
    slug = event["slug"]
    order = shop.place(slug, "Boat", "card")
    boat = shop.tier(slug, "Boat")
    wait_for("the page to say it", lambda: shop.tier(slug, "Boat")["waiting_list"] or None)
    email = new_address("waiting")
    waiting = f"/public/events/{slug}/waiting-list"
    joining = {"email": email, "name": "Grace Hopper", "quantity": 1, "tier_ids": [boat["id"]]}
    joined = shop.http.post(waiting, json=joining)
    assert (joined.status_code, joined.json()["status"]) == (201, "waiting")
    place = f"{waiting}/{joined.json()['id']}"
    headers = {"X-Admit-Key": joined.json()["key"]}

    time.sleep(CATALOG_AGE_SECONDS)  # then everybody knows that somebody waits
    shop.cancel(order)
    assert shop.send(slug, body_of(shop, boat, new_address())).json()["code"] == "sold_out"
    organizer.add(event, "waiting-list/offer")
    mail = outbox.wait_about(email, "Tickets for")
    assert f"/e/{slug}/waiting/{joined.json()['id']}#" in mail
    assert shop.http.get(place, headers=headers).status_code == 401  # the mail's key takes the place
    headers = {"X-Admit-Key": fragment_in(mail)["key"]}
    offered = shop.http.get(place, headers=headers).json()
    assert (offered["status"], offered["offer"]["quote"]["total"]) == ("offered", euro(1500))
    [entry] = organizer.look(event, "waiting-list")["items"]
    assert (entry["email"], entry["status"]) == (email, "offered")

    accepting = {"payment_method": "card", "total": euro(1500)}
    accepted = shop.http.post(f"{place}/accept", json=accepting, headers=headers)
    assert (accepted.status_code, accepted.json()["source"]) == (201, "waiting_list")
    pay_page.pay(accepted.json())
    assert len(shop.wait(accepted.json())["tickets"]) == 1
    assert shop.http.get(place, headers=headers).json()["order_id"] == accepted.json()["id"]


@pytest.fixture(scope="module")
def dinner(stack: Stack, organizer: Organizer) -> Json:
    """An event with a limited tier for the attendee and for a domain."""
    users = [{"email": stack.users["attendee"].email}, {"domain": "invited.example"}]
    tier = {
        "title": "Dinner",
        "limited": True,
        "whitelist_auto_approve": True,
        "limited_whitelist_users": users,
        "prices": [price(0, "free")],
    }
    return organizer.publish_event(tier)


def test_an_invited_address_orders_with_the_link_in_its_mail(
    shop: Shop, dinner: Json, outbox: Outbox
) -> None:
    slug, email = dinner["slug"], new_address().replace("example.com", "invited.example")
    assert "Dinner" not in str(shop.event(slug))
    asked = shop.http.post(f"/public/events/{slug}/verify-email", json={"email": email})
    assert asked.status_code == 202
    proof = fragment_in(outbox.wait_about(email, "Confirm your e-mail"))
    assert proof["email"] == email

    [tier] = shop.unlock(slug, email=email, email_proof=proof["proof"])["tiers"]
    assert (tier["title"], tier["state"]) == ("Dinner", "on_sale")
    refused = shop.send(slug, body_of(shop, tier, email))
    assert (refused.status_code, refused.json()["code"]) == (409, "email_unverified")
    placed = shop.send(slug, body_of(shop, tier, email, email_proof=proof["proof"]))
    assert placed.status_code == 201, placed.text
    fulfilled = shop.wait(placed.json())
    assert (fulfilled["email_verified"], len(fulfilled["tickets"])) == (True, 1)


def test_an_invited_address_that_is_signed_in_needs_no_link(stack: Stack, shop: Shop, dinner: Json) -> None:
    slug, email = dinner["slug"], stack.users["attendee"].email
    token = {"Authorization": f"Bearer {sign_in(stack, 'attendee')}", "Idempotency-Key": new_address()}
    with httpx.Client(base_url=stack.api_url, timeout=30, headers=token) as attendee:
        unlocked = attendee.post(f"/public/events/{slug}/unlock", json={})
        [tier] = unlocked.json()["tiers"]
        placed = attendee.post(f"/public/events/{slug}/orders", json=body_of(shop, tier, email))
        assert placed.status_code == 201, placed.text
        stranger = body_of(shop, tier, new_address())
        refused = attendee.post(f"/public/events/{slug}/orders", json=stranger)
        assert refused.json()["code"] == "email_unverified"
    assert shop.wait(placed.json())["email_verified"] is True


def test_a_passcode_opens_a_tier_that_the_page_does_not_show(shop: Shop, organizer: Organizer) -> None:
    crew = {"title": "Crew", "private": True, "passcode": "aurora", "prices": [price(0, "free")]}
    event = organizer.publish_event(crew)
    slug = event["slug"]
    assert "Crew" not in str(shop.event(slug))
    assert shop.unlock(slug, code="borealis")["tiers"] == []
    [tier] = shop.unlock(slug, code="AURORA")["tiers"]
    assert shop.send(slug, body_of(shop, tier, new_address())).json()["code"] == "locked"
    placed = shop.send(slug, body_of(shop, tier, new_address(), passcodes=["Aurora"]))
    assert len(shop.wait(placed.json())["tickets"]) == 1


def test_a_picture_is_uploaded_and_seen_at_its_public_address(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    upload = organizer.add(event, "uploads", {"content_type": "image/png", "bytes": len(PICTURE)})
    sent = httpx.post(upload["url"], data=upload["fields"], files={"file": ("picture.png", PICTURE)})
    assert sent.is_success, sent.text
    [tier_id] = [tier["id"] for tier in organizer.look(event, "tiers")["items"] if tier["title"] == "Regular"]
    organizer.change(event, f"tiers/{tier_id}", {"photos": [upload["id"]]})
    organizer.change(event, "", {"images": [upload["id"]]})
    [address] = shop.tier(event["slug"], "Regular")["photos"]
    seen = httpx.get(address, follow_redirects=True)
    assert (seen.content, seen.headers["Content-Type"]) == (PICTURE, "image/png")
    assert shop.event(event["slug"])["images"] == [address]


def test_orders_of_another_system_are_tried_out_and_then_imported_without_a_mail(
    shop: Shop, organizer: Organizer, event: Json, outbox: Outbox
) -> None:
    first, second = new_address("imported"), new_address("imported")
    csv = (
        "reference,email,name,tier,price,quantity\n"
        f"R1,{first},Ada Lovelace,Regular,49.00,2\n"
        f"R2,{second},Grace Hopper,Free ticket,0,1\n"
        f"R3,{second},Grace Hopper,No such ticket,0,1\n"
    )
    tried = organizer.work_off(event, kind="orders", csv=csv, dry_run=True)
    assert [row["result"] for row in tried["rows"]] == ["would_create", "would_create", "failed"]
    assert organizer.orders(event) == []

    done = organizer.work_off(event, kind="orders", csv=csv)
    assert [row["result"] for row in done["rows"]] == ["created", "created", "failed"]
    assert (done["created"], done["failed"]) == (2, 1)

    def fulfilled() -> list[Json] | None:
        orders = [organizer.look(event, f"orders/{row['reference']}") for row in done["rows"][:2]]
        return orders if {order["status"] for order in orders} == {"fulfilled"} else None

    orders = wait_for("the tickets", fulfilled)
    assert [len(order["tickets"]) for order in orders] == [2, 1]
    assert {(order["source"], order["payment_status"]) for order in orders} == {("import", "paid")}
    told = shop.place(event["slug"], "Free ticket", "free")
    outbox.wait(told["buyer"]["email"])  # whatever was asked for before this is sent by now
    assert outbox.mails_to(first) + outbox.mails_to(second) == []

    again = organizer.work_off(event, kind="orders", csv=csv)
    assert [row["result"] for row in again["rows"]] == ["unchanged", "unchanged", "failed"]


def test_a_discount_code_lowers_what_the_card_is_charged(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    slug = event["slug"]
    organizer.add(event, "discounts", {"title": "Friends", "code": "NORTH10", "percent": "10"})
    quote = shop.quote(slug, [line(shop, event, "Regular") | {"quantity": 2}], code="north10")
    assert (quote["discount"], quote["total"]) == (euro(980), euro(8820))
    order = shop.place(slug, "Regular", "card", 2, code="north10", total=quote["total"])
    assert order["applied_discount"]["code"] == "NORTH10"
    assert "Pay 88.20 EUR" in httpx.get(order["checkout_url"]).text
    pay_page.pay(order)
    assert len(shop.wait(order)["tickets"]) == 2
    counted = wait_for("the summary", lambda: organizer.summary(event)["paid"]["amount"] or None)
    assert counted == 8820


def test_a_copy_of_an_event_sells_as_its_original_does(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    organizer.add(event, "discounts", {"title": "Friends", "code": "NORTH10", "percent": "10"})
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    slug = f"{event['slug']}-again"
    copy = organizer.add(event, "copy", {"slug": slug, "starts_at": "2031-06-03T07:00:00Z"})
    assert (copy["status"], copy["title"]) == ("draft", event["title"])
    organizer.add(copy, "publish")

    def titles(slug: str) -> list[str]:
        return [tier["title"] for category in shop.event(slug)["categories"] for tier in category["tiers"]]

    assert titles(slug) == titles(event["slug"])
    regular = shop.tier(slug, "Regular")
    assert regular["id"] != shop.tier(event["slug"], "Regular")["id"]
    order = shop.place(slug, "Regular", "card", code="NORTH10", total=euro(4410))
    pay_page.pay(order)
    assert len(shop.wait(order)["tickets"]) == 1
    assert wait_for("the order in the list", lambda: organizer.orders(copy) or None)[0]["id"] == order["id"]
