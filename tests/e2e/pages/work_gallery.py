"""All states of all pages: to those of `gallery.py` come those of the workplaces."""

from playwright.sync_api import FilePayload, expect

from tests.e2e.clients import Json, User
from tests.e2e.pages.gallery import GALLERY, Scene, at_the_desk, moment, portal_review, state
from tests.e2e.pages.steps import be_signed_in
from tests.e2e.pages.test_door import codes_of, next_guest, pair, scan, wait_until_ready

__all__ = ["GALLERY"]

# Addresses of the API: those of the pages hold the same words below /work.
ORGANIZER = r"(?<!/work)/organizer/[^/]+"
EVENT = rf"{ORGANIZER}/events/[^/]+"
EVENTS = rf"{ORGANIZER}/events(\?.*)?$"
ONE_EVENT = rf"{EVENT}$"
ORDERS = rf"{EVENT}/orders(\?.*)?$"
PREVIEW = rf"{EVENT}/orders/[^/]+/actions/[^/]+/preview$"
SALES = rf"{EVENT}/reports/sales(\?.*)?$"
CASH = rf"{EVENT}/reports/cash(\?.*)?$"
MEMBERS = rf"{ORGANIZER}/members(\?.*)?$"
KEYS = rf"{ORGANIZER}/api-keys(\?.*)?$"
DISTRIBUTE = r"/distribution/companies/[^/]+/cart/distribute(\?.*)?$"
WEBHOOKS = rf"{ORGANIZER}/webhooks(\?.*)?$"
DELIVERIES = rf"{ORGANIZER}/webhooks/[^/]+/deliveries(\?.*)?$"
DELIVERY = rf"{ORGANIZER}/webhooks/[^/]+/deliveries/[^/?]+$"
COMPANIES = rf"{ORGANIZER}/companies(\?.*)?$"
BANK_LINES = rf"{ORGANIZER}/bank-lines(\?.*)?$"
STATEMENTS = rf"{ORGANIZER}/bank-statements$"
STATEMENT = rf"{ORGANIZER}/bank-statements/[^/?]+(\?.*)?$"
# What a browser at a door says of a network that is away, and of what is refused there.
AT_THE_DOOR = ("net::ERR_", "status of 4")


def at_work(scene: Scene, part: str = "", user: User | None = None) -> None:
    stack = scene.world.stack
    be_signed_in(scene.page, stack, user or stack.users["organizer"])
    scene.open(f"/work/organizer/{stack.organizer_id}{part}")


def at_event(scene: Scene, part: str, event: Json | None = None, user: User | None = None) -> None:
    at_work(scene, f"/events/{(event or scene.world.fair.event)['id']}/{part}", user)


def _nothing(listed: Json) -> None:
    listed.update(items=[], cursor=None)


# --- the frame -------------------------------------------------------------------------------------------


@state()
def work_signed_out(scene: Scene) -> None:
    scene.open("/work")
    scene.see("signed-out")


@state()
def work_start(scene: Scene) -> None:
    be_signed_in(scene.page, scene.world.stack, scene.world.stack.users["organizer"])
    scene.open("/work")
    scene.see("account", "door")


@state()
def work_start_of_nobody(scene: Scene) -> None:
    be_signed_in(scene.page, scene.world.stack, scene.world.newcomer)
    scene.open("/work")
    scene.see("no-accounts")
    scene.at("open-account").click()
    scene.see("opening")


@state()
def work_menus(scene: Scene) -> None:
    at_event(scene, "orders")
    scene.see("orders")
    scene.at("me").click()
    scene.see("me-panel")


@state()
def work_refused(scene: Scene) -> None:
    at_event(scene, "orders", user=scene.world.doorkeeper)
    scene.see("refused")


@state("status of 40")
def work_of_others(scene: Scene) -> None:
    at_work(scene, user=scene.world.newcomer)
    scene.see("failure")


@state("status of 500")
def work_failure(scene: Scene) -> None:
    scene.refuse(ONE_EVENT, 500, "internal")
    at_event(scene, "orders")
    scene.see("failure")


# --- events ----------------------------------------------------------------------------------------------


@state()
def events_listed(scene: Scene) -> None:
    assert scene.world.fair.event
    at_work(scene)
    scene.see("coming-events")


