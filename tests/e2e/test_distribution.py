"""A company hands its tickets out: a relay begins a cart, a colleague goes on with it, guests are served.

Each stage is what one of them does, with what was seen right after it; later stages build on earlier ones.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest

from local import template
from tests.e2e.clients import (
    Door,
    Json,
    Organizer,
    Outbox,
    Relay,
    Shop,
    Stack,
    csv_of,
    links_in,
    new_address,
    price,
    signed_in,
    wait_for,
)

NAME = "Fjord Analytics"
CONCERT, PARTY = "The concert", "The party"
SEATS, PARTY_TICKETS = 40, 6
GUESTS = 12
SHARES = [3] * 10 + [2] * 2
"""Seats of each guest; the first six get a ticket to the party, too."""


class House(NamedTuple):
    """A company with tickets of two events, two relays and an address book; and a company beside it."""

    concert: Json
    party: Json
    company: Json
    first: str
    """Address of the primary relay."""
    second: str
    stranger: str
    """Address of the other company's relay."""
    orders: list[Json]
    """Of the seats, and of the tickets to the party."""
    guests: list[Json]
    later: list[Json]
    """Contacts who get what others have given up."""


class Seen(NamedTuple):
    """How things stood after a stage."""

    states: Counter[str]
    cart: Json
    """Of the first relay."""
    mails: list[str]
    """Subjects of what the guests were mailed."""
    revisions: dict[str, int]
    """Of the tickets, by id."""


class Allocated(NamedTuple):
    seen: Seen
    meant: dict[str, list[str]]
    """Ids of tickets by the id of the contact."""
    free: list[str]
    """Ids of seats that are meant for nobody."""


class Changed(NamedTuple):
    opened: Json
    """The first relay's cart, as the second one has found it."""
    results: list[Json]
    served: list[Json]
    """Contacts who were served."""
    left: Json
    """The cart, as he has left it."""
    meant: dict[str, list[str]]
    old: httpx.Response
    """The answer to a change of a line that was looked at before."""


class Finished(NamedTuple):
    found: Json
    """The cart, as the first relay has found it when he came back."""
    results: list[Json]
    left: Json


class Redone(NamedTuple):
    """Three tickets that went from three guests to three others."""

    tickets: list[Json]
    """As their former holders saw them."""
    codes: list[str]
    taken: list[str]
    """The results of taking back."""
    results: list[Json]


def seen(house: House, relay: Relay, shop: Shop, outbox: Outbox) -> Seen:
    return Seen(
        states=relay.states(),
        cart=relay.cart(house.first),
        mails=[subject for guest in house.guests for subject in outbox.subjects_to(guest["email"])],
        revisions={
            ticket["id"]: ticket["revision"]
            for order in house.orders
            for ticket in shop.look(order)["tickets"]
        },
    )


def logged(relay: Relay, entries: int) -> list[Json]:
    """Wait until so much stands in the log of the company, and return it."""
    return wait_for(
        f"{entries} entries of the log",
        lambda: log if len(log := relay.log()) >= entries else None,
    )


def lines(cart: Json) -> dict[str, list[str]]:
    return {line["contact_id"]: [ticket["id"] for ticket in line["tickets"]] for line in cart["guests"]}


def code_of(answer: httpx.Response) -> str | None:
    code: str | None = answer.json().get("code")
    return code


def subject(*events: str) -> str:
    return f"Tickets for {', '.join(events)} from {NAME}"


def hall(tier_id: str) -> Json:
    rows = [{"id": str(row), "count": 10, "x": 0, "y": row} for row in range(1, 6)]
    return {
        "categories": [{"id": "all", "title": "Hall", "tier_ids": [tier_id]}],
        "sections": [{"id": "hall", "title": "Hall", "category": "all", "rows": rows}],
    }


def contact_of(number: int, name: str = "Guest") -> dict[str, str]:
    return {"email": new_address(f"guest{number}"), "first_name": name, "last_name": f"Number {number}"}


