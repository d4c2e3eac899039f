"""Attention: why an organizer should look at an order, what ends that, and what he sets aside or notes."""

from collections.abc import Iterator

import pytest

from admit.aws.table import DynamoTable
from admit.orders.note import MOST_PRIVATE
from admit.orders.order import FAILURE_SHOWN, OrderStatus
from tests.engine.api import FOUNDER, Answer
from tests.engine.till import Json, Opened, Till, tills

VETTED = {"approval_required": True}


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


def attention(till: Till, order: Json) -> list[str]:
    return list(till.view(order)["attention"])


def dismiss(till: Till, order: Json, reason: str, note: str = "seen") -> Answer:
    return till.act(order, f"attention/{reason}/dismiss", {"note": note})


# --- an order that waits to be approved -------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_an_order_that_waits_for_approval_is_looked_at_until_it_is_decided(opened: Opened, verb: str) -> None:
    till = opened(VETTED)
    order = till.buy()
    assert attention(till, order) == ["approval_waiting"]
    assert till.view(order)["explanation"]["who"] == "organizer"

    till.did(order, verb)

    assert attention(till, order) == []


# --- a payment that has failed ----------------------------------------------------------------------------


def test_a_refused_card_is_heard_of_when_the_buyer_comes_back(opened: Opened) -> None:
    till = opened()
    order = till.buy()
    till.gateway.decline(till.page(order))

    seen = till.ask(order, "confirm").body

    assert attention(till, order) == ["payment_failed"]
    assert seen["status"] == "awaiting_payment"
    assert seen["explanation"]["who"] == "buyer"
    assert [one["what"] for one in seen["timeline"]].count("payment failed") == 1


def test_news_of_the_same_refused_card_is_told_once(opened: Opened) -> None:
    till = opened()
    order = till.buy()
    till.gateway.decline(till.page(order))

    for _ in range(3):
        till.ask(order, "confirm")

    assert [one.what for one in till.order(order).timeline].count("payment failed") == 1


def test_who_pays_with_another_card_is_not_looked_at_any_more(opened: Opened) -> None:
    till = opened()
    order = till.buy()
    till.gateway.decline(till.page(order))
    till.ask(order, "confirm")

    till.pay(order)

    assert attention(till, order) == []
    assert till.order(order).status is OrderStatus.SETTLED


def test_a_page_that_ends_while_the_order_is_held_has_failed_and_a_new_one_is_another_try(
    opened: Opened,
) -> None:
    till = opened(hold_minutes=120)
    order = till.buy()
    till.goes_on(minutes=40)
    till.gateway.lapse(till.page(order))
    till.deliver()
    assert attention(till, order) == ["payment_failed"]

    assert till.ask(order, "checkout").status == 200

    assert attention(till, order) == []


def test_a_page_that_we_have_closed_has_not_failed(opened: Opened) -> None:
    till = opened(hold_minutes=120)
    order = till.buy()
    till.gateway.expire_page(till.page(order))

    till.deliver()

    assert attention(till, order) == []
    assert till.ask(order, "checkout").status == 200


def test_an_order_that_expires_after_a_refused_card_is_looked_at_for_some_days(opened: Opened) -> None:
    till = opened()
    order = till.buy()
    till.gateway.decline(till.page(order))
    till.goes_on(minutes=11)
    till.sweep()
    assert till.order(order).status is OrderStatus.EXPIRED
    assert attention(till, order) == ["payment_failed"]

    till.goes_on(days=FAILURE_SHOWN.days, minutes=1)
    till.sweep()

    assert attention(till, order) == []
    assert till.order(order).due is None


def test_who_lets_his_hold_end_without_a_try_is_not_looked_at(opened: Opened) -> None:
    till = opened()
    order = till.buy()
    till.goes_on(minutes=11)

    till.sweep()
    till.deliver()

    assert till.order(order).status is OrderStatus.EXPIRED
    assert attention(till, order) == []


# --- an invoice that waits for the organizer's word ---------------------------------------------------------


@pytest.mark.parametrize("verb", ["release", "settle", "cancel"])
def test_an_invoice_that_waits_for_its_release_is_looked_at_until_it_is_decided(
    opened: Opened, verb: str
) -> None:
    till = opened(invoice_policy="on_release")
    order = till.buy(method="invoice")
    assert attention(till, order) == ["manual_settlement"]
    assert till.view(order)["explanation"]["who"] == "organizer"

    till.did(order, verb)

    assert attention(till, order) == []


def test_an_invoice_that_waits_for_its_money_alone_is_not_looked_at(opened: Opened) -> None:
    till = opened(invoice_policy="on_payment")

    assert attention(till, till.buy(method="invoice")) == []


