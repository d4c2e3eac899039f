"""An organizer seats his event: a plan from nothing or a file, and seats that are kept, moved and given."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.browsers import DESKTOP, opened
from tests.e2e.clients import Json, Organizer, Shop, Stack, wait_for
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.pages.test_seats import list_seat, open_list
from tests.e2e.test_seats import STALLS, bought, hall, tier_id

FILE = """section,row,seat,category
Stalls,1,1,Stalls
Stalls,1,2,Stalls
Balcony,A,1,Good seats
"""


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the organizer, who is refused now and then."""
    with opened(browser, site_url, DESKTOP, but=["status of 409", "status of 422"]) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


@pytest.fixture
def event(organizer: Organizer) -> Json:
    return organizer.publish_event(STALLS, title="A Play with Seats")


def open_seating(page: Page, organizer: Organizer, event: Json) -> None:
    page.goto(f"/work{organizer.path}/events/{event['id']}/setup/seating")


def choose_seats(page: Page, *seat_ids: str) -> None:
    """Choose seats of one row in the list."""
    page.get_by_test_id("as-list").click()
    section, row, _ = seat_ids[0].split("-")
    page.get_by_test_id("rows-section").select_option(section)
    page.get_by_test_id("rows-row").select_option(row)
    for seat_id in seat_ids:
        page.locator(f"[data-testid=rows-seat][data-seat='{seat_id}']").check()


def taken(organizer: Organizer, event: Json, row: int = 1) -> Json:
    state = organizer.look(event, "seating/state?section=stalls")
    rows: Json = {one["id"]: one for one in state["rows"]}
    found: Json = rows[str(row)]
    return found


def test_a_plan_is_drawn_from_nothing_and_a_buyer_sees_which_seats_are_his_to_choose(
    office: Page, desktop: Page, organizer: Organizer, event: Json
) -> None:
    stalls = tier_id(organizer, event, "Stalls")
    open_seating(office, organizer, event)
    expect(office.get_by_test_id("no-plan")).to_be_visible()
    office.get_by_test_id("add-section").click()
    office.get_by_test_id("section-save").click()
    expect(office.get_by_test_id("section-title")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("section-title").fill("Stalls")
    office.get_by_test_id("rows-count").fill("3")
    office.get_by_test_id("rows-seats").fill("8")
    office.get_by_test_id("rows-aisle").fill("4")
    office.get_by_test_id("section-save").click()
    office.get_by_test_id("add-section").click()
    office.get_by_test_id("section-title").fill("Balcony")
    office.get_by_test_id("rows-count").fill("2")
    office.get_by_test_id("rows-first").fill("A")
    office.get_by_test_id("section-save").click()
    expect(office.get_by_test_id("section")).to_have_count(2)
    office.locator(f"[data-testid=tier-boxes] input[value='{stalls}']").check()
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("plan-bar")).to_have_count(0)
    seating = organizer.look(event, "seating")
    assert [(one["title"], one["rows"], one["seats"]) for one in seating["sections"]] == [
        ("Stalls", 3, 24),
        ("Balcony", 2, 24),
    ]
    assert seating["plan"]["categories"][0]["tier_ids"] == [stalls]

    office.get_by_test_id("tab-seats").click()
    choose_seats(office, "stalls-1-3", "stalls-1-4")
    office.get_by_test_id("keep-note").fill("The camera")
    office.get_by_test_id("keep-seats").click()
    expect(office.get_by_test_id("chosen-count").first).to_have_attribute("data-count", "0")
    row = taken(organizer, event)
    assert (row["kept"], row["note"]) == ({"3": "nobody", "4": "nobody"}, "The camera")

    open_list(desktop, event)
    expect(list_seat(desktop, "stalls-1-2")).to_be_enabled()
    expect(list_seat(desktop, "stalls-1-3")).to_be_disabled()

    choose_seats(office, "stalls-1-3")
    office.get_by_test_id("free-seats").click()
    expect(office.get_by_test_id("chosen-count").first).to_have_attribute("data-count", "0")
    assert taken(organizer, event)["kept"] == {"4": "nobody"}


