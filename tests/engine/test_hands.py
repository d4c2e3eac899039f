"""Tickets change hands: whom they go to, who may move them, and of two at the same moment one."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.errors import AdmitError, AlreadyCheckedIn, NotFound
from admit.people.person import HolderDetails
from admit.people.switches import Switches
from admit.store import Table
from admit.tickets.follow import follow
from admit.tickets.hand_over import assign, order_key_hand, owner_hand, take_back
from admit.tickets.mine import history_of
from admit.tickets.pass_on import TransferRequest, accept, offer
from admit.tickets.ticket import Images, Ticket
from admit.tickets.transfer import Transfer, TransferStatus, load_transfer
from tests.builders import NOW
from tests.engine.api import FOUNDER, Answer, Api
from tests.engine.hands import (
    KARI,
    a_holder,
    bought,
    bought_for,
    credential,
    given,
    listed,
    merged,
    opened_free,
    persons_with,
    shown,
    ticket_of,
)
from tests.engine.partners import INGRID, JONAS, partners
from tests.engine.stream import a_record
from tests.engine.till import Json, Opened, Till, tills
from tests.engine.unguarded import Meanwhile, Unguarded

EVA = "eva@else.example"


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opens:
        yield opens


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened_free(opened)


# --- assigning ----------------------------------------------------------------------------------------------


def test_a_ticket_goes_to_a_person_of_the_event_and_its_former_code_admits_no_more(till: Till) -> None:
    order, door = bought(till), till.door()

    ticket = given(till, order, name="Ola Nordmann", company="Polar Systems AS", phone="+47 900 00 000")

    [person] = persons_with(till, ("OLA@polar.example", "ola  nordmann"))
    assert (ticket["holder"]["name"], ticket["revision"], ticket["images"]) == ("Ola Nordmann", 1, "stale")
    assert (person.company, person.phone, person.tickets) == (
        "Polar Systems AS",
        "+47 900 00 000",
        [ticket["id"]],
    )
    assert shown(till, door, credential(till, order, 0)) == "superseded"
    assert shown(till, door, credential(till, order, 1)) == "admitted"


def test_the_same_holder_again_changes_nothing(till: Till) -> None:
    order = bought(till)
    first = given(till, order)

    assert given(till, order) == first
    assert [one.what for one in history_of(till.table, ticket_of(till, order))] == ["assigned"]


def test_what_is_said_anew_of_the_same_holder_is_no_change_of_hands(till: Till) -> None:
    order = bought(till)
    given(till, order)

    again = given(till, order, title="Engineer")

    [person] = persons_with(till, ("ola@polar.example", "Ola Nordmann"))
    assert (again["revision"], again["holder"]["title"], person.title) == (1, "Engineer", "Engineer")


def test_one_address_may_have_the_tickets_of_a_family(till: Till) -> None:
    order = bought(till, 2)
    for number, name in enumerate(("Ola Nordmann", "Eva Nordmann"), start=1):
        given(till, order, number, **{"name": name, "email": KARI})

    ola, eva = persons_with(till, (KARI, "Ola Nordmann"), (KARI, "Eva Nordmann"))
    assert (ola.tickets, eva.tickets) == ([f"{order['id']}-1"], [f"{order['id']}-2"])


def test_a_ticket_that_goes_on_leaves_its_former_person(till: Till) -> None:
    order = bought(till)
    given(till, order, name="Ola Nordmann")
    given(till, order, name="Eva Nordmann")

    ola, eva = persons_with(
        till, ("ola@polar.example", "Ola Nordmann"), ("eva@polar.example", "Eva Nordmann")
    )
    assert (ola.tickets, eva.tickets) == ([], [f"{order['id']}-1"])
    history = history_of(till.table, ticket_of(till, order))
    assert [(one.revision, one.holder and one.holder.name) for one in history] == [
        (1, "Ola Nordmann"),
        (2, "Eva Nordmann"),
    ]


def test_a_ticket_that_is_taken_back_is_its_owners_again(till: Till) -> None:
    order = bought(till)
    given(till, order)
    path = f"/public/orders/{order['id']}/tickets/1/holder"

    taken = till.api.delete(path, key=order["key"])

    mine = till.api.get("/me/tickets", as_=KARI).body["items"]
    assert (taken.body["holder"], taken.body["revision"]) == (None, 2)
    his = till.api.get("/me/tickets", as_="ola@polar.example").body["items"]
    assert f"{order['id']}-1" in [one["id"] for one in mine]
    assert f"{order['id']}-1" not in [one["id"] for one in his]


def test_a_buyer_finds_his_orders_of_all_events(opened: Opened) -> None:
    first, second = (bought(opened_free(opened), email="buyer@two.example") for _ in range(2))

    mine = opened_free(opened).api.get("/me/orders", as_="buyer@two.example").body["items"]

    assert {one["id"] for one in mine} == {first["id"], second["id"]}
    assert all(
        one["url"].endswith(order["key"])
        for one in mine
        for order in (first, second)
        if one["id"] == order["id"]
    )


def test_after_the_deadline_only_the_organizer_moves_tickets(opened: Opened) -> None:
    till = opened_free(opened, holder_changes_until="2027-05-01T00:00:00Z")
    order = bought(till)
    till.goes_on(days=80)
    path = "/tickets/1/holder"

    refused = till.api.put(f"/public/orders/{order['id']}{path}", a_holder(), key=order["key"])
    allowed = till.api.put(f"{till.path}/orders/{order['id']}{path}", a_holder(), as_=FOUNDER)

    assert (refused.code, allowed.status) == ("too_late", 200)


def test_a_used_ticket_stays_with_its_person(till: Till) -> None:
    order, door = bought(till), till.door()
    assert till.scan(door, order) == "admitted"

    answer = till.api.put(f"/public/orders/{order['id']}/tickets/1/holder", a_holder(), key=order["key"])

    assert answer.code == "already_checked_in"


def test_a_holder_sees_the_ticket_from_his_first_day_on_and_a_stranger_nothing(till: Till) -> None:
    order = bought(till)
    for name in ("Ola Nordmann", "Eva Nordmann"):
        given(till, order, name=name)
    path = f"/me/tickets/{order['id']}-1/history"

    owner, eva, ola, stranger = (
        till.api.get(path, as_=who)
        for who in (KARI, "eva@polar.example", "ola@polar.example", "nobody@else.example")
    )

    def names(answer: Any) -> list[str | None]:
        return [one["holder"] and one["holder"]["name"] for one in answer.body["items"]]

    assert names(owner) == ["Ola Nordmann", "Eva Nordmann"]
    assert names(eva) == ["Eva Nordmann"]
    assert names(ola) == ["Ola Nordmann", None]
    assert stranger.status == 404


def test_a_new_owner_sees_the_ticket_from_the_day_on_that_it_is_his_and_a_former_one_nothing_later(
    till: Till,
) -> None:
    order = bought(till)
    given(till, order, name="Ola Nordmann")
    path = f"/me/tickets/{order['id']}-1"
    code = offered(till, order)["code"]
    till.api.post(f"/me/transfers/{code}/accept", {"name": "Eva Else"}, as_=EVA)
    till.api.put(f"{path}/holder", a_holder("Per Nordmann"), as_=EVA)

    eva, ola = (till.api.get(f"{path}/history", as_=who).body["items"] for who in (EVA, "ola@polar.example"))

    assert [one["holder"]["name"] for one in eva] == ["Eva Else", "Per Nordmann"]
    assert [(one["actor"], one["holder"] and one["holder"]["name"]) for one in ola] == [
        ("buyer", "Ola Nordmann"),
        ("", None),
    ]


# --- passing on ---------------------------------------------------------------------------------------------


def offered(till: Till, order: Json, *, by: str = KARI, to: str = EVA, number: int = 1) -> Json:
    path = f"/me/tickets/{order['id']}-{number}/transfer"
    answer = till.api.post(path, {"email": to}, as_=by)
    assert answer.status == 201, answer.text
    return dict(answer.body)


def test_an_offered_ticket_admits_nobody_until_it_is_accepted_and_then_the_new_owner(till: Till) -> None:
    order, door = bought(till), till.door()
    transfer = offered(till, order)
    waiting = shown(till, door, credential(till, order, 0))

    taken = till.api.post(f"/me/transfers/{transfer['code']}/accept", {"name": "Eva Else"}, as_=EVA)

    buyer = till.seen(order)["tickets"][0]
    assert (waiting, taken.status, taken.body["revision"]) == ("in_transfer", 200, 1)
    assert taken.body["holder"]["name"] == "Eva Else"
    assert (buyer["passed_on"], buyer["holder"], buyer["url"]) == (True, None, None)
    refused = till.api.put(f"/public/orders/{order['id']}/tickets/1/holder", a_holder(), key=order["key"])
    assert refused.status == 403
    assert shown(till, door, credential(till, order, 0)) == "superseded"
    assert shown(till, door, credential(till, order, 1)) == "admitted"


def test_only_who_is_offered_a_ticket_accepts_it(till: Till) -> None:
    order = bought(till)
    code = offered(till, order)["code"]

    other = till.api.post(f"/me/transfers/{code}/accept", {}, as_="nobody@else.example")
    keyless = till.api.post(f"/public/transfers/{code}/accept", {}, key="0" * 40)
    by_mail = till.api.post(f"/public/transfers/{code}/accept", {}, key=till.api.links.transfer_key(code))

    assert (other.status, keyless.status, by_mail.status) == (403, 401, 200)


def test_a_holder_who_does_not_own_a_ticket_passes_on_that_he_attends(till: Till) -> None:
    order = bought(till)
    given(till, order, name="Ola Nordmann")
    code = offered(till, order, by="ola@polar.example")["code"]
    till.api.post(f"/me/transfers/{code}/accept", {"name": "Eva Else"}, as_=EVA)

    buyer = till.seen(order)["tickets"][0]
    assert (buyer["passed_on"], buyer["holder"]["name"]) == (False, "Eva Else")


@pytest.mark.parametrize(
    ("how", "status"), [("decline", "declined"), ("cancel", "cancelled"), ("expire", "expired")]
)
def test_an_offer_that_is_not_accepted_leaves_the_ticket_where_it_was(
    till: Till, how: str, status: str
) -> None:
    order, door = bought(till), till.door()
    code = offered(till, order)["code"]
    match how:
        case "decline":
            till.api.post(f"/me/transfers/{code}/decline", {}, as_=EVA)
        case "cancel":
            till.api.delete(f"/me/tickets/{order['id']}-1/transfer", as_=KARI)
        case _:
            till.goes_on(hours=73)
            till.sweep()

    late = till.api.post(f"/me/transfers/{code}/accept", {}, as_=EVA)

    assert (late.code, load_transfer(till.table, code).status) == ("transfer_ended", status)
    assert shown(till, door, credential(till, order, 0)) == "admitted"


def test_accepting_again_changes_nothing_and_offering_again_is_the_same_offer(till: Till) -> None:
    order = bought(till)
    first, second = offered(till, order), offered(till, order)
    path = f"/me/transfers/{first['code']}/accept"
    answers = [till.api.post(path, {"name": "Eva"}, as_=EVA) for _ in range(2)]

    assert first == second
    assert [answer.body["revision"] for answer in answers] == [1, 1]
    assert till.api.post(f"/me/tickets/{order['id']}-1/transfer", {"email": KARI}, as_=KARI).status == 404


def test_an_offer_to_somebody_else_waits_for_the_first_to_end(till: Till) -> None:
    order = bought(till)
    offered(till, order)

    answer = till.api.post(f"/me/tickets/{order['id']}-1/transfer", {"email": "ola@else.example"}, as_=KARI)

    assert answer.code == "in_transfer"


def test_a_ticket_is_passed_on_as_often_as_the_event_lets_it(opened: Opened) -> None:
    till, closed = opened_free(opened, transfer_limit=1), opened_free(opened, transfers=False)
    order, kept = bought(till), bought(closed)
    code = offered(till, order)["code"]
    till.api.post(f"/me/transfers/{code}/accept", {}, as_=EVA)

    second = till.api.post(f"/me/tickets/{order['id']}-1/transfer", {"email": KARI}, as_=EVA)
    first = closed.api.post(f"/me/tickets/{kept['id']}-1/transfer", {"email": "a@b.example"}, as_=KARI)

    assert (second.code, first.code) == ("transfer_closed", "transfer_closed")


def test_many_tickets_are_offered_and_accepted_with_a_result_for_each(till: Till) -> None:
    order = bought(till, 3)
    ids = [f"{order['id']}-{number}" for number in (1, 2, 3)]
    till.scan(till.door(), order, 2)

    offers = till.api.post("/me/transfers", {"tickets": ids, "email": EVA}, as_=KARI).body["items"]
    codes = [one["code"] for one in offers if one["result"] == "offered"]
    accepted = till.api.post("/me/transfers/accept", {"codes": [*codes, f"{ids[1]}-1"]}, as_=EVA)

    assert [(one["result"], one["reason"] is not None) for one in offers] == [
        ("offered", False),
        ("refused", True),
        ("offered", False),
    ]
    assert [one["result"] for one in accepted.body["items"]] == ["accepted", "accepted", "refused"]
    mine = till.api.get("/me/tickets", as_=EVA, query={"scope": "upcoming"}).body["items"]
    assert {ids[0], ids[2]} <= {one["id"] for one in mine}


# --- claim links --------------------------------------------------------------------------------------------


def linked(till: Till, order: Json, quantity: int, **fields: Any) -> tuple[str, str]:
    """Make a claim link to tickets of an order; return its path and its key."""
    body = {"tickets": [f"{order['id']}-{number}" for number in range(1, quantity + 1)], **fields}
    answer = till.api.post(f"/public/orders/{order['id']}/claim-links", body, key=order["key"])
    assert answer.status == 201, answer.text
    return f"/public/claims/{answer.body['id']}", answer.body["url"].partition("#key=")[2]


def test_people_take_nameless_tickets_by_a_link_one_an_address_until_none_is_left(till: Till) -> None:
    order = bought(till, 2)
    path, key = linked(till, order, 2)

    first, again, second, third = (
        till.api.post(path, a_holder(name), key=key)
        for name in ("Ola Nordmann", "Ola Nordmann", "Eva Nordmann", "Per Nordmann")
    )

    assert (first.status, again.code, second.status, third.code) == (
        201,
        "already_claimed",
        201,
        "claim_ended",
    )
    assert "url" not in first.body
    assert sorted(one["holder"]["name"] for one in till.seen(order)["tickets"]) == [
        "Eva Nordmann",
        "Ola Nordmann",
    ]


def test_a_claim_link_keeps_to_its_domains_and_its_end(till: Till) -> None:
    order = bought(till, 2)
    path, key = linked(till, order, 2, domains=["Polar.example"])

    outside = till.api.post(path, {"email": "x@else.example", "name": "X"}, key=key)
    till.api.delete(f"/public/orders/{order['id']}/claim-links/{path.rsplit('/')[-1]}", key=order["key"])
    closed = till.api.post(path, a_holder(), key=key)

    assert (outside.code, closed.code) == ("wrong_domain", "claim_ended")


def test_a_claim_link_gives_only_tickets_of_its_order(till: Till) -> None:
    mine, other = bought(till), bought(till)
    body = {"tickets": [f"{mine['id']}-1", f"{other['id']}-1"]}

    answer = till.api.post(f"/public/orders/{mine['id']}/claim-links", body, key=mine["key"])

    assert [fault["field"] for fault in answer.body["errors"]] == ["tickets[1]"]


# --- rights -------------------------------------------------------------------------------------------------


def accepted(till: Till, code: str, by: str = EVA, **said: Any) -> Answer:
    return till.api.post(f"/me/transfers/{code}/accept", {"name": "Eva Else", **said}, as_=by)


def test_a_claim_link_gives_no_ticket_that_is_somebody_elses_by_now(till: Till) -> None:
    order = bought(till)
    path, key = linked(till, order, 1)
    assert accepted(till, offered(till, order)["code"]).status == 200
    assert till.api.delete(f"/me/tickets/{order['id']}-1/holder", as_=EVA).status == 200

    shown_by_link = till.api.get(path, key=key).body
    claimed = till.api.post(path, a_holder("Mal Else"), key=key)

    ticket = ticket_of(till, order)
    assert (shown_by_link["left"], shown_by_link["open"], claimed.code) == (0, False, "claim_ended")
    assert (ticket.holder, ticket.owner_email) == (None, EVA)


def test_a_ticket_that_a_claim_link_names_twice_is_one(till: Till) -> None:
    order = bought(till)
    ticket_id = f"{order['id']}-1"

    link = till.api.post(
        f"/public/orders/{order['id']}/claim-links", {"tickets": [ticket_id] * 2}, key=order["key"]
    )

    assert (link.status, link.body["tickets"], link.body["left"]) == (201, [ticket_id], 1)


def test_an_owner_finds_what_he_has_given_to_somebody(till: Till) -> None:
    order = bought(till)
    accepted(till, offered(till, order, to="owner@else.example")["code"], "owner@else.example")
    path = f"/me/tickets/{order['id']}-1/holder"
    assert till.api.put(path, a_holder(), as_="owner@else.example").status == 200

    owned = till.api.get("/me/tickets", as_="owner@else.example", query={"scope": "owned"}).body["items"]
    taken = till.api.delete(path, as_="owner@else.example")

    assert [(one["id"], one["holder"]["name"]) for one in owned] == [(f"{order['id']}-1", "Ola Nordmann")]
    assert (taken.status, taken.body["holder"]) == (200, None)


def test_who_has_passed_a_ticket_on_is_not_shown_whose_it_is_by_accepting_it_again(till: Till) -> None:
    order = bought(till)
    first = offered(till, order)["code"]
    accepted(till, first)
    second = offered(till, order, by=EVA, to="nina@else.example")["code"]
    assert accepted(till, second, "nina@else.example", name="Nina New").status == 200

    again = accepted(till, first)

    assert (again.status, again.code) == (409, "transfer_ended")
    assert "Nina" not in again.text


def test_a_company_s_tickets_are_its_relays_and_no_more_a_former_one_s(api: Api, table: DynamoTable) -> None:
    stage = partners(api, table)
    company_id = stage.company("Polar Systems", INGRID, JONAS)
    allotment_id = stage.allotment(company_id, 5, terms={"price": "free"})
    order = stage.draw(company_id, allotment_id, 2, as_=JONAS).body
    stage.fulfil(order["id"])
    path, key = f"/public/orders/{order['id']}", order["key"]
    while_relay = api.put(f"{path}/tickets/1/holder", a_holder(), key=key)

    stage.done("DELETE", f"{stage.organizer}/companies/{company_id}/relays/{JONAS}")
    given_by_key = api.put(f"{path}/tickets/1/holder", {"email": JONAS, "name": "Jonas"}, key=key)
    taken_by_key = api.delete(f"{path}/tickets/1/holder", key=key)
    linked_by_key = api.post(f"{path}/claim-links", {"tickets": [f"{order['id']}-2"]}, key=key)
    offered_by_him = api.post(f"/me/tickets/{order['id']}-2/transfer", {"email": EVA}, as_=JONAS)
    his_orders = [one["id"] for one in api.get("/me/orders", as_=JONAS).body["items"]]

    assert while_relay.status == 200
    assert (given_by_key.status, taken_by_key.status, offered_by_him.status) == (403, 403, 404)
    assert (linked_by_key.status, order["id"] in his_orders) == (422, False)


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"transfers": False}, "transfer_closed"),
        ({"holder_changes_until": "2027-03-01T12:30:00Z"}, "too_late"),
    ],
)
def test_an_offer_is_accepted_as_long_as_its_event_lets_tickets_change_hands(
    till: Till, patch: Json, code: str
) -> None:
    order = bought(till)
    offer_code = offered(till, order)["code"]
    assert till.api.patch(till.path, patch, as_=FOUNDER).status == 200
    till.goes_on(hours=1)

    refused = accepted(till, offer_code)

    assert (refused.code, ticket_of(till, order).owner_email) == (code, None)


def test_an_offer_to_who_turns_out_to_have_the_ticket_ends_when_he_accepts_it(till: Till) -> None:
    order = bought(till)
    given(till, order)
    eva = listed(till, EVA, "Eva Else")
    code = offered(till, order)["code"]
    [ola] = persons_with(till, ("ola@polar.example", "Ola Nordmann"))
    follow(till.table, merged(till, eva, ola), NOW)

    answer = accepted(till, code)

    ticket = ticket_of(till, order)
    assert answer.status == 200, answer.text
    assert (ticket.transfer, ticket.owner_email, ticket.person_id) == (None, EVA, eva.id)
    assert load_transfer(till.table, code).status is TransferStatus.ACCEPTED


def test_who_accepts_without_a_name_is_named_after_his_address_however_long_it_is(till: Till) -> None:
    order = bought(till)
    email = f"{'a' * 150}@x.example"
    code = offered(till, order, to=email)["code"]

    answer = till.api.post(f"/me/transfers/{code}/accept", {}, as_=email)

    assert (answer.status, answer.body["holder"]["name"]) == (200, "a" * 120)


# --- races --------------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Let all act at the same time, and count what they are told."""

    def answer(act: Callable[[], object]) -> str:
        try:
            act()
        except AdmitError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(answer, acts))


