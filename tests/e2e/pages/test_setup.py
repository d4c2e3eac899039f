"""An organizer sets an event up from nothing, on a phone and on a desktop, and its guests buy what he has set
up."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import DESKTOP, Device, opened
from tests.e2e.clients import (
    Json,
    Organizer,
    PayPage,
    Stack,
    wait_for,
)
from tests.e2e.pages.steps import (
    be_signed_in,
    choose,
    fill_in_buyer,
    give_code,
    go_and_pay,
    place,
    press,
    tier_card,
    wait_for_tickets,
)

REFUSALS = ["status of 409", "status of 422"]


@pytest.fixture
def founder(browser: Browser, site_url: str, stack: Stack, device: Device) -> Iterator[Page]:
    """Who may open an organizer account, once with a phone and once with a desktop."""
    with opened(browser, site_url, device, but=REFUSALS) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of a member of the demo's organizer."""
    with opened(browser, site_url, DESKTOP, but=REFUSALS) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


@pytest.fixture
def event(organizer: Organizer) -> Json:
    return organizer.publish_event(title="A Fair to Set Up")


def goto(page: Page, organizer: Organizer, event: Json, part: str) -> None:
    page.goto(f"/work{organizer.path}/events/{event['id']}/setup/{part}")


def go(page: Page, section: str) -> None:
    """Open another part of the set-up by the navigation, which is folded away on a phone."""
    link = page.get_by_test_id(f"section-setup/{section}")
    link.wait_for(state="attached")
    if not link.is_visible():
        page.get_by_test_id("sections").click()
    link.click()


def enter(page: Page, field: str, at: datetime) -> None:
    """Enter a moment; what is entered is what clocks at the event show."""
    page.get_by_test_id(f"{field}-date").fill(f"{at:%Y-%m-%d}")
    page.get_by_test_id(f"{field}-time").fill(f"{at:%H:%M}")
    page.get_by_test_id(f"{field}-time").blur()


def save(page: Page) -> None:
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("saved").first).to_be_visible()
    expect(page.get_by_test_id("save-bar")).to_have_count(0)


def read(organizer: Organizer, event: Json) -> Json:
    answer: Json = organizer.send("GET", f"/events/{event['id']}").json()
    return answer


def state(page: Page, item: str) -> str | None:
    page.get_by_test_id("checklist-item").first.wait_for()
    shown = page.locator(f"[data-testid=checklist-item][data-item={item}]")
    return shown.get_attribute("data-state")


def create_event(page: Page, title: str) -> str:
    """Create an event that begins in a month; return its slug."""
    page.get_by_test_id("new-event").click()
    page.get_by_test_id("new-title").fill(title)
    slug = page.get_by_test_id("new-slug").input_value()
    page.get_by_test_id("new-timezone").select_option("Europe/Oslo")
    page.get_by_test_id("new-currency").select_option("EUR")
    start = datetime.now(UTC) + timedelta(days=30)
    enter(page, "new-starts", start.replace(hour=10, minute=0))
    page.get_by_test_id("create-event").click()
    page.wait_for_url("**/setup/checklist")
    expect(page.get_by_test_id("event-status").locator("[data-status=draft]")).to_be_visible()
    return slug


