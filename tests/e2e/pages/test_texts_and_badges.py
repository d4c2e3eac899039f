"""An organizer words his mails and makes his badges, and sees both before anybody gets them."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.e2e.browsers import DESKTOP, PHONE, opened
from tests.e2e.clients import Json, Organizer, Outbox, Shop, Stack, new_address
from tests.e2e.pages.steps import be_signed_in

TEMPLATE = """#import "badge_parts.typ": code, fitted
#let badge(face) = {
  fitted("Crew " + face.name, width: face.width, height: 20mm, largest: 20pt)
  place(dx: 10mm, dy: 40mm, code(face, 40mm))
}
"""


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the organizer, who is refused now and then."""
    with opened(browser, site_url, DESKTOP, but=["status of 409", "status of 422"]) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


@pytest.fixture
def phone(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    with opened(browser, site_url, PHONE) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


@pytest.fixture
def event(organizer: Organizer) -> Json:
    return organizer.publish_event(title="A Fair with Words")


def open_setup(page: Page, organizer: Organizer, event: Json, part: str) -> None:
    page.goto(f"/work{organizer.path}/events/{event['id']}/setup/{part}")


def open_text(page: Page, kind: str) -> None:
    page.locator(f"[data-testid=text-kind][data-kind={kind}]").click()


def test_a_mail_is_worded_anew_and_the_buyer_reads_it(
    office: Page, organizer: Organizer, shop: Shop, outbox: Outbox, event: Json
) -> None:
    open_setup(office, organizer, event, "texts")
    open_text(office, "tickets_ready")
    picture = office.get_by_test_id("mail-picture")
    expect(picture).to_contain_text("Kari Nordmann")
    office.get_by_test_id("text-subject").fill("Come in, {name}")
    office.get_by_test_id("text-body").fill("Welcome to {colour}.")
    expect(office.get_by_test_id("text-body")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("save-bar").locator("[data-code=invalid_input]")).to_be_visible()
    expect(office.get_by_test_id("text-body")).to_have_value("Welcome to {colour}.")

    office.get_by_test_id("text-body").fill("Welcome to <b>{event}</b>.\n\n")
    office.get_by_test_id("text-body").press("Control+End")
    office.locator("[data-testid=placeholder][data-name=link]").click()
    expect(office.get_by_test_id("text-preview")).to_have_attribute("data-stale", "false")
    expect(picture).to_contain_text("Welcome to <b>A Fair with Words</b>.")
    expect(picture.locator("b, iframe, script")).to_have_count(0)
    office.get_by_test_id("tab-plain").click()
    expect(office.get_by_test_id("mail-plain")).to_contain_text("Welcome to")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("own-text")).to_be_visible()

    buyer = new_address()
    order = shop.place(event["slug"], "Free ticket", "free", buyer={"email": buyer, "name": "Ada Lovelace"})
    shop.wait(order)
    assert "Welcome to <b>A Fair with Words</b>." in outbox.wait_about(buyer, "Come in, Ada Lovelace")

    office.get_by_test_id("reset-text").click()
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("own-text")).to_have_count(0)
    [text] = [one for one in organizer.look(event, "mail-texts")["items"] if one["kind"] == "tickets_ready"]
    assert not text["own"]


def test_another_mail_is_not_opened_over_words_that_are_not_kept(
    office: Page, organizer: Organizer, event: Json
) -> None:
    open_setup(office, organizer, event, "texts")
    open_text(office, "order_placed")
    office.get_by_test_id("text-subject").fill("Other words")
    open_text(office, "order_cancelled")
    expect(office.get_by_test_id("leave")).to_be_visible()
    office.keyboard.press("Escape")
    expect(office.get_by_test_id("text-subject")).to_have_value("Other words")
    open_text(office, "order_cancelled")
    office.get_by_test_id("leave-go").click()
    expect(office.get_by_test_id("text-editor")).to_have_attribute("data-kind", "order_cancelled")

    office.get_by_test_id("text-language").select_option("ar")
    expect(office.get_by_test_id("mail-picture")).to_have_attribute("dir", "rtl")
    for come_back in (office.reload, office.go_back):
        come_back()
        expect(office.get_by_test_id("text-editor")).to_have_attribute("data-kind", "order_cancelled")
        expect(office.get_by_test_id("mail-picture")).to_have_attribute("lang", "ar")
        office.get_by_test_id("section-people").click()
        expect(office.get_by_test_id("people")).to_be_visible()


def test_other_words_of_a_colleague_are_told_before_they_are_overwritten(
    office: Page, organizer: Organizer, event: Json
) -> None:
    path = f"/events/{event['id']}/mail-texts/tickets_ready/en"

    def kept() -> tuple[str, str]:
        there = organizer.send("GET", path).json()
        return there["subject"], there["text"]

    open_setup(office, organizer, event, "texts")
    open_text(office, "tickets_ready")
    office.get_by_test_id("text-subject").fill("Mine, {name}")
    theirs = ("Theirs, {name}", "Also theirs.\n\n{link}")
    assert organizer.send("PUT", path, {"subject": theirs[0], "text": theirs[1]}).is_success
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("clash")).to_be_in_viewport()
    assert kept() == theirs
    expect(office.get_by_test_id("text-subject")).to_have_value("Mine, {name}")
    expect(office.get_by_test_id("text-body")).to_have_value(theirs[1])
    expect(office.get_by_test_id("mail-picture")).to_contain_text("Also theirs.")
    office.get_by_test_id("keep-mine").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)
    assert kept() == ("Mine, {name}", theirs[1])


