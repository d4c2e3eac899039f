"""The address book of a company: contacts, how they are found, and what becomes of their lines in carts."""

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.clock import stamp
from admit.distribution import contact_sheet, edit_contact
from admit.distribution.contact import Book, Contact, ContactPatch, ContactSettings, load_contact
from admit.distribution.edit_contact import create_contact
from admit.distribution.log import LogRow, LogStep
from admit.distribution.remove_contact import erase_contact, merge_contacts
from admit.errors import ContactExists, NotFound
from admit.job import JobMessage, load_job
from admit.people.company import load_company
from admit.people.person import Holder
from admit.people.switches import Switches
from admit.store import Put
from admit.tickets.cart_line import Step
from tests.builders import NOW, a_name, clock_at
from tests.engine.api import Api
from tests.engine.carts import Carts, carts
from tests.engine.dynamodb_local import counted
from tests.engine.partners import INGRID, JONAS, KARI, Json
from tests.engine.unguarded import Meanwhile, Unguarded

BOOK_ROUTES = [
    ("GET", "contacts", None),
    ("POST", "contacts", {"email": "eva@berg.example", "first_name": "Eva"}),
    ("GET", "contacts/export", None),
    ("POST", "contacts/import", {"csv": "email,first_name\neva@berg.example,Eva\n"}),
    ("GET", "contacts/x", None),
    ("PATCH", "contacts/x", {"notes": "Vegetarian"}),
    ("DELETE", "contacts/x", None),
    ("POST", "contacts/x/merge", {"other_id": "y"}),
    ("GET", "contacts/x/history", None),
]


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Carts:
    return carts(api, table)


def said(first: str = "Eva", last: str = "Berg", **fields: Any) -> Json:
    email = f"{a_name(first.lower() or 'guest')}@berg.example"
    return {"email": email, "first_name": first, "last_name": last} | fields


def add(stage: Carts, first: str = "Eva", last: str = "Berg", **fields: Any) -> Json:
    return dict(stage.done("POST", "contacts", said(first, last, **fields)))


def found(stage: Carts, **query: str) -> list[str]:
    """Return the names on the first page of a search."""
    items = stage.done("GET", "contacts", query=query)["items"]
    return [f"{one['first_name']} {one['last_name']}".strip() for one in items]


def book_of(stage: Carts) -> Book:
    return Book(load_company(stage.table, stage.company), Switches(), INGRID)


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "body"), BOOK_ROUTES)
def test_a_book_that_is_off_is_refused_on_every_way(
    stage: Carts, method: str, path: str, body: Json | None
) -> None:
    switches = {"address_book_enabled": False}
    stage.stage.done("PATCH", f"{stage.stage.organizer}/companies/{stage.company}", switches)

    answer = stage.ask(method, path, body)

    assert (answer.status, answer.code) == (409, "address_book_off")


@pytest.mark.parametrize(("method", "path", "body"), BOOK_ROUTES)
def test_a_relay_of_another_company_sees_no_book(
    stage: Carts, method: str, path: str, body: Json | None
) -> None:
    answer = stage.ask(method, path, body, as_=KARI)

    assert (answer.status, answer.code) == (404, "not_found")


def test_all_relays_of_a_company_share_one_book_and_another_company_has_its_own(stage: Carts) -> None:
    contact = add(stage)

    assert stage.done("GET", f"contacts/{contact['id']}", as_=JONAS) == contact
    assert stage.done("GET", "contacts", as_=KARI, company=stage.other)["items"] == []
    hers = stage.ask("GET", f"contacts/{contact['id']}", as_=KARI, company=stage.other)
    assert hers.status == 404


def test_what_no_company_or_contact_can_be_called_is_not_found(stage: Carts) -> None:
    assert stage.ask("GET", "contacts", company="x" * 3000).status == 404
    assert stage.ask("GET", f"contacts/{'x' * 3000}").status == 404


# --- adding and changing ----------------------------------------------------------------------------------


def test_a_contact_keeps_what_is_said_of_him_and_a_change_leaves_the_rest(stage: Carts) -> None:
    whole = said(
        phone="+47 900 00 000",
        language="nb",
        company="Berg Bakeri",
        title="Baker",
        tags=["VIP", "press", "vip"],
        notes="Vegetarian",
        consent={"given": True, "note": "by phone"},
    )
    contact = stage.done("POST", "contacts", whole)
    assert contact["tags"] == ["VIP", "press"]
    assert contact["consent"] == {"given": True, "at": stamp(NOW), "note": "by phone"}
    assert (contact["created_at"], contact["version"]) == (stamp(NOW), 1)

    stage.api.now = NOW + timedelta(days=1)
    changed = stage.done("PATCH", f"contacts/{contact['id']}", {"title": None, "tags": ["press"]})

    moved = {"title": None, "tags": ["press"], "updated_at": stamp(stage.api.now), "version": 2}
    assert changed == contact | moved
    assert stage.done("PATCH", f"contacts/{contact['id']}", {"tags": ["press"]}) == changed


