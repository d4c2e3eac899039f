"""What staff need beside the scan: groups, a search, labels, notes, and who has not paid yet."""

from collections.abc import Iterator
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.door.device import find_device
from admit.door.group import GroupRequest, admit_group
from admit.ids import order_code, order_ids_of_code
from admit.insight.ticket_search import search_tickets
from admit.orders.change import change
from admit.orders.ledger import Account, Cause, Movement
from admit.orders.order import load_order
from admit.people.person import Holder, new_person
from admit.store import Item, Update
from admit.tickets.ticket import tickets_from
from tests.builders import NOW, a_name
from tests.engine.api import FOUNDER, Answer
from tests.engine.doors import with_gate
from tests.engine.dynamodb_local import counted
from tests.engine.hands import (
    a_holder,
    bought,
    bought_for,
    credential,
    given,
    listed,
    merged,
    opened_free,
    persons_with,
    ticket_of,
    told,
)
from tests.engine.stream import a_record
from tests.engine.streamed import let_through
from tests.engine.till import CANCELLED, SUSPENDED, Json, Opened, Till, tills

OLA = ("ola@polar.example", "Ola Nordmann")


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opens:
        yield opens


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened_free(opened)


def paired(till: Till, profile: str = "search", **settings: Any) -> str:
    """Pair a device of a profile; return its key."""
    said = {"name": "Door", "profile": profile} | settings
    made = till.api.post(f"{till.path}/devices", said, as_=FOUNDER)
    assert made.status == 201, made.text
    return str(till.api.post("/checkin/pair", {"code": made.body["code"]}).body["device_key"])


def scanned(till: Till, door: str, order: Json, number: int = 1, revision: int = 0) -> Json:
    request = {"credential": credential(till, order, revision, number), "nonce": a_name("nonce")}
    return dict(till.api.post("/checkin/scans", request, key=door).body)


def ids_of(order: Json, *numbers: int) -> list[str]:
    return [f"{order['id']}-{number}" for number in numbers]


def let_in(till: Till, door: str, ticket_ids: list[str], nonce: str = "", **request: Any) -> Answer:
    body = {"ticket_ids": ticket_ids, "nonce": nonce or a_name("nonce"), **request}
    return till.api.post("/checkin/group", body, key=door)


def outcomes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    scans = [one["scan"] for one in answer.body["results"]]
    return [scan["reason"] or scan["result"] for scan in scans]


# --- groups -------------------------------------------------------------------------------------------------


def test_a_group_is_the_tickets_of_an_order_with_who_comes_and_who_may(till: Till) -> None:
    order = bought(till, 3)
    given(till, order, 2)
    door = paired(till)
    scanned(till, door, order)

    group = till.api.get(f"/checkin/tickets/{order['id']}-2", key=door).body

    assert (group["buyer"], group["order_code"], group["left_out"]) == ("Kari Nordmann", order["code"], 0)
    assert [one["ticket"]["id"] for one in group["tickets"]] == ids_of(order, 1, 2, 3)
    assert [(one["here"], one["reason"], one["admission"]) for one in group["tickets"]] == [
        (False, "already_in", "in"),
        (True, None, "out"),
        (True, None, "out"),
    ]
    assert [one["person"] and one["person"]["name"] for one in group["tickets"]] == [None, OLA[1], None]


def test_a_device_that_only_scans_sees_and_lets_in_the_group_of_what_it_has_just_scanned(till: Till) -> None:
    order, door = bought(till, 3), paired(till, "scan")
    path = f"/checkin/tickets/{order['id']}-1"
    assert till.api.get(path, key=door).code == "forbidden"
    assert let_in(till, door, ids_of(order, 2, 3)).code == "forbidden"

    scanned(till, door, order)

    assert till.api.get(path, key=door).status == 200
    assert till.api.get(f"/checkin/tickets/{order['id']}-2", key=door).code == "forbidden"
    assert outcomes(let_in(till, door, ids_of(order, 2, 3))) == ["admitted"] * 2
    till.goes_on(minutes=16)
    assert till.api.get(path, key=door).code == "forbidden"


def test_who_shows_a_superseded_code_opens_no_group(till: Till) -> None:
    order, door = bought(till, 2), paired(till, "scan")
    given(till, order)

    assert scanned(till, door, order)["reason"] == "superseded"

    assert till.api.get(f"/checkin/tickets/{order['id']}-1", key=door).code == "forbidden"