def raced_assignments(till: Till, table: Table, order: Json) -> Counter[str]:
    catalog, ticket = till.catalog, ticket_of(till, order)

    def give(name: str) -> Callable[[], object]:
        details = HolderDetails(email=f"{name}@polar.example", name=name)
        return lambda: assign(
            table, catalog, ticket, details, hand=order_key_hand(till.table, order["id"], Switches()), now=NOW
        )

    return at_once(*(give(f"guest{number}") for number in range(8)))


def who_thinks_he_has_it(till: Till, order: Json) -> list[str]:
    people = persons_with(till, *((f"guest{number}@polar.example", f"guest{number}") for number in range(8)))
    return [person.name for person in people if person.tickets]


def test_of_many_who_assign_one_ticket_at_once_one_does_and_the_others_are_told(till: Till) -> None:
    order = bought(till)

    answers = raced_assignments(till, till.table, order)

    ticket = ticket_of(till, order)
    assert answers == {"done": 1, "changed_meanwhile": 7}
    assert ticket.revision == 1
    [person] = till.table.get_many([keys.person(ticket.person_id or "")])
    assert person["tickets"] == [ticket.id]
    assert len(history_of(till.table, ticket)) == 1


def test_without_the_ticket_s_condition_many_would_have_it(till: Till) -> None:
    order = bought(till)

    answers = raced_assignments(till, Unguarded(till.table, "ORDER#"), order)

    assert answers["done"] > 1