def test_a_consent_keeps_its_time_until_it_is_another_one(stage: Carts) -> None:
    contact = add(stage, consent={"given": True, "at": "2026-01-02T00:00:00Z"})
    assert contact["consent"]["at"] == "2026-01-02T00:00:00.000Z"

    again = stage.done("PATCH", f"contacts/{contact['id']}", {"consent": {"given": True}})
    assert again == contact

    withdrawn = stage.done("PATCH", f"contacts/{contact['id']}", {"consent": {"given": False}})
    assert withdrawn["consent"] == {"given": False, "at": stamp(NOW), "note": ""}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "eva"}, "email"),
        ({"first_name": "", "last_name": " "}, "first_name"),
        ({"last_name": "x" * 60}, "last_name"),
        ({"language": "norwegian"}, "language"),
        ({"tags": ["x"] + [f"tag {number}" for number in range(20)]}, "tags"),
        ({"tags": ["one; two"]}, "tags[0]"),
        ({"tags": ["x" * 41]}, "tags[0]"),
        ({"consent": {"given": "yes"}}, "consent.given"),
        ({"consent": {"given": True, "at": "2026-01-02"}}, "consent.at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_a_contact_may_not_be_is_named(stage: Carts, fields: Json, field: str) -> None:
    answer = stage.ask("POST", "contacts", said() | fields)

    assert answer.status == 422
    assert [fault["field"] for fault in answer.body["errors"]] == [field]


def test_an_address_that_is_there_names_the_contact_who_has_it(stage: Carts) -> None:
    contact = add(stage)

    answer = stage.ask("POST", "contacts", said(email=contact["email"].upper()))

    assert (answer.status, answer.code) == (409, "contact_exists")
    assert answer.body["contact_id"] == contact["id"]
    assert stage.done("POST", "contacts", said(email=contact["email"]), as_=KARI, company=stage.other)


def test_the_same_request_again_answers_the_contact_and_another_under_its_key_is_refused(
    stage: Carts,
) -> None:
    body, key = said(), a_name("key")
    first = stage.done("POST", "contacts", body, idempotency_key=key)

    assert stage.done("POST", "contacts", body, idempotency_key=key) == first
    other = stage.ask("POST", "contacts", body | {"notes": "Other"}, idempotency_key=key)
    assert other.code == "idempotency_conflict"


def test_a_new_address_is_his_and_the_one_before_is_free(stage: Carts) -> None:
    contact, other = add(stage), add(stage, "Ola", "Dahl")
    path, before = f"contacts/{contact['id']}", contact["email"]

    taken = stage.ask("PATCH", path, {"email": other["email"]})
    assert (taken.code, taken.body["contact_id"]) == ("contact_exists", other["id"])

    moved = stage.done("PATCH", path, {"email": "eva@new.example"})
    assert moved["former_addresses"] == [before]
    assert add(stage, "Nina", "Ny", email=before)["email"] == before
    assert stage.ask("POST", "contacts", said(email="EVA@new.example")).code == "contact_exists"
    # Another spelling of his own address is no other address.
    assert stage.done("PATCH", path, {"email": "Eva@New.example"})["former_addresses"] == [before]


def test_a_change_of_a_version_that_was_not_looked_at_changes_nothing(stage: Carts) -> None:
    contact = add(stage)
    path = f"contacts/{contact['id']}"
    changed = stage.done("PATCH", path, {"notes": "Vegan", "version": 1})

    late = stage.ask("PATCH", path, {"notes": "Eats all", "version": 1})

    assert (late.status, late.code, late.body["version"]) == (409, "changed_meanwhile", 2)
    assert stage.done("GET", path) == changed


def added_at_once(table: DynamoTable, company_id: str, email: str) -> list[Contact | None]:
    """Let twenty relays add one address at the same time."""

    def one(number: int) -> Contact | None:
        settings = ContactSettings(email=email, first_name=f"Eva {number}")
        try:
            return create_contact(table, company_id, settings, contact_id=a_name("contact"), now=NOW)
        except ContactExists:
            return None

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(one, range(20)))


def test_twenty_who_add_one_address_at_once_add_one_contact(table: DynamoTable) -> None:
    company_id, email = a_name("company"), "eva@berg.example"

    [contact] = [one for one in added_at_once(table, company_id, email) if one]

    assert [one["id"] for one in table.query(*keys.contacts(company_id))] == [contact.id]
    mark = table.get(keys.contact_address(company_id, email))
    assert mark is not None
    assert mark["contact_id"] == contact.id