def test_an_event_is_set_up_from_nothing_and_sold(
    founder: Page, visitor: Page, stack: Stack, pay_page: PayPage
) -> None:
    page, name = founder, uuid.uuid4().hex[:8]
    page.goto("/work/")
    page.get_by_test_id("open-account").click()
    page.get_by_test_id("account-name").fill("A New Organizer")
    page.get_by_test_id("open-go").click()
    page.wait_for_url("**/work/organizer/*")
    expect(page.get_by_test_id("no-events")).to_be_visible()

    slug = create_event(page, f"Night of Maps {name}")
    assert slug == f"night-of-maps-{name}"

    go(page, "event")
    page.get_by_test_id("event-description").fill("Maps, and those who draw them.")
    page.get_by_test_id("event-venue").fill("Town hall")
    page.get_by_test_id("event-capacity").fill("40")
    save(page)

    go(page, "categories")
    page.get_by_test_id("add-category").click()
    page.get_by_test_id("category-title").fill("Evening")
    page.get_by_test_id("category-save").click()
    expect(page.get_by_test_id("category-item")).to_have_count(2)

    go(page, "tiers")
    page.get_by_test_id("add-tier").click()
    page.get_by_test_id("tier-title").fill("Seat at the table")
    page.get_by_test_id("tier-category").select_option(label="Evening")
    page.get_by_test_id("price-amount").fill("24.50")
    page.get_by_test_id("tier-tax").fill("12")
    page.get_by_test_id("tier-limit").fill("20")
    expect(page.get_by_test_id("tier-preview")).to_contain_text("24.50")
    page.get_by_test_id("save").click()
    page.wait_for_url("**/setup/tiers")
    expect(page.get_by_test_id("tier-row").filter(has_text="Seat at the table")).to_contain_text("24.50")

    go(page, "checklist")
    expect(page.get_by_test_id("can-publish")).to_be_visible()
    for done in ("description", "venue", "capacity", "prices"):
        assert state(page, done) == "done", done
    assert state(page, "image") == "advised"
    page.get_by_test_id("publish").click()
    expect(page.get_by_test_id("on-sale")).to_be_visible()

    visitor.goto(f"/e/{slug}")
    choose(visitor, "Seat at the table")
    fill_in_buyer(visitor)
    go_and_pay(visitor, stack.stripe_url)
    press(visitor, "Pay")
    visitor.wait_for_url(f"{stack.site_url}/orders/**")
    wait_for_tickets(visitor, 1)

    go(page, "tiers")
    page.wait_for_url("**/setup/tiers")
    taken = page.get_by_test_id("tier-row").filter(has_text="Seat at the table").get_by_test_id("tier-taken")

    def told() -> bool | None:
        page.reload()
        expect(taken).to_be_visible()
        return "1 of 20" in taken.inner_text() or None

    wait_for("the ticket that is taken", told)


def test_what_keeps_an_event_from_being_published_is_told_and_mended(
    office: Page, organizer: Organizer
) -> None:
    office.goto(f"/work{organizer.path}")
    create_event(office, f"A Fair without Tickets {uuid.uuid4().hex[:8]}")
    go(office, "tiers")
    office.get_by_test_id("tier-row").click()
    office.get_by_test_id("tier-active").uncheck()
    save(office)

    go(office, "checklist")
    assert state(office, "tiers") == "missing"
    office.get_by_test_id("publish").click()
    expect(office.get_by_test_id("publish-problem").locator("[data-code=not_ready]")).to_be_visible()
    office.locator("[data-item=tiers]").get_by_test_id("mend").click()
    office.wait_for_url("**/setup/tiers")
    office.get_by_test_id("tier-row").click()
    office.get_by_test_id("tier-active").check()
    save(office)
    go(office, "checklist")
    office.get_by_test_id("publish").click()
    expect(office.get_by_test_id("on-sale")).to_be_visible()


def test_a_copy_has_all_that_was_set_up_and_is_a_draft(
    office: Page, organizer: Organizer, event: Json
) -> None:
    goto(office, organizer, event, "checklist")
    office.get_by_test_id("copy-event").click()
    title = f"Fair once more {uuid.uuid4().hex[:8]}"
    office.get_by_test_id("copy-title").fill(title)
    enter(office, "copy-starts", datetime.now(UTC) + timedelta(days=60))
    office.get_by_test_id("copy-go").click()
    office.wait_for_url(lambda url: url.endswith("/setup/checklist") and event["id"] not in url)
    expect(office.get_by_test_id("event-status").locator("[data-status=draft]")).to_be_visible()
    go(office, "tiers")
    expect(office.get_by_test_id("tier-row").filter(has_text="Regular")).to_contain_text("49")
    expect(office.get_by_test_id("tier-row").filter(has_text="Workshop")).to_contain_text("of 50")
    office.goto(f"/work{organizer.path}")
    expect(office.get_by_test_id("events-row").filter(has_text=title)).to_be_visible()