def published(shop: Shop, organizer: Organizer, company: Json, title: str, units: int) -> tuple[Json, Json]:
    """Publish an event of which the company is a sponsor with so many tickets to draw."""
    event = organizer.publish_event({"title": title, "prices": [price(4900, "card")]}, title=title)
    said = organizer.send("PUT", f"/events/{event['id']}/organizations/{company['id']}", {"role": "sponsor"})
    assert said.status_code == 200, said.text
    return event, organizer.allot(event, company, shop.tier(event["slug"], title)["id"], units)


@pytest.fixture(scope="module")
def house(stack: Stack, shop: Shop, organizer: Organizer) -> House:
    first, second, stranger = (new_address(name) for name in ("ingrid", "jonas", "stranger"))
    company = organizer.company(NAME, first, second)
    organizer.company("Glacier Foods", stranger)
    concert, seats = published(shop, organizer, company, CONCERT, SEATS)
    organizer.seat(concert, **hall(seats["tier_id"]))
    kept = {"rows": [f"hall-{row}" for row in range(1, 5)], "channel": seats["id"]}
    assert organizer.add(concert, "seating/block", kept) == {"changed": SEATS, "refused": [], "more": 0}
    party, tickets = published(shop, organizer, company, PARTY, PARTY_TICKETS)
    with signed_in(stack, first) as http:
        relay = Relay(http, company["id"])
        orders = [relay.draw(seats, SEATS), relay.draw(tickets, PARTY_TICKETS)]
        guests = [relay.add("contacts", {**contact_of(at)}) for at in range(1, GUESTS + 1)]
        rows = [contact_of(at, "Later") for at in range(1, 4)]
        tried = relay.work_off("contacts/import", csv_of(rows), dry_run=True)
        assert (tried["created"], relay.look("contacts?q=later")["items"]) == (3, [])
        done = relay.work_off("contacts/import", csv_of(rows))
        assert (done["status"], done["created"], done["failed"]) == ("done", 3, 0)
        later = relay.look("contacts?q=later")["items"]
        for order in orders:
            shop.wait(order)
        wait_for("the tickets", lambda: len(relay.tickets()) == SEATS + PARTY_TICKETS or None)
    return House(concert, party, company, first, second, stranger, orders, guests, later)


@pytest.fixture(scope="module")
def second(stack: Stack, house: House) -> Iterator[Relay]:
    with signed_in(stack, house.second) as http:
        yield Relay(http, house.company["id"])


@pytest.fixture(scope="module")
def door(organizer: Organizer, house: House) -> Door:
    return organizer.pair_device(house.concert)


@pytest.fixture(scope="module")
def allocated(stack: Stack, shop: Shop, outbox: Outbox, house: House) -> Allocated:
    """The first relay brings guests into his cart, puts 40 tickets into the lines of twelve, and leaves."""
    with signed_in(stack, house.first) as http:
        relay = Relay(http, house.company["id"])
        before = seen(house, relay, shop, outbox)
        seats = [ticket["id"] for ticket in relay.tickets(event=house.concert["id"])]
        party = [ticket["id"] for ticket in relay.tickets(event=house.party["id"])]
        for guest in house.guests[:3]:
            assert relay.send("PUT", f"cart/guests/{guest['id']}").status_code == 200
        meant = {}
        for guest, share in zip(house.guests, SHARES, strict=True):
            given, seats = [*seats[:share], *party[:1]], seats[share:]
            party = party[1:]
            answer = relay.allocate(guest, add=given)
            assert answer.status_code == 200, answer.text
            meant[guest["id"]] = given
        logged(relay, 3 + GUESTS)
        after = seen(house, relay, shop, outbox)
    assert (before.states, before.mails) == ({"not_distributed": SEATS + PARTY_TICKETS}, [])
    assert before.revisions == after.revisions
    return Allocated(after, meant, seats)


