"""What is kept of a person is given to him and erased, at once or when the event's retention is over."""

from collections.abc import Iterator

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.errors import ChangedMeanwhile
from admit.people.person import Person, load_person
from admit.tickets.follow import follow
from admit.tickets.mine import history_of
from admit.tickets.privacy import erase_person
from tests.builders import NOW
from tests.engine.api import FOUNDER, Answer
from tests.engine.hands import (
    bought,
    given,
    listed,
    merged,
    opened_free,
    persons_with,
    ticket_of,
    told,
    worked_off,
)
from tests.engine.till import Json, Opened, Till, tills

OLA = ("ola@polar.example", "Ola Nordmann")
FORMER_OLA = ("ola.old@polar.example", "O. Nordmann")
NOTE = "Hears with one ear only"


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opens:
        yield opens


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened_free(opened)


def person_path(till: Till) -> str:
    [person] = persons_with(till, OLA)
    return f"{till.path}/persons/{person.id}"


def noted(till: Till, order: Json) -> None:
    """Say something to the door about the first ticket of an order."""
    path = f"{till.path}/tickets/{order['id']}-1/note"
    assert till.api.patch(path, {"note": NOTE}, as_=FOUNDER).status == 200


def erased(till: Till, person: Person) -> Answer:
    return till.api.post(f"{till.path}/persons/{person.id}/erase", {}, as_=FOUNDER)


def taken_back(till: Till, order: Json, number: int = 1) -> Answer:
    return till.api.delete(f"/public/orders/{order['id']}/tickets/{number}/holder", key=order["key"])


def two_who_are_one(till: Till) -> tuple[Json, Person, Person]:
    """Give two tickets to one man under two names, and merge these; return the order and both persons."""
    order = bought(till, 2)
    given(till, order)
    given(till, order, 2, name=FORMER_OLA[1], email=FORMER_OLA[0], phone="+47 911 00 000")
    stays, goes = persons_with(till, OLA, FORMER_OLA)
    return order, merged(till, stays, goes), load_person(till.table, goes.id)


def words_of_both(text: str) -> list[str]:
    """Return which words of the two who are one a text still has."""
    words = (*OLA, *FORMER_OLA, "911 00")
    return [word for word in words if word.casefold() in text.casefold()]


def everything_about(till: Till, order: Json) -> str:
    """Return all that the table keeps of an order, its tickets and its person, as text."""
    [person] = persons_with(till, OLA)
    return str([*till.table.query(keys.order(order["id"]).pk), till.table.get(keys.person(person.id))])


def test_a_person_is_given_all_that_is_kept_of_him(till: Till) -> None:
    order = bought(till, 1, *OLA)
    given(till, order, phone="+47 900 00 000")
    noted(till, order)

    export = till.api.get(f"{person_path(till)}/export", as_=FOUNDER).body

    assert export["person"]["phone"] == "+47 900 00 000"
    assert [one["id"] for one in export["tickets"]] == [f"{order['id']}-1"]
    assert export["tickets"][0]["note"] == NOTE
    assert [one["what"] for one in export["tickets"][0]["history"]] == ["assigned"]
    assert [one["id"] for one in export["orders"]] == [order["id"]]


def test_who_is_still_to_come_is_not_erased(till: Till) -> None:
    given(till, bought(till))

    answer = till.api.post(f"{person_path(till)}/erase", {}, as_=FOUNDER)

    assert answer.code == "wrong_state"


def test_after_the_event_nothing_names_who_was_erased(till: Till) -> None:
    order = bought(till, 1, *OLA)
    offer = {"email": "eva@else.example", "note": "from Ola"}
    given(till, order, phone="+47 900 00 000")
    till.api.post(f"/me/tickets/{order['id']}-1/transfer", offer, as_=OLA[0])
    noted(till, order)
    assert till.act(order, "notes", {"text": "Ola Nordmann has called."}).status == 201
    till.goes_on(days=200)
    path = person_path(till)

    erasure = till.api.post(f"{path}/erase", {}, as_=FOUNDER)
    again = till.api.post(f"{path}/erase", {}, as_=FOUNDER)

    assert (erasure.body["tickets"], erasure.body["orders_erased"]) == (1, [order["id"]])
    assert again.status == 200
    kept = everything_about(till, order).casefold()
    assert not [
        word for word in ("ola@polar", "ola nordmann", "900 00", "from ola", NOTE.lower()) if word in kept
    ]
    assert ticket_of(till, order).entries == 0
    assert len(history_of(till.table, ticket_of(till, order))) == 1


