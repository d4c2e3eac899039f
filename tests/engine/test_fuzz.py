"""Whatever is sent to an operation, the answer is one of the contract's, and never an error of our own.

Requests are made from web/openapi.json: some fit it, some don't, some carry what no schema would think of.
The ids and keys of things that exist are mixed in, so that requests get past "there is no such thing".
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from admit import ids
from admit.aws.http import STATUS
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.errors import AdmitError
from admit.passes.content import pass_serial
from admit.tickets.credential import Credential, Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import load_ticket, order_and_tickets
from tests.builders import NOW, SIGNING_SECRET, a_name
from tests.engine.api import FOUNDER, Answer, Api, serving, signed
from tests.wallets import PASS_TYPE

EXAMPLES = 4
"""Requests of each kind to each operation."""

RELAY, COLLEAGUE = "relay@polar.example", "ola@polar.example"
BADGE = "#let badge(face) = [#face.name]"
CODE, PASSCODE = "EARLY", "aurora"
STATEMENT = {
    "format": "csv",
    "content": "date;amount;text\n"
    + "".join(f"2027-03-0{day};125.00;For the tickets\n" for day in range(1, 7)),
    "currency": "EUR",
}
CSV = "reference,email,name,tier,price,quantity\nR1,kari@polar.example,Kari,Free ticket,0,2\n"
FRESH = "a-slug-that-no-event-has"
HOOK = "https://hooks.example/admit"
SEATS_CSV = "section,row,seat,category\nHall,1,1,All\nHall,1,2,All\n"
PLAN: Mapping[str, Any] = {
    "version": None,
    "choice": "pick",
    "focus": {"x": 0.5, "y": -1},
    "categories": [{"id": "all", "title": "All", "color": None, "tier_ids": []}],
    "sections": [
        {
            "id": "hall",
            "title": "Hall",
            "category": "all",
            "rows": [
                *(
                    {"id": row, "label": row, "count": 20, "x": 0, "y": int(row), "gaps_after": ["9"]}
                    for row in ("1", "2", "3")
                ),
                {
                    "id": "4",
                    "seats": [
                        {"id": "1", "label": "1", "x": 1, "y": 4, "kind": "accessible", "gap_before": False},
                        {"id": "2", "x": 2.5, "y": 4, "companion_of": "1", "restricted": "pillar"},
                    ],
                },
            ],
        }
    ],
    "zones": [],
}
PRETIX: Mapping[str, Any] = {
    "name": "Hall",
    "categories": [{"name": "All", "color": "#ff0000"}],
    "zones": [
        {
            "name": "Hall",
            "zone_id": "hall",
            "position": {"x": 0, "y": 0},
            "rows": [
                {
                    "row_number": "1",
                    "row_label": "Row %s",
                    "position": {"x": 0, "y": 1},
                    "seats": [{"seat_number": "1", "position": {"x": 1, "y": 0}, "category": "All"}],
                }
            ],
        }
    ],
}
STRANGER = "stranger@elsewhere.example"
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

CONTRACT = json.loads(Path("web/openapi.json").read_text())
SCHEMA = schemathesis.openapi.from_dict(CONTRACT, config=schemathesis.Config())
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations() if isinstance(one, Ok)}
WITH_BODY = [label for label, operation in OPERATIONS.items() if operation.body]
WEBHOOK = "POST /webhooks/stripe"
PLACE = "POST /public/events/{slug}/orders"
QUOTE = "POST /public/events/{slug}/quote"
ACCEPT = "POST /public/events/{slug}/waiting-list/{entry_id}/accept"
EVENT = "/organizer/{organizer_id}/events/{event_id}"
MOVING_BACK = ("/cancel", "/refund", "/confirm")
"""Ends of the operations that take an order's money and tickets back."""
PORTAL = "/distribution/companies/{company_id}"
IMPORT_SEATS = f"POST {EVENT}/seating/import"
NAMING_TICKETS = ("/claim-links", "/tickets/take-back", "/me/transfers")
"""Ends of the operations whose tickets are ids, not numbers."""
ADDING = {
    f"POST {EVENT}/{kind}"
    for kind in (
        *("tiers", "categories", "discounts", "quotas", "allotments"),
        *("check-in-lists", "gates", "zones"),
    )
}
CHANGING = {
    label
    for label in OPERATIONS
    if label.startswith(("PUT", "PATCH", "DELETE"))
    and EVENT in label
    and not any(part in label for part in ("/orders", "/tickets"))
} | {f"POST {EVENT}/{last}" for last in ("close", "publish", "tiers/reorder", "categories/reorder")}
IDLE_HEADERS = {"user-agent", "accept", "accept-encoding", "connection", "x-schemathesis-testcaseid"}

type Draw = Callable[[st.SearchStrategy[Any]], Any]


def parameters(label: str, place: str) -> list[str]:
    """Return the names of an operation's parameters in one place: path, query or header."""
    method, path = label.split(" ", 1)
    listed = CONTRACT["paths"][path][method.lower()].get("parameters", [])
    return [one["name"] for one in listed if one["in"] == place]


WITH_PARAMETERS = [
    label for label in OPERATIONS if any(parameters(label, place) for place in ("path", "query", "header"))
]

# --- what is sent ------------------------------------------------------------------------------------------

