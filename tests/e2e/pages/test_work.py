"""The frame of the workplaces: the way in, where one's work is, and the way out."""

from playwright.sync_api import Page, expect

from tests.e2e.clients import PASSWORD, Organizer, Stack, User, new_address, sign_up
from tests.e2e.pages.steps import be_signed_in, sign_in_on_the_page


def test_an_organizer_signs_in_sees_his_events_and_signs_out(
    refused: Page, stack: Stack, organizer: Organizer
) -> None:
    event = organizer.publish_event(title="An Evening of Charts")
    user = stack.users["organizer"]
    refused.goto(f"/work/organizer/{stack.organizer_id}")
    expect(refused.get_by_test_id("signed-out")).to_be_visible()
    sign_in_on_the_page(refused, user.email, user.password, back="/work/organizer/")
    expect(refused.get_by_text(event["title"]).first).to_be_visible()
    refused.get_by_test_id("me").click()
    expect(refused.get_by_test_id("account-email")).to_have_text(user.email)
    refused.get_by_test_id("sign-out").click()
    refused.wait_for_url("**/work")
    expect(refused.get_by_test_id("signed-out")).to_be_visible()
    refused.reload()
    expect(refused.get_by_test_id("signed-out")).to_be_visible()


def test_the_start_page_leads_to_the_account_and_to_the_door(visitor: Page, stack: Stack) -> None:
    be_signed_in(visitor, stack, stack.users["organizer"])
    visitor.goto("/work")
    account = visitor.locator(f"[data-testid=account][data-account='{stack.organizer_id}']")
    expect(account).to_be_visible()
    expect(visitor.get_by_test_id("door")).to_have_attribute("href", "/work/door")
    account.click()
    visitor.wait_for_url(f"**/work/organizer/{stack.organizer_id}")


def test_who_is_nobody_s_member_is_told_so_and_sees_no_account_of_others(visitor: Page, stack: Stack) -> None:
    user = User(email=new_address("newcomer"), password=PASSWORD)
    sign_up(stack, user.email)
    be_signed_in(visitor, stack, user)
    visitor.goto("/work")
    expect(visitor.get_by_test_id("no-accounts")).to_be_visible()
    visitor.goto(f"/work/organizer/{stack.organizer_id}")
    expect(visitor.get_by_test_id("failure")).to_be_visible()
