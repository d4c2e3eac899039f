"""From the event page to the ticket, by every way to pay and past everything that comes between."""

from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.browsers import Device, in_context
from tests.e2e.clients import (
    CATALOG_AGE_SECONDS,
    Door,
    Organizer,
    PayPage,
    Schedules,
    Shop,
    Stack,
    price,
    read_qr,
    wait_for,
)
from tests.e2e.pages.steps import (
    choose,
    fill_in_buyer,
    go_and_pay,
    place,
    press,
    wait_for_status,
    wait_for_tickets,
)


def orders_of(organizer: Organizer, event: dict[str, Any], count: int = 1) -> list[str]:
    """Return the states of so many orders, once none of them is under way and the list has them."""

    def told() -> list[str] | None:
        found = [order["status"] for order in organizer.orders(event)]
        waits = {"awaiting_payment", "settled"}.intersection(found)
        return None if waits or len(found) < count else found

    return wait_for("the orders in the list", told)


def test_free_tickets_are_shown_with_codes_that_open_the_door(
    visitor: Page, stack: Stack, demo_door: Door
) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Free ticket", 2)
    fill_in_buyer(visitor)
    place(visitor)
    wait_for_tickets(visitor, 2)
    for code in visitor.get_by_test_id("qr").all():
        code.scroll_into_view_if_needed()
        expect(code).to_have_js_property("complete", True, timeout=30_000)
        assert demo_door.scan(read_qr(code.screenshot()))["result"] == "admitted"


def test_after_a_declined_card_one_pays_and_loses_nothing(
    visitor: Page, stack: Stack, pay_page: PayPage
) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Conference pass")
    email = fill_in_buyer(visitor)
    visitor.get_by_test_id("payment-card").check()
    go_and_pay(visitor, stack.stripe_url)
    press(visitor, "Decline")
    expect(visitor.get_by_role("alert")).to_contain_text("declined")
    press(visitor, "Leave")

    visitor.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_status(visitor, "awaiting_payment")
    expect(visitor.get_by_test_id("countdown")).to_be_visible()
    expect(visitor.locator("main")).to_contain_text(email)
    visitor.get_by_test_id("pay").click()
    visitor.wait_for_url(f"{stack.stripe_url}/**")
    press(visitor, "Pay")
    visitor.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_tickets(visitor, 1)


def test_who_comes_back_from_the_pay_page_finds_his_order_and_makes_no_second_one(
    visitor: Page, stack: Stack, organizer: Organizer, pay_page: PayPage
) -> None:
    event = organizer.publish_event()
    visitor.goto(f"/e/{event['slug']}")
    choose(visitor, "Workshop")
    fill_in_buyer(visitor)
    go_and_pay(visitor, stack.stripe_url)
    visitor.go_back()

    visitor.get_by_test_id("earlier-order").get_by_role("link").first.click()
    visitor.wait_for_url(f"{stack.site_url}/orders/**")
    visitor.get_by_test_id("pay").click()
    visitor.wait_for_url(f"{stack.stripe_url}/**")
    press(visitor, "Pay")
    visitor.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_tickets(visitor, 1)
    assert orders_of(organizer, event) == ["fulfilled"]


def test_a_double_click_is_one_order(visitor: Page, organizer: Organizer) -> None:
    event = organizer.publish_event()
    visitor.goto(f"/e/{event['slug']}")
    choose(visitor, "Free ticket")
    fill_in_buyer(visitor)
    visitor.get_by_test_id("place-order").dblclick()
    wait_for_tickets(visitor, 1)
    assert orders_of(organizer, event) == ["fulfilled"]


def test_an_answer_that_never_came_is_no_second_order(
    browser: Browser, stack: Stack, site_url: str, organizer: Organizer, device: Device
) -> None:
    """The order is placed and its answer gets lost: the same press again finds that order."""
    event = organizer.publish_event()
    lost: list[int] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    with in_context(browser, site_url, device, workers=False) as context:
        page = context.new_page()
        page.route(f"{stack.api_url}/public/events/*/orders", lose_the_first)
        page.goto(f"/e/{event['slug']}")
        choose(page, "Free ticket")
        email = fill_in_buyer(page)
        place(page)
        expect(page.get_by_test_id("problem")).to_be_visible()
        expect(page.get_by_test_id("buyer-email")).to_have_value(email)
        place(page)
        wait_for_tickets(page, 1)
    assert (lost, orders_of(organizer, event)) == ([201], ["fulfilled"])


