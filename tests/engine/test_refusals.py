"""Every code of the API's refusals can be met over HTTP, under the status that the contract says."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.http import Unforeseen
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.errors import AdmitError, PaymentRefused, PaymentUnavailable
from admit.insight.order_list import relist
from admit.people.switches import Switches, TakeBack
from admit.store import Update
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import Ticket, order_and_tickets
from tests.builders import NOW, SIGNING_SECRET, a_name
from tests.engine.api import FOUNDER, Answer, Api, serving
from tests.engine.seats import a_hall

type Json = dict[str, Any]
type Provoke = Callable[["House"], Answer]

SALE = {"starts_at": "2027-06-03T07:00:00Z", "ends_at": "2027-06-04T15:00:00Z"}
INVITED = "kari@polar.example"


def euro(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


def price(amount: int, *methods: str, **fields: Any) -> Json:
    return {"amount": euro(amount), **({"payment_methods": list(methods)} if methods else {}), **fields}


@dataclass(frozen=True)
class Event:
    """An event that is on sale, and its first and second tier."""

    id: str
    path: str
    public: str
    category: str
    free: str
    tier: str


@dataclass(frozen=True)
class House:
    """An organizer whose events get what a case needs."""

    api: Api
    table: DynamoTable
    organizer: str

    def made(self, path: str, body: Any = None, **request: Any) -> Json:
        answer = self.api.post(path, {} if body is None else body, as_=FOUNDER, **request)
        assert answer.status in (200, 201, 202), answer.text
        made: Json = answer.body
        return made

    def portal(self, **switches: Any) -> str:
        """Enter a company with a relay, and return the path of its portal."""
        company = self.made(f"{self.organizer}/companies", {"name": "Polar"} | switches)["id"]
        relay = f"{self.organizer}/companies/{company}/relays/{INVITED}"
        assert self.api.put(relay, {"name": "Kari"}, as_=FOUNDER).status == 200
        return f"/distribution/companies/{company}"

    def draft(self, **fields: Any) -> Event:
        settings = {
            "title": "An event",
            "timezone": "Europe/Oslo",
            "currency": "EUR",
            "slug": a_name("event"),
        }
        event = self.made(f"{self.organizer}/events", settings | SALE | fields)
        path = f"{self.organizer}/events/{event['id']}"
        [category] = event["categories"]
        [free] = category["tiers"]
        public = f"/public/events/{event['slug']}"
        return Event(event["id"], path, public, category["id"], free["id"], free["id"])

    def event(self, tier: Json | None = None, **fields: Any) -> Event:
        """Publish an event with a second tier, free of charge unless it says otherwise."""
        draft = self.draft(**fields)
        second = {"title": "Pass", "category": draft.category, "prices": [price(0)]} | (tier or {})
        tier_id = self.made(f"{draft.path}/tiers", second)["id"]
        self.made(f"{draft.path}/publish")
        return Event(draft.id, draft.path, draft.public, draft.category, draft.free, tier_id)

    def order(self, event: Event, quantity: int = 1, total: int = 0, **fields: Any) -> Answer:
        """Order the second tier as a buyer, free of charge unless the total says otherwise."""
        key = fields.pop("idempotency_key", None) or a_name("key")
        body = {
            "lines": [{"tier_id": event.tier, "quantity": quantity}],
            "buyer": {"email": f"{a_name('buyer')}@home.example", "name": "Kari Nordmann"},
            "payment_method": "card" if total else "free",
            "total": euro(total),
        }
        return self.api.post(f"{event.public}/orders", body | fields, idempotency_key=key)

    def ordered(self, event: Event, quantity: int = 1, total: int = 0, **fields: Any) -> Json:
        answer = self.order(event, quantity, total, **fields)
        assert answer.status == 201, answer.text
        ordered: Json = answer.body
        return ordered

    def ticket(self, event: Event) -> tuple[Json, Ticket]:
        """Order one ticket and have it made; return the order and the ticket."""
        placed = self.ordered(event)
        order, _ = order_and_tickets(self.table, placed["id"])
        signer = Signer(SIGNING_SECRET, event.id)
        catalog = load_catalog(self.table, event.id)
        issue(self.table, self.api.bucket, signer, catalog.event, order, now=NOW)
        [ticket] = order_and_tickets(self.table, placed["id"])[1]
        return placed, ticket

    def paid(self, event: Event, total: int) -> str:
        """Order one ticket by card and pay for it; return the order's path for its organizer."""
        order = self.ordered(event, total=total)
        self.api.gateway.pay(f"cs_{order['id']}_1")
        assert self.api.tell(self.api.gateway.news[-1]).body == {"taken": True}
        return f"{event.path}/orders/{order['id']}"

    def used(self, event: Event) -> tuple[Json, Ticket]:
        """Order one ticket and go in with it."""
        order, ticket = self.ticket(event)
        code = self.made(f"{event.path}/devices", {"name": "Door"})["code"]
        device = self.api.post("/checkin/pair", {"code": code}).body["device_key"]
        scan = self.api.post("/checkin/scans", {"ticket_id": ticket.id, "nonce": "1"}, key=device)
        assert scan.body["result"] == "admitted"
        return order, ticket

    def assign(self, order: Json, email: str = INVITED) -> Answer:
        holder = {"email": email, "name": "Kari Nordmann"}
        return self.api.put(f"/public/orders/{order['id']}/tickets/1/holder", holder, key=order["key"])

    def offer(self, order: Json, email: str = INVITED) -> Answer:
        """Let the buyer offer his first ticket to somebody."""
        path = f"/me/tickets/{order['id']}-1/transfer"
        return self.api.post(path, {"email": email}, as_=order["buyer"]["email"])

    def wait(self, event: Event, email: str = INVITED, quantity: int = 1) -> Answer:
        body = {"email": email, "name": "Kari", "quantity": quantity, "tier_ids": [event.tier]}
        return self.api.post(f"{event.public}/waiting-list", body, idempotency_key=a_name("key"))

    def proof(self, event: Event, email: str = INVITED) -> str:
        return self.api.links.email_proof(event.id, email, NOW + timedelta(hours=1))