def raced_acceptance(till: Till, table: Table) -> tuple[Counter[str], Ticket, Transfer]:
    order = bought(till)
    code = offered(till, order)["code"]
    catalog, ticket, transfer = till.catalog, ticket_of(till, order), load_transfer(till.table, code)
    details = HolderDetails(email=EVA, name="Eva Else")
    answers = at_once(
        lambda: accept(table, catalog, transfer, details, now=NOW),
        lambda: take_back(
            table, catalog, ticket, hand=order_key_hand(till.table, order["id"], Switches()), now=NOW
        ),
    )
    return answers, ticket_of(till, order), load_transfer(till.table, code)


def test_an_offer_that_is_accepted_while_the_ticket_is_taken_back_goes_one_way(till: Till) -> None:
    for _ in range(10):
        answers, ticket, transfer = raced_acceptance(till, till.table)

        assert answers["done"] == 1, answers
        if transfer.status is TransferStatus.ACCEPTED:
            assert ticket.holder is not None
            assert ticket.owner_email == EVA
        else:
            assert transfer.status is TransferStatus.CANCELLED
            assert (ticket.holder, ticket.owner_email) == (None, None)


def test_without_its_conditions_an_offer_would_be_accepted_and_taken_back(till: Till) -> None:
    loose = Unguarded(till.table, "ORDER#")

    assert any(raced_acceptance(till, loose)[0]["done"] == 2 for _ in range(10))


