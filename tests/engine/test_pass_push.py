"""Pushes: the devices that have a pass are told that it has changed, by who has its certificate."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from threading import Thread
from typing import Any

import httpx
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.event import Event
from admit.errors import Unavailable
from admit.ids import ticket_id
from admit.orders.order import Order
from admit.passes.apple_push import ApplePush, connect
from admit.passes.content import pass_content
from admit.passes.devices import PassChanged, register, tell_devices, touched_passes
from admit.people.person import Holder
from admit.store import Item
from admit.tickets.ticket import TicketStatus, load_ticket, tickets_from
from tests.builders import NOW, a_name, an_event, an_order, give
from tests.engine.api import Api
from tests.engine.stream import a_record
from tests.wallets import PASS_TYPE, a_ticket, apple_secret, intermediate, key_pem, root, server

OLA = Holder(email="ola@polar.example", name="Ola Nordmann")


class Pushes:
    """Takes pushes, knows some tokens no more, and can be away."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.gone: set[str] = set()
        self.away = False

    def tell(self, push_token: str) -> bool:
        if self.away:
            raise Unavailable
        self.told.append(push_token)
        return push_token not in self.gone


class PassQueue:
    def __init__(self) -> None:
        self.messages: list[PassChanged] = []

    def send(self, messages: Sequence[PassChanged]) -> None:
        self.messages += messages


@pytest.fixture
def event(table: DynamoTable) -> Event:
    return an_event(table).event


@pytest.fixture
def order(table: DynamoTable, event: Event) -> Order:
    order = an_order(table, an_event(table))
    for ticket in tickets_from(order):
        table.write(ticket.put())
    return order


def on_device(table: DynamoTable, order: Order, event: Event, token: str, revision: int = 0) -> str:
    """Put the pass of a ticket on a device; return its serial."""
    content = pass_content(load_ticket(table, ticket_id(order.id, 1)), revision, event)
    register(table, content, a_name("device"), token, NOW)
    return content.serial


def stored(table: DynamoTable, order: Order) -> Item:
    item = table.get(keys.ticket(order.id, 1))
    assert item is not None
    return item


# --- who is told ------------------------------------------------------------------------------------------


def test_each_device_that_has_the_pass_is_told(table: DynamoTable, order: Order, event: Event) -> None:
    serial = [on_device(table, order, event, token) for token in ("a1", "b2")][0]
    pushes = Pushes()
    tell_devices(table, pushes, serial)
    assert sorted(pushes.told) == ["a1", "b2"]


def test_a_device_that_is_gone_is_told_once(table: DynamoTable, order: Order, event: Event) -> None:
    serial = [on_device(table, order, event, token) for token in ("a1", "b2")][0]
    pushes = Pushes()
    pushes.gone = {"a1"}
    tell_devices(table, pushes, serial)
    pushes.told.clear()
    tell_devices(table, pushes, serial)
    assert pushes.told == ["b2"]


def test_who_registers_very_many_devices_makes_little_work(
    table: DynamoTable, order: Order, event: Event
) -> None:
    serial = [on_device(table, order, event, f"a{at}") for at in range(30)][0]
    pushes = Pushes()
    tell_devices(table, pushes, serial)
    assert len(pushes.told) == 20


def test_a_change_of_hands_is_told_to_the_former_holders_device(
    api: Api, table: DynamoTable, order: Order, event: Event
) -> None:
    on_device(table, order, event, "a1")
    before = stored(table, order)
    give(table, order, 1, OLA)
    queue, pushes = PassQueue(), Pushes()
    vars(api.shop).update(pass_queue=queue, apple_push=pushes)
    records = [a_record(before, stored(table, order))]

    api.invoke("project", {"Records": records})
    assert queue.messages == []  # no wallet, no queue

    api.shop.settings = api.shop.settings.model_copy(update={"pass_queue_url": "given"})
    api.invoke("project", {"Records": records})
    [message] = queue.messages
    told = {"Records": [{"messageId": "1", "body": message.model_dump_json()}]}
    assert api.invoke("wallet", told) == {"batchItemFailures": []}
    assert pushes.told == ["a1"]

    pushes.away = True
    assert api.invoke("wallet", told) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


