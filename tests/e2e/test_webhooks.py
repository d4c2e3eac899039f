"""Another system is told of an order over HTTP: it verifies what comes, fails once, and gets it again."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.clients import Json, Organizer, Schedules, Shop, wait_for


class Receiver:
    """A system that takes webhooks with the library of Standard Webhooks."""

    def __init__(self) -> None:
        self.secret = ""
        self.answers: list[int] = []
        self.got: list[tuple[str, Json]] = []
        self.failed: list[str] = []
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(own.take(dict(self.headers), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/admit"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        said = Webhook(self.secret).verify(body, headers)
        named = {name.lower(): value for name, value in headers.items()}["webhook-id"]
        if self.answers and (answer := self.answers.pop(0)) != 204:
            self.failed.append(named)
            return answer
        self.got.append((named, said))
        return 204

    def told(self, order: Json) -> list[tuple[str, int]]:
        """Return the types and sequences of what was taken about an order."""
        return [(said["type"], said["sequence"]) for _, said in self.got if order["id"] in json.dumps(said)]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.http.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.http.shutdown()
        receiver.http.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def a_webhook(organizer: Organizer, receiver: Receiver, **settings: Any) -> str:
    answer = organizer.send("POST", "/webhooks", {"url": receiver.url, **settings})
    assert answer.status_code == 201, answer.text
    receiver.secret = answer.json()["secret"]
    return f"/webhooks/{answer.json()['id']}"


def test_an_order_is_told_signed_and_in_order_and_what_fails_comes_again(
    organizer: Organizer, shop: Shop, event: Json, receiver: Receiver, schedules: Schedules
) -> None:
    webhook = a_webhook(organizer, receiver, event_ids=[event["id"]])
    receiver.answers = [500]
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    wait_for("the first try", lambda: receiver.failed or None)

    def all_told() -> list[tuple[str, int]] | None:
        schedules.begin("deliver", "sweep")
        told = receiver.told(order)
        return told if len(told) >= 4 else None

    told = wait_for("what was not taken to come again", all_told, 120)
    assert [sequence for _, sequence in told] == [1, 2, 3, 4]
    assert {name for name, _ in told} == {"order.placed", "order.settled", "order.fulfilled", "ticket.issued"}
    assert receiver.got[0][0] == receiver.failed[0]

    listed = organizer.send("GET", f"{webhook}/deliveries?state=delivered").json()["items"]
    first = next(one for one in listed if one["id"] == receiver.failed[0])
    assert [one.get("status") for one in first["attempts"]] == [500, 204]
    assert organizer.send("DELETE", webhook).status_code == 204


def test_a_delivery_is_looked_at_and_sent_again(
    organizer: Organizer, shop: Shop, event: Json, receiver: Receiver
) -> None:
    webhook = a_webhook(organizer, receiver, event_ids=[event["id"]], types=["order.placed"])
    order = shop.place(event["slug"], "Free ticket", "free")
    wait_for("the webhook", lambda: receiver.told(order) or None)
    [(delivery_id, _)] = receiver.got

    path = f"{webhook}/deliveries/{delivery_id}"
    assert organizer.send("GET", path).json()["payload"]["data"]["order"]["id"] == order["id"]
    assert organizer.send("POST", f"{path}/replay").status_code == 202

    wait_for("the webhook again", lambda: len(receiver.got) == 2 or None)
    assert receiver.got[1][0] == delivery_id
    assert organizer.send("DELETE", webhook).status_code == 204


def test_a_rolled_secret_signs_at_once_and_an_address_inside_is_refused(
    organizer: Organizer, receiver: Receiver
) -> None:
    webhook = a_webhook(organizer, receiver, types=["order.disputed"])
    rolled = organizer.send("POST", f"{webhook}/secrets", {"hours": 1}).json()
    assert [one["ends_at"] is None for one in rolled["secrets"]] == [False, True]
    for secret in (receiver.secret, rolled["secret"]):
        receiver.secret = secret
        receiver.got.clear()
        assert organizer.send("POST", f"{webhook}/test").status_code == 202
        wait_for("the test", lambda: receiver.got or None)

    for url in ("https://169.254.169.254/latest/meta-data", "https://localhost/hook", "http://10.0.0.1/"):
        refused = organizer.send("PATCH", webhook, {"url": url})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert organizer.send("DELETE", webhook).status_code == 204