def test_a_ticket_that_he_had_forgets_him_too(till: Till) -> None:
    order = bought(till, 1, *OLA)
    given(till, order)
    till.api.delete(f"/me/tickets/{order['id']}-1/holder", as_=OLA[0])
    given(till, order, name="Eva Nordmann", email="eva@polar.example")
    path = person_path(till)
    export = till.api.get(f"{path}/export", as_=FOUNDER).body
    till.goes_on(days=200)

    erasure = till.api.post(f"{path}/erase", {}, as_=FOUNDER).body

    assert [one["what"] for one in export["tickets"][0]["history"]] == ["assigned"]
    assert (erasure["tickets"], erasure["orders_erased"]) == (1, [order["id"]])
    assert "ola@polar" not in everything_about(till, order).casefold()
    assert ticket_of(till, order).holder is not None


def test_an_order_with_money_keeps_its_buyer(opened: Opened) -> None:
    till = opened()
    order = till.buy(1, "card", buyer={"email": OLA[0], "name": OLA[1]})
    till.pay(order)
    till.issue(order)
    given(till, order)
    till.goes_on(days=200)

    erasure = till.api.post(f"{person_path(till)}/erase", {}, as_=FOUNDER)

    assert (erasure.body["orders_erased"], erasure.body["orders_kept"]) == ([], [order["id"]])


def test_persons_are_erased_when_the_event_s_retention_is_over(opened: Opened) -> None:
    till = opened_free(opened, retention_days=30)
    order = bought(till)
    given(till, order)
    [person] = persons_with(till, OLA)
    told(till, None, person)
    till.goes_on(days=100)
    early = till.api.invoke("jobs", {"task": "retention"})
    till.goes_on(days=30)

    started = [till.api.invoke("jobs", {"task": "retention"})["started"] for _ in range(2)]
    job = worked_off(till, "retention")

    assert (early, started) == ({"started": 0}, [1, 0])
    assert (job["status"], job["changed"]) == ("done", 1)
    assert "ola@polar" not in everything_about(till, order)
    assert till.api.get(f"{till.path}/persons", as_=FOUNDER).body["items"] == []


def test_who_has_given_his_ticket_back_is_erased_before_the_event(till: Till) -> None:
    order = bought(till)
    given(till, order, phone="+47 900 00 000")
    offer = {"email": "eva@else.example", "note": "from Ola"}
    assert till.api.post(f"/me/tickets/{order['id']}-1/transfer", offer, as_=OLA[0]).status == 201
    assert taken_back(till, order).status == 200
    [person] = persons_with(till, OLA)

    erasure = erased(till, person)

    assert (erasure.status, erasure.body["tickets"]) == (200, 1)
    kept = everything_about(till, order).casefold()
    assert not [word for word in ("ola@polar", "ola nordmann", "900 00", "from ola") if word in kept]


def test_a_cancelled_ticket_keeps_nobody(till: Till) -> None:
    order = bought(till)
    given(till, order)
    till.did(order, "cancel")
    [person] = persons_with(till, OLA)

    assert erased(till, person).status == 200
    assert "ola@polar" not in everything_about(till, order).casefold()


def test_who_was_erased_and_comes_again_begins_anew(till: Till) -> None:
    order = bought(till, 2)
    given(till, order, phone="+47 900 00 000", title="Engineer")
    taken_back(till, order)
    [person] = persons_with(till, OLA)
    assert erased(till, person).status == 200

    ticket = given(till, order, 2)

    [again] = persons_with(till, OLA)
    assert (ticket["holder"]["email"], ticket["holder"]["title"]) == (OLA[0], None)
    assert (again.email, again.name, again.phone, again.erased_at) == (*OLA, None, None)
    assert (again.tickets, again.former_tickets) == ([f"{order['id']}-2"], [])
    names = [one["name"] for one in till.api.get(f"{till.path}/persons", as_=FOUNDER).body["items"]]
    assert names == [OLA[1]]