def test_there_is_no_group_of_a_ticket_of_another_event(opened: Opened, till: Till) -> None:
    elsewhere = bought(opened_free(opened))
    door = paired(till)

    assert till.api.get(f"/checkin/tickets/{elsewhere['id']}-1", key=door).code == "not_found"
    assert till.api.get("/checkin/tickets/nonsense", key=door).code == "not_found"
    assert outcomes(let_in(till, door, ids_of(elsewhere, 1))) == ["wrong_event"]


def test_a_group_goes_in_at_once_and_a_repeat_answers_the_same(till: Till) -> None:
    order, door = bought(till, 5), paired(till)
    scanned(till, door, order, 2)

    first = let_in(till, door, ids_of(order, 1, 2, 3, 4, 5), "party")
    again = let_in(till, door, ids_of(order, 1, 2, 3, 4, 5), "party")

    assert outcomes(first) == ["admitted", "already_in", "admitted", "admitted", "admitted"]
    assert again.body == first.body
    assert [ticket.entries for ticket in till.tickets(order)] == [1] * 5


def test_a_supervisor_lets_a_group_in_against_the_rules_and_nobody_else_may(till: Till) -> None:
    order, door, supervisor = bought(till, 2), paired(till), paired(till, "supervisor")
    let_in(till, door, ids_of(order, 1, 2))
    forced: Json = {"force": True, "force_reason": "they lost their wristbands"}

    assert let_in(till, door, ids_of(order, 1, 2), **forced).code == "forbidden"
    assert outcomes(let_in(till, supervisor, ids_of(order, 1, 2), **forced)) == ["admitted"] * 2


def test_a_group_is_of_one_order_and_names_tickets(till: Till) -> None:
    door = paired(till)
    mixed = [*ids_of(bought(till), 1), *ids_of(bought(till), 1)]

    refused = [
        let_in(till, door, ticket_ids) for ticket_ids in (mixed, [], ["x"], ids_of(bought(till), 1) * 99)
    ]

    assert [answer.code for answer in refused] == ["invalid_input"] * 4


def test_of_a_group_only_as_many_go_in_as_there_is_room_for(till: Till) -> None:
    order = bought(till, 3)
    device = find_device(till.table, paired(till)).model_copy(update={"gate_id": "north"})
    catalog = with_gate(till.catalog, "north", capacity=2)
    request = GroupRequest(ticket_ids=ids_of(order, 1, 2, 3), nonce="n")

    results = admit_group(till.table, catalog, device, request, till.api.now).results

    assert [one.scan.reason for one in results] == [None, None, "gate_full"]


# --- search -------------------------------------------------------------------------------------------------


def found(till: Till, door: str, text: str) -> list[str]:
    answer = till.api.get("/checkin/search", key=door, query={"q": text})
    assert answer.status == 200, answer.text
    return [one["ticket"]["id"] for one in answer.body["items"]]


def projected(till: Till, order: Json, before: Item | None = None) -> None:
    """Let the stream tell of an order as it is now."""
    record = a_record(before, till.table.get(keys.order(order["id"])))
    assert till.api.invoke("project", {"Records": [record]}) == {"batchItemFailures": []}


def test_a_ticket_is_found_by_its_holder_its_buyer_and_each_code_of_it(till: Till) -> None:
    billing = {"company": "Arctic Travel AS"}
    order = bought(till, 2, email="per@travel.example", name="Per Hansen", billing=billing)
    given(till, order, 2, company="Polar Systems AS")
    told(till, None, persons_with(till, OLA)[0])
    projected(till, order)
    other = bought(till)
    projected(till, other)
    door, first, second = paired(till), f"{order['id']}-1", f"{order['id']}-2"

    assert found(till, door, "ola nord") == [second]
    assert found(till, door, "OLA@polar.example") == [second]
    assert found(till, door, "polar sys") == [second]
    assert found(till, door, "per hansen") == [first, second]
    assert found(till, door, "arctic") == [first, second]
    assert found(till, door, order["code"]) == [first, second]
    assert found(till, door, order["code"].lower().replace("-", "")) == [first, second]
    assert found(till, door, order["code"].replace("0", "O").replace("1", "I")) == [first, second]
    assert found(till, door, f"{order['code']}-2") == [second]
    assert found(till, door, f" {second.upper()} ") == [second]
    assert found(till, door, "kari") == [f"{other['id']}-1"]
    assert found(till, door, "nobody") == found(till, door, "!") == []


