"""Passes on devices: a device hears what has changed, and a former holder's pass is void."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.ids import ticket_id
from admit.orders.order import Order
from admit.passes.content import pass_content, pass_serial
from admit.passes.devices import changed_at, unchanged_since
from admit.people.person import Holder
from admit.store import Update
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket, tickets_from
from tests.builders import NOW, a_name, an_event, an_order, give, later
from tests.engine.api import Answer, Api
from tests.wallets import PASS_TYPE

OLA = Holder(email="ola@polar.example", name="Ola Nordmann")
SIRI = Holder(email="siri@polar.example", name="Siri Nordmann")


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table)


@pytest.fixture
def order(table: DynamoTable, catalog: Catalog) -> Order:
    """Return an order of two tickets that are made."""
    order = an_order(table, catalog, quantity=2)
    for ticket in tickets_from(order):
        table.write(ticket.put())
    return order


class Phone:
    """A device that does as Apple's PassKit Web Service says."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.id = a_name("device")
        self.tag = ""

    def add(self, ticket: Ticket) -> Any:
        """Put the pass of a ticket into the wallet, and return what it says."""
        key = self.api.links.ticket_key(ticket.id, ticket.revision)
        answer = self.api.get(f"/public/tickets/{ticket.id}/apple.pkpass", query={"key": key})
        written = self.open(answer)
        assert self.register(written).status == 201
        return written

    def open(self, answer: Answer) -> Any:
        assert answer.status == 302, answer.text
        package = self.api.bucket.objects[answer.headers["location"].removeprefix("https://bucket.example/")]
        with zipfile.ZipFile(BytesIO(package)) as archive:
            return json.loads(archive.read("pass.json"))

    def register(self, written: Any, push_token: str = "a1b2") -> Answer:
        return self.api.post(self._path(written), {"pushToken": push_token}, headers=proof(written))

    def remove(self, written: Any) -> Answer:
        return self.api.delete(self._path(written), headers=proof(written))

    def changed(self) -> list[str]:
        """Ask what has changed since the last time."""
        path = f"/wallet/v1/devices/{self.id}/registrations/{PASS_TYPE}"
        answer = self.api.get(path, query={"passesUpdatedSince": self.tag} if self.tag else None)
        if answer.status == 204:
            assert answer.text == ""
            return []
        assert answer.status == 200
        self.tag = answer.body["lastUpdated"]
        serials: list[str] = answer.body["serialNumbers"]
        return serials

    def fetch(self, written: Any, since: str | None = None) -> Answer:
        headers = proof(written) | ({"If-Modified-Since": since} if since else {})
        return self.api.get(f"/wallet/v1/passes/{PASS_TYPE}/{written['serialNumber']}", headers=headers)

    def _path(self, written: Any) -> str:
        return f"/wallet/v1/devices/{self.id}/registrations/{PASS_TYPE}/{written['serialNumber']}"


@pytest.fixture
def phone(api: Api) -> Phone:
    return Phone(api)


def proof(written: Any) -> dict[str, str]:
    return {"Authorization": f"ApplePass {written['authenticationToken']}"}


def ticket(table: DynamoTable, order: Order, number: int = 1) -> Ticket:
    return load_ticket(table, ticket_id(order.id, number))


def cancel(table: DynamoTable, ticket: Ticket) -> None:
    set_status = Update(
        keys.ticket(ticket.order_id, ticket.number),
        "SET #status = :to",
        condition="attribute_exists(pk)",
        values={"to": TicketStatus.CANCELLED},
    )
    table.write(set_status)


def http_date(at: Any) -> str:
    return f"{at:%a, %d %b %Y %H:%M:%S GMT}"


# --- what a device hears ----------------------------------------------------------------------------------


def test_a_device_hears_of_each_of_its_passes_once(phone: Phone, table: DynamoTable, order: Order) -> None:
    added = [phone.add(ticket(table, order, number))["serialNumber"] for number in (1, 2)]
    assert sorted(phone.changed()) == sorted(added)
    assert phone.changed() == []