NUMBERS: list[Any] = [
    *[0, -1, 1.5, 2**31, 2**53, 2**63, 10**30, -(10**30), 1e308, -62_135_596_801, 253_402_300_800, 8.64e15],
    *[float("inf"), float("-inf"), float("nan")],
]
TIMES = [
    *["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-14:00"],
    *["9999-12-31T23:59:59Z", "2027-02-29T00:00:00Z", "2027-06-03", "2027-06-03T00:00:00", "1e999"],
]
TEXTS = [
    *[
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        "\u202e\u2028\u0085",
        "x" * 10_000,
        "\U0001f4a5" * 2_500,
    ],
    *["0", "-0", "9" * 400, "null", "../../etc/passwd", "..", "Europe", "%00", "#", "a\x1fb", "{}", "=1+1"],
    *["\u00a8@b.example", "a\uff20b@c.example", "\ufdfa" * 200 + "@b.example", "..", "-.-", "a..b.example"],
    *["a@b.c\n", "@", "a@b.example" + " " * 300, "\u0130@\ufb03.example", "\U0001f4a5@b.example"],
]
PERCENTS = [
    "1e400",
    "1e-400",
    "0e99999",
    "-0",
    "NaN",
    "sNaN",
    "Infinity",
    "1_0",
    "\u0661",
    "100.001",
    "9" * 400,
]
SHEETS = [
    *["\0", "\ufeff", '"', '"' * 999, "\n" * 9_999, ";" * 9_999, "reference", CSV + "\0", CSV + '"', CSV * 2],
    *[CSV + "R2," * 5_000, CSV + "\ud800,", CSV.replace("\n", "\r"), CSV.replace(",", ";"), CSV.upper()],
    *[
        CSV + f"R3,kari@polar.example,K,Free ticket,{price},1\n"
        for price in ("1e400", "NaN", "-0", "9" * 400)
    ],
    *[
        CSV + f"R4,kari@polar.example,K,Free ticket,0,{many}\n"
        for many in ("0", "-1", "1001", "9" * 9, "\u0661")
    ],
    *[
        CSV + f"{text},{text},{text},{text},{text},{text}\n"
        for text in ("x" * 9_999, "\u202e", "\u00a8@\uff20.b")
    ],
    CSV + "".join(f"R{n},\u00a8{n}@polar.example,K,Free ticket,0,1\n" for n in range(200)),
    CSV + "\u00e9" * 210_000,
]
OTHERS: list[Any] = [
    *[None, True, False, [], {}, [[]], [{}], [None], {"": ""}, ["x"] * 5_000],
    {"amount": 10**20, "currency": "\ud800"},
]
ANYTHING = [*NUMBERS, *TIMES, *TEXTS, *OTHERS]
NAMES = ["", "\0", "\ud800", "__proto__", "pk", "kind", "x" * 10_000]
BODIES = [
    *[
        b"",
        b" ",
        b"{",
        b"null",
        b"true",
        b"0",
        b'""',
        b"[]",
        b"{}",
        b"[{}]",
        b"NaN",
        b"Infinity",
        b"-Infinity",
    ],
    *[
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"\0",
        b'{"\\ud800": "\\ud800"}',
        b"lines=1",
        b"9" * 5_000,
        b"1e999999",
    ],
    *[b"[" * 100_000, *(b"[" * depth + b"]" * depth for depth in (900, 9_000, 90_000))],
    *[b'{"a":' * depth + b"1" + b"}" * depth for depth in (100, 900, 9_000, 40_000)],
    b'{"lines": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"x": "' + b"x" * 300_000 + b'"}',
    b"{" + b", ".join(b'"%d": %d' % (n, n) for n in range(10_000)) + b"}",
]
PATHS = [
    *["%00", "%20", "..", "%2e%2e", "%2F", "%252F", "%23", "%ED%A0%80", "%FF", "%0A", "a%0Ab", "\U0001f4a5"],
    *["-1", "0", "65536", "1e3", "1" * 5_000, "x" * 3_000, "%F0%9F%92%A5" * 500],
    *["0000000000000-1", "zzzzzzzzzzzzz-0", "0000000000000-" + "9" * 30, "0000000000000-" + "9" * 5_000],
]
VALUES = [
    *[
        "",
        " ",
        "\0",
        "a\nb",
        "\u00e9",
        "\U0001f4a5" * 500,
        "x" * 10_000,
        "9" * 5_000,
        "-1",
        "0",
        "1e9",
        "NaN",
    ],
    *[
        "null",
        "true",
        "[]",
        "{}",
        "%00",
        "*",
        '""',
        "Bearer ",
        ".",
        "a.b.c",
        "t=1,v1=x",
        "t=x,v1=y",
        "t=1\u00b2",
    ],
]