def test_without_the_condition_each_of_them_would_add_one(table: DynamoTable) -> None:
    company_id = a_name("company")

    made = added_at_once(Unguarded(table, "COMPANY#"), company_id, "eva@berg.example")

    assert len([one for one in made if one]) == len(table.query(*keys.contacts(company_id))) == 20


def test_a_book_that_is_full_takes_nobody_more(stage: Carts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_contact, "MOST_CONTACTS", 2)
    first = add(stage)
    add(stage)

    full = stage.ask("POST", "contacts", said())

    assert (full.status, full.code) == (409, "conflict")
    stage.done("DELETE", f"contacts/{first['id']}")
    assert add(stage)


# --- finding ----------------------------------------------------------------------------------------------


def test_a_book_is_listed_by_last_name_a_page_at_a_time(stage: Carts) -> None:
    for first, last in [("Ola", "Dahl"), ("Åse", "berg"), ("Eva", "Berg"), ("Cher", "")]:
        add(stage, first, last)

    first_page = stage.done("GET", "contacts", query={"limit": "3"})
    rest = stage.done("GET", "contacts", query={"limit": "3", "cursor": first_page["cursor"]})

    names = [one["first_name"] for one in [*first_page["items"], *rest["items"]]]
    assert names == ["Eva", "Åse", "Cher", "Ola"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ev", ["Eva Maria Berg"]),
        ("BERG", ["Eva Maria Berg", "Nils Bergstrøm"]),
        ("eva b", ["Eva Maria Berg"]),
        ("eva maria b", ["Eva Maria Berg"]),
        ("berg ev", ["Eva Maria Berg"]),
        ("polar sys", ["Eva Maria Berg"]),
        ("@fjord", ["Nils Bergstrøm"]),
        ("fjord.exa", ["Nils Bergstrøm"]),
        ("nils@fj", ["Nils Bergstrøm"]),
        ("front", ["Nils Bergstrøm"]),
        ("ro", ["Nils Bergstrøm"]),
        ("maria dahl", []),
        ("...", []),
    ],
)
def test_a_contact_is_found_by_beginnings_of_his_name_address_company_and_tags(
    stage: Carts, text: str, names: list[str]
) -> None:
    add(stage, "Eva Maria", "Berg", email="eva@berg.example", company="Polar Systems AS")
    add(stage, "Nils", "Bergstrøm", email="nils@fjord.example", tags=["Front row"])

    assert sorted(found(stage, q=text)) == names


def test_who_is_found_twice_is_told_once_over_all_pages(stage: Carts) -> None:
    for number in range(7):
        add(stage, "Anna", f"Annasdatter {number}", company="Annabo", tags=["Anna"])

    def told(text: str) -> list[str]:
        names, cursor = [], None
        while True:
            query = {"q": text, "limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = stage.done("GET", "contacts", query=query)
            names += [one["last_name"] for one in page["items"]]
            if (cursor := page["cursor"]) is None:
                return sorted(names)

    everybody = [f"Annasdatter {number}" for number in range(7)]
    assert told("ann") == everybody
    assert told("anna ann") == everybody
    assert told("annabo anna") == everybody


def test_contacts_are_listed_by_tag_and_a_search_keeps_to_it(stage: Carts) -> None:
    add(stage, "Eva", "Berg", tags=["VIP"])
    add(stage, "Ola", "Dahl", tags=["VIP guests"])
    add(stage, "Nils", "Vipe", tags=["Press", "vip"])

    assert sorted(found(stage, tag="vip")) == ["Eva Berg", "Nils Vipe"]
    assert found(stage, tag="vip", q="ni") == ["Nils Vipe"]
    assert found(stage, tag="guests") == []


def test_who_is_called_otherwise_is_found_by_the_new_name_alone(stage: Carts) -> None:
    contact = add(stage, "Eva", "Berg", email="eva@one.example", company="Polar", tags=["Press"])
    changes: Json = {"last_name": "Dahl", "email": "eva@two.example", "company": None, "tags": []}
    stage.done("PATCH", f"contacts/{contact['id']}", changes)

    for gone in ("berg", "eva berg", "eva@one", "@one", "polar", "press"):
        assert found(stage, q=gone) == []
    for text in ("dahl", "eva dahl", "dahl eva", "eva@two", "@two"):
        assert found(stage, q=text) == ["Eva Dahl"]
    stage.done("DELETE", f"contacts/{contact['id']}")
    assert found(stage, q="eva") == []
    assert stage.table.query(keys.contact_words(stage.company)) == []


def test_a_cursor_of_another_search_is_refused(stage: Carts) -> None:
    answer = stage.ask("GET", "contacts", query={"q": "eva", "cursor": "zz#1"})

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "cursor")


