"""The operations, and what each may cost.

A count of requests is a ceiling that the design gives: one transaction or one conditional write a fact, one
query an item collection, one query an index shard. Nothing here is a time.

A ceiling of write units is worked out by AWS's rules (`bench/charges.py`). In a transaction that is two for
each kilobyte of the order, two for each stock and each counter of the guest, two for each index entry, and
four for one that moves. All are counted, limited or not: an order of one tier writes a shard of its stock and
of the event's, and the guest's counters of both.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from uuid import uuid4

from admit.keys import DUE_SHARDS
from bench.house import CODE, COLLECTOR, RELAY, House, Request, http, stream

LISTED = int(os.environ.get("ADMIT_BENCH_ORDERS", "2000"))
"""Orders of the event whose list is read."""


@dataclass(frozen=True)
class Target:
    """The most an operation may cost. None: not bound."""

    requests: int
    writes: int = 0
    write_units: float | None = None
    read_units: float | None = None


@dataclass(frozen=True)
class Operation:
    name: str
    target: Target
    prepare: Callable[[House], Request]
    """Brings about what the request needs, anew for each."""
    cold: bool = False
    """Measured with empty caches."""


# A query and a read for each shard of the index, one of the event's catalog, one write an order: what waits
# for later costs nothing.
_TEN_DUE = Target(requests=2 * DUE_SHARDS + 11, writes=10)


def _page(house: House) -> Request:
    return http("purchase", "GET", "/public/events/{slug}", {"slug": house.event.slug})


def _quote(code: str | None = None) -> Callable[[House], Request]:
    def prepare(house: House) -> Request:
        lines = [
            {"tier_id": house.event.free_tier, "quantity": 1},
            {"tier_id": house.event.pass_tier, "quantity": 2},
        ]
        slug = {"slug": house.event.slug}
        asked = {"lines": lines, "code": code}
        return http("purchase", "POST", "/public/events/{slug}/quote", slug, body=asked)

    return prepare


def _place(method: str, code: str | None = None) -> Callable[[House], Request]:
    return lambda house: house.placing(method, code=code)


def _approve(house: House) -> Request:
    event = house.curate()
    order = house.call(house.placing("invoice", event=event))
    return house.as_organizer(
        "POST",
        "/events/{event_id}/orders/{order_id}/approve",
        {**event.parts, "order_id": order["id"]},
        expected={"status": "awaiting_payment"},
    )


def _offer(house: House) -> Request:
    """Offer a pass to one who waits, behind others who have theirs."""
    house.crowd()
    house.call(house.waiting())
    return house.offering(1)


def _accept(house: House) -> Request:
    house.crowd()
    entry = house.call(house.waiting())
    house.call(house.offering(1))
    return house.accepting(entry)


def _edit_tier(house: House) -> Request:
    return house.editing(house.event, description_line="Both days, and lunch")


def _edit_limit(house: House) -> Request:
    return house.editing(house.event, ticket_limit=next(_limits))


_limits = count(1_001)


def _tier_list(house: House) -> Request:
    route = "/events/{event_id}/tiers"
    return house.as_organizer("GET", route, house.event.parts, function="catalog")


def _settle(house: House) -> Request:
    return house.webhook(house.call(house.placing("card")))


def _settle_invoice(house: House) -> Request:
    order = house.call(house.placing("invoice"))
    return house.as_organizer(
        "POST",
        "/events/{event_id}/orders/{order_id}/settle",
        {"event_id": house.event.id, "order_id": order["id"]},
        function="settle",
        body={"note": "bank statement 12"},
        expected={"status": "settled"},
    )


def _generate(tickets: int) -> Callable[[House], Request]:
    return lambda house: house.generating(house.call(house.placing_for_nothing(tickets)))


def _assign(house: House) -> Request:
    order = house.an_order_with_tickets(1)
    holder = {"email": "hanna@guests.example", "name": "Hanna Holder", "company": "Polar Systems AS"}
    parts, function = {"number": "1"}, "my_tickets"
    return house.of_order("PUT", "/tickets/{number}/holder", order, parts, function, body=holder)


def _my_tickets(house: House) -> Request:
    _hold_many(house)
    return http("my_tickets", "GET", "/me/tickets", query={"limit": "50"}, signed_in=COLLECTOR)


@cache
def _hold_many(house: House) -> None:
    house.collect(60)


def _persons(more: int) -> Callable[[House], Request]:
    """List a page of the attendees of an event that has so many more of them than before."""

    def prepare(house: House) -> Request:
        _invite(house, more)
        route = "/events/{event_id}/persons"
        return house.as_organizer("GET", route, house.event.parts, query={"limit": "50"})

    return prepare


def _search(more: int) -> Callable[[House], Request]:
    def prepare(house: House) -> Request:
        _invite(house, more)
        route = "/events/{event_id}/persons"
        query = {"limit": "50", "q": "guest 123"}
        return house.as_organizer("GET", route, house.event.parts, query=query)

    return prepare


@cache
def _invite(house: House, persons: int) -> None:
    house.invite(persons)


def _scan(house: House) -> Request:
    return house.scanning(house.a_credential(), result="admitted")


def _scan_again(house: House) -> Request:
    request = _scan(house)
    house.call(request)
    return request


def _scan_forged(house: House) -> Request:
    credential = house.a_credential()
    forged = credential[:-3] + ("000" if credential[-3:] != "000" else "100")
    return house.scanning(forged, result="refused", reason="invalid")


def _scan_out(house: House) -> Request:
    code = house.a_credential()
    house.call(house.scanning(code))
    return house.passing({"credential": code, "direction": "out"}, result="admitted")


def _scan_in_again(house: House) -> Request:
    out = _scan_out(house)
    house.call(out)
    return house.scanning(json.loads(out.event["body"])["credential"], result="admitted")


def _scan_refused(house: House) -> Request:
    code = house.a_credential()
    house.call(house.scanning(code))
    return house.scanning(code, result="refused", reason="already_in")


def _sync(scans: int) -> Callable[[House], Request]:
    """Bring in the entries of so many tickets of orders of fifty."""

    def prepare(house: House) -> Request:
        at = datetime.now(UTC) - timedelta(hours=1)
        codes = [code for _ in range(scans // 50) for code in house.codes(50)]
        body = {
            "scans": [
                {"credential": code, "nonce": str(uuid4()), "at": at.isoformat(), "outcome": "admitted"}
                for code in codes
            ]
        }
        return house.at_door("POST", "/sync", body=body)

    return prepare


def _undo(house: House) -> Request:
    code = house.a_credential()
    house.call(house.scanning(code))
    body = {"credential": code, "nonce": str(uuid4())}
    return house.at_door("POST", "/undo", body=body, expected={"admission": "out"})


def _group(tickets: int) -> Callable[[House], Request]:
    return lambda house: house.letting_in(house.an_order_at_door(tickets))


def _search_at_door(house: House) -> Request:
    """Find the twenty tickets of one guest among many."""
    return house.at_door("GET", "/search", query={"q": _guest_of_many(house)})


@cache
def _guest_of_many(house: House) -> str:
    return house.give_to_one(20)


def _roster(house: House) -> Request:
    _write_roster(house)
    return house.at_door("GET", "/roster", expected={"state": "ready"})


@cache
def _write_roster(house: House) -> None:
    house.write_roster(20)


def _stats(house: House) -> Request:
    _let_in(house)
    return house.at_door("GET", "/stats", query={"waiting": "0", "battery": "80"})


def _doors(what: str) -> Callable[[House], Request]:
    def prepare(house: House) -> Request:
        _let_in(house)
        route = f"/events/{{event_id}}/{what}"
        return house.as_organizer("GET", route, house.event.parts, function="door", query=None)

    return prepare


@cache
def _let_in(house: House) -> None:
    house.let_in(60)


def _project(house: House) -> Request:
    """Each record is one that the summary has not seen, of orders that it has."""
    return stream("project", [house.placed_record(order) for order in _placed(house)])


def _report(what: str) -> Callable[[House], Request]:
    """Read a report of an event with the orders and entries of the other operations."""
    path, _, asked = what.partition("?")
    query = dict([asked.split("=")]) if asked else None

    def prepare(house: House) -> Request:
        _let_in(house)
        _count(house)
        route = f"/events/{{event_id}}/reports/{path}"
        return house.as_organizer("GET", route, house.event.parts, function="reports", query=query)

    return prepare


@cache
def _count(house: House) -> None:
    house.call(_project(house))


def _checklist(house: House) -> Request:
    return house.as_organizer("GET", "/events/{event_id}/checklist", house.event.parts, function="catalog")


@cache
def _placed(house: House) -> list[dict[str, str]]:
    return [house.call(house.placing("invoice", quantity=1)) for _ in range(90)]


def _order_page(house: House) -> Request:
    order = house.an_order_with_tickets(3)
    return house.of_order("GET", "", order, expected={"status": "fulfilled"})


def _order_list(**asked: str) -> Callable[[House], Request]:
    """List a page of the orders of an event of four shards that have something in common."""

    def prepare(house: House) -> Request:
        _list(house)
        query = {"limit": "50", **asked}
        return house.as_organizer("GET", "/events/{event_id}/orders", house.events[4].parts, query=query)

    return prepare


def _summary(house: House) -> Request:
    return house.as_organizer("GET", "/events/{event_id}/summary", house.event.parts)


@cache
def _list(house: House) -> None:
    house.list_orders(LISTED)


def _company_tickets(house: House) -> Request:
    _allot(house)
    return http(
        "cart",
        "GET",
        "/distribution/companies/{company_id}/tickets",
        {"company_id": house.company},
        query={"limit": "50"},
        signed_in=RELAY,
    )


@cache
def _allot(house: House) -> None:
    house.an_order_with_tickets(50, company_id=house.company, source="allotment")


def _sweep(due: int, among: int = 0) -> Callable[[House], Request]:
    def prepare(house: House) -> Request:
        _hold(house, among)
        for _ in range(due):
            house.let_hold_end(house.call(house.placing("card")))
        return Request("settle", {"task": "sweep"}, {"done": due})

    return prepare


@cache
def _hold(house: House, orders: int) -> None:
    house.hold(orders)


def _seats(path: str = "") -> Callable[[House], Request]:
    """Read the seats of a house of 60,000, half of which are taken."""

    def prepare(house: House) -> Request:
        slug = {"slug": house.seat().slug}
        return http("purchase", "GET", f"/public/events/{{slug}}/seats{path}", slug)

    return prepare


def _best_seats(house: House) -> Request:
    event = house.seat()
    asked = {"tier_id": event.pass_tier, "quantity": 4}
    found = {"together": True}
    route = "/public/events/{slug}/seats/best"
    return http("purchase", "POST", route, {"slug": event.slug}, body=asked, expected=found)


def _place_seated(house: House) -> Request:
    return house.placing("invoice", quantity=4, event=house.seat())


OPERATIONS = (
    Operation("event page, cold", Target(requests=3), _page, cold=True),
    Operation("event page, warm", Target(requests=0), _page),
    Operation("quote, cold", Target(requests=3), _quote(), cold=True),
    Operation("quote, warm", Target(requests=0), _quote()),
    Operation("quote with a code", Target(requests=0), _quote(CODE)),
    Operation("place, free", Target(requests=1, writes=1, write_units=18), _place("free")),
    Operation("place, invoice", Target(requests=1, writes=1, write_units=20), _place("invoice")),
    Operation("place, card", Target(requests=2, writes=2, write_units=24), _place("card")),
    Operation("place with a discount", Target(requests=1, writes=1, write_units=30), _place("invoice", CODE)),
    Operation("place of two tiers", Target(requests=1, writes=1, write_units=26), House.placing_both),
    Operation("approve", Target(requests=5, writes=1, write_units=16), _approve),
    Operation("settle by Stripe's webhook", Target(requests=2, writes=1), _settle),
    Operation("settle an invoice", Target(requests=5, writes=1), _settle_invoice),
    Operation("generate 1 ticket", Target(requests=1, writes=1), _generate(1)),
    Operation("generate 10 tickets", Target(requests=1, writes=1), _generate(10)),
    Operation("generate 98 tickets", Target(requests=1, writes=1), _generate(98)),
    Operation("assign a ticket", Target(requests=3, writes=1, write_units=12), _assign),
    Operation("my tickets, 50", Target(requests=1), _my_tickets),
    Operation("persons by name, 50 of 1,000", Target(requests=5), _persons(1_000)),
    Operation("persons by name, 50 of 50,000", Target(requests=5), _persons(49_000)),
    Operation("persons found, of 50,000", Target(requests=5), _search(49_000)),
    Operation("scan, admitted", Target(requests=1, writes=1, write_units=2), _scan),
    Operation("scan, same nonce again", Target(requests=1, writes=1, write_units=2), _scan_again),
    # Nothing is read for it; that somebody has tried is written down, with its place in two indexes.
    Operation("scan, forged", Target(requests=1, writes=1, write_units=3), _scan_forged),
    Operation("scan, out", Target(requests=1, writes=1, write_units=2), _scan_out),
    Operation("scan, in again", Target(requests=1, writes=1, write_units=2), _scan_in_again),
    # What speaks against it is decided from the ticket that the first write met, and kept by a second one.
    Operation("scan, refused", Target(requests=2, writes=2, write_units=4), _scan_refused),
    Operation("sync of 500 scans", Target(requests=500, writes=500, write_units=500), _sync(500)),
    Operation("undo a scan", Target(requests=2, writes=1, write_units=2), _undo),
    Operation("group of 10", Target(requests=10, writes=10, write_units=20), _group(10)),
    Operation("tickets found at a door", Target(requests=4), _search_at_door),
    Operation("roster, what to fetch", Target(requests=1), _roster),
    Operation("door as a device sees it", Target(requests=3, writes=1, write_units=1), _stats),
    # Beside the catalog and who asks: one query, or one a shard with the rows and their tickets.
    Operation("doors as the organizer sees them", Target(requests=3), _doors("door")),
    Operation("admissions, 50 of 1 shard", Target(requests=5), _doors("admissions")),
    # Counts and marks; rows and orders that are read together; and the rows of each order that is new.
    Operation("project 90 orders", Target(requests=93, writes=91), _project),
    # Beside the catalog and who asks.
    Operation("sales by day", Target(requests=3), _report("sales?by=day")),
    Operation("sales by tier", Target(requests=4), _report("sales?by=tier")),
    Operation("arrivals by gate", Target(requests=3), _report("arrivals")),
    Operation("cash", Target(requests=3), _report("cash")),
    Operation("checklist of an event", Target(requests=3), _checklist),
    Operation("order page, 3 tickets", Target(requests=1), _order_page),
    # Who asks, and the catalog where it is older than five seconds; then one query, whatever was sold.
    Operation(f"order list, 50 of {LISTED:,}", Target(requests=3), _order_list()),
    Operation("orders by status", Target(requests=3), _order_list(status="awaiting_approval")),
    Operation("orders by a reason", Target(requests=3), _order_list(attention="approval_waiting")),
    Operation("orders by two filters", Target(requests=8), _order_list(status="settled", method="card")),
    Operation("orders by words", Target(requests=4), _order_list(q="berit")),
    Operation("summary", Target(requests=1), _summary),
    Operation("company's tickets, 50", Target(requests=3), _company_tickets),
    Operation("sweep, none due", Target(requests=DUE_SHARDS), _sweep(0)),
    Operation("sweep, 10 due", _TEN_DUE, _sweep(10)),
    Operation("sweep, 10 due of 1,000 open", _TEN_DUE, _sweep(10, among=1_000)),
    Operation("sweep, 10 due of 20,000 open", _TEN_DUE, _sweep(10, among=19_000)),
    Operation("tiers of an event", Target(requests=3), _tier_list),
    Operation("edit a tier", Target(requests=4, writes=1), _edit_tier),
    Operation("edit a tier's limit", Target(requests=5, writes=1), _edit_limit),
    # The plan and the rows of each of 40 sections, beside what the event page reads.
    Operation("60,000 seats, cold", Target(requests=84, read_units=1_000), _seats(), cold=True),
    Operation("60,000 seats", Target(requests=40, read_units=1_000), _seats()),
    Operation("states of 60,000 seats", Target(requests=40, read_units=1_000), _seats("/state")),
    # Two sections are read at once, the nearest ones; the best seats are in the first.
    Operation("best 4 of 60,000 seats, cold", Target(requests=8), _best_seats, cold=True),
    Operation("best 4 of 60,000 seats", Target(requests=2), _best_seats),
    Operation("place with 4 seats", Target(requests=3, writes=1, write_units=24), _place_seated),
    # A waiting list is looked at in each sweep, so those are measured before there is one.
    Operation("offer to who waits", Target(requests=7, writes=2, write_units=10), _offer),
    Operation("accept an offer", Target(requests=2, writes=1, write_units=24), _accept),
)
