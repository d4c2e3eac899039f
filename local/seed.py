"""A demo to start from: a published conference with tickets of every kind, an evening with numbered seats, a
partner with an address book, gates, and a door device.

Everything goes in over HTTP, as an organizer would enter it, each step under an idempotency key of its own.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypedDict
from uuid import NAMESPACE_URL, uuid5

import httpx
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from admit.ids import derived_id
from local.stack import FOUNDER, Stack

EVENT_SLUG = "northern-lights-conference"
SEATED_EVENT_SLUG = "harbour-hall-concert"
SPONSOR_TICKETS = 40
DRAWN_TICKETS = 24
KEPT_ROWS = ("stalls-3", "stalls-4")
KEPT_SEATS = 32
DRAWN_SEATS = 12
DISCOUNT_CODE = "NORTH10"
PASSCODE = "AURORA"
PATIENCE_SECONDS = 120
SELLER = {
    "name": "Northern Lights AS",
    "address": "Kaibakken 1\n9008 Tromsø\nNorway",
    "vat_id": "NO123456785MVA",
    "iban": "NO9386011117947",
    "bic": "DNBANOKKXXX",
}


class User(TypedDict):
    email: str
    password: str


USERS: dict[str, User] = {
    "organizer": {"email": FOUNDER, "password": "Welcome-organizer-1"},
    "relay": {"email": "relay@polar.example", "password": "Welcome-relay-1"},
    "relay2": {"email": "relay2@polar.example", "password": "Welcome-relay2-1"},
    "attendee": {"email": "attendee@home.example", "password": "Welcome-attendee-1"},
}

GUESTS: list[dict[str, Any]] = [
    {
        "email": f"{first}.{last}@{domain}".lower(),
        "first_name": first,
        "last_name": last,
        "company": company,
        "tags": tags,
    }
    for first, last, company, domain, tags in (
        ("Astrid", "Holm", "Holm Shipping", "holm-shipping.example", ["customer"]),
        ("Bjarne", "Solberg", "Holm Shipping", "holm-shipping.example", ["customer"]),
        ("Camilla", "Nygaard", "Nygaard Arkitekter", "nygaard.example", ["customer", "press"]),
        ("Dag", "Iversen", "Iversen Elektro", "iversen.example", ["supplier"]),
        ("Eira", "Vik", "Polar Systems", "polar.example", ["colleague"]),
        ("Fredrik", "Strand", "Polar Systems", "polar.example", ["colleague"]),
        ("Guro", "Lie", "Tromsø Avis", "avis.example", ["press"]),
        ("Henrik", "Aas", "Aas og Sønner", "aas.example", ["supplier"]),
    )
]


class Seeded(TypedDict):
    """What there is afterwards, as `stack.json` names it."""

    organizer_id: str
    event_slug: str
    seated_event_slug: str
    users: dict[str, User]
    company_id: str
    device_key: str


def seed(stack: Stack) -> Seeded:
    """Fill a stack; when this returns, the partner's tickets are there."""
    cognito: CognitoIdentityProviderClient = stack.client("cognito-idp")
    for name, user in USERS.items():
        _create_user(cognito, stack.outputs["UserPoolId"], user)
        print(f"user {name}: {user['email']}")
    token = _sign_in(cognito, stack.outputs["UserPoolClientId"], USERS["organizer"])
    with httpx.Client(base_url=stack.api_url, headers={"Authorization": token}, timeout=30) as http:
        organizer_id = _send(http, "POST", "/organizer", {"name": "Northern Lights"})["id"]
        organizer = f"/organizer/{organizer_id}"
        conference_id = _conference(http, organizer)
        event = f"{organizer}/events/{conference_id}"
        company_id = _partner(http, organizer)
        _address_book(stack, _sign_in(cognito, stack.outputs["UserPoolClientId"], USERS["relay"]), company_id)
        concert = f"{organizer}/events/{_concert(http, organizer_id, conference_id)}"
        for path, tier, drawn in (
            (event, "Conference pass", DRAWN_TICKETS),
            (concert, "Stalls", DRAWN_SEATS),
        ):
            _sponsor(http, path, company_id, tier, drawn)
        return Seeded(
            organizer_id=organizer_id,
            event_slug=EVENT_SLUG,
            seated_event_slug=SEATED_EVENT_SLUG,
            users=USERS,
            company_id=company_id,
            device_key=_device(http, event),
        )


# --- users ------------------------------------------------------------------------------------------------


