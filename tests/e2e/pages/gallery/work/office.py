"""The account: members, keys, webhooks, companies, the bank."""

from playwright.sync_api import FilePayload

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Scene, moment, state
from tests.e2e.pages.gallery.work.desk import ORGANIZER, at_work, job, nothing

MEMBERS = rf"{ORGANIZER}/members(\?.*)?$"


KEYS = rf"{ORGANIZER}/api-keys(\?.*)?$"


WEBHOOKS = rf"{ORGANIZER}/webhooks(\?.*)?$"


DELIVERIES = rf"{ORGANIZER}/webhooks/[^/]+/deliveries(\?.*)?$"


DELIVERY = rf"{ORGANIZER}/webhooks/[^/]+/deliveries/[^/?]+$"


COMPANIES = rf"{ORGANIZER}/companies(\?.*)?$"


BANK_LINES = rf"{ORGANIZER}/bank-lines(\?.*)?$"


STATEMENTS = rf"{ORGANIZER}/bank-statements$"


STATEMENT = rf"{ORGANIZER}/bank-statements/[^/?]+(\?.*)?$"


@state()
def team(scene: Scene) -> None:
    at_work(scene, "/team")
    scene.see("member-row", "roles")


@state()
def team_dialog(scene: Scene) -> None:
    team(scene)
    scene.at("add-member").click()
    scene.see("member-dialog")


@state("status of 500")
def team_failure(scene: Scene) -> None:
    scene.refuse(MEMBERS, 500, "internal")
    at_work(scene, "/team")
    scene.see("team-problem")


@state()
def keys_none(scene: Scene) -> None:
    scene.change(KEYS, nothing)
    at_work(scene, "/keys")
    scene.see("no-keys")


@state()
def keys_dialog(scene: Scene) -> None:
    keys_none(scene)
    scene.at("add-key").click()
    scene.see("key-dialog")


@state()
def keys_secret(scene: Scene) -> None:
    at_work(scene, "/keys")
    scene.at("add-key").click()
    scene.at("key-label").fill("Ticket robot")
    scene.at("key-save").click()
    scene.see("secret-dialog", "secret")


@state()
def webhooks_none(scene: Scene) -> None:
    scene.change(WEBHOOKS, nothing)
    at_work(scene, "/webhooks")
    scene.see("no-webhooks")


@state()
def webhooks_dialog(scene: Scene) -> None:
    webhooks_none(scene)
    scene.at("add-webhook").click()
    scene.see("webhook-dialog")


@state()
def webhooks_listed(scene: Scene) -> None:
    assert scene.world.webhook
    at_work(scene, "/webhooks")
    scene.see("webhook-row")


@state()
def webhooks_one(scene: Scene) -> None:
    at_work(scene, f"/webhooks/{scene.world.webhook['id']}")
    scene.see("webhook-settings", "webhook-off")


def _delivery(scene: Scene, sequence: int, **said: object) -> Json:
    return {
        "id": f"msg_{sequence}",
        "type": "order.placed",
        "event_id": scene.world.fair.event["id"],
        "subject": scene.world.fair.paid["id"],
        "number": None,
        "sequence": sequence,
        "created_at": moment(hours=-sequence),
        "state": "failed",
        "failed_for": None,
        "attempts": [],
        "next_at": None,
        **said,
    }


@state()
def webhooks_deliveries(scene: Scene) -> None:
    refused = {"at": moment(hours=-1), "status": 500, "error": None, "ms": 212}
    unheard = {"at": moment(hours=-2), "status": None, "error": "timeout", "ms": 10_000}
    told = [
        _delivery(scene, 3, attempts=[unheard, refused]),
        _delivery(scene, 2, type="ticket.issued", number=1, state="pending", next_at=moment(minutes=20)),
        _delivery(scene, 1, type="order.settled", failed_for="not_active"),
    ]
    scene.change(DELIVERIES, lambda listed: listed.update(items=told))
    webhooks_one(scene)
    scene.see("delivery-row")