def raced_scan(till: Till, table: Table, door: str) -> Counter[str]:
    """Assign a ticket while its code is shown at a door; return what both are told."""
    order = bought(till)
    catalog, ticket, code = till.catalog, ticket_of(till, order), credential(till, order, 0)
    details = HolderDetails(email="eva@else.example", name="Eva Else")

    def scan() -> None:
        if shown(till, door, code) != "admitted":
            raise AlreadyCheckedIn

    return at_once(
        lambda: assign(
            table, catalog, ticket, details, hand=order_key_hand(till.table, order["id"], Switches()), now=NOW
        ),
        scan,
    )


def test_a_ticket_that_is_assigned_while_it_is_scanned_is_one_or_the_other(till: Till) -> None:
    door = till.door()

    assert all(raced_scan(till, till.table, door)["done"] == 1 for _ in range(10))


def scanned_before_it_is_written(till: Till, table: Table) -> Ticket:
    """Assign a ticket that is used between what is read of it and what is written."""
    order, door = bought(till), till.door()
    stale = ticket_of(till, order)
    assert shown(till, door, credential(till, order, 0)) == "admitted"
    details = HolderDetails(email="eva@else.example", name="Eva Else")
    assign(
        table, till.catalog, stale, details, hand=order_key_hand(till.table, order["id"], Switches()), now=NOW
    )
    return ticket_of(till, order)


