"""Companies, their relays and an event that they take part in, set up over the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from admit.aws.table import DynamoTable
from admit.orders.order import Order, OrderStatus, load_order
from admit.people.person import Holder
from admit.tickets.ticket import tickets_from
from tests.builders import a_name
from tests.engine.api import FOUNDER, Answer, Api

type Json = dict[str, Any]

INGRID, JONAS, KARI = "ingrid@polar.example", "jonas@polar.example", "kari@fjord.example"
BILLED = {
    "company": "Polar Systems AS",
    "address": {"street": "Storgata 1", "postal_code": "9008", "city": "Tromsø", "country": "NO"},
    "vat_id": "NO 987 654 321 MVA",
    "email": "invoices@polar.example",
    "reference": "Dept. 7",
}


def euro(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


@dataclass(frozen=True)
class Partners:
    """An organizer with an event on sale, whose second tier costs 125 euros."""

    api: Api
    table: DynamoTable
    organizer: str
    event: str
    event_id: str
    tier: str

    def send(self, method: str, path: str, body: Any = None, as_: str = FOUNDER, **request: Any) -> Answer:
        sent = [] if body is None else [body]
        return self.api.send(method, path, *sent, as_=as_, **request)

    def done(self, method: str, path: str, body: Any = None, as_: str = FOUNDER, **request: Any) -> Any:
        answer = self.send(method, path, body, as_, **request)
        assert answer.status < 400, answer.text
        return answer.body

    def company(self, name: str = "Polar Systems", *relays: str, **fields: Any) -> str:
        """Enter a company with these relays, the first of them primary; return its id."""
        company_id: str = self.done("POST", f"{self.organizer}/companies", {"name": name} | fields)["id"]
        for email in relays:
            self.done("PUT", f"{self.organizer}/companies/{company_id}/relays/{email}", {"name": email[:5]})
        return company_id

    def allotment(self, company_id: str | None, units: int = 10, **fields: Any) -> str:
        body = {"title": "Partners", "units": units, "tier_id": self.tier, "company_id": company_id}
        allotment_id: str = self.done("POST", f"{self.event}/allotments", body | fields)["id"]
        return allotment_id

    def draw(
        self, company_id: str, allotment_id: str, quantity: int = 1, *, as_: str = INGRID, **fields: Any
    ) -> Answer:
        key = fields.pop("key", None) or a_name("key")
        path = f"/distribution/companies/{company_id}/allotments/{allotment_id}/orders"
        return self.send("POST", path, {"quantity": quantity} | fields, as_, idempotency_key=key)

    def place(self, quantity: int = 1, **fields: Any) -> Answer:
        """Place an order of the organizer for the second tier, free of charge if nothing else is said."""
        body: Json = {
            "lines": [{"tier_id": self.tier, "quantity": quantity}],
            "buyer": {"email": INGRID, "name": "Ingrid Dahl"},
            "payment_method": "free",
        }
        return self.send("POST", f"{self.event}/orders", body | fields, idempotency_key=a_name("key"))

    def placed(self, quantity: int = 1, **fields: Any) -> str:
        answer = self.place(quantity, **fields)
        assert answer.status == 201, answer.text
        order_id: str = answer.body["id"]
        return order_id

    def fulfil(self, order_id: str, *, held: int = 0, used: int = 0) -> Order:
        """Make the tickets of an order; somebody holds so many, and has gone in with so many."""
        order = load_order(self.table, order_id)
        holder = Holder(email=KARI, name="Kari Nordmann")
        for ticket in tickets_from(order):
            update = {
                "holder": holder if ticket.number <= held else None,
                "entries": int(ticket.number <= used),
            }
            self.table.write(ticket.model_copy(update=update).put())
        fulfilled = order.model_copy(update={"status": OrderStatus.FULFILLED})
        return Order.of(self.table.write(fulfilled.over(order)))

    def pages(self, path: str, limit: int) -> Iterator[list[Json]]:
        """Give a list page by page."""
        cursor: str | None = None
        while True:
            query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
            page = self.done("GET", path, query=query)
            yield page["items"]
            cursor = page["cursor"]
            if cursor is None:
                return


def an_organizer(api: Api, name: str = "Northern Lights") -> str:
    """Open an account and return its path."""
    return f"/organizer/{api.post('/organizer', {'name': name}, as_=FOUNDER).body['id']}"


def partners(api: Api, table: DynamoTable, **fields: Any) -> Partners:
    """Open an account and put an event on sale."""
    organizer = an_organizer(api)
    settings = {
        "title": "Summit",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "slug": a_name("summit"),
        "starts_at": "2027-06-03T07:00:00Z",
        "ends_at": "2027-06-04T15:00:00Z",
    }
    event = api.post(f"{organizer}/events", settings | fields, as_=FOUNDER).body
    path = f"{organizer}/events/{event['id']}"
    tier = {
        "title": "Pass",
        "category": event["categories"][0]["id"],
        "ticket_limit": 100,
        "prices": [{"amount": euro(12_500), "payment_methods": ["card", "invoice"]}],
    }
    made = api.post(f"{path}/tiers", tier, as_=FOUNDER)
    assert made.status == 201, made.text
    assert api.post(f"{path}/publish", as_=FOUNDER).status == 200
    return Partners(api, table, organizer, path, event["id"], made.body["id"])
