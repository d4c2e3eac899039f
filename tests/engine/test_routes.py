"""Each route of the contract answers as it is declared to, when all is well."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.orders.billing import BillingMessage
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import order_and_tickets
from tests.builders import NOW, SIGNING_SECRET, a_name, an_event
from tests.engine.api import FOUNDER, Answer, Api, routes, webhook

type Json = dict[str, Any]

CONTRACT = json.loads(Path("web/openapi.json").read_text())["paths"]
SOMEBODY = {"email": "kari@polar.example", "name": "Kari Nordmann"}
START = "2027-06-03T07:00:00Z"


def euro(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


class Walk:
    """Sends requests, and remembers which routes have answered as they are declared to."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.walked: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, body: Any = None, **request: Any) -> Any:
        route = next(one for one in routes() if one.method == method and one.parameters(path) is not None)
        if route.signed_in:
            request.setdefault("as_", FOUNDER)
        sent = [] if body is None else [body]
        answer: Answer = self.api.send(method, path, *sent, **request)
        declared = [int(code) for code in CONTRACT[route.path][method.lower()]["responses"] if code < "4"]
        assert [answer.status] == declared, f"{method} {path}: {answer.status} {answer.text}"
        self.walked.add((method, route.path))
        return answer.body


def made(api: Api, table: DynamoTable, order_id: str, event_id: str) -> None:
    """Make the tickets of an order, as the stream has it done."""
    order, _ = order_and_tickets(table, order_id)
    signer = Signer(SIGNING_SECRET, event_id)
    issue(table, api.bucket, signer, load_catalog(table, event_id).event, order, now=NOW)


def test_every_route_answers_as_it_is_declared_to(api: Api, table: DynamoTable) -> None:
    walk = Walk(api)
    organizer = f"/organizer/{walk('POST', '/organizer', {'name': 'Northern Lights'})['id']}"
    walk("GET", "/organizer")
    settings = {"title": "An event", "timezone": "Europe/Oslo", "currency": "EUR", "slug": a_name("walk")}
    settings |= {"starts_at": START, "ends_at": "2027-06-04T15:00:00Z"}
    event = walk("POST", f"{organizer}/events", settings)
    path, public = f"{organizer}/events/{event['id']}", f"/public/events/{event['slug']}"

    company = walk("POST", f"{organizer}/companies", {"name": "Polar"})["id"]
    walk("GET", f"{organizer}/companies")
    walk("PUT", f"{organizer}/companies/{company}/relays/{SOMEBODY['email']}", {"name": "Kari"})

    tiers = set_up(walk, path, company)
    walk("POST", f"{path}/publish")
    walk("GET", public)
    walk("POST", f"{public}/unlock", {"code": "EARLY"})
    walk("POST", f"{public}/verify-email", {"email": SOMEBODY["email"]})

    def placed(tier: str, method: str = "free", total: int = 0, **fields: Any) -> Any:
        line = {"tier_id": tiers[tier], "quantity": 1}
        walk("POST", f"{public}/quote", {"lines": [line]})
        body = {"lines": [line], "buyer": SOMEBODY, "payment_method": method, "total": euro(total)}
        return walk("POST", f"{public}/orders", body | fields, idempotency_key=a_name("key"))

    order(walk, path, placed)
    take_money(walk, path, placed)
    wait(walk, path, public, tiers["Boat"])
    hold_ticket(walk, table, event["id"], placed("Free"))
    bring_in(walk, path)
    devices(walk, path)
    walk("GET", f"/distribution/companies/{company}/tickets", as_=SOMEBODY["email"])
    walk("POST", f"{path}/close")
    walk("POST", f"{path}/cancel")
    assert walk.walked == {(route.method, route.path) for route in routes()}


