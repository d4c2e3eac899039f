"""What a buyer, an organizer, a door device, a mailbox and a test of payments do, all of it over HTTP."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import httpx
import numpy as np
from pydantic import BaseModel

type Json = dict[str, Any]

BILLING: Json = {"company": "Fjord Analytics", "vat_id": "NO123456789", "reference": "PO-7"}


class User(BaseModel):
    email: str
    password: str


class Stack(BaseModel):
    """A running stack, as `.local/stack.json` describes it."""

    api_url: str
    site_url: str
    stripe_url: str
    outbox_url: str
    cognito_url: str
    user_pool_client_id: str
    organizer_id: str
    event_slug: str
    company_id: str
    device_key: str
    users: dict[str, User]


def sign_in(stack: Stack, user: str) -> str:
    """Return an ID token of one of the demo's users."""
    answer = httpx.post(
        stack.cognito_url,
        json={
            "ClientId": stack.user_pool_client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {
                "USERNAME": stack.users[user].email,
                "PASSWORD": stack.users[user].password,
            },
        },
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        },
    )
    token: str = _good(answer)["AuthenticationResult"]["IdToken"]
    return token


def wait_for[T](what: str, look: Callable[[], T | None], seconds: float = 60) -> T:
    """Look again and again until there is something, and return it."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"waited {seconds} seconds for {what}"
        time.sleep(0.5)
    return found


def new_address(name: str = "buyer") -> str:
    return f"{name}-{uuid.uuid4().hex[:12]}@example.com"


def euro(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


def price(amount: int, *methods: str) -> Json:
    return {"amount": euro(amount), "payment_methods": list(methods)}


def read_qr(png: bytes) -> str:
    """Read a QR code with OpenCV, which shares nothing with what drew it."""
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None, "not an image"
    text, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(image)
    assert text, "no QR code in the image"
    return text


@dataclass(frozen=True)
class Shop:
    """A buyer without an account."""

    http: httpx.Client

    def event(self, slug: str) -> Json:
        return _good(self.http.get(f"/public/events/{slug}"))

    def tier(self, slug: str, title: str) -> Json:
        tiers = [tier for category in self.event(slug)["categories"] for tier in category["tiers"]]
        return next(tier for tier in tiers if tier["title"] == title)

    def quote(self, slug: str, lines: list[Json], **shown: Any) -> Json:
        return _good(self.http.post(f"/public/events/{slug}/quote", json={"lines": lines, **shown}))

    def send(self, slug: str, body: Any, key: str | None = None) -> httpx.Response:
        """Send an order as it is, under a key of its own if none is given."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.http.post(f"/public/events/{slug}/orders", json=body, headers=headers)

    def order_body(self, slug: str, title: str, method: str, quantity: int = 1, **overrides: Any) -> Json:
        lines = [{"tier_id": self.tier(slug, title)["id"], "quantity": quantity}]
        billing = {"billing": BILLING} if method == "invoice" else {}
        return {
            "lines": lines,
            "buyer": {"email": new_address(), "name": "Ada Lovelace"},
            "payment_method": method,
            "total": self.quote(slug, lines)["total"],
            **billing,
            **overrides,
        }

    def place(self, slug: str, title: str, method: str, quantity: int = 1, **overrides: Any) -> Json:
        return _good(self.send(slug, self.order_body(slug, title, method, quantity, **overrides)))

    def unlock(self, slug: str, **keys: Any) -> Json:
        """Return what codes, links and a proven address open beside the page."""
        return _good(self.http.post(f"/public/events/{slug}/unlock", json=keys))

    def open_payment(self, order: Json) -> Json:
        """Ask for the payment page of an order that was placed before."""
        headers = {"X-Admit-Key": order["key"]}
        return _good(self.http.post(f"/public/orders/{order['id']}/checkout", headers=headers))

    def cancel(self, order: Json) -> Json:
        headers = {"X-Admit-Key": order["key"]}
        return _good(self.http.post(f"/public/orders/{order['id']}/cancel", headers=headers))

    def look(self, order: Json) -> Json:
        """Look at an order again, with its key."""
        return _good(self.http.get(f"/public/orders/{order['id']}", headers={"X-Admit-Key": order["key"]}))

    def wait(self, order: Json, status: str = "fulfilled", seconds: float = 60) -> Json:
        """Wait until an order has the status, and return it as it then is."""

        def look() -> Json | None:
            seen = self.look(order)
            return seen if seen["status"] == status else None

        return wait_for(f"order {order['code']} to be {status}", look, seconds)

    def credential(self, ticket: Json) -> str:
        """Fetch the QR code of a ticket by its link and read it."""
        address = wait_for("the picture", lambda: self._where(ticket["qr_url"]))
        image = httpx.get(address)
        assert image.headers["Content-Type"] == "image/png", image.text
        return read_qr(image.content)

    def _where(self, url: str) -> str | None:
        """Follow a picture's link; none while the picture is being drawn."""
        answer = self.http.get(url)
        if answer.status_code == 503:
            return None
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@dataclass(frozen=True)
class Organizer:
    """A signed-in member of an organizer."""

    http: httpx.Client
    id: str

    @property
    def path(self) -> str:
        return f"/organizer/{self.id}"

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return self.http.request(method, f"{self.path}{path}", json=body, headers=headers)

    def event_named(self, slug: str) -> Json:
        events = _good(self.send("GET", "/events"))["items"]
        return next(event for event in events if event["slug"] == slug)

    def publish_event(self, *tiers: Json, **overrides: Any) -> Json:
        """Publish an event with the tiers Free ticket, Regular (card, invoice), Workshop (50, card), and
        more of them."""
        starts_at = datetime.now(UTC) + timedelta(days=30)
        event = _good(
            self.send(
                "POST",
                "/events",
                {
                    "slug": f"event-{uuid.uuid4().hex[:12]}",
                    "title": "An event of the tests",
                    "timezone": "Europe/Oslo",
                    "currency": "EUR",
                    "starts_at": starts_at.isoformat(),
                    "ends_at": (starts_at + timedelta(days=1)).isoformat(),
                }
                | overrides,
            ),
        )
        path = f"/events/{event['id']}"
        [category] = event["categories"]
        regular: Json = {"title": "Regular", "prices": [price(4900, "card", "invoice")]}
        workshop: Json = {"title": "Workshop", "prices": [price(1900, "card")], "ticket_limit": 50}
        for tier in (regular, workshop, *tiers):
            _good(self.send("POST", f"{path}/tiers", tier | {"category": category["id"]}))
        _good(self.send("POST", f"{path}/publish"))
        return event

    def add(self, event: Json, what: str, body: Json | None = None) -> Json:
        """Send something to add to an event, or to do with it, and return the answer."""
        return _good(self.send("POST", f"/events/{event['id']}/{what}", body))

    def look(self, event: Json, what: str) -> Json:
        return _good(self.send("GET", f"/events/{event['id']}/{what}"))

    def change(self, event: Json, what: str, body: Json) -> Json:
        """Change an event, or something of it."""
        return _good(self.send("PATCH", f"/events/{event['id']}/{what}".rstrip("/"), body))

    def work_off(self, event: Json, **request: Any) -> Json:
        """Begin an import and return its job with the rows, once it is done."""
        job = self.add(event, "imports", request)

        def look() -> Json | None:
            seen = self.look(event, f"imports/{job['id']}")
            return seen if seen["status"] in ("done", "failed") else None

        return wait_for("the import", look)

    def orders(self, event: Json) -> list[Json]:
        found: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            query = f"?limit=100&cursor={cursor}" if cursor else "?limit=100"
            page = _good(self.send("GET", f"/events/{event['id']}/orders{query}"))
            found += page["items"]
            cursor = page["cursor"]
        return found

    def summary(self, event: Json) -> Json:
        return _good(self.send("GET", f"/events/{event['id']}/summary"))

    def settle(self, event: Json, order: Json) -> httpx.Response:
        return self.send("POST", f"/events/{event['id']}/orders/{order['id']}/settle", {"note": "bank"})

    def pair_device(self, event: Json) -> "Door":
        device = _good(self.send("POST", f"/events/{event['id']}/devices", {"name": "Door"}))
        paired = _good(self.http.post("/checkin/pair", json={"code": device["code"]}))
        return Door(self.http, paired["device_key"])