@pytest.fixture(scope="module")
def changed(house: House, second: Relay, allocated: Allocated) -> Changed:
    """The second relay goes on with it: he serves five guests, and changes the lines of two others."""
    opened = second.cart(house.first)
    served, (sixth, seventh) = house.guests[:5], house.guests[5:7]
    results = second.distribute(*served, of=house.first)
    meant = dict(allocated.meant)
    [gone, *rest] = meant[sixth["id"]]
    meant[sixth["id"]] = [*rest, allocated.free[0]]
    version = next(line["version"] for line in opened["guests"] if line["contact_id"] == sixth["id"])
    change = {"add": [allocated.free[0]], "remove": [gone], "version": version}
    answer = second.allocate(sixth, of=house.first, **change)
    assert answer.status_code == 200, answer.text
    [gone, *meant[seventh["id"]]] = meant[seventh["id"]]
    answer = second.allocate(seventh, of=house.first, remove=[gone])
    assert answer.status_code == 200, answer.text
    old = second.allocate(sixth, of=house.first, remove=meant[sixth["id"]][:1], version=version)
    return Changed(opened, results, served, second.cart(house.first), meant, old)


@pytest.fixture(scope="module")
def finished(stack: Stack, house: House, changed: Changed) -> Finished:
    """The first relay comes back and serves all others."""
    with signed_in(stack, house.first) as http:
        relay = Relay(http, house.company["id"])
        found = relay.cart()
        results = relay.distribute(*house.guests[5:])
        return Finished(found, results, relay.cart())


@pytest.fixture(scope="module")
def redone(stack: Stack, shop: Shop, outbox: Outbox, house: House, finished: Finished) -> Redone:
    """He takes a seat from three guests, who have fetched their codes, and gives them to three others."""
    pages = [links_in(outbox.wait(guest["email"]))[0] for guest in house.guests[7:10]]
    tickets = [shop.behind(page).json() for page in pages]
    codes = [shop.credential(ticket) for ticket in tickets]
    taken = [ticket["id"] for ticket in tickets]
    with signed_in(stack, house.first) as http:
        relay = Relay(http, house.company["id"])
        wait_for("three downloads", lambda: relay.states()["downloaded"] == 3 or None)
        results = relay.add("tickets/take-back", {"tickets": taken})["items"]
        for contact, ticket_id in zip(house.later, taken, strict=True):
            assert relay.allocate(contact, add=[ticket_id]).status_code == 200
        again = relay.distribute(*house.later)
        return Redone(tickets, codes, [one["result"] for one in results], again)


def test_what_is_meant_for_guests_mails_nobody_and_changes_no_code(allocated: Allocated) -> None:
    assert allocated.seen.states == {"allocated": 40, "not_distributed": 6}
    assert allocated.seen.mails == []
    assert lines(allocated.seen.cart) == allocated.meant
    assert allocated.seen.cart["counts"] == {"guests": GUESTS, "tickets": 40, "unassigned": 0}


def test_a_colleague_opens_the_cart_serves_guests_and_changes_lines(
    house: House, allocated: Allocated, changed: Changed
) -> None:
    assert (changed.opened["relay"], changed.opened["acting_for"]) == (house.second, house.first)
    assert lines(changed.opened) == allocated.meant
    assert [one["result"] for one in changed.results] == ["distributed"] * 5
    assert {one["contact_id"]: sorted(one["tickets"]) for one in changed.results} == {
        guest["id"]: sorted(allocated.meant[guest["id"]]) for guest in changed.served
    }
    assert lines(changed.left) == {guest["id"]: changed.meant[guest["id"]] for guest in house.guests[5:]}
    assert code_of(changed.old) == "changed_meanwhile"
    assert changed.old.json()["line"]["changed_by"] == house.second


