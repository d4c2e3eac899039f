import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admit.payments.stripe_gateway import StripeGateway
from local.stripe_standin.app import Config, create_app

API_KEY = "sk_test_of_the_tests"
WEBHOOK_SECRET = "whsec_of_the_tests"


class Servers:
    """Web servers in threads of their own. One that is done with ends while the next test runs."""

    def __init__(self) -> None:
        self._started: list[tuple[uvicorn.Server, threading.Thread]] = []

    @contextmanager
    def serve(self, app: Starlette) -> Iterator[str]:
        """Serve an application on a free port and give its address."""
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run)
        self._started.append((server, thread))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True

    def join(self) -> None:
        for server, thread in self._started:
            server.should_exit = True
            thread.join()


@dataclass
class Receiver:
    """A webhook endpoint that keeps what it is sent and answers with the next of `answers`, then with 200."""

    url: str
    received: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.received.append((await request.body(), request.headers["Stripe-Signature"]))
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    def events(self) -> list[Any]:
        """Give the events in the order they came, each verified as a receiver would do it."""
        return [stripe.Webhook.construct_event(*sent, WEBHOOK_SECRET) for sent in self.received]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 5
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.received) == count


@dataclass
class StandIn:
    """A running stand-in, seen as Admit, as a buyer's browser and as a test see it."""

    url: str
    client: stripe.StripeClient
    http: httpx.Client

    def open_session(self, **overrides: Any) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.create(session_params(**overrides))

    def press(self, session: stripe.checkout.Session, button: str) -> httpx.Response:
        return self.http.post(f"/c/pay/{session.id}", data={button: "1"})

    def paid_session(self) -> stripe.checkout.Session:
        session = self.open_session()
        assert self.press(session, "pay").status_code == 303
        return self.client.v1.checkout.sessions.retrieve(session.id)

    def paid_intent(self) -> str:
        """Give the PaymentIntent of a session that was paid: 98.00 EUR."""
        intent = self.paid_session().payment_intent
        assert isinstance(intent, str)
        return intent

    def debited_session(self) -> stripe.checkout.Session:
        """Give a session whose buyer has chosen a debit that no bank has decided."""
        session = self.open_session(allowed_payment_method_types=["card", "sepa_debit"])
        assert self.press(session, "debit").status_code == 303
        return self.client.v1.checkout.sessions.retrieve(session.id)

    def dispute(self, intent: str, **overrides: Any) -> str:
        """Open a dispute over a payment and give its id."""
        identifier: str = self.tell("disputes", payment_intent=intent, **overrides)["id"]
        return identifier

    def the_charge(self, intent: str) -> stripe.Charge:
        paid = self.client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
        assert isinstance(paid.latest_charge, stripe.Charge)
        return paid.latest_charge

    def tell(self, what: str, **said: Any) -> Any:
        """Let a bank or somebody in the dashboard do something, and give the object."""
        response = self.http.post(f"/control/{what}", json=said)
        assert response.status_code == 200, response.text
        return response.json()

    def told(self) -> list[str]:
        """Give the types of all events so far, the oldest first."""
        return [event["type"] for event in reversed(self.get("/v1/events", limit=100)["data"])]

    def get(self, path: str, **params: Any) -> Any:
        """Give the JSON of an answer as it came over the wire."""
        response = self.http.get(path, params=params, headers={"Authorization": f"Bearer {API_KEY}"})
        assert response.status_code == 200, response.text
        return response.json()

    def set(self, **knobs: Any) -> None:
        assert self.http.post("/control", json=knobs).status_code == 200


def session_params(**overrides: Any) -> Any:
    return {
        "mode": "payment",
        "client_reference_id": "order-1",
        "customer_email": "ada@example.com",
        "line_items": [
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 4900,
                    "product_data": {"name": "Regular"},
                },
                "quantity": 2,
            },
        ],
        "metadata": {"order_id": "order-1"},
        "payment_intent_data": {"metadata": {"order_id": "order-1"}},
        "success_url": "https://shop.example/orders/1?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/orders/1",
    } | overrides


@pytest.fixture
def gateway(stand_in: StandIn) -> StripeGateway:
    return StripeGateway(
        API_KEY,
        api_base=stand_in.url,
        webhook_secrets=["whsec_of_yesterday", WEBHOOK_SECRET],
        order_url=lambda order_id: f"https://tickets.example/orders/{order_id}",
        methods=["card", "sepa_debit"],
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.join()


@pytest.fixture(scope="session")
def receivers(servers: Servers) -> Iterator[tuple[str, dict[str, Receiver]]]:
    """The address under which all receivers are, and each by the last part of its own address."""
    known: dict[str, Receiver] = {}

    async def take(request: Request) -> Response:
        return await known[request.path_params["name"]].take(request)

    with servers.serve(Starlette(routes=[Route("/{name}", take, methods=["POST"])])) as url:
        yield url, known


@pytest.fixture
def receiver(receivers: tuple[str, dict[str, Receiver]]) -> Receiver:
    url, known = receivers
    name = f"test-{len(known)}"
    known[name] = Receiver(f"{url}/{name}")
    return known[name]


@pytest.fixture
def stand_in(servers: Servers, receiver: Receiver) -> Iterator[StandIn]:
    app = create_app(Config(receiver.url, WEBHOOK_SECRET, API_KEY))
    with servers.serve(app) as url, httpx.Client(base_url=url) as http:
        client = stripe.StripeClient(
            API_KEY,
            base_addresses={"api": url},
            max_network_retries=0,
        )
        yield StandIn(url, client, http)