@dataclass(frozen=True)
class Door:
    """A paired device."""

    http: httpx.Client
    key: str

    def send(self, credential: str, nonce: str | None = None, **overrides: Any) -> httpx.Response:
        body = {"credential": credential, "direction": "in", "nonce": nonce or uuid.uuid4().hex} | overrides
        return self.http.post("/checkin/scans", json=body, headers={"X-Admit-Key": self.key})

    def scan(self, credential: str, nonce: str | None = None, **overrides: Any) -> Json:
        return _good(self.send(credential, nonce, **overrides))


@dataclass(frozen=True)
class PayPage:
    """The stand-in for Stripe: its payment page, its API and its knobs."""

    http: httpx.Client

    def press(self, checkout_url: str, button: str) -> httpx.Response:
        return self.http.post(checkout_url, data={button: "1"})

    def pay(self, order: Json) -> None:
        assert self.press(order["checkout_url"], "pay").status_code == 303

    def set(self, **knobs: Any) -> None:
        _good(self.http.post("/control", json=knobs))

    def reset(self) -> None:
        _good(self.http.delete("/control"))

    def deliveries(self) -> list[Json]:
        answer = self.http.get("/control/deliveries")
        assert answer.status_code == 200
        found: list[Json] = answer.json()
        return found


@dataclass(frozen=True)
class Outbox:
    """All mail that was sent."""

    http: httpx.Client
    url: str

    def mails_to(self, address: str) -> list[Json]:
        accounts = _good(self.http.get(self.url))["messages"]
        return [mail for mails in accounts.values() for mail in mails if address in mail["To"]]

    def wait(self, address: str, seconds: float = 60) -> Json:
        """Wait for a mail to an address and return the latest."""
        return wait_for(f"a mail to {address}", lambda: self.mails_to(address) or None, seconds)[-1]

    def wait_about(self, address: str, subject: str) -> str:
        """Wait for a mail to an address with these words in its subject, and return its text."""

        def look() -> str | None:
            found = [mail["BodyText"] for mail in self.mails_to(address) if subject in mail["Subject"]]
            return found[-1] if found else None

        return wait_for(f"a mail to {address} about {subject}", look)


def _good(response: httpx.Response) -> Json:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    answer: Json = response.json()
    return answer