# --- what is set aside --------------------------------------------------------------------------------------


def test_a_reason_that_is_set_aside_stays_in_the_timeline_of_the_organizer(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()

    answer = dismiss(till, order, "approval_waiting", "waits for the board")

    assert answer.status == 200
    assert answer.body["attention"] == []
    assert answer.body["status"] == "awaiting_approval"
    last = answer.body["timeline"][-1]
    assert last["what"] == "set aside approval_waiting: waits for the board"
    assert (last["actor"], last["private"]) == (FOUNDER, True)
    [aside] = till.order(order).set_aside
    assert (aside.actor, aside.at, aside.about) == (FOUNDER, till.api.now, [order["id"]])


def test_setting_aside_again_changes_nothing_and_what_is_not_there_is_refused(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()
    dismiss(till, order, "approval_waiting")
    stored = till.order(order)

    assert dismiss(till, order, "approval_waiting", "again").status == 200
    refused = dismiss(till, order, "dispute")

    assert till.order(order) == stored
    assert (refused.status, refused.code) == (409, "wrong_state")


def test_a_second_dispute_asks_for_attention_again_and_one_that_ends_does_not(opened: Opened) -> None:
    till = opened()
    order = till.sold()
    till.gateway.dispute(till.payment(order))
    till.deliver()
    dismiss(till, order, "dispute")
    assert attention(till, order) == []
    assert till.view(order)["payment_status"] == "disputed"

    second = till.gateway.dispute(till.payment(order))
    till.deliver()

    assert attention(till, order) == ["dispute"]
    till.gateway.end_dispute(second.id, won=True)
    till.deliver()
    assert attention(till, order) == []


def test_mail_that_comes_back_after_it_was_mailed_again_asks_for_attention_again(opened: Opened) -> None:
    till = opened()
    order = till.sold()

    def bounced() -> None:
        stored = till.order(order)
        till.table.write(stored.model_copy(update={"mail_bounced": True}).over(stored))

    bounced()
    dismiss(till, order, "mail_bounced")
    assert attention(till, order) == []
    till.did(order, "resend")
    bounced()

    assert attention(till, order) == ["mail_bounced"]


def test_the_summary_counts_what_is_set_aside_no_more(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()
    till.project()

    def counted() -> dict[str, int]:
        summary = till.api.get(f"{till.path}/summary", as_=FOUNDER).body
        return {row["reason"]: row["orders"] for row in summary["attention"]}

    assert counted() == {"approval_waiting": 1}

    dismiss(till, order, "approval_waiting")
    till.project()

    assert counted() == {}
    assert till.drifts() == []


# --- notes --------------------------------------------------------------------------------------------------


def test_a_note_is_read_by_the_organizer_and_never_by_the_buyer(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()

    noted = till.act(order, "notes", {"text": "  Has called;\nspeaks to the board. "})
    dismiss(till, order, "approval_waiting", "a secret")

    assert noted.status == 201
    assert noted.body["timeline"][-1]["what"] == "note: Has called;\nspeaks to the board."
    assert len(till.view(order)["timeline"]) == 3
    seen = till.seen(order)
    assert [one["what"] for one in seen["timeline"]] == ["placed"]
    assert "board" not in str(seen)
    assert "secret" not in str(seen)


def test_nobody_is_mailed_of_a_note(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()
    till.project()
    told = len(till.api.mails)

    till.act(order, "notes", {"text": "Has called."})
    dismiss(till, order, "approval_waiting")
    till.project()

    assert len(till.api.mails) == told


def test_a_note_that_is_sent_again_is_left_once(opened: Opened) -> None:
    till = opened()
    order = till.buy()

    for _ in range(2):
        till.act(order, "notes", {"text": "Has called."}, key="once")
    till.act(order, "notes", {"text": "Has called."}, key="twice")

    till.act(order, "notes", {"text": "Has called."}, key="once")

    assert [one.what for one in till.order(order).timeline].count("note: Has called.") == 2


def test_an_order_takes_so_many_notes_and_goes_on_as_before(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()

    answers = [till.act(order, "notes", {"text": f"Call {at}."}) for at in range(MOST_PRIVATE + 1)]

    assert [one.status for one in answers] == [201] * MOST_PRIVATE + [409]
    assert dismiss(till, order, "approval_waiting").code == "conflict"
    assert till.did(order, "approve")["status"] == "awaiting_payment"


def test_a_note_says_something(opened: Opened) -> None:
    till = opened()
    order = till.buy()

    assert till.act(order, "notes", {"text": "   "}).code == "invalid_input"