def test_what_is_found_says_whether_it_is_let_in_here(till: Till) -> None:
    order, door = bought(till), paired(till)
    scanned(till, door, order)

    [one] = till.api.get("/checkin/search", key=door, query={"q": order["code"]}).body["items"]

    assert (one["here"], one["reason"], one["entries"], one["status"]) == (False, "already_in", 1, "valid")


def test_a_search_names_nothing_of_another_event_and_needs_a_device_that_may(
    opened: Opened, till: Till
) -> None:
    elsewhere = bought(opened_free(opened))

    assert found(till, paired(till), f"{elsewhere['id']}-1") == []
    assert till.api.get("/checkin/search", key=paired(till, "scan"), query={"q": "kari"}).code == "forbidden"


def test_the_short_code_of_an_order_leads_to_its_id(till: Till) -> None:
    order = bought(till)
    assert order["id"] in order_ids_of_code(till.event_id, order_code(order["id"]).lower().replace("-", ""))


def test_an_order_that_is_cancelled_is_not_found_by_its_buyer_any_more(till: Till) -> None:
    order, door = bought(till), paired(till)
    projected(till, order)
    before = till.table.get(keys.order(order["id"]))
    till.did(order, "cancel")

    projected(till, order, before)

    assert found(till, door, "kari") == []


def fill(dynamodb: Any, name: str, till: Till, count: int) -> None:
    """Let so many persons have a name that begins so, and the first of them be there."""
    event = till.catalog.event
    rows = []
    for at in range(count):
        nn, identifier = at % event.shards, f"{event.id}{at:08d}"
        rows.append({"pk": keys.search_words(event.id, nn), "sk": f"anna#{identifier}", "kind": "word"})
    for at in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": {part: {"S": text} for part, text in row.items()}}}
            for row in rows[at : at + 25]
        ]
        assert not dynamodb.batch_write_item(RequestItems={name: puts})["UnprocessedItems"]
    for at in range(30):
        person = new_person(event.id, event.shards, Holder(email=f"anna{at}@x.example", name="Anna A"), NOW)
        till.table.write(
            person.model_copy(
                update={"id": f"{event.id}{at:08d}", "tickets": [f"{bought(till)['id']}-1"]}
            ).put()
        )


def test_a_search_among_fifty_thousand_persons_asks_as_little_as_one_among_thirty(
    opened: Opened, table: DynamoTable, table_name: str, dynamodb: Any
) -> None:
    asked: list[list[str]] = []
    for count in (30, 50_000):
        till = opened_free(opened, capacity=50_000)
        fill(dynamodb, table_name, till, count)
        catalog = load_catalog(table, till.event_id)
        device = find_device(table, paired(till))
        with counted(dynamodb) as made:
            tickets = search_tickets(table, catalog, device, "ann", limit=20, now=NOW)
        assert len(tickets) == 20
        asked.append(made)

    small, large = asked
    shards = catalog.event.shards
    assert small == large
    assert len(large) <= 2 * shards + 3


# --- labels -------------------------------------------------------------------------------------------------


def label(till: Till, door: str, ticket_id: str, nonce: str) -> Answer:
    return till.api.post("/checkin/labels", {"ticket_id": ticket_id, "nonce": nonce}, key=door)


def test_the_badge_of_who_was_just_let_in_is_printed_and_counted_once_a_nonce(till: Till) -> None:
    order, door = bought(till), paired(till)
    given(till, order)
    ticket_id = f"{order['id']}-1"
    refused = label(till, door, ticket_id, "1")
    assert (refused.status, refused.code) == (409, "wrong_state")

    scanned(till, door, order, revision=1)
    prints = [label(till, door, ticket_id, nonce) for nonce in ("1", "1", "2", "1")]

    assert [(one.status, one.body["prints"]) for one in prints] == [(201, 1), (201, 1), (201, 2), (201, 1)]
    name = prints[0].body["url"].removeprefix("https://bucket.example/")
    assert name == f"labels/{till.event_id}/{ticket_id}.pdf"
    assert till.api.bucket.objects[name].startswith(b"%PDF")
    assert ticket_of(till, order).labels == 2


def test_a_supervisor_prints_the_badge_of_somebody_outside(till: Till) -> None:
    order = bought(till)
    assert label(till, paired(till, "supervisor"), f"{order['id']}-1", "1").status == 201


def test_a_device_that_only_scans_prints_what_it_has_scanned(till: Till) -> None:
    order, door, other = bought(till), paired(till, "scan"), paired(till, "scan")
    scanned(till, door, order)

    assert label(till, other, f"{order['id']}-1", "1").code == "forbidden"
    assert label(till, door, f"{order['id']}-1", "1").status == 201


