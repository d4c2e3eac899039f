"""An organizer looks after the people of an event: persons, the waiting list, and the companies there."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.browsers import DESKTOP, opened
from tests.e2e.clients import Json, Organizer, Shop, Stack, new_address, price, wait_for
from tests.e2e.pages.steps import be_signed_in


@pytest.fixture
def event(organizer: Organizer) -> Json:
    return organizer.publish_event(title="A Fair with People")


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the organizer, who is refused now and then."""
    with opened(browser, site_url, DESKTOP, but=["status of 409", "status of 422"]) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


def visit(page: Page, organizer: Organizer, event: Json, path: str = "people") -> None:
    page.goto(f"/work{organizer.path}/events/{event['id']}/{path}")


def find(page: Page, words: str, count: int) -> None:
    """Look for persons, and again until there are so many: the search is a moment behind."""
    page.get_by_test_id("person-search").fill(words)
    again = page.get_by_test_id("persons-again")

    def found() -> bool | None:
        again.click()
        expect(again).not_to_have_attribute("aria-busy", "true")
        return page.get_by_test_id("person-row").count() == count or None

    wait_for(f"{count} persons", found)


def test_a_person_is_added_found_corrected_and_erased(
    office: Page, organizer: Organizer, event: Json
) -> None:
    name = f"Ola {uuid.uuid4().hex[:8]}"
    visit(office, organizer, event)
    expect(office.get_by_test_id("no-persons")).to_be_visible()
    office.get_by_test_id("add-person").click()
    office.get_by_test_id("person-name").fill(name)
    office.get_by_test_id("person-email").fill("nobody")
    office.get_by_test_id("person-save").click()
    expect(office.get_by_test_id("person-email")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("person-email").fill(new_address("ola"))
    office.get_by_test_id("person-role").select_option("speaker")
    office.get_by_test_id("person-save").click()
    expect(office.get_by_test_id("person-panel")).to_have_count(0)

    expect(office.get_by_test_id("person-row")).to_have_count(1)
    find(office, name.split()[1], 1)
    office.get_by_test_id("open").click()
    office.get_by_test_id("person-company").fill("Fjord Analytics")
    office.get_by_test_id("person-save").click()
    expect(office.get_by_test_id("person-row")).to_contain_text("Fjord Analytics")
    [person] = organizer.look(event, "persons")["items"]
    assert (person["role"], person["company"]) == ("speaker", "Fjord Analytics")

    office.get_by_test_id("open").click()
    office.get_by_test_id("tab-privacy").click()
    with office.expect_download() as download:
        office.get_by_test_id("export-person").click()
    assert name in download.value.path().read_text()
    office.get_by_test_id("erase-person").click()
    office.get_by_test_id("remove-typed").fill(name)
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("person-panel")).to_have_count(0)
    assert name not in str(organizer.look(event, "persons")["items"])


def test_what_a_colleague_has_changed_of_a_person_is_told_before_it_is_overwritten(
    office: Page, organizer: Organizer, event: Json
) -> None:
    name = f"Ola {uuid.uuid4().hex[:8]}"
    person = organizer.add(event, "persons", {"name": name, "email": new_address("ola")})
    path = f"persons/{person['id']}"
    wait_for("him", lambda: organizer.look(event, f"persons?q={name.split()[1]}")["items"] or None)
    visit(office, organizer, event)
    office.get_by_test_id("open").click()
    office.get_by_test_id("person-note").fill("Mine")
    organizer.change(event, path, {"note": "Theirs", "company": "Fjord Analytics"})
    office.get_by_test_id("person-save").click()
    expect(office.get_by_test_id("clash")).to_be_in_viewport()
    assert organizer.look(event, path)["note"] == "Theirs"
    expect(office.get_by_test_id("person-company")).to_have_value("Fjord Analytics")
    office.get_by_test_id("keep-mine").click()
    expect(office.get_by_test_id("person-panel")).to_have_count(0)
    kept = organizer.look(event, path)
    assert (kept["note"], kept["company"]) == ("Mine", "Fjord Analytics")


