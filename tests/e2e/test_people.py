"""Tickets reach the right people: handed out by a company, passed on, taken by a link, told of by mail."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.clients import (
    Door,
    Json,
    Organizer,
    Outbox,
    Relay,
    Shop,
    Stack,
    bounce,
    euro,
    links_in,
    new_address,
    read_qr,
    signed_in,
    wait_for,
)

TITLE = "An event of the tests"
YOURS = f"Your ticket for {TITLE}"
SELLER = {"name": "Northern Lights AS", "address": "Kaibakken 1\n9008 Tromsø", "iban": "NO9386011117947"}


class Sponsor(NamedTuple):
    """A sponsor of an event, who acts for it, and what it has ordered."""

    event: Json
    relay: Relay
    email: str
    """Of the relay."""
    allotment: Json
    bought: Json
    """By invoice, five tickets."""
    drawn: Json
    """From the allotment, all twenty that it has."""


class Guests(NamedTuple):
    """A sheet with two rows at fault, and what became of it."""

    sponsor: Sponsor
    rows: list[dict[str, str]]
    tried: Json
    """The job of a dry run."""
    states_then: Counter[str]
    done: Json

    @property
    def right(self) -> list[dict[str, str]]:
        return [row for at, row in enumerate(self.rows) if at not in (3, 11)]


def code_of(answer: httpx.Response) -> str | None:
    code: str | None = answer.json().get("code")
    return code


def refused(door: Door, credential: str) -> str:
    """Say why a door refuses a code."""
    scan = door.scan(credential)
    assert scan["result"] == "refused"
    reason: str = scan["reason"]
    return reason


def wait_for_one_mail_each(outbox: Outbox, subject: str, addresses: list[str]) -> None:
    def told() -> Counter[str]:
        found = outbox.mails_about(subject)
        return Counter(address for mail in found for address in mail["To"] if address in addresses)

    wait_for(f"{len(addresses)} mails", lambda: len(told()) == len(addresses) or None)
    assert set(told().values()) == {1}


@pytest.fixture(scope="module")
def sponsor(stack: Stack, shop: Shop, organizer: Organizer) -> Iterator[Sponsor]:
    """A company with one relay, who has bought five tickets by invoice and drawn twenty for nothing."""
    event, email = organizer.publish_event(seller=SELLER), new_address("relay")
    company = organizer.send("POST", "/companies", {"name": "Fjord Analytics"}).json()
    for path, said in (
        (f"/companies/{company['id']}/relays/{email}", {"name": "Ingrid Dahl"}),
        (f"/events/{event['id']}/organizations/{company['id']}", {"role": "sponsor"}),
    ):
        answer = organizer.send("PUT", path, said)
        assert answer.status_code == 200, answer.text
    asked = {
        "title": "Sponsor's tickets",
        "tier_id": shop.tier(event["slug"], "Regular")["id"],
        "units": 20,
        "company_id": company["id"],
        "terms": {"price": "free"},
    }
    allotment = organizer.add(event, "allotments", asked)
    with signed_in(stack, email) as http:
        relay = Relay(http, company["id"])
        buyer = {"email": email, "name": "Ingrid Dahl"}
        bought = Shop(http).place(
            event["slug"], "Regular", "invoice", 5, buyer=buyer, company_id=company["id"]
        )
        drawn = relay.draw(allotment, 20)
        shop.wait_document(bought)
        assert organizer.settle(event, bought).status_code == 200
        for order in (bought, drawn):
            shop.wait(order)
        wait_for("the company's tickets", lambda: len(relay.tickets()) == 25 or None)
        yield Sponsor(event, relay, email, allotment, bought, drawn)


@pytest.fixture(scope="module")
def guests(shop: Shop, sponsor: Sponsor) -> Guests:
    """The sponsor's tickets given away by a sheet: one address is none, one ticket is somebody else's."""
    [stranger] = shop.wait(shop.place(sponsor.event["slug"], "Free ticket", "free"))["tickets"]
    rows = [
        row
        | {
            "new_email": new_address(f"guest{at}"),
            "new_first_name": "Guest",
            "new_last_name": f"Number {at}",
            "new_company": "Fjord Analytics",
        }
        for at, row in enumerate(sponsor.relay.sheet())
    ]
    rows[3]["new_email"] = "nobody at all"
    rows[11]["ticket_id"] = stranger["id"]
    tried = sponsor.relay.assign(rows, dry_run=True)
    return Guests(sponsor, rows, tried, sponsor.relay.states(), sponsor.relay.assign(rows))


def test_a_sponsor_buys_tickets_by_invoice_and_draws_those_that_are_set_apart_for_it(
    shop: Shop, organizer: Organizer, sponsor: Sponsor
) -> None:
    assert (sponsor.bought["source"], sponsor.bought["total"]) == ("public", euro(5 * 4900))
    assert (sponsor.drawn["source"], sponsor.drawn["total"]) == ("allotment", euro(0))
    assert [len(shop.look(order)["tickets"]) for order in (sponsor.bought, sponsor.drawn)] == [5, 20]
    assert shop.pdf(shop.wait_document(sponsor.bought)).startswith(b"%PDF")
    one_more = sponsor.relay.send("POST", f"allotments/{sponsor.allotment['id']}/orders", {"quantity": 1})
    assert code_of(one_more) == "sold_out"
    [row] = organizer.look(sponsor.event, "organizations")["items"]
    assert (row["role"], row["totals"]["orders"], row["totals"]["issued"]) == ("sponsor", 2, 25)
    assert row["totals"]["paid"] == euro(5 * 4900)


def test_a_sheet_names_the_two_rows_at_fault_and_gives_all_other_tickets_away(
    outbox: Outbox, guests: Guests
) -> None:
    for job in (guests.tried, guests.done):
        assert (job["status"], job["changed"], job["failed"]) == ("done", 23, 2)
        faults = [(one["row"], one["field"]) for row in job["rows"] for one in row["errors"]]
        assert faults == [(5, "new_email"), (13, "ticket_id")]
    assert guests.states_then == {"not_distributed": 25}
    assert guests.sponsor.relay.states() == {"distributed": 23, "not_distributed": 2}
    wait_for_one_mail_each(outbox, YOURS, [row["new_email"] for row in guests.right])


def test_a_guest_gives_his_ticket_to_another_person_and_only_the_new_code_admits(
    stack: Stack, shop: Shop, organizer: Organizer, outbox: Outbox, guests: Guests
) -> None:
    door = organizer.pair_device(guests.sponsor.event)
    row, taker = guests.right[7], new_address("taker")
    giver, name = row["new_email"], f"Guest {row['new_last_name']}"
    page, calendar = links_in(outbox.wait(giver))
    ticket = shop.behind(page).json()
    assert (ticket["id"], ticket["holder"]["name"]) == (row["ticket_id"], name)
    assert shop.behind(calendar).headers["Content-Type"].startswith("text/calendar")
    old = shop.credential(ticket)

    with signed_in(stack, giver) as http:
        [listed] = http.get("/me/tickets").json()["items"]
        assert (listed["id"], listed["scope"]) == (ticket["id"], "upcoming")
        offer = http.post(f"/me/tickets/{ticket['id']}/transfer", json={"email": taker, "note": "Enjoy"})
        assert offer.status_code == 201, offer.text
        assert refused(door, old) == "in_transfer"
        mail = outbox.wait(taker)
        [link] = links_in(mail)
        assert ("Enjoy" in mail["BodyText"], shop.behind(link).json()["status"]) == (True, "open")
        outbox.wait_titled(giver, f"{YOURS} is offered to {taker}")
        accepted = shop.http.post(
            f"/public/transfers/{offer.json()['code']}/accept",
            json={"name": "Grace Hopper", "company": "Polar Systems", "title": "Captain"},
            headers={"X-Admit-Key": link.partition("#key=")[2]},
        )
        assert accepted.status_code == 200, accepted.text
        assert http.get("/me/tickets").json()["items"] == []
        [*_, given, left] = http.get(f"/me/tickets/{ticket['id']}/history").json()["items"]
        assert (given["holder"]["email"], left["what"], left["holder"]) == (giver, "passed on", None)

    assert refused(door, old) == "superseded"
    page, _ = links_in(outbox.wait_titled(taker, YOURS))
    admitted = door.scan(shop.credential(shop.behind(page).json()))
    assert (admitted["result"], admitted["person"]["name"]) == ("admitted", "Grace Hopper")
    assert [httpx.get(ticket[one]).status_code for one in ("qr_url", "badge_url")] == [401, 401]
    outbox.wait_for_subjects(taker, f"{name} offers you a ticket for {TITLE}", YOURS)
    accepted_by = f"{taker} has accepted your ticket for {TITLE}"
    outbox.wait_for_subjects(giver, YOURS, f"{YOURS} is offered to {taker}", accepted_by)


def test_everything_is_mailed_once_and_the_links_of_the_mails_lead_on(
    shop: Shop, outbox: Outbox, guests: Guests
) -> None:
    sponsor = guests.sponsor
    order, invoice = sponsor.bought, shop.wait_document(sponsor.bought)
    outbox.wait_for_subjects(
        sponsor.email,
        f"Your order {order['code']} for {TITLE}",
        f"Invoice {invoice['number']} for {TITLE}",
        f"Your tickets for {TITLE}",
        f"Your tickets for {TITLE}",
    )
    holding = [row["new_email"] for row in guests.right]
    wait_for_one_mail_each(outbox, YOURS, holding)
    links = [link for mail in outbox.mails_to(sponsor.email) for link in links_in(mail)]
    assert len(links) == 4
    links += [link for address in holding[:3] for link in links_in(outbox.wait(address))]
    assert {shop.behind(link).status_code for link in links} == {200}
    [drawn] = {link for link in links if sponsor.drawn["id"] in link and "/orders/" in link}
    for ticket in shop.behind(drawn).json()["tickets"][:3]:
        assert [httpx.get(ticket[one]).status_code for one in ("qr_url", "badge_url")] == [302, 302]


def test_a_relay_takes_a_ticket_back_and_lets_a_colleague_take_it_by_a_link(
    shop: Shop, outbox: Outbox, guests: Guests
) -> None:
    relay, row = guests.sponsor.relay, guests.right[20]
    results = relay.send("POST", "tickets/take-back", {"tickets": [row["ticket_id"]]}).json()["items"]
    assert [one["result"] for one in results] == ["taken_back"]
    told = outbox.wait_titled(row["new_email"], f"{YOURS} is no longer yours")
    assert links_in(told) == []

    made = relay.send("POST", "claim-links", {"tickets": [row["ticket_id"]], "domains": ["example.com"]})
    assert made.status_code == 201, made.text
    link = made.json()
    key = {"X-Admit-Key": link["url"].partition("#key=")[2]}
    colleague = new_address("colleague")
    answers = [
        shop.http.post(f"/public/claims/{link['id']}", json={"email": email, "name": "Liv Vik"}, headers=key)
        for email in ("liv@elsewhere.example", colleague)
    ]
    assert [code_of(answer) for answer in answers] == ["wrong_domain", None]
    page, _ = links_in(outbox.wait_titled(colleague, YOURS))
    assert shop.behind(page).json()["id"] == row["ticket_id"]
    assert [one["left"] for one in relay.send("GET", "claim-links").json()["items"]] == [0]
    assert relay.send("DELETE", f"claim-links/{link['id']}").status_code == 204


def test_a_primary_relay_names_another_who_then_acts_for_the_company(stack: Stack, sponsor: Sponsor) -> None:
    second = new_address("relay")
    named = sponsor.relay.send("PUT", f"relays/{second}", {"name": "Jonas Berg"})
    assert (named.status_code, named.json()["primary"]) == (200, False)
    with signed_in(stack, second) as http:
        other = Relay(http, sponsor.relay.company_id)
        [company] = http.get("/distribution/companies").json()["items"]
        assert (company["id"], company["primary"]) == (other.company_id, False)
        assert len(other.tickets()) == 25
        assert code_of(other.send("DELETE", f"relays/{sponsor.email}")) == "forbidden"
        assert sponsor.relay.send("DELETE", f"relays/{second}").status_code == 204
        assert other.send("GET", "tickets").status_code == 404


def test_nameless_tickets_are_taken_by_a_link_until_none_is_left(
    shop: Shop, organizer: Organizer, event: Json, outbox: Outbox
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 3)
    tickets = shop.wait(order)["tickets"]
    asked = {"tickets": [ticket["id"] for ticket in tickets[1:]]}
    made = shop.http.post(
        f"/public/orders/{order['id']}/claim-links", json=asked, headers={"X-Admit-Key": order["key"]}
    )
    assert made.status_code == 201, made.text
    link = made.json()["url"]
    read = shop.behind(link).json()
    assert (read["left"], read["open"], read["event"]["title"]) == (2, True, TITLE)
    key = {"X-Admit-Key": link.partition("#key=")[2]}

    def claim(email: str) -> httpx.Response:
        who = {"email": email, "name": "Ola Nordmann"}
        return shop.http.post(f"/public/claims/{made.json()['id']}", json=who, headers=key)

    first, second, third = (new_address(name) for name in ("first", "second", "third"))
    answers = [claim(email) for email in (first, first, second, third)]
    told = [answer.json().get("code") for answer in answers]
    assert told == [None, "already_claimed", None, "claim_ended"]
    door = organizer.pair_device(event)
    for email in (first, second):
        page, _ = links_in(outbox.wait_titled(email, YOURS))
        ticket = shop.behind(page).json()
        assert ticket["holder"]["email"] == email
        assert door.scan(shop.credential(ticket))["result"] == "admitted"
    assert shop.behind(link).json()["left"] == 0
    assert outbox.mails_to(third) == []


def test_lost_links_are_mailed_to_who_has_something_and_to_nobody_else(
    shop: Shop, event: Json, outbox: Outbox
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    shop.wait(order)
    holder, stranger = new_address("holder"), new_address("stranger")
    shop.give(order, 1, email=holder, name="Ola Nordmann")
    outbox.wait(holder)
    for address in (holder.upper(), stranger, order["buyer"]["email"]):
        answer = shop.http.post("/public/tickets/find", json={"email": address})
        assert (answer.status_code, answer.json()) == (202, {"sent": True})

    [ticket] = links_in(outbox.wait_titled(holder, "Your tickets and orders"))
    assert shop.behind(ticket).json()["holder"]["email"] == holder
    mine, bought = links_in(outbox.wait_titled(order["buyer"]["email"], "Your tickets and orders"))
    assert shop.behind(mine).json()["number"] == 2
    assert shop.behind(bought).json()["id"] == order["id"]
    assert outbox.mails_to(stranger) == []


def test_what_is_corrected_of_a_person_shows_on_his_badge_and_the_code_stays(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    shop.give(order, 1, email=new_address("holder"), name="Ola Normann")
    before = _drawn(shop, order)
    first, code = shop.badge(before), shop.credential(before)
    [person] = wait_for(
        "him to be found", lambda: organizer.look(event, "persons?q=normann")["items"] or None
    )

    organizer.change(event, f"persons/{person['id']}", {"name": "Ola Nordmann", "role": "speaker"})

    def corrected() -> Json | None:
        seen = _drawn(shop, order)
        return seen if seen["holder"]["name"] == "Ola Nordmann" else None

    after = wait_for("the ticket to follow", corrected)
    second = wait_for("the new badge", lambda: _other(shop.badge(after), first))
    assert read_qr(second) == shop.credential(after) == code
    assert organizer.pair_device(event).scan(code)["person"]["name"] == "Ola Nordmann"


def _drawn(shop: Shop, order: Json) -> Json:
    """Wait until the pictures of an order's first ticket are drawn, and return it."""

    def look() -> Json | None:
        ticket: Json = shop.look(order)["tickets"][0]
        return ticket if ticket["images"] == "drawn" else None

    return wait_for("the pictures to be drawn", look)


