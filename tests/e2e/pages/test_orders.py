"""An organizer works with his orders: finds what needs him, does it, and sees that it is done."""

import csv
import re
import uuid
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect

from tests.e2e.browsers import DESKTOP, opened
from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    PayPage,
    Schedules,
    Shop,
    Stack,
    User,
    bounce,
    euro,
    new_address,
    price,
    sign_up,
    wait_for,
    without_its_page,
)
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.test_money import paid_by_card, wait_for_attention, wait_for_debit

FOLLOWED_MS = 90_000
"""Until list and counts tell of what was done, on a busy machine."""


class Lapsing(NamedTuple):
    event: Json
    order: Json
    its_page: str


@pytest.fixture(scope="module", autouse=True)
def lapsing(organizer: Organizer, shop: Shop, stripe: PayPage) -> Lapsing:
    """An order whose hold of a minute ends while the other tests are under way, and where it can be paid."""
    event = organizer.publish_event(hold_minutes=1, capacity=1)
    return Lapsing(event, *without_its_page(shop, stripe, event))


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the organizer, who is refused now and then."""
    with opened(browser, site_url, DESKTOP, but=["status of 409", "status of 422"]) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


def path_of(organizer: Organizer, event: Json, query: str = "") -> str:
    return f"/work{organizer.path}/events/{event['id']}/orders{query}"


def open_orders(page: Page, organizer: Organizer, event: Json, query: str = "", *, count: int) -> None:
    """Open the list as soon as it knows all orders of the event."""
    wait_for("the list", lambda: len(organizer.orders(event)) >= count or None)
    wait_for("the summary", lambda: organizer.summary(event)["orders"] >= count or None)
    page.goto(path_of(organizer, event, query))


def rows(page: Page) -> Locator:
    return page.get_by_test_id("order-row")


def row(page: Page, order: Json) -> Locator:
    return page.locator(f'[data-testid=order-row][data-order="{order["id"]}"]')


def expect_rows(page: Page, *orders: Json) -> None:
    """Expect these orders to be listed and no other, in any order."""
    expect(rows(page)).to_have_count(len(orders))
    for order in orders:
        expect(row(page, order)).to_be_visible()


class Told(NamedTuple):
    """What the page has told of an act before it was done."""

    status: str | None
    payment: str | None
    effects: list[tuple[str | None, str | None]]
    """The kind of each, and its amount."""


def begin(page: Page, action: str) -> None:
    page.locator(f'[data-testid=act][data-action="{action}"]').click()


def told(page: Page) -> Told:
    """Wait until the page tells what an act will do, and return it."""
    expect(page.get_by_test_id("preview")).to_have_attribute("data-current", "true")
    after = page.get_by_test_id("preview-after")
    expect(after).to_be_visible()
    effects = page.get_by_test_id("effect").all()
    return Told(
        after.get_attribute("data-status"),
        after.get_attribute("data-payment"),
        [(one.get_attribute("data-kind"), one.get_attribute("data-amount")) for one in effects],
    )


def finish(page: Page) -> Told:
    """Do what an open act has told, and wait until the list has followed."""
    before = told(page)
    page.get_by_test_id("act-go").click()
    expect(page.get_by_test_id("act-dialog")).to_have_count(0)
    expect(page.get_by_test_id("following")).to_have_attribute("data-behind", "false", timeout=FOLLOWED_MS)
    return before


def do(page: Page, action: str) -> Told:
    begin(page, action)
    return finish(page)


def expect_reasons(page: Page, *reasons: str) -> None:
    """Expect the open order to ask for attention for these reasons alone."""
    expect(page.get_by_test_id("explanation")).to_be_visible()
    expect(page.get_by_test_id("reason")).to_have_count(len(reasons))
    for reason in reasons:
        expect(page.locator(f'[data-testid=reason][data-reason="{reason}"]')).to_be_visible()


def find_what_waits(page: Page, organizer: Organizer, event: Json, order: Json, reason: str) -> None:
    """Go from the page's first look at an event to the order that asks for attention."""

    def counted() -> bool | None:
        waits = [one["reason"] for one in organizer.summary(event)["attention"]]
        listed = [one["attention"] for one in organizer.orders(event) if one["id"] == order["id"]]
        return (reason in waits and any(reason in one for one in listed)) or None

    wait_for(f"the summary to name {reason}", counted, seconds=90)
    page.goto(path_of(organizer, event))
    page.locator(f'[data-testid=attention][data-reason="{reason}"]').click()
    page.wait_for_url(re.compile(rf"attention={reason}"))
    expect_rows(page, order)
    row(page, order).get_by_test_id("open-order").click()
    page.wait_for_url(re.compile(rf"order={order['id']}"))
    expect_reasons(page, reason)