def _create_user(cognito: CognitoIdentityProviderClient, pool_id: str, user: User) -> None:
    """Create a user with a verified address and a lasting password, unless there is one."""
    email = user["email"]
    try:
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=email,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
            MessageAction="SUPPRESS",
        )
    except cognito.exceptions.UsernameExistsException:
        return
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username=email, Password=user["password"], Permanent=True
    )


def _sign_in(cognito: CognitoIdentityProviderClient, client_id: str, user: User) -> str:
    """Return an ID token."""
    answer = cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user["email"], "PASSWORD": user["password"]},
    )
    return answer["AuthenticationResult"]["IdToken"]


# --- the organizer's steps --------------------------------------------------------------------------------


def _conference(http: httpx.Client, organizer: str) -> str:
    """Publish the conference with its tiers and its discount, and return its id."""
    first_day = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=60)
    regular_from = first_day - timedelta(days=30)
    event = _send(
        http,
        "POST",
        f"{organizer}/events",
        {
            "slug": EVENT_SLUG,
            "title": "Northern Lights Conference",
            "description": "Two days on building software that lasts, with workshops on the second day.",
            "timezone": "Europe/Oslo",
            "currency": "EUR",
            "starts_at": _time(first_day),
            "ends_at": _time(first_day + timedelta(days=1, hours=9)),
            "venue": {"name": "Clarion Harbour Hall", "address": "Kaibakken 1, 9008 Tromsø"},
            "capacity": 800,
            "hold_minutes": 10,
            "waiting_list": True,
            "seller": SELLER,
            "reminder_days": [-3, 0, 7],
            "cancellation_rules": [
                {"days_before": 30, "fee_percent": "10"},
                {"days_before": 7, "fee_percent": "50"},
            ],
        },
    )
    path = f"{organizer}/events/{event['id']}"
    [general] = event["categories"]
    hall = _send(http, "POST", f"{path}/quotas", {"title": "Seats in the hall", "limit": 600})["id"]
    tiers = {
        tier["title"]: _send(http, "POST", f"{path}/tiers", {"category": general["id"], **tier})["id"]
        for tier in _passes(_time(regular_from), hall)
    }
    extras = _send(http, "POST", f"{path}/categories", {"title": "Extras"})["id"]
    for tier in _extras(add_on_of=tiers["Conference pass"]):
        tiers[tier["title"]] = _send(http, "POST", f"{path}/tiers", {"category": extras, **tier})["id"]
    discount = {"title": "Friends of the north", "code": DISCOUNT_CODE, "percent": "10"}
    _send(http, "POST", f"{path}/discounts", discount)
    _send(http, "POST", f"{path}/publish")
    print(f"event {EVENT_SLUG}: published with {1 + len(tiers)} tiers")
    _sell_out(http, path, tiers["Harbour tour"])
    return str(event["id"])


def _passes(regular_from: str, hall: str) -> list[dict[str, Any]]:
    return [
        {
            "title": "Conference pass",
            "description_line": "Both days, lunch and the evening reception",
            "quotas": [hall],
            "prices": [
                {
                    "label": "Early bird",
                    "amount": _euro(249),
                    "payment_methods": ["card", "invoice"],
                    "valid_until": regular_from,
                },
                {
                    "label": "Regular",
                    "amount": _euro(349),
                    "payment_methods": ["card", "invoice"],
                    "valid_from": regular_from,
                },
            ],
        },
        {
            "title": "Workshop seat",
            "description_line": "Half a day in a small group, on the second day",
            "ticket_limit": 50,
            "ticket_limit_per": 4,
            "prices": [{"amount": _euro(120), "payment_methods": ["card"]}],
        },
        {
            "title": "Community pass",
            "description_line": "Both days, for what you can give",
            "quotas": [hall],
            "prices": [{"amount": _euro(60), "floor": _euro(10), "payment_methods": ["card"]}],
        },
        {
            "title": "Student pass",
            "description_line": "Both days, for students",
            "quotas": [hall],
            "approval_required": True,
            "prices": [{"amount": _euro(49), "payment_methods": ["card"]}],
        },
        {
            "title": "Crew ticket",
            "description_line": "For everybody who helps",
            "private": True,
            "passcode": PASSCODE,
            "prices": [{"amount": _euro(0)}],
        },
    ]


def _extras(add_on_of: str) -> list[dict[str, Any]]:
    return [
        {
            "title": "Printed proceedings",
            "description_line": "All talks as a book, handed out at the entrance",
            "add_on_of": add_on_of,
            "prices": [{"amount": _euro(25), "payment_methods": ["card", "invoice"]}],
        },
        {
            "title": "Harbour tour",
            "description_line": "By boat, on the evening before",
            "ticket_limit": 2,
            "prices": [{"amount": _euro(0)}],
        },
        {
            "title": "Speakers' dinner",
            "description_line": "For invited guests",
            "limited": True,
            "limited_whitelist_users": [{"email": USERS["attendee"]["email"]}],
            "whitelist_auto_approve": True,
            "prices": [{"amount": _euro(0)}],
        },
    ]