def _other(picture: bytes, than: bytes) -> bytes | None:
    return picture if picture != than else None


def test_two_entries_of_one_person_become_one_with_all_tickets(
    shop: Shop, organizer: Organizer, event: Json
) -> None:
    order, right = shop.place(event["slug"], "Free ticket", "free", 2), new_address("ola")
    shop.wait(order)
    shop.give(order, 1, email=right, name="Ola Nordmann")
    shop.give(order, 2, email=new_address("oal"), name="Ola Nordman")

    def known() -> list[Json] | None:
        found: list[Json] = organizer.look(event, "persons")["items"]
        return found if len(found) == 2 else None

    stays, goes = sorted(wait_for("both entries", known), key=lambda one: bool(one["email"] != right))
    organizer.add(event, f"persons/{stays['id']}/merge", {"other_id": goes["id"]})

    def merged() -> bool | None:
        holders = [ticket["holder"]["email"] for ticket in shop.look(order)["tickets"]]
        return holders == [right, right] or None

    wait_for("both tickets to be his", merged)
    [person] = organizer.look(event, "persons")["items"]
    assert len(person["tickets"]) == 2


def test_a_new_date_is_told_to_each_holder_and_stands_in_his_calendar(
    shop: Shop, organizer: Organizer, event: Json, outbox: Outbox
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    shop.wait(order)
    holder = new_address("holder")
    shop.give(order, 1, email=holder, name="Ola Nordmann")
    _, calendar = links_in(outbox.wait_titled(holder, YOURS))
    starts_at = datetime.fromisoformat(event["starts_at"]) + timedelta(days=7)
    later = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(days=1)).isoformat()}

    organizer.change(event, "", later)

    for address in (holder, order["buyer"]["email"]):
        mail = outbox.wait_titled(address, f"{TITLE}: new date or place")
        assert [shop.behind(link).status_code for link in links_in(mail)] == [200] * len(links_in(mail))
    assert f"{starts_at:%Y%m%d}" in shop.behind(calendar).text


