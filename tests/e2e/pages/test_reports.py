"""The reports of an event: what was sold, who came, and whether the money is where the books say."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browsers import DESKTOP, opened
from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    PayPage,
    Shop,
    Stack,
    User,
    new_address,
    sign_up,
    wait_for,
)
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.test_money import paid_by_card


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the organizer, who is refused now and then."""
    with opened(
        browser, site_url, DESKTOP, but=["status of 403", "status of 422", "GET answered 422"]
    ) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


def path_of(organizer: Organizer, event: Json, report: str = "") -> str:
    return f"/work{organizer.path}/events/{event['id']}/reports{report}"


def wait_for_sales(organizer: Organizer, event: Json, tickets: int) -> None:
    def told() -> bool | None:
        return organizer.look(event, "reports/sales")["total"]["tickets"] == tickets or None

    wait_for(f"{tickets} tickets in the report", told)


def expect_figure(page: Page, name: str, count: int) -> None:
    figure = page.locator(f"[data-testid=figures] [data-figure={name}]")
    expect(figure).to_have_attribute("data-count", str(count))


def expect_drawn(page: Page) -> None:
    """Expect a chart in which something is drawn."""
    expect(page.get_by_test_id("chart")).to_have_attribute("data-state", "there")
    drawn = (
        page.get_by_test_id("chart")
        .locator("canvas")
        .evaluate(
            """(canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
          return data.some((value) => value !== 0)
        }"""
        )
    )
    assert drawn


def row(page: Page, table: str, key: str) -> Locator:
    return page.locator(f'[data-testid={table}-row][data-key="{key}"]')


def saved(page: Page) -> str:
    """Save the report and return the file's text."""
    with page.expect_download() as download:
        page.get_by_test_id("save-csv").click()
    return Path(download.value.path()).read_text(encoding="utf-8")


