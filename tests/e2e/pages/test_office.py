"""An organizer's office: who works here and sees what, keys, webhooks, companies, the log and the bank."""

import uuid
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.browsers import DESKTOP, opened
from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    Shop,
    Stack,
    User,
    new_address,
    sign_up,
    wait_for,
)
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.test_money import a_statement
from tests.e2e.test_webhooks import Receiver, a_webhook, receiving


@pytest.fixture
def office(browser: Browser, site_url: str, stack: Stack) -> Iterator[Page]:
    """The desktop of an owner, who is refused now and then."""
    with opened(browser, site_url, DESKTOP, but=["status of 409", "status of 422"]) as page:
        be_signed_in(page, stack, stack.users["organizer"])
        yield page


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def visit(page: Page, organizer: Organizer, path: str = "") -> None:
    page.goto(f"/work{organizer.path}/{path}".rstrip("/"))


def sections_of(page: Page) -> set[str]:
    """Return the parts of the account that the navigation offers."""
    shown = page.locator("[data-testid^=section-]")
    expect(shown.first).to_be_visible()
    return {str(one.get_attribute("data-testid")).removeprefix("section-") for one in shown.all()}


def shown_secret(page: Page) -> str:
    """Uncover the secret that is shown this once, and return it."""
    secret = page.get_by_test_id("secret")
    secret.get_by_role("button").first.click()
    return secret.locator("code").inner_text()


OF_ACCOUNT = {"bank", "team", "keys", "webhooks", "companies", "log", "account"}
OF_EVENT = {"orders", "people", "doors", "reports", "setup"}
SEEN = {"door": {"doors", "reports"}, "finance": {"bank", "orders", "reports"}}
"""What the navigation offers who has such a role, in the account and at an event."""


@pytest.fixture
def colleague(desktop: Page, stack: Stack) -> tuple[User, Page]:
    """Somebody who is in no team yet, at his own desktop."""
    user = User(email=new_address("colleague"), password=PASSWORD)
    sign_up(stack, user.email)
    be_signed_in(desktop, stack, user)
    return user, desktop


@pytest.mark.parametrize("role", SEEN)
def test_a_member_is_taken_in_and_sees_what_belongs_to_the_role(
    office: Page, colleague: tuple[User, Page], organizer: Organizer, event: Json, role: str
) -> None:
    user, own = colleague
    visit(office, organizer, "team")
    office.get_by_test_id("add-member").click()
    office.get_by_test_id("member-email").fill(user.email)
    office.get_by_test_id("member-role-choice").select_option(role)
    office.get_by_test_id("member-save").click()
    row = office.locator(f"[data-testid=member-row][data-key='{user.email}']")
    expect(row).to_be_visible()

    visit(own, organizer)
    assert sections_of(own) & OF_ACCOUNT == SEEN[role] & OF_ACCOUNT
    own.goto(f"/work{organizer.path}/events/{event['id']}")
    own.wait_for_url(f"**/events/{event['id']}/{'doors' if role == 'door' else 'orders'}")
    assert sections_of(own) & OF_EVENT == SEEN[role] & OF_EVENT
    visit(own, organizer, "team")
    expect(own.get_by_test_id("refused")).to_be_visible()

    row.get_by_test_id("remove-member").click()
    office.get_by_test_id("remove-go").click()
    expect(row).to_have_count(0)
    assert user.email not in str(organizer.send("GET", "/members").json())


def test_a_key_is_made_opens_its_event_alone_and_is_revoked(
    office: Page, stack: Stack, organizer: Organizer, event: Json
) -> None:
    label, title = (f"{words} {uuid.uuid4().hex[:8]}" for words in ("Accounting", "An evening"))
    other = organizer.publish_event(title=title)
    visit(office, organizer, "keys")
    office.get_by_test_id("add-key").click()
    office.get_by_test_id("key-label").fill(label)
    office.get_by_test_id("key-role").select_option("finance")
    office.get_by_test_id("all-events").uncheck()
    office.get_by_test_id("events-choice").get_by_label(title, exact=True).check()
    office.get_by_test_id("key-save").click()
    secret = shown_secret(office)
    assert secret.startswith("admit_")
    office.get_by_test_id("secret-kept").click()

    headers = {"Authorization": f"Bearer {secret}"}

    def status(asked: Json) -> int:
        path = f"{stack.api_url}{organizer.path}/events/{asked['id']}"
        return httpx.get(path, headers=headers, timeout=30).status_code

    assert (status(other), status(event)) == (200, 404)
    row = office.get_by_test_id("key-row").filter(has_text=label)
    row.get_by_test_id("revoke-key").click()
    office.get_by_test_id("remove-go").click()
    expect(row).to_have_count(0)
    assert status(other) == 401