@pytest.fixture(scope="module")
def shared(dynamodb: Any, table_name: str) -> Iterator[House]:
    table = DynamoTable(dynamodb, table_name)
    with serving(table) as api:
        made = api.post("/organizer", {"name": "Northern Lights"}, as_=FOUNDER)
        yield House(api, table, f"/organizer/{made.body['id']}")


@pytest.fixture
def house(shared: House) -> House:
    shared.api.now = NOW
    return shared


@dataclass(frozen=True)
class Case:
    code: str
    status: int
    field: str | None
    provoke: Provoke


CASES: list[Case] = []


def refused(code: str, status: int, field: str | None = None) -> Callable[[Provoke], Provoke]:
    """Say how what follows is refused; `field` is one of the fields at fault, None where there is none."""

    def keep(provoke: Provoke) -> Provoke:
        CASES.append(Case(code, status, field, provoke))
        return provoke

    return keep


# --- what can't be read, and who may not ask --------------------------------------------------------------


@refused("malformed_body", 400)
def a_body_that_is_no_json(house: House) -> Answer:
    return house.api.post(f"{house.event().public}/quote", content=b"{")


@refused("unsupported_content_type", 415)
def a_form(house: House) -> Answer:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return house.api.post(f"{house.event().public}/quote", content=b"a=b", headers=form)


@refused("body_too_large", 413)
def a_body_of_300_kilobytes(house: House) -> Answer:
    return house.api.post(f"{house.event().public}/quote", {"lines": "x" * 300_000})


@refused("invalid_input", 422, "lines[0].colour")
def a_field_that_nobody_knows(house: House) -> Answer:
    event = house.event()
    return house.order(event, lines=[{"tier_id": event.tier, "quantity": 1, "colour": "red"}])


@refused("invalid_input", 422, "lines[0].unit")
def less_than_the_least_of_what_one_likes(house: House) -> Answer:
    event = house.event({"prices": [price(2_000, "card", floor=euro(500))]})
    line = {"tier_id": event.tier, "quantity": 1, "unit": euro(499)}
    return house.order(event, total=499, lines=[line])


@refused("invalid_input", 422, "buyer.address")
def no_address_where_one_is_needed(house: House) -> Answer:
    return house.order(house.event({"address_required": True}))


@refused("invalid_input", 422, "photos[0]")
def a_picture_that_nobody_uploaded(house: House) -> Answer:
    event = house.event()
    return house.api.patch(f"{event.path}/tiers/{event.tier}", {"photos": ["0" * 16]}, as_=FOUNDER)


@refused("invalid_input", 422, "csv")
def a_file_without_a_needed_column(house: House) -> Answer:
    body = {"kind": "orders", "csv": "name\nKari\n"}
    return house.api.post(f"{house.event().path}/imports", body, as_=FOUNDER)


@refused("too_large", 422)
def a_file_larger_than_the_table_takes(house: House) -> Answer:
    titles = "".join(f"Pass {number} {'é' * 90},0\n" for number in range(2_400))
    body = {"kind": "tiers", "csv": f"title,price\n{titles}"}
    content = json.dumps(body, ensure_ascii=False).encode()
    return house.api.post(f"{house.event().path}/imports", content=content, as_=FOUNDER)


@refused("too_many", 422)
def a_thousand_orders_and_one_at_once(house: House) -> Answer:
    event = house.event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("admit.insight.order_export.MOST_AT_ONCE", 1)
        for _ in range(2):
            relist(house.table, {house.ordered(event)["id"]: None})
        return house.api.get(f"{event.path}/orders/export", as_=FOUNDER)


@refused("bad_signature", 400)
def a_webhook_that_nobody_signed(house: House) -> Answer:
    return house.api.post("/webhooks/stripe", {"type": "checkout.session.completed"})