def fill(dynamodb: Any, table_name: str, company_id: str, count: int) -> None:
    """Put so many contacts into a book, each with the words that this search could meet."""

    def items() -> Iterator[Put]:
        for number in range(count):
            first = ("Anna", "Bente", "Carl", "Dina")[number % 4]
            settings = ContactSettings(
                email=f"{first}.{number}@guests.example", first_name=first, last_name=f"Nord {number:05d}"
            )
            contact = edit_contact.new_contact(company_id, settings, contact_id=f"{number:016d}", now=NOW)
            yield contact.put()
            words = [word for word in contact.words() if word.startswith(("anna", '"anna'))]
            for word in words:
                yield Put(keys.contact_word(company_id, word, contact.id), {"kind": "word"})

    put = DynamoTable(dynamodb, table_name)._put
    batch: list[Any] = []
    batches: list[list[Any]] = [batch]
    for one in items():
        if len(batch) == 25:
            batch = []
            batches.append(batch)
        batch.append({"PutRequest": {"Item": put(one)["Item"]}})
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(
            lambda some: dynamodb.batch_write_item(RequestItems={table_name: some}), batches
        ):
            assert not answer["UnprocessedItems"]


def test_a_search_among_ten_thousand_asks_as_little_as_one_among_a_hundred(
    api: Api, table: DynamoTable, table_name: str, dynamodb: Any
) -> None:
    asked: list[list[list[str]]] = []
    for count in (100, 10_000):
        stage = carts(api, table)
        fill(dynamodb, table_name, stage.company, count)
        requests = []
        for query in ({"q": "ann"}, {"q": "anna nord"}, {"q": "anna.4@gu"}, {}):
            with counted(dynamodb) as made:
                page = stage.done("GET", "contacts", query=query | {"limit": "20"})
            assert len(page["items"]) == (1 if "@" in query.get("q", "") else 20)
            requests.append(made)
        asked.append(requests)

    small, large = asked
    assert small == large
    assert max(len(requests) for requests in large) <= 4


# --- lines of carts ---------------------------------------------------------------------------------------


def test_a_new_name_or_address_shows_in_every_cart_that_he_stands_in(stage: Carts) -> None:
    one, two = stage.tickets(2)
    contact_id = stage.contact("Eva Berg")
    stage.allocated(contact_id, one, as_=INGRID)
    stage.allocated(contact_id, two, as_=JONAS)

    stage.done("PATCH", f"contacts/{contact_id}", {"last_name": "Dahl", "email": "eva@new.example"})

    for relay, ticket_id in ((INGRID, one), (JONAS, two)):
        line = stage.line(contact_id, relay)
        assert (line.name, line.email) == ("Eva Dahl", "eva@new.example")
        assert (line.act.step, line.act.actor) == (Step.FOLLOWED, "system")
        assert [ticket.id for ticket in line.tickets] == [ticket_id]
        [guest] = stage.cart(relay)["guests"]
        assert (guest["name"], guest["email"]) == ("Eva Dahl", "eva@new.example")
    version = stage.line(contact_id).version
    stage.done("PATCH", f"contacts/{contact_id}", {"notes": "Vegan"})
    assert stage.line(contact_id).version == version


def test_a_line_that_changes_while_its_guest_is_renamed_keeps_the_change_and_shows_the_name(
    stage: Carts,
) -> None:
    [ticket_id] = stage.tickets(1)
    contact_id = stage.guest("Eva Berg")
    table = Meanwhile(stage.table, partial(stage.allocated, contact_id, ticket_id), "COMPANY#")

    edit_contact.edit_contact(table, stage.company, contact_id, ContactPatch(last_name="Dahl"), now=NOW)

    line = stage.line(contact_id)
    assert (line.name, [ticket.id for ticket in line.tickets]) == ("Eva Dahl", [ticket_id])
    assert load_contact(stage.table, stage.company, contact_id).version == 2


def test_a_guest_who_comes_into_a_cart_while_he_is_renamed_comes_by_his_new_name(stage: Carts) -> None:
    contact_id = stage.contact("Eva Berg")
    come = partial(stage.done, "PUT", f"cart/guests/{contact_id}")
    table = Meanwhile(stage.table, come, "COMPANY#")

    edit_contact.edit_contact(table, stage.company, contact_id, ContactPatch(last_name="Dahl"), now=NOW)

    assert stage.line(contact_id).name == "Eva Dahl"


def test_the_lines_beyond_one_transaction_follow_it(stage: Carts, monkeypatch: pytest.MonkeyPatch) -> None:
    contact_id = stage.contact("Eva Berg")
    for relay in (INGRID, JONAS):
        stage.done("PUT", f"cart/guests/{contact_id}", as_=relay)
    monkeypatch.setattr(edit_contact, "MOST_WRITES", 0)

    stage.done("PATCH", f"contacts/{contact_id}", {"last_name": "Dahl"})

    assert [stage.line(contact_id, relay).name for relay in (INGRID, JONAS)] == ["Eva Dahl"] * 2


