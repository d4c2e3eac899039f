"""What a buyer, an organizer, a relay, a door device, a mailbox, a schedule and a test of payments do, over
HTTP."""

import csv
import hashlib
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import cv2
import httpx
import numpy as np
from botocore.config import Config
from pydantic import BaseModel

from local.stack import CREDENTIALS, REGION, STRIPE_API_KEY

type Json = dict[str, Any]

BILLING: Json = {"company": "Fjord Analytics", "vat_id": "NO123456789", "reference": "PO-7"}
PASSWORD = "Welcome-somebody-1"
"""Of whoever signs up in the tests."""
CATALOG_AGE_SECONDS = 6
"""Longer than any process goes on with a catalog as it has read it."""


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
    seated_event_slug: str
    company_id: str
    device_key: str
    users: dict[str, User]


def sign_in(stack: Stack, user: str) -> str:
    """Return an ID token of one of the demo's users."""
    return id_token(stack, stack.users[user])


def sign_up(stack: Stack, email: str) -> str:
    """Make an account for an address that is known to be its owner's, unless it has one, and return an ID
    token of it."""
    user = User(email=email, password=PASSWORD)
    cognito = cloud_client(stack.cognito_url, "cognito-idp")
    [pool] = cognito.list_user_pools(MaxResults=10)["UserPools"]
    account = {"UserPoolId": pool["Id"], "Username": email}
    proven = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    try:
        cognito.admin_create_user(**account, UserAttributes=proven, MessageAction="SUPPRESS")
    except cognito.exceptions.UsernameExistsException:
        return id_token(stack, user)
    cognito.admin_set_user_password(**account, Password=user.password, Permanent=True)
    return id_token(stack, user)


@contextmanager
def signed_in(stack: Stack, email: str) -> Iterator[httpx.Client]:
    """Let somebody sign in, with an account that he gets if he has none, and give the client with which he
    then asks."""
    headers = {"Authorization": f"Bearer {sign_up(stack, email)}"}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=60) as http:
        yield http


def id_token(stack: Stack, user: User) -> str:
    token: str = tokens(stack, user)["IdToken"]
    return token


def tokens(stack: Stack, user: User) -> Json:
    """Return what Cognito gives to who signs in: IdToken, AccessToken, RefreshToken and ExpiresIn."""
    answer = httpx.post(
        stack.cognito_url,
        json={
            "ClientId": stack.user_pool_client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": user.email, "PASSWORD": user.password},
        },
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        },
        timeout=60,
    )
    given: Json = _good(answer)["AuthenticationResult"]
    return given