@pytest.mark.parametrize("followed", [False, True])
def test_who_was_merged_into_a_person_is_erased_with_him(till: Till, followed: bool) -> None:
    order, stays, goes = two_who_are_one(till)
    if followed:
        follow(till.table, stays, NOW)
    till.goes_on(days=200)

    erasure = erased(till, stays)

    assert (erasure.status, erasure.body["tickets"]) == (200, 2)
    gone = load_person(till.table, goes.id)
    assert words_of_both(f"{everything_about(till, order)}{gone}") == []
    assert gone.merged_into == stays.id


def test_a_ticket_that_has_not_followed_a_merge_keeps_who_stays(till: Till) -> None:
    given(till, bought(till))
    [ola] = persons_with(till, OLA)
    eva = merged(till, listed(till, "eva@polar.example", "Eva Nordmann"), ola)

    assert erased(till, eva).code == "wrong_state"


def test_others_of_his_address_keep_their_names(till: Till) -> None:
    family = "family@home.example"
    order = bought(till, 2, email=family, name="Kari Nordmann")
    given(till, order, 1, name="Ola Nordmann", email=family)
    given(till, order, 2, name="Kari Nordmann", email=family)
    till.goes_on(days=200)
    [ola] = persons_with(till, (family, "Ola Nordmann"))

    erasure = erased(till, ola).body

    his, hers = (ticket_of(till, order, number) for number in (1, 2))
    assert (erasure["tickets"], erasure["orders_erased"]) == (1, [])
    assert (his.holder, hers.holder and hers.holder.name) == (None, "Kari Nordmann")
    assert (hers.buyer_email, till.order(order).buyer.name) == (family, "Kari Nordmann")
    assert [one.holder and one.holder.name for one in history_of(till.table, hers)] == ["Kari Nordmann"]
    assert "Ola" not in str(till.table.query(keys.order(order["id"]).pk))


def test_who_gets_a_ticket_while_he_is_erased_stays(till: Till) -> None:
    read = listed(till, *OLA)
    order = bought(till)
    given(till, order)

    with pytest.raises(ChangedMeanwhile):
        erase_person(till.table, till.catalog.event, read, NOW)

    person = load_person(till.table, read.id)
    assert (person.erased_at, person.email, person.tickets) == (None, OLA[0], [f"{order['id']}-1"])
    assert ticket_of(till, order).person_id == person.id


def test_retention_erases_those_who_were_merged_too(opened: Opened) -> None:
    till = opened_free(opened, retention_days=30)
    order, stays, goes = two_who_are_one(till)
    follow(till.table, stays, NOW)
    till.goes_on(days=140)

    till.api.invoke("jobs", {"task": "retention"})
    job = worked_off(till, "retention")

    assert job["status"] == "done"
    assert words_of_both(f"{everything_about(till, order)}{load_person(till.table, goes.id)}") == []


def test_history_under_a_later_address_forgets_him_too(till: Till) -> None:
    order = bought(till)
    given(till, order)
    [person] = persons_with(till, OLA)
    patch = {"email": "ola@home.example", "name": "Ola N. Nordmann"}
    till.api.patch(f"{till.path}/persons/{person.id}", patch, as_=FOUNDER)
    follow(till.table, person, NOW)
    till.goes_on(days=200)

    assert erased(till, person).status == 200

    kept = everything_about(till, order).casefold()
    assert not [word for word in ("ola@", "ola n") if word in kept]


def test_who_was_merged_is_erased_by_his_own_page_too(till: Till) -> None:
    order, stays, goes = two_who_are_one(till)
    follow(till.table, stays, NOW)
    till.goes_on(days=200)

    assert erased(till, goes).status == 200
    assert erased(till, stays).status == 200

    assert words_of_both(f"{everything_about(till, order)}{load_person(till.table, goes.id)}") == []