def test_a_webhook_is_set_up_told_looked_at_and_told_again(
    office: Page, organizer: Organizer, shop: Shop, receiver: Receiver
) -> None:
    label, title = (f"{words} {uuid.uuid4().hex[:8]}" for words in ("CRM", "An evening"))
    event = organizer.publish_event(title=title)
    visit(office, organizer, "webhooks")
    office.get_by_test_id("add-webhook").click()
    office.get_by_test_id("webhook-url").fill(receiver.url)
    office.get_by_test_id("webhook-label").fill(label)
    office.get_by_test_id("all-types").uncheck()
    office.get_by_test_id("type-order.placed").check()
    office.get_by_test_id("all-events").uncheck()
    office.get_by_test_id("events-choice").get_by_label(title, exact=True).check()
    office.get_by_test_id("webhook-save").click()
    receiver.secret = shown_secret(office)
    assert receiver.secret.startswith("whsec_")
    office.get_by_test_id("secret-kept").click()

    order = shop.place(event["slug"], "Free ticket", "free")
    wait_for("the webhook", lambda: receiver.told(order) or None)
    office.get_by_test_id("webhook-row").filter(has_text=label).get_by_test_id("open").click()
    office.get_by_test_id("tab-delivered").click()
    again = office.get_by_test_id("deliveries-again")
    delivery = office.get_by_test_id("delivery-row").first

    def listed() -> bool | None:
        again.click()
        office.wait_for_timeout(500)
        return delivery.is_visible() or None

    wait_for("the delivery to be listed", listed)
    delivery.get_by_test_id("open").click()
    expect(office.get_by_test_id("delivery-payload")).to_contain_text(order["code"])
    before = len(receiver.got)
    office.get_by_test_id("replay").click()
    wait_for("the webhook again", lambda: len(receiver.got) > before or None)
    assert receiver.got[-1][0] in {name for name, _ in receiver.got[:before]}

    office.get_by_test_id("test-webhook").click()
    wait_for("the test", lambda: [1 for _, said in receiver.got if said["type"] == "webhook.test"] or None)

    office.get_by_test_id("roll-secret").click()
    office.get_by_test_id("roll-hours").select_option("1")
    office.get_by_test_id("roll-go").click()
    rolled = shown_secret(office)
    assert rolled != receiver.secret
    office.get_by_test_id("secret-kept").click()
    expect(office.get_by_test_id("webhook-secret")).to_have_count(2)

    office.get_by_test_id("remove-webhook").click()
    office.get_by_test_id("remove-go").click()
    office.wait_for_url("**/webhooks")
    expect(office.get_by_test_id("webhook-row").filter(has_text=label)).to_have_count(0)


def test_what_a_webhook_has_not_taken_stands_first_and_is_sent_again_at_once(
    office: Page, organizer: Organizer, shop: Shop, event: Json, receiver: Receiver
) -> None:
    path = a_webhook(organizer, receiver, types=["order.placed"], event_ids=[event["id"]])
    receiver.answers = [500]
    order = shop.place(event["slug"], "Free ticket", "free")

    def tried() -> list[Json] | None:
        waiting = organizer.send("GET", f"{path}/deliveries?state=pending").json()["items"]
        return [one for one in waiting if one["attempts"]] or None

    wait_for("the first try", tried)
    visit(office, organizer, path.removeprefix("/"))
    office.get_by_test_id("tab-pending").click()
    row = office.get_by_test_id("delivery-row").first
    expect(row).to_contain_text("500")
    office.get_by_test_id("replay-failed").click()
    office.get_by_test_id("replay-go").click()
    expect(office.get_by_test_id("replay-outcome").locator("[data-count='1']")).to_be_visible()
    wait_for("what was not taken", lambda: receiver.told(order) or None)
    assert receiver.got[0][0] == receiver.failed[0]
    assert organizer.send("DELETE", path).status_code == 204


def test_a_company_is_entered_with_a_relay_and_what_it_may_do(office: Page, organizer: Organizer) -> None:
    name, relay = f"Fjord {uuid.uuid4().hex[:8]}", new_address("ingrid")
    visit(office, organizer, "companies")
    office.get_by_test_id("add-company").click()
    office.get_by_test_id("company-name").fill(name)
    office.get_by_test_id("company-domains").fill("Example.com, example.org")
    office.get_by_test_id("company-save").click()
    office.wait_for_url("**/companies/*")
    office.get_by_test_id("add-relay").click()
    office.get_by_test_id("relay-name").fill("Ingrid")
    office.get_by_test_id("relay-email").fill(relay)
    office.get_by_test_id("relay-save").click()
    shown = office.locator(f"[data-testid=relay][data-email='{relay}']")
    expect(shown).to_have_attribute("data-primary", "true")

    office.get_by_test_id("switch-take_back").select_option("off")
    office.get_by_test_id("switch-take_back_downloaded").select_option("relay")
    office.get_by_test_id("save").click()
    refused = office.get_by_test_id("switch-take_back_downloaded")
    expect(refused).to_have_attribute("aria-invalid", "true")
    refused.select_option("off")
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)
    company_id = office.url.rsplit("/", 1)[-1]
    company = organizer.send("GET", f"/companies/{company_id}").json()
    assert (company["name"], company["domains"]) == (name, ["example.com", "example.org"])
    assert (company["take_back"], company["effective"]["take_back_downloaded"]) == ("off", "off")

    office.get_by_test_id("archive-company").click()
    office.get_by_test_id("remove-go").click()
    expect(office.get_by_test_id("archived")).to_be_visible()
    visit(office, organizer, "companies")
    row = office.get_by_test_id("company-row").filter(has_text=name)
    expect(office.get_by_test_id("show-archived")).to_be_visible()
    expect(row).to_have_count(0)
    office.get_by_test_id("show-archived").check()
    expect(row).to_have_count(1)