def test_the_relay_of_another_company_is_refused_everywhere(stack: Stack, house: House) -> None:
    bodies: dict[tuple[str, str], Json] = {
        ("PUT", "relays/{email}"): {"name": "Nobody"},
        ("POST", "contacts"): contact_of(99),
        ("POST", "contacts/import"): {"csv": "email\nada@example.com\n"},
        ("PATCH", "contacts/{contact_id}"): {"notes": "Read"},
        ("POST", "contacts/{contact_id}/merge"): {"other_id": house.guests[1]["id"]},
        ("POST", "allotments/{allotment_id}/orders"): {"quantity": 1},
        ("PUT", "cart/guests/{contact_id}/tickets"): {"add": [f"{house.orders[0]['id']}-1"]},
        ("POST", "cart/suggest"): {
            "event_id": house.concert["id"],
            "parties": [[{"contact_id": house.guests[0]["id"], "count": 1}]],
        },
        ("POST", "cart/distribute"): {"guests": [house.guests[0]["id"]]},
        ("PUT", "tickets/{ticket_id}/holder"): {"email": house.stranger, "name": "Nobody"},
        ("POST", "tickets/take-back"): {"tickets": [f"{house.orders[0]['id']}-1"]},
        ("POST", "claim-links"): {"tickets": [f"{house.orders[0]['id']}-1"]},
        ("POST", "import"): {"csv": "ticket_id,new_email\nA-1,ada@example.com\n"},
    }
    named = {
        "{email}": house.first,
        "{contact_id}": house.guests[0]["id"],
        "{event_id}": house.concert["id"],
        "{ticket_id}": f"{house.orders[0]['id']}-1",
    }
    routes = [
        (event["Properties"]["Method"], path.split("/", 4)[4])
        for resource in template.load()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if (path := event["Properties"].get("Path", "")).startswith("/distribution/companies/{")
    ]
    assert bodies.keys() <= set(routes)
    told = {}
    with signed_in(stack, house.stranger) as http:
        stranger = Relay(http, house.company["id"])
        for method, route in routes:
            path = route
            for name, value in named.items():
                path = path.replace(name, value)
            answer = stranger.send(method, path, bodies.get((method, route)))
            told[method, route] = (answer.status_code, code_of(answer))
        told["GET", "another's cart"] = (
            stranger.send("GET", f"cart?relay={house.first}").status_code,
            "not_found",
        )
        [own] = http.get("/distribution/companies").json()["items"]
    assert told == dict.fromkeys(told, (404, "not_found"))
    assert own["name"] == "Glacier Foods"


def test_the_first_relay_finds_the_cart_as_it_was_left_and_finishes(
    house: House, changed: Changed, finished: Finished
) -> None:
    assert (finished.found["relay"], finished.found["acting_for"]) == (house.first, None)
    assert finished.found["guests"] == changed.left["guests"]
    assert [one["result"] for one in finished.results] == ["distributed"] * 7
    assert (finished.left["guests"], finished.left["counts"]["tickets"]) == ([], 0)


def test_each_guest_gets_one_mail_whose_links_work(
    shop: Shop, outbox: Outbox, house: House, changed: Changed, redone: Redone
) -> None:
    for at, guest in enumerate(house.guests):
        events = (CONCERT, PARTY) if at < 6 else (CONCERT,)
        mail = outbox.wait_titled(guest["email"], subject(*events))
        former = [f"Your ticket for {CONCERT} is no longer yours"] if at in range(7, 10) else []
        outbox.wait_for_subjects(guest["email"], subject(*events), *former)
        links = [link for link in links_in(mail) if not former or "#key=" in link]
        answers = [shop.behind(link) for link in links]
        assert {answer.status_code for answer in answers} <= ({200, 401, 404} if former else {200})
        pages = [answer.json() for answer in answers if answer.headers["Content-Type"] == "application/json"]
        had = {page["id"] for page in pages if page["holder"]["email"] == guest["email"]}
        gone = {ticket["id"] for ticket in redone.tickets}
        assert had == set(changed.meant[guest["id"]]) - gone
        assert all(page["seat"] in mail["BodyText"] for page in pages if page["seat"])


