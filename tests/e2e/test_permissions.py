"""Every function works under the rights of its own role, and needs them.

One action at a time is taken out of one role: the operation of that function fails, every other one goes on,
and it works again when the action is back.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from tests.e2e.clients import (
    BILLING,
    Door,
    Json,
    Organizer,
    Outbox,
    Schedules,
    Shop,
    Stack,
    bounce,
    cloud_client,
    new_address,
    sign_in,
    wait_for,
)

PATIENCE_SECONDS = 30
# More cold starts beside each other than this only make each of them slower, until one takes too long.
AT_ONCE = 6

TAKEN = {
    "purchase": "dynamodb:PutItem",
    "pages": "dynamodb:Query",
    "my_tickets": "dynamodb:PutItem",
    "settle": "dynamodb:GetItem",
    "acts": "dynamodb:Query",
    "organizer": "dynamodb:DeleteItem",
    "account": "dynamodb:Query",
    "authorize": "dynamodb:GetItem",
    "catalog": "dynamodb:DeleteItem",
    "seating": "dynamodb:PutItem",
    "wording": "dynamodb:PutItem",
    "badges": "s3:PutObject",
    "checkin": "dynamodb:UpdateItem",
    "door": "dynamodb:PutItem",
    "reports": "dynamodb:Query",
    "cart": "dynamodb:BatchGetItem",
    "generate_tickets": "s3:PutObject",
    "project": "dynamodb:UpdateItem",
    "notify": "ses:SendEmail",
    "deliveries": "dynamodb:UpdateItem",
    "jobs": "dynamodb:UpdateItem",
    "invoices": "s3:PutObject",
    "wallet": "dynamodb:GetItem",
    "webhooks": "dynamodb:Query",
    "deliver": "dynamodb:UpdateItem",
}
# notify sends what project asks for, jobs does it, and invoices bills it.
STARVED = {"project": {"notify", "jobs", "invoices"}}


class Roles:
    """The roles of the functions and their inline policies."""

    def __init__(self, cloud_url: str) -> None:
        self._iam = cloud_client(cloud_url, "iam")
        functions = cloud_client(cloud_url, "lambda").list_functions()["Functions"]
        self._names = {
            function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: function["Role"].split("/")[-1]
            for function in functions
        }

    def functions(self) -> set[str]:
        return set(self._names)

    @contextmanager
    def without(self, action: str, function: str) -> Iterator[None]:
        """Take an action out of a function's role while the context lasts."""
        role = self._names[function]
        whole = {
            name: self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        }
        cut = {name: _without(action, document) for name, document in whole.items()}
        assert cut != whole, f"{function} has no right to {action}"
        self._put(role, cut)
        try:
            yield
        finally:
            self._put(role, whole)

    def _put(self, role: str, policies: dict[str, Json]) -> None:
        for name, document in policies.items():
            self._iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _without(action: str, document: Json) -> Json:
    statements = []
    for statement in document["Statement"]:
        actions = statement["Action"]
        left = [one for one in ([actions] if isinstance(actions, str) else actions) if one != action]
        statements.append(statement | {"Action": left or ["none:None"]})
    return document | {"Statement": statements}


