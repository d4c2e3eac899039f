"""The organizer's daily work by keyboard alone; giving tickets out so is in `test_portal.py`."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.clients import Json, Organizer, Shop, Stack, price, wait_for
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.pages.test_keyboard import Hands

STUDENT: Json = {"title": "Student", "approval_required": True, "prices": [price(0, "free")]}


@pytest.fixture
def hands(desktop: Page, stack: Stack) -> Hands:
    be_signed_in(desktop, stack, stack.users["organizer"])
    return Hands(desktop)


@pytest.fixture
def waiting(organizer: Organizer, shop: Shop) -> tuple[Json, list[Json]]:
    """An event with two orders that wait for approval, the newest first."""
    event = organizer.publish_event(STUDENT)
    orders = [shop.place(event["slug"], "Student", "free") for _ in range(2)]
    wait_for("the list", lambda: len(organizer.orders(event)) == 2 or None)
    return event, orders[::-1]


def expect_focus(one: Locator) -> None:
    expect(one).to_be_focused()


def row(page: Page, order: Json) -> Locator:
    return page.locator(f'[data-testid=order-row][data-order="{order["id"]}"]').get_by_test_id("open-order")


def test_orders_are_found_looked_at_and_approved(
    hands: Hands, organizer: Organizer, shop: Shop, waiting: tuple[Json, list[Json]]
) -> None:
    event, (newest, oldest) = waiting
    page = hands.page
    page.goto(f"/work{organizer.path}/events/{event['id']}/orders")
    expect(page.get_by_test_id("order-row")).to_have_count(2)

    page.keyboard.press("j")
    expect_focus(row(page, newest))
    page.keyboard.press("j")
    expect_focus(row(page, oldest))
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.get_by_test_id("chosen-count")).to_have_attribute("data-count", "1")
    page.keyboard.press("x")
    expect(page.get_by_test_id("chosen")).to_have_count(0)
    hands.keep_place()

    page.keyboard.press("Enter")
    expect(page.get_by_test_id("explanation")).to_be_visible()
    hands.keep_place()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("order-panel")).to_have_count(0)
    expect_focus(row(page, newest))

    page.keyboard.press("Enter")
    approve = page.locator("[data-testid=act][data-action=approve]")
    hands.press(approve)
    expect(page.get_by_test_id("preview")).to_have_attribute("data-current", "true")
    hands.press(page.get_by_test_id("act-go"))
    expect(page.get_by_test_id("act-dialog")).to_have_count(0)
    shop.wait(newest)
    hands.keep_place()


def test_a_dialog_of_an_act_is_left_and_nothing_is_done(
    hands: Hands, organizer: Organizer, shop: Shop, waiting: tuple[Json, list[Json]]
) -> None:
    event, (newest, _) = waiting
    page = hands.page
    page.goto(f"/work{organizer.path}/events/{event['id']}/orders?order={newest['id']}")
    approve = page.locator("[data-testid=act][data-action=approve]")
    hands.press(approve)
    expect(page.get_by_test_id("act-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("act-dialog")).to_have_count(0)
    expect_focus(approve)
    assert shop.look(newest)["status"] == "awaiting_approval"


def test_a_letter_in_a_field_is_a_letter(
    hands: Hands, organizer: Organizer, waiting: tuple[Json, list[Json]]
) -> None:
    event, _ = waiting
    page = hands.page
    page.goto(f"/work{organizer.path}/events/{event['id']}/orders")
    expect(page.get_by_test_id("order-row")).to_have_count(2)
    page.keyboard.press("/")
    expect_focus(page.get_by_test_id("search"))
    page.keyboard.type("jkx?")
    expect(page.get_by_test_id("search")).to_have_value("jkx?")
    expect(page.get_by_test_id("none-fit")).to_be_visible()
    hands.press(page.get_by_test_id("show-all"))
    expect(page.get_by_test_id("order-row")).to_have_count(2)


def test_a_tier_gets_another_price(hands: Hands, organizer: Organizer, shop: Shop, event: Json) -> None:
    page = hands.page
    tier = shop.tier(event["slug"], "Regular")
    page.goto(f"/work{organizer.path}/events/{event['id']}/setup/tiers/{tier['id']}")
    hands.write(page.get_by_test_id("tier-title"), "Regular, with lunch")
    hands.write(page.get_by_test_id("price-amount").first, "59")
    hands.press(page.get_by_test_id("save"))
    expect(page.get_by_test_id("save-bar")).to_have_count(0)

    def changed() -> Json | None:
        page = shop.event(event["slug"])
        tiers = [one for category in page["categories"] for one in category["tiers"]]
        return next((one for one in tiers if one["title"] == "Regular, with lunch"), None)

    assert wait_for("the event page to follow", changed)["prices"][0]["amount"]["amount"] == 5900


def test_who_leaves_a_changed_tier_is_asked_and_may_stay(
    hands: Hands, organizer: Organizer, shop: Shop, event: Json
) -> None:
    page = hands.page
    tier = shop.tier(event["slug"], "Regular")
    page.goto(f"/work{organizer.path}/events/{event['id']}/setup/tiers/{tier['id']}")
    hands.write(page.get_by_test_id("tier-title"), "Regular, with lunch")
    back = page.get_by_test_id("back")
    hands.go(back, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("leave")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("leave")).to_have_count(0)
    expect_focus(back)
    expect(page.get_by_test_id("tier-title")).to_have_value("Regular, with lunch")


def test_sales_are_grouped_and_sorted(hands: Hands, organizer: Organizer, shop: Shop, event: Json) -> None:
    shop.wait(shop.place(event["slug"], "Free ticket", "free", 2))

    def told() -> bool | None:
        return organizer.look(event, "reports/sales")["total"]["tickets"] == 2 or None

    wait_for("the sale in the report", told)
    page = hands.page
    page.goto(f"/work{organizer.path}/events/{event['id']}/reports/sales")
    by = page.get_by_test_id("by")
    hands.go(by)
    by.press("ArrowDown")
    page.wait_for_url(re.compile("by=week"))
    hands.keep_place()
    hands.press(page.get_by_test_id("sort-tickets"))
    expect(
        page.get_by_role("columnheader").filter(has=page.get_by_test_id("sort-tickets"))
    ).to_have_attribute("aria-sort", "ascending")
    hands.keep_place()
