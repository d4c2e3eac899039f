"""Faults of money: whatever step is a process's last, coming back to it ends where nothing had failed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count, permutations
from threading import Lock
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ReadTimeoutError

from admit.errors import AdmitError, PaymentUnavailable, WrongState
from admit.money import Money
from admit.orders.cancellation import CancelRequest
from admit.orders.ledger import Account
from admit.orders.order import Order, OrderStatus
from admit.orders.place import place_by_buyer
from admit.orders.price import Customer
from admit.orders.refund import RefundRequest
from admit.payments.checkout import open_checkout, reopen_checkout
from admit.payments.decide import cancel_by_organizer, refund_by_organizer, settle_by_organizer
from admit.payments.gateway import CardRefund, Hint, PageStatus, PaymentBroken, PaymentPage
from admit.payments.gateway import RefundStatus as CardStatus
from admit.payments.settle import SettleRequest
from admit.stock.stock import left_in
from admit.tickets import align, cancel
from admit.tickets import issue as issuing
from admit.tickets.cancel import cancel_tickets
from admit.tickets.ticket import TicketStatus, tickets_of
from tests.builders import FakeBucket, a_request
from tests.engine.dynamodb_local import client
from tests.engine.money_world import Died, Stage, World
from tests.engine.test_faults import Faulty, cancelled, throttled
from tests.fake_gateway import FakeGateway

OLAV = "olav@admit.example"
KEY = "one key for one request"


class Mortal(FakeGateway):
    """A provider whose answer may be the last that a process hears."""

    table: Stage

    def open_page(self, order: Order, attempt: int, *, title: str) -> PaymentPage:
        return self._answered(super().open_page(order, attempt, title=title))

    def fetch_page(self, session_id: str) -> PaymentPage:
        return self._answered(super().fetch_page(session_id))

    def expire_page(self, session_id: str) -> PaymentPage:
        return self._answered(super().expire_page(session_id))

    def refund(self, payment: str, amount: int, *, order_id: str, sequence: int) -> CardRefund:
        return self._answered(super().refund(payment, amount, order_id=order_id, sequence=sequence))

    def refunds_of(self, payment: str) -> list[CardRefund]:
        return self._answered(super().refunds_of(payment))

    def _answered[T](self, answer: T) -> T:
        self.table.step()
        return answer


class MortalBucket(FakeBucket):
    """A bucket that may fail, or end the process, at a file."""

    def __init__(self, table: Stage) -> None:
        super().__init__()
        self.table = table
        self.fails = 0
        self._lock = Lock()

    def store(self, name: str, content: bytes, content_type: str) -> None:
        with self._lock:
            if self.fails:
                self.fails -= 1
                raise OSError("the bucket does not answer")
            super().store(name, content, content_type)
            self.table.step()


# --- what is done, from a fresh world on ------------------------------------------------------------------


def place(world: World, method: str = "card") -> None:
    request = a_request(world.catalog, world.tier("pass").id, 2, method)
    order = place_by_buyer(
        world.table, world.catalog, request, KEY, Customer(), now=world.now, random=world.random
    )
    if method == "card" and order.status is OrderStatus.AWAITING_PAYMENT:
        open_checkout(world.table, world.gateway, order, "T", world.now)


def place_invoice(world: World) -> None:
    place(world, "invoice")


def pay(world: World) -> None:
    """The buyer pays on the page that he has."""
    checkout = the_order(world).checkout
    assert checkout is not None
    world.gateway.pay(checkout.session_id)


def pay_by_debit(world: World) -> None:
    checkout = the_order(world).checkout
    assert checkout is not None
    world.gateway.pay_later(checkout.session_id)


def pay_on_an_old_page(world: World) -> None:
    page = world.gateway.open_page(the_order(world), 50 + len(world.gateway.pages), title="T")
    world.gateway.pay(page.session_id)


def hear(world: World) -> None:
    """Deliver the newest news."""
    world.deliver(world.gateway.news[-1])


def wait(world: World) -> None:
    world.goes_on(timedelta(minutes=11))


def tend(world: World) -> None:
    order = the_order(world)
    if order.due is not None and order.due <= world.now:
        world.tend(order)


def reopen(world: World) -> None:
    reopen_checkout(world.table, world.gateway, the_order(world), "T", world.now)


def end_page(world: World) -> None:
    checkout = the_order(world).checkout
    assert checkout is not None
    world.gateway.expire_page(checkout.session_id)


def settle(world: World) -> None:
    settle_by_organizer(
        world.table,
        world.catalog,
        the_order(world),
        SettleRequest(),
        key=KEY,
        actor=OLAV,
        now=world.now,
        random=world.random,
    )


def generate(world: World) -> None:
    order = the_order(world)
    if order.status is OrderStatus.SETTLED:
        world.issue(order)


def refund(world: World) -> None:
    request = RefundRequest(amount=Money(amount=500, currency="EUR"))
    refund_by_organizer(
        world.table, world.gateway, the_order(world), request, key=KEY, actor=OLAV, now=world.now
    )


def cancel_all(world: World) -> None:
    cancel_by_organizer(
        world.table,
        world.gateway,
        world.catalog,
        the_order(world),
        CancelRequest(refund=True),
        actor=OLAV,
        now=world.now,
    )


def cancel_one(world: World) -> None:
    cancel_by_organizer(
        world.table,
        world.gateway,
        world.catalog,
        the_order(world),
        CancelRequest(tickets=[1], refund=True),
        actor=OLAV,
        now=world.now,
    )


def dispute(world: World) -> None:
    world.gateway.dispute(next(iter(world.gateway.payments_made)))


def the_order(world: World) -> Order:
    (order,) = world.orders()
    return order


class Scenario(NamedTuple):
    before: Sequence[Callable[[World], None]]
    act: Callable[[World], None]
    asked: bool = False
    """Whether somebody asks for it: if it died at the very beginning, nobody else will."""


IN_ONE, IN_SEVERAL = "in one transaction", "in several"
MADE = [place, pay, hear, generate]
SCENARIOS = {
    "place": Scenario([], place, asked=True),
    "place by invoice": Scenario([], place_invoice, asked=True),
    "pay again": Scenario([place, end_page], reopen, asked=True),
    "settle by card": Scenario([place, pay], hear),
    "settle by debit": Scenario([place, pay_by_debit], hear),
    "settle by invoice": Scenario([place_invoice], settle, asked=True),
    "send a second payment back": Scenario([*MADE, pay_on_an_old_page], hear),
    "take up late money": Scenario([place, wait, tend, pay_on_an_old_page], hear),
    "take money that did not fit": Scenario([place, pay_on_an_old_page, hear], settle, asked=True),
    "generate": Scenario([place, pay, hear], generate),
    "expire": Scenario([place, wait], tend),
    "pay at the last moment": Scenario([place, pay, wait], tend),
    "refund": Scenario(MADE, refund, asked=True),
    "cancel": Scenario(MADE, cancel_all, asked=True),
    "cancel a part": Scenario(MADE, cancel_one, asked=True),
    "cancel before the tickets": Scenario([place, pay, hear], cancel_all, asked=True),
    "cancel an unpaid order": Scenario([place], cancel_all, asked=True),
    "dispute": Scenario([*MADE, dispute], hear),
}
OF_TICKETS = ["generate", "cancel", "cancel a part", "cancel before the tickets", "dispute"]


@pytest.fixture(autouse=True)
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the pictures is tested elsewhere; drawing them takes most of the time."""
    monkeypatch.setattr(issuing, "draw_qr", lambda credential: b"qr")
    monkeypatch.setattr(issuing, "draw_badge", lambda face, report: b"badge")


