"""An event with everything that somebody may want to look at or change, and all kinds of people around it.

Whatever is private in it has the word PRIVATE in its name or address; what belongs to the outsiders has not.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from typing import Any

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.door.device import Profile
from admit.job import JobMessage
from admit.orders.billing import BillingMessage
from admit.orders.order import load_order
from admit.passes.content import pass_serial
from admit.people.account import Member, Role
from admit.people.person import person_id
from admit.store import Check, Delete, Item, Key, Put, Update, Write
from admit.tickets.credential import Credential, Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import Images, load_ticket
from tests.builders import NOW, SIGNING_SECRET, a_name
from tests.engine.api import FOUNDER, Answer, Api, serving
from tests.engine.dynamodb_local import create_table
from tests.engine.stream import a_record
from tests.wallets import PASS_TYPE

type Json = dict[str, Any]

PRIVATE = "zebedee"
STRANGER = "stranger@elsewhere.example"
OTHER_BUYER = "other@elsewhere.example"
OTHER_RELAY = "relay@elsewhere.example"
OTHER_OWNER = "owner@elsewhere.example"
START, END = "2027-06-03T07:00:00Z", "2027-06-04T15:00:00Z"
BADGE = "#let badge(face) = [#face.name]"
CODE_OF_NOBODY = "0000000000000-nothing"


def mail_of(first_name: str) -> str:
    """Return the address of one of the people of the event."""
    return f"{first_name}@{PRIVATE}.example"


def somebody(first_name: str) -> Json:
    return {"email": mail_of(first_name), "name": f"{first_name.title()} {PRIVATE.title()}"}


def a_contact(first_name: str) -> Json:
    """Return one of them as a relay enters him in his address book."""
    return {"email": mail_of(first_name), "first_name": first_name.title(), "last_name": PRIVATE.title()}


def a_plan(tier_id: str, *, rows: int) -> Json:
    """Return a plan of a hall with ten seats a row, for a tier."""
    of_hall = [{"id": str(row), "count": 10, "x": 0, "y": row} for row in range(1, rows + 1)]
    return {
        "categories": [{"id": "all", "title": "All", "tier_ids": [tier_id]}],
        "sections": [{"id": "hall", "title": "Hall", "category": "all", "rows": of_hall}],
    }


PEOPLE = {
    "kari": "the buyer",
    "hanna": "the holder",
    "fred": "the former holder",
    "nora": "the new owner",
    "adam": "the addressee",
    "gina": "the company's guest",
    "eva": "the company's contact",
    "erik": "another contact of it",
    "rita": "the primary relay",
    "rolf": "the relay",
    "frida": "the former relay",
    "wanda": "who waits",
    "sven": "other persons of the event",
}
"""Whose names and addresses stand in the event, by first name."""


class Journal(DynamoTable):
    """The same table, noting what is written."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        super().__init__(dynamodb, name)
        self.written: list[Key] = []

    def write(self, write: Put | Update | Delete) -> Item:
        done = super().write(write)
        self.written.append(write.key)
        return done

    def transact(self, writes: Sequence[Write]) -> None:
        super().transact(writes)
        self.written += [one.key for one in writes if not isinstance(one, Check)]

    def image(self) -> dict[Key, Any]:
        """Return every item of the table in DynamoDB's own form."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._name, ConsistentRead=True)
        return {
            Key(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page.get("Items", [])
        }

    def put_back(self, image: Mapping[Key, Any]) -> None:
        """Undo what was written since the table was as this image shows it."""
        for key in set(self.written):
            if key in image:
                self._client.put_item(TableName=self._name, Item=image[key])
            else:
                name = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
                self._client.delete_item(TableName=self._name, Key=name)
        self.written.clear()


@dataclass(frozen=True)
class Caller:
    """Somebody with all that he has: an address to sign in with, keys, and things of his own."""

    name: str
    meaning: str
    email: str | None = None
    """Or the secret of the API key that it is."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """By what they open; the first one is sent where he has none for what is asked."""
    own: Mapping[str, str] = field(default_factory=dict)
    """What is his at another event, order or company, by its name in addresses."""
    outside: bool = False
    """Whether nothing that is private in the event is his to see."""
    wallet: str = ""
    pairing: str = CODE_OF_NOBODY
    signs: bool = False
    """Whether he has Stripe's secret."""