def test_a_ticket_shows_with_its_person_who_is_not_erased_while_it_counts(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    shop.give(order, 1, email=new_address("holder"), name="Ola Nordmann")
    wait_for("him", lambda: organizer.look(event, "persons?q=nordmann")["items"] or None)
    visit(office, organizer, event)
    find(office, "nordmann", 1)
    office.get_by_test_id("open").click()
    office.get_by_test_id("tab-tickets").click()
    expect(office.get_by_test_id("person-ticket")).to_have_attribute("data-ticket", f"{order['id']}-1")
    office.get_by_test_id("tab-privacy").click()
    office.get_by_test_id("erase-person").click()
    office.get_by_test_id("remove-typed").fill("Ola Nordmann")
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("remove-problem").locator("[data-code=wrong_state]")).to_be_visible()


def test_two_who_are_one_become_one(office: Page, organizer: Organizer, event: Json) -> None:
    last = uuid.uuid4().hex[:8]
    stays, goes = (
        organizer.add(event, "persons", {"name": f"{first} {last}", "email": new_address("kari")})
        for first in ("Kari", "K.")
    )
    wait_for("both", lambda: len(organizer.look(event, f"persons?q={last}")["items"]) == 2 or None)
    visit(office, organizer, event)
    find(office, last, 2)
    office.locator(f"[data-testid=person-row][data-key='{stays['id']}']").get_by_test_id("open").click()
    office.get_by_test_id("tab-merge").click()
    office.get_by_test_id("merge-search").fill(last)
    office.get_by_test_id("merge-find").click()
    office.locator(f"[data-testid=merge-other][data-person='{goes['id']}']").click()
    office.get_by_test_id("merge-go").click()
    expect(office.get_by_test_id("person-panel")).to_have_count(0)
    [left] = organizer.look(event, "persons")["items"]
    assert left["id"] == stays["id"]


def test_people_come_from_a_file_that_is_tried_first(office: Page, organizer: Organizer, event: Json) -> None:
    sheet = f"email,name,role\n{new_address('a')},Ada Lovelace,speaker\nnobody,Nobody,\n".encode()
    visit(office, organizer, event)
    office.get_by_test_id("import-persons").click()
    file = FilePayload(name="people.csv", mimeType="text/csv", buffer=sheet)
    office.get_by_test_id("import-file").set_input_files(file)
    results = office.get_by_test_id("job-row")
    expect(results).to_have_count(2, timeout=60_000)
    expect(results.first).to_have_attribute("data-result", "would_create")
    expect(results.nth(1)).to_have_attribute("data-result", "failed")
    assert organizer.look(event, "persons")["items"] == []
    office.get_by_test_id("import-go").click()
    expect(results.first).to_have_attribute("data-result", "created", timeout=60_000)
    [person] = organizer.look(event, "persons")["items"]
    assert (person["name"], person["role"]) == ("Ada Lovelace", "speaker")
    visit(office, organizer, event)
    office.get_by_test_id("import-persons").click()
    expect(results.first).to_have_attribute("data-result", "created")


def test_who_waits_is_offered_what_comes_free(office: Page, organizer: Organizer, shop: Shop) -> None:
    boat = {"title": "Boat", "ticket_limit": 0, "prices": [price(1500, "card", "invoice")]}
    event = organizer.publish_event(boat, title="A Tour of the Harbour")
    tier_id = shop.tier(event["slug"], "Boat")["id"]
    for name in ("Ada Lovelace", "Grace Hopper"):
        joining = {"email": new_address("waiting"), "name": name, "quantity": 1, "tier_ids": [tier_id]}
        answer = shop.http.post(f"/public/events/{event['slug']}/waiting-list", json=joining)
        assert answer.is_success, answer.text
    visit(office, organizer, event)
    office.get_by_test_id("tab-waiting").click()
    rows = office.get_by_test_id("waiting-row")
    expect(rows).to_have_count(2)
    organizer.change(event, f"tiers/{tier_id}", {"ticket_limit": 1})
    office.get_by_test_id("offer-now").click()
    expect(rows.filter(has_text="Ada Lovelace").locator("[data-status=offered]")).to_be_visible()
    waiting = rows.filter(has_text="Grace Hopper")
    waiting.get_by_test_id("take-off").click()
    office.get_by_test_id("remove-go").click()
    expect(waiting).to_have_count(0)


