"""Mail on its way: told once, withheld where it comes back from, heard of, and sent again on purpose."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from admit import clock, keys
from admit.aws import settings
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.errors import Conflict
from admit.mail.delivery import Delivery, QuotaUsedUp, StillSending, TooFast, Unreachable, deliver
from admit.mail.facts import mails_for_order
from admit.mail.mails import AboutOrder, AboutTicket, LostLinks, Mail, MailKind, MailRequest
from admit.mail.send_again import SendAgainRequest, SentAgain, mails_again, send_again
from admit.orders.order import Attention, Order, load_order
from admit.people.edit_person import PersonSettings, add_person, person_view
from admit.people.mailbox import MailState, load_mailbox
from admit.people.person import Holder
from admit.store import Item
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from tests.builders import NOW, SIGNING_SECRET, FakeBucket, a_name, an_event, an_order, give, later
from tests.engine.api import FOUNDER, Api
from tests.engine.test_stream import FakeSecrets, function
from tests.ses_events import a_bounce, a_complaint, told

OLA = "ola@polar.example"


class Postman:
    """Takes mails, or fails in the way that it is told to."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.fails: Exception | None = None

    def send(self, mail: Mail) -> None:
        if self.fails is not None:
            raise self.fails
        self.sent.append(mail)


class MailQueue:
    def __init__(self) -> None:
        self.sent: list[tuple[MailRequest, int]] = []

    def send(self, requests: Sequence[MailRequest], *, delay_seconds: int = 0) -> None:
        self.sent += [(request, delay_seconds) for request in requests]


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table)


@pytest.fixture
def buyer() -> str:
    """An address that no other test has had trouble with."""
    return f"{a_name('kari')}@polar.example"


@pytest.fixture
def order(table: DynamoTable, catalog: Catalog, buyer: str) -> Order:
    return an_order(table, catalog, quantity=2, buyer={"email": buyer, "name": "Kari Nordmann"})


