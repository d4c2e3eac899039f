"""Histories of money: whatever comes in whatever order, twice, late or never, the books say what Stripe has.

Hypothesis makes up the histories. Each ends by coming to rest: what was announced is delivered, or dropped
and found by looking; what is due is done; then money, tickets, stock and the summary are counted.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from admit.catalog.event import InvoicePolicy, LatePayment, Overdue
from admit.catalog.price import PaymentMethod
from admit.errors import AdmitError, PaymentUnavailable
from admit.money import Money
from admit.orders.approve import DecisionRequest, approve, decline
from admit.orders.cancellation import BuyerCancelRequest, CancelRequest
from admit.orders.ledger import Account
from admit.orders.order import Order, OrderStatus
from admit.orders.place import PlaceRequest, place_by_buyer
from admit.orders.price import Customer
from admit.orders.refund import RefundRequest
from admit.payments.checkout import open_checkout, reopen_checkout
from admit.payments.decide import (
    cancel_by_buyer,
    cancel_by_organizer,
    confirm_refund,
    refund_by_organizer,
    settle_by_organizer,
)
from admit.payments.gateway import CardPayment, CardRefund, Hint, PageStatus, PaymentBroken, PaymentPage
from admit.payments.gateway import RefundStatus as CardStatus
from admit.payments.settle import SettleRequest, release_invoice
from admit.store import Update
from admit.tickets import issue as issuing
from tests.builders import a_buyer, a_name, a_request
from tests.engine.dynamodb_local import client
from tests.engine.money_world import GUESTS, Died, Stage, World
from tests.fake_gateway import FakeGateway

CALLS = ["open_page", "fetch_page", "expire_page", "refund", "refunds_of", "fetch_refund", "fetch_payment"]
KEYED = ["open_page", "refund"]
OLAV = "olav@admit.example"

which = st.integers(0, 7)
faults = st.sampled_from(
    [""] * 9
    + ["dies after 1", "dies after 2", "dies after 3", "contends at 0", "contends at 1"]
    + ["away", "away after", "broken", "broken after", "dies at Stripe"]
    + ["meets deliver_in_order", "meets generate", "meets sweep", "meets cancel_for_organizer"]
    + ["meets refund", "meets settle"]
)
stale = st.sampled_from([False, False, False, True])

DRAWN = (
    ["pay"] * 6
    + ["deliver"] * 5
    + ["deliver_in_order", "generate"] * 3
    + ["time_passes", "order", "refund", "cancel_for_organizer", "settle", "reopen", "sweep"] * 2
    + ["dispute", "end_refund", "refund_in_dashboard", "keep_an_old_page"] * 2
    + ["order_again", "bank_transfers", "cancel_for_buyer", "refunds_take_time", "end_page", "lose_news"]
    + ["decide", "release", "confirm"]
)


PRELUDES: dict[str, list[str]] = {
    "placed": [],
    "paid": ["pay", "deliver_in_order"],
    "made": ["pay", "settle", "deliver_in_order", "generate"],
    "wrong": ["pay_wrong", "deliver_in_order"],
    "twice": ["keep_an_old_page", "pay", "deliver_in_order", "generate", "pay"],
    "answer lost": ["pay", "settle", "deliver_in_order", "generate", "refund_unheard"],
    "debit": ["pay_later", "deliver_in_order"],
    "raced": ["keep_an_old_page", "pay", "pay", "hear_two_at_once"],
    "late": ["keep_an_old_page", "time_passes", "pay"],
    "late and sold": ["keep_an_old_page", "time_passes", "order", "order", "pay"],
}
"""How a history begins, so that more of them come to where money is."""


class Turn(NamedTuple):
    """What a step is about: which order, in which way, with which fault, and whether it was read before."""

    at: int
    how: int
    fault: str
    old: bool


class MoneyHistory(RuleBasedStateMachine):
    """A few guests, an organizer, Stripe, its news and the sweep, with faults anywhere."""

    preludes: Sequence[str] = tuple(PRELUDES)

    def __init__(self, table: Stage, told: Counter[str], gateway: Callable[[], FakeGateway]) -> None:
        super().__init__()
        self.table = table
        self.told = told
        self.gateway = gateway()
        self.pending: list[Hint] = []
        self.heard = 0
        self.dropped = False
        self.spoilt = False
        self.world: World | None = None
        self.asked: list[tuple[PlaceRequest, str]] = []

    @initialize(
        invoice=st.sampled_from(InvoicePolicy),
        overdue=st.sampled_from(Overdue),
        late=st.sampled_from(LatePayment),
        rules=st.booleans(),
        method=st.sampled_from(["card", "card", "invoice"]),
        looks=st.booleans(),
        long=st.booleans(),
        prelude=st.integers(0, len(PRELUDES) - 1),
        seed=st.integers(0, 99),
    )
    def begin(self, *, invoice: str, overdue: str, late: str, rules: bool, method: str, **rest: Any) -> None:
        self.looks, self.long = rest["looks"], rest["long"]
        after = [{"days_before": 30, "fee_percent": "10"}] if rules else []
        self.world = World(
            self.table,
            self.gateway,
            rest["seed"],
            invoice_policy=invoice,
            overdue=overdue,
            late_payment=late,
            cancellation_rules=after,
        )
        self.place("pass", 0, 2, method, "")
        for step in PRELUDES[_pick(self.preludes, rest["prelude"])]:
            getattr(self, step)(Turn(at=0, how=2, fault="", old=False))

    @rule(
        step=st.sampled_from(DRAWN),
        turn=st.builds(Turn, at=which, how=st.integers(0, 5), fault=faults, old=stale),
    )
    def go_on(self, *, step: str, turn: Turn) -> None:
        """One rule for all steps: of many rules each history would leave most out."""
        getattr(self, step)(turn)

    # --- buyers -------------------------------------------------------------------------------------------

    def order(self, turn: Turn) -> None:
        tier = _pick(["pass", "pass", "vetted", "free"], turn.at)
        self.place(tier, turn.how, 1 + turn.at % 3, _pick(["card", "card", "invoice"], turn.how), turn.fault)

    def order_again(self, turn: Turn) -> None:
        request, key = _pick(self.asked, turn.at)
        self.act("ordered again", lambda: self.placed(request, key), turn.fault)

    def pay(self, turn: Turn) -> None:
        order = self.an_order(turn)
        pages = [one for one in self.pages(order) if one.status is PageStatus.OPEN]
        if not pages:
            return
        session_id = _pick(pages, turn.at).session_id
        if turn.how == 0:
            self.gateway.change_amount(session_id, -500 if turn.at % 2 else 500)
        if turn.how == 1:
            self.gateway.pay_later(session_id)
        else:
            self.gateway.pay(session_id)
        self.told[f"paid {_pick(['wrong', 'later', 'card'], min(turn.how, 2))}"] += 1

    def pay_wrong(self, turn: Turn) -> None:
        self.pay(turn._replace(how=0))

    def pay_later(self, turn: Turn) -> None:
        self.pay(turn._replace(how=1))

    def bank_transfers(self, turn: Turn) -> None:
        pages = [page for page in self.gateway.pages.values() if page.processing]
        if pages:
            session_id = _pick(pages, turn.at).session_id
            (self.gateway.arrive if turn.how % 2 else self.gateway.fail)(session_id)
            self.told["arrived" if turn.how % 2 else "failed"] += 1

    def reopen(self, turn: Turn) -> None:
        order = self.an_order(turn)
        self.act("reopened", lambda: reopen_checkout(*self.sides, order, "T", self.now), turn.fault)

    def keep_an_old_page(self, turn: Turn) -> None:
        """A page whose answer got lost stays open at Stripe, and in somebody's browser."""
        order = self.an_order(turn)
        if order.payment_method is PaymentMethod.CARD:
            self.gateway.open_page(order, 50 + len(self.gateway.pages), title="T")

    def cancel_for_buyer(self, turn: Turn) -> None:
        order = self.an_order(turn)
        request = BuyerCancelRequest(tickets=[1] if turn.how < 2 else None)
        self.act(
            "cancelled by buyer",
            lambda: cancel_by_buyer(*self.sides, self.catalog, order, request, now=self.now),
            turn.fault,
        )

    # --- Stripe -------------------------------------------------------------------------------------------

    def refund_in_dashboard(self, turn: Turn) -> None:
        payments = self.undisputed()
        if payments:
            payment = _pick(payments, turn.at).reference
            left = self.gateway.held_of(payment)
            self.gateway.refund_in_dashboard(payment, left if turn.how % 2 else max(1, left // 3))
            self.told["refunded in dashboard"] += 1

    def end_refund(self, turn: Turn) -> None:
        failed = (CardStatus.FAILED, CardStatus.CANCELED)
        refunds = [one for one in self.gateway.refunds_made.values() if one.status not in failed]
        if refunds:
            status = CardStatus.FAILED if turn.how % 2 else CardStatus.SUCCEEDED
            self.gateway.end_refund(_pick(refunds, turn.at).id, status)
            self.told[f"refund {status}"] += 1

    def refunds_take_time(self, turn: Turn) -> None:
        self.gateway.refund_status = CardStatus.PENDING if turn.how % 2 else CardStatus.SUCCEEDED

    def dispute(self, turn: Turn) -> None:
        opened = [one for one in self.gateway.disputes_opened.values() if one.open]
        if turn.how and opened:
            won = bool(turn.how % 2)
            self.gateway.end_dispute(_pick(opened, turn.at).id, won=won)
            self.told["dispute won" if won else "dispute lost"] += 1
        elif payments := self.undisputed():
            self.gateway.dispute(_pick(payments, turn.at).reference)
            self.told["disputed"] += 1

    def end_page(self, turn: Turn) -> None:
        pages = [page for page in self.gateway.pages.values() if page.status is PageStatus.OPEN]
        if pages:
            self.gateway.expire_page(_pick(pages, turn.at).session_id)

    def deliver(self, turn: Turn) -> None:
        """Deliver any news, and some of it once more later."""
        self.hear()
        if self.pending:
            self.take(_pick(self.pending, turn.at), again=not turn.how, fault=turn.fault)

    def deliver_in_order(self, turn: Turn) -> None:
        self.hear()
        for hint in self.pending[: 1 + turn.at]:
            self.take(hint)

    def hear_two_at_once(self, turn: Turn) -> None:
        self.deliver(turn._replace(at=0, how=1, fault="meets deliver_in_order"))

    def lose_news(self, turn: Turn) -> None:
        self.hear()
        if self.pending:
            self.pending.remove(_pick(self.pending, turn.at))
            self.dropped = True

    # --- what goes by itself ------------------------------------------------------------------------------

    def time_passes(self, turn: Turn) -> None:
        self.at_work.goes_on(timedelta(hours=_pick([0.2, 1, 5, 26, 75, 24 * 18], turn.how)))
        self.sweep(turn)

    def sweep(self, turn: Turn) -> None:
        for order in self.at_work.orders():
            if order.due is not None and order.due <= self.now:
                self.act("tended", partial(self.at_work.tend, order), turn.fault)

    def generate(self, turn: Turn) -> None:
        for order in self.at_work.orders():
            if order.status is OrderStatus.SETTLED:
                self.act("issued", partial(self.at_work.issue, order), turn.fault)

    # --- the organizer ------------------------------------------------------------------------------------

    def decide(self, turn: Turn) -> None:
        waiting = [o for o in self.at_work.orders() if o.status is OrderStatus.AWAITING_APPROVAL]
        order = _pick(waiting, turn.at) if waiting and not turn.old else self.an_order(turn)
        signed: Any = {"actor": OLAV, "now": self.now}
        if turn.how:
            request, random = DecisionRequest(), self.at_work.random
            approves = partial(approve, self.table, self.catalog, order, request, random=random, **signed)
            self.act("approved", approves, turn.fault)
        else:
            self.act("declined", partial(decline, self.table, order, note="", **signed), turn.fault)

    def settle(self, turn: Turn) -> None:
        order = self.an_order(turn)
        amounts = {"full": None, "part": 300, "over": order.total + 700}
        how = _pick(["full", "full", "full", "part", "over"], turn.how)
        amount = amounts[how]
        request = SettleRequest(amount=None if amount is None else Money(amount=amount, currency="EUR"))
        self.act(
            f"settled {how}",
            lambda: settle_by_organizer(
                self.table,
                self.catalog,
                order,
                request,
                key=f"{how}{turn.at % 2}",
                actor=OLAV,
                now=self.now,
                random=self.at_work.random,
            ),
            turn.fault,
        )

    def release(self, turn: Turn) -> None:
        order = self.an_order(turn)
        self.act("released", lambda: release_invoice(self.table, order, actor=OLAV, now=self.now), turn.fault)

    def cancel_for_organizer(self, turn: Turn) -> None:
        order = self.an_order(turn)
        numbers = _pick([None, [1], [2]], turn.how)
        request = CancelRequest(tickets=numbers, refund=turn.at % 4 != 0)
        self.act(
            "cancelled in part" if numbers else "cancelled",
            lambda: cancel_by_organizer(*self.sides, self.catalog, order, request, actor=OLAV, now=self.now),
            turn.fault,
        )

    def refund(self, turn: Turn) -> None:
        order = self.an_order(turn)
        how = _pick(["all", "amount", "tickets"], turn.how)
        request = RefundRequest(
            amount=Money(amount=400, currency="EUR") if how == "amount" else None,
            tickets=[1] if how == "tickets" else None,
        )
        key = f"{how}{turn.at % 2}"
        self.act(
            f"refunded {how}",
            lambda: refund_by_organizer(*self.sides, order, request, key=key, actor=OLAV, now=self.now),
            turn.fault,
        )

    def refund_unheard(self, turn: Turn) -> None:
        """Stripe sends a part back, and its answer gets lost."""
        self.refund(turn._replace(how=1, fault="away after"))

    def confirm(self, turn: Turn) -> None:
        order = self.an_order(turn)
        by_hand = [one.sequence for one in order.refunds if one.open and one.account is not Account.STRIPE]
        if by_hand:
            number = _pick(by_hand, turn.how)
            self.act(
                "confirmed",
                lambda: confirm_refund(self.table, order, number, note="sent", actor=OLAV, now=self.now),
                turn.fault,
            )

    # --- the end ------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if self.world is None or self.spoilt:
            return
        self.hear()
        news = self.world.reconcile() if self.looks or self.dropped else list(self.pending)
        self.world.random.shuffle(news)
        self.world.rest(news)
        if self.long:
            self.world.goes_on(timedelta(days=50))
            self.world.rest([])
        self.world.check()
        for order in self.world.orders():
            self.told[f"{order.status} {order.payment_status}"] += 1
            self.told.update(f"attention {reason}" for reason in order.attention)
            self.told.update(one.what.split(":")[0] for one in order.timeline)

    # --- how they act -------------------------------------------------------------------------------------

    @property
    def at_work(self) -> World:
        assert self.world is not None
        return self.world

    @property
    def catalog(self) -> Any:
        return self.at_work.catalog

    @property
    def now(self) -> Any:
        return self.at_work.now

    @property
    def sides(self) -> tuple[Stage, FakeGateway]:
        return self.table, self.gateway

    def hear(self) -> None:
        self.pending += self.gateway.news[self.heard :]
        self.heard = len(self.gateway.news)

    def an_order(self, turn: Turn) -> Order:
        """Return an order as it is, or as somebody read it some steps ago."""
        images = _pick(list(self.table.images.values()), turn.at)
        return Order.of(images[-1 - min(turn.how, len(images) - 1) if turn.old else -1])

    def pages(self, order: Order) -> list[PaymentPage]:
        return [page for page in self.gateway.pages.values() if page.order_id == order.id]

    def undisputed(self) -> list[CardPayment]:
        """Return the payments of which something is left and nothing is disputed."""
        disputed = {one.payment for one in self.gateway.disputes_opened.values() if not one.won}
        payments = self.gateway.payments_made.values()
        return [
            one
            for one in payments
            if self.gateway.held_of(one.reference) > 0 and one.reference not in disputed
        ]

    def take(self, hint: Hint, *, again: bool = False, fault: str = "") -> None:
        taken = self.act("news", lambda: self.at_work.deliver(hint), fault)
        if taken and not again and hint in self.pending:
            self.pending.remove(hint)

    def place(self, tier: str, guest: int, quantity: int, method: str, fault: str) -> None:
        request = a_request(
            self.catalog,
            self.at_work.tier(tier).id,
            quantity,
            "free" if tier == "free" else method,
            buyer=a_buyer(email=_pick(GUESTS, guest)),
        )
        key = a_name("key")
        self.asked.append((request, key))
        self.act("placed", lambda: self.placed(request, key), fault)

    def placed(self, request: PlaceRequest, key: str) -> None:
        order = place_by_buyer(
            self.table, self.catalog, request, key, Customer(), now=self.now, random=self.at_work.random
        )
        if order.payment_method is PaymentMethod.CARD and order.status is OrderStatus.AWAITING_PAYMENT:
            open_checkout(self.table, self.gateway, order, "T", self.now)

    def act(self, what: str, do: Callable[[], object], fault: str = "") -> bool:
        """Do something under a fault; say whether it was done and answered."""
        self.begin_fault(fault)
        try:
            do()
        except AdmitError as refused:
            self.told[f"{what}: {refused.code}"] += 1
            return False
        except Died:
            self.told["died"] += 1
            return False
        except BaseException:
            self.spoilt = True
            raise
        finally:
            self.table.calm()
            self.gateway.errors.clear()
            self.gateway.errors_after.clear()
        self.told[what] += 1
        return True

    def begin_fault(self, fault: str) -> None:
        gateway = self.gateway
        match fault.split():
            case ["dies", "after", count]:
                self.table.dies_after = int(count)
            case ["contends", "at", count]:
                self.table.contends_at = int(count)
            case ["away"]:
                gateway.errors |= {call: [PaymentUnavailable()] for call in CALLS}
            case ["away", "after"]:
                gateway.errors_after |= {call: [PaymentUnavailable()] for call in CALLS}
            case ["broken"]:
                gateway.errors |= {call: [PaymentBroken()] for call in KEYED}
            case ["broken", "after"]:
                gateway.errors_after |= {call: [PaymentBroken()] for call in KEYED}
            case ["meets", step]:
                self.table.meanwhile = lambda: getattr(self, step)(Turn(at=1, how=1, fault="", old=False))
            case ["dies", "at", "Stripe"]:
                gateway.errors_after |= {call: [Died()] for call in CALLS}


def _pick[T](things: Sequence[T], at: int) -> T:
    return things[at % len(things)]


def run_histories(
    table: Stage,
    histories: int,
    gateway: Callable[[], FakeGateway] = FakeGateway,
    preludes: Sequence[str] = tuple(PRELUDES),
    **overrides: Any,
) -> Counter[str]:
    """Run so many histories and return what became of their steps."""
    told: Counter[str] = Counter()

    class Told(MoneyHistory):
        def __init__(self) -> None:
            super().__init__(table, told, gateway)
            self.preludes = preludes

    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=histories,
            stateful_step_count=14,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **overrides,
        ),
    )
    return told


