"""A buyer with a browser."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from local.seed import DISCOUNT_CODE, PASSCODE
from tests.e2e.clients import (
    Door,
    Organizer,
    Outbox,
    Shop,
    Stack,
    links_in,
    new_address,
    price,
    read_qr,
    sign_up,
)

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A phone; whatever the browser complains about on the console fails the test, but for a plain 404."""
    context = browser.new_context(
        base_url=stack.site_url, viewport={"width": 390, "height": 844}, device_scale_factor=2
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and "status of 404" not in said.text:
            complaints.append(said.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def tier_card(page: Page, title: str) -> Locator:
    named = page.get_by_test_id("tier-title").get_by_text(title, exact=True)
    return page.get_by_test_id("tier").filter(has=named)


def choose(page: Page, tier: str, quantity: int) -> None:
    for _ in range(quantity):
        tier_card(page, tier).get_by_test_id("more").click()


def give_code(page: Page, code: str) -> None:
    page.get_by_test_id("have-code").click()
    page.get_by_test_id("code-input").fill(code)
    page.get_by_test_id("apply-code").click()


def fill_in_buyer(page: Page) -> None:
    page.get_by_label("E-mail").fill(new_address())
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")


def wait_for_tickets(page: Page, count: int) -> None:
    status = page.get_by_test_id("order-status")
    expect(status).to_have_attribute("data-status", "fulfilled", timeout=60_000)
    expect(page.get_by_test_id("ticket")).to_have_count(count)


def test_free_tickets_are_shown_with_codes_that_open_the_door(
    page: Page, stack: Stack, demo_door: Door
) -> None:
    page.goto(f"/e/{stack.event_slug}")
    expect(page.get_by_role("heading", name="Northern Lights Conference")).to_be_visible()
    choose(page, "Free ticket", 2)
    fill_in_buyer(page)
    page.get_by_role("button", name="Get tickets").click()

    wait_for_tickets(page, 2)
    for code in page.get_by_test_id("qr").all():
        expect(code).to_have_js_property("complete", True, timeout=30_000)
        assert demo_door.scan(read_qr(code.screenshot()))["result"] == "admitted"


def test_a_card_payment_leads_to_the_payment_page_and_back_to_the_ticket(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    choose(page, "Conference pass", 1)
    fill_in_buyer(page)
    page.get_by_text("Card", exact=False).first.click()
    page.get_by_role("button", name=re.compile("^Pay")).click()

    page.wait_for_url(f"{stack.stripe_url}/**")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_role("button", name="Pay", exact=True).click()

    page.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_tickets(page, 1)


def test_an_invoice_order_waits_for_its_organizer(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    choose(page, "Conference pass", 1)
    fill_in_buyer(page)
    page.get_by_test_id("payment-invoice").click()
    page.get_by_label("Company").fill("Fjord Analytics")
    page.get_by_role("button", name="Order by invoice").click()

    status = page.get_by_test_id("order-status")
    expect(status).to_have_attribute("data-status", "awaiting_payment", timeout=30_000)


def test_a_field_at_fault_is_named_beside_it(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    choose(page, "Free ticket", 1)
    page.get_by_label("E-mail").fill("nobody")
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name="Get tickets").click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")


def test_an_unknown_event_says_so(page: Page) -> None:
    page.goto("/e/no-such-event")
    expect(page.get_by_test_id("failure")).to_be_visible()


def test_a_code_lowers_the_price_until_it_is_removed(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    choose(page, "Workshop seat", 1)
    expect(page.get_by_test_id("total")).to_have_text("€120.00")
    give_code(page, DISCOUNT_CODE.lower())
    expect(page.get_by_test_id("discount")).to_contain_text("€12.00")
    expect(page.get_by_role("button", name="Pay €108.00")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Pay €108.00")).to_be_visible()
    page.get_by_test_id("remove-code").click()
    expect(page.get_by_role("button", name="Pay €120.00")).to_be_visible()


def test_a_code_that_nobody_knows_is_said_to_be_none(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    give_code(page, "NOTHING")
    expect(page.get_by_test_id("code-input")).to_have_attribute("aria-invalid", "true")


def test_a_passcode_shows_its_tickets(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    expect(tier_card(page, "Crew ticket")).to_have_count(0)
    give_code(page, PASSCODE)
    choose(page, "Crew ticket", 1)
    fill_in_buyer(page)
    page.get_by_role("button", name="Get tickets").click()
    wait_for_tickets(page, 1)


def test_one_pays_what_one_wants_from_the_floor_up(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    choose(page, "Community pass", 2)
    page.get_by_test_id("amount").fill("9,99")
    expect(page.get_by_test_id("line-fault")).to_contain_text("€10.00")
    page.get_by_test_id("amount").fill("75")
    fill_in_buyer(page)
    page.get_by_role("button", name="Pay €150.00").click()
    page.wait_for_url(f"{stack.stripe_url}/**")
    expect(page.get_by_role("heading", name="150.00 EUR")).to_be_visible()


def test_an_add_on_goes_with_its_ticket(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    more = tier_card(page, "Printed proceedings").get_by_test_id("more")
    expect(more).to_have_attribute("aria-disabled", "true")
    choose(page, "Conference pass", 1)
    choose(page, "Printed proceedings", 1)
    expect(more).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_test_id("total")).to_have_attribute("data-pending", "false")
    expect(page.get_by_test_id("problem")).to_have_count(0)


def test_an_order_that_needs_approval_says_so_before_and_after(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    choose(page, "Student pass", 1)
    expect(page.get_by_test_id("approval")).to_contain_text("approve")
    fill_in_buyer(page)
    page.get_by_role("button", name="Ask for tickets").click()
    status = page.get_by_test_id("order-status")
    expect(status).to_have_attribute("data-status", "awaiting_approval", timeout=30_000)
    expect(status).to_contain_text("organizer has to approve")


def test_one_joins_the_waiting_list_and_leaves_it_again(page: Page, stack: Stack) -> None:
    page.goto(f"/e/{stack.event_slug}")
    tour = tier_card(page, "Harbour tour")
    expect(tour.get_by_test_id("tier-state")).to_have_text("Sold out")
    tour.get_by_test_id("join-waiting-list").click()
    tour.get_by_test_id("wait-name").fill("Ada Lovelace")
    tour.get_by_test_id("wait-email").fill(new_address())
    tour.get_by_test_id("wait-submit").click()
    tour.get_by_test_id("waiting-link").click()
    status = page.get_by_test_id("waiting-status")
    expect(status).to_have_attribute("data-status", "waiting")
    page.get_by_test_id("refuse").click()
    expect(status).to_have_attribute("data-status", "refused")


def test_an_offer_is_accepted_by_the_link_in_its_mail(
    page: Page, shop: Shop, organizer: Organizer, outbox: Outbox
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
    page.goto(link)
    expect(page.get_by_test_id("offer-total")).to_have_text("€15.00")
    page.get_by_test_id("payment-invoice").click()
    page.get_by_label("Company").fill("Fjord Analytics")
    page.get_by_role("button", name="Accept").click()
    status = page.get_by_test_id("order-status")
    expect(status).to_have_attribute("data-status", "awaiting_payment", timeout=30_000)


def test_who_is_invited_confirms_his_address_and_sees_his_tickets(
    page: Page, stack: Stack, outbox: Outbox
) -> None:
    email = stack.users["attendee"].email
    page.goto(f"/e/{stack.event_slug}")
    expect(tier_card(page, "Speakers' dinner")).to_have_count(0)
    page.get_by_test_id("invited").click()
    page.get_by_test_id("confirm-email").fill(email)
    page.get_by_test_id("send-proof").click()
    expect(page.get_by_test_id("proof-sent")).to_contain_text(email)

    [link] = re.findall(r"https?://\S+#\S+", outbox.wait_about(email, "Confirm your e-mail"))
    page.goto(link)
    choose(page, "Speakers' dinner", 1)
    expect(page.get_by_label("E-mail")).to_have_value(email)
    page.get_by_label("Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("button", name="Get tickets").click()
    wait_for_tickets(page, 1)


def test_an_offered_ticket_is_accepted_on_the_page_of_its_mail(
    page: Page, stack: Stack, shop: Shop, organizer: Organizer, outbox: Outbox
) -> None:
    event, giver, taker = organizer.publish_event(), new_address("giver"), new_address("taker")
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    shop.give(order, 1, email=giver, name="Ada Lovelace")
    shop.http.post(
        f"/me/tickets/{order['id']}-1/transfer",
        json={"email": taker, "note": "See you there"},
        headers={"Authorization": f"Bearer {sign_up(stack, giver)}"},
    )

    [link] = links_in(outbox.wait(taker))
    page.goto(link)
    expect(page.get_by_test_id("transfer-note")).to_have_text("See you there")
    page.get_by_test_id("holder-name").fill("Grace Hopper")
    page.get_by_role("button", name="Accept the ticket").click()
    page.wait_for_url(f"{stack.site_url}/tickets/**")
    expect(page.get_by_test_id("holder")).to_have_text("Grace Hopper")
    code = page.get_by_test_id("qr")
    expect(code).to_be_visible(timeout=30_000)
    expect(code).to_have_js_property("complete", True, timeout=30_000)
    admitted = organizer.pair_device(event).scan(read_qr(code.screenshot()))
    assert (admitted["result"], admitted["person"]["email"]) == ("admitted", taker)


def test_a_ticket_is_taken_by_a_link_that_its_buyer_makes(
    page: Page, shop: Shop, organizer: Organizer, outbox: Outbox
) -> None:
    event, guest = organizer.publish_event(), new_address("guest")
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    shop.wait(order)
    [link] = links_in(outbox.wait(order["buyer"]["email"]))
    page.goto(link)
    expect(page.get_by_test_id("unnamed")).to_have_attribute("data-left", "2")
    page.get_by_text("Share a link to take a ticket").click()
    page.get_by_test_id("make-link").click()
    page.goto(page.get_by_test_id("claim-link-url").input_value())
    page.get_by_test_id("holder-name").fill("Ola Nordmann")
    page.get_by_test_id("holder-email").fill(guest)
    page.get_by_role("button", name="Take the ticket").click()
    expect(page.get_by_test_id("claimed")).to_contain_text(guest)

    page.goto(links_in(outbox.wait(guest))[0])
    page.get_by_test_id("edit-about").click()
    page.get_by_test_id("holder-title").fill("Baker")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("about-saved")).to_be_visible()
    expect(page.get_by_test_id("holder-details")).to_have_text("Baker")


def test_who_has_lost_his_links_is_mailed_them(
    page: Page, shop: Shop, organizer: Organizer, outbox: Outbox
) -> None:
    order = shop.place(organizer.publish_event()["slug"], "Free ticket", "free")
    shop.wait(order)
    page.goto("/lost-links")
    page.get_by_test_id("lost-email").fill(order["buyer"]["email"])
    page.get_by_test_id("send-links").click()
    expect(page.get_by_test_id("links-sent")).to_be_visible()
    page.goto(links_in(outbox.wait_titled(order["buyer"]["email"], "Your tickets and orders"))[0])
    expect(page.get_by_test_id("ticket-page")).to_be_visible()