def test_the_waiting_list_stays_open_over_a_reload_and_the_way_back(
    office: Page, organizer: Organizer, event: Json
) -> None:
    visit(office, organizer, event, "orders")
    office.get_by_test_id("section-people").click()
    expect(office.get_by_test_id("persons-page")).to_be_visible()
    office.get_by_test_id("tab-persons").press("ArrowRight")
    waiting = office.get_by_test_id("tab-waiting")
    expect(waiting).to_have_attribute("aria-selected", "true")
    expect(waiting).to_be_focused()
    office.wait_for_url("**/people?tab=waiting")
    office.reload()
    expect(waiting).to_have_attribute("aria-selected", "true")
    office.get_by_test_id("section-reports").click()
    office.wait_for_url("**/reports/*")
    office.go_back()
    expect(waiting).to_have_attribute("aria-selected", "true")
    office.get_by_test_id("section-people").click()
    expect(office.get_by_test_id("tab-persons")).to_have_attribute("aria-selected", "true")
    office.get_by_test_id("tab-waiting").click()
    office.go_back()
    expect(waiting).to_have_attribute("aria-selected", "true")
    office.go_back()
    office.wait_for_url("**/orders")


def test_a_company_takes_part_with_tickets_set_apart_for_it(
    office: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    company = organizer.company(f"Fjord {uuid.uuid4().hex[:8]}")
    tier = shop.tier(event["slug"], "Free ticket")
    visit(office, organizer, event, "setup/organizations")
    expect(office.get_by_test_id("no-organizations")).to_be_visible()
    office.get_by_test_id("add-organization").click()
    office.get_by_test_id("organization-company").select_option(company["id"])
    office.get_by_test_id("organization-role").select_option("exhibitor")
    office.get_by_test_id("organization-save").click()
    expect(office.get_by_test_id("organization-panel")).to_be_visible()

    office.get_by_test_id("tab-allotments").click()
    office.get_by_test_id("add-allotment").click()
    office.get_by_test_id("allotment-title").fill("For the stand")
    office.get_by_test_id("allotment-tier").select_option(tier["id"])
    office.get_by_test_id("allotment-units").fill("12")
    office.get_by_test_id("allotment-save").click()
    expect(office.get_by_test_id("allotment")).to_have_attribute("data-units", "12")
    office.get_by_test_id("change-allotment").click()
    office.get_by_test_id("allotment-units").fill("8")
    office.get_by_test_id("allotment-save").click()
    expect(office.get_by_test_id("allotment")).to_have_attribute("data-units", "8")

    office.get_by_test_id("tab-part").click()
    office.get_by_test_id("contact-name").fill("Ingrid")
    office.get_by_test_id("contact-email").fill("ingrid@example.com")
    office.get_by_test_id("part-days").fill("30")
    office.get_by_test_id("part-save").click()

    def kept() -> Json | None:
        part = organizer.look(event, f"organizations/{company['id']}")
        return part if part["invoice_days"] == 30 else None

    part = wait_for("the part in the event", kept)
    assert (part["role"], part["contact"]["email"]) == ("exhibitor", "ingrid@example.com")
    assert [one["units"] for one in part["allotments"]] == [8]


def test_what_a_colleague_has_changed_of_a_part_stays_and_is_told_where_it_is_the_same(
    office: Page, organizer: Organizer, event: Json
) -> None:
    company = organizer.company(f"Fjord {uuid.uuid4().hex[:8]}")
    path = f"organizations/{company['id']}"

    def write(**part: str | int) -> None:
        assert organizer.send("PUT", f"/events/{event['id']}/{path}", part).is_success

    def kept() -> tuple[str, int | None, str]:
        part = organizer.look(event, path)
        return part["role"], part["invoice_days"], part["notes"]

    write(role="sponsor")
    visit(office, organizer, event, "setup/organizations")
    office.get_by_test_id("open").click()
    office.get_by_test_id("tab-part").click()
    office.get_by_test_id("part-days").fill("30")
    write(role="exhibitor", notes="Hall 2")
    office.get_by_test_id("part-save").click()
    expect(office.get_by_test_id("organization-saved")).to_be_visible()
    assert kept() == ("exhibitor", 30, "Hall 2")

    expect(office.get_by_test_id("part-notes")).to_have_value("Hall 2")
    office.get_by_test_id("part-notes").fill("Mine")
    write(role="partner", notes="Theirs", invoice_days=30)
    office.get_by_test_id("part-save").click()
    expect(office.get_by_test_id("clash")).to_be_in_viewport()
    assert kept() == ("partner", 30, "Theirs")
    office.get_by_test_id("keep-mine").click()
    expect(office.get_by_test_id("clash")).to_have_count(0)
    expect(office.get_by_test_id("part-save")).not_to_have_attribute("aria-busy", "true")
    assert kept() == ("partner", 30, "Mine")
