"""What can be done with an order: a preview says exactly what the act does or refuses, and writes nothing."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from admit.acts import rehearsal
from admit.acts.actions import ACTIONS, ORDERS, ActionName, Rehearsed, Stage, perform, read_body, rehearse
from admit.acts.preview import ActionPreview, Effect, EffectKind, preview
from admit.aws.table import DynamoTable
from admit.errors import AdmitError, Fault
from admit.mail.facts import mails_for_order
from admit.mail.mails import AboutTicket, MailKind
from admit.model import Shape
from admit.orders.billing import missing_document
from admit.orders.change import change
from admit.orders.explain import explain
from admit.orders.ledger import Cause, DocumentRef, RefundStatus
from admit.orders.order import Attention, Order, OrderStatus, load_order
from admit.payments.gateway import RefundStatus as CardStatus
from admit.people.account import Member, Role
from admit.stock.stock import left_in
from admit.store import Delete, Item, Put, Update
from admit.tickets import issue as issuing
from admit.tickets.ticket import Ticket, TicketStatus, tickets_of
from tests.builders import a_name
from tests.engine import money_world
from tests.engine.access_world import Journal
from tests.engine.api import FOUNDER, Answer
from tests.engine.dynamodb_local import client, counted, create_table
from tests.engine.seats import seated_till
from tests.engine.test_money_histories import OLAV, MoneyHistory
from tests.engine.till import Json, Opened, Till, tills
from tests.fake_gateway import FakeGateway

DOCUMENTS = (EffectKind.INVOICE, EffectKind.CREDIT_NOTE)
READS = {"GetItem", "Query", "BatchGetItem"}


def euro(amount: int) -> dict[str, Any]:
    return {"amount": {"amount": amount, "currency": "EUR"}}


BODIES: Mapping[ActionName, Sequence[dict[str, Any]]] = {
    ActionName.APPROVE: [{}, {"note": "welcome"}],
    ActionName.DECLINE: [{}, {"note": "full"}],
    ActionName.SETTLE: [{}, euro(300), euro(5_000), euro(0), {"note": "cash"}],
    ActionName.RELEASE: [{}],
    ActionName.RESEND: [{}, {"kind": "tickets"}, {"kind": "order"}],
    ActionName.CANCEL: [
        {},
        {"refund": True},
        {"tickets": [1]},
        {"tickets": [2], "refund": True, "note": "ill"},
        {"tickets": [9]},
    ],
    ActionName.REFUND: [{}, euro(400), {"tickets": [1]}, euro(999_999), {"note": "sorry"}],
    ActionName.CONFIRM_REFUND: [{"sequence": 1}, {"sequence": 2, "note": "sent"}],
    ActionName.NOTE: [{"text": "has called"}],
    ActionName.DISMISS: [{"reason": reason, "note": "seen"} for reason in Attention],
}


class Done(NamedTuple):
    """What an act has really done."""

    order: Order
    tickets: list[Ticket]
    left: Mapping[str, int]


class PreviewedHistory(MoneyHistory):
    """Histories of money in which the organizer looks before he acts, and compares."""

    def begin_fault(self, fault: str) -> None:
        """Nothing fails here: what the world does meanwhile no preview can know."""

    @rule(
        name=st.sampled_from(ActionName),
        turn=st.tuples(st.integers(0, 7), st.integers(0, 12), st.integers(0, 1)),
        eager=st.sampled_from([True, True, False]),
    )
    def look_and_act(self, *, name: ActionName, turn: tuple[int, int, int], eager: bool) -> None:
        """Do something with an order; eagerly with one that lets it be done, if there is one."""
        self.catch_up()
        at, how, key = turn
        asked = [
            (order, read_body(name, body))
            for order in self.at_work.orders()
            if self.is_quiet(order)
            for body in BODIES[name]
        ]
        stage = Stage(
            self.table,
            self.gateway,
            self.catalog,
            actor=OLAV,
            key=f"{name}{key}",
            now=self.now,
            random=self.at_work.random,
        )
        if eager:
            asked = [one for one in asked if _lets(name, stage, *one)] or asked
        if not asked:
            return
        order, body = asked[(at * 13 + how) % len(asked)]
        before = self.state(order)
        with counted(self.table.client) as requests:
            calls = len(self.gateway.calls)
            told = _outcome(lambda: preview(name, stage, order, body, "en"))
        assert set(requests) <= READS, f"a preview of {name} asked for {set(requests) - READS}"
        assert len(self.gateway.calls) == calls, "a preview asked the payment provider"
        since = len(self.table.records)
        came = _outcome(lambda: perform(name, stage, order, body))
        if isinstance(told, ActionPreview) and isinstance(came, Order):
            assert came == load_order(self.table, order.id)
            self.compare(told, before, came, since)
            self.told[f"{name} done"] += 1
        else:
            assert told == came, f"{name} of an order that is {order.status}"
            self.told[f"{name} refused"] += 1

    def catch_up(self) -> None:
        """Let everything that Stripe has told be heard, and what is due be done."""
        self.gateway.refund_status = CardStatus.SUCCEEDED
        for _ in range(3):
            self.hear()
            for hint in list(self.pending):
                self.take(hint)
            for order in self.at_work.orders():
                if order.due is not None and order.due <= self.now:
                    self.act("tended", partial(self.at_work.tend, order))
                change(self.table, order, partial(_billed, now=self.now))

    def is_quiet(self, order: Order) -> bool:
        """Whether nothing of it is between us and Stripe."""
        under_way = any(one.status is RefundStatus.REQUESTED for one in order.refunds)
        return not under_way and not self.pending

    def state(self, order: Order) -> Done:
        return Done(order, tickets_of(self.table, order.id), left_in(self.table, self.catalog.all_limits()))

    def compare(self, told: ActionPreview, before: Done, after: Order, since: int) -> None:
        """Say that a preview has told what has become of an order."""
        assert (told.before.status, told.before.explanation) == (before.order.status, explain(before.order))
        assert told.after.status is after.status
        assert told.after.payment_status is after.payment_status
        assert told.after.explanation == explain(after)
        mailed: list[MailKind] = [
            MailKind(mail.kind)
            for was, became in self.table.records[since:]
            for mail in mails_for_order(Order.of(was) if was else None, Order.of(became))
            if not isinstance(mail, AboutTicket)  # Nobody holds a ticket here.
        ]
        self.compare_money(told.effects, before.order, after)
        self.compare_tickets(told.effects, before, after)
        self.at_work.issue(after)
        issued = tickets_of(self.table, after.id) if before.order.status is not OrderStatus.SETTLED else []
        made = [one.number for one in issued if one.number not in {old.number for old in before.tickets}]
        assert _numbers(told.effects, EffectKind.TICKETS_ISSUED) == made
        fulfilled = load_order(self.table, after.id)
        if made:
            mailed += [MailKind(mail.kind) for mail in mails_for_order(after, fulfilled)]
        documents = _billed(fulfilled, self.now).documents[len(before.order.documents) :]
        issues = [EffectKind(one.kind.value) for one in documents]
        assert [one.kind for one in told.effects if one.kind in DOCUMENTS] == issues
        for document, kind in zip(documents, issues, strict=True):
            assert _amounts(told.effects, kind) == [document.amount]
            mailed.append(MailKind.DOCUMENT_ISSUED)
        assert {one.mail for one in told.effects if one.kind is EffectKind.MAIL} == set(mailed)
        self.told.update(effect.kind.value for effect in told.effects)

    def compare_money(self, effects: Sequence[Effect], before: Order, after: Order) -> None:
        known = {one.sequence: one for one in before.refunds}
        back = [one.amount for one in after.refunds if one.sequence not in known]
        back += [
            one.amount
            for one in after.refunds
            if one.sequence in known and known[one.sequence].status is not one.status
        ]
        assert sorted(_amounts(effects, EffectKind.MONEY_REFUNDED)) == sorted(back)
        came = [
            one.amount
            for one in after.movements[len(before.movements) :]
            if one.cause in (Cause.PAYMENT, Cause.ALLOCATION)
        ]
        assert _amounts(effects, EffectKind.MONEY_BOOKED) == came
        cleared = {one.reason for one in effects if one.kind is EffectKind.ATTENTION_CLEARED}
        added = {one.reason for one in effects if one.kind is EffectKind.ATTENTION_ADDED}
        assert cleared == set(before.attention) - set(after.attention)
        assert added == set(after.attention) - set(before.attention)

    def compare_tickets(self, effects: Sequence[Effect], before: Done, after: Order) -> None:
        present = {one.number: one.status for one in tickets_of(self.table, after.id)}
        cancelled = [
            one.number
            for one in before.tickets
            if one.status is not TicketStatus.CANCELLED and present[one.number] is TicketStatus.CANCELLED
        ]
        assert _numbers(effects, EffectKind.TICKETS_CANCELLED) == cancelled
        tier = self.catalog.tiers[after.lines[0].tier_id].stock.id
        left = left_in(self.table, self.catalog.all_limits())
        returned = len(_numbers(effects, EffectKind.STOCK_RETURNED))
        assert returned == max(0, left[tier] - before.left[tier])
        page = after.checkout and self.gateway.pages[after.checkout.session_id]
        closed = any(one.kind is EffectKind.PAYMENT_PAGE_CLOSED for one in effects)
        assert not closed or (page and page.url is None)


def _lets(name: ActionName, stage: Stage, order: Order, body: Shape) -> bool:
    """Say whether something can be done with an order."""
    came = _outcome(lambda: rehearse(name, stage, order, body))
    return isinstance(came, Rehearsed) and came.order != order


def _billed(order: Order, now: datetime) -> Order:
    """Return an order with all documents that it is due."""
    while (missing := missing_document(order)) is not None:
        issued = DocumentRef(kind=missing.kind, number=a_name("A"), amount=missing.amount, issued_at=now)
        order = order.model_copy(update={"documents": [*order.documents, issued]})
    return order


def _outcome[T](do: Callable[[], T]) -> T | tuple[str, str, tuple[Fault, ...]]:
    """Return what is made, or the refusal."""
    try:
        return do()
    except AdmitError as refused:
        return refused.code, refused.detail, refused.faults


def _amounts(effects: Sequence[Effect], kind: EffectKind) -> list[int]:
    return [one.amount.amount for one in effects if one.kind is kind and one.amount is not None]


def _numbers(effects: Sequence[Effect], kind: EffectKind) -> list[int]:
    return [number for one in effects if one.kind is kind for number in one.tickets or []]


def run_previews(table: money_world.Stage, histories: int, **overrides: Any) -> Counter[str]:
    """Run so many histories and return what became of their acts."""
    told: Counter[str] = Counter()

    class Told(PreviewedHistory):
        def __init__(self) -> None:
            super().__init__(table, told, FakeGateway)

    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=histories,
            stateful_step_count=16,
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
    """What is on the pictures is tested elsewhere."""
    monkeypatch.setattr(issuing, "draw_qr", lambda credential: b"qr")
    monkeypatch.setattr(issuing, "draw_badge", lambda face, report: b"badge")


def test_in_any_history_an_act_does_what_its_preview_has_told(endpoint: str, table_name: str) -> None:
    told = run_previews(money_world.Stage(client(endpoint), table_name), 60)

    # What few histories come to is previewed over HTTP below.
    rare = {ActionName.RELEASE, ActionName.CONFIRM_REFUND}
    assert [name for name in set(ActionName) - rare if not told[f"{name} done"]] == []
    assert [name for name in set(ActionName) - {ActionName.NOTE} if not told[f"{name} refused"]] == []
    unseen = {EffectKind.SEATS_FREED, EffectKind.INVOICE}
    assert [kind for kind in set(EffectKind) - unseen if not told[kind]] == []


# --- over HTTP ----------------------------------------------------------------------------------------------


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


def actions(till: Till, order: Json, as_: str = FOUNDER) -> dict[str, Json]:
    """Return what may be done with an order, by name."""
    answer = till.api.get(f"{till.path}/orders/{order['id']}/actions", as_=as_)
    assert answer.status == 200, answer.text
    return {one["name"]: one for one in answer.body["items"]}


def previewed(till: Till, order: Json, name: str, body: Any = None, **request: Any) -> Answer:
    path = f"{till.path}/orders/{order['id']}/actions/{name}/preview"
    return till.api.post(path, body or {}, **({"as_": FOUNDER} | request))


def member(till: Till, role: Role) -> str:
    """Return the address of a member who has a role."""
    email = f"{role}@admit.example"
    till.table.write(Member(organizer_id=till.account, email=email, role=role).put())
    return email


def test_what_can_be_done_with_an_order_is_said_with_its_route(opened: Opened) -> None:
    till = opened({"approval_required": True})
    order = till.buy()

    found = actions(till, order)

    allowed = {"approve", "decline", "resend", "cancel", "note", "dismiss"}
    assert {name for name, one in found.items() if one["allowed"]} == allowed
    assert found.keys() == set(ActionName)
    path = f"{till.path}/orders/{order['id']}"
    assert found["dismiss"]["route"] == {
        "method": "POST",
        "path": f"{path}/attention/approval_waiting/dismiss",
    }
    assert found["settle"]["reason"]["code"] == "wrong_state"
    assert [one["name"] for one in found["approve"]["needs"]] == ["note", "other_seats"]


def test_every_action_that_is_offered_has_a_route_that_takes_what_it_needs() -> None:
    contract = json.loads(Path("web/openapi.json").read_text())
    known = {(method.upper(), path) for path, item in contract["paths"].items() for method in item}

    for name, action in ACTIONS.items():
        assert ("POST", ORDERS + action.path) in known, name
        assert {need.name for need in action.needs} <= action.body.model_fields.keys(), name


def test_what_would_change_nothing_is_not_offered(opened: Opened) -> None:
    till = opened()
    order = till.sold()
    till.did(order, "cancel")

    found = actions(till, order)

    assert found["cancel"]["reason"]["code"] == "no_effect"
    assert previewed(till, order, "cancel").body["effects"] == []


def test_some_tickets_can_be_cancelled_when_others_are_used(opened: Opened) -> None:
    till = opened()
    order = till.sold(2)
    till.scan(till.door(), order)

    assert actions(till, order)["cancel"]["allowed"]
    assert previewed(till, order, "cancel").code == "already_checked_in"
    effects = previewed(till, order, "cancel", {"tickets": [2]}).body["effects"]
    assert (effects[0]["kind"], effects[0]["tickets"]) == ("tickets_cancelled", [2])


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.FINANCE])
def test_a_role_is_offered_what_its_routes_let_it_do(opened: Opened, role: Role) -> None:
    till = opened({"approval_required": True}, invoice_policy="on_release")
    order = till.buy(method="invoice")
    email = member(till, role)

    for name, one in actions(till, order, email).items():
        forbidden = one["reason"] is not None and one["reason"]["code"] == "forbidden"
        told = previewed(till, order, name, as_=email)
        route = till.api.post(one["route"]["path"].replace(order["id"], "nobody"), {}, as_=email)
        assert forbidden is (told.status == 403) is (route.status == 403), name


def test_who_handles_no_money_is_told_nothing_of_an_order(opened: Opened) -> None:
    till = opened()
    order = till.buy()
    email = member(till, Role.DOOR)

    assert till.api.get(f"{till.path}/orders/{order['id']}/actions", as_=email).status == 403
    assert previewed(till, order, "note", {"text": "x"}, as_=email).status == 403


def test_an_order_of_another_event_has_no_actions(opened: Opened) -> None:
    till, order = opened(), opened().buy()

    assert till.api.get(f"{till.path}/orders/{order['id']}/actions", as_=FOUNDER).status == 404
    assert previewed(till, order, "note", {"text": "x"}).status == 404


def test_a_preview_tells_of_seats_mails_and_documents_as_they_then_come(opened: Opened) -> None:
    till = seated_till(opened(invoice_policy="on_payment"))
    order = till.sold(2, "invoice")
    holder = {"email": "hanna@home.example", "name": "Hanna"}
    path = f"{till.path}/orders/{order['id']}/tickets/1/holder"
    assert till.api.put(path, holder, as_=FOUNDER).status == 200
    till.project()
    mailed, documents = len(till.api.mails), len(till.order(order).documents)

    told = previewed(till, order, "cancel", {"refund": True, "note": "ill"}).body
    till.did(order, "cancel", {"refund": True, "note": "ill"})
    till.project()

    kinds = [one["kind"] for one in told["effects"]]
    assert Counter(kinds) == Counter(
        ["money_refunded", "tickets_cancelled", "seats_freed", "stock_returned"]
        + ["mail", "mail", "attention_added"]
    )
    by_kind = {one["kind"]: one for one in told["effects"]}
    assert by_kind["money_refunded"]["amount"] == euro(4_000)["amount"]
    assert by_kind["seats_freed"]["tickets"] == [1, 2]
    assert by_kind["attention_added"]["reason"] == "refund_by_hand"
    mails = {one["mail"] for one in told["effects"] if one["kind"] == "mail"}
    assert mails == {mail.kind for mail in till.api.mails[mailed:]}
    assert len(till.order(order).documents) == documents
    assert (told["after"]["status"], told["after"]["payment_status"]) == ("cancelled", "paid")

    sent = previewed(till, order, "confirm_refund", {"sequence": 1}).body
    till.did(order, "refunds/1/confirm")
    till.project()

    credit = [one["amount"]["amount"] for one in sent["effects"] if one["kind"] == "credit_note"]
    assert credit == [one.amount for one in till.order(order).documents[documents:]]
    assert {"reason": "refund_by_hand", "kind": "attention_cleared"}.items() <= {
        key: value
        for one in sent["effects"]
        if one["kind"] == "attention_cleared"
        for key, value in one.items()
    }.items()


def test_a_preview_of_a_release_tells_of_tickets_and_their_mail(opened: Opened) -> None:
    till = opened(invoice_policy="on_release")
    order = till.buy(2, "invoice")

    told = previewed(till, order, "release").body
    till.did(order, "release")
    till.issue(order)

    kinds = [one["kind"] for one in told["effects"]]
    assert kinds == ["tickets_issued", "mail", "attention_cleared"]
    assert told["effects"][0]["tickets"] == [one.number for one in till.tickets(order)]
    assert told["effects"][1]["mail"] == "tickets_ready"
    assert (told["before"]["status"], told["after"]["status"]) == ("awaiting_payment", "settled")


def test_a_preview_of_an_approval_tells_of_the_invoice(opened: Opened) -> None:
    till = opened({"approval_required": True})
    order = till.buy(2, "invoice")

    told = previewed(till, order, "approve").body
    till.did(order, "approve")
    till.project()

    [invoice] = [one for one in told["effects"] if one["kind"] == "invoice"]
    assert [one.amount for one in till.order(order).documents] == [invoice["amount"]["amount"]]


def test_a_preview_is_told_in_the_readers_language(opened: Opened) -> None:
    till = opened()
    order = till.sold()

    told = previewed(till, order, "cancel", headers={"Accept-Language": "de"}).body

    assert told["after"]["explanation"]["why"] == "Die Bestellung wurde storniert."
    assert "Ein Ticket wird storniert." in [one["text"] for one in told["effects"]]


def test_a_body_that_the_act_does_not_take_is_refused_in_its_preview(opened: Opened) -> None:
    till = opened()
    order = till.buy()

    bodies: list[Json] = [{"colour": "red"}, {"tickets": []}]
    for body in bodies:
        assert (
            previewed(till, order, "cancel", body).body["errors"]
            == till.act(order, "cancel", body).body["errors"]
        )


def test_a_preview_leaves_the_table_as_it_was(dynamodb: Any) -> None:
    name = a_name("admit")
    create_table(dynamodb, name)
    table = Journal(dynamodb, name)
    with tills(table) as opened:
        till = opened()
        order = till.sold(2)
        before = table.image()
        for action, bodies in BODIES.items():
            for body in bodies:
                previewed(till, order, action, body)

        assert table.image() == before


def test_a_rehearsal_that_writes_is_found(
    endpoint: str, table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = rehearsal.Rehearsal._keep

    def leaking(self: rehearsal.Rehearsal, write: Put | Update | Delete, before: Item | None) -> Item | None:
        self._table.write(write)
        return right(self, write, before)

    monkeypatch.setattr(rehearsal.Rehearsal, "_keep", leaking)

    with pytest.raises(AssertionError, match="asked for"):
        run_previews(money_world.Stage(client(endpoint), table_name), 30, phases=[Phase.generate])
