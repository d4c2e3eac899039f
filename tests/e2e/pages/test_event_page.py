"""What the event page sells, to whom, and what it says when there is nothing to be had."""

import re

from playwright.sync_api import Page, expect

from local.seed import DISCOUNT_CODE, PASSCODE
from tests.e2e.clients import Organizer, Outbox, Shop, Stack, new_address, price
from tests.e2e.pages.steps import (
    choose,
    fill_in_buyer,
    give_code,
    place,
    tier_card,
    wait_for_status,
    wait_for_tickets,
)


def test_an_unknown_event_says_so(visitor: Page) -> None:
    visitor.goto("/e/no-such-event")
    expect(visitor.get_by_test_id("failure")).to_be_visible()


def test_a_code_lowers_the_price_until_it_is_removed(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Workshop seat")
    total, pay = visitor.get_by_test_id("total"), visitor.get_by_test_id("place-order")
    expect(total).to_have_text("€120.00")
    give_code(visitor, DISCOUNT_CODE.lower())
    expect(visitor.get_by_test_id("discount")).to_contain_text("€12.00")
    expect(pay).to_contain_text("€108.00")
    visitor.reload()
    expect(pay).to_contain_text("€108.00")
    visitor.get_by_test_id("remove-code").click()
    expect(pay).to_contain_text("€120.00")


def test_a_code_that_nobody_knows_is_said_to_be_none(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    give_code(visitor, "NOTHING")
    expect(visitor.get_by_test_id("code-input")).to_have_attribute("aria-invalid", "true")


def test_a_passcode_shows_its_tickets(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    expect(tier_card(visitor, "Free ticket")).to_be_visible()
    expect(tier_card(visitor, "Crew ticket")).to_have_count(0)
    give_code(visitor, PASSCODE)
    choose(visitor, "Crew ticket")
    fill_in_buyer(visitor)
    place(visitor)
    wait_for_tickets(visitor, 1)


def test_one_pays_what_one_wants_from_the_floor_up(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Community pass", 2)
    visitor.get_by_test_id("amount").fill("9,99")
    expect(visitor.get_by_test_id("line-fault")).to_contain_text("€10.00")
    visitor.get_by_test_id("amount").fill("75")
    fill_in_buyer(visitor)
    expect(visitor.get_by_test_id("place-order")).to_contain_text("€150.00")
    place(visitor)
    visitor.wait_for_url(f"{stack.stripe_url}/**")
    expect(visitor.get_by_role("heading", name="150.00 EUR")).to_be_visible()


def test_an_add_on_goes_with_its_ticket(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    more = tier_card(visitor, "Printed proceedings").get_by_test_id("more")
    expect(more).to_have_attribute("aria-disabled", "true")
    choose(visitor, "Conference pass")
    choose(visitor, "Printed proceedings")
    expect(more).to_have_attribute("aria-disabled", "true")
    expect(visitor.get_by_test_id("total")).to_have_attribute("data-pending", "false")
    expect(visitor.get_by_test_id("problem")).to_have_count(0)


def test_an_order_that_needs_approval_says_so_before_and_after(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Student pass")
    expect(visitor.get_by_test_id("approval")).to_contain_text("approve")
    fill_in_buyer(visitor)
    place(visitor)
    wait_for_status(visitor, "awaiting_approval")
    expect(visitor.get_by_test_id("order-status")).to_contain_text("organizer has to approve")


def test_a_private_link_shows_its_tickets_to_who_has_it(
    visitor: Page, organizer: Organizer, shop: Shop
) -> None:
    event = organizer.publish_event({"title": "Hidden", "private": True, "prices": [price(0, "free")]})
    tiers = organizer.look(event, "")["categories"][0]["tiers"]
    [hidden] = [tier["id"] for tier in tiers if tier["title"] == "Hidden"]
    visitor.goto(f"/e/{event['slug']}")
    expect(tier_card(visitor, "Free ticket")).to_be_visible()
    expect(tier_card(visitor, "Hidden")).to_have_count(0)
    visitor.goto(f"/e/{event['slug']}?tier={hidden}")
    choose(visitor, "Hidden")
    fill_in_buyer(visitor)
    place(visitor)
    wait_for_tickets(visitor, 1)


def test_one_joins_the_waiting_list_and_leaves_it_again(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    tour = tier_card(visitor, "Harbour tour")
    expect(tour.get_by_test_id("tier-state")).to_have_text("Sold out")
    tour.get_by_test_id("join-waiting-list").click()
    visitor.get_by_test_id("wait-name").fill("Ada Lovelace")
    visitor.get_by_test_id("wait-email").fill(new_address())
    visitor.get_by_test_id("wait-submit").click()
    visitor.get_by_test_id("waiting-link").click()
    status = visitor.get_by_test_id("waiting-status")
    expect(status).to_have_attribute("data-status", "waiting")
    visitor.get_by_test_id("refuse").click()
    visitor.get_by_test_id("refuse-confirm").click()
    expect(status).to_have_attribute("data-status", "refused")


def test_an_offer_is_accepted_by_the_link_in_its_mail(
    visitor: Page, shop: Shop, organizer: Organizer, outbox: Outbox
) -> None:
    boat = {"title": "Boat", "ticket_limit": 0, "prices": [price(1500, "card", "invoice")]}
    event = organizer.publish_event(boat)
    slug, email = event["slug"], new_address()
    tier_id = shop.tier(slug, "Boat")["id"]
    joining = {"email": email, "name": "Ada Lovelace", "quantity": 1, "tier_ids": [tier_id]}
    assert shop.http.post(f"/public/events/{slug}/waiting-list", json=joining).status_code == 201
    organizer.change(event, f"tiers/{tier_id}", {"ticket_limit": 1})
    organizer.add(event, "waiting-list/offer")

    [link] = re.findall(r"https?://\S+/waiting/\S+", outbox.wait_about(email, "Tickets for"))
    visitor.goto(link)
    expect(visitor.get_by_test_id("offer-total")).to_have_text("€15.00")
    visitor.get_by_test_id("payment-invoice").check()
    visitor.get_by_test_id("billing-company").fill("Fjord Analytics")
    visitor.get_by_test_id("accept").click()
    wait_for_status(visitor, "awaiting_payment")


def test_who_is_invited_confirms_his_address_and_sees_his_tickets(
    visitor: Page, organizer: Organizer, outbox: Outbox
) -> None:
    email = new_address("invited")
    dinner = {
        "title": "Speakers' dinner",
        "limited": True,
        "approval_required": False,
        "limited_whitelist_users": [{"email": email}],
        "prices": [price(0, "free")],
    }
    event = organizer.publish_event(dinner)
    visitor.goto(f"/e/{event['slug']}")
    expect(tier_card(visitor, "Free ticket")).to_be_visible()
    expect(tier_card(visitor, "Speakers' dinner")).to_have_count(0)
    visitor.get_by_test_id("invited").click()
    visitor.get_by_test_id("confirm-email").fill(email)
    visitor.get_by_test_id("send-proof").click()
    expect(visitor.get_by_test_id("proof-sent")).to_contain_text(email)

    [link] = re.findall(r"https?://\S+#\S+", outbox.wait_about(email, "Confirm your e-mail"))
    visitor.goto(link)
    choose(visitor, "Speakers' dinner")
    expect(visitor.get_by_test_id("buyer-email")).to_have_value(email)
    fill_in_buyer(visitor, email)
    place(visitor)
    expect(visitor.get_by_test_id("order-status")).to_be_visible()


def test_a_cancelled_event_sells_nothing_and_says_so(visitor: Page, organizer: Organizer) -> None:
    event = organizer.publish_event()
    organizer.add(event, "close")
    visitor.goto(f"/e/{event['slug']}")
    expect(visitor.get_by_test_id("event-closed")).to_be_visible()
    expect(visitor.get_by_test_id("more")).to_have_count(0)


def test_the_page_changes_its_language_and_keeps_what_is_chosen(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Free ticket", 2)
    email = fill_in_buyer(visitor)
    visitor.get_by_test_id("language").select_option("ar")
    expect(visitor.locator("html")).to_have_attribute("dir", "rtl")
    expect(visitor.get_by_test_id("buyer-email")).to_have_value(email)
    expect(tier_card(visitor, "Free ticket").get_by_test_id("quantity-value")).to_have_text("2")
    visitor.reload()
    expect(visitor.locator("html")).to_have_attribute("dir", "rtl")
    visitor.get_by_test_id("language").select_option("de")
    expect(visitor.get_by_test_id("my-tickets")).to_contain_text("Meine Tickets")