def cloud_client(cloud_url: str, service: str) -> Any:
    """Return a client of a service of the local cloud, with root rights."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=cloud_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(read_timeout=180, retries={"total_max_attempts": 1}),
    )


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

    def confirm(self, order: Json) -> Json:
        """Come back from the payment page."""
        headers = {"X-Admit-Key": order["key"]}
        return _good(self.http.post(f"/public/orders/{order['id']}/confirm", headers=headers))

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

    def wait_document(self, order: Json, kind: str = "invoice") -> Json:
        """Wait until an order has an invoice, or a credit note, and return the latest."""

        def look() -> Json | None:
            found = [one for one in self.look(order)["documents"] if one["kind"] == kind]
            return found[-1] if found else None

        return wait_for(f"{kind} of order {order['code']}", look)

    def pdf(self, document: Json) -> bytes:
        """Fetch a document by its link."""
        answer = httpx.get(wait_for("the PDF", lambda: self._where(document["url"])), timeout=60)
        assert answer.headers["Content-Type"] == "application/pdf", answer.text
        return answer.content

    def credential(self, ticket: Json) -> str:
        """Fetch the QR code of a ticket by its link and read it."""
        address = wait_for("the picture", lambda: self._where(ticket["qr_url"]))
        image = httpx.get(address, timeout=60)
        assert image.headers["Content-Type"] == "image/png", image.text
        return read_qr(image.content)

    def badge(self, ticket: Json) -> bytes:
        """Fetch the badge of a ticket by its link."""
        image = httpx.get(wait_for("the badge", lambda: self._where(ticket["badge_url"])), timeout=60)
        assert image.headers["Content-Type"] == "image/png", image.text
        return image.content

    def behind(self, link: str) -> httpx.Response:
        """Open a link of a mail, and return what its page would read with the key that it carries."""
        page = httpx.get(link, timeout=60)
        assert page.status_code == 200, f"{link}: {page.status_code} {page.text}"
        at = urlsplit(link)
        if not at.fragment:
            return page
        key = at.fragment.removeprefix("key=")
        return self.http.get(f"/public{at.path}", headers={"X-Admit-Key": key})

    def give(self, order: Json, number: int, **holder: str) -> Json:
        """Give a ticket of an order to a person, by the order's key."""
        path = f"/public/orders/{order['id']}/tickets/{number}/holder"
        return _good(self.http.put(path, json=holder, headers={"X-Admit-Key": order["key"]}))

    def _where(self, url: str) -> str | None:
        """Follow a file's link; none while it is being drawn."""
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

    def seat(self, event: Json, **plan: Any) -> Json:
        """Set the seating plan of an event."""
        return _good(self.send("PUT", f"/events/{event['id']}/seating", plan))

    def company(self, name: str, *relays: str, **switches: Any) -> Json:
        """Enter a company with its relays, the first of whom is the primary one."""
        company = _good(self.send("POST", "/companies", {"name": name, **switches}))
        for at, email in enumerate(relays):
            said = {"name": f"Relay {at + 1} of {name}", "primary": at == 0}
            _good(self.send("PUT", f"/companies/{company['id']}/relays/{email}", said))
        return company

    def allot(self, event: Json, company: Json, tier_id: str, units: int) -> Json:
        """Set tickets apart for a company, for nothing."""
        asked = {
            "title": "Sponsor's tickets",
            "tier_id": tier_id,
            "units": units,
            "company_id": company["id"],
            "terms": {"price": "free"},
        }
        return self.add(event, "allotments", asked)

    def orders(self, event: Json) -> list[Json]:
        """Return the rows of the list of orders, which is a moment behind."""
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

    def ledger(self, event: Json) -> list[Json]:
        """Return all movements of an event's money."""
        found: list[Json] = []
        query: str | None = "ledger?limit=100"
        while query is not None:
            page = self.look(event, query)
            found += page["items"]
            query = f"ledger?limit=100&cursor={quote(page['cursor'])}" if page["cursor"] else None
        return found

    def balances(self, event: Json) -> Counter[str]:
        """Return what each account of an event's ledger holds."""
        balances: Counter[str] = Counter()
        for row in self.ledger(event):
            balances[row["debit"]] += row["amount"]["amount"]
            balances[row["credit"]] -= row["amount"]["amount"]
        return balances

    def refund(self, event: Json, order: Json, **asked: Any) -> Json:
        return self.add(event, f"orders/{order['id']}/refund", asked)

    def cancel(self, event: Json, order: Json, **asked: Any) -> Json:
        return self.add(event, f"orders/{order['id']}/cancel", asked)

    def book_statement(self, content: str) -> list[Json]:
        """Import a bank statement and return what became of its lines."""
        begun = _good(self.send("POST", "/bank-statements", {"format": "camt", "content": content}))

        def look() -> Json | None:
            seen = _good(self.send("GET", f"/bank-statements/{begun['id']}"))
            return seen if seen["status"] in ("done", "failed") else None

        rows: list[Json] = wait_for("the statement to be booked", look)["rows"]
        return rows

    def settle(self, event: Json, order: Json, **asked: Any) -> httpx.Response:
        path = f"/events/{event['id']}/orders/{order['id']}/settle"
        return self.send("POST", path, {"note": "bank", **asked})

    def pair_device(self, event: Json, name: str = "Door", **settings: Any) -> "Door":
        """Add a device to an event and pair it."""
        device = self.add(event, "devices", {"name": name, **settings})
        paired = _good(self.http.post("/checkin/pair", json={"code": device["code"]}))
        return Door(self.http, paired["device_key"], device["id"])

    def attempts(self, event: Json, **wanted: str) -> list[Json]:
        """Return the log of the doors, the newest first."""
        query = httpx.QueryParams({"limit": "100", **wanted})
        found: list[Json] = self.look(event, f"admissions?{query}")["items"]
        return found