@pytest.fixture
def chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the tickets of these small orders fit into one transaction."""
    if request.param == IN_SEVERAL:
        monkeypatch.setattr(issuing, "TICKETS_PER_TRANSACTION", 1)
        monkeypatch.setattr(cancel, "MOST_WRITES", 2)
        monkeypatch.setattr(align, "MOST_WRITES", 2)
    return str(request.param)


@pytest.fixture
def real(endpoint: str) -> Iterator[Any]:
    made = client(endpoint)
    yield made
    made.close()


@pytest.fixture
def stage(real: Any, table_name: str) -> Stage:
    return Stage(real, table_name)


def a_world(stage: Stage, before: Sequence[Callable[[World], None]]) -> World:
    gateway = Mortal()
    gateway.table = stage
    world = World(stage, gateway)
    world.bucket = MortalBucket(stage)
    for step in before:
        step(world)
    return world


def state(world: World) -> dict[str, Any]:
    """Return what is the same of two worlds in which the same has happened."""
    told: dict[str, Any] = {"left": sorted(left_in(world.table, world.catalog.limits()).values())}
    for order in world.orders():
        told |= {
            "status": (order.status, order.payment_status, order.paid, order.owed, order.credited),
            "open": (order.attention, order.suspended, order.cancelled, order.processing, order.decide_by),
            "moved": sorted((one.cause, one.debit, one.credit, one.amount) for one in order.movements),
            "refunds": sorted((one.status, one.amount, one.account) for one in order.refunds),
            "tickets": [(one.number, one.status) for one in tickets_of(world.table, order.id)],
            "page": order.checkout is not None,
            "told": sorted(one.what for one in order.timeline),
        }
    made = world.gateway.refunds_made.values()
    told["stripe"] = world.gateway.held, sorted((one.amount, one.status) for one in made)
    return told


def again(world: World, scenario: Scenario) -> None:
    """Who asked asks again; what has happened by now may be refused."""
    try:
        scenario.act(world)
    except AdmitError:
        return


_undisturbed: dict[tuple[str, str], dict[str, Any]] = {}


def undisturbed(stage: Stage, name: str, chunks: str = IN_ONE) -> dict[str, Any]:
    """Return where a scenario ends when nothing fails."""
    if (name, chunks) not in _undisturbed:
        _undisturbed[name, chunks] = ended(stage, SCENARIOS[name])
    return _undisturbed[name, chunks]


def ended(stage: Stage, scenario: Scenario) -> dict[str, Any]:
    world = a_world(stage, scenario.before)
    again(world, scenario)
    world.rest(world.gateway.news)
    world.check()
    return state(world)


def died_after(stage: Stage, scenario: Scenario) -> Iterator[World]:
    """Give a world for each step after which the process may die, and the one in which it does not."""
    for steps in count(1):
        world = a_world(stage, scenario.before)
        stage.dies_after = steps
        try:
            scenario.act(world)
        except Died:
            yield world
            continue
        except AdmitError:
            pass
        stage.calm()
        assert steps > 1
        yield world
        return


@pytest.mark.parametrize("recovery", ["retry", "news", "looking"])
@pytest.mark.parametrize(
    ("name", "chunks"),
    [(name, IN_ONE) for name in SCENARIOS] + [(name, IN_SEVERAL) for name in OF_TICKETS],
    indirect=["chunks"],
)
def test_whatever_step_was_the_last_coming_back_ends_the_same(
    stage: Stage, name: str, chunks: str, recovery: str
) -> None:
    scenario = SCENARIOS[name]
    ends = [undisturbed(stage, name, chunks)]
    if scenario.asked and recovery != "retry":
        ends.append(ended(stage, Scenario(scenario.before, lambda world: None)))
    for world in died_after(stage, scenario):
        if recovery == "retry":
            again(world, scenario)
        world.rest(world.reconcile() if recovery == "looking" else world.gateway.news)
        world.check()
        without_page = name == "place" and recovery != "retry"
        assert without_page or state(world) in ends


def test_an_order_that_nobody_comes_back_to_ends_with_its_hold(stage: Stage) -> None:
    for world in died_after(stage, SCENARIOS["place"]):
        wait(world)
        world.rest(world.gateway.news)

        world.check()
        assert the_order(world).status is OrderStatus.EXPIRED
        assert {page.status for page in world.gateway.pages.values()} <= {PageStatus.OPEN, PageStatus.EXPIRED}


FAULTS: dict[str, tuple[list[Exception], bool]] = {
    "conflicts that last": ([cancelled("None", "TransactionConflict")] * 8, False),
    "throttled": ([throttled()] * 8, False),
    "answer lost": ([ReadTimeoutError(endpoint_url="http://nowhere")], True),
}


@pytest.mark.parametrize("operation", ["update_item", "transact_write_items"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_table_that_fails_is_asked_again(stage: Stage, name: str, fault: str, operation: str) -> None:
    scenario = SCENARIOS[name]
    expected = undisturbed(stage, name)
    world = a_world(stage, scenario.before)
    errors, after = FAULTS[fault]
    faulty = Faulty(stage.client, operation, list(errors), after=after)
    world.table = Stage(faulty, stage.name, sleep=lambda pause: None)
    with suppress(AdmitError, ReadTimeoutError):
        scenario.act(world)

    world.table = stage
    again(world, scenario)
    world.rest(world.gateway.news)

    assert state(world) == expected
    world.check()


@pytest.mark.parametrize("chunks", [IN_ONE, IN_SEVERAL], indirect=True)
@pytest.mark.parametrize("files", [1, 4])
def test_tickets_are_made_once_the_bucket_is_back(stage: Stage, chunks: str, files: int) -> None:
    world = a_world(stage, [place, pay, hear])
    assert isinstance(world.bucket, MortalBucket)
    world.bucket.fails = files

    with pytest.raises(OSError, match="bucket"):
        generate(world)

    assert the_order(world).status is OrderStatus.SETTLED
    assert tickets_of(stage, the_order(world).id) == []
    world.rest([])
    assert the_order(world).status is OrderStatus.FULFILLED
    assert len(world.bucket.objects) == 4
    world.check()


@pytest.mark.parametrize("after", [False, True], ids=["not done", "done all the same"])
@pytest.mark.parametrize("error", [PaymentUnavailable, PaymentBroken])
@pytest.mark.parametrize("name", ["refund", "cancel", "cancel a part", "send a second payment back"])
def test_a_refund_that_stripe_fails_at_is_made_once(
    stage: Stage, name: str, error: type[Exception], after: bool
) -> None:
    scenario = SCENARIOS[name]
    expected = undisturbed(stage, name)
    world = a_world(stage, scenario.before)
    (world.gateway.errors_after if after else world.gateway.errors)["refund"] = [error()]

    again(world, scenario)
    world.rest(world.gateway.news)

    world.check()
    assert world.gateway.held == expected["stripe"][0]
    assert (
        sorted((one.amount, one.status) for one in world.gateway.refunds_made.values())
        == expected["stripe"][1]
    )
    assert the_order(world).attention == []


@pytest.mark.parametrize("after", [False, True], ids=["not done", "done all the same"])
@pytest.mark.parametrize("error", [PaymentUnavailable, PaymentBroken])
def test_a_page_that_stripe_fails_at_is_opened_by_asking_again(
    stage: Stage, error: type[Exception], after: bool
) -> None:
    world = a_world(stage, [])
    (world.gateway.errors_after if after else world.gateway.errors)["open_page"] = [error()]

    with pytest.raises(PaymentUnavailable):
        place(world)
    place(world)
    pay(world)
    world.rest(world.gateway.news)

    world.check()
    assert (the_order(world).status, the_order(world).attention) == (OrderStatus.FULFILLED, [])


def test_a_refund_of_which_nothing_was_heard_for_two_days_is_not_made_twice(stage: Stage) -> None:
    """Stripe forgets an idempotency key after a day, so the key alone would not hold."""
    world = a_world(stage, MADE)
    world.gateway.errors_after["refund"] = [PaymentUnavailable()]
    refund(world)
    world.goes_on(timedelta(days=2))

    world.rest([])

    assert [one.amount for one in world.gateway.refunds_made.values()] == [500]
    world.check()


def _refunded_then_failed(world: World) -> None:
    reference = next(iter(world.gateway.payments_made))
    made = world.gateway.refund_in_dashboard(reference, 300)
    world.gateway.end_refund(made.id, CardStatus.FAILED)
    dispute(world)
    world.gateway.end_dispute(next(iter(world.gateway.disputes_opened)), won=True)


def _second_payment_sent_back(world: World) -> None:
    pay_on_an_old_page(world)
    world.gateway.refund_in_dashboard(list(world.gateway.payments_made)[-1], 2_002)


STORIES: dict[str, list[Callable[[World], None]]] = {
    "refunded, failed, disputed and won": [place, pay, _refunded_then_failed],
    "paid twice and refunded in the dashboard": [*MADE, _second_payment_sent_back],
    "paid by debit": [place, pay_by_debit],
}


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("story", STORIES)
def test_news_in_any_order_twice_late_or_never_ends_the_same(stage: Stage, story: str, days: int) -> None:
    ends = []
    orders: list[Callable[[Sequence[Hint]], list[Hint]]] = [_twice, _never]
    orders += [partial(_ordered, at=at) for at in range(0, 720, 103)]
    for arranged in orders:
        world = a_world(stage, STORIES[story])
        world.goes_on(timedelta(days=days))
        if days:
            with suppress(WrongState):  # as the sweep does for one that is being paid
                tend(world)
        news = arranged(world.gateway.news)
        world.rest(news or world.reconcile())
        world.check()
        end = state(world)
        ends.append({name: end[name] for name in ("status", "stripe", "tickets", "left", "open")})

    assert all(end == ends[0] for end in ends)


def _twice(news: Sequence[Hint]) -> list[Hint]:
    return [*news, *news]


def _never(news: Sequence[Hint]) -> list[Hint]:
    return []


def _ordered(news: Sequence[Hint], at: int) -> list[Hint]:
    """Return news in one of its orders."""
    orders = list(permutations(news[-6:]))
    return [*orders[at % len(orders)], *news[:-6]]


# --- races that the sweep can not make good -----------------------------------------------------------------


def test_tickets_that_are_made_while_their_order_is_cancelled_are_cancelled_too(stage: Stage) -> None:
    world = a_world(stage, [place, pay, hear])
    order = the_order(world)
    stage.meanwhile = partial(generate, world)

    ended = cancel_tickets(stage, world.catalog, order, None, actor=OLAV, note="", now=world.now)

    assert ended.status is OrderStatus.CANCELLED
    statuses = {one.status for one in tickets_of(stage, ended.id)}
    assert statuses == {TicketStatus.CANCELLED}


def test_an_order_that_was_taken_up_late_is_paid_back_when_it_is_cancelled(stage: Stage) -> None:
    world = a_world(stage, [place, wait, tend, pay_on_an_old_page, hear, generate])
    assert the_order(world).status is OrderStatus.FULFILLED

    cancel_all(world)

    assert world.gateway.held == the_order(world).balance(Account.STRIPE) == 0


@pytest.mark.parametrize("how", ["going back", "disputed", "lost"])
def test_money_that_did_not_fit_and_is_gone_settles_nothing(stage: Stage, how: str) -> None:
    world = a_world(stage, [place, pay_on_an_old_page, hear])
    world.gateway.refund_status = CardStatus.PENDING
    if how == "going back":
        refund_by_organizer(
            stage, world.gateway, the_order(world), RefundRequest(), key=KEY, actor=OLAV, now=world.now
        )
    else:
        dispute(world)
        hear(world)
        if how == "lost":
            world.gateway.end_dispute(next(iter(world.gateway.disputes_opened)), won=False)
            hear(world)

    with pytest.raises(AdmitError):
        settle(world)

    assert the_order(world).status is OrderStatus.AWAITING_PAYMENT


def test_an_invoice_that_was_paid_in_part_and_is_being_paid_back_can_be_cancelled(stage: Stage) -> None:
    world = a_world(stage, [place_invoice])
    part = SettleRequest(amount=Money(amount=500, currency="EUR"))
    settle_by_organizer(
        stage, world.catalog, the_order(world), part, key=KEY, actor=OLAV, now=world.now, random=world.random
    )
    refund(world)

    cancel_all(world)

    assert the_order(world).status is OrderStatus.CANCELLED
    assert [one.amount for one in the_order(world).refunds] == [500]