@dataclass(frozen=True)
class House:
    """One operation of each function, independent of what the other functions do as far as that can be."""

    stack: Stack
    shop: Shop
    organizer: Organizer
    door: Door
    outbox: Outbox
    portal: httpx.Client
    event: Json
    free: Json
    """An order of two tickets."""
    credential: str
    """Of the first of them."""
    calendar_url: str
    invoiced: Json
    keys: list[str]
    """API keys that nobody has used."""
    webhook: str
    """To where nobody is."""

    def failing(self, functions: set[str], starved: str = "") -> set[str]:
        """Try the operations of these functions and name those whose operation failed.

        What is not `starved` is tried again before it is named: beside other cold starts one is slow.
        """
        failed = self._failing(functions)
        return failed & {starved} | self._failing(failed - {starved})

    def _failing(self, functions: set[str]) -> set[str]:
        operations: dict[str, Callable[[], bool]] = {
            "purchase": self._buy,
            "pages": self._read_a_document,
            "my_tickets": self._assign,
            "settle": self._settle,
            "acts": self._preview,
            "organizer": self._remove_a_relay,
            "account": self._list_members,
            "authorize": self._ask_by_a_new_key,
            "catalog": self._remove_a_discount,
            "seating": self._enter_a_plan,
            "wording": self._word_a_mail,
            "badges": self._preview_a_badge,
            "checkin": self._scan,
            "door": self._add_a_gate,
            "reports": self._read_a_report,
            "cart": self._list_tickets_of_company,
            "generate_tickets": self._get_tickets,
            "project": self._be_counted,
            "notify": self._get_mail,
            "deliveries": self._hear_of_a_bounce,
            "jobs": self._import,
            "invoices": self._get_invoice,
            "wallet": self._get_calendar,
            "webhooks": self._list_webhooks,
            "deliver": self._try_a_webhook,
        }
        names = sorted(functions)
        with ThreadPoolExecutor(AT_ONCE) as at_once:
            worked = list(at_once.map(lambda name: operations[name](), names))
        return {name for name, done in zip(names, worked, strict=True) if not done}

    def _buy(self) -> bool:
        slug = self.event["slug"]
        return self.shop.send(slug, self.shop.order_body(slug, "Free ticket", "free")).is_success

    def _read_a_document(self) -> bool:
        event = self.organizer.publish_event()
        return "og:title" in httpx.get(f"{self.stack.site_url}/e/{event['slug']}", timeout=30).text

    def _assign(self) -> bool:
        holder = {"email": new_address("holder"), "name": "Grace Hopper"}
        path = f"/public/orders/{self.free['id']}/tickets/2/holder"
        return self.shop.http.put(path, json=holder, headers={"X-Admit-Key": self.free["key"]}).is_success

    def _settle(self) -> bool:
        return self.organizer.settle(self.event, self.invoiced).is_success

    def _preview(self) -> bool:
        path = f"/events/{self.event['id']}/orders/{self.invoiced['id']}/actions/note/preview"
        return self.organizer.send("POST", path, {"text": "Has called."}).is_success

    def _remove_a_relay(self) -> bool:
        path = f"/companies/{self.stack.company_id}/relays/{new_address('relay')}"
        assert self.organizer.send("PUT", path, {"name": "Grace Hopper"}).is_success
        return self.organizer.send("DELETE", path).is_success

    def _list_members(self) -> bool:
        return self.organizer.send("GET", "/members").status_code == 200

    def _ask_by_a_new_key(self) -> bool:
        """Ask by a key that nobody has asked by: what the authorizer has said of one is kept."""
        headers = {"Authorization": f"Bearer {self.keys.pop()}"}
        path = f"{self.stack.api_url}{self.organizer.path}/events"
        return httpx.get(path, headers=headers, timeout=60).status_code == 200

    def _remove_a_discount(self) -> bool:
        discount = self.organizer.add(
            self.event, "discounts", {"title": "Early", "percent": "10", "code": uuid4().hex}
        )
        return self.organizer.send(
            "DELETE", f"/events/{self.event['id']}/discounts/{discount['id']}"
        ).is_success

    def _enter_a_plan(self) -> bool:
        section = f"hall_{uuid4().hex[:8]}"
        rows = [{"id": "1", "count": 4, "x": 0, "y": 1}]
        plan = {
            "categories": [{"id": "all", "title": "Hall"}],
            "sections": [{"id": section, "title": "Hall", "category": "all", "rows": rows}],
        }
        return self.organizer.send("PUT", f"/events/{self.event['id']}/seating", plan).is_success

    def _word_a_mail(self) -> bool:
        path = f"/events/{self.event['id']}/mail-texts/whitelisted/en"
        return self.organizer.send("PUT", path, {"subject": "Come", "text": "{link}"}).is_success

    def _preview_a_badge(self) -> bool:
        return self.organizer.send("POST", f"/events/{self.event['id']}/badges/preview", {}).is_success

    def _scan(self) -> bool:
        return self.door.send(self.credential).is_success

    def _add_a_gate(self) -> bool:
        path = f"/events/{self.event['id']}/gates"
        return self.organizer.send("POST", path, {"title": "North"}).is_success

    def _read_a_report(self) -> bool:
        return self.organizer.send("GET", f"/events/{self.event['id']}/reports/sales").is_success

    def _list_tickets_of_company(self) -> bool:
        return self.portal.get(f"/distribution/companies/{self.stack.company_id}/tickets").is_success

    def _get_tickets(self) -> bool:
        order = self._order("free")
        path = f"/events/{self.event['id']}/orders/{order['id']}"
        return _comes_true(lambda: self.organizer.send("GET", path).json()["status"] == "fulfilled")

    def _be_counted(self) -> bool:
        event = self.organizer.publish_event()
        self._order("free", event)
        return _comes_true(lambda: self.organizer.summary(event)["orders"] == 1)

    def be_found(self) -> bool:
        person = {"email": new_address("person"), "name": f"Grace {uuid4().hex}"}
        path = f"persons?q={self.organizer.add(self.event, 'persons', person)['name'].split()[1]}"
        return _comes_true(lambda: bool(self.organizer.look(self.event, path)["items"]))

    def be_logged(self) -> bool:
        path = f"/distribution/companies/{self.stack.company_id}"
        person = {"email": new_address("contact"), "first_name": "Grace"}
        contact = self.portal.post(f"{path}/contacts", json=person).json()["id"]
        assert self.portal.put(f"{path}/cart/guests/{contact}").is_success
        told = _comes_true(lambda: contact in self.portal.get(f"{path}/log?limit=5").text)
        assert self.portal.delete(f"{path}/cart/guests/{contact}").is_success
        return told

    def _get_mail(self) -> bool:
        order = self._order("invoice")
        return _comes_true(lambda: bool(self.outbox.mails_to(order["buyer"]["email"])))

    def _hear_of_a_bounce(self) -> bool:
        order = self._order("free")
        bounce(self.stack.cognito_url, order["buyer"]["email"], order)
        path = f"/events/{self.event['id']}/orders/{order['id']}"
        return _comes_true(lambda: self.organizer.send("GET", path).json()["attention"] == ["mail_bounced"])

    def _import(self) -> bool:
        csv = "reference,email,tier,price\nR1,ada@example.com,Free ticket,0\n"
        job = self.organizer.add(self.event, "imports", {"kind": "orders", "csv": csv, "dry_run": True})
        path = f"imports/{job['id']}"
        return _comes_true(lambda: self.organizer.look(self.event, path)["status"] == "done")

    def _get_invoice(self) -> bool:
        order = self._order("invoice")
        path = f"/events/{self.event['id']}/orders/{order['id']}"

        def drawn() -> bool:
            documents = self.organizer.send("GET", path).json()["documents"]
            return [self.shop.http.get(one["url"]).status_code for one in documents] == [302]

        return _comes_true(drawn)

    def _get_calendar(self) -> bool:
        return self.shop.http.get(self.calendar_url).is_success

    def _list_webhooks(self) -> bool:
        return self.organizer.send("GET", "/webhooks").is_success

    def _try_a_webhook(self) -> bool:
        """Send a test to where nobody is: it is enough that this was tried."""
        path = f"/webhooks/{self.webhook}"
        sent = self.organizer.send("POST", f"{path}/test").json()["id"]
        tried = f"{path}/deliveries/{sent}"
        return _comes_true(lambda: bool(self.organizer.send("GET", tried).json()["attempts"]))

    def _order(self, method: str, event: Json | None = None) -> Json:
        event = event or self.event
        title = "Free ticket" if method == "free" else "Regular"
        body = {
            "lines": [{"tier_id": self.shop.tier(event["slug"], title)["id"], "quantity": 1}],
            "buyer": {"email": new_address(), "name": "Ada Lovelace"},
            "payment_method": method,
        }
        if method == "invoice":
            body["billing"] = BILLING
        answer = self.organizer.send("POST", f"/events/{event['id']}/orders", body)
        assert answer.status_code == 201, answer.text
        order: Json = answer.json()
        return order


