"""Who may do what: a request to every route by every kind of caller, and the table of docs/access.md.

Each request is one that is granted to who may make it; afterwards everything is put back as it was.
`python -m tests.engine.access` writes the table anew.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from admit.payments.gateway import Hint
from tests.builders import NOW
from tests.engine.access_world import (
    BADGE,
    PEOPLE,
    Caller,
    World,
    access_world,
    euro,
    mail_of,
    people_in,
)
from tests.engine.api import Answer, Route, routes, webhook
from tests.engine.dynamodb_local import client, dynamodb_local

DOCUMENT = Path("docs/access.md")
BEGIN, END = "<!-- The tables begin. -->", "<!-- The tables end. -->"
YES, EMPTY, NO = "yes", "empty", "no"
REFUSALS = (401, 403, 404)
OTHERS = "the others"

type Json = dict[str, Any]
type Made = Callable[[Mapping[str, Any]], Any]
type Findings = Mapping[str, "Finding"]


class Ask(NamedTuple):
    """How a route is asked, so that it is granted to who may."""

    body: Any = None
    """Or what makes it of what is known of the world."""
    thing: str = ""
    """What of several kinds is asked for."""
    names: Mapping[str, str] = {}
    """What in an address stands for what else of the world."""
    query: Any = None
    """Or what makes it."""


@dataclass(frozen=True, eq=False)
class Row:
    """One route, asked for one kind of thing."""

    route: Route
    ask: Ask

    @property
    def label(self) -> str:
        of = f", {self.ask.thing}" if self.ask.thing else ""
        return f"`{self.route.method} {self.route.path}`{of}"

    @property
    def group(self) -> str:
        return next(title for title, starts in GROUPS.items() if self.route.path.startswith(tuple(starts)))


@dataclass
class Finding:
    """What a caller got for a request."""

    outcome: str
    answer: Answer
    changed: list[str] = field(default_factory=list)

    @property
    def people(self) -> set[str]:
        """Whose names or addresses the answer holds."""
        return people_in(self.answer.text + json.dumps(dict(self.answer.headers)))


def at(name: str) -> Made:
    return lambda known: known[name]


def with_(**fields: Any) -> Made:
    """Return what makes a body of fields, some of which are made themselves."""
    return lambda known: {name: made(value, known) for name, value in fields.items()}


def listed(*values: Any) -> Made:
    return lambda known: [made(value, known) for value in values]


def made(value: Any, known: Mapping[str, Any]) -> Any:
    return value(known) if callable(value) else value


EVENT = "/organizer/{organizer_id}/events/{event_id}"
COMPANIES = "/organizer/{organizer_id}/companies"
WEBHOOKS = "/organizer/{organizer_id}/webhooks"
PORTAL = "/distribution/companies/{company_id}"
BUYERS = "/public/orders/{order_id}"
GUEST = {"email": "guest@elsewhere.example", "name": "A Guest"}
LINES = listed(with_(tier_id=at("pass"), quantity=1))
ORDER = {"lines": LINES, "buyer": GUEST, "payment_method": "free"}
SHEET = with_(csv=lambda known: f"ticket_id,new_email,new_name\n{known['free_ticket']},a@b.example,A\n")
EVENT_SETTINGS = {
    "title": "Another",
    "timezone": "Europe/Oslo",
    "currency": "EUR",
    "slug": "another",
    "starts_at": "2027-06-03T07:00:00Z",
    "ends_at": "2027-06-04T15:00:00Z",
}
SECTION = {"section": "hall"}
SUGGESTED = listed(listed(with_(contact_id=at("other_contact"), count=1)))
ONE_SEAT = listed(at("company_seat"))
STATEMENT = {"format": "csv", "content": "id,date,amount,currency,text\nL9,2027-03-02,1.00,EUR,interest\n"}
OF_ORDER, PASSED_ON, OFFERED, OF_COMPANY = "of an order", "passed on", "offered", "of a company"
OWN, OF_COLLEAGUE, DISTRIBUTED = "his own", "of a former relay", "distributed"
OTHERS_TICKET = {"ticket_id": "passed_on"}
BY_CODE, BY_ID, FORCED = "by its code", "by its id", "against the rules"
SCANNED, SCANNED_ELSEWHERE = "that each device has scanned", "that another device has scanned"
COMPANYS_TICKET = {"ticket_id": "company_ticket"}
SPARE_DEVICE = {"device_id": "door_device"}
MEMBER = {"email": "member"}
DISTRIBUTED_TICKET = {"ticket_id": "distributed"}
EACH_TICKET = [
    Ask(thing=OF_ORDER),
    Ask(thing=PASSED_ON, names=OTHERS_TICKET),
    Ask(thing=OF_COMPANY, names=COMPANYS_TICKET),
]


def in_cart(body: Any = None, **names: str) -> Ask:
    """Ask for something in the cart of a colleague who acts for the company no more."""
    return Ask(body, OF_COLLEAGUE, names, with_(relay=at("colleague")))


def passing(wrap: Callable[[Made], Made] = lambda made: made, **fields: Any) -> list[Ask]:
    """Ask to let somebody in, as each kind of device may."""
    fields |= {"nonce": "1"}
    by_code = with_(**fields, credential=at("code_at_door"))
    return [
        Ask(wrap(by_code), BY_CODE),
        Ask(wrap(with_(**fields, ticket_id=at("ticket_id"))), BY_ID),
        Ask(wrap(with_(**fields, credential=at("code_at_door"), force=True)), FORCED),
    ]


def each_ticket(body: Any) -> list[Ask]:
    return [one._replace(body=body) for one in EACH_TICKET]


ASKS: Mapping[str, Sequence[Ask]] = {
    "POST /checkin/pair": [Ask()],
    "POST /checkin/scans": passing(),
    "POST /checkin/sync": passing(
        lambda made: with_(scans=listed(made)), at="2027-03-01T11:00:00Z", outcome="admitted"
    ),
    "POST /checkin/undo": [
        Ask(with_(credential=at("shown_code"), nonce="2", scan_nonce="went"), "what it has scanned"),
        Ask(with_(credential=at("unshown_code"), nonce="2"), "what another device has scanned"),
    ],
    "GET /checkin/tickets/{ticket_id}": [
        Ask(thing=SCANNED, names={"ticket_id": "shown"}),
        Ask(thing=SCANNED_ELSEWHERE, names={"ticket_id": "unshown"}),
    ],
    "POST /checkin/group": [
        Ask(with_(ticket_ids=listed(at("shown_too")), nonce="2"), f"with one {SCANNED}"),
        Ask(with_(ticket_ids=listed(at("unshown_too")), nonce="2"), f"with one {SCANNED_ELSEWHERE}"),
    ],
    "POST /checkin/labels": [
        Ask(with_(ticket_id=at("shown"), nonce="2"), SCANNED),
        Ask(with_(ticket_id=at("unshown"), nonce="2"), SCANNED_ELSEWHERE),
    ],
    "GET /checkin/roster/{name}": [Ask(names={"name": "roster_file"})],
    "GET /checkin/search": [Ask(query={"q": "zebedee"})],
    # --- companies ---
    f"POST {PORTAL}/allotments/{{allotment_id}}/orders": [Ask({"quantity": 1})],
    f"GET {PORTAL}/cart": [Ask(thing=OWN), in_cart()],
    f"POST {PORTAL}/cart/distribute": [in_cart(with_(guests=listed(at("contact_id"))))],
    f"PUT {PORTAL}/cart/guests/{{contact_id}}": [
        Ask(thing=OWN, names={"contact_id": "other_contact"}),
        in_cart(contact_id="other_contact"),
    ],
    f"DELETE {PORTAL}/cart/guests/{{contact_id}}": [in_cart()],
    f"PUT {PORTAL}/cart/guests/{{contact_id}}/tickets": [
        Ask(with_(add=ONE_SEAT), OWN),
        in_cart(with_(add=ONE_SEAT)),
    ],
    f"POST {PORTAL}/cart/suggest": [
        Ask(with_(event_id=at("event_id"), parties=SUGGESTED), OWN),
        in_cart(with_(event_id=at("event_id"), parties=SUGGESTED)),
    ],
    f"POST {PORTAL}/contacts": [Ask({"email": GUEST["email"], "last_name": "Guest"})],
    f"POST {PORTAL}/contacts/import": [Ask({"csv": "email,name\na@b.example,A\n"})],
    f"PATCH {PORTAL}/contacts/{{contact_id}}": [Ask({"title": "Engineer"})],
    f"DELETE {PORTAL}/contacts/{{contact_id}}": [Ask()],
    f"GET {PORTAL}/contacts/{{contact_id}}/history": [Ask(names={"contact_id": "served"})],
    f"POST {PORTAL}/contacts/{{contact_id}}/merge": [Ask(with_(other_id=at("other_contact")))],
    f"POST {PORTAL}/claim-links": [Ask(with_(tickets=listed(at("company_free"))))],
    f"DELETE {PORTAL}/claim-links/{{link_id}}": [Ask(names={"link_id": "company_link"})],
    f"POST {PORTAL}/import": [Ask(SHEET)],
    f"GET {PORTAL}/jobs/{{job_id}}": [Ask(names={"job_id": "company_job"})],
    f"PUT {PORTAL}/relays/{{email}}": [Ask({"name": "Rolf"})],
    f"DELETE {PORTAL}/relays/{{email}}": [Ask()],
    f"POST {PORTAL}/tickets/take-back": [Ask(with_(tickets=listed(at("company_ticket"))))],
    f"PUT {PORTAL}/tickets/{{ticket_id}}/holder": [
        Ask(GUEST, names=COMPANYS_TICKET),
        Ask(GUEST, DISTRIBUTED, DISTRIBUTED_TICKET),
    ],
    f"DELETE {PORTAL}/tickets/{{ticket_id}}/holder": [
        Ask(names=COMPANYS_TICKET),
        Ask(None, DISTRIBUTED, DISTRIBUTED_TICKET),
    ],
    # --- who signs in ---
    "GET /me/tickets/{ticket_id}": EACH_TICKET,
    "GET /me/tickets/{ticket_id}/history": EACH_TICKET,
    "PUT /me/tickets/{ticket_id}/holder": each_ticket(GUEST),
    "DELETE /me/tickets/{ticket_id}/holder": EACH_TICKET,
    "POST /me/tickets/{ticket_id}/transfer": each_ticket({"email": GUEST["email"]}),
    "DELETE /me/tickets/{ticket_id}/transfer": [Ask(thing=OFFERED, names={"ticket_id": "offered"})],
    "POST /me/transfers": [
        Ask(with_(email=GUEST["email"], tickets=listed(at(name))), thing=thing)
        for thing, name in ((OF_ORDER, "ticket_id"), (PASSED_ON, "passed_on"), (OF_COMPANY, "company_ticket"))
    ],
    "POST /me/transfers/accept": [Ask(with_(codes=listed(at("code"))))],
    "POST /me/transfers/{code}/accept": [Ask({})],
    "POST /me/transfers/{code}/decline": [Ask()],
    # --- accounts ---
    "POST /organizer": [Ask({"name": "Another"})],
    "PATCH /organizer/{organizer_id}": [Ask({"name": "Renamed"})],
    "PUT /organizer/{organizer_id}/members/{email}": [
        Ask({"role": "finance"}, "in a role", MEMBER),
        Ask({"role": "owner"}, "as an owner", MEMBER),
    ],
    "DELETE /organizer/{organizer_id}/members/{email}": [Ask(names=MEMBER)],
    "POST /organizer/{organizer_id}/api-keys": [Ask({"label": "Another", "role": "door"})],
    "DELETE /organizer/{organizer_id}/api-keys/{key_id}": [Ask()],
    f"POST {WEBHOOKS}": [Ask({"url": "https://hooks.example/admit"})],
    f"PATCH {WEBHOOKS}/{{webhook_id}}": [Ask({"label": "Another"})],
    f"DELETE {WEBHOOKS}/{{webhook_id}}": [Ask()],
    f"POST {WEBHOOKS}/{{webhook_id}}/secrets": [Ask()],
    f"POST {WEBHOOKS}/{{webhook_id}}/test": [Ask()],
    f"POST {WEBHOOKS}/{{webhook_id}}/replay": [Ask({"since": "2027-03-01T11:00:00Z"})],
    f"POST {WEBHOOKS}/{{webhook_id}}/deliveries/{{delivery_id}}/replay": [Ask()],
    "POST /organizer/{organizer_id}/views": [Ask({"label": "Unpaid", "query": "payment_status=unpaid"})],
    "DELETE /organizer/{organizer_id}/views/{view_id}": [Ask()],
    "POST /organizer/{organizer_id}/bank-lines/{line_id}/ignore": [Ask()],
    "POST /organizer/{organizer_id}/bank-lines/{line_id}/match": [Ask(with_(order_id=at("invoice")))],
    "POST /organizer/{organizer_id}/bank-statements": [Ask(STATEMENT)],
    "GET /organizer/{organizer_id}/bank-statements/{job_id}": [Ask(names={"job_id": "statement"})],
    f"POST {COMPANIES}": [Ask({"name": "Another"})],
    f"PATCH {COMPANIES}/{{company_id}}": [Ask({"name": "Renamed"})],
    f"PUT {COMPANIES}/{{company_id}}/relays/{{email}}": [Ask({"name": "Rolf"})],
    f"DELETE {COMPANIES}/{{company_id}}/relays/{{email}}": [Ask()],
    "POST /organizer/{organizer_id}/events": [Ask(EVENT_SETTINGS)],
    # --- an event ---
    f"PATCH {EVENT}": [Ask({"title": "Renamed"})],
    f"POST {EVENT}/allotments": [
        Ask(with_(title="Block", units=1, tier_id=at("pass"), company_id=at("company_id")))
    ],
    f"PATCH {EVENT}/allotments/{{allotment_id}}": [Ask({"title": "Renamed"})],
    f"DELETE {EVENT}/allotments/{{allotment_id}}": [Ask(names={"allotment_id": "unused_allotment"})],
    f"POST {EVENT}/badge-sheets": [Ask(with_(since=at("sheet")))],
    f"GET {EVENT}/badge-sheets/{{job_id}}": [Ask(names={"job_id": "sheet"})],
    f"POST {EVENT}/badges/preview": [Ask({"template": "plain"})],
    f"PUT {EVENT}/badges/{{name}}": [Ask({"source": BADGE + " "})],
    f"DELETE {EVENT}/badges/{{name}}": [Ask()],
    f"POST {EVENT}/cancel": [Ask()],
    f"POST {EVENT}/categories": [Ask({"title": "More"})],
    f"POST {EVENT}/categories/reorder": [
        Ask(with_(categories=listed(at("category_id"), at("first_category"))))
    ],
    f"PATCH {EVENT}/categories/{{category_id}}": [Ask({"title": "More"})],
    f"DELETE {EVENT}/categories/{{category_id}}": [Ask()],
    f"POST {EVENT}/check-in-lists": [Ask({"title": "Another"})],
    f"PATCH {EVENT}/check-in-lists/{{list_id}}": [Ask({"title": "Renamed"})],
    f"DELETE {EVENT}/check-in-lists/{{list_id}}": [Ask()],
    f"POST {EVENT}/close": [Ask()],
    f"POST {EVENT}/copy": [Ask({"slug": "another", "starts_at": "2028-06-03T07:00:00Z"})],
    f"POST {EVENT}/devices": [Ask({"name": "Fourth door"})],
    f"PATCH {EVENT}/devices/{{device_id}}": [Ask({"profile": "supervisor"}, names=SPARE_DEVICE)],
    f"DELETE {EVENT}/devices/{{device_id}}": [Ask(names=SPARE_DEVICE)],
    f"POST {EVENT}/devices/{{device_id}}/pairing": [Ask(names=SPARE_DEVICE)],
    f"POST {EVENT}/discounts": [Ask({"title": "Late", "percent": "5"})],
    f"PATCH {EVENT}/discounts/{{discount_id}}": [Ask({"title": "Late"})],
    f"DELETE {EVENT}/discounts/{{discount_id}}": [Ask()],
    f"POST {EVENT}/gates": [Ask({"title": "Another", "capacity": 9})],
    f"PATCH {EVENT}/gates/{{gate_id}}": [Ask({"title": "Renamed"})],
    f"DELETE {EVENT}/gates/{{gate_id}}": [Ask()],
    f"POST {EVENT}/imports": [Ask({"kind": "tiers", "csv": "title,price\nMore,0\n"})],
    f"GET {EVENT}/imports/{{job_id}}": [Ask(names={"job_id": "import"})],
    f"PUT {EVENT}/mail-texts/{{kind}}/{{language}}": [Ask({"subject": "Yours", "text": "{link}"})],
    f"DELETE {EVENT}/mail-texts/{{kind}}/{{language}}": [Ask()],
    f"POST {EVENT}/mail-texts/{{kind}}/{{language}}/preview": [Ask({})],
    f"POST {EVENT}/orders": [Ask(with_(**ORDER, company_id=at("company_id")))],
    f"POST {EVENT}/orders/bulk": [Ask(with_(action="resend", order_ids=listed(at("order_id"))))],
    f"GET {EVENT}/orders/bulk/{{job_id}}": [Ask(names={"job_id": "bulk"})],
    f"POST {EVENT}/orders/{{order_id}}/actions/{{name}}/preview": [
        Ask({"text": "Has called"}, names={"name": "act"})
    ],
    f"POST {EVENT}/orders/{{order_id}}/attention/{{reason}}/dismiss": [Ask(names={"order_id": "decided"})],
    f"POST {EVENT}/orders/{{order_id}}/notes": [Ask({"text": "Has called"})],
    f"POST {EVENT}/orders/exports": [Ask({"format": "csv"})],
    f"GET {EVENT}/orders/exports/{{job_id}}": [Ask(names={"job_id": "export"})],
    f"GET {EVENT}/orders/exports/{{job_id}}/file": [Ask(names={"job_id": "export"})],
    f"POST {EVENT}/orders/decisions": [
        Ask(with_(decisions=listed(with_(order_id=at("decided"), decision="approve"))))
    ],
    f"POST {EVENT}/orders/{{order_id}}/approve": [Ask(names={"order_id": "decided"})],
    f"POST {EVENT}/orders/{{order_id}}/cancel": [Ask({"refund": True})],
    f"POST {EVENT}/orders/{{order_id}}/decline": [Ask(names={"order_id": "decided"})],
    f"GET {EVENT}/orders/{{order_id}}/documents/{{number}}": [
        Ask(names={"order_id": "invoice", "number": "document"})
    ],
    f"POST {EVENT}/orders/{{order_id}}/refund": [Ask({"amount": euro(100)}, names={"order_id": "settled"})],
    f"POST {EVENT}/orders/{{order_id}}/refunds/{{sequence}}/confirm": [Ask(names={"order_id": "settled"})],
    f"POST {EVENT}/orders/{{order_id}}/release": [Ask(names={"order_id": "invoice"})],
    f"POST {EVENT}/orders/{{order_id}}/resend": [Ask()],
    f"POST {EVENT}/orders/{{order_id}}/settle": [Ask(names={"order_id": "invoice"})],
    f"PUT {EVENT}/orders/{{order_id}}/tickets/{{number}}/holder": [Ask(GUEST)],
    f"DELETE {EVENT}/orders/{{order_id}}/tickets/{{number}}/holder": [Ask()],
    f"PUT {EVENT}/organizations/{{company_id}}": [Ask({"role": "partner"})],
    f"DELETE {EVENT}/organizations/{{company_id}}": [Ask(names={"company_id": "idle_company"})],
    f"POST {EVENT}/persons": [Ask(GUEST)],
    f"POST {EVENT}/persons/import": [Ask({"csv": "email,name\na@b.example,A\n"})],
    f"PATCH {EVENT}/persons/{{person_id}}": [Ask({"name": "Renamed"})],
    f"POST {EVENT}/persons/{{person_id}}/erase": [Ask()],
    f"POST {EVENT}/persons/{{person_id}}/merge": [Ask(with_(other_id=at("other_person")))],
    f"POST {EVENT}/publish": [Ask()],
    f"POST {EVENT}/questions": [Ask({"title": "Diet?", "kind": "yes_no", "asked_of": "attendee"})],
    f"POST {EVENT}/questions/reorder": [Ask(with_(questions=listed(at("question_id"))))],
    f"PATCH {EVENT}/questions/{{question_id}}": [Ask({"title": "Diet?"})],
    f"DELETE {EVENT}/questions/{{question_id}}": [
        Ask(names={"event_id": "draft", "question_id": "draft_question"})
    ],
    f"POST {EVENT}/quotas": [Ask({"title": "Room", "limit": 9})],
    f"PATCH {EVENT}/quotas/{{quota_id}}": [Ask({"title": "Room"})],
    f"DELETE {EVENT}/quotas/{{quota_id}}": [Ask()],
    f"GET {EVENT}/seating/state": [Ask(query=SECTION)],
    f"PUT {EVENT}/seating": [Ask(at("plan"))],
    f"POST {EVENT}/seating/block": [Ask({"rows": ["hall-2"]})],
    f"POST {EVENT}/seating/fill": [Ask()],
    f"POST {EVENT}/seating/import": [
        Ask(with_(format="admit", content=lambda known: json.dumps(known["plan"])))
    ],
    f"POST {EVENT}/seating/moves": [
        Ask(with_(moves=listed(with_(ticket_id=at("seated_ticket"), seat="hall-2-9"))))
    ],
    f"POST {EVENT}/seating/orders": [Ask(with_(orders=listed(at("seatless"))))],
    f"POST {EVENT}/seating/unblock": [Ask({"rows": ["hall-3"]})],
    f"POST {EVENT}/seating/uploads": [Ask({"content_type": "text/csv", "bytes": 9})],
    f"PATCH {EVENT}/tickets/{{ticket_id}}/note": [Ask({"note": "Look twice", "attention": True})],
    f"POST {EVENT}/tiers": [Ask(with_(title="More", category=at("first_category")))],
    f"POST {EVENT}/tiers/reorder": [Ask(with_(tiers=at("tier_ids")))],
    f"PATCH {EVENT}/tiers/{{tier_id}}": [Ask({"title": "More"})],
    f"DELETE {EVENT}/tiers/{{tier_id}}": [Ask()],
    f"PUT {EVENT}/tiers/{{tier_id}}/whitelist": [Ask({"users": [{"email": GUEST["email"]}]})],
    f"POST {EVENT}/uploads": [Ask({"content_type": "image/png", "bytes": 9})],
    f"POST {EVENT}/waiting-list/offer": [Ask()],
    f"DELETE {EVENT}/waiting-list/{{entry_id}}": [Ask()],
    f"POST {EVENT}/zones": [Ask({"title": "Another"})],
    f"PATCH {EVENT}/zones/{{zone_id}}": [Ask({"title": "Renamed"})],
    f"DELETE {EVENT}/zones/{{zone_id}}": [Ask()],
    # --- by keys ---
    "POST /public/claims/{link_id}": [Ask(GUEST)],
    "POST /public/events/{slug}/orders": [Ask(with_(**ORDER, total=euro(0)))],
    "POST /public/events/{slug}/quote": [Ask(with_(lines=LINES))],
    "POST /public/events/{slug}/seats/best": [Ask(with_(tier_id=at("seated"), quantity=2))],
    "POST /public/events/{slug}/unlock": [Ask({"code": "EARLY"})],
    "POST /public/events/{slug}/verify-email": [Ask({"email": GUEST["email"]})],
    "POST /public/events/{slug}/waiting-list": [Ask(with_(**GUEST, quantity=1, tier_ids=listed(at("boat"))))],
    "POST /public/events/{slug}/waiting-list/{entry_id}/accept": [
        Ask({"payment_method": "free", "total": euro(0)})
    ],
    "POST /public/events/{slug}/waiting-list/{entry_id}/refuse": [Ask()],
    f"PUT {BUYERS}/answers": [Ask(lambda known: {"answers": {known["question_id"]: True}})],
    f"POST {BUYERS}/assignments": [Ask(SHEET)],
    f"POST {BUYERS}/cancel": [Ask(names={"order_id": "card"})],
    f"POST {BUYERS}/checkout": [Ask(names={"order_id": "card"})],
    f"POST {BUYERS}/claim-links": [Ask(with_(tickets=listed(at("free_ticket"))))],
    f"DELETE {BUYERS}/claim-links/{{link_id}}": [Ask()],
    f"POST {BUYERS}/confirm": [Ask(names={"order_id": "card"})],
    f"GET {BUYERS}/documents/{{number}}": [Ask(names={"order_id": "invoice", "number": "document"})],
    f"GET {BUYERS}/invoice": [Ask(names={"order_id": "invoice"})],
    f"PUT {BUYERS}/tickets/{{number}}/holder": [
        Ask(GUEST, thing=OF_ORDER),
        Ask(GUEST, thing=PASSED_ON, names={"number": "second"}),
    ],
    f"DELETE {BUYERS}/tickets/{{number}}/holder": [
        Ask(thing=OF_ORDER),
        Ask(thing=PASSED_ON, names={"number": "second"}),
    ],
    "POST /public/tickets/find": [Ask({"email": mail_of("kari")})],
    "GET /public/tickets/{ticket_id}": [
        Ask(thing=OF_ORDER),
        Ask(thing=PASSED_ON, names=OTHERS_TICKET),
        Ask(thing=DISTRIBUTED, names=DISTRIBUTED_TICKET),
    ],
    "POST /public/tickets/{ticket_id}/grants/{number}/claim": [Ask()],
    "PUT /public/tickets/{ticket_id}/person": [Ask({"title": "Engineer"})],
    "POST /public/transfers/{code}/accept": [Ask({})],
    "POST /public/transfers/{code}/decline": [Ask()],
    # --- machines ---
    "DELETE /wallet/v1/devices/{device_id}/registrations/{pass_type}/{serial}": [Ask()],
    "POST /wallet/v1/devices/{device_id}/registrations/{pass_type}/{serial}": [
        Ask({"pushToken": "a1b2"}, names={"device_id": "other_phone"})
    ],
    "POST /wallet/v1/log": [Ask({"logs": ["something"]})],
    "POST /webhooks/stripe": [Ask()],
}
"""How to ask each route; one that is only to be read needs nothing said."""

GROUPS: Mapping[str, Sequence[str]] = {
    "Everybody": ("/public/events", "/public/images", "/public/tickets/find"),
    "By the key of an order": ("/public/orders",),
    "By the key of a ticket, an offer or a claim link": (
        "/public/tickets",
        "/public/transfers",
        "/public/claims",
    ),
    "Signed in": ("/me",),
    "Companies": ("/distribution",),
    "Events": ("/organizer/{organizer_id}/events",),
    "Accounts": ("/organizer",),
    "Machines": ("/checkin", "/wallet", "/webhooks"),
}


def rows() -> list[Row]:
    """Return what is asked, by group; a route that changes something and has no Ask is left out."""
    found = [
        Row(route, ask)
        for route in sorted(routes(), key=lambda route: (route.path, route.method))
        for ask in ASKS.get(f"{route.method} {route.path}", [Ask()] if route.method == "GET" else [])
    ]
    titles = list(GROUPS)
    return sorted(found, key=lambda row: titles.index(row.group))


# --- to ask -------------------------------------------------------------------------------------------------


def ask(
    world: World,
    row: Row,
    caller: Caller,
    own: Mapping[str, str] | None = None,
    claims: Mapping[str, str] | None = None,
) -> Finding:
    """Make a request and put everything back.

    With `own` it names things of the caller's beside the world's; `claims` are those of his token.
    """
    named = row.route.parameters(row.route.path) or {}
    names = {name: str(world.known[row.ask.names.get(name, name)]) for name in named}
    names |= own or {}
    path = row.route.path.format_map({name: quote(value, safe="") for name, value in names.items()})
    body = made(row.ask.body, world.known)
    request: Json = {"as_": caller.email, "idempotency_key": "asked", "headers": {}, "claims": claims}
    if row.route.path == "/checkin/pair":
        body = {"code": caller.pairing}
    elif row.route.path.startswith("/wallet"):
        request["headers"] = {"Authorization": f"ApplePass {caller.wallet}"}
    elif row.route.path.startswith("/webhooks"):
        hint = Hint(
            id="evt_1",
            type="checkout.session.expired",
            object_id=world.known["page"],
            livemode=False,
            created=NOW,
        )
        sent = webhook(hint, world.api.now)
        request |= sent if caller.signs else {"content": sent["content"]}
    key = next((caller.keys[name] for name in names.values() if name in caller.keys), None)
    key = key or next(iter(caller.keys.values()), None)
    if row.route.path.endswith("/documents/{number}"):
        key = caller.keys.get(names["number"], key)
    query = made(row.ask.query, world.known) or {}
    if key is not None:
        request |= {"key": key}
        query |= {"key": key}
    request |= {"query": query}
    answer = world.api.send(row.route.method, path, *([] if body is None else [body]), **request)
    crossed = own is not None and answer.status in (409, 422)
    finding = Finding(NO if crossed else _outcome(row, answer), answer, world.changed())
    world.put_back()
    return finding


def _outcome(row: Row, answer: Answer) -> str:
    """Say what an answer means. Raises for one that says nothing about rights."""
    refused = answer.status in REFUSALS or answer.code == "bad_signature"
    if refused or any(map(_refuses, _results(answer.body))):
        return NO
    assert answer.status < 400, (row.label, answer.text)
    is_list = isinstance(answer.body, dict) and answer.body.keys() == {"items", "cursor"}
    return EMPTY if is_list and not answer.body["items"] else YES


def _results(body: Any) -> list[Any]:
    """Return the results of a scan, of several, or of what was done to each of many tickets or guests."""
    if not isinstance(body, dict):
        return []
    several = [*body.get("items", ()), *body.get("results", ())]
    several += [one["scan"] for one in several if isinstance(one, dict) and "scan" in one]
    return [body, *(one for one in several if isinstance(one, dict))]


def _refuses(result: Json) -> bool:
    if result.get("result") != "refused":
        return False
    why = result.get("code") or result.get("reason")
    assert why in ("not_found", "forbidden", "wrong_event"), result
    return True


def ask_all(world: World, row: Row) -> dict[str, Finding]:
    return {caller.name: ask(world, row, caller) for caller in world.callers}


# --- the document -------------------------------------------------------------------------------------------


def rendered(callers: Sequence[Caller], findings: Mapping[Row, Findings]) -> str:
    """Return the tables of docs/access.md."""
    parts = [_legend(callers)]
    for group in GROUPS:
        parts.append(f"### {group}")
        parts.append(_table(callers, {row: found for row, found in findings.items() if row.group == group}))
    parts += ["## Whose names and addresses they are shown", _shown(callers, findings)]
    return "\n\n".join(parts)


def _legend(callers: Sequence[Caller]) -> str:
    return "\n".join(f"- **{caller.name}**: {caller.meaning}" for caller in callers)


def _table(callers: Sequence[Caller], findings: Mapping[Row, Findings]) -> str:
    """Return a table with one column for all callers who are answered alike."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for caller in callers:
        outcomes = tuple(found[caller.name].outcome for found in findings.values())
        alike.setdefault(outcomes, []).append(caller.name)
    most = max(alike, key=lambda outcomes: len(alike[outcomes]))
    columns = [(", ".join(names), outcomes) for outcomes, names in alike.items() if outcomes != most]
    columns.append(("everybody" if len(alike) == 1 else OTHERS, most))
    lines = [
        ["route", *(name for name, _ in columns)],
        ["---"] * (len(columns) + 1),
        *([row.label, *(outcomes[at] for _, outcomes in columns)] for at, row in enumerate(findings)),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(callers: Sequence[Caller], findings: Mapping[Row, Findings]) -> str:
    lines = []
    for caller in callers:
        seen = set().union(*(found[caller.name].people for found in findings.values()))
        names = [meaning for name, meaning in PEOPLE.items() if name in seen]
        lines.append(f"- **{caller.name}**: {', '.join(names) or 'nobody'}")
    return "\n".join(lines)


def read_outcomes(text: str, callers: Sequence[Caller]) -> dict[str, dict[str, str]]:
    """Read the tables: by row, what each caller gets."""
    outcomes: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| route"):
            columns = cells[1:]
        elif line.startswith("| `"):
            named = {
                name: cell
                for column, cell in zip(columns, cells[1:], strict=True)
                for name in column.split(", ")
            }
            outcomes[cells[0]] = {caller.name: named.get(caller.name, cells[-1]) for caller in callers}
    return outcomes


def tables_of(document: str) -> str:
    """Return what stands between the marks."""
    return document.partition(BEGIN)[2].partition(END)[0].strip()


def write_document() -> None:
    with dynamodb_local() as endpoint, access_world(client(endpoint)) as world:
        tables = rendered(world.callers, {row: ask_all(world, row) for row in rows()})
    head, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{tables}\n\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    write_document()