def a_cursor(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode()


def cursors(world: "World") -> list[str]:
    """Return what a list's cursor may be made to look like."""
    partitions = [f"ORGANIZER#{world.organizer_id}#EVENTS", f"ORGANIZER#{world.organizer_id}#COMPANIES"]
    partitions += [f"OWNER#{world.known['company_id'][0]}", f"EVENT#{world.known['event_id'][0]}#DEVICES"]
    forged = [
        {name: {"S": text} for name in ("pk", "sk", f"{index}sk")} | {f"{index}pk": {"S": partition}}
        for partition in partitions
        for index in ("gsi1", "gsi3")
        for text in ("x", "\0", "\ud800", "\U0001f4a5" * 1_000)
    ]
    shapes: list[Any] = [None, 1, [], {}, {"pk": None}, {"pk": {"S": 1}}, {"pk": {"N": "1"}}]
    return [*map(a_cursor, [*forged, *shapes]), "", "x", "====", "\0", "\U0001f4a5", "x" * 1_500, "W" * 2_000]


@dataclass(frozen=True)
class World:
    """Things that exist, by the names under which requests speak of them.

    `draft` is an event that things are added to, `edited` and `removed` are those whose things are changed
    and removed: what happens to them neither slows nor stops the requests about the others.
    """

    api: Api
    table: DynamoTable
    organizer_id: str
    known: Mapping[str, list[Any]]
    draft: Mapping[str, list[Any]]
    edited: Mapping[str, list[Any]]
    removed: Mapping[str, list[Any]]
    ended: str
    spent: list[str]
    """Orders that were paid, to be refunded and cancelled."""
    named: Mapping[str, list[Any]]
    """What stands for something else in bodies than it does in addresses."""
    special: Mapping[str, Mapping[str, list[Any]]]
    """What single operations name, by their labels."""

    def known_for(self, label: str) -> Mapping[str, list[Any]]:
        """Return what an operation's requests may name."""
        named = {name: values for name, values in self.named.items() if f"{{{name}}}" in label}
        return {**self._known_for(label), **named, **self.special.get(label, {})}

    def _known_for(self, label: str) -> Mapping[str, list[Any]]:
        return {**self.known, **self.instead_for(label)}

    def instead_for(self, label: str) -> Mapping[str, list[Any]]:
        """Return what an operation's requests name in place of what others do."""
        instead: Mapping[str, list[Any]] = {}
        if label == f"POST {EVENT}/cancel":
            instead = {"event_id": [self.ended]}
        elif label.startswith(f"POST {EVENT}/orders/{{order_id}}/") and label.endswith(MOVING_BACK):
            instead = {"order_id": self.spent}
        elif label in ADDING:
            instead = self.draft
        elif label.startswith("DELETE") and label in CHANGING:
            instead = self.removed
        elif label in CHANGING:
            instead = self.edited
        elif label == "POST /checkin/pair":
            instead = {"code": self.known["pairing_code"]}
        elif label.endswith(NAMING_TICKETS):
            instead = {"tickets": [[one] for one in self.known["ticket_id"]]}
        return {**instead, **self.special.get(label, {})}

    def key_for(self, path: Mapping[str, str], *, at_door: bool = False) -> str:
        """Return the key that opens what a path names; at doors that is a device's."""
        links = self.api.links
        opens: Mapping[str, Callable[[str], str]] = {
            "order_id": links.order_key,
            "entry_id": lambda entry_id: links.waiting_key(entry_id, 1),
            "code": links.transfer_key,
            "link_id": links.claim_key,
            "serial": links.pass_token,
        }
        if named := next((name for name in opens if name in path), None):
            return opens[named](path[named])
        if path.get("ticket_id") in self.known["ticket_id"] and not at_door:
            revision = load_ticket(self.table, path["ticket_id"]).revision
            return links.ticket_key(path["ticket_id"], revision)
        return str(self.known["device_key"][0])


@pytest.fixture(scope="module")
def world(dynamodb: Any, table_name: str) -> Iterator[World]:
    """Events with all that can be set up, orders of each kind, tickets, a waiting list, jobs, devices."""
    table = DynamoTable(dynamodb, table_name)
    with serving(table) as api:
        yield build(api, table)


def build(api: Api, table: DynamoTable) -> World:  # noqa: PLR0915 (one thing after the other)
    def made(path: str, body: Any, **request: Any) -> Any:
        answer = api.post(path, body, as_=FOUNDER, **request)
        assert answer.status in (200, 201, 202), answer.text
        return answer.body

    def bought(tier: Any, method: str, **fields: Any) -> str:
        amount = 2 * tier["prices"][0]["amount"]["amount"]
        body = {
            "lines": [{"tier_id": tier["id"], "quantity": 2}],
            "buyer": buyer,
            "payment_method": method,
            "total": {"amount": amount, "currency": "EUR"},
            "billing": billing if method == "invoice" else None,
        }
        order = made(f"{public}/orders", body | fields, idempotency_key=a_name("key"))
        return str(order["id"])

    first, last = "2027-06-03T07:00:00Z", "2027-06-04T15:00:00Z"
    times = {"starts_at": first, "ends_at": last}
    named = {"title": "Fuzzed", "timezone": "Europe/Oslo", "currency": "EUR"}
    buyer = {"email": "kari@polar.example", "name": "Kari Nordmann"}
    billing = {"company": "Polar Systems AS"}
    prices = [{"amount": {"amount": 12_500, "currency": "EUR"}, "payment_methods": ["card", "invoice"]}]
    offers = [{"title": "Lounge", "provider": "voucher", "reference": "L1", "auto": False}]

    organizer_id = made("/organizer", {"name": "Northern Lights"})["id"]
    organizer = f"/organizer/{organizer_id}"
    company_id = made(f"{organizer}/companies", {"name": "Polar Systems"})["id"]
    for relay in (RELAY, COLLEAGUE):
        path = f"{organizer}/companies/{company_id}/relays/{relay}"
        assert api.put(path, {"name": "Kari"}, as_=FOUNDER).status == 200
    other_company = made(f"{organizer}/companies", {"name": "Fjord"})["id"]

    settings = named | times | {"capacity": 10_000, "invoice_policy": "on_release"}
    event = made(f"{organizer}/events", settings | {"slug": a_name("fuzzed")})
    path, public = f"{organizer}/events/{event['id']}", f"/public/events/{event['slug']}"
    upload = made(f"{path}/uploads", {"content_type": "image/png", "bytes": 9})
    api.bucket.receive(upload["fields"])
    category = event["categories"][0]["id"]
    free = event["categories"][0]["tiers"][0]
    quota = made(f"{path}/quotas", {"title": "Hall", "limit": 9_000})

    def a_tier(**fields: Any) -> Any:
        return made(
            f"{path}/tiers", {"title": a_name("Pass"), "category": category, "prices": prices} | fields
        )

    paid = a_tier(ticket_limit=9_000, quotas=[quota["id"]], offers=offers, tax_rate="7.7")
    locked = a_tier(passcode=PASSCODE)
    invited = a_tier(limited=True, limited_whitelist_users=[{"email": RELAY}, {"domain": "polar.example"}])
    decided = a_tier(approval_required=True, ticket_limit=900)
    scarce = a_tier(ticket_limit=2)
    seated = a_tier(ticket_limit=60)
    categories = [{"id": "all", "title": "All", "tier_ids": [seated["id"]]}]
    planned = api.put(f"{path}/seating", {**PLAN, "categories": categories}, as_=FOUNDER)
    assert planned.status == 200, planned.text
    asked = {"title": "Hotel?", "kind": "yes_no", "asked_of": "order", "asked_at": "later"}
    question = made(f"{path}/questions", asked)
    discount = made(f"{path}/discounts", {"title": "Early", "percent": "7.5", "code": CODE})
    made(f"{path}/discounts", {"title": "Three for two", "buy": 3, "pay": 2})
    made(f"{path}/publish", {})
    allotment_settings = {"title": "Polar", "units": 50, "tier_id": paid["id"], "company_id": company_id}
    allotment_settings |= {"terms": {"price": "free"}}
    allotment = made(f"{path}/allotments", allotment_settings)
    role = api.put(f"{path}/organizations/{company_id}", {"role": "sponsor"}, as_=FOUNDER)
    assert role.status == 200

    def copied(*, published: bool) -> Mapping[str, list[Any]]:
        """Return what an operation may name of a copy of the event."""
        copy = made(f"{path}/copy", {"slug": a_name("copied"), "starts_at": first})
        own = f"{organizer}/events/{copy['id']}"
        if published:
            made(f"{own}/publish", {})
        default, *others = [tier["id"] for tier in copy["categories"][0]["tiers"]]
        tiers = [*others, default]
        block = made(f"{own}/allotments", {"title": "Block", "units": 5, "tier_id": tiers[0]})
        discounts = api.get(f"{own}/discounts", as_=FOUNDER).body["items"]
        quotas = api.get(f"{own}/quotas", as_=FOUNDER).body["items"]
        questions = [one["id"] for one in api.get(f"{own}/questions", as_=FOUNDER).body["items"]]
        categories = [copy["categories"][0]["id"]]
        gate, zone, rules = (
            made(f"{own}/{kind}", {"title": "Spare"}) for kind in ("gates", "zones", "check-in-lists")
        )
        return {
            "gate_id": [gate["id"]],
            "zone_id": [zone["id"], "event"],
            "list_id": [rules["id"]],
            "list_ids": [[rules["id"]], []],
            "device_id": [made(f"{own}/devices", {"name": "Spare"})["id"]],
            "event_id": [copy["id"]],
            "question_id": questions,
            "questions": [questions, []],
            "tier_id": tiers,
            "tiers": [tiers, tiers[::-1], tiers[:1]],
            "tier_ids": [tiers[:2], []],
            "category": categories,
            "category_id": categories,
            "categories": [categories],
            "category_ids": [categories, []],
            "discount_id": [one["id"] for one in discounts],
            "quota_id": [one["id"] for one in quotas],
            "quotas": [[one["id"] for one in quotas], []],
            "allotment_id": [block["id"]],
            "images": [[]],
            "photos": [[]],
        }

    draft, edited, removed, planned_anew = (copied(published=one) for one in (False, True, True, True))
    ended = made(f"{organizer}/events", settings | {"slug": a_name("ended")})["id"]

    unpaired = [made(f"{path}/devices", {"name": f"Gate {n}", "profile": "supervisor"}) for n in range(4)]
    spare = made(f"{path}/devices", {"name": "Spare"})["id"]
    gate = made(f"{path}/gates", {"title": "North", "capacity": 900})["id"]
    device_key = api.post("/checkin/pair", {"code": unpaired[0]["code"]}).body["device_key"]

    waiting_orders = [bought(decided, "card") for _ in range(4)]
    bought(scarce, "card")
    for n in range(6):
        guest = {"email": f"w{n}@x.example", "name": "W", "quantity": 1, "tier_ids": [scarce["id"]]}
        made(f"{public}/waiting-list", guest)
    more = api.patch(f"{path}/tiers/{scarce['id']}", {"ticket_limit": 5}, as_=FOUNDER)
    assert more.status == 200
    assert made(f"{path}/waiting-list/offer", {})["offers"] == 3
    places = api.get(f"{path}/waiting-list", as_=FOUNDER).body["items"]
    job = made(f"{path}/imports", {"kind": "orders", "csv": CSV})
    assert api.work_off_jobs() == 1
    row = api.get(f"{path}/imports/{job['id']}", as_=FOUNDER).body["rows"][0]
    assert row["result"] == "created"

    orders = [
        bought(tier, method)
        for tier, method in [*6 * [(free, "free"), (paid, "card"), (paid, "invoice")], (seated, "invoice")]
    ]
    sitting = orders[-1]
    allotted = {"lines": [{"tier_id": paid["id"], "quantity": 3}], "buyer": buyer, "payment_method": "free"}
    allotted |= {"company_id": company_id, "source": "allotment", "allotment_id": allotment["id"]}
    orders += [made(f"{path}/orders", allotted, idempotency_key=a_name("key"))["id"], row["reference"]]

    hooks = [made(f"{organizer}/webhooks", {"url": HOOK, "active": False})["id"] for _ in range(2)]
    api_key = made(f"{organizer}/api-keys", {"label": "Spare", "role": "finance"})["id"]
    export = made(f"{path}/orders/exports", {"format": "csv"})["id"]
    assert api.work_off_jobs() == 1

    made(f"{organizer}/bank-statements", STATEMENT, idempotency_key=a_name("key"))
    assert api.work_off_jobs() == 1
    bank_lines = api.get(f"{organizer}/bank-lines", as_=FOUNDER).body["items"]

    spent = [bought(paid, method) for method in 3 * ["invoice", "card"]]
    for order_id in spent[::2]:
        made(f"{path}/orders/{order_id}/settle", {})
        part = {"amount": {"amount": 100, "currency": "EUR"}}
        made(f"{path}/orders/{order_id}/refund", part, idempotency_key=a_name("key"))
    for order_id in spent[1::2]:
        api.gateway.pay(f"cs_{order_id}_1")
        assert api.tell(api.gateway.news[-1]).body == {"taken": True}

    signer = Signer(SIGNING_SECRET, event["id"])
    tickets = []
    for order_id in [*orders, *spent]:
        order, _ = order_and_tickets(table, order_id)
        issue(table, api.shop.bucket, signer, load_catalog(table, event["id"]).event, order, now=NOW)
        tickets += order_and_tickets(table, order_id)[1]
    persons, only_in_addresses = handed_out(api, path, orders[0])
    of_company = [ticket.id for ticket in tickets if ticket.company_id]
    contacts = in_carts(api, company_id, of_company)
    seats: dict[str, list[Any]] = {
        "seats": [["hall-1-1", "hall-3-2"]],
        "rows": [["hall-2"]],
        "sections": [[]],
    }
    fresh = {"email": [f"{FRESH}@guest.example"]}
    special: dict[str, dict[str, list[Any]]] = {
        f"PATCH {organizer_path('companies/{company_id}')}": {"company_id": [other_company]},
        f"DELETE {organizer_path('companies/{company_id}/relays/{email}')}": {"email": [COLLEAGUE]},
        f"DELETE {PORTAL}/relays/{{email}}": {"email": [COLLEAGUE]},
        f"POST {PORTAL}/contacts": fresh,
        f"PATCH {PORTAL}/contacts/{{contact_id}}": fresh | {"version": [None]},
        f"DELETE {PORTAL}/contacts/{{contact_id}}": {"contact_id": contacts[-6:-3]},
        f"POST {PORTAL}/claim-links": {"tickets": [[one] for one in of_company[-1:]]},
        f"PUT {PORTAL}/tickets/{{ticket_id}}/holder": {"ticket_id": of_company[-2:]},
        f"DELETE {PORTAL}/tickets/{{ticket_id}}/holder": {"ticket_id": of_company[-2:]},
        f"POST {PORTAL}/contacts/{{contact_id}}/merge": {"other_id": contacts[-3:]},
        f"PUT {PORTAL}/cart/guests/{{contact_id}}/tickets": {
            "add": [[one] for one in of_company],
            "remove": [[]],
            "version": [None],
        },
        f"PUT {EVENT}/seating": {
            **{name: [value] for name, value in PLAN.items()},
            "event_id": planned_anew["event_id"],
        },
        IMPORT_SEATS: {
            "format": ["csv"],
            "content": [SEATS_CSV],
            "upload_id": [None],
            "tiers": [{}],
            "version": [None],
            "event_id": draft["event_id"],
        },
        f"POST {EVENT}/orders/exports": {
            "attention": ["any", "payment_failed"],
            "tier": [paid["id"]],
            "organization": [company_id],
            "from": ["2027-03-01"],
            "to": ["2027-03-02"],
        },
        **{f"GET {EVENT}/orders/exports/{{job_id}}{last}": {"job_id": [export]} for last in ("", "/file")},
        f"POST {EVENT}/orders/{{order_id}}/actions/{{name}}/preview": {
            "name": ["cancel", "refund", "settle"]
        },
        f"POST {organizer_path('webhooks')}": {"url": [HOOK]},
        f"PATCH {organizer_path('webhooks/{webhook_id}')}": {"url": [HOOK]},
        f"DELETE {organizer_path('webhooks/{webhook_id}')}": {"webhook_id": hooks[1:]},
        f"POST {EVENT}/seating/block": {**seats, "channel": ["nobody", "organizer"]},
        f"POST {EVENT}/seating/unblock": seats,
        f"PATCH {EVENT}/devices/{{device_id}}": {"device_id": edited["device_id"]},
        f"DELETE {EVENT}/devices/{{device_id}}": {"device_id": removed["device_id"]},
        f"POST {EVENT}/devices/{{device_id}}/pairing": {"device_id": [spare]},
        "POST /checkin/group": {"ticket_ids": [[f"{orders[0]}-1", f"{orders[0]}-2"], [f"{orders[1]}-1"]]},
        "GET /checkin/roster/{name}": {"name": ["0001-chunk-000-0123456789ab"]},
        f"POST {EVENT}/seating/moves": {
            "ticket_id": [f"{sitting}-1"],
            "seat": ["hall-1-5", "hall-1-6", None],
        },
        f"POST {EVENT}/seating/orders": {"orders": [[sitting], [orders[0]]]},
        "POST /public/events/{slug}/seats/best": {
            "tier_id": [seated["id"]],
            "company_id": [None],
            "code": [None],
            "accessible": [0, 1],
            "near": ["hall-2-2", None],
        },
    }
    return World(
        api,
        table,
        organizer_id,
        {
            "person_id": persons,
            "other_id": persons[::-1],
            "question_id": [question["id"]],
            "questions": [[question["id"]], []],
            "organizer_id": [organizer_id],
            "event_id": [event["id"], event["id"], event["id"], draft["event_id"][0]],
            "event_ids": [[event["id"]], None],
            "webhook_id": hooks[:1],
            "key_id": [api_key],
            "reason": ["payment_failed", "mail_bounced"],
            "slug": [event["slug"], event["slug"], event["slug"], a_name("unknown")],
            "order_id": [*orders, *waiting_orders],
            "ticket_id": [ticket.id for ticket in tickets],
            "number": [1, 2, 3],
            "sequence": [1, 2],
            "line_id": [line["id"] for line in bank_lines],
            "tickets": [[1], [2], [1, 2], None],
            "contact_id": contacts[:-6],
            "guests": [[one] for one in contacts],
            "parties": [[[{"contact_id": one, "count": 2}] for one in contacts[:2]]],
            "section": ["hall"],
            "relay": [RELAY, COLLEAGUE],
            "event": [event["id"]],
            "seats": [[], ["hall-1-1"]],
            "credential": [signer.sign(Credential(ticket.order_id, ticket.number, 0)) for ticket in tickets],
            "tier_id": [tier["id"] for tier in (free, paid, paid, locked, invited, decided, scarce)],
            "tier_ids": [[scarce["id"]], [paid["id"], scarce["id"]], []],
            "price_id": [None, free["prices"][0]["id"], paid["prices"][0]["id"]],
            "category": [category],
            "category_id": [category],
            "discount_id": [discount["id"]],
            "quota_id": [quota["id"]],
            "quotas": [[quota["id"]], []],
            "allotment_id": [allotment["id"], None],
            "entry_id": [one["id"] for one in sorted(places, key=lambda one: str(one["status"]))],
            "job_id": [job["id"]],
            "image_id": [upload["id"]],
            "images": [[upload["id"]]],
            "photos": [[upload["id"]]],
            "company_id": [company_id, None],
            "company_ids": [[company_id]],
            "list_id": ["everyone", None],
            "list_ids": [["everyone"], []],
            "gate_id": [gate],
            "zone_id": ["event"],
            "category_ids": [[category], []],
            "section_ids": [["hall"], []],
            "device_id": [spare],
            "q": ["kari", tickets[0].id, ids.order_code(orders[0])],
            "pairing_code": [one["code"] for one in unpaired],
            "code": [CODE, None],
            "passcode": [PASSCODE],
            "passcodes": [[PASSCODE], []],
            "device_key": [device_key],
            "email": [RELAY, COLLEAGUE],
            "email_proof": [api.links.email_proof(event["id"], RELAY, NOW + timedelta(hours=1)), None],
            "csv": [CSV],
            "currency": ["EUR", "EUR", "JPY"],
            "timezone": ["Europe/Oslo"],
            "quantity": [1, 2],
            "buyer": [buyer],
            "billing": [billing],
            "payment_method": ["free", "invoice"],
            "source": ["organizer", "allotment"],
            **dict.fromkeys(["at", "starts_at", "valid_from", "sale_starts_at"], [first]),
            **dict.fromkeys(["ends_at", "valid_until", "sale_ends_at"], [last]),
        },
        draft,
        edited,
        removed,
        ended,
        spent,
        only_in_addresses,
        special,
    )


def organizer_path(rest: str) -> str:
    return f"/organizer/{{organizer_id}}/{rest}"


def in_carts(api: Api, company_id: str, tickets: list[str]) -> list[str]:
    """Let relays enter contacts, some of them with a ticket in a cart; return them all."""
    portal = f"/distribution/companies/{company_id}"
    contacts = []
    for n in range(11):
        said = {"email": f"c{n}@guest.example", "first_name": "Eva", "last_name": f"Berg {n}"}
        added = api.post(f"{portal}/contacts", said, as_=RELAY)
        assert added.status == 201, added.text
        contacts.append(added.body["id"])
    for contact, ticket, relay in zip(contacts, tickets[:2], (RELAY, COLLEAGUE), strict=False):
        path = f"{portal}/cart/guests/{contact}/tickets"
        assert api.put(path, {"add": [ticket]}, as_=relay).status == 200
    return contacts


def handed_out(api: Api, path: str, order_id: str) -> tuple[list[str], Mapping[str, list[Any]]]:
    """Let an order's tickets change hands; return persons, and what only addresses name."""
    key = api.links.order_key(order_id)
    order = f"/public/orders/{order_id}"
    for number, name in ((1, "Ola"), (2, "Siri")):
        holder = {"email": f"{name}@polar.example", "name": name}
        assert api.put(f"{order}/tickets/{number}/holder", holder, key=key).status == 200
    offer = api.post(f"/me/tickets/{order_id}-1/transfer", {"email": STRANGER}, as_="ola@polar.example")
    link = api.post(f"{order}/claim-links", {"tickets": [f"{order_id}-2"]}, key=key)
    assert (offer.status, link.status) == (201, 201), (offer.text, link.text)
    assert api.put(f"{path}/badges/plain", {"source": BADGE}, as_=FOUNDER).status == 200
    persons = api.get(f"{path}/persons", as_=FOUNDER).body["items"]
    return [person["id"] for person in persons], {
        "code": [offer.body["code"], f"{order_id}-2-1"],
        "link_id": [link.body["id"]],
        "name": ["plain", "another"],
        "kind": ["tickets_ready", "transfer_offered"],
        "language": ["en", "nb"],
        "serial": [pass_serial(f"{order_id}-1", 1), pass_serial(f"{order_id}-2", 0)],
        "pass_type": [PASS_TYPE],
        "device_id": ["phone"],
    }


# --- how it is sent ----------------------------------------------------------------------------------------

mostly = st.sampled_from([True, True, True, True, False])
seldom = st.sampled_from([False, False, False, False, True])


@dataclass
class Request:
    """A request; the values of `path` are percent-encoded."""

    path: dict[str, str]
    query: dict[str, list[str]]
    headers: dict[str, str]
    content: bytes


def generated(label: str, mode: GenerationMode, draw: Draw) -> Request:
    """Draw a request that fits the contract of an operation, or one that does not."""
    case = draw(OPERATIONS[label].as_strategy(generation_mode=mode))
    sent = case.as_transport_kwargs(base_url="http://api.example")
    names = ("method", "url", "params", "data", "json", "headers", "cookies", "files")
    prepared = requests.Request(**{name: sent[name] for name in names if name in sent}).prepare()
    body: Any = prepared.body or b""
    return Request(
        path={name: quote(str(value), safe="") for name, value in (case.path_parameters or {}).items()},
        query=parse_qs(urlsplit(str(prepared.url)).query, keep_blank_values=True),
        headers={
            str(name): str(value)
            for name, value in prepared.headers.items()
            if name.lower() not in IDLE_HEADERS
        },
        content=body if isinstance(body, bytes) else body.encode(),
    )


def ground(world: World, label: str, request: Request, draw: Draw) -> None:
    """Let most of what a request names be things that exist, and its keys be theirs."""
    known = world.known_for(label)
    for name in request.path:
        if name in known and draw(mostly):
            request.path[name] = quote(str(draw(st.sampled_from(known[name]))), safe="")
    if "x-admit-key" in map(str.lower, parameters(label, "header")) and draw(mostly):
        request.headers["x-admit-key"] = world.key_for(request.path, at_door="/checkin/" in label)
    if "Authorization" in parameters(label, "header") and "serial" in request.path and draw(mostly):
        request.headers["authorization"] = f"ApplePass {world.key_for(request.path)}"
    for name in ("section", "relay", "event", "q"):
        if name in request.query and draw(mostly):
            request.query[name] = [draw(st.sampled_from(known[name]))]
    if "key" in parameters(label, "query") and draw(mostly):
        request.query["key"] = [world.key_for(request.path)]
    try:
        body = json.loads(request.content)
    except (ValueError, RecursionError):
        return
    body = grounded(known, body, draw)
    if label == ACCEPT and isinstance(body, dict) and draw(mostly):
        place = f"/public/events/{request.path['slug']}/waiting-list/{request.path['entry_id']}"
        seen = world.api.get(place, key=world.key_for(request.path))
        if seen.status == 200 and seen.body["offer"]:
            body |= {"total": seen.body["offer"]["quote"]["total"], "payment_method": "card"}
    if label == PLACE and isinstance(body, dict) and draw(mostly):
        lines = {"lines": body.get("lines")}
        quoted = world.api.post(f"/public/events/{request.path['slug']}/quote", lines)
        if quoted.status == 200:
            method = draw(st.sampled_from([*quoted.body["payment_methods"], "free"]))
            body |= {"total": quoted.body["total"], "payment_method": method}
    request.content = json.dumps(body).encode()


def grounded(known: Mapping[str, list[Any]], value: Any, draw: Draw, name: str = "") -> Any:
    """Return a JSON value in which most of the names that stand for things stand for things that exist."""
    if name in known and name != "slug" and draw(mostly):
        return draw(st.sampled_from(known[name]))
    if isinstance(value, dict):
        return {name: grounded(known, part, draw, name) for name, part in value.items()}
    if isinstance(value, list):
        return [grounded(known, part, draw) for part in value[:3]]
    return value


def insider(path: str) -> str:
    return RELAY if path.startswith("/distribution") else FOUNDER


def send(world: World, label: str, request: Request, draw: Draw) -> Answer:
    method, path = label.split(" ", 1)
    for name, value in request.path.items():
        path = path.replace(f"{{{name}}}", value)
    caller = draw(st.sampled_from([insider(path)] * 8 + [STRANGER, None]))
    note(f"{method} {path} {request.query} {request.headers} as {caller}: {request.content[:2_000]!r}")
    return world.api.send(
        method, path, content=request.content, query=request.query, headers=request.headers, as_=caller
    )


def full(known: Mapping[str, list[Any]], schema: Any, name: str = "") -> Any:
    """Return a value of a schema of the contract with every field that it may have."""
    if name in known:
        return next((value for value in known[name] if value is not None), None)
    if "$ref" in schema:
        return full(known, CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
    if "anyOf" in schema:
        return full(known, schema["anyOf"][0], name)
    if "properties" in schema:
        return {field: full(known, part, field) for field, part in schema["properties"].items()}
    if "items" in schema:
        return [full(known, schema["items"])]
    text = "2027-05-01T00:00:00Z" if schema.get("format") == "date-time" else "x"
    plain = {"integer": int(schema.get("minimum", 1)), "boolean": False, "string": text, "object": {}}
    return schema.get("const", schema.get("enum", [plain.get(schema.get("type"), "x")])[0])


def whole(world: World, label: str) -> Any:
    """Return a body of an operation with every field that go together; it is not refused as invalid."""
    method, path = label.split(" ", 1)
    operation = CONTRACT["paths"][path][method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    known = {**world.known_for(label), "slug": [FRESH], **SIMPLE, **world.instead_for(label)}
    body = full(known, schema)
    return {**body, **INSTEAD.get(label, {})}


SIMPLE: Mapping[str, list[Any]] = {
    "fee_percent": ["7.5"],
    "iban": ["NO9386011117947"],
    "bic": ["DNBANOKK"],
    "percent": ["7.5"],
    "tax_rate": ["7.7"],
    "domain": ["polar.example"],
    "domains": [["polar.example"]],
    "claim_domains": [["polar.example"]],
    "language": ["en"],
    "colour": ["#b4232a"],
    "roles": [["sponsor"]],
    "country": ["NO"],
    "unit": [{"amount": 12_500, "currency": "EUR"}],
    "users": [[{"email": "a@polar.example"}, {"domain": "polar.example"}]],
    "limited_whitelist_users": [[{"email": "a@polar.example"}, {"domain": "polar.example"}]],
    "audience": [{"type": "company", "company_ids": ["x"]}],
    "hold_minutes": [10],
    "buy": [3],
    "add_on_of": [None],
    "external_ids": [[FRESH]],
    "prices": [
        [
            {
                "label": "Early",
                "amount": {"amount": 12_500, "currency": "EUR"},
                "floor": {"amount": 500, "currency": "EUR"},
                "payment_methods": ["card", "invoice"],
                "valid_from": "2027-01-01T00:00:00Z",
                "valid_until": "2027-06-01T00:00:00Z",
                "quantity": 100,
                "min": 1,
                "max": 5,
                "audience": {"type": "code", "code": "polar", "company_ids": [], "roles": []},
            }
        ]
    ],
    "ticket_limit": [1_000],
    "add": [[{"email": "a@polar.example"}, {"domain": "polar.example"}]],
    "remove": [[{"email": "b@polar.example"}, {"domain": "b.example"}]],
}
REFUSED_UNREAD = ("invalid_input", "malformed_body")
LOOKS = {"size": "a6", "role_colours": {"speaker": "#b4232a"}, "role_words": {"vip": "VIP"}}
CHOICES = {"kind": "choice", "options": [{"label": "Vegan"}], "limits": None, "shown_if": None}
CANCELLING = {"tickets": [1], "refund": True, "note": "Has called"}
ASSIGNMENTS = "ticket_id,new_email,new_name\nx,kari@polar.example,Kari\n"
INSTEAD: Mapping[str, Mapping[str, Any]] = {
    "POST /checkin/scans": {"ticket_id": None},  # a scan has either
    "POST /checkin/undo": {"ticket_id": None},
    # Pictures are sent for an event that is there.
    "POST /organizer/{organizer_id}/events": {"images": [], "badge": LOOKS},
    f"PATCH {EVENT}": {"badge": LOOKS},
    f"POST {EVENT}/badge-sheets": {"ticket_ids": [], "since": None},
    f"POST {EVENT}/badges/preview": {"template": None, "source": BADGE},
    f"PUT {EVENT}/badges/{{name}}": {"source": BADGE},
    f"PUT {EVENT}/mail-texts/{{kind}}/{{language}}": {"text": "{link}"},
    f"POST {EVENT}/mail-texts/{{kind}}/{{language}}/preview": {"text": "{link}"},
    f"POST {EVENT}/questions": CHOICES,
    f"PATCH {EVENT}/questions/{{question_id}}": {"options": [], "limits": None, "shown_if": None},
    "POST /public/orders/{order_id}/assignments": {"csv": ASSIGNMENTS},
    "POST /distribution/companies/{company_id}/import": {"csv": ASSIGNMENTS},
    f"POST {EVENT}/discounts": {"amount": None, "buy": None, "pay": None, "code": FRESH},
    f"PATCH {EVENT}/discounts/{{discount_id}}": {"amount": None, "buy": None, "pay": None, "code": FRESH},
    f"POST {EVENT}/imports": {"kind": "orders"},
    f"POST {EVENT}/orders/{{order_id}}/actions/{{name}}/preview": CANCELLING,
    f"POST {EVENT}/orders/{{order_id}}/refund": {"amount": None},  # or tickets
    f"POST {EVENT}/orders/{{order_id}}/settle": {"amount": {"amount": 100, "currency": "EUR"}},
    "POST /organizer/{organizer_id}/bank-statements": STATEMENT,
    f"POST {EVENT}/orders": {"allotment_id": None},  # of another tier
    f"PUT {EVENT}/tiers/{{tier_id}}/whitelist": {"users": None},  # the list, or changes of it
}
"""Fields that can't be as the others of a body, or as its schema alone would have them."""


def hostile(body: Any) -> Iterator[bytes]:
    """Yield bodies of which one part is what no client of good will sends.

    The values take turns: one place in a body is sent every third of them, and the next place the next ones.
    """
    for name in body:
        yield json.dumps({name: []}).encode()[:-1] + b", " + json.dumps(body).encode()[1:]  # twice
    for turn, place in enumerate(places(body)):
        present = at(body, place)
        for value in [*alike(present, place[-1]), *OTHERS][turn % 3 :: 3]:
            copy = json.loads(json.dumps(body))
            at(copy, place[:-1])[place[-1]] = value
            yield json.dumps(copy).encode()


def alien(body: Any) -> Iterator[bytes]:
    """Yield what is no body of the operation at all, and bodies with a field too many."""
    yield from BODIES
    for name in NAMES:
        yield json.dumps(body | {name: "x"}).encode()


def alike(value: Any, name: Any) -> list[Any]:
    """Return hostile values of the kind that stands there now."""
    if str(name).endswith(("at", "from", "until")):
        return [*TIMES, *NUMBERS]
    if name in ("percent", "tax_rate", "fee_percent"):
        return [*PERCENTS, *NUMBERS]
    if name in ("csv", "content"):
        return [*SHEETS, *TEXTS]
    if isinstance(value, str):
        return [*TEXTS]
    return NUMBERS if isinstance(value, int | float) else []


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield every place in a JSON value, as the names and numbers that lead there."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (name,)
        yield from ((name, *place) for place in places(part))


def at(value: Any, place: tuple[Any, ...]) -> Any:
    for name in place:
        value = value[name]
    return value


# --- what is answered --------------------------------------------------------------------------------------


def kinds(kind: type[AdmitError]) -> Iterator[type[AdmitError]]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds(below)


STATUS_OF = {
    kind.code: status
    for kind in kinds(AdmitError)
    for known, status in STATUS.items()
    if issubclass(kind, known)
}


DRAWN = (".png", "/invoice", "/documents/{number}")


def check(label: str, answer: Answer, content: bytes = b"") -> None:
    """Check that an answer is one of the contract's. An undisturbed table is never too busy to answer."""
    if label.endswith(DRAWN) and answer.status == 503:
        # Who has changed the holder waits for the pictures, and no stream runs here that draws them.
        assert "being drawn" in answer.body["detail"]
        return
    assert answer.status < 500, (answer.text, content[:2_000])
    assert "Traceback" not in answer.text
    assert '.py"' not in answer.text
    if answer.status < 400:
        method, path = label.split(" ", 1)
        assert str(answer.status) in CONTRACT["paths"][path][method.lower()]["responses"]
        return
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["status"] == answer.status
    assert STATUS_OF[answer.body["code"]] == answer.status
    assert answer.body["title"]
    assert answer.body["detail"]
    assert all(fault["message"] for fault in answer.body.get("errors", []))


@pytest.mark.parametrize("label", OPERATIONS)
@FUZZ
@given(data=st.data())
def test_a_request_that_fits_the_contract_is_answered_by_it(
    world: World, label: str, data: st.DataObject
) -> None:
    request = generated(label, GenerationMode.POSITIVE, data.draw)
    ground(world, label, request, data.draw)
    check(label, send(world, label, request, data.draw))


@pytest.mark.parametrize(
    "label", [label for label in OPERATIONS if label in WITH_BODY or parameters(label, "query")]
)
@FUZZ
@given(data=st.data())
def test_a_request_that_breaks_the_contract_is_answered_by_it(
    world: World, label: str, data: st.DataObject
) -> None:
    request = generated(label, GenerationMode.NEGATIVE, data.draw)
    ground(world, label, request, data.draw)
    check(label, send(world, label, request, data.draw))


@pytest.mark.parametrize("label", WITH_BODY)
def test_a_hostile_body_is_answered_by_the_contract(world: World, label: str) -> None:
    method, path = label.split(" ", 1)
    known = world.known_for(label)
    address = path.format_map({name: quote(str(values[0]), safe="") for name, values in known.items()})
    address_names = parameters(label, "path")
    key = world.key_for({name: str(known[name][0]) for name in address_names})
    body = whole(world, label)
    strange = alien(body) if label in (PLACE, f"PATCH {EVENT}/tiers/{{tier_id}}") else ()
    for number, sent in enumerate([json.dumps(body).encode(), *strange, *hostile(body)]):
        # What is added under one key is added once: the catalog stays as small as it was.
        own = label if label in ADDING else f"{label} {number}"
        headers = {"Content-Type": "application/json", "X-Admit-Key": key, "Idempotency-Key": own}
        headers |= {"Authorization": f"ApplePass {key}"} if "serial" in address_names else {}
        content = sent.replace(FRESH.encode(), a_name("hostile").encode())
        answer = world.api.send(method, address, content=content, headers=headers, as_=insider(path))
        check(label, answer, content)
        assert number or answer.code not in REFUSED_UNREAD, (label, answer.text)


@pytest.mark.parametrize("label", WITH_PARAMETERS)
@FUZZ
@given(data=st.data())
def test_a_hostile_address_is_answered_by_the_contract(world: World, label: str, data: st.DataObject) -> None:
    request = generated(label, GenerationMode.POSITIVE, data.draw)
    ground(world, label, request, data.draw)
    names = parameters(label, "path") + parameters(label, "query") + parameters(label, "header")
    name = data.draw(st.sampled_from(names))
    if name in request.path:
        request.path[name] = data.draw(st.sampled_from(PATHS))
    elif name in parameters(label, "query"):
        values = cursors(world) if name == "cursor" else VALUES
        request.query[name] = data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
    else:
        request.headers[name] = data.draw(st.sampled_from(VALUES))
    check(label, send(world, label, request, data.draw))


@pytest.mark.parametrize(("format_", "plan"), [("admit", PLAN), ("pretix", PRETIX)])
def test_a_hostile_plan_in_a_file_is_answered_by_the_contract(
    world: World, format_: str, plan: Mapping[str, Any]
) -> None:
    draft = world.draft["event_id"][0]
    path = f"/organizer/{world.organizer_id}/events/{draft}/seating/import"
    taken = 0
    for content in (json.dumps(plan).encode(), *alien(dict(plan)), *hostile(dict(plan))):
        body = {"format": format_, "content": content.decode(errors="replace"), "dry_run": True}
        answer = world.api.post(path, body, as_=FOUNDER)
        check(IMPORT_SEATS, answer, content)
        taken += answer.status == 200
    assert taken


def test_a_body_in_base64_is_answered_by_the_contract(world: World) -> None:
    address = f"/public/events/{world.known['slug'][0]}/quote"
    for content in (*alien(whole(world, QUOTE)), b"\xc3\x28", b"\x80" * 9):
        answer = world.api.post(address, content=content, base64=True)
        check(QUOTE, answer, content)


def test_a_signed_webhook_is_answered_by_the_contract_whatever_it_holds(world: World) -> None:
    page = next(iter(world.api.gateway.pages))
    event = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": page}}}
    for content in (*alien(event), *hostile(event)):
        text = content.decode(errors="replace")
        headers = signed(text.encode(errors="replace"), world.api.now)
        check(WEBHOOK, world.api.post("/webhooks/stripe", content=content, headers=headers), content)