@dataclass(frozen=True)
class Relay:
    """A signed-in relay of a company."""

    http: httpx.Client
    company_id: str

    def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        path = f"/distribution/companies/{self.company_id}/{path}"
        return self.http.request(method, path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def draw(self, allotment: Json, quantity: int) -> Json:
        """Take tickets from what is set apart for the company, and return the order with its key."""
        return _good(self.send("POST", f"allotments/{allotment['id']}/orders", {"quantity": quantity}))

    def look(self, what: str) -> Json:
        return _good(self.send("GET", what))

    def add(self, what: str, body: Json) -> Json:
        return _good(self.send("POST", what, body))

    def tickets(self, **wanted: str) -> list[Json]:
        query = httpx.QueryParams({"limit": "100", **wanted})
        found: list[Json] = self.look(f"tickets?{query}")["items"]
        return found

    def states(self, **wanted: str) -> Counter[str]:
        return Counter(ticket["state"] for ticket in self.tickets(**wanted))

    def cart(self, of: str | None = None) -> Json:
        """Open one's own cart, or that of a colleague."""
        return self.look(_of("cart", of))

    def allocate(self, contact: Json, *, of: str | None = None, **change: Any) -> httpx.Response:
        """Put tickets into a guest's line, or take them out of it, in one's own cart or in a colleague's."""
        return self.send("PUT", _of(f"cart/guests/{contact['id']}/tickets", of), change)

    def distribute(self, *contacts: Json, of: str | None = None) -> list[Json]:
        asked = {"guests": [contact["id"] for contact in contacts]}
        results: list[Json] = self.add(_of("cart/distribute", of), asked)["results"]
        return results

    def log(self) -> list[Json]:
        """Return what was done with the company's tickets, in order."""
        entries: list[Json] = self.look("log?limit=100")["items"]
        return entries[::-1]

    def sheet(self) -> list[dict[str, str]]:
        """Fetch the export of the company's tickets and return its rows."""
        answer = self.send("GET", "export")
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))

    def assign(self, rows: Sequence[dict[str, str]], *, dry_run: bool = False) -> Json:
        """Send a filled in export and return its job with the rows, once it is done."""
        return self.work_off("import", csv_of(rows), dry_run=dry_run)

    def work_off(self, what: str, csv: str, *, dry_run: bool = False) -> Json:
        """Send a file and return its job with the rows, once it is done."""
        job = self.add(what, {"csv": csv, "dry_run": dry_run})

        def look() -> Json | None:
            seen = _good(self.send("GET", f"jobs/{job['id']}?limit=100"))
            return seen if seen["status"] in ("done", "failed") else None

        return wait_for("the file to be worked off", look)


def csv_of(rows: Sequence[dict[str, str]]) -> str:
    file = StringIO(newline="")
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _of(path: str, relay: str | None) -> str:
    return f"{path}?{httpx.QueryParams({'relay': relay})}" if relay else path