@pytest.fixture(autouse=True)
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the pictures is tested elsewhere; drawing them takes most of the time."""
    monkeypatch.setattr(issuing, "draw_qr", lambda credential: b"qr")
    monkeypatch.setattr(issuing, "draw_badge", lambda face, report: b"badge")


STEPS = [
    "placed",
    "placed: sold_out",
    "paid card",
    "paid wrong",
    "paid later",
    "paid a second time",
    "paid after the end",
    "paid by invoice",
    "taken up again",
    "late money goes back",
    "the organizer is asked",
    "expired",
    "cancelled tickets 1",
    "cancelled refunded",
    "refunded amount",
    "refunded in dashboard",
    "refund 1 refused",
    "refund failed",
    "the payment is disputed",
    "the dispute is won",
    "fulfilled disputed",
    "invoice overdue",
    "tickets made",
    "died",
]


def test_in_any_history_the_books_say_what_stripe_has(endpoint: str, table_name: str) -> None:
    told = run_histories(Stage(client(endpoint), table_name), 500)

    assert [step for step in STEPS if not told[step]] == []


def test_steps_that_race_without_the_condition_on_the_revision_are_found(
    endpoint: str, table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Order.over

    def unguarded(order: Order, read: Order) -> Update:
        write = right(order, read)
        values = {name: value for name, value in write.values.items() if name != "read"}
        return replace(write, condition=None, values=values)

    monkeypatch.setattr(Order, "over", unguarded)

    with pytest.raises(AssertionError):
        run_histories(Stage(client(endpoint), table_name), 30, preludes=["raced"], phases=[Phase.generate])


class Forgetful(FakeGateway):
    """A provider that does not know a refund again by its key."""

    def refund(self, payment: str, amount: int, *, order_id: str, sequence: int) -> CardRefund:
        self._first.clear()
        return super().refund(payment, amount, order_id=order_id, sequence=sequence)


def test_refunds_without_their_key_are_found(endpoint: str, table_name: str) -> None:
    with pytest.raises(AssertionError):
        run_histories(
            Stage(client(endpoint), table_name), 30, Forgetful, ["answer lost"], phases=[Phase.generate]
        )