def _concert(http: httpx.Client, organizer_id: str, conference_id: str) -> str:
    """Publish an evening in a hall with numbered seats and room to stand, and return its id."""
    organizer = f"/organizer/{organizer_id}"
    evening = datetime.now(UTC).replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=61)
    # The tickets of a company are listed by the ids of their events: those of the conference come first.
    keys = (f"{SEATED_EVENT_SLUG}-{number}" for number in count())
    key = next(one for one in keys if derived_id("event", organizer_id, one) > conference_id)
    event = _send(
        http,
        "POST",
        f"{organizer}/events",
        {
            "slug": SEATED_EVENT_SLUG,
            "title": "Harbour Hall Concert",
            "description": "The chamber orchestra of the north plays on the evening of the second day.",
            "timezone": "Europe/Oslo",
            "currency": "EUR",
            "starts_at": _time(evening),
            "ends_at": _time(evening + timedelta(hours=3)),
            "venue": {"name": "Harbour Hall", "address": "Kaibakken 3, 9008 Tromsø"},
            "seller": SELLER,
            "show_available": True,
        },
        key,
    )
    path = f"{organizer}/events/{event['id']}"
    [general] = event["categories"]
    floor = _send(http, "POST", f"{path}/quotas", {"title": "Floor", "limit": 120})["id"]
    tiers = {
        title: _send(http, "POST", f"{path}/tiers", {"category": general["id"], "title": title, **tier})["id"]
        for title, tier in _seats_and_floor(floor).items()
    }
    _send(http, "PUT", f"{path}/seating", _hall(tiers, floor))
    broken = {"rows": ["balcony-4"], "note": "The rail is being mended"}
    _send(http, "POST", f"{path}/seating/block", broken)
    _send(http, "POST", f"{path}/publish")
    print(f"event {SEATED_EVENT_SLUG}: published with {len(tiers)} tiers and a seating plan")
    return str(event["id"])


def _seats_and_floor(floor: str) -> dict[str, dict[str, Any]]:
    return {
        "Stalls": {
            "description_line": "A numbered seat before the stage",
            "ticket_limit": 192,
            "prices": [{"amount": _euro(55), "payment_methods": ["card", "invoice"]}],
        },
        "Balcony": {
            "description_line": "A numbered seat above the hall",
            "ticket_limit": 80,
            "prices": [{"amount": _euro(38), "payment_methods": ["card", "invoice"]}],
        },
        "Floor": {
            "description_line": "To stand, behind the stalls",
            "quotas": [floor],
            "prices": [{"amount": _euro(20), "payment_methods": ["card"]}],
        },
    }


def _hall(tiers: dict[str, str], floor: str) -> dict[str, Any]:
    """Return the plan: 12 rows of 16 seats with an aisle, the last with room for a wheelchair; a balcony."""
    stalls: list[dict[str, Any]] = [
        {"id": str(row), "count": 16, "x": 0, "y": row, "gaps_after": ["8"]} for row in range(1, 12)
    ]
    last: list[dict[str, Any]] = [{"id": str(seat), "x": seat - 1, "y": 12} for seat in range(1, 17)]
    last[0] |= {"kind": "accessible"}
    last[1] |= {"companion_of": "1"}
    last[8] |= {"gap_before": True}
    last[15] |= {"restricted": "A pillar hides the left of the stage"}
    balcony = [{"id": str(row), "count": 20, "x": -2, "y": 14 + row} for row in range(1, 5)]
    return {
        "version": 0,
        "focus": {"x": 7.5, "y": -2},
        "categories": [
            {"id": "stalls", "title": "Stalls", "color": "#1f6f8b", "tier_ids": [tiers["Stalls"]]},
            {"id": "balcony", "title": "Balcony", "color": "#c58b2b", "tier_ids": [tiers["Balcony"]]},
        ],
        "sections": [
            {
                "id": "stalls",
                "title": "Stalls",
                "category": "stalls",
                "rows": [*stalls, {"id": "12", "seats": last}],
            },
            {"id": "balcony", "title": "Balcony", "category": "balcony", "rows": balcony},
        ],
        "zones": [{"id": "floor", "title": "Floor", "quota_id": floor}],
    }