def test_a_device_hears_of_the_pass_that_has_changed_and_no_other(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    first, _ = (phone.add(ticket(table, order, number)) for number in (1, 2))
    phone.changed()
    cancel(table, ticket(table, order))
    assert phone.changed() == [first["serialNumber"]]
    assert phone.open(phone.fetch(first))["voided"] is True
    assert phone.changed() == []


def test_a_lost_answer_is_told_again(phone: Phone, table: DynamoTable, order: Order) -> None:
    added = phone.add(ticket(table, order))
    phone.changed()
    before = phone.tag
    cancel(table, ticket(table, order))
    phone.changed()
    phone.tag = before
    assert phone.changed() == [added["serialNumber"]]


def test_a_device_hears_of_a_pass_that_came_after_its_tag(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    phone.add(ticket(table, order))
    phone.changed()
    second = phone.add(ticket(table, order, 2))
    assert phone.changed() == [second["serialNumber"]]


def test_a_device_hears_of_no_pass_that_it_removed_and_of_none_of_another_device(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    added = phone.add(ticket(table, order))
    other = Phone(phone.api)
    other.add(ticket(table, order, 2))
    assert phone.remove(added).status == 200
    assert phone.remove(added).status == 200
    assert phone.changed() == []


def test_a_device_registers_again_with_its_new_push_token(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    added = phone.add(ticket(table, order))
    assert phone.register(added, "c3d4").status == 200
    kept = table.get(keys.pass_on_device(added["serialNumber"], phone.id))
    assert kept is not None
    assert kept["push_token"] == "c3d4"
    assert kept["ttl"] > later(0).timestamp()


def test_more_may_stand_in_what_a_device_sends(phone: Phone, table: DynamoTable, order: Order) -> None:
    added = phone.add(ticket(table, order))
    body = {"pushToken": "e5f6", "somethingNew": 1}
    path = f"/wallet/v1/devices/{a_name('device')}/registrations/{PASS_TYPE}/{added['serialNumber']}"
    assert phone.api.post(path, body, headers=proof(added)).status == 201
    assert phone.api.post("/wallet/v1/log", {"logs": ["[date] something"], "more": 1}).status == 200


# --- a ticket that changes hands --------------------------------------------------------------------------


def test_a_former_holders_pass_is_void_and_never_shows_the_new_code(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    give(table, order, 1, OLA)
    former = phone.add(ticket(table, order))
    phone.changed()
    give(table, order, 1, SIRI)
    assert phone.changed() == [former["serialNumber"]]
    seen = phone.open(phone.fetch(former))
    assert seen["voided"] is True
    assert seen["barcodes"] == former["barcodes"]
    assert "Siri" not in json.dumps(seen)

    theirs = Phone(phone.api).add(ticket(table, order))
    assert theirs["barcodes"] != former["barcodes"]
    assert theirs["voided"] is False
    crossed = {**theirs, "authenticationToken": former["authenticationToken"]}
    assert phone.fetch(crossed).status == 401


def test_what_is_said_anew_of_a_holder_changes_his_pass_in_place(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    give(table, order, 1, OLA)
    before = phone.add(ticket(table, order))
    phone.changed()
    moved = Update(
        keys.ticket(order.id, 1),
        "SET holder.company = :company",
        condition="attribute_exists(holder)",
        values={"company": "Nordlys AS"},
    )
    table.write(moved)
    assert phone.changed() == [before["serialNumber"]]
    seen = phone.open(phone.fetch(before))
    assert seen["barcodes"] == before["barcodes"]
    assert "Nordlys AS" in json.dumps(seen)


# --- what is fetched when ---------------------------------------------------------------------------------


def test_a_pass_that_has_not_changed_is_not_sent_again(
    phone: Phone, table: DynamoTable, order: Order
) -> None:
    added = phone.add(ticket(table, order))
    phone.fetch(added)
    had = http_date(later(1))
    assert phone.fetch(added, had).status == 304
    phone.api.now = later(5)
    assert phone.fetch(added, had).status == 304
    cancel(table, ticket(table, order))
    assert phone.fetch(added, had).status == 302
    assert phone.fetch(added, http_date(later(4))).status == 302
    assert phone.fetch(added, http_date(later(6))).status == 304
    assert phone.fetch(added, "yesterday").status == 302


def test_a_package_that_was_slow_to_be_put_is_not_taken_for_the_change_meanwhile(
    table: DynamoTable, catalog: Catalog, order: Order
) -> None:
    before = pass_content(ticket(table, order), 0, catalog.event)
    changed_at(table, before, NOW)
    noted = changed_at(table, before.model_copy(update={"void": True}), NOW + timedelta(seconds=1))
    put = NOW + timedelta(seconds=20)
    assert not unchanged_since(noted, http_date(put))


def test_what_a_pass_says_again_counts_from_when_it_says_it_again(
    table: DynamoTable, catalog: Catalog, order: Order
) -> None:
    one = pass_content(ticket(table, order), 0, catalog.event)
    other = one.model_copy(update={"void": True})
    times = [changed_at(table, content, later(at)) for at, content in enumerate([one, one, other, one])]
    assert times == [later(0), later(0), later(2), later(3)]


# --- who may ----------------------------------------------------------------------------------------------


def test_a_wrong_token_is_refused_everywhere(phone: Phone, table: DynamoTable, order: Order) -> None:
    added = phone.add(ticket(table, order))
    wrong = {**added, "authenticationToken": "0" * 40}
    assert [phone.register(wrong).status, phone.remove(wrong).status, phone.fetch(wrong).status] == [401] * 3
    path = f"/wallet/v1/passes/{PASS_TYPE}/{added['serialNumber']}"
    assert phone.api.get(path).status == 401
    assert phone.changed() == [added["serialNumber"]]


def test_passes_of_another_type_are_not_here(phone: Phone, table: DynamoTable, order: Order) -> None:
    added = phone.add(ticket(table, order))
    path = f"/wallet/v1/passes/pass.example.other/{added['serialNumber']}"
    assert phone.api.get(path, headers=proof(added)).status == 404
    assert phone.api.get("/wallet/v1/devices/x/registrations/pass.example.other").status == 404


def test_a_pass_of_no_ticket_is_not_there(phone: Phone, order: Order) -> None:
    serial = pass_serial(ticket_id(order.id, 99), 0)
    unknown = {"serialNumber": serial, "authenticationToken": phone.api.links.pass_token(serial)}
    assert phone.fetch(unknown).status == 404
    assert phone.register(unknown).status == 404


@pytest.mark.parametrize("file", ["apple.pkpass", "google-wallet", "calendar.ics"])
def test_files_of_a_ticket_need_its_key(api: Api, table: DynamoTable, order: Order, file: str) -> None:
    path = f"/public/tickets/{order.id}-1/{file}"
    assert api.get(path).status == 401
    assert api.get(path, query={"key": api.links.ticket_key(f"{order.id}-1", 1)}).status == 401


# --- the ticket's page ------------------------------------------------------------------------------------


def test_the_page_of_a_ticket_leads_to_its_calendar_file_and_passes(
    api: Api, table: DynamoTable, order: Order
) -> None:
    key = api.links.ticket_key(f"{order.id}-1", 0)
    page = api.get(f"/public/tickets/{order.id}-1", key=key).body
    links = {
        "calendar_url": "calendar.ics",
        "apple_pass_url": "apple.pkpass",
        "google_pass_url": "google-wallet",
    }
    for name, file in links.items():
        assert page[name].endswith(f"/public/tickets/{order.id}-1/{file}?key={key}")
    query = {"key": key}
    calendar = api.get(f"/public/tickets/{order.id}-1/calendar.ics", query=query)
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert calendar.text.startswith("BEGIN:VCALENDAR\r\n")
    google = api.get(f"/public/tickets/{order.id}-1/google-wallet", query=query)
    assert google.headers["location"].startswith("https://pay.google.com/gp/v/save/")


def test_without_accounts_there_are_no_passes_and_no_links(
    api: Api, table: DynamoTable, order: Order
) -> None:
    off: dict[str, Any] = {"apple_wallet_secret_arn": "", "google_wallet_secret_arn": ""}
    off |= {"apple_wallet": False, "google_wallet": False}
    api.shop.settings = api.shop.settings.model_copy(update=off)
    key = api.links.ticket_key(f"{order.id}-1", 0)
    page = api.get(f"/public/tickets/{order.id}-1", key=key).body
    assert (page["apple_pass_url"], page["google_pass_url"]) == (None, None)
    for file in ("apple.pkpass", "google-wallet"):
        answer = api.get(f"/public/tickets/{order.id}-1/{file}", query={"key": key})
        assert (answer.status, answer.code) == (404, "wallet_off")
    assert api.get("/wallet/v1/devices/x/registrations/pass.example.admit").code == "wallet_off"


def test_a_cancelled_ticket_gets_no_new_pass(api: Api, table: DynamoTable, order: Order) -> None:
    cancel(table, ticket(table, order))
    key = {"key": api.links.ticket_key(f"{order.id}-1", 0)}
    for file in ("apple.pkpass", "google-wallet"):
        assert api.get(f"/public/tickets/{order.id}-1/{file}", query=key).code == "wrong_state"
    assert "STATUS:CANCELLED" in api.get(f"/public/tickets/{order.id}-1/calendar.ics", query=key).text