# --- erasing ----------------------------------------------------------------------------------------------


def test_erasing_frees_what_was_meant_for_him_in_all_carts_and_his_address(stage: Carts) -> None:
    tickets = stage.tickets(101)
    contact = add(stage)
    stage.allocated(contact["id"], *tickets[:98])
    stage.allocated(contact["id"], *tickets[98:100])
    stage.allocated(contact["id"], tickets[100], as_=JONAS)

    stage.done("DELETE", f"contacts/{contact['id']}", as_=JONAS)

    assert [stage.ticket(one).allocation for one in tickets] == [None] * 101
    assert stage.lines(INGRID) == stage.lines(JONAS) == []
    left = stage.line(contact["id"]).act
    assert (left.step, left.actor, left.acting_for) == (Step.REMOVED, JONAS, INGRID)
    assert stage.ask("GET", f"contacts/{contact['id']}").status == 404
    assert stage.ask("DELETE", f"contacts/{contact['id']}").status == 404
    assert add(stage, email=contact["email"])["id"] != contact["id"]


def test_tickets_that_an_erased_contact_has_keep_his_name(stage: Carts) -> None:
    holder = Holder(email="eva@berg.example", name="Eva Berg")
    [ticket_id] = stage.tickets(1, holder=holder)
    contact = add(stage, email=holder.email)

    stage.done("DELETE", f"contacts/{contact['id']}")

    assert stage.ticket(ticket_id).holder == holder


class Dies(Exception):
    """The process ends here."""


class DyingTable(DynamoTable):
    """A table whose process ends before its n-th write."""

    def __init__(self, table: DynamoTable, writes: int) -> None:
        super().__init__(table._client, table._name)
        self._left = writes

    def write(self, write: Any) -> Any:
        self._count()
        return super().write(write)

    def transact(self, writes: Any) -> None:
        self._count()
        super().transact(writes)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Dies


def until_done(table: DynamoTable, act: Callable[[DynamoTable], object]) -> int:
    """Let an act die after one write, then after two, until it gets to its end; return how often it died."""
    for deaths in range(100):
        try:
            act(DyingTable(table, 1))
        except Dies:
            continue
        return deaths
    raise AssertionError("it never ends")


def test_an_erasure_that_dies_after_each_of_its_writes_is_finished_by_asking_again(stage: Carts) -> None:
    one, two = stage.tickets(2)
    contact = add(stage)
    stage.allocated(contact["id"], one)
    stage.allocated(contact["id"], two, as_=JONAS)
    erase = partial(erase_contact, book=book_of(stage), contact_id=contact["id"], now=NOW)

    with pytest.raises(Dies):
        erase(DyingTable(stage.table, 1))
    assert stage.done("GET", f"contacts/{contact['id']}")["erasing"] is True
    assert stage.ask("PUT", f"cart/guests/{contact['id']}", relay=JONAS).status in (200, 404)
    assert stage.ask("PATCH", f"contacts/{contact['id']}", {"notes": "No"}).code == "conflict"
    # The last write is the count, beside what it counts.
    assert until_done(stage.table, lambda table: _unless_gone(partial(erase, table))) > 1

    assert [stage.ticket(ticket_id).allocation for ticket_id in (one, two)] == [None, None]
    assert stage.ask("GET", f"contacts/{contact['id']}").status == 404
    assert stage.table.query(keys.contact_words(stage.company)) == []


def _unless_gone(act: Callable[[], object]) -> None:
    try:
        act()
    except NotFound:
        return


def test_nobody_comes_into_a_cart_while_he_is_erased(stage: Carts) -> None:
    contact = add(stage)
    with pytest.raises(Dies):
        erase_contact(DyingTable(stage.table, 1), book_of(stage), contact["id"], now=NOW)

    assert stage.ask("PUT", f"cart/guests/{contact['id']}").status == 404


# --- merging ----------------------------------------------------------------------------------------------


def test_of_two_contacts_the_first_keeps_what_he_has_and_takes_what_he_lacks(stage: Carts) -> None:
    kept = add(stage, "Eva", "", phone="+47 1", tags=["VIP"], notes="Vegan", consent={"given": True})
    stage.api.now = NOW + timedelta(days=1)
    other = add(
        stage,
        "Ewa",
        "Berg",
        phone="+47 2",
        company="Polar",
        tags=["vip", "Press"],
        notes="Sits in front",
        consent={"given": False},
    )

    merged = stage.done("POST", f"contacts/{kept['id']}/merge", {"other_id": other["id"]})

    assert merged == kept | {
        "last_name": "Berg",
        "company": "Polar",
        "tags": ["VIP", "Press"],
        "notes": "Vegan\nSits in front",
        "consent": other["consent"],
        "former_addresses": [other["email"]],
        "updated_at": stamp(stage.api.now),
        "version": 2,
    }
    assert stage.ask("GET", f"contacts/{other['id']}").status == 404
    assert found(stage, q="ewa") == []
    assert found(stage, q="press") == ["Eva Berg"]
    again = stage.done("POST", f"contacts/{kept['id']}/merge", {"other_id": other["id"]})
    assert again == merged
    assert add(stage, email=other["email"])