@refused("unauthenticated", 401)
def an_order_without_its_key(house: House) -> Answer:
    order = house.ordered(house.event())
    return house.api.get(f"/public/orders/{order['id']}")


@refused("unauthenticated", 401)
def an_organizers_call_without_a_token(house: House) -> Answer:
    return house.api.get(f"{house.organizer}/events")


@refused("unauthenticated", 401)
def a_buyers_token_that_does_not_hold(house: House) -> Answer:
    event = house.event()
    body = {"lines": [{"tier_id": event.tier, "quantity": 1}]}
    return house.api.post(f"{event.public}/quote", body, headers={"Authorization": "Bearer nonsense"})


@refused("forbidden", 403)
def an_account_for_who_may_not_open_one(house: House) -> Answer:
    return house.api.post("/organizer", {"name": "Mine"}, as_="stranger@home.example")


@refused("not_found", 404)
def an_event_that_is_still_a_draft(house: House) -> Answer:
    return house.api.get(house.draft().public)


@refused("not_found", 404)
def an_event_of_somebody_elses_organizer(house: House) -> Answer:
    return house.api.get(house.event().path, as_="stranger@home.example")


@refused("not_found", 404)
def an_order_of_another_event(house: House) -> Answer:
    order = house.ordered(house.event())
    return house.api.post(f"{house.event().path}/orders/{order['id']}/approve", as_=FOUNDER)


# --- what is not sold -------------------------------------------------------------------------------------


@refused("not_on_sale", 409, "lines[0]")
def a_tier_before_its_sale(house: House) -> Answer:
    return house.order(house.event({"sale_starts_at": "2027-05-01T00:00:00Z"}))


@refused("not_on_sale", 409, "lines[0]")
def a_tier_after_its_sale(house: House) -> Answer:
    event = house.event({"sale_ends_at": "2027-05-01T00:00:00Z"})
    house.ordered(event)
    house.api.now = NOW + timedelta(days=70)
    return house.order(event)


@refused("not_on_sale", 409)
def an_event_that_is_over(house: House) -> Answer:
    event = house.event()
    house.api.now = NOW + timedelta(days=100)
    return house.order(event)


@refused("not_on_sale", 409)
def an_event_that_is_closed(house: House) -> Answer:
    event = house.event()
    house.made(f"{event.path}/close")
    return house.order(event)


@refused("not_on_sale", 409)
def a_waiting_list_that_is_not_kept(house: House) -> Answer:
    return house.wait(house.event({"ticket_limit": 0}, waiting_list=False))


@refused("sold_out", 409, "lines[0].quantity")
def a_tier_without_enough_left(house: House) -> Answer:
    event = house.event({"ticket_limit": 2})
    house.ordered(event)
    return house.order(event, 2)


@refused("sold_out", 409)
def an_event_that_is_full(house: House) -> Answer:
    event = house.event(capacity=1)
    house.ordered(event)
    return house.order(event)


@refused("sold_out", 409, "lines[0].quantity")
def a_quota_that_others_have_drawn_on(house: House) -> Answer:
    draft = house.draft()
    quota = house.made(f"{draft.path}/quotas", {"title": "Hall", "limit": 1})["id"]
    tier = {"category": draft.category, "quotas": [quota]}
    seat, pass_ = (
        house.made(f"{draft.path}/tiers", tier | {"title": title})["id"] for title in ("Seat", "Pass")
    )
    house.made(f"{draft.path}/publish")
    event = Event(draft.id, draft.path, draft.public, draft.category, draft.free, pass_)
    house.ordered(event, lines=[{"tier_id": seat, "quantity": 1}])
    return house.order(event)


@refused("sold_out", 409, "lines[0].quantity")
def more_than_a_price_is_good_for(house: House) -> Answer:
    event = house.event({"prices": [price(0, quantity=1)]})
    house.ordered(event)
    return house.order(event)


@refused("sold_out", 409, "lines[0]")
def a_tier_that_others_wait_for(house: House) -> Answer:
    event = house.event({"ticket_limit": 1, "prices": [price(4_900, "card")]})
    order = house.ordered(event, total=4_900)
    assert house.wait(event).status == 201
    cancelled = house.api.post(f"/public/orders/{order['id']}/cancel", key=order["key"])
    assert cancelled.status == 200
    return house.order(event, total=4_900)


@refused("sold_out", 409, "lines[0].quantity")
def an_approval_of_what_has_been_sold_meanwhile(house: House) -> Answer:
    event = house.event({"ticket_limit": 1, "approval_required": True})
    first, second = house.ordered(event), house.ordered(event)
    house.made(f"{event.path}/orders/{first['id']}/approve")
    return house.api.post(f"{event.path}/orders/{second['id']}/approve", as_=FOUNDER)


@refused("limit_reached", 409, "lines[0].quantity")
def more_of_a_tier_than_one_guest_may_have(house: House) -> Answer:
    event = house.event({"ticket_limit_per": 2})
    buyer = {"email": INVITED, "name": "Kari"}
    house.ordered(event, 2, buyer=buyer)
    return house.order(event, buyer=buyer)