@dataclass(frozen=True)
class Door:
    """A paired device."""

    http: httpx.Client
    key: str
    id: str = ""

    def ask(self, method: str, path: str, body: Json | None = None, **query: Any) -> httpx.Response:
        headers = {"X-Admit-Key": self.key}
        return self.http.request(method, f"/checkin/{path}", json=body, params=query or None, headers=headers)

    def look(self, path: str, **query: Any) -> Json:
        return _good(self.ask("GET", path, **query))

    def do(self, path: str, **body: Any) -> Json:
        """Send something under a nonce of its own, unless one is given."""
        return _good(self.ask("POST", path, {"nonce": uuid.uuid4().hex} | body))

    def send(self, credential: str, nonce: str | None = None, **overrides: Any) -> httpx.Response:
        body = {"credential": credential, "direction": "in", "nonce": nonce or uuid.uuid4().hex} | overrides
        return self.ask("POST", "scans", body)

    def scan(self, credential: str, nonce: str | None = None, **overrides: Any) -> Json:
        return _good(self.send(credential, nonce, **overrides))

    def sync(self, *scans: Json) -> list[Json]:
        """Bring in what was decided without a network, and return what became of each."""
        results: list[Json] = _good(self.ask("POST", "sync", {"scans": scans}))["results"]
        return results

    def roster(self, since: str | None = None) -> Json:
        """Ask for the roster until its files are there."""
        query = {"since": since} if since else {}

        def look() -> Json | None:
            seen = self.look("roster", **query)
            return seen if seen["state"] == "ready" else None

        return wait_for("the roster to be ready", look)

    def roster_file(self, file: Json) -> bytes:
        """Fetch a file of the roster, and see that it is the one that was named."""
        answer = self.http.get(file["url"], headers={"X-Admit-Key": self.key})
        assert answer.status_code == 200, answer.text
        content = httpx.get(answer.json()["url"], timeout=60).content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
        return content


