"""Persons of an event: told apart by name and address, changed, merged, and followed by their tickets."""

import unicodedata
from collections.abc import Iterator

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.badges.face import drawn_from
from admit.catalog.badge import PersonRole
from admit.people.edit_person import PersonPatch, edit_person
from admit.people.person import Person, load_person
from admit.store import Update
from admit.tickets.badge import face_of
from admit.tickets.follow import follow, introduce
from admit.tickets.ticket import Images
from tests.builders import NOW
from tests.engine.api import FOUNDER
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
    shown,
    ticket_of,
    told,
    worked_off,
)
from tests.engine.stream import a_record
from tests.engine.till import SUSPENDED, Json, Opened, Till, tills
from tests.engine.unguarded import Meanwhile

OLA = ("ola@polar.example", "Ola Nordmann")
MEALS = [{"id": "meat", "label": "Meat"}, {"id": "vegan", "label": "Vegan"}]


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opens:
        yield opens


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened_free(opened)


def introduced(till: Till, order: Json) -> None:
    """Let the stream tell of the first ticket of an order as it was issued."""
    record = a_record(None, till.table.get(keys.ticket(order["id"], 1)))
    assert till.api.invoke("generate_tickets", {"Records": [record]}) == {"batchItemFailures": []}


def followed(till: Till, *people: Person) -> None:
    """Bring the tickets of persons, one after another, to what is said of them."""
    for person in people:
        follow(till.table, load_person(till.table, person.id), NOW)


# --- who is who ---------------------------------------------------------------------------------------------


def test_a_name_is_the_same_however_its_letters_are_composed(till: Till) -> None:
    apart = listed(till, "aase@polar.example", unicodedata.normalize("NFD", "Åse René"))
    whole = listed(till, "aase@polar.example", "Åse René")
    told(till, None, apart)

    found = [
        [
            one["id"]
            for one in till.api.get(f"{till.path}/persons", as_=FOUNDER, query={"q": word}).body["items"]
        ]
        for word in ("Åse", "René", unicodedata.normalize("NFD", "rené"))
    ]

    assert apart.id == whole.id
    assert found == [[apart.id]] * 3


def test_who_gives_somebody_a_second_ticket_only_fills_in_what_nobody_has_said_of_him(till: Till) -> None:
    given(till, bought(till), company="Polar Systems AS")

    second = given(till, bought(till, email="mal@x.example"), company="Clown Inc", title="Engineer")

    [person] = persons_with(till, OLA)
    assert (person.company, person.title) == ("Polar Systems AS", "Engineer")
    assert second["holder"]["company"] == "Polar Systems AS"


def test_who_claims_a_ticket_in_somebodys_name_says_nothing_anew_of_him(till: Till) -> None:
    given(till, bought(till), company="Polar Systems AS")
    order = bought(till, email="mal@x.example")
    body = {"tickets": [f"{order['id']}-1"]}
    link = till.api.post(f"/public/orders/{order['id']}/claim-links", body, key=order["key"]).body

    key = link["url"].partition("#key=")[2]
    claimed = till.api.post(f"/public/claims/{link['id']}", a_holder(company="Clown Inc"), key=key)

    [person] = persons_with(till, OLA)
    assert (claimed.status, person.company) == (201, "Polar Systems AS")


def test_a_ticket_that_is_issued_to_a_person_of_the_list_shows_his_role_and_company(till: Till) -> None:
    listed(till, *OLA, role="speaker", company="Polar Systems AS")
    order = bought_for(till, a_holder())

    introduced(till, order)

    ticket = ticket_of(till, order)
    [person] = persons_with(till, OLA)
    shows = drawn_from(face_of(ticket, till.catalog.event, credential(till, order, 0)))
    assert (ticket.person_id, ticket.role, person.tickets) == (person.id, PersonRole.SPEAKER, [ticket.id])
    assert ticket.holder is not None
    assert ticket.holder.company == "Polar Systems AS"
    assert (ticket.images, ticket.drawn) == (Images.DRAWN, shows)


def test_a_person_who_is_changed_while_a_ticket_is_issued_to_him_has_it(till: Till) -> None:
    person = listed(till, *OLA)
    order = bought_for(till, a_holder())
    patch = PersonPatch(note="Speaks on Friday")
    table = Meanwhile(till.table, lambda: edit_person(till.table, till.catalog, person, patch, NOW))

    introduce(table, till.catalog, ticket_of(till, order), NOW)

    person = load_person(till.table, person.id)
    assert ticket_of(till, order).person_id == person.id
    assert (person.tickets, person.note) == ([f"{order['id']}-1"], "Speaks on Friday")