@dataclass
class World:
    """The event, by what addresses and bodies name, and all callers."""

    api: Api
    table: Journal
    known: Mapping[str, Any]
    callers: Sequence[Caller]
    image: Mapping[Key, Any]
    inner: frozenset[str]
    """The partitions in which something private stands."""
    _beyond: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._beyond = self._state()

    def changed(self) -> list[str]:
        """Name what has been written or asked for since it was put back."""
        now = self._state()
        beyond = [name for name, state in self._beyond.items() if now[name] != state]
        return [f"{key.pk} {key.sk}" for key in self.table.written] + beyond

    def put_back(self) -> None:
        """Make everything as it was."""
        self.table.put_back(self.image)
        for name, state in self._beyond.items():
            holder, attribute = self._places()[name]
            setattr(holder, attribute, state.copy())

    def _places(self) -> dict[str, tuple[Any, str]]:
        shop: Any = self.api.shop
        places = {
            "mails": (shop.mail_queue, "requests"),
            "jobs": (shop.job_queue, "messages"),
            "jobs for later": (shop.job_queue, "delayed"),
            "bills": (shop.billing_queue, "messages"),
            "files": (shop.bucket, "objects"),
        }
        kept = [name for name, value in vars(shop.gateway).items() if isinstance(value, dict | list)]
        return places | {f"Stripe's {name}": (shop.gateway, name) for name in kept if name != "calls"}

    def _state(self) -> dict[str, Any]:
        return {name: getattr(*place).copy() for name, place in self._places().items()}


@contextmanager
def access_world(dynamodb: Any) -> Iterator[World]:
    """Set everything up on a table of its own, and serve it until the block is left."""
    name = a_name("access")
    create_table(dynamodb, name)
    journal = Journal(dynamodb, name)
    with serving(journal) as api:
        yield _Builder(api, journal).build()