@refused("limit_reached", 409, "lines")
def more_of_an_event_than_one_guest_may_have(house: House) -> Answer:
    event = house.event(ticket_limit_per=2, plus_tags="same")
    house.ordered(event, 2, buyer={"email": "kari+work@polar.example", "name": "Kari"})
    return house.order(event, buyer={"email": "kari@polar.example", "name": "Kari"})


@refused("limit_reached", 409, "quantity")
def waiting_for_more_than_one_guest_may_have(house: House) -> Answer:
    return house.wait(house.event({"ticket_limit": 0}, ticket_limit_per=2), quantity=3)


@refused("price_changed", 409, "total.amount")
def another_total_than_the_quotes(house: House) -> Answer:
    return house.order(house.event({"prices": [price(4_900, "card")]}), total=1)


@refused("payment_method_not_allowed", 409, "payment_method")
def a_card_for_what_is_free(house: House) -> Answer:
    return house.order(house.event(), payment_method="card")


@refused("add_on_alone", 409, "lines[0].quantity")
def an_add_on_without_its_ticket(house: House) -> Answer:
    draft = house.draft()
    addition = {"title": "Book", "category": draft.category, "prices": [price(0)]}
    main = house.made(f"{draft.path}/tiers", addition | {"title": "Pass"})["id"]
    book = house.made(f"{draft.path}/tiers", addition | {"add_on_of": main})["id"]
    house.made(f"{draft.path}/publish")
    return house.order(Event(draft.id, draft.path, draft.public, draft.category, draft.free, book))


# --- codes, and whom something is for ---------------------------------------------------------------------


@refused("locked", 409, "lines[0]")
def a_tier_without_its_passcode(house: House) -> Answer:
    return house.order(house.event({"passcode": "aurora"}))


@refused("locked", 409, "lines[0]")
def a_price_without_its_code(house: House) -> Answer:
    return house.order(house.event({"prices": [price(0, audience={"type": "code", "code": "FRIENDS"})]}))


@refused("unknown_code", 409, "code")
def a_code_that_nobody_knows(house: House) -> Answer:
    return house.order(house.event(), code="NOTHING")


@refused("unknown_code", 409, "code")
def a_code_for_other_tickets(house: House) -> Answer:
    event = house.event({"prices": [price(4_900, "card")]})
    discount = {"title": "Early", "code": "EARLY", "percent": "10", "tier_ids": [event.free]}
    house.made(f"{event.path}/discounts", discount)
    return house.order(event, total=4_900, code="EARLY")


@refused("discount_used_up", 409, "code")
def a_code_that_was_used_as_often_as_it_may(house: House) -> Answer:
    event = house.event({"prices": [price(4_900, "card")]})
    discount = {"title": "Early", "code": "EARLY", "percent": "10", "use_limit": 1}
    house.made(f"{event.path}/discounts", discount)
    house.ordered(event, total=4_410, code="EARLY")
    return house.order(event, total=4_410, code="EARLY")


@refused("limit_reached", 409, "code")
def a_code_that_this_guest_has_used(house: House) -> Answer:
    event = house.event({"prices": [price(4_900, "card")]})
    discount = {"title": "Early", "code": "EARLY", "percent": "10", "use_limit_per": 1}
    house.made(f"{event.path}/discounts", discount)
    buyer = {"email": INVITED, "name": "Kari"}
    house.ordered(event, total=4_410, code="EARLY", buyer=buyer)
    return house.order(event, total=4_410, code="EARLY", buyer=buyer)


def limited(house: House) -> Event:
    users = [{"email": INVITED}]
    return house.event({"limited": True, "whitelist_auto_approve": True, "limited_whitelist_users": users})


@refused("email_unverified", 409, "buyer.email")
def an_invited_address_that_is_not_proven(house: House) -> Answer:
    return house.order(limited(house), buyer={"email": INVITED, "name": "Kari"})


@refused("email_unverified", 409, "buyer.email")
def a_proof_of_another_address(house: House) -> Answer:
    event = limited(house)
    return house.order(
        event, buyer={"email": INVITED, "name": "Kari"}, email_proof=house.proof(event, "ola@polar.example")
    )


@refused("email_unverified", 409, "company_id")
def a_company_that_nobody_signed_in_for(house: House) -> Answer:
    return house.order(house.event(), company_id="polar")


@refused("not_whitelisted", 409, "buyer.email")
def a_proven_address_that_is_not_invited(house: House) -> Answer:
    event, other = limited(house), "ola@polar.example"
    return house.order(event, buyer={"email": other, "name": "Ola"}, email_proof=house.proof(event, other))


@refused("not_whitelisted", 409, "lines[0]")
def a_price_for_certain_companies(house: House) -> Answer:
    return house.order(house.event({"prices": [price(0, audience={"type": "role", "roles": ["sponsor"]})]}))


# --- the waiting list -------------------------------------------------------------------------------------


