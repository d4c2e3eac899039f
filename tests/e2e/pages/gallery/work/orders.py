"""The orders of an event."""

from playwright.sync_api import expect

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import EVENT, at_event, job

ORDERS = rf"{EVENT}/orders(\?.*)?$"


BULK = rf"{EVENT}/orders/bulk$"


BULK_JOB = rf"{EVENT}/orders/bulk/[^/?]+(\?.*)?$"


PREVIEW = rf"{EVENT}/orders/[^/]+/actions/[^/]+/preview$"


@state()
def orders_listed(scene: Scene) -> None:
    at_event(scene, "orders")
    scene.see("summary", "order-row", "row-attention")


@state()
def orders_filters(scene: Scene) -> None:
    at_event(scene, "orders?attention=any")
    scene.see("order-row", "drop-filter")
    scene.at("show-filters").click()
    scene.see("filters")


@state()
def orders_none_fit(scene: Scene) -> None:
    at_event(scene, "orders?q=nobodyhasthisname")
    scene.see("none-fit")


@state()
def orders_none(scene: Scene) -> None:
    at_event(scene, "orders", scene.world.quiet_event)
    scene.see("no-orders")


@state()
def orders_loading(scene: Scene) -> None:
    scene.hang(ORDERS)
    at_event(scene, "orders")
    scene.see("loading")


@state("status of 500")
def orders_failure(scene: Scene) -> None:
    scene.refuse(ORDERS, 500, "internal")
    at_event(scene, "orders")
    scene.see("list-problem")


def _open_order(scene: Scene, order: Json) -> None:
    at_event(scene, f"orders?order={order['id']}")
    scene.see("order-panel", "explanation", "act")


@state()
def orders_panel(scene: Scene) -> None:
    _open_order(scene, scene.world.fair.paid)
    scene.see("panel-ticket", "panel-money")


@state()
def orders_panel_attention(scene: Scene) -> None:
    _open_order(scene, scene.world.fair.waiting)
    scene.see("reason")


def _begin(scene: Scene, action: str) -> None:
    scene.page.locator(f'[data-testid=act][data-action="{action}"]').click()


@state()
def orders_preview(scene: Scene) -> None:
    orders_panel_attention(scene)
    _begin(scene, "approve")
    expect(scene.at("preview")).to_have_attribute("data-current", "true")
    scene.see("effect")


@state()
def orders_preview_of_money(scene: Scene) -> None:
    orders_panel(scene)
    _begin(scene, "cancel")
    expect(scene.at("preview")).to_have_attribute("data-current", "true")


@state("status of 409")
def orders_preview_refused(scene: Scene) -> None:
    scene.refuse(PREVIEW, 409, "wrong_state")
    orders_panel_attention(scene)
    _begin(scene, "approve")
    scene.see("preview-refused")


@state()
def orders_chosen(scene: Scene) -> None:
    orders_listed(scene)
    for at in range(2):
        scene.page.get_by_test_id("choose-order").nth(at).click()
    expect(scene.at("chosen-count")).to_have_attribute("data-count", "2")


@state()
def orders_bulk(scene: Scene) -> None:
    orders_chosen(scene)
    scene.at("bulk").click()
    scene.see("bulk-dialog")


def _act_on_many(scene: Scene, **said: object) -> None:
    """Begin an act whose job says this, and close its window."""
    scene.answer(BULK, lambda _: job(kind="orders_bulk", dry_run=False))
    scene.answer(BULK_JOB, lambda _: job(kind="orders_bulk", dry_run=False, cursor=None, **said))
    orders_bulk(scene)
    scene.at("bulk-act").select_option("note")
    scene.at("need-text").fill("Called him")
    scene.at("bulk-go").click()
    scene.see("bulk-trial")
    scene.at("bulk-go").click()
    scene.see("bulk-job")
    scene.at("bulk-close").click()
    scene.see("bulk-line")


@state()
def orders_bulk_running(scene: Scene) -> None:
    _act_on_many(scene, rows=[])


@state()
def orders_bulk_refused(scene: Scene) -> None:
    fault = {"row": 2, "field": "", "message": "This order has ended."}
    rows = [
        {"row": 1, "result": "changed", "reference": None, "errors": []},
        {"row": 2, "result": "failed", "reference": None, "code": "wrong_state", "errors": [fault]},
    ]
    _act_on_many(scene, status="done", rows=rows, total=2, done=2, changed=1, failed=1)
    scene.see("bulk-put-away")


@state()
def orders_bulk_results(scene: Scene) -> None:
    orders_bulk_refused(scene)
    scene.at("bulk-open").click()
    scene.see("job-row")


@state()
def orders_new(scene: Scene) -> None:
    orders_listed(scene)
    scene.at("new-order").click()
    scene.see("new-dialog")


@state()
def orders_import(scene: Scene) -> None:
    orders_listed(scene)
    scene.at("import").click()
    scene.see("import-dialog")


@state()
def orders_export(scene: Scene) -> None:
    orders_listed(scene)
    scene.at("export").click()
    scene.see("export-dialog")


@state()
def orders_keys(scene: Scene) -> None:
    orders_listed(scene)
    scene.page.keyboard.press("?")
    scene.see("keys-help")
