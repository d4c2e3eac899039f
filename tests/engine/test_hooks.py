"""Webhooks: each fact once, in order, signed, until it is taken, and to nobody who is disabled."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from admit.aws.table import DynamoTable, read_image
from admit.catalog.catalog import Catalog
from admit.hooks.delivery import (
    KEPT,
    DeliveryState,
    FailedFor,
    HookChange,
    HookDelivery,
    Lane,
    LaneMessage,
    note_facts,
)
from admit.hooks.edit_endpoint import add_endpoint, edit_endpoint, remove_endpoint, roll_secret
from admit.hooks.endpoint import (
    MOST_ENDPOINTS,
    Endpoint,
    SecretRequest,
    WebhookPatch,
    WebhookSettings,
    load_endpoints,
)
from admit.hooks.facts import FactType
from admit.hooks.lane import work
from admit.hooks.listing import deliveries_of
from admit.hooks.retry import WAITS
from admit.hooks.sent import SendError
from admit.hooks.sign import random_secret
from admit.hooks.state import DISABLED_AFTER, load_state
from admit.ids import random_id
from admit.orders.order import Order, OrderStatus, load_order
from admit.people.account import OrganizerSettings, found_organizer
from admit.people.person import Holder
from admit.store import Contention, Delete, Item, Key, Put, Update
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import Ticket, tickets_from
from tests.builders import NOW, SIGNING_SECRET, FakeBucket, a_name, an_event, an_order, give
from tests.engine.api import FOUNDER, Answer, Api, Receiver, serving
from tests.engine.streamed import Died, Mortal, Record, Streamed, let_through
from tests.engine.unguarded import Unguarded

ORGANIZER = "organizer-1"
ACCOUNT = f"/organizer/{ORGANIZER}"
URL = "https://hooks.example/admit"
MANAGER = "manager@northern-lights.example"


@dataclass
class World:
    """An account with its events, its stream, and who takes what it tells."""

    table: Streamed
    api: Api
    catalog: Catalog
    kept: list[Record] = field(default_factory=list)

    @property
    def receiver(self) -> Receiver:
        return self.api.receiver

    def endpoint(self, **settings: Any) -> Endpoint:
        return add_endpoint(
            self.table,
            ORGANIZER,
            WebhookSettings(**({"url": URL} | settings)),
            endpoint_id=a_name("hook"),
            secret=random_secret(),
            new_id=random_id,
            now=self.api.now,
        )

    def order(self, quantity: int = 2) -> Order:
        """Place an order that is settled at once, and have its tickets made."""
        order = an_order(self.table, self.catalog, quantity=quantity)
        signer = Signer(SIGNING_SECRET, self.catalog.event.id)
        issue(self.table, FakeBucket(), signer, self.catalog.event, order, now=NOW)
        return load_order(self.table, order.id)

    def stream(self) -> list[Record]:
        """Take what the stream tells by now, as the projection gets it."""
        told, self.table.records[:] = let_through(self.table.records), []
        return told

    def project(self, records: Sequence[Record]) -> None:
        assert self.api.invoke("project", {"Records": list(records)}) == {"batchItemFailures": []}

    def tell(self) -> None:
        """Let the stream tell all that it has, and send what is to be sent."""
        self.project(self.stream())
        self.api.deliver_webhooks()

    def sweep(self) -> int:
        """Do what the schedule does each minute, and send what it asks for."""
        self.table.records.clear()
        asked: int = self.api.invoke("deliver", {"task": "sweep"})["asked"]
        self.api.deliver_webhooks()
        return asked

    def pass_time(self, time: timedelta) -> None:
        self.api.now += time

    def got(self, order: Order | None = None) -> list[tuple[str, int]]:
        """Return the types and sequences of what came, of one order if one is given."""
        return [
            (body["type"], body["sequence"])
            for *_, body in self.receiver.got
            if order is None or order.id in str(body["data"])
        ]

    def deliveries(self, endpoint: Endpoint, state: DeliveryState | None = None) -> list[HookDelivery]:
        """Return the deliveries to an endpoint, oldest first."""
        page = deliveries_of(self.table, endpoint, state=state, limit=100, cursor=None, now=self.api.now)
        return sorted(page.deliveries, key=lambda one: (one.order_id or "", one.sequence))


@pytest.fixture
def world(empty_table: DynamoTable) -> Iterator[World]:
    table = Streamed(empty_table)
    found_organizer(
        table,
        OrganizerSettings(name="Northern Lights"),
        FOUNDER,
        founders=frozenset({FOUNDER}),
        organizer_id=ORGANIZER,
        now=NOW,
    )
    with serving(table) as api:
        catalog = an_event(table)
        table.records.clear()
        yield World(table, api, catalog)


# What is made in one transaction with the order's step is told after it.
WHOLE = ["order.placed", "order.settled", "order.fulfilled", "ticket.issued", "ticket.issued"]


def numbered(types: Sequence[str]) -> list[tuple[str, int]]:
    return list(zip(types, range(1, len(types) + 1), strict=True))


def failing(count: int) -> list[int | SendError]:
    return [500] * count


# --- each fact once, in order -----------------------------------------------------------------------------


def test_what_happens_to_an_order_comes_in_order_with_sequences_from_one(world: World) -> None:
    world.endpoint()
    order = world.order()

    world.tell()

    assert world.got() == numbered(WHOLE)
    assert {url for url, *_ in world.receiver.got} == {URL}
    placed, *_, ticket = (body for *_, body in world.receiver.got)
    assert placed["data"]["order"]["id"] == order.id
    assert placed["organizer_id"] == ORGANIZER
    assert ticket["data"]["ticket"]["id"] == f"{order.id}-2"
    assert world.sweep() == 0


def test_batches_that_are_repeated_cut_and_turned_round_give_each_fact_once(world: World) -> None:
    random = Random(7)
    endpoint = world.endpoint()
    orders = [world.order(quantity) for quantity in (1, 4, 2)]
    records = world.stream()
    for _ in range(6):
        cut = random.randrange(len(records))
        world.project(records[cut:])
        world.project([*records[:cut], *records[:cut]])
        world.api.deliver_webhooks()
        random.shuffle(records)

    for order in orders:
        expected = 3 + order.tickets
        assert sorted(sequence for _, sequence in world.got(order)) == list(range(1, expected + 1))
        assert [sequence for _, sequence in world.got(order)] == list(range(1, expected + 1))
    ids = [headers["webhook-id"] for _, headers, _ in world.receiver.got]
    assert len(ids) == len(set(ids)) == len(world.deliveries(endpoint))


def test_without_the_condition_on_deliveries_a_repeated_batch_tells_twice(world: World) -> None:
    world.endpoint()
    order = world.order()
    changes = [HookChange("record", None, order)]
    loose = Unguarded(world.table, "HOOKDELIVERY#")

    for _ in range(2):
        note_facts(loose, changes, NOW)

    lane = Lane.of(world.table.get(_lane(world, order).key) or {})
    assert lane.places == 6
    note_facts(world.table, changes, NOW)
    assert Lane.of(world.table.get(lane.key) or {}).places == 6


def test_two_at_one_lane_leave_no_gap_and_without_the_condition_they_share_a_place(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    order = world.order()

    def note(table: DynamoTable, name: str) -> None:
        try:
            note_facts(table, [HookChange(name, None, order)], NOW)
        except Contention:
            note(table, name)  # as the stream brings a batch again

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda at: note(world.table, f"record {at}"), range(24)))
    assert sorted(one.sequence for one in world.deliveries(endpoint)) == list(range(1, 25))

    class Blind(Unguarded):
        """Sees a lane as it was before anything came into it."""

        def get(self, key: Key) -> Any:
            return None if key.pk.startswith("HOOKLANE#") else super().get(key)

    for name in ("another", "and another"):
        note(Blind(world.table, "HOOKLANE#"), name)
    sequences = [one.sequence for one in world.deliveries(endpoint)]
    assert len(sequences) == 26
    assert len(set(sequences)) == 24


def test_an_endpoint_hears_of_its_types_and_events_without_gaps(world: World) -> None:
    other = an_event(world.table)
    few = world.endpoint(types=["ticket.issued", "order.settled"], event_ids=[world.catalog.event.id])
    none = world.endpoint(event_ids=[other.event.id])
    world.endpoint(active=False)
    world.order()

    world.tell()

    assert world.got() == numbered(["order.settled", "ticket.issued", "ticket.issued"])
    assert len(world.deliveries(few)) == 3
    assert world.deliveries(none) == []


def test_what_becomes_of_orders_and_tickets_is_told(world: World) -> None:
    order = world.order()
    world.tell()
    world.endpoint()
    give(world.table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))
    now = load_order(world.table, order.id)
    world.table.write(now.then("test", "cancelled", NOW, status=OrderStatus.CANCELLED).over(now))

    world.tell()

    assert world.got() == numbered(["ticket.assigned", "order.cancelled"])
    assigned = world.receiver.got[0][2]["data"]["ticket"]
    assert assigned["holder"]["name"] == "Ola Nordmann"


def test_an_account_without_webhooks_costs_a_read_and_no_write(world: World) -> None:
    order = world.order()
    changes = [HookChange("record", None, order)]
    before = world.table.transactions

    assert note_facts(world.table, changes, NOW) == []
    assert world.table.transactions == before


def test_an_order_of_more_tickets_than_a_transaction_holds_is_told_whole(world: World) -> None:
    world.endpoint(types=["ticket.issued"])
    for ticket in tickets_from(an_order(world.table, world.catalog, quantity=60)):
        world.table.write(ticket.put())

    world.tell()

    assert [sequence for _, sequence in world.got()] == list(range(1, 61))


# --- signed -----------------------------------------------------------------------------------------------


@pytest.fixture
def verifies(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say whether a receiver with this secret takes what came last, by the library's own check."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return world.api.now.astimezone(tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Now)

    def check(secret: str) -> bool:
        _, headers, _ = world.receiver.got[-1]
        try:
            Webhook(secret).verify(world.receiver.bodies[-1], headers)
        except WebhookVerificationError:
            return False
        return True

    return check


def test_while_a_secret_is_rolled_both_sign_and_afterwards_the_new_one(world: World, verifies: Any) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    first, second, third = endpoint.secrets[0].value, random_secret(), random_secret()
    world.order()
    world.tell()
    assert verifies(first)
    assert not verifies(second)

    def roll(secret: str) -> Endpoint:
        request = SecretRequest(hours=24)
        return roll_secret(
            world.table, ORGANIZER, endpoint.id, request, secret=secret, new_id=random_id, now=world.api.now
        )

    roll(second)
    world.order()
    world.tell()
    assert (verifies(first), verifies(second)) == (True, True)

    world.pass_time(timedelta(hours=23))
    rolled = roll(third)
    assert len(rolled.secrets) == 2
    world.order()
    world.tell()
    assert (verifies(first), verifies(second), verifies(third)) == (False, True, True)

    world.pass_time(timedelta(hours=25))
    world.order()
    world.tell()
    assert (verifies(second), verifies(third)) == (False, True)
    assert len(world.receiver.got[-1][1]["webhook-signature"].split()) == 1


# --- until it is taken ------------------------------------------------------------------------------------


def test_what_is_not_taken_is_tried_again_by_the_clock_and_holds_back_what_is_behind_it(
    world: World,
) -> None:
    endpoint = world.endpoint(types=["order.placed", "order.settled"])
    world.receiver.answers = [500, SendError.TIMEOUT]
    order = world.order()
    world.tell()
    assert world.got() == [("order.placed", 1)]
    [(delay, lane)] = world.api.hook_queue.delayed
    assert 30 <= delay <= 37
    assert lane == _lane(world, order).message

    world.pass_time(timedelta(seconds=29))
    assert world.sweep() == 0
    world.pass_time(timedelta(seconds=10))
    assert world.sweep() == 1
    assert world.got() == [("order.placed", 1)] * 2
    world.pass_time(timedelta(minutes=4))
    assert world.sweep() == 0
    world.pass_time(timedelta(minutes=3))
    assert world.sweep() == 1

    assert world.got() == [("order.placed", 1)] * 3 + [("order.settled", 2)]
    placed, settled = world.deliveries(endpoint)
    assert [(one.status, one.error) for one in placed.attempts] == [
        (500, None),
        (None, SendError.TIMEOUT),
        (204, None),
    ]
    assert (placed.state, settled.state) == (DeliveryState.DELIVERED, DeliveryState.DELIVERED)
    assert len({headers["webhook-id"] for _, headers, _ in world.receiver.got[:3]}) == 1


def test_a_delivery_is_given_up_after_three_days_and_the_next_one_is_sent(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed", "order.settled"])
    world.receiver.answers = failing(len(WAITS) + 1)
    world.order()
    world.tell()
    for tries, wait in enumerate(WAITS, start=1):
        world.pass_time(wait - timedelta(seconds=1))
        world.sweep()
        assert world.got() == [("order.placed", 1)] * tries
        world.pass_time(wait * 0.2 + timedelta(seconds=2))
        world.sweep()

    assert world.got() == [("order.placed", 1)] * (len(WAITS) + 1) + [("order.settled", 2)]
    placed, settled = world.deliveries(endpoint)
    assert (placed.state, settled.state) == (DeliveryState.FAILED, DeliveryState.DELIVERED)
    assert len(placed.attempts) == len(WAITS) + 1
    assert sum(WAITS, timedelta()) < timedelta(days=3) < sum(WAITS, timedelta()) * 1.2


def test_other_orders_do_not_wait_for_one_that_is_not_taken(world: World) -> None:
    world.endpoint(types=["order.placed", "order.settled"])
    world.receiver.answers = [500]
    first, second = world.order(), world.order()

    world.tell()

    assert world.got(first) == [("order.placed", 1)]
    assert world.got(second) == [("order.placed", 1), ("order.settled", 2)]


def test_two_workers_at_one_lane_send_once_and_without_the_claim_twice(world: World) -> None:
    world.endpoint(types=["order.placed"])
    order = world.order()
    world.project(world.stream())
    [message] = world.api.hook_queue.messages

    class Other(Receiver):
        """Lets another worker come while it takes something."""

        table: DynamoTable = world.table

        def send(self, *sent: Any) -> Any:
            if not self.got:
                self.got.append((URL, {}, None))
                _work(world, message, sender=self, table=self.table)
                self.got.pop(0)
            return super().send(*sent)

    receiver = Other()
    _work(world, message, sender=receiver)
    assert len(receiver.got) == 1

    note_facts(world.table, [HookChange("another", None, order)], world.api.now)
    careless = Other()
    careless.table = Unguarded(world.table, "HOOKLANE#")
    _work(world, message, sender=careless)
    assert len(careless.got) == 2


@pytest.mark.parametrize("writes", range(12))
def test_whoever_dies_between_two_writes_nothing_is_lost_and_all_comes_in_order(
    world: World, writes: int
) -> None:
    endpoint = world.endpoint()
    order = world.order()
    records = world.stream()
    changes = [one for one in map(_change, records) if one is not None]
    mortal = Mortal(world.table, writes)
    try:
        for message in note_facts(mortal, changes, NOW):
            _work(world, message, sender=world.receiver, table=mortal)
    except Died:
        pass

    # The stream comes again, its messages are lost, and the claim of the dead runs out.
    world.project(records)
    world.api.hook_queue.messages.clear()
    world.pass_time(timedelta(minutes=3))
    world.sweep()

    sequences = [sequence for _, sequence in world.got(order)]
    assert list(dict.fromkeys(sequences)) == [1, 2, 3, 4, 5]
    assert all(after - before in (0, 1) for before, after in pairwise(sequences))
    assert all(one.state is DeliveryState.DELIVERED for one in world.deliveries(endpoint))
    assert world.sweep() == 0


@pytest.mark.parametrize("guarded", [True, False])
def test_what_comes_into_a_lane_while_it_is_left_is_sent_and_without_the_clause_it_lies_there(
    world: World, guarded: bool
) -> None:
    world.endpoint(types=["order.placed"])
    order = world.order()
    world.project(world.stream())
    [message] = world.api.hook_queue.messages

    class Leaving(Unguarded):
        """Lets something come in just before the lane is left."""

        came = False

        def write(self, write: Put | Update | Delete) -> Item:
            if isinstance(write, Update) and write.expression.startswith("REMOVE next_at") and not self.came:
                self.came = True
                note_facts(world.table, [HookChange("another", None, order)], world.api.now)
            return super().write(write)

    loose = "nothing" if guarded else "HOOKLANE#"
    _work(world, message, sender=world.receiver, table=Leaving(world.table, loose))
    world.pass_time(timedelta(minutes=3))
    world.sweep()

    assert world.got() == numbered(["order.placed"] * (2 if guarded else 1))


def test_a_lane_that_takes_longer_than_its_time_is_gone_on_with(world: World) -> None:
    world.endpoint()
    world.order()
    world.project(world.stream())
    [message] = world.api.hook_queue.messages

    assert _work(world, message, sender=world.receiver, seconds=0) == timedelta(0)
    assert len(world.got()) == 1
    assert _work(world, message, sender=world.receiver) is None
    assert world.got() == numbered(WHOLE)


# --- whether it takes anything ----------------------------------------------------------------------------


def test_an_endpoint_that_fails_for_days_is_disabled_and_made_active_gets_all_of_it(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    world.receiver.answers = failing(100)
    days = DISABLED_AFTER // timedelta(days=1)
    for _ in range(days + 1):
        world.order()
        world.tell()
        world.pass_time(timedelta(days=1))
    assert load_state(world.table, endpoint.id).disabled_at is not None
    [listed] = world.api.get(f"{ACCOUNT}/webhooks", as_=FOUNDER).body["items"]
    assert listed["state"] == "disabled"

    tried = len(world.got())
    world.order()
    world.tell()
    world.sweep()
    assert len(world.got()) == tried
    assert {one.state for one in world.deliveries(endpoint)} == {DeliveryState.FAILED}
    assert world.deliveries(endpoint, DeliveryState.FAILED)[-1].failed_for is FailedFor.NOT_ACTIVE
    replay = {"since": NOW.isoformat()}
    refused = world.api.post(f"{ACCOUNT}/webhooks/{endpoint.id}/replay", replay, as_=FOUNDER)
    assert (refused.status, refused.code) == (409, "conflict")

    world.receiver.answers = []
    path = f"{ACCOUNT}/webhooks/{endpoint.id}"
    assert world.api.patch(path, {"active": True}, as_=FOUNDER).body["state"] == "healthy"
    replayed = world.api.post(f"{path}/replay", replay, as_=FOUNDER)
    assert replayed.body == {"replayed": days + 2, "more": False}
    world.api.deliver_webhooks()
    assert {one.state for one in world.deliveries(endpoint)} == {DeliveryState.DELIVERED}
    assert {sequence for _, sequence in world.got()[tried:]} == {1}


def test_an_endpoint_that_has_taken_something_meanwhile_stays(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    world.receiver.answers = [500, 204, 500]
    for _ in range(3):
        world.order()
        world.tell()
        world.pass_time(DISABLED_AFTER)

    state = load_state(world.table, endpoint.id)
    assert state.disabled_at is None
    assert state.failing_since is not None


def test_an_endpoint_that_says_that_it_is_gone_is_disabled_at_once(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    world.receiver.answers = [410]
    world.order()

    world.tell()

    assert load_state(world.table, endpoint.id).disabled_at is not None


def test_what_waits_for_an_endpoint_that_is_removed_is_not_sent(world: World) -> None:
    endpoint = world.endpoint()
    world.order()
    world.project(world.stream())
    remove_endpoint(world.table, ORGANIZER, endpoint.id)

    world.api.deliver_webhooks()

    assert world.got() == []
    assert world.sweep() == 0


@pytest.mark.parametrize("taken", ["made", "sent elsewhere"])
def test_what_a_key_has_set_up_ends_with_it_until_a_member_takes_it_over(world: World, taken: str) -> None:
    made = world.api.post(f"{ACCOUNT}/api-keys", {"label": "CRM", "role": "manager"}, as_=FOUNDER).body
    path = f"{ACCOUNT}/webhooks"
    first = world.api.post(path, {"url": URL}, as_=made["secret"] if taken == "made" else FOUNDER)
    webhook = f"{path}/{first.body['id']}"
    if taken == "sent elsewhere":
        assert world.api.patch(webhook, {"url": f"{URL}/2"}, as_=made["secret"]).status == 200
    assert world.api.patch(webhook, {"label": "Guests"}, as_=FOUNDER).body["state"] == "healthy"
    world.order()
    world.tell()
    told = len(world.got())
    assert told == len(WHOLE)

    assert world.api.delete(f"{ACCOUNT}/api-keys/{made['id']}", as_=FOUNDER).status == 204
    world.order()
    world.tell()
    world.api.post(f"{webhook}/test", as_=FOUNDER)
    world.api.deliver_webhooks()

    assert len(world.got()) == told
    assert world.api.get(webhook, as_=FOUNDER).body["state"] == "disabled"
    since = {"since": "2027-03-01T00:00:00Z"}
    assert world.api.post(f"{webhook}/replay", since, as_=FOUNDER).code == "conflict"
    assert world.api.patch(webhook, {"active": True}, as_=FOUNDER).body["state"] == "healthy"
    assert world.api.post(f"{webhook}/replay", since, as_=FOUNDER).status == 202
    world.api.deliver_webhooks()
    assert len(world.got()) >= 2 * told


def test_what_a_member_has_set_up_outlives_the_key_that_makes_it_active(world: World) -> None:
    made = world.api.post(f"{ACCOUNT}/api-keys", {"label": "CRM", "role": "manager"}, as_=FOUNDER).body
    endpoint = world.endpoint(active=False)
    webhook = f"{ACCOUNT}/webhooks/{endpoint.id}"
    assert world.api.patch(webhook, {"active": True}, as_=made["secret"]).status == 200
    world.api.delete(f"{ACCOUNT}/api-keys/{made['id']}", as_=FOUNDER)

    world.order()
    world.tell()

    assert len(world.got()) == len(WHOLE)


# --- sent again -------------------------------------------------------------------------------------------


def test_a_replay_has_the_same_id_and_sequence_and_does_not_wait_for_others(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    world.order()
    world.tell()
    [delivery] = world.deliveries(endpoint)
    path = f"{ACCOUNT}/webhooks/{endpoint.id}/deliveries/{delivery.id}"

    answer = world.api.post(f"{path}/replay", as_=FOUNDER)
    assert (answer.status, answer.body["state"]) == (202, "pending")
    assert world.api.post(f"{path}/replay", as_=FOUNDER).status == 202
    world.api.deliver_webhooks()

    assert world.got() == [("order.placed", 1)] * 2
    assert len({headers["webhook-id"] for _, headers, _ in world.receiver.got}) == 1
    assert len(world.deliveries(endpoint)[0].attempts) == 2


def test_a_replay_of_what_waits_to_be_tried_again_tries_it_at_once(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    world.receiver.answers = [500]
    world.order()
    world.tell()
    [delivery] = world.deliveries(endpoint)
    path = f"{ACCOUNT}/webhooks/{endpoint.id}/deliveries/{delivery.id}"

    assert world.api.post(f"{path}/replay", as_=FOUNDER).status == 202
    world.api.deliver_webhooks()

    assert world.deliveries(endpoint)[0].state is DeliveryState.DELIVERED


def test_a_delivery_whose_time_is_over_is_not_there(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    world.order()
    world.tell()
    [delivery] = world.deliveries(endpoint)
    path = f"{ACCOUNT}/webhooks/{endpoint.id}/deliveries/{delivery.id}"
    assert world.api.get(path, as_=FOUNDER).body["payload"]["type"] == "order.placed"

    world.pass_time(KEPT)

    assert world.api.get(path, as_=FOUNDER).status == 404
    assert world.api.post(f"{path}/replay", as_=FOUNDER).status == 404
    assert world.api.get(f"{ACCOUNT}/webhooks/{endpoint.id}/deliveries", as_=FOUNDER).body["items"] == []


def test_a_test_is_sent_once_whether_or_not_the_webhook_is_active(world: World) -> None:
    endpoint = world.endpoint(active=False)
    world.receiver.answers = [500]
    path = f"{ACCOUNT}/webhooks/{endpoint.id}"

    for _ in range(2):
        sent = world.api.post(f"{path}/test", as_=FOUNDER)
        assert (sent.status, sent.body["type"], sent.body["subject"]) == (202, "webhook.test", None)
        world.api.deliver_webhooks()

    assert world.got() == [("webhook.test", 1), ("webhook.test", 2)]
    listed = world.api.get(f"{path}/deliveries", as_=FOUNDER, query={"state": "failed"}).body["items"]
    assert [one["attempts"][0]["status"] for one in listed] == [500]


def test_deliveries_are_listed_newest_first_page_by_page(world: World) -> None:
    endpoint = world.endpoint(types=["order.placed"])
    for _ in range(5):
        world.order()
        world.tell()
        world.pass_time(timedelta(seconds=1))
    path = f"{ACCOUNT}/webhooks/{endpoint.id}/deliveries"

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.api.get(path, as_=FOUNDER, query={"limit": "2", **cursor}).body
        seen += [one["created_at"] for one in page["items"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5


# --- set up -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/admit",
        "https://inside.example/admit",
        "https://nowhere.example/admit",
        "https://user:secret@hooks.example/admit",
        "https://hooks.example:99999/admit",
        "ftp://hooks.example/admit",
        "https:///admit",
        "hooks.example",
    ],
)
def test_a_webhook_goes_to_public_addresses_over_tls_alone(world: World, url: str) -> None:
    refused = world.api.post(f"{ACCOUNT}/webhooks", {"url": url}, as_=FOUNDER)
    assert (refused.status, refused.code) == (422, "invalid_input")
    endpoint = world.endpoint()
    changed = world.api.patch(f"{ACCOUNT}/webhooks/{endpoint.id}", {"url": url}, as_=FOUNDER)
    assert [fault["field"] for fault in changed.body["errors"]] == ["url"]


def test_a_secret_is_shown_once_and_to_an_owner_alone(world: World) -> None:
    put = world.api.put(f"{ACCOUNT}/members/{MANAGER}", {"role": "manager"}, as_=FOUNDER)
    assert put.status in (200, 201), put.text
    path = f"{ACCOUNT}/webhooks"

    made = world.api.post(path, {"url": URL, "label": "Shop"}, as_=FOUNDER, idempotency_key="one")
    again = world.api.post(path, {"url": URL, "label": "Shop"}, as_=FOUNDER, idempotency_key="one")
    assert made.status == 201
    assert made.body["secret"].startswith("whsec_")
    assert again.body == made.body
    other = world.api.post(path, {"url": URL, "label": "Other"}, as_=FOUNDER, idempotency_key="one")
    assert other.code == "idempotency_conflict"
    webhook = f"{path}/{made.body['id']}"

    by_manager = world.api.post(path, {"url": URL}, as_=MANAGER)
    assert (by_manager.status, by_manager.body["secret"]) == (201, None)
    assert world.api.post(f"{webhook}/secrets", as_=MANAGER).status == 403
    rolled = world.api.post(f"{webhook}/secrets", {"hours": 1}, as_=FOUNDER)
    assert rolled.body["secret"] != made.body["secret"]
    assert [one["ends_at"] is None for one in rolled.body["secrets"]] == [False, True]
    for shown in (world.api.get(path, as_=MANAGER), world.api.get(webhook, as_=MANAGER)):
        assert "whsec_" not in shown.text


def test_there_are_only_so_many_webhooks_however_many_are_added_at_once(world: World) -> None:
    def add(at: int) -> Answer:
        return world.api.post(f"{ACCOUNT}/webhooks", {"url": URL, "label": str(at)}, as_=FOUNDER)

    answers = [add(at) for at in range(MOST_ENDPOINTS + 1)]
    assert [one.status for one in answers] == [201] * MOST_ENDPOINTS + [409]
    webhook = f"{ACCOUNT}/webhooks/{answers[0].body['id']}"
    assert world.api.delete(webhook, as_=FOUNDER).status == 204
    assert world.api.delete(webhook, as_=FOUNDER).status == 404

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: _added(world), range(4)))
    assert made.count(True) == 1
    assert len(load_endpoints(world.table, ORGANIZER)) == MOST_ENDPOINTS


def test_a_webhook_of_events_names_events_of_its_account(world: World) -> None:
    refused = world.api.post(f"{ACCOUNT}/webhooks", {"url": URL, "event_ids": ["elsewhere"]}, as_=FOUNDER)
    assert [fault["field"] for fault in refused.body["errors"]] == ["event_ids[0]"]


def test_a_changed_webhook_keeps_what_is_not_said(world: World) -> None:
    endpoint = world.endpoint(label="Shop", event_ids=[world.catalog.event.id])
    changed = edit_endpoint(
        world.table, ORGANIZER, endpoint.id, WebhookPatch(types=[FactType.ORDER_PLACED], event_ids=None)
    )
    assert (changed.label, changed.types, changed.event_ids) == ("Shop", [FactType.ORDER_PLACED], None)
    assert changed.secrets == endpoint.secrets


def _added(world: World) -> bool:
    try:
        world.endpoint()
    except Exception:  # whatever it is refused for, it is not there
        return False
    return True


def _lane(world: World, order: Order) -> Lane:
    [endpoint] = load_endpoints(world.table, ORGANIZER)
    return Lane(organizer_id=ORGANIZER, endpoint_id=endpoint.id, lane=order.id)


def _work(
    world: World,
    message: LaneMessage,
    *,
    sender: Receiver,
    table: DynamoTable | None = None,
    seconds: float = 8,
) -> timedelta | None:
    return work(
        table or world.table,
        sender,
        message,
        clock=lambda: world.api.now,
        random=Random(1),
        seconds=seconds,
    )


def _change(record: Record) -> HookChange | None:
    change = record["dynamodb"]
    before, after = (read_image(change.get(name, {})) for name in ("OldImage", "NewImage"))
    kinds: dict[str, type[Order] | type[Ticket]] = {"order": Order, "ticket": Ticket}
    kind = kinds.get(after["kind"])
    if kind is None:
        return None
    return HookChange(record["eventID"], kind.of(before) if before else None, kind.of(after))
