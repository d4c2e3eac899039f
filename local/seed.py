"""A demo to start from: a published conference with tickets of every kind, a partner, and a door device.

Everything goes in over HTTP, as an organizer would enter it, each step under an idempotency key of its own.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict
from uuid import NAMESPACE_URL, uuid5

import httpx
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from local.stack import FOUNDER, Stack

EVENT_SLUG = "northern-lights-conference"
SPONSOR_TICKETS = 40
DRAWN_TICKETS = 24
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


class Seeded(TypedDict):
    """What there is afterwards, as `stack.json` names it."""

    organizer_id: str
    event_slug: str
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
        event = f"{organizer}/events/{_conference(http, organizer)}"
        company_id = _partner(http, organizer)
        _sponsor(http, event, company_id)
        return Seeded(
            organizer_id=organizer_id,
            event_slug=EVENT_SLUG,
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


def _sponsor(http: httpx.Client, event: str, company_id: str) -> None:
    """Make the partner a sponsor with tickets of its own, and wait until those that it has drawn are made."""
    contact = {"name": "Ingrid Dahl", "email": USERS["relay"]["email"]}
    _send(http, "PUT", f"{event}/organizations/{company_id}", {"role": "sponsor", "contact": contact})
    tiers = _send(http, "GET", f"{event}/tiers")["items"]
    [conference_pass] = [tier["id"] for tier in tiers if tier["title"] == "Conference pass"]
    allotment = _send(
        http,
        "POST",
        f"{event}/allotments",
        {
            "title": "Sponsor's passes",
            "tier_id": conference_pass,
            "units": SPONSOR_TICKETS,
            "company_id": company_id,
            "terms": {"price": "free"},
        },
    )
    order = _send(
        http,
        "POST",
        f"{event}/orders",
        {
            "lines": [{"tier_id": conference_pass, "quantity": DRAWN_TICKETS}],
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
    print(f"company Polar Systems: sponsor with {DRAWN_TICKETS} of {SPONSOR_TICKETS} tickets drawn")


def _device(http: httpx.Client, event: str) -> str:
    """Pair a device for the main entrance and return its key."""
    device = _send(http, "POST", f"{event}/devices", {"name": "Main entrance"})
    paired = _send(http, "POST", "/checkin/pair", {"code": device["code"]})
    print("device Main entrance: paired")
    return str(paired["device_key"])


def _send(http: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    key = str(uuid5(NAMESPACE_URL, f"{path} {json.dumps(body)}"))
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