def test_a_ticket_that_was_used_meanwhile_stays_with_its_person(till: Till) -> None:
    with pytest.raises(AlreadyCheckedIn):
        scanned_before_it_is_written(till, till.table)


def test_without_its_conditions_a_used_ticket_would_change_hands(till: Till) -> None:
    ticket = scanned_before_it_is_written(till, Unguarded(till.table, "ORDER#"))

    assert (ticket.entries, ticket.holder and ticket.holder.name) == (1, "Eva Else")


def test_an_offer_meets_a_change_of_hands_that_was_quicker(till: Till) -> None:
    order = bought(till)
    stale = ticket_of(till, order)
    given(till, order)
    hand = order_key_hand(till.table, order["id"], Switches())

    with pytest.raises(AdmitError) as refused:
        offer(till.table, till.catalog, stale, TransferRequest(email="a@b.example"), hand=hand, now=NOW)

    assert refused.value.code == "changed_meanwhile"


def test_who_loses_a_ticket_while_he_offers_it_offers_nothing(till: Till) -> None:
    order = bought_for(till, a_holder())
    quicker = Meanwhile(till.table, lambda: given(till, order, name="Nina New"))
    hand, request = owner_hand(till.table, "ola@polar.example", Switches()), TransferRequest(email=EVA)

    with pytest.raises(NotFound):
        offer(quicker, till.catalog, ticket_of(till, order), request, hand=hand, now=NOW)

    ticket = ticket_of(till, order)
    assert (ticket.holder and ticket.holder.name, ticket.transfer, ticket.offers) == ("Nina New", None, 0)


def test_a_ticket_that_is_drawn_while_it_is_given_to_somebody_else_is_drawn_again(till: Till) -> None:
    order = bought(till)
    given(till, order)
    stored = keys.ticket(order["id"], 1)
    read = ticket_of(till, order)
    till.api.invoke("generate_tickets", {"Records": [a_record(None, till.table.get(stored))]})
    drawn = ticket_of(till, order).images
    hand, eva = order_key_hand(till.table, order["id"], Switches()), HolderDetails(email=EVA, name="Eva Else")

    assign(till.table, till.catalog, read, eva, hand=hand, now=NOW)

    ticket = ticket_of(till, order)
    assert (read.images, drawn) == (Images.STALE, Images.DRAWN)
    assert (ticket.revision, ticket.images) == (2, Images.STALE)