@state()
def webhooks_delivery_panel(scene: Scene) -> None:
    def whole(_: Json) -> Json:
        attempts = [{"at": moment(hours=-1), "status": 500, "error": None, "ms": 212}]
        payload = {"type": "order.placed", "data": {"code": "A1B2C3", "total": {"amount": 4900}}}
        return _delivery(scene, 3, attempts=attempts, next_at=moment(hours=1)) | {"payload": payload}

    scene.answer(DELIVERY, whole)
    webhooks_deliveries(scene)
    scene.at("delivery-row").get_by_test_id("open").click()
    scene.see("delivery-payload")


@state()
def account_log(scene: Scene) -> None:
    at_work(scene, "/log")
    scene.see("log-line")


@state()
def companies(scene: Scene) -> None:
    assert scene.world.fair.company
    at_work(scene, "/companies")
    scene.see("company-row")


@state()
def companies_none(scene: Scene) -> None:
    scene.change(COMPANIES, nothing)
    at_work(scene, "/companies")
    scene.see("no-companies")


@state()
def companies_one(scene: Scene) -> None:
    at_work(scene, f"/companies/{scene.world.fair.company['id']}")
    scene.see("company-about", "company-switches")


@state()
def bank(scene: Scene) -> None:
    at_work(scene, "/bank")
    scene.see("bank-tabs")


@state()
def bank_lines(scene: Scene) -> None:
    fair = scene.world.fair

    def line(number: int, name: str, text: str, *orders: Json) -> Json:
        return {
            "id": f"line-{number}",
            "booked_on": "2027-03-01",
            "amount": 4900 * number,
            "currency": "EUR",
            "name": name,
            "text": text,
            "state": "unmatched",
            "order_id": None,
            "suggestions": [order["id"] for order in orders],
        }

    lines = [
        line(1, "Fjord Analytics AS", "Invoice 2027-0007, thank you", fair.paid),
        line(2, "Ada Lovelace", "EREF+NOTPROVIDED MREF+0000000000000000000000000042 SVWZ+TICKETS"),
    ]
    scene.change(BANK_LINES, lambda listed: listed.update(items=lines))
    bank(scene)
    scene.see("bank-line")


@state()
def bank_match_dialog(scene: Scene) -> None:
    bank_lines(scene)
    scene.at("match-line").click()
    scene.see("match-dialog")


def _read_statement(scene: Scene, **said: object) -> None:
    scene.answer(STATEMENTS, lambda _: job())
    scene.answer(STATEMENT, lambda _: job(**said))
    bank(scene)
    content = b"date;amount\n2027-03-01;49.00\n"
    scene.at("statement-file").set_input_files(
        FilePayload(name="march.csv", mimeType="text/csv", buffer=content)
    )
    scene.see("statement-job")


@state()
def bank_statement_running(scene: Scene) -> None:
    _read_statement(scene, rows=[], cursor=None)


@state()
def bank_statement_tried(scene: Scene) -> None:
    """Some of its lines would be booked, some name no invoice, and one can't be read."""
    rows = [
        {
            "row": 2,
            "result": "would_change",
            "reference": "A1B2C3",
            "note": "It pays the order.",
            "errors": [],
        },
        {"row": 3, "result": "skipped", "reference": None, "note": "It names no invoice.", "errors": []},
        {
            "row": 4,
            "result": "failed",
            "reference": None,
            "note": None,
            "errors": [{"field": "amount", "message": "is no amount"}],
        },
    ]
    counted = {"total": 3, "done": 3, "changed": 1, "skipped": 1, "failed": 1}
    _read_statement(scene, status="done", rows=rows, cursor=None, unknown_columns=["Remarks"], **counted)
    scene.see("job-done", "statement-book")


@state()
def api_explorer(scene: Scene) -> None:
    at_work(scene, "/api")
    scene.see("api-area")


@state()
def account_settings(scene: Scene) -> None:
    at_work(scene, "/account")
    scene.see("account-about", "account-seller")
