"""An organizer's house to measure in, set up and entered through the functions' own handlers."""

import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from math import cos, sin, tau
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import quote
from uuid import uuid4

import boto3
from boto3.dynamodb.types import TypeSerializer

from admit import keys
from admit.aws.settings import Workshop, workshop
from admit.catalog.price import PaymentMethod
from admit.catalog.seating import Point, SeatCategory, Seating, SectionBrief
from admit.door.roster_head import RosterFile, RosterHead
from admit.ids import order_id, split_ticket_id, ticket_id
from admit.insight.order_list import ListedOrder
from admit.insight.search import words_of
from admit.orders.order import Attention, OrderStatus, load_order
from admit.people.person import HolderDetails, new_person
from admit.seating.ground import box_of
from admit.seating.plan import PlanRow, PlanSeat, PlanSection, section_put
from admit.seating.rows import RowId, StoredRow, rewritten
from admit.store import Key, Put
from admit.tickets.credential import Credential, Signer
from bench.pages import Pages
from bench.wire import Wire
from tests.engine.dynamodb_local import create_table, dynamodb_local
from tests.engine.stream import a_record

FUNCTIONS = (
    "purchase",
    "settle",
    "generate_tickets",
    "project",
    "checkin",
    "door",
    "reports",
    "organizer",
    "catalog",
    "cart",
    "my_tickets",
    "notify",
    "jobs",
)
ORGANIZER = "organizer@house.example"
RELAY = "relay@partner.example"
COLLECTOR = "collector@guests.example"
BILLING = {"company": "Polar Systems AS", "reference": "PO 4711"}
SECRETS = {"link": "the secret of the links", "signing": "the secret of the credentials"}
CODE = "EARLY"
_TABLE = "admit-bench"
_PRICE, _PRICE_WITH_CODE = 24_900, 19_920
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "TABLE_NAME": _TABLE,
    "BUCKET_NAME": "tickets",
    "LINK_SECRET_ARN": "link",
    "SIGNING_SECRET_ARN": "signing",
    "SITE_URL": "https://tickets.example",
    "MAIL_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/mails",
    "FOUNDER_EMAILS": ORGANIZER,
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]


