"""Who buys."""

from playwright.sync_api import expect

from tests.e2e.pages.gallery.scene import ORDERS, Scene, settle, state
from tests.e2e.pages.gallery.visitors.event import event_open
from tests.e2e.pages.steps import choose, fill_in_buyer, place


def _checkout(scene: Scene, tier: str = "Conference pass", quantity: int = 1) -> None:
    event_open(scene)
    choose(scene.page, tier, quantity)
    expect(scene.at("total")).to_have_attribute("data-pending", "false")
    fill_in_buyer(scene.page)


@state()
def checkout_filled(scene: Scene) -> None:
    _checkout(scene, quantity=2)


@state()
def checkout_free(scene: Scene) -> None:
    _checkout(scene, "Free ticket")


@state()
def checkout_approval(scene: Scene) -> None:
    _checkout(scene, "Student pass")
    scene.see("approval")


@state("status of 4")
def checkout_faults(scene: Scene) -> None:
    event_open(scene)
    choose(scene.page, "Conference pass")
    scene.at("buyer-email").fill("nobody")
    expect(scene.at("total")).to_have_attribute("data-pending", "false")
    scene.at("payment-invoice").click()
    place(scene.page)
    expect(scene.page.locator('[aria-invalid="true"]').first).to_be_visible()


@state()
def checkout_invoice(scene: Scene) -> None:
    _checkout(scene)
    scene.at("payment-invoice").click()
    scene.see("billing")


@state("status of 409")
def checkout_price_changed(scene: Scene) -> None:
    _checkout(scene)
    scene.refuse(ORDERS, 409, "price_changed")
    place(scene.page)
    scene.see("problem")


@state("status of 409")
def checkout_sold_out(scene: Scene) -> None:
    _checkout(scene)
    scene.refuse(ORDERS, 409, "sold_out", "lines.0.quantity")
    place(scene.page)
    scene.see("problem")


@state("status of 503")
def checkout_unavailable(scene: Scene) -> None:
    _checkout(scene)
    scene.refuse(ORDERS, 503, "payment_unavailable")
    place(scene.page)
    scene.see("problem")


@state("ERR_INTERNET_DISCONNECTED")
def checkout_offline(scene: Scene) -> None:
    _checkout(scene)
    scene.page.context.set_offline(True)
    settle(scene.page)


@state()
def checkout_placing(scene: Scene) -> None:
    _checkout(scene)
    scene.hang(ORDERS)
    place(scene.page)


@state()
def checkout_earlier_order(scene: Scene) -> None:
    """The buyer has come back from the pay page with his browser's button."""
    _checkout(scene)
    place(scene.page)
    scene.page.wait_for_url(f"{scene.world.stack.stripe_url}/**")
    scene.open(scene.world.event_path)
    scene.see("earlier-order")