def test_the_tickets_of_the_merged_contact_go_to_the_lines_of_the_other(stage: Carts) -> None:
    tickets = stage.tickets(104)
    kept, other = add(stage), add(stage, "Ewa", "Berg")
    stage.allocated(kept["id"], tickets[0])
    stage.allocated(other["id"], *tickets[1:99])
    stage.allocated(other["id"], *tickets[99:103])
    stage.allocated(other["id"], tickets[103], as_=JONAS)

    stage.done("POST", f"contacts/{kept['id']}/merge", {"other_id": other["id"]}, as_=JONAS)

    [line], [at_jonas] = stage.lines(INGRID), stage.lines(JONAS)
    assert (line.contact_id, line.email) == (kept["id"], kept["email"])
    assert {ticket.id for ticket in line.tickets} == set(tickets[:103])
    assert [ticket.id for ticket in at_jonas.tickets] == [tickets[103]]
    places = {
        (one.relay, one.contact_id) for ticket_id in tickets if (one := stage.ticket(ticket_id).allocation)
    }
    assert places == {(INGRID, kept["id"]), (JONAS, kept["id"])}
    assert (line.act.actor, line.act.acting_for) == (JONAS, INGRID)


def test_a_merge_that_dies_after_each_of_its_writes_is_finished_by_asking_again(stage: Carts) -> None:
    one, two, three = stage.tickets(3)
    kept, other = add(stage), add(stage, "Ewa", "Dahl", tags=["Press"])
    stage.allocated(kept["id"], one)
    stage.allocated(other["id"], two)
    stage.allocated(other["id"], three, as_=JONAS)

    def merge(table: DynamoTable) -> Contact:
        return merge_contacts(table, book_of(stage), kept["id"], other["id"], now=NOW)

    with pytest.raises(Dies):
        merge(DyingTable(stage.table, 1))
    half = stage.done("GET", f"contacts/{other['id']}")
    assert half["merging_into"] == kept["id"]
    assert stage.ask("PATCH", f"contacts/{other['id']}", {"notes": "No"}).code == "conflict"
    third = add(stage)
    elsewhere = stage.ask("POST", f"contacts/{third['id']}/merge", {"other_id": other["id"]})
    assert elsewhere.code == "conflict"
    assert until_done(stage.table, merge) > 1

    assert [stage.ticket(ticket_id).allocation for ticket_id in (one, two, three)] == [
        stage.line(kept["id"], relay).allocation for relay in (INGRID, INGRID, JONAS)
    ]
    assert stage.ask("GET", f"contacts/{other['id']}").status == 404
    assert stage.done("GET", f"contacts/{kept['id']}")["former_addresses"] == [other["email"]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"tags": [f"tag {number}" for number in range(20)]}, "tags"), ({"notes": "x" * 2000}, "notes")],
)
def test_what_two_contacts_have_together_may_not_be_more_than_one_may_have(
    stage: Carts, fields: Json, field: str
) -> None:
    kept, other = add(stage, tags=["VIP"], notes="Vegan"), add(stage, **fields)

    answer = stage.ask("POST", f"contacts/{kept['id']}/merge", {"other_id": other["id"]})

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert stage.done("GET", f"contacts/{other['id']}") == other


def test_a_contact_is_not_merged_into_himself_or_with_nobody(stage: Carts) -> None:
    contact = add(stage)
    path = f"contacts/{contact['id']}/merge"

    assert stage.ask("POST", path, {"other_id": contact["id"]}).status == 422
    assert stage.ask("POST", path, {"other_id": "nobody"}).status == 404


def test_a_guest_whose_distribution_is_not_complete_is_neither_merged_nor_erased(stage: Carts) -> None:
    [ticket_id] = stage.tickets(1)
    kept, other = add(stage), add(stage)
    stage.allocated(other["id"], ticket_id)
    line = stage.line(other["id"])
    stage.table.write(line.model_copy(update={"sent": ["another"]}).over(line))

    merge = stage.ask("POST", f"contacts/{kept['id']}/merge", {"other_id": other["id"]})
    erase = stage.ask("DELETE", f"contacts/{other['id']}")

    assert (merge.code, erase.code) == ("conflict", "conflict")
    assert stage.done("GET", f"contacts/{other['id']}") == other


