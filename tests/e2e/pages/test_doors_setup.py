"""An organizer sets his doors up: lists, gates, devices; and sees who arrives."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import DESKTOP, PHONE, opened
from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    Shop,
    Stack,
    User,
    new_address,
    read_qr,
    sign_up,
    wait_for,
)
from tests.e2e.pages.steps import be_patient, be_signed_in
from tests.e2e.pages.test_door import codes_of, scan


@pytest.fixture
def event(organizer: Organizer) -> Json:
    return organizer.publish_event(title="A Fair with Doors")


@pytest.fixture
def phone(browser: Browser, site_url: str) -> Iterator[Page]:
    with opened(browser, site_url, PHONE) as page:
        be_patient(page)
        yield page


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the organizer, who is refused now and then."""
    with opened(browser, site_url, DESKTOP, but=["status of 409", "status of 422"]) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


def open_doors(page: Page, organizer: Organizer, event: Json, tab: str) -> None:
    page.goto(f"/work{organizer.path}/events/{event['id']}/doors?tab={tab}")


def test_a_device_is_set_up_and_a_phone_pairs_with_the_code_on_the_screen(
    office: Page, phone: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    [code] = codes_of(shop, event, 1)
    open_doors(office, organizer, event, "devices")
    expect(office.get_by_test_id("no-devices")).to_be_visible()
    office.get_by_test_id("add-device").click()
    office.get_by_test_id("device-name").fill("North 1")
    office.get_by_test_id("device-profile").select_option("search")
    office.get_by_test_id("device-save").click()
    link = read_qr(office.get_by_test_id("drawn-code").screenshot())
    assert "/work/door#pair=" in link

    phone.goto(link)
    expect(phone.get_by_test_id("desk")).to_be_visible()
    expect(office.get_by_test_id("pair-done")).to_be_visible()
    office.get_by_test_id("pair-close").click()
    expect(office.get_by_test_id("device-paired")).to_be_visible()
    scan(phone, code, "admitted")

    office.get_by_test_id("tab-arrivals").click()
    expect(office.get_by_test_id("arrived")).to_have_attribute("data-count", "1")
    expect(office.get_by_test_id("inside-now")).to_have_attribute("data-count", "1")

    office.get_by_test_id("tab-devices").click()
    office.get_by_test_id("revoke-device").click()
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("device")).to_have_count(0)


def test_a_list_is_set_up_with_its_rules(office: Page, organizer: Organizer, shop: Shop, event: Json) -> None:
    tier = shop.tier(event["slug"], "Workshop")
    open_doors(office, organizer, event, "lists")
    expect(office.get_by_test_id("check-in-list")).to_have_count(1)
    office.get_by_test_id("add-list").click()
    office.get_by_test_id("list-save").click()
    expect(office.get_by_test_id("list-title")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("list-title").fill("Workshop")
    office.locator(f"[data-testid=list-tiers] input[value='{tier['id']}']").check()
    office.get_by_test_id("list-again").select_option("never")
    office.get_by_test_id("list-save").click()
    expect(office.get_by_test_id("check-in-list")).to_have_count(2)
    [rules] = [one for one in organizer.look(event, "check-in-lists")["items"] if one["id"] != "everyone"]
    assert (rules["tier_ids"], rules["again"]) == ([tier["id"]], "never")

    office.locator(f"[data-testid=check-in-list][data-id='{rules['id']}']").get_by_test_id(
        "edit-list"
    ).click()
    office.get_by_test_id("list-paid-only").check()
    office.get_by_test_id("list-save").click()
    expect(office.get_by_test_id("list-dialog")).to_have_count(0)
    [rules] = [one for one in organizer.look(event, "check-in-lists")["items"] if one["id"] != "everyone"]
    assert (rules["paid_only"], rules["tier_ids"]) == (True, [tier["id"]])


def test_gates_and_zones_are_set_up_and_what_is_in_use_stays(
    office: Page, organizer: Organizer, event: Json
) -> None:
    rules = organizer.add(event, "check-in-lists", {"title": "Workshop"})
    open_doors(office, organizer, event, "places")
    office.get_by_test_id("add-gate").click()
    office.get_by_test_id("place-title").fill("North")
    office.get_by_test_id("place-capacity").fill("some")
    office.get_by_test_id("place-save").click()
    expect(office.get_by_test_id("place-capacity")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("place-capacity").fill("40")
    office.get_by_test_id("place-save").click()
    expect(office.get_by_test_id("gate")).to_have_count(1)
    [gate] = organizer.look(event, "gates")["items"]
    assert (gate["title"], gate["capacity"]) == ("North", 40)
    office.get_by_test_id("edit-zone").first.click()
    office.get_by_test_id("place-capacity").fill("500")
    office.get_by_test_id("place-save").click()
    expect(office.get_by_test_id("place-dialog")).to_have_count(0)
    assert organizer.look(event, "zones")["items"][0]["capacity"] == 500

    organizer.add(event, "devices", {"name": "North 1", "gate_id": gate["id"], "list_ids": [rules["id"]]})
    for tab, remove in (("places", "remove-gate"), ("lists", "remove-list")):
        office.get_by_test_id(f"tab-{tab}").click()
        office.get_by_test_id(remove).click()
        office.get_by_test_id("remove-go").click()
        expect(office.get_by_test_id("remove-problem")).to_be_visible()
        office.keyboard.press("Escape")
    expect(office.get_by_test_id("check-in-list")).to_have_count(2)


def test_the_log_shows_refused_scans_and_a_note_is_told_at_the_door(
    office: Page, phone: Page, organizer: Organizer, shop: Shop, event: Json
) -> None:
    [code] = codes_of(shop, event, 1)
    door = organizer.pair_device(event, "South 1")
    assert [door.scan(code)["result"], door.scan(code)["result"]] == ["admitted", "refused"]
    wait_for("the log", lambda: organizer.attempts(event, outcome="refused") or None)
    open_doors(office, organizer, event, "log")
    refused = office.locator("[data-testid=attempt][data-outcome=refused]")
    expect(refused).to_have_attribute("data-reason", "already_in")
    office.get_by_test_id("log-outcome").select_option("admitted")
    expect(refused).to_have_count(0)
    office.get_by_test_id("note-ticket").first.click()
    office.get_by_test_id("note-text").fill("Speaks at ten")
    office.get_by_test_id("note-attention").check()
    office.get_by_test_id("note-save").click()
    expect(office.get_by_test_id("note-saved")).to_be_visible()

    device = organizer.add(event, "devices", {"name": "North 1"})
    phone.goto(f"/work/door#pair={device['code']}")
    phone.get_by_test_id("direction-out").click()
    shown = scan(phone, code, "admitted")
    expect(shown.get_by_test_id("answer-note")).to_have_text("Speaks at ten")


def test_who_works_at_the_door_sees_the_doors_and_sets_nothing_up(
    desktop: Page, stack: Stack, organizer: Organizer, event: Json
) -> None:
    user = User(email=new_address("door"), password=PASSWORD)
    sign_up(stack, user.email)
    assert organizer.send("PUT", f"/members/{user.email}", {"role": "door"}).is_success
    organizer.add(event, "devices", {"name": "North 1"})
    be_signed_in(desktop, stack, user)
    open_doors(desktop, organizer, event, "devices")
    expect(desktop.get_by_test_id("device")).to_have_count(1)
    expect(desktop.get_by_test_id("add-device")).to_have_count(0)
    desktop.get_by_test_id("tab-lists").click()
    expect(desktop.get_by_test_id("check-in-list")).to_have_count(1)
    expect(desktop.get_by_test_id("add-list")).to_have_count(0)