def test_everybody_is_written_to_in_his_own_language(shop: Shop, event: Json, outbox: Outbox) -> None:
    buyer = {"email": new_address("kaeufer"), "name": "Jürgen Müller", "language": "de"}
    order = shop.place(event["slug"], "Free ticket", "free", 2, buyer=buyer)
    shop.wait(order)
    holder = new_address("porteur")
    shop.give(order, 1, email=holder, name="Amélie Dubois", language="fr")

    bought, given = outbox.wait(buyer["email"]), outbox.wait(holder)
    assert bought["Subject"] == f"Ihre Tickets für {TITLE}"
    assert bought["BodyText"].startswith("Guten Tag Jürgen Müller")
    assert given["Subject"] == f"Votre billet pour {TITLE}"


def test_an_event_asks_its_guests_and_writes_to_them_in_its_own_words(
    shop: Shop, organizer: Organizer, event: Json, outbox: Outbox
) -> None:
    asked = {"title": "What do you eat?", "kind": "text", "asked_of": "attendee", "asked_at": "assignment"}
    question = organizer.add(event, "questions", asked | {"required": True})["id"]
    path = f"/events/{event['id']}/mail-texts/ticket_assigned/en"
    own = {"subject": "Come to {event}, {name}", "text": "{greeting}\n\nSee you there.\n\n{link}"}
    assert code_of(organizer.send("PUT", path, own | {"text": "{nobody}"})) == "invalid_input"
    assert organizer.send("PUT", path, own).json()["own"]
    assert "See you there." in organizer.send("POST", f"{path}/preview", {}).json()["html"]

    order, holder = shop.place(event["slug"], "Free ticket", "free"), new_address("holder")
    shop.wait(order)
    give = f"/public/orders/{order['id']}/tickets/1/holder"
    who, key = {"email": holder, "name": "Ola Nordmann"}, {"X-Admit-Key": order["key"]}
    silent = shop.http.put(give, json=who, headers=key)
    assert [one["field"] for one in silent.json()["errors"]] == [f"answers.{question}"]
    told = shop.http.put(give, json=who | {"answers": {question: "Fish"}}, headers=key)
    assert told.status_code == 200, told.text

    mail = outbox.wait(holder)
    assert mail["Subject"] == f"Come to {TITLE}, Ola Nordmann"
    [link] = links_in(mail)
    page = urlsplit(link)
    changed = shop.http.put(
        f"/public{page.path}/person",
        json={"title": "Baker", "answers": {question: "Bread"}},
        headers={"X-Admit-Key": page.fragment.removeprefix("key=")},
    )
    assert (changed.status_code, changed.json()["holder"]["title"]) == (200, "Baker"), changed.text
    [person] = organizer.look(event, "persons")["items"]
    assert (person["answers"], person["title"]) == ({question: "Bread"}, "Baker")