def test_a_guest_whose_distribution_is_not_complete_is_called_otherwise_on_no_way(stage: Carts) -> None:
    [ticket_id] = stage.tickets(1)
    kept = add(stage, "Eva", "", email="eva@berg.example")
    other = add(stage, "Eva", "Berg")
    stage.allocated(kept["id"], ticket_id)
    line = stage.line(kept["id"])
    stage.table.write(line.model_copy(update={"sent": ["another"]}).over(line))

    changed = stage.ask("PATCH", f"contacts/{kept['id']}", {"last_name": "Dahl"})
    merged = stage.ask("POST", f"contacts/{kept['id']}/merge", {"other_id": other["id"]})
    job = imported(stage, "email,first_name,last_name\neva@berg.example,Eva,Dahl\n")

    assert (changed.code, merged.code) == ("conflict", "conflict")
    assert (results(job), job["rows"][0]["code"]) == (["failed"], "conflict")
    assert stage.done("GET", f"contacts/{kept['id']}") == kept
    assert stage.line(kept["id"]).name == "Eva"
    assert stage.done("PATCH", f"contacts/{kept['id']}", {"notes": "Vegan"})["notes"] == "Vegan"


# --- what he received -------------------------------------------------------------------------------------


def test_the_history_tells_what_he_got_at_each_of_his_addresses_newest_first(stage: Carts) -> None:
    contact = add(stage, email="eva@one.example")
    stage.done("PATCH", f"contacts/{contact['id']}", {"email": "eva@two.example"})
    for day, email in enumerate(["eva@one.example", "eva@two.example", "ola@one.example", "eva@one.example"]):
        row = LogRow(
            company_id=stage.company,
            reference=f"row {day}",
            at=NOW + timedelta(days=day),
            actor=INGRID,
            step=LogStep.DISTRIBUTED,
            guest=Holder(email=email, name="Eva Berg"),
            distributed=[f"ticket {day}"],
        )
        stage.table.write(row.put())

    path = f"contacts/{contact['id']}/history"
    first = stage.done("GET", path, query={"limit": "2"})
    rest = stage.done("GET", path, query={"limit": "2", "cursor": first["cursor"]})

    told = [one["distributed"] for one in [*first["items"], *rest["items"]]]
    assert told == [["ticket 3"], ["ticket 1"], ["ticket 0"]]
    assert rest["cursor"] is None


# --- by spreadsheet ---------------------------------------------------------------------------------------


def imported(stage: Carts, text: str, *, dry_run: bool = False) -> Json:
    """Send a file and let it be worked off; return the job with its rows."""
    job = stage.done("POST", "contacts/import", {"csv": text, "dry_run": dry_run})
    while contact_sheet.import_rows(
        stage.table, load_job(stage.table, job["id"]), Switches(), clock=clock_at(NOW), seconds=60
    ):
        continue
    return dict(stage.done("GET", f"jobs/{job['id']}"))


def results(job: Json) -> list[str]:
    return [row["result"] for row in job["rows"]]


def exported(stage: Carts, **query: str) -> str:
    answer = stage.ask("GET", "contacts/export", query=query)
    assert answer.headers["content-type"].startswith("text/csv")
    return answer.text


def test_each_row_of_a_file_is_told_what_became_of_it(stage: Carts) -> None:
    known = add(stage, "Eva", "Berg", email="eva@berg.example", phone="+47 1")
    add(stage, "Ola", "Dahl", email="ola@dahl.example")
    file = f"""email,first_name,last_name,phone,language,tags,colour
    eva@berg.example,Eva,Berg,+47 2,,,red
    ola@dahl.example,Ola,Dahl,,,,red
    nils@new.example,Nils,Ny,,nb,VIP; Press,red
    nobody,Nils,Ny,,,,red
    tom@new.example,,,,,,red
    kim@new.example,Kim,,,norsk,,red
    NILS@new.example,Nils,Nyere,,,,red
    leo@new.example,Leo,Lang,{"1" * 41},,,red"""

    job = imported(stage, file)

    assert results(job) == ["changed", "unchanged", "skipped", *["failed"] * 3, "created", "failed"]
    faults = [
        (fault["row"], fault["field"], fault["code"], fault["limit"])
        for row in job["rows"]
        for fault in row["errors"]
    ]
    assert faults == [
        (4, "email", "invalid", None),
        (5, "email", "not_an_email", None),
        (6, "first_name", "invalid", None),
        (7, "language", "bad_format", None),
        (9, "phone", "too_long", 40),
    ]
    assert job["unknown_columns"] == ["colour"]
    assert (job["created"], job["changed"], job["unchanged"], job["failed"]) == (1, 1, 1, 4)
    assert stage.done("GET", f"contacts/{known['id']}")["phone"] == "+47 2"
    assert found(stage, q="nils") == ["Nils Nyere"]