def set_up(walk: Walk, path: str, company: str) -> dict[str, str]:
    """Walk all that sets an event up; return its tiers by title."""
    event = walk("GET", path)
    upload = walk("POST", f"{path}/uploads", {"content_type": "image/png", "bytes": 9})
    walk.api.bucket.receive(upload["fields"])
    walk("PATCH", path, {"images": [upload["id"]]})
    walk("GET", f"/public/images/{event['id']}/{upload['id']}")
    walk("GET", path.rpartition("/")[0])

    [category] = event["categories"]
    extras = walk("POST", f"{path}/categories", {"title": "Extras"})["id"]
    walk("PATCH", f"{path}/categories/{extras}", {"title": "More"})
    walk("GET", f"{path}/categories")
    walk("POST", f"{path}/categories/reorder", {"categories": [extras, category["id"]]})
    walk("DELETE", f"{path}/categories/{extras}")

    [free] = category["tiers"]
    paid: Json = {"prices": [{"amount": euro(4_900), "payment_methods": ["card", "invoice"]}]}
    lounge = [{"title": "Lounge", "provider": "voucher", "reference": "L1", "auto": False}]
    walk("PATCH", f"{path}/tiers/{free['id']}", {"title": "Free", "offers": lounge})
    added: dict[str, Json] = {
        "Paid": paid,
        "Decided": {"approval_required": True},
        "Boat": {"ticket_limit": 0},
        "Gone": {},
    }
    tiers = {"Free": free["id"]} | {
        title: walk("POST", f"{path}/tiers", {"title": title, "category": category["id"], **fields})["id"]
        for title, fields in added.items()
    }
    gone = f"{path}/tiers/{tiers.pop('Gone')}"
    walk("GET", gone)
    walk("PUT", f"{gone}/whitelist", {"users": [{"email": SOMEBODY["email"]}]})
    walk("GET", f"{gone}/whitelist")
    walk("DELETE", gone)
    walk("POST", f"{path}/tiers/reorder", {"tiers": list(tiers.values())})
    walk("GET", f"{path}/tiers")

    early = {"title": "Early", "code": "EARLY", "percent": "10"}
    for kind, body in (
        ("discounts", early),
        ("quotas", {"title": "Hall", "limit": 9}),
        ("allotments", {"title": "Polar", "units": 5, "tier_id": tiers["Paid"], "company_id": company}),
    ):
        made = walk("POST", f"{path}/{kind}", body)
        walk("GET", f"{path}/{kind}")
        walk("PATCH", f"{path}/{kind}/{made['id']}", {"title": "Another"})
        if kind == "discounts":
            walk("GET", f"{path}/{kind}/{made['id']}")
        walk("DELETE", f"{path}/{kind}/{made['id']}")
    walk("POST", f"{path}/discounts", early)
    walk("PUT", f"{path}/organizations/{company}", {"role": "sponsor"})
    walk("GET", f"{path}/organizations")
    walk("POST", f"{path}/copy", {"slug": a_name("copy"), "starts_at": START})
    return tiers


def order(walk: Walk, path: str, placed: Callable[..., Any]) -> None:
    by_card = placed("Paid", "card", 4_900)
    key = {"key": by_card["key"]}
    walk("POST", f"/public/orders/{by_card['id']}/checkout", **key)
    walk("POST", f"/public/orders/{by_card['id']}/confirm", **key)
    walk("POST", f"/public/orders/{by_card['id']}/cancel", **key)
    walk("GET", f"/public/orders/{by_card['id']}", **key)
    for verdict in ("approve", "decline"):
        walk("POST", f"{path}/orders/{placed('Decided')['id']}/{verdict}")
    decision = {"order_id": placed("Decided")["id"], "decision": "approve"}
    walk("POST", f"{path}/orders/decisions", {"decisions": [decision]})
    billing = {"company": "Polar Systems AS"}
    by_invoice = [placed("Paid", "invoice", 4_900, billing=billing)["id"] for _ in range(2)]
    walk("POST", f"{path}/orders/{by_invoice[0]}/settle", {"note": "bank"})
    changed = walk("PATCH", path, {"invoice_policy": "on_release"})
    assert changed["invoice_policy"] == "on_release"
    released = placed("Paid", "invoice", 4_900, billing=billing)["id"]
    walk("POST", f"{path}/orders/{released}/release", {"note": "known"})
    comp: Json = {"lines": [{"tier_id": changed["categories"][0]["tiers"][0]["id"], "quantity": 1}]}
    comp |= {"buyer": SOMEBODY, "payment_method": "free"}
    walk("POST", f"{path}/orders", comp, idempotency_key=a_name("key"))
    walk("GET", f"{path}/orders")
    walk("GET", f"{path}/orders/{released}")
    walk("GET", f"{path}/summary")


def take_money(walk: Walk, path: str, placed: Callable[..., Any]) -> None:
    gateway = walk.api.gateway
    by_card = placed("Paid", "card", 4_900)["id"]
    gateway.pay(next(page.session_id for page in gateway.pages.values() if page.order_id == by_card))
    taken = walk("POST", "/webhooks/stripe", **webhook(gateway.news[-1], walk.api.now))
    assert taken == {"taken": True}
    refund = walk("POST", f"{path}/orders/{by_card}/refund", {"amount": euro(900)}, idempotency_key="walked")
    assert (refund["status"], refund["order"]["payment_status"]) == ("succeeded", "partially_refunded")

    by_invoice = placed("Paid", "invoice", 4_900, billing={"company": "Polar Systems AS"})["id"]
    walk("POST", f"{path}/orders/{by_invoice}/settle", {"note": "bank"})
    ended = walk("POST", f"{path}/orders/{by_invoice}/cancel", {"refund": True, "note": "ill"})
    assert (ended["status"], ended["payment_status"]) == ("cancelled", "paid")
    sent = walk("POST", f"{path}/orders/{by_invoice}/refunds/1/confirm", {"note": "bank, 2 March"})
    assert sent["payment_status"] == "refunded"
    walk("GET", f"{path}/ledger")
    unpaid = placed("Paid", "invoice", 4_900, billing={"company": "Polar Systems AS"})["id"]
    show_documents(walk, path, unpaid)
    book_statement(walk, path.partition("/events/")[0], unpaid)


