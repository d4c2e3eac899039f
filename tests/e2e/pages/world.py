"""What there is to show on the pages, each made when it is first asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.e2e.clients import (
    PASSWORD,
    Json,
    Organizer,
    Outbox,
    PayPage,
    Relay,
    Shop,
    Stack,
    User,
    new_address,
    price,
    sign_in,
    sign_up,
    wait_for,
)
from tests.e2e.test_distribution import hall

ADA: Json = {"name": "Ada Lovelace"}


class Fair(NamedTuple):
    """An event at work, with an order of each kind."""

    event: Json
    paid: Json
    waiting: Json
    company: Json


@dataclass(eq=False)
class World:
    """Addresses are paths of the pages, with the key in their fragment."""

    stack: Stack
    shop: Shop
    organizer: Organizer
    stripe: PayPage
    outbox: Outbox

    @property
    def event_path(self) -> str:
        return f"/e/{self.stack.event_slug}"

    @property
    def seated_path(self) -> str:
        return f"/e/{self.stack.seated_event_slug}"

    # --- orders -------------------------------------------------------------------------------------------

    @cached_property
    def free_order(self) -> Json:
        """Three tickets, one of which has its holder."""
        order = self.new_order(3)
        self.shop.give(order, 1, email=new_address("holder"), name="Grace Hopper")
        return self.shop.wait(order) | {"key": order["key"]}

    @cached_property
    def card_order(self) -> Json:
        """Its tickets are held for as long as an event holds them, from when it is first asked for."""
        return self.new_card_order()

    def new_card_order(self) -> Json:
        return self._order("Conference pass", "card", 2)

    @cached_property
    def invoice_order(self) -> Json:
        order = self._order("Conference pass", "invoice", 2)
        self.shop.wait_document(order)
        return order

    @cached_property
    def approval_order(self) -> Json:
        return self._order("Student pass", "card", 1)

    @cached_property
    def paid_order(self) -> Json:
        order = self._order("Conference pass", "card", 2)
        self.stripe.pay(order)
        return self.shop.wait(order) | {"key": order["key"]}

    @cached_property
    def refunded_order(self) -> Json:
        order = self._order("Workshop seat", "card", 1)
        self.stripe.pay(order)
        self.shop.wait(order)
        event = self.shop.event(self.stack.event_slug)
        self.organizer.cancel(event, order, refund=True)
        self.shop.wait(order, "cancelled")
        return order

    @cached_property
    def cancelled_order(self) -> Json:
        order = self._order("Workshop seat", "card", 1)
        self.shop.cancel(order)
        return order

    def _order(self, tier: str, method: str, quantity: int) -> Json:
        slug = self.stack.event_slug
        return self.shop.place(slug, tier, method, quantity, buyer={"email": new_address(), **ADA})

    def new_order(self, quantity: int) -> Json:
        """Order free tickets, and wait until they are there."""
        order = self._order("Free ticket", "free", quantity)
        return self.shop.wait(order) | {"key": order["key"]}

    # --- tickets ------------------------------------------------------------------------------------------

    @cached_property
    def ticket_path(self) -> str:
        """A ticket that its holder opens from his mail."""
        order, holder = self.new_order(1), new_address("holder")
        self.shop.give(
            order, 1, email=holder, name="Grace Hopper", company="Fjord Analytics", title="Engineer"
        )
        return self._mailed(holder, "/tickets/")

    @cached_property
    def transfer_path(self) -> str:
        return self.new_transfer_path()

    def new_transfer_path(self) -> str:
        """Offer a ticket to somebody who has none."""
        giver, taker = new_address("giver"), new_address("taker")
        order = self.new_order(1)
        self.shop.give(order, 1, email=giver, **ADA)
        with self.signed_in(giver) as http:
            self._offer(http, f"{order['id']}-1", taker)
        return self._mailed(taker, "/transfers/")

    @cached_property
    def claim_path(self) -> str:
        order = self.new_order(3)
        answer = self.shop.http.post(
            f"/public/orders/{order['id']}/claim-links",
            json={"tickets": [ticket["id"] for ticket in order["tickets"]]},
            headers={"X-Admit-Key": order["key"], "Idempotency-Key": order["id"]},
        )
        assert answer.is_success, answer.text
        return path_of(answer.json()["url"])

    # --- the waiting list ---------------------------------------------------------------------------------

    @cached_property
    def waiting_path(self) -> str:
        slug = self.stack.event_slug
        tier_id = self.shop.tier(slug, "Harbour tour")["id"]
        joining = {"email": new_address("waiting"), **ADA, "quantity": 1, "tier_ids": [tier_id]}
        answer = self.shop.http.post(f"/public/events/{slug}/waiting-list", json=joining)
        assert answer.is_success, answer.text
        place = answer.json()
        return f"/e/{slug}/waiting/{place['id']}#key={place['key']}"

    @cached_property
    def offer_path(self) -> str:
        """A place on the list for which there is a ticket now, for 15 euros."""
        boat = {"title": "Boat", "ticket_limit": 0, "prices": [price(1500, "card", "invoice")]}
        event = self.organizer.publish_event(boat, title="A Tour of the Harbour")
        slug, email = event["slug"], new_address("waiting")
        tier_id = self.shop.tier(slug, "Boat")["id"]
        joining = {"email": email, **ADA, "quantity": 1, "tier_ids": [tier_id]}
        assert self.shop.http.post(f"/public/events/{slug}/waiting-list", json=joining).is_success
        self.organizer.change(event, f"tiers/{tier_id}", {"ticket_limit": 1})
        self.organizer.add(event, "waiting-list/offer")
        return self._mailed(email, "/waiting/", "Tickets for")

    def _mailed(self, address: str, path: str, subject: str = "") -> str:
        """Return the first link of such a path in a mail, once it has come."""
        words = self.outbox.wait_about(address, subject).split()
        return path_of(next(word for word in words if word.startswith("http") and path in word))

    # --- accounts -----------------------------------------------------------------------------------------

    @cached_property
    def newcomer(self) -> User:
        """Somebody with an account and nothing else."""
        user = User(email=new_address("newcomer"), password=PASSWORD)
        sign_up(self.stack, user.email)
        return user

    @cached_property
    def regular(self) -> User:
        """Somebody with three tickets, one his own and one offered to another, and with an offer."""
        user = User(email=new_address("regular"), password=PASSWORD)
        slug, buyer = self.stack.event_slug, {"email": user.email, **ADA}
        order = self.shop.place(slug, "Free ticket", "free", 3, buyer=buyer)
        self.shop.wait(order)
        self.shop.give(order, 1, **buyer)
        with self.signed_in(user.email) as http:
            self._offer(http, f"{order['id']}-2", new_address("taker"))
        giver, other = new_address("giver"), self.new_order(1)
        self.shop.give(other, 1, email=giver, name="Grace Hopper")
        with self.signed_in(giver) as http:
            self._offer(http, f"{other['id']}-1", user.email)
        return user

    @cached_property
    def desk(self) -> tuple[User, Json]:
        """A relay with eight seats of his company, two guests in his cart and one who has his ticket."""
        user = User(email=new_address("relay"), password=PASSWORD)
        company = self.organizer.company("Fjord Analytics", user.email)
        event = self.organizer.publish_event(title="An Evening of Charts")
        sponsor = self.organizer.send(
            "PUT", f"/events/{event['id']}/organizations/{company['id']}", {"role": "sponsor"}
        )
        assert sponsor.is_success, sponsor.text
        tier = self.shop.tier(event["slug"], "Free ticket")
        allotment = self.organizer.allot(event, company, tier["id"], 12)
        self.organizer.seat(event, **hall(tier["id"]))
        self.organizer.add(event, "seating/block", {"rows": ["hall-1"], "channel": allotment["id"]})
        with self.signed_in(user.email) as http:
            relay = Relay(http, company["id"])
            order = self.shop.wait(relay.draw(allotment, 8))
            first, second, third, *_ = [ticket["id"] for ticket in order["tickets"]]
            names = ("Ada Lovelace", "Grace Hopper", "Alan Turing")
            served, waiting, empty = (
                relay.add("contacts", {"email": new_address("guest"), "first_name": name, "tags": ["Press"]})
                for name in names
            )
            assert relay.allocate(served, add=[first]).is_success
            relay.distribute(served)
            assert relay.allocate(waiting, add=[second, third]).is_success
            assert relay.send("PUT", f"cart/guests/{empty['id']}").is_success
        return user, company

    # --- the organizer's work -----------------------------------------------------------------------------

    @cached_property
    def fair(self) -> Fair:
        """Orders that are paid, unpaid, free and waiting for approval, guests with names, one of whom has
        arrived, one on the waiting list, and a sponsor with his allotment."""
        student = {"title": "Student", "approval_required": True, "prices": [price(0, "free")]}
        boat = {"title": "Boat", "ticket_limit": 0, "prices": [price(1500, "card")]}
        event = self.organizer.publish_event(student, boat, title="A Fair of Many Things")
        slug = event["slug"]
        paid = self.shop.place(slug, "Workshop", "card", 2)
        self.stripe.pay(paid)
        self.shop.place(slug, "Regular", "invoice", 2)
        waiting = self.shop.place(slug, "Student", "free", 1)
        free = self.shop.place(slug, "Free ticket", "free", 3)
        free = self.shop.wait(free) | {"key": free["key"]}
        self.shop.give(free, 1, email=new_address("holder"), name="Grace Hopper")
        gate = self.organizer.add(event, "gates", {"title": "North"})
        door = self.organizer.pair_device(event, "North 1", gate_id=gate["id"])
        door.scan(self.shop.credential(self.shop.look(free)["tickets"][1]))
        joining = {
            "email": new_address("waiting"),
            **ADA,
            "quantity": 1,
            "tier_ids": [self.shop.tier(slug, "Boat")["id"]],
        }
        assert self.shop.http.post(f"/public/events/{slug}/waiting-list", json=joining).is_success
        company = self.organizer.company("Fjord Analytics", new_address("relay"))
        path = f"/events/{event['id']}/organizations/{company['id']}"
        assert self.organizer.send("PUT", path, {"role": "sponsor"}).is_success
        self.organizer.allot(event, company, self.shop.tier(slug, "Free ticket")["id"], 5)
        self.shop.wait(paid)

        def told() -> bool | None:
            orders, arrivals = self.organizer.orders(event), self.organizer.look(event, "reports/arrivals")
            sold = self.organizer.look(event, "reports/sales")["total"]["tickets"]
            return (len(orders), arrivals["total"]["in"], sold) == (4, 1, 5) or None

        wait_for("what the organizer sees of the fair", told)
        return Fair(event, paid, waiting, company)

    @cached_property
    def quiet_event(self) -> Json:
        """An event that is on sale, and nobody has noticed."""
        return self.organizer.publish_event(title="A Morning of Silence")

    @cached_property
    def draft_event(self) -> Json:
        starts_at = datetime.now(UTC) + timedelta(days=90)
        made = self.organizer.send(
            "POST",
            "/events",
            {
                "slug": f"draft-{uuid4().hex[:12]}",
                "title": "An Idea for Spring",
                "timezone": "Europe/Oslo",
                "currency": "EUR",
                "starts_at": starts_at.isoformat(),
                "ends_at": (starts_at + timedelta(hours=5)).isoformat(),
            },
        )
        assert made.is_success, made.text
        event: Json = made.json()
        return event

    @cached_property
    def doorkeeper(self) -> User:
        """A member of the organizer who may do nothing but work at the doors."""
        user = User(email=new_address("door"), password=PASSWORD)
        sign_up(self.stack, user.email)
        assert self.organizer.send("PUT", f"/members/{user.email}", {"role": "door"}).is_success
        return user

    @cached_property
    def webhook(self) -> Json:
        """An address that is told nothing as long as it is switched off."""
        asked = {"url": "http://127.0.0.1:9/", "label": "Bookkeeping", "types": [], "active": False}
        made = self.organizer.send("POST", "/webhooks", asked)
        assert made.is_success, made.text
        webhook: Json = made.json()
        return webhook

    def _offer(self, http: httpx.Client, ticket_id: str, email: str) -> None:
        offer = {"email": email, "note": "I can't come after all. See you next year"}
        answer = http.post(f"/me/tickets/{ticket_id}/transfer", json=offer)
        assert answer.is_success, answer.text

    @contextmanager
    def signed_in(self, email: str) -> Iterator[httpx.Client]:
        headers = {"Authorization": f"Bearer {sign_up(self.stack, email)}"}
        with httpx.Client(base_url=self.stack.api_url, headers=headers, timeout=60) as http:
            yield http


def order_path(order: Json) -> str:
    return f"/orders/{order['id']}#key={order['key']}"


def path_of(link: str) -> str:
    """Return what follows the site in a link."""
    at = urlsplit(link)
    return f"{at.path}#{at.fragment}" if at.fragment else at.path


@contextmanager
def world_of(stack: Stack) -> Iterator[World]:
    headers = {"Authorization": sign_in(stack, "organizer")}
    with (
        httpx.Client(base_url=stack.api_url, timeout=60) as public,
        httpx.Client(base_url=stack.api_url, headers=headers, timeout=60) as signed_in,
        httpx.Client(base_url=stack.stripe_url, timeout=60) as stripe,
        httpx.Client(timeout=60) as mails,
    ):
        yield World(
            stack,
            Shop(public),
            Organizer(signed_in, stack.organizer_id),
            PayPage(stripe),
            Outbox(mails, stack.outbox_url),
        )