@refused("still_available", 409)
def waiting_for_what_can_be_bought(house: House) -> Answer:
    return house.wait(house.event({"ticket_limit": 1}))


@refused("already_waiting", 409)
def waiting_twice(house: House) -> Answer:
    event = house.event({"ticket_limit": 0})
    assert house.wait(event).status == 201
    return house.wait(event)


@refused("wrong_state", 409)
def accepting_before_there_is_an_offer(house: House) -> Answer:
    event = house.event({"ticket_limit": 0})
    place = house.wait(event).body
    accepted = {"payment_method": "free", "total": euro(0)}
    return house.api.post(f"{event.public}/waiting-list/{place['id']}/accept", accepted, key=place["key"])


@refused("wrong_state", 409)
def accepting_an_offer_that_has_run_out(house: House) -> Answer:
    event = house.event({"ticket_limit": 0}, offer_minutes=5)
    place = house.wait(event).body
    limit = house.api.patch(f"{event.path}/tiers/{event.tier}", {"ticket_limit": 1}, as_=FOUNDER)
    assert limit.status == 200
    assert house.made(f"{event.path}/waiting-list/offer")["offers"] == 1
    house.api.now = NOW + timedelta(minutes=6)
    accepted = {"payment_method": "free", "total": euro(0)}
    key = house.api.links.waiting_key(place["id"], 1)
    return house.api.post(f"{event.public}/waiting-list/{place['id']}/accept", accepted, key=key)


@refused("unauthenticated", 401)
def accepting_an_offer_without_the_key_in_its_mail(house: House) -> Answer:
    event = house.event({"ticket_limit": 0})
    place = house.wait(event).body
    limit = house.api.patch(f"{event.path}/tiers/{event.tier}", {"ticket_limit": 1}, as_=FOUNDER)
    assert limit.status == 200
    assert house.made(f"{event.path}/waiting-list/offer")["offers"] == 1
    accepted = {"payment_method": "free", "total": euro(0)}
    return house.api.post(f"{event.public}/waiting-list/{place['id']}/accept", accepted, key=place["key"])


# --- what an order's or a ticket's state does not allow ---------------------------------------------------


@refused("wrong_state", 409)
def cancelling_one_ticket_while_they_are_made(house: House) -> Answer:
    event = house.event()
    order = house.ordered(event, 2)
    return house.api.post(f"{event.path}/orders/{order['id']}/cancel", {"tickets": [1]}, as_=FOUNDER)


@refused("cancellation_closed", 409)
def cancelling_what_is_settled_where_buyers_may_not(house: House) -> Answer:
    order = house.ordered(house.event())
    return house.api.post(f"/public/orders/{order['id']}/cancel", key=order["key"])


@refused("cancellation_closed", 409)
def cancelling_after_the_last_day_for_it(house: House) -> Answer:
    event = house.event(cancellation_rules=[{"days_before": 30, "fee_percent": "0"}])
    order, _ = house.ticket(event)
    house.api.now = NOW + timedelta(days=64)
    return house.api.post(f"/public/orders/{order['id']}/cancel", key=order["key"])


@refused("wrong_state", 409)
def declining_what_is_approved(house: House) -> Answer:
    event = house.event({"approval_required": True})
    order = house.ordered(event)
    house.made(f"{event.path}/orders/{order['id']}/approve")
    return house.api.post(f"{event.path}/orders/{order['id']}/decline", as_=FOUNDER)


@refused("wrong_state", 409)
def publishing_what_is_cancelled(house: House) -> Answer:
    event = house.event()
    house.made(f"{event.path}/cancel")
    return house.api.post(f"{event.path}/publish", as_=FOUNDER)


@refused("already_paid", 409)
def cancelling_what_was_paid_meanwhile(house: House) -> Answer:
    order = house.ordered(house.event({"prices": [price(4_900, "card")]}), total=4_900)
    house.api.gateway.pay(f"cs_{order['id']}_1")
    return house.api.post(f"/public/orders/{order['id']}/cancel", key=order["key"])


@refused("already_checked_in", 409)
def giving_away_a_ticket_that_was_used(house: House) -> Answer:
    order, _ = house.used(house.event())
    return house.assign(order)


@refused("already_checked_in", 409, "tickets")
def cancelling_a_ticket_that_was_used(house: House) -> Answer:
    event = house.event()
    order, _ = house.used(event)
    return house.api.post(f"{event.path}/orders/{order['id']}/cancel", as_=FOUNDER)


# --- tickets that change hands ----------------------------------------------------------------------------


def offered(house: House, event: Event) -> tuple[Json, str]:
    """Order one ticket and offer it to somebody; return the order and the code of the offer."""
    order, _ = house.ticket(event)
    offer = house.offer(order)
    assert offer.status == 201, offer.text
    return order, offer.body["code"]


@refused("too_late", 409)
def giving_away_a_ticket_after_the_last_day_for_it(house: House) -> Answer:
    order, _ = house.ticket(house.event(holder_changes_until="2027-05-01T00:00:00Z"))
    house.api.now = NOW + timedelta(days=70)
    return house.assign(order)


