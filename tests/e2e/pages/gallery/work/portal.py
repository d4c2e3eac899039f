"""The portal of companies."""

from playwright.sync_api import expect

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.steps import be_signed_in

DISTRIBUTE = r"/distribution/companies/[^/]+/cart/distribute(\?.*)?$"


def at_the_desk(scene: Scene, part: str) -> None:
    user, company = scene.world.desk
    be_signed_in(scene.page, scene.world.stack, user)
    scene.open(f"/work/companies/{company['id']}/{part}")


@state()
def portal_tickets(scene: Scene) -> None:
    at_the_desk(scene, "tickets")
    scene.see("event-counts", "portal-ticket")
    scene.page.get_by_test_id("choose-ticket").nth(3).click()
    scene.see("chosen-bar")


@state()
def portal_take_back_dialog(scene: Scene) -> None:
    at_the_desk(scene, "tickets?state=distributed")
    scene.at("choose-ticket").click()
    scene.at("take-back").click()
    scene.see("take-back-dialog")


@state()
def portal_cart(scene: Scene) -> None:
    at_the_desk(scene, "cart")
    scene.see("guest")
    expect(scene.at("shelf").get_by_test_id("portal-ticket").first).to_be_visible()


@state()
def portal_guest_picker(scene: Scene) -> None:
    portal_cart(scene)
    scene.at("add-guest").click()
    scene.see("pick-contact")


@state()
def portal_review(scene: Scene) -> None:
    portal_cart(scene)
    scene.at("to-review").click()
    scene.see("review-guest")


@state()
def portal_contacts(scene: Scene) -> None:
    at_the_desk(scene, "contacts")
    scene.see("contact")


@state()
def portal_contact_panel(scene: Scene) -> None:
    portal_contacts(scene)
    scene.at("contact").first.click()
    scene.see("contact-form")


@state()
def portal_allotments(scene: Scene) -> None:
    at_the_desk(scene, "allotments")
    scene.see("allotment")


@state()
def portal_links_empty(scene: Scene) -> None:
    at_the_desk(scene, "links")
    scene.see("no-links")


@state()
def portal_relays(scene: Scene) -> None:
    at_the_desk(scene, "relays")
    scene.see("relay")


@state()
def portal_log(scene: Scene) -> None:
    at_the_desk(scene, "log")
    scene.see("log-entry")


@state("status of 40")
def portal_of_others(scene: Scene) -> None:
    _, company = scene.world.desk
    be_signed_in(scene.page, scene.world.stack, scene.world.newcomer)
    scene.open(f"/work/companies/{company['id']}/tickets")
    scene.see("failure")


@state()
def portal_map(scene: Scene) -> None:
    at_the_desk(scene, "tickets")
    scene.at("show-map").click()
    scene.see("seat-map")


@state()
def portal_sheet_dialog(scene: Scene) -> None:
    at_the_desk(scene, "tickets")
    scene.at("open-sheet").click()
    scene.see("sheet")


@state()
def portal_new_contact(scene: Scene) -> None:
    at_the_desk(scene, "contacts")
    scene.at("add-contact").click()
    scene.see("contact-form")


@state()
def portal_link_dialog(scene: Scene) -> None:
    at_the_desk(scene, "links")
    scene.at("new-link").click()
    scene.see("link-dialog")


@state()
def portal_relay_dialog(scene: Scene) -> None:
    at_the_desk(scene, "relays")
    scene.at("add-relay").click()
    scene.see("relay-dialog")


@state()
def portal_draw_dialog(scene: Scene) -> None:
    at_the_desk(scene, "allotments")
    scene.at("draw").click()
    scene.see("draw-dialog")


def _hand_out(scene: Scene, **result: str) -> None:
    """Distribute, and hear for each guest what would have become of it."""

    def told(body: Json) -> Json:
        return {"results": [{"contact_id": guest, **result} for guest in body["guests"]], "job": None}

    scene.answer(DISTRIBUTE, told)
    portal_review(scene)
    scene.at("distribute").click()


@state()
def portal_given(scene: Scene) -> None:
    _hand_out(scene, result="distributed")
    scene.see("distributed")


@state()
def portal_given_to_none(scene: Scene) -> None:
    _hand_out(scene, result="refused", code="wrong_state", reason="One of the tickets was cancelled.")
    scene.see("refused-guest")


@state("status of 500")
def portal_not_given(scene: Scene) -> None:
    scene.refuse(DISTRIBUTE, 500, "internal")
    portal_review(scene)
    scene.at("distribute").click()
    scene.see("distribution-problem")
