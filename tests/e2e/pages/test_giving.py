"""Tickets on their way to who attends: named, offered, claimed, taken back, shown without a network."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import Device, in_context
from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    Outbox,
    Shop,
    Stack,
    links_in,
    new_address,
    read_qr,
    sign_up,
)
from tests.e2e.pages.steps import sign_in_on_the_page, wait_for_status, wait_for_tickets
from tests.e2e.pages.world import World


@pytest.fixture
def event(organizer: Organizer) -> Json:
    return organizer.publish_event()


def order_page(order: Json) -> str:
    return f"/orders/{order['id']}#key={order['key']}"


def test_a_ticket_is_named_changed_and_taken_back_on_the_page_of_its_order(
    visitor: Page, shop: Shop, event: Json, outbox: Outbox
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    shop.wait(order)
    guest = new_address("guest")
    visitor.goto(order_page(order))
    wait_for_tickets(visitor, 2)
    first = visitor.get_by_test_id("ticket").first
    first.get_by_test_id("assign").click()
    visitor.get_by_test_id("holder-name").fill("Grace Hopper")
    visitor.get_by_test_id("holder-email").fill(guest)
    visitor.get_by_test_id("holder-save").click()
    expect(first.get_by_test_id("holder")).to_contain_text("Grace Hopper")
    assert links_in(outbox.wait(guest))
    first.get_by_test_id("take-back").click()
    visitor.get_by_test_id("take-back-confirm").click()
    expect(first.get_by_test_id("unassigned")).to_be_visible()


def test_an_unpaid_order_is_cancelled_by_its_buyer(visitor: Page, shop: Shop, event: Json) -> None:
    order = shop.place(event["slug"], "Workshop", "card")
    visitor.goto(order_page(order))
    visitor.get_by_test_id("cancel").click()
    visitor.get_by_test_id("cancel-keep").click()
    wait_for_status(visitor, "awaiting_payment")
    visitor.get_by_test_id("cancel").click()
    visitor.get_by_test_id("cancel-confirm").click()
    wait_for_status(visitor, "cancelled")
    expect(visitor.get_by_test_id("order-again")).to_be_visible()


def test_all_tickets_of_an_order_are_one_print(visitor: Page, shop: Shop, event: Json) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 3)
    shop.wait(order)
    visitor.goto(order_page(order))
    visitor.get_by_test_id("print-all").click()
    sheets = visitor.get_by_test_id("printed-ticket")
    expect(sheets).to_have_count(3)
    codes = sheets.locator("img")
    expect(codes).to_have_count(3)
    for code in codes.all():
        code.scroll_into_view_if_needed()
        expect(code).to_have_js_property("complete", True, timeout=30_000)
    known = {shop.credential(ticket) for ticket in shop.look(order)["tickets"]}
    assert {read_qr(code.screenshot()) for code in codes.all()} == known


def test_a_ticket_is_taken_by_a_link_in_another_browser(
    visitor: Page, friend: Page, shop: Shop, event: Json, outbox: Outbox
) -> None:
    guest = new_address("guest")
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    shop.wait(order)
    visitor.goto(order_page(order))
    expect(visitor.get_by_test_id("unnamed")).to_have_attribute("data-left", "2")
    visitor.get_by_text("Share a link to take a ticket").click()
    visitor.get_by_test_id("make-link").click()
    link = visitor.get_by_test_id("claim-link-url").input_value()

    friend.goto(link)
    friend.get_by_test_id("holder-name").fill("Ola Nordmann")
    friend.get_by_test_id("holder-email").fill(guest)
    friend.get_by_test_id("holder-save").click()
    expect(friend.get_by_test_id("claimed")).to_contain_text(guest)

    friend.goto(links_in(outbox.wait(guest))[0])
    friend.get_by_test_id("edit-about").click()
    friend.get_by_test_id("holder-title").fill("Baker")
    friend.get_by_test_id("holder-save").click()
    expect(friend.get_by_test_id("about-saved")).to_be_visible()
    expect(friend.get_by_test_id("holder-details")).to_have_text("Baker")

    visitor.reload()
    expect(visitor.get_by_test_id("unnamed")).to_have_attribute("data-left", "1")


def test_a_holder_signs_in_offers_his_ticket_and_another_browser_takes_it(
    visitor: Page, friend: Page, world: World
) -> None:
    shop, outbox, event = world.shop, world.outbox, world.organizer.publish_event()
    giver, taker = new_address("giver"), new_address("taker")
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    shop.give(order, 1, email=giver, name="Ada Lovelace")
    old = shop.credential(shop.look(order)["tickets"][0])
    sign_up(world.stack, giver)

    visitor.goto("/my")
    sign_in_on_the_page(visitor, giver, PASSWORD)
    mine = visitor.get_by_test_id("my-ticket")
    expect(mine).to_have_count(1)
    mine.get_by_test_id("pass-on").click()
    visitor.get_by_test_id("pass-on-email").fill(taker)
    visitor.get_by_test_id("pass-on-note").fill("See you there")
    visitor.get_by_test_id("pass-on-go").click()
    expect(mine.get_by_test_id("offered")).to_be_visible()

    friend.goto(links_in(outbox.wait(taker))[0])
    expect(friend.get_by_test_id("transfer-note")).to_have_text("See you there")
    friend.get_by_test_id("holder-name").fill("Grace Hopper")
    friend.get_by_test_id("holder-save").click()
    friend.wait_for_url("**/tickets/**")
    expect(friend.get_by_test_id("holder")).to_have_text("Grace Hopper")
    code = friend.get_by_test_id("qr")
    expect(code).to_be_visible(timeout=30_000)
    expect(code).to_have_js_property("complete", True, timeout=30_000)
    door = world.organizer.pair_device(event)
    assert door.scan(old)["reason"] == "superseded"
    admitted = door.scan(read_qr(code.screenshot()))
    assert (admitted["result"], admitted["person"]["email"]) == ("admitted", taker)

    visitor.reload()
    expect(mine).to_have_count(0)


def test_who_signs_in_stays_so_and_leaves_no_token_in_local_storage(refused: Page, stack: Stack) -> None:
    attendee = stack.users["attendee"]
    refused.goto("/my")
    sign_in_on_the_page(refused, attendee.email, attendee.password)
    expect(refused.get_by_test_id("account-email")).to_contain_text(attendee.email)
    refused.reload()
    expect(refused.get_by_test_id("account-email")).to_contain_text(attendee.email)
    kept = refused.evaluate("JSON.stringify(localStorage)")
    assert "eyJ" not in kept
    assert "token" not in kept.lower()
    refused.get_by_test_id("sign-out").click()
    expect(refused.get_by_test_id("event-address")).to_be_visible()
    refused.goto("/my")
    expect(refused.get_by_test_id("sign-in")).to_be_visible()


def test_a_ticket_that_was_opened_once_shows_its_code_without_a_network(
    browser: Browser, site_url: str, device: Device, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    ticket = shop.wait(order)["tickets"][0]
    with in_context(browser, site_url, device) as context:
        page = context.new_page()
        page.goto(ticket["url"])
        kept = page.get_by_test_id("freshness")
        expect(kept).to_have_attribute("data-safe", "true", timeout=30_000)
        context.set_offline(True)
        page.reload()
        code = page.get_by_test_id("qr")
        expect(code).to_have_js_property("complete", True, timeout=30_000)
        assert read_qr(code.screenshot()) == shop.credential(ticket)
        expect(kept).to_have_attribute("data-kept", "true")


def test_who_has_lost_his_links_is_mailed_them(
    visitor: Page, shop: Shop, event: Json, outbox: Outbox
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    visitor.goto("/lost-links")
    visitor.get_by_test_id("lost-email").fill(order["buyer"]["email"])
    visitor.get_by_test_id("send-links").click()
    expect(visitor.get_by_test_id("links-sent")).to_be_visible()
    visitor.goto(links_in(outbox.wait_titled(order["buyer"]["email"], "Your tickets and orders"))[0])
    expect(visitor.get_by_test_id("ticket-page")).to_be_visible()