def test_a_plan_of_a_file_is_tried_before_it_is_taken(
    office: Page, organizer: Organizer, event: Json
) -> None:
    stalls = tier_id(organizer, event, "Stalls")
    open_seating(office, organizer, event)
    office.get_by_test_id("tab-import").click()
    wrong = FILE.replace("Stalls,1,2,Stalls", "Stalls,1,1,Stalls")
    for content, shown in ((wrong, "import-problem"), (FILE, "import-tried")):
        file = FilePayload(name="seats.csv", mimeType="text/csv", buffer=content.encode())
        office.get_by_test_id("plan-file").set_input_files(file)
        expect(office.get_by_test_id(shown)).to_be_visible()
    assert organizer.look(event, "seating")["version"] == 0
    office.locator(f"[data-testid=import-tried] input[value='{stalls}']").first.check()
    office.get_by_test_id("take-plan").click()
    expect(office.get_by_test_id("plan-form")).to_be_visible()
    expect(office.get_by_test_id("section")).to_have_count(2)
    plan = organizer.look(event, "seating")["plan"]
    assert [one["tier_ids"] for one in plan["categories"]] == [[stalls], []]


def test_what_is_special_about_a_seat_is_said_on_the_map_without_a_mouse(
    office: Page, organizer: Organizer, event: Json
) -> None:
    organizer.seat(event, **hall(tier_id(organizer, event, "Stalls")))
    open_seating(office, organizer, event)
    office.get_by_test_id("tab-plan").click()
    keys = office.get_by_test_id("seat-map-keys")
    keys.focus()
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(office.get_by_test_id("seat-traits")).to_be_visible()
    office.get_by_test_id("seat-kind").select_option("accessible")
    office.get_by_test_id("seat-restricted").fill("Behind a pillar")
    office.get_by_test_id("seat-traits-go").click()
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("plan-bar")).to_have_count(0)
    rows = organizer.look(event, "seating")["plan"]["sections"][0]["rows"]
    special = [seat for row in rows for seat in row.get("seats") or [] if seat.get("kind") == "accessible"]
    assert [seat["restricted"] for seat in special] == ["Behind a pillar"]


def test_a_ticket_is_moved_and_its_seat_is_not_taken_out_of_the_plan(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    organizer.seat(event, **hall(tier_id(organizer, event, "Stalls")))
    order = bought(shop, event, 1, seats=["stalls-1-4"])
    open_seating(office, organizer, event)
    choose_seats(office, "stalls-1-4", "stalls-1-7")
    expect(office.get_by_test_id("chosen-ticket")).to_have_count(1)
    office.get_by_test_id("move-seats").click()
    expect(office.get_by_test_id("chosen-count").first).to_have_attribute("data-count", "0")
    assert taken(organizer, event)["taken"] == {"7": f"{order['id']}-1"}

    office.get_by_test_id("tab-plan").click()
    office.get_by_test_id("edit-section").click()
    office.locator("[data-testid=section-dialog] summary").click()
    office.get_by_test_id("remove-row").first.click()
    office.get_by_test_id("section-save").click()
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("plan-bar").locator("[data-code=in_use]")).to_be_visible()
    office.get_by_test_id("discard").click()
    expect(office.get_by_test_id("plan-bar")).to_have_count(0)


def test_tickets_without_a_seat_are_seated_all_at_once(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    organizer.seat(event, **hall(tier_id(organizer, event, "Free ticket"), choice="later"))
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    shop.wait(order)
    open_seating(office, organizer, event)
    office.get_by_test_id("fill-go").click()
    expect(office.get_by_test_id("job")).to_have_attribute("data-status", "done")

    def seated() -> list[str] | None:
        return [ticket["seat_id"] for ticket in shop.look(order)["tickets"] if ticket["seat_id"]] or None

    assert len(wait_for("the seats", seated)) == 2