def test_what_was_taken_back_admits_who_has_it_now_and_nobody_else(
    shop: Shop, outbox: Outbox, house: House, redone: Redone, door: Door
) -> None:
    assert redone.taken == ["taken_back"] * 3
    assert [one["tickets"] for one in redone.results] == [[ticket["id"]] for ticket in redone.tickets]
    for contact, ticket, old in zip(house.later, redone.tickets, redone.codes, strict=True):
        refused = door.scan(old)
        assert (refused["result"], refused["reason"]) == ("refused", "superseded")
        mail = outbox.wait_titled(contact["email"], subject(CONCERT))
        outbox.wait_for_subjects(contact["email"], subject(CONCERT))
        mine = shop.behind(links_in(mail)[0]).json()
        assert (mine["id"], mine["seat"]) == (ticket["id"], ticket["seat"])
        admitted = door.scan(shop.credential(mine))
        assert (admitted["result"], admitted["seat"]) == ("admitted", ticket["seat"])
        assert admitted["person"]["name"] == f"{contact['first_name']} {contact['last_name']}"


def test_the_log_tells_in_order_who_has_done_what_and_for_whom(
    house: House, second: Relay, changed: Changed, redone: Redone
) -> None:
    wanted = [
        *[("added", house.first, None)] * 3,
        *[("allocated", house.first, None)] * GUESTS,
        *[("distributed", house.second, house.first)] * 5,
        *[("allocated", house.second, house.first)] * 2,
        *[("distributed", house.first, None)] * 7,
        *[("taken_back", house.first, None)] * 3,
        *[("allocated", house.first, None)] * 3,
        *[("distributed", house.first, None)] * 3,
    ]
    log = logged(second, len(wanted))
    assert [(one["step"], one["actor"], one["acting_for"]) for one in log] == wanted
    by_name = [one["guest"]["email"] for one in log]
    addresses = [guest["email"] for guest in house.guests]
    later = [contact["email"] for contact in house.later]
    assert by_name[:15] == [*addresses[:3], *addresses]
    assert sorted(by_name[15:20]) == sorted(addresses[:5])
    assert by_name[20:22] == addresses[5:7]
    assert sorted(by_name[22:29]) == sorted(addresses[5:])
    assert sorted(by_name[29:32]) == sorted(addresses[7:10])
    assert (by_name[32:35], sorted(by_name[35:])) == (later, sorted(later))
    given = {one["guest"]["contact_id"]: sorted(one["distributed"]) for one in [*log[15:20], *log[22:29]]}
    assert given == {contact: sorted(tickets) for contact, tickets in changed.meant.items()}
    assert [one["taken"] for one in log[29:32]] == [[ticket["id"]] for ticket in redone.tickets]


def test_what_a_contact_has_got_and_lost_stands_in_his_history(
    house: House, second: Relay, redone: Redone
) -> None:
    path = f"contacts/{house.guests[7]['id']}/history"
    assert [one["step"] for one in second.look(path)["items"]] == ["taken_back", "distributed"]


@pytest.mark.usefixtures("redone")
def test_the_dashboard_counts_what_was_downloaded_and_what_was_used(
    house: House, second: Relay, shop: Shop, outbox: Outbox, door: Door
) -> None:
    mail = outbox.wait(house.guests[11]["email"])
    code = shop.credential(shop.behind(links_in(mail)[0]).json())
    before = second.states(event=house.concert["id"])
    wait_for("one to be downloaded", lambda: second.states()["downloaded"] or None)
    assert door.scan(code)["result"] == "admitted"

    def counted() -> Json | None:
        [concert] = second.look(f"dashboard?event={house.concert['id']}")["items"]
        states = second.states(event=house.concert["id"])
        shown = {state: count for state, count in concert["states"].items() if count}
        return concert if shown == states and states["used"] == before["used"] + 1 else None

    concert = wait_for("the dashboard to follow", counted)
    assert concert["total"] == SEATS
    assert concert["states"]["not_distributed"] == 7
    assert concert["take_back_possible"] == concert["states"]["distributed"] + concert["states"]["downloaded"]
    both = second.look("dashboard")["items"]
    assert {one["event"]["title"]: one["total"] for one in both} == {CONCERT: SEATS, PARTY: PARTY_TICKETS}
    overlay = second.look(f"events/{house.concert['id']}/seats")
    assert (overlay["counts"], overlay["unseated"]) == (concert["states"], 0)