def expect_nothing_waits(page: Page) -> None:
    """Expect the order to leave its list, and the summary to be calm."""
    expect_reasons(page)
    expect(rows(page)).to_have_count(0, timeout=FOLLOWED_MS)
    expect(page.get_by_test_id("nothing-waits")).to_be_visible(timeout=FOLLOWED_MS)


# --- what waits, each to its end ---------------------------------------------------------------------------


def test_an_order_that_waits_for_approval_is_approved_and_does_what_was_told(
    office: Page, organizer: Organizer, shop: Shop
) -> None:
    student = {"title": "Student", "approval_required": True, "prices": [price(0, "free")]}
    event = organizer.publish_event(student)
    order = shop.place(event["slug"], "Student", "free")
    find_what_waits(office, organizer, event, order, "approval_waiting")
    before = do(office, "approve")
    assert ("tickets_issued", None) in before.effects
    expect_nothing_waits(office)
    seen = shop.wait(order)
    assert (before.payment, len(seen["tickets"])) == (seen["payment_status"], 1)
    expect(office.get_by_test_id("panel-ticket")).to_have_count(1)


def test_a_failed_card_payment_is_set_aside_with_a_note(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    order = shop.place(event["slug"], "Workshop", "card")
    pay_page.debit(order)
    wait_for_debit(shop, order)
    [page] = pay_page.pages(order)
    pay_page.tell(f"debits/{page['id']}/fail")
    find_what_waits(office, organizer, event, order, "payment_failed")
    office.get_by_test_id("set-aside").click()
    office.get_by_test_id("need-note").fill("Called him")
    finish(office)
    expect_nothing_waits(office)
    noted = office.get_by_test_id("moment").filter(has_text="Called him")
    expect(noted).to_have_attribute("data-private", "true")


def test_an_overdue_invoice_is_settled_with_what_has_come(
    office: Page, organizer: Organizer, shop: Shop, schedules: Schedules
) -> None:
    event = organizer.publish_event(invoice_days=0)
    order = shop.place(event["slug"], "Regular", "invoice", quantity=2)

    def overdue() -> bool | None:
        schedules.begin("settle", "sweep")
        seen = organizer.look(event, f"orders/{order['id']}")
        return seen["attention"] == ["invoice_overdue"] or None

    wait_for("the invoice to be overdue", overdue, seconds=120)
    find_what_waits(office, organizer, event, order, "invoice_overdue")
    begin(office, "settle")
    office.get_by_test_id("need-amount").fill("40")
    part = finish(office)
    assert (part.payment, ("money_booked", "4000") in part.effects) == ("partially_paid", True)
    expect(office.get_by_test_id("money-left")).to_have_attribute("data-amount", "5800")
    rest = do(office, "settle")
    assert ("money_booked", "5800") in rest.effects
    expect_nothing_waits(office)
    assert shop.wait(order)["paid"] == euro(9800)


def test_tickets_without_a_name_are_assigned_when_the_event_is_near(
    office: Page, organizer: Organizer, shop: Shop
) -> None:
    starts_at = datetime.now(UTC) + timedelta(days=3)
    ends_at = starts_at + timedelta(days=1)
    event = organizer.publish_event(starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    wait_for(
        "the summary to name it",
        lambda: {"reason": "unassigned", "orders": 1} in organizer.summary(event)["attention"] or None,
    )
    office.goto(path_of(organizer, event))
    office.locator("[data-testid=attention][data-reason=unassigned]").click()
    expect_rows(office, order)
    row(office, order).get_by_test_id("open-order").click()
    office.get_by_test_id("assign").click()
    office.get_by_test_id("holder-name").fill("Grace Hopper")
    office.get_by_test_id("holder-email").fill(new_address("grace"))
    office.get_by_test_id("holder-save").click()
    expect(office.get_by_test_id("ticket-holder")).to_contain_text("Grace Hopper")
    expect(rows(office)).to_have_count(0, timeout=FOLLOWED_MS)
    expect(office.get_by_test_id("nothing-waits")).to_be_visible(timeout=FOLLOWED_MS)


def test_a_mailbox_that_bounced_gets_its_mails_again(
    office: Page, organizer: Organizer, shop: Shop, event: Json, stack: Stack
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    bounce(stack.cognito_url, order["buyer"]["email"], order)
    find_what_waits(office, organizer, event, order, "mail_bounced")
    before = do(office, "resend")
    assert "mail" in {kind for kind, _ in before.effects}
    expect_nothing_waits(office)


def test_a_refund_that_failed_is_sent_again(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    pay_page.set(pending_refunds=1)
    order = paid_by_card(shop, pay_page, event)
    organizer.refund(event, order)
    [made] = [one for one in pay_page.all("refunds") if one["metadata"].get("order_id") == order["id"]]
    pay_page.tell(f"refunds/{made['id']}/fail")
    find_what_waits(office, organizer, event, order, "refund_failed")
    before = do(office, "refund")
    assert ("money_refunded", "4900") in before.effects
    expect_nothing_waits(office)
    refunds = office.get_by_test_id("panel-refund")
    expect(refunds).to_have_count(2)
    expect(refunds.nth(1)).to_have_attribute("data-status", "succeeded")


def test_a_refund_by_hand_is_confirmed_once_it_was_sent(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Regular", "invoice")
    organizer.settle(event, order)
    shop.wait(order)
    organizer.refund(event, order)
    find_what_waits(office, organizer, event, order, "refund_by_hand")
    do(office, "confirm_refund:1")
    expect_nothing_waits(office)
    expect(office.get_by_test_id("panel-refund")).to_have_attribute("data-status", "succeeded")


def test_a_dispute_is_watched_until_it_is_won(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    order = paid_by_card(shop, pay_page, event)
    dispute = pay_page.tell("disputes", payment_intent=pay_page.payment(event, order))
    find_what_waits(office, organizer, event, order, "dispute")
    expect(office.get_by_test_id("panel-state")).to_have_attribute("data-payment", "disputed")
    office.get_by_test_id("impossible").locator("summary").click()
    refund = office.locator("[data-testid=impossible-act][data-action=refund]")
    expect(refund).to_have_attribute("data-code", "nothing_to_refund")
    pay_page.tell(f"disputes/{dispute['id']}/win")
    wait_for_attention(organizer, event, order, [])
    wait_for("the summary", lambda: organizer.summary(event)["attention"] == [] or None)
    office.reload()
    expect_reasons(office)
    expect(office.get_by_test_id("nothing-waits")).to_be_visible()


def test_tickets_are_released_before_their_invoice_is_paid(
    office: Page, organizer: Organizer, shop: Shop
) -> None:
    event = organizer.publish_event(invoice_policy="on_release")
    order = shop.place(event["slug"], "Regular", "invoice")
    find_what_waits(office, organizer, event, order, "manual_settlement")
    before = do(office, "release")
    assert ("tickets_issued", None) in before.effects
    expect_nothing_waits(office)
    assert shop.wait(order)["payment_status"] == "unpaid"


def test_money_that_does_not_fit_is_taken_for_the_order(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    order, other_page = without_its_page(shop, pay_page, event)
    pay_page.press(other_page, "pay")
    find_what_waits(office, organizer, event, order, "payment_mismatch")
    before = do(office, "settle")
    assert ("tickets_issued", None) in before.effects
    expect_nothing_waits(office)
    seen = shop.wait(order)
    assert (before.payment, seen["payment_status"], seen["paid"]) == ("paid", "paid", euro(4900))


def test_what_was_paid_too_much_goes_back_and_the_tickets_stay(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Regular", "invoice")
    organizer.settle(event, order, amount=euro(5400))
    tickets = [ticket["id"] for ticket in shop.wait(order)["tickets"]]
    find_what_waits(office, organizer, event, order, "overpaid")
    begin(office, "refund")
    expect(office.get_by_test_id("need-amount")).to_have_value("5")
    before = finish(office)
    assert ("money_refunded", "500") in before.effects
    expect_reasons(office, "overpaid", "refund_by_hand")
    do(office, "confirm_refund:1")
    expect_nothing_waits(office)
    seen = shop.look(order)
    assert (seen["payment_status"], seen["paid"]) == ("paid", euro(4900))
    assert [ticket["id"] for ticket in seen["tickets"]] == tickets


@pytest.fixture
def paid_twice(shop: Shop, event: Json, pay_page: PayPage) -> Json:
    """An order whose second payment Stripe is not able to send back."""
    order, other_page = without_its_page(shop, pay_page, event)
    pay_page.pay(order)
    shop.wait(order)
    pay_page.set(fail_requests=1000, only="POST /v1/refunds")
    pay_page.press(other_page, "pay")
    return order


@pytest.fixture
def sent_back(shop: Shop, pay_page: PayPage, schedules: Schedules, paid_twice: Json) -> Callable[[], None]:
    """Let Stripe be able again, and wait until the second payment is back."""

    def back() -> bool | None:
        schedules.begin("settle", "sweep")
        return "succeeded" in [one["status"] for one in shop.look(paid_twice)["refunds"]] or None

    def mend() -> None:
        pay_page.set(fail_requests=0)
        wait_for("the second payment to go back", back, seconds=120)

    return mend


def test_a_second_payment_is_watched_until_it_is_back(
    office: Page, organizer: Organizer, event: Json, paid_twice: Json, sent_back: Callable[[], None]
) -> None:
    find_what_waits(office, organizer, event, paid_twice, "second_payment")
    sent_back()
    wait_for_attention(organizer, event, paid_twice, [])
    wait_for("the summary", lambda: organizer.summary(event)["attention"] == [] or None)
    office.reload()
    expect_nothing_waits(office)
    expect(office.get_by_test_id("money-paid")).to_have_attribute("data-amount", "4900")


# --- the list ----------------------------------------------------------------------------------------------


def test_filters_stand_in_the_address_go_back_and_can_be_shared(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    slug = event["slug"]
    free = shop.place(slug, "Free ticket", "free", buyer={"email": new_address(), "name": "Zacharias Moen"})
    by_invoice = shop.place(slug, "Regular", "invoice", quantity=3)
    shop.wait(free)
    open_orders(office, organizer, event, count=2)
    expect_rows(office, free, by_invoice)
    expect(row(office, by_invoice)).to_contain_text("3 tickets by invoice")

    office.get_by_test_id("show-filters").click()
    office.get_by_test_id("filter-method").select_option("invoice")
    office.wait_for_url(re.compile("method=invoice"))
    expect_rows(office, by_invoice)
    office.get_by_test_id("filter-status").select_option("fulfilled")
    expect(office.get_by_test_id("none-fit")).to_be_visible()
    office.go_back()
    expect_rows(office, by_invoice)
    office.go_forward()
    expect(office.get_by_test_id("none-fit")).to_be_visible()
    office.get_by_test_id("clear-filters").click()
    expect_rows(office, free, by_invoice)

    office.get_by_test_id("search").fill("zachar")
    office.wait_for_url(re.compile("q=zachar"))
    expect_rows(office, free)
    office.reload()
    expect(office.get_by_test_id("search")).to_have_value("zachar")
    expect_rows(office, free)


def test_orders_are_filtered_by_company_and_placed_from_what_is_set_apart_for_one(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    company = organizer.company(f"Fjord {uuid.uuid4().hex[:8]}")
    taking_part = f"/events/{event['id']}/organizations/{company['id']}"
    assert organizer.send("PUT", taking_part, {"role": "sponsor"}).is_success
    tier = shop.tier(event["slug"], "Free ticket")
    allotment = organizer.allot(event, company, tier["id"], 5)
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    open_orders(office, organizer, event, count=1)
    office.get_by_test_id("new-order").click()
    office.get_by_test_id("new-kind").select_option("allotment")
    office.get_by_test_id("new-company").select_option(company["id"])
    office.get_by_test_id("new-allotment").select_option(allotment["id"])
    office.get_by_test_id("new-quantity").fill("2")
    office.get_by_test_id("new-name").fill("Ada Lovelace")
    office.get_by_test_id("new-email").fill(new_address())
    office.get_by_test_id("new-go").click()
    expect(office.get_by_test_id("explanation")).to_be_visible()
    office.get_by_test_id("close-drawer").click()
    wait_for("the list", lambda: len(organizer.orders(event)) == 2 or None)
    [drawn] = [one for one in organizer.orders(event) if one["company_id"] == company["id"]]
    assert (drawn["source"], drawn["tickets"]) == ("allotment", 2)

    office.get_by_test_id("refresh").click()
    expect(rows(office)).to_have_count(2)
    office.get_by_test_id("show-filters").click()
    office.get_by_test_id("filter-organization").select_option(company["id"])
    office.wait_for_url(re.compile(f"organization={company['id']}"))
    expect_rows(office, drawn)


def test_the_summary_counts_what_the_list_shows_to_the_cent(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    paid = paid_by_card(shop, pay_page, event, quantity=2)
    open_one = shop.place(event["slug"], "Regular", "invoice")
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    wait_for("the list", lambda: len(organizer.orders(event)) == 3 or None)
    wait_for("the summary", lambda: organizer.summary(event)["received"] == euro(9800) or None)
    office.goto(path_of(organizer, event))
    if office.get_by_test_id("summary-table").get_attribute("open") is None:
        office.get_by_test_id("summary-table").locator("summary").click()
    cell = office.locator("[data-testid=cell][data-status=fulfilled][data-method=card]")
    expect(cell).to_have_attribute("data-amount", "9800")
    cell.click()
    expect_rows(office, paid)
    waiting = office.locator("[data-testid=cell][data-status=awaiting_payment][data-method=invoice]")
    expect(waiting).to_have_attribute("data-amount", str(open_one["total"]["amount"]))
    waiting.click()
    expect_rows(office, open_one)


def test_the_list_is_worked_by_keyboard_alone(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    for _ in range(3):
        shop.place(event["slug"], "Regular", "invoice")
    open_orders(office, organizer, event, count=3)
    expect(rows(office)).to_have_count(3)
    keys = office.keyboard
    keys.press("j")
    keys.press("j")
    expect(rows(office).nth(1).get_by_test_id("open-order")).to_be_focused()
    keys.press("k")
    expect(rows(office).nth(0).get_by_test_id("open-order")).to_be_focused()
    keys.press("x")
    expect(office.get_by_test_id("chosen-count")).to_have_attribute("data-count", "1")
    keys.press("ArrowDown")
    expect(rows(office).nth(1).get_by_test_id("open-order")).to_be_focused()
    keys.press("Enter")
    expect(office.get_by_test_id("explanation")).to_be_visible()
    keys.press("Escape")
    expect(office.get_by_test_id("order-panel")).to_have_count(0)
    expect(rows(office).nth(1).get_by_test_id("open-order")).to_be_focused()
    keys.press("?")
    expect(office.get_by_test_id("keys-help")).to_be_visible()
    keys.press("Escape")
    expect(office.get_by_test_id("keys-help")).to_have_count(0)
    keys.press("/")
    expect(office.get_by_test_id("search")).to_be_focused()


def test_a_view_is_saved_shared_opened_and_removed(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Regular", "invoice")
    open_orders(office, organizer, event, "?method=invoice&status=awaiting_payment", count=1)
    office.get_by_test_id("save-view").click()
    office.get_by_test_id("view-label").fill("To be paid")
    office.get_by_test_id("view-shared").check()
    office.get_by_test_id("view-save").click()
    expect(office.get_by_test_id("view")).to_have_count(1)
    office.get_by_test_id("clear-filters").click()
    office.get_by_test_id("open-view").click()
    office.wait_for_url(re.compile("status=awaiting_payment"))
    expect_rows(office, order)
    office.get_by_test_id("remove-view").click()
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("view")).to_have_count(0)


def test_one_act_on_many_orders_keeps_the_refused_one_chosen(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    by_invoice = [shop.place(event["slug"], "Regular", "invoice") for _ in range(2)]
    free = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(free)
    open_orders(office, organizer, event, count=3)
    for order in (*by_invoice, free):
        row(office, order).get_by_test_id("choose-order").check()
    office.get_by_test_id("bulk").click()
    office.get_by_test_id("bulk-act").select_option("settle")
    office.get_by_test_id("bulk-go").click()
    trial = office.get_by_test_id("bulk-trial").locator("[data-possible]")
    expect(trial).to_have_attribute("data-possible", "2")
    expect(office.get_by_test_id("bulk-refusal")).to_have_attribute("data-order", free["id"])
    office.get_by_test_id("bulk-go").click()
    expect(office.get_by_test_id("bulk-job")).to_have_attribute("data-status", "done", timeout=FOLLOWED_MS)
    expect(office.locator("[data-testid=job-row][data-result=changed]")).to_have_count(2)
    expect(office.locator("[data-testid=job-row][data-result=failed]")).to_have_count(1)
    office.get_by_test_id("bulk-close").click()
    expect(office.get_by_test_id("chosen-count")).to_have_attribute("data-count", "1")
    expect(row(office, free).get_by_test_id("choose-order")).to_be_checked()
    for order in by_invoice:
        assert shop.wait(order)["payment_status"] == "paid"


def _not_over_yet(route: Route) -> None:
    """Let the page believe that a job is still under way."""
    if route.request.method == "OPTIONS":
        route.continue_()
        return
    real = route.fetch()
    route.fulfill(response=real, json=real.json() | {"status": "running"})


def test_an_act_on_many_orders_whose_window_was_closed_tells_its_results_later(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    by_invoice = shop.place(event["slug"], "Regular", "invoice")
    free = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(free)
    open_orders(office, organizer, event, count=2)
    for order in (by_invoice, free):
        row(office, order).get_by_test_id("choose-order").check()
    job = re.compile(r"/orders/bulk/[^/?]+\?")
    office.route(job, _not_over_yet)
    office.get_by_test_id("bulk").click()
    office.get_by_test_id("bulk-act").select_option("settle")
    office.get_by_test_id("bulk-go").click()
    expect(office.get_by_test_id("bulk-trial")).to_be_visible()
    office.get_by_test_id("bulk-go").click()
    expect(office.get_by_test_id("bulk-job")).to_have_attribute("data-status", "running")
    office.get_by_test_id("bulk-close").click()
    line = office.get_by_test_id("bulk-line")
    expect(line).to_have_attribute("data-status", "running")
    expect(office.get_by_test_id("bulk-put-away")).to_have_count(0)
    office.reload()
    expect(line).to_have_attribute("data-status", "running")
    office.unroute(job)
    expect(line).to_have_attribute("data-status", "done", timeout=FOLLOWED_MS)
    expect(line).to_have_attribute("data-done", "1")
    expect(line).to_have_attribute("data-refused", "1")
    expect(row(office, by_invoice)).to_have_attribute("data-status", "fulfilled", timeout=FOLLOWED_MS)
    office.get_by_test_id("bulk-open").click()
    refused = office.locator("[data-testid=job-row][data-result=failed]")
    expect(refused).to_contain_text(free["code"])
    office.get_by_test_id("bulk-close").click()
    office.get_by_test_id("bulk-put-away").click()
    office.reload()
    expect_rows(office, by_invoice, free)
    expect(line).to_have_count(0)


def test_a_refund_of_a_ticket_does_what_was_told_and_nothing_else(
    office: Page, organizer: Organizer, shop: Shop, event: Json, pay_page: PayPage
) -> None:
    order = paid_by_card(shop, pay_page, event, quantity=2)
    open_orders(office, organizer, event, f"?order={order['id']}", count=1)
    begin(office, "refund")
    office.get_by_test_id("need-part").select_option("tickets")
    office.get_by_test_id("need-tickets").get_by_role("checkbox").first.check()
    before = finish(office)
    seen = shop.look(order)
    [refund] = seen["refunds"]
    assert (before.status, before.payment) == (seen["status"], seen["payment_status"])
    assert ("money_refunded", str(refund["amount"]["amount"])) in before.effects
    assert [ticket["status"] for ticket in seen["tickets"]] == ["valid"] * 2
    begin(office, "refund")
    office.get_by_test_id("need-part").select_option("amount")
    office.get_by_test_id("need-amount").fill("49.01")
    refused = office.get_by_test_id("preview-refused").locator("[data-code]")
    expect(refused).to_have_attribute("data-code", "refund_too_large")
    assert len(shop.look(order)["refunds"]) == 1


def test_orders_are_placed_for_nothing_and_by_invoice(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    office.goto(path_of(organizer, event))
    expect(office.get_by_test_id("no-orders")).to_be_visible()
    for kind, title in (("comp", "Free ticket"), ("invoice", "Regular")):
        tier = shop.tier(event["slug"], title)
        office.get_by_test_id("new-order").click()
        office.get_by_test_id("new-kind").select_option(kind)
        quantity = office.locator(f'[data-testid=new-tier][data-tier="{tier["id"]}"]')
        quantity.get_by_test_id("new-quantity").fill("2")
        office.get_by_test_id("new-name").fill("Ada Lovelace")
        office.get_by_test_id("new-email").fill(new_address())
        if kind == "invoice":
            office.get_by_test_id("new-billing").fill("Analytical Engines")
        office.get_by_test_id("new-go").click()
        expect(office.get_by_test_id("explanation")).to_be_visible()
        office.get_by_test_id("close-drawer").click()
    wait_for("the list", lambda: len(organizer.orders(event)) == 2 or None)
    placed = {one["payment_method"]: one for one in organizer.orders(event)}
    assert {one["source"] for one in placed.values()} == {"organizer"}
    assert (placed["free"]["tickets"], placed["invoice"]["total"]) == (2, euro(9800))


def test_an_order_is_explained_in_the_language_of_who_looks_at_it(
    organizer: Organizer, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Regular", "invoice")
    path = f"{organizer.path}/events/{event['id']}/orders/{order['id']}"
    told = [
        organizer.http.get(path, headers={"Accept-Language": language}).json()["explanation"]["why"]
        for language in ("en", "de")
    ]
    assert told == [
        "The invoice of this order is not paid.",
        "Die Rechnung dieser Bestellung ist noch nicht bezahlt.",
    ]


def test_what_is_listed_is_exported_at_once_and_as_a_spreadsheet(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Regular", "invoice")
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    open_orders(office, organizer, event, "?method=invoice", count=2)
    expect_rows(office, order)
    office.get_by_test_id("export").click()
    with office.expect_download() as direct:
        office.get_by_test_id("export-go").click()
    content = Path(direct.value.path()).read_bytes()
    assert content.startswith(BOM_UTF8)
    found = list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))
    assert [one["order_id"] for one in found] == [order["id"]]

    office.get_by_test_id("export-format").select_option("xlsx")
    with office.expect_download(timeout=FOLLOWED_MS) as written:
        office.get_by_test_id("export-go").click()
    assert written.value.suggested_filename == f"orders-{event['slug']}.xlsx"
    with ZipFile(BytesIO(Path(written.value.path()).read_bytes())) as book:
        assert order["code"] in book.read("xl/worksheets/sheet1.xml").decode()


def test_orders_come_from_a_file_that_is_tried_first_and_anew_in_other_columns(
    office: Page, organizer: Organizer, event: Json
) -> None:
    sheet = f"reference,email,name,tier,price\nA-1,{new_address()},Kari Nordmann,Free ticket,0\n".encode()
    office.goto(path_of(organizer, event))
    office.get_by_test_id("import").click()
    office.get_by_test_id("import-format").select_option("pretix")
    file = FilePayload(name="orders.csv", mimeType="text/csv", buffer=sheet)
    office.get_by_test_id("import-file").set_input_files(file)
    expect(office.get_by_test_id("import-problem")).to_be_visible()
    office.get_by_test_id("import-format").select_option("admit")
    office.get_by_test_id("import-try").click()
    results = office.get_by_test_id("job-row")
    expect(results).to_have_attribute("data-result", "would_create", timeout=FOLLOWED_MS)
    assert organizer.orders(event) == []
    office.get_by_test_id("import-go").click()
    expect(results).to_have_attribute("data-result", "created", timeout=FOLLOWED_MS)
    [order] = wait_for("the list", lambda: organizer.orders(event) or None)
    assert (order["source"], order["buyer"]["name"]) == ("import", "Kari Nordmann")


def test_who_handles_money_sees_no_decisions_and_who_stands_at_a_door_no_orders(
    browser: Browser, site_url: str, stack: Stack, organizer: Organizer, shop: Shop
) -> None:
    student = {"title": "Student", "approval_required": True, "prices": [price(0, "free")]}
    event = organizer.publish_event(student)
    order = shop.place(event["slug"], "Student", "free")
    for role in ("finance", "door"):
        email = new_address(role)
        sign_up(stack, email)
        named = organizer.send("PUT", f"/members/{email}", {"role": role})
        assert named.status_code == 200, named.text
        with opened(browser, site_url, DESKTOP) as page:
            be_signed_in(page, stack, User(email=email, password=PASSWORD))
            page.goto(path_of(organizer, event, f"?order={order['id']}"))
            if role == "door":
                expect(page.get_by_test_id("refused")).to_be_visible()
                continue
            expect_reasons(page, "approval_waiting")
            expect(page.get_by_test_id("panel-timeline")).to_be_visible()
            expect(page.locator("[data-testid=act][data-action=approve]")).to_have_count(0)
            expect(page.get_by_test_id("new-order")).to_have_count(0)


# --- what waits until time has passed ----------------------------------------------------------------------


@pytest.fixture
def expired(lapsing: Lapsing, shop: Shop, schedules: Schedules) -> Lapsing:
    def over() -> bool | None:
        schedules.begin("settle", "sweep")
        return shop.look(lapsing.order)["status"] == "expired" or None

    wait_for("the hold to end", over, seconds=180)
    return lapsing


def test_money_that_came_after_the_end_goes_back(
    office: Page, organizer: Organizer, shop: Shop, pay_page: PayPage, expired: Lapsing
) -> None:
    event, order, its_page = expired
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    pay_page.press(its_page, "pay")
    wait_for_attention(organizer, event, order, ["paid_after_end"])
    find_what_waits(office, organizer, event, order, "paid_after_end")
    before = do(office, "refund")
    assert ("money_refunded", "4900") in before.effects
    expect_nothing_waits(office)
    [refund] = shop.look(order)["refunds"]
    assert (refund["amount"], refund["status"]) == (euro(4900), "succeeded")