@refused("changed_meanwhile", 409)
def giving_away_a_ticket_that_has_just_been_given_away(house: House) -> Answer:
    order, _ = house.ticket(house.event())
    with pytest.MonkeyPatch.context() as patch:

        def others_are_quicker(writes: Any) -> None:
            patch.undo()
            assert house.assign(order, "ola@polar.example").status == 200
            house.table.transact(writes)

        patch.setattr(house.table, "transact", others_are_quicker)
        return house.assign(order)


@refused("take_back_off", 409)
def giving_a_ticket_of_somebody_to_somebody_else(house: House) -> Answer:
    order, _ = house.ticket(house.event())
    assert house.assign(order).status == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(vars(house.api.shop), "switches", Switches(take_back=TakeBack.RELAY))
        return house.assign(order, "ola@polar.example")


@refused("in_transfer", 409)
def giving_away_a_ticket_that_is_offered_to_somebody(house: House) -> Answer:
    order, _ = offered(house, house.event())
    return house.assign(order)


@refused("transfer_closed", 409)
def offering_a_ticket_where_none_is_passed_on(house: House) -> Answer:
    order, _ = house.ticket(house.event(transfers=False))
    return house.offer(order)


@refused("transfer_ended", 409)
def accepting_a_ticket_that_was_declined(house: House) -> Answer:
    _, code = offered(house, house.event())
    assert house.api.post(f"/me/transfers/{code}/decline", as_=INVITED).status == 200
    return house.api.post(f"/me/transfers/{code}/accept", as_=INVITED)


@refused("forbidden", 403)
def accepting_a_ticket_that_is_offered_to_another_address(house: House) -> Answer:
    _, code = offered(house, house.event())
    return house.api.post(f"/me/transfers/{code}/accept", as_="stranger@home.example")


def claimed(house: House, email: str, *before: str, **link: Any) -> Answer:
    """Take the one ticket behind a link, after others have."""
    order, ticket = house.ticket(house.event())
    path = f"/public/orders/{order['id']}/claim-links"
    made = house.api.post(path, {"tickets": [ticket.id]} | link, key=order["key"])
    assert made.status == 201, made.text
    key = made.body["url"].partition("#key=")[2]
    path = f"/public/claims/{made.body['id']}"
    for earlier in before:
        assert house.api.post(path, {"email": earlier, "name": "First"}, key=key).status == 201
    return house.api.post(path, {"email": email, "name": "Kari"}, key=key)


@refused("claim_ended", 409)
def taking_a_ticket_where_none_is_left(house: House) -> Answer:
    return claimed(house, INVITED, "ola@polar.example")


@refused("already_claimed", 409)
def taking_a_second_ticket_by_one_link(house: House) -> Answer:
    return claimed(house, INVITED, INVITED)


@refused("wrong_domain", 409)
def taking_a_ticket_that_is_for_others(house: House) -> Answer:
    return claimed(house, INVITED, domains=["fjord.example"])


@refused("conflict", 409)
def a_ticket_that_has_changed_hands_for_the_last_time(house: House) -> Answer:
    order, ticket = house.ticket(house.event())
    last = Update(keys.ticket(order["id"], 1), "SET revision = :last", None, {"last": 4_095})
    house.table.write(last)
    return house.assign(order)


@refused("idempotency_conflict", 422)
def another_order_under_the_same_key(house: House) -> Answer:
    event, key = house.event(), a_name("key")
    house.ordered(event, idempotency_key=key)
    return house.order(event, 2, idempotency_key=key)


@refused("idempotency_conflict", 422)
def another_discount_under_the_same_key(house: House) -> Answer:
    event, discount = house.event(), {"title": "Early", "percent": "10"}
    house.made(f"{event.path}/discounts", discount, idempotency_key="same")
    return house.api.post(
        f"{event.path}/discounts", discount | {"percent": "20"}, idempotency_key="same", as_=FOUNDER
    )


# --- money ------------------------------------------------------------------------------------------------


PAID: Json = {"prices": [price(4_900, "card", "invoice")]}


@refused("nothing_to_refund", 409)
def a_refund_of_what_was_free(house: House) -> Answer:
    event = house.event()
    order = house.ordered(event)
    return house.api.post(f"{event.path}/orders/{order['id']}/refund", as_=FOUNDER)


@refused("nothing_to_refund", 409, "tickets")
def a_second_refund_of_one_ticket(house: House) -> Answer:
    order = house.paid(house.event(PAID), 4_900)
    house.made(f"{order}/refund", {"tickets": [1]})
    return house.api.post(f"{order}/refund", {"tickets": [1]}, as_=FOUNDER)