def test_a_sheet_goes_out_is_filled_in_and_comes_back(
    house: House, second: Relay, outbox: Outbox, redone: Redone
) -> None:
    before = second.states()
    free = {ticket["id"] for ticket in second.tickets(state="not_distributed")}
    rows = [row for row in second.sheet() if row["ticket_id"] in free][:4]
    assert all(row["seat"].startswith("Hall") and not row["current_email"] for row in rows)
    for at, row in enumerate(rows):
        row |= {f"new_{name}": value for name, value in contact_of(at).items()}
    rows[2]["new_email"] = "nobody at all"
    tried = second.assign(rows, dry_run=True)
    assert (tried["changed"], tried["failed"], second.states()) == (3, 1, before)
    assert [one["field"] for row in tried["rows"] for one in row["errors"]] == ["new_email"]
    rows[2]["new_email"] = new_address("mended")
    done = second.assign(rows)
    assert (done["status"], done["changed"], done["failed"]) == ("done", 4, 0)
    for row in rows:
        outbox.wait_for_subjects(row["new_email"], f"Your ticket for {CONCERT}")
    now = {row["ticket_id"]: row["current_email"] for row in second.sheet()}
    assert [now[row["ticket_id"]] for row in rows] == [row["new_email"] for row in rows]
    again = second.assign(rows)
    assert (again["changed"], again["failed"]) == (0, 0)


def test_of_two_relays_who_want_one_ticket_one_gets_it_and_the_other_hears_which(
    stack: Stack, house: House, second: Relay, redone: Redone
) -> None:
    [*_, wanted] = second.tickets(state="not_distributed")
    with signed_in(stack, house.first) as http, ThreadPoolExecutor(2) as at_once:
        first = Relay(http, house.company["id"])
        asked = zip((first, second), house.later, strict=False)
        answers = list(
            at_once.map(lambda one: one[0].allocate(one[1], add=[wanted["id"]]), asked),
        )
        refused, done = sorted(answers, key=lambda answer: answer.is_success)
        assert (done.status_code, refused.status_code) == (200, 409)
        assert code_of(refused) == "allocation_refused"
        [fault] = refused.json()["errors"]
        assert fault["field"] == "add[0]"
        assert "stands in the cart of" in fault["message"]
        assert lines(first.cart()) | lines(second.cart()) == {
            done.json()["contact_id"]: [wanted["id"]],
        }


@pytest.mark.usefixtures("redone")
def test_the_cart_follows_what_is_said_of_a_contact(house: House, second: Relay) -> None:
    [one, other, *_] = second.tickets(state="not_distributed")
    double = second.add("contacts", {**contact_of(50, "Double")})
    right = second.add("contacts", {**contact_of(51, "Right")})
    assert second.allocate({"id": "nobody"}, add=[other["id"]]).status_code == 200
    for contact, ticket in ((double, one), (right, other)):
        assert second.allocate(contact, add=[ticket["id"]]).status_code == 200
    corrected = second.send("PATCH", f"contacts/{double['id']}", {"first_name": "Ada"})
    assert corrected.status_code == 200, corrected.text
    named = {line["contact_id"]: line["name"] for line in second.cart()["guests"]}
    assert named[double["id"]] == "Ada Number 50"

    merged = second.add(f"contacts/{right['id']}/merge", {"other_id": double["id"]})
    assert merged["id"] == right["id"]
    assert sorted(lines(second.cart())[right["id"]]) == sorted([one["id"], other["id"]])
    assert second.send("GET", f"contacts/{double['id']}").status_code == 404
    assert second.send("DELETE", f"contacts/{right['id']}").status_code == 204
    assert right["id"] not in lines(second.cart())
    assert {one["id"], other["id"]} <= {ticket["id"] for ticket in second.tickets(state="not_distributed")}
    assert double["email"] not in second.send("GET", "contacts/export").text