@dataclass(frozen=True)
class PayPage:
    """The stand-in for Stripe: its payment page, its API and its knobs."""

    http: httpx.Client

    def press(self, checkout_url: str, button: str) -> httpx.Response:
        return self.http.post(checkout_url, data={button: "1"})

    def pay(self, order: Json) -> None:
        assert self.press(order["checkout_url"], "pay").status_code == 303

    def debit(self, order: Json) -> None:
        """Choose a debit, which the bank has not decided then."""
        assert self.press(order["checkout_url"], "debit").status_code == 303

    def tell(self, what: str, **said: Any) -> Json:
        """Let a bank or somebody in the dashboard do something, such as `refunds/re_1/fail`."""
        return _good(self.http.post(f"/control/{what}", json=said))

    def all(self, what: str) -> list[Json]:
        """Return all objects of a kind as Stripe's API lists them, the latest first."""
        found: list[Json] = []
        more = True
        while more:
            after = {"starting_after": found[-1]["id"]} if found else {}
            answer = self.http.get(f"/v1/{what}", params={"limit": 100, **after}, auth=(STRIPE_API_KEY, ""))
            page = _good(answer)
            found, more = [*found, *page["data"]], page["has_more"]
        return found

    def pages(self, order: Json) -> list[Json]:
        """Return the payment pages of an order, the latest first."""
        pages = self.all("checkout/sessions")
        return [page for page in pages if page["client_reference_id"] == order["id"]]

    def charges(self, event: Json) -> list[Json]:
        """Return what was charged for the orders of an event, the latest first."""
        charges = self.all("charges")
        return [one for one in charges if one["metadata"].get("event_id") == event["id"] and one["paid"]]

    def payment(self, event: Json, order: Json) -> str:
        """Return the id of the one payment of an order."""
        [charge] = [one for one in self.charges(event) if one["metadata"]["order_id"] == order["id"]]
        reference: str = charge["payment_intent"]
        return reference

    def held(self, event: Json) -> int:
        """Return what was charged for an event's orders and has not gone back."""
        return sum(charge["amount_captured"] - charge["amount_refunded"] for charge in self.charges(event))

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
class Schedules:
    """What the clock begins in the cloud, begun by hand."""

    cloud_url: str

    def begin(self, function: str, task: str) -> Json:
        """Let a function do a task of its schedule and return its answer."""
        functions = cloud_client(self.cloud_url, "lambda")
        [name] = [
            one["FunctionName"]
            for one in functions.list_functions()["Functions"]
            if one["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == function
        ]
        answer = functions.invoke(FunctionName=name, Payload=json.dumps({"task": task}))
        told: Json = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return told

    def said(self, function: str, message: str, since: float) -> list[Json]:
        """Return the lines of a function's log that say this, from a time on."""
        logs = cloud_client(self.cloud_url, "logs")
        lines = logs.filter_log_events(logGroupName=f"/admit/{function}", startTime=int(since * 1000))
        told = [_read_line(event["message"]) for event in lines["events"]]
        return [line for line in told if line.get("message") == message]


def _read_line(line: str) -> Json:
    try:
        told = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


@dataclass(frozen=True)
class Outbox:
    """All mail that was sent."""

    http: httpx.Client
    url: str

    def mails_to(self, address: str) -> list[Json]:
        accounts = _good(self.http.get(self.url))["messages"]
        return [mail for mails in accounts.values() for mail in mails if address in mail["To"]]

    def subjects_to(self, address: str) -> list[str]:
        return sorted(mail["Subject"] for mail in self.mails_to(address))

    def mails_about(self, subject: str) -> list[Json]:
        accounts = _good(self.http.get(self.url))["messages"]
        return [mail for mails in accounts.values() for mail in mails if mail["Subject"] == subject]

    def wait(self, address: str, seconds: float = 60) -> Json:
        """Wait for a mail to an address and return the latest."""
        return wait_for(f"a mail to {address}", lambda: self.mails_to(address) or None, seconds)[-1]

    def wait_about(self, address: str, subject: str) -> str:
        """Wait for a mail to an address with these words in its subject, and return its text."""

        def look() -> str | None:
            found = [mail["BodyText"] for mail in self.mails_to(address) if subject in mail["Subject"]]
            return found[-1] if found else None

        return wait_for(f"a mail to {address} about {subject}", look)

    def wait_titled(self, address: str, subject: str) -> Json:
        """Wait for a mail to an address with this subject and return the latest."""

        def look() -> Json | None:
            found = [mail for mail in self.mails_to(address) if mail["Subject"] == subject]
            return found[-1] if found else None

        return wait_for(f"a mail to {address}: {subject}", look)

    def wait_for_subjects(self, address: str, *subjects: str) -> None:
        """Wait until an address got as many mails, and see that they have these subjects, each once."""

        def look() -> list[str] | None:
            told = [mail["Subject"] for mail in self.mails_to(address)]
            return told if len(told) >= len(subjects) else None

        assert sorted(wait_for(f"{len(subjects)} mails to {address}", look)) == sorted(subjects)


def without_its_page(
    shop: Shop, pay_page: PayPage, event: Json, title: str = "Regular", quantity: int = 1, **overrides: Any
) -> tuple[Json, str]:
    """Place an order whose first payment page is made but never shown.

    Return the order as it is with its second page, and the address of the first.
    """
    body = shop.order_body(event["slug"], title, "card", quantity, **overrides)
    key = uuid.uuid4().hex
    pay_page.set(break_requests=1, only="POST /v1/checkout/sessions")
    refused = shop.send(event["slug"], body, key)
    assert (refused.status_code, refused.json()["code"]) == (503, "payment_unavailable")
    order = _good(shop.send(event["slug"], body, key))
    second, first = pay_page.pages(order)
    assert second["url"] == order["checkout_url"]
    return order, first["url"]


def bounce(cloud_url: str, address: str, order: Json) -> None:
    """Let SES tell that a mail about an order has come back from an address for good."""
    sns = cloud_client(cloud_url, "sns")
    [topic] = [one["TopicArn"] for one in sns.list_topics()["Topics"] if "MailNews" in one["TopicArn"]]
    now = datetime.now(UTC).isoformat()
    news = {
        "eventType": "Bounce",
        "mail": {
            "timestamp": now,
            "messageId": uuid.uuid4().hex,
            "destination": [address],
            "tags": {"order_id": [order["id"]]},
        },
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": address}],
            "timestamp": now,
            "feedbackId": uuid.uuid4().hex,
        },
    }
    sns.publish(TopicArn=topic, Message=json.dumps(news))


def links_in(mail: Json) -> list[str]:
    """Return the links of a mail, which are the same in its text as in its HTML."""
    shown = re.findall(r"https?://\S+", mail["BodyText"])
    buttons = [unescape(link) for link in re.findall(r'href="([^"]+)"', mail["BodyHtml"])]
    assert sorted(shown) == sorted(buttons)
    return shown


def _good(response: httpx.Response) -> Json:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    answer: Json = response.json()
    return answer