def test_a_locked_tier_with_a_discount_is_sold_to_who_knows_the_codes(
    office: Page, visitor: Page, organizer: Organizer, event: Json
) -> None:
    goto(office, organizer, event, "tiers/new")
    office.get_by_test_id("tier-title").fill("Backstage")
    office.get_by_test_id("price-amount").fill("10")
    office.get_by_test_id("price-invoice").check()
    office.get_by_test_id("tier-passcode").fill("Velvet")
    office.get_by_test_id("save").click()
    office.wait_for_url("**/setup/tiers")

    go(office, "discounts")
    office.get_by_test_id("add-discount").click()
    office.get_by_test_id("discount-title").fill("Friends")
    office.get_by_test_id("discount-code").fill("FRIENDS")
    office.get_by_test_id("discount-percent").fill("100")
    office.get_by_test_id("discount-save").click()
    expect(office.get_by_test_id("discount-row")).to_contain_text("100")

    visitor.goto(f"/e/{event['slug']}")
    backstage = tier_card(visitor, "Backstage")
    expect(backstage).to_have_attribute("data-state", "locked")
    give_code(visitor, "velvet")
    expect(backstage).to_have_attribute("data-state", "on_sale")
    choose(visitor, "Backstage")
    visitor.get_by_test_id("code-input").fill("friends")
    visitor.get_by_test_id("apply-code").click()
    expect(visitor.get_by_test_id("code")).to_have_count(2)
    fill_in_buyer(visitor)
    place(visitor)
    wait_for_tickets(visitor, 1)


def test_a_question_is_asked_when_the_one_before_is_answered_so(
    office: Page, visitor: Page, organizer: Organizer, event: Json
) -> None:
    goto(office, organizer, event, "questions")
    office.get_by_test_id("add-question").click()
    office.get_by_test_id("question-title").fill("Do you stay for dinner?")
    office.get_by_test_id("question-kind").select_option("yes_no")
    office.get_by_test_id("question-of").select_option("order")
    office.get_by_test_id("question-save").click()
    expect(office.get_by_test_id("question-item")).to_have_count(1)

    office.get_by_test_id("add-question").click()
    office.get_by_test_id("question-title").fill("What do you eat?")
    office.get_by_test_id("question-kind").select_option("choice")
    office.get_by_test_id("question-of").select_option("order")
    office.get_by_test_id("option-label").fill("Fish")
    office.get_by_test_id("add-option").click()
    office.get_by_test_id("option-label").nth(1).fill("Roots")
    office.get_by_test_id("question-parent").select_option(label="Do you stay for dinner?")
    office.get_by_role("checkbox", name="Yes", exact=True).check()
    office.get_by_test_id("question-save").click()
    expect(office.get_by_test_id("question-item")).to_have_count(2)

    # What depends on another question can't come before it.
    office.get_by_test_id("move").nth(1).press("ArrowUp")
    expect(office.get_by_test_id("order-refused")).to_be_visible()
    expect(office.get_by_test_id("question-item").first).to_contain_text("dinner")

    visitor.goto(f"/e/{event['slug']}")
    choose(visitor, "Free ticket")
    dinner = visitor.get_by_test_id("question").filter(has_text="Do you stay for dinner?")
    food = visitor.get_by_test_id("question").filter(has_text="What do you eat?")
    expect(dinner).to_be_visible()
    expect(food).to_have_count(0)
    dinner.get_by_test_id("answer").select_option("yes")
    food.get_by_test_id("answer").select_option(label="Roots")
    fill_in_buyer(visitor)
    place(visitor)
    wait_for_tickets(visitor, 1)


def test_tiers_are_put_in_order_by_the_keyboard_and_stand_so_on_the_page(
    office: Page, page: Page, organizer: Organizer, event: Json
) -> None:
    goto(office, organizer, event, "tiers")
    rows = office.get_by_test_id("tier-row")
    expect(rows).to_have_count(3)
    first, last = rows.first.inner_text().split("\n")[0], rows.last.inner_text().split("\n")[0]
    with office.expect_response("**/tiers/reorder"):
        office.get_by_test_id("move").last.press("Home")
    expect(rows.first).to_contain_text(last)
    office.reload()
    expect(rows.first).to_contain_text(last)
    expect(rows.nth(1)).to_contain_text(first)

    def stands_first() -> bool | None:
        page.goto(f"/e/{event['slug']}")
        return page.get_by_test_id("tier-title").first.inner_text() == last or None

    wait_for("the order on the page", stands_first)