@pytest.mark.usefixtures("redone")
def test_of_many_guests_a_job_serves_those_who_are_in_the_cart(second: Relay, outbox: Outbox) -> None:
    [ticket, *_] = second.tickets(state="not_distributed")
    contact = second.add("contacts", {**contact_of(60)})
    assert second.allocate(contact, add=[ticket["id"]]).status_code == 200
    asked = {"guests": [contact["id"], *(f"stranger{at}" for at in range(100))]}
    begun = second.send("POST", "cart/distribute", asked)
    assert begun.status_code == 202, begun.text
    path = f"jobs/{begun.json()['job']['id']}"
    done = wait_for("the job", lambda: job if (job := second.look(path))["status"] == "done" else None)
    assert (done["changed"], done["skipped"], done["failed"]) == (1, 100, 0)
    outbox.wait_for_subjects(contact["email"], subject(CONCERT))


@pytest.mark.parametrize(
    ("switches", "refusals"),
    [
        ({"distribution_enabled": False}, {"contacts": None, "cart": "distribution_off"}),
        ({"address_book_enabled": False}, {"contacts": "address_book_off", "cart": "distribution_off"}),
    ],
)
def test_a_company_without_the_portal_or_the_address_book_is_told_so(
    stack: Stack, organizer: Organizer, switches: Json, refusals: dict[str, str | None]
) -> None:
    email = new_address("relay")
    company = organizer.company(f"Switched off {uuid4().hex[:6]}", email, **switches)
    with signed_in(stack, email) as http:
        relay = Relay(http, company["id"])
        assert {path: code_of(relay.send("GET", path)) for path in refusals} == refusals
        [acts_for] = http.get("/distribution/companies").json()["items"]
        assert not acts_for["enabled"]["distribution_enabled"]
    both = organizer.send(
        "PATCH",
        f"/companies/{company['id']}",
        {"address_book_enabled": False, "distribution_enabled": True},
    )
    assert (both.status_code, [one["field"] for one in both.json()["errors"]]) == (
        422,
        ["distribution_enabled"],
    )


def test_a_company_that_may_take_nothing_back_is_refused_by_ticket_and_its_organizer_is_not(
    stack: Stack, shop: Shop, organizer: Organizer
) -> None:
    email = new_address("relay")
    company = organizer.company("Final Gifts", email, take_back="off")
    event, allotment = published(shop, organizer, company, "A gift", 1)
    with signed_in(stack, email) as http:
        relay = Relay(http, company["id"])
        [ticket] = shop.wait(relay.draw(allotment, 1))["tickets"]
        contact = relay.add("contacts", {**contact_of(1)})
        assert relay.allocate(contact, add=[ticket["id"]]).status_code == 200
        [given] = relay.distribute(contact)
        assert given["result"] == "distributed"
        [refused] = relay.add("tickets/take-back", {"tickets": [ticket["id"]]})["items"]
        assert (refused["result"], refused["code"]) == ("refused", "take_back_off")
        assert not relay.tickets()[0]["take_back_possible"]
    order_id, number = ticket["id"].split("-")
    path = f"/events/{event['id']}/orders/{order_id}/tickets/{number}/holder"
    assert organizer.send("DELETE", path).status_code == 200