def test_a_mailbox_that_bounces_is_told_to_the_organizer_and_cleared_when_he_mails_again(
    stack: Stack, shop: Shop, organizer: Organizer, event: Json, outbox: Outbox
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    outbox.wait(order["buyer"]["email"])
    path = f"orders/{order['id']}"

    bounce(stack.cognito_url, order["buyer"]["email"], order)

    def attention(reasons: list[str]) -> bool | None:
        return organizer.look(event, path)["attention"] == reasons or None

    wait_for("the order to ask for attention", lambda: attention(["mail_bounced"]))
    organizer.add(event, f"{path}/resend", {})
    wait_for(
        "the order to be mailed again", lambda: len(outbox.mails_to(order["buyer"]["email"])) == 2 or None
    )
    wait_for("the order to be content", lambda: attention([]))


def test_who_is_erased_is_named_nowhere_any_more(
    stack: Stack, shop: Shop, organizer: Organizer, event: Json
) -> None:
    buyer, holder = new_address("buyer"), new_address("holder")
    order = shop.place(event["slug"], "Free ticket", "free", buyer={"email": buyer, "name": "Ada Lovelace"})
    shop.wait(order)
    shop.give(order, 1, email=holder, name="Zacharias Forgotten")
    [person] = wait_for("him to be found", lambda: organizer.look(event, "persons?q=zachar")["items"] or None)
    path = f"persons/{person['id']}"
    assert holder in str(organizer.look(event, f"{path}/export"))
    early = organizer.send("POST", f"/events/{event['id']}/{path}/erase")
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")

    with signed_in(stack, buyer) as http:
        ticket = f"/me/tickets/{order['id']}-1"
        assert http.delete(f"{ticket}/holder").status_code == 200
        organizer.add(event, f"{path}/erase")
        told = [shop.look(order), organizer.look(event, "persons"), http.get(f"{ticket}/history").json()]
    assert not [one for one in told if "Zacharias" in str(one) or holder in str(one)]
    wait_for("him not to be found", lambda: not organizer.look(event, "persons?q=zachar")["items"] or None)