def test_who_is_invited_comes_from_a_file_whose_rows_at_fault_are_told(
    office: Page, organizer: Organizer, event: Json
) -> None:
    goto(office, organizer, event, "tiers")
    office.get_by_test_id("tier-row").filter(has_text="Regular").click()
    office.get_by_test_id("tier-limited").check()
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("whitelist-fault")).to_be_visible()

    rows = "name,email\nAda,ada@example.com\nGrace,grace@example.com\nnobody,nowhere\n"
    sheet = {"name": "invited.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    office.get_by_test_id("whitelist-file").set_input_files(sheet)  # type: ignore[arg-type]
    expect(office.get_by_test_id("whitelist-row-fault")).to_have_count(1)
    expect(office.get_by_test_id("whitelist-row-fault")).to_contain_text("nowhere")
    office.get_by_test_id("whitelist-add").click()
    expect(office.get_by_test_id("whitelist-size")).to_have_attribute("data-count", "2")
    save(office)
    tier = next(one for one in organizer.look(event, "tiers")["items"] if one["title"] == "Regular")
    assert (tier["limited"], tier["private"], tier["whitelist_size"]) == (True, True, 2)


def test_a_change_of_somebody_else_meanwhile_is_told_and_not_overwritten(
    office: Page, organizer: Organizer, event: Json
) -> None:
    goto(office, organizer, event, "event")
    office.get_by_test_id("event-title").fill("Mine")
    organizer.change(event, "", {"title": "Theirs", "capacity": 90})
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("clash")).to_be_visible()
    assert read(organizer, event)["title"] == "Theirs"
    expect(office.get_by_test_id("event-capacity")).to_have_value("90")
    office.get_by_test_id("keep-mine").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)
    assert read(organizer, event)["title"] == "Mine"


def test_who_leaves_with_changes_is_asked(office: Page, organizer: Organizer, event: Json) -> None:
    goto(office, organizer, event, "event")
    office.get_by_test_id("event-venue").fill("Somewhere else")
    go(office, "tiers")
    expect(office.get_by_test_id("leave-go")).to_be_visible()
    office.keyboard.press("Escape")
    expect(office.get_by_test_id("event-venue")).to_have_value("Somewhere else")
    go(office, "tiers")
    office.get_by_test_id("leave-go").click()
    expect(office.get_by_test_id("tier-row").first).to_be_visible()


@pytest.mark.parametrize(("section", "kind"), [("discounts", "discount"), ("questions", "question")])
def test_a_panel_is_not_left_for_another_with_changes_unless_that_is_meant(
    office: Page, organizer: Organizer, event: Json, section: str, kind: str
) -> None:
    goto(office, organizer, event, section)
    title = office.get_by_test_id(f"{kind}-title")
    office.get_by_test_id(f"add-{kind}").click()
    title.fill("Half written")
    office.get_by_test_id(f"add-{kind}").click()
    expect(office.get_by_test_id("leave-go")).to_be_visible()
    office.keyboard.press("Escape")
    expect(title).to_have_value("Half written")


def test_an_event_is_called_off_and_its_orders_end(
    office: Page, page: Page, organizer: Organizer, event: Json
) -> None:
    page.goto(f"/e/{event['slug']}")
    choose(page, "Free ticket", 2)
    fill_in_buyer(page)
    place(page)
    wait_for_tickets(page, 2)
    wait_for("the order in the list", lambda: organizer.orders(event) or None)

    goto(office, organizer, event, "checklist")
    office.get_by_test_id("cancel-event").click()
    expect(office.get_by_test_id("cancel-consequences")).to_contain_text("2")
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("remove-typed")).to_have_attribute("aria-invalid", "true")
    office.get_by_test_id("remove-typed").fill(event["title"])
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("event-status").locator("[data-status=cancelled]")).to_be_visible()
    expect(office.get_by_test_id("cancellation")).to_have_attribute("data-status", "done", timeout=120_000)
    [order] = organizer.orders(event)
    assert order["status"] == "cancelled"