def _comes_true(look: Callable[[], bool]) -> bool:
    try:
        return wait_for("an effect", lambda: look() or None, PATIENCE_SECONDS)
    except AssertionError:
        return False


@pytest.fixture(scope="module")
def roles(stack: Stack) -> Roles:
    return Roles(stack.cognito_url)


@pytest.fixture(scope="module")
def house(stack: Stack, shop: Shop, organizer: Organizer, outbox: Outbox) -> Iterator[House]:
    event = organizer.publish_event()
    free = shop.place(event["slug"], "Free ticket", "free", 2)
    ticket, _ = shop.wait(free)["tickets"]
    headers = {"Authorization": sign_in(stack, "relay")}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=60) as portal:
        yield House(
            stack=stack,
            shop=shop,
            organizer=organizer,
            door=organizer.pair_device(event),
            outbox=outbox,
            portal=portal,
            event=event,
            free=free,
            credential=shop.credential(ticket),
            calendar_url=ticket["qr_url"].replace("qr.png", "calendar.ics"),
            invoiced=shop.place(event["slug"], "Regular", "invoice"),
            keys=[
                organizer.send("POST", "/api-keys", {"label": "Once", "role": "door"}).json()["secret"]
                for _ in range(3 * len(TAKEN))
            ],
            webhook=organizer.send(
                "POST", "/webhooks", {"url": "http://127.0.0.1:9/", "types": ["order.disputed"]}
            ).json()["id"],
        )


def test_everything_works_under_the_roles_as_they_are(house: House, roles: Roles) -> None:
    assert roles.functions() == set(TAKEN)
    assert house.failing(set(TAKEN)) == set()


@pytest.mark.parametrize("function", TAKEN)
def test_a_function_fails_alone_without_one_of_its_rights(house: House, roles: Roles, function: str) -> None:
    tried = set(TAKEN) - STARVED.get(function, set())
    with roles.without(TAKEN[function], function):
        assert house.failing(tried, starved=function) == {function}
    assert house.failing({function}) == set()


def test_whoever_is_entered_is_found_by_name_as_long_as_words_may_be_written(
    house: House, roles: Roles
) -> None:
    with roles.without("dynamodb:PutItem", "project"):
        assert not house.be_found()
    assert house.be_found()


def test_what_a_relay_does_stands_in_the_log_as_long_as_rows_of_it_may_be_written(
    house: House, roles: Roles
) -> None:
    assert house.be_logged()
    with roles.without("dynamodb:PutItem", "project"):
        assert not house.be_logged()
    assert house.be_logged()


@pytest.mark.parametrize(
    ("function", "task"),
    [("settle", "sweep"), ("deliver", "sweep"), ("jobs", "audit"), ("jobs", "reconcile")],
)
def test_what_the_clock_begins_works_under_the_roles(schedules: Schedules, function: str, task: str) -> None:
    assert schedules.begin(function, task).keys() & {"done", "asked", "differences"}
