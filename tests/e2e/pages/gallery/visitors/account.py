"""Who is signed in: his tickets and orders."""

from playwright.sync_api import Page, expect

from tests.e2e.clients import User
from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.steps import sign_in_on_the_page


def sign_in(page: Page, user: User) -> None:
    page.goto("/my")
    sign_in_on_the_page(page, user.email, user.password)
    expect(page.get_by_test_id("account-email")).to_contain_text(user.email)


@state()
def my_signed_out(scene: Scene) -> None:
    scene.open("/my")
    scene.see("signed-out")


@state()
def my_empty(scene: Scene) -> None:
    sign_in(scene.page, scene.world.newcomer)
    scene.see("no-tickets")


@state()
def my_full(scene: Scene) -> None:
    sign_in(scene.page, scene.world.regular)
    scene.see("my-ticket", "offer")


@state()
def my_orders(scene: Scene) -> None:
    my_full(scene)
    scene.page.locator('a[href="/my/orders"]').first.click()
    scene.see("my-order")


@state()
def my_pass_on_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("pass-on").click()
    scene.see("pass-on-dialog")


@state()
def my_name_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("name-holder").click()
    scene.see("name-dialog")


@state()
def my_history_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("history").click()
    scene.see("history-entry")


@state()
def my_accept_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("accept").click()
    scene.see("accept-dialog")


@state()
def sign_in_denied(scene: Scene) -> None:
    scene.open("/sign-in?error=access_denied&state=none")
    expect(scene.page.get_by_role("heading").first).to_be_visible()
