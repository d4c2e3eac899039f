"""Reports."""

from playwright.sync_api import expect

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Scene, state
from tests.e2e.pages.gallery.work.desk import EVENT, at_event

SALES = rf"{EVENT}/reports/sales(\?.*)?$"


CASH = rf"{EVENT}/reports/cash(\?.*)?$"


def _drawn(scene: Scene) -> None:
    expect(scene.at("chart")).to_have_attribute("data-state", "there")


@state()
def reports_sales(scene: Scene) -> None:
    at_event(scene, "reports/sales")
    scene.see("figures", "sales-row")
    _drawn(scene)


@state()
def reports_sales_by_tier(scene: Scene) -> None:
    at_event(scene, "reports/sales?by=tier&show=tickets")
    scene.see("sales-row")
    _drawn(scene)


@state()
def reports_sales_of_a_period(scene: Scene) -> None:
    at_event(scene, "reports/sales?from=2020-01-01&to=2020-01-31")
    scene.see("no-sales")


@state("status of 422", "GET answered 422")
def reports_sales_faults(scene: Scene) -> None:
    at_event(scene, "reports/sales?from=2020-02-01&to=2020-01-31")
    scene.see("report-problem")
    expect(scene.at("to")).to_have_attribute("aria-invalid", "true")


@state()
def reports_sales_none(scene: Scene) -> None:
    at_event(scene, "reports/sales", scene.world.quiet_event)
    scene.see("no-sales")


@state()
def reports_loading(scene: Scene) -> None:
    scene.hang(SALES)
    at_event(scene, "reports/sales")
    scene.see("loading")


@state("status of 500")
def reports_failure(scene: Scene) -> None:
    scene.refuse(SALES, 500, "internal")
    at_event(scene, "reports/sales")
    scene.see("report-problem")


@state()
def reports_refused(scene: Scene) -> None:
    at_event(scene, "reports/sales", user=scene.world.doorkeeper)
    scene.see("refused")


@state()
def reports_arrivals(scene: Scene) -> None:
    at_event(scene, "reports/arrivals")
    scene.see("arrivals-row")
    _drawn(scene)


@state()
def reports_arrivals_none(scene: Scene) -> None:
    at_event(scene, "reports/arrivals", scene.world.quiet_event)
    scene.see("no-arrivals")


@state()
def reports_cash(scene: Scene) -> None:
    at_event(scene, "reports/cash")
    scene.see("agrees", "cash-row")
    _drawn(scene)


@state()
def reports_cash_differs(scene: Scene) -> None:
    order_id = scene.world.fair.paid["id"]

    def differ(cash: Json) -> None:
        for row in (cash["rows"][0], cash["total"]):
            row["in_ledger"]["amount"] -= 1900
            row["difference"]["amount"] += 1900
        amount = {"amount": 1900, "currency": cash["currency"]}
        cash["open"] = [
            {"order_id": order_id, "what": "difference", "account": "stripe", "amount": amount},
            {"order_id": order_id, "what": "refund_open", "account": None, "amount": amount},
        ]

    scene.change(CASH, differ)
    at_event(scene, "reports/cash")
    scene.see("differences", "open-money-row")
    _drawn(scene)


@state()
def reports_cash_none(scene: Scene) -> None:
    at_event(scene, "reports/cash", scene.world.quiet_event)
    scene.see("no-cash")