def _sell_out(http: httpx.Client, event: str, tier_id: str) -> None:
    """Place both tickets of the small tier, so that one can wait for them."""
    for email, name in (("solveig@home.example", "Solveig Lund"), ("erik@home.example", "Erik Moe")):
        order = {
            "lines": [{"tier_id": tier_id, "quantity": 1}],
            "buyer": {"email": email, "name": name},
            "payment_method": "free",
        }
        _send(http, "POST", f"{event}/orders", order)
    print("tier Harbour tour: sold out")


def _partner(http: httpx.Client, organizer: str) -> str:
    """Enter the partner with its two relays and return its id."""
    company = _send(http, "POST", f"{organizer}/companies", {"name": "Polar Systems"})
    relays = f"{organizer}/companies/{company['id']}/relays"
    for user, name, primary in (("relay", "Ingrid Dahl", True), ("relay2", "Jonas Berg", False)):
        _send(http, "PUT", f"{relays}/{USERS[user]['email']}", {"name": name, "primary": primary})
    print("company Polar Systems: 2 relays")
    return str(company["id"])


def _address_book(stack: Stack, token: str, company_id: str) -> None:
    """Enter the people whom the partner invites, as its primary relay would."""
    headers = {"Authorization": token}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=30) as http:
        for contact in GUESTS:
            _send(http, "POST", f"/distribution/companies/{company_id}/contacts", contact)
    print(f"company Polar Systems: {len(GUESTS)} contacts")


def _sponsor(http: httpx.Client, event: str, company_id: str, title: str, drawn: int) -> None:
    """Make the partner a sponsor with tickets of a tier, and wait until those that it has drawn are made.

    Where these have seats, rows are kept for it.
    """
    contact = {"name": "Ingrid Dahl", "email": USERS["relay"]["email"]}
    _send(http, "PUT", f"{event}/organizations/{company_id}", {"role": "sponsor", "contact": contact})
    tier_id = _tier_id(http, event, title)
    seated = title == "Stalls"
    allotment = _send(
        http,
        "POST",
        f"{event}/allotments",
        {
            "title": "Sponsor's passes",
            "tier_id": tier_id,
            "units": KEPT_SEATS if seated else SPONSOR_TICKETS,
            "company_id": company_id,
            "terms": {"price": "free"},
        },
    )
    if seated:
        kept = {"rows": list(KEPT_ROWS), "channel": allotment["id"], "note": "Polar Systems"}
        _send(http, "POST", f"{event}/seating/block", kept)
    order = _send(
        http,
        "POST",
        f"{event}/orders",
        {
            "lines": [{"tier_id": tier_id, "quantity": drawn}],
            "buyer": {"email": USERS["relay"]["email"], "name": "Ingrid Dahl"},
            "company_id": company_id,
            "allotment_id": allotment["id"],
            "source": "allotment",
        },
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while order["status"] != "fulfilled":
        if time.monotonic() > deadline:
            raise TimeoutError(f"the sponsor's tickets are not there: the order is {order['status']}")
        time.sleep(1)
        order = _send(http, "GET", f"{event}/orders/{order['id']}")
    print(f"company Polar Systems: sponsor with {drawn} of {allotment['units']} tickets drawn")


def _tier_id(http: httpx.Client, event: str, title: str) -> str:
    tiers = _send(http, "GET", f"{event}/tiers")["items"]
    return next(str(tier["id"]) for tier in tiers if tier["title"] == title)


def _device(http: httpx.Client, event: str) -> str:
    """Set up two gates and a list of the workshop, pair a supervisor's device at one and return its key.

    The device admits by the list of every tier alone, so that a scan need not say by which.
    """
    main, _ = (
        _send(http, "POST", f"{event}/gates", {"title": title}) for title in ("Main entrance", "Quay side")
    )
    workshop = _tier_id(http, event, "Workshop seat")
    rules = {"title": "Workshops", "tier_ids": [workshop], "again": "never"}
    _send(http, "POST", f"{event}/check-in-lists", rules)
    settings = {"name": "Main entrance", "gate_id": main["id"], "profile": "supervisor"}
    device = _send(http, "POST", f"{event}/devices", settings)
    paired = _send(http, "POST", "/checkin/pair", {"code": device["code"]})
    print("device Main entrance: paired, at one of 2 gates")
    return str(paired["device_key"])


def _send(
    http: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None
) -> dict[str, Any]:
    key = key or str(uuid5(NAMESPACE_URL, f"{path} {json.dumps(body)}"))
    headers = {"Idempotency-Key": key} if method == "POST" else {}
    response = http.request(method, path, json=body, headers=headers)
    if response.is_error:
        raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
    answer: dict[str, Any] = response.json() if response.content else {}
    return answer


def _euro(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "EUR"}


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