@state()
def events_none(scene: Scene) -> None:
    scene.change(EVENTS, _nothing)
    at_work(scene)
    scene.see("no-events")


@state()
def events_new(scene: Scene) -> None:
    events_listed(scene)
    scene.at("new-event").click()
    scene.see("new-event-dialog")


# --- orders ----------------------------------------------------------------------------------------------


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


# --- set-up ----------------------------------------------------------------------------------------------


@state()
def setup_checklist(scene: Scene) -> None:
    at_event(scene, "setup/checklist", scene.world.draft_event)
    scene.see("checklist-item")


@state()
def setup_checklist_on_sale(scene: Scene) -> None:
    at_event(scene, "setup/checklist")
    scene.see("on-sale")


@state()
def setup_cancel_event(scene: Scene) -> None:
    setup_checklist_on_sale(scene)
    scene.at("cancel-event").click()
    scene.see("cancel-consequences")


@state()
def setup_event(scene: Scene) -> None:
    at_event(scene, "setup/event")
    scene.see("event-form")


@state("status of 4")
def setup_event_faults(scene: Scene) -> None:
    setup_event(scene)
    scene.at("event-title").fill("")
    scene.at("save").click()
    expect(scene.at("event-title")).to_have_attribute("aria-invalid", "true")


@state()
def setup_categories(scene: Scene) -> None:
    at_event(scene, "setup/categories")
    scene.see("category")


@state()
def setup_category_dialog(scene: Scene) -> None:
    setup_categories(scene)
    scene.at("edit-category").click()
    scene.see("category-dialog")


@state()
def setup_tiers(scene: Scene) -> None:
    at_event(scene, "setup/tiers")
    scene.see("tier-row")


def _tier(scene: Scene) -> None:
    tier = scene.world.shop.tier(scene.world.fair.event["slug"], "Regular")
    at_event(scene, f"setup/tiers/{tier['id']}")
    scene.see("tier-form", "price")


@state()
def setup_tier(scene: Scene) -> None:
    _tier(scene)
    scene.at("tier-title").fill("Regular, with lunch")
    scene.see("save-bar")


@state("status of 4")
def setup_tier_faults(scene: Scene) -> None:
    _tier(scene)
    scene.at("tier-title").fill("")
    scene.at("save").click()
    expect(scene.at("tier-title")).to_have_attribute("aria-invalid", "true")


@state()
def setup_tier_left_unsaved(scene: Scene) -> None:
    setup_tier(scene)
    scene.at("back").click()
    scene.see("leave-go")


@state()
def setup_tier_new(scene: Scene) -> None:
    at_event(scene, "setup/tiers/new")
    scene.see("tier-form")


@state()
def setup_discounts_none(scene: Scene) -> None:
    at_event(scene, "setup/discounts")
    scene.see("no-discounts")


@state()
def setup_discounts(scene: Scene) -> None:
    conference = scene.world.shop.event(scene.world.stack.event_slug)
    at_event(scene, "setup/discounts", conference)
    scene.see("discount")


@state()
def setup_discount_panel(scene: Scene) -> None:
    setup_discounts_none(scene)
    scene.at("add-discount").click()
    scene.see("discount-panel")


@state()
def setup_questions_none(scene: Scene) -> None:
    at_event(scene, "setup/questions")
    scene.see("no-questions")


@state()
def setup_question_panel(scene: Scene) -> None:
    setup_questions_none(scene)
    scene.at("add-question").click()
    scene.see("question-panel")


@state()
def setup_organizations(scene: Scene) -> None:
    at_event(scene, "setup/organizations")
    scene.see("organization-row")


@state()
def setup_organization_panel(scene: Scene) -> None:
    setup_organizations(scene)
    scene.at("organization-row").get_by_test_id("open").click()
    scene.see("organization-panel", "organization-states")


@state()
def setup_organizations_none(scene: Scene) -> None:
    at_event(scene, "setup/organizations", scene.world.quiet_event)
    scene.see("no-organizations")


@state()
def texts_listed(scene: Scene) -> None:
    at_event(scene, "setup/texts")
    scene.see("text-kind")


@state()
def texts_editor(scene: Scene) -> None:
    texts_listed(scene)
    scene.at("text-kind").click()
    scene.see("text-editor", "mail-picture")


def _seating(scene: Scene) -> None:
    concert = scene.world.shop.event(scene.world.stack.seated_event_slug)
    at_event(scene, "setup/seating", concert)
    scene.see("seats-board")