@pytest.mark.parametrize(
    ("change", "serials"),
    [
        ({"status": TicketStatus.CANCELLED}, ["-0"]),
        ({"revision": 1, "holder": None}, ["-0"]),
        ({"holder": OLA}, ["-0"]),
        ({"event_moved": 7}, ["-0"]),
        ({"entries": 1}, []),
        ({"event_change": 7}, []),
    ],
)
def test_a_pass_is_pushed_when_it_says_something_else(change: Any, serials: list[str]) -> None:
    ticket = a_ticket()
    touched = touched_passes(ticket, ticket.model_copy(update=change))
    assert [one.serial for one in touched] == [f"{ticket.id}{revision}" for revision in serials]


# --- how it is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "there"),
    [(200, "", True), (410, "Unregistered", False), (400, "BadDeviceToken", False)],
)
def test_the_service_says_whether_a_device_is_there(status: int, reason: str, there: bool) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json={"reason": reason})

    client = httpx.Client(base_url="https://push.example", transport=httpx.MockTransport(answer))
    assert ApplePush(client, PASS_TYPE).tell("a1b2") is there
    assert (asked[0].url.path, asked[0].headers["apns-topic"]) == ("/3/device/a1b2", PASS_TYPE)
    assert asked[0].content == b"{}"


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_what_may_get_better_is_tried_again(status: int) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json={"reason": "TooManyRequests"}))
    with pytest.raises(Unavailable):
        ApplePush(httpx.Client(base_url="https://push.example", transport=transport), PASS_TYPE).tell("a1")


def test_a_service_that_does_not_answer_is_tried_again() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    client = httpx.Client(base_url="https://push.example", transport=httpx.MockTransport(fail))
    with pytest.raises(Unavailable):
        ApplePush(client, PASS_TYPE).tell("a1")


def test_a_push_goes_over_http_2_and_shows_the_pass_certificate(tmp_path: Path) -> None:
    seen: dict[str, Any] = {}
    secret = apple_secret()
    with push_service(tmp_path, seen) as address:
        client = connect(address, secret.certificate, secret.key, authority=root().pem)
        assert ApplePush(client, PASS_TYPE).tell("a1b2") is True
        client.close()
    assert seen["protocol"] == "h2"
    assert seen["subject"] == ((("commonName", f"Pass Type ID: {PASS_TYPE}"),),)
    assert (seen[":method"], seen[":path"]) == ("POST", "/3/device/a1b2")
    assert seen["apns-topic"] == PASS_TYPE


@contextmanager
def push_service(folder: Path, seen: dict[str, Any]) -> Iterator[str]:
    """Answer one request over HTTP/2 to who shows a certificate; note what was asked, and by whom."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = folder / "server.pem"
    chain.write_text(server().pem + key_pem(server().key))
    context.load_cert_chain(chain)
    context.load_verify_locations(cadata=root().pem + intermediate().pem)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])

    def answer_one() -> None:
        connected, _ = listening.accept()
        with context.wrap_socket(connected, server_side=True) as line:
            seen["protocol"] = line.selected_alpn_protocol()
            seen["subject"] = (line.getpeercert() or {}).get("subject")
            http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
            http.initiate_connection()
            line.sendall(http.data_to_send())
            while data := line.recv(65_536):
                for one in http.receive_data(data):
                    if isinstance(one, RequestReceived):
                        seen.update((str(name), value) for name, value in one.headers)
                    if isinstance(one, StreamEnded):
                        http.send_headers(one.stream_id, [(":status", "200")], end_stream=True)
                line.sendall(http.data_to_send())

    with create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        thread = Thread(target=answer_one, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)