class _Builder:
    """Sets one thing up after the other, over the API where there is a route for it."""

    def __init__(self, api: Api, table: Journal) -> None:
        self.api = api
        self.table = table
        self.known: dict[str, Any] = {}

    def build(self) -> World:
        self.organizer, self.organizer_id = self.account("Northern Lights", "owner")
        for role in (Role.MANAGER, Role.FINANCE, Role.DOOR):
            self.table.write(Member(organizer_id=self.organizer_id, email=mail_of(role), role=role).put())
        event = self.event(self.organizer)
        self.event_id, self.public = event["id"], f"/public/events/{event['slug']}"
        self.path = f"{self.organizer}/events/{self.event_id}"
        self.known |= {
            "organizer_id": self.organizer_id,
            "event_id": self.event_id,
            "slug": event["slug"],
            "pass_type": PASS_TYPE,
            "device_id": "phone",
            "other_phone": "another",
            "kind": "tickets_ready",
            "language": "nb",
            "sequence": 1,
            "act": "note",
            "reason": "approval_waiting",
        }
        self.set_up(event)
        self.done("POST", f"{self.path}/publish")
        self.sell()
        self.seat()
        self.hand_out()
        self.company_hands_out()
        self.company_distributes()
        self.bring_in()
        self.open_doors()
        self.run_account()
        self.listen()
        unpaired = self.done("POST", f"{self.path}/devices", {"name": "Second door"})["code"]
        inner = frozenset(key.pk for key in self.table.image())
        callers = [*self.insiders(unpaired), *self.outsiders()]
        others = [caller.own["organizer_id"] for caller in callers if "organizer_id" in caller.own]
        for account in (self.organizer_id, *others):
            self.table.write(Delete(keys.member(account, FOUNDER)))
        self.table.written.clear()
        return World(self.api, self.table, self.known, callers, self.table.image(), inner)

    # --- by name --------------------------------------------------------------------------------------------

    def done(
        self, method: str, path: str, body: Any = None, as_: str | None = FOUNDER, **request: Any
    ) -> Any:
        sent = [] if body is None else [body]
        answer: Answer = self.api.send(method, path, *sent, as_=as_, **request)
        assert answer.status < 400, (method, path, answer.text)
        return answer.body

    def account(self, name: str, owner: str) -> tuple[str, str]:
        account = self.done("POST", "/organizer", {"name": name})["id"]
        email = owner if "@" in owner else mail_of(owner)
        self.table.write(Member(organizer_id=account, email=email, role=Role.OWNER).put())
        return f"/organizer/{account}", account

    def event(self, organizer: str) -> Json:
        settings = {
            "title": "Summit",
            "timezone": "Europe/Oslo",
            "currency": "EUR",
            "slug": a_name("summit"),
            "starts_at": START,
            "ends_at": END,
            "invoice_policy": "on_release",
            "capacity": 500,
        }
        return dict(self.done("POST", f"{organizer}/events", settings))

    def device(self, path: str, profile: Profile = Profile.SUPERVISOR) -> str:
        """Pair a device and return its key."""
        code = self.done("POST", f"{path}/devices", {"name": "Door", "profile": profile})["code"]
        return str(self.done("POST", "/checkin/pair", {"code": code})["device_key"])

    def work_off(self, job_id: str) -> str:
        """Have a job done that the stream would tell of."""
        self.api.shop.job_queue.send([JobMessage(job_id=job_id)])
        self.api.work_off_jobs()
        return job_id

    # --- the event ------------------------------------------------------------------------------------------

    def set_up(self, event: Json) -> None:
        path = self.path
        [category] = event["categories"]
        lounge = [{"title": "Lounge", "provider": "voucher", "reference": "L1", "auto": False}]
        paid = [{"amount": euro(4_900), "payment_methods": ["card", "invoice"]}]
        fields: Mapping[str, Json] = {
            "Pass": {"offers": lounge, "ticket_limit": 100},
            "Paid": {"prices": paid, "ticket_limit": 100},
            "Decided": {"approval_required": True},
            "Boat": {"ticket_limit": 0},
            "Seated": {"ticket_limit": 100},
            "Spare": {"limited": True, "limited_whitelist_users": [{"email": mail_of("sven")}]},
        }
        self.tiers = {
            title: self.done("POST", f"{path}/tiers", {"title": title, "category": category["id"], **one})[
                "id"
            ]
            for title, one in fields.items()
        }
        company = self.done("POST", f"{self.organizer}/companies", {"name": f"{PRIVATE.title()} Systems AS"})[
            "id"
        ]
        for relay in ("rita", "rolf", "frida"):
            name = {"name": somebody(relay)["name"]}
            self.done("PUT", f"{self.organizer}/companies/{company}/relays/{mail_of(relay)}", name)
        self.done("PUT", f"{path}/organizations/{company}", {"role": "sponsor"})
        allotment = {
            "title": "Partners",
            "units": 20,
            "tier_id": self.tiers["Pass"],
            "company_id": company,
            "terms": {"price": "free"},
        }
        idle = self.done("POST", f"{self.organizer}/companies", {"name": "Idle"})["id"]
        self.done("PUT", f"{path}/organizations/{idle}", {"role": "partner"})
        upload = self.done("POST", f"{path}/uploads", {"content_type": "image/png", "bytes": 9})
        self.api.bucket.receive(upload["fields"])
        self.done("PATCH", path, {"images": [upload["id"]]})
        ask = {"title": "Hotel?", "kind": "yes_no", "asked_of": "order", "asked_at": "later"}
        wording = {"subject": "Your tickets", "text": "{link}\n\nWelcome."}
        self.done("PUT", f"{path}/mail-texts/tickets_ready/nb", wording)
        self.done("PUT", f"{path}/badges/plain", {"source": BADGE})
        self.known |= {
            "company_id": company,
            "idle_company": idle,
            "tier_id": self.tiers["Spare"],
            "tier_ids": [*self.tiers.values(), category["tiers"][0]["id"]],
            "pass": self.tiers["Pass"],
            "boat": self.tiers["Boat"],
            "category_id": self.done("POST", f"{path}/categories", {"title": "Extras"})["id"],
            "first_category": category["id"],
            "question_id": self.done("POST", f"{path}/questions", ask)["id"],
            "discount_id": self.done(
                "POST", f"{path}/discounts", {"title": "Early", "percent": "10", "code": "EARLY"}
            )["id"],
            "quota_id": self.done("POST", f"{path}/quotas", {"title": "Hall", "limit": 9})["id"],
            "allotment_id": self.done("POST", f"{path}/allotments", allotment)["id"],
            "unused_allotment": self.done("POST", f"{path}/allotments", allotment)["id"],
            "seats": self.done("POST", f"{path}/allotments", allotment | {"tier_id": self.tiers["Seated"]})[
                "id"
            ],
            "image_id": upload["id"],
            "email": mail_of("rolf"),
            "name": "plain",
        }

    def sell(self) -> None:
        """Take orders of each kind, and let somebody wait."""
        buyer = somebody("kari")
        order = partial(self.order, buyer=buyer)
        self.bought = order("Pass", quantity=6)
        card = order("Paid", "card")
        invoice, settled = order("Paid", "invoice"), order("Paid", "invoice")
        self.done("POST", f"{self.path}/orders/{settled['id']}/settle", {"note": "bank"})
        refund = {"amount": euro(100)}
        self.done("POST", f"{self.path}/orders/{settled['id']}/refund", refund, idempotency_key="refund")
        billing: Any = self.api.shop.billing_queue
        billing.send([BillingMessage(order_id=invoice["id"])])
        self.api.bill()
        document, *_ = self.done("GET", f"{self.path}/orders/{invoice['id']}")["documents"]
        decided = order("Decided")
        seatless = order("Seated")
        self.documents = {document["number"]: document["url"].partition("key=")[2]}
        self.known |= {
            "order_id": self.bought["id"],
            "card": card["id"],
            "page": f"cs_{card['id']}_1",
            "invoice": invoice["id"],
            "settled": settled["id"],
            "decided": decided["id"],
            "seatless": seatless["id"],
            "document": document["number"],
        }
        wait = {**somebody("wanda"), "quantity": 1, "tier_ids": [self.tiers["Boat"]]}
        entry = self.done("POST", f"{self.public}/waiting-list", wait)
        self.done("PATCH", f"{self.path}/tiers/{self.tiers['Boat']}", {"ticket_limit": 1})
        self.done("POST", f"{self.path}/waiting-list/offer")
        self.known["entry_id"] = entry["id"]

    def order(
        self, tier: str, method: str = "free", *, quantity: int = 1, buyer: Json, **fields: Any
    ) -> Json:
        body = {
            "lines": [{"tier_id": self.tiers[tier], "quantity": quantity}],
            "buyer": buyer,
            "payment_method": method,
            "total": euro(0 if method == "free" else 4_900),
            **({"billing": {"company": "Somewhere AS"}} if method == "invoice" else {}),
        }
        placed = self.done(
            "POST", f"{self.public}/orders", body | fields, as_=None, idempotency_key=a_name("key")
        )
        self.issue(self.event_id, placed["id"])
        return dict(placed)

    def issue(self, event_id: str, order_id: str) -> None:
        """Make the tickets of an order, if it is to have any."""
        order = load_order(self.table, order_id)
        if order.status == "settled":
            event = load_catalog(self.table, event_id).event
            issue(self.table, self.api.bucket, Signer(SIGNING_SECRET, event_id), event, order, now=NOW)

    # --- its tickets ----------------------------------------------------------------------------------------

    def seat(self) -> None:
        """Give the event a hall, of which a row is kept, and sell a seat in it."""
        seating = f"{self.path}/seating"
        plan = a_plan(self.tiers["Seated"], rows=3)
        self.done("PUT", seating, plan)
        self.done("POST", f"{seating}/block", {"rows": ["hall-3"]})
        seated = self.order("Seated", buyer=somebody("kari"))["id"]
        self.known |= {
            "seated": self.tiers["Seated"],
            "seated_ticket": f"{seated}-1",
            "plan": a_plan(self.tiers["Seated"], rows=4),
        }

    def hand_out(self) -> None:
        """Give six tickets: one held, one passed on, one offered, the others nameless, two behind a link."""
        bought, key = self.bought["id"], {"key": self.bought["key"]}
        tickets = [f"{bought}-{number}" for number in range(1, 7)]
        for number, holder in ((1, "fred"), (1, "hanna"), (2, "fred")):
            details = somebody(holder) | {"title": "Engineer"}
            self.done("PUT", f"/public/orders/{bought}/tickets/{number}/holder", details, **key)
        passed_on, offered = (
            self.done("POST", f"/me/tickets/{tickets[at]}/transfer", {"email": mail_of(to)}, mail_of("kari"))
            for at, to in ((1, "nora"), (2, "adam"))
        )
        name = {"name": somebody("nora")["name"]}
        self.done("POST", f"/me/transfers/{passed_on['code']}/accept", name, mail_of("nora"))
        link = self.done("POST", f"/public/orders/{bought}/claim-links", {"tickets": tickets[3:5]}, **key)
        sheet = self.done("POST", f"/public/orders/{bought}/assignments", self.sheet(tickets[5]), **key)
        for other in ("sven", "solveig"):
            self.done("POST", f"{self.path}/persons", somebody("sven") | {"name": f"{other} {PRIVATE}"})
        self.draw(1, 2, of=bought)
        self.known |= {
            "ticket_id": tickets[0],
            "passed_on": tickets[1],
            "offered": tickets[2],
            "free_ticket": tickets[5],
            "number": 1,
            "second": 2,
            "code": offered["code"],
            "link_id": link["id"],
            "serial": pass_serial(tickets[0], 2),
            "job_id": self.work_off(sheet["id"]),
            "person_id": person_id(self.event_id, mail_of("sven"), f"sven {PRIVATE}"),
            "other_person": person_id(self.event_id, mail_of("sven"), f"solveig {PRIVATE}"),
        }
        wallet = f"/wallet/v1/devices/phone/registrations/{PASS_TYPE}/{self.known['serial']}"
        token = {"Authorization": f"ApplePass {self.api.links.pass_token(self.known['serial'])}"}
        self.done("POST", wallet, {"pushToken": "a1b2"}, headers=token)

    def draw(self, *numbers: int, of: str) -> None:
        """Have the pictures of tickets drawn, as the stream does."""
        for number in numbers:
            drawn = "SET images = :drawn"
            self.table.write(Update(keys.ticket(of, number), drawn, None, {"drawn": Images.DRAWN}))

    def sheet(self, ticket_id: str) -> Json:
        """Return a dry run that gives one ticket to somebody."""
        file = StringIO(newline="")
        csv.writer(file).writerows(
            [["ticket_id", "new_email", "new_name"], [ticket_id, mail_of("sven"), f"Sven {PRIVATE}"]]
        )
        return {"csv": file.getvalue(), "dry_run": True}

    def company_hands_out(self) -> None:
        """Let a relay draw three tickets: one held by a guest, one behind a link, one nameless."""
        company = f"/distribution/companies/{self.known['company_id']}"
        draw = f"{company}/allotments/{self.known['allotment_id']}/orders"
        rita = mail_of("rita")
        drawn = self.done("POST", draw, {"quantity": 3}, rita, idempotency_key="drawn")["id"]
        self.issue(self.event_id, drawn)
        self.done("PUT", f"{company}/tickets/{drawn}-1/holder", somebody("gina"), rita)
        link = self.done("POST", f"{company}/claim-links", {"tickets": [f"{drawn}-2"]}, rita)
        sheet = self.done("POST", f"{company}/import", self.sheet(f"{drawn}-3"), rita)
        self.known |= {
            "company_order": drawn,
            "company_ticket": f"{drawn}-1",
            "company_free": f"{drawn}-3",
            "company_link": link["id"],
            "company_job": self.work_off(sheet["id"]),
        }

    def company_distributes(self) -> None:
        """Let relays draw three seats: one is distributed, one meant for a contact, one left."""
        known = self.known
        rita, frida = mail_of("rita"), mail_of("frida")
        portal = f"/distribution/companies/{known['company_id']}"
        draw = f"{portal}/allotments/{known['seats']}/orders"
        drawn = self.done("POST", draw, {"quantity": 3}, rita, idempotency_key="seats")["id"]
        self.issue(self.event_id, drawn)
        known |= {
            name: self.done("POST", f"{portal}/contacts", a_contact(first_name), rita)["id"]
            for name, first_name in (("contact_id", "eva"), ("other_contact", "erik"), ("served", "gina"))
        }
        for relay, contact, number in ((frida, "contact_id", 1), (rita, "served", 2)):
            line = f"{portal}/cart/guests/{known[contact]}/tickets"
            self.done("PUT", line, {"add": [f"{drawn}-{number}"]}, relay)
        served = self.done("POST", f"{portal}/cart/distribute", {"guests": [known["served"]]}, rita)
        assert served["results"][0]["result"] == "distributed", served
        self.done("DELETE", f"{self.organizer}/companies/{known['company_id']}/relays/{frida}")
        lines = [(frida, "contact_id"), (rita, "served")]
        self.tell(
            *(keys.cart_line(known["company_id"], relay, known[contact]) for relay, contact in lines),
            *(keys.ticket(drawn, number) for number in (1, 2, 3)),
        )
        known |= {"distributed": f"{drawn}-2", "company_seat": f"{drawn}-3", "colleague": frida}

    def tell(self, *stored: Key) -> None:
        """Have the stream tell of items as new ones."""
        records = [a_record(None, self.table.get(key)) for key in stored]
        assert self.api.invoke("project", {"Records": records}) == {"batchItemFailures": []}

    def bring_in(self) -> None:
        """Have an import, a sheet of badges and a bank statement done."""
        tiers = {"kind": "tiers", "csv": "title,price\nImported,0\n"}
        statement = {
            "format": "csv",
            "content": f"id,date,amount,currency,text\nL1,2027-03-02,49.00,EUR,from {PRIVATE}\n",
        }
        for name, path, body in (
            ("import", f"{self.path}/imports", tiers),
            ("sheet", f"{self.path}/badge-sheets", {}),
            ("export", f"{self.path}/orders/exports", {"format": "csv"}),
            ("bulk", f"{self.path}/orders/bulk", {"action": "resend", "order_ids": ["none"]}),
            ("statement", f"{self.organizer}/bank-statements", statement),
        ):
            self.known[name] = self.done("POST", path, body, idempotency_key=name)["id"]
            self.api.work_off_jobs()
        [line] = self.done("GET", f"{self.organizer}/bank-lines")["items"]
        self.known["line_id"] = line["id"]

        draft = self.event(self.organizer)["id"]
        ask = {"title": "Diet?", "kind": "text", "asked_of": "attendee"}
        path = f"{self.organizer}/events/{draft}/questions"
        self.known |= {"draft": draft, "draft_question": self.done("POST", path, ask)["id"]}
        self.tell(keys.order(self.known["settled"]))

    def run_account(self) -> None:
        """Have keys made and used, a view shared, and the log told of the event."""
        account = self.organizer
        self.known |= {
            "member": mail_of("door"),
            "key_id": self.done("POST", f"{account}/api-keys", {"label": "Spare", "role": "door"})["id"],
            "view_id": self.done(
                "POST", f"{account}/views", {"label": "Waits", "query": "attention=any", "shared": True}
            )["id"],
        }
        self.tell(keys.event(self.event_id))

    def listen(self) -> None:
        """Have a webhook that has taken a test."""
        settings = {"url": "https://hooks.example/admit", "types": ["order.disputed"]}
        webhook = self.done("POST", f"{self.organizer}/webhooks", settings)["id"]
        sent = self.done("POST", f"{self.organizer}/webhooks/{webhook}/test")["id"]
        self.api.deliver_webhooks()
        self.known |= {"webhook_id": webhook, "delivery_id": sent}

    def api_key(self, role: Role, **fields: Any) -> str:
        """Make an API key; that it was used today is noted, so that it is nothing new to its next request."""
        body = {"label": "Ledger", "role": role, **fields}
        secret = str(self.done("POST", f"{self.organizer}/api-keys", body)["secret"])
        self.api.get(self.organizer, as_=secret)
        return secret

    # --- its doors ------------------------------------------------------------------------------------------

    def open_doors(self) -> None:
        """Pair a device of each profile and let guests in: one at all of them, one at another device."""
        path, known = self.path, self.known
        self.devices = {profile: self.device(path, profile) for profile in Profile}
        known |= {
            name: self.done("POST", f"{path}/{kind}", {"title": "Spare"})["id"]
            for name, kind in (("gate_id", "gates"), ("zone_id", "zones"), ("list_id", "check-in-lists"))
        }
        known["door_device"] = self.done("POST", f"{path}/devices", {"name": "Third door"})["id"]
        known["code_at_door"] = self.code(known["ticket_id"])
        elsewhere = self.device(path)
        for name, keys_ in (("shown", self.devices.values()), ("unshown", [elsewhere])):
            order = self.order("Pass", quantity=2, buyer=somebody("kari"))
            holder = somebody("hanna") | {"title": "Engineer"}
            self.done("PUT", f"/public/orders/{order['id']}/tickets/1/holder", holder, key=order["key"])
            ticket_id = f"{order['id']}-1"
            known |= {
                name: ticket_id,
                f"{name}_code": self.code(ticket_id),
                f"{name}_too": f"{order['id']}-2",
            }
            for key, direction in zip(keys_, ("in", "out", "in"), strict=False):
                scan = {"credential": known[f"{name}_code"], "nonce": "went", "direction": direction}
                assert self.done("POST", "/checkin/scans", scan, None, key=key)["result"] == "admitted"
            self.tell(keys.ticket(order["id"], 1))
        self.tell(keys.person(person_id(self.event_id, mail_of("hanna"), somebody("hanna")["name"])))
        self.done("GET", "/checkin/roster", None, None, key=elsewhere)
        self.tell(keys.roster(self.event_id))
        self.api.work_off_jobs()
        chunk, *_ = self.done("GET", "/checkin/roster", None, None, key=elsewhere)["chunks"]
        known["roster_file"] = chunk["name"]

    def code(self, ticket_id: str) -> str:
        """Return what its holder shows at a door."""
        ticket = load_ticket(self.table, ticket_id)
        shown = Credential(ticket.order_id, ticket.number, ticket.revision)
        return Signer(SIGNING_SECRET, self.event_id).sign(shown)

    def revoked(self) -> tuple[str, str]:
        """Return the key of a device that was revoked, and the pairing code of another one."""
        codes = []
        for _ in range(2):
            made = self.done("POST", f"{self.path}/devices", {"name": "Gone", "profile": Profile.SUPERVISOR})
            codes.append((made["id"], made["code"]))
        key = self.done("POST", "/checkin/pair", {"code": codes[0][1]})["device_key"]
        for device_id, _ in codes:
            self.done("DELETE", f"{self.path}/devices/{device_id}")
        return str(key), codes[1][1]

    # --- those who call -------------------------------------------------------------------------------------

    def insiders(self, unpaired: str) -> list[Caller]:
        links, known = self.api.links, self.known
        tickets = {
            name: known[name]
            for name in ("ticket_id", "passed_on", "offered", "company_ticket", "distributed")
        }
        present = {
            name: {ticket_id: links.ticket_key(ticket_id, load_ticket(self.table, ticket_id).revision)}
            for name, ticket_id in tickets.items()
        }
        orders = {
            known[name]: links.order_key(known[name])
            for name in ("order_id", "card", "invoice", "settled", "decided")
        }
        former = {tickets["ticket_id"]: links.ticket_key(tickets["ticket_id"], 1)}
        waiting = {known["entry_id"]: links.waiting_key(known["entry_id"], 1)}
        offer = {known["code"]: links.transfer_key(known["code"])}
        claim = {known["link_id"]: links.claim_key(known["link_id"])}
        made: Callable[..., Caller] = Caller
        return [
            made("order's key", "who has the link of the buyer's orders", None, orders | self.documents),
            made("buyer", "who signs in with the buyer's address", mail_of("kari")),
            made("ticket's key", "who has the link of a ticket, its holder", None, present["ticket_id"]),
            made("holder", "who signs in with the holder's address", mail_of("hanna")),
            made("former holder", "had the ticket before: his address and his link", mail_of("fred"), former),
            made(
                "new owner",
                "got a ticket by a transfer: his address and link",
                mail_of("nora"),
                present["passed_on"],
            ),
            made("offer's key", "who has the link by which an offered ticket is accepted", None, offer),
            made("addressee", "who signs in with the address that a ticket is offered to", mail_of("adam")),
            made("claim's key", "who has a link by which tickets are taken", None, claim),
            made(
                "waiting's key", "who has the link of an offer to somebody on the waiting list", None, waiting
            ),
            made(
                "company's guest",
                "got tickets of the company: his address and links",
                mail_of("gina"),
                present["company_ticket"] | present["distributed"],
            ),
            made(
                "company's contact",
                "for whom the company means a ticket that he has not got yet",
                mail_of("eva"),
            ),
            made("primary relay", "of the company", mail_of("rita")),
            made("relay", "of the company", mail_of("rolf")),
            made("former relay", "acted for the company before, and has left a cart", mail_of("frida")),
            *(made(role.value, f"{role.value} of the organizer", mail_of(role)) for role in Role),
            made("manager's key", "an API key in this role, for all events", self.api_key(Role.MANAGER)),
            made(
                "finance's key",
                "an API key in this role, for this event alone",
                self.api_key(Role.FINANCE, event_ids=[self.event_id]),
            ),
            made(
                "scanning device",
                "of the event, only to scan codes",
                None,
                {"": self.devices[Profile.SCAN]},
            ),
            made(
                "device",
                "of the event, that finds tickets by name, too; or with the code to be paired",
                None,
                {"": self.devices[Profile.SEARCH]},
                pairing=unpaired,
            ),
            made("supervisor's device", "of the event", None, {"": self.devices[Profile.SUPERVISOR]}),
            made("wallet", "a phone with the ticket's pass", wallet=links.pass_token(known["serial"])),
        ]

    def outsiders(self) -> list[Caller]:
        """Return who has nothing to do with the event's people, with things of their own beside it."""
        links = self.api.links
        other_order = self.order("Pass", buyer={"email": OTHER_BUYER, "name": "Other"})["id"]
        company = self.done("POST", f"{self.organizer}/companies", {"name": "Another"})["id"]
        self.done("PUT", f"{self.organizer}/companies/{company}/relays/{OTHER_RELAY}", {"name": "Other"})
        organizer, organizer_id = self.account("Southern Cross", OTHER_OWNER)
        event = self.event(organizer)
        path = f"{organizer}/events/{event['id']}"
        self.done("POST", f"{path}/publish")
        sister = self.event(self.organizer)["id"]
        sister_path = f"{self.organizer}/events/{sister}"
        self.done("POST", f"{sister_path}/publish")
        revoked_key, revoked_code = self.revoked()
        outside = partial(Caller, outside=True)
        return [
            outside("nobody", "without a key, and not signed in"),
            outside("stranger", "who signs in with any other address", STRANGER),
            outside(
                "other buyer",
                "with the link of another order, and signed in with its address",
                OTHER_BUYER,
                {other_order: links.order_key(other_order)},
                {"order_id": other_order},
            ),
            outside(
                "other relay", "of another company at the event", OTHER_RELAY, own={"company_id": company}
            ),
            outside("founder", "who may open an account, and is in none", FOUNDER),
            outside("Stripe", "who signs with the webhook's secret", signs=True),
            outside(
                "other owner",
                "owner of another organizer",
                OTHER_OWNER,
                own={"organizer_id": organizer_id, "event_id": event["id"]},
            ),
            outside(
                "other event's key",
                "a manager's API key, for another event of the organizer alone",
                self.api_key(Role.MANAGER, event_ids=[sister]),
                own={"event_id": sister},
            ),
            outside(
                "revoked device",
                "a supervisor's of the event before; with the code of another such one",
                None,
                {"": revoked_key},
                pairing=revoked_code,
            ),
            outside(
                "other event's device",
                "a supervisor's at another event of the organizer",
                None,
                {"": self.device(sister_path)},
                {"event_id": sister},
            ),
            outside(
                "other device",
                "a supervisor's at an event of another organizer",
                None,
                {"": self.device(path)},
                {"event_id": event["id"]},
            ),
        ]


def euro(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


def people_in(text: str) -> set[str]:
    """Return the first names of the people whose names or addresses stand in a text."""
    read = json.dumps(text, ensure_ascii=False).casefold()
    return {name for name in PEOPLE if f"{name} {PRIVATE}" in read or f"{name}@{PRIVATE}" in read}