@state()
def seating_seats(scene: Scene) -> None:
    _seating(scene)


@state()
def seating_seats_chosen(scene: Scene) -> None:
    _seating(scene)
    scene.at("as-list").click()
    scene.at("choose-row").click()
    scene.see("chosen-seats")


@state()
def seating_plan(scene: Scene) -> None:
    _seating(scene)
    scene.at("tab-plan").click()
    scene.see("plan-form")


@state()
def seating_section_dialog(scene: Scene) -> None:
    seating_plan(scene)
    scene.at("edit-section").click()
    scene.see("section-dialog")


@state()
def seating_import(scene: Scene) -> None:
    _seating(scene)
    scene.at("tab-import").click()
    scene.see("import-plan")


@state()
def seating_none(scene: Scene) -> None:
    at_event(scene, "setup/seating")
    scene.see("no-plan")


@state()
def badges_look(scene: Scene) -> None:
    at_event(scene, "setup/badges")
    scene.see("badge-design", "badge-look")
    expect(scene.at("badge-preview").get_by_role("img")).to_be_visible()


def _badges(scene: Scene, tab: str) -> None:
    at_event(scene, "setup/badges")
    scene.at(f"tab-{tab}").click()


@state()
def badges_templates_none(scene: Scene) -> None:
    _badges(scene, "templates")
    scene.see("no-templates")


@state()
def badges_template_editor(scene: Scene) -> None:
    badges_templates_none(scene)
    scene.at("add-template").click()
    scene.see("template-editor")


@state()
def badges_print(scene: Scene) -> None:
    _badges(scene, "print")
    scene.see("print-badges")


# --- people ----------------------------------------------------------------------------------------------


@state()
def people_listed(scene: Scene) -> None:
    at_event(scene, "people")
    scene.see("person-row")


@state()
def people_panel(scene: Scene) -> None:
    people_listed(scene)
    scene.at("person-row").get_by_test_id("open").click()
    scene.see("person-panel", "person-form")


@state()
def people_none(scene: Scene) -> None:
    at_event(scene, "people", scene.world.quiet_event)
    scene.see("no-persons")


@state()
def people_new(scene: Scene) -> None:
    people_none(scene)
    scene.at("add-person").click()
    scene.see("person-form")


@state()
def people_waiting(scene: Scene) -> None:
    at_event(scene, "people")
    scene.at("tab-waiting").click()
    scene.see("waiting-row")


# --- the account -----------------------------------------------------------------------------------------


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
    scene.change(KEYS, _nothing)
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
    scene.change(WEBHOOKS, _nothing)
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
    scene.change(COMPANIES, _nothing)
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


def _job(**said: object) -> Json:
    counted = dict.fromkeys(("created", "changed", "unchanged", "skipped", "failed"), 0)
    return {
        "id": "job",
        "kind": "bank_statement",
        "status": "running",
        "dry_run": True,
        "created_by": "organizer@admit.example",
        "created_at": moment(),
        "finished_at": None,
        "unknown_columns": [],
        "total": 40,
        "done": 12,
        **counted,
        "error": None,
        **said,
    }


def _read_statement(scene: Scene, **said: object) -> None:
    scene.answer(STATEMENTS, lambda _: _job())
    scene.answer(STATEMENT, lambda _: _job(**said))
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


# --- reports ---------------------------------------------------------------------------------------------


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


@state("status of 422")
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


# --- the doors, as the organizer sees them ---------------------------------------------------------------


@state()
def doors_arrivals(scene: Scene) -> None:
    at_event(scene, "doors")
    scene.see("arrivals", "device-health")


@state()
def doors_arrivals_none(scene: Scene) -> None:
    at_event(scene, "doors", scene.world.quiet_event)
    scene.see("arrivals-none")


def _doors(scene: Scene, tab: str) -> None:
    at_event(scene, "doors")
    scene.at(f"tab-{tab}").click()


@state()
def doors_devices(scene: Scene) -> None:
    _doors(scene, "devices")
    scene.see("device")


@state()
def doors_device_dialog(scene: Scene) -> None:
    doors_devices(scene)
    scene.at("add-device").click()
    scene.see("device-dialog")


@state()
def doors_lists(scene: Scene) -> None:
    _doors(scene, "lists")
    scene.see("check-in-list")