def show_documents(walk: Walk, path: str, order_id: str) -> None:
    walk.api.shop.billing_queue.send([BillingMessage(order_id=order_id)])
    walk.api.bill()
    [invoice, *_] = walk("GET", f"{path}/orders/{order_id}")["documents"]
    walk("GET", f"{path}/orders/{order_id}/documents/{invoice['number']}")
    address = urlsplit(invoice["url"])
    document = address.path[address.path.index("/public/") :]
    walk("GET", document, query=dict(parse_qsl(address.query)))
    key = {"key": walk.api.links.order_key(order_id)}
    walk("GET", f"/public/orders/{order_id}/invoice", **key)


def book_statement(walk: Walk, organizer: str, order_id: str) -> None:
    content = (
        "id,date,amount,currency,text\nL1,2027-03-02,49.00,EUR,thanks\nL2,2027-03-02,1.00,EUR,interest\n"
    )
    statement = {"format": "csv", "content": content}
    job = walk("POST", f"{organizer}/bank-statements", statement, idempotency_key=a_name("key"))
    walk.api.work_off_jobs()
    walk("GET", f"{organizer}/bank-statements/{job['id']}")
    lines = walk("GET", f"{organizer}/bank-lines")["items"]
    paid, other = sorted(lines, key=lambda line: -line["amount"])
    walk("POST", f"{organizer}/bank-lines/{paid['id']}/match", {"order_id": order_id})
    walk("POST", f"{organizer}/bank-lines/{other['id']}/ignore")


def wait(walk: Walk, path: str, public: str, tier_id: str) -> None:
    entries = [
        walk(
            "POST",
            f"{public}/waiting-list",
            SOMEBODY | {"email": email, "quantity": 1, "tier_ids": [tier_id]},
        )
        for email in ("kari@polar.example", "ola@polar.example")
    ]
    walk("PATCH", f"{path}/tiers/{tier_id}", {"ticket_limit": 2})
    assert walk("POST", f"{path}/waiting-list/offer")["offers"] == 2
    walk("GET", f"{path}/waiting-list")
    accepting, refusing = (f"{public}/waiting-list/{entry['id']}" for entry in entries)
    first, second = (walk.api.links.waiting_key(entry["id"], 1) for entry in entries)
    walk("GET", accepting, key=first)
    walk("POST", f"{accepting}/accept", {"payment_method": "free", "total": euro(0)}, key=first)
    walk("POST", f"{refusing}/refuse", key=second)
    late = SOMEBODY | {"email": "siri@polar.example", "quantity": 2, "tier_ids": [tier_id]}
    entry = walk("POST", f"{public}/waiting-list", late)
    walk("DELETE", f"{path}/waiting-list/{entry['id']}")
    walk("DELETE", f"{path}/waiting-list/{entry['id']}")


def hold_ticket(walk: Walk, table: DynamoTable, event_id: str, placed: Json) -> None:
    made(walk.api, table, placed["id"], event_id)
    holder, key = f"/public/orders/{placed['id']}/tickets/1/holder", placed["key"]
    [ticket] = order_and_tickets(table, placed["id"])[1]
    of_ticket = {"key": walk.api.links.ticket_key(ticket.id, ticket.revision)}
    walk("GET", f"/public/tickets/{ticket.id}", **of_ticket)
    walk("GET", f"/public/tickets/{ticket.id}/qr.png", query=of_ticket)
    walk("GET", f"/public/tickets/{ticket.id}/badge.png", query=of_ticket)
    walk("POST", f"/public/tickets/{ticket.id}/grants/1/claim", **of_ticket)
    walk("PUT", holder, SOMEBODY, key=key)
    walk("DELETE", holder, key=key)


def bring_in(walk: Walk, path: str) -> None:
    job = walk("POST", f"{path}/imports", {"kind": "tiers", "csv": "title,price\nImported,0\n"})
    walk.api.work_off_jobs()
    walk("GET", f"{path}/imports")
    walk("GET", f"{path}/imports/{job['id']}")


def devices(walk: Walk, path: str) -> None:
    code = walk("POST", f"{path}/devices", {"name": "Door"})["code"]
    walk("GET", f"{path}/devices")
    device = walk("POST", "/checkin/pair", {"code": code})["device_key"]
    walk("POST", "/checkin/scans", {"credential": "nothing", "nonce": "1"}, key=device)


def test_a_page_that_has_not_changed_is_not_sent_again(api: Api, table: DynamoTable) -> None:
    page = f"/public/events/{an_event(table).event.slug}"
    etag = api.get(page).headers["etag"]
    same = api.get(page, headers={"If-None-Match": etag})
    assert (same.status, same.text, same.headers["etag"]) == (304, "", etag)
    assert api.get(page, headers={"If-None-Match": '"another"'}).status == 200
