"""The page of an order."""

from playwright.sync_api import Page, expect

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Change, Scene, moment, state
from tests.e2e.pages.world import order_path

ORDER = r"/public/orders/[^/?]+(/confirm)?$"


def _order(scene: Scene, order: Json, status: str, query: str = "") -> None:
    scene.open(order_path(order).replace("#", f"{query}#"))
    expect(scene.at("order-status")).to_have_attribute("data-status", status)


@state()
def order_awaiting_approval(scene: Scene) -> None:
    _order(scene, scene.world.approval_order, "awaiting_approval")


@state()
def order_awaiting_payment(scene: Scene) -> None:
    _hold(scene)
    _order(scene, scene.world.card_order, "awaiting_payment")


def _hold(scene: Scene, *changes: Change) -> None:
    """Let the tickets of the order by card be held for nine minutes from now."""

    def change(order: Json) -> None:
        order["hold_expires_at"] = order["explanation"]["until"] = moment(minutes=9)
        for one in changes:
            one(order)

    scene.change(ORDER, change)


@state()
def order_payment_failed(scene: Scene) -> None:
    def fail(order: Json) -> None:
        order["timeline"].append({"at": moment(), "actor": "system", "what": "payment failed"})

    _hold(scene, fail)
    _order(scene, scene.world.card_order, "awaiting_payment")
    scene.see("checkout-failed")


@state()
def order_left_pay_page(scene: Scene) -> None:
    _hold(scene)
    _order(scene, scene.world.card_order, "awaiting_payment", "?checkout=cancelled")
    scene.see("checkout-cancelled")


@state()
def order_paid_just_now(scene: Scene) -> None:
    confirmed = scene.words("processing") | {"who": "nobody"}
    _hold(scene, lambda order: order["explanation"].update(confirmed))
    _order(scene, scene.world.card_order, "awaiting_payment", "?checkout=done")
    scene.see("checkout-done")


@state()
def order_processing(scene: Scene) -> None:
    def process(order: Json) -> None:
        order["explanation"] |= scene.words("processing") | {"who": "nobody", "until": None}

    scene.change(ORDER, process)
    _order(scene, scene.world.card_order, "awaiting_payment")


@state()
def order_invoice(scene: Scene) -> None:
    _order(scene, scene.world.invoice_order, "awaiting_payment")


@state()
def order_overdue(scene: Scene) -> None:
    def be_late(order: Json) -> None:
        order |= {"due_at": moment(days=-2), "attention": ["invoice_overdue"]}
        order["explanation"] |= scene.words("overdue") | {"who": "buyer", "until": moment(days=5)}

    scene.change(ORDER, be_late)
    _order(scene, scene.world.invoice_order, "awaiting_payment")


@state()
def order_settled(scene: Scene) -> None:
    def make(order: Json) -> None:
        order |= {"status": "settled", "tickets": []}
        order["explanation"] |= scene.words("settled") | {"who": "system", "until": None}

    scene.change(ORDER, make)
    _order(scene, scene.world.free_order, "settled")


@state()
def order_fulfilled(scene: Scene) -> None:
    _order(scene, scene.world.free_order, "fulfilled")
    wait_for_codes(scene.page)


@state()
def order_paid(scene: Scene) -> None:
    _order(scene, scene.world.paid_order, "fulfilled")
    wait_for_codes(scene.page)


@state()
def order_print(scene: Scene) -> None:
    scene.open(order_path(scene.world.free_order).replace("#", "/print#"))
    scene.see("printed-ticket")


def wait_for_codes(page: Page) -> None:
    expect(page.get_by_test_id("qr").first).to_be_visible()


@state()
def order_assign_dialog(scene: Scene) -> None:
    order_fulfilled(scene)
    scene.page.get_by_test_id("assign").nth(1).click()
    scene.see("holder-form")


@state()
def order_assignments(scene: Scene) -> None:
    """All ways to give many tickets away, unfolded."""
    order_fulfilled(scene)
    for summary in scene.at("assignments").locator("summary").all():
        summary.click()


@state()
def order_cancel_dialog(scene: Scene) -> None:
    order_paid(scene)
    scene.at("cancel").click()
    scene.see("cancel-dialog")


def _end(scene: Scene, status: str) -> None:
    def end(order: Json) -> None:
        order |= {"status": status}
        order["explanation"] |= scene.words(status) | {"who": "nobody", "until": None}
        order["timeline"][-1]["what"] = status

    scene.change(ORDER, end)
    _order(scene, scene.world.cancelled_order, status)


@state()
def order_declined(scene: Scene) -> None:
    _end(scene, "declined")


@state()
def order_expired(scene: Scene) -> None:
    _end(scene, "expired")


@state()
def order_cancelled(scene: Scene) -> None:
    _order(scene, scene.world.cancelled_order, "cancelled")


@state()
def order_refunded(scene: Scene) -> None:
    _order(scene, scene.world.refunded_order, "cancelled")
    scene.see("refund")


@state()
def order_loading(scene: Scene) -> None:
    scene.hang(ORDER)
    scene.open(order_path(scene.world.free_order))
    scene.see("loading")


@state("status of 40")
def order_unknown(scene: Scene) -> None:
    scene.open(f"/orders/{scene.world.free_order['id']}#key=none")
    scene.see("failure")
