"""A buyer with a browser."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.clients import Door, Stack, new_address, read_qr

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


def choose(page: Page, tier: str, quantity: int) -> None:
    card = page.get_by_test_id("tier").filter(has_text=tier)
    for _ in range(quantity):
        card.get_by_test_id("more").click()


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
        expect(code).to_have_js_property("complete", True)
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
    page.get_by_role("button", name="Pay").click()

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