def test_sales_are_grouped_drawn_narrowed_and_saved(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    paid_by_card(shop, pay_page, event, 2)
    paid_by_card(shop, pay_page, event, 1, "Workshop")
    wait_for_sales(organizer, event, 3)
    gross = 2 * 4900 + 1900

    office.goto(path_of(organizer, event))
    office.wait_for_url("**/reports/sales")
    expect_figure(office, "gross", gross)
    expect_figure(office, "orders", 2)
    expect_drawn(office)

    office.get_by_test_id("by").select_option("tier")
    office.wait_for_url(re.compile(r"by=tier"))
    regular = shop.tier(event["slug"], "Regular")
    expect(row(office, "sales", regular["id"])).to_contain_text("Regular")
    expect(office.get_by_test_id("sales-row").last).to_have_attribute("data-key", "total")
    expect(office.get_by_test_id("chart")).to_contain_text("Regular")
    office.get_by_test_id("show").select_option("tickets")
    expect(office.get_by_test_id("picture")).to_contain_text("Tickets")
    expect_drawn(office)

    # The address says it all.
    office.reload()
    expect(office.get_by_test_id("by")).to_have_value("tier")
    expect(office.get_by_test_id("show")).to_have_value("tickets")
    file = saved(office)
    assert file.startswith("\ufeff")
    lines = {line["key"]: line for line in csv.DictReader(StringIO(file.removeprefix("\ufeff")))}
    assert lines[regular["id"]]["gross"] == "98.00"
    assert lines["total"]["gross"] == "117.00"

    office.get_by_test_id("period").select_option("own")
    office.get_by_test_id("to").fill("2020-01-31")
    office.get_by_test_id("to").blur()
    expect(office.get_by_test_id("no-sales")).to_be_visible()
    office.get_by_test_id("from").fill("2020-02-01")
    office.get_by_test_id("from").blur()
    expect(office.get_by_test_id("report-problem")).to_be_visible()
    expect(office.get_by_test_id("to")).to_have_attribute("aria-invalid", "true")
    office.go_back()
    office.get_by_test_id("show-all").click()
    expect_figure(office, "gross", gross)


def test_what_is_drawn_follows_the_colours_that_the_reader_wants(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    shop.wait(shop.place(event["slug"], "Free ticket", "free", 2))
    wait_for_sales(organizer, event, 2)
    office.goto(path_of(organizer, event, "/sales?show=tickets"))
    expect_drawn(office)
    canvas = office.get_by_test_id("chart").locator("canvas")
    light = canvas.screenshot()
    office.emulate_media(color_scheme="dark")
    wait_for("the chart to be drawn anew", lambda: canvas.screenshot() != light or None)
    expect_drawn(office)


def test_money_that_agrees_and_money_that_does_not_is_told_with_its_order(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    order = paid_by_card(shop, pay_page, event)

    def told(difference: int) -> bool | None:
        cash = organizer.look(event, "reports/cash")["total"]
        return (cash["captured"]["amount"], cash["difference"]["amount"]) == (4900, difference) or None

    wait_for("the payment in the report", lambda: told(0))
    office.goto(path_of(organizer, event, "/cash"))
    expect(office.get_by_test_id("agrees")).to_be_visible()
    expect(office.get_by_test_id("nothing-open")).to_be_visible()
    expect_drawn(office)

    # Booked, and waiting for its bank.
    pay_page.set(pending_refunds=1)
    organizer.refund(event, order)
    wait_for("the difference in the report", lambda: told(4900))
    office.reload()
    difference = office.locator("[data-testid=differences] [data-account=stripe]")
    expect(difference).to_have_attribute("data-amount", "4900")
    expect(office.get_by_test_id("open-money-row")).to_have_count(2)
    office.get_by_test_id("what").select_option("refund_open")
    office.wait_for_url(re.compile(r"what=refund_open"))
    expect(office.get_by_test_id("open-money-row")).to_have_count(1)
    office.get_by_test_id("open-money").get_by_test_id("open").click()
    office.wait_for_url(re.compile(rf"/orders\?order={order['id']}"))
    expect(office.get_by_test_id("order-panel")).to_contain_text(order["code"])


def test_who_works_at_the_door_sees_arrivals_and_no_money(
    visitor: Page, stack: Stack, organizer: Organizer, shop: Shop, event: Json
) -> None:
    user = User(email=new_address("door"), password=PASSWORD)
    sign_up(stack, user.email)
    assert organizer.send("PUT", f"/members/{user.email}", {"role": "door"}).is_success
    gate = organizer.add(event, "gates", {"title": "North"})
    door = organizer.pair_device(event, gate_id=gate["id"])
    order = shop.wait(shop.place(event["slug"], "Free ticket", "free", 2))
    for ticket in order["tickets"]:
        assert door.send(shop.credential(ticket)).is_success
    wait_for("the arrivals", lambda: organizer.look(event, "reports/arrivals")["total"]["in"] == 2 or None)

    be_signed_in(visitor, stack, user)
    visitor.goto(path_of(organizer, event))
    visitor.wait_for_url("**/reports/arrivals")
    expect_figure(visitor, "in", 2)
    expect_drawn(visitor)
    expect(visitor.get_by_test_id("arrivals-row").first).to_contain_text("North")
    visitor.get_by_test_id("by").select_option("tier")
    expect(visitor.get_by_test_id("arrivals-row").first).to_contain_text("Free ticket")

    if visitor.get_by_test_id("sections").is_visible():
        visitor.get_by_test_id("sections").click()
    expect(visitor.get_by_test_id("section-reports/arrivals")).to_be_visible()
    expect(visitor.get_by_test_id("section-reports/sales")).to_have_count(0)
    expect(visitor.get_by_test_id("section-reports/cash")).to_have_count(0)
    visitor.goto(path_of(organizer, event, "/sales"))
    expect(visitor.get_by_test_id("refused")).to_be_visible()


def test_an_event_that_has_sold_nothing_says_so(office: Page, organizer: Organizer, event: Json) -> None:
    for report, nothing in (("sales", "no-sales"), ("arrivals", "no-arrivals"), ("cash", "no-cash")):
        office.goto(path_of(organizer, event, f"/{report}"))
        expect(office.get_by_test_id(nothing)).to_be_visible()