@pytest.fixture
def shop(table: DynamoTable, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the functions work with, on this table and with a postman and a queue in memory."""
    monkeypatch.setenv("TABLE_NAME", "of the fixture")
    settings.workshop.cache_clear()
    made: Any = settings.workshop()
    made.table, made.secrets, made.postman, made.mail_queue = table, FakeSecrets(), postman, MailQueue()
    yield made
    settings.workshop.cache_clear()


def invoke(name: str, *bodies: str, at: datetime, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Deliver messages to a function; return the places of those that come again."""
    monkeypatch.setattr(clock, "now", lambda: at)
    records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
    failed = function(name).handler({"Records": records}, None)["batchItemFailures"]
    return [int(one["itemIdentifier"]) for one in failed]


@pytest.fixture
def hears(shop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *bodies, at=NOW: invoke("deliveries", *bodies, at=at, monkeypatch=monkeypatch)


@pytest.fixture
def notifies(shop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda *asked, at=NOW: invoke(
        "notify", *(one.model_dump_json() for one in asked), at=at, monkeypatch=monkeypatch
    )


def ready(order: Order, again: int = 0) -> AboutOrder:
    return AboutOrder(kind=MailKind.TICKETS_READY, order_id=order.id, again=again)


def mail_to(email: str) -> Mail:
    return Mail(email, "Your tickets", "Here they are.", "<p>Here they are.</p>")


def mark(table: DynamoTable, request: MailRequest) -> Item:
    return table.get(request.mark.key) or {}


def attention(table: DynamoTable, order: Order) -> list[Attention]:
    return load_order(table, order.id).attention


def fulfilled(table: DynamoTable, catalog: Catalog, order: Order) -> Order:
    signer = Signer(SIGNING_SECRET, catalog.event.id)
    issue(table, FakeBucket(), signer, catalog.event, load_order(table, order.id), now=NOW)
    return load_order(table, order.id)


def state(table: DynamoTable, email: str) -> MailState | None:
    mailbox = load_mailbox(table, email)
    return mailbox.state if mailbox else None


# --- told once --------------------------------------------------------------------------------------------


def test_a_fact_is_told_once_and_its_mail_names_the_order(
    table: DynamoTable, order: Order, postman: Postman
) -> None:
    mail = mail_to(order.buyer.email)
    assert deliver(table, postman, ready(order), mail, NOW) is Delivery.SENT
    assert deliver(table, postman, ready(order), mail, later(60)) is Delivery.TOLD_BEFORE
    assert [one.order_id for one in postman.sent] == [order.id]


def test_two_senders_of_one_mail_do_not_both_send_it(
    table: DynamoTable, order: Order, postman: Postman
) -> None:
    class Slow(Postman):
        def send(self, mail: Mail) -> None:
            with pytest.raises(StillSending):
                deliver(table, postman, ready(order), mail, NOW)
            super().send(mail)

    slow = Slow()
    assert deliver(table, slow, ready(order), mail_to(order.buyer.email), NOW) is Delivery.SENT
    assert (len(slow.sent), postman.sent) == (1, [])


def test_a_sender_that_died_is_followed_by_another_when_its_claim_is_over(
    table: DynamoTable, order: Order, postman: Postman
) -> None:
    postman.fails, mail = KeyError("dead"), mail_to(order.buyer.email)
    with pytest.raises(KeyError):
        deliver(table, postman, ready(order), mail, NOW)
    postman.fails = None
    with pytest.raises(StillSending):
        deliver(table, postman, ready(order), mail, later(4))
    assert deliver(table, postman, ready(order), mail, later(6)) is Delivery.SENT


# --- pace -------------------------------------------------------------------------------------------------


def test_a_mail_that_was_one_too_many_comes_back_and_need_not_wait_for_its_claim(
    table: DynamoTable, order: Order, postman: Postman, notifies: Any
) -> None:
    postman.fails = TooFast()
    assert notifies(ready(order)) == [0]
    assert "sent_at" not in mark(table, ready(order))
    postman.fails = None
    assert notifies(ready(order), at=later(1)) == []
    assert [one.to for one in postman.sent] == [order.buyer.email]


def test_a_mail_above_the_days_quota_is_queued_for_later_and_raises_the_alarm(
    order: Order, postman: Postman, notifies: Any, shop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    postman.fails = QuotaUsedUp()
    assert notifies(ready(order)) == []
    assert shop.mail_queue.sent == [(ready(order), 900)]
    assert caplog.messages == ["mail quota is used up"]
    postman.fails = None
    assert notifies(ready(order), at=later(15)) == []
    assert len(postman.sent) == 1


# --- what comes back --------------------------------------------------------------------------------------


def test_mail_that_came_back_for_good_is_kept_and_shown_at_its_order(
    table: DynamoTable, order: Order, hears: Any
) -> None:
    assert hears(a_bounce(to=order.buyer.email, order_id=order.id)) == []
    mailbox = load_mailbox(table, order.buyer.email.upper())
    assert mailbox is not None
    assert (mailbox.state, mailbox.reason, mailbox.count) == (MailState.BOUNCED, "Permanent General", 1)
    assert attention(table, order) == [Attention.MAIL_BOUNCED]
    assert load_order(table, order.id).timeline[-1].what == "mail does not reach the buyer"


def test_a_complaint_is_kept_like_mail_that_came_back(table: DynamoTable, order: Order, hears: Any) -> None:
    about = {"to": order.buyer.email, "order_id": order.id}
    assert hears(a_complaint(complaintFeedbackType="abuse", mail=about)) == []
    assert state(table, order.buyer.email) is MailState.COMPLAINED
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


def test_news_that_comes_twice_counts_once(table: DynamoTable, order: Order, hears: Any) -> None:
    first = a_bounce(to=order.buyer.email, order_id=order.id)
    hears(first, first)
    revision = load_order(table, order.id).revision
    hears(first, a_bounce(to=order.buyer.email, order_id=order.id, feedback_id="another"))
    mailbox = load_mailbox(table, order.buyer.email)
    assert mailbox is not None
    assert mailbox.count == 2
    assert load_order(table, order.id).revision == revision


def test_a_death_between_the_address_and_its_order_is_made_up_for_by_the_same_news(
    table: DynamoTable, order: Order, hears: Any
) -> None:
    body = a_bounce(to=order.buyer.email, order_id=order.id)
    hears(a_bounce(to=order.buyer.email, order_id=None))
    assert attention(table, order) == []
    hears(body)
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


def test_a_full_mailbox_concerns_its_order_and_not_the_address(
    table: DynamoTable, order: Order, hears: Any
) -> None:
    hears(a_bounce("Transient", "MailboxFull", to=order.buyer.email, order_id=order.id))
    assert state(table, order.buyer.email) is None
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


def test_a_refused_mail_concerns_its_order_and_not_the_address(
    table: DynamoTable, order: Order, hears: Any
) -> None:
    refused = told(
        to=order.buyer.email, order_id=order.id, eventType="Reject", reject={"reason": "Bad content"}
    )
    assert hears(refused) == []
    assert state(table, order.buyer.email) is None
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


def test_mail_to_a_holder_that_came_back_is_not_held_against_the_order(
    table: DynamoTable, order: Order, hears: Any
) -> None:
    holder = f"{a_name('ola')}@polar.example"
    hears(a_bounce(to=holder, order_id=order.id))
    assert state(table, holder) is MailState.BOUNCED
    assert attention(table, order) == []


def test_a_person_shows_whether_mail_reaches_him(table: DynamoTable, catalog: Catalog, hears: Any) -> None:
    email = f"{a_name('ola')}@polar.example"
    settings_ = PersonSettings(email=email.title(), name="Ola Nordmann")
    person = add_person(table, catalog, settings_, NOW)
    assert person_view(table, person).mail_state is None
    hears(a_bounce(to=email, order_id=None))
    assert person_view(table, person).mail_state is MailState.BOUNCED
    elsewhere = person.model_copy(update={"email": OLA})
    assert person_view(table, elsewhere).mail_state is None


def test_neither_the_log_nor_the_table_names_the_address(
    table: DynamoTable, order: Order, hears: Any, caplog: pytest.LogCaptureFixture
) -> None:
    hears(a_bounce(to=order.buyer.email, order_id=order.id))
    [line] = caplog.records
    assert (line.message, vars(line)["order_id"]) == ("mail undelivered", order.id)
    assert order.buyer.email not in str(vars(line))
    assert order.buyer.email not in json.dumps(table.get(keys.mail_state(order.buyer.email)), default=str)


def test_what_can_not_be_read_comes_back_alone(table: DynamoTable, order: Order, hears: Any) -> None:
    assert hears("{}", a_bounce(to=order.buyer.email, order_id=order.id)) == [0]
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


# --- withheld ---------------------------------------------------------------------------------------------


def test_an_address_that_mail_came_back_from_is_not_mailed_and_the_fact_is_kept(
    table: DynamoTable, catalog: Catalog, postman: Postman, hears: Any, buyer: str
) -> None:
    hears(a_bounce(to=buyer, order_id=None))
    another = an_order(table, catalog, buyer={"email": buyer.upper(), "name": "Kari Nordmann"})
    assert deliver(table, postman, ready(another), mail_to(buyer.upper()), NOW) is Delivery.WITHHELD
    assert postman.sent == []
    assert mark(table, ready(another))["withheld_at"] == clock.stamp(NOW)
    assert attention(table, another) == [Attention.MAIL_BOUNCED]
    assert deliver(table, postman, ready(another), mail_to(buyer), later(60)) is Delivery.TOLD_BEFORE


def test_a_mail_about_no_order_is_withheld_as_well(
    table: DynamoTable, postman: Postman, hears: Any, buyer: str
) -> None:
    hears(a_bounce(to=buyer, order_id=None))
    asked = LostLinks(email=buyer, asked_at=NOW)
    assert deliver(table, postman, asked, mail_to(buyer), NOW) is Delivery.WITHHELD
    assert mark(table, asked)["ttl"] > NOW.timestamp()


def test_an_address_that_no_mail_can_go_to_is_kept_as_one_that_it_comes_back_from(
    table: DynamoTable, order: Order, postman: Postman
) -> None:
    postman.fails = Unreachable()
    for again in (0, 1):
        fact = ready(order, again=again)
        assert deliver(table, postman, fact, mail_to(order.buyer.email), NOW) is Delivery.WITHHELD
        assert state(table, order.buyer.email) is MailState.BOUNCED
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


# --- sent again -------------------------------------------------------------------------------------------


def test_mailing_again_clears_the_order_at_once_and_its_address_when_it_is_mailed(
    table: DynamoTable, order: Order, postman: Postman, hears: Any, buyer: str
) -> None:
    hears(a_bounce(to=buyer, order_id=order.id))
    order = send_again(table, load_order(table, order.id), SendAgainRequest(), "", actor=FOUNDER, now=NOW)
    assert order.attention == []
    assert state(table, buyer) is MailState.BOUNCED
    assert deliver(table, postman, ready(order, again=1), mail_to(buyer), later(1)) is Delivery.SENT
    assert state(table, buyer) is MailState.OK
    assert deliver(table, postman, ready(order), mail_to(buyer), later(2)) is Delivery.SENT


def test_news_of_a_mail_from_before_the_clearing_blocks_the_address_no_more(
    table: DynamoTable, order: Order, postman: Postman, hears: Any, buyer: str
) -> None:
    hears(a_bounce(to=buyer, order_id=order.id))
    order = send_again(table, load_order(table, order.id), SendAgainRequest(), "", actor=FOUNDER, now=NOW)
    deliver(table, postman, ready(order, again=1), mail_to(buyer), later(60))
    late = a_bounce(to=buyer, order_id=order.id, sent_at=later(30), feedback_id="late")
    hears(late, at=later(61))
    assert (state(table, buyer), attention(table, order)) == (MailState.OK, [])
    hears(a_bounce(to=buyer, order_id=order.id, sent_at=later(60), feedback_id="new"), at=later(62))
    assert state(table, buyer) is MailState.BOUNCED
    assert attention(table, order) == [Attention.MAIL_BOUNCED]


def test_what_is_mailed_again_is_told_once_each_time_also_of_a_quiet_order(order: Order) -> None:
    quiet = order.model_copy(update={"quiet": True})
    once = quiet.model_copy(update={"mailed_again": 1})
    twice = quiet.model_copy(update={"mailed_again": 2})
    [first], [second] = mails_for_order(quiet, once), mails_for_order(once, twice)
    assert first.mark != second.mark
    assert mails_for_order(twice, twice) == []
    assert list(mails_again(None, order)) == []


def test_the_order_is_mailed_again_as_it_is_and_its_tickets_to_who_holds_them(
    table: DynamoTable, catalog: Catalog, order: Order, notifies: Any, postman: Postman
) -> None:
    before = fulfilled(table, catalog, order)
    give(table, before, 2, Holder(email=OLA, name="Ola Nordmann"))
    give(table, before, 2, Holder(email=(mona := f"{a_name('mona')}@polar.example"), name="Mona"))
    after = send_again(table, before, SendAgainRequest(), "", actor=FOUNDER, now=NOW)
    asked = list(mails_again(before, after))
    assert notifies(*asked, *asked) == []
    assert [mail.to for mail in postman.sent] == [order.buyer.email, mona]


def test_only_what_is_asked_for_is_mailed_again(table: DynamoTable, catalog: Catalog, order: Order) -> None:
    before = fulfilled(table, catalog, order)
    links = send_again(table, before, SendAgainRequest(kind=SentAgain.ORDER), "", actor=FOUNDER, now=NOW)
    assert [one.kind for one in mails_again(before, links)] == [MailKind.TICKETS_READY]
    tickets = send_again(table, links, SendAgainRequest(kind=SentAgain.TICKETS), "", actor=FOUNDER, now=NOW)
    asked = list(mails_again(links, tickets))
    assert [one.number for one in asked if isinstance(one, AboutTicket)] == [1, 2]
    assert len(asked) == 2


def test_tickets_that_are_not_made_can_not_be_mailed(table: DynamoTable, order: Order) -> None:
    with pytest.raises(Conflict):
        send_again(table, order, SendAgainRequest(kind=SentAgain.TICKETS), "", actor=FOUNDER, now=NOW)
    both = send_again(table, order, SendAgainRequest(), "", actor=FOUNDER, now=NOW)
    assert (both.mailed_again, both.tickets_mailed_again) == (1, 0)


def test_a_request_that_is_sent_again_mails_nothing_more(table: DynamoTable, order: Order) -> None:
    once = send_again(table, order, SendAgainRequest(), "a key", actor=FOUNDER, now=NOW)
    again = send_again(table, once, SendAgainRequest(), "a key", actor=FOUNDER, now=later(1))
    another = send_again(table, again, SendAgainRequest(), "another key", actor=FOUNDER, now=later(2))
    assert (again.mailed_again, another.mailed_again) == (1, 2)


# --- over HTTP --------------------------------------------------------------------------------------------


def test_an_organizer_has_an_order_mailed_again(api: Api, table: DynamoTable) -> None:
    organizer = api.post("/organizer", {"name": "Northern Lights"}, as_=FOUNDER).body["id"]
    event = {"title": "An event", "timezone": "Europe/Oslo", "currency": "EUR", "slug": a_name("again")}
    event |= {"starts_at": "2027-06-03T07:00:00Z", "ends_at": "2027-06-04T15:00:00Z"}
    path = f"/organizer/{organizer}/events"
    path += f"/{(made := api.post(path, event, as_=FOUNDER).body)['id']}"
    api.post(f"{path}/publish", as_=FOUNDER)
    [category] = api.get(path, as_=FOUNDER).body["categories"]
    body = {
        "lines": [{"tier_id": category["tiers"][0]["id"], "quantity": 1}],
        "buyer": {"email": "kari@polar.example", "name": "Kari"},
        "payment_method": "free",
        "total": {"amount": 0, "currency": "EUR"},
    }
    placed = api.post(f"/public/events/{made['slug']}/orders", body, idempotency_key=a_name("key")).body
    again = f"{path}/orders/{placed['id']}/resend"
    for _ in range(2):
        assert api.post(again, {"kind": "order"}, as_=FOUNDER, idempotency_key="once").status == 200
    assert load_order(table, placed["id"]).mailed_again == 1
    assert api.post(again, {"kind": "tickets"}, as_=FOUNDER).code == "conflict"
    assert api.post(again, {"kind": "everything"}, as_=FOUNDER).status == 422
    assert api.post(again, as_="stranger@polar.example").status == 404
    assert api.post(f"{path}/orders/nothing/resend", as_=FOUNDER).status == 404


def test_who_has_lost_his_links_is_answered_alike_whoever_he_is(api: Api) -> None:
    for email in ("nobody@polar.example", "kari@polar.example"):
        answer = api.post("/public/tickets/find", {"email": email}, headers={"Accept-Language": "de-AT"})
        assert (answer.status, answer.body) == (202, {"sent": True})
    assert api.mails[-2:] == [
        LostLinks(email=email, asked_at=api.now, language="de")
        for email in ("nobody@polar.example", "kari@polar.example")
    ]
    assert api.post("/public/tickets/find", {"email": "nobody"}).status == 422


def test_lost_links_are_mailed_once_a_minute() -> None:
    first, soon, then = (LostLinks(email="kari@polar.example", asked_at=later(at)) for at in (0, 0, 1))
    assert first.mark == soon.mark != then.mark