def test_no_badge_is_printed_of_a_ticket_of_another_event_or_one_that_is_cancelled(
    opened: Opened, till: Till
) -> None:
    supervisor, order = paired(till, "supervisor"), bought(till)
    elsewhere = bought(opened_free(opened))
    till.did(order, "cancel")

    assert label(till, supervisor, f"{elsewhere['id']}-1", "1").code == "not_found"
    assert label(till, supervisor, "nonsense", "1").code == "not_found"
    assert label(till, supervisor, f"{order['id']}-1", "1").code == "wrong_state"
    assert ticket_of(till, order).labels == 0


def test_a_badge_is_not_printed_without_end(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admit.door.label.MOST_LABELS", 2)
    order, door = bought(till), paired(till, "supervisor")

    codes = [label(till, door, f"{order['id']}-1", nonce).code for nonce in ("1", "2", "3", "2")]

    assert codes == [None, None, "wrong_state", None]


def test_where_the_template_of_the_organizer_fails_the_label_is_ours(till: Till) -> None:
    source = '#let badge(face) = if face.name == "Ola Nordmann" { panic() } else { face.name }'
    put = till.api.put(f"{till.path}/badges/crew", {"source": source}, as_=FOUNDER)
    assert put.status == 200, put.text
    assert till.api.patch(till.path, {"badge": {"template": "crew"}}, as_=FOUNDER).status == 200
    order, door = bought(till), paired(till)
    given(till, order)
    scanned(till, door, order, revision=1)

    assert label(till, door, f"{order['id']}-1", "1").status == 201


# --- notes --------------------------------------------------------------------------------------------------


def noted(till: Till, note: str, who: tuple[str, str] = OLA) -> None:
    """Let the organizer write a note about somebody, and the stream tell of it."""
    [person] = persons_with(till, who)
    before = till.table.get(keys.person(person.id))
    answer = till.api.patch(f"{till.path}/persons/{person.id}", {"note": note}, as_=FOUNDER)
    assert answer.status == 200, answer.text
    told(till, before, person)


def test_a_note_about_a_person_is_told_where_his_ticket_is_scanned(till: Till) -> None:
    order, door = bought(till), paired(till)
    given(till, order)
    as_it_was = ticket_of(till, order)

    noted(till, "Needs the ramp. " + "x" * 300)
    answer = scanned(till, door, order, revision=1)

    ticket = ticket_of(till, order)
    assert (answer["result"], answer["attention"]) == ("admitted", True)
    assert answer["notes"] == [ticket.person_note]
    assert (len(ticket.person_note), ticket.person_note[:15]) == (200, "Needs the ramp.")
    assert (ticket.revision, ticket.images, ticket.drawn) == (1, as_it_was.images, as_it_was.drawn)


def test_a_note_that_is_taken_back_is_not_told_any_more(till: Till) -> None:
    order, door = bought(till), paired(till)
    given(till, order)
    noted(till, "Needs the ramp")

    noted(till, "")

    answer = scanned(till, door, order, revision=1)
    assert (answer["attention"], answer["notes"]) == (False, [])


def test_a_note_about_a_person_stays_behind_when_his_ticket_goes_on(till: Till) -> None:
    listed(till, "nina@polar.example", "Nina New", note="Speaks at nine")
    order = bought(till, 2)
    given(till, order)
    given(till, order, 2)
    noted(till, "Needs the ramp")

    given(till, order, name="Nina New")
    back = till.api.delete(f"/public/orders/{order['id']}/tickets/2/holder", key=order["key"])

    assert back.status == 200
    assert [ticket.person_note for ticket in till.tickets(order)] == ["Speaks at nine", ""]


def test_a_ticket_that_is_issued_to_somebody_tells_the_note_about_him(till: Till) -> None:
    listed(till, *OLA, note="Needs the ramp")
    order = bought_for(till, a_holder())
    record = a_record(None, till.table.get(keys.ticket(order["id"], 1)))
    till.api.invoke("generate_tickets", {"Records": [record]})

    assert ticket_of(till, order).person_note == "Needs the ramp"


def test_of_two_persons_who_are_one_the_tickets_tell_the_note_about_who_stays(till: Till) -> None:
    eva = listed(till, "eva@polar.example", "Eva Nordmann", note="Needs the ramp")
    order = bought(till)
    given(till, order)
    before = till.table.get(keys.person(eva.id))

    told(till, before, merged(till, eva, persons_with(till, OLA)[0]))

    assert "Needs the ramp" in ticket_of(till, order).person_note


def test_who_is_erased_leaves_no_note_on_a_ticket(till: Till) -> None:
    order = bought(till)
    given(till, order)
    noted(till, "Needs the ramp")

    [person] = persons_with(till, OLA)
    till.goes_on(days=120)

    erased = till.api.post(f"{till.path}/persons/{person.id}/erase", {}, as_=FOUNDER)

    assert erased.status == 200, erased.text
    assert ticket_of(till, order).person_note == ""


# --- who has not paid yet -----------------------------------------------------------------------------------


def follows(till: Till, order: Json, before: Item | None) -> None:
    """Let the stream tell of a change of an order, as its filter lets it through."""
    record = a_record(before, till.table.get(keys.order(order["id"])))
    passed = let_through([record], "GenerateTicketsFunction")
    assert till.api.invoke("generate_tickets", {"Records": passed}) == {"batchItemFailures": []}


def unpaid(till: Till, order: Json) -> list[bool]:
    return [ticket.unpaid for ticket in till.tickets(order)]


def strict(till: Till) -> str:
    """Pair a device whose list admits only what is paid; return its key."""
    made = till.api.post(f"{till.path}/check-in-lists", {"title": "Paid", "paid_only": True}, as_=FOUNDER)
    assert made.status == 201, made.text
    return paired(till, list_ids=[made.body["id"]])


@pytest.mark.parametrize("policy", ["on_issue", "on_release"])
def test_a_ticket_that_is_out_before_it_is_paid_says_so_until_it_is(opened: Opened, policy: str) -> None:
    till = opened(invoice_policy=policy)
    order, door = till.buy(2, "invoice"), strict(till)
    if policy == "on_release":
        till.did(order, "release")
    till.issue(order)
    assert unpaid(till, order) == [True, True]
    assert scanned(till, door, order)["reason"] == "unpaid"
    before = till.table.get(keys.order(order["id"]))

    till.did(order, "settle")
    follows(till, order, before)
    follows(till, order, before)

    assert unpaid(till, order) == [False, False]
    assert scanned(till, door, order)["result"] == "admitted"
    assert "unpaid" not in (till.table.get(keys.ticket(order["id"], 2)) or {})


def test_a_payment_that_is_undone_makes_the_tickets_unpaid_again(opened: Opened) -> None:
    till = opened(invoice_policy="on_issue")
    order = till.sold(2, "invoice")
    assert unpaid(till, order) == [False, False]
    before = till.table.get(keys.order(order["id"]))
    undone = Movement(
        id="undone",
        cause=Cause.DISPUTE,
        debit=Account.ORDER,
        credit=Account.BANK,
        amount=load_order(till.table, order["id"]).total,
        currency="EUR",
        reference="undone",
        at=NOW,
        actor="system",
    )
    change(till.table, load_order(till.table, order["id"]), lambda one: one.with_movement(undone))

    follows(till, order, before)

    assert unpaid(till, order) == [True, True]


def test_tickets_that_were_made_in_part_before_the_payment_came_are_paid_in_the_end(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = opened(invoice_policy="on_issue")
    order = till.buy(2, "invoice")
    first, _ = tickets_from(till.order(order))
    till.table.write(first.put())
    till.did(order, "settle")
    before = till.table.get(keys.order(order["id"]))
    monkeypatch.setattr("admit.tickets.issue.TICKETS_PER_TRANSACTION", 1)
    till.issue(order)
    assert unpaid(till, order) == [True, False]

    follows(till, order, before)

    assert unpaid(till, order) == [False, False]


def test_what_costs_nothing_or_is_paid_by_card_is_never_unpaid(opened: Opened) -> None:
    free, card = bought(till := opened_free(opened)), opened()
    paid = card.sold()

    assert (unpaid(till, free), unpaid(card, paid)) == ([False], [False])


def test_a_ticket_that_waits_follows_its_payment_and_one_that_is_cancelled_does_not(opened: Opened) -> None:
    till = opened(invoice_policy="on_issue")
    order = till.buy(2, "invoice")
    till.issue(order)
    before = till.table.get(keys.order(order["id"]))
    for number, status in ((1, SUSPENDED), (2, CANCELLED)):
        key = keys.ticket(order["id"], number)
        till.table.write(Update(key, "SET #status = :status", condition=None, values={"status": status}))
    till.did(order, "settle")

    follows(till, order, before)

    assert (till.statuses(order), unpaid(till, order)) == ([SUSPENDED, CANCELLED], [False, True])