@refused("refund_too_large", 409, "amount")
def a_refund_of_more_than_was_paid(house: House) -> Answer:
    order = house.paid(house.event(PAID), 4_900)
    house.made(f"{order}/refund", {"amount": euro(900)}, idempotency_key=a_name("key"))
    more = {"amount": euro(4_001)}
    return house.api.post(f"{order}/refund", more, as_=FOUNDER, idempotency_key=a_name("key"))


@refused("invalid_input", 422, "Idempotency-Key")
def a_part_of_a_refund_without_a_key(house: House) -> Answer:
    order = house.paid(house.event(PAID), 4_900)
    return house.api.post(f"{order}/refund", {"amount": euro(900)}, as_=FOUNDER)


@refused("idempotency_conflict", 422)
def another_refund_under_the_key_of_one(house: House) -> Answer:
    order, key = house.paid(house.event(PAID), 4_900), a_name("key")
    house.made(f"{order}/refund", {"amount": euro(900)}, idempotency_key=key)
    return house.api.post(f"{order}/refund", as_=FOUNDER, idempotency_key=key)


@refused("invalid_input", 422, "amount.currency")
def a_refund_in_another_currency(house: House) -> Answer:
    order = house.paid(house.event(PAID), 4_900)
    return house.api.post(f"{order}/refund", {"amount": {"amount": 900, "currency": "NOK"}}, as_=FOUNDER)


@refused("wrong_state", 409)
def confirming_a_refund_that_stripe_sends(house: House) -> Answer:
    order = house.paid(house.event(PAID), 4_900)
    sequence = house.made(f"{order}/refund")["sequence"]
    return house.api.post(f"{order}/refunds/{sequence}/confirm", as_=FOUNDER)


@refused("invalid_input", 422, "Idempotency-Key")
def a_part_of_an_invoice_without_a_key(house: House) -> Answer:
    event = house.event(PAID)
    billing = {"company": "Polar Systems AS"}
    order = house.ordered(event, total=4_900, payment_method="invoice", billing=billing)
    return house.api.post(f"{event.path}/orders/{order['id']}/settle", {"amount": euro(900)}, as_=FOUNDER)


@refused("wrong_state", 409)
def settling_by_hand_what_is_paid_by_card(house: House) -> Answer:
    return house.api.post(f"{house.paid(house.event(PAID), 4_900)}/settle", as_=FOUNDER)


# --- setting up -------------------------------------------------------------------------------------------


@refused("slug_taken", 409, "slug")
def the_address_of_another_event(house: House) -> Answer:
    taken = house.event().public.rpartition("/")[2]
    return house.api.patch(house.event().path, {"slug": taken}, as_=FOUNDER)


@refused("slug_taken", 409, "slug")
def a_copy_under_the_same_address(house: House) -> Answer:
    event = house.event()
    copy = {"slug": event.public.rpartition("/")[2], "starts_at": "2028-06-03T07:00:00Z"}
    return house.api.post(f"{event.path}/copy", copy, as_=FOUNDER)


@refused("not_ready", 409, "prices")
def an_active_tier_without_prices(house: House) -> Answer:
    event = house.event()
    return house.api.patch(f"{event.path}/tiers/{event.tier}", {"prices": []}, as_=FOUNDER)


@refused("not_ready", 409, "tiers")
def an_event_without_active_tiers(house: House) -> Answer:
    draft = house.draft()
    off = house.api.patch(f"{draft.path}/tiers/{draft.free}", {"active": False}, as_=FOUNDER)
    assert off.status == 200
    return house.api.post(f"{draft.path}/publish", as_=FOUNDER)


@refused("not_ready", 409)
def orders_for_a_draft(house: House) -> Answer:
    body = {"kind": "orders", "csv": "reference,email,tier,price\nR1,a@b.example,Free ticket,0\n"}
    return house.api.post(f"{house.draft().path}/imports", body, as_=FOUNDER)


@refused("limit_below_sold", 409, "ticket_limit")
def a_tier_smaller_than_what_is_sold(house: House) -> Answer:
    event = house.event({"ticket_limit": 5})
    house.ordered(event, 3)
    return house.api.patch(f"{event.path}/tiers/{event.tier}", {"ticket_limit": 2}, as_=FOUNDER)


@refused("limit_below_sold", 409, "capacity")
def an_event_smaller_than_what_is_sold(house: House) -> Answer:
    event = house.event(capacity=5)
    house.ordered(event, 3)
    return house.api.patch(event.path, {"capacity": 2}, as_=FOUNDER)


@refused("in_use", 409)
def removing_a_tier_that_is_sold(house: House) -> Answer:
    event = house.event()
    house.ordered(event)
    return house.api.delete(f"{event.path}/tiers/{event.tier}", as_=FOUNDER)


@refused("in_use", 409)
def removing_a_category_that_holds_tiers(house: House) -> Answer:
    event = house.event()
    return house.api.delete(f"{event.path}/categories/{event.category}", as_=FOUNDER)


@refused("default_tier", 409)
def removing_the_default_tier(house: House) -> Answer:
    event = house.event()
    return house.api.delete(f"{event.path}/tiers/{event.free}", as_=FOUNDER)