def test_of_rows_with_one_address_the_last_that_can_be_used_holds(stage: Carts) -> None:
    file = "email,first_name,language\neva@x.example,Eva,\nEVA@x.example,Ewa,\neva@x.example,Eve,norsk\n"

    job = imported(stage, file)

    assert results(job) == ["skipped", "created", "failed"]
    assert job["rows"][0]["errors"][0]["message"] == "row 3 has this address as well, and holds"
    assert found(stage) == ["Ewa"]


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(stage: Carts) -> None:
    add(stage, "Eva", "Berg", email="eva@berg.example")
    before = stage.done("GET", "contacts")
    file = "email,first_name\neva@berg.example,Ewa\nola@new.example,Ola\ntom@new.example,\n"

    job = imported(stage, file, dry_run=True)

    assert results(job) == ["would_change", "would_create", "failed"]
    assert stage.done("GET", "contacts") == before


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("E-mail;First name;Last name", "eva@x.example;Eva;Berg"),
        ("E-Mail-Adresse,Vorname,Nachname", "eva@x.example,Eva,Berg"),
        ("E-Mail,Vorname,Name", "eva@x.example,Eva,Berg"),
        ("Name,Given Name,Family Name,E-mail 1 - Value", "Eva Berg,Eva,Berg,eva@x.example"),
        ("Courriel,Prénom,Nom", "eva@x.example,Eva,Berg"),
        ("E-post,Fornavn,Etternavn", "eva@x.example,Eva,Berg"),
        ("Email,Full name", "eva@x.example,Eva Berg"),
        ("Email,Name", 'eva@x.example,"Berg, Eva"'),
    ],
)
def test_the_headers_of_common_exports_are_understood(stage: Carts, header: str, row: str) -> None:
    job = imported(stage, f"{header}\n{row}\n")

    assert (results(job), job["unknown_columns"]) == (["created"], [])
    assert found(stage, q="eva") == ["Eva Berg"]


def test_an_export_that_comes_back_changes_nothing(stage: Carts) -> None:
    add(
        stage,
        "=Eva",
        "-Berg",
        phone="+47 900 00 000",
        language="nb",
        company="@Polar, Oslo",
        title="'Boss'",
        tags=["VIP", "front row"],
        notes="'=1+1\nsecond line",
        consent={"given": False, "at": "2026-01-02T03:04:05.678Z", "note": "by phone"},
    )
    add(stage, "Cher", "")
    before = stage.done("GET", "contacts")

    job = imported(stage, exported(stage))

    assert results(job) == ["unchanged", "unchanged"]
    assert stage.done("GET", "contacts") == before


def test_no_cell_of_an_export_is_a_formula(stage: Carts) -> None:
    add(
        stage,
        "=HYPERLINK(1)",
        "+Berg",
        email="=1@berg.example",
        phone="+47 1",
        notes="@SUM(1)",
        company="-1+1",
    )

    [record] = list(csv.reader(StringIO(exported(stage).removeprefix("\ufeff"))))[1:]

    assert not [cell for cell in record if cell.startswith(("=", "+", "-", "@"))]


def test_an_export_by_tag_has_those_with_the_tag(stage: Carts) -> None:
    add(stage, "Eva", "Berg", tags=["VIP"])
    add(stage, "Ola", "Dahl")

    records = list(csv.DictReader(StringIO(exported(stage, tag="vip").removeprefix("\ufeff"))))

    assert [record["first_name"] for record in records] == ["Eva"]


def test_an_import_that_died_is_gone_on_with_and_tells_a_row_it_had_done_as_created(
    stage: Carts,
) -> None:
    job_id = stage.done("POST", "contacts/import", {"csv": "email,first_name\neva@x.example,Eva\n"})["id"]
    # The count, the contact; then the row is not recorded.
    with pytest.raises(Dies):
        contact_sheet.import_rows(
            DyingTable(stage.table, 3),
            load_job(stage.table, job_id),
            Switches(),
            clock=clock_at(NOW),
            seconds=60,
        )
    assert found(stage) == ["Eva"]

    contact_sheet.import_rows(
        stage.table, load_job(stage.table, job_id), Switches(), clock=clock_at(NOW), seconds=60
    )

    job = stage.done("GET", f"jobs/{job_id}")
    assert (job["status"], results(job)) == ("done", ["created"])


def test_the_worker_of_jobs_takes_an_import(stage: Carts) -> None:
    job = stage.done("POST", "contacts/import", {"csv": "email,first_name\neva@x.example,Eva\n"})
    stage.api.shop.job_queue.send([JobMessage(job_id=job["id"])])

    stage.api.work_off_jobs()

    assert stage.done("GET", f"jobs/{job['id']}")["created"] == 1


def test_a_file_without_addresses_is_refused_as_a_whole(stage: Carts) -> None:
    answer = stage.ask("POST", "contacts/import", {"csv": "first_name\nEva\n"})

    assert (answer.status, answer.body["errors"][0]["message"]) == (422, "lacks the columns: email")