class Request(NamedTuple):
    """What a function is called with, and what its answer must hold for the measurement to count."""

    function: str
    event: dict[str, Any]
    expected: dict[str, Any]

    def answered(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the answer, an HTTP one as its body. Raises AssertionError for another than expected."""
        found = answer
        if "statusCode" in answer:
            found = json.loads(answer["body"]) | {"statusCode": answer["statusCode"]}
        assert found | self.expected == found, f"{self.function} answered {found}"
        return found


class Event(NamedTuple):
    id: str
    slug: str
    free_tier: str
    pass_tier: str

    @property
    def parts(self) -> dict[str, str]:
        return {"event_id": self.id}


@dataclass(eq=False)
class House:
    wire: Wire
    pages: Pages
    handlers: Mapping[str, Handler]
    workshop: Workshop
    organizer: str = ""
    company: str = ""
    device_key: str = ""
    events: dict[int, Event] = field(default_factory=dict)
    """By the number of their index shards."""
    curated: Event | None = None
    """Its orders wait for approval."""
    crowded: Event | None = None
    """Somebody has waited for its passes, which can be had again."""
    seated: Event | None = None
    """Its passes have seats, of which half are taken."""

    def call(self, request: Request) -> dict[str, Any]:
        return request.answered(self.handlers[request.function](request.event, None))

    @property
    def event(self) -> Event:
        return self.events[1]

    @property
    def of_crowded(self) -> Event:
        assert self.crowded is not None
        return self.crowded

    # --- caches ---------------------------------------------------------------------------------------------

    def warm(self) -> None:
        """Fill every cache that a hot path reads: catalog, stock, device, secret."""
        for event in filter(None, (self.event, self.crowded, self.seated)):
            catalog = self.workshop.catalogs.by_slug(event.slug)
            self.workshop.catalogs.left(catalog)
            if seating := catalog.seating:
                sections = [section.id for section in seating.sections]
                self.workshop.seat_maps.grounds(event.id, seating.version, sections)
        self.workshop.devices.get(self.device_key)
        self.workshop.links()

    def forget(self) -> None:
        """Empty the caches of catalogs, stock and seats."""
        for cached in ("catalogs", "seat_maps"):
            self.workshop.__dict__.pop(cached, None)

    # --- requests -------------------------------------------------------------------------------------------

    def as_organizer(
        self,
        method: str,
        route: str,
        parts: Mapping[str, str] | None = None,
        *,
        function: str = "organizer",
        **sent: Any,
    ) -> Request:
        """`route` continues the organizer's own path."""
        own = {"organizer_id": self.organizer, **(parts or {})}
        return http(function, method, "/organizer/{organizer_id}" + route, own, signed_in=ORGANIZER, **sent)

    def placing(
        self, method: str, *, quantity: int = 2, event: Event | None = None, code: str | None = None
    ) -> Request:
        """Return a buyer's new order: free tickets, or passes by card or invoice."""
        event = event or self.event
        free = method == "free"
        price = _PRICE_WITH_CODE if code else _PRICE
        tier_id = event.free_tier if free else event.pass_tier
        total = 0 if free else price * quantity
        return self.placing_lines(event, method, {tier_id: quantity}, total=total, code=code)

    def placing_both(self) -> Request:
        """Return a buyer's new order of a free ticket and a pass, by invoice."""
        lines = {self.event.free_tier: 1, self.event.pass_tier: 1}
        return self.placing_lines(self.event, "invoice", lines, total=_PRICE)

    def placing_lines(
        self, event: Event, method: str, lines: Mapping[str, int], *, total: int, code: str | None = None
    ) -> Request:
        """`lines` are quantities by tier."""
        body = {
            "lines": [{"tier_id": tier_id, "quantity": quantity} for tier_id, quantity in lines.items()],
            "buyer": {"email": f"{uuid4()}@buyers.example", "name": "Berit Buyer"},
            "payment_method": method,
            "total": {"amount": total, "currency": "EUR"},
        }
        if method == "invoice":
            body["billing"] = BILLING
        if code:
            body["code"] = code
        return http(
            "purchase",
            "POST",
            "/public/events/{slug}/orders",
            {"slug": event.slug},
            body=body,
            status=201,
            headers={"Idempotency-Key": str(uuid4())},
        )

    def placing_for_nothing(self, quantity: int, **fields: Any) -> Request:
        """Return an organizer's new complimentary order."""
        body = {
            "lines": [{"tier_id": self.event.free_tier, "quantity": quantity}],
            "buyer": {"email": RELAY, "name": "Rolf Relay"},
            "payment_method": "free",
        }
        return self.as_organizer(
            "POST",
            "/events/{event_id}/orders",
            self.event.parts,
            body=body | fields,
            status=201,
            headers={"Idempotency-Key": str(uuid4())},
        )

    def of_order(
        self,
        method: str,
        route: str,
        order: Mapping[str, Any],
        parts: Mapping[str, str] | None = None,
        function: str = "purchase",
        **sent: Any,
    ) -> Request:
        """`route` continues the order's public path."""
        path = {"order_id": order["id"], **(parts or {})}
        key = {"X-Admit-Key": order["key"]}
        return http(function, method, "/public/orders/{order_id}" + route, path, headers=key, **sent)

    def waiting(self) -> Request:
        """Return somebody's joining the waiting list for passes of the crowded event."""
        event = self.of_crowded
        body = {
            "email": f"{uuid4()}@waiting.example",
            "name": "Vera Waiting",
            "quantity": 1,
            "tier_ids": [event.pass_tier],
        }
        parts = {"slug": event.slug}
        return http("purchase", "POST", "/public/events/{slug}/waiting-list", parts, body=body, status=201)

    def offering(self, offers: int) -> Request:
        """Return the organizer's word to offer what is free, to so many who wait."""
        return self.as_organizer(
            "POST",
            "/events/{event_id}/waiting-list/offer",
            self.of_crowded.parts,
            expected={"offers": offers},
        )

    def accepting(self, entry: Mapping[str, Any]) -> Request:
        """Return the acceptance of somebody's first offer, by invoice, with the key that his mail brings."""
        key = self.workshop.links().waiting_key(entry["id"], 1)
        return http(
            "purchase",
            "POST",
            "/public/events/{slug}/waiting-list/{entry_id}/accept",
            {"slug": self.of_crowded.slug, "entry_id": entry["id"]},
            body={
                "payment_method": "invoice",
                "billing": BILLING,
                "total": {"amount": _PRICE, "currency": "EUR"},
            },
            headers={"X-Admit-Key": key},
            status=201,
        )

    def webhook(self, order: Mapping[str, Any]) -> Request:
        """Return Stripe's news that an order is paid."""
        body, signature = self.pages.pay(order["id"])
        headers = {"Stripe-Signature": signature}
        return http(
            "settle", "POST", "/webhooks/stripe", body=body, headers=headers, expected={"taken": True}
        )

    def scanning(self, credential: str, **expected: Any) -> Request:
        return self.passing({"credential": credential}, **expected)

    def passing(self, shown: Mapping[str, Any], **expected: Any) -> Request:
        """Return a scan of a code or a ticket, in unless `shown` says otherwise."""
        body = {"direction": "in", "nonce": str(uuid4()), **shown}
        return self.at_door("POST", "/scans", body=body, expected=expected)

    def at_door(
        self, method: str, route: str, parts: Mapping[str, str] | None = None, **sent: Any
    ) -> Request:
        """`route` continues the path of the doors."""
        headers = {"X-Admit-Key": self.device_key}
        return http("checkin", method, f"/checkin{route}", parts, headers=headers, **sent)

    def generating(self, order: Mapping[str, Any]) -> Request:
        return stream("generate_tickets", [self.placed_record(order)])

    def placed_record(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Return the stream record of an order that was placed."""
        return a_record(None, self.workshop.table.get(keys.order(order["id"])))

    # --- what requests need ---------------------------------------------------------------------------------

    def an_order_with_tickets(self, quantity: int, **fields: Any) -> dict[str, Any]:
        order = self.call(self.placing_for_nothing(quantity, **fields))
        self.call(self.generating(order))
        return order

    def a_credential(self) -> str:
        """Return the QR code's text of a new ticket."""
        [code] = self.codes(1)
        return code

    def codes(self, quantity: int) -> list[str]:
        """Return the QR codes' texts of the tickets of a new order."""
        order = self.an_order_with_tickets(quantity)
        signer = Signer(SECRETS["signing"], self.event.id)
        return [signer.sign(Credential(order["id"], number + 1, revision=0)) for number in range(quantity)]

    def an_order_at_door(self, quantity: int) -> list[str]:
        """Return the ids of the tickets of a new order."""
        order = self.an_order_with_tickets(quantity)
        return [ticket_id(order["id"], number + 1) for number in range(quantity)]

    def letting_in(self, ticket_ids: Sequence[str]) -> Request:
        """Return a group's way in."""
        body = {"ticket_ids": ticket_ids, "nonce": str(uuid4())}
        return self.at_door("POST", "/group", body=body)

    def let_in(self, tickets: int) -> None:
        """Let so many come in, and the stream tell of it."""
        ticket_ids = self.an_order_at_door(tickets)
        self.call(self.letting_in(ticket_ids))
        found = [self.workshop.table.get(keys.ticket(*split_ticket_id(one))) for one in ticket_ids]
        self.call(stream("project", [a_record(None, item) for item in found]))

    def give_to_one(self, tickets: int) -> str:
        """Let one guest hold so many tickets, and be searched for; return how he is called."""
        said = HolderDetails(email="quentin@guests.example", name="Quentin Quill")
        person = new_person(self.event.id, 1, said, datetime.now(UTC))
        person = person.model_copy(update={"tickets": self.an_order_at_door(tickets)})
        words = [
            Put(
                keys.search_word(self.event.id, person.shard, word, person.id),
                {"kind": "word", "person_id": person.id},
            )
            for word in words_of(person)
        ]
        fill(_TABLE, [person.put(), *words])
        return "quentin"

    def write_roster(self, chunks: int) -> None:
        """Let the event have a roster of so many files."""
        file = RosterFile(name=f"0001-chunk-000-{'0' * 12}", size=1_000_000, sha256="0" * 64, entries=5_000)
        head = RosterHead(
            event_id=self.event.id,
            generation=1,
            built_at=datetime.now(UTC),
            as_of=datetime.now(UTC),
            chunks=[file] * chunks,
            tier_ids=[self.event.free_tier, self.event.pass_tier],
        )
        self.workshop.table.write(head.put())

    def let_hold_end(self, placed: Mapping[str, Any]) -> None:
        """Make the hold of an order end in the past."""
        order = load_order(self.workshop.table, placed["id"])
        past = datetime(2020, 1, 1, tzinfo=UTC)
        self.workshop.table.write(order.model_copy(update={"hold_expires_at": past}).over(order))

    def hold(self, orders: int) -> None:
        """Let so many card orders wait for their payment, whose time is far from up."""
        order = load_order(self.workshop.table, self.call(self.placing("card"))["id"])
        far = order.placed_at + timedelta(days=300)
        for _ in range(orders):
            waiting = order.model_copy(
                update={"id": order_id(self.event.id, uuid4().hex), "hold_expires_at": far}
            )
            self.workshop.table.write(waiting.put())

    def collect(self, tickets: int) -> None:
        """Let one person have so many tickets."""
        body = {"buyer": {"email": COLLECTOR, "name": "Carl Collector"}}
        self.an_order_with_tickets(tickets, **body)

    def invite(self, persons: int) -> None:
        """Let the event have so many more attendees, and be searched for them."""
        event_id, now = self.event.id, datetime.now(UTC)
        writes: list[Put] = []
        for number in range(persons):
            said = HolderDetails(email=f"guest{number}.{persons}@guests.example", name=f"Guest {number:06d}")
            person = new_person(event_id, 1, said, now)
            writes.append(person.put())
            for word in words_of(person):
                key = keys.search_word(event_id, person.shard, word, person.id)
                writes.append(Put(key, {"kind": "word", "person_id": person.id}))
        fill(_TABLE, writes)

    def list_orders(self, orders: int) -> None:
        """Let the event of four shards have so many orders in its list; one in ten waits for approval."""
        event = self.events[4]
        order = load_order(self.workshop.table, self.call(self.placing("card", event=event))["id"])
        first = ListedOrder.of_order(order)
        puts: list[Put] = []
        for number in range(orders):
            waits = number % 10 == 0
            row = first.model_copy(
                update={
                    "id": order_id(event.id, uuid4().hex),
                    "placed_at": first.placed_at - timedelta(seconds=number),
                    "status": OrderStatus.AWAITING_APPROVAL if waits else OrderStatus.SETTLED,
                    "payment_method": PaymentMethod.INVOICE if number % 2 else PaymentMethod.CARD,
                    "attention": [Attention.APPROVAL_WAITING] if waits else [],
                }
            )
            item = {"kind": "order_row", **row.attributes()}
            puts += [Put(row.key_in(facet), item) for facet in row.facets]
            puts += [Put(row.word_key(word), {"kind": "word"}) for word in row.words]
        fill(_TABLE, puts)

    # --- moving in ------------------------------------------------------------------------------------------

    def move_in(self) -> None:
        name = {"name": "House"}
        founding = http("organizer", "POST", "/organizer", body=name, status=201, signed_in=ORGANIZER)
        self.organizer = self.call(founding)["id"]
        self.events = {
            1: self._open_event("hall", capacity=2_000),
            4: self._open_event("arena", capacity=8_000),
        }
        self.call(self._adding("discounts", self.event, {"title": "Early", "code": CODE, "percent": "20"}))
        self.device_key = self._pair_device()
        company = self.as_organizer("POST", "/companies", body={"name": "Partner"}, status=201)
        self.company = self.call(company)["id"]
        self.call(
            self.as_organizer(
                "PUT",
                "/companies/{company_id}/relays/{email}",
                {"company_id": self.company, "email": quote(RELAY)},
                body={"name": "Rolf Relay", "primary": True},
            )
        )

    def curate(self) -> Event:
        """Open the event whose orders wait for approval and hold nothing meanwhile."""
        self.curated = self.curated or self._open_event("salon", capacity=2_000, approval_required=True)
        return self.curated

    def crowd(self) -> Event:
        """Open the event whose only pass was sold, and waited for, before there were more."""
        if self.crowded is None:
            event = self.crowded = self._open_event("club", capacity=2_000, passes=1)
            self.call(self.placing("invoice", quantity=1, event=event))
            self.forget()
            self.call(self.waiting())
            self.call(self.editing(event, ticket_limit=1_000))
            self.call(self.offering(1))
        return self.crowded

    def seat(self) -> Event:
        """Open the event in a house of 60,000 seats: 40 blocks of 30 rows of 50 around a field."""
        if self.seated is None:
            event = self.seated = self._open_event("stadium", capacity=120_000)
            blocks = [_block(number) for number in range(40)]
            seating = Seating(
                event_id=event.id,
                version=1,
                categories=[SeatCategory(id="all", title="All", tier_ids=[event.pass_tier])],
                sections=[
                    SectionBrief(
                        id=block.id,
                        title=block.title,
                        rows=30,
                        seats=1_500,
                        categories=["all"],
                        box=box_of([seat for _, seat in block.seats()]),
                    )
                    for block in blocks
                ],
                focus=Point(x=0, y=-45),
            )
            random, now = Random(7), datetime.now(UTC)
            puts = [seating.put(), *(section_put(event.id, 1, block) for block in blocks)]
            for number, (block, row) in enumerate((b, row) for b in blocks for row in b.rows.values()):
                tickets = (f"{number:013x}-{at + 1}" for at in range(len(row.seats)))
                said = {seat.id: ticket for seat, ticket in zip(row.seats, tickets, strict=True)}
                half = {seat: ticket for seat, ticket in said.items() if random.random() < 0.5}
                puts.append(rewritten(event.id, StoredRow(RowId(block.id, row.id)), half, now))
            fill(_TABLE, puts)
            self.forget()
        return self.seated

    def editing(self, event: Event, **fields: Any) -> Request:
        """Return a change of the passes of an event."""
        parts = {**event.parts, "tier_id": event.pass_tier}
        return self.as_organizer(
            "PATCH", "/events/{event_id}/tiers/{tier_id}", parts, function="catalog", body=fields
        )

    def _adding(self, what: str, event: Event, body: Mapping[str, Any]) -> Request:
        route = f"/events/{{event_id}}/{what}"
        return self.as_organizer("POST", route, event.parts, function="catalog", body=body, status=201)

    def _pair_device(self) -> str:
        device = {"name": "North door"}
        route = "/events/{event_id}/devices"
        adding = self.as_organizer("POST", route, self.event.parts, function="door", body=device, status=201)
        code = {"code": self.call(adding)["code"]}
        paired = self.call(http("checkin", "POST", "/checkin/pair", body=code, status=201))
        key: str = paired["device_key"]
        return key

    def _open_event(self, place: str, *, capacity: int, passes: int | None = None, **fields: Any) -> Event:
        starts_at = datetime.now(UTC) + timedelta(days=60)
        slug = f"conference-in-the-{place}"
        settings = {
            "slug": slug,
            "title": "Northern Lights Conference",
            "description": "Two days on building software that lasts, with workshops on the second day.",
            "timezone": "Europe/Oslo",
            "currency": "EUR",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(days=1)).isoformat(),
            "venue": {"name": "Clarion Harbour Hall", "address": "Kaibakken 1, 9008 Tromsø"},
            "capacity": capacity,
            "show_available": True,
            **fields,
        }
        creating = self.as_organizer("POST", "/events", function="catalog", body=settings, status=201)
        event = self.call(creating)
        [general] = event["categories"]
        tier = {
            "title": "Conference pass",
            "category": general["id"],
            "description_line": "Both days, lunch and the evening reception",
            "prices": [
                {
                    "label": "Regular",
                    "amount": {"amount": _PRICE, "currency": "EUR"},
                    "payment_methods": ["card", "invoice"],
                }
            ],
            "ticket_limit": passes or capacity // 2,
            "ticket_limit_per": 10 if passes is None else None,
        }
        opened = Event(event["id"], slug, general["tiers"][0]["id"], pass_tier="")
        pass_tier = self.call(self._adding("tiers", opened, tier))
        publishing = self.as_organizer("POST", "/events/{event_id}/publish", opened.parts, function="catalog")
        self.call(publishing)
        return opened._replace(pass_tier=pass_tier["id"])


def _block(number: int) -> PlanSection:
    """Draw a block of seats at its angle around the field."""
    angle = number / 40 * tau
    rows = {}
    for row in range(1, 31):
        seats = (
            PlanSeat(
                id=str(at),
                label=str(at),
                x=round((60 + row) * cos(angle) - (at - 25.5) / 5 * sin(angle), 2),
                y=round((40 + row) * sin(angle) + (at - 25.5) / 5 * cos(angle), 2),
                category="all",
                gap_before=at == 26,
            )
            for at in range(1, 51)
        )
        rows[str(row)] = PlanRow(str(row), str(row), tuple(seats))
    return PlanSection(f"block_{number}", f"Block {number}", rows)


@contextlib.contextmanager
def a_house() -> Iterator[House]:
    """Open a house on a DynamoDB Local of its own."""
    with dynamodb_local() as endpoint, Path(os.devnull).open("w") as nowhere:
        os.environ.update(_ENVIRONMENT, AWS_ENDPOINT_URL_DYNAMODB=endpoint)
        session = boto3.Session()
        boto3.DEFAULT_SESSION = session
        wire = Wire(session, SECRETS)
        create_table(boto3.client("dynamodb"), _TABLE)
        with contextlib.redirect_stdout(nowhere):  # the log's lines are written, and read by nobody
            handlers = {function: _handler(function) for function in FUNCTIONS}
        house = House(wire, Pages(), handlers, workshop())
        with mock.patch.object(Workshop, "gateway", house.pages):
            house.move_in()
            yield house


def fill(table: str, puts: Iterable[Put]) -> None:
    """Store many items, as fast as they go in."""
    client = boto3.client("dynamodb")
    encode = TypeSerializer().serialize

    def store(some: Sequence[Put]) -> None:
        images = [{**_key(put.key), **{name: encode(it) for name, it in put.item.items()}} for put in some]
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": image}} for image in images]})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(store, batched(puts, 25, strict=False)))


def http(
    function: str,
    method: str,
    route: str,
    parts: Mapping[str, str] | None = None,
    *,
    body: Any = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    signed_in: str | None = None,
    expected: dict[str, Any] | None = None,
) -> Request:
    """Return a request as API Gateway hands it over."""
    path = route.format(**(parts or {}))
    sent = {"Content-Type": "application/json", **(headers or {})}
    if route.startswith("/organizer"):
        caller: dict[str, Any] = {"email": signed_in, "until": "2100-01-01T00:00:00.000Z"}
    else:
        caller = {"claims": {"email": signed_in, "email_verified": "true", "token_use": "id"}}
    event: dict[str, Any] = {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
        "pathParameters": parts,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid4()),
            "path": f"/prod{path}",
            "stage": "prod",
            "httpMethod": method,
            "domainName": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
            "identity": {"sourceIp": "192.0.2.1"},
            **({"authorizer": caller} if signed_in else {}),
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }
    return Request(function, event, {"statusCode": status, **(expected or {})})


def stream(function: str, records: Sequence[dict[str, Any]]) -> Request:
    return Request(function, {"Records": list(records)}, {"batchItemFailures": []})


def _handler(function: str) -> Handler:
    name = f"bench.functions.{function}"
    spec = importlib.util.spec_from_file_location(name, Path("functions") / function / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