@refused("default_tier", 409, "prices")
def a_price_for_the_default_tier(house: House) -> Answer:
    event = house.event()
    return house.api.patch(f"{event.path}/tiers/{event.free}", {"prices": [price(100, "card")]}, as_=FOUNDER)


# --- what passes ------------------------------------------------------------------------------------------


@refused("primary_relay", 409)
def taking_off_the_primary_relay_while_there_are_others(house: House) -> Answer:
    company = house.made(f"{house.organizer}/companies", {"name": "Polar"})["id"]
    relays = f"{house.organizer}/companies/{company}/relays"
    for email in (INVITED, "ola@polar.example"):
        assert house.api.put(f"{relays}/{email}", {"name": "Relay"}, as_=FOUNDER).status == 200
    return house.api.delete(f"{relays}/{INVITED}", as_=FOUNDER)


@refused("last_owner", 409)
def taking_off_the_only_owner(house: House) -> Answer:
    return house.api.delete(f"{house.organizer}/members/{FOUNDER}", as_=FOUNDER)


@refused("contact_exists", 409)
def adding_a_contact_who_is_there(house: House) -> Answer:
    portal = house.portal()
    contact = {"email": INVITED, "first_name": "Kari"}
    assert house.api.post(f"{portal}/contacts", contact, as_=INVITED).status == 201
    return house.api.post(f"{portal}/contacts", contact, as_=INVITED)


@refused("address_book_off", 409)
def looking_into_an_address_book_that_is_off(house: House) -> Answer:
    return house.api.get(f"{house.portal(address_book_enabled=False)}/contacts", as_=INVITED)


@refused("distribution_off", 409)
def opening_a_cart_without_the_portal(house: House) -> Answer:
    return house.api.get(f"{house.portal(distribution_enabled=False)}/cart", as_=INVITED)


@refused("allocation_refused", 409, "add[0]")
def a_ticket_of_somebody_else_for_a_guest(house: House) -> Answer:
    portal = house.portal()
    _, ticket = house.ticket(house.event())
    path = f"{portal}/cart/guests/nobody/tickets"
    return house.api.put(path, {"add": [ticket.id]}, as_=INVITED)


@refused("seat_taken", 409, "lines[0].seats[1]")
def a_seat_that_somebody_has(house: House) -> Answer:
    event = house.event()
    a_hall(house.table, event.id, event.tier)
    house.api.shop.forget()

    def picking(*seats: str) -> list[Json]:
        return [{"tier_id": event.tier, "quantity": len(seats), "seats": list(seats)}]

    house.ordered(event, lines=picking("hall-1-2"))
    return house.order(event, lines=picking("hall-1-1", "hall-1-2"))


@refused("busy", 503)
def a_picture_that_is_being_drawn(house: House) -> Answer:
    event = house.event()
    order, _ = house.ticket(event)
    ticket = house.assign(order).body
    key = ticket["url"].partition("#key=")[2]
    return house.api.get(f"/public/tickets/{ticket['id']}/qr.png", query={"key": key})


@refused("wallet_off", 404)
def a_pass_for_a_wallet_that_this_installation_makes_none_for(house: House) -> Answer:
    _, ticket = house.ticket(house.event())
    key, shop = house.api.links.ticket_key(ticket.id, ticket.revision), house.api.shop
    with pytest.MonkeyPatch.context() as patch:
        off = {"apple_wallet_secret_arn": ""}
        patch.setattr(shop, "settings", shop.settings.model_copy(update=off))
        return house.api.get(f"/public/tickets/{ticket.id}/apple.pkpass", query={"key": key})


def while_stripe(house: House, says: AdmitError) -> Answer:
    def open_page(order: object, attempt: int, *, title: str) -> Any:
        raise says

    event = house.event({"prices": [price(4_900, "card")]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.api.gateway, "open_page", open_page)
        return house.order(event, total=4_900)


@refused("payment_refused", 409)
def a_payment_that_stripe_does_not_take(house: House) -> Answer:
    return while_stripe(house, PaymentRefused())


@refused("payment_unavailable", 503)
def a_payment_while_stripe_does_not_answer(house: House) -> Answer:
    return while_stripe(house, PaymentUnavailable())


# ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.provoke.__name__}")
def test_it_is_refused_by_its_code(house: House, case: Case) -> None:
    answer = case.provoke(house)
    assert (answer.status, answer.code) == (case.status, case.code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body.keys() >= {"type", "title", "status", "detail", "code", "request_id"}
    assert answer.body["status"] == case.status
    fields = {error["field"] for error in answer.body.get("errors", [])}
    assert fields == set() if case.field is None else case.field in fields, fields


def test_every_code_is_provoked() -> None:
    def codes(kind: type[AdmitError]) -> set[str]:
        own = {kind.code} if "code" in vars(kind) else set()
        return own.union(*(codes(below) for below in kind.__subclasses__()))

    assert {case.code for case in CASES} == codes(AdmitError) - {Unforeseen.code}
