"""A company's relays hand its tickets out: from the first one in a cart to a part of the guests, and back."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.e2e.browsers import DESKTOP, opened
from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    Outbox,
    Relay,
    Shop,
    Stack,
    User,
    csv_of,
    new_address,
    sign_up,
    signed_in,
    wait_for,
)
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.pages.test_keyboard import Hands
from tests.e2e.test_distribution import contact_of, hall, published, subject

TICKETS = 10
EVENT = "The evening"


class Desk(NamedTuple):
    """A company with ten seats of an event and two relays, of whom the first one is primary."""

    company: Json
    event: Json
    first: str
    second: str
    relay: Relay
    """The first one, over HTTP."""

    @property
    def path(self) -> str:
        return f"/work/companies/{self.company['id']}"


@pytest.fixture
def desk(stack: Stack, shop: Shop, organizer: Organizer) -> Iterator[Desk]:
    first, second = new_address("ingrid"), new_address("jonas")
    company = organizer.company("Fjord Analytics", first, second)
    event, allotment = published(shop, organizer, company, EVENT, TICKETS)
    organizer.seat(event, **hall(allotment["tier_id"]))
    kept = {"rows": ["hall-1"], "channel": allotment["id"]}
    organizer.add(event, "seating/block", kept)
    with signed_in(stack, first) as http:
        relay = Relay(http, company["id"])
        shop.wait(relay.draw(allotment, TICKETS))
        wait_for("the tickets", lambda: len(relay.tickets()) == TICKETS or None)
        yield Desk(company, event, first, second, relay)


def let_in(page: Page, stack: Stack, email: str) -> None:
    sign_up(stack, email)
    be_signed_in(page, stack, User(email=email, password=PASSWORD))


def tickets(page: Page, state: str | None = None) -> Locator:
    wanted = f'[data-state="{state}"]' if state else ""
    return page.locator(f"[data-testid=portal-ticket]{wanted}")


def ticket(page: Page, ticket_id: str) -> Locator:
    return page.locator(f'[data-testid=portal-ticket][data-ticket="{ticket_id}"]')


def guest(page: Page, contact: Json) -> Locator:
    return page.locator(f'[data-testid=guest][data-contact="{contact["id"]}"]')


def take(page: Page, *ticket_ids: str) -> None:
    """Choose tickets by their boxes."""
    for ticket_id in ticket_ids:
        one = ticket(page, ticket_id)
        one.get_by_test_id("choose-ticket").click()
        expect(one).to_have_attribute("data-chosen", "true")


def expect_chosen(page: Page, count: int) -> None:
    expect(page.get_by_test_id("chosen-count")).to_have_attribute("data-count", str(count))


def on_the_shelf(page: Page) -> list[str]:
    """Return the ids of the tickets that may be given."""
    shelf = page.get_by_test_id("shelf").get_by_test_id("portal-ticket")
    expect(shelf.first).to_be_visible()
    return [str(one.get_attribute("data-ticket")) for one in shelf.all()]


def meant(desk: Desk, of: str | None = None) -> dict[str, int]:
    """Count what is meant for the guests of a cart."""
    return {line["contact_id"]: len(line["tickets"]) for line in desk.relay.cart(of)["guests"]}


def choose_and_give(page: Page, desk: Desk) -> Json:
    """Put four tickets into the cart by number, and one from the map to somebody new; return who that is."""
    page.goto(f"{desk.path}/tickets")
    expect(tickets(page, "not_distributed")).to_have_count(TICKETS)
    expect(page.get_by_test_id("chosen-bar")).to_have_count(0)
    page.get_by_test_id("choose-number").fill("4")
    page.get_by_test_id("choose-some").click()
    expect_chosen(page, 4)
    expect(page.get_by_test_id("chosen-bar")).to_be_in_viewport(ratio=1)
    page.get_by_test_id("put-in-cart").click()
    expect(page.get_by_test_id("chosen-bar")).to_have_count(0)
    expect(tickets(page, "allocated")).to_have_count(4)

    page.get_by_test_id("show-map").click()
    for shown, count in {"distributed": 0, "not_distributed": TICKETS, "all": TICKETS}.items():
        toggle = page.get_by_test_id(f"seats-{shown}")
        toggle.click()
        expect(toggle).to_have_attribute("aria-pressed", "true")
        expect(toggle).to_contain_text(str(count))
    keys = page.get_by_test_id("seat-map-keys")
    keys.focus()
    keys.press("ArrowRight")
    keys.press("Enter")
    expect_chosen(page, 1)
    page.get_by_test_id("give-to-guest").click()
    newcomer = new_address("newcomer")
    page.get_by_test_id("pick-new").click()
    page.get_by_test_id("new-guest-email").fill(newcomer)
    page.get_by_test_id("new-guest-first").fill("Grace")
    page.get_by_test_id("new-guest-save").click()
    expect(page.get_by_test_id("chosen-bar")).to_have_count(0)
    [grace] = desk.relay.look("contacts?q=grace")["items"]
    assert grace["email"] == newcomer
    found: Json = grace
    return found


def bring_and_give(page: Page, contact: Json) -> str:
    """Bring a contact into the cart as a guest and give him two tickets of it; return the id of one."""
    page.get_by_test_id("add-guest").click()
    page.get_by_test_id("guest-search").fill(contact["first_name"])
    page.locator(f'[data-testid=pick-contact][data-contact="{contact["id"]}"]').click()
    expect(guest(page, contact)).to_have_attribute("data-tickets", "0")
    page.get_by_test_id("shelf-pool").click()
    [one, other, *_] = on_the_shelf(page)
    take(page, one, other)
    guest(page, contact).get_by_test_id("give-here").click()
    expect(guest(page, contact)).to_have_attribute("data-tickets", "2")
    return one


def distribute_but(page: Page, spared: Json) -> None:
    """Serve all guests of the cart but one, who stays in it."""
    page.get_by_test_id("to-review").click()
    expect(page.get_by_test_id("review-guest")).to_have_count(2)
    expect(page.get_by_test_id("unassigned-left")).to_be_visible()
    stays = page.locator(f'[data-testid=review-guest][data-contact="{spared["id"]}"]')
    stays.get_by_test_id("choose-guest").uncheck()
    page.get_by_test_id("distribute").click()
    expect(page.get_by_test_id("distributed")).to_be_visible()
    expect(page.get_by_test_id("still-in-cart")).to_be_visible()
    expect(page.get_by_test_id("review-guest")).to_have_count(1)


def take_back(page: Page, ticket_id: str) -> None:
    take(page, ticket_id)
    page.get_by_test_id("take-back").click()
    page.get_by_test_id("take-back-confirm").click()
    expect(page.get_by_test_id("taken-back")).to_be_visible()
    page.get_by_test_id("take-back-close").click()


def test_a_relay_walks_from_the_first_ticket_to_a_part_of_his_guests_and_takes_one_back(
    visitor: Page, stack: Stack, desk: Desk, outbox: Outbox
) -> None:
    ada = desk.relay.add("contacts", contact_of(1, "Ada"))
    let_in(visitor, stack, desk.first)
    grace = choose_and_give(visitor, desk)
    visitor.get_by_test_id("to-cart").click()
    visitor.wait_for_url("**/cart")
    expect(guest(visitor, grace)).to_have_attribute("data-tickets", "1")
    one = bring_and_give(visitor, ada)
    assert outbox.subjects_to(ada["email"]) + outbox.subjects_to(grace["email"]) == []

    visitor.reload()
    expect(guest(visitor, ada)).to_have_attribute("data-tickets", "2")
    expect(guest(visitor, grace)).to_have_attribute("data-tickets", "1")
    distribute_but(visitor, grace)
    outbox.wait_titled(ada["email"], subject(EVENT))
    assert outbox.subjects_to(grace["email"]) == []
    assert meant(desk) == {grace["id"]: 1}

    visitor.goto(f"{desk.path}/tickets?state=distributed")
    expect(tickets(visitor, "distributed")).to_have_count(2)
    expect(ticket(visitor, one).get_by_test_id("ticket-holder")).to_contain_text("Ada")
    take_back(visitor, one)
    expect(tickets(visitor)).to_have_count(1)
    visitor.get_by_test_id("state-all").click()
    expect(ticket(visitor, one)).to_have_attribute("data-state", "not_distributed")
    outbox.wait_for_subjects(ada["email"], subject(EVENT), f"Your ticket for {EVENT} is no longer yours")
    expect(visitor.get_by_test_id("count-distributed")).to_have_attribute("data-count", "1", timeout=60_000)


def test_a_ticket_is_dragged_to_a_guest_and_from_him_to_another(
    desktop: Page, stack: Stack, desk: Desk
) -> None:
    ada, bo = (desk.relay.add("contacts", contact_of(at, name)) for at, name in enumerate(("Ada", "Bo")))
    for contact in (ada, bo):
        assert desk.relay.send("PUT", f"cart/guests/{contact['id']}").status_code == 200
    let_in(desktop, stack, desk.first)
    desktop.goto(f"{desk.path}/cart")
    [one, other, third, *rest] = on_the_shelf(desktop)
    ticket(desktop, one).drag_to(guest(desktop, ada))
    expect(guest(desktop, ada)).to_have_attribute("data-tickets", "1")
    expect(desktop.get_by_test_id("shelf").get_by_test_id("portal-ticket")).to_have_count(2 + len(rest))
    take(desktop, other, third)
    ticket(desktop, third).drag_to(guest(desktop, ada))
    expect(guest(desktop, ada)).to_have_attribute("data-tickets", "3")
    expect(desktop.get_by_test_id("shelf").get_by_test_id("portal-ticket")).to_have_count(len(rest))
    ticket(desktop, one).drag_to(guest(desktop, bo))
    expect(guest(desktop, bo)).to_have_attribute("data-tickets", "1")
    expect(guest(desktop, ada)).to_have_attribute("data-tickets", "2")
    assert meant(desk) == {ada["id"]: 2, bo["id"]: 1}


def test_tickets_are_given_moved_and_taken_out_by_keyboard_alone(
    desktop: Page, stack: Stack, desk: Desk
) -> None:
    ada, bo = (desk.relay.add("contacts", contact_of(at, name)) for at, name in enumerate(("Ada", "Bo")))
    for contact in (ada, bo):
        assert desk.relay.send("PUT", f"cart/guests/{contact['id']}").status_code == 200
    let_in(desktop, stack, desk.first)
    desktop.goto(f"{desk.path}/cart")
    [one, *_] = on_the_shelf(desktop)
    hands = Hands(desktop)
    hands.press(ticket(desktop, one).get_by_test_id("choose-ticket"), "Space")
    expect_chosen(desktop, 1)
    hands.press(guest(desktop, ada).get_by_test_id("give-here"))
    expect(guest(desktop, ada)).to_have_attribute("data-tickets", "1")
    hands.keep_place()
    hands.press(ticket(desktop, one).get_by_test_id("choose-ticket"), "Space")
    expect_chosen(desktop, 1)
    hands.press(guest(desktop, bo).get_by_test_id("give-here"))
    expect(guest(desktop, bo)).to_have_attribute("data-tickets", "1")
    expect(guest(desktop, ada)).to_have_attribute("data-tickets", "0")
    hands.keep_place()
    hands.press(guest(desktop, bo).get_by_test_id("take-out"))
    expect(guest(desktop, bo)).to_have_attribute("data-tickets", "0")
    hands.keep_place()
    assert meant(desk) == {ada["id"]: 0, bo["id"]: 0}


def test_a_colleague_works_in_the_cart_of_who_is_a_relay_no_more_and_the_log_names_both(
    visitor: Page, stack: Stack, organizer: Organizer, desk: Desk
) -> None:
    ada = desk.relay.add("contacts", contact_of(1, "Ada"))
    [one, *_] = desk.relay.tickets(state="not_distributed")
    assert desk.relay.allocate(ada, add=[one["id"]]).status_code == 200
    relays = f"/companies/{desk.company['id']}/relays"
    primary = {"name": "Jonas", "primary": True}
    assert organizer.send("PUT", f"{relays}/{desk.second}", primary).is_success
    assert organizer.send("DELETE", f"{relays}/{desk.first}").status_code == 204

    let_in(visitor, stack, desk.second)
    visitor.goto(f"{desk.path}/cart")
    expect(visitor.get_by_test_id("no-guests")).to_be_visible()
    visitor.get_by_test_id("whose-cart").select_option(desk.first)
    expect(visitor.get_by_test_id("behalf")).to_have_attribute("data-owner", desk.first)
    expect(visitor.get_by_test_id("behalf")).to_contain_text(desk.second)
    expect(guest(visitor, ada)).to_have_attribute("data-tickets", "1")
    visitor.get_by_test_id("to-review").click()
    visitor.get_by_test_id("distribute").click()
    expect(visitor.get_by_test_id("all-served")).to_be_visible()

    with signed_in(stack, desk.second) as http:
        colleague = Relay(http, desk.company["id"])
        wait_for("the log", lambda: colleague.log()[-1]["step"] == "distributed" or None)
    visitor.goto(f"{desk.path}/log")
    behalf = visitor.locator("[data-testid=log-entry][data-step=distributed]").get_by_test_id("log-behalf")
    expect(behalf).to_contain_text(desk.second)
    expect(behalf).to_contain_text(desk.first)


def test_of_two_relays_at_one_guest_the_later_one_is_told_and_loses_nothing(
    refused: Page, stack: Stack, desk: Desk
) -> None:
    ada = desk.relay.add("contacts", contact_of(1, "Ada"))
    assert desk.relay.send("PUT", f"cart/guests/{ada['id']}").status_code == 200
    let_in(refused, stack, desk.first)
    refused.goto(f"{desk.path}/cart")
    expect(guest(refused, ada)).to_have_attribute("data-tickets", "0")
    [mine, *_, hers] = on_the_shelf(refused)
    take(refused, mine)
    with signed_in(stack, desk.second) as http:
        colleague = Relay(http, desk.company["id"])
        assert colleague.allocate(ada, of=desk.first, add=[hers]).status_code == 200

    give = guest(refused, ada).get_by_test_id("give-here")
    give.click()
    trouble = guest(refused, ada).get_by_test_id("cart-trouble")
    expect(trouble.locator("[data-code=changed_meanwhile]")).to_contain_text(desk.second)
    expect(guest(refused, ada)).to_have_attribute("data-tickets", "1")
    expect_chosen(refused, 1)
    give.click()
    expect(guest(refused, ada)).to_have_attribute("data-tickets", "2")
    expect(trouble).to_have_count(0)
    assert meant(desk) == {ada["id"]: 2}


def test_a_ticket_that_a_colleague_has_taken_is_named_and_the_others_go(
    refused: Page, stack: Stack, desk: Desk
) -> None:
    ada, bo = (desk.relay.add("contacts", contact_of(at, name)) for at, name in enumerate(("Ada", "Bo")))
    let_in(refused, stack, desk.first)
    refused.goto(f"{desk.path}/tickets")
    expect(tickets(refused)).to_have_count(TICKETS)
    [one, other] = [str(each.get_attribute("data-ticket")) for each in tickets(refused).all()[:2]]
    take(refused, one, other)
    with signed_in(stack, desk.second) as http:
        colleague = Relay(http, desk.company["id"])
        assert colleague.allocate(bo, add=[other]).status_code == 200

    refused.get_by_test_id("give-to-guest").click()
    refused.locator(f'[data-testid=pick-contact][data-contact="{ada["id"]}"]').click()
    expect(refused.get_by_test_id("ticket-at-fault")).to_have_attribute("data-ticket", other)
    expect_chosen(refused, 2)
    expect(ticket(refused, other).get_by_test_id("ticket-cart")).to_contain_text(desk.second)
    refused.get_by_test_id("go-without").click()
    expect(ticket(refused, one).get_by_test_id("ticket-guest")).to_contain_text("Ada")
    assert meant(desk) == {ada["id"]: 1}


def test_a_sheet_goes_out_is_filled_in_and_is_applied_once_its_rows_are_right(
    visitor: Page, stack: Stack, desk: Desk, outbox: Outbox
) -> None:
    let_in(visitor, stack, desk.first)
    visitor.goto(f"{desk.path}/tickets")
    visitor.get_by_test_id("open-sheet").click()
    with visitor.expect_download() as download:
        visitor.get_by_test_id("sheet-download").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) == TICKETS
    for at, row in enumerate(rows[:2]):
        row |= {f"new_{name}": value for name, value in contact_of(at).items()}
    right, rows[1]["new_email"] = rows[1]["new_email"], "nobody at all"
    send(visitor, rows)
    expect(visitor.get_by_test_id("sheet-fault")).to_have_attribute("data-row", "3")
    expect(visitor.get_by_test_id("sheet-change")).to_have_count(1)
    assert desk.relay.states() == {"not_distributed": TICKETS}

    rows[1]["new_email"] = right
    send(visitor, rows)
    expect(visitor.get_by_test_id("sheet-change")).to_have_count(2)
    expect(visitor.get_by_test_id("sheet-fault")).to_have_count(0)
    visitor.get_by_test_id("sheet-apply").click()
    expect(visitor.locator("[data-testid=sheet-result] [data-dry-run=false]")).to_have_attribute(
        "data-changed", "2", timeout=60_000
    )
    visitor.get_by_test_id("sheet-close").click()
    expect(tickets(visitor, "distributed")).to_have_count(2)
    outbox.wait_for_subjects(right, f"Your ticket for {EVENT}")


def send(page: Page, rows: list[dict[str, str]]) -> None:
    """Choose a filled in sheet, and wait until it was tried."""
    file: FilePayload = {"name": "guests.csv", "mimeType": "text/csv", "buffer": csv_of(rows).encode()}
    page.get_by_test_id("sheet-file").set_input_files(file)
    expect(page.get_by_test_id("sheet-progress")).to_have_count(0, timeout=60_000)
    result = page.locator("[data-testid=sheet-result] [data-dry-run=true]")
    expect(result).to_have_attribute("data-failed", re.compile(r"\d+"), timeout=60_000)


def test_contacts_come_from_a_sheet_are_changed_merged_and_removed(
    visitor: Page, stack: Stack, desk: Desk
) -> None:
    let_in(visitor, stack, desk.first)
    visitor.goto(f"{desk.path}/contacts")
    expect(visitor.get_by_test_id("no-contacts")).to_be_visible()
    visitor.get_by_test_id("open-sheet").click()
    rows = [{**contact_of(at, name), "tags": "Press"} for at, name in enumerate(("Ada", "Bo", "Cy"))]
    send(visitor, [*rows, {**rows[0], "email": "nobody at all"}])
    expect(visitor.get_by_test_id("sheet-fault")).to_have_attribute("data-row", "5")
    visitor.get_by_test_id("sheet-apply").click()
    done = visitor.locator("[data-testid=sheet-result] [data-dry-run=false]")
    expect(done).to_have_attribute("data-changed", "3", timeout=60_000)
    visitor.get_by_test_id("sheet-close").click()
    expect(visitor.get_by_test_id("contact")).to_have_count(3)

    visitor.get_by_test_id("contact-search").fill("bo")
    expect(visitor.get_by_test_id("contact")).to_have_count(1)
    visitor.get_by_test_id("contact").click()
    visitor.get_by_test_id("contact-last").fill("Derek")
    visitor.get_by_test_id("contact-save").click()
    expect(visitor.get_by_test_id("contact")).to_contain_text("Bo Derek")
    visitor.get_by_test_id("contact").click()
    visitor.get_by_role("tab", name="Merge").click()
    visitor.get_by_test_id("merge-search").fill("cy")
    expect(visitor.get_by_test_id("merge-other")).to_have_count(1)
    visitor.get_by_test_id("merge-other").click()
    visitor.get_by_test_id("merge-go").click()
    expect(visitor.get_by_test_id("contact-panel")).to_have_count(0)
    visitor.get_by_test_id("contact-search").fill("")
    expect(visitor.get_by_test_id("contact")).to_have_count(2)

    visitor.get_by_test_id("contact").first.click()
    visitor.get_by_test_id("contact-remove").click()
    visitor.get_by_role("dialog").last.get_by_role("button", name="Remove contact").click()
    expect(visitor.get_by_test_id("contact")).to_have_count(1)


def test_the_primary_relay_says_who_else_acts_and_tickets_are_drawn_and_shared_by_a_link(
    visitor: Page, stack: Stack, shop: Shop, organizer: Organizer, desk: Desk
) -> None:
    organizer.allot(desk.event, desk.company, shop.tier(desk.event["slug"], "Free ticket")["id"], 5)
    let_in(visitor, stack, desk.first)
    visitor.goto(f"{desk.path}/relays")
    expect(visitor.get_by_test_id("relay")).to_have_count(2)
    third = new_address("third")
    visitor.get_by_test_id("add-relay").click()
    visitor.get_by_test_id("relay-name").fill("Kari")
    visitor.get_by_test_id("relay-email").fill(third)
    visitor.get_by_test_id("relay-save").click()
    expect(visitor.locator(f'[data-testid=relay][data-email="{third}"]')).to_be_visible()

    visitor.goto(f"{desk.path}/allotments")
    fresh = visitor.locator("[data-testid=allotment][data-left='5']")
    fresh.get_by_test_id("draw").click()
    visitor.get_by_test_id("draw-quantity").fill("2")
    visitor.get_by_test_id("draw-go").click()
    expect(visitor.get_by_test_id("drawn")).to_be_visible()
    wait_for("the tickets", lambda: len(desk.relay.tickets()) == TICKETS + 2 or None)

    visitor.goto(f"{desk.path}/links")
    visitor.get_by_test_id("new-link").click()
    visitor.get_by_test_id("link-tickets").fill("2")
    visitor.get_by_test_id("make-link").click()
    expect(visitor.get_by_test_id("claim-link")).to_have_attribute("data-open", "true")
    assert [len(link["tickets"]) for link in desk.relay.look("claim-links")["items"]] == [2]


def test_a_company_whose_portal_is_off_sees_its_tickets_and_is_told_so(
    visitor: Page, stack: Stack, organizer: Organizer, desk: Desk
) -> None:
    off = {"distribution_enabled": False, "address_book_enabled": False}
    assert organizer.send("PATCH", f"/companies/{desk.company['id']}", off).is_success
    let_in(visitor, stack, desk.first)
    visitor.goto(f"{desk.path}/tickets")
    expect(visitor.get_by_test_id("switched-off")).to_be_visible()
    expect(tickets(visitor)).to_have_count(TICKETS)
    expect(visitor.get_by_test_id("choose-ticket")).to_have_count(0)
    for part in ("cart", "contacts"):
        visitor.goto(f"{desk.path}/{part}")
        expect(visitor.get_by_test_id("switched-off")).to_be_visible()


def test_two_relays_see_each_other_s_work_in_two_browsers(
    browser: Browser, site_url: str, stack: Stack, desk: Desk
) -> None:
    ada = desk.relay.add("contacts", contact_of(1, "Ada"))
    [one, *_] = desk.relay.tickets(state="not_distributed")
    assert desk.relay.allocate(ada, add=[one["id"]]).status_code == 200
    with (
        opened(browser, site_url, DESKTOP) as first,
        opened(browser, site_url, DESKTOP, but=["status of 409"]) as second,
    ):
        let_in(first, stack, desk.first)
        let_in(second, stack, desk.second)
        first.goto(f"{desk.path}/cart")
        second.goto(f"{desk.path}/cart?relay={desk.first}")
        first.get_by_test_id("to-review").click()
        second.get_by_test_id("to-review").click()
        expect(second.get_by_test_id("review-guest")).to_have_count(1)
        first.get_by_test_id("distribute").click()
        expect(first.get_by_test_id("distributed")).to_be_visible()
        second.get_by_test_id("distribute").click()
        expect(second.get_by_test_id("not-in-cart")).to_contain_text("Ada")
        expect(second.get_by_test_id("all-served")).to_be_visible()
