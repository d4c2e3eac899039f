"""The cart of a relay: who may open it, what stands in it, and what can't be put there."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.distribution.allocate import AllocateRequest, allocate
from admit.distribution.cart import Cart, OpenCart, add_guest, open_cart
from admit.distribution.follow import changed_lines, follow
from admit.errors import AdmitError, AllocationRefused
from admit.people.person import Holder
from admit.people.switches import TakeBack
from admit.seating.seat import SeatPlace
from admit.store import Table, Write
from admit.tickets.cart_line import NOBODY, Line, LineTicket, Step
from admit.tickets.ticket import OpenTransfer, TicketStatus
from tests.builders import NOW, a_name
from tests.engine.api import Answer, Api, serving
from tests.engine.carts import Carts, carts, places
from tests.engine.dynamodb_local import counted
from tests.engine.partners import INGRID, JONAS, KARI, Json
from tests.engine.seats import a_hall
from tests.engine.unguarded import Meanwhile, Unguarded

AFTER = timedelta(days=365)


@pytest.fixture
def shop(api: Api, table: DynamoTable) -> Carts:
    return carts(api, table)


def faults(answer: Answer) -> dict[str, str]:
    assert answer.status == 409, answer.text
    return {fault["field"]: fault["message"] for fault in answer.body["errors"]}


def guests(cart: Json) -> dict[str, list[str]]:
    return {guest["name"]: [one["id"] for one in guest["tickets"]] for guest in cart["guests"]}


# --- reading ------------------------------------------------------------------------------------------------


def test_a_relay_who_has_chosen_nothing_yet_has_an_empty_cart(shop: Carts) -> None:
    assert shop.cart() == {
        "company_id": shop.company,
        "relay": INGRID,
        "acting_for": None,
        "guests": [],
        "unassigned": {"version": 0, "tickets": []},
        "counts": {"guests": 0, "tickets": 0, "unassigned": 0},
    }
    assert shop.done("GET", "carts")["items"] == []


def test_a_cart_shows_its_guests_in_their_order_with_the_tickets_that_are_meant_for_them(shop: Carts) -> None:
    first, second, third = shop.tickets(3)
    eva = shop.guest("Eva Berg", first)
    shop.guest("Arne Dahl")
    shop.allocated(NOBODY, third)
    shop.allocated(eva, second)

    cart = shop.cart()

    assert guests(cart) == {"Eva Berg": [first, second], "Arne Dahl": []}
    assert [one["id"] for one in cart["unassigned"]["tickets"]] == [third]
    assert cart["counts"] == {"guests": 2, "tickets": 2, "unassigned": 1}
    shown = cart["guests"][0]["tickets"][0]
    assert (shown["state"], shown["holder"], shown["fault"]) == ("allocated", None, None)
    assert shown["cart_guest"] == {"contact_id": eva, "relay": INGRID}
    assert (shown["event_id"], shown["tier_title"]) == (shop.stage.event_id, "Pass")


def test_a_colleague_opens_a_cart_and_acts_on_his_behalf(shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg", first)

    arne = shop.guest("Arne Dahl", second, as_=JONAS, relay=INGRID)

    seen = shop.cart(JONAS, relay=INGRID.upper())
    assert (seen["relay"], seen["acting_for"]) == (JONAS, INGRID)
    assert guests(seen) == guests(shop.cart()) == {"Eva Berg": [first], "Arne Dahl": [second]}
    assert shop.cart(JONAS)["guests"] == []
    acts = [shop.line(one).act for one in (eva, arne)]
    assert [(act.actor, act.acting_for, act.step) for act in acts] == [
        (INGRID, None, Step.ALLOCATED),
        (JONAS, INGRID, Step.ALLOCATED),
    ]


def test_carts_are_listed_with_what_stands_in_them(shop: Carts) -> None:
    shop.guest("Eva Berg", *shop.tickets(2))
    shop.api.now += timedelta(minutes=5)
    shop.allocated(NOBODY, *shop.tickets(1), as_=JONAS)
    shop.guest("Arne Dahl", as_=JONAS, relay=INGRID)

    ingrid, jonas = shop.done("GET", "carts")["items"]

    assert (ingrid["relay"], ingrid["guests"], ingrid["tickets"], ingrid["unassigned"]) == (INGRID, 2, 2, 0)
    assert (jonas["relay"], jonas["guests"], jonas["tickets"], jonas["unassigned"]) == (JONAS, 0, 0, 1)
    assert (ingrid["former"], ingrid["changed_by"]) == (False, JONAS)
    assert ingrid["created_at"] < ingrid["changed_at"]


def test_the_cart_of_who_is_a_relay_no_more_is_gone_on_with(shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg", as_=JONAS)
    shop.done("DELETE", f"relays/{JONAS}")

    shop.allocated(eva, ticket, relay=JONAS)

    assert guests(shop.cart(relay=JONAS)) == {"Eva Berg": [ticket]}
    [brief] = shop.done("GET", "carts")["items"]
    assert (brief["relay"], brief["former"]) == (JONAS, True)
    assert shop.ask("GET", "cart", as_=JONAS).status == 404


def test_who_is_no_relay_and_has_no_cart_has_none_to_open(shop: Carts) -> None:
    for address in ("nobody@polar.example", KARI, "no address"):
        assert shop.ask("GET", "cart", relay=address).status == 404


def test_a_relay_of_another_company_is_refused_everywhere(shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg")
    add = {"add": [ticket], "remove": []}
    parties = {"event_id": shop.stage.event_id, "parties": [[{"contact_id": eva, "count": 1}]]}

    asked = [
        ("GET", "cart", None),
        ("GET", "carts", None),
        ("PUT", f"cart/guests/{eva}", None),
        ("DELETE", f"cart/guests/{eva}", None),
        ("PUT", f"cart/guests/{eva}/tickets", add),
        ("POST", "cart/suggest", parties),
    ]
    for method, path, body in asked:
        assert shop.ask(method, path, body, as_=KARI).status == 404
        if path != "carts":
            assert shop.ask(method, path, body, as_=KARI, relay=INGRID).status == 404
    assert shop.line(eva).tickets == []


def test_a_company_without_the_portal_has_no_carts(shop: Carts) -> None:
    shop.stage.done(
        "PATCH", f"{shop.stage.organizer}/companies/{shop.company}", {"distribution_enabled": False}
    )

    refused = shop.ask("GET", "cart")

    assert (refused.status, refused.code) == (409, "distribution_off")


def test_a_cart_of_500_guests_and_2000_tickets_opens_with_two_requests(
    table: DynamoTable, dynamodb: Any, shop: Carts
) -> None:
    template = shop.ticket(shop.tickets()[0])
    seat = SeatPlace(id="parkett_left-12-24", section="Parkett left", row="12", label="24")
    shop.table.write(Cart(company_id=shop.company, relay=INGRID, name="Ingrid", created_at=NOW).put())
    opened = open_cart(table, shop.company, shop.api.shop.switches, actor=INGRID, relay=None, now=NOW)
    act = opened.act(Step.ALLOCATED, NOW, added=["x" * 16] * 4)
    for at in range(500):
        tickets = [
            LineTicket.of_ticket(template.model_copy(update={"number": at * 4 + n, "seat": seat}))
            for n in range(4)
        ]
        line = Line(
            company_id=shop.company,
            relay=INGRID,
            contact_id=f"contact-{at:08d}",
            email=f"a.rather.long.address.{at}@some-company.example",
            name=f"Person with a name {at}",
            tickets=tickets,
            added_at=NOW,
            act=act,
        )
        table.write(line.put())

    with counted(dynamodb) as requests:
        answer = shop.ask("GET", "cart", as_=JONAS, relay=INGRID)

    assert answer.status == 200
    assert answer.body["counts"] == {"guests": 500, "tickets": 2000, "unassigned": 0}
    assert requests == ["BatchGetItem", "Query"]
    assert len(answer.text) < 1_000_000


# --- guests -------------------------------------------------------------------------------------------------


def test_a_guest_who_is_in_the_cart_already_stays_as_he_is(shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg", ticket)

    again = shop.done("PUT", f"cart/guests/{eva}")

    assert [one["id"] for one in again["tickets"]] == [ticket]
    assert shop.line(eva).version == again["version"] == 2


def test_only_a_contact_of_the_company_is_a_guest(shop: Carts) -> None:
    strange = shop.contact("Eva Berg", company=shop.other, as_=KARI)

    for contact_id in (strange, "unknown"):
        assert shop.ask("PUT", f"cart/guests/{contact_id}").status == 404
        assert shop.allocate(contact_id, *shop.tickets()).status == 404
    assert shop.cart()["guests"] == []


def test_a_guest_who_is_sent_off_leaves_his_tickets_free(shop: Carts) -> None:
    tickets = shop.tickets(2)
    eva = shop.guest("Eva Berg", *tickets)

    assert [shop.ask("DELETE", f"cart/guests/{eva}").status for _ in range(2)] == [204, 204]

    assert shop.cart()["guests"] == []
    assert [shop.ticket(one).allocation for one in tickets] == [None, None]
    line = shop.line(eva)
    assert (line.left, line.act.step, line.act.removed) == (True, Step.REMOVED, tickets)
    assert shop.ask("DELETE", "cart/guests/unknown").status == 404


def test_a_guest_comes_back_after_he_was_sent_off(shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg", ticket)
    shop.done("DELETE", f"cart/guests/{eva}")

    back = shop.done("PUT", f"cart/guests/{eva}")
    assert (back["tickets"], shop.line(eva).left) == ([], False)
    assert [one["id"] for one in shop.allocated(eva, ticket, version=back["version"])["tickets"]] == [ticket]


def test_a_guest_with_more_tickets_than_a_transaction_holds_is_sent_off_in_several(shop: Carts) -> None:
    eva = shop.guest("Eva Berg")
    for _ in range(3):
        shop.allocated(eva, *shop.tickets(50))

    assert shop.ask("DELETE", f"cart/guests/{eva}").status == 204

    assert shop.line(eva).left
    assert shop.cart()["counts"] == {"guests": 0, "tickets": 0, "unassigned": 0}


def test_tickets_of_nobody_are_freed_and_their_line_stays(shop: Carts) -> None:
    [ticket] = shop.tickets()
    shop.allocated(NOBODY, ticket)

    assert [shop.ask("DELETE", f"cart/guests/{NOBODY}").status for _ in range(2)] == [204, 204]

    assert shop.cart()["unassigned"] == {"version": 2, "tickets": []}
    assert shop.ticket(ticket).allocation is None


# --- allocating ---------------------------------------------------------------------------------------------


class Kept(Meanwhile):
    """A table that keeps the transactions that were asked of it."""

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table, lambda: None)
        self.transactions: list[list[Write]] = []

    def transact(self, writes: Sequence[Write]) -> None:
        self.transactions.append(list(writes))
        super().transact(writes)


def test_allocating_is_one_transaction_of_the_line_and_the_tickets(table: DynamoTable, shop: Carts) -> None:
    eva = shop.guest("Eva Berg", *shop.tickets())
    tickets = shop.tickets(40)
    kept = Kept(table)
    opened = _opened(kept, shop)

    allocate(kept, opened, eva, AllocateRequest(add=tickets), now=NOW)

    [writes] = kept.transactions
    assert [write.key.pk.partition("#")[0] for write in writes] == ["CART"] + ["ORDER"] * 40


def test_a_contact_comes_into_the_cart_with_his_first_tickets(shop: Carts) -> None:
    eva, tickets = shop.contact("Eva Berg"), shop.tickets(2)

    line = shop.allocated(eva, *tickets, version=0)

    assert (line["version"], [one["id"] for one in line["tickets"]]) == (1, tickets)
    assert [shop.ticket(one).allocation for one in tickets] == [shop.line(eva).allocation] * 2


def test_98_tickets_go_at_once_also_to_who_comes_into_the_cart_with_them(shop: Carts) -> None:
    eva, tickets = shop.contact("Eva Berg"), [*shop.tickets(49), *shop.tickets(49)]
    shop.allocated(NOBODY, *tickets)

    line = shop.allocated(eva, *tickets, version=0)

    assert (len(line["tickets"]), shop.line(NOBODY).tickets) == (98, [])
    assert shop.allocated(eva, *tickets, version=0) == line


def test_no_more_than_98_tickets_go_at_once_and_no_ticket_twice(shop: Carts) -> None:
    eva = shop.guest("Eva Berg")

    many = shop.allocate(eva, *(f"t-{n}" for n in range(60)), remove=tuple(f"r-{n}" for n in range(39)))
    twice = shop.allocate(eva, "one", remove=("one",))

    assert (many.status, twice.status) == (422, 422)


def test_a_line_has_room_for_500_tickets(shop: Carts) -> None:
    eva = shop.guest("Eva Berg", *shop.tickets())
    line = shop.line(eva)
    full = line.model_copy(update={"tickets": [line.tickets[0]] * 500})
    shop.table.write(full.over(line))

    refused = shop.allocate(eva, *shop.tickets())

    assert (refused.status, refused.code) == (409, "allocation_refused")


def test_a_line_that_is_too_large_says_how_many_tickets_it_has(shop: Carts) -> None:
    eva = shop.guest("Eva Berg", *shop.tickets())
    line = shop.line(eva)
    wide = line.tickets[0].model_copy(update={"tier_title": "x" * 800})
    shop.table.write(line.model_copy(update={"tickets": [wide] * 410}).over(line))

    refused = shop.allocate(eva, *shop.tickets(90, tier_title="x" * 800))

    assert (refused.status, refused.code) == (409, "allocation_refused")
    assert "410" in refused.body["detail"]


def test_a_line_keeps_of_who_has_a_ticket_his_name_and_address_alone(shop: Carts) -> None:
    whole = Holder(email="ola@guest.example", name="Ola Lie", company="Fjord", title="Captain")

    eva = shop.guest("Eva Berg", *shop.tickets(holder=whole))

    assert shop.line(eva).tickets[0].held_by == Holder(email=whole.email, name=whole.name)


def test_tickets_come_and_go_in_one_request(shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg", first)

    line = shop.allocated(eva, second, remove=(first,), version=2)

    assert (line["version"], [one["id"] for one in line["tickets"]]) == (3, [second])
    assert shop.ticket(first).allocation is None


def test_a_ticket_that_was_cancelled_meanwhile_can_be_taken_out_of_its_line(shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg", ticket)
    shop.change(ticket, status=TicketStatus.CANCELLED)

    assert shop.allocated(eva, remove=(ticket,))["tickets"] == []


def test_tickets_that_were_chosen_first_go_straight_to_a_guest(shop: Carts) -> None:
    first, second, third = shop.tickets(3)
    shop.allocated(NOBODY, first, second)
    eva = shop.guest("Eva Berg")

    shop.allocated(eva, first, third)

    assert places(shop.lines()) == {first: eva, third: eva, second: NOBODY}
    assert shop.ticket(first).allocation == shop.line(eva).allocation
    assert shop.line(NOBODY).act.removed == [first]


def test_the_same_request_again_is_answered_as_it_was(shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg", first)

    line = shop.allocated(eva, second, remove=(first,), version=2)

    assert shop.allocated(eva, second, remove=(first,), version=2) == line
    assert shop.allocated(eva, second, remove=(first,)) == line
    assert shop.allocate(eva, second, remove=(first,), version=3).code == "allocation_refused"
    assert shop.line(eva).version == 3


def test_the_same_request_again_is_done_after_the_line_has_followed_its_tickets(shop: Carts) -> None:
    first, second, third = shop.tickets(3)
    eva = shop.guest("Eva Berg", first)
    shop.allocated(eva, second, remove=(first,))
    shop.change(second, tier_title="VIP")
    follow(shop.table, shop.line(eva).key, NOW)

    again = shop.allocate(eva, second, remove=(first,))

    assert (again.status, shop.line(eva).act.step) == (200, Step.FOLLOWED)
    assert faults(shop.allocate(eva, second, third)) == {"add[0]": "is in this line already"}


@pytest.mark.parametrize("version", [None, 0])
def test_the_same_request_again_brings_nothing_back_that_the_guest_has_got(
    shop: Carts, version: int | None
) -> None:
    [ticket], eva = shop.tickets(), shop.contact()
    assert shop.allocate(eva, ticket, version=version).status == 200
    key = {"idempotency_key": a_name("key")}
    [served] = shop.done("POST", "cart/distribute", {"guests": [eva]}, **key)["results"]
    assert served["result"] == "distributed"

    again = shop.allocate(eva, ticket, version=version)

    assert (again.code, again.body["line"]) == ("changed_meanwhile", None)
    assert shop.cart()["guests"] == []
    shop.done("DELETE", f"tickets/{ticket}/holder")
    assert shop.allocate(eva, ticket, version=version).status == 200


def test_who_looks_at_an_older_line_is_shown_the_present_one(shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg", first)

    refused = shop.allocate(eva, second, version=1, as_=JONAS, relay=INGRID)

    assert (refused.status, refused.code) == (409, "changed_meanwhile")
    assert (refused.body["line"]["version"], refused.body["line"]["changed_by"]) == (2, INGRID)
    assert [one["id"] for one in refused.body["line"]["tickets"]] == [first]
    assert shop.allocate(shop.contact(), second, version=1).body["line"] is None


def test_each_ticket_that_cant_be_moved_is_told_of_and_nothing_is_done(shop: Carts) -> None:
    tickets = shop.tickets(8)
    good, his, nobodys, used, cancelled, suspended, offered, taken = tickets
    [strange] = shop.tickets(company=shop.other)
    eva = shop.guest("Eva Berg", taken)
    arne = shop.guest("Arne Dahl", his, as_=JONAS)
    shop.allocated(NOBODY, nobodys, as_=JONAS)
    shop.change(used, entries=1)
    shop.change(cancelled, status=TicketStatus.CANCELLED)
    shop.change(suspended, status=TicketStatus.SUSPENDED)
    shop.change(offered, transfer=OpenTransfer(sequence=1, to="a@b.example", until=NOW + AFTER), offers=1)
    add = [good, his, nobodys, used, cancelled, suspended, offered, taken, strange, "unknown", f"{good}9"]

    refused = shop.allocate(eva, *add, remove=("another",))

    assert refused.code == "allocation_refused"
    assert faults(refused) == {
        "add[1]": f"stands in the cart of {JONAS} for Arne Dahl",
        "add[2]": f"stands in the cart of {JONAS} for nobody yet",
        "add[3]": "has been used",
        "add[4]": "is cancelled",
        "add[5]": "is suspended",
        "add[6]": "is being offered",
        "add[7]": "is in this line already",
        "add[8]": "is not a ticket of this company",
        "add[9]": "is not a ticket of this company",
        "add[10]": "is not a ticket of this company",
        "remove[0]": "is not in this line",
    }
    assert places(shop.lines()) == {taken: eva}
    assert places(shop.lines(JONAS)) == {his: arne, nobodys: NOBODY}
    assert shop.ticket(good).allocation is None


def test_a_ticket_whose_offer_has_lapsed_can_be_meant_for_a_guest(shop: Carts) -> None:
    [ticket] = shop.tickets()
    shop.change(ticket, transfer=OpenTransfer(sequence=1, to="a@b.example", until=NOW), offers=1)

    shop.guest("Eva Berg", ticket)

    assert places(shop.lines()).keys() == {ticket}


def test_tickets_of_an_event_that_is_over_stay_where_they_are_until_their_guest_leaves(shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg", first)
    shop.api.now = NOW + 3 * AFTER

    added, taken = shop.allocate(eva, second), shop.allocate(eva, remove=(first,))

    assert (added.code, taken.code) == ("too_late", "too_late")
    assert (faults(added), faults(taken)) == (
        {"add[0]": "is for an event that is over"},
        {"remove[0]": "is for an event that is over"},
    )
    assert guests(shop.cart()) == {"Eva Berg": [first]}
    assert shop.ask("DELETE", f"cart/guests/{eva}").status == 204


def test_a_ticket_that_somebody_has_stays_his_until_it_is_distributed_anew(shop: Carts) -> None:
    [ticket] = shop.tickets()
    given = shop.assign(ticket).body
    eva = shop.guest("Eva Berg", ticket)

    [shown] = shop.cart()["guests"][0]["tickets"]

    assert (shown["state"], shown["holder"]["name"]) == ("distributed", "Ola Nordmann")
    assert shop.ticket(ticket).holder is not None
    assert shop.ticket(ticket).revision == 1
    assert given["holder"] == shown["holder"]
    assert shop.ticket(ticket).allocation == shop.line(eva).allocation


def test_a_ticket_that_cant_be_taken_back_is_meant_for_nobody_else(shop: Carts) -> None:
    [ticket] = shop.tickets()
    shop.assign(ticket)
    company = f"{shop.stage.organizer}/companies/{shop.company}"
    shop.stage.done("PATCH", company, {"take_back": TakeBack.OFF, "take_back_downloaded": TakeBack.OFF})

    refused = shop.allocate(shop.contact(), ticket)

    assert faults(refused) == {"add[0]": "was given to somebody and can't be taken back"}


# --- others at the same time --------------------------------------------------------------------------------


def _opened(table: Table, shop: Carts, relay: str = INGRID) -> OpenCart:
    return open_cart(table, shop.company, shop.api.shop.switches, actor=relay, relay=None, now=NOW)


# What the one is told who was not quick enough.
_TAKEN = [f"stands in the cart of {JONAS} for Arne Dahl", f"stands in the cart of {INGRID} for Eva Berg"]


def _race(table: DynamoTable, shop: Carts, tries: int = 20) -> list[int]:
    """Let two relays put one ticket into lines of theirs at once; return in how many lines each is then."""
    eva, arne = shop.contact("Eva Berg"), shop.contact("Arne Dahl")
    lines = [(_opened(table, shop, relay), one) for relay, one in ((INGRID, eva), (JONAS, arne))]
    for opened, one in lines:
        add_guest(table, opened, one, now=NOW)

    def put(opened: OpenCart, contact_id: str, ticket: str) -> str | None:
        try:
            allocate(table, opened, contact_id, AllocateRequest(add=[ticket]), now=NOW)
        except AllocationRefused as refused:
            return refused.faults[0].message
        return None

    found = []
    with ThreadPoolExecutor(2) as pool:
        for ticket in shop.tickets(tries):
            both = [pool.submit(put, opened, one, ticket) for opened, one in lines]
            assert all(one.result() in (None, *_TAKEN) for one in both)
            stored = [*shop.lines(INGRID), *shop.lines(JONAS)]
            found.append(sum(one.id == ticket for line in stored for one in line.tickets))
    return found


def test_of_two_relays_who_want_one_ticket_at_once_one_gets_it(table: DynamoTable, shop: Carts) -> None:
    assert _race(table, shop) == [1] * 20


def test_without_its_condition_a_ticket_would_stand_in_two_lines(table: DynamoTable, shop: Carts) -> None:
    assert 2 in _race(Unguarded(table, "ORDER#"), shop)


def test_what_has_happened_to_a_ticket_meanwhile_is_told_without_reading_it_again(
    table: DynamoTable, shop: Carts
) -> None:
    first, second = shop.tickets(2)
    eva, arne = shop.guest("Eva Berg"), shop.guest("Arne Dahl", as_=JONAS)
    quick = Meanwhile(table, lambda: shop.allocated(arne, second, as_=JONAS), "CART#")

    with pytest.raises(AllocationRefused) as refused:
        allocate(quick, _opened(table, shop), eva, AllocateRequest(add=[first, second]), now=NOW)

    [fault] = refused.value.faults
    assert (fault.field, fault.message) == ("add[1]", f"stands in the cart of {JONAS} for Arne Dahl")
    assert places(shop.lines()) == {}


def test_a_line_that_was_changed_meanwhile_takes_both_changes(table: DynamoTable, shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg")
    quick = Meanwhile(table, lambda: shop.allocated(eva, second), "CART#")

    line = allocate(quick, _opened(table, shop), eva, AllocateRequest(add=[first]), now=NOW)

    assert (line.version, [one.id for one in line.tickets]) == (3, [second, first])


def test_who_says_which_line_he_looks_at_is_told_of_a_change_in_the_last_moment(
    table: DynamoTable, shop: Carts
) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg")
    quick = Meanwhile(table, lambda: shop.allocated(eva, second), "CART#")

    with pytest.raises(AdmitError) as refused:
        allocate(quick, _opened(table, shop), eva, AllocateRequest(add=[first], version=1), now=NOW)

    assert (refused.value.code, refused.value.extra["line"]["version"]) == ("changed_meanwhile", 2)


def test_a_ticket_that_is_given_away_meanwhile_comes_into_the_line_as_it_then_is(
    table: DynamoTable, shop: Carts
) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg")
    quick = Meanwhile(table, lambda: shop.assign(ticket), "CART#")

    line = allocate(quick, _opened(table, shop), eva, AllocateRequest(add=[ticket]), now=NOW)

    assert line.tickets[0].held_by == Holder(email="ola@guest.example", name="Ola Nordmann")


def test_a_ticket_that_changes_as_it_comes_into_a_line_is_shown_as_it_is(
    table: DynamoTable, shop: Carts
) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg")
    quick = Meanwhile(table, lambda: shop.change(ticket, tier_title="VIP"), "CART#")
    allocate(quick, _opened(table, shop), eva, AllocateRequest(add=[ticket]), now=NOW)
    after = shop.ticket(ticket)

    for line_key in changed_lines([(after.model_copy(update={"allocation": None}), after)]):
        follow(table, line_key, NOW)

    assert [one.tier_title for one in shop.line(eva).tickets] == ["VIP"]


def test_a_line_that_would_be_too_large_stays_as_it_is(shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg", ticket)
    line = shop.line(eva)
    shop.table.write(line.model_copy(update={"tickets": [line.tickets[0]] * 500}).over(line))
    full = shop.line(eva)
    shop.change(ticket, tier_title="x" * 900)

    follow(shop.table, full.key, NOW)

    assert shop.line(eva).tickets == full.tickets


# --- beside the cart ----------------------------------------------------------------------------------------


def test_a_ticket_that_is_given_away_beside_the_cart_leaves_its_line(shop: Carts) -> None:
    first, second = shop.tickets(2)
    eva = shop.guest("Eva Berg", first, second)

    assert shop.assign(first, as_=JONAS).status == 200

    line = shop.line(eva)
    assert (line.act.step, line.act.actor, line.act.acting_for) == (Step.MOVED, JONAS, None)
    assert (line.act.removed, places([line])) == ([first], {second: eva})
    assert (shop.ticket(first).allocation, shop.ticket(first).revision) == (None, 1)


def test_a_ticket_that_is_taken_back_is_not_meant_for_anybody_any_more(shop: Carts) -> None:
    [ticket] = shop.tickets()
    shop.assign(ticket)
    eva = shop.guest("Eva Berg", ticket)

    assert shop.ask("DELETE", f"tickets/{ticket}/holder").status == 200

    assert shop.ticket(ticket).allocation is None
    assert shop.line(eva).tickets == []


def test_a_ticket_that_is_passed_on_by_who_has_it_leaves_its_line(shop: Carts) -> None:
    [ticket] = shop.tickets()
    shop.assign(ticket)
    eva = shop.guest("Eva Berg", ticket)

    path = f"/me/tickets/{ticket}/transfer"
    code = shop.api.post(path, {"email": "liv@else.example"}, as_="ola@guest.example").body["code"]
    taken = shop.api.post(f"/me/transfers/{code}/accept", {}, as_="liv@else.example")

    assert taken.status == 200, taken.text
    assert shop.ticket(ticket).allocation is None
    assert shop.line(eva).tickets == []
    assert shop.line(eva).act.actor == "holder"


def test_a_ticket_that_is_claimed_by_a_link_leaves_its_line(shop: Carts) -> None:
    [ticket] = shop.tickets()
    link = shop.done(
        "POST", "claim-links", {"tickets": [ticket], "domains": []}, idempotency_key=a_name("key")
    )
    eva = shop.guest("Eva Berg", ticket)

    holder, key = {"email": "liv@else.example", "name": "Liv Moe"}, link["url"].partition("#key=")[2]
    claimed = shop.api.post(f"/public/claims/{link['id']}", holder, key=key)

    assert claimed.status < 300, claimed.text
    assert (shop.line(eva).tickets, shop.ticket(ticket).allocation) == ([], None)
    # He may want to be erased, and a line names its guest and relays alone.
    assert shop.line(eva).act.actor == "holder"


def test_a_ticket_that_comes_into_a_line_while_it_is_given_away_goes(table: DynamoTable, shop: Carts) -> None:
    [ticket] = shop.tickets()
    eva = shop.guest("Eva Berg")
    quick = Meanwhile(table, lambda: shop.allocated(eva, ticket), "ORDER#")

    with serving(quick) as api:
        holder = {"email": "ola@guest.example", "name": "Ola Nordmann"}
        path = f"/distribution/companies/{shop.company}/tickets/{ticket}/holder"
        assert api.put(path, holder, as_=INGRID).status == 200

    assert (shop.line(eva).tickets, shop.ticket(ticket).allocation) == ([], None)


# --- suggesting ---------------------------------------------------------------------------------------------


def seated(shop: Carts, row: str, *numbers: int, section: str = "stalls") -> dict[int, str]:
    """Make tickets with seats; return them by number."""
    made = dict(zip(numbers, shop.tickets(len(numbers)), strict=True))
    for number, ticket in made.items():
        place = SeatPlace(id=f"{section}-{row}-{number}", section=section, row=row, label=str(number))
        shop.change(ticket, seat=place)
    return made


def suggest(shop: Carts, *parties: Sequence[int], **asked: Any) -> tuple[list[list[str]], int]:
    """Ask for seats for parties whose guests get so many; return what each guest would get."""
    members = [
        [{"contact_id": f"{at}-{n}", "count": count} for n, count in enumerate(party)]
        for at, party in enumerate(parties)
    ]
    body = {"event_id": shop.stage.event_id, "parties": members} | asked
    answer = shop.done("POST", "cart/suggest", body)
    given = [[one["seat_id"] or one["id"] for one in guest["tickets"]] for guest in answer["guests"]]
    return given, answer["short"]


def test_a_party_gets_neighbouring_seats_where_it_leaves_no_single_one(shop: Carts) -> None:
    seated(shop, "1", 1, 2, 3)
    seated(shop, "2", 9, 10, 11, 12)

    given, short = suggest(shop, [1, 1])

    assert (given, short) == ([["stalls-2-9"], ["stalls-2-10"]], 0)


def test_each_guest_gets_as_many_as_he_brings_and_what_is_missing_is_counted(shop: Carts) -> None:
    tickets = shop.tickets(5)

    given, short = suggest(shop, [2, 1], [3])

    assert [len(one) for one in given] == [2, 1, 2]
    assert ({one for some in given for one in some}, short) == (set(tickets), 1)


def test_a_party_that_no_row_has_room_for_sits_in_rows_next_to_each_other(shop: Carts) -> None:
    seated(shop, "1", 1, 2)
    seated(shop, "7", 1, 2, 3)
    seated(shop, "8", 4, 5)

    given, _ = suggest(shop, [5])

    assert given == [["stalls-7-1", "stalls-7-2", "stalls-7-3", "stalls-8-4", "stalls-8-5"]]


def test_what_others_have_or_are_meant_to_get_is_not_suggested(shop: Carts) -> None:
    free, meant, held, used, chosen, colleagues = shop.tickets(6)
    shop.guest("Eva Berg", meant)
    shop.assign(held)
    shop.change(used, entries=1)
    shop.allocated(NOBODY, chosen)
    shop.allocated(NOBODY, colleagues, as_=JONAS)

    given, short = suggest(shop, [6])

    assert (set(given[0]), short) == ({free, chosen}, 4)


def test_what_is_suggested_can_be_allocated_and_nothing_is_done_before(shop: Carts) -> None:
    seats = seated(shop, "3", 4, 5, 6)
    eva = shop.contact("Eva Berg")
    body = {"event_id": shop.stage.event_id, "parties": [[{"contact_id": eva, "count": 3}]]}

    suggestion = shop.done("POST", "cart/suggest", body)

    assert shop.cart()["guests"] == []
    [guest] = suggestion["guests"]
    shop.allocated(guest["contact_id"], *(one["id"] for one in guest["tickets"]))
    assert guests(shop.cart()) == {"Eva Berg": [seats[4], seats[5], seats[6]]}
    assert guest["together"]


def test_an_aisle_parts_neighbours_as_the_plan_says(shop: Carts) -> None:
    stage = shop.stage
    a_hall(shop.table, stage.event_id, stage.tier, rows=2, seats=4, s1_3={"gap_before": True})
    seated(shop, "1", 1, 2, 3, 4, section="hall")
    seated(shop, "2", 1, 2, 3, section="hall")

    given, _ = suggest(shop, [2], [3])

    assert given == [["hall-1-1", "hall-1-2"], ["hall-2-1", "hall-2-2", "hall-2-3"]]


def test_a_tier_can_be_asked_for_and_no_guest_twice(shop: Carts) -> None:
    shop.tickets(2)

    given, short = suggest(shop, [1], tier_id="another")
    twice = {"contact_id": "one", "count": 1}
    body = {"event_id": shop.stage.event_id, "parties": [[twice], [twice]]}

    assert (given, short) == ([[]], 1)
    assert shop.ask("POST", "cart/suggest", body).status == 422