def test_an_answer_that_was_right_when_it_was_given_is_kept_though_its_option_is_no_more(till: Till) -> None:
    question = {"title": "Which meal?", "kind": "choice", "asked_of": "attendee", "options": MEALS}
    asked = till.api.post(f"{till.path}/questions", question, as_=FOUNDER)
    assert asked.status == 201, asked.text
    path = f"{till.path}/questions/{asked.body['id']}"
    order = bought_for(till, a_holder(answers={asked.body["id"]: "vegan"}))
    options = [MEALS[0], {**MEALS[1], "active": False}]
    assert till.api.patch(path, {"options": options}, as_=FOUNDER).status == 200

    introduced(till, order)

    [person] = persons_with(till, OLA)
    assert person.answers == {asked.body["id"]: "vegan"}
    assert ticket_of(till, order).person_id == person.id


# --- changing -----------------------------------------------------------------------------------------------


def test_a_persons_tickets_follow_what_is_changed_of_him(till: Till) -> None:
    order = bought(till)
    given(till, order)
    [person] = persons_with(till, ("ola@polar.example", "Ola Nordmann"))
    before = till.table.get(keys.person(person.id))

    patch = {"name": "Ola N. Nordmann", "role": "speaker"}
    answer = till.api.patch(f"{till.path}/persons/{person.id}", patch, as_=FOUNDER)
    told(till, before, person)

    ticket = ticket_of(till, order)
    assert (answer.status, answer.body["name"], ticket.role) == (200, "Ola N. Nordmann", "speaker")
    assert (ticket.holder and ticket.holder.name, ticket.revision, ticket.images) == (
        "Ola N. Nordmann",
        1,
        "stale",
    )


def test_a_new_address_is_a_new_credential(till: Till) -> None:
    order, door = bought(till), till.door()
    given(till, order)
    [person] = persons_with(till, ("ola@polar.example", "Ola Nordmann"))
    before = till.table.get(keys.person(person.id))

    till.api.patch(f"{till.path}/persons/{person.id}", {"email": "ola@home.example"}, as_=FOUNDER)
    told(till, before, person)

    assert shown(till, door, credential(till, order, 1)) == "superseded"
    new, old = (
        {one["id"] for one in till.api.get("/me/tickets", as_=who).body["items"]}
        for who in ("ola@home.example", "ola@polar.example")
    )
    assert f"{order['id']}-1" in new - old


def test_a_ticket_that_waits_follows_its_person_to_another_address_too(till: Till) -> None:
    order = bought(till)
    given(till, order)
    suspends = Update(
        keys.ticket(order["id"], 1), "SET #status = :status", condition=None, values={"status": SUSPENDED}
    )
    till.table.write(suspends)
    [person] = persons_with(till, OLA)

    till.api.patch(f"{till.path}/persons/{person.id}", {"email": "ola@home.example"}, as_=FOUNDER)
    followed(till, person)

    ticket = ticket_of(till, order)
    assert ticket.holder is not None
    assert (ticket.revision, ticket.status, ticket.holder.email) == (2, SUSPENDED, "ola@home.example")


def test_after_the_deadline_a_holder_gives_himself_no_other_name(opened: Opened) -> None:
    till = opened_free(opened, holder_changes_until="2027-03-20T00:00:00Z")
    order = bought(till)
    given(till, order)
    path = f"/tickets/{order['id']}-1"
    key = till.api.get(f"/me{path}", as_=OLA[0]).body["url"].partition("#key=")[2]
    till.goes_on(days=30)

    other, same = (
        till.api.put(f"/public{path}/person", said, key=key)
        for said in ({"name": "Somebody Else"}, {"name": OLA[1], "title": "Engineer"})
    )

    [person] = persons_with(till, OLA)
    assert (other.code, same.status) == ("too_late", 200)
    assert (person.name, person.title) == (OLA[1], "Engineer")


# --- merging ------------------------------------------------------------------------------------------------


