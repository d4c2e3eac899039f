"""Seats chosen on the map, in the list and by the best there are; and those that somebody else got first."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.clients import Json, Organizer, PayPage, Shop, Stack
from tests.e2e.pages.steps import fill_in_buyer, go_and_pay, place, press, wait_for_tickets
from tests.e2e.test_seats import bought, seated, seats


@pytest.fixture
def hall(organizer: Organizer) -> Json:
    """An event with thirty seats at €55.00."""
    return seated(organizer)


def list_seat(page: Page, seat_id: str) -> Locator:
    return page.locator(f'[data-testid=list-seat][data-seat="{seat_id}"]')


def open_list(page: Page, event: Json) -> None:
    """Open every row of the list of seats."""
    page.goto(f"/e/{event['slug']}")
    page.get_by_test_id("show-list").click()
    expect(page.get_by_test_id("seat-list")).to_be_visible()
    for fold in page.locator("[data-testid=seat-list] details:not([open]) > summary").all():
        fold.click()


def check(page: Page, seat_id: str) -> None:
    seat = list_seat(page, seat_id)
    seat.scroll_into_view_if_needed()
    seat.check()


def chosen(page: Page) -> list[str]:
    found = page.get_by_test_id("chosen-seat")
    return sorted({str(one.get_attribute("data-seat")) for one in found.all()})


def seats_of(shop: Shop, page: Page) -> list[str]:
    """Return the seats of the order that a page shows."""
    order_id, _, key = page.url.partition("/orders/")[2].partition("#key=")
    order = shop.look({"id": order_id.partition("?")[0], "key": key})
    return sorted(ticket["seat_id"] for ticket in order["tickets"])


def test_seats_of_the_list_are_bought(visitor: Page, stack: Stack, hall: Json, pay_page: PayPage) -> None:
    open_list(visitor, hall)
    for seat_id in seats(4, 5):
        check(visitor, seat_id)
    assert chosen(visitor) == seats(4, 5)
    fill_in_buyer(visitor)
    expect(visitor.get_by_test_id("place-order")).to_contain_text("€110.00")
    go_and_pay(visitor, stack.stripe_url)
    press(visitor, "Pay")
    visitor.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_tickets(visitor, 2)
    expect(visitor.locator("main")).to_contain_text("Stalls · 1 · 4")


def test_seats_are_chosen_on_the_map_without_a_mouse(visitor: Page, hall: Json) -> None:
    visitor.goto(f"/e/{hall['slug']}")
    keys = visitor.get_by_test_id("seat-map-keys")
    keys.focus()
    keys.press("ArrowRight")
    expect(visitor.get_by_test_id("seat-said")).not_to_be_empty()
    keys.press("Enter")
    expect(visitor.get_by_test_id("chosen-seat")).to_have_count(1)
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(visitor.get_by_test_id("chosen-seat")).to_have_count(2)
    keys.press("Enter")
    expect(visitor.get_by_test_id("chosen-seat")).to_have_count(1)


def test_the_best_seats_are_found_together(visitor: Page, stack: Stack, hall: Json) -> None:
    visitor.goto(f"/e/{hall['slug']}")
    best = visitor.get_by_test_id("best-seats")
    for _ in range(3 - int(best.get_by_test_id("quantity-value").inner_text())):
        best.get_by_test_id("more").click()
    best.get_by_test_id("find-best").click()
    expect(visitor.get_by_test_id("chosen-seat")).to_have_count(3)
    rows = {seat_id.rpartition("-")[0] for seat_id in chosen(visitor)}
    assert len(rows) == 1
    fill_in_buyer(visitor)
    go_and_pay(visitor, stack.stripe_url)
    expect(visitor.get_by_role("heading", name="165.00 EUR")).to_be_visible()


def test_a_seat_that_goes_while_one_looks_is_let_go_and_told(refused: Page, hall: Json, shop: Shop) -> None:
    open_list(refused, hall)
    for seat_id in seats(4, 5):
        check(refused, seat_id)
    bought(shop, hall, 1, seats=seats(4))
    expect(refused.get_by_test_id("lost-seats")).to_be_visible(timeout=30_000)
    assert chosen(refused) == seats(5)
    refused.get_by_test_id("replace-seats").click()
    expect(refused.get_by_test_id("chosen-seat")).to_have_count(2)
    assert seats(4)[0] not in chosen(refused)


def test_a_seat_that_is_taken_between_choosing_and_paying_costs_the_others_nothing(
    refused: Page, stack: Stack, hall: Json, shop: Shop
) -> None:
    """The states stand still, as they do for who is quicker than the page asks."""
    refused.route("**/seats/state*", lambda route: route.abort())
    open_list(refused, hall)
    for seat_id in seats(7, 8):
        check(refused, seat_id)
    email = fill_in_buyer(refused)
    expect(refused.get_by_test_id("place-order")).to_contain_text("€110.00")
    bought(shop, hall, 1, seats=seats(8))
    place(refused)
    expect(refused.locator("[data-code=seat_taken]")).to_be_visible()
    expect(refused.get_by_test_id("buyer-email")).to_have_value(email)
    assert chosen(refused) == seats(7)