def test_the_log_tells_of_a_change_in_the_set_up(office: Page, organizer: Organizer, event: Json) -> None:
    title = f"Early {uuid.uuid4().hex[:8]}"
    organizer.add(event, "discounts", {"title": title, "percent": "10"})
    visit(office, organizer, "log")
    office.get_by_test_id("log-event").select_option(event["id"])
    line = office.locator("[data-testid=log-line][data-what='discount.added']").filter(has_text=title)

    def told() -> bool | None:
        office.get_by_test_id("log-again").click()
        office.wait_for_timeout(500)
        return line.is_visible() or None

    wait_for("the log", told)


def test_a_statement_is_tried_booked_and_a_line_without_its_invoice_matched(
    office: Page, organizer: Organizer, shop: Shop
) -> None:
    event = organizer.publish_event(title=f"An evening of bills {uuid.uuid4().hex[:8]}")
    order = shop.place(event["slug"], "Regular", "invoice")
    remark = f"conference {uuid.uuid4().hex}"
    visit(office, organizer, "bank")
    statement = a_statement((remark, 4900)).encode()
    office.get_by_test_id("statement-file").set_input_files(
        FilePayload(name="may.xml", mimeType="text/xml", buffer=statement)
    )
    expect(office.get_by_test_id("statement-book")).to_be_visible(timeout=60_000)
    office.get_by_test_id("statement-book").click()
    line = office.get_by_test_id("bank-line").filter(has_text=remark)
    expect(line).to_be_visible(timeout=60_000)

    wait_for(
        "the order to be found",
        lambda: organizer.look(event, f"orders?q={order['code']}")["items"] or None,
    )
    line.get_by_test_id("match-line").click()
    office.get_by_test_id("match-event").select_option(event["id"])
    office.get_by_test_id("match-search").fill(order["code"])
    office.get_by_test_id("match-find").click()
    office.locator(f"[data-testid=match-choice][data-order='{order['id']}']").click()
    office.get_by_test_id("match-go").click()
    expect(line).to_have_count(0)
    assert shop.wait(order)["paid"]["amount"] == 4900
    office.get_by_test_id("tab-matched").click()
    expect(line).to_be_visible()


def test_the_account_is_renamed_back_and_forth_and_unsaved_changes_are_not_lost(
    office: Page, organizer: Organizer
) -> None:
    name = organizer.send("GET", "").json()["name"]
    visit(office, organizer, "account")
    field = office.get_by_test_id("account-name")
    expect(field).to_have_value(name)
    for other in (f"{name} II", name):
        field.fill(other)
        office.get_by_test_id("save").click()
        expect(office.get_by_test_id("save-bar")).to_have_count(0)
        assert organizer.send("GET", "").json()["name"] == other
    field.fill("Something else")
    office.get_by_test_id("section-log").click()
    expect(office.get_by_test_id("leave-go")).to_be_visible()
    office.keyboard.press("Escape")
    expect(field).to_have_value("Something else")
    office.get_by_test_id("discard").click()
    expect(field).to_have_value(name)


def test_what_a_colleague_has_changed_of_a_company_is_told_before_it_is_overwritten(
    office: Page, organizer: Organizer
) -> None:
    company = organizer.company(f"Fjord {uuid.uuid4().hex[:8]}")
    path = f"/companies/{company['id']}"

    def kept() -> tuple[str, list[str]]:
        there = organizer.send("GET", path).json()
        return there["notes"], there["domains"]

    visit(office, organizer, path.removeprefix("/"))
    office.get_by_test_id("company-notes").fill("Mine")
    theirs = {"notes": "Theirs", "domains": ["example.com"]}
    assert organizer.send("PATCH", path, theirs).is_success
    office.get_by_test_id("save").click()
    expect(office.get_by_test_id("clash")).to_be_in_viewport()
    assert kept() == ("Theirs", ["example.com"])
    expect(office.get_by_test_id("company-domains")).to_have_value("example.com")
    office.get_by_test_id("keep-mine").click()
    expect(office.get_by_test_id("save-bar")).to_have_count(0)
    assert kept() == ("Mine", ["example.com"])


def test_the_description_of_the_api_is_read_and_searched(office: Page, organizer: Organizer) -> None:
    visit(office, organizer, "api")
    expect(office.get_by_test_id("api-area").first).to_be_visible()
    office.get_by_test_id("api-search").fill("post api-keys")
    expect(office.get_by_test_id("api-count")).to_have_attribute("data-count", "1")
    operation = office.get_by_test_id("api-operation")
    operation.locator("summary").first.click()
    expect(operation.get_by_test_id("api-body")).to_contain_text("event_ids")
    expect(operation.locator("[data-testid=api-answer][data-status='201']")).to_contain_text("secret")