def test_two_persons_who_are_one_are_merged_and_their_tickets_follow(till: Till) -> None:
    order = bought(till, 2)
    given(till, order, 1, name="Ola Nordmann", title="Engineer")
    given(till, order, 2, **{"name": "O. Nordmann", "email": "ola@polar.example"})
    stays, goes = persons_with(
        till, ("ola@polar.example", "Ola Nordmann"), ("ola@polar.example", "O. Nordmann")
    )
    before = till.table.get(keys.person(stays.id))

    merged = till.api.post(f"{till.path}/persons/{stays.id}/merge", {"other_id": goes.id}, as_=FOUNDER)
    told(till, before, stays)

    assert merged.body["tickets"] == [f"{order['id']}-1", f"{order['id']}-2"]
    assert {ticket.person_id for ticket in till.tickets(order)} == {stays.id}
    again = given(till, order, 2, **{"name": "O. Nordmann", "email": "ola@polar.example"})
    assert again["holder"]["name"] == "Ola Nordmann"


@pytest.mark.parametrize("later_first", [False, True])
def test_tickets_follow_through_two_merges_whichever_is_told_first(till: Till, later_first: bool) -> None:
    order = bought(till, 3)
    names = ("Ola Nordmann", "Eva Nordmann", "Per Nordmann")
    for number, name in enumerate(names, start=1):
        given(till, order, number, name=name)
    ola, eva, per = persons_with(till, *((a_holder(name)["email"], name) for name in names))

    merged(till, eva, ola)
    whole = merged(till, per, load_person(till.table, eva.id))
    followed(till, *((per, eva) if later_first else (eva, per)))

    assert whole.tickets == [f"{order['id']}-{number}" for number in (1, 2, 3)]
    assert [ticket.person_id for ticket in till.tickets(order)] == [per.id] * 3
    assert {ticket.holder and ticket.holder.name for ticket in till.tickets(order)} == {"Per Nordmann"}


def test_a_ticket_that_goes_on_before_it_has_followed_a_merge_leaves_who_stays(till: Till) -> None:
    order = bought(till)
    given(till, order)
    [ola] = persons_with(till, OLA)
    eva = merged(till, listed(till, "eva@polar.example", "Eva Nordmann"), ola)

    given(till, order, name="Nina New")
    followed(till, eva)

    nina, eva = persons_with(till, ("nina@polar.example", "Nina New"), ("eva@polar.example", "Eva Nordmann"))
    assert (eva.tickets, eva.former_tickets) == ([], [f"{order['id']}-1"])
    assert (nina.tickets, ticket_of(till, order).person_id) == ([f"{order['id']}-1"], nina.id)


def test_who_was_merged_and_is_added_again_is_who_stays(till: Till) -> None:
    ola = listed(till, *OLA)
    eva = merged(till, listed(till, "eva@polar.example", "Eva Nordmann"), ola)

    again = listed(till, *OLA, role="speaker")

    assert (again.id, again.role) == (eva.id, PersonRole.SPEAKER)
    assert load_person(till.table, ola.id).merged_into == eva.id


def test_of_two_persons_who_are_one_a_role_stays(till: Till) -> None:
    guest, speaker = listed(till, *OLA), listed(till, "eva@polar.example", "Eva Nordmann", role="speaker")

    assert merged(till, guest, speaker).role is PersonRole.SPEAKER


# --- lists and files ----------------------------------------------------------------------------------------


def test_persons_are_listed_by_name_and_found_by_the_beginnings_of_words(till: Till) -> None:
    order = bought(till, 3)
    for number, name in enumerate(("Ola Nordmann", "Åse Berg", "Eva Nordby"), start=1):
        given(till, order, number, name=name, company="Polar Systems AS", email=f"p{number}@polar.example")
        [person] = persons_with(till, (f"p{number}@polar.example", name))
        told(till, None, person)

    def found(**query: str) -> list[str]:
        answer = till.api.get(f"{till.path}/persons", as_=FOUNDER, query=query)
        return [one["name"] for one in answer.body["items"]]

    assert found(limit="50") == ["Eva Nordby", "Ola Nordmann", "Åse Berg"]
    assert found(q="nord") == ["Eva Nordby", "Ola Nordmann"]
    assert found(q="polar ola") == ["Ola Nordmann"]
    assert found(q="p2@polar") == ["Åse Berg"]


def test_persons_come_from_a_file_and_a_bad_row_is_named(till: Till) -> None:
    rows = [
        "email,first_name,last_name,role",
        "speaker@polar.example,Sara,Speaker,speaker",
        "no address,X,Y,",
    ]
    text = "\n".join(rows)

    for _ in range(2):
        answer = till.api.post(f"{till.path}/persons/import", {"csv": text}, as_=FOUNDER)
        assert answer.status == 202, answer.text
        job = worked_off(till, "import_persons")

    [person] = persons_with(till, ("speaker@polar.example", "Sara Speaker"))
    assert (person.role, job["unchanged"], job["failed"]) == ("speaker", 1, 1)