@state()
def doors_list_dialog(scene: Scene) -> None:
    doors_lists(scene)
    scene.at("add-list").click()
    scene.see("list-dialog")


@state()
def doors_places(scene: Scene) -> None:
    _doors(scene, "places")
    scene.see("gate", "zone")


@state()
def doors_log(scene: Scene) -> None:
    _doors(scene, "log")
    scene.see("attempt")


# --- the door --------------------------------------------------------------------------------------------


def _pair(scene: Scene, **settings: object) -> Json:
    world = scene.world
    return pair(scene.page, world.organizer, world.fair.event, "North 2", **settings)


@state()
def door_pairing(scene: Scene) -> None:
    scene.open("/work/door")
    scene.see("pairing")


@state(*AT_THE_DOOR)
def door_pairing_wrong(scene: Scene) -> None:
    door_pairing(scene)
    scene.at("pair-code").fill("hello")
    scene.at("pair-go").click()
    scene.see("pair-wrong")


@state(*AT_THE_DOOR)
def door_desk(scene: Scene) -> None:
    _pair(scene)


@state(*AT_THE_DOOR, workers=True)
def door_refused(scene: Scene) -> None:
    """Somebody shows a code with which somebody has gone in."""
    [code] = codes_of(scene.world.shop, scene.world.fair.event, 1)
    _pair(scene, profile="supervisor")
    wait_until_ready(scene.page)
    scan(scene.page, code, "admitted")
    scan(scene.page, code, "refused", "already_in")


@state(*AT_THE_DOOR)
def door_find(scene: Scene) -> None:
    _pair(scene, profile="search")
    scene.at("open-find").click()
    scene.at("find-words").fill("Grace")
    scene.at("find-go").click()
    scene.see("found")


@state(*AT_THE_DOOR)
def door_group(scene: Scene) -> None:
    door_find(scene)
    scene.at("found-group").click()
    scene.see("group-ticket")


@state(*AT_THE_DOOR)
def door_settings(scene: Scene) -> None:
    _pair(scene)
    scene.at("open-settings").click()
    scene.see("settings")


@state(*AT_THE_DOOR, workers=True)
def door_recent(scene: Scene) -> None:
    [code] = codes_of(scene.world.shop, scene.world.fair.event, 1)
    _pair(scene)
    wait_until_ready(scene.page)
    scan(scene.page, code, "admitted")
    next_guest(scene.page)
    scene.at("open-recent").click()
    scene.see("recent-scan")


@state(*AT_THE_DOOR, workers=True)
def door_offline(scene: Scene) -> None:
    """A guest has gone in without a network, and waits to be told of."""
    [code] = codes_of(scene.world.shop, scene.world.fair.event, 1)
    _pair(scene)
    wait_until_ready(scene.page)
    scene.page.context.set_offline(True)
    scan(scene.page, code, "admitted")
    next_guest(scene.page)
    scene.see("away")
    expect(scene.at("waiting")).to_have_attribute("data-count", "1")


@state(*AT_THE_DOOR, workers=True)
def door_conflicts(scene: Scene) -> None:
    """A guest whom this door has let in without a network had gone in at another one."""
    world, page = scene.world, scene.page
    [code] = codes_of(world.shop, world.fair.event, 1)
    _pair(scene)
    wait_until_ready(page)
    page.context.set_offline(True)
    other = world.organizer.pair_device(world.fair.event, "South 1")
    assert other.scan(code)["result"] == "admitted"
    scan(page, code, "admitted")
    next_guest(page)
    page.context.set_offline(False)
    scene.at("open-conflicts").click()
    scene.see("conflict-winner")


@state(*AT_THE_DOOR)
def door_revoked(scene: Scene) -> None:
    device = _pair(scene)
    event = scene.world.fair.event
    assert scene.world.organizer.send("DELETE", f"/events/{event['id']}/devices/{device['id']}").is_success
    scene.page.reload()
    scene.see("revoked")


@state(workers=True)
def door_elsewhere(scene: Scene) -> None:
    """Another tab of this browser is the door."""
    other = scene.page.context.new_page()
    other.goto("/work/door")
    expect(other.get_by_test_id("pairing")).to_be_visible()
    scene.open("/work/door")
    scene.see("door-elsewhere")


# --- the portal ------------------------------------------------------------------------------------------


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