def test_texts_are_worded_on_a_phone(phone: Page, organizer: Organizer, event: Json) -> None:
    open_setup(phone, organizer, event, "texts")
    open_text(phone, "order_placed")
    expect(phone.get_by_test_id("mail-picture")).to_be_visible()
    phone.get_by_test_id("all-texts").click()
    open_text(phone, "refund_sent")
    expect(phone.get_by_test_id("text-editor")).to_have_attribute("data-kind", "refund_sent")


def test_badges_look_as_the_organizer_wants_and_are_printed_with_his_template(
    office: Page, organizer: Organizer, shop: Shop, event: Json, tmp_path: Path
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    shop.give(order, 1, email="ola@example.com", name="Ola Nordmann")
    open_setup(office, organizer, event, "badges")
    picture = office.get_by_test_id("badge-preview")
    expect(picture.locator("img")).to_be_visible()
    office.get_by_test_id("badge-size").select_option("label")
    office.get_by_test_id("role-word").first.fill("Guest")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)
    expect(picture).to_have_attribute("data-stale", "false")
    badge = organizer.send("GET", f"/events/{event['id']}").json()["badge"]
    assert (badge["size"], badge["role_words"]) == ("label", {"attendee": "Guest"})

    office.get_by_test_id("tab-templates").click()
    office.get_by_test_id("add-template").click()
    office.get_by_test_id("template-name").fill("crew")
    office.get_by_test_id("template-source").fill("#let badge(face) = [")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("template-bar").locator("[data-code]")).to_be_visible()
    expect(office.get_by_test_id("template-source")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("template-source").fill(TEMPLATE)
    expect(office.get_by_test_id("badge-preview")).to_have_attribute("data-stale", "false")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("template-bar")).to_have_count(0)
    office.get_by_test_id("close-template").click()
    expect(office.get_by_test_id("template")).to_have_attribute("data-name", "crew")

    office.get_by_test_id("tab-look").click()
    office.get_by_test_id("badge-template").select_option("crew")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)

    office.get_by_test_id("tab-print").click()
    office.get_by_test_id("sheet-layout").select_option("one_a_page")
    office.get_by_test_id("begin-sheet").click()
    expect(office.get_by_test_id("job")).to_have_attribute("data-status", "done")
    with office.expect_download() as coming:
        office.get_by_test_id("sheet-file").first.click()
    file = tmp_path / "badges.pdf"
    coming.value.save_as(file)
    [page] = PdfReader(BytesIO(file.read_bytes())).pages
    assert "Crew Ola Nordmann" in page.extract_text()

    office.get_by_test_id("tab-templates").click()
    office.reload()
    office.get_by_test_id("remove-template").click()
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("remove-problem").locator("[data-code=in_use]")).to_be_visible()


def test_a_look_that_a_colleague_has_chosen_is_told_before_it_is_overwritten(
    office: Page, organizer: Organizer, event: Json
) -> None:
    def kept() -> tuple[str, Json]:
        badge = organizer.send("GET", f"/events/{event['id']}").json()["badge"]
        return badge["size"], badge["role_words"]

    open_setup(office, organizer, event, "badges")
    office.get_by_test_id("badge-size").select_option("label")
    theirs = {"size": "card", "role_words": {"vip": "Star", "press": "Media"}}
    organizer.change(event, "", {"badge": theirs})
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("clash")).to_be_in_viewport()
    assert kept() == ("card", theirs["role_words"])
    expect(office.get_by_test_id("role-word").last).to_have_value("Star")
    office.get_by_test_id("keep-mine").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)
    assert kept() == ("label", theirs["role_words"])


def test_another_source_of_a_template_is_told_before_it_is_overwritten(
    office: Page, organizer: Organizer, event: Json
) -> None:
    path = f"/events/{event['id']}/badges/crew"

    def keep(source: str) -> None:
        assert organizer.send("PUT", path, {"source": source}).is_success

    keep(TEMPLATE)
    open_setup(office, organizer, event, "badges")
    office.get_by_test_id("tab-templates").click()
    office.get_by_test_id("edit-template").click()
    office.get_by_test_id("template-source").fill(TEMPLATE.replace("Crew", "Mine"))
    theirs = TEMPLATE.replace("Crew", "Theirs")
    keep(theirs)
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("clash")).to_be_in_viewport()
    office.get_by_test_id("take-theirs").click()
    expect(office.get_by_test_id("template-source")).to_have_value(theirs)
    expect(office.get_by_test_id("template-bar")).to_have_count(0)
    assert organizer.send("GET", path).json()["source"] == theirs