def test_an_invoice_order_waits_for_its_payment(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Conference pass")
    fill_in_buyer(visitor)
    visitor.get_by_test_id("payment-invoice").check()
    visitor.get_by_test_id("billing-company").fill("Fjord Analytics")
    place(visitor)
    wait_for_status(visitor, "awaiting_payment")
    expect(visitor.locator("main")).to_contain_text("Fjord Analytics")
    expect(visitor.get_by_test_id("document").first).to_be_visible(timeout=60_000)


def test_a_hold_that_runs_out_on_the_pay_page_charges_nothing_and_leads_back(
    refused: Page, stack: Stack, organizer: Organizer, schedules: Schedules, pay_page: PayPage
) -> None:
    event = organizer.publish_event(hold_minutes=1)
    refused.goto(f"/e/{event['slug']}")
    choose(refused, "Workshop", 2)
    email = fill_in_buyer(refused)
    go_and_pay(refused, stack.stripe_url)
    refused.wait_for_timeout(61_000)
    schedules.begin("settle", "sweep")
    press(refused, "Pay")
    expect(refused.locator("body")).to_contain_text("expired")

    refused.goto(f"/e/{event['slug']}")
    refused.get_by_test_id("earlier-order").get_by_role("link").first.click()
    wait_for_status(refused, "expired")
    refused.get_by_test_id("order-again").click()
    expect(refused.get_by_test_id("buyer-email")).to_have_value(email)
    go_and_pay(refused, stack.stripe_url)
    press(refused, "Pay")
    refused.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_tickets(refused, 2)
    assert sorted(orders_of(organizer, event, 2)) == ["expired", "fulfilled"]
    assert len(pay_page.charges(event)) == 1


def test_a_price_that_changed_under_the_buyer_is_shown_before_it_is_taken(
    refused: Page, stack: Stack, organizer: Organizer, shop: Shop
) -> None:
    event = organizer.publish_event()
    refused.goto(f"/e/{event['slug']}")
    choose(refused, "Workshop")
    email = fill_in_buyer(refused)
    expect(refused.get_by_test_id("place-order")).to_contain_text("€19.00")
    expect(refused.get_by_test_id("total")).to_have_attribute("data-pending", "false")
    workshop = shop.tier(event["slug"], "Workshop")
    dearer = price(2500, "card") | {"id": workshop["prices"][0]["id"]}
    organizer.change(event, f"tiers/{workshop['id']}", {"prices": [dearer]})
    refused.wait_for_timeout(CATALOG_AGE_SECONDS * 1000)  # then every process knows the new price

    place(refused)
    expect(refused.locator("[data-code=price_changed]")).to_be_visible()
    expect(refused.get_by_test_id("place-order")).to_contain_text("€25.00")
    expect(refused.get_by_test_id("buyer-email")).to_have_value(email)
    go_and_pay(refused, stack.stripe_url)
    expect(refused.get_by_role("heading", name="25.00 EUR")).to_be_visible()


def test_what_is_sold_out_at_the_last_step_leaves_the_rest_of_the_order(
    refused: Page, organizer: Organizer, shop: Shop
) -> None:
    last = {"title": "Last one", "ticket_limit": 1, "prices": [price(0, "free")]}
    event = organizer.publish_event(last)
    refused.goto(f"/e/{event['slug']}")
    choose(refused, "Last one")
    choose(refused, "Free ticket", 2)
    email = fill_in_buyer(refused)
    shop.place(event["slug"], "Last one", "free")

    place(refused)
    expect(refused.locator("[data-code=sold_out]")).to_be_visible()
    expect(refused.get_by_test_id("buyer-email")).to_have_value(email)
    refused.get_by_test_id("take-out").click()
    place(refused)
    wait_for_tickets(refused, 2)


def test_a_field_at_fault_is_named_beside_it(visitor: Page, stack: Stack) -> None:
    visitor.goto(f"/e/{stack.event_slug}")
    choose(visitor, "Free ticket")
    visitor.get_by_test_id("buyer-email").fill("nobody")
    visitor.get_by_test_id("buyer-name").fill("Ada Lovelace")
    place(visitor)
    field = visitor.get_by_test_id("buyer-email")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


def test_without_a_network_nothing_is_lost_and_the_order_goes_on_by_itself(
    browser: Browser, site_url: str, device: Device, stack: Stack
) -> None:
    with in_context(browser, site_url, device) as context:
        page = context.new_page()
        page.goto(f"/e/{stack.event_slug}")
        choose(page, "Free ticket")
        email = fill_in_buyer(page)
        context.set_offline(True)
        expect(page.get_by_test_id("connection")).to_have_attribute("data-online", "false")
        place(page)
        expect(page.get_by_test_id("buyer-email")).to_have_value(email)
        context.set_offline(False)
        expect(page.get_by_test_id("connection")).to_have_attribute("data-online", "true")
        wait_for_tickets(page, 1)
